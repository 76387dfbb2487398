"""Whose meeting an event's heading means, and on which days a repeated one falls."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import TypeVar

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.rules.bodies import Told, told_by
from handlers.rules.recurring import FREQUENCIES, WEEKDAYS, Repeat, days_of

NAMES = {"sn": "Socialnämnden", "bun": "Barn- och utbildningsnämnden"}
FIRST, LAST = dt.date(2024, 1, 1), dt.date(2030, 12, 31)


@pytest.mark.parametrize(
    ("heading", "namnd", "body"),
    [
        ("Socialnämnden", "sn", "namnd"),
        ("SN", "sn", "namnd"),
        ("SNAU", "sn", "au"),
        ("SN AU kl 08.30", "sn", "au"),
        ("Sammanträde med barn- och utbildningsnämnden", "bun", "namnd"),
        ("Barn- och utbildningsnämndens arbetsutskott", "bun", "au"),
        ("Socialnämndens presidium", "sn", "presidium"),
        ("Sammanträde", "", "namnd"),
        ("Extra sammanträde", "", "namnd"),
        ("Nämnden", "", "namnd"),
        ("Arbetsutskottet", "", "au"),
        ("Presidieberedning", "", "presidium"),
        ("KSAU", "", "ksau"),
        ("Kommunstyrelsens arbetsutskott", "", "ksau"),
        ("KS", "", "ks"),
        ("Kommunstyrelsen, Ekebysalen", "", "ks"),
        ("KF", "", "kf"),
        ("Kommunfullmäktige i Folkets hus", "", "kf"),
    ],
)
def test_a_heading_names_a_body(heading: str, namnd: str, body: str) -> None:
    assert told_by(heading, NAMES) == Told(namnd, body)


@pytest.mark.parametrize(
    "heading",
    [
        "",
        "Lunch",
        "Kulturnämnden",
        "Utbildningsnämnden",  # another one, not the end of ours
        "Krisledningsnämnden sammanträde",
        "Kulturnämndens arbetsutskott",
        "Socialnämndens individutskott",
        "Gruppmöte inför KF",
        "KF presidium",
        "Kommunfullmäktiges valberedning",
        "Kallelse till KS",
        "KS/KF",
        "SN och BUN",
        "Sammanträde pensionärsrådet",
        "Sammanträde bolagsstyrelsen",
        "Socialnämndens ordförande och socialchefen",
        "Nämndsekreterarna",
        "Stoppdag för löner",
        "KF " + "ord " * 20,
    ],
)
def test_what_is_no_meeting_of_a_known_body_is_none(heading: str) -> None:
    assert told_by(heading, NAMES) is None


@pytest.mark.parametrize(
    ("heading", "namnd", "body"),
    [
        ("Stoppdag", "", "namnd"),
        ("Stoppdatum AU", "", "au"),
        ("Stoppdag för handlingar till socialnämnden", "sn", "namnd"),
        ("Sista inlämningsdag KS", "", "ks"),
        ("Sista dag för handlingar till BUN", "bun", "namnd"),
    ],
)
def test_a_stop_day_names_whose_it_is(heading: str, namnd: str, body: str) -> None:
    assert told_by(heading, NAMES) == Told(namnd, body, stop=True)


@pytest.mark.parametrize("heading", ["INSTÄLLT: KF", "KF - inställt", "KF ställs in", "Canceled: KF", "Inställd KF"])
def test_a_heading_says_that_the_meeting_is_off(heading: str) -> None:
    assert told_by(heading, NAMES) == Told("", "kf", cancelled=True)


@given(st.text(max_size=200))
def test_any_heading_is_a_body_or_none(heading: str) -> None:
    told = told_by(heading, NAMES)
    assert told is None or told.namnd in ("", *NAMES)


_T = TypeVar("_T")


def some(values: st.SearchStrategy[_T]) -> st.SearchStrategy[tuple[_T, ...]]:
    return st.lists(values, max_size=3, unique=True).map(lambda made: tuple(made))


@st.composite
def rules(draw: st.DrawFn) -> tuple[Repeat, str]:
    frequency = draw(st.sampled_from(FREQUENCIES))
    counted = frequency in ("MONTHLY", "YEARLY")
    weekdays = draw(some(st.tuples(st.sampled_from((0, 0, 1, 2, 3, -1) if counted else (0,)), st.integers(0, 6))))
    # RFC 5545 has no days of the month in weeks; python-dateutil reads them in its own way.
    monthdays = draw(some(st.sampled_from([1, 15, 28, 31, -1, -2]))) if frequency != "WEEKLY" else ()
    months = draw(some(st.integers(1, 12)))
    places = draw(some(st.sampled_from([1, 2, -1]))) if counted and (weekdays or monthdays) else ()
    if any(which for which, _ in weekdays) and not all(which for which, _ in weekdays):
        weekdays = tuple((0, day) for _, day in weekdays)
    rule = Repeat(
        frequency,
        interval=draw(st.integers(1, 4)),
        count=draw(st.none() | st.integers(1, 30)),
        weekdays=weekdays,
        monthdays=monthdays,
        months=months,
        places=places,
        week_starts=draw(st.integers(0, 6)),
    )
    parts = {
        "FREQ": frequency,
        "INTERVAL": str(rule.interval),
        "COUNT": str(rule.count or ""),
        "BYDAY": ",".join(f"{which or ''}{WEEKDAYS[day]}" for which, day in weekdays),
        "BYMONTHDAY": ",".join(map(str, monthdays)),
        "BYMONTH": ",".join(map(str, months)),
        "BYSETPOS": ",".join(map(str, places)),
        "WKST": WEEKDAYS[rule.week_starts],
    }
    return rule, ";".join(f"{k}={v}" for k, v in parts.items() if v)


@settings(deadline=None)
@given(rules(), st.dates(FIRST, dt.date(2026, 12, 31)))
def test_a_repeated_event_falls_where_another_librarys_does(made: tuple[Repeat, str], start: dt.date) -> None:
    rule, text = made
    begin = dt.datetime.combine(start, dt.time())
    told = rrulestr(text, dtstart=begin)
    until = dt.datetime.combine(LAST, dt.time())
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(dt, "MAXYEAR", LAST.year)  # for a rule that no day fits it looks through all years there are
        theirs = [d.date() for d in itertools.takewhile(lambda d: d <= until, told)]
    assert list(days_of(rule, start, LAST)) == theirs


def test_a_rule_that_no_day_fits_ends() -> None:
    for frequency in FREQUENCIES:
        rule = Repeat(frequency, months=(2,), monthdays=(30,))
        assert list(days_of(rule, dt.date(2010, 1, 1), LAST)) == []
