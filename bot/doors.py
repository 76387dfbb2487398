"""What the settings say of mailboxes and of the ways out, mail and chat: one frozen record and one table of keys per kind."""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from storage.records import Folder

# How the folders are called in the mailbox, where the settings say nothing else.
NAMES: Mapping[Folder, str] = {
    "registrerat": "Registrerat",
    "granska": "Granska",
    "hemligt": "Hemligt",
    "ovrigt": "Övrigt",
    "skickat": "",  # the one that the server itself calls Sent
}


@dataclass(frozen=True, slots=True)
class FolderBox:
    """A folder of .eml and .msg files."""

    folder: Path
    kind: str = "folder"
    since: dt.date | None = None


@dataclass(frozen=True, slots=True)
class ImapBox:
    """A mailbox on an IMAP server. tls: "tls" (from the first byte), "starttls", or "none" (this machine only)."""

    address: str
    host: str
    port: int
    tls: str
    user: str
    password: str = field(repr=False)
    since: dt.date
    ca: Path | None  # the certificates to trust, where the machine's own do not do
    names: Mapping[Folder, str]
    kind: str = "imap"


@dataclass(frozen=True, slots=True)
class EwsBox:
    """A mailbox on Exchange by Exchange Web Services. user and password, or tenant, client_id and secret (OAuth)."""

    address: str
    server: str  # https://…/EWS/Exchange.asmx
    access: str  # "delegate" or "impersonation"
    auth: str  # "ntlm", "basic" or "oauth"
    user: str
    password: str = field(repr=False)
    tenant: str
    client_id: str
    secret: str = field(repr=False)
    since: dt.date
    ca: Path | None
    names: Mapping[Folder, str]
    kind: str = "ews"


@dataclass(frozen=True, slots=True)
class GraphBox:
    """A mailbox in Microsoft 365 by Microsoft Graph, as an application with a secret or a certificate."""

    address: str
    tenant: str
    client_id: str
    secret: str = field(repr=False)
    certificate: Path | None  # PEM with certificate and private key
    since: dt.date
    url: str  # https://graph.microsoft.com/v1.0
    login: str  # https://login.microsoftonline.com
    notify: bool  # whether Graph may reach the pages to wake the bot
    ca: Path | None
    names: Mapping[Folder, str]
    kind: str = "graph"


Box = FolderBox | ImapBox | EwsBox | GraphBox


@dataclass(frozen=True, slots=True)
class SmtpDoor:
    """A server that mail goes out through. user empty: no login."""

    host: str
    port: int
    tls: str
    user: str
    password: str = field(repr=False)
    ca: Path | None
    # Whether a copy of each message goes to the nämnd's own mailbox: it proves, after a broken connection, that the
    # message was accepted, and lies in Skickat as a person's own mail does.
    copy: bool
    kind: str = "smtp"


@dataclass(frozen=True, slots=True)
class TeamsDoor:
    """The way to Microsoft Teams. app_id empty: local, where nobody proves who they are, and only this machine is spoken to."""

    app_id: str
    secret: str = field(repr=False)
    certificate: Path | None  # PEM with certificate and private key, in the secret's place
    tenants: tuple[str, ...]  # the directories that are let in; the first is the app's own
    service_urls: tuple[str, ...]  # where Teams may be answered, as beginnings of addresses
    driver: str = "botbuilder"  # or "teams-sdk"
    local: bool = False
    host: str = "127.0.0.1"  # where Teams' calls are listened for
    port: int = 3978
    login: str = "https://login.microsoftonline.com"
    openid: str = "https://login.botframework.com/v1/.well-known/openidconfiguration"
    ca: Path | None = None  # the certificates to trust, where the machine's own do not do


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a settings table: its type, default, what to write instead, and a test that tells what is wrong."""

    kind: type | tuple[type, ...]
    default: Any
    hint: str
    test: Callable[[Any], str | None] = lambda value: None


REQUIRED = object()


def one_of(*values: str) -> Callable[[Any], str | None]:
    """Return a test that a value is one of these."""
    return lambda v: None if v in values else f"är {v!r}."


def between(low: float, high: float) -> Callable[[Any], str | None]:
    """Return a test that a number lies between two others."""
    return lambda v: None if low <= v <= high else f"är {v}."


def https(value: Any) -> str | None:
    """Say what is wrong with an address that is to be https; on this machine itself http will do."""
    text = str(value)
    host = text.partition("://")[2].partition("/")[0].rpartition("@")[2]
    if text.startswith("https://") and host:
        return None
    # On this machine itself nobody listens on the line: tests and tunnels.
    return None if text.startswith("http://") and is_loopback(host.rpartition(":")[0] or host) else f"är {value!r}."


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine."""
    if host.strip("[]") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


