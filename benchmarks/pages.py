"""How soon the pages answer over a register of a million cases; run by hand: python -m benchmarks.pages --help."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime as dt
import multiprocessing
import random
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import aiohttp
import sqlalchemy as sa
from aiohttp import web

from benchmarks.due import databases
from benchmarks.filling import NAMNDER, NOW
from benchmarks.municipality import PEOPLE, Clicker, Language, clickers, fill
from benchmarks.processes import peak
from bot.pages.app import Desk, make_app
from handlers.ports import ReadLetter
from handlers.reading.reading import Context, Reading
from storage import tables as t
from storage.raw.files import RawFiles
from storage.store import Store

THINKS = 5.0  # seconds between two clicks of one person
MOST_MS, MOST_BYTES = 200, 100_000  # what a list and a case may take (p99), and the first page as it is sent
_KINDS = ("list", "search", "case")
_WEIGHTS = (45, 20, 35)
_VIEWS = ("oppna", "oppna", "oppna", "oppna", "sena", "ingen", "andra", "avslutade", "alla")


class _Clock:
    def now(self) -> dt.datetime:
        return NOW


class _Reader:
    def read(self, raw: bytes, context: Context) -> ReadLetter:
        return ReadLetter(Reading())


def _serve(url: str, folder: str, told: Connection) -> None:
    """Serve the bot's own pages on a port of the system's choice, until the process is ended."""

    async def run() -> None:
        namnder = {namnd.key: namnd for namnd in NAMNDER}
        raw = RawFiles(Path(folder) / "raw")
        desk = Desk(Store(url), raw, _Reader(), _Clock(), namnder, "Ekeby kommun", "http://127.0.0.1", lambda: None)
        runner = web.AppRunner(make_app(desk), access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        told.send(runner.addresses[0][1])
        await asyncio.Event().wait()

    asyncio.run(run())


@contextlib.contextmanager
def served(url: str, folder: Path) -> Iterator[tuple[str, int]]:
    """Serve the pages in a process of their own; give their address and the process's id."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(url, str(folder), theirs), daemon=True)
    process.start()
    try:
        if not ours.poll(60):
            raise SystemExit("The pages did not start.")
        yield f"http://127.0.0.1:{ours.recv()}", process.pid or 0
    finally:
        process.terminate()
        process.join()


