"""Somebody leaves: all their open cases go to another in one act, and cases whose handläggare has left are not forgotten."""

from __future__ import annotations

import datetime as dt

from handlers import appointing, assignment
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
    book.hold_choices()
    before = book.roles(namnd=namnd.key)
    for role in book.roles(namnd=namnd.key, person_id=person.id):
        if role.valid_to is not None and role.valid_to <= last_day:
            continue
        ends = max(last_day, role.valid_from - dt.timedelta(days=1))
        held = appointing.Held(role.role, role.valid_from, ends, role.unit or "")
        appointing.put(book, person, namnd.key, held, now=now, actor=actor)
    appointing.keep_administrator(before, book.roles(namnd=namnd.key), now.astimezone(STOCKHOLM).date())


def end_role(
    book: Book,
    person: Person,
    namnd: Namnd,
    wish: appointing.Held,
    to: Person | None,
    *,
    by: Person,
    now: dt.datetime,
    why: str = "",
    was: str | None = None,
) -> int:
    """Change a role's last day or unit and, where somebody takes over, give them the open cases at once; return how
    many. Raises Invalid as `appointing.change` and `hand_over` do."""
    appointing.change(book, person, namnd, wish, by=by, now=now, why=why, was=was)
    if to is None:
        return 0
    return sum(not c.secret for c in hand_over(book, person, to, namnd, now=now, actor=f"person:{by.id}"))


def ask_for_orphans(book: Book, namnd: Namnd, *, now: dt.datetime) -> int:
    """Ask anew who takes the cases whose handläggare has no role in the nämnd any more; return how many were asked about.

    After a mandate change or when somebody has left without handing over, no case goes quiet.
    """
    today = now.astimezone(STOCKHOLM).date()
    cases = book.orphaned_cases(namnd.key, today, limit=_MOST)
    for case in cases:
        assignment.reopen(book, case, namnd, now=now, actor="boten", why="handläggaren har ingen roll i nämnden längre")
    return len(cases)
