"""What a short answer by mail means: the words that people write, and nothing guessed."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field

from handlers.reading import dates

# What a person may answer. note: words that nobody but a person can understand. dnr: a line that is a number and nothing
# else: the other system's, or the case that the next line is about. angra: take back what the last answer did.
ANSWERS = (
    "ta",
    "annan",
    "registratorn",
    "fel_namnd",
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
    "dnr",
    "angra",
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


_MOST_LINES = 40
_LONGEST = 60  # characters: a longer line is for a person to read
_SOON = dt.timedelta(days=300)  # a day without a year that is further off has just been
_DNR = re.compile(
    r"\b[A-ZÅÄÖ]{1,8}[ -/]?(?:19|20)\d\d[-/:. ]\d{1,7}\b|\b(?:19|20)\d\d/[A-ZÅÄÖ]{1,8}\d{1,7}\b", re.IGNORECASE
)
_ONLY_NUMBER = re.compile(
    r"(?:det är |det får |den får |har |numret är |dnr|diarienummer|diarienr|nummer)*[ :.=-]*", re.IGNORECASE
)
_NO = re.compile(r"^(nej|inte jag|jag kan inte|kan inte|kan tyvärr inte|tyvärr inte)\b", re.IGNORECASE)
_NAME = r"[A-ZÅÄÖ][\w.-]+(?: [A-ZÅÄÖ][\w.-]+){0,2}"
_ASK = r"(?:fråga|ge (?:den|det|ärendet)? ?(?:till|åt)|skicka (?:den|det|ärendet)? ?till|hellre|prova(?: med)?|låt)"
# "Nej, fråga Karin", "Inte jag, Karin Ek": a bare name must look like one; after a verb it may be small.
_OTHER = (
    re.compile(
        r"^(?i:(?:nej|inte jag|jag kan inte|kan inte)\b[ ,.:-]*){1,3}"
        rf"(?i:fråga|ta|ge den till|skicka till|till|det är|hellre|prova|annan)?[ :]*(?P<name>{_NAME})[ .!]*$"
    ),
    re.compile(
        rf"^(?i:(?:(?:nej|inte jag|jag kan inte|kan inte)\b[ ,.:-]*){{0,3}}{_ASK})[ :]+"
        r"(?P<name>[\wåäöÅÄÖ][\w.-]+(?: [\w.-]+){0,2}?)(?i: ta (?:den|det|ärendet))?[ .!]*$"
    ),
    re.compile(rf"^(?P<name>{_NAME}) (?i:tar|ska ha|kan ta|får ta) (?i:den|det|ärendet)[ .!]*$"),
)
_NOBODY = re.compile(
    r"^(?:jag|vi|du|ni|hon|han|hen|de|någon|ingen|mig|dig|oss|er|registrator\w*|chefen)\b", re.IGNORECASE
)
# What is to be changed in a text that was to be approved: the whole line is the reason.
_CHANGE = re.compile(
    r"^(?:nej[,.:]? *)?(?:(?:jag |vi )?godkänner inte|inte godkän[nt]\w*|ej godkän[nt]\w*|ändra|skriv om|rätta|komplettera|"
    r"ska (?:ändras|kompletteras|skrivas om)|behöver (?:ändras|kompletteras|skrivas om))(?![\wåäö])",
    re.IGNORECASE,
)
# A short yes, alone or with what people say to be kind. "Ja till ett grönt Ekeby" is no yes.
_YES = r"ja|japp|jajamän|jadå|okej|ok|okay|självklart|visst|absolut|gärna|javisst"
_KIND = r"tack|absolut|gärna|självklart|visst|okej|ok|det gör jag|det kan jag|det går bra|(?:det )?stämmer|jag tar (?:den|det|ärendet)|tar (?:den|det)|jag kan ta (?:den|det|ärendet)"
_WORDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (word, re.compile(rf"^(?:{pattern})(?![\wåäöÅÄÖ])", re.IGNORECASE))
    for word, pattern in (
        ("angra", r"ångra(?: det| detta| svaret| allt)?[.!]*$|ångrat mig[.!]*$|jag ångrar mig[.!]*$"),
        (
            "fel_namnd",
            r"(?:nej[,.:]? *)?(?:det är |det här är )?(?:fel nämnd|inte vår nämnd|inte (?:den här|denna) nämnden?s?|"
            r"(?:det |den |ärendet )?(?:hör till|ska till|gäller) (?:en )?(?:annan nämnd|[\wåäö-]{2,40}nämnden))",
        ),
        ("godkann", r"(?:jag |vi )?godkänner(?! inte)|godkänt|godkänd|godkännes|godkänns"),
        ("nej", r"nej(?: tack)?[.!]?$|nix[.!]?$|stämmer inte[.!]?$|det stämmer inte[.!]?$"),
        ("stammer", r"(?:det )?stämmer[.!]?$"),
        ("bordlagt", r"(?:nej[,.:]? *)?(?:(?:det|den|ärendet) )?(?:(?:är|blev) )?(?:bordlades|bordlagt|bordlagd)"),
        (
            "registratorn",
            r"(?:nej[,.:]? *)?(?:fråga|till|ge den till) registratorn?|vet inte|ingen aning|registratorn?",
        ),
        ("fel_person", r"(?:nej[,.:]? *)?(?:fel person|fel handläggare|inte mitt|inte min|det är inte mitt ärende)"),
        (
            "anstand",
            r"anstånd|behöver (?:mer tid|till|anstånd)|kan (?:vi|jag) få (?:anstånd|till)|flytta till|skjut upp",
        ),
        ("klart", r"klart?|färdigt?|är klart?|det är klart?|skickat|gjort|svarat"),
        ("pagar", r"pågår|på gång|jobbar på|arbetar med|håller på|det rullar|strax klart?"),
        ("ta", rf"(?:(?:{_YES})[ ,.!]*)+(?:(?:{_KIND})[ ,.!]*)*$"),
        ("ta", r"(?:(?:ja|ok|okej)[ ,.!]*)?(?:(?:jag|vi) tar|tar|jag kan ta|det gör jag|det tar jag)"),
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
    >>> [(a.word, a.dnr) for a in parse("SN 2026-12\\nklart", dt.date(2026, 11, 24))]
    [('dnr', 'SN 2026-12'), ('klart', '')]
    >>> [a.word for a in parse("Ja till ett grönare Ekeby", dt.date(2026, 11, 24))]
    ['note']
    """
    lines = [" ".join(line.split()) for line in text.splitlines()]
    found = [a for line in lines[:_MOST_LINES] if line and (a := _line(line, today))]
    if found:
        return found
    words = " ".join(line for line in lines if line)
    return [Answer("note", text=words[:2000])] if words else []


