"""The drawing of a plan: whatever the calendar, words lie over no words and stay inside, and every meeting has its day."""

from __future__ import annotations

import datetime as dt
import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.pages.drawing import Box, Drawing, Text, width_of
from bot.pages.plan_drawing import draw
from bot.pages.plan_scene import LEFT, RIGHT, Lane, Scene, Stop
from handlers.rules.meetings import short

TODAY = dt.date(2026, 11, 24)
NAMES = (
    "Presidiet",
    "Arbetsutskottet",
    "Nämnden",
    "Svaret",
    "KS arbetsutskott",
    "Kommunstyrelsen",
    "Fullmäktige",
)


def _day(least: int, most: int) -> st.SearchStrategy[dt.date]:
    return st.integers(least, most).map(lambda n: TODAY + dt.timedelta(days=n))


@st.composite
def _way(draw_: st.DrawFn, lanes: int, least: int, most: int) -> tuple[Stop, ...]:
    used = sorted(draw_(st.sets(st.integers(0, lanes - 1)))) if lanes else []
    days = sorted(draw_(st.lists(_day(least, most), min_size=len(used), max_size=len(used))))
    return tuple(Stop(lane, day, draw_(st.booleans())) for lane, day in zip(used, days, strict=True))


@st.composite
def scenes(draw_: st.DrawFn) -> Scene:
    """Any plan and any calendar: days close together, far apart, long gone, years ahead."""
    lanes = tuple(
        Lane(
            name,
            tuple(sorted(draw_(st.lists(_day(-300, 900), max_size=20)))),
            tuple(draw_(st.sets(st.sampled_from((2026, 2027, 2028, 2029))))),
        )
        for name in NAMES
        if draw_(st.booleans())
    )
    work = st.none() | st.tuples(_day(-200, 400), _day(-200, 400)).map(lambda w: (min(w), max(w)))
    aim = st.none() | _day(-900, 1200) | _day(-5, 40)
    return Scene(
        today=TODAY,
        came=draw_(_day(-900, 0)),
        lanes=lanes,
        stops=draw_(_way(len(lanes), 0, draw_(st.sampled_from((20, 200, 900))))),
        work=draw_(work),
        gone=draw_(_way(len(lanes), -300, 400)),
        gone_work=draw_(work),
        goal=draw_(aim),
        law=draw_(aim),
        stated=tuple(draw_(st.lists(_day(-100, 500), max_size=3))),
    )


def _faults(made: Drawing) -> list[str]:
    sheet = Box(0, 0, made.width, made.height)
    faults = [f"{t.words!r} leaves the drawing" for t in made.texts if not t.box.within(sheet)]
    faults += [f"{a.words!r} over {b.words!r}" for a, b in itertools.combinations(made.texts, 2) if a.box.meets(b.box)]
    tag = next(s for s in made.shapes if s.look == "todaytag")
    box = Box(tag.x, tag.y, tag.x + tag.w, tag.y + tag.h)
    faults += [f"{t.words!r} over today" for t in made.texts if t.look != "todaytext" and t.box.meets(box)]
    today = next(t for t in made.texts if t.look == "todaytext")
    return faults if today.box.within(box) else [*faults, "today leaves its tag"]


@settings(max_examples=400, deadline=None)
@given(scenes())
def test_words_lie_over_no_words_and_stay_inside(scene: Scene) -> None:
    assert _faults(draw(scene)) == []


@settings(max_examples=300, deadline=None)
@given(scenes())
def test_every_meeting_of_the_plan_is_a_dot_with_its_day_beside_it(scene: Scene) -> None:
    made = draw(scene)
    dots = [s for s in made.shapes if s.look in ("stop", "maybe")]
    days = [t for t in made.texts if t.look == "strong"]
    assert len(dots) == len(scene.stops)
    for stop, dot in zip(scene.stops, dots, strict=True):
        near = [t for t in days if t.words == short(stop.day) and abs(t.y - dot.y) <= 22]
        assert near, (stop, made.texts)
        assert min(_distance(t, dot.x) for t in near) < 100


def _distance(text: Text, x: float) -> float:
    return max(text.box.left - x, x - text.box.right, 0)


