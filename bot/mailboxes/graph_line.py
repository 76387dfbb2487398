"""The line to Microsoft Graph: one request after another, in a loop of its own, with its waits and its refusals."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import io
import json
import ssl
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import aiohttp
from yarl import URL

from bot.doors import GraphBox
from bot.mailboxes.graph_login import Login
from handlers.ports import Away, DoorError, Shut

_AT_ONCE = 2  # requests; Graph allows four to one mailbox, and people's own programs want some of them
_PATIENCE = 10.0  # seconds that a request for reading waits in place when Graph asks us to wait
_FIRST_WAIT = 1.0  # seconds, where Graph does not say
_CONNECT, _SILENCE, _WHOLE = 10.0, 60.0, 600.0  # seconds
_GOODBYE = 0.05  # seconds for connections that are being closed already
_MOST_BYTES = 160 * 1024 * 1024  # of an answer: Exchange takes letters of 150 MB at most
_BUSY = (429, 502, 503, 504)
# Every request names and is told letters by the ids that survive a move.
_IDS = 'IdType="ImmutableId"'


_UNUSABLE_ID = ("ErrorInvalidIdMalformed", "ErrorInvalidId", "RequestBroker--ParseUri")
Row = Mapping[str, Any]


class Cut(Away):
    """The answer broke off in the middle, or did not come in time: what was asked may have been done."""

    def __init__(self, why: str) -> None:
        super().__init__(f"Svaret från Microsoft 365 avbröts ({why}).")


@dataclass(frozen=True, slots=True)
class Reply:
    """What Graph answered, where it was neither busy nor shut."""

    status: int
    content: bytes

    @property
    def good(self) -> bool:
        """Whether it did what was asked."""
        return 200 <= self.status < 300

    @property
    def data(self) -> Mapping[str, Any]:
        """The answer as JSON; empty where it is none."""
        with contextlib.suppress(ValueError, RecursionError):
            found = json.loads(self.content)
            if isinstance(found, dict):
                return found
        return {}

    @property
    def code(self) -> str:
        """Graph's name for what is wrong."""
        error = self.data.get("error")
        return str(error.get("code", "")) if isinstance(error, dict) else ""

    def must(self) -> Mapping[str, Any]:
        """Return the JSON of an answer that has to be good. Raises Away."""
        if not self.good:
            raise Away(f"Microsoft 365 svarade oväntat ({self.status} {self.code[:60]}).")
        return self.data


def rows_of(data: Mapping[str, Any]) -> list[Row]:
    """Return the rows of one page."""
    return [row for row in data.get("value") or () if isinstance(row, dict)]


def part(text: str) -> str:
    """Return an id as a part of an address."""
    return quote(text, safe="")


def message(one: str) -> str:
    """Return a letter's address below its mailbox."""
    return f"messages/{part(one)}"


def is_gone(reply: Reply) -> bool:
    """Say whether an answer tells that there is no such letter.

    An id of another kind of mailbox, from before a change of the settings, names nothing here.
    """
    return reply.status == 404 or (reply.status == 400 and reply.code in _UNUSABLE_ID)


