"""A stop of the bot leads to nothing odd: nothing at night, nothing twice. Each was found by a simulated year."""

from __future__ import annotations

import datetime as dt

import pytest

from bot.courier import Courier
from handlers import mornings
from storage.records import Person
from storage.store import Store
from tests.builders import NOW, SN, found, reading, take_in
from tests.fakes import FixedClock, MemoryMailbox

FRIDAY_NIGHT = dt.datetime(2026, 11, 27, 22, 0, tzinfo=NOW.tzinfo)
MONDAY = dt.datetime(2026, 11, 30, 8, 0, tzinfo=NOW.tzinfo)


@pytest.fixture
def people(store: Store) -> dict[str, Person]:
    return found(store)


def _carried(store: Store, now: dt.datetime) -> list[str]:
    """Let the courier make a round; return the kinds of what went out."""
    box = MemoryMailbox()
    Courier(store, {"sn": box}, {"sn": SN}, FixedClock(now), "x").round()
    with store.look() as book:
        return [n.kind for n in book.notices() if n.message_id in box.sent]


def test_who_decides_on_secret_letters_is_told_by_day(store: Store, people: dict[str, Person]) -> None:
    take_in(store, reading("Oro", secret=True), received=FRIDAY_NIGHT, now=FRIDAY_NIGHT)
    assert _carried(store, FRIDAY_NIGHT) == []
    assert _carried(store, MONDAY) == ["hemligt"]


def test_what_lay_over_a_stop_is_not_sent_at_night(store: Store, people: dict[str, Person]) -> None:
    take_in(store, reading("Motion om bussar"))
    assert _carried(store, FRIDAY_NIGHT) == []
    assert _carried(store, MONDAY) == ["fraga"]


def test_a_receipt_goes_at_any_hour(store: Store, people: dict[str, Person]) -> None:
    take_in(store, reading("Remiss om vägar", sender="ylva@ekeby.example"), now=FRIDAY_NIGHT)
    assert _carried(store, FRIDAY_NIGHT) == ["kvitto"]


@pytest.mark.parametrize("morning_first", [True, False])
def test_a_reminder_that_lay_over_a_stop_gives_way_to_the_days_own_to_who_is_there(
    store: Store, people: dict[str, Person], morning_first: bool
) -> None:
    case = take_in(store, reading("Remiss om vägar")).case
    assert case is not None
    with store.book() as book:
        people["jonas"] = book.put_person("Jonas Ek", "jonas@ekeby.example")
        book.put_role(people["jonas"].id, "sn", "handlaggare", FRIDAY_NIGHT.date(), None)
        book.drop_questions(case.id)
        book.change_case(case.id, handlaggare_id=people["karin"].id)
        book.put_deadline(
            case.id, document_id=None, date=MONDAY.date(), purpose="svar", clock="stated", sentence="", source="brevet"
        )
        mornings.work(book, SN, now=FRIDAY_NIGHT.replace(hour=8))
        book.put_absence(people["karin"].id, MONDAY.date(), MONDAY.date(), people["jonas"].id)
    if not morning_first:
        assert "paminnelse" not in _carried(store, MONDAY)
    with store.book() as book:
        mornings.work(book, SN, now=MONDAY)
    assert "paminnelse" in _carried(store, MONDAY)
    with store.look() as book:
        days = {p: [(r.day, r.step) for r in book.reminded(people[p].id, MONDAY.date())] for p in ("karin", "jonas")}
        assert days == {"karin": [], "jonas": [(MONDAY.date(), 0)]}
        assert book.reminded(people["karin"].id, FRIDAY_NIGHT.date()) == []
        (question,) = book.questions(case_id=case.id, kind="lage", state="open")
        assert [a.person_id for a in book.askings(question.id)] == [people["jonas"].id]


def test_a_digest_that_lay_over_a_stop_gives_way_to_the_days_own(store: Store, people: dict[str, Person]) -> None:
    take_in(store, reading("Oklart", review=("Osäkert vad brevet är",)))
    for now in (FRIDAY_NIGHT.replace(hour=8), MONDAY):
        with store.book() as book:
            mornings.work(book, SN, now=now)
    assert sorted(_carried(store, MONDAY)) == ["morgon", "veckan"]
