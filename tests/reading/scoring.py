"""Scores: how right a reading is, held against what a careful registrator would read out of the letter.

Each field scores 0 to 1; a field that the expectation leaves open has no score.

- kind: the kind is the expected one or one that is accepted too (what is no kind of ours counts as "other").
- matter: the matter is the expected one.
- title: the expected piece stands in it, without regard to case and marks, and it is at most 200 characters.
- sender: the authority behind the matter shares at least half of the expected one's words; none where none is expected.
- external_dnr: F1 of the others' numbers, compared without spaces and case; our own numbers are not counted.
- deadlines: F1 of the days. A day with another purpose counts 0.7. A day set for somebody else costs nothing, nor do
  one day that follows from the law and one from the nämnd's goal.
- motionarer: F1 of the authors by name; a wrong party counts 0.7.
- demands: as many att-satser, recommendations or questions as expected.
- outcome: the word for the decision.
- secret, register: as expected. For suspected reports of worry `register` is the customer's choice and has no score.
- duplicate: the repetition is known, and no letter is taken for one that is none.

A secret letter has no title, sender or motionarer to score: nothing of them may show.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from typing import Any

Told = dict[str, Any]  # an expected.json, or a reading as `namndbot read --json` prints it

WHOLE = 0.999  # a score of one, but for rounding
PARTLY = 0.7  # the right day for another purpose, the right author with another party

_KINDS = frozenset(
    "motion remiss revisionsgranskning revisionsforfragan namndinitiativ medborgarforslag interpellation"
    " protokollsutdrag kvalitetsgranskning svar orosanmalan".split()
)
_SAME = {
    "begaranomyttrande": "remiss",
    "paminnelse": "remiss",
    "enkelfraga": "interpellation",
    "fraga": "interpellation",
    "revisionsrapport": "revisionsgranskning",
}
_SMALL_WORDS = frozenset("och kommun kommunens stad stads for".split())


def score(expected: Told, reading: Told, names: Iterable[str]) -> dict[str, float]:
    """Return the score of each field of one letter; `names` are the folders of the set, for repetitions."""
    open_fields = {} if expected["secret"] else _open_fields(expected, reading)
    found = {
        "kind": float(kind_of(reading.get("kind")) in kinds(expected)),
        "external_dnr": _numbers(expected, reading),
        "deadlines": _deadlines(expected, reading.get("deadlines") or []),
        "outcome": float(_folded(reading.get("outcome")) in outcomes(expected)),
        "secret": float(bool(reading.get("secret")) == bool(expected["secret"])),
        **open_fields,
    }
    if "matter" in expected:
        found["matter"] = float((squeezed(reading.get("matter")) or None) == expected["matter"])
    if expected.get("demands_count") is not None:
        said = {plain(demand) for demand in reading.get("demands") or [] if plain(demand)}
        accepted = expected.get("n_accept") or []
        found["demands"] = float(len(said) in {expected["demands_count"], *accepted} or (None in accepted and not said))
    if expected.get("register") is not None:
        accepted = expected.get("register_accept") or [expected["register"]]
        found["register"] = float(bool(reading.get("register")) in accepted)
    repeats = next((name for name in names if name in (reading.get("duplicate_of") or "")), None)
    first = expected.get("duplicate_accept") or [expected.get("is_duplicate_of")]
    if first != [None] or repeats:
        found["duplicate"] = float(repeats in first)
    return found


def shown(expected: Told, reading: Told) -> list[str]:
    """Return what of a secret letter must not show and does."""
    text = plain(json.dumps(reading, ensure_ascii=False))
    return [word for word in expected.get("must_not_show") or [] if plain(word) in text]


def kinds(expected: Told) -> set[str]:
    """The kinds that are right for a letter."""
    return {kind_of(kind) for kind in [expected["kind"], *(expected.get("kind_accept") or [])]}


def outcomes(expected: Told) -> set[str | None]:
    """The outcomes that are right for a letter, folded; None = that there is none."""
    return {_folded(outcome) for outcome in [expected.get("outcome"), *(expected.get("outcome_accept") or [])]}


def numbers(expected: Told) -> set[str]:
    """The others' numbers in a letter, squeezed."""
    return {squeezed(number) for number in expected.get("external_dnr") or []}


def days(expected: Told) -> list[tuple[set[str | None], Told]]:
    """Each expected deadline with all dates that are right for it; None = one that cannot be dated."""
    return [({deadline.get("date"), *_accepted(deadline)}, deadline) for deadline in expected.get("deadlines") or []]


