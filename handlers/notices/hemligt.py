"""Word to those with the role sekretess: id and time of a suspected individual matter, and nothing else."""

from __future__ import annotations

from handlers.notices.message import Button, Heading, Message, Paragraph
from handlers.notices.words import clock
from storage.records import Namnd, Notice
from storage.store import Book


def render(book: Book, notice: Notice, namnd: Namnd) -> Message | None:
    """Write it; None when somebody has decided already. Nothing of the letter is read here."""
    assert notice.arrival_id is not None
    arrival = book.arrival(notice.arrival_id)
    if arrival.state != "secret":
        return None
    return Message(
        subject=f"{arrival.label}: misstänkt individärende, ska avgöras senast nästa arbetsdag",
        preheader="Öppna brevet i brevlådans mapp hemligt.",
        blocks=(
            Heading("Misstänkt individärende"),
            Paragraph(
                f"{arrival.label} kom {clock(arrival.received_at)}. Brevet visas inte här. "
                "Det ligger i brevlådans mapp hemligt."
            ),
            Paragraph(
                "Avgör senast nästa arbetsdag: eget nummer med sekretessmarkering, överlämnat, eller inte hemligt."
            ),
            Button("Avgör", f"{namnd.url}/granska/{arrival.id}"),
        ),
        foot=f"Nämndbot för {namnd.name.lower()} i {namnd.organisation}.",
    )
