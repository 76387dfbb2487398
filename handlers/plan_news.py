"""Tells those whom it touches that a plan stands otherwise: a clock that cannot be kept, a meeting that was moved."""

from __future__ import annotations

import datetime as dt

from handlers import assignment
from handlers.notices import queue
from handlers.notices.words import STOCKHOLM
from storage.records import Case, Namnd, Person, RoleName
from storage.store import Book

_MOST = 500  # plans told of in one transaction


def tell(book: Book, namnd: Namnd, *, now: dt.datetime) -> int:
    """Queue what is new about plans, one message per person, each thing once; return how many are told.

    A handläggare is told of the own cases; a manager of those that nobody has, and of every clock that is lost.
    """
    today = now.astimezone(STOCKHOLM).date()
    people: dict[int, list[tuple[int, tuple[str, ...]]]] = {}
    for plan in book.untold_plans(namnd.key, limit=_MOST):
        case = book.case(plan.case_id)
        touched = [] if case.secret else _touched(book, case, "lost" in plan.news, today)
        for person in touched:
            people.setdefault(person.id, []).append((case.id, plan.news))
        if touched or case.secret:
            book.plan_told(plan.case_id)  # what nobody could be told waits until there is somebody
    told = 0
    for person_id, cases in people.items():
        who = book.person(person_id)
        told += bool(who and queue.plans(book, who, cases, namnd, now=now))
    return told


def _touched(book: Book, case: Case, lost: bool, today: dt.date) -> list[Person]:
    handlaggare = book.person(case.handlaggare_id) if case.handlaggare_id else None
    there = assignment.present(book, handlaggare, today, case.namnd) if handlaggare else None
    # What waits for KS or KF is nobody's debt in the nämnd, but the register's to follow.
    mine = [there] if there and not case.waiting_for else []
    if mine and not lost:
        return mine
    return list({p.id: p for p in (*mine, *_leaders(book, case, today))}.values())


def _leaders(book: Book, case: Case, today: dt.date) -> list[Person]:
    """Return who is to know what nobody does: the first who is there; when all are away, the first of them all."""
    roles: tuple[RoleName, ...] = ("manager", "forvaltningschef", "registrator")
    if case.waiting_for:
        roles = ("registrator", "manager", "forvaltningschef")
    held = [p for role in roles for p in assignment.with_role(book, case.namnd, role, today)]
    there = (assignment.present(book, p, today, case.namnd) for p in held)
    return [next((p for p in there if p), held[0])] if held else []
