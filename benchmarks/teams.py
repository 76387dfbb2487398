"""What it costs to speak in Teams; run by hand: python -m benchmarks.teams --help. The service is a double of our own."""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import os
import secrets
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

import aiohttp

from benchmarks.processes import peak, resident
from bot.channels import chats
from bot.channels.gateway import Gateway
from bot.chat import PATH, ChatRoom
from bot.chat_courier import ChatCourier
from bot.chat_site import ChatSite, listen
from bot.clock import STOCKHOLM
from bot.doors import TeamsDoor
from bot.pacing import Pacer
from handlers import acquainting
from handlers.notices import queue
from handlers.ports import Clock
from storage.records import Namnd, Person, Series
from storage.store import Store
from tests.builders import reading, take_in
from tests.channels.activities import activity
from tests.channels.connector_double import CLIENT, SECRET, TENANT, ConnectorDouble
from tests.channels.issuer import Issuer, token
from tests.channels.loopback import certificates

PARTS = ("pace", "click", "memory")
CLICK_SECONDS = 0.2  # from a click to its answer, for 99 of 100
# A municipality: its people work for twelve nämnder.
_NAMNDER = tuple(
    Namnd(f"n{n}", f"Nämnd {n}", "Ekeby kommun", (f"n{n}@ekeby.example",), url="https://nb.example") for n in range(12)
)
_NOW = dt.datetime(2026, 11, 24, 9, 0, tzinfo=STOCKHOLM)
T = TypeVar("T")


def _namnd(number: int) -> Namnd:
    return _NAMNDER[number % len(_NAMNDER)]


class _Standing:
    """A clock that stands on a working morning: cards go out by day."""

    def now(self) -> dt.datetime:
        return _NOW


class _House:
    """A register with people who have accounts, and the chat with them, asked in as the real one is: with tokens."""

    def __init__(self, folder: Path, teams: ConnectorDouble, issuer: Issuer, people: int) -> None:
        self.store = Store(f"sqlite:///{folder / 'namndbot.db'}")
        self.store.migrate()
        self.teams = teams
        self.people = self._people(people)
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()
        clock: Clock = _Standing()
        namnder = {n.key: n for n in _NAMNDER}
        pacer = Pacer()
        self.room = ChatRoom(self.store, namnder, clock, pacer, _NAMNDER[0].organisation)
        door = TeamsDoor(
            CLIENT,
            SECRET,
            None,
            (TENANT,),
            (teams.url,),
            login=teams.login,
            openid=issuer.openid,
            ca=certificates().ca,
        )

        async def opened() -> Gateway:
            return chats.make(door, self.room.hear)

        self.gateway = self.run(opened())
        self.room.gateway = self.gateway
        self.courier = ChatCourier(self.store, self.gateway, namnder, clock, "bench:1:a", pacer=pacer)

    def _people(self, count: int) -> list[Person]:
        people = []
        with self.store.book() as book:
            for namnd in _NAMNDER:
                book.put_series(Series(namnd.key, 2026, namnd.key.upper(), "{prefix} {year}-{number}", 1))
            for number in range(count):
                person = book.put_person(f"Person {number}", f"p{number}@ekeby.example")
                book.put_role(person.id, _namnd(number).key, "handlaggare", dt.date(2026, 1, 1), None)
                acquainting.tie(book, TENANT, _account(person), person, "it", now=_NOW, actor="bench")
                address = {
                    "service_url": self.teams.url,
                    "conversation": f"a:{person.id}",
                    "bot": f"28:{CLIENT}",
                    "tenant": TENANT,
                    "channel": "msteams",
                }
                book.put_chat(TENANT, f"a:{person.id}", "personal", _account(person), address, now=_NOW)
                people.append(person)
        return people

    def ask(self) -> list[int]:
        """Ask each person who takes a case of their own; return the questions."""
        asked = []
        for number, person in enumerate(self.people):
            namnd = _namnd(number)
            outcome = take_in(self.store, reading(f"Motion om {_words(number)}"), namnd=namnd, received=_NOW, now=_NOW)
            assert outcome.case is not None
            with self.store.book() as book:
                book.drop_questions(outcome.case.id)
                question = book.put_question(namnd.key, outcome.case.id, "handlaggare", now=_NOW)
                key = queue.question_key(question.id, person.id, 0, namnd)
                message_id = queue.message_id(key, namnd)
                book.put_asking(question.id, person.id, 0, _NOW.date(), message_id)
                queue.ask(book, question, person, 0, outcome.case, namnd, message_id, now=_NOW)
            asked.append(question.id)
        return asked

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something on the loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    def close(self) -> None:
        """Let everything go."""
        self.run(self.gateway.close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()
        self.store.close()


def _account(person: Person) -> str:
    return f"aaaaaaaa-0000-4000-8000-{person.id:012d}"


def _words(number: int) -> str:
    return f"{secrets.token_hex(6)} {secrets.token_hex(6)} {number}"


def pace(people: int) -> bool:
    """Cards a second to so many people, beside the same cards said bare at the same pace; Teams takes 30 a second."""
    with tempfile.TemporaryDirectory() as folder, ConnectorDouble() as teams, Issuer() as issuer:
        house = _House(Path(folder), teams, issuer, people)
        try:
            house.ask()
            start = time.perf_counter()
            sent = house.run(house.courier.round())
            taken = time.perf_counter() - start
            assert sent == people, (sent, people)
            cards = [one.activity["attachments"][0]["content"] for one in teams.accepted]
            bare = house.run(_bare(house.gateway, house.people, cards, teams.url))
        finally:
            house.close()
    ideal = people / 30
    print(
        f"pace    {people} people: {people / taken:5.1f} cards/s from the outbox, {people / bare:5.1f} bare at the same pace: "
        f"{taken / bare:.2f} times; Teams' own limit takes {ideal:.0f} s, the outbox {taken:.1f} s"
    )
    return taken <= 1.3 * bare


async def _bare(gateway: Gateway, people: Sequence[Person], cards: Sequence[Any], url: str) -> float:
    """Say the same cards without a register, paced alike, so many at once."""
    pacer = Pacer()
    jobs = iter(list(zip(people, cards, strict=True)))

    async def work() -> None:
        for person, card in jobs:
            chat = f"a:{person.id}"
            await asyncio.sleep(max(0.0, pacer.take(chat, time.monotonic()) - time.monotonic()))
            address = {
                "service_url": url,
                "conversation": chat,
                "bot": f"28:{CLIENT}",
                "tenant": TENANT,
                "channel": "msteams",
            }
            await gateway.send(address, "bare", card)

    start = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(8)))
    return time.perf_counter() - start


