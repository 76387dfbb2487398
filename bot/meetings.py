"""Lists of meetings as files and as text: read from CSV, .xlsx or .ics, written, and told what they would do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from bot import ics, sheets, terminal
from handlers import meeting_lists
from handlers.calendars import Entered
from handlers.meeting_lists import ReadMeetings
from handlers.notices.words import upper_first
from handlers.rules.bodies import WORDS
from handlers.rules.meetings import NAMES
from storage.records import Meeting

_WEEKDAYS = ("mån", "tis", "ons", "tors", "fre", "lör", "sön")
_HEAD = ("Vad", "Organ", "Dag", "Stoppdag")
_MOST_SKIPPED = 20  # lines of what is no meeting: a whole office's calendar may be exported


def read(data: bytes, name: str, namnder: Mapping[str, str], today: dt.date, *, only: str = "") -> ReadMeetings:
    """Return the meetings of a file: a calendar or a list; raise Invalid when it is neither.

    namnder: names by key. only: the nämnd that the file is for.
    """
    if ics.looks_like_one(data) or name.lower().endswith((".ics", ".ical")):
        return meeting_lists.read_events(ics.read(data, today), namnder, today, only=only)
    return meeting_lists.read_rows(sheets.rows(data, name), namnder, today, only=only)


def as_calendar(meetings: Iterable[Meeting], namnder: Mapping[str, str], host: str, *, now: dt.datetime) -> bytes:
    """Return meetings and their stop days as a calendar that `read` takes back."""
    events = []
    for m in meetings:
        whose, key = body_name(m, namnder), f"{m.namnd or 'kommunen'}-{m.body}-{m.id}@{host}"
        events.append((key, whose, m.day, m.state == "cancelled"))
        if m.stop and m.state == "planned":
            events.append((meeting_lists.STOP_OF + key, f"Stoppdag {whose}", m.stop, False))
    return ics.write("Möten", events, now=now)


def body_name(meeting: Meeting, namnder: Mapping[str, str]) -> str:
    """Return a body's name with its nämnd's, as it stands in a list or a calendar."""
    if not meeting.namnd:
        return upper_first(NAMES[meeting.body])
    name = namnder.get(meeting.namnd, meeting.namnd)
    return name if meeting.body == "namnd" else f"{name}s {WORDS[meeting.body][-1]}"


def day(date: dt.date) -> str:
    """Return a day for a column, with its weekday.

    >>> day(dt.date(2027, 2, 25))
    'tors 2027-02-25'
    """
    return f"{_WEEKDAYS[date.weekday()]} {date.isoformat()}"


def rows_of(entered: Entered) -> list[tuple[str, Meeting, str]]:
    """Return what a list changes, by day: what happens, to which meeting, and its stop day before and after."""
    rows = [("nytt", m, _stop(m)) for m in entered.added]
    rows += [("ändrat", new, _change(old, new)) for old, new in entered.altered]
    rows += [("ställs in", m, _stop(m)) for m in entered.gone]
    return sorted(rows, key=lambda row: (row[1].day, row[1].namnd, row[1].body))


def _stop(meeting: Meeting) -> str:
    return meeting.stop.isoformat() if meeting.stop else ""


def _change(old: Meeting, new: Meeting) -> str:
    if old.state == "cancelled":
        return f"{_stop(new)} (var inställt)".strip()
    return f"{_stop(old) or 'ingen'} blir {_stop(new) or 'ingen'}"


def told(read: ReadMeetings, entered: Entered, namnder: Mapping[str, str], *, done: bool) -> str:
    """Return what a list did or would do, for a terminal."""
    parts = []
    rows = [(what, body_name(m, namnder), day(m.day), stop) for what, m, stop in rows_of(entered)]
    if rows:
        parts.append(terminal.table(_HEAD, rows, wide=1))
    if entered.not_named:
        lines = [f"  {day(m.day)}  {body_name(m, namnder)}" for m in entered.not_named]
        parts.append("\n".join(["Står i kalendern men inte i listan (ställs in med --replace):", *lines]))
    if entered.moved_since:
        parts.append("\n".join(["Står i listan på sin gamla dag. Flytten gäller:", *_moved(entered, namnder)]))
    if read.skipped:
        parts.append("\n".join(["Hoppas över:", *(f"  {terminal.clean(s)}" for s in cut(read.skipped))]))
    parts.append(summary(entered, done=done))
    return "\n\n".join(parts)


def _moved(entered: Entered, namnder: Mapping[str, str]) -> list[str]:
    return [
        f"  {day(m.moved_from)} flyttat till {day(m.day)}  {body_name(m, namnder)}"
        for m in entered.moved_since
        if m.moved_from
    ]


def cut(lines: Sequence[str]) -> list[str]:
    """Return so many lines that one can read them, and how many more there are."""
    more = len(lines) - _MOST_SKIPPED
    return [*lines[:_MOST_SKIPPED], *([f"och {more} till"] if more > 0 else [])]


def summary(entered: Entered, *, done: bool) -> str:
    """Return in a sentence how many meetings and plans a list changes, or has changed."""
    if not entered.anything:
        return "Listan ändrar inget."
    counts = (
        (entered.new, "nytt", "nya"),
        (entered.changed, "ändrat", "ändrade"),
        (entered.cancelled, "inställt", "inställda"),
    )
    words = [f"{n} {one + ' möte' if n == 1 else many + ' möten'}" for n, one, many in counts if n]
    return f"{', '.join(words)}. {replanned(entered.replanned, done=done)}"


def replanned(number: int, *, done: bool = True) -> str:
    """Return in a sentence how many plans are made anew.

    >>> replanned(0), replanned(1), replanned(3, done=False)
    ('Ingen plan ändrades.', '1 plan räknades om.', '3 planer räknas om.')
    """
    if not number:
        return "Ingen plan ändrades." if done else "Ingen plan ändras."
    return f"{number} {'plan' if number == 1 else 'planer'} {'räknades' if done else 'räknas'} om."
