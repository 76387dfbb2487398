"""A double of a provider of accounts (OpenID Connect) on a loopback socket, which can be made to lie in every way."""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

TENANT = "11111111-2222-3333-4444-555555555555"
OID = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
CLIENT = "namndbot-klient"
SECRET = "hemligheten-som-ingen-logg-ser"


@functools.cache
def key(name: str) -> RSAKey:
    """Return a key by its name, the same in the whole run."""
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig"})


@functools.cache
def curve(name: str) -> ECKey:
    """Return a key on the curve P-256."""
    return ECKey.generate_key("P-256", {"kid": name, "use": "sig"})


class ProviderDouble:
    """What a test changes: keys (those it shows), signs_with, alg, claims (over its own), answers, about."""

    def __init__(self) -> None:
        self.shown: list[RSAKey | ECKey] = [key("one")]
        self.signs_with: Any = key("one")
        self.alg = "RS256"
        self.kid: str | None = "one"
        self.claims: dict[str, Any] = {}
        self.without: tuple[str, ...] = ()
        self.about: dict[str, Any] = {}
        self.status: dict[str, int] = {}  # by path
        self.body: dict[str, bytes] = {}
        self.delay: float = 0
        self.asked: list[str] = []
        self.forms: list[dict[str, str]] = []
        self._codes: dict[str, dict[str, str]] = {}
        double = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                double._get(self)

            def do_POST(self) -> None:
                double._post(self)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.issuer = f"{self.url}/{TENANT}/v2.0"

    def __enter__(self) -> ProviderDouble:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Be out of reach."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def log_in(self, url: str) -> dict[str, str]:
        """Log somebody in as their browser would at an address that we send it to; return what comes back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = hashlib.sha256(f"{asked['state']}{len(self._codes)}".encode()).hexdigest()
        self._codes[code] = asked
        return {"code": code, "state": asked["state"]}

    def _get(self, http: BaseHTTPRequestHandler) -> None:
        path = urlsplit(http.path).path
        self.asked.append(path)
        if path.endswith("/.well-known/openid-configuration"):
            told: object = {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys",
                "end_session_endpoint": f"{self.url}/logout",
            } | self.about
        elif path == "/keys":
            told = {"keys": [k.as_dict(private=False) for k in self.shown]}
        else:
            told = {}
        self._give(http, path, told)

    def _post(self, http: BaseHTTPRequestHandler) -> None:
        path = urlsplit(http.path).path
        self.asked.append(path)
        body = http.rfile.read(int(http.headers.get("Content-Length", "0"))).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        form["authorization"] = http.headers.get("Authorization", "")
        self.forms.append(form)
        asked = self._codes.pop(form.get("code", ""), None)
        if asked is None:
            self._give(http, path, {"error": "invalid_grant", "error_description": "AADSTS70008: used"}, 400)
            return
        proof = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        assert proof == asked["code_challenge"]
        assert form["redirect_uri"] == asked["redirect_uri"]
        self._give(http, path, {"token_type": "Bearer", "access_token": "at", "id_token": self.token(asked["nonce"])})

    def token(self, nonce: str) -> str:
        """Return an id_token as the double is set to write it."""
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "pairwise",
            "iat": now,
            "nbf": now,
            "exp": now + 3600,
            "nonce": nonce,
            "tid": TENANT,
            "oid": OID,
        } | self.claims
        claims = {name: value for name, value in claims.items() if name not in self.without}
        header = {"alg": self.alg} | ({"kid": self.kid} if self.kid is not None else {})
        if self.alg in ("none", "HS256"):  # by hand: no library helps to forge
            said = f"{_b64(header)}.{_b64(claims)}"
            made = hmac.new(self.signs_with, said.encode(), hashlib.sha256).digest() if self.alg == "HS256" else b""
            return f"{said}.{base64.urlsafe_b64encode(made).rstrip(b'=').decode()}"
        return jwt.encode(header, claims, self.signs_with, algorithms=[self.alg])

    def _give(self, http: BaseHTTPRequestHandler, path: str, told: object, status: int = 200) -> None:
        if self.delay:
            time.sleep(self.delay)
        body = self.body.get(path, json.dumps(told).encode())
        try:
            http.send_response(self.status.get(path, status))
            http.send_header("Content-Type", "application/json")
            http.send_header("Content-Length", str(len(body)))
            http.end_headers()
            http.wfile.write(body)
        except ConnectionError:
            return


def public_pem(name: str) -> bytes:
    """Return a provider's public key as a secret that somebody might sign with."""
    return key(name).as_pem(private=False)


def _b64(value: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
