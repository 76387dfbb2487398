"""A morning follows what is due, not what exists, in short transactions; and what changes is looked at again."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from benchmarks.filling import NAMNDER, NOW, TODAY, fill, make_due
from handlers import choices, mornings, reminding
from handlers.reminders import clock
from storage import tables as t
from storage.looking import AT_ONCE
from storage.migrate import config
from storage.store import Store

DAY = dt.timedelta(days=1)


def _work(store: Store, days: int = 0, *, once: bool = False) -> int:
    told = 0
    for namnd in NAMNDER:
        while True:
            with store.book() as book:
                now = mornings.work(book, namnd, now=NOW + days * DAY)
            told += now
            if once or not now:
                break
    return told


def _carry(store: Store) -> None:
    """Let all that is queued be sent: a reminder that lies until another day is taken back."""
    with store.engine.begin() as connection:
        connection.execute(sa.update(t.notices).values(state="sent"))


def _reminded(store: Store) -> list[tuple[int, int, int]]:
    with store.engine.connect() as connection:
        r, s = t.reminded, t.step_reminded
        days = connection.execute(sa.select(r.c.deadline_id, r.c.step, r.c.person_id).where(r.c.day >= TODAY))
        steps = connection.execute(sa.select(s.c.milestone_id, s.c.step, s.c.person_id))
        return [tuple(row) for row in (*days, *steps)]


def _messages(store: Store) -> list[tuple[int | None, object]]:
    with store.look() as book:
        return [(n.person_id, n.data["day"]) for n in book.notices() if n.kind == "paminnelse"]


def _filled(folder: Path, cases: int, due: int) -> Store:
    store = Store(f"sqlite:///{folder / f'{cases}.db'}")
    store.migrate()
    fill(store, cases)
    make_due(store, cases, due, 0)
    return store


def _cost(store: Store) -> tuple[int, int, int]:
    """Return how many statements a morning takes, how many steps of SQLite's machine in tens, and how many are told."""
    statements, steps = [0], [0]

    def count(*_: object) -> None:
        statements[0] += 1

    def step() -> int:
        steps[0] += 1
        return 0

    def watch(connection: object, *_: object) -> None:
        connection.set_progress_handler(step, 10)  # type: ignore[attr-defined]

    event.listen(store.engine, "before_cursor_execute", count)
    event.listen(store.engine, "checkout", watch)
    told = _work(store)
    store.close()
    return statements[0], steps[0], told


def test_a_morning_costs_the_same_among_few_cases_and_among_many(tmp_path: Path) -> None:
    few, many = _cost(_filled(tmp_path, 200, 50)), _cost(_filled(tmp_path, 5000, 50))
    assert few[0] == many[0]
    assert few[2] == many[2] > 0
    # The trees of the indexes are deeper, and no more: looking at what exists would be twenty-five times.
    assert many[1] < 1.25 * few[1]


def test_all_that_is_due_is_told_once_and_nothing_else(store: Store) -> None:
    fill(store, 600)
    make_due(store, 600, 120, 0)
    _work(store)
    told = _reminded(store)
    assert len(told) == len(set(told)) == 120
    assert _work(store) == 0
    assert len(_messages(store)) == len(set(_messages(store)))


class _Killed(BaseException):
    pass


def _killed(store: Store) -> None:
    with store.book() as book:
        assert mornings.work(book, NAMNDER[0], now=NOW) > 0
        raise _Killed


def test_a_kill_between_two_transactions_neither_doubles_nor_skips(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reminding, "_MOST", 3)
    fill(store, 600)
    make_due(store, 600, 240, 0)
    _work(store, once=True)
    some = _reminded(store)
    assert 0 < len(some) < 240

    with pytest.raises(_Killed):
        _killed(store)
    assert _reminded(store) == some
    _work(store)
    told = _reminded(store)
    assert len(told) == len(set(told)) == 240
    messages = _messages(store)
    assert len(messages) == len(set(messages))
    with store.look() as book:
        assert list(book.chain_faults()) == []


def _late_case(store: Store) -> tuple[int, int]:
    """Return a case that is late and was told of yesterday, and its day."""
    with store.engine.connect() as connection:
        row = connection.execute(sa.select(t.reminded.c.case_id, t.reminded.c.deadline_id)).first()
    assert row is not None
    return row.case_id, row.deadline_id


def test_a_changed_ladder_takes_effect_the_next_morning(store: Store) -> None:
    fill(store, 60)
    _work(store)
    before = len(_reminded(store))
    for namnd in NAMNDER:
        with store.book() as book:
            choices.choose(book, namnd.key, "ladder_goal", [300, 200, 100, 0], now=NOW, actor="test")
    _work(store, 1)
    with store.engine.connect() as connection:
        clocks = connection.execute(
            sa.select(t.deadlines.c.clock).join(t.reminded).where(t.reminded.c.day == TODAY + DAY)
        ).scalars()
        assert "goal" in list(clocks)
    assert len(_reminded(store)) > before


