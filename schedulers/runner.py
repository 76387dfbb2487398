"""Runs the timetable; the only importer of apscheduler."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import threading
from collections.abc import Callable, Sequence

from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from schedulers.timetable import Every


class _Work:
    """One thing of the timetable. Asked for while it is being done, it is done once more after."""

    def __init__(self, do: Callable[[], object]) -> None:
        self._do = do
        self._lock = threading.Lock()
        self._running = self._again = False

    def __call__(self) -> None:
        with self._lock:
            self._running = True
        while True:
            try:
                self._do()
            except BaseException:
                with self._lock:
                    self._running = self._again = False
                raise
            with self._lock:
                self._running, self._again = self._again, False
                if not self._running:
                    return

    def again(self) -> bool:
        """Ask for it once more; return False when it is not being done now."""
        with self._lock:
            self._again = self._running
            return self._running


class Runner:
    """Does what the timetable says, each thing one at a time and in a thread, until it is stopped."""

    def __init__(self, timetable: Sequence[Every], on_error: Callable[[str, BaseException], None]) -> None:
        self._timetable = timetable
        self._on_error = on_error
        self._work = {entry.name: _Work(entry.do) for entry in timetable}
        # Intervals only, in UTC: they do not notice when the clocks change.
        self._scheduler = AsyncIOScheduler(
            timezone=dt.UTC, job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
        )

    def start(self) -> None:
        """Start; needs a running event loop."""
        for entry in self._timetable:
            self._scheduler.add_job(
                asyncio.to_thread,
                IntervalTrigger(seconds=entry.seconds, timezone=dt.UTC),
                args=[self._work[entry.name]],
                id=entry.name,
            )
        # The next time may go better; the fault is told in our words, not as a trace that may hold a letter's.
        logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
        self._scheduler.add_listener(self._told, EVENT_JOB_ERROR)
        self._scheduler.start()

    def soon(self, *names: str) -> None:
        """Do some things of the timetable now, without waiting for their time; without names everything.

        What is being done at this moment is done once more after it.
        """
        for job in self._scheduler.get_jobs():
            if (not names or job.id in names) and not self._work[job.id].again():
                job.modify(next_run_time=dt.datetime.now(dt.UTC))

    def _told(self, event: JobExecutionEvent) -> None:
        # What `stop` lets go of goes on in its thread until it sees that the bot stops: that is no fault.
        if not isinstance(event.exception, asyncio.CancelledError):
            self._on_error(event.job_id, event.exception)

    def stop(self) -> None:
        """Start nothing more; what runs in a thread is told by its own means."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
