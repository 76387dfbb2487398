"""Warm child processes that read letters under limits: what a letter can break is a child, never the bot."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.reading_child import HEADER_LIMIT, find_read, frame, read_letter
from handlers.ports import ReadLetter
from handlers.reading.reading import Context, Reading

UNDERSTANDING = "handlers.reading.understanding:read"
LARGEST = 60_000_000  # bytes of one letter; Exchange takes 36 MB unless told otherwise
START_SECONDS = 60.0  # a child that is not ready by then never will be

TOO_LARGE = "Brevet gick inte att läsa: det är för stort."
TOO_SLOW = "Brevet gick inte att läsa: det tog för lång tid."
STOPPED = "Brevet gick inte att läsa: läsaren stannade."


class ReaderClosed(Exception):
    """The readers were closed while a letter was being read: the program ends, the letter stays where it is."""


class ReaderBroken(Exception):
    """No child can be started. That is the installation's fault, not the letter's: try the letter again later."""


class _Failed(Exception):
    """A child did not give a reading; the reason is for people."""


class Readers:
    """A few children that read letters; implements handlers.ports.Reader. Any thread may call it."""

    def __init__(
        self,
        count: int = 2,
        seconds: float = 30,
        cpu_seconds: float = 20,
        megabytes: int = 1024,
        letters_per_child: int = 5000,
        largest: int = LARGEST,
        understanding: str = UNDERSTANDING,
        python_path: Sequence[str] = (),
    ) -> None:
        """Name the limits; nothing is started before `warm` or the first letter.

        `seconds` is wall time and `cpu_seconds` processor time for one letter, `megabytes` the child's whole address
        space. `understanding` and `python_path` say what reads ("module:function") and where else to find it.
        """
        self._seconds = seconds
        self._letters_per_child = letters_per_child
        self._largest = largest
        limits = (str(megabytes), str(cpu_seconds), str(seconds))
        # -s and -P: neither the user's own packages nor the folder we happen to stand in.
        self._command = [sys.executable, "-s", "-P", "-m", "bot.reading_child", *limits, understanding]
        self._environment = _environment(python_path)
        self._condition = threading.Condition()
        self._free: list[_Child | None] = [None] * count
        self._children: set[_Child] = set()
        self._closed = False

    def __enter__(self) -> Readers:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def warm(self) -> None:
        """Start the children that are not started yet; they get ready while we go on."""
        with self._condition:
            for place, child in enumerate(self._free):
                if child is None:
                    self._free[place] = self._started()

    def read(self, raw: bytes, context: Context) -> ReadLetter:
        """Return what the letter says; what two children could not read comes back with reading.unreadable set.

        Raises ReaderClosed when the readers are closed, and ReaderBroken when no child can be started.
        """
        if len(raw) > self._largest:
            return _unreadable(raw, TOO_LARGE)
        reason = STOPPED
        for _ in range(2):
            child = self._taken()
            try:
                letter = child.read(raw, context, self._seconds)
            except (_Failed, ReaderBroken) as failure:
                child.kill()
                if self._closed:
                    raise ReaderClosed from None
                if isinstance(failure, ReaderBroken):
                    raise
                reason = str(failure)
            except BaseException:
                child.kill()  # a half read answer would be taken for that of the next letter
                raise
            else:
                return letter
            finally:
                self._given_back(child)
        return _unreadable(raw, reason)

    def close(self) -> None:
        """Kill all children at once; reads that wait raise ReaderClosed."""
        with self._condition:
            self._closed = True
            children, idle = list(self._children), [child for child in self._free if child is not None]
            self._children.clear()
            self._free = []
            self._condition.notify_all()
        for child in children:
            child.kill()
        for child in idle:
            child.drop()  # those at work are dropped by the thread that waits for them

    def _taken(self) -> _Child:
        with self._condition:
            while not self._free and not self._closed:
                self._condition.wait()
            if self._closed:
                raise ReaderClosed
            child = self._free.pop()
            if child is not None and child.alive():
                return child
            try:
                return self._started(child)
            except BaseException:
                self._free.append(None)
                raise

    def _given_back(self, child: _Child) -> None:
        worn = child.letters >= self._letters_per_child or not child.alive()
        with self._condition:
            if worn or self._closed:
                self._children.discard(child)
                child.drop()
            self._free.append(None if worn or self._closed else child)
            self._condition.notify()

    def _started(self, instead_of: _Child | None = None) -> _Child:
        if self._closed:
            raise ReaderClosed
        if instead_of is not None:
            instead_of.drop()
            self._children.discard(instead_of)
        try:
            child = _Child(self._command, self._environment)
        except OSError as refusal:
            raise ReaderBroken(f"Läsaren går inte att starta: {refusal}") from refusal
        self._children.add(child)
        return child


def read_here(raw: bytes, context: Context, understanding: str = UNDERSTANDING) -> ReadLetter:
    """Read a letter in this process, without a child and without limits: for trusted letters and for tests."""
    reading, contents = read_letter(raw, context, find_read(understanding))
    return ReadLetter(reading, contents)


class _Child:
    """One child process and the two pipes to it; used by one thread at a time, but may be killed by any."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self.letters = 0
        self._ready = False
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd="/",
            start_new_session=True,  # Ctrl-C in the terminal is for the bot, which closes its children itself
            bufsize=0,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._into, self._from = self._process.stdin, self._process.stdout
        for pipe in (self._into, self._from):
            os.set_blocking(pipe.fileno(), False)

    def alive(self) -> bool:
        with self._lock:
            return self._process.poll() is None

    def kill(self) -> None:
        """Kill the child and whatever it started. The pipes stay open for the thread that reads them to see the end."""
        with self._lock:
            if self._process.poll() is None:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()

    def drop(self) -> None:
        """Kill the child and close its pipes; only for the thread that has the child."""
        self.kill()
        self._into.close()
        self._from.close()

    def read(self, raw: bytes, context: Context, seconds: float) -> ReadLetter:
        if not self._ready:
            self._await_ready()
        self.letters += 1
        told = dataclasses.asdict(context)
        told["received"] = context.received.isoformat() if context.received else None
        header, contents = self._asked(frame({"context": told}, [raw]), time.monotonic() + seconds, 4 * len(raw))
        if "reading" not in header:
            raise _Failed(TOO_LARGE if header.get("failed") == "memory" else STOPPED)
        try:
            reading = Reading.from_json(header["reading"])
        except (TypeError, ValueError, KeyError, AttributeError, AssertionError) as rubbish:
            raise _Failed(STOPPED) from rubbish
        if [a.size for a in reading.attachments] != [len(c) for c in contents]:
            raise _Failed(STOPPED)
        return ReadLetter(reading, tuple(contents))

    def _await_ready(self) -> None:
        # Its own time: what the machine needs to start a child is not the letter's fault.
        try:
            header, _ = self._asked([], time.monotonic() + START_SECONDS, 0)
        except _Failed as failure:
            self.kill()
            raise ReaderBroken(f"Läsaren går inte att starta (slutade med {self._process.returncode}).") from failure
        if not header.get("ready"):
            raise ReaderBroken(f"Läsaren går inte att starta: {header.get('broken')}")
        self._ready = True

    def _asked(self, pieces: list[bytes], deadline: float, most: int) -> tuple[dict[str, Any], list[bytes]]:
        """Write the pieces and return the answering frame; `most` bytes of attachments are believed."""
        self._write(pieces, deadline)
        length = int.from_bytes(self._bytes(8, deadline), "big")
        if length > HEADER_LIMIT:
            raise _Failed(STOPPED)
        try:
            header = json.loads(self._bytes(length, deadline))
            sizes = [int(size) for size in header["sizes"]]
        except (ValueError, TypeError, KeyError, RecursionError) as rubbish:
            raise _Failed(STOPPED) from rubbish
        if not isinstance(header, dict) or any(size < 0 for size in sizes) or sum(sizes) > most + HEADER_LIMIT:
            raise _Failed(STOPPED)
        return header, [self._bytes(size, deadline) for size in sizes]

    def _write(self, pieces: list[bytes], deadline: float) -> None:
        for piece in pieces:
            rest = memoryview(piece)
            while rest:
                self._wait(self._into.fileno(), select.POLLOUT, deadline)
                try:
                    rest = rest[os.write(self._into.fileno(), rest[:1_048_576]) :]
                except BlockingIOError:
                    continue
                except OSError as gone:
                    raise _Failed(self._why()) from gone

    def _bytes(self, count: int, deadline: float) -> bytes:
        found = bytearray()
        while len(found) < count:
            self._wait(self._from.fileno(), select.POLLIN, deadline)
            try:
                piece = os.read(self._from.fileno(), min(count - len(found), 1_048_576))
            except BlockingIOError:
                continue
            if not piece:
                raise _Failed(self._why())
            found += piece
        return bytes(found)

    def _wait(self, pipe: int, what: int, deadline: float) -> None:
        waiting = select.poll()
        waiting.register(pipe, what)
        left = deadline - time.monotonic()
        if left <= 0 or not waiting.poll(left * 1000):
            raise _Failed(TOO_SLOW)

    def _why(self) -> str:
        """Return why the child's pipe ended, in words for people."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        out_of_time = self._process.returncode in (-signal.SIGXCPU, -signal.SIGALRM)
        return TOO_SLOW if out_of_time else STOPPED


def _unreadable(raw: bytes, reason: str) -> ReadLetter:
    # The fingerprint is that of the bytes, so that two unreadable letters are not taken for one.
    return ReadLetter(
        Reading(
            unreadable=True,
            kind="other",
            review=("Kunde inte tolkas",),
            warnings=(reason,),
            fingerprint=hashlib.sha256(raw).hexdigest(),
        )
    )


def _environment(python_path: Sequence[str]) -> dict[str, str]:
    """Return all that a child is told of its surroundings: nothing of ours, least of all a secret."""
    home = str(Path(__file__).resolve().parents[1])
    return {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "PYTHONPATH": os.pathsep.join([home, *python_path]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
        "MALLOC_ARENA_MAX": "2",  # glibc's arenas would eat the address space
    }
