"""Nobody has answered: after so many working days somebody else is told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from handlers.rules.workdays import workdays_between


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
