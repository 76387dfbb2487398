"""Rows of colour as a PNG; a page needs no library of pictures for that."""

from __future__ import annotations

import struct
import zlib

_MAGIC = b"\x89PNG\r\n\x1a\n"


def is_png(data: bytes) -> bool:
    """Tell whether the content is a PNG."""
    return data.startswith(_MAGIC)


def written(rows: bytes, width: int, height: int, stride: int) -> bytes:
    """Return rows of red, green and blue, a byte each, as a PNG; stride is the bytes from one row to the next."""
    lines = b"".join(b"\x00" + rows[y * stride : y * stride + 3 * width] for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return _MAGIC + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(lines, 6)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
