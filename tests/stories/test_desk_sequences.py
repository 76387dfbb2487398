"""Whatever is done at the desk and taken back, in any order: the facts are as they were, no number is lost, the chain holds."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers import demands, desk_undoing, moving, papers, review
from handlers.desk_undoing import CONFIRMED, HIDDEN, JOINED, LEFT_OUT, MOVED, SPLIT
from handlers.errors import Invalid, NotAllowed, TooLate
from handlers.reading.reading import Deadline, Decision, Raised
from storage import tables as t
from storage.errors import NotFound
from storage.records import Person
from storage.store import Book, Store
from tests.builders import NOW, SN, found, reading, take_in
from tests.templates import sqlite_register

_DAY = Deadline(dt.date(2027, 2, 26), "yttrande", "stated", "senast den 26 februari", "body")
_MOVED = Deadline(
    dt.date(2027, 4, 1), "yttrande", "stated", "ny tid", "body", moved_from=dt.date(2027, 2, 26), replaces=True
)
_ASKED: tuple[dict[str, Any], ...] = (
    {
        "kind": "protokollsutdrag",
        "meeting": Decision("Socialnämnden", dt.date(2026, 11, 20), "§ 9"),
        "outcome": "bifall",
    },
    {"kind": "remiss", "deadlines": (_MOVED,), "demands": ("att stanna",), "external_dnr": ("KS 2026-77",)},
    {"kind": "svar", "demands": ("att köra", "att gå")},
    {"kind": "motion", "raised": Raised(dt.date(2026, 11, 2), "fullmäktige tog emot motionen"), "deadlines": (_DAY,)},
    {"kind": "other"},
)
_CORRECTIONS: tuple[dict[str, str], ...] = (
    {},
    {"title": "Rättad rubrik", "kind": "remiss", "deadline": "2027-03-01"},
    {"matter": "motion", "raised": "2026-11-02", "external": "KS 2026-9", "sender": "Någon"},
    {"deadline": "", "raised": "", "external": ""},
)


class _House:
    def __init__(self, store: Store) -> None:
        self.store, self.now = store, NOW
        self.people = found(store)
        self.ylva: Person = self.people["ylva"]
        take_in(store, reading("Remiss om bussar", matter="motion", deadlines=(_DAY,), demands=("att köra",)))
        take_in(store, reading("Motion om tåg", kind="motion", raised=_ASKED[3]["raised"]))
        self.letters = [
            take_in(store, reading(f"Brev {n}", review=("Osäkert",), **more)).arrival.id
            for n, more in enumerate(_ASKED)
        ]
        self.acts: list[tuple[str, int, int]] = []

    def do(self, act: str, arrival: int, do: Callable[[Book], object], case: int | None = None) -> int | None:
        self.now += dt.timedelta(minutes=1)
        try:
            with self.store.book() as book:
                return desk_undoing.kept(book, act, arrival, self.ylva, lambda: do(book), now=self.now, case_id=case).id
        except (Invalid, TooLate, NotAllowed):
            return None

    def undo(self, act: int, arrival: int) -> bool:
        self.now += dt.timedelta(minutes=1)
        try:
            with self.store.book() as book:
                desk_undoing.undo(book, act, arrival, self.ylva, SN, now=self.now)
            return True
        except (Invalid, TooLate, NotAllowed):
            return False

    def facts(self) -> dict[str, Any]:
        """Return all that stands of cases and letters but for when, by whom and how often it was written."""
        found: dict[str, Any] = {}
        skip = {"look_on", "version", "moved_at", "id", "made_on", "told", "news"}
        with self.store.look() as book:
            run = book._connection.execute
            for table in (t.cases, t.demands, t.external_numbers, t.decisions, t.milestones, t.plans, t.arrivals):
                for row in run(sa.select(table)):
                    values = {k: v for k, v in row._mapping.items() if k not in skip}
                    if table is t.milestones and values["met_on"] is None and values["planned"] is None:
                        continue
                    key = f"{table.name} {row._mapping.get('id' if table in (t.cases, t.arrivals) else 'case_id')}"
                    found.setdefault(key, []).append(values)
            for row in run(sa.select(t.deadlines).where(t.deadlines.c.state == "active")):
                found.setdefault(f"deadlines {row.case_id}", []).append(
                    (row.date, row.clock, row.purpose, row.sentence, row.confirmed_by)
                )
            for row in run(sa.select(t.documents).where(t.documents.c.makulerad.is_(False))):
                found.setdefault(f"documents {row.case_id}", []).append((row.number, row.title, row.kind, row.party))
            for row in run(sa.select(t.questions).where(t.questions.c.state == "open")):
                found.setdefault(f"questions {row.case_id}", []).append((row.kind, row.answer_data))
        return {k: sorted(v, key=repr) for k, v in found.items()}

    def numbers(self) -> dict[int, str]:
        with self.store.look() as book:
            return {row.id: row.dnr for row in book._connection.execute(sa.select(t.cases.c.id, t.cases.c.dnr))}


_STEP = st.tuples(
    st.sampled_from(("granska", "lägg till", "inte", "flytta", "dela", "hemligt", "punkt", "följ", "rätta", "ångra")),
    st.integers(0, 4),
    st.integers(1, 6),
    st.integers(0, 3),
    st.booleans(),
)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("desk")
    store = sqlite_register(folder / "register.db")
    house = _House(store)
    store.close()
    (folder / "letters").write_text(" ".join(map(str, house.letters)))
    return folder / "register.db"


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(_STEP, min_size=1, max_size=5))
def test_what_is_done_and_taken_back_at_the_desk_leaves_the_register_as_it_was(
    kept: Path, steps: list[tuple[str, int, int, int, bool]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(kept, Path(folder) / "register.db")
        store = Store(f"sqlite:///{folder}/register.db")
        try:
            _taken(store, steps, [int(n) for n in (kept.parent / "letters").read_text().split()])
        finally:
            store.close()


def _taken(store: Store, steps: list[tuple[str, int, int, int, bool]], letters: list[int]) -> None:
    house = _House.__new__(_House)
    house.store, house.now, house.letters, house.acts = store, NOW, letters, []
    with store.look() as book:
        found = book.person_by_email("ylva@ekeby.example")
    assert found is not None
    house.ylva = found
    for what, letter, case, choice, back in steps:
        _step(house, what, letters[letter], case, choice, back)
    with store.look() as book:
        assert list(book.chain_faults()) == []
        # And the search holds what it would hold if it were made anew.
        before = book._connection.execute(sa.select(t.search.c.case_id, t.search.c.words)).all()
    with store.book() as book:
        book.rebuild_search()
    with store.look() as book:
        after = book._connection.execute(sa.select(t.search.c.case_id, t.search.c.words)).all()
    assert {r.case_id: set(r.words.split()) for r in before} == {r.case_id: set(r.words.split()) for r in after}


def _step(house: _House, what: str, letter: int, case: int, choice: int, back: bool) -> None:
    ylva, now = house.ylva, house.now + dt.timedelta(minutes=1)
    before, numbers, actor = house.facts(), house.numbers(), f"person:{house.ylva.id}"
    target = case if case in numbers else 1
    made: int | None = None
    act = {
        "granska": CONFIRMED,
        "lägg till": JOINED,
        "inte": LEFT_OUT,
        "flytta": MOVED,
        "dela": SPLIT,
        "hemligt": HIDDEN,
    }
    if what == "granska":
        right = _CORRECTIONS[choice]
        made = house.do(CONFIRMED, letter, lambda b: review.confirm(b, letter, ylva, SN, now=now, corrections=right))
    elif what == "lägg till":
        made = house.do(JOINED, letter, lambda b: review.join(b, letter, target, ylva, SN, now=now), target)
    elif what == "inte":
        made = house.do(LEFT_OUT, letter, lambda b: review.not_to_be_registered(b, letter, "Skräp", ylva, now=now))
    elif what == "flytta":
        made = house.do(MOVED, letter, lambda b: moving.move(b, letter, target, ylva, SN, now=now))
    elif what == "dela":
        parts = [moving.Part(f"Del {n}", kind="remiss", deadline="2027-05-05") for n in range(2 + choice % 2)]
        made = house.do(SPLIT, letter, lambda b: moving.part(b, letter, parts, ylva, SN, now=now))
    elif what == "hemligt":
        made = house.do(HIDDEN, letter, lambda b: review.make_secret(b, letter, ylva, now=now, namnd=SN))
    elif what == "ångra":
        for one, number, of in reversed(house.acts[-3:]):
            if house.undo(number, of):
                house.acts.remove((one, number, of))
                break
    else:
        house.now = now
        try:
            with house.store.book() as book:
                if what == "följ":
                    _follow(book, target, choice, now, actor)
                elif what == "punkt":
                    demands.add(book, target, f"att göra {choice}", "Syntes inte", now=now, actor=actor)
                else:
                    paper = book.documents(target)[-1]
                    if choice:
                        papers.correct(book, paper.id, "title", f"Rubrik {choice}", "Fel", now=now, actor=actor)
                    else:
                        papers.strike(book, paper.id, "Fel", now=now, actor=actor)
        except (Invalid, NotFound):
            pass
    with house.store.look() as book:
        assert list(book.chain_faults()) == []
    if made is not None:
        house.acts.append((act[what], made, letter))
        if back and house.undo(made, letter):
            house.acts.pop()
            after = house.facts()
            opened = {n for n in house.numbers() if n not in numbers}
            if what in ("lägg till", "inte") or (what == "granska" and not opened):
                assert after == before, (what, letter)
        elif back:
            assert what in ("flytta", "hemligt"), f"{what} could not be taken back at once"
    held = house.numbers()
    assert {n: held[n] for n in numbers} == numbers, "a number that was given stands"
    given_ = [n for n in held.values() if n]
    assert len(set(given_)) == len(given_)
    assert len(given_) == max(int(n.rpartition("-")[2]) for n in given_), "no number is skipped"


def _follow(book: Book, case: int, choice: int, now: dt.datetime, actor: str) -> None:
    state = ("", "pagar", "vantar", "klar")[choice]
    due, done = now.date() + dt.timedelta(days=30), now.date() if state == "klar" else None
    waits = "budgeten" if state == "vantar" else ""
    more: dict[str, Any] = {"responsible_id": None, "due": due, "state": state, "waits_for": waits, "done_on": done}
    demands.follow(book, case, 1, measure="Rutinen skrivs om", **more, now=now, actor=actor)
