"""The register's filters, orders and pages, a day's post, and both as files; nothing of what is secret in any of them."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import openpyxl
import pytest

from bot.pages import register, sheets_out
from handlers import assignment, deciding
from storage import cases, search
from storage.records import NewDocument
from tests.bot.pages_browser import Browser, House, browse
from tests.bot.pages_letters import CANARY, NOW, SN, UN, other, remiss, secret

TODAY = NOW.date()
WORDS = ("trygghetslarm", "lekplatser", "bänkar", "hörsal", "gungor")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Karin has a late motion on lekplatser; bänkar waits for KF; hörsal is closed; gungor is another nämnd's."""
    made = House(tmp_path)
    made.person("Anders Wikström", "anders@ekeby.example", ("sn", "manager"), ("un", "manager"))
    made.letter(remiss())
    made.letter(other("Motion om lekplatser", kind="motion", matter="motion"), received=NOW.replace(year=2025))
    made.letter(other("Motion om bänkar", kind="motion", matter="motion"), received=NOW - dt.timedelta(days=3))
    made.letter(other("Skrivelse om hörsal"), received=NOW - dt.timedelta(days=2))
    made.letter(other("Remiss om gungor", kind="remiss"), namnd=UN)
    with made.store.book() as book:
        assignment.assign(book, 2, made.people["Karin"], made.people["Anders"], SN, now=NOW)
        deciding.answer_sent(book, 3, day=TODAY, to="KF", now=NOW, actor="boten")
        deciding.close(book, 4, "Besvarat", now=NOW, actor="boten")
    yield made
    made.close()


def hide(house: House, case: int) -> None:
    """Make a case secret, with everything in it that a list could tell by."""
    with house.store.book() as book:
        book.change_case(case, secret=True, title=f"Oro för {CANARY}", sender=f"{CANARY}skolan")


def told(text: str) -> set[str]:
    return {word for word in WORDS if word in text}


def listed(text: str) -> str:
    """Return the list alone, without the form."""
    return unescape(text.partition('<div id="lista">')[2].partition("</main>")[0])


@pytest.mark.parametrize(
    ("asked", "there"),
    [
        ("vy=alla", {"trygghetslarm", "lekplatser", "bänkar", "hörsal", "gungor"}),
        ("vy=alla&namnd=un", {"gungor"}),
        ("vy=alla&typ=motion", {"trygghetslarm", "lekplatser", "bänkar"}),
        ("vy=alla&typ=other", {"hörsal"}),
        ("status=avslutat", {"hörsal"}),
        ("vy=sena&status=avslutat", {"hörsal"}),
        ("vy=alla&status=vantar", {"gungor"}),
        ("hlg=ingen", {"trygghetslarm", "gungor", "bänkar"}),
        ("sena=ja", {"lekplatser"}),
        ("vy=alla&sena=ja&typ=other", set()),
        ("obesvarade=ja", {"trygghetslarm", "lekplatser", "bänkar", "gungor"}),
        ("obesvarade=ja&vy=andra", {"bänkar"}),
        ("vy=alla&ar=2025", {"lekplatser"}),
        ("vy=alla&ar=1999", set()),
        ("vy=alla&fran=2026-11-21&till=2026-11-22", {"bänkar", "hörsal"}),
        ("vy=alla&till=2025-12-31", {"lekplatser"}),
        ("vy=alla&q=motion&typ=motion&hlg=ingen", {"trygghetslarm", "bänkar"}),
    ],
)
def test_each_filter_keeps_what_it_says_in_the_page_and_in_the_files(house: House, asked: str, there: set[str]) -> None:
    async def steps(b: Browser) -> None:
        page = await b.get(f"/diariet?{asked}", "Anders")
        assert page.status == 200
        assert told(listed(page.text)) == there
        plain = await b.get(f"/diariet.csv?{asked}", "Anders")
        assert told(plain.text) == there
        assert len(list(csv.reader(io.StringIO(plain.text, newline=""), delimiter=";"))) == 1 + len(there)
        excel = (await b.get(f"/diariet.xlsx?{asked}", "Anders")).body
        sheet = openpyxl.load_workbook(io.BytesIO(excel)).active
        assert sheet is not None
        assert told(" ".join(str(cell) for row in sheet.values for cell in row)) == there

    browse(house, steps)


