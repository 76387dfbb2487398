"""The other side of a mailbox, as a test sees it: one per kind, and the list that the conformance tests run over."""

from __future__ import annotations

import datetime as dt
import email
import email.header
import email.message
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.doors import NAMES, FolderBox
from bot.mailboxes.folder import FolderMailbox
from handlers.ports import Mailbox
from tests.mailboxes import dovecot, imap_double
from tests.mailboxes.ews_peer import ews
from tests.mailboxes.graph_peer import graph

WHERE: dict[str, str] = {"inkorg": "inkorg", **{f: f for f in NAMES}}


class Peer(Protocol):
    """A server, or a folder, with one mailbox in it. Folders are named as the house names them; inkorg is the inbox."""

    address: str

    def open(self) -> Mailbox:
        """Return a mailbox of the product's own, opened against this peer. Each call is a connection of its own."""
        ...

    def put(self, raw: bytes, received: dt.datetime, folder: str = "inkorg") -> None:
        """Let a letter come, as the server would take it in."""
        ...

    def subjects(self, folder: str) -> list[str]:
        """Return the subjects of the letters in a folder, sorted."""
        ...

    def labels(self, subject: str) -> list[str]:
        """Return the categories or keywords on a letter, wherever it lies; [] where the kind has none."""
        ...

    def person_moves(self, subject: str, folder: str) -> None:
        """Move a letter as a person with another mail program would."""
        ...

    def person_deletes(self, subject: str) -> None:
        """Delete a letter, for good."""
        ...

    has_labels: bool
    keeps_bytes: bool  # whether what is fetched is byte for byte what came


@dataclass
class FolderPeer:
    """A folder of files."""

    root: Path
    address: str = "socialnamnden@ekeby.example"
    has_labels: bool = False
    keeps_bytes: bool = True

    def open(self) -> Mailbox:
        box = FolderMailbox(FolderBox(self.root), settled_seconds=0)
        box.open()
        return box

    def put(self, raw: bytes, received: dt.datetime, folder: str = "inkorg") -> None:
        path = self.root / folder / f"{len(list(self.root.rglob('*.eml')))}.eml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)
        os.utime(path, (received.timestamp(), received.timestamp()))

    def subjects(self, folder: str) -> list[str]:
        return sorted(subject_of(p.read_bytes()) for p in (self.root / folder).glob("*.eml"))

    def labels(self, subject: str) -> list[str]:
        return []

    def person_moves(self, subject: str, folder: str) -> None:
        path = self._find(subject)
        path.rename(self.root / folder / path.name)

    def person_deletes(self, subject: str) -> None:
        self._find(subject).unlink()

    def _find(self, subject: str) -> Path:
        return next(p for p in self.root.rglob("*.eml") if subject_of(p.read_bytes()) == subject)


def subject_of(raw: bytes) -> str:
    """Return a letter's subject, decoded."""
    found = email.message_from_bytes(raw)["Subject"] or ""
    return str(email.header.make_header(email.header.decode_header(found)))


@contextmanager
def _folder(tmp_path: Path) -> Iterator[Peer]:
    peer = FolderPeer(tmp_path / "post")
    (peer.root / "inkorg").mkdir(parents=True)
    yield peer


# One line per kind. What it needs and the machine lacks is a pytest.skip with the reason, in its context manager.
PEERS: dict[str, Callable[[Path], AbstractContextManager[Peer]]] = {
    "folder": _folder,
    "ews": ews,
    "graph": graph,
    "imap double": imap_double.peer,
    "imap dovecot": dovecot.peer,
}
