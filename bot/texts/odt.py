"""Text out of OpenDocument files (.odt), read straight from their XML."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from lxml import etree

from bot.texts import zipxml
from bot.texts.tidy import tidy
from handlers.reading.reading import Extracted

TOO_DENSE = "OpenDocument-filen är packad på ett onormalt sätt och är inte läst."
LOCKED = "OpenDocument-filen är låst med lösenord."

_NAMES = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
_TEXT, _TABLE, _OFFICE, _STYLE = (_NAMES % name for name in ("text", "table", "office", "style"))
_UNSEEN = (_TEXT + "tracked-changes", _OFFICE + "annotation", _TEXT + "note-citation")
_LINES = (_TEXT + "p", _TEXT + "h", _TABLE + "table-row")


def is_odt(data: bytes) -> bool:
    """Tell whether the content is an OpenDocument text."""
    return data.startswith(b"PK\x03\x04") and b"application/vnd.oasis.opendocument.text" in data[:200]


def read(name: str, data: bytes, charset: str | None = None) -> Extracted:
    """Return the text of an OpenDocument text: page headers, then the body; deleted text and comments are left out."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = set(archive.namelist())
        if "META-INF/manifest.xml" in names and b"encryption-data" in archive.open("META-INF/manifest.xml").read(
            99_999
        ):
            return Extracted(warnings=(LOCKED,))
        try:
            content = zipxml.part(archive, archive.getinfo("content.xml"))
            styles = zipxml.part(archive, archive.getinfo("styles.xml")) if "styles.xml" in names else None
        except zipxml.TooDense:
            return Extracted(warnings=(TOO_DENSE,))
    heads = [_text(head) for head in styles.iter(_STYLE + "header")][:6] if styles is not None else []
    body = content.find(f"{_OFFICE}body") if content is not None else None
    texts = [*dict.fromkeys(heads), _text(body) if body is not None else ""]
    return Extracted(text=tidy("\n\n".join(text for text in texts if text.strip())))


def _text(root: Any) -> str:
    pieces: list[str] = []
    unseen = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        tag = element.tag
        if tag in _UNSEEN:
            unseen += 1 if event == "start" else -1
        if not unseen and event == "start":
            pieces.append(_opening(element, tag))
            pieces.append(element.text or "" if tag not in _UNSEEN else "")
        elif not unseen:
            pieces.append("\n" if tag in _LINES else "\t" if tag == _TABLE + "table-cell" else "")
            pieces.append((element.tail or "") if element is not root else "")
    return "".join(pieces).replace("\n\t", "\t")


def _opening(element: Any, tag: object) -> str:
    if tag == _TEXT + "s":
        count = element.get(_TEXT + "c", "1")
        return " " * min(int(count), 200) if count.isdigit() else " "
    if tag == _TEXT + "tab":
        return "\t"
    if tag == _TEXT + "line-break":
        return "\n"
    if tag == _TEXT + "list-item":
        return "• "
    return ""
