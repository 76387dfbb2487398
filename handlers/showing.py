"""What somebody may see in a chat: a case, their own, the late ones, the week. Nothing that anybody there may not see."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from handlers import absences, approving, assignment, confirming
from handlers.notices import facts, happened, samtal, stammer
from handlers.notices.message import Act, Acts, Block, Button, Field, Heading, Message, Paragraph, Rows
from handlers.notices.paminnelse import what
from handlers.notices.standing import Standing, fact_rows, list_row, number, standing, title
from handlers.notices.words import STOCKHOLM, upper_first, weekday
from handlers.reading.characters import fold
from handlers.rules import numbering
from storage.records import AskedQuestion, Case, CaseDeadline, CaseFilter, CaseRow, CaseState, Namnd, Person, RoleName
from storage.search import COUNTED_HITS
from storage.store import Book

PROGRESS = "lage"
ANSWER = "svara"  # the verb of a button that answers a question: data q, r (its round) and svar
MOVERS: tuple[RoleName, ...] = ("manager", "forvaltningschef", "registrator")
OVERSEERS: tuple[RoleName, ...] = (*MOVERS, "administrator")
_OPEN: tuple[CaseState, ...] = ("open", "waiting_dnr")
_MOST_SHOWN, _MOST_OF_PART = 15, 6
_MOST_READ = 200  # cases gone through for a person's list
_MOST_NAMNDER = 4  # that a week is told of
_MOST_WORDS = 6  # of a search
_MOST_QUESTIONS = 50  # gone through for what a person has been asked
_MOST_FORMS = 4  # questions with their forms: a card has room for few
_FORTNIGHT = dt.timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Talk:
    """Who talks with the bot, and what everybody who sees the answer may see.

    roles: the person's of today by nämnd. shared: the nämnder where everybody there has one. overseen: those where
    everybody leads the work or keeps the register. alone: nobody else sees the answer.
    """

    book: Book
    person: Person
    roles: Mapping[str, frozenset[RoleName]]
    shared: tuple[str, ...]
    overseen: frozenset[str]
    alone: bool
    namnder: Mapping[str, Namnd]
    now: dt.datetime

    @property
    def today(self) -> dt.date:
        """The day in Stockholm."""
        return self.now.astimezone(STOCKHOLM).date()

    @property
    def narrowed(self) -> bool:
        """Whether the person may see more than everybody there may."""
        return set(self.shared) != set(self.roles)

    def has(self, namnd: str, *roles: RoleName) -> bool:
        """Say whether the person has one of the roles in a nämnd today."""
        return bool(self.roles.get(namnd, frozenset()) & set(roles))


def talk_of(
    book: Book, person: Person, seen_by: Sequence[Person], namnder: Mapping[str, Namnd], *, now: dt.datetime
) -> Talk:
    """Return who talks and what may be said. Where nobody is told to see it, nothing may be said."""
    today = now.astimezone(STOCKHOLM).date()
    people = {p.id: p for p in (*seen_by, person)} if seen_by else {}
    held = {p: _roles(book, p, namnder, today) for p in people}
    mine = held.get(person.id) or _roles(book, person.id, namnder, today)
    shared = tuple(k for k in mine if held and all(k in h for h in held.values()))
    overseen = frozenset(k for k in shared if all(h[k] & set(OVERSEERS) for h in held.values()))
    return Talk(book, person, mine, shared, overseen, len(people) == 1, namnder, now)


def _roles(book: Book, person_id: int, namnder: Mapping[str, Namnd], today: dt.date) -> dict[str, frozenset[RoleName]]:
    """Return somebody's roles as the pages count them: a function mailbox is not one person, and sees nothing."""
    roles = [r for r in book.roles(on=today, person_id=person_id) if r.role != "stab"]
    return {k: frozenset(r.role for r in roles if r.namnd == k) for k in namnder if any(r.namnd == k for r in roles)}


