"""Who handles a case: proposal, yes, no, silence, absence, substitute. A case that nobody has taken never goes quiet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from handlers import corrections
from handlers.choices import choice
from handlers.errors import Invalid, NotAllowed, TooLate
from handlers.notices import queue
from handlers.notices.words import STOCKHOLM, clock
from handlers.rules.workdays import workdays_after
from storage.records import AskedQuestion, Asking, Case, Namnd, Person, Role, RoleName, Route
from storage.store import Book

KIND = "handlaggare"
ASSIGNED = "tilldelat av"
# What comes for information only needs nobody.
_NOBODY = frozenset({"kallelse", "nyhetsbrev", "autosvar", "studs", "skrap", "kalender"})
# Whom a question goes to when nobody is proposed; the registrator only where a nämnd has no manager at all.
_ASKED_FIRST: tuple[RoleName, ...] = ("manager", "forvaltningschef", "registrator")
_WORN, _SELDOM = 5, 5  # after so many steps a question is asked every fifth working day
_MOST = 100  # questions asked again in one transaction
_ONE_DAY = dt.timedelta(days=1)
_LONGEST_CHAIN = 5  # substitutes of substitutes: a loop ends here


@dataclass(frozen=True, slots=True)
class Proposal:
    """Somebody who could take a case: why, how many open cases they have, and until when they are away.

    rule_id: the learned rule that names them, if one does.
    """

    person: Person
    why: str
    load: int
    away_until: dt.date | None
    rule_id: int | None = None


def start(book: Book, case: Case, namnd: Namnd, *, now: dt.datetime) -> None:
    """Ask who takes a new case; the manager, or where the nämnd says so the proposed handläggare directly."""
    if case.secret or case.state == "makulerad" or case.handlaggare_id or case.kind in _NOBODY:
        return
    if book.questions(case_id=case.id, kind=KIND, state="open"):
        return
    first = first_to_ask(book, case, namnd, now)
    question = book.put_question(namnd.key, case.id, KIND, now=now)
    if first:
        _ask(book, question, first, 0, namnd, now)


def first_to_ask(book: Book, case: Case, namnd: Namnd, now: dt.datetime) -> Person | None:
    """Return whom the question who takes a new case goes to first; None where a nämnd has nobody to ask."""
    today = queue.day_told(now)  # who is at work when the question gets there, not in the night that it is made
    if choice(book, namnd.key, "ask_first") == "handlaggare":
        best = next((p for p in proposals(book, case, today) if p.away_until is None), None)
        if best:
            return best.person
    for role in _ASKED_FIRST:
        people = with_role(book, namnd.key, role, today)
        if people:
            return present(book, people[0], today, namnd.key) or people[0]
    return None


def proposals(book: Book, case: Case, today: dt.date) -> list[Proposal]:
    """Return who could take a case, the best first: whom a learned rule names, whom a route names, then the least
    loaded; the absent last."""
    roles = book.roles(on=today, namnd=case.namnd, role="handlaggare")
    people = {r.person.id: r.person for r in roles}
    load = book.load(case.namnd, list(people))
    rules = corrections.named_for(book, case)
    named: dict[int, str] = {p: f"Regel: ordet {r.condition} i rubriken" for p, r in rules.items()}
    for route in book.routes(case.namnd):
        if fits(route, case):
            for role in roles:
                if meant(route, role):
                    named.setdefault(role.person.id, _told(route))
    away: dict[int, dt.date] = {}
    for absence in book.absences(list(people), today, today):  # of all at once: a nämnd may have hundreds
        away[absence.person_id] = max(absence.to_day, away.get(absence.person_id, absence.to_day))
    made = []
    for person in people.values():
        why = named.get(person.id, "")
        rule = rules.get(person.id)
        until = away.get(person.id)
        made.append(Proposal(person, why, load.get(person.id, 0), until, rule.id if rule else None))
    order = {person: i for i, person in enumerate(named)}
    return sorted(
        made, key=lambda p: (p.away_until is not None, order.get(p.person.id, len(order)), p.load, p.person.name)
    )


def fits(route: Route, case: Case) -> bool:
    """Say whether a route's conditions all hold for a case; each word of words must stand in the title."""
    title, sender = case.title.lower(), (case.sender or "").lower()
    return (
        (not route.matter or route.matter in (case.matter, case.kind))
        and all(w in title for w in route.words.lower().split())
        and (not route.sender or route.sender.lower() in sender)
    )


