"""After an old copy of the database has been read back: the lost numbers are never given out again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from handlers.registering import STOCKHOLM
from handlers.rules import numbering
from storage.highwater import Marks, behind
from storage.records import Namnd
from storage.store import Book

LOST = "Makulerat vid återläsning"


def skip_lost_numbers(book: Book, mark: Marks, namnder: Mapping[str, Namnd], *, now: dt.datetime, actor: str) -> int:
    """Enter each number between the database's highest and the mark as makulerat; return how many.

    The number stays used and the gap is explained; the letters themselves lie in the mailbox's folders.
    """
    made = 0
    for namnd, year, have, given in behind(book.highest(), mark):
        if namnd not in namnder:
            continue
        series = book.series_for(namnd, year)
        first = max(have + 1, series.first_number if series.from_year == year and not have else 1)
        for number in range(first, given + 1):
            came = now if now.astimezone(STOCKHOLM).year == year else dt.datetime(year, 12, 31, 12, tzinfo=STOCKHOLM)
            case_id = book.open_case(
                namnd,
                state="makulerad",
                kind="other",
                matter=None,
                title=LOST,
                sender=None,
                inkommen_at=came,
                now=now,
                note="Databasen lästes tillbaka från en äldre kopia. Numret var redan utdelat.",
            )
            dnr = numbering.render(series.template, series.prefix, year, number)
            book.number_case(case_id, dnr, numbering.key(dnr), year=year, number=number)
            book.note(namnd, "makulerat vid återläsning", now=now, actor=actor, case_id=case_id, data={"dnr": dnr})
            made += 1
        book.raise_counter(namnd, year, given)
    return made
