"""The courier among notices that cannot be carried: one of them never keeps the others waiting."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from bot.courier import Courier
from handlers import came_back
from storage.records import Notice
from tests.bot.house import House
from tests.builders import NOW, SN

ALARM = "<larm@ekeby.example>"


def _queue_old(house: House, count: int, namnd: str = "gammal", attempts: int = 0) -> None:
    """Queue notices that are due before all else."""
    with house.store.book() as book:
        for number in range(count):
            book.queue(
                "studs",
                f"{namnd}:{number}",
                namnd=namnd,
                address="x@y.example",
                message_id=f"<{namnd}{number}@x>",
                now=NOW - dt.timedelta(days=2),
            )
    with house.store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE notices SET attempts = :attempts"), {"attempts": attempts})


def _queue_alarm(house: House) -> None:
    with house.store.book() as book:
        ylva = book.person_by_email("ylva@ekeby.example")
        assert ylva is not None
        book.queue(
            "larm",
            "larm:post:sn",
            namnd="sn",
            address=ylva.email,
            message_id=ALARM,
            now=NOW,
            person_id=ylva.id,
            data={"trouble": "post:sn", "over": False},
        )
        book.note_trouble("post:sn", "sn", "Servern svarar inte.", now=NOW)


def _notices(house: House, state: str) -> list[Notice]:
    with house.store.look() as book:
        return book.notices(state=state)


def test_notices_of_a_namnd_that_has_left_the_settings_are_given_up_and_the_others_go(house: House) -> None:
    _queue_old(house, 70, attempts=5)
    _queue_alarm(house)
    house.courier.round()
    assert ALARM in house.box.sent
    assert len(_notices(house, "dead")) == 70
    # Nobody of that nämnd is there to be told.
    assert _notices(house, "queued") == []


def test_a_namnd_that_is_missing_for_an_hour_loses_no_notice(house: House) -> None:
    _queue_old(house, 3)
    _queue_alarm(house)
    house.courier.round()
    assert ALARM in house.box.sent
    assert len(_notices(house, "queued")) == 3


def test_a_failure_that_cannot_be_told_of_does_not_stop_the_others(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **more: object) -> None:
        raise KeyError("sn")

    monkeypatch.setattr(came_back, "tell", broken)
    _queue_old(house, 3, "sn", attempts=5)  # no facts to write them from: they cannot be sent
    _queue_alarm(house)
    house.courier.round()
    assert ALARM in house.box.sent
    assert len(_notices(house, "dead")) == 3
    house.clock.forward(days=1)
    assert house.courier.round() == 0
    assert {n.attempts for n in _notices(house, "dead")} == {6}


def test_a_notice_that_ends_the_bot_each_time_is_given_up(house: House) -> None:
    class Ends(Courier):
        def _send(self, notice: Notice) -> int:
            raise SystemExit  # as a kill would: nothing is noted

    _queue_old(house, 1, "sn")
    tries = 0
    for _ in range(100):
        house.clock.forward(seconds=121)
        try:
            Ends(house.store, {"sn": house.box}, {"sn": SN}, house.clock, "x").round()
        except SystemExit:
            tries += 1
    assert tries == 20
    assert len(_notices(house, "dead")) == 1