def meant(route: Route, role: Role) -> bool:
    """Say whether a route names who has a role: the person, or everybody of its unit."""
    return role.person.id == route.person_id or bool(route.unit and _bare(role.unit) == _bare(route.unit))


def _bare(unit: str | None) -> str:
    return " ".join((unit or "").lower().split())


def _told(route: Route) -> str:
    parts = [route.matter, f"”{route.words}”" if route.words else "", f"från {route.sender}" if route.sender else ""]
    return "Brukar få " + ", ".join(p for p in parts if p)


def with_role(book: Book, namnd: str, role: RoleName, today: dt.date) -> list[Person]:
    """Return who has a role in a nämnd on a day."""
    return [r.person for r in book.roles(on=today, namnd=namnd, role=role)]


def present(book: Book, person: Person, today: dt.date, namnd: str | None = None) -> Person | None:
    """Return the person, or whoever answers for them today; None when all of the chain are away.

    namnd: who has no role there any more, or never had, answers for nobody there.
    """
    seen: set[int] = set()
    current: Person | None = person
    while current is not None and current.id not in seen and len(seen) < _LONGEST_CHAIN:
        seen.add(current.id)
        away = book.absence(current.id, today)
        if away is None and (namnd is None or _has_role(book, current, namnd, today)):
            return current
        if away is None:
            return None
        current = book.person(away.substitute_id) if away.substitute_id else None
    return None


def _has_role(book: Book, person: Person, namnd: str, today: dt.date) -> bool:
    return bool(book.roles(on=today, namnd=namnd, person_id=person.id))


def _ask(book: Book, question: AskedQuestion, person: Person, step: int, namnd: Namnd, now: dt.datetime) -> None:
    message_id = queue.reply_id(queue.question_key(question.id, person.id, step, namnd), person, namnd, now=now)
    today = queue.day_told(now)
    if not book.put_asking(question.id, person.id, step, today, message_id):
        return
    case = book.case(question.case_id)
    proposed = [(p.person.id, p.why) for p in proposals(book, case, today)]
    queue.ask(book, question, person, step, case, namnd, message_id, now=now, proposed=proposed)
    book.note(
        namnd.key,
        "fråga ställd",
        now=now,
        case_id=case.id,
        data={"fråga": question.id, "sort": question.kind, "person": person.id, "steg": step},
        personal={"till": person.name},
    )


def take(book: Book, question_id: int, person: Person, namnd: Namnd, *, how: str, now: dt.datetime) -> Case:
    """Take a case: the first yes wins, kept by the database. Raises TooLate with who was faster and when."""
    question = _still_open(book, question_id, person, namnd, now)
    _in_hand(book.case(question.case_id, lock=True))
    if not book.answer_question(question.id, "ta", person.id, how=how, now=now):
        raise TooLate(who_was_faster(book, question.id))
    return _appoint(book, book.question(question.id), person, namnd, how, now)


def _appoint(book: Book, question: AskedQuestion, person: Person, namnd: Namnd, how: str, now: dt.datetime) -> Case:
    proposed = _proposed(book, book.case(question.case_id), now)
    give(book, question.case_id, person.id)
    _chosen(book, question.case_id, person, proposed, person, now)
    book.note(
        namnd.key,
        "handläggare utsedd",
        now=now,
        actor=f"person:{person.id}",
        case_id=question.case_id,
        data={"person": person.id, "svar": how},
        personal={"namn": person.name},
    )
    return book.case(question.case_id)


