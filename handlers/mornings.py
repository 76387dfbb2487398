"""A working morning: who has not answered, which days draw near, and the digests."""

from __future__ import annotations

import datetime as dt

from handlers import (
    approving,
    assignment,
    confirming,
    desk_undoing,
    digests,
    leaving,
    plan_news,
    planning,
    reminding,
    waking,
)
from handlers.notices.words import STOCKHOLM
from handlers.rules.workdays import is_working_time
from storage.records import Namnd
from storage.store import Book


def work(book: Book, namnd: Namnd, *, now: dt.datetime) -> int:
    """Do a working morning's work for a nämnd; return how many messages were queued. Twice a day is once.

    What is left when one transaction has become long is done by the next: call it until it queues nothing.

    Nothing is done at night or on a day off; after a stop the next working morning makes up for it, once.
    """
    if not is_working_time(now.astimezone(STOCKHOLM)):
        return 0
    waking.wake(book, namnd.key, now.astimezone(STOCKHOLM).date())
    book.forget_desk_acts(before=now - desk_undoing.WITHIN)
    # Before the plans are looked at: past its grace a meeting that has been is no longer in them.
    asked = confirming.go_on(book, namnd, now=now)
    planning.review(book, namnd.key, now=now)
    return (
        asked
        + plan_news.tell(book, namnd, now=now)
        + approving.go_on(book, namnd, now=now)
        + leaving.ask_for_orphans(book, namnd, now=now)
        + assignment.chase(book, namnd, now=now)
        + reminding.queue_due(book, namnd, now=now)
        + digests.queue_weekly(book, namnd, now=now)
        + digests.queue_morning(book, namnd, now=now)
    )
