"""The doors that the handlers and the post room look out through; the files behind them live in bot/.

What may go wrong behind them:

    DoorError
    ├── Away        the server is down, slow, full or has asked us to wait: tried again, later and later
    ├── Shut        the server says no (password, rights, certificate, another mailbox): a person must do something
    ├── Gone        one letter is not there any more: somebody moved it
    └── Undelivered one message was not accepted for its receiver, for good
        ├── TooBig  it was too big; without its files it may go
        └── Unknown the connection broke after the message was handed over: it may have been accepted
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from handlers.reading.reading import Context, Reading
from storage.records import Folder


class DoorError(Exception):
    """Something outside did not do what was asked. The text is Swedish, for people, and names no letter and no secret."""


class Away(DoorError):
    """The server cannot be reached or has no time now. retry_after: seconds that it has asked us to wait, else None."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Shut(DoorError):
    """The server says no, and will go on saying it until a person has changed something; the text says what."""


class Gone(DoorError):
    """A letter is not where it was: moved or deleted by somebody, or by another copy of the bot."""


class Undelivered(DoorError):
    """A message was refused for good: the address does not exist, or the message is too big. Nothing was sent."""


class TooBig(Undelivered):
    """A message is bigger than this way out takes. Nothing was sent."""


class Unknown(Undelivered):
    """Nobody knows whether a message was accepted: look for it among what was sent before it is sent again."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One letter as the mailbox gives it."""

    reference: str  # how this mailbox names it; opaque, may change when the letter is moved
    raw: bytes
    received: dt.datetime  # when the server (or the topmost Received header) got it, aware
    # What the letter is known by in this mailbox wherever it is moved: the SHA-256 of its bytes where the server keeps
    # them (a folder, IMAP), else an id of the server's that survives a move. Never the Message-ID.
    key: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A letter of the inbox that cannot be fetched, and so cannot be registered by the bot."""

    reference: str
    received: dt.datetime | None  # None where the server does not tell it
    why: str  # Swedish, for people: what is wrong with it; names no letter
    registered: bool = False  # it could be fetched, and cannot be moved out of the inbox


@dataclass(frozen=True, slots=True)
class Lying:
    """A letter that lies in a folder, told without its bytes."""

    reference: str
    received: dt.datetime
    key: str | None = None  # None where only the bytes tell it
    subject: str = ""
    message_id: str = ""
    answers: tuple[str, ...] = ()  # In-Reply-To and References


@dataclass(frozen=True, slots=True)
class ReadLetter:
    """A Reading and the bytes of its attachments, in the order of `reading.attachments`."""

    reading: Reading
    contents: tuple[bytes, ...] = ()


class Mailbox(Protocol):
    """A place that letters come to. It never deletes a letter, and changes nothing but the folder and the mark of one.

    Every method may raise Away and Shut. One thread at a time calls open, fetch, move, lying and letter, but not always
    the same one; watch runs in a thread of its own beside them.
    """

    def open(self, *, look_only: bool = False) -> None:
        """Connect, see that the mailbox is the one that the settings name, and make the folders that are missing.

        Repeatable, and cheap when it is open. look_only: make nothing. Raises Shut when it is another's mailbox.
        """
        ...

    def fetch(self, since: dt.datetime | None = None, *, everything: bool = False) -> Iterator[Incoming]:
        """Give the letters of the inbox that were received since then, oldest first, one at a time.

        A letter that is not moved is given again the next time. everything: list the whole inbox anew instead of
        asking what has changed. A letter that cannot be fetched whole is left out, see left_out; the others come.
        """
        ...

    def left_out(self) -> Sequence[LeftOut]:
        """Tell which letters lie in the inbox that the last fetch, gone through to its end, could not give."""
        ...

    def move(self, reference: str, folder: Folder, key: str, label: str = "") -> str | None:
        """Move the letter whose key this is; return what it is now called, None when it is nowhere to be found.

        label: a category or keyword to put on it, the diarienummer. Repeatable: a letter that lies there already is
        found there. Another letter that has come to carry the same reference is left alone.
        """
        ...

    def unmark(self, reference: str, key: str, label: str) -> None:
        """Take a mark that we have put on a letter off again; people's own stay. Repeatable; nothing where it has none."""
        ...

    def lying(self, folder: Folder, since: dt.datetime | None = None) -> Iterator[Lying]:
        """Tell what lies in a folder and was received (in `skickat`: sent) since then, without fetching it."""
        ...

    def letter(self, reference: str) -> Incoming:
        """Fetch one letter that `lying` told of. Raises Gone."""
        ...

    def watch(self, wake: Callable[[], None], stopping: threading.Event) -> None:
        """Call wake whenever something may have come, until stopping is set. Returns at once where nothing tells.

        It is a wake-up only: what has come is found by fetch.
        """
        ...

    def close(self) -> None:
        """Let the connection go; open makes a new one."""
        ...


@runtime_checkable
class Sender(Protocol):
    """A way out for finished mail. Called from one thread at a time, beside the mailbox's."""

    def send(self, message_id: str, raw: bytes, to: str) -> str:
        """Send a finished MIME message to one address; return what the server said of it, as evidence.

        Raises Undelivered when it was refused for good, Unknown when it may or may not have been accepted, Away and
        Shut when nothing was sent.
        """
        ...

    def was_sent(self, message_id: str) -> bool | None:
        """Say whether a message with that id has been accepted before; None where nothing can tell."""
        ...

    def close(self) -> None:
        """Let the connection go."""
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
