"""Word to who answered by mail: what was done, and what could not be."""

from __future__ import annotations

from handlers.notices.message import Block, Heading, Message, Paragraph
from storage.records import Namnd, Notice
from storage.store import Book


def render(book: Book, notice: Notice, namnd: Namnd) -> Message | None:
    """Write it."""
    done, refused = list(notice.data.get("done", ())), list(notice.data.get("refused", ()))
    blocks: list[Block] = [Heading("Tack, det är antecknat" if done and not refused else "Om ditt svar")]
    blocks += [Paragraph(d) for d in done]
    blocks += [Paragraph(r) for r in refused]
    arrival = book.arrival(notice.arrival_id) if notice.arrival_id else None
    return Message(
        subject=(done or refused)[0][:140],
        preheader="Svara på mejlet om något blev fel.",
        blocks=tuple(blocks),
        foot=f"Nämndbot för {namnd.name.lower()} i {namnd.organisation}.",
        answer_to=arrival.message_id if arrival else None,
    )
