"""What comes packed is looked into within bounds: archives, Outlook's winmail.dat, signed letters, pictures."""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile
from email.message import EmailMessage

import pytest
from asn1crypto import cms

from bot import texts
from bot.example.pdf import scanned_pdf, text_pdf
from bot.readers import read_here
from bot.texts import archives, ocr
from bot.texts.smime import ENCRYPTED
from handlers.reading.reading import Context, Reading

REQUEST = "Nämnden ges tillfälle att yttra sig över förslaget till cykelplan. Svar senast den 3 maj 2027."


def zipped(files: dict[str, bytes], **more: object) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def tarred(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def tnef(body: bytes = b"", files: dict[str, bytes] | None = None) -> bytes:
    """Outlook's package: a mark, a key, then objects of level, kind, length, content and a sum that nobody checks."""

    def put(level: int, kind: int, content: bytes) -> bytes:
        return struct.pack("<BII", level, kind, len(content)) + content + struct.pack("<H", sum(content) & 0xFFFF)

    out = b"\x78\x9f\x3e\x22\x01\x00" + put(1, 0x00089006, struct.pack("<I", 0x10000))
    out += put(1, 0x00069007, struct.pack("<II", 1252, 0))
    if body:
        out += put(1, 0x0002800C, body + b"\x00")
    for name, content in (files or {}).items():
        out += put(2, 0x00069002, bytes(14)) + put(2, 0x00018010, name.encode("cp1252") + b"\x00")
        out += put(2, 0x0006800F, content)
    return out


def signed(content: bytes) -> bytes:
    """A letter in a signed envelope (CMS SignedData), without signers."""
    return bytes(
        cms.ContentInfo(
            {
                "content_type": "signed_data",
                "content": cms.SignedData(
                    {
                        "version": "v1",
                        "digest_algorithms": [],
                        "encap_content_info": {"content_type": "data", "content": content},
                        "signer_infos": [],
                    }
                ),
            }
        ).dump()
    )


def letter(*files: tuple[str, str, bytes], text: str = "", subject: str = "Cykelplan") -> Reading:
    mail = EmailMessage()
    mail["From"], mail["To"] = "Eva Ek <eva@ekeby.example>", "socialnamnden@ekeby.example"
    mail["Subject"], mail["Date"] = subject, "Mon, 01 Mar 2027 09:00:00 +0100"
    mail.set_content(text)
    for name, media, data in files:
        main, sub = media.split("/")
        mail.add_attachment(data, maintype=main, subtype=sub, filename=name)
    read = read_here(mail.as_bytes(), Context())
    assert [a.size for a in read.reading.attachments] == [len(c) for c in read.contents]
    return read.reading


def names(reading: Reading) -> list[str]:
    return [a.name for a in reading.attachments]


def days(reading: Reading) -> list[str]:
    return [str(d.date) for d in reading.deadlines]


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_the_files_of_an_archive_are_read_and_listed_beside_it(pack: object) -> None:
    packed = pack({"mapp/remiss.pdf": text_pdf(f"Remiss\n{REQUEST}"), "__MACOSX/x": b"x", "logga.txt": b"x"})  # type: ignore[operator]
    reading = letter(("handlingar.zip", "application/zip", packed), text="Se bifogad fil.")
    assert names(reading) == ["handlingar.zip", "remiss.pdf", "logga.txt"]
    assert days(reading) == ["2027-05-03"]
    assert reading.deadlines[0].where == "remiss.pdf"
    assert not any("tolkas" in reason for reason in reading.review)


def test_an_archive_with_a_password_waits_for_a_person() -> None:
    locked = bytearray(zipped({"remiss.pdf": b"x" * 100}))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(mark) + at] |= 1
    reading = letter(("hemligt.zip", "application/zip", bytes(locked)), text="Se bifogad fil.")
    assert "Bilagan är en packad fil med lösenord (remiss.pdf) och är inte läst." in reading.warnings


