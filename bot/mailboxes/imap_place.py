"""What a letter on an IMAP server is called between two calls, and what its headers tell."""

from __future__ import annotations

import contextlib
import datetime as dt
import email.header
import email.parser
import re
from dataclasses import dataclass

from handlers.ports import Lying


@dataclass(frozen=True, slots=True)
class Place:
    """What a reference holds: the folder with the letter's number there, and what it is found by when it has left."""

    folder: str
    validity: int
    uid: int
    size: int | None
    received: dt.datetime | None

    def __str__(self) -> str:
        stamp = int(self.received.timestamp()) if self.received else ""
        return f"{self.validity}.{self.uid}.{'' if self.size is None else self.size}.{stamp}.{self.folder}"

    @staticmethod
    def of(reference: str) -> Place | None:
        """Read a reference; None for what is none of this kind's."""
        found = re.fullmatch(r"(\d{1,10})\.(\d{1,10})\.(\d{0,12})\.(-?\d{0,12})\.(.+)", reference, re.DOTALL)
        if not found:
            return None
        received = dt.datetime.fromtimestamp(int(found[4]), dt.UTC) if found[4] else None
        return Place(found[5], int(found[1]), int(found[2]), int(found[3]) if found[3] else None, received)


def lying_of(reference: str, received: dt.datetime, head: bytes) -> Lying:
    """Return what a letter's headers tell of it."""
    told = email.parser.BytesHeaderParser().parsebytes(head)

    def ids(name: str) -> tuple[str, ...]:
        return tuple(re.findall(r"<[!-;=?-~]{1,250}>", " ".join(str(v) for v in told.get_all(name) or ())[:20_000]))

    return Lying(
        reference,
        received,
        subject=_decoded(str(told.get("Subject") or "")[:2000]),
        message_id=next(iter(ids("Message-ID")), ""),
        answers=tuple(dict.fromkeys((*ids("In-Reply-To"), *ids("References"))))[:200],
    )


def _decoded(value: str) -> str:
    # A stranger's header, which the library fails on in many ways: then it is shown as it came.
    with contextlib.suppress(Exception):
        value = str(email.header.make_header(email.header.decode_header(value)))
    return " ".join(value.encode("utf-8", "replace").decode("utf-8").split())[:500]
