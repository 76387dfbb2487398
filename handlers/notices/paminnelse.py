"""A person's one reminder of a day: each case with its day or step, and a link that answers for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from handlers.notices import happened, steps
from handlers.notices.links import answer_link
from handlers.notices.message import Acts, Block, Button, ByMail, Heading, Message, Paragraph
from handlers.notices.words import STOCKHOLM, days, upper_first, weekday
from storage.records import AskedQuestion, Case, CaseDeadline, Milestone, Namnd, Notice, Person
from storage.store import Book

_LIVING = ("open", "waiting_dnr")
_MOST_ON_A_CARD = 6
_SIGNS = {"law": "■", "goal": "▲", "stated": "▲"}


@dataclass(frozen=True, slots=True)
class Item:
    """Something that is still due: a clock's day or a plan's step of a case; silent: who has not answered."""

    question: AskedQuestion
    case: Case
    day: dt.date
    deadline: CaseDeadline | None
    step: Milestone | None
    silent: str = ""


def render(book: Book, notice: Notice, namnd: Namnd, *, now: dt.datetime) -> Message | None:
    """Write what is still due of what was due that morning; None when all of it is done meanwhile."""
    person = book.person(notice.person_id) if notice.person_id else None
    if person is None:
        return None
    today = now.astimezone(STOCKHOLM).date()
    day = dt.date.fromisoformat(notice.data["day"])
    if day != today:  # it lay over a stop: the day's own tells it, to who is there now
        book.untell(namnd.key, person.id, day, notice.message_id)
        return None
    found = [_still_due(book, int(q), bool(silent), namnd) for q, silent in notice.data.get("items", ())]
    due = [item for item in found if item]
    if not due:
        return None
    blocks: list[Block] = [Heading(_head(len(due), person))]
    for item in due:
        blocks += _one(book, item, person, namnd, today, now)
    blocks.append(
        ByMail(
            (
                Paragraph(
                    "Eller svara på mejlet, en rad per ärende: klart, pågår, anstånd till en dag, fel person. "
                    f"Till exempel: klart {due[0].case.dnr or ''}".rstrip(),
                    quiet=True,
                ),
            )
        )
    )
    first = due[0]
    return Message(
        subject=_subject(due, today),
        preheader=f"{first.case.dnr or 'Ett ärende'}: {upper_first(what(first.deadline, first.step))} {weekday(first.day)}.",
        blocks=tuple(blocks),
        foot=f"Nämndbot för {namnd.name.lower()} i {namnd.organisation}. Svaret blir en del av ärendet.",
    )


def as_card(
    book: Book, notice: Notice, namnd: Namnd, acts: Callable[[Item], Acts], *, now: dt.datetime
) -> tuple[Message, bool] | None:
    """Write the reminder as a card: each case with its buttons, or with what was answered; and whether any is still due.

    None when nothing of it may be shown any more. Whatever day it is: a card stands until it is answered.
    """
    person = book.person(notice.person_id) if notice.person_id else None
    if person is None:
        return None
    today = now.astimezone(STOCKHOLM).date()
    blocks: list[Block] = []
    due: list[Item] = []
    number = 0
    for question_id, silent in notice.data.get("items", ()):
        question = book.question(int(question_id))
        case = book.case(question.case_id)
        if case.secret or case.namnd != namnd.key:
            continue
        number += 1
        item = _still_due(book, question.id, bool(silent), namnd)
        if item is None:
            blocks += [
                Paragraph(f"{case.dnr or 'Väntar på dnr'}: {case.title}."),
                Paragraph(happened.line(book, question)),
            ]
        elif len(due) < _MOST_ON_A_CARD:
            due.append(item)
            blocks += [*_one(book, item, person, namnd, today, now), acts(item)]
    if not number:
        return None
    head = Heading(_head(len(due), person) if due else "Tack, det är antecknat")
    if number > len(due) + sum(isinstance(b, Paragraph) for b in blocks):
        blocks.append(Button("Öppna diariet", f"{namnd.url}/diariet"))
    subject = _subject(due, today) if due else head.text
    return Message(subject, "", (head, *blocks), "Svaret blir en del av ärendet."), bool(due)


def _still_due(book: Book, question_id: int, silent: bool, namnd: Namnd) -> Item | None:
    question = book.question(question_id)
    case = book.case(question.case_id)
    if (
        question.state != "open"
        or case.namnd != namnd.key
        or case.secret
        or case.state not in _LIVING
        or case.waiting_for
    ):
        return None
    deadline = book.deadline(question.deadline_id) if question.deadline_id else None
    step = book.milestone(question.milestone_id) if question.milestone_id else None
    day = deadline.date if deadline and deadline.state == "active" else None
    if step and step.met_on is None:
        day = step.planned
    if day is None:
        return None
    handlaggare = book.person(case.handlaggare_id) if silent and case.handlaggare_id else None
    return Item(
        question, case, day, deadline, step, handlaggare.name if handlaggare else "Handläggaren" if silent else ""
    )


def what(deadline: CaseDeadline | None, step: Milestone | None) -> str:
    """Return what is to be done by a day or step, in words."""
    if step:
        return steps.NAMES.get(step.kind, step.kind).lower()
    return deadline.purpose if deadline else "svar"


def _next_step(book: Book, case: Case) -> str:
    ahead = [m for m in book.milestones(case.id) if m.planned and m.met_on is None and m.kind in steps.REMINDED]
    first = min(ahead, key=lambda m: m.planned or dt.date.max, default=None)
    if first is None or first.planned is None:
        return ""
    return f"Nästa steg i planen: {what(None, first)} senast {weekday(first.planned)}."


def _head(number: int, person: Person) -> str:
    first = person.name.split()[0]
    return f"Ett ärende behöver ett svar, {first}" if number == 1 else f"{number} ärenden behöver ett svar, {first}"


def _subject(due: list[Item], today: dt.date) -> str:
    parts = [f"{item.case.dnr or item.case.title[:40]} {_left(item, today)}" for item in due[:2]]
    more = f" och {len(due) - 2} till" if len(due) > 2 else ""
    return f"{'; '.join(parts)}{more}"


def _left(item: Item, today: dt.date) -> str:
    return step_left(item.step, today) if item.step else left(item.deadline, today) if item.deadline else ""


def left(deadline: CaseDeadline, today: dt.date) -> str:
    """Return how far a day is, in words."""
    assert deadline.date is not None
    return _far(deadline.date, {"law": "lagens tid", "goal": "målet"}.get(deadline.clock, "svarsdagen"), today)


def step_left(step: Milestone, today: dt.date) -> str:
    """Return how far a step of the plan is, in words."""
    assert step.planned is not None
    name = {"start": "dagen att börja", "utkast": "utkastet", "tjansteskrivelse": "stoppdagen"}.get(step.kind, "steget")
    return _far(step.planned, name, today)


def _far(day: dt.date, name: str, today: dt.date) -> str:
    gone = (today - day).days
    if gone > 0:
        return f"{days(gone)} efter {name}"
    if gone == 0:
        return f"{name} är i dag"
    return f"{days(-gone)} till {name}"


def _one(book: Book, item: Item, person: Person, namnd: Namnd, today: dt.date, now: dt.datetime) -> list[Block]:
    case, deadline = item.case, item.deadline
    sign = f"{_SIGNS[deadline.clock] if deadline else '▲'} " if item.day < today else ""
    if item.step:
        why = f"Planen: {item.step.why[:1].lower()}{item.step.why[1:]}." if item.step.why else ""
    else:
        assert deadline is not None
        why = (
            f"”{deadline.sentence}”"
            if deadline.clock == "stated" and deadline.sentence
            else upper_first(deadline.source)
        )
    silent = f" {item.silent} har inte svarat." if item.silent else ""
    if item.step is None:
        why = f"{why} {_next_step(book, case)}"
    return [
        Paragraph(f"{sign}{upper_first(_left(item, today))}. {case.dnr or 'Väntar på dnr'}: {case.title}.{silent}"),
        Paragraph(f"{upper_first(what(deadline, item.step))} {weekday(item.day)}. {why}".strip(), quiet=True),
        ByMail(
            (Button(f"Svara om {case.dnr or 'ärendet'}", answer_link(book, item.question, person, namnd, now=now)),)
        ),
    ]
