"""A list as a file: CSV as a Swedish Excel opens it, or .xlsx. Whatever stands in a letter, no cell is a formula or a link."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import xlsxwriter

from bot.pages.desk import Download, Missing
from handlers import lists

Cell = str | int | dt.date | None

MOST_ROWS = 50_000
KINDS = ("csv", "xlsx")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_LONGEST = 32_767  # characters of a cell, by the format
# What XML 1.0 cannot hold (https://www.w3.org/TR/xml/#charsets); a bare carriage return becomes a line end there.
_FORBIDDEN = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NO_SHEET_NAME = re.compile(r"[\[\]:*?/\\']")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, and how wide it is in characters."""

    title: str
    width: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """A list to write: what it is called, its columns and its rows. total: how many there are, where not all are given."""

    name: str
    columns: tuple[Column, ...]
    rows: Iterable[Sequence[Cell]]
    total: int = 0


def download(sheet: Sheet, kind: str, name: str, at: dt.datetime) -> Download:
    """Return a list as a file; kind is csv or xlsx, name is ours, without ending."""
    if kind == "csv":
        return Download(as_csv(sheet), f"{name}.csv", "text/csv")
    if kind == "xlsx":
        return Download(as_xlsx(sheet, at), f"{name}.xlsx", _XLSX)
    raise Missing


def as_csv(sheet: Sheet) -> bytes:
    """Return a list as CSV: semicolons, UTF-8 with its mark, days as ÅÅÅÅ-MM-DD."""
    told = ([_written(cell) for cell in row] for row in _bounded(sheet))
    # A lone surrogate is no character; UTF-8 has none.
    return lists.as_csv([c.title for c in sheet.columns], told).encode("utf-8", "replace")


def as_xlsx(sheet: Sheet, at: dt.datetime) -> bytes:
    """Return a list as .xlsx: days as days, the heading held fast, nobody's name in it. The same list and moment give the
    same bytes."""
    out = io.BytesIO()
    with TemporaryDirectory(prefix="lista") as folder:  # rows wait there, so that a long list is not held at once
        options = {
            "constant_memory": True,
            "tmpdir": str(Path(folder)),
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        with xlsxwriter.Workbook(out, options) as book:
            book.set_properties({"author": "", "created": at.replace(tzinfo=None, microsecond=0)})
            head = book.add_format({"bold": True, "bottom": 1})
            day = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
            page = book.add_worksheet(sheet_name(sheet.name))
            page.freeze_panes(1, 0)
            page.set_landscape()
            page.set_paper(9)  # A4
            page.repeat_rows(0)
            page.fit_to_pages(1, 0)
            for place, column in enumerate(sheet.columns):
                page.set_column(place, place, column.width)
                page.write_string(0, place, column.title, head)
            last = 0
            for last, row in enumerate(_bounded(sheet), start=1):
                for place, cell in enumerate(row):
                    if isinstance(cell, str):
                        text = text_of(cell)
                        if text:  # else the cell is empty, for filters
                            page.write_string(last, place, text)
                    elif isinstance(cell, int):
                        page.write_number(last, place, cell)
                    elif cell is not None:
                        page.write_datetime(last, place, dt.datetime.combine(cell, dt.time()), day)
            page.autofilter(0, 0, max(last, 1), len(sheet.columns) - 1)
    return out.getvalue()


def text_of(text: str) -> str:
    """Return a text as a cell can hold it: without what XML forbids, and no longer than the format allows.

    >>> text_of("Brev\\x00 om\\r\\nbarn")
    'Brev om\\nbarn'
    """
    return _short(_FORBIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n")), _LONGEST)


def _short(text: str, longest: int) -> str:
    # Characters outside the first plane count as two there.
    if len(text) * 2 > longest:
        return text[:longest].encode("utf-16-le")[: longest * 2].decode("utf-16-le", "ignore")
    return text


def sheet_name(name: str) -> str:
    """Return a name that a sheet may have: at most 31 characters, none of those that mean something there.

    >>> sheet_name("Barn- och utbildningsnämndens diarium [2026]"), sheet_name("':'")
    ('Barn- och utbildningsnämndens d', 'Lista')
    """
    made = _short(" ".join(_NO_SHEET_NAME.sub(" ", text_of(name)).split()), 31).strip()
    return "Lista" if not made or made.lower() == "history" else made


def _bounded(sheet: Sheet) -> Iterator[Sequence[Cell]]:
    """Give the rows, as many as a file may hold; where some are left out the last row says so."""
    for number, row in enumerate(sheet.rows):
        if number == MOST_ROWS:
            of = f" av {sheet.total}" if sheet.total > MOST_ROWS else ""
            yield (f"Listan är avkortad: {MOST_ROWS}{of} rader. Gör urvalet mindre och hämta igen.",)
            return
        yield row


def _written(cell: Cell) -> str:
    return "" if cell is None else cell.isoformat() if isinstance(cell, dt.date) else str(cell)
