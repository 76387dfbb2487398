"""Carries notices out of the outbox, writes them as they are sent, tries again, and tells when it gives up."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping

from bot.channels import email
from handlers import notices
from handlers.notices import queue
from handlers.ports import Clock, Sender
from storage.errors import StorageUnusable
from storage.records import Namnd, Notice
from storage.store import Store

log = logging.getLogger("namndbot.courier")

_CLAIM = 120.0  # seconds that a copy of the bot has for one notice
_WAITS = (60, 300, 1800, 7200, 43_200)  # seconds before the next try; after the last the notice is dead


class Courier:
    """Sends at least once: a crash between sending and marking sends the same Message-ID again."""

    def __init__(
        self, store: Store, senders: Mapping[str, Sender], namnder: Mapping[str, Namnd], clock: Clock, holder: str
    ) -> None:
        self._store = store
        self._senders = senders
        self._namnder = namnder
        self._clock = clock
        self._holder = holder

    def round(self, stopping: object = None) -> int:
        """Send everything that is due and may go at this hour; return how many were sent."""
        sent = 0
        while not _is_set(stopping):
            now = self._clock.now()
            with self._store.book() as book:
                notice = book.claim_notice(self._holder, now=now, seconds=_CLAIM, kinds=queue.may_go(now))
            if notice is None:
                return sent
            sent += self._carry(notice)
        return sent

    def _carry(self, notice: Notice) -> int:
        try:
            return self._send(notice)
        except StorageUnusable:
            raise
        except Exception as error:  # noqa: BLE001  one notice that cannot be sent must not stop the others
            self._failed(notice, error)
            return 0

    def _send(self, notice: Notice) -> int:
        now = self._clock.now()
        namnd, sender = self._namnder.get(notice.namnd), self._senders.get(notice.namnd)
        if namnd is None or sender is None:
            raise LookupError("nämnden finns inte i inställningarna")
        # A login link is made as it is written, so the book is open for writing.
        with self._store.book() as book:
            message = notices.render(book, notice, namnd, now=now)
        if message is not None:
            raw = email.mime(message, namnd, to=notice.address, message_id=notice.message_id, now=notice.created_at)
            sender.send(notice.message_id, raw, notice.address)
        with self._store.book() as book:
            mine = book.notice_sent(notice, now=self._clock.now())
            if mine and message is not None:
                book.note(
                    notice.namnd,
                    "utskick skickat",
                    now=self._clock.now(),
                    case_id=notice.case_id,
                    arrival_id=notice.arrival_id,
                    data={"sort": notice.kind, "utskick": notice.id},
                )
        log.info("notice %s %s %s", notice.id, notice.kind, "sent" if message else "no longer needed")
        return 1 if message is not None else 0

    def _failed(self, notice: Notice, error: Exception) -> None:
        tried = notice.attempts - 1
        next_try = self._clock.now() + dt.timedelta(seconds=_WAITS[tried]) if tried < len(_WAITS) else None
        # The kind of error only: its text may hold an address or a letter's words.
        with self._store.book() as book:
            book.notice_failed(notice, type(error).__name__, next_try_at=next_try)
        log.warning("notice %s %s failed (%s), %s", notice.id, notice.kind, type(error).__name__, next_try or "dead")


def _is_set(stopping: object) -> bool:
    return bool(stopping is not None and getattr(stopping, "is_set", lambda: False)())
