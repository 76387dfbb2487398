"""Small makers of what tests need: a nämnd with its people, letters, readings."""

from __future__ import annotations

import datetime as dt
import hashlib
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from zoneinfo import ZoneInfo

from handlers import intake
from handlers.reading.reading import Attachment, Envelope, Party, Reading, Text
from handlers.rules import tokens
from storage.records import Folder, Namnd, Person, RoleName, Series
from storage.store import Book, Store

STOCKHOLM = ZoneInfo("Europe/Stockholm")
NOW = dt.datetime(2026, 11, 24, 8, 12, tzinfo=STOCKHOLM)
KEY = b"a key that only the tests know"
SN = Namnd(
    "sn",
    "Socialnämnden",
    "Ekeby kommun",
    ("socialnamnden@ekeby.example",),
    domain="ekeby.example",
    url="http://nb",
    token_keys=(KEY,),
)
BUN = Namnd("bun", "Barn- och utbildningsnämnden", "Ekeby kommun", ("bun@ekeby.example",), domain="ekeby.example")


def found(store: Store, *, template: str = "{prefix} {year}-{number}", first: int = 1) -> dict[str, Person]:
    """Give the two nämnder their series and people; return people by first name."""
    staff: tuple[tuple[str, str, RoleName], ...] = (
        ("Ylva Hedlund", "sn", "registrator"),
        ("Karin Ödman", "sn", "handlaggare"),
        ("Anders Wikström", "sn", "manager"),
        ("Birgitta Falk", "sn", "sekretess"),
        ("Amina Yusuf", "bun", "registrator"),
    )
    people = {}
    with store.book() as book:
        for namnd, prefix in (("sn", "SN"), ("bun", "BUN")):
            book.put_series(Series(namnd, 2026, prefix, template, first))
        for name, namnd, role in staff:
            short = name.split()[0].lower()
            person = book.put_person(name, f"{short}@ekeby.example")
            book.put_role(person.id, namnd, role, dt.date(2026, 1, 1), None)
            people[short] = person
    return people


def letter(
    subject: str = "Remiss om biblioteksplan",
    text: str = "Yttrande lämnas senast den 26 februari 2027.",
    *,
    sender: str = "kansli@ekeby.example",
    message_id: str | None = None,
    attachments: tuple[tuple[str, bytes], ...] = (),
    received: dt.datetime = NOW,
    **headers: str,
) -> bytes:
    """Return a letter as MIME bytes, with a topmost Received header."""
    made = EmailMessage(policy=SMTP)
    made["Received"] = f"from a by b; {format_datetime(received)}"
    made["From"] = sender
    made["To"] = "socialnamnden@ekeby.example"
    made["Subject"] = subject
    made["Date"] = received
    made["Message-ID"] = message_id or f"<{hashlib.sha256((subject + text).encode()).hexdigest()[:16]}@ekeby.example>"
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    for name, data in attachments:
        made.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    made_bytes: bytes = made.as_bytes()
    return made_bytes


def reading(
    title: str = "Biblioteksplan",
    *,
    kind: str = "remiss",
    sender: str = "kansli@ekeby.example",
    message_id: str | None = None,
    in_reply_to: tuple[str, ...] = (),
    subject: str = "",
    text: str = "",
    attachments: tuple[tuple[str, bytes], ...] = (),
    automatic: str | None = None,
    **fields: object,
) -> Reading:
    """Return a Reading with what a test cares about."""
    words = text or f"Texten i {title}"
    return Reading(
        kind=kind,
        certainty=0.95,
        title=title,
        envelope=Envelope(
            message_id=message_id or f"<{hashlib.sha256(title.encode()).hexdigest()[:12]}@a.example>",
            in_reply_to=in_reply_to,
            subject=subject or title,
            from_=Party("Kansliet", sender),
            automatic=automatic,
            one_sender=sender,
            tokens=tokens.found_in(in_reply_to),
        ),
        reply=words if tokens.found_in(in_reply_to) else "",
        attachments=tuple(
            Attachment(name, "application/pdf", max(len(data), 4096), hashlib.sha256(data).hexdigest())
            for name, data in attachments
        ),
        texts=(Text("body", words),),
        fingerprint=hashlib.sha256((title + words).encode()).hexdigest(),
        **fields,  # type: ignore[arg-type]
    )


def arrive(book: Book, read: Reading, *, namnd: Namnd = SN, received: dt.datetime = NOW, now: dt.datetime = NOW) -> int:
    """Let a letter come (T1) and return its arrival's id."""
    key = hashlib.sha256(repr((read.fingerprint, read.envelope.message_id, received)).encode()).hexdigest()
    return intake.arrived(book, namnd, key, key, "brev.eml", received, now).id


def take_in(
    store: Store,
    read: Reading,
    *,
    namnd: Namnd = SN,
    received: dt.datetime = NOW,
    now: dt.datetime = NOW,
    found: Folder | None = None,
) -> intake.Outcome:
    """Let a letter come, or be found in a folder, and be registered, in its two transactions."""
    with store.book() as book:
        arrival_id = arrive(book, read, namnd=namnd, received=received, now=now)
    with store.book() as book:
        return intake.register(book, arrival_id, read, namnd, now, found=found)
