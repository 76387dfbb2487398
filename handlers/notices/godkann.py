"""A question to one person: is this approved? And the word back to who writes, when it is not."""

from __future__ import annotations

import datetime as dt

from handlers import kinds
from handlers.notices import papers
from handlers.notices.links import answer_link
from handlers.notices.message import FILES, Button, ByMail, Heading, Message, Paragraph, Row, Rows
from handlers.notices.words import upper_first, weekday
from storage.records import AskedQuestion, Entry, Namnd, Notice
from storage.store import Book


def render(book: Book, notice: Notice, namnd: Namnd, *, now: dt.datetime) -> Message | None:
    """Write the question; None when it has been answered, or the case has become secret meanwhile."""
    question = book.question(int(notice.data["question"]))
    case, person = book.case(question.case_id), book.person(notice.person_id) if notice.person_id else None
    if question.state != "open" or case.secret or person is None or case.state not in ("open", "waiting_dnr"):
        return None
    number = case.dnr or "ett ärende"
    handlaggare = book.person(case.handlaggare_id) if case.handlaggare_id else None
    rows = [
        Row("Typ", kinds.label(case.kind, case.matter)),
        Row("Handläggare", handlaggare.name if handlaggare else "Ingen än"),
    ]
    step = book.milestone(question.milestone_id) if question.milestone_id else None
    if step and step.planned:
        rows.append(Row("Senast", f"{upper_first(weekday(step.planned))} ({step.why[:1].lower()}{step.why[1:]})"))
    meeting = next((m for m in book.milestones(case.id) if m.kind == "beslut" and m.planned), None)
    if meeting and meeting.planned:
        rows.append(Row("Nämnden", upper_first(weekday(meeting.planned))))
    files, why_not = papers.carried(book, case)
    if files:
        rows.append(Row(FILES, papers.names(files)))
    again = " Vi frågar igen." if int(notice.data["step"]) else ""
    return Message(
        subject=f"Godkänner du {number}? {case.title[:90]}",
        preheader="Läs den bifogade tjänsteskrivelsen och svara på mejlet eller på sidan."
        if files
        else "Läs tjänsteskrivelsen på sidan och svara där, eller svara på mejlet.",
        blocks=(
            Heading(f"Godkänner du tjänsteskrivelsen i {number}?"),
            Paragraph(f"{case.title}.{again}"),
            Rows(tuple(rows)),
            *((Paragraph(why_not),) if why_not else ()),
            Button("Läs och svara", answer_link(book, question, person, namnd, now=now)),
            ByMail((Paragraph("Eller svara på mejlet med GODKÄNT, eller ÄNDRA och vad som ska ändras.", quiet=True),)),
            Paragraph("Ärendet går inte vidare förrän du har svarat.", quiet=True),
        ),
        foot=f"Nämndbot för {namnd.name.lower()} i {namnd.organisation}. Svaret blir en del av ärendet.",
        files=files,
        instead_of_files="Tjänsteskrivelsen gick inte att bifoga. Läs den på sidan.",
    )


def _is_it(entry: Entry, question: AskedQuestion) -> bool:
    return entry.what == "svar: andra" and entry.data.get("fråga") == question.id and "ord" in (entry.personal or {})


def render_sent_back(book: Book, notice: Notice, namnd: Namnd) -> Message | None:
    """Write to the handläggare what is to be changed; None when the case is secret or over meanwhile."""
    question = book.question(int(notice.data["question"]))
    case = book.case(question.case_id)
    if case.secret or case.state not in ("open", "waiting_dnr"):
        return None
    who = book.person(question.answered_by) if question.answered_by else None
    number, name = case.dnr or "Ett ärende", who.name if who else "Den som godkänner"
    # A handläggare never has to log in: what was written is told, to them alone.
    said = next(
        (str(e.personal["ord"]) for e in book.entries(case_id=case.id) if e.personal and _is_it(e, question)), ""
    )
    return Message(
        subject=f"{number} ska ändras innan det godkänns",
        preheader="Skicka den nya till nämndens brevlåda, så frågar vi igen.",
        blocks=(
            Heading("Tjänsteskrivelsen ska ändras"),
            Paragraph(f"{name} vill att tjänsteskrivelsen i {number} ändras: {case.title}."),
            *((Rows((Row(f"{name.split()[0]} skrev", said),)),) if said else ()),
            Paragraph("Skicka den nya till nämndens brevlåda med diarienumret i ämnesraden, så frågar vi igen."),
            Button("Öppna ärendet", f"{namnd.url}/arende/{case.id}"),
        ),
        foot=f"Nämndbot för {namnd.name.lower()} i {namnd.organisation}.",
    )
