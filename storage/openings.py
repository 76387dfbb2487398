"""Who opened what, and who was not let: lines that are only ever added, and weeded when their time has come."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

from storage import tables as t
from storage.page import Page
from storage.records import Opening, Person


class OpeningPages(Page):
    """What a book can do with openings."""

    def put_opening(
        self,
        person_id: int,
        what: str,
        number: int,
        *,
        namnd: str,
        case_id: int | None,
        arrival_id: int | None,
        secret: bool,
        allowed: bool,
        now: dt.datetime,
    ) -> None:
        """Write that somebody opened something, or was not let."""
        self._run(
            sa.insert(t.openings).values(
                at=now,
                person_id=person_id,
                what=what,
                number=number,
                namnd=namnd,
                case_id=case_id,
                arrival_id=arrival_id,
                secret=secret,
                allowed=allowed,
            )
        )

    def has_opened(self, person_id: int, what: str, number: int, *, allowed: bool, since: dt.datetime) -> bool:
        """Say whether it is written that somebody opened the same since a moment."""
        o = t.openings
        mine = (o.c.person_id == person_id) & (o.c.at >= since)
        same = (o.c.what == what) & (o.c.number == number) & (o.c.allowed.is_(allowed))
        return self._one(sa.select(o.c.id).where(mine, same).limit(1)) is not None

    def openings_of_case(self, case_id: int, *, limit: int, offset: int = 0) -> list[Opening]:
        """Return who opened a case, its letters and its handlingar, or was not let; the newest first."""
        letters = sa.select(t.arrivals.c.id).where(t.arrivals.c.case_id == case_id)
        here = (t.openings.c.case_id == case_id) | t.openings.c.arrival_id.in_(letters)
        return self._openings(here, limit, offset)

    def openings_of_person(self, person_id: int, *, limit: int) -> list[Opening]:
        """Return what somebody opened, or was not let; the newest first."""
        return self._openings(t.openings.c.person_id == person_id, limit, 0)

    def _openings(self, where: sa.ColumnElement[bool], limit: int, offset: int) -> list[Opening]:
        o = t.openings
        rows = self._all(
            sa.select(o, t.people.c.name, t.people.c.email)
            .join(t.people, t.people.c.id == o.c.person_id)
            .where(where)
            .order_by(o.c.at.desc(), o.c.id.desc())
            .limit(limit)
            .offset(offset)
        )
        return [_opening(row) for row in rows]

    def weed_openings(self, before: dt.datetime) -> int:
        """Take away what is older than a moment; return how much. The database refuses what is younger than a year."""
        return self._run(sa.delete(t.openings).where(t.openings.c.at < before)).rowcount


def _opening(row: sa.Row[Any]) -> Opening:
    return Opening(
        at=row.at,
        person=Person(row.person_id, row.name, row.email),
        what=row.what,
        number=row.number,
        namnd=row.namnd,
        case_id=row.case_id,
        arrival_id=row.arrival_id,
        secret=row.secret,
        allowed=row.allowed,
    )