def test_who_stands_in_is_told_what_draws_near_and_so_is_who_comes_back(store: Store) -> None:
    fill(store, 60)
    _work(store)
    case, deadline = _late_case(store)
    with store.book() as book:
        handlaggare = book.case(case).handlaggare_id
        assert handlaggare is not None
        other = book.put_person("Vikarien", "vikarien@ekeby.example")
        book.put_role(other.id, book.case(case).namnd, "handlaggare", TODAY, None)
        book.put_absence(handlaggare, TODAY + DAY, TODAY + DAY, other.id)

    def told() -> list[int]:
        r = t.reminded
        query = sa.select(r.c.person_id).where(r.c.deadline_id == deadline, r.c.day >= TODAY).order_by(r.c.id)
        with store.engine.connect() as connection:
            return list(connection.execute(query).scalars())

    _work(store, 1)
    assert told() == [other.id]
    _carry(store)
    with store.engine.connect() as connection:
        connection.execute(sa.delete(t.reminded).where(t.reminded.c.person_id == handlaggare))
        connection.commit()
    _work(store, 2)
    assert told() == [other.id, handlaggare]


def test_what_nobody_can_be_told_of_is_not_looked_at_until_somebody_takes_it(store: Store) -> None:
    fill(store, 60)
    make_due(store, 60, 8, 0)
    with store.book() as book:
        case = next(c for c, _ in book.cases_to_look_at(NAMNDER[2].key, TODAY))
        person = book.case(case).handlaggare_id
        book.change_case(case, handlaggare_id=None)
    _work(store)
    with store.book() as book:
        assert case not in [c for c, _ in book.cases_to_look_at(NAMNDER[2].key, TODAY)]
        book.change_case(case, handlaggare_id=person)
    _work(store)
    with store.look() as book:
        assert len(book.questions(case_id=case, kind="lage", state="open")) == 1


def test_a_rest_is_looked_at_again_when_it_ends_and_when_it_is_ended(store: Store) -> None:
    fill(store, 60)
    make_due(store, 60, 8, 0)
    with store.book() as book:
        case = next(c for c, _ in book.cases_to_look_at(NAMNDER[2].key, TODAY))
        days = [d.id for d in book.deadlines(case, active=True)]
        book.end_deadlines(days, "dropped")
        book.put_deadline(
            case, document_id=None, date=TODAY, purpose="yttrande", clock="stated", sentence="", source="brevet"
        )
        book.change_case(case, paused_until=TODAY + DAY)

    def told() -> list[dt.date]:
        query = sa.select(t.reminded.c.day).where(t.reminded.c.case_id == case, t.reminded.c.day >= TODAY)
        with store.engine.connect() as connection:
            return list(connection.execute(query.order_by(t.reminded.c.id)).scalars())

    _work(store)
    with store.book() as book:
        assert case not in [c for c, _ in book.cases_to_look_at(NAMNDER[2].key, TODAY + DAY)]
    _work(store, 1)
    assert told() == []
    _work(store, 2)
    assert told() == [TODAY + 2 * DAY]
    _carry(store)
    with store.book() as book:
        book.change_case(case, paused_until=TODAY + 30 * DAY)
    _work(store, 8)
    assert told() == [TODAY + 2 * DAY]
    with store.book() as book:
        book.change_case(case, paused_until=None)
    _work(store, 9)
    assert told() == [TODAY + 2 * DAY, TODAY + 9 * DAY]


def test_the_migration_lets_the_first_morning_look_at_what_may_be_due(database_url: str, tmp_path: Path) -> None:
    store = Store(database_url)
    engine = store.engine
    with engine.connect() as connection, connection.begin():
        command.upgrade(config(connection), "0005")
        connection.execute(
            sa.text(
                "INSERT INTO cases (id, namnd, state, kind, title, title_key, secret, inkommen_at, registered_at,"
                " motionarer, version) VALUES (1, 'sn', 'open', 'remiss', 'T', 't', :no, '2026-11-01 08:00:00',"
                " '2026-11-01 08:00:00', '[]', 1)"
            ),
            {"no": False},
        )
        for row, state in ((1, "active"), (2, "met")):
            connection.execute(
                sa.text(
                    "INSERT INTO deadlines (id, case_id, date, purpose, clock, sentence, source, state)"
                    " VALUES (:row, 1, '2027-03-01', 'yttrande', 'stated', '', '', :state)"
                ),
                {"row": row, "state": state},
            )
        connection.execute(
            sa.text(
                "INSERT INTO questions (id, namnd, case_id, kind, state, round, asked_at, answer_data)"
                " VALUES (1, 'sn', 1, 'handlaggare', 'open', 1, '2026-11-01 08:00:00', '{}')"
            )
        )
        connection.execute(
            sa.text("INSERT INTO milestones (id, case_id, kind, planned) VALUES (1, 1, 'chef', '2027-03-01')")
        )
    store.migrate()
    with engine.connect() as connection:
        days = connection.execute(sa.select(t.deadlines.c.look_on).order_by(t.deadlines.c.id)).scalars().all()
        asked = connection.execute(sa.select(t.questions.c.look_on)).scalar_one()
        step = connection.execute(sa.select(t.milestones.c.look_on)).scalar_one()
    assert days == [dt.date(2027, 3, 1) - 60 * DAY, None]
    assert asked == step == AT_ONCE
    store.close()


@given(
    ladder=st.lists(st.integers(-30, 90), min_size=1, max_size=8, unique=True),
    left=st.integers(-200, 200),
)
def test_between_today_and_the_next_day_to_look_the_ladder_gives_nothing_new(ladder: list[int], left: int) -> None:
    day = TODAY + left * DAY
    step, following = clock.due(ladder, day, TODAY), clock.next_day(ladder, day, TODAY)
    assert following > TODAY
    assert {clock.due(ladder, day, TODAY + n * DAY) for n in range((following - TODAY).days)} == {step}
    assert clock.due(ladder, day, following) != step
