"""The manager's page: how the nämnd stands, in a sentence first, and then what proves it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from bot.pages import register, views
from bot.pages.desk import OVERSEERS, Answer, Ask, Missing, Shown
from bot.pages.files import is_hidden
from bot.pages.register_filters import Chosen
from handlers.notices import facts
from handlers.notices.paminnelse import left
from storage.records import Arrival, CaseFilter, CaseRow
from storage.store import Book

_MOST = 500  # open cases gone through, as the weekly mail does
_BLOCKS, _BLOCK = 10, 22  # of a bar: most blocks, and the width of each
_NUMBERS = ("Noll", "En sak", "Två", "Tre", "Fyra", "Fem", "Sex", "Sju", "Åtta", "Nio", "Tio", "Elva", "Tolv")


@dataclass(frozen=True, slots=True)
class Line:
    """A case that needs somebody: how it stands, and what to do."""

    url: str
    dnr: str
    title: str
    told: str
    state: views.State
    act: str


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a bar."""

    look: str
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class Load:
    """What one handläggare has; name is empty for what nobody has taken."""

    name: str
    url: str
    open: int
    bar: tuple[Part, ...]
    late: str
    note: str


def show(ask: Ask) -> Answer:
    """Show how a nämnd stands; the one that is chosen, else the first where the visitor leads the work."""
    boards = ask.who.namnder(*OVERSEERS)
    key = ask.query.get("namnd", "") or (boards[0] if boards else "")
    if key not in boards:
        raise Missing
    namnd = ask.desk.namnder[key]
    with ask.desk.store.look() as book:
        week = facts.week(book, namnd, now=ask.now)
        late_law = [_late(book, r, ("law",), ask.today) for r in week.past_law]
        late_other = [_late(book, r, ("stated", "goal"), ask.today) for r in week.past_other]
        gone = {r.case.id for r in (*week.past_law, *week.past_other)}
        nobody = [_nobody(r, ask.today) for r in week.nobody if r.case.id not in gone]
        unregistered = [a for a in week.unregistered if _may_count(ask, a, key)]
        rows = book.cases(CaseFilter(namnder=(key,), states=("open", "waiting_dnr"), limit=_MOST))
        load = _load(book, key, key if len(ask.who.roles) > 1 else "", rows, ask.today)
        waiting = [_waiting(book, r, ask.today) for r in week.waiting]
        soon = [_soon(book, r, ask.today) for r in week.this_fortnight]
    needs = len(late_law) + len(late_other) + len(nobody) + (1 if unregistered else 0)
    return Shown(
        "overview.html",
        {
            "over": f"{namnd.name}, {views.clock(ask.now)}",
            "lede": lede(needs, week.open_cases),
            "week": week,
            "first": (*late_law, *late_other, *nobody),
            "soon": soon,
            "waiting": waiting,
            "unregistered": len(unregistered),
            "since": _since(unregistered),
            "may_review": ask.who.has(key, "registrator", "administrator"),
            "load": load,
            "boards": tuple(
                register.Tab(f"/oversikt?namnd={k}", ask.desk.namnder[k].name, "", k == key) for k in boards
            )
            if len(boards) > 1
            else (),
            "lists": tuple(
                (name, asked.address(), register.files_of(asked))
                for name, asked in (
                    ("Sena ärenden", Chosen(view="sena", namnd=key)),
                    ("Obesvarade ärenden", Chosen(view="oppna", namnd=key, unanswered=True)),
                )
            ),
            "to": lambda view: register.address(view, "", key if len(ask.who.roles) > 1 else "", 1),
        },
    )


def lede(needs: int, open_cases: int) -> str:
    """Return the answer in a sentence.

    >>> lede(3, 40), lede(0, 1)
    ('Tre saker behöver dig. Resten går som det ska.', 'Inget behöver dig. 1 öppet ärende går som det ska.')
    """
    if needs:
        many = _NUMBERS[needs] if needs < len(_NUMBERS) else str(needs)
        head = f"{many} saker behöver dig." if needs > 1 else "En sak behöver dig."
        return f"{head} Resten går som det ska." if open_cases > needs else head
    if not open_cases:
        return "Inget behöver dig. Nämnden har inga öppna ärenden."
    going = "1 öppet ärende går som det ska" if open_cases == 1 else f"{open_cases} öppna ärenden går som de ska"
    return f"Inget behöver dig. {going}."


def _may_count(ask: Ask, arrival: Arrival, key: str) -> bool:
    """Say whether a letter may be counted: a suspected individual matter only for the role sekretess."""
    return not is_hidden(arrival, None) or ask.who.has(key, "sekretess")


def _since(arrivals: Sequence[Arrival]) -> str:
    if not arrivals:
        return ""
    return views.weekday(min(a.received_at for a in arrivals).astimezone(views.STOCKHOLM).date())


