"""The calendars of a year as the page of meetings shows them, and who may change which."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.pages import views
from bot.pages.desk import OVERSEERS, Ask, Missing
from bot.pages.sheets_out import Cell, Column
from handlers import calendars
from handlers.rules.bodies import WORDS
from handlers.rules.meetings import COMMON, NAMES
from storage.records import Meeting, RoleName
from storage.store import Book

CHANGERS: tuple[RoleName, ...] = ("registrator", "administrator")
# In the order that people look for them: who decides first.
_LOCAL, _SHARED = ("namnd", "au", "presidium"), ("kf", "ks", "ksau")
_WEEKDAYS = ("mån", "tis", "ons", "tors", "fre", "lör", "sön")
COLUMNS = (
    Column("Vems möte", 32),
    Column("Organ", 24),
    Column("Dag", 12),
    Column("Stoppdag", 12),
    Column("Flyttat från", 12),
    Column("Läge", 12),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A meeting in its body's table. use: how many cases' plans it carries, in words."""

    id: int
    name: str
    day: str
    iso: str
    stop: str
    stop_iso: str
    use: str
    moved: str
    cancelled: bool
    may: bool
    mark: str


@dataclass(frozen=True, slots=True)
class Table:
    """A body's meetings of the year: those ahead, and those that have been."""

    key: str
    name: str
    ahead: tuple[Row, ...]
    held: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """The bodies of a nämnd, or of the municipality."""

    key: str
    name: str
    tables: tuple[Table, ...]


def overseen(ask: Ask) -> list[str]:
    """Return the nämnder whose meetings the visitor sees; those who oversee none find no such page."""
    found = ask.who.namnder(*OVERSEERS)
    if not found:
        raise Missing
    return found


def may_change(ask: Ask, namnd: str) -> bool:
    """Say whether the visitor may change a nämnd's meetings, or the municipality's when none is named."""
    return ask.who.has(namnd, *CHANGERS) if namnd else bool(ask.who.namnder(*CHANGERS))


def bodies_to_change(ask: Ask) -> tuple[tuple[str, str], ...]:
    """Return the bodies whose meetings the visitor may enter, as (value in a form, name)."""
    boards = ask.who.namnder(*CHANGERS)
    made = [(f"{key}:{body}", _name(ask, key, body)) for key in boards for body in _LOCAL]
    return (*made, *((f":{body}", views.upper_first(_name(ask, "", body))) for body in _SHARED)) if boards else ()


def _name(ask: Ask, namnd: str, body: str) -> str:
    if not namnd:
        return NAMES[body]
    name = ask.desk.namnder[namnd].name
    return name if body == "namnd" else f"{name}s {WORDS[body][-1]}"


def year_asked(ask: Ask) -> int:
    """Return the year to show: the one that is asked for, or this one."""
    text = ask.query.get("ar", "")
    return int(text) if text.isascii() and text.isdigit() and 1950 <= int(text[:5]) <= 2200 else ask.today.year


def years_of(found: Sequence[Meeting], year: int, today: dt.date) -> tuple[list[int], list[int]]:
    """Return the years to choose from: this and later ones, and past ones."""
    years = {m.day.year for m in found} | {today.year, today.year + 1, year}
    return sorted(y for y in years if y >= today.year), sorted((y for y in years if y < today.year), reverse=True)


def parts_of(ask: Ask, book: Book, found: Sequence[Meeting], boards: Sequence[str]) -> tuple[Part, ...]:
    """Return a year's meetings by nämnd and body; of the municipality's last."""
    used = book.meetings_used(boards)
    made = [Part(key, ask.desk.namnder[key].name, _tables(ask, found, used, key, _LOCAL)) for key in boards]
    return (*made, Part("kommunen", ask.desk.organisation, _tables(ask, found, used, "", _SHARED)))


def told(ask: Ask, meeting: Meeting) -> tuple[Cell, ...]:
    """Return a meeting as a row of a file."""
    whose = ask.desk.namnder[meeting.namnd].name if meeting.namnd else ask.desk.organisation
    moved = meeting.moved_from if meeting.moved_from != meeting.day else None
    state = "Inställt" if meeting.state == "cancelled" else "Flyttat" if moved else ""
    return whose, views.upper_first(NAMES[meeting.body]), meeting.day, meeting.stop, moved, state


def _tables(
    ask: Ask, found: Sequence[Meeting], used: Mapping[int, int], namnd: str, bodies: Sequence[str]
) -> tuple[Table, ...]:
    tables = []
    for body in bodies:
        mine = [m for m in found if (m.namnd, m.body) == (namnd, body)]
        ahead = tuple(_row(ask, m, used) for m in mine if m.day >= ask.today)
        held = tuple(_row(ask, m, used) for m in mine if m.day < ask.today)
        if mine:
            tables.append(Table(f"{namnd or 'kommunen'}-{body}", views.upper_first(NAMES[body]), ahead, held))
    return tuple(tables)


def _row(ask: Ask, meeting: Meeting, used: Mapping[int, int]) -> Row:
    cases = used.get(meeting.id, 0)
    moved = meeting.moved_from
    return Row(
        id=meeting.id,
        name=f"{NAMES[meeting.body]} {views.day(meeting.day)}",
        day=weekday(meeting.day, meeting.day),
        iso=meeting.day.isoformat(),
        stop=weekday(meeting.stop, meeting.day) if meeting.stop else "",
        stop_iso=meeting.stop.isoformat() if meeting.stop else "",
        use=("1 ärende" if cases == 1 else f"{cases} ärenden") if cases else "",
        moved=f"Flyttat från {weekday(moved, meeting.day)}" if moved and moved != meeting.day else "",
        cancelled=meeting.state == "cancelled",
        may=meeting.day >= ask.today and may_change(ask, meeting.namnd),
        mark=calendars.mark_of(meeting),
    )


def weekday(day: dt.date, beside: dt.date) -> str:
    """Return a day for a narrow column, with its weekday; the year only when it is not that of the day beside it.

    >>> weekday(dt.date(2026, 12, 17), dt.date(2027, 1, 7)), weekday(dt.date(2027, 1, 7), dt.date(2027, 1, 7))
    ('tors 17 dec 2026', 'tors 7 jan')
    """
    return f"{_WEEKDAYS[day.weekday()]} {views.short(day, beside)}"


def next_meeting(ask: Ask, found: Sequence[Meeting]) -> str:
    """Return in a sentence which meeting comes next."""
    ahead = [m for m in found if m.state == "planned" and m.day >= ask.today]
    if not ahead:
        return "Inget möte framåt är inlagt."
    first = min(ahead, key=lambda m: m.day)
    names = " och ".join(dict.fromkeys(_name(ask, m.namnd, m.body) for m in ahead if m.day == first.day))
    return f"Nästa möte: {names} {views.weekday(first.day)}, {views.ahead(first.day, ask.today)}."


def body_asked(ask: Ask, value: str) -> tuple[str, str] | None:
    """Return the nämnd and body that a form's value means, if the visitor may change its meetings."""
    if value not in dict(bodies_to_change(ask)):
        return None
    namnd, _, body = value.partition(":")
    return ("" if body in COMMON else namnd, body)
