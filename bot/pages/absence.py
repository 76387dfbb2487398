"""When somebody is away, and who answers meanwhile: one's own, and a manager's for the nämnd."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from bot.pages import views
from bot.pages.desk import Answer, Ask, Missing, Sent, Shown, Words
from handlers import registering
from handlers.errors import Invalid
from storage.records import Absence, Person, RoleName
from storage.store import Book

_FOR_OTHERS: tuple[RoleName, ...] = ("manager", "forvaltningschef")
_OWN_DAYS, _OTHERS_DAYS = 370, 60  # how far ahead is looked
_LONGEST = 800  # days


@dataclass(frozen=True, slots=True)
class Line:
    """An absence in the list."""

    person_id: int
    name: str
    first: str
    days: str
    instead: str
    now: bool


def show(ask: Ask) -> Answer:
    """Show when the visitor is away, and for a manager when others in the nämnd are."""
    return _page(ask, {})


def _page(ask: Ask, faults: Mapping[str, str], status: int = 200) -> Answer:
    if not ask.who.roles:
        raise Missing
    mine = ask.who.person
    with ask.desk.store.look() as book:
        others = [p for p in _others(book, ask) if p.id != mine.id]
        hints = _noted(book, ask)
        own = _lines(book, mine, ask.today, _OWN_DAYS, hints)
        theirs = [line for p in others for line in _lines(book, p, ask.today, _OTHERS_DAYS, hints)]
        instead = _colleagues(book, ask)
    done = {"sparat": "Antecknat.", "slut": "Frånvaron är avslutad."}.get(ask.query.get("gjort", ""), "")
    return Shown(
        "absence.html",
        {
            "own": own,
            "theirs": theirs,
            "people": (mine, *others),
            "leads": bool(others),
            "instead": instead,
            "typed": Words(ask.form),
            "faults": Words(faults),
            "toast": done,
        },
        status,
    )


def put(ask: Ask) -> Answer:
    """Enter days away; the same first day again changes them."""
    try:
        with ask.desk.store.book() as book:
            person = _person(book, ask)
            first, last = _days(ask)
            substitute = _substitute(book, ask, person)
            book.put_absence(person.id, first, last, substitute.id if substitute else None)
            _note(book, ask, person, first, last, substitute)
    except Invalid as fault:
        return _page(ask, {fault.field: str(fault)}, 422)
    return Sent("/franvaro?gjort=sparat")


def end(ask: Ask) -> Answer:
    """End days away: from today the person is back; what has not begun never does."""
    try:
        with ask.desk.store.book() as book:
            person = _person(book, ask)
            first = registering.as_date(ask.form.get("fran", ""), "fran")
            found = book.absence(person.id, first)
            if found is None or found.from_day != first or found.to_day < ask.today:
                raise Invalid("Den frånvaron är redan slut.", "fran")
            last = max(min(found.to_day, ask.today - dt.timedelta(days=1)), first - dt.timedelta(days=1))
            book.put_absence(person.id, first, last, found.substitute_id)
            _note(book, ask, person, first, last, None)
    except Invalid as fault:
        return _page(ask, {"form": str(fault)}, 422)
    return Sent("/franvaro?gjort=slut")


def _note(book: Book, ask: Ask, person: Person, first: dt.date, last: dt.date, instead: Person | None) -> None:
    for key in {r.namnd for r in book.roles(on=ask.today, person_id=person.id)} & set(ask.desk.namnder):
        book.note(
            key,
            "frånvaro ändrad",
            now=ask.now,
            actor=f"person:{ask.who.person.id}",
            data={
                "person": person.id,
                "från": first.isoformat(),
                "till": last.isoformat(),
                "ersättare": instead.id if instead else None,
            },
            personal={"namn": person.name, **({"ersättare": instead.name} if instead else {})},
        )


def _others(book: Book, ask: Ask) -> list[Person]:
    """Return whom the visitor may enter absence for besides themself."""
    held = [r.person for key in ask.who.namnder(*_FOR_OTHERS) for r in book.roles(on=ask.today, namnd=key)]
    return sorted({p.id: p for p in held}.values(), key=lambda p: p.name)


def _colleagues(book: Book, ask: Ask) -> list[Person]:
    held = [r.person for key in ask.who.roles for r in book.roles(on=ask.today, namnd=key)]
    return sorted({p.id: p for p in held}.values(), key=lambda p: p.name)


def _chosen(ask: Ask, field: str) -> int:
    text = ask.form.get(field, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else 0


def _person(book: Book, ask: Ask) -> Person:
    mine = ask.who.person
    wanted = _chosen(ask, "person") or mine.id
    if not ask.who.roles:
        raise Missing
    if wanted == mine.id:
        return mine
    found = next((p for p in _others(book, ask) if p.id == wanted), None)
    if found is None:
        raise Missing
    return found


def _days(ask: Ask) -> tuple[dt.date, dt.date]:
    for field, words in (("fran", "Välj första dagen."), ("till", "Välj sista dagen.")):
        if not ask.form.get(field, "").strip():
            raise Invalid(words, field)
    first, last = registering.as_date(ask.form["fran"], "fran"), registering.as_date(ask.form["till"], "till")
    if last < first:
        raise Invalid("Sista dagen är före den första.", "till")
    if last < ask.today:
        raise Invalid("De dagarna har redan varit.", "till")
    if (last - first).days > _LONGEST:
        raise Invalid("Så länge kan ingen vara borta här. Skriv högst två år.", "till")
    return first, last


def _substitute(book: Book, ask: Ask, person: Person) -> Person | None:
    if not ask.form.get("ersattare", ""):
        return None
    found = next((p for p in _colleagues(book, ask) if p.id == _chosen(ask, "ersattare")), None)
    if found is None or found.id == person.id:
        raise Invalid("Välj någon annan i nämnden.", "ersattare")
    return found


def _noted(book: Book, ask: Ask) -> dict[int, set[dt.date]]:
    """Return first days that the journal tells of, by person: they are found however far ahead they are."""
    found: dict[int, set[dt.date]] = {}
    for key in ask.who.roles:
        for entry in book.entries(namnd=key):
            if entry.what == "frånvaro ändrad":
                found.setdefault(int(entry.data["person"]), set()).add(dt.date.fromisoformat(str(entry.data["från"])))
    return found


def _lines(
    book: Book, person: Person, today: dt.date, horizon: int, hints: Mapping[int, set[dt.date]]
) -> tuple[Line, ...]:
    found: dict[dt.date, Absence] = {}
    day = today
    while day <= today + dt.timedelta(days=horizon):
        away = book.absence(person.id, day)
        if away:
            found[away.from_day] = away
        day = (away.to_day if away else day) + dt.timedelta(days=1)
    for first in hints.get(person.id, set()):
        away = book.absence(person.id, first) if first > day else None
        if away:
            found[away.from_day] = away
    return tuple(_line(book, person, found[first], today) for first in sorted(found))


def _line(book: Book, person: Person, away: Absence, today: dt.date) -> Line:
    instead = book.person(away.substitute_id) if away.substitute_id else None
    days = views.day(away.from_day)
    if away.to_day != away.from_day:
        days = f"{days}–{views.day(away.to_day)}"
    return Line(
        person.id,
        person.name,
        away.from_day.isoformat(),
        days,
        instead.name if instead else "",
        away.from_day <= today,
    )
