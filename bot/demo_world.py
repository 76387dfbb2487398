"""A year on a simulated clock: the real storage, post room, reading, handlers and courier; clock and mailbox stood in."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from email.header import decode_header, make_header
from email.message import Message
from pathlib import Path

from bot import demo_letters as letters
from bot.courier import Courier
from bot.post import PostRoom
from bot.readers import read_here
from handlers import choices, intake, lists, mornings, verifying
from handlers.notices.words import STOCKHOLM
from handlers.ports import Gone, Incoming, LeftOut, Lying, ReadLetter
from handlers.reading.reading import Context
from handlers.reading.replies import ABOVE
from handlers.rules.workdays import FIRST
from handlers.verifying import Checked
from storage.raw import sha256_of
from storage.raw.files import RawFiles
from storage.records import Case, CaseDeadline, Entry, Folder, Namnd, RoleName, Series
from storage.store import Store

START, END = dt.date(2026, 1, 12), dt.date(2027, 2, 12)
ASK_AGAIN_AFTER = 5  # working days: what this nämnd has chosen
NAMND = Namnd(
    "sn",
    "Socialnämnden",
    "Ekeby kommun",
    ("socialnamnden@ekeby.example",),
    domain="ekeby.example",
    url="https://namndbot.ekeby.example",
    authserv_id=letters.MAIL_SERVER,
    token_keys=(b"the key of a town that does not exist",),
)
PEOPLE: tuple[tuple[str, str, RoleName], ...] = (
    ("Ylva Hedlund", "ylva.hedlund@ekeby.example", "registrator"),
    ("Anders Wikström", "anders.wikstrom@ekeby.example", "manager"),
    ("Birgitta Falk", "birgitta.falk@ekeby.example", "forvaltningschef"),
    ("Karin Ödman", "karin.odman@ekeby.example", "handlaggare"),
    ("Samira Haddad", "samira.haddad@ekeby.example", "handlaggare"),
)
_ROLES = {
    "registrator": "registrator",
    "manager": "chef",
    "forvaltningschef": "förvaltningschef",
    "handlaggare": "handläggare",
}
WHO = {address: f"{name}, {_ROLES[role]}" for name, address, role in PEOPLE}


class Clock:
    """A clock that stands where the year has come to."""

    def __init__(self) -> None:
        self.moment = dt.datetime.combine(START, dt.time(7, 0), STOCKHOLM)

    def now(self) -> dt.datetime:
        """Return the moment that the year has come to."""
        return self.moment


@dataclass(frozen=True, slots=True)
class Sent:
    """A mail that the courier sent: when, and what stood in it."""

    moment: dt.datetime
    to: str
    subject: str
    first: str  # the first line
    message_id: str


@dataclass(frozen=True, slots=True)
class Came:
    """A letter that came in, and what became of it."""

    moment: dt.datetime
    sender: str
    subject: str
    words: str  # of a reply: what the person wrote
    outcome: intake.Outcome


@dataclass(frozen=True, slots=True)
class Noted:
    """A line of the journal that tells how the case moved."""

    moment: dt.datetime
    entry: Entry


@dataclass(frozen=True, slots=True)
class Passed:
    """A day that went by without being met."""

    moment: dt.datetime
    deadline: CaseDeadline


Event = Sent | Came | Noted | Passed


class Mailbox:
    """A mailbox in memory."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._inbox: dict[str, tuple[bytes, dt.datetime]] = {}
        self._moved: set[str] = set()
        self.sent: list[tuple[dt.datetime, str, bytes]] = []

    def put(self, raw: bytes) -> None:
        """Let a letter come."""
        self._inbox[f"{len(self._inbox) + len(self._moved)}.eml"] = (raw, self._clock.now())

    def open(self, *, look_only: bool = False) -> None:
        """Do nothing: it is open."""

    def close(self) -> None:
        """Do nothing."""

    def watch(self, wake: Callable[[], None], stopping: threading.Event) -> None:
        """Return at once: the world tells when something has come."""

    def fetch(self, since: dt.datetime | None = None, *, everything: bool = False) -> Iterator[Incoming]:
        """Give the letters of the inbox, in the order they came."""
        for reference, (raw, received) in list(self._inbox.items()):
            yield Incoming(reference, raw, received, sha256_of(raw))

    def left_out(self) -> Sequence[LeftOut]:
        """Tell none: each can be fetched."""
        return ()

    def move(self, reference: str, folder: Folder, key: str, label: str = "") -> str | None:
        """Move a letter out of the inbox."""
        self._moved.add(reference)
        return None if self._inbox.pop(reference, None) is None else reference

    def unmark(self, reference: str, key: str, label: str) -> None:
        """Do nothing: no letter has a mark."""

    def lying(self, folder: Folder, since: dt.datetime | None = None) -> Iterator[Lying]:
        """Tell nothing: nobody else has this mailbox."""
        return iter(())

    def letter(self, reference: str) -> Incoming:
        """Raise Gone: what has been moved is not kept."""
        raise Gone(reference)

    def send(self, message_id: str, raw: bytes, to: str) -> str:
        """Keep what is sent, with the moment."""
        self.sent.append((self._clock.now(), message_id, raw))
        return "kept"

    def was_sent(self, message_id: str) -> bool | None:
        """Say whether the message has been kept."""
        return any(sent == message_id for _, sent, _ in self.sent)


