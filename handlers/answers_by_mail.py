"""A letter that answers a question of ours: whose it is, and what it says. Quoted text is never taken for the answer."""

from __future__ import annotations

import datetime as dt

from handlers import absences, answering, assignment
from handlers.errors import Invalid
from handlers.notices import queue
from handlers.notices.words import STOCKHOLM, day
from handlers.reading.reading import Reading
from handlers.rules import answers
from storage.records import Arrival, AskedQuestion, Namnd, Person
from storage.store import Book


def take(book: Book, arrival: Arrival, reading: Reading, namnd: Namnd, *, now: dt.datetime) -> int | None:
    """Carry out a letter that answers a question; return the case it is about, or None when it answers nothing.

    It answers when it replies to a message that was sent to its sender alone: the message's id cannot be guessed, and
    the address must be the asked person's. An automatic reply is noted as an attempt and never taken for a yes.
    """
    asked = _asked(book, reading, namnd)
    if asked is None:
        return None
    person, questions = asked
    first = questions[0]
    said = f"{reading.envelope.subject}\n" + next((t.text for t in reading.texts if t.where == "body"), "")
    if reading.envelope.automatic:
        book.note(
            namnd.key,
            "automatiskt svar på en fråga",
            now=now,
            case_id=first.case_id,
            arrival_id=arrival.id,
            data={"fråga": first.id, "person": person.id},
        )
        absences.suspect(book, person, said, first, namnd, now=now)
        return first.case_id
    words = next((t.text for t in reading.texts if t.where == "body"), "")
    given = answers.parse(words, now.astimezone(STOCKHOLM).date())
    done, refused = answering.by_mail(book, given, questions, person, namnd, now=now)
    unclear = [
        a for a in given if a.word == "note" or (a.word == "nej" and first.kind not in answering.YES_OR_NO)
    ] or not given
    if unclear:
        book.note(
            namnd.key,
            "svar som ingen förstod",
            now=now,
            actor=f"person:{person.id}",
            case_id=first.case_id,
            arrival_id=arrival.id,
            personal={"namn": person.name, "ord": words[:2000]},
        )
        queue.tell_registrators(book, "fraga_vidare", f"oklart:{arrival.id}", namnd, now=now, question=first)
        refused = refused or ["Vi hittade inget svar i mejlet. Svara överst, till exempel JA eller KLART."]
    queue.answered(book, arrival, person, namnd, {"done": done, "refused": refused}, now=now)
    return first.case_id


_MOST_LINES = 8  # of a letter that is only word of absence: itself, a greeting, a signature


def take_command(book: Book, arrival: Arrival, reading: Reading, namnd: Namnd, *, now: dt.datetime) -> bool:
    """Carry out a short letter from one of the nämnd's people that says they are away; return whether it was one.

    What was done is told to the person's own address, so that a forged letter is seen by whom it is about.
    """
    person = book.person_by_email((reading.envelope.from_.address or "").lower())
    today = now.astimezone(STOCKHOLM).date()
    known = reading.envelope.in_reply_to or reading.envelope.references or reading.forwarded_by is not None
    if person is None or reading.envelope.automatic or known or reading.attachments or reading.deadlines:
        return False
    if not book.roles(on=today, namnd=namnd.key, person_id=person.id):
        return False
    body = next((t.text for t in reading.texts if t.where == "body"), "")
    lines = [line for line in body.splitlines() if line.strip()]
    if len(lines) > _MOST_LINES:
        return False
    first = next(iter(lines), "")
    meant = absences.command(reading.envelope.subject, today) or absences.command(first, today)
    if meant is None:
        return False
    begin, last, name = meant
    try:
        instead = assignment.find_person(book, namnd.key, name, today) if name else None
        absences.note_away(book, person, begin, last, instead, (namnd.key,), now=now, actor=f"person:{person.id}")
        said = f"Antecknat: du är borta {day(begin)} till {day(last)}" + (
            f", {instead.name} svarar." if instead else "."
        )
        queue.answered(book, arrival, person, namnd, {"done": [said], "refused": []}, now=now)
    except Invalid as fault:
        queue.answered(book, arrival, person, namnd, {"done": [], "refused": [str(fault)]}, now=now)
    return True


def _asked(book: Book, reading: Reading, namnd: Namnd) -> tuple[Person, list[AskedQuestion]] | None:
    ids = [_bracketed(i) for i in (*reading.envelope.in_reply_to, *reading.envelope.references)]
    address = (reading.envelope.from_.address or "").lower()
    person = book.person_by_email(address) if ids and address else None
    if person is None:
        return None
    asked = [a for a in book.askings_by_message(ids) if a.person_id == person.id]
    questions = [q for q in (book.question(a.question_id) for a in asked) if q.namnd == namnd.key]
    return (person, questions) if questions else None


def _bracketed(message_id: str) -> str:
    return f"<{message_id.strip('<>')}>"
