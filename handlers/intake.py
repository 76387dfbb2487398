"""A letter came in: its arrival (T1), then what its Reading makes of it (T2)."""

from __future__ import annotations

import dataclasses
import datetime as dt

from handlers import answers_by_mail, came_back, corrections, gates, joining, registering
from handlers.entering import Outcome, enter, keep, outcome_of, prove_sent
from handlers.notices import queue
from handlers.reading.reading import Envelope, Reading
from handlers.reading.review import ABOUT_DAYS, PERHAPS_A_MACHINE
from storage.records import Arrival, Case, Folder, Namnd
from storage.store import Book

__all__ = ["MOST_ATTEMPTS", "Outcome", "arrived", "enter", "keep", "outcome_of", "register"]

# A letter that the whole bot has stopped at this often is shown to a person instead of being tried again. Its reader
# is a child with two tries of its own; this counts the bot's, and it may well have been stopped for other reasons.
MOST_ATTEMPTS = 8


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
    it stays there. What lies in `hemligt` is secret whatever was read of it, also when it could not be read: who calls
    this must give the folder then too.
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
    if found == "hemligt":
        # A person has hidden it. Nothing that the letter says, or that it may be, brings it out again (OSL 26 kap. 1 §).
        return _turned(book, arrival, reading, namnd, _HIDDEN, now)
    if found == "skickat":
        prove_sent(book, arrival, reading, namnd, now=now)
    came = came_back.take(book, arrival, reading, namnd, now=now)
    if came and reading.kind == "studs":  # it names a message that we did send: no doubt is left
        reading = dataclasses.replace(reading, review=tuple(r for r in reading.review if r != PERHAPS_A_MACHINE))
    taken = None if came else answers_by_mail.take(book, arrival, reading, namnd, now=now)
    if taken:
        return _answered(book, arrival, reading, taken, namnd, now)
    reading = corrections.ruled(book, namnd.key, reading)
    verdict = gates.first_verdict(gates.Question(book, namnd, arrival, reading)) or _put_there(found)
    if verdict:
        return _turned(book, arrival, reading, namnd, verdict, now)
    taken = answers_by_mail.take_command(book, arrival, reading, namnd, now=now)
    if taken:
        return _answered(book, arrival, reading, taken, namnd, now)

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
    home = joined.case if joined else None
    return enter(book, arrival, reading, namnd, home, why, now=now, asks=reading.review, found=found)


_HIDDEN = gates.Verdict("secret", "hemligt", "Låg i mappen för hemliga brev")


def _put_there(found: Folder | None) -> gates.Verdict | None:
    """What somebody has put aside stays there, and is told of."""
    if found == "ovrigt":
        return gates.Verdict("ovrigt", "ovrigt", "Lagt i övrigt av någon, inte av boten")
    return None


def _answered(
    book: Book, arrival: Arrival, reading: Reading, taken: answers_by_mail.Taken, namnd: Namnd, now: dt.datetime
) -> Outcome:
    case = book.case(taken.case_id) if taken.case_id else None
    papers = answers_by_mail.papers(book, reading, case)
    if papers:
        return _with_papers(book, arrival, papers, taken, case, namnd, now)
    # Of an answer its headers are kept: what it said stands in the journal, and what it quotes is ours.
    bare = Reading(
        kind=reading.kind,
        certainty=reading.certainty,
        envelope=dataclasses.replace(reading.envelope, subject=""),
        fingerprint=reading.fingerprint,
    )
    keep(book, arrival, reading.hidden() if taken.hidden else bare)
    book.settle(
        arrival.id,
        "answer",
        folder="hemligt" if taken.hidden else "registrerat",
        case_id=taken.case_id,
        message_id=reading.envelope.message_id,
        fingerprint=gates.content_key(reading),
        note=None if taken.hidden else taken.note,
    )
    after = book.arrival(arrival.id)
    return Outcome(after, "answer", after.folder or "registrerat", case, (taken.note,))


def _with_papers(
    book: Book,
    arrival: Arrival,
    reading: Reading,
    taken: answers_by_mail.Taken,
    case: Case | None,
    namnd: Namnd,
    now: dt.datetime,
) -> Outcome:
    """Enter an answer that brings handlingar: it is done, and they belong in the case (TF 2 kap. 9 §, OSL 5 kap. 1 §)."""
    book.note(namnd.key, "svar med handlingar", now=now, case_id=taken.case_id, arrival_id=arrival.id)
    if taken.hidden or (case is not None and case.secret):
        return _turned(book, arrival, reading, namnd, gates.SUSPECTED, now)
    if case is None or taken.unsure or case.state not in ("open", "waiting_dnr"):
        why = "Kom som svar på ett mejl från boten, och har handlingar med. Vilket ärende hör de till?"
        return _asked(book, arrival, reading, namnd, case, [why, *reading.review], now)
    return enter(
        book, arrival, reading, namnd, case, "Brevet svarar på ett mejl från boten", now=now, asks=reading.review
    )


def _turned(
    book: Book, arrival: Arrival, reading: Reading, namnd: Namnd, verdict: gates.Verdict, now: dt.datetime
) -> Outcome:
    shown = reading.hidden() if reading.secret or verdict.folder == "hemligt" else reading
    if reading.unreadable and verdict.folder != "hemligt":
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
