"""Raw letters as files: raw/ab/cdef…, written aside, fsynced and renamed."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from storage.errors import NotFound, StorageDamaged, StorageError, StorageFull, StorageReadOnly
from storage.raw import sha256_of


class RawFiles:
    """The driver for one machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, data: bytes) -> str:
        """Keep bytes; they and their folder are fsynced before it returns."""
        sha256 = sha256_of(data)
        path = self._path(sha256)
        try:
            if path.exists() and path.stat().st_size == len(data):
                return sha256
            path.parent.mkdir(parents=True, exist_ok=True)
            write_durably(path, data)
        except OSError as error:
            raise as_storage_error(error, self._folder) from error
        return sha256

    def get(self, sha256: str) -> bytes:
        """Return the bytes, checked against their hash."""
        try:
            data = self._path(sha256).read_bytes()
        except FileNotFoundError as error:
            raise NotFound(f"Originalet {sha256[:12]} finns inte i {self._folder}.") from error
        except OSError as error:
            raise as_storage_error(error, self._folder) from error
        if sha256_of(data) != sha256:
            raise StorageDamaged(f"Originalet {sha256[:12]} i {self._folder} är inte vad som sparades.")
        return data

    def hashes(self) -> Iterator[str]:
        """Give the hashes of all files kept."""
        for path in sorted(self._folder.glob("??/*")):
            if len(path.name) == 62:
                yield path.parent.name + path.name

    def _path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256[2:]


def write_durably(path: Path, data: bytes) -> None:
    """Write a file so that after a power cut either the old or the whole new one is there."""
    descriptor, aside = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, path)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make renames in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def as_storage_error(error: OSError, where: Path) -> StorageError:
    """Return the plain-worded refusal behind an operating system's error."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageFull(f"Disken är full ({where}). Inget har sparats. Frigör plats och starta boten igen.")
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return StorageReadOnly(f"Mappen {where} går inte att skriva i. Ge kontot som kör boten skrivrätt.")
    return StorageError(f"Mappen {where} svarade med ett fel: {error.strerror}.")
