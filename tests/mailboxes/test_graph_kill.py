"""Kill -9 at random moments while letters come from Microsoft 365 and receipts go out: each once, numbers without a gap."""

from __future__ import annotations

import datetime as dt
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from bot import doctor, settings, wiring
from bot.clock import RealClock
from handlers import verifying
from storage.records import Series
from tests.builders import STOCKHOLM, letter
from tests.killing import motion
from tests.mailboxes.graph_double import CLIENT, SECRET, TENANT, GraphDouble
from tests.mailboxes.graph_peer import ADDRESS

# The bot runs on the real clock: its letters came the day before yesterday.
CAME = dt.datetime.now(STOCKHOLM) - dt.timedelta(days=2)
_FILE = """\
organisation = "Ekeby kommun"
[database]
url = "{url}"
[raw]
driver = "{driver}"
[mail]
token_key = {{ file = "nyckel" }}
[[namnd]]
key = "sn"
name = "Socialnämnden"
addresses = ["{address}"]
[namnd.mailbox]
kind = "graph"
tenant = "{tenant}"
client_id = "{client}"
secret = {{ env = "GRAPH_SECRET" }}
from = {since}
url = "{graph}"
login = "{login}"
ca = "{ca}"
"""


def _installation(tmp_path: Path, database_url: str, double: GraphDouble, letters: int) -> settings.Settings:
    path = tmp_path / "namndbot.toml"
    told = _FILE.format(
        url=database_url.replace("+psycopg", ""),
        driver="files" if database_url.startswith("sqlite") else "postgresql",
        address=ADDRESS,
        tenant=TENANT,
        client=CLIENT,
        since=(CAME - dt.timedelta(days=5)).date(),
        graph=double.url,
        login=double.login,
        ca=double.ca,
    )
    (tmp_path / "nyckel").write_text("a key that several bots share", "ascii")
    path.write_text(told, "utf-8")
    made = settings.load(path)
    store = wiring.open_store(made)
    with store.book() as book:
        book.put_series(Series("sn", CAME.year, "SN", "{prefix} {year}-{number}", 1))
        ylva = book.put_person("Ylva Hedlund", "ylva@ekeby.example")
        book.put_role(ylva.id, "sn", "registrator", CAME.date(), None)
    store.close()
    for i in range(letters):
        subject, text = motion(i)
        # Every fifth was sent on by the registrator: a receipt goes out, once.
        sender = "ylva@ekeby.example" if i % 5 == 0 else f"ledamot{i}@parti.example"
        received = CAME + dt.timedelta(seconds=i)
        text = text
        double.put(ADDRESS, letter(subject, text, sender=sender, received=received), received)
    return made


def _lies(double: GraphDouble) -> Counter[str]:
    account = double.account(ADDRESS)
    return Counter(account.folders[one.folder] for one in list(account.letters.values()))


def _start(made: settings.Settings, number: int) -> subprocess.Popen[bytes]:
    # Each start is ten minutes later: what the one before had claimed is free again.
    command = [sys.executable, "-m", "tests.mailboxes.graph_bot", str(made.file), str(10 * number)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)


def _run_with_kills(made: settings.Settings, double: GraphDouble, kills: int, seed: int) -> int:
    chance = random.Random(seed)
    done = starts = 0
    while done < kills and _lies(double)["Inkorgen"] and starts < 10 * kills:
        before = _lies(double)["Inkorgen"]
        process = _start(made, starts)
        starts += 1
        after = before - 1 - int(chance.uniform(0, 1.4 * before / (kills - done + 1)))
        sent = len(double.accepted)
        # Half of the kills come just after a message was accepted, or while it is on its way.
        by_send = chance.random() < 0.5
        while process.poll() is None and _lies(double)["Inkorgen"] > after:
            if by_send and len(double.accepted) > sent + 1:
                break
            time.sleep(0.002)
        time.sleep(chance.uniform(0, 0.02))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            done += 1
        _, said = process.communicate()
        assert process.returncode in (0, -signal.SIGKILL), said.decode()
    for _ in range(2):
        process = _start(made, starts)
        starts += 1
        _, said = process.communicate(timeout=300)
        assert process.returncode == 0, said.decode()
    return done


def _assert_whole(made: settings.Settings, double: GraphDouble, letters: int) -> None:
    lies = _lies(double)
    assert (lies["Inkorgen"], lies["Registrerat"], lies["Utkast"]) == (0, letters, 0)
    twice = {told: count for told, count in Counter(told for told, _ in double.accepted).items() if count > 1}
    assert twice == {}
    store = wiring.open_store(made)
    assert store.high_water is not None
    with store.look() as book:
        checked = verifying.verify(book, store.high_water.read())
        kept = book.kept_hashes()
        arrivals = book.arrivals(("sn",), limit=10_000)
        numbers = sorted(book.case(a.case_id).number or 0 for a in arrivals if a.case_id)
        receipts = [n for n in book.notices() if n.kind == "kvitto"]
    checked = verifying.with_letters(checked, kept, wiring.raw_letters(made, store))
    store.close()
    assert checked.faults == ()
    assert [a.state for a in arrivals] == ["registered"] * letters
    assert numbers == list(range(1, letters + 1))
    assert all(a.moved_at for a in arrivals)
    assert {n.state for n in receipts} == {"sent"}
    assert len(receipts) == letters // 5
    assert {n.message_id for n in receipts} <= {told for told, _ in double.accepted}
    assert double.unmarked == double.deletions == []
    assert double.most_at_once <= 2 + 2  # the killed one's last requests beside the next one's first


def _try(tmp_path: Path, url: str, *, letters: int, kills: int, seed: int) -> int:
    with GraphDouble() as double:
        double.sent_delay = 0.05
        double.account(ADDRESS)
        made = _installation(tmp_path, url, double, letters)
        done = _run_with_kills(made, double, kills, seed)
        _assert_whole(made, double, letters)
    return done


def test_three_kills_lose_nothing_and_double_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPH_SECRET", SECRET)
    assert _try(tmp_path, f"sqlite:///{tmp_path / 'namndbot.db'}", letters=100, kills=3, seed=3) >= 2


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(3))
def test_ten_kills_during_500_letters_lose_nothing_and_double_nothing(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    # Three seeds of ten kills: thirty on each database.
    monkeypatch.setenv("GRAPH_SECRET", SECRET)
    assert _try(tmp_path, database_url, letters=500, kills=10, seed=seed) == 10


def test_the_examination_sends_a_letter_there_and_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPH_SECRET", SECRET)
    with GraphDouble() as double:
        double.delivers = True
        double.account(ADDRESS)
        made = _installation(tmp_path, f"sqlite:///{tmp_path / 'namndbot.db'}", double, 2)
        found = list(doctor._doors(made, made.namnder[0], RealClock(), letter=True, wait=20))
        assert [one.verdict for one in found] == ["ok"] * 4, found
        assert _lies(double)["Skickat"] == 2  # the copy, and the letter that came
        double.account(ADDRESS).allowed = False
        (refused,) = doctor._doors(made, made.namnder[0], RealClock(), letter=True, wait=1)
        assert any("Application Mail.Send" in command for command in refused.commands)
