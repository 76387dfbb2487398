"""Somebody leaves: all their open cases go to another in one act, and cases whose handläggare has left are not forgotten."""

from __future__ import annotations

import datetime as dt

from handlers import assignment
from handlers.errors import Invalid
from handlers.notices import queue
from handlers.notices.words import STOCKHOLM
from storage.records import Case, Namnd, Person
from storage.store import Book

_MOST = 100  # cases asked about anew in one transaction


def hand_over(
    book: Book,
    person: Person,
    to: Person,
    namnd: Namnd,
    *,
    now: dt.datetime,
    actor: str,
    last_day: dt.date | None = None,
) -> list[Case]:
    """Give all of a person's open cases in a nämnd to another, and return them; tell the other with a list.

    last_day: the day that their roles in the nämnd end. Questions that they have not answered go to the other too.
    Raises Invalid when the other has no role in the nämnd today or the two are the same.
    """
    today = now.astimezone(STOCKHOLM).date()
    if to.id == person.id:
        raise Invalid("Välj någon annan än den som slutar.", "to")
    if not any(
        r.role in ("handlaggare", "manager", "forvaltningschef")
        for r in book.roles(on=today, namnd=namnd.key, person_id=to.id)
    ):
        raise Invalid(f"{to.name} är varken handläggare eller chef i nämnden i dag. Välj någon annan.", "to")
    if last_day and last_day < today:
        raise Invalid(f"{last_day.isoformat()} har varit. Skriv sista dagen, i dag eller framåt.", "last_day")
    cases = book.open_cases_of(person.id, namnd.key)
    for case in cases:
        assignment.give(book, case.id, to.id)
        book.note(
            namnd.key,
            "ärende överlämnat",
            now=now,
            actor=actor,
            case_id=case.id,
            data={"från": person.id, "till": to.id},
            personal={"från": person.name, "till": to.name},
        )
    moved = _pass_on_questions(book, person, to, namnd, now)
    if last_day:
        _end_roles(book, person, namnd, last_day, now=now, actor=actor)
    if cases or moved:
        queue.taken_over(book, to, person, [c.id for c in cases], namnd, now=now)
    return [book.case(c.id) for c in cases]


def _pass_on_questions(book: Book, person: Person, to: Person, namnd: Namnd, now: dt.datetime) -> int:
    moved = 0
    for question in book.questions(namnder=(namnd.key,), state="open"):
        askings = book.askings(question.id)
        if askings and askings[-1].person_id == person.id and question.kind == assignment.KIND:
            assignment.ask_instead(book, question, to, namnd, now=now)
            moved += 1
    return moved


def _end_roles(book: Book, person: Person, namnd: Namnd, last_day: dt.date, *, now: dt.datetime, actor: str) -> None:
    for role in book.roles(namnd=namnd.key, person_id=person.id):
        if role.valid_to is not None and role.valid_to <= last_day:
            continue
        ends = max(last_day, role.valid_from - dt.timedelta(days=1))
        book.put_role(person.id, namnd.key, role.role, role.valid_from, ends, role.unit)
        book.note(
            namnd.key,
            "roll ändrad",
            now=now,
            actor=actor,
            data={
                "person": person.id,
                "roll": role.role,
                "från": role.valid_from.isoformat(),
                "till": ends.isoformat(),
            },
            personal={"namn": person.name, "e-post": person.email},
        )


def ask_for_orphans(book: Book, namnd: Namnd, *, now: dt.datetime) -> int:
    """Ask anew who takes the cases whose handläggare has no role in the nämnd any more; return how many were asked about.

    After a mandate change or when somebody has left without handing over, no case goes quiet.
    """
    today = now.astimezone(STOCKHOLM).date()
    cases = book.orphaned_cases(namnd.key, today, limit=_MOST)
    for case in cases:
        assignment.reopen(book, case, namnd, now=now, actor="boten", why="handläggaren har ingen roll i nämnden längre")
    return len(cases)
