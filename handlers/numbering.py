"""How a nämnd's numbers look from a year on: seen with what has been given, and changed without a number coming twice."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from handlers import lists, seen
from handlers.errors import Invalid
from handlers.notices.words import STOCKHOLM
from handlers.rules import numbering
from storage.records import Namnd, Person, Series
from storage.store import Book

AHEAD = 10  # years: further off is a slip of the pen


@dataclass(frozen=True, slots=True)
class Counted:
    """A series with what it has given, by year as (year, first, last), and the next number of this year or its first."""

    series: Series
    given: tuple[tuple[int, int, int], ...]
    next_number: str
    next_year: int


def mark_of(book: Book, namnd: str) -> str:
    """Return the mark of a nämnd's series as they stand, for a form."""
    return seen.mark(_standing(book, namnd))


def _standing(book: Book, namnd: str) -> list[tuple[object, ...]]:
    mine = (s for s in book.all_series() if s.namnd == namnd)
    return [(s.from_year, s.prefix, s.template, s.first_number) for s in mine]


def counted(book: Book, namnd: str, today: dt.date) -> list[Counted]:
    """Return a nämnd's series, the newest first."""
    mine = [s for s in book.all_series() if s.namnd == namnd]
    highest = book.highest().get(namnd, {})
    found = []
    for place, one in enumerate(mine):
        ends = mine[place + 1].from_year if place + 1 < len(mine) else 10_000
        given = tuple(
            (year, one.first_number if year == one.from_year else 1, last)
            for year, last in sorted(highest.items())
            if one.from_year <= year < ends
        )
        year = min(max(today.year, one.from_year), ends - 1)
        found.append(Counted(one, given, next_of(one, year, highest.get(year)), year))
    return found[::-1]


def next_of(series: Series, year: int, last: int | None) -> str:
    """Return the number that a series gives next in a year. last: the one that it gave last in that year."""
    first = series.first_number if series.from_year == year else 1
    return numbering.render(series.template, series.prefix, year, first if last is None else last + 1)


def tried(book: Book, namnd: Namnd, fields: tuple[str, str, str, str], *, now: dt.datetime) -> str:
    """Return the first number that a series as written would give from now on; raise Invalid when it cannot be."""
    one = _checked(book, namnd, fields, now)
    year = max(one.from_year, now.astimezone(STOCKHOLM).year)
    return next_of(one, year, book.highest().get(namnd.key, {}).get(year))


def change(
    book: Book,
    namnd: Namnd,
    fields: tuple[str, str, str, str],
    *,
    by: Person,
    now: dt.datetime,
    why: str = "",
    was: str | None = None,
) -> bool:
    """Enter or change a series from (year, prefix, template, first number) as written; return False when it stood so.

    Raises Invalid with the field that is wrong, or when a number would come twice.
    """
    book.hold_choices()
    seen.still(was, _standing(book, namnd.key))
    why = seen.reason(why)
    one = _checked(book, namnd, fields, now)
    return bool(lists.enter_series(book, [one], now=now, actor=f"person:{by.id}", why=why))


def _checked(book: Book, namnd: Namnd, fields: tuple[str, str, str, str], now: dt.datetime) -> Series:
    wrong = lists.series_faults(*fields)
    if wrong:
        field, words = next(iter(wrong.items()))
        raise Invalid(words[0].upper() + words[1:], field)
    one = lists.series_of(namnd.key, *fields)
    year = now.astimezone(STOCKHOLM).year
    stands = {s.from_year for s in book.all_series() if s.namnd == namnd.key}
    if one.from_year not in stands and not year <= one.from_year <= year + AHEAD:
        raise Invalid(f"Skriv ett år från {year} till {year + AHEAD}.", "från år")
    given = book.highest().get(namnd.key, {}).get(one.from_year)
    old = next((s for s in book.all_series() if (s.namnd, s.from_year) == (namnd.key, one.from_year)), None)
    if given is not None and (old is None or old.first_number != one.first_number):
        raise Invalid(
            f"Nummer till och med {given} är redan utdelade {one.from_year}, så första nummer kan inte ändras. Ändra "
            "det från ett senare år.",
            "första nummer",
        )
    return one
