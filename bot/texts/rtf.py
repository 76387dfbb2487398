"""Text out of rich text (RTF), also as Outlook packs it into its own letters."""

from __future__ import annotations

import re

from bot.texts.tidy import LIMIT, tidy
from handlers.reading.reading import Extracted

LARGEST = 30_000_000  # bytes; a picture in a document is written as digits

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|[\r\n]+|([^\\{}\r\n]+)"
)
# Groups that hold no words: fonts, colours, styles, facts of the file, pictures, what is inserted.
_SILENT = frozenset(
    b"fonttbl colortbl stylesheet info pict object listtable listoverridetable themedata datastore "
    b"generator xmlnstbl rsidtbl mmathPr latentstyles fldinst nonshppict filetbl revtbl".split()
)
_SIGNS = {
    b"par": "\n",
    b"line": "\n",
    b"row": "\n",
    b"page": "\n",
    b"sect": "\n",
    b"tab": "\t",
    b"cell": "\t",
    b"emdash": "—",
    b"endash": "–",
    b"bullet": "•",
    b"lquote": "‘",
    b"rquote": "’",
    b"ldblquote": "“",
    b"rdblquote": "”",
}
_DICTIONARY = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor "
    b"MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    b"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)


def is_rtf(data: bytes) -> bool:
    """Tell whether the content is rich text."""
    return data.startswith(b"{\\rtf")


def read(name: str, data: bytes, charset: str | None = None) -> Extracted:
    """Return the text of a rich text file."""
    return Extracted(text=tidy(to_text(data[:LARGEST])))


def to_text(data: bytes) -> str:
    """Return the words of rich text.

    >>> to_text(rb"{\\rtf1\\ansi\\ansicpg1252{\\fonttbl{\\f0 Arial;}}N\\'e4mnden\\par svarar \\u8211?ja}")
    'Nämnden\\nsvarar –ja'
    """
    pieces: list[str] = []
    charset, length = "cp1252", 0
    silent, skip, fallback = False, 0, 1
    outer: list[tuple[bool, int]] = []
    for token in _TOKEN.finditer(data):
        word, number, byte, sign, brace, plain = token.groups()
        piece = ""
        if brace == b"{":
            outer.append((silent, fallback))
            skip = 0
        elif brace == b"}":
            silent, fallback = outer.pop() if outer else (False, 1)
            skip = 0
        elif sign == b"*" or (word in _SILENT):
            silent = True
        elif word == b"ansicpg" and number:
            charset = f"cp{int(number)}" if number in (b"1250", b"1251", b"1252", b"1257", b"437", b"850") else "cp1252"
        elif word == b"uc" and number:
            fallback = min(int(number), 10) if int(number) >= 0 else 1
        elif word == b"u" and number:
            piece, skip = chr(int(number) % 65536), fallback
        elif word is not None:
            piece = _SIGNS.get(word, "")
        elif skip and (byte or plain):
            # What stands in for a character that an old program does not know.
            piece, skip = (
                ("", skip - 1) if byte else (plain[skip:].decode(charset, "replace"), max(0, skip - len(plain)))
            )
        elif byte or plain:
            piece = (bytes([int(byte, 16)]) if byte else plain).decode(charset, "replace")
        elif sign in (b"~", b"_", b"\\", b"{", b"}"):
            piece = {b"~": " ", b"_": "-"}.get(sign, sign.decode())
        if piece and not silent:
            pieces.append(piece)
            length += len(piece)
            if length > 2 * LIMIT:
                break
    # A character beyond the first 65 536 is written as its two halves.
    return "".join(pieces).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def unpacked(data: bytes) -> bytes:
    """Return the rich text that Outlook keeps packed (MS-OXRTFCP); raises ValueError when it is not that."""
    if len(data) < 16 or data[8:12] not in (b"LZFu", b"MELA"):
        raise ValueError("no packed rich text")
    size = min(int.from_bytes(data[4:8], "little"), LARGEST)
    if data[8:12] == b"MELA":
        return data[16 : 16 + size]
    ring = bytearray(_DICTIONARY.ljust(4096, b"\0"))
    out, at, place = bytearray(), len(_DICTIONARY), 16
    while place < len(data) and len(out) < size:
        flags, place = data[place], place + 1
        for bit in range(8):
            if place >= len(data):
                break
            if flags >> bit & 1:
                reference = int.from_bytes(data[place : place + 2], "big")
                place += 2
                start, count = reference >> 4, (reference & 15) + 2
                if start == at:
                    return bytes(out[:size])
            else:
                start, count = -1, 1
            for step in range(count):
                value = data[place] if start < 0 else ring[(start + step) % 4096]
                ring[at] = value
                at = (at + 1) % 4096
                out.append(value)
            place += start < 0
    return bytes(out[:size])
