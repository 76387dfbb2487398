"""Nobody has answered: after so many working days somebody else is told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from handlers.rules.workdays import workdays_after, workdays_between


def due(asked: Sequence[dt.date], told: Sequence[dt.date], patience: int, today: dt.date) -> bool:
    """Say whether a question has been silent for so many working days since it was first asked, and since anybody
    else was last told of it.

    >>> monday = dt.date(2026, 11, 16)
    >>> due([monday], [], 5, dt.date(2026, 11, 20)), due([monday], [], 5, dt.date(2026, 11, 23))
    (False, True)
    >>> due([monday], [dt.date(2026, 11, 23)], 5, dt.date(2026, 11, 24))
    False
    """
    if not asked:
        return False
    return workdays_between(max(told, default=min(asked)), today) >= patience


def next_day(asked: Sequence[dt.date], told: Sequence[dt.date], patience: int) -> dt.date | None:
    """Return the first day on which a question has been silent for so long; None when nobody was asked.

    >>> next_day([dt.date(2026, 11, 16)], [], 5)
    datetime.date(2026, 11, 23)
    """
    if not asked:
        return None
    return workdays_after(max(told, default=min(asked)), patience)