def _line(line: str, today: dt.date) -> Answer | None:
    number = _DNR.search(line)
    dnr = number[0] if number else ""
    bare = " ".join(line.replace(dnr, " ").split()).strip(" ,.:-") if dnr else line
    if dnr and _ONLY_NUMBER.fullmatch(bare):
        return Answer("dnr", dnr, text=line)
    if bare.endswith("?") and len(bare) > 1 and not _NO.match(bare):
        return Answer("fraga", dnr, text=line)
    if _CHANGE.match(bare):
        return Answer("andra", dnr, text=bare)
    for word, pattern in _WORDS:
        matched = pattern.match(bare)
        if not matched:
            continue
        if word == "anstand":
            return Answer("anstand", dnr, day=_until(bare, today), text=line)
        if word == "fel_namnd":
            return Answer(word, dnr, text=line)
        # "Ja, men jag hinner inte" is no yes.
        clear = len(bare) <= _LONGEST and not re.search(r"\b(men|inte|om)\b", bare[matched.end() :])
        if clear or word in ("fel_person", "registratorn"):
            return Answer(word, dnr, text=line) if len(bare) <= _LONGEST else None
        return None
    for pattern in _OTHER:
        other = pattern.match(bare)
        if other and not _NOBODY.match(other["name"]):
            return Answer("annan", dnr, to=other["name"], text=line)
    return None


def _until(text: str, today: dt.date) -> dt.date | None:
    """Return the day that respite is asked to: what stands after "till", else the only day; None when it is not clear.

    >>> _until("anstånd från 1/12 till den 5/1", dt.date(2026, 11, 24))
    datetime.date(2027, 1, 5)
    >>> _until("anstånd till 23/11", dt.date(2026, 11, 24)) is None
    True
    """
    found = [d for d in dates.find_days(text, today) if d.date >= today]
    named = [d for d in found if re.search(r"\btill(?: och med| den)*\s*$", text[: d.start], re.IGNORECASE)]
    days = {d.date: d for d in (named or found)}
    if len(days) != 1:
        return None
    only = next(iter(days.values()))
    return only.date if only.has_year or only.date - today <= _SOON else None
