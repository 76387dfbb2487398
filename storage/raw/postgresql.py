"""Raw letters as rows in the database: for several copies of the bot that share no disk."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from storage import tables as t
from storage.errors import NotFound, StorageDamaged, translated
from storage.raw import sha256_of


class RawRows:
    """The driver for a shared database. It writes in a transaction of its own, before the letter's."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def put(self, data: bytes) -> str:
        """Keep bytes; they are committed before it returns."""
        sha256 = sha256_of(data)
        insert = postgresql.insert if self._engine.dialect.name == "postgresql" else sqlite.insert
        statement = insert(t.raw_letters).values(sha256=sha256, size=len(data), data=data)
        try:
            with self._engine.begin() as connection:
                connection.execute(statement.on_conflict_do_nothing(index_elements=["sha256"]))
        except sa.exc.DBAPIError as error:
            raise translated(error) from error
        return sha256

    def get(self, sha256: str) -> bytes:
        """Return the bytes, checked against their hash."""
        try:
            with self._engine.connect() as connection:
                data = connection.execute(
                    sa.select(t.raw_letters.c.data).where(t.raw_letters.c.sha256 == sha256)
                ).scalar_one_or_none()
        except sa.exc.DBAPIError as error:
            raise translated(error) from error
        if data is None:
            raise NotFound(f"Originalet {sha256[:12]} finns inte i databasen.")
        if sha256_of(data) != sha256:
            raise StorageDamaged(f"Originalet {sha256[:12]} i databasen är inte vad som sparades.")
        return bytes(data)

    def hashes(self) -> Iterator[str]:
        """Give the hashes of all rows kept."""
        with self._engine.connect() as connection:
            yield from connection.scalars(sa.select(t.raw_letters.c.sha256).order_by(t.raw_letters.c.sha256))
