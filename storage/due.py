"""What a working morning is to look at, in batches: it follows what is due, not what exists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from storage import tables as t
from storage.case_lists import OPEN
from storage.facts import as_deadline
from storage.looking import APPROVALS, ASKED, AT_ONCE, DAYS, MEETINGS, QUESTIONS, REMINDED_STEPS, STEPS, LookPages
from storage.meetings import as_milestone
from storage.questions import as_asking, as_question
from storage.records import AskedQuestion, Asking, CaseDeadline, Milestone, Reminded, Standing, StepReminded

_DONE = ("handlaggare_klar", "svar_skickat")


class DuePages(LookPages):
    """What a book can do for a morning's work. Each function asks for many cases at once."""

    def cases_to_look_at(self, namnd: str, today: dt.date) -> list[tuple[int, int | None]]:
        """Return the cases of a nämnd with a clock or a step to look at by a day, each with its handläggare."""
        c, d, m = t.cases, t.deadlines, t.milestones
        here = self._checked(c.c.namnd) == namnd
        days = sa.select(c.c.id, c.c.handlaggare_id).join(d, d.c.case_id == c.c.id).where(d.c.look_on <= today)
        steps = (
            sa.select(c.c.id, c.c.handlaggare_id)
            .join(m, m.c.case_id == c.c.id)
            .where(m.c.look_on <= today, m.c.kind.in_(REMINDED_STEPS))
        )
        both = sa.union(days.where(here), steps.where(here)).subquery()
        rows = self._all(sa.select(both).order_by(both.c.id))
        return [(int(row.id), row.handlaggare_id) for row in rows]

    def hold_cases(self, case_ids: Collection[int]) -> list[int]:
        """Hold cases until commit, so that what is read of them next stays true; return those that were to be had.

        One that somebody has in hand right now is left out: it is as due a minute later.
        """
        ids = sorted(set(case_ids))
        if not self._locks_rows or not ids:
            return ids
        c = t.cases
        query = sa.select(c.c.id).where(c.c.id.in_(ids)).order_by(c.c.id)
        return [int(r.id) for r in self._all(query.with_for_update(key_share=True, skip_locked=True))]

    def standings(self, case_ids: Collection[int]) -> dict[int, Standing]:
        """Return how cases stand for those who remind of them."""
        c, m = t.cases, t.milestones
        done = (
            sa.exists()
            .where(m.c.case_id == c.c.id, m.c.kind.in_(_DONE), m.c.met_on.is_not(None))
            .correlate(c)
            .label("done")
        )
        known = (
            c.c.id,
            c.c.state,
            c.c.waiting_for,
            c.c.secret,
            c.c.handlaggare_id,
            c.c.paused_until,
            c.c.matter,
            c.c.kind,
        )
        query = sa.select(*known, done)
        return {
            r.id: Standing(
                r.id,
                r.state,
                r.waiting_for,
                r.secret,
                r.handlaggare_id,
                bool(r.done),
                r.paused_until,
                r.matter or r.kind,
            )
            for r in self._all(query.where(c.c.id.in_(case_ids)))
        }

    def due_deadlines(self, case_ids: Collection[int], today: dt.date) -> list[CaseDeadline]:
        """Return the active days of cases that are to be looked at by a day, the earliest first."""
        d = t.deadlines
        query = sa.select(d).where(
            d.c.case_id.in_(case_ids), d.c.look_on <= today, self._checked(d.c.state) == "active"
        )
        return [as_deadline(r) for r in self._all(query.order_by(d.c.date, d.c.id))]

    def due_steps(self, case_ids: Collection[int], today: dt.date) -> list[tuple[Milestone, bool]]:
        """Return the steps ahead of cases that a handläggare is reminded of, the earliest first, and whether each is to
        be looked at by a day."""
        m = t.milestones
        query = sa.select(m).where(
            m.c.case_id.in_(case_ids),
            m.c.kind.in_(REMINDED_STEPS),
            m.c.met_on.is_(None),
            m.c.planned.is_not(None),
        )
        rows = self._all(query.order_by(m.c.planned, m.c.id))
        return [(as_milestone(r), r.look_on is not None and r.look_on <= today) for r in rows]

    def due_approvals(self, namnd: str, today: dt.date, *, limit: int) -> list[Milestone]:
        """Return the approvals ahead in a nämnd's plans that are to be looked at by a day; their cases are held."""
        m = t.milestones
        found = self._held(
            sa.select(m.c.case_id)
            .join(t.cases, t.cases.c.id == m.c.case_id)
            .where(m.c.look_on <= today, m.c.kind.in_(APPROVALS), self._checked(t.cases.c.namnd) == namnd)
            .order_by(m.c.look_on)  # its index: any other order would read them all
            .limit(limit)
        )
        if not found:
            return []
        query = sa.select(m).where(
            m.c.case_id.in_(found),
            m.c.look_on <= today,
            m.c.kind.in_(APPROVALS),
            m.c.met_on.is_(None),
            m.c.planned.is_not(None),
        )
        return [as_milestone(r) for r in self._all(query.order_by(m.c.case_id, m.c.kind))]

    def due_meetings(self, namnd: str, today: dt.date, *, limit: int) -> list[Milestone]:
        """Return the meetings of a nämnd's plans that are to be looked at by a day; their cases are held."""
        m = t.milestones
        ahead = (m.c.look_on <= today, m.c.kind.in_(MEETINGS))
        found = self._held(
            sa.select(m.c.case_id)
            .join(t.cases, t.cases.c.id == m.c.case_id)
            .where(*ahead, self._checked(t.cases.c.namnd) == namnd)
            .order_by(m.c.look_on)
            .limit(limit)
        )
        if not found:
            return []
        query = sa.select(m).where(m.c.case_id.in_(found), *ahead, m.c.met_on.is_(None), m.c.planned.is_not(None))
        return [as_milestone(r) for r in self._all(query.order_by(m.c.case_id, m.c.planned, m.c.id))]

    def due_questions(self, namnd: str, kind: str, today: dt.date, *, limit: int) -> list[AskedQuestion]:
        """Return a nämnd's open questions of a kind that are to be looked at by a day; their cases are held."""
        q = t.questions
        due = (
            q.c.look_on <= today,
            q.c.namnd == namnd,
            self._checked(q.c.kind) == kind,
            self._checked(q.c.state) == "open",
        )
        found = self._held(sa.select(q.c.case_id).where(*due).order_by(q.c.look_on).limit(limit))
        if not found:
            return []
        query = sa.select(q).where(q.c.case_id.in_(found), *due).order_by(q.c.id)
        return [as_question(r) for r in self._all(query)]

    def _held(self, query: sa.Select[tuple[int]]) -> list[int]:
        return self.hold_cases({row.case_id for row in self._all(query)})

    # what is told

    def put_all_reminded(self, rows: Sequence[Reminded]) -> set[tuple[int, int, int]]:
        """Note reminders of days; return those that are new, as (deadline, step, person)."""
        r = t.reminded
        query = self._upsert(r).on_conflict_do_nothing(index_elements=["deadline_id", "step", "person_id"])
        values: list[dict[str, Any]] = [
            {"case_id": x.case_id, "deadline_id": x.deadline_id, "step": x.step, "person_id": x.person_id, "day": x.day}
            for x in rows
        ]
        found = self._returned(query.returning(r.c.deadline_id, r.c.step, r.c.person_id), values)
        return {(x.deadline_id, x.step, x.person_id) for x in found}

    def put_all_steps_reminded(self, rows: Sequence[StepReminded]) -> set[tuple[int, int, int]]:
        """Note reminders of steps at the days that they have; return those that are new, as (step's id, step, person)."""
        r = t.step_reminded
        query = self._upsert(r).on_conflict_do_nothing(index_elements=["milestone_id", "planned", "step", "person_id"])
        values: list[dict[str, Any]] = [
            {
                "milestone_id": x.milestone_id,
                "planned": x.planned,
                "step": x.step,
                "person_id": x.person_id,
                "day": x.day,
            }
            for x in rows
        ]
        found = self._returned(query.returning(r.c.milestone_id, r.c.step, r.c.person_id), values)
        return {(x.milestone_id, x.step, x.person_id) for x in found}

    def open_questions(self, case_ids: Collection[int], kind: str) -> list[AskedQuestion]:
        """Return the open questions of a kind about cases, oldest first."""
        q = t.questions
        query = sa.select(q).where(q.c.case_id.in_(case_ids), q.c.kind == kind, q.c.state == "open").order_by(q.c.id)
        return [as_question(r) for r in self._all(query)]

    def put_questions(
        self, namnd: str, kind: str, about: Iterable[tuple[int, int | None, int | None]], *, now: dt.datetime
    ) -> list[AskedQuestion]:
        """Enter open questions; each is about (case, its day, its step)."""
        values: list[dict[str, Any]] = [
            {
                "namnd": namnd,
                "case_id": case,
                "kind": kind,
                "state": "open",
                "round": 1,
                "deadline_id": day,
                "milestone_id": step,
                "asked_at": now,
                "answer_data": {},
                "look_on": AT_ONCE,
            }
            for case, day, step in about
        ]
        return [as_question(r) for r in self._returned(sa.insert(t.questions).returning(t.questions), values)]

    def askings_of(self, question_ids: Collection[int]) -> dict[int, list[Asking]]:
        """Return who was asked each of the questions, in order."""
        a = t.askings
        made: dict[int, list[Asking]] = {question: [] for question in question_ids}
        for row in self._all(sa.select(a).where(a.c.question_id.in_(question_ids)).order_by(a.c.id)):
            made[row.question_id].append(as_asking(row))
        return made

    def put_askings(self, rows: Iterable[tuple[int, int, int, str]], asked_on: dt.date) -> None:
        """Note who is asked on a day; each is (question, person, step, Message-ID)."""
        self._many(
            t.askings,
            (
                {"question_id": question, "person_id": person, "step": step, "asked_on": asked_on, "message_id": mail}
                for question, person, step, mail in rows
            ),
        )

    def queued_of(self, keys: Collection[str]) -> set[str]:
        """Return which of some notices' keys have been used."""
        n = t.notices
        return {row.key for row in self._all(sa.select(n.c.key).where(n.c.key.in_(keys)))}

    def _returned(self, query: Any, values: list[dict[str, Any]]) -> Sequence[sa.Row[Any]]:
        return self._connection.execute(query, values).all() if values else ()

    def untell(self, namnd: str, person_id: int, day: dt.date, message_id: str) -> None:
        """Forget that somebody was reminded on a day by a message that never left: the next morning tells it anew."""
        m, r, s, a, c = t.milestones, t.reminded, t.step_reminded, t.askings, t.cases
        here = sa.select(c.c.id).where(c.c.namnd == namnd)
        days = sa.select(r.c.deadline_id).where(r.c.person_id == person_id, r.c.day == day, r.c.case_id.in_(here))
        steps = (
            sa.select(s.c.milestone_id)
            .join(m, m.c.id == s.c.milestone_id)
            .where(s.c.person_id == person_id, s.c.day == day, m.c.case_id.in_(here))
        )
        asked = sa.select(a.c.question_id).where(a.c.message_id == message_id)
        found = [{int(row[0]) for row in self._all(query)} for query in (days, steps, asked)]
        for ids, (table, living) in zip(found, (DAYS, STEPS, ASKED), strict=True):
            self._run(sa.update(table).where(table.c.id.in_(sorted(ids)), *living).values(look_on=AT_ONCE))
        self._run(sa.delete(r).where(r.c.person_id == person_id, r.c.day == day, r.c.deadline_id.in_(sorted(found[0]))))
        self._run(
            sa.delete(s).where(s.c.person_id == person_id, s.c.day == day, s.c.milestone_id.in_(sorted(found[1])))
        )
        self._run(sa.delete(a).where(a.c.message_id == message_id))

    # when to look next

    def look_at_days(self, days: Mapping[int, dt.date | None]) -> None:
        """Set when the morning looks at deadlines next; None: not before something changes."""
        self._look(DAYS, days)

    def look_at_steps(self, days: Mapping[int, dt.date | None]) -> None:
        """Set when the morning looks at steps of plans next; None: not before something changes."""
        self._look(STEPS, days)

    def look_at_questions(self, days: Mapping[int, dt.date | None]) -> None:
        """Set when the morning looks at questions next; None: not before something changes."""
        self._look(ASKED, days)

    def _look(self, what: tuple[sa.Table, tuple[Any, ...]], days: Mapping[int, dt.date | None]) -> None:
        table, living = what
        # On PostgreSQL somebody may have ended one meanwhile: it must not be looked at for ever.
        still = living if self._locks_rows else ()
        by_day: dict[dt.date | None, list[int]] = {}
        for one, day in days.items():
            by_day.setdefault(day, []).append(one)
        for day, ids in by_day.items():
            self._run(sa.update(table).where(table.c.id.in_(ids), *still).values(look_on=day))

    # what the last morning went by

    def went_by(self, namnd: str) -> Mapping[str, Any] | None:
        """Return by what a nämnd's last morning went: its ladders, its patience, who was away."""
        row = self._one(sa.select(t.mornings.c.went_by).where(t.mornings.c.namnd == namnd))
        return row.went_by if row else None

    def go_by(self, namnd: str, value: Mapping[str, Any]) -> None:
        """Keep by what a nämnd's morning goes."""
        self._run(
            self._upsert(t.mornings)
            .values(namnd=namnd, went_by=dict(value))
            .on_conflict_do_update(index_elements=["namnd"], set_={"went_by": dict(value)})
        )

    def away(self, on: dt.date) -> dict[int, int | None]:
        """Return who is away on a day, and each one's substitute."""
        a = t.absences
        query = sa.select(a).where(a.c.from_day <= on, a.c.to_day >= on).order_by(a.c.to_day)
        return {row.person_id: row.substitute_id for row in self._all(query)}

    def look_again_at_clock(self, namnd: str, clock: str, days: int) -> None:
        """Let the morning look anew at a nämnd's days of a clock, each from so many days before it: a ladder changed."""
        d = t.deadlines
        self._again(d, namnd, (d.c.state == "active", d.c.clock == clock), self._before(d.c.date, days))

    def look_again_at_steps(self, namnd: str, days: int) -> None:
        """Let the morning look anew at a nämnd's steps, each from so many days before it: the ladder changed."""
        m = t.milestones
        living = (m.c.met_on.is_(None), m.c.kind.in_(REMINDED_STEPS))
        self._again(m, namnd, living, self._before(m.c.planned, days))

    def look_again_at_questions(self, namnd: str) -> None:
        """Let the morning look anew at a nämnd's questions and approvals: its patience changed."""
        q, m = t.questions, t.milestones
        self._run(
            sa.update(q).where(q.c.namnd == namnd, q.c.state == "open", q.c.kind.in_(QUESTIONS)).values(look_on=AT_ONCE)
        )
        self._again(m, namnd, (m.c.met_on.is_(None), m.c.planned.is_not(None), m.c.kind.in_(APPROVALS)), AT_ONCE)

    def look_again_for(self, namnd: str, people: Collection[int], until: dt.date) -> None:
        """Let the morning look anew at what draws near, up to a day, in the cases of people: another answers for them."""
        c, d, m = t.cases, t.deadlines, t.milestones
        theirs = sa.select(c.c.id).where(
            c.c.namnd == namnd, c.c.state.in_(OPEN), c.c.handlaggare_id.in_(sorted(people))
        )
        days = sa.update(d).where(d.c.case_id.in_(theirs), d.c.state == "active", d.c.date <= until)
        steps = sa.update(m).where(
            m.c.case_id.in_(theirs), m.c.met_on.is_(None), m.c.planned <= until, m.c.kind.in_(REMINDED_STEPS)
        )
        self._run(days.values(look_on=AT_ONCE))
        self._run(steps.values(look_on=AT_ONCE))

    def _again(self, table: sa.Table, namnd: str, living: Sequence[Any], day: Any) -> None:
        here = sa.select(t.cases.c.id).where(t.cases.c.namnd == namnd, t.cases.c.state.in_(OPEN))
        self._run(sa.update(table).where(table.c.case_id.in_(here), *living).values(look_on=day))

    def _before(self, column: sa.Column[Any], days: int) -> Any:
        # The one piece of arithmetic on days that the two databases write differently.
        return (
            column - sa.literal(days, sa.Integer)
            if self._locks_rows
            else sa.func.date(column, f"-{days} days", type_=sa.Date)
        )
