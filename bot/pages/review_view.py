"""A letter at the review desk: the queue, the letter's words, and the facts that were read in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.pages import views
from bot.pages.case_view import kind_options
from bot.pages.letter_view import Sentence, Sheet, sheet
from bot.pages.looks import Pages, pages
from handlers import kinds, review
from handlers.corrections import RULED
from handlers.notices.facts import clock_of
from handlers.reading.reading import Party, Reading
from handlers.rules import deadlines
from storage.records import Arrival, Case, StoredFinding
from storage.store import Book


@dataclass(frozen=True, slots=True)
class Waiting:
    """A letter in the queue. Of a secret one only its id and time."""

    id: int
    url: str
    sender: str
    subject: str
    time: str
    asks: str
    icon: str
    current: bool
    late: str = ""  # that it should have been registered, and when


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact with its number, value, certainty and sentence; field names the one that may be put right."""

    number: int
    field: str
    label: str
    shown: str
    value: str
    kind: str
    options: tuple[tuple[str, str], ...]
    sure: views.State | None
    sentence: str
    why: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A case that a letter may belong to."""

    id: int
    dnr: str
    title: str
    about: str


@dataclass(frozen=True, slots=True)
class Letter:
    """The letter as the desk shows it."""

    subject: str
    sender: str
    to: str
    came: str
    forwarded: str
    attachments: tuple[str, ...]
    sheets: tuple[Sheet, ...]
    warnings: tuple[str, ...]
    pictures: Mapping[str, Pages]  # of attachments, by the anchor of the sheet that holds their text
    loose: tuple[Pages, ...]  # of those that have no text


# field of the form, its label, the findings that fill it, kind of field
_FACTS = (
    ("deadline", "Svarsdag", "deadlines", "date"),
    ("kind", "Typ av brev", "kind", "choice"),
    ("matter", "Sak", "matter", "choice"),
    ("title", "Ärendemening", "title", "text"),
    ("sender", "Från", "sender_authority", "text"),
    ("external", "Andras nummer", "external_dnr", "text"),
    ("raised", "Väckt", "raised", "date"),
)


def waiting_view(arrival: Arrival, current: int, today: dt.date) -> Waiting:
    """Return a letter as the queue shows it."""
    time, url = views.moment(arrival.received_at, today), f"/granska/{arrival.id}"
    chosen = arrival.id == current
    if arrival.state == "secret":
        return Waiting(
            arrival.id, url, "Avsändare visas inte", arrival.label, time, "Misstänkt individärende", "las", chosen
        )
    reading = arrival.reading or {}
    envelope = reading.get("envelope") or {}
    party = envelope.get("from_") or {}
    asked = arrival.reasons or arrival.questions
    return Waiting(
        arrival.id,
        url,
        views.clean(party.get("name") or party.get("address") or "Okänd avsändare", 120),
        views.clean(envelope.get("subject") or reading.get("title") or "Utan ämne", 200),
        time,
        views.clean(asked[0], 120) if asked else "Stämmer uppgifterna?",
        "fraga",
        chosen,
        _late(arrival, today),
    )


def _late(arrival: Arrival, today: dt.date) -> str:
    clock = clock_of(arrival, today)
    late = arrival.state == "review" and clock.late
    return f"Sen: skulle ha registrerats {views.short(clock.day, today)}" if late else ""


def facts_view(
    reading: Reading, findings: Sequence[StoredFinding], typed: Mapping[str, str], *, registered: bool
) -> tuple[Fact, ...]:
    """Return the facts, numbered; typed holds what a person has put instead, kept when the page is shown again."""
    made: list[Fact] = []
    known = review.facts_of(reading)
    for field, label, name, kind in _FACTS:
        if field == "external" and registered:
            continue  # the numbers of a registered case are kept by the letters
        first = next((f for f in findings if f.field == name and f.value), None)
        ruled = first is not None and first.source.startswith(RULED)
        value = typed.get(field, field_value(known[field]))
        options = kind_options() if field == "kind" else kind_options(none="Ingen") if field == "matter" else ()
        made.append(
            Fact(
                len(made) + 1,
                field,
                label,
                _shown(field, known[field], reading),
                value,
                kind,
                options,
                views.surely(first.certainty) if first else None,
                views.clean(first.sentence, 400) if first and not ruled else "",
                f"Regel: {views.clean(first.sentence, 400)}" if first and ruled else _why(field, reading),
            )
        )
    for label, texts, name in (
        ("Motionärer", reading.motionarer, "motionarer"),
        ("Förslag", reading.demands, "demands"),
        ("Beslut", (reading.outcome,) if reading.outcome else (), "outcome"),
        ("Villkor", reading.conditions, "conditions"),
    ):
        if texts:
            first = next((f for f in findings if f.field == name), None)
            many = f"{len(texts)} att-satser" if name == "demands" and len(texts) > 1 else ""
            shown = many or ", ".join(views.clean(t, 200) for t in texts)
            sure = views.surely(first.certainty) if first else None
            made.append(Fact(len(made) + 1, "", label, shown, "", "", (), sure, "", ""))
    return tuple(made)


def field_value(value: str) -> str:
    """Return what a fact's field is filled with: whole, on one line, without hidden characters."""
    return views.clean(value, 5000)


