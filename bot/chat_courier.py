"""Carries notices to people as cards, keeps the cards before them true, and lets what a chat does not take go by mail."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.channels import cards
from bot.channels.gateway import ChatError, Gateway, NotLetIn, NotThere, Throttled, TooLarge, Transient
from bot.pacing import Pacer
from bot.patience import Patience
from handlers import alarms
from handlers.notices import in_chat, queue
from handlers.notices.in_chat import Told
from handlers.ports import Clock
from storage.errors import StorageUnusable
from storage.records import Chat, Namnd, Notice, ShownCard
from storage.store import Book, Store

log = logging.getLogger("namndbot.chat")

_CLAIM = 120.0  # seconds that a copy of the bot has for one notice
_AT_ONCE = 8  # cards on their way at the same time
_MOST_UNKNOWN = 2  # attempts of which nobody knows whether they were accepted; then it goes by mail
_UNKNOWN = 20.0  # seconds before such an attempt is made again
_LONGEST_WAIT = 30.0  # seconds to wait in hand for the pace; longer, and the notice is put back
_STALE = 100  # cards made true in one round
_TROUBLE = "chat:"


@dataclass(frozen=True, slots=True)
class _Ready:
    notice: Notice
    namnd: Namnd
    chat: Chat
    told: Told
    card: cards.Card
    older: tuple[ShownCard, ...] = field(default=())


class ChatCourier:
    """Sends each card once, and after a crash between sending and marking once more at most.

    A person who cannot be reached gets a mail at once. While the whole service is out of reach cards wait; after some
    minutes what people must know goes by mail.
    """

    def __init__(
        self,
        store: Store,
        gateway: Gateway,
        namnder: Mapping[str, Namnd],
        clock: Clock,
        holder: str,
        *,
        pacer: Pacer | None = None,
        minutes: float = 30.0,
        wake_mail: Callable[[], object] = lambda: None,
    ) -> None:
        self._store = store
        self._gateway = gateway
        self._namnder = namnder
        self._clock = clock
        self._holder = holder
        self.pacer = pacer or Pacer()
        self._minutes = minutes
        self._wake_mail = wake_mail
        self._patience = Patience()
        self._away_since: dt.datetime | None = None
        self._claiming = asyncio.Lock()
        self._claimed: list[Notice] = []

    async def round(self, stopping: threading.Event | None = None) -> int:
        """Make standing cards true, and send what is due and may go at this hour; return how many were sent."""
        await self._renew(stopping)
        self._claimed.clear()  # what a round that was broken off had in hand comes again when its claim has run out
        sent = await asyncio.gather(*(self._work(stopping) for _ in range(_AT_ONCE)))
        if self._claimed:  # we are stopping, or the service is away: another may have them at once
            await asyncio.to_thread(self._given_back)
        return sum(sent)

    async def _work(self, stopping: threading.Event | None) -> int:
        sent = 0
        while not (stopping and stopping.is_set()):
            now = self._clock.now()
            away = self._patience.until(now) is not None
            if away and not self._given_up():
                return sent
            notice = await self._next(now)
            if notice is None:
                return sent
            try:
                sent += await self._carry(notice, away=away)
            except StorageUnusable:
                raise
            except Exception as error:  # noqa: BLE001  one notice that cannot be sent must not stop the others
                # The kind of error only: its text may hold a letter's words.
                await self._by_mail(notice, "Det gick inte att visa som kort.")
                log.error("notice %s %s: %s", notice.id, notice.kind, type(error).__name__)
        return sent

    async def _next(self, now: dt.datetime) -> Notice | None:
        """Claim what is to go next; several at once, since each commit waits for the disk."""
        async with self._claiming:
            if not self._claimed:
                self._claimed += await asyncio.to_thread(self._claim, now)
            return self._claimed.pop(0) if self._claimed else None

    def _claim(self, now: dt.datetime) -> list[Notice]:
        kinds, found = queue.may_go(now), list[Notice]()
        with self._store.book() as book:
            while len(found) < _AT_ONCE:
                notice = book.claim_notice(self._holder, now=now, seconds=_CLAIM, kinds=kinds, channel="chat")
                if notice is None:
                    break
                found.append(notice)
        return found

    def _given_back(self) -> None:
        with self._store.book() as book:
            for notice in self._claimed:
                book.notice_waits(notice, "", until=self._clock.now())
        self._claimed.clear()

    async def _carry(self, notice: Notice, *, away: bool) -> int:
        if notice.attempts > _MOST_UNKNOWN:
            return await self._by_mail(notice, "Teams svarade inte.")
        if away:
            return await self._by_mail(notice, "Teams går inte att nå just nu.")
        ready = await asyncio.to_thread(self._prepared, notice)
        if isinstance(ready, str):
            return await self._by_mail(notice, ready) if ready else 0
        start = time.monotonic()
        at = self.pacer.take(ready.chat.chat_id, start)
        if at - start > _LONGEST_WAIT:
            await asyncio.to_thread(self._waits, notice, "pace", at - start)
            return 0
        await asyncio.sleep(max(0.0, at - time.monotonic()))
        try:
            message_id = await self._gateway.send(ready.chat.address, ready.told.message.subject, ready.card)
        except Throttled as error:
            wait = error.retry_after if error.retry_after is not None else min(2.0**notice.attempts, 60.0)
            self.pacer.hold(ready.chat.chat_id, time.monotonic() + wait, everybody=error.retry_after is not None)
            await asyncio.to_thread(self._waits, notice, "Throttled", wait)
            return 0
        except NotThere:
            await asyncio.to_thread(self._gone, ready)
            return await self._by_mail(notice, "Du går inte att nå i Teams.")
        except TooLarge:
            return await self._by_mail(notice, "Frågan är för stor för Teams.")
        except Transient as error:
            await asyncio.to_thread(self._away, notice, error)
            return await self._by_mail(notice, "Teams går inte att nå just nu.") if self._given_up() else 0
        except ChatError as error:
            await asyncio.to_thread(self._refused, notice, error)
            return await self._by_mail(notice, "Teams tog inte emot frågan.")
        self._patience.worked()
        await asyncio.to_thread(self._sent, ready, message_id)
        for older in ready.older:
            await self._show(older, Told(in_chat.asked_again(ready.namnd)), ready.namnd)
        return 1

    def _prepared(self, notice: Notice) -> _Ready | str:
        """Return a card ready to go; why it goes by mail; or nothing when there is nothing more to tell."""
        now = self._clock.now()
        with self._store.book() as book:
            namnd = self._namnder.get(notice.namnd)
            if namnd is None:
                book.notice_failed(notice, "nämnden finns inte i inställningarna", next_try_at=None)
                return ""
            chat = book.chat_of(notice.person_id) if notice.person_id else None
            if chat is None:
                return "Du går inte att nå i Teams."
            told = in_chat.asks(book, notice, namnd, now=now)
            if told is None:
                book.notice_sent(notice, now=now)
                return ""
            try:
                card = cards.card(told.message, in_chat.over(book, notice, namnd))
            except cards.TooBig:
                return "Frågan är för stor för Teams."
            older = {
                standing.id: standing
                for question in told.questions
                for standing in book.standing_cards(question.id, notice.person_id or 0)
                if standing.notice_id != notice.id and notice.kind in in_chat.ABOUT_QUESTION
            }
        return _Ready(notice, namnd, chat, told, card, tuple(older.values()))

    def _sent(self, ready: _Ready, message_id: str) -> None:
        now = self._clock.now()
        notice = ready.notice
        with self._store.book() as book:
            if not book.notice_sent(notice, now=now, evidence=message_id):
                return  # somebody else had it meanwhile: they keep their own
            # Where the service did not say what it calls the message, nothing can be put in its place.
            ended = ready.told.ended or not message_id
            book.put_card(notice.id, ready.chat.id, message_id, _hash(ready.card), ready.told.questions, ended=ended)
            book.note(
                notice.namnd,
                "utskick skickat",
                now=now,
                case_id=notice.case_id,
                arrival_id=notice.arrival_id,
                data={"sort": notice.kind, "utskick": notice.id, "väg": "Teams"},
            )
            alarms.worked(book, f"{_TROUBLE}{notice.namnd}", ready.namnd, now=now)
        self._away_since = None
        log.info("notice %s %s sent to a chat", notice.id, notice.kind)

    def _waits(self, notice: Notice, why: str, seconds: float) -> None:
        with self._store.book() as book:
            book.notice_waits(notice, why, until=self._clock.now() + dt.timedelta(seconds=seconds))

    async def _by_mail(self, notice: Notice, why: str) -> int:
        def put() -> None:
            with self._store.book() as book:
                book.notice_by_mail(notice, why, now=self._clock.now())

        await asyncio.to_thread(put)
        log.info("notice %s %s goes by mail", notice.id, notice.kind)
        self._wake_mail()
        return 0

    def _gone(self, ready: _Ready) -> None:
        with self._store.book() as book:
            if book.chat_gone(ready.chat.id, now=self._clock.now()):
                person = book.person(ready.notice.person_id) if ready.notice.person_id else None
                book.note(
                    ready.namnd.key,
                    "nås inte i Teams",
                    now=self._clock.now(),
                    data={"person": ready.notice.person_id},
                    personal={"namn": person.name if person else ""},
                )

    def _away(self, notice: Notice, error: Transient) -> None:
        """The service is down, or was cut off. What was certainly not accepted costs no attempt."""
        now = self._clock.now()
        until = self._patience.failed(now, error.retry_after)
        self._away_since = self._away_since or now
        with self._store.book() as book:
            if error.before:
                book.notice_waits(notice, "Transient", until=until)
            else:
                later = max(until, now + dt.timedelta(seconds=_UNKNOWN))
                book.notice_failed(notice, "Transient", next_try_at=later)
            self._alarmed(book, notice, str(error), now, at_once=False)
        log.warning("the chat is out of reach; tried again at %s", f"{until:%H:%M:%S}")

    def _refused(self, notice: Notice, error: ChatError) -> None:
        with self._store.book() as book:
            self._alarmed(book, notice, str(error), self._clock.now(), at_once=isinstance(error, NotLetIn))
        log.warning("the chat refuses: %s", error)

    def _alarmed(self, book: Book, notice: Notice, what: str, now: dt.datetime, *, at_once: bool) -> None:
        namnd = self._namnder.get(notice.namnd)
        if namnd is not None:
            name = f"{_TROUBLE}{namnd.key}"
            alarms.failed(book, name, namnd, what, minutes=self._minutes, at_once=at_once, now=now)

    def _given_up(self) -> bool:
        """Whether the service has been out of reach for so long that people are told by mail."""
        lasted = self._clock.now() - self._away_since if self._away_since else dt.timedelta(0)
        return lasted >= dt.timedelta(minutes=self._minutes)

    # Cards that stand

    async def _renew(self, stopping: threading.Event | None) -> None:
        if self._patience.until(self._clock.now()):
            return
        with_changes = await asyncio.to_thread(self._stale)
        for shown in with_changes:
            if stopping and stopping.is_set():
                return
            try:
                await self._true(shown)
            except StorageUnusable:
                raise
            except Exception as error:  # noqa: BLE001  one card that cannot be written must not stop the others
                await asyncio.to_thread(self._put_off, shown, 3600.0)
                log.error("card %s: %s", shown.id, type(error).__name__)

    def _stale(self) -> list[ShownCard]:
        with self._store.look() as book:
            return book.stale_cards(now=self._clock.now(), limit=_STALE)

    async def _true(self, shown: ShownCard) -> None:
        """Show on a card how it is now."""

        def told() -> tuple[Told, Namnd] | None:
            with self._store.book() as book:
                notice = book.notice(shown.notice_id)
                namnd = self._namnder.get(notice.namnd)
                return (in_chat.tells(book, notice, namnd, now=self._clock.now()), namnd) if namnd else None

        found = await asyncio.to_thread(told)
        if found is None:
            await asyncio.to_thread(self._ended, shown)
            return
        await self._show(shown, *found)

    async def _show(self, shown: ShownCard, told: Told, namnd: Namnd) -> None:
        def look() -> str:
            with self._store.look() as book:
                return in_chat.over(book, book.notice(shown.notice_id), namnd)

        card = cards.card(told.message, await asyncio.to_thread(look))
        if _hash(card) != shown.shown:
            start = time.monotonic()
            at = self.pacer.take(shown.chat.chat_id, start)
            await asyncio.sleep(min(at - start, _LONGEST_WAIT))
            try:
                await self._gateway.update(shown.chat.address, shown.message_id, told.message.subject, card)
            except (Throttled, Transient) as error:
                await asyncio.to_thread(self._put_off, shown, error.retry_after or 60.0)
                return
            except ChatError:  # the card or the chat is not there any more
                await asyncio.to_thread(self._ended, shown)
                return
        await asyncio.to_thread(self._shows, shown, told, card)

    def _shows(self, shown: ShownCard, told: Told, card: cards.Card) -> None:
        with self._store.book() as book:
            book.card_shows(shown.id, _hash(card), told.questions, ended=told.ended)

    def _put_off(self, shown: ShownCard, seconds: float) -> None:
        with self._store.book() as book:
            book.card_waits(shown.id, self._clock.now() + dt.timedelta(seconds=seconds))

    def _ended(self, shown: ShownCard) -> None:
        with self._store.book() as book:
            book.card_shows(shown.id, shown.shown, (), ended=True)


def _hash(card: cards.Card) -> str:
    return hashlib.sha256(json.dumps(card, sort_keys=True).encode()).hexdigest()
