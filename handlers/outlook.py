"""Why a plan is lost, and the ways out of it: what a person needs who is to choose another."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from handlers import planning
from handlers.planning import Offer, Sight
from handlers.rules import meetings as rules
from handlers.rules.meetings import Bound, Sitting, Step, Way
from handlers.rules.workdays import next_workday
from storage.records import Case, CaseDeadline, CasePlan, Meeting
from storage.store import Book

_BACK = dt.timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is lost, why, and what can be done instead.

    aim: the day that is lost, the law's before others, else the nearest; lost: all of them. gone: the way that would have kept it, had its meetings
    been held as they were first planned; late: the first step of it that went by; moved: those of its meetings that
    were moved or cancelled. respite: the working day after the nämnd's next meeting, to ask for instead of a stated
    day. report_by: fullmäktige's last meeting within the law's year.
    """

    aim: CaseDeadline
    lost: tuple[CaseDeadline, ...]
    gone: Way | None
    late: Step | None
    left: int | None
    moved: tuple[Meeting, ...]
    offers: tuple[Offer, ...]
    respite: tuple[dt.date, dt.date] | None
    report_by: dt.date | None


def outlook(book: Book, case: Case, plan: CasePlan, today: dt.date) -> Outlook | None:
    """Return why a lost plan is lost, and the ways out of it; None of a plan that holds."""
    if plan.state != "lost" or case.secret:
        return None
    steps = book.milestones(case.id)
    seen = planning.sight_of(book, case, steps, today)
    bounds = planning.bounds_of(book.deadlines(case.id, active=True), seen.chain, seen.ways, case.namnd)
    broken = [(d, b) for d, b in bounds if d.id in plan.lost]
    if not broken:
        return None
    aim, bound = min(broken, key=lambda pair: (pair[0].clock != "law", pair[1].day))
    known = book.meetings((case.namnd, ""), first=today - _BACK, cancelled=True)
    gone = _as_it_was(seen, bound, planning.as_its_own(known, case.namnd))
    offers = planning.offers_of(seen, bounds, plan, steps)
    used = {s.meeting_id for s in gone.steps} if gone else set()
    law = next((d.date for d, _ in broken if d.clock == "law"), None)
    could = gone is not None and rules.holds(gone, seen.ways, today=today, done=seen.done)
    return Outlook(
        aim=aim,
        lost=tuple(d for d, _ in broken),
        gone=gone,
        late=next((s for s in gone.steps if s.day < today), None) if gone and not could else None,
        left=rules.time_to_write(gone, seen.ways, today=today, done=seen.done) if gone else None,
        # Where the time had run out already, it was not the meeting's fault.
        moved=tuple(m for m in known if m.id in used and _is_moved(m)) if could else (),
        offers=offers,
        respite=_respite(offers, seen) if aim.clock == "stated" else None,
        report_by=_report_by(seen, law) if law else None,
    )


def _as_it_was(seen: Sight, bound: Bound, known: list[Meeting]) -> Way | None:
    calendar = rules.calendar_of(Sitting(m.id, m.body, m.moved_from or m.day, m.stop) for m in known)
    for since in (seen.since, seen.today - _BACK):  # from the day the case came, or from before it
        way = rules.way_back(seen.chain, [bound], calendar, seen.ways, since=since, done=seen.done)
        if way:
            return way
    return None


def _is_moved(meeting: Meeting) -> bool:
    return meeting.state == "cancelled" or meeting.moved_from not in (None, meeting.day)


def _respite(offers: tuple[Offer, ...], seen: Sight) -> tuple[dt.date, dt.date] | None:
    """Return the nämnd's next meeting that can be reached, and the working day on which the answer can be there."""
    day = next((day for o in offers if (day := o.way.day_of(rules.DECISION))), None)
    if day is None:
        return None
    return day, next_workday(day + dt.timedelta(days=max(1, seen.ways.send_days)), seen.ways.closed)


def _report_by(seen: Sight, law: dt.date) -> dt.date | None:
    """Return fullmäktige's last meeting at which an unfinished matter can be reported in time (KL 5 kap. 35 §)."""
    sitting = seen.calendar.last("kf", seen.today, law)
    return sitting.day if sitting else None
