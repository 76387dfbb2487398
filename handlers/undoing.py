"""Taking back what a mail did: an honest reversal by the functions that the pages use, or a plain no when something has
built on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from handlers import absences, approving, assignment, planning, registering, review
from handlers.errors import Invalid, NotAllowed, TooLate
from handlers.notices import queue
from handlers.notices.words import STOCKHOLM, weekday
from storage.records import AskedQuestion, Case, Entry, Json, Namnd, Notice, Person
from storage.store import Book

_LATE = "Det går inte att ångra längre"
# What cannot be taken back, and what can be done instead.
_NEVER = {
    "fraga": "registratorn har fått din fråga. Skriv till registratorn.",
    "fel_namnd": "registratorn har fått frågan. Skriv till registratorn.",
    "andra": "handläggaren har fått veta vad som ska ändras. Skriv till handläggaren.",
    "nej": "skriv in frånvaron på sidan Frånvaro.",
    "dnr": "ärendet har sitt nummer. Blev det fel, makulera ärendet på dess sida.",
    "registrerat": "brevet har sitt diarienummer. Blev det fel, rätta eller makulera ärendet på dess sida.",
    "hor_till": "brevet är registrerat i ärendet. Rätta på ärendets sida.",
    "flyttat": "det gamla numret är makulerat och används inte igen. Rätta på ärendets sida.",
    "makulerat": "numret är makulerat och används inte igen. Registrera brevet på nytt.",
    "delat": "varje ärende har sitt nummer. Makulera det som blev fel på dess sida.",
    "granskat": "frågorna är avslutade. Rätta på ärendets sida.",
    "hemligt": "bara den som har rollen sekretess kan säga att brevet inte är hemligt.",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """How a case stood before an answer."""

    met: frozenset[str]
    days: frozenset[int]
    handlaggare_id: int | None


def seen(book: Book, question: AskedQuestion) -> Seen:
    """Return how the case of a question stands: what an answer changes is what differs afterwards."""
    case = book.case(question.case_id)
    met = frozenset(m.kind for m in book.milestones(case.id) if m.met_on)
    return Seen(met, frozenset(d.id for d in book.deadlines(case.id, active=True)), case.handlaggare_id)


def of_answer(book: Book, question: AskedQuestion, word: str, before: Seen) -> Json:
    """Return what is needed to take an answer back: ids and kinds, never a letter's words."""
    after = seen(book, question)
    return {
        "act": word,
        "question": question.id,
        "case": question.case_id,
        "met": sorted(after.met - before.met),
        "old": sorted(before.days - after.days),
        "new": sorted(after.days - before.days),
        "round": book.question(question.id).round,
        "kind": question.kind,
    }


def of_fact(case_id: int, field: str, now: dt.datetime) -> Json:
    """Return what is needed to take back that a fact of a case was put right; its old value stands in the journal."""
    return {"act": "rattat", "case": case_id, "field": field, "at": now.isoformat()}


def final(steps: Sequence[Json]) -> str:
    """Return why nothing of what was done can be taken back; empty where something can.

    >>> final([{"act": "hemligt"}]), final([{"act": "ta"}])
    ('bara den som har rollen sekretess kan säga att brevet inte är hemligt.', '')
    """
    nevers = [_NEVER.get(str(step["act"]), "") for step in steps]
    return nevers[0] if nevers and all(nevers) else ""


def keep(
    book: Book, question: AskedQuestion, word: str, before: Seen, person: Person, namnd: Namnd, *, now: dt.datetime
) -> Notice | None:
    """Keep how an answer that was told in a chat is taken back; return it, None for one that cannot be."""
    step = of_answer(book, question, word, before)
    if final([step]):
        return None
    queue.keep_answer(book, question, person, namnd, step, now=now)
    return queue.kept_answer(book, question, namnd)


