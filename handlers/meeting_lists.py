"""Lists of meetings, in and out: rows of a sheet and events of a calendar become lines, each fault named by its place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from handlers.lists import as_csv
from handlers.rules.bodies import WORDS, Told, body_of, told_by
from handlers.rules.meetings import COMMON, NAMES, short
from storage.records import Meeting

COLUMNS = ("namnd", "organ", "dag", "stoppdag", "inställt")
MOST = 2000  # lines of one list: more are no calendar of a municipality
_NEEDED = ("organ", "dag")
_KEPT = "oförändrad"
_YES = frozenset({"ja", "x", "inställt", "inställd", "1"})
_FARTHEST = dt.timedelta(days=366 * 6)  # a day further off is a slip of the pen
_LONGEST_STOP = 120  # days from a stop day to its meeting
STOP_OF = "stopp-"  # a stop day's uid in a calendar of our own, before its meeting's


@dataclass(frozen=True, slots=True)
class MeetingLine:
    """One meeting of a list; namnd is empty for the municipality's bodies. line: where it stood, for what is said of it.

    stop_told: whether the list tells of stop days at all; where it does not, the meeting keeps the one it has.
    """

    namnd: str
    body: str
    day: dt.date
    stop: dt.date | None
    cancelled: bool = False
    line: str = ""
    stop_told: bool = True


@dataclass(frozen=True, slots=True)
class Event:
    """An event of a calendar: its heading, its day in Stockholm, whether it is called off, and where it stands.

    Where the day or its repetition cannot be read, fault says why and day is None. uid is the calendar's own name for it.
    """

    heading: str
    day: dt.date | None
    cancelled: bool
    where: str
    fault: str = ""
    uid: str = ""


@dataclass(frozen=True, slots=True)
class ReadMeetings:
    """What a list holds: lines to enter, faults (then nothing may be entered), and what is no meeting of ours."""

    lines: tuple[MeetingLine, ...]
    faults: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()


def read_rows(
    rows: Sequence[tuple[int, Sequence[str]]], namnder: Mapping[str, str], today: dt.date, *, only: str = ""
) -> ReadMeetings:
    """Return the meetings of rows whose first is the head, each with its line number. Nothing is raised.

    namnder: names by key; a list may use either. only: the nämnd that the list is for; rows that name none are its own,
    those of another nämnd are skipped.
    """
    head = [cell.strip().lower() for cell in rows[0][1]] if rows else []
    missing = [c for c in _NEEDED if c not in head]
    if missing:
        where = f"Rad {rows[0][0]}: kolumnen {missing[0]} saknas." if rows else "Listan är tom."
        return ReadMeetings((), (f"{where} Första raden ska vara: {';'.join(COLUMNS)}",))
    faults: list[str] = []
    skipped: list[str] = []
    found: list[MeetingLine] = []
    for number, cells in rows[1:]:
        row = {name: cell.strip() for name, cell in zip(head, cells, strict=False)}
        wrong: list[str] = []
        line = _line(row, f"Rad {number}", namnder, only, today, wrong)
        faults += [f"Rad {number}: {w}" for w in wrong]
        if line and only and line.namnd not in ("", only):
            skipped.append(f"Rad {number}: gäller {namnder[line.namnd]}")
        elif line:
            found.append(line)
    if len(rows) == 1:
        faults.append("Listan har bara en rad med rubriker.")
    return _whole(found, [*faults, *twice(found)], skipped)


def _whole(lines: Sequence[MeetingLine], faults: Sequence[str], skipped: Sequence[str]) -> ReadMeetings:
    if len(lines) > MOST:
        return ReadMeetings((), (f"Listan har fler än {MOST} möten. Dela den i flera.",), ())
    return ReadMeetings(tuple(lines), tuple(faults), tuple(skipped))


def _line(
    row: Mapping[str, str], where: str, namnder: Mapping[str, str], only: str, today: dt.date, wrong: list[str]
) -> MeetingLine | None:
    body = body_of(row.get("organ", ""))
    said = row.get("namnd", "")
    namnd = next((k for k, name in namnder.items() if said.lower() in (k.lower(), name.lower())), said or only)
    if body is None:
        wrong.append(f"organet {row.get('organ', '')!r} finns inte. Välj {', '.join(w[-1] for w in WORDS.values())}.")
    elif body in COMMON:
        namnd = ""
    elif namnd not in namnder:
        which = f"nämnden {namnd!r} finns inte." if namnd else "det står inte vilken nämnd."
        wrong.append(f"{which} Välj {', '.join(sorted(namnder))}.")
    kept = "stoppdag" not in row or row["stoppdag"].lower() == _KEPT
    day, stop = _day(row.get("dag", ""), wrong), None if kept else _day(row["stoppdag"], wrong)
    if day is None and not wrong:
        wrong.append("dag saknas. Skriv mötets dag som ÅÅÅÅ-MM-DD.")
    wrong += faults_of(day, stop, today)
    if wrong or body is None or day is None:
        return None
    return MeetingLine(namnd, body, day, stop, row.get("inställt", "").lower() in _YES, where, not kept)


def _day(text: str, wrong: list[str]) -> dt.date | None:
    if not text:
        return None
    try:
        if len(text) != 10:  # Python reads 2027W081 and 20270225 too; a person would not
            raise ValueError(text)
        return dt.date.fromisoformat(text)
    except ValueError:
        wrong.append(f"{text!r} är inte en dag. Skriv ÅÅÅÅ-MM-DD, till exempel 2027-02-25.")
        return None


def faults_of(day: dt.date | None, stop: dt.date | None, today: dt.date) -> list[str]:
    """Return what is wrong with a meeting's days, in plain words."""
    if day is None:
        return []
    faults = []
    if abs(day - today) > _FARTHEST:
        faults.append(f"{day} ligger för långt bort. Kontrollera året.")
    if stop and stop > day:
        faults.append(f"stoppdagen {stop} ligger efter mötet {day}.")
    if stop and (day - stop).days > _LONGEST_STOP:
        faults.append(f"stoppdagen {stop} ligger mer än fyra månader före mötet {day}. Kontrollera året.")
    return faults


