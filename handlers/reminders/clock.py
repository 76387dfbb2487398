"""A day on a case draws near or has passed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

_WEEK = 7


def due(ladder: Sequence[int], day: dt.date, today: dt.date) -> int | None:
    """Return the step of a ladder that holds today, in days left, or None before the first.

    It asks "at most three days left", never "exactly three": after a week's silence the next morning gives one step,
    the right one. Past the ladder's last step there is one every seventh day.

    >>> due([14, 7, 3, 1, 0, -1], dt.date(2026, 12, 10), dt.date(2026, 12, 5))
    7
    >>> due([14, 7, 3, 1, 0, -1], dt.date(2026, 12, 10), dt.date(2026, 12, 26))
    -15
    """
    left = (day - today).days
    reached = [step for step in ladder if step >= left]
    if not reached:
        return None
    step = min(reached)
    if step == min(ladder):
        step -= _WEEK * ((step - left) // _WEEK)
    return step


def next_day(ladder: Sequence[int], day: dt.date, today: dt.date) -> dt.date:
    """Return the first day after today on which the ladder gives another step than today's: until then there is
    nothing to look at.

    >>> next_day([14, 7, 3, 1, 0, -1], dt.date(2026, 12, 10), dt.date(2026, 12, 5))
    datetime.date(2026, 12, 7)
    >>> next_day([14, 7, 3, 1, 0, -1], dt.date(2026, 12, 10), dt.date(2026, 12, 26))
    datetime.date(2027, 1, 1)
    """
    left, last = (day - today).days, min(ladder)
    if left > last:
        return day - dt.timedelta(days=max(step for step in ladder if step < left))
    return day - dt.timedelta(days=last - _WEEK * ((last - left) // _WEEK + 1))
