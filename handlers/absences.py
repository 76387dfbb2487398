"""When somebody is away, and who answers meanwhile: entered by command, mail or page, or noticed in an automatic reply."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable

from handlers import assignment
from handlers.errors import Invalid, TooLate
from handlers.notices import queue
from handlers.notices.words import STOCKHOLM, day
from handlers.reading import dates
from storage.records import AskedQuestion, Namnd, Person
from storage.store import Book

KIND = "borta"
LONGEST = 800  # days
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
    book.put_absence(person.id, first, last, substitute.id if substitute else None)
    note(book, person, first, last, substitute, namnder, now=now, actor=actor)


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
    note(book, person, first, last, None, namnder, now=now, actor=actor)


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
) -> None:
    """Write in the journal of each nämnd that the person works for when they are away."""
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
            },
            personal={"namn": person.name, **({"ersättare": instead.name} if instead else {})},
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


_COMMAND = re.compile(
    r"^(?:jag är |jag blir )?(?:borta|frånvarande|ledig|på semester|semester|frånvaro)[ :]+(?P<days>[^,;]{3,60}?)"
    r"(?:[,.;]? *(?:ersättare|ersätts av|ersätter|vikarie)(?: är|:)? *(?P<instead>[^,.;\n]{2,60}))?[.! ]*$",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"\s*(?:[-–—]|till och med|t\.? ?o\.? ?m\.?|till|och)\s*", re.IGNORECASE)
_FILLING = re.compile(
    r"^(?:från och med|fr\.? ?o\.? ?m\.?|från|den|mån|tis|ons|tors|fre|lör|sön|(?:mån|tis|ons|tors|fre|lör|sön)dag(?:en)?)\.?\s+",
    re.IGNORECASE,
)
_MONTH = r"jan|feb|mars|apr|maj|jun|jul|aug|sep|okt|nov|dec"
_BARE = re.compile(r"^\d{1,2}$")
_TAIL = re.compile(rf"^\d{{1,2}}(?P<tail>\s*/\s*\d{{1,2}}|\s+(?:{_MONTH})\w*(?:\s+\d{{4}})?)$", re.IGNORECASE)
_WEEK = re.compile(r"^(?:v(?:ecka|eckorna)?\.?\s*)?(?P<week>\d{1,2})$", re.IGNORECASE)
_HALF_YEAR = dt.timedelta(days=184)
_JUST_BEGUN = dt.timedelta(days=21)  # somebody may write it when they are away already


def command(text: str, today: dt.date) -> tuple[dt.date, dt.date, str] | None:
    """Return the days and the substitute's name that a short text tells, or None when it tells anything else.

    Every word must be understood: a letter about something else, or days that are not clear, is no such text.

    >>> command("borta 20/12-7/1 ersättare Karin", dt.date(2026, 11, 24))
    (datetime.date(2026, 12, 20), datetime.date(2027, 1, 7), 'Karin')
    >>> command("Semester vecka 52-53", dt.date(2026, 11, 24))[:2]
    (datetime.date(2026, 12, 21), datetime.date(2027, 1, 3))
    >>> command("Frånvaro i skolan, redovisning senast 2026-12-15", dt.date(2026, 11, 24)) is None
    True
    """
    found = _COMMAND.match(" ".join(text.split())[:200])
    days = _span(found["days"].strip(), today) if found else None
    if found is None or days is None or not _fits(days):
        return None
    return days[0], days[1], (found["instead"] or "").strip()


def _fits(days: tuple[dt.date, dt.date]) -> bool:
    """Say whether days follow each other and are no longer than anybody is away."""
    return dt.timedelta(0) <= days[1] - days[0] <= dt.timedelta(days=LONGEST)


def _span(text: str, today: dt.date) -> tuple[dt.date, dt.date] | None:
    text = _bare(text)
    whole = [text] if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None
    iso = re.fullmatch(r"(\d{4}-\d\d-\d\d)\s*\D{1,15}?\s*(\d{4}-\d\d-\d\d)", text)
    parts = whole or (list(iso.groups()) if iso else _BETWEEN.split(text))
    if not 1 <= len(parts) <= 2:
        return None
    first, last = _bare(parts[0]), _bare(parts[-1])
    weeks = [_WEEK.match(p) for p in (first, last)]
    if re.match(r"v", first, re.IGNORECASE) and all(weeks):
        return _weeks(int(weeks[0]["week"]), int(weeks[1]["week"]), today)  # type: ignore[index]
    tail = _TAIL.match(last)
    if _BARE.match(first) and tail:
        first += tail["tail"]  # "20-23 december", "20-23/12"
    begins = _one_day(first, today - _JUST_BEGUN)
    ends = _one_day(last, begins) if begins else None
    if begins and ends and ends - begins > _HALF_YEAR and not re.search(r"\d{4}", last):
        return None  # "3/12-1/12" is a slip of the pen, not a year
    return (begins, ends) if begins and ends and ends >= today else None


def _bare(text: str) -> str:
    text = text.strip()
    while (shorter := _FILLING.sub("", text)) != text:
        text = shorter
    return text


def _one_day(text: str, since: dt.date) -> dt.date | None:
    """Return the day that a piece of text is, and nothing else: the first such day from one on."""
    if not re.fullmatch(
        rf"\d{{4}}-\d\d-\d\d|\d{{1,2}}\s*/\s*\d{{1,2}}|\d{{1,2}}\s+(?:{_MONTH})\w*(?:\s+\d{{4}})?", text, re.I
    ):
        return None
    found = {d.date for d in dates.find_days(text, since)}
    return found.pop() if len(found) == 1 else None


def _weeks(first: int, last: int, today: dt.date) -> tuple[dt.date, dt.date] | None:
    for year in (today.year, today.year + 1):
        try:
            begins = dt.date.fromisocalendar(year, first, 1)
            ends = dt.date.fromisocalendar(year if last >= first else year + 1, last, 7)
        except ValueError:
            return None
        if ends >= today:
            return begins, ends
    return None
