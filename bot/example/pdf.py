"""A small PDF writer for the invented letters: text in Helvetica, and pages that are a picture without text."""

from __future__ import annotations

import textwrap

WIDTH, HEIGHT, MARGIN = 595, 842, 64  # A4 in points
_SIZE, _HEADING = 11, 15
_COLUMNS = 84  # characters of Helvetica 11 that surely fit between the margins


def text_pdf(text: str) -> bytes:
    """Return a PDF of the text: wrapped lines, `# ` for a heading, a form feed for a new page."""
    pages = [_drawn(lines) for sheet in text.split("\f") for lines in _sheets(sheet.strip("\n").split("\n"))]
    return _file([(stream, b"") for stream in pages])


def scanned_pdf(pages: int = 1) -> bytes:
    """Return a PDF whose pages are a picture of lines, as a scanner without text recognition makes them."""
    columns, rows = 320, 452
    white, ink = b"\xff" * (columns // 8), b"\xff" * 5 + b"\x24\x92\x49" * 10 + b"\xff" * 5
    picture = b"".join(ink if 40 < row < 380 and row % 14 < 5 else white for row in range(rows))
    head = f"<< /Type /XObject /Subtype /Image /Width {columns} /Height {rows} /ColorSpace /DeviceGray"
    image = f"{head} /BitsPerComponent 1 /Length {len(picture)} >>\nstream\n".encode() + picture + b"\nendstream"
    return _file([(f"q {WIDTH} 0 0 {HEIGHT} 0 0 cm /Im1 Do Q".encode(), image)] * pages)


def _sheets(lines: list[str]) -> list[list[tuple[int, str]]]:
    """Return the lines wrapped, with their sizes, cut into pages."""
    wrapped: list[tuple[int, str]] = []
    for line in lines:
        size = _HEADING if line.startswith("# ") else _SIZE
        words = line.removeprefix("# ")
        hanging = "  " if words[:2] in ("- ", "• ") or words[:2].rstrip(".").isdigit() else ""
        width = _COLUMNS * _SIZE // size
        wrapped += [(size, part) for part in textwrap.wrap(words, width, subsequent_indent=hanging) or [""]]
    fit = (HEIGHT - 2 * MARGIN) // 16
    return [wrapped[start : start + fit] for start in range(0, max(len(wrapped), 1), fit)]


def _drawn(lines: list[tuple[int, str]]) -> bytes:
    drawn = [b"BT", f"{MARGIN} {HEIGHT - MARGIN} Td 16 TL".encode()]
    for size, line in lines:
        shown = line.encode("cp1252", "replace")
        for plain, escaped in ((b"\\", b"\\\\"), (b"(", b"\\("), (b")", b"\\)")):
            shown = shown.replace(plain, escaped)
        drawn.append(b"/F%d %d Tf (%s) Tj T*" % (2 if size == _HEADING else 1, size, shown))
    return b"\n".join([*drawn, b"ET"])


def _file(pages: list[tuple[bytes, bytes]]) -> bytes:
    """Return the file: catalog, page tree and fonts, then page, drawing and picture for each page."""
    kids = " ".join(f"{5 + 3 * number} 0 R" for number in range(len(pages)))
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /{} /Encoding /WinAnsiEncoding >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} /MediaBox [0 0 {WIDTH} {HEIGHT}] >>".encode(),
        font.format("Helvetica").encode(),
        font.format("Helvetica-Bold").encode(),
    ]
    for number, (stream, image) in enumerate(pages):
        first = 5 + 3 * number
        pictures = f"/XObject << /Im1 {first + 2} 0 R >>" if image else ""
        objects += [
            f"<< /Type /Page /Parent 2 0 R /Contents {first + 1} 0 R "
            f"/Resources << /Font << /F1 3 0 R /F2 4 0 R >> {pictures} >> >>".encode(),
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
            image or b"null",
        ]
    out, places = b"%PDF-1.4\n%\xe5\xe4\xf6\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table + end
