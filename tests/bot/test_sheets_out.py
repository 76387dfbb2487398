"""Lists as files: nothing that stands in a letter becomes a formula, a link or a broken file."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import zipfile

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot import sheets
from bot.pages import sheets_out
from bot.pages.desk import Missing
from bot.pages.sheets_out import Cell, Column, Sheet
from handlers.lists import safe_cell

AT = dt.datetime(2026, 11, 24, 9, 30, tzinfo=dt.UTC)
COLUMNS = (Column("Diarienummer", 16), Column("Ärende", 60), Column("Inkom", 12))
HOSTILE = (
    '=HYPERLINK("http://x.example","Klicka")',
    "+1+cmd|' /C calc'!A0",
    "-2",
    "@SUM(1)",
    "\t=1",
    "\r\n=1",
    "  =1",
    "\u200b=1",
    "\ufeff=1",
    "\xa0@A1",
    "＝1＋1",
    "{=1+1}",
    "http://x.example",
    "mailto:a@x.example",
    "internal:'Lista'!A1",
    "external:c:\\x.xlsx",
    "_x0041_",
    "<b>&amp;</b>]]>",
    "\x00\x08\x1f\ufffe\ud800",
    "12345678901234567890",
    "#REF!",
    "SANT",
    "2026-11-24",
    " med blank sist ",
)


def sheet(*rows: tuple[Cell, ...], name: str = "Diariet") -> Sheet:
    return Sheet(name, COLUMNS, rows)


def opened(data: bytes) -> openpyxl.worksheet.worksheet.Worksheet:
    page = openpyxl.load_workbook(io.BytesIO(data)).active
    assert page is not None
    return page


@given(st.one_of(st.text(), st.sampled_from(HOSTILE), st.tuples(st.sampled_from(HOSTILE), st.text()).map("".join)))
@example("=" + "å" * 40_000)
@example("\U0001f600" * 20_000)
@settings(max_examples=150, deadline=None)
def test_no_text_becomes_a_formula_a_link_or_another_text(text: str) -> None:
    data = sheets_out.as_xlsx(sheet((text, text, None)), AT)
    page = opened(data)
    wanted = sheets_out.text_of(text)
    for cell in page[2][:2]:
        assert cell.data_type == ("s" if wanted else "n")  # what is empty has no type of its own
        assert cell.hyperlink is None
        # By the format _x005F_ is an underscore that begins no escape (ECMA-376 1, 22.9.2.19); openpyxl leaves it.
        assert (cell.value or "").replace("_x005F_", "_") == wanted
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        body = archive.read("xl/worksheets/sheet1.xml").decode()
        assert not re.search(r"<f[ >]|<hyperlink", body)
        assert not [name for name in archive.namelist() if "externalLink" in name or "worksheets/_rels" in name]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_only_what_xml_forbids_is_lost(text: str) -> None:
    lost = {c for c in text if c not in sheets_out.text_of(text)}
    assert all(ord(c) < 32 or ord(c) in (0xFFFE, 0xFFFF) for c in lost)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_cell_of_csv_is_read_as_text(text: str) -> None:
    data = sheets_out.as_csv(sheet((text, text, None)))
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert rows[0] == ["Diarienummer", "Ärende", "Inkom"]
    assert rows[1][0].removeprefix("'") == text.replace("\ud800", "?")
    assert not re.match(r"[\s\u200b\ufeff]*[=+\-@＝＋－＠]", rows[1][0])


@given(
    st.text(),
    st.sampled_from("=+-@＝＋－＠"),
    st.text(st.sampled_from(" \t\r\n\xa0\u200b\ufeff\x00\u202e"), max_size=4),
)
def test_a_sign_behind_blanks_and_marks_is_no_formula(text: str, sign: str, before: str) -> None:
    assert safe_cell(before + sign + text).startswith("'")


def test_days_are_days_and_the_heading_stays() -> None:
    data = sheets_out.as_xlsx(sheet(("SN 2026-1", "Motion", dt.date(2026, 11, 24)), ("SN 2026-2", 7, None)), AT)
    page = opened(data)
    assert page["C2"].value == dt.datetime.fromisoformat("2026-11-24")
    assert page["C2"].number_format == "yyyy-mm-dd"
    assert page["C2"].is_date
    assert page["B3"].value == 7
    assert page["C3"].value is None
    assert page.freeze_panes == "A2"
    assert page.auto_filter.ref == "A1:C3"
    assert page.column_dimensions["B"].width > 50
    assert page.title == "Diariet"
    assert sheets.rows(data) == [
        (1, ("Diarienummer", "Ärende", "Inkom")),
        (2, ("SN 2026-1", "Motion", "2026-11-24")),
        (3, ("SN 2026-2", "7")),
    ]


def test_the_same_list_gives_the_same_bytes_and_names_nobody() -> None:
    rows = (("SN 2026-1", "Motion", dt.date(2026, 11, 24)),)
    one, other = (sheets_out.as_xlsx(sheet(*rows), AT) for _ in range(2))
    assert one == other
    properties = openpyxl.load_workbook(io.BytesIO(one)).properties
    assert not properties.creator
    assert not properties.lastModifiedBy


@given(st.text())
@settings(max_examples=40, deadline=None)
def test_any_name_gives_a_sheet_that_opens(name: str) -> None:
    assert opened(sheets_out.as_xlsx(sheet(name=name), AT)).title == sheets_out.sheet_name(name)


def test_a_list_that_is_cut_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets_out, "MOST_ROWS", 2)
    cut = Sheet("Diariet", COLUMNS, [(f"SN 2026-{n}", "", None) for n in range(3)], total=3)
    assert "Listan är avkortad: 2 av 3 rader." in sheets_out.as_csv(cut).decode()
    assert opened(sheets_out.as_xlsx(cut, AT))["A4"].value.startswith("Listan är avkortad")
    whole = Sheet("Diariet", COLUMNS, [(f"SN 2026-{n}", "", None) for n in range(2)], total=2)
    assert "avkortad" not in sheets_out.as_csv(whole).decode()


def test_there_is_no_third_kind_of_file() -> None:
    with pytest.raises(Missing):
        sheets_out.download(sheet(), "pdf", "diariet", AT)
