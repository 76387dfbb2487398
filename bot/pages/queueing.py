"""What waits for a visitor to look at."""

from __future__ import annotations

from bot.pages.desk import Visitor
from storage.records import Arrival
from storage.store import Book


def waiting_for(book: Book, visitor: Visitor) -> list[Arrival]:
    """Return the queue of a visitor: letters in review for the registrator, secret ones also for the role sekretess."""
    desk, secret = visitor.namnder("registrator", "administrator"), visitor.namnder("sekretess")
    both = list(dict.fromkeys((*desk, *secret)))
    if not both:
        return []
    return [a for a in book.waiting(both) if a.namnd in desk or (a.state == "secret" and a.namnd in secret)]


def count_waiting(book: Book, visitor: Visitor) -> int:
    """Count the queue of a visitor, without reading its letters: it stands on every page."""
    return book.count_waiting(visitor.namnder("registrator", "administrator"), visitor.namnder("sekretess"))
