"""A letter came in: its arrival (T1), then what its Reading makes of it (T2)."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from handlers import (
    absorbing,
    answers_by_mail,
    assignment,
    came_back,
    confirming,
    corrections,
    deciding,
    gates,
    joining,
    outgoing,
    registering,
)
from handlers.notices import queue
from handlers.reading.reading import Envelope, Reading
from handlers.reading.review import ABOUT_DAYS
from storage.records import Arrival, ArrivalState, Case, Document, Folder, Json, Namnd
from storage.store import Book

# A letter that the whole bot has stopped at this often is shown to a person instead of being tried again. Its reader
# is a child with two tries of its own; this counts the bot's, and it may well have been stopped for other reasons.
MOST_ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a letter, for the log and the table of `namndbot run`."""

    arrival: Arrival
    state: ArrivalState
    folder: Folder
    case: Case | None
    why: tuple[str, ...]
    new_case: bool = False


def arrived(
    book: Book, namnd: Namnd, mailbox_key: str, raw_sha256: str, reference: str, received: dt.datetime, now: dt.datetime
) -> Arrival:
    """Note that a letter has come, whose bytes are kept (T1). Known and moved before: note that it came once more."""
    arrival, new = book.arrive(
        namnd.key, mailbox_key, raw_sha256=raw_sha256, reference=reference, received_at=received, now=now
    )
    if new:
        book.note(
            namnd.key,
            "brev kom",
            now=now,
            arrival_id=arrival.id,
            data={"sha256": raw_sha256, "mottaget": received.isoformat()},
        )
    elif arrival.moved_at is not None:
        # It was moved once and lies in the inbox again: a second delivery, or somebody put it back.
        book.note(namnd.key, "samma brev kom igen", now=now, arrival_id=arrival.id, case_id=arrival.case_id)
    return arrival


def register(
    book: Book, arrival_id: int, reading: Reading, namnd: Namnd, now: dt.datetime, *, found: Folder | None = None
) -> Outcome:
    """Make of a letter what its Reading says, in this one transaction (T2): gates, case, notices, number last.

    The law wants a letter registered as soon as it has come in (OSL 2009:400 5 kap. 1 §): what certainly is to be
    registered gets its number now. Only where a person must first say whether, where or under what secrecy does it
    wait in review. Safe to run again: an arrival that is dealt with is left as it is.

    found: the folder that somebody had put the letter in before the bot saw it; `skickat` when they sent it, and then
    it stays there.
    """
    arrival = book.arrival(arrival_id, lock=True)
    if arrival.state != "arrived":
        return outcome_of(book, arrival)
    outcome = _register(book, arrival, reading, namnd, found, now)
    if found != "skickat":
        return outcome
    book.settle(arrival.id, outcome.state, folder="skickat")
    return dataclasses.replace(outcome, arrival=book.arrival(arrival.id), folder="skickat")


def _register(
    book: Book, arrival: Arrival, reading: Reading, namnd: Namnd, found: Folder | None, now: dt.datetime
) -> Outcome:
    answered = None if reading.secret else answers_by_mail.take(book, arrival, reading, namnd, now=now)
    if answered:
        return _answered(book, arrival, reading, answered, now)
    reading = corrections.ruled(book, namnd.key, reading)
    came_back.take(book, arrival, reading, namnd, now=now)
    verdict = gates.first_verdict(gates.Question(book, namnd, arrival, reading)) or _put_there(found)
    if verdict:
        return _turned(book, arrival, reading, namnd, verdict, now)
    if answers_by_mail.take_command(book, arrival, reading, namnd, now=now):
        return _answered(book, arrival, reading, None, now)

    joined = joining.home_of(joining.Asked(book, namnd, arrival, reading))
    reasons = [*_odd_times(book, arrival, reading, namnd, now), *(r for r in reading.review if r not in ABOUT_DAYS)]
    if joined and not joined.sure:
        reasons.insert(0, joined.why)
    if found in ("registrerat", "granska"):
        reasons.insert(0, f"Låg i mappen {found} utan att vara registrerat")
    if reasons:
        whole = [*reasons, *(r for r in reading.review if r in ABOUT_DAYS)]
        return _asked(book, arrival, reading, namnd, joined.case if joined else None, whole, now)
    why = joined.why if joined else ""
    return enter(book, arrival, reading, namnd, joined.case if joined else None, why, now=now, asks=reading.review)


