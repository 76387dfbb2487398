"""The Swedish words: one file per message, rendered against today's facts and secrecy when it is sent."""

from __future__ import annotations

import datetime as dt

from handlers.notices import bekraftelse, granska, hemligt, inloggning, kvitto
from handlers.notices.message import Message
from storage.records import Namnd, Notice
from storage.store import Book


def render(book: Book, notice: Notice, namnd: Namnd, *, now: dt.datetime) -> Message | None:
    """Write a notice as things stand now; None when there is nothing more to tell."""
    if notice.kind == "kvitto":
        return kvitto.render(book, notice, namnd)
    if notice.kind == "granska":
        return granska.render(book, notice, namnd)
    if notice.kind == "hemligt":
        return hemligt.render(book, notice, namnd)
    if notice.kind == "bekraftelse":
        return bekraftelse.render(book, notice, namnd)
    if notice.kind == "inloggning":
        return inloggning.render(book, notice, namnd, now=now)
    raise ValueError(f"a notice of a kind that nobody writes: {notice.kind}")
