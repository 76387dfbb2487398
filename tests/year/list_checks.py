"""What the register is found and ordered by, asked of each evening."""

from __future__ import annotations

import re
from collections.abc import Iterator

import sqlalchemy as sa

from storage import tables as t
from tests.year.facts import Seen


def cases_know_their_nearest_day(s: Seen) -> Iterator[str]:
    """What lists are ordered by is the nearest of the days that a case must keep."""
    c, d = t.cases, t.deadlines
    days = sa.select(d.c.case_id, sa.func.min(d.c.date).label("day")).where(d.c.state == "active")
    nearest = days.group_by(d.c.case_id).subquery()
    for dnr, kept, day in s.run(
        sa.select(c.c.dnr, c.c.next_day, nearest.c.day).join(nearest, nearest.c.case_id == c.c.id, isouter=True)
    ):
        if kept != day:
            yield f"{dnr} ordnas efter {kept}, men har {day}"


def cases_are_found_by_what_they_are(s: Seen) -> Iterator[str]:
    """Each case is in the search with the words of its title, its numbers and its nämnd; of what is secret nothing is."""
    c, e = t.cases, t.external_numbers
    others: dict[int, list[str]] = {}
    for case_id, raw in s.run(sa.select(e.c.case_id, e.c.raw)):
        others.setdefault(case_id, []).append(raw)
    rows = s.run(
        sa.select(c.c.id, c.c.dnr, c.c.title, c.c.secret, t.search.c.words).join(
            t.search, t.search.c.case_id == c.c.id, isouter=True
        )
    )
    for case_id, dnr, title, secret, words in rows:
        kept = set((words or "").split(" "))
        said = [dnr or "", *([] if secret else [title, *others.get(case_id, [])])]
        missing = {w.lower().lstrip("0") or "0" for w in re.findall(r"[A-Za-zÅÄÖåäö]+|[0-9]+", " ".join(said))} - kept
        if missing:
            yield f"{dnr} hittas inte på {sorted(missing)}"
        for word in kept & s.world.hushed.keys():
            yield f"{dnr} hittas på {word}, som är hemligt"
