"""Days that somebody says they are away: every word of the text must be understood, or it says something else."""

from __future__ import annotations

import datetime as dt
import re

from handlers.reading import dates

LONGEST = 800  # days
_COMMAND = re.compile(
    r"^(?:jag är |jag blir )?(?:borta|frånvarande|ledig|på semester|semester|frånvaro)[ :]+(?P<days>[^,;]{3,60}?)"
    r"(?:[,.;]? *(?:ersättare|ersätts av|ersätter|vikarie)(?: är|:)? *(?P<instead>[^,.;\n]{2,60}))?[.! ]*$",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"\s*(?:[-–—]|till och med|t\.? ?o\.? ?m\.?|till|och)\s*", re.IGNORECASE)
_FILLING = re.compile(
    r"^(?:från och med|fr\.? ?o\.? ?m\.?|från|den|mån|tis|ons|tors|fre|lör|sön|(?:mån|tis|ons|tors|fre|lör|sön)dag(?:en)?)\.?\s+",
    re.IGNORECASE,
)
_MONTH = r"jan|feb|mars|apr|maj|jun|jul|aug|sep|okt|nov|dec"
_BARE = re.compile(r"^\d{1,2}$")
_TAIL = re.compile(rf"^\d{{1,2}}(?P<tail>\s*/\s*\d{{1,2}}|\s+(?:{_MONTH})\w*(?:\s+\d{{4}})?)$", re.IGNORECASE)
_WEEK = re.compile(r"^(?:v(?:ecka|eckorna)?\.?\s*)?(?P<week>\d{1,2})$", re.IGNORECASE)
_HALF_YEAR = dt.timedelta(days=184)
_JUST_BEGUN = dt.timedelta(days=21)  # somebody may write it when they are away already


def command(text: str, today: dt.date) -> tuple[dt.date, dt.date, str] | None:
    """Return the days and the substitute's name that a short text tells, or None when it tells anything else.

    Every word must be understood: a letter about something else, or days that are not clear, is no such text.

    >>> command("borta 20/12-7/1 ersättare Karin", dt.date(2026, 11, 24))
    (datetime.date(2026, 12, 20), datetime.date(2027, 1, 7), 'Karin')
    >>> command("Semester vecka 52-53", dt.date(2026, 11, 24))[:2]
    (datetime.date(2026, 12, 21), datetime.date(2027, 1, 3))
    >>> command("Frånvaro i skolan, redovisning senast 2026-12-15", dt.date(2026, 11, 24)) is None
    True
    """
    found = _COMMAND.match(" ".join(text.split())[:200])
    days = span(found["days"].strip(), today) if found else None
    if found is None or days is None or not _fits(days):
        return None
    return days[0], days[1], (found["instead"] or "").strip()


def spoken(text: str, today: dt.date) -> tuple[dt.date, dt.date] | None:
    """Return the first and last day that is said in a chat, where "i morgon" and "fredag" are days too.

    >>> spoken("fredag", dt.date(2026, 11, 24)), spoken("idag till fredag", dt.date(2026, 11, 24))[1]
    ((datetime.date(2026, 11, 27), datetime.date(2026, 11, 27)), datetime.date(2026, 11, 27))
    """
    written = span(text, today)
    if written is not None:
        return written if _fits(written) else None
    parts = _BETWEEN.split(text.strip())
    points = [_point(part, today) for part in (parts if len(parts) == 2 else [text])]
    first, last = points[0], points[-1]
    return (first, last) if first and last and _fits((first, last)) else None


def _point(text: str, today: dt.date) -> dt.date | None:
    text = re.sub(r"^(?:från och med|från|på|nu på)\s+", "", text.strip(), flags=re.IGNORECASE)
    if re.fullmatch(r"i ?dag|nu", text, re.IGNORECASE):
        return today
    if re.fullmatch(r"i ?morgon|i ?övermorgon", text, re.IGNORECASE):
        return next((d.date for d in dates.find_days(text, today)), None)
    if re.fullmatch(r"(?:mån|tis|ons|tors|fre|lör|sön)dag(?:en)?", text, re.IGNORECASE):
        return next((d.date for d in dates.find_days(f"på {text}", today)), None)
    return _one_day(_bare(text), today)


def _fits(days: tuple[dt.date, dt.date]) -> bool:
    """Say whether days follow each other and are no longer than anybody is away."""
    return dt.timedelta(0) <= days[1] - days[0] <= dt.timedelta(days=LONGEST)


def span(text: str, today: dt.date) -> tuple[dt.date, dt.date] | None:
    """Return the first and last day that a text is, as days or weeks, or None when it is anything else."""
    text = _bare(text)
    whole = [text] if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None
    iso = re.fullmatch(r"(\d{4}-\d\d-\d\d)\s*\D{1,15}?\s*(\d{4}-\d\d-\d\d)", text)
    parts = whole or (list(iso.groups()) if iso else _BETWEEN.split(text))
    if not 1 <= len(parts) <= 2:
        return None
    first, last = _bare(parts[0]), _bare(parts[-1])
    weeks = [_WEEK.match(p) for p in (first, last)]
    if re.match(r"v", first, re.IGNORECASE) and all(weeks):
        return _weeks(int(weeks[0]["week"]), int(weeks[1]["week"]), today)  # type: ignore[index]
    tail = _TAIL.match(last)
    if _BARE.match(first) and tail:
        first += tail["tail"]  # "20-23 december", "20-23/12"
    begins = _one_day(first, today - _JUST_BEGUN)
    ends = _one_day(last, begins) if begins else None
    if begins and ends and ends - begins > _HALF_YEAR and not re.search(r"\d{4}", last):
        return None  # "3/12-1/12" is a slip of the pen, not a year
    return (begins, ends) if begins and ends and ends >= today else None


def _bare(text: str) -> str:
    text = text.strip()
    while (shorter := _FILLING.sub("", text)) != text:
        text = shorter
    return text


def _one_day(text: str, since: dt.date) -> dt.date | None:
    """Return the day that a piece of text is, and nothing else: the first such day from one on."""
    if not re.fullmatch(
        rf"\d{{4}}-\d\d-\d\d|\d{{1,2}}\s*/\s*\d{{1,2}}|\d{{1,2}}\s+(?:{_MONTH})\w*(?:\s+\d{{4}})?", text, re.I
    ):
        return None
    found = {d.date for d in dates.find_days(text, since)}
    return found.pop() if len(found) == 1 else None


def _weeks(first: int, last: int, today: dt.date) -> tuple[dt.date, dt.date] | None:
    for year in (today.year, today.year + 1):
        try:
            begins = dt.date.fromisocalendar(year, first, 1)
            ends = dt.date.fromisocalendar(year if last >= first else year + 1, last, 7)
        except ValueError:
            return None
        if ends >= today:
            return begins, ends
    return None
