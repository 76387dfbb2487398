"""The page of an approval and of somebody's absence: read what is asked about, answer once, see nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from handlers import approving
from tests.bot.pages_browser import Browser, House, browse
from tests.bot.pages_letters import NOW
from tests.bot.pages_moves import led_house, link, send


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = led_house(tmp_path)
    with made.store.book() as book:
        written = book.documents(1)[0]
        book.meet_milestone(1, "tjansteskrivelse", NOW.date(), written.id)
        book.put_question("sn", 1, "chef", now=NOW)
    yield made
    made.close()


def test_an_approver_reads_what_is_asked_about_and_nothing_else(house: House) -> None:
    path = link(house, "Anders", "chef")
    with house.store.look() as book:
        papers = approving.papers(book, 1)
        others = [d.id for d in book.documents(1) if d.id not in {p.id for p in papers}]
    assert papers

    async def steps(b: Browser) -> None:
        page = await b.get(path)
        assert "Godkänner du tjänsteskrivelsen i" in page.text
        for paper in papers:
            assert f"{path}/handling/{paper.id}" in page.text
        given = await b.get(f"{path}/handling/{papers[0].id}")
        assert (given.status, bool(given.body)) == (200, True)
        assert "attachment" in given.headers["Content-Disposition"]
        for number in (*others, 9999):
            assert (await b.get(f"{path}/handling/{number}")).status == 404
        assert (await b.get(f"/f/not-a-token/handling/{papers[0].id}")).status == 404
        wrong = await send(b, path, svar="andra", text=" ")
        assert wrong.status == 422
        assert "Skriv vad som ska ändras." in wrong.text
        assert (await send(b, path, svar="ta")).status == 422
        done = await send(b, path, svar="andra", text="Räkna om kostnaden")
        assert "Tack, handläggaren får veta vad som ska ändras" in done.text
        assert (await b.get(f"{path}/handling/{papers[0].id}")).status == 404
        assert "Godkänner" not in (await b.get(path)).text.split("<main")[-1]

    browse(house, steps)
    with house.store.look() as book:
        (question,) = book.questions(case_id=1, kind="chef")
        assert (question.answer, question.answered_how) == ("andra", "sidan")


def test_whether_somebody_is_away_is_answered_with_a_yes_or_a_no(house: House) -> None:
    karin = house.people["Karin"]
    with house.store.book() as book:
        data = {"person": karin.id, "från": "2026-11-24", "till": "2026-12-02"}
        book.put_question("sn", 1, "borta", now=NOW, data=data)
    path = link(house, "Anders", "borta")

    async def steps(b: Browser) -> None:
        page = (await b.get(path)).text
        assert "Är Karin Ödman borta till onsdag 2 december 2026?" in page
        assert "Diarienummer" not in page  # it is not about the case
        assert "Tack, antecknat" in (await send(b, path, svar="stammer")).text

    browse(house, steps)
    with house.store.look() as book:
        away = book.absence(karin.id, dt.date(2026, 12, 2))
        assert away is not None
        assert away.from_day == dt.date(2026, 11, 24)
