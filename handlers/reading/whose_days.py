"""Whose days: which of a letter's days are set for its receiver, and which an older day is replaced by."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace

from .characters import fold
from .dates import find_days
from .deadline_words import ASKS_GRACE, CORRECTS, DUTY, GRANTED, NAMND, OLD, OURS_TOO, OVERDUE, US, I
from .diarienummer import initials
from .material import Material
from .reading import Deadline


@dataclass(frozen=True, slots=True)
class Stated:
    """A deadline and how sure it is."""

    deadline: Deadline
    certainty: float


def others_duty(sentence: str, material: Material) -> bool:
    """Is it another body than the receiver that shall answer: "Kommunstyrelsen ska svara senast …"?"""
    if OURS_TOO.search(sentence):
        return False  # "Kommunstyrelsen svarar men behöver nämndens förslag till yttrande senast …"
    match = DUTY.match(sentence)
    if match and fold(match["who"]) == "namnden" and any("namnd" in r for r in material.receiver):
        return False  # "Nämnden ska återkomma": said to a nämnd it is ours
    return bool(match and material.receiver and not same_namnd(fold(match["who"]), material.receiver))


def only_ours(found: list[Stated], material: Material) -> list[Stated]:
    """Where several receivers each have a day, keep ours (and the days that name nobody)."""
    if len(found) < 2 or not material.receiver:
        return found
    ours: list[Stated] = []
    nobody: list[Stated] = []
    for stated in found:
        named = who(stated, material)
        if named is None:
            nobody.append(stated)
        elif named:
            ours.append(stated)
    return [s for s in found if s in ours or s in nobody] if ours else found


def who(stated: Stated, material: Material) -> bool | None:
    """True = the day is set for us, False = for somebody else, None = nobody is named beside it."""
    sentence = stated.deadline.sentence
    days = find_days(sentence, material.reference)
    at = 0
    for day in days:
        if day.date == stated.deadline.date:
            names = [
                fold(n[0])
                for n in NAMND.finditer(sentence[at : day.start])
                if n[0].lower() not in {"kommunstyrelsen", "nämnd", "nämnden", "förvaltningen"}
            ]
            after = (
                [fold(n[0]) for n in NAMND.finditer(sentence[day.end : day.end + 45])]
                if not names and len(days) == 1 and len(sentence) < 90
                else []
            )
            named = [n for n in names or after if n not in {"kommunstyrelsen", "namnd", "namnden", "forvaltningen"}]
            if not named and _KS_ROW.match(sentence[at : day.start]):
                return any("kommunstyrelse" in r or r in {"ks", "kommun"} for r in material.receiver)
            if not named:
                return None
            return any(same_namnd(n, material.receiver) for n in named)
        at = day.end
    return None


# Kommunstyrelsen among those who each have a day; elsewhere it is mostly who asks.
_KS_ROW = re.compile(r"(?:^|(?<=\d))\W*(?:och |samt )?kommunstyrelsen:?\W{1,6}(?:senast )?(?:den )?$", I)


def same_namnd(name: str, receivers: tuple[str, ...]) -> bool:
    plain = re.sub(r"[^a-z]", "", name)
    short = initials(name)
    return any(plain in re.sub(r"[^a-z]", "", r) or re.sub(r"[^a-z]", "", r) in plain or r in short for r in receivers)


def replaced(found: list[Stated], material: Material) -> list[Stated]:
    """A new day that replaces an old one in the same letter: the old one is told, not kept."""
    text = material.main.text
    if not GRANTED.search(text) and not re.search(
        r"\bbortse\b|\bnytt? (?:sista )?(?:datum|svarsdatum|svarsdag)", f"{material.subject} {text}", I
    ):
        return found
    dated = [s for s in found if s.deadline.date]
    old: dt.date | None = None
    for sentence in material.main.sentences[:60]:
        days = find_days(sentence, material.reference)
        at = 0
        for day in days:
            lead = sentence[at : day.start]
            if OLD.search(lead) and not any(s.deadline.date == day.date and len(dated) == 1 for s in dated):
                old = day.date
            at = day.end
    if old is None or not dated:
        return found
    fresh = [s for s in found if s.deadline.date != old]
    if not fresh:
        return found
    return [Stated(replace(s.deadline, moved_from=old, replaces=True), s.certainty) for s in fresh]


def reminded(found: list[Stated], material: Material) -> list[Stated]:
    """A reminder's new day takes the place of the one that has passed, which it tells of or quotes."""
    dated = [s for s in found if s.deadline.date]
    if len(dated) != 1 or dated[0].deadline.replaces or material.reference is None:
        return found
    texts = [material.main, *material.quoted, *(d for d in material.attached if d.where == "forwarded")]
    if not any(_REMINDS.search(s) for s in (material.subject, *material.main.sentences[:30])):
        return found
    for document in texts:
        own = document is material.main
        for sentence in document.sentences[:60]:
            if not (OVERDUE.search(sentence) or (not own and "senast" in sentence.lower() and US.search(sentence))):
                continue
            past = [
                d.date for d in find_days(sentence, _year_before(material.reference)) if d.date <= material.reference
            ]
            if past and max(past) < (dated[0].deadline.date or dt.date.min):
                new = replace(dated[0].deadline, moved_from=max(past), replaces=True)
                return [Stated(new, s.certainty) if s is dated[0] else s for s in found]
    return found


_REMINDS = re.compile(
    r"\b(?:påminn\w+|saknar|saknas|inte (?:fått|mottagit|inkommit)|hittar (?:ingenting|inget)|missat|ännu inte|gått ut|gick ut|efterlys\w+)\b",
    I,
)


def _year_before(day: dt.date) -> dt.date:
    """The day from which what has no year is counted forward to a day that has been: a year back, less the day itself."""
    return day - dt.timedelta(days=364)


def corrected(found: list[Stated], material: Material) -> list[Stated]:
    """Mark the day of a correction or a granted extension, also where the letter does not repeat the old day."""
    subject = CORRECTS.search(material.subject) or re.match(r"\W*(?:rättelse|korrigering)\b", material.subject, I)
    told = [s for s in material.main.sentences[:60] if CORRECTS.search(s) and not ASKS_GRACE.search(s)]
    if not subject and not told:
        return found
    alone = sum(1 for s in found if s.deadline.date) == 1
    return [
        Stated(replace(s.deadline, replaces=True), s.certainty)
        if s.deadline.date and (subject or alone or s.deadline.sentence[:300] in " ".join(told))
        else s
        for s in found
    ]
