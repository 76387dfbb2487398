"""What the digests tell, gathered as things stand when they are sent."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from handlers.notices import stammer
from handlers.notices.words import STOCKHOLM
from handlers.rules import deadlines, staffing
from handlers.rules.workdays import day_off
from storage.records import (
    Arrival,
    AskedQuestion,
    Case,
    CaseDeadline,
    CaseFilter,
    CaseRow,
    Namnd,
    Notice,
    Person,
    Trouble,
)
from storage.store import Book

_MOST = 500  # cases gone through for a digest; a nämnd with more open has other troubles first


@dataclass(frozen=True, slots=True)
class Week:
    """What a manager needs to know of a nämnd."""

    open_cases: int
    past_law: tuple[CaseRow, ...]
    past_other: tuple[CaseRow, ...]
    this_fortnight: tuple[CaseRow, ...]
    nobody: tuple[CaseRow, ...]
    waiting: tuple[CaseRow, ...]
    unregistered: tuple[Arrival, ...]
    new: int
    closed: int

    @property
    def needs(self) -> int:
        """How many things need a manager."""
        return len({r.case.id for r in (*self.past_law, *self.past_other, *self.nobody)}) + len(self.unregistered)


@dataclass(frozen=True, slots=True)
class Morning:
    """What a registrator needs to know in the morning."""

    review: tuple[Arrival, ...]
    secret: int
    ovrigt: tuple[Arrival, ...]
    waiting_dnr: tuple[CaseRow, ...]
    dead: tuple[Notice, ...]
    gaps: tuple[staffing.Gap, ...] = ()
    unsure: tuple[tuple[AskedQuestion, Case], ...] = ()  # asked about, and not answered
    taken: tuple[tuple[AskedQuestion, Case], ...] = ()  # what the bot has taken for done since the last morning
    unreached: tuple[Person, ...] = ()  # in the chat, since the last morning
    stuck: tuple[Trouble, ...] = ()  # letters that only a person's hand can help

    @property
    def empty(self) -> bool:
        """Whether there is nothing to tell."""
        letters = (self.review, self.secret, self.ovrigt, self.stuck)
        asked = (self.waiting_dnr, self.dead, self.gaps, self.unsure, self.taken)
        return not any((*letters, *asked, self.unreached))


def week(book: Book, namnd: Namnd, *, now: dt.datetime) -> Week:
    """Gather what a manager needs to know, as things stand now. Secret cases are not among it, nor counted."""
    today = now.astimezone(STOCKHOLM).date()
    rows = book.cases(_open(namnd))
    since = now - dt.timedelta(days=7)
    mine = [r for r in rows if r.case.waiting_for is None]
    days = book.deadlines_of([r.case.id for r in rows])
    past_law = [r for r in rows if _past(days[r.case.id], "law", today)]
    past_other = [
        r for r in mine if r not in past_law and any(_past(days[r.case.id], c, today) for c in ("stated", "goal"))
    ]
    fortnight = [
        r for r in mine if any(d.date and today <= d.date <= today + dt.timedelta(days=14) for d in days[r.case.id])
    ]
    return Week(
        open_cases=len(rows) if len(rows) < _MOST else book.count_cases(_open(namnd)),
        past_law=tuple(past_law),
        past_other=tuple(past_other),
        this_fortnight=tuple(fortnight),
        nobody=tuple(r for r in mine if r.case.handlaggare_id is None),
        waiting=tuple(r for r in rows if r.case.waiting_for is not None),
        unregistered=tuple(unregistered(book, namnd, today)),
        new=sum(1 for r in rows if r.case.registered_at >= since),
        closed=book.count_noted(namnd.key, "avslutat", since),
    )


def _open(namnd: Namnd) -> CaseFilter:
    return CaseFilter(namnder=(namnd.key,), states=("open", "waiting_dnr"), limit=_MOST)


def _past(days: list[CaseDeadline], clock: str, today: dt.date) -> bool:
    return any(d.clock == clock and d.date is not None and d.date < today for d in days)


def unregistered(book: Book, namnd: Namnd, today: dt.date) -> list[Arrival]:
    """Return the letters whose clock has gone: they have no number, and were to be registered by the next working day
    (OSL 2009:400 5 kap. 1 §, JO 3579-05). Suspected individual matters are not told of, nor counted."""
    return [a for a in book.waiting((namnd.key,), secret=False) if a.state == "review" and clock_of(a, today).late]


def clock_of(arrival: Arrival, today: dt.date) -> deadlines.Registration:
    """Return the clock of a letter that waits for its number."""
    return deadlines.registration(arrival.received_at.astimezone(STOCKHOLM).date(), today)


def morning(book: Book, namnd: Namnd, *, now: dt.datetime) -> Morning:
    """Gather what a registrator needs to know this morning."""
    today = now.astimezone(STOCKHOLM).date()
    since = now - dt.timedelta(days=1)
    while day_off(since.astimezone(STOCKHOLM).date()):
        since -= dt.timedelta(days=1)
    waiting = book.waiting((namnd.key,))
    ovrigt = book.arrivals((namnd.key,), states=("ovrigt",), limit=50)
    rows = book.cases(CaseFilter(namnder=(namnd.key,), states=("waiting_dnr",), limit=_MOST))
    asked = [
        *book.questions(namnder=(namnd.key,), kind=stammer.KIND, state="open"),
        *book.questions(namnder=(namnd.key,), kind=stammer.TAKEN, state="open", since=since),
    ]
    confirms = [(q, c) for q, c in ((q, book.case(q.case_id)) for q in asked) if not c.secret]
    return Morning(
        review=tuple(a for a in waiting if a.state != "secret"),
        secret=sum(1 for a in waiting if a.state == "secret" and a.received_at.astimezone(STOCKHOLM).date() <= today),
        ovrigt=tuple(a for a in ovrigt if a.seen_at >= since),
        waiting_dnr=tuple(rows),
        dead=tuple(book.dead_notices(namnd.key, since)),
        unsure=tuple((q, c) for q, c in confirms if q.kind == stammer.KIND),
        taken=tuple((q, c) for q, c in confirms if q.kind == stammer.TAKEN),
        unreached=_unreached(book, namnd, today, since),
        stuck=tuple(t for t in book.troubles((namnd.key,)) if t.of_letter),
        gaps=tuple(g for g in staffing.gaps(book.roles(namnd=namnd.key), today) if _is_told(g, today)),
    )


def _unreached(book: Book, namnd: Namnd, today: dt.date, since: dt.datetime) -> tuple[Person, ...]:
    people = {r.person.id: r.person for r in book.roles(on=today, namnd=namnd.key)}
    return tuple(people[i] for i in sorted(book.out_of_chat(list(people), since)))


def _is_told(gap: staffing.Gap, today: dt.date) -> bool:
    """A role that will fall empty is told of on Mondays, and each morning of the last week before it does."""
    return gap.day > today and (today.weekday() == 0 or gap.day <= today + dt.timedelta(days=7))
