"""Teams as our port has it, once for all drivers: who is let in, what is answered, where may be spoken to, what failed.

A driver adds a Line: how its SDK says something, one HTTP request each. It authenticates nobody and decides nothing.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import aiohttp

from bot.channels import faults, net, wire
from bot.channels.gateway import Card, ChatError, Handler, Permanent, Reply, Transient
from bot.channels.keys import Keys, claims
from bot.channels.tokens import Tokens
from bot.doors import TeamsDoor, is_loopback
from handlers.chat import Address, Event, Member

log = logging.getLogger("namndbot.teams")
T = TypeVar("T")

ADAPTIVE = "application/vnd.microsoft.card.adaptive"
_NOTICE = "application/vnd.microsoft.activity.message"
_BROKEN = "Något gick fel. Försök igen om en stund."
_MOST_BODY = 256 * 1024
_REMEMBERED = 600.0  # seconds that a delivery is remembered
_MOST_REMEMBERED = 10_000
_MOST_MEMBERS = 500
_PAGE = 200
_MOST_PAGES = 20
SERVICE_URL = "https://smba.trafficmanager.net/teams/"

Answer = tuple[int, Mapping[str, Any] | None]
Page = tuple[Sequence[Mapping[str, Any]], str]  # people as Teams tells them, and where the next page is


class Line(Protocol):
    """How an SDK asks the connector: one request, no second try. token empty: none is sent.

    Raises faults.Refused, Unconnected, Untrusted and CutOff. service_url has been checked.
    """

    async def post(self, service_url: str, token: str, place: Place, text: str, card: Card | None) -> str: ...
    async def put(
        self, service_url: str, token: str, place: Place, message_id: str, text: str, card: Card | None
    ) -> None: ...
    async def delete(self, service_url: str, token: str, place: Place, message_id: str) -> None: ...
    async def create(self, service_url: str, token: str, bot: str, tenant: str, object_id: str) -> str: ...
    async def page(self, service_url: str, token: str, conversation: str, size: int, after: str) -> Page: ...
    async def close(self) -> None: ...


def _is_local(headers: Mapping[str, str]) -> bool:
    """Say whether a call to a local bot is one of a program's on this machine: a browser names the page it comes from,
    and a proxy the name that it was called by."""
    host = headers.get("host", "127.0.0.1").rpartition(":")[0] or headers.get("host", "127.0.0.1")
    return "origin" not in headers and is_loopback(host)


class Place:
    """A conversation, and who speaks there."""

    __slots__ = ("bot", "conversation")

    def __init__(self, conversation: str, bot: str) -> None:
        self.conversation, self.bot = conversation, bot


class Front:
    """The gateway (see bot.channels.gateway.Gateway for what its methods promise)."""

    def __init__(
        self,
        door: TeamsDoor,
        handler: Handler,
        line: Line,
        *,
        service_url: str = "",
        clock: Callable[[], float] = time.monotonic,
        patience: float = net.WHOLE,
    ) -> None:
        if not door.app_id and not door.local:
            raise Permanent("Utan app_id kan vem som helst tala med boten. Skriv appens id, eller local = true.")
        if door.app_id and not [t for t in door.tenants if t.strip()]:
            raise Permanent("Ingen tenant är angiven. Skriv kommunens tenant-id i Entra.")
        self._door = door
        self._handler = handler
        self._line = line
        self._patience = patience
        self._clock = clock
        self._tenants = frozenset(t.strip().lower() for t in door.tenants if t.strip())
        self._tokens = Tokens(door, patience)
        self._session: aiohttp.ClientSession | None = None
        self._keys = Keys(door.openid, self._opened, clock)
        self._heard: OrderedDict[tuple[str, ...], float] = OrderedDict()
        # The newest that Teams has said; it may change, and holds for all chats of a region.
        self._service_url = service_url or (door.service_urls[0] if door.local and door.service_urls else SERVICE_URL)
        self._bot = f"28:{door.app_id}" if door.app_id else ""

    # What comes in

    async def handle(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """Authenticate, check, and hand over; see the port."""
        if len(body) > _MOST_BODY:
            return 413, None
        told: Mapping[str, Any] | None = None
        if self._door.app_id:
            told = await claims(headers.get("authorization", ""), self._keys, self._door.app_id)
            if told is None:
                return 401, None
        elif not _is_local(headers):
            return 403, None
        try:
            event = wire.event(json.loads(body))
        except (ValueError, RecursionError):  # Malformed is one
            return 400, None
        service_url = event.address["service_url"]
        if (told is not None and told["serviceurl"].rstrip("/") != service_url.rstrip("/")) or not net.may_go(
            service_url, self._door
        ):
            log.warning("a call was refused: it names a service address that is not its token's, or not on the list")
            return 401, None
        if self._tenants and not {event.tenant, event.address["tenant"]} <= self._tenants:
            log.warning("a call was refused: it is from another directory")
            return 403, None
        self._service_url, self._bot = service_url, event.address["bot"] or self._bot
        return await self._handled(event)

    async def _handled(self, event: Event) -> Answer:
        waits = event.kind in ("action", "refresh") and not event.submitted
        if not waits and self._is_repeated(event):
            return 200, None
        try:
            reply = await self._handler(event)
        except Exception as error:  # noqa: BLE001  one call that breaks anything must not reach Teams as a fault of ours
            log.error("a call (%s) failed: %s", event.kind, type(error).__name__)
            reply = Reply(text=_BROKEN)
        return 200, _answer(event, reply) if waits else None

    def _is_repeated(self, event: Event) -> bool:
        """Say whether Teams tells something again that it has told within ten minutes."""
        if not event.event_id:
            return False
        now, key = self._clock(), (event.kind, event.address["conversation"], event.event_id)
        while self._heard and (
            next(iter(self._heard.values())) < now - _REMEMBERED or len(self._heard) >= _MOST_REMEMBERED
        ):
            self._heard.popitem(last=False)
        if key in self._heard:
            return True
        self._heard[key] = now
        return False

    # What goes out

    async def send(self, address: Address, text: str, card: Card | None = None) -> str:
        """Say something; see the port."""
        url, place = self._place(address)
        return await self._asked(lambda token: self._line.post(url, token, place, text, card))

    async def update(self, address: Address, message_id: str, text: str, card: Card | None = None) -> None:
        """Put something else in a message's place; see the port."""
        url, place = self._place(address)
        await self._asked(lambda token: self._line.put(url, token, place, _named(message_id), text, card))

    async def delete(self, address: Address, message_id: str) -> None:
        """Take a message away; see the port."""
        url, place = self._place(address)
        await self._asked(lambda token: self._line.delete(url, token, place, _named(message_id)))

    async def open_personal(self, tenant: str, object_id: str) -> Address:
        """Return where a person is spoken to alone; see the port."""
        if self._tenants and tenant.lower() not in self._tenants:
            raise Permanent("Personen hör till en annan tenant än de som är angivna.")
        url, bot = self._checked(self._service_url), self._bot
        id_ = await self._asked(lambda token: self._line.create(url, token, bot, tenant, object_id))
        if not id_:
            raise Transient("Teams sade inte vilken chatt som öppnades.")
        return {"service_url": url, "conversation": id_, "bot": bot, "tenant": tenant, "channel": wire.CHANNEL}

    async def members(self, address: Address) -> Sequence[Member]:
        """Return everybody in a chat, five hundred at most; see the port."""
        url, place = self._place(address)
        chat, tenant = wire.chat_of(place.conversation), str(address.get("tenant", "")).lower()
        found: list[Member] = []
        after = ""
        for _ in range(_MOST_PAGES):
            people, after = await self._asked(lambda token, at=after: self._line.page(url, token, chat, _PAGE, at))  # type: ignore[misc]
            found += [_member(one, tenant) for one in people]
            if not after or len(found) >= _MOST_MEMBERS:
                break
        if after or len(found) > _MOST_MEMBERS:  # whoever else is there, nobody knows
            return [*found[:_MOST_MEMBERS], Member("", "", guest=True)]
        return found

    async def close(self) -> None:
        """Let connections go."""
        await self._keys.close()
        self._tokens.close()
        await self._line.close()
        session, self._session = self._session, None
        await net.close(session)

    # How it is done

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = net.session(self._door.ca)
        return self._session

    def _place(self, address: Address) -> tuple[str, Place]:
        """Return where an address leads. Raises Permanent: it may be old, or not be ours at all."""
        url, conversation = address.get("service_url"), address.get("conversation")
        bot = address.get("bot") or self._bot
        if (
            not isinstance(url, str)
            or not isinstance(conversation, str)
            or not conversation
            or not isinstance(bot, str)
        ):
            raise Permanent("Adressen till chatten är inte hel.")
        tenant = str(address.get("tenant", "")).lower()
        if self._tenants and tenant and tenant not in self._tenants:
            raise Permanent("Chatten hör till en annan tenant än de som är angivna.")
        return self._checked(url), Place(conversation, bot)

    def _checked(self, url: str) -> str:
        if not net.may_go(url, self._door):
            raise Permanent("Chattens adress är ingen som boten får svara till. Kontrollera service_urls.")
        return url

    async def _asked(self, ask: Callable[[str], Awaitable[T]]) -> T:
        """Ask once, with the token. Raises ChatError."""
        ends = asyncio.get_running_loop().time() + self._patience
        token = await self._tokens.get()
        try:
            async with asyncio.timeout_at(ends):
                found = await ask(token)
        except faults.Refused as error:
            if error.status == 401:
                raise self._tokens.refused(token) from None
            raise faults.meant(error) from None
        except faults.Unconnected:
            raise Transient("Teams går inte att nå.", before=True) from None
        except faults.Untrusted:
            raise Permanent(
                "Certifikatet hos Teams går inte att lita på. Ange kommunens eget i ca om trafiken går genom en proxy "
                "som öppnar den."
            ) from None
        except (faults.CutOff, TimeoutError):
            raise Transient("Teams bröt förbindelsen eller svarade för långsamt.") from None
        except ChatError:
            raise
        except Exception as error:
            # An SDK has many ways to fail. What was sent may have been accepted.
            log.error("a call to Teams failed: %s", type(error).__name__)
            raise Transient(f"Teams svarade obegripligt ({type(error).__name__}).") from error
        self._tokens.accepted()
        return found


def _answer(event: Event, reply: Reply | None) -> Mapping[str, Any]:
    """Return the body that answers a button."""
    if reply is not None and reply.card is not None:
        return {"statusCode": 200, "type": ADAPTIVE, "value": dict(reply.card)}
    # Clients take an empty text for a fault, show a banner and press the button again: there is always a word.
    text = (reply.text if reply else "") or ("Ingenting nytt." if event.kind == "refresh" else "Klart.")
    return {"statusCode": 200, "type": _NOTICE, "value": text}


def _named(message_id: str) -> str:
    if not message_id:
        raise Permanent("Meddelandet har inget id.")
    return message_id


def _member(told: Mapping[str, Any], tenant: str) -> Member:
    def text(key: str) -> str:
        value = told.get(key)
        return value.strip()[:1000] if isinstance(value, str) else ""

    own = text("tenantId").lower()
    return Member(
        object_id=(text("aadObjectId") or text("objectId")).lower(),
        tenant=own or tenant,
        name=text("name"),
        email=text("email"),
        guest=text("userRole").lower() == "guest" or bool(own and tenant and own != tenant),
    )
