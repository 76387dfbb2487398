"""Taking back what was done at the desk: an honest reversal, written in the journal, or a plain no with what to do instead.

A diarienummer that is given is never taken back, and nothing is erased (OSL 2009:400 5 kap. 1-2 §§): of a letter that was
registered the number stays and the question is asked again; a letter that is taken out of a case stays there, crossed out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from handlers import corrections, entering, gates, planning, registering, review
from handlers.errors import NotAllowed, TooLate
from handlers.notices import queue, words
from handlers.reading.reading import Reading
from handlers.rules import numbering
from storage.errors import NotFound
from storage.records import Arrival, Case, DeskAct, Json, Namnd, Person, RoleName
from storage.store import Book

WITHIN = dt.timedelta(minutes=30)
# The acts, as they stand in the register.
CONFIRMED, JOINED, LEFT_OUT, SPLIT, MOVED, HIDDEN = (
    "granskat",
    "lagt till",
    "registreras inte",
    "delat",
    "flyttat",
    "hemligt",
)
NUMBERED, HANDED_OVER, OPENED = "numrerat", "överlämnat", "inte hemligt"
# What cannot be taken back, and what can be done instead.
_NEVER = {
    MOVED: "Det gamla numret är makulerat och används inte igen. Ligger brevet fel, flytta det en gång till.",
    HIDDEN: "Bara den som har rollen sekretess kan säga att brevet inte är hemligt.",
}
_TOO_LONG = "Det går inte att ångra längre. Rätta på ärendets sida i stället."
_COLUMNS = ("title", "kind", "matter", "sender", "raised_which", "note")


def kept(
    book: Book,
    act: str,
    arrival_id: int,
    person: Person,
    do: Callable[[], object],
    *,
    now: dt.datetime,
    case_id: int | None = None,
) -> DeskAct:
    """Do something with a letter, and keep how it is taken back; case_id is of the case that it is added to."""
    arrival = book.arrival(arrival_id, lock=True)
    touched = arrival.case_id if case_id is None else case_id
    before: dict[str, Any] = {} if act in _NEVER else {"letter": _letter(arrival)}
    if touched is not None and act not in _NEVER:
        before["case"] = _stand(book, book.case(touched, lock=True))
    do()
    book.forget_desk_acts(before=now - WITHIN)
    return book.put_desk_act(arrival.namnd, arrival_id, person.id, act, before, now=now)


def refusal(act: DeskAct, *, now: dt.datetime) -> str:
    """Return why an act cannot be taken back, as far as the act itself tells; empty when it can."""
    if act.undone_at is not None or now - act.at > WITHIN:
        return _TOO_LONG
    return _NEVER.get(act.act, "")


def may(book: Book, act: DeskAct, person: Person, *, today: dt.date) -> bool:
    """Say whether a person may take an act back: who may do it, and for what was secret the role sekretess."""
    roles: tuple[RoleName, ...] = ("sekretess",) if act.act in (NUMBERED, HANDED_OVER) else review.DESK
    if act.act == OPENED:
        roles = (*review.DESK, "sekretess")
    return review.may(book, person, act.namnd, roles, today)


def who_opens(book: Book, namnd: str, today: dt.date) -> list[Person]:
    """Return who can say that a letter is not secret after all."""
    return [r.person for r in book.roles(on=today, namnd=namnd, role="sekretess")]


def undo(book: Book, act_id: int, arrival_id: int, person: Person, namnd: Namnd, *, now: dt.datetime) -> str:
    """Take back what was done last with a letter; return what was done, for people.

    Raises NotAllowed, and TooLate with who was faster, or with what has built on it and what to do instead.
    """
    arrival = book.arrival(arrival_id, lock=True)
    try:
        act = book.desk_act(act_id)
    except NotFound:
        raise TooLate(_TOO_LONG) from None
    today = now.astimezone(registering.STOCKHOLM).date()
    if act.arrival_id != arrival.id or act.namnd != namnd.key or not may(book, act, person, today=today):
        raise NotAllowed("Sidan finns inte, eller så får du inte se den.")
    if act.undone_at is not None:
        who = book.person(act.undone_by) if act.undone_by else None
        raise TooLate(f"{who.name if who else 'Någon annan'} ångrade det {words.clock(act.undone_at)}.")
    never = refusal(act, now=now)
    if never:
        raise TooLate(never)
    _as_it_was_left(book, act, arrival)
    if not book.use_desk_act(act.id, person.id, now=now):
        raise TooLate("Någon annan ångrade det nyss.")
    told = _UNDO[act.act](book, act, arrival, person, namnd, now)
    book.note(
        namnd.key,
        "ångrat vid granskning",
        now=now,
        actor=f"person:{person.id}",
        arrival_id=arrival.id,
        case_id=arrival.case_id,
        data={"vad": act.act},
    )
    cases = [arrival.case_id] if arrival.case_id is not None else []
    book.renew_cards(namnd.key, since=act.at, arrivals=[arrival.id], cases=cases)
    return told


def _as_it_was_left(book: Book, act: DeskAct, arrival: Arrival) -> None:
    """Refuse where something has built on an act: another act on the letter, a person's on its case, a new letter there."""
    last = book.last_desk_act(arrival.id)
    if last is None or last.id != act.id:
        raise TooLate("Något annat har gjorts med brevet sedan dess. Ångra det först.")
    if act.act != OPENED and arrival.decided_at != act.at:
        raise TooLate(f"{arrival.decided_by or 'Någon annan'} har gjort något med brevet sedan dess.")
    if arrival.case_id is None:
        return
    case = book.case(arrival.case_id, lock=True)
    number = case.dnr or "Ärendet"
    if act.act != NUMBERED and (case.secret or gates.is_hushed(book, arrival)):
        raise NotAllowed("Sidan finns inte, eller så får du inte se den.")
    if case.state == "makulerad":
        raise TooLate(f"{number} är makulerat. Det som står där ändras inte längre.")
    since = [e for e in book.entries(case_id=case.id) if e.at > act.at and e.actor != "boten"]
    if since:
        raise TooLate(f"{number} har ändrats sedan dess. Rätta på ärendets sida i stället.")
    if any(d.registered_at > act.at for d in book.documents(case.id) if d.arrival_id != arrival.id):
        raise TooLate(f"En handling har kommit till {number} sedan dess. Rätta på ärendets sida i stället.")


