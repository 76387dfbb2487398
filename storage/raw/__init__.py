"""The raw letters and attachments by SHA-256, behind one interface with two drivers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Protocol


class RawLetters(Protocol):
    """Keeps bytes under their SHA-256. What is put is durable when put returns, and is never changed or deleted."""

    def put(self, data: bytes) -> str:
        """Keep bytes and return their SHA-256 in hex; the same bytes twice are kept once."""
        ...

    def get(self, sha256: str) -> bytes:
        """Return the bytes; raise NotFound when they are not there, StorageDamaged when they are not what was put."""
        ...

    def hashes(self) -> Iterator[str]:
        """Give the hashes of all that is kept."""
        ...


def sha256_of(data: bytes) -> str:
    """Return the SHA-256 of bytes in hex."""
    return hashlib.sha256(data).hexdigest()
