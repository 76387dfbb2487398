"""Word to somebody of the cases that they have been given after another who leaves: a list, each with its next day."""

from __future__ import annotations

from handlers.notices.message import Block, Button, Heading, Message, Paragraph, Row, Rows
from handlers.notices.words import upper_first, weekday
from storage.records import Case, Namnd, Notice
from storage.store import Book


def render(book: Book, notice: Notice, namnd: Namnd) -> Message | None:
    """Write the list as it stands now; None when none of the cases is theirs any more."""
    after = book.person(int(notice.data["after"]))
    cases = [book.case(int(c)) for c in notice.data["cases"]]
    mine = [
        c for c in cases if c.handlaggare_id == notice.person_id and not c.secret and c.state in ("open", "waiting_dnr")
    ]
    if not mine or after is None:
        return None
    number = "ett ärende" if len(mine) == 1 else f"{len(mine)} ärenden"
    blocks: list[Block] = [
        Heading(f"Du har fått {number} efter {after.name}"),
        Rows(tuple(Row(c.dnr or "Väntar på dnr", f"{c.title}. {_next(book, c)}") for c in mine[:100])),
    ]
    if len(mine) > 100:
        blocks.append(Paragraph(f"Och {len(mine) - 100} till.", quiet=True))
    blocks.append(Button("Öppna diariet", f"{namnd.url}/diariet"))
    return Message(
        subject=f"Du har fått {number} efter {after.name}",
        preheader="Vi påminner dig om deras dagar från och med nu.",
        blocks=tuple(blocks),
        foot=f"Nämndbot för {namnd.name.lower()} i {namnd.organisation}.",
    )


def _next(book: Book, case: Case) -> str:
    first = next((d for d in book.deadlines(case.id, active=True) if d.date), None)
    if first is None or first.date is None:
        return "Ingen dag är satt."
    return f"{upper_first(first.purpose)} {weekday(first.date)}."
