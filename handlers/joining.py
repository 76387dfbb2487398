"""Which known case a letter belongs to: by its headers, our number, another's number, or the same attachment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from handlers.reading import relations
from handlers.reading.reading import Reading
from handlers.rules import matching, numbering
from storage.records import Arrival, Case, Namnd
from storage.store import Book

# A letter that follows a known matter comes within this time; older cases are not guessed at.
_GUESS_BACK = dt.timedelta(days=600)
_SURE_LIKENESS = 0.75
_SMALL = 1024  # bytes: below this an attachment is a signature or a logotype, and proves nothing


@dataclass(frozen=True, slots=True)
class Asked:
    """The letter that a home is sought for."""

    book: Book
    namnd: Namnd
    arrival: Arrival
    reading: Reading


@dataclass(frozen=True, slots=True)
class Joined:
    """The case that a letter belongs to. sure: the bot joins by itself; otherwise a person is asked."""

    case: Case | None
    why: str
    sure: bool = True


Way = Callable[[Asked], Joined | None]


def by_own_number(q: Asked) -> Joined | None:
    """Find our number in the subject or the text."""
    named: list[str] = list(q.reading.own_dnr)
    for series in q.book.all_series():
        if series.namnd == q.namnd.key:
            for text in (q.reading.envelope.subject, *(t.text for t in q.reading.texts if t.where == "body")):
                named += numbering.find_own(text, series.template, series.prefix)
    found: dict[int, Case] = {}
    for raw in named:
        case = q.book.case_by_dnr(numbering.key(raw), (q.namnd.key,))
        if case is not None and case.state != "makulerad" and not case.secret:
            found[case.id] = case
    if len(found) == 1:
        case = next(iter(found.values()))
        return Joined(case, f"Brevet nämner vårt nummer {case.dnr}")
    if found:
        return Joined(next(iter(found.values())), "Brevet nämner flera av våra nummer", sure=False)
    if q.reading.own_dnr:
        return Joined(None, f"Brevet nämner vårt nummer {q.reading.own_dnr[0]}, som inte finns i diariet", sure=False)
    return None


def by_headers(q: Asked) -> Joined | None:
    """Find the letter that this one answers or passes on (In-Reply-To, References)."""
    ids = (*q.reading.envelope.in_reply_to, *q.reading.envelope.references)
    for before in reversed(q.book.same_letter(q.namnd.key, message_ids=ids, not_id=q.arrival.id)):
        if before.case_id is not None and before.state in ("registered", "repetition"):
            case = q.book.case(before.case_id)
            if case.state != "makulerad" and not case.secret:
                return Joined(case, f"Brevet svarar på {before.label}")
    return None


def by_external_number(q: Asked) -> Joined | None:
    """Find the one open case that carries a number of somebody else's that the letter names."""
    keys = [numbering.key(raw) for raw in q.reading.external_dnr]
    if not keys:
        return None
    cases = q.book.open_cases_with_external(q.namnd.key, keys)
    if len(cases) == 1:
        why = f"Brevet nämner {', '.join(q.reading.external_dnr)}, som hör till ärendet"
        return Joined(cases[0], why, sure=_same_diary(q, cases[0], keys))
    if cases:
        return Joined(cases[0], "Brevets nummer finns på flera öppna ärenden", sure=False)
    return None


def by_attachment(q: Asked) -> Joined | None:
    """Find the one open case that holds an attachment with the same content."""
    hashes = [a.sha256 for a in q.reading.attachments if a.size > _SMALL]
    ids = {d.case_id for d in q.book.documents_with_content(q.namnd.key, hashes)} if hashes else set()
    if len(ids) != 1:
        return None  # none, or a form that many letters carry
    case = q.book.case(ids.pop())
    # The same leaflet follows many matters: a second sign is needed to be sure.
    theirs = {e.key for e in q.book.externals(case.id)}
    ours = {numbering.key(raw) for raw in q.reading.external_dnr}
    sure = not (theirs and ours and not theirs & ours) and (
        bool(theirs & ours)
        or _address(q.reading) in _senders(q, case)
        or matching.likeness(case.title, q.reading.title) >= _SURE_LIKENESS
    )
    return Joined(case, "Samma bilaga finns redan i ärendet", sure=sure)


def _same_diary(q: Asked, case: Case, keys: list[str]) -> bool:
    """Say whether a number can only be the case's: with a prefix, and from the mail domain that it first came from
    or our own. Two municipalities both have a KS 2026-5."""
    if not any(key[:1].isalpha() for key in keys):
        return False
    domain = _domain(_address(q.reading))
    ours = {_domain(a) for a in q.namnd.addresses}
    return domain in ours or domain in {_domain(a) for a in _senders(q, case)}


def _senders(q: Asked, case: Case) -> set[str]:
    letters = [a.reading for a in q.book.arrivals_of_case(case.id) if a.reading]
    return {a for a in (_address(Reading.from_json(letter)) for letter in letters) if a}


def _address(reading: Reading) -> str:
    return (reading.envelope.from_.address or "").lower()


def _domain(address: str) -> str:
    return address.rpartition("@")[2]


def by_likeness(q: Asked) -> Joined | None:
    """Guess at a case from what its letters say; only ever a proposal."""
    words = sorted(matching.significant(q.reading.title), key=len)[-6:]
    candidates = q.book.similar_cases(q.namnd.key, words)
    if q.reading.matter == "revision":
        # An announced audit and its result share few words in their titles.
        candidates += q.book.recent_cases(q.namnd.key, "revision", q.arrival.received_at - _GUESS_BACK)
    for case in {c.id: c for c in candidates}.values():
        if case.inkommen_at >= q.arrival.received_at - _GUESS_BACK and _alike(q, case):
            # Its number only: the other case may become secret, and this is kept.
            return Joined(case, f"Kan höra till {case.dnr or 'ett ärende som väntar på dnr'}", sure=False)
    return None


def _alike(q: Asked, case: Case) -> bool:
    letters = [a.reading for a in q.book.arrivals_of_case(case.id) if a.reading and a.state == "registered"]
    if letters:
        before = [Reading.from_json(letter) for letter in letters]
        return any(relations.belongs(q.reading, r) or relations.announced(q.reading, r) for r in before)
    # A case that was entered by hand or taken in from a list has its title only.
    return case.matter == q.reading.matter and matching.likeness(case.title, q.reading.title) >= _SURE_LIKENESS


# Surest first. The registrator's word on a letter always stands over these.
WAYS: tuple[Way, ...] = (by_own_number, by_headers, by_external_number, by_attachment, by_likeness)


def home_of(asked: Asked) -> Joined | None:
    """Return the case that a letter belongs to, or a guess for a person to confirm, or None: a new matter."""
    for way in WAYS:
        joined = way(asked)
        if joined:
            return joined
    return None
