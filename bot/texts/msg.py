"""Outlook's own letters (.msg): their text, and the same letter as MIME; the only importer of python-oxmsg."""

from __future__ import annotations

import datetime as dt
import email.header
import email.parser
import email.utils
import io
import re
from dataclasses import replace
from typing import Any

from olefile import OleFileIO  # type: ignore[import-untyped]  # comes with python-oxmsg
from oxmsg.attachment import Attachment
from oxmsg.domain import constants as c
from oxmsg.domain import model
from oxmsg.properties import Properties
from oxmsg.recipient import Recipient
from oxmsg.storage import Storage

from bot.texts import letters, mime, rtf
from bot.texts.tidy import decode
from handlers.reading.reading import Extracted

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
DEPTH = 4  # letters within letters
PARTS = 200  # attachments and receivers of one letter

_EMBEDDED_OFFSET = 24  # where the properties of a letter inside a letter begin; 32 in the outermost
_EMBEDDED_NAME = "__substg1.0_3701000D"
_RICH_BODY = 0x1009
_RECIPIENT_TYPE = 0x0C15
_KINDS = {1: "To", 2: "Cc"}  # 3 is Bcc, which a letter does not show
_NAME = re.compile(r"[!-9;-~]{1,80}")
_OURS = ("content-", "mime-version")


def is_ole(data: bytes) -> bool:
    """Tell whether the content is a compound file, as .msg, .doc and .xls are."""
    return data.startswith(MAGIC[:4])


def is_msg(data: bytes) -> bool:
    """Tell whether the content is a letter from Outlook and no other compound file."""
    return is_ole(data) and "__properties_version1.0".encode("utf-16-le") in data


def read(name: str, data: bytes, charset: str | None = None) -> Extracted:
    """Return the text of an attached .msg: its head, its words, and the names of what it carries."""
    letter = to_mime(data)
    return replace(letters.read(name, letter), letter=letter)


def to_mime(raw: bytes) -> bytes:
    """Return a .msg letter as a MIME message: headers, body as text and HTML, attachments, letters within letters.

    The headers of the transport are kept where the letter has them. Raises ValueError or OSError when the bytes
    are no .msg at all; what is damaged inside is left out.
    """
    if not is_msg(raw):
        raise ValueError("not a letter from Outlook")
    with OleFileIO(io.BytesIO(raw)) as ole:
        storage = Storage.from_ole(ole)
    return _mime(storage, model.MSG_HDR_OFFSET, 0)


def _mime(storage: Any, offset: int, depth: int) -> bytes:
    properties = Properties(storage, properties_header_offset=offset)
    parts: list[bytes] = []
    text = _text(properties, c.PID_BODY)
    if text is not None:
        parts.append(mime.part("text/plain; charset=utf-8", text.encode("utf-8", "replace")))
    page = _page(properties)
    if page is not None:
        parts.append(mime.part("text/html; charset=utf-8", page.encode("utf-8", "replace")))
    if not parts:
        parts += _rich(properties)
    bodies = [mime.joined("multipart/alternative", parts)] if len(parts) > 1 else parts
    attached = [_attached(s, depth) for s in list(storage.iter_attachment_storages())[:PARTS]]
    content = mime.joined("multipart/mixed", bodies + [part for part in attached if part])
    return "".join(_headers(storage, properties)).encode("utf-8", "replace") + b"MIME-Version: 1.0\r\n" + content


def _headers(storage: Any, properties: Any) -> list[str]:
    """Return header lines: those of the transport, and what is missing from the letter's own properties."""
    lines: list[str] = []
    present: set[str] = set()
    for name, value in email.parser.HeaderParser().parsestr(_text(properties, 0x007D) or "").items():
        if _NAME.fullmatch(name) and not name.lower().startswith(_OURS):
            folded = "\r\n ".join(line.strip() for line in str(value).splitlines() if line.strip())
            lines.append(f"{name}: {folded}\r\n")
            present.add(name.lower())
    for name, made in _own(storage, properties):
        if made and name.lower() not in present:
            lines.append(f"{name}: {made}\r\n")
    return lines


