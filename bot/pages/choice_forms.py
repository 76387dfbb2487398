"""The forms of a nämnd's choices: which fields each has, filled with what stands, and what was written made a value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.pages import choice_words, views
from handlers import kinds
from handlers.choices import DEFAULTS
from handlers.errors import Invalid
from handlers.rules.meetings import BODIES, NAMES

# In the order of the page; what a group is for, and when a change in it is felt.
GROUPS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "Frågor",
        "Gäller från nästa vardagsmorgon, också det som redan är frågat.",
        ("ask_first", "ask_again_after", "escalate_after"),
    ),
    ("Mål", "Gäller ärenden som kommer härefter. Mål som redan är satta ändras inte.", ("goal_months",)),
    (
        "Påminnelser",
        "Gäller från nästa vardagsmorgon, också dagar som redan är satta.",
        ("ladder_stated", "ladder_goal", "ladder_law", "ladder_step", "ladder_step_for"),
    ),
    (
        "Planen",
        "Gäller planer som görs härefter. En plan som finns räknas om när något i ärendet eller ett möte flyttas.",
        (
            *("chains", "gaps", "stop_days", "writing_weeks", "least_writing", "draft_workdays", "staff_workdays"),
            *("send_days", "manager_for", "staff_for", "closed_days"),
        ),
    ),
)
# Types whose way a nämnd may choose.
TYPES: tuple[str, ...] = tuple(DEFAULTS["chains"])
_NUMBERS = ("ask_again_after", "escalate_after", "least_writing", "draft_workdays", "staff_workdays", "send_days")
_PER_TYPE: Mapping[str, tuple[str, ...]] = {"goal_months": TYPES, "writing_weeks": (*TYPES, "")}
_PER_BODY: Mapping[str, tuple[str, ...]] = {"gaps": BODIES[:-1], "stop_days": BODIES}
_MOST_TEXT = 4000
_HINTS = {
    "ask_again_after": "Arbetsdagar utan svar, 1 till 30.",
    "escalate_after": "Arbetsdagar utan svar på en påminnelse, 0 till 60. 0: aldrig.",
    "goal_months": "Månader från det att ärendet väcktes. Tomt eller 0: inget mål.",
    "ladder_step_for": "Tomt: som för andra typer.",
    "writing_weeks": "Veckor. Tomt: som för övriga.",
    "gaps": "Dagar från organets möte till nästa organs, minst.",
    "stop_days": "Dagar före mötet, där kalendern inte säger någon stoppdag.",
    "closed_days": "En dag på varje rad, till exempel 2026-12-23.",
    "least_writing": "Arbetsdagar. Blir det färre går planen inte att hålla.",
    "draft_workdays": "Arbetsdagar från utkastet till stoppdagen.",
    "staff_workdays": "Arbetsdagar, av dem före stoppdagen.",
    "send_days": "Dagar från nämndens möte till dess att svaret är framme.",
}
_LADDER = (
    "Dagar kvar, med komma: 14, 7, 1, 0, -1. 0 är på dagen, -1 dagen efter. Efter den sista kommer en var sjunde dag."
)


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form: its name, what it asks, its shape (text, lines, tick) and what stands in it."""

    name: str
    label: str
    shape: str
    value: str


@dataclass(frozen=True, slots=True)
class Part:
    """Fields that belong together, under a heading where there is one."""

    head: str
    fields: tuple[Field, ...]


def hint(name: str) -> str:
    """Return what a form says of how it is filled in."""
    if name.startswith("ladder_"):
        return f"{_LADDER} {_HINTS.get(name, '')}".strip()
    return _HINTS.get(name, "")


def law(name: str) -> str:
    """Return what the law says beside a choice that it bounds."""
    if name == "goal_months":
        one = next(k.law for k in kinds.KINDS if k.law and k.law.months)
        return f"{one.sentence} {views.upper_first(one.paragraph)}. Målet får vara högst {one.months} månader."
    if name == "ladder_law":
        return (
            "Lagens tid är ett år för motioner och medborgarförslag (kommunallagen 5 kap. 35 §). Den kan inte ändras."
        )
    return ""


