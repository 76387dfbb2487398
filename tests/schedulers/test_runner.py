"""The timetable is kept: each thing one at a time, a fault told and gone past, and no fault made of stopping."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

from schedulers.runner import Runner
from schedulers.timetable import Every

_LONG = 3600.0  # seconds: never on its own while a test runs
_SOON = 10.0


def _lived(do: Callable[[], object], acts: Callable[[Runner], None]) -> list[tuple[str, str]]:
    """Run one thing at once, do something meanwhile, stop; return the faults that were told."""
    told: list[tuple[str, str]] = []

    async def live() -> None:
        runner = Runner([Every("post", _LONG, do)], lambda name, error: told.append((name, str(error))))
        runner.start()
        runner.soon("post")
        await asyncio.to_thread(acts, runner)
        runner.stop()
        await asyncio.sleep(0.05)  # what is told of an end is told by the loop

    asyncio.run(live())
    return told


def test_a_fault_is_told_by_its_name_and_the_next_time_comes_all_the_same() -> None:
    times: list[int] = []
    second = threading.Event()

    def do() -> None:
        times.append(len(times))
        if len(times) == 1:
            raise ValueError("trasigt")
        second.set()

    def acts(runner: Runner) -> None:
        while not second.wait(0.02):
            runner.soon()

    assert _lived(do, acts) == [("post", "trasigt")]
    assert len(times) >= 2


def test_to_stop_while_something_is_being_done_is_no_fault() -> None:
    begun, end = threading.Event(), threading.Event()

    def do() -> None:
        begun.set()
        end.wait(_SOON)

    told = []

    async def live() -> None:
        runner = Runner([Every("post", _LONG, do)], lambda name, error: told.append((name, error)))
        runner.start()
        runner.soon()
        assert await asyncio.to_thread(begun.wait, _SOON)
        runner.stop()
        await asyncio.sleep(0.05)
        end.set()

    asyncio.run(live())
    assert told == []


def test_what_is_asked_for_while_it_is_being_done_is_done_once_more() -> None:
    begun, end, again = threading.Event(), threading.Event(), threading.Event()
    times: list[int] = []

    def do() -> None:
        times.append(len(times))
        if len(times) == 1:
            begun.set()
            end.wait(_SOON)
        else:
            again.set()

    def acts(runner: Runner) -> None:
        assert begun.wait(_SOON)
        for _ in range(3):
            runner.soon("post")
        end.set()
        assert again.wait(_SOON)

    assert _lived(do, acts) == []
    assert len(times) == 2
