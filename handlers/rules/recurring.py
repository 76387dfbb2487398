"""On which days a repeated event of a calendar falls, within bounds: the rules of RFC 5545 that calendars of meetings use."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")


@dataclass(frozen=True, slots=True)
class Repeat:
    """How an event is repeated. weekdays: (which in its period, or 0 for each; the weekday, Monday 0)."""

    frequency: str
    interval: int = 1
    count: int | None = None
    until: dt.date | None = None
    weekdays: tuple[tuple[int, int], ...] = ()
    monthdays: tuple[int, ...] = ()
    months: tuple[int, ...] = ()
    places: tuple[int, ...] = ()  # which of the period's days: BYSETPOS
    week_starts: int = 0


def days_of(rule: Repeat, start: dt.date, end: dt.date) -> Iterator[dt.date]:
    """Yield the days from start to end (inclusive) on which an event falls that is repeated since start.

    It ends for any rule, also one that no day fits.

    >>> third_thursday = Repeat("MONTHLY", weekdays=((3, 3),))
    >>> [d.isoformat() for d in days_of(third_thursday, dt.date(2027, 1, 21), dt.date(2027, 3, 31))]
    ['2027-01-21', '2027-02-18', '2027-03-18']
    """
    end = min(end, rule.until or end)
    left = rule.count if rule.count is not None else -1
    for period in _periods(rule, start, end):
        for day in _chosen(rule, start, period):
            if day > end or left == 0:
                return
            if day >= start:
                left -= 1
                yield day


def _periods(rule: Repeat, start: dt.date, end: dt.date) -> Iterator[list[dt.date]]:
    """Yield the days of each period that the rule looks at."""
    step = max(1, rule.interval)
    if rule.frequency in ("DAILY", "WEEKLY"):
        length = 7 if rule.frequency == "WEEKLY" else 1
        back = (start.weekday() - rule.week_starts) % 7 if length == 7 else 0
        first = start.toordinal() - back
        for ordinal in range(first, end.toordinal() + 1, step * length):
            yield [dt.date.fromordinal(n) for n in range(max(1, ordinal), ordinal + length)]
    elif rule.frequency == "MONTHLY":
        for month in range(start.year * 12 + start.month - 1, end.year * 12 + end.month, step):
            yield _month(month // 12, month % 12 + 1)
    else:
        for year in range(start.year, end.year + 1, step):
            yield [day for month in range(1, 13) for day in _month(year, month)]


def _month(year: int, month: int) -> list[dt.date]:
    return [dt.date(year, month, day) for day in range(1, calendar.monthrange(year, month)[1] + 1)]


def _chosen(rule: Repeat, start: dt.date, period: list[dt.date]) -> list[dt.date]:
    """Return the days of a period that the rule means."""
    months, monthdays, weekdays = rule.months, rule.monthdays, rule.weekdays
    if not monthdays and not weekdays:
        # What the rule leaves out is as on the first day.
        if rule.frequency == "YEARLY":
            months, monthdays = months or (start.month,), (start.day,)
        elif rule.frequency == "MONTHLY":
            monthdays = (start.day,)
        elif rule.frequency == "WEEKLY":
            weekdays = ((0, start.weekday()),)
    days = [d for d in period if not months or d.month in months]
    if monthdays:
        days = [
            d for d in days if d.day in monthdays or d.day - 1 - calendar.monthrange(d.year, d.month)[1] in monthdays
        ]
    if weekdays:
        within = "month" if rule.frequency == "MONTHLY" or rule.months else "year"
        counted = rule.frequency in ("MONTHLY", "YEARLY")
        days = [d for d in days if any(_is_weekday(d, which if counted else 0, day, within) for which, day in weekdays)]
    if rule.places:
        days = sorted({days[p - 1 if p > 0 else p] for p in rule.places if p and -len(days) <= p <= len(days)})
    return days


def _is_weekday(day: dt.date, which: int, weekday: int, within: str) -> bool:
    if day.weekday() != weekday:
        return False
    if which == 0:
        return True
    first = day.replace(day=1) if within == "month" else dt.date(day.year, 1, 1)
    last = (
        day.replace(day=calendar.monthrange(day.year, day.month)[1]) if within == "month" else dt.date(day.year, 12, 31)
    )
    return which == (day - first).days // 7 + 1 if which > 0 else -which == (last - day).days // 7 + 1