def click(clicks: int, rounds: int) -> bool:
    """Milliseconds from a click until its answer is back, so many different people within one second."""
    with tempfile.TemporaryDirectory() as folder, ConnectorDouble() as teams, Issuer() as issuer:
        house = _House(Path(folder), teams, issuer, clicks * rounds)
        try:
            asked = house.ask()
            house.run(house.courier.round())
            site = ChatSite(house.gateway, house.room, house.courier, house.loop, threading.Event())
            runner = house.run(listen(site, "127.0.0.1", 0))
            port = runner.addresses[0][1]
            times: list[float] = []
            floor: list[float] = []
            for number in range(rounds):
                mine = slice(number * clicks, (number + 1) * clicks)
                times += asyncio.run(_clicks(port, teams.url, house.people[mine], asked[mine]))
                floor += asyncio.run(_clicks(port, teams.url, house.people[mine], [0] * clicks))
            house.run(runner.cleanup())
            with house.store.look() as book:
                taken = sum(book.question(q).answer == "ta" for q in asked)
        finally:
            house.close()
    assert taken == len(asked), (taken, len(asked))
    half, most = statistics.median(times), sorted(times)[int(len(times) * 0.99)]
    bare = sorted(floor)[int(len(floor) * 0.99)]
    print(
        f"click   {clicks} clicks within a second, {rounds} times: half within {1000 * half:.0f} ms, 99 of 100 within "
        f"{1000 * most:.0f} ms (to be under {1000 * CLICK_SECONDS:.0f}); a click on nothing {1000 * bare:.0f} ms: "
        f"{most / bare:.1f} times"
    )
    return most < CLICK_SECONDS


async def _clicks(port: int, url: str, people: Sequence[Person], questions: Sequence[int]) -> list[float]:
    headers = {"Authorization": f"Bearer {token(url)}", "Content-Type": "application/json"}
    async with aiohttp.ClientSession() as session:

        async def one(number: int, person: Person, question: int) -> float:
            await asyncio.sleep(number / len(people))
            value = {
                "action": {"type": "Action.Execute", "verb": "svara", "data": {"q": question, "svar": "ta"}},
                "trigger": "manual",
            }
            body = activity(
                "invoke",
                name="adaptiveCard/action",
                value=value,
                serviceUrl=url,
                conversation={"conversationType": "personal", "tenantId": TENANT, "id": f"a:{person.id}"},
                **{"from": {"id": f"29:{person.id}", "aadObjectId": _account(person)}},
            )
            start = time.perf_counter()
            async with session.post(f"http://127.0.0.1:{port}{PATH}", data=json.dumps(body), headers=headers) as answer:
                told = await answer.json()
            assert told["statusCode"] == 200, told
            return time.perf_counter() - start

        return list(
            await asyncio.gather(*(one(n, p, q) for n, (p, q) in enumerate(zip(people, questions, strict=True))))
        )


def memory(people: int) -> bool:
    """Megabytes that the chat adds to the process: the SDK, and a round of cards."""
    before = resident(os.getpid())
    with tempfile.TemporaryDirectory() as folder, ConnectorDouble() as teams, Issuer() as issuer:
        house = _House(Path(folder), teams, issuer, people)
        loaded = resident(os.getpid())
        try:
            house.ask()
            asked = resident(os.getpid())
            house.run(house.courier.round())
        finally:
            house.close()
        after = resident(os.getpid())
    print(
        f"memory  {before:.0f} MB before, {loaded:.0f} MB with the SDK loaded, {after:.0f} MB after {people} cards "
        f"({(after - asked) * 1000 / people:.0f} kB a card), at most {peak(os.getpid()):.0f} MB; the doubles are counted in"
    )
    return after - asked < 60


def main(argv: Sequence[str] | None = None) -> int:
    """Measure what is asked for; return 1 where a promise is not kept."""
    parser = argparse.ArgumentParser(description="Cards to many people, answers to clicks, memory.")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--people", type=int, default=500)
    parser.add_argument("--clicks", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=6)
    args = parser.parse_args(argv)
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    kept = True
    if "memory" in args.parts:
        kept &= memory(min(args.people, 200))
    if "pace" in args.parts:
        kept &= pace(args.people)
    if "click" in args.parts:
        kept &= click(args.clicks, args.rounds)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
