"""Queues the reminders that are due, on working mornings: each once, one message per person and day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from handlers import assignment
from handlers.choices import choice, step_ladder
from handlers.notices import queue
from handlers.notices.words import STOCKHOLM
from handlers.reminders import clock, silence
from storage.records import AskedQuestion, Asking, Milestone, Namnd, Person, Reminded, Standing, StepReminded
from storage.store import Book

KIND = "lage"
ESCALATED = 1000  # the step of an asking that told a manager of somebody's silence
_CLOCKS = ("stated", "goal", "law")
# Cases, or silent questions, that one transaction takes: SQLite's one writer is not held for long. A person's cases are
# not parted, for they are one message; of one person's, so many.
_MOST, _MOST_OF_ONE = 500, 2000
_ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that a person is to be reminded of: a clock's day or a plan's step, and the step of its ladder."""

    case_id: int
    rung: int
    deadline_id: int | None = None
    milestone: Milestone | None = None

    @property
    def about(self) -> tuple[int, int | None, int | None]:
        """What its question is about: the case, and the day or the step."""
        return self.case_id, self.deadline_id, self.milestone.id if self.milestone else None


def queue_due(book: Book, namnd: Namnd, *, now: dt.datetime) -> int:
    """Queue what is due today; return how many people are reminded. Run again the same day it queues nothing more.

    It asks what is due, never what is due exactly today: after days of silence each case gives one step, the right
    one. Quiet when the handläggare's part is done, and when somebody else has the case. With very much due it takes
    some people's and leaves the others' for the next time it is called.
    """
    today = now.astimezone(STOCKHOLM).date()
    _take_back(book, namnd, today, now)
    cases, whose = _cases(book, namnd, today)
    due = _due(book, namnd, cases, whose, today)
    silent = _silent(book, namnd, today)
    return _remind(book, namnd, due, silent, now)


def _take_back(book: Book, namnd: Namnd, today: dt.date, now: dt.datetime) -> None:
    """Forget the reminders of earlier days that lay over a stop: today's tell the same, to who is there now."""
    midnight = dt.datetime.combine(today, dt.time(), STOCKHOLM)
    for notice in book.take_back("paminnelse", namnd.key, midnight, now=now):
        assert notice.person_id is not None
        book.untell(namnd.key, notice.person_id, dt.date.fromisoformat(notice.data["day"]), notice.message_id)


def _cases(book: Book, namnd: Namnd, today: dt.date) -> tuple[list[int], dict[int, int]]:
    """Return the cases to look at now, and who is told instead of each handläggare, or the same.

    Cases of people who were reminded today already are left: what has come since then is still due tomorrow.
    """
    of: dict[int | None, list[int]] = {}
    for case, handlaggare in book.cases_to_look_at(namnd.key, today):
        of.setdefault(handlaggare, []).append(case)
    cases = of.pop(None, [])[:_MOST]
    people = {h: person for h in of if h is not None and (person := _who(book, h, namnd, today))}
    told = _reminded_today(book, list(people.values()), today, namnd)
    persons: dict[int, list[int]] = {}
    for handlaggare, person in people.items():
        if person.id not in told:
            persons.setdefault(person.id, []).append(handlaggare)
    taken = 0
    for theirs in persons.values():
        if taken >= _MOST:
            break
        of_one = [case for handlaggare in theirs for case in of[handlaggare]][:_MOST_OF_ONE]
        taken += len(of_one)
        cases += of_one
    return cases, {handlaggare: person.id for handlaggare, person in people.items()}


def _who(book: Book, handlaggare_id: int, namnd: Namnd, today: dt.date) -> Person | None:
    """Return who is told of a handläggare's cases: they or who stands in; the manager where they have no role any more."""
    person = book.person(handlaggare_id)
    there = assignment.present(book, person, today, namnd.key) if person else None
    if there or (person and book.roles(on=today, namnd=namnd.key, person_id=person.id)):
        return there or person
    return next(iter(_managers(book, namnd, today)), None)


def _reminded_today(book: Book, people: list[Person], today: dt.date, namnd: Namnd) -> set[int]:
    keys = {queue.reminder_key(p, today, namnd): p.id for p in people}
    return {keys[key] for key in book.queued_of(keys)}


