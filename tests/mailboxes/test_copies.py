"""Two copies of the bot on one mailbox and one PostgreSQL: every letter once, whatever happens to either of them."""

from __future__ import annotations

import datetime as dt
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from bot import settings, wiring
from handlers import verifying
from storage.records import Series
from tests.builders import STOCKHOLM, letter
from tests.killing import motion
from tests.mailboxes.imap_double import peer as double
from tests.mailboxes.imap_peer import ImapPeer

_FILE = """\
organisation = "Ekeby kommun"
[database]
url = "{url}"
[raw]
driver = "postgresql"
[mail]
token_key = {{ file = "nyckel" }}
[[namnd]]
key = "sn"
name = "Socialnämnden"
addresses = ["{address}"]
[namnd.mailbox]
kind = "imap"
host = "{host}"
port = {port}
tls = "none"
user = "{user}"
password = {{ file = "losenord" }}
from = {since}
[namnd.send]
host = "127.0.0.1"
port = 9
tls = "none"
"""


def _installation(folder: Path, url: str, server: ImapPeer, letters: int) -> settings.Settings:
    box = server.box
    came = dt.datetime.now(dt.UTC).replace(microsecond=0) - dt.timedelta(hours=3)
    (folder / "nyckel").write_text("a key that several bots share", "ascii")
    (folder / "losenord").write_text(box.password, "ascii")
    path = folder / "namndbot.toml"
    path.write_text(
        _FILE.format(
            url=url.replace("+psycopg", ""),
            address=box.address,
            host=box.host,
            port=box.port,
            user=box.user,
            since=came.date() - dt.timedelta(days=1),
        ),
        "utf-8",
    )
    made = settings.load(path)
    store = wiring.open_store(made)
    with store.book() as book:
        book.put_series(Series("sn", came.year, "SN", "{prefix} {year}-{number}", 1))
    store.close()
    for number in range(letters):
        subject, text = motion(number)
        received = came + dt.timedelta(seconds=number)
        raw = letter(
            subject,
            text,
            sender=f"ledamot{number}@parti.example",
            received=received.astimezone(STOCKHOLM),
        )
        server.put(raw, received)
    return made


def _copy(made: settings.Settings, stop: threading.Event, kills: int, seed: int, said: list[str]) -> None:
    """Be one copy: start again and again, and be killed so many times at any moment."""
    chance = random.Random(seed)
    while not stop.is_set():
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "run", "--once", "--settings", str(made.file)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        if kills:
            kills -= 1
            time.sleep(chance.uniform(1.5, 6))
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
        told = process.communicate(timeout=300)[1].decode()
        if process.returncode not in (0, -signal.SIGKILL):
            said.append(told)
            return


def _live(made: settings.Settings, server: ImapPeer, letters: int, kills: int) -> None:
    stop, said = threading.Event(), list[str]()
    copies = [threading.Thread(target=_copy, args=(made, stop, kills, seed, said)) for seed in (1, 2)]
    for copy in copies:
        copy.start()
    until = time.monotonic() + 60 + letters
    while time.monotonic() < until and not said and server.subjects("inkorg"):
        time.sleep(0.2)
    stop.set()
    for copy in copies:
        copy.join()
    assert said == []


def _assert_whole(made: settings.Settings, server: ImapPeer, letters: int) -> None:
    assert server.subjects("inkorg") == []
    assert len(server.subjects("registrerat")) == letters
    store = wiring.open_store(made)
    with store.look() as book:
        checked = verifying.verify(book, {})
        arrivals = book.arrivals(("sn",), limit=10_000)
        numbers = sorted(book.case(a.case_id).number or 0 for a in arrivals if a.case_id)
    store.close()
    assert checked.faults == ()
    assert [a.state for a in arrivals] == ["registered"] * letters
    assert numbers == list(range(1, letters + 1))


def _town(url: str, folder: Path, letters: int, kills: int) -> None:
    with double(folder) as server:
        made = _installation(folder, url, server, letters)
        _live(made, server, letters, kills)
        _assert_whole(made, server, letters)


def test_two_copies_that_are_killed_meanwhile_register_every_letter_once(empty_postgresql: str, tmp_path: Path) -> None:
    _town(empty_postgresql, tmp_path, letters=40, kills=2)


@pytest.mark.soak
def test_two_copies_that_are_killed_thirty_times_register_every_letter_once(
    empty_postgresql: str, tmp_path: Path
) -> None:
    _town(empty_postgresql, tmp_path, letters=500, kills=15)
