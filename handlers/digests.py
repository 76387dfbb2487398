"""Queues the digests: managers in the week's first working days, registratorer each working morning."""

from __future__ import annotations

import datetime as dt

from handlers.notices import facts, queue
from handlers.notices.words import STOCKHOLM
from storage.records import Namnd, RoleName
from storage.store import Book

_MANAGERS: tuple[RoleName, ...] = ("manager", "forvaltningschef")


def queue_weekly(book: Book, namnd: Namnd, *, now: dt.datetime) -> int:
    """Queue the managers' digest, on the week's first working day or the first after it; once a week."""
    today = now.astimezone(STOCKHOLM).date()
    managers = [r.person for role in _MANAGERS for r in book.roles(on=today, namnd=namnd.key, role=role)]
    return sum(
        queue.digest(book, "veckan", p, queue.digest_of("veckan", today), namnd, now=now)
        for p in {m.id: m for m in managers}.values()
    )


def queue_morning(book: Book, namnd: Namnd, *, now: dt.datetime) -> int:
    """Queue the registratorer's digest of a working morning; none when there is nothing to tell."""
    today = now.astimezone(STOCKHOLM).date()
    people = [r.person for r in book.roles(on=today, namnd=namnd.key, role="registrator")]
    keys = {queue.digest_key("morgon", p, queue.digest_of("morgon", today), namnd) for p in people}
    if book.queued_of(keys) == keys or facts.morning(book, namnd, now=now).empty:
        return 0
    return sum(queue.digest(book, "morgon", p, queue.digest_of("morgon", today), namnd, now=now) for p in people)
