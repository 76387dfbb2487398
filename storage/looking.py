"""When the morning is next to look at something: a day on each clock, step and question, set at once when it changes."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

from storage import tables as t
from storage.page import Page

# Earlier than any morning: the next one looks at it, and sets the day on which there is something to do.
AT_ONCE = dt.date(1970, 1, 1)
# What the morning looks at: the steps that a handläggare is reminded of, the approvals, the meetings that have been, and
# the questions that are asked again or told further. Approvals are asked again by their step.
REMINDED_STEPS = ("start", "utkast", "tjansteskrivelse")
APPROVALS = ("chef", "stab")
# Meetings that somebody is asked about when they have been and nothing has come of them.
MEETINGS = ("au", "beslut", "ks", "kf")
QUESTIONS = ("handlaggare", "lage", "stammer")


class LookPages(Page):
    """What the files of facts, plans and questions share: that the morning looks again where something changed."""

    def _hold(self, case_id: int) -> None:
        """Lock a case before its parts are written, as the morning does: nothing that changes it is overlooked."""
        if self._locks_rows:
            self._run(sa.select(t.cases.c.id).where(t.cases.c.id == case_id).with_for_update(key_share=True))

    def look_again(self, case_id: int) -> None:
        """Let the next morning look at a case's days, steps and questions: something about it is not as it was."""
        for table, living in (DAYS, STEPS, ASKED):
            self._run(sa.update(table).where(table.c.case_id == case_id, *living).values(look_on=AT_ONCE))


DAYS: tuple[sa.Table, tuple[Any, ...]] = (
    t.deadlines,
    (t.deadlines.c.state == "active", t.deadlines.c.date.is_not(None)),
)
STEPS: tuple[sa.Table, tuple[Any, ...]] = (
    t.milestones,
    (
        t.milestones.c.met_on.is_(None),
        t.milestones.c.planned.is_not(None),
        t.milestones.c.kind.in_((*REMINDED_STEPS, *APPROVALS, *MEETINGS)),
    ),
)
ASKED: tuple[sa.Table, tuple[Any, ...]] = (
    t.questions,
    (t.questions.c.state == "open", t.questions.c.kind.in_(QUESTIONS)),
)
