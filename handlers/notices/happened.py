"""What became of a question, told in place of it: who answered what, when, and what comes next."""

from __future__ import annotations

import datetime as dt

from handlers.notices import stammer, steps
from handlers.notices.message import Act, Acts, Block, Button, Heading, Message, Paragraph, Row, Rows
from handlers.notices.words import STOCKHOLM, clock_of, day, upper_first, weekday, weekday_of
from storage.records import AskedQuestion, Case, Namnd, Person
from storage.store import Book

_ASSIGNED = "tilldelat"  # how a case came to somebody that a manager or registrator gave it to
_PROGRESS = {
    "klart": "Antecknat som klart",
    "pagar": "Det pågår",
    "anstand": "Ny dag är antecknad",
    "fel_person": "Fel person, vi frågar någon annan",
    "fraga": "Registratorn har fått en fråga",
}
_OVER = "Frågan gäller inte längre"
UNDONE = "Svaret är ångrat"


def render(
    book: Book,
    question: AskedQuestion,
    namnd: Namnd,
    *,
    now: dt.datetime,
    undone: bool = False,
    acts: tuple[Act, ...] = (),
) -> Message:
    """Write what became of a question. Of a secret case: its number and day, and nothing else.

    undone: the answer was taken back. acts: what can still be done.
    """
    case = book.case(question.case_id)
    if case.secret:
        return hidden(case.dnr or "", case.inkommen_at, namnd)
    who = book.person(question.answered_by) if question.answered_by else None
    head = UNDONE if undone else _head(book, question, who)
    today = now.astimezone(STOCKHOLM).date()
    rows = []
    if who and question.answered_at:
        rows.append(Row("Svarade", f"{who.name}, {clock_of(question.answered_at, today)}"))
    if question.answer == "anstand" and not undone and question.answer_data.get("dag"):
        new = dt.date.fromisoformat(question.answer_data["dag"])
        rows.append(Row("Ny dag", upper_first(weekday_of(new, today)), strong=True))
    rows += _next(book, case, today)
    blocks: list[Block] = [Heading(head), Paragraph(f"{case.dnr or 'Ett ärende'}. {case.title}.")]
    if rows:
        blocks.append(Rows(tuple(rows)))
    if acts:
        blocks.append(Acts(acts))
    blocks.append(Button("Öppna ärendet", f"{namnd.url}/arende/{case.id}"))
    return Message(head, "", tuple(blocks), "" if undone else _foot(question))


def line(book: Book, question: AskedQuestion, today: dt.date, *, undone: bool = False) -> str:
    """Return what became of a question, in one sentence, for a card that asks several."""
    if undone:
        return f"{UNDONE}."
    who = book.person(question.answered_by) if question.answered_by else None
    head = _head(book, question, who)
    if who and question.answered_at:
        return f"{head}. {who.name}, {clock_of(question.answered_at, today)}."
    return f"{head}."


def hidden(number: str, came: dt.datetime, namnd: Namnd) -> Message:
    """Write that something is no longer shown: its number, where it has one, and the day that it came in."""
    told = f"{number}, inkom {day(came.astimezone(STOCKHOLM).date())}." if number else ""
    head = "Ärendet visas inte här"
    blocks: list[Block] = [Heading(head)]
    if told:
        blocks.append(Paragraph(told))
    return Message(head, "", tuple(blocks), f"Nämndbot för {namnd.name.lower()} i {namnd.organisation}.")


def _head(book: Book, question: AskedQuestion, who: Person | None) -> str:
    name = who.name if who else "Någon"
    if question.state == "open":
        if question.kind == stammer.KIND and question.answer_data.get("igen"):
            return f"Vi frågar igen {weekday(dt.date.fromisoformat(question.answer_data['igen']))}"
        asked = book.askings(question.id)
        other = book.person(asked[-1].person_id) if asked else None
        return f"Frågan har gått vidare till {other.name}" if other else "Frågan har gått vidare"
    if question.state != "answered" or question.answer is None:
        return _OVER
    if question.answer == "ta":
        given = (question.answered_how or "").startswith(_ASSIGNED)
        return f"{name} har {'fått' if given else 'tagit'} ärendet"
    if question.kind in steps.APPROVALS:
        return f"{name} har godkänt" if question.answer == "godkann" else f"{name} vill att tjänsteskrivelsen ändras"
    if question.answer == "klart" and question.milestone_id:
        step = book.milestone(question.milestone_id)
        return steps.DONE.get(step.kind, _PROGRESS["klart"]) if step else _PROGRESS["klart"]
    if question.answer in _PROGRESS:
        return _PROGRESS[question.answer]
    return {"stammer": "Ja, det stämmer", "nej": "Nej, det stämmer inte"}.get(question.answer, _OVER)


def _next(book: Book, case: Case, today: dt.date) -> list[Row]:
    if case.state not in ("open", "waiting_dnr"):
        return []
    left = [m for m in book.milestones(case.id) if m.planned and m.met_on is None]
    ahead = sorted(left, key=lambda m: m.planned or dt.date.max)
    rows = []
    for step in ahead[:1]:
        if step.planned:
            what = steps.NAMES.get(step.kind, step.kind)
            rows.append(Row("Nästa steg", by(what, step.planned, today), strong=True))
    meeting = next((m for m in ahead[1:] if m.kind == "beslut"), None)
    if meeting and meeting.planned:
        rows.append(Row("Nämnden", upper_first(weekday_of(meeting.planned, today))))
    return rows


def by(what: str, planned: dt.date, today: dt.date) -> str:
    """Return a step of a plan, and until when it has time.

    >>> by("Börja skriva", dt.date(2026, 11, 24), dt.date(2026, 11, 24))
    'Börja skriva i dag'
    >>> by("Börja skriva", dt.date(2026, 12, 16), dt.date(2026, 11, 24))
    'Börja skriva senast onsdag 16 december'
    >>> by("Börja skriva", dt.date(2026, 11, 20), dt.date(2026, 11, 24))
    'Börja skriva, skulle varit gjort fredag 20 november'
    """
    if planned < today:
        return f"{what}, skulle varit gjort {weekday_of(planned, today)}"
    return f"{what} i dag" if planned == today else f"{what} senast {weekday_of(planned, today)}"


def _foot(question: AskedQuestion) -> str:
    # Where the head says so already, it is not said again.
    told = question.state == "answered" and question.answer not in _PROGRESS
    return "Svaret är antecknat i ärendet." if told else ""
