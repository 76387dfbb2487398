"""What cannot be read as text: say so in words. Pictures are read where there is a program for it."""

from __future__ import annotations

from bot.texts import ocr
from bot.texts.tidy import shown
from handlers.reading.reading import Extracted

NO_TEXT = "Bilagan är en bild utan text."

_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")


def is_picture(data: bytes) -> bool:
    """Tell whether the content is a picture."""
    return data.startswith(_PICTURES) or data[4:12] in (b"ftypheic", b"ftypmif1") or data[8:12] == b"WEBP"


def picture(name: str, data: bytes, charset: str | None = None, see: ocr.Ocr | None = None) -> Extracted:
    """Return what stands in a picture, where it can be read."""
    if see is None or len(data) < ocr.SMALLEST:
        return Extracted(warnings=(NO_TEXT,))
    if not see.available:
        return Extracted(warnings=(NO_TEXT, ocr.MISSING))
    if len(data) > ocr.LARGEST:
        return Extracted(warnings=("Bilden är för stor för att läsas.",))
    texts, all_read = see.read([data])
    text = "\n\n".join(texts).strip()
    if not all_read:
        return Extracted(warnings=(ocr.NOT_ALL,))
    return Extracted(text=text, warnings=(ocr.UNSURE,), seen=True) if text else Extracted(warnings=(NO_TEXT,))


def old_office(name: str, data: bytes, charset: str | None = None) -> Extracted:
    """Say what kind of older office file it is."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        return Extracted(warnings=("Filen är låst med lösenord.",))
    if "WordDocument".encode("utf-16-le") in data:
        return Extracted(warnings=("Bilagan är en äldre Word-fil (.doc). Texten i den är inte läst.",))
    if "Workbook".encode("utf-16-le") in data:
        return Extracted(warnings=("Bilagan är en äldre Excel-fil (.xls). Texten i den är inte läst.",))
    return unknown(name, data)


def unknown(name: str, data: bytes, charset: str | None = None) -> Extracted:
    """Say that the format is not known."""
    return Extracted(warnings=(f"Bilagan har ett format som inte kan läsas: {shown(name) or 'utan namn'}",))


def empty(name: str, data: bytes, charset: str | None = None) -> Extracted:
    """Say that there is nothing in the file."""
    return Extracted(warnings=(f"Bilagan är tom: {shown(name) or 'utan namn'}",))
