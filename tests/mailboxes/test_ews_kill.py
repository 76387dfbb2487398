"""Kill -9 at random moments while letters come by EWS: every letter once, every move made, no message accepted twice."""

from __future__ import annotations

import datetime as dt
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot import settings, wiring
from handlers import verifying
from storage import tables
from storage.records import Series
from tests.builders import STOCKHOLM, letter
from tests.killing import motion, start
from tests.mailboxes.ews_double import EwsDouble

ADDRESS = "socialnamnden@ekeby.example"
# The command runs on the real clock: its letters came the day before yesterday.
CAME = (dt.datetime.now(STOCKHOLM) - dt.timedelta(days=2)).replace(microsecond=0)
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
mailbox = {{ kind = "ews", server = "{server}", auth = "basic", user = 'EKEBY\\namndbot', \
password = {{ env = "EWS_PASSWORD" }}, from = {since} }}
"""


@pytest.fixture
def double() -> Iterator[EwsDouble]:
    made = EwsDouble(ADDRESS)
    made.add("ylva@ekeby.example")
    yield made
    made.stop()


def _installation(
    tmp_path: Path, database_url: str, double: EwsDouble, letters: int, monkeypatch: pytest.MonkeyPatch
) -> settings.Settings:
    monkeypatch.setenv("EWS_PASSWORD", "hemligt")
    path = tmp_path / "namndbot.toml"
    driver = "files" if database_url.startswith("sqlite") else "postgresql"
    url = database_url.replace("+psycopg", "")
    since = CAME.date() - dt.timedelta(days=1)
    (tmp_path / "nyckel").write_text("a key that several bots share", "ascii")
    path.write_text(_FILE.format(url=url, driver=driver, server=double.url, address=ADDRESS, since=since), "utf-8")
    made = settings.load(path)
    store = wiring.open_store(made)
    with store.book() as book:
        book.put_series(Series("sn", CAME.year, "SN", "{prefix} {year}-{number}", 1))
        ylva = book.put_person("Ylva Hedlund", "ylva@ekeby.example")
        book.put_role(ylva.id, "sn", "registrator", CAME.date(), None)
    store.close()
    for i in range(letters):
        subject, text = motion(i)
        raw = letter(
            subject,
            text,
            # Every tenth was sent on by the registrator: a receipt goes out, once.
            sender="ylva@ekeby.example" if i % 10 == 0 else f"ledamot{i}@parti.example",
            received=CAME + dt.timedelta(seconds=i),
            attachments=((f"bilaga-{i}.pdf", os.urandom(3000)),) if i % 3 == 0 else (),
        )
        double.put(raw, CAME + dt.timedelta(seconds=i))
    return made


def _let_claims_lapse(made: settings.Settings) -> None:
    # Two minutes later: what a killed process was about to send may be taken by the next.
    store = wiring.open_store(made)
    with store.engine.begin() as connection:
        connection.execute(sa.update(tables.notices).values(claimed_until=None))
    store.close()


def _work(double: EwsDouble) -> int:
    """How much has been done: letters out of the inbox, and messages gone out."""
    return len(double.accepted) - len(double.lie("inbox"))


def _run_with_kills(made: settings.Settings, double: EwsDouble, letters: int, kills: int, seed: int) -> int:
    chance = random.Random(seed)
    done = 0
    whole = letters // 10  # when all is done
    for _ in range(10 * kills):
        left = whole - _work(double)
        if done == kills or not left:
            break
        process = start(made)
        # So much on, and then anywhere within a letter or a message: the kills are spread over the whole round.
        until = _work(double) + 1 + int(chance.uniform(0, 1.4 * left / (kills - done + 1)))
        while process.poll() is None and _work(double) < until:
            time.sleep(0.002)
        time.sleep(chance.uniform(0, 0.05))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            done += 1
        _, said = process.communicate()
        assert process.returncode in (0, -signal.SIGKILL), said.decode()
        _let_claims_lapse(made)
    for _ in range(2):
        process = start(made)
        _, said = process.communicate(timeout=600)
        assert process.returncode == 0, said.decode()
    return done


def _assert_whole(made: settings.Settings, double: EwsDouble, letters: int) -> None:
    assert double.lie("inbox") == []
    assert len(double.lie("Registrerat")) == letters
    store = wiring.open_store(made)
    assert store.high_water is not None
    with store.look() as book:
        checked = verifying.verify(book, store.high_water.read())
        arrivals = book.arrivals(("sn",), limit=10_000)
        numbers = sorted(book.case(a.case_id).number or 0 for a in arrivals if a.case_id)
        notices = [n for n in book.notices() if n.kind == "kvitto"]
    store.close()
    assert checked.faults == ()
    assert [a.state for a in arrivals] == ["registered"] * letters
    assert numbers == list(range(1, letters + 1))
    assert all(a.moved_at for a in arrivals)
    assert [n.state for n in notices] == ["sent"] * (letters // 10)
    assert double.asked("DeleteItem") == 0
    # Each message was accepted, and none twice.
    accepted = Counter(message_id for message_id, _ in double.accepted)
    assert set(accepted) == {n.message_id for n in notices}
    assert {m: n for m, n in accepted.items() if n > 1} == {}


def test_three_kills_while_letters_come_by_ews(
    tmp_path: Path, double: EwsDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = _installation(tmp_path, f"sqlite:///{tmp_path / 'namndbot.db'}", double, 40, monkeypatch)
    assert _run_with_kills(made, double, 40, kills=3, seed=7) == 3
    _assert_whole(made, double, 40)


def test_a_crash_between_the_acceptance_and_its_mark_sends_nothing_twice(
    tmp_path: Path, double: EwsDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = _installation(tmp_path, f"sqlite:///{tmp_path / 'namndbot.db'}", double, 10, monkeypatch)
    double.fail("slow after", "CreateItem", value=5)
    process = start(made)
    while process.poll() is None and not double.accepted:
        time.sleep(0.002)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    _let_claims_lapse(made)
    process = start(made)
    _, said = process.communicate(timeout=300)
    assert process.returncode == 0, said.decode()
    _assert_whole(made, double, 10)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(3))
def test_thirty_kills_while_500_letters_come_by_ews(
    tmp_path: Path, database_url: str, double: EwsDouble, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = _installation(tmp_path, database_url, double, 500, monkeypatch)
    assert _run_with_kills(made, double, 500, kills=30, seed=seed) == 30
    _assert_whole(made, double, 500)
