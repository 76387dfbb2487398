"""Word to who answered by mail: what was done, what could not be, and how to take it back."""

from __future__ import annotations

import datetime as dt

from handlers import gates
from handlers.notices.links import answer_link, undo_link
from handlers.notices.message import Block, Button, Heading, Message, Paragraph
from handlers.notices.words import upper_first
from storage.records import AskedQuestion, Namnd, Notice, Person
from storage.store import Book

_NOTED = "Ditt svar är antecknat."  # of what has become secret meanwhile


def render(book: Book, notice: Notice, namnd: Namnd, *, now: dt.datetime) -> Message | None:
    """Write it against today's secrecy: of a case that has become an individual's matter nothing is told."""
    data = notice.data
    person = book.person(notice.person_id) if notice.person_id else None
    if person is None:
        return None
    done, refused = [str(d) for d in data.get("done", ())], [str(r) for r in data.get("refused", ())]
    hushed = gates.is_about_hushed(book, notice) and not data.get("hidden")
    if hushed:
        done, refused = [_NOTED], []
    arrival = book.arrival(notice.arrival_id) if notice.arrival_id else None
    blocks: list[Block] = [Heading("Registrerat")] if done else []
    blocks += [Paragraph(upper_first(d)) for d in done]
    undo = "" if hushed else _undo(blocks, notice, person, namnd)
    if refused:
        blocks.append(Heading("Det här är inte gjort" if done else "Inget är gjort"))
        blocks += [Paragraph(r) for r in refused]
        blocks += _on_the_page(book, notice, person, namnd, now)
    first = f"Registrerat: {done[0]}" if done else refused[0]
    return Message(
        subject=first[:140],
        preheader=undo or "Det här gjorde vi av ditt svar.",
        blocks=tuple(blocks),
        foot=f"Nämndbot för {namnd.name.lower()} i {namnd.organisation}.",
        answer_to=arrival.message_id if arrival else None,
    )


def _undo(blocks: list[Block], notice: Notice, person: Person, namnd: Namnd) -> str:
    """Say how to take back what was done, or why it cannot be; return the way in a sentence."""
    if not notice.data.get("undo"):
        return ""
    final = str(notice.data.get("final") or "")
    if final:
        blocks.append(Paragraph(f"Det går inte att ångra: {final}", quiet=True))
        return ""
    told = "Blev det fel? Svara ÅNGRA på det här mejlet."
    link = undo_link(notice, person, namnd)
    if link:
        blocks += [Paragraph(f"{told} Eller ångra på sidan:", quiet=True), Button("Ångra", link)]
    else:
        blocks.append(Paragraph(told, quiet=True))
    return told


def _on_the_page(book: Book, notice: Notice, person: Person, namnd: Namnd, now: dt.datetime) -> list[Block]:
    """Return the way to where it can be answered or put right by hand."""
    letter = notice.data.get("letter")
    if letter is not None:
        arrival = book.arrival(int(letter))
        if arrival.state in ("review", "ovrigt"):
            return [Button("Granska brevet", f"{namnd.url}/granska/{arrival.id}")]
        return [Button("Öppna ärendet", f"{namnd.url}/arende/{arrival.case_id}")] if arrival.case_id else []
    asked: list[AskedQuestion] = [book.question(int(i)) for i in notice.data.get("questions", ())]
    open_ones = [q for q in asked if q.state == "open" and not book.case(q.case_id).secret]
    if len(open_ones) != 1:
        return []  # none, or each has its own link in the mail that asked
    return [Button("Svara på sidan", answer_link(book, open_ones[0], person, namnd, now=now))]
