"""What people write in Teams and the buttons that come of it: a case's card acts, and a bare yes does not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from handlers import approving, reminding
from handlers.reading.reading import Deadline
from storage.store import Store
from tests.bot.chat_house import ChatHouse, buttons, chat_house, inputs, words
from tests.bot.test_cards import assert_sound
from tests.builders import SN, reading, take_in

DAY = dt.timedelta(days=1)


@pytest.fixture
def house(sqlite_store: Store, tmp_path: Path) -> Iterator[ChatHouse]:
    with chat_house(sqlite_store, tmp_path) as made:
        yield made


def due(house: ChatHouse, *days: int) -> None:
    """Enter a case that Karin has, with answer days from today, and remind her of them."""
    today = house.clock.now().date()
    found = tuple(Deadline(today + n * DAY, f"svar {n}", "stated", f"Svar om {n} dagar.", "body") for n in days)
    outcome = take_in(house.store, reading("Remiss om parker", deadlines=found))
    assert outcome.case is not None
    with house.store.book() as book:
        for question in book.questions(case_id=outcome.case.id, state="open"):
            book.answer_question(question.id, "ta", house.people["karin"].id, how="test", now=house.clock.now())
        book.change_case(outcome.case.id, handlaggare_id=house.people["karin"].id)
    with house.store.book() as book:
        reminding.queue_due(book, SN, now=house.clock.now())
    house.carry()


def test_a_respite_is_given_on_a_cases_card(house: ChatHouse) -> None:
    house.tie("karin")
    karin = house.people["karin"]
    due(house, 1)
    house.writes(karin, "SN 2026-1")
    message, card = house.last_card(karin)
    assert_sound(card, "http://nb/arende/1")
    day, why = inputs(card)
    answer = house.presses(karin, buttons(card)["Anstånd"], message, **{day["id"]: "2026-12-18", why["id"]: "ekonomi"})
    assert "fredag 18 december" in words(answer["value"]).lower()
    with house.store.look() as book:
        assert dt.date(2026, 12, 18) in {d.date for d in book.deadlines(1, active=True)}


def test_two_days_of_a_case_have_each_their_words_buttons_and_fields(house: ChatHouse) -> None:
    house.tie("karin")
    karin = house.people["karin"]
    due(house, 1, 2)
    house.writes(karin, "SN 2026-1")
    message, card = house.last_card(karin)
    assert_sound(card, "http://nb/arende/1")
    ids = [i["id"] for i in inputs(card)]
    assert len(ids) == len(set(ids)) == 4
    body = [b for b in card["body"] if b["type"] == "ActionSet" or "Hur går det?" in words(b)]
    kinds = [words(b) if b["type"] != "ActionSet" else [a["title"] for a in b["actions"]] for b in body]
    four = ["Klart", "Pågår", "Anstånd", "Fel person"]
    assert kinds[:4] == [
        "Svar 1 senast onsdag 25 november. Hur går det?",
        four,
        "Svar 2 senast torsdag 26 november. Hur går det?",
        four,
    ]
    second = body[3]["actions"][1]
    house.presses(karin, second, message)
    with house.store.look() as book:
        answered = [q for q in book.questions(case_id=1, kind=reminding.KIND) if q.state == "answered"]
    assert [q.answer for q in answered] == ["pagar"]
    assert answered[0].id == second["data"]["q"]


def test_what_is_to_be_changed_is_said_on_a_cases_card(house: ChatHouse) -> None:
    house.tie("anders")
    anders = house.people["anders"]
    due(house, 20)
    with house.store.book() as book:
        question = book.put_question("sn", 1, "chef", now=house.clock.now())
        approving._ask(book, question, anders, 0, SN, house.clock.now())
    house.carry()
    house.writes(anders, "nej")
    message, card = house.last_card(anders)
    (field,) = inputs(card)
    house.presses(anders, buttons(card)["Ska ändras"], message, **{field["id"]: "rätta rubriken"})
    with house.store.look() as book:
        assert book.question(question.id).answer == "andra"


def test_a_yes_acts_on_nothing_whether_the_question_is_shown_or_waits_for_the_morning(house: ChatHouse) -> None:
    house.tie("anders")
    anders = house.people["anders"]
    house.clock.forward(hours=14)  # ten in the evening
    take_in(house.store, reading("Remiss om bussar"), now=house.clock.now())
    house.carry()
    for text in ("vad blir det till lunch", "ja", "tar den"):
        house.writes(anders, text)
    assert "Ingen fråga väntar" in words(house.last_card(anders)[1])
    house.clock.forward(hours=12)
    house.carry()
    house.writes(anders, "ja")
    message, card = house.last_card(anders)
    assert "Tar du ärendet?" in words(card)
    with house.store.look() as book:
        assert book.case(1).handlaggare_id is None
    house.presses(anders, buttons(card)["Ta ärendet"], message)
    with house.store.look() as book:
        assert book.case(1).handlaggare_id == anders.id


def test_what_was_answered_in_words_is_taken_back_with_a_tap(house: ChatHouse) -> None:
    house.tie("anders")
    anders = house.people["anders"]
    take_in(house.store, reading("Remiss om biblioteksplan"))
    house.carry()
    house.writes(anders, "jag tar SN 2026-1")
    message, card = house.last_card(anders)
    answer = house.presses(anders, buttons(card)["Ångra"], message)
    assert "Svaret är ångrat" in words(answer["value"])
    with house.store.look() as book:
        assert book.case(1).handlaggare_id is None
