"""A nämnd's choices in words: what each is called, and what its value says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.pages import views
from handlers import kinds
from handlers.rules.meetings import NAMES

LABELS: Mapping[str, str] = {
    "ask_first": "Vem som frågas först",
    "ask_again_after": "Tid innan nästa frågas",
    "escalate_after": "Tid innan chefen får veta",
    "goal_months": "Kommunens mål",
    "ladder_stated": "Påminnelser före svarsdagen",
    "ladder_goal": "Påminnelser före målet",
    "ladder_law": "Påminnelser före lagens tid",
    "ladder_step": "Påminnelser före planens steg",
    "ladder_step_for": "Påminnelser före planens steg, för en typ",
    "chains": "Vägen genom mötena",
    "gaps": "Dagar mellan organen",
    "stop_days": "Stoppdag utan kalender",
    "writing_weeks": "Tid att skriva",
    "least_writing": "Kortaste tid att skriva",
    "draft_workdays": "Utkast före stoppdagen",
    "staff_workdays": "Stabens tid",
    "manager_for": "Chefen godkänner",
    "staff_for": "Staben godkänner",
    "send_days": "Tid att skicka svaret",
    "closed_days": "Kommunens egna lediga dagar",
}
_WORKDAYS = ("ask_again_after", "escalate_after", "least_writing", "draft_workdays", "staff_workdays")
_UNITS = {"goal_months": ("månad", "månader"), "writing_weeks": ("vecka", "veckor")}


def label(name: str) -> str:
    """Return what a choice is called.

    >>> label("goal_months")
    'Kommunens mål'
    """
    return LABELS.get(name, views.clean(name, 60))


def value_in_words(name: str, value: Any) -> str:
    """Return what a choice says, for people; what does not look like the choice's value as it stands.

    >>> value_in_words("ladder_stated", [14, 1, 0, -1]), value_in_words("goal_months", {"motion": 6})
    ('14 dagar och 1 dag före, på dagen, 1 dag efter', 'motion 6 månader')
    >>> value_in_words("escalate_after", 0), value_in_words("ask_first", "manager")
    ('aldrig', 'chefen')
    """
    try:
        return _said(name, value)
    except (TypeError, ValueError, AttributeError, KeyError):
        return views.clean(str(value), 200)


def _said(name: str, value: Any) -> str:
    if name == "ask_first":
        return {"manager": "chefen", "handlaggare": "den handläggare som föreslås"}[value]
    if name in _WORKDAYS:
        return "aldrig" if value == 0 and name == "escalate_after" else _count(value, "arbetsdag", "arbetsdagar")
    if name == "send_days":
        return views.days(value)
    if name == "ladder_step_for":
        return "; ".join(f"{kind(k)}: {ladder(v)}" for k, v in _in_order(value)) or "som förvalet för varje typ"
    if name.startswith("ladder_"):
        return ladder(value)
    if name in _UNITS:
        one, many = _UNITS[name]
        return ", ".join(f"{kind(k) if k else 'övriga'} {_count(n, one, many)}" for k, n in _in_order(value)) or "inga"
    if name in ("gaps", "stop_days"):
        return (
            ", ".join(
                f"{NAMES[body]} {views.days(n)}"
                for body, n in sorted(value.items(), key=lambda one: list(NAMES).index(one[0]))
            )
            or "inga"
        )
    if name == "chains":
        return "; ".join(f"{kind(k)}: {', '.join(NAMES[b] for b in chain)}" for k, chain in _in_order(value)) or "ingen"
    if name in ("manager_for", "staff_for"):
        return ", ".join(kind(k) for k in value) or "inget"
    if name == "closed_days":
        return ", ".join(value) or "inga"
    return views.clean(str(value), 200)


def _in_order(value: Mapping[str, Any]) -> list[tuple[str, Any]]:
    # The journal keeps types by name; people know them in the order of the menus, "others" last.
    order = {k.name: place for place, k in enumerate(kinds.KINDS)}
    return sorted(value.items(), key=lambda one: order.get(one[0], len(order)))


def kind(name: str) -> str:
    """Return what a type is called within a sentence."""
    return kinds.kind_of(name).label.lower() if kinds.kind_of(name).name == name else views.clean(name, 40)


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def ladder(days: Any) -> str:
    """Return when reminders come, in words.

    >>> ladder([30, 14, 0])
    '30 och 14 dagar före, på dagen'
    """
    steps = sorted({int(d) for d in days}, reverse=True)
    before, after = [d for d in steps if d > 0], [-d for d in steps if d < 0]
    parts = [f"{_row(before)} före"] if before else []
    parts += ["på dagen"] if 0 in steps else []
    parts += [f"{_row(after)} efter"] if after else []
    return ", ".join(parts) or "aldrig"


def _row(numbers: list[int]) -> str:
    if numbers[-1] == 1:
        told = [f"{_row(numbers[:-1])}"] if len(numbers) > 1 else []
        return " och ".join([*told, "1 dag"])
    words = [str(n) for n in numbers]
    return (", ".join(words[:-1]) + " och " if len(words) > 1 else "") + f"{words[-1]} dagar"
