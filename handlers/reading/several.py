"""Several: one letter that brings more than one matter, each with its own number, day, authors and demands."""

from __future__ import annotations

import re

from .characters import fold
from .dates import find_days
from .demands import _moved
from .diarienummer import find_numbers
from .grouped import one_of
from .material import Document, Material
from .people import _signed
from .reading import Deadline, Matter, Reading
from .sentences import BULLET
from .titles import clean_title, telling

_ONE = one_of(r"\b(?:motion|medborgarförslag|interpellation|remiss|nämndinitiativ)\b")
_GENRES = {
    "motion": "motion",
    "medborgarforslag": "medborgarforslag",
    "interpellation": "interpellation",
    "namndinitiativ": "initiativ",
}


def divide(material: Material, reading: Reading) -> tuple[Matter, ...]:
    """Return one Matter for each of a letter's matters, or () where there is only one.

    A letter has several when it lists two or more lines, each with a matter's word and a number of its own.
    """
    if reading.kind not in {"remiss", "motion", "medborgarforslag", "interpellation", "protokollsutdrag"}:
        return ()
    rows = []
    for line in material.main.lines:
        numbers = find_numbers(line, material.main.where)
        if numbers and _ONE.search(line) and (BULLET.match(line) or len(line) < 200):
            rows.append((line, numbers))
    keys = {n.key for _, numbers in rows for n in numbers}
    if len(rows) >= 2 and len(keys) >= len(rows):
        return tuple(_matter(line, [n.raw for n in numbers], material, reading) for line, numbers in rows[:12])
    genre = _GENRES.get(reading.matter or "")
    papers = [d for d in material.attached if genre and d.genre == genre]
    titles = {fold(_title_of(d)) for d in papers}
    if len(papers) >= 2 and len(titles) >= 2:
        return tuple(_matter(_title_of(d), [], material, reading, d) for d in papers[:12])
    return ()


def _title_of(document: Document) -> str:
    lines = [line for line in document.lines if line]
    return next(
        (line for line in lines[:6] if telling(line) and _ONE.search(line)),
        next((line for line in lines[:6] if telling(line)), document.where),
    )


def _matter(
    line: str, numbers: list[str], material: Material, reading: Reading, paper: Document | None = None
) -> Matter:
    bare = BULLET.sub("", line).strip()
    title = clean_title(bare, find_numbers(bare))
    title = re.split(r"\s[-–]\s|[,;(]\s*(?:svar|yttrande|senast|KS)\b", title)[0].strip(" ,.-–")
    days = [
        d for d in reading.deadlines if d.date and any(f.date == d.date for f in find_days(line, material.reference))
    ]
    deadlines: tuple[Deadline, ...] = tuple(days) or (
        reading.deadlines if not any(find_days(line, material.reference)) and len(reading.deadlines) == 1 else ()
    )
    paper = paper or _paper(title, material)
    people = tuple(_signed(paper, reading.matter or "motion")) if paper else ()
    demands = (
        tuple(t for t, _ in _moved(paper, reading.kind, reading.matter or "motion", own_text=True)) if paper else ()
    )
    return Matter(reading.kind, reading.matter, title[:200], tuple(numbers), (), deadlines, people, demands)


def _paper(title: str, material: Material) -> Document | None:
    words = [
        w
        for w in re.findall(r"[a-z]{4,}", fold(title))
        if w not in {"motion", "remiss", "medborgarforslag", "interpellation"}
    ]
    scored = [(sum(w in fold(f"{d.where} {d.head}") for w in words), d) for d in material.attached]
    best = max(scored, key=lambda s: s[0], default=(0, None))
    return best[1] if best[0] else None
