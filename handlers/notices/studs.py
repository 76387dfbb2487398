"""Word that a mail to somebody came back: to whom, why, and what was in it to be done."""

from __future__ import annotations

from handlers.notices.message import Button, Heading, Message, Paragraph, Row, Rows
from storage.records import Namnd, Notice
from storage.store import Book

_WHY = {
    "5.1": "Adressen finns inte.",
    "5.2": "Brevlådan är full eller avstängd.",
    "5.3": "Mottagarens server tar inte emot mejlet.",
    "5.4": "Mottagarens server går inte att nå.",
    "5.7": "Mottagarens server vill inte ta emot mejl från oss.",
}
_ASKED = {
    "fraga": "frågan om vem som tar ett ärende",
    "paminnelse": "en påminnelse",
    "godkann": "en fråga om godkännande",
}


def render(book: Book, notice: Notice, namnd: Namnd) -> Message | None:
    """Write it; None when the case has become secret."""
    about = book.notice(int(notice.data["notice"]))
    case = book.case(about.case_id) if about.case_id else None
    if case is not None and case.secret:
        return None
    person = book.person(about.person_id) if about.person_id else None
    name = person.name if person else "mottagaren"
    rows = [Row("Adressen", about.address), Row("Varför", reason(about))]
    rows.append(Row("Mejlet", _ASKED.get(about.kind, "ett utskick från Nämndbot")))
    if case is not None:
        rows.append(Row("Ärendet", f"{case.dnr or 'Väntar på dnr'}: {case.title}"))
    ask = (
        f"Be {name} om en annan adress och läs in den med rollistan. Det som {name} skulle svara på står på ärendets sida."
        if person
        else "Avsändaren får ingen bekräftelse. Ärendet är registrerat som det ska."
    )
    return Message(
        subject=f"Mejl till {name} kommer inte fram",
        preheader=f"{why(about.bounce or '')} {'Be om en annan adress.' if person else ''}".strip(),
        blocks=(
            Heading(f"Mejl till {name} kommer inte fram"),
            Rows(tuple(rows)),
            Paragraph(ask),
            *((Button("Öppna ärendet", f"{namnd.url}/arende/{case.id}"),) if case is not None else ()),
        ),
        foot=f"Nämndbot för {namnd.name.lower()} i {namnd.organisation}.",
    )


def reason(notice: Notice) -> str:
    """Return why a notice did not arrive: the status of what came back, or what the way out said."""
    if notice.bounce is None and notice.error and " " in notice.error:
        return notice.error
    return why(notice.bounce or "")


def why(status: str) -> str:
    """Return what a status of RFC 3463 means, for people.

    >>> why("5.1.1"), why("")
    ('Adressen finns inte.', 'Mottagarens server tog inte emot det.')
    """
    return _WHY.get(status[:3], "Mottagarens server tog inte emot det.")
