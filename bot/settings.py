"""The only reader of environment and file: one frozen Settings, and every fault named with its line."""

from __future__ import annotations

import datetime as dt
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from bot import doors, entrances
from bot.doors import REQUIRED, Box, FolderBox, Key, SmtpDoor, TeamsDoor, between, one_of
from bot.entrances import Logins
from handlers.rules import tokens
from storage.records import Namnd

FILE_NAMES = ("namndbot.toml", "var/namndbot.toml")
TOKEN_KEY_FILE = "svarsnyckel"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong in the settings, for people: where, what, and what to write instead."""

    file: str
    key: str
    line: int | None
    what: str
    instead: str

    def __str__(self) -> str:
        where = f"{self.file}, rad {self.line}" if self.line else self.file
        return f"{where}: {self.key}: {self.what} {self.instead}".rstrip()


class BadSettings(Exception):
    """The settings cannot be used; faults says why, each in plain Swedish."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("\n".join(str(f) for f in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Settings:
    """The installation. Everything about people, meetings and numbers lives in the database."""

    file: Path
    organisation: str
    url: str
    database_url: str
    raw_driver: str
    raw_folder: Path
    high_water: Path
    lock_file: Path
    host: str
    port: int
    children: int
    reading_seconds: float
    reading_megabytes: int
    poll_seconds: float
    token_key_file: Path  # where the key of answers by mail is kept when the file names no other place
    namnder: tuple[Namnd, ...]
    mailboxes: Mapping[str, Box]
    senders: Mapping[str, SmtpDoor]  # where a nämnd's mail goes out another way than through its mailbox
    alarm: SmtpDoor | None  # the way that alarms go, where it is another than the nämnd's own
    alarm_minutes: float  # how long a mailbox may be out of reach before the registrator is told
    teams: TeamsDoor | None = None
    login: Logins = field(default_factory=Logins)

    def namnd(self, key: str) -> Namnd | None:
        """Return the nämnd with that key."""
        return next((n for n in self.namnder if n.key == key), None)

    def folder(self, namnd: str) -> Path:
        """Return the folder that is a nämnd's mailbox. Raises LookupError when it has another kind."""
        box = self.mailboxes[namnd]
        if not isinstance(box, FolderBox):
            raise LookupError(f"the mailbox of {namnd} is no folder")
        return box.folder

    @property
    def on_sqlite(self) -> bool:
        """Whether the database is the embedded one: then only one bot may run."""
        return self.database_url.startswith("sqlite")


def find(given: str | None) -> Path:
    """Return the settings file: the one given, the one that NAMNDBOT_SETTINGS names, or the usual places."""
    named = given or os.environ.get("NAMNDBOT_SETTINGS")
    if named:
        return Path(named)
    for name in FILE_NAMES:
        if Path(name).is_file():
            return Path(name)
    return Path(FILE_NAMES[0])


def load(path: Path) -> Settings:
    """Read and check a settings file; raise BadSettings with all faults at once."""
    text = _read(path)
    try:
        found = tomllib.loads(text)
    except RecursionError:
        fault = Fault(str(path), "filen", None, "går inte att läsa.", "Skriv en uppgift per rad.")
        raise BadSettings((fault,)) from None
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        at = int(line[1]) if line else None
        shown = text.splitlines()[at - 1].strip() if at and at <= len(text.splitlines()) else ""
        fault = Fault(
            str(path),
            "filen",
            at,
            f"raden går inte att läsa{f' ({shown[:60]})' if shown else ''}.",
            'Skriv namn = "värde" med raka citattecken, en uppgift per rad.',
        )
        raise BadSettings((fault,)) from error
    return _Checker(path, text).settings(found)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except FileNotFoundError:
        fault = Fault(str(path), "filen", None, "finns inte.", "Skapa den med: namndbot init")
    except UnicodeDecodeError:
        fault = Fault(str(path), "filen", None, "är inte sparad som UTF-8.", "Spara om den med teckenkodningen UTF-8.")
    except OSError as error:
        fault = Fault(str(path), "filen", None, f"går inte att läsa ({error.strerror}).", "Ge kontot läsrätt till den.")
    raise BadSettings((fault,))


