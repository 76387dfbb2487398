"""Text out of Word files (.docx), read straight from their XML."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

from lxml import etree

from bot.texts import zipxml
from bot.texts.tidy import tidy
from handlers.reading.reading import Extracted

TOO_DENSE = "Word-filen är packad på ett onormalt sätt och är inte läst."

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
# The diarienummer and the date often stand in the page header of a municipality's template, so headers come first.
_PARTS = (r"word/header\d*\.xml", r"word/document\d*\.xml", r"word/footnotes\.xml", r"word/footer\d*\.xml")
# Word's own list styles carry their bullet in the style, not in the paragraph.
_LIST_STYLE = re.compile(r"(?:List(?:Bullet|Number)|Punktlista|Numreradlista|ListeNummer|Aufzhlung)", re.I)
_OF_A_KIND = 6  # a document with more sections than that repeats its headers


def is_docx(data: bytes) -> bool:
    """Tell whether the content is a Word file."""
    return data.startswith(b"PK\x03\x04") and b"word/document" in data


def read(name: str, data: bytes, charset: str | None = None) -> Extracted:
    """Return the text of a Word file: page headers, body, footnotes; deleted text is left out."""
    texts: list[str] = []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = archive.infolist()
        for pattern in _PARTS:
            for entry in [e for e in entries if re.fullmatch(pattern, e.filename)][:_OF_A_KIND]:
                try:
                    text = tidy(_text(zipxml.part(archive, entry)))
                except zipxml.TooDense:
                    return Extracted(warnings=(TOO_DENSE,))
                if text and text not in texts:  # the same header once for each section
                    texts.append(text)
    return Extracted(text=tidy("\n\n".join(texts)))


def _text(root: Any) -> str:
    if root is None:
        return ""
    pieces: list[str] = []
    unseen = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        tag = element.tag
        if tag == _FALLBACK:  # the same text box once more, for older programs
            unseen += 1 if event == "start" else -1
        elif unseen:
            continue
        elif event == "start":
            pieces.append(_opening(element, tag))
        elif tag in (_W + "p", _W + "tr"):
            pieces.append("\n")
        elif tag == _W + "tc":
            pieces.append("\t")
    return "".join(pieces).replace("\n\t", "\t")


def _listed(settings: Any) -> bool:
    """Has the paragraph its bullet by its style already?"""
    style = settings.find(_W + "pStyle") if settings is not None else None
    return style is not None and _LIST_STYLE.match(style.get(_W + "val") or "") is not None


def _opening(element: Any, tag: object) -> str:
    if tag == _W + "t":
        return element.text or ""
    if tag == _W + "tab":
        # w:tab is also the name of a tab stop in a paragraph's settings, which is no text.
        parent = element.getparent()
        return "\t" if parent is not None and parent.tag == _W + "r" else ""
    if tag in (_W + "br", _W + "cr"):
        return "\n"
    if tag == _W + "noBreakHyphen":
        return "-"
    if tag == _W + "numPr":
        return "• " if not _listed(element.getparent()) else ""
    if tag == _W + "pStyle" and _LIST_STYLE.match(element.get(_W + "val") or ""):
        return "• "
    return ""