def _accepted(deadline: Told) -> list[str | None]:
    return [day if isinstance(day, str) else (day or {}).get("date") for day in deadline.get("accept") or []]


def plain(text: object) -> str:
    """Return text in lower case, without marks, on one line.

    >>> plain("Ärende  om ÅTERREMISS")
    'arende om aterremiss'
    """
    bare = unicodedata.normalize("NFKD", str(text)).encode("ascii", "ignore").decode().lower()
    return " ".join(bare.split())


def squeezed(text: object) -> str:
    """Return only the letters and digits, without the word for diarienummer before them.

    >>> squeezed("Dnr KS 2026/12") == squeezed("KS2026-12")
    True
    """
    return re.sub(r"^(?:dnr|diarienummer|diarienr)", "", re.sub(r"[^0-9a-z]+", "", plain(text or "")))


def kind_of(word: object) -> str:
    """Return the kind that a word stands for.

    >>> kind_of("begäran om yttrande"), kind_of("nyhetsbrev")
    ('remiss', 'other')
    """
    kind = _SAME.get(squeezed(word), squeezed(word))
    return kind if kind in _KINDS else "other"


def _open_fields(expected: Told, reading: Told) -> dict[str, float]:
    found = {"sender": _sender(expected, reading.get("sender_authority")), "motionarer": _people(expected, reading)}
    if expected.get("title_contains"):
        title = reading.get("title") or ""
        pieces = [expected["title_contains"], *filter(None, expected.get("title_accept") or [])]
        found["title"] = float(len(title) <= 200 and any(plain(piece) in plain(title) for piece in pieces))
    return found


def _sender(expected: Told, said: str | None) -> float:
    accepted = [expected.get("sender_authority"), *(expected.get("sender_accept") or [])]
    if not said:
        return float(None in accepted)
    return float(any(name and _alike(name, said) for name in accepted))


def _alike(name: str, said: str) -> bool:
    words = _words(name)
    return len(words & _words(said)) >= max(1, (len(words) + 1) // 2)


def _words(text: str) -> set[str]:
    return {word for word in re.split(r"[^0-9a-z]+", plain(text)) if len(word) > 2} - _SMALL_WORDS


def _numbers(expected: Told, reading: Told) -> float:
    true, said = numbers(expected), {squeezed(number) for number in reading.get("external_dnr") or []}
    if expected.get("dnr_optional") and not said:
        return 1.0
    return _f1(len(said & true), len(said), len(true))


def _people(expected: Told, reading: Told) -> float:
    true = [_person(person) for person in expected.get("motionarer") or []]
    said = [_person(person) for person in reading.get("motionarer") or []]
    hit = 0.0
    for name, party in true:
        hit += max((1.0 if not party or party == other else PARTLY for who, other in said if who == name), default=0.0)
    return _f1(hit, len({name for name, _ in said}), len(true))


def _person(told: str) -> tuple[str, str]:
    """The words of the name in order of the alphabet, and the party."""
    match = re.match(r"(.*?)\s*\(([^)]*)\)\s*$", told)
    name, party = (match[1], match[2]) if match else (told, "")
    return " ".join(sorted(_words(name))), squeezed(party)


def _deadlines(expected: Told, said: list[Told]) -> float:
    if expected.get("deadlines_optional") and not said:
        return 1.0
    left, hit, found = list(said), 0.0, 0
    true = days(expected)
    for dates, deadline in true:
        told = next((one for one in left if one.get("date") in dates), None)
        if told is not None:
            left.remove(told)
            found += 1
            hit += 1.0 if _same_purpose(deadline, told) else PARTLY
    return _f1(hit, found + _too_many(expected, left), len(true))


def _same_purpose(deadline: Told, told: Told) -> bool:
    wanted = [plain(word) for word in (deadline.get("purpose_contains") or "").split("|") if word]
    words = plain(f"{told.get('purpose') or ''} {told.get('sentence') or ''}")
    return not wanted or any(word in words for word in wanted)


def _too_many(expected: Told, left: list[Told]) -> int:
    """How many days are told that are no deadlines of ours."""
    excused = {"law": 1, "goal": 1}
    count = 0
    for told in left:
        if not told.get("date") or told["date"] in (expected.get("other_deadlines") or []):
            continue
        if excused.get(told.get("clock") or "", 0):
            excused[told["clock"]] -= 1
        else:
            count += 1
    return count


def _f1(hit: float, said: int, true: int) -> float:
    return 2 * hit / (said + true) if said + true else 1.0


def _folded(word: object) -> str | None:
    return plain(word) if word else None
