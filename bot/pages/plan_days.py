"""The days along the top of a plan's drawing: months, and the lines of today, goal, law and answer with their words."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.pages.drawing import Anchor, Box, Text
from bot.pages.plan_scene import LEFT, RIGHT, WIDTH, Chart
from handlers.rules.meetings import short

ROW = 22  # between two rows of words
_MONTHS = ("jan", "feb", "mars", "april", "maj", "juni", "juli", "aug", "sept", "okt", "nov", "dec")


@dataclass(frozen=True, slots=True)
class Marker:
    """A day that is drawn as a line with its words above; look is the line's class."""

    look: str
    words: str
    x: float
    line: bool = True

    def at(self, row: int, side: str, y: float) -> tuple[Text, Box]:
        """Return the words and what they take, in a row and on a side of the line."""
        tag = self.look == "today"
        gap = 0 if side == "middle" else 8 if tag else 6
        anchor: Anchor = "middle" if side == "middle" else "start" if side == "right" else "end"
        text = Text(f"{self.look}text", self.x + (gap if side == "right" else -gap), y - row * ROW, self.words, anchor)
        box = text.box
        return text, Box(box.left - 8, box.top - 5, box.right + 8, box.bottom + 5) if tag else box


def markers_of(chart: Chart) -> list[Marker]:
    """Return the days that are drawn as lines; one that lies outside stands at the edge, with an arrow."""
    scene = chart.scene
    made = [Marker("today", f"i dag {short(scene.today)}", chart.x(scene.today))]
    aims = [("goal", "mål", scene.goal), ("law", "lagens tid", scene.law)]
    aims[1:1] = [("stated", "svar", day) for day in sorted(set(scene.stated))[:2]]
    for look, name, day in aims:
        if day is None:
            continue
        if day < chart.first:
            made.append(Marker(look, f"← {name} {short(day)} {day.year}", LEFT - 6, line=False))
        elif day > chart.last:
            made.append(Marker(look, f"{name} {short(day)} {day.year} →", RIGHT + 6, line=False))
        else:
            made.append(Marker(look, f"{name} {short(day)}", chart.x(day)))
    return made


def place_markers(markers: Sequence[Marker]) -> list[tuple[int, str]]:
    """Return a row (0 is the lowest) and a side for each day's words, in as few rows as can be.

    There always is a place: each in a row of its own, since a line stands below its words only.
    """
    wide = Box(0, -1000, WIDTH, 1000)
    for rows in range(1, len(markers) + 1):
        found = _try(markers, [], rows, wide)
        if found:
            return found
    return [(i, "right" if m.x < WIDTH / 2 else "left") for i, m in enumerate(markers)]


def _try(
    markers: Sequence[Marker], placed: list[tuple[int, str]], rows: int, sheet: Box
) -> list[tuple[int, str]] | None:
    if len(placed) == len(markers):
        return placed
    marker = markers[len(placed)]
    first = {"today": "middle", "law": "left"}.get(marker.look, "right")
    sides = (first, *(s for s in ("right", "left") if s != first))
    if not marker.line:
        sides = ("right" if marker.x < WIDTH / 2 else "left",)
    for row, side in itertools.product(range(rows), sides):
        if _fits(marker, row, side, markers, placed, sheet):
            found = _try(markers, [*placed, (row, side)], rows, sheet)
            if found:
                return found
    return None


def _fits(
    marker: Marker, row: int, side: str, markers: Sequence[Marker], placed: list[tuple[int, str]], sheet: Box
) -> bool:
    _, box = marker.at(row, side, 0)
    if not box.within(sheet):
        return False
    for other, (its_row, its_side) in zip(markers, placed, strict=False):
        _, its = other.at(its_row, its_side, 0)
        if box.meets(its, 3):
            return False
        if other.line and row <= its_row and box.left - 3 < other.x < box.right + 3:
            return False
        if marker.line and its_row <= row and its.left - 3 < marker.x < its.right + 3:
            return False
    return True


def month_starts(chart: Chart) -> Iterator[dt.date]:
    """Return the first day of each month that is drawn."""
    day = chart.first.replace(day=1)
    while day <= chart.last:
        yield day
        day = (day + dt.timedelta(days=32)).replace(day=1)


def months_of(chart: Chart, y: float, uprights: Sequence[float]) -> list[Text]:
    """Return the months' names; one that has no room between the lines is left out, the years' before the others."""
    starts = list(month_starts(chart))
    ends = [chart.x(day) for day in starts[1:]] + [RIGHT]
    made: list[Text] = []
    for i, (day, end) in sorted(
        enumerate(zip(starts, ends, strict=True)), key=lambda m: (m[0] and m[1][0].month != 1, m[0])
    ):
        year = i == 0 or day.month == 1
        name = _MONTHS[day.month - 1]
        forms = [("strong", f"{name} {day.year}"), ("strong", str(day.year))] if year else [("", name)]
        # A year may reach over the next month, whose name then gives way.
        limit = RIGHT if year else end
        spots = [chart.x(day) + 5, *(u + 6 for u in uprights if chart.x(day) < u < end)]
        for (look, words), at in itertools.product(forms, spots):
            text = Text(look, at, y, words)
            box = text.box
            if box.right > limit or any(box.left - 4 < u < box.right + 4 for u in uprights):
                continue
            if not any(box.meets(t.box, 4) for t in made):
                made.append(text)
                break
    return made
