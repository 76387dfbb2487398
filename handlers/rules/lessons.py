"""What repeated corrections teach, as lines that a person can read: three of one shape, from two letters, none against."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from handlers.rules import matching
from storage.records import Correction, LearnedRule

# So often must one thing have been put right in one way, and in so many letters, before it is worth a person's time.
LEAST, FROM_LETTERS = 3, 2
# An accepted rule whose result has been put right this often is offered to be ended.
WRONG_TOO_OFTEN = 2
# What no rule says: that a letter is nothing in particular, that no person wrote it, or that it is an individual's.
NEVER = frozenset({"", "other", "autosvar", "studs", "nyhetsbrev", "skrap", "kalender", "orosanmalan"})
# Domains where anybody has an address: there a rule is about the address alone.
_ANYBODYS = frozenset(
    """
    gmail.com googlemail.com hotmail.com hotmail.se outlook.com outlook.se live.com live.se msn.com yahoo.com yahoo.se
    icloud.com me.com mac.com telia.com bredband.net comhem.se spray.se protonmail.com proton.me passagen.se tele2.se
    """.split()
)


@dataclass(frozen=True, slots=True)
class Lesson:
    """A line that corrections speak for; evidence: their ids, oldest first."""

    shape: Literal["sender", "word"]
    condition: str
    field: str
    value: str
    evidence: tuple[int, ...]


def lessons(corrections: Iterable[Correction], own_domains: Iterable[str]) -> list[Lesson]:
    """Return what the corrections teach, the best supported and the widest first; own_domains give no domain rule.

    Several may say the same of the same letters: `without_repeats` leaves the first.
    """
    stands = _standing(corrections)
    narrow = _ANYBODYS | set(own_domains)
    found: list[Lesson] = []
    for field in ("kind", "matter"):
        mine = [c for c in stands if c.field == field and "@" in c.sender]
        found += _taught(
            "sender", field, [(f"*@{_domain(c.sender)}", c) for c in mine if _domain(c.sender) not in narrow]
        )
        found += _taught("sender", field, [(c.sender, c) for c in mine])
    assigned = [c for c in stands if c.field == "handlaggare"]
    by_word = _taught("word", "handlaggare", [(w, c) for c in assigned for w in c.words])
    return found + [one for one in by_word if _tells(one, assigned)]


def _tells(one: Lesson, assigned: Sequence[Correction]) -> bool:
    """Say whether a word tells who: not when the same person is given most of what is without it too."""
    others = [c for c in assigned if one.condition not in c.words]
    return 2 * sum(c.became == one.value for c in others) <= len(others)


def _standing(corrections: Iterable[Correction]) -> list[Correction]:
    """Leave out what was later put right in another way in the same letter."""
    ordered = sorted(corrections, key=lambda c: (c.at, c.id))
    last = {(_letter(c), c.field): c.became for c in ordered}
    return [c for c in ordered if last[_letter(c), c.field] == c.became]


def _letter(correction: Correction) -> tuple[int | None, int | None]:
    return (correction.arrival_id, None if correction.arrival_id else correction.case_id)


def _taught(shape: Literal["sender", "word"], field: str, said: Sequence[tuple[str, Correction]]) -> list[Lesson]:
    made = []
    for condition in dict.fromkeys(c for c, _ in said):
        mine = [correction for c, correction in said if c == condition]
        values = {c.became for c in mine}
        letters = {_letter(c) for c in mine}
        senders = {c.sender for c in mine}
        if len(values) != 1 or values & NEVER or len(mine) < LEAST or len(letters) < FROM_LETTERS:
            continue
        if condition[:2] == "*@" and len(senders) < 2:
            continue  # one address is all that is known: then the rule is about it
        made.append(Lesson(shape, condition, field, values.pop(), tuple(c.id for c in mine)))
    return sorted(made, key=lambda m: (-len(m.evidence), -len(m.condition), m.condition))


def without_repeats(found: Iterable[Lesson]) -> list[Lesson]:
    """Leave out a lesson that says of the same corrections what one before it says."""
    kept: list[Lesson] = []
    for one in found:
        same = [k for k in kept if (k.field, k.value) == (one.field, one.value)]
        if not any(set(one.evidence) <= set(k.evidence) for k in same):
            kept.append(one)
    return kept


def may_ask_again(rule: LearnedRule, evidence: Sequence[int]) -> bool:
    """Say whether a rule that was declined or ended may be offered again: when there is twice as much to show."""
    return len(evidence) >= 2 * max(1, len(rule.evidence))


def comes_from(sender: str, condition: str) -> bool:
    """Say whether an address is the one of a rule, or within its domain.

    >>> comes_from("anna@revision.example", "*@revision.example"), comes_from("a@x.revision.example", "*@revision.example")
    (True, False)
    """
    if condition.startswith("*@"):
        return "@" in sender and _domain(sender) == condition[2:]
    return bool(sender) and sender == condition


def speaks_of(title: str, word: str) -> bool:
    """Say whether a title holds a rule's word: the same stem, or as the first part of a longer word.

    >>> speaks_of("Ansökan om bostadsanpassningsbidrag", "bostadsanpassning"), speaks_of("Hälsoplan", "lss")
    (True, False)
    """
    return any(w == word or (len(word) > 5 and w.startswith(word)) for w in matching.significant(title))


def telling_words(title: str) -> tuple[str, ...]:
    """Return the words of a title that a rule may be about.

    >>> telling_words("Yttrande över remiss om bostadsanpassning")
    ('bostadsanpassning',)
    """
    return tuple(sorted(matching.significant(title)))


def line(rule: Lesson | LearnedRule, value: str) -> str:
    """Return a rule as the line that a person accepts; value as people say it.

    >>> line(Lesson("sender", "*@revision.example", "kind", "revisionsgranskning", ()), "Revisionsgranskning")
    'Brev från *@revision.example är revisionsgranskning'
    >>> line(Lesson("word", "bostadsanpassning", "handlaggare", "7", ()), "Karin Ek")
    'Ordet bostadsanpassning i rubriken: handläggare Karin Ek'
    """
    if rule.shape == "word":
        return f"Ordet {rule.condition} i rubriken: handläggare {value}"
    verb = "är" if rule.field == "kind" else "gäller"
    return f"Brev från {rule.condition} {verb} {value[:1].lower()}{value[1:]}"


def _domain(address: str) -> str:
    return address.rpartition("@")[2]