def test_what_is_chosen_stands_as_chips_that_take_it_away(house: House) -> None:
    async def steps(b: Browser) -> None:
        karin = house.people["Karin"].id
        asked = f"vy=alla&q=om&namnd=sn&hlg={karin}&typ=motion&status=oppet&ar=2025&sena=ja&obesvarade=ja"
        text = (await b.get(f"/diariet?{asked}", "Anders")).text
        chips = dict(re.findall(r'<li><a class="chip chip--on" href="([^"]+)">([^<]+?) <svg', text))
        assert set(chips.values()) == {
            "Sökord: om",
            "Socialnämnden",
            "Handläggare: Karin Ödman",
            "Typ: Motion",
            "Status: Öppet",
            "År: 2025",
            "Sena",
            "Obesvarade",
        }
        for url, words in chips.items():
            less = (await b.get(unescape(url), "Anders")).text
            assert f">{words} <svg" not in less, words
            assert less.count('class="chip chip--on"') == 7, words
        assert "Ta bort alla filter" in text
        plain = (await b.get("/diariet", "Anders")).text
        assert 'class="chosen"' not in plain

    browse(house, steps)


def test_headings_order_and_turn(house: House) -> None:
    async def steps(b: Browser) -> None:
        async def order(asked: str) -> list[str]:
            text = listed((await b.get(f"/diariet?vy=alla&namnd=sn&{asked}", "Anders")).text)
            return [next(w for w in WORDS if w in title) for title in re.findall(r'class="title"[^>]*>([^<]+)', text)]

        by_number = ["lekplatser", "trygghetslarm", "bänkar", "hörsal"]
        assert await order("sort=nummer") == by_number
        assert await order("sort=nummer&ordning=fallande") == by_number[::-1]
        assert await order("sort=titel") == ["bänkar", "lekplatser", "hörsal", "trygghetslarm"]
        assert (await order("sort=handlaggare"))[0] == "lekplatser"
        assert (await order("sort=inkommet"))[-1] == "trygghetslarm"
        text = (await b.get("/diariet?vy=alla&sort=nummer", "Anders")).text
        assert text.count("aria-sort") == 1
        heading = re.search(r'<th scope="col" class="c-dnr" aria-sort="ascending"><a class="sort" href="([^"]+)"', text)
        assert heading
        turned = (await b.get(unescape(heading[1]), "Anders")).text
        assert 'class="c-dnr" aria-sort="descending"' in turned
        assert 'aria-sort="ascending"' in (await b.get("/diariet", "Anders")).text

    browse(house, steps)


def test_a_search_in_another_order_says_how_far_it_looked(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (cases, register, search):
        monkeypatch.setattr(module, "COUNTED_HITS", 1)
        monkeypatch.setattr(module, "MOST_HITS", 2)
    said = "Bara de 2 nyaste träffarna är genomsökta."

    async def steps(b: Browser) -> None:
        # The best hits are all there; of an order by number the first may lie further back than was looked.
        by_hit = (await b.get("/diariet?vy=alla&namnd=sn&q=om", "Anders")).text
        assert "mer än 1" in by_hit
        assert said not in by_hit
        assert said in (await b.get("/diariet?vy=alla&namnd=sn&q=om&sort=nummer", "Anders")).text

    browse(house, steps)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("typ=hittepa", "Typen ”hittepa” finns inte."),
        ("typ=orosanmalan", "Typen ”orosanmalan” finns inte."),
        ("status=x", "Status ”x” finns inte."),
        ("hlg=abc", "Handläggaren ”abc” finns inte."),
        ("ar=26", "”26” är inget år."),
        ("ar=%D9%A2%D9%A0%D9%A2%D9%A6", "är inget år."),
        ("fran=2026-02-30", "”2026-02-30” är ingen dag."),
        ("fran=2026-02-02&till=2026-02-01", "ligger före"),
        ("sort=dnr%3Bdrop", "Ordningen ”dnr;drop” finns inte."),
        ("ordning=upp", "Ordningen ”upp” finns inte."),
        ("sena=kanske", "Sena ”kanske” finns inte."),
        ("typ=%3Cb%3E", "Typen ”<b>” finns inte."),
    ],
)
def test_what_nobody_understands_in_an_address_is_said_and_never_another_list(
    house: House, asked: str, words: str
) -> None:
    async def steps(b: Browser) -> None:
        page = await b.get(f"/diariet?vy=alla&{asked}", "Anders")
        assert page.status == 200
        assert words in listed(page.text)
        assert told(listed(page.text)) == set()
        assert "<b>" not in page.text
        for kind in ("csv", "xlsx"):
            file = await b.get(f"/diariet.{kind}?vy=alla&{asked}", "Anders")
            assert file.status == 422
            assert words in unescape(file.text)
            assert file.headers["Content-Type"].startswith("text/html")

    browse(house, steps)


