"""What is said back to what somebody writes in a chat."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from handlers.notices.message import Heading, Message, Paragraph
from storage.records import Namnd, Person
from storage.store import Book


def hear(
    book: Book, text: str, person: Person, seen_by: Sequence[Person], namnder: Mapping[str, Namnd], *, now: dt.datetime
) -> Message:
    """Return what is said back. seen_by: everybody who sees it."""
    head = "Svara på frågorna med knapparna"
    return Message(head, "", (Heading(head), Paragraph("Jag förstår bara knappar än.")), "")
