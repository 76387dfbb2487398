"""People answer in a chat: cards come, buttons act, and what has happened stands in their place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from handlers import assignment, review
from storage.store import Store
from tests.bot.chat_house import ChatHouse, buttons, chat_house, inputs, words
from tests.builders import SN, reading, take_in
from tests.channels.connector_double import TENANT


@pytest.fixture
def house(sqlite_store: Store, tmp_path: Path) -> Iterator[ChatHouse]:
    with chat_house(sqlite_store, tmp_path) as made:
        yield made


@pytest.fixture
def on_both(store: Store, tmp_path: Path) -> Iterator[ChatHouse]:
    """The house on either database in turn."""
    with chat_house(store, tmp_path) as made:
        yield made


def test_a_letter_becomes_a_card_to_the_manager_then_to_the_handlaggare_who_takes_it(on_both: ChatHouse) -> None:
    house = on_both
    house.tie("anders", "karin")
    anders, karin = house.people["anders"], house.people["karin"]
    take_in(house.store, reading("Motion om trygghetslarm", matter="motion"))
    house.carry()
    message, card = house.last_card(anders)
    assert "Vem ska ha det här ärendet, Anders?" in words(card)
    assert "Motion om trygghetslarm" in words(card)
    (whom,) = (i for i in inputs(card) if i["type"] == "Input.ChoiceSet")
    assert [c["title"] for c in whom["choices"]] == ["Karin Ödman, 0 öppna"]

    answer = house.presses(anders, buttons(card)["Välj handläggare"], message, **{whom["id"]: str(karin.id)})
    assert "Frågan har gått vidare till Karin Ödman" in words(answer["value"])
    house.carry()
    message, asked = house.last_card(karin)
    assert "Kan du ta det här ärendet, Karin?" in words(asked)

    answer = house.presses(karin, buttons(asked)["Ja, jag tar det"], message)
    assert "Karin Ödman har tagit ärendet" in words(answer["value"])
    house.carry()
    for person, left in ((anders, []), (karin, ["Ångra"])):
        assert "Karin Ödman har tagit ärendet" in words(house.last_card(person)[1])
        assert list(buttons(house.last_card(person)[1])) == left
    with house.store.look() as book:
        (case,) = [book.case(i) for i in (1,)]
        assert case.handlaggare_id == karin.id
        (question,) = book.questions(case_id=case.id, kind="handlaggare")
        assert question.answered_how == "teams"
    assert not house.box.sent  # nobody got a mail


def test_nobody_else_answers_for_them_and_the_second_is_told_who_was_faster(house: ChatHouse) -> None:
    house.tie("anders", "karin", "birgitta")
    take_in(house.store, reading("Remiss om biblioteksplan"))
    house.carry()
    message, card = house.last_card(house.people["anders"])
    take = buttons(card)["Jag tar det själv"]
    refused = house.presses(house.people["birgitta"], take, message)
    assert refused["type"] == "application/vnd.microsoft.activity.message"
    assert "Remiss" not in str(refused)
    assert "har tagit" in words(house.presses(house.people["anders"], take, message)["value"])
    again = house.presses(house.people["anders"], take, message)
    assert "Anders Wikström har tagit ärendet" in words(again["value"])
    with house.store.look() as book:
        assert book.case(1).handlaggare_id == house.people["anders"].id


@pytest.mark.parametrize(
    "data",
    [{}, {"q": "1"}, {"q": None}, {"q": 10**30}, {"q": -1}, {"q": True}, {"q": 99, "svar": "ta"}, {"q": [1], "n": {}}],
)
def test_a_button_that_carries_anything_changes_nothing(house: ChatHouse, data: dict[str, object]) -> None:
    house.tie("birgitta")
    take_in(house.store, reading("Remiss om biblioteksplan"))
    answer = house.presses(house.people["birgitta"], {"verb": "svara", "data": data})
    assert answer["statusCode"] == 200
    assert "Remiss" not in str(answer)
    with house.store.look() as book:
        assert book.case(1).handlaggare_id is None


def test_an_account_proves_itself_by_a_code_in_the_persons_own_mail(on_both: ChatHouse) -> None:
    house = on_both
    karin = house.people["karin"]
    house.teams.people["a:" + str(karin.id)] = [house.member(karin, email="falsk@annan.example")]
    house.writes(karin, "mina ärenden")
    assert "Vem är du?" in words(house.last_card(karin)[1])
    house.writes(karin, f"jag heter {karin.email}")
    assert "Skriv koden" in words(house.last_card(karin)[1])
    house.carry()
    (mail,) = house.box.sent.values()
    code = "".join(mail.decode().split("Kod")[1].split()[:2])[:8]
    house.writes(karin, "12345678" if code != "12345678" else "87654321")
    with house.store.look() as book:
        assert book.chat_account(TENANT, karin.id) is None
    house.writes(karin, f"{code[:4]} {code[4:]}")
    assert "Hej Karin" in words(house.last_card(karin)[1])
    with house.store.look() as book:
        assert book.chat_account(TENANT, karin.id) is not None
        assert any(e.what == "Teams-konto kopplat" for e in book.entries(namnd="sn"))
    house.carry()
    assert any("kopplat till" in m.decode() for m in house.box.sent.values())


def test_a_code_is_tried_five_times_and_an_address_nobody_has_is_answered_the_same(house: ChatHouse) -> None:
    karin = house.people["karin"]
    house.teams.people["a:" + str(karin.id)] = [house.member(karin)]
    house.writes(karin, "ingen@annan.example")
    unknown = words(house.last_card(karin)[1])
    house.writes(karin, karin.email)
    assert words(house.last_card(karin)[1]) == unknown.replace("ingen@annan.example", karin.email)
    house.carry()
    (mail,) = house.box.sent.values()
    code = "".join(mail.decode().split("Kod")[1].split()[:2])[:8]
    for wrong in range(5):
        house.writes(karin, f"{(int(code) + wrong + 1) % 10**8:08d}")
    house.writes(karin, code)
    with house.store.look() as book:
        assert book.chat_account(TENANT, karin.id) is None


def test_a_guest_is_refused_whatever_they_know(house: ChatHouse) -> None:
    karin = house.people["karin"]
    for guest in ({"userRole": "guest"}, {"tenantId": "another"}):
        house.teams.people["a:" + str(karin.id)] = [house.member(karin, **guest)]
        house.room._lists.clear()
        house.writes(karin, karin.email)
        assert "bara för kommunens egna konton" in words(house.last_card(karin)[1])
    house.carry()
    assert not house.box.sent


def test_who_is_not_there_any_more_gets_a_mail_that_says_so(house: ChatHouse) -> None:
    house.tie("anders")
    house.teams.fail("post", "403", code="BotNotInConversationRoster")
    take_in(house.store, reading("Remiss om biblioteksplan"))
    house.carry()
    (mail,) = house.box.sent.values()
    assert b"Teams" in mail
    assert not house.cards(house.people["anders"])[1:]  # the greeting only
    take_in(house.store, reading("Remiss om simhallen"))
    house.carry()
    assert len(house.box.sent) == 2  # at once: the chat is known to be gone


def test_an_old_clients_button_comes_as_a_message_and_does_the_same(house: ChatHouse) -> None:
    house.tie("anders")
    anders = house.people["anders"]
    take_in(house.store, reading("Remiss om biblioteksplan"))
    house.carry()
    message, card = house.last_card(anders)
    data = buttons(card)["Jag tar det själv"]["fallback"]["data"]
    house.post(house.from_(anders, "message", value=data, replyToId=message))
    assert "Anders Wikström har tagit ärendet" in words(dict(house.cards(anders))[message])
    with house.store.look() as book:
        assert book.case(1).handlaggare_id == anders.id


def test_a_case_that_becomes_secret_leaves_the_cards_too(house: ChatHouse) -> None:
    house.tie("anders")
    anders = house.people["anders"]
    take_in(house.store, reading("Remiss om Kalle Kanin"))
    house.carry()
    assert "Kalle Kanin" in words(house.last_card(anders)[1])
    with house.store.book() as book:
        review.make_secret(book, 1, house.people["ylva"], now=house.clock.now(), namnd=SN)
    house.carry()
    assert "Kalle" not in str(house.last_card(anders)[1])
    assert "SN 2026-1" in words(house.last_card(anders)[1])


def test_a_question_asked_again_comes_anew_and_the_old_card_steps_back(house: ChatHouse) -> None:
    house.tie("anders")
    anders = house.people["anders"]
    take_in(house.store, reading("Remiss om biblioteksplan"))
    house.carry()
    first, _ = house.last_card(anders)
    for _ in range(6):
        house.clock.forward(days=1)
        with house.store.book() as book:
            assignment.chase(book, SN, now=house.clock.now())
        house.carry()
    cards = dict(house.cards(anders))
    second, card = house.last_card(anders)
    assert second != first
    assert "Vi frågar igen" in words(card)
    assert "längre ner" in words(cards[first])
    assert not buttons(cards[first])


def test_an_answer_is_taken_back_with_a_tap_by_the_one_who_gave_it(house: ChatHouse) -> None:
    house.tie("anders", "karin")
    anders, karin = house.people["anders"], house.people["karin"]
    take_in(house.store, reading("Remiss om biblioteksplan"))
    house.carry()
    message, card = house.last_card(anders)
    answer = house.presses(anders, buttons(card)["Jag tar det själv"], message)
    undo = buttons(answer["value"])["Ångra"]
    refused = house.presses(karin, undo, message)
    assert refused["value"] == "Det finns inget att ångra."
    answer = house.presses(anders, undo, message)
    assert "Svaret är ångrat" in words(answer["value"])
    assert not buttons(answer["value"])
    with house.store.look() as book:
        assert book.case(1).handlaggare_id is None
        assert "svar ångrat" in [e.what for e in book.entries(case_id=1)]
    again = house.presses(anders, undo, message)
    assert "redan ångrat" in str(again["value"])
    house.carry()
    assert "Vem ska ha det här ärendet" in words(house.last_card(anders)[1])  # asked anew


def test_what_something_has_built_on_is_not_taken_back(house: ChatHouse) -> None:
    house.tie("anders")
    anders = house.people["anders"]
    take_in(house.store, reading("Remiss om biblioteksplan"))
    house.carry()
    message, card = house.last_card(anders)
    answer = house.presses(anders, buttons(card)["Jag tar det själv"], message)
    with house.store.book() as book:
        book.change_case(1, handlaggare_id=house.people["karin"].id)
    refused = house.presses(anders, buttons(answer["value"])["Ångra"], message)
    assert "en annan handläggare nu" in str(refused["value"])


def test_only_who_was_asked_or_leads_says_that_somebody_is_away(house: ChatHouse) -> None:
    house.tie("birgitta", "anders")
    take_in(house.store, reading("Remiss"))
    with house.store.book() as book:
        data = {"person": house.people["karin"].id, "från": "2026-11-24", "till": "2026-12-04"}
        question = book.put_question("sn", 1, "borta", now=house.clock.now(), data=data)
    button = {"verb": "svara", "data": {"q": question.id, "svar": "stammer"}}
    answer = house.presses(house.people["birgitta"], button)
    assert "Remiss" not in str(answer)
    with house.store.look() as book:
        assert book.absence(house.people["karin"].id, house.clock.now().date()) is None
    house.presses(house.people["anders"], button)
    with house.store.look() as book:
        assert book.absence(house.people["karin"].id, house.clock.now().date()) is not None


def test_a_button_pressed_twice_does_it_once(house: ChatHouse) -> None:
    house.tie("anders")
    anders = house.people["anders"]
    take_in(house.store, reading("Remiss"))
    house.carry()
    message, card = house.last_card(anders)
    ask = buttons(card)["Fråga först"]
    (field,) = (i["id"] for i in inputs(card) if i["id"].startswith("text"))
    for _ in range(3):
        house.presses(anders, ask, message, **{field: "Vems är det här?"})
    with house.store.look() as book:
        assert [e.what for e in book.entries(case_id=1)].count("registratorn tillfrågad") == 1


def test_a_card_copied_into_a_group_is_answered_by_nobody_there(house: ChatHouse) -> None:
    house.tie("anders")
    anders = house.people["anders"]
    take_in(house.store, reading("Remiss om biblioteksplan"))
    house.carry()
    take = buttons(house.last_card(anders)[1])["Jag tar det själv"]
    value = {"action": {"type": "Action.Execute", "verb": take["verb"], "data": take["data"]}, "trigger": "manual"}
    group = {"conversationType": "groupChat", "tenantId": TENANT, "id": "19:g@thread.v2", "isGroup": True}
    told = house.from_(anders, "invoke", name="adaptiveCard/action", value=value, conversation=group)
    _, answer = house.post(told)
    assert answer["value"] == "Svara i din egen chatt med boten."


def test_a_page_in_a_browser_cannot_speak_for_anybody_in_local_mode(house: ChatHouse) -> None:
    told = json.dumps(house.from_(house.people["anders"], "message", text="hjälp")).encode()
    for headers in ({"origin": "https://ond.example"}, {"host": "bot.ond.example"}, {"host": "bot.ond.example:3978"}):
        assert house.run(house.gateway.handle(headers, told))[0] == 403
    assert house.run(house.gateway.handle({"host": "127.0.0.1:3978"}, told))[0] == 200
    assert house.run(house.gateway.handle({"host": "localhost:3978"}, told))[0] == 200


def test_one_account_asks_for_three_codes_a_day_whoever_they_go_to(on_both: ChatHouse) -> None:
    house = on_both
    karin = house.people["karin"]
    house.teams.people["a:" + str(karin.id)] = [house.member(karin)]
    for person in house.people.values():
        house.writes(karin, person.email)
    house.carry()
    assert len(house.box.sent) <= 3