def _shown(field: str, value: str, reading: Reading) -> str:
    if field in ("deadline", "raised") and value:
        return views.upper_first(views.weekday(dt.date.fromisoformat(value)))
    if field == "deadline":
        text = next((d.text for d in reading.deadlines if d.text), "")
        return views.upper_first(views.clean(text, 80)) if text else "Ingen dag"
    if field == "kind":
        return kinds.label(value, reading.matter)
    if field == "matter":
        return kinds.kind_of(value).label if value else "Ingen"
    return views.clean(value) or ("Gäller inte" if field == "raised" else "Saknas")


def _why(field: str, reading: Reading) -> str:
    if field == "sender" and reading.forwarded_by:
        return f"Vidarebefordrat av {_party(reading.forwarded_by)}"
    if field == "deadline":
        first = next((d for d in reading.deadlines if d.clock == "stated" and d.date), None)
        return views.upper_first(views.clean(first.purpose, 160)) if first else ""
    if field == "raised" and reading.raised:
        law = kinds.kind_of(reading.matter or reading.kind).law
        which = views.upper_first(views.clean(reading.raised.which, 120))
        if law:
            last = deadlines.statutory(deadlines.add_months(reading.raised.date, law.months))
            return f"{which}. Lagens tid: {views.day(last)}."
        return which
    return ""


def letter_view(arrival: Arrival, reading: Reading, findings: Sequence[StoredFinding], facts: Sequence[Fact]) -> Letter:
    """Return a letter with the found sentences lit."""
    numbers = {name: next((x.number for x in facts if x.field == f), 0) for f, _, name, _ in _FACTS}
    for label, name in (("Motionärer", "motionarer"), ("Förslag", "demands"), ("Beslut", "outcome")):
        numbers[name] = next((x.number for x in facts if x.label == label), 0)
    sentences = [
        Sentence(f.source, f.sentence, numbers[f.field], f.certainty < 0.6)
        for f in findings
        if f.sentence and numbers.get(f.field)
    ]
    names = {"body": "Brevet", "forwarded": "Vidarebefordrat"}
    sheets = tuple(
        sheet(f"text-{i}", names.get(t.where) or views.clean(t.where, 80), t.where, t.text, sentences)
        for i, t in enumerate(reading.texts, start=1)
    )
    pictures, loose = _pictures(arrival, reading)
    envelope = reading.envelope
    return Letter(
        views.clean(envelope.subject or reading.title or "Utan ämne", 400),
        _party(envelope.from_) or "Okänd avsändare",
        ", ".join(_party(p) for p in envelope.to[:5]),
        views.clock(arrival.received_at),
        _party(reading.forwarded_by) if reading.forwarded_by else "",
        tuple(f"{views.clean(a.name, 120)}, {views.amount(a.size)}" for a in reading.attachments),
        sheets,
        tuple(views.clean(w, 200) for w in reading.warnings),
        pictures,
        loose,
    )


def _pictures(arrival: Arrival, reading: Reading) -> tuple[Mapping[str, Pages], tuple[Pages, ...]]:
    """Return the pages of the attachments that are PDFs: beside their text where they have some."""
    with_text: dict[str, Pages] = {}
    loose = []
    for number, paper in enumerate(reading.attachments, start=1):
        at = next((i for i, t in enumerate(reading.texts, start=1) if t.where == paper.name), None)
        address = f"/brev/{arrival.id}/bilaga/{number}"
        made = pages(address, paper.name, paper.media_type, paper.pages, opened=at is None)
        if made is not None and at is not None and f"text-{at}" not in with_text:
            with_text[f"text-{at}"] = made
        elif made is not None:
            loose.append(made)
    return with_text, tuple(loose)


def _party(party: Party) -> str:
    parts = (views.clean(party.name, 120), views.clean(party.address, 160))
    return ", ".join(dict.fromkeys(p for p in parts if p))


def proposal_view(book: Book, case: Case, today: dt.date) -> Proposal:
    """Return a case as a choice to join."""
    sender = f" från {views.clean(case.sender, 120)}" if case.sender else ""
    came = views.day(case.inkommen_at.astimezone(views.STOCKHOLM).date())
    stands = views.standing(case, book.deadlines(case.id, active=True), today)
    about = f"{kinds.label(case.kind, case.matter)}{sender}, inkom {came}. {stands.state.words}."
    return Proposal(case.id, case.dnr or "Utan nummer än", views.clean(case.title, 300), about)
