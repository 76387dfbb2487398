"""Stand-ins for what lies outside: the clock, the mailbox, the reader."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from bot.readers import read_here
from handlers.ports import Incoming, ReadLetter
from handlers.reading.reading import Context
from storage.records import Folder
from tests.builders import NOW


class FixedClock:
    """A clock that stands until somebody moves it."""

    def __init__(self, now: dt.datetime = NOW) -> None:
        self._now = now

    def now(self) -> dt.datetime:
        return self._now

    def forward(self, **by: float) -> None:
        self._now += dt.timedelta(**by)


class MemoryMailbox:
    """A mailbox in memory, with folders that a test can look into."""

    def __init__(self) -> None:
        self.inbox: dict[str, tuple[bytes, dt.datetime]] = {}
        self.folders: dict[str, dict[str, bytes]] = {"registrerat": {}, "granska": {}, "hemligt": {}, "ovrigt": {}}
        self.sent: dict[str, bytes] = {}

    def put(self, raw: bytes, received: dt.datetime = NOW, name: str | None = None) -> str:
        name = name or f"{len(self.inbox) + sum(map(len, self.folders.values()))}.eml"
        self.inbox[name] = (raw, received)
        return name

    def fetch(self) -> Iterator[Incoming]:
        for name, (raw, received) in sorted(self.inbox.items(), key=lambda item: (item[1][1], item[0])):
            yield Incoming(name, raw, received)

    def move(self, reference: str, folder: Folder, key: str) -> str | None:
        if reference in self.inbox:
            self.folders[folder][reference] = self.inbox.pop(reference)[0]
            return reference
        for letters in self.folders.values():
            if reference in letters:
                self.folders[folder][reference] = letters.pop(reference)
                return reference
        return None

    def send(self, message_id: str, raw: bytes) -> None:
        self.sent[message_id] = raw


class HereReader:
    """The real reading, in this process: quick, and as right as in a child."""

    def read(self, raw: bytes, context: Context) -> ReadLetter:
        return read_here(raw, context)
