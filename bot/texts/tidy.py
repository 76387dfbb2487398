"""One way to clean what any format gives, so that the reading meets the same text whatever it came in."""

from __future__ import annotations

import re
import unicodedata

LIMIT = 400_000  # characters; about 150 dense pages

_NEWLINES = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_BLANKS = re.compile(r"[\xa0\u2000-\u200a\u202f\u205f\u3000]")
# Controls, zero-width and direction marks, soft hyphens, halves of surrogate pairs, and what pdfium puts for nothing.
_NOTHING = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
_GAPS = re.compile(r"\n{4,}")


def tidy(text: str, limit: int = LIMIT) -> str:
    """Return the text with plain newlines and blanks, composed letters and no invisible marks, cut at `limit`.

    >>> tidy("Fo\\u0308r na\\u0308mnden\\r\\nsenast 31\\xa0mars  \\r\\n")
    'För nämnden\\nsenast 31 mars'
    """
    text = _BLANKS.sub(" ", _NEWLINES.sub("\n", text[: limit * 2]))
    text = unicodedata.normalize("NFC", _NOTHING.sub("", text))
    # Line by line and not by a pattern, which would need a quarter of an hour for a line of a million blanks.
    text = _GAPS.sub("\n\n\n", "\n".join(line.rstrip(" \t") for line in text.split("\n")))
    return text[:limit].strip("\n")


def decode(data: bytes, charset: str | None = None) -> str:
    """Return bytes as text: UTF-8 if it is valid, else the named charset, else Windows-1252. Never raises.

    UTF-8 comes first because text that is valid UTF-8 and more than ASCII hardly ever is anything else, while the
    name of the charset is often left over from another machine.
    """
    for mark, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(name, errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if charset and charset.lower().replace("_", "-") not in ("utf-8", "utf8", "us-ascii", "ascii"):
        try:
            return data.decode(charset, errors="replace")
        except (LookupError, ValueError):  # an unknown name, or one with a NUL in it
            pass
    return data.decode("cp1252", errors="replace")


def shown(name: str, limit: int = 80) -> str:
    """Return a file name as it may be shown: one line, no invisible marks, no folders, not too long."""
    name = " ".join(tidy(name.replace("\\", "/").rsplit("/", 1)[-1], limit * 4).split())
    return name if len(name) <= limit else name[: limit - 1] + "…"
