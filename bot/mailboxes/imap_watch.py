"""Waits in IDLE for what comes to a folder on an IMAP server (RFC 2177), in a connection of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from bot.mailboxes.imap_wire import Line, Refused

_TICK = 0.25  # seconds: how soon a watch sees that it is to stop


def watch(line: Line, folder: str, wake: Callable[[], None], stopping: threading.Event, seconds: float) -> None:
    """Wake for all that comes, until stopping is set; return when the server has no IDLE. The line is dropped after.

    seconds: how long one IDLE may last before the server is asked whether it lives.
    """
    try:
        if "IDLE" not in line.capabilities:
            return
        try:
            line.select(folder, readonly=True)
        except Refused as refused:
            raise line.refusal(refused, "öppna brevlådan") from None
        while not stopping.is_set():
            line.start_idle()
            wake()  # what came before the server listened for us
            _idle(line, wake, stopping, seconds)
    finally:
        line.drop()


def _idle(line: Line, wake: Callable[[], None], stopping: threading.Event, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and not stopping.is_set():
        if line.wait_idle(_TICK):
            break
    # A dead connection does not answer, and that is noticed here.
    if not stopping.is_set() and line.stop_idle():
        wake()
