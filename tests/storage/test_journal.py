"""The journal is append-only, its chain tells of every change, and personal fields can be weeded."""

from __future__ import annotations

import contextlib

import pytest
import sqlalchemy as sa

from storage.errors import StorageError
from storage.store import Store
from tests.builders import NOW, found, reading, take_in


def _tamper(store: Store, statement: str, *, guarded: bool = True) -> None:
    with store.engine.begin() as connection:
        if not guarded:
            for drop in (
                ["DROP TRIGGER journal_no_update", "DROP TRIGGER journal_no_delete"]
                if store.engine.dialect.name == "sqlite"
                else ["DROP TRIGGER journal_no_change ON journal"]
            ):
                connection.execute(sa.text(drop))
        connection.execute(sa.text(statement))


def test_the_chain_of_a_register_in_use_is_unbroken(store: Store) -> None:
    found(store)
    for i in range(5):
        take_in(store, reading(f"Sak {i}"))
    with store.look() as book:
        assert list(book.chain_faults()) == []
        assert book.count_lines() > 5


@pytest.mark.parametrize("statement", ["UPDATE journal SET what = 'annat'", "DELETE FROM journal WHERE seq = 1"])
def test_the_database_itself_refuses_to_change_a_line(store: Store, statement: str) -> None:
    found(store)
    take_in(store, reading())
    with pytest.raises(sa.exc.DBAPIError, match="append-only"):
        _tamper(store, statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal SET what = 'annat' WHERE seq = 1",
        "UPDATE journal SET data = '{}' WHERE seq = 2",
        "DELETE FROM journal WHERE seq = 1",
        "DELETE FROM journal WHERE seq = (SELECT max(seq) FROM journal)",
        'UPDATE journal_personal SET data = \'{"title":"annat"}\'',
        "UPDATE journal_heads SET seq = seq + 1",
    ],
)
def test_a_line_changed_behind_our_back_is_found(store: Store, statement: str) -> None:
    found(store)
    take_in(store, reading())
    _tamper(store, statement, guarded=False)
    with store.look() as book:
        assert list(book.chain_faults()) != []


def test_personal_fields_can_be_weeded_and_the_chain_stands(store: Store) -> None:
    found(store)
    take_in(store, reading("Hemlig titel"))
    with store.look() as book:
        with_names = [e for e in book.entries(namnd="sn") if e.personal]
    assert with_names
    with store.book() as book:
        for entry in with_names:
            book.weed_personal("sn", entry.seq)
    with store.look() as book:
        assert list(book.chain_faults()) == []
        assert all(e.personal is None for e in book.entries(namnd="sn"))
        kept = str(book.entries(namnd="sn"))
    assert "Hemlig titel" not in kept


def test_reading_can_never_write(store: Store) -> None:
    with pytest.raises(StorageError), store.look() as book:
        book.put_person("Ylva", "ylva@ekeby.example")


def test_a_transaction_that_fails_leaves_no_line(store: Store) -> None:
    with contextlib.suppress(ZeroDivisionError), store.book() as book:
        book.note("sn", "provade", now=NOW)
        raise ZeroDivisionError
    with store.look() as book:
        assert book.count_lines() == 0
