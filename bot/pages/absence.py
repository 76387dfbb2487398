"""When somebody is away or leaves, and who answers then: one's own, and a manager's for the nämnd."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from bot.pages import change_words, upkeep, views
from bot.pages.desk import Answer, Ask, Missing, Sent, Shown, Words
from handlers import absences, leaving, registering
from handlers.errors import Invalid
from storage.records import Absence, Person, RoleName
from storage.store import Book

_FOR_OTHERS: tuple[RoleName, ...] = ("manager", "forvaltningschef")
_OWN_DAYS, _OTHERS_DAYS = 2 * absences.LONGEST, 60  # how far ahead is looked


_DONE = {"sparat": "Antecknat.", "slut": "Frånvaron är avslutad."}


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
        own = _lines(book, mine, ask.today, _OWN_DAYS)
        theirs = [line for p in others for line in _lines(book, p, ask.today, _OTHERS_DAYS)]
        instead = _colleagues(book, ask)
        led = _others(book, ask)
        changes = _changes(book, ask)
    done = _DONE.get(ask.query.get("gjort", ""), "")
    if ask.query.get("gjort") == "overlamnat":
        number = ask.query.get("antal", "")[:6]
        done = (
            f"Överlämnat: {'ett öppet ärende' if number == '1' else number + ' öppna ärenden'}."
            if number.isdigit()
            else ""
        )
    return Shown(
        "absence.html",
        {
            "own": own,
            "theirs": theirs,
            "people": (mine, *others),
            "leads": bool(others),
            "instead": instead,
            "led": led,
            "changes": changes,
            "histories": [(f"/franvaro/andringar?namnd={key}", ask.desk.namnder[key].name) for key in ask.who.roles],
            "typed": Words(ask.form),
            "faults": Words(faults),
            "toast": done,
        },
        status,
    )


def _changes(book: Book, ask: Ask) -> tuple[change_words.Line, ...]:
    """Return the last changes of the visitor's own absence, and of everybody's where they lead; of one nämnd alone."""
    (key, *others) = ask.who.roles
    if others:
        return ()
    about = {} if ask.who.has(key, *_FOR_OTHERS) else {"about": (("person", ask.who.person.id),)}
    found = upkeep.entries(book, "/franvaro", ask.desk.namnder[key], limit=upkeep.RECENT, **about)
    return change_words.lines(book, found)


def put(ask: Ask) -> Answer:
    """Enter days away; the same first day again changes them."""
    try:
        with ask.desk.store.book() as book:
            person = _person(book, ask)
            first, last = _days(ask)
            substitute = _substitute(book, ask, person)
            actor = f"person:{ask.who.person.id}"
            absences.note_away(book, person, first, last, substitute, ask.desk.namnder, now=ask.now, actor=actor)
    except Invalid as fault:
        return _page(ask, {fault.field: str(fault)}, 422)
    return Sent("/franvaro?gjort=sparat")


def end(ask: Ask) -> Answer:
    """End days away: from today the person is back; what has not begun never does."""
    try:
        with ask.desk.store.book() as book:
            person = _person(book, ask)
            first = registering.as_date(ask.form.get("fran", ""), "fran")
            absences.end_away(book, person, first, ask.desk.namnder, now=ask.now, actor=f"person:{ask.who.person.id}")
    except Invalid as fault:
        return _page(ask, {"form": str(fault)}, 422)
    return Sent("/franvaro?gjort=slut")


def hand_over(ask: Ask) -> Answer:
    """Give all open cases of somebody who leaves to another, in one act."""
    try:
        with ask.desk.store.book() as book:
            person, to = (_led(book, ask, field) for field in ("slutar", "tar_over"))
            last = registering.as_date(ask.form["sista"], "sista") if ask.form.get("sista", "").strip() else None
            given = 0
            for key in ask.who.namnder(*_FOR_OTHERS):
                if not book.roles(namnd=key, person_id=person.id):
                    continue
                namnd, actor = ask.desk.namnder[key], f"person:{ask.who.person.id}"
                given += len(leaving.hand_over(book, person, to, namnd, now=ask.now, actor=actor, last_day=last))
    except Invalid as fault:
        field = {"to": "tar_over", "last_day": "sista", "last": "sista"}.get(fault.field, fault.field)
        return _page(ask, {field: str(fault)}, 422)
    ask.desk.wake()
    return Sent(f"/franvaro?gjort=overlamnat&antal={given}")


def _led(book: Book, ask: Ask, field: str) -> Person:
    found = next((p for p in _others(book, ask) if p.id == _chosen(ask, field)), None)
    if found is None:
        raise Invalid("Välj ett namn i listan.", field)
    return found


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
    return first, last


def _substitute(book: Book, ask: Ask, person: Person) -> Person | None:
    if not ask.form.get("ersattare", ""):
        return None
    found = next((p for p in _colleagues(book, ask) if p.id == _chosen(ask, "ersattare")), None)
    if found is None:
        raise Invalid("Välj någon annan i nämnden.", "ersattare")
    return found


def _lines(book: Book, person: Person, today: dt.date, horizon: int) -> tuple[Line, ...]:
    found = book.absences([person.id], today, today + dt.timedelta(days=horizon))
    return tuple(_line(book, person, away, today) for away in found)


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
