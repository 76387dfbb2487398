"""A folder as mailbox: letters as .eml and .msg in inkorg/, moved by renaming; what goes out is written to utkorg/."""

from __future__ import annotations

import datetime as dt
import email.utils
import hashlib
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

from handlers.ports import Incoming
from storage.raw.files import as_storage_error, sync_folder, write_durably
from storage.records import Folder

FOLDERS: tuple[Folder, ...] = ("registrerat", "granska", "hemligt", "ovrigt")
_LETTERS = (".eml", ".msg")
# Who puts a letter here by copying may be half-way: a file is whole when it has lain still this long.
_SETTLED = 2.0
_SECOND_LOOK = 0.05
# A folded Received header ends with its date, behind the last semicolon.
_RECEIVED = re.compile(rb"^received:(.*(?:\r?\n[ \t].*)*)", re.IGNORECASE | re.MULTILINE)
_HEADERS = 65_536  # bytes: Received is looked for in so much of a letter's beginning


class FolderMailbox:
    """One nämnd's folder. Files that begin with a dot or end otherwise than .eml or .msg are somebody else's."""

    def __init__(self, folder: Path, *, settled_seconds: float = _SETTLED) -> None:
        self._folder = folder
        self._settled = settled_seconds
        self._seen: dict[str, tuple[int, int]] = {}
        self._ready = False

    @property
    def inbox(self) -> Path:
        """Where letters come in."""
        return self._folder / "inkorg"

    def fetch(self) -> Iterator[Incoming]:
        """Give the letters that are whole, oldest first. A file that grows is left until it lies still."""
        self._make()
        letters = []
        for path in self._whole():
            head = self._head(path)
            if head is not None:
                letters.append((received_time(head, path), path))
        for received, path in sorted(letters, key=lambda one: (one[0], one[1].name)):
            try:
                raw = path.read_bytes()
            except FileNotFoundError:
                continue  # a person was faster
            yield Incoming(path.name, raw, received)

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
        for entry in os.scandir(self.inbox):
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
        except OSError:
            return None

    def move(self, reference: str, folder: Folder) -> bool:
        """Move a letter out of the inbox, or from one folder to another; False when it is nowhere to be found."""
        self._make()
        name = Path(reference).name
        target = self._folder / folder / name
        sources = [self.inbox / name, *(self._folder / f / name for f in FOLDERS if f != folder)]
        for source in sources:
            if not source.is_file():
                continue
            if target.exists():
                if source.parent != self.inbox:
                    return True
                if source.read_bytes() != target.read_bytes():
                    # Another letter of the same name: both are kept.
                    digest = hashlib.sha256(source.read_bytes()).hexdigest()[:8]
                    target = target.with_name(f"{target.stem}-{digest}{target.suffix}")
            try:
                os.replace(source, target)
            except FileNotFoundError:
                return False
            except OSError as error:
                raise as_storage_error(error, target) from error
            sync_folder(target.parent)
            sync_folder(source.parent)
            return True
        return target.exists()

    def send(self, message_id: str, raw: bytes) -> None:
        """Write a message to utkorg/ under a name made of its Message-ID: sent again, it replaces itself."""
        self._make()
        name = re.sub(r"[^a-z0-9.@-]", "", message_id.lower())[:100] or hashlib.sha256(raw).hexdigest()[:24]
        try:
            write_durably(self._folder / "utkorg" / f"{name}.eml", raw)
        except OSError as error:
            raise as_storage_error(error, self._folder / "utkorg") from error

    def _make(self) -> None:
        if self._ready:
            return
        try:
            for name in ("inkorg", "utkorg", *FOLDERS):
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
            moment = email.utils.parsedate_to_datetime(" ".join(date.split()))
        except (ValueError, TypeError, IndexError, OverflowError):
            moment = None
        if moment is not None:
            return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    return dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)