def cases_of(talk: Talk, dnr: str) -> list[Case]:
    """Return the cases that a number may mean, in the nämnder that everybody may see. A secret one does not exist."""
    prefix, _, rest = dnr.rpartition(" ")
    year, running = int(rest[:4]), int(rest[5:])
    found: dict[int, Case] = {}
    for namnd in talk.shared:
        keys = [numbering.key(dnr)] if prefix else []
        if talk.book.has_series(namnd, year):
            series = talk.book.series_for(namnd, year)
            if not prefix or fold(prefix) == fold(series.prefix):
                keys.append(numbering.key(numbering.render(series.template, series.prefix, year, running)))
        for case in (talk.book.case_by_dnr(key, (namnd,)) for key in dict.fromkeys(keys)):
            if case is not None and not case.secret:
                found[case.id] = case
    return list(found.values())


def a_case(talk: Talk, case: Case, *before: Block, about: Sequence[AskedQuestion] | None = None) -> Message:
    """Show a case: how it stands, its facts and clocks, and what the person may answer.

    about: only those of the questions; else all that are the person's.
    """
    namnd = talk.namnder[case.namnd]
    deadlines = talk.book.deadlines(case.id, active=True)
    stands = standing(case, deadlines, talk.today)
    asked = asked_about(talk, case) if about is None else about
    return samtal.message(
        f"{number(case)}, {namnd.name.lower()}",
        *before,
        Paragraph(f"{stands.state}."),
        Rows(fact_rows(talk.book, case, deadlines, talk.today)),
        *asks(talk, asked),
        samtal.to_case(namnd.url, case.id),
        subject=f"{number(case)}: {title(case)}",
    )


def questions(talk: Talk, asked: Sequence[AskedQuestion], told: str) -> Message:
    """Show questions about several cases, each under its case, with its buttons."""
    blocks: list[Block] = []
    for question in asked[:_MOST_FORMS]:
        case = talk.book.case(question.case_id)
        blocks += [Heading(f"{number(case)}: {title(case)}"), *asks(talk, [question])]
    return samtal.message("Flera frågor väntar på dig", Paragraph(told), *blocks, *_and_more(asked))


def _and_more(asked: Sequence[AskedQuestion]) -> list[Block]:
    more = len(asked) - _MOST_FORMS
    return [Paragraph(f"Och {more} till.", quiet=True)] if more > 0 else []


def asks(talk: Talk, asked: Sequence[AskedQuestion]) -> list[Block]:
    """Return questions, each with its words over its buttons. Answers are given where nobody else can press them."""
    if asked and not talk.alone:
        return [Paragraph("Svara i din egen chatt med boten.", quiet=True)]
    blocks: list[Block] = []
    for question in asked[:_MOST_FORMS]:
        acts = acts_of(talk, question)
        blocks += [Paragraph(words_of(talk, question)), Acts(acts)] if acts else []
    return [*blocks, *_and_more(asked)]


def sent_to(talk: Talk) -> list[AskedQuestion]:
    """Return the open questions that have gone out to the person, newest first; what waits for the morning has not."""
    found = talk.book.questions_to(talk.person.id, talk.shared, limit=_MOST_QUESTIONS)
    if not found:
        return []
    askings = talk.book.askings_of([q.id for q in found])

    def messages(question: AskedQuestion) -> set[str]:
        first = (question.round - 1) * 100  # each round's steps begin a hundred higher
        return {a.message_id for a in askings[question.id] if a.person_id == talk.person.id and a.step >= first}

    asked = sorted({m for q in found for m in messages(q)})
    sent = {n.message_id for n in talk.book.notices_by_message(asked) if n.state == "sent"}
    return [q for q in found if messages(q) & sent and is_open(talk.book.case(q.case_id))]


def is_open(case: Case) -> bool:
    """Say whether a case is one that may be answered about."""
    return case.state in _OPEN and not case.secret


