"""One connection to an IMAP server: login, folders, and the few commands that move a letter; every fault by name."""

from __future__ import annotations

import contextlib
import datetime as dt
import imaplib
import re
import select
import socket
import ssl
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from imap_tools.errors import ImapToolsError, UnexpectedCommandStatusError
from imap_tools.imap_utf7 import utf7_decode, utf7_encode
from imap_tools.mailbox import BaseMailBox

from bot.doors import ImapBox, is_loopback
from handlers.ports import Away, DoorError, Shut

_CHUNK = 262_144
_LONGEST_LINE = 20_000_000  # bytes: the answer to a search in a folder of two million letters
# The biggest letter that is taken into memory; the servers of municipalities stop at 35 to 150 MB.
MOST_BYTES = 200_000_000
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE = re.compile(rb'INTERNALDATE "([ \d]\d)-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)"')
_QUOTED = re.compile(rb'"(?:[^"\\]|\\.)*"')
_BODY_QUOTED = re.compile(rb'BODY\[[^\]]*\] "((?:[^"\\]|\\.)*)"')
_LISTED = re.compile(rb'\(([^)]*)\) (NIL|"(?:[^"\\]|\\.)") (.*)', re.DOTALL)
_NAMESPACE = re.compile(rb'\(\("((?:[^"\\]|\\.)*)" (?:NIL|"(\\?[^"])")')
# What a server says when it has no time, RFC 5530; all else that it refuses, a person must look at.
_PASSES = frozenset({"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "OVERQUOTA", "CORRUPTION"})
_PASSING_WORDS = re.compile(r"too many|temporar|try again|timeout|timed out|server error|not available", re.IGNORECASE)
_FOR_A_PERSON = frozenset(
    {"NOPERM", "AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED", "EXPIRED", "PRIVACYREQUIRED", "CONTACTADMIN", "CANNOT"}
)


@dataclass(frozen=True, slots=True)
class Selected:
    """A folder that is open in the connection."""

    name: str
    validity: int
    keywords: frozenset[str] = field(repr=False)  # in small letters
    any_keyword: bool
    readonly: bool


@dataclass(frozen=True, slots=True)
class Item:
    """What a FETCH told of one letter; None for what was not asked or not told."""

    uid: int
    received: dt.datetime | None
    size: int | None
    text: bytes | None  # the body or the headers, whichever was asked for


class Refused(Exception):
    """The server answered NO or BAD to one command; the connection goes on."""

    def __init__(self, line: str) -> None:
        super().__init__(line)
        found = re.match(r"\[([A-Z-]+)", line)
        self.code = found[1] if found else ""
        self.passes = self.code in _PASSES or (not self.code and bool(_PASSING_WORDS.search(line)))


class _Buffered(imaplib.IMAP4):
    """Reads into a buffer of its own: what has come can be seen, and what was cut off is told."""

    left: bytearray

    def open(self, host: str = "", port: int = 143, timeout: float | None = None) -> None:
        self.left = bytearray()
        super().open(host, port, timeout)

    def read(self, size: int) -> bytes:
        if size > MOST_BYTES:
            raise self.abort("literal too long")
        while len(self.left) < size:
            self._more(size - len(self.left))
        return self._take(size)

    def readline(self) -> bytes:
        start = 0
        while (end := self.left.find(b"\n", start)) < 0:
            start = len(self.left)
            if start > _LONGEST_LINE:
                raise self.abort("line too long")
            self._more(1)
        return self._take(end + 1)

    def _take(self, size: int) -> bytes:
        with memoryview(self.left) as view:
            taken = bytes(view[:size])
        del self.left[:size]
        return taken

    def _more(self, wanted: int) -> None:
        data = self.sock.recv(min(max(wanted, 4096), _CHUNK))
        if not data:
            raise self.abort("socket error: EOF")
        self.left += data

    def has_come(self, seconds: float) -> bool:
        """Wait so long for the server to say something; True too when it has hung up."""
        if self.left or (isinstance(self.sock, ssl.SSLSocket) and self.sock.pending()):
            return True
        waiting = select.poll()
        waiting.register(self.sock, select.POLLIN)
        return bool(waiting.poll(seconds * 1000))

    def start_tls(self, context: ssl.SSLContext) -> None:
        """Go over to TLS. What the server, or somebody between us, said already in the clear is refused."""
        kind, told = self.xatom("STARTTLS")
        if kind != "OK":
            raise Refused(_text(told))
        if self.left:
            raise self.abort("data before TLS")
        self.sock = context.wrap_socket(self.sock, server_hostname=self.host)
        self._tls_established = True
        self.capabilities = tuple(
            _text(self.capability()[1][-1:]).upper().split()
        )  # what was said before counts no more


class _BufferedTls(_Buffered):
    def __init__(self, host: str, port: int, timeout: float, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__(host, port, timeout)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        plain: socket.socket = super()._create_socket(timeout)  # type: ignore[misc]
        try:
            return self._context.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise


class _Box(BaseMailBox):
    """imap-tools on a client of ours; it logs in and goes idle."""

    client: _Buffered

    def __init__(self, client: _Buffered) -> None:
        self._made = client
        super().__init__()

    def _get_mailbox_client(self) -> imaplib.IMAP4:
        return self._made


class Line:
    """A connection that is logged in. After Away or Shut it is of no more use: `drop` it and make a new one."""

    def __init__(self, box: ImapBox, timeout: float) -> None:
        self._box = box
        self._tools: _Box | None = None
        self.selected: Selected | None = None
        self.capabilities: frozenset[str] = frozenset()
        self._idle = b""  # the tag of an IDLE that is open
        with self._faults(connecting=True):
            self._connect(timeout)

    # What goes wrong, by name

    @contextlib.contextmanager
    def _faults(self, *, connecting: bool = False) -> Iterator[None]:
        try:
            yield
        except (DoorError, Refused):
            raise
        except ssl.SSLCertVerificationError as error:
            raise self._shut(
                f"har ett certifikat som boten inte litar på ({error.verify_message}). Låt servern få ett giltigt "
                "certifikat, eller ange kommunens egen utfärdare med ca."
            ) from None
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError, ConnectionError, TimeoutError) as error:
            raise self._away(_why(error)) from None
        except ssl.SSLError as error:
            if connecting:
                raise self._shut(
                    f"går inte att tala krypterat med ({error.reason or 'TLS'}). Kontrollera port och tls."
                ) from None
            raise self._away("bröt krypteringen") from None
        except socket.gaierror:
            raise self._away("finns inte i namnuppslaget (DNS) just nu") from None
        except imaplib.IMAP4.readonly:
            raise self._shut("låter kontot bara läsa. Ge kontot rätt att flytta brev i brevlådan.") from None
        except (ImapToolsError, imaplib.IMAP4.error, OSError, ValueError, LookupError) as error:
            raise self._away(_why(error)) from None

    def _away(self, why: str) -> Away:
        return Away(f"Brevlådans server {self._box.host} {why}. Boten försöker igen; breven ligger kvar.")

    def _shut(self, why: str) -> Shut:
        return Shut(f"Brevlådans server {self._box.host} {why}")

    def refusal(self, refused: Refused, doing: str) -> DoorError:
        """Return what a refused command means for people. doing: "flytta brev", "skapa mappen Granska"."""
        if refused.code in _FOR_A_PERSON:
            return self._shut(f"låter inte kontot {self._box.user} {doing}. Ge kontot rätt till det.")
        return self._away(f"kunde inte {doing} just nu")

    # Connecting

    def _connect(self, timeout: float) -> None:
        box = self._box
        if box.tls == "none" and not is_loopback(box.host):
            raise self._shut('nås över nätet utan kryptering. Skriv tls = "tls" eller "starttls".')
        context = self._trust() if box.tls != "none" else None
        client = (
            _BufferedTls(box.host, box.port, timeout, context)
            if context is not None and box.tls == "tls"
            else _Buffered(box.host, box.port, timeout)
        )
        try:
            client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            if context is not None and box.tls == "starttls":
                if "STARTTLS" not in client.capabilities:
                    raise self._shut('erbjuder ingen kryptering (STARTTLS). Skriv tls = "tls" och porten för det.')
                client.start_tls(context)
            self._tools = _Box(client)
            self._log_in(client)
            self.capabilities = frozenset(_text(client.capability()[1][-1:]).upper().split())
            if not {"MOVE", "UIDPLUS"} & self.capabilities:
                raise self._shut(
                    "kan inte flytta ett brev i taget (varken MOVE eller UIDPLUS). Boten kan inte användas mot den."
                )
        except BaseException:
            self.drop()
            with contextlib.suppress(OSError):
                client.shutdown()
            raise

    def _trust(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=str(self._box.ca) if self._box.ca else None)
        except OSError:  # ssl.SSLError is one
            raise Shut(
                f"Filen {self._box.ca} med certifikat går inte att läsa. Ange en PEM-fil med utfärdarens certifikat."
            ) from None

    def _log_in(self, client: _Buffered) -> None:
        assert self._tools is not None
        user, password = self._box.user, self._box.password
        if any(ord(ch) < 32 or ord(ch) == 127 for ch in user + password):
            raise self._shut("kan inte få ett konto eller lösenord med radbrytning eller styrtecken. Skriv om det.")
        if "LOGINDISABLED" in client.capabilities and "AUTH=PLAIN" not in client.capabilities:
            raise self._shut('tar inte emot lösenord utan kryptering. Skriv tls = "tls" eller "starttls".')
        try:
            if (user + password).isascii() and "LOGINDISABLED" not in client.capabilities:
                self._tools.login(user, password, initial_folder=None)
            else:
                self._tools.login_utf8(user, password, initial_folder=None)
        except (UnexpectedCommandStatusError, imaplib.IMAP4.error) as error:
            if isinstance(error, imaplib.IMAP4.abort):
                raise
            # AUTHENTICATE raises where LOGIN returns.
            line = _text(error.command_result[1]) if isinstance(error, UnexpectedCommandStatusError) else str(error)
            if Refused(line).passes:
                raise self._away("kunde inte pröva lösenordet just nu") from None
            raise self._shut(
                f"tog inte emot kontot {user} med sitt lösenord. Kontrollera user och password i inställningarna, "
                "och att kontot får använda IMAP."
            ) from None

    def drop(self) -> None:
        """Let the connection go without a word."""
        tools, self._tools, self.selected = self._tools, None, None
        if tools is not None:
            with contextlib.suppress(OSError):
                tools.client.shutdown()

    def leave(self) -> None:
        """Log out, and let the connection go."""
        if self._tools is not None:
            with contextlib.suppress(imaplib.IMAP4.error, OSError):
                self._tools.client.sock.settimeout(2)
                self._tools.client.logout()
        self.drop()

    # Commands

    @property
    def _client(self) -> _Buffered:
        if self._tools is None:
            raise self._away("är inte ansluten")
        return self._tools.client

    def _ask(self, name: str, *args: str, answers: Sequence[str] = ()) -> list[Any]:
        """Send one command; return what the server told under those names. Raises Refused for NO and BAD."""
        client = self._client
        for told in answers:
            client.response(told)  # what is left of an earlier command
        try:
            if name.startswith("UID "):
                kind, data = client.uid(name[4:], *args)
                if kind == "OK" and name[4:] in ("FETCH", "SEARCH", "STORE"):
                    return list(data)
            else:
                kind, data = client.xatom(name, *args)
        except (imaplib.IMAP4.abort, imaplib.IMAP4.readonly):
            raise
        except imaplib.IMAP4.error as error:
            if "BAD" not in str(error):
                raise
            raise Refused("") from None
        if kind != "OK":
            raise Refused(_text(data))
        return [one for told in answers for one in client.response(told)[1] if one is not None]

    def noop(self) -> None:
        """See that the connection lives."""
        with self._faults():
            self._ask("NOOP")

    def select(self, name: str, *, readonly: bool = False, anew: bool = False) -> Selected:
        """Open a folder, unless it is open; nothing in it changes by that. Raises Refused where there is none."""
        now = self.selected
        if now and now.name == name and not anew and (readonly or not now.readonly):
            return now
        self.selected = None
        with self._faults():
            client = self._client
            kind, data = client.select(argument(encoded(name)), readonly)
            if kind != "OK":
                raise Refused(_text(data))
            validity = int(client.response("UIDVALIDITY")[1][-1])
            permanent = _text(client.response("PERMANENTFLAGS")[1]).strip("()").split()
            flags = _text(client.response("FLAGS")[1]).strip("()").split()
            known = permanent if permanent else flags
            self.selected = Selected(
                name, validity, frozenset(f.lower() for f in known), "\\*" in permanent, readonly=readonly
            )
        return self.selected

    def search(self, *criteria: str) -> list[int]:
        """Return the UIDs in the open folder that meet the criteria, ascending."""
        with self._faults():
            told = self._ask("UID SEARCH", *criteria, answers=("SEARCH",))
            return sorted({int(uid) for line in told if line for uid in line.split()})

    def fetch(self, uids: Iterable[int], *, text: str = "") -> list[Item]:
        """Tell of letters in the open folder: date and size, and with text="[]" all of it. Nothing becomes read."""
        wanted = sorted(uids)
        if not wanted:
            return []
        asked = f"(UID INTERNALDATE RFC822.SIZE{f' BODY.PEEK{text}' if text else ''})"
        with self._faults():
            told = self._ask("UID FETCH", ",".join(map(str, wanted)), asked, answers=("FETCH",))
            found = {item.uid: item for item in _items(told)}
        return [found[uid] for uid in wanted if uid in found]

    def label(self, uid: int, keyword: str, *, off: bool = False) -> None:
        """Put a keyword on a letter in the open folder, or take it off."""
        with self._faults():
            how = "-FLAGS.SILENT" if off else "+FLAGS.SILENT"
            self._ask("UID STORE", str(uid), how, f"({keyword})", answers=("FETCH",))

    def move(self, uid: int, target: str) -> tuple[int, int] | None:
        """Move a letter from the open folder; return its UIDVALIDITY and UID there.

        None when the server tells of no letter moved: it says OK to a UID that is gone, too.
        """
        with self._faults():
            return self._copied(self._ask("UID MOVE", str(uid), argument(encoded(target)), answers=("COPYUID",)))

    def copy(self, uid: int, target: str) -> tuple[int, int] | None:
        """Copy a letter as `move` moves it."""
        with self._faults():
            return self._copied(self._ask("UID COPY", str(uid), argument(encoded(target)), answers=("COPYUID",)))

    def take_out(self, uid: int) -> None:
        """Take one letter, whose copy lies elsewhere, out of the open folder; what people have marked stays."""
        with self._faults():
            self._ask("UID STORE", str(uid), "+FLAGS.SILENT", "(\\Deleted)", answers=("FETCH",))
            self._ask("UID EXPUNGE", str(uid), answers=("EXPUNGE",))

    def _copied(self, told: list[Any]) -> tuple[int, int] | None:
        for line in told:
            found = re.match(rb"(\d+) (\d+) (\d+)\b", line)
            if found:
                return int(found[1]), int(found[3])
        return None

    def create(self, name: str) -> None:
        """Make a folder, and let people's mail programs show it."""
        with self._faults():
            try:
                self._ask("CREATE", argument(encoded(name)))
            except Refused as refused:
                if refused.code != "ALREADYEXISTS":
                    raise self.refusal(refused, f"skapa mappen {name}") from None
            with contextlib.suppress(Refused):
                self._ask("SUBSCRIBE", argument(encoded(name)))

    def folders(self) -> Folders:
        """Return what folders there are, and how they are named here."""
        with self._faults():
            told = self._ask("LIST", '""', '"*"', answers=("LIST",))
            if "SPECIAL-USE" in self.capabilities:
                with contextlib.suppress(Refused):
                    told += self._ask("LIST", '""', '"*"', "RETURN (SPECIAL-USE)", answers=("LIST",))
            found: dict[str, set[str]] = {}
            delimiter = ""
            for flags, between, name in _listed(told):
                found.setdefault("INBOX" if name.upper() == "INBOX" else name, set()).update(flags)
                delimiter = delimiter or between
            prefix = None
            if "NAMESPACE" in self.capabilities:
                for line in self._ask("NAMESPACE", answers=("NAMESPACE",)):
                    own = _NAMESPACE.match(line)
                    if own:
                        prefix = utf7_decode(_unescaped(own[1]))
                        delimiter = _unescaped(own[2] or b"").decode() or delimiter
        if prefix is None:
            inside = f"INBOX{delimiter}"
            others = [n for n in found if n != "INBOX"]
            prefix = inside if delimiter and others and all(n.upper().startswith(inside) for n in others) else ""
        there = {n: frozenset(f) for n, f in found.items() if not {"\\noselect", "\\nonexistent"} & f}
        return Folders(there, delimiter, prefix)

    def wait_idle(self, seconds: float) -> bool:
        """Say whether the server has something to tell within that time. `start_idle` comes before."""
        with self._faults():
            return self._client.has_come(seconds)

    def start_idle(self) -> None:
        """Ask the server to tell at once when something comes. What it tells before it listens is nothing to us."""
        with self._faults():
            client: Any = self._client
            self._idle = client._command("IDLE")
            while client._get_response() is not None:
                if client.tagged_commands[self._idle]:
                    raise self._away("ville inte vänta på nya brev")

    def stop_idle(self) -> bool:
        """End it; say whether letters have come, as far as the server has told."""
        with self._faults():
            self._client.send(b"DONE\r\n")
            assert self._tools is not None
            _, told = self._tools.consume_until_tagged_response(self._idle)
            return any(re.match(rb"\* \d+ (?:EXISTS|RECENT)\b", line) for line in told if line)


@dataclass(frozen=True, slots=True)
class Folders:
    """The folders of a mailbox."""

    there: dict[str, frozenset[str]]  # name -> its flags, in small letters
    delimiter: str
    prefix: str

    def named(self, name: str) -> str:
        """Return how the server calls a folder that people call so, whether it is there or not."""
        name = unicodedata.normalize("NFC", name).strip("/")
        same = {unicodedata.normalize("NFC", n): n for n in self.there}
        inner = name.replace("/", self.delimiter) if self.delimiter else name
        full = inner if self.prefix and inner.upper().startswith(self.prefix.upper()) else self.prefix + inner
        return same.get(full) or same.get(inner) or full

    def sent(self) -> str | None:
        """Return the folder for what was sent: the one that the server marks so, else one of the usual names."""
        for name, flags in self.there.items():
            if "\\sent" in flags:
                return name
        for usual in ("Skickat", "Skickade objekt", "Sent", "Sent Items", "Sent Messages"):
            if self.named(usual) in self.there:
                return self.named(usual)
        return None


def encoded(name: str) -> str:
    """Return a folder's name as it goes over the line (RFC 3501, 5.1.3).

    >>> encoded("Övrigt")
    '&ANY-vrigt'
    """
    return utf7_encode(name).decode("ascii")


def keyword(label: str) -> str:
    """Return a label as a keyword: an atom of plain letters (RFC 3501).

    >>> keyword("SN 2026-12"), keyword("ÖN 2026/3")
    ('SN_2026-12', 'ON_2026_3')
    """
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9._-]+", "_", plain).strip("_")[:50]


def date_of(day: dt.date) -> str:
    """Return a day as SEARCH wants it.

    >>> date_of(dt.date(2026, 12, 1))
    '1-Dec-2026'
    """
    return f"{day.day}-{_MONTHS[day.month - 1]}-{day.year}"


def argument(text: str) -> str:
    """Return a text as a quoted argument. Raises ValueError where it could end the line (CVE-2025-15366)."""
    if not text.isascii() or any(ord(ch) < 32 or ord(ch) == 127 for ch in text):
        raise ValueError("control characters in an argument")
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _unescaped(text: bytes) -> bytes:
    return re.sub(rb"\\(.)", rb"\1", text, flags=re.DOTALL)


def _listed(told: list[Any]) -> Iterator[tuple[set[str], str, str]]:
    for one in told:
        # A name with odd characters comes as a literal of its own.
        line, name = one if isinstance(one, tuple) else (one, None)
        found = _LISTED.match(line)
        if not found:
            continue
        if name is None:
            rest = found[3].strip()
            quoted = _QUOTED.match(rest)
            name = _unescaped(quoted[0][1:-1]) if quoted else rest.split(b" ")[0]
        between = "" if found[2] == b"NIL" else _unescaped(found[2][1:-1]).decode("ascii")
        yield set(found[1].decode("ascii").lower().split()), between, utf7_decode(name)


def _items(told: list[Any]) -> Iterator[Item]:
    """Put together what imaplib gives in pieces: text, literal, text; a letter's own words are never taken for ours."""
    text, literal = b"", None
    for one in [*told, b"0 ("]:
        piece = (one[0] if isinstance(one, tuple) else one) or b""
        if re.match(rb"\d+ \(", piece):
            item = _item(text, literal)
            if item:
                yield item
            text, literal = b"", None
        text += piece
        if isinstance(one, tuple) and re.search(rb"BODY\[[^\]]*\] \{\d+\}$", piece):
            told_size = int(piece[piece.rindex(b"{") + 1 : -1])
            if told_size != len(one[1]):
                raise imaplib.IMAP4.abort("literal cut off")
            literal = one[1]


def _item(text: bytes, literal: bytes | None) -> Item | None:
    received = _received(text)
    short = _BODY_QUOTED.search(text)
    if literal is None and short:
        literal = _unescaped(short[1])
    bare = _QUOTED.sub(b'""', text)
    uid, size = re.search(rb"\bUID (\d+)", bare), re.search(rb"\bRFC822\.SIZE (\d+)", bare)
    return Item(int(uid[1]), received, int(size[1]) if size else None, literal) if uid else None


def _received(text: bytes) -> dt.datetime | None:
    found = _DATE.search(text)
    if not found:
        return None
    day, month, year, hour, minute, second = found.group(1, 2, 3, 4, 5, 6)
    offset = dt.timedelta(hours=int(found[8]), minutes=int(found[9])) * (-1 if found[7] == b"-" else 1)
    try:
        number = _MONTHS.index(month.decode().title()) + 1
        told = dt.datetime(int(year), number, int(day), int(hour), int(minute), min(int(second), 59), tzinfo=dt.UTC)
        return told - offset
    except (ValueError, OverflowError):
        return None


def _text(data: Sequence[Any]) -> str:
    return " ".join(one.decode("utf-8", "replace") for one in data if isinstance(one, bytes))


def _why(error: BaseException) -> str:
    """Say what broke, without the server's own words: they may hold a letter's."""
    text = str(error)
    if isinstance(error, TimeoutError) or "timed out" in text:
        return "svarar för långsamt"
    if isinstance(error, ConnectionRefusedError):
        return "tar inte emot anslutningar"
    if isinstance(error, ConnectionError | imaplib.IMAP4.abort) or "BYE" in text:
        return "bröt förbindelsen"
    if isinstance(error, OSError):
        return f"går inte att nå ({error.strerror or type(error).__name__})"
    return "svarade på ett sätt som boten inte förstår"
