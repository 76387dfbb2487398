"""The arithmetic of time limits (lag 1930:173 om beräkning av lagstadgad tid)."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass

from handlers.rules.workdays import next_workday, workday_after


def add_months(start: dt.date, months: int) -> dt.date:
    """Return the same day number so many months on; the month's last day when it has no such day (1930:173, 1 §).

    A goal and a stated date stay there; only statutory time moves further, see `statutory`.

    >>> add_months(dt.date(2026, 8, 31), 6)
    datetime.date(2027, 2, 28)
    """
    years, month = divmod(start.month - 1 + months, 12)
    year, month = start.year + years, month + 1
    return dt.date(year, month, min(start.day, calendar.monthrange(year, month)[1]))


def statutory(last: dt.date) -> dt.date:
    """Move the last day of statutory time to the next working day when it falls on a day off (1930:173, 2 §).

    >>> statutory(dt.date(2027, 2, 28))
    datetime.date(2027, 3, 1)
    """
    return next_workday(last)


@dataclass(frozen=True, slots=True)
class Registration:
    """The clock of a letter that waits for its number: the last day, what for, where that stands, and how it stands."""

    day: dt.date
    late: bool
    purpose: str = "registrera brevet"
    source: str = "offentlighets- och sekretesslagen 5 kap. 1 §"


def registration(came: dt.date, today: dt.date) -> Registration:
    """Return how a letter that has no number yet stands on a day: late from the day after the next working day.

    >>> registration(dt.date(2026, 11, 24), dt.date(2026, 11, 25)).late
    False
    >>> clock = registration(dt.date(2026, 11, 24), dt.date(2026, 11, 26))
    >>> clock.day, clock.late, clock.source
    (datetime.date(2026, 11, 25), True, 'offentlighets- och sekretesslagen 5 kap. 1 §')
    """
    day = registered_by(came)
    return Registration(day, day < today)


def registered_by(came: dt.date) -> dt.date:
    """Return the day by which a letter is to be registered: the next working day at the latest (OSL 2009:400 5 kap.
    1 §, "så snart"; JO 3579-05).

    >>> registered_by(dt.date(2026, 12, 23))
    datetime.date(2026, 12, 28)
    """
    return workday_after(came)