def _url(value: Any) -> str | None:
    try:
        parts = urlsplit(str(value))
        return None if parts.scheme in ("http", "https") and parts.hostname else f"är {value!r}."
    except ValueError:
        return f"är {value!r}."


def _database(value: Any) -> str | None:
    text = str(value)
    if text.startswith("sqlite:///") and len(text) > len("sqlite:///") and "?" not in text:
        return None
    try:
        parts = urlsplit(text)
        usable = parts.scheme == "postgresql" and bool(parts.path.strip("/")) and (parts.port or True)
    except ValueError:
        return "går inte att tyda."
    if parts.password or "password=" in parts.query:
        return "innehåller ett lösenord."
    return None if usable else f"är {value!r}."


def _host(value: Any) -> str | None:
    return None if re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?", str(value)) else f"är {value!r}."


def _key_name(value: Any) -> str | None:
    return None if re.fullmatch(r"[a-z0-9-]{1,20}", str(value)) else f"är {value!r}."


def _addresses(value: Any) -> str | None:
    bad = [
        a for a in value if not isinstance(a, str) or not re.fullmatch(r"[^@\s,;<>()]+@[^@\s,;<>()]+\.[^@\s,;<>()]+", a)
    ]
    if not value:
        return "är tom."
    return f"har {bad[0]!r}, som inte är en e-postadress." if bad else None


_TOP: Mapping[str, Key] = {
    "organisation": Key(str, REQUIRED, 'Skriv kommunens namn, till exempel organisation = "Ekeby kommun"'),
    "url": Key(
        str,
        "http://127.0.0.1:8710",
        'Skriv adressen som sidorna nås på, till exempel "https://namndbot.ekeby.se"',
        _url,
    ),
}
_TABLES: Mapping[str, Mapping[str, Key]] = {
    "database": {
        "url": Key(
            str,
            "sqlite:///namndbot.db",
            'Skriv "sqlite:///namndbot.db" eller "postgresql://namn@server/databas"; lösenordet anges i password.',
            _database,
        ),
        "password": Key(dict, None, 'Skriv password = { env = "NAMN" } eller { file = "sökväg" }'),
    },
    "raw": {
        "driver": Key(str, "files", 'Skriv "files" eller "postgresql"', one_of("files", "postgresql")),
        "folder": Key(str, "raw", 'Skriv en mapp, till exempel folder = "raw"'),
    },
    "register": {
        "high_water": Key(str, "hogsta-nummer.json", "Skriv en fil, helst bredvid säkerhetskopiorna"),
    },
    "pages": {
        "host": Key(str, "127.0.0.1", 'Skriv adressen att lyssna på, till exempel "127.0.0.1"'),
        "port": Key(int, 8710, "Skriv ett tal mellan 0 och 65535", between(0, 65535)),
    },
    "reading": {
        "children": Key(int, 2, "Skriv ett tal mellan 1 och 32", between(1, 32)),
        "seconds": Key((int, float), 30, "Skriv sekunder mellan 1 och 600", between(1, 600)),
        "megabytes": Key(int, 1024, "Skriv megabyte mellan 256 och 65536", between(256, 65536)),
    },
    "mail": {
        "poll_seconds": Key((int, float), 10, "Skriv sekunder mellan 1 och 3600", between(1, 3600)),
        "alarm_minutes": Key((int, float), 30, "Skriv minuter mellan 1 och 1440", between(1, 1440)),
        "alarm": Key(dict, None, 'Skriv alarm = { kind = "smtp", host = "smtp.ekeby.se" }'),
        "token_key": Key(dict, None, 'Skriv token_key = { file = "sökväg" } eller { env = "NAMN" }'),
        "token_key_before": Key(dict, None, 'Skriv token_key_before = { file = "sökväg" } eller { env = "NAMN" }'),
    },
}
_NAMND: Mapping[str, Key] = {
    "key": Key(str, REQUIRED, 'Skriv ett kort namn med små bokstäver, till exempel key = "sn"', _key_name),
    "name": Key(str, REQUIRED, 'Skriv nämndens namn, till exempel name = "Socialnämnden"'),
    "addresses": Key(list, REQUIRED, 'Skriv brevlådans adresser: addresses = ["socialnamnden@ekeby.se"]', _addresses),
    "diarium": Key(
        str,
        "own",
        'Skriv "own" (boten ger numren) eller "external" (ett annat system ger dem)',
        one_of("own", "external"),
    ),
    "confirm_senders": Key(bool, False, "Skriv true eller false"),
    "reply_plus": Key(bool, False, "Skriv true om brevlådan tar emot namn+vad-som-helst@domän, annars false"),
    "authserv_id": Key(
        str,
        "",
        'Skriv det namn som er e-postserver sätter först i Authentication-Results, till exempel "mx.ekeby.se"',
        _host,
    ),
    "trust_exchange_internal": Key(bool, False, "Skriv true eller false"),
    "public_register": Key(
        bool, False, "Skriv true om vem som helst ska få läsa diariet utan inloggning, annars false"
    ),
    "public_senders": Key(bool, False, "Skriv true om det öppna diariet ska visa avsändare som är myndigheter"),
    "public_titles": Key(bool, False, "Skriv true om det öppna diariet ska visa vad ärendet gäller"),
    "mailbox": Key(dict, REQUIRED, 'Skriv mailbox = { kind = "folder", folder = "mailbox/sn" }'),
    "send": Key(dict, None, 'Skriv send = { kind = "smtp", host = "smtp.ekeby.se" }'),
}


