"""A code by mail that proves whose an account in the chat is, and the word that it was used."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets

from handlers.notices.message import Heading, Message, Paragraph, Row, Rows
from storage.records import Namnd, Notice
from storage.store import Book

MINUTES = 15
FIGURES = 8


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
    return Message(
        subject="Din kod till Nämndbot i Teams",
        preheader=f"Skriv koden till boten i Teams inom {MINUTES} minuter.",
        blocks=(
            Heading("Koppla ditt Teams-konto"),
            Paragraph(f"Skriv koden till Nämndbot i Teams. Den gäller i {MINUTES} minuter."),
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
    return Message(
        subject="Ditt Teams-konto är kopplat till Nämndbot",
        preheader="Frågor kommer i Teams i stället för som mejl.",
        blocks=(
            Heading("Ditt Teams-konto är kopplat"),
            Paragraph(f"Från och med nu får du frågor och påminnelser i Teams, {person.name.split()[0]}."),
            Paragraph("Var det inte du? Säg till kommunens IT genast: någon annan kan svara i ditt namn.", quiet=True),
        ),
        foot=f"Nämndbot för {namnd.organisation}.",
    )
