"""What stops or turns a letter before it is registered, in order: own letter, repetition, secret, machine, unreadable."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

from handlers.reading.reading import Reading
from handlers.reading.review import PERHAPS_A_MACHINE
from storage.records import Arrival, ArrivalState, Case, Folder, Namnd, Notice
from storage.store import Book


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a letter that a gate stops: its state, its folder, why, and the case it belongs to."""

    state: ArrivalState
    folder: Folder
    why: str
    case_id: int | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What a gate is asked about."""

    book: Book
    namnd: Namnd
    arrival: Arrival
    reading: Reading


Gate = Callable[[Question], Verdict | None]


def content_key(reading: Reading) -> str:
    """Return what two letters share when they say the same: their words and their attachments; empty if unreadable.

    The words alone are not enough: "Se bifogad fil." comes every day.
    """
    if reading.unreadable or not reading.fingerprint:
        return ""
    attachments = sorted(a.sha256 for a in reading.attachments)
    return hashlib.sha256("\n".join([reading.fingerprint, *attachments]).encode()).hexdigest()


def is_authenticated(reading: Reading, namnd: Namnd) -> bool:
    """Say whether a letter's sender may be taken for who they say they are, as far as the nämnd's mail server tells.

    Where the settings name the server, it must have said so. Where they do not, nobody can tell: only a letter that
    itself gives several senders is refused (reliability: a forged letter is registered, but commands nothing).
    """
    envelope = reading.envelope
    if not envelope.one_sender or envelope.auth == "fail":
        return False
    if namnd.authserv_id or namnd.trust_exchange_internal:
        return envelope.auth in ("pass", "internal")
    return True


def is_proven(reading: Reading, namnd: Namnd) -> bool:
    """Say whether the nämnd's mail server vouches for a letter's sender. Where nobody looks, nothing is proven."""
    return bool(namnd.authserv_id or namnd.trust_exchange_internal) and is_authenticated(reading, namnd)


# A person who passes a letter on inside the house writes a word or two; more than this is an answer of its own.
_SHORT = 60


def own_letter(q: Question) -> Verdict | None:
    """Stop what the bot itself has sent: two bots must not write to each other for ever.

    Anybody can write our header and our address. The post room has taken the header away where the words are not our own;
    here it counts only with the id of a message of ours, or as far as the mail server vouches for the address.
    """
    envelope = q.reading.envelope
    if not envelope.from_bot or (envelope.from_.address or "") not in q.namnd.addresses:
        return None
    ours = envelope.message_id and q.book.notice_by_message([f"<{envelope.message_id.strip('<>')}>"])
    # Our own mails tell nothing of an individual: one that does is not ours.
    if ours or (is_authenticated(q.reading, q.namnd) and not q.reading.secret):
        return Verdict("ovrigt", "ovrigt", "Botens eget utskick")
    return None


def repetition(q: Question) -> Verdict | None:
    """Stop a letter that says nothing new: the very same again, or passed on inside the house without any words.

    Only what somebody deals with is repeated: a letter that is registered, or waits to be looked at. The same words from
    somebody else are another letter (OSL 5 kap. 2 §), and so is what is said again after a time, or said by somebody of
    whom our mail server knows more than of the first. What has the words of a hushed letter is never open.
    """
    touched = False
    for first in q.book.same_letter(q.namnd.key, fingerprint=content_key(q.reading), not_id=q.arrival.id):
        hushed = is_hushed(q.book, first)
        touched = touched or hushed
        folder = _FOLLOWS.get(first.state)
        if folder and not _is_crossed_out(q.book, first) and _says_again(q, first):
            return Verdict(
                "repetition", "hemligt" if hushed else folder, f"Samma brev som {first.label}", first.case_id
            )
    return SUSPECTED if touched else _passed_on_inside(q)


# Mail is delivered twice, sent again or passed on within days. Who writes the same after two weeks has a reason, and it
# starts a new time: a request for a document is answered at once, each time (TF 2 kap. 15 §).
REPEATED_WITHIN = dt.timedelta(days=14)
# Which letters are repeated, and where the repetition goes. Nobody looks at what is put aside: that repeats nothing.
_FOLLOWS: dict[ArrivalState, Folder] = {"registered": "registrerat", "review": "granska", "secret": "hemligt"}
_KNOWN = {"fail": 0, "none": 1, "pass": 2, "internal": 3}
SUSPECTED = Verdict("secret", "hemligt", "Misstänkt individärende")


def _says_again(q: Question, first: Arrival) -> bool:
    """Say whether a letter with the same words is from the same author, and the author no less known there."""
    if first.reading is None or abs(q.arrival.received_at - first.received_at) > REPEATED_WITHIN:
        return False
    before, author = Reading.from_json(first.reading), q.reading.written_by()
    no_less_known = _KNOWN.get(before.envelope.auth, 0) >= _KNOWN.get(q.reading.envelope.auth, 0)
    return bool(author) and author == before.written_by() and no_less_known


def is_hushed(book: Book, arrival: Arrival) -> bool:
    """Say whether a letter is, or belongs to, an individual's matter: then what touches it is too."""
    # A single letter may have been hidden in a case that is open: its folder tells.
    if arrival.state in ("secret", "handed_over") or arrival.folder == "hemligt":
        return True
    return arrival.case_id is not None and book.case(arrival.case_id).secret