def test_a_bomb_is_left_in_its_archive() -> None:
    found = texts.extract("application/zip", "a.zip", zipped({"a.txt": b"0" * 30_000_000, "b.txt": b"Hej"}))
    assert [p.name for p in found.inside] == ["b.txt"]
    assert found.warnings == ("Ur den packade filen är inte allt läst: a.txt.",)
    found = texts.extract("", "a.tgz", tarred({"a.txt": b"0" * 30_000_000, "b.txt": b"Hej"}))
    assert [p.name for p in found.inside] == ["b.txt"]


def test_no_more_files_are_taken_out_than_a_person_would_open() -> None:
    many = zipped({f"{n}.txt": b"Hej" for n in range(archives.FILES + 5)})
    found = texts.extract("", "a.zip", many)
    assert len(found.inside) == archives.FILES
    assert found.warnings[0].startswith("Ur den packade filen är inte allt läst: 40.txt, 41.txt")


def test_archives_in_archives_end() -> None:
    packed = text_pdf(REQUEST)
    for depth in range(8):
        packed = zipped({f"{depth}.zip": packed})
    reading = letter(("a.zip", "application/zip", packed))
    assert len(reading.attachments) <= 5
    assert any("packad fil i packad fil" in w for w in reading.warnings)


def test_outlooks_own_package_is_read_as_the_letter_that_it_is() -> None:
    package = tnef(REQUEST.encode("cp1252"), {"plan på remiss.pdf": text_pdf("Cykelplan")})
    reading = letter(("winmail.dat", "application/ms-tnef", package))
    assert names(reading) == ["plan på remiss.pdf"]
    assert days(reading) == ["2027-05-03"]
    assert reading.deadlines[0].where == "body"


def test_a_package_beside_the_words_gives_its_files_only() -> None:
    package = tnef(b"Hej", {"a.txt": b"Bilagans ord"})
    reading = letter(("winmail.dat", "application/ms-tnef", package), text=REQUEST)
    assert names(reading) == ["a.txt"]
    assert reading.texts[0].text == REQUEST


def test_a_signed_letter_is_read_out_of_its_envelope() -> None:
    inner = EmailMessage()
    inner.set_content(REQUEST)
    inner.add_attachment(text_pdf("Plan"), maintype="application", subtype="pdf", filename="plan.pdf")
    raw = (
        b"From: Eva Ek <eva@ekeby.example>\r\nSubject: Remiss\r\nDate: Mon, 01 Mar 2027 09:00:00 +0100\r\n"
        b"Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n"
    )
    import base64

    reading = read_here(raw + base64.encodebytes(signed(inner.as_bytes())), Context()).reading
    assert names(reading) == ["plan.pdf"]
    assert days(reading) == ["2027-05-03"]


def test_a_detached_signature_is_no_attachment() -> None:
    signature = bytes(
        cms.ContentInfo(
            {
                "content_type": "signed_data",
                "content": cms.SignedData(
                    {
                        "version": "v1",
                        "digest_algorithms": [],
                        "encap_content_info": {"content_type": "data"},
                        "signer_infos": [],
                    }
                ),
            }
        ).dump()
    )
    assert names(letter(("smime.p7s", "application/pkcs7-signature", signature), text=REQUEST)) == []


def test_an_encrypted_letter_says_so_and_waits() -> None:
    envelope = cms.ContentInfo(
        {
            "content_type": "enveloped_data",
            "content": cms.EnvelopedData(
                {
                    "version": "v0",
                    "recipient_infos": [],
                    "encrypted_content_info": {
                        "content_type": "data",
                        "content_encryption_algorithm": {"algorithm": "aes256_cbc", "parameters": bytes(16)},
                        "encrypted_content": bytes(32),
                    },
                }
            ),
        }
    ).dump()
    reading = letter(("smime.p7m", "application/pkcs7-mime", bytes(envelope)), subject="Till nämnden")
    assert ENCRYPTED in reading.warnings
    assert any("tolkas" in reason for reason in reading.review)


