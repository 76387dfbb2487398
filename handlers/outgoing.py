"""A letter that goes out: a copy to the mailbox of what one of our own has sent."""

from __future__ import annotations

import re

from handlers.reading.reading import Reading
from storage.records import Namnd
from storage.store import Book

_ANSWERS = re.compile(r"\b(svar|yttrande|yttrar|remissvar)\b", re.IGNORECASE)


def is_outgoing(book: Book, reading: Reading, namnd: Namnd) -> bool:
    """Say whether a letter was sent by one of our own to somebody else, with the mailbox in copy.

    Sent to the mailbox itself, it has come in: then one of our own has passed it on.
    """
    sender = (reading.envelope.from_.address or "").lower()
    to = [(p.address or "").lower() for p in reading.envelope.to if p.address]
    if not sender or not to or any(address in namnd.addresses for address in to):
        return False
    known = book.person_by_email(sender)
    if sender not in namnd.addresses and known is None:
        return False
    return all(book.person_by_email(address) is None for address in to)


def answers(reading: Reading) -> bool:
    """Say whether what goes out is the nämnd's answer, and not a question or a reminder of ours."""
    if reading.kind in ("svar", "tjansteskrivelse"):
        return reading.kind == "svar" or bool(_ANSWERS.search(reading.envelope.subject))
    return reading.kind in ("protokollsutdrag", "other", "synpunkt") and bool(_ANSWERS.search(reading.envelope.subject))


def receivers(reading: Reading) -> str:
    """Return to whom it went, for the register (OSL 5 kap. 2 §)."""
    return ", ".join(p.name or p.address or "" for p in reading.envelope.to if p.name or p.address)
