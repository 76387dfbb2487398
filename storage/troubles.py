"""What is out of reach right now, and since when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from storage import tables as t
from storage.page import Page
from storage.records import Trouble


class TroublePages(Page):
    """What a book can do with troubles. A name (`post:sn`) has one at a time."""

    def note_trouble(self, name: str, namnd: str, what: str, *, now: dt.datetime) -> Trouble:
        """Note that something is out of reach; return it with the moment that it began."""
        row = self._run(
            self._upsert(t.troubles)
            .values(name=name, namnd=namnd, what=what, since=now)
            .on_conflict_do_update(index_elements=["name"], set_={"what": what})
            .returning(t.troubles)
        ).one()
        return Trouble(row.name, row.namnd, row.what, row.since, row.told_at)

    def trouble_told(self, name: str, *, now: dt.datetime) -> bool:
        """Note that people have been told; return False when they had been."""
        row = t.troubles
        done = self._run(sa.update(row).where(row.c.name == name, row.c.told_at.is_(None)).values(told_at=now))
        return done.rowcount == 1

    def trouble_over(self, name: str) -> Trouble | None:
        """Take a trouble away; return it, None when there was none."""
        row = self._run(sa.delete(t.troubles).where(t.troubles.c.name == name).returning(t.troubles)).first()
        return Trouble(row.name, row.namnd, row.what, row.since, row.told_at) if row else None

    def troubles(self, namnder: Sequence[str]) -> list[Trouble]:
        """Return what is out of reach for some nämnder, the oldest first."""
        query = sa.select(t.troubles).where(t.troubles.c.namnd.in_(namnder)).order_by(t.troubles.c.since)
        return [Trouble(r.name, r.namnd, r.what, r.since, r.told_at) for r in self._all(query)]