def _line(row: CaseRow, told: str, state: views.State, act: str = "Öppna") -> Line:
    case = row.case
    return Line(f"/arende/{case.id}", case.dnr or "Väntar på dnr", views.clean(case.title), told, state, act)


def _who(row: CaseRow) -> str:
    return f"{row.handlaggare.name}." if row.handlaggare else "Ingen har tagit ärendet."


def _late(book: Book, row: CaseRow, clocks: tuple[str, ...], today: dt.date) -> Line:
    gone = next(
        (d for d in book.deadlines(row.case.id, active=True) if d.clock in clocks and d.date and d.date < today), None
    )
    words = views.upper_first(left(gone, today)) if gone else "Sent"
    state = views.State("law", "lag", words) if clocks == ("law",) else views.State("goal", "mal", words)
    when = f" {views.upper_first(views.clean(gone.purpose, 120))} {views.day(gone.date)}." if gone and gone.date else ""
    waits = f" Väntar på {row.case.waiting_for}." if row.case.waiting_for else ""
    return _line(row, f"{_who(row)}{when}{waits}", state, "Öppna" if row.handlaggare else "Tilldela")


def _nobody(row: CaseRow, today: dt.date) -> Line:
    age = (today - row.case.registered_at.astimezone(views.STOCKHOLM).date()).days
    words = "Ingen har tagit, i dag" if age == 0 else f"Ingen har tagit, {views.days(age)}"
    return _line(row, _next_day(row), views.State("none", "ingen", words), "Tilldela")


def _next_day(row: CaseRow) -> str:
    if row.deadline is None or row.deadline.date is None:
        return "Ärendet har ingen svarsdag."
    return f"{views.upper_first(views.clean(row.deadline.purpose, 120))} {views.weekday(row.deadline.date)}."


def _soon(book: Book, row: CaseRow, today: dt.date) -> Line:
    coming = next((d for d in book.deadlines(row.case.id, active=True) if d.date and d.date >= today), None)
    words = views.upper_first(left(coming, today)) if coming else ""
    when = (
        f" {views.upper_first(views.clean(coming.purpose, 120))} {views.weekday(coming.date)}."
        if coming and coming.date
        else ""
    )
    return _line(row, f"{_who(row)}{when}", views.State("fine", "itid", words))


def _waiting(book: Book, row: CaseRow, today: dt.date) -> Line:
    stands = views.standing(row.case, book.deadlines(row.case.id, active=True), today)
    return _line(row, stands.sentence, stands.state)


def _load(book: Book, key: str, chosen: str, rows: Sequence[CaseRow], today: dt.date) -> tuple[Load, ...]:
    """Return what each handläggare has, the most loaded first, and what nobody has taken last."""
    mine = [r for r in rows if r.case.waiting_for is None]
    names = {r.person.id: r.person.name for r in book.roles(on=today, namnd=key, role="handlaggare")}
    names |= {r.handlaggare.id: r.handlaggare.name for r in mine if r.handlaggare}
    most = max([_BLOCKS, *(sum(1 for r in mine if r.case.handlaggare_id == p) for p in names)])
    made = []
    for person, name in names.items():
        theirs = [r for r in mine if r.case.handlaggare_id == person]
        away = book.absence(person, today)
        note = ""
        if away:
            instead = book.person(away.substitute_id) if away.substitute_id else None
            note = f"Borta till {views.day(away.to_day)}" + (f", {instead.name} ersätter" if instead else "")
        made.append(
            _one(book, name, register.address("oppna", "", chosen, 1, hlg=str(person)), theirs, most, note, today)
        )
    made.sort(key=lambda one: (-one.open, one.name))
    free = [r for r in mine if r.case.handlaggare_id is None]
    if free:
        made.append(_one(book, "", register.address("ingen", "", chosen, 1), free, most, "", today))
    return tuple(made)


def _one(book: Book, name: str, url: str, rows: Sequence[CaseRow], most: int, note: str, today: dt.date) -> Load:
    looks = []
    for row in rows:
        gone = row.deadline is not None and row.deadline.date is not None and row.deadline.date < today
        clocks = (
            {d.clock for d in book.deadlines(row.case.id, active=True) if d.date and d.date < today} if gone else ()
        )
        looks.append("bar-law" if "law" in clocks else "bar-goal" if clocks else "bar-q")
    looks.sort(key=("bar-law", "bar-goal", "bar-q").index)
    width = max(2, _BLOCK * _BLOCKS // most)
    bar = tuple(Part(look, i * width, max(1, width - 2)) for i, look in enumerate(looks))
    law, late = looks.count("bar-law"), looks.count("bar-goal")
    told = ", ".join(t for t in (f"{law} efter lagen" if law else "", _late_words(late)) if t)
    return Load(name, url, len(rows), bar, told, note)


def _late_words(late: int) -> str:
    return "" if not late else "1 sent" if late == 1 else f"{late} sena"
