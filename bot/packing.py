"""A folder or a zip that is whole or not there: written aside with its checksums, then given its name."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from handlers.errors import Invalid
from storage.raw.files import sync_folder

CHECKSUMS = "kontrollsummor.sha256"
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the same for all, so that the same files make the same zip


class Package:
    """Takes files one by one. Their checksums are the last file, and `place` gives the whole its name."""

    def __init__(self, target: Path) -> None:
        """Begin beside the target; raise Invalid when something is there already."""
        check_free(target)
        self._target = target
        self._lines: list[str] = []
        self.checksum = ""
        target.parent.mkdir(parents=True, exist_ok=True)
        if is_zip(target):
            descriptor, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=target.parent)
            os.close(descriptor)
            self._aside = Path(name)
            self._zip: zipfile.ZipFile | None = zipfile.ZipFile(self._aside, "w", zipfile.ZIP_STORED)
        else:
            self._aside = Path(tempfile.mkdtemp(prefix=".", suffix=".part", dir=target.parent))
            self._zip = None

    def put(self, path: str, data: bytes) -> None:
        """Write a file under a path of ours ("handlingar/01-brev.eml"), and remember its checksum."""
        self._write(path, data)
        self._lines.append(f"{hashlib.sha256(data).hexdigest()}  {path}\n")

    def seal(self) -> str:
        """Write the checksums, in the form of sha256sum; make all durable and return that list's own checksum."""
        data = "".join(sorted(self._lines, key=lambda line: line[66:])).encode()
        self._write(CHECKSUMS, data)
        if self._zip is not None:
            self._zip.close()
            _sync_file(self._aside)
        else:
            for folder in (*(p for p in self._aside.rglob("*") if p.is_dir()), self._aside):
                sync_folder(folder)
        return hashlib.sha256(data).hexdigest()

    def place(self) -> None:
        """Give the package its name, without ever taking the place of something else."""
        if self._zip is None:
            check_free(self._target)
            os.rename(self._aside, self._target)  # refused by the system where the folder holds something
        else:
            _rename_new(self._aside, self._target)
        sync_folder(self._target.parent)

    def discard(self) -> None:
        """Remove what was written aside; after `place` there is nothing left to remove."""
        if self._zip is not None:
            with contextlib.suppress(OSError):
                self._zip.close()
            self._aside.unlink(missing_ok=True)
        else:
            shutil.rmtree(self._aside, ignore_errors=True)

    def _write(self, path: str, data: bytes) -> None:
        if self._zip is not None:
            entry = zipfile.ZipInfo(path, _LONG_AGO)
            entry.create_system, entry.external_attr = 3, 0o600 << 16
            self._zip.writestr(entry, data)
            return
        file = self._aside / path
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with file.open("xb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())


@contextlib.contextmanager
def package(target: Path) -> Iterator[Package]:
    """Open a package; what is not placed when the block ends leaves nothing behind."""
    made = Package(target)
    try:
        yield made
    finally:
        made.discard()


def is_zip(target: Path) -> bool:
    """Say whether a target is to be a zip file."""
    return target.suffix.lower() == ".zip"


def check_free(target: Path) -> None:
    """Raise Invalid where something stands at a target that would be lost or mixed up."""
    if is_zip(target):
        if os.path.lexists(target):
            raise Invalid(f"{target} finns redan och skrivs inte över. Välj ett annat namn.", "target")
    elif os.path.lexists(target) and (target.is_symlink() or not target.is_dir() or any(target.iterdir())):
        raise Invalid(f"{target} är inte en tom mapp och skrivs inte över. Välj en ny.", "target")


def _rename_new(aside: Path, target: Path) -> None:
    try:
        os.link(aside, target)  # refused where the name is taken, as a rename is not
    except FileExistsError:
        raise Invalid(f"{target} finns redan och skrivs inte över. Välj ett annat namn.", "target") from None
    except OSError:  # a disk without hard links
        check_free(target)
        os.rename(aside, target)


def _sync_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
