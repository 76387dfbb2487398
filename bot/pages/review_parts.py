"""The form that parts a letter into several matters: what it is filled with, and what came back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.pages import views
from bot.pages.case_view import kind_options
from handlers.moving import MOST_PARTS, Part
from handlers.reading.reading import Matter, Reading
from handlers.review import facts_of

FEWEST = 2
_MOST_PAPERS = 200


@dataclass(frozen=True, slots=True)
class PartForm:
    """The fields of one matter."""

    number: int
    title: str
    kind: str
    deadline: str
    papers: tuple[tuple[int, str, bool], ...]  # number, name, whether it belongs to the matter
    needed: bool


def forms(reading: Reading, typed: Mapping[str, str]) -> tuple[PartForm, ...]:
    """Return the fields of each matter: as typed, else as the reading tells the matters apart."""
    back = "titel-1" in typed
    return tuple(_form(number, reading, typed, back=back) for number in range(1, MOST_PARTS + 1))


def _form(number: int, reading: Reading, typed: Mapping[str, str], *, back: bool) -> PartForm:
    names = [views.clean(a.name, 120) for a in reading.attachments[:_MOST_PAPERS]]
    papers = tuple(
        (n, name, f"bilaga-{number}-{n}" in typed if back else True) for n, name in enumerate(names, start=1)
    )
    if back:
        title, kind, day = (views.clean(typed.get(f"{name}-{number}", ""), 1000) for name in ("titel", "typ", "dag"))
    else:
        title, kind, day = _read(number, reading)
    return PartForm(number, title, kind, day, papers, number <= FEWEST)


def _read(number: int, reading: Reading) -> tuple[str, str, str]:
    known = facts_of(reading)
    if len(reading.matters) >= number and len(reading.matters) > 1:
        matter = reading.matters[number - 1]
        return views.clean(matter.title, 200), matter.kind, _day(matter)
    first = number == 1
    return (views.clean(known["title"], 200) if first else "", known["kind"], known["deadline"] if first else "")


def _day(matter: Matter) -> str:
    return next((d.date.isoformat() for d in matter.deadlines if d.clock == "stated" and d.date), "")


def kinds() -> tuple[tuple[str, str], ...]:
    """Return the kinds that a matter may be of."""
    return kind_options()


def typed(form: Mapping[str, str]) -> list[Part]:
    """Return the matters that came back; those that nobody wrote anything in are left out, but for the first two."""
    last = max((n for n in range(1, MOST_PARTS + 1) if form.get(f"titel-{n}", "").strip()), default=FEWEST)
    made = []
    for n in range(1, max(last, FEWEST) + 1):
        chosen = tuple(
            int(key.rpartition("-")[2]) for key in form if re.fullmatch(rf"bilaga-{n}-[0-9]{{1,4}}", key, re.ASCII)
        )
        day = form.get(f"dag-{n}", "").strip()
        made.append(Part(form.get(f"titel-{n}", "")[:1000], form.get(f"typ-{n}", "")[:40], day[:40], chosen))
    return made
