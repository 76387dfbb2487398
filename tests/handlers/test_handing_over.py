"""A case is found by its number, and all that belongs to it is gathered, on both databases."""

from __future__ import annotations

import pytest

from handlers import case_told, handing_over
from handlers.errors import Invalid
from handlers.rules import numbering
from storage.store import Store
from tests.builders import BUN, NOW, SN, found, reading, take_in

NAMNDER = {"sn": SN, "bun": BUN}


def test_a_number_that_two_namnder_have_is_asked_about(store: Store) -> None:
    found(store)
    with store.book() as book:
        for namnd in ("sn", "bun"):
            case_id = book.open_case(
                namnd, state="open", kind="other", matter=None, title="Ett", sender=None, inkommen_at=NOW, now=NOW
            )
            book.number_case(case_id, "2026-7", numbering.key("2026-7"))
    with store.look() as book:
        with pytest.raises(Invalid, match="--namnd"):
            handing_over.find_case(book, "2026-7", NAMNDER)
        assert handing_over.find_case(book, "2026/7", {"bun": BUN}).namnd == "bun"


def test_all_lines_of_the_case_and_its_letters_come_once_each_in_order(store: Store) -> None:
    found(store)
    outcome = take_in(store, reading())
    assert outcome.case is not None
    with store.book() as book:
        for number in range(600):  # more than a page of the journal shows
            book.note("sn", "påmind", now=NOW, case_id=outcome.case.id, data={"steg": number})
        book.note("sn", "exporterat", now=NOW, case_id=outcome.case.id)
    with store.look() as book:
        made = handing_over.gather(book, book.case(outcome.case.id), SN, secret=False)
    numbers = [e.seq for e in made.journal]
    assert numbers == sorted(set(numbers))
    assert len(numbers) > 600
    assert {"brev kom", "ärende öppnat"} < {e.what for e in made.journal}
    assert "exporterat" not in {e.what for e in made.journal}


def test_the_four_days_are_never_merged(store: Store) -> None:
    found(store)
    outcome = take_in(store, reading(kind="motion", matter="motion"))
    assert outcome.case is not None
    with store.look() as book:
        made = handing_over.gather(book, book.case(outcome.case.id), SN, secret=False)
    days = case_told.as_object(made, {}, "överlämning")["dagar"]
    assert days == {
        "handlingens_dag": None,
        "vackt": "2026-11-24",
        "vackt_genom": "inlämnad",
        "inkom": "2026-11-24T08:12:00+01:00",
        "registrerad": "2026-11-24T08:12:00+01:00",
    }
    papers = case_told.as_object(made, {}, "överlämning")["handlingar"]
    assert all({"handlingens_dag", "inkom", "registrerad"} <= set(p) for p in papers)
