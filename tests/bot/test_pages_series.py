"""The page of series: what has been given, the next number, and what would make a number come twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from handlers import lists
from storage.records import Series
from tests.bot.pages_browser import Browser, House, browse
from tests.bot.pages_letters import NOW, remiss

HOSTILE = '"><script>alert(1)</script>'
HOME = "/installningar/nummerserier"
GOOD: dict[str, Any] = {
    "vilken": "ny",
    "ar": "2027",
    "prefix": "SOC",
    "mall": "{prefix}-{year}-{number:04d}",
    "forsta": "1",
}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    made.person("Ada Lind", "ada@ekeby.example", ("sn", "administrator"))
    made.person("Eva Två", "eva@ekeby.example", ("sn", "administrator"))
    made.letter(remiss())
    yield made
    made.close()


def bare(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html.split("<main")[-1]).split())


def mark(html: str) -> str:
    return str(re.findall(r'name="sett" value="([0-9a-f]+)"', html)[0])


def series(house: House) -> list[Series]:
    with house.store.look() as book:
        return [s for s in book.all_series() if s.namnd == "sn"]


def test_a_coming_year_is_looked_at_and_added_and_the_next_number_is_told(house: House) -> None:
    async def steps(b: Browser) -> None:
        page = await b.get(HOME, "Ada")
        assert "2025 SN {prefix} {year}-{number} 1 2026: 1 SN 2026-2" in bare(page.text)
        looked = await b.post(HOME, "Ada", **GOOD, gor="visa", sett=mark(page.text))
        assert "Nästa nummer blir SOC-2027-0001 ." in bare(looked.text)
        assert 'value="SOC"' in looked.text
        assert len(series(house)) == 1
        done = await b.post(HOME, "Ada", **GOOD, skal="Nytt namn", sett=mark(page.text))
        assert done.status == 303
        text = bare((await b.get(done.headers["Location"], "Ada")).text)
        assert "SOC-2027-0001 första 2027" in text
        assert (
            "Ada Lind lade in nummerserien från 2027: SOC, {prefix}-{year}-{number:04d}, första numret 1. Skäl: Nytt namn."
            in text
        )
        again = await b.get(f"{HOME}?andra=2025", "Ada")
        changed: dict[str, Any] = {
            "vilken": "rad",
            "ar": "2025",
            "prefix": "SOCN",
            "mall": "{prefix} {year}-{number}",
            "forsta": "1",
        }
        assert (await b.post(HOME, "Ada", **changed, sett=mark(again.text))).status == 303
        history = bare((await b.get(f"{HOME}/andringar", "Ylva")).text)
        assert "Förut: SN, {prefix} {year}-{number}, första numret 1 blev SOCN, {prefix} {year}-{number}" in history
        assert (await b.get(f"{HOME}.csv", "Ylva")).text.count("sn;") == 2

    browse(house, steps)
    assert [(s.from_year, s.prefix) for s in series(house)] == [(2025, "SOCN"), (2027, "SOC")]


def test_only_administrators_change_and_only_they_and_registrators_see(house: House) -> None:
    async def steps(b: Browser) -> None:
        assert "Lägg till en serie" not in (await b.get(HOME, "Ylva")).text
        for who in ("Karin", "Mona", "Nils"):
            for path in (HOME, f"{HOME}/andringar", f"{HOME}.csv"):
                assert (await b.get(f"{path}?namnd=sn", who)).status == 404
        for who in ("Ylva", "Karin", "Nils"):
            assert (await b.post(HOME, who, namnd="sn", **GOOD)).status == 404

    browse(house, steps)
    assert len(series(house)) == 1


def test_what_would_give_a_number_twice_or_cannot_be_is_told_at_its_field(house: House) -> None:
    faults = (
        ({"ar": "2026"}, "Nummer till och med 1 är redan utdelade 2026"),
        ({"ar": "2024"}, "Skriv ett år från 2026 till 2036."),
        ({"ar": "2999"}, "mellan 1900 och 2199"),
        ({"ar": "9" * 5000}, "mellan 1900 och 2199"),
        ({"ar": "²"}, "mellan 1900 och 2199"),
        ({"mall": "{prefix}-{number}"}, "Mallen saknar {year}"),
        ({"mall": "{prefix} {year}-{number:0999999d}"}, "bara bredd för number"),
        ({"mall": "{prefix.__class__} {year} {number}"}, "den får bara ha"),
        ({"prefix": ""}, "Prefix saknas"),
        ({"prefix": "x" * 61}, "högst 60 tecken"),
        ({"forsta": "0"}, "mellan 1 och 9999999"),
        ({"skal": "x" * 301}, "Skälet är för långt"),
    )

    async def steps(b: Browser) -> None:
        seen = mark((await b.get(HOME, "Ada")).text)
        for change, words in faults:
            page = await b.post(HOME, "Ada", **(GOOD | {"prefix": "SOC"} | change), sett=seen)
            assert page.status == 422, change
            assert words in page.text, change
            assert 'aria-invalid="true"' in page.text
        hostile: dict[str, Any] = dict.fromkeys(GOOD, HOSTILE)
        odd = GOOD | {"prefix": HOSTILE[:30], "mall": "<b>{prefix} {year}-{number}"}
        pages = [
            await b.post(HOME, "Ada", **hostile, gor="visa"),
            await b.post(HOME, "Ada", **odd, gor="visa", sett=seen),
        ]
        assert (await b.post(HOME, "Ada", **odd, sett=seen)).status == 303
        pages += [
            await b.get(HOME, "Ada"),
            await b.get(f"{HOME}/andringar", "Ada"),
            await b.get(f"{HOME}?andra=2027", "Ada"),
        ]
        pages += [await b.get(f"{HOME}?andra={HOSTILE}", "Ada")]
        for page in pages:
            assert "<script>alert" not in page.text
            assert "<b>{prefix" not in page.text

    browse(house, steps)


def test_who_comes_too_late_sees_both_and_loses_nothing(house: House) -> None:
    async def steps(b: Browser) -> None:
        seen = mark((await b.get(HOME, "Ada")).text)
        assert (await b.post(HOME, "Eva", **(GOOD | {"prefix": "SO"}), sett=seen)).status == 303
        late = await b.post(HOME, "Ada", **GOOD, sett=seen)
        assert late.status == 409
        assert "Eva Två hann före" in late.text
        assert "Prefix SO SOC" in bare(late.text)
        assert 'value="SOC"' in late.text
        assert (await b.post(HOME, "Ada", **GOOD)).status == 409
        assert (await b.post(HOME, "Ada", **GOOD, sett=mark(late.text))).status == 303

    browse(house, steps)


def test_the_command_line_s_series_stand_in_the_same_history(house: House) -> None:
    with house.store.book() as book:
        one = Series("sn", 2027, "SN", "{prefix} {year}-{number}", 5)
        lists.enter_series(book, [one], now=NOW, actor="kommandorad:drift")

    async def steps(b: Browser) -> None:
        text = bare((await b.get(f"{HOME}/andringar", "Ylva")).text)
        assert "Kommandoraden, konto drift lade in nummerserien från 2027: SN" in text

    browse(house, steps)
