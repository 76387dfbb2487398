"""The other side of a mailbox in Microsoft 365, as the conformance tests see it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.doors import NAMES, GraphBox
from bot.mailboxes.graph import GraphMailbox
from tests.mailboxes.graph_double import CLIENT, SECRET, TENANT, Account, GraphDouble, Letter

ADDRESS = "socialnamnden@ekeby.example"


def graph_box(double: GraphDouble, **other: Any) -> GraphBox:
    """Return the settings that lead to the double."""
    told: dict[str, Any] = {
        "address": ADDRESS,
        "tenant": TENANT,
        "client_id": CLIENT,
        "secret": SECRET,
        "certificate": None,
        "since": dt.date(2026, 1, 1),
        "url": double.url,
        "login": double.login,
        "notify": False,
        "ca": double.ca,
        "names": NAMES,
    }
    return GraphBox(**told | other)


@dataclass
class GraphPeer:
    """The double with one mailbox in it."""

    double: GraphDouble
    address: str = ADDRESS
    has_labels: bool = True
    keeps_bytes: bool = False
    opened: list[GraphMailbox] = field(default_factory=list)

    def mailbox(self, **other: Any) -> GraphMailbox:
        """Return a mailbox that is not yet opened."""
        box = GraphMailbox(graph_box(self.double, **other), settle_seconds=0.3)
        self.opened.append(box)
        return box

    def open(self) -> GraphMailbox:
        box = self.mailbox()
        box.open()
        return box

    @property
    def account(self) -> Account:
        return self.double.account(self.address)

    def put(self, raw: bytes, received: dt.datetime, folder: str = "inkorg") -> None:
        self.arrive(raw, received, folder)

    def arrive(self, raw: bytes, received: dt.datetime, folder: str = "inkorg", **more: Any) -> Letter:
        """Let a letter come, and return what the server knows of it."""
        return self.double.put(self.address, raw, received, _place(folder), **more)

    def subjects(self, folder: str) -> list[str]:
        account = self.account
        where = account.known.get(_place(folder)) or account.folder_of(_place(folder))
        return sorted(_subject(one) for one in account.letters.values() if one.folder == where)

    def labels(self, subject: str) -> list[str]:
        return self.find(subject).categories

    def person_moves(self, subject: str, folder: str) -> None:
        account, place = self.account, _place(folder)
        where = account.known.get(place) or account.folder_of(place)
        account.shift(self.find(subject), where or account.make_folder(place, account.known["msgfolderroot"]))

    def person_deletes(self, subject: str) -> None:
        self.account.remove(self.find(subject))

    def find(self, subject: str) -> Letter:
        return next(one for one in self.account.letters.values() if _subject(one) == subject)


def _place(folder: str) -> str:
    return {"inkorg": "inbox", "skickat": "sentitems"}.get(folder) or {str(k): v for k, v in NAMES.items()}.get(
        folder, folder
    )


def _subject(letter: Letter) -> str:
    from tests.mailboxes.peer import subject_of

    return subject_of(letter.raw)


@contextmanager
def graph(tmp_path: Path) -> Iterator[GraphPeer]:
    """Start the double; see at the end that the product kept to the rules that hold for every call."""
    with GraphDouble() as double:
        double.account(ADDRESS)
        peer = GraphPeer(double)
        try:
            yield peer
        finally:
            for box in peer.opened:
                box.close()
        assert double.unmarked == []
        assert double.deletions == []
        assert double.most_at_once <= 2
