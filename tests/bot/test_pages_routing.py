"""The page of routing: lines in order, what each change leaves behind, and what a try says."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from handlers import choice_lists
from storage.records import Entry, Route
from tests.bot.pages_browser import Browser, House, browse
from tests.bot.pages_letters import NOW, TODAY

HOSTILE = '"><script>alert(1)</script>'
HOME = "/installningar/fordelning"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    made.person("Ada Lind", "ada@ekeby.example", ("sn", "administrator"))
    made.person("Anders Wikström", "anders@ekeby.example", ("sn", "manager"))
    samira = made.person("Samira Haddad", "samira@ekeby.example")
    with made.store.book() as book:
        book.put_role(samira.id, "sn", "handlaggare", dt.date(2020, 1, 1), None, "Öst")
    yield made
    made.close()


def bare(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html.split("<main")[-1]).split())


def mark(html: str) -> str:
    return str(re.findall(r'name="sett" value="([0-9a-f]+)"', html)[0])


def routes(house: House) -> list[Route]:
    with house.store.look() as book:
        return book.routes("sn")


def changes(house: House) -> list[Entry]:
    with house.store.look() as book:
        return [e for e in book.entries(namnd="sn") if e.what == "fördelning ändrad"]


async def add(b: Browser, who: str = "Ylva", **line: Any) -> None:
    page = await b.get(HOME, who)
    assert (await b.post(HOME, who, sett=mark(page.text), **line)).status == 303


def test_lines_are_added_changed_moved_and_removed_and_each_is_journalled(house: House) -> None:
    karin = str(house.people["Karin"].id)

    async def steps(b: Browser) -> None:
        assert "Ingen fördelning än" in (await b.get(HOME, "Ylva")).text
        await add(b, typ="motion", enhet="Öst", skal="Enheten tar motioner")
        await add(b, ord="trygghetslarm", person=karin)
        page = await b.get(HOME, "Ylva")
        assert "1 Motion Enheten Öst" in bare(page.text)
        assert "2 ”trygghetslarm” i rubriken Karin Ödman" in bare(page.text)
        moved = await b.post(f"{HOME}/2/flytta", "Ylva", vart="upp", sett=mark(page.text))
        assert moved.status == 303
        page = await b.get(f"{HOME}?andra=1", "Ylva")
        line: dict[str, Any] = {"ord": "trygghetslarm", "avsandare": "regionen", "person": karin, "skal": "Bara deras"}
        assert (await b.post(f"{HOME}/1", "Ylva", **line, sett=mark(page.text))).status == 303
        page = await b.get(HOME, "Ylva")
        assert (await b.post(f"{HOME}/2/ta-bort", "Ylva", sett=mark(page.text))).status == 303
        text = bare((await b.get(f"{HOME}/andringar", "Ylva")).text)
        assert "Ylva Hedlund tog bort rad 2 ur fördelningen: Motion: enheten Öst." in text
        assert (
            "ändrade rad 1 i fördelningen. Förut: ”trygghetslarm” i rubriken: Karin Ödman blev ”trygghetslarm” i "
            "rubriken, från regionen: Karin Ödman. Skäl: Bara deras." in text
        )
        assert "flyttade rad 2 i fördelningen till plats 1: ”trygghetslarm” i rubriken: Karin Ödman." in text
        assert "lade till rad 1 i fördelningen: Motion: enheten Öst. Skäl: Enheten tar motioner." in text

    browse(house, steps)
    assert [(r.words, r.sender, r.person_id) for r in routes(house)] == [("trygghetslarm", "regionen", int(karin))]
    assert all("Karin" not in str(e.data) for e in changes(house))


def test_only_registrators_and_administrators_see_it(house: House) -> None:
    async def steps(b: Browser) -> None:
        await add(b, "Ada", typ="motion", enhet="Öst")
        for who in ("Karin", "Anders", "Mona", "Nils"):
            for path in (f"{HOME}?namnd=sn", f"{HOME}/andringar?namnd=sn", f"{HOME}.csv?namnd=sn"):
                assert (await b.get(path, who)).status == 404
            for path in ("", "/1", "/1/flytta", "/1/ta-bort", "/prova"):
                assert (await b.post(HOME + path, who, namnd="sn", typ="motion", enhet="Väst", titel="x")).status == 404

    browse(house, steps)
    assert [r.unit for r in routes(house)] == ["Öst"]


def test_a_try_says_which_line_takes_it_and_who_is_asked_and_writes_nothing(house: House) -> None:
    karin = str(house.people["Karin"].id)
    with house.store.book() as book:
        book.put_absence(house.people["Samira"].id, TODAY, dt.date(2026, 12, 6), None)

    async def steps(b: Browser) -> None:
        await add(b, ord="simhall", enhet="Finns inte")
        await add(b, typ="motion", enhet="Öst")
        await add(b, ord="trygghetslarm", avsandare="region", person=karin)
        before = len(changes(house))
        tried = bare((await b.post(f"{HOME}/prova", "Ylva", titel="Om trygghetslarm", fran="Region Ekebygd")).text)
        assert "Rad 3 tar det ”trygghetslarm” i rubriken, från region: Karin Ödman." in tried
        assert "Anders Wikström frågas först, med Karin Ödman som förslag." in tried
        motion = bare((await b.post(f"{HOME}/prova", "Ylva", titel="Simhall", sort="motion")).text)
        assert "Rad 2 tar det" in motion
        assert "Rad 1 passar också" in motion
        assert "borta till 6 december 2026, kommer sist" in motion
        nothing = bare((await b.post(f"{HOME}/prova", "Ylva", titel="Något annat")).text)
        assert "Ingen rad tar det" in nothing
        with house.store.book() as book:
            book.put_rule("sn", "ask_first", "handlaggare")
        direct = bare((await b.post(f"{HOME}/prova", "Ylva", titel="trygghetslarm", fran="region")).text)
        assert "Karin Ödman frågas först, direkt." in direct
        empty = await b.post(f"{HOME}/prova", "Ylva", titel=" ", fran="Regionen")
        assert empty.status == 422
        assert 'value="Regionen"' in empty.text
        assert len(changes(house)) == before

    browse(house, steps)
    with house.store.look() as book:
        assert book.questions(namnder=("sn",)) == []


def test_what_cannot_be_is_told_at_its_field_and_nothing_is_lost(house: House) -> None:
    ylva = str(house.people["Ylva"].id)
    faults: tuple[tuple[dict[str, Any], str], ...] = (
        ({}, "Välj en enhet eller en handläggare."),
        ({"typ": "kung", "enhet": "Öst"}, "Välj en typ i listan."),
        ({"ord": "x" * 201, "enhet": "Öst"}, "Skriv högst 200"),
        ({"person": ylva}, "Välj ett namn i listan."),
        ({"enhet": "Öst", "skal": "x" * 301}, "Skälet är för långt"),
    )

    async def steps(b: Browser) -> None:
        seen = mark((await b.get(HOME, "Ylva")).text)
        for line, words in faults:
            page = await b.post(HOME, "Ylva", avsandare="Regionen", sett=seen, **line)
            assert page.status == 422, line
            assert words in page.text
            assert 'value="Regionen"' in page.text
        hostile: dict[str, Any] = {
            "typ": HOSTILE,
            "ord": HOSTILE,
            "avsandare": HOSTILE,
            "enhet": HOSTILE,
            "person": HOSTILE,
        }
        pages = [await b.post(HOME, "Ylva", sett=HOSTILE, **hostile), await b.post(HOME, "Ylva", sett=seen, **hostile)]
        await add(b, ord=HOSTILE, avsandare=HOSTILE, enhet=HOSTILE)
        pages += [
            await b.get(HOME, "Ylva"),
            await b.get(f"{HOME}?andra=1", "Ylva"),
            await b.get(f"{HOME}/andringar", "Ylva"),
        ]
        pages += [await b.post(f"{HOME}/prova", "Ylva", titel=HOSTILE, fran=HOSTILE, sort=HOSTILE)]
        pages += [await b.get(f"{HOME}?andra={HOSTILE}&gjort={HOSTILE}", "Ylva")]
        for page in pages:
            assert "<script>alert" not in page.text
            assert not re.search(r"\sstyle\s*=|\son[a-z]+\s*=", page.text)
        for path in (f"{HOME}/99", f"{HOME}/99/flytta", f"{HOME}/99/ta-bort"):
            now = mark((await b.get(HOME, "Ylva")).text)
            assert (await b.post(path, "Ylva", sett=now, enhet="Öst")).status == 422
        assert (await b.post(f"{HOME}/x/flytta", "Ylva")).status == 404

    browse(house, steps)
    assert len(routes(house)) == 1


def test_who_comes_too_late_sees_both_and_loses_nothing(house: House) -> None:
    async def steps(b: Browser) -> None:
        await add(b, typ="motion", enhet="Öst")
        seen = mark((await b.get(f"{HOME}?andra=1", "Ylva")).text)
        assert (await b.post(f"{HOME}/1", "Ada", typ="remiss", enhet="Öst", sett=seen)).status == 303
        late = await b.post(f"{HOME}/1", "Ylva", typ="revision", enhet="Väst", sett=seen)
        assert late.status == 409
        text = bare(late.text)
        assert "Ada Lind hann före" in text
        assert "Begäran om yttrande: enheten Öst Revision: enheten Väst" in text
        assert 'value="Väst"' in late.text
        for path in ("/1/flytta", "/1/ta-bort", ""):
            assert (await b.post(HOME + path, "Ylva", sett=seen, enhet="Väst")).status == 409
            assert (await b.post(HOME + path, "Ylva", enhet="Väst")).status == 409
        assert (await b.post(f"{HOME}/1", "Ylva", typ="revision", enhet="Väst", sett=mark(late.text))).status == 303

    browse(house, steps)
    assert [(r.matter, r.unit) for r in routes(house)] == [("revision", "Väst")]


def test_the_command_line_s_list_stands_in_the_same_history(house: House) -> None:
    text = "namnd;typ;ord;avsändare;enhet;handläggare\nsn;motion;;;Öst;\nsn;;larm;;;karin@ekeby.example\n"
    for _ in range(2):  # the second time it changes nothing, and says nothing
        with house.store.book() as book:
            choice_lists.enter_routes(book, choice_lists.read_routes(text, ["sn"]), now=NOW, actor="kommandorad:drift")
    with house.store.book() as book:  # as it was written before
        book.note("sn", "val ändrat", now=NOW, actor="kommandorad:drift", data={"val": "routes", "till": 3})
        book.note(
            "sn", "val ändrat", now=NOW, actor="kommandorad:drift", data={"val": "send_days", "från": 1, "till": 2}
        )

    async def steps(b: Browser) -> None:
        page = await b.get(f"{HOME}/andringar", "Ylva")
        assert page.text.count("<li><time>") == 2
        text = bare(page.text)
        assert "Kommandoraden, konto drift läste in en ny fördelning: 3 rader." in text
        assert "blev Motion: enheten Öst; ”larm” i rubriken: Karin Ödman." in text
        out = await b.get(f"{HOME}.csv", "Ylva")
        assert "sn;;larm;;;karin@ekeby.example" in out.text

    browse(house, steps)
