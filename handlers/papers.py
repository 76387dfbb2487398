"""A handling in a case: what stands of it in the register put right, crossed out, or standing again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from handlers import gates, planning, registering
from handlers.errors import Invalid
from storage.records import Case, Direction, Document
from storage.store import Book

CORRECTABLE: Mapping[str, str] = {
    "title": "Rubrik",
    "party": "Från eller till",
    "dated": "Dokumentets dag",
    "direction": "Inkommen eller utgående",
}
DIRECTIONS: Mapping[Direction, str] = {"in": "Inkommen", "ut": "Utgående", "upprattad": "Upprättad"}


def correct(
    book: Book, document_id: int, field: str, value: str, reason: str, *, now: dt.datetime, actor: str
) -> Document:
    """Put right what stands of a handling; the old value stays in the journal, with who and why (JO 4639-2007).

    The file itself is never changed. Raises Invalid.
    """
    document, case = _open(book, document_id)
    value, reason = " ".join(value.split()), " ".join(reason.split())[:1000]
    if field not in CORRECTABLE:
        raise Invalid(f"Uppgiften {field} går inte att rätta här.", field)
    if document.makulerad:
        raise Invalid("Handlingen är struken. Låt den gälla igen först.", field)
    if not reason:
        raise Invalid("Skriv varför. Skälet står kvar i journalen.", "skal")
    was: object = getattr(document, field)
    made: object = value or None
    if field == "title" and not 1 <= len(value) <= 300:
        raise Invalid("Rubriken ska ha mellan 1 och 300 tecken.", field)
    if field == "party" and len(value) > 300:
        raise Invalid("Skriv högst 300 tecken.", field)
    if field == "direction" and value not in DIRECTIONS:
        raise Invalid("Välj ett av alternativen.", field)
    if field == "dated":
        made = registering.as_date(value, field) if value else None
    if made == was:
        raise Invalid("Så står det redan. Ändra uppgiften, eller låt den vara.", field)
    book.change_document(document.id, **{field: made})
    _tell(
        book,
        case,
        document,
        "handling rättad",
        {"från": _text(was), "till": _text(made), "skäl": reason},
        now=now,
        actor=actor,
        data={"uppgift": field},
    )
    return book.document(document_id)


def strike(book: Book, document_id: int, reason: str, *, now: dt.datetime, actor: str) -> Document:
    """Cross a handling out, or let it stand again: it keeps its number and its file; its days end, the reason stays.

    The handling that opened a case is the case's: then the case is crossed out. Raises Invalid.
    """
    document, case = _open(book, document_id)
    reason = " ".join(reason.split())[:1000]
    if not reason:
        raise Invalid("Skriv varför. Skälet står kvar i journalen.", "skal")
    if document.number == 1:
        raise Invalid("Handlingen öppnade ärendet. Makulera hela ärendet, eller flytta brevet.", "skal")
    if document.makulerad and document.arrival_id is not None:
        home = book.arrival(document.arrival_id).case_id
        if home != case.id:
            raise Invalid(
                "Brevet ligger inte i ärendet längre. Flytta det hit, eller lägg till det vid granskningen.", "skal"
            )
    book.change_document(document.id, makulerad=not document.makulerad)
    if not document.makulerad:
        book.end_deadlines(
            [d.id for d in book.deadlines(case.id, active=True) if d.document_id == document.id], "dropped"
        )
    what = "handling åter" if document.makulerad else "handling struken"
    _tell(book, case, document, what, {"skäl": reason}, now=now, actor=actor)
    planning.replan(book, case.id, now=now, actor=actor)
    return book.document(document_id)


def _open(book: Book, document_id: int) -> tuple[Document, Case]:
    document = book.document(document_id)
    case = book.case(document.case_id, lock=True)
    if case.secret or case.state == "makulerad":
        raise Invalid("Ärendet är makulerat. Det som står där ändras inte längre.", "skal")
    document = book.document(document_id)
    if document.arrival_id is not None and gates.is_hidden(book.arrival(document.arrival_id), case):
        # The case is open to others: what is written here would be too.
        raise Invalid("Brevet har sekretess. Det som står om handlingen ändras inte.", "skal")
    return document, case


def _text(value: object) -> str:
    return "" if value is None else value.isoformat() if isinstance(value, dt.date) else str(value)


def _tell(
    book: Book,
    case: Case,
    document: Document,
    what: str,
    personal: Mapping[str, str],
    *,
    now: dt.datetime,
    actor: str,
    data: Mapping[str, str] | None = None,
) -> None:
    book.change_case(case.id)
    book.note(
        case.namnd,
        what,
        now=now,
        actor=actor,
        case_id=case.id,
        data={"handling": document.number, **(data or {})},
        personal=dict(personal),
    )
