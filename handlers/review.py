"""The registrator's desk: queue, confirm, correct, join, secret, not to be registered, by hand.

Every act checks who does it, that the letter is still waiting, and writes who, when and why in the journal. Of two
people at once the first wins and the second is told who was faster.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping

from handlers import absorbing, confirming, deciding, entering, kinds, outgoing, planning, registering
from handlers.corrections import NO, YES, Change, forget, put_right
from handlers.errors import Invalid, NotAllowed, TooLate
from handlers.notices import queue
from handlers.notices.words import clock
from handlers.reading.reading import Deadline, Raised, Reading
from handlers.rules import numbering
from storage.records import Arrival, Case, CaseFilter, CaseState, Document, Namnd, Person, RoleName
from storage.store import Book

# Who may do what: the register is the registrator's; a suspected individual matter is the role sekretess's alone.
DESK: tuple[RoleName, ...] = ("registrator", "administrator")


def may(book: Book, person: Person, namnd: str, roles: tuple[RoleName, ...], today: dt.date) -> bool:
    """Say whether a person has one of the roles in the nämnd today."""
    return any(r.role in roles for r in book.roles(on=today, namnd=namnd, person_id=person.id))


def _require(book: Book, person: Person, namnd: str, roles: tuple[RoleName, ...], now: dt.datetime) -> str:
    if not may(book, person, namnd, roles, now.astimezone(registering.STOCKHOLM).date()):
        raise NotAllowed("Sidan finns inte, eller så får du inte se den.")
    return f"person:{person.id}"


def _waiting(
    book: Book,
    arrival_id: int,
    person: Person,
    now: dt.datetime,
    *,
    states: tuple[str, ...],
    namnd: Namnd | None = None,
) -> Arrival:
    arrival = book.arrival(arrival_id, lock=True)
    if namnd is not None and arrival.namnd != namnd.key:
        raise NotAllowed("Sidan finns inte, eller så får du inte se den.")
    roles: tuple[RoleName, ...] = ("sekretess",) if arrival.state == "secret" else DESK
    _require(book, person, arrival.namnd, roles, now)
    if arrival.state not in states or (arrival.state == "registered" and arrival.confirmed_at is not None):
        raise TooLate(_told(arrival))
    return arrival


def _told(arrival: Arrival) -> str:
    by, at = arrival.decided_by or "Någon annan", arrival.decided_at
    return f"{by} hann före{f' {clock(at)}' if at else ''}. {arrival.label} väntar inte längre."


def _decided(book: Book, arrival: Arrival, person: Person, now: dt.datetime) -> None:
    book.settle(arrival.id, book.arrival(arrival.id).state, decided_by=person.name, decided_at=now, confirmed_at=now)


def reading_of(arrival: Arrival) -> Reading:
    """Return what was read in an arrival; an empty Reading when nothing was."""
    return Reading.from_json(arrival.reading) if arrival.reading else Reading(unreadable=True)


def confirm(
    book: Book,
    arrival_id: int,
    person: Person,
    namnd: Namnd,
    *,
    now: dt.datetime,
    corrections: Mapping[str, str] | None = None,
) -> entering.Outcome:
    """Register a waiting letter as a new case, with what the registrator has put right; or mark a registered one as
    looked at."""
    arrival = _waiting(book, arrival_id, person, now, states=("review", "ovrigt", "registered"), namnd=namnd)
    actor = f"person:{person.id}"
    reading = reading_of(arrival)
    changed = {k: v for k, v in (corrections or {}).items() if v != facts_of(reading).get(k, "")}
    if arrival.state == "registered":
        return _looked_at(book, arrival, person, namnd, changed, now)
    outcome = entering.enter(book, arrival, corrected(reading, changed), namnd, None, "", now=now, actor=actor)
    _close(book, arrival, person, actor, changed, outcome, now)
    proposed = str(arrival.proposed_case_id or "")
    entered = [Change("register", NO if not reading.register else YES, YES), Change("case", proposed, "")]
    put_right(book, arrival.id, [*_changes(reading, changed), *entered], person.id, now=now)
    return outcome


def _changes(reading: Reading, changed: Mapping[str, str]) -> list[Change]:
    known = facts_of(reading)
    return [Change(f, " ".join(known.get(f, "").split()), " ".join(v.split())) for f, v in changed.items()]


def _looked_at(
    book: Book, arrival: Arrival, person: Person, namnd: Namnd, changed: Mapping[str, str], now: dt.datetime
) -> entering.Outcome:
    """Close the questions about a registered letter: put right what was wrong, and let it end what it says it ends."""
    assert arrival.case_id is not None
    assert arrival.document_id is not None
    actor = f"person:{person.id}"
    reading, document = reading_of(arrival), book.document(arrival.document_id)
    if document.number > 1:
        _correct_document(book, arrival, document, changed)
        others = {field: value for field, value in changed.items() if field != "deadline"}
        put_right(book, arrival.id, _changes(reading, others), person.id, now=now)
        if "deadline" in changed:
            registering.correct_day(book, document, changed["deadline"], "Rättat vid granskning", now=now, actor=actor)
        if outgoing.claim(reading) in arrival.questions and "sender" not in changed:
            gone = outgoing.has_gone(book, document)
            if reading.kind == "svar":
                case = book.case(arrival.case_id)
                confirming.answer_gone(book, case, reading, gone, namnd, trusted=True, now=now)
        elif set(arrival.questions) & set(
            absorbing.claims(reading)
        ):  # otherwise it has taken effect, or claims nothing
            case = book.case(arrival.case_id)
            right = corrected(reading, changed)
            absorbing.take_effect(book, case, document, right, now=now, actor=actor)
            deciding.from_minutes(book, case, right, document, namnd, now=now)
            planning.replan(book, case.id, now=now, actor=actor)
    else:
        for field, value in changed.items():
            if field == "external":
                _put_numbers(book, arrival.case_id, value)
                put_right(book, arrival.id, _changes(reading, {field: value}), person.id, now=now)
            else:
                registering.correct(book, arrival.case_id, field, value, "Rättat vid granskning", now=now, actor=actor)
    book.settle(arrival.id, "registered", questions=())
    book.confirm_findings(arrival.id, actor, changed)
    book.confirm_deadlines(arrival.case_id, arrival.document_id, actor)
    _decided(book, arrival, person, now)
    book.note(
        arrival.namnd,
        "granskat",
        now=now,
        actor=actor,
        case_id=arrival.case_id,
        arrival_id=arrival.id,
        data={"rättat": sorted(changed)},
        personal={"till": dict(changed)} if changed else None,
    )
    return entering.outcome_of(book, book.arrival(arrival.id))


def _correct_document(book: Book, arrival: Arrival, document: Document, changed: Mapping[str, str]) -> None:
    # The letter joined a case: what is put right is the letter's, not the case's.
    assert arrival.case_id is not None
    names = {"title": "title", "kind": "kind", "sender": "party"}
    values = {names[f]: " ".join(v.split()) for f, v in changed.items() if f in names and v.strip()}
    if values:
        book.change_document(document.id, **values)
    if "external" in changed:
        _put_numbers(book, arrival.case_id, changed["external"])


def _put_numbers(book: Book, case_id: int, value: str) -> None:
    for raw in (n.strip() for n in value.split(",")):
        if raw:
            book.put_external(case_id, raw, numbering.key(raw))


def join(
    book: Book, arrival_id: int, case_id: int, person: Person, namnd: Namnd, *, now: dt.datetime
) -> entering.Outcome:
    """Enter a waiting letter in a case that the registrator has pointed out."""
    arrival = _waiting(book, arrival_id, person, now, states=("review", "ovrigt"), namnd=namnd)
    case = book.case(case_id)
    if case.namnd != arrival.namnd:
        raise Invalid("Ärendet hör till en annan nämnd. Varje nämnd är en egen myndighet.", "case")
    if case.state == "makulerad":
        raise Invalid(f"{case.dnr} är makulerat. Välj ett annat ärende.", "case")
    if case.secret:
        raise Invalid("Det ärendet finns inte.", "case")
    actor = f"person:{person.id}"
    outcome = entering.enter(book, arrival, reading_of(arrival), namnd, case, "registratorns val", now=now, actor=actor)
    _close(book, arrival, person, actor, {}, outcome, now)
    pointed_out = Change("case", str(arrival.proposed_case_id or ""), str(case.id))
    put_right(book, arrival.id, [pointed_out], person.id, now=now)
    return outcome


def _close(
    book: Book,
    arrival: Arrival,
    person: Person,
    actor: str,
    changed: Mapping[str, str],
    outcome: entering.Outcome,
    now: dt.datetime,
) -> None:
    book.to_move_again(arrival.id, outcome.folder)
    book.confirm_findings(arrival.id, actor, changed)
    if outcome.case:
        book.confirm_deadlines(outcome.case.id, outcome.arrival.document_id, actor)
    _decided(book, arrival, person, now)
    book.note(
        arrival.namnd,
        "granskat",
        now=now,
        actor=actor,
        arrival_id=arrival.id,
        case_id=outcome.case.id if outcome.case else None,
        data={"rättat": sorted(changed)},
        personal={"till": dict(changed)} if changed else None,
    )


def not_to_be_registered(book: Book, arrival_id: int, reason: str, person: Person, *, now: dt.datetime) -> None:
    """Leave a letter unregistered, with a reason: only what is obviously of little importance (OSL 5 kap. 1 §)."""
    arrival = _waiting(book, arrival_id, person, now, states=("review",))
    reason = " ".join(reason.split())
    if not reason:
        raise Invalid("Skriv varför brevet inte ska registreras. Skälet står kvar.", "reason")
    book.settle(arrival.id, "not_registered", note=reason, proposed_case_id=None)
    book.to_move_again(arrival.id, "ovrigt")
    _decided(book, arrival, person, now)
    book.note(
        arrival.namnd,
        "ska inte registreras",
        now=now,
        actor=f"person:{person.id}",
        arrival_id=arrival.id,
        personal={"skäl": reason},
    )
    change = Change("register", YES if reading_of(arrival).register else NO, NO)
    put_right(book, arrival.id, [change], person.id, now=now)


def reconsider(book: Book, arrival_id: int, person: Person, namnd: Namnd, *, now: dt.datetime) -> None:
    """Let a letter that was not to be registered wait to be looked at again."""
    arrival = book.arrival(arrival_id, lock=True)
    if arrival.namnd != namnd.key:
        raise NotAllowed("Sidan finns inte, eller så får du inte se den.")
    actor = _require(book, person, arrival.namnd, DESK, now)
    if arrival.state != "not_registered":
        raise TooLate(_told(arrival))
    again = ("Det bestämdes att brevet inte ska registreras, och ångrades.",)
    book.settle(arrival.id, "review", note=None, reasons=again, decided_by=None, decided_at=None, confirmed_at=None)
    book.to_move_again(arrival.id, "granska")
    book.note(arrival.namnd, "ska prövas igen", now=now, actor=actor, arrival_id=arrival.id)


def make_secret(book: Book, arrival_id: int, person: Person, *, now: dt.datetime, namnd: Namnd | None = None) -> None:
    """Mark a letter as a suspected individual matter: what was read of it is let go, the role sekretess decides.

    The letter that opened a case takes the whole case with it: all that was read leaves the register's tables. The
    letters themselves are kept, and the journal, which is not shown of a secret case. Repetitions follow.
    """
    arrival = book.arrival(arrival_id, lock=True)
    _require(book, person, arrival.namnd, (*DESK, "sekretess"), now)
    if arrival.state not in ("review", "ovrigt", "registered"):
        raise TooLate(_told(arrival))
    if arrival.case_id is not None and arrival.state == "registered":
        _hide_registered(book, arrival)
    else:
        _hide_letter(book, arrival)
        book.settle(arrival.id, "secret", proposed_case_id=None, reasons=("Misstänkt individärende",), note=None)
        book.to_move_again(arrival.id, "hemligt")
        _decided(book, arrival, person, now)
        if namnd is not None:
            queue.secret_waiting(book, book.arrival(arrival.id), namnd, now=now)
    _hide_repetitions(book, arrival)
    _hide_left_behind(book, arrival)
    _hide_parts(book, arrival)
    hushed = arrival.case_id if arrival.case_id and book.case(arrival.case_id).secret else None
    book.forget_told(arrival.namnd, letter=arrival.id, case_id=hushed)
    _hide_cards(book, arrival)
    book.note(
        arrival.namnd,
        "misstänkt individärende",
        now=now,
        actor=f"person:{person.id}",
        arrival_id=arrival.id,
        case_id=arrival.case_id,
    )
    was = YES if reading_of(arrival).secret else NO
    put_right(book, arrival.id, [Change("secret", was, YES)], person.id, now=now)
    gone = arrival.case_id if arrival.case_id and book.case(arrival.case_id).secret else None
    forget(book, arrival.namnd, now=now, arrival_id=arrival.id, case_id=gone)


def _hide_cards(book: Book, arrival: Arrival) -> None:
    """Let what people have before them in a chat be shown anew, without what is hidden now."""
    same = [arrival, *book.arrivals_of_bytes(arrival.namnd, arrival.raw_sha256)]
    cases = {a.case_id for a in same if a.case_id is not None}
    together = [a for case_id in cases for a in book.arrivals_of_case(case_id)]
    everything = {a.id: a for a in (*same, *together)}
    since = min(a.received_at for a in everything.values()) - dt.timedelta(days=1)
    book.renew_cards(arrival.namnd, since=since, arrivals=list(everything), cases=list(cases))


def _hide_letter(book: Book, arrival: Arrival) -> None:
    entering.keep(book, arrival, reading_of(arrival).hidden())
    book.put_findings(arrival.id, ())
    book.forget_desk_acts(arrival_id=arrival.id)  # what was kept to be put back holds the letter's words


def _hide_registered(book: Book, arrival: Arrival) -> None:
    """Hide a registered letter; the one that opened a case, or its last open one, takes the case out of sight."""
    assert arrival.case_id is not None
    letters = [a for a in book.arrivals_of_case(arrival.case_id) if a.state == "registered" and a.id != arrival.id]
    opened = arrival.document_id is not None and book.document(arrival.document_id).number == 1
    if opened or all((a.reading or {}).get("secret") for a in letters):
        _hide_case(book, arrival.case_id)
        return
    if arrival.document_id is not None:
        _forget_told(book, arrival, book.document(arrival.document_id))
    _hide_letter(book, arrival)
    for document in book.documents(arrival.case_id):
        if document.arrival_id == arrival.id:
            _hide_document(book, document)
    book.settle(arrival.id, arrival.state, reasons=(), questions=(), note=None)
    book.to_move_again(arrival.id, "hemligt")


def _forget_told(book: Book, arrival: Arrival, document: Document) -> None:
    """Let go of what a letter told an open case by a handling: days' sentences, points, decisions, others' numbers."""
    case_id = document.case_id
    book.forget_content(case_id, document_id=document.id, demands=reading_of(arrival).demands)
    others = [a for a in book.arrivals_of_case(case_id) if a.state == "registered" and a.id != arrival.id]
    book.drop_externals(case_id, _numbers(arrival).difference(*map(_numbers, others)))
    book.forget_desk_acts(case_id=case_id)  # how the case stood before another act holds the letter's words too


def _numbers(arrival: Arrival) -> set[str]:
    return {numbering.key(raw) for raw in reading_of(arrival).external_dnr}


def _hide_document(book: Book, document: Document) -> None:
    name = f"handling-{document.number}"
    book.change_document(document.id, title=registering.SECRET_TITLE, party=None, file_name=name)


def _hide_repetitions(book: Book, arrival: Arrival) -> None:
    for other in book.same_letter(arrival.namnd, fingerprint=arrival.fingerprint or "", not_id=arrival.id):
        if other.state == "repetition":
            _hide_letter(book, other)
            book.to_move_again(other.id, "hemligt")


def _hide_left_behind(book: Book, arrival: Arrival) -> None:
    """Hide what a letter left in a case that it has been moved from."""
    for document in book.documents_of_arrival(arrival.id):
        if document.case_id == arrival.case_id or book.case(document.case_id).secret:
            continue
        if document.number == 1:
            _hide_case(book, document.case_id)
            continue
        if not document.attachment:
            _forget_told(book, arrival, document)
        _hide_document(book, document)


def _hide_parts(book: Book, arrival: Arrival) -> None:
    """Hide what has the same bytes: each part of a letter that was parted holds the whole of it."""
    for other in book.arrivals_of_bytes(arrival.namnd, arrival.raw_sha256):
        if other.id == arrival.id or (other.reading or {}).get("secret"):
            continue
        if other.state == "registered" and other.case_id is not None:
            _hide_registered(book, other)
        elif other.state in ("review", "ovrigt", "registered", "not_registered", "repetition"):
            _hide_letter(book, other)
            book.settle(other.id, other.state, reasons=(), questions=(), note=None)
            book.to_move_again(other.id, "hemligt")


def _hide_case(book: Book, case_id: int) -> None:
    book.change_case(
        case_id, secret=True, title=registering.SECRET_TITLE, sender=None, motionarer=(), raised_which=None
    )
    book.forget_content(case_id)
    book.forget_desk_acts(case_id=case_id)
    book.drop_plan(case_id)
    for document in book.documents(case_id):
        _hide_document(book, document)
    for arrival in book.arrivals_of_case(case_id):
        _hide_letter(book, arrival)
        book.settle(arrival.id, arrival.state, reasons=(), questions=(), note=None)
        book.to_move_again(arrival.id, "hemligt")
        _hide_left_behind(book, arrival)


def decide_secret(
    book: Book,
    arrival_id: int,
    decision: str,
    person: Person,
    namnd: Namnd,
    *,
    now: dt.datetime,
    reading: Reading | None = None,
    to_whom: str = "",
) -> entering.Outcome | None:
    """Decide a suspected individual matter: "numbered" (a number with sekretessmarkering), "handed_over" (to the
    system for such matters; to whom), or "open" (not secret after all; needs the letter read anew)."""
    arrival = _waiting(book, arrival_id, person, now, states=("secret",), namnd=namnd)
    actor = f"person:{person.id}"
    if decision == "handed_over":
        if not to_whom.strip():
            raise Invalid("Skriv vem som har tagit emot brevet.", "to_whom")
        book.settle(arrival.id, "handed_over", reasons=())
        _decided(book, arrival, person, now)
        book.note(
            arrival.namnd,
            "överlämnat till verksamhetssystemet",
            now=now,
            actor=actor,
            arrival_id=arrival.id,
            personal={"till": to_whom.strip()},
        )
        return None
    if decision == "numbered":
        hidden = reading_of(arrival)
        outcome = entering.enter(book, arrival, hidden, namnd, None, "", now=now, actor=actor, secret=True)
        _decided(book, arrival, person, now)
        return outcome
    if decision == "open":
        if reading is None:
            raise Invalid("Brevet måste läsas om först.", "decision")
        opened = dataclasses.replace(reading, secret=False, secret_reasons=(), review=())
        entering.keep(book, arrival, opened)
        book.settle(
            arrival.id, "review", reasons=("Bedömt som inte hemligt. Stämmer det boten läste?",), folder="granska"
        )
        book.to_move_again(arrival.id, "granska")
        book.note(arrival.namnd, "inte hemligt", now=now, actor=actor, arrival_id=arrival.id)
        held = Change("secret", YES if reading.secret else NO, NO)
        put_right(book, arrival.id, [held], person.id, now=now)
        return entering.outcome_of(book, book.arrival(arrival.id))
    raise Invalid("Välj ett av alternativen.", "decision")


def by_hand(
    book: Book,
    namnd: Namnd,
    person: Person,
    *,
    now: dt.datetime,
    raw_sha256: str,
    reading: Reading,
    received: dt.datetime,
    how: str,
) -> entering.Outcome:
    """Register what did not come by mail: a paper, a call, a visit (FL 2017:900 27 §); who and when stand by it."""
    actor = _require(book, person, namnd.key, DESK, now)
    if reading.secret:
        raise Invalid(
            "Det här kan vara ett individärende. Lägg det i brevlådan, så får rollen sekretess avgöra.", "file"
        )
    if not reading.title:
        raise Invalid("Skriv en ärendemening.", "title")
    key = f"hand:{raw_sha256}:{now.isoformat()}"
    arrival, _ = book.arrive(namnd.key, key, raw_sha256=raw_sha256, reference=how, received_at=received, now=now)
    book.note(
        namnd.key,
        "registrerat för hand",
        now=now,
        actor=actor,
        arrival_id=arrival.id,
        data={"sätt": how, "sha256": raw_sha256},
    )
    outcome = entering.enter(book, arrival, reading, namnd, None, "", now=now, actor=actor)
    # There is nothing in the mailbox to move.
    book.moved(arrival.id, now=now)
    _decided(book, arrival, person, now)
    return outcome


def facts_of(reading: Reading) -> dict[str, str]:
    """Return the facts that a registrator may put right before a letter is registered, as a form shows them."""
    stated = next((d for d in reading.deadlines if d.clock == "stated" and d.date), None)
    return {
        "kind": reading.kind,
        "matter": reading.matter or "",
        "title": reading.title,
        "sender": registering.sender_of(reading) or "",
        "deadline": stated.date.isoformat() if stated and stated.date else "",
        "raised": reading.raised.date.isoformat() if reading.raised else "",
        "external": ", ".join(reading.external_dnr),
    }


def corrected(reading: Reading, changed: Mapping[str, str]) -> Reading:
    """Return the reading with what a person has put right; raise Invalid in plain words."""
    made = reading
    for field, value in changed.items():
        value = " ".join(value.split())
        if field == "title":
            if not 1 <= len(value) <= 200:
                raise Invalid("Ärendemeningen ska ha mellan 1 och 200 tecken.", field)
            made = dataclasses.replace(made, title=value)
        elif field in ("kind", "matter"):
            if value and kinds.kind_of(value).name != value:
                raise Invalid(f"Typen {value} finns inte.", field)
            made = (
                dataclasses.replace(made, matter=value or None)
                if field == "matter"
                else dataclasses.replace(made, kind=value or "other")
            )
        elif field == "sender":
            made = dataclasses.replace(made, sender_authority=value or None)
        elif field == "external":
            numbers = tuple(n.strip() for n in value.split(",") if n.strip())
            made = dataclasses.replace(made, external_dnr=numbers)
        elif field == "raised":
            raised = Raised(registering.as_date(value, field), "rättat vid granskning") if value else None
            made = dataclasses.replace(made, raised=raised)
        elif field == "deadline":
            made = dataclasses.replace(made, deadlines=_other_day(made, value))
    return made


def _other_day(reading: Reading, value: str) -> tuple[Deadline, ...]:
    stated = [d for d in reading.deadlines if d.clock == "stated" and d.date]
    rest = tuple(d for d in reading.deadlines if not stated or d is not stated[0])
    if not value:
        return rest
    day = registering.as_date(value, "deadline")
    first = stated[0] if stated else Deadline(None, "yttrande", "stated", "", "body")
    return (dataclasses.replace(first, date=day, text=None), *rest)


def find_cases(book: Book, namnd: str, words: str) -> list[Case]:
    """Return open cases that the words may mean, for joining."""
    states: tuple[CaseState, ...] = ("open", "waiting_dnr", "closed")
    return [row.case for row in book.cases(CaseFilter(namnder=(namnd,), states=states, words=words, limit=10))]
