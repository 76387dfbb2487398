"""Numbers have no gap and no double, and an old copy of the database is found out."""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
from pathlib import Path

import pytest

from handlers import recovering
from storage.errors import NoSeries, NumbersBehind, Taken
from storage.highwater import HighWater
from storage.records import Series
from storage.store import Store
from tests.builders import NOW, SN, found, reading, take_in


def test_numbers_begin_where_the_series_says_and_go_on_by_one(store: Store) -> None:
    found(store, first=41)
    numbers = [take_in(store, reading(f"Sak {i}")).case for i in range(3)]
    assert [c.dnr for c in numbers if c] == ["SN 2026-41", "SN 2026-42", "SN 2026-43"]


def test_a_new_year_begins_at_one_with_the_same_template(store: Store) -> None:
    found(store, first=41)
    new_year = dt.datetime(2027, 1, 1, 0, 0, 1, tzinfo=NOW.tzinfo)
    case = take_in(store, reading("Nyårsbrev"), received=new_year, now=new_year).case
    assert case is not None
    assert case.dnr == "SN 2027-1"


def test_the_year_is_that_of_inkommen_in_stockholm_not_in_utc(store: Store) -> None:
    found(store)
    late = dt.datetime(2026, 12, 31, 23, 30, tzinfo=dt.UTC)  # half past midnight in Stockholm
    case = take_in(store, reading("Natten till nyårsdagen"), received=late, now=late).case
    assert case is not None
    assert case.dnr == "SN 2027-1"


def test_a_transaction_that_fails_gives_its_number_to_the_next(store: Store) -> None:
    found(store)
    with contextlib.suppress(ZeroDivisionError), store.book() as book:
        book.take_number("sn", 2026, 1)
        raise ZeroDivisionError
    case = take_in(store, reading()).case
    assert case is not None
    assert case.dnr == "SN 2026-1"


def test_eight_writers_at_once_leave_no_gap_and_no_double(store: Store) -> None:
    found(store)
    failures: list[BaseException] = []

    def write(who: int) -> None:
        try:
            for i in range(5):
                take_in(store, reading(f"Sak {who}-{i}"))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with store.look() as book:
        assert book.highest() == {"sn": {2026: 40}}
        assert book.number_faults() == []
        assert list(book.chain_faults()) == []


def test_a_namnd_without_a_series_is_told_what_to_do(store: Store) -> None:
    with pytest.raises(NoSeries, match="namndbot series import"):
        take_in(store, reading())


def test_a_number_is_given_once_and_never_changed(store: Store) -> None:
    found(store)
    case = take_in(store, reading()).case
    assert case is not None
    with pytest.raises(Taken), store.book() as book:
        book.number_case(case.id, "SN 2026-99", "SN|2026|99")


def test_a_series_may_begin_anew_in_a_later_year(store: Store) -> None:
    found(store)
    with store.book() as book:
        book.put_series(Series("sn", 2027, "SOC", "{prefix}/{year}:{number:05d}", 500))
    later = dt.datetime(2027, 3, 1, 9, tzinfo=NOW.tzinfo)
    case = take_in(store, reading(), received=later, now=later).case
    assert case is not None
    assert case.dnr == "SOC/2027:00500"


def test_start_is_refused_when_the_database_is_older_than_the_numbers_given_out(store: Store, tmp_path: Path) -> None:
    found(store)
    take_in(store, reading())
    store.self_test()
    HighWater(tmp_path / "hogsta-nummer.json").raise_to({"sn": {2026: 3}})
    with pytest.raises(NumbersBehind, match="namndbot recover"):
        store.self_test()


def test_recovering_crosses_out_the_lost_numbers_and_goes_on_after_them(store: Store, tmp_path: Path) -> None:
    found(store)
    take_in(store, reading())
    mark = HighWater(tmp_path / "hogsta-nummer.json")
    mark.raise_to({"sn": {2026: 3}})
    with store.book() as book:
        made = recovering.skip_lost_numbers(book, mark.read(), {"sn": SN}, now=NOW, actor="kommandorad:test")
    assert made == 2
    store.self_test()
    case = take_in(store, reading("Nästa")).case
    assert case is not None
    assert case.dnr == "SN 2026-4"
    with store.look() as book:
        assert book.number_faults() == []
        lost = book.case_by_dnr("SN|2026|2")
        assert lost is not None
        assert lost.state == "makulerad"


def test_the_mark_is_raised_after_each_commit(store: Store, tmp_path: Path) -> None:
    found(store)
    take_in(store, reading())
    assert HighWater(tmp_path / "hogsta-nummer.json").read() == {"sn": {2026: 1}}
