"""The doors that the handlers and the post room look out through; the files behind them live in bot/."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from handlers.reading.reading import Context, Reading
from storage.records import Folder


@dataclass(frozen=True, slots=True)
class Incoming:
    """One letter as the mailbox gives it."""

    reference: str  # how this mailbox names it; opaque, may change when the letter is moved
    raw: bytes
    received: dt.datetime  # when the server (or the topmost Received header) got it, aware


@dataclass(frozen=True, slots=True)
class ReadLetter:
    """A Reading and the bytes of its attachments, in the order of `reading.attachments`."""

    reading: Reading
    contents: tuple[bytes, ...] = ()


class Mailbox(Protocol):
    """A place that letters come to. It never deletes a letter."""

    def fetch(self) -> Iterator[Incoming]:
        """Give the letters of the inbox, oldest first."""
        ...

    def move(self, reference: str, folder: Folder, key: str) -> str | None:
        """Move the letter whose mailbox key this is; return what it is now called, None when it is nowhere to be found.

        Repeatable. Another letter that has come to carry the same reference is left alone.
        """
        ...

    def send(self, message_id: str, raw: bytes) -> None:
        """Send a finished MIME message. The same message_id sent again replaces the first where the kind allows."""
        ...


class Reader(Protocol):
    """Reads a letter somewhere where it can do no harm."""

    def read(self, raw: bytes, context: Context) -> ReadLetter:
        """Return what the letter says. Never raises for what stands in the letter: then reading.unreadable is set."""
        ...


class Clock(Protocol):
    """The time; replaced in tests and in the demo."""

    def now(self) -> dt.datetime:
        """Return the present moment, aware, in Europe/Stockholm."""
        ...
