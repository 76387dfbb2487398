"""What is out of reach, and letters that only a person's hand can help: who is told, when, and that it is over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from handlers.notices import queue
from handlers.notices.words import STOCKHOLM
from storage.records import Arrival, Namnd, Trouble
from storage.store import Book

# What a letter may wait for; its trouble is called brev:<nämnd>:<one of these>:<which letter>.
_ORIGINAL, _MOVE, _INBOX = "original", "flytt", "inkorg"
_MOST_TOLD = 5  # letters that are told of by mail within a day


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


def original_missing(book: Book, arrival: Arrival, namnd: Namnd, why: str, *, now: dt.datetime) -> None:
    """Tell that a letter's kept original cannot be had; over when a person has dealt with the letter."""
    _of_letter(book, namnd, _ORIGINAL, str(arrival.id), f"{arrival.label}: {why}", now=now)


def not_moved(book: Book, arrival: Arrival, namnd: Namnd, why: str, *, minutes: float, now: dt.datetime) -> None:
    """Tell that the mailbox will not move a letter that is dealt with, when it has been so for so many minutes.

    Over when it has been moved. The folder is not named: it may be the one of individuals' matters.
    """
    what = f"{arrival.label} går inte att flytta till sin mapp i brevlådan. {why} Flytta det för hand; boten försöker igen varje timme."
    _of_letter(book, namnd, _MOVE, str(arrival.id), what, minutes=minutes, now=now)


def letters_left(book: Book, namnd: Namnd, left: Mapping[str, str], *, minutes: float, now: dt.datetime) -> None:
    """Note which letters the inbox holds that cannot be fetched, by what the mailbox calls them; the others are over.

    Told of when one has lain so for so many minutes: most come at the next try.
    """
    for which, what in left.items():
        _of_letter(book, namnd, _INBOX, which, what, minutes=minutes, now=now)
    for trouble in book.troubles((namnd.key,)):
        if trouble.of_letter and _is_over(book, trouble, left):
            book.trouble_over(trouble.name)
            book.note(namnd.key, "brev omhändertaget", now=now, data={"vad": trouble.name})


def _of_letter(
    book: Book, namnd: Namnd, why: str, which: str, what: str, *, minutes: float = 0.0, now: dt.datetime
) -> None:
    name = f"brev:{namnd.key}:{why}:{which}"
    known = any(t.name == name for t in book.troubles((namnd.key,)))
    trouble = book.note_trouble(name, namnd.key, what, now=now)
    if not known:
        book.note(namnd.key, "brev kräver en människa", now=now, data={"vad": name, "fel": what})
    if now - trouble.since < dt.timedelta(minutes=minutes):
        return
    # Where many letters have the same fault, the first few are enough: the pages and the morning's mail show them all.
    day = now - dt.timedelta(days=1)
    told = sum(1 for t in book.troubles((namnd.key,)) if t.of_letter and t.told_at is not None and t.told_at > day)
    if told < _MOST_TOLD and book.trouble_told(name, now=now):
        _tell(book, f"larm:{name}:{trouble.since.isoformat()}", namnd, name, now)


def _is_over(book: Book, trouble: Trouble, left: Mapping[str, str]) -> bool:
    _, _, why, which = trouble.name.split(":", 3)
    if why == _INBOX:
        return which not in left
    arrival = book.arrival(int(which))
    return arrival.state != "review" if why == _ORIGINAL else arrival.moved_at is not None


def _tell(book: Book, key: str, namnd: Namnd, name: str, now: dt.datetime) -> None:
    today = now.astimezone(STOCKHOLM).date()
    roles = [
        *book.roles(on=today, namnd=namnd.key, role="registrator"),
        *book.roles(on=today, namnd=namnd.key, role="administrator"),
    ]
    for person in {r.person.id: r.person for r in roles}.values():
        queue.alarm(book, key, person, name, namnd, now=now)