def test_pages_go_to_the_first_and_the_last_and_no_further(house: House) -> None:
    for number in range(120):
        house.letter(other(f"Skrivelse nummer {number}"))

    async def steps(b: Browser) -> None:
        text = (await b.get("/diariet?vy=alla&namnd=sn&sida=2", "Anders")).text
        assert "Visar 50 av 124, sida 2 av 3" in text
        for words, page in (
            ("Första", ""),
            ("Föregående sida", ""),
            ("Nästa sida", "&amp;sida=3"),
            ("Sista", "&amp;sida=3"),
        ):
            assert re.search(rf'href="/diariet\?vy=alla&amp;namnd=sn{page}"[^>]*>{words}<', text), words
        beyond = (await b.get("/diariet?vy=alla&namnd=sn&sida=9", "Anders")).text
        assert "Sidan 9 finns inte" in beyond
        assert "Listan har 3 sidor." in beyond
        whole = (await b.get("/diariet.csv?vy=alla&namnd=sn&sida=2", "Anders")).text
        assert whole.count("Skrivelse nummer") == 120

    browse(house, steps)


def test_the_form_works_without_a_script_and_quicker_with_one(house: House) -> None:
    async def steps(b: Browser) -> None:
        text = (await b.get("/diariet?vy=sena&typ=motion", "Anders")).text
        form = text.partition('<form class="filters"')[2].partition("</form>")[0]
        assert 'action="/diariet"' in form
        assert '<button class="btn">Visa</button>' in form
        assert '<input type="hidden" name="vy" value="sena">' in form
        assert '<option value="motion" selected>' in form
        names = set(re.findall(r' name="([a-z]+)"', form))
        assert names == {
            *("vy", "q", "namnd", "hlg", "typ", "status", "ar", "fran", "till", "sort", "ordning", "sena", "obesvarade")
        }
        labelled = set(re.findall(r'<label[^>]* for="([a-z]+)"', form))
        assert names - {"vy", "ordning", "sena", "obesvarade"} <= labelled
        assert 'hx-get="/diariet"' in form
        assert 'hx-push-url="true"' in form
        assert 'id="lista"' not in form

    browse(house, steps)


def test_an_empty_list_says_what_to_do(house: House) -> None:
    async def steps(b: Browser) -> None:
        for asked, words, way in (
            ("vy=alla&ar=1999", "Inget ärende passar filtren", "Ta bort alla filter"),
            ("q=zzz", "Inget ärende matchar ”zzz”", "Sök i alla ärenden"),
            ("vy=makulerade", "Här finns inget ännu", "Dagens post"),
        ):
            text = (await b.get(f"/diariet?{asked}", "Anders")).text
            assert words in text
            assert f">{way}</a>" in text

    browse(house, steps)


LEAKS = [
    "q=Oro",
    f"q={CANARY}",
    "typ=other",
    "typ=remiss",
    "typ=motion",
    "hlg=ingen",
    "hlg=KARIN",
    "sena=ja",
    "obesvarade=ja",
    "vy=sena",
    "vy=ingen",
    "vy=andra",
]


@pytest.mark.parametrize("asked", LEAKS)
@pytest.mark.parametrize("case", [1, 2, 3])
def test_no_filter_tells_what_a_secret_case_is(house: House, asked: str, case: int) -> None:
    """What is told is the same as when the case never was."""
    hide(house, case)
    asked = asked.replace("KARIN", str(house.people["Karin"].id))
    asked = asked if asked.startswith("vy") else f"vy=alla&{asked}"
    with house.store.look() as book:
        dnr = book.case(case).dnr or ""

    async def steps(b: Browser) -> None:
        for name in ("Anders", "Karin", "Ylva"):
            for path in ("/diariet", "/diariet.csv"):
                answer = await b.get(f"{path}?{asked}", name)
                assert f"{dnr}<" not in listed(answer.text), (name, path)
                assert f"{dnr};" not in answer.text, (name, path)
                assert CANARY not in answer.text.replace(f"={CANARY}", "").replace(f'value="{CANARY}"', "").replace(
                    f"Sökord: {CANARY}", ""
                ).replace(f"”{CANARY}”", ""), (name, path)

    browse(house, steps)