def is_hushed_case(book: Book, case_id: int) -> bool:
    """Say whether a case is an individual's matter."""
    return book.case(case_id).secret


def is_about_hushed(book: Book, notice: Notice) -> bool:
    """Say whether a message of ours was about what is, or has become, an individual's matter."""
    if notice.case_id is not None and book.case(notice.case_id).secret:
        return True
    letter = notice.arrival_id if notice.kind in ("kvitto", "granska") else notice.data.get("letter")
    return letter is not None and is_hushed(book, book.arrival(int(letter)))


def is_hidden(arrival: Arrival, case: Case | None) -> bool:
    """Say whether a letter is the role sekretess's alone: decided or suspected, a repetition of such a one, or not
    read yet, for what nobody knows is taken as secret."""
    reading = arrival.reading
    if case is not None and case.secret:
        return True
    if arrival.state in ("secret", "handed_over") or arrival.folder == "hemligt":
        return True
    return reading is None or bool(reading.get("secret"))


def _is_crossed_out(book: Book, arrival: Arrival) -> bool:
    return arrival.case_id is not None and book.case(arrival.case_id).state == "makulerad"


def _passed_on_inside(q: Question) -> Verdict | None:
    # "Handläggare?": the mailbox's own forward of a letter that is registered, its attachments and all.
    envelope = q.reading.envelope
    if (envelope.from_.address or "") not in q.namnd.addresses:
        return None
    before = [
        a
        for a in q.book.same_letter(
            q.namnd.key, message_ids=(*envelope.in_reply_to, *envelope.references), not_id=q.arrival.id
        )
        if a.case_id is not None
    ]
    own_words = next((t.text for t in q.reading.texts if t.where == "body"), "")
    if not before or len(own_words.strip()) > _SHORT or not _stays_inside(q, own_words):
        return None
    if any(is_hushed(q.book, a) for a in before) or not is_authenticated(q.reading, q.namnd):
        return None
    if _TELLS.search(own_words) and not is_proven(q.reading, q.namnd):
        return None  # anybody can write our address over an appeal of one line
    first = before[-1]
    assert first.case_id is not None
    known = {d.sha256 for d in q.book.documents(first.case_id)}
    if any(a.sha256 not in known for a in q.reading.attachments):
        return None
    return Verdict("repetition", "registrerat", f"Vidarebefordrat inom huset, samma som {first.label}", first.case_id)


# What another authority, in the same house or not, is told of a matter is an answer however short: "Vi avstår."
_TELLS = re.compile(
    r"\b(?:nämnden|avstå\w*|avböj\w*|yttr\w+|tillstyrk\w*|avstyrk\w*|svar\w*|beslut\w*|synpunkt\w*|överklag\w*|begär\w*|anmäl\w*)\b",
    re.I,
)


def _stays_inside(q: Question, own_words: str) -> bool:
    """Say whether a letter goes to nobody but the nämnd's own people, as far as the bot knows them.

    A colleague that the bot does not know shares the domain with the other nämnder, who are other authorities (TF 2 kap.
    8, 11 §§): to such an address a letter stays inside only when it is passed on, and tells nothing.
    """
    envelope = q.reading.envelope
    unknown = [
        p.address or ""
        for p in (*envelope.to, *envelope.cc)
        if p.address not in q.namnd.addresses and q.book.person_by_email(p.address or "") is None
    ]
    domains = {a.rpartition("@")[2] for a in q.namnd.addresses}
    passed_on = q.reading.forwarded_by is not None and not _TELLS.search(own_words)
    return not unknown or (passed_on and all(a.rpartition("@")[2] in domains for a in unknown))


def secret(q: Question) -> Verdict | None:
    """Turn aside what may be an individual's matter: no number, nothing shown (OSL 2009:400 26 kap. 1 §).

    What answers or passes on such a letter is one too, whatever it says itself.
    """
    ids = (*q.reading.envelope.in_reply_to, *q.reading.envelope.references)
    before = q.book.same_letter(q.namnd.key, message_ids=ids, not_id=q.arrival.id)
    if q.reading.secret or any(is_hushed(q.book, a) for a in before):
        return SUSPECTED
    return None


def machine(q: Question) -> Verdict | None:
    """Turn aside what no person wrote and what is obviously of little importance (JK 7013-16-22)."""
    why = {
        "autosvar": "Automatiskt svar",
        "studs": "Mejl som studsat",
        "nyhetsbrev": "Nyhetsbrev",
        "skrap": "Skräppost",
    }.get(q.reading.kind)
    if why and not q.reading.register and PERHAPS_A_MACHINE not in q.reading.review:
        return Verdict("ovrigt", "ovrigt", why)
    return None


def unreadable(q: Question) -> Verdict | None:
    """Turn aside a letter that nothing could be made of: kept, and shown to a person."""
    if q.reading.unreadable:
        why = q.reading.warnings[0] if q.reading.warnings else "Kunde inte tolkas"
        return Verdict("review", "granska", f"Kunde inte tolkas. {why}" if "tolkas" not in why else why)
    return None


# A forged or doubtful letter meets the gates from the top; the first that answers decides.
GATES: tuple[Gate, ...] = (own_letter, repetition, secret, machine, unreadable)


def first_verdict(question: Question) -> Verdict | None:
    """Return the verdict of the first gate that stops the letter, or None when it may be registered."""
    for gate in GATES:
        verdict = gate(question)
        if verdict:
            return verdict
    return None