def undo(book: Book, done: Json, person: Person, namnd: Namnd, *, now: dt.datetime) -> str:
    """Take back one thing that a mail did; return what was done, for people. Raises Refused with why it cannot be."""
    # Who has left the nämnd changes nothing there any more, as with an answer (answering.answer).
    if not book.roles(on=now.astimezone(STOCKHOLM).date(), namnd=namnd.key, person_id=person.id):
        raise NotAllowed("Du har ingen roll i nämnden längre. Skriv till registratorn i stället.")
    act = str(done["act"])
    never = _NEVER.get(act)
    if never:
        raise TooLate(f"{_LATE}: {never}")
    if act == "rattat":
        return _fact(book, done, person, namnd, now)
    if act == "registreras_inte":
        review.reconsider(book, int(done["letter"]), person, namnd, now=now)
        return f"Ångrat: A-{done['letter']} väntar på granskning igen."
    if act == "borta":
        return _absence(book, done, person, namnd, now)
    question = book.question(int(done["question"]), lock=True)
    case = book.case(question.case_id, lock=True)
    if case.secret or case.state not in ("open", "waiting_dnr"):
        raise TooLate(f"{_LATE}: ärendet är inte öppet.")
    actor = f"person:{person.id}"
    told = _answer(book, act, done, question, case, person, namnd, now)
    planning.replan(book, case.id, now=now, actor=actor)
    book.note(namnd.key, "svar ångrat", now=now, actor=actor, case_id=case.id, data={"fråga": question.id, "svar": act})
    return f"{case.dnr or 'Ärendet'}: {told}"


def _answer(
    book: Book,
    act: str,
    done: Json,
    question: AskedQuestion,
    case: Case,
    person: Person,
    namnd: Namnd,
    now: dt.datetime,
) -> str:
    if act == "stammer" or (act in ("ta", "klart", "godkann") and question.kind == absences.KIND):
        return _confirmed_absence(book, question, person, namnd, now)
    if act in ("godkann", "ta", "klart") and question.kind in approving.KINDS:
        return _approval(book, question, case)
    if act == "ta":
        return _taken(book, case, person, namnd, now)
    if act in ("annan", "registratorn"):
        return _passed_on(book, done, question, person, namnd, now)
    if act in ("klart", "pagar"):
        return _progress(book, done, case, person)
    if act == "anstand":
        return _respite(book, done, case, person)
    if act == "fel_person":
        return _given_back(book, case, person, namnd, now)
    raise TooLate(f"{_LATE}: ändra på ärendets sida i stället.")


def _taken(book: Book, case: Case, person: Person, namnd: Namnd, now: dt.datetime) -> str:
    if case.handlaggare_id != person.id:
        raise TooLate(f"{_LATE}: ärendet har en annan handläggare nu.")
    if any(m.met_on for m in book.milestones(case.id)):
        raise TooLate(f"{_LATE}: arbetet har börjat. Svara FEL PERSON på nästa påminnelse, eller skriv till din chef.")
    assignment.reopen(book, case, namnd, now=now, actor=f"person:{person.id}", why="ångrat")
    return "ångrat, du har inte ärendet. Vi frågar igen vem som ska ha det."


def _given_back(book: Book, case: Case, person: Person, namnd: Namnd, now: dt.datetime) -> str:
    standing = book.questions(case_id=case.id, kind=assignment.KIND, state="open")
    if case.handlaggare_id is not None or not standing:
        raise TooLate(f"{_LATE}: ärendet har en annan handläggare nu.")
    assignment.take_back(book, standing[-1], person, namnd, how="mejl", now=now)
    return "ångrat, ärendet är ditt igen."


def _passed_on(book: Book, done: Json, question: AskedQuestion, person: Person, namnd: Namnd, now: dt.datetime) -> str:
    if question.state != "open":
        raise TooLate(f"{_LATE}: {assignment.who_was_faster(book, question.id)}")
    if question.round != done["round"]:
        raise TooLate(f"{_LATE}: frågan har gått vidare till någon annan.")
    assignment.ask_instead(book, question, person, namnd, now=now)
    return "ångrat, frågan är din igen. Du får den i ett nytt mejl."


def _progress(book: Book, done: Json, case: Case, person: Person) -> str:
    if case.handlaggare_id is not None and case.handlaggare_id != person.id:
        raise TooLate(f"{_LATE}: ärendet har en annan handläggare nu.")
    met = [str(kind) for kind in done["met"]]
    later = [q for q in book.questions(case_id=case.id) if q.kind in approving.KINDS and q.state != "dropped"]
    if later and any(kind != "start" for kind in met):
        raise TooLate(f"{_LATE}: chefen har fått frågan om godkännande. Skriv till chefen.")
    if any(m.document_id for m in book.milestones(case.id) if m.kind in met):
        raise TooLate(f"{_LATE}: texten har kommit.")
    book.forget_milestones(case.id, met)
    return "ångrat, svaret är borttaget. Vi påminner som förut."


