"""A double of those who sign Teams' calls: an OpenID document and keys on a loopback socket, and tokens of every kind."""

from __future__ import annotations

import asyncio
import base64
import functools
import json
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.channels.connector_double import CLIENT
from tests.channels.loopback import Loopback, hang_up

ISSUER = "https://api.botframework.com"


@functools.cache
def key(name: str, bits: int = 2048) -> rsa.RSAPrivateKey:
    """Return a key by its name, the same in the whole run."""
    return rsa.generate_private_key(65537, bits)


def public_pem(name: str) -> bytes:
    """Return a key's open part, as a secret that somebody might sign with."""
    return (
        key(name).public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def jwk(name: str, kid: str, endorsements: list[str] | None, bits: int = 2048) -> dict[str, Any]:
    """Return a key's open part as the service lists it."""
    numbers = key(name, bits).public_key().public_numbers()
    told: dict[str, Any] = {"kty": "RSA", "use": "sig", "kid": kid, "n": _b64(numbers.n), "e": _b64(numbers.e)}
    if endorsements is not None:
        told["endorsements"] = endorsements
    return told


def token(
    service_url: str,
    *,
    by: str = "own",
    bits: int = 2048,
    kid: str | None = "own",
    alg: str = "RS256",
    headers: Mapping[str, Any] | None = None,
    secret: bytes = b"",
    **claims: Any,
) -> str:
    """Return a token as the connector makes it, with some claims changed; None: without the claim."""
    now = int(time.time())
    told = {"iss": ISSUER, "aud": CLIENT, "serviceurl": service_url, "nbf": now - 300, "exp": now + 3600} | claims
    told = {name: value for name, value in told.items() if value is not None}
    head = dict(headers or {}) | ({"kid": kid} if kid is not None else {})
    if alg.startswith("HS"):
        return _hs256(told, head, secret)
    # The parts by themselves: PyJWT makes no token with claims of the wrong type.
    return jwt.PyJWS().encode(json.dumps(told).encode(), "" if alg == "none" else key(by, bits), alg, head)


def changed(made: str, **claims: Any) -> str:
    """Return a token with other claims under the same signature."""
    head, body, signature = made.split(".")
    told = json.loads(base64.urlsafe_b64decode(body + "=="))
    return ".".join((head, _text(json.dumps(told | claims).encode()), signature))


class Issuer(Loopback):
    """The server of the document and the keys. fault: "" or "down", "cut", "slow", "garbage", "array", "empty"."""

    def __init__(self) -> None:
        super().__init__(tls=True)
        self.calls: Counter[str] = Counter()
        self.reset()

    def reset(self) -> None:
        """Serve the usual keys, without faults."""
        self.fault = ""
        self.keys: list[Any] = [jwk("own", "own", ["msteams", "webchat"])]
        self.calls.clear()

    @property
    def openid(self) -> str:
        """Where the document is."""
        return f"{self.origin}/openid"

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [web.get("/openid", self._document), web.get("/keys", self._list)]

    async def _document(self, request: web.Request) -> web.StreamResponse:
        self.calls["openid"] += 1
        return await self._answer(request, {"issuer": ISSUER, "jwks_uri": f"{self.origin}/keys"})

    async def _list(self, request: web.Request) -> web.StreamResponse:
        self.calls["keys"] += 1
        return await self._answer(request, {"keys": self.keys})

    async def _answer(self, request: web.Request, told: Any) -> web.StreamResponse:
        if self.fault == "down":
            return web.Response(status=503)
        if self.fault == "cut":
            hang_up(request)
        if self.fault == "slow":
            await asyncio.sleep(1.0)
        if self.fault == "garbage":
            return web.Response(body=b"\xff<html>")
        if self.fault == "array":
            return web.json_response([told])
        if self.fault == "empty":
            return web.json_response({})
        return web.json_response(told)


def _hs256(told: Mapping[str, Any], head: Mapping[str, Any], secret: bytes) -> str:
    # By hand: PyJWT will not sign with an open key.
    import hashlib
    import hmac

    signed = _text(json.dumps({"typ": "JWT", "alg": "HS256", **head}).encode()) + "." + _text(json.dumps(told).encode())
    return signed + "." + _text(hmac.new(secret, signed.encode(), hashlib.sha256).digest())


def _b64(number: int) -> str:
    return _text(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
