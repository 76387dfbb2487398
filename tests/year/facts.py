"""What the checker sees: rows of the register as they lie in the tables, and what was said, day by day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from storage import tables as t
from storage.store import Store
from tests.year.almanac import STOCKHOLM
from tests.year.town import Town
from tests.year.world import Round, Sent, World


@dataclass(frozen=True, slots=True)
class Clock:
    """A day that an open case must keep, with the case as it stands."""

    id: int
    case_id: int
    namnd: str
    date: dt.date
    clock: str
    owner: int | None
    done: bool  # the handläggare's part is done, or the answer has gone out
    decided: bool  # by the nämnd itself
    waits: bool  # for KS or KF
    secret: bool
    state: str
    dnr: str | None
    version: int  # counts up whenever the case is changed
    kind: str
    raised: dt.date | None
    moved: bool
    rests: bool  # only the law's time goes on
    type: str  # what it is about, else what came
    came: dt.date


@dataclass(frozen=True, slots=True)
class Asked:
    """That somebody was asked a question, as the register has it."""

    id: int
    question: int
    kind: str
    person: int
    step: int
    day: dt.date


@dataclass
class Past:
    """What the checker remembers from day to day."""

    clocks: dict[int, Clock] = field(default_factory=dict)
    told: dict[int, list[tuple[dt.date, int]]] = field(default_factory=dict)  # by deadline: when, whom
    rungs: set[tuple[int, int, int]] = field(default_factory=set)  # person, deadline, rung
    keys: set[str] = field(default_factory=set)
    message_ids: set[str] = field(default_factory=set)
    asked: dict[tuple[int, int], list[tuple[dt.date, int]]] = field(default_factory=dict)  # question, person
    reached: dict[int, dt.date] = field(default_factory=dict)  # by question: when it last reached somebody
    digests: dict[tuple[str, str], dt.date] = field(default_factory=dict)  # nämnd, kind: last to somebody at work
    seqs: dict[str, tuple[int, str]] = field(default_factory=dict)
    numbers: dict[tuple[str, int], int] = field(default_factory=dict)
    up_days: list[dt.date] = field(default_factory=list)
    untold: dict[int, dt.date] = field(default_factory=dict)  # cases whose plan has news, and since when
    steps: dict[int, tuple[int, dt.date, int]] = field(default_factory=dict)  # the next step of each case
    unasked: dict[int, dt.date] = field(default_factory=dict)  # cases whose approval nobody has been asked for


@dataclass(frozen=True)
class Seen:
    """A day as the checker sees it in the evening."""

    day: dt.date
    town: Town
    world: World
    store: Store
    past: Past
    sent: Sequence[Sent]
    rounds: Sequence[Round]
    clocks: dict[int, Clock]
    people: dict[str, int]  # id by address
    rules: dict[str, dict[str, Any]]  # what each nämnd has chosen

    def run(self, query: Any) -> list[Any]:
        """Read rows."""
        with self.store.engine.connect() as connection:
            return list(connection.execute(query))

    def addresses(self) -> dict[int, str]:
        """Return addresses by id."""
        return {number: address for address, number in self.people.items()}


def see(world: World, past: Past, day: dt.date) -> Seen:
    """Read what the checks need, once a day."""
    with world.store.engine.connect() as connection:
        run: Callable[[Any], Any] = connection.execute
        people = {r.email: r.id for r in run(sa.select(t.people.c.id, t.people.c.email))}
        rules: dict[str, dict[str, Any]] = {}
        for row in run(sa.select(t.rules)):
            rules.setdefault(row.namnd, {})[row.name] = row.value
        m, d, c = t.milestones, t.deadlines, t.cases
        steps = run(sa.select(m.c.case_id, m.c.kind).where(m.c.met_on.is_not(None))).all()
        over = {case for case, kind in steps if kind in ("handlaggare_klar", "svar_skickat")}
        decided = {case for case, kind in steps if kind == "beslut"}
        rows = run(
            sa.select(
                d.c.id,
                d.c.case_id,
                c.c.namnd,
                d.c.date,
                d.c.clock,
                c.c.handlaggare_id,
                c.c.waiting_for,
                c.c.secret,
                c.c.state,
                c.c.dnr,
                c.c.version,
                c.c.kind,
                c.c.raised,
                d.c.moved_from,
                c.c.paused_until,
                c.c.matter,
                c.c.inkommen_at,
            )
            .join(c, c.c.id == d.c.case_id)
            .where(d.c.state == "active", d.c.date.is_not(None), c.c.state.in_(("open", "waiting_dnr")))
        )
        clocks = {
            r.id: Clock(
                r.id,
                r.case_id,
                r.namnd,
                r.date,
                r.clock,
                r.handlaggare_id,
                r.case_id in over,
                r.case_id in decided,
                r.waiting_for is not None,
                r.secret,
                r.state,
                r.dnr,
                r.version,
                r.kind,
                r.raised,
                r.moved_from is not None,
                bool(r.paused_until and r.paused_until >= day),
                r.matter or r.kind,
                r.inkommen_at.astimezone(STOCKHOLM).date(),
            )
            for r in rows
        }
    return Seen(
        day, world.town, world, world.store, past, tuple(world.sent), tuple(world.rounds), clocks, people, rules
    )
