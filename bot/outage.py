"""Whether a chat service is out of reach: how long to wait, since when, who is told, and when mail takes over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from bot.channels.gateway import ChatError, NotLetIn
from bot.patience import Patience
from handlers import alarms
from handlers.ports import Clock
from storage.records import Namnd
from storage.store import Store

TROUBLE = "chat:"
_FORGOTTEN = dt.timedelta(minutes=30)  # after which a new fault is the first of another outage


class Outage:
    """What is known of a chat service's being away. The beginning stands in the database: a restart does not forget it."""

    def __init__(self, store: Store, namnder: Mapping[str, Namnd], clock: Clock, minutes: float) -> None:
        self._store = store
        self._namnder = namnder
        self._clock = clock
        self._minutes = minutes
        self._patience = Patience()
        self._since: dt.datetime | None = None
        self._last: dt.datetime | None = None

    def away(self) -> bool:
        """Whether the service is to be left alone for now."""
        return self._patience.until(self._clock.now()) is not None

    def given_up(self) -> bool:
        """Whether it has been away for so long that people are told by mail."""
        return self._since is not None and self._clock.now() - self._since >= dt.timedelta(minutes=self._minutes)

    def failed(self, namnd: str, error: ChatError, retry_after: float | None = None) -> dt.datetime:
        """Note that the service could not be reached; return when to try again."""
        until = self._patience.failed(self._clock.now(), retry_after)
        self.told(namnd, error)
        return until

    def told(self, namnd: str, error: ChatError) -> None:
        """Note a fault, and tell people when it has lasted, or at once where only they can mend it."""
        now, board = self._clock.now(), self._namnder.get(namnd)
        if board is None:
            return
        name = f"{TROUBLE}{namnd}"
        with self._store.book() as book:
            known = next((t for t in book.troubles((namnd,)) if t.name == name), None)
            if known is not None and self._last is not None and now - self._last > _FORGOTTEN:
                alarms.worked(book, name, board, now=now)  # it worked meanwhile, and nobody had anything to say
                known = None
            at_once = isinstance(error, NotLetIn)
            alarms.failed(book, name, board, str(error), minutes=self._minutes, at_once=at_once, now=now)
        began = known.since if known is not None else now
        self._since = min(self._since, began) if self._since is not None and known is not None else began
        self._last = now

    def worked(self) -> None:
        """Note that the service has taken something; troubles of all nämnder are over."""
        self._patience.worked()
        self._last = None
        if self._since is None:
            return
        self._since = None
        with self._store.book() as book:
            for key, namnd in self._namnder.items():
                alarms.worked(book, f"{TROUBLE}{key}", namnd, now=self._clock.now())
