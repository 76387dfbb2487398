"""The turns at a SQLite file: a writer waits for a gap, readers wait for no writer that only waits, and all get there."""

import threading
import time
from collections.abc import Callable

import pytest

from storage import turns
from storage.turns import Turns


def _soon(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not true():
        assert time.monotonic() < until, "it never came to that"
        time.sleep(0.002)


def _apart(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def test_a_writer_waits_for_who_reads_and_readers_do_not_wait_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENT", 60.0)
    at, said = Turns(), list[str]()

    def write() -> None:
        said.append("comes")
        with at.write():
            said.append("writes")

    with at.read():
        writer = _apart(write)
        _soon(lambda: said == ["comes"])

        def read() -> None:
            with at.read():
                said.append("reads")

        _apart(read).join(20)
        assert said == ["comes", "reads"]
    writer.join(20)
    assert said == ["comes", "reads", "writes"]


def test_a_writer_that_has_waited_long_goes_before_new_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENT", 0.0)
    at, said = Turns(), list[str]()

    def write() -> None:
        with at.write():
            said.append("writes")

    def read() -> None:
        with at.read():
            said.append("reads")

    with at.read():
        writer = _apart(write)
        _soon(lambda: at._closed)
        with at.read():  # a thread that reads may go on to read: it would wait for itself
            pass
        reader = _apart(read)
        time.sleep(0.05)
        assert said == []
    writer.join(20)
    reader.join(20)
    assert said == ["writes", "reads"]


def test_a_reader_that_does_not_end_holds_a_writer_up_for_a_while_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENT", 0.01)
    monkeypatch.setattr(turns, "LONGEST", 0.01)
    at, said = Turns(), list[str]()

    def write() -> None:
        with at.write():
            said.append("writes")

    with at.read():
        _apart(write).join(20)
    assert said == ["writes"]  # and SQLite says whether it may


def test_what_fails_lets_the_others_in() -> None:
    at = Turns()
    with pytest.raises(KeyError), at.write():
        raise KeyError
    with pytest.raises(KeyError), at.read():
        raise KeyError
    with at.write():
        pass
    with at.read():
        pass


def test_nobody_reads_while_one_writes_and_everybody_is_done() -> None:
    at, one_writes = Turns(), threading.Lock()
    inside, met, done = set[int](), list[str](), list[int]()

    def read(n: int) -> None:
        for _ in range(50):
            with at.read():
                inside.add(n)
                time.sleep(0.0002)
                inside.discard(n)
        done.append(n)

    def write(n: int) -> None:
        for _ in range(20):
            with one_writes, at.write():
                met.extend("a reader" for _ in inside)
                time.sleep(0.0002)
                met.extend("a reader" for _ in inside)
        done.append(n)

    threads = [_apart(lambda n=n: (write if n % 3 == 0 else read)(n)) for n in range(9)]  # type: ignore[misc]
    for thread in threads:
        thread.join(60)
    assert met == []
    assert sorted(done) == list(range(9))