def attached_letter(text: str, *, html: bool = False, subject: str = "Fråga") -> EmailMessage:
    inner = EmailMessage()
    inner["From"], inner["Subject"] = "Bo Alm <bo@annan.example>", subject
    inner["Date"] = "Mon, 22 Feb 2027 09:00:00 +0100"
    if html:
        inner.set_content(f"<p>{text}</p>", subtype="html")
    else:
        inner.set_content(text)
    return inner


def with_letters(text: str, *letters: EmailMessage) -> Reading:
    mail = EmailMessage()
    mail["From"], mail["To"] = "Eva Ek <eva@ekeby.example>", "socialnamnden@ekeby.example"
    mail["Subject"], mail["Date"] = "VB: Fråga", "Mon, 01 Mar 2027 09:00:00 +0100"
    mail.set_content(text)
    for inner in letters:
        mail.add_attachment(inner)
    return read_here(mail.as_bytes(), Context()).reading


def test_an_attached_letter_of_html_alone_is_read_as_a_forward() -> None:
    reading = with_letters("För kännedom", attached_letter(REQUEST, html=True))
    assert days(reading) == ["2027-05-03"]
    assert reading.sender is not None
    assert reading.sender.address == "bo@annan.example"


def test_an_individuals_matter_in_the_second_attached_letter_is_found() -> None:
    worry = "Jag är orolig för min granne. Hon är full och barnet, en pojke på 5 år, gråter och är ensam hemma."
    reading = with_letters(
        "Två brev som kom i går.", attached_letter("Hej, när är nästa möte?"), attached_letter(worry)
    )
    assert reading.secret


def test_an_individuals_matter_attached_to_a_long_letter_is_found() -> None:
    worry = "Jag är orolig för min granne. Hon är full och barnet, en pojke på 5 år, gråter och är ensam hemma."
    reading = with_letters("Vi pratade om detta i veckan. " * 20, attached_letter(worry))
    assert reading.secret


@pytest.fixture
def no_tesseract(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "program", lambda: None)


def test_a_scanned_paper_without_the_program_says_what_to_install(no_tesseract: None) -> None:
    reading = letter(("scan.pdf", "application/pdf", scanned_pdf(1)), subject="Motion")
    assert any("tesseract-ocr-swe" in w for w in reading.warnings)
    assert any("tolkas" in reason for reason in reading.review)


def test_a_picture_is_read_by_its_bytes_and_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a stand-in for the program: what it says is the text, and what it says too late is not."""
    monkeypatch.setattr(ocr, "program", lambda: "/bin/cat")
    monkeypatch.setattr(ocr, "_seen", lambda picture, seconds: picture.decode("latin-1")[:5] if seconds > 1 else None)
    see = ocr.Ocr(seconds=60, pages=2)
    assert see.read([b"P5 10", b"P5 20", b"P5 30"]) == (["P5 10", "P5 20"], False)
    assert ocr.Ocr(seconds=0).read([b"P5"]) == ([], False)


@pytest.mark.skipif(ocr.program() is None, reason="tesseract with Swedish is not installed here")
def test_a_scanned_request_is_read_and_marked_as_read_from_a_picture() -> None:
    found = texts.Texts(ocr.Ocr())("application/pdf", "a.pdf", picture_pdf(["Remiss", "Svar senast den 3 maj 2027"]))
    assert "senast den 3 maj 2027" in found.text
    assert found.seen
    assert ocr.UNSURE in found.warnings


def picture_pdf(lines: list[str]) -> bytes:
    """A PDF whose only content is a picture of the lines: the text page rendered by pdfium and put in again."""
    import pypdfium2

    drawn = pypdfium2.PdfDocument(text_pdf("\n".join(lines)))
    bitmap = drawn[0].render(scale=2, grayscale=True)
    new = pypdfium2.PdfDocument.new()
    page = new.new_page(*drawn[0].get_size())
    image = pypdfium2.PdfImage.new(new)
    image.set_bitmap(bitmap)
    image.set_matrix(pypdfium2.PdfMatrix().scale(*drawn[0].get_size()))
    page.insert_obj(image)
    page.gen_content()
    out = io.BytesIO()
    new.save(out)
    return out.getvalue()
