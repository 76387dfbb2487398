"""When somebody is away, and who answers meanwhile: entered by command, mail or page, or noticed in an automatic reply."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable

from handlers import assignment
from handlers.errors import Invalid, NotAllowed, TooLate
from handlers.notices import queue
from handlers.notices.words import STOCKHOLM, day
from handlers.reading import dates
from handlers.rules import absence_words
from storage.records import Absence, AskedQuestion, Namnd, Person
from storage.store import Book

KIND = "borta"
LONGEST = absence_words.LONGEST
command = absence_words.command
_ONE = dt.timedelta(days=1)
# "till och med" and its like name the last day away; "åter" and its like the first day back.
_LAST = re.compile(
    r"\b(?:till och med|t\.? ?o\.? ?m\.?|fram till|borta till|ledig till|semester till|until|through)\b", re.I
)
_BACK = re.compile(r"\b(?:åter|tillbaka|i tjänst igen|på plats igen|återkommer|återkomst|back|return\w*)\b", re.I)


def note_away(
    book: Book,
    person: Person,
    first: dt.date,
    last: dt.date,
    substitute: Person | None,
    namnder: Iterable[str],
    *,
    now: dt.datetime,
    actor: str,
) -> None:
    """Enter days (inclusive) that a person is away, and who answers; the same first day again changes them.

    Raises Invalid when the days cannot be, or when the substitutes would answer for each other in a ring.
    """
    today = now.astimezone(STOCKHOLM).date()
    if last < first:
        raise Invalid("Sista dagen är före den första.", "till")
    if last < today:
        raise Invalid("De dagarna har redan varit.", "till")
    if (last - first).days > LONGEST:
        raise Invalid("Så länge kan ingen vara borta här. Skriv högst två år.", "till")
    if substitute is not None:
        if substitute.id == person.id:
            raise Invalid("Välj någon annan i nämnden.", "ersattare")
        ring = _ring(book, person.id, substitute.id, first, last, frozenset())
        if ring:
            raise Invalid(
                f"{substitute.name} är borta {day(ring[0])} till {day(ring[1])} och ersätts då av {person.name}. Då svarar "
                "ingen. Välj någon annan.",
                "ersattare",
            )
    stood = _as_it_stood(book, person, first)
    book.put_absence(person.id, first, last, substitute.id if substitute else None)
    note(book, person, first, last, substitute, namnder, now=now, actor=actor, stood=stood)


def _ring(
    book: Book, person_id: int, current: int, first: dt.date, last: dt.date, seen: frozenset[int]
) -> tuple[dt.date, dt.date] | None:
    """Return days on which a chain of substitutes leads back to a person, if there are any."""
    for away in book.absences([current], first, last):
        begin, end = max(first, away.from_day), min(last, away.to_day)
        if away.substitute_id == person_id:
            return begin, end
        if away.substitute_id and away.substitute_id not in seen:
            ring = _ring(book, person_id, away.substitute_id, begin, end, seen | {current})
            if ring:
                return ring
    return None


def end_away(
    book: Book, person: Person, first: dt.date, namnder: Iterable[str], *, now: dt.datetime, actor: str
) -> None:
    """End days away: from today the person is back; what has not begun never does. Raises Invalid when it is over."""
    today = now.astimezone(STOCKHOLM).date()
    found = book.absence(person.id, first)
    if found is None or found.from_day != first or found.to_day < today:
        raise Invalid("Den frånvaron är redan slut.", "fran")
    last = max(min(found.to_day, today - _ONE), first - _ONE)
    book.put_absence(person.id, first, last, found.substitute_id)
    note(book, person, first, last, None, namnder, now=now, actor=actor, stood=found)


def _as_it_stood(book: Book, person: Person, first: dt.date) -> Absence | None:
    """Return the absence with that first day; what was taken back before it began is none."""
    return next((a for a in book.absences([person.id], first, first) if a.from_day == first), None)


def note(
    book: Book,
    person: Person,
    first: dt.date,
    last: dt.date,
    instead: Person | None,
    namnder: Iterable[str],
    *,
    now: dt.datetime,
    actor: str,
    stood: Absence | None = None,
) -> None:
    """Write in the journal of each nämnd that the person works for when they are away, and how it stood before.

    Nobody is asked why somebody is away, so no reason is kept.
    """
    before = book.person(stood.substitute_id) if stood and stood.substitute_id else None
    today = now.astimezone(STOCKHOLM).date()
    for key in sorted({r.namnd for r in book.roles(on=today, person_id=person.id)} & set(namnder)):
        book.note(
            key,
            "frånvaro ändrad",
            now=now,
            actor=actor,
            data={
                "person": person.id,
                "från": first.isoformat(),
                "till": last.isoformat(),
                "ersättare": instead.id if instead else None,
                "förut": {"till": stood.to_day.isoformat(), "ersättare": stood.substitute_id} if stood else None,
            },
            personal={
                "namn": person.name,
                **({"ersättare": instead.name} if instead else {}),
                **({"ersättare förut": before.name} if before else {}),
            },
        )


def until(text: str, today: dt.date) -> dt.date | None:
    """Return the last day away that an automatic reply tells of, or None when it tells none.

    >>> until("Jag är på semester till och med 7 januari. Vid brådska: Karin.", dt.date(2026, 12, 21))
    datetime.date(2027, 1, 7)
    >>> until("Tack för ditt mejl! Jag är åter måndag 11 januari.", dt.date(2026, 12, 21))
    datetime.date(2027, 1, 10)
    """
    for line in re.split(r"(?<=[.!?])\s+|\n", text[:4000]):
        days = sorted(
            {d.date for d in dates.find_days(line, today) if today <= d.date <= today + dt.timedelta(days=400)}
        )
        if not days:
            continue
        if _LAST.search(line):
            return days[-1]
        if _BACK.search(line):
            return days[-1] - _ONE if days[-1] > today else None
    return None


def suspect(book: Book, person: Person, text: str, about: AskedQuestion, namnd: Namnd, *, now: dt.datetime) -> bool:
    """Ask a manager whether somebody is away, as their automatic reply says; return whether anybody was asked.

    An automatic reply is never a yes, and never an absence by itself.
    """
    today = now.astimezone(STOCKHOLM).date()
    last = until(text, today)
    if last is None or book.absence(person.id, today):
        return False
    for standing in book.questions(namnder=(namnd.key,), kind=KIND):
        if standing.answer_data.get("person") == person.id and standing.answer_data.get("till") == last.isoformat():
            return False
    managers = [m for m in assignment.with_role(book, namnd.key, "manager", today) if m.id != person.id]
    managers = managers or assignment.with_role(book, namnd.key, "registrator", today)
    if not managers:
        return False
    asked = assignment.present(book, managers[0], today, namnd.key) or managers[0]
    data = {"person": person.id, "till": last.isoformat(), "från": today.isoformat()}
    question = book.put_question(namnd.key, about.case_id, KIND, now=now, data=data)
    message_id = queue.reply_id(queue.away_key(question.id, asked.id, namnd), asked, namnd, now=now)
    book.put_asking(question.id, asked.id, 0, today, message_id)
    queue.away(book, question, asked, namnd, message_id, now=now)
    return True


def answer(
    book: Book, question: AskedQuestion, person: Person, yes: bool, namnd: Namnd, *, how: str, now: dt.datetime
) -> str:
    """Confirm or reject that somebody is away; return what was done. Raises TooLate when it was answered before."""
    if person.id not in {a.person_id for a in book.askings(question.id)}:
        held = {r.role for r in book.roles(on=now.astimezone(STOCKHOLM).date(), namnd=namnd.key, person_id=person.id)}
        if not held & {"registrator", "manager", "forvaltningschef"}:
            raise NotAllowed("Sidan finns inte, eller så får du inte se den.")
    who = book.person(int(question.answer_data["person"]))
    assert who is not None
    first = dt.date.fromisoformat(question.answer_data["från"])
    last = dt.date.fromisoformat(question.answer_data["till"])
    word = "stammer" if yes else "nej"
    if not book.answer_question(question.id, word, person.id, how=how, now=now, data=question.answer_data):
        raise TooLate(assignment.who_was_faster(book, question.id))
    if not yes:
        return f"antecknat: {who.name} är inte borta."
    today = now.astimezone(STOCKHOLM).date()
    if last < today:
        return f"{who.name} är redan tillbaka. Inget är antecknat."
    note_away(book, who, first, last, None, (namnd.key,), now=now, actor=f"person:{person.id}")
    return f"antecknat: {who.name} är borta till {day(last)}. Lägg till en ersättare på sidan Frånvaro."
