"""Who reads a SQLite file with a rollback journal, and when a transaction may be written to it.

Such a file is read by many or written by one. SQLite has whoever comes at the wrong time sleep and try again, longer each
time, and lets nobody begin to read while a writer waits for the slowest reader. Here the writer of this process waits for a
moment when nobody reads, and is woken at once; only when none comes do new readers wait. Other processes are SQLite's.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator

PATIENT = 0.25  # seconds that readers may come and go before a writer
LONGEST = 5.0  # seconds that new readers are kept waiting by a reader that does not end; then SQLite decides


class Turns:
    """The turns of one process at one file; thread-safe. A thread that reads may read again inside."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._readers: dict[int, int] = {}  # how many reads are open, by thread
        self._closed = False

    @contextlib.contextmanager
    def read(self) -> Iterator[None]:
        """Read as soon as nobody writes."""
        me = threading.get_ident()
        with self._changed:
            self._changed.wait_for(lambda: me in self._readers or not self._closed)
            self._readers[me] = self._readers.get(me, 0) + 1
        try:
            yield
        finally:
            with self._changed:
                self._readers[me] -= 1
                if not self._readers[me]:
                    del self._readers[me]
                    self._changed.notify_all()

    @contextlib.contextmanager
    def write(self) -> Iterator[None]:
        """Write when nobody reads, with nobody beginning to. Only one writes at a time: the store sees to that."""
        me = threading.get_ident()
        with self._changed:
            until = time.monotonic() + PATIENT
            while self._others(me) and (left := until - time.monotonic()) > 0:
                self._changed.wait(left)
            self._closed = True
        try:
            with self._changed:
                self._changed.wait_for(lambda: not self._others(me), LONGEST)
            yield
        finally:
            with self._changed:
                self._closed = False
                self._changed.notify_all()

    def _others(self, me: int) -> bool:
        return bool(self._readers.keys() - {me})
