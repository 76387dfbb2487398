"""Connections out to the chat's servers: whom they trust, how long they wait, and which addresses they may go to."""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
import urllib.request
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import aiohttp

from bot.channels.gateway import Permanent
from bot.doors import TeamsDoor, is_loopback

CONNECT = 10.0  # seconds for a connection to stand
WHOLE = 15.0  # seconds for one call, with its token
AT_ONCE = 10  # connections
MOST_BYTES = 1_000_000  # of an answer
_GOODBYE = 0.05  # seconds
# Nothing that two readers of addresses could understand differently.
_PLAIN = re.compile(r"https?://(?:[A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~-]+)*/?")


def may_go(url: str, door: TeamsDoor) -> bool:
    """Say whether Teams may be answered at an address: the token and the words go nowhere else.

    It has to begin as one on the list does, by scheme, host, port and whole steps of the path. Without encryption only
    this machine is spoken to. Locally everything on this machine may be spoken to, and nothing else.

    >>> door = TeamsDoor("id", "s", None, ("t",), ("https://smba.trafficmanager.net/",))
    >>> may_go("https://smba.trafficmanager.net/emea/", door), may_go("https://smba.trafficmanager.net.evil.example/", door)
    (True, False)
    """
    asked = _parsed(url)
    if asked is None:
        return False
    here = is_loopback(asked.hostname or "")
    if not door.app_id:
        return here
    if asked.scheme != "https" and not here:
        return False
    return any(_begins(asked, _parsed(one)) for one in door.service_urls)


def _begins(asked: SplitResult, allowed: SplitResult | None) -> bool:
    if allowed is None or _origin(asked) != _origin(allowed):
        return False
    below = allowed.path.rstrip("/") + "/"
    return (asked.path.rstrip("/") + "/").startswith(below)


def _origin(url: SplitResult) -> tuple[str, str | None, int]:
    return url.scheme, url.hostname, url.port or (443 if url.scheme == "https" else 80)


def _parsed(url: str) -> SplitResult | None:
    if len(url) > 500 or not _PLAIN.fullmatch(url):
        return None
    with contextlib.suppress(ValueError):  # a port above 65535
        made = urlsplit(url)
        if set(made.path.split("/")).isdisjoint({".", ".."}) and _origin(made):
            return made
    return None


def trust(ca: Path | None) -> ssl.SSLContext:
    """Return which certificates are trusted. Raises Permanent where the file cannot be read."""
    try:
        return ssl.create_default_context(cafile=str(ca) if ca else None)
    except OSError:
        raise Permanent(
            f"Filen {ca} med certifikat går inte att läsa. Ange en PEM-fil med utfärdarens certifikat."
        ) from None


def session(ca: Path | None) -> aiohttp.ClientSession:
    """Open a session with limits; called on the event loop. Raises Permanent."""
    made = aiohttp.ClientSession(
        # Many servers hang up after five idle seconds. What is sent just then is cut off, and nobody knows if it came.
        connector=aiohttp.TCPConnector(ssl=trust(ca), limit=AT_ONCE, keepalive_timeout=3),
        timeout=aiohttp.ClientTimeout(total=WHOLE, connect=CONNECT),
        cookie_jar=aiohttp.DummyCookieJar(),
    )
    # By itself it sends GET, PUT and DELETE again when the connection breaks; a deletion would then not find its message.
    made._retry_connection = False
    return made


async def close(session: aiohttp.ClientSession | None) -> None:
    """Close a session; with a moment for goodbyes, which TLS says in the loop's next turns."""
    if session is not None:
        await session.close()
        await asyncio.sleep(_GOODBYE)


def proxy(url: str) -> str | None:
    """Return the proxy that the machine has for an address; none for this machine itself."""
    made = urlsplit(url)
    # Not trust_env: it would look for passwords in a file each time.
    if is_loopback(made.hostname or "") or urllib.request.proxy_bypass(made.netloc):
        return None
    return urllib.request.getproxies().get(made.scheme)


async def read(answer: aiohttp.ClientResponse) -> bytes:
    """Return an answer's bytes. Raises ValueError where they are too many."""
    content = bytearray()
    async for piece in answer.content.iter_chunked(65_536):
        content += piece
        if len(content) > MOST_BYTES:
            raise ValueError("too big")
    return bytes(content)