def _own(storage: Any, properties: Any) -> list[tuple[str, str]]:
    addressed: dict[str, list[str]] = {"To": [], "Cc": []}
    for inner in list(storage.iter_recipient_storages())[:PARTS]:
        recipient = Recipient(inner).properties
        kind = _KINDS.get(_number(recipient, _RECIPIENT_TYPE) or 1)
        address = _text(recipient, c.PID_SMTP_ADDRESS) or _text(recipient, c.PID_EMAIL_ADDRESS)
        party = _party(_text(recipient, c.PID_DISPLAY_NAME), address)
        if kind and party:
            addressed[kind].append(party)
    sender = _text(properties, c.PID_SENDER_SMTP_ADDRESS) or _text(properties, c.PID_SENDER_EMAIL_ADDRESS)
    sent = _moment(properties, c.PID_CLIENT_SUBMIT_TIME) or _moment(properties, 0x0E06)
    return [
        ("From", _party(_text(properties, c.PID_SENDER_NAME), sender)),
        ("To", ",\r\n ".join(addressed["To"])),
        ("Cc", ",\r\n ".join(addressed["Cc"])),
        ("Subject", _encoded(_text(properties, c.PID_SUBJECT) or "")),
        ("Date", email.utils.format_datetime(sent) if sent else ""),
        ("Message-ID", _one_line(_text(properties, 0x1035) or "")),
        ("In-Reply-To", _one_line(_text(properties, 0x1042) or "")),
        ("References", _one_line(_text(properties, 0x1039) or "")),
    ]


def _attached(storage: Any, depth: int) -> bytes | None:
    inner = next((s for s in storage.storages if s.name.upper() == _EMBEDDED_NAME.upper()), None)
    if inner is not None:
        if depth >= DEPTH:
            return None
        letter = _mime(inner, _EMBEDDED_OFFSET, depth + 1)
        return b"Content-Type: message/rfc822\r\nContent-Disposition: attachment\r\n\r\n" + letter
    attachment = Attachment(storage)
    try:
        content = attachment.file_bytes
    except (KeyError, ValueError):
        content = None
    if content is None:
        return None
    properties = attachment.properties
    name = _one_line(_text(properties, c.PID_ATTACH_LONG_FILENAME) or _text(properties, c.PID_ATTACH_FILENAME) or "")
    media = _one_line(_text(properties, c.PID_ATTACH_MIME_TAG) or "").lower()
    if not re.fullmatch(r"[a-z0-9.+-]+/[a-z0-9.+-]+", media) or media.startswith(("multipart/", "message/")):
        media = "application/octet-stream"
    mark = _one_line(_text(properties, c.PID_ATTACH_CONTENT_ID) or "")
    place = "inline" if mark and _number(properties, c.PID_ATTACHMENT_HIDDEN) else "attachment"
    more = f"Content-ID: <{_encoded(mark)}>\r\n" if mark else ""
    quoted = email.utils.encode_rfc2231(name or "bilaga", "utf-8")
    return mime.part(media, content, f"{more}Content-Disposition: {place}; filename*={quoted}\r\n")


def _page(properties: Any) -> str | None:
    try:
        content = properties.binary_prop_value(c.PID_HTML)
    except (KeyError, ValueError):
        content = None
    if content:
        try:
            charset = str(properties.body_encoding)
        except (KeyError, ValueError):  # a code page that nobody knows
            charset = None
        return decode(content, charset)
    return _text(properties, c.PID_BODY_HTML)


def _rich(properties: Any) -> list[bytes]:
    """Return the body as text where the letter has it as rich text only."""
    try:
        words = rtf.to_text(rtf.unpacked(properties.binary_prop_value(_RICH_BODY) or b""))
    except (KeyError, ValueError, IndexError):
        return []
    return [mime.part("text/plain; charset=utf-8", words.encode("utf-8", "replace"))]


def _text(properties: Any, pid: int) -> str | None:
    try:
        value = properties.str_prop_value(pid)
    except (KeyError, ValueError):  # named but not there, or in another charset than it says
        return None
    return value.replace("\x00", "") if isinstance(value, str) else None


def _number(properties: Any, pid: int) -> int | None:
    try:
        value = properties.int_prop_value(pid)
    except (KeyError, ValueError):
        return None
    return int(value) if isinstance(value, int) else None


def _moment(properties: Any, pid: int) -> dt.datetime | None:
    try:
        value = properties.date_prop_value(pid)
    except (KeyError, ValueError, OverflowError):
        return None
    return value if isinstance(value, dt.datetime) and value.year > 1970 else None


def _party(name: str | None, address: str | None) -> str:
    shown = _one_line(name or "").strip("'\"")
    plain = _one_line(address or "")
    if not re.fullmatch(r"[!-~]+@[!-~]+", plain):
        return _encoded(shown or plain)
    return email.utils.formataddr((shown, plain), "utf-8")


def _encoded(text: str) -> str:
    text = _one_line(text)
    return text if text.isascii() else email.header.Header(text, "utf-8").encode(linesep="\r\n")


def _one_line(text: str) -> str:
    return " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", text).split())
