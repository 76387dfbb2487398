"""A question to a manager: is this person away, as their automatic reply says?"""

from __future__ import annotations

import datetime as dt

from handlers.notices.links import answer_link
from handlers.notices.message import Button, ByMail, Heading, Message, Paragraph
from handlers.notices.words import weekday
from storage.records import Namnd, Notice
from storage.store import Book


def render(book: Book, notice: Notice, namnd: Namnd, *, now: dt.datetime) -> Message | None:
    """Write the question; None when it has been answered. Why somebody is away is neither asked nor told."""
    question = book.question(int(notice.data["question"]))
    person = book.person(notice.person_id) if notice.person_id else None
    who = book.person(int(question.answer_data["person"])) if question.state == "open" else None
    if person is None or who is None:
        return None
    last = dt.date.fromisoformat(question.answer_data["till"])
    return Message(
        subject=f"Är {who.name} borta till {weekday(last)}?",
        preheader="Ett automatiskt svar kom på en fråga.",
        blocks=(
            Heading(f"Är {who.name} borta till {weekday(last)}?"),
            Paragraph(
                f"Ett automatiskt svar från {who.name} säger det. Stämmer det frågar vi någon annan så länge. Vi frågar inte "
                "varför."
            ),
            ByMail(
                (
                    Button("Svara på sidan", answer_link(book, question, person, namnd, now=now)),
                    Paragraph("Eller svara på mejlet med JA eller NEJ.", quiet=True),
                )
            ),
        ),
        foot=f"Nämndbot för {namnd.name.lower()} i {namnd.organisation}.",
    )