def pass_on(
    book: Book, question_id: int, person: Person, to: str, namnd: Namnd, *, how: str, now: dt.datetime
) -> Person:
    """Say that somebody else should have the case; they are asked next. `to` is a name, or part of one.

    Raises Invalid when nobody or several are meant, TooLate when the question has been answered or passed on.
    """
    question = _still_open(book, question_id, person, namnd, now)
    today = now.astimezone(STOCKHOLM).date()
    meant = find_person(book, namnd.key, to, today)
    if meant.id == person.id:
        raise Invalid("Det är du. Ta ärendet, eller välj någon annan.", "to")
    stand_in = present(book, meant, queue.day_told(now), namnd.key)
    if stand_in is None:
        away = book.absence(meant.id, today)
        until = f" till {away.to_day.isoformat()}" if away else ""
        raise Invalid(f"{meant.name} är borta{until} utan ersättare. Välj någon annan.", "to")
    if not book.pass_on_question(question.id, question.round):
        raise TooLate(who_was_faster(book, question.id))
    book.note(
        namnd.key,
        "fråga skickad vidare",
        now=now,
        actor=f"person:{person.id}",
        case_id=question.case_id,
        data={"fråga": question.id, "till": stand_in.id, "svar": how},
        personal={"från": person.name, "till": stand_in.name},
    )
    _ask(book, book.question(question.id), stand_in, 100 * question.round, namnd, now)
    return stand_in


def ask_registrator(
    book: Book, question_id: int, person: Person, namnd: Namnd, *, how: str, now: dt.datetime, note: str = ""
) -> None:
    """Say that the registrator should find out; the question stays open with them."""
    question = _still_open(book, question_id, person, namnd, now)
    if not book.pass_on_question(question.id, question.round):
        raise TooLate(who_was_faster(book, question.id))
    book.note(
        namnd.key,
        "registratorn tillfrågad",
        now=now,
        actor=f"person:{person.id}",
        case_id=question.case_id,
        data={"fråga": question.id, "svar": how},
        personal={"från": person.name, "anteckning": note},
    )
    today = queue.day_told(now)
    for registrator in with_role(book, namnd.key, "registrator", today):
        asked = present(book, registrator, today, namnd.key) or registrator
        _ask(book, book.question(question.id), asked, 100 * question.round + 50, namnd, now)


def take_back(book: Book, question: AskedQuestion, person: Person, namnd: Namnd, *, how: str, now: dt.datetime) -> Case:
    """Give a case back to who said that they were the wrong person and has changed their mind; the question that was
    asked meanwhile is thereby answered. Raises TooLate with who was faster."""
    _in_hand(book.case(question.case_id, lock=True))
    if not book.answer_question(question.id, "ta", person.id, how=how, now=now):
        raise TooLate(who_was_faster(book, question.id))
    return _appoint(book, book.question(question.id), person, namnd, how, now)


def ask_instead(book: Book, question: AskedQuestion, person: Person, namnd: Namnd, *, now: dt.datetime) -> None:
    """Ask another person a question that somebody who leaves was asked."""
    if book.pass_on_question(question.id, question.round):
        _ask(book, book.question(question.id), person, 100 * question.round, namnd, now)


def assign(
    book: Book, case_id: int, to: Person, by: Person, namnd: Namnd, *, now: dt.datetime, how: str = "sidan"
) -> Case:
    """Give a case to somebody, as a manager or registrator does; an open question is thereby answered."""
    today = now.astimezone(STOCKHOLM).date()
    _require(book, by, namnd.key, ("manager", "forvaltningschef", "registrator"), today)
    case = book.case(case_id, lock=True)
    _in_hand(case)
    if not book.roles(on=today, namnd=namnd.key, person_id=to.id):
        raise Invalid(f"{to.name} har ingen roll i nämnden i dag. Välj någon annan.", "to")
    for question in book.questions(case_id=case.id, kind=KIND, state="open"):
        book.answer_question(question.id, "ta", to.id, how=f"{ASSIGNED} {by.name}", now=now)
    proposed = _proposed(book, case, now)
    give(book, case.id, to.id)
    _chosen(book, case.id, to, proposed, by, now)
    book.note(
        namnd.key,
        "handläggare utsedd",
        now=now,
        actor=f"person:{by.id}",
        case_id=case.id,
        data={"person": to.id, "svar": how},
        personal={"namn": to.name, "av": by.name},
    )
    return book.case(case.id)


