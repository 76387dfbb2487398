"""The drawing of a plan: bodies as lanes in the order a case climbs, months along the top, the way through the meetings."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence

from bot.pages.drawing import Box, Drawing, Point, Shape, Text, place
from bot.pages.plan_days import ROW, Marker, markers_of, month_starts, months_of, place_markers
from bot.pages.plan_scene import LEFT, RIGHT, WIDTH, Chart, Scene, chart_of
from bot.pages.plan_words import Line, beside, desk_words, quiet_words
from handlers.rules.meetings import short

_LANE = 44  # between two lanes
_CALM = 35  # days without a meeting that make a summer break


def draw(scene: Scene) -> Drawing:
    """Draw a plan. Words never lie over words, and each of the plan's meetings has its day beside it."""
    chart = chart_of(scene)
    x = chart.x
    days, day_texts, boxes, rows = _top(chart)
    base = 32.0 + (rows - 1) * ROW
    months_y, rail = base + 27, base + 60
    ys = [rail + _LANE * (len(scene.lanes) - 1 - i) for i in range(len(scene.lanes))]
    desk = ys[0] + 52 if ys else rail
    bottom = desk + 28
    sheet = Box(0, 0, WIDTH, bottom + 12)
    uprights = sorted(m.x for m, _ in days if m.line)
    texts = [*day_texts, *months_of(chart, months_y, uprights)]
    names = [*zip((lane.name for lane in scene.lanes), ys, strict=True), ("Handläggaren", desk)]
    texts += [Text("lane", 0, y + 4, name, size=13) for name, y in names]
    calm = _calm(chart)
    way = [(x(scene.work[1]), desk)] if scene.work else []
    way += [(x(s.day), ys[s.lane]) for s in scene.stops]
    lost = _lost_way(chart, ys, desk)
    shapes = [
        *_grounds(chart, months_y - 21, bottom),
        *(
            [Shape("rect", "calm", x(calm[0]), months_y - 1, x(calm[1]) - x(calm[0]), bottom - months_y + 1)]
            if calm
            else ()
        ),
        *(Shape("line", "grid", x(day), months_y - 5, x(day), bottom) for day in month_starts(chart)),
        *(Shape("line", "rail", LEFT, y, RIGHT, y) for _, y in names),
        *_meetings(chart, ys),
        *(Shape("line", m.look, m.x, top, m.x, bottom) for m, top in days if m.line),
        *(Shape("rect", "todaytag", b.left, b.top, b.right - b.left, b.bottom - b.top) for b in boxes[:1]),
        *_lost_shapes(chart, lost, desk),
        *_way_shapes(chart, way, ys, desk),
    ]
    lines: list[Line] = [((m.x, top), (m.x, bottom)) for m, top in days if m.line]
    lines += [*itertools.pairwise(way), *itertools.pairwise(lost)]
    taken = [*boxes, *(t.box for t in texts[len(boxes) :])]
    for stop in scene.stops:
        text = place(beside(x(stop.day), ys[stop.lane], short(stop.day), uprights), taken, sheet, lines=lines)
        if text:
            texts.append(text)
            taken.append(text.box)
    for text in desk_words(chart, desk, uprights, taken, sheet, lines):
        texts.append(text)
        taken.append(text.box)
    texts += quiet_words(chart, ys, bottom, calm, taken, sheet, lines)
    return Drawing(WIDTH, round(bottom + 12), tuple(shapes), tuple(texts))


def _top(chart: Chart) -> tuple[list[tuple[Marker, float]], list[Text], list[Box], int]:
    """Return the days that are lines with where each begins, their words, what these take, and in how many rows.

    The first is today's.
    """
    markers = markers_of(chart)
    places = place_markers(markers)
    rows = 1 + max(row for row, _ in places)
    base = 32.0 + (rows - 1) * ROW
    made = [m.at(row, side, base) for m, (row, side) in zip(markers, places, strict=True)]
    tops = [box.top if m.look == "today" else text.y - 12 for m, (text, box) in zip(markers, made, strict=True)]
    return list(zip(markers, tops, strict=True)), [t for t, _ in made], [b for _, b in made], rows


def _grounds(chart: Chart, top: float, bottom: float) -> list[Shape]:
    """Return the amber ground after the goal, or after the answer day where there is no goal, and the red after the law."""
    made, scene, x = [], chart.scene, chart.x
    aim = scene.goal or max(scene.stated, default=None)
    law = x(scene.law) if scene.law and scene.law <= chart.last else RIGHT
    if aim and aim <= chart.last and x(aim) < law:
        made.append(Shape("rect", "zone-goal", x(aim), top, law - x(aim), bottom - top))
    if law < RIGHT:
        made.append(Shape("rect", "zone-law", law, top, RIGHT - law, bottom - top))
    return made


def _meetings(chart: Chart, ys: Sequence[float]) -> list[Shape]:
    """Return the meetings that the plan does not use: hollow, and small and grey when they have been."""
    made = []
    for i, (lane, y) in enumerate(zip(chart.scene.lanes, ys, strict=True)):
        used = {s.day for s in chart.scene.stops if s.lane == i}
        for day in lane.meetings:
            if chart.first <= day <= chart.last and day not in used:
                been = day < chart.scene.today
                made.append(Shape("circle", "gone" if been else "meet", chart.x(day), y, 3.5 if been else 5))
    return made


def _way_shapes(chart: Chart, way: Sequence[Point], ys: Sequence[float], desk: float) -> list[Shape]:
    made = [Shape("path", "route", points=tuple(way))] if len(way) > 1 else []
    work = chart.scene.work
    if work:
        left, right = chart.x(work[0]), chart.x(work[1])
        made.append(Shape("rect", "work", left, desk - 13, max(6.0, right - left), 26))
    return made + [
        Shape("circle", "maybe" if s.assumed else "stop", chart.x(s.day), ys[s.lane], 6 if s.assumed else 7.5)
        for s in chart.scene.stops
    ]


def _lost_way(chart: Chart, ys: Sequence[float], desk: float) -> list[Point]:
    scene = chart.scene
    begun = [(chart.x(scene.gone_work[1]), desk)] if scene.gone_work and scene.gone_work[1] >= chart.first else []
    return begun + [(chart.x(s.day), ys[s.lane]) for s in scene.gone if chart.first <= s.day <= chart.last]


def _lost_shapes(chart: Chart, lost: Sequence[Point], desk: float) -> list[Shape]:
    made, work = [], chart.scene.gone_work
    if work and work[1] >= chart.first:
        left, right = chart.x(work[0]), chart.x(work[1])
        made.append(Shape("rect", "lostwork", left, desk - 13, max(6.0, right - left), 26))
    if len(lost) > 1:
        made.append(Shape("path", "lost", points=tuple(lost)))
    return made + [Shape("circle", "loststop", px, py, 5) for px, py in lost if py != desk]


def _calm(chart: Chart) -> tuple[dt.date, dt.date] | None:
    """Return the summer's weeks without a meeting of any body, where calendars tell of the time before and after."""
    days = sorted({day for lane in chart.scene.lanes for day in lane.meetings} | {s.day for s in chart.scene.stops})
    for one, other in itertools.pairwise(days):
        middle = dt.date(one.year, 7, 15)
        if (other - one).days >= _CALM and one < middle < other and other.year == one.year:
            start, end = one + dt.timedelta(days=4), other - dt.timedelta(days=4)
            if start < chart.last and end > chart.first:
                return max(start, chart.first), min(end, chart.last)
    return None
