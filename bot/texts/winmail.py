"""Letters out of winmail.dat, the package that Outlook makes for itself (TNEF); the only importer of tnefparse."""

from __future__ import annotations

import contextlib
from typing import Any

from tnefparse import TNEF

from bot.texts import mime, rtf
from bot.texts.tidy import decode
from handlers.reading.reading import Extracted

MAGIC = b"\x78\x9f\x3e\x22"
LARGEST = 30_000_000  # bytes; it is copied a few times while it is opened
DEPTH = 3  # letters within letters
PARTS = 100

_BROKEN = "Bilagan winmail.dat (Outlooks eget format) är skadad och är inte läst."
_EMPTY = "Bilagan winmail.dat (Outlooks eget format) är tom."


def is_winmail(data: bytes) -> bool:
    """Tell whether the content is Outlook's own package."""
    return data.startswith(MAGIC)


def read(name: str, data: bytes, charset: str | None = None) -> Extracted:
    """Return the letter that lies in the package, as MIME."""
    if len(data) > LARGEST:
        return Extracted(warnings=("Bilagan winmail.dat är för stor för att öppnas.",))
    try:
        letter = _letter(TNEF(data, do_checksum=False), 0)
    except Exception:  # noqa: BLE001 - the library raises whatever Python raises on bytes that lie about their lengths
        return Extracted(warnings=(_BROKEN,))
    return Extracted(letter=letter) if letter else Extracted(warnings=(_EMPTY,))


def _letter(package: Any, depth: int) -> bytes:
    parts = _words(package)
    for enclosed in package.attachments[:PARTS]:
        inner = getattr(enclosed, "embed", None)
        if inner is not None and depth < DEPTH:
            letter = _letter(inner, depth + 1)
            if letter:
                parts.append(b"Content-Type: message/rfc822\r\nContent-Disposition: attachment\r\n\r\n" + letter)
        elif inner is None and enclosed.data:
            parts.append(mime.attachment(_name(enclosed), bytes(enclosed.data)))
    return b"MIME-Version: 1.0\r\n" + mime.joined("multipart/mixed", parts) if parts else b""


def _words(package: Any) -> list[bytes]:
    """The letter's own text: plain, else HTML, else rich text."""
    for value, media in ((package.body, "text/plain"), (package.htmlbody, "text/html")):
        text = _text(value)
        if text.strip():
            return [mime.part(f"{media}; charset=utf-8", text.encode("utf-8", "replace"))]
    with contextlib.suppress(ValueError, IndexError, TypeError):
        text = rtf.to_text(rtf.unpacked(bytes(package._rtfbody or b"")))
        if text.strip():
            return [mime.part("text/plain; charset=utf-8", text.encode("utf-8", "replace"))]
    return []


def _name(enclosed: Any) -> str:
    try:
        return _text(enclosed.long_filename())
    except (UnicodeDecodeError, AttributeError):  # the library takes a name for UTF-8
        return _text(enclosed._name)


def _text(value: object) -> str:
    text = decode(value) if isinstance(value, bytes) else value if isinstance(value, str) else ""
    return text.replace("\x00", "")