def asked_about(talk: Talk, case: Case, kind: str | None = None) -> list[AskedQuestion]:
    """Return the open questions about a case that are the person's to answer."""
    if case.state not in _OPEN:
        return []
    mine = case.handlaggare_id == talk.person.id
    return [
        q
        for q in talk.book.questions(case_id=case.id, kind=kind, state="open")
        if (mine and q.kind == PROGRESS) or talk.person.id in {a.person_id for a in talk.book.askings(q.id)}
    ]


def words_of(talk: Talk, question: AskedQuestion) -> str:
    """Return what a question asks, and by which day where it is about one."""
    case = talk.book.case(question.case_id)
    if question.kind == assignment.KIND:
        return "Tar du ärendet?"
    if question.kind in approving.KINDS:
        return "Godkänner du tjänsteskrivelsen?"
    if question.kind in confirming.KINDS:
        return stammer.asks(question, number(case), talk.today)
    if question.kind == absences.KIND:
        who = talk.book.person(int(question.answer_data["person"]))
        last = dt.date.fromisoformat(question.answer_data["till"])
        return f"Är {who.name if who else 'handläggaren'} borta till {weekday(last)}?"
    deadline = talk.book.deadline(question.deadline_id) if question.deadline_id else None
    step = talk.book.milestone(question.milestone_id) if question.milestone_id else None
    day = step.planned if step else deadline.date if deadline else None
    if deadline is None and step is None:
        return "Hur går det?"
    asked = upper_first(what(deadline, step))
    return f"{happened.by(asked, day, talk.today) if day else asked}. Hur går det?"


def acts_of(talk: Talk, question: AskedQuestion) -> tuple[Act, ...]:
    """Return the buttons that answer a question."""

    def act(label: str, word: str, *fields: Field, ask: str = "", send: str = "") -> Act:
        data = {"q": question.id, "r": question.round, "svar": word}
        return Act(label, ANSWER, data, fields, ask, send)

    def name(field: str) -> str:
        return f"{field}{question.id}"  # a card may ask several questions

    if question.kind == assignment.KIND:
        return act("Ta ärendet", "ta"), act("Fråga registratorn", "registratorn")
    if question.kind == PROGRESS:
        made = [act("Klart", "klart"), act("Pågår", "pagar")]
        if movable(talk, question):
            least = _day_after(talk, question).isoformat()
            day = Field(name("dag"), "day", "Till vilken dag?", "Välj till vilken dag.", least=least)
            why = Field(name("text"), "text", "Varför?", "")
            made.append(act("Anstånd", "anstand", day, why, ask="Behöver du mer tid?", send="Anteckna anstånd"))
        return (*made, act("Fel person", "fel_person"))
    if question.kind == absences.KIND:
        return act("Ja, det stämmer", "stammer"), act("Nej", "nej")
    if question.kind == confirming.KIND:
        no = stammer.no_means(question.answer_data)
        return act("Ja, det stämmer", "stammer"), act(no, "nej"), act("Vet inte än", "vet_inte")
    if question.kind in approving.KINDS:
        change = Field(name("text"), "text", "Vad ska ändras?", "Skriv vad som ska ändras.", most=2000)
        return act("Godkänner", "godkann"), act("Ska ändras", "andra", change, send="Skicka till handläggaren")
    return ()


def _day_after(talk: Talk, question: AskedQuestion) -> dt.date:
    """Return the first day that a respite may be to."""
    deadline = talk.book.deadline(question.deadline_id) if question.deadline_id else None
    day = deadline.date if deadline and deadline.date else talk.today
    return max(day, talk.today) + dt.timedelta(days=1)


def movable(talk: Talk, question: AskedQuestion) -> bool:
    """Say whether respite may be given: a plan's days and the law's time cannot be moved."""
    day = talk.book.deadline(question.deadline_id) if question.deadline_id else None
    return question.milestone_id is None and day is not None and day.state == "active" and day.clock != "law"


# lists

_Stood = tuple[CaseRow, Standing]


