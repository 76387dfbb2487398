"""What Exchange tells of the items in a folder, read element by element: any field may be missing."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import re
from dataclasses import dataclass
from typing import Any

MESSAGES = "{http://schemas.microsoft.com/exchange/services/2006/messages}"
TYPES = "{http://schemas.microsoft.com/exchange/services/2006/types}"
NEVER_RECEIVED = "x"  # of a letter that somebody put there from a file
# What is no letter, though it may lie among letters. What is not named here is taken for one.
_NOT_LETTERS = (
    *("ipm.contact", "ipm.distlist", "ipm.appointment", "ipm.task", "ipm.activity", "ipm.stickynote"),
    *("ipm.post", "ipm.document", "ipm.abchperson", "ipm.configuration"),
)
_NO_LETTER_KINDS = ("Contact", "DistributionList", "CalendarItem", "Task", "PostItem", "AbchPerson")


class SyncLost(Exception):
    """Exchange does not know the sync state any more, or did not give a new one: the list must be made anew."""


@dataclass(frozen=True, slots=True)
class Item:
    """What lies in a folder, as far as it was asked for. Exchange may leave any field out."""

    id: str
    changekey: str = ""
    kind: str = ""  # Message, MeetingRequest, Contact …: the element's name
    item_class: str = ""  # IPM.Note …
    search_key: str = ""  # hex
    received: dt.datetime | None = None
    created: dt.datetime | None = None
    sent: dt.datetime | None = None
    size: int = 0
    subject: str = ""
    message_id: str = ""
    answers: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    folder: str = ""
    raw: bytes = b""

    @property
    def came(self) -> dt.datetime | None:
        """When the server got it; of what was never received, when it was put there."""
        return self.received or self.created


@dataclass(frozen=True, slots=True)
class Changes:
    """A page of what has changed in a folder since a state."""

    state: str
    last: bool
    items: tuple[Item, ...]
    gone: tuple[str, ...]


def tag(element: Any) -> str:
    """Return an element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def text(element: Any, name: str) -> str:
    """Return the text of a field, "" where it is missing."""
    return (element.findtext(f"{TYPES}{name}") or "").strip()


def id_of(element: Any, name: str) -> tuple[str, str]:
    """Return the first id of a kind under an element, and its change key; empty where there is none."""
    found = next(element.iter(f"{TYPES}{name}"), None)
    return ("", "") if found is None else (found.get("Id", ""), found.get("ChangeKey", ""))


def only_item(message: Any) -> Item | None:
    """Return the item of an answer that holds one; None where Exchange tells none."""
    container = message.find(f"{MESSAGES}Items")
    return read(container[0]) if container is not None and len(container) else None


def read(element: Any) -> Item:
    """Return an item of what Exchange says of it."""
    item_id, changekey = id_of(element, "ItemId")
    value = element.findtext(f"{TYPES}ExtendedProperty/{TYPES}Value") or ""
    folder = element.find(f"{TYPES}ParentFolderId")
    size = text(element, "Size")
    categories = element.find(f"{TYPES}Categories")
    return Item(
        id=item_id,
        changekey=changekey,
        kind=tag(element),
        item_class=text(element, "ItemClass"),
        search_key=_bytes(value).hex(),
        received=_moment(text(element, "DateTimeReceived")),
        created=_moment(text(element, "DateTimeCreated")),
        sent=_moment(text(element, "DateTimeSent")),
        size=int(size) if size.isdecimal() else 0,
        subject=text(element, "Subject"),
        message_id=text(element, "InternetMessageId"),
        answers=tuple(re.findall(r"<[^<>\s]+>", f"{text(element, 'InReplyTo')} {text(element, 'References')}")),
        categories=() if categories is None else tuple(c.text for c in categories if c.text),
        folder="" if folder is None else folder.get("Id", ""),
        raw=_bytes(element.findtext(f"{TYPES}MimeContent") or ""),
    )


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=False)
    except (binascii.Error, ValueError):
        return b""


def _moment(text: str) -> dt.datetime | None:
    try:
        told = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return (told if told.tzinfo else told.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)


def is_letter(item: Item) -> bool:
    """Say whether an item is a letter."""
    name = item.item_class.casefold()
    if not name:
        return item.kind not in _NO_LETTER_KINDS
    return not any(name == no or name.startswith(f"{no}.") for no in _NOT_LETTERS)


def key_of(item: Item) -> str:
    """Return what a letter is known by wherever it is moved."""
    # Without a search key, what else stays with a letter that is moved.
    what = item.search_key or "m" + hashlib.sha256(f"{item.message_id}\n{item.subject}".encode()).hexdigest()
    return f"{what}-{item.received:%Y%m%d%H%M%S}" if item.received else f"{NEVER_RECEIVED}{what}"
