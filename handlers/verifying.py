"""Checks that the register is what it was: the journal's chain, the kept letters, the numbers, the high-water mark."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

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


def verify(book: Book, raw: RawLetters, mark: Marks) -> Checked:
    """Go through everything once; nothing is changed."""
    faults = list(book.chain_faults())
    hashes = book.kept_hashes()
    faults += _letter_faults(hashes, raw)
    faults += book.number_faults()
    highest = book.highest()
    faults += [
        f"{namnd} {year}: numret {given} har delats ut men databasen har bara nått {have}."
        for namnd, year, have, given in behind(highest, mark)
    ]
    numbers = book.count_numbers()
    return Checked(book.count_lines(), len(hashes), numbers, tuple(faults))


def _letter_faults(hashes: dict[str, str], raw: RawLetters) -> Iterator[str]:
    for sha256, whose in hashes.items():
        try:
            raw.get(sha256)
        except (NotFound, StorageDamaged) as error:
            yield f"{whose}: {error}"
