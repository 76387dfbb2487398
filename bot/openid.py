"""Whose a browser is, as a provider of accounts says (OpenID Connect: code with PKCE); the only importer of Authlib.

The rules are OpenID Connect Core 1.0 section 3.1.3.7, RFC 7636, RFC 9207 and RFC 9700. Blocking: called from threads of
their own. Nothing of a token or a code is ever logged or told.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import re
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oidc.core import CodeIDToken
from joserfc import jws, jwt
from joserfc.errors import ExpiredTokenError, InvalidTokenError, JoseError
from joserfc.jwk import ECKey, RSAKey
from requests.adapters import HTTPAdapter

from bot.doors import is_loopback
from bot.entrances import Account, NotLetIn, OutOfReach, Provider

log = logging.getLogger("namndbot.login")

_SIGNED = ("RS256", "PS256", "ES256")
_LEAST_BITS = 2048
_LEEWAY = 120  # seconds that two clocks may differ
_TIMES = (4.0, 8.0)  # seconds: to connect, between two pieces
_WHOLE = 10.0  # seconds for one answer
_MOST_BYTES = 500_000  # of an answer
_MOST_TOKEN = 16_384
_MOST_KEYS = 100
_FRESH = 12 * 3600.0  # seconds after which what the provider says of itself is asked for again
_OLDEST = 24 * 3600.0  # after which keys are no longer believed
_AGAIN = 60.0  # between two looks for a key that is not known
_AFTER_FAULT = 10.0  # before the next try, where the provider did not answer
_KEPT = re.compile(r"[\x21-\x7e]{1,200}")
_CODE = re.compile(r"AADSTS(\d{4,9})")
_REFUSED = {
    "access_denied": "Inloggningen avbröts, eller så får kontot inte använda Nämndbot.",
    "consent_required": "Appen saknar godkännande. Be IT ge administratörsmedgivande för den.",
    "interaction_required": "Inloggningen kräver mer än den fick. Försök igen.",
    "login_required": "Inloggningen kräver mer än den fick. Försök igen.",
    "50105": "Kontot är inte tilldelat appen. Be IT lägga till dig.",
    "65001": "Appen saknar godkännande. Be IT ge administratörsmedgivande för den.",
    "90094": "Appen saknar godkännande. Be IT ge administratörsmedgivande för den.",
    "7000215": "Hemligheten i inställningarna gäller inte. Säg till IT.",
    "7000222": "Hemligheten i inställningarna har gått ut. Säg till IT.",
    "700027": "Certifikatet i inställningarna är inte det som är uppladdat. Säg till IT.",
    "50011": "Omdirigeringsadressen i Entra är en annan än sidornas. Säg till IT.",
}


class OpenId:
    """One provider: where to send a browser, and what came back with it. Used by many threads at once."""

    def __init__(self, provider: Provider, seconds: Callable[[], float] = time.time) -> None:
        self.provider = provider
        self._seconds = seconds
        self._lock = threading.Lock()
        self._about: Mapping[str, Any] = {}
        self._keys: Mapping[str, RSAKey | ECKey] = {}
        self._asked = self._keys_asked = self._keys_tried = self._failed = float("-inf")

    @property
    def name(self) -> str:
        """What the accounts are called."""
        return self.provider.name

    def begin(self, token: str) -> str:
        """Return where to send a browser that holds a random token. Raises OutOfReach."""
        about = self._read_about()
        with self._session(about) as session:
            url, _ = session.create_authorization_url(
                about["authorization_endpoint"],
                state=_derived(token, "state"),
                nonce=_derived(token, "nonce"),
                code_verifier=_derived(token, "verifier"),
                response_mode="query",
            )
        return str(url)

    def finish(self, token: str, query: Mapping[str, str]) -> Account:
        """Return whose the browser is that came back with a query. Raises NotLetIn and OutOfReach."""
        if not hmac.compare_digest(query.get("state", "").encode(), _derived(token, "state").encode()):
            raise NotLetIn("state")
        about = self._read_about()
        issuer = query.get("iss")
        if issuer != self.provider.issuer and (
            issuer is not None or about.get("authorization_response_iss_parameter_supported") is True
        ):
            raise NotLetIn("iss of the answer")
        if "error" in query:
            raise _refusal(query["error"], query.get("error_description", ""))
        code = query.get("code", "")
        if not code or len(code) > _MOST_TOKEN:
            raise NotLetIn("no code")
        return self._account(self._claims(self._exchanged(about, code, token), _derived(token, "nonce")))

    def end(self) -> str:
        """Return where one logs out at the provider, as far as it is known without asking; "" where nowhere."""
        found = self._about.get("end_session_endpoint")
        if not isinstance(found, str) or not self._may_go(found):
            return ""
        back = self.provider.answers.rsplit("/konto/", 1)[0] + "/in"
        return f"{found}?{urlencode({'client_id': self.provider.client_id, 'post_logout_redirect_uri': back})}"

    def examine(self) -> int:
        """Ask the provider what it says of itself, read our own key, and return how many keys it signs with.

        Raises OutOfReach and NotLetIn.
        """
        self._session(self._read_about()).close()
        self._read_keys()
        return len(self._keys)

    # What the provider says of itself

    def _read_about(self) -> Mapping[str, Any]:
        with self._lock:
            if self._seconds() - self._asked > _FRESH:
                url = f"{self.provider.issuer.rstrip('/')}/.well-known/openid-configuration"
                try:
                    found = self._json(url)
                    if found.get("issuer") != self.provider.issuer:
                        raise NotLetIn("issuer", "Utfärdaren heter något annat än i inställningarna. Säg till IT.")
                    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                        if not self._may_go(found.get(name)):
                            raise NotLetIn(name, "Utfärdarens uppgifter om sig själv duger inte. Säg till IT.")
                    self._about, self._asked = found, self._seconds()
                except OutOfReach:
                    # What it said yesterday is better than nothing: the keys decide, and they have an end.
                    if self._seconds() - self._asked > _OLDEST:
                        raise
            return self._about

    def _read_keys(self) -> None:
        with self._lock:
            self._keys_tried = self._seconds()
            told = self._json(str(self._about["jwks_uri"])).get("keys")
            found = dict(one for each in (told if isinstance(told, list) else [])[:_MOST_KEYS] if (one := _key(each)))
            if not found:
                raise OutOfReach("Utfärdaren visar inga nycklar som duger.")
            self._keys, self._keys_asked = found, self._seconds()

    def _key_for(self, kid: str) -> RSAKey | ECKey:
        now = self._seconds()
        if now - self._keys_asked > _FRESH or (kid not in self._keys and now - self._keys_tried > _AGAIN):
            try:
                self._read_keys()
            except OutOfReach:
                if self._seconds() - self._keys_asked > _OLDEST:
                    raise
        if not kid and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        try:
            return self._keys[kid]
        except KeyError:
            raise NotLetIn("an unknown key") from None

    def _may_go(self, url: object) -> bool:
        if not isinstance(url, str) or len(url) > 500 or re.search(r"[\s\\@#?]", url):
            return False
        parts = urlsplit(url)
        if not parts.hostname:
            return False
        # Without encryption only this machine is spoken to, and only by a provider that is this machine.
        here = is_loopback(parts.hostname) and self.provider.issuer.startswith("http://")
        return parts.scheme == "https" or (parts.scheme == "http" and here)

    # Talking to it

    def _session(self, about: Mapping[str, Any]) -> OAuth2Session:
        one, method, secret = self.provider, "client_secret_basic", self.provider.secret
        offered = about.get("token_endpoint_auth_methods_supported")
        if isinstance(offered, list) and "client_secret_post" in offered:
            method = "client_secret_post"  # in a form all characters mean the same to both
        signing = None
        if one.certificate is not None:
            method = PrivateKeyJWT.name
            secret, signing = self._signing(str(about["token_endpoint"]))
        session = OAuth2Session(
            one.client_id,
            secret,
            token_endpoint_auth_method=method,
            scope="openid profile" if one.entra else "openid",
            redirect_uri=one.answers,
            code_challenge_method="S256",
        )
        if signing is not None:
            session.register_client_auth_method(signing)
        for scheme in ("https://", "http://"):
            session.mount(scheme, _Limited())
        return session

    def _signing(self, audience: str) -> tuple[str, PrivateKeyJWT]:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives import serialization as out

        assert self.provider.certificate is not None
        try:
            pem = self.provider.certificate.read_bytes()
            certificate = x509.load_pem_x509_certificate(pem)
            private = out.load_pem_private_key(pem, password=None)
            form = (out.Encoding.DER, out.PublicFormat.SubjectPublicKeyInfo)
            if certificate.public_key().public_bytes(*form) != private.public_key().public_bytes(*form):
                raise ValueError("they do not belong together")
            key = private.private_bytes(out.Encoding.PEM, out.PrivateFormat.PKCS8, out.NoEncryption()).decode()
        except (OSError, ValueError, TypeError):
            told = "Filen i certificate ska innehålla certifikat och privat nyckel utan lösenord. Säg till IT."
            raise NotLetIn("certificate", told) from None
        now = int(self._seconds())
        if certificate.not_valid_after_utc.timestamp() < now:
            raise NotLetIn("certificate", "Certifikatet i inställningarna har gått ut. Säg till IT.")
        sha256 = _b64(certificate.fingerprint(hashes.SHA256()))
        # Entra takes the newer one; ADFS and others know a certificate by SHA-1.
        if self.provider.entra:
            headers, alg = {"x5t#S256": sha256}, "PS256"
        else:
            headers = {"x5t#S256": sha256, "x5t": _b64(certificate.fingerprint(hashes.SHA1()))}
            alg = "RS256"
        claims = {"nbf": now, "exp": now + 300}
        return key, PrivateKeyJWT(audience, claims=claims, headers=headers, alg=alg)

    def _exchanged(self, about: Mapping[str, Any], code: str, token: str) -> str:
        with self._session(about) as session:
            found = self._answered(
                lambda: session.fetch_token(
                    about["token_endpoint"],
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=_derived(token, "verifier"),
                    redirect_uri=self.provider.answers,
                    **self._how(),
                )
            )
        told = found.get("id_token")
        if not isinstance(told, str) or not told.isascii() or len(told) > _MOST_TOKEN:
            raise NotLetIn("no id_token")
        return told

    def _json(self, url: str) -> Mapping[str, Any]:
        if self._seconds() - self._failed < _AFTER_FAULT:
            raise OutOfReach(f"{self.name} svarar inte just nu.")

        def get() -> Any:
            with requests.Session() as session:
                for scheme in ("https://", "http://"):
                    session.mount(scheme, _Limited())
                answer = session.get(url, **self._how())
            if answer.status_code != 200:
                raise OutOfReach(f"{self.name} svarade {answer.status_code}.")
            return json.loads(answer.content)

        found = self._answered(get)
        if not isinstance(found, dict):
            raise OutOfReach(f"{self.name} svarade inte som väntat.")
        return found

    def _how(self) -> dict[str, Any]:
        # The file goes with each request: the environment's certificates would go before the session's.
        ca = self.provider.ca
        return {"timeout": _TIMES, "allow_redirects": False} | ({"verify": str(ca)} if ca else {})

    def _answered(self, ask: Callable[[], Any]) -> Any:
        try:
            return ask()
        except OAuthError as error:
            raise _refusal(str(error.error), str(error.description or "")) from None
        except requests.exceptions.SSLError:
            self._failed = self._seconds()
            raise OutOfReach(
                f"Certifikatet hos {self.name} går inte att lita på. Ange kommunens eget i ca om trafiken går genom en "
                "proxy som öppnar den."
            ) from None
        except (requests.exceptions.RequestException, ValueError, RecursionError, OSError) as error:
            self._failed = self._seconds()
            log.warning("the provider of accounts is out of reach (%s)", type(error).__name__)
            raise OutOfReach(f"{self.name} svarar inte just nu.") from None

    # What it says of an account

    def _claims(self, told: str, nonce: str) -> Mapping[str, Any]:
        try:
            header = jws.extract_compact(told.encode()).headers()
            kid, alg = header.get("kid"), header.get("alg")
        except (JoseError, ValueError, TypeError, RecursionError):
            raise NotLetIn("no token") from None
        if alg not in _SIGNED:
            raise NotLetIn("signed otherwise")
        key = self._key_for(kid if isinstance(kid, str) else "")
        one = self.provider
        try:
            token = jwt.decode(told, key, algorithms=[alg])
            essential = {"essential": True}
            claims = CodeIDToken(
                token.claims,
                token.header,
                {"iss": {**essential, "value": one.issuer}, "aud": {**essential, "value": one.client_id}},
                {"nonce": nonce, "client_id": one.client_id},
            )
            claims.validate(now=int(self._seconds()), leeway=_LEEWAY)
        except (ExpiredTokenError, InvalidTokenError):
            raise NotLetIn("time", "Intyget har gått ut, eller så går någon klocka fel. Försök igen.") from None
        except (JoseError, ValueError, TypeError, RecursionError, OverflowError) as error:
            raise NotLetIn(type(error).__name__) from None
        if token.claims.get("aud") not in (one.client_id, [one.client_id]):
            raise NotLetIn("for others too")
        found: Mapping[str, Any] = token.claims
        return found

    def _account(self, claims: Mapping[str, Any]) -> Account:
        one = self.provider
        first, second = (claims.get(name) for name in one.keys)
        if not all(isinstance(value, str) and _KEPT.fullmatch(value) for value in (first, second)):
            raise NotLetIn("no account", "Intyget säger inte vilket konto det är. Säg till IT.")
        if not one.entra:
            return Account(str(first), str(second))
        tenant = str(first).lower()
        if tenant != one.tenant:
            raise NotLetIn("tenant", "Kontot hör till en annan organisation.")
        # A guest has a home elsewhere: acct is told where IT has chosen so, idp whenever it is not this directory.
        home = (None, one.issuer, f"https://sts.windows.net/{tenant}/")
        if str(claims.get("acct", "0")) != "0" or claims.get("idp") not in home:
            raise NotLetIn("guest", "Gästkonton släpps inte in. Logga in med ett av kommunens egna konton.")
        return Account(tenant, str(second).lower())


class _Limited(HTTPAdapter):
    """Reads an answer whole, but neither long nor large."""

    def send(self, request: Any, *given: Any, **named: Any) -> requests.Response:
        until = time.monotonic() + _WHOLE
        answer = super().send(request, *given, **(named | {"stream": True}))
        content = bytearray()
        for piece in answer.iter_content(16_384):
            content += piece
            if len(content) > _MOST_BYTES or time.monotonic() > until:
                answer.close()
                raise requests.exceptions.ContentDecodingError("too large or too slow")
        answer._content = bytes(content)
        return answer


def _key(told: object) -> tuple[str, RSAKey | ECKey] | None:
    """Return a key and its name out of a list; None where it is none that we can use."""
    if not isinstance(told, dict) or told.get("use", "sig") != "sig":
        return None
    kid = told["kid"] if isinstance(told.get("kid"), str) else ""
    try:
        if told.get("kty") == "RSA":
            if len(str(told["n"])) * 6 < _LEAST_BITS:
                return None
            return kid, RSAKey.import_key({name: told[name] for name in ("kty", "n", "e")})
        if told.get("kty") == "EC" and told.get("crv") == "P-256":
            return kid, ECKey.import_key({name: told[name] for name in ("kty", "crv", "x", "y")})
    except (JoseError, ValueError, TypeError, KeyError, OverflowError):
        return None
    return None


def _refusal(error: str, description: str) -> NotLetIn:
    found = _CODE.search(description)
    code = found[1] if found else ""
    error = error if re.fullmatch(r"[a-z_]{1,60}", error) else "odd"
    told = _REFUSED.get(code) or _REFUSED.get(error) or "Inloggningen nekades."
    return NotLetIn(f"{error} AADSTS{code}" if code else error, f"{told} (AADSTS{code})" if code else told)


def _derived(token: str, what: str) -> str:
    """Return what only the browser that holds the token, and we for it, can have made: 43 characters."""
    return _b64(hmac.new(token.encode(), f"namndbot:{what}".encode(), hashlib.sha256).digest())


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