def mine(talk: Talk) -> Message:
    """Show the open cases that the person handles, the most urgent first."""
    which = _own(talk, talk.shared)
    rows = _stood(talk, talk.book.cases(which))
    total = len(rows) if len(rows) < _MOST_READ else talk.book.count_cases(which)
    if not rows:
        return samtal.message("Du har inga öppna ärenden", *_only_shared(talk))
    head = "Du har ett öppet ärende" if total == 1 else f"Du har {total} öppna ärenden"
    first = [r.case.dnr for r, _ in rows[:3] if r.case.dnr]
    return samtal.message(
        head, *_listed(rows, _MOST_SHOWN, total, whose=False), *samtal.choices(first), *_only_shared(talk)
    )


def late(talk: Talk, *, own: bool) -> Message:
    """Show what has gone past its day: for who leads the work all of it, else the person's own."""
    rows: list[_Stood] = []
    leads = False
    for key in talk.shared:
        if talk.has(key, *OVERSEERS) and not own:
            week = facts.week(talk.book, talk.namnder[key], now=talk.now)
            rows += _stood(talk, (*week.past_law, *week.past_other))
            leads = True
        else:
            which = _own(talk, (key,))
            rows += [one for one in _stood(talk, talk.book.cases(which)) if one[1].tone]
    if not rows:
        return samtal.message("Inget är sent" if leads else "Inget av dina ärenden är sent", *_only_shared(talk))
    rows.sort(key=_urgency)
    whose = "är sena" if leads else "av dina ärenden är sena"
    head = f"{len(rows)} {'ärenden ' if leads else ''}{whose}"
    if len(rows) == 1:
        head = "Ett ärende är sent" if leads else "Ett av dina ärenden är sent"
    link = [Button("Öppna diariet", f"{talk.namnder[talk.shared[0]].url}/diariet?vy=sena")] if leads else []
    return samtal.message(head, *_listed(rows, _MOST_SHOWN, len(rows), whose=leads), *link, *_only_shared(talk))


def week(talk: Talk) -> Message:
    """Show what these two weeks need: for who leads the work the nämnd's, else the person's own."""
    led = [k for k in talk.shared if talk.has(k, *OVERSEERS)]
    if not led:
        return _own_week(talk)
    blocks: list[Block] = []
    for key in led[:_MOST_NAMNDER]:
        blocks += _week_of(talk, key)
    number_ = talk.today.isocalendar().week
    where = talk.namnder[led[0]].name if len(led) == 1 else "Dina nämnder"
    link = Button("Öppna översikten", f"{talk.namnder[led[0]].url}/oversikt?namnd={led[0]}")
    return samtal.message(f"{where}, vecka {number_}", *blocks, link, *_only_shared(talk))


def _week_of(talk: Talk, key: str) -> list[Block]:
    namnd = talk.namnder[key]
    told = facts.week(talk.book, namnd, now=talk.now)
    letters = len(told.unregistered) if key in talk.overseen else 0
    needs = told.needs - len(told.unregistered) + letters
    whom = "dig" if talk.alone else "någon"
    going = "1 öppet ärende" if told.open_cases == 1 else f"{told.open_cases} öppna ärenden"
    lead = (
        f"{'En sak' if needs == 1 else f'{needs} saker'} behöver {whom}. Av {going}."
        if needs
        else f"Inget är sent. {going}."
    )
    blocks: list[Block] = [Paragraph(f"{namnd.name}: {lead}")]
    for head, rows in (
        ("■ Efter lagens tid", told.past_law),
        ("▲ Efter målet eller svarsdagen", told.past_other),
        ("Ingen har tagit", told.nobody),
        ("De här två veckorna", told.this_fortnight),
        ("○ Väntar på någon annan", told.waiting),
    ):
        if rows:
            blocks += [Heading(head), *_listed(_stood(talk, rows), _MOST_OF_PART, len(rows), whose=True)]
    if letters:
        what = "Ett brev har" if letters == 1 else f"{letters} brev har"
        blocks.append(Paragraph(f"▲ {what} inget diarienummer, och skulle ha registrerats senast nästa arbetsdag."))
    return [*blocks, Paragraph(f"Sedan förra veckan: {told.new} nya, {told.closed} avslutade.", quiet=True)]


