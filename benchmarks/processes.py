"""What a process has spent: processor time and memory, from the system's own books (Linux)."""

from __future__ import annotations

import os
import resource
import time
from pathlib import Path

PROC = Path("/proc")


def children() -> list[int]:
    """Return the ids of this process's children."""
    return [int(folder.name) for folder in PROC.iterdir() if folder.name.isdigit() and _parent(folder) == os.getpid()]


def spent() -> float:
    """Return the processor seconds of this process and all its children, those that have ended included."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime + sum(_spent(child) for child in children())


def resident(process: int) -> float:
    """Return the megabytes of memory that a process holds."""
    pages = int((PROC / str(process) / "statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1_000_000


def peak(process: int) -> float:
    """Return the most megabytes of memory that a process has held since its program began."""
    lines = (PROC / str(process) / "status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1024 / 1_000_000


def _parent(folder: Path) -> int:
    try:
        return int(_after_name((folder / "stat").read_text())[1])
    except OSError:  # it ended while we looked
        return 0


def _spent(child: int) -> float:
    folder = PROC / str(child)
    try:
        threads = list((folder / "task").iterdir())
        return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9
    except (OSError, ValueError, IndexError):  # a kernel without schedstat counts in ticks of 10 ms
        told = _after_name((folder / "stat").read_text())
        return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def _after_name(stat: str) -> list[str]:
    """Return the fields behind the program's name, which may hold spaces and parentheses itself."""
    return stat.rpartition(")")[2].split()
