"""Invented letters, people and a store for the tests of the pages."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.pages.app import Desk
from handlers import intake
from handlers.ports import ReadLetter
from handlers.reading.reading import Attachment, Context, Deadline, Envelope, Finding, Party, Raised, Reading, Text
from storage.raw import sha256_of
from storage.raw.files import RawFiles
from storage.records import Namnd, Person, RoleName, Series
from tests.templates import sqlite_register

STOCKHOLM = ZoneInfo("Europe/Stockholm")
NOW = dt.datetime(2026, 11, 24, 9, 30, tzinfo=STOCKHOLM)
TODAY = NOW.date()
SN = Namnd(
    "sn",
    "Socialnämnden",
    "Ekeby kommun",
    ("socialnamnden@ekeby.example",),
    url="http://localhost",
    token_keys=(b"a key that only the tests know",),
)
UN = Namnd("un", "Utbildningsnämnden", "Ekeby kommun", ("utbildning@ekeby.example",), diarium="external")
CANARY = "Kanariefågel"


class FixedClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> dt.datetime:
        return self.at


class FixedReader:
    """A reader that says what it was told to say."""

    def __init__(self) -> None:
        self.says = Reading(title="Omläst brev")
        self.read_bytes: list[bytes] = []

    def read(self, raw: bytes, context: Context) -> ReadLetter:
        self.read_bytes.append(raw)
        return ReadLetter(self.says)


class House:
    """A store with people and letters, and the desk that the pages are made of."""

    def __init__(self, folder: Path) -> None:
        self.store = sqlite_register(folder / "register.db")
        self.raw = RawFiles(folder / "raw")
        self.clock = FixedClock()
        self.reader = FixedReader()
        self.woken: list[bool] = []
        self.people: dict[str, Person] = {}
        self.namnder: dict[str, Namnd] = {"sn": SN, "un": UN}
        with self.store.book() as book:
            book.put_series(Series("sn", 2025, "SN", "{prefix} {year}-{number}", 1))
            book.put_series(Series("un", 2025, "UN", "{prefix} {year}-{number}", 1))
        self.person("Ylva Hedlund", "ylva@ekeby.example", ("sn", "registrator"))
        self.person("Karin Ödman", "karin@ekeby.example", ("sn", "handlaggare"))
        self.person("Mona Sund", "mona@ekeby.example", ("sn", "sekretess"))
        self.person("Nils Berg", "nils@ekeby.example", ("un", "registrator"))
        self.person("Ingen Roll", "ingen@ekeby.example")

    @property
    def desk(self) -> Desk:
        wake: Callable[[], None] = lambda: self.woken.append(True)  # noqa: E731
        return Desk(
            store=self.store,
            raw=self.raw,
            reader=self.reader,
            clock=self.clock,
            namnder=self.namnder,
            organisation="Ekeby kommun",
            url="http://localhost",
            wake=wake,
        )

    def person(self, name: str, email: str, *roles: tuple[str, RoleName]) -> Person:
        with self.store.book() as book:
            person = book.put_person(name, email)
            for namnd, role in roles:
                book.put_role(person.id, namnd, role, dt.date(2020, 1, 1), None)
        self.people[name.split()[0]] = person
        return person

    def login(self, name: str) -> str:
        """Give somebody a session; return its token. Its form token is the name and "-csrf"."""
        token = f"session-of-{name}"
        with self.store.book() as book:
            book.put_session(
                token,
                f"{name}-csrf",
                self.people[name].id,
                now=self.clock.at,
                expires_at=self.clock.at + dt.timedelta(hours=12),
            )
        return token

    def letter(
        self, reading: Reading, *, namnd: Namnd = SN, received: dt.datetime | None = None, raw: bytes = b""
    ) -> intake.Outcome:
        """Let a letter come in and be dealt with."""
        raw = raw or f"Subject: {reading.title}\r\n\r\n{reading.fingerprint}{received}".encode()
        sha256 = self.raw.put(raw)
        came = received or NOW
        with self.store.book() as book:
            arrival = intake.arrived(book, namnd, sha256, sha256, "ref", came, came)
        with self.store.book() as book:
            return intake.register(book, arrival.id, reading, namnd, came)

    def close(self) -> None:
        self.store.close()


def remiss(**changes: object) -> Reading:
    """Return the Reading of a remiss over a motion."""
    body = (
        "Till socialnämnden\n\nBegäran om yttrande över motion från Lena Östberg (V) om avgiftsfria trygghetslarm "
        "för personer över 80 år. Dnr KS 2026-388\n\nNämndens yttrande ska ha kommit in\nsenast den 26 februari 2027.\n"
        "\nMotionären föreslår\natt trygghetslarm ska vara avgiftsfria för den som har fyllt 80 år,\n"
        "att nämnden utreder kostnaden för 2028.\n\nMed vänlig hälsning\nRasmus Ekdahl"
    )
    pdf = b"%PDF-1.7 motion"
    made = Reading(
        kind="remiss",
        certainty=0.95,
        matter="motion",
        title="Yttrande över motion om avgiftsfria trygghetslarm",
        sender_authority="Kommunstyrelsen",
        sender=Party("Rasmus Ekdahl", "rasmus@ekeby.example"),
        forwarded_by=Party("Tove Lilja", "kansli@ekeby.example"),
        dated=dt.date(2026, 11, 23),
        raised=Raised(dt.date(2026, 11, 16), "fullmäktige tog emot motionen"),
        external_dnr=("KS 2026-388",),
        deadlines=(
            Deadline(
                dt.date(2027, 2, 26), "yttrande till kommunstyrelsen", "stated", "senast den 26 februari 2027", "body"
            ),
        ),
        motionarer=("Lena Östberg (V)",),
        demands=(
            "att trygghetslarm ska vara avgiftsfria för den som har fyllt 80 år",
            "att nämnden utreder kostnaden för 2028",
        ),
        findings=(
            Finding("kind", "remiss", 0.95, "Begäran om yttrande över motion", "body"),
            Finding("matter", "motion", 0.9, "motion från Lena Östberg (V)", "body"),
            Finding("deadlines", "2027-02-26", 0.95, "senast den 26 februari 2027", "body"),
            Finding("external_dnr", "KS 2026-388", 0.9, "Dnr KS 2026-388", "body"),
            Finding("sender_authority", "Kommunstyrelsen", 0.7, "Rasmus Ekdahl", "body"),
            Finding(
                "demands",
                "att trygghetslarm",
                0.9,
                "att trygghetslarm ska vara avgiftsfria för den som har fyllt 80 år",
                "body",
            ),
            Finding("demands", "att nämnden", 0.9, "att nämnden utreder kostnaden för 2028", "body"),
            Finding("motionarer", "Lena Östberg (V)", 0.5, "Lena Östberg (V)", "body"),
        ),
        envelope=Envelope(
            message_id="<remiss@ekeby.example>",
            subject="VB: Begäran om yttrande, motion om avgiftsfria trygghetslarm",
            from_=Party("Kansliet", "kansli@ekeby.example"),
            to=(Party(None, "socialnamnden@ekeby.example"),),
        ),
        attachments=(Attachment("Motion Östberg.pdf", "application/pdf", 184_000, sha256_of(pdf), 2, 900),),
        texts=(Text("body", body), Text("Motion Östberg.pdf", "Motion\n\nTrygghetslarm är till för alla.")),
        fingerprint="remiss",
    )
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


def other(title: str, **changes: object) -> Reading:
    """Return the Reading of a plain letter with a title."""
    slug = sha256_of(title.encode())[:10]
    made = Reading(
        kind="other",
        certainty=0.7,
        title=title,
        sender=Party("Region Ekebygd", "remiss@region.example"),
        envelope=Envelope(
            message_id=f"<{slug}@region.example>", subject=title, from_=Party("Region Ekebygd", "remiss@region.example")
        ),
        texts=(Text("body", f"{title}\n\nHälsningar\nRegionen"),),
        fingerprint=slug,
    )
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


def secret() -> Reading:
    """Return the Reading of what may be an individual's matter, full of words that must not be seen."""
    return other(
        f"Oro för {CANARY}",
        kind="orosanmalan",
        secret=True,
        secret_reasons=("personnummer",),
        sender_authority=f"{CANARY}skolan",
        texts=(Text("body", f"{CANARY} har berättat"),),
    )
