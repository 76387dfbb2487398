"""Links to forms that need no login: bound to a person, used once, expiring. Opening one never acts."""

from __future__ import annotations

import datetime as dt
import secrets

from handlers.notices.words import STOCKHOLM
from handlers.rules import tokens
from storage.records import AskedQuestion, Namnd, Notice, Person
from storage.store import Book

DAYS = 14


def answer_link(book: Book, question: AskedQuestion, person: Person, namnd: Namnd, *, now: dt.datetime) -> str:
    """Make a link for a person to answer a question; only the hash of its token is kept."""
    token = secrets.token_urlsafe(32)
    book.put_answer_link(token, question.id, person.id, now + dt.timedelta(days=DAYS))
    return f"{namnd.url}/f/{token}"


def undo_link(notice: Notice, person: Person, namnd: Namnd) -> str:
    """Return the link to the form that takes back what a confirmation told of; empty without a key to sign with.

    It is not the mail's own token: who sees a link cannot answer by mail.
    """
    if not namnd.token_keys:
        return ""
    last = notice.created_at.astimezone(STOCKHOLM).date() + dt.timedelta(days=DAYS)
    return f"{namnd.url}/angra/{notice.id}/{tokens.sign(namnd.token_keys, _undo_of(notice), person.id, last)}"


def may_undo(notice: Notice, token: str, person: Person, namnd: Namnd, *, today: dt.date) -> bool:
    """Say whether a link's token is the one to take back what a confirmation told a person of, and still good."""
    return tokens.is_signed(namnd.token_keys, token, _undo_of(notice), person.id) and tokens.expires(token) >= today


def _undo_of(notice: Notice) -> str:
    return f"angra:{notice.key}"