def give(book: Book, case_id: int, person_id: int | None) -> None:
    """Let a case change hands. How it goes is asked of who has it now: nobody answers for another's silence."""
    book.change_case(case_id, handlaggare_id=person_id)
    book.drop_questions(case_id, kind="lage")


def _proposed(book: Book, case: Case, now: dt.datetime) -> Proposal | None:
    here = (p for p in proposals(book, case, now.astimezone(STOCKHOLM).date()) if p.away_until is None)
    return next(here, None)


def _chosen(book: Book, case_id: int, to: Person, proposed: Proposal | None, by: Person, now: dt.datetime) -> None:
    """Keep that another than the proposed one got a case: repeated, it may teach a rule."""
    if proposed is None:
        return
    letter = next((d.arrival_id for d in book.documents(case_id) if d.number == 1), None)
    change = corrections.Change("handlaggare", str(proposed.person.id), str(to.id), proposed.rule_id)
    corrections.put_right(book, letter, [change], by.id, now=now, case=book.case(case_id))


def reopen(book: Book, case: Case, namnd: Namnd, *, now: dt.datetime, actor: str, why: str) -> None:
    """Take a case from its handläggare and ask anew: the wrong person has it."""
    give(book, case.id, None)
    book.note(namnd.key, "handläggare bytt", now=now, actor=actor, case_id=case.id, personal={"skäl": why})
    start(book, book.case(case.id), namnd, now=now)


def chase(book: Book, namnd: Namnd, *, now: dt.datetime) -> int:
    """Ask again where nobody has answered for the nämnd's working days: the same person, the substitute, the manager,
    the förvaltningschef, and then manager and registrator time after time. Return how many were asked."""
    today = now.astimezone(STOCKHOLM).date()
    patience = int(choice(book, namnd.key, "ask_again_after"))
    asked = 0
    # One was closed before anybody took it, or came back from fullmäktige.
    for untaken in book.untaken(namnd.key, _NOBODY, limit=_MOST):
        start(book, untaken, namnd, now=now)
        asked += 1
    due = book.due_questions(namnd.key, KIND, today, limit=_MOST)
    if not due:
        return asked
    standings, askings = book.standings({q.case_id for q in due}), book.askings_of({q.id for q in due})
    look_on: dict[int, dt.date | None] = {}
    for question in due:
        case, before = standings[question.case_id], askings[question.id]
        if case.secret or case.state not in ("open", "waiting_dnr"):
            look_on[question.id] = None  # until it is somebody's to take again
            continue
        again_on = _again_on(book, question, before[-1], namnd, patience, today) if before else today
        if today < again_on:
            look_on[question.id] = again_on
            continue
        told = _chase_one(book, question, before, namnd, today, now)
        asked += told
        step = before[-1].step + 1 if before else 0
        look_on[question.id] = workdays_after(today, _patience(step, patience)) if told else today + _ONE_DAY
    book.look_at_questions(look_on)
    return asked


def _patience(step: int, patience: int) -> int:
    # Everybody has been asked: from then on once a week or so, never less.
    return max(patience, _SELDOM) if step % 100 >= _WORN else patience


def _again_on(
    book: Book, question: AskedQuestion, last: Asking, namnd: Namnd, patience: int, today: dt.date
) -> dt.date:
    """Return the day on which a question is asked again: a stop may have held it back, so patience counts from when it
    reached somebody."""
    patience = _patience(last.step, patience)
    again_on = workdays_after(last.asked_on, patience)
    if again_on > today:
        return again_on
    sent_at = book.sent_at(queue.question_key(question.id, last.person_id, last.step, namnd))
    return max(again_on, workdays_after(sent_at.astimezone(STOCKHOLM).date(), patience)) if sent_at else again_on


