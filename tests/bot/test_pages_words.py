"""The pages: the letter's words and ours, without a browser."""

from __future__ import annotations

import dataclasses
import datetime as dt
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pages import views
from bot.pages.letter_view import Sentence, sheet
from bot.pages.serving import disposition
from handlers.reading.marking import find
from storage.records import Case, CaseDeadline

TODAY = dt.date(2026, 11, 24)
CASE = Case(
    id=1,
    namnd="sn",
    dnr="SN 2026-1",
    year=2026,
    number=1,
    state="open",
    kind="motion",
    matter="motion",
    title="Motion",
    sender=None,
    secret=False,
    inkommen_at=dt.datetime(2026, 11, 1, tzinfo=dt.UTC),
    registered_at=dt.datetime(2026, 11, 1, tzinfo=dt.UTC),
    raised=None,
    raised_which=None,
    motionarer=(),
    handlaggare_id=None,
    version=1,
)


def deadline(clock: str, date: dt.date | None) -> CaseDeadline:
    return CaseDeadline(1, 1, None, date, None, "svar", clock, "", "", "active", None, None)


@given(st.text(max_size=300), st.lists(st.text(max_size=40), max_size=5))
def test_the_pieces_make_the_whole_text(text: str, sentences: list[str]) -> None:
    lit = [Sentence("body", s, i, False) for i, s in enumerate(sentences, start=1)]
    made = sheet("a", "Brevet", "body", text, lit)
    assert "".join(p.text for p in made.pieces) == views.clean_lines(text)


@given(st.text(max_size=300))
def test_nothing_that_turns_or_hides_text_is_left(text: str) -> None:
    for made in (views.clean(text), views.clean_lines(text)):
        assert all(unicodedata.category(c)[0] != "C" or c == "\n" for c in made)
    assert "\n" not in views.clean(text)


@given(st.text(max_size=200))
def test_a_file_name_is_one_header_line_of_ascii(name: str) -> None:
    made = disposition(views.clean(name, 120))
    assert made.isascii()
    assert made.isprintable()
    assert made.count('"') == 2


def test_a_sentence_is_found_over_line_ends_and_a_shortened_one_by_its_beginning() -> None:
    assert find("Yttrandet ska vara inne\n  senast 1 maj.", "vara inne senast 1 maj") == (14, 38)
    assert find("Hela meningen står här.", "Hela meningen…") == (0, 13)
    assert find("Text", "") is None


@pytest.mark.parametrize(
    ("deadlines", "look", "words"),
    [
        ([deadline("law", dt.date(2026, 10, 27))], "law", "28 dagar efter lagen"),
        ([deadline("goal", dt.date(2026, 9, 1)), deadline("law", dt.date(2026, 11, 23))], "law", "1 dag efter lagen"),
        ([deadline("goal", dt.date(2026, 10, 14))], "goal", "41 dagar efter målet"),
        ([deadline("stated", dt.date(2026, 11, 20))], "goal", "4 dagar efter svarsdagen"),
        ([deadline("stated", TODAY)], "fine", "Svarsdag i dag"),
        ([deadline("stated", dt.date(2026, 11, 29))], "fine", "Svarsdag om 5 dagar"),
        ([deadline("goal", dt.date(2027, 3, 28))], "fine", "Mål 28 mars 2027"),
        ([deadline("stated", None)], "fine", "Svarsdag utan datum"),
        ([], "fine", "Ingen svarsdag"),
    ],
)
def test_red_is_only_for_the_law(deadlines: list[CaseDeadline], look: str, words: str) -> None:
    state = views.standing(CASE, deadlines, TODAY).state
    assert (state.look, state.words) == (look, words)


def test_a_case_that_waits_for_its_number_says_so_until_it_is_late() -> None:
    waits = dataclasses.replace(CASE, state="waiting_dnr", dnr=None)
    assert views.standing(waits, [], TODAY).state.words == "Väntar på dnr"
    late = views.standing(waits, [deadline("stated", dt.date(2026, 11, 23))], TODAY)
    assert late.state.words == "1 dag efter svarsdagen"


def test_a_secret_case_says_nothing_of_its_days() -> None:
    stands = views.standing(dataclasses.replace(CASE, secret=True), [deadline("law", dt.date(2020, 1, 1))], TODAY)
    assert (stands.group, stands.state.words, stands.sentence) == ("sekretess", "Sekretess", "")
