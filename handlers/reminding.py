"""Queues the reminders that are due, on working mornings: each once, one message per person and day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from handlers import assignment
from handlers.choices import choice
from handlers.notices import queue, steps
from handlers.notices.words import STOCKHOLM
from handlers.reminders import clock, silence
from storage.records import AskedQuestion, Milestone, Namnd, Person, Reminded, StepReminded
from storage.store import Book

KIND = "lage"
_CLOCKS = ("stated", "goal", "law")


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that a person is to be reminded of: a clock's day or a plan's step, and the step of its ladder."""

    case_id: int
    rung: int
    deadline_id: int | None = None
    milestone: Milestone | None = None


def queue_due(book: Book, namnd: Namnd, *, now: dt.datetime) -> int:
    """Queue what is due today; return how many people are reminded. Run again the same day it queues nothing more.

    It asks what is due, never what is due exactly today: after days of silence each case gives one step, the right
    one. Quiet when the handläggare's part is done, and when somebody else has the case.
    """
    today = now.astimezone(STOCKHOLM).date()
    people: dict[int, list[Due]] = {}
    for due, handlaggare_id in (*_days_due(book, namnd, today), *_steps_due(book, namnd, today)):
        person = _who(book, handlaggare_id, today)
        if person:
            people.setdefault(person.id, []).append(due)
    silent = _silent(book, namnd, today)
    told = 0
    for person_id in dict.fromkeys((*people, *silent)):
        told += _remind(book, namnd, person_id, people.get(person_id, []), silent.get(person_id, []), now)
    return told


def _days_due(book: Book, namnd: Namnd, today: dt.date) -> Iterable[tuple[Due, int]]:
    ladders = {c: [int(d) for d in choice(book, namnd.key, f"ladder_{c}")] for c in _CLOCKS}
    until = today + dt.timedelta(days=max(max(ladder) for ladder in ladders.values()))
    for deadline, handlaggare_id in book.due_deadlines(namnd.key, until, today):
        assert deadline.date is not None
        rung = clock.due(ladders[deadline.clock], deadline.date, today)
        if rung is not None and not _is_done(book, deadline.case_id):
            yield Due(deadline.case_id, rung, deadline_id=deadline.id), handlaggare_id


def _steps_due(book: Book, namnd: Namnd, today: dt.date) -> Iterable[tuple[Due, int]]:
    """Yield the next step of each plan that is the handläggare's to do and whose day draws near."""
    ladder = [int(d) for d in choice(book, namnd.key, "ladder_step")]
    seen: set[int] = set()
    for milestone, handlaggare_id in book.due_steps(namnd.key, today + dt.timedelta(days=max(ladder)), today):
        assert milestone.planned is not None
        if milestone.kind not in steps.REMINDED or milestone.case_id in seen or handlaggare_id is None:
            continue
        seen.add(milestone.case_id)  # the steps after it wait for it
        rung = clock.due(ladder, milestone.planned, today)
        if rung is not None:
            yield Due(milestone.case_id, rung, milestone=milestone), handlaggare_id


def _is_done(book: Book, case_id: int) -> bool:
    return any(m.kind in ("handlaggare_klar", "svar_skickat") and m.met_on for m in book.milestones(case_id))


def _who(book: Book, handlaggare_id: int, today: dt.date) -> Person | None:
    person = book.person(handlaggare_id)
    return (assignment.present(book, person, today) or person) if person else None


def _silent(book: Book, namnd: Namnd, today: dt.date) -> dict[int, list[AskedQuestion]]:
    """Return, by manager, the reminders that nobody has answered for the nämnd's number of working days."""
    patience = int(choice(book, namnd.key, "escalate_after"))
    if not patience:
        return {}
    found: dict[int, list[AskedQuestion]] = {}
    managers: list[Person] | None = None
    for question in book.questions(namnder=(namnd.key,), kind=KIND, state="open"):
        askings = book.askings(question.id)
        case = book.case(question.case_id)
        if case.secret or case.state != "open" or case.waiting_for or _is_done(book, case.id):
            continue
        if not silence.due(
            [a.asked_on for a in askings], [a.asked_on for a in askings if a.step >= ESCALATED], patience, today
        ):
            continue
        if managers is None:
            managers = _managers(book, namnd, today)
        for manager in managers:
            found.setdefault(manager.id, []).append(question)
    return found


ESCALATED = 1000  # the step of an asking that told a manager of somebody's silence


def _managers(book: Book, namnd: Namnd, today: dt.date) -> list[Person]:
    roles = ("manager", "forvaltningschef")
    people = [p for role in roles for p in assignment.with_role(book, namnd.key, role, today)]  # type: ignore[arg-type]
    there = [assignment.present(book, p, today) for p in people]
    return next(([p] for p in there if p), [])


def _remind(
    book: Book, namnd: Namnd, person_id: int, due: list[Due], silent: list[AskedQuestion], now: dt.datetime
) -> int:
    person, today = book.person(person_id), now.astimezone(STOCKHOLM).date()
    assert person is not None
    if book.is_queued(queue.reminder_key(person, today, namnd)):
        return 0  # told today already: what has come since then is still due tomorrow
    first = [d for d in due if _first_time(book, d, person_id, today)]
    # One question per case: where a clock's day is asked about, the step is told in its words.
    by_day = {d.case_id for d in first if d.milestone is None}
    new = [d for d in first if d.milestone is None or d.case_id not in by_day]
    if not new and not silent:
        return 0
    message_id = queue.new_message_id(namnd)
    items = [(_question(book, d, namnd, now), False) for d in new]
    asked = {question.id for question, _ in items}
    items += [(question, True) for question in silent if question.id not in asked]
    queue.remind(book, person, today, namnd, message_id, now=now, items=[(q.id, late) for q, late in items])
    for question, escalated in items:
        rungs = [a.step for a in book.askings(question.id) if (a.step >= ESCALATED) == escalated]
        step = 1 + max(rungs, default=ESCALATED - 1 if escalated else -1)
        book.put_asking(question.id, person_id, step, today, message_id)
        book.note(
            namnd.key,
            "chef påmind" if escalated else "påmind",
            now=now,
            case_id=question.case_id,
            data={
                "dag": question.deadline_id,
                "steg": question.milestone_id,
                "person": person_id,
                "fråga": question.id,
            },
            personal={"till": person.name},
        )
    return 1


def _first_time(book: Book, due: Due, person_id: int, today: dt.date) -> bool:
    if due.milestone is None:
        assert due.deadline_id is not None
        return book.put_reminded(Reminded(due.case_id, due.deadline_id, due.rung, person_id, today))
    assert due.milestone.planned is not None
    return book.put_step_reminded(StepReminded(due.milestone.id, due.milestone.planned, due.rung, person_id, today))


def _question(book: Book, due: Due, namnd: Namnd, now: dt.datetime) -> AskedQuestion:
    step = due.milestone.id if due.milestone else None
    for standing in book.questions(case_id=due.case_id, kind=KIND, state="open"):
        if (standing.deadline_id, standing.milestone_id) == (due.deadline_id, step):
            return standing
    return book.put_question(namnd.key, due.case_id, KIND, now=now, deadline_id=due.deadline_id, milestone_id=step)
