"""The calendars of the bodies, and the plans that lead through their meetings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from storage import tables as t
from storage.errors import NotFound
from storage.looking import LookPages
from storage.page import as_tuple
from storage.records import CasePlan, Meeting, Milestone, StepReminded


class MeetingPages(LookPages):
    """What a book can do with meetings and plans."""

    def put_meeting(self, namnd: str, body: str, day: dt.date, stop: dt.date | None) -> Meeting:
        """Enter a meeting; the same body and day again sets its stop day and lets a cancelled one be held after all."""
        values = {"stop": stop, "state": "planned"}
        row = self._run(
            self._upsert(t.meetings)
            .values(namnd=namnd, body=body, day=day, moved_from=None, **values)
            .on_conflict_do_update(index_elements=["namnd", "body", "day"], set_=values)
            .returning(t.meetings)
        ).one()
        return _meeting(row)

    def change_meeting(self, meeting_id: int, **values: Any) -> None:
        """Set columns of a meeting."""
        self._run(sa.update(t.meetings).where(t.meetings.c.id == meeting_id).values(**values))

    def meeting(self, meeting_id: int, *, lock: bool = False) -> Meeting:
        """Return a meeting; with lock, hold it until commit."""
        query = sa.select(t.meetings).where(t.meetings.c.id == meeting_id)
        row = self._one(query.with_for_update() if lock and self._locks_rows else query)
        if row is None:
            raise NotFound("Det mötet finns inte.")
        return _meeting(row)

    def meetings(
        self,
        namnder: Sequence[str],
        *,
        first: dt.date | None = None,
        last: dt.date | None = None,
        cancelled: bool = False,
    ) -> list[Meeting]:
        """Return the meetings of nämnder ("" for the whole municipality's), by day; cancelled ones when asked for."""
        m = t.meetings
        query = sa.select(m).where(m.c.namnd.in_(namnder)).order_by(m.c.day, m.c.namnd, m.c.body)
        if first is not None:
            query = query.where(m.c.day >= first)
        if last is not None:
            query = query.where(m.c.day <= last)
        if not cancelled:
            query = query.where(m.c.state == "planned")
        return [_meeting(row) for row in self._all(query)]

    # milestones

    def meet_milestone(self, case_id: int, kind: str, on: dt.date, document_id: int | None) -> None:
        """Note that a step is done, and what proves it; the first proof stands."""
        m = t.milestones
        self._hold(case_id)
        self._run(
            self._upsert(m)
            .values(case_id=case_id, kind=kind, met_on=on, document_id=document_id)
            .on_conflict_do_update(
                index_elements=["case_id", "kind"],
                set_={"met_on": on, "document_id": document_id, "look_on": None},
                where=m.c.met_on.is_(None),
            )
        )
        self.look_again(case_id)

    def forget_milestones(self, case_id: int, kinds: Iterable[str] | None = None) -> None:
        """Let a case's steps, or those of some kinds, be done anew. What was done stays in the journal."""
        m = t.milestones
        self._hold(case_id)
        query = sa.update(m).where(m.c.case_id == case_id)
        if kinds is not None:
            query = query.where(m.c.kind.in_(list(kinds)))
        self._run(query.values(met_on=None, document_id=None))
        self.look_again(case_id)

    def milestones(self, case_id: int) -> list[Milestone]:
        """Return the steps of a case that are known."""
        m = t.milestones
        rows = self._all(sa.select(m).where(m.c.case_id == case_id).order_by(m.c.id))
        return [as_milestone(r) for r in rows]

    def milestone(self, milestone_id: int) -> Milestone | None:
        """Return a step of a case."""
        row = self._one(sa.select(t.milestones).where(t.milestones.c.id == milestone_id))
        return as_milestone(row) if row else None

    # plans

    def put_plan(self, plan: CasePlan, steps: Iterable[tuple[str, dt.date, int | None, str]]) -> None:
        """Keep a case's plan; each step is (kind, day, meeting id, why). Steps that it does not have lose their day."""
        values = {
            "state": plan.state,
            "target": plan.target,
            "deadline_id": plan.deadline_id,
            "ends": plan.ends,
            "lost": list(plan.lost),
            "assumed": list(plan.assumed),
            "made_on": plan.made_on,
            "review_on": plan.review_on,
            "news": list(plan.news),
            "told": not plan.news,
        }
        self._run(
            self._upsert(t.plans)
            .values(case_id=plan.case_id, **values)
            .on_conflict_do_update(index_elements=["case_id"], set_=values)
        )
        self._put_steps(plan.case_id, steps)

    def _put_steps(self, case_id: int, steps: Iterable[tuple[str, dt.date, int | None, str]]) -> None:
        m = t.milestones
        made = list(steps)
        self._hold(case_id)
        self._run(
            sa.update(m)
            .where(m.c.case_id == case_id, m.c.planned.is_not(None), m.c.kind.not_in([kind for kind, *_ in made]))
            .values(planned=None, meeting_id=None, why=None, look_on=None)
        )
        self.put_steps_back(case_id, made)

    def put_steps_back(self, case_id: int, steps: Iterable[tuple[str, dt.date, int | None, str]]) -> None:
        """Give steps of a case their days in its plan; each is (kind, day, meeting id, why). The others stand."""
        rows = [
            {"case_id": case_id, "kind": kind, "planned": day, "meeting_id": meeting_id, "why": why}
            for kind, day, meeting_id, why in steps
        ]
        if rows:
            query = self._upsert(t.milestones)
            new = {column: query.excluded[column] for column in ("planned", "meeting_id", "why")}
            self._connection.execute(query.on_conflict_do_update(index_elements=["case_id", "kind"], set_=new), rows)
        self.look_again(case_id)

    def take_out_steps(self, case_id: int, kinds: Iterable[str]) -> None:
        """Take steps that are not done out of a case's plan: what was planned did not come about."""
        m = t.milestones
        self._hold(case_id)
        query = sa.update(m).where(m.c.case_id == case_id, m.c.kind.in_(list(kinds)), m.c.met_on.is_(None))
        self._run(query.values(planned=None, meeting_id=None, why=None, look_on=None))
        self.look_again(case_id)

    def drop_plan(self, case_id: int) -> None:
        """Take a case's plan away; steps that are done stay."""
        self._run(sa.delete(t.plans).where(t.plans.c.case_id == case_id))
        self._put_steps(case_id, ())

    def plan(self, case_id: int) -> CasePlan | None:
        """Return how a case's plan stands."""
        row = self._one(sa.select(t.plans).where(t.plans.c.case_id == case_id))
        return _plan(row) if row else None

    def cases_using(self, meeting_ids: Iterable[int]) -> list[int]:
        """Return the open cases whose plan has a step ahead in one of the meetings."""
        m, c = t.milestones, t.cases
        query = (
            sa.select(m.c.case_id)
            .join(c, c.c.id == m.c.case_id)
            .where(m.c.meeting_id.in_(list(meeting_ids)), m.c.met_on.is_(None), c.c.state.in_(("open", "waiting_dnr")))
            .distinct()
            .order_by(m.c.case_id)
        )
        return [int(row.case_id) for row in self._all(query)]

    def meetings_used(self, namnder: Sequence[str]) -> dict[int, int]:
        """Return how many open cases of the nämnder have a step ahead in each meeting, by the meeting's id."""
        m, c = t.milestones, t.cases
        query = (
            sa.select(m.c.meeting_id, sa.func.count(sa.distinct(m.c.case_id)).label("cases"))
            .join(c, c.c.id == m.c.case_id)
            .where(
                m.c.meeting_id.is_not(None),
                m.c.met_on.is_(None),
                c.c.state.in_(("open", "waiting_dnr")),
                c.c.namnd.in_(namnder),
            )
            .group_by(m.c.meeting_id)
        )
        return {int(row.meeting_id): int(row.cases) for row in self._all(query)}

    def cases_without_meeting(self, namnd: str) -> list[int]:
        """Return the open cases of a nämnd whose plan had to do without some body's calendar, or has come to an end."""
        p, c = t.plans, t.cases
        query = (
            sa.select(p.c.case_id)
            .join(c, c.c.id == p.c.case_id)
            .where(
                c.c.namnd == namnd,
                c.c.state.in_(("open", "waiting_dnr")),
                (sa.cast(p.c.assumed, sa.Text) != "[]") | (p.c.state == "lost"),
            )
            .order_by(p.c.case_id)
        )
        return [int(row.case_id) for row in self._all(query)]

    def plans_to_review(self, namnd: str, today: dt.date, *, limit: int | None = None) -> list[int]:
        """Return the open cases of a nämnd whose plan may stand otherwise by now, though nothing has happened."""
        c, p = t.cases, t.plans
        query = (
            sa.select(p.c.case_id)
            .join(c, c.c.id == p.c.case_id)
            .where(p.c.review_on <= today, self._checked(c.c.namnd) == namnd, c.c.state.in_(("open", "waiting_dnr")))
            .order_by(p.c.review_on, p.c.case_id)
            .limit(limit)
        )
        return [int(row.case_id) for row in self._all(query)]

    def untold_plans(self, namnd: str, *, limit: int | None = None) -> list[CasePlan]:
        """Return the plans of a nämnd's open cases that somebody is still to be told about."""
        c, p = t.cases, t.plans
        query = (
            sa.select(p)
            .join(c, c.c.id == p.c.case_id)
            .where(p.c.told.is_(False), self._checked(c.c.namnd) == namnd, c.c.state.in_(("open", "waiting_dnr")))
            .order_by(p.c.case_id)
            .limit(limit)
        )
        # Held until they are told: what somebody adds meanwhile must not be taken for told.
        return [_plan(row) for row in self._all(query.with_for_update(of=p) if self._locks_rows else query)]

    def plan_told(self, case_id: int) -> None:
        """Note that people have been told how a case's plan stands."""
        self._run(sa.update(t.plans).where(t.plans.c.case_id == case_id).values(news=[], told=True))

    # reminders of steps

    def steps_reminded(self, person_id: int, day: dt.date) -> list[StepReminded]:
        """Return what steps somebody is reminded of on a day."""
        r = t.step_reminded
        rows = self._all(sa.select(r).where(r.c.person_id == person_id, r.c.day == day).order_by(r.c.id))
        return [StepReminded(x.milestone_id, x.planned, x.step, x.person_id, x.day) for x in rows]


def as_milestone(row: sa.Row[Any]) -> Milestone:
    """Return a row of milestones as the value."""
    return Milestone(
        id=row.id,
        case_id=row.case_id,
        kind=row.kind,
        met_on=row.met_on,
        document_id=row.document_id,
        planned=row.planned,
        meeting_id=row.meeting_id,
        why=row.why or "",
    )


def _meeting(row: sa.Row[Any]) -> Meeting:
    return Meeting(row.id, row.namnd, row.body, row.day, row.stop, row.state, row.moved_from)


def _plan(row: sa.Row[Any]) -> CasePlan:
    return CasePlan(
        case_id=row.case_id,
        state=row.state,
        target=row.target,
        deadline_id=row.deadline_id,
        ends=row.ends,
        lost=tuple(row.lost),
        assumed=as_tuple(row.assumed),
        made_on=row.made_on,
        review_on=row.review_on,
        news=as_tuple(row.news),
    )
