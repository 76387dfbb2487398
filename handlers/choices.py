"""What a nämnd may choose, and what holds until it does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from handlers import kinds, seen
from handlers.errors import Invalid
from handlers.rules.meetings import BODIES
from storage.store import Book

# Ladders are days left: 14 means a fortnight before, 0 on the day, -1 the day after; after the last, every seventh day.
DEFAULTS: Mapping[str, Any] = {
    "ask_first": "manager",  # or "handlaggare": the proposed one directly
    "ask_again_after": 2,  # working days without an answer
    "escalate_after": 5,  # working days without an answer to a reminder: then the manager is told; 0 never
    "goal_months": {"motion": 6, "medborgarforslag": 6},
    "ladder_stated": [14, 7, 3, 1, 0, -1],
    "ladder_goal": [30, 14, 7, 0, -1],
    "ladder_law": [60, 30, 14, 7, 3, 1, 0, -1],
    "ladder_step": [7, 1, 0, -1],
    "ladder_step_for": {},  # by type, before what the type itself has: {"motion": [14, 7, 1, 0, -1]}
    # The plan backwards: which meetings a type of case passes, and the days between.
    "chains": {
        "motion": ["presidium", "au", "namnd", "ks", "kf"],
        "medborgarforslag": ["presidium", "au", "namnd", "ks", "kf"],
        "remiss": ["presidium", "au", "namnd"],
        "revision": ["presidium", "au", "namnd"],
        "revisionsgranskning": ["presidium", "au", "namnd"],
        "namndinitiativ": ["presidium", "au", "namnd"],
        "protokollsutdrag": ["presidium", "au", "namnd"],
    },
    "gaps": {"presidium": 2, "au": 7, "namnd": 12, "ksau": 7, "ks": 7},
    "stop_days": {"presidium": 2, "au": 8, "namnd": 14},  # where the calendar tells no stop day
    "writing_weeks": {"motion": 6, "medborgarforslag": 6, "revision": 6, "revisionsgranskning": 6, "": 4},
    "least_writing": 5,  # working days; with fewer the target is lost
    "draft_workdays": 5,
    "staff_workdays": 2,
    # What a manager approves, and what the central staff approves before the nämnd.
    "manager_for": ["motion", "medborgarforslag", "remiss", "revision", "revisionsgranskning", "namndinitiativ"],
    "staff_for": ["motion", "medborgarforslag"],
    "send_days": 1,
    "closed_days": [],  # the municipality's own, beside those of the law
}


def choice(book: Book, namnd: str, name: str) -> Any:
    """Return what a nämnd has chosen, or what holds until it does."""
    return book.rule(namnd, name, DEFAULTS[name])


def step_ladder(book: Book, namnd: str, kind: str) -> tuple[int, ...]:
    """Return when the steps of a type of case are reminded of, in days left: the nämnd's choice for the type, the
    type's own, or the nämnd's for all."""
    return step_ladders(book, namnd).get(kind) or tuple(choice(book, namnd, "ladder_step"))


def step_ladders(book: Book, namnd: str) -> dict[str, tuple[int, ...]]:
    """Return the ladders of the types that have one of their own in a nämnd."""
    own = {k.name: k.steps for k in kinds.KINDS if k.steps}
    return own | {kind: tuple(ladder) for kind, ladder in choice(book, namnd, "ladder_step_for").items()}


def choose(
    book: Book,
    namnd: str,
    name: str,
    value: Any,
    *,
    now: dt.datetime,
    actor: str,
    why: str = "",
    was: str | None = None,
) -> None:
    """Set a nämnd's choice; raise Invalid in plain words when it cannot be. Every change is journalled."""
    check(name, value)
    book.hold_choices()
    seen.still(was, *_standing(book, namnd, name))
    _note(book, namnd, name, value, now=now, actor=actor, why=why)
    book.put_rule(namnd, name, value)


def back(
    book: Book, namnd: str, name: str, *, now: dt.datetime, actor: str, why: str = "", was: str | None = None
) -> None:
    """Let what holds for everybody hold again for a nämnd that had chosen. Every change is journalled."""
    if name not in DEFAULTS:
        raise Invalid(f"Valet {name} finns inte. Välj {', '.join(DEFAULTS)}.", name)
    book.hold_choices()
    seen.still(was, *_standing(book, namnd, name))
    if name in book.chosen(namnd):
        _note(book, namnd, name, DEFAULTS[name], now=now, actor=actor, why=why, back=True)
        book.unchoose(namnd, name)