def _own_week(talk: Talk) -> Message:
    which = _own(talk, talk.shared)
    end = talk.today + _FORTNIGHT
    rows = [
        (row, stands)
        for row, stands in _stood(talk, talk.book.cases(which))
        if stands.tone or (stands.rank == 2 and row.deadline and row.deadline.date and row.deadline.date <= end)
    ]
    if not rows:
        return samtal.message("Inget av dina ärenden har en svarsdag de här två veckorna", *_only_shared(talk))
    head = f"{len(rows)} av dina ärenden behöver dig de här två veckorna"
    if len(rows) == 1:
        head = "Ett av dina ärenden behöver dig de här två veckorna"
    return samtal.message(head, *_listed(rows, _MOST_SHOWN, len(rows), whose=False), *_only_shared(talk))


def search(talk: Talk, words: str) -> Message:
    """Show the cases whose title, number or sender has the words."""
    assert talk.shared  # without nämnder the filter would find everybody's
    wanted = " ".join(words.split()[:_MOST_WORDS])
    which = CaseFilter(talk.shared, words=wanted, limit=_MOST_SHOWN)
    rows = _stood(talk, talk.book.cases(which), by_urgency=False)
    if not rows:
        return samtal.message(f"Inget ärende matchar ”{wanted}”", *_only_shared(talk))
    total = talk.book.count_cases(which, limit=COUNTED_HITS)
    if total > COUNTED_HITS:
        more = Paragraph("De första visas. Skriv fler ord.", quiet=True)
        shown = _listed(rows, _MOST_SHOWN, len(rows), whose=True)
        return samtal.message(f"Mer än {COUNTED_HITS} ärenden matchar ”{wanted}”", *shown, more, *_only_shared(talk))
    head = f"Ett ärende matchar ”{wanted}”" if total == 1 else f"{total} ärenden matchar ”{wanted}”"
    return samtal.message(head, *_listed(rows, _MOST_SHOWN, total, whose=True), *_only_shared(talk))


def _own(talk: Talk, namnder: tuple[str, ...]) -> CaseFilter:
    """Return the filter of the person's open cases; without nämnder it would be everybody's."""
    assert namnder
    return CaseFilter(namnder, _OPEN, handlaggare_id=talk.person.id, limit=_MOST_READ)


def _stood(talk: Talk, rows: Iterable[CaseRow], *, by_urgency: bool = True) -> list[_Stood]:
    """Return cases with how they stand, the most urgent first; a secret one is none."""
    shown = [r for r in rows if not r.case.secret]
    days: Mapping[int, Sequence[CaseDeadline]] = talk.book.deadlines_of([r.case.id for r in shown]) if shown else {}
    made = [(r, standing(r.case, days[r.case.id], talk.today)) for r in shown]
    return sorted(made, key=_urgency) if by_urgency else made


def _urgency(one: _Stood) -> tuple[int, dt.date, int]:
    row, stands = one
    return stands.rank, (row.deadline.date if row.deadline else None) or dt.date.max, row.case.id


def _listed(rows: Sequence[_Stood], most: int, total: int, *, whose: bool) -> list[Block]:
    shown = rows[:most]
    more = [Paragraph(f"Och {total - len(shown)} till.", quiet=True)] if total > len(shown) else []
    return [Rows(tuple(list_row(row, stands, whose=whose) for row, stands in shown)), *more]


def _only_shared(talk: Talk) -> list[Block]:
    if not talk.narrowed:
        return []
    return [Paragraph("Här visas bara det som alla i chatten får se. Resten visas i en egen chatt.", quiet=True)]
