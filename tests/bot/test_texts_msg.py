"""Letters in Outlook's own format come out as the letters they are."""

from __future__ import annotations

import email
import struct
from collections.abc import Iterator
from email.message import Message

from bot.example.pdf import text_pdf
from bot.texts import extract
from bot.texts.msg import to_mime

# A .msg is a small file system. This writes just enough of one: sectors of 512 bytes, all streams in the large form.
Tree = dict[str, "bytes | Tree"]
END, FREE, FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def ole(tree: Tree) -> bytes:
    entries: list[list[object]] = []  # name, kind, left, right, child, stream

    def add(name: str, content: bytes | Tree, kind: int) -> int:
        number = len(entries)
        entries.append([name, kind, FREE, FREE, FREE, content if isinstance(content, bytes) else b""])
        if isinstance(content, dict):
            before: int | None = None
            # A chain to the right is a search tree too, if the names go up: shorter first, then by letter.
            for inner in sorted(content, key=lambda n: (len(n), n.upper())):
                value = content[inner]
                made = add(inner, value, 2 if isinstance(value, bytes) else 1)
                entries[number if before is None else before][4 if before is None else 3] = made
                before = made
        return number

    add("Root Entry", tree, 5)
    sectors: list[bytes] = []
    chain: list[int] = []

    def store(content: bytes) -> int:
        first = len(sectors)
        for start in range(0, len(content), 512):
            sectors.append(content[start : start + 512].ljust(512, b"\0"))
            chain.append(len(sectors))
        if chain and len(sectors) > first:
            chain[-1] = END
        return first if len(sectors) > first else END

    directory = b""
    for name, kind, left, right, child, stream in entries:
        assert isinstance(name, str)
        assert isinstance(stream, bytes)
        padded = stream.ljust(4096, b"\0") if kind == 2 and stream else stream  # never the small form
        title = name.encode("utf-16-le") + b"\0\0"
        directory += title.ljust(64, b"\0") + struct.pack("<HBB", len(title), kind, 1)
        directory += struct.pack("<III", left, right, child) + bytes(36)
        directory += struct.pack("<IQ", store(padded), len(padded))
    first = store(directory.ljust(-(-len(directory) // 512) * 512, b"\0"))
    tables = -(-(len(chain) + 20) // 127)
    places = list(range(len(sectors), len(sectors) + tables))
    table = struct.pack(f"<{len(chain)}I", *chain) + struct.pack("<I", FAT) * tables
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<IIIIIIIII", 0, tables, first, 0, 4096, END, 0, END, 0)
    head += struct.pack("<109I", *places, *[FREE] * (109 - tables))
    return head + b"".join(sectors) + table.ljust(tables * 512, b"\xff")


def outlook(values: dict[int, str | bytes | int], head: int = 32, inside: Tree | None = None) -> Tree:
    """Return the tree of one object of a .msg: its properties, and what else it holds."""
    tree: Tree = dict(inside or {})
    listed = bytes(head)
    for pid, value in values.items():
        kind = (0x40 if pid == 0x0039 else 3) if isinstance(value, int) else 0x1F if isinstance(value, str) else 0x102
        if not isinstance(value, int):
            content = value.encode("utf-16-le") if isinstance(value, str) else value
            # Padded to the large form with blanks, which the letter does not mind.
            fill = b" \0" if isinstance(value, str) else b"\0"
            tree[f"__substg1.0_{pid:04X}{kind:04X}"] = content + fill * max(0, (4096 - len(content)) // len(fill))
        listed += struct.pack("<HHI8s", kind, pid, 6, struct.pack("<q", value if isinstance(value, int) else 0))
    tree["__properties_version1.0"] = listed
    return tree


def a_msg(**headers: str) -> bytes:
    letter: dict[int, str | bytes | int] = {
        0x001A: "IPM.Note",
        0x0037: "Remiss från Ekeby",
        0x0C1A: "Rut Almgren",
        0x5D01: "rut.almgren@ekeby.example",
        0x1035: "<1@ekeby.example>",
        0x1000: "Svar senast den 3 mars.\r\nHälsningar Rut",
        0x0039: 133_000_000_000_000_000,
    }
    if headers:
        letter[0x007D] = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    inner = outlook({0x0037: "Inre brev", 0x1000: "Ord i det inre brevet."}, head=24)
    inside: Tree = {
        "__recip_version1.0_#00000000": outlook(
            {0x3001: "Socialnämnden", 0x39FE: "socialnamnden@ekeby.example", 0x0C15: 1}, head=8
        ),
        "__recip_version1.0_#00000001": outlook({0x3001: "Dold", 0x39FE: "dold@ekeby.example", 0x0C15: 3}, head=8),
        "__attach_version1.0_#00000000": outlook(
            {0x3707: "Motion om å.pdf", 0x370E: "application/pdf", 0x3701: text_pdf("Motionens ord"), 0x3705: 1}, head=8
        ),
        "__attach_version1.0_#00000001": outlook({0x3705: 5}, head=8, inside={"__substg1.0_3701000D": inner}),
    }
    return ole(outlook(letter, inside=inside))


def parts(raw: bytes) -> Iterator[Message]:
    message: Message = email.message_from_bytes(raw)
    return message.walk()


def test_a_msg_becomes_mime_with_its_head_words_and_attachments() -> None:
    # Act
    raw = to_mime(a_msg())
    # Assert
    message, *rest = parts(raw)
    assert message["From"] == "Rut Almgren <rut.almgren@ekeby.example>"
    assert "socialnamnden@ekeby.example" in message["To"]
    assert "dold@" not in raw.decode()
    assert message["Message-ID"] == "<1@ekeby.example>"
    assert str(message["Date"]).startswith("Sat, 18 Jun 2022 04:26:40")
    bodies = [part.get_payload(decode=True) for part in rest if part.get_content_type() == "text/plain"]
    assert "Hälsningar Rut".encode() in bodies[0]
    assert [part.get_filename() for part in rest if part.get_content_type() == "application/pdf"] == ["Motion om å.pdf"]
    assert [part["Subject"] for part in rest if part["Subject"]] == ["Inre brev"]


def test_a_msg_keeps_the_headers_of_its_transport() -> None:
    raw = to_mime(a_msg(Received="from a by b; Tue, 24 Nov 2026 09:12:31 +0100", Message_ID="<x@y.example>"))
    message, *_ = parts(raw)
    assert message["Message-ID"] == "<x@y.example>"
    assert message["Received"] is not None
    assert message["From"] == "Rut Almgren <rut.almgren@ekeby.example>"


def test_a_msg_cannot_smuggle_a_header_in_its_subject() -> None:
    tree = outlook({0x0037: "Hej\r\nBcc: alla@ekeby.example\r\n\r\nText", 0x1000: "Ord"})
    message, *_ = parts(to_mime(ole(tree)))
    assert message["Bcc"] is None
    assert message["Subject"].startswith("Hej Bcc:")


def test_an_attached_msg_is_read_as_the_letter_it_is() -> None:
    found = extract("application/vnd.ms-outlook", "brev.msg", a_msg())
    assert "Ämne: Remiss från Ekeby" in found.text
    assert "Svar senast den 3 mars." in found.text
    assert "Motion om å.pdf" in found.warnings[0]


def test_a_msg_with_a_body_in_rich_text_only_is_read() -> None:
    # The example of MS-OXRTFCP 4.1: packed, and what it is unpacked.
    packed = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
    )
    message = next(parts(to_mime(ole(outlook({0x0037: "Hej", 0x1009: packed})))))
    walked = [part.get_payload(decode=True) for part in message.walk() if part.get_content_type() == "text/plain"]
    assert walked == [b"hello world"]


def test_every_prefix_of_a_msg_is_survived() -> None:
    whole = a_msg()
    for cut in range(0, len(whole), len(whole) // 60):
        found = extract("application/octet-stream", "a.msg", whole[:cut])
        assert found.text or found.warnings
