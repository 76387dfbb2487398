"""Cards get to people once, whatever the service does, and what cannot get there goes by mail."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import email
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.channels.gateway import NotLetIn, Transient
from bot.chat_courier import ChatCourier
from handlers import assignment
from storage.store import Store
from tests.bot.chat_house import ChatHouse, buttons, chat_house, words
from tests.builders import SN, reading, take_in


@pytest.fixture
def house(sqlite_store: Store, tmp_path: Path) -> Iterator[ChatHouse]:
    with _asked(sqlite_store, tmp_path, "botbuilder") as made:
        yield made


@pytest.fixture(params=["botbuilder", "teams-sdk"])
def on_either(request: pytest.FixtureRequest, sqlite_store: Store, tmp_path: Path) -> Iterator[ChatHouse]:
    """The house with either driver: what each of them says of a fault is tried in tests/channels."""
    with _asked(sqlite_store, tmp_path, request.param) as made:
        yield made


@contextlib.contextmanager
def _asked(store: Store, folder: Path, driver: str) -> Iterator[ChatHouse]:
    with chat_house(store, folder, driver=driver) as made:
        made.tie("anders")
        take_in(made.store, reading("Remiss om biblioteksplan"))
        yield made


def asked(house: ChatHouse) -> list[str]:
    """Return the questions that stand in the manager's chat."""
    return [key for key, card in house.cards(house.people["anders"]) if "Vem ska ha" in words(card)]


@pytest.mark.parametrize("value", [1, None])
def test_a_service_that_asks_for_time_gets_it_and_the_card_comes_once(house: ChatHouse, value: float | None) -> None:
    house.teams.fail("post", "429", times=2, value=value)
    house.carry()
    assert asked(house) == []
    waits: list[float] = []
    for _ in range(3):
        with house.store.look() as book:
            (notice,) = book.notices(state="queued")
        waits.append(notice.attempts)
        house.clock.forward(seconds=60)
        time.sleep(value or 0)  # the service's own time
        house.carry()
        if asked(house):
            break
    assert len(asked(house)) == 1
    assert set(waits) == {0}  # waiting as asked costs no attempt
    assert not house.box.sent


@pytest.mark.parametrize("kind", ["502", "503", "before"])
def test_a_service_that_is_down_is_tried_again(house: ChatHouse, kind: str) -> None:
    house.teams.fail("post", kind, times=1)
    house.carry()
    assert asked(house) == []
    house.clock.forward(minutes=2)
    house.carry()
    assert len(asked(house)) == 1
    assert not house.box.sent


def test_a_card_that_was_accepted_and_not_answered_is_repeated_once_at_most(on_either: ChatHouse) -> None:
    house = on_either
    house.teams.fail("post", "after", times=1)
    house.carry()
    assert len(asked(house)) == 1
    house.clock.forward(minutes=2)
    house.carry()
    assert len(asked(house)) == 2
    # Both are answered by either.
    first, second = asked(house)
    house.presses(
        house.people["anders"], buttons(dict(house.cards(house.people["anders"]))[first])["Jag tar det själv"], first
    )
    house.carry()
    assert "har tagit" in words(dict(house.cards(house.people["anders"]))[second])


def test_what_is_never_answered_goes_by_mail_after_two_tries(house: ChatHouse) -> None:
    house.teams.fail("post", "after", times=10)
    for _ in range(5):
        house.carry()
        house.clock.forward(minutes=2)
    assert len(asked(house)) == 2
    assert len(house.box.sent) == 1


