"""What is out of reach: who is told, when, and that it works again."""

from __future__ import annotations

import datetime as dt

from handlers.notices import queue
from handlers.notices.words import STOCKHOLM
from storage.records import Namnd
from storage.store import Book


def failed(
    book: Book, name: str, namnd: Namnd, what: str, *, minutes: float, at_once: bool = False, now: dt.datetime
) -> None:
    """Note that something is out of reach; tell registrators and administrators when it has been so for so long.

    name: `post:sn` (the mailbox) or `send:sn` (the way out). at_once: it will not mend itself (a password, a right).
    """
    known = any(t.name == name for t in book.troubles((namnd.key,)))
    trouble = book.note_trouble(name, namnd.key, what, now=now)
    if not known:
        book.note(namnd.key, "går inte att nå", now=now, data={"vad": name, "fel": what})
    if not at_once and now - trouble.since < dt.timedelta(minutes=minutes):
        return
    if book.trouble_told(name, now=now):
        _tell(book, f"larm:{name}:{trouble.since.isoformat()}", namnd, name, now)


def worked(book: Book, name: str, namnd: Namnd, *, now: dt.datetime) -> None:
    """Note that something works again, if it did not."""
    trouble = book.trouble_over(name)
    if trouble is None:
        return
    minutes = round((now - trouble.since).total_seconds() / 60)
    book.note(namnd.key, "går att nå igen", now=now, data={"vad": name, "minuter": minutes})
    if trouble.told_at is not None:
        _tell(book, f"larm över:{name}:{trouble.since.isoformat()}", namnd, name, now)


def _tell(book: Book, key: str, namnd: Namnd, name: str, now: dt.datetime) -> None:
    today = now.astimezone(STOCKHOLM).date()
    roles = [
        *book.roles(on=today, namnd=namnd.key, role="registrator"),
        *book.roles(on=today, namnd=namnd.key, role="administrator"),
    ]
    for person in {r.person.id: r.person for r in roles}.values():
        queue.alarm(book, key, person, name, namnd, now=now)
