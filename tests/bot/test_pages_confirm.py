"""Whether something is done, on the page of the question and on the case's own: the same answers, the same handler."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from handlers import confirming
from tests.bot.pages_browser import Browser, House, browse
from tests.bot.pages_letters import NOW
from tests.bot.pages_moves import entries, led_house, link, question, send

_MEETING = {"vad": "möte", "steg": "beslut", "dag": "2026-11-05", "möte": None}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = led_house(tmp_path)
    with made.store.book() as book:
        book.put_question("sn", 1, confirming.KIND, now=NOW, data=_MEETING)
    yield made
    made.close()


def _met(house: House) -> list[str]:
    with house.store.look() as book:
        return [m.kind for m in book.milestones(1) if m.met_on and m.kind == "beslut"]


def test_the_page_asks_and_takes_each_answer(house: House) -> None:
    path = link(house, "Ylva", confirming.KIND)

    async def steps(b: Browser) -> None:
        page = await b.get(path)
        assert "Stämmer det att nämnden beslutade i SN 2026-1 den 5 november?" in page.text
        for word in ("Ja, det stämmer", "Nej, det bordlades", "Vet inte än"):
            assert word in page.text
        assert (await send(b, path, svar="klart")).status == 422
        done = await send(b, path, svar="stammer")
        assert "Tack, antecknat" in done.text
        assert "Nämnden har beslutat." in done.text

    browse(house, steps)
    assert _met(house) == ["beslut"]
    assert question(house, confirming.KIND).answered_how == "sidan"


def test_who_does_not_know_yet_is_told_when_we_ask_again(house: House) -> None:
    path = link(house, "Ylva", confirming.KIND)

    async def steps(b: Browser) -> None:
        done = await send(b, path, svar="vet_inte")
        assert "Tack, vi frågar igen" in done.text
        assert "tisdag 1 december 2026" in done.text

    browse(house, steps)
    assert question(house, confirming.KIND).state == "open"


def test_it_is_answered_on_the_cases_page_and_the_first_answer_wins(house: House) -> None:
    path, number = link(house, "Anders", confirming.KIND), question(house, confirming.KIND).id

    async def steps(b: Browser) -> None:
        page = (await b.get("/arende/1", "Ylva")).text
        assert "Stämmer det att nämnden beslutade i SN 2026-1 den 5 november?" in page
        assert 'action="/arende/1/stammer"' in page
        # A handläggare sees the question and cannot answer it there.
        assert 'action="/arende/1/stammer"' not in (await b.get("/arende/1", "Karin")).text
        assert (await b.post("/arende/1/stammer", "Karin", fraga=str(number), svar="stammer")).status == 404
        assert (await b.post("/arende/1/stammer", "Ylva", fraga="9999", svar="stammer")).status == 404
        assert (await b.post("/arende/1/stammer", "Ylva", fraga=str(number), svar="klart")).status == 404
        done = await b.post("/arende/1/stammer", "Ylva", fraga=str(number), svar="nej")
        assert (done.status, done.headers["Location"]) == (303, "/arende/1?gjort=besvarat")
        late = await send(b, path, svar="stammer")
        assert "Ylva Hedlund hann före" in late.text or "inte längre" in late.text
        again = await b.post("/arende/1/stammer", "Anders", fraga=str(number), svar="stammer")
        assert again.status == 409
        shown = (await b.get("/arende/1", "Ylva")).text
        assert "svarade på sidan: nämnden beslutade inte 5 november 2026." in shown

    browse(house, steps)
    assert _met(house) == []
    assert [e.data["svar"] for e in entries(house) if e.what == "svar: nej"] == ["sidan"]


def test_what_the_bot_took_for_done_is_undone_on_the_cases_page(house: House) -> None:
    undone: dict[str, object] = {
        "klara": ["beslut"],
        "glömda": {},
        "planerade": {},
        "dagar": [],
        "väntade": None,
        "läge": "open",
    }
    data = {"vad": "beslut", "organ": "Socialnämnden", "dag": "2026-11-05", "utfall": "bifall", "ångra": undone}
    with house.store.book() as book:
        book.meet_milestone(1, "beslut", NOW.date(), None)
        taken = book.put_question("sn", 1, confirming.TAKEN, now=NOW, data=data)

    async def steps(b: Browser) -> None:
        page = (await b.get("/arende/1", "Ylva")).text
        assert "Antecknat: socialnämnden beslutade i SN 2026-1 den 5 november." in page
        assert "Stämmer inte, ångra" in page
        done = await b.post("/arende/1/stammer", "Ylva", fraga=str(taken.id), svar="nej")
        assert done.status == 303
        assert "Det boten hade antecknat är ångrat." in (await b.get("/arende/1", "Ylva")).text

    browse(house, steps)
    assert _met(house) == []
