"""A mail that came back: which message of ours it was, whom it did not reach, and why (RFC 3464)."""

from __future__ import annotations

import email.message
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

_ID = re.compile(r"<[^<>\s]{1,250}@[^<>\s]{1,250}>")
_ADDRESS = re.compile(r"[^\s;<>@]{1,128}@[^\s;<>@]{1,128}")
_CODE = re.compile(r"\b[45]\.\d{1,3}\.\d{1,3}\b")
_MOST = 200_000  # characters looked through for a message's id
_SENT_BY = ("From", "Sender", "Return-Path", "Message-ID")
_SENT_LINE = re.compile(r"^[ \t>]*(From|Från|Sender|Return-Path|Message-ID): *([^\n]{1,400})", re.I | re.M)
_FINAL = "5"  # a status that begins so will not change by trying again (RFC 3463)


@dataclass(frozen=True, slots=True)
class Bounced:
    """A mail that did not reach somebody. of: the ids that may be its Message-ID, the likeliest first."""

    of: tuple[str, ...]
    address: str = ""
    status: str = ""  # 5.1.1 …
    final: bool = True  # whether the mail has been given up; else the server goes on trying


def bounced(message: email.message.Message) -> Bounced | None:
    """Read a bounce out of a mail that says it is one; None where no message is named. Never raises."""
    try:
        return _read(message)
    except Exception:  # noqa: BLE001 - a bounce that cannot be read is a mail like any other
        return None


def is_ours(message: email.message.Message, addresses: Collection[str]) -> bool:
    """Say whether a mail that came back shows that one of ours did: never raises.

    A server tells it in a part of its own (RFC 3464), or in the old forms by the headers of the mail that it returns. Those
    name who sent it, or its Message-ID, and that must be one of these addresses or of their domain. A header or a subject
    alone shows nothing.
    """
    try:
        return _names(message, {a.lower() for a in addresses})
    except Exception:  # noqa: BLE001 - a bounce that cannot be read shows nothing
        return False


def _names(message: email.message.Message, addresses: Collection[str]) -> bool:
    domains = {a.rpartition("@")[2] for a in addresses if "@" in a}
    told: list[str] = []
    for part in _parts(message):
        kind = part.get_content_type()
        if kind == "message/delivery-status":
            told += [str(block.get("X-Postfix-Sender") or "") for block in _blocks(part)]
        elif kind == "message/rfc822":
            told += [str(child.get(name) or "") for child in _blocks(part) for name in _SENT_BY]
        elif kind == "text/rfc822-headers" or kind.startswith("text/"):
            told += [found[2] for found in _SENT_LINE.finditer(_text(part))]
    ids = {i.strip("<>").rpartition("@")[2].lower() for text in told for i in _ID.findall(text)}
    return any(a.lower() in addresses for text in told for a in _ADDRESS.findall(text)) or bool(ids & domains)


def _read(message: email.message.Message) -> Bounced | None:
    address, status, action = "", "", ""
    certain: list[str] = []
    perhaps: list[str] = []
    for part in _parts(message):
        kind = part.get_content_type()
        if kind == "message/delivery-status":
            for block in _blocks(part):
                found = _ADDRESS.search(str(block.get("Final-Recipient") or block.get("Original-Recipient") or ""))
                if found and not address:
                    address = found[0].lower()
                    status = (_CODE.search(str(block.get("Status") or "")) or [""])[0]
                    action = str(block.get("Action") or "").strip().lower()
        elif kind == "message/rfc822":
            certain += [i for child in _blocks(part) for i in _ID.findall(str(child.get("Message-ID") or ""))]
        elif kind == "text/rfc822-headers":
            inner = email.message_from_string(_text(part))
            certain += _ID.findall(str(inner.get("Message-ID") or ""))
        elif kind.startswith("text/"):
            perhaps += _ID.findall(_text(part))
            status = status or (_CODE.search(_text(part)) or [""])[0]
    of = tuple(dict.fromkeys([*certain, *perhaps]))[:20]
    final = action == "failed" or (not action and not status.startswith("4"))
    return Bounced(of, address, status, final) if of else None


def _parts(message: email.message.Message) -> Iterator[email.message.Message]:
    # Not what lies inside the mail that came back: its own parts say nothing of the bounce.
    if message.get_content_type().startswith("message/") or not message.is_multipart():
        yield message
        return
    for child in _blocks(message)[:20]:
        yield from _parts(child)


def _blocks(part: email.message.Message) -> list[email.message.Message]:
    payload = part.get_payload()
    return [p for p in payload if isinstance(p, email.message.Message)] if isinstance(payload, list) else []


def _text(part: email.message.Message) -> str:
    data = part.get_payload(decode=True)
    return data[:_MOST].decode("utf-8", "replace") if isinstance(data, bytes) else ""
