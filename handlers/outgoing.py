"""A letter that goes out: a copy to the mailbox of what one of our own has sent, and what proves that they have."""

from __future__ import annotations

import re
from collections.abc import Sequence

from handlers import gates
from handlers.reading.reading import Reading
from handlers.rules import numbering
from storage.records import Document, Folder, Namnd
from storage.store import Book

_ANSWERS = re.compile(r"\b(svar|yttrande|yttrar|remissvar)\b", re.IGNORECASE)


def is_outgoing(book: Book, reading: Reading, namnd: Namnd) -> bool:
    """Say whether a letter says that one of our own has sent it to somebody else, with the mailbox in copy.

    Sent to the mailbox itself, it has come in: then one of our own has passed it on. Anybody can write our address, so
    this alone makes no letter the nämnd's; see `is_proven`.
    """
    sender = (reading.envelope.from_.address or "").lower()
    to = [(p.address or "").lower() for p in reading.envelope.to if p.address]
    if not sender or not to or any(address in namnd.addresses for address in to):
        return False
    known = book.person_by_email(sender)
    if sender not in namnd.addresses and known is None:
        return False
    return all(book.person_by_email(address) is None for address in to)


def is_proven(reading: Reading, namnd: Namnd, found: Folder | None) -> bool:
    """Say whether a letter that says it goes out surely does: it lies among what was sent from the mailbox, which only
    the nämnd can write to, or the mail server vouches for its sender."""
    return found == "skickat" or gates.is_proven(reading, namnd)


def claim(reading: Reading) -> str:
    """Return the question about a letter that says it is the nämnd's own, when nothing proves it."""
    return f"Brevet säger sig vara skickat från nämnden till {receivers(reading)}, och inget intygar det. Stämmer det?"


def has_gone(book: Book, document: Document) -> Document:
    """Enter as gone out a letter that was taken for come in; its days were somebody else's. Return it as it stands."""
    if document.direction == "ut" or document.arrival_id is None:
        return document
    kept = book.arrival(document.arrival_id).reading
    party = receivers(Reading.from_json(kept)) if kept else None
    for paper in book.documents_of_arrival(document.arrival_id):
        if paper.case_id == document.case_id:
            book.change_document(paper.id, direction="ut", **({} if paper.attachment else {"party": party}))
    days = [d.id for d in book.deadlines(document.case_id, active=True) if d.document_id == document.id]
    book.end_deadlines(days, "dropped")
    return book.document(document.id)


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