def _due(book: Book, namnd: Namnd, cases: list[int], whose: Mapping[int, int], today: dt.date) -> dict[int, list[Due]]:
    """Return what each person may be reminded of, and set when each thing that was looked at is looked at next."""
    if not cases:
        return {}
    standings = book.standings(book.hold_cases(cases))
    people: dict[int, list[Due]] = {}
    for one in (*_days_due(book, namnd, standings, today), *_steps_due(book, namnd, standings, today)):
        handlaggare = standings[one.case_id].handlaggare_id
        if handlaggare is not None and handlaggare in whose:
            people.setdefault(whose[handlaggare], []).append(one)
    return people


def _days_due(book: Book, namnd: Namnd, standings: Mapping[int, Standing], today: dt.date) -> list[Due]:
    ladders = {c: [int(d) for d in choice(book, namnd.key, f"ladder_{c}")] for c in _CLOCKS}
    found: list[Due] = []
    look_on: dict[int, dt.date | None] = {}
    for deadline in book.due_deadlines(standings, today):
        case, ladder = standings[deadline.case_id], ladders[deadline.clock]
        assert deadline.date is not None
        if not case.at_work or case.handlaggare_id is None or case.done:
            look_on[deadline.id] = None  # until that changes
            continue
        rests_until = case.rests_until(today) if deadline.clock != "law" else None
        if rests_until:
            look_on[deadline.id] = rests_until + _ONE_DAY
            continue
        look_on[deadline.id] = clock.next_day(ladder, deadline.date, today)
        rung = clock.due(ladder, deadline.date, today)
        if rung is not None:
            found.append(Due(deadline.case_id, rung, deadline_id=deadline.id))
    book.look_at_days(look_on)
    return found


def _steps_due(book: Book, namnd: Namnd, standings: Mapping[int, Standing], today: dt.date) -> list[Due]:
    """Return the next step of each plan where it is the handläggare's to do and its day draws near."""
    found: list[Due] = []
    look_on: dict[int, dt.date | None] = {}
    seen: set[int] = set()
    for milestone, waits in book.due_steps(standings, today):
        case = standings[milestone.case_id]
        assert milestone.planned is not None
        is_next = milestone.case_id not in seen
        seen.add(milestone.case_id)  # the steps after it wait for it, until it is done
        if not waits:
            continue
        if not is_next or not case.at_work or case.handlaggare_id is None or case.secret:
            look_on[milestone.id] = None  # until that changes
            continue
        rests_until = case.rests_until(today)
        if rests_until:
            look_on[milestone.id] = rests_until + _ONE_DAY
            continue
        ladder = step_ladder(book, namnd.key, case.type)
        look_on[milestone.id] = clock.next_day(ladder, milestone.planned, today)
        rung = clock.due(ladder, milestone.planned, today)
        if rung is not None:
            found.append(Due(milestone.case_id, rung, milestone=milestone))
    book.look_at_steps(look_on)
    return found


def _silent(book: Book, namnd: Namnd, today: dt.date) -> dict[int, list[AskedQuestion]]:
    """Return, by manager, the reminders that nobody has answered for the nämnd's number of working days."""
    due = book.due_questions(namnd.key, KIND, today, limit=_MOST)
    if not due:
        return {}
    patience = int(choice(book, namnd.key, "escalate_after"))
    standings, askings = book.standings({q.case_id for q in due}), book.askings_of({q.id for q in due})
    found: list[AskedQuestion] = []
    look_on: dict[int, dt.date | None] = {}
    for question in due:
        case = standings[question.case_id]
        day = _silent_on(askings[question.id], patience)
        if day is None or case.secret or not case.at_work or case.done:
            look_on[question.id] = None  # until that changes
        elif (rests_until := case.rests_until(today)) and not _is_laws(book, question):
            look_on[question.id] = rests_until + _ONE_DAY
        elif day > today:
            look_on[question.id] = day
        else:
            found.append(question)
    managers = _managers(book, namnd, today) if found else []
    if not managers:
        look_on |= {question.id: today + _ONE_DAY for question in found}
    book.look_at_questions(look_on)
    return {manager.id: found for manager in managers if not _reminded_today(book, [manager], today, namnd)}


def _is_laws(book: Book, question: AskedQuestion) -> bool:
    deadline = book.deadline(question.deadline_id) if question.deadline_id else None
    return deadline is not None and deadline.clock == "law"


def _silent_on(askings: list[Asking], patience: int) -> dt.date | None:
    """Return the day by which the silence about a question has lasted long enough to be told."""
    if not patience:
        return None
    return silence.next_day(
        [a.asked_on for a in askings], [a.asked_on for a in askings if a.step >= ESCALATED], patience
    )


