"""Is it so that something is done? Asked where nobody has said so; and what the bot has taken for done may be undone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from handlers import assignment, deciding, outgoing, planning
from handlers.errors import Invalid, NotAllowed, TooLate
from handlers.notices import queue, stammer
from handlers.notices.words import STOCKHOLM, weekday
from handlers.reading.reading import Reading
from handlers.rules import meetings as rules
from handlers.rules.workdays import workdays_after
from storage.records import AskedQuestion, Case, Document, Milestone, Namnd, Person, RoleName
from storage.store import Book

KIND, TAKEN = stammer.KIND, stammer.TAKEN
KINDS = (KIND, TAKEN)
YES, NO, LATER = "stammer", "nej", "vet_inte"
# What the pages call "Säkert": below it somebody is asked first.
SURE = 0.9
PATIENCE = 10  # working days after a meeting: its minutes have been adjusted and sent by then, or nobody sends them
AGAIN = 5  # working days after "vet inte än"
_MOST = 100
_ONE_DAY = dt.timedelta(days=1)
_LIVING = ("open", "waiting_dnr")
_MEETINGS = ("au", "beslut", "ks", "kf")
_FULLMAKTIGE = "Kommunfullmäktige"
_ANSWERERS: tuple[RoleName, ...] = ("registrator", "manager", "forvaltningschef")


def go_on(book: Book, namnd: Namnd, *, now: dt.datetime) -> int:
    """Ask about the meetings that have been and of which nothing has come, and again where nobody knew yet; return how
    many are asked. Each meeting of a case is asked about once."""
    today = now.astimezone(STOCKHOLM).date()
    return _ask_about_meetings(book, namnd, today, now) + _ask_again(book, namnd, today, now)


def _ask_about_meetings(book: Book, namnd: Namnd, today: dt.date, now: dt.datetime) -> int:
    due = book.due_meetings(namnd.key, today, limit=_MOST)
    if not due:
        return 0
    standings = book.standings({m.case_id for m in due})
    look_on: dict[int, dt.date | None] = {}
    asked = 0
    for step in due:
        case = standings[step.case_id]
        assert step.planned is not None
        waits_until = workdays_after(step.planned, PATIENCE)
        if case.secret or case.state not in _LIVING:
            look_on[step.id] = None  # until that changes
        elif rests_until := case.rests_until(today):
            look_on[step.id] = rests_until + _ONE_DAY
        elif waits_until > today:
            look_on[step.id] = waits_until
        else:
            look_on[step.id] = None
            if _wants_asking(step, book.milestones(step.case_id), today) and not _was_asked(book, step):
                data = {"vad": "möte", "steg": step.kind, "dag": step.planned.isoformat(), "möte": step.meeting_id}
                asked += _put(book, step.case_id, data, namnd, now)
    book.look_at_steps(look_on)
    return asked


def _wants_asking(step: Milestone, steps: Sequence[Milestone], today: dt.date) -> bool:
    """Say whether a meeting could take the case up, its papers being in, and nothing tells that it did.

    Whoever prepared is not asked about when a later meeting has been: that one is.
    """
    met = rules.settled(m.kind for m in steps if m.met_on)
    if rules.PAPERS not in met or step.kind in met:
        return False
    later = [m for m in steps if m.kind in _MEETINGS and rules.place(m.kind) > rules.place(step.kind)]
    return step.kind != "au" or not any(m.planned and m.planned < today for m in later)


def _was_asked(book: Book, step: Milestone) -> bool:
    assert step.planned is not None
    about = (step.kind, step.planned.isoformat())
    return any(
        (q.answer_data.get("steg"), q.answer_data.get("dag")) == about and q.state != "dropped"
        for q in book.questions(case_id=step.case_id, kind=KIND)
    )


def _ask_again(book: Book, namnd: Namnd, today: dt.date, now: dt.datetime) -> int:
    look_on: dict[int, dt.date | None] = {}
    asked = 0
    for question in book.due_questions(namnd.key, KIND, today, limit=_MOST):
        case, again = book.case(question.case_id), _day(question.answer_data.get("igen"))
        if case.secret or case.state not in _LIVING:
            look_on[question.id] = None
        elif again and again > today:
            look_on[question.id] = again
        elif again or not book.askings(question.id):
            told = _ask(book, question, namnd, now)
            asked += told
            look_on[question.id] = None if told else today + _ONE_DAY
            if told and again:
                book.change_question(question.id, {k: v for k, v in question.answer_data.items() if k != "igen"})
        else:
            look_on[question.id] = None  # asked, and not again
    book.look_at_questions(look_on)
    return asked


def _put(book: Book, case_id: int, data: Mapping[str, Any], namnd: Namnd, now: dt.datetime) -> int:
    """Ask one thing of a case; the same asked before gives way, and minutes to what they tell of themselves."""
    told = {about(data), *(("au", "beslut") if data["vad"] == "beslut" else ())}
    _drop(book, case_id, told)
    return _ask(book, book.put_question(namnd.key, case_id, KIND, now=now, data=data), namnd, now)


def about(data: Mapping[str, Any]) -> str:
    """Return what a question is about: a step that is a meeting's, or what a letter may tell."""
    return str(data["steg"] if data["vad"] == "möte" else data["vad"])


