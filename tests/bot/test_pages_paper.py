"""The pages: a handling has a page with its text and checksum, and what stands of it is put right with a reason."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.records import Document
from tests.bot.pages_browser import Browser, House, browse
from tests.bot.pages_letters import CANARY, other, remiss
from tests.bot.pages_moves import entries, led_house


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = led_house(tmp_path)
    yield made
    made.close()


def papers(house: House, case: int = 1) -> list[Document]:
    with house.store.look() as book:
        return book.documents(case)


def test_a_handling_shows_what_it_says_and_its_checksum(house: House) -> None:
    letter, attached = papers(house)[0], next(d for d in papers(house) if d.attachment)
    assert letter.sha256 is not None
    assert hashlib.sha256(house.raw.get(letter.sha256)).hexdigest() == letter.sha256

    async def steps(b: Browser) -> None:
        case = (await b.get("/arende/1", "Karin")).text
        assert f'href="/handling/{letter.id}"' in case
        page = (await b.get(f"/handling/{letter.id}", "Karin")).text
        assert "Begäran om yttrande över motion" in page
        assert str(letter.sha256) in page
        assert f'href="/dokument/{letter.id}"' in page
        assert "Ändra" not in page
        file = (await b.get(f"/handling/{attached.id}", "Karin")).text
        assert str(attached.sha256) in file

    browse(house, steps)


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("title", "Yttrande över en motion", "Yttrande över en motion"),
        ("party", "Kommunstyrelsens kansli", "Kommunstyrelsens kansli"),
        ("dated", "2026-11-20", "20 november 2026"),
        ("direction", "upprattad", "Upprättad"),
    ],
)
def test_what_stands_of_a_handling_is_put_right(house: House, field: str, value: str, shown: str) -> None:
    letter = papers(house)[0]

    async def steps(b: Browser) -> None:
        bare = await b.post(f"/handling/{letter.id}/ratta", "Ylva", uppgift=field, varde=value, skal=" ")
        assert bare.status == 422
        assert "Skriv varför." in bare.text
        went = await b.post(f"/handling/{letter.id}/ratta", "Ylva", uppgift=field, varde=value, skal="enligt brevet")
        assert went.status == 303
        assert shown in (await b.get(went.headers["Location"], "Ylva")).text
        assert "Skäl: enligt brevet." in (await b.get("/arende/1", "Ylva")).text
        again = await b.post(f"/handling/{letter.id}/ratta", "Ylva", uppgift=field, varde=value, skal="enligt brevet")
        assert again.status == 422

    browse(house, steps)
    assert entries(house)[-1].what == "handling rättad"


@pytest.mark.parametrize(
    "wrong", [("title", ""), ("dated", "31 februari"), ("direction", "bort"), ("sha256", "0" * 64), ("", "x")]
)
def test_what_cannot_stand_is_refused(house: House, wrong: tuple[str, str]) -> None:
    letter, before = papers(house)[0], entries(house)

    async def steps(b: Browser) -> None:
        path = f"/handling/{letter.id}/ratta"
        assert (await b.post(path, "Ylva", uppgift=wrong[0], varde=wrong[1], skal="fel")).status == 422

    browse(house, steps)
    assert entries(house) == before
    assert papers(house)[0] == letter


def test_an_attachment_is_struck_and_stands_again_but_not_the_letter_that_opened_the_case(house: House) -> None:
    letter, attached = papers(house)[0], next(d for d in papers(house) if d.attachment)

    async def steps(b: Browser) -> None:
        refused = await b.post(f"/handling/{letter.id}/stryk", "Ylva", skal="fel")
        assert refused.status == 422
        assert "Makulera hela ärendet" in refused.text
        went = await b.post(f"/handling/{attached.id}/stryk", "Ylva", skal="hör inte hit")
        assert "struken" in (await b.get(went.headers["Location"], "Ylva")).text.lower()
        assert papers(house)[attached.number - 1].makulerad
        await b.post(f"/handling/{attached.id}/stryk", "Ylva", skal="den hörde hit")

    browse(house, steps)
    assert not papers(house)[attached.number - 1].makulerad


def test_a_letter_is_moved_to_the_case_where_it_belongs(house: House) -> None:
    house.letter(other("Skrivelse om matlådor"), raw=b"Subject: mat\r\n\r\nmat")
    moved = papers(house, 2)[0]

    async def steps(b: Browser) -> None:
        for wrong in ("", "SN 2026-99", "UN 2026-1"):
            refused = await b.post(f"/handling/{moved.id}/flytta", "Ylva", dnr=wrong)
            assert refused.status == 422, wrong
            assert "Det ärendet finns inte." in refused.text
        went = await b.post(f"/handling/{moved.id}/flytta", "Ylva", dnr="sn2026/1")
        assert went.status == 303
        assert went.headers["Location"] == "/arende/1"
        assert "Skrivelse om matlådor" in (await b.get("/arende/1", "Ylva")).text

    browse(house, steps)
    with house.store.look() as book:
        assert book.case(2).state == "makulerad"


@pytest.mark.parametrize("name", ["Nils", "Ingen", ""])
def test_a_handling_is_not_there_for_who_may_not_see_its_case(house: House, name: str) -> None:
    letter = papers(house)[0]

    async def steps(b: Browser) -> None:
        seen = await b.get(f"/handling/{letter.id}", name)
        absent = await b.get("/handling/4711", name)
        assert (seen.status, seen.headers.get("Location")) == (absent.status, absent.headers.get("Location"))
        assert seen.status in (303, 404)
        assert "trygghetslarm" not in seen.text

    browse(house, steps)


def test_only_the_registrator_changes_a_handling(house: House) -> None:
    letter, before = papers(house)[0], entries(house)

    async def steps(b: Browser) -> None:
        for who in ("Karin", "Anders", "Mona", "Nils"):
            for act in ("ratta", "stryk", "flytta"):
                sent = await b.post(f"/handling/{letter.id}/{act}", who, uppgift="title", varde="x", skal="y", dnr="z")
                assert sent.status == 404, (who, act)

    browse(house, steps)
    assert entries(house) == before


def test_of_a_secret_handling_only_the_number_is_told(house: House) -> None:
    hidden = f"{CANARY} i en skrivelse"
    house.letter(remiss(title=hidden, external_dnr=(), fingerprint="hemligt"), raw=b"Subject: h\r\n\r\nh")
    number = next(d.case_id for i in (1, 2) for d in papers(house, i) if CANARY in d.title)
    paper = papers(house, number)[0]

    async def steps(b: Browser) -> None:
        await b.post(f"/arende/{number}/sekretess", "Ylva")
        assert (await b.get(f"/handling/{paper.id}", "Ylva")).status == 404
        seen = await b.get(f"/handling/{paper.id}", "Mona")
        assert seen.status == 200
        assert CANARY not in seen.text
        assert (await b.post(f"/handling/{paper.id}/ratta", "Mona", uppgift="title", varde="x", skal="y")).status == 404

    browse(house, steps)


def test_a_pdf_is_shown_page_by_page(house: House) -> None:
    attached = next(d for d in papers(house) if d.attachment)
    with house.store.book() as book:
        book.change_document(attached.id, pages=2)

    async def steps(b: Browser) -> None:
        page = (await b.get(f"/handling/{attached.id}", "Karin")).text
        assert f'src="/dokument/{attached.id}/sida/2.png"' in page
        assert "sida 2 av 2" in page

    browse(house, steps)
