"""Text out of PDF files; the only importer of pypdfium2."""

from __future__ import annotations

import re
import threading
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from bot.texts import ocr, png
from bot.texts.tidy import LIMIT, decode, tidy
from handlers.reading.reading import Extracted

PAGES = 60
WIDE, TALL, MOST_PIXELS = 1000, 3000, 2_500_000  # of a page as a picture
SCAN = "Bilagan är en bild utan text."
LOCKED = "PDF:en är låst med lösenord."
DAMAGED = "PDF:en är skadad och gick inte att öppna."

# pdfium marks a word that it thinks is broken over two lines: U+0002 (older) or U+FFFE, then the line end.
_BROKEN_WORD = re.compile("[\x02\ufffe](?:\r?\n)?")
# "barn- och utbildningsnämnden" and "SN-KS" are no broken words.
_HALF_WORD = re.compile("[\x02\ufffe](?:\r?\n)?(?=(?:och|eller|samt|respektive|till)\\b)")
_HYPHEN = re.compile("[\x02\ufffe](?:\r?\n)?(?=[A-ZÅÄÖ0-9])")
# The properties as XML, in the file's own bytes.
_PACKET = re.compile(rb"<x:xmpmeta.{0,200000}?</x:xmpmeta>", re.S)
_STRINGS = re.compile(rb"\(([^()\\]{2,400})\)")
_HEX = re.compile(rb"<([0-9A-Fa-f]{6,800})>")
_TAGS = re.compile(r"<[^>]{0,2000}>")
_one_at_a_time = threading.Lock()  # pdfium is not made for threads


def is_pdf(data: bytes) -> bool:
    """Tell whether the content is a PDF; the mark may stand a little way in."""
    return b"%PDF-" in data[:1024]


def read(name: str, data: bytes, charset: str | None = None, see: ocr.Ocr | None = None) -> Extracted:
    """Return the text of a PDF, page by page, with the values of its form fields; pages that are pictures by OCR."""
    with _one_at_a_time:
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as refusal:
            locked = getattr(refusal, "err_code", None) in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY)
            return Extracted(warnings=(LOCKED if locked else DAMAGED,))
        try:
            return _read(document, see)
        finally:
            document.close()


def picture(data: bytes, number: int) -> bytes | None:
    """Return a page, from 1, as a PNG for the eye; None for a page that is not there, or a file that cannot be opened."""
    with _one_at_a_time:
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError:
            return None
        try:
            if not 1 <= number <= len(document):
                return None
            if document.get_formtype() != pdfium.FORMTYPE_NONE:
                document.init_forms()
            return _coloured(document, number - 1)
        except pypdfium2.PdfiumError:
            return None
        finally:
            document.close()


def _coloured(document: Any, number: int) -> bytes:
    page = document[number]
    try:
        width, height = (max(side, 1.0) for side in page.get_size())
        # As wide as a reader wants it, but no page takes more than its share: a poster is made smaller.
        scale = min(WIDE / width, TALL / height, (MOST_PIXELS / (width * height)) ** 0.5)
        bitmap = page.render(scale=scale, rev_byteorder=True, prefer_bgrx=False)
        try:
            return png.written(bytes(bitmap.buffer), bitmap.width, bitmap.height, bitmap.stride)
        finally:
            bitmap.close()
    finally:
        page.close()


def properties(data: bytes) -> str | None:
    """Return the words of a PDF's properties; None when more than words stands in it than its pages' text tells.

    More is: pictures, comments, form fields, attached files, layers, an earlier version, or properties out of reach.
    """
    if data.count(b"%%EOF") != 1 or b"/Encrypt" in data or b"/OCProperties" in data:
        return None
    with _one_at_a_time:
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError:
            return None
        try:
            if document.get_formtype() != pdfium.FORMTYPE_NONE or pdfium.FPDFDoc_GetAttachmentCount(document):
                return None
            if not all(_has_words_only(document, number) for number in range(len(document))):
                return None
            told = [value for value in document.get_metadata_dict(skip_empty=True).values() if value]
            if b"/Info" in data and not told:
                return None
        except pypdfium2.PdfiumError:
            return None
        finally:
            document.close()
    packets = _PACKET.findall(data)
    if b"/Metadata" in data and not packets:
        return None
    told += [_TAGS.sub("\n", packet.decode("utf-8", "replace")) for packet in packets]
    # What lies about in the file and belongs to no page.
    told += [decode(text, "utf-16-be" if text.startswith(b"\xfe\xff") else None) for text in _STRINGS.findall(data)]
    told += [decode(bytes.fromhex(text.decode())) for text in _HEX.findall(data) if len(text) % 2 == 0]
    return tidy("\n".join(told), LIMIT)


def _has_words_only(document: Any, number: int) -> bool:
    page = document[number]
    try:
        if pdfium.FPDFPage_GetAnnotCount(page):
            return False
        return not any(
            part.type not in (pdfium.FPDF_PAGEOBJ_TEXT, pdfium.FPDF_PAGEOBJ_PATH)
            for part in page.get_objects(max_depth=3)
        )
    finally:
        page.close()


def _read(document: Any, see: ocr.Ocr | None) -> Extracted:
    count = len(document)
    if count and document.get_formtype() != pdfium.FORMTYPE_NONE:
        document.init_forms()
    texts: list[str] = []
    pictures: list[int] = []
    length = 0
    for number in range(min(count, PAGES)):
        text, picture = _page(document, number, LIMIT - length)
        if picture and not text.strip():
            pictures.append(number)
        texts.append(text)
        length += len(text) + 2
        if length >= LIMIT:
            break
    seen, notes = _by_eye(document, pictures, see)
    texts = [seen.get(number, text) for number, text in enumerate(texts)]
    whole = "\n\n".join(texts)
    blind = [number + 1 for number in pictures if number not in seen]
    return Extracted(
        text=whole if whole.strip() else "",
        pages=count,
        page_starts=_starts(texts) if whole.strip() else (),
        warnings=(*_warnings(count, len(texts), bool(whole.strip()), blind), *notes),
        seen=bool(seen),
    )


def _starts(texts: list[str]) -> tuple[int, ...]:
    starts, at = [], 0
    for text in texts:
        starts.append(at)
        at += len(text) + 2
    return tuple(starts)


def _by_eye(document: Any, pages: list[int], see: ocr.Ocr | None) -> tuple[dict[int, str], tuple[str, ...]]:
    """Return the texts of the pages (from 0) that are pictures, as far as they could be read, and what to say of it."""
    if not pages or see is None:
        return {}, ()
    if not see.available:
        return {}, (ocr.MISSING,)
    texts, all_read = see.read(_picture(document, number) for number in pages)
    found = {number: text for number, text in zip(pages, texts, strict=False) if text.strip()}
    return found, (*((ocr.UNSURE,) if found else ()), *(() if all_read else (ocr.NOT_ALL,)))


def _picture(document: Any, number: int) -> bytes:
    """Return a page as a grey picture (PGM), which needs no library of pictures."""
    page = document[number]
    try:
        longest = max(page.get_size())
        scale = ocr.DOTS * min(1.0, ocr.MOST_POINTS / max(longest, 1))
        bitmap = page.render(scale=scale, grayscale=True)
        rows, width, stride = bytes(bitmap.buffer), bitmap.width, bitmap.stride
        height = bitmap.height
        bitmap.close()
    finally:
        page.close()
    pixels = rows if stride == width else b"".join(rows[y * stride : y * stride + width] for y in range(height))
    return b"P5 %d %d 255\n" % (width, height) + pixels


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