# how things stood


def _letter(arrival: Arrival) -> Json:
    return {
        "state": arrival.state,
        "folder": arrival.folder,
        "case_id": arrival.case_id,
        "document_id": arrival.document_id,
        "reading": dict(arrival.reading) if arrival.reading else None,
        "reasons": list(arrival.reasons),
        "questions": list(arrival.questions),
        "proposed_case_id": arrival.proposed_case_id,
        "note": arrival.note,
    }


def _stand(book: Book, case: Case) -> Json:
    papers = {str(d.id): [d.title, d.kind, d.party] for d in book.documents(case.id)}
    return {
        "id": case.id,
        "columns": {name: getattr(case, name) for name in _COLUMNS},
        "raised": case.raised.isoformat() if case.raised else None,
        "motionarer": list(case.motionarer),
        "state": case.state,
        "waiting_for": case.waiting_for,
        "papers": papers,
        "told": dict(book.case_stand(case.id)),
    }


def _put_case_back(book: Book, case: Case, stand: Json, now: dt.datetime, actor: str) -> None:
    """Put a case back as it stood before a letter or a correction; each fact that changes is told in the journal."""
    was = {**stand["columns"], "raised": registering.as_date(stand["raised"], "raised") if stand["raised"] else None}
    for field in ("title", "kind", "matter", "sender", "raised"):
        is_now = getattr(case, field)
        if is_now != was[field]:
            _tell(book, case, field, str(is_now or ""), str(was[field] or ""), now, actor)
    rest = {"state": stand["state"], "waiting_for": stand["waiting_for"], "motionarer": tuple(stand["motionarer"])}
    book.change_case(case.id, **was, **rest)
    for document in book.documents(case.id):
        if str(document.id) in stand["papers"]:
            title, kind, party = stand["papers"][str(document.id)]
            book.change_document(document.id, title=title, kind=kind, party=party)
    book.put_case_stand(case.id, stand["told"])
    planning.replan(book, case.id, now=now, actor=actor)