class Line:
    """One mailbox's connection. May be used from several threads at once; no request is ever sent anywhere else."""

    def __init__(self, box: GraphBox) -> None:
        self._box = box
        self._root = f"{box.url}/users/{quote(box.address, safe='@')}"
        self._origin = urlsplit(box.url)[:2]
        self._login = Login(box)
        self._guard = threading.Lock()
        self._running: _Running | None = None

    def ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        data: Any = None,
        mime: bytes | None = None,
        prefer: str = "",
        again: bool = True,
        refusable: bool = False,
    ) -> Reply:
        """Ask once, or a few times where Graph asks to wait a little and again says that it does no harm.

        refusable: a refusal is an answer like others.

        path: below the mailbox, or below the service when it begins with /, or a link that Graph gave.
        data: sent as JSON; mime: a base64 text that is a whole message. Raises Away and Shut; Cut where it may have been
        done all the same.
        """
        with self._guard:
            if self._running is None:
                self._running = _Running(self._box)
            running = self._running
        headers = {"Prefer": f"{_IDS}, {prefer}" if prefer else _IDS, "Accept": "application/json"}
        body: bytes | None = None
        if mime is not None:
            headers["Content-Type"], body = "text/plain", mime
        elif data is not None:
            headers["Content-Type"], body = "application/json", json.dumps(data, ensure_ascii=False).encode()
        address = self._address(path, params)
        reply: Reply = running.wait(self._asked(running, method, address, headers, body, again))
        return reply if refusable else self._checked(reply)

    def pages(self, path: str, *, params: Mapping[str, str]) -> Iterator[Row]:
        """Give the rows of a list, page by page. Raises Away and Shut."""
        data = self.ask("GET", path, params={**params, "$top": "100"}).must()
        yield from rows_of(data)
        while data.get("@odata.nextLink"):
            data = self.ask("GET", str(data["@odata.nextLink"])).must()
            yield from rows_of(data)

    def close(self) -> None:
        """Let the connection go; the next request makes a new one."""
        with self._guard:
            running, self._running = self._running, None
        if running is not None:
            running.end(self._login.close)

    def _address(self, path: str, params: Mapping[str, str] | None) -> URL:
        if path.startswith(("https://", "http://")):
            # The token goes to the host in the settings only, whatever an answer says.
            if urlsplit(path)[:2] != self._origin:
                raise Shut("Microsoft 365 hänvisade till en främmande adress. Inget skickades dit; kontrollera url.")
            return URL(path, encoded=True)
        whole = self._box.url + path if path.startswith("/") else f"{self._root}/{path}".rstrip("/")
        query = f"?{urlencode(params, quote_via=quote, safe='$,()')}" if params else ""
        return URL(whole + query, encoded=True)

    async def _asked(
        self, running: _Running, method: str, address: URL, headers: dict[str, str], body: bytes | None, again: bool
    ) -> Reply:
        ends = time.monotonic() + _PATIENCE
        refused, tries = "", 0
        while True:
            token = await running.aside(self._login.token, refused)
            try:
                reply, after = await running.send(method, address, headers | {"Authorization": f"Bearer {token}"}, body)
            except Cut:
                tries += 1
                if not again or tries > 1:
                    raise
                continue
            if reply.status == 401 and not refused:
                refused = token  # taken back or run out: a new one, once
                continue
            if reply.status not in _BUSY:
                return reply
            if not again and reply.status != 429:
                raise Cut(f"{reply.status}")
            wait = after if after is not None else _FIRST_WAIT * 2**tries
            tries += 1
            if not again or time.monotonic() + wait > ends:
                raise Away("Microsoft 365 har inte tid just nu.", after)
            await asyncio.sleep(wait)

    def _checked(self, reply: Reply) -> Reply:
        code, address = reply.code, self._box.address
        if reply.status == 401:
            raise Shut("Microsoft 365 godtar inte appens inloggning. Kontrollera appen och dess rättigheter i Entra.")
        if reply.status == 403:
            raise Shut(
                f"Appen får inte komma åt brevlådan {address} ({code[:60] or 403}). Ge den rollerna Application "
                "Mail.ReadWrite och Application Mail.Send för brevlådan; det kan dröja två timmar innan de gäller."
            )
        if reply.status == 404 and code in ("ErrorInvalidUser", "ResourceNotFound", "Request_ResourceNotFound"):
            raise Shut(f"Det finns ingen brevlåda {address} i Microsoft 365. Kontrollera nämndens adress.")
        if reply.status == 404 and code == "MailboxNotEnabledForRESTAPI":
            raise Shut(
                f"Brevlådan {address} ligger inte i Exchange Online (MailboxNotEnabledForRESTAPI). Är den kvar i den "
                'egna Exchange ska boten läsa den med kind = "ews".'
            )
        if 300 <= reply.status < 400:
            raise Shut("Microsoft 365 hänvisar till en annan adress. Kontrollera url i inställningarna.")
        return reply


