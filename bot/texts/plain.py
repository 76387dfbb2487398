"""Text out of files that already are text: notes, lists, calendars."""

from __future__ import annotations

from bot.texts.tidy import LIMIT, decode, tidy
from handlers.reading.reading import Extracted


def looks_like_text(data: bytes) -> bool:
    """Tell whether the first bytes read as text in any usual charset."""
    head = data[:4096]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    if not head or b"\x00" in head:
        return False
    odd = sum(byte < 32 and byte not in b"\t\n\r\x0c\x1b" for byte in head)
    return odd * 50 <= len(head)


def read(name: str, data: bytes, charset: str | None = None) -> Extracted:
    """Return the text of a text file."""
    # Four bytes for each character at the most, so the cut cannot take what the limit would have kept.
    return Extracted(text=tidy(decode(data[: LIMIT * 4], charset)))
