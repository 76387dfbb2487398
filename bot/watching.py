"""Waits at each mailbox for a sign that something has come, and wakes the post room: a sign only, never the truth."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.patience import Patience
from handlers.ports import Clock, DoorError, Mailbox

log = logging.getLogger("namndbot.watching")


@dataclass(slots=True)
class Watchers:
    """A thread per mailbox. What they miss is found by the next poll."""

    mailboxes: Mapping[str, Mailbox]
    wake: Callable[[str], None]  # told the nämnd whose mailbox it is
    clock: Clock
    stopping: threading.Event
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Start waiting."""
        for key, mailbox in self.mailboxes.items():
            thread = threading.Thread(target=self._watch, args=(key, mailbox), name=f"watch {key}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def join(self, seconds: float) -> None:
        """Wait for the threads to end, so long at the most; stopping must be set."""
        for thread in self._threads:
            thread.join(seconds)

    def _watch(self, key: str, mailbox: Mailbox) -> None:
        patience = Patience()
        while not self.stopping.is_set():
            begun = self.clock.now()
            try:
                mailbox.watch(lambda: self.wake(key), self.stopping)
                return  # this kind has nothing that tells, or the bot stops
            except (DoorError, OSError) as error:
                log.info("waiting at the mailbox of %s ended: %s", key, type(error).__name__)
            except Exception as error:  # noqa: BLE001  the poll goes on without a sign
                log.error("waiting at the mailbox of %s broke: %s", key, type(error).__name__)
            now = self.clock.now()
            if (now - begun).total_seconds() > 60:
                patience.worked()
            # What came while nobody waited is looked for at once.
            self.wake(key)
            self.stopping.wait((patience.failed(now) - now).total_seconds())
