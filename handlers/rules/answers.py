"""What a short answer by mail means: the words that people write, and nothing guessed."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field

from handlers.reading import dates

# What a person may answer. note: words that nobody but a person can understand.
ANSWERS = (
    "ta",
    "annan",
    "registratorn",
    "klart",
    "pagar",
    "anstand",
    "fel_person",
    "fraga",
    "godkann",
    "andra",
    "stammer",
    "nej",
    "bordlagt",
    "note",
)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: its word, the number it is about where one is named, and what goes with it."""

    word: str
    dnr: str = ""
    to: str = ""  # annan: a name
    day: dt.date | None = None  # anstand
    text: str = field(default="", compare=False)


_DNR = re.compile(
    r"\b[A-ZÅÄÖ]{1,8}[ -/]?(?:19|20)\d\d[-/:. ]\d{1,7}\b|\b(?:19|20)\d\d/[A-ZÅÄÖ]{1,8}\d{1,7}\b", re.IGNORECASE
)
_OTHER = re.compile(
    r"^(?i:(?:nej|inte jag|jag kan inte|kan inte)\b[ ,.:-]*){1,3}"
    r"(?i:fråga|ta|ge den till|skicka till|till|det är|hellre|prova|annan)?[ :]*"
    r"(?P<name>[A-ZÅÄÖ][\w.-]+(?: [A-ZÅÄÖ][\w.-]+){0,2})[ .!]*$"
)
_NO = re.compile(r"^(nej|inte jag|jag kan inte|kan inte|kan tyvärr inte|tyvärr inte)\b", re.IGNORECASE)
# What is to be changed in a text that was to be approved: the whole line is the reason.
_CHANGE = re.compile(
    r"^(?:nej[,.:]? *)?(?:(?:jag |vi )?godkänner inte|inte godkän[nt]\w*|ej godkän[nt]\w*|ändra|skriv om|rätta|komplettera|"
    r"ska (?:ändras|kompletteras|skrivas om)|behöver (?:ändras|kompletteras|skrivas om))(?![\wåäö])",
    re.IGNORECASE,
)
_WORDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (word, re.compile(rf"^(?:{pattern})(?![\wåäöÅÄÖ])", re.IGNORECASE))
    for word, pattern in (
        ("godkann", r"(?:jag |vi )?godkänner(?! inte)|godkänt|godkänd|godkännes|godkänns"),
        ("nej", r"nej(?: tack)?[.!]?$|nix[.!]?$|stämmer inte[.!]?$|det stämmer inte[.!]?$"),
        ("stammer", r"(?:det )?stämmer[.!]?$"),
        ("bordlagt", r"(?:nej[,.:]? *)?(?:(?:det|den|ärendet) )?(?:(?:är|blev) )?(?:bordlades|bordlagt|bordlagd)"),
        ("registratorn", r"fråga registratorn?|vet inte|ingen aning|registratorn?"),
        ("fel_person", r"fel person|fel handläggare|inte mitt|inte min|det är inte mitt ärende"),
        (
            "anstand",
            r"anstånd|behöver (?:mer tid|till|anstånd)|kan (?:vi|jag) få (?:anstånd|till)|flytta till|skjut upp",
        ),
        ("klart", r"klart?|färdigt?|är klart?|det är klart?|skickat|gjort|svarat"),
        ("pagar", r"pågår|på gång|jobbar på|arbetar med|håller på|det rullar|strax klart?"),
        ("ta", r"jag tar|tar|ja|japp|jajamän|okej|ok|självklart|visst|absolut|gärna|det gör jag|jag kan ta"),
        ("fraga", r"fråga ?:|undrar"),
    )
)


def parse(text: str, today: dt.date) -> list[Answer]:
    """Return the answers of a short text, one per line that is one; a single note when there is none.

    >>> parse("Ja, jag tar den!", dt.date(2026, 11, 24))
    [Answer(word='ta', dnr='', to='', day=None, text='Ja, jag tar den!')]
    >>> [(a.word, a.dnr, a.day) for a in parse("anstånd SN 2026-216 18/1 väntar på ekonomi", dt.date(2026, 11, 24))]
    [('anstand', 'SN 2026-216', datetime.date(2027, 1, 18))]
    >>> [(a.word, a.to) for a in parse("Nej, fråga Karin", dt.date(2026, 11, 24))]
    [('annan', 'Karin')]
    """
    lines = [" ".join(line.split()) for line in text.splitlines()]
    found = [a for line in lines[:40] if line and (a := _line(line, today))]
    if found:
        return found
    words = " ".join(line for line in lines if line)
    return [Answer("note", text=words[:2000])] if words else []


def _line(line: str, today: dt.date) -> Answer | None:
    number = _DNR.search(line)
    dnr = number[0] if number else ""
    bare = " ".join(line.replace(dnr, " ").split()).strip(" ,.:-") if dnr else line
    if bare.endswith("?") and len(bare) > 1 and not _NO.match(bare):
        return Answer("fraga", dnr, text=line)
    if _CHANGE.match(bare):
        return Answer("andra", dnr, text=bare)
    for word, pattern in _WORDS:
        matched = pattern.match(bare)
        if not matched:
            continue
        if word == "anstand":
            days = [found.date for found in dates.find_days(bare, today) if found.date >= today]
            return Answer("anstand", dnr, day=days[0], text=line) if days else None
        # "Ja, men jag hinner inte" is no yes: a long line is for a person to read.
        return (
            Answer(word, dnr, text=line)
            if len(bare) <= 60 and not re.search(r"\b(men|inte|om)\b", bare[matched.end() :])
            else None
        )
    other = _OTHER.match(bare)
    if other and _NO.match(bare):
        return Answer("annan", dnr, to=other["name"], text=line)
    return None
