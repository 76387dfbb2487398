"""The database: its form, its settings, and what happens when it cannot be used."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import warnings
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event

from storage import tables, turns
from storage.errors import NotFound, StorageBusy, StorageDamaged, StorageFull, StorageReadOnly, StorageUnreachable
from storage.raw import RawLetters
from storage.raw.files import RawFiles
from storage.raw.postgresql import RawRows
from storage.store import Store
from tests.builders import NOW, found, reading, take_in
from tests.conftest import ON_SQLITE_CONNECT


def test_migrations_give_exactly_the_tables_that_the_code_knows(store: Store) -> None:
    with store.engine.connect() as connection:
        # What FTS5 keeps its index in is its own.
        own = {"compare_type": False, "include_name": lambda name, *_: not (name or "").startswith("search_index")}
        context = MigrationContext.configure(connection, opts=own)
        with warnings.catch_warnings():
            # SQLAlchemy does not read indexes over expressions back from SQLite: their names are compared below.
            warnings.filterwarnings("ignore", ".*expression-based index")
            assert compare_metadata(context, tables.metadata) == []
        if connection.dialect.name == "sqlite":
            there = set(connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE name LIKE 'ix_%'").scalars())
            known = {str(i.name) for table in tables.metadata.tables.values() for i in table.indexes}
            assert there == known - {"ix_search_words"}


def test_migrating_twice_and_by_two_at_once_is_harmless(database_url: str) -> None:
    stores = [Store(database_url) for _ in range(2)]
    failures: list[BaseException] = []

    def migrate(one: Store) -> None:
        try:
            one.migrate()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=migrate, args=(s,)) for s in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    stores[0].migrate()
    for one in stores:
        one.close()


def test_a_writing_transaction_locks_at_its_beginning_and_syncs_fully(sqlite_store: Store) -> None:
    said: list[str] = []
    event.listen(sqlite_store.engine, "before_cursor_execute", lambda c, cu, s, *rest: said.append(s))
    with sqlite_store.book() as book:
        book.put_person("Ylva", "ylva@ekeby.example")
    assert said[0] == "BEGIN IMMEDIATE"
    said.clear()
    with sqlite_store.look() as book:
        book.person(1)
    assert said[0] == "BEGIN"
    with sqlite_store.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    with contextlib.closing(sqlite3.connect(":memory:")) as bare:  # the tests' own wait for no disk
        ON_SQLITE_CONNECT(bare, None)
        assert bare.execute("PRAGMA synchronous").fetchone() == (3,)  # EXTRA


def test_an_old_sqlite_gets_a_rollback_journal_and_a_mended_one_wal(sqlite_store: Store) -> None:
    from storage.store import wal_is_safe

    with sqlite_store.engine.connect() as connection:
        mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
    assert mode == ("wal" if wal_is_safe(sqlite3.sqlite_version_info) else "delete")


def test_a_locked_database_is_told_plainly_and_nothing_is_half_done(tmp_path: Path) -> None:
    path = tmp_path / "n.db"
    store = Store(f"sqlite:///{path}")
    store.migrate()
    found(store)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with store.engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK") if connection.in_transaction() else None
    event.listen(store.engine, "checkout", lambda c, *rest: c.execute("PRAGMA busy_timeout=50"))
    with pytest.raises(StorageBusy, match="Försök igen"):
        take_in(store, reading())
    other.execute("ROLLBACK")
    other.close()
    assert take_in(store, reading()).case is not None
    store.close()


def test_a_full_disk_is_told_plainly_and_nothing_is_half_done(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'n.db'}")
    store.migrate()
    found(store)
    take_in(store, reading("Före"))
    with store.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    limit = lambda c, *rest: c.execute(f"PRAGMA max_page_count={pages}")  # noqa: E731
    event.listen(store.engine, "checkout", limit)
    with pytest.raises(StorageFull, match="Disken är full"):
        take_in(store, reading("Stor " * 3000))
    event.remove(store.engine, "checkout", limit)
    event.listen(store.engine, "checkout", lambda c, *rest: c.execute("PRAGMA max_page_count=1000000"))
    case = take_in(store, reading("Efter")).case
    assert case is not None
    assert case.dnr == "SN 2026-2"
    with store.look() as book:
        assert list(book.chain_faults()) == []
    store.close()


def test_a_read_only_database_is_told_plainly(tmp_path: Path) -> None:
    path = tmp_path / "n.db"
    writable = Store(f"sqlite:///{path}")
    writable.migrate()
    writable.close()
    store = Store(f"sqlite:///file:{path}?mode=ro&uri=true")
    with pytest.raises(StorageReadOnly, match="skrivrätt"):
        found(store)
    store.close()


def test_a_server_that_does_not_answer_is_told_plainly() -> None:
    store = Store("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    with pytest.raises(StorageUnreachable):
        store.migrate()
    store.close()


def test_a_file_that_is_no_database_is_told_plainly(tmp_path: Path) -> None:
    (tmp_path / "n.db").write_bytes(b"ingen databas, bara ord" * 500)
    store = Store(f"sqlite:///{tmp_path / 'n.db'}")
    with pytest.raises(StorageDamaged):
        store.migrate()
    store.close()


@pytest.fixture(params=["files", "rows"])
def raw(request: pytest.FixtureRequest, store: Store, tmp_path: Path) -> RawLetters:
    return RawFiles(tmp_path / "raw") if request.param == "files" else RawRows(store.engine)


def test_raw_letters_come_back_byte_for_byte_and_once(raw: RawLetters) -> None:
    data = bytes(range(256)) * 100
    first = raw.put(data)
    assert raw.put(data) == first
    raw.put(b"")
    assert raw.get(first) == data
    assert sorted(raw.hashes()) == sorted({first, raw.put(b"")})
    with pytest.raises(NotFound):
        raw.get("0" * 64)


def test_a_changed_original_is_found_out(store: Store, tmp_path: Path) -> None:
    files = RawFiles(tmp_path / "raw")
    sha256 = files.put(b"som det kom")
    next((tmp_path / "raw").glob("??/*")).write_bytes(b"som nan ville")
    with pytest.raises(StorageDamaged):
        files.get(sha256)
    rows = RawRows(store.engine)
    sha256 = rows.put(b"som det kom")
    with store.engine.begin() as connection:
        connection.execute(sa.update(tables.raw_letters).values(data=b"x"))
    with pytest.raises(StorageDamaged):
        rows.get(sha256)


def test_stamps_come_back_aware_and_equal(store: Store) -> None:
    with store.book() as book:
        arrival, _ = book.arrive("sn", "k", raw_sha256="0", reference="r", received_at=NOW, now=NOW)
    assert arrival.received_at == NOW
    assert arrival.received_at.tzinfo is not None


def test_a_commit_that_fails_leaves_no_lock_behind(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process reads for longer than anybody waits: nothing is written, and when it has read all goes on."""
    monkeypatch.setattr(turns, "PATIENT", 0.0)
    path = sqlite_store.engine.url.database or ""
    event.listen(sqlite_store.engine, "connect", lambda made, _: made.execute("PRAGMA busy_timeout=50"))
    sqlite_store.engine.dispose()
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        rollback_journal = other.execute("PRAGMA journal_mode").fetchone() != ("wal",)
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM people").fetchone()
        if rollback_journal:
            with pytest.raises(StorageBusy), sqlite_store.book() as book:
                book.put_person("Ylva", "ylva@ekeby.example")
        other.execute("ROLLBACK")
        with contextlib.closing(sqlite3.connect(path, timeout=0.05)) as third:
            assert third.execute("SELECT count(*) FROM people").fetchone() == (0,)
    with sqlite_store.look() as book:
        assert book.roles() == []
    with sqlite_store.book() as book:
        book.put_person("Ylva", "ylva@ekeby.example")