class _Running:
    """A loop in a thread, with one session: made at the first request, ended by close."""

    def __init__(self, box: GraphBox) -> None:
        self._ca = str(box.ca) if box.ca else None
        # A municipality's proxy, as msal takes it. Not trust_env: it would look for passwords in a file each time.
        scheme, host = urlsplit(box.url)[:2]
        self._proxy = None if urllib.request.proxy_bypass(host) else urllib.request.getproxies().get(scheme)
        self._session: aiohttp.ClientSession | None = None
        self._few = asyncio.Semaphore(_AT_ONCE)
        self._guard = threading.Lock()
        self._over = False
        # msal blocks, and is asked by one thread at a time.
        self._aside = concurrent.futures.ThreadPoolExecutor(1, "graph-login")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="graph", daemon=True)
        self._thread.start()

    def wait(self, asked: Any) -> Any:
        """Return what a coroutine of this loop returns; called from any other thread."""
        with self._guard:
            if self._over:
                asked.close()
                raise Away("Anslutningen till Microsoft 365 stängdes.")
            future = asyncio.run_coroutine_threadsafe(asked, self._loop)
        try:
            return future.result()
        except concurrent.futures.CancelledError:
            raise Away("Anslutningen till Microsoft 365 stängdes.") from None
        finally:
            future.cancel()

    async def aside(self, work: Any, *given: Any) -> Any:
        """Run what blocks in the login's thread."""
        return await self._loop.run_in_executor(self._aside, work, *given)

    async def send(
        self, method: str, address: URL, headers: dict[str, str], body: bytes | None
    ) -> tuple[Reply, float | None]:
        """Send a request and read its whole answer; also the seconds that Graph asks us to wait."""
        async with self._few:
            try:
                data = io.BytesIO(body) if body is not None else None
                async with self._open().request(
                    method, address, headers=headers, data=data, allow_redirects=False
                ) as answer:
                    content = bytearray()
                    async for piece in answer.content.iter_chunked(262_144):
                        content += piece
                        if len(content) > _MOST_BYTES:
                            raise Cut("for stort")
                    return Reply(answer.status, bytes(content)), _seconds(answer.headers.get("Retry-After"))
            except aiohttp.ClientConnectorCertificateError:
                raise Shut(
                    f"Certifikatet hos {address.host} går inte att lita på. Ange kommunens eget i ca om trafiken går "
                    "genom en proxy som öppnar den."
                ) from None
            except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
                raise Away(f"Microsoft 365 svarar inte ({type(error).__name__}).") from None
            except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
                raise Cut(type(error).__name__) from None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    ssl=ssl.create_default_context(cafile=self._ca), limit=_AT_ONCE, keepalive_timeout=20
                ),
                timeout=aiohttp.ClientTimeout(total=_WHOLE, sock_connect=_CONNECT, sock_read=_SILENCE),
                cookie_jar=aiohttp.DummyCookieJar(loop=self._loop),
                proxy=self._proxy,
            )
        return self._session

    def end(self, last: Any) -> None:
        """Break off what is going on, close the session and end the thread."""
        with self._guard:
            self._over = True
        with contextlib.suppress(DoorError, concurrent.futures.TimeoutError):
            asyncio.run_coroutine_threadsafe(self._ended(last), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._aside.shutdown(wait=False, cancel_futures=True)
        if not self._thread.is_alive():
            self._loop.close()

    async def _ended(self, last: Any) -> None:
        others = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            await asyncio.sleep(_GOODBYE)
        await self.aside(last)


def _seconds(told: str | None) -> float | None:
    if told is None:
        return None
    try:
        return min(max(0.0, float(told)), 86_400.0)
    except ValueError:
        return None  # a date: nobody sends one here, and our own wait does
