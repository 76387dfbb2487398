"""The Store; `with store.book() as book:` is one transaction."""

from __future__ import annotations

import contextlib
import datetime as dt
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, exc

from storage.arrivals import ArrivalPages
from storage.cases import CasePages
from storage.chats import ChatPages
from storage.choices import ChoicePages
from storage.corrections import CorrectionPages
from storage.days import DayPages
from storage.desk_acts import DeskActPages
from storage.due import DuePages
from storage.errors import NumbersBehind, StorageBusy, StorageDamaged, StorageError, translated
from storage.highwater import HighWater, behind
from storage.journal import JournalPages
from storage.leases import LeasePages
from storage.logins import LoginPages
from storage.meetings import MeetingPages
from storage.numbers import NumberPages
from storage.openings import OpeningPages
from storage.outbox import OutboxPages
from storage.people import PeoplePages
from storage.questions import QuestionPages
from storage.troubles import TroublePages
from storage.turns import Turns

# SQLite's WAL-reset fault can damage a database that two connections write; these versions have it mended.
_WAL_MENDED = ((3, 51, 3), (3, 50, 7), (3, 44, 6))


class Book(
    ArrivalPages,
    CasePages,
    ChatPages,
    ChoicePages,
    CorrectionPages,
    DeskActPages,
    DayPages,
    DuePages,
    JournalPages,
    LeasePages,
    LoginPages,
    MeetingPages,
    NumberPages,
    OpeningPages,
    OutboxPages,
    PeoplePages,
    QuestionPages,
    TroublePages,
):
    """All that can be read and written in one transaction; one file per noun."""

    def _close(self) -> dict[str, dict[int, int]]:
        """Write the journal and return the numbers that were taken."""
        self._index()
        self._close_journal()
        marks: dict[str, dict[int, int]] = {}
        for (namnd, year), number in self._taken.items():
            marks.setdefault(namnd, {})[year] = number
        return marks


class Store:
    """The database, open. One per process; thread-safe."""

    def __init__(self, url: str, *, high_water: Path | None = None) -> None:
        self._engine = _engine(url)
        self._sqlite = self._engine.dialect.name == "sqlite"
        # SQLite's locking is unfair and its writers are one: they queue here, in order.
        self._writer = threading.Lock()
        self._writing: dict[int, bool] = {}
        self._turns = Turns() if self._sqlite and not wal_is_safe(sqlite3.sqlite_version_info) else None
        self.high_water = HighWater(high_water) if high_water else None

    @property
    def engine(self) -> sa.Engine:
        """The engine, for storage's own other files (raw letters as rows, migrations)."""
        return self._engine

    @contextlib.contextmanager
    def book(self) -> Iterator[Book]:
        """Open a writing transaction; it is committed, durably, when the block ends, or not at all.

        Raises StorageFull, StorageBusy, StorageReadOnly, StorageUnreachable: then nothing was written.
        """
        if self._writing.get(threading.get_ident()):
            raise RuntimeError("a book is open for writing in this thread already: finish it first")
        with self._writer if self._sqlite else contextlib.nullcontext(), self._noted(), _plainly():
            connection = self._engine.connect().execution_options(begin="BEGIN IMMEDIATE")
            # The turn is taken last and ends after the commit, which `begin` makes: a commit that it did not make itself
            # and that fails would leave the transaction open in the pool, with its locks.
            with connection, contextlib.ExitStack() as turn, connection.begin():
                book = Book(connection, writable=True)
                yield book
                marks = book._close()
                if self._turns:
                    turn.enter_context(self._turns.write())
            if marks and self.high_water:
                self.high_water.raise_to(marks)

    @contextlib.contextmanager
    def _noted(self) -> Iterator[None]:
        # A second book inside the first would wait for itself for ever.
        self._writing[threading.get_ident()] = True
        try:
            yield
        finally:
            self._writing.pop(threading.get_ident(), None)

    @contextlib.contextmanager
    def look(self) -> Iterator[Book]:
        """Open a reading transaction: one steady picture of the register."""
        turn = self._turns.read() if self._turns else contextlib.nullcontext()
        with turn, _plainly(), self._engine.connect() as connection, connection.begin():
            yield Book(connection, writable=False)

    def migrate(self) -> None:
        """Bring the database to the newest form; safe when several copies start at once."""
        from storage.migrate import upgrade

        with _plainly():
            if self._sqlite:
                self._set_journal_mode()
            upgrade(self._engine)

    def _set_journal_mode(self) -> None:
        mode = "WAL" if wal_is_safe(sqlite3.sqlite_version_info) else "DELETE"
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f"PRAGMA journal_mode={mode}")

    def self_test(self) -> None:
        """Check that the database is sound and its numbers are not behind the mark; raise what is wrong."""
        if self._sqlite:
            with self.look() as book:
                said = book._connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
            if said != "ok":
                raise StorageDamaged(
                    f"Databasen är skadad ({said}). Stoppa boten, ta undan filen och läs tillbaka säkerhetskopian."
                )
        if self.high_water:
            with self.look() as book:
                highest = book.highest()
            low = behind(highest, self.high_water.read())
            if low:
                told = "; ".join(f"{n} {y}: databasen {d}, utdelat {m}" for n, y, d, m in low)
                raise NumbersBehind(
                    f"Databasen är äldre än numren som redan har delats ut ({told}). Boten startar inte, för då skulle "
                    "samma nummer delas ut två gånger. Läs tillbaka en nyare kopia, eller kör: namndbot recover"
                )
            self.high_water.raise_to(highest)

    def clock(self) -> dt.datetime | None:
        """Return the database server's time; None where it is this machine's own."""
        if self._sqlite:
            return None
        with self.look() as book:
            now: dt.datetime = book._connection.execute(sa.select(sa.func.now())).scalar_one()
        return now

    def newest_stamp(self) -> dt.datetime | None:
        """Return the moment of the newest line of any journal; None when all are empty."""
        with self.look() as book:
            return book.newest_entry()

    def close(self) -> None:
        """Let all connections go."""
        self._engine.dispose()


