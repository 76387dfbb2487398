"""Kill -9 at random moments during a round of 200 letters: every letter once, numbers without a gap."""

from __future__ import annotations

import datetime as dt
import os
import random
import signal
import time
from pathlib import Path

import pytest

from bot import settings, wiring
from handlers import verifying
from storage.records import Series
from tests.builders import STOCKHOLM, letter
from tests.killing import motion, start

LETTERS = 200
# The command runs on the real clock: its letters came the day before yesterday.
CAME = dt.datetime.now(STOCKHOLM) - dt.timedelta(days=2)
_FILE = """\
organisation = "Ekeby kommun"
[database]
url = "{url}"
[mail]
token_key = {{ file = "nyckel" }}
[raw]
driver = "{driver}"
[[namnd]]
key = "sn"
name = "Socialnämnden"
addresses = ["socialnamnden@ekeby.example"]
mailbox = {{ kind = "folder", folder = "mailbox/sn" }}
"""


def _installation(tmp_path: Path, database_url: str) -> settings.Settings:
    path = tmp_path / "namndbot.toml"
    driver = "files" if database_url.startswith("sqlite") else "postgresql"
    path.write_text(_FILE.format(url=database_url.replace("+psycopg", ""), driver=driver), "utf-8")
    (tmp_path / "nyckel").write_text("a key that several bots share", "ascii")
    made = settings.load(path)
    store = wiring.open_store(made)
    with store.book() as book:
        book.put_series(Series("sn", CAME.year, "SN", "{prefix} {year}-{number}", 1))
        ylva = book.put_person("Ylva Hedlund", "ylva@ekeby.example")
        book.put_role(ylva.id, "sn", "registrator", CAME.date(), None)
    store.close()
    inbox = tmp_path / "mailbox" / "sn" / "inkorg"
    inbox.mkdir(parents=True)
    for i in range(LETTERS):
        subject, text = motion(i)
        raw = letter(
            subject,
            text,
            # Every tenth was sent on by the registrator: a receipt goes out, once.
            sender="ylva@ekeby.example" if i % 10 == 0 else f"ledamot{i}@parti.example",
            received=CAME + dt.timedelta(seconds=i),
            attachments=((f"bilaga-{i}.pdf", os.urandom(3000)),) if i % 3 == 0 else (),
        )
        (inbox / f"{i:03d}.eml").write_bytes(raw)
        os.utime(inbox / f"{i:03d}.eml", (CAME.timestamp(), CAME.timestamp()))
    return made


def _left(made: settings.Settings) -> int:
    return len(list((made.folder("sn") / "inkorg").iterdir()))


def _run_with_kills(made: settings.Settings, kills: int, seed: int) -> int:
    chance = random.Random(seed)
    done = 0
    for _ in range(10 * kills):
        if done == kills or not _left(made):
            break
        before = _left(made)
        process = start(made)
        # So many letters on, and then anywhere within a letter: the kills are spread over the whole round.
        after = before - 1 - int(chance.uniform(0, 1.4 * before / (kills - done + 1)))
        while process.poll() is None and _left(made) > after:
            time.sleep(0.002)
        time.sleep(chance.uniform(0, 0.05))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            done += 1
        _, said = process.communicate()
        assert process.returncode in (0, -signal.SIGKILL), said.decode()
    for _ in range(2):
        process = start(made)
        _, said = process.communicate(timeout=300)
        assert process.returncode == 0, said.decode()
    return done


def _assert_whole(made: settings.Settings) -> None:
    folder = made.folder("sn")
    assert _left(made) == 0
    assert len(list((folder / "registrerat").iterdir())) == LETTERS
    assert len(list((folder / "utkorg").glob("nb*"))) == LETTERS // 10
    store = wiring.open_store(made)
    assert store.high_water is not None
    with store.look() as book:
        checked = verifying.verify(book, store.high_water.read())
        kept = book.kept_hashes()
        arrivals = book.arrivals(("sn",), limit=10_000)
        numbers = sorted(book.case(a.case_id).number or 0 for a in arrivals if a.case_id)
        # The questions about who takes each case wait for a working day; the receipts go at once.
        notices = [n for n in book.notices() if n.kind == "kvitto"]
    checked = verifying.with_letters(checked, kept, wiring.raw_letters(made, store))
    store.close()
    assert checked.faults == ()
    assert [a.state for a in arrivals] == ["registered"] * LETTERS
    assert numbers == list(range(1, LETTERS + 1))
    assert all(a.moved_at for a in arrivals)
    assert {n.state for n in notices} == {"sent"}
    assert len(notices) == LETTERS // 10


def test_three_kills_during_200_letters_lose_nothing_and_double_nothing(tmp_path: Path, database_url: str) -> None:
    made = _installation(tmp_path, database_url)
    assert _run_with_kills(made, kills=3, seed=7) >= 1
    _assert_whole(made)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(5))
def test_ten_kills_during_200_letters_lose_nothing_and_double_nothing(
    tmp_path: Path, database_url: str, seed: int
) -> None:
    # Five seeds of ten kills: fifty on each database.
    made = _installation(tmp_path, database_url)
    assert _run_with_kills(made, kills=10, seed=seed) == 10
    _assert_whole(made)
