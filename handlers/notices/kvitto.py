"""The registrator's receipt: the number, what was read with its sentences, and how to correct it."""

from __future__ import annotations

from handlers import kinds
from handlers.notices import correcting
from handlers.notices.message import Block, Button, ByMail, Heading, Message, Paragraph, Row, Rows, Stamp
from handlers.notices.words import STOCKHOLM, upper_first, weekday
from storage.records import Case, CaseDeadline, Namnd, Notice
from storage.store import Book


def render(book: Book, notice: Notice, namnd: Namnd) -> Message | None:
    """Write a receipt against today's facts; None when the case has become secret or is gone meanwhile."""
    assert notice.case_id is not None
    assert notice.arrival_id is not None
    case = book.case(notice.case_id)
    if case.secret or case.state == "makulerad":
        return None
    arrival = book.arrival(notice.arrival_id)
    number = case.dnr or "väntar på diarienummer"
    out = arrival.document_id is not None and book.document(arrival.document_id).direction == "ut"
    joined = arrival.document_id is not None and book.document(arrival.document_id).number > 1
    questions = arrival.questions
    ask = f" ({len(questions)} att titta på)" if questions else ""
    handler = book.person(case.handlaggare_id) if case.handlaggare_id else None
    what = f"Lagt till {number}" if joined else f"Registrerat som {number}" if case.dnr else "Väntar på diarienummer"
    return Message(
        subject=f"{number} {'har fått en handling' if joined else 'registrerat'}: {case.title[:80]}{ask}",
        preheader=_next(case, book.deadlines(case.id, active=True)),
        blocks=(
            Heading("Utgående, registrerat" if out else what),
            _in_words(
                f"Det du skickade är registrerat som utgående i {number}."
                + (f" Ärendet väntar på {case.waiting_for}." if case.waiting_for else "")
                if out
                else "Brevet du skickade vidare hör till ett ärende som redan finns."
                if joined
                else "Brevet du skickade vidare är registrerat."
                if case.dnr
                else "Brevet du skickade vidare är registrerat. Skriv in diarienumret när ni har det.",
                said=bool(case.dnr) and not out and not joined,
            ),
            ByMail(
                (
                    Stamp(
                        (
                            ("Ink", case.inkommen_at.astimezone(STOCKHOLM).date().isoformat()),
                            ("Dnr", case.dnr or ""),
                            ("Hlg", handler.name if handler else ""),
                        )
                    ),
                )
            ),
            *(Paragraph(f"Titta på: {q}.") for q in questions),
            Heading("Det här läste vi"),
            Rows(tuple(_facts(book, case))),
            correcting.words(number=case.dnr is None),
            Paragraph("Du kan också rätta på ärendets sida. Det gamla står kvar i journalen.", quiet=True),
            Button("Öppna ärendet", f"{namnd.url}/arende/{case.id}"),
        ),
        foot=f"Nämndbot för {namnd.name.lower()} i {namnd.organisation}.",
        answer_to=arrival.message_id,
    )


def _in_words(text: str, *, said: bool) -> Block:
    # A card has its head right above, and is no mail that answers one.
    return ByMail((Paragraph(text),)) if said else Paragraph(text)


def _next(case: Case, deadlines: list[CaseDeadline]) -> str:
    dated = next((d for d in deadlines if d.date), None)
    if dated is None or dated.date is None:
        return "Ingen svarsdag står i brevet."
    return f"{upper_first(dated.purpose)}: {weekday(dated.date)}."


def _facts(book: Book, case: Case) -> list[Row]:
    rows = [
        Row("Typ", kinds.label(case.kind, case.matter)),
        Row("Ärendemening", case.title),
        Row("Från", case.sender or "Framgår inte"),
    ]
    if case.motionarer:
        rows.append(Row("Förslag av", ", ".join(case.motionarer)))
    for deadline in book.deadlines(case.id, active=True):
        if deadline.clock == "law":
            label, quote = "Lagens tid", ""
        elif deadline.clock == "goal":
            label, quote = "Kommunens mål", deadline.sentence
        else:
            label, quote = "Svarsdag", deadline.sentence
        value = weekday(deadline.date) if deadline.date else f"Utan dag: {deadline.text}"
        why = f"{deadline.purpose}, {deadline.source}" if deadline.clock == "law" else deadline.purpose
        rows.append(Row(label, f"{upper_first(value)} ({why})", quote))
    external = [e.raw for e in book.externals(case.id)]
    if external:
        rows.append(Row("Andras nummer", ", ".join(external)))
    documents = [d.title for d in book.documents(case.id) if not d.makulerad]
    rows.append(Row("Handlingar", ", ".join(documents)))
    return rows
