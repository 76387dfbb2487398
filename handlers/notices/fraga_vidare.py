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
    person_id = notice.data.get("person") or question.answered_by
    who = book.person(int(person_id)) if person_id else None
    name = who.name if who else "Handläggaren"
    number = case.dnr or "ett ärende"
    heading, told = {
        "fel_namnd": (
            f"{name} säger att {number} hör till en annan nämnd",
            "Avgör om det ska lämnas över. Svaret står i ärendets journal.",
        ),
        "oklart": (
            f"{name} har svarat om {number}, men vi förstod inte",
            "Svaret står i ärendets journal. Vi har frågat en gång till.",
        ),
    }.get(str(notice.data.get("why", "")), (f"{name} har en fråga om {number}", "Frågan står i ärendets journal."))
    return Message(
        subject=heading,
        preheader=told,
        blocks=(
            Heading(heading),
            Paragraph(f"{case.dnr or 'Ett ärende'}: {case.title}. {told}"),
            Button("Öppna ärendet", f"{namnd.url}/arende/{case.id}"),
        ),
        foot=f"Nämndbot för {namnd.name.lower()} i {namnd.organisation}.",
    )
