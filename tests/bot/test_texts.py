"""The text room promises: whatever is attached, text comes out or a reason in Swedish, and nothing raises."""

from __future__ import annotations

import io
import time
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.example.pdf import scanned_pdf, text_pdf
from bot.texts import extract
from bot.texts.html import stripped
from bot.texts.pdf import LOCKED, PAGES

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def zipped(files: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def docx(body: str, **more: str) -> bytes:
    head = f'<?xml version="1.0" encoding="UTF-8"?><w:document {W}><w:body>'
    return zipped(
        {"[Content_Types].xml": "<Types/>", "word/document.xml": f"{head}{body}</w:body></w:document>", **more}
    )


def paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def test_a_pdf_gives_its_text_and_where_each_page_begins() -> None:
    found = extract("application/pdf", "a.pdf", text_pdf("Första sidan\fAndra sidan åäö"))
    assert found.pages == 2
    assert found.text[found.page_starts[1] :] == "Andra sidan åäö"
    assert "\r" not in found.text


def test_a_word_broken_over_two_lines_is_whole_again() -> None:
    pdf = text_pdf("Detta beslutade social-\nnämnden och barn-\noch utbildningsnämnden.")
    assert extract("", "a.pdf", pdf).text == "Detta beslutade socialnämnden och barn- och utbildningsnämnden."


def test_a_pdf_is_known_by_its_content_whatever_it_is_called() -> None:
    assert extract("text/plain", "brev.txt", text_pdf("Hej")).text == "Hej"
    assert extract("application/octet-stream", "", text_pdf("Hej")).text == "Hej"


def test_a_scanned_pdf_says_that_it_is_a_picture() -> None:
    found = extract("application/pdf", "a.pdf", scanned_pdf(2))
    assert (found.text, found.pages, found.warnings) == ("", 2, ("Bilagan är en bild utan text.",))


def test_a_long_pdf_is_read_to_a_limit_and_says_so() -> None:
    found = extract("application/pdf", "a.pdf", text_pdf("\f".join(f"Sida {n}" for n in range(1, 80))))
    assert found.pages == 79
    assert len(found.page_starts) == PAGES
    assert found.warnings == (f"Bara de första {PAGES} av 79 sidor är lästa.",)


def test_a_damaged_pdf_says_so() -> None:
    found = extract("application/pdf", "a.pdf", text_pdf("Hej")[:80])
    assert found.warnings == ("PDF:en är skadad och gick inte att öppna.",)


def test_what_is_filled_in_a_form_is_read_with_the_form() -> None:
    form = text_pdf("Namn:")
    catalog = b"/Type /Catalog /AcroForm << /Fields [90 0 R] /NeedAppearances true /DR << /Font << /F1 3 0 R >> >> >>"
    field = b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (n) /V (Testa Exempelsson) /F 4 /DA (/F1 11 Tf) %s >>"
    form = form.replace(b"/Type /Catalog", catalog).replace(b"/Type /Page ", b"/Type /Page /Annots [90 0 R] ")
    form = form.replace(b"xref", b"90 0 obj\n" + field % b"/Rect [100 600 400 620]" + b"\nendobj\nxref", 1)
    assert extract("application/pdf", "blankett.pdf", form).text == "Namn:\nTesta Exempelsson"


def test_a_locked_pdf_says_so() -> None:
    # An encryption dictionary that no empty password opens.
    key = f"/Filter /Standard /V 1 /R 2 /P -4 /O <{'41' * 32}> /U <{'42' * 32}>"
    locked = text_pdf("Hej").replace(b"/Root 1 0 R", f"/Root 1 0 R /Encrypt << {key} >> /ID [<00> <00>]".encode())
    assert extract("application/pdf", "a.pdf", locked).warnings == (LOCKED,)


def test_html_is_read_as_it_is_seen() -> None:
    page = """<html><head><title>T</title><style>p {}</style></head><body><div style="display:none">Dolt</div>
    <p>Yttra er <b>senast&nbsp;den&nbsp;3 mars</b>.<br>H&auml;lsningar</p><ul><li>Ett</li><li>Två</li></ul></body>"""
    found = extract("text/html", "", page.encode()).text
    assert "Yttra er senast den 3 mars.\nHälsningar" in found
    assert "Ett" in found
    assert "Dolt" not in found
    assert "p {}" not in found


def test_html_in_an_old_charset_is_read() -> None:
    page = "<html><meta charset=iso-8859-1><p>Nämnden yttrar sig över förslaget</p>"
    expected = "Nämnden yttrar sig över förslaget"
    assert extract("text/html", "", page.encode("latin-1")).text == expected
    assert extract("text/html; charset=windows-1252", "", page.encode("cp1252")).text == expected
    assert extract("text/html; charset=no-such", "", page.encode()).text == expected


def test_html_that_breaks_the_layout_is_stripped_instead() -> None:
    assert stripped("<p>Ett</p><script>x()</script><p>Tv&aring;<![oj").split()[:2] == ["Ett", "Två"]
    for depth in (300, 5000):
        assert extract("text/html", "", b"<div>" * depth + b"Botten").text == "Botten"


def test_docx_gives_header_body_and_tables_but_no_deleted_text() -> None:
    body = (
        paragraph("Motion om trygghet")
        + "<w:p><w:pPr><w:numPr/></w:pPr><w:r><w:t>att nämnden utreder</w:t></w:r></w:p>"
        + "<w:p><w:del><w:r><w:delText>struket</w:delText></w:r></w:del><w:r><w:t>kvar</w:t></w:r></w:p>"
        + f"<w:tbl><w:tr><w:tc>{paragraph('Ett')}</w:tc><w:tc>{paragraph('Två')}</w:tc></w:tr></w:tbl>"
    )
    header = f"<w:hdr {W}>{paragraph('Dnr KS 2026/00417')}</w:hdr>"
    found = extract("application/octet-stream", "motion.bin", docx(body, **{"word/header1.xml": header})).text
    assert found.split("\n")[:1] == ["Dnr KS 2026/00417"]
    assert "• att nämnden utreder" in found
    assert "kvar" in found
    assert "struket" not in found
    assert "Ett\tTvå" in found


def test_docx_entities_are_not_followed_nor_multiplied() -> None:
    bomb = "<!DOCTYPE d [<!ENTITY a 'lol'>" + "".join(
        f"<!ENTITY a{n} '{'&a;' if n == 0 else f'&a{n - 1};' * 10}'>" for n in range(9)
    )
    evil = f"{bomb}<!ENTITY f SYSTEM 'file:///etc/passwd'>]><w:document {W}>{paragraph('&a8;&f;Hej')}</w:document>"
    found = extract("", "a.docx", zipped({"word/document.xml": evil}))
    assert "root:" not in found.text
    assert len(found.text) < 1000


def test_a_docx_that_is_a_bomb_is_not_unpacked() -> None:
    found = extract("", "a.docx", zipped({"word/document.xml": b"<a>" + b" " * 30_000_000}))
    assert found.text == ""
    assert found.warnings == ("Word-filen är packad på ett onormalt sätt och är inte läst.",)


def test_odt_gives_header_body_and_lists_but_no_deleted_text() -> None:
    names = "".join(f' xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in ("text", "office", "style"))
    body = (
        "<text:tracked-changes><text:p>struket</text:p></text:tracked-changes>"
        "<text:h>Motion</text:h><text:p>Jag<text:s text:c='2'/>yrkar <text:span>att</text:span><text:line-break/>följande</text:p>"
        "<text:list><text:list-item><text:p>nämnden utreder</text:p></text:list-item></text:list>"
    )
    files: dict[str, str | bytes] = {
        "mimetype": "application/vnd.oasis.opendocument.text",
        "content.xml": f"<office:document-content{names}><office:body>{body}</office:body></office:document-content>",
        "styles.xml": f"<office:s{names}><style:header><text:p>Dnr KS 1</text:p></style:header></office:s>",
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    found = extract("", "motion.odt", out.getvalue()).text
    assert found == "Dnr KS 1\n\n\nMotion\nJag  yrkar att\nföljande\n• nämnden utreder"


def test_rtf_gives_its_words() -> None:
    rich = (
        rb"{\rtf1\ansi\ansicpg1252\uc1{\fonttbl{\f0 Arial;}}{\*\generator Word;}{\info{\author X}}\f0 N\'e4mnden\par"
        b"\r\n" + rb"svarar\~\u8211?ja {\b fet} \{a\}{\pict 0123abcd}\tab slut}"
    )
    assert extract("", "a.rtf", rich).text == "Nämnden\nsvarar –ja fet {a}\tslut"


@pytest.mark.parametrize(
    ("name", "data", "warning"),
    [
        ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(50), "Bilagan är en bild utan text."),
        ("a.jpg", b"\xff\xd8\xff\xe0" + bytes(50), "Bilagan är en bild utan text."),
        ("a.xlsx", zipped({"xl/workbook.xml": ""}), "Bilagan är en Excel-fil. Texten i den är inte läst."),
        ("a.7z", b"7z\xbc\xaf\x27\x1c", "Bilagan är en packad fil (7z eller rar) och är inte läst."),
        ("winmail.dat", b"\x78\x9f\x3e\x22", "Bilagan winmail.dat (Outlooks eget format) är skadad och är inte läst."),
        ("winmail.dat", b"\x78\x9f\x3e\x22\x01\x00", "Bilagan winmail.dat (Outlooks eget format) är tom."),
        ("a.bin", b"\x00\x01\x02\x03", "Bilagan har ett format som inte kan läsas: a.bin"),
        ("a.txt", b"", "Bilagan är tom: a.txt"),
        ("../x\u200b.zip", b"PK\x03\x04 damaged", "Bilagan kunde inte läsas: x.zip"),
    ],
)
def test_what_cannot_be_read_says_why(name: str, data: bytes, warning: str) -> None:
    found = extract("application/octet-stream", name, data)
    assert found.text == ""
    assert found.warnings == (warning,)


def test_text_is_read_in_the_charset_it_is_in() -> None:
    expected = "Nämnden å ö\nsvar"
    for charset in ("utf-8", "utf-8-sig", "cp1252", "utf-16"):
        assert extract("text/plain", "a.txt", "Nämnden å ö\r\nsvar".encode(charset)).text == expected
    assert extract("text/plain; charset=cp850", "", "Nämnden å ö\nsvar".encode("cp850")).text == expected


def test_a_plain_body_that_quotes_markup_stays_plain() -> None:
    body = "<html> är ett ord\nFrån: mig"
    assert extract("text/plain", "", body.encode()).text == body


def test_an_attached_letter_gives_head_words_and_the_names_of_its_attachments() -> None:
    letter = (
        b"From: =?utf-8?q?Rut_=C3=85berg?= <rut@ekeby.example>\r\nSubject: Hej\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\nSvara senast 3 mars.\r\n'
        b'--b\r\nContent-Disposition: attachment; filename="../motion.pdf"\r\n\r\nx\r\n--b--\r\n'
    )
    found = extract("application/octet-stream", "brev.eml", letter)
    assert found.text.startswith("Från: Rut Åberg <rut@ekeby.example>\nÄmne: Hej")
    assert "Svara senast 3 mars." in found.text
    assert found.warnings == ("Det bifogade brevet har egna bilagor som inte är lästa: motion.pdf.",)


def test_a_head_that_a_gateway_keeps_as_a_text_file_stays_as_it_is() -> None:
    head = "Received: from a by b\nFrom: rut@ekeby.example\nSubject: Hej\nMessage-ID: <1@ekeby.example>\n"
    assert extract("text/plain", "meddelandehuvud.txt", head.encode()).text == head.strip()
    assert extract("application/octet-stream", "brev", head.encode()).text.startswith("Från: rut@ekeby.example")


@given(
    st.sampled_from(["text/plain", "text/html", "application/pdf", "message/rfc822", "", ";;charset=\x00", "a/b/c"]),
    st.text(max_size=12),
    st.sampled_from(
        [b"", b"%PDF-1.7\n", b"PK\x03\x04word/document", b"\xd0\xcf\x11\xe0", b"<html>", b"From: a\nTo: b\nDate: c\n"]
    ),
    st.binary(max_size=300),
)
def test_no_bytes_and_no_name_make_it_raise(media_type: str, name: str, start: bytes, rest: bytes) -> None:
    found = extract(media_type, name, start + rest)
    assert (
        found.text
        or found.warnings
        or not (start + rest).strip()
        or media_type.startswith("text")
        or "<" in repr(rest + start)
    )


@pytest.mark.parametrize(
    "unit", [" ", " \t", "\n", "<", "<!--", "<p>", "&", "=?utf-8?q?", "{", "\\", "(", "a@", "\xa0x "]
)
def test_a_megabyte_of_one_sign_takes_no_time(unit: str) -> None:
    data = (unit * (1_000_000 // len(unit)) + "x").encode()
    begun = time.process_time()
    for media_type, start in (
        ("text/plain", b""),
        ("text/html", b""),
        ("a/b", b"{\\rtf1 "),
        ("message/rfc822", b"From: "),
    ):
        extract(media_type, "" if media_type.startswith("text") else "a", start + data)
    assert time.process_time() - begun < 5


def test_every_prefix_of_a_whole_file_is_survived() -> None:
    for whole in (text_pdf("Hej"), docx(paragraph("Hej"))):
        for cut in range(0, len(whole), max(1, len(whole) // 60)):
            extract("application/octet-stream", "a", whole[:cut])
