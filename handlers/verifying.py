"""Checks that the register is what it was: the journal's chain, the kept letters, the numbers, the high-water mark."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from storage.errors import NotFound, StorageDamaged
from storage.highwater import Marks, behind
from storage.raw import RawLetters
from storage.store import Book


@dataclass(frozen=True, slots=True)
class Checked:
    """What was gone through, and each fault in plain Swedish."""

    lines: int
    letters: int
    numbers: int
    faults: tuple[str, ...]


def verify(book: Book, mark: Marks) -> Checked:
    """Go through the journal and the numbers once; nothing is changed. The originals: see `with_letters`."""
    faults = list(book.chain_faults())
    faults += book.number_faults()
    faults += [
        f"{namnd} {year}: numret {given} har delats ut men databasen har bara nått {have}."
        for namnd, year, have, given in behind(book.highest(), mark)
    ]
    return Checked(book.count_lines(), 0, book.count_numbers(), tuple(faults))


def with_letters(checked: Checked, kept: dict[str, str], raw: RawLetters) -> Checked:
    """Add to what was checked that each original is there and is what was kept."""
    faults = (*checked.faults, *_letter_faults(kept, raw))
    return replace(checked, letters=len(kept), faults=faults)


def _letter_faults(hashes: dict[str, str], raw: RawLetters) -> Iterator[str]:
    for sha256, whose in hashes.items():
        try:
            raw.get(sha256)
        except (NotFound, StorageDamaged) as error:
            yield f"{whose}: {error}"
