"""Carries notices out of the outbox, writes them as they are sent, tries again, and tells when it gives up."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping

from bot.channels import email
from handlers import notices
from handlers.notices import papers, queue
from handlers.notices.message import Message
from handlers.ports import Clock, Mailbox
from storage.errors import NotFound, StorageDamaged, StorageUnusable
from storage.raw import RawLetters
from storage.records import Namnd, Notice
from storage.store import Store

log = logging.getLogger("namndbot.courier")

_CLAIM = 120.0  # seconds that a copy of the bot has for one notice
_WAITS = (60, 300, 1800, 7200, 43_200)  # seconds before the next try; after the last the notice is dead


class Courier:
    """Sends at least once: a crash between sending and marking sends the same Message-ID again."""

    def __init__(
        self,
        store: Store,
        mailboxes: Mapping[str, Mailbox],
        namnder: Mapping[str, Namnd],
        clock: Clock,
        holder: str,
        raw: RawLetters | None = None,
    ) -> None:
        self._store = store
        self._mailboxes = mailboxes
        self._namnder = namnder
        self._clock = clock
        self._holder = holder
        self._raw = raw  # of the files that go with a message; without it none do

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
        namnd, mailbox = self._namnder.get(notice.namnd), self._mailboxes.get(notice.namnd)
        if namnd is None or mailbox is None:
            raise LookupError("nämnden finns inte i inställningarna")
        # A login link is made as it is written, so the book is open for writing.
        with self._store.book() as book:
            message = notices.render(book, notice, namnd, now=now)
        if message is not None:
            message, files = self._with_files(message)
            raw = email.mime(
                message, namnd, to=notice.address, message_id=notice.message_id, now=notice.created_at, files=files
            )
            mailbox.send(notice.message_id, raw)
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

    def _with_files(self, message: Message) -> tuple[Message, list[bytes]]:
        """Return a message with its files' bytes; without them where they cannot be had: the question must reach."""
        if not message.files:
            return message, []
        try:
            files = [self._raw.get(f.sha256) for f in message.files] if self._raw else []
        except (NotFound, StorageDamaged) as error:
            log.warning("a file of a message is not there (%s)", type(error).__name__)
            files = []
        whole = len(files) == len(message.files) and sum(map(len, files)) <= papers.MOST_BYTES
        return (message, files) if whole else (message.without_files(), [])

    def _failed(self, notice: Notice, error: Exception) -> None:
        tried = notice.attempts - 1
        next_try = self._clock.now() + dt.timedelta(seconds=_WAITS[tried]) if tried < len(_WAITS) else None
        # The kind of error only: its text may hold an address or a letter's words.
        with self._store.book() as book:
            book.notice_failed(notice, type(error).__name__, next_try_at=next_try)
        log.warning("notice %s %s failed (%s), %s", notice.id, notice.kind, type(error).__name__, next_try or "dead")


def _is_set(stopping: object) -> bool:
    return bool(stopping is not None and getattr(stopping, "is_set", lambda: False)())
