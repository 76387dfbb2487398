"""The demo's two years: told in order, nobody disturbed at night, nothing said twice, and the register whole."""

from __future__ import annotations

import pytest

from bot import demo, demo_telling, demo_world
from bot.demo_world import Came, Noted, Passed, Sent, Year
from handlers.rules.deadlines import add_months
from handlers.rules.workdays import is_working_time

PLAIN = demo_telling.Paint(False)


@pytest.fixture(scope="module")
def years() -> dict[str, Year]:
    return demo.both()


def _in_order(text: str, *parts: str) -> None:
    at = 0
    for part in parts:
        found = text.find(part, at)
        assert found >= 0, f"{part!r} is missing after {text[max(0, at - 80) : at]!r}"
        at = found + len(part)


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def _sent(year: Year) -> list[Sent]:
    return [e for e in year.events if isinstance(e, Sent)]


def test_the_silent_year_tells_how_each_day_went_by_without_an_answer(years: dict[str, Year]) -> None:
    told = _squeezed(demo_telling.of_year(demo.SILENT, years[demo.SILENT], PLAIN))
    _in_order(
        told,
        "Måndag 12 januari 2026, dag 0",
        "Kommunstyrelsens kansli skriver: Begäran om yttrande",
        "Registrerat som SN 2026-1",
        "Boten till Anders Wikström, chef: Handläggare? SN 2026-1",
        "Vi frågar igen",
        "Boten till Birgitta Falk, förvaltningschef: Handläggare?",
        "Boten till Ylva Hedlund, registrator: Handläggare?",
        "▲ Svarsdagen i brevet gick ut fredag 29 maj 2026",
        "efter målet eller svarsdagen, 1 som ingen tagit",
        "▲ Kommunens mål gick ut tisdag 7 juli 2026",
        "■ Lagens tid gick ut torsdag 7 januari 2027",
        "1 efter lagens tid",
        "Fredag 12 februari 2027, dag 396: SN 2026-1 är öppet. Ingen har tagit det.",
    )


def test_the_answered_year_tells_who_did_what_until_it_was_closed_in_time(years: dict[str, Year]) -> None:
    told = _squeezed(demo_telling.of_year(demo.ANSWERED, years[demo.ANSWERED], PLAIN))
    _in_order(
        told,
        "Registrerat som SN 2026-1",
        "Anders Wikström svarar: Nej, fråga Karin",
        "Boten till Karin Ödman, handläggare: Kan du ta SN 2026-1",
        "Karin Ödman svarar: Ja, jag tar det.",
        "Karin Ödman är handläggare",
        "14 dagar till svarsdagen",
        "Karin Ödman svarar: Pågår",
        "Socialnämnden har beslutat § 47: bifall",
        "Svaret är skickat, 4 dagar före svarsdagen i brevet. Ärendet väntar på KF.",
        "Kommunfullmäktige har beslutat § 83: bifall",
        "Avslutat, 20 dagar före kommunens mål och 204 dagar före lagens tid",
        "SN 2026-1 är avslutat.",
    )
    assert not any(isinstance(e, Passed) for e in years[demo.ANSWERED].events)


def test_every_letter_of_a_year_goes_where_it_belongs(years: dict[str, Year]) -> None:
    for year in years.values():
        came = [e for e in year.events if isinstance(e, Came)]
        assert {e.outcome.state for e in came} <= {"registered", "answer"}
        assert [e.outcome.new_case for e in came] == [True] + [False] * (len(came) - 1)


def test_nobody_is_told_anything_on_a_day_off_or_at_night(years: dict[str, Year]) -> None:
    for year in years.values():
        assert _sent(year)
        assert [s for s in _sent(year) if not is_working_time(s.moment)] == []


def test_nothing_is_said_twice(years: dict[str, Year]) -> None:
    for year in years.values():
        ids = [s.message_id for s in _sent(year)]
        assert len(ids) == len(set(ids))
        same = [(s.moment, s.to, s.subject) for s in _sent(year)]
        assert len(same) == len(set(same))


def test_nobody_is_reminded_once_the_answer_is_sent(years: dict[str, Year]) -> None:
    year = years[demo.ANSWERED]
    sent = next(e.moment for e in year.events if isinstance(e, Noted) and e.entry.what == "svar skickat")
    after = [(s.to, s.subject) for s in _sent(year) if s.moment > sent]
    digests = {"anders.wikstrom@ekeby.example", "birgitta.falk@ekeby.example"}  # on Mondays
    # And the registrator is told what was taken for done: the answer, and then fullmäktige's decision.
    others = [subject for to, subject in after if to not in digests]
    assert digests <= {to for to, _ in after}
    assert others == ["Socialnämnden: 1 antecknat som klart"] * 2


def test_both_registers_are_whole_and_it_says_so(
    years: dict[str, Year], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo, "both", lambda: years)
    assert demo.show(colours=False) is True
    told = capsys.readouterr().out
    assert told.count("registret är helt") == 2
    assert "\033" not in told
    for year in years.values():
        assert year.checked is not None
        assert year.checked.faults == ()


def test_it_fits_in_a_hundred_columns_and_is_told_the_same_each_time(
    years: dict[str, Year], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "140")
    for title, year in years.items():
        told = demo_telling.of_year(title, year, PLAIN)
        assert max(map(len, told.splitlines())) <= 100
        assert told == demo_telling.of_year(title, year, PLAIN)
        assert "http" not in told


def test_the_table_sets_the_years_side_by_side(years: dict[str, Year]) -> None:
    rows = demo_telling.compared(years, PLAIN).splitlines()
    told = {row.split("  ")[0]: _squeezed(row.partition("  ")[2]) for row in rows if "  " in row}
    assert told["Till handläggare"] == "aldrig på 396 dagar samma dag"
    assert told["Till nämndens beslut"] == "aldrig på 396 dagar 129 dagar"
    assert told["Lagens tid, 7 januari 2027"] == "missad, 36 dagar sen vid slutet hölls"


def test_colours_are_only_where_the_terminal_has_them() -> None:
    assert demo_telling.Paint(True)("hej", "1") == "\033[1mhej\033[0m"
    assert PLAIN("hej", "1") == "hej"


def test_the_year_is_thirteen_months() -> None:
    assert add_months(demo_world.START, 13) == demo_world.END
