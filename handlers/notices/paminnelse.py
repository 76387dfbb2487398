"""A person's one reminder of a day: each case with its day or step, and a link that answers for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from handlers.notices import fraga, happened, steps
from handlers.notices.links import answer_link
from handlers.notices.message import Act, Acts, Block, Button, ByMail, Heading, Message, Paragraph, Row, Rows
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
    book: Book,
    notice: Notice,
    namnd: Namnd,
    acts: Callable[[Item], Acts],
    back: Callable[[AskedQuestion], tuple[tuple[Act, ...], bool]],
    *,
    now: dt.datetime,
) -> tuple[Message, bool] | None:
    """Write the reminder as a card: each case with its buttons, or with what was answered; and whether any is still due.

    None when nothing of it may be shown any more. Whatever day it is: a card stands until it is answered.
    back: how an answer is taken back, and whether it has been.
    """
    person = book.person(notice.person_id) if notice.person_id else None
    if person is None:
        return None
    today = now.astimezone(STOCKHOLM).date()
    told = on_card(book, notice, namnd)
    if not told:
        return None
    blocks: list[Block] = []
    due: list[Item] = []
    left_out = 0
    for question, case, silent in told:
        item = _still_due(book, question.id, silent, namnd)
        if item is None and len(told) == 1:
            ways_back, undone = back(question)
            return happened.render(book, question, namnd, now=now, undone=undone, acts=ways_back), False
        if len(told) > 1 and (item is None or len(due) < _MOST_ON_A_CARD):
            blocks.append(Heading(f"{case.dnr or 'Väntar på dnr'}: {case.title}"))
        if item is None:
            ways_back, undone = back(question)
            blocks.append(Paragraph(happened.line(book, question, today, undone=undone)))
            blocks += [Acts(ways_back)] if ways_back else []
        elif len(due) < _MOST_ON_A_CARD:
            due.append(item)
            blocks += [*_on_card(book, item, today, alone=len(told) == 1), acts(item)]
        else:
            left_out += 1
    if left_out:
        blocks += [Paragraph(f"Och {left_out} till i diariet."), Button("Öppna diariet", f"{namnd.url}/diariet")]
    head = _card_head(len(due) + left_out, due, person, alone=len(told) == 1)
    subject = _subject(due, today) if due else head
    foot = "Svaret blir en del av ärendet." if due else ""
    return Message(subject, "", (Heading(head), *blocks), foot), bool(due)


def on_card(book: Book, notice: Notice, namnd: Namnd) -> list[tuple[AskedQuestion, Case, bool]]:
    """Return what a reminder asks and may show: each question, its case, and whether its handläggare was silent."""
    told = []
    for question_id, silent in notice.data.get("items", ()):
        question = book.question(int(question_id))
        case = book.case(question.case_id)
        if not case.secret and case.namnd == namnd.key:
            told.append((question, case, bool(silent)))
    return told


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


def _ahead(book: Book, case: Case) -> Milestone | None:
    ahead = [m for m in book.milestones(case.id) if m.planned and m.met_on is None and m.kind in steps.REMINDED]
    return min(ahead, key=lambda m: m.planned or dt.date.max, default=None)


def _next_step(book: Book, case: Case) -> str:
    first = _ahead(book, case)
    if first is None or first.planned is None:
        return ""
    return f"Nästa steg i planen: {what(None, first)} senast {weekday(first.planned)}."


def _head(number: int, person: Person) -> str:
    first = person.name.split()[0]
    return f"Ett ärende behöver ett svar, {first}" if number == 1 else f"{number} ärenden behöver ett svar, {first}"


def _card_head(number: int, due: list[Item], person: Person, *, alone: bool) -> str:
    if not due:
        return "Tack, det är antecknat"
    if not alone:
        return _head(number, person)
    first = person.name.split()[0]
    return f"{due[0].silent} har inte svarat. Är det här klart?" if due[0].silent else f"Är det här klart, {first}?"


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


def _on_card(book: Book, item: Item, today: dt.date, *, alone: bool) -> list[Block]:
    """Write a case as a card has room for: how far the day is, whose words say so, and what comes first."""
    case, deadline, step = item.case, item.deadline, item.step
    blocks: list[Block] = [Paragraph(f"{_sign(item, today)}{upper_first(_left(item, today))}")]
    if alone:
        blocks.append(Paragraph(f"{case.dnr}. {case.title}." if case.dnr else f"{case.title}."))
    elif item.silent:
        blocks.append(Paragraph(f"{item.silent} har inte svarat."))
    if step and step.planned:
        blocks.append(Rows((Row("Nästa steg", happened.by(upper_first(what(None, step)), step.planned, today)),)))
        if step.why:
            blocks.append(Paragraph(f"Planen: {step.why[:1].lower()}{step.why[1:]}.", quiet=True))
        return blocks
    assert deadline is not None
    rows = [fraga.deadline_row(deadline)]
    ahead = _ahead(book, case)
    if ahead and ahead.planned:
        rows.append(Row("Nästa steg", happened.by(upper_first(what(None, ahead)), ahead.planned, today)))
    return [*blocks, Rows(tuple(rows))]


def _sign(item: Item, today: dt.date) -> str:
    return f"{_SIGNS[item.deadline.clock] if item.deadline else '▲'} " if item.day < today else ""


def _one(book: Book, item: Item, person: Person, namnd: Namnd, today: dt.date, now: dt.datetime) -> list[Block]:
    case, deadline = item.case, item.deadline
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
        Paragraph(
            f"{_sign(item, today)}{upper_first(_left(item, today))}. {case.dnr or 'Väntar på dnr'}: {case.title}.{silent}"
        ),
        Paragraph(f"{upper_first(what(deadline, item.step))} {weekday(item.day)}. {why}".strip(), quiet=True),
        ByMail(
            (Button(f"Svara om {case.dnr or 'ärendet'}", answer_link(book, item.question, person, namnd, now=now)),)
        ),
    ]
