"""Days in text: every way that Swedish letters write a date, each with how sure it is."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass

MONTHS = {
    "jan": 1, "januari": 1, "january": 1,
    "feb": 2, "febr": 2, "februari": 2, "february": 2,
    "mar": 3, "mars": 3, "march": 3,
    "apr": 4, "april": 4,
    "maj": 5, "may": 5,
    "jun": 6, "juni": 6, "june": 6,
    "jul": 7, "juli": 7, "july": 7,
    "aug": 8, "augusti": 8, "august": 8,
    "sep": 9, "sept": 9, "september": 9,
    "okt": 10, "oct": 10, "oktober": 10, "october": 10,
    "nov": 11, "november": 11,
    "dec": 12, "december": 12,
}  # fmt: skip
NUMBERS = {
    "en": 1, "ett": 1, "två": 2, "tre": 3, "fyra": 4, "fem": 5, "sex": 6, "sju": 7, "åtta": 8,
    "nio": 9, "tio": 10, "elva": 11, "tolv": 12, "fjorton": 14, "trettio": 30,
}  # fmt: skip
ORDINALS = {
    "första": 1, "förste": 1, "andra": 2, "tredje": 3, "fjärde": 4, "femte": 5, "sjätte": 6, "sjunde": 7, "åttonde": 8, "nionde": 9,
    "tionde": 10, "elfte": 11, "tolfte": 12, "trettonde": 13, "fjortonde": 14, "femtonde": 15, "sextonde": 16, "sjuttonde": 17,
    "artonde": 18, "nittonde": 19, "tjugonde": 20, "tjugoförsta": 21, "tjugoandra": 22, "tjugotredje": 23, "tjugofjärde": 24,
    "tjugofemte": 25, "tjugosjätte": 26, "tjugosjunde": 27, "tjugoåttonde": 28, "tjugonionde": 29, "trettionde": 30, "trettioförsta": 31,
}  # fmt: skip
WEEKDAYS = ("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag")

_MONTH = "(?:" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\b\.?"
_WEEKDAY = r"(?:(?:mån|tis|ons|tors|fre|lör|sön)(?:dag)?(?:en)?\.?,? )"
_ORDINAL = "(?:" + "|".join(sorted(ORDINALS, key=len, reverse=True)) + ")"
_COUNT = "(?:" + "|".join(NUMBERS) + r"|\d{1,3})"

# One alternative per way of writing; tried in order at each place. No nested repetition: linear time.
_HINT = re.compile(
    r"[0-9]|[jJ][aAuU]|[fF][eE][bB]|[mM][aAåÅ]|[aA][pPuU]|[sS][eE][pP]|[oO][kKcC]|[nN][oO][vV]|[dD][eE][cC]|[dD][aA][gG]|[vV][eE]|[mM][oO]|[kK][vV]|[hH][aA][lL]|[åÅ][rR]|[tT]is"
)
_DATE = re.compile(
    r"(?:(?=\d)|\b(?=[adefhijkmnopqstuvwå]))(?:"
    r"(?P<iso>(?=[12])(?<![\d/:.-])(?<!\b\d )(?<!\b\d\d )(?P<y1>(?:19|20)\d\d)(?: ?- ?|[/.])(?P<m1>[01] ?\d|[1-9])(?: ?- ?|[/.])(?P<d1>[0-3] ?\d|[1-9])(?![\d/-]))"
    r"|(?P<word>(?=[\dmtofls]|de)(?<![\d.,:/-])(?:" + _WEEKDAY + r")?(?:den )?(?P<d2>[0-3]?\d)(?:\.|:?e|:a)? ?(?P<m2>" + _MONTH + r")(?:,? (?:år )?(?P<y2>(?:19|20)\d\d)\b|[ -]?[-’'](?P<y2s>\d\d)\b)?)"
    r"|(?P<ordinal>\b(?=[dfatsenå])(?:den )?(?P<od>" + _ORDINAL + r") (?P<om>" + _MONTH + r")(?: (?P<oy>20\d\d))?)"
    r"|(?P<english>\b(?=[jfmasond])(?P<m3>" + _MONTH + r") (?P<d3>[0-3]?\d)(?:st|nd|rd|th)?(?:,? (?P<y3>(?:19|20)\d\d))?\b(?!\.\d))"
    r"|(?P<slash>(?=\d)(?<![\d/:.§-])(?<!§ )(?P<d4>[0-3]?\d)/(?P<m4>[01]?\d)(?: ?[-–—/] ?(?P<y4>(?:20)?\d\d)\b| (?P<y4b>20\d\d)\b)?(?![\d/]))"
    r"|(?P<dots>(?=\d)(?<![\d/:.-])(?P<d5>[0-3]?\d)[.-](?P<m5>[01]?\d)[.-](?P<y5>20\d\d|\d\d)(?![\d.-]))"
    r"|(?P<solid>(?=2)(?<![\d/:.-])(?P<y6>20[0-4]\d)(?P<m6>0[1-9]|1[0-2])(?P<d6>0[1-9]|[12]\d|3[01])(?![\d-]))"
    r"|(?P<short>(?=\d)(?:(?<=[A-ZÅÄÖ]{2} )|(?<=senast ))(?P<y7>[0-4]\d)(?P<m7>0[1-9]|1[0-2])(?P<d7>0[1-9]|[12]\d|3[01])(?![\d-]))"
    r"|(?P<week>\b(?=[mtoflsvw])(?:(?P<wwd>måndag|tisdag|onsdag|torsdag|fredag|lördag|söndag)(?:en)?,? (?:i |under )?\(?)?(?:v\.?|vecka|veckan|week) ?(?P<w>[1-5]?\d)\b(?:,? (?:år )?(?P<wy>20\d\d))?)"
    r"|(?P<end>\b(?=[usdm])(?:(?:utgången|slutet) av |sista (?:dagen i )?|siste |den siste |ultimo |månadsskiftet )(?P<em>" + _MONTH + r")(?:/" + _MONTH + r")?(?: (?P<ey>20\d\d))?)"
    r"|(?P<month>\b(?=[uim])(?P<mword>under|i|månadsskiftet|in) (?P<mm>(?:januari|februari|mars|april|maj|juni|juli|augusti|september|oktober|november|december)\b)(?: månad)?(?: (?P<my>20\d\d))?)"
    r"|(?P<yearend>\b(?=[åsu])(?:årsskiftet|årets (?:slut|utgång)|(?:slutet|utgången) av (?:året|20\d\d))(?: (?P<yy>20\d\d))?)"
    r"|(?P<quarter>\b(?=[qkfat])(?:(?:Q|kvartal )(?P<q>[1-4])|(?P<qw>första|andra|tredje|fjärde) kvartalet)(?: (?P<qy>20\d\d))?)"
    r"|(?P<half>\b(?:halvårsskiftet|(?P<hw>första|andra) halvåret)(?: (?P<hy>20\d\d))?)"
    r"|(?P<within>\b(?:inom|om) (?:högst |max |senast )?(?P<n>" + _COUNT + r") (?P<unit>arbetsdag(?:ar)?|dag(?:ar)?|veckor|vecka|månader|månad)\b)"
    r"|(?P<halfyear>\binom (?:ett )?(?P<hk>halvår|kvartal)\b)"
    r"|(?P<weekday>\b(?=[pnsfkt])(?:på |nu |nästa |senast |före |kommande |till ){1,4}(?P<wd>måndag|tisdag|onsdag|torsdag|fredag|lördag|söndag)(?:en)?\b(?!,? \(?(?:den |d\. ?|i |under )?(?:\d|v\.? ?\d|veckan?\b)))"
    r"|(?P<tomorrow>\b(?:i ?morgon|i ?övermorgon)\b))",
    re.I,
)  # fmt: skip
_FRACTION = re.compile(r"^ (?:av|delar|majoritet|dels)\b")
_CLOCK = re.compile(r"kl\.? ?$", re.I)
MOMENT_TIME = re.compile(r"(?<!\d)([0-2]?\d)[:.]([0-5]\d)(?::[0-5]\d)?(?!\d)(?: ?([ap])\.?m\b)?", re.I)


@dataclass(frozen=True, slots=True)
class Day:
    """A day found in text: where, how it was written, and how sure it is that it means this day."""

    date: dt.date
    start: int
    end: int
    written: str
    certainty: float
    style: str  # the alternative that matched: iso, word, slash, week, within …
    has_year: bool = True


def find_days(text: str, reference: dt.date | None = None) -> list[Day]:
    """Find all days in a text. What has no year is the next such day after `reference`, the letter's own day.

    >>> [d.date.isoformat() for d in find_days("Linköping 16/3 – 2021, svar senast 30/9-25")]
    ['2021-03-16', '2025-09-30']
    >>> [d.date.isoformat() for d in find_days("före utgången av oktober, v. 42, 20/10", dt.date(2026, 9, 1))]
    ['2026-10-31', '2026-10-16', '2026-10-20']
    """
    if not _HINT.search(text):
        return []
    found: list[Day] = []
    for match in _DATE.finditer(text):
        style = match.lastgroup if match.lastgroup in _READERS else _style(match)
        try:
            date, certainty, has_year = _READERS[style](match, reference)
        except (ValueError, OverflowError):
            continue
        if date is None or (
            style == "slash" and not has_year and _FRACTION.match(text[match.end() : match.end() + 12])
        ):
            continue
        if style in {"slash", "dots"} and _CLOCK.search(text[max(0, match.start() - 4) : match.start()]):
            continue
        found.append(Day(date, match.start(), match.end(), match[0].strip(), certainty, style, has_year))
    return found


def _style(match: re.Match[str]) -> str:
    return next(name for name in _READERS if match[name] is not None)


_Read = tuple[dt.date | None, float, bool]
_NEAR = 2  # years from a letter to the days that it speaks of


def _number(text: str) -> int:
    return int(text.replace(" ", ""))


def _full(year: str) -> int:
    return int(year) if len(year) == 4 else 2000 + int(year)


def _next(month: int, day: int, reference: dt.date | None) -> _Read:
    """The next such day from the reference on; none where nothing tells when the letter was written."""
    if reference is None:
        return None, 0.0, False
    for year in range(reference.year, reference.year + 9):  # nine: 29 February over a century's turn
        try:
            date = dt.date(year, month, day)
        except ValueError:
            continue
        if date >= reference:
            return date, 0.85, False
    return None, 0.0, False


def _read_iso(m: re.Match[str], _: dt.date | None) -> _Read:
    return dt.date(int(m["y1"]), _number(m["m1"]), _number(m["d1"])), 0.97, True


def _read_word(m: re.Match[str], reference: dt.date | None) -> _Read:
    month, year = MONTHS[m["m2"].lower().rstrip(".")], m["y2"] or m["y2s"]
    if year:
        return dt.date(_full(year), month, int(m["d2"])), 0.97, True
    return _next(month, int(m["d2"]), reference)


def _read_ordinal(m: re.Match[str], reference: dt.date | None) -> _Read:
    month, day = MONTHS[m["om"].lower().rstrip(".")], ORDINALS[m["od"].lower()]
    if m["oy"]:
        return dt.date(int(m["oy"]), month, day), 0.95, True
    return _next(month, day, reference)


def _read_english(m: re.Match[str], reference: dt.date | None) -> _Read:
    month = MONTHS[m["m3"].lower().rstrip(".")]
    if m["y3"]:
        return dt.date(int(m["y3"]), month, int(m["d3"])), 0.95, True
    return _next(month, int(m["d3"]), reference)


def _read_slash(m: re.Match[str], reference: dt.date | None) -> _Read:
    year = m["y4"] or m["y4b"]
    if year:
        return dt.date(_full(year), int(m["m4"]), int(m["d4"])), 0.93, True
    dt.date(2000, int(m["m4"]), int(m["d4"]))  # raises where it is no day at all
    return _next(int(m["m4"]), int(m["d4"]), reference)


def _read_dots(m: re.Match[str], reference: dt.date | None) -> _Read:
    """A day first ("4.5.2026", "04.05.26") or a year ("26-05-04"): what lies near the letter; hyphens speak for a year."""
    first, month, last = m["d5"], int(m["m5"]), m["y5"]
    if len(last) == 2 and len(first) == 2:
        near = reference.year if reference else 2000 + int(first)
        by_year, by_day = (abs(2000 + int(year) - near) <= _NEAR for year in (first, last))
        if by_year and ("-" in m[0] or not by_day):
            return dt.date(2000 + int(first), month, int(last)), 0.85, True
    return dt.date(_full(last), month, int(first)), 0.85, True


def _read_solid(m: re.Match[str], _: dt.date | None) -> _Read:
    return dt.date(int(m["y6"]), int(m["m6"]), int(m["d6"])), 0.9, True


def _read_short(m: re.Match[str], _: dt.date | None) -> _Read:
    return dt.date(2000 + int(m["y7"]), int(m["m7"]), int(m["d7"])), 0.8, True


def _read_week(m: re.Match[str], reference: dt.date | None) -> _Read:
    """A week is its Friday (domain: "senast vecka 42" is asked to be confirmed), unless its weekday is named."""
    week, weekday = int(m["w"]), WEEKDAYS.index(m["wwd"].lower()) + 1 if m["wwd"] else 5
    sure = 0.1 if m["wwd"] else 0.0
    if m["wy"]:
        return dt.date.fromisocalendar(int(m["wy"]), week, weekday), 0.75 + sure, True
    if reference is None:
        return None, 0.0, False
    for year in range(reference.year, reference.year + 8):  # eight: week 53 does not come every year
        try:
            day = dt.date.fromisocalendar(year, week, weekday)
        except ValueError:
            continue
        if day >= reference:
            return day, 0.7 + sure, False
    return None, 0.0, False


def _last_of(month: int, year: str | None, reference: dt.date | None) -> _Read:
    if year:
        return dt.date(int(year), month, calendar.monthrange(int(year), month)[1]), 0.85, True
    if reference is None:
        return None, 0.0, False
    at = reference.year if month >= reference.month else reference.year + 1
    return dt.date(at, month, calendar.monthrange(at, month)[1]), 0.8, False


def _read_end(m: re.Match[str], reference: dt.date | None) -> _Read:
    return _last_of(MONTHS[m["em"].lower().rstrip(".")], m["ey"], reference)


def _read_month(m: re.Match[str], reference: dt.date | None) -> _Read:
    return _last_of(MONTHS[m["mm"].lower()], m["my"], reference)


def _read_yearend(m: re.Match[str], reference: dt.date | None) -> _Read:
    year = re.search(r"20\d\d", m[0])
    return _last_of(12, year[0] if year else None, reference)


def _read_quarter(m: re.Match[str], reference: dt.date | None) -> _Read:
    words = {"första": 1, "andra": 2, "tredje": 3, "fjärde": 4}
    return _last_of(3 * (int(m["q"]) if m["q"] else words[m["qw"].lower()]), m["qy"], reference)


def _read_half(m: re.Match[str], reference: dt.date | None) -> _Read:
    return _last_of(12 if m["hw"] and m["hw"].lower() == "andra" else 6, m["hy"], reference)


def add_months(day: dt.date, months: int) -> dt.date:
    """Return the same day number so many months on, or the month's last day (lag 1930:173, 1 §).

    >>> add_months(dt.date(2026, 8, 31), 6)
    datetime.date(2027, 2, 28)
    """
    count = day.month - 1 + months
    year, month = day.year + count // 12, count % 12 + 1
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _read_within(m: re.Match[str], reference: dt.date | None) -> _Read:
    if reference is None:
        return None, 0.0, False
    n, unit = m["n"].lower(), m["unit"].lower()
    count = int(n) if n.isdigit() else NUMBERS[n]
    if unit.startswith("månad"):
        return add_months(reference, count), 0.75, False
    if unit.startswith("arbetsdag"):
        day = reference
        while count > 0:
            day += dt.timedelta(days=1)
            count -= day.weekday() < 5
        return day, 0.6, False
    return reference + dt.timedelta(days=count * (7 if unit.startswith("veck") else 1)), 0.75, False


def _read_halfyear(m: re.Match[str], reference: dt.date | None) -> _Read:
    if reference is None:
        return None, 0.0, False
    return add_months(reference, 6 if m["hk"].lower() == "halvår" else 3), 0.75, False


def _read_weekday(m: re.Match[str], reference: dt.date | None) -> _Read:
    if reference is None:
        return None, 0.0, False
    ahead = (WEEKDAYS.index(m["wd"].lower()) - reference.weekday() - 1) % 7 + 1
    return reference + dt.timedelta(days=ahead), 0.75, False


def _read_tomorrow(m: re.Match[str], reference: dt.date | None) -> _Read:
    if reference is None:
        return None, 0.0, False
    return reference + dt.timedelta(days=2 if "över" in m[0].lower() else 1), 0.8, False


_READERS = {
    "iso": _read_iso,
    "word": _read_word,
    "ordinal": _read_ordinal,
    "english": _read_english,
    "slash": _read_slash,
    "dots": _read_dots,
    "solid": _read_solid,
    "short": _read_short,
    "week": _read_week,
    "end": _read_end,
    "month": _read_month,
    "yearend": _read_yearend,
    "quarter": _read_quarter,
    "half": _read_half,
    "within": _read_within,
    "halfyear": _read_halfyear,
    "weekday": _read_weekday,
    "tomorrow": _read_tomorrow,
}


def read_moment(value: str) -> dt.datetime | None:
    """Read a header's date as a mail program writes it in text; Swedish wall time, no zone.

    >>> read_moment("ons 27 okt. 2021 kl 09:31")
    datetime.datetime(2021, 10, 27, 9, 31)
    """
    day = next((d for d in find_days(value[:200]) if d.has_year), None)
    if day is None:
        return None
    time = MOMENT_TIME.search(value[day.end : day.end + 40]) or MOMENT_TIME.search(value[: day.start])
    hour, minute = (int(time[1]), int(time[2])) if time else (0, 0)
    if time and time[3] and hour <= 12:
        hour = hour % 12 + (12 if time[3].lower() == "p" else 0)
    return dt.datetime(day.date.year, day.date.month, day.date.day, min(hour, 23), minute)  # noqa: DTZ001 - wall time as written
