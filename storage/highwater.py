"""The high-water mark: the highest numbers ever given out, kept outside the database too.

When an old copy of the database has been read back, its counters are lower than numbers that people already hold.
The mark, a small file beside the backups that is fsynced after each commit, tells.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

from storage.errors import StorageDamaged
from storage.raw.files import as_storage_error, write_durably

Marks = Mapping[str, Mapping[int, int]]


class HighWater:
    """The file of marks; one per installation."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def read(self) -> dict[str, dict[int, int]]:
        """Return the marks by namnd and year; none when the file is not there yet."""
        try:
            found = json.loads(self._path.read_text("utf-8"))
            return {namnd: {int(y): int(n) for y, n in years.items()} for namnd, years in found.items()}
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise as_storage_error(error, self._path) from error
        except (ValueError, AttributeError) as error:
            raise StorageDamaged(
                f"Filen {self._path} går inte att läsa. Den håller de högsta numren som delats ut. "
                "Läs tillbaka den från säkerhetskopian."
            ) from error

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes out: a mark must never be lowered."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.with_name(f".{self._path.name}.lock").open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except OSError as error:
            raise as_storage_error(error, self._path) from error

    def raise_to(self, marks: Marks) -> None:
        """Raise marks to at least the given numbers; durable when it returns."""
        with self._lock, self._alone():
            stand = self.read()
            changed = False
            for namnd, years in marks.items():
                for year, number in years.items():
                    if stand.get(namnd, {}).get(year, 0) < number:
                        stand.setdefault(namnd, {})[year] = number
                        changed = True
            if changed:
                try:
                    self._path.parent.mkdir(parents=True, exist_ok=True)
                    write_durably(self._path, json.dumps(stand, indent=1, sort_keys=True).encode())
                except OSError as error:
                    raise as_storage_error(error, self._path) from error


def behind(database: Marks, mark: Marks) -> list[tuple[str, int, int, int]]:
    """Return (namnd, year, database's highest, mark) where the database is lower than the mark.

    >>> behind({"sn": {2026: 7}}, {"sn": {2026: 9}, "bun": {2026: 1}})
    [('bun', 2026, 0, 1), ('sn', 2026, 7, 9)]
    """
    return [
        (namnd, year, database.get(namnd, {}).get(year, 0), number)
        for namnd, years in sorted(mark.items())
        for year, number in sorted(years.items())
        if database.get(namnd, {}).get(year, 0) < number
    ]
