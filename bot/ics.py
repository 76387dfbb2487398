"""Events out of and into an iCalendar file (RFC 5545), as Outlook, Google and others write them; within bounds."""

from __future__ import annotations

import codecs
import datetime as dt
import quopri
import re
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

import icalendar

from handlers.errors import Invalid
from handlers.meeting_lists import Event
from handlers.notices.words import STOCKHOLM
from handlers.rules.recurring import FREQUENCIES, WEEKDAYS, Repeat, days_of

LARGEST, MOST_EVENTS, MOST_REPEATED, MOST_TIMES = 5_000_000, 5_000, 300, 200
_OLDEST = 2010  # a repeated event that began earlier is a slip
_KEPT = re.compile(rb"(?:SUMMARY|DTSTART|STATUS|UID|RRULE|RDATE|EXDATE|RECURRENCE-ID)[;:]", re.IGNORECASE)
# What icalendar raises for content that it cannot take; all are its own or the standard library's.
_BAD = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)


def looks_like_one(data: bytes) -> bool:
    """Say whether bytes are an iCalendar file rather than a list."""
    return b"BEGIN:VCALENDAR" in _as_utf8(data[:4096]).upper()


def read(data: bytes, today: dt.date) -> list[Event]:
    """Return the events of a calendar, each day of a repeated one by itself; raise Invalid when it cannot be read.

    Of an event that cannot be read the fault is told; whether it matters is for those who know what it is. Zones are
    taken by their name (also Outlook's); what the file itself says of a zone is not read, so it cannot run away, and a
    time in an unknown zone is one in Stockholm.
    """
    if len(data) > LARGEST:
        raise Invalid(f"Kalendern är större än {LARGEST // 1_000_000} megabyte. Exportera bara årets möten.")
    if not looks_like_one(data):
        raise Invalid("Filen är ingen kalender (.ics). Exportera kalendern igen.")
    # A line is folded by bytes, also in the middle of a letter: it is put together before it is read.
    lines = re.sub(rb"(?:\r\n|\r|\n)[ \t]", b"", _as_utf8(data)).splitlines()
    all_off = any(re.fullmatch(rb"METHOD:CANCEL\s*", line, re.IGNORECASE) for line in lines)
    events = [_component(number, block) for number, block in _blocks(lines)]
    moved = {(str(e.get("UID")), day) for _, e in events if isinstance(e, icalendar.Event) for day in _instead_of(e)}
    if sum("RRULE" in e for _, e in events if isinstance(e, icalendar.Event)) > MOST_REPEATED:
        raise Invalid(f"Kalendern har fler än {MOST_REPEATED} upprepade händelser. Exportera bara mötena.")
    return [one for number, event in events for one in _of(number, event, all_off, moved, today)]


def _as_utf8(data: bytes) -> bytes:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace").encode("utf-8", "replace")
    return data.removeprefix(codecs.BOM_UTF8)


