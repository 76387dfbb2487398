"""One year from its seed: the world lives day by day, and each evening the checker asks."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event

from handlers import verifying
from storage.store import Store
from tests.year import checker, desk, meetings, moves, people
from tests.year.almanac import DAY
from tests.year.facts import Past
from tests.year.town import DAYS, Size, build, found
from tests.year.world import World


@dataclass(frozen=True, slots=True)
class Year:
    """What a year came to."""

    seed: int
    days: int
    seconds: float
    counts: dict[str, int]
    broken: tuple[checker.Broken, ...]
    known: tuple[checker.Broken, ...]  # and being mended elsewhere


def open_store(url: str) -> Store:
    """Open an empty register whose file is not flushed: what a power cut does is tried by tests/stories/test_kill.py."""
    store = Store(url)
    if url.startswith("sqlite"):
        event.listen(store.engine, "connect", _in_haste)
    store.migrate()
    return store


def _in_haste(connection: Any, _record: Any) -> None:
    for pragma in ("synchronous=OFF", "journal_mode=MEMORY"):
        connection.execute("PRAGMA " + pragma)


def run(
    store: Store,
    seed: int,
    size: Size,
    *,
    days: int = DAYS,
    go_on: bool = False,
    strict: bool = False,
    until: str = "",
    told: Callable[[World, float], None] | None = None,
) -> Year:
    """Live a year in an empty register; stop on the first evening that finds something, unless told to go on, or
    until one check complains."""
    began = time.perf_counter()
    town = build(seed, size)
    found(town, store)
    meetings.found(town, store)
    world, past = World(store, town, seed, size), Past()
    for part in (people, desk, moves):
        part.live(world)
    broken: list[checker.Broken] = []
    known: list[checker.Broken] = []
    lived = 0
    for lived in range(1, days + 1):
        day = town.first + (lived - 1) * DAY
        world.live(day)
        for one in checker.check(world, past, day):
            (known if not strict and checker.is_known(one) else broken).append(one)
        if told and day.day == 1:
            told(world, time.perf_counter() - began)
        if (broken and not go_on) or any(b.check == until for b in broken):
            break
    # The house's own check goes through everything once more.
    with store.look() as book:
        faults = verifying.verify(book, {}).faults
    broken += [checker.Broken(town.first + (lived - 1) * DAY, "verifying", fault) for fault in faults]
    return Year(seed, lived, time.perf_counter() - began, dict(world.counts), tuple(broken), tuple(known))
