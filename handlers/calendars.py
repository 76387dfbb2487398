"""The bodies' meetings: taken in from a list, moved, cancelled; every plan that a meeting carries is made anew."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from handlers import planning
from handlers.errors import Invalid
from handlers.lists import BadList, as_csv, rows_of
from handlers.notices.words import STOCKHOLM
from handlers.rules.meetings import COMMON, NAMES
from storage.records import Meeting
from storage.store import Book

COLUMNS = ("namnd", "organ", "dag", "stoppdag")
# What people call the bodies in a list; the last of a body's words is what we write ourselves.
WORDS: Mapping[str, tuple[str, ...]] = {
    "presidium": ("presidie", "presidiet", "presidieberedning", "ordförandeberedning", "presidium"),
    "au": ("au", "arbetsutskottet", "beredningsutskott", "arbetsutskott"),
    "namnd": ("nämnden", "sammanträde", "nämnd"),
    "ksau": ("ksau", "ks au", "kommunstyrelsens au", "kommunstyrelsens arbetsutskott"),
    "ks": ("ks", "kommunstyrelse", "kommunstyrelsen"),
    "kf": ("kf", "fullmäktige", "kommunfullmäktige"),
}
_BODY_OF = {word: body for body, words in WORDS.items() for word in words}
_FARTHEST = dt.timedelta(days=366 * 6)  # a day further off is a slip of the pen


@dataclass(frozen=True, slots=True)
class MeetingLine:
    """One meeting of a list; namnd is empty for the municipality's bodies. line: where it stood, for what is said of it."""

    namnd: str
    body: str
    day: dt.date
    stop: dt.date | None
    cancelled: bool = False
    line: str = ""


@dataclass(frozen=True, slots=True)
class Entered:
    """What a list did: how many meetings are new, changed, cancelled; which stand that it does not name; plans made anew."""

    new: int
    changed: int
    cancelled: int
    not_named: tuple[Meeting, ...]
    replanned: int


def body_of(word: str) -> str | None:
    """Return the body that a word means.

    >>> body_of("KF"), body_of("Arbetsutskott"), body_of("styrgrupp")
    ('kf', 'au', None)
    """
    return _BODY_OF.get(" ".join(word.lower().split()))


def read_meetings(text: str, namnder: Iterable[str], today: dt.date) -> list[MeetingLine]:
    """Return the meetings of a CSV text; raise BadList with every fault, each with its line."""
    known = sorted(namnder)
    faults: list[str] = []
    found: list[MeetingLine] = []
    for number, row in rows_of(text, COLUMNS):
        wrong: list[str] = []
        body = body_of(row.get("organ", ""))
        namnd = row.get("namnd", "")
        if body is None:
            wrong.append(
                f"organet {row.get('organ', '')!r} finns inte. Välj {', '.join(w[-1] for w in WORDS.values())}."
            )
        elif body in COMMON:
            namnd = ""
        elif namnd not in known:
            wrong.append(f"nämnden {namnd!r} finns inte. Välj {', '.join(known)}.")
        day, stop = _day(row.get("dag", ""), wrong), _day(row.get("stoppdag", ""), wrong)
        if day is None and not wrong:
            wrong.append("dag saknas. Skriv mötets dag som ÅÅÅÅ-MM-DD.")
        wrong += faults_of(day, stop, today)
        faults += [f"Rad {number}: {w}" for w in wrong]
        if body and day and not wrong:
            found.append(MeetingLine(namnd, body, day, stop, row.get("inställt", "").lower() in _YES, f"Rad {number}"))
    faults += twice(found)
    if faults:
        raise BadList(faults)
    return found


_YES = frozenset({"ja", "x", "inställt", "1"})


def faults_of(day: dt.date | None, stop: dt.date | None, today: dt.date) -> list[str]:
    """Return what is wrong with a meeting's days, in plain words."""
    if day is None:
        return []
    faults = []
    if abs(day - today) > _FARTHEST:
        faults.append(f"{day} ligger för långt bort. Kontrollera året.")
    if stop and stop > day:
        faults.append(f"stoppdagen {stop} ligger efter mötet {day}.")
    if stop and (day - stop).days > 120:
        faults.append(f"stoppdagen {stop} ligger mer än fyra månader före mötet {day}. Kontrollera året.")
    return faults


