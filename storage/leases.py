"""Leases: the right to do a piece of work alone, with a fencing token that rises at each change of holder."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from storage import tables as t
from storage.errors import LeaseLost
from storage.page import Page
from storage.records import Lease

_LONG_AGO = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_TOO_LONG = 10  # times as long as it is asked for


class LeasePages(Page):
    """What a book can do with leases. Times come from the caller."""

    def take_lease(
        self, name: str, holder: str, *, now: dt.datetime, seconds: float, after: str | None = None
    ) -> Lease | None:
        """Take or prolong a lease for so many seconds; return None when somebody else holds it.

        after names a holder that is known to be dead: its lease is taken before its time. One that runs for much longer
        than anybody asks for was taken when a clock was wrong, and is free.
        """
        until = now + dt.timedelta(seconds=seconds)
        leases = t.leases
        free = (leases.c.holder == holder) | (leases.c.until < now) | (leases.c.until > now + _TOO_LONG * (until - now))
        if after is not None:
            free = free | (leases.c.holder == after)
        row = self._run(
            self._upsert(leases)
            .values(name=name, holder=holder, token=1, until=until)
            .on_conflict_do_update(
                index_elements=["name"],
                set_={
                    "holder": holder,
                    "until": until,
                    "token": sa.case((leases.c.holder == holder, leases.c.token), else_=leases.c.token + 1),
                },
                where=free,
            )
            .returning(leases.c.token)
        ).first()
        return None if row is None else Lease(name, holder, row.token, until)

    def holder_of(self, name: str) -> str | None:
        """Return who holds a lease, or let it run out; empty when it was given back."""
        row = self._one(sa.select(t.leases.c.holder).where(t.leases.c.name == name))
        return row.holder if row else None

    def still_mine(self, lease: Lease) -> None:
        """Raise LeaseLost unless the token is still ours; the row stays locked until commit (fencing)."""
        query = sa.select(t.leases.c.token, t.leases.c.holder).where(t.leases.c.name == lease.name)
        row = self._one(query.with_for_update() if self._locks_rows else query)
        if row is None or (row.token, row.holder) != (lease.token, lease.holder):
            raise LeaseLost(f"En annan kopia av boten har tagit över {lease.name}. Den här kopian avstår.")

    def give_back(self, lease: Lease) -> None:
        """Let the next one take the lease at once, whatever its clock shows."""
        self._run(
            sa.update(t.leases)
            .where(t.leases.c.name == lease.name, t.leases.c.token == lease.token)
            .values(holder="", until=_LONG_AGO)
        )