def test_a_secret_case_is_a_number_and_a_day_in_every_order_and_file(house: House) -> None:
    hide(house, 2)  # the late one, that somebody has

    async def steps(b: Browser) -> None:
        for sort in ("bradskande", "titel", "handlaggare", "nummer", "inkommet"):
            for way in ("stigande", "fallande"):
                asked = f"vy=alla&namnd=sn&sort={sort}&ordning={way}"
                text = listed((await b.get(f"/diariet?{asked}", "Ylva")).text)
                numbers = re.findall(r'<td class="dnr">(?:<a[^>]*>)?(SN [\d-]+)', text)
                assert len(numbers) == 4
                if sort not in ("nummer", "inkommet"):  # its place there would tell of its day, its title or who has it
                    assert numbers[-1] == "SN 2025-1", (sort, way)
                row = next(r for r in text.split("<tr>") if "SN 2025-1" in r)
                assert "Karin" not in row
                assert "/arende/" not in row
                file = (await b.get(f"/diariet.csv?{asked}", "Ylva")).text
                line = next(r for r in file.splitlines() if "SN 2025-1" in r)
                assert line == "Socialnämnden;SN 2025-1;Sekretess;;;2025-11-24"
                assert CANARY not in file
        tabs = (await b.get("/diariet", "Ylva")).text
        assert 'Öppna <span class="count">2</span>' in tabs
        assert 'Sena <span class="count">0</span>' in tabs
        excel = openpyxl.load_workbook(io.BytesIO((await b.get("/diariet.xlsx?vy=alla", "Ylva")).body)).active
        assert excel is not None
        assert CANARY not in str(list(excel.values))

    browse(house, steps)


def test_files_are_kept_and_never_shown_and_only_for_those_who_see_the_list(house: House) -> None:
    async def steps(b: Browser) -> None:
        for path, name, kind in (
            ("/diariet.csv", "diariet-2026-11-24.csv", "text/csv"),
            ("/diariet.xlsx", "diariet-2026-11-24.xlsx", sheets_out._XLSX),
            ("/postlista.csv?dag=2026-11-22", "postlista-2026-11-22.csv", "text/csv"),
            ("/postlista.xlsx", "postlista-2026-11-24.xlsx", sheets_out._XLSX),
            ("/moten.csv?ar=2026", "moten-2026.csv", "text/csv"),
            ("/moten.xlsx", "moten-2026.xlsx", sheets_out._XLSX),
        ):
            answer = await b.get(path, "Anders")
            assert answer.status == 200, path
            assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="{name}"')
            assert answer.headers["Content-Type"].split(";")[0] == kind
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["Content-Security-Policy"].startswith("sandbox")
            assert (await b.get(path)).status == 303, path
            assert (await b.get(path, "Ingen")).status == 404, path
        for path in ("/diariet.csv?namnd=sn", "/postlista.xlsx?namnd=sn", "/diariet.pdf", "/diariet.csv?vy=hittepa"):
            assert (await b.get(path, "Nils")).status == 404, path
        assert (await b.get("/moten.csv", "Karin")).status == 404
        assert told((await b.get("/diariet.csv?vy=alla", "Nils")).text) == {"gungor"}

    browse(house, steps)


def test_a_hostile_title_is_text_in_the_files(house: House) -> None:
    house.letter(other('=HYPERLINK("http://x.example";"Klicka")'))

    async def steps(b: Browser) -> None:
        text = (await b.get("/diariet.csv?q=HYPERLINK", "Anders")).text
        row = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))[1]
        assert row[2] == '\'=HYPERLINK("http://x.example";"Klicka")'
        data = (await b.get("/diariet.xlsx?q=HYPERLINK", "Anders")).body
        sheet = openpyxl.load_workbook(io.BytesIO(data)).active
        assert sheet is not None
        assert sheet["C2"].data_type == "s"
        assert sheet["C2"].hyperlink is None

    browse(house, steps)


# a day's post


def test_a_days_post_has_what_came_and_what_went(house: House) -> None:
    with house.store.book() as book:
        went = NewDocument("svar", "Svar till revisorerna", direction="ut", party="Revisorerna")
        book.put_document(2, went, now=NOW)
        book.put_document(2, NewDocument("tjansteskrivelse", "Utkast", direction="upprattad"), now=NOW)
    house.letter(other("Skrivelse om färdtjänst", review=("Hör det till nämnden?",)))

    async def steps(b: Browser) -> None:
        text = (await b.get("/diariet?vy=post", "Ylva")).text
        came, _, rest = text.partition('id="vag-ut"')
        out, _, made = rest.partition('id="vag-upp"')
        assert "trygghetslarm" in came
        assert "Skrivelse om färdtjänst" in came
        assert "lekplatser" not in came
        assert "Svar till revisorerna" in out
        assert "Revisorerna" in out
        assert "Karin Ödman" in out
        assert "Utkast" in made
        assert "färdtjänst" not in (await b.get("/diariet?vy=post", "Karin")).text
        earlier = (await b.get("/diariet?vy=post&dag=2026-11-22", "Ylva")).text
        assert "hörsal" in earlier
        assert 'href="/diariet?vy=post&amp;dag=2026-11-20"' in earlier
        assert 'href="/diariet?vy=post&amp;dag=2026-11-23"' in earlier
        assert "Arbetsdagen efter" not in text
        file = (await b.get("/postlista.csv?dag=2026-11-24", "Ylva")).text
        rows = list(csv.reader(io.StringIO(file, newline=""), delimiter=";"))
        assert [row[0] for row in rows[1:]] == ["Kom in", "Kom in", "Gick ut", "Upprättades"]
        assert rows[3][4:10] == ["SN 2025-1", "2", "Svar till revisorerna", "Svar", "Revisorerna", "Karin Ödman"]

    browse(house, steps)


