"""Lists in their order, read from an index, and counts that stop."""

from __future__ import annotations

import datetime as dt
import random
import sqlite3
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from storage import cases, tables
from storage.records import CaseFilter, CaseState
from storage.store import Book, Store
from tests.builders import NOW, found

DAY = dt.date(2027, 1, 1)


def _open(book: Book, namnd: str = "sn", *, state: CaseState = "open", secret: bool = False) -> int:
    return book.open_case(
        namnd,
        state=state,
        kind="remiss",
        matter=None,
        title="Remiss",
        sender=None,
        inkommen_at=NOW,
        now=NOW,
        secret=secret,
    )


def _put(book: Book, case: int, day: dt.date | None, clock: str = "stated") -> None:
    book.put_deadline(case, document_id=None, date=day, purpose="yttrande", clock=clock, sentence="", source="")


def _next(store: Store, case: int) -> dt.date | None:
    with store.engine.connect() as connection:
        c = tables.cases
        found_: dt.date | None = connection.execute(sa.select(c.c.next_day).where(c.c.id == case)).scalar_one()
    return found_


def test_a_case_knows_its_nearest_day_however_its_days_are_written(store: Store) -> None:
    found(store)
    with store.book() as book:
        case = _open(book)
    assert _next(store, case) is None
    with store.book() as book:
        _put(book, case, None)
    assert _next(store, case) is None
    with store.book() as book:
        _put(book, case, DAY)
        _put(book, case, DAY - dt.timedelta(days=7), "goal")
    assert _next(store, case) == DAY - dt.timedelta(days=7)
    with store.book() as book:
        book.end_deadlines([d.id for d in book.deadlines(case) if d.clock == "goal"], "met")
    assert _next(store, case) == DAY
    with store.book() as book:
        book.end_deadlines([d.id for d in book.deadlines(case, active=True)], "dropped")
    assert _next(store, case) is None
    with store.book() as book:
        book.revive_deadlines(case)
    assert _next(store, case) == DAY
    with store.engine.begin() as connection:  # past every function of the book
        connection.execute(sa.update(tables.deadlines).values(date=DAY + dt.timedelta(days=2)))
    assert _next(store, case) == DAY + dt.timedelta(days=2)
    with store.engine.begin() as connection:
        connection.execute(sa.delete(tables.deadlines))
    assert _next(store, case) is None


def test_two_who_set_days_at_once_leave_the_nearest(store: Store) -> None:
    found(store)
    with store.book() as book:
        case = _open(book)
    days = [DAY + dt.timedelta(days=n) for n in range(8)]

    def put(day: dt.date) -> None:
        with store.book() as book:
            _put(book, case, day)

    threads = [threading.Thread(target=put, args=(day,)) for day in days]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _next(store, case) == DAY


def test_the_nearest_day_comes_first_then_the_newest_and_what_is_secret_last(store: Store) -> None:
    found(store)
    chance = random.Random(3)
    with store.book() as book:
        made = []
        for n in range(60):
            case = _open(
                book,
                chance.choice(("sn", "bun")),
                state=chance.choice(("open", "waiting_dnr", "closed")),
                secret=n % 9 == 0,
            )
            day = DAY + dt.timedelta(days=chance.randrange(9)) if n % 3 else None
            _put(book, case, day)
            made.append((n % 9 == 0, day or dt.date.max, -case))
    expected = [-key[2] for key in sorted(made)]
    which = CaseFilter(("sn", "bun"), include_secret=True, limit=7)
    with store.look() as book:
        pages = [book.cases(CaseFilter(("sn", "bun"), include_secret=True, limit=7, offset=o)) for o in range(0, 63, 7)]
        assert [row.case.id for page in pages for row in page] == expected
        everywhere = book.cases(CaseFilter(include_secret=True, limit=100))
        assert [row.case.id for row in everywhere] == expected
        shown = book.cases(CaseFilter(("sn",), ("open",), limit=100))
        assert [r.case.id for r in shown] == [
            i for i in expected if (c := book.case(i)).namnd == "sn" and c.state == "open" and not c.secret
        ]
        assert len(book.cases(which)) == 7


