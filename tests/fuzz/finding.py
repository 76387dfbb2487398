"""Finds: letters that break a promise of the reader or cost too much, each kept once, as small as it gets."""

from __future__ import annotations

import cProfile
import pstats
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.reading.promises import keep

CPU_SECONDS = 1.0  # that a letter of some kilobytes may cost, read twice; an ordinary one costs a hundredth
SMALLER_SECONDS = 30.0  # that are spent on making one find smaller
HOW_TO = """What `make fuzz` has found: letters that the reader breaks a promise on. Each folder holds

    mail.eml    the letter, as small as it still shows the fault
    fault.txt   what happens

See it again: .venv/bin/python -m tests.fuzz --show FOLDER
Then mend the reader, and make the letter one of tests/letters (mail.eml with invented names and .example addresses only,
expected.json that says what must come out and why it is there).
"""

Read = Callable[[bytes], object]


@dataclass(frozen=True, slots=True)
class Fault:
    """What went wrong: `key` is the same for letters that break in the same place."""

    key: str
    told: str


def fault_of(raw: bytes, read: Read = keep, most: float = CPU_SECONDS) -> Fault | None:
    """Read a letter; return what went wrong, None where all is well. MemoryError is the child's limit and no fault."""
    started = time.process_time()
    try:
        read(raw)
    except MemoryError:
        return None
    except Exception as broken:  # whatever it is, that it comes out is the find
        return Fault(f"{type(broken).__name__} in {_place(broken)}", "".join(traceback.format_exception(broken)))
    if time.process_time() - started <= most:
        return None
    profile = cProfile.Profile()
    spent = time.process_time()
    profile.runcall(read, raw)
    seconds = time.process_time() - spent
    if seconds <= most:  # the machine was busy with something else
        return None
    return Fault(f"slow in {_slowest(profile)}", f"{seconds:.1f} s of processor time for {len(raw)} bytes")


def _place(broken: BaseException) -> str:
    """The last place of ours that it came through; a broken promise is told by its words, for all stand in one place."""
    if isinstance(broken, AssertionError) and str(broken):
        return str(broken).split("\n", maxsplit=1)[0][:80]
    frames = [frame for frame in traceback.extract_tb(broken.__traceback__) if "site-packages" not in frame.filename]
    last = frames[-1]
    return f"{Path(last.filename).name}:{last.name}:{last.lineno}"


def _slowest(profile: cProfile.Profile) -> str:
    """The function of ours that spends the most, in itself and in what is built in."""
    own: dict[str, float] = {}
    stats = pstats.Stats(profile)
    for (file, _, name), (_, _, spent, _, callers) in stats.stats.items():  # type: ignore[attr-defined]
        if file == "~":
            for (caller, _, who), told in callers.items():
                key = f"{Path(caller).name}:{who}"
                own[key] = own.get(key, 0.0) + told[2]
        else:
            key = f"{Path(file).name}:{name}"
            own[key] = own.get(key, 0.0) + spent
    return max(own, key=lambda key: own[key], default="nothing")


def smaller(raw: bytes, still: Callable[[bytes], bool], seconds: float = SMALLER_SECONDS) -> bytes:
    """Return the letter with all taken away that the fault does not need: lines first, then bytes."""
    until = time.monotonic() + seconds
    for divide, unite in ((_lines, b"\n".join), (_bytes, b"".join)):
        pieces = divide(raw)
        size = max(1, len(pieces) // 2)
        while size and time.monotonic() < until:
            at, before = 0, len(pieces)
            while at < len(pieces) and time.monotonic() < until:
                fewer = pieces[:at] + pieces[at + size :]
                if still(unite(fewer)):
                    pieces = fewer
                else:
                    at += size
            size = size // 2 if size > 1 or len(pieces) == before else 1
        raw = unite(pieces)
    return raw


def _lines(raw: bytes) -> list[bytes]:
    return raw.split(b"\n")


def _bytes(raw: bytes) -> list[bytes]:
    return [bytes([byte]) for byte in raw]


class Finds:
    """A folder of finds, one of each fault."""

    def __init__(self, folder: Path) -> None:
        """Begin with what earlier runs have left there."""
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "README.txt").write_text(HOW_TO, "utf-8")
        self._known = {told.read_text("utf-8").split("\n", maxsplit=1)[0] for told in folder.glob("*/fault.txt")}

    def take(self, raw: bytes, fault: Fault) -> bool:
        """Keep the letter where its fault is a new one; tell whether it was."""
        if fault.key in self._known:
            return False
        self._known.add(fault.key)
        place = self._folder / f"{len(self._known):03}-{''.join(c if c.isalnum() else '-' for c in fault.key)[:60]}"
        place.mkdir()
        (place / "mail.eml").write_bytes(raw)
        (place / "fault.txt").write_text(f"{fault.key}\n\n{fault.told}\n", "utf-8")
        return True

    def shrink(self, read: Read = keep) -> list[str]:
        """Make each find as small as it gets; return a line about each."""
        told = []
        for place in sorted(self._folder.glob("*/fault.txt")):
            key = place.read_text("utf-8").split("\n", maxsplit=1)[0]
            letter = place.with_name("mail.eml")
            raw = letter.read_bytes()

            def same(fewer: bytes, key: str = key) -> bool:
                fault = fault_of(fewer, read)
                return fault is not None and fault.key == key

            small = smaller(raw, same) if same(raw) else raw
            letter.write_bytes(small)
            told.append(f"{place.parent.name}: {key} ({len(raw)} bytes, now {len(small)})")
        return told
