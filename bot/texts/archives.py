"""Files out of archives (zip, tar), within bounds; what an archive says of its own sizes is not believed."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

from bot.texts.tidy import shown
from handlers.reading.reading import Extracted, Packed

FILES = 40  # taken out of one archive
LARGEST_FILE = 25_000_000  # bytes, unpacked
LARGEST = 60_000_000  # bytes in all, unpacked
HIGHEST_RATIO = 200  # real documents pack 5 to 30 times
SMALL = 1_000_000  # bytes; below this the ratio does not matter
LISTED = 20
CHUNK = 1_000_000

_TAR = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ")
_NEVER_OPENED = (b"Rar!", b"7z\xbc\xaf")
_LITTER = ("__macosx/", ".ds_store", "thumbs.db", "desktop.ini")


@dataclass(slots=True)
class _Taken:
    """What has come out of an archive so far."""

    names: list[str] = field(default_factory=list)
    files: list[Packed] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    locked: bool = False
    room: int = LARGEST


def is_zip(data: bytes) -> bool:
    """Tell whether the content is a zip file, which office documents are too."""
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def is_tar(data: bytes) -> bool:
    """Tell whether the content is a tar file, packed or not."""
    return data.startswith(_TAR) or data[257:262] == b"ustar"


def is_never_opened(data: bytes) -> bool:
    """Tell whether the content is packed in a way that is not opened at all."""
    return data.startswith(_NEVER_OPENED)


def never_opened(name: str, data: bytes, charset: str | None = None) -> Extracted:
    """Say that the file is packed."""
    return Extracted(warnings=("Bilagan är en packad fil (7z eller rar) och är inte läst.",))


def read_zip(name: str, data: bytes, charset: str | None = None) -> Extracted:
    """Return the files of a zip file; of an Excel file or a presentation only what it is."""
    taken = _Taken()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        office = _office(archive.namelist())
        if office:
            return Extracted(warnings=(office,))
        for entry in archive.infolist():
            if entry.is_dir() or _litter(entry.filename):
                continue
            taken.names.append(shown(entry.filename))
            if entry.flag_bits & 1:
                taken.locked = True
            elif entry.file_size > SMALL and entry.file_size > HIGHEST_RATIO * max(entry.compress_size, 1):
                taken.left.append(shown(entry.filename))
            else:
                with archive.open(entry) as stream:
                    _take(taken, entry.filename, stream, len(data))
    return _told(taken)


def read_tar(name: str, data: bytes, charset: str | None = None) -> Extracted:
    """Return the files of a tar file; links and devices are no files."""
    taken = _Taken()
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:*") as archive:
        for entry in _members(archive):
            if not entry.isfile() or _litter(entry.name):
                continue
            taken.names.append(shown(entry.name))
            stream = archive.extractfile(entry)
            if stream is not None:
                _take(taken, entry.name, stream, len(data))
    return _told(taken)


def _members(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    for number, entry in enumerate(archive):
        if number >= FILES * 10:
            return
        yield entry


def _take(taken: _Taken, name: str, stream: IO[bytes], packed_size: int) -> None:
    """Take one file out, as far as there is room; the stream is read in pieces, so a bomb stops at the bound."""
    if len(taken.files) >= FILES:
        taken.left.append(shown(name))
        return
    pieces, size = [], 0
    while chunk := stream.read(CHUNK):
        size += len(chunk)
        if size > min(LARGEST_FILE, taken.room) or (size > SMALL and size > HIGHEST_RATIO * packed_size):
            taken.left.append(shown(name))
            return
        pieces.append(chunk)
    taken.room -= size
    taken.files.append(Packed(name, b"".join(pieces)))


def _told(taken: _Taken) -> Extracted:
    names = taken.names
    count = "1 fil" if len(names) == 1 else f"{len(names)} filer"
    more = f" och {len(names) - LISTED} till" if len(names) > LISTED else ""
    listed = f"Packad fil med {count}: {', '.join(names[:LISTED])}{more}" if names else "Packad fil utan innehåll"
    warnings = []
    if taken.locked:
        warnings.append(f"Bilagan är en packad fil med lösenord ({', '.join(names[:3])}) och är inte läst.")
    if taken.left:
        some = ", ".join(taken.left[:5]) + (" med flera" if len(taken.left) > 5 else "")
        warnings.append(f"Ur den packade filen är inte allt läst: {some}.")
    if not names:
        warnings.append("Bilagan är en packad fil utan innehåll.")
    return Extracted(text=listed, inside=tuple(taken.files), warnings=tuple(warnings))


def _office(names: list[str]) -> str | None:
    for inside, words in (
        ("xl/workbook.xml", "Bilagan är en Excel-fil. Texten i den är inte läst."),
        ("ppt/presentation.xml", "Bilagan är en PowerPoint-fil. Texten i den är inte läst."),
    ):
        if inside in names:
            return words
    if names[:1] == ["mimetype"] and "content.xml" in names:
        return "Bilagan är ett OpenDocument-kalkylblad eller en presentation som inte är läst."
    return None


def _litter(name: str) -> bool:
    low = name.lower()
    return low.startswith(_LITTER[0]) or low.rsplit("/", 1)[-1] in _LITTER
