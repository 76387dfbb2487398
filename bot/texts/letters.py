"""Text out of a letter that is attached to a letter (.eml): its head, its words, and the names of what it carries."""

from __future__ import annotations

import email.header
import email.message
import email.parser
import re

from bot.texts import html
from bot.texts.tidy import LIMIT, decode, shown, tidy
from handlers.reading.reading import Extracted

_HEAD = (("From", "Från"), ("Date", "Datum"), ("To", "Till"), ("Cc", "Kopia"), ("Subject", "Ämne"))
_LETTER = re.compile(rb"\A(?:[A-Za-z][A-Za-z0-9-]{1,60}:[^\n]{0,2000}\r?\n(?:[ \t][^\n]{0,2000}\r?\n)*){3}")
_KNOWN = re.compile(rb"^(?:from|received|message-id|mime-version):", re.I | re.M)
PARTS = 200


def looks_like_letter(data: bytes) -> bool:
    """Tell whether the content begins with the head of a letter."""
    head = data[:8192]
    return _LETTER.match(head) is not None and len({m.lower() for m in _KNOWN.findall(head)}) >= 2


def read(name: str, data: bytes, charset: str | None = None) -> Extracted:
    """Return the text of an attached letter; its own attachments are named, not opened."""
    letter = email.parser.BytesParser().parsebytes(data)
    lines = [f"{swedish}: {_header(letter, english)}" for english, swedish in _HEAD if _header(letter, english)]
    texts, inside = _parts(letter)
    warnings = (f"Det bifogade brevet har egna bilagor som inte är lästa: {', '.join(inside)}.",) if inside else ()
    return Extracted(text=tidy("\n".join(lines) + "\n\n" + "\n\n".join(texts), LIMIT), warnings=warnings)


def _parts(letter: email.message.Message) -> tuple[list[str], list[str]]:
    plain: list[str] = []
    pages: list[str] = []
    inside: list[str] = []
    for number, part in enumerate(letter.walk()):
        if number >= PARTS:
            break
        if part.is_multipart():
            continue
        name = part.get_filename()
        if name or part.get_content_disposition() == "attachment":
            inside.append(shown(name or "utan namn"))
        elif part.get_content_type() in ("text/plain", "text/html"):
            payload = part.get_payload(decode=True)
            text = decode(payload if isinstance(payload, bytes) else b"", part.get_content_charset())
            if part.get_content_type() == "text/html":
                pages.append(html.to_text(text[: html.LARGEST]))
            else:
                plain.append(text)
    return (plain if any(text.strip() for text in plain) else pages), inside[:20]


def _header(letter: email.message.Message, name: str) -> str:
    value = letter.get(name)
    if value is None:
        return ""
    try:
        text = str(email.header.make_header(email.header.decode_header(str(value)[:4000])))
    except (LookupError, ValueError):  # an unknown charset or broken base64: show it as it stands
        text = str(value)
    return " ".join(text.split())[:1000]
