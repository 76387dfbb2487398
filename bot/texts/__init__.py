"""Text out of what letters carry, one file per format; run in the reading children only."""

from __future__ import annotations

from collections.abc import Callable
from email.message import Message

from bot.texts import archives, docx, html, letters, msg, odt, packed, pdf, plain, rtf, smime, winmail
from bot.texts.ocr import Ocr as Ocr
from bot.texts.tidy import shown
from handlers.reading.reading import Extracted

Read = Callable[[str, bytes, str | None], Extracted]

# What the content itself says, asked from the top; the first that says yes reads.
BY_CONTENT: tuple[tuple[Callable[[bytes], bool], Read], ...] = (
    (lambda data: not data, packed.empty),
    (winmail.is_winmail, winmail.read),
    (docx.is_docx, docx.read),
    (odt.is_odt, odt.read),
    (archives.is_zip, archives.read_zip),
    (msg.is_msg, msg.read),
    (msg.is_ole, packed.old_office),
    (rtf.is_rtf, rtf.read),
    (smime.is_smime, smime.read),
    (archives.is_tar, archives.read_tar),
    (archives.is_never_opened, archives.never_opened),
    (packed.is_picture, packed.picture),
    (pdf.is_pdf, pdf.read),  # late: its mark may stand a little way in, and then also in a package that holds one
    (html.looks_like_html, html.read),
)

# Text says little of itself: then the end of the name, and last the type that the letter declares.
BY_NAME: tuple[tuple[tuple[str, ...], Read], ...] = (
    ((".htm", ".html"), html.read),
    ((".eml",), letters.read),
    ((".txt", ".csv", ".ics", ".md", ".log", ".vcf"), plain.read),
)
BY_TYPE: tuple[tuple[tuple[str, ...], Read], ...] = (
    (("text/html", "application/xhtml+xml"), html.read),
    (("message/rfc822",), letters.read),
    (("text/",), plain.read),
)


class Texts:
    """Reads the parts of one letter; holds the time that its pictures may take."""

    def __init__(self, see: Ocr | None = None) -> None:
        self._see = see

    def __call__(self, media_type: str, name: str, data: bytes) -> Extracted:
        """Return the text of a part, and warnings in Swedish for what could not be read; never raises.

        `media_type` may carry a charset ("text/html; charset=iso-8859-1"). A part that is no attachment has no name.
        """
        try:
            declared, charset = _declared(media_type)
            read = _chosen(declared, name.lower(), data)
            if read is pdf.read:
                return pdf.read(name, data, charset, self._see)
            if read is packed.picture:
                return packed.picture(name, data, charset, self._see)
            return read(name, data, charset)
        except Exception:  # noqa: BLE001 - a stranger's file can break a parser in any way; the letter must still be read
            return Extracted(warnings=(f"Bilagan kunde inte läsas: {shown(name) or 'utan namn'}",))


def extract(media_type: str, name: str, data: bytes) -> Extracted:
    """Return the text of one part by itself; pictures are not read."""
    return Texts()(media_type, name, data)


def _chosen(declared: str, name: str, data: bytes) -> Read:
    if declared in ("text/plain", "text/html") and not name:
        # The letter's own words: a plain body that quotes headers or markup is still a plain body.
        return html.read if declared == "text/html" else plain.read
    for says, read in BY_CONTENT:
        if says(data):
            return read
    if not plain.looks_like_text(data):
        return packed.unknown
    for endings, read in BY_NAME:
        if name.endswith(endings):
            return read
    if letters.looks_like_letter(data) and not declared.startswith("text/"):
        return letters.read  # a header kept as a text file ("meddelandehuvud.txt") stays the text it is
    for types, read in BY_TYPE:
        if declared.startswith(types):
            return read
    return plain.read


def _declared(media_type: str) -> tuple[str, str | None]:
    header = Message()
    header["Content-Type"] = " ".join(media_type.split())
    return header.get_content_type(), header.get_content_charset()
