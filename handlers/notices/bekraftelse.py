"""A neutral confirmation to a sender, where the nämnd has turned it on: that the letter has come, and no more."""

from __future__ import annotations

from handlers.notices.message import Heading, Message, Paragraph
from handlers.notices.words import clock
from storage.records import Namnd, Notice
from storage.store import Book


def render(book: Book, notice: Notice, namnd: Namnd) -> Message | None:
    """Write it; None when the case has become secret meanwhile."""
    assert notice.arrival_id is not None
    arrival = book.arrival(notice.arrival_id)
    if arrival.state != "registered" or arrival.case_id is None:
        return None
    case = book.case(arrival.case_id)
    if case.secret:
        return None
    number = f"Det har diarienummer {case.dnr}." if case.dnr else "Det får ett diarienummer inom kort."
    return Message(
        subject=f"Ditt brev till {namnd.name.lower()} har kommit in",
        preheader=number,
        blocks=(
            Heading("Ditt brev har kommit in"),
            Paragraph(f"Vi fick det {clock(arrival.received_at)}. {number}"),
            Paragraph("Det här mejlet har skickats automatiskt.", quiet=True),
        ),
        foot=f"{namnd.name}, {namnd.organisation}.",
        answer_to=arrival.message_id,
    )
