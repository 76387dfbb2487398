"""The plan as a table: what is done with its proof, what is next, whose it is, why just then, and what is late."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from bot.pages import views
from handlers.notices import steps as names
from handlers.notices.words import days, upper_first
from handlers.rules.meetings import place
from storage.records import Case, CaseDeadline, CasePlan, Entry, Milestone, Person
from storage.store import Book

STAFF = "Kommundirektörens stab"
_WEEKDAYS = ("mån", "tis", "ons", "tors", "fre", "lör", "sön")
AFTER = {"stated": "svarsdagen", "goal": "målet", "law": "lagens tid"}


@dataclass(frozen=True, slots=True)
class Row:
    """A step: its last day, what it is, whose, why that day, and how it stands. url: the handling that proves it."""

    day: str
    name: str
    who: str
    why: str
    state: views.State | None = None
    past: bool = False
    next: bool = False
    url: str = ""
    proof: str = ""


@dataclass(frozen=True, slots=True)
class People:
    """Who does what in a plan; empty where nobody is known."""

    handlaggare: str
    manager: str

    def of(self, kind: str) -> str:
        """Return whose step a step is; a meeting is nobody's."""
        if kind in names.HANDLAGGARE:
            return self.handlaggare
        return {"chef": self.manager or "Chefen", "stab": STAFF}.get(kind, "")


def people_of(book: Book, case: Case, handlaggare: Person | None, today: dt.date) -> People:
    """Return whose the steps of a case are; the manager is handläggarens unit's, or the only one."""
    managers = book.roles(on=today, namnd=case.namnd, role="manager")
    if handlaggare and len(managers) > 1:
        roles = book.roles(on=today, namnd=case.namnd, person_id=handlaggare.id)
        units = {r.unit for r in roles if r.unit}
        managers = [m for m in managers if m.unit in units]
    one = managers[0].person.name if len({m.person.id for m in managers}) == 1 else ""
    return People(handlaggare.name if handlaggare else "", one)


def ahead(steps: Sequence[Milestone]) -> list[Milestone]:
    """Return the steps that are left, in the order of time."""
    left = [m for m in steps if m.planned and m.met_on is None]
    return sorted(left, key=lambda m: (m.planned or dt.date.max, place(m.kind)))


def rows(
    book: Book,
    case: Case,
    plan: CasePlan,
    steps: Sequence[Milestone],
    aim: CaseDeadline | None,
    people: People,
    entries: Sequence[Entry],
    today: dt.date,
) -> tuple[Row, ...]:
    """Return the plan's rows: what is done, then what is left. aim: the clock that is lost, where one is."""
    year = _Year()
    made = [*_begun(book, case, entries, year), *_done(book, case, steps, people, year)]
    left = ahead(steps)
    for i, m in enumerate(left):
        assert m.planned is not None
        last = i == len(left) - 1
        made.append(
            Row(
                year.of(m.planned, weekday=True),
                names.NAMES.get(m.kind, upper_first(views.clean(m.kind, 80))),
                people.of(m.kind) or ("Ingen än" if m.kind in names.HANDLAGGARE else ""),
                views.clean(m.why, 200),
                None if case.waiting_for else _standing(m.planned, aim if last else None, today),
                next=i == 0,
            )
        )
    return tuple(made)


def _standing(day: dt.date, aim: CaseDeadline | None, today: dt.date) -> views.State | None:
    if day < today:
        return views.State("goal", "mal", f"{days((today - day).days)} sen")
    if aim is None or aim.date is None or day <= aim.date:
        return None
    law = aim.clock == "law"
    told = f"{days((day - aim.date).days)} efter {AFTER[aim.clock]}"
    return views.State("law" if law else "goal", "lag" if law else "mal", told)


_DONE = views.State("fine", "klart", "Klart")


def _begun(book: Book, case: Case, entries: Sequence[Entry], year: _Year) -> list[Row]:
    came = case.inkommen_at.astimezone(views.STOCKHOLM).date()
    entered = case.registered_at.astimezone(views.STOCKHOLM).date()
    why = "Samma dag som det kom" if came == entered else f"Registrerat {year.short(entered)}"
    made = [Row(year.of(came), "Inkom och registrerades", "", why, _DONE, past=True)]
    given = max((e for e in entries if e.what == "handläggare utsedd"), key=lambda e: e.seq, default=None)
    if given and case.handlaggare_id:
        person = book.person(case.handlaggare_id)
        day = given.at.astimezone(views.STOCKHOLM).date()
        made.append(Row(year.of(day), "Handläggare utsedd", person.name if person else "", "", _DONE, past=True))
    return made


def _done(book: Book, case: Case, steps: Sequence[Milestone], people: People, year: _Year) -> list[Row]:
    papers = {d.id: d for d in book.documents(case.id)}
    done = [m for m in steps if m.met_on]
    made = []
    for m in sorted(done, key=lambda m: (m.met_on or dt.date.min, place(m.kind))):
        assert m.met_on is not None
        paper = papers.get(m.document_id or 0)
        made.append(
            Row(
                year.of(m.met_on),
                names.DONE.get(m.kind, upper_first(views.clean(m.kind, 80))),
                people.of(m.kind),
                "",
                _DONE,
                past=True,
                url=f"/dokument/{paper.id}" if paper and paper.sha256 else "",
                proof=f"Handling {paper.number}: {views.clean(paper.title, 120)}" if paper else "",
            )
        )
    return made


class _Year:
    """Writes the days of a column: the year only where it is another than in the row above."""

    def __init__(self) -> None:
        self._last = 0

    def of(self, day: dt.date, *, weekday: bool = False) -> str:
        """Return a day of the column."""
        told = views.short(day, day if day.year == self._last else dt.date(1, 1, 1))
        self._last = day.year
        return f"{_WEEKDAYS[day.weekday()]} {told}" if weekday else told

    def short(self, day: dt.date) -> str:
        """Return a day beside the column."""
        return views.short(day, day)
