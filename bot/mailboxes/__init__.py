"""One file per kind of mailbox; the kinds that the settings may name are listed here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.doors import Box
from bot.mailboxes.ews import EwsMailbox
from bot.mailboxes.folder import FolderMailbox
from bot.mailboxes.graph import GraphMailbox
from bot.mailboxes.imap import ImapMailbox
from handlers.ports import Mailbox, Sender

# The key is what the settings call the kind; the value makes a mailbox of the kind's own settings.
KINDS: dict[str, Callable[[Any], Mailbox]] = {
    "folder": FolderMailbox,
    "ews": EwsMailbox,
    "graph": GraphMailbox,
    "imap": ImapMailbox,
}


def make(box: Box) -> Mailbox:
    """Return a nämnd's mailbox, not yet opened."""
    return KINDS[box.kind](box)


def sender(mailbox: Mailbox) -> Sender:
    """Return the way out that a mailbox itself is. Raises TypeError where it only takes in."""
    if not isinstance(mailbox, Sender):
        raise TypeError("this kind of mailbox sends nothing")
    return mailbox