def _put_there(found: Folder | None) -> gates.Verdict | None:
    """What somebody has put aside stays there, and is told of; what they have hidden is taken as an individual's."""
    if found == "hemligt":
        return gates.Verdict("secret", "hemligt", "Låg i mappen för hemliga brev")
    if found == "ovrigt":
        return gates.Verdict("ovrigt", "ovrigt", "Lagt i övrigt av någon, inte av boten")
    return None


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
) -> Outcome:
    """Enter a letter in a case, or in a new one when case is None; tell its sender what is to be told.

    `asks` are questions about its facts: it is registered at once (OSL 5 kap. 1 §), and they are asked afterwards.
    """
    secret = secret or (case is not None and case.secret)
    trusted = case is None or actor != "boten" or is_from_inside(reading, namnd)
    claims = [] if trusted else absorbing.claims(reading)
    questions = [*_forged(book, arrival, reading), *_late(case), *claims, *asks]
    keep(book, arrival, reading.hidden() if secret else reading)
    if case is None:
        new, document = registering.open_case(book, arrival, reading, namnd, now=now, actor=actor, secret=secret)
        home = new
    else:
        document = registering.add_letter(
            book, case, arrival, reading, namnd, now=now, why=why, actor=actor, trusted=trusted
        )
        home = book.case(case.id)
    secret = home.secret
    if not secret:
        _move_case(book, home, reading, document, namnd, new=case is None, trusted=trusted, actor=actor, now=now)
        home = book.case(home.id)
    book.carry_repetitions(namnd.key, gates.content_key(reading), home.id, "hemligt" if secret else "registrerat")
    book.settle(
        arrival.id,
        "registered",
        folder="hemligt" if secret else "registrerat",
        case_id=home.id,
        document_id=document.id,
        message_id=reading.envelope.message_id,
        fingerprint=gates.content_key(reading),
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
    """Let what has come move its case: somebody is asked to take it, a decision is noted, an answer has been sent."""
    if document.direction == "ut":
        if outgoing.answers(reading):
            confirming.answer_gone(book, case, reading, document, namnd, now=now)
        return
    if trusted and not new:
        # What a person has looked at holds; what only the bot has read holds when it is sure.
        told = confirming.minutes if actor == "boten" else deciding.from_minutes
        told(book, case, reading, document, namnd, now=now)
    if new:
        assignment.start(book, book.case(case.id), namnd, now=now)


def _answered(book: Book, arrival: Arrival, reading: Reading, case_id: int | None, now: dt.datetime) -> Outcome:
    keep(book, arrival, reading)
    book.settle(
        arrival.id,
        "answer",
        folder="registrerat",
        case_id=case_id,
        message_id=reading.envelope.message_id,
        fingerprint=gates.content_key(reading),
        note="Svar på en fråga" if case_id else "Besked om frånvaro",
    )
    after = book.arrival(arrival.id)
    case = book.case(case_id) if case_id else None
    return Outcome(after, "answer", "registrerat", case, (after.note or "",))


def _turned(
    book: Book, arrival: Arrival, reading: Reading, namnd: Namnd, verdict: gates.Verdict, now: dt.datetime
) -> Outcome:
    shown = reading.hidden() if reading.secret or verdict.folder == "hemligt" else reading
    if reading.unreadable:
        # Nobody knows what it is about: its subject may name a child, so it is looked at in the mailbox.
        shown = Reading(
            unreadable=True,
            review=reading.review,
            warnings=reading.warnings,
            envelope=Envelope(message_id=reading.envelope.message_id, automatic=reading.envelope.automatic),
            attachments=tuple(dataclasses.replace(a, name=f"bilaga {n}") for n, a in enumerate(reading.attachments, 1)),
        )
    keep(book, arrival, shown)
    book.settle(
        arrival.id,
        verdict.state,
        folder=verdict.folder,
        case_id=verdict.case_id,
        message_id=reading.envelope.message_id,
        fingerprint=gates.content_key(reading),
        reasons=(verdict.why,),
        note=verdict.why,
    )
    # A secret letter's line tells id and time, and nothing of what the letter is.
    quiet = verdict.folder == "hemligt"
    what = {"ovrigt": "ej registrerat", "repetition": "upprepning", "secret": "misstänkt individärende"}
    book.note(
        namnd.key,
        what.get(verdict.state, "till granskning"),
        now=now,
        arrival_id=arrival.id,
        case_id=verdict.case_id,
        data={} if quiet else {"skäl": verdict.why},
    )
    if verdict.state == "secret":
        queue.secret_waiting(book, arrival, namnd, now=now)
    elif verdict.state == "review":
        queue.waiting_receipt(book, arrival, reading, namnd, now=now)
    case = book.case(verdict.case_id) if verdict.case_id else None
    return Outcome(book.arrival(arrival.id), verdict.state, verdict.folder, case, (verdict.why,))


def _asked(
    book: Book,
    arrival: Arrival,
    reading: Reading,
    namnd: Namnd,
    proposal: Case | None,
    reasons: list[str],
    now: dt.datetime,
) -> Outcome:
    keep(book, arrival, reading)
    book.settle(
        arrival.id,
        "review",
        folder="granska",
        message_id=reading.envelope.message_id,
        fingerprint=gates.content_key(reading),
        reasons=reasons,
        proposed_case_id=proposal.id if proposal else None,
    )
    book.note(
        namnd.key,
        "till granskning",
        now=now,
        arrival_id=arrival.id,
        data={"förslag": proposal.dnr if proposal else None},
        personal={"skäl": reasons},
    )
    queue.waiting_receipt(book, arrival, reading, namnd, now=now)
    return Outcome(book.arrival(arrival.id), "review", "granska", proposal, tuple(reasons))


def keep(book: Book, arrival: Arrival, reading: Reading) -> None:
    """Keep what was read, and each finding as a row of its own."""
    data: Json = reading.to_json()
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
    return bool(domain) and domain in {a.rpartition("@")[2] for a in namnd.addresses}


def _odd_times(book: Book, arrival: Arrival, reading: Reading, namnd: Namnd, now: dt.datetime) -> list[str]:
    came = registering.inkommen(book, namnd, arrival, reading)
    if came > now + dt.timedelta(days=1):
        return ["Brevet säger sig ha kommit en dag som inte har varit"]
    if came < now - dt.timedelta(days=366):
        return ["Brevet säger sig ha kommit för mer än ett år sedan"]
    year = came.astimezone(registering.STOCKHOLM).year
    begun = any(s.namnd == namnd.key for s in book.all_series())
    if begun and namnd.diarium == "own" and not book.has_series(namnd.key, year):
        return [f"Brevet kom {year}, innan boten började ge nummer"]
    return []


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
