"""Where the search begins: the letters of tests/letters, and one for each format that the text rooms read."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

from bot.example.pdf import scanned_pdf, text_pdf
from tests.bot.test_texts import docx, paragraph, zipped
from tests.bot.test_texts_msg import a_msg

LETTERS = Path(__file__).parents[1] / "letters"
_TEXT = "Remiss av kulturplan\n\nDnr KS 2026/12\n\nYttrandet ska lämnas senast den 12 februari 2027.\n\nEva Ek"
_ODT = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:text>'
    f"<text:p>{_TEXT}</text:p></office:text></office:body></office:document-content>"
)
_RTF = r"{\rtf1\ansi\ansicpg1252 Yttrandet ska l\'e4mnas senast den 12 februari 2027.\par Eva Ek}"
_HTML = f"<html><head><title>x</title></head><body><table><tr><td>{_TEXT}</td></tr></table><ul><li>att a<li>att b</ul>"
_CALENDAR = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20270212T090000\nSUMMARY:Samråd\nEND:VEVENT\nEND:VCALENDAR\n"


def seeds() -> dict[str, bytes]:
    """Return the letters by name."""
    found = {file.parent.name: file.read_bytes() for file in sorted(LETTERS.glob("*/mail.eml"))}
    for name, data in _files().items():
        found[f"with-{name}"] = _with(name, data)
    found["outlook.msg"] = a_msg()
    return found


def _files() -> dict[str, bytes]:
    paragraphs = "".join(paragraph(line) for line in _TEXT.split("\n"))
    return {
        "remiss.pdf": text_pdf(_TEXT),
        "skannad.pdf": scanned_pdf(),
        "remiss.docx": docx(paragraphs),
        "remiss.odt": zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": _ODT}),
        "remiss.rtf": _RTF.encode(),
        "remiss.html": _HTML.encode(),
        "remiss.zip": zipped({"remiss.txt": _TEXT}),
        "remiss.txt": _TEXT.encode("cp1252"),
        "mote.ics": _CALENDAR.encode(),
        "brev.msg": a_msg(),
        "brev.eml": _with("remiss.txt", _TEXT.encode()),
    }


def _with(name: str, data: bytes) -> bytes:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "ks@ekeby.example", "socialnamnden@ekeby.example", "Remiss"
    letter.set_content("Se bifogad fil.")
    letter.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return letter.as_bytes()