def twice(lines: Sequence[MeetingLine]) -> list[str]:
    """Return a fault for each meeting that a list names twice with different days for its papers."""
    seen: dict[tuple[str, str, dt.date], MeetingLine] = {}
    faults = []
    for one in lines:
        first = seen.setdefault((one.namnd, one.body, one.day), one)
        if first is not one and (first.stop, first.cancelled) != (one.stop, one.cancelled):
            faults.append(
                f"{one.line}: {NAMES[one.body]} {one.day} står redan på {first.line.lower()} med annat innehåll."
            )
    return faults


def _day(text: str, wrong: list[str]) -> dt.date | None:
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        wrong.append(f"{text!r} är inte en dag. Skriv ÅÅÅÅ-MM-DD, till exempel 2027-02-25.")
        return None


def write_meetings(meetings: Iterable[Meeting]) -> str:
    """Return meetings as a CSV text that `read_meetings` takes back."""
    rows = (
        (
            m.namnd,
            WORDS[m.body][-1],
            m.day.isoformat(),
            m.stop.isoformat() if m.stop else "",
            "ja" if m.state == "cancelled" else "",
        )
        for m in meetings
    )
    return as_csv((*COLUMNS, "inställt"), rows)


def enter(
    book: Book,
    lines: Iterable[MeetingLine],
    namnder: Sequence[str],
    *,
    now: dt.datetime,
    actor: str,
    replace: bool = False,
) -> Entered:
    """Enter a list of meetings and make anew the plans that had to do without them.

    The list is a whole calendar of the bodies and years that it names: what stands beside it is told of and, with
    replace, cancelled. Meetings that have been held are left as they are.
    """
    lines = list(lines)
    today = now.astimezone(STOCKHOLM).date()
    standing = {(m.namnd, m.body, m.day): m for m in book.meetings((*namnder, ""), cancelled=True)}
    new = changed = 0
    gone: list[Meeting] = []
    for line in lines:
        old = standing.get((line.namnd, line.body, line.day))
        if line.cancelled:
            gone += [old] if old and old.state == "planned" else []
            continue
        if old and (old.stop, old.state) == (line.stop, "planned"):
            continue
        meeting = book.put_meeting(line.namnd, line.body, line.day, line.stop)
        new, changed = new + (old is None), changed + (old is not None)
        _note(book, meeting, "möte inlagt" if old is None else "möte ändrat", namnder, now=now, actor=actor)
    named = {(x.namnd, x.body, x.day) for x in lines if not x.cancelled}
    years = {(x.namnd, x.body, x.day.year) for x in lines}
    beside = [
        m
        for key, m in standing.items()
        if key not in named and (m.namnd, m.body, m.day.year) in years and m.state == "planned" and m.day >= today
    ]
    beside = [m for m in beside if m not in gone]
    gone += beside if replace else []
    replanned = sum(_take_away(book, m, namnder, now=now, actor=actor) for m in gone)
    replanned += _fill_in(book, [n for n in namnder if any(x.namnd in (n, "") for x in lines)], now=now)
    changed_ids = [standing[k].id for k in named & standing.keys()]
    replanned += sum(planning.replan(book, c, now=now) for c in book.cases_using(changed_ids)) if changed else 0
    return Entered(new, changed, len(gone), () if replace else tuple(beside), replanned)


def _fill_in(book: Book, namnder: Sequence[str], *, now: dt.datetime) -> int:
    cases = [case for namnd in namnder for case in book.cases_without_meeting(namnd)]
    return sum(planning.replan(book, case, now=now) for case in cases)


