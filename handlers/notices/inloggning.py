"""A link that logs in once."""

from __future__ import annotations

import datetime as dt
import secrets

from handlers.notices.message import Button, Heading, Message, Paragraph
from storage.records import Namnd, Notice
from storage.store import Book

MINUTES = 15


def new_link(book: Book, person_id: int, url: str, *, now: dt.datetime) -> str:
    """Make a one-time link for a person; only the hash of its token is kept."""
    token = secrets.token_urlsafe(32)
    book.put_login_link(token, person_id, now + dt.timedelta(minutes=MINUTES))
    return f"{url}/in/{token}"


def render(book: Book, notice: Notice, namnd: Namnd, *, now: dt.datetime) -> Message | None:
    """Write it with a fresh link; needs a book that can be written."""
    assert notice.person_id is not None
    person = book.person(notice.person_id)
    if person is None or not book.roles(on=now.date(), person_id=person.id):
        return None
    return Message(
        subject="Din länk till Nämndbot",
        preheader=f"Länken fungerar en gång, i {MINUTES} minuter.",
        blocks=(
            Heading("Logga in"),
            Paragraph(f"Länken fungerar en gång, i {MINUTES} minuter. Har du inte bett om den kan du slänga mejlet."),
            Button("Logga in", new_link(book, person.id, namnd.url, now=now)),
        ),
        foot=f"Nämndbot för {namnd.organisation}.",
    )