@pytest.mark.parametrize("day", ["2026-02-30", "i+g%C3%A5r", "0001-01-01", "9999-12-31", "20261122"])
def test_a_day_that_cannot_be_is_said(house: House, day: str) -> None:
    async def steps(b: Browser) -> None:
        answer = await b.get(f"/diariet?vy=post&dag={day}", "Ylva")
        assert answer.status == 200
        file = await b.get(f"/postlista.csv?dag={day}", "Ylva")
        if day != "20261122":  # ISO's short form, which is a day
            assert "Dagen finns inte" in answer.text
            assert "trygghetslarm" not in answer.text
            assert file.status == 422

    browse(house, steps)


def test_a_days_post_tells_nothing_of_what_is_secret(house: House) -> None:
    house.letter(secret())
    with house.store.book() as book:
        went = NewDocument("svar", f"Svar om {CANARY}", direction="ut", party=f"{CANARY}s mor")
        book.put_document(1, went, now=NOW)
    hide(house, 1)

    async def steps(b: Browser) -> None:
        for name in ("Ylva", "Karin", "Anders"):
            text = (await b.get("/diariet?vy=post", name)).text
            file = (await b.get("/postlista.csv", name)).text
            for answer in (text, file):
                assert CANARY not in answer
                assert "trygghetslarm" not in answer
            assert "SN 2026-1 Sekretess" in text
            assert "0 brev" in text.partition('id="vag-ut"')[2]
        mona = (await b.get("/diariet?vy=post", "Mona")).text
        assert CANARY not in mona
        assert 'href="/arende/1"' in mona.partition('id="vag-ut"')[2]

    browse(house, steps)


def test_the_overview_leads_to_its_lists_as_files(house: House) -> None:
    async def steps(b: Browser) -> None:
        text = (await b.get("/oversikt?namnd=sn", "Anders")).text
        links = [unescape(url) for url in re.findall(r'<a href="(/diariet\.[^"]+)" download', text)]
        assert len(links) == 4
        assert told((await b.get(links[1], "Anders")).text) == {"lekplatser"}
        assert told((await b.get(links[3], "Anders")).text) == {"trygghetslarm", "lekplatser", "bänkar"}

    browse(house, steps)


def test_the_meetings_of_a_year_are_rows(house: House) -> None:
    with house.store.book() as book:
        book.put_meeting("sn", "namnd", dt.date(2026, 12, 3), dt.date(2026, 11, 19))
        off = book.put_meeting("", "kf", dt.date(2026, 12, 14), None)
        book.change_meeting(off.id, state="cancelled")
        book.put_meeting("sn", "namnd", dt.date(2027, 1, 28), None)

    async def steps(b: Browser) -> None:
        file = (await b.get("/moten.csv?ar=2026", "Anders")).text
        rows = list(csv.reader(io.StringIO(file, newline=""), delimiter=";"))
        assert [(r[0], r[2], r[3], r[5]) for r in rows[1:]] == [
            ("Socialnämnden", "2026-12-03", "2026-11-19", ""),
            ("Ekeby kommun", "2026-12-14", "", "Inställt"),
        ]

    browse(house, steps)


def test_what_the_law_says_of_motions_stands_where_one_is_late(house: House) -> None:
    house.letter(other("Begäran om handling", kind="utlamnande"), received=NOW - dt.timedelta(days=40))
    house.letter(other("Motion om finska", kind="motion", matter="motion"), received=NOW - dt.timedelta(days=447))
    law = "Motioner och medborgarförslag ska redovisas"

    async def steps(b: Browser) -> None:
        handling = (await b.get("/diariet?typ=utlamnande", "Anders")).text
        assert "Efter lagens tid" in handling
        assert law not in handling
        assert law in (await b.get("/diariet", "Anders")).text

    browse(house, steps)
