"""Carries notices to people as cards, and lets what a chat does not take go by mail."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.card_keeper import CardKeeper, hashed
from bot.channels import cards
from bot.channels.gateway import ChatError, Gateway, NotThere, Throttled, TooLarge, Transient
from bot.outage import Outage
from bot.pacing import Pacer
from handlers.notices import in_chat, queue
from handlers.notices.in_chat import Told
from handlers.ports import Clock
from storage.errors import StorageError, StorageUnusable
from storage.records import Chat, Namnd, Notice, ShownCard
from storage.store import Store

log = logging.getLogger("namndbot.chat")

_CLAIM = 120.0  # seconds that a copy of the bot has for one notice
_AT_ONCE = 8  # cards on their way at the same time
_MOST_UNKNOWN = 2  # attempts of which nobody knows whether they were accepted; then it goes by mail
_UNKNOWN = 20.0  # seconds before such an attempt is made again
_MANY_CHATS = 3  # that ask for time within ten seconds: then it is the service, not a chat
_LONGEST_WAIT = 30.0  # seconds to wait in hand for the pace; longer, and the notice is put back


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
        self._patience = dt.timedelta(minutes=minutes)
        self._wake_mail = wake_mail
        self._outage = Outage(store, namnder, clock, minutes)
        self._keeper = CardKeeper(store, gateway, namnder, clock, self.pacer, self._outage)
        self._claiming = asyncio.Lock()
        self._claimed: list[Notice] = []
        # Chats that have asked for time: how often in a row, and since when.
        self._slow: dict[str, tuple[int, dt.datetime]] = {}

    async def round(self, stopping: threading.Event | None = None) -> int:
        """Take away what is hidden now, send what is due and may go at this hour, and make standing cards true; return
        how many were sent."""
        if not self._outage.away():
            await self._keeper.hide(stopping)
        self._claimed.clear()  # what a round that was broken off had in hand comes again when its claim has run out
        # All of them to their end, whatever one meets: the next round begins with none of this one's left.
        ended = await asyncio.gather(*(self._work(stopping) for _ in range(_AT_ONCE)), return_exceptions=True)
        if self._claimed:  # we are stopping, or the service is away: another may have them at once
            await asyncio.to_thread(self._given_back)
        for one in ended:
            if isinstance(one, BaseException):
                raise one
        if not self._outage.away():
            await self._keeper.renew(stopping)
        return sum(one for one in ended if isinstance(one, int))

    async def _work(self, stopping: threading.Event | None) -> int:
        sent = 0
        while not (stopping and stopping.is_set()):
            away = self._outage.away()
            if away and not self._outage.given_up():
                return sent
            notice = await self._next(self._clock.now())
            if notice is None:
                return sent
            try:
                sent += await self._carry(notice, away=away)
            except StorageUnusable:
                raise
            except Exception as error:  # noqa: BLE001  one notice that cannot be sent must not stop the others
                # The kind of error only: its text may hold a letter's words. What was sent already stays sent.
                log.error("notice %s %s: %s", notice.id, notice.kind, type(error).__name__)
                with contextlib.suppress(StorageError):  # it comes again when its claim has run out
                    await self._by_mail(notice, "Det gick inte att visa som kort.")
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
        chat = ready.chat.chat_id
        start = time.monotonic()
        at = self.pacer.take(chat, start)
        if at - start > _LONGEST_WAIT:
            return await self._later(notice, chat, at - start)
        await asyncio.sleep(max(0.0, at - time.monotonic()))
        try:
            message_id = await self._gateway.send(ready.chat.address, ready.told.message.subject, ready.card)
        except Throttled as error:
            return await self._slowed(notice, chat, error)
        except NotThere:
            await asyncio.to_thread(self._gone, ready)
            return await self._by_mail(notice, "Du går inte att nå i Teams.")
        except TooLarge:
            return await self._by_mail(notice, "Frågan är för stor för Teams.")
        except Transient as error:
            await asyncio.to_thread(self._away, notice, error)
            return await self._by_mail(notice, "Teams går inte att nå just nu.") if self._outage.given_up() else 0
        except ChatError as error:
            await asyncio.to_thread(self._outage.told, notice.namnd, error)
            log.warning("the chat refuses: %s", error)
            return await self._by_mail(notice, "Teams tog inte emot frågan.")
        self._slow.pop(chat, None)
        await asyncio.to_thread(self._sent, ready, message_id)
        await asyncio.to_thread(self._outage.worked)
        for older in ready.older:
            await self._keeper.show(older, Told(in_chat.asked_again()))
        return 1

    async def _slowed(self, notice: Notice, chat: str, error: Throttled) -> int:
        """A chat has asked for time: leave it alone, and when several have, all of them."""
        now = self._clock.now()
        times, since = self._slow.get(chat, (0, now))
        self._slow[chat] = (times + 1, since)
        asked = error.retry_after if error.retry_after is not None else min(2.0 ** (times + 1), 300.0)
        wait = max(1.0, asked)
        lately = [when for _, when in self._slow.values() if now - when < dt.timedelta(seconds=10)]
        if len(lately) >= _MANY_CHATS:
            self.pacer.hold(chat, time.monotonic() + min(wait, 60.0), everybody=True)
        self.pacer.hold(chat, time.monotonic() + wait)
        await asyncio.to_thread(self._outage.told, notice.namnd, error)
        return await self._later(notice, chat, wait)

    async def _later(self, notice: Notice, chat: str, seconds: float) -> int:
        """Put a notice back for its chat's pace; by mail when that chat has asked for time for too long."""
        _, since = self._slow.get(chat, (0, self._clock.now()))
        if self._clock.now() - since >= self._patience or dt.timedelta(seconds=seconds) >= self._patience:
            return await self._by_mail(notice, "Teams tar inte emot mer just nu.")
        await asyncio.to_thread(self._waits, notice, "Throttled", seconds)
        return 0

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
            if told.by_mail:
                return told.by_mail
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
            book.put_card(notice.id, ready.chat.id, message_id, hashed(ready.card), ready.told.questions, ended=ended)
            book.note(
                notice.namnd,
                "utskick skickat",
                now=now,
                case_id=notice.case_id,
                arrival_id=notice.arrival_id,
                data={"sort": notice.kind, "utskick": notice.id, "väg": "Teams"},
            )
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
        until = self._outage.failed(notice.namnd, error, error.retry_after)
        with self._store.book() as book:
            if error.before:
                book.notice_waits(notice, "Transient", until=until)
            else:
                later = max(until, self._clock.now() + dt.timedelta(seconds=_UNKNOWN))
                book.notice_failed(notice, "Transient", next_try_at=later)
        log.warning("the chat is out of reach; tried again at %s", f"{until:%H:%M:%S}")
