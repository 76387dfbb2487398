"""The bodies' meetings: taken in from a list, moved, cancelled; every plan that a meeting carries is made anew."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from handlers import planning, seen
from handlers.errors import Invalid
from handlers.meeting_lists import MeetingLine, faults_of
from handlers.notices.words import STOCKHOLM
from handlers.rules.meetings import COMMON, NAMES
from storage.records import Meeting
from storage.store import Book, Store

__all__ = [
    "Entered",
    "MeetingLine",
    "add",
    "cancel",
    "enter",
    "missing",
    "move",
    "restore",
    "would_enter",
]


@dataclass(frozen=True, slots=True)
class Entered:
    """What a list did: meetings that are new, changed (before and after), cancelled; which stand that it does not name,
    and which it still has on the day that they were moved from; how many plans were made anew."""

    added: tuple[Meeting, ...]
    altered: tuple[tuple[Meeting, Meeting], ...]
    gone: tuple[Meeting, ...]
    not_named: tuple[Meeting, ...]
    moved_since: tuple[Meeting, ...]
    replanned: int

    @property
    def new(self) -> int:
        """How many meetings are new."""
        return len(self.added)

    @property
    def changed(self) -> int:
        """How many have another stop day, or are held after all."""
        return len(self.altered)

    @property
    def cancelled(self) -> int:
        """How many are cancelled."""
        return len(self.gone)

    @property
    def anything(self) -> bool:
        """Whether the list changes anything."""
        return bool(self.added or self.altered or self.gone)


class _OnlyAsked(Exception):
    """Ends a transaction that only asked what a list would do; holds the answer."""

    def __init__(self, entered: Entered) -> None:
        super().__init__()
        self.entered = entered


def would_enter(
    store: Store,
    lines: Iterable[MeetingLine],
    namnder: Sequence[str],
    *,
    now: dt.datetime,
    replace: bool = False,
) -> Entered:
    """Return what a list would do, and do nothing.

    The list is entered and the transaction then given up: what is told is what the same rules would do for good.
    """
    try:
        with store.book() as book:
            raise _OnlyAsked(enter(book, lines, namnder, now=now, actor="boten", replace=replace))
    except _OnlyAsked as answer:
        return answer.entered


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
    lines = list({(x.namnd, x.body, x.day): x for x in lines}.values())
    today = now.astimezone(STOCKHOLM).date()
    standing = {(m.namnd, m.body, m.day): m for m in book.meetings((*namnder, ""), cancelled=True)}
    added: list[Meeting] = []
    altered: list[tuple[Meeting, Meeting]] = []
    gone: list[Meeting] = []
    moved = {(m.namnd, m.body, m.moved_from): m for m in standing.values() if m.moved_from and m.state == "planned"}
    moved_since: list[Meeting] = []
    for line in lines:
        old = standing.get((line.namnd, line.body, line.day))
        later = moved.get((line.namnd, line.body, line.day)) if old is None else None
        if later and not line.cancelled:
            # The list is older than the move, or knows nothing of it: what was decided here stands.
            moved_since += [later] if later.day >= today else []
            continue
        if line.cancelled:
            gone += [old] if old and old.state == "planned" and old.day >= today else []
            continue
        stop = line.stop if line.stop_told or old is None else old.stop
        if old and (old.stop, old.state) == (stop, "planned"):
            continue
        meeting = book.put_meeting(line.namnd, line.body, line.day, stop)
        what = "möte inlagt" if old is None else "möte ändrat" if old.state == "planned" else "möte hålls ändå"
        stood = {"stoppdag förut": old.stop.isoformat() if old.stop else None} if old else None
        _note(book, meeting, what, namnder, now=now, actor=actor, more=stood)
        if old is None:
            added.append(meeting)
        else:
            altered.append((old, meeting))
    named = {(x.namnd, x.body, x.day) for x in lines}
    years = {(x.namnd, x.body, x.day.year) for x in lines}
    beside = [
        m
        for key, m in standing.items()
        if key not in named
        and (m.namnd, m.body, m.day.year) in years
        and m.state == "planned"
        and m.day >= today
        and (m.namnd, m.body, m.moved_from) not in named
    ]
    gone += beside if replace else []
    replanned = {case for m in gone for case in _take_away(book, m, namnder, now=now, actor=actor)}
    replanned |= _fill_in(book, [n for n in namnder if any(x.namnd in (n, "") for x in lines)], now=now)
    replanned |= _replan(book, book.cases_using(m.id for _, m in altered), now=now)
    return Entered(
        tuple(added),
        tuple(altered),
        tuple(gone),
        () if replace else tuple(beside),
        tuple(moved_since),
        len(replanned),
    )


def _fill_in(book: Book, namnder: Sequence[str], *, now: dt.datetime) -> set[int]:
    return _replan(book, [case for namnd in namnder for case in book.cases_without_meeting(namnd)], now=now)


def _replan(
    book: Book, cases: Iterable[int], *, now: dt.datetime, meeting_id: int | None = None, only_stop: bool = False
) -> set[int]:
    """Make plans anew; return the cases whose plan changed."""
    return {case for case in cases if planning.replan(book, case, now=now, meeting_id=meeting_id, only_stop=only_stop)}


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
    why: str = "",
) -> Meeting:
    """Enter one meeting; raise Invalid when its days cannot be or it stands already."""
    key = "" if body in COMMON else namnd
    _check(day, stop, now)
    if any(m.body == body and m.day == day for m in book.meetings((key,), first=day, last=day)):
        raise Invalid(f"{NAMES[body].capitalize()} har redan ett möte {day.isoformat()}.", "dag")
    why = seen.reason(why)
    meeting = book.put_meeting(key, body, day, stop)
    _note(book, meeting, "möte inlagt", namnder, now=now, actor=actor, why=why)
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
    why: str = "",
    was: str | None = None,
) -> int:
    """Move a meeting to another day, or give it another stop day; return how many plans were made anew.

    Raises Invalid when it has been held, is cancelled, or the body meets that day already.
    """
    meeting = _ahead(book, meeting_id, now, was)
    why = seen.reason(why)
    _check(day, stop, now)
    if day < now.astimezone(STOCKHOLM).date():
        raise Invalid(f"{day.isoformat()} har varit. Skriv en dag framåt.", "dag")
    if day != meeting.day:
        others = book.meetings((meeting.namnd,), first=day, last=day, cancelled=True)
        if any(m.body == meeting.body for m in others):
            raise Invalid(f"{NAMES[meeting.body].capitalize()} har redan ett möte {day.isoformat()}.", "dag")
    if (day, stop) == (meeting.day, meeting.stop):
        return 0
    # Another stop day moves no meeting, and one that is back on its first day is not moved any more.
    first = meeting.moved_from or meeting.day if day != meeting.day else meeting.moved_from
    book.change_meeting(meeting.id, day=day, stop=stop, moved_from=first if first != day else None)
    only_stop = day == meeting.day
    stood: dict[str, str | None] = {} if only_stop else {"från": meeting.day.isoformat()}
    stood["stoppdag förut"] = meeting.stop.isoformat() if meeting.stop else None
    what = "möte ändrat" if only_stop else "möte flyttat"
    _note(book, book.meeting(meeting.id), what, namnder, now=now, actor=actor, more=stood, why=why)
    used = book.cases_using([meeting.id])
    touched = [meeting.namnd] if meeting.namnd else list(namnder)
    # The cases that used the meeting, and those that had lost their day: it may be within reach of them now.
    made = _replan(book, used, now=now, meeting_id=meeting.id, only_stop=only_stop)
    return len(made | _fill_in(book, touched, now=now))


def cancel(
    book: Book,
    meeting_id: int,
    namnder: Sequence[str],
    *,
    now: dt.datetime,
    actor: str,
    why: str = "",
    was: str | None = None,
) -> int:
    """Cancel a meeting; return how many plans were made anew. Raises Invalid when it has been held or is cancelled."""
    meeting = _ahead(book, meeting_id, now, was)
    return len(_take_away(book, meeting, namnder, now=now, actor=actor, why=seen.reason(why)))


def _take_away(
    book: Book, meeting: Meeting, namnder: Sequence[str], *, now: dt.datetime, actor: str, why: str = ""
) -> set[int]:
    book.change_meeting(meeting.id, state="cancelled")
    _note(book, meeting, "möte inställt", namnder, now=now, actor=actor, why=why)
    return _replan(book, book.cases_using([meeting.id]), now=now, meeting_id=meeting.id)


def restore(
    book: Book,
    meeting_id: int,
    namnder: Sequence[str],
    *,
    now: dt.datetime,
    actor: str,
    why: str = "",
    was: str | None = None,
) -> int:
    """Let a cancelled meeting be held after all; return how many plans were made anew.

    Those that had lost their day or had to do without a calendar, and those that the cancelling moved and of which
    nobody has been told yet. Raises Invalid when it is not cancelled or its day has been.
    """
    meeting = book.meeting(meeting_id, lock=True)
    if meeting.state != "cancelled":
        raise Invalid("Mötet är inte inställt.", "dag")
    _not_held(meeting, now)
    seen.still(was, *_standing(meeting))
    why = seen.reason(why)
    book.change_meeting(meeting.id, state="planned")
    _note(book, meeting, "möte hålls ändå", namnder, now=now, actor=actor, why=why)
    touched = [meeting.namnd] if meeting.namnd else list(namnder)
    moved = [p.case_id for n in touched for p in book.untold_plans(n) if f"meeting:{meeting.id}" in p.news]
    return len(_replan(book, moved, now=now) | _fill_in(book, touched, now=now))


def mark_of(meeting: Meeting) -> str:
    """Return the mark of a meeting as it stands, for a form."""
    return seen.mark(*_standing(meeting))


def _standing(meeting: Meeting) -> tuple[object, ...]:
    return meeting.day, meeting.stop, meeting.state


def _ahead(book: Book, meeting_id: int, now: dt.datetime, was: str | None) -> Meeting:
    meeting = book.meeting(meeting_id, lock=True)
    seen.still(was, *_standing(meeting))
    if meeting.state == "cancelled":
        raise Invalid("Mötet är inställt redan.", "dag")
    _not_held(meeting, now)
    return meeting


def _not_held(meeting: Meeting, now: dt.datetime) -> None:
    if meeting.day < now.astimezone(STOCKHOLM).date():
        raise Invalid(f"Mötet {meeting.day.isoformat()} har varit och ändras inte.", "dag")


def _check(day: dt.date, stop: dt.date | None, now: dt.datetime) -> None:
    faults = faults_of(day, stop, now.astimezone(STOCKHOLM).date())
    if faults:
        field = "stopp" if all(f.startswith("stoppdagen") for f in faults) else "dag"
        raise Invalid(" ".join(f[0].upper() + f[1:] for f in faults), field)


def missing(book: Book, namnder: Mapping[str, str], today: dt.date) -> list[str]:
    """Return in sentences whose calendars are not there, by year: this one, and from October the next too.

    namnder: names by key. A matter is decided by the nämnd, kommunstyrelsen or fullmäktige; a body that only prepares
    may have no meetings at all.
    """
    have = {(m.namnd, m.body, m.day.year) for m in book.meetings((*namnder, ""), cancelled=True)}
    have |= {("", "ks", year) for key, body, year in have if key in planning.KS and body == "namnd"}
    needed = [((key, "namnd"), name) for key, name in namnder.items() if key not in planning.KS]
    needed += [(("", body), NAMES[body]) for body in ("ks", "kf")]
    said = []
    for year in (today.year, today.year + 1) if today.month >= 10 else (today.year,):
        names = [name for place, name in needed if (*place, year) not in have]
        if names:
            listed = " och ".join(filter(None, (", ".join(names[:-1]), names[-1])))
            said.append(f"Mötena {year} är inte inlagda för {listed}.")
    return said


def _note(
    book: Book,
    meeting: Meeting,
    what: str,
    namnder: Sequence[str],
    *,
    now: dt.datetime,
    actor: str,
    more: Mapping[str, str | None] | None = None,
    why: str = "",
) -> None:
    # A meeting of the municipality stands in the journal of each nämnd: each is an authority with a journal of its own.
    stop = meeting.stop.isoformat() if meeting.stop else None
    data = {"möte": meeting.id, "organ": meeting.body, "dag": meeting.day.isoformat(), "stoppdag": stop, **(more or {})}
    for namnd in (meeting.namnd,) if meeting.namnd else namnder:
        book.note(namnd, what, now=now, actor=actor, data=data, personal={"skäl": why} if why else None)
