"""Which lines of a case's journal tell of a letter that is hidden there: what people wrote of it is as secret as it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from handlers.gates import is_hidden
from storage.records import Arrival, Case, Document, Entry

MARKED = "misstänkt individärende"
# What is written of points and of others' numbers does not say which letter they came with.
_POINTS = ("punkt tillagd", "punkt rättad", "punkt struken", "punkt åter", "rekommendation följs")


def hushed(entries: Sequence[Entry], letters: Iterable[Arrival], documents: Iterable[Document], case: Case) -> set[int]:
    """Return the numbers of the lines whose words nobody is shown: of hidden letters and their handlingar, and of points
    and numbers that were put right before a letter was hidden. letters: all that the case or its handlingar came with."""
    hidden = {a.id for a in letters if is_hidden(a, case)}
    papers = {d.number for d in documents if d.arrival_id in hidden}
    marked = max((e.seq for e in entries if e.what == MARKED and e.arrival_id in hidden), default=0)

    def tells(entry: Entry) -> bool:
        if entry.arrival_id in hidden:
            return True
        if entry.case_id != case.id:
            return False
        if entry.data.get("handling") in papers:
            return True
        points = entry.what in _POINTS or (entry.what == "rättat" and entry.data.get("uppgift") == "external")
        return points and entry.seq < marked

    return {e.seq for e in entries if tells(e)}
