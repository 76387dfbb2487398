"""Ekeby kommun, which does not exist: its people, its meetings and the post of its last days."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from importlib import resources
from typing import Literal

from bot.example import build, dates
from handlers.rules.workdays import workday_before

Role = Literal["registrator", "handlaggare", "manager", "sekretess", "administrator", "stab"]

ORGANISATION = "Ekeby kommun"


@dataclass(frozen=True, slots=True)
class ExampleNamnd:
    """A nämnd with its series of diarienummer and its mailbox."""

    key: str
    name: str
    prefix: str
    template: str
    address: str
    folder: str


@dataclass(frozen=True, slots=True)
class ExamplePerson:
    """Somebody in one role for one nämnd; a person with two roles stands here twice."""

    name: str
    email: str
    namnd: str
    role: Role


@dataclass(frozen=True, slots=True)
class ExampleMeeting:
    """A meeting of a nämnd (its key), of kommunstyrelsen or of kommunfullmäktige."""

    body: str
    date: dt.date


@dataclass(frozen=True, slots=True)
class CalendarMeeting:
    """A meeting of a body's calendar with the last day for its papers; namnd is empty for the municipality's bodies."""

    namnd: str
    body: str
    day: dt.date
    stop: dt.date


@dataclass(frozen=True, slots=True)
class ExampleLetter:
    """A letter that has come to a nämnd: the file's name, its bytes and when the server got it."""

    namnd: str
    name: str
    raw: bytes
    received: dt.datetime


NAMNDER = (
    ExampleNamnd(
        key="sn",
        name="Socialnämnden",
        prefix="SN",
        template="{prefix} {year}-{number}",
        address="socialnamnden@ekeby.example",
        folder="var/mailbox/sn",
    ),
    ExampleNamnd(
        key="bun",
        name="Barn- och utbildningsnämnden",
        prefix="BUN",
        template="{prefix}/{year}:{number}",
        address="bun@ekeby.example",
        folder="var/mailbox/bun",
    ),
)

PEOPLE = (
    ExamplePerson("Ylva Hedlund", "ylva.hedlund@ekeby.example", "sn", "registrator"),
    ExamplePerson("Karin Ödman", "karin.odman@ekeby.example", "sn", "handlaggare"),
    ExamplePerson("Samira Haddad", "samira.haddad@ekeby.example", "sn", "handlaggare"),
    ExamplePerson("Jonas Lindqvist", "jonas.lindqvist@ekeby.example", "sn", "handlaggare"),
    ExamplePerson("Elin Bergkvist", "elin.bergkvist@ekeby.example", "sn", "handlaggare"),
    ExamplePerson("Anders Wikström", "anders.wikstrom@ekeby.example", "sn", "manager"),
    ExamplePerson("Birgitta Falk", "birgitta.falk@ekeby.example", "sn", "sekretess"),
    ExamplePerson("Kommundirektörens stab", "staben@ekeby.example", "sn", "stab"),
    ExamplePerson("Ylva Hedlund", "ylva.hedlund@ekeby.example", "sn", "administrator"),
    ExamplePerson("Mattias Roslund", "mattias.roslund@ekeby.example", "bun", "registrator"),
    ExamplePerson("Amina Yusuf", "amina.yusuf@ekeby.example", "bun", "handlaggare"),
    ExamplePerson("Per-Olof Nyberg", "per-olof.nyberg@ekeby.example", "bun", "handlaggare"),
    ExamplePerson("Elin Bergkvist", "elin.bergkvist@ekeby.example", "bun", "handlaggare"),
    ExamplePerson("Birgitta Falk", "birgitta.falk@ekeby.example", "bun", "manager"),
    ExamplePerson("Anders Wikström", "anders.wikstrom@ekeby.example", "bun", "sekretess"),
    ExamplePerson("Kommundirektörens stab", "staben@ekeby.example", "bun", "stab"),
    ExamplePerson("Ylva Hedlund", "ylva.hedlund@ekeby.example", "bun", "administrator"),
)

# Which bodies meet before each meeting, how many days before, and how many days before theirs their papers must be in.
_NAMND_CHAIN = (("namnd", 0, 14), ("au", 14, 8), ("presidium", 22, 2))
_CHAINS = {"KS": (("ks", 0, 14), ("ksau", 14, 8)), "KF": (("kf", 0, 14),)}
_BODIES = {"SN": "sn", "BUN": "bun", "KS": "kommunstyrelsen", "KF": "kommunfullmäktige"}


def meetings(today: dt.date) -> tuple[ExampleMeeting, ...]:
    """Return the meetings of the past year and a half and the next, earliest first: those the letters speak of."""
    span = dt.timedelta(days=548)
    found = [
        ExampleMeeting(name, d)
        for body, name in _BODIES.items()
        for d in dates.meetings(body, today - span, today + span)
    ]
    return tuple(sorted(found, key=lambda meeting: (meeting.date, meeting.body)))


def calendar(today: dt.date) -> tuple[CalendarMeeting, ...]:
    """Return the calendars of last, this and the next year as the municipality decided them, with stop days."""
    first, last = dt.date(today.year - 1, 1, 1), dt.date(today.year + 1, 12, 31)
    made = []
    for name, namnd in (("SN", "sn"), ("BUN", "bun"), ("KS", ""), ("KF", "")):
        for day in dates.meetings(name, first, last):
            for body, ahead, stop in _CHAINS.get(name, _NAMND_CHAIN):
                held = workday_before(day - dt.timedelta(days=ahead)) if ahead else day
                made.append(CalendarMeeting(namnd, body, held, workday_before(held - dt.timedelta(days=stop))))
    return tuple(sorted(made, key=lambda m: (m.day, m.namnd, m.body)))


def letters(now: dt.datetime) -> tuple[ExampleLetter, ...]:
    """Return the post of the days before `now` (aware), oldest first; the same bytes each time for the same moment."""
    folder = resources.files(__name__) / "letters"
    texts = {
        file.name.removesuffix(".txt"): file.read_text(encoding="utf-8")
        for file in folder.iterdir()
        if file.name.endswith(".txt")
    }
    parsed = {name: build.parse(text) for name, text in texts.items()}
    made = []
    for name, (fields, sections) in parsed.items():
        if "same-as" in fields:  # sent once more: all is that of the other letter but what stands here
            first, sections = parsed[fields["same-as"]]
            fields = {**first, "written": first["arrived"], **fields}
        received = build.arrival(fields["arrived"], now)
        raw = build.letter(name, fields, sections, now)
        made.append(ExampleLetter(fields["namnd"], f"{name}.eml", raw, received))
    return tuple(sorted(made, key=lambda letter: (letter.received, letter.name)))
