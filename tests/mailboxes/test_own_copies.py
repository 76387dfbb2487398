"""A copy of what the bot has sent is known by what it says, in every kind of mailbox; what says anything else is a letter."""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import email
import re
import threading
from collections.abc import Callable, Iterator
from email import policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from bot import own_mail
from bot.channels.email import mime
from bot.post import PostRoom
from handlers.notices.message import Attached, Button, Heading, Message, Paragraph
from storage.raw.files import RawFiles
from storage.records import Namnd
from storage.store import Store
from tests.builders import SN, found
from tests.fakes import FixedClock, HereReader
from tests.mailboxes.peer import PEERS, Peer

DAY = dt.datetime(2026, 9, 1, 9, 0, tzinfo=dt.UTC)
ID = "<nb.0123456789abcdef@ekeby.example>"
APPEAL = "Jag överklagar nämndens beslut om serveringstillstånd den 3 november."


@pytest.fixture(params=sorted(PEERS))
def peer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Peer]:
    with PEERS[request.param](tmp_path) as made:
        yield made


def sent(store: Store, namnd: Namnd, message_id: str = ID, to: str = "ylva@ekeby.example", words: str = "") -> bytes:
    """Return a message as the courier sends it, kept as the courier keeps it."""
    message = Message(
        subject="SN 2026-1 registrerat: Motion om trygghetslarm på Åsgatan",
        preheader="Första dagen är den 26 februari.",
        blocks=(
            Heading("Registrerat"),
            Paragraph(words or "Frågan gäller åtgärder. Yttrandet ska vara inne senast den 26 februari 2027."),
            Button("Öppna ärendet", "http://nb/arende/1"),
        ),
        foot="Nämndbot för socialnämnden i Ekeby kommun.",
        files=(Attached("Motion.pdf", "application/pdf", "0" * 64, 26),),
    )
    raw = mime(message, namnd, to=to, message_id=message_id, now=DAY, files=[b"%PDF-1.4 motionens papper"])
    with store.book() as book:
        book.queue("kvitto", f"k:{message_id}", namnd=namnd.key, address=to, message_id=message_id, now=DAY)
        (notice,) = [n for n in book.notices() if n.message_id == message_id]
        book.notice_goes_as(notice, own_mail.marks_of(raw))
    return raw


def delivered(raw: bytes) -> bytes:
    """Return a message as a server hands it over."""
    head = "Return-Path: <socialnamnden@ekeby.example>\r\nDelivered-To: socialnamnden@ekeby.example\r\n"
    head += (
        "Received: from a by b; Tue, 01 Sep 2026 09:00:00 +0000\r\nX-Spam-Score: 1\r\nDKIM-Signature: v=1; b=abc\r\n"
    )
    return head.encode() + raw


def room_of(store: Store, peer: Peer, namnd: Namnd, tmp_path: Path) -> PostRoom:
    clock = FixedClock(DAY + dt.timedelta(hours=1))
    return PostRoom(
        store, RawFiles(tmp_path / "raw"), HereReader(), peer.open(), namnd, clock, "h:1:a", threading.Event()
    )


def test_our_own_copy_is_put_where_sent_mail_lies_and_a_forged_one_is_shown_to_a_person(
    store: Store, peer: Peer, tmp_path: Path
) -> None:
    found(store)
    namnd = dataclasses.replace(SN, addresses=(peer.address,))
    raw = sent(store, namnd)
    peer.put(delivered(raw), DAY)
    room = room_of(store, peer, namnd, tmp_path)
    assert room.round() == []
    assert (peer.subjects("inkorg"), len(peer.subjects("skickat"))) == ([], 1)
    with store.look() as book:
        assert book.arrivals(("sn",)) == []

    head = f"From: {peer.address}\r\nTo: ylva@ekeby.example\r\nSubject: Serveringstillstånd\r\nMessage-ID: {ID}\r\n"
    head += "X-Namndbot: sn\r\nAuto-Submitted: auto-generated\r\nContent-Type: text/plain; charset=utf-8\r\n"
    peer.put(f"{head}\r\n{APPEAL}\r\n".encode(), DAY)
    (outcome,) = room.round()
    assert outcome.state in ("review", "secret")
    assert len(peer.subjects("skickat")) == 1
    with store.look() as book:
        assert len(book.arrivals(("sn",))) == 1
        assert {n.kind for n in book.notices()} <= {"kvitto", "hemligt"}  # nothing that could come back changed


def _replaced(raw: bytes, change: Callable[[EmailMessage], object]) -> bytes:
    made = email.message_from_bytes(raw, policy=policy.SMTP)
    assert isinstance(made, EmailMessage)
    change(made)
    return made.as_bytes()


def _body(made: EmailMessage, kind: str) -> EmailMessage:
    part = made.get_body((kind,))
    assert isinstance(part, EmailMessage)
    return part