def _respite(book: Book, done: Json, case: Case, person: Person) -> str:
    old, new = (book.deadline(int(ids[0])) if ids else None for ids in (done["old"], done["new"]))
    if old is None or new is None or new.state != "active" or old.date is None:
        raise TooLate(f"{_LATE}: dagen har ändrats sedan dess.")
    book.end_deadlines([new.id], "replaced")
    book.put_deadline(
        old.case_id,
        document_id=old.document_id,
        date=old.date,
        purpose=old.purpose,
        clock=old.clock,
        sentence=old.sentence,
        source="anståndet ångrat",
        moved_from=new.date,
        confirmed_by=f"person:{person.id}",
    )
    return f"ångrat, dagen är {weekday(old.date)} igen."


def _approval(book: Book, question: AskedQuestion, case: Case) -> str:
    after = approving.KINDS[approving.KINDS.index(question.kind) + 1 :]
    if any(q.kind in after and q.state != "dropped" for q in book.questions(case_id=case.id)):
        raise TooLate(f"{_LATE}: nästa som godkänner har fått frågan. Skriv till handläggaren.")
    if any(m.met_on for m in book.milestones(case.id) if m.kind == "beslut"):
        raise TooLate(f"{_LATE}: nämnden har beslutat.")
    book.forget_milestones(case.id, (question.kind,))
    return "ångrat, det är inte godkänt. Du får frågan igen."


def _confirmed_absence(book: Book, question: AskedQuestion, person: Person, namnd: Namnd, now: dt.datetime) -> str:
    who = book.person(int(question.answer_data["person"]))
    assert who is not None
    first = dt.date.fromisoformat(str(question.answer_data["från"]))
    absences.end_away(book, who, first, (namnd.key,), now=now, actor=f"person:{person.id}")
    return f"ångrat, {who.name} är inte antecknad som borta."


def _absence(book: Book, done: Json, person: Person, namnd: Namnd, now: dt.datetime) -> str:
    """Take back the days away that somebody wrote by mail; what stood there before stands again."""
    first, last = (dt.date.fromisoformat(str(done[k])) for k in ("från", "till"))
    standing = book.absence(person.id, max(first, now.astimezone(STOCKHOLM).date()))
    if standing is None or (standing.from_day, standing.to_day) != (first, last):
        raise TooLate(f"{_LATE}: frånvaron har ändrats sedan dess.")
    actor = f"person:{person.id}"
    before = done.get("förut")
    if before:
        until = dt.date.fromisoformat(str(before["till"]))
        instead = book.person(int(before["ersättare"])) if before["ersättare"] else None
        absences.note_away(book, person, first, until, instead, (namnd.key,), now=now, actor=actor)
        return "Ångrat: frånvaron är som den var förut."
    absences.end_away(book, person, first, (namnd.key,), now=now, actor=actor)
    return "Ångrat: du är inte antecknad som borta."


def _fact(book: Book, done: Json, person: Person, namnd: Namnd, now: dt.datetime) -> str:
    """Put back what a fact of a case was before a correction by mail, visibly, as a correction of its own."""
    case, field = book.case(int(done["case"]), lock=True), str(done["field"])
    if case.secret or case.state == "makulerad":
        raise TooLate(f"{_LATE}: ärendet kan inte ändras längre.")
    if not review.may(book, person, case.namnd, review.DESK, now.astimezone(STOCKHOLM).date()):
        raise Invalid("Bara registratorn rättar.", field)
    lines = [e for e in book.entries(case_id=case.id) if e.what == "rättat" and e.data.get("uppgift") == field]
    if not lines or not _is_it(lines[0], done, person) or lines[0].personal is None:
        raise TooLate(f"{_LATE}: uppgiften har rättats igen sedan dess.")
    before = str(lines[0].personal.get("från") or "")
    registering.correct(book, case.id, field, before, "Ångrat per mejl", now=now, actor=f"person:{person.id}")
    return f"{case.dnr or 'Ärendet'}: ångrat, {registering.CORRECTABLE[field].lower()} är som förut."


def _is_it(line: Entry, done: Json, person: Person) -> bool:
    return line.at == dt.datetime.fromisoformat(str(done["at"])) and line.actor == f"person:{person.id}"
