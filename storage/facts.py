"""What is known of a case: its days, demands and decisions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from storage import tables as t
from storage.errors import NotFound
from storage.looking import AT_ONCE
from storage.records import CaseDeadline, CaseDecision, CaseDemand
from storage.search import SearchPages


class FactPages(SearchPages):
    """What a book can do with the facts of a case."""

    # deadlines

    def put_deadline(
        self,
        case_id: int,
        *,
        document_id: int | None,
        date: dt.date | None,
        purpose: str,
        clock: str,
        sentence: str,
        source: str,
        text: str | None = None,
        moved_from: dt.date | None = None,
        confirmed_by: str | None = None,
    ) -> bool:
        """Enter a deadline; return False when an active one with the same date, clock and purpose stands already."""
        d = t.deadlines
        same = self._one(
            sa.select(d.c.id).where(
                d.c.case_id == case_id,
                d.c.state == "active",
                d.c.clock == clock,
                d.c.date == date if date else d.c.date.is_(None) & (d.c.text == text),
                d.c.purpose == purpose,
            )
        )
        if same is not None:
            return False
        self._run(
            sa.insert(d).values(
                case_id=case_id,
                document_id=document_id,
                date=date,
                text=text,
                purpose=purpose,
                clock=clock,
                sentence=sentence,
                source=source,
                state="active",
                moved_from=moved_from,
                confirmed_by=confirmed_by,
                look_on=AT_ONCE if date else None,
            )
        )
        return True

    def end_deadlines(self, ids: Iterable[int], state: str) -> None:
        """Let deadlines go: replaced, met or dropped. They stay readable."""
        self._run(sa.update(t.deadlines).where(t.deadlines.c.id.in_(list(ids))).values(state=state, look_on=None))

    def confirm_deadlines(self, case_id: int, document_id: int | None, actor: str) -> None:
        """Mark the active deadlines that a document brought as confirmed by somebody."""
        d = t.deadlines
        query = sa.update(d).where(d.c.case_id == case_id, d.c.state == "active")
        if document_id is not None:
            query = query.where((d.c.document_id == document_id) | (d.c.document_id.is_(None)))
        self._run(query.values(confirmed_by=actor))

    def deadlines(self, case_id: int, *, active: bool = False) -> list[CaseDeadline]:
        """Return the deadlines of a case, nearest first, undated last."""
        return self._deadlines_of([case_id], active=active)

    def deadlines_of(self, case_ids: Sequence[int]) -> dict[int, list[CaseDeadline]]:
        """Return the active deadlines of cases, nearest first."""
        made: dict[int, list[CaseDeadline]] = {case: [] for case in case_ids}
        for deadline in self._deadlines_of(case_ids, active=True):
            made[deadline.case_id].append(deadline)
        return made

    def _deadlines_of(self, case_ids: Sequence[int], *, active: bool) -> list[CaseDeadline]:
        d = t.deadlines
        query = sa.select(d).where(d.c.case_id.in_(case_ids)).order_by(d.c.date.is_(None), d.c.date, d.c.id)
        if active:
            query = query.where(d.c.state == "active")
        return [as_deadline(r) for r in self._all(query)]

    def forget_content(
        self, case_id: int, *, document_id: int | None = None, demands: Iterable[str] | None = None
    ) -> None:
        """Take a letter's own words out of a case that has become secret; its days stay, without their sentences.

        With document_id and demands only what that letter brought.
        """
        d, m, x = t.deadlines, t.demands, t.decisions
        days = sa.update(d).where(d.c.case_id == case_id)
        gone = sa.delete(m).where(m.c.case_id == case_id)
        told = sa.delete(x).where(x.c.case_id == case_id)
        if document_id is None:
            self._run(sa.delete(t.external_numbers).where(t.external_numbers.c.case_id == case_id))
        else:
            days, told = days.where(d.c.document_id == document_id), told.where(x.c.document_id == document_id)
            gone = gone.where(sa.func.coalesce(m.c.read_as, m.c.text).in_(list(demands or ())))
        self._run(days.values(purpose="Sekretess", sentence="", source="", text=None))
        self._run(gone)
        self._run(told)
        self._reworded(case_id)

    # demands, decisions

    def put_demands(self, case_id: int, texts: Sequence[str]) -> int:
        """Add demands that the case does not have yet; return how many were new."""
        have = self.demands(case_id)
        known = {_bare(text) for d in have for text in (d.text, d.read_as) if text}
        new = [text for text in texts if _bare(text) not in known]
        last = max((d.position for d in have), default=0)
        self._many(
            t.demands,
            (
                {"case_id": case_id, "position": last + i, "text": text, "outcome": None, "struck": False}
                for i, text in enumerate(new, start=1)
            ),
        )
        return len(new)

    def demand(self, case_id: int, position: int) -> CaseDemand:
        """Return one demand of a case. Raises NotFound."""
        found = next((d for d in self.demands(case_id) if d.position == position), None)
        if found is None:
            raise NotFound("Den punkten finns inte.")
        return found

    def change_demand(self, case_id: int, position: int, **values: Any) -> None:
        """Set columns of a demand."""
        d = t.demands
        self._run(sa.update(d).where(d.c.case_id == case_id, d.c.position == position).values(**values))

    def demand_outcomes(self, case_id: int, outcomes: Sequence[str]) -> None:
        """Note what became of each demand, in order; of those that are crossed out nothing was decided."""
        standing = [d for d in self.demands(case_id) if not d.struck]
        for demand, outcome in zip(standing, outcomes, strict=False):
            self.change_demand(case_id, demand.position, outcome=outcome)

    def demands(self, case_id: int) -> list[CaseDemand]:
        """Return the att-satser, recommendations or questions of a case."""
        d = t.demands
        rows = self._all(sa.select(d).where(d.c.case_id == case_id).order_by(d.c.position))
        return [
            CaseDemand(
                case_id=r.case_id,
                position=r.position,
                text=r.text,
                outcome=r.outcome,
                read_as=r.read_as,
                struck=r.struck,
                measure=r.measure,
                responsible_id=r.responsible_id,
                due=r.due,
                state=r.state,
                waits_for=r.waits_for,
                done_on=r.done_on,
            )
            for r in rows
        ]

    def put_decision(
        self,
        case_id: int,
        *,
        document_id: int | None,
        body: str | None,
        date: dt.date | None,
        paragraph: str | None,
        outcome: str | None,
        is_proposal: bool,
    ) -> None:
        """Note a decision on the case; what has its paragraph already is known, and what had none gets it."""
        d = t.decisions
        same = self._all(sa.select(d).where(d.c.case_id == case_id, d.c.body == body, d.c.date == date))
        if any(row.paragraph == paragraph or paragraph is None for row in same):
            return
        bare = next((row for row in same if row.paragraph is None), None)
        if bare is not None:  # somebody said that it was decided before the minutes came
            known = {"paragraph": paragraph, "outcome": outcome or bare.outcome, "document_id": document_id}
            self._run(sa.update(d).where(d.c.id == bare.id).values(**known, is_proposal=is_proposal))
        else:
            self._run(
                sa.insert(d).values(
                    case_id=case_id,
                    document_id=document_id,
                    body=body,
                    date=date,
                    paragraph=paragraph,
                    outcome=outcome,
                    is_proposal=is_proposal,
                )
            )

    def decisions(self, case_id: int) -> list[CaseDecision]:
        """Return the decisions on a case by date."""
        d = t.decisions
        rows = self._all(sa.select(d).where(d.c.case_id == case_id).order_by(d.c.date, d.c.id))
        return [
            CaseDecision(r.case_id, r.document_id, r.body, r.date, r.paragraph, r.outcome, r.is_proposal) for r in rows
        ]

    def revive_deadlines(self, case_id: int) -> None:
        """Let the days that ended when a case was closed hold again."""
        d = t.deadlines
        self._hold(case_id)
        self._run(sa.update(d).where(d.c.case_id == case_id, d.c.state == "dropped").values(state="active"))
        self.look_again(case_id)


def as_deadline(row: sa.Row[Any]) -> CaseDeadline:
    """Return a row of deadlines as the value."""
    return CaseDeadline(
        id=row.id,
        case_id=row.case_id,
        document_id=row.document_id,
        date=row.date,
        text=row.text,
        purpose=row.purpose,
        clock=row.clock,
        sentence=row.sentence,
        source=row.source,
        state=row.state,
        moved_from=row.moved_from,
        confirmed_by=row.confirmed_by,
    )


def _bare(text: str) -> str:
    return "".join(ch for ch in text.lower() if ch.isalnum())
