"""The cases that a nämnd has already: shown before they are entered, every fault named, all or none, the numbers whole."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import cli, sheets
from handlers import importing, mornings, verifying
from handlers.errors import Invalid
from handlers.lists import BadList
from storage.records import Series
from storage.store import Store
from tests.builders import BUN, NOW, SN, found, reading, take_in

TODAY = NOW.date()
NAMNDER = {"sn": SN, "bun": BUN}
SERIES = [
    Series("sn", 2026, "SN", "{prefix} {year}-{number}", 1),
    Series("bun", 2026, "BUN", "{prefix}/{year}:{number}", 1),
]
HEAD = importing.COLUMNS
GOOD = {
    "namnd": "sn",
    "nummer": "SN 2026-41",
    "titel": "Motion om digitala trygghetslarm",
    "typ": "motion",
    "inkom": "2026-02-03",
    "väckt": "2026-01-19",
    "svarsdag": "2026-12-18",
    "handläggare": "Karin Ödman",
    "status": "öppen",
    "andras nummer": "KS 2026/00017, KF 2026-9",
    "från": "Kommunstyrelsen",
}


def _rows(*changes: dict[str, str], head: Sequence[str] = HEAD) -> list[tuple[int, Sequence[str]]]:
    values = [{**GOOD, **change} for change in changes]
    return [(1, head), *((i, [v.get(c, "") for c in HEAD]) for i, v in enumerate(values, start=2))]


def _read(*changes: dict[str, str]) -> importing.ReadList:
    return importing.read_cases(_rows(*changes), list(NAMNDER), SERIES, TODAY)


def _enter(store: Store, *changes: dict[str, str]) -> int:
    read = _read(*changes)
    assert read.faults == ()
    with store.book() as book:
        return importing.enter(book, read.lines, NAMNDER, now=NOW, actor="kommandorad:test")


def _whole(store: Store) -> tuple[str, ...]:
    assert store.high_water is not None
    with store.look() as book:
        return verifying.verify(book, store.high_water.read()).faults


def test_a_line_is_read_with_all_its_facts() -> None:
    read = _read({})
    assert read.faults == ()
    (one,) = read.lines
    assert (one.line, one.dnr, one.year, one.number, one.kind) == (2, "SN 2026-41", 2026, 41, "motion")
    assert (one.inkom, one.raised, one.answer_by) == (
        dt.date(2026, 2, 3),
        dt.date(2026, 1, 19),
        dt.date(2026, 12, 18),
    )
    assert one.external == ("KS 2026/00017", "KF 2026-9")


def test_headings_are_known_without_their_dots_and_by_other_names() -> None:
    head = (
        "NÄMND",
        "Diarienummer",
        "Rubrik",
        "TYP",
        "Inkommen",
        "Vackt",
        "svarsdag",
        "Handlaggare",
        "STATUS",
        "x",
        "Fran",
    )
    rows = _rows({}, head=head)
    read = importing.read_cases(rows, ["sn"], SERIES, TODAY)
    assert read.faults == ()
    assert (read.lines[0].handlaggare, read.lines[0].sender, read.lines[0].external) == (
        "Karin Ödman",
        "Kommunstyrelsen",
        (),
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"namnd": "tn"}, "nämnden 'tn' finns inte"),
        ({"nummer": ""}, "nummer saknas"),
        ({"nummer": "KS 2026-4"}, "Numret ska se ut som SN 2026-123."),
        ({"nummer": "SN 2031-4"}, "ett år framåt"),
        ({"nummer": "SN 2026-123456789"}, "Numret är för långt."),
        ({"titel": ""}, "titel saknas"),
        ({"titel": "x" * 201}, "titeln har 201 tecken"),
        ({"typ": "hyllning"}, "typen 'hyllning' finns inte"),
        ({"status": "vilande"}, "status 'vilande' finns inte"),
        ({"inkom": ""}, "inkom saknas"),
        ({"inkom": "3/2 2026"}, "inkom är '3/2 2026'"),
        ({"inkom": "2026-02-30"}, "inkom är '2026-02-30'"),
        ({"inkom": "2027-02-03"}, "en dag framåt"),
        ({"väckt": "i vintras"}, "väckt är 'i vintras'"),
        ({"svarsdag": "2026-01-01"}, "ligger före inkom"),
    ],
)
def test_each_fault_is_named_by_its_line(change: dict[str, str], said: str) -> None:
    read = _read({"nummer": "SN 2026-7"}, change)
    assert [one.line for one in read.lines] == [2]
    assert len(read.faults) == 1
    assert read.faults[0].startswith("Rad 3: ")
    assert said in read.faults[0]


def test_all_faults_of_a_list_are_told_at_once() -> None:
    read = _read({"typ": "x", "status": "y"}, {}, {"nummer": "sn 2026-41"}, {"nummer": "SN 2026-41"})
    assert [fault.partition(":")[0] for fault in read.faults] == ["Rad 2", "Rad 2", "Rad 4", "Rad 5"]
    assert "står redan på rad 3" in read.faults[3]


def test_a_list_without_a_column_or_without_rows_says_how_the_first_row_looks() -> None:
    assert "Första raden ska vara" in importing.read_cases([], ["sn"], SERIES, TODAY).faults[0]
    said = importing.read_cases([(1, ("namnd", "titel", "titel"))], ["sn"], SERIES, TODAY).faults
    assert "Rad 1: kolumnen nummer saknas." in said
    assert "Rad 1: kolumnen titel finns två gånger." in said


def test_a_case_from_a_list_has_its_number_days_handlaggare_and_a_line_in_the_journal(store: Store) -> None:
    people = found(store)
    assert _enter(store, {}) == 1
    with store.look() as book:
        case = book.case_by_dnr("SN|2026|41", ("sn",))
        assert case is not None
        days = {d.clock: d.date for d in book.deadlines(case.id, active=True)}
        entry = next(e for e in book.entries(case_id=case.id) if e.what == "infört från lista")
        numbers = [e.raw for e in book.externals(case.id)]
        asked = book.questions(case_id=case.id)
    assert (case.dnr, case.year, case.number, case.state, case.kind, case.matter) == (
        *("SN 2026-41", None, None, "open", "motion", "motion"),
    )
    assert case.handlaggare_id == people["karin"].id
    assert days == {"stated": dt.date(2026, 12, 18), "goal": dt.date(2026, 7, 19), "law": dt.date(2027, 1, 19)}
    assert numbers == ["KS 2026/00017", "KF 2026-9"]
    assert (entry.data["rad"], entry.actor) == (2, "kommandorad:test")
    assert asked == []
    assert _whole(store) == ()


def test_the_laws_day_of_a_listed_case_moves_off_a_day_off_as_that_of_a_registered_one(sqlite_store: Store) -> None:
    found(sqlite_store)
    _enter(sqlite_store, {"väckt": "2025-12-24", "inkom": "2026-01-02"})
    with sqlite_store.look() as book:
        case = book.case_by_dnr("SN|2026|41")
        assert case is not None
        days = {d.clock: d.date for d in book.deadlines(case.id, active=True)}
    assert (days["goal"], days["law"]) == (dt.date(2026, 6, 24), dt.date(2026, 12, 28))


def test_the_bots_next_number_comes_after_the_highest_of_the_list_and_verify_is_content(store: Store) -> None:
    found(store)
    _enter(store, {"nummer": "SN 2026-41"}, {"nummer": "SN 2026-300"}, {"nummer": "SN 2025-12", "inkom": "2025-03-03"})
    outcomes = [take_in(store, reading(f"Remiss {word}")) for word in ("om bibliotek", "om gatljus")]
    assert [o.case.dnr for o in outcomes if o.case] == ["SN 2026-301", "SN 2026-302"]
    with store.look() as book:
        assert book.number_faults() == []
        assert [(x.from_year, x.first_number) for x in book.all_series() if x.namnd == "sn"] == [(2026, 301)]
        assert book.highest() == {"sn": {2026: 302}}


def test_a_number_above_what_the_bot_has_given_out_is_refused_and_one_in_use_too(sqlite_store: Store) -> None:
    found(sqlite_store, first=10)
    take_in(sqlite_store, reading("Biblioteksplan"))
    read = _read({"nummer": "SN 2026-9"}, {"nummer": "SN 2026-10"}, {"nummer": "SN 2026-11"})
    with sqlite_store.look() as book:
        faults = importing.register_faults(book, read.lines, NAMNDER, TODAY)
    assert len(faults) == 2
    assert faults[0] == "Rad 3: SN 2026-10 finns redan i diariet."
    assert faults[1].startswith("Rad 4: SN 2026-11 är högre än det senaste numret")


def test_numbers_below_the_bots_first_come_in_afterwards_too(sqlite_store: Store) -> None:
    found(sqlite_store, first=10)
    take_in(sqlite_store, reading("Biblioteksplan"))
    _enter(sqlite_store, {"nummer": "SN 2026-9"})
    outcome = take_in(sqlite_store, reading("Gatljus i Ekeby"))
    assert outcome.case is not None
    assert outcome.case.dnr == "SN 2026-11"


def test_a_list_with_one_fault_enters_nothing(store: Store) -> None:
    found(store)
    read = _read({"nummer": "SN 2026-1"}, {"nummer": "SN 2026-2", "handläggare": "Sixten"})
    with pytest.raises(BadList) as told, store.book() as book:
        importing.enter(book, read.lines, NAMNDER, now=NOW, actor="kommandorad:test")
    assert told.value.faults[0].startswith("Rad 3: Ingen i nämnden heter Sixten.")
    with store.look() as book:
        assert book.case_by_dnr("SN|2026|1") is None
        assert book.count_lines() == 0
        assert book.series_for("sn", 2026).first_number == 1


def test_a_case_that_nobody_has_is_asked_about_and_one_that_waits_or_is_closed_is_not(sqlite_store: Store) -> None:
    found(sqlite_store)
    _enter(
        sqlite_store,
        {"nummer": "SN 2026-1", "handläggare": ""},
        {"nummer": "SN 2026-2", "handläggare": "", "status": "Väntar på KF"},
        {"nummer": "SN 2026-3", "handläggare": "", "status": "avslutad"},
    )
    with sqlite_store.look() as book:
        cases = [book.case_by_dnr(f"SN|2026|{n}") for n in (1, 2, 3)]
        asked = [len(book.questions(case_id=c.id)) for c in cases if c]
        clocks = [sorted(d.clock for d in book.deadlines(c.id, active=True)) for c in cases if c]
    assert [(c.state, c.waiting_for) for c in cases if c] == [("open", None), ("open", "KF"), ("closed", None)]
    assert asked == [1, 0, 0]
    assert clocks == [["goal", "law", "stated"], ["goal", "law"], []]


def test_the_morning_after_people_are_told_of_what_is_due_once_each(sqlite_store: Store) -> None:
    found(sqlite_store)
    _enter(sqlite_store, {"nummer": "SN 2026-1"}, {"nummer": "SN 2026-2", "titel": "Motion om skolmat"})
    with sqlite_store.book() as book:
        mornings.work(book, SN, now=NOW)
    with sqlite_store.look() as book:
        told = [n.kind for n in book.notices() if n.address == "karin@ekeby.example"]
    assert told == ["paminnelse"]


def test_a_letter_that_names_a_listed_case_joins_it(sqlite_store: Store) -> None:
    found(sqlite_store)
    _enter(sqlite_store, {})
    outcome = take_in(sqlite_store, reading("Ny svarsdag", external_dnr=("KS 2026/17",)))
    assert outcome.case is not None
    assert (outcome.case.dnr, outcome.new_case) == ("SN 2026-41", False)


@given(st.lists(st.lists(st.text(max_size=20), max_size=12), max_size=5))
def test_reading_a_list_never_raises_whatever_stands_in_it(cells: list[list[str]]) -> None:
    rows = [(1, HEAD), *((i, row) for i, row in enumerate(cells, start=2))]
    read = importing.read_cases(rows, ["sn"], SERIES, TODAY)
    assert len(read.lines) + len(read.faults) >= len(cells)


# The files that lists come in.

_NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_SHEET = f"""<worksheet {_NS}><sheetData>
<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>inkom</t></is></c><c r="C1" t="str"><v>svarsdag</v></c><c r="D1" t="s"><v>1</v></c></row>
<row r="2"><c r="A2" t="inlineStr"><is><r><t>SN </t></r><r><t>2026-1</t></r></is></c><c r="B2" s="1"><v>46056</v></c><c r="C2" t="d"><v>2026-12-18T00:00:00</v></c></row>
<row r="4"><c r="A4" s="2"><v>46056.5</v></c><c r="D4"><v>12.0</v></c></row>
</sheetData></worksheet>"""
_PARTS = {
    "xl/workbook.xml": f'<workbook {_NS} xmlns:r="urn:r"><workbookPr/><sheets><sheet name="Öppna" sheetId="1" r:id="rId7"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="urn:p"><Relationship Id="rId7" Target="worksheets/blad.xml"/></Relationships>',
    "xl/sharedStrings.xml": f"<sst {_NS}><si><t>nummer</t></si><si><t>väckt</t><rPh><t>fel</t></rPh></si></sst>",
    "xl/styles.xml": (
        f'<styleSheet {_NS}><numFmts><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd;@"/></numFmts>'
        '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/></cellXfs></styleSheet>'
    ),
    "xl/worksheets/blad.xml": _SHEET,
}


def _xlsx(parts: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return out.getvalue()


def test_an_excel_sheet_gives_texts_numbers_and_days_with_their_line_numbers(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(_xlsx(_PARTS))
    assert sheets.read(tmp_path / "a.xlsx") == [
        (1, ("nummer", "inkom", "svarsdag", "väckt")),
        (2, ("SN 2026-1", "2026-02-03", "2026-12-18")),
        (4, ("2026-02-03", "", "", "12")),
    ]


def test_a_sheet_that_counts_days_from_1904_is_read_right(tmp_path: Path) -> None:
    mac = _PARTS["xl/workbook.xml"].replace("<workbookPr/>", '<workbookPr date1904="1"/>')
    (tmp_path / "a.xlsx").write_bytes(_xlsx({**_PARTS, "xl/workbook.xml": mac}))
    assert sheets.read(tmp_path / "a.xlsx")[1][1][1] == "2030-02-04"


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04 not a package",
        _xlsx({"word/document.xml": "<a/>"}),
        _xlsx({**_PARTS, "xl/worksheets/blad.xml": f"<worksheet {_NS}>" + " " * 3_000_000 + "</worksheet>"}),
        b"\xd0\xcf\x11\xe0\x00\x00 old excel",
    ],
)
def test_a_file_that_is_no_list_is_refused_in_plain_words(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.xls").write_bytes(data)
    with pytest.raises(Invalid, match="Spara om"):
        sheets.read(tmp_path / "a.xls")


@given(st.binary(max_size=300))
def test_a_broken_list_never_breaks_more_than_itself(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("list") / "a.csv"
    path.write_bytes(data)
    with contextlib.suppress(Invalid):
        assert all(any(cells) for _, cells in sheets.read(path))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_csv_from_excel_is_read_with_its_letters(tmp_path: Path, encoding: str, delimiter: str) -> None:
    (tmp_path / "a.csv").write_bytes(f"nummer{delimiter}väckt\r\n\r\n'=1{delimiter}å ä ö\r\n".encode(encoding))
    assert sheets.read(tmp_path / "a.csv") == [(1, ("nummer", "väckt")), (3, ("=1", "å ä ö"))]


# The command.


def _installation(tmp_path: Path, *changes: dict[str, str]) -> tuple[list[str], Path]:
    settings = tmp_path / "namndbot.toml"
    assert cli.main(["init", "--settings", str(settings), "--namnd", "sn", "Socialnämnden", "sn@ekeby.example"]) == 0
    year = str(dt.date.today().year)  # noqa: DTZ011
    rows = _rows(*({"handläggare": "", **change} for change in changes))
    text = "\n".join(";".join(cells) for _, cells in rows).replace("SN 2026", f"SN {year}")
    listed = tmp_path / "arenden.csv"
    listed.write_text(text.replace("2026-12-18", f"{year}-12-31"), "utf-8")
    return ["cases", "import", str(listed), "--settings", str(settings)], listed


def _listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert cli.main(["list", "--all", "--settings", str(tmp_path / "namndbot.toml")]) == 0
    return capsys.readouterr().out


def test_without_go_it_shows_what_would_be_entered_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command, _ = _installation(tmp_path, {"inkom": "2026-02-03"})
    before = (tmp_path / "namndbot.db").read_bytes()
    assert cli.main(command) == 0
    said = capsys.readouterr().out
    assert "-41" in said
    assert "1 ärende kan föras in. Inget är infört än." in said
    assert (tmp_path / "namndbot.db").read_bytes() == before
    assert "trygghetslarm" not in _listed(tmp_path, capsys)


def test_with_go_it_enters_them_and_verify_is_content(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command, _ = _installation(
        tmp_path, {}, {"nummer": "SN 2026-52", "titel": "Revision av hemtjänsten", "typ": "revision"}
    )
    assert cli.main([*command, "--go"]) == 0
    assert "2 ärenden infört" in capsys.readouterr().out
    assert "trygghetslarm" in _listed(tmp_path, capsys)
    assert cli.main(["verify", "--settings", str(tmp_path / "namndbot.toml")]) == 0
    assert cli.main([*command, "--go"]) == 1  # the same list again
    assert "finns redan i diariet" in capsys.readouterr().out


def test_a_list_with_faults_is_told_line_by_line_and_ends_with_a_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command, listed = _installation(tmp_path, {}, {"nummer": "KS 1"}, {"nummer": "SN 2026-3", "handläggare": "Sixten"})
    for go in ([], ["--go"]):
        assert cli.main([*command, *go]) == 1
        said = capsys.readouterr().out
        assert said.index("Rad 3: ") < said.index("Rad 4: Ingen i nämnden heter Sixten")
        assert "2 fel. Inget är infört." in said
    assert "trygghetslarm" not in _listed(tmp_path, capsys)
    assert listed.exists()
