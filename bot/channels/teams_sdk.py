"""The driver on Microsoft's Teams SDK, botbuilder's successor: its models and its client of the connector, over httpx.

The only file that knows microsoft_teams (and httpx). Of the packages of microsoft-teams-apps only microsoft_teams.api is
used: the App of microsoft_teams.apps brings a web server of its own, fetches keys on the event loop, and lets in tokens
of other issuers. Who is let in, and the bot's token, are our own: bot.channels.keys and bot.channels.tokens.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Awaitable, Iterator
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from microsoft_teams.api.activities.message import MessageActivityInput
from microsoft_teams.api.clients.conversation import ConversationClient
from microsoft_teams.api.clients.conversation.params import CreateConversationParams
from microsoft_teams.common import Client, ClientOptions

from bot.channels import faults, net
from bot.channels.front import ADAPTIVE, Front, Page, Place
from bot.channels.gateway import Card, Handler
from bot.doors import TeamsDoor

T = TypeVar("T")
_PLACEHOLDER = "DO_NOT_USE_PLACEHOLDER_ID"  # the SDK's, where an answer names no id
# At its usual level httpx tells every address, and so every chat.
logging.getLogger("httpx").addFilter(lambda record: record.levelno >= logging.WARNING)


class TeamsSdkGateway(Front):
    """Teams by the Teams SDK."""

    def __init__(self, door: TeamsDoor, handler: Handler, **more: Any) -> None:
        super().__init__(door, handler, TeamsSdkLine(door), **more)


class TeamsSdkLine:
    """The SDK's client of conversations, made for each call, over one set of connections."""

    def __init__(self, door: TeamsDoor) -> None:
        self._door = door
        self._http: httpx.AsyncClient | None = None

    async def post(self, service_url: str, token: str, place: Place, text: str, card: Card | None) -> str:
        """Say something."""
        activity = _activity(place, text, card)
        made = await _accepted(self._chats(service_url, token).create_activity(_part(place.conversation), activity))
        return "" if made is None or made.id == _PLACEHOLDER else str(made.id)

    async def put(
        self, service_url: str, token: str, place: Place, message_id: str, text: str, card: Card | None
    ) -> None:
        """Put something else in a message's place."""
        activity = _activity(place, text, card, message_id)
        chats = self._chats(service_url, token)
        await _accepted(chats.update_activity(_part(place.conversation), _part(message_id), activity))

    async def delete(self, service_url: str, token: str, place: Place, message_id: str) -> None:
        """Take a message away."""
        await _asked(self._chats(service_url, token).delete_activity(_part(place.conversation), _part(message_id)))

    async def create(self, service_url: str, token: str, bot: str, tenant: str, object_id: str) -> str:
        """Open the chat with one person."""
        wanted = CreateConversationParams.model_validate(
            {
                "isGroup": False,
                "bot": {"id": bot},
                "members": [{"id": object_id}],
                "tenantId": tenant,
                "channelData": {"tenant": {"id": tenant}},
            }
        )
        return (await _asked(self._chats(service_url, token).create(wanted))).id

    async def page(self, service_url: str, token: str, conversation: str, size: int, after: str) -> Page:
        """Return some of those in a chat."""
        chats = self._chats(service_url, token)
        found = await _asked(chats.get_paged_members(_part(conversation), size, after or None))
        people = [one.model_dump(by_alias=True, exclude_none=True) for one in found.members]
        return people, found.continuation_token or ""

    async def close(self) -> None:
        """Let connections go."""
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    def _chats(self, service_url: str, token: str) -> ConversationClient:
        client = Client(ClientOptions(token=token or None), _http=self._opened())
        return ConversationClient(service_url, client)

    def _opened(self) -> httpx.AsyncClient:
        if self._http is None:
            self._http = httpx.AsyncClient(
                verify=net.trust(self._door.ca),
                timeout=httpx.Timeout(net.WHOLE, connect=net.CONNECT, pool=net.CONNECT),
                limits=httpx.Limits(max_connections=net.AT_ONCE, max_keepalive_connections=net.AT_ONCE),
                follow_redirects=False,
            )
        return self._http


def _part(text: str) -> str:
    """Return an id as a part of an address: the SDK puts it there as it is."""
    return quote(text, safe="")


def _activity(place: Place, text: str, card: Card | None, message_id: str | None = None) -> MessageActivityInput:
    """Return what is said: a card with its words for lists, or plain text. Never a mention, never mark-up."""
    told: dict[str, Any] = {
        "from": {"id": place.bot},
        "conversation": {"id": place.conversation},
        "id": message_id,
    }
    if card is None:
        told |= {"text": text, "textFormat": "plain"}
    else:
        told |= {"summary": text, "attachments": [{"contentType": ADAPTIVE, "content": dict(card)}]}
    return MessageActivityInput.model_validate(told)


async def _accepted(asked: Awaitable[T]) -> T | None:
    """Return what the SDK made of an answer; None where it cannot read it, for what is accepted is accepted."""
    try:
        return await _asked(asked)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


async def _asked(asked: Awaitable[T]) -> T:
    """Wait for an answer. Raises what bot.channels.faults has for it."""
    try:
        return await asked
    except httpx.HTTPStatusError as error:
        told = error.response
        raise faults.Refused(told.status_code, told.headers.get("Retry-After"), faults.code_of(told.content)) from None
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        if any(isinstance(one, ssl.SSLError) for one in _causes(error)):
            raise faults.Untrusted from None
        raise faults.Unconnected from None
    except httpx.RequestError as error:
        raise faults.CutOff(type(error).__name__) from None


def _causes(error: BaseException) -> Iterator[BaseException]:
    one: BaseException | None = error
    while one is not None:
        yield one
        one = one.__cause__ or one.__context__
