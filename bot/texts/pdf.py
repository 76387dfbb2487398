"""Text out of PDF files; the only importer of pypdfium2."""

from __future__ import annotations

import re
import threading
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from bot.texts.tidy import LIMIT, tidy
from handlers.reading.reading import Extracted

PAGES = 60
SCAN = "Bilagan är en bild utan text."
LOCKED = "PDF:en är låst med lösenord."
DAMAGED = "PDF:en är skadad och gick inte att öppna."

# pdfium marks a word that it thinks is broken over two lines: U+0002 (older) or U+FFFE, then the line end.
_BROKEN_WORD = re.compile("[\x02\ufffe](?:\r?\n)?")
# "barn- och utbildningsnämnden" and "SN-KS" are no broken words.
_HALF_WORD = re.compile("[\x02\ufffe](?:\r?\n)?(?=(?:och|eller|samt|respektive|till)\\b)")
_HYPHEN = re.compile("[\x02\ufffe](?:\r?\n)?(?=[A-ZÅÄÖ0-9])")
_one_at_a_time = threading.Lock()  # pdfium is not made for threads


def is_pdf(data: bytes) -> bool:
    """Tell whether the content is a PDF; the mark may stand a little way in."""
    return b"%PDF-" in data[:1024]


def read(name: str, data: bytes, charset: str | None = None) -> Extracted:
    """Return the text of a PDF, page by page, with the values of its form fields."""
    with _one_at_a_time:
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as refusal:
            locked = getattr(refusal, "err_code", None) in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY)
            return Extracted(warnings=(LOCKED if locked else DAMAGED,))
        try:
            return _read(document)
        finally:
            document.close()


def _read(document: Any) -> Extracted:
    count = len(document)
    if count and document.get_formtype() != pdfium.FORMTYPE_NONE:
        document.init_forms()
    texts: list[str] = []
    starts: list[int] = []
    pictures: list[int] = []
    length = 0
    for number in range(min(count, PAGES)):
        text, picture = _page(document, number, LIMIT - length)
        if picture and not text.strip():
            pictures.append(number + 1)
        starts.append(length)
        texts.append(text)
        length += len(text) + 2
        if length >= LIMIT:
            break
    whole = "\n\n".join(texts)
    return Extracted(
        text=whole if whole.strip() else "",
        pages=count,
        page_starts=tuple(starts) if whole.strip() else (),
        warnings=_warnings(count, len(texts), bool(whole.strip()), pictures),
    )


def _page(document: Any, number: int, room: int) -> tuple[str, bool]:
    """Return one page's text and whether it carries a picture; a damaged page is an empty one."""
    try:
        page = document[number]
    except pypdfium2.PdfiumError:
        return "", False
    try:
        if document.formenv:
            page.flatten()  # what stands in the fields of a form becomes part of the page
            page.close()
            page = document[number]
        words = page.get_textpage()
        text = words.get_text_range()
        words.close()
        picture = not text.strip() and any(
            part.type == pdfium.FPDF_PAGEOBJ_IMAGE for part in page.get_objects(max_depth=3)
        )
        return tidy(_whole_words(text), max(room, 0)), picture
    except pypdfium2.PdfiumError:
        return "", False
    finally:
        page.close()


def _whole_words(text: str) -> str:
    return _BROKEN_WORD.sub("", _HYPHEN.sub("-", _HALF_WORD.sub("- ", text)))


def _warnings(count: int, read_pages: int, any_text: bool, pictures: list[int]) -> tuple[str, ...]:
    if not count:
        return (DAMAGED,)
    found = []
    if not any_text:
        found.append(SCAN if pictures else "PDF:en har ingen text.")
    elif len(pictures) == 1:
        found.append(f"Sida {pictures[0]} är en bild utan text.")
    elif pictures:
        found.append(f"Sidorna {', '.join(map(str, pictures[:10]))} är bilder utan text.")
    if read_pages < count:
        found.append(f"Bara de första {read_pages} av {count} sidor är lästa.")
    return tuple(found)
