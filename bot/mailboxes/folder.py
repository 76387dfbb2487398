"""A folder as mailbox: letters as .eml and .msg in inkorg/, moved by renaming; what goes out is written to utkorg/."""

from __future__ import annotations

import datetime as dt
import email.utils
import hashlib
import logging
import os
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bot.doors import FolderBox
from handlers.ports import Gone, Incoming, LeftOut, Lying
from storage.raw import sha256_of
from storage.raw.files import as_storage_error, sync_folder, write_durably
from storage.records import Folder

log = logging.getLogger("namndbot.mailbox")

FOLDERS: tuple[Folder, ...] = ("registrerat", "granska", "hemligt", "ovrigt")
_LETTERS = (".eml", ".msg")
# Who puts a letter here by copying may be half-way: a file is whole when it has lain still this long.
_SETTLED = 2.0
_SECOND_LOOK = 0.05
# A letter whose last boundary has not come is left alone for so long; then it is taken as it is.
_STALLED = 60.0
_BOUNDARY = re.compile(
    rb'^content-type:\s*multipart/[^;\r\n]*;(?:[^\r\n]|\r?\n[ \t])*?boundary=(?:"([^"\r\n]{1,200})"|([^\s;"]{1,200}))',
    re.IGNORECASE | re.MULTILINE,
)
# A folded Received header ends with its date, behind the last semicolon.
_RECEIVED = re.compile(rb"^received:(.*(?:\r?\n[ \t].*)*)", re.IGNORECASE | re.MULTILINE)
_MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^>\r\n]{1,250}>)", re.IGNORECASE | re.MULTILINE)
_HEADERS = 65_536  # bytes: Received is looked for in so much of a letter's beginning


