"""The words in a plan's drawing: the days of its meetings, what handläggaren does when, and what is quietly said."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence

from bot.pages.drawing import Box, Point, Text, place, width_of
from bot.pages.plan_scene import Chart
from handlers.rules.meetings import short

Line = tuple[Point, Point]


def beside(x: float, y: float, words: str, uprights: Sequence[float]) -> list[Text]:
    """Return where a meeting's day may stand, the best place first: below to the right, above to the left, then further."""
    near = [u for u in uprights if abs(u - x) < 70]
    made = [
        Text("strong", x + 11, y + 18, words),
        Text("strong", x - 11, y - 9, words, "end"),
        Text("strong", x + 11, y - 9, words),
        Text("strong", x - 11, y + 18, words, "end"),
        Text("strong", x, y + 21, words, "middle"),
        Text("strong", x, y - 12, words, "middle"),
    ]
    for u in near:
        made += [Text("strong", u + 5, y + 18, words), Text("strong", u - 5, y + 18, words, "end")]
        made += [Text("strong", u + 5, y - 9, words), Text("strong", u - 5, y - 9, words, "end")]
    return made


def desk_words(
    chart: Chart,
    desk: float,
    uprights: Sequence[float],
    taken: Sequence[Box],
    sheet: Box,
    lines: Sequence[Line],
) -> list[Text]:
    """Return what stands in or beside the bars of handläggaren's work."""
    scene, x = chart.scene, chart.x
    made: list[Text] = []
    bars: list[Box] = []
    if scene.work:
        left, right = x(scene.work[0]), max(x(scene.work[1]), x(scene.work[0]) + 6)
        bars.append(Box(left, desk - 13, right, desk + 13))
        words = f"skriva, {_length(scene.work)}"
        text = _inside(words, left, right, desk, uprights) or place(
            _around(words, left, right, desk, ""), [*taken, *bars], sheet, lines=lines
        )
        made += [text] if text else []
    if scene.gone_work and scene.gone_work[0] >= chart.first:
        left, right = x(scene.gone_work[0]), x(scene.gone_work[1])
        bars.append(Box(left, desk - 13, max(right, left + 6), desk + 13))
        words = f"börja {short(scene.gone_work[0])}"
        around = _around(words, left, right, desk, "losttext")
        text = place(around, [*taken, *(t.box for t in made), *bars], sheet, lines=lines, crossing=False)
        made += [text] if text else []
    return made


def _inside(words: str, left: float, right: float, y: float, uprights: Sequence[float]) -> Text | None:
    """Return words inside a bar, in a part of it that no line goes through and that they fit in."""
    edges = [left, *(u for u in uprights if left < u < right), right]
    wide = width_of(words) + 4  # reckoned wide already
    part = next((a for a, b in itertools.pairwise(edges) if b - a >= wide), None)
    return None if part is None else Text("worktext", part + 6, y + 4, words)


def _around(words: str, left: float, right: float, y: float, look: str) -> list[Text]:
    made = [Text(look, left - 7, y + 4, words, "end"), Text(look, right + 10, y + 4, words)]
    for shift in (0.0, 60.0, -60.0, 120.0, -120.0):
        made += [Text(look, left + shift, y - 18, words), Text(look, left + shift, y + 25, words)]
    return made


def _length(work: tuple[dt.date, dt.date]) -> str:
    days = (work[1] - work[0]).days
    if days < 7:
        return "1 dag" if days <= 1 else f"{days} dagar"
    weeks = round(days / 7)
    return "1 vecka" if weeks == 1 else f"{weeks} veckor"


def quiet_words(
    chart: Chart,
    ys: Sequence[float],
    bottom: float,
    calm: tuple[dt.date, dt.date] | None,
    taken: Sequence[Box],
    sheet: Box,
    lines: Sequence[Line],
) -> list[Text]:
    """Return what is said where there is room: that a calendar is missing, and that it is summer."""
    x, made = chart.x, list[Text]()
    for lane, y in zip(chart.scene.lanes, ys, strict=True):
        spans = [(max(chart.first, dt.date(n, 1, 1)), min(chart.last, dt.date(n, 12, 31)), n) for n in lane.without]
        for start, end, year in spans:
            words = f"mötena {year} är inte inlagda"
            wide = width_of(words)
            if start >= end or x(end) - x(start) < wide + 10:
                continue
            steps = [x(start) + 5 + 20 * n for n in range(int((x(end) - x(start) - wide - 10) // 20) + 1)]
            spots = [Text("calmtext", at, y - 6, words) for at in steps]
            text = place(spots, [*taken, *(t.box for t in made)], sheet, lines=lines, crossing=False)
            made += [text] if text else []
    if calm:
        left, right = x(calm[0]), x(calm[1])
        words = next((w for w in ("sommaruppehåll", "sommar") if width_of(w) + 8 <= right - left), "")
        middle, half = (left + right) / 2, width_of(words) / 2 + 4
        spots = [
            Text("calmtext", min(max(middle + shift, left + half), right - half), bottom - 8, words, "middle")
            for shift in (0, 30, -30, 60, -60)
        ]
        text = place(spots, [*taken, *(t.box for t in made)], sheet, lines=lines, crossing=False) if words else None
        made += [text] if text else []
    return made
