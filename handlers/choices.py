"""What a nämnd may choose, and what holds until it does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from handlers.errors import Invalid
from storage.store import Book

# Ladders are days left: 14 means a fortnight before, 0 on the day, -1 the day after; after the last, every seventh day.
DEFAULTS: Mapping[str, Any] = {
    "ask_first": "manager",  # or "handlaggare": the proposed one directly
    "ask_again_after": 2,  # working days without an answer
    "goal_months": {"motion": 6, "medborgarforslag": 6},
    "ladder_stated": [14, 7, 3, 1, 0, -1],
    "ladder_goal": [30, 14, 7, 0, -1],
    "ladder_law": [60, 30, 14, 7, 3, 1, 0, -1],
}


def choice(book: Book, namnd: str, name: str) -> Any:
    """Return what a nämnd has chosen, or what holds until it does."""
    return book.rule(namnd, name, DEFAULTS[name])


def choose(book: Book, namnd: str, name: str, value: Any, *, now: dt.datetime, actor: str) -> None:
    """Set a nämnd's choice; raise Invalid in plain words when it cannot be. Every change is journalled."""
    if name not in DEFAULTS:
        raise Invalid(f"Valet {name} finns inte. Välj {', '.join(DEFAULTS)}.", name)
    fault = _fault(name, value)
    if fault:
        raise Invalid(fault, name)
    book.note(
        namnd, "val ändrat", now=now, actor=actor, data={"val": name, "från": choice(book, namnd, name), "till": value}
    )
    book.put_rule(namnd, name, value)


def _fault(name: str, value: Any) -> str | None:
    if name == "ask_first":
        return None if value in ("manager", "handlaggare") else "Välj manager eller handlaggare."
    if name == "ask_again_after":
        return None if isinstance(value, int) and 1 <= value <= 30 else "Skriv ett antal arbetsdagar mellan 1 och 30."
    if name == "goal_months":
        months = isinstance(value, dict) and all(isinstance(m, int) and 0 <= m <= 60 for m in value.values())
        return None if months else 'Skriv månader per typ, till exempel {"motion": 6}. 0 betyder inget mål.'
    days = isinstance(value, list) and bool(value) and all(isinstance(d, int) and -365 <= d <= 365 for d in value)
    return None if days else "Skriv dagar före, till exempel [14, 7, 3, 1, 0, -1]."
