"""Carries notices out of the outbox, writes them as they are sent, tries again, and tells when it gives up."""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
from collections.abc import Mapping

from bot import own_mail
from bot.channels import email
from bot.patience import Patience
from handlers import alarms, came_back, notices
from handlers.notices import papers, queue
from handlers.notices.message import Message, Paragraph
from handlers.ports import Away, Clock, Sender, Shut, TooBig, Undelivered, Unknown
from storage.errors import NotFound, StorageDamaged, StorageUnusable
from storage.raw import RawLetters
from storage.records import Namnd, Notice
from storage.store import Store

log = logging.getLogger("namndbot.courier")

_CLAIM = 120.0  # seconds that a copy of the bot has for one notice
_MOST_UNKNOWN = 5
_UNKNOWN = 300.0  # seconds: the copy that proves a message was accepted may take a while to come
_WAITS = (60, 300, 1800, 7200, 43_200)  # seconds before the next try; after the last the notice is dead
_MOST_CLAIMS = 20  # more than all tries together: what is claimed so often ends whoever carries it, each time anew


class Courier:
    """Sends at least once, and once where the way out can tell what it has accepted.

    Before a message is tried again, and after a crash between sending and marking, it is looked for among what was
    sent; where nothing can tell, the same Message-ID is sent again. A way out that is closed delays the notices and
    costs them no attempt.
    """

    def __init__(
        self,
        store: Store,
        senders: Mapping[str, Sender],
        namnder: Mapping[str, Namnd],
        clock: Clock,
        holder: str,
        raw: RawLetters | None = None,
        *,
        alarm: Sender | None = None,
        alarm_minutes: float = 30.0,
        chat: bool = False,
    ) -> None:
        """alarm: another way that alarms go. chat: somebody else carries what is meant for a chat."""
        self._channel = "mail" if chat else None
        self._store = store
        self._senders = senders
        self._namnder = namnder
        self._clock = clock
        self._holder = holder
        self._alarm = alarm
        self._alarm_minutes = alarm_minutes
        self._patience = {key: Patience() for key in namnder}
        self._raw = raw  # of the files that go with a message; without it none do

    def round(self, stopping: object = None) -> int:
        """Send everything that is due and may go at this hour; return how many were sent."""
        sent = 0
        while not _is_set(stopping):
            now = self._clock.now()
            closed = [key for key, patience in self._patience.items() if patience.until(now)]
            with self._store.book() as book:
                notice = book.claim_notice(
                    self._holder,
                    now=now,
                    seconds=_CLAIM,
                    kinds=queue.may_go(now),
                    closed=closed,
                    always=("larm",),
                    channel=self._channel,
                )
            if notice is None:
                return sent
            sent += self._carry(notice)
        return sent

    def _carry(self, notice: Notice) -> int:
        try:
            return self._tried(notice)
        except StorageUnusable:
            raise
        except Exception as error:  # noqa: BLE001  nor may one whose failure cannot be told of
            log.error("the failure of notice %s %s could not be told: %s", notice.id, notice.kind, type(error).__name__)
        try:
            self._put_back(notice)
        except StorageUnusable:
            raise
        except Exception as error:  # noqa: BLE001  its claim runs out, and it is tried again after the others
            log.error("notice %s %s could not be put back: %s", notice.id, notice.kind, type(error).__name__)
        return 0

    def _tried(self, notice: Notice) -> int:
        try:
            if notice.attempts > _MOST_CLAIMS:
                raise Undelivered("utskicket har avbrutits gång på gång")
            return self._send(notice)
        except StorageUnusable:
            raise
        except (Away, Shut) as error:
            self._closed(notice, error)
        except Unknown as error:
            self._failed(notice, error, str(error), _UNKNOWN if notice.attempts <= _MOST_UNKNOWN else None)
        except Undelivered as error:
            self._failed(notice, error, str(error), None)
        except Exception as error:  # noqa: BLE001  one notice that cannot be sent must not stop the others
            # The kind of error only: its text may hold an address or a letter's words.
            self._failed(notice, error, type(error).__name__, _wait(notice))
        return 0

    def _send(self, notice: Notice) -> int:
        now = self._clock.now()
        namnd = self._namnder.get(notice.namnd)
        if namnd is None:
            raise LookupError("nämnden finns inte i inställningarna")
        # A login link is made as it is written, so the book is open for writing.
        with self._store.book() as book:
            message = notices.render(book, notice, namnd, now=now)
        if message is not None and notice.fell_back:
            told = Paragraph(f"Frågan skulle ha kommit i Teams. {notice.fell_back} Därför kommer den som mejl.", True)
            message = dataclasses.replace(message, blocks=(*message.blocks, told))
        evidence = None
        if message is not None:
            message, files = self._with_files(message)
            try:
                evidence = self._out(*self._written(notice, namnd, message, files))
            except TooBig:
                if not files:
                    raise
                # The question must reach, and says where the file is read.
                evidence = self._out(*self._written(notice, namnd, message.without_files(), []))
        with self._store.book() as book:
            mine = book.notice_sent(notice, now=self._clock.now(), evidence=evidence)
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

    def _written(self, notice: Notice, namnd: Namnd, message: Message, files: list[bytes]) -> tuple[Notice, bytes]:
        """Return a notice and its mail; what a copy of the mail will be known by is kept before it can come."""
        raw = email.mime(
            message, namnd, to=notice.address, message_id=notice.message_id, now=notice.created_at, files=files
        )
        with self._store.book() as book:
            return book.notice_goes_as(notice, own_mail.marks_of(raw)), raw

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

    def _out(self, notice: Notice, raw: bytes) -> str:
        ways = self._ways(notice)
        for number, sender in enumerate(ways, start=1):
            try:
                if notice.attempts > 1 and sender.was_sent(notice.message_id):
                    return "found among what was sent"
                said = sender.send(notice.message_id, raw, notice.address)
            except (Away, Shut, Undelivered):  # another nämnd's way out may refuse to send as this one
                if number == len(ways):
                    raise
            else:
                if sender is self._senders.get(notice.namnd):
                    self._open(notice.namnd)
                return said
        raise LookupError("nämnden har ingen väg ut för mejl")

    def _ways(self, notice: Notice) -> list[Sender]:
        """Return the ways out to try, in order: an alarm goes any way but the one it may be about, which comes last."""
        own = self._senders.get(notice.namnd)
        if notice.kind != "larm":
            return [own] if own else []
        others = [s for s in (self._alarm, *self._senders.values()) if s is not None and s is not own]
        return [*others, own] if own else others

    def _closed(self, notice: Notice, error: Away | Shut) -> None:
        now = self._clock.now()
        until = self._patience[notice.namnd].failed(now, error.retry_after if isinstance(error, Away) else None)
        with self._store.book() as book:
            book.notice_waits(notice, type(error).__name__, until=until)
            alarms.failed(
                book,
                f"send:{notice.namnd}",
                self._namnder[notice.namnd],
                str(error),
                minutes=self._alarm_minutes,
                at_once=isinstance(error, Shut),
                now=now,
            )
        log.warning("the way out of %s: %s; tried again at %s", notice.namnd, error, f"{until:%H:%M:%S}")

    def _open(self, namnd: str) -> None:
        self._patience[namnd].worked()
        with self._store.look() as book:
            troubled = any(t.name == f"send:{namnd}" for t in book.troubles((namnd,)))
        if troubled:
            with self._store.book() as book:
                alarms.worked(book, f"send:{namnd}", self._namnder[namnd], now=self._clock.now())

    def _failed(self, notice: Notice, error: Exception, why: str, wait: float | None) -> None:
        now = self._clock.now()
        next_try = now + dt.timedelta(seconds=wait) if wait is not None else None
        with self._store.book() as book:
            mine = book.notice_failed(notice, why, next_try_at=next_try)
            # Of a nämnd that is no longer in the settings there is nobody to tell.
            if mine and next_try is None and notice.namnd in self._namnder:
                came_back.tell(book, notice, self._namnder[notice.namnd], now=now)
        log.warning("notice %s %s failed (%s), %s", notice.id, notice.kind, type(error).__name__, next_try or "dead")

    def _put_back(self, notice: Notice) -> None:
        """Note a failed attempt and nothing more."""
        wait = _wait(notice)
        next_try = self._clock.now() + dt.timedelta(seconds=wait) if wait is not None else None
        with self._store.book() as book:
            book.notice_failed(notice, "felet gick inte att berätta om", next_try_at=next_try)


def _wait(notice: Notice) -> float | None:
    tried = notice.attempts - 1
    return _WAITS[tried] if tried < len(_WAITS) else None


def _is_set(stopping: object) -> bool:
    return bool(stopping is not None and getattr(stopping, "is_set", lambda: False)())
