"""One file per kind of mailbox; the kinds that the settings may name are listed here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bot.mailboxes.folder import FolderMailbox
from handlers.ports import Mailbox

KINDS: dict[str, Callable[[Path], Mailbox]] = {"folder": FolderMailbox}
