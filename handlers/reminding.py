"""Queues the reminders that are due, on working mornings: each once, one message per person and day."""

from __future__ import annotations

import datetime as dt

from handlers import assignment
from handlers.choices import choice
from handlers.notices import queue
from handlers.notices.words import STOCKHOLM
from handlers.reminders import clock
from storage.records import AskedQuestion, CaseDeadline, Namnd, Person, Reminded
from storage.store import Book

KIND = "lage"


def queue_due(book: Book, namnd: Namnd, *, now: dt.datetime) -> int:
    """Queue what is due today; return how many people are reminded. Run again the same day it queues nothing more.

    It asks what is due, never what is due exactly today: after days of silence each case gives one step, the right
    one. Quiet when the handläggare's part is done, and when somebody else has the case.
    """
    today = now.astimezone(STOCKHOLM).date()
    ladders = {c: [int(d) for d in choice(book, namnd.key, f"ladder_{c}")] for c in ("stated", "goal", "law")}
    until = today + dt.timedelta(days=max(max(ladder) for ladder in ladders.values()))
    people: dict[int, list[tuple[CaseDeadline, int]]] = {}
    for deadline, handlaggare_id in book.due_deadlines(namnd.key, until):
        assert deadline.date is not None
        step = clock.due(ladders[deadline.clock], deadline.date, today)
        if step is None or _is_done(book, deadline.case_id):
            continue
        person = _who(book, handlaggare_id, today)
        if person:
            people.setdefault(person.id, []).append((deadline, step))
    return sum(_remind(book, namnd, person_id, due, today, now) for person_id, due in people.items())


def _is_done(book: Book, case_id: int) -> bool:
    return any(m.kind in ("handlaggare_klar", "svar_skickat") and m.met_on for m in book.milestones(case_id))


def _who(book: Book, handlaggare_id: int, today: dt.date) -> Person | None:
    person = book.person(handlaggare_id)
    return (assignment.present(book, person, today) or person) if person else None


def _remind(
    book: Book, namnd: Namnd, person_id: int, due: list[tuple[CaseDeadline, int]], today: dt.date, now: dt.datetime
) -> int:
    person = book.person(person_id)
    assert person is not None
    if book.is_queued(queue.reminder_key(person, today, namnd)):
        return 0  # told today already: what has come since then is still due tomorrow
    new = [d for d, step in due if book.put_reminded(Reminded(d.case_id, d.id, step, person_id, today))]
    if not new:
        return 0
    message_id = queue.new_message_id(namnd)
    queue.remind(book, person, today, namnd, message_id, now=now)
    for deadline in new:
        question = _question(book, deadline, namnd, now)
        step = 1 + max((a.step for a in book.askings(question.id)), default=-1)
        book.put_asking(question.id, person_id, step, today, message_id)
        book.note(
            namnd.key,
            "påmind",
            now=now,
            case_id=deadline.case_id,
            data={"dag": deadline.id, "person": person_id, "fråga": question.id},
            personal={"till": person.name},
        )
    return 1


def _question(book: Book, deadline: CaseDeadline, namnd: Namnd, now: dt.datetime) -> AskedQuestion:
    for standing in book.questions(case_id=deadline.case_id, kind=KIND, state="open"):
        if standing.deadline_id == deadline.id:
            return standing
    return book.put_question(namnd.key, deadline.case_id, KIND, now=now, deadline_id=deadline.id)
