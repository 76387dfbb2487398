"""People and their roles in a nämnd: who has which from when to when, given, changed, ended, and a name or address."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

from bot.pages import people_view as look
from bot.pages import upkeep
from bot.pages.desk import Answer, Ask, Download, Missing, Sent, Shown
from handlers import appointing, leaving, lists, registering
from handlers.errors import Changed, Invalid
from storage.records import Namnd, Person, RoleName
from storage.store import Book

HOME = upkeep.HOME
# What a handler calls a value, and the field of the form that it stands in.
_FIELDS = {
    "name": "namn",
    "email": "epost",
    "role": "roll",
    "first": "fran",
    "last": "sista",
    "unit": "enhet",
    "why": "skal",
    "to": "tar_over",
}
_DONE = {
    "ny": "Personen har rollen.",
    "namn": "Namn och adress är ändrade.",
    "roll": "Rollen är given.",
    "andrad": "Rollen är ändrad.",
    "oforandrad": "Inget var annorlunda.",
    "lista": "Listan är införd.",
}


def show(ask: Ask) -> Answer:
    """Show who has which role in a nämnd, to its registrators and administrators."""
    return page(ask, upkeep.namnd_of(ask), {}, editing=upkeep.number(ask.query.get("andra", "")))


def page(
    ask: Ask,
    namnd: Namnd,
    faults: Mapping[str, str],
    *,
    editing: int = 0,
    form: str = "",
    status: int = 200,
    clash: Callable[[Book], upkeep.Clash] | None = None,
) -> Answer:
    """Return the page; editing: whose forms are open; form: the one that was sent, kept as it was typed."""
    with ask.desk.store.look() as book:
        rows, more = look.rows(book, ask, namnd, editing)
        person = book.person(editing) if editing else None
        edited = look.edited(book, ask, namnd, person) if person and any(r.id == editing for r in rows) else None
        view = {
            "rows": rows,
            "more": more,
            "lede": look.lede(book, namnd, ask.today),
            "edited": edited,
            "form": form,
            "faults": look.Words({_FIELDS.get(k, k): v for k, v in faults.items()}),
            "clash": clash(book) if clash else None,
            "roles": look.ROLES_TO_CHOOSE,
            "may": ask.who.has(namnd.key, "administrator"),
            "changes": upkeep.recent(book, HOME, namnd),
            "search": look.Words({k: ask.query.get(k, "")[:100] for k in ("q", "visa")}),
            "toast": _toast(ask) if not faults else "",
            "today": ask.today.isoformat(),
        }
    return Shown("people.html", upkeep.around(ask, namnd, HOME) | view, status)


def _toast(ask: Ask) -> str:
    told = _DONE.get(ask.query.get("gjort", ""), "")
    cases = upkeep.number(ask.query.get("arenden", ""))
    over = {0: "", 1: " Ett öppet ärende är överlämnat."}.get(cases, f" {cases} öppna ärenden är överlämnade.")
    return told + over if told else ""


def add(ask: Ask) -> Answer:
    """Enter a person with a role."""
    namnd = _administered(ask)
    try:
        wish = _wish(ask)
        with ask.desk.store.book() as book:
            person = appointing.add(
                book,
                ask.form.get("namn", ""),
                ask.form.get("epost", ""),
                namnd,
                wish,
                by=ask.who.person,
                now=ask.now,
                why=ask.form.get("skal", ""),
            )
    except Invalid as fault:
        return page(ask, namnd, {fault.field: str(fault)}, form="ny", status=422)
    return Sent(upkeep.address(HOME, namnd, ask, gjort="ny") + f"#p{person.id}")


def rename(ask: Ask) -> Answer:
    """Give a person another name or address."""

    def act(book: Book, person: Person, namnd: Namnd) -> str:
        done = appointing.rename(
            book,
            person,
            ask.form.get("namn", ""),
            ask.form.get("epost", ""),
            namnd,
            ask.who.namnder("administrator"),
            by=ask.who.person,
            now=ask.now,
            why=ask.form.get("skal", ""),
            was=ask.form.get("sett", ""),
        )
        return "gjort=namn" if done else "gjort=oforandrad"

    return _act(ask, "namn", act)


def give(ask: Ask) -> Answer:
    """Give a person one role more."""

    def act(book: Book, person: Person, namnd: Namnd) -> str:
        wish, why, was = _wish(ask), ask.form.get("skal", ""), ask.form.get("sett", "")
        appointing.give(book, person, namnd, wish, by=ask.who.person, now=ask.now, why=why, was=was)
        return "gjort=roll"

    return _act(ask, "ge", act)


def change(ask: Ask) -> Answer:
    """Let a role end on another day, or be for another unit; hand open cases over where that is wished."""

    def act(book: Book, person: Person, namnd: Namnd) -> str:
        wish = _wish(ask)
        to = upkeep.chosen_person(look.takers(book, ask, namnd, person), ask.form.get("tar_over", ""), "to")
        why, was = ask.form.get("skal", ""), ask.form.get("sett", "")
        cases = leaving.end_role(book, person, namnd, wish, to, by=ask.who.person, now=ask.now, why=why, was=was)
        return f"gjort=andrad&arenden={cases}"

    return _act(ask, f"roll-{ask.form.get('roll', '')[:20]}-{ask.form.get('fran', '')[:10]}", act)


def _act(ask: Ask, form: str, act: Callable[[Book, Person, Namnd], str]) -> Answer:
    namnd, number = _administered(ask), ask.number("person")
    try:
        with ask.desk.store.book() as book:
            person = _here(book, number, namnd)
            done = act(book, person, namnd)
    except Invalid as fault:
        return page(ask, namnd, {fault.field: str(fault)}, editing=number, form=form, status=422)
    except Changed as fault:

        def clash(book: Book) -> upkeep.Clash:
            found = look.clash_rows(book, ask, _here(book, number, namnd), namnd, form)
            return upkeep.clash(book, HOME, namnd, found, about=(("person", number),))

        return page(ask, namnd, {"form": str(fault)}, editing=number, form=form, status=409, clash=clash)
    ask.desk.wake()
    there = upkeep.address(HOME, namnd, ask, andra=number)
    return Sent(f"{there}&{done}#p{number}")


def _administered(ask: Ask) -> Namnd:
    return upkeep.may(ask, upkeep.namnd_of(ask), "administrator")


def _here(book: Book, number: int, namnd: Namnd) -> Person:
    person = book.person(number)
    if person is None or not book.roles(namnd=namnd.key, person_id=number):
        raise Missing
    return person


def _wish(ask: Ask) -> appointing.Held:
    return appointing.Held(
        _role(ask.form.get("roll", "")), _first(ask), _last(ask), " ".join(ask.form.get("enhet", "").split())
    )


def _role(word: str) -> RoleName:
    for role, _ in look.ROLES_TO_CHOOSE:
        if role == word:
            return role
    raise Invalid("Välj en roll.", "role")


def _first(ask: Ask) -> dt.date:
    typed = ask.form.get("fran", "").strip()
    return registering.as_date(typed, "first") if typed else ask.today


def _last(ask: Ask) -> dt.date | None:
    typed = ask.form.get("sista", "").strip()
    return registering.as_date(typed, "last") if typed else None


def export(ask: Ask) -> Answer:
    """Hand over the nämnd's people as the CSV that the command line writes and both take back."""
    namnd = upkeep.namnd_of(ask)
    with ask.desk.store.look() as book:
        text = lists.write_people(book.roles(namnd=namnd.key), book.chat_accounts())
    return Download(text.encode(), f"personer-{namnd.key}.csv", "text/csv")
