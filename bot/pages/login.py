"""Login by a link in a mail: asking for it, opening it, using it, leaving."""

from __future__ import annotations

import datetime as dt

from bot.pages import security
from bot.pages.desk import Answer, Ask, Sent, Shown
from bot.pages.serving import session_ends
from handlers.notices import queue

_MOST_LINKS = 3
_WITHIN = dt.timedelta(hours=1)


def show(ask: Ask) -> Answer:
    """Show the form that asks for a link."""
    if ask.visitor is not None and ask.visitor.roles:
        return Sent("/diariet")
    return Shown("login.html", {"asked": False, "email": ""})


def ask_for_link(ask: Ask) -> Answer:
    """Queue a link to somebody with a role; whoever asks gets the same answer."""
    email = ask.form.get("epost", "").strip().lower()[:200]
    with ask.desk.store.book() as book:
        person = book.person_by_email(email) if "@" in email else None
        roles = book.roles(on=ask.today, person_id=person.id) if person else []
        key = next((r.namnd for r in roles if r.namnd in ask.desk.namnder), None)
        asked = book.notices_since(email, "inloggning", ask.now - _WITHIN)
        if person is not None and key is not None and asked < _MOST_LINKS:
            queue.login(book, ask.desk.namnder[key], person, f"{person.id}:{ask.now.isoformat()}", now=ask.now)
    ask.desk.wake()
    return Shown("login.html", {"asked": True, "email": ""})


def show_link(ask: Ask) -> Answer:
    """Show whom a link is for; opening it does nothing, since mail filters open every link."""
    with ask.desk.store.look() as book:
        person = book.login_link(ask.params["token"], now=ask.now)
    return Shown("login_link.html", {"name": person.name if person else ""}, 200 if person else 404)


def use_link(ask: Ask) -> Answer:
    """Use the link up and begin a session with a token of its own."""
    token = security.new_token()
    with ask.desk.store.book() as book:
        person = book.use_login_link(ask.params["token"], now=ask.now)
        if person is not None:
            if ask.token:
                book.end_session(ask.token)
            book.put_session(token, security.new_token(), person.id, now=ask.now, expires_at=session_ends(ask.now))
    if person is None:
        return Shown("login_link.html", {"name": ""}, 404)
    return Sent("/", session=token)


def leave(ask: Ask) -> Answer:
    """End the session."""
    with ask.desk.store.book() as book:
        book.end_session(ask.token)
    return Sent("/in", session="")
