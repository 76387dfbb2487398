"""Where what happens in a chat comes in: one event at a time is heard, and what is to be said back is said."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence

from aiohttp import web

from bot.channels import cards
from bot.channels.gateway import Card, ChatError, Gateway, Reply, Throttled, Transient
from bot.pacing import Pacer
from handlers import chatting
from handlers.chat import Event, Member
from handlers.chatting import Heard
from handlers.notices.message import Message
from handlers.ports import Clock
from storage.errors import StorageError
from storage.records import Namnd
from storage.store import Store

log = logging.getLogger("namndbot.chat")

PATH = "/api/messages"
MOST_BYTES = 262_144
_WRONG = "Något gick fel hos oss. Försök igen om en stund."
_TRIES = 4
_LONGEST_WAIT = 20.0  # seconds; what is said back is no use much later
_FRESH = 60.0  # seconds that the list of a group's members is believed
_MOST_LISTS = 500


class ChatRoom:
    """Hears what people write and press. Buttons are answered at once; what is written is answered in the chat."""

    def __init__(
        self,
        store: Store,
        namnder: Mapping[str, Namnd],
        clock: Clock,
        pacer: Pacer,
        organisation: str,
        wake: Callable[[], object] = lambda: None,
    ) -> None:
        self._store = store
        self._namnder = namnder
        self._clock = clock
        self._pacer = pacer
        self._organisation = organisation
        self._wake = wake
        self._lists: dict[str, tuple[float, Sequence[Member]]] = {}
        self._saying: set[asyncio.Task[None]] = set()
        self.gateway: Gateway | None = None  # given once it stands: it is made with this room's `hear`

    async def hear(self, event: Event) -> Reply | None:
        """Do what an event says; return what a button is answered with. Never raises for what the event holds."""
        if event.kind == "members":
            self._lists.pop(event.chat_id, None)  # somebody has come or gone
        try:
            member, others = await self._who_is_there(event)
            heard = await asyncio.to_thread(self._heard, event, member, others)
        except StorageError as error:
            log.error("chat event %s: %s", event.kind, error)
            return await self._wrong(event)
        if heard.acted:
            self._wake()
        if event.kind == "action" and not event.submitted:
            return self._reply(event, heard)
        if heard.notice:
            self._say(event, heard.notice, None)
        if heard.message is not None and heard.message.blocks:
            self._say(event, heard.message.subject, self._card(heard.message, heard.over))
        if heard.instead is not None and event.message_id:
            # An old client's button: nobody takes a card as answer, so the message itself is changed.
            self._say(event, heard.instead.subject, self._card(heard.instead, heard.over), instead=event.message_id)
        return None

    async def close(self) -> None:
        """Let what is being said be said, for a moment."""
        if self._saying:
            await asyncio.wait(self._saying, timeout=1.0)

    def _reply(self, event: Event, heard: Heard) -> Reply | None:
        if heard.message is not None and heard.message.blocks:
            self._say(event, heard.message.subject, self._card(heard.message, heard.over))
        if heard.instead is not None and heard.instead.blocks:
            return Reply(card=self._card(heard.instead, heard.over))
        return Reply(text=heard.notice) if heard.notice else None

    def _card(self, message: Message, over: str) -> Card:
        try:
            return cards.card(message, over or self._organisation)
        except cards.TooBig:
            return cards.card(Message("Svaret är för långt", "", (), "Öppna sidorna i stället."), over)

    async def _wrong(self, event: Event) -> Reply | None:
        if event.kind == "action" and not event.submitted:
            return Reply(text=_WRONG)
        if event.kind in ("message", "action"):
            self._say(event, _WRONG, None)
        return None

    def _heard(self, event: Event, member: Member | None, others: Sequence[Member]) -> Heard:
        with self._store.book() as book:
            return chatting.hear(book, event, self._namnder, now=self._clock.now(), member=member, others=others)

    async def _who_is_there(self, event: Event) -> tuple[Member | None, Sequence[Member]]:
        """Ask the directory who it is from, where nobody is tied to the account yet; of a group, who is in it."""
        if event.kind not in ("message", "action", "installed") or self.gateway is None:
            return None, ()
        if event.chat == "personal" and await asyncio.to_thread(self._is_known, event):
            return None, ()
        there = await self._members(event)
        mine = next((m for m in there if m.object_id and m.object_id == event.object_id), None)
        return mine, () if event.chat == "personal" else there

    def _is_known(self, event: Event) -> bool:
        with self._store.look() as book:
            return book.chat_person(event.tenant, event.object_id) is not None

    async def _members(self, event: Event) -> Sequence[Member]:
        """Return who is in a chat; nobody when it cannot be told: then nothing is shown."""
        assert self.gateway is not None
        now = time.monotonic()
        kept = self._lists.get(event.chat_id)
        if kept and now - kept[0] < _FRESH:
            return kept[1]
        try:
            found = await self.gateway.members(event.address)
        except ChatError as error:
            log.warning("the members of a chat are not told: %s", type(error).__name__)
            return ()
        if len(self._lists) >= _MOST_LISTS:
            self._lists.clear()
        self._lists[event.chat_id] = (now, found)
        return found

    def _say(self, event: Event, text: str, card: Card | None, *, instead: str = "") -> None:
        task = asyncio.get_running_loop().create_task(self._said(event, text, card, instead))
        self._saying.add(task)
        task.add_done_callback(self._saying.discard)

    async def _said(self, event: Event, text: str, card: Card | None, instead: str) -> None:
        gateway = self.gateway
        if gateway is None:
            return
        for tried in range(_TRIES):
            start = time.monotonic()
            at = self._pacer.take(event.chat_id, start)
            await asyncio.sleep(min(at - start, _LONGEST_WAIT))
            try:
                if instead:
                    await gateway.update(event.address, instead, text, card)
                else:
                    await gateway.send(event.address, text, card)
            except (Throttled, Transient) as error:
                wait = error.retry_after if error.retry_after is not None else 2.0**tried
                # What may have been accepted is not said twice: the person can ask again.
                unknown = isinstance(error, Transient) and not error.before and not instead
                if unknown or wait > _LONGEST_WAIT or tried == _TRIES - 1:
                    log.warning("an answer in a chat was not said: %s", type(error).__name__)
                    return
                self._pacer.hold(event.chat_id, time.monotonic() + wait)
            except ChatError as error:
                log.warning("an answer in a chat was not said: %s", type(error).__name__)
                return
            else:
                return


def make_app(gateway: Gateway) -> web.Application:
    """Build the application that the chat service calls: one address, and nothing else is there."""

    async def receive(request: web.Request) -> web.Response:
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return web.Response(status=413)
        status, answer = await gateway.handle({k.lower(): v for k, v in request.headers.items()}, body)
        return web.json_response(answer, status=status) if answer is not None else web.Response(status=status)

    app = web.Application(client_max_size=MOST_BYTES)
    app.router.add_post(PATH, receive)
    return app
