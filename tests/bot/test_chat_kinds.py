"""Each kind of notice as a card: reminders, letters to look at, approvals, digests; and what is never in any."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from handlers import digests, reminding, review
from handlers.reading.reading import Deadline
from storage.store import Store
from tests.bot.chat_house import ChatHouse, buttons, card_of, chat_house, inputs, words
from tests.bot.test_cards import assert_sound
from tests.builders import SN, reading, take_in
from tests.channels.connector_double import TENANT

CANARY = ("Kanariefågel", "kanarie@hemligt.example", "gul fjäder")


@pytest.fixture
def house(sqlite_store: Store, tmp_path: Path) -> Iterator[ChatHouse]:
    with chat_house(sqlite_store, tmp_path) as made:
        yield made


@pytest.fixture
def on_both(store: Store, tmp_path: Path) -> Iterator[ChatHouse]:
    """The house on either database in turn."""
    with chat_house(store, tmp_path) as made:
        yield made


def due(house: ChatHouse, title: str, day: dt.date) -> int:
    """Enter a case that Karin has, with an answer day."""
    read = reading(
        title,
        deadlines=(Deadline(day, "svar", "stated", f"Svar senast {day}.", "body"),),
    )
    outcome = take_in(house.store, read)
    assert outcome.case is not None
    with house.store.book() as book:
        for question in book.questions(case_id=outcome.case.id, state="open"):
            book.answer_question(question.id, "ta", house.people["karin"].id, how="test", now=house.clock.now())
        book.change_case(outcome.case.id, handlaggare_id=house.people["karin"].id)
    return outcome.case.id


def remind(house: ChatHouse) -> None:
    with house.store.book() as book:
        reminding.queue_due(book, SN, now=house.clock.now())
    house.carry()


def test_a_days_reminders_are_one_card_and_each_case_is_answered_on_it(house: ChatHouse) -> None:
    house.tie("karin")
    karin = house.people["karin"]
    for number in range(2):
        due(house, f"Remiss nummer {number}", house.clock.now().date() + dt.timedelta(days=1))
    remind(house)
    message, card = house.last_card(karin)
    assert_sound(card, "")
    acts = [a for block in card["body"] if block["type"] == "ActionSet" for a in block["actions"]]
    assert [a["title"] for a in acts] == ["Klart", "Pågår", "Behöver anstånd", "Fel person"] * 2
    days = [i for i in inputs(card) if i["type"] == "Input.Date"]
    assert len({d["id"] for d in days}) == 2

    answer = house.presses(karin, acts[0], message)
    assert "Antecknat som klart. Karin Ödman" in words(answer["value"])
    sets = [[a["title"] for a in b["actions"]] for b in answer["value"]["body"] if b["type"] == "ActionSet"]
    assert sets == [["Ångra"], ["Klart", "Pågår", "Behöver anstånd", "Fel person"]]
    house.carry()
    message, card = house.last_card(karin)
    respite = buttons(card)["Behöver anstånd"]
    (day,) = (i for i in inputs(card) if i["type"] == "Input.Date")
    answer = house.presses(karin, respite, message)
    assert answer["value"] == "Välj till vilken dag."
    answer = house.presses(karin, respite, message, **{day["id"]: "2026-12-18"})
    assert "Tack, det är antecknat" in words(answer["value"])
    with house.store.look() as book:
        dates = {d.date for d in book.deadlines(2, active=True)}
    assert dt.date(2026, 12, 18) in dates


def test_buttons_stand_with_what_they_are_about_when_the_case_below_is_answered(house: ChatHouse) -> None:
    house.tie("karin")
    karin = house.people["karin"]
    for number in range(2):
        due(house, f"Remiss nummer {number}", house.clock.now().date() + dt.timedelta(days=1))
    remind(house)
    message, card = house.last_card(karin)
    second = [b for b in card["body"] if b["type"] == "ActionSet"][1]["actions"][0]
    answered = house.presses(karin, second, message)["value"]
    kinds = [words(b) if b["type"] == "RichTextBlock" else b["type"] for b in answered["body"]]
    assert kinds.index("ActionSet") < kinds.index("SN 2026-2: Remiss nummer 1")
    assert not answered.get("actions")


def test_one_case_alone_is_asked_about_and_its_number_stands_once(house: ChatHouse) -> None:
    house.tie("karin")
    karin = house.people["karin"]
    due(house, "Remiss om bussar", house.clock.now().date() - dt.timedelta(days=3))
    remind(house)
    message, card = house.last_card(karin)
    seen = words(card["body"])
    assert seen.splitlines()[:4] == [
        "SN 2026-1, socialnämnden",
        "Är det här klart, Karin?",
        "▲ 3 dagar efter svarsdagen",
        "Remiss om bussar",
    ]
    assert seen.count("SN 2026-1") == 1
    assert "Nämndbot för" not in seen
    assert "Warning" not in str(card)  # the clients' own colour for it cannot be read on white
    answer = house.presses(karin, buttons(card)["Klart"], message)["value"]
    assert words(answer["body"]).splitlines()[:3] == [
        "SN 2026-1, socialnämnden",
        "Antecknat som klart",
        "Remiss om bussar",
    ]


def test_an_old_reminder_still_takes_its_answer_and_asks_nobody_anew(house: ChatHouse) -> None:
    house.tie("karin")
    karin = house.people["karin"]
    due(house, "Remiss", house.clock.now().date() + dt.timedelta(days=1))
    remind(house)
    message, card = house.last_card(karin)
    house.clock.forward(days=2)
    house.carry()
    house.presses(karin, buttons(card)["Klart"], message)
    before = len(house.cards(karin))
    remind(house)
    assert len(house.cards(karin)) == before


def test_the_registrator_says_that_a_letter_is_rightly_read(house: ChatHouse) -> None:
    house.tie("ylva")
    ylva = house.people["ylva"]
    day = dt.date(2027, 2, 26)
    read = reading(
        "Remiss om biblioteksplan",
        sender=ylva.email,
        deadlines=(Deadline(day, "svar", "stated", "Svar senast den 26 februari.", "body"),),
    )
    take_in(house.store, read)
    house.carry()
    message, card = house.last_card(ylva)
    assert_sound(card, "http://nb/arende/1")
    assert "Svar senast den 26 februari." in words(card)
    assert "Eller svara på mejlet" not in words(card)
    answer = house.presses(ylva, buttons(card)["Stämmer"], message)
    assert "SN 2026-1 är granskat" in words(answer["value"])
    with house.store.look() as book:
        assert book.arrival(1).confirmed_at is not None
    refused = house.presses(house.people["anders"], buttons(card)["Stämmer"], message)
    assert "Remiss" not in json.dumps(refused)


def test_a_letter_that_waits_is_registered_by_a_tap(house: ChatHouse) -> None:
    house.tie("ylva")
    ylva = house.people["ylva"]
    take_in(house.store, reading("Oklart brev", sender=ylva.email, review=("Är det här ett ärende?",)))
    house.carry()
    message, card = house.last_card(ylva)
    assert "Är det här ett ärende?" in words(card)
    answer = house.presses(ylva, buttons(card)["Stämmer"], message)
    assert "är granskat" in words(answer["value"])
    with house.store.look() as book:
        assert book.arrival(1).state == "registered"


def test_a_managers_week_is_rows_in_columns(house: ChatHouse) -> None:
    house.tie("anders")
    due(house, "Remiss som är sen", house.clock.now().date() - dt.timedelta(days=3))
    with house.store.book() as book:
        digests.queue_weekly(book, SN, now=house.clock.now())
    house.clock.forward(days=6)  # Monday
    with house.store.book() as book:
        digests.queue_weekly(book, SN, now=house.clock.now())
    house.carry()
    _, card = house.last_card(house.people["anders"])
    assert_sound(card, "http://nb/diariet")
    lines = [b for b in card["body"] if b["type"] == "ColumnSet"]
    assert any("Remiss som är sen" in words(b) and "▲" in words(b) for b in lines)


def test_nothing_of_a_secret_letter_or_case_leaves_in_any_card_or_answer(house: ChatHouse) -> None:
    names = ("ylva", "karin", "anders", "birgitta")
    house.tie(*names)
    title, sender, words_of = CANARY
    take_in(house.store, reading(title, sender=sender, text=words_of, secret=True, secret_reasons=("barn",)))
    outcome = take_in(house.store, reading(f"Motion om {title}", sender=sender, text=f"{words_of}, en motion"))
    assert outcome.case is not None
    with house.store.book() as book:
        review.make_secret(book, 2, house.people["ylva"], now=house.clock.now(), namnd=SN)
    for day in range(3):
        with house.store.book() as book:
            reminding.queue_due(book, SN, now=house.clock.now())
            digests.queue_weekly(book, SN, now=house.clock.now())
            digests.queue_morning(book, SN, now=house.clock.now())
        house.carry()
        house.clock.forward(days=day + 1)
    for name in names:
        for text in (
            "mina ärenden",
            "SN 2026-1",
            "SN 2026-2",
            "försenade",
            "veckan",
            "klar SN 2026-1",
            "sök motion",
            "hjälp",
        ):
            house.writes(house.people[name], text)
    for verb, data in (
        ("svara", {"q": 1, "n": 1, "svar": "ta"}),
        ("granska", {"a": 1, "n": 1}),
        ("granska", {"a": 2, "n": 2}),
    ):
        for name in names:
            house.presses(house.people[name], {"verb": verb, "data": data})
    told = json.dumps([one.activity for one in house.teams.accepted], ensure_ascii=False).lower()
    assert "a-1" in told  # the role sekretess is told that there is one
    for word in CANARY:
        assert word.lower() not in told
    (asked,) = (one for one in house.teams.accepted if "A-1" in json.dumps(one.activity) and one.method == "POST")
    assert_sound(card_of(asked.activity), "http://nb/granska/1")


def test_eight_reminders_are_all_on_the_card_and_answering_one_leaves_the_rest(house: ChatHouse) -> None:
    house.tie("karin")
    karin = house.people["karin"]
    for number in range(8):
        due(house, f"Remiss om {'väg ' * 25}{number}", house.clock.now().date() + dt.timedelta(days=1))
    remind(house)
    message, card = house.last_card(karin)
    assert_sound_but_links(card)
    assert all(f"SN 2026-{number}:" in words(card) for number in range(1, 9))
    assert "8 ärenden" in words(card)
    assert words(card).count("Svara om SN 2026-") == 4
    for left in range(7, -1, -1):
        first = buttons(house.last_card(karin)[1]).get("Klart")
        if first is None:
            break
        answer = house.presses(karin, first, message)
        assert_sound_but_links(answer["value"])
        assert (f"{left} ärenden" in words(answer["value"])) == (left > 1)
        house.carry()
    assert "Tack, det är antecknat" in words(house.last_card(karin)[1])


def assert_sound_but_links(card: dict[str, object]) -> None:
    def bare(one: object) -> object:
        if isinstance(one, dict):
            made = {key: bare(value) for key, value in one.items()}
            return made | {"url": ""} if one.get("type") == "Action.OpenUrl" else made
        return [bare(x) for x in one] if isinstance(one, list) else one

    assert_sound(bare(card), "")  # type: ignore[arg-type]


def test_a_reminder_of_very_many_cases_is_a_mail(house: ChatHouse) -> None:
    house.tie("karin")
    for number in range(13):
        due(house, f"Remiss {number}", house.clock.now().date() + dt.timedelta(days=1))
    remind(house)
    assert len(house.box.sent) == 1
    assert len(house.cards(house.people["karin"])) == 1  # the greeting


def test_what_becomes_secret_leaves_every_card_answered_or_not(on_both: ChatHouse) -> None:
    house = on_both
    house.tie("ylva", "karin", "anders")
    ylva = house.people["ylva"]
    canary = "Kanariefågel"
    take_in(house.store, reading(f"Motion om {canary}", sender=ylva.email))
    take_in(house.store, reading(f"Oklart om {canary}", sender=ylva.email, review=("Är det ett ärende?",)))
    case = due(house, f"Remiss om {canary}", house.clock.now().date() + dt.timedelta(days=1))
    house.carry()
    message, card = house.last_card(house.people["anders"])
    if "Jag tar det själv" in buttons(card):
        house.presses(house.people["anders"], buttons(card)["Jag tar det själv"], message)
    remind(house)
    house.clock.forward(days=6)
    with house.store.book() as book:
        digests.queue_weekly(book, SN, now=house.clock.now())
    house.carry()
    standing = json.dumps(house.teams.messages, ensure_ascii=False)
    assert standing.count(canary) >= 4
    for arrival in (1, 2, 3):
        with house.store.book() as book:
            review.make_secret(book, arrival, ylva, now=house.clock.now(), namnd=SN)
    house.carry()
    assert canary not in json.dumps(house.teams.messages, ensure_ascii=False)
    assert case


def test_a_letter_decided_on_the_page_is_decided_on_the_card(on_both: ChatHouse) -> None:
    house = on_both
    house.tie("ylva")
    ylva = house.people["ylva"]
    take_in(house.store, reading("Oklart brev", sender=ylva.email, review=("Är det ett ärende?",)))
    house.carry()
    with house.store.book() as book:
        review.not_to_be_registered(book, 1, "Reklam", ylva, now=house.clock.now())
    house.carry()
    assert not buttons(house.last_card(ylva)[1])


def test_who_has_left_gets_no_news_on_an_old_card(house: ChatHouse) -> None:
    house.tie("karin", "anders")
    anders = house.people["anders"]
    take_in(house.store, reading("Remiss om biblioteksplan"))
    house.carry()
    with house.store.book() as book:
        book.put_role(anders.id, "sn", "manager", dt.date(2026, 1, 1), house.clock.now().date() - dt.timedelta(days=1))
        question = book.questions(case_id=1, state="open")[0]
        book.answer_question(question.id, "ta", house.people["karin"].id, how="sidan", now=house.clock.now())
    house.carry()
    assert "Karin" not in words(house.last_card(anders)[1])
    assert "biblioteksplan" not in words(house.last_card(anders)[1])


def test_the_registrators_morning_tells_who_is_not_reached_in_teams(house: ChatHouse) -> None:
    house.tie("karin", "anders")
    karin = house.people["karin"]
    house.post(house.from_(karin, "installationUpdate", action="remove"))
    house.clock.forward(days=1)
    with house.store.book() as book:
        digests.queue_morning(book, SN, now=house.clock.now())
    house.carry()
    mails = [email.message_from_bytes(m, policy=email.policy.default) for m in house.box.sent.values()]
    (morning,) = (m for m in mails if m["To"] == "ylva@ekeby.example")
    assert "1 nås inte i Teams" in morning["Subject"]
    assert "Karin Ödman" in str(morning.get_body(("plain",)).get_content())  # type: ignore[union-attr]
    house.tie("karin")  # she has added it again
    house.clock.forward(days=1)
    with house.store.book() as book:
        assert not digests.queue_morning(book, SN, now=house.clock.now())


def test_added_to_a_group_it_says_what_it_shows_there_and_once(house: ChatHouse) -> None:
    house.tie("karin")
    group = {"conversationType": "groupChat", "tenantId": TENANT, "id": "19:g@thread.v2", "isGroup": True}
    for _ in range(2):
        house.post(house.from_(house.people["karin"], "installationUpdate", action="add", conversation=group))
    (said,) = house.teams.shown("19:g@thread.v2").values()
    assert "bara det som alla i gruppen får se" in words(card_of(said))
