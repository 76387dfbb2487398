"""Tells those whom it touches that a plan stands otherwise: a clock that cannot be kept, a meeting that was moved."""

from __future__ import annotations

import datetime as dt

from handlers import assignment
from handlers.notices import queue
from handlers.notices.words import STOCKHOLM
from storage.records import Case, Namnd, Person
from storage.store import Book


def tell(book: Book, namnd: Namnd, *, now: dt.datetime) -> int:
    """Queue what is new about plans, one message per person, each thing once; return how many are told.

    A handläggare is told of the own cases; a manager of those that nobody has, and of every clock that is lost.
    """
    today = now.astimezone(STOCKHOLM).date()
    people: dict[int, list[tuple[int, tuple[str, ...]]]] = {}
    for plan in book.untold_plans(namnd.key):
        case = book.case(plan.case_id)
        if not case.secret and case.waiting_for is None:
            for person in _touched(book, case, "lost" in plan.news, today):
                people.setdefault(person.id, []).append((case.id, plan.news))
        book.plan_told(plan.case_id)
    told = 0
    for person_id, cases in people.items():
        who = book.person(person_id)
        told += bool(who and queue.plans(book, who, cases, namnd, now=now))
    return told


def _touched(book: Book, case: Case, lost: bool, today: dt.date) -> list[Person]:
    handlaggare = book.person(case.handlaggare_id) if case.handlaggare_id else None
    there = [assignment.present(book, handlaggare, today, case.namnd) or handlaggare] if handlaggare else []
    managers = [] if there and not lost else _managers(book, case.namnd, today)
    return list({p.id: p for p in (*there, *managers)}.values())


def _managers(book: Book, namnd: str, today: dt.date) -> list[Person]:
    found = assignment.with_role(book, namnd, "manager", today) or assignment.with_role(
        book, namnd, "forvaltningschef", today
    )
    return [assignment.present(book, p, today, namnd) or p for p in found[:1]]
