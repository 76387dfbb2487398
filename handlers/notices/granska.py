"""Word to the registrator that a letter waits to be looked at before it is registered."""

from __future__ import annotations

from handlers.notices import correcting
from handlers.notices.message import Button, Heading, Message, Paragraph, Row, Rows
from handlers.notices.words import STOCKHOLM, clock, upper_first, weekday
from handlers.rules import deadlines
from storage.records import Namnd, Notice
from storage.store import Book


def render(book: Book, notice: Notice, namnd: Namnd) -> Message | None:
    """Write it against today's facts; None when the letter has been dealt with, or is secret."""
    assert notice.arrival_id is not None
    arrival = book.arrival(notice.arrival_id)
    if arrival.state != "review":
        return None
    due = deadlines.registered_by(arrival.received_at.astimezone(STOCKHOLM).date())
    reasons = ". ".join(arrival.reasons) or "Vi är osäkra"
    return Message(
        subject=f"{arrival.label} väntar på dig: {reasons[:100]}",
        preheader="Brevet har inget diarienummer än.",
        blocks=(
            Heading("Ett brev väntar på dig"),
            Paragraph("Brevet du skickade vidare är sparat men inte registrerat än. Vi behöver ett svar av dig."),
            Rows(
                (
                    Row("Brev", arrival.label),
                    Row("Kom", upper_first(clock(arrival.received_at))),
                    Row("Registreras senast", upper_first(weekday(due))),
                    Row("Fråga", reasons),
                )
            ),
            Button("Granska brevet", f"{namnd.url}/granska/{arrival.id}"),
            correcting.words(waits=True, proposed=arrival.proposed_case_id is not None),
        ),
        foot=f"Nämndbot för {namnd.name.lower()} i {namnd.organisation}.",
        answer_to=arrival.message_id,
    )