def test_a_service_that_is_away_for_long_gives_way_to_mail_and_somebody_is_told(
    house: ChatHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unreachable(*given: object) -> str:
        raise Transient("Teams går inte att nå.", before=True)

    monkeypatch.setattr(house.gateway, "send", unreachable)
    for minute in range(0, 60, 5):
        house.carry()
        if minute < 30:
            assert not house.box.sent  # a short stop costs nobody a mail
        house.clock.forward(minutes=5)
    mails = [email.message_from_bytes(m) for m in house.box.sent.values()]
    assert {m["To"] for m in mails} == {"anders@ekeby.example", "ylva@ekeby.example"}
    monkeypatch.undo()
    house.clock.forward(minutes=20)
    take_in(house.store, reading("Remiss om simhallen"))
    house.carry()
    assert len(asked(house)) == 1
    house.carry()
    assert len(house.box.sent) == 3  # and told that it works again


@pytest.mark.parametrize("code", ["BotNotInConversationRoster", "BotDisabledByAdmin", "ForbiddenOperationException"])
def test_whoever_cannot_be_reached_gets_a_mail_at_once(on_either: ChatHouse, code: str) -> None:
    house = on_either
    house.teams.fail("post", "403", code=code)
    house.carry()
    assert len(house.box.sent) == 1
    with house.store.look() as book:
        assert book.chat_of(house.people["anders"].id) is None
        assert "nås inte i Teams" in [e.what for e in book.entries(namnd="sn")]


@pytest.mark.parametrize("kind", ["404", "413", "400"])
def test_what_the_service_will_not_take_goes_by_mail(house: ChatHouse, kind: str) -> None:
    house.teams.fail("post", kind)
    house.carry()
    assert len(house.box.sent) == 1
    assert asked(house) == []
    with house.store.look() as book:
        assert bool(book.troubles(("sn",))) == (kind == "400")  # that may be our own fault: told if it goes on


def test_a_change_that_cannot_be_shown_is_shown_later(house: ChatHouse) -> None:
    house.carry()
    (message,) = asked(house)
    anders = house.people["anders"]
    take = buttons(dict(house.cards(anders))[message])["Jag tar det själv"]
    house.presses(anders, take, message)
    house.teams.fail("put", "502", times=1)
    house.carry()
    assert "Vem ska ha" in words(dict(house.cards(anders))[message])
    house.clock.forward(minutes=2)
    house.carry()
    assert "har tagit" in words(dict(house.cards(anders))[message])


def test_a_crash_between_sending_and_marking_repeats_the_card_once(house: ChatHouse) -> None:
    sent = house.courier._sent
    died = threading.Event()

    def dies(*given: object) -> None:
        died.set()
        raise asyncio.CancelledError

    house.courier._sent = dies  # type: ignore[method-assign, assignment]
    with pytest.raises(concurrent.futures.CancelledError):
        house.run(house.courier.round())
    assert died.is_set()
    house.courier._sent = sent  # type: ignore[method-assign]
    house.carry()
    assert len(asked(house)) == 1  # another has it in hand still
    house.clock.forward(minutes=3)
    house.carry()
    house.clock.forward(minutes=3)
    house.carry()
    assert len(asked(house)) == 2


def test_a_chat_that_asks_for_time_for_ever_gives_way_to_mail_and_holds_nobody_else(house: ChatHouse) -> None:
    house.tie("ylva")
    ylva = house.people["ylva"]
    house.teams.fail("post", "429", times=1, value=3600)
    house.carry()
    assert asked(house) == []
    assert [email.message_from_bytes(m)["To"] for m in house.box.sent.values()] == ["anders@ekeby.example"]
    take_in(house.store, reading("Remiss till registratorn", sender=ylva.email))
    house.carry()
    assert any("Remiss till registratorn" in words(card) for _, card in house.cards(ylva))


def test_a_chat_that_asks_for_a_little_time_again_and_again_gives_way_to_mail(house: ChatHouse) -> None:
    house.teams.fail("post", "429", times=1000, value=1)
    for _ in range(7):
        assert not house.box.sent
        house.carry()
        house.clock.forward(minutes=5)
        time.sleep(1.0)  # the service's own time
    told = {email.message_from_bytes(m)["To"] for m in house.box.sent.values()}
    assert told == {"anders@ekeby.example", "ylva@ekeby.example"}  # the question, and word to who can do something


@pytest.mark.parametrize("value", [0, -5])
def test_a_wait_of_nothing_does_not_make_a_round_that_never_ends(house: ChatHouse, value: float) -> None:
    house.teams.fail("post", "429", times=1000, value=value)
    for _ in range(3):
        house.run(house.courier.round(), seconds=20)
        house.clock.forward(seconds=2)
    assert house.teams.calls["post"] <= 6


def test_a_key_that_is_not_taken_ends_no_card(house: ChatHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    house.carry()
    (message,) = asked(house)
    anders = house.people["anders"]
    take = buttons(dict(house.cards(anders))[message])["Jag tar det själv"]
    house.presses(anders, take, message)

    async def refused(*given: object) -> None:
        raise NotLetIn("Hemligheten har gått ut.")

    monkeypatch.setattr(house.gateway, "update", refused)
    house.carry()
    with house.store.look() as book:
        assert [t.what for t in book.troubles(("sn",))] == ["Hemligheten har gått ut."]
    monkeypatch.undo()
    house.clock.forward(hours=2)
    house.carry()
    assert "har tagit" in words(dict(house.cards(anders))[message])


def test_what_was_sent_as_a_card_is_never_mailed_too(house: ChatHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    async def breaks(*given: object) -> bool:
        raise ValueError

    house.carry()
    for _ in range(6):  # asked again: the old card is to step back, and that breaks
        house.clock.forward(days=1)
        with house.store.book() as book:
            assignment.chase(book, SN, now=house.clock.now())
        monkeypatch.setattr(house.courier._keeper, "show", breaks)
        house.run(house.courier.round())
    with house.store.look() as book:
        sent = [n for n in book.notices() if n.kind == "fraga" and n.evidence]
    assert len(sent) >= 2
    assert {n.channel for n in sent} == {"chat"}
    assert {n.state for n in sent} == {"sent"}


def test_a_restart_does_not_forget_how_long_the_service_has_been_away(
    house: ChatHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unreachable(*given: object) -> str:
        raise Transient("Teams går inte att nå.", before=True)

    monkeypatch.setattr(house.gateway, "send", unreachable)
    for _ in range(5):
        courier = ChatCourier(
            house.store, house.gateway, {"sn": SN}, house.clock, "here:2:b", pacer=house.courier.pacer
        )
        house.run(courier.round())
        house.clock.forward(minutes=15)
    house.mail.round()
    assert "anders@ekeby.example" in {email.message_from_bytes(m)["To"] for m in house.box.sent.values()}


def test_two_copies_of_the_bot_send_each_card_once_and_make_it_true_once(store: Store, tmp_path: Path) -> None:
    with chat_house(store, tmp_path) as house:
        house.tie("anders", "karin")
        for number in range(12):
            take_in(store, reading(f"Remiss om {'abcdefghijkl'[number] * 6}"))
        other = ChatCourier(store, house.gateway, {"sn": SN}, house.clock, "there:2:b", pacer=house.courier.pacer)

        async def both() -> None:
            await asyncio.gather(house.courier.round(), other.round())

        house.run(both())
        cards = house.cards(house.people["anders"])
        asked_about = [words(card) for _, card in cards if "Vem ska ha" in words(card)]
        assert len(asked_about) == len(set(asked_about)) == 12
        message, card = house.last_card(house.people["anders"])
        house.presses(house.people["anders"], buttons(card)["Jag tar det själv"], message)
        house.run(both())
        assert "har tagit" in words(dict(house.cards(house.people["anders"]))[message])
        assert len([one for one in house.teams.accepted if one.method == "PUT"]) <= 2
