"""Nobody has answered: after so many working days somebody else is told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from handlers.rules.workdays import workdays_after


def next_day(asked: Sequence[dt.date], told: Sequence[dt.date], patience: int) -> dt.date | None:
    """Return the first day on which a question has been silent for so long; None when nobody was asked.

    >>> next_day([dt.date(2026, 11, 16)], [], 5)
    datetime.date(2026, 11, 23)
    """
    if not asked:
        return None
    return workdays_after(max(told, default=min(asked)), patience)