@settings(max_examples=300, deadline=None)
@given(scenes())
def test_no_line_of_a_day_goes_through_the_words_along_the_top(scene: Scene) -> None:
    made = draw(scene)
    top = min((s.y for s in made.shapes if s.look == "rail"), default=0) - 30
    above = [t for t in made.texts if t.y < top]
    for line in (s for s in made.shapes if s.look in ("today", "goal", "law", "stated") and s.kind == "line"):
        for text in above:
            if text.look != "todaytext":
                assert not text.box.crossed((line.x, line.y), (line.w, line.h)), (text, line)


@settings(max_examples=200, deadline=None)
@given(scenes())
def test_everything_is_drawn_between_the_edges_and_time_runs_to_the_right(scene: Scene) -> None:
    made = draw(scene)
    for shape in made.shapes:
        xs = [p[0] for p in shape.points] or [shape.x, shape.w if shape.kind == "line" else shape.x]
        if shape.look != "todaytag":
            assert all(LEFT <= x <= RIGHT for x in xs), shape
        if shape.look == "route":
            assert len(shape.points) > 1
    months = [t for t in made.texts if t.words.split()[0] in ("jan", "feb", "mars", "april", "maj", "juni")]
    assert months or (max(s.x for s in made.shapes if s.look == "grid") > 0)


def test_a_plan_in_time_is_one_rising_line_and_the_aims_have_their_ground() -> None:
    day = dt.date.fromisoformat
    lanes = (Lane("Nämnden", (day("2026-10-20"), day("2026-12-17"), day("2027-02-25"))), Lane("Fullmäktige"))
    scene = Scene(
        TODAY,
        day("2026-10-06"),
        lanes,
        (Stop(0, day("2027-02-25")), Stop(1, day("2027-03-22"), True)),
        (day("2026-12-16"), day("2027-01-27")),
        goal=day("2027-03-28"),
        law=day("2027-09-28"),
    )
    made = draw(scene)
    route = next(s for s in made.shapes if s.look == "route")
    assert [p[0] for p in route.points] == sorted(p[0] for p in route.points)
    assert [p[1] for p in route.points] == sorted((p[1] for p in route.points), reverse=True)
    looks = [s.look for s in made.shapes]
    assert (looks.count("gone"), looks.count("meet"), looks.count("stop"), looks.count("maybe")) == (1, 1, 1, 1)
    goal, law = (next(s for s in made.shapes if s.look == look) for look in ("zone-goal", "zone-law"))
    assert route.points[-1][0] < goal.x
    assert goal.x + goal.w == law.x
    assert {t.words for t in made.texts} >= {"i dag 24 nov", "mål 28 mars", "lagens tid 28 sept", "skriva, 6 veckor"}


def test_the_summer_without_meetings_is_calm_and_a_missing_calendar_is_told() -> None:
    day = dt.date.fromisoformat
    meetings = tuple(day(d) for d in ("2027-01-28", "2027-04-29", "2027-06-10", "2027-08-26", "2027-10-01"))
    lanes = (Lane("Nämnden", meetings), Lane("Fullmäktige", (), (2027,)))
    made = draw(Scene(TODAY, TODAY, lanes, (Stop(0, day("2027-08-26")),), law=day("2027-10-20")))
    assert any(s.look == "calm" for s in made.shapes)
    words = {t.words for t in made.texts}
    assert "sommaruppehåll" in words
    assert "mötena 2027 är inte inlagda" in words
    none = draw(Scene(TODAY, TODAY, (Lane("Nämnden", meetings[:2]),), (Stop(0, day("2027-04-29")),)))
    assert not any(s.look == "calm" for s in none.shapes)


def test_words_are_never_wider_than_thought() -> None:
    # Measured in Inter SemiBold at 12: the widest of the fonts that the pages are shown in.
    measured = {
        "skriva, 6 veckor": 95,
        "i dag 24 nov": 72,
        "lagens tid 28 sept": 107,
        "sommaruppehåll": 95,
        "jan 2027": 51,
    }
    for words, width in measured.items():
        assert width <= width_of(words) <= width * 1.35, words