def add(
    book: Book,
    namnd: str,
    body: str,
    day: dt.date,
    stop: dt.date | None,
    namnder: Sequence[str],
    *,
    now: dt.datetime,
    actor: str,
) -> Meeting:
    """Enter one meeting; raise Invalid when its days cannot be or it stands already."""
    key = "" if body in COMMON else namnd
    _check(day, stop, now)
    if any(m.body == body and m.day == day for m in book.meetings((key,), first=day, last=day)):
        raise Invalid(f"{NAMES[body].capitalize()} har redan ett möte {day.isoformat()}.", "dag")
    meeting = book.put_meeting(key, body, day, stop)
    _note(book, meeting, "möte inlagt", namnder, now=now, actor=actor)
    _fill_in(book, [namnd] if key else namnder, now=now)
    return meeting


def move(
    book: Book,
    meeting_id: int,
    day: dt.date,
    stop: dt.date | None,
    namnder: Sequence[str],
    *,
    now: dt.datetime,
    actor: str,
) -> int:
    """Move a meeting to another day, or give it another stop day; return how many plans were made anew.

    Raises Invalid when it has been held, is cancelled, or the body meets that day already.
    """
    meeting = _ahead(book, meeting_id, now)
    _check(day, stop, now)
    if day < now.astimezone(STOCKHOLM).date():
        raise Invalid(f"{day.isoformat()} har varit. Skriv en dag framåt.", "dag")
    if day != meeting.day:
        others = book.meetings((meeting.namnd,), first=day, last=day, cancelled=True)
        if any(m.body == meeting.body for m in others):
            raise Invalid(f"{NAMES[meeting.body].capitalize()} har redan ett möte {day.isoformat()}.", "dag")
    if (day, stop) == (meeting.day, meeting.stop):
        return 0
    book.change_meeting(meeting.id, day=day, stop=stop, moved_from=meeting.moved_from or meeting.day)
    was = {"från": meeting.day.isoformat(), "stoppdag förut": meeting.stop.isoformat() if meeting.stop else None}
    _note(book, book.meeting(meeting.id), "möte flyttat", namnder, now=now, actor=actor, more=was)
    return _replan(book, meeting.id, now=now)


def cancel(book: Book, meeting_id: int, namnder: Sequence[str], *, now: dt.datetime, actor: str) -> int:
    """Cancel a meeting; return how many plans were made anew. Raises Invalid when it has been held or is cancelled."""
    return _take_away(book, _ahead(book, meeting_id, now), namnder, now=now, actor=actor)


def _take_away(book: Book, meeting: Meeting, namnder: Sequence[str], *, now: dt.datetime, actor: str) -> int:
    book.change_meeting(meeting.id, state="cancelled")
    _note(book, meeting, "möte inställt", namnder, now=now, actor=actor)
    return _replan(book, meeting.id, now=now)


def _replan(book: Book, meeting_id: int, *, now: dt.datetime) -> int:
    # Only the cases that used the meeting: nobody else's plan moves because of it.
    return sum(planning.replan(book, c, now=now, meeting_id=meeting_id) for c in book.cases_using([meeting_id]))


def _ahead(book: Book, meeting_id: int, now: dt.datetime) -> Meeting:
    meeting = book.meeting(meeting_id, lock=True)
    if meeting.state == "cancelled":
        raise Invalid("Mötet är inställt redan.", "dag")
    if meeting.day < now.astimezone(STOCKHOLM).date():
        raise Invalid(f"Mötet {meeting.day.isoformat()} har varit och ändras inte.", "dag")
    return meeting


def _check(day: dt.date, stop: dt.date | None, now: dt.datetime) -> None:
    faults = faults_of(day, stop, now.astimezone(STOCKHOLM).date())
    if faults:
        raise Invalid(" ".join(f[0].upper() + f[1:] for f in faults), "dag")


def _note(
    book: Book,
    meeting: Meeting,
    what: str,
    namnder: Sequence[str],
    *,
    now: dt.datetime,
    actor: str,
    more: Mapping[str, str | None] | None = None,
) -> None:
    # A meeting of the municipality stands in the journal of each nämnd: each is an authority with a journal of its own.
    stop = meeting.stop.isoformat() if meeting.stop else None
    data = {"möte": meeting.id, "organ": meeting.body, "dag": meeting.day.isoformat(), "stoppdag": stop, **(more or {})}
    for namnd in (meeting.namnd,) if meeting.namnd else namnder:
        book.note(namnd, what, now=now, actor=actor, data=data)