_SINCE = Key(
    (dt.date,),
    REQUIRED,
    "Skriv dagen som boten börjar: from = 2026-12-01. Det som kom tidigare rörs inte.",
)
_SECRET = 'Skriv password = { env = "NAMN" } eller { file = "sökväg" }'
_CA = Key(str, "", 'Skriv filen med kommunens certifikat: ca = "kommunens-ca.pem"')
_FOLDERS = Key(dict, None, 'Skriv folders = { registrerat = "Registrerat", granska = "Granska" }')
_TLS = one_of("tls", "starttls", "none")

BOXES: Mapping[str, Mapping[str, Key]] = {
    "folder": {
        "kind": Key(str, "folder", ""),
        "folder": Key(str, REQUIRED, 'Skriv en mapp, till exempel folder = "mailbox/sn"'),
        "from": Key((dt.date,), None, _SINCE.hint),
    },
    "imap": {
        "kind": Key(str, "imap", ""),
        "host": Key(str, REQUIRED, 'Skriv servern, till exempel host = "imap.ekeby.se"'),
        "port": Key(int, 0, "Skriv ett tal mellan 1 och 65535, vanligen 993", between(0, 65535)),
        "tls": Key(str, "tls", 'Skriv "tls", "starttls", eller "none" på den egna maskinen', _TLS),
        "user": Key(str, REQUIRED, "Skriv kontot som boten loggar in med"),
        "password": Key(dict, REQUIRED, _SECRET),
        "from": _SINCE,
        "ca": _CA,
        "folders": _FOLDERS,
    },
    "ews": {
        "kind": Key(str, "ews", ""),
        "server": Key(str, REQUIRED, 'Skriv server = "https://mail.ekeby.se/EWS/Exchange.asmx"', https),
        "access": Key(str, "delegate", 'Skriv "delegate" eller "impersonation"', one_of("delegate", "impersonation")),
        "auth": Key(str, "ntlm", 'Skriv "ntlm", "basic" eller "oauth"', one_of("ntlm", "basic", "oauth")),
        "user": Key(str, "", 'Skriv kontot, till exempel user = "EKEBY\\\\namndbot"'),
        "password": Key(dict, None, _SECRET),
        "tenant": Key(str, "", "Skriv kommunens tenant-id i Entra"),
        "client_id": Key(str, "", "Skriv appens id i Entra"),
        "secret": Key(dict, None, _SECRET.replace("password", "secret")),
        "from": _SINCE,
        "ca": _CA,
        "folders": _FOLDERS,
    },
    "graph": {
        "kind": Key(str, "graph", ""),
        "tenant": Key(str, REQUIRED, "Skriv kommunens tenant-id i Entra"),
        "client_id": Key(str, REQUIRED, "Skriv appens id i Entra"),
        "secret": Key(dict, None, _SECRET.replace("password", "secret")),
        "certificate": Key(str, "", 'Skriv filen med certifikat och nyckel: certificate = "namndbot.pem"'),
        "from": _SINCE,
        "url": Key(str, "https://graph.microsoft.com/v1.0", "Skriv adressen till Graph", https),
        "login": Key(str, "https://login.microsoftonline.com", "Skriv adressen till inloggningen", https),
        "notify": Key(bool, False, "Skriv true när Graph når sidornas adress (url) över https, annars false"),
        "ca": _CA,
        "folders": _FOLDERS,
    },
}
SMTP: Mapping[str, Key] = {
    "kind": Key(str, "smtp", 'Den enda sorten är "smtp"', one_of("smtp")),
    "host": Key(str, REQUIRED, 'Skriv servern, till exempel host = "smtp.ekeby.se"'),
    "port": Key(int, 0, "Skriv ett tal mellan 1 och 65535, vanligen 587", between(0, 65535)),
    "tls": Key(str, "starttls", 'Skriv "starttls", "tls", eller "none" på den egna maskinen', _TLS),
    "user": Key(str, "", "Skriv kontot som boten loggar in med"),
    "password": Key(dict, None, _SECRET),
    "ca": _CA,
    "copy": Key(bool, True, "Skriv true eller false"),
}
TEAMS: Mapping[str, Key] = {
    "app_id": Key(str, "", "Skriv appens id i Entra (programmets klient-id)"),
    "tenant": Key(str, "", "Skriv kommunens tenant-id i Entra (katalog-id)"),
    "secret": Key(dict, None, _SECRET.replace("password", "secret")),
    "certificate": Key(str, "", 'Skriv filen med certifikat och nyckel: certificate = "teams.pem"'),
    "host": Key(str, "127.0.0.1", 'Skriv adressen att lyssna på, vanligen "127.0.0.1" bakom en proxy'),
    "port": Key(int, 3978, "Skriv ett tal mellan 1 och 65535", between(1, 65535)),
    "driver": Key(str, "botbuilder", 'Skriv "botbuilder" eller "teams-sdk"', one_of("botbuilder", "teams-sdk")),
    "service_urls": Key(list, None, 'Skriv service_urls = ["https://smba.trafficmanager.net"]'),
    "local": Key(bool, False, "Skriv true bara för prov på den egna maskinen, annars false"),
    "login": Key(str, "https://login.microsoftonline.com", "Skriv adressen till inloggningen", https),
    "openid": Key(
        str,
        "https://login.botframework.com/v1/.well-known/openidconfiguration",
        "Skriv adressen till Bot Frameworks nycklar",
        https,
    ),
    "ca": _CA,
}
_PORTS = {("imap", "tls"): 993, ("smtp", "tls"): 465, ("smtp", "starttls"): 587, ("smtp", "none"): 25}


