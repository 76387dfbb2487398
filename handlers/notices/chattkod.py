"""A code by mail that proves whose an account in the chat is, and the word that it was used."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
from typing import Literal

from handlers.notices.message import Heading, Message, Paragraph, Row, Rows
from storage.records import Namnd, Notice
from storage.store import Book

MINUTES = 15
FIGURES = 8
Where = Literal["teams", "sidorna"]
IN_TEAMS: Where = "teams"
ON_THE_PAGES: Where = "sidorna"


def render(book: Book, notice: Notice, namnd: Namnd, *, now: dt.datetime) -> Message | None:
    """Write it with a fresh code, of which only the hash is kept; needs a book that can be written."""
    person = book.person(notice.person_id) if notice.person_id else None
    if person is None or not book.roles(on=now.date(), person_id=person.id):
        return None
    code = _code(notice, namnd)
    book.put_chat_code(
        str(notice.data["tenant"]),
        str(notice.data["object"]),
        person.id,
        code,
        expires_at=now + dt.timedelta(minutes=MINUTES),
    )
    there = "på inloggningssidan" if notice.data.get("where") == ON_THE_PAGES else "till boten i Teams"
    return Message(
        subject="Din kod till Nämndbot",
        preheader=f"Skriv koden {there} inom {MINUTES} minuter.",
        blocks=(
            Heading("Koppla ditt konto"),
            Paragraph(f"Skriv koden {there}. Den gäller i {MINUTES} minuter."),
            Rows((Row("Kod", f"{code[:4]} {code[4:]}"),)),
            Paragraph(
                "Har du inte bett om den: gör inget, och ge den inte till någon. Den som skriver koden svarar i ditt namn.",
                quiet=True,
            ),
        ),
        foot=f"Nämndbot för {namnd.organisation}.",
    )


def _code(notice: Notice, namnd: Namnd) -> str:
    """Return the code of a notice: the same when the mail is written again, since the first may have come."""
    key = namnd.token_keys[0] if namnd.token_keys else secrets.token_bytes(32)
    made = hmac.new(key, f"chattkod:{notice.id}:{notice.key}".encode(), hashlib.sha256).digest()
    return f"{int.from_bytes(made[:8], 'big') % 10**FIGURES:0{FIGURES}d}"


def render_used(book: Book, notice: Notice, namnd: Namnd) -> Message | None:
    """Write that an account answers for a person from now on."""
    person = book.person(notice.person_id) if notice.person_id else None
    if person is None:
        return None
    first, pages = person.name.split()[0], notice.data.get("where") == ON_THE_PAGES
    what = "loggar kontot in som dig" if pages else "får du frågor och påminnelser i Teams"
    return Message(
        subject="Ditt konto är kopplat till Nämndbot",
        preheader=f"Från och med nu {what}.",
        blocks=(
            Heading("Ditt konto är kopplat"),
            Paragraph(f"Från och med nu {what}, {first}. Samma konto gäller på sidorna och i Teams."),
            Paragraph("Var det inte du? Säg till kommunens IT genast: någon annan kan svara i ditt namn.", quiet=True),
        ),
        foot=f"Nämndbot för {namnd.organisation}.",
    )
