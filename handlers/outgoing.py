"""A letter that goes out: a copy to the mailbox of what one of our own has sent."""

from __future__ import annotations

import re
from collections.abc import Sequence

from handlers.reading.reading import Reading
from handlers.rules import numbering
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


def may_concern(book: Book, namnd: Namnd, subject: str, answered: Sequence[str], message_id: str) -> bool:
    """Say whether what somebody has sent from the mailbox may belong to a case: it names one of the nämnd's numbers,
    or answers a letter that lies in one. The bot's own mail does not."""
    if message_id and book.notice_by_message([f"<{message_id.strip('<>')}>"]) is not None:
        return False
    if any(a.case_id is not None for a in book.same_letter(namnd.key, message_ids=[i.strip("<>") for i in answered])):
        return True
    series = [s for s in book.all_series() if s.namnd == namnd.key]
    own = {numbering.key(n) for s in series for n in numbering.find_own(subject, s.template, s.prefix)}
    return any(book.case_by_dnr(number, (namnd.key,)) is not None for number in own)


def answers(reading: Reading) -> bool:
    """Say whether what goes out is the nämnd's answer, and not a question or a reminder of ours."""
    if reading.kind in ("svar", "tjansteskrivelse"):
        return reading.kind == "svar" or bool(_ANSWERS.search(reading.envelope.subject))
    return reading.kind in ("protokollsutdrag", "other", "synpunkt") and bool(_ANSWERS.search(reading.envelope.subject))


def receivers(reading: Reading) -> str:
    """Return to whom it went, for the register (OSL 5 kap. 2 §)."""
    return ", ".join(p.name or p.address or "" for p in reading.envelope.to if p.name or p.address)
