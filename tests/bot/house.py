"""A house for tests of the post room and the courier: a real database, a mailbox in memory, a clock that stands."""

from __future__ import annotations

import dataclasses
import threading
from pathlib import Path

from bot.courier import Courier
from bot.post import PostRoom
from storage.raw.files import RawFiles
from storage.store import Store
from tests.builders import SN, found
from tests.fakes import FixedClock, HereReader, MemoryMailbox


@dataclasses.dataclass
class House:
    store: Store
    raw: RawFiles
    box: MemoryMailbox
    clock: FixedClock
    room: PostRoom
    courier: Courier


def make(store: Store, folder: Path) -> House:
    """Return the house of an invented nämnd."""
    found(store)
    box, clock, raw = MemoryMailbox(), FixedClock(), RawFiles(folder / "raw")
    room = PostRoom(store, raw, HereReader(), box, SN, clock, "here:1:a", threading.Event())
    return House(store, raw, box, clock, room, Courier(store, {"sn": box}, {"sn": SN}, clock, "here:1:a"))