def test_the_filters_of_the_tabs_are_the_databases(store: Store) -> None:
    people = found(store)
    with store.book() as book:
        late, waits, mine, free = (_open(book) for _ in range(4))
        _put(book, late, DAY - dt.timedelta(days=1))
        _put(book, free, DAY)
        book.change_case(waits, waiting_for="KF")
        for case in (late, waits, mine):
            book.change_case(case, handlaggare_id=people["karin"].id)

    def shown(**more: object) -> list[int]:
        with store.look() as book:
            which = CaseFilter(("sn",), ("open",), **more)  # type: ignore[arg-type]
            assert book.count_cases(which) == len(book.cases(which))
            return sorted(r.case.id for r in book.cases(which))

    assert shown(late_on=DAY) == [late]
    assert shown(late_on=DAY + dt.timedelta(days=1)) == [late, free]
    assert shown(waiting=True) == [waits]
    assert shown(waiting=False) == [late, mine, free]
    assert shown(unassigned=True) == [free]
    assert shown(handlaggare_id=people["karin"].id) == [late, waits, mine]


def test_a_count_stops_where_it_is_told_and_a_list_where_nobody_reads_on(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    found(store)
    with store.book() as book:
        for _ in range(12):
            _open(book)
    monkeypatch.setattr(cases, "LAST", 10)
    with store.look() as book:
        assert book.count_cases(CaseFilter(("sn",))) == 12
        assert book.count_cases(CaseFilter(("sn",)), limit=5) == 6
        assert book.count_cases(CaseFilter(("sn",)), limit=50) == 12
        assert len(book.cases(CaseFilter(("sn",), offset=8))) == 2
        assert book.cases(CaseFilter(("sn",), offset=10)) == []
        assert book.cases(CaseFilter(("sn",), offset=99_950)) == []


def test_the_queue_is_counted_as_it_is_shown(store: Store) -> None:
    found(store)
    states = (("sn", "review"), ("sn", "secret"), ("bun", "review"), ("bun", "secret"), ("sn", "ovrigt"))
    with store.book() as book:
        for namnd, state in states:
            arrival, _ = book.arrive(namnd, f"{namnd}{state}", raw_sha256="x", reference="", received_at=NOW, now=NOW)
            book.settle(arrival.id, state)  # type: ignore[arg-type]
        for asks, confirmed in ((["Stämmer det?"], None), ([], None), (["Stämmer det?"], NOW)):
            arrival, _ = book.arrive("sn", f"{asks}{confirmed}", raw_sha256="x", reference="", received_at=NOW, now=NOW)
            book.settle(arrival.id, "registered", questions=asks, confirmed_at=confirmed)
    with store.look() as book:
        assert [a.state for a in book.waiting(("sn",))] == ["review", "secret", "registered"]
        assert [a.state for a in book.waiting(("sn",), secret=False)] == ["review", "registered"]
        assert book.count_waiting(("sn",), ()) == 3
        assert book.count_waiting((), ("sn", "bun")) == 2
        assert book.count_waiting(("sn",), ("sn", "bun")) == 4
        assert book.count_waiting((), ()) == 0


def test_every_page_is_read_from_an_index(sqlite_store: Store) -> None:
    said: list[tuple[str, tuple[str, ...]]] = []
    sa.event.listen(sqlite_store.engine, "before_cursor_execute", lambda c, cu, s, p, *rest: said.append((s, p)))
    many, opened = ("sn", "bun"), ("open", "waiting_dnr")
    with sqlite_store.look() as book:
        book.cases(CaseFilter(many, opened))  # type: ignore[arg-type]
        book.cases(CaseFilter(("sn",), ("closed",)))
        book.cases(CaseFilter(many))
        book.cases(CaseFilter(many, ("closed",), "remiss 2026-1"))
        for more in ({"late_on": DAY, "waiting": False}, {"waiting": True}, {"unassigned": True, "waiting": False}):
            book.count_cases(CaseFilter(many, opened, **more), limit=1000)  # type: ignore[arg-type]
        book.waiting(many)
        book.count_waiting(many, many)
        book.bounced_since("a@ekeby.example", NOW)
    plain = sqlite3.connect(Path(sqlite_store.engine.url.database or ""))
    for query, values in said:
        if query.startswith("SELECT"):
            steps = [row[3] for row in plain.execute(f"EXPLAIN QUERY PLAN {query}", values)]
            read_whole = [s for s in steps if s in ("SCAN cases", "SCAN arrivals", "SCAN notices", "SCAN search")]
            assert read_whole == [], query
    plain.close()
