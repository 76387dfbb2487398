"""Word that a mailbox, or the way out for mail, is out of reach, or that one letter needs a person's hand."""

from __future__ import annotations

import datetime as dt

from handlers.notices.message import Button, Heading, Message, Paragraph, Row, Rows
from handlers.notices.words import STOCKHOLM, upper_first, weekday
from storage.records import Namnd, Notice, Trouble
from storage.store import Book


def render(book: Book, notice: Notice, namnd: Namnd, *, now: dt.datetime) -> Message | None:
    """Write it as things stand now; None when the trouble is over and nobody was told of it."""
    name = str(notice.data["trouble"])
    trouble = next((t for t in book.troubles((namnd.key,)) if t.name == name), None)
    over = notice.data["over"]
    if (trouble is None) != over:
        return None  # it has ended, or begun anew, since this was queued
    if trouble is not None and trouble.of_letter:
        return _letter(trouble, namnd)
    return _over(name, namnd) if trouble is None else _told(trouble, namnd, now)


def _told(trouble: Trouble, namnd: Namnd, now: dt.datetime) -> Message:
    since = trouble.since.astimezone(STOCKHOLM)
    what = _what(trouble.name, namnd)
    means = (
        "Frågor och påminnelser kommer som mejl så länge."
        if trouble.name.startswith("chat:")
        else "Breven ligger kvar i brevlådan och registreras när den går att nå igen. Har ett brev bråttom, registrera det "
        "för hand."
        if trouble.name.startswith("post:")
        else "Det som ska skickas ligger kvar och går iväg när det går igen. Sidorna fungerar som vanligt."
    )
    return Message(
        subject=f"{upper_first(what)} går inte att nå",
        preheader="Inget är förlorat. Be IT titta på det.",
        blocks=(
            Heading(f"{upper_first(what)} går inte att nå"),
            Rows(
                (
                    Row("Sedan", f"{upper_first(weekday(since.date()))} klockan {since:%H.%M}"),
                    Row("Felet", trouble.what),
                )
            ),
            Paragraph(means),
            Paragraph("Be IT köra: namndbot doctor", quiet=True),
            *((Button("Registrera för hand", f"{namnd.url}/registrera"),) if trouble.name.startswith("post:") else ()),
        ),
        foot=f"Nämndbot för {namnd.name.lower()} i {namnd.organisation}.",
    )


def _letter(trouble: Trouble, namnd: Namnd) -> Message:
    since = trouble.since.astimezone(STOCKHOLM)
    ways = (
        Button("Registrera för hand", f"{namnd.url}/registrera")
        if ":inkorg:" in trouble.name
        else Button("Granska", f"{namnd.url}/granska")
    )
    return Message(
        subject=f"{namnd.name}: ett brev kräver att någon tar hand om det",
        preheader="Boten kommer inte vidare med det själv. De andra breven tas om hand som vanligt.",
        blocks=(
            Heading("Ett brev kräver att någon tar hand om det"),
            Rows(
                (
                    Row("Sedan", f"{upper_first(weekday(since.date()))} klockan {since:%H.%M}"),
                    Row("Brevet", trouble.what),
                )
            ),
            Paragraph("De andra breven tas om hand som vanligt.", quiet=True),
            *(() if ":flytt:" in trouble.name else (ways,)),
        ),
        foot=f"Nämndbot för {namnd.name.lower()} i {namnd.organisation}.",
    )


def _over(name: str, namnd: Namnd) -> Message:
    what = upper_first(_what(name, namnd))
    return Message(
        subject=f"{what} går att nå igen",
        preheader="Det som låg och väntade tas om hand nu.",
        blocks=(Heading(f"{what} går att nå igen"), Paragraph("Det som låg och väntade tas om hand nu.")),
        foot=f"Nämndbot för {namnd.name.lower()} i {namnd.organisation}.",
    )


def _what(name: str, namnd: Namnd) -> str:
    if name.startswith("chat:"):
        return f"Teams för {namnd.name.lower()}"
    return f"{namnd.name.lower()}s {'brevlåda' if name.startswith('post:') else 'väg ut för mejl'}"
