"""Runs the bot as `namndbot run` does, on a clock of its own that begins at a moment and goes at the pace of the real one.

python -m tests.e2e.bot_at namndbot.toml 2026-11-24T08:12
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import sys
import time
from contextlib import closing
from pathlib import Path

from bot import run, settings, wiring
from tests.builders import STOCKHOLM


class LaterClock:
    """A clock that was set once."""

    def __init__(self, begin: dt.datetime) -> None:
        self._begin = begin
        self._since = time.monotonic()

    def now(self) -> dt.datetime:
        return self._begin + dt.timedelta(seconds=time.monotonic() - self._since)


def main(file: str, moment: str) -> int:
    """Run the bot until it is told to stop; return its exit code."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    begin = dt.datetime.fromisoformat(moment).replace(tzinfo=STOCKHOLM)
    made = settings.load(Path(file))
    with run.only_one(made.lock_file), closing(wiring.build(made, clock=LaterClock(begin))) as house:
        return asyncio.run(run.serve(house))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
