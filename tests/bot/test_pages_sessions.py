"""The pages: logins are seen and ended by their owner and by the administrator, and end by themselves."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.cli import main
from bot.pages import security
from handlers import openings
from storage.store import Store
from tests.bot.pages_browser import Browser, House, browse
from tests.bot.pages_letters import NOW

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    made.person("Adam Administratör", "adam@ekeby.example", ("sn", "administrator"))
    yield made
    made.close()


def also(house: House, who: str, token: str, agent: str = "Firefox på Windows") -> str:
    with house.store.book() as book:
        ends = house.clock.at + 12 * HOUR
        book.put_session(
            token, "c", house.people[who].id, now=house.clock.at, expires_at=ends, how="account", agent=agent
        )
    return f"namndbot={token}"


def keys(text: str) -> list[str]:
    return re.findall(r'name="inloggning" value="([^"]+)"', text)


def test_a_session_that_is_not_used_ends_and_one_that_is_goes_on_to_its_own_end(house: House) -> None:
    async def steps(b: Browser) -> None:
        assert (await b.get("/diariet", "Ylva")).status == 200
        house.clock.at += security.IDLE + dt.timedelta(seconds=1)
        assert (await b.get("/diariet", "Ylva")).status == 303
        cookie = also(house, "Ylva", "busy")
        for _ in range(11):
            house.clock.at += HOUR
            assert (await b.get("/diariet", cookie=cookie)).status == 200
        house.clock.at += HOUR
        assert (await b.get("/diariet", cookie=cookie)).status == 303

    browse(house, steps)


def test_that_a_session_is_used_is_written_once_a_minute(house: House) -> None:
    seen: list[dt.datetime] = []

    async def steps(b: Browser) -> None:
        for seconds in (10, 30, 30, 10, 90):
            house.clock.at += dt.timedelta(seconds=seconds)
            await b.get("/franvaro", "Ylva")
            with house.store.look() as book:
                session = book.session("session-of-Ylva", now=house.clock.at, idle=security.IDLE)
            assert session is not None
            seen.append(session.last_seen_at)

    browse(house, steps)
    assert len(set(seen)) == 3


def test_one_sees_ones_own_logins_and_ends_them(house: House) -> None:
    async def steps(b: Browser) -> None:
        other = also(house, "Karin", "elsewhere", security.browser("Mozilla/5.0 (iPhone) Version/17 Safari/604"))
        also(house, "Ylva", "hers")
        page = await b.get("/sessioner", "Karin")
        assert "Safari på iPhone" in page.text
        assert "(den här)" in page.text
        assert "elsewhere" not in page.text
        assert len(keys(page.text)) == 2
        with house.store.look() as book:
            key = book.session_key("elsewhere")
        ended = await b.post("/sessioner", "Karin", inloggning=key)
        assert ended.headers["Location"] == "/sessioner?gjort=en"
        assert (await b.get("/diariet", cookie=other)).status == 303
        assert (await b.get("/diariet", "Karin")).status == 200
        assert (await b.get("/diariet", cookie="namndbot=hers")).status == 200
        everywhere = await b.post("/sessioner", "Karin")
        assert everywhere.headers["Location"] == "/in"
        assert (await b.get("/diariet", "Karin")).status == 303

    browse(house, steps)


def test_nobody_but_the_administrator_ends_anothers(house: House) -> None:
    async def steps(b: Browser) -> None:
        cookie = also(house, "Karin", "hers")
        karin, nils = str(house.people["Karin"].id), str(house.people["Nils"].id)
        for who in ("Ylva", "Mona", "Nils"):
            assert (await b.get(f"/sessioner?person={karin}", who)).status == 404, who
            assert (await b.post("/sessioner", who, person=karin)).status == 404, who
        assert (await b.get(f"/sessioner?person={nils}", "Adam")).status == 404
        assert (await b.get("/diariet", cookie=cookie)).status == 200
        page = await b.get(f"/sessioner?person={karin}", "Adam")
        assert "Inloggningar för Karin Ödman" in page.text
        with house.store.look() as book:
            strangers = book.session_key("session-of-Ylva")
        await b.post("/sessioner", "Karin", inloggning=strangers)
        assert (await b.get("/diariet", "Ylva")).status == 200
        ended = await b.post("/sessioner", "Adam", person=karin)
        assert ended.status == 303
        assert (await b.get("/diariet", cookie=cookie)).status == 303

    browse(house, steps)
    with house.store.look() as book:
        assert [e.actor for e in book.entries(namnd="sn") if e.what == "utloggad"] == [
            f"person:{house.people['Adam'].id}"
        ]


def test_what_has_ended_is_forgotten(store: Store) -> None:
    with store.book() as book:
        person = book.put_person("Karin", "karin@ekeby.example")
        for token, hours in (("old", -1), ("new", 1)):
            book.put_session(token, "c", person.id, now=NOW - 2 * HOUR, expires_at=NOW + hours * HOUR)
            book.put_login_link(token, person.id, NOW + hours * HOUR)
            book.put_login_try(token, expires_at=NOW + hours * HOUR)
        assert book.clear_logins(now=NOW) == 3
        openings.tidy(book, now=NOW)
    with store.look() as book:
        assert book.login_link("new", now=NOW) == person
        assert book.session("new", now=NOW, idle=3 * HOUR) is not None


def test_a_session_from_before_is_known_by_when_it_began(store: Store) -> None:
    with store.book() as book:
        person = book.put_person("Karin", "karin@ekeby.example")
        book.put_session("old", "c", person.id, now=NOW, expires_at=NOW + 12 * HOUR)
        book._connection.exec_driver_sql("UPDATE sessions SET last_seen_at = NULL")
    with store.look() as book:
        assert book.session("old", now=NOW + HOUR, idle=2 * HOUR) is not None
        assert book.session("old", now=NOW + 3 * HOUR, idle=2 * HOUR) is None


def test_a_persons_logins_are_ended_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(tmp_path / "namndbot.toml")
    main(["init", "--settings", path, "--namnd", "sn", "Socialnämnden", "sn@ekeby.example"])
    store = Store(f"sqlite:///{tmp_path / 'namndbot.db'}")
    now = dt.datetime.now(dt.UTC)
    with store.book() as book:
        person = book.put_person("Karin Ödman", "karin@ekeby.example")
        book.put_session("t", "c", person.id, now=now, expires_at=now + HOUR, agent="Edge på Windows")
    capsys.readouterr()
    assert main(["sessions", "--settings", path, "karin@ekeby.example"]) == 0
    assert "Edge på Windows" in capsys.readouterr().out
    assert main(["sessions", "--settings", path, "karin@ekeby.example", "--end"]) == 0
    assert main(["sessions", "--settings", path, "karin@ekeby.example"]) == 0
    assert "inte inloggad någonstans" in capsys.readouterr().out
    assert main(["sessions", "--settings", path, "okand@ekeby.example"]) == 1
    store.close()
