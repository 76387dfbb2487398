"""The way back through the meetings: pure, and true for every calendar."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.rules import meetings
from handlers.rules.meetings import Bound, Sitting, Way, Ways, calendar_of, holds, next_way, step_of, way_back
from handlers.rules.workdays import day_off

D = dt.date
CHAIN = ("presidium", "au", "namnd", "ks", "kf")
FIRST, LAST = D(2026, 1, 7), D(2028, 12, 20)
_DAYS = st.dates(FIRST, LAST)


@st.composite
def calendars(draw: st.DrawFn) -> list[Sitting]:
    """Any calendar of all bodies: some dense, some with gaps, some missing altogether; some meetings with stop days."""
    made: list[Sitting] = []
    for body in meetings.BODIES:
        days = draw(st.lists(_DAYS, max_size=30, unique=True))
        for day in sorted(days):
            stop = day - dt.timedelta(days=draw(st.integers(0, 30))) if draw(st.booleans()) else None
            made.append(Sitting(len(made) + 1, body, day, stop))
    return made


_WAYS = st.builds(
    Ways,
    draft_workdays=st.integers(0, 10),
    staff_workdays=st.integers(0, 5),
    writing_weeks=st.integers(0, 10),
    least_writing=st.integers(0, 10),
    send_days=st.integers(0, 10),
    staff=st.booleans(),
)
_BOUNDS = st.lists(
    st.builds(Bound, st.sampled_from(("namnd", "ks", "kf", "svar")), _DAYS, st.just("före dagen")),
    min_size=1,
    max_size=3,
)
_CHAINS = st.sampled_from([CHAIN, ("au", "namnd"), ("namnd", "ksau", "ks", "kf"), ("namnd",), ()])


def _order(way: Way) -> list[dt.date]:
    return [s.day for s in way.steps]


@given(calendars(), _WAYS, _BOUNDS, _CHAINS, _DAYS)
def test_a_way_never_runs_past_its_target_and_goes_forward_in_time(
    sittings: list[Sitting], ways: Ways, bounds: list[Bound], chain: tuple[str, ...], since: dt.date
) -> None:
    way = way_back(chain, bounds, calendar_of(sittings), ways, since=since)
    if way is None:
        return
    assert _order(way) == sorted(_order(way))
    for bound in bounds:
        if bound.body == "svar":
            decided = way.day_of("beslut")
            assert decided is None or decided + dt.timedelta(days=ways.send_days) <= bound.day
            assert (way.day_of("svar_skickat") or D.max) <= bound.day
        else:
            assert (way.day_of(step_of(bound.body)) or bound.day) <= bound.day
    bodies = [s for s in way.steps if s.body]
    assert [s.body for s in bodies] == [b for b in chain if b in {s.body for s in bodies}]
    for step, after in itertools.pairwise(bodies):
        assert (after.day - step.day).days >= ways.gaps.get(step.body, 0)
    for step in way.steps:
        real = next((s for s in sittings if s.id == step.meeting_id), None)
        assert real is None or (real.body, real.day) == (step.body, step.day)
        if not step.body and step.kind != "start":
            assert day_off(step.day) is None


@given(calendars(), _WAYS, _BOUNDS, _CHAINS, st.sets(_DAYS, max_size=60))
def test_more_closed_days_never_make_a_start_later(
    sittings: list[Sitting], ways: Ways, bounds: list[Bound], chain: tuple[str, ...], closed: set[dt.date]
) -> None:
    calendar = calendar_of(sittings)
    plain = way_back(chain, bounds, calendar, ways, since=FIRST)
    fewer = way_back(chain, bounds, calendar, dataclasses.replace(ways, closed=frozenset(closed)), since=FIRST)
    if plain is None or fewer is None:
        assert fewer is None
        return
    for kind in ("start", "utkast", "chef", "tjansteskrivelse"):
        late, early = plain.day_of(kind), fewer.day_of(kind)
        assert late is None or early is None or early <= late


@given(calendars(), _WAYS, _BOUNDS, _CHAINS, st.data())
def test_a_meeting_that_a_way_does_not_use_may_be_cancelled_without_changing_it(
    sittings: list[Sitting], ways: Ways, bounds: list[Bound], chain: tuple[str, ...], data: st.DataObject
) -> None:
    way = way_back(chain, bounds, calendar_of(sittings), ways, since=FIRST)
    if way is None or way.assumed:
        return
    used = {s.meeting_id for s in way.steps}
    unused = [s for s in sittings if s.id not in used]
    if not unused:
        return
    gone = data.draw(st.sampled_from(unused))
    again = way_back(chain, bounds, calendar_of((s for s in sittings if s is not gone), [gone]), ways, since=FIRST)
    assert again is not None
    assert again == way


@given(calendars(), _WAYS, _CHAINS, _DAYS, st.booleans())
def test_the_next_way_can_be_gone_and_no_sooner_one_can(
    sittings: list[Sitting], ways: Ways, chain: tuple[str, ...], today: dt.date, whole: bool
) -> None:
    calendar = calendar_of(sittings)
    way = next_way(chain, calendar, ways, today=today, least=None if whole else ways.least_writing)
    if way is None:
        return
    need = dataclasses.replace(ways, least_writing=ways.writing_weeks * 5) if whole else ways
    assert holds(way, need, today=today, done=frozenset())
    last = way.steps[-1]
    assert last.meeting_id is not None
    for sooner in (s for s in calendar.of(last.body) if today <= s.day < last.day):
        other = way_back(chain, [Bound(last.body, sooner.day, "")], calendar, ways, since=today)
        assert other is None or other.last != sooner.day or not holds(other, need, today=today, done=frozenset())


def _year(body: str, *days: str) -> list[Sitting]:
    return [Sitting(hash((body, d)) % 10**6, body, D.fromisoformat(d)) for d in days]


EKEBY = calendar_of(
    [
        *_year("kf", "2026-12-14", "2027-01-25", "2027-02-22", "2027-03-22", "2027-04-26", "2027-09-27"),
        *_year("ks", "2026-12-08", "2027-01-19", "2027-02-09", "2027-03-09", "2027-04-13", "2027-09-14"),
        *_year("namnd", "2026-12-17", "2027-01-28", "2027-02-25", "2027-03-25", "2027-04-29", "2027-08-26"),
        *_year("au", "2026-12-03", "2027-01-14", "2027-02-11", "2027-03-11", "2027-04-15", "2027-08-12"),
    ]
)


def test_a_motion_is_planned_back_from_its_goal_to_the_day_to_start() -> None:
    ways = Ways(staff=True)
    stop = [Sitting(s.id, s.body, s.day, D(2027, 2, 3)) if s.day == D(2027, 2, 11) else s for s in EKEBY.of("au")]
    calendar = dataclasses.replace(EKEBY, sittings={**EKEBY.sittings, "au": stop})
    way = way_back(CHAIN, [Bound("kf", D(2027, 3, 28), "före målet 28 mars")], calendar, ways, since=D(2026, 10, 6))
    assert way is not None
    assert [(s.kind, s.day.isoformat()) for s in way.steps] == [
        ("start", "2026-12-16"),
        ("utkast", "2027-01-27"),
        ("chef", "2027-02-01"),
        ("stab", "2027-02-03"),
        ("tjansteskrivelse", "2027-02-03"),
        ("au", "2027-02-11"),
        ("beslut", "2027-02-25"),
        ("ks", "2027-03-09"),
        ("kf", "2027-03-22"),
    ]
    assert [s.why for s in way.steps] == [
        "Sex veckor före utkastet",
        "Fem arbetsdagar före stoppdagen 3 feb",
        "Två arbetsdagar före stabens dag",
        "Ska vara klart före nämnden",
        "Stoppdag för arbetsutskottet 11 feb",
        "Sista mötet minst sju dagar före nämnden",
        "Sista mötet minst tolv dagar före kommunstyrelsen",
        "Sista mötet minst sju dagar före fullmäktige",
        "Sista mötet före målet 28 mars",
    ]


def test_the_motion_of_thirteen_months_had_to_start_before_the_summer() -> None:
    """The failure that the product was conceived from: nämnd before KS 21 September, KF 28 September 2021."""
    calendar = calendar_of(
        [
            *_year("kf", "2021-08-31", "2021-09-28", "2021-10-26"),
            *_year("ks", "2021-06-15", "2021-08-24", "2021-09-07", "2021-09-21", "2021-10-05"),
            *_year("namnd", "2021-04-22", "2021-05-20", "2021-06-17", "2021-08-26", "2021-09-23"),
        ]
    )
    bounds = [
        Bound("ks", D(2021, 9, 21), "som brevet räknar med"),
        Bound("kf", D(2021, 9, 28), "som brevet räknar med"),
    ]
    way = way_back(CHAIN, bounds, calendar, Ways(staff=True), since=D(2021, 4, 6))
    assert way is not None
    assert way.day_of("beslut") == D(2021, 8, 26)
    assert way.day_of("ks") == D(2021, 9, 21)
    assert way.day_of("start") == D(2021, 6, 24)  # six weeks before a draft in August


def test_when_a_step_lies_behind_the_next_chain_is_told_and_the_laws_year_with_it() -> None:
    today = D(2027, 1, 20)
    way = way_back(CHAIN, [Bound("kf", D(2027, 2, 22), "före målet")], EKEBY, Ways(), since=D(2026, 8, 1))
    assert way is None or not holds(way, Ways(), today=today, done=frozenset())
    calm = next_way(CHAIN, EKEBY, Ways(), today=today)
    soon = next_way(CHAIN, EKEBY, Ways(), today=today, least=5)
    assert calm is not None
    assert soon is not None
    assert (soon.last, calm.last) == (D(2027, 3, 22), D(2027, 4, 26))


def test_what_is_done_is_not_planned_again() -> None:
    done = meetings.settled(["beslut"])
    way = way_back(
        CHAIN, [Bound("kf", D(2027, 3, 28), "före målet")], EKEBY, Ways(staff=True), since=D(2026, 10, 6), done=done
    )
    assert way is not None
    assert [s.kind for s in way.steps] == ["ks", "kf"]


@pytest.mark.parametrize(("day", "said"), [("2030-05-02", True), ("2027-03-28", False)])
def test_a_year_without_a_calendar_is_assumed_and_told(day: str, said: bool) -> None:
    way = way_back(("namnd", "ks", "kf"), [Bound("kf", D.fromisoformat(day), "före målet")], EKEBY, Ways(), since=FIRST)
    assert way is not None
    assert (way.assumed != ()) is said
    assert any("är inte inlagda" in s.why for s in way.steps) is said


def test_an_answer_day_on_a_sunday_is_planned_for_the_working_day_before() -> None:
    bound = Bound("svar", D(2027, 2, 28), "före svarsdagen 28 feb")
    way = way_back(("namnd",), [bound], EKEBY, Ways(), since=D(2026, 10, 6))
    assert way is not None
    assert way.day_of("svar_skickat") == D(2027, 2, 26)
    assert "arbetsdagen före 28 feb" in way.steps[-1].why


def test_nobody_starts_before_the_matter_came() -> None:
    bound = Bound("svar", D(2027, 3, 9), "före svarsdagen 9 mars")
    way = way_back(("namnd",), [bound], EKEBY, Ways(), since=D(2027, 1, 11))
    assert way is not None
    assert way.day_of("start") == D(2027, 1, 11)
