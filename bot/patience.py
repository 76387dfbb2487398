"""How long to wait before something that is out of reach is tried again: longer and longer, and never in step."""

from __future__ import annotations

import datetime as dt
import random
import threading
from collections.abc import Callable

_FIRST = 5.0  # seconds
_LONGEST = 600.0
_LONGEST_ASKED = 3600.0  # a server that asks for more is tried after this all the same


class Patience:
    """Remembers that something failed, and says when it may be tried again. For one process; safe among threads."""

    def __init__(self, chance: Callable[[], float] = random.random) -> None:
        self._chance = chance
        self._lock = threading.Lock()
        self._times = 0
        self._until: dt.datetime | None = None

    def until(self, now: dt.datetime) -> dt.datetime | None:
        """Return the moment that is to be waited for; None when it may be tried now."""
        with self._lock:
            # A clock that was set back must not make a wait of years.
            if self._until is None or not now < self._until <= now + dt.timedelta(seconds=_LONGEST_ASKED):
                return None
            return self._until

    def failed(self, now: dt.datetime, retry_after: float | None = None) -> dt.datetime:
        """Note a failure; return when to try again. retry_after: seconds that the other side asked for."""
        with self._lock:
            wait = min(_FIRST * 2 ** min(self._times, 20), _LONGEST) * (0.5 + self._chance() / 2)
            if retry_after is not None:
                # Never sooner than asked; a little later, so that several copies do not come back together.
                wait = max(wait, min(retry_after, _LONGEST_ASKED) + self._chance())
            self._times += 1
            self._until = now + dt.timedelta(seconds=wait)
            return self._until

    def worked(self) -> None:
        """Forget the failures."""
        with self._lock:
            self._times, self._until = 0, None
