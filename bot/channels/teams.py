"""The driver on botbuilder: its words for what is said, and its client of the connector, on a transport of ours.

The only file that knows botbuilder (and msrest beneath it). What of it is used, and what is not:

- Its schema and its ConnectorClient make every request: paths, bodies, answers.
- Its transport is not: it runs `requests` in the loop's own threads, waits up to 100 seconds for a connection and tries
  again by itself. Here the same pipeline ends in aiohttp, with one attempt, limits, and no redirection.
- Its CloudAdapter is not: it answers a card's button with 500, and most bad tokens too. See bot.channels.keys for who
  is let in, and bot.channels.tokens for its credentials, which log in anew for every message, on the loop's thread.
- It is past its end of support: bot.channels.teams_sdk does the same on what Microsoft points to instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import aiohttp
from botbuilder.schema import Activity, Attachment, ChannelAccount, ConversationAccount, ConversationParameters
from botframework.connector.aio import ConnectorClient
from msrest.pipeline import Request, Response
from msrest.pipeline.async_abc import AsyncHTTPSender, AsyncPipeline
from msrest.pipeline.universal import RawDeserializer
from msrest.universal_http.async_abc import AsyncClientResponse

from bot.channels import faults, net
from bot.channels.front import ADAPTIVE, Front, Page, Place
from bot.channels.gateway import Card, Handler
from bot.doors import TeamsDoor

_MOST_CLIENTS = 16  # service addresses at once; there is one in a region


class BotbuilderGateway(Front):
    """Teams by botbuilder."""

    def __init__(self, door: TeamsDoor, handler: Handler, **more: Any) -> None:
        super().__init__(door, handler, BotbuilderLine(door), **more)


class BotbuilderLine:
    """botbuilder's client, one for each service address, over one session."""

    def __init__(self, door: TeamsDoor) -> None:
        self._door = door
        self._session: aiohttp.ClientSession | None = None
        self._clients: dict[str, Any] = {}

    async def post(self, service_url: str, token: str, place: Place, text: str, card: Card | None) -> str:
        """Say something."""
        activity = _activity(place, text, card)
        chats = self._chats(service_url)
        return await _accepted(chats.send_to_conversation(place.conversation, activity, custom_headers=_headers(token)))

    async def put(
        self, service_url: str, token: str, place: Place, message_id: str, text: str, card: Card | None
    ) -> None:
        """Put something else in a message's place."""
        activity = _activity(place, text, card, message_id)
        chats = self._chats(service_url)
        await _accepted(chats.update_activity(place.conversation, message_id, activity, custom_headers=_headers(token)))

    async def delete(self, service_url: str, token: str, place: Place, message_id: str) -> None:
        """Take a message away."""
        chats = self._chats(service_url)
        await chats.delete_activity(place.conversation, message_id, custom_headers=_headers(token))

    async def create(self, service_url: str, token: str, bot: str, tenant: str, object_id: str) -> str:
        """Open the chat with one person."""
        wanted = ConversationParameters(
            is_group=False,
            bot=ChannelAccount(id=bot),
            members=[ChannelAccount(id=object_id)],
            tenant_id=tenant,
            channel_data={"tenant": {"id": tenant}},
        )
        made = await self._chats(service_url).create_conversation(wanted, custom_headers=_headers(token))
        return str(getattr(made, "id", None) or "")

    async def page(self, service_url: str, token: str, conversation: str, size: int, after: str) -> Page:
        """Return some of those in a chat."""
        found = await self._chats(service_url).get_teams_conversation_paged_members(
            conversation, page_size=size, continuation_token=after or None, custom_headers=_headers(token)
        )
        return [one.serialize() for one in found.members or ()], found.continuation_token or ""

    async def close(self) -> None:
        """Let connections go."""
        session, self._session = self._session, None
        await net.close(session)

    def _chats(self, service_url: str) -> Any:
        client = self._clients.get(service_url)
        if client is None:
            if len(self._clients) >= _MOST_CLIENTS:
                self._clients.clear()
            # Credentials of its own would log in by themselves: the token comes with each request instead.
            client = ConnectorClient(
                _NoCredentials(), base_url=service_url, pipeline_type=lambda _: _pipeline(self._opened)
            )
            self._clients[service_url] = client
        return client.conversations

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = net.session(self._door.ca)
        return self._session


class _NoCredentials:
    """What the client wants to be given, and never asks."""


def _pipeline(session: Callable[[], aiohttp.ClientSession]) -> Any:
    return AsyncPipeline([RawDeserializer()], _Sender(session))


class _Sender(AsyncHTTPSender):  # type: ignore[type-arg]
    """The end of msrest's pipeline: one request over aiohttp."""

    def __init__(self, session: Callable[[], aiohttp.ClientSession]) -> None:
        self._session = session

    async def __aexit__(self, *_: object) -> None:
        """Do nothing: the session is the line's."""

    async def send(self, request: Request[Any], **_: Any) -> Response[Any, Any]:
        """Send it and read the whole answer. Raises what bot.channels.faults has for it."""
        asked = request.http_request
        try:
            async with self._session().request(
                asked.method,
                asked.url,
                headers=dict(asked.headers),
                data=asked.data.encode() if isinstance(asked.data, str) else asked.data,
                proxy=net.proxy(asked.url),
                allow_redirects=False,
            ) as answer:
                content = await net.read(answer)
        except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError):
            raise faults.Untrusted from None
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise faults.Unconnected from None
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise faults.CutOff(type(error).__name__) from None
        if not 200 <= answer.status < 300:
            raise faults.Refused(answer.status, answer.headers.get("Retry-After"), faults.code_of(content))
        return Response(request, _Answer(asked, answer, content))


class _Answer(AsyncClientResponse):
    """An answer as msrest wants it."""

    def __init__(self, request: Any, answer: aiohttp.ClientResponse, content: bytes) -> None:
        super().__init__(request, answer)
        # What was accepted was accepted, whichever of the good statuses says it.
        self.status_code = 200
        self.headers = dict(answer.headers)
        self.reason = answer.reason
        self._content = content

    def body(self) -> bytes:
        """Return the whole body."""
        return self._content


def _headers(token: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def _activity(place: Place, text: str, card: Card | None, message_id: str | None = None) -> Any:
    """Return what is said: a card with its words for lists, or plain text. Never a mention, never mark-up."""
    spoken = {"text": text, "text_format": "plain"} if card is None else {"summary": text}
    return Activity(
        type="message",
        id=message_id,
        from_property=ChannelAccount(id=place.bot),
        conversation=ConversationAccount(id=place.conversation),
        attachments=None if card is None else [Attachment(content_type=ADAPTIVE, content=dict(card))],
        **spoken,
    )


async def _accepted(asked: Any) -> str:
    """Return the id of what was accepted; empty where the answer cannot be read, for accepted it is all the same."""
    try:
        made = await asked
    except ValueError:  # msrest's own fault for it is one
        return ""
    return str(getattr(made, "id", None) or "")
