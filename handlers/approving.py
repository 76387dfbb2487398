"""The approvals on the way to the nämnd: a manager's, then the central staff's. They are asked for like any question,
and hold the next step until they are given."""

from __future__ import annotations

import datetime as dt

from handlers import assignment, planning
from handlers.choices import choice
from handlers.errors import Invalid, NotAllowed, TooLate
from handlers.notices import queue, steps
from handlers.notices.papers import papers as papers
from handlers.notices.words import STOCKHOLM
from handlers.rules.workdays import workdays_after, workdays_between
from storage.records import AskedQuestion, Asking, Case, Milestone, Namnd, Person, RoleName
from storage.store import Book

KINDS = steps.APPROVALS
APPROVED, CHANGE = "godkann", "andra"
# Who approves, and who is asked when they have not answered.
_ASKED: dict[str, tuple[RoleName, ...]] = {"chef": ("manager", "forvaltningschef"), "stab": ("stab",)}
_OTHERWISE: RoleName = "registrator"  # where nobody else has the role: it must not stop in silence
_WRITTEN = ("utkast", "tjansteskrivelse", "handlaggare_klar")
_MOST = 100  # approvals looked at in one transaction
_ONE_DAY = dt.timedelta(days=1)
_SELDOM = 5  # working days between askings when all have been asked


def go_on(book: Book, namnd: Namnd, *, now: dt.datetime) -> int:
    """Ask for the approvals that are due: a draft is in and the manager has not been asked, or the manager has approved
    and the staff has not been asked; ask again where nobody has answered. Return how many were asked."""
    today = now.astimezone(STOCKHOLM).date()
    due = book.due_approvals(namnd.key, today, limit=_MOST)
    if not due:
        return 0
    standings = book.standings({m.case_id for m in due})
    asked = 0
    look_on: dict[int, dt.date | None] = {}
    for step in due:
        case = standings[step.case_id]
        waits = None  # for the case to be the nämnd's, or for what comes before: then it is looked at again
        if case.at_work and case.state == "open" and not case.secret and _is_written(book, step.case_id):
            standing = book.questions(case_id=step.case_id, kind=step.kind, state="open")
            if standing:
                asked += _chase(book, standing[0], namnd, now)
                waits = _again_on(book, standing[0], namnd, today)
            elif _is_next(book, step.case_id, step.kind):
                question = _ask_first(book, step, namnd, now)
                asked += question is not None
                waits = _again_on(book, question, namnd, today) if question else today + _ONE_DAY
        look_on[step.id] = waits
    book.look_at_steps(look_on)
    return asked


def _is_written(book: Book, case_id: int) -> bool:
    return any(m.met_on and m.kind in _WRITTEN for m in book.milestones(case_id))


def _is_next(book: Book, case_id: int, kind: str) -> bool:
    """Say whether the approval before one is given, or is not in the plan."""
    planned = {m.kind for m in book.milestones(case_id) if m.planned and m.met_on is None}
    return not any(before in planned for before in KINDS[: KINDS.index(kind)])


def _again_on(book: Book, question: AskedQuestion, namnd: Namnd, today: dt.date) -> dt.date:
    """Return the day on which a question is asked again if nobody has answered; tomorrow where nobody could be asked."""
    askings = book.askings(question.id)
    if not askings:
        return today + _ONE_DAY
    return max(workdays_after(askings[-1].asked_on, _patience(book, askings[-1], namnd)), today + _ONE_DAY)


def _patience(book: Book, last: Asking, namnd: Namnd) -> int:
    patience = int(choice(book, namnd.key, "ask_again_after"))
    return patience if last.step < 3 else max(patience, _SELDOM)


def _ask_first(book: Book, step: Milestone, namnd: Namnd, now: dt.datetime) -> AskedQuestion | None:
    people = _approvers(book, step.kind, book.case(step.case_id), now.astimezone(STOCKHOLM).date())
    if not people:
        return None
    question = book.put_question(namnd.key, step.case_id, step.kind, now=now, milestone_id=step.id)
    _ask(book, question, people[0], 0, namnd, now)
    return question


