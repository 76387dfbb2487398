"""How a case stands today, in the words of a list and of its facts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from handlers import kinds
from handlers.notices import steps
from handlers.notices.fraga import deadline_row
from handlers.notices.message import Line, Row
from handlers.notices.paminnelse import left
from handlers.notices.words import upper_first, weekday_of
from handlers.reading.characters import clean_header
from storage.records import Case, CaseDeadline, CaseRow, Milestone
from storage.store import Book

_TITLE = 300  # characters of a letter's words that are shown
_MOST_DAYS = 6
_AHEAD = {"law": "lagens tid", "goal": "målet", "stated": "svar senast"}


@dataclass(frozen=True, slots=True)
class Standing:
    """How a case stands: its state with the sign, whose day has gone, and when it is due in words.

    rank: the more urgent the smaller.
    """

    state: str
    tone: Literal["law", "goal", ""]
    due: str
    rank: int


def standing(case: Case, deadlines: Sequence[CaseDeadline], today: dt.date) -> Standing:
    """Say how a case stands by its active deadlines; past the law before anything else."""
    dated = sorted((d for d in deadlines if d.date), key=lambda d: d.date or dt.date.max)
    due = _due(dated[0], today) if dated else "ingen svarsdag"
    if case.state in ("closed", "makulerad"):
        return Standing("Avslutat" if case.state == "closed" else "Makulerat", "", due, 9)
    late = [d for d in dated if d.date and d.date < today]
    law = next((d for d in late if d.clock == "law"), None)
    if law is not None:
        return Standing(f"■ {upper_first(left(law, today))}", "law", due, 0)
    if case.waiting_for:
        return Standing(f"○ Väntar på {case.waiting_for}", "", due, 5)
    if late:
        return Standing(f"▲ {upper_first(left(late[0], today))}", "goal", due, 1)
    if case.paused_until and case.paused_until >= today:
        return Standing(f"Vilar till {weekday_of(case.paused_until, today)}", "", due, 4)
    if dated:
        return Standing(upper_first(left(dated[0], today)), "", due, 2)
    return Standing("Ingen svarsdag", "", due, 3)


def _due(deadline: CaseDeadline, today: dt.date) -> str:
    assert deadline.date is not None
    return f"{_AHEAD.get(deadline.clock, 'svar senast')} {weekday_of(deadline.date, today)}"


def number(case: Case) -> str:
    """Return a case's number as people see it."""
    return case.dnr or "Väntar på dnr"


def title(case: Case) -> str:
    """Return a case's title on a line, without characters that turn or hide text."""
    return clean_header(case.title, _TITLE)


def list_row(row: CaseRow, stands: Standing, *, whose: bool) -> Row:
    """Return a case as a row of a list. whose: who handles it is told instead of when it is due."""
    told = (row.handlaggare.name if row.handlaggare else "ingen har tagit det") if whose else stands.due
    about = f"{number(row.case)}, {told}"
    words = f"{title(row.case)}. {stands.state}. {upper_first(told)}."
    return Row(number(row.case), words, line=Line(title(row.case), about, stands.state, stands.tone))


def fact_rows(book: Book, case: Case, deadlines: Sequence[CaseDeadline], today: dt.date) -> tuple[Row, ...]:
    """Return a case's facts, its clocks nearest first, and the next step of its plan."""
    handlaggare = book.person(case.handlaggare_id) if case.handlaggare_id else None
    rows = [
        Row("Ärende", title(case)),
        Row("Typ", kinds.label(case.kind, case.matter)),
        Row("Från", clean_header(case.sender or "", 200) or "Framgår inte"),
        Row("Handläggare", handlaggare.name if handlaggare else "Ingen än"),
    ]
    dated = sorted((d for d in deadlines if d.date), key=lambda d: d.date or dt.date.max)
    rows += [_clock(deadline_row(d)) for d in dated[:_MOST_DAYS]]
    step = next_step(book.milestones(case.id)) if case.state in ("open", "waiting_dnr") else None
    if step is not None and step.planned:
        rows.append(Row("Nästa steg", f"{steps.NAMES.get(step.kind, step.kind)} {weekday_of(step.planned, today)}"))
    return tuple(rows)


def next_step(milestones: Sequence[Milestone]) -> Milestone | None:
    """Return the first step of a plan that is not done."""
    ahead = [m for m in milestones if m.planned and m.met_on is None]
    return min(ahead, key=lambda m: m.planned or dt.date.max, default=None)


def _clock(row: Row) -> Row:
    return Row(row.label, clean_header(row.value, _TITLE), clean_header(row.quote, _TITLE))
