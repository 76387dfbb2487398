"""A day's post: what came, what went and what was drawn up, each with its letter, its handling and its case."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from storage import tables as t
from storage.arrivals import as_arrival
from storage.case_lists import begins
from storage.cases import as_case, as_document
from storage.page import Page
from storage.records import DayEntry


class DayPages(Page):
    """What a book can do with a day's post."""

    def entries_of_day(
        self, namnder: Sequence[str], day: dt.date, *, registered: bool = False, limit: int = 500
    ) -> list[DayEntry]:
        """Return a day's letters and handlingar, by the day in Stockholm that they came, or else were entered.

        A letter whose handling counts as come on another day stands in both. registered: only what lies in a case.
        At most limit of each.
        """
        a, d, c = t.arrivals, t.documents, t.cases
        first, end = begins(day), begins(day + dt.timedelta(days=1))
        came = (d.c.inkommen_at >= first) & (d.c.inkommen_at < end)
        entered = d.c.inkommen_at.is_(None) & (d.c.registered_at >= first) & (d.c.registered_at < end)
        at = sa.func.coalesce(d.c.inkommen_at, d.c.registered_at)
        query = sa.select(d).join(c, c.c.id == d.c.case_id).where(came | entered, self._checked(c.c.namnd).in_(namnder))
        papers = self._all(query.where(d.c.attachment.is_(False)).order_by(at, d.c.id).limit(limit))
        letters: Sequence[sa.Row[Any]] = ()
        if not registered:
            those = sa.select(a).where(a.c.namnd.in_(namnder), a.c.received_at >= first, a.c.received_at < end)
            letters = self._all(those.order_by(a.c.received_at, a.c.id).limit(limit))
        known = {row.id: row for row in papers}
        known |= self._by_id(d, {x.document_id for x in letters if x.document_id} - set(known))
        theirs = {row.document_id for row in letters}
        alone = [row for row in papers if row.id not in theirs]
        brought = self._by_id(a, {row.arrival_id for row in alone if row.arrival_id})
        pairs: list[tuple[sa.Row[Any] | None, sa.Row[Any] | None]] = [(x, known.get(x.document_id)) for x in letters]
        pairs += [(brought.get(row.arrival_id), row) for row in alone]
        cases = self._by_id(c, {_case_of(x, row) for x, row in pairs} - {None})
        names = self._by_id(t.people, {x.handlaggare_id for x in cases.values()} - {None})
        made = []
        for letter, paper in pairs:
            case = cases.get(_case_of(letter, paper))
            holder = names.get(case.handlaggare_id) if case is not None else None
            made.append(
                DayEntry(
                    as_arrival(letter) if letter is not None else None,
                    as_document(paper) if paper is not None else None,
                    as_case(case) if case is not None else None,
                    holder.name if holder is not None else "",
                )
            )
        return made

    def _by_id(self, table: sa.Table, ids: Collection[int]) -> dict[Any, sa.Row[Any]]:
        if not ids:
            return {}
        return {row.id: row for row in self._all(sa.select(table).where(table.c.id.in_(sorted(ids))))}


def _case_of(letter: sa.Row[Any] | None, paper: sa.Row[Any] | None) -> Any:
    return paper.case_id if paper is not None else letter.case_id if letter is not None else None
