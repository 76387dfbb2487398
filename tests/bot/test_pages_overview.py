"""The manager's page and the page of absence: what is counted, for whom, and what is kept."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from handlers import alarms, assignment, deciding
from tests.bot.pages_browser import Browser, House, browse
from tests.bot.pages_letters import CANARY, NOW, SN, STOCKHOLM, other, secret
from tests.bot.pages_moves import led_house


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = led_house(tmp_path)
    yield made
    made.close()


def motion(house: House, title: str, came: dt.datetime, who: str = "") -> int:
    """Let a motion come in, and somebody take it."""
    outcome = house.letter(other(title, kind="motion", matter="motion"), received=came)
    assert outcome.case is not None
    if who:
        with house.store.book() as book:
            assignment.assign(book, outcome.case.id, house.people[who], house.people["Anders"], SN, now=NOW)
    return outcome.case.id


def bare(text: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", text).split())


def filled(house: House) -> None:
    motion(house, "Motion om hemtjänst på finska", dt.datetime(2025, 9, 2, 9, tzinfo=STOCKHOLM), "Karin")
    motion(house, "Motion om lekplatser", dt.datetime(2026, 3, 2, 9, tzinfo=STOCKHOLM), "Karin")
    motion(house, "Motion om simhallen", dt.datetime(2026, 6, 1, 9, tzinfo=STOCKHOLM), "Samira")
    sent = motion(house, "Motion om bänkar", NOW, "Samira")
    with house.store.book() as book:
        deciding.answer_sent(book, sent, day=NOW.date(), to="KS", now=NOW, actor="boten")


def test_the_overview_says_first_what_needs_you(house: House) -> None:
    filled(house)

    async def steps(b: Browser) -> None:
        for name in ("Anders", "Birgitta", "Ylva"):
            text = bare((await b.get("/oversikt", name)).text)
            for words in (
                "Tre saker behöver dig. Resten går som det ska.",
                "5 öppna ärenden",
                "1 efter lagens tid",
                "1 efter mål eller svarsdag",
                "1 som ingen har tagit",
                "1 väntar på någon annan",
                "83 dagar efter lagens tid Motion om hemtjänst på finska",
                "83 dagar efter målet Motion om lekplatser",
                "Ingen har tagit, i dag Yttrande över motion om avgiftsfria trygghetslarm",
                "7 dagar till målet Motion om simhallen",
                "Väntar på KF Motion om bänkar",
                "Karin Ödman 2 öppna 1 efter lagen, 1 sent",
                "Samira Haddad 1 öppna",
            ):
                assert words in text, (name, words)

    browse(house, steps)


def test_the_overview_is_for_those_who_lead(house: House) -> None:
    async def steps(b: Browser) -> None:
        for name, status in (("Karin", 404), ("Mona", 404), ("Ingen", 404), ("Anders", 200), ("Nils", 200)):
            assert (await b.get("/oversikt", name)).status == status, name
        assert (await b.get("/oversikt?namnd=un", "Anders")).status == 404
        assert "trygghetslarm" not in (await b.get("/oversikt", "Nils")).text
        assert 'href="/oversikt"' in (await b.get("/diariet", "Anders")).text
        assert 'href="/oversikt"' not in (await b.get("/diariet", "Karin")).text
        assert (await b.get("/oversikt")).headers["Location"] == "/in"

    browse(house, steps)


def test_an_empty_namnd_is_told_in_one_line(house: House) -> None:
    async def steps(b: Browser) -> None:
        text = bare((await b.get("/oversikt", "Nils")).text)
        assert "Inget behöver dig. Nämnden har inga öppna ärenden." in text
        assert "Inget är sent" in text

    browse(house, steps)


def test_a_secret_case_is_neither_shown_nor_counted(house: House) -> None:
    filled(house)
    before: dict[str, str] = {}

    async def first(b: Browser) -> None:
        before["Anders"] = bare((await b.get("/oversikt", "Anders")).text)

    browse(house, first)
    hidden = motion(house, f"Motion om {CANARY}", dt.datetime(2025, 9, 2, 9, tzinfo=STOCKHOLM), "Karin")
    with house.store.book() as book:
        book.change_case(hidden, secret=True)
    house.letter(dataclasses.replace(secret(), fingerprint="old"), received=NOW - dt.timedelta(days=4))

    async def steps(b: Browser) -> None:
        again = await b.get("/oversikt", cookie="namndbot=session-of-Anders")
        assert bare(again.text) == before["Anders"]

    browse(house, steps)


def test_unregistered_letters_are_told_with_their_age(house: House) -> None:
    house.letter(
        other("Skrivelse", review=("Hör det till nämnden?",)), received=dt.datetime(2026, 11, 20, 9, tzinfo=STOCKHOLM)
    )

    async def steps(b: Browser) -> None:
        text = bare((await b.get("/oversikt", "Anders")).text)
        assert "1 brev utan diarienummer Det äldsta kom fredag 20 november 2026." in text
        assert "Skrivelse" not in text

    browse(house, steps)


def test_hostile_titles_are_shown_as_text(house: House) -> None:
    motion(house, '<script>alert(1)</script>"><img src=x>', dt.datetime(2026, 3, 2, 9, tzinfo=STOCKHOLM))

    async def steps(b: Browser) -> None:
        text = (await b.get("/oversikt", "Anders")).text
        assert "<script>alert" not in text
        assert "<img" not in text
        assert not re.search(r"\sstyle\s*=", text)

    browse(house, steps)


# absence


def lines(house: House) -> list[tuple[str, dict[str, object]]]:
    with house.store.look() as book:
        found = [e for e in book.entries(namnd="sn") if e.what == "frånvaro ändrad"]
        return [(e.actor, dict(e.data)) for e in reversed(found)]


def test_somebody_is_away_and_comes_back(house: House) -> None:
    karin, samira = house.people["Karin"], house.people["Samira"]
    form: dict[str, Any] = {"fran": "2026-11-23", "till": "2026-12-04", "ersattare": str(samira.id)}

    async def steps(b: Browser) -> None:
        assert (await b.post("/franvaro", "Karin", **form)).status == 303
        text = bare((await b.get("/franvaro?gjort=sparat", "Karin")).text)
        assert "23 november 2026–4 december 2026 Samira Haddad svarar under tiden." in text
        assert "Antecknat." in text
        with house.store.look() as book:
            assert assignment.present(book, karin, NOW.date()) == samira
        assert (await b.post("/franvaro/slut", "Karin", fran="2026-11-23")).status == 303
        assert "Du är inte borta någon dag framåt." in (await b.get("/franvaro", "Karin")).text
        assert (await b.post("/franvaro/slut", "Karin", fran="2026-11-23")).status == 422

    browse(house, steps)
    with house.store.look() as book:
        assert assignment.present(book, karin, NOW.date()) == karin
        assert book.absence(karin.id, dt.date(2026, 11, 23)) is not None
    assert [actor for actor, _ in lines(house)] == [f"person:{karin.id}"] * 2
    assert lines(house)[0][1] == {
        "person": karin.id,
        "från": "2026-11-23",
        "till": "2026-12-04",
        "ersättare": samira.id,
        "förut": None,
    }


def test_what_has_not_begun_never_does(house: House) -> None:
    async def steps(b: Browser) -> None:
        for first, last in (("2026-12-24", "2027-01-07"), ("2028-07-01", "2028-07-02")):
            assert (await b.post("/franvaro", "Karin", fran=first, till=last)).status == 303
        text = (await b.get("/franvaro", "Karin")).text
        assert "24 december 2026–7 januari 2027" in text
        assert "1 juli 2028" in text
        assert (await b.post("/franvaro/slut", "Karin", fran="2026-12-24")).status == 303
        assert "24 december" not in (await b.get("/franvaro", "Karin")).text.split('id="andringar"')[0]

    browse(house, steps)


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"fran": "", "till": "2026-12-01"}, "Välj första dagen."),
        ({"fran": "2026-12-01", "till": ""}, "Välj sista dagen."),
        ({"fran": "2026-12-05", "till": "2026-12-01"}, "Sista dagen är före den första."),
        ({"fran": "2026-10-05", "till": "2026-10-09"}, "De dagarna har redan varit."),
        ({"fran": "2026-12-05", "till": "2036-12-01"}, "Skriv högst två år."),
        ({"fran": "<b>", "till": "2026-12-01"}, "&lt;b&gt;"),
        ({"fran": "2026-12-01", "till": "2026-12-02", "ersattare": "4"}, "Välj någon annan i nämnden."),
    ],
)
def test_days_that_cannot_be_are_said(house: House, form: dict[str, Any], words: str) -> None:
    async def steps(b: Browser) -> None:
        wrong = await b.post("/franvaro", "Karin", **form)
        assert wrong.status == 422
        assert words in wrong.text
        assert f'value="{form["till"]}"' in wrong.text

    browse(house, steps)
    assert lines(house) == []


def test_a_manager_enters_it_for_those_in_the_namnd_and_nobody_else_does(house: House) -> None:
    karin, nils = house.people["Karin"], house.people["Nils"]
    form: dict[str, Any] = {"fran": "2026-12-01", "till": "2026-12-04"}

    async def steps(b: Browser) -> None:
        assert (await b.post("/franvaro", "Samira", person=str(karin.id), **form)).status == 404
        assert (await b.post("/franvaro", "Ylva", person=str(karin.id), **form)).status == 404
        assert (await b.post("/franvaro", "Anders", person=str(nils.id), **form)).status == 404
        assert (await b.post("/franvaro", "Ingen", **form)).status == 404
        assert (await b.get("/franvaro", "Ingen")).status == 404
        assert (await b.post("/franvaro", "Anders", person=str(karin.id), **form)).status == 303
        assert "Karin Ödman" in (await b.get("/franvaro", "Anders")).text
        assert "1 december 2026" in (await b.get("/franvaro", "Karin")).text
        assert "1 december 2026" not in (await b.get("/franvaro", "Samira")).text

    browse(house, steps)
    assert [actor for actor, _ in lines(house)] == [f"person:{house.people['Anders'].id}"]


def test_a_letter_that_needs_a_hand_stands_on_every_page_until_it_has_got_one(house: House) -> None:
    def left(what: dict[str, str]) -> None:
        with house.store.book() as book:
            alarms.letters_left(book, SN, what, minutes=30, now=NOW)

    left({"ref": "Ett brev ligger kvar i inkorgen: det är 212 MB."})

    async def steps(b: Browser) -> None:
        text = bare((await b.get("/diariet", "Ylva")).text)
        assert "Socialnämnden, ett brev kräver att någon tar hand om det. Ett brev ligger kvar i inkorgen" in text
        assert "går inte att nå" not in text
        left({})
        assert "ligger kvar" not in (await b.get("/diariet", "Ylva")).text

    browse(house, steps)


def test_what_is_out_of_reach_stands_on_every_page_until_it_works_again(house: House) -> None:
    with house.store.book() as book:
        alarms.failed(book, "post:sn", SN, "Servern svarar inte.", minutes=30, now=NOW)

    async def steps(b: Browser) -> None:
        for page in ("/granska", "/diariet"):
            text = bare((await b.get(page, "Ylva")).text)
            assert "Socialnämndens brevlåda går inte att nå sedan" in text
            assert "Servern svarar inte. Inget är förlorat." in text
        with house.store.book() as book:
            alarms.worked(book, "post:sn", SN, now=NOW)
        assert "går inte att nå" not in (await b.get("/diariet", "Ylva")).text

    browse(house, steps)


def test_who_gets_no_mail_is_told_so_on_the_pages(house: House) -> None:
    karin = house.people["Karin"]
    with house.store.book() as book:
        book.queue("fraga", "x", namnd="sn", address=karin.email, message_id="<x@y>", now=NOW, person_id=karin.id)
        (notice,) = [n for n in book.notices() if n.key == "x"]
        book.notice_bounced(notice.id, "5.1.1", now=NOW)

    async def steps(b: Browser) -> None:
        assert "Mejl till dig har kommit tillbaka" in (await b.get("/diariet", "Karin")).text
        assert "Mejl till dig" not in (await b.get("/diariet", "Ylva")).text

    browse(house, steps)
