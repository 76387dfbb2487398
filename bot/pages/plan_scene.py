"""What the drawing of a plan shows, and where a day lies in it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

WIDTH, LEFT, RIGHT = 1216, 132.0, 1202.0
_BEFORE, _AFTER = dt.timedelta(days=150), dt.timedelta(days=21)
_LONGEST = dt.timedelta(days=620)  # how far the days after the plan's last step are drawn


@dataclass(frozen=True, slots=True)
class Lane:
    """A body and its meetings; without: the years that its calendar is not entered for."""

    name: str
    meetings: tuple[dt.date, ...] = ()
    without: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Stop:
    """A meeting of the way, in a lane; assumed when no calendar tells of it."""

    lane: int
    day: dt.date
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """What is drawn. lanes: lowest first, above handläggaren's. work and gone_work: from the start to the draft."""

    today: dt.date
    came: dt.date
    lanes: tuple[Lane, ...]
    stops: tuple[Stop, ...]
    work: tuple[dt.date, dt.date] | None = None
    gone: tuple[Stop, ...] = ()
    gone_work: tuple[dt.date, dt.date] | None = None
    goal: dt.date | None = None
    law: dt.date | None = None
    stated: tuple[dt.date, ...] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """A scene between its first and its last day."""

    scene: Scene
    first: dt.date
    last: dt.date

    def x(self, day: dt.date) -> float:
        """Return where a day lies; one that is not drawn at the nearest edge."""
        day = min(max(day, self.first), self.last)
        return LEFT + (day - self.first).days * (RIGHT - LEFT) / (self.last - self.first).days


def chart_of(scene: Scene) -> Chart:
    """Return the days that are drawn: always today and every meeting of the plan."""
    days = [scene.today, *(s.day for s in scene.stops), *(scene.work or ())]
    earliest = min(days)
    lost = [s.day for s in scene.gone] + list(scene.gone_work or ())
    first = min(earliest, max(min([scene.came, *lost]), scene.today - _BEFORE)).replace(day=1)
    aims = [d for d in (scene.goal, scene.law, *scene.stated) if d and d <= first + _LONGEST]
    last = max([*days, scene.today + dt.timedelta(days=90), *aims]) + _AFTER
    return Chart(scene, first, last)
