"""The bot as a process of its own, to be killed: the post room and the courier at once, reading in the same process."""

from __future__ import annotations

import dataclasses
import datetime as dt
import sys
import threading
from pathlib import Path

from bot import settings, wiring
from bot.clock import RealClock
from bot.mailboxes.graph import GraphMailbox
from handlers.ports import Away
from tests.fakes import HereReader


class LaterClock:
    """The real clock, so many minutes ahead: what waits for its next try need not be waited for."""

    def __init__(self, minutes: float) -> None:
        self._ahead = dt.timedelta(minutes=minutes)

    def now(self) -> dt.datetime:
        return RealClock().now() + self._ahead


def main(file: str, minutes: str) -> None:
    """Go on until the inbox is empty and nothing is left to send."""
    house = wiring.build(settings.load(Path(file)), clock=LaterClock(float(minutes)))
    (room,) = house.post.values()
    (box,) = house.mailboxes.values()
    assert isinstance(box, GraphMailbox)
    box._outbox._settle = 0.5
    room = dataclasses.replace(room, reader=HereReader())
    done = threading.Event()

    def send() -> None:
        while not done.wait(0.02):
            house.courier.round(house.stopping)

    courier = threading.Thread(target=send)
    courier.start()
    try:
        for _ in range(3):
            try:
                while room.round():
                    pass
                break
            except Away:
                continue
    finally:
        done.set()
        courier.join()
    house.courier.round(house.stopping)
    house.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