class _Checker:
    """Walks the file against the tables above and gathers every fault."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._base = path.parent
        self._lines = text.splitlines()
        self._faults: list[Fault] = []

    def settings(self, found: Mapping[str, Any]) -> Settings:
        top = self._table(found, _TOP, (), others=(*_TABLES, "namnd", "teams", "login"))
        tables = {}
        for name, keys in _TABLES.items():
            given = found.get(name, {})
            if not isinstance(given, dict):
                self._fault((name,), "är inte en tabell.", f"Skriv [{name}] på en egen rad och uppgifterna under.")
                given = {}
            tables[name] = self._table(given, keys, (name,))
        database_url = self._database_url(tables["database"])
        token_keys = self._token_keys(tables["mail"], str(tables["database"]["url"]))
        namnder, mailboxes, senders = self._namnder(
            found.get("namnd", []), str(top["organisation"]), str(top["url"]), token_keys
        )
        if tables["raw"]["driver"] == "postgresql" and str(tables["database"]["url"]).startswith("sqlite"):
            self._fault(("raw", "driver"), 'är "postgresql" men databasen är SQLite.', 'Skriv driver = "files"')
        alarm = tables["mail"]["alarm"]
        alarm_door = self._smtp(alarm, ("mail", "alarm")) if alarm is not None else None
        teams = self._teams(found.get("teams"))
        login = self._login(found.get("login", {}), str(top["url"]).rstrip("/"), teams)
        if self._faults:
            raise BadSettings(tuple(self._faults))
        return Settings(
            file=self._path,
            organisation=top["organisation"],
            url=str(top["url"]).rstrip("/"),
            database_url=database_url,
            raw_driver=tables["raw"]["driver"],
            raw_folder=self._base / tables["raw"]["folder"],
            high_water=self._base / tables["register"]["high_water"],
            lock_file=self._base / "namndbot.lock",
            host=tables["pages"]["host"],
            port=tables["pages"]["port"],
            children=tables["reading"]["children"],
            reading_seconds=float(tables["reading"]["seconds"]),
            reading_megabytes=tables["reading"]["megabytes"],
            poll_seconds=float(tables["mail"]["poll_seconds"]),
            token_key_file=self._base / TOKEN_KEY_FILE,
            namnder=namnder,
            mailboxes=mailboxes,
            senders=senders,
            alarm=alarm_door,
            alarm_minutes=float(tables["mail"]["alarm_minutes"]),
            teams=teams,
            login=login,
        )

    def _login(self, given: Any, url: str, teams: TeamsDoor | None) -> Logins:
        if not isinstance(given, dict):
            self._fault(("login",), "är inte en tabell.", "Skriv [login] på en egen rad och uppgifterna under.")
            return Logins()
        made = self._table(given, entrances.LOGIN, ("login",))
        if made["entra"] is not None and made["openid"] is not None:
            self._fault(("login", "openid"), "och entra: ange det ena av dem.", "Ta bort den ena tabellen.")
        provider = None
        for name, keys in (("entra", entrances.ENTRA), ("openid", entrances.OPENID)):
            if made[name] is not None:
                path = ("login", name)
                reading = entrances.Reading(
                    self._base,
                    url,
                    lambda key, what, instead, path=path: self._fault((*path, key) if key else path, what, instead),  # type: ignore[misc]
                    lambda secret, key, path=path: self._secret(secret, (*path, key)),  # type: ignore[misc]
                )
                provider = getattr(reading, name)(self._table(made[name], keys, path))
        if provider is None and not made["links"]:
            self._fault(("login", "links"), "är false, och då kan ingen logga in.", "Skriv [login.entra] också.")
        if provider and provider.tenant and teams and teams.tenants and provider.tenant not in teams.tenants:
            self._fault(("login", "entra", "tenant"), "är en annan katalog än den under [teams].", "Ange samma.")
        return Logins(made["links"], provider)

    def _teams(self, given: Any) -> TeamsDoor | None:
        if given is None:
            return None
        if not isinstance(given, dict):
            self._fault(("teams",), "är inte en tabell.", "Skriv [teams] på en egen rad och uppgifterna under.")
            return None
        return self._door(("teams",)).teams(self._table(given, doors.TEAMS, ("teams",)))

    def _table(
        self, given: Mapping[str, Any], keys: Mapping[str, Key], path: tuple[str, ...], others: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        for name in given:
            if name not in keys and name not in others:
                near = _nearest(name, (*keys, *others))
                self._fault(
                    (*path, name), "känner boten inte till.", f"Menade du {near}?" if near else "Ta bort raden."
                )
        made = {}
        for name, key in keys.items():
            made[name] = self._value(given, name, key, path)
        return made

    def _value(self, given: Mapping[str, Any], name: str, key: Key, path: tuple[str, ...]) -> Any:
        if name not in given:
            if key.default is REQUIRED:
                self._fault((*path, name), "saknas.", key.hint)
                return _empty(key.kind)
            return key.default
        value = given[name]
        # bool is an int in Python, but not in a settings file.
        if not isinstance(value, key.kind) or (isinstance(value, bool) and key.kind is not bool):
            self._fault((*path, name), f"är {_shown(value)}.", key.hint)
            return _empty(key.kind) if key.default is REQUIRED else key.default
        if isinstance(value, str) and not value.strip():
            self._fault((*path, name), "är tom.", key.hint)
            return value
        if isinstance(value, str) and any(ord(ch) < 32 for ch in value):
            self._fault((*path, name), "innehåller radbrytning eller styrtecken.", key.hint)
            return value
        wrong = key.test(value)
        if wrong:
            self._fault((*path, name), wrong, key.hint)
        return value

    def _database_url(self, database: Mapping[str, Any]) -> str:
        url = str(database["url"])
        if url.startswith("sqlite:"):
            # An absolute path stands as it is; a relative one is counted from the file's folder.
            return f"sqlite:///{(self._base / url.removeprefix('sqlite:///')).resolve()}"
        password = self._secret(database.get("password"), ("database", "password"))
        if self._faults:
            return url  # not used: the faults are told first
        parts = urlsplit(url)
        if password is not None:
            user, at, host = parts.netloc.rpartition("@")
            if not at:
                self._fault(("database", "url"), "saknar användare.", 'Skriv "postgresql://namn@server/databas"')
            parts = parts._replace(netloc=f"{user}:{quote(password, safe='')}@{host}")
        return urlunsplit(parts).replace("postgresql://", "postgresql+psycopg://", 1)

    def _token_keys(self, mail: Mapping[str, Any], database: str) -> tuple[bytes, ...]:
        """Return the keys of answers by mail, the one to sign with first: those that are given, else the one that the
        bot has made for itself; none before it has."""
        keys = {name: self._secret(mail.get(name), ("mail", name)) for name in ("token_key", "token_key_before")}
        if mail.get("token_key") is None and (self._base / TOKEN_KEY_FILE).exists():
            keys["token_key"] = self._secret({"file": TOKEN_KEY_FILE}, ("mail", "token_key"))
        for name, key in keys.items():
            if key is not None and len(key.encode()) < tokens.LEAST_KEY:
                self._fault(("mail", name), "är för kort.", "Skriv minst 16 tecken, till exempel: openssl rand -hex 32")
        if mail.get("token_key") is None and not database.startswith("sqlite"):
            self._fault(
                ("mail", "token_key"),
                "saknas. Flera kopior av boten måste ha samma nyckel till svar per mejl.",
                'Skriv token_key = { file = "sökväg" } eller { env = "NAMN" } under [mail]. Gör en: openssl rand -hex 32',
            )
        return tuple(key.encode() for key in keys.values() if key)

    def _secret(self, given: Any, path: tuple[str, ...]) -> str | None:
        if not given:  # what is required and missing has been told of
            return None
        hint = 'Skriv { env = "NAMN" } eller { file = "sökväg" }'
        if set(given) == {"env"} and isinstance(given["env"], str):
            value = os.environ.get(given["env"])
            if not value:
                self._fault(path, f"miljövariabeln {given['env']} finns inte.", "Sätt den innan boten startar.")
            return value
        if set(given) == {"file"} and isinstance(given["file"], str):
            try:
                return (self._base / given["file"]).read_text("utf-8").strip()
            except (OSError, UnicodeDecodeError):
                self._fault(path, f"filen {given['file']} går inte att läsa.", "Kontrollera sökvägen och läsrätten.")
                return None
        self._fault(path, "är inte ett ställe att hämta hemligheten från.", hint)
        return None

    def _namnder(
        self, given: Any, organisation: str, url: str, keys: tuple[bytes, ...]
    ) -> tuple[tuple[Namnd, ...], dict[str, Box], dict[str, SmtpDoor]]:
        if not isinstance(given, list) or not given:
            self._fault(("namnd",), "saknas.", "Skriv [[namnd]] och under den key, name, addresses och mailbox.")
            return (), {}, {}
        namnder: list[Namnd] = []
        mailboxes: dict[str, Box] = {}
        senders: dict[str, SmtpDoor] = {}
        for number, one in enumerate(given):
            path = (f"namnd#{number}",)
            if not isinstance(one, dict):
                self._fault(path, "är inte en tabell.", "Skriv [[namnd]] på en egen rad.")
                continue
            made = self._table(one, _NAMND, path)
            if made["key"] in mailboxes:
                self._fault((*path, "key"), f"är {made['key']!r}, som en annan nämnd redan har.", "Välj ett annat.")
            addresses = tuple(str(a).strip().lower() for a in made["addresses"])
            taken = {a for n in namnder for a in n.addresses} & set(addresses)
            if taken:
                self._fault((*path, "addresses"), f"har {min(taken)}, som en annan nämnd redan har.", "Ta bort den.")
            for told in ("public_senders", "public_titles"):
                if made[told] and not made["public_register"]:
                    self._fault((*path, told), "är true, men diariet är inte öppet.", "Skriv public_register = true")
            domain = addresses[0].rpartition("@")[2] if addresses else "namndbot.example"
            namnder.append(
                Namnd(
                    key=made["key"],
                    name=made["name"],
                    organisation=organisation,
                    addresses=addresses,
                    diarium=made["diarium"],
                    confirm_senders=made["confirm_senders"],
                    token_keys=keys,
                    reply_plus=made["reply_plus"],
                    authserv_id=made["authserv_id"].lower(),
                    trust_exchange_internal=made["trust_exchange_internal"],
                    domain=domain,
                    url=url.rstrip("/"),
                    public_register=made["public_register"],
                    public_senders=made["public_senders"],
                    public_titles=made["public_titles"],
                )
            )
            box = self._mailbox(made["mailbox"], path, addresses[0] if addresses else "")
            places = {_place(m) for m in mailboxes.values()}
            if _place(box) in places:
                self._fault((*path, "mailbox"), "är en annan nämnds.", "Ge varje nämnd en egen brevlåda.")
            mailboxes[made["key"]] = box
            if made["send"] is not None:
                senders[made["key"]] = self._smtp(made["send"], (*path, "send"))
            elif box.kind == "imap":
                self._fault((*path, "send"), "saknas: IMAP tar bara emot.", _NAMND["send"].hint)
        return tuple(namnder), mailboxes, senders

    def _mailbox(self, given: Mapping[str, Any], path: tuple[str, ...], address: str) -> Box:
        kind = given.get("kind", "folder")
        if kind not in doors.BOXES:
            known = ", ".join(f'"{k}"' for k in doors.BOXES)
            self._fault((*path, "mailbox", "kind"), f"är {_shown(kind)}.", f"Skriv en av {known}.")
            kind = "folder"
            given = {"folder": "-", **{k: v for k, v in given.items() if k == "folder"}}
        made = self._table(given, doors.BOXES[kind], (*path, "mailbox"))
        return self._door((*path, "mailbox")).box(kind, made, address)

    def _smtp(self, given: Mapping[str, Any], path: tuple[str, ...]) -> SmtpDoor:
        return self._door(path).smtp(self._table(given, doors.SMTP, path))

    def _door(self, path: tuple[str, ...]) -> doors.Reading:
        return doors.Reading(
            self._base,
            lambda key, what, instead: self._fault((*path, key), what, instead),
            lambda given, key: self._secret(given, (*path, key)),
        )

    def _fault(self, path: tuple[str, ...], what: str, instead: str) -> None:
        shown = ".".join(re.sub(r"#(\d+)", "", p) for p in path)
        self._faults.append(Fault(str(self._path), shown, self._line(path), what, instead))

    def _line(self, path: tuple[str, ...]) -> int | None:
        """Return the line of a key, or of the table that it is missing in."""
        table, seen, last = "", -1, None
        wanted_table = re.sub(r"#\d+", "", path[0]) if len(path) > 1 or "#" in path[0] else ""
        wanted_number = int(path[0].partition("#")[2]) if "#" in path[0] else None
        names = set(path[1:]) if wanted_table else set(path)
        for number, line in enumerate(self._lines, start=1):
            header = re.match(r"\s*\[+\s*([\w.-]+)\s*\]+", line)
            if header:
                table = header[1]
                if table == "namnd":
                    seen += 1
                inside = table.split(".")[0] == wanted_table and wanted_number in (None, seen)
                if inside or (not wanted_table and table in names):
                    last = number
                continue
            named = re.match(r"\s*([\w.-]+)\s*=", line)
            inside = table.split(".")[0] == wanted_table and (wanted_number is None or wanted_number == seen)
            if named and inside and named[1] in names:
                last = number
                if path[-1] == named[1] or path[-1] in line:
                    return number
        return last


def _place(box: Box) -> object:
    """Return what two mailboxes that are one have in common."""
    return box.folder.resolve() if isinstance(box, FolderBox) else (box.kind, box.address)


def _empty(kind: type | tuple[type, ...]) -> Any:
    wanted = kind[0] if isinstance(kind, tuple) else kind
    return dt.date.max if wanted is dt.date else wanted()


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _nearest(name: str, known: tuple[str, ...]) -> str | None:
    found = get_close_matches(name, known, n=1, cutoff=0.6)
    return found[0] if found else None
