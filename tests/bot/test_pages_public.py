"""The register for anybody: what a nämnd has chosen to show, nothing of what is secret, and no private person."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from handlers import public_register, review
from storage.records import Case, CaseFilter, NewDocument
from tests.bot.pages_browser import Answer, Browser, House, browse
from tests.bot.pages_letters import CANARY, NOW, SN, UN, other, remiss, secret

OPEN = dataclasses.replace(SN, public_register=True, public_senders=True, public_titles=True)
BARE = dataclasses.replace(SN, public_register=True)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Case 1 is a remiss, case 2 a citizen's letter; the nämnd sn shows its register, un does not."""
    made = House(tmp_path)
    made.namnder = {"sn": OPEN, "un": UN}
    made.letter(remiss())
    made.letter(other("Remiss om lekplatser", kind="remiss", certainty=0.95), received=NOW - dt.timedelta(days=400))
    yield made
    made.close()


def same(one: Answer, other: Answer) -> bool:
    """Say whether two answers are the same to the last byte, headers and all but the clock."""
    bare = [{k: v for k, v in a.headers.items() if k not in ("Date",)} for a in (one, other)]
    return (one.status, one.body, bare[0]) == (other.status, other.body, bare[1])


def test_anybody_reads_it_without_a_login_and_gets_no_cookie(house: House) -> None:
    async def steps(b: Browser) -> None:
        for path in ("/diarium/sn", "/diarium/sn/postlista", "/diarium/sn.csv", "/diarium/sn/postlista.csv"):
            answer = await b.get(path)
            assert answer.status == 200, path
            assert answer.cookies == {}
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert same(answer, await b.get(path, "Ylva")), path  # who is logged in is not looked at
        page = await b.get("/diarium/sn")
        assert page.text.count("<h1") == 1
        assert "SN 2026-1" in page.text
        assert "Kommunstyrelsen" in page.text
        assert "Yttrande över motion om avgiftsfria trygghetslarm" in page.text
        assert "<script" not in page.text
        for inside in ("/granska", "/oversikt", "Logga in", "Karin", "Rasmus", "Tove", "/arende/"):
            assert inside not in page.text, inside

    browse(house, steps)


def test_where_it_is_off_it_is_as_what_does_not_exist(house: House) -> None:
    async def steps(b: Browser) -> None:
        nowhere = await b.get("/hittepa")
        assert nowhere.status == 404
        for path in ("", "/postlista", ".csv", "/postlista.csv", "?nummer=UN+2026-1"):
            for namnd in ("un", "finnsinte"):
                assert same(await b.get(f"/diarium/{namnd}{path}"), nowhere), (namnd, path)
        for path in ("/diarium", "/diarium/", "/diarium/SN", "/diarium/sn/", "/diarium/sn/1", "/diarium/sn.xlsx"):
            assert same(await b.get(path), nowhere), path
        inside = await b.get("/hittepa", "Ylva")
        assert same(await b.get("/diarium/un", "Ylva"), inside)

    browse(house, steps)


def test_off_is_the_default() -> None:
    assert not SN.public_register
    assert not SN.public_senders
    assert not SN.public_titles


def test_a_namnd_that_shows_only_numbers_and_days_shows_nothing_else(house: House) -> None:
    house.namnder = {"sn": BARE}

    async def steps(b: Browser) -> None:
        for path in ("/diarium/sn", "/diarium/sn?nummer=SN+2026-1", "/diarium/sn/postlista", "/diarium/sn.csv"):
            text = (await b.get(path)).text
            assert "SN 2026-1" in text, path
            assert "2026-11-24" in text, path
            for told in ("Kommunstyrelsen", "trygghetslarm", "yttrande", "Remiss", "Motion"):
                assert told not in text, (path, told)

    browse(house, steps)


def every_path(dnr: str, day: str) -> tuple[str, ...]:
    number = dnr.replace(" ", "+")
    return (
        "/diarium/sn",
        "/diarium/sn.csv",
        "/diarium/sn?ar=2026",
        "/diarium/sn?sida=2",
        f"/diarium/sn?fran={day}&till={day}",
        f"/diarium/sn?nummer={number}",
        f"/diarium/sn.csv?nummer={number}",
        f"/diarium/sn?nummer={number.rpartition('+')[2]}",
        f"/diarium/sn/postlista?dag={day}",
        f"/diarium/sn/postlista.csv?dag={day}",
    )


