"""The points of a case, as rows: what a letter asks for, and what is done about each."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from bot.pages import views
from handlers import demands
from storage.records import Case, CaseDemand
from storage.store import Book

_WORDS = {"begun": "pagar", "waiting": "vantar", "done": "klar"}


@dataclass(frozen=True, slots=True)
class Point:
    """A point as a row; form is what its fields are filled with."""

    number: int
    text: str
    outcome: str
    struck: bool
    read_as: str
    measure: str
    responsible: str
    due: str
    state: views.State
    form: dict[str, str]


@dataclass(frozen=True, slots=True)
class Points:
    """The points of a case; followed: they are recommendations, each followed until it is done."""

    title: str
    followed: bool
    rows: tuple[Point, ...]
    told: str  # how many are done and late
    people: tuple[tuple[str, str], ...]


def points(book: Book, found: Case, today: dt.date) -> Points:
    """Return a case's points; of a secret one none."""
    followed = found.type == "revision"
    rows = () if found.secret else tuple(book.demands(found.id))
    people = {p.id: p.name for p in demands.responsible(book, found, today)} if followed and rows else {}
    for one in rows:
        if one.responsible_id and one.responsible_id not in people:
            person = book.person(one.responsible_id)
            people[one.responsible_id] = person.name if person else "Någon"
    standing = [r for r in rows if not r.struck]
    done, late = sum(r.state == "done" for r in standing), sum(bool(demands.late(r, today)) for r in standing)
    counts = ((done, "klar", "klara"), (late, "sen", "sena"))
    told = ", ".join(f"{n} {one if n == 1 else many}" for n, one, many in counts if n)
    return Points(
        "Rekommendationer" if followed else "Förslag",
        followed,
        tuple(_point(r, people, today) for r in rows),
        told if followed else "",
        tuple((str(key), name) for key, name in people.items()),
    )


def _point(one: CaseDemand, people: dict[int, str], today: dt.date) -> Point:
    return Point(
        one.position,
        views.clean(one.text, 2000),
        views.clean(one.outcome, 200),
        one.struck,
        views.clean(one.read_as, 2000),
        views.clean(one.measure, 400),
        people.get(one.responsible_id, "") if one.responsible_id else "",
        views.short(one.due, today) if one.due else "",
        _state(one, today),
        {
            "atgard": one.measure or "",
            "ansvarig": str(one.responsible_id or ""),
            "klar": one.due.isoformat() if one.due else "",
            "lage": _WORDS.get(one.state or "", ""),
            "vantar": one.waits_for or "",
            "gjord": one.done_on.isoformat() if one.done_on else "",
        },
    )


def _state(one: CaseDemand, today: dt.date) -> views.State:
    late = demands.late(one, today)
    if one.struck:
        return views.State("wait", "stang", "Struken")
    if one.state == "done":
        return views.State("fine", "klart", f"Klart {views.short(one.done_on, today)}" if one.done_on else "Klart")
    if late:
        return views.State("goal", "mal", f"{views.days(late)} efter planen")
    if one.state == "waiting":
        return views.State("wait", "vantar", f"Väntar på {views.clean(one.waits_for, 120)}")
    if one.state == "begun":
        return views.State("fine", "itid", "Pågår")
    return views.State("fine", "oppen", "Inte börjat")
