"""Rows out of a list: CSV as a Swedish office's Excel writes it, or the first sheet of an .xlsx, within bounds."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import zipfile
from pathlib import Path
from typing import Any

from lxml import etree

from bot.texts import zipxml
from handlers.errors import Invalid

MOST_ROWS, MOST_COLUMNS, LARGEST = 20_000, 200, 20_000_000
Row = tuple[int, tuple[str, ...]]

_BAD = "Filen går inte att läsa som Excel. Spara om den som .xlsx eller CSV och försök igen."
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
# The formats that Excel has built in for days; the others are told by their letters.
_BUILT_IN_DAYS = frozenset({14, 15, 16, 17, 22, *range(27, 37), *range(50, 59)})
_DAY_ZERO, _DAY_ZERO_MAC = dt.date(1899, 12, 30), dt.date(1904, 1, 1)


def read(path: Path) -> list[Row]:
    """Return the rows of a list that hold anything, with their line numbers; raise Invalid when it cannot be read."""
    return rows(bytes_of(path), path.name)


def bytes_of(path: Path) -> bytes:
    """Return a file's bytes, and no more of them than shows that it is too large."""
    with path.open("rb") as file:
        return file.read(LARGEST + 1)


def rows(data: bytes, name: str = "") -> list[Row]:
    """Return the rows of a list's bytes; the name tells an .xlsx that does not look like one. Raises Invalid."""
    if len(data) > LARGEST:
        raise Invalid(f"Filen är större än {LARGEST // 1_000_000} megabyte. Ta bort det som inte hör till listan.")
    if data.startswith(b"PK") or name.lower().endswith(".xlsx"):
        return _xlsx(data)
    return _csv(data)


def _csv(data: bytes) -> list[Row]:
    if b"\0" in data:
        raise Invalid("Filen är varken CSV eller .xlsx. Spara om listan som något av dem och försök igen.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")  # what Excel on Windows calls "CSV"
    first = text.partition("\n")[0]
    delimiter = max(";,\t", key=first.count)
    rows = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for cells in reader:
            rows.append((reader.line_num, tuple(cell.strip().lstrip("'") for cell in cells)))
    except csv.Error:
        raise Invalid(f"Rad {reader.line_num}: raden går inte att läsa som CSV.") from None
    return _bounded(rows)


def _xlsx(data: bytes) -> list[Row]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            book = _part(archive, "xl/workbook.xml")
            shared = [_text(si) for si in _all(_part(archive, "xl/sharedStrings.xml"), "si")]
            days = _day_styles(_part(archive, "xl/styles.xml"))
            mac = any(p.get("date1904") in ("1", "true") for p in _all(book, "workbookPr"))
            sheet = _part(archive, _first_sheet(archive, book))
    except (zipfile.BadZipFile, etree.XMLSyntaxError, zipxml.TooDense, ValueError, NotImplementedError, RuntimeError):
        raise Invalid(_BAD) from None
    if sheet is None:
        raise Invalid(_BAD)
    rows = []
    for position, row in enumerate(_all(sheet, "row"), start=1):
        number = int(row.get("r")) if (row.get("r") or "").isdecimal() else position
        cells: dict[int, str] = {}
        for cell in _all(row, "c"):
            place = _REFERENCE.fullmatch(cell.get("r") or "")
            column = _column(place[1]) if place else len(cells)
            if column < MOST_COLUMNS:
                cells[column] = _value(cell, shared, days, _DAY_ZERO_MAC if mac else _DAY_ZERO)
        rows.append((number, tuple(cells.get(i, "") for i in range(max(cells, default=-1) + 1))))
    return _bounded(rows)


def _bounded(rows: list[Row]) -> list[Row]:
    if len(rows) > MOST_ROWS:
        raise Invalid(f"Listan har fler än {MOST_ROWS} rader. Dela den i flera.")
    return [(number, cells) for number, cells in rows if any(cells)]


def _part(archive: zipfile.ZipFile, name: str) -> Any:
    try:
        return zipxml.part(archive, archive.getinfo(name))
    except KeyError:
        return None


def _first_sheet(archive: zipfile.ZipFile, book: Any) -> str:
    sheets = _all(book, "sheet")
    wanted = next((v for k, v in sheets[0].attrib.items() if str(k).endswith("}id")), "") if sheets else ""
    for relation in _all(_part(archive, "xl/_rels/workbook.xml.rels"), "Relationship"):
        if relation.get("Id") == wanted:
            target = str(relation.get("Target") or "")
            return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return "xl/worksheets/sheet1.xml"


def _all(root: Any, name: str) -> list[Any]:
    return [] if root is None else list(root.iter(f"{{*}}{name}"))


def _text(element: Any) -> str:
    # Phonetic readings (rPh) stand beside the text and are not part of it.
    found = (t.text or "" for t in _all(element, "t") if not str(t.getparent().tag).endswith("}rPh"))
    return "".join(found).strip()


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _day_styles(styles: Any) -> set[int]:
    codes = {f.get("numFmtId"): str(f.get("formatCode") or "") for f in _all(styles, "numFmt")}
    formats = [x.get("numFmtId") or "0" for cells in _all(styles, "cellXfs") for x in _all(cells, "xf")]
    return {i for i, f in enumerate(formats) if _is_day(f, codes.get(f, ""))}


def _is_day(number: str, code: str) -> bool:
    bare = re.sub(r'"[^"]*"|\[[^\]]*\]|\\.', "", code).lower()
    return (number.isdecimal() and int(number) in _BUILT_IN_DAYS) or ("y" in bare and "d" in bare)


def _value(cell: Any, shared: list[str], days: set[int], zero: dt.date) -> str:
    kind, style = cell.get("t") or "n", cell.get("s") or "0"
    if kind == "inlineStr":
        return _text(cell)
    value = next((str(v.text or "").strip() for v in _all(cell, "v")), "")
    if kind == "s":
        return shared[int(value)] if value.isdecimal() and int(value) < len(shared) else ""
    if kind == "d":
        return value[:10]  # ISO 8601
    if kind == "n" and value and style.isdecimal() and int(style) in days:
        try:
            return (zero + dt.timedelta(days=int(float(value)))).isoformat()
        except (ValueError, OverflowError):
            return value
    return re.sub(r"\.0+\Z", "", value) if kind == "n" else value
