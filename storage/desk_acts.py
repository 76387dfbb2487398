"""Acts at the review desk that can be taken back, and how a case stood before one of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from storage import tables as t
from storage.errors import NotFound
from storage.looking import AT_ONCE
from storage.records import DeskAct, Json
from storage.search import SearchPages

# What a letter tells a case in rows of their own; each is put back as it was.
_TOLD = (t.demands, t.external_numbers, t.decisions)


class DeskActPages(SearchPages):
    """What a book can do with acts at the desk."""

    def put_desk_act(
        self, namnd: str, arrival_id: int, person_id: int, act: str, before: Json, *, now: dt.datetime
    ) -> DeskAct:
        """Keep what somebody did with a letter and how it stood before."""
        row = self._run(
            sa.insert(t.desk_acts)
            .values(namnd=namnd, arrival_id=arrival_id, person_id=person_id, act=act, at=now, before=dict(before))
            .returning(t.desk_acts)
        ).one()
        return _act(row)

    def desk_act(self, act_id: int) -> DeskAct:
        """Return an act. Raises NotFound when it is too long ago."""
        row = self._one(sa.select(t.desk_acts).where(t.desk_acts.c.id == act_id))
        if row is None:
            raise NotFound("Det går inte att ångra längre.")
        return _act(row)

    def last_desk_act(self, arrival_id: int) -> DeskAct | None:
        """Return what was done last with a letter, undone or not."""
        a = t.desk_acts
        row = self._one(sa.select(a).where(a.c.arrival_id == arrival_id).order_by(a.c.id.desc()).limit(1))
        return _act(row) if row else None

    def use_desk_act(self, act_id: int, person_id: int, *, now: dt.datetime) -> bool:
        """Use up that an act may be taken back; False when it was before. Of two at once, one wins."""
        a = t.desk_acts
        query = sa.update(a).where(a.c.id == act_id, a.c.undone_at.is_(None))
        # What stood before is needed no more: the book has it in hand.
        return self._run(query.values(undone_by=person_id, undone_at=now, before={})).rowcount == 1

    def forget_desk_acts(
        self, *, before: dt.datetime | None = None, arrival_id: int | None = None, case_id: int | None = None
    ) -> None:
        """Let go of acts: those that are too long ago to be taken back, or all of a letter that is hidden now, or all that
        hold how a case stood in which something is hidden now."""
        a = t.desk_acts
        if before is not None:
            self._run(sa.delete(a).where(a.c.at < before))
        if arrival_id is not None:
            self._run(sa.delete(a).where(a.c.arrival_id == arrival_id))
        if case_id is not None:
            self._run(sa.delete(a).where(a.c.before["case"]["id"].as_integer() == case_id))

    def case_stand(self, case_id: int) -> Json:
        """Return how the days, steps, open questions, demands, others' numbers and decisions of a case stand, to be put
        back so."""
        d, m, q = t.deadlines, t.milestones, t.questions
        days = self._all(sa.select(d.c.id, d.c.state, d.c.confirmed_by).where(d.c.case_id == case_id))
        steps = self._all(sa.select(m).where(m.c.case_id == case_id))
        told = {table.name: [_plain(row) for row in self._all(_of(table, case_id))] for table in _TOLD}
        return {
            "days": {str(row.id): [row.state, row.confirmed_by] for row in days},
            "steps": {row.kind: _plain(row) for row in steps},
            "asked": [
                row.id for row in self._all(sa.select(q.c.id).where(q.c.case_id == case_id, q.c.state == "open"))
            ],
            **told,
        }

    def put_case_stand(self, case_id: int, stand: Mapping[str, Any]) -> None:
        """Put a case back as it stood. Days that came since are dropped, not erased; what was asked is asked again."""
        self._hold(case_id)
        d, m, q = t.deadlines, t.milestones, t.questions
        asked = (q.c.case_id == case_id, q.c.id.in_(stand.get("asked", ())), q.c.state == "dropped")
        self._run(sa.update(q).where(*asked).values(state="open"))
        for row in self._all(sa.select(d.c.id, d.c.state, d.c.date).where(d.c.case_id == case_id)):
            state, confirmed = stand["days"].get(str(row.id), ["dropped", None])
            look = AT_ONCE if state == "active" and row.date else None
            values = {"state": state, "confirmed_by": confirmed, "look_on": look}
            self._run(sa.update(d).where(d.c.id == row.id).values(**values))
        for row in self._all(sa.select(m.c.id, m.c.kind).where(m.c.case_id == case_id)):
            was = stand["steps"].get(row.kind, {})
            back = {name: was.get(name) for name in ("document_id", "meeting_id", "why")}
            dates = {name: _day(was.get(name)) for name in ("met_on", "planned")}
            self._run(sa.update(m).where(m.c.id == row.id).values(**back, **dates))
        for table in _TOLD:
            self._run(sa.delete(table).where(table.c.case_id == case_id))
            self._many(table, (_back(table, row) for row in stand[table.name]))
        self.look_again(case_id)

    def unconfirm_deadlines(self, case_id: int) -> None:
        """Let the active days of a case be as nobody has confirmed them."""
        d = t.deadlines
        self._run(sa.update(d).where(d.c.case_id == case_id, d.c.state == "active").values(confirmed_by=None))

    def drop_externals(self, case_id: int, keys: Iterable[str]) -> None:
        """Take away numbers that others were said to have for a case."""
        e = t.external_numbers
        self._run(sa.delete(e).where(e.c.case_id == case_id, e.c.key.in_(list(keys))))
        self._reworded(case_id)

    def withdraw_receipts(self, arrival_id: int, since: dt.datetime) -> list[int]:
        """Take back the receipts for a letter that nobody has in hand yet; return who has got one already."""
        n = t.notices
        mine = (n.c.arrival_id == arrival_id) & n.c.kind.in_(("kvitto", "bekraftelse")) & (n.c.created_at >= since)
        self._run(sa.delete(n).where(mine, n.c.state == "queued", n.c.attempts == 0, n.c.claimed_by.is_(None)))
        told = self._all(sa.select(n.c.person_id).where(mine, n.c.person_id.is_not(None)))
        return [row.person_id for row in told]

    def forget_corrections(self, arrival_id: int, since: dt.datetime) -> None:
        """Let go of what was put right in a letter since a moment: it was taken back, and teaches nothing."""
        c = t.corrections
        self._run(sa.delete(c).where(c.c.arrival_id == arrival_id, c.c.at >= since))


def _of(table: sa.Table, case_id: int) -> sa.Select[Any]:
    return sa.select(table).where(table.c.case_id == case_id).order_by(table.c.id)


def _plain(row: sa.Row[Any]) -> dict[str, Any]:
    return {k: v.isoformat() if isinstance(v, dt.date) else v for k, v in row._mapping.items()}


def _back(table: sa.Table, row: Mapping[str, Any]) -> dict[str, Any]:
    return {k: _day(v) if isinstance(table.c[k].type, sa.Date) else v for k, v in row.items()}


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _act(row: sa.Row[Any]) -> DeskAct:
    return DeskAct(
        row.id, row.namnd, row.arrival_id, row.person_id, row.act, row.at, row.before, row.undone_by, row.undone_at
    )
