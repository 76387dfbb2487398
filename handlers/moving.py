"""A registered letter that lies wrong: moved to the case where it belongs, or parted into several."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from handlers import entering, gates, registering, review
from handlers.corrections import Change, put_right
from handlers.errors import Invalid, NotAllowed, TooLate
from handlers.reading.reading import Matter, Reading
from handlers.rules import matching
from storage.records import Arrival, Case, Namnd, Person
from storage.store import Book

MOST_PARTS = 4


def move(
    book: Book, arrival_id: int, case_id: int, person: Person, namnd: Namnd, *, now: dt.datetime
) -> entering.Outcome:
    """Move a registered letter to the case where it belongs.

    The case that it opened is crossed out, with where it went as the reason: its number stays used. In a case that it
    had joined it stays, crossed out. Raises Invalid where the case holds more than this letter.
    """
    arrival, actor = _registered(book, arrival_id, person, namnd, now)
    assert arrival.case_id is not None
    assert arrival.document_id is not None
    for one in sorted({case_id, arrival.case_id}):  # in one order: another letter may go the other way just now
        book.case(one, lock=True)
    target = book.case(case_id, lock=True)
    _may_hold(arrival, target)
    old, reading = book.case(arrival.case_id, lock=True), review.reading_of(arrival)
    if book.document(arrival.document_id).number == 1:
        _only_letter(book, arrival, old)
        registering.makulera(book, old.id, f"Hör till {target.dnr or 'ett annat ärende'}", now=now, actor=actor)
    else:
        for document in book.documents(old.id):
            if document.arrival_id == arrival.id:
                book.change_document(document.id, makulerad=True)
                book.end_deadlines([d.id for d in book.deadlines(old.id) if d.document_id == document.id], "dropped")
        book.note(
            namnd.key, "handling flyttad", now=now, actor=actor, case_id=old.id, data={"till": target.dnr or target.id}
        )
    outcome = entering.enter(book, arrival, reading, namnd, target, "registratorns val", now=now, actor=actor)
    book.to_move_again(arrival.id, outcome.folder)
    book.settle(arrival.id, "registered", decided_by=person.name, decided_at=now, confirmed_at=now)
    book.note(
        namnd.key,
        "brev flyttat",
        now=now,
        actor=actor,
        case_id=target.id,
        arrival_id=arrival.id,
        data={"från": old.dnr or old.id},
    )
    put_right(book, arrival.id, [Change("case", str(old.id), str(target.id))], person.id, now=now)
    return entering.outcome_of(book, book.arrival(arrival.id))


@dataclass(frozen=True, slots=True)
class Part:
    """One of the matters that a letter is parted into.

    kind: "" leaves it as it was read. deadline: an ISO day, "" for none, None leaves it as it was read. attachments: the
    numbers of those that belong to it, from 1; None means all.
    """

    title: str
    kind: str = ""
    deadline: str | None = None
    attachments: tuple[int, ...] | None = None


def split(
    book: Book, arrival_id: int, titles: Sequence[str], person: Person, namnd: Namnd, *, now: dt.datetime
) -> list[Case]:
    """Part a registered letter that should have been several: its case keeps the first title, and each of the others
    opens a case with the same letter in it. Return the cases, the first among them.

    What a letter says of each matter goes with it where the reading tells them apart; else all that it says goes with
    all: a day too many is seen, one too few is not.
    """
    arrival, actor = _registered(book, arrival_id, person, namnd, now)
    parts = _checked([Part(t) for t in titles])
    first = _opened_by(book, arrival)
    registering.correct(book, first.id, "title", parts[0].title, "Delat i flera ärenden", now=now, actor=actor)
    return _others(book, arrival, first, review.reading_of(arrival), parts, namnd, now=now, actor=actor)


def part(
    book: Book, arrival_id: int, parts: Sequence[Part], person: Person, namnd: Namnd, *, now: dt.datetime
) -> list[Case]:
    """Part a letter at the desk, registered or not: the first part is what it is registered as, each other opens a case
    with the same letter and the attachments that were chosen. Return the cases, the first among them.

    Raises Invalid with the field and the number of the part that was wrong: "title-2".
    """
    waiting = book.arrival(arrival_id, lock=True)
    parts = _each_with_its_title(parts)
    for number, one in enumerate(parts, start=1):
        _try(number, lambda one=one: review.corrected(review.reading_of(waiting), _corrections(one)))  # type: ignore[misc]
    whole = review.reading_of(waiting)
    if waiting.state == "registered":
        arrival, actor = _registered(book, arrival_id, person, namnd, now)
        _opened_by(book, arrival)
    first = review.confirm(book, arrival_id, person, namnd, now=now, corrections=_corrections(parts[0])).case
    assert first is not None
    arrival, actor = _registered(book, arrival_id, person, namnd, now)
    _cross_out_papers(book, arrival, parts[0])
    return _others(book, arrival, first, whole, parts, namnd, now=now, actor=actor)


def _corrections(one: Part) -> dict[str, str]:
    put = {"title": one.title}
    if one.kind:
        put["kind"] = one.kind
    if one.deadline is not None:
        put["deadline"] = one.deadline
    return put


def _try(number: int, do: Callable[[], object]) -> None:
    try:
        do()
    except Invalid as fault:
        raise Invalid(str(fault), f"{fault.field}-{number}") from None


def _each_with_its_title(parts: Sequence[Part]) -> list[Part]:
    parts = [dataclasses.replace(p, title=" ".join(p.title.split())) for p in parts]
    for number, one in enumerate(parts, start=1):
        if not 1 <= len(one.title) <= 200:
            raise Invalid("Skriv en ärendemening med högst 200 tecken.", f"title-{number}")
        if one.title.casefold() in {p.title.casefold() for p in parts[: number - 1]}:
            raise Invalid("Två ärenden kan inte heta lika. Skriv vad det här gäller.", f"title-{number}")
    return _checked(parts)


def _checked(parts: Sequence[Part]) -> list[Part]:
    """Return the parts with their titles on one line; raise Invalid for what are no several matters."""
    parts = [dataclasses.replace(p, title=" ".join(p.title.split())) for p in parts]
    if not 2 <= len(parts) <= MOST_PARTS or any(not 1 <= len(p.title) <= 200 for p in parts):
        raise Invalid("Skriv en rubrik för varje ärende, med semikolon emellan: det är två: rubrik; rubrik", "title")
    if len({p.title.casefold() for p in parts}) != len(parts):
        raise Invalid("Skriv olika rubriker för ärendena.", "title")
    return parts


def _opened_by(book: Book, arrival: Arrival) -> Case:
    assert arrival.case_id is not None
    assert arrival.document_id is not None
    first = book.case(arrival.case_id)
    if book.document(arrival.document_id).number != 1:
        raise Invalid(f"Brevet öppnade inte {first.dnr or 'ärendet'}. Flytta det först: hör till, och numret.", "case")
    return first


def _cross_out_papers(book: Book, arrival: Arrival, one: Part) -> None:
    """Cross out the attachments that belong to the other matters, in the case that the letter is registered in."""
    if one.attachments is None or arrival.case_id is None:
        return
    papers = [d for d in book.documents(arrival.case_id) if d.arrival_id == arrival.id and d.attachment]
    for number, paper in enumerate(papers, start=1):
        if number not in one.attachments:
            book.change_document(paper.id, makulerad=True)


def _others(
    book: Book,
    arrival: Arrival,
    first: Case,
    reading: Reading,
    parts: Sequence[Part],
    namnd: Namnd,
    *,
    now: dt.datetime,
    actor: str,
) -> list[Case]:
    made = [book.case(first.id)]
    before = _parted_before(book, arrival)
    for number, one in enumerate(parts[1:], start=before + 2):
        made.append(_part(book, arrival, reading, one, number, namnd, now=now, actor=actor))
    numbers = [c.dnr or str(c.id) for c in made]
    for case in made:
        book.note(namnd.key, "brev delat", now=now, actor=actor, case_id=case.id, data={"ärenden": numbers})
    return made


def _parted_before(book: Book, arrival: Arrival) -> int:
    """Return how many parts of a letter have been crossed out; raise TooLate when some stand."""
    key = f"delat:{arrival.id}:"
    parts = [a for a in book.arrivals_of_bytes(arrival.namnd, arrival.raw_sha256) if a.mailbox_key.startswith(key)]
    if any(a.case_id is not None and book.case(a.case_id).state != "makulerad" for a in parts):
        raise TooLate("Brevet är redan delat.")
    return len(parts)


def _part(
    book: Book,
    arrival: Arrival,
    reading: Reading,
    one: Part,
    number: int,
    namnd: Namnd,
    *,
    now: dt.datetime,
    actor: str,
) -> Case:
    part, new = book.arrive(
        namnd.key,
        f"delat:{arrival.id}:{number}",
        raw_sha256=arrival.raw_sha256,
        reference=arrival.reference,
        received_at=arrival.received_at,
        now=now,
    )
    if not new:
        raise TooLate("Brevet är redan delat.")
    # Repetitions and replies belong to the first: no message id and no fingerprint here.
    own = dataclasses.replace(_told_of(reading, one.title), matters=(), fingerprint="")
    own = review.corrected(own, _corrections(one))
    if one.attachments is not None:
        chosen = tuple(a for n, a in enumerate(own.attachments, start=1) if n in one.attachments)
        own = dataclasses.replace(own, attachments=chosen)
    outcome = entering.enter(book, part, own, namnd, None, "", now=now, actor=actor)
    book.settle(part.id, "registered", message_id=None, fingerprint=None, confirmed_at=now, questions=())
    book.moved(part.id, now=now)  # the letter itself has its place in the mailbox
    assert outcome.case is not None
    return outcome.case


def _told_of(reading: Reading, title: str) -> Reading:
    """Return a reading with what the letter says of the matter with this title, where it is told apart."""
    likest = max(reading.matters, key=lambda m: matching.likeness(m.title, title), default=None)
    if likest is None or matching.likeness(likest.title, title) < 0.5:
        return reading
    return _as(reading, likest)


def _as(reading: Reading, matter: Matter) -> Reading:
    return dataclasses.replace(
        reading,
        kind=matter.kind,
        matter=matter.matter,
        external_dnr=matter.external_dnr,
        own_dnr=matter.own_dnr,
        deadlines=matter.deadlines,
        motionarer=matter.motionarer or reading.motionarer,
        demands=matter.demands,
        outcome=matter.outcome,
    )


def _registered(book: Book, arrival_id: int, person: Person, namnd: Namnd, now: dt.datetime) -> tuple[Arrival, str]:
    arrival = book.arrival(arrival_id, lock=True)
    today = now.astimezone(registering.STOCKHOLM).date()
    if arrival.namnd != namnd.key or not review.may(book, person, namnd.key, review.DESK, today):
        raise NotAllowed("Sidan finns inte, eller så får du inte se den.")
    if gates.is_hushed(book, arrival) or arrival.state != "registered" or arrival.case_id is None:
        raise TooLate(f"{arrival.label} är inte registrerat längre.")
    if book.case(arrival.case_id).state == "makulerad":
        raise TooLate("Ärendet är makulerat. Det som står där ändras inte längre.")
    return arrival, f"person:{person.id}"


def _may_hold(arrival: Arrival, target: Case) -> None:
    if target.namnd != arrival.namnd:
        raise Invalid("Ärendet hör till en annan nämnd. Varje nämnd är en egen myndighet.", "case")
    if target.secret:
        raise Invalid("Det ärendet finns inte.", "case")
    if target.state == "makulerad":
        raise Invalid(f"{target.dnr} är makulerat. Välj ett annat ärende.", "case")
    if target.id == arrival.case_id:
        raise Invalid(f"{arrival.label} ligger redan i {target.dnr or 'ärendet'}.", "case")


def _only_letter(book: Book, arrival: Arrival, old: Case) -> None:
    others = [d for d in book.documents(old.id) if d.arrival_id != arrival.id and not d.makulerad]
    if others:
        raise Invalid(
            f"{old.dnr or 'Ärendet'} har fler handlingar än det här brevet. Flytta dem först, eller rätta på ärendets sida.",
            "case",
        )
