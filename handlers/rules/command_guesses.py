"""What a text that is no command could have meant: commands that somebody may choose among."""

from __future__ import annotations

import datetime as dt
import re

from rapidfuzz import fuzz

from handlers.reading.characters import fold
from handlers.rules.command_words import ACT_WORDS, Said, take_apart
from handlers.rules.commands import ACTS, LONGEST_SEARCH, NAME, Command, is_name, kind_of, parse

_MONTHS = "januari februari mars april maj juni juli augusti september oktober november december".split()
_SAID = {"mina": "mina ärenden", "veckan": "veckan", "hjalp": "hjälp", "fragor": "mina frågor"}
_WITH_NUMBER = {
    "klart": "klar",
    "pagar": "pågår",
    "fel_person": "fel person",
    "ta": "tar",
    "godkann": "godkänner",
    "arende": "",
}
_ALONE = {"klart": "klart", "pagar": "pågår", "fel_person": "fel person", "ta": "tar den", "godkann": "godkänner"}
_ALWAYS = ("mina ärenden", "försenade", "hjälp", "veckan")
# What is said of one case by others' words: whom it should go to.
_GOES_TO = re.compile(
    rf"(?P<to>{NAME}) (?:tar|tar over|ska ha|far|far ta|ska ta|kan ta|har) #|# (?:ska )?(?:till|at) (?P<to2>{NAME})|"
    rf"(?:satt|lagg|skicka|flytta|lamna|ge) (?:over )?# (?:till|pa|at) (?P<to3>{NAME})"
)
_MEANT = ("tilldela", "klar", "klart", "pågår", "anstånd", "tar", "borta", "tillbaka", "godkänner")
_AWAY_WORDS = ("borta ", "ledig ", "semester ", "jag ar borta ")
_ALIKE = 65  # of a hundred


def written(command: Command) -> str:
    """Return a command as somebody would write it; `parse` reads it back.

    >>> written(Command("anstand", "SN 2026-123", day=dt.date(2026, 11, 5)))
    'anstånd SN 2026-123 till 5 november 2026'
    """
    if command.word in _WITH_NUMBER and command.dnr:
        return f"{_WITH_NUMBER[command.word]} {command.dnr}".strip()
    if command.word == "tilldela":
        return f"tilldela {command.dnr} {command.to}".strip()
    if command.word == "anstand":
        until = f" till {_day(command.day)}" if command.day else ""
        return f"anstånd {command.dnr}".strip() + until
    if command.word == "ater":
        return f"tillbaka {_day(command.day)}" if command.day else "tillbaka"
    if command.word == "borta":
        days = f" {_day(command.day)} till {_day(command.last_day)}" if command.day and command.last_day else ""
        return f"borta{days}" + (f" ersättare {command.name}" if command.name and days else "")
    if command.word == "forsenade":
        return "mina försenade" if command.to else "försenade"
    if command.word == "sok":
        return f"sök {command.to}"
    return _SAID.get(command.word) or _ALONE.get(command.word, "hjälp")


def _day(day: dt.date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def nearest(text: str, today: dt.date) -> tuple[str, str, str]:
    """Return the three commands that a text is nearest to, as they are written, the likeliest first.

    >>> nearest("tildlea SN 2026-123 Karin", dt.date(2026, 10, 20))
    ('tilldela SN 2026-123 Karin', 'SN 2026-123', 'klar SN 2026-123')
    >>> nearest("biblioteksplan", dt.date(2026, 10, 20))
    ('sök biblioteksplan', 'mina ärenden', 'försenade')
    """
    said = take_apart(text, today)
    found: list[str] = []
    if said is not None:
        found = [*_meant(said, today), *_about(said), *_sought(said), *_alike(said)]
    made = [one for one in dict.fromkeys((*found, *_ALWAYS)) if parse(one, today) is not None]
    return made[0], made[1], made[2]


def _meant(said: Said, today: dt.date) -> list[str]:
    """Return what a text says when one of its words is a command's; a denial of an act is not the act."""
    if said.denies:
        return []
    tries = [said.raw]
    if said.short:
        # "tar 5" may have been meant of a case: then by the whole of its number.
        at = next(t for t in said.tokens if t.word == "#")
        tries = [said.raw[: at.start] + said.dnrs[0] + said.raw[at.end :]]
    for token in [t for t in said.tokens if t.word.isalpha() and len(t.word) > 2][:12]:
        near = max(_MEANT, key=lambda known, word=token.word: fuzz.ratio(word, fold(known)))  # type: ignore[misc]
        if fuzz.ratio(token.word, fold(near)) >= _ALIKE:
            tries.append(said.raw[: token.start] + near + said.raw[token.end :])
    if said.line.startswith(_AWAY_WORDS):
        tries += [_with_substitute(said, number) for number in (1, 2)]
    if said.wishes:
        tries += [" ".join(t.split()[2:]) for t in tries]  # without "kan du"
    meant: list[Command] = []
    to = _GOES_TO.fullmatch(said.line)
    if to and len(said.dnrs) == 1:
        which = next(g for g in ("to", "to2", "to3") if to[g])
        if is_name(to[which]):
            meant.append(Command("tilldela", said.dnrs[0], said.written(*to.span(which))))
    meant += [c for t in tries if (c := parse(t.replace("?", " "), today))]
    return [written(c) for c in meant if c.word not in ACTS or c.dnr or c.day]


def _with_substitute(said: Said, number: int) -> str:
    """Return "borta 20/12–7/1 Karin" as it may have been meant."""
    at = said.tokens[-number].start if len(said.tokens) > number else len(said.raw)
    return f"{said.raw[:at]} ersättare {said.raw[at:]}"


def _about(said: Said) -> list[str]:
    """Return what can be said of the numbers in a text."""
    if len(said.dnrs) != 1:
        return list(said.dnrs)
    (dnr,) = said.dnrs
    return [dnr, f"pågår {dnr}"] if said.denies else [dnr, f"klar {dnr}", f"pågår {dnr}"]


def _sought(said: Said) -> list[str]:
    """Return a search where a text is a few words that are no command's."""
    unknown = [t for t in said.tokens if not kind_of(t.word) and t.word not in ACT_WORDS]
    if said.dnrs or said.denies or said.asks or not 1 <= len(said.tokens) <= 4 or not unknown:
        return []
    return [f"sök {said.written(0, len(said.line))[:LONGEST_SEARCH]}"] if len(unknown) == len(said.tokens) else []


def _alike(said: Said) -> list[str]:
    words = [w for w in said.words if len(w) > 3][:12]
    scores = {one: max((fuzz.partial_ratio(w, fold(one)) for w in words), default=0.0) for one in _ALWAYS}
    return [one for one in sorted(scores, key=lambda o: -scores[o]) if scores[one] >= _ALIKE]
