"""A question to the registratorer: is it so that something is done? And how it is put on pages and in digests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from handlers.notices.links import answer_link
from handlers.notices.message import Block, Button, ByMail, Heading, Message, Paragraph, Row, Rows
from handlers.notices.words import STOCKHOLM, day_of, upper_first, weekday
from storage.records import AskedQuestion, Case, Namnd, Notice
from storage.store import Book

# A question that somebody is asked, and what the bot has taken for done and may be undone.
KIND, TAKEN = "stammer", "antecknat"
# Whose meeting it was, and what it did with the case.
_MEETINGS = {
    "au": ("arbetsutskottet", "behandlade"),
    "beslut": ("nämnden", "beslutade i"),
    "ks": ("kommunstyrelsen", "behandlade"),
    "kf": ("fullmäktige", "beslutade i"),
}
_NOTED = {
    "au": "Arbetsutskottet har berett ärendet.",
    "beslut": "Nämnden har beslutat. Lägg till paragraf och utfall på ärendets sida när protokollet finns.",
    "ks": "Kommunstyrelsen har behandlat ärendet.",
    "kf": "Fullmäktige har beslutat, och ärendet är avslutat.",
}


def told(data: Mapping[str, Any], number: str, today: dt.date) -> str:
    """Return what may be done, as half a sentence.

    >>> told({"vad": "möte", "steg": "beslut", "dag": "2026-12-03"}, "SN 2026-12", dt.date(2026, 12, 17))
    'nämnden beslutade i SN 2026-12 den 3 december'
    >>> told({"vad": "svar", "dag": "2026-12-03"}, "SN 2026-12", dt.date(2027, 1, 7))
    'svaret i SN 2026-12 skickades den 3 december 2026'
    """
    when = f"den {day_of(dt.date.fromisoformat(data['dag']), today)}"
    if data["vad"] == "svar":
        return f"svaret i {number} skickades {when}"
    body, did = _MEETINGS.get(str(data.get("steg")), ("", "beslutade i"))
    organ = str(data.get("organ") or "")
    return f"{f'{organ[:1].lower()}{organ[1:]}' if organ else body} {did} {number} {when}"


def body_of(data: Mapping[str, Any]) -> str:
    """Return whose meeting it was, as bodies are called."""
    return "namnd" if data["steg"] == "beslut" else str(data["steg"])


def asks(question: AskedQuestion, number: str, today: dt.date) -> str:
    """Return the question as a sentence."""
    return f"Stämmer det att {told(question.answer_data, number, today)}?"


def noted(data: Mapping[str, Any]) -> str:
    """Return what a yes has put down."""
    if data["vad"] == "svar":
        return "Svaret är skickat."
    return _NOTED[str(data.get("steg") or "beslut")] if data["vad"] == "möte" else "Beslutet är antecknat."


def no_means(data: Mapping[str, Any]) -> str:
    """Return what a no means, as the button says it."""
    return "Nej, det bordlades" if data["vad"] == "möte" else "Nej"


def facts(book: Book, question: AskedQuestion, case: Case) -> tuple[Row, ...]:
    """Return what the question is built on."""
    data = question.answer_data
    handlaggare = book.person(case.handlaggare_id) if case.handlaggare_id else None
    rows = [Row("Ärende", case.title), Row("Handläggare", handlaggare.name if handlaggare else "Ingen än")]
    document = book.document(data["handling"]) if data.get("handling") else None
    if document:
        rows.append(Row("Handling", document.title))
    if document and data["vad"] == "svar" and document.party:
        rows.append(Row("Till" if document.direction == "ut" else "Säger sig vara från", document.party))
    if data.get("utfall"):
        rows.append(Row("Utfall", str(data["utfall"])))
    if data["vad"] == "möte":
        rows.append(Row("Mötet", upper_first(weekday(dt.date.fromisoformat(data["dag"])))))
    return tuple(rows)


def why(data: Mapping[str, Any]) -> str:
    """Return why somebody is asked."""
    if data["vad"] == "möte":
        return "Mötet har varit, och inget protokoll eller beslut har kommit till brevlådan."
    if data.get("obestyrkt"):
        return (
            "Ett brev säger sig vara svaret, och inget intygar att det är från nämnden. Boten ändrar inget förrän någon "
            "har svarat."
        )
    if data["vad"] == "svar":
        return (
            "Ett brev som kan vara svaret har gått ut. Boten är inte säker, och ändrar inget förrän någon har svarat."
        )
    return "Ett protokoll har kommit. Boten är inte säker på vad det säger, och ändrar inget förrän någon har svarat."


def render(book: Book, notice: Notice, namnd: Namnd, *, now: dt.datetime) -> Message | None:
    """Write the question; None when it has been answered, asked again, or the case has become secret meanwhile."""
    question = book.question(int(notice.data["question"]))
    case, person = book.case(question.case_id), book.person(notice.person_id) if notice.person_id else None
    if question.state != "open" or case.secret or person is None or case.state not in ("open", "waiting_dnr"):
        return None
    step = int(notice.data["step"])
    if question.answer_data.get("igen") or any(a.step > step for a in book.askings(question.id)):
        return None  # it lay over a stop
    today = now.astimezone(STOCKHOLM).date()
    asked = asks(question, case.dnr or "ärendet", today)
    blocks: tuple[Block, ...] = (
        Heading(asked),
        Paragraph(f"{why(question.answer_data)}{' Vi frågar igen.' if step else ''}"),
        Rows(facts(book, question, case)),
        ByMail(
            (
                Button("Svara på sidan", answer_link(book, question, person, namnd, now=now)),
                Paragraph(f"Eller svara på mejlet med JA, {_no(question)} eller VET INTE ÄN.", quiet=True),
            )
        ),
        Paragraph(_otherwise(question), quiet=True),
    )
    return Message(
        subject=asked,
        preheader="Svara ja, nej eller vet inte än.",
        blocks=blocks,
        foot=f"Nämndbot för {namnd.name.lower()} i {namnd.organisation}. Svaret blir en del av ärendet.",
    )


def _no(question: AskedQuestion) -> str:
    return "NEJ om det bordlades" if question.answer_data["vad"] == "möte" else "NEJ"


def _otherwise(question: AskedQuestion) -> str:
    if question.answer_data["vad"] == "möte":
        return "Får vi inget svar går planen vidare till nästa möte."
    return "Får vi inget svar står ärendet kvar som det är."
