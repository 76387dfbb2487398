"""Entering a letter in a case, known or new, and keeping what was read of it: what intake and the desk share."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from handlers import absorbing, assignment, confirming, corrections, deciding, gates, outgoing, registering
from handlers.notices import queue
from handlers.reading.reading import Reading
from storage.records import Arrival, ArrivalState, Case, Document, Folder, Json, Namnd
from storage.store import Book


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a letter, for the log and the table of `namndbot run`."""

    arrival: Arrival
    state: ArrivalState
    folder: Folder
    case: Case | None
    why: tuple[str, ...]
    new_case: bool = False


def enter(
    book: Book,
    arrival: Arrival,
    reading: Reading,
    namnd: Namnd,
    case: Case | None,
    why: str,
    *,
    now: dt.datetime,
    actor: str = "boten",
    secret: bool = False,
    asks: Sequence[str] = (),
    found: Folder | None = None,
) -> Outcome:
    """Enter a letter in a case, or in a new one when case is None; tell its sender what is to be told.

    `asks` are questions about its facts: it is registered at once (OSL 5 kap. 1 §), and they are asked afterwards.
    `found`: the folder that the bot found it in. A letter in our own name that nothing proves has come in, and is asked
    about: it could be anybody's, who wants a case to look answered.
    """
    secret = secret or (case is not None and case.secret)
    looked_at = actor != "boten"
    says_ours = case is not None and outgoing.is_outgoing(book, reading, namnd)
    out = says_ours and (looked_at or outgoing.is_proven(reading, namnd, found))
    trusted = case is None or looked_at or out or (not says_ours and is_from_inside(reading, namnd))
    claims = [] if trusted else absorbing.claims(reading)
    claims += [outgoing.claim(reading)] if says_ours and not out else []
    questions = [*_forged(book, arrival, reading), *_late(case), *claims, *asks]
    keep(book, arrival, reading.hidden() if secret else reading)
    if case is None:
        new, document = registering.open_case(book, arrival, reading, namnd, now=now, actor=actor, secret=secret)
        home = new
    else:
        document = registering.add_letter(
            book, case, arrival, reading, namnd, now=now, why=why, actor=actor, trusted=trusted, out=out
        )
        home = book.case(case.id)
    secret = home.secret
    if not secret:
        if says_ours and outgoing.answers(reading):
            confirming.answer_gone(book, home, reading, document, namnd, trusted=out, now=now)
        elif not says_ours:
            _move_case(book, home, reading, document, namnd, new=case is None, trusted=trusted, actor=actor, now=now)
        home = book.case(home.id)
    # Of a hidden letter too little is kept to make the key anew: the one from when it came stands.
    key = arrival.fingerprint or gates.content_key(reading)
    book.carry_repetitions(namnd.key, key, home.id, "hemligt" if secret else "registrerat")
    book.settle(
        arrival.id,
        "registered",
        folder="hemligt" if secret else "registrerat",
        case_id=home.id,
        document_id=document.id,
        message_id=reading.envelope.message_id,
        fingerprint=key,
        questions=() if secret else questions,
        reasons=(),
        proposed_case_id=None,
    )
    if not secret:
        queue.receipt(book, arrival, reading, namnd, home, now=now)
    after = book.arrival(arrival.id)
    return Outcome(after, "registered", after.folder or "registrerat", home, tuple(questions), new_case=case is None)


def _move_case(
    book: Book,
    case: Case,
    reading: Reading,
    document: Document,
    namnd: Namnd,
    *,
    new: bool,
    trusted: bool,
    actor: str,
    now: dt.datetime,
) -> None:
    """Let what has come move its case: somebody is asked to take it, a decision is noted."""
    if trusted and not new:
        # What a person has looked at holds; what only the bot has read holds when it is sure.
        told = confirming.minutes if actor == "boten" else deciding.from_minutes
        told(book, case, reading, document, namnd, now=now)
    if new:
        assignment.start(book, book.case(case.id), namnd, now=now)


def keep(book: Book, arrival: Arrival, reading: Reading) -> None:
    """Keep what was read, and each finding as a row of its own."""
    data: Json = dataclasses.replace(reading, envelope=dataclasses.replace(reading.envelope, tokens=())).to_json()
    book.settle(arrival.id, arrival.state, reading=data, sender=corrections.sender_of(reading) or None)
    book.put_findings(
        arrival.id,
        (
            {
                "field": f.field,
                "value": f.value,
                "certainty": f.certainty,
                "sentence": f.sentence,
                "source": f.where,
            }
            for f in reading.findings
        ),
    )


def is_from_inside(reading: Reading, namnd: Namnd) -> bool:
    """Say whether a letter comes from the nämnd's own mail domain.

    Anybody may write that a case is decided or a day is moved: such a letter is registered, but what it claims holds
    only when it comes from the municipality itself or a registrator has looked at it.
    """
    domain = (reading.envelope.from_.address or "").rpartition("@")[2].lower()
    ours = bool(domain) and domain in {a.rpartition("@")[2] for a in namnd.addresses}
    # Where our mail server tells who is who, a letter that it does not vouch for may say anything.
    looked = namnd.authserv_id or namnd.trust_exchange_internal
    return ours and (not looked or gates.is_authenticated(reading, namnd))


def prove_sent(book: Book, arrival: Arrival, reading: Reading, namnd: Namnd, *, now: dt.datetime) -> None:
    """Let what lies among the sent mail answer the question about a copy of it that came to the inbox before."""
    claim = outgoing.claim(reading)
    for copy in book.same_letter(namnd.key, fingerprint=gates.content_key(reading), not_id=arrival.id):
        if copy.state != "registered" or claim not in copy.questions or copy.document_id is None:
            continue
        document = outgoing.has_gone(book, book.document(copy.document_id))
        book.settle(copy.id, copy.state, questions=[q for q in copy.questions if q != claim])
        if outgoing.answers(reading):
            confirming.answer_gone(book, book.case(document.case_id), reading, document, namnd, trusted=True, now=now)


def _forged(book: Book, arrival: Arrival, reading: Reading) -> list[str]:
    same = book.same_letter(arrival.namnd, message_ids=(reading.envelope.message_id or "",), not_id=arrival.id)
    others = [a for a in same if a.raw_sha256 != arrival.raw_sha256 and a.state != "secret"]
    return [f"Har samma meddelande-id som {others[0].label} men annat innehåll"] if others else []


def _late(case: Case | None) -> list[str]:
    return [f"Ärendet {case.dnr} är avslutat"] if case is not None and case.state == "closed" else []


def outcome_of(book: Book, arrival: Arrival) -> Outcome:
    """Return what became of an arrival that is dealt with."""
    case_id = arrival.case_id or arrival.proposed_case_id
    case = book.case(case_id) if case_id else None
    why = arrival.reasons or arrival.questions
    return Outcome(arrival, arrival.state, arrival.folder or "granska", case, why)