def _approvers(book: Book, kind: str, case: Case, today: dt.date) -> list[Person]:
    """Return who approves, the first to ask first; never whoever has written it."""
    found: list[Person] = []
    for roles in (_ASKED[kind], (_OTHERWISE,)):
        people = [p for role in roles for p in assignment.with_role(book, case.namnd, role, today)]
        found = found or [p for p in people if p.id != case.handlaggare_id]
    there = [assignment.present(book, p, today, case.namnd) for p in found]
    fit = {p.id: p for p in there if p and p.id != case.handlaggare_id}
    return list((fit or {p.id: p for p in found}).values())  # all away: it lies on their desk


def _ask(book: Book, question: AskedQuestion, person: Person, step: int, namnd: Namnd, now: dt.datetime) -> int:
    message_id = queue.reply_id(queue.approval_key(question.id, person.id, step, namnd), person, namnd, now=now)
    if not book.put_asking(question.id, person.id, step, now.astimezone(STOCKHOLM).date(), message_id):
        return 0
    queue.approve(book, question, person, step, namnd, message_id, now=now)
    book.note(
        namnd.key,
        "fråga ställd",
        now=now,
        case_id=question.case_id,
        data={"fråga": question.id, "sort": question.kind, "person": person.id, "steg": step},
        personal={"till": person.name},
    )
    return 1


def _chase(book: Book, question: AskedQuestion, namnd: Namnd, now: dt.datetime) -> int:
    """Ask again: the same person once more, then the next approver; where the central staff is silent, the manager too."""
    today, case = now.astimezone(STOCKHOLM).date(), book.case(question.case_id)
    askings = book.askings(question.id)
    if not askings:
        return 0
    last = askings[-1]
    if workdays_between(last.asked_on, today) < _patience(book, last, namnd):
        return 0
    people = _approvers(book, question.kind, case, today)
    if question.kind == "stab" and last.step >= 1:
        people += [p for p in _approvers(book, "chef", case, today) if p.id not in {x.id for x in people}]
    step = last.step + 1
    chosen = people[:1] if step == 1 else people[1:2] if step == 2 and len(people) > 1 else people
    return sum(_ask(book, question, person, step, namnd, now) for person in chosen)


def answer(
    book: Book, question_id: int, person: Person, word: str, text: str, namnd: Namnd, *, how: str, now: dt.datetime
) -> str:
    """Approve, or send back what is to be changed; return what was done in a sentence.

    Raises TooLate when somebody was faster, NotAllowed for one who was not asked, Invalid when no reason is given.
    """
    question = book.question(question_id, lock=True)
    case = book.case(question.case_id, lock=True)
    if person.id not in {a.person_id for a in book.askings(question.id)}:
        raise NotAllowed("Sidan finns inte, eller så får du inte se den.")
    text = " ".join(text.split())
    if word == CHANGE and not text:
        raise Invalid("Skriv vad som ska ändras.", "text")
    if case.secret or case.state not in ("open", "waiting_dnr"):
        raise TooLate("Ärendet är avslutat. Frågan är inte längre aktuell.")
    if question.state != "open" or not book.answer_question(question.id, word, person.id, how=how, now=now):
        raise TooLate(assignment.who_was_faster(book, question.id))
    book.note(
        namnd.key,
        f"svar: {word}",
        now=now,
        actor=f"person:{person.id}",
        case_id=case.id,
        data={"fråga": question.id, "sort": question.kind, "svar": how},
        personal={"namn": person.name, **({"ord": text} if text and word == CHANGE else {})},
    )
    today = now.astimezone(STOCKHOLM).date()
    if word == APPROVED:
        book.meet_milestone(case.id, question.kind, today, None)
        told = "antecknat som godkänt."
    else:
        # It goes back to who writes: what was approved before is approved no longer, for the text will be another.
        book.meet_milestone(case.id, "start", today, None)
        book.forget_milestones(case.id, (*_WRITTEN, *KINDS))
        for kind in KINDS:
            book.drop_questions(case.id, kind=kind)
        told = "antecknat att det ska ändras. Handläggaren får veta det."
        queue.sent_back(book, question, case, text, namnd, now=now)
    planning.replan(book, case.id, now=now, actor=f"person:{person.id}")
    return told
