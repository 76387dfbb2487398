"""Keeps the cards that people have before them true: what has happened stands in their place, what is hidden goes first."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
import logging
import threading
import time
from collections.abc import Mapping

from bot.channels import cards
from bot.channels.gateway import ChatError, Gateway, NotThere, Throttled, TooLarge, Transient
from bot.outage import Outage
from bot.pacing import Pacer
from handlers.notices import in_chat
from handlers.notices.in_chat import Told
from handlers.notices.words import STOCKHOLM
from handlers.ports import Clock
from storage.errors import StorageUnusable
from storage.records import Namnd, ShownCard
from storage.store import Store

log = logging.getLogger("namndbot.chat")

_MOST = 100  # cards in one round
_LONGEST_WAIT = 30.0  # seconds to wait in hand for the pace; longer, and the card is put off
_LATER = 60.0
_MUCH_LATER = 3600.0


class CardKeeper:
    """Shows anew what stands otherwise by now, whoever answered and how."""

    def __init__(
        self,
        store: Store,
        gateway: Gateway,
        namnder: Mapping[str, Namnd],
        clock: Clock,
        pacer: Pacer,
        outage: Outage,
    ) -> None:
        self._store = store
        self._gateway = gateway
        self._namnder = namnder
        self._clock = clock
        self._pacer = pacer
        self._outage = outage

    async def hide(self, stopping: threading.Event | None = None) -> None:
        """Take away what has become secret; that comes before all else."""
        await self._renew(await asyncio.to_thread(self._hidden), stopping)

    async def renew(self, stopping: threading.Event | None = None) -> None:
        """Show anew what has been answered, passed on or decided."""
        await self._renew(await asyncio.to_thread(self._stale), stopping)

    async def _renew(self, found: list[ShownCard], stopping: threading.Event | None) -> None:
        for shown in found:
            if (stopping and stopping.is_set()) or self._outage.away():
                return
            try:
                told = await asyncio.to_thread(self._told, shown)
                if told is None:
                    await asyncio.to_thread(self._ended, shown)
                elif not await self.show(shown, told):
                    return
            except StorageUnusable:
                raise
            except Exception as error:  # noqa: BLE001  one card that cannot be written must not stop the others
                await asyncio.to_thread(self._put_off, shown, _MUCH_LATER)
                log.error("card %s: %s", shown.id, type(error).__name__)

    def _hidden(self) -> list[ShownCard]:
        with self._store.look() as book:
            return book.hidden_cards(now=self._clock.now(), limit=_MOST)

    def _stale(self) -> list[ShownCard]:
        with self._store.look() as book:
            return book.stale_cards(now=self._clock.now(), limit=_MOST)

    def _told(self, shown: ShownCard) -> Told | None:
        """Return what a card is to say now. Who has left, or has another account now, gets no news on the old card."""
        now = self._clock.now()
        with self._store.book() as book:
            notice = book.notice(shown.notice_id)
            namnd = self._namnder.get(notice.namnd)
            if namnd is None or notice.person_id is None:
                return None
            today = now.astimezone(STOCKHOLM).date()
            there = book.chat_of(notice.person_id)
            held = book.roles(on=today, namnd=namnd.key, person_id=notice.person_id)
            if there is None or there.id != shown.chat.id or not held:
                return Told(in_chat.over_message())
            return in_chat.tells(book, notice, namnd, now=now)

    async def show(self, shown: ShownCard, told: Told) -> bool:
        """Put something in a card's place; False when the service wants to be left alone, and nothing was."""
        card = await asyncio.to_thread(self._written, shown, told)
        if hashed(card) == shown.shown:
            await asyncio.to_thread(self._shows, shown, told, card)
            return True
        start = time.monotonic()
        at = self._pacer.take(shown.chat.chat_id, start)
        if at - start > _LONGEST_WAIT:
            await asyncio.to_thread(self._put_off, shown, at - start)
            return True
        await asyncio.sleep(max(0.0, at - time.monotonic()))
        try:
            await self._gateway.update(shown.chat.address, shown.message_id, told.message.subject, card)
        except Throttled as error:
            wait = max(1.0, error.retry_after or _LATER)
            self._pacer.hold(shown.chat.chat_id, time.monotonic() + wait)
            await asyncio.to_thread(self._put_off, shown, wait)
            return False
        except Transient as error:
            await asyncio.to_thread(self._put_off, shown, _LATER)
            await asyncio.to_thread(self._failed, shown, error)
            return False
        except (NotThere, TooLarge):  # the card, or the chat, is not there any more; or it will never fit
            await asyncio.to_thread(self._ended, shown)
            return True
        except ChatError as error:
            await asyncio.to_thread(self._put_off, shown, _MUCH_LATER)
            await asyncio.to_thread(self._refused, shown, error)
            return False
        await asyncio.to_thread(self._outage.worked)
        await asyncio.to_thread(self._shows, shown, told, card)
        return True

    def _written(self, shown: ShownCard, told: Told) -> cards.Card:
        with self._store.look() as book:
            notice = book.notice(shown.notice_id)
            namnd = self._namnder.get(notice.namnd)
            line = in_chat.over(book, notice, namnd) if namnd else ""
        try:
            return cards.card(told.message, line)
        except cards.TooBig:
            return cards.card(in_chat.over_message(), line)

    def _failed(self, shown: ShownCard, error: Transient) -> None:
        self._outage.failed(self._namnd_of(shown), error, error.retry_after)

    def _refused(self, shown: ShownCard, error: ChatError) -> None:
        self._outage.told(self._namnd_of(shown), error)

    def _namnd_of(self, shown: ShownCard) -> str:
        with self._store.look() as book:
            return book.notice(shown.notice_id).namnd

    def _shows(self, shown: ShownCard, told: Told, card: cards.Card) -> None:
        with self._store.book() as book:
            book.card_shows(shown.id, hashed(card), told.questions, ended=told.ended)

    def _put_off(self, shown: ShownCard, seconds: float) -> None:
        with self._store.book() as book:
            book.card_waits(shown.id, self._clock.now() + dt.timedelta(seconds=seconds))

    def _ended(self, shown: ShownCard) -> None:
        with self._store.book() as book:
            book.card_shows(shown.id, shown.shown, (), ended=True)


def hashed(card: cards.Card) -> str:
    """Return what a card is known by: whether it says something else now."""
    return hashlib.sha256(json.dumps(card, sort_keys=True).encode()).hexdigest()
