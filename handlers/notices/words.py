"""Days and amounts as people say them."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

STOCKHOLM = ZoneInfo("Europe/Stockholm")
_FAR = 300  # days
_WEEKDAYS = ("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag")
_MONTHS = (
    "januari",
    "februari",
    "mars",
    "april",
    "maj",
    "juni",
    "juli",
    "augusti",
    "september",
    "oktober",
    "november",
    "december",
)


def day(date: dt.date) -> str:
    """Return a day in words.

    >>> day(dt.date(2027, 2, 26))
    '26 februari 2027'
    """
    return f"{date.day} {_MONTHS[date.month - 1]} {date.year}"


def weekday(date: dt.date) -> str:
    """Return a day in words with its weekday.

    >>> weekday(dt.date(2027, 2, 26))
    'fredag 26 februari 2027'
    """
    return f"{_WEEKDAYS[date.weekday()]} {day(date)}"


def weekday_of(date: dt.date, today: dt.date) -> str:
    """Return a day in words with its weekday; the year only when it is so far off that it could be mistaken.

    >>> weekday_of(dt.date(2027, 2, 26), dt.date(2026, 11, 24)), weekday_of(dt.date(2027, 12, 3), dt.date(2026, 11, 24))
    ('fredag 26 februari', 'fredag 3 december 2027')
    """
    near = abs((date - today).days) < _FAR
    return f"{_WEEKDAYS[date.weekday()]} {date.day} {_MONTHS[date.month - 1]}" if near else weekday(date)


def day_of(date: dt.date, today: dt.date) -> str:
    """Return a day in words; the year only when it is another one.

    >>> day_of(dt.date(2026, 12, 3), dt.date(2026, 12, 17)), day_of(dt.date(2026, 12, 3), dt.date(2027, 1, 7))
    ('3 december', '3 december 2026')
    """
    return day(date) if date.year != today.year else f"{date.day} {_MONTHS[date.month - 1]}"


def short(date: dt.date, today: dt.date) -> str:
    """Return a day for a narrow column; the year only when it is another one.

    >>> short(dt.date(2026, 12, 3), dt.date(2026, 11, 1)), short(dt.date(2027, 3, 9), dt.date(2026, 11, 1))
    ('3 dec', '9 mars 2027')
    """
    month = _MONTHS[date.month - 1]
    month = month if len(month) <= 5 else month[:4] if month.startswith("sept") else month[:3]
    return f"{date.day} {month}" + ("" if date.year == today.year else f" {date.year}")


def clock(moment: dt.datetime) -> str:
    """Return a moment's day and time in Stockholm.

    >>> clock(dt.datetime(2026, 11, 24, 7, 12, tzinfo=dt.UTC))
    'tisdag 24 november 2026 kl. 08.12'
    """
    local = moment.astimezone(STOCKHOLM)
    return f"{weekday(local.date())} kl. {local:%H.%M}"


def clock_of(moment: dt.datetime, today: dt.date) -> str:
    """Return a moment's day and time in Stockholm; the year only when it is far off.

    >>> clock_of(dt.datetime(2026, 11, 24, 7, 12, tzinfo=dt.UTC), dt.date(2026, 12, 3))
    'tisdag 24 november kl.\xa008.12'
    """
    local = moment.astimezone(STOCKHOLM)
    return f"{weekday_of(local.date(), today)} kl.\N{NO-BREAK SPACE}{local:%H.%M}"


def days(number: int) -> str:
    """Return an amount of days.

    >>> days(1), days(12)
    ('1 dag', '12 dagar')
    """
    return f"{number} dag" if number == 1 else f"{number} dagar"


def upper_first(text: str) -> str:
    """Return a text with its first letter large and the rest as it was.

    >>> upper_first("yttrande till KS")
    'Yttrande till KS'
    """
    return text[:1].upper() + text[1:]
