"""Brings a database to the newest form with Alembic, under a lock."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

_LOCK = 7_201_526_001  # any number that nobody else uses for an advisory lock in this database


def config(connection: sa.Connection | None = None) -> Config:
    """Return Alembic's settings; migrations run on the connection given."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = connection
    return made


def upgrade(engine: sa.Engine) -> None:
    """Run what is missing, in one transaction; a second copy that starts at once waits and finds it done."""
    with engine.connect().execution_options(begin="BEGIN IMMEDIATE") as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(sa.text("SET LOCAL lock_timeout = '60s'"))
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        command.upgrade(config(connection), "head")
