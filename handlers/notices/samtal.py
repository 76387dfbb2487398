"""What is said back in a chat when it is not a case or a list: help, what was done, and what was not."""

from __future__ import annotations

from collections.abc import Iterable

from handlers.notices.message import Act, Acts, Block, Button, Heading, Message, Paragraph, Row, Rows

SAY = "sag"  # the verb of a button that says something in the person's place
_FOOT = "Nämndbot. Skriv hjälp för att se vad du kan skriva."
_MOST = 600  # characters of a sentence that names people
_LABEL = 60


def message(heading: str, *blocks: Block, subject: str = "") -> Message:
    """Return something said back; the subject is what a notification shows."""
    first = next((b.text for b in blocks if isinstance(b, Paragraph)), heading)
    return Message((subject or heading)[:140], first[:200], (Heading(heading), *blocks), _FOOT)


def choices(texts: Iterable[str]) -> tuple[Acts, ...]:
    """Return buttons that say something, or nothing where there is nothing to say."""
    acts = tuple(
        Act(t if len(t) <= _LABEL else f"{t[: _LABEL - 1]}…", SAY, {"text": t}) for t in dict.fromkeys(texts) if t
    )
    return (Acts(acts),) if acts else ()


def unclear(nearest: Iterable[str]) -> Message:
    """Return what is said to what nobody understands."""
    return message(
        "Vi förstod inte vad du menar", Paragraph("Inget är gjort. Menade du något av det här?"), *choices(nearest)
    )


def missing(dnr: str) -> Message:
    """Return what is said of a number that does not exist, and of one that the person may not see: the same."""
    return message(
        f"Inget ärende har numret {dnr}, eller så får du inte se det",
        Paragraph("Kontrollera numret, eller sök på ord ur rubriken: sök och orden."),
        *choices(("mina ärenden", "hjälp")),
    )


def own_chat() -> Message:
    """Return what is said where somebody who sees the answer may not see what the person may."""
    return message(
        "Skriv det i en egen chatt med boten",
        Paragraph("Alla som ser den här chatten får inte se allt som du får se. Inget är visat och inget är gjort."),
    )


def nobody() -> Message:
    """Return what is said to somebody without a role."""
    return message(
        "Du har ingen roll i någon nämnd här",
        Paragraph("Därför finns inget att visa. Registratorn i din nämnd kan lägga till dig."),
    )


def refused(why: str, *more: Block) -> Message:
    """Return that something is not done, and why."""
    return message("Inget är gjort", Paragraph(why[:_MOST]), *more)


def done(told: str, *more: Block) -> Message:
    """Return that something is done."""
    return message("Antecknat", Paragraph(told[:_MOST]), *more, subject=told)


def to_case(url: str, case_id: int) -> Button:
    """Return the way to a case's page."""
    return Button("Öppna ärendet", f"{url}/arende/{case_id}")


_HELP = (
    Row("mina ärenden", "dina öppna ärenden, det mest brådskande först"),
    Row("mina frågor", "det som vi har frågat dig om och väntar på"),
    Row("SN 2026-123", "hur ärendet står och vad du kan svara"),
    Row("försenade", "det som har gått över tiden"),
    Row("veckan", "vad som behöver göras de här två veckorna"),
    Row("sök bussar", "ärenden med ordet i rubriken"),
    Row("tar SN 2026-123", "du tar ärendet"),
    Row("klar SN 2026-123", "din del är klar"),
    Row("pågår SN 2026-123", "du arbetar med det"),
    Row("anstånd SN 2026-123 5/11", "du behöver till 5 november; skriv gärna varför"),
    Row("fel person SN 2026-123", "någon annan ska ha ärendet"),
    Row("godkänner SN 2026-123", "när vi har frågat om du godkänner det"),
    Row("borta 20/12–7/1 ersättare Karin", "du är borta, och Karin svarar"),
    Row("tillbaka", "du är tillbaka i dag; skriv tillbaka 7/1 för en annan dag"),
)
_SHOWN = 6  # of them show something
_ASSIGN = Row("tilldela SN 2026-123 Karin", "Karin får ärendet")


def help_(*, leads: bool) -> Message:
    """Return what may be written. leads: the person may give cases to others."""
    rows = (*_HELP[:_SHOWN], _ASSIGN, *_HELP[_SHOWN:]) if leads else _HELP
    return message(
        "Det här kan du skriva",
        Rows(rows),
        Paragraph(
            "Stora och små bokstäver spelar ingen roll. I en grupp visas bara det som alla där får se.", quiet=True
        ),
        *choices(("mina ärenden", "försenade", "veckan")),
    )
