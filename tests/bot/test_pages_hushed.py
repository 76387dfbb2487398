"""What becomes secret late: nothing of it is left where it has lain, been moved from, been written of or been undone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from handlers import demands, desk_undoing, handing_over, moving, papers, review
from handlers.desk_undoing import JOINED, MOVED, NUMBERED
from handlers.reading.reading import Deadline, Reading
from storage import tables
from storage.store import Book
from tests.bot import pages_routes
from tests.bot.pages_browser import Browser, House, browse
from tests.bot.pages_letters import CANARY, NOW, SN, other, remiss, secret

LATER = NOW + dt.timedelta(minutes=2)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.close()


def _telling(**changes: object) -> Reading:
    day = Deadline(dt.date(2027, 3, 1), f"svar om {CANARY}", "stated", f"om {CANARY} senast", "body")
    told: dict[str, object] = {
        "demands": (f"att {CANARY} får hjälp",),
        "deadlines": (day,),
        "external_dnr": (f"XX 2026-9 {CANARY}",),
    }
    return other(f"Svar om {CANARY}", sender_authority=f"{CANARY}skolan", **told, **changes)


def _desk(house: House, act: str, arrival: int, do: Callable[[Book], object], case: int | None = None) -> int:
    with house.store.book() as book:
        return desk_undoing.kept(book, act, arrival, house.people["Ylva"], lambda: do(book), now=NOW, case_id=case).id


def _hide(house: House, arrival: int) -> None:
    with house.store.book() as book:
        review.make_secret(book, arrival, house.people["Ylva"], now=LATER, namnd=SN)


def _left(house: House) -> list[str]:
    """Return where a word of the letter is left: in a page, in what is handed over, in a table but for the journal's words
    (they are kept, and shown to nobody)."""
    found: list[str] = []
    with house.store.look() as book:
        every = {
            "id": sa.select(tables.cases.c.id),
            "arrival": sa.select(tables.arrivals.c.id),
            "document": sa.select(tables.documents.c.id),
        }
        values = pages_routes.fitting(house.store, ("sn", "un"), {})
        values |= {name: [str(row.id) for row in book._connection.execute(query)] for name, query in every.items()}
        for number in values["id"]:
            made = handing_over.gather(book, book.case(int(number)), SN, secret=False)
            told = (made.case, made.externals, made.deadlines, made.demands, made.decisions, made.journal)
            papers_told = [d for d in made.documents if d.id not in made.hidden]
            found += [f"handed over: {number}"] if CANARY in repr((told, papers_told)) else []
        for table in tables.metadata.tables.values():
            if table.name not in ("journal", "journal_personal"):
                rows = book._connection.execute(sa.select(table)).all()
                found += [table.name for row in rows if CANARY.lower() in repr(tuple(row)).lower()]

    async def steps(browser: Browser) -> None:
        whole = [("", f"/arende/{number}?journal=alla") for number in values["id"]]
        for who in ("Karin", "Ylva"):
            for _, path in (*pages_routes.addresses(values), *whole):
                found.extend([f"{who} {path}"] if CANARY in (await browser.get(path, who)).text else [])

    browse(house, steps)
    return found


def test_what_was_written_of_a_letter_is_hidden_with_it_while_its_case_stays_open(house: House) -> None:
    case = house.letter(remiss()).case
    assert case is not None
    letter = house.letter(_telling(own_dnr=(case.dnr,)))
    assert letter.case is not None
    assert letter.case.id == case.id
    actor = f"person:{house.people['Ylva'].id}"
    with house.store.book() as book:
        paper = next(d for d in book.documents(case.id) if d.arrival_id == letter.arrival.id)
        papers.correct(book, paper.id, "title", f"Om {CANARY}", "Tydligare", now=NOW, actor=actor)
        point = next(d.position for d in book.demands(case.id) if CANARY in d.text)
        demands.reword(book, case.id, point, f"att {CANARY} får stöd", "Fel", now=NOW, actor=actor)
    _hide(house, letter.arrival.id)
    assert _left(house) == []
    with house.store.look() as book:
        assert not book.case(case.id).secret
        assert [e.raw for e in book.externals(case.id)] == ["KS 2026-388"]


def test_a_letter_that_a_secret_case_takes_along_is_hidden_where_it_was_moved_from(house: House) -> None:
    first, home = house.letter(remiss()).case, house.letter(other("En annan sak"))
    assert first is not None
    assert home.case is not None
    letter, ylva, there = house.letter(_telling(review=("Osäkert",))).arrival.id, house.people["Ylva"], home.case.id
    _desk(house, JOINED, letter, lambda b: review.join(b, letter, first.id, ylva, SN, now=NOW), first.id)
    _desk(house, MOVED, letter, lambda b: moving.move(b, letter, there, ylva, SN, now=NOW))
    _hide(house, home.arrival.id)
    assert _left(house) == []
    with house.store.look() as book:
        assert [book.case(number).secret for number in (first.id, there)] == [False, True]


def test_a_letter_that_was_taken_out_of_a_case_leaves_nothing_there_when_it_becomes_secret(house: House) -> None:
    case = house.letter(remiss()).case
    assert case is not None
    letter, ylva = house.letter(_telling(review=("Osäkert",))).arrival.id, house.people["Ylva"]
    act = _desk(house, JOINED, letter, lambda b: review.join(b, letter, case.id, ylva, SN, now=NOW), case.id)
    with house.store.book() as book:
        desk_undoing.undo(book, act, letter, ylva, SN, now=LATER)
    _hide(house, letter)
    assert _left(house) == []


def test_how_a_case_stood_before_another_letter_is_let_go_when_it_becomes_secret(house: House) -> None:
    hidden, away = house.letter(_telling()), house.letter(other("En annan sak")).case
    assert hidden.case is not None
    assert away is not None
    case, ylva = hidden.case.id, house.people["Ylva"]
    letter = house.letter(other("Ett tillägg", review=("Osäkert",))).arrival.id
    _desk(house, JOINED, letter, lambda b: review.join(b, letter, case, ylva, SN, now=NOW), case)
    _desk(house, MOVED, letter, lambda b: moving.move(b, letter, away.id, ylva, SN, now=NOW))
    _hide(house, hidden.arrival.id)
    assert _left(house) == []


def test_the_number_of_a_secret_case_is_told_at_the_desk_to_the_role_sekretess_alone(house: House) -> None:
    letter, mona = house.letter(secret()).arrival.id, house.people["Mona"]
    with house.store.book() as book:
        do = lambda: review.decide_secret(book, letter, "numbered", mona, SN, now=NOW)  # noqa: E731
        desk_undoing.kept(book, NUMBERED, letter, mona, do, now=NOW)

    async def steps(browser: Browser) -> None:
        for path in (f"/granska/{letter}", f"/granska?gjort={letter}"):
            answer = await browser.get(path, "Ylva")
            assert answer.status == 200
            assert "SN 2026-1" not in answer.text
        assert "SN 2026-1" in (await browser.get(f"/granska?gjort={letter}", "Mona")).text

    browse(house, steps)


def test_what_stands_of_a_hidden_letter_in_an_open_case_is_not_written_anew(house: House) -> None:
    case = house.letter(remiss()).case
    assert case is not None
    letter = house.letter(_telling(own_dnr=(case.dnr,))).arrival.id
    _hide(house, letter)
    with house.store.book() as book:
        paper = next(d.id for d in book.documents(case.id) if d.arrival_id == letter)
        book.put_role(house.people["Ylva"].id, "sn", "sekretess", dt.date(2020, 1, 1), None)

    async def steps(browser: Browser) -> None:
        sent = await browser.post(f"/handling/{paper}/ratta", "Ylva", uppgift="title", varde=f"Om {CANARY}", skal="Fel")
        assert sent.status == 422
        assert "Brevet har sekretess" in sent.text

    browse(house, steps)
    with house.store.look() as book:
        assert book.document(paper).title == "Sekretess"


def test_a_handling_whose_letter_has_gone_elsewhere_does_not_stand_again(house: House) -> None:
    first, home = house.letter(remiss()).case, house.letter(other("En annan sak")).case
    assert first is not None
    assert home is not None
    letter, ylva = house.letter(other("Ett brev", review=("Osäkert",))).arrival.id, house.people["Ylva"]
    _desk(house, JOINED, letter, lambda b: review.join(b, letter, first.id, ylva, SN, now=NOW), first.id)
    _desk(house, MOVED, letter, lambda b: moving.move(b, letter, home.id, ylva, SN, now=NOW))
    with house.store.look() as book:
        left = next(d.id for d in book.documents(first.id) if d.arrival_id == letter)

    async def steps(browser: Browser) -> None:
        sent = await browser.post(f"/handling/{left}/stryk", "Ylva", skal="Ska vara kvar")
        assert sent.status == 422
        assert "ligger inte i ärendet längre" in sent.text

    browse(house, steps)
