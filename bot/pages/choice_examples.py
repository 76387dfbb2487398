"""What a choice means, on days that one can check by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from bot.pages import views
from handlers import kinds
from handlers.rules.deadlines import add_months, statutory
from handlers.rules.workdays import workday_before, workdays_after, workdays_back


def example(name: str, value: Any, chosen: Mapping[str, Any], today: dt.date) -> tuple[str, ...]:
    """Return what a choice's value would mean, in sentences. chosen: what else the nämnd goes by, by name.

    >>> example("goal_months", {"motion": 6}, {}, dt.date(2026, 11, 24))
    ('Motion väckt 12 januari 2027: mål 12 juli 2027, lagens tid 12 januari 2028.',)
    >>> example("ask_again_after", 2, {}, dt.date(2026, 11, 24))
    ('Frågad tisdag 24 november 2026 utan att svara: frågas igen torsdag 26 november 2026.',)
    """
    raised = dt.date(today.year + 1, 1, 12)
    if name == "goal_months":
        return tuple(_goal(kind, months, raised) for kind, months in value.items() if months)
    if name in ("ladder_goal", "ladder_law"):
        months = int(chosen["goal_months"].get("motion", 0)) if name == "ladder_goal" else 12
        day = add_months(raised, months)
        day = statutory(day) if name == "ladder_law" else day
        what = "mål" if name == "ladder_goal" else "lagens tid"
        return (
            (f"Motion väckt {views.day(raised)}: {what} {views.day(day)}. {_reminded(value, day)}",) if months else ()
        )
    if name in ("ladder_stated", "ladder_step"):
        day = add_months(today, 3)
        what = "Svar senast" if name == "ladder_stated" else "Utkast senast"
        return (f"{what} {views.day(day)}. {_reminded(value, day)}",)
    if name == "ladder_step_for":
        day = add_months(today, 3)
        # Some types have a ladder of their own whoever does not choose another.
        own = {k.name: k.steps for k in kinds.KINDS if k.steps}
        return tuple(
            f"{kinds.kind_of(k).label}, utkast senast {views.day(day)}. {_reminded(v, day)}"
            for k, v in (own | dict(value)).items()
        )
    if name == "ask_again_after":
        return (
            f"Frågad {views.weekday(today)} utan att svara: frågas igen {views.weekday(workdays_after(today, value))}.",
        )
    if name == "escalate_after":
        told = f"chefen får veta {views.weekday(workdays_after(today, value))}" if value else "chefen får inte veta"
        return (f"Påmind {views.weekday(today)} utan att svara: {told}.",)
    if name in ("stop_days", "draft_workdays", "staff_workdays"):
        return _papers({**chosen, name: value}, dt.date(today.year + 1, 2, 25))
    return ()


def _goal(kind: str, months: int, raised: dt.date) -> str:
    law = kinds.kind_of(kind).law
    until = f", lagens tid {views.day(statutory(add_months(raised, law.months)))}" if law and law.months else ""
    return f"{kinds.kind_of(kind).label} väckt {views.day(raised)}: mål {views.day(add_months(raised, months))}{until}."


def _reminded(ladder: Sequence[int], day: dt.date) -> str:
    days = [views.short(day - dt.timedelta(days=left), day) for left in sorted(set(ladder), reverse=True)]
    return f"Påminns {', '.join(days[:8])}{' …' if len(days) > 8 else ''}; är det en ledig dag, vardagen efter."


def _papers(ways: Mapping[str, Any], meeting: dt.date) -> tuple[str, ...]:
    closed = frozenset(dt.date.fromisoformat(d) for d in ways["closed_days"])
    stop = workday_before(meeting - dt.timedelta(days=int(ways["stop_days"].get("namnd", 0))), closed)
    draft = workdays_back(stop, int(ways["draft_workdays"]), closed)
    return (
        f"Nämnden möts {views.weekday(meeting)}: stoppdag {views.weekday(stop)}, utkast senast {views.weekday(draft)}.",
    )
