"""Which known case a letter belongs to: by its headers, our number, another's number, or the same attachment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from handlers.reading.reading import Reading
from handlers.rules import matching, numbering
from storage.records import Arrival, Case, Namnd
from storage.store import Book

# A letter that follows a known matter comes within this time; older cases are not guessed at.
_GUESS_BACK = dt.timedelta(days=600)
_SURE_LIKENESS = 0.75
# An announced audit and its result share few words: the one speaks of the task, the other of the finding.
_AUDIT_WORDS = 2
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
        if case is not None and case.state != "makulerad":
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
        return Joined(cases[0], f"Brevet nämner {', '.join(q.reading.external_dnr)}, som hör till ärendet")
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
    # The same form may follow two matters: then the senders' own numbers differ.
    theirs = {e.key for e in q.book.externals(case.id)}
    ours = {numbering.key(raw) for raw in q.reading.external_dnr}
    sure = not (theirs and ours and not theirs & ours)
    return Joined(case, "Samma bilaga finns redan i ärendet", sure=sure)


def by_likeness(q: Asked) -> Joined | None:
    """Guess at a case from the title; only ever a proposal."""
    if not q.reading.title:
        return None
    since = q.arrival.received_at - _GUESS_BACK
    best: tuple[float, Case] | None = None
    for case in q.book.similar_cases(q.namnd.key, sorted(matching.significant(q.reading.title), key=len)[-6:]):
        if case.inkommen_at < since:
            continue
        if case.matter and q.reading.matter and case.matter != q.reading.matter:
            continue
        likeness = matching.likeness(case.title, q.reading.title)
        if likeness >= _SURE_LIKENESS and (best is None or likeness > best[0]):
            best = (likeness, case)
    if best:
        return Joined(best[1], f"Liknar {best[1].dnr or 'ett ärende'}: {best[1].title}", sure=False)
    return _same_audit(q, since)


def _same_audit(q: Asked, since: dt.datetime) -> Joined | None:
    if q.reading.matter != "revision":
        return None
    said = matching.significant(" ".join(t.text for t in q.reading.texts)[:20_000] + " " + q.reading.title)
    for case in q.book.recent_cases(q.namnd.key, "revision", since):
        if case.kind != "revisionsforfragan":
            continue
        first = next((a for a in q.book.arrivals_of_case(case.id) if a.reading), None)
        texts = (first.reading or {}).get("texts", []) if first else []
        announced = matching.significant(" ".join(x["text"] for x in texts)[:20_000] + " " + case.title)
        named = {w for w in announced & matching.significant(q.reading.title) if len(w) > 4}
        if len(named) >= _AUDIT_WORDS and len(said & announced) >= 4 * _AUDIT_WORDS:
            return Joined(case, f"Kan vara granskningen som aviserades i {case.dnr or 'ett ärende'}", sure=False)
    return None


# Surest first. The registrator's word on a letter always stands over these.
WAYS: tuple[Way, ...] = (by_own_number, by_headers, by_external_number, by_attachment, by_likeness)


def home_of(asked: Asked) -> Joined | None:
    """Return the case that a letter belongs to, or a guess for a person to confirm, or None: a new matter."""
    for way in WAYS:
        joined = way(asked)
        if joined:
            return joined
    return None
