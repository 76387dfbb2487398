"""Who may call: the keys that Microsoft signs with, and what a call's token has to say. Fails closed.

botbuilder's own check is not used: it fetches the keys on the event loop without a limit of time, does not know of a new
key for a day, and takes a token without an end. What it checks is checked here, and a little more; the rules are
https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import RSAAlgorithm

from bot.channels import net
from bot.channels.gateway import ChatError
from bot.channels.wire import CHANNEL

log = logging.getLogger("namndbot.teams")

ISSUER = "https://api.botframework.com"
_FRESH = 12 * 3600.0  # seconds after which newer keys are asked for in passing
_OLDEST = 24 * 3600.0  # after which keys are no longer believed, as Microsoft wants it
_AGAIN = 60.0  # between two looks for a key that is not known
_AFTER_FAULT = 10.0  # before the next try, where the keys could not be fetched
_PATIENCE = 10.0  # for fetching them
_LEEWAY = 300.0  # for clocks that differ
_MOST_TOKEN = 16_384
_MOST_KEYS = 100
_LEAST_BITS = 2048


@dataclass(frozen=True, slots=True)
class Key:
    """A public key, and for which channels it signs; empty: it does not say."""

    public: RSAPublicKey
    endorsements: frozenset[str]


class Keys:
    """Fetches the keys when they are needed, and keeps them. One fetch at a time, none of which blocks the loop."""

    def __init__(
        self, url: str, session: Callable[[], aiohttp.ClientSession], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._url = url
        self._session = session
        self._clock = clock
        self._keys: Mapping[str, Key] = {}
        self._fetched = float("-inf")
        self._next = float("-inf")  # no fetch before then
        self._fetching: asyncio.Task[None] | None = None

    async def get(self, kid: str) -> Key | None:
        """Return a key by its name; None where there is none that can be believed."""
        known = self._known(kid)
        if known is None:
            await self._fetch()
            return self._known(kid)
        if self._clock() - self._fetched > _FRESH:
            self._start()  # in passing: nobody waits for it
        return known

    async def found(self) -> bool:
        """Say whether keys can be had."""
        await self._fetch()
        return bool(self._keys)

    async def close(self) -> None:
        """Break off what is being fetched."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.gather(self._fetching, return_exceptions=True)

    def _known(self, kid: str) -> Key | None:
        return self._keys.get(kid) if self._clock() - self._fetched <= _OLDEST else None

    async def _fetch(self) -> None:
        running = self._start()
        if running is not None:
            # Whoever goes away while waiting does not break it off for the others.
            await asyncio.wait({running}, timeout=_PATIENCE)

    def _start(self) -> asyncio.Task[None] | None:
        if self._fetching is None or self._fetching.done():
            if self._clock() < self._next:
                return None
            self._fetching = asyncio.create_task(self._refresh())
        return self._fetching

    async def _refresh(self) -> None:
        self._next = self._clock() + _AGAIN
        try:
            async with asyncio.timeout(_PATIENCE):
                found = await self._asked()
        except (aiohttp.ClientError, OSError, ValueError, TypeError, RecursionError, ChatError) as error:
            self._next = self._clock() + _AFTER_FAULT
            log.warning("the keys that Teams signs with could not be fetched (%s)", type(error).__name__)
            return
        self._keys, self._fetched = found, self._clock()

    async def _asked(self) -> Mapping[str, Key]:
        document = await self._json(self._url)
        address = document.get("jwks_uri")
        if not isinstance(address, str) or urlsplit(address).scheme != urlsplit(self._url).scheme:
            raise ValueError("jwks_uri")
        told = (await self._json(address)).get("keys")
        if not isinstance(told, list):
            raise ValueError("keys")
        found = {one["kid"]: key for one in told[:_MOST_KEYS] if (key := _key(one)) is not None}
        if not found:
            raise ValueError("no keys")
        return found

    async def _json(self, url: str) -> Mapping[str, Any]:
        async with self._session().get(url, proxy=net.proxy(url), allow_redirects=False) as answer:
            if answer.status != 200:
                raise ValueError(f"status {answer.status}")
            found = json.loads(await net.read(answer))
        if not isinstance(found, dict):
            raise ValueError("no object")
        return found


def _key(told: object) -> Key | None:
    """Return a key out of a list; None where it is none that we can use."""
    if not isinstance(told, dict) or told.get("kty") != "RSA" or told.get("use", "sig") != "sig":
        return None
    kid, endorsements = told.get("kid"), told.get("endorsements") or ()
    if not isinstance(kid, str) or not kid or not isinstance(endorsements, list | tuple):
        return None
    try:
        public = RSAAlgorithm.from_jwk(told)
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError, OverflowError):
        return None
    if not isinstance(public, RSAPublicKey) or public.key_size < _LEAST_BITS:
        return None
    return Key(public, frozenset(one for one in endorsements if isinstance(one, str)))


async def claims(authorization: str, keys: Keys, app_id: str) -> Mapping[str, Any] | None:
    """Return what a call's token says, where it is Microsoft's, for this bot and in time; None for all else."""
    scheme, _, token = authorization.partition(" ")
    if scheme != "Bearer" or not token or len(token) > _MOST_TOKEN or not token.isascii():
        return None
    try:
        head = jwt.get_unverified_header(token)
        kid = head.get("kid")
        if head.get("alg") != "RS256" or not isinstance(kid, str) or not kid:
            return None
        key = await keys.get(kid)
        if key is None or (key.endorsements and CHANNEL not in key.endorsements):
            return None
        found: Mapping[str, Any] = jwt.decode(
            token,
            key.public,
            algorithms=["RS256"],
            audience=app_id,
            issuer=ISSUER,
            leeway=_LEEWAY,
            options={"require": ["exp", "iss", "aud"], "strict_aud": True},
        )
    except Exception as error:  # noqa: BLE001  whatever is wrong with a stranger's token, it is not let in
        log.info("a call was refused: its token is no good (%s)", type(error).__name__)
        return None
    return found if isinstance(found.get("serviceurl"), str) and found["serviceurl"] else None
