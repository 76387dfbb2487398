"""The words that a registrator may write in a reply to a receipt, as rows."""

from __future__ import annotations

from handlers.notices.message import ByMail, Heading, Paragraph, Row, Rows

_SAME = (
    Row("Annan typ", "det är en remiss"),
    Row("Annan rubrik", "rubrik: Motion om trygghetslarm"),
    Row("Annan dag", "svar senast 5/2, eller inget datum"),
    Row("Annat ärende", "hör till SN 2026-12"),
    Row("Flera ärenden", "det är två: den första rubriken; den andra"),
    Row("Sekretess", "hemlig"),
    Row("Ska inte med", "ska inte registreras, och varför"),
)
_NUMBER = (Row("Numret", "SN 2026-12"),)
_WAITING = (Row("Registrera", "stämmer"),)
_NEW = (Row("Nytt ärende", "nytt ärende"),)


def words(*, waits: bool = False, proposed: bool = False, number: bool = False) -> ByMail:
    """Return what may be written about a letter. waits: it has no number yet; proposed: it may belong to a case; number:
    the case waits for another system's."""
    first = _NUMBER if number else _WAITING if waits and not proposed else ()
    return ByMail(
        (
            Heading("Eller svara på mejlet" if waits else "Något fel? Svara på mejlet"),
            Paragraph("Skriv överst, en rad för varje sak:", quiet=True),
            Rows((*first, *_SAME, *(_NEW if proposed else ()))),
        )
    )
