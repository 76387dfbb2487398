"""MIME out of letters that came in another form, so that all letters are read by one reader."""

from __future__ import annotations

import base64
import email.utils
import hashlib


def part(media: str, content: bytes, more: str = "") -> bytes:
    """Return one part, its content as base64. `more` is further header lines, each with its CRLF."""
    head = f"Content-Type: {media}\r\n{more}Content-Transfer-Encoding: base64\r\n\r\n"
    return head.encode("ascii", "replace") + base64.encodebytes(content).replace(b"\n", b"\r\n")


def joined(media: str, parts: list[bytes]) -> bytes:
    """Return several parts as one; the boundary is drawn from the content, so the same letter gives the same bytes."""
    boundary = "=_" + hashlib.sha256(b"\0".join(parts)).hexdigest()[:40]
    head = f'Content-Type: {media}; boundary="{boundary}"\r\n\r\n'.encode()
    line = b"--" + boundary.encode()
    return head + b"".join(line + b"\r\n" + part + b"\r\n" for part in parts) + line + b"--\r\n"


def attachment(name: str, content: bytes, media: str = "application/octet-stream") -> bytes:
    """Return a part that is an attachment with a name."""
    quoted = email.utils.encode_rfc2231(name or "bilaga", "utf-8")
    return part(media, content, f"Content-Disposition: attachment; filename*={quoted}\r\n")
