"""Every letter of tests/letters gives what the file beside it says; the shared letters too, where they are present."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from .read_shared import read_all

LETTERS = Path(__file__).parents[1] / "letters"
SHARED = Path(__file__).parents[2] / "../shared"
READ = {name: (reading, row) for name, reading, row in read_all(LETTERS)}
FOLDERS = sorted(folder for folder in LETTERS.iterdir() if folder.is_dir())


def _expected(folder: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((folder / "expected.json").read_text("utf-8"))
    return told


def _kind(word: str) -> str:
    return word.replace("ö", "o").replace("å", "a").replace("ä", "a")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda f: f.name)
def test_a_letter_is_read_as_its_expectation_says(folder: Path) -> None:
    told, (reading, row) = _expected(folder), READ[folder.name]
    if told.get("unsure"):
        pytest.skip("marked unsure: careful readers differ")

    assert _kind(reading.kind) in {_kind(k) for k in [told["kind"], *told.get("kind_accept", [])]}
    assert reading.secret == told["secret"]
    if told["secret"]:
        shown = json.dumps(row, ensure_ascii=False).lower()
        assert not [w for w in told.get("must_not_show", []) if w.lower() in shown]
        return
    assert row["register"] in told.get("register_accept", [told["register"]])
    if not (told.get("deadlines_optional") and not reading.deadlines):
        assert {str(d.date) for d in reading.deadlines} == {str(d["date"]) for d in told["deadlines"]}
    if told.get("outcome"):
        assert reading.outcome == told["outcome"]
    if told.get("outcome_is_proposal"):
        assert reading.outcome_is_proposal
    if told.get("outcome_per_demand"):
        assert list(reading.outcome_per_demand) == told["outcome_per_demand"]
    if told.get("own_dnr"):
        assert list(reading.own_dnr) == told["own_dnr"]
    if told.get("motionarer"):
        assert list(reading.motionarer) == told["motionarer"]
    if told.get("title"):
        assert reading.title == told["title"]
    if told.get("replaces"):
        assert [d.replaces for d in reading.deadlines] == [True]
    if told.get("deadline_replaces"):
        assert [str(d.moved_from) for d in reading.deadlines] == [told["deadline_replaces"]]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda f: f.name)
def test_every_finding_of_a_letter_says_where_it_stands(folder: Path) -> None:
    for finding in READ[folder.name][0].findings:
        assert finding.where
        assert 0 <= finding.certainty <= 1


def test_at_most_a_fifth_of_the_letters_is_asked_about() -> None:
    open_letters = [reading for reading, _ in READ.values() if not reading.secret]
    assert sum(bool(reading.review) for reading in open_letters) <= len(open_letters) / 5


def _scorer() -> ModuleType:
    path = SHARED / "tools" / "score_letters.py"
    if not path.exists():
        pytest.skip("../shared is not beside this checkout")
    spec = importlib.util.spec_from_file_location("score_letters", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_shared_letters_are_read_well_and_nothing_secret_shows() -> None:
    scorer = _scorer()
    rows = {name: row for name, _, row in read_all(SHARED / "letters")}
    truth = {folder.name: _expected(folder) for folder in (SHARED / "letters").iterdir() if folder.is_dir()}
    whole = 0
    for name, told in truth.items():
        assert bool(rows[name]["secret"]) == bool(told["secret"])
        assert not scorer.shows(told, rows[name])
        whole += min(scorer.score(told, rows[name], truth).values()) >= 0.999
    assert whole / len(truth) >= 0.85


def test_the_eight_real_letters_give_what_they_must() -> None:
    if not (SHARED / "inputs").exists():
        pytest.skip("../shared is not beside this checkout")
    rows = {name[:2]: (reading, row) for name, reading, row in read_all(SHARED / "inputs")}
    truth = {f.name[:2]: _expected(f) for f in (SHARED / "inputs").iterdir() if f.is_dir()}
    for number, told in truth.items():
        reading, row = rows[number]
        assert row["register"] == told["register"]
        if "kind" in told:
            assert reading.kind in [told["kind"], *told.get("kind_accept", [])]
        if "matter" in told:
            assert reading.matter == told["matter"]
        if "external_dnr" in told:
            assert list(reading.external_dnr) == told["external_dnr"]
        if "deadlines" in told:
            assert [str(d.date) for d in reading.deadlines] == [d["date"] for d in told["deadlines"]]
        if "sent_to" in told:
            assert list(reading.sent_to) == told["sent_to"]
        if "outcome" in told:
            assert reading.outcome == told["outcome"]
    assert rows["02"][1]["duplicate_of"].endswith("01-linkoping-begaran-om-yttrande/mail.eml")
    assert "01-" in rows["03"][1]["follows"]
    assert "04-" in rows["05"][1]["follows"]
    assert "05-" in rows["06"][1]["follows"]
    assert len(rows["04"][0].questions) == 8
    assert len(rows["05"][0].demands) == 5
    assert rows["03"][0].outcome_is_proposal
    assert rows["07"][0].own_dnr == ("ASN-2021-11670",)
    assert [str(p.date) for p in rows["07"][0].plan] == ["2021-09-23", "2021-11-03", "2021-11-11", "2021-11-25"]
    assert rows["08"][0].documents == ("SOF 2023/605-1", "SOF 2023/605-2")
