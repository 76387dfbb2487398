"""What a call is answered with, what happens when the product fails, and what is told twice. For every driver."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from bot.channels.front import Front
from bot.channels.gateway import Reply
from tests.channels.activities import activity, execute, message, submit
from tests.channels.conftest import Bench

CARD = {"type": "AdaptiveCard", "version": "1.5", "body": [{"type": "TextBlock", "text": "Klart"}]}
ADAPTIVE = "application/vnd.microsoft.card.adaptive"
NOTICE = "application/vnd.microsoft.activity.message"


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        (Reply(card=CARD), {"statusCode": 200, "type": ADAPTIVE, "value": CARD}),
        (Reply(text="Bo svarade igår."), {"statusCode": 200, "type": NOTICE, "value": "Bo svarade igår."}),
        (Reply(), {"statusCode": 200, "type": NOTICE, "value": "Klart."}),
        (None, {"statusCode": 200, "type": NOTICE, "value": "Klart."}),
    ],
)
def test_a_button_is_answered_with_a_card_or_a_word_that_is_never_empty(
    bench: Bench, reply: Reply | None, answer: Any
) -> None:
    bench.reply = reply
    assert bench.post(execute()) == (200, answer)


def test_a_card_that_asks_for_its_newest_self_gets_it(bench: Bench) -> None:
    bench.reply = Reply(card=CARD)
    assert bench.post(execute(trigger="automatic")) == (200, {"statusCode": 200, "type": ADAPTIVE, "value": CARD})


@pytest.mark.parametrize("body", [message(), submit({"verb": "ja"}), activity("installationUpdate", action="add")])
def test_nobody_waits_for_an_answer_to_the_others(bench: Bench, body: dict[str, Any]) -> None:
    bench.reply = Reply(card=CARD)
    assert bench.post(body) == (200, None)


def test_a_fault_of_the_product_is_told_in_a_few_words_and_logged_without_any(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.reply = ValueError("Anna Åkerström, SN 2026/14")
    with caplog.at_level(logging.DEBUG):
        status, answer = bench.post(execute())
        assert bench.post(message("hemligt"))[0] == 200
    assert (status, answer) == (
        200,
        {"statusCode": 200, "type": NOTICE, "value": "Något gick fel. Försök igen om en stund."},
    )
    assert "ValueError" in caplog.text
    assert all(word not in caplog.text for word in ("Anna", "2026/14", "hemligt"))


def test_what_is_told_twice_is_heard_once_but_every_press_is_heard(bench: Bench) -> None:
    now = [0.0]
    other = message(conversation={"id": "a:2", "conversationType": "personal"})

    async def scenario(gateway: Front) -> list[int]:
        bodies = [
            message(),
            message(),
            message(id="2"),
            other,
            execute(),
            execute(),
            submit({}),
            submit({}),
            submit({}),
        ]
        statuses = [(await bench.posted(gateway, body))[0] for body in bodies]
        now[0] += 601
        return [*statuses, (await bench.posted(gateway, message()))[0]]

    assert bench.run(scenario, clock=lambda: now[0]) == [200] * 10
    assert [e.kind for e in bench.heard] == ["message"] * 3 + ["action"] * 3 + ["message"]


def test_only_so_much_is_remembered(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.channels.front._MOST_REMEMBERED", 3)

    async def scenario(gateway: Front) -> int:
        for n in (*range(10), 9, 0):
            await bench.posted(gateway, message(id=f"{n}"))
        return len(gateway._heard)

    assert bench.run(scenario) == 3
    assert len(bench.heard) == 11
