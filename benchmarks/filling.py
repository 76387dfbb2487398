"""Fills a register fast with a municipality's open cases: most are quiet, as in life, and some are made due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from handlers.choices import DEFAULTS
from handlers.reminders import clock
from storage import tables as t
from storage.records import Namnd
from storage.store import Store

TODAY = dt.date(2026, 11, 24)  # a Tuesday
NOW = dt.datetime(2026, 11, 24, 7, 12, tzinfo=dt.UTC)
NAMNDER = tuple(Namnd(f"n{i:02d}", f"Nämnd {i}", "Ekeby kommun", (), domain="ekeby.example") for i in range(12))
PEOPLE = 40  # handläggare in each nämnd
_DAY = dt.timedelta(days=1)
_YESTERDAY = TODAY - _DAY
_STAMP = "2026-10-05 08:00:00.000000"
_CLOCKS = ("stated", "goal", "law")
_STEPS = ("start", "utkast", "tjansteskrivelse", "chef", "stab", "beslut")
_TOLD_STEPS = ("start", "utkast", "tjansteskrivelse")
_SHARE = 100  # of so many cases in a row, the first are of the kinds below
_LATE, _NOBODY, _APPROVAL = range(10), range(10, 12), 12


def fill(store: Store, cases: int) -> None:
    """Fill an empty register with so many open cases of twelve nämnder, none of them due on TODAY.

    Each has four clocks: stated, goal, law and a step of its plan. One of ten is late since long, told of this week and
    not answered; one of fifty waits for somebody to take it and one of a hundred for an approval, all asked yesterday.
    """
    _people(store)
    ids = range(1, cases + 1)
    load(store, t.cases, (_case(i) for i in ids))
    load(store, t.deadlines, (row for i in ids for row in _deadlines(i)))
    load(store, t.milestones, (row for i in ids for row in _milestones(i)))
    load(store, t.plans, (_plan(i) for i in ids))
    load(store, t.questions, (row for i in ids for row in _question(i)))
    load(store, t.askings, (row for i in ids for row in _asking(i)))
    load(store, t.reminded, (row for i in ids for row in _reminded(i)))
    if store.engine.dialect.name == "postgresql":  # it does so by itself after a while; SQLite never does
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")


def make_due(store: Store, cases: int, count: int, turn: int) -> None:
    """Let one clock of so many quiet cases be due on TODAY: a fourth each of stated, goal, law and a plan's step.

    Each turn picks others. What was told on TODAY is taken for told on another day.
    """
    # A stride that goes round all nämnder and people alike, however many cases there are.
    around = len(NAMNDER) * PEOPLE
    stride = cases * 4 // 5 // count // around * around + 1
    first = 1 + turn * (7 if stride > 1 else count * 5 // 4)
    quiet = [i for i in range(first, cases + 1, stride) if _kind(i) > _APPROVAL][:count]
    if len(quiet) < count:
        raise SystemExit(f"Of {cases} cases fewer than {count} can be made due: take more cases.")
    days: list[dict[str, Any]] = []
    steps: list[dict[str, Any]] = []
    for n, case in enumerate(quiet):
        which, round_ = n % 4, n // 4
        ladder: Sequence[int] = DEFAULTS["ladder_step" if which == 3 else f"ladder_{_CLOCKS[which]}"]
        day = TODAY + _DAY * ladder[round_ % len(ladder)]
        (steps if which == 3 else days).append({"i": case if which == 3 else 3 * case - 2 + which, "day": day})
    with store.engine.connect().execution_options(begin="BEGIN IMMEDIATE") as connection, connection.begin():
        d, m, told, steps_told = t.deadlines, t.milestones, t.reminded, t.step_reminded
        if days:
            connection.execute(sa.delete(told).where(told.c.deadline_id == sa.bindparam("i")), days)
            connection.execute(
                sa.update(d).where(d.c.id == sa.bindparam("i")).values(date=sa.bindparam("day"), look_on=TODAY), days
            )
        if steps:
            connection.execute(sa.delete(steps_told).where(steps_told.c.milestone_id == sa.bindparam("i")), steps)
            connection.execute(
                sa.update(m)
                .where(m.c.id == sa.bindparam("i"))
                .values(planned=sa.bindparam("day"), kind="start", look_on=TODAY),
                steps,
            )
        connection.execute(sa.update(t.notices).values(key=t.notices.c.key + f":{turn}"))


def _people(store: Store) -> None:
    since = dt.date(2026, 1, 1)
    with store.book() as book:
        for namnd in NAMNDER:
            for n in range(PEOPLE):
                person = book.put_person(f"Handläggare {n} {namnd.key}", f"h{n}.{namnd.key}@ekeby.example")
                book.put_role(person.id, namnd.key, "handlaggare", since, None)
        for namnd in NAMNDER:
            for role in ("manager", "registrator", "stab"):
                person = book.put_person(f"{role} {namnd.key}", f"{role}.{namnd.key}@ekeby.example")
                book.put_role(person.id, namnd.key, role, since, None)


def _handlaggare(i: int) -> int:
    return (i % len(NAMNDER)) * PEOPLE + (i // len(NAMNDER)) % PEOPLE + 1


def _kind(i: int) -> int:
    return i % _SHARE


def _case(i: int) -> dict[str, Any]:
    namnd = NAMNDER[i % len(NAMNDER)].key
    return {
        "id": i,
        "namnd": namnd,
        "dnr": f"{namnd.upper()} 2026-{i}",
        "year": 2026,
        "number": i,
        "dnr_key": f"{namnd}2026-{i}",
        "state": "open",
        "kind": "remiss",
        "matter": "motion",
        "title": f"Motion om gatan {i}",
        "title_key": f"motion om gatan {i}",
        "secret": 0,
        "inkommen_at": _STAMP,
        "registered_at": _STAMP,
        "motionarer": "[]",
        "handlaggare_id": None if _kind(i) in _NOBODY else _handlaggare(i),
        "version": 1,
    }


def _late(i: int) -> dt.date:
    # Told of yesterday, at one of the ladder's seventh days.
    return _YESTERDAY - _DAY * (1 + 7 * (1 + i // _SHARE % 40))


def _deadlines(i: int) -> Iterator[dict[str, Any]]:
    for n, name in enumerate(_CLOCKS):
        ladder: Sequence[int] = DEFAULTS[f"ladder_{name}"]
        late = n == 0 and _kind(i) in _LATE
        day = _late(i) if late else TODAY + _DAY * (max(ladder) + 1 + i % 300)
        yield {
            "id": 3 * i - 2 + n,
            "case_id": i,
            "date": day,
            "purpose": "yttrande",
            "clock": name,
            "sentence": "Svara senast då.",
            "source": "body",
            "state": "active",
            "look_on": None if _kind(i) in _NOBODY else clock.next_day(ladder, day, TODAY),
        }


def _milestones(i: int) -> Iterator[dict[str, Any]]:
    approval = _kind(i) == _APPROVAL
    kind = "chef" if approval else _STEPS[i % len(_STEPS)]
    ladder: Sequence[int] = DEFAULTS["ladder_step"]
    day = TODAY + _DAY * (max(ladder) + 1 + i % 200)
    told = kind in _TOLD_STEPS and _kind(i) not in _NOBODY
    look = _DAY + TODAY if approval else clock.next_day(ladder, day, TODAY) if told else None
    yield {"id": i, "case_id": i, "kind": kind, "met_on": None, "planned": day, "why": "Planen.", "look_on": look}
    if approval:
        yield {
            "id": 100_000_000 + i,
            "case_id": i,
            "kind": "utkast",
            "met_on": _YESTERDAY,
            "planned": None,
            "why": None,
            "look_on": None,
        }


def _plan(i: int) -> dict[str, Any]:
    review = TODAY + _DAY * (10 + i % 200)
    return {
        "case_id": i,
        "state": "ok",
        "target": TODAY + _DAY * 300,
        "lost": "[]",
        "assumed": "[]",
        "made_on": _YESTERDAY,
        "review_on": review,
        "news": "[]",
        "told": 1,
    }


def _question(i: int) -> Iterator[dict[str, Any]]:
    kind = _kind(i)
    name = "lage" if kind in _LATE else "handlaggare" if kind in _NOBODY else "chef" if kind == _APPROVAL else ""
    if name:
        yield {
            "id": i,
            "namnd": NAMNDER[i % len(NAMNDER)].key,
            "case_id": i,
            "kind": name,
            "state": "open",
            "round": 1,
            "deadline_id": 3 * i - 2 if name == "lage" else None,
            "milestone_id": i if name == "chef" else None,
            "asked_at": f"{_YESTERDAY} 08:00:00.000000",
            "answer_data": "{}",
            "look_on": None if name == "chef" else TODAY + _DAY * (6 if name == "lage" else 1),
        }


def _manager(i: int) -> int:
    return len(NAMNDER) * PEOPLE + 3 * (i % len(NAMNDER)) + 1


def _asking(i: int) -> Iterator[dict[str, Any]]:
    for question in _question(i):
        person = _handlaggare(i) if question["kind"] == "lage" else _manager(i)
        yield {
            "question_id": i,
            "person_id": person,
            "step": 0,
            "asked_on": _YESTERDAY,
            "message_id": f"<{i}@ekeby.example>",
        }


def _reminded(i: int) -> Iterator[dict[str, Any]]:
    if _kind(i) in _LATE:
        yield {
            "case_id": i,
            "deadline_id": 3 * i - 2,
            "step": clock.due(DEFAULTS["ladder_stated"], _late(i), TODAY),
            "person_id": _handlaggare(i),
            "day": _YESTERDAY,
        }


def load(store: Store, table: sa.Table, rows: Iterable[dict[str, Any]]) -> None:
    """Write rows past SQLAlchemy: COPY on PostgreSQL, plain executemany on SQLite."""
    turned = iter(rows)
    first = next(turned, None)
    if first is None:
        return
    names = [name for name in first if name in table.c]
    values = (tuple(_plain(row[name]) for name in names) for row in _again(first, turned))
    columns = ", ".join(f'"{name}"' for name in names)
    raw = store.engine.raw_connection()
    try:
        driver: Any = raw.driver_connection
        if store.engine.dialect.name == "sqlite":
            marks = ", ".join("?" for _ in names)
            driver.execute("PRAGMA cache_size=-200000")
            driver.execute("BEGIN IMMEDIATE")
            driver.executemany(f'INSERT INTO "{table.name}" ({columns}) VALUES ({marks})', values)  # noqa: S608
            driver.execute("COMMIT")
        else:
            with driver.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({columns}) FROM STDIN') as copy:
                for row in values:
                    copy.write_row(row)
            if "id" in names:  # the next id is taken after those that were given here
                driver.execute(f"SELECT setval('{table.name}_id_seq', (SELECT max(id) FROM {table.name}))")  # noqa: S608
            driver.commit()
    finally:
        raw.close()


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def _again(first: dict[str, Any], rest: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    yield first
    yield from rest
