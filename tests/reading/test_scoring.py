"""The scorer says what is right and what is not, as the one in ../shared does."""

from __future__ import annotations

import json

import pytest

from handlers.reading.reading import Finding, Reading

from .read_shared import read_all
from .report import Sum, judged, lines_of
from .scoring import Told, score, shown
from .test_letters import SHARED, _scorer

TRUTH: Told = {
    "kind": "remiss",
    "matter": "motion",
    "title_contains": "gratis cykelhjälmar",
    "sender_authority": "Ekeby kommun, kommunstyrelsen",
    "external_dnr": ["KS 2026/12"],
    "deadlines": [{"date": "2026-05-01", "purpose_contains": "yttrande|svar"}],
    "motionarer": ["Rut Sand (MP)"],
    "demands_count": 2,
    "outcome": None,
    "secret": False,
    "register": True,
    "is_duplicate_of": None,
}
RIGHT: Told = {
    "kind": "begäran om yttrande",
    "matter": "motion",
    "title": "Motion om gratis cykelhjälmar",
    "sender_authority": "Ekeby kommunstyrelsen",
    "external_dnr": ["KS2026-12"],
    "deadlines": [{"date": "2026-05-01", "purpose": "yttrande", "clock": "stated"}],
    "motionarer": ["Rut Sand (MP)"],
    "demands": ["att a", "att b"],
    "outcome": None,
    "secret": False,
    "register": True,
    "duplicate_of": None,
}


def test_a_right_reading_has_full_scores() -> None:
    assert set(score(TRUTH, RIGHT, ["001"]).values()) == {1.0}


@pytest.mark.parametrize(
    ("which", "said", "value"),
    [
        ("kind", {"kind": "motion"}, 0.0),
        ("matter", {"matter": None}, 0.0),
        ("title", {"title": "Motion om cyklar"}, 0.0),
        ("title", {"title": "Gratis cykelhjälmar" + " och annat" * 20}, 0.0),
        ("sender", {"sender_authority": "Björkviks kommun, revisorerna"}, 0.0),
        ("external_dnr", {"external_dnr": ["KS 2026/12", "SN 2026/1"]}, 2 / 3),
        ("deadlines", {"deadlines": []}, 0.0),
        ("deadlines", {"deadlines": [{"date": "2026-05-01", "purpose": "möte", "clock": "stated"}]}, 0.7),
        (
            "deadlines",
            {"deadlines": [*RIGHT["deadlines"], {"date": "2026-06-01", "purpose": "yttrande", "clock": "stated"}]},
            2 / 3,
        ),
        ("deadlines", {"deadlines": [*RIGHT["deadlines"], {"date": "2026-06-01", "clock": "law"}]}, 1.0),
        ("motionarer", {"motionarer": ["Rut Sand (S)"]}, 0.7),
        ("demands", {"demands": ["att a"]}, 0.0),
        ("outcome", {"outcome": "avslag"}, 0.0),
        ("secret", {"secret": True}, 0.0),
        ("register", {"register": False}, 0.0),
        ("duplicate", {"duplicate_of": "x/001/mail.eml"}, 0.0),
    ],
)
def test_a_wrong_field_costs_that_field(which: str, said: Told, value: float) -> None:
    scores = score(TRUTH, {**RIGHT, **said}, ["001"])
    assert scores.pop(which) == pytest.approx(value)
    assert set(scores.values()) == {1.0}


def test_what_shows_of_a_secret_letter_is_told() -> None:
    assert shown({"must_not_show": ["Kim Berg"]}, {"title": "Om KIM  BERG"}) == ["Kim Berg"]


def test_both_scorers_agree_on_right_readings_and_on_those_of_other_letters() -> None:
    scorer = _scorer()
    folder = SHARED / "letters"
    rows = {name: row for name, _, row in read_all(folder)}
    truth = {name: json.loads((folder / name / "expected.json").read_text("utf-8")) for name in rows}
    for expected in truth.values():
        for row in rows.values():
            assert score(expected, row, truth) == scorer.score(expected, row, truth)
            assert shown(expected, row) == scorer.shows(expected, row)


def test_a_finding_is_judged_by_its_field() -> None:
    said = [
        ("kind", "motion"),
        ("deadlines", "2026-05-01"),
        ("deadlines", "2026-05-02"),
        ("deadlines", ""),
        ("outcome", "avslag"),
    ]
    reading = Reading(findings=tuple(Finding(which, value, 0.9, "", "body") for which, value in said))
    assert [right for _, right in judged(TRUTH, reading)] == [False, True, False, False]


def test_the_report_names_what_shows_and_how_far_certainty_goes() -> None:
    made = Sum(
        letters=2, fields={"kind": [1.0, 0.0]}, whole=1, open=2, asked=1, unasked=1, right=1, showing=["042-oro"]
    )
    made.findings = {("kind", 0.9): [True, False]}
    text = "\n".join(" ".join(line.split()) for line in lines_of("a set", made, misses=True))
    assert "total score 50.0 %" in text
    assert "042-oro" in text
    assert "0.90–0.95 1 of 2 50 %" in text
