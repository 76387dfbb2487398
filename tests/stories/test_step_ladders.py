"""Each matter may have a ladder of its own for the steps of its plan; the nämnd's holds for the others."""

from __future__ import annotations

import datetime as dt

import pytest

from handlers import assignment, choices, kinds
from handlers.errors import Invalid
from handlers.reading.reading import Deadline
from storage.records import Person
from storage.store import Store
from tests.builders import NOW, reading, take_in
from tests.stories.test_approvals import _work, at
from tests.stories.test_approvals import people as people

DAY = dt.timedelta(days=1)


def _told(store: Store, people: dict[str, Person], kind: str, matter: str | None, *, until: int = 0) -> list[int]:
    """Return how many days were left of the first step on each day that its handläggare was reminded of it."""
    day = Deadline(dt.date(2027, 2, 26), "yttrande", "stated", "Senast den 26 februari 2027.", "body")
    case = take_in(store, reading(f"Brev {kind}", kind=kind, matter=matter, deadlines=(day,))).case
    assert case is not None
    with store.book() as book:
        assignment.give(book, case.id, people["karin"].id)
        book.drop_questions(case.id)
        start = next(m.planned for m in book.milestones(case.id) if m.kind == "start")
    assert start is not None
    left = []
    for before in range(20, until - 1, -1):
        today = start - before * DAY
        said = _work(store, today.isoformat()).get("karin", ()) if today > NOW.date() else ()
        left += [before for m in said if "dagen att börja" in m.subject]
    return left


def test_an_audit_is_told_of_a_week_earlier_than_a_remiss(store: Store, people: dict[str, Person]) -> None:
    # The days off between are told of on the next working day.
    assert _told(store, people, "remiss", None)[0] <= 7
    assert 7 < _told(store, people, "revisionsgranskning", "revision")[0] <= 14


def test_an_interpellation_is_told_of_three_days_before(store: Store, people: dict[str, Person]) -> None:
    assert _told(store, people, "interpellation", "interpellation")[0] <= 3


def test_a_nämnds_choice_for_a_type_goes_before_the_types_own(store: Store, people: dict[str, Person]) -> None:
    with store.book() as book:
        assert choices.step_ladder(book, "sn", "revision") == (14, 7, 1, 0, -1)
        assert choices.step_ladder(book, "sn", "motion") == (7, 1, 0, -1)
        choices.choose(book, "sn", "ladder_step", [5, 0], now=NOW, actor="test")
        choices.choose(book, "sn", "ladder_step_for", {"revision": [2]}, now=NOW, actor="test")
        assert choices.step_ladder(book, "sn", "revision") == (2,)
        assert choices.step_ladder(book, "sn", "interpellation") == (3, 1, 0, -1)
        assert choices.step_ladder(book, "sn", "motion") == (5, 0)


@pytest.mark.parametrize("value", [[7], {"motion": []}, {"motion": ["7"]}, {"nothing": [7]}, {"motion": 7}])
def test_a_ladder_that_cannot_be_is_refused_in_words(store: Store, people: dict[str, Person], value: object) -> None:
    with store.book() as book, pytest.raises(Invalid, match="Skriv dagar före per typ"):
        choices.choose(book, "sn", "ladder_step_for", value, now=NOW, actor="test")


def test_a_changed_ladder_of_a_type_is_gone_by_the_next_morning(store: Store, people: dict[str, Person]) -> None:
    day = Deadline(dt.date(2027, 2, 26), "yttrande", "stated", "Senast den 26 februari 2027.", "body")
    case = take_in(store, reading("Remiss", deadlines=(day,))).case
    assert case is not None
    with store.book() as book:
        assignment.give(book, case.id, people["karin"].id)
        book.drop_questions(case.id)
        start = next(m.planned for m in book.milestones(case.id) if m.kind == "start")
    assert start is not None
    early = start - 12 * DAY
    while early.weekday() > 3:
        early -= DAY
    assert "karin" not in _work(store, early.isoformat())
    with store.book() as book:
        choices.choose(book, "sn", "ladder_step_for", {"remiss": [30]}, now=at(early.isoformat()), actor="test")
    assert "karin" in _work(store, (early + DAY).isoformat())


def test_every_ladder_of_a_kind_can_be_climbed() -> None:
    for kind in kinds.KINDS:
        assert list(kind.steps) == sorted(kind.steps, reverse=True), kind.name
