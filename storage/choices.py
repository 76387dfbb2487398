"""A nämnd's own choices: rules by name, routes to handläggare, absences, and who was reminded of what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from storage import tables as t
from storage.facts import as_deadline
from storage.page import Page
from storage.records import Absence, CaseDeadline, Reminded, Route


class ChoicePages(Page):
    """What a book can do with a nämnd's choices."""

    def put_rule(self, namnd: str, name: str, value: Any) -> None:
        """Set a choice of a nämnd. The journal line is the handler's to write."""
        self._run(
            self._upsert(t.rules)
            .values(namnd=namnd, name=name, value=value)
            .on_conflict_do_update(index_elements=["namnd", "name"], set_={"value": value})
        )

    def rule(self, namnd: str, name: str, default: Any) -> Any:
        """Return a choice of a nämnd, or the default."""
        row = self._one(sa.select(t.rules.c.value).where(t.rules.c.namnd == namnd, t.rules.c.name == name))
        return default if row is None else row.value

    def put_routes(self, namnd: str, routes: Iterable[tuple[str, str, str, str, int | None]]) -> None:
        """Replace a nämnd's routes; each is (matter, words, sender, unit, person id), in order."""
        self._run(sa.delete(t.routes).where(t.routes.c.namnd == namnd))
        self._many(
            t.routes,
            (
                {"namnd": namnd, "position": i, "matter": m, "words": w, "sender": s, "unit": u, "person_id": p}
                for i, (m, w, s, u, p) in enumerate(routes, start=1)
            ),
        )

    def routes(self, namnd: str) -> list[Route]:
        """Return a nämnd's routes in order."""
        r = t.routes
        rows = self._all(sa.select(r).where(r.c.namnd == namnd).order_by(r.c.position))
        return [Route(x.id, x.namnd, x.position, x.matter, x.words, x.sender, x.unit, x.person_id) for x in rows]

    def put_absence(self, person_id: int, from_day: dt.date, to_day: dt.date, substitute_id: int | None) -> None:
        """Enter days that somebody is away; the same first day again changes them."""
        values = {"to_day": to_day, "substitute_id": substitute_id}
        self._run(
            self._upsert(t.absences)
            .values(person_id=person_id, from_day=from_day, **values)
            .on_conflict_do_update(index_elements=["person_id", "from_day"], set_=values)
        )

    def absence(self, person_id: int, on: dt.date) -> Absence | None:
        """Return the absence that covers a day."""
        a = t.absences
        row = self._one(
            sa.select(a)
            .where(a.c.person_id == person_id, a.c.from_day <= on, a.c.to_day >= on)
            .order_by(a.c.to_day.desc())
        )
        return Absence(row.id, row.person_id, row.from_day, row.to_day, row.substitute_id) if row else None

    def absences(self, person_ids: Sequence[int], first: dt.date, last: dt.date) -> list[Absence]:
        """Return the absences of people that touch some days, by person and first day."""
        a = t.absences
        query = (
            sa.select(a)
            .where(
                a.c.person_id.in_(list(person_ids)),
                a.c.from_day <= last,
                a.c.to_day >= first,
                a.c.to_day >= a.c.from_day,
            )
            .order_by(a.c.person_id, a.c.from_day)
        )
        return [Absence(r.id, r.person_id, r.from_day, r.to_day, r.substitute_id) for r in self._all(query)]

    def load(self, namnd: str, person_ids: Sequence[int]) -> dict[int, int]:
        """Count each person's open cases in a nämnd."""
        c = t.cases
        query = (
            sa.select(c.c.handlaggare_id, sa.func.count().label("n"))
            .where(
                c.c.namnd == namnd, c.c.state == "open", c.c.waiting_for.is_(None), c.c.handlaggare_id.in_(person_ids)
            )
            .group_by(c.c.handlaggare_id)
        )
        found = {row.handlaggare_id: row.n for row in self._all(query)}
        return {person: found.get(person, 0) for person in person_ids}

    # reminders

    def due_deadlines(self, namnd: str, until: dt.date, today: dt.date) -> list[tuple[CaseDeadline, int]]:
        """Return the active days up to one, with the case's handläggare, of cases that are the nämnd's to do.

        A case that waits for KS or KF, that nobody has taken, or that is closed, is not among them; of one that rests
        only the law's days are.
        """
        d, c = t.deadlines, t.cases
        query = (
            sa.select(d, c.c.handlaggare_id)
            .join(c, c.c.id == d.c.case_id)
            .where(
                d.c.state == "active",
                d.c.date <= until,
                c.c.namnd == namnd,
                c.c.state == "open",
                c.c.waiting_for.is_(None),
                c.c.handlaggare_id.is_not(None),
                (c.c.paused_until.is_(None)) | (c.c.paused_until < today) | (d.c.clock == "law"),
            )
            .order_by(d.c.date, d.c.id)
        )
        return [(as_deadline(r), r.handlaggare_id) for r in self._all(query)]

    def put_reminded(self, reminded: Reminded) -> bool:
        """Note that somebody is reminded of a day at a step; False when they were before."""
        row = self._run(
            self._upsert(t.reminded)
            .values(
                case_id=reminded.case_id,
                deadline_id=reminded.deadline_id,
                step=reminded.step,
                person_id=reminded.person_id,
                day=reminded.day,
            )
            .on_conflict_do_nothing(index_elements=["deadline_id", "step", "person_id"])
            .returning(t.reminded.c.id)
        ).first()
        return row is not None

    def reminded(self, person_id: int, day: dt.date) -> list[Reminded]:
        """Return what somebody is reminded of on a day."""
        r = t.reminded
        rows = self._all(sa.select(r).where(r.c.person_id == person_id, r.c.day == day).order_by(r.c.id))
        return [Reminded(x.case_id, x.deadline_id, x.step, x.person_id, x.day) for x in rows]

    def deadline(self, deadline_id: int) -> CaseDeadline | None:
        """Return a day of a case."""
        d = t.deadlines
        r = self._one(sa.select(d).where(d.c.id == deadline_id))
        return as_deadline(r) if r else None
