"""A person's one reminder of a day: each case with its day, and a link that answers for it."""

from __future__ import annotations

import datetime as dt

from handlers.notices.links import answer_link
from handlers.notices.message import Block, Button, Heading, Message, Paragraph
from handlers.notices.words import STOCKHOLM, days, upper_first, weekday
from storage.records import AskedQuestion, Case, CaseDeadline, Namnd, Notice, Person, Reminded
from storage.store import Book

_SIGNS = {"law": "■", "goal": "▲", "stated": "▲"}


def render(book: Book, notice: Notice, namnd: Namnd, *, now: dt.datetime) -> Message | None:
    """Write what is still due of what was due that morning; None when all of it is done meanwhile."""
    person = book.person(notice.person_id) if notice.person_id else None
    if person is None:
        return None
    today = now.astimezone(STOCKHOLM).date()
    due = [
        d
        for r in book.reminded(person.id, dt.date.fromisoformat(notice.data["day"]))
        if (d := _still_due(book, r, namnd))
    ]
    if not due:
        return None
    blocks: list[Block] = [Heading(_head(len(due), person))]
    for question, case, deadline in due:
        blocks += _one(book, question, case, deadline, person, namnd, today, now)
    blocks.append(
        Paragraph(
            "Eller svara på mejlet, en rad per ärende: klart, pågår, anstånd till en dag, fel person. "
            f"Till exempel: klart {due[0][1].dnr or ''}".rstrip(),
            quiet=True,
        )
    )
    first = due[0]
    assert first[2].date is not None
    return Message(
        subject=_subject(due, today),
        preheader=f"{first[1].dnr or 'Ett ärende'}: {upper_first(first[2].purpose)} {weekday(first[2].date)}.",
        blocks=tuple(blocks),
        foot=f"Nämndbot för {namnd.name.lower()} i {namnd.organisation}. Svaret blir en del av ärendet.",
    )


def _still_due(book: Book, reminded: Reminded, namnd: Namnd) -> tuple[AskedQuestion, Case, CaseDeadline] | None:
    deadline, case = book.deadline(reminded.deadline_id), book.case(reminded.case_id)
    if case.namnd != namnd.key or case.secret or case.state != "open" or case.waiting_for:
        return None
    if deadline is None or deadline.state != "active" or deadline.date is None:
        return None
    for question in book.questions(case_id=case.id, kind="lage", state="open"):
        if question.deadline_id == deadline.id:
            return question, case, deadline
    return None


def _head(number: int, person: Person) -> str:
    first = person.name.split()[0]
    return f"Ett ärende behöver ett svar, {first}" if number == 1 else f"{number} ärenden behöver ett svar, {first}"


def _subject(due: list[tuple[AskedQuestion, Case, CaseDeadline]], today: dt.date) -> str:
    parts = [f"{case.dnr or case.title[:40]} {left(deadline, today)}" for _, case, deadline in due[:2]]
    more = f" och {len(due) - 2} till" if len(due) > 2 else ""
    return f"{'; '.join(parts)}{more}"


def left(deadline: CaseDeadline, today: dt.date) -> str:
    """Return how far a day is, in words."""
    assert deadline.date is not None
    gone = (today - deadline.date).days
    what = {"law": "lagens tid", "goal": "målet"}.get(deadline.clock, "svarsdagen")
    if gone > 0:
        return f"{days(gone)} efter {what}"
    if gone == 0:
        return f"{what} är i dag"
    return f"{days(-gone)} till {what}"


def _one(
    book: Book,
    question: AskedQuestion,
    case: Case,
    deadline: CaseDeadline,
    person: Person,
    namnd: Namnd,
    today: dt.date,
    now: dt.datetime,
) -> list[Block]:
    assert deadline.date is not None
    late = deadline.date < today
    sign = f"{_SIGNS[deadline.clock]} " if late else ""
    why = f"”{deadline.sentence}”" if deadline.clock == "stated" and deadline.sentence else upper_first(deadline.source)
    return [
        Paragraph(f"{sign}{upper_first(left(deadline, today))}. {case.dnr or 'Väntar på dnr'}: {case.title}."),
        Paragraph(f"{upper_first(deadline.purpose)} {weekday(deadline.date)}. {why}", quiet=True),
        Button(f"Svara om {case.dnr or 'ärendet'}", answer_link(book, question, person, namnd, now=now)),
    ]
