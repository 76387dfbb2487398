"""The page of people: who sees and who may change, and what each change leaves behind."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from handlers import assignment, lists
from handlers.reading.reading import Envelope
from storage.records import Entry, Role
from tests.bot.pages_browser import Browser, House, browse
from tests.bot.pages_letters import CANARY, NOW, TODAY, remiss

HOSTILE = '"><script>alert(1)</script>'
HOME = "/installningar/personer"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    made.person("Ada Lind", "ada@ekeby.example", ("sn", "administrator"))
    made.person("Anders Wikström", "anders@ekeby.example", ("sn", "manager"))
    made.person("Samira Haddad", "samira@ekeby.example", ("sn", "handlaggare"))
    made.person("Bo Två", "bo@ekeby.example", ("sn", "handlaggare"), ("un", "handlaggare"))
    made.person("Eva Två", "eva@ekeby.example", ("sn", "administrator"), ("un", "administrator"))
    yield made
    made.close()


def bare(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html.split("<main")[-1]).split())


def mark(html: str) -> str:
    return str(re.findall(r'name="sett" value="([0-9a-f]+)"', html)[0])


def journal(house: House, what: str, namnd: str = "sn") -> list[Entry]:
    with house.store.look() as book:
        return [e for e in book.entries(namnd=namnd) if e.what == what]


def roles(house: House, name: str, namnd: str = "sn") -> list[Role]:
    with house.store.look() as book:
        return book.roles(namnd=namnd, person_id=house.people[name].id)


def taken(house: House, name: str) -> int:
    """Let a letter come and somebody take it."""
    case = house.letter(remiss()).case
    assert case is not None
    with house.store.book() as book:
        assignment.give(book, case.id, house.people[name].id)
    return case.id


def test_registrators_read_administrators_change_and_for_others_there_is_no_such_page(house: House) -> None:
    async def steps(b: Browser) -> None:
        for who in ("Ada", "Ylva"):
            page = await b.get(HOME, who)
            assert page.status == 200
            assert "Karin Ödman karin@ekeby.example Handläggare" in bare(page.text)
            assert ("Lägg till en person" in page.text) is (who == "Ada")
            assert '<a href="/installningar" data-go="i" aria-current="page">' in page.text
        for who in ("Karin", "Anders", "Mona", "Ingen"):
            refused = await b.get(HOME, who)
            assert refused.status == 404
            assert "/installningar" not in refused.text
        for path in (
            f"{HOME}?namnd=un",
            f"{HOME}?namnd=finns-inte",
            f"{HOME}/andringar?namnd=un",
            f"{HOME}.csv?namnd=un",
        ):
            assert (await b.get(path, "Ada")).status == 404
        assert (await b.get("/installningar", "Ada")).headers["Location"] == HOME
        karin = house.people["Karin"].id
        forms: tuple[tuple[str, dict[str, Any]], ...] = (
            (HOME, {"namn": "X", "epost": "x@ekeby.example", "roll": "manager"}),
            (f"{HOME}/{karin}", {"namn": "X", "epost": "x@ekeby.example"}),
            (f"{HOME}/{karin}/roll", {"roll": "manager"}),
            (f"{HOME}/{karin}/roll/andra", {"roll": "handlaggare", "fran": "2020-01-01", "sista": "2026-12-01"}),
            (f"{HOME}/lista/in", {"lista": "namnd;roll;namn;e-post;från;till\n"}),
        )
        for path, form in forms:
            for who in ("Ylva", "Karin", "Nils"):
                assert (await b.post(path, who, **form)).status == 404

    browse(house, steps)
    assert [r.role for r in roles(house, "Karin")] == ["handlaggare"]


def test_a_person_is_added_with_a_role_and_the_journal_says_who_and_why(house: House) -> None:
    async def steps(b: Browser) -> None:
        done = await b.post(
            HOME,
            "Ada",
            namn="Tove  Lilja",
            epost="Tove@Ekeby.example",
            roll="handlaggare",
            fran="2027-01-01",
            enhet="Stöd hemma",
            skal="Ny från årsskiftet",
        )
        assert done.status == 303
        text = bare((await b.get(done.headers["Location"].split("#")[0], "Ada")).text)
        assert "Tove Lilja tove@ekeby.example Handläggare från 1 jan 2027 , Stöd hemma" in text
        assert "Börjar 1 jan 2027" in text
        assert (
            "Ada Lind gav Tove Lilja rollen handläggare från 1 januari 2027, enhet Stöd hemma. Skäl: Ny från årsskiftet."
            in text
        )

    browse(house, steps)
    (entry,) = journal(house, "roll ändrad")
    assert entry.actor == f"person:{house.people['Ada'].id}"
    assert entry.data["förut"] is None
    assert "Tove" not in str(entry.data)
    assert entry.personal == {"namn": "Tove Lilja", "e-post": "tove@ekeby.example", "skäl": "Ny från årsskiftet"}


def test_what_cannot_be_is_told_at_its_field_and_nothing_of_it_is_lost(house: House) -> None:
    good: dict[str, Any] = {
        "namn": "Tove Lilja",
        "epost": "tove@ekeby.example",
        "roll": "handlaggare",
        "fran": "2027-01-01",
    }
    faults = (
        ({"namn": ""}, "Skriv namnet."),
        ({"namn": "x" * 121}, "högst 120"),
        ({"epost": "tove"}, "Skriv en e-postadress"),
        ({"epost": 'a@b.se"><b'}, "Skriv en e-postadress"),
        ({"epost": "karin@ekeby.example"}, "är Karin Ödmans"),
        ({"roll": "kung"}, "Välj en roll."),
        ({"fran": "igår"}, "Skriv dagen som"),
        ({"fran": "0001-01-01"}, "för långt bort"),
        ({"sista": "2026-12-01"}, "före den första"),
        ({"sista": "9999-12-31"}, "Lämna den tom"),
        ({"enhet": "x" * 121}, "högst 120"),
        ({"skal": "x" * 301}, "Skälet är för långt"),
    )

    async def steps(b: Browser) -> None:
        for change, words in faults:
            page = await b.post(HOME, "Ada", **(good | {"skal": "Behövs här"} | change))
            assert page.status == 422, change
            assert words in page.text, change
            assert 'aria-invalid="true"' in page.text
            kept = (good | {"skal": "Behövs här"} | change)["skal"]
            assert f'value="{kept}"' in page.text
        hostile = await b.post(
            HOME, "Ada", namn=HOSTILE, epost=HOSTILE, roll=HOSTILE, fran=HOSTILE, sista=HOSTILE, enhet=HOSTILE
        )
        assert hostile.status == 422
        for shown in (
            hostile,
            await b.get(f"{HOME}?q={HOSTILE}&visa={HOSTILE}&andra={HOSTILE}&sida={HOSTILE}&gjort={HOSTILE}", "Ada"),
        ):
            assert "<script>alert" not in shown.text
            assert not re.search(r"\sstyle\s*=|\son[a-z]+\s*=", shown.text)

    browse(house, steps)
    assert journal(house, "roll ändrad") == []


def test_a_name_with_signs_of_its_own_is_shown_as_text_everywhere(house: House) -> None:
    async def steps(b: Browser) -> None:
        name = "<b>Åsa</b> & 'Ek'"
        done = await b.post(HOME, "Ada", namn=name, epost="asa@ekeby.example", roll="manager", skal=HOSTILE)
        number = done.headers["Location"].split("#p")[1]
        for path in (HOME, f"{HOME}?andra={number}", f"{HOME}/andringar"):
            page = await b.get(path, "Ada")
            assert "&lt;b&gt;Åsa&lt;/b&gt; &amp;" in page.text
            assert "<b>Åsa" not in page.text
            assert "<script>alert" not in page.text

    browse(house, steps)


def test_a_role_that_ends_with_open_cases_offers_to_hand_them_over_at_once(house: House) -> None:
    case, hidden = taken(house, "Karin"), taken_secret(house, "Karin")
    karin, samira = house.people["Karin"], house.people["Samira"]

    async def steps(b: Browser) -> None:
        page = await b.get(f"{HOME}?andra={karin.id}", "Ada")
        assert "Ett öppet ärende. Vem tar över det när rollen slutar?" in page.text
        assert CANARY not in page.text
        wish: dict[str, Any] = {"roll": "handlaggare", "fran": "2020-01-01", "sista": "2026-12-31", "skal": "Slutar"}
        done = await b.post(
            f"{HOME}/{karin.id}/roll/andra", "Ada", **wish, sett=mark(page.text), tar_over=str(samira.id)
        )
        assert done.status == 303
        text = bare((await b.get(done.headers["Location"].split("#")[0], "Ada")).text)
        assert "Rollen är ändrad. Ett öppet ärende är överlämnat." in text
        assert (
            "rollen handläggare för Karin Ödman. Förut: tills vidare blev till och med 31 december 2026. Skäl: Slutar."
            in text
        )

    browse(house, steps)
    with house.store.look() as book:
        assert [book.case(c).handlaggare_id for c in (case, hidden)] == [samira.id, samira.id]
        assert [r.valid_to for r in book.roles(person_id=karin.id)] == [dt.date(2026, 12, 31)]
    assert [e.actor for e in journal(house, "ärende överlämnat")] == [f"person:{house.people['Ada'].id}"] * 2


def taken_secret(house: House, name: str) -> int:
    """Let a case that somebody has become secret afterwards."""
    envelope = Envelope(message_id="<hemlig@ekeby.example>", subject=CANARY)
    letter = remiss(title=f"Om {CANARY}", external_dnr=(), fingerprint="hemlig", envelope=envelope, attachments=())
    case = house.letter(letter).case
    assert case is not None
    with house.store.book() as book:
        assignment.give(book, case.id, house.people[name].id)
        book.change_case(case.id, secret=True)
    return case.id


def test_of_secret_cases_not_even_the_number_is_told_to_those_without_the_role(house: House) -> None:
    taken_secret(house, "Karin")
    karin = house.people["Karin"].id
    house.person("Sara Ek", "sara@ekeby.example", ("sn", "administrator"), ("sn", "sekretess"))

    async def steps(b: Browser) -> None:
        for who, number in (("Ada", "0"), ("Ylva", "0"), ("Sara", "1")):
            row = (await b.get(HOME, who)).text.split(f'<tr id="p{karin}"')[1].split("</tr>")[0]
            assert f'class="num">{number}</td>' in row
        assert "Vem tar över" not in (await b.get(f"{HOME}?andra={karin}", "Ada")).text

    browse(house, steps)


def test_the_last_administrator_cannot_be_ended_in_any_way(house: House) -> None:
    house.person("Ulf Un", "ulf@ekeby.example", ("un", "administrator"))
    ada, eva = house.people["Ada"].id, house.people["Eva"].id
    end: dict[str, Any] = {"roll": "administrator", "fran": "2020-01-01", "sista": "2026-12-31", "namnd": "sn"}

    async def steps(b: Browser) -> None:
        first = await b.get(f"{HOME}?andra={eva}", "Ada")
        assert (await b.post(f"{HOME}/{eva}/roll/andra", "Ada", **end, sett=mark(first.text))).status == 303
        page = await b.get(f"{HOME}?andra={ada}", "Ada")
        refused = await b.post(f"{HOME}/{ada}/roll/andra", "Ada", **end, sett=mark(page.text))
        assert refused.status == 422
        assert "Då har nämnden ingen administratör från 1 januari 2027" in refused.text
        head = "namnd;roll;namn;e-post;från;till\n"
        line = "sn;administratör;Ada Lind;ada@ekeby.example;2020-01-01;2026-12-31\n"
        listed = await b.post(f"{HOME}/lista", "Ada", file=("p.csv", (head + line).encode()))
        assert listed.status == 422
        assert "Socialnämnden: Då har nämnden ingen administratör" in listed.text
        entered = await b.post(f"{HOME}/lista/in", "Ada", lista=head + line)
        assert entered.status == 422
        another = line.replace("2026-12-31", "2026-12-31\nsn;administratör;Karin Ödman;karin@ekeby.example;2027-01-01;")
        assert (await b.post(f"{HOME}/lista/in", "Ada", lista=head + another)).status == 303

    browse(house, steps)
    assert [r.valid_to for r in roles(house, "Ada")] == [dt.date(2026, 12, 31)]


def test_nobody_gives_themself_the_right_to_see_what_is_secret(house: House) -> None:
    ada = house.people["Ada"].id

    async def steps(b: Browser) -> None:
        page = await b.get(f"{HOME}?andra={ada}", "Ada")
        refused = await b.post(f"{HOME}/{ada}/roll", "Ada", roll="sekretess", sett=mark(page.text))
        assert refused.status == 422
        assert "Rollen sekretess kan ingen ge sig själv." in refused.text
        same = await b.post(HOME, "Ada", namn="Ada Lind", epost="ada@ekeby.example", roll="sekretess")
        assert same.status == 422
        text = "namnd;roll;namn;e-post;från;till\nsn;sekretess;Ada Lind;ada@ekeby.example;;\n"
        listed = await b.post(f"{HOME}/lista", "Ada", file=("p.csv", text.encode()))
        assert "Rad 2: rollen sekretess kan ingen ge sig själv." in listed.text
        by_eva = await b.get(f"{HOME}?andra={ada}&namnd=sn", "Eva")
        given = await b.post(f"{HOME}/{ada}/roll", "Eva", roll="sekretess", namnd="sn", sett=mark(by_eva.text))
        assert given.status == 303

    browse(house, steps)
    assert [r.role for r in roles(house, "Ada")] == ["administrator", "sekretess"]


def test_an_address_is_the_way_in_and_so_is_set_only_by_who_is_administrator_everywhere(house: House) -> None:
    bo, mona = house.people["Bo"].id, house.people["Mona"].id
    new: dict[str, Any] = {"namn": "Bo Tre", "epost": "bo.tre@ekeby.example", "skal": "Har gift sig", "namnd": "sn"}

    async def steps(b: Browser) -> None:
        page = await b.get(f"{HOME}?andra={bo}", "Ada")
        assert "Bo Två arbetar också för Utbildningsnämnden." in page.text
        assert (await b.post(f"{HOME}/{bo}", "Ada", **new, sett=mark(page.text))).status == 404
        eva = await b.get(f"{HOME}?andra={bo}&namnd=sn", "Eva")
        assert (await b.post(f"{HOME}/{bo}", "Eva", **new, sett=mark(eva.text))).status == 303
        told = bare((await b.get(f"{HOME}/andringar?namnd=un", "Eva")).text)
        assert (
            "Eva Två ändrade Bo Två. Förut: Bo Två, bo@ekeby.example blev Bo Tre, bo.tre@ekeby.example. Skäl: Har gift sig."
            in told
        )
        hidden = await b.get(f"{HOME}?andra={mona}", "Ada")
        taken = await b.post(
            f"{HOME}/{mona}", "Ada", namn="Mona Sund", epost="ada2@ekeby.example", sett=mark(hidden.text)
        )
        assert taken.status == 422
        assert "Mona Sund har rollen sekretess." in taken.text

    browse(house, steps)
    for namnd in ("sn", "un"):
        (entry,) = journal(house, "person ändrad", namnd)
        assert entry.data == {"person": bo}


def test_who_comes_too_late_sees_both_and_loses_nothing(house: House) -> None:
    karin = house.people["Karin"].id
    path = f"{HOME}/{karin}/roll/andra"
    wish: dict[str, Any] = {"roll": "handlaggare", "fran": "2020-01-01", "namnd": "sn"}

    async def steps(b: Browser) -> None:
        seen = mark((await b.get(f"{HOME}?andra={karin}", "Ada")).text)
        first = await b.post(path, "Eva", **wish, sista="2027-05-31", enhet="Öst", sett=seen)
        assert first.status == 303
        late = await b.post(path, "Ada", **wish, sista="2027-06-30", enhet="Väst", skal="Föräldraledig", sett=seen)
        assert late.status == 409
        text = bare(late.text)
        assert "Eva Två hann före och ändrade" in text
        assert "Sista dag 2027-05-31 2027-06-30" in text
        assert "Enhet Öst Väst" in text
        assert 'value="Föräldraledig"' in late.text
        assert [r.unit for r in roles(house, "Karin")] == ["Öst"]
        again = await b.post(
            path, "Ada", **wish, sista="2027-06-30", enhet="Väst", skal="Föräldraledig", sett=mark(late.text)
        )
        assert again.status == 303
        form: dict[str, Any] = {"namn": "K", "epost": "k@ekeby.example"}
        assert (await b.post(f"{HOME}/{karin}", "Ada", **form, sett=seen)).status == 409
        assert (await b.post(f"{HOME}/{karin}", "Ada", **form)).status == 409  # a form without its mark
        assert (await b.post(f"{HOME}/{karin}/roll", "Ada", roll="manager", sett=seen)).status == 409

    browse(house, steps)
    assert [(r.unit, r.valid_to) for r in roles(house, "Karin")] == [("Väst", dt.date(2027, 6, 30))]


def test_a_list_is_looked_at_first_and_what_the_command_line_writes_is_taken_back(house: House) -> None:
    async def steps(b: Browser) -> None:
        out = await b.get(f"{HOME}.csv", "Ada")
        assert out.headers["Content-Disposition"].startswith('attachment; filename="personer-sn.csv"')
        with house.store.look() as book:
            assert out.body.decode() == lists.write_people(book.roles(namnd="sn"))
        same = await b.post(f"{HOME}/lista", "Ada", file=("p.csv", out.body))
        assert "Listan ändrar inget" in same.text
        more = out.body.decode() + "sn;handläggare;Tove Lilja;tove@ekeby.example;2027-01-01;;Öst\r\n"
        more = more.replace(
            "sn;chef;Anders Wikström;anders@ekeby.example;2020-01-01;;",
            "sn;chef;Anders Wikström;anders@ekeby.example;2020-01-01;2027-02-28;",
        )
        page = await b.post(f"{HOME}/lista", "Ada", file=("nya.csv", more.lstrip("\ufeff").encode("cp1252")))
        text = bare(page.text)
        assert "2 rader ändrar något" in text
        assert (
            "Tove Lilja tove@ekeby.example Socialnämnden handläggare från 1 januari 2027, enhet Öst Ny person" in text
        )
        assert "chef från 1 januari 2020 till 28 februari 2027 Ändrad roll, förut tills vidare" in text
        assert journal(house, "roll ändrad") == []
        kept = re.findall(r'<textarea name="lista" hidden>\n(.*?)</textarea>', page.text, re.S)[0]
        done = await b.post(f"{HOME}/lista/in", "Ada", lista=kept.replace("&#34;", '"'))
        assert done.status == 303

    browse(house, steps)
    assert {e.personal["namn"] for e in journal(house, "roll ändrad") if e.personal} == {
        "Tove Lilja",
        "Anders Wikström",
    }


def test_each_fault_of_a_list_is_told_by_its_line_and_nothing_is_entered(house: House) -> None:
    rows = (
        "sn;kung;Bo;bo@ekeby.example;;",
        "un;chef;Karin Ödman;karin@ekeby.example;;",
        "xx;chef;Karin Ödman;karin@ekeby.example;;",
        "sn;chef;Karin Ödman;karin;;",
    )
    head = "namnd;roll;namn;e-post;från;till\n"

    async def steps(b: Browser) -> None:
        page = await b.post(f"{HOME}/lista", "Ada", file=("p.csv", (head + "\n".join(rows)).encode()))
        assert page.status == 422
        assert [f"Rad {n}:" in page.text for n in (2, 3, 4, 5)] == [True, False, True, True]
        alone = await b.post(f"{HOME}/lista", "Ada", file=("p.csv", (head + rows[1]).encode()))
        assert "Rad 2: du är inte administratör i Utbildningsnämnden." in alone.text
        other = head + "sn;handläggare;Bo Annan;bo@ekeby.example;2020-01-01;\n"
        renamed = await b.post(f"{HOME}/lista", "Ada", file=("p.csv", other.encode()))
        assert "Rad 2: bo@ekeby.example heter Bo Två i registret." in renamed.text
        tied = (
            head.strip() + ";entra-id\nsn;chef;Karin Ödman;karin@ekeby.example;;;00000000-0000-0000-0000-000000000001\n"
        )
        account = await b.post(f"{HOME}/lista", "Ada", file=("p.csv", tied.encode()))
        assert "Rad 2: konton i Teams kopplas från kommandoraden." in account.text
        for data in (
            b"",
            b"\x00\x01\x02",
            b"inte en lista",
            HOSTILE.encode(),
            (head + ";;;;;\n" * 3 + HOSTILE).encode(),
        ):
            broken = await b.post(f"{HOME}/lista", "Ada", file=(HOSTILE, data))
            assert broken.status in (200, 422)
            assert "<script>alert" not in broken.text
        assert (await b.post(f"{HOME}/lista", "Ada")).status == 422

    browse(house, steps)
    assert journal(house, "roll ändrad") == []


def test_the_search_finds_by_name_address_role_and_unit_and_those_who_have_left_on_request(house: House) -> None:
    with house.store.book() as book:
        gone = book.put_person("Gun Borta", "gun@ekeby.example")
        book.put_role(gone.id, "sn", "handlaggare", dt.date(2020, 1, 1), dt.date(2025, 12, 31), "Norr")
        book.put_absence(house.people["Karin"].id, TODAY, dt.date(2026, 12, 1), None)

    async def steps(b: Browser) -> None:
        everybody = bare((await b.get(HOME, "Ylva")).text)
        assert "Gun Borta" not in everybody
        assert "Borta till 1 dec" in everybody
        assert "Gun Borta" in bare((await b.get(f"{HOME}?visa=alla&q=norr", "Ylva")).text)
        for words, name in (("ödman", "Karin Ödman"), ("anders@", "Anders Wikström"), ("sekretess", "Mona Sund")):
            found = (await b.get(f"{HOME}?q={words}", "Ylva")).text
            assert name in found
            assert found.count('<tr id="p') == 1
        assert "Ingen matchar ”finnsinte”" in (await b.get(f"{HOME}?q=finnsinte", "Ylva")).text

    browse(house, steps)


def test_the_history_shows_page_and_command_line_alike_and_what_was_weeded(house: House) -> None:
    karin, anders = house.people["Karin"], house.people["Anders"]
    head = "namnd;roll;namn;e-post;från;till\n"
    with house.store.book() as book:
        for day in range(1, 61):
            text = (
                head
                + f"sn;handläggare;Karin Ödman;karin@ekeby.example;2020-01-01;2027-{1 + day % 12:02d}-{1 + day % 28:02d}\n"
            )
            lists.enter_people(
                book,
                lists.read_people(text, ["sn"], TODAY),
                now=NOW + dt.timedelta(minutes=day),
                actor="kommandorad:drift",
            )
        text = head + "sn;chef;Anders Wikström;anders@ekeby.example;2020-01-01;2028-01-31\n"
        lists.enter_people(book, lists.read_people(text, ["sn"], TODAY), now=NOW, actor="kommandorad:drift")
    seq = min(e.seq for e in journal(house, "roll ändrad"))
    with house.store.book() as book:
        book.weed_personal("sn", seq)

    async def steps(b: Browser) -> None:
        first = await b.get(f"{HOME}/andringar", "Ylva")
        assert first.text.count("<li><time>") == 50
        assert "Kommandoraden, konto drift ändrade rollen handläggare för Karin Ödman." in bare(first.text)
        assert "Sida 1 Äldre" in bare(first.text)
        rest = await b.get(f"{HOME}/andringar?sida=2", "Ylva")
        assert rest.text.count("<li><time>") == 11
        assert f"för person {karin.id}." in rest.text
        assert "Personuppgifterna på raden är gallrade." in rest.text
        his = await b.get(f"{HOME}/andringar?vad={anders.id}", "Ylva")
        assert his.text.count("<li><time>") == 1
        assert "tills vidare</span> blev till och med 31 januari 2028." in his.text
        for odd in ("sida=99999999999999999999", f"sida={HOSTILE}", f"vad={HOSTILE}", "sida=-1", "sida=0"):
            page = await b.get(f"{HOME}/andringar?{odd}", "Ylva")
            assert page.status == 200
            assert "<script>alert" not in page.text
        for who in ("Karin", "Anders", "Mona", "Nils"):
            assert (await b.get(f"{HOME}/andringar?namnd=sn", who)).status == 404

    browse(house, steps)
