"""Routes and choices as CSV, in and out, with each fault named by its line."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from handlers import choices, kinds, routing
from handlers.errors import Invalid
from handlers.lists import BadList, as_csv, rows_of
from storage.store import Book

ROUTE_COLUMNS = ("namnd", "typ", "ord", "avsändare", "enhet", "handläggare")
CHOICE_COLUMNS = ("namnd", "val", "värde")


@dataclass(frozen=True, slots=True)
class RouteLine:
    """One line of a list of routes, in the list's order."""

    namnd: str
    matter: str
    words: str
    sender: str
    unit: str
    email: str


def read_routes(text: str, namnder: Iterable[str]) -> list[RouteLine]:
    """Return the routes of a CSV text; raise BadList with every fault."""
    known, faults, found = set(namnder), [], []
    for number, row in rows_of(text, ROUTE_COLUMNS):
        matter = row.get("typ", "").lower()
        wrong = []
        if row.get("namnd", "") not in known:
            wrong.append(f"nämnden {row.get('namnd', '')!r} finns inte. Välj {', '.join(sorted(known))}.")
        if matter and kinds.kind_of(matter).name != matter:
            wrong.append(f"typen {matter!r} finns inte. Välj till exempel motion, remiss, revision.")
        if not row.get("enhet") and not row.get("handläggare"):
            wrong.append("skriv en enhet eller en handläggares e-postadress.")
        faults += [f"Rad {number}: {w}" for w in wrong]
        found.append(
            RouteLine(
                row.get("namnd", ""),
                matter,
                row.get("ord", ""),
                row.get("avsändare", ""),
                row.get("enhet", ""),
                row.get("handläggare", "").lower(),
            )
        )
    if faults:
        raise BadList(faults)
    return found


def enter_routes(book: Book, lines: Iterable[RouteLine], *, now: dt.datetime, actor: str) -> int:
    """Replace the routes of the nämnder that the list names; return how many lines there are."""
    book.hold_choices()
    by_namnd: dict[str, list[routing.Line]] = {}
    for line in lines:
        person = book.person_by_email(line.email) if line.email else None
        if line.email and person is None:
            raise BadList([f"{line.email} finns inte bland personerna. Läs in med: namndbot people import FIL.csv"])
        by_namnd.setdefault(line.namnd, []).append(
            routing.Line(line.matter, line.words, line.sender, line.unit, person.id if person else None)
        )
    for namnd, routes in by_namnd.items():
        routing.replace_all(book, namnd, routes, now=now, actor=actor)
    return sum(len(routes) for routes in by_namnd.values())


def write_routes(book: Book, namnder: Iterable[str]) -> str:
    """Return the routes as a CSV text that `read_routes` takes back."""
    rows = []
    for namnd in namnder:
        for r in book.routes(namnd):
            person = book.person(r.person_id) if r.person_id else None
            rows.append((r.namnd, r.matter, r.words, r.sender, r.unit, person.email if person else ""))
    return as_csv(ROUTE_COLUMNS, rows)


def read_choices(text: str, namnder: Iterable[str]) -> list[tuple[str, str, object]]:
    """Return the choices of a CSV text as (namnd, name, value); raise BadList with every fault."""
    known, faults, found = set(namnder), [], []
    for number, row in rows_of(text, CHOICE_COLUMNS):
        if row.get("namnd", "") not in known:
            faults.append(f"Rad {number}: nämnden {row.get('namnd', '')!r} finns inte.")
        try:
            found.append((row.get("namnd", ""), row.get("val", ""), json.loads(row.get("värde", ""))))
        except (json.JSONDecodeError, RecursionError):
            found.append((row.get("namnd", ""), row.get("val", ""), row.get("värde", "")))
    if faults:
        raise BadList(faults)
    return found


def enter_choices(book: Book, lines: Iterable[tuple[str, str, object]], *, now: dt.datetime, actor: str) -> int:
    """Set choices; return how many changed. Raises BadList when one cannot be."""
    changed = 0
    for namnd, name, value in lines:
        if name in choices.DEFAULTS and choices.choice(book, namnd, name) == value:
            continue
        try:
            choices.choose(book, namnd, name, value, now=now, actor=actor)
        except Invalid as error:
            raise BadList([f"{namnd} {name}: {error}"]) from error
        changed += 1
    return changed


def write_choices(book: Book, namnder: Iterable[str]) -> str:
    """Return what holds for each nämnd, chosen or not, as a CSV text that `read_choices` takes back."""
    names: Mapping[str, object] = choices.DEFAULTS
    rows = [(n, name, json.dumps(choices.choice(book, n, name))) for n in namnder for name in names]
    return as_csv(CHOICE_COLUMNS, rows)