def test_a_secret_case_leaves_no_trace_at_all(tmp_path: Path) -> None:
    """Two registers, one with a secret case in it: nobody can tell them apart by any address."""
    answers: list[list[Answer]] = []
    for hidden in (True, False):
        folder = tmp_path / str(hidden)
        folder.mkdir()
        house = House(folder)
        house.namnder = {"sn": OPEN, "un": UN}
        for number in range(50):
            house.letter(other(f"Remiss om plats {number}", kind="remiss"))
        if hidden:
            house.letter(secret(), received=NOW.replace(year=2025))
            house.letter(secret(), raw=b"another")
            with house.store.book() as book:
                for one in book.waiting(("sn",)):
                    review.decide_secret(book, one.id, "numbered", house.people["Mona"], SN, now=NOW)
        found: list[Answer] = []

        async def steps(b: Browser, found: list[Answer] = found) -> None:
            for path in (*every_path("SN 2026-51", "2026-11-24"), *every_path("SN 2025-1", "2025-11-24")):
                found.append(await b.get(path))

        browse(house, steps)
        with house.store.look() as book:
            assert (
                bool([1 for row in book.cases(CaseFilter(include_secret=True, limit=60)) if row.case.secret]) is hidden
            )
        house.close()
        answers.append(found)
    for one, other_one in zip(*answers, strict=True):
        assert same(one, other_one)
    assert not any(CANARY in a.text for a in answers[0])


def test_a_case_that_becomes_secret_is_gone_at_once_and_so_is_its_address(house: House) -> None:
    async def steps(b: Browser) -> None:
        assert "SN 2026-1" in (await b.get("/diarium/sn?nummer=SN+2026-1")).text
        nothing = await b.get("/diarium/sn?nummer=SN+2026-777")
        with house.store.book() as book:
            book.change_case(1, secret=True)
        gone = await b.get("/diarium/sn?nummer=SN+2026-1")
        # What was typed stays in the field; nothing else differs.
        assert gone.text.replace('value="SN 2026-1"', "") == nothing.text.replace('value="SN 2026-777"', "")
        assert "SN 2026-1" not in (await b.get("/diarium/sn")).text
        assert "Inget är registrerat" in (await b.get("/diarium/sn/postlista")).text

    browse(house, steps)


def test_a_secret_letter_in_an_open_case_is_not_told_of(house: House) -> None:
    with house.store.book() as book:
        arrival, _ = book.arrive("sn", "hid", raw_sha256="x", reference="r", received_at=NOW, now=NOW)
        hidden = NewDocument("remiss", f"Om {CANARY}", arrival_id=arrival.id, party=f"{CANARY}skolan", inkommen_at=NOW)
        document = book.put_document(1, hidden, now=NOW)
        book.put_document(1, NewDocument("bilaga", f"{CANARY}.pdf", attachment=True, inkommen_at=NOW), now=NOW)
        book.settle(arrival.id, "registered", case_id=1, document_id=document.id, reading={"secret": True})

    async def steps(b: Browser) -> None:
        for path in every_path("SN 2026-1", "2026-11-24"):
            answer = await b.get(path)
            assert CANARY not in answer.text, path
        papers = (await b.get("/diarium/sn?nummer=SN+2026-1")).text.partition("Handlingar")[2]
        assert re.findall(r'<th scope="row">(\d+)', papers) == ["1"]

    browse(house, steps)


def test_what_waits_is_crossed_out_or_has_no_number_is_told_as_little_as_can_be(house: House) -> None:
    house.letter(other("Skrivelse om färdtjänst", review=("Hör det till nämnden?",)))
    with house.store.book() as book:
        book.change_case(1, state="makulerad")

    async def steps(b: Browser) -> None:
        text = (await b.get("/diarium/sn")).text
        assert "Makulerat" in text
        assert "trygghetslarm" not in text
        assert "färdtjänst" not in text + (await b.get("/diarium/sn/postlista")).text

    browse(house, steps)


def test_numbers_are_found_however_they_are_written(house: House) -> None:
    async def steps(b: Browser) -> None:
        for number in ("SN 2026-1", "sn2026/1", "Dnr SN-2026:0001", "2026-1"):
            text = (await b.get(f"/diarium/sn?nummer={number}")).text
            assert '<h2 id="handlingar">' in text, number
        for number in ("trygghetslarm", "Rasmus", "KS 2026-388", "UN 2026-1", "2026-", "|", "%25"):
            answer = await b.get(f"/diarium/sn?nummer={number}")
            assert answer.status == 200
            assert "Inget ärende finns med det du sökte på" in answer.text, number

    browse(house, steps)


@pytest.mark.parametrize(
    ("asked", "words"),
    [("ar=x", "”x” är inget år."), ("fran=igår", "”igår” är ingen dag."), ("till=2026-13-01", "är ingen dag.")],
)
def test_a_bad_value_is_said(house: House, asked: str, words: str) -> None:
    async def steps(b: Browser) -> None:
        page = await b.get(f"/diarium/sn?{asked}")
        assert page.status == 200
        assert words in unescape(page.text)
        assert "SN 20" not in page.text
        assert (await b.get(f"/diarium/sn.csv?{asked}")).status == 422
        assert (await b.get("/diarium/sn/postlista.csv?dag=x")).status == 422
        assert "Dagen finns inte" in (await b.get("/diarium/sn/postlista?dag=0001-01-01")).text

    browse(house, steps)


