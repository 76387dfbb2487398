"""The pages: each point of a case is put right with a reason, and each recommendation followed until it is done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from handlers.reading.reading import Envelope, Party
from storage.records import CaseDemand, CaseFilter
from tests.bot.pages_browser import Browser, House, browse
from tests.bot.pages_letters import NOW, remiss
from tests.bot.pages_moves import entries, led_house


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = led_house(tmp_path)
    audit = remiss(
        kind="revisionsgranskning",
        matter="revision",
        title="Granskning av orosanmälningar",
        external_dnr=(),
        attachments=(),
        envelope=Envelope(
            from_=Party("Revisionen", "revisionen@ekeby.example"), subject="Granskning", message_id="<g@x>"
        ),
        fingerprint="granskningen",
    )
    made.letter(audit, raw=b"Subject: granskning\r\n\r\nx")
    yield made
    made.close()


def number(house: House) -> int:
    """Return the audit's case."""
    with house.store.look() as book:
        return next(row.case.id for row in book.cases(CaseFilter()) if row.case.type == "revision")


def demand(house: House, position: int = 1) -> CaseDemand:
    with house.store.look() as book:
        return book.demand(number(house), position)


FOLLOWED: dict[str, Any] = {
    "atgard": "Ny rutin",
    "klar": "2027-01-31",
    "lage": "vantar",
    "vantar": "it-enheten",
    "gjord": "",
}


def test_a_recommendation_is_followed_row_by_row(house: House) -> None:
    case, karin = number(house), str(house.people["Karin"].id)

    async def steps(b: Browser) -> None:
        page = (await b.get(f"/arende/{case}", "Anders")).text
        assert "Rekommendationer" in page
        assert "Inte börjat" in page
        went = await b.post(f"/arende/{case}/punkt/1/folj", "Anders", ansvarig=karin, **FOLLOWED)
        assert went.status == 303
        page = (await b.get(f"/arende/{case}", "Anders")).text
        assert "Ny rutin" in page
        assert "Väntar på it-enheten" in page
        assert "ansvarig Karin Ödman, ska vara klar 31 januari 2027" in page
        done = FOLLOWED | {"lage": "klar", "gjord": "2026-11-20"}
        await b.post(f"/arende/{case}/punkt/1/folj", "Ylva", ansvarig=karin, **done)
        page = (await b.get(f"/arende/{case}", "Ylva")).text
        assert "Klart 20 nov" in page
        assert "1 klar" in page

    browse(house, steps)
    assert demand(house).state == "done"
    assert demand(house).waits_for is None


def test_a_late_measure_says_by_how_much(house: House) -> None:
    case = number(house)

    async def steps(b: Browser) -> None:
        late = FOLLOWED | {"lage": "pagar", "klar": "2026-11-13", "ansvarig": ""}
        await b.post(f"/arende/{case}/punkt/2/folj", "Anders", **late)
        page = (await b.get(f"/arende/{case}", "Anders")).text
        assert "11 dagar efter planen" in page
        assert "1 sen" in page

    browse(house, steps)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"lage": "vantar", "vantar": ""}, "Skriv vad åtgärden väntar på."),
        ({"lage": "fel"}, "Välj ett läge i listan."),
        ({"ansvarig": "99"}, "Välj ett namn i listan."),
        ({"ansvarig": "x"}, "Välj ett namn i listan."),
        ({"klar": "i morgon"}, "i morgon"),
        ({"lage": "klar", "gjord": "2027-05-01"}, "Dagen har inte varit än."),
        ({"atgard": "å" * 401}, "högst 400 tecken"),
    ],
)
def test_what_cannot_be_noted_is_said_at_its_field_and_nothing_is_lost(
    house: House, wrong: dict[str, str], told: str
) -> None:
    case, before = number(house), entries(house, number(house))

    async def steps(b: Browser) -> None:
        sent: dict[str, Any] = {**FOLLOWED, "ansvarig": "", **wrong}
        refused = await b.post(f"/arende/{case}/punkt/1/folj", "Anders", **sent)
        assert refused.status == 422
        assert told in refused.text
        assert sent["atgard"] in refused.text

    browse(house, steps)
    assert entries(house, case) == before
    assert demand(house).measure is None


def test_the_words_of_a_point_are_put_right_and_the_same_letter_again_adds_nothing(house: House) -> None:
    case, was = number(house), demand(house).text

    async def steps(b: Browser) -> None:
        bare = await b.post(f"/arende/{case}/punkt/1/ratta", "Ylva", text="att larmet är gratis", skal="")
        assert bare.status == 422
        assert "Skriv varför." in bare.text
        assert "att larmet är gratis" in bare.text
        went = await b.post(f"/arende/{case}/punkt/1/ratta", "Ylva", text="att larmet är gratis", skal="så står det")
        assert went.status == 303
        page = (await b.get(f"/arende/{case}", "Ylva")).text
        assert "Boten läste: " + was in page
        assert "Skäl: så står det." in page

    browse(house, steps)
    with house.store.book() as book:
        assert book.put_demands(case, [was, "att larmet är gratis"]) == 0
    assert demand(house).read_as == was


