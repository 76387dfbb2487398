"""What a morning goes by: where a nämnd's choices or who is there changed since the last one, it looks anew."""

from __future__ import annotations

import datetime as dt
from typing import Any

from handlers.choices import choice, step_ladders
from storage.store import Book

LADDERS = ("stated", "goal", "law", "step")
_PATIENCE = ("ask_again_after", "escalate_after")


def wake(book: Book, namnd: str, today: dt.date) -> None:
    """Let the morning look at what a changed ladder, a changed patience or somebody's coming and going may have made due.

    All else that changes is looked at again where it is written: see storage/looking.py.
    """
    before, now = book.went_by(namnd), _now(book, namnd, today)
    if before == now:
        return
    if before is not None:
        _look_again(book, namnd, before, now, today)
    book.go_by(namnd, now)


def _now(book: Book, namnd: str, today: dt.date) -> dict[str, Any]:
    return {
        "ladders": {name: choice(book, namnd, f"ladder_{name}") for name in LADDERS},
        "of_types": {kind: list(ladder) for kind, ladder in sorted(step_ladders(book, namnd).items())},
        "patience": [choice(book, namnd, name) for name in _PATIENCE],
        "there": sorted({role.person.id for role in book.roles(on=today, namnd=namnd)}),
        "away": {str(person): substitute for person, substitute in book.away(today).items()},
    }


def _look_again(book: Book, namnd: str, before: Any, now: dict[str, Any], today: dt.date) -> None:
    for name in LADDERS:
        ladder = now["ladders"][name]
        if before["ladders"].get(name) == ladder:
            continue
        if name != "step":
            book.look_again_at_clock(namnd, name, max(ladder))
    steps = [now["ladders"]["step"], *now["of_types"].values()]
    if (before["ladders"].get("step"), before.get("of_types")) != (now["ladders"]["step"], now["of_types"]):
        book.look_again_at_steps(namnd, max(max(ladder) for ladder in steps))
    if before["patience"] != now["patience"]:
        book.look_again_at_questions(namnd)
    people = _touched(before["away"], now["away"]) | (set(before.get("there", now["there"])) ^ set(now["there"]))
    if people:
        longest = max(max(ladder) for ladder in (*now["ladders"].values(), *steps))
        book.look_again_for(namnd, people, today + dt.timedelta(days=longest))


def _touched(before: dict[str, int | None], now: dict[str, int | None]) -> set[int]:
    """Return those for whom somebody else may answer than before: who came or went, and whom they stand in for.

    >>> sorted(_touched({"1": 2}, {"1": 2, "2": 3})), sorted(_touched({"1": 2}, {"1": 2}))
    ([1, 2], [])
    """
    nobody = object()
    found = {int(p) for p in (*before, *now) if before.get(p, nobody) != now.get(p, nobody)}
    while True:
        more = {int(p) for away in (before, now) for p, stand_in in away.items() if stand_in in found} - found
        if not more:
            return found
        found |= more
