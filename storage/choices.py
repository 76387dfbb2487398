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

_HELD = 0x6E616D6E64  # any number that is ours


class ChoicePages(Page):
    """What a book can do with a nämnd's choices."""

    def __init__(self, connection: sa.Connection, *, writable: bool) -> None:
        super().__init__(connection, writable=writable)
        self._chosen: dict[str, dict[str, Any]] = {}

    def hold_choices(self) -> None:
        """Let nobody else change people's roles, routes, choices or series until this transaction ends, and read them
        anew: what is compared with what somebody saw must still stand when it is written."""
        if self._locks_rows:  # SQLite has one writer
            self._run(sa.select(sa.func.pg_advisory_xact_lock(_HELD)))
        self._staff.clear()
        self._chosen.clear()

    def put_rule(self, namnd: str, name: str, value: Any) -> None:
        """Set a choice of a nämnd. The journal line is the handler's to write."""
        self._run(
            self._upsert(t.rules)
            .values(namnd=namnd, name=name, value=value)
            .on_conflict_do_update(index_elements=["namnd", "name"], set_={"value": value})
        )
        self._chosen.pop(namnd, None)

    def rule(self, namnd: str, name: str, default: Any) -> Any:
        """Return a choice of a nämnd, or the default."""
        if namnd not in self._chosen:  # all at once: a morning asks for a dozen of them for each plan
            rows = self._all(sa.select(t.rules.c.name, t.rules.c.value).where(t.rules.c.namnd == namnd))
            self._chosen[namnd] = {row.name: row.value for row in rows}
        return self._chosen[namnd].get(name, default)

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

    def unchoose(self, namnd: str, name: str) -> None:
        """Let the default hold again."""
        self._run(sa.delete(t.rules).where(t.rules.c.namnd == namnd, t.rules.c.name == name))
        self._chosen.pop(namnd, None)

    def chosen(self, namnd: str) -> frozenset[str]:
        """Return the names of what a nämnd has chosen itself."""
        self.rule(namnd, "", None)
        return frozenset(self._chosen[namnd])

    def routes(self, namnd: str) -> list[Route]:
        """Return a nämnd's routes in order."""
        r = t.routes
        rows = self._all(sa.select(r).where(r.c.namnd == namnd).order_by(r.c.position))
        return [Route(x.id, x.namnd, x.position, x.matter, x.words, x.sender, x.unit, x.person_id) for x in rows]

    def put_absence(self, person_id: int, from_day: dt.date, to_day: dt.date, substitute_id: int | None) -> None:
        """Enter days that somebody is away; the same first day again changes them."""
        self._staff.clear()
        values = {"to_day": to_day, "substitute_id": substitute_id}
        self._run(
            self._upsert(t.absences)
            .values(person_id=person_id, from_day=from_day, **values)
            .on_conflict_do_update(index_elements=["person_id", "from_day"], set_=values)
        )

    def absence(self, person_id: int, on: dt.date) -> Absence | None:
        """Return the absence that covers a day."""
        a = t.absences

        def read() -> Absence | None:
            row = self._one(
                sa.select(a)
                .where(a.c.person_id == person_id, a.c.from_day <= on, a.c.to_day >= on)
                .order_by(a.c.to_day.desc())
            )
            return Absence(row.id, row.person_id, row.from_day, row.to_day, row.substitute_id) if row else None

        return self._of_staff(("absence", person_id, on), read)

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

    def load(self, namnd: str, person_ids: Sequence[int], *, secret: bool = True) -> dict[int, int]:
        """Count each person's open cases in a nämnd; secret: those too that not everybody may know of."""
        c = t.cases
        query = (
            sa.select(c.c.handlaggare_id, sa.func.count().label("n"))
            .where(
                c.c.namnd == namnd, c.c.state == "open", c.c.waiting_for.is_(None), c.c.handlaggare_id.in_(person_ids)
            )
            .group_by(c.c.handlaggare_id)
        )
        if not secret:
            query = query.where(c.c.secret.is_(False))
        found = {row.handlaggare_id: row.n for row in self._all(query)}
        return {person: found.get(person, 0) for person in person_ids}

    # reminders

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
