"""Relations: which letter repeats another, and which belongs to another's matter."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from rapidfuzz import fuzz

from .characters import fold
from .diarienummer import find_numbers
from .forwards import strip_prefixes
from .reading import Reading
from .titles import telling

_STOP = frozenset(
    "revisionens revisorernas kommunrevisionens granskning granskningen anmalan svar yttrande begaran motion motionen remiss protokollsutdrag socialnamndens namndens kommunens arbete inom avseende angaende beslut".split()
)


def relate(readings: Sequence[Reading]) -> list[tuple[int | None, int | None]]:
    """Return per reading the index of the one it repeats, and of the one whose matter it belongs to; earlier ones only.

    The readings are in the order they came. A repetition belongs to nothing more: its first is its place.
    """
    found: list[tuple[int | None, int | None]] = []
    for at, reading in enumerate(readings):
        earlier = [(i, r) for i, r in enumerate(readings[:at]) if found[i][0] is None]
        repeated = next((i for i, r in earlier if repeats(reading, r)), None)
        follows = None
        if repeated is None and not reading.secret:
            open_ = [(i, r) for i, r in earlier if not r.secret]
            follows = next((i for i, r in open_ if belongs(reading, r)), None)
            if follows is None:
                follows = next((i for i, r in open_ if announced(reading, r)), None)
        found.append((repeated, follows))
    return found


def repeats(new: Reading, old: Reading) -> bool:
    """Is the new letter the old one again: same id, same words, or an answer that only carries the same papers?"""
    one, other = new.envelope, old.envelope
    if one.message_id and one.message_id == other.message_id:
        return not new.fingerprint or not old.fingerprint or new.fingerprint == old.fingerprint
    if new.fingerprint and new.fingerprint == old.fingerprint:
        return True
    papers, known = {a.sha256 for a in new.attachments}, {a.sha256 for a in old.attachments}
    same = bool(papers) and papers <= known
    answers = bool(other.message_id) and other.message_id in {*one.in_reply_to, *one.references}
    told = {d.date for d in new.deadlines} <= {d.date for d in old.deadlines}
    if answers and same and told and new.kind == old.kind:
        return True
    if _sent_again(new, old, papers, known) and told:
        return True
    passed = new.forwarded_by is not None or old.forwarded_by is not None
    if told and new.forwarded_by is not None and not papers and not known and new.kind == old.kind:
        return _passed_on(new, old)
    return (
        same
        and told
        and passed
        and new.kind == old.kind
        and _body(new) != ""
        and fuzz.partial_ratio(_body(old), _body(new)) > 95
    )


_ENOUGH = 300  # characters that two letters do not share by chance; fewer are no letter of their own
_COMPARED = 4000
_CHANGES = re.compile(r"\b(?:påminn\w*|ändra\w*|rätta\w*|rättelse|komplett\w*|nytt datum|ny svarsdag)\b", re.I)


def _sent_again(new: Reading, old: Reading, papers: set[str], known: set[str]) -> bool:
    """The very same papers under the same subject, whoever sends them: packed the first time, plain the second."""
    subjects = {fold(strip_prefixes(r.envelope.subject)[0]) for r in (new, old)}
    return (
        bool(papers)
        and (papers <= known or known <= papers)
        and len(papers & known) >= 2
        and (len(subjects) == 1 or (bool(new.external_dnr) and new.external_dnr == old.external_dnr))
        and new.kind == old.kind
        and not _CHANGES.search(f"{new.envelope.subject} {_body(new)}")
    )


def _passed_on(new: Reading, old: Reading) -> bool:
    """The old letter word for word under a few words of one who passed it on: "Handläggare?"."""
    inner = " ".join(fold("\n".join(t.text for t in new.texts if t.where == "forwarded")).split())
    cover = "\n".join(t.text for t in new.texts if t.where == "body")
    return (
        len(inner) >= _ENOUGH
        and len(cover) < _ENOUGH
        and not _CHANGES.search(cover)
        and fuzz.ratio(inner[:_COMPARED], _body(old)) > 98
    )


def _body(reading: Reading) -> str:
    text = max((t.text for t in reading.texts if t.where in {"body", "forwarded"}), key=len, default="")
    return " ".join(fold(text).split())[:_COMPARED]


def belongs(new: Reading, old: Reading) -> bool:
    """Does the new letter belong to the old one's matter: by a number, by what it answers, or by its title?"""
    if old.kind in {"autosvar", "studs", "nyhetsbrev", "skrap"} or new.kind in {"studs", "nyhetsbrev", "skrap"}:
        return False
    if _numbers(new) & _numbers(old):
        return True
    answered = {*new.envelope.in_reply_to, *new.envelope.references}
    if old.envelope.message_id and old.envelope.message_id in answered:
        return True
    if new.kind == "autosvar":
        return False
    if _numbers(new) and _numbers(old) and _series(new) & _series(old):
        return False  # both have a number of the same diary, and not the same one
    return _same_title(new, old)


def _numbers(reading: Reading) -> frozenset[str]:
    return _keys((*reading.external_dnr, *reading.own_dnr))[0]


def _series(reading: Reading) -> frozenset[str]:
    return _keys((*reading.external_dnr, *reading.own_dnr))[1]


@functools.lru_cache(maxsize=2048)  # a letter is held against every other
def _keys(raws: tuple[str, ...]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the numbers that have a year, as their keys, and the letters of all."""
    numbers = [n for raw in raws for n in find_numbers(f"Dnr {raw}")]
    return frozenset(n.key for n in numbers if n.year), frozenset(n.prefix for n in numbers)


def _words(title: str) -> list[str]:
    return [w for w in dict.fromkeys(re.findall(r"[a-z]{3,}", fold(title))) if w not in _STOP]


def _same_title(new: Reading, old: Reading) -> bool:
    if not new.matter or new.matter != old.matter:
        return False
    one, other = _words(new.title), _words(old.title)
    if _other_figures(new.title, old.title):
        return False
    if min(telling(new.title), telling(old.title)) < 2 or min(len(one), len(other)) < 2:
        return False
    short = min(len(one), len(other))
    return (
        fuzz.token_set_ratio(" ".join(one), " ".join(other)) >= (92 if short >= 3 else 96)
        and sum(1 for w in one if w in other) >= 2
    )


def _other_figures(one: str, other: str) -> bool:
    """Do both titles carry figures, and not the same: detaljplan 1:23 and 1:24, bokslut 2026 and 2027?"""
    ours, theirs = (set(re.findall(r"\d+(?:[:/.-]\d+)*", title)) for title in (one, other))
    return bool(ours and theirs and ours != theirs)


def announced(new: Reading, old: Reading) -> bool:
    """An audit's result belongs to the announcement that spoke of the same subject."""
    if new.matter != "revision" or old.matter != "revision" or "revisionsforfragan" not in {old.kind, new.kind}:
        return False
    if _other_figures(new.title, old.title):
        return False
    words = [w for w in _words(new.title) if len(w) > 4]
    text = " ".join(fold(t.text) for t in old.texts)[:60_000]
    hits = sum(1 for w in words if w[:9] in text)
    return len(words) >= 2 and hits / len(words) >= 0.75 and hits >= 2
