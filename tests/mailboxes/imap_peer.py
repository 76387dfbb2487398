"""A mailbox on any IMAP server, as another mail program sees it: what the tests put there, look at and move."""

from __future__ import annotations

import contextlib
import datetime as dt
import email
import email.header
import imaplib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.doors import ImapBox
from bot.mailboxes.imap import ImapMailbox
from handlers.ports import Mailbox

NAMED = {"inkorg": "INBOX", "registrerat": "Registrerat", "granska": "Granska", "hemligt": "Hemligt"}
NAMED |= {"ovrigt": "&ANY-vrigt", "skickat": "Sent"}


@dataclass
class ImapPeer:
    """The person's side is plain imaplib, so that no fault of ours hides behind itself."""

    box: ImapBox
    has_labels: bool = True
    keeps_bytes: bool = True
    address: str = field(init=False)
    _opened: list[ImapMailbox] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.address = self.box.address

    def open(self) -> Mailbox:
        made = ImapMailbox(self.box, timeout=20)
        made.open()
        self._opened.append(made)
        return made

    def close(self) -> None:
        for one in self._opened:
            one.close()

    @contextlib.contextmanager
    def person(self, folder: str | None = None) -> Iterator[imaplib.IMAP4]:
        """Give another mail program's connection, with a folder open."""
        client = imaplib.IMAP4(self.box.host, self.box.port, timeout=20)
        try:
            client.login(self.box.user, self.box.password)
            if folder is not None:
                kind, _ = client.select(NAMED[folder])
                assert kind == "OK"
            yield client
        finally:
            client.logout()

    def put(self, raw: bytes, received: dt.datetime, folder: str = "inkorg") -> None:
        with self.person() as client:
            when = imaplib.Time2Internaldate(received)
            kind, told = client.append(NAMED[folder], "", when, raw)
            assert kind == "OK", told

    def subjects(self, folder: str) -> list[str]:
        return sorted(subject for _, subject, _ in self.listed(folder))

    def listed(self, folder: str) -> list[tuple[str, str, list[str]]]:
        """Return UID, subject and flags of each letter in a folder."""
        found = []
        with self.person(folder) as client:
            _, told = client.uid("FETCH", "1:*", "(UID FLAGS BODY.PEEK[HEADER])")
            for one in told:
                if isinstance(one, tuple):
                    uid = re.search(rb"UID (\d+)", one[0])
                    flags = re.search(rb"FLAGS \(([^)]*)\)", one[0])
                    assert uid
                    assert flags
                    found.append((uid[1].decode(), subject_of(one[1]), flags[1].decode().split()))
        return found

    def labels(self, subject: str) -> list[str]:
        folder, uid = self._find(subject)
        (flags,) = (f for u, _, f in self.listed(folder) if u == uid)
        return [f for f in flags if not f.startswith("\\")]

    def person_moves(self, subject: str, folder: str) -> None:
        now, uid = self._find(subject)
        with self.person(now) as client:
            assert client.uid("COPY", uid, NAMED[folder])[0] == "OK"
            self._remove(client, uid)

    def person_deletes(self, subject: str) -> None:
        now, uid = self._find(subject)
        with self.person(now) as client:
            self._remove(client, uid)

    def flag(self, subject: str, flag: str) -> None:
        """Put a flag on a letter, as a person would."""
        now, uid = self._find(subject)
        with self.person(now) as client:
            assert client.uid("STORE", uid, "+FLAGS", f"({flag})")[0] == "OK"

    def _remove(self, client: imaplib.IMAP4, uid: str) -> None:
        assert client.uid("STORE", uid, "+FLAGS", "(\\Deleted)")[0] == "OK"
        assert client.expunge()[0] == "OK"

    def _find(self, subject: str) -> tuple[str, str]:
        return next((f, u) for f in NAMED for u, s, _ in self.listed(f) if s == subject)


def subject_of(head: bytes) -> str:
    """Return the subject of a letter, or of its headers."""
    return str(email.header.make_header(email.header.decode_header(email.message_from_bytes(head)["Subject"] or "")))
