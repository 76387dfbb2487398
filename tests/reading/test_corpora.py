"""Odd letters of other projects, where they lie beside this checkout: all are read, and as their own projects say."""

from __future__ import annotations

import email.message
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.texts import extract
from handlers.reading import read
from handlers.reading.characters import clean_header
from handlers.reading.reading import Context, Reading

CORPORA = Path(__file__).parents[2] / "../shared" / "corpora"
TREES = CORPORA / "stalwart-mail-parser" / "resources"
SMALL_PICTURE = 40_000  # bytes; an inline picture below that is a signature's
AGREEMENT = 0.98

pytestmark = pytest.mark.skipif(not CORPORA.exists(), reason="../shared/corpora is not beside this checkout")

Tree = dict[str, Any]


def _read(raw: bytes) -> Reading:
    reading, contents = read(raw, Context(), extract)
    assert len(contents) == len(reading.attachments)
    assert Reading.from_json(json.loads(json.dumps(reading.to_json()))) == reading
    return reading


def _mails() -> list[bytes]:
    folders = [file for file in TREES.rglob("*") if file.is_file() and file.suffix not in {".json", ".txt"}]
    return [file.read_bytes() for file in sorted(folders) if file.name != "COPYING"]


def _mime4j() -> list[bytes]:
    return [file.read_bytes() for file in sorted((CORPORA / "mime4j").rglob("*.msg"))]


def _forwards() -> list[bytes]:
    head = b"From: a@ekeby.example\nSubject: VB: Hej\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n"
    return [head + file.read_bytes() for file in sorted((CORPORA / "email-forward-parser").rglob("*.txt"))]


def _winmails() -> list[bytes]:
    return [_with_winmail(file.read_bytes()) for file in sorted((CORPORA / "tnefparse").rglob("*.tnef"))]


def _with_winmail(data: bytes) -> bytes:
    message = email.message.EmailMessage()
    message["From"], message["Subject"] = "a@ekeby.example", "Underlag"
    message.set_content("Se bilagan.")
    message.add_attachment(data, maintype="application", subtype="ms-tnef", filename="winmail.dat")
    return message.as_bytes()


@pytest.mark.parametrize(
    ("letters", "least"),
    [(_mails, 107), (_mime4j, 80), (_forwards, 232), (_winmails, 20)],
    ids=["stalwart", "mime4j", "forwards", "winmail"],
)
def test_every_letter_of_a_corpus_is_read(letters: Callable[[], list[bytes]], least: int) -> None:
    readings = [_read(raw) for raw in letters()]
    assert len(readings) >= least
    assert not [r for r in readings if r.unreadable]


def test_winmail_is_opened_or_says_why_not() -> None:
    readings = [_read(raw) for raw in _winmails()]
    opened = [r for r in readings if not any(a.name == "winmail.dat" for a in r.attachments)]
    assert len(opened) >= 18
    assert all(r.warnings for r in readings if r not in opened)


def _stalwart() -> list[tuple[str, Reading, Tree]]:
    files = sorted((TREES / "eml").rglob("*.eml"))
    return [
        (f"{f.parent.name}/{f.name}", _read(f.read_bytes()), json.loads(f.with_suffix(".json").read_text("utf-8")))
        for f in files
    ]


def _header(part: Tree, name: str) -> Any:
    """The value of the first header of that name, without the word that says its type; None where it is missing."""
    value = next((h["value"] for h in part["headers"] if h["name"] == name), None)
    return next(iter(value.values())) if isinstance(value, dict) else None


def _share(differing: list[str], of: int) -> float:
    return 1 - len(differing) / of


def test_the_subjects_are_those_of_the_trees() -> None:
    letters = _stalwart()
    differing = []
    for name, reading, tree in letters:
        subject = clean_header(str(_header(tree["parts"][0], "subject") or ""))
        # Bytes that the tree gave up on stand there as U+FFFD; we try Windows-1252 before we give up.
        pattern = re.escape(subject).replace("\ufffd", ".")
        if not re.fullmatch(pattern, reading.envelope.subject):
            differing.append(f"{name}: {reading.envelope.subject!r}, not {subject!r}")
    assert _share(differing, len(letters)) >= AGREEMENT, differing


def test_the_senders_are_those_of_the_trees() -> None:
    letters = _stalwart()
    differing = []
    for name, reading, tree in letters:
        addresses = _addresses(_header(tree["parts"][0], "from"))
        if (reading.envelope.from_.address or "") != (addresses[0] if addresses else ""):
            differing.append(f"{name}: {reading.envelope.from_}, not {addresses[:1]}")
    assert _share(differing, len(letters)) >= AGREEMENT, differing


def _addresses(value: Any) -> list[str]:
    """The addresses of a header in lower case, those in groups too."""
    if not isinstance(value, dict):
        return []
    held = value.get("List") or [one for group in value.get("Group") or [] for one in group["addresses"]]
    return [(one.get("address") or "").lower() for one in held]


def test_the_attachments_are_as_many_as_in_the_trees() -> None:
    # A multipart whose boundary never comes is kept whole, as one attachment of that type; the tree guesses at parts.
    letters = [entry for entry in _stalwart() if not any("multipart/" in a.media_type for a in entry[1].attachments)]
    assert len(letters) >= 100
    differing = []
    for name, reading, tree in letters:
        expected = sum(_counted(tree, tree["parts"][number]) for number in tree["attachments"])
        if len(reading.attachments) != expected:
            differing.append(f"{name}: {len(reading.attachments)}, not {expected}")
    assert _share(differing, len(letters)) >= AGREEMENT, differing


def _counted(tree: Tree, part: Tree) -> int:
    """How many attachments a part of the tree is by our rules."""
    [(form, content)] = part["body"].items()
    if form == "Message":  # a letter in the letter is read as a letter: only what it carries is attached
        return sum(_counted(content, content["parts"][number]) for number in content["attachments"])
    told, placed = _header(part, "content_type"), _header(part, "content_disposition")
    media_type = f"{told['c_type']}/{told.get('c_subtype')}".lower() if told else "text/plain"
    disposition = placed["c_type"].lower() if placed else ""
    name = _attribute(told, "name") or _attribute(placed, "filename")
    if media_type.startswith("message/") and form == "Binary":  # a piece of a letter, or where one could be fetched
        return 0
    if media_type in {"text/plain", "text/html"} and not name and disposition != "attachment":
        return 0  # the letter's own words, wherever they stand
    inline = disposition == "inline" or _header(part, "content_id") is not None
    if media_type.startswith("image/") and inline and len(content) < SMALL_PICTURE:
        return 0
    return 1 if len(content) or name else 0


def _attribute(value: Any, name: str) -> str:
    held = (value or {}).get("attributes") or []
    return next((one["value"] for one in held if one["name"].lower() == name), "")
