"""What has happened on the way in a case: what was asked and answered, decided and done."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from bot.pages import views
from handlers import absences, confirming
from handlers.notices import stammer
from handlers.notices import steps as names
from storage.records import AskedQuestion, Case
from storage.store import Book

_ASKED_ABOUT = {"law": "lagens tid", "goal": "kommunens mål", "stated": "svarsdagen"}
_APPROVALS = {"chef": "Godkänner chefen tjänsteskrivelsen?", "stab": "Godkänner staben tjänsteskrivelsen?"}
_ANSWERS = {
    "godkann": "Godkänt",
    "andra": "Ska ändras, vad står i journalen",
    "ta": "Ja, jag tar det",
    "klart": "Klart",
    "pagar": "Pågår",
    "fel_person": "Fel person",
    "fel_namnd": "Fel nämnd",
    "fraga": "En fråga, den står i journalen",
    "stammer": "Ja, det stämmer",
    "nej": "Nej",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about the case: how it stands, what it asked, whom when, and the answer."""

    state: views.State
    what: str
    whom: tuple[str, ...]
    answer: str
    how: str
    id: int = 0  # of a question that is answered here, whether something is done
    says_no: str = ""
    may_wait: bool = False  # "vet inte än" is an answer too


@dataclass(frozen=True, slots=True)
class Step:
    """A step that is done."""

    name: str
    day: str


def asked(book: Book, case: Case, today: dt.date) -> tuple[Asked, ...]:
    """Return the case's questions, newest first; of a secret case none."""
    if case.secret:
        return ()
    # Whether somebody is away was asked because of a case, but is not about it.
    about = [q for q in book.questions(case_id=case.id) if q.kind != absences.KIND]
    return tuple(_asked(book, case, q, today) for q in reversed(about))


def _asked(book: Book, case: Case, question: AskedQuestion, today: dt.date) -> Asked:
    whom = []
    for asking in book.askings(question.id):
        person = book.person(asking.person_id)
        whom.append(f"{person.name if person else 'Någon'} {views.short(asking.asked_on, today)}")
    if question.kind in confirming.KINDS:
        made = _confirms(book, case, question, today, tuple(whom))
        if made:
            return made
    if question.state == "open":
        state = views.State("ask", "fraga", "Väntar på svar") if whom else views.State("none", "ingen", "Ingen frågad")
        return Asked(state, _what(book, question), tuple(whom), "", "")
    if question.state == "dropped":
        state = views.State("wait", "stang", "Gäller inte längre")
        return Asked(state, _what(book, question), tuple(whom), "", "")
    state = views.State("fine", "klart", "Besvarad")
    return Asked(state, _what(book, question), tuple(whom), _answer(question), _how(book, question))


def _confirms(book: Book, case: Case, question: AskedQuestion, today: dt.date, whom: tuple[str, ...]) -> Asked | None:
    """Return a question whether something is done: it is answered on the case's page too."""
    done, data = question.kind == confirming.TAKEN, question.answer_data
    what = (
        f"Antecknat: {stammer.told(data, case.dnr or 'ärendet', today)}."
        if done
        else stammer.asks(question, case.dnr or "ärendet", today)
    )
    if question.state == "answered":
        state = views.State("fine", "klart", "Besvarad")
        return Asked(state, what, whom, _answer(question), _how(book, question))
    if question.state == "dropped":
        return Asked(views.State("wait", "stang", "Gäller inte längre"), what, whom, "", "")
    over = case.state not in ("open", "waiting_dnr") and not (done and case.state == "closed")
    state = views.State("fine", "klart", "Av boten") if done else views.State("ask", "fraga", "Väntar på svar")
    says_no = "Stämmer inte, ångra" if done else stammer.no_means(data)
    return Asked(state, what, whom, "", "", 0 if over else question.id, says_no, not done)


def _what(book: Book, question: AskedQuestion) -> str:
    if question.kind == "handlaggare":
        return "Vem tar ärendet?"
    if question.kind in _APPROVALS:
        return _APPROVALS[question.kind]
    step = book.milestone(question.milestone_id) if question.milestone_id else None
    if step is not None:
        until = f" senast {views.day(step.planned)}" if step.planned else ""
        return f"Hur går det med {names.NAMES.get(step.kind, step.kind).lower()}{until}?"
    deadline = book.deadline(question.deadline_id) if question.deadline_id else None
    if deadline is None or deadline.date is None:
        return "Hur går det?"
    return f"Hur går det med {_ASKED_ABOUT.get(deadline.clock, 'svarsdagen')} {views.day(deadline.date)}?"


def _answer(question: AskedQuestion) -> str:
    if (question.answered_how or "").startswith("tilldelat"):
        return "Tilldelat"
    if question.answer == "anstand":
        day = question.answer_data.get("dag")
        return f"Anstånd till {views.day(dt.date.fromisoformat(day))}" if day else "Anstånd"
    return _ANSWERS.get(question.answer or "", "Besvarad")


def _how(book: Book, question: AskedQuestion) -> str:
    person = book.person(question.answered_by) if question.answered_by else None
    name, how = person.name if person else "Någon", question.answered_how or ""
    when = views.stamp(question.answered_at) if question.answered_at else ""
    if how.startswith("tilldelat"):
        return f"{name} fick ärendet, {views.clean(how, 120)} {when}."
    way = {"sidan": "på sidan", "mejl": "med mejl", "teams": "i Teams"}.get(how, views.clean(how, 60))
    return f"{name} svarade {way} {when}."


def decisions(book: Book, case: Case) -> tuple[str, ...]:
    """Return the decisions on a case in words."""
    made = []
    for d in book.decisions(case.id):
        where = " ".join(p for p in (d.body, views.day(d.date) if d.date else "", d.paragraph) if p)
        what = f": {'förslag till beslut, ' if d.is_proposal else ''}{d.outcome}" if d.outcome else ""
        made.append(views.upper_first(views.clean(f"{where or 'Beslut'}{what}.")))
    return tuple(made)


def steps(book: Book, case: Case) -> tuple[Step, ...]:
    """Return the steps that are done, with their day."""
    done = sorted((m for m in book.milestones(case.id) if m.met_on), key=lambda m: m.met_on or dt.date.min)
    return tuple(
        Step(names.DONE.get(m.kind, views.upper_first(views.clean(m.kind, 80))), views.day(m.met_on))
        for m in done
        if m.met_on
    )
