"""Series and the gapless counter: the number is the last thing a transaction takes."""

from __future__ import annotations

import sqlalchemy as sa

from storage import tables as t
from storage.errors import NoSeries
from storage.page import Page
from storage.records import Series


class NumberPages(Page):
    """What a book can do with numbers."""

    def __init__(self, connection: sa.Connection, *, writable: bool) -> None:
        super().__init__(connection, writable=writable)
        self._taken: dict[tuple[str, int], int] = {}

    def put_series(self, series: Series) -> None:
        """Enter or change how a namnd's numbers look from a year on."""
        values = {"prefix": series.prefix, "template": series.template, "first_number": series.first_number}
        self._run(
            self._upsert(t.series)
            .values(namnd=series.namnd, from_year=series.from_year, **values)
            .on_conflict_do_update(index_elements=["namnd", "from_year"], set_=values)
        )

    def all_series(self) -> list[Series]:
        """Return all series by namnd and year."""
        rows = self._all(sa.select(t.series).order_by(t.series.c.namnd, t.series.c.from_year))
        return [Series(r.namnd, r.from_year, r.prefix, r.template, r.first_number) for r in rows]

    def series_for(self, namnd: str, year: int) -> Series:
        """Return the series that holds in a year: the newest that begins in it or before; raise NoSeries without one."""
        s = t.series
        row = self._one(
            sa.select(s).where(s.c.namnd == namnd, s.c.from_year <= year).order_by(s.c.from_year.desc()).limit(1)
        )
        if row is None:
            # An earlier year's numbers are another diary's: the bot must not give them a second time.
            raise NoSeries(
                f"Nämnden {namnd} har ingen nummerserie för {year}. Lägg till en med: namndbot series import FIL.csv"
            )
        return Series(row.namnd, row.from_year, row.prefix, row.template, row.first_number)

    def has_series(self, namnd: str, year: int) -> bool:
        """Say whether a nämnd has a series that holds in a year."""
        s = t.series
        query = sa.select(s.c.namnd).where(s.c.namnd == namnd, s.c.from_year <= year).limit(1)
        return self._one(query) is not None

    def take_number(self, namnd: str, year: int, first: int) -> int:
        """Take the next number of a namnd's year; the first one of a year is `first`. Call it last in a transaction.

        The row is locked until commit, and a rolled-back number is given to the next: no gap, no double.
        """
        c = t.counters
        number = self._run(
            self._upsert(c)
            .values(namnd=namnd, year=year, last=first)
            .on_conflict_do_update(index_elements=["namnd", "year"], set_={"last": c.c.last + 1})
            .returning(c.c.last)
        ).scalar_one()
        self._taken[namnd, year] = int(number)
        return int(number)

    def highest(self) -> dict[str, dict[int, int]]:
        """Return the highest number given out, by namnd and year."""
        found: dict[str, dict[int, int]] = {}
        for row in self._all(sa.select(t.counters).order_by(t.counters.c.namnd, t.counters.c.year)):
            found.setdefault(row.namnd, {})[row.year] = row.last
        return found

    def number_faults(self) -> list[str]:
        """Return each gap, double or number beyond the counter, in plain Swedish."""
        faults = []
        for namnd, years in self.highest().items():
            for year, last in years.items():
                query = sa.select(t.cases.c.number).where(t.cases.c.namnd == namnd, t.cases.c.year == year)
                have = sorted(int(r.number) for r in self._all(query) if r.number is not None)
                if not have:
                    faults.append(f"{namnd} {year}: räknaren står på {last} men inga ärenden finns.")
                    continue
                series = self.series_for(namnd, year)
                first = series.first_number if series.from_year == year else 1
                want = set(range(min(first, have[0]), last + 1))
                missing = sorted(want - set(have))
                if missing:
                    faults.append(f"{namnd} {year}: numren {_short(missing)} saknas.")
                beyond = sorted(set(have) - want)
                if beyond:
                    faults.append(f"{namnd} {year}: numren {_short(beyond)} är högre än räknaren ({last}).")
        return faults

    def count_numbers(self) -> int:
        """Count the diarienummer that have been given."""
        query = sa.select(sa.func.count()).where(t.cases.c.dnr.is_not(None))
        return int(self._run(query).scalar_one())

    def raise_counter(self, namnd: str, year: int, to: int) -> None:
        """Set the counter to at least a number (reading back an old copy)."""
        c = t.counters
        self._run(
            self._upsert(c)
            .values(namnd=namnd, year=year, last=to)
            .on_conflict_do_update(index_elements=["namnd", "year"], set_={"last": to}, where=c.c.last < to)
        )
        self._taken[namnd, year] = to


def _short(numbers: list[int]) -> str:
    shown = ", ".join(str(n) for n in numbers[:5])
    return shown if len(numbers) <= 5 else f"{shown} och {len(numbers) - 5} till"
