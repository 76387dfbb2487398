"""Kill -9 while cards go out: everybody gets theirs, and each card is repeated once at most for each kill."""

from __future__ import annotations

import datetime as dt
import os
import random
import signal
import time
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot import settings, wiring
from handlers import acquainting
from storage.records import Person, Series
from tests.bot.chat_house import account
from tests.builders import STOCKHOLM, letter
from tests.channels.connector_double import TENANT, ConnectorDouble
from tests.killing import motion, start

LETTERS, PEOPLE = 60, 20
CAME = dt.datetime.now(STOCKHOLM) - dt.timedelta(days=2)
_FILE = """\
organisation = "Ekeby kommun"
[database]
url = "{url}"
[mail]
token_key = {{ file = "nyckel" }}
[teams]
local = true
port = {port}
tenant = "{tenant}"
service_urls = ["{service}"]
[[namnd]]
key = "sn"
name = "Socialnämnden"
addresses = ["socialnamnden@ekeby.example"]
mailbox = {{ kind = "folder", folder = "mailbox/sn" }}
"""


def _installation(folder: Path, database_url: str, teams: ConnectorDouble) -> settings.Settings:
    """Found a nämnd whose twenty registratorer have each sent three letters on: receipts go at any hour."""
    path = folder / "namndbot.toml"
    url = database_url.replace("+psycopg", "")
    path.write_text(_FILE.format(url=url, port=1, tenant=TENANT, service=teams.url), "utf-8")
    (folder / "nyckel").write_text("a key that several bots share", "ascii")
    made = settings.load(path)
    store = wiring.open_store(made)
    now = dt.datetime.now(STOCKHOLM)
    people: list[Person] = []
    with store.book() as book:
        for year in (CAME.year, now.year):
            book.put_series(Series("sn", year, "SN", "{prefix} {year}-{number}", 1))
        for number in range(PEOPLE):
            person = book.put_person(f"Person {number}", f"p{number}@ekeby.example")
            book.put_role(person.id, "sn", "registrator", CAME.date(), None)
            acquainting.tie(book, TENANT, account(person), person, "it", now=now, actor="test")
            address = {
                "service_url": teams.url,
                "conversation": f"a:{person.id}",
                "bot": "28:b",
                "tenant": TENANT,
                "channel": "msteams",
            }
            book.put_chat(TENANT, f"a:{person.id}", "personal", account(person), address, now=now)
            people.append(person)
    store.close()
    inbox = folder / "mailbox" / "sn" / "inkorg"
    inbox.mkdir(parents=True)
    for number in range(LETTERS):
        subject, text = motion(number)
        raw = letter(
            subject,
            text,
            sender=people[number % PEOPLE].email,
            received=CAME + dt.timedelta(seconds=number),
        )
        (inbox / f"{number:03d}.eml").write_bytes(raw)
        os.utime(inbox / f"{number:03d}.eml", (CAME.timestamp(), CAME.timestamp()))
    return made


def _time_passes(made: settings.Settings) -> None:
    """Let what a dead bot had in hand be anybody's, as it is after two minutes, and try again what was unsure."""
    long_ago = dt.datetime.now(dt.UTC).replace(tzinfo=None) - dt.timedelta(hours=1)
    engine = sa.create_engine(made.database_url)
    with engine.begin() as connection:
        held = sa.text("UPDATE notices SET claimed_until = :t WHERE claimed_until IS NOT NULL")
        connection.execute(held, {"t": long_ago})
        waits = sa.text("UPDATE notices SET next_try_at = :t WHERE state = 'queued' AND channel = 'chat'")
        connection.execute(waits, {"t": long_ago})
    engine.dispose()


def _live(made: settings.Settings, teams: ConnectorDouble, kills: int, seed: int) -> int:
    chance, done = random.Random(seed), 0
    for _ in range(10 * kills):
        said = len(teams.accepted)
        if done == kills or said >= LETTERS:
            break
        process = start(made)
        enough = said + 1 + int(chance.uniform(0, 1.6 * (LETTERS - said) / (kills - done + 1)))
        while process.poll() is None and len(teams.accepted) < enough:
            time.sleep(0.002)
        time.sleep(chance.uniform(0, 0.05))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            done += 1
        _, told = process.communicate()
        assert process.returncode in (0, -signal.SIGKILL), told.decode()
        _time_passes(made)
    for _ in range(3):
        process = start(made)
        _, told = process.communicate(timeout=300)
        assert process.returncode == 0, told.decode()
        _time_passes(made)
    return done


def _assert_whole(made: settings.Settings, teams: ConnectorDouble, kills: int) -> None:
    store = wiring.open_store(made)
    with store.look() as book:
        receipts = [n for n in book.notices() if n.kind == "kvitto"]
        shown = {n.id: book.card_of(n.id) for n in receipts}
    store.close()
    assert len(receipts) == LETTERS
    assert {n.state for n in receipts} == {"sent"}
    by_mail = [n for n in receipts if n.channel == "mail"]
    # What was in hand at two kills goes by mail the third time; a card for all others.
    assert len(by_mail) <= max(0, kills - 1) * 8
    told = Counter(one.activity["summary"] for one in teams.accepted if one.method == "POST")
    assert all(told[_summary(teams, card.message_id)] >= 1 for card in shown.values() if card)
    assert len(told) + len(by_mail) >= LETTERS
    assert max(told.values()) <= 2  # a card that may have been seen is said once more, and then mailed
    assert sum(told.values()) <= LETTERS + 8 * kills


def _summary(teams: ConnectorDouble, message: str) -> str:
    return next(str(one.activity["summary"]) for one in teams.accepted if one.message == message)


def test_three_kills_while_cards_go_out_lose_none_and_repeat_each_once_at_most(tmp_path: Path) -> None:
    with ConnectorDouble(tls=False) as teams:
        made = _installation(tmp_path, f"sqlite:///{tmp_path / 'namndbot.db'}", teams)
        kills = _live(made, teams, kills=3, seed=7)
        assert kills >= 1
        _assert_whole(made, teams, kills)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(5))
def test_thirty_kills_while_cards_go_out(tmp_path: Path, database_url: str, seed: int) -> None:
    with ConnectorDouble(tls=False) as teams:
        made = _installation(tmp_path, database_url, teams)
        kills = _live(made, teams, kills=30, seed=seed)
        assert kills >= 5
        _assert_whole(made, teams, kills)
