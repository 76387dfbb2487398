"""The pages: a case is assigned, decided, answered, closed and opened again by those who may; the register shows it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.pages import journal_words
from handlers import assignment, deciding
from storage.records import Case, Entry
from tests.bot.pages_browser import Browser, House, browse
from tests.bot.pages_letters import CANARY, NOW, SN, STOCKHOLM, other, remiss
from tests.bot.pages_moves import entries, led_house, link, question, reminded, send

ACTS: dict[str, dict[str, Any]] = {
    "tilldela": {"hlg": "1"},
    "beslut": {"organ": "Socialnämnden", "dag": "2026-11-19", "paragraf": "§ 118", "outcome": "avslag"},
    "svar": {"dag": "2026-11-20", "till": "Kommunstyrelsen"},
    "avsluta": {"skal": "återtagen"},
    "oppna": {"skal": "fel"},
}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = led_house(tmp_path)
    yield made
    made.close()


def case(house: House, number: int = 1) -> Case:
    with house.store.look() as book:
        return book.case(number)


def told(house: House) -> list[str]:
    return [e.what for e in entries(house)]


@pytest.mark.parametrize("name", ["Karin", "Mona", "Nils", "Ingen"])
def test_only_who_leads_the_work_moves_a_case(house: House, name: str) -> None:
    before = entries(house)

    async def steps(b: Browser) -> None:
        for act, fields in ACTS.items():
            assert (await b.post(f"/arende/1/{act}", name, **fields)).status == 404, act
        page = await b.get("/arende/1", name)
        assert "För ärendet vidare" not in page.text

    browse(house, steps)
    assert entries(house) == before
    assert case(house).state == "open"


@pytest.mark.parametrize("name", ["Anders", "Birgitta", "Ylva"])
def test_who_leads_the_work_assigns(house: House, name: str) -> None:
    karin = house.people["Karin"]

    async def steps(b: Browser) -> None:
        page = (await b.get("/arende/1", name)).text
        assert "För ärendet vidare" in page
        assert "Karin Ödman (0 öppna ärenden)" in page
        for wrong in ("", "x", "9999", str(house.people["Mona"].id)):
            refused = await b.post("/arende/1/tilldela", name, hlg=wrong)
            assert refused.status == 422
            assert "Välj ett namn i listan." in refused.text
        went = await b.post("/arende/1/tilldela", name, hlg=str(karin.id))
        assert went.status == 303
        after = (await b.get(went.headers["Location"], name)).text
        assert 'role="status"' in after
        assert "<dt>Hlg</dt><dd>Karin Ödman</dd>" in after
        assert "Ingen har tagit ärendet." not in after
        assert f"gav ärendet till {karin.name}." in after
        assert "Karin Ödman fick ärendet, tilldelat av" in after
        again = await b.post("/arende/1/tilldela", name, hlg=str(karin.id))
        assert "Karin Ödman har redan ärendet." in again.text

    browse(house, steps)
    assert case(house).handlaggare_id == karin.id
    assert question(house).state == "answered"


def test_a_case_is_decided_answered_and_waits_for_fullmaktige(house: House) -> None:
    async def steps(b: Browser) -> None:
        wrong = await b.post("/arende/1/beslut", "Ylva", **ACTS["beslut"] | {"dag": "2027-11-19"})
        assert wrong.status == 422
        assert "19 november 2027 har inte varit än" in wrong.text
        assert 'value="§ 118"' in wrong.text
        hostile = await b.post("/arende/1/beslut", "Ylva", **ACTS["beslut"] | {"outcome": "<script>"})
        assert hostile.status == 422
        assert "<script>" not in hostile.text.split("<body")[1]
        assert (await b.post("/arende/1/beslut", "Ylva", **ACTS["beslut"])).status == 303
        empty = await b.post("/arende/1/svar", "Ylva", dag="2026-11-20", till=" ")
        assert "Skriv vem svaret skickades till." in empty.text
        sent = await b.post("/arende/1/svar", "Ylva", file=("Svar till KS.pdf", b"%PDF-1.7 svar"), **ACTS["svar"])
        assert sent.status == 303
        text = (await b.get("/arende/1", "Karin")).text
        for words in (
            "Väntar på KF",
            "Fullmäktige beslutar; lagens tid är 16 november 2027.",
            "Socialnämnden 19 november 2026 § 118: förslag till beslut, avslag.",
            "Nämnden har beslutat 19 november 2026.",
            "Svaret är skickat 20 november 2026.",
            "Svar till Kommunstyrelsen",
            "skickades 24 november 2026, till Kommunstyrelsen",
            "Ylva Hedlund antecknade att svaret skickades 20 november 2026 till Kommunstyrelsen (handling 3).",
            "Ärendet väntar på KF.",
        ):
            assert words in text, words
        assert "Klart</span>" in text

    browse(house, steps)
    with house.store.look() as book:
        paper = book.documents(1)[-1]
        assert (paper.direction, paper.kind, paper.party) == ("ut", "svar", "Kommunstyrelsen")
        assert (paper.dated, paper.file_name) == (dt.date(2026, 11, 20), "Svar till KS.pdf")
        assert paper.sha256 is not None
        assert house.raw.get(paper.sha256) == b"%PDF-1.7 svar"
        assert book.questions(case_id=1, state="open") == []
    assert case(house).waiting_for == "KF"


def test_what_waits_is_not_late(house: House) -> None:
    with house.store.book() as book:
        deciding.answer_sent(book, 1, day=NOW.date(), to="KS", now=NOW, actor="boten")
    house.clock.at = dt.datetime(2028, 2, 1, 9, 0, tzinfo=STOCKHOLM)

    async def steps(b: Browser) -> None:
        with house.store.book() as book:
            book.put_session(
                "later",
                "c",
                house.people["Karin"].id,
                now=house.clock.at,
                expires_at=house.clock.at + dt.timedelta(hours=1),
            )
        text = (await b.get("/arende/1", cookie="namndbot=later")).text
        assert "Väntar på KF" in text
        assert "state--law" not in text
        assert "state--goal" not in text
        late = (await b.get("/diariet?vy=sena", cookie="namndbot=later")).text
        assert "Inget är sent" in late

    browse(house, steps)


def test_a_case_is_closed_and_opened_again_with_a_reason(house: House) -> None:
    async def steps(b: Browser) -> None:
        bare = await b.post("/arende/1/avsluta", "Anders", skal="  ")
        assert bare.status == 422
        assert "Skriv varför ärendet avslutas." in bare.text
        assert (await b.post("/arende/1/oppna", "Anders", skal="x")).status == 422
        assert (await b.post("/arende/1/avsluta", "Anders", skal="återtagen <b>")).status == 303
        closed = (await b.get("/arende/1", "Anders")).text
        assert "Ärendet är avslutat." in closed
        assert "Anders Wikström avslutade ärendet. Skäl: återtagen &lt;b&gt;." in closed
        late = await b.post("/arende/1/tilldela", "Anders", hlg=str(house.people["Karin"].id))
        assert late.status == 409
        assert "Öppna det igen först" in late.text
        assert (await b.post("/arende/1/oppna", "Anders", skal="")).status == 422
        assert (await b.post("/arende/1/oppna", "Anders", skal="ny motion")).status == 303
        assert "öppnade ärendet igen. Skäl: ny motion." in (await b.get("/arende/1", "Anders")).text

    browse(house, steps)
    assert case(house).state == "open"
    assert [w for w in told(house) if w in ("avslutat", "öppnat igen")] == ["avslutat", "öppnat igen"]


def test_a_case_that_changed_meanwhile_is_looked_at_again(house: House) -> None:
    async def steps(b: Browser) -> None:
        late = await b.post("/arende/1/avsluta", "Anders", skal="mitt skäl", version="0")
        assert late.status == 409
        assert "Någon ändrade ärendet" in late.text
        assert "mitt skäl" in late.text

    browse(house, steps)
    assert case(house).state == "open"


def test_a_secret_case_is_moved_by_nobody_here(house: House) -> None:
    with house.store.book() as book:
        book.change_case(1, secret=True, title=CANARY)
        book.put_role(house.people["Anders"].id, "sn", "sekretess", dt.date(2020, 1, 1), None)

    async def steps(b: Browser) -> None:
        for name in ("Anders", "Birgitta", "Ylva"):
            for act, fields in ACTS.items():
                assert (await b.post(f"/arende/1/{act}", name, **fields)).status == 404, (name, act)
        assert "Frågor och svar" not in (await b.get("/arende/1", "Anders")).text
        for view in ("sena", "ingen", "andra"):
            for name in ("Birgitta", "Anders"):
                assert "SN 2026-1" not in (await b.get(f"/diariet?vy={view}", name)).text

    browse(house, steps)


def test_the_case_tells_who_was_asked_and_what_they_said(house: House) -> None:
    reminded(house)
    path = link(house, "Karin", "lage")

    async def steps(b: Browser) -> None:
        before = (await b.get("/arende/1", "Karin")).text
        assert "Hur går det med svarsdagen 26 februari 2027?" in before
        assert "Väntar på svar" in before
        assert (await send(b, path, svar="anstand", dag="2027-03-09")).status == 200
        after = (await b.get("/arende/1", "Karin")).text
        assert "Anstånd till 9 mars 2027." in after
        assert "Karin Ödman svarade på sidan 24 november 2026 kl. 09.30." in after
        assert "Karin Ödman svarade på sidan: anstånd till 9 mars 2027." in after
        assert "Boten påminde Karin Ödman." in after
        assert (
            '<span class="hide">Förut: </span>26 februari 2027</span> Anstånd, enligt Karin Ödman 24 november' in after
        )

    browse(house, steps)


def test_the_register_has_views_for_what_is_late_free_and_elsewhere(house: House) -> None:
    old = dt.datetime(2026, 3, 2, 9, 0, tzinfo=STOCKHOLM)
    house.letter(other("Motion om lekplatser", kind="motion", matter="motion"), received=old)
    house.letter(other("Motion om bänkar", kind="motion", matter="motion"), received=NOW)
    with house.store.book() as book:
        assignment.assign(book, 2, house.people["Karin"], house.people["Anders"], SN, now=NOW)
        assignment.assign(book, 3, house.people["Samira"], house.people["Anders"], SN, now=NOW)
        deciding.answer_sent(book, 3, day=NOW.date(), to="KF", now=NOW, actor="boten")

    async def steps(b: Browser) -> None:
        for address, there in (
            ("vy=sena", {"lekplatser"}),
            ("vy=ingen", {"trygghetslarm"}),
            ("vy=andra", {"bänkar"}),
            (f"hlg={house.people['Karin'].id}", {"lekplatser"}),
            ("hlg=ingen", {"trygghetslarm"}),
            ("vy=sena&q=finns-inte", set()),
            ("hlg=99999999999999", set()),
            ("vy=ingen&sida=7", set()),
        ):
            answer = await b.get(f"/diariet?{address}", "Karin")
            assert answer.status == 200, address
            shown = {w for w in ("lekplatser", "trygghetslarm", "bänkar") if w in answer.text}
            assert shown == there, address
        text = (await b.get("/diariet", "Karin")).text
        assert 'Sena <span class="count">1</span>' in text
        assert 'Ingen har tagit <span class="count">1</span>' in text
        assert 'Väntar på någon annan <span class="count">1</span>' in text
        assert text.index("Efter målet") < text.index(">I tid") < text.index("Nämndens del är klar.")

    browse(house, steps)


def test_an_answer_by_mail_is_told_in_the_days_post(house: House) -> None:
    with house.store.book() as book:
        arrival, _ = book.arrive("sn", "k", raw_sha256=house.raw.put(b"svar"), reference="r", received_at=NOW, now=NOW)
        reading = {"secret": False, "envelope": {"subject": "SV: Kan du ta", "from_": {"name": "Karin Ödman"}}}
        book.settle(arrival.id, "answer", case_id=1, reading=reading)

    async def steps(b: Browser) -> None:
        post = (await b.get("/diariet?vy=post", "Ylva")).text
        assert "Svar på en fråga, SN 2026-1" in post
        assert (await b.get("/arende/1", "Ylva")).status == 200

    browse(house, steps)


@pytest.mark.parametrize(
    ("what", "data", "personal", "words"),
    [
        ("roll ändrad", {"roll": "manager", "från": "2026-01-01", "till": None}, {}, "ändrade rollen chef"),
        ("val ändrat", {"val": "ask_first", "från": "manager", "till": "handlaggare"}, {}, "från manager till"),
        ("nummerserie ändrad", {"från år": 2027, "prefix": "SN", "första": 1}, {}, "nummerserien från 2027: SN"),
        ("frånvaro ändrad", {"från": "2026-12-01", "till": "2026-12-09"}, {"namn": "Eva"}, "för Eva: 1 december 2026"),
        ("frånvaro ändrad", {"från": "2026-12-01", "till": "2026-11-30"}, {}, "tog bort frånvaron"),
        ("automatiskt svar på en fråga", {}, {}, "räknas inte som svar"),
        ("svar som ingen förstod", {}, {"ord": "kanske"}, "Boten skrev: kanske"),
        ("handläggare bytt", {}, {"skäl": "fel person"}, "lämnade tillbaka ärendet."),
        ("svar: klart", {"svar": "mejl"}, {}, "svarade med mejl: klart."),
    ],
)
def test_the_journal_says_it_in_a_sentence(
    house: House, what: str, data: dict[str, object], personal: dict[str, str], words: str
) -> None:
    entry = Entry("sn", 1, NOW, "boten", what, None, None, data, personal, "")
    with house.store.look() as book:
        for secret in (False, True):
            line = journal_words.lines(book, [entry], secret=secret)[0]
            assert line.text.endswith(".") or "skrev" in line.text
            assert secret or words in line.text


def test_a_motion_of_another_namnd_is_not_reached(house: House) -> None:
    house.person("Olle Chef", "olle@ekeby.example", ("un", "manager"))
    house.letter(remiss(fingerprint="two"), raw=b"two")

    async def steps(b: Browser) -> None:
        for act, fields in ACTS.items():
            assert (await b.post(f"/arende/1/{act}", "Olle", **fields)).status == 404, act

    browse(house, steps)


def test_a_case_rests_and_goes_on_with_a_reason(house: House) -> None:
    async def steps(b: Browser) -> None:
        path = "/arende/1/vila"
        assert (await b.post(path, "Anders", dag="", skal="x")).status == 422
        assert (await b.post(path, "Anders", dag="2026-01-01", skal="x")).status == 422
        assert "Skriv varför ärendet vilar" in (await b.post(path, "Anders", dag="2026-12-20", skal=" ")).text
        assert (await b.post(path, "Karin", dag="2026-12-20", skal="x")).status == 404
        went = await b.post(path, "Anders", dag="2026-12-20", skal="Väntar på komplettering")
        assert went.status == 303
        page = (await b.get(went.headers["Location"], "Anders")).text
        assert "Vilar till och med 20 december 2026." in page
        assert "Väntar på komplettering" in page
        assert (await b.post(path, "Anders", slut="ja", skal="Kompletterat")).status == 303
        assert "Vilar till och med" not in (await b.get("/arende/1", "Anders")).text

    browse(house, steps)


def test_who_leaves_hands_over_on_the_page(house: House) -> None:
    reminded(house)  # Karin has case 1
    mine, to = str(house.people["Karin"].id), house.people["Samira"].id

    async def steps(b: Browser) -> None:
        path = "/franvaro/lamna-over"
        assert (await b.post(path, "Anders", slutar=mine, tar_over=mine)).status == 422
        assert (await b.post(path, "Anders", slutar="x", tar_over=str(to))).status == 422
        assert (await b.post(path, "Karin", slutar=mine, tar_over=str(to))).status == 422
        went = await b.post(path, "Anders", slutar=mine, tar_over=str(to))
        assert went.status == 303
        assert "Överlämnat: ett öppet ärende." in (await b.get(went.headers["Location"], "Anders")).text

    browse(house, steps)
    assert case(house).handlaggare_id == to