def _tell(book: Book, case: Case, field: str, was: str, became: str, now: dt.datetime, actor: str) -> None:
    personal = {"från": was or None, "till": became, "skäl": "Ångrat vid granskning"}
    book.note(case.namnd, "rättat", now=now, actor=actor, case_id=case.id, data={"uppgift": field}, personal=personal)


def _put_letter_back(book: Book, arrival: Arrival, letter: Json, act: DeskAct, now: dt.datetime, **values: Any) -> None:
    """Put back what was read in a letter, and let it wait; what was put right in it since teaches nothing."""
    if letter["reading"] is not None:
        entering.keep(book, arrival, Reading.from_json(letter["reading"]))
    book.settle(arrival.id, decided_by=None, decided_at=None, confirmed_at=None, **values)
    corrections.taken_back(book, arrival, act.at, now=now)


# each act


def _of_confirmed(book: Book, act: DeskAct, arrival: Arrival, person: Person, namnd: Namnd, now: dt.datetime) -> str:
    """Ask again whether the facts are right, as they were read. The number stays: it has been given, and the letter has
    come in."""
    assert arrival.case_id is not None
    letter, actor, case = act.before["letter"], f"person:{person.id}", book.case(arrival.case_id)
    if letter["case_id"] is None:
        _correct_back(book, arrival, Reading.from_json(letter["reading"]), now, actor)
    else:
        _put_case_back(book, case, act.before["case"], now, actor)
    asked = letter["questions"] or ["Granskningen ångrades. Stämmer uppgifterna?"]
    _put_letter_back(book, arrival, letter, act, now, state="registered", questions=asked)
    stays = f" Numret {case.dnr} står kvar." if case.dnr else ""
    return f"Ångrat. {arrival.label} ska granskas igen.{stays}"


def _correct_back(book: Book, arrival: Arrival, reading: Reading, now: dt.datetime, actor: str) -> None:
    """Put the facts of a case that a letter opened back to what was read in it, visibly."""
    assert arrival.case_id is not None
    right = review.facts_of(review.reading_of(arrival))
    read = review.facts_of(reading)
    case_id, why = arrival.case_id, "Ångrat vid granskning"
    for field, value in read.items():
        if right[field] == value:
            continue
        if field == "external":
            stands = {n.key for n in book.externals(case_id)}
            book.drop_externals(case_id, stands - {numbering.key(raw) for raw in reading.external_dnr})
        elif field == "raised" and reading.raised is None:
            registering.uncount(book, case_id, why, now=now, actor=actor)
        elif field == "raised" and reading.raised is not None:
            which = reading.raised.which
            registering.correct(book, case_id, field, value, why, now=now, actor=actor, which=which)
        elif field == "title":
            title = words.upper_first(value)[:200] or registering.UNTITLED
            registering.correct(book, case_id, field, title, why, now=now, actor=actor)
        else:
            registering.correct(book, case_id, field, value, why, now=now, actor=actor)
    if arrival.document_id is not None:
        title = words.upper_first(reading.title or reading.envelope.subject) or registering.UNTITLED
        book.change_document(arrival.document_id, title=title, kind=reading.kind, party=registering.sender_of(reading))
        book.unconfirm_deadlines(case_id)


def _of_joined(book: Book, act: DeskAct, arrival: Arrival, person: Person, namnd: Namnd, now: dt.datetime) -> str:
    """Take a letter out of a case again: there it stays, crossed out, and it waits as it did before."""
    assert arrival.case_id is not None
    letter, actor, case = act.before["letter"], f"person:{person.id}", book.case(arrival.case_id)
    for document in book.documents(case.id):
        if document.arrival_id == arrival.id:
            book.change_document(document.id, makulerad=True)
    _put_case_back(book, case, act.before["case"], now, actor)
    book.note(namnd.key, "handling uttagen", now=now, actor=actor, case_id=case.id, data={"brev": arrival.label})
    _wait_again(book, arrival, letter, act, namnd, now)
    return f"Ångrat. {arrival.label} ligger inte längre i {case.dnr or 'ärendet'}, och ska granskas."


