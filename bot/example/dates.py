"""Days told from today, so that the invented letters are always fresh and agree with the invented meetings."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

WEEKDAYS = ("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag")
MONTHS = (
    *("januari", "februari", "mars", "april", "maj", "juni"),
    *("juli", "augusti", "september", "oktober", "november", "december"),
)
# What day of the month each body meets: its weekday, and how many of them into the month. Never in July.
RHYTHM = {"SN": (3, 3), "BUN": (2, 3), "KS": (1, 1), "KF": (0, 3)}
# A meeting that letters look back on is so old that its minutes have come.
MINUTES = dt.timedelta(days=8)

_BASE = r"=|KFyear|(?:KF|KS|SN|BUN)[+-]\d+"
_PLACE = re.compile(r"\{(date|weekday|iso|short|stamp|week|year)(?::([^}\s]+))?\}")
_ANCHOR = re.compile(rf"({_BASE})?([+-]\d+)?")


def meetings(body: str, first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """Yield the days between first and last on which a body ("SN", "BUN", "KS", "KF") meets."""
    weekday, nth = RHYTHM[body]
    for month in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
        begins = dt.date(month // 12, month % 12 + 1, 1)
        day = begins + dt.timedelta(days=(weekday - begins.weekday()) % 7 + 7 * (nth - 1))
        if begins.month != 7 and first <= day <= last:
            yield day


def workdays_before(today: dt.date, count: int) -> dt.date:
    """Return the weekday that many weekdays before today.

    >>> workdays_before(dt.date(2026, 11, 24), 3)
    datetime.date(2026, 11, 19)
    """
    found = today
    while count:
        found -= dt.timedelta(days=1)
        count -= found.weekday() < 5
    return found


def day(anchor: str, today: dt.date, came: dt.date) -> dt.date:
    """Return the day that an anchor names.

    `+40` is forty days from today, `KF-1` the last meeting of fullmäktige whose minutes have come, `KS+2` the second
    meeting of kommunstyrelsen from today, `KFyear` the fullmäktige of almost a year ago, and `=` the day the letter
    came. Days may be added to each (`=-4`, `KF-1-6`); a weekend is stepped over, away from where we came.

    >>> day("+39", dt.date(2026, 11, 24), dt.date(2026, 11, 20)), day("KF-1-6", dt.date(2026, 11, 24), dt.date.min)
    (datetime.date(2027, 1, 4), datetime.date(2026, 11, 10))
    """
    found = _ANCHOR.fullmatch(anchor)
    if found is None:
        raise ValueError(f"no such day: {anchor}")
    base, offset = found.group(1), int(found.group(2) or 0)
    start = today if base is None else came if base == "=" else _meeting(base, today)
    result = start + dt.timedelta(days=offset)
    while offset and result.weekday() > 4:
        result += dt.timedelta(days=1 if offset > 0 else -1)
    return result


def filled(text: str, today: dt.date, came: dt.date) -> str:
    """Return the text with its days filled in: {date:+40}, {weekday:+40}, {iso:=-3}, {week:+80}, {year:KF-1}.

    >>> filled("senast {date:+39}, {iso:+39}, {week:+39}; KF {weekday:KF-1}", dt.date(2026, 11, 24), dt.date.min)
    'senast 4 januari 2027, 2027-01-04, vecka 1; KF måndag 16 november 2026'
    """
    return _PLACE.sub(lambda place: _written(place.group(1), day(place.group(2) or "", today, came)), text)


def _meeting(base: str, today: dt.date) -> dt.date:
    two_years = dt.timedelta(days=730)
    if base == "KFyear":
        return next(meetings("KF", today - dt.timedelta(days=350), today + two_years))
    body, sign, count = re.fullmatch(r"(\w+)([+-])(\d+)", base).groups()  # type: ignore[union-attr]
    if sign == "+":
        return list(meetings(body, today + dt.timedelta(days=1), today + two_years))[int(count) - 1]
    return list(meetings(body, today - two_years, today - MINUTES))[-int(count)]


def _written(form: str, date: dt.date) -> str:
    long = f"{date.day} {MONTHS[date.month - 1]} {date.year}"
    return {
        "date": long,
        "weekday": f"{WEEKDAYS[date.weekday()]} {long}",
        "iso": date.isoformat(),
        "short": f"{date.day}/{date.month} {date.year}",
        "stamp": date.strftime("%y%m%d"),
        "week": f"vecka {date.isocalendar().week}",
        "year": str(date.year),
    }[form]