def _managers(book: Book, namnd: Namnd, today: dt.date) -> list[Person]:
    roles = ("manager", "forvaltningschef")
    people = [p for role in roles for p in assignment.with_role(book, namnd.key, role, today)]  # type: ignore[arg-type]
    there = [assignment.present(book, p, today, namnd.key) for p in people]
    return next(([p] for p in there if p), [])


def _remind(
    book: Book,
    namnd: Namnd,
    due: Mapping[int, list[Due]],
    silent: Mapping[int, list[AskedQuestion]],
    now: dt.datetime,
) -> int:
    """Queue each person's message, and note what is asked in it; return how many people are told."""
    today = now.astimezone(STOCKHOLM).date()
    new = _new(book, due, today)
    questions = _questions(book, [d for theirs in new.values() for d in theirs], namnd, now)
    late = {q.id: q for theirs in silent.values() for q in theirs}
    askings = book.askings_of({q.id for q in questions.values()} | set(late)) if questions or late else {}
    patience = int(choice(book, namnd.key, "escalate_after"))
    asked: list[tuple[int, int, int, str]] = []
    look_on: dict[int, dt.date | None] = {}
    told = [person for person in dict.fromkeys((*new, *silent)) if new.get(person) or silent.get(person)]
    for person_id in told:
        person = book.person(person_id)
        assert person is not None
        items = [(questions[d.about], False) for d in new.get(person_id, ())]
        ids = {question.id for question, _ in items}
        items += [(question, True) for question in silent.get(person_id, ()) if question.id not in ids]
        message_id = queue.reply_id(queue.reminder_key(person, today, namnd), person, namnd, now=now)
        queue.remind(book, person, today, namnd, message_id, now=now, items=[(q.id, e) for q, e in items])
        for question, escalated in items:
            before = askings[question.id]
            rungs = [a.step for a in before if (a.step >= ESCALATED) == escalated]
            step = 1 + max(rungs, default=ESCALATED - 1 if escalated else -1)
            before.append(Asking(0, question.id, person_id, step, today, message_id))
            asked.append((question.id, person_id, step, message_id))
            look_on[question.id] = _silent_on(before, patience)
            _note(book, namnd, question, person, escalated, now)
    book.put_askings(asked, today)
    book.look_at_questions(look_on)
    return len(told)


def _note(book: Book, namnd: Namnd, question: AskedQuestion, person: Person, escalated: bool, now: dt.datetime) -> None:
    book.note(
        namnd.key,
        "chef påmind" if escalated else "påmind",
        now=now,
        case_id=question.case_id,
        data={
            "dag": question.deadline_id,
            "steg": question.milestone_id,
            "person": person.id,
            "fråga": question.id,
        },
        personal={"till": person.name},
    )


def _new(book: Book, due: Mapping[int, list[Due]], today: dt.date) -> dict[int, list[Due]]:
    """Return what each person is told for the first time: each rung of a ladder is told once, kept by a unique key."""
    days, steps = [], []
    for person_id, theirs in due.items():
        for d in theirs:
            if d.milestone is None:
                assert d.deadline_id is not None
                days.append(Reminded(d.case_id, d.deadline_id, d.rung, person_id, today))
            else:
                assert d.milestone.planned is not None
                steps.append(StepReminded(d.milestone.id, d.milestone.planned, d.rung, person_id, today))
    first_days, first_steps = book.put_all_reminded(days), book.put_all_steps_reminded(steps)
    new = {}
    for person_id, theirs in due.items():
        clocks = [d for d in theirs if d.milestone is None and (d.deadline_id, d.rung, person_id) in first_days]
        # One question per case: where a clock's day is asked about, the step is told in its words.
        by_day = {d.case_id for d in clocks}
        new[person_id] = clocks + [
            d
            for d in theirs
            if d.milestone and (d.milestone.id, d.rung, person_id) in first_steps and d.case_id not in by_day
        ]
    return new


def _questions(
    book: Book, due: list[Due], namnd: Namnd, now: dt.datetime
) -> dict[tuple[int, int | None, int | None], AskedQuestion]:
    """Return the open question about each thing that is due, asked anew where none stands."""
    if not due:
        return {}
    wanted = dict.fromkeys(d.about for d in due)
    standing = {
        (q.case_id, q.deadline_id, q.milestone_id): q
        for q in reversed(book.open_questions({d.case_id for d in due}, KIND))  # of several the oldest
    }
    made = book.put_questions(namnd.key, KIND, [about for about in wanted if about not in standing], now=now)
    return standing | {(q.case_id, q.deadline_id, q.milestone_id): q for q in made}
