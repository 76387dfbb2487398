"""The pages: who opened what is kept, who was not let too, and who may see it."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.cli import main
from handlers import openings, review
from handlers.openings import Opened
from storage.errors import StorageError, StorageFull
from storage.records import Opening
from storage.store import Store
from tests.bot.pages_browser import Browser, House, browse
from tests.bot.pages_letters import CANARY, NOW, SN, other, remiss, secret
from tests.bot.pages_moves import led_house, link
from tests.builders import found


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    made.person("Adam Administratör", "adam@ekeby.example", ("sn", "administrator"))
    made.person("Berit Båda", "berit@ekeby.example", ("sn", "administrator"), ("sn", "sekretess"))
    yield made
    made.close()


def of_case(house: House, case_id: int = 1) -> list[Opening]:
    with house.store.look() as book:
        return list(reversed(book.openings_of_case(case_id, limit=100)))


def told(lines: list[Opening]) -> list[tuple[str, str, int, bool]]:
    return [(o.person.name.split()[0], o.what, o.number, o.allowed) for o in lines]


def test_what_is_opened_is_kept_once_in_ten_minutes(house: House) -> None:
    house.letter(remiss())

    async def steps(b: Browser) -> None:
        for _ in range(3):
            await b.get("/arende/1", "Karin")
        await b.get("/arende/1", "Ylva")
        await b.get("/dokument/1", "Karin")
        await b.get("/brev/1/original", "Ylva")
        house.clock.at += dt.timedelta(minutes=11)
        await b.get("/arende/1", "Karin")

    browse(house, steps)
    assert told(of_case(house)) == [
        ("Karin", "arende", 1, True),
        ("Ylva", "arende", 1, True),
        ("Karin", "dokument", 1, True),
        ("Ylva", "brev", 1, True),
        ("Karin", "arende", 1, True),
    ]
    assert {(o.namnd, o.secret) for o in of_case(house)} == {("sn", False)}


def test_who_is_not_let_in_is_kept_and_not_told_so(house: House) -> None:
    house.letter(remiss())
    with house.store.book() as book:
        review.make_secret(book, 1, house.people["Ylva"], now=NOW, namnd=SN)

    async def steps(b: Browser) -> None:
        hidden, nothing = await b.get("/arende/1", "Karin"), await b.get("/arende/99", "Karin")
        assert (hidden.status, hidden.body) == (nothing.status, nothing.body)
        assert (await b.get("/dokument/1", "Nils")).status == 404
        assert (await b.post("/arende/1/makulera", "Ylva", skal="x")).status == 404
        assert (await b.get("/arende/1", "Mona")).status == 200
        assert (await b.get("/arende/1")).status == 303

    browse(house, steps)
    lines = of_case(house)
    assert told(lines) == [
        ("Karin", "arende", 1, False),
        ("Nils", "dokument", 1, False),
        ("Ylva", "arende", 1, False),
        ("Mona", "arende", 1, True),
    ]
    assert all(o.secret for o in lines)
    with house.store.look() as book:
        tried = book.openings_of_person(house.people["Karin"].id, limit=10)
    assert [(o.number, o.namnd, o.case_id) for o in tried] == [(99, "", None), (1, "sn", 1)]


def test_a_letter_that_waits_is_opened_too_and_stays_with_its_case(house: House) -> None:
    house.letter(other("Skrivelse om färdtjänst", review=("Hör det till nämnden?",)))

    async def steps(b: Browser) -> None:
        await b.get("/granska", "Ylva")
        await b.get("/granska/1", "Karin")
        await b.post("/granska/1/stammer", "Ylva")

    browse(house, steps)
    assert told(of_case(house)) == [("Ylva", "granska", 1, True), ("Karin", "granska", 1, False)]


def test_a_question_by_mail_counts_as_opened_by_whom_it_was_sent_to(tmp_path: Path) -> None:
    house = led_house(tmp_path)
    try:
        path = link(house, "Karin")

        async def steps(b: Browser) -> None:
            assert (await b.get(path)).status == 200

        browse(house, steps)
        assert told(of_case(house)) == [("Karin", "arende", 1, True)]
    finally:
        house.close()


def test_acts_stand_in_the_journal_and_not_here(house: House) -> None:
    house.letter(remiss())

    async def steps(b: Browser) -> None:
        assert (await b.post("/arende/1/makulera", "Ylva")).status == 422
        await b.get("/diariet?q=motion", "Ylva")

    browse(house, steps)
    assert of_case(house) == []


def test_only_those_who_answer_for_it_see_who_opened_what(house: House) -> None:
    house.letter(remiss())
    house.letter(secret())
    house.letter(other("Fråga om något"))
    with house.store.book() as book:
        review.make_secret(book, 3, house.people["Ylva"], now=NOW, namnd=SN)

    async def steps(b: Browser) -> None:
        await b.get("/arende/1", "Karin")
        await b.get("/arende/2", "Mona")
        await b.get("/arende/2", "Karin")
        page = await b.get("/arende/1/oppnat", "Adam")
        assert "Karin Ödman" in page.text
        assert 'href="/arende/1/oppnat"' in (await b.get("/arende/1", "Adam")).text
        assert "/oppnat" not in (await b.get("/arende/1", "Ylva")).text
        for who in ("Ylva", "Karin", "Mona", "Nils"):
            assert (await b.get("/arende/1/oppnat", who)).status == 404, who
        for who in ("Adam", "Mona", "Ylva"):
            assert (await b.get("/arende/2/oppnat", who)).status == 404, who
        both = await b.get("/arende/2/oppnat", "Berit")
        assert "Mona Sund" in both.text
        assert "Nej, nekades" in both.text
        assert "Den här loggen" in (await b.get("/arende/1/oppnat", "Adam")).text
        assert CANARY not in both.text

    browse(house, steps)


def test_a_log_that_cannot_be_written_is_told_and_stops_nobody(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    house.letter(remiss())
    caplog.set_level(logging.INFO)

    def full(*_: object, **__: object) -> None:
        raise StorageFull("Disken är full.")

    monkeypatch.setattr(openings, "write", full)

    async def steps(b: Browser) -> None:
        assert (await b.get("/arende/1", "Karin")).status == 200

    browse(house, steps)
    said = [r.getMessage() for r in caplog.records if r.name == "namndbot.pages"]
    assert f"person:{house.people['Karin'].id} arende 1 opened" in said
    assert any(line.startswith("an opening was not kept (StorageFull)") for line in said)
    assert "Karin" not in "".join(said)


def test_lines_can_be_neither_changed_nor_taken_away_before_their_time(store: Store) -> None:
    found(store)
    now = dt.datetime.now(dt.UTC)
    with store.book() as book:
        person = book.put_person("Karin", "karin@ekeby.example")
        for days in (1, 300, 3 * 365, 6 * 365):
            at = now - dt.timedelta(days=days)
            openings.write(book, Opened(person.id, "arende", days), allowed=True, now=at)
    with pytest.raises(StorageError), store.book() as book:
        book._connection.exec_driver_sql("UPDATE openings SET allowed = allowed")
    with pytest.raises(StorageError), store.book() as book:
        book._connection.exec_driver_sql("DELETE FROM openings")
    with pytest.raises(StorageError), store.book() as book:
        book.weed_openings(now - dt.timedelta(days=30))
    with store.book() as book:
        openings.tidy(book, now=now)
    with store.look() as book:
        assert [o.number for o in book.openings_of_person(person.id, limit=9)] == [1, 300, 3 * 365]


def test_it_is_written_out_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(tmp_path / "namndbot.toml")
    main(["init", "--settings", path, "--namnd", "sn", "Socialnämnden", "sn@ekeby.example"])
    opened = Store(f"sqlite:///{tmp_path / 'namndbot.db'}")
    with opened.book() as book:
        person = book.put_person("=Karin", "karin@ekeby.example")
        openings.write(book, Opened(person.id, "arende", 7), allowed=False, now=NOW)
    opened.close()
    capsys.readouterr()
    assert main(["openings", "--settings", path, "--person", "karin@ekeby.example", "--csv"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "tid;person;e-post;vad;nummer;nämnd;sekretess;fick",
        "2026-11-24 09:30:00;'=Karin;karin@ekeby.example;ärendet;7;;nej;nej",
    ]
    assert main(["openings", "--settings", path, "--person", "karin@ekeby.example"]) == 0
    assert "nej, nekades" in capsys.readouterr().out
    assert main(["openings", "--settings", path, "--case", "SN 2026-1"]) == 1


def test_a_hidden_letter_in_an_open_case_is_logged_as_secret(house: House) -> None:
    case = house.letter(remiss()).case
    assert case is not None
    letter = house.letter(other("Svar om larmen", own_dnr=(case.dnr,)))
    with house.store.book() as book:
        review.make_secret(book, letter.arrival.id, house.people["Ylva"], now=NOW, namnd=SN)
    with house.store.look() as book:
        paper = next(d.id for d in book.documents(case.id) if d.arrival_id == letter.arrival.id)
        assert not book.case(case.id).secret

    async def steps(b: Browser) -> None:
        assert (await b.get(f"/handling/{paper}", "Berit")).status == 200
        assert (await b.get(f"/handling/{paper}", "Karin")).status == 404

    browse(house, steps)
    assert {(o.person.name.split()[0], o.secret, o.allowed) for o in of_case(house, case.id)} == {
        ("Berit", True, True),
        ("Karin", True, False),
    }
