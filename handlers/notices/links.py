"""Links to the form of one question: bound to a person, used once, expiring. Opening one never acts."""

from __future__ import annotations

import datetime as dt
import secrets

from storage.records import AskedQuestion, Namnd, Person
from storage.store import Book

DAYS = 14


def answer_link(book: Book, question: AskedQuestion, person: Person, namnd: Namnd, *, now: dt.datetime) -> str:
    """Make a link for a person to answer a question; only the hash of its token is kept."""
    token = secrets.token_urlsafe(32)
    book.put_answer_link(token, question.id, person.id, now + dt.timedelta(days=DAYS))
    return f"{namnd.url}/f/{token}"
