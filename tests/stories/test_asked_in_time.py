"""Whoever is asked is there to answer, gets the time they need, and no case is forgotten. Found by a simulated year."""

from __future__ import annotations

import datetime as dt

import pytest

from bot.courier import Courier
from handlers import assignment, deciding
from handlers.reading.reading import Decision
from storage.records import Case, Person
from storage.store import Store
from tests.builders import NOW, SN, found, reading, take_in
from tests.fakes import FixedClock, MemoryMailbox

DAY = dt.timedelta(days=1)
FRIDAY_NIGHT = dt.datetime(2026, 11, 27, 22, 0, tzinfo=NOW.tzinfo)
MONDAY = dt.datetime(2026, 11, 30, 8, 0, tzinfo=NOW.tzinfo)


@pytest.fixture
def people(store: Store) -> dict[str, Person]:
    return found(store)


def _case(store: Store, now: dt.datetime = NOW) -> Case:
    case = take_in(store, reading("Motion om bussar", external_dnr=("KS 2026-9",)), received=now, now=now).case
    assert case is not None
    return case


def _carried(store: Store, now: dt.datetime) -> list[str]:
    """Let the courier make a round; return the kinds of what went out."""
    box = MemoryMailbox()
    Courier(store, {"sn": box}, {"sn": SN}, FixedClock(now), "x").round()
    with store.look() as book:
        return [n.kind for n in book.notices() if n.message_id in box.sent]


def _asked(store: Store, case: Case) -> list[tuple[str, dt.date]]:
    with store.look() as book:
        lines = [a for q in book.questions(case_id=case.id) for a in book.askings(q.id)]
        return [(p.name.split()[0], a.asked_on) for a in lines if (p := book.person(a.person_id))]


def test_a_question_asked_at_night_counts_from_the_day_that_it_gets_there(
    store: Store, people: dict[str, Person]
) -> None:
    with store.book() as book:
        # Away from Monday, with somebody in her place.
        book.put_role(people["karin"].id, "sn", "manager", dt.date(2026, 1, 1), None)
        book.put_absence(people["anders"].id, MONDAY.date(), MONDAY.date() + 5 * DAY, people["karin"].id)
    case = _case(store, FRIDAY_NIGHT)
    assert _asked(store, case) == [("Karin", MONDAY.date())]
    assert _carried(store, MONDAY) == ["fraga"]
    with store.book() as book:
        assert assignment.chase(book, SN, now=MONDAY + DAY) == 0


def test_a_question_that_lay_over_a_stop_is_asked_once_and_given_its_time(
    store: Store, people: dict[str, Person]
) -> None:
    case = _case(store)
    with store.book() as book:
        assert assignment.chase(book, SN, now=MONDAY) == 1
    assert _carried(store, MONDAY) == ["fraga"]
    assert [name for name, _ in _asked(store, case)] == ["Anders", "Anders"]


def test_a_question_that_was_sent_late_is_not_asked_again_at_once(store: Store, people: dict[str, Person]) -> None:
    _case(store)
    assert _carried(store, MONDAY) == ["fraga"]
    with store.book() as book:
        assert assignment.chase(book, SN, now=MONDAY) == 0
        assert assignment.chase(book, SN, now=MONDAY + 2 * DAY) == 1


def test_a_case_closed_before_anybody_took_it_is_asked_about_when_it_is_opened_again(
    store: Store, people: dict[str, Person]
) -> None:
    case = _case(store)
    with store.book() as book:
        deciding.close(book, case.id, "Av misstag", now=NOW, actor="x")
        assert assignment.chase(book, SN, now=NOW) == 0
        deciding.reopen(book, case.id, "Fel ärende", now=NOW, actor="x")
    with store.book() as book:
        assert assignment.chase(book, SN, now=NOW) == 1
        assert assignment.chase(book, SN, now=NOW) == 0


def test_a_case_that_the_namnd_has_decided_is_not_asked_about_anew(store: Store, people: dict[str, Person]) -> None:
    case = _case(store)
    take_in(
        store,
        reading(
            "Beslut",
            kind="protokollsutdrag",
            own_dnr=(case.dnr or "",),
            outcome="avslag",
            meeting=Decision(SN.name, NOW.date(), "§ 1"),
        ),
    )
    with store.book() as book:
        assert assignment.chase(book, SN, now=MONDAY) == 0


def test_who_has_left_is_neither_asked_again_nor_stands_in(store: Store, people: dict[str, Person]) -> None:
    case = _case(store)
    with store.book() as book:
        book.put_role(people["anders"].id, "sn", "manager", dt.date(2026, 1, 1), NOW.date())
        maria = book.put_person("Maria Ek", "maria@ekeby.example")
        book.put_role(maria.id, "sn", "forvaltningschef", dt.date(2026, 1, 1), None)
        assert assignment.present(book, people["anders"], MONDAY.date(), "sn") is None
        assert assignment.chase(book, SN, now=MONDAY) == 1
    assert [name for name, _ in _asked(store, case)] == ["Anders", "Maria"]


def test_the_registrators_substitute_is_asked_when_she_is_away(store: Store, people: dict[str, Person]) -> None:
    case = _case(store)
    with store.book() as book:
        book.put_absence(people["ylva"].id, NOW.date(), NOW.date() + DAY, people["karin"].id)
        question = book.questions(case_id=case.id)[0]
        assignment.ask_registrator(book, question.id, people["anders"], SN, how="sidan", now=NOW)
    assert [name for name, _ in _asked(store, case)] == ["Anders", "Karin"]
