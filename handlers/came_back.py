"""A mail of ours came back: it is shown at the notice, and somebody is asked for another address."""

from __future__ import annotations

import datetime as dt

from handlers.notices import queue
from handlers.notices.words import STOCKHOLM
from handlers.reading.reading import Reading
from storage.records import Arrival, Namnd, Notice
from storage.store import Book


def take(book: Book, arrival: Arrival, reading: Reading, namnd: Namnd, *, now: dt.datetime) -> Notice | None:
    """Note which notice a bounce is about; return it, None when it is about none of ours or is only a delay.

    Who knows a message's id was sent it, or is a server on its way: anybody else's bounce changes nothing. It proves
    no address wrong, so nothing is changed but what is shown; people decide.
    """
    if not reading.envelope.bounce_of or not reading.envelope.bounce_final:
        return None
    notice = book.notice_by_message(reading.envelope.bounce_of)
    if notice is None or notice.namnd != namnd.key or notice.state != "sent":
        return None
    if not book.notice_bounced(notice.id, reading.envelope.bounce_status or "okänt", now=now):
        return notice
    book.note(
        namnd.key,
        "utskick studsade",
        now=now,
        case_id=notice.case_id,
        arrival_id=arrival.id,
        data={"sort": notice.kind, "utskick": notice.id, "status": reading.envelope.bounce_status},
    )
    tell(book, notice, namnd, now=now)
    return notice


def tell(book: Book, notice: Notice, namnd: Namnd, *, now: dt.datetime) -> None:
    """Tell registrators and managers that a person's mail does not arrive; a word about it is not told about again."""
    if notice.kind in ("studs", "larm"):
        return
    today = now.astimezone(STOCKHOLM).date()
    roles = [
        *book.roles(on=today, namnd=namnd.key, role="registrator"),
        *(book.roles(on=today, namnd=namnd.key, role="manager") if notice.person_id else []),
    ]
    for person in {r.person.id: r.person for r in roles if r.person.id != notice.person_id}.values():
        queue.bounced(book, notice, person, namnd, now=now)
