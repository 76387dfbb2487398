"""The lines that say whose a new case usually is: added, changed, moved, removed; and tried on a title without a letter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from handlers import assignment, kinds, seen
from handlers.choices import choice
from handlers.errors import Invalid
from handlers.notices.words import STOCKHOLM
from storage.records import Case, Namnd, Person, Route
from storage.store import Book

CHANGED = "fördelning ändrad"
MOST = 200  # lines of one nämnd
LONGEST = 200  # characters of a field


@dataclass(frozen=True, slots=True)
class Line:
    """What a line asks and whom it names: a type, words that must all stand in the title, a part of the sender."""

    matter: str
    words: str
    sender: str
    unit: str
    person_id: int | None


@dataclass(frozen=True, slots=True)
class Tried:
    """What would happen to a case: the line that takes it, who could have it in order, and who is asked first."""

    route: Route | None
    others: tuple[Route, ...]  # lines further down that fit too
    proposals: tuple[assignment.Proposal, ...]
    asked: Person | None
    directly: bool  # whether the proposed one is asked, and not the manager


def mark_of(book: Book, namnd: str) -> str:
    """Return the mark of a nämnd's lines as they stand, for a form."""
    return seen.mark(_plain(book.routes(namnd)))


def _plain(routes: Sequence[Route]) -> list[tuple[object, ...]]:
    return [(r.matter, r.words, r.sender, r.unit, r.person_id) for r in routes]


def add(book: Book, namnd: Namnd, line: Line, *, by: Person, now: dt.datetime, why: str = "", was: str | None) -> int:
    """Put a line last and return its place. Raises Invalid when it cannot be."""
    routes = _held(book, namnd, was)
    line = _checked(book, namnd, line, now)
    if len(routes) >= MOST:
        raise Invalid(f"Fördelningen har redan {MOST} rader. Ta bort en först.", "matter")
    _write(book, namnd, [*routes, line])
    _note(book, namnd, "ny", len(routes) + 1, now=now, by=by, why=why, new=line)
    return len(routes) + 1


def change(
    book: Book, namnd: Namnd, place: int, line: Line, *, by: Person, now: dt.datetime, why: str = "", was: str | None
) -> bool:
    """Change the line at a place (1 is first); return False when it stood so. Raises Invalid when it cannot be."""
    routes = _held(book, namnd, was)
    old = _at(routes, place)
    line = _checked(book, namnd, line, now)
    if line == old:
        return False
    routes[place - 1] = line
    _write(book, namnd, routes)
    _note(book, namnd, "rad", place, now=now, by=by, why=why, old=old, new=line)
    return True


def move(book: Book, namnd: Namnd, place: int, to: int, *, by: Person, now: dt.datetime, was: str | None) -> int:
    """Move the line at a place to another; return where it stands. Past either end it stands last or first."""
    routes = _held(book, namnd, was)
    line = _at(routes, place)
    to = min(max(1, to), len(routes))
    if to != place:
        routes.insert(to - 1, routes.pop(place - 1))
        _write(book, namnd, routes)
        _note(book, namnd, "plats", to, now=now, by=by, new=line, moved_from=place)
    return to


def remove(book: Book, namnd: Namnd, place: int, *, by: Person, now: dt.datetime, was: str | None) -> None:
    """Take the line at a place away."""
    routes = _held(book, namnd, was)
    old = _at(routes, place)
    del routes[place - 1]
    _write(book, namnd, routes)
    _note(book, namnd, "bort", place, now=now, by=by, old=old)


def replace_all(book: Book, namnd: str, lines: Sequence[Line], *, now: dt.datetime, actor: str) -> None:
    """Let a list's lines be all that a nämnd has. Nothing is journalled when they stood so."""
    old = [_line(r) for r in book.routes(namnd)]
    if old == list(lines):
        return
    book.put_routes(namnd, [(x.matter, x.words, x.sender, x.unit, x.person_id) for x in lines])
    before, after = ("; ".join(told(book, x) for x in some) for some in (old, lines))
    book.note(
        namnd,
        CHANGED,
        now=now,
        actor=actor,
        data={"vad": "lista", "från": len(old), "till": len(lines)},
        personal={"förut": before, "rad": after},
    )


def told(book: Book, line: Line) -> str:
    """Return a line as people read it: what it asks, and whose that is.

    A line that asks nothing takes everything.
    """
    asks = [
        kinds.kind_of(line.matter).label if line.matter else "",
        f"”{line.words}” i rubriken" if line.words else "",
        f"från {line.sender}" if line.sender else "",
    ]
    person = book.person(line.person_id) if line.person_id else None
    whose = [f"enheten {line.unit}" if line.unit else "", person.name if person else ""]
    return f"{', '.join(a for a in asks if a) or 'Allt'}: {' och '.join(w for w in whose if w)}"