def parts(name: str, value: Any, typed: Mapping[str, str] | None) -> tuple[Part, ...]:
    """Return the form of a choice. typed: what was written, where it is to be kept."""

    def field(key: str, label: str, shape: str, stands: str) -> Field:
        return Field(key, label, shape, stands if typed is None else typed.get(key, ""))

    if name == "ask_first":
        return (Part("", (field("varde", "Vem frågas först", "first", str(value)),)),)
    if name in _NUMBERS:
        return (Part("", (field("varde", choice_words.label(name), "number", str(value)),)),)
    if name in _PER_TYPE:
        made = tuple(field(f"t-{t}", _type(t), "number", str(value.get(t, ""))) for t in _PER_TYPE[name])
        return (Part("", made),)
    if name in _PER_BODY:
        made = tuple(
            field(f"o-{b}", views.upper_first(NAMES[b]), "number", str(value.get(b, ""))) for b in _PER_BODY[name]
        )
        return (Part("", made),)
    if name == "ladder_step_for":
        return (Part("", tuple(field(f"t-{t}", _type(t), "text", _row(value.get(t, ()))) for t in TYPES)),)
    if name == "chains":
        return tuple(
            Part(
                _type(t),
                tuple(
                    field(f"t-{t}-{b}", views.upper_first(NAMES[b]), "tick", "ja" if b in value.get(t, ()) else "")
                    for b in BODIES
                ),
            )
            for t in TYPES
        )
    if name in ("manager_for", "staff_for"):
        return (Part("", tuple(field(f"t-{t}", _type(t), "tick", "ja" if t in value else "") for t in TYPES)),)
    if name == "closed_days":
        return (Part("", (field("varde", "Lediga dagar", "lines", "\n".join(value)),)),)
    return (Part("", (field("varde", "Dagar kvar", "text", _row(value)),)),)


def read(name: str, form: Mapping[str, str], stands: Any) -> Any:
    """Return the value that a form says; raise Invalid for what is no number. Whether it may be is the handler's.

    stands: what holds now: what the form does not ask about (a list may have brought it) is kept.
    """
    made = _read(name, form)
    if not isinstance(made, dict):
        return made
    asked = _PER_TYPE.get(name) or _PER_BODY.get(name) or TYPES
    return {key: kept for key, kept in stands.items() if key not in asked} | made


def _read(name: str, form: Mapping[str, str]) -> Any:
    said = {key: text[:_MOST_TEXT].strip() for key, text in form.items()}
    if name == "ask_first":
        return said.get("varde", "")
    if name in _NUMBERS:
        return _number(said.get("varde", ""))
    if name in _PER_TYPE:
        return {t: _number(said[f"t-{t}"]) for t in _PER_TYPE[name] if said.get(f"t-{t}")}
    if name in _PER_BODY:
        return {b: _number(said[f"o-{b}"]) for b in _PER_BODY[name] if said.get(f"o-{b}")}
    if name == "ladder_step_for":
        return {t: _ladder(said[f"t-{t}"]) for t in TYPES if said.get(f"t-{t}")}
    if name == "chains":
        made = {t: [b for b in BODIES if said.get(f"t-{t}-{b}") == "ja"] for t in TYPES}
        return {t: chain for t, chain in made.items() if chain}
    if name in ("manager_for", "staff_for"):
        return [t for t in TYPES if said.get(f"t-{t}") == "ja"]
    if name == "closed_days":
        return sorted({day for day in re.split(r"[\s,;]+", said.get("varde", "")) if day})
    return _ladder(said.get("varde", ""))


def _type(name: str) -> str:
    return kinds.kind_of(name).label if name else "Övriga"


def _row(ladder: Any) -> str:
    return ", ".join(str(d) for d in ladder)


def _number(text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,6}", text.replace("\u2212", "-"), re.ASCII):
        raise Invalid(f"Skriv ett tal. Du skrev: {views.clean(text, 40) or 'inget'}", "varde")
    return int(text.replace("\u2212", "-"))


def _ladder(text: str) -> list[int]:
    steps = [_number(part) for part in re.split(r"[\s,;]+", text) if part]
    if len(steps) > 30:
        raise Invalid("Skriv högst 30 dagar.", "varde")
    return sorted(set(steps), reverse=True)
