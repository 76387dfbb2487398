"""What the settings say of logging in: links by mail, a provider of accounts (OpenID Connect), and what it may answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bot.doors import REQUIRED, Key, https, is_loopback

ANSWERS = "/konto/svar"  # where a provider sends a browser back to
ENTRA_KEYS = ("tid", "oid")


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider that says whose a browser is. keys: the two claims that together name an account for ever."""

    name: str  # as people know it: it stands on the button
    issuer: str  # exactly as it stands in its tokens
    client_id: str
    secret: str = field(repr=False)
    certificate: Path | None  # PEM with certificate and private key
    tenant: str  # the one directory whose accounts are let in; "" where the claims name no directory
    keys: tuple[str, str]
    answers: str  # the address it sends the browser back to
    ca: Path | None

    @property
    def entra(self) -> bool:
        """Whether accounts are told apart as in Entra: the same account answers in Teams."""
        return self.keys == ENTRA_KEYS


@dataclass(frozen=True, slots=True)
class Logins:
    """How people log in on the pages."""

    links: bool = True  # one-time links by mail
    provider: Provider | None = None


class NotLetIn(Exception):
    """The provider says no, or what it says cannot be believed. why: a word for the log; the text is for people."""

    def __init__(self, why: str, told: str = "Inloggningen gick inte att kontrollera. Försök igen.") -> None:
        super().__init__(told)
        self.why = why


class OutOfReach(Exception):
    """The provider does not answer, or not as one; later it may. The text is for people."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account, for ever the same: a directory (or an issuer) and the account's id in it."""

    tenant: str
    object_id: str


def _guid(value: Any) -> str | None:
    right = re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", str(value).strip().lower())
    return None if right else f"är {value!r}."


def _issuer(value: Any) -> str | None:
    return https(value) or (f"är {value!r}." if set("?#@ ") & set(str(value)) else None)


def _claims(value: Any) -> str | None:
    named = [c for c in value if isinstance(c, str) and re.fullmatch(r"[A-Za-z0-9_.:/-]{1,100}", c)]
    return None if len(value) == 2 and named == value and len(set(named)) == 2 else f"är {value!r}."


_SECRET = 'Skriv secret = { env = "NAMN" } eller { file = "sökväg" }'
_CERTIFICATE = 'Skriv filen med certifikat och nyckel: certificate = "inloggning.pem"'
_CA = 'Skriv filen med kommunens certifikat: ca = "kommunens-ca.pem"'
LOGIN: Mapping[str, Key] = {
    "links": Key(bool, True, "Skriv true eller false"),
    "entra": Key(dict, None, "Skriv [login.entra] på en egen rad och tenant och client_id under."),
    "openid": Key(dict, None, "Skriv [login.openid] på en egen rad och issuer och client_id under."),
}
ENTRA: Mapping[str, Key] = {
    "tenant": Key(
        str, REQUIRED, "Skriv kommunens katalog-id i Entra, 36 tecken: det står på appens översiktssida", _guid
    ),
    "client_id": Key(str, REQUIRED, "Skriv appens id i Entra (program-id)"),
    "secret": Key(dict, None, _SECRET),
    "certificate": Key(str, "", _CERTIFICATE),
    "authority": Key(str, "https://login.microsoftonline.com", "Skriv adressen till inloggningen", _issuer),
    "name": Key(str, "Microsoft 365", 'Skriv vad kontot heter hos er, till exempel name = "kommunkontot"'),
    "ca": Key(str, "", _CA),
}
OPENID: Mapping[str, Key] = {
    "issuer": Key(str, REQUIRED, 'Skriv utfärdarens adress, till exempel issuer = "https://id.ekeby.se"', _issuer),
    "client_id": Key(str, REQUIRED, "Skriv klientens id hos utfärdaren"),
    "secret": Key(dict, None, _SECRET),
    "certificate": Key(str, "", _CERTIFICATE),
    "key": Key(
        list, ["iss", "sub"], 'Skriv de två uppgifter som är kontots nyckel, vanligen key = ["iss", "sub"]', _claims
    ),
    "tenant": Key(str, "", 'Skriv katalogens id när key är ["tid", "oid"]', _guid),
    "name": Key(str, REQUIRED, 'Skriv vad kontot heter hos er, till exempel name = "Freja"'),
    "ca": Key(str, "", _CA),
}


class Reading:
    """Makes the record of tables that have been checked key by key, and tells what does not go together.

    fault: told the key, what is wrong, what to write. secret: fetches a secret, by the key it stands under.
    """

    def __init__(
        self,
        base: Path,
        url: str,
        fault: Callable[[str, str, str], None],
        secret: Callable[[Any, str], str | None],
    ) -> None:
        self._base, self._url, self._fault, self._secret = base, url, fault, secret

    def entra(self, made: Mapping[str, Any]) -> Provider:
        """Return Entra as a provider: one directory, and accounts by tid and oid."""
        tenant = str(made["tenant"]).strip().lower()
        return self._provider(made, f"{str(made['authority']).rstrip('/')}/{tenant}/v2.0", tenant, ENTRA_KEYS)

    def openid(self, made: Mapping[str, Any]) -> Provider:
        """Return any other provider."""
        keys = (str(made["key"][0]), str(made["key"][1])) if len(made["key"]) == 2 else ("iss", "sub")
        tenant = str(made["tenant"]).strip().lower()
        if (keys == ENTRA_KEYS) != bool(tenant):
            self._fault("tenant", "och key hör ihop.", 'Skriv tenant när key är ["tid", "oid"], annars inte.')
        return self._provider(made, str(made["issuer"]), tenant, keys)

    def _provider(self, made: Mapping[str, Any], issuer: str, tenant: str, keys: tuple[str, str]) -> Provider:
        if (made["secret"] is None) == (not made["certificate"]):
            self._fault("secret", "och certificate: ange det ena av dem.", "Certifikat är säkrare än hemlighet.")
        here = urlsplit(self._url)
        if here.scheme != "https" and not is_loopback(here.hostname or ""):
            self._fault("", f"behöver https, men url är {self._url!r}.", "Sätt en webbserver med TLS framför sidorna.")
        return Provider(
            name=str(made["name"]).strip(),
            issuer=issuer,
            client_id=str(made["client_id"]).strip(),
            secret=(self._secret(made["secret"], "secret") or "") if made["secret"] is not None else "",
            certificate=self._file(made, "certificate"),
            tenant=tenant,
            keys=keys,
            answers=f"{self._url}{ANSWERS}",
            ca=self._file(made, "ca"),
        )

    def _file(self, made: Mapping[str, Any], key: str) -> Path | None:
        if not made[key]:
            return None
        path: Path = self._base / made[key]
        if not path.is_file():
            self._fault(key, f"filen {made[key]} finns inte.", "Kontrollera sökvägen.")
        return path
