"""The child that reads letters where they can do no harm: limits first, then one letter after another."""

from __future__ import annotations

import contextlib
import json
import os
import re
import resource
import signal
import sys
from collections.abc import Callable, Sequence
from typing import Any, BinaryIO

# Only what the frames need is imported here: the rest is imported under the limits.

HEADER_LIMIT = 64_000_000  # bytes of JSON in one frame
OLE_MAGIC = b"\xd0\xcf\x11\xe0"
NO_LETTER = "Brevet gick inte att läsa: filen är inget brev från Outlook, eller skadad."

ReadFunction = Callable[..., tuple[Any, tuple[bytes, ...]]]


def frame(header: dict[str, Any], blobs: Sequence[bytes]) -> list[bytes]:
    """Return the pieces of one frame: length of the header (8 bytes), header as JSON with the blobs' sizes, blobs.

    What no database takes is left out on the way: halves of surrogate pairs and NUL.
    """
    text = json.dumps({**header, "sizes": [len(b) for b in blobs]}, ensure_ascii=False)
    if "\\u0000" in text:
        text = re.sub(r"(?<!\\)((?:\\\\)*)\\u0000", r"\1", text)
    data = text.encode("utf-8", "replace")
    return [len(data).to_bytes(8, "big") + data, *blobs]


def read_frame(stream: BinaryIO) -> tuple[dict[str, Any], list[bytes]] | None:
    """Return the next frame, or None at the end of the stream."""
    start = stream.read(8)
    if len(start) < 8:
        return None
    header = json.loads(stream.read(int.from_bytes(start, "big")))
    return header, [stream.read(size) for size in header["sizes"]]


def read_letter(raw: bytes, context: Any, read: ReadFunction) -> tuple[Any, tuple[bytes, ...]]:
    """Read one letter in this process; a whole .msg is made into MIME first.

    An old Office file that is no letter, or a .msg that is damaged, comes back as unreadable.
    """
    from bot import texts

    if raw.startswith(OLE_MAGIC):
        from bot.texts.msg import to_mime

        try:
            raw = to_mime(raw)
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - a stranger's bytes can break the parser in any way; the letter is kept all the same
            return _no_letter(raw), ()
    return read(raw, context, texts.Texts(texts.Ocr()))


def _no_letter(raw: bytes) -> Any:
    import hashlib

    from handlers.reading.reading import Reading

    return Reading(
        unreadable=True,
        review=("Kunde inte tolkas",),
        warnings=(NO_LETTER,),
        fingerprint=hashlib.sha256(raw).hexdigest(),  # so that two such files are not taken for one
    )


def find_read(name: str) -> ReadFunction:
    """Return the function that reads a letter, from "module:function"."""
    import importlib

    module, _, function = name.partition(":")
    found: ReadFunction = getattr(importlib.import_module(module), function)
    return found


def main() -> None:
    """Serve letters from standard input until it ends."""
    megabytes, cpu_seconds, wall_seconds, reader = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
    into, out = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a library that prints must not write into the answers
    _limit(megabytes)
    try:
        read = find_read(reader)
        from bot import texts  # noqa: F401 - once, while nobody waits
        from handlers.reading.reading import Context
    except Exception as fault:  # noqa: BLE001 - the parent tells people why no reader starts
        _answer(out, {"broken": f"{type(fault).__name__}: {fault}"[:500]})
        return
    _answer(out, {"ready": True})
    while (received := read_frame(into)) is not None:
        header, (raw,) = received
        context = Context(**_told(header["context"]))
        _allow(cpu_seconds, wall_seconds)
        try:
            reading, contents = read_letter(raw, context, read)
            _answer(out, {"reading": reading.to_brief()}, contents)
        except MemoryError:
            del received, raw
            _answer(out, {"failed": "memory"})
            return  # a heap that has been full is not given to the next letter
        except Exception:  # noqa: BLE001 - one letter must not stop the next; the parent tries once more, then says so
            _answer(out, {"failed": "error"})


def _limit(megabytes: int) -> None:
    room = megabytes * 1024 * 1024
    for what, most in (
        (resource.RLIMIT_AS, room),
        (resource.RLIMIT_FSIZE, 0),  # no file can grow
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),  # no letter in a core dump
    ):
        with contextlib.suppress(ValueError, OSError):  # a limit this machine does not have, or a stricter one
            resource.setrlimit(what, (most, most))


def _allow(cpu_seconds: float, wall_seconds: float) -> None:
    """Give this letter its processor time, and an end even if the parent is no longer there to cut it off."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime + cpu_seconds) + 1, hard))
    signal.setitimer(signal.ITIMER_REAL, wall_seconds + 5)


def _told(plain: dict[str, Any]) -> dict[str, Any]:
    """Return the context's fields as they were before they were JSON."""
    import datetime as dt

    told: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in plain.items()}
    if told.get("received"):
        told["received"] = dt.datetime.fromisoformat(told["received"])
    return told


def _answer(out: BinaryIO, header: dict[str, Any], blobs: Sequence[bytes] = ()) -> None:
    signal.setitimer(signal.ITIMER_REAL, 0)
    for piece in frame(header, blobs):
        out.write(piece)
    out.flush()


if __name__ == "__main__":
    main()
