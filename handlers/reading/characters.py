"""Characters: bytes into text whatever their charset, and text into what a person would have typed."""

from __future__ import annotations

import re
import unicodedata

MAX_CHARACTERS = 60_000  # of one text; what stands further in is a report's appendix, never the request
MAX_SUBJECT = 1_000  # characters of a header
MAX_LINE = 3_000  # characters; a longer paragraph is read in pieces

_RUNS = re.compile(r"([^\w\s])\1{40,}|\n{4,}|(\w)\2{60,}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_MOJIBAKE = re.compile(r"[ÃÂ][\u0080-\u00bf\u0152-\u0192\u02c6\u02dc\u2013-\u2122]|â€")
_TRAILING = re.compile(r" +\n")
_LONG = re.compile(rf"[^\n]{{{MAX_LINE + 1}}}")
_SPACES = re.compile(r"[ \t\u00a0\u2000-\u200a\u202f\u205f\u3000]+")


def decode(data: bytes, charset: str | None = None) -> str:
    """Return the bytes as text: the charset that was said, else UTF-8, else Windows-1252; never raises.

    >>> decode("föräldrar".encode("latin-1"), "utf-8")
    'föräldrar'
    """
    for name in (charset, "utf-8", "cp1252"):
        if not name:
            continue
        try:
            return data.decode(name)
        except (LookupError, ValueError, UnicodeError):
            continue
    return data.decode("latin-1", "replace")


def mend(text: str) -> str:
    """Undo UTF-8 that an earlier system read as Windows-1252, line by line, where that gives whole characters.

    >>> mend("Ny fÃ¶rskola")
    'Ny förskola'
    >>> mend("Ny förskola")
    'Ny förskola'
    """
    if not _MOJIBAKE.search(text):
        return text
    return "\n".join(_mended(line) if _MOJIBAKE.search(line) else line for line in text.split("\n"))


def _mended(line: str) -> str:
    # Windows-1252 has five holes; programs that made the fault passed those bytes through as C1 controls.
    raw = bytearray()
    for character in line:
        try:
            raw += character.encode("cp1252")
        except UnicodeEncodeError:
            if ord(character) > 0xFF:
                return line
            raw.append(ord(character))
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return _mended_pieces(line)


def _mended_pieces(line: str) -> str:
    """Mend only the letters that Swedish uses, where a line mixes right and wrong."""
    for right in "åäöÅÄÖéÉüÜ§–—”“’…":
        wrong = right.encode("utf-8").decode("cp1252", "ignore")
        if len(wrong) > 1:
            line = line.replace(wrong, right)
    return line


def tidy(text: str, limit: int = MAX_CHARACTERS) -> str:
    """Return text with one kind of line end and of space, without control and format characters, capped.

    >>> tidy("Svar\\u00a0senast\\r\\n1 maj\\u200b")
    'Svar senast\\n1 maj'
    """
    text = text[:limit].replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "\n").replace("\u2028", "\n")
    text = text.replace("\ufffeoch ", "- och ").replace("\ufffe", "").replace("\u00ad", "")
    text = _CONTROL.sub("", text)
    text = text if text.isascii() else _without_format(text)
    text = unicodedata.normalize("NFC", text) if not unicodedata.is_normalized("NFC", text) else text
    text = _RUNS.sub(lambda run: run[0][:40], text)
    text = _TRAILING.sub("\n", _SPACES.sub(" ", text)).rstrip(" ")
    if not _LONG.search(text):
        return text
    return "\n".join(piece for line in text.split("\n") for piece in _pieces(line))


def _without_format(text: str) -> str:
    for character in set(text):  # the signs of a text are few, its length is not
        if unicodedata.category(character) == "Cf":
            text = text.replace(character, "")
    return text


def _pieces(line: str) -> list[str]:
    """A line of thousands of characters in pieces: no pattern has to look further than one of them."""
    if len(line) <= MAX_LINE:
        return [line]
    pieces = []
    while len(line) > MAX_LINE:
        at = line.rfind(" ", MAX_LINE // 2, MAX_LINE)
        at = at if at > 0 else MAX_LINE
        pieces.append(line[:at])
        line = line[at:].lstrip(" ")
    return [*pieces, line]


def clean_header(value: str, limit: int = MAX_SUBJECT) -> str:
    """Return a header on one line, without control, bidi and zero-width characters."""
    if value.isascii() and value.isprintable():
        return " ".join(value[: limit * 2].split())[:limit]
    value = "".join(c if unicodedata.category(c) not in {"Cf", "Cc", "Cs", "Co"} else " " for c in value[: limit * 2])
    return " ".join(unicodedata.normalize("NFC", value).split())[:limit]


def clean_name(value: str) -> str:
    """Return an attachment's name for display only: NFKC, no format characters, then no folder.

    >>> clean_name("../../etc/\\u200b.htaccess")
    'htaccess'
    """
    value = unicodedata.normalize("NFKC", value[:1000])
    value = "".join(c for c in value if unicodedata.category(c)[0] != "C")
    value = re.split(r"[/\\]", value)[-1]
    return " ".join(value.split()).strip(". ")[:200]


def fold(text: str) -> str:
    """Return text in lower case without marks on the letters, for comparing.

    >>> fold("Björkviks KOMMUN")
    'bjorkviks kommun'
    """
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", _in_ascii(text.lower()))
    return plain if plain.isascii() else "".join(c for c in plain if not unicodedata.combining(c))


def _in_ascii(lowered: str) -> str:
    """The Swedish letters at once: what is then ASCII needs no table of Unicode."""
    return lowered.replace("å", "a").replace("ä", "a").replace("ö", "o").replace("é", "e")