def test_a_point_is_struck_stays_and_stands_again(house: House) -> None:
    case = number(house)

    async def steps(b: Browser) -> None:
        await b.post(f"/arende/{case}/punkt/1/stryk", "Ylva", skal="bara en inledning")
        page = (await b.get(f"/arende/{case}", "Ylva")).text
        assert "Struken" in page
        assert "Låt gälla igen" in page
        with house.store.book() as book:
            book.demand_outcomes(case, ["bifall"])
        assert demand(house, 2).outcome == "bifall"
        await b.post(f"/arende/{case}/punkt/1/stryk", "Ylva", skal="den gällde visst")

    browse(house, steps)
    assert not demand(house).struck
    assert [e.what for e in entries(house, case)][-2:] == ["punkt struken", "punkt åter"]


def test_a_point_that_the_bot_missed_is_added_once(house: House) -> None:
    case = number(house)

    async def steps(b: Browser) -> None:
        went = await b.post(f"/arende/{case}/punkt", "Ylva", text="att mer görs", skal="sidan två")
        assert went.status == 303
        again = await b.post(f"/arende/{case}/punkt", "Ylva", text="att  mer görs", skal="sidan två")
        assert again.status == 422
        assert "Den punkten finns redan." in again.text

    browse(house, steps)
    with house.store.look() as book:
        assert [d.text for d in book.demands(case)][-1] == "att mer görs"


@pytest.mark.parametrize("name", ["Karin", "Mona", "Nils", "Ingen"])
def test_only_who_may_changes_points(house: House, name: str) -> None:
    case, before = number(house), entries(house, number(house))

    async def steps(b: Browser) -> None:
        for path in ("punkt", "punkt/1/ratta", "punkt/1/stryk", "punkt/1/folj", "punkt/77/folj"):
            assert (await b.post(f"/arende/{case}/{path}", name, text="x", skal="y")).status == 404, path

    browse(house, steps)
    assert entries(house, case) == before


def test_a_manager_follows_but_does_not_reword(house: House) -> None:
    case = number(house)

    async def steps(b: Browser) -> None:
        assert (await b.post(f"/arende/{case}/punkt/1/ratta", "Anders", text="x", skal="y")).status == 404
        page = (await b.get(f"/arende/{case}", "Anders")).text
        assert "Följ upp" in page
        assert "Rätta texten" not in page

    browse(house, steps)


def test_somebody_who_wrote_meanwhile_is_not_written_over(house: House) -> None:
    case = number(house)

    async def steps(b: Browser) -> None:
        late = await b.post(f"/arende/{case}/punkt/1/folj", "Anders", version="0", **FOLLOWED)
        assert late.status == 409
        assert "Ny rutin" in late.text

    browse(house, steps)
    assert demand(house).measure is None


def test_of_a_secret_case_no_point_is_left(house: House) -> None:
    case = number(house)

    async def steps(b: Browser) -> None:
        await b.post(f"/arende/{case}/punkt/1/folj", "Anders", **FOLLOWED)
        assert (await b.post(f"/arende/{case}/sekretess", "Ylva")).status == 303
        page = (await b.get(f"/arende/{case}", "Mona")).text
        assert "Ny rutin" not in page
        assert "trygghetslarm" not in page
        assert (await b.post(f"/arende/{case}/punkt/1/folj", "Mona", **FOLLOWED)).status == 404

    browse(house, steps)
    with house.store.look() as book:
        assert book.demands(case) == []


def test_facts_that_are_lists_are_put_right_with_a_reason(house: House) -> None:
    async def steps(b: Browser) -> None:
        fields: dict[str, Any] = {
            "uppgift": "external",
            "varde": "KS 2026-1, REV 2026/9",
            "skal": "i missivet",
            "version": "1",
        }
        with house.store.look() as book:
            fields["version"] = str(book.case(1).version)
        assert (await b.post("/arende/1/ratta", "Ylva", **fields)).status == 303
        page = (await b.get("/arende/1", "Ylva")).text
        assert "KS 2026-1, REV 2026/9" in page
        assert "rättade andras nummer" in page
        with house.store.look() as book:
            fields = {"uppgift": "motionarer", "varde": "Bo Ek (S), Li Al (M)", "skal": "två", "version": "0"}
            fields["version"] = str(book.case(1).version)
        assert (await b.post("/arende/1/ratta", "Ylva", **fields)).status == 303
        many = fields | {"varde": ", ".join(f"Namn {n}" for n in range(21))}
        with house.store.look() as book:
            many["version"] = str(book.case(1).version)
        refused = await b.post("/arende/1/ratta", "Ylva", **many)
        assert refused.status == 422
        assert "högst 20" in refused.text

    browse(house, steps)
    with house.store.look() as book:
        assert book.case(1).motionarer == ("Bo Ek (S)", "Li Al (M)")
        assert [e.raw for e in book.externals(1)] == ["KS 2026-1", "REV 2026/9"]


def test_a_long_journal_is_shown_when_asked_for(house: House) -> None:
    with house.store.book() as book:
        for n in range(60):
            book.note("sn", "påmind", now=NOW, case_id=1, personal={"till": f"Person {n}"})

    async def steps(b: Browser) -> None:
        page = (await b.get("/arende/1", "Ylva")).text
        assert "Person 59" in page
        assert "Person 1." not in page
        assert "?journal=alla" in page
        whole = (await b.get("/arende/1?journal=alla", "Ylva")).text
        assert "Person 1." in whole

    browse(house, steps)
