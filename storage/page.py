"""The open page of the book: one connection in one transaction, which each noun's file writes on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from storage.errors import StorageReadOnly

Found = TypeVar("Found")


class Page:
    """What all parts of a Book share. Only the Store makes one."""

    def __init__(self, connection: sa.Connection, *, writable: bool) -> None:
        self._connection = connection
        self._writable = writable
        # Who works here and who is away: a morning asks for each of them hundreds of times in one transaction.
        self._staff: dict[tuple[Any, ...], Any] = {}
        # What the last search found; see `storage.cases`.
        self._ranked_before: tuple[Any, int, list[int]] | None = None
        # False when the last search had more hits than it went through, and did not find enough among these.
        self.searched_all = True
        # Cases that are to be found by something else when this is committed; see `storage.search`.
        self._to_index: dict[int, set[int] | None] = {}

    def _run(self, statement: sa.Executable) -> sa.CursorResult[Any]:
        if not self._writable and not isinstance(statement, sa.Select):
            raise StorageReadOnly("Det här är en läsning. Öppna boken för skrivning i stället.")
        return self._connection.execute(statement)

    def _one(self, statement: sa.Executable) -> sa.Row[Any] | None:
        return self._run(statement).first()

    def _all(self, statement: sa.Executable) -> Sequence[sa.Row[Any]]:
        return self._run(statement).all()

    def _of_staff(self, key: tuple[Any, ...], read: Callable[[], Found]) -> Found:
        """Read something of the staff once in a transaction; whatever writes there clears `_staff`."""
        if key not in self._staff:
            self._staff[key] = read()
        found: Found = self._staff[key]
        return found

    def _many(self, table: sa.Table, rows: Iterable[dict[str, Any]]) -> None:
        rows = list(rows)
        if rows:
            self._connection.execute(sa.insert(table), rows)

    def _upsert(self, table: sa.Table) -> Any:
        """An INSERT that knows ON CONFLICT, in the words of the database behind."""
        return postgresql.insert(table) if self._connection.dialect.name == "postgresql" else sqlite.insert(table)

    def _checked(self, column: sa.Column[str]) -> sa.ColumnElement[str]:
        """A column to compare without its index: SQLite takes a day's range for many rows and a nämnd's for few, and
        would read all the nämnd has. PostgreSQL counts them."""
        return column if self._locks_rows else column.concat("")

    def _unless(self, column: sa.Column[bool]) -> sa.ColumnElement[bool]:
        """That a column is false, to compare without its index, as `_checked`."""
        return column.is_(False) if self._locks_rows else sa.type_coerce(column, sa.Integer) + 0 == 0

    @property
    def _locks_rows(self) -> bool:
        return self._connection.dialect.name == "postgresql"


def as_tuple(value: Iterable[str] | None) -> tuple[str, ...]:
    """Return a JSON list as a tuple."""
    return tuple(value or ())


def stockholm_date(moment: dt.datetime, zone: dt.tzinfo) -> dt.date:
    """Return the day on the calendar of the zone that a moment falls on."""
    return moment.astimezone(zone).date()