def _chase_one(
    book: Book, question: AskedQuestion, askings: Sequence[Asking], namnd: Namnd, today: dt.date, now: dt.datetime
) -> int:
    if not askings:
        first = first_to_ask(book, book.case(question.case_id), namnd, now)
        if first is None:
            return 0
        _ask(book, question, first, 0, namnd, now)
        return 1
    last = askings[-1]
    people = next_to_ask(book, [a.person_id for a in askings if a.step // 100 == last.step // 100], namnd, today)
    for person in people:
        _ask(book, question, person, last.step + 1, namnd, now)
    return len(people)


def next_to_ask(book: Book, asked: Sequence[int], namnd: Namnd, today: dt.date) -> list[Person]:
    """Return whom to ask after those who have not answered: the same once more, the substitute, the manager, the
    förvaltningschef, and then manager and registrator together."""
    first = book.person(asked[0])
    if len(asked) == 1 and first and present(book, first, today, namnd.key) == first:
        return [first]
    chain = []
    if first:
        away = book.absence(first.id, today)
        substitute = book.person(away.substitute_id) if away and away.substitute_id else None
        chain += [substitute] if substitute else []
    for role in _ASKED_FIRST[:2]:
        chain += with_role(book, namnd.key, role, today)
    for person in chain:
        stand_in = present(book, person, today, namnd.key)
        if stand_in and stand_in.id not in asked:
            return [stand_in]
    roles: tuple[RoleName, ...] = ("manager", "forvaltningschef", "registrator")
    everybody = [p for role in roles for p in with_role(book, namnd.key, role, today)]
    return list({p.id: p for p in (present(book, e, today, namnd.key) for e in everybody) if p}.values())


def find_person(book: Book, namnd: str, name: str, today: dt.date) -> Person:
    """Return who is meant by a name, an address, or a part of a name; raise Invalid when nobody or several are."""
    words = name.lower().replace(",", " ").split()
    people = {
        r.person.id: r.person
        for r in book.roles(on=today, namnd=namnd)
        if r.role in ("handlaggare", "manager", "forvaltningschef")
    }
    found = [p for p in people.values() if words and all(w in f"{p.name} {p.email}".lower() for w in words)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise Invalid(f"Ingen i nämnden heter {name.strip() or 'så'}. Välj {_names(people.values())}.", "to")
    raise Invalid(f"Flera kan vara {name.strip()}: {_names(found)}.", "to")


def _names(people: object) -> str:
    return ", ".join(sorted(p.name for p in people))  # type: ignore[attr-defined]


def _still_open(book: Book, question_id: int, person: Person, namnd: Namnd, now: dt.datetime) -> AskedQuestion:
    question = book.question(question_id, lock=True)
    today = now.astimezone(STOCKHOLM).date()
    if question.namnd != namnd.key:
        raise NotAllowed("Sidan finns inte, eller så får du inte se den.")
    if person.id not in {a.person_id for a in book.askings(question.id)}:
        _require(book, person, namnd.key, ("manager", "forvaltningschef", "registrator"), today)
    if question.state != "open":
        raise TooLate(who_was_faster(book, question.id))
    return question


def _in_hand(case: Case) -> None:
    if case.secret or case.state not in ("open", "waiting_dnr"):
        raise Invalid("Ärendet är inte öppet, så ingen kan ta det.", "case")


def _require(book: Book, person: Person, namnd: str, roles: tuple[RoleName, ...], today: dt.date) -> None:
    if not any(r.role in roles for r in book.roles(on=today, namnd=namnd, person_id=person.id)):
        raise NotAllowed("Sidan finns inte, eller så får du inte se den.")


def who_was_faster(book: Book, question_id: int) -> str:
    """Return who answered a question and when, for somebody who came after."""
    question = book.question(question_id)
    if question.state == "answered" and question.answered_by and question.answered_at:
        who = book.person(question.answered_by)
        name = who.name if who else "Någon annan"
        if (question.answered_how or "").startswith(ASSIGNED):
            return f"{name} har fått ärendet ({question.answered_how}) {clock(question.answered_at)}."
        what = "tog ärendet" if question.kind == KIND else "svarade"
        return f"{name} hann före och {what} {clock(question.answered_at)}."
    if question.state == "open":
        return "Frågan har gått vidare till någon annan."
    return "Frågan är inte längre aktuell."