def test_pages_of_fifty_and_a_file_that_is_bounded(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(60):
        house.letter(other(f"Remiss om plats {number}", kind="remiss"))
    monkeypatch.setattr("bot.pages.public_pages._MOST", 10)

    async def steps(b: Browser) -> None:
        first = (await b.get("/diarium/sn?ar=2026")).text
        assert "61 ärenden, sida 1 av 2" in first
        assert 'href="/diarium/sn?ar=2026&amp;sida=2"' in first
        second = (await b.get("/diarium/sn?ar=2026&sida=2")).text
        assert second.count('<th scope="row">') == 11
        file = (await b.get("/diarium/sn.csv")).text
        rows = list(csv.reader(io.StringIO(file, newline=""), delimiter=";"))
        assert len(rows) == 12
        assert rows[1][0] == "SN 2026-61"
        assert "Listan är avkortad: 10 av 62 ärenden." in rows[-1][0]

    browse(house, steps)


# who and what is told


def case_of(title: str, **changes: object) -> Case:
    made = Case(
        id=1,
        namnd="sn",
        dnr="SN 2026-1",
        year=2026,
        number=1,
        state="open",
        kind="remiss",
        matter=None,
        title=title,
        sender=None,
        secret=False,
        inkommen_at=NOW,
        registered_at=NOW,
        raised=None,
        raised_which=None,
        motionarer=(),
        handlaggare_id=None,
        version=1,
    )
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "title",
    [
        "Yttrande över motion om anhörigstöd",
        "Remiss: Handlingsplan för psykisk hälsa",
        "Motion av Lena Östberg (V) om trygghetslarm",
        "Granskning av Kungsbacka kommun",
        "Protokollsutdrag från Kommunstyrelsen § 145",
        "Remiss om LSS",
    ],
)
def test_a_title_that_names_no_private_person_is_shown(title: str) -> None:
    assert public_register.title_of(case_of(title), OPEN) == title
    assert public_register.title_of(case_of(title), BARE) == ""


@pytest.mark.parametrize(
    ("title", "changes"),
    [
        ("Klagomål på rektor Göransson", {}),
        ("Yttrande angående Anna Lind", {}),
        ("YTTRANDE ANGÅENDE ANNA LIND", {}),
        ("yttrande angående anna lind", {}),
        ("Yttrande angående 800101-1234", {}),
        ("Yttrande angående anna.lind@post.example", {}),
        ("Remiss om boende på Storängsvägen 17", {}),
        ("Yttrande, min son Kalle", {}),
        ("Yttrande angående An\u200bna Lind", {}),
        ("Medborgarförslag från Bo Ek", {"kind": "medborgarforslag", "motionarer": ("Bo Ek",)}),
        ("Remiss om björkdals väg", {"sender": "Stina Björkdal"}),
        ("Skrivelse om buller", {"kind": "other"}),
        ("Begäran om handlingar", {"kind": "utlamnande"}),
        ("Beröm till hemtjänsten", {"kind": "synpunkt"}),
        ("Remiss om lekplatser", {"state": "makulerad"}),
    ],
)
def test_a_title_that_may_tell_of_somebody_is_left_out(title: str, changes: dict[str, object]) -> None:
    assert public_register.title_of(case_of(title, **changes), OPEN) == ""


@pytest.mark.parametrize(
    "sender",
    [
        "Kommunstyrelsen",
        "Ekeby kommun",
        "Ekeby kommun, Kommunstyrelsen",
        "Region Ekebygd",
        "Socialstyrelsen",
        "Länsstyrelsen i Kalmar län",
        "Kommunrevisionen",
    ],
)
def test_a_body_is_told(sender: str) -> None:
    assert public_register.party_of(case_of("x", sender=sender), OPEN, sender) == sender
    assert public_register.party_of(case_of("x", sender=sender), BARE, sender) == ""
    assert public_register.party_of(case_of("x", kind="medborgarforslag"), OPEN, sender) == ""


@pytest.mark.parametrize(
    "sender",
    [
        "Maj-Britt Quark",
        "Quark Stad",
        "Revisorerna, Tuva Kanin",
        "Anna Lind",
        "anna.lind@post.example",
        "lisa",
        "Anna Berg, Socialförvaltningen",
        "Göran Lind (mamma på Norra skolan)",
        "Lind Socialförvaltningen",
        "Kommunstyrelsen 070-123 45 67",
        "Advokat Ek för Anna",
        "Anna\u00a0Lind kommun",
        "",
        None,
    ],
)
def test_a_person_is_never_told(sender: str | None) -> None:
    assert public_register.party_of(case_of("x", sender=sender), OPEN, sender) == ""


def test_cells_of_the_file_are_no_formulas(house: House) -> None:
    house.letter(other("=remiss om lekplatser", kind="remiss"))

    async def steps(b: Browser) -> None:
        file = (await b.get("/diarium/sn.csv")).text.removeprefix("\ufeff")
        rows = list(csv.reader(io.StringIO(file, newline=""), delimiter=";"))
        assert rows[0] == ["Diarienummer", "Inkom", "Från", "Typ", "Ärende", "Anmärkning"]
        assert not any(cell.startswith("=") for row in rows for cell in row)

    browse(house, steps)
