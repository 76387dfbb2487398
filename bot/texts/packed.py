"""What cannot be read as text yet: say so in words, and list what a packed file holds without unpacking it."""

from __future__ import annotations

import io
import zipfile

from bot.texts.tidy import shown
from handlers.reading.reading import Extracted

LISTED = 20

_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")
_OTHER_ARCHIVES = (b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")


def is_picture(data: bytes) -> bool:
    """Tell whether the content is a picture."""
    return data.startswith(_PICTURES) or data[4:12] in (b"ftypheic", b"ftypmif1") or data[8:12] == b"WEBP"


def picture(name: str, data: bytes, charset: str | None = None) -> Extracted:
    """Say that a picture has no text to read."""
    return Extracted(warnings=("Bilagan är en bild utan text.",))


def is_zip(data: bytes) -> bool:
    """Tell whether the content is a zip file, which office documents are too."""
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def zipped(name: str, data: bytes, charset: str | None = None) -> Extracted:
    """Say what a zip file holds; nothing in it is unpacked."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
    for inside, words in (
        ("xl/workbook.xml", "Bilagan är en Excel-fil. Texten i den är inte läst."),
        ("ppt/presentation.xml", "Bilagan är en PowerPoint-fil. Texten i den är inte läst."),
    ):
        if inside in names:
            return Extracted(warnings=(words,))
    if names[:1] == ["mimetype"] and "content.xml" in names:
        return Extracted(warnings=("Bilagan är ett OpenDocument-kalkylblad eller en presentation som inte är läst.",))
    files = [shown(n) for n in names if not n.endswith("/")]
    more = f" och {len(files) - LISTED} till" if len(files) > LISTED else ""
    count = "1 fil" if len(files) == 1 else f"{len(files)} filer"
    listed = f": {', '.join(files[:LISTED])}{more}" if files else ""
    return Extracted(warnings=(f"Bilagan är en zip-fil med {count} som inte är lästa{listed}.",))


def is_other_archive(data: bytes) -> bool:
    """Tell whether the content is packed in a way that is not opened at all."""
    return data.startswith(_OTHER_ARCHIVES)


def other_archive(name: str, data: bytes, charset: str | None = None) -> Extracted:
    """Say that the file is packed."""
    return Extracted(warnings=("Bilagan är en packad fil och är inte läst.",))


def old_office(name: str, data: bytes, charset: str | None = None) -> Extracted:
    """Say what kind of older office file it is."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        return Extracted(warnings=("Filen är låst med lösenord.",))
    if "WordDocument".encode("utf-16-le") in data:
        return Extracted(warnings=("Bilagan är en äldre Word-fil (.doc). Texten i den är inte läst.",))
    if "Workbook".encode("utf-16-le") in data:
        return Extracted(warnings=("Bilagan är en äldre Excel-fil (.xls). Texten i den är inte läst.",))
    return unknown(name, data)


def is_winmail(data: bytes) -> bool:
    """Tell whether the content is Outlook's own package (winmail.dat)."""
    return data.startswith(b"\x78\x9f\x3e\x22")


def winmail(name: str, data: bytes, charset: str | None = None) -> Extracted:
    """Say that the letter hides in Outlook's own package."""
    return Extracted(warnings=("Bilagan winmail.dat är Outlooks eget format och är inte läst.",))


def unknown(name: str, data: bytes, charset: str | None = None) -> Extracted:
    """Say that the format is not known."""
    return Extracted(warnings=(f"Bilagan har ett format som inte kan läsas: {shown(name) or 'utan namn'}",))


def empty(name: str, data: bytes, charset: str | None = None) -> Extracted:
    """Say that there is nothing in the file."""
    return Extracted(warnings=(f"Bilagan är tom: {shown(name) or 'utan namn'}",))
