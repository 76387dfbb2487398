"""The few headers that the post room itself looks at, out of a letter's first bytes; nothing here can break on them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_MOST = 65_536  # bytes
_ID = re.compile(rb"^message-id:[ \t]*(<[^<>\s]{1,250}>)", re.IGNORECASE | re.MULTILINE)
_FROM = re.compile(rb"^from:(.{1,2000})", re.IGNORECASE | re.MULTILINE)
_ADDRESS = re.compile(rb"[^\s<>@,;:\"]{1,128}@[^\s<>@,;:\"]{1,128}")
_FOLD = re.compile(rb"\r?\n[ \t]+")


@dataclass(frozen=True, slots=True)
class Head:
    """What a letter's own headers say; anybody can write anything there."""

    message_id: str = ""
    sender: str = ""  # the address of From, lower-case, when there is exactly one


def head_of(raw: bytes) -> Head:
    """Return what stands in a letter's head.

    >>> head_of(b"From: Bot <sn@ekeby.example>\\r\\nMessage-ID: <a@b>\\r\\n\\r\\nHej")
    Head(message_id='<a@b>', sender='sn@ekeby.example')
    """
    head = raw[:_MOST].partition(b"\r\n\r\n")[0].partition(b"\n\n")[0]
    head = _FOLD.sub(b" ", head)
    found = _ID.search(head)
    senders = _FROM.findall(head)
    addresses = _ADDRESS.findall(senders[0]) if len(senders) == 1 else []
    return Head(
        message_id=found[1].decode("ascii", "replace") if found else "",
        sender=addresses[0].decode("ascii", "replace").lower() if len(addresses) == 1 else "",
    )
