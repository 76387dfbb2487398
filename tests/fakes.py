"""Stand-ins for what lies outside: the clock, the mailbox, the reader."""

from __future__ import annotations

import datetime as dt
import email
import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from bot.readers import read_here
from handlers.ports import Gone, Incoming, LeftOut, Lying, ReadLetter
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
        self.folders: dict[str, dict[str, bytes]] = {
            "registrerat": {},
            "granska": {},
            "hemligt": {},
            "ovrigt": {},
            "skickat": {},
        }
        self.labels: dict[str, str] = {}
        self.sent: dict[str, bytes] = {}

    def put(self, raw: bytes, received: dt.datetime = NOW, name: str | None = None) -> str:
        name = name or f"{len(self.inbox) + sum(map(len, self.folders.values()))}.eml"
        self.inbox[name] = (raw, received)
        return name

    def open(self, *, look_only: bool = False) -> None:
        pass

    def close(self) -> None:
        pass

    def watch(self, wake: Callable[[], None], stopping: threading.Event) -> None:
        pass

    def fetch(self, since: dt.datetime | None = None, *, everything: bool = False) -> Iterator[Incoming]:
        for name, (raw, received) in sorted(self.inbox.items(), key=lambda item: (item[1][1], item[0])):
            if since is None or received >= since:
                yield Incoming(name, raw, received, hashlib.sha256(raw).hexdigest())

    def left_out(self) -> Sequence[LeftOut]:
        return ()

    def move(self, reference: str, folder: Folder, key: str, label: str = "") -> str | None:
        if label:
            self.labels[reference] = label
        if reference in self.inbox:
            self.folders[folder][reference] = self.inbox.pop(reference)[0]
            return reference
        for letters in self.folders.values():
            if reference in letters:
                self.folders[folder][reference] = letters.pop(reference)
                return reference
        return None

    def unmark(self, reference: str, key: str, label: str) -> None:
        if self.labels.get(reference) == label:
            del self.labels[reference]

    def lying(self, folder: Folder, since: dt.datetime | None = None) -> Iterator[Lying]:
        for name, raw in list(self.folders[folder].items()):
            yield Lying(name, NOW, hashlib.sha256(raw).hexdigest(), **headers_of(raw))

    def letter(self, reference: str) -> Incoming:
        for letters in self.folders.values():
            if reference in letters:
                return Incoming(reference, letters[reference], NOW, hashlib.sha256(letters[reference]).hexdigest())
        raise Gone("borta")

    def send(self, message_id: str, raw: bytes, to: str) -> str:
        self.sent[message_id] = raw
        return "ok"

    def was_sent(self, message_id: str) -> bool | None:
        return message_id in self.sent


def headers_of(raw: bytes) -> dict[str, Any]:
    """Return what a mailbox tells of a letter without fetching it."""
    made = email.message_from_bytes(raw)
    answers = f"{made['In-Reply-To'] or ''} {made['References'] or ''}".split()
    return {"subject": made["Subject"] or "", "message_id": made["Message-ID"] or "", "answers": tuple(answers)}


class HereReader:
    """The real reading, in this process: quick, and as right as in a child."""

    def read(self, raw: bytes, context: Context) -> ReadLetter:
        return read_here(raw, context)