class Reading:
    """Makes the records of tables that have been checked key by key, and tells what does not go together.

    fault: told the key, what is wrong, what to write. secret: fetches a secret, by the key it stands under.
    """

    def __init__(
        self,
        base: Path,
        fault: Callable[[str, str, str], None],
        secret: Callable[[Any, str], str | None],
    ) -> None:
        self._base = base
        self._fault = fault
        self._secret = secret

    def box(self, kind: str, made: Mapping[str, Any], address: str) -> Box:
        """Return a nämnd's mailbox. made holds every key of its kind's table."""
        if kind == "folder":
            folder = self._base / str(made.get("folder", "")).replace("\0", "")
            return FolderBox(folder, since=made.get("from"))
        names = self._names(made.get("folders"))
        since = made.get("from") or dt.date.max
        if isinstance(since, dt.datetime):
            since = since.date()
        if kind == "imap":
            return ImapBox(
                address=address,
                host=made["host"],
                port=self._port(kind, made),
                tls=made["tls"],
                user=made["user"],
                password=self._secret(made["password"], "password") or "",
                since=since,
                ca=self._ca(made),
                names=names,
            )
        if kind == "ews":
            self._ews_auth(made)
            return EwsBox(
                address=address,
                server=made["server"],
                access=made["access"],
                auth=made["auth"],
                user=made["user"],
                password=self._secret(made["password"], "password") or "",
                tenant=made["tenant"],
                client_id=made["client_id"],
                secret=self._secret(made["secret"], "secret") or "",
                since=since,
                ca=self._ca(made),
                names=names,
            )
        if (made["secret"] is None) == (not made["certificate"]):
            self._fault("secret", "och certificate: ange det ena av dem.", "Certifikat är säkrare än hemlighet.")
        return GraphBox(
            address=address,
            tenant=made["tenant"],
            client_id=made["client_id"],
            secret=self._secret(made["secret"], "secret") or "",
            certificate=self._base / made["certificate"] if made["certificate"] else None,
            since=since,
            url=str(made["url"]).rstrip("/"),
            login=str(made["login"]).rstrip("/"),
            notify=made["notify"],
            ca=self._ca(made),
            names=names,
        )

    def smtp(self, made: Mapping[str, Any]) -> SmtpDoor:
        """Return a way out by SMTP."""
        if made["user"] and made["password"] is None:
            self._fault("password", "saknas.", _SECRET)
        return SmtpDoor(
            host=made["host"],
            port=self._port("smtp", made),
            tls=made["tls"],
            user=made["user"],
            password=self._secret(made["password"], "password") or "",
            ca=self._ca(made),
            copy=made["copy"],
        )

    def teams(self, made: Mapping[str, Any]) -> TeamsDoor:
        """Return the way to Teams. Without an app id nobody proves who they are: then only on this machine, by choice."""
        local, app_id = made["local"], str(made["app_id"]).strip().lower()
        if local and app_id:
            self._fault("local", "är true, och app_id finns.", "Ta bort det ena: local är bara för prov utan Teams.")
        if not local and not app_id:
            self._fault("app_id", "saknas.", f"{TEAMS['app_id'].hint}. För prov på den egna maskinen: local = true.")
        if local and not is_loopback(made["host"]):
            self._fault("host", f"är {made['host']!r}, men local är true.", 'Skriv host = "127.0.0.1"')
        if app_id and not made["tenant"]:
            self._fault("tenant", "saknas.", TEAMS["tenant"].hint)
        if app_id and (made["secret"] is None) == (not made["certificate"]):
            self._fault("secret", "och certificate: ange det ena av dem.", "Certifikat är säkrare än hemlighet.")
        return TeamsDoor(
            app_id=app_id,
            secret=(self._secret(made["secret"], "secret") or "") if made["secret"] is not None else "",
            certificate=self._base / made["certificate"] if made["certificate"] else None,
            tenants=(str(made["tenant"]).strip().lower(),) if made["tenant"] else (),
            service_urls=self._service_urls(made["service_urls"], local=local),
            driver=made["driver"],
            local=local,
            host=made["host"],
            port=made["port"],
            login=str(made["login"]).rstrip("/"),
            openid=made["openid"],
            ca=self._ca(made),
        )

    def _service_urls(self, given: list[Any] | None, *, local: bool) -> tuple[str, ...]:
        if given is None:
            return ("http://127.0.0.1", "http://localhost") if local else ("https://smba.trafficmanager.net",)
        for one in given:
            if https(one) is not None:
                self._fault("service_urls", f"har {one!r}.", TEAMS["service_urls"].hint)
        return tuple(str(one).rstrip("/") for one in given)

    def _port(self, kind: str, made: Mapping[str, Any]) -> int:
        if made["tls"] == "none" and not is_loopback(made["host"]):
            self._fault("tls", 'är "none", men servern är inte den egna maskinen.', 'Skriv "tls" eller "starttls"')
        return int(made["port"] or _PORTS.get((kind, made["tls"]), 143))

    def _ca(self, made: Mapping[str, Any]) -> Path | None:
        if not made["ca"]:
            return None
        path: Path = self._base / made["ca"]
        if not path.is_file():
            self._fault("ca", f"filen {made['ca']} finns inte.", "Kontrollera sökvägen.")
        return path

    def _ews_auth(self, made: Mapping[str, Any]) -> None:
        needed = ("tenant", "client_id", "secret") if made["auth"] == "oauth" else ("user", "password")
        for name in needed:
            if not made[name]:
                self._fault(name, f"saknas, och behövs när auth är {made['auth']!r}.", BOXES["ews"][name].hint)

    def _names(self, given: Mapping[str, Any] | None) -> Mapping[Folder, str]:
        names = dict(NAMES)
        for key, value in (given or {}).items():
            if key not in NAMES or not isinstance(value, str) or not value.strip():
                self._fault("folders", f"har {key!r}.", _FOLDERS.hint)
            else:
                names[key] = value.strip()  # type: ignore[index]  # it is one of NAMES
        used = [n.casefold() for n in names.values() if n]
        if len(set(used)) < len(used):
            self._fault("folders", "har två mappar med samma namn.", "Ge varje mapp ett eget namn.")
        return names
