"""A letter as it looked and a page as a picture, made in children of their own, for people to look at."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from handlers.ports import Reader
from handlers.reading.material import Extract
from handlers.reading.reading import Attachment, Context, Reading, Text

SHOW = "bot.showing:show"  # what the children are told to show with
PAGES = 60  # of one paper; the rest is in the file
_MOST_HTML = 4_000_000  # characters, as they come from a child
_MOST_PICTURE = 12_000_000  # bytes
_ROOM = 32_000_000  # bytes of pictures that are kept, so that turning back is quick
_MARK = b"namndbot-visa "  # before the wish; what comes after the line is a letter or a file


@dataclass(frozen=True, slots=True)
class Frame:
    """A letter's HTML, made harmless. pictures: that it had some, which are not shown."""

    html: str
    pictures: bool
    cut: bool


def show(raw: bytes, _context: Context, _extract: Extract) -> tuple[Reading, tuple[bytes, ...]]:
    """Do what the first line wishes with the bytes after it. In a child only."""
    wish, _, data = raw.removeprefix(_MARK).partition(b"\n")
    told = json.loads(wish)
    if told["what"] == "page":
        from bot.texts import pdf

        picture = pdf.picture(data, int(told["page"]))
        if picture is None:
            return Reading(unreadable=True), ()
        kept = Attachment("sida.png", "image/png", len(picture), hashlib.sha256(picture).hexdigest())
        return Reading(attachments=(kept,)), (picture,)
    from bot.texts import as_it_looked

    looked = as_it_looked.of_letter(_mime(data))
    notes = json.dumps({"pictures": looked.pictures, "cut": looked.cut})
    return Reading(texts=(Text("html", looked.html), Text("notes", notes))), ()


def _mime(data: bytes) -> bytes:
    from bot.reading_child import OLE_MAGIC

    if not data.startswith(OLE_MAGIC):
        return data
    from bot.texts.msg import to_mime

    return to_mime(data)


# What follows runs in the bot, outside the child.


class Viewer:
    """Shows letters and pages; keeps the newest pictures in memory. Any thread may call it."""

    def __init__(self, reader: Reader, room: int = _ROOM) -> None:
        """Take children that show (SHOW), and how many bytes of pictures may be kept."""
        self._reader = reader
        self._room = room
        self._kept: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def frame(self, raw: bytes) -> Frame | None:
        """Return a letter's HTML, made harmless; None when no child could make it so."""
        reading = self._asked({"what": "html"}, raw)[0]
        texts = {t.where: t.text for t in reading.texts}
        if reading.unreadable or len(texts.get("html", "")) > _MOST_HTML:
            return None
        try:
            notes = json.loads(texts.get("notes", "{}"))
            return Frame(texts.get("html", ""), notes.get("pictures") is True, notes.get("cut") is True)
        except (ValueError, AttributeError, RecursionError):  # a child that was taken over may say anything
            return None

    def page(self, data: bytes, sha256: str, number: int, *, keep: bool) -> bytes | None:
        """Return a page of a PDF, from 1, as a PNG; None when there is none or it cannot be made.

        keep: the picture may stay in memory; of what is secret it may not.
        """
        if not 1 <= number <= PAGES:
            return None
        known = self._known((sha256, number)) if keep else None
        if known is not None:
            return known
        reading, contents = self._asked({"what": "page", "page": number}, data)
        picture = contents[0] if contents else b""
        if reading.unreadable or not picture.startswith(b"\x89PNG\r\n\x1a\n") or len(picture) > _MOST_PICTURE:
            return None
        if keep:
            self._keep((sha256, number), picture)
        return picture

    def _asked(self, wish: dict[str, Any], data: bytes) -> tuple[Reading, tuple[bytes, ...]]:
        letter = self._reader.read(_MARK + json.dumps(wish).encode() + b"\n" + data, Context())
        return letter.reading, letter.contents

    def _known(self, key: tuple[str, int]) -> bytes | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def _keep(self, key: tuple[str, int], picture: bytes) -> None:
        with self._lock:
            self._kept[key] = picture
            self._kept.move_to_end(key)
            while sum(map(len, self._kept.values())) > self._room:
                self._kept.popitem(last=False)
