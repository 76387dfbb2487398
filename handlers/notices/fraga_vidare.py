"""Word to the registrator: a handläggare has a question about a case."""

from __future__ import annotations

from handlers.notices.message import Button, Heading, Message, Paragraph
from storage.records import Namnd, Notice
from storage.store import Book


def render(book: Book, notice: Notice, namnd: Namnd) -> Message | None:
    """Write it; None when the case has become secret. The question's words stand in the journal, not here."""
    question = book.question(int(notice.data["question"]))
    case = book.case(question.case_id)
    if case.secret:
        return None
    who = book.person(question.answered_by) if question.answered_by else None
    name = who.name if who else "Handläggaren"
    return Message(
        subject=f"{name} har en fråga om {case.dnr or 'ett ärende'}",
        preheader="Frågan står i ärendets journal.",
        blocks=(
            Heading(f"{name} har en fråga"),
            Paragraph(f"{case.dnr or 'Ett ärende'}: {case.title}. Frågan står i ärendets journal."),
            Button("Öppna ärendet", f"{namnd.url}/arende/{case.id}"),
        ),
        foot=f"Nämndbot för {namnd.name.lower()} i {namnd.organisation}.",
    )
