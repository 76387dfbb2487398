"""The first round of all: one nämnd's fault is told, and neither the others nor the bot itself wait for it."""

from __future__ import annotations

import dataclasses
import logging
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from bot import report, run
from bot.post import PostRoom
from handlers import mornings
from handlers.ports import Away
from storage.errors import NoSeries, NotFound, NumbersBehind, StorageUnreachable
from tests.bot.house import House
from tests.builders import SN, letter


class _Room:
    def __init__(self, do: Callable[[], list[Any]]) -> None:
        self.round = do


def _raises(error: Exception) -> Callable[[], list[Any]]:
    def do() -> list[Any]:
        raise error

    return do


def _house(house: House, **post: object) -> Any:
    return SimpleNamespace(
        post=post,
        namnder={"sn": SN},
        stopping=threading.Event(),
        courier=house.courier,
        store=house.store,
        holder="here:1:a",
        clock=house.clock,
    )


@pytest.mark.parametrize(
    "error", [NotFound("Originalet finns inte."), KeyError("x"), NoSeries("Ingen serie."), StorageUnreachable("Borta.")]
)
def test_one_namnds_fault_does_not_stop_the_others_post(
    house: House, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    house.box.put(letter())
    with caplog.at_level(logging.ERROR, "namndbot"):
        (outcome,) = run.one_round(_house(house, bn=_Room(_raises(error)), sn=house.room))
    assert outcome.state == "registered"
    assert "post bn" in caplog.text


def test_what_nothing_can_be_done_without_stops_the_first_round(house: House) -> None:
    with pytest.raises(NumbersBehind):
        run.one_round(_house(house, bn=_Room(_raises(NumbersBehind("Gammal kopia."))), sn=house.room))


def test_a_morning_that_breaks_does_not_stop_the_mail(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mornings, "work", lambda *args, **more: 1 // 0)
    house.box.put(letter(sender="ylva@ekeby.example"))
    run.one_round(_house(house, sn=house.room))
    assert house.box.sent


def test_a_mailbox_whose_round_breaks_is_told_of_as_out_of_reach(house: House) -> None:
    class Breaks(type(house.box)):  # type: ignore[misc]
        def fetch(self, *args: object, **more: object) -> Any:
            raise LookupError("ett brev")

    room = dataclasses.replace(house.room, mailbox=Breaks())
    assert room.round() == []
    (line,) = report.of_troubles(house.store, {"sn": SN})
    assert "Ett fel i boten stoppar den (LookupError)" in line
    assert "ett brev" not in line
    house.clock.forward(minutes=40)
    room.round()
    with house.store.look() as book:
        assert {n.kind for n in book.notices()} == {"larm"}


def test_a_mailbox_that_is_out_of_reach_is_named_at_the_start(house: House) -> None:
    class Down(type(house.box)):  # type: ignore[misc]
        def open(self, *, look_only: bool = False) -> None:
            raise Away("Servern svarar inte.")

    room: PostRoom = dataclasses.replace(house.room, mailbox=Down())
    run.one_round(_house(house, sn=room))
    assert report.of_troubles(house.store, {"sn": SN}) == ["Socialnämnden: Servern svarar inte."]