class HereReader:
    """The real reading, in this process: the letters are our own."""

    def read(self, raw: bytes, context: Context) -> ReadLetter:
        """Return what the letter says."""
        return read_here(raw, context)


@dataclass(frozen=True, slots=True)
class Plan:
    """What people do: letters on their days, and what they write back to a mail from the bot (None: nothing)."""

    letters: tuple[tuple[dt.datetime, Callable[[dt.datetime, str], bytes]], ...]
    answer: Callable[[Sent], tuple[dt.datetime, bytes] | None]


@dataclass(slots=True)
class Year:
    """What happened in a year, in order, and the case as it stood at the end."""

    events: list[Event] = field(default_factory=list)
    case: Case | None = None
    deadlines: list[CaseDeadline] = field(default_factory=list)
    checked: Checked | None = None


class World:
    """One year's house in a folder of its own."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self._plan = plan
        self._clock = Clock()
        self._mailbox = Mailbox(self._clock)
        self._store = Store(f"sqlite:///{folder / 'namndbot.db'}", high_water=folder / "hogsta-nummer.json")
        self._store.migrate()
        self._raw = RawFiles(folder / "raw")
        self._room = PostRoom(
            self._store, self._raw, HereReader(), self._mailbox, NAMND, self._clock, "demo", threading.Event()
        )
        self._courier = Courier(
            self._store, {NAMND.key: self._mailbox}, {NAMND.key: NAMND}, self._clock, "demo", self._raw
        )
        self._year = Year()
        self._waiting: list[tuple[dt.datetime, Callable[[dt.datetime, str], bytes]]] = list(plan.letters)
        self._told = 0
        self._line = 0
        self._days: list[CaseDeadline] = []  # those that hold; only letters change them here
        self._gone: set[int] = set()

    def live(self) -> Year:
        """Let the year go by and return what happened."""
        # Alembic tells of each migration; nobody asked.
        logging.getLogger("alembic").setLevel(logging.WARNING)
        try:
            self._found()
            day = START
            while day <= END:
                self._day(day)
                day += dt.timedelta(days=1)
            with self._store.look() as book:
                if self._year.case:
                    self._year.case = book.case(self._year.case.id)
                    self._year.deadlines = book.deadlines(self._year.case.id)
                mark = self._store.high_water.read() if self._store.high_water else {}
                checked, kept = verifying.verify(book, mark), book.kept_hashes()
            self._year.checked = verifying.with_letters(checked, kept, self._raw)
            return self._year
        finally:
            self._store.close()

    def _found(self) -> None:
        with self._store.book() as book:
            now = self._clock.now()
            lists.enter_series(
                book, [Series(NAMND.key, START.year, "SN", "{prefix} {year}-{number}", 1)], now=now, actor="demo"
            )
            people = [lists.PersonLine(NAMND.key, role, name, mail, START, None) for name, mail, role in PEOPLE]
            lists.enter_people(book, people, now=now, actor="demo")
            choices.choose(book, NAMND.key, "ask_again_after", ASK_AGAIN_AFTER, now=now, actor="demo")

    def _day(self, day: dt.date) -> None:
        self._set(dt.datetime.combine(day, FIRST, STOCKHOLM))
        self._passed(day)
        with self._store.book() as book:
            mornings.work(book, NAMND, now=self._clock.now())  # on a day off it does nothing
        self._send()
        while self._waiting and min(w[0] for w in self._waiting).date() <= day:
            when, letter = self._waiting.pop(min(range(len(self._waiting)), key=lambda i: self._waiting[i][0]))
            self._set(when)
            self._mailbox.put(letter(when, self._year.case.dnr or "" if self._year.case else ""))
            self._receive()
            self._send()

    def _set(self, moment: dt.datetime) -> None:
        self._clock.moment = max(moment, self._clock.moment)

    def _receive(self) -> None:
        raws = {incoming.reference: incoming.raw for incoming in self._mailbox.fetch()}
        for outcome in self._room.round():
            message = email.message_from_bytes(raws[outcome.arrival.reference], policy=email.policy.default)
            body = message.get_body(("plain",))
            words = body.get_content().strip() if body is not None and outcome.state == "answer" else ""
            sender = str(message["From"])
            self._year.events.append(Came(self._clock.now(), sender, str(message["Subject"]), words, outcome))
            self._year.case = outcome.case or self._year.case
        self._read_journal()

    def _read_journal(self) -> None:
        with self._store.look() as book:
            new = [e for e in book.entries(namnd=NAMND.key, limit=1000) if e.seq > self._line]
            if self._year.case:
                self._days = book.deadlines(self._year.case.id, active=True)
        for entry in sorted(new, key=lambda e: e.seq):
            self._line = entry.seq
            self._year.events.append(Noted(self._clock.now(), entry))

    def _send(self) -> None:
        self._courier.round()
        while self._told < len(self._mailbox.sent):
            moment, message_id, raw = self._mailbox.sent[self._told]
            self._told += 1
            sent = self._as_sent(moment, message_id, raw)
            self._year.events.append(sent)
            answered = self._plan.answer(sent)
            if answered:
                when, letter = answered
                self._waiting.append((when, lambda _now, _dnr, letter=letter: letter))  # type: ignore[misc]

    def _as_sent(self, moment: dt.datetime, message_id: str, raw: bytes) -> Sent:
        # The old, quick way of reading headers: hundreds of mails are looked at, and all of them are our own.
        message = email.message_from_bytes(raw)
        part = message.get_payload(0)
        assert isinstance(part, Message)
        text = part.get_payload(decode=True)
        assert isinstance(text, bytes)
        blocks = text.decode("utf-8").replace("\r\n", "\n").strip().split("\n\n")
        if blocks[0] == ABOVE:
            blocks = blocks[1:]
        # A question's first line asks; what it is about comes in the next.
        first = " ".join(blocks[:2] if blocks[0].endswith("?") else blocks[:1])
        return Sent(moment, _header(message, "To"), _header(message, "Subject"), " ".join(first.split()), message_id)

    def _passed(self, today: dt.date) -> None:
        for one in self._days:
            if one.date and one.date < today and one.id not in self._gone:
                self._gone.add(one.id)
                self._year.events.append(Passed(self._clock.now(), one))


def _header(message: Message, name: str) -> str:
    return " ".join(str(make_header(decode_header(str(message[name])))).split())
