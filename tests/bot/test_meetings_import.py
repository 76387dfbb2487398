"""Calendars taken in from lists and from iCalendar: what is read, what is told, and that a fault enters nothing."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as tried
from hypothesis import strategies as st

from bot import ics, meetings, settings, wiring
from bot.cli import main
from handlers.errors import Invalid
from handlers.meeting_lists import MeetingLine, ReadMeetings, write_lines
from storage.records import Meeting

TODAY = dt.date(2026, 11, 24)
NAMES = {"sn": "Socialnämnden", "bun": "Barn- och utbildningsnämnden"}
DAY = dt.date.fromisoformat
OUTLOOK_ZONE = (
    "BEGIN:VTIMEZONE\nTZID:W. Europe Standard Time\nBEGIN:STANDARD\nDTSTART:16010101T030000\n"
    "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\nEND:STANDARD\nEND:VTIMEZONE\n"
)


def calendar(*events: str, head: str = "") -> bytes:
    blocks = "".join(f"BEGIN:VEVENT\n{e}\nEND:VEVENT\n" for e in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\n{head}{blocks}END:VCALENDAR\n".replace("\n", "\r\n").encode()


def read(data: bytes, name: str = "moten.ics", only: str = "") -> ReadMeetings:
    return meetings.read(data, name, NAMES, TODAY, only=only)


def days(found: ReadMeetings) -> list[str]:
    assert found.faults == ()
    return [f"{x.namnd}:{x.body} {x.day}{' inställt' if x.cancelled else ''}" for x in found.lines]


def test_days_are_the_day_in_stockholm_whatever_zone_they_are_told_in() -> None:
    found = read(
        calendar(
            "SUMMARY:KF\nDTSTART;VALUE=DATE:20270125",
            "SUMMARY:KF\nDTSTART:20270221T233000Z",
            "SUMMARY:KF\nDTSTART;TZID=W. Europe Standard Time:20270322T180000",
            "SUMMARY:KF\nDTSTART;TZID=America/New_York:20270425T200000",
            'SUMMARY:KF\nDTSTART;TZID="Vår egen zon":20270614T180000',
            "SUMMARY:KF\nDTSTART:20270927T235900",
            head=OUTLOOK_ZONE,
        )
    )
    assert days(found) == [
        f":kf {d}" for d in ("2027-01-25", "2027-02-22", "2027-03-22", "2027-04-26", "2027-06-14", "2027-09-27")
    ]


def test_an_outlook_series_is_laid_out_with_its_exceptions_and_moved_days() -> None:
    series = (
        "UID:1\nSUMMARY;LANGUAGE=sv:Socialnämndens AU\nDTSTART;TZID=W. Europe Standard Time:20270114T083000\n"
        "RRULE:FREQ=MONTHLY;BYDAY=2TH;UNTIL=20270615T000000Z\nEXDATE;TZID=W. Europe Standard Time:20270311T083000\n"
        "BEGIN:VALARM\nSUMMARY:Larm\nDTSTART:20270101\nEND:VALARM"
    )
    moved = (
        "UID:1\nSUMMARY:Socialnämndens AU\nRECURRENCE-ID;TZID=W. Europe Standard Time:20270408T083000\n"
        "DTSTART;TZID=W. Europe Standard Time:20270407T083000"
    )
    more = "UID:2\nSUMMARY:KS\nDTSTART;VALUE=DATE:20270119\nRDATE;VALUE=DATE:20270209,20270309"
    found = read(calendar(series, moved, more, head=OUTLOOK_ZONE))
    assert [d for d in days(found) if "au" in d] == [
        f"sn:au {d}" for d in ("2027-01-14", "2027-02-11", "2027-04-07", "2027-05-13", "2027-06-10")
    ]
    assert [d for d in days(found) if "ks" in d] == [f":ks {d}" for d in ("2027-01-19", "2027-02-09", "2027-03-09")]


def test_a_series_without_an_end_goes_to_the_end_of_next_year() -> None:
    found = read(calendar("SUMMARY:KS\nDTSTART;VALUE=DATE:20200107\nRRULE:FREQ=MONTHLY;BYDAY=1TU"))
    assert (found.lines[0].day, found.lines[-1].day) == (DAY("2025-01-07"), DAY("2027-12-07"))


@pytest.mark.parametrize(
    ("event", "head"),
    [
        ("SUMMARY:KF\nSTATUS:CANCELLED\nDTSTART;VALUE=DATE:20270222", ""),
        ("SUMMARY:INSTÄLLT KF\nDTSTART;VALUE=DATE:20270222", ""),
        ("SUMMARY:KF\nDTSTART;VALUE=DATE:20270222", "METHOD:CANCEL\n"),
    ],
)
def test_a_meeting_is_called_off_in_three_ways(event: str, head: str) -> None:
    assert days(read(calendar(event, head=head))) == [":kf 2027-02-22 inställt"]


def test_stop_days_go_to_the_bodys_next_meeting() -> None:
    found = read(
        calendar(
            "SUMMARY:KS\nDTSTART;VALUE=DATE:20270209",
            "SUMMARY:KS\nDTSTART;VALUE=DATE:20270309",
            "SUMMARY:Stoppdag KS\nDTSTART;VALUE=DATE:20270223",
            "SUMMARY:Stoppdag KF\nDTSTART;VALUE=DATE:20270223",
        )
    )
    assert [(x.stop, x.stop_told) for x in found.lines] == [(None, False), (DAY("2027-02-23"), True)]
    assert found.skipped == ("”Stoppdag KF” 2027-02-23: inget möte för stoppdagen i listan",)


def test_two_stop_days_of_one_meeting_are_a_fault_with_heading_and_date() -> None:
    found = read(calendar(*(f"SUMMARY:{s}" for s in (
        "KS\nDTSTART:20270309", "Stoppdag KS\nDTSTART:20270222", "Stoppdatum KS\nDTSTART:20270223"))))  # fmt: skip
    assert found.faults == (
        "”Stoppdatum KS” 2027-02-23: kommunstyrelsen 9 mars har redan stoppdagen 22 feb. Ta bort den som är fel.",
    )


def test_a_stop_day_of_our_own_calendar_goes_to_the_meeting_that_it_was_written_for() -> None:
    rows = ((1, "2027-02-09", None), (2, "2027-03-09", "2027-02-01"), (3, "2027-04-06", "2027-02-02"))
    stood = [Meeting(n, "", "ks", DAY(day), DAY(stop) if stop else None, "planned", None) for n, day, stop in rows]
    now = dt.datetime(2026, 11, 24, 8, tzinfo=dt.UTC)
    found = read(meetings.as_calendar(stood, NAMES, "bot.ekeby.example", now=now))
    assert found.faults == ()
    assert [(m.day, m.stop) for m in found.lines] == [(m.day, m.stop) for m in stood]


def test_what_is_no_meeting_of_ours_is_skipped_and_told() -> None:
    found = read(
        calendar(
            "SUMMARY:Lunch\nDTSTART:igår\nRRULE:FREQ=SECONDLY",
            "SUMMARY:Kulturnämnden\nDTSTART:20270201",
            "SUMMARY:KF\nDTSTART:20190201",
            "SUMMARY:KF\nDTSTART:20270201",
            "SUMMARY:BUN\nDTSTART:20270202",
        ),
        only="sn",
    )
    assert days(found) == [":kf 2027-02-01"]
    assert [s.split(":")[0] for s in found.skipped] == [
        "”Lunch” (händelse 1)",
        "”Kulturnämnden” 2027-02-01",
        "”KF” 2019-02-01",
        "”BUN” 2027-02-02",
    ]


def test_a_meeting_that_does_not_say_whose_it_is_needs_the_namnd() -> None:
    data = calendar("SUMMARY:Arbetsutskott\nDTSTART:20270211")
    assert read(data).faults == (
        "”Arbetsutskott” 2027-02-11: det står inte vilken nämnd. Välj vilken nämnd kalendern gäller.",
    )
    assert days(read(data, only="sn")) == ["sn:au 2027-02-11"]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("SUMMARY:KF", "”KF” (händelse 1): dagen saknas eller går inte att läsa."),
        ("SUMMARY:KF\nDTSTART:20270230", "”KF” (händelse 1): dagen saknas"),
        ("SUMMARY:KF\nDTSTART:20270201\nRRULE:FREQ=HOURLY", "upprepas på ett sätt som boten inte förstår"),
        ("SUMMARY:KF\nDTSTART:20270201\nRRULE:FREQ=DAILY", "upprepas fler än 200 gånger"),
        ("SUMMARY:KF\nDTSTART:16010101\nRRULE:FREQ=YEARLY", "upprepas sedan 1601"),
        ("SUMMARY:KF\nDTSTART:20270201\nRRULE:FREQ=MONTHLY;BYDAY=9XX", "upprepningen går inte att läsa"),
        ("SUMMARY:Lunch\nDTSTART:20270201", "Kalendern har inget möte som boten känner till."),
    ],
)
def test_faults_of_a_meeting_are_told_in_words(lines: str, said: str) -> None:
    assert said in read(calendar(lines)).faults[0]


def test_hostile_repetitions_end_soon() -> None:
    started = time.monotonic()
    for rule in ("FREQ=SECONDLY", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;COUNT=999999999", "FREQ=DAILY"):
        ics.read(calendar(*[f"SUMMARY:KF\nDTSTART:20100101\nRRULE:{rule}"] * 50), TODAY)
    assert time.monotonic() - started < 20
    with pytest.raises(Invalid, match="upprepade"):
        ics.read(calendar(*["SUMMARY:KF\nDTSTART:20100101\nRRULE:FREQ=DAILY"] * 301), TODAY)
    with pytest.raises(Invalid, match="5000 händelser"):
        ics.read(calendar(*["SUMMARY:KF"] * 5001), TODAY)
    with pytest.raises(Invalid, match="megabyte"):
        ics.read(b"BEGIN:VCALENDAR" + b" " * ics.LARGEST, TODAY)


@pytest.mark.parametrize(
    "data",
    [
        # A line that is folded in the middle of the letter ä.
        calendar("SUMMARY:Socialnämnden\nDTSTART:20270225").replace("nä".encode(), b"n\xc3\r\n \xa4"),
        calendar("SUMMARY:Socialnämnden\nDTSTART:20270225").decode().encode("cp1252"),
        calendar("SUMMARY:Socialnämnden\nDTSTART:20270225").decode().encode("utf-16"),
        calendar("SUMMARY:Socialnämnden\nDTSTART:20270225").decode().encode("utf-8-sig"),
        calendar("SUMMARY;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:Socialn=C3=A4mnden\nDTSTART:20270225"),
        calendar("summary:Socialnämnden\ndtstart:20270225").replace(b"\r\n", b"\n"),
    ],
)
def test_folded_lines_and_odd_characters_are_read(data: bytes) -> None:
    assert days(read(data)) == ["sn:namnd 2027-02-25"]


def test_a_calendar_of_one_line_is_no_path_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(calendar("SUMMARY:KF\nDTSTART:20270225"))
    with pytest.raises(Invalid):
        read(str(tmp_path / "x").encode())


@tried(deadline=None)
@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
def test_any_bytes_are_lines_or_a_fault_in_words(data: bytes) -> None:
    for name, made in (
        ("x.ics", b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:KF\nDTSTART:20270101\n" + data + b"\nEND:VEVENT"),
        ("x.ics", b"BEGIN:VCALENDAR\n" + data),
        ("x.csv", b"organ;dag\n" + data),
        ("x.xlsx", data),
    ):
        with contextlib.suppress(Invalid):
            read(made, name)


_WORDS = ["DTSTART", "RRULE", "EXDATE", "RDATE", "RECURRENCE-ID", "STATUS", "SUMMARY", "UID"]
_VALUES = [
    "20270101",
    "2027",
    "KF",
    "FREQ=DAILY;COUNT=3",
    "FREQ=YEARLY;BYDAY=-60MO",
    "20270101T000000Z/P1D",
    "",
    "99999999",
]


@tried(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(_WORDS), st.sampled_from([":", ";TZID=X:", ";VALUE=DATE:", ";VALUE=PERIOD:"]),
                          st.sampled_from(_VALUES) | st.text(max_size=20)), max_size=8))  # fmt: skip
def test_any_properties_are_lines_or_a_fault_in_words(parts: list[tuple[str, str, str]]) -> None:
    block = "\n".join(["SUMMARY:KF", "DTSTART:20270101", *("".join(p) for p in parts)])
    with contextlib.suppress(Invalid):
        read(calendar(block))


# lists


def test_a_list_names_its_namnd_by_key_by_name_or_not_at_all() -> None:
    text = (
        "namnd;organ;dag\nsn;AU;2027-02-11\nSocialnämnden;nämnd;2027-02-25\n;presidium;2027-02-09\nbun;AU;2027-02-10\n"
    )
    found = read(text.encode(), "a.csv", only="sn")
    assert days(found) == ["sn:au 2027-02-11", "sn:namnd 2027-02-25", "sn:presidium 2027-02-09"]
    assert found.skipped == ("Rad 5: gäller Barn- och utbildningsnämnden",)
    assert "Rad 4: det står inte vilken nämnd. Välj bun, sn." in read(text.encode(), "a.csv").faults


def test_an_excel_list_is_read() -> None:
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    cells = [["organ", "dag", "stoppdag"], ["KF", "2027-02-22", "2027-02-05"]]
    rows = "".join("<row>" + "".join(f'<c t="inlineStr"><is><t>{c}</t></is></c>' for c in r) + "</row>" for r in cells)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", f'<workbook {space}><sheets><sheet name="a"/></sheets></workbook>')
        archive.writestr("xl/worksheets/sheet1.xml", f"<worksheet {space}><sheetData>{rows}</sheetData></worksheet>")
    found = read(out.getvalue(), "moten.xlsx")
    assert [(x.body, x.day, x.stop) for x in found.lines] == [("kf", DAY("2027-02-22"), DAY("2027-02-05"))]


def test_lines_written_are_read_back_as_they_were() -> None:
    lines = (
        MeetingLine("sn", "au", DAY("2027-02-11"), None, stop_told=False),
        MeetingLine("sn", "namnd", DAY("2027-02-25"), None),
        MeetingLine("", "kf", DAY("2027-03-22"), DAY("2027-03-01"), cancelled=True),
    )
    back = read(write_lines(lines).encode(), "a.csv").lines
    assert [(x.namnd, x.body, x.day, x.stop, x.cancelled, x.stop_told) for x in back] == [
        (x.namnd, x.body, x.day, x.stop, x.cancelled, x.stop_told) for x in lines
    ]


# the command


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "140")
    assert main(["init", "--namnd", "sn", "Socialnämnden", "sn@ekeby.example"]) == 0
    return tmp_path


def standing() -> list[Meeting]:
    store = wiring.open_store(settings.load(Path("namndbot.toml")))
    try:
        with store.look() as book:
            return book.meetings(("sn", ""), cancelled=True)
    finally:
        store.close()


def year() -> int:
    return dt.date.today().year + 1  # noqa: DTZ011 - the command asks the real clock


def test_without_go_nothing_is_entered_and_with_it_all(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.csv").write_text(f"organ;dag;stoppdag\nAU;{year()}-02-11;\nKF;{year()}-03-22;{year()}-03-01\n", "utf-8")
    capsys.readouterr()
    assert main(["meetings", "import", "a.csv", "--namnd", "sn"]) == 0
    said = capsys.readouterr().out
    assert "2 nya möten. Ingen plan ändras." in said
    assert "För in med: namndbot meetings import a.csv --namnd sn --go" in said
    assert standing() == []
    assert main(["meetings", "import", "a.csv", "--namnd", "sn", "--go"]) == 0
    assert [(m.namnd, m.body, m.stop) for m in standing()] == [("sn", "au", None), ("", "kf", DAY(f"{year()}-03-01"))]
    assert main(["meetings", "import", "a.csv", "--namnd", "sn", "--go"]) == 0
    assert "Listan ändrar inget." in capsys.readouterr().out


def test_a_fault_enters_nothing_and_names_its_line(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.csv").write_text(f"organ;dag\nKF;{year()}-03-22\nKF;i mars\n", "utf-8")
    assert main(["meetings", "import", "a.csv", "--go"]) == 1
    assert "Rad 3: 'i mars' är inte en dag." in capsys.readouterr().out
    assert standing() == []


def test_what_the_list_does_not_name_is_told_and_with_replace_cancelled(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("a.csv").write_text(f"organ;dag\nKF;{year()}-03-22\nKF;{year()}-04-26\n", "utf-8")
    Path("b.csv").write_text(f"organ;dag\nKF;{year()}-03-22\n", "utf-8")
    assert main(["meetings", "import", "a.csv", "--go"]) == 0
    assert main(["meetings", "import", "b.csv", "--go"]) == 0
    assert "ställs in med --replace" in capsys.readouterr().out
    assert [m.state for m in standing()] == ["planned", "planned"]
    assert main(["meetings", "import", "b.csv", "--replace", "--go"]) == 0
    assert [m.state for m in standing()] == ["planned", "cancelled"]


def test_a_calendar_that_tells_no_stop_days_leaves_those_that_stand(here: Path) -> None:
    Path("a.csv").write_text(f"organ;dag;stoppdag\nKF;{year()}-03-22;{year()}-03-01\n", "utf-8")
    Path("b.ics").write_bytes(calendar(f"SUMMARY:KF\nDTSTART:{year()}0322"))
    assert main(["meetings", "import", "a.csv", "--go"]) == 0
    assert main(["meetings", "import", "b.ics", "--go"]) == 0
    assert [m.stop for m in standing()] == [DAY(f"{year()}-03-01")]


@pytest.mark.parametrize("name", ["ut.csv", "ut.ics"])
def test_what_is_exported_changes_nothing_when_it_is_read_back(
    here: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    Path("a.csv").write_text(
        f"organ;dag;stoppdag;inställt\nAU;{year()}-02-11;{year()}-02-01;\nnämnd;{year()}-02-25;;\n"
        f"presidium;{year()}-02-09;;\nKSAU;{year()}-02-23;;\nKS;{year()}-03-09;;\nKF;{year()}-03-22;;ja\n",
        "utf-8",
    )
    assert main(["meetings", "import", "a.csv", "--namnd", "sn", "--go"]) == 0
    before = standing()
    assert len(before) == 5
    assert main(["meetings", "export", name]) == 0
    capsys.readouterr()
    assert main(["meetings", "import", name, "--replace", "--go"]) == 0
    assert "Listan ändrar inget." in capsys.readouterr().out
    assert standing() == before


def test_check_notes_whose_calendar_is_missing(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from bot import checking

    found = settings.load(Path("namndbot.toml"))
    notes = [n for n in checking.notes(found, today=dt.date(2026, 9, 30)) if n.startswith("Mötena")]
    assert notes == [
        "Mötena 2026 är inte inlagda för Socialnämnden, kommunstyrelsen och fullmäktige. "
        "Läs in med: namndbot meetings import FIL"
    ]
    assert len([n for n in checking.notes(found, today=dt.date(2026, 10, 1)) if n.startswith("Mötena")]) == 2
