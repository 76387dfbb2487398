"""What it costs to take letters from a mailbox into the register; run by hand: python -m benchmarks.mailboxes --help."""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import multiprocessing
import os
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.processes import peak, resident, spent
from bot import wiring
from bot.clock import STOCKHOLM, RealClock
from bot.doors import FolderBox, ImapBox
from bot.mailboxes.folder import FolderMailbox
from bot.mailboxes.imap import ImapMailbox
from bot.post import PostRoom
from handlers.ports import Mailbox
from storage.raw.files import RawFiles
from storage.records import Namnd, Series
from storage.store import Store
from tests.builders import letter
from tests.killing import motion
from tests.mailboxes.dovecot import box as dovecot_box
from tests.mailboxes.dovecot import dovecot
from tests.mailboxes.imap_double import ImapDouble
from tests.mailboxes.imap_double import box as double_box
from tests.mailboxes.imap_peer import ImapPeer
from tests.mailboxes.peer import FolderPeer, Peer

PARTS = ("speed", "push", "memory")
PUSH_SECONDS = 2.0  # from a letter's coming until it is registered, for 99 of 100
MEMORY_TIMES = 3.0  # what fetching a big letter may hold, in times of its size
BIG = 35_000_000

_NAMND = Namnd("sn", "Socialnämnden", "Ekeby kommun", ("socialnamnden@ekeby.example",))
_WAYS = ("folder", "imap double", "imap dovecot")


@contextlib.contextmanager
def mailbox(way: str, folder: Path) -> Iterator[tuple[Peer, Callable[[], Mailbox]]]:
    """Give the other side of a mailbox, and what makes ours."""
    if way == "folder":
        box = FolderBox(folder / "post")
        (folder / "post" / "inkorg").mkdir(parents=True)
        yield FolderPeer(folder / "post"), lambda: FolderMailbox(box, settled_seconds=0)
    elif way == "imap double":
        with ImapDouble() as double:
            yield ImapPeer(double_box(double)), lambda: ImapMailbox(double_box(double))
    else:
        with dovecot() as server:
            yield ImapPeer(dovecot_box(server.port)), lambda: ImapMailbox(dovecot_box(server.port))


def _raw(number: int) -> bytes:
    subject, text = motion(number)
    return letter(
        subject,
        text,
        sender=f"ledamot{number}@parti.example",
        received=dt.datetime.now(STOCKHOLM) - dt.timedelta(days=1),
        attachments=((f"bilaga-{number}.pdf", os.urandom(8000)),) if number % 3 == 0 else (),
    )


@contextlib.contextmanager
def _room(folder: Path, box: Mailbox) -> Iterator[PostRoom]:
    store = Store(f"sqlite:///{folder / 'namndbot.db'}", high_water=folder / "hogsta.json")
    store.migrate()
    today = dt.datetime.now(STOCKHOLM).date()
    with store.book() as book:
        for year in (today.year - 1, today.year):
            book.put_series(Series("sn", year, "SN", "{prefix} {year}-{number}", 1))
        ylva = book.put_person("Ylva Hedlund", "ylva@ekeby.example")
        book.put_role(ylva.id, "sn", "registrator", today, None)
    readers = wiring.children_for(1, 30, 1024)
    readers.warm()
    raw = RawFiles(folder / "raw")
    try:
        yield PostRoom(store, raw, readers, box, _NAMND, RealClock(), "bench:1:a", threading.Event())
    finally:
        readers.close()
        store.close()


def speed(way: str, count: int) -> tuple[float, float, float]:
    """Return letters a second: fetched and put into a table with fsync, and from the mailbox to a committed case; and
    the processor milliseconds that ours takes for one, which say more on a machine that others work on."""
    with tempfile.TemporaryDirectory() as name, mailbox(way, Path(name)) as (peer, ours):
        for number in range(count):
            peer.put(_raw(number), dt.datetime.now(dt.UTC) - dt.timedelta(minutes=count - number))
        floor = _floor(Path(name), ours())
        box = ours()
        with _room(Path(name), box) as room:
            started, before = time.perf_counter(), spent()
            done = room.round()
            took, worked = time.perf_counter() - started, spent() - before
        box.close()
        if floor[0] != count or len(done) != count:
            raise SystemExit(f"{way}: {count} letters came, {floor[0]} were fetched and {len(done)} registered.")
    return count / floor[1], count / took, worked / count * 1000


