"""A small IMAP server of our own on this machine, with state and with faults to switch on."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import itertools
import re
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bot.doors import NAMES, ImapBox
from tests.mailboxes.imap_peer import ImapPeer, subject_of

USER, PASSWORD = "socialnamnden@ekeby.example", 'gran "ris" \\7'
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FIXED = ("\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft")
_validities = itertools.count(1_700_000_000)


@dataclass
class Letter:
    """A letter in a folder."""

    uid: int
    raw: bytes
    received: dt.datetime
    flags: set[str] = field(default_factory=set)


@dataclass
class Box:
    """A folder."""

    flags: tuple[str, ...] = ()
    validity: int = field(default_factory=lambda: next(_validities))
    next_uid: int = 1
    letters: list[Letter] = field(default_factory=list)

    def add(self, raw: bytes, received: dt.datetime, flags: set[str]) -> int:
        self.letters.append(Letter(self.next_uid, raw, received, set(flags)))
        self.next_uid += 1
        return self.next_uid - 1


@dataclass
class Faults:
    """What goes wrong. The counted ones go wrong so many times and are then right again."""

    capabilities: tuple[str, ...] = ("IDLE", "MOVE", "UIDPLUS", "SPECIAL-USE", "NAMESPACE")
    keywords: bool = True  # whether people may make new ones
    cut_at: int | None = None  # the connection that says its k-th byte breaks there; once
    cuts: int = 0
    bye_at: str = ""  # at this command the server says good-bye; once
    bye: str = "Autologout"
    greeting: str = ""  # instead of * OK
    login: str = ""  # the NO to every login
    slow: float = 0.0  # seconds before every answer
    mute_at: str = ""  # at this command the server says nothing more, in this connection
    no_to: dict[str, str] = field(default_factory=dict)  # command -> the NO to it
    bad_letters: set[str] = field(default_factory=set)  # subjects whose FETCH of the body is answered NO
    stuck: dict[str, str] = field(default_factory=dict)  # subject -> the NO to its move
    no_copyuid: bool = False
    early: bool = False  # news before the server says that it waits
    pieces: int = 0  # answers come in pieces of so many bytes


class ImapDouble:
    """The server; `with ImapDouble() as server`."""

    def __init__(
        self, *, prefix: str = "", delimiter: str = "/", tls: ssl.SSLContext | None = None, starttls: bool = False
    ) -> None:
        self.faults = Faults()
        self.boxes: dict[str, Box] = {"INBOX": Box(), f"{prefix}Sent": Box(("\\Sent",))}
        self.prefix, self.delimiter = prefix, delimiter
        self.tls, self.starttls = tls, starttls
        self.lock = threading.RLock()
        self.said: list[str] = []  # the commands that have come, without what is secret
        self.connections = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._open: set[socket.socket] = set()
        self._ended = False
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> ImapDouble:
        thread = threading.Thread(target=self._accept, daemon=True)
        self._threads.append(thread)
        thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended = True
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self.break_all()
        for thread in self._threads:
            thread.join(5)

    def break_all(self) -> None:
        """Break every connection, as a server that is killed does."""
        for one in list(self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def renew(self, name: str) -> None:
        """Give a folder a new UIDVALIDITY and its letters new numbers, as after it was read back from a backup."""
        with self.lock:
            old = self.boxes[name]
            new = self.boxes[name] = Box(old.flags)
            new.next_uid = 7
            for letter in reversed(old.letters):
                new.add(letter.raw, letter.received, letter.flags)

    def _accept(self) -> None:
        while not self._ended:
            try:
                sock, _ = self._socket.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(sock,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, sock: socket.socket) -> None:
        self.connections += 1
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        session = _Session(self, sock)
        try:
            if self.tls is not None and not self.starttls:
                session.wrap(self.tls)
            self._open.add(session.sock)
            session.run()
        except (OSError, _Ended, ValueError):
            pass
        finally:
            self._open.discard(session.sock)
            session.sock.close()


class _Ended(Exception):
    """The connection is over."""


class _Session:
    def __init__(self, server: ImapDouble, sock: socket.socket) -> None:
        self.server, self.sock = server, sock
        self.written = 0
        self.left = bytearray()
        self.name: str | None = None
        self.readonly = False
        self.known = 0  # how many letters this session has been told of
        self.known_uid = 0
        self.logged_in = False
        self.mute = False

    def wrap(self, context: ssl.SSLContext) -> None:
        self.sock = context.wrap_socket(self.sock, server_side=True)

    # The line

    def write(self, data: bytes) -> None:
        faults = self.server.faults
        if self.mute:
            return
        if faults.slow:
            time.sleep(faults.slow)
        if faults.cut_at is not None and self.written + len(data) > faults.cut_at:
            data = data[: max(0, faults.cut_at - self.written)]
            faults.cut_at = None
            faults.cuts += 1
            with contextlib.suppress(OSError):
                self.sock.sendall(data)
            raise _Ended
        self.written += len(data)
        if faults.pieces:
            for start in range(0, len(data), faults.pieces):
                self.sock.sendall(data[start : start + faults.pieces])
        else:
            self.sock.sendall(data)

    def tell(self, line: str) -> None:
        self.write(line.encode() + b"\r\n")

    def read_line(self) -> bytes:
        while b"\n" not in self.left:
            self._more()
        line, _, rest = bytes(self.left).partition(b"\n")
        self.left = bytearray(rest)
        return line.rstrip(b"\r")

    def _more(self) -> None:
        data = self.sock.recv(65_536)
        if not data:
            raise _Ended
        self.left += data

    def command(self) -> bytes:
        """Return a command with its literals put in as quoted strings are: behind a mark that no line holds."""
        line = self.read_line()
        self.literals: list[bytes] = []
        while found := re.search(rb"\{(\d+)\}$", line):
            self.write(b"+ go on\r\n")
            size = int(found[1])
            while len(self.left) < size:
                self._more()
            self.literals.append(bytes(self.left[:size]))
            del self.left[:size]
            line = line[: found.start()] + b"\x00%d\x00" % (len(self.literals) - 1) + self.read_line()
        return line

    # The commands

    def run(self) -> None:
        faults = self.server.faults
        self.tell(faults.greeting or "* OK double ready")
        if faults.greeting.startswith("* BYE"):
            return
        while True:
            line = self.command().decode("utf-8", "replace")
            tag, _, rest = line.partition(" ")
            name, _, args = rest.partition(" ")
            name = name.upper()
            if name == "UID":
                name, _, args = args.partition(" ")
                name = f"UID {name.upper()}"
            self.server.said.append(name if name in ("LOGIN", "APPEND") else f"{name} {args}".strip())
            if faults.bye_at == name:
                faults.bye_at = ""
                self.tell(f"* BYE {faults.bye}")
                return
            if faults.mute_at == name:
                self.mute = True
            if name in faults.no_to:
                self.tell(f"{tag} NO {faults.no_to[name]}")
                continue
            do: Callable[[str, str], str | None] | None = getattr(self, "do_" + name.lower().replace(" ", "_"), None)
            if do is None:
                self.tell(f"{tag} BAD unknown command")
                continue
            with self.server.lock if name != "IDLE" else contextlib.nullcontext():
                answer = do(tag, args)
            self.tell(f"{tag} {answer or f'OK {name} done'}")
            if name == "LOGOUT":
                return
            if name == "STARTTLS" and self.server.tls:
                self.wrap(self.server.tls)

    def do_capability(self, tag: str, args: str) -> None:
        clear = self.server.starttls and not isinstance(self.sock, ssl.SSLSocket)
        before = ("STARTTLS", "LOGINDISABLED") if clear else ("AUTH=PLAIN",)
        told = self.server.faults.capabilities if self.logged_in else before
        self.tell(" ".join(("* CAPABILITY IMAP4rev1", *told)))

    def do_noop(self, tag: str, args: str) -> None:
        self.news()

    def do_logout(self, tag: str, args: str) -> None:
        self.tell("* BYE see you")

    def do_starttls(self, tag: str, args: str) -> None:
        return None

    def do_login(self, tag: str, args: str) -> str | None:
        user, password = self.strings(args)
        return self._log_in(user, password)

    def do_authenticate(self, tag: str, args: str) -> str | None:
        self.write(b"+ \r\n")
        _, user, password = base64.b64decode(self.read_line()).decode().split("\0")
        return self._log_in(user, password)

    def _log_in(self, user: str, password: str) -> str | None:
        if self.server.faults.login:
            return f"NO {self.server.faults.login}"
        if (user, password) != (USER, PASSWORD):
            return "NO [AUTHENTICATIONFAILED] wrong"
        self.logged_in = True
        return None

    def do_namespace(self, tag: str, args: str) -> None:
        self.tell(f'* NAMESPACE (("{self.server.prefix}" "{self.server.delimiter}")) NIL NIL')

    def do_list(self, tag: str, args: str) -> None:
        if args.startswith('"" ""'):
            self.tell(f'* LIST (\\Noselect) "{self.server.delimiter}" ""')
            return
        for name, box in self.server.boxes.items():
            flags = " ".join(("\\HasNoChildren", *(box.flags if "SPECIAL-USE" in args else ())))
            self.tell(f'* LIST ({flags}) "{self.server.delimiter}" "{name}"')

    def do_create(self, tag: str, args: str) -> str | None:
        (name,) = self.strings(args)
        if name in self.server.boxes:
            return "NO [ALREADYEXISTS] there is one"
        if not name.startswith(self.server.prefix):
            return "NO [CANNOT] not there"
        self.server.boxes[name] = Box()
        return None

    def do_subscribe(self, tag: str, args: str) -> None:
        return None

    def do_select(self, tag: str, args: str) -> str | None:
        return self._select(args, readonly=False)

    def do_examine(self, tag: str, args: str) -> str | None:
        return self._select(args, readonly=True)

    def _select(self, args: str, *, readonly: bool) -> str | None:
        (name,) = self.strings(args)
        box = self.server.boxes.get(name)
        self.name = None
        if box is None:
            return "NO [NONEXISTENT] no such mailbox"
        self.name, self.readonly = name, readonly
        self.known, self.known_uid = len(box.letters), box.next_uid
        words = sorted({f for letter in box.letters for f in letter.flags if not f.startswith("\\")})
        flags = " ".join((*_FIXED, *words))
        more = " \\*" if self.server.faults.keywords else ""
        self.tell(f"* FLAGS ({flags})")
        self.tell(f"* OK [PERMANENTFLAGS ({flags}{more})] limited")
        self.tell(f"* {len(box.letters)} EXISTS")
        self.tell("* 0 RECENT")
        self.tell(f"* OK [UIDVALIDITY {box.validity}] valid")
        self.tell(f"* OK [UIDNEXT {box.next_uid}] next")
        return "OK [READ-ONLY] done" if readonly else "OK [READ-WRITE] done"

    def do_append(self, tag: str, args: str) -> str | None:
        name = self.strings(args)[0]
        box = self.server.boxes.get(name)
        if box is None:
            return "NO [TRYCREATE] no such mailbox"
        flags = re.search(r"\(([^)]*)\)", args)
        when = _moment(args)
        uid = box.add(self.literals[-1], when, set(flags[1].split()) if flags else set())
        return f"OK [APPENDUID {box.validity} {uid}] done"

    def do_uid_search(self, tag: str, args: str) -> None:
        words = re.findall(r'"(?:[^"\\]|\\.)*"|\S+', args)
        found = list(self.box.letters)
        while words:
            word = words.pop(0).upper()
            if word == "ALL":
                pass
            elif word == "UNDELETED":
                found = [x for x in found if "\\Deleted" not in x.flags]
            elif word in ("SINCE", "BEFORE"):
                day = _day(words.pop(0))
                found = [x for x in found if (x.received.date() >= day) == (word == "SINCE")]
            elif word in ("LARGER", "SMALLER"):
                size = int(words.pop(0))
                found = [x for x in found if (len(x.raw) > size if word == "LARGER" else len(x.raw) < size)]
            elif word == "UID":
                wanted = self.uids(words.pop(0))
                found = [x for x in found if x.uid in wanted]
            elif word == "HEADER":
                header, text = words.pop(0), self.strings(words.pop(0))[0]
                found = [x for x in found if re.search(rf"(?im)^{header}:.*{re.escape(text)}", _head(x.raw).decode())]
            else:
                raise ValueError(word)
        self.news()
        self.tell("* SEARCH " + " ".join(str(x.uid) for x in found) if found else "* SEARCH")

    def do_uid_fetch(self, tag: str, args: str) -> str | None:
        which, _, asked = args.partition(" ")
        wanted = self.uids(which)
        for number, letter in enumerate(list(self.box.letters), 1):
            if letter.uid not in wanted:
                continue
            if "BODY.PEEK[]" in asked and subject_of(letter.raw) in self.server.faults.bad_letters:
                return "NO [SERVERBUG] cannot read it" if "busy" in subject_of(letter.raw) else "NO cannot read it"
            parts = [f"UID {letter.uid}"]
            parts += [f'INTERNALDATE "{_internal(letter.received)}"'] if "INTERNALDATE" in asked else []
            parts += [f"RFC822.SIZE {len(letter.raw)}"] if "RFC822.SIZE" in asked else []
            parts += [f"FLAGS ({' '.join(sorted(letter.flags))})"] if "FLAGS" in asked else []
            body = re.search(r"BODY\.PEEK(\[[^\]]*\])", asked)
            line = f"* {number} FETCH ({' '.join(parts)}".encode()
            if body:
                text = letter.raw if body[1] == "[]" else _fields(letter.raw, body[1])
                line += f" BODY{body[1]} {{{len(text)}}}\r\n".encode() + text
            self.write(line + b")\r\n")
        return None

    def do_uid_store(self, tag: str, args: str) -> str | None:
        if self.readonly:
            return "NO [READ-ONLY] no"
        which, _, rest = args.partition(" ")
        flags = set(rest[rest.index("(") + 1 : rest.index(")")].split())
        new = {f for f in flags if not f.startswith("\\")}
        if new and not self.server.faults.keywords:
            return "NO [LIMIT] no new keywords"
        for letter in self.chosen(which):
            letter.flags = letter.flags - flags if rest.startswith("-") else letter.flags | flags
        return None

    def do_uid_move(self, tag: str, args: str) -> str | None:
        if "MOVE" not in self.server.faults.capabilities:
            return "BAD unknown command"
        return self._copy(args, move=True)

    def do_uid_copy(self, tag: str, args: str) -> str | None:
        return self._copy(args, move=False)

    def _copy(self, args: str, *, move: bool) -> str | None:
        which, _, name = args.partition(" ")
        target = self.server.boxes.get(self.strings(name)[0])
        if target is None:
            return "NO [TRYCREATE] no such mailbox"
        if self.readonly and move:
            return "NO [READ-ONLY] no"
        for letter in self.chosen(which):
            if subject_of(letter.raw) in self.server.faults.stuck:
                return f"NO {self.server.faults.stuck[subject_of(letter.raw)]}"
        pairs = []
        for letter in self.chosen(which):
            pairs.append((letter.uid, target.add(letter.raw, letter.received, letter.flags)))
            if move:
                self.box.letters.remove(letter)
        if not pairs or self.server.faults.no_copyuid or "UIDPLUS" not in self.server.faults.capabilities:
            return None
        told = f"[COPYUID {target.validity} {','.join(str(a) for a, _ in pairs)} {','.join(str(b) for _, b in pairs)}]"
        if not move:
            return f"OK {told} done"
        self.tell(f"* OK {told} moved")
        self.known -= len(pairs)
        return None

    def do_uid_expunge(self, tag: str, args: str) -> str | None:
        return self._expunge(lambda letter: letter.uid in self.uids(args))

    def do_expunge(self, tag: str, args: str) -> str | None:
        return self._expunge(lambda letter: True)

    def _expunge(self, chosen: Callable[[Letter], bool]) -> str | None:
        for number in range(len(self.box.letters), 0, -1):
            letter = self.box.letters[number - 1]
            if "\\Deleted" in letter.flags and chosen(letter):
                del self.box.letters[number - 1]
                self.known -= 1
                self.tell(f"* {number} EXPUNGE")
        return None

    def do_idle(self, tag: str, args: str) -> str | None:
        if self.server.faults.early:
            self.tell(f"* {self.known} EXISTS")
        self.tell("+ idling")
        while True:
            with self.server.lock:
                self.news()
            if self.left or select.select([self.sock], [], [], 0.02)[0]:
                assert self.read_line() == b"DONE"
                return None

    # Help

    def news(self) -> None:
        """Tell what has gone and come since the session was told last."""
        if self.name is None:
            return
        while self.known > len(self.box.letters):
            self.tell(f"* {self.known} EXPUNGE")
            self.known -= 1
        if self.box.next_uid > self.known_uid:
            self.known, self.known_uid = len(self.box.letters), self.box.next_uid
            self.tell(f"* {self.known} EXISTS")
            self.tell("* 1 RECENT")

    @property
    def box(self) -> Box:
        assert self.name is not None
        return self.server.boxes[self.name]

    def chosen(self, which: str) -> list[Letter]:
        wanted = self.uids(which)
        return [letter for letter in self.box.letters if letter.uid in wanted]

    def uids(self, which: str) -> set[int]:
        found: set[int] = set()
        for part in which.split(","):
            low, _, high = part.partition(":")
            found |= set(range(int(low), (self.box.next_uid if high == "*" else int(high or low)) + 1))
        return found

    def strings(self, args: str) -> list[str]:
        found = []
        for quoted, literal, atom in re.findall(r'"((?:[^"\\]|\\.)*)"|\x00(\d+)\x00|([^\s"()]+)', args):
            if literal:
                found.append(self.literals[int(literal)].decode())
            else:
                found.append(atom or re.sub(r"\\(.)", r"\1", quoted))
        return found


def _head(raw: bytes) -> bytes:
    return raw.partition(b"\r\n\r\n")[0]


def _fields(raw: bytes, asked: str) -> bytes:
    if asked == "[HEADER]":
        return _head(raw) + b"\r\n\r\n"
    wanted = asked[asked.index("(") + 1 : asked.index(")")].lower().split()
    lines = re.findall(rb"(?m)^([!-9;-~]+):(.*(?:\r?\n[ \t].*)*)", _head(raw))
    return b"".join(n + b":" + v.rstrip(b"\r") + b"\r\n" for n, v in lines if n.decode().lower() in wanted) + b"\r\n"


def _internal(moment: dt.datetime) -> str:
    local = moment.astimezone(dt.timezone(dt.timedelta(hours=2)))
    return f"{local.day:2d}-{_MONTHS[local.month - 1]}-{local:%Y %H:%M:%S %z}"


def _day(text: str) -> dt.date:
    day, month, year = text.split("-")
    return dt.date(int(year), _MONTHS.index(month) + 1, int(day))


def _moment(args: str) -> dt.datetime:
    found = re.search(r'"([ \d]\d-\w{3}-\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)"', args)
    assert found
    away = dt.timedelta(hours=int(found[6]), minutes=int(found[7])) * (-1 if found[5] == "-" else 1)
    time_of_day = dt.time(int(found[2]), int(found[3]), int(found[4]))
    return dt.datetime.combine(_day(found[1].strip()), time_of_day, dt.timezone(away)).astimezone(dt.UTC)


def box(server: ImapDouble, **changes: object) -> ImapBox:
    """Return the settings of the mailbox on a double."""
    told: dict[str, object] = {
        "address": USER,
        "host": "127.0.0.1",
        "port": server.port,
        "tls": "none",
        "user": USER,
        "password": PASSWORD,
        "since": dt.date(2026, 1, 1),
        "ca": None,
        "names": NAMES,
    }
    return ImapBox(**{**told, **changes})  # type: ignore[arg-type]


@contextlib.contextmanager
def peer(tmp_path: Path) -> Iterator[ImapPeer]:
    """Give a mailbox on the double, as the conformance tests see one."""
    with ImapDouble() as server:
        made = ImapPeer(box(server))
        try:
            yield made
        finally:
            made.close()
