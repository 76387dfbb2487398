"""Where one is logged in: one's own logins, and for an administrator a person's; each can be ended."""

from __future__ import annotations

from dataclasses import dataclass

from bot.pages import security, views
from bot.pages.desk import Answer, Ask, Missing, Sent, Shown
from storage.records import LoggedIn, Person
from storage.store import Book

_HOW = {"link": "Länk", "account": "Konto"}


@dataclass(frozen=True, slots=True)
class LoginView:
    """One login as it is shown. key: what it is ended by."""

    key: str
    where: str
    how: str
    since: str
    seen: str
    here: bool


def show(ask: Ask) -> Answer:
    """Show the visitor's logins; an administrator may choose a person of the nämnd's."""
    with ask.desk.store.look() as book:
        led = _led(book, ask)
        person = _person(ask, led, ask.query.get("person", ""))
        mine = book.session_key(ask.token)
        found = book.sessions_of(person.id, now=ask.now, idle=security.IDLE)
    own = person.id == ask.who.person.id
    view = {
        "own": own,
        "name": person.name,
        "person_id": person.id,
        "people": led,
        "lines": tuple(_view(one, mine if own else "") for one in found),
        "hours": security.SESSION_HOURS,
        "idle": security.IDLE_HOURS,
        "toast": {"en": "Utloggad därifrån.", "alla": "Utloggad överallt."}.get(ask.query.get("gjort", ""), ""),
    }
    return Shown("sessions.html", view)


def end(ask: Ask) -> Answer:
    """End one login, or all of a person's; the journal says so when it is somebody else's."""
    with ask.desk.store.book() as book:
        person = _person(ask, _led(book, ask), ask.form.get("person", ""))
        key = ask.form.get("inloggning", "")[:64]
        here = key == book.session_key(ask.token)
        ended = book.end_sessions(person.id, key)
        own = person.id == ask.who.person.id
        if ended and not own:
            for namnd in sorted({r.namnd for r in book.roles(person_id=person.id)} & set(ask.desk.namnder)):
                data, personal = {"person": person.id, "antal": ended}, {"namn": person.name}
                book.note(
                    namnd,
                    "utloggad",
                    now=ask.now,
                    actor=f"person:{ask.who.person.id}",
                    data=data,
                    personal=personal,
                )
    if own and (here or not key):
        return Sent("/in", session="")
    which = "" if own else f"person={person.id}&"
    return Sent(f"/sessioner?{which}gjort={'en' if key else 'alla'}")


def _led(book: Book, ask: Ask) -> tuple[Person, ...]:
    held = [r.person for key in ask.who.namnder("administrator") for r in book.roles(on=ask.today, namnd=key)]
    return tuple(sorted({p.id: p for p in held}.values(), key=lambda p: p.name))


def _person(ask: Ask, led: tuple[Person, ...], wanted: str) -> Person:
    if not ask.who.roles:
        raise Missing
    mine = ask.who.person
    if wanted in ("", str(mine.id)):
        return mine
    found = next((p for p in led if str(p.id) == wanted), None)
    if found is None:
        raise Missing
    return found


def _view(one: LoggedIn, mine: str) -> LoginView:
    return LoginView(
        key=one.key,
        where=one.agent or "Okänd webbläsare",
        how=_HOW[one.how],
        since=views.line_time(one.created_at),
        seen=views.line_time(one.last_seen_at),
        here=one.key == mine,
    )
