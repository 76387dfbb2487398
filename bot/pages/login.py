"""Login: the ways in, a link in a mail (asking for it, opening it, using it), and leaving."""

from __future__ import annotations

import datetime as dt

from bot.pages import security
from bot.pages.desk import Answer, Ask, Missing, Sent, Shown
from handlers.notices import queue
from storage.records import LoginWay, Person
from storage.store import Book

_MOST_LINKS = 3
_WITHIN = dt.timedelta(hours=1)


def show(ask: Ask) -> Answer:
    """Show the ways in."""
    if ask.visitor is not None and ask.visitor.roles:
        return Sent("/diariet")
    return Shown("login.html", _view(ask))


def _view(ask: Ask, *, asked: bool = False) -> dict[str, object]:
    accounts = ask.desk.accounts
    left = accounts is not None and ask.query.get("ut") == "konto"
    return {
        "asked": asked,
        "links": ask.desk.links,
        "account": accounts.name if accounts else "",
        "left": left,
        "end": accounts.end() if accounts and left else "",
    }


def ask_for_link(ask: Ask) -> Answer:
    """Queue a link to somebody with a role; whoever asks gets the same answer."""
    if not ask.desk.links:
        raise Missing
    email = ask.form.get("epost", "").strip().lower()[:200]
    with ask.desk.store.book() as book:
        person = book.person_by_email(email) if "@" in email else None
        roles = book.roles(on=ask.today, person_id=person.id) if person else []
        key = next((r.namnd for r in roles if r.namnd in ask.desk.namnder), None)
        asked = book.notices_since(email, "inloggning", ask.now - _WITHIN)
        if person is not None and key is not None and asked < _MOST_LINKS:
            queue.login(book, ask.desk.namnder[key], person, f"{person.id}:{ask.now.isoformat()}", now=ask.now)
    ask.desk.wake()
    return Shown("login.html", _view(ask, asked=True))


def show_link(ask: Ask) -> Answer:
    """Show whom a link is for; opening it does nothing, since mail filters open every link."""
    with ask.desk.store.look() as book:
        person = book.login_link(ask.params["token"], now=ask.now)
    view = {"name": person.name if person else "", "hours": security.SESSION_HOURS, "idle": security.IDLE_HOURS}
    return Shown("login_link.html", view, 200 if person else 404)


def use_link(ask: Ask) -> Answer:
    """Use the link up and begin a session with a token of its own."""
    with ask.desk.store.book() as book:
        person = book.use_login_link(ask.params["token"], now=ask.now)
        token = in_as(book, ask, person, "link") if person else ""
    if person is None:
        return Shown("login_link.html", {"name": ""}, 404)
    return Sent("/", session=token)


def in_as(book: Book, ask: Ask, person: Person, how: LoginWay) -> str:
    """Begin a session and return its token; the one that the browser had ends."""
    token = security.new_token()
    if ask.token:
        book.end_session(ask.token)
    ends = ask.now + dt.timedelta(hours=security.SESSION_HOURS)
    book.put_session(
        token, security.new_token(), person.id, now=ask.now, expires_at=ends, how=how, agent=security.browser(ask.agent)
    )
    return token


def leave(ask: Ask) -> Answer:
    """End the session."""
    with ask.desk.store.book() as book:
        session = book.session(ask.token, now=ask.now, idle=security.IDLE)
        book.end_session(ask.token)
    return Sent("/in?ut=konto" if session and session.how == "account" else "/in", session="")