class Mind:
    """What people click next: mostly what is open, in their own nämnder; old cases now and then."""

    def __init__(self, store: Store, cases: int) -> None:
        self._chance = random.Random(5)
        self._language = Language()
        self.topic = self._language.topic
        self.cases = cases
        with store.engine.connect() as connection:
            c = t.cases
            query = sa.select(c.c.id, c.c.namnd, c.c.state).where(
                c.c.secret.is_(False), c.c.id > (cases * 9 // 10 if cases > 100_000 else 0)
            )
            rows = connection.execute(query).all()
        self._ids = {k.key: [r.id for r in rows if r.namnd == k.key] for k in NAMNDER}
        self._open = {k.key: [r.id for r in rows if r.namnd == k.key and r.state == "open"] for k in NAMNDER}

    def next(self, who: Clicker) -> tuple[str, str]:
        """Return what somebody clicks: the kind of page, and its address."""
        pick = self._chance.choice
        kind = self._chance.choices(_KINDS, weights=_WEIGHTS)[0]
        namnd = pick(who.namnder)
        if kind == "case":
            ids = self._open[namnd] if self._chance.random() < 0.7 else self._ids[namnd]
            return kind, f"/arende/{pick(ids or self._ids[namnd])}"
        if kind == "list":
            page = 1 if self._chance.random() < 0.7 else self._chance.randint(2, 40)
            one = f"&namnd={namnd}" if len(who.namnder) > 1 and self._chance.random() < 0.5 else ""
            return kind, f"/diariet?vy={pick(_VIEWS)}&sida={page}{one}"
        return kind, f"/diariet?vy={pick(('alla', 'alla', 'oppna'))}&q={self.words(namnd)}"

    def words(self, namnd: str) -> str:
        """Return what somebody looks for: a number, a word of a title, a few words, or a beginning."""
        which = self._chance.random()
        if which < 0.3:
            one = self._chance.choice(self._ids[namnd])
            return f"{namnd}%202026-{one}"
        if which < 0.6:
            return self._language.topic()
        if which < 0.9:
            return "%20".join([self._language.topic(), *self._language.some(1)])
        return self._language.topic()[:4]


async def _click(base: str, who: Clicker, mind: Mind, until: float, took: dict[str, list[float]]) -> None:
    chance = random.Random(who.token)
    headers = {"Cookie": f"namndbot={who.token}"}
    await asyncio.sleep(chance.random() * THINKS)
    async with aiohttp.ClientSession(base, headers=headers, cookie_jar=aiohttp.DummyCookieJar()) as session:
        while time.perf_counter() < until:
            kind, path = mind.next(who)
            started = time.perf_counter()
            async with session.get(path, allow_redirects=False) as answer:
                await answer.read()
                if answer.status != 200:
                    raise SystemExit(f"{path} answered {answer.status}.")
            took[kind].append(time.perf_counter() - started)
            await asyncio.sleep(chance.expovariate(1 / THINKS))


async def _all(base: str, people: Sequence[Clicker], mind: Mind, seconds: float) -> dict[str, list[float]]:
    for who in (*people[:2], *people[-2:]):  # what is made once is nobody's fault
        await _click(base, who, mind, time.perf_counter() + 0.1, {kind: [] for kind in _KINDS})
    took: dict[str, list[float]] = {kind: [] for kind in _KINDS}
    until = time.perf_counter() + seconds
    await asyncio.gather(*(_click(base, who, mind, until, took) for who in people))
    return took


async def first_page(base: str, who: Clicker) -> dict[str, int]:
    """Return the bytes of the first page as they are sent, by file."""
    headers = {"Cookie": f"namndbot={who.token}", "Accept-Encoding": "gzip"}
    sizes: dict[str, int] = {}
    async with aiohttp.ClientSession(base, headers=headers, auto_decompress=False) as session:
        async with session.get("/diariet") as answer:
            page = await answer.read()
            sizes["/diariet"] = len(page)
        for path in dict.fromkeys(re.findall(rb'(?:src|href)="(/static/[^"]+)"', page)):
            async with session.get(path.decode()) as answer:
                sizes[path.decode().partition("?")[0]] = len(await answer.read())
    return sizes


@dataclass(frozen=True, slots=True)
class Bare:
    """What the database alone takes for a page's rows, past SQLAlchemy: seconds, by kind."""

    took: dict[str, list[float]]


def bare(store: Store, people: Sequence[Clicker], mind: Mind, rounds: int) -> Bare:
    """Fetch the rows of so many pages of each kind by plain SQL."""
    raw = store.engine.raw_connection()
    cursor = raw.cursor()
    sqlite = store.engine.dialect.name == "sqlite"
    mark = "?" if sqlite else "%s"
    took: dict[str, list[float]] = {kind: [] for kind in _KINDS}
    chance = random.Random(3)

    def timed(kind: str, query: str, *values: Any) -> None:
        started = time.perf_counter()
        cursor.execute(query.replace("?", mark), values)
        cursor.fetchall()
        took[kind].append(time.perf_counter() - started)

    found = (
        "SELECT rowid FROM search_index WHERE search_index MATCH ? ORDER BY rowid DESC LIMIT 50"
        if sqlite
        else "SELECT case_id FROM search WHERE array_to_tsvector(string_to_array(words, ' ')) @@ ?::tsquery "
        "ORDER BY case_id DESC LIMIT 50"
    )
    for _ in range(rounds):
        namnd = chance.choice(chance.choice(people).namnder)
        timed(
            "list",
            "SELECT * FROM cases WHERE namnd = ? AND state = 'open' AND NOT secret "
            "ORDER BY coalesce(next_day, '9999-12-31'), id DESC LIMIT 50",
            namnd,
        )
        word = mind.topic()
        timed("search", f"SELECT * FROM cases WHERE id IN ({found})", f'"{word}"*' if sqlite else f"'{word}':*")  # noqa: S608
        timed("case", "SELECT * FROM cases WHERE id = ?", chance.randint(1, mind.cases))
    raw.close()
    return Bare(took)


def _at(share: float, took: Sequence[float]) -> float:
    return sorted(took)[min(len(took) - 1, int(share * len(took)))] * 1000 if took else 0.0


def round_of(kind: str, url: str, folder: Path, told: argparse.Namespace) -> bool:
    """Fill a register, let people click, and print what they waited; tell whether the bounds are kept."""
    store = Store(url)
    store.migrate()
    started, people = time.perf_counter(), clickers()
    if not _cases(store):
        fill(store, told.cases)
        _same_as_indexed(store, told.cases)
    mind = Mind(store, told.cases)
    print(f"{kind}: {told.cases} cases, made in {time.perf_counter() - started:.0f} s", flush=True)
    with served(url, folder) as (base, process):
        sizes = asyncio.run(first_page(base, people[-1]))
        took = asyncio.run(_all(base, people, mind, told.seconds))
        memory = peak(process)
    alone = bare(store, people, mind, told.rounds).took
    store.close()
    print(f"{PEOPLE} people, {THINKS:.0f} s between clicks, {told.seconds} s; the pages' process {memory:.0f} MB")
    print("page     clicks   p50, ms   p99, ms  worst, ms   bare query p50, ms   ratio")
    for page in _KINDS:
        mine, rows = took[page], alone[page]
        ratio = _at(0.5, mine) / max(_at(0.5, rows), 1e-6)
        print(
            f"{page:8} {len(mine):6} {_at(0.5, mine):9.1f} {_at(0.99, mine):9.1f} {_at(1, mine):10.1f}"
            f" {_at(0.5, rows):20.2f} {ratio:7.0f}x"
        )
    total = sum(sizes.values())
    print("first page: " + ", ".join(f"{name} {size}" for name, size in sizes.items()) + f"; {total} bytes", flush=True)
    return all(_at(0.99, took[page]) < MOST_MS for page in ("list", "case")) and total < MOST_BYTES


def _cases(store: Store) -> int:
    with store.engine.connect() as connection:
        return connection.execute(sa.select(sa.func.max(t.cases.c.id))).scalar_one() or 0


def _same_as_indexed(store: Store, cases: int) -> None:
    """Check that what was loaded is what the bot would have kept: else something else is measured."""
    with store.book() as book:
        s = t.search
        for one in range(1, cases + 1, max(1, cases // 50)):
            was = set(book._connection.execute(sa.select(s.c.words).where(s.c.case_id == one)).scalar_one().split(" "))
            book._reworded(one)
            book._index()
            now = set(book._connection.execute(sa.select(s.c.words).where(s.c.case_id == one)).scalar_one().split(" "))
            if was != now:
                raise SystemExit(f"Case {one} is indexed otherwise than loaded: {sorted(was ^ now)[:10]}")


def main(arguments: Sequence[str]) -> int:
    """Measure what is asked for. Exit 1 when --check is given and a bound is not kept."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--cases", type=int, default=1_000_000)
    asked.add_argument("--seconds", type=float, default=120, help="how long people click")
    asked.add_argument("--rounds", type=int, default=200, help="bare queries of each kind")
    asked.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    asked.add_argument("--folder", type=Path, help="where the databases are made; a temporary folder")
    asked.add_argument("--sqlite", type=Path, help="a file to keep: filled the first time, used as it is afterwards")
    asked.add_argument("--check", action="store_true", help="exit 1 when a bound is not kept")
    told = asked.parse_args(arguments)
    names: tuple[str, ...] = ("sqlite", "postgresql") if told.database == "both" else (told.database,)
    kept: list[bool] = []
    if told.sqlite:
        kept, names = [round_of("sqlite", f"sqlite:///{told.sqlite}", told.sqlite.parent, told)], ()
    for name in names:
        # One at a time: a database of a million cases takes some gigabytes.
        with tempfile.TemporaryDirectory(dir=told.folder) as folder, databases((name,), Path(folder)) as made:
            kept.append(round_of(name, made[name](told.cases), Path(folder), told))
    bounds = f"list and case under {MOST_MS} ms at p99, the first page under {MOST_BYTES} bytes"
    print(f"{'Bounds kept' if all(kept) else 'The bounds are not kept'} ({bounds}).")
    return 1 if told.check and not all(kept) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
