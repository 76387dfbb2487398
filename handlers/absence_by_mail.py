"""Absence by mail: "borta 20/12-7/1 ersättare Karin", as a reply to a message of ours or as a letter with proof."""

from __future__ import annotations

import datetime as dt

from handlers import absences, assignment, gates
from handlers.errors import Invalid
from handlers.notices import queue
from handlers.notices.words import STOCKHOLM, day
from handlers.reading.reading import Reading
from handlers.rules import answers
from storage.records import Arrival, Namnd, Person
from storage.store import Book

NOTE = "Besked om frånvaro"
_MOST_LINES = 8  # of a letter that is only word of absence: itself, a greeting, a signature
_Days = tuple[dt.date, dt.date, str]


def take_reply(
    book: Book, arrival: Arrival, reading: Reading, person: Person, namnd: Namnd, *, now: dt.datetime
) -> bool:
    """Enter the days away that somebody writes above a message of ours, whose token proves them; say whether they did."""
    today = now.astimezone(STOCKHOLM).date()
    lines = [line for line in reading.reply.splitlines() if line.strip()]
    meant = absences.command(lines[0], today) if lines else None
    if meant is None or len(lines) > _MOST_LINES or not _is_here(book, person, namnd, today):
        return False
    if any(a.word != "note" for a in answers.parse("\n".join(lines[1:]), today)):
        return False  # it answers something too, and a person sees that it says both
    _enter(book, arrival, person, meant, namnd, now)
    return True


def take_letter(book: Book, arrival: Arrival, reading: Reading, namnd: Namnd, *, now: dt.datetime) -> bool:
    """Enter the days away of a short letter from one of the nämnd's people; False when it is another letter.

    Anybody can write our people's addresses, and who is away is asked nothing: without the mail server's word nothing is
    entered. The person is told, can reply to that with the same words, and the letter goes on as a letter.
    """
    sender = reading.envelope.one_sender
    person = book.person_by_email(sender) if sender else None
    today = now.astimezone(STOCKHOLM).date()
    known = reading.envelope.in_reply_to or reading.envelope.references or reading.forwarded_by is not None
    if person is None or reading.envelope.automatic or reading.envelope.from_bot or known or reading.attachments:
        return False
    if reading.deadlines or not _is_here(book, person, namnd, today):
        return False
    body = next((t.text for t in reading.texts if t.where == "body"), "")
    lines = [line for line in body.splitlines() if line.strip()]
    if len(lines) > _MOST_LINES:
        return False
    meant = absences.command(reading.envelope.subject, today) or absences.command(next(iter(lines), ""), today)
    if meant is None:
        return False
    if not gates.is_proven(reading, namnd):
        told = (
            "Ett besked om frånvaro i ditt namn har kommit, men vår e-postserver kan inte intyga att det är från dig. Inget "
            "är antecknat. Är det från dig, svara på det här mejlet med samma ord, eller skriv in det på sidan Frånvaro."
        )
        book.note(
            namnd.key,
            "svar som inte räknas",
            now=now,
            arrival_id=arrival.id,
            data={"person": person.id, "skäl": "unproven", "avsändaren": reading.envelope.auth},
        )
        queue.answered(book, arrival, person, namnd, queue.Told(refused=[told]), now=now)
        return False
    _enter(book, arrival, person, meant, namnd, now)
    return True


def _is_here(book: Book, person: Person, namnd: Namnd, today: dt.date) -> bool:
    return bool(book.roles(on=today, namnd=namnd.key, person_id=person.id))


def _enter(book: Book, arrival: Arrival, person: Person, meant: _Days, namnd: Namnd, now: dt.datetime) -> None:
    """Enter the days, and tell the person's own address, so that a forged word is seen by whom it is about."""
    begin, last, name = meant
    today = now.astimezone(STOCKHOLM).date()
    before = next((a for a in book.absences([person.id], begin, begin) if a.from_day == begin), None)
    try:
        instead = assignment.find_person(book, namnd.key, name, today) if name else None
        absences.note_away(book, person, begin, last, instead, (namnd.key,), now=now, actor=f"person:{person.id}")
    except Invalid as fault:
        queue.answered(book, arrival, person, namnd, queue.Told(refused=[str(fault)]), now=now)
        return
    said = f"Antecknat: du är borta {day(begin)} till {day(last)}" + (f", {instead.name} svarar." if instead else ".")
    undo = {
        "act": "borta",
        "från": begin.isoformat(),
        "till": last.isoformat(),
        "förut": {"till": before.to_day.isoformat(), "ersättare": before.substitute_id} if before else None,
    }
    queue.answered(book, arrival, person, namnd, queue.Told(done=[said], undo=[undo]), now=now)
