"""The real time in Stockholm; the only caller of now()."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

STOCKHOLM = ZoneInfo("Europe/Stockholm")


class RealClock:
    """The clock on the wall."""

    def now(self) -> dt.datetime:
        """Return the present moment, aware, in Europe/Stockholm."""
        return dt.datetime.now(STOCKHOLM)