def wal_is_safe(version: tuple[int, ...]) -> bool:
    """Say whether this SQLite has the WAL-reset fault mended (3.51.3, 3.50.7, 3.44.6 and later).

    >>> wal_is_safe((3, 40, 1)), wal_is_safe((3, 50, 8)), wal_is_safe((3, 53, 0))
    (False, True, True)
    """
    newest = _WAL_MENDED[0]
    if version >= newest:
        return True
    return any(version[:2] == mended[:2] and version >= mended for mended in _WAL_MENDED)


def sqlite_version() -> tuple[str, bool]:
    """Return the version of SQLite that this Python has, and whether its fast mode is safe."""
    return sqlite3.sqlite_version, wal_is_safe(sqlite3.sqlite_version_info)


@contextlib.contextmanager
def _plainly() -> Iterator[None]:
    try:
        yield
    except exc.DBAPIError as error:
        raise translated(error) from error
    except exc.TimeoutError as error:
        raise StorageBusy("Databasen är upptagen. Inget har sparats. Försök igen om en stund.") from error
    except exc.SQLAlchemyError as error:
        raise StorageError(f"Databasen svarade med ett fel: {error}") from error


def _engine(url: str) -> sa.Engine:
    if url.startswith("sqlite"):
        engine = sa.create_engine(url, connect_args={"isolation_level": None, "timeout": 30})
        event.listen(engine, "connect", _on_sqlite_connect)
        event.listen(engine, "begin", _on_sqlite_begin)
        return engine
    # A killed client's row locks go when the server notices; a statement never waits for ever.
    options = "-c lock_timeout=5s -c idle_in_transaction_session_timeout=30s -c timezone=UTC"
    arguments = {"options": options, "connect_timeout": 10}
    # As many are kept as pages and the post use at once: one more is opened and closed again each time.
    return sa.create_engine(url, pool_pre_ping=True, pool_size=10, connect_args=arguments)


def _on_sqlite_connect(connection: Any, _record: Any) -> None:
    # EXTRA: with a rollback journal the folder is fsynced too. Never NORMAL: a number that somebody holds must not
    # be given out again after a power cut. What is deleted is overwritten: it may be secret.
    for pragma in ("synchronous=EXTRA", "foreign_keys=ON", "busy_timeout=30000", "secure_delete=ON"):
        connection.execute("PRAGMA " + pragma)


def _on_sqlite_begin(connection: sa.Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))