def _text_from_html(made: EmailMessage) -> None:
    """Write the text part as Exchange does: out of the HTML, with the links in it."""
    page = str(_body(made, "html").get_content())
    page = re.sub(r"(?s)<head>.*?</head>", "", page)
    page = re.sub(r'<a href="([^"]*)"[^>]*>(.*?)</a>', r"\2<\1>", page)
    text = re.sub(r"<(?!http)[^>]*>", "\n", page)
    _body(made, "plain").set_content(text, cte="base64")


def _html_anew(made: EmailMessage) -> None:
    page = str(_body(made, "html").get_content())
    page = page.replace("<head>", '<head><meta name="Generator" content="Microsoft Exchange Server"><!-- made -->')
    _body(made, "html").set_content(page.replace("å", "&aring;"), subtype="html", charset="iso-8859-1", cte="base64")


def _only_html(made: EmailMessage) -> None:
    (both,) = [p for p in made.walk() if p.get_content_type() == "multipart/alternative"]
    both.set_payload([p for p in both.iter_parts() if p.get_content_subtype() == "html"])


def _lf(raw: bytes) -> bytes:
    return raw.replace(b"\r\n", b"\n")


SAME: dict[str, Callable[[bytes], bytes]] = {
    "as it was": lambda raw: raw,
    "handed over": delivered,
    "other line ends": _lf,
    "text from html": lambda raw: _replaced(raw, _text_from_html),
    "html anew": lambda raw: _replaced(raw, _html_anew),
    "only html": lambda raw: _replaced(raw, _only_html),
    "without our headers": lambda raw: re.sub(rb"(?m)^X-Namndbot: .*\r\n", b"", raw),
    "header encoded anew": lambda raw: re.sub(
        rb"(?ms)^Subject: .*?\r\n(?=\S)",
        b"Subject: =?utf-8?b?"
        + base64.b64encode("SN 2026-1 registrerat: Motion om trygghetslarm på Åsgatan".encode())
        + b"?=\r\n",
        raw,
    ),
}


@pytest.mark.parametrize("how", SAME)
def test_what_servers_do_to_a_message_does_not_make_it_another(store: Store, how: str) -> None:
    raw = sent(store, SN)
    assert own_mail.notice_of(store, SN, SAME[how](raw)) is not None


def _appeal_in(kind: str) -> Callable[[bytes], bytes]:
    subtype = "html" if kind == "html" else "plain"
    return lambda raw: _replaced(raw, lambda made: _body(made, kind).set_content(APPEAL, subtype=subtype))


OTHER: dict[str, Callable[[bytes], bytes]] = {
    "other text": _appeal_in("plain"),
    "other html": _appeal_in("html"),
    "one word more": lambda raw: raw.replace(b"Registrerat", b"Ej Registrerat", 1),
    "a file more": lambda raw: _replaced(
        raw, lambda made: made.add_attachment(b"overklagande", maintype="application", subtype="pdf", filename="o.pdf")
    ),
    "another file": lambda raw: raw.replace(base64.b64encode(b"%PDF-1.4"[:6]), base64.b64encode(b"%PDX-1"), 1),
    "another subject": lambda raw: raw.replace(b"Subject: SN 2026-1", b"Subject: SN 2026-2"),
    "another receiver": lambda raw: raw.replace(b"To: ylva@", b"To: nagon@"),
    "two subjects": lambda raw: b"Subject: Till er\r\n" + raw,
    "another id": lambda raw: raw.replace(b"<nb.0", b"<nb.1"),
    "another sender": lambda raw: raw.replace(b"<socialnamnden@", b"<nagon@"),
    "a letter within": lambda raw: _replaced(raw, lambda made: made.add_attachment(_letter())),
    "nothing at all": lambda raw: raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n",
    "very many parts": lambda raw: raw + b"\r\nContent-Type: text/plain" * 100,
}


def _letter() -> EmailMessage:
    made = EmailMessage()
    made["Subject"] = "Överklagande"
    made.set_content(APPEAL)
    return made


@pytest.mark.parametrize("how", OTHER)
def test_what_says_anything_else_is_a_letter(store: Store, how: str) -> None:
    raw = sent(store, SN)
    changed = OTHER[how](raw)
    assert changed != raw
    assert own_mail.notice_of(store, SN, changed) is None


def test_a_message_that_was_written_anew_is_known_in_each_of_its_forms(store: Store) -> None:
    first = sent(store, SN, words="Som det stod i går.")
    with store.book() as book:
        (notice,) = book.notices()
        again = first.replace(b"Som det stod i g=C3=A5r.", b"Som det st=C3=A5r i dag.")
        assert again != first
        book.notice_goes_as(notice, own_mail.marks_of(again))
    assert own_mail.notice_of(store, SN, first) is not None
    assert own_mail.notice_of(store, SN, again) is not None
