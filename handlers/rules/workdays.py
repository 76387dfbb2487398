"""The Swedish calendar: which days are holidays by law, and which day is the next to work on."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Container

_DAY = dt.timedelta(days=1)
# People are told things on working days between these, in Stockholm; never at night.
FIRST, LAST = dt.time(7, 30), dt.time(16, 0)


def easter(year: int) -> dt.date:
    """Return Easter Sunday (Gregorian computus, Meeus/Jones/Butcher).

    >>> easter(2027)
    datetime.date(2027, 3, 28)
    """
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    f = (b + 8) // 25
    g = (b - f + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return dt.date(year, month, day + 1)


def _first(weekday: int, from_day: dt.date) -> dt.date:
    return from_day + _DAY * ((weekday - from_day.weekday()) % 7)


def holidays(year: int) -> dict[dt.date, str]:
    """Return the thirteen public holidays by their names (lag 1989:253 om allmänna helgdagar, 1-2 §§).

    >>> holidays(2026)[dt.date(2026, 5, 14)]
    'Kristi himmelsfärdsdag'
    """
    sunday = easter(year)
    return {
        dt.date(year, 1, 1): "nyårsdagen",
        dt.date(year, 1, 6): "trettondedag jul",
        sunday - 2 * _DAY: "långfredagen",
        sunday: "påskdagen",
        sunday + _DAY: "annandag påsk",
        dt.date(year, 5, 1): "första maj",
        sunday + 39 * _DAY: "Kristi himmelsfärdsdag",
        sunday + 49 * _DAY: "pingstdagen",
        dt.date(year, 6, 6): "nationaldagen",
        _first(5, dt.date(year, 6, 20)): "midsommardagen",
        _first(5, dt.date(year, 10, 31)): "alla helgons dag",
        dt.date(year, 12, 25): "juldagen",
        dt.date(year, 12, 26): "annandag jul",
    }


def eves(year: int) -> dict[dt.date, str]:
    """Return the three eves that count as Sundays for statutory time (lag 1930:173, 2 §)."""
    return {
        _first(5, dt.date(year, 6, 20)) - _DAY: "midsommarafton",
        dt.date(year, 12, 24): "julafton",
        dt.date(year, 12, 31): "nyårsafton",
    }


def day_off(day: dt.date, closed: Container[dt.date] = ()) -> str | None:
    """Return why a day is no working day: the holiday's or eve's name, lördag or söndag; None when it is one.

    closed: the municipality's own closed days. They are no days off in the law: never give them for statutory time.

    >>> day_off(dt.date(2026, 12, 24)), day_off(dt.date(2026, 11, 24))
    ('julafton', None)
    """
    name = _named(day.year).get(day)
    if name:
        return name
    return {5: "lördag", 6: "söndag"}.get(day.weekday()) or ("stängt" if day in closed else None)


@functools.lru_cache(maxsize=128)
def _named(year: int) -> dict[dt.date, str]:
    return eves(year) | holidays(year)


def next_workday(day: dt.date, closed: Container[dt.date] = ()) -> dt.date:
    """Return the day itself when it is a working day, else the first one after it.

    >>> next_workday(dt.date(2026, 12, 24))
    datetime.date(2026, 12, 28)
    """
    while day_off(day, closed):
        day += _DAY
    return day


def workday_before(day: dt.date, closed: Container[dt.date] = ()) -> dt.date:
    """Return the day itself when it is a working day, else the last one before it.

    >>> workday_before(dt.date(2025, 8, 31))
    datetime.date(2025, 8, 29)
    """
    while day_off(day, closed):
        day -= _DAY
    return day


def workdays_back(day: dt.date, count: int, closed: Container[dt.date] = ()) -> dt.date:
    """Return the working day that lies so many working days before a day; the day itself, or the one before it, for 0.

    >>> workdays_back(dt.date(2027, 2, 3), 5), workdays_back(dt.date(2026, 11, 22), 0)
    (datetime.date(2027, 1, 27), datetime.date(2026, 11, 20))
    """
    day = workday_before(day, closed)
    for _ in range(count):
        day = workday_before(day - _DAY, closed)
    return day


def workday_after(day: dt.date) -> dt.date:
    """Return the first working day after a day: the day by which a letter is to be registered (JO 3579-05).

    >>> workday_after(dt.date(2026, 11, 20))
    datetime.date(2026, 11, 23)
    """
    return next_workday(day + _DAY)


def workdays_between(first: dt.date, last: dt.date, closed: Container[dt.date] = ()) -> int:
    """Count the working days after the first day, up to and with the last.

    >>> workdays_between(dt.date(2026, 11, 20), dt.date(2026, 11, 24))
    2
    """
    return sum(1 for n in range(1, (last - first).days + 1) if not day_off(first + _DAY * n, closed))


def workdays_after(day: dt.date, count: int) -> dt.date:
    """Return the first day by which so many working days have gone since a day.

    >>> workdays_after(dt.date(2026, 11, 20), 2), workdays_after(dt.date(2026, 11, 20), 0)
    (datetime.date(2026, 11, 24), datetime.date(2026, 11, 20))
    """
    for _ in range(count):
        day = workday_after(day)
    return day


def is_working_time(local: dt.datetime) -> bool:
    """Say whether people are told things at a moment of Swedish wall time.

    >>> is_working_time(dt.datetime(2026, 11, 24, 8, 0)), is_working_time(dt.datetime(2026, 12, 24, 10, 0))
    (True, False)
    """
    return not day_off(local.date()) and FIRST <= local.time() < LAST


def next_working_time(local: dt.datetime) -> dt.datetime:
    """Return the moment itself when people are told things then, else half past seven on the next working day.

    >>> next_working_time(dt.datetime(2026, 11, 20, 22, 0))
    datetime.datetime(2026, 11, 23, 7, 30)
    """
    if is_working_time(local):
        return local
    early = not day_off(local.date()) and local.time() < FIRST
    day = local.date() if early else workday_after(local.date())
    return dt.datetime.combine(day, FIRST, local.tzinfo)
