"""The histories of meetings and absence: who may read whose, with what stood before and why."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.pages import change_words, upkeep
from handlers import absences, calendars
from handlers.meeting_lists import MeetingLine
from tests.bot.pages_browser import Browser, House, browse
from tests.bot.pages_letters import NOW

DAY = dt.date.fromisoformat
HOSTILE = '"><script>alert(1)</script>'


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    made.person("Anders Wikström", "anders@ekeby.example", ("sn", "manager"))
    made.person("Samira Haddad", "samira@ekeby.example", ("sn", "handlaggare"))
    made.person("Eva Två", "eva@ekeby.example", ("sn", "registrator"), ("un", "registrator"))
    lines = [
        MeetingLine("sn", "namnd", DAY("2026-12-17"), DAY("2026-12-03")),
        MeetingLine("", "kf", DAY("2026-12-14"), None),
    ]
    with made.store.book() as book:
        calendars.enter(book, lines, ("sn", "un"), now=NOW, actor="kommandorad:drift")
    yield made
    made.close()


def bare(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html.split("<main")[-1]).split())


def mark(html: str) -> str:
    return str(re.findall(r'name="sett" value="([0-9a-f]+)"', html)[0])


def meeting(house: House) -> int:
    with house.store.look() as book:
        return next(m.id for m in book.meetings(("sn",), cancelled=True))


def test_every_change_that_a_page_is_for_has_its_sentence() -> None:
    assert all(change_words.known(whats) for whats in upkeep.HISTORY.values())


def test_a_meeting_s_move_is_told_with_its_days_and_reason(house: House) -> None:
    number = meeting(house)

    async def steps(b: Browser) -> None:
        page = await b.get(f"/moten?andra={number}", "Ylva")
        seen = mark(page.text)
        moved: dict[str, Any] = {
            "dag": "2026-12-18",
            "stopp": "2026-12-04",
            "skal": "Lokalen är upptagen",
            "sett": seen,
        }
        assert (await b.post(f"/moten/{number}/flytta", "Ylva", **moved)).status == 303
        late = await b.post(f"/moten/{number}/flytta", "Eva", **(moved | {"dag": "2026-12-21"}))
        assert late.status == 409
        assert "Ylva Hedlund hann före" in late.text
        assert "Dag 2026-12-18 2026-12-21" in bare(late.text)
        assert 'value="2026-12-21"' in late.text
        off = await b.post(f"/moten/{number}/stall-in", "Eva", skal="Inga ärenden", sett=mark(late.text))
        assert off.status == 303
        text = bare((await b.get("/moten", "Ylva")).text)
        assert "Eva Två ställde in nämndens möte 18 december 2026. Skäl: Inga ärenden." in text
        assert (
            "Ylva Hedlund flyttade nämndens möte. Förut: 17 december 2026, stoppdag 3 december 2026 blev 18 december 2026, "
            "stoppdag 4 december 2026. Skäl: Lokalen är upptagen." in text
        )
        history = bare((await b.get("/moten/andringar?vad=kf", "Ylva")).text)
        assert "Kommandoraden, konto drift lade in fullmäktiges möte 14 december 2026." in history
        assert "nämndens möte" not in history
        long = await b.post(f"/moten/{number}/hall", "Ylva", skal="x" * 301)
        assert long.status == 422
        assert (await b.post(f"/moten/{number}/hall", "Ylva", skal=HOSTILE)).status == 303
        for path in ("/moten", "/moten/andringar", f"/moten/andringar?vad={HOSTILE}&sida={HOSTILE}"):
            assert "<script>alert" not in (await b.get(path, "Ylva")).text
        for who in ("Karin", "Mona"):
            assert (await b.get("/moten/andringar", who)).status == 404
        assert (await b.get("/moten/andringar?namnd=un", "Ylva")).status == 404
        both = await b.get("/moten", "Eva")
        assert "/moten/andringar?namnd=un" in both.text

    browse(house, steps)


def test_one_reads_one_s_own_absence_and_a_manager_everybody_s(house: House) -> None:
    karin, samira = house.people["Karin"], house.people["Samira"]
    with house.store.book() as book:
        for person, last, instead in (
            (karin, "2026-12-05", None),
            (karin, "2026-12-09", samira),
            (samira, "2026-12-24", None),
        ):
            first = DAY("2026-12-01") if person is karin else DAY("2026-12-20")
            absences.note_away(book, person, first, DAY(last), instead, ["sn"], now=NOW, actor=f"person:{person.id}")
        absences.end_away(book, karin, DAY("2026-12-01"), ["sn"], now=NOW, actor="kommandorad:drift")

    async def steps(b: Browser) -> None:
        mine = await b.get("/franvaro/andringar", "Karin")
        text = bare(mine.text)
        assert "Karin Ödman antecknade frånvaro för Karin Ödman: 1 december 2026 till 5 december 2026." in text
        assert (
            "Förut: 1 december 2026 till 5 december 2026 blev 1 december 2026 till 9 december 2026, Samira Haddad svarar."
            in text
        )
        assert "Kommandoraden, konto drift tog bort frånvaron från 1 december 2026 för Karin Ödman." in text
        assert "för Samira" not in text
        for path in (f"/franvaro/andringar?vad={samira.id}", f"/franvaro/andringar?vad={HOSTILE}"):
            assert "för Samira" not in (await b.get(path, "Karin")).text
        assert "för Samira" not in (await b.get("/franvaro", "Karin")).text
        assert "/installningar" not in mine.text
        led = await b.get("/franvaro/andringar", "Anders")
        assert "för Samira Haddad" in led.text
        assert "för Karin" not in (await b.get(f"/franvaro/andringar?vad={samira.id}", "Anders")).text
        assert "för Samira Haddad" in (await b.get("/franvaro", "Anders")).text
        assert (await b.get("/franvaro/andringar?namnd=un", "Karin")).status == 404
        assert (await b.get("/franvaro/andringar", "Ingen")).status == 404

    browse(house, steps)