class FolderMailbox:
    """One nämnd's folder. Files that begin with a dot or end otherwise than .eml or .msg are somebody else's."""

    def __init__(self, box: FolderBox, *, settled_seconds: float = _SETTLED) -> None:
        self._folder = box.folder
        self._settled = settled_seconds
        self._seen: dict[str, tuple[int, int]] = {}
        self._ready = False
        self._left: dict[str, LeftOut] = {}

    @property
    def inbox(self) -> Path:
        """Where letters come in."""
        return self._folder / "inkorg"

    def open(self, *, look_only: bool = False) -> None:
        """Make the folders that are missing."""
        if not look_only:
            self._make()

    def close(self) -> None:
        """Do nothing: no connection is held."""

    def watch(self, wake: Callable[[], None], stopping: threading.Event) -> None:
        """Return at once: nothing tells of new files, they are looked for."""

    def fetch(self, since: dt.datetime | None = None, *, everything: bool = False) -> Iterator[Incoming]:
        """Give the letters that are whole, oldest first. A file that grows is left until it lies still."""
        self._left = {}
        if not self.inbox.is_dir():
            return
        letters = []
        for path in self._whole():
            head = self._head(path)
            if head is not None:
                letters.append((received_time(head, path), path))
        letters = [(received, path) for received, path in letters if since is None or received >= since]
        for received, path in sorted(letters, key=lambda one: (one[0], one[1].name)):
            try:
                raw = path.read_bytes()
                young = time.time() - path.stat().st_mtime < _STALLED
            except FileNotFoundError:
                continue  # a person was faster
            except OSError as error:
                self._leave(path, error)
                continue
            if young and not closes(raw):
                continue  # a copy that has stalled: its last boundary has not come
            yield Incoming(_printable(path.name), raw, received, sha256_of(raw))

    def left_out(self) -> Sequence[LeftOut]:
        """Tell which files may not be read."""
        return tuple(self._left.values())

    def _leave(self, path: Path, error: OSError) -> None:
        name = _printable(path.name)
        why = f"filen får inte läsas av boten ({error.strerror}). Ge botens konto rätt till den"
        self._left[name] = LeftOut(name, None, why)

    def _whole(self) -> list[Path]:
        now = self._marks()
        if set(now.items()) - set(self._seen.items()):
            # A copy may keep its original's old time while it grows: new files are looked at twice.
            time.sleep(_SECOND_LOOK)
            before, now = now, self._marks()
            still = {name for name, mark in now.items() if before.get(name) == mark}
        else:
            still = set(now)
        self._seen = now
        now_seconds = time.time()
        return [
            self.inbox / name
            for name, (size, changed) in now.items()
            # A time that lies ahead is another machine's clock and says nothing.
            if name in still and size > 0 and not 0 <= now_seconds - changed / 1e9 < self._settled
        ]

    def _marks(self) -> dict[str, tuple[int, int]]:
        marks = {}
        with os.scandir(self.inbox) as entries:
            found = list(entries)
        for entry in found:
            if entry.name.startswith(".") or not entry.name.lower().endswith(_LETTERS):
                continue
            try:
                stat = entry.stat()
            except FileNotFoundError:
                continue
            if entry.is_file():
                marks[entry.name] = (stat.st_size, stat.st_mtime_ns)
        return marks

    def _head(self, path: Path) -> bytes | None:
        try:
            with path.open("rb") as file:
                return file.read(_HEADERS)
        except FileNotFoundError:
            return None
        except OSError as error:
            log.warning(
                "a letter in %s cannot be read (%s): give the bot's account the right", path.parent, error.strerror
            )
            if path.parent == self.inbox:
                self._leave(path, error)
            return None

    def lying(self, folder: Folder, since: dt.datetime | None = None) -> Iterator[Lying]:
        """Tell what lies in a folder; a file's reference there is the folder and its name."""
        self._make()
        for path in sorted((self._folder / folder).iterdir()):
            if path.name.startswith(".") or not path.name.lower().endswith(_LETTERS) or not path.is_file():
                continue
            head = self._head(path)
            if head is None:
                continue
            received = received_time(head, path)
            if since is None or received >= since:
                key = sha256_of(path.read_bytes())
                yield Lying(f"{folder}/{_printable(path.name)}", received, key, message_id=_message_id(head))

    def letter(self, reference: str) -> Incoming:
        """Return one letter of a folder. Raises Gone."""
        folder, _, name = reference.partition("/")
        path = self._folder / folder / Path(name).name
        try:
            raw = path.read_bytes()
            return Incoming(reference, raw, received_time(raw[:_HEADERS], path), sha256_of(raw))
        except FileNotFoundError:
            raise Gone("Filen ligger inte kvar.") from None
        except OSError as error:
            raise as_storage_error(error, path.parent) from error

    def move(self, reference: str, folder: Folder, key: str, label: str = "") -> str | None:
        """Move the letter with this content out of the inbox, or from one folder to another. A file takes no mark.

        A name is a hint only: files of one name come and go, the content (key, its SHA-256) is the letter. In hemligt
        it loses its name, since Outlook makes file names of subjects.
        """
        self._make()
        name = Path(reference).name
        target = self._folder / folder
        short = f"{key[:16]}{Path(name).suffix.lower() or '.eml'}"
        wanted = short if folder == "hemligt" else name
        if self._holds(target / wanted, key):
            return wanted
        if self._holds(target / short, key):
            return short
        for source in self._places(name, short, folder):
            if self._holds(source, key):
                # Another letter of the same name, or a name too long to keep: this one is called by its content.
                final = target / (short if (target / wanted).exists() or len(os.fsencode(wanted)) > 200 else wanted)
                return self._rename(source, final)
        return None

    def unmark(self, reference: str, key: str, label: str) -> None:
        """Do nothing: a file takes no mark."""

    def _places(self, name: str, short: str, folder: Folder) -> Iterator[Path]:
        for place in ("inkorg", *(f for f in (*FOLDERS, "skickat") if f != folder)):
            for each in (name, short):
                yield self._folder / place / each
        # A name that is no text: looked for among the inbox's, by how it was told.
        for entry in os.listdir(self.inbox):
            if _printable(entry) == name and entry != name:
                yield self.inbox / entry

    def _holds(self, path: Path, key: str) -> bool:
        try:
            return path.is_file() and sha256_of(path.read_bytes()) == key
        except (FileNotFoundError, ValueError):
            return False
        except OSError as error:
            raise as_storage_error(error, path.parent) from error

    def _rename(self, source: Path, final: Path) -> str | None:
        try:
            os.replace(source, final)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise as_storage_error(error, final.parent) from error
        sync_folder(final.parent)
        sync_folder(source.parent)
        return _printable(final.name)

    def send(self, message_id: str, raw: bytes, to: str) -> str:
        """Write a message to utkorg/ under a name made of its Message-ID: sent again, it replaces itself."""
        self._make()
        name = _outgoing_name(message_id) or hashlib.sha256(raw).hexdigest()[:24]
        try:
            write_durably(self._folder / "utkorg" / f"{name}.eml", raw)
        except OSError as error:
            raise as_storage_error(error, self._folder / "utkorg") from error
        return f"utkorg/{name}.eml"

    def was_sent(self, message_id: str) -> bool | None:
        """Say whether the message lies in utkorg/, while nobody has taken it from there."""
        name = _outgoing_name(message_id)
        return True if name and (self._folder / "utkorg" / f"{name}.eml").is_file() else None

    def _make(self) -> None:
        if self._ready:
            return
        try:
            for name in ("inkorg", "utkorg", *FOLDERS, "skickat"):
                (self._folder / name).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise as_storage_error(error, self._folder) from error
        self._ready = True


def received_time(head: bytes, path: Path) -> dt.datetime:
    """Return when the server got the letter: the topmost Received header's date, else the file's time (FL 22 §)."""
    found = _RECEIVED.search(head.partition(b"\r\n\r\n")[0].partition(b"\n\n")[0])
    if found:
        date = found[1].rpartition(b";")[2].decode("ascii", "replace")
        try:
            told = email.utils.parsedate_to_datetime(" ".join(date.split()))
            moment = (told if told.tzinfo else told.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            moment = None
        if moment is not None:
            return moment
    return dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)


def closes(raw: bytes) -> bool:
    """Say whether a multipart letter's last boundary has come; what is not multipart is taken as whole."""
    found = _BOUNDARY.search(raw[:_HEADERS])
    return found is None or b"--" + (found[1] or found[2]) + b"--" in raw


def _outgoing_name(message_id: str) -> str:
    return re.sub(r"[^a-z0-9.@-]", "", message_id.lower())[:100]


def _message_id(head: bytes) -> str:
    found = _MESSAGE_ID.search(head.partition(b"\r\n\r\n")[0].partition(b"\n\n")[0])
    return found[1].decode("ascii", "replace") if found else ""


def _printable(name: str) -> str:
    # A name that is not UTF-8 can be neither stored nor shown.
    return os.fsencode(name).decode("utf-8", "backslashreplace")