def _drop(book: Book, case_id: int, told: Collection[str]) -> None:
    for question in book.questions(case_id=case_id, kind=KIND, state="open"):
        if about(question.answer_data) in told:
            book.drop_question(question.id)


def _ask(book: Book, question: AskedQuestion, namnd: Namnd, now: dt.datetime) -> int:
    """Ask the registratorer who are there, or who stands in; where the nämnd has none the manager."""
    today = queue.day_told(now)
    found: list[Person] = []
    for role in _ANSWERERS:
        found = found or assignment.with_role(book, namnd.key, role, today)
    there = [assignment.present(book, p, today, namnd.key) for p in found]
    people = {p.id: p for p in there if p} or {p.id: p for p in found}  # all away: it lies on their desk
    step = 1 + max((a.step for a in book.askings(question.id)), default=-1)
    for person in people.values():
        message_id = queue.reply_id(queue.confirm_key(question.id, person.id, step, namnd), person, namnd, now=now)
        if book.put_asking(question.id, person.id, step, today, message_id):
            queue.confirm(book, question, person, step, namnd, message_id, now=now)
            book.note(
                namnd.key,
                "fråga ställd",
                now=now,
                case_id=question.case_id,
                data={"fråga": question.id, "sort": KIND, "person": person.id, "steg": step},
                personal={"till": person.name},
            )
    return len(people)


# what a letter from inside says is done


def minutes(book: Book, case: Case, reading: Reading, document: Document, namnd: Namnd, *, now: dt.datetime) -> None:
    """Let minutes from inside move their case when they are read for sure, and ask first when they are not."""
    told = deciding.told_by(case, reading, namnd, now)
    if told is None:
        return
    data = {
        "vad": "beslut",
        "organ": told.body,
        "paragraf": told.paragraph,
        "dag": told.day.isoformat(),
        "utfall": told.outcome,
        "handling": document.id,
    }
    _conclude(book, case, data, min(reading.certainty, _found(reading, "outcome")), namnd, now)


def answer_gone(
    book: Book, case: Case, reading: Reading, document: Document, namnd: Namnd, *, trusted: bool, now: dt.datetime
) -> None:
    """Note that the answer has been sent when the letter that goes out surely is it, and ask first when it may be.

    trusted: it surely is the nämnd's own (`outgoing.is_proven`). Of any other letter it is only asked.
    """
    day = (document.inkommen_at or now).astimezone(STOCKHOLM).date()
    data = {"vad": "svar", "dag": day.isoformat(), "handling": document.id, **({} if trusted else {"obestyrkt": True})}
    # Where only the subject says so it may as well be a question about the answer.
    sure = trusted and reading.kind == "svar"
    _conclude(book, case, data, reading.certainty if sure else 0.0, namnd, now)


def _conclude(
    book: Book, case: Case, data: Mapping[str, Any], certainty: float, namnd: Namnd, now: dt.datetime
) -> None:
    if case.state not in _LIVING:
        return
    if certainty < SURE:
        _put(book, case.id, data, namnd, now)
        return
    undone = _changes(book, case.id, lambda: _carry_out(book, case.id, data, namnd, now=now, actor="boten"))
    # Nobody is asked: the registratorer's morning tells of it, and the case's page lets it be undone.
    book.put_question(namnd.key, case.id, TAKEN, now=now, data={**data, "ångra": undone})


def _found(reading: Reading, field: str) -> float:
    return min((f.certainty for f in reading.findings if f.field == field and f.value), default=1.0)


def _carry_out(
    book: Book, case_id: int, data: Mapping[str, Any], namnd: Namnd, *, now: dt.datetime, actor: str
) -> None:
    day = dt.date.fromisoformat(data["dag"])
    document = book.document(data["handling"]) if data.get("handling") else None
    if data["vad"] == "svar":
        document = outgoing.has_gone(book, document) if document else None
        to = document.party if document else ""
        deciding.answer_sent(book, case_id, day=day, to=to or "", now=now, actor=actor, document=document)
        return
    if data["vad"] == "möte" and data["steg"] not in ("beslut", "kf"):
        book.meet_milestone(case_id, data["steg"], day, None)
        _drop(book, case_id, rules.settled([data["steg"]]))
        planning.replan(book, case_id, now=now, actor=actor)
        return
    body = data.get("organ") or (_FULLMAKTIGE if data["steg"] == "kf" else namnd.name)
    deciding.decided(
        book,
        case_id,
        body=body,
        paragraph=data.get("paragraf", ""),
        day=day,
        outcome=data.get("utfall", ""),
        now=now,
        actor=actor,
        document_id=document.id if document else None,
    )


