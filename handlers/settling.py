"""What people settled on about a letter that they put right: the truth that the next version is measured on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from handlers import gates, kinds, review
from handlers.reading.reading import Reading
from handlers.rules import masking, matching
from storage.records import Arrival, Correction, Namnd
from storage.store import Book

# What a reading is measured by; who handles a case and where a letter belongs are no part of it.
READ: tuple[str, ...] = ("kind", "matter", "title", "sender", "external", "raised", "deadline", "secret", "register")
FIELDS = {
    "kind": "typ av brev",
    "matter": "sak",
    "title": "ärendemening",
    "sender": "avsändare",
    "external": "andras nummer",
    "raised": "väckt",
    "deadline": "svarsdag",
    "secret": "sekretess",
    "register": "om det ska registreras",
    "handlaggare": "handläggare",
    "case": "ärendet det hör till",
}
_DECIDED = {"registered": True, "not_registered": False}


@dataclass(frozen=True, slots=True)
class Settled:
    """A letter with what stands of it now. confirmed: a person has looked at all that was read, not at one field."""

    arrival: Arrival
    reading: Reading
    corrections: tuple[Correction, ...]
    confirmed: bool


def settled(book: Book, namnder: Sequence[str]) -> tuple[list[Settled], Counter[str]]:
    """Return the letters that people put right, oldest first, and how many are left out, by why."""
    kept = book.corrections(namnder)
    left: Counter[str] = Counter()
    hidden = book.secret_letters_corrected(namnder)
    if hidden:
        left["hemliga brev"] = hidden
    made = []
    for number in dict.fromkeys(c.arrival_id for c in kept):
        mine = tuple(c for c in kept if c.arrival_id == number and c.field in READ)
        if number is None or not mine:
            left["rättelser som inte gäller läsningen"] += 1
            continue
        arrival = book.arrival(number)
        reading = review.reading_of(arrival)
        if reading.secret or gates.is_hushed(book, arrival):
            left["hemliga brev"] += 1
        elif reading.unreadable or arrival.mailbox_key.startswith("hand:"):
            left["brev som inte kom som mejl eller inte gick att läsa"] += 1
        else:
            confirmed = arrival.confirmed_at is not None and arrival.state == "registered"
            made.append(Settled(arrival, _put_right(reading, mine), mine, confirmed))
    return made, left


def _put_right(reading: Reading, corrections: Sequence[Correction]) -> Reading:
    for one in corrections:
        if one.field not in ("secret", "register"):
            reading = review.corrected(reading, {one.field: one.became})
    return reading


def truth(one: Settled, namnd: Namnd, own_prefixes: Sequence[str]) -> dict[str, Any]:
    """Return what is to be read in a letter, in the form of expected.json.

    What nobody has confirmed is left open: in an optional or accepting form, or out where the form allows it.
    """
    reading, put_right = one.reading, {c.field for c in one.corrections}
    sure = one.confirmed
    made: dict[str, Any] = {"kind": reading.kind}
    if not (sure or "kind" in put_right):
        made["kind_accept"] = [k.name for k in kinds.KINDS]
    if sure or "matter" in put_right:
        made["matter"] = reading.matter
    made["title_contains"] = matching.piece(reading.title) if sure or "title" in put_right else None
    made |= _sender(reading, sure or "sender" in put_right)
    made["external_dnr"] = list(reading.external_dnr)
    if not (sure or "external" in put_right):
        made["dnr_optional"] = True
    made |= _deadlines(reading, sure or "deadline" in put_right)
    made["motionarer"] = list(reading.motionarer) or None
    made["demands_count"] = len(reading.demands) or None if sure else None
    made["outcome"] = reading.outcome
    if not sure:
        made["outcome_accept"] = [None]
    made["secret"] = False
    made["register"] = _DECIDED.get(one.arrival.state)
    made["is_duplicate_of"] = None
    made["source"] = f"own, {one.arrival.label}"
    made["context"] = {"namnd_names": [namnd.name], "own_prefixes": list(own_prefixes)}
    made["note"] = f"Rättat av registrator: {'; '.join(_told(c) for c in one.corrections)}."
    return made


def _sender(reading: Reading, sure: bool) -> dict[str, Any]:
    # A person is no body: the desk shows the name, and the truth is that there is no authority.
    body = reading.sender_authority
    if sure and (body is None or not masking.is_name(body)):
        return {"sender_authority": body}
    return {"sender_authority": body, "sender_accept": [None]}


def _deadlines(reading: Reading, sure: bool) -> dict[str, Any]:
    stated = [d for d in reading.deadlines if d.clock == "stated"]
    dated = [d.date.isoformat() for d in stated if d.date]
    made: dict[str, Any] = {"deadlines": [{"date": day, "purpose_contains": ""} for day in dated[:1]]}
    if not dated and stated:
        made["deadlines"] = [{"date": None, "date_text": stated[0].text or ""}]
    # The desk asks about the first day only.
    if dated[1:]:
        made["other_deadlines"] = dated[1:]
    if not sure:
        made["deadlines_optional"] = True
    return made


def _told(correction: Correction) -> str:
    was = correction.was or "inget"
    if correction.field in ("kind", "matter"):
        was = kinds.kind_of(correction.was).label.lower() if correction.was else "ingen"
    return f"{FIELDS[correction.field]} (boten läste: {was})"


def own_prefixes(book: Book, namnd: str) -> tuple[str, ...]:
    """Return what the nämnd's own numbers begin with."""
    return tuple(dict.fromkeys(s.prefix for s in book.all_series() if s.namnd == namnd and s.prefix))
