"""What the reader promises of every letter, whatever its bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from bot.reading_child import OLE_MAGIC, frame, read_letter
from bot.texts import extract
from handlers.reading import read, understanding
from handlers.reading.letter import open_letter
from handlers.reading.reading import KINDS, MATTERS, OUTCOMES, Context, Reading
from handlers.reading.unpacking import unpack

CONTEXT = Context(
    namnd_names=("Socialnämnden", "SN"),
    organisation="Ekeby kommun",
    own_addresses=("socialnamnden@ekeby.example",),
    own_prefixes=("SN",),
)


def keep(raw: bytes, context: Context = CONTEXT, again: bool = True) -> Reading:
    """Read a letter; raise AssertionError where a promise is broken, or what was caught where it is unreadable."""
    reading: Reading
    reading, contents = read_letter(raw, context, read)
    assert [a.size for a in reading.attachments] == [len(c) for c in contents], (
        "an attachment's size is not its content's"
    )
    assert [a.sha256 for a in reading.attachments] == [hashlib.sha256(c).hexdigest() for c in contents], "another hash"
    assert Reading.from_json(json.loads(json.dumps(reading.to_json()))) == reading, "lost on the way through JSON"
    assert _stored(reading) == _stored(Reading.from_json(_sent(reading))), "what is stored is changed by storing it"
    for text in _texts(_sent(reading)):
        assert "\x00" not in text, "NUL is stored"
        assert not any("\ud800" <= c <= "\udfff" for c in text), "half a surrogate pair is stored"
    _speaks_its_language(reading)
    if reading.unreadable:
        assert reading.review, "an unreadable letter that nobody is asked about"
        assert raw.startswith(OLE_MAGIC) or _what_broke(raw, context), "unreadable, and nobody knows why"
    if again:
        assert read_letter(raw, context, read) == (reading, contents), "read twice, read differently"
    return reading


def _what_broke(raw: bytes, context: Context) -> bool:
    """Raise what the guards of `read` kept from us: the letter is safe, and yet the reader has a fault."""
    letter, opened = unpack(open_letter(raw), extract)
    understanding._understand(letter, opened, context)
    return False


def _speaks_its_language(reading: Reading) -> None:
    assert reading.kind in KINDS, f"kind {reading.kind}"
    assert reading.matter is None or reading.matter in MATTERS, f"matter {reading.matter}"
    for outcome in (reading.outcome, *reading.outcome_per_demand):
        assert not outcome or outcome in OUTCOMES, f"outcome {outcome}"
    assert 0 <= reading.certainty <= 1, f"certainty {reading.certainty}"
    for finding in reading.findings:
        assert 0 <= finding.certainty <= 1, f"certainty of {finding.field}: {finding.certainty}"
        assert finding.where, f"{finding.field} stands nowhere"
    assert len(reading.title) <= 200, "a title past 200 characters"
    assert "\n" not in reading.title, "a title of two lines"


def _sent(reading: Reading) -> dict[str, Any]:
    """The reading as the bot gets it from the child, without what no database takes."""
    data = frame({"reading": reading.to_json()}, ())[0]
    told: dict[str, Any] = json.loads(data[8:])["reading"]
    return told


def _stored(reading: Reading) -> str:
    return json.dumps(_sent(reading), sort_keys=True)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for held in value.values():
            yield from _texts(held)
    elif isinstance(value, list):
        for held in value:
            yield from _texts(held)