def _changes(book: Book, case_id: int, act: Callable[[], None]) -> dict[str, Any]:
    """Do something to a case and return what it changed, so that just this can be undone."""

    def steps() -> dict[str, list[Any]]:
        known = [m for m in book.milestones(case_id) if m.met_on]
        return {m.kind: [m.met_on.isoformat() if m.met_on else None, m.document_id] for m in known}

    planned = {m.kind: m for m in book.milestones(case_id) if m.planned and not m.met_on}
    before, days, case = steps(), {d.id for d in book.deadlines(case_id, active=True)}, book.case(case_id)
    act()
    after, left = steps(), {d.id for d in book.deadlines(case_id, active=True)}
    return {
        "klara": sorted(after.keys() - before.keys()),
        "glömda": {kind: before[kind] for kind in sorted(before.keys() - after.keys())},
        "planerade": {
            kind: [m.planned.isoformat() if m.planned else None, m.meeting_id, m.why] for kind, m in planned.items()
        },
        "dagar": sorted(days - left),
        "väntade": case.waiting_for,
        "läge": case.state,
    }


def _undo(book: Book, case_id: int, undone: Mapping[str, Any], *, now: dt.datetime, actor: str) -> None:
    """Put a case back as it stood in what was changed; what somebody has done since stands."""
    book.forget_milestones(case_id, undone["klara"])
    for kind, (day, document_id) in undone["glömda"].items():
        book.meet_milestone(case_id, kind, dt.date.fromisoformat(day), document_id)
    # A meeting that has been is waited for again, if its time is not over.
    planned = (
        (kind, dt.date.fromisoformat(day), meeting, why) for kind, (day, meeting, why) in undone["planerade"].items()
    )
    book.put_steps_back(case_id, planned)
    book.end_deadlines(undone["dagar"], "active")
    book.change_case(case_id, waiting_for=undone["väntade"], state=undone["läge"])
    book.look_again(case_id)
    planning.replan(book, case_id, now=now, actor=actor)


# the answer


def answer(book: Book, question_id: int, person: Person, word: str, namnd: Namnd, *, how: str, now: dt.datetime) -> str:
    """Carry out an answer: yes, no, or not known yet; return what was done in a sentence.

    Raises TooLate when somebody was faster or the case is over, NotAllowed for one who may not say.
    """
    question = book.question(question_id, lock=True)
    case = book.case(question.case_id, lock=True)
    today = now.astimezone(STOCKHOLM).date()
    may = any(r.role in _ANSWERERS for r in book.roles(on=today, namnd=namnd.key, person_id=person.id))
    if question.namnd != namnd.key or not (may or person.id in {a.person_id for a in book.askings(question.id)}):
        raise NotAllowed("Sidan finns inte, eller så får du inte se den.")
    if question.state != "open":
        raise TooLate(assignment.who_was_faster(book, question.id))
    data, actor = question.answer_data, f"person:{person.id}"
    done = question.kind == TAKEN
    if case.secret or (case.state not in _LIVING and not (done and case.state == "closed")):
        raise TooLate("Ärendet är avslutat. Frågan är inte längre aktuell.")
    if word == LATER and done:
        raise Invalid("Svara ja om det stämmer, annars nej.", "answer")
    if word == LATER:
        again = workdays_after(today, AGAIN)
        book.change_question(question.id, {**data, "igen": again.isoformat()})
    elif not book.answer_question(question.id, word, person.id, how=how, now=now, data=data):
        raise TooLate(assignment.who_was_faster(book, question.id))
    book.note(
        namnd.key,
        f"svar: {word}",
        now=now,
        actor=actor,
        case_id=case.id,
        data={
            "fråga": question.id,
            "sort": question.kind,
            "svar": how,
            **{k: data[k] for k in ("vad", "steg", "organ", "dag") if data.get(k)},
        },
        personal={"namn": person.name},
    )
    if word == LATER:
        return f"antecknat. Vi frågar igen {weekday(again)}."
    if done:
        if word == YES:
            return "antecknat att det stämmer."
        _undo(book, case.id, data["ångra"], now=now, actor=actor)
        return "ångrat. Ärendet står som det gjorde förut."
    if word == YES:
        _carry_out(book, case.id, data, namnd, now=now, actor=actor)
        return f"antecknat. {stammer.noted(data)}"
    if data["vad"] != "möte":
        return "antecknat att det inte stämmer. Ärendet står som det gjorde."
    day = dt.date.fromisoformat(data["dag"])
    if any(m.kind == data["steg"] and m.planned == day for m in book.milestones(case.id)):
        book.take_out_steps(case.id, [data["steg"]])
        planning.replan(book, case.id, now=now, actor=actor)
    ahead = next((m.planned for m in book.milestones(case.id) if m.kind == data["steg"] and m.planned), None)
    return (
        f"antecknat att det bordlades. {f'Planen siktar nu på {weekday(ahead)}.' if ahead else 'Planen är omräknad.'}"
    )


def _day(text: Any) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
