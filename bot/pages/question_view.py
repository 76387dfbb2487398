"""One question to one person, as its page shows it: the case, its days, who could take it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from bot.pages import views
from handlers import absences, approving, assignment, confirming, kinds
from handlers.notices import stammer, steps
from handlers.notices.paminnelse import left, step_left
from storage.records import AskedQuestion, Case, CaseDeadline, Milestone, Namnd, Person
from storage.store import Book

_CLOCKS = {"law": "Lagens tid", "goal": "Kommunens mål", "stated": "Svar senast"}
_LATE = {"law": views.State("law", "lag", ""), "goal": views.State("goal", "mal", "")}


@dataclass(frozen=True, slots=True)
class Day:
    """A day that the case must keep: which clock, the day in words, why, and the letter's own words."""

    label: str
    day: str
    why: str
    quote: str


@dataclass(frozen=True, slots=True)
class Choice:
    """Somebody who could have the case."""

    person_id: int
    name: str
    about: str  # open cases, away until, why
    away: bool


@dataclass(frozen=True, slots=True)
class QuestionView:
    """All that the page of one question shows."""

    kind: str
    over: str
    first: str
    asks_self: bool
    is_registrator: bool
    case_id: int
    dnr: str
    title: str
    type: str
    sender: str
    motionarer: tuple[str, ...]
    days: tuple[Day, ...]
    demands: tuple[str, ...]
    papers: int
    choices: tuple[Choice, ...]
    stands: views.State | None
    left: str
    movable: bool
    moved: bool
    away: str  # whom the question asks whether they are away, and until when
    confirms: str  # the question whether something is done, as a sentence
    confirms_why: str
    says_no: str  # what a no means there
    facts: tuple[tuple[str, str], ...]  # what it is built on
    step: str  # the step of a plan that is asked about, in words
    to_approve: tuple[tuple[int, str], ...]  # handlingar to read before an approval: id and title


def question_view(
    book: Book, question: AskedQuestion, case: Case, person: Person, namnd: Namnd, today: dt.date
) -> QuestionView:
    """Gather what one person needs to answer one question."""
    asked_about = book.deadline(question.deadline_id) if question.deadline_id else None
    step = book.milestone(question.milestone_id) if question.milestone_id else None
    approval = question.kind in approving.KINDS
    progress = question.kind != assignment.KIND
    confirms = question.kind == confirming.KIND
    roles = {r.role for r in book.roles(on=today, namnd=namnd.key, person_id=person.id)}
    # A reminder is about one day; whoever takes a case must know all of them.
    days = [asked_about] if progress and asked_about else book.deadlines(case.id, active=True)
    if approval or confirms:
        days = []  # the step's own day is what an approver must keep
    return QuestionView(
        kind=question.kind,
        over=f"{namnd.organisation}, {namnd.name.lower()}",
        first=(person.name.split() or [""])[0],
        asks_self="handlaggare" in roles,
        is_registrator="registrator" in roles,
        case_id=case.id,
        dnr=case.dnr or "",
        title=views.clean(case.title),
        type=kinds.label(case.kind, case.matter),
        sender=views.clean(case.sender, 200) or "Framgår inte",
        motionarer=tuple(views.clean(m, 120) for m in case.motionarer),
        days=(*_step_day(step), *(_day(d) for d in days)),
        demands=() if progress else tuple(views.clean(d.text) for d in book.demands(case.id)),
        papers=len(book.documents(case.id)),
        choices=() if progress else choices(book, case, today, but=person.id),
        stands=_stands(asked_about, step, today),
        left=_left(asked_about, step, today),
        movable=bool(asked_about and asked_about.clock != "law" and asked_about.state == "active"),
        moved=bool(asked_about and asked_about.state != "active"),
        away=_away(book, question),
        confirms=stammer.asks(question, case.dnr or "ärendet", today) if confirms else "",
        confirms_why=stammer.why(question.answer_data) if confirms else "",
        says_no=stammer.no_means(question.answer_data) if confirms else "",
        facts=tuple((r.label, views.clean(r.value, 300)) for r in stammer.facts(book, question, case))
        if confirms
        else (),
        step=steps.NAMES.get(step.kind, step.kind).lower() if step else "",
        to_approve=tuple((d.id, views.clean(d.title, 200)) for d in approving.papers(book, case.id))
        if approval
        else (),
    )


def _away(book: Book, question: AskedQuestion) -> str:
    if question.kind != absences.KIND:
        return ""
    who = book.person(int(question.answer_data["person"]))
    last = dt.date.fromisoformat(question.answer_data["till"])
    return f"{who.name if who else 'personen'} borta till {views.weekday(last)}"


def _left(deadline: CaseDeadline | None, step: Milestone | None, today: dt.date) -> str:
    if step is not None and step.planned:
        return views.upper_first(step_left(step, today))
    return views.upper_first(left(deadline, today)) if deadline and deadline.date else ""


def _step_day(step: Milestone | None) -> tuple[Day, ...]:
    if step is None or step.planned is None:
        return ()
    name = steps.NAMES.get(step.kind, "Steget")
    return (Day(name, f"Senast {views.weekday(step.planned)}", f"{step.why}.", ""),)


def _day(deadline: CaseDeadline) -> Day:
    told = views.clean(deadline.text or "Utan datum", 80)
    sentence, source = views.clean(deadline.sentence), views.clean(deadline.source, 160)
    stated = deadline.clock == "stated"
    if not stated:
        sentence = views.days_in_words(sentence)
    why = views.clean(deadline.purpose, 160) if stated else sentence or source
    if deadline.clock == "law":
        why = f"{sentence} {views.upper_first(source)}".strip()
    return Day(
        _CLOCKS.get(deadline.clock, "Svar senast"),
        views.upper_first(views.weekday(deadline.date) if deadline.date else told),
        f"{views.upper_first(why).rstrip('.')}." if why else "",
        sentence if stated else "",
    )


def _stands(deadline: CaseDeadline | None, step: Milestone | None, today: dt.date) -> views.State | None:
    if step is not None and step.planned and step.planned < today:
        return _LATE["goal"]
    if deadline is None or deadline.date is None or deadline.date >= today:
        return None
    return _LATE["law" if deadline.clock == "law" else "goal"]


def choices(book: Book, case: Case, today: dt.date, *, but: int | None = None) -> tuple[Choice, ...]:
    """Return who could have a case: handläggare as they are proposed, then managers."""
    proposed = assignment.proposals(book, case, today)
    found = {p.person.id: _choice(p.person, p.load, p.away_until, p.why) for p in proposed}
    for role in ("manager", "forvaltningschef"):
        for held in book.roles(on=today, namnd=case.namnd):
            if held.role == role and held.person.id not in found:
                away = book.absence(held.person.id, today)
                found[held.person.id] = _choice(held.person, None, away.to_day if away else None, "chef")
    return tuple(c for c in found.values() if c.person_id != but)


def _choice(person: Person, load: int | None, away: dt.date | None, why: str) -> Choice:
    parts = [
        "" if load is None else "1 öppet ärende" if load == 1 else f"{load} öppna ärenden",
        f"borta till {views.day(away)}" if away else "",
        views.clean(why, 160)[:1].lower() + views.clean(why, 160)[1:],
    ]
    return Choice(person.id, person.name, ", ".join(p for p in parts if p), away is not None)