def twice(lines: Sequence[MeetingLine]) -> list[str]:
    """Return a fault for each meeting that a list names twice with different content."""
    seen: dict[tuple[str, str, dt.date], MeetingLine] = {}
    faults = []
    for one in lines:
        first = seen.setdefault((one.namnd, one.body, one.day), one)
        if first is not one and (first.stop, first.cancelled) != (one.stop, one.cancelled):
            where = first.line[:1].lower() + first.line[1:]
            faults.append(f"{one.line}: {NAMES[one.body]} {one.day} står redan på {where} med annat innehåll.")
    return faults


# events


def read_events(events: Iterable[Event], namnder: Mapping[str, str], today: dt.date, *, only: str = "") -> ReadMeetings:
    """Return the meetings that events tell of; what is no meeting of a known body is skipped, not wrong.

    A stop day belongs to the meeting that its uid names, as in a calendar of our own, else to its body's next meeting.
    only: the nämnd whose calendar it is, for events that name none.
    """
    default = only or (next(iter(namnder)) if len(namnder) == 1 else "")
    first, last = dt.date(today.year - 1, 1, 1), today + _FARTHEST
    faults: list[str] = []
    skipped: list[str] = []
    meetings: dict[tuple[str, str, dt.date], MeetingLine] = {}
    stops: list[tuple[dt.date, Event, Told, str]] = []
    by_uid: dict[str, dt.date] = {}
    for event in events:
        told = told_by(event.heading, namnder)
        namnd = "" if told is None or told.body in COMMON else told.namnd or default
        if told is None:
            skipped.append(f"{event.where}: inget möte som boten känner till")
        elif event.day is None:
            faults.append(f"{event.where}: {event.fault}")
        elif not first <= event.day <= last:
            skipped.append(f"{event.where}: ligger utanför {first.year}–{last.year}")
        elif only and namnd not in ("", only):
            skipped.append(f"{event.where}: gäller {namnder[namnd]}")
        elif told.body not in COMMON and not namnd:
            faults.append(f"{event.where}: det står inte vilken nämnd. Välj vilken nämnd kalendern gäller.")
        elif told.stop:
            stops.append((event.day, event, told, namnd))
        else:
            line = MeetingLine(namnd, told.body, event.day, None, event.cancelled or told.cancelled, event.where, False)
            before = meetings.get((namnd, told.body, event.day))
            # The same meeting in two people's calendars: held if it is held in one.
            if before is None or before.cancelled:
                meetings[namnd, told.body, event.day] = line
            by_uid[event.uid] = event.day
    _put_stops(meetings, stops, by_uid, faults, skipped)
    lines = sorted(meetings.values(), key=lambda x: (x.day, x.namnd, x.body))
    if not lines and not faults:
        faults.append("Kalendern har inget möte som boten känner till. Händelserna heter till exempel KF eller AU.")
    return _whole(lines, faults, skipped)


def _put_stops(
    meetings: dict[tuple[str, str, dt.date], MeetingLine],
    stops: Iterable[tuple[dt.date, Event, Told, str]],
    by_uid: Mapping[str, dt.date],
    faults: list[str],
    skipped: list[str],
) -> None:
    """Give each stop day to the meeting that its uid names, else to its body's next."""
    for day, event, told, namnd in sorted(stops, key=lambda s: (s[0], s[1].where)):
        if event.cancelled or told.cancelled:
            skipped.append(f"{event.where}: stoppdagen är inställd")
            continue
        ahead = [d for n, b, d in meetings if (n, b) == (namnd, told.body) and 0 <= (d - day).days <= _LONGEST_STOP]
        if not ahead:
            skipped.append(f"{event.where}: inget möte för stoppdagen i listan")
            continue
        own = by_uid.get(event.uid.removeprefix(STOP_OF)) if event.uid.startswith(STOP_OF) else None
        key = (namnd, told.body, own if own in ahead else min(ahead))
        line = meetings[key]
        if line.stop and line.stop != day:
            which = f"{NAMES[line.body]} {short(line.day)}"
            faults.append(f"{event.where}: {which} har redan stoppdagen {short(line.stop)}. Ta bort den som är fel.")
        meetings[key] = replace(line, stop=day, stop_told=True)


# out


def write_meetings(meetings: Iterable[Meeting]) -> str:
    """Return meetings as a CSV text that `read_rows` takes back."""
    return _csv(MeetingLine(m.namnd, m.body, m.day, m.stop, m.state == "cancelled") for m in meetings)


def write_lines(lines: Iterable[MeetingLine]) -> str:
    """Return lines as a CSV text that `read_rows` takes back as the same lines."""
    return _csv(lines)


def _csv(lines: Iterable[MeetingLine]) -> str:
    rows = (
        (
            x.namnd,
            WORDS[x.body][-1],
            x.day.isoformat(),
            _KEPT if not x.stop_told else x.stop.isoformat() if x.stop else "",
            "ja" if x.cancelled else "",
        )
        for x in lines
    )
    return as_csv(COLUMNS, rows)