def _floor(folder: Path, box: Mailbox) -> tuple[int, float]:
    bare = sqlite3.connect(folder / "floor.db", isolation_level=None)
    bare.execute("PRAGMA synchronous=FULL")
    bare.execute("CREATE TABLE letters (key TEXT PRIMARY KEY, raw BLOB)")
    box.open()
    started, found = time.perf_counter(), 0
    for one in box.fetch():
        bare.execute("INSERT INTO letters VALUES (?, ?)", (one.key, one.raw))
        found += 1
    took = time.perf_counter() - started
    bare.close()
    box.close()
    return found, took


def push(way: str, count: int) -> list[float]:
    """Let letters come one by one to a bot that watches; return the seconds until each was registered, sorted."""
    with tempfile.TemporaryDirectory() as name, mailbox(way, Path(name)) as (peer, ours):
        box, watcher = ours(), ours()
        with _room(Path(name), box) as room:
            room.round()
            woken = threading.Event()
            watching = threading.Thread(target=watcher.watch, args=(woken.set, room.stopping))
            watching.start()
            woken.wait(10)
            took = []
            for number in range(count):
                time.sleep(0.3)
                raw = _raw(number)
                started = time.perf_counter()
                peer.put(raw, dt.datetime.now(dt.UTC))
                done: list[Any] = []
                while not done:
                    if not woken.wait(30):
                        raise SystemExit(f"{way}: a letter came, and nothing woke")
                    woken.clear()
                    done = room.round()
                took.append(time.perf_counter() - started)
            room.stopping.set()
            watching.join()
        box.close()
    return sorted(took)


def memory(way: str) -> float:
    """Return what fetching a letter of 35 MB holds at most, in times of its size; in a process of its own."""
    with tempfile.TemporaryDirectory() as name, mailbox(way, Path(name)) as (peer, ours):
        peer.put(letter(attachments=(("stor.pdf", os.urandom(BIG * 3 // 4)),)), dt.datetime.now(dt.UTC))
        made = ours()
        settings: Any = getattr(made, "_box", None) or FolderBox(Path(name) / "post")
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            return pool.submit(_fetched, settings).result()


def _fetched(box: FolderBox | ImapBox) -> float:
    made: Mailbox = FolderMailbox(box, settled_seconds=0) if isinstance(box, FolderBox) else ImapMailbox(box)
    made.open()
    before = resident(os.getpid())
    (size,) = [len(one.raw) for one in made.fetch()]
    made.close()
    return (peak(os.getpid()) - before) * 1_000_000 / size


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; return 1 when one is past its bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--ways", nargs="*", choices=_WAYS, default=_WAYS)
    parser.add_argument("--letters", type=int, default=300)
    parser.add_argument("--pushes", type=int, default=100)
    given = parser.parse_args(arguments)
    bad = []
    for way in given.ways:
        if "speed" in given.parts:
            floor, ours, work = speed(way, given.letters)
            print(
                f"{way}: {ours:.0f} letters a second to a committed case ({work:.0f} ms of processor each); "
                f"fetch and insert alone {floor:.0f}; {floor / ours:.1f} times"
            )
        if "push" in given.parts and way != "folder":
            took = push(way, given.pushes)
            most = took[min(len(took) - 1, len(took) * 99 // 100)]
            print(f"{way}: registered after {took[len(took) // 2]:.2f} s, 99 of 100 within {most:.2f} s")
            bad += [f"{way}: push {most:.2f} s"] if most > PUSH_SECONDS else []
        if "memory" in given.parts:
            times = memory(way)
            print(f"{way}: a letter of {BIG // 1_000_000} MB holds {times:.1f} times its size")
            bad += [f"{way}: memory {times:.1f}"] if times > MEMORY_TIMES else []
    for line in bad:
        print(f"past its bound: {line}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
