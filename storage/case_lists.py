"""Which cases a list shows and in what order, as conditions of the database."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from storage import tables as t
from storage.records import CaseFilter, CaseState

OPEN: tuple[CaseState, ...] = ("open", "waiting_dnr")
# What is asked of a nämnd, by the type of the case: what fullmäktige decides on, what an answer is sent to, and what the
# nämnd itself decides on.
FULLMAKTIGES = ("motion", "medborgarforslag")
ANSWERED = ("remiss", "revision", "revisionsgranskning", "revisionsforfragan", "interpellation", "utlamnande")
DECIDED = ("namndinitiativ",)
_STOCKHOLM = ZoneInfo("Europe/Stockholm")


def chosen(which: CaseFilter) -> list[sa.ColumnElement[bool]]:
    """Return the conditions of how a case stands and when it came."""
    c = t.cases
    chosen: list[sa.ColumnElement[bool]] = []
    if which.late_on is not None:
        chosen.append(t.next_or_never < which.late_on)
    if which.unassigned:
        chosen.append(c.c.handlaggare_id.is_(None))
    if which.waiting is not None:
        chosen.append(c.c.waiting_for.is_not(None) if which.waiting else c.c.waiting_for.is_(None))
    if which.unanswered:
        chosen.append(_unanswered())
    if which.came_from is not None:
        chosen.append(c.c.inkommen_at >= begins(which.came_from))
    if which.came_to is not None:
        chosen.append(c.c.inkommen_at < begins(which.came_to + dt.timedelta(days=1)))
    return chosen


def _unanswered() -> sa.ColumnElement[bool]:
    """Return the condition that something is asked for and not given.

    A motion or medborgarförslag is open until fullmäktige has decided on it (KL 5 kap. 35 §), whoever has it meanwhile:
    that decision closes the case. What else is asked is answered when the answer has gone out, an initiative when the
    nämnd has decided; a day that a letter has set asks too.
    """
    c, d, m = t.cases, t.deadlines, t.milestones
    kind = sa.func.coalesce(c.c.matter, c.c.kind)

    def met(*steps: str) -> sa.ColumnElement[bool]:
        return sa.exists().where(m.c.case_id == c.c.id, m.c.kind.in_(steps), m.c.met_on.is_not(None))

    a_day = sa.exists().where(d.c.case_id == c.c.id, d.c.state == "active", d.c.clock == "stated")
    asked = (
        kind.in_(FULLMAKTIGES)
        | (kind.in_(ANSWERED) & ~met("svar_skickat"))
        | (kind.in_(DECIDED) & ~met("svar_skickat", "beslut"))
        | (kind.not_in((*FULLMAKTIGES, *ANSWERED, *DECIDED)) & a_day & ~met("svar_skickat"))
    )
    return c.c.state.in_(OPEN) & asked


def order(which: CaseFilter, in_bytes: str | None) -> list[sa.ColumnElement[Any]]:
    """Return the order of a list. What has nothing to be ordered by stands last either way; so does what is secret,
    where its place would tell of its days, its title or who has it. in_bytes: the collation that compares bytes."""
    c = t.cases
    turned = sa.desc if which.descending else sa.asc
    if which.sort == "nummer":
        return [sa.nulls_last(turned(c.c.year)), *map(turned, (c.c.number, c.c.dnr_key, c.c.id))]
    if which.sort == "inkommet":
        return [turned(c.c.inkommen_at), turned(c.c.id)]
    if which.sort == "titel":
        title = sa.case((c.c.secret, ""), else_=_swedish(c.c.title_key, in_bytes))
        return [c.c.secret, turned(title), turned(c.c.id)]
    if which.sort == "handlaggare":
        name = sa.select(_swedish(t.people.c.name, in_bytes)).where(t.people.c.id == c.c.handlaggare_id)
        shown = sa.case((c.c.secret, None), else_=name.scalar_subquery())
        return [c.c.secret, sa.nulls_last(turned(shown)), turned(c.c.id)]
    day = sa.case((c.c.secret, None), else_=c.c.next_day)
    return [c.c.secret, sa.nulls_last(turned(day)), c.c.id.desc()]


def indexed(which: CaseFilter) -> list[Any]:
    """Return an order that an index has, each of a nämnd's states by itself; empty where none has it."""
    c = t.cases
    if which.sort == "inkommet":
        return [c.c.inkommen_at.desc(), c.c.id.desc()] if which.descending else [c.c.inkommen_at, c.c.id]
    if which.sort == "bradskande" and not which.descending:
        return [c.c.secret, t.next_or_never, c.c.id.desc()]
    return []


def _swedish(text: Any, in_bytes: str | None) -> sa.ColumnElement[str]:
    """Return a text to sort by: å, ä and ö after z in that order, whatever the database thinks of letters."""
    for letter, sign in zip("åÅäÄöÖ", "{{||}}", strict=True):  # what stands after z in ASCII
        text = sa.func.replace(text, letter, sign)
    return sa.collate(sa.func.lower(text), in_bytes) if in_bytes else sa.func.lower(text)


def begins(day: dt.date) -> dt.datetime:
    """Return the moment in Stockholm at which a day begins."""
    return dt.datetime.combine(day, dt.time(), _STOCKHOLM)
