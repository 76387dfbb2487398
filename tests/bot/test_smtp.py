"""The way out by SMTP: what is accepted, refused for good, refused for now, and what nobody knows."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from bot.channels.smtp import SmtpSender
from bot.doors import SmtpDoor
from bot.mailboxes.imap import ImapMailbox
from handlers.ports import Away, DoorError, Sender, Shut, TooBig, Undelivered, Unknown
from tests import certificates
from tests.certificates import Certificates
from tests.mailboxes import imap_double
from tests.mailboxes.imap_double import ImapDouble

OWN, TO = "socialnamnden@ekeby.example", "ylva@ekeby.example"
ID = "<nb.17.abc@ekeby.example>"
RAW = (
    f"From: {OWN}\r\nTo: {TO}\r\nSubject: Hej\r\nMessage-ID: {ID}\r\n\r\nHej.\r\n.En punkt först\r\n..och två\r\n"
).encode()


@dataclass
class Server:
    """What the server does, and what it has accepted."""

    accepted: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    inbox: ImapDouble | None = None  # where copies to OWN land
    rcpt: dict[str, str] = field(default_factory=dict)  # address -> answer
    mail: str = ""
    data: str = "250 2.0.0 queued as ABC123"
    drop: str = ""  # "mail": before the message; "data": after it was accepted
    slow: float = 0.0
    slow_end: float = 0.0

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        if self.drop == "mail":
            _hang_up(server)
        await asyncio.sleep(self.slow)
        if not self.mail:
            envelope.mail_from = address
        return self.mail or "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        if address not in self.rcpt:
            envelope.rcpt_tos.append(address)
        return self.rcpt.get(address, "250 OK")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.data.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.accepted.append((envelope.mail_from or "", list(envelope.rcpt_tos), envelope.content))
            if self.inbox and OWN in envelope.rcpt_tos:
                with self.inbox.lock:
                    self.inbox.boxes["INBOX"].add(envelope.content, dt.datetime.now(dt.UTC), set())
        if self.drop == "data":
            _hang_up(server)
        await asyncio.sleep(self.slow_end)
        return self.data


def _hang_up(server: SMTP) -> None:
    assert isinstance(server.transport, asyncio.WriteTransport)
    server.transport.abort()


def _auth(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    assert isinstance(data, LoginPassword)
    return AuthResult(success=(data.login, data.password) == (b"namndbot", b"granris"), handled=False)


@contextlib.contextmanager
def _running(server: Server, **options: Any) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as one:
        port: int = one.getsockname()[1]
    controller = Controller(server, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def _door(port: int, **changes: object) -> SmtpDoor:
    told: dict[str, object] = {
        "host": "127.0.0.1",
        "port": port,
        "tls": "none",
        "user": "",
        "password": "",
        "ca": None,
        "copy": True,
    }
    return SmtpDoor(**{**told, **changes})  # type: ignore[arg-type]


def _send(server: Server, *, mailbox: ImapMailbox | None = None, to: str = TO, **changes: object) -> str:
    with _running(server) as port:
        return SmtpSender(_door(port, **changes), mailbox, OWN, before=1.5, after=1.5).send(ID, RAW, to)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates.make(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def mailbox() -> Iterator[tuple[ImapDouble, ImapMailbox]]:
    with ImapDouble() as double:
        box = ImapMailbox(imap_double.box(double), timeout=5)
        yield double, box
        box.close()


def test_a_message_goes_to_its_receiver_and_as_a_copy_to_ourselves_with_the_servers_line_as_evidence() -> None:
    server = Server()
    assert _send(server) == "250 2.0.0 queued as ABC123"
    assert server.accepted == [(OWN, [TO, OWN], RAW)]


def test_without_copy_only_the_receiver_gets_it_and_nobody_can_tell_afterwards() -> None:
    server = Server()
    with _running(server) as port:
        sender = SmtpSender(_door(port, copy=False), None, OWN)
        assert isinstance(sender, Sender)
        sender.send(ID, RAW, TO)
        assert sender.was_sent(ID) is None
        sender.close()
    assert [rcpt for _, rcpt, _ in server.accepted] == [[TO]]


def test_what_goes_to_ourselves_goes_once() -> None:
    server = Server()
    _send(server, to=OWN)
    assert [rcpt for _, rcpt, _ in server.accepted] == [[OWN]]


def test_accepted_and_then_dropped_is_unknown_and_the_copy_proves_that_it_was_sent(
    mailbox: tuple[ImapDouble, ImapMailbox],
) -> None:
    double, box = mailbox
    server = Server(inbox=double, drop="data")
    with _running(server) as port:
        sender = SmtpSender(_door(port), box, OWN, after=1.5)
        assert sender.was_sent(ID) is False
        with pytest.raises(Unknown):
            sender.send(ID, RAW, TO)
        assert sender.was_sent(ID) is True
        # The post room moves it, and it is found all the same.
        (letter,) = box.fetch()
        box.move(letter.reference, "skickat", letter.key)
        assert sender.was_sent(ID) is True
        assert sender.was_sent("<nb.18.def@ekeby.example>") is False
    assert len(server.accepted) == 1


def test_the_copy_is_looked_for_beside_a_fetch(mailbox: tuple[ImapDouble, ImapMailbox]) -> None:
    double, box = mailbox
    for n in range(3):
        double.boxes["INBOX"].add(RAW.replace(b"Hej.", b"%d" % n), dt.datetime.now(dt.UTC), set())
    letters = box.fetch()
    next(letters)
    found: list[bool] = []
    thread = threading.Thread(target=lambda: found.append(box.has(ID)))
    thread.start()
    thread.join(5)
    assert found == [True]
    assert len(list(letters)) == 2


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"rcpt": {TO: "550 5.1.1 no such user"}}, Undelivered),
        ({"rcpt": {TO: "450 4.2.0 greylisted"}}, Away),
        ({"rcpt": {TO: "554 5.7.1 Relay access denied"}}, Shut),
        ({"rcpt": {OWN: "550 5.1.1 no such user"}}, Shut),
        ({"rcpt": {OWN: "451 4.3.0 later"}}, Away),
        ({"mail": "550 5.7.1 not your address"}, Shut),
        ({"mail": "552 5.3.4 too big"}, TooBig),
        ({"mail": "451 4.3.0 later"}, Away),
        ({"mail": "530 5.7.0 Must issue a STARTTLS command first"}, Shut),
        ({"data": "554 5.6.0 not this"}, Undelivered),
        ({"data": "552 5.3.4 too big"}, TooBig),
        ({"data": "451 4.3.0 later"}, Away),
        ({"drop": "mail"}, Away),
        ({"slow": 3.0}, Away),
    ],
)
def test_what_is_refused_is_told_by_name_and_nothing_is_sent(fault: dict[str, Any], expected: type[DoorError]) -> None:
    server = Server(**fault)
    with pytest.raises(expected) as told:
        _send(server)
    assert type(told.value) is expected
    assert server.accepted == []
    assert "example" not in str(told.value)  # no address in what is logged


def test_a_server_that_is_slow_after_the_message_leaves_it_unknown() -> None:
    server = Server(slow_end=3.0)
    with pytest.raises(Unknown):
        _send(server)
    assert len(server.accepted) == 1


def test_a_server_that_is_down_is_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as one:
        port = one.getsockname()[1]
    with pytest.raises(Away):
        SmtpSender(_door(port), None, OWN).send(ID, RAW, TO)


@pytest.mark.parametrize(
    "to", ["", "ylva", "a@b.example\r\nRCPT TO:<c@d.example>", "<a@b.example>", "a@b.example, c@d"]
)
def test_what_is_no_address_reaches_no_server(to: str) -> None:
    with pytest.raises(Undelivered):
        SmtpSender(_door(1), None, OWN).send(ID, RAW, to)


def test_encrypted_and_with_the_right_password_it_goes_through(made: Certificates) -> None:
    server = Server()
    with _running(
        server, tls_context=made.good, require_starttls=True, authenticator=_auth, auth_required=True
    ) as port:
        door = _door(port, tls="starttls", ca=made.ca, user="namndbot", password="granris")
        assert SmtpSender(door, None, OWN).send(ID, RAW, TO).startswith("250")
        with pytest.raises(Shut, match="lösenord"):
            SmtpSender(_door(port, tls="starttls", ca=made.ca, user="namndbot", password="fel"), None, OWN).send(
                ID, RAW, TO
            )
        with pytest.raises(Shut):
            SmtpSender(_door(port), None, OWN).send(ID, RAW, TO)
    assert len(server.accepted) == 1


@pytest.mark.parametrize("which", ["a stranger's", "another name's"])
def test_a_certificate_that_proves_nothing_is_refused(made: Certificates, which: str) -> None:
    server = Server()
    context = made.good if which == "a stranger's" else made.other
    with _running(server, tls_context=context, require_starttls=True) as port:
        door = _door(port, tls="starttls", ca=None if which == "a stranger's" else made.ca)
        with pytest.raises(Shut, match="certifikat"):
            SmtpSender(door, None, OWN).send(ID, RAW, TO)
    assert server.accepted == []


def test_a_server_without_encryption_is_refused_where_it_is_asked_for(made: Certificates, tmp_path: Path) -> None:
    server = Server()
    with _running(server) as port:
        for tls in ("starttls", "tls"):
            with pytest.raises(Shut):
                SmtpSender(_door(port, tls=tls, ca=made.ca), None, OWN).send(ID, RAW, TO)
        with pytest.raises(Shut, match="Filen"):
            SmtpSender(_door(port, tls="tls", ca=tmp_path / "none.pem"), None, OWN).send(ID, RAW, TO)
    with pytest.raises(Shut, match="kryptering"):
        SmtpSender(_door(25, host="smtp.ekeby.example"), None, OWN).send(ID, RAW, TO)
    assert server.accepted == []