def mark_of(book: Book, namnd: str, name: str) -> str:
    """Return the mark of a choice as it stands, for a form."""
    return seen.mark(*_standing(book, namnd, name))


def _standing(book: Book, namnd: str, name: str) -> tuple[Any, bool]:
    return choice(book, namnd, name), name in book.chosen(namnd)


def _note(
    book: Book, namnd: str, name: str, value: Any, *, now: dt.datetime, actor: str, why: str, back: bool = False
) -> None:
    book.note(
        namnd,
        "val ändrat",
        now=now,
        actor=actor,
        data={"val": name, "från": choice(book, namnd, name), "till": value, **({"förval": True} if back else {})},
        personal={"skäl": why} if why else None,
    )


def check(name: str, value: Any) -> None:
    """Raise Invalid in plain words when a choice cannot be that value."""
    if name not in DEFAULTS:
        raise Invalid(f"Valet {name} finns inte. Välj {', '.join(DEFAULTS)}.", name)
    fault = _fault(name, value) or _beyond_the_law(name, value)
    if fault:
        raise Invalid(fault, name)


def _beyond_the_law(name: str, value: Any) -> str | None:
    """Say which goal is later than the law's time: a goal is a promise to be faster (KL 2017:725 5 kap. 35 §)."""
    for kind, months in value.items() if name == "goal_months" else ():
        law = kinds.kind_of(kind).law
        if law and law.months and months > law.months:
            label = kinds.kind_of(kind).label.lower()
            return f"Målet för {label} är {months} månader. Lagen ger {law.months} ({law.paragraph}). Skriv högst det."
    return None


def _fault(name: str, value: Any) -> str | None:
    if name == "ask_first":
        return None if value in ("manager", "handlaggare") else "Välj manager eller handlaggare."
    if name in _NUMBERS:
        low, high = _NUMBERS[name]
        return None if _is_number(value, low, high) else f"Skriv ett antal arbetsdagar mellan {low} och {high}."
    if name in ("goal_months", "writing_weeks"):
        fits = isinstance(value, dict) and all(_is_number(m, 0, 60) for m in value.values())
        unit = "månader" if name == "goal_months" else "veckor"
        return None if fits else f'Skriv {unit} per typ, till exempel {{"motion": 6}}. 0 betyder inga.'
    if name in ("gaps", "stop_days"):
        fits = isinstance(value, dict) and all(b in BODIES and _is_number(d, 0, 90) for b, d in value.items())
        return None if fits else f'Skriv dagar per organ, till exempel {{"au": 7}}. Organ: {", ".join(BODIES)}.'
    if name == "chains":
        fits = isinstance(value, dict) and all(
            isinstance(c, list) and all(b in BODIES for b in c) for c in value.values()
        )
        return (
            None
            if fits
            else f'Skriv organ per typ, till exempel {{"motion": ["au", "namnd"]}}. Organ: {", ".join(BODIES)}.'
        )
    if name in ("manager_for", "staff_for"):
        fits = isinstance(value, list) and all(isinstance(v, str) for v in value)
        return None if fits else 'Skriv typer, till exempel ["motion"].'
    if name == "closed_days":
        fits = isinstance(value, list) and all(_is_day(v) for v in value)
        return None if fits else 'Skriv dagar, till exempel ["2026-12-23", "2027-01-05"].'
    if name == "ladder_step_for":
        fits = isinstance(value, dict) and all(
            kinds.kind_of(kind).name == kind and _is_ladder(ladder) for kind, ladder in value.items()
        )
        return None if fits else 'Skriv dagar före per typ, till exempel {"motion": [14, 7, 1, 0, -1]}.'
    return None if _is_ladder(value) else "Skriv dagar före, till exempel [14, 7, 3, 1, 0, -1]."


def _is_ladder(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(_is_number(d, -365, 365) for d in value)


_NUMBERS = {
    "ask_again_after": (1, 30),
    "escalate_after": (0, 60),
    "least_writing": (0, 60),
    "draft_workdays": (0, 60),
    "staff_workdays": (0, 60),
    "send_days": (0, 60),
}


def _is_number(value: Any, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _is_day(value: Any) -> bool:
    try:
        return isinstance(value, str) and dt.date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