def line_of(route: Route) -> Line:
    """Return what a stored line asks and names."""
    return _line(route)


def nobody(book: Book, route: Route, today: dt.date) -> bool:
    """Say whether a line names nobody who is handläggare in the nämnd on a day: then it proposes nobody."""
    held = book.roles(on=today, namnd=route.namnd, role="handlaggare")
    return not any(assignment.meant(route, role) for role in held)


def try_out(book: Book, namnd: Namnd, title: str, sender: str, kind: str, *, now: dt.datetime) -> Tried:
    """Return what would happen to a new case with a title, a sender and a type; nothing is written.

    The same functions decide as when a letter comes.
    """
    case = _as_if(namnd, title, sender, kind, now)
    today = now.astimezone(STOCKHOLM).date()
    fitting = [r for r in book.routes(namnd.key) if assignment.fits(r, case)]
    takes = next((r for r in fitting if not nobody(book, r, today)), None)
    return Tried(
        takes,
        tuple(r for r in fitting if r != takes),
        tuple(assignment.proposals(book, case, today)),
        assignment.first_to_ask(book, case, namnd, now),
        choice(book, namnd.key, "ask_first") == "handlaggare",
    )


def _as_if(namnd: Namnd, title: str, sender: str, kind: str, now: dt.datetime) -> Case:
    return Case(
        id=0,
        namnd=namnd.key,
        dnr=None,
        year=None,
        number=None,
        state="open",
        kind=kind,
        matter=kind,
        title=title,
        sender=sender,
        secret=False,
        inkommen_at=now,
        registered_at=now,
        raised=None,
        raised_which=None,
        motionarer=(),
        handlaggare_id=None,
        version=1,
    )


def _held(book: Book, namnd: Namnd, was: str | None) -> list[Line]:
    book.hold_choices()
    routes = book.routes(namnd.key)
    seen.still(was, _plain(routes))
    return [_line(r) for r in routes]


def _line(route: Route) -> Line:
    return Line(route.matter, route.words, route.sender, route.unit, route.person_id)


def _at(routes: Sequence[Line], place: int) -> Line:
    if not 1 <= place <= len(routes):
        raise Invalid("Den raden finns inte.", "matter")
    return routes[place - 1]


def _write(book: Book, namnd: Namnd, lines: Sequence[Line]) -> None:
    book.put_routes(namnd.key, [(x.matter, x.words, x.sender, x.unit, x.person_id) for x in lines])


def _checked(book: Book, namnd: Namnd, line: Line, now: dt.datetime) -> Line:
    tidy: Callable[[str], str] = lambda text: " ".join(text.split())  # noqa: E731 - one thing for four fields
    line = replace(line, words=tidy(line.words), sender=tidy(line.sender), unit=tidy(line.unit))
    if line.matter and kinds.kind_of(line.matter).name != line.matter:
        raise Invalid("Välj en typ i listan.", "matter")
    for name in ("words", "sender", "unit"):
        text = getattr(line, name)
        if len(text) > LONGEST or not text.isprintable():
            raise Invalid(f"Skriv högst {LONGEST} vanliga tecken.", name)
    if not line.unit and line.person_id is None:
        raise Invalid("Välj en enhet eller en handläggare.", "person")
    today = now.astimezone(STOCKHOLM).date()
    held = book.roles(namnd=namnd.key, role="handlaggare")
    lasting = {r.person.id for r in held if r.valid_to is None or r.valid_to >= today}
    if line.person_id is not None and line.person_id not in lasting:
        raise Invalid("Välj en handläggare i listan.", "person")
    return line


def _note(
    book: Book,
    namnd: Namnd,
    act: str,
    place: int,
    *,
    now: dt.datetime,
    by: Person,
    why: str = "",
    old: Line | None = None,
    new: Line | None = None,
    moved_from: int | None = None,
) -> None:
    said = {"förut": told(book, old) if old else "", "rad": told(book, new) if new else "", "skäl": seen.reason(why)}
    book.note(
        namnd.key,
        CHANGED,
        now=now,
        actor=f"person:{by.id}",
        data={"vad": act, "plats": place, **({"från": moved_from} if moved_from else {})},
        personal={key: text for key, text in said.items() if text},
    )
