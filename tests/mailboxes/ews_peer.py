"""A mailbox on the double of Exchange Web Services, as the conformance tests see it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bot.doors import NAMES, EwsBox
from bot.mailboxes.ews import EwsMailbox
from tests.mailboxes.ews_double import EwsDouble, Mail

ADDRESS = "socialnamnden@ekeby.example"
_WHERE = {"inkorg": "inbox", "skickat": "sentitems"}


def box_of(double: EwsDouble, **fields: Any) -> EwsBox:
    """Return the settings that lead to the double."""
    made = EwsBox(
        address=ADDRESS,
        server=double.url,
        access="delegate",
        auth="basic",
        user="EKEBY\\namndbot",
        password="hemligt",
        tenant="",
        client_id="",
        secret="",
        since=dt.date(2026, 12, 1),
        ca=None,
        names=NAMES,
    )
    return replace(made, **fields)


@dataclass
class EwsPeer:
    """The double with one mailbox in it."""

    double: EwsDouble
    address: str = ADDRESS
    has_labels: bool = True
    keeps_bytes: bool = False
    _opened: list[EwsMailbox] = field(default_factory=list)

    def open(self) -> EwsMailbox:
        box = EwsMailbox(box_of(self.double))
        box.open()
        self._opened.append(box)
        return box

    def close(self) -> None:
        for box in self._opened:
            box.close()
        self.double.stop()

    def put(self, raw: bytes, received: dt.datetime, folder: str = "inkorg") -> None:
        self.double.put(raw, received, self._name(folder))

    def subjects(self, folder: str) -> list[str]:
        return sorted(m.subject or "" for m in self.double.lie(self._name(folder)))

    def labels(self, subject: str) -> list[str]:
        return self._find(subject).categories

    def person_moves(self, subject: str, folder: str) -> None:
        self.double.person_moves(self._find(subject), self._name(folder))

    def person_deletes(self, subject: str) -> None:
        self.double.person_deletes(self._find(subject))

    def _name(self, folder: str) -> str:
        return _WHERE.get(folder) or NAMES[folder]  # type: ignore[index]  # a test names a folder of the house

    def _find(self, subject: str) -> Mail:
        return self.double.find(subject)


@contextmanager
def ews(tmp_path: Path) -> Iterator[EwsPeer]:
    """Run the double for one test."""
    peer = EwsPeer(EwsDouble(ADDRESS))
    try:
        yield peer
    finally:
        peer.close()
