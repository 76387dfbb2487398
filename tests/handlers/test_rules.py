"""The calendar, the arithmetic of time limits, and numbers."""

from __future__ import annotations

import datetime as dt

import holidays as published
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.rules import deadlines, matching, numbering, workdays

DAYS = st.dates(dt.date(2000, 1, 1), dt.date(2099, 12, 31))


@pytest.mark.parametrize("year", range(2024, 2036))
def test_the_thirteen_holidays_are_those_that_others_publish(year: int) -> None:
    # The package counts every Sunday unless told otherwise, and leaves the three eves out.
    others = set(published.country_holidays("SE", years=year, include_sundays=False))
    assert set(workdays.holidays(year)) == others


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2026-04-03", "långfredagen"),
        ("2027-03-29", "annandag påsk"),
        ("2028-05-25", "Kristi himmelsfärdsdag"),
        ("2026-06-19", "midsommarafton"),
        ("2027-06-25", "midsommarafton"),
        ("2026-10-31", "alla helgons dag"),
        ("2028-11-04", "alla helgons dag"),
        ("2026-12-24", "julafton"),
        ("2027-12-31", "nyårsafton"),
        ("2027-06-06", "nationaldagen"),
        ("2026-11-21", "lördag"),
    ],
)
def test_a_day_off_has_a_name(day: str, name: str) -> None:
    assert workdays.day_off(dt.date.fromisoformat(day)) == name


@pytest.mark.parametrize("day", ["2026-01-05", "2026-04-02", "2026-04-30", "2026-05-15"])
def test_trettondagsafton_skartorsdag_valborg_and_klamdagar_are_working_days(day: str) -> None:
    assert workdays.day_off(dt.date.fromisoformat(day)) is None


@pytest.mark.parametrize(
    ("start", "months", "goal", "law"),
    [
        ("2021-03-16", 12, "2022-03-16", "2022-03-16"),
        ("2021-04-06", 6, "2021-10-06", "2021-10-06"),
        ("2026-08-31", 6, "2027-02-28", "2027-03-01"),
        ("2027-08-31", 6, "2028-02-29", "2028-02-29"),
        ("2025-08-31", 6, "2026-02-28", "2026-03-02"),
        ("2024-02-29", 12, "2025-02-28", "2025-02-28"),
        ("2026-06-24", 6, "2026-12-24", "2026-12-28"),
        ("2025-12-19", 6, "2026-06-19", "2026-06-22"),
        ("2026-12-31", 6, "2027-06-30", "2027-06-30"),
    ],
)
def test_months_run_to_the_same_day_and_only_the_laws_time_moves(start: str, months: int, goal: str, law: str) -> None:
    last = deadlines.add_months(dt.date.fromisoformat(start), months)
    assert last.isoformat() == goal
    assert deadlines.statutory(last).isoformat() == law


@given(DAYS, st.integers(0, 36))
def test_months_never_end_in_another_month_and_never_run_backwards(start: dt.date, months: int) -> None:
    end = deadlines.add_months(start, months)
    assert (end.year * 12 + end.month) - (start.year * 12 + start.month) == months
    assert end >= start
    assert end.day <= start.day


@given(DAYS)
def test_statutory_time_ends_on_a_working_day_within_a_week_or_so(last: dt.date) -> None:
    moved = deadlines.statutory(last)
    assert workdays.day_off(moved) is None
    assert dt.timedelta(0) <= moved - last <= dt.timedelta(days=5)
    assert (moved == last) == (workdays.day_off(last) is None)


@given(DAYS)
def test_the_working_day_before_lies_before(day: dt.date) -> None:
    assert workdays.workday_before(day) <= day <= workdays.next_workday(day)
    assert workdays.workday_after(day) > day


TEMPLATES = (
    "{prefix} {year}-{number}",
    "{prefix}/{year}:{number}",
    "{prefix}-{year}-{number:05d}",
    "{year}/{prefix}{number:04d}",
)


@given(
    st.sampled_from(TEMPLATES),
    st.sampled_from(["SN", "BUN", "KSF", "ÄN"]),
    st.integers(1990, 2099),
    st.integers(1, 99_999),
)
def test_a_number_is_found_again_in_any_text_and_compares_equal(
    template: str, prefix: str, year: int, number: int
) -> None:
    dnr = numbering.render(template, prefix, year, number)
    assert numbering.format_fault(dnr, template, prefix) is None
    found = numbering.find_own(f"Angående ert dnr {dnr}, och {dnr}.", template, prefix)
    assert found == [dnr]
    assert numbering.key(found[0]) == numbering.key(dnr.lower())


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Dnr KS 2021-299", "KS/2021:299", True),
        ("KS 2014/742.912", "KS-2014/742.912", True),
        ("SOF 2023/605-1", "SOF 2023/605", True),
        ("KS2026/1005", "KS 2026/1005", True),
        ("KS-2026-00866", "ks 2026-866", True),
        ("Dnr. 2021- 457", "2021-457", True),
        ("KS 2021-299", "SN 2021-299", False),
        ("KS 2021-299", "KS 2022-299", False),
        ("501-1905-2022", "501-1906-2022", False),
        ("316-259/2012", "316-260/2012", False),
    ],
)
def test_two_ways_of_writing_one_number_are_the_same(one: str, other: str, same: bool) -> None:
    assert (numbering.key(one) == numbering.key(other)) == same


@given(st.text(max_size=60))
def test_any_text_has_a_key(text: str) -> None:
    numbering.key(text)


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{prefix} {year}", "saknar {number}"),
        ("{prefix} {year}-{number", "klamrar"),
        ("{year}-{nummer}", "den får bara ha"),
        ("{year}-{number:x}", "bara bredd"),
        ("{year}-{year}-{number}", "två gånger"),
        ("{year.real}-{number}", "den får bara ha"),
    ],
)
def test_a_template_that_cannot_be_is_told_plainly(template: str, words: str) -> None:
    assert words in (numbering.template_fault(template) or "")


@given(st.text(max_size=80), st.text(max_size=80))
def test_likeness_is_a_share_and_goes_both_ways(a: str, b: str) -> None:
    assert 0 <= matching.likeness(a, b) <= 1
    assert matching.likeness(a, b) == matching.likeness(b, a)


@pytest.mark.parametrize(
    ("came", "by"),
    [
        ("2026-11-20", "2026-11-23"),
        ("2026-12-23", "2026-12-28"),
        ("2026-06-18", "2026-06-22"),
        ("2026-11-24", "2026-11-25"),
    ],
)
def test_a_letter_is_to_be_registered_by_the_next_working_day(came: str, by: str) -> None:
    assert deadlines.registered_by(dt.date.fromisoformat(came)).isoformat() == by