def _wait_again(book: Book, arrival: Arrival, letter: Json, act: DeskAct, namnd: Namnd, now: dt.datetime) -> None:
    values = {name: letter[name] for name in ("case_id", "document_id", "reasons", "questions", "proposed_case_id")}
    _put_letter_back(book, arrival, letter, act, now, state=letter["state"], note=letter["note"], **values)
    book.to_move_again(arrival.id, letter["folder"] or "granska")
    told = book.withdraw_receipts(arrival.id, act.at)
    after = book.arrival(arrival.id)
    book.carry_repetitions(namnd.key, after.fingerprint or "", letter["case_id"], letter["folder"] or "granska")
    for person in (book.person(number) for number in told):
        if person is not None:  # they have been told that it is registered
            queue.tell(
                book,
                "granska",
                f"granska:{arrival.id}:{act.id}",
                namnd,
                person.email,
                now=now,
                arrival=after,
                person=person,
            )


def _of_left_out(book: Book, act: DeskAct, arrival: Arrival, person: Person, namnd: Namnd, now: dt.datetime) -> str:
    review.reconsider(book, arrival.id, person, namnd, now=now)
    _wait_again(book, book.arrival(arrival.id), act.before["letter"], act, namnd, now)
    return f"Ångrat. {arrival.label} väntar på granskning igen."


def _of_split(book: Book, act: DeskAct, arrival: Arrival, person: Person, namnd: Namnd, now: dt.datetime) -> str:
    """Cross out what the other parts opened, and ask again about the first: each number stays used."""
    actor, crossed = f"person:{person.id}", []
    for part in book.arrivals_of_bytes(namnd.key, arrival.raw_sha256):
        if not part.mailbox_key.startswith(f"delat:{arrival.id}:") or part.case_id is None:
            continue
        case = book.case(part.case_id, lock=True)
        if case.state == "makulerad" or case.registered_at < act.at:
            continue
        if any(e.at > act.at and e.actor != "boten" for e in book.entries(case_id=case.id)):
            raise TooLate(f"{case.dnr or 'Ärendet'} har ändrats sedan dess. Makulera på ärendets sida i stället.")
        registering.makulera(book, case.id, f"Delningen av {arrival.label} ångrades", now=now, actor=actor)
        crossed.append(case.dnr or "ett ärende")
    told = _of_confirmed(book, act, arrival, person, namnd, now)
    return f"{told} Makulerat: {', '.join(crossed)}." if crossed else told


def _of_numbered(book: Book, act: DeskAct, arrival: Arrival, person: Person, namnd: Namnd, now: dt.datetime) -> str:
    """Cross out the number of a secret letter: it opened a case that should not be; the role sekretess decides anew."""
    assert arrival.case_id is not None
    case = book.case(arrival.case_id)
    registering.makulera(book, case.id, "Beslutet om sekretess ångrades", now=now, actor=f"person:{person.id}")
    return _secret_again(book, act, arrival)


def _of_handed_over(book: Book, act: DeskAct, arrival: Arrival, person: Person, namnd: Namnd, now: dt.datetime) -> str:
    return _secret_again(book, act, arrival)


def _secret_again(book: Book, act: DeskAct, arrival: Arrival) -> str:
    reasons = act.before["letter"]["reasons"] or ["Misstänkt individärende"]
    waits = {"reasons": reasons, "case_id": None, "document_id": None}
    book.settle(arrival.id, "secret", **waits, decided_by=None, decided_at=None, confirmed_at=None)
    book.to_move_again(arrival.id, "hemligt")
    return f"Ångrat. Bestäm igen vad som ska hända med {arrival.label}."


def _of_opened(book: Book, act: DeskAct, arrival: Arrival, person: Person, namnd: Namnd, now: dt.datetime) -> str:
    review.make_secret(book, arrival.id, person, now=now, namnd=namnd)
    return f"Ångrat. {arrival.label} är märkt som sekretess igen."


_Undo = Callable[[Book, DeskAct, Arrival, Person, Namnd, dt.datetime], str]
_UNDO: Mapping[str, _Undo] = {
    CONFIRMED: _of_confirmed,
    JOINED: _of_joined,
    LEFT_OUT: _of_left_out,
    SPLIT: _of_split,
    NUMBERED: _of_numbered,
    HANDED_OVER: _of_handed_over,
    OPENED: _of_opened,
}