def _blocks(lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield each event's number and its lines that matter; what stands inside it (alarms) is left out."""
    block: list[bytes] = []
    begun, inside, events = False, 0, 0
    for line in lines:
        word = line.strip().upper()
        if word == b"BEGIN:VEVENT":
            block, begun, inside, events = [], True, 0, events + 1
            if events > MOST_EVENTS:
                raise Invalid(f"Kalendern har fler än {MOST_EVENTS} händelser. Exportera bara årets möten.")
        elif word == b"END:VEVENT" and begun:
            yield events, b"\r\n".join(block)
            begun = False
        elif begun and word.startswith((b"BEGIN:", b"END:")):
            inside += 1 if word.startswith(b"BEGIN:") else -1
        elif begun and inside <= 0 and _KEPT.match(line) and len(line) < 10_000:
            block.append(line)


def _component(number: int, block: bytes) -> tuple[int, icalendar.Event | str]:
    """Return an event, or its heading when nothing more can be read of it."""
    try:
        text = block.decode("utf-8")
    except UnicodeDecodeError:
        text = block.decode("cp1252", "replace")
    # Bytes: icalendar takes a string without line breaks for the path of a file.
    whole = f"BEGIN:VEVENT\r\n{text}\r\nEND:VEVENT\r\n".replace("\0", "").encode("utf-8", "replace")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it tells of each zone whose name it had to guess
            made = icalendar.Event.from_ical(whole)
    except _BAD:
        made = None
    if isinstance(made, icalendar.Event):
        return number, made
    heading = re.search(r"^SUMMARY[^:\n]*:(.*)$", text, re.IGNORECASE | re.MULTILINE)
    return number, heading[1] if heading else ""


def _of(
    number: int, event: icalendar.Event | str, all_off: bool, moved: set[tuple[str, dt.date]], today: dt.date
) -> list[Event]:
    if isinstance(event, str):
        return [_broken(_clean(event), number, "händelsen går inte att läsa.")]
    heading = _heading(event)
    try:
        start = _day(_one(_got(event, "DTSTART")).dt)
    except _BAD:
        return [_broken(heading, number, "dagen saknas eller går inte att läsa.")]
    days = {start}
    try:
        if "RECURRENCE-ID" not in event and ("RRULE" in event or "RDATE" in event):
            days = _days(event, start, today)
            days -= {day for uid, day in moved if uid == str(_got(event, "UID"))}
    except Invalid as fault:
        return [_broken(heading, number, str(fault))]
    except _BAD:
        return [_broken(heading, number, "upprepningen går inte att läsa. Lägg in dagarna var för sig.")]
    off = all_off or str(_one(_got(event, "STATUS")) or "").strip().upper() == "CANCELLED"
    uid = str(_one(_got(event, "UID")) or "")
    return [Event(heading, day, off, f"”{heading}” {day}", uid=uid) for day in sorted(days)]


def _broken(heading: str, number: int, fault: str) -> Event:
    return Event(heading, None, False, f"”{heading}” (händelse {number})", fault)


def _heading(event: icalendar.Event) -> str:
    value = _one(_got(event, "SUMMARY"))
    text = str(value) if value is not None else ""
    if str(getattr(value, "params", {}).get("ENCODING", "")).upper() == "QUOTED-PRINTABLE":
        raw = quopri.decodestring(text.encode("utf-8", "replace"))
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            text = raw.decode("cp1252", "replace")
    return _clean(text)


def _clean(text: str) -> str:
    bare = "".join(ch if ch.isprintable() else " " for ch in text[:400])
    made = " ".join(bare.split())
    return made if len(made) <= 80 else made[:79] + "…"


def _got(event: icalendar.Event, name: str) -> Any:
    # What icalendar may return has thirty types; what is no use to us is told by the errors in _BAD.
    return event.get(name)


def _one(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value


def _day(value: Any) -> dt.date:
    """Return the day in Stockholm of a date, a date-time in any zone, or a period."""
    if isinstance(value, tuple):
        value = value[0]
    if isinstance(value, dt.datetime):
        return value.astimezone(STOCKHOLM).date() if value.tzinfo else value.date()
    if not isinstance(value, dt.date):
        raise ValueError(value)
    return value


def _listed(event: icalendar.Event, name: str) -> set[dt.date]:
    value = _got(event, name)
    many = value if isinstance(value, list) else [value] if value is not None else []
    return {_day(one.dt) for dates in many for one in dates.dts}


def _instead_of(event: icalendar.Event) -> list[dt.date]:
    """Return the day of the series that an event stands instead of."""
    try:
        return [_day(_one(_got(event, "RECURRENCE-ID")).dt)] if "RECURRENCE-ID" in event else []
    except _BAD:
        return []


def _days(event: icalendar.Event, start: dt.date, today: dt.date) -> set[dt.date]:
    days = {start} | _listed(event, "RDATE")
    if "RRULE" in event:
        rule = _repeat(_one(_got(event, "RRULE")))
        if start.year < _OLDEST:
            raise Invalid(f"upprepas sedan {start.year}. Kontrollera året.")
        # Who sets no end does not mean the calendars of many years.
        far = today.year + 6 if rule.count is not None or rule.until else today.year + 1
        first = dt.date(today.year - 1, 1, 1)
        falls = {day for day in days_of(rule, start, dt.date(far, 12, 31)) if day >= first}
        days = falls | {d for d in days if d != start or start >= first}
    if len(days) > MOST_TIMES:
        raise Invalid(f"upprepas fler än {MOST_TIMES} gånger. Sätt ett slut på upprepningen.")
    return days - _listed(event, "EXDATE")


def _repeat(rule: Any) -> Repeat:
    frequency = str(rule["FREQ"][0]).upper()
    if frequency not in FREQUENCIES or set(rule) & {"BYYEARDAY", "BYWEEKNO", "BYEASTER"}:
        raise Invalid("upprepas på ett sätt som boten inte förstår. Lägg in dagarna var för sig.")
    until = _one(rule.get("UNTIL"))
    count = _one(rule.get("COUNT"))
    return Repeat(
        frequency,
        interval=int(_one(rule.get("INTERVAL", 1))),
        count=int(count) if count is not None else None,
        until=_day(until) if until is not None else None,
        weekdays=tuple(_weekday(str(one)) for one in rule.get("BYDAY", ())),
        monthdays=tuple(int(n) for n in rule.get("BYMONTHDAY", ())),
        months=tuple(int(n) for n in rule.get("BYMONTH", ())),
        places=tuple(int(n) for n in rule.get("BYSETPOS", ())),
        week_starts=WEEKDAYS.index(str(_one(rule.get("WKST", "MO"))).upper()),
    )


def _weekday(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"([+-]?\d{1,2})?([A-Z]{2})", text.upper())
    if found is None:
        raise ValueError(text)
    return int(found[1] or 0), WEEKDAYS.index(found[2])


def write(name: str, events: Iterable[tuple[str, str, dt.date, bool]], *, now: dt.datetime) -> bytes:
    """Return a calendar of whole days; each event is (id, heading, day, whether it is called off)."""
    made = icalendar.Calendar()
    made.add("PRODID", "-//Namndbot//SV")
    made.add("VERSION", "2.0")
    made.add("X-WR-CALNAME", name)
    for key, heading, day, off in events:
        event = icalendar.Event()
        event.add("UID", key)
        event.add("DTSTAMP", now.astimezone(dt.UTC))
        event.add("SUMMARY", heading)
        event.add("DTSTART", day)
        event.add("STATUS", "CANCELLED" if off else "CONFIRMED")
        made.add_component(event)
    written: bytes = made.to_ical()
    return written
