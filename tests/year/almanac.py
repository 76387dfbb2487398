"""The checker's own calendar: made of the `holidays` package and the law's three eves, not of handlers.rules."""

from __future__ import annotations

import datetime as dt
import functools
from zoneinfo import ZoneInfo

import holidays

DAY = dt.timedelta(days=1)
STOCKHOLM = ZoneInfo("Europe/Stockholm")
# What the handbook promises: people are told things by day.
OPENS, CLOSES = dt.time(7, 30), dt.time(16, 0)


@functools.cache
def day_off(day: dt.date) -> bool:
    """Say whether nobody works: weekends, public holidays (1989:253) and the eves of 1930:173, 2 §."""
    midsummer_eve = day.month == 6 and 19 <= day.day <= 25 and day.weekday() == 4
    eve = (day.month, day.day) in ((12, 24), (12, 31)) or midsummer_eve
    return eve or day.weekday() >= 5 or day in _swedish(day.year)


@functools.cache
def _swedish(year: int) -> holidays.HolidayBase:
    return holidays.country_holidays("SE", years=year, include_sundays=False)


@functools.cache
def workdays_between(first: dt.date, last: dt.date) -> int:
    """Count the working days after the first day, up to and with the last."""
    return sum(not day_off(first + n * DAY) for n in range(1, (last - first).days + 1))


def next_workday(day: dt.date) -> dt.date:
    """Return the day itself when somebody works then, else the first after it."""
    while day_off(day):
        day += DAY
    return day


def in_daytime(moment: dt.datetime) -> bool:
    """Say whether people may be told things at a moment."""
    local = moment.astimezone(STOCKHOLM)
    return not day_off(local.date()) and OPENS <= local.time() < CLOSES


def months_on(day: dt.date, months: int) -> dt.date:
    """Return the same day so many months on, or the month's last when it has no such day (1930:173, 1 §)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in range(day.day, 27, -1):
        try:
            return dt.date(year, month + 1, last)
        except ValueError:
            continue
    return dt.date(year, month + 1, min(day.day, 28))


def local(day: dt.date, time: dt.time) -> dt.datetime:
    """Return a moment of Swedish wall time."""
    return dt.datetime.combine(day, time, STOCKHOLM)
