"""Every letter of tests/letters gives what the file beside it says; the shared letters too, where they are present."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from handlers.reading.reading import Reading

from .not_yet import NOT_YET
from .read_shared import read_all
from .scoring import WHOLE, score, shown

LETTERS = Path(__file__).parents[1] / "letters"
SHARED = Path(__file__).parents[2] / "../shared"
READ = {name: (reading, row) for name, reading, row in read_all(LETTERS)}
FOLDERS = sorted(folder for folder in LETTERS.iterdir() if folder.is_dir())


def _expected(folder: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((folder / "expected.json").read_text("utf-8"))
    return told


NAMES = [folder.name for folder in FOLDERS]
_TOGETHER = 25  # letters of one test: a thousand tests of their own would take longer than the reading
GROUPS = [FOLDERS[n : n + _TOGETHER] for n in range(0, len(FOLDERS), _TOGETHER)]


@pytest.mark.parametrize("folders", GROUPS, ids=lambda group: f"{group[0].name}...")
def test_letters_are_read_as_their_expectations_say(folders: list[Path]) -> None:
    found = {folder.name: wrong for folder in folders if (wrong := _wrong(folder))}
    assert found == {folder.name: NOT_YET[folder.name] for folder in folders if folder.name in NOT_YET}


def _wrong(folder: Path) -> set[str]:
    """What of a letter is read otherwise than expected; of one marked unsure nothing: careful readers differ."""
    told, (reading, row) = _expected(folder), READ[folder.name]
    if told.get("unsure"):
        return set()
    wrong = {field for field, value in score(told, row, NAMES).items() if value < WHOLE}
    wrong |= {"shows"} if told["secret"] and shown(told, row) else set()
    return wrong | (_exact(told, reading) if not told["secret"] else set())


def _exact(told: dict[str, Any], reading: Reading) -> set[str]:
    """What the expectation says beyond what is scored, and the reading does not."""
    said = {
        "title_whole": (told.get("title"), reading.title),
        "own_dnr": (told.get("own_dnr"), list(reading.own_dnr)),
        "outcome_is_proposal": (told.get("outcome_is_proposal"), reading.outcome_is_proposal),
        "outcome_per_demand": (told.get("outcome_per_demand"), list(reading.outcome_per_demand)),
        "replaces": (told.get("replaces"), [d.replaces for d in reading.deadlines] == [True]),
        "deadline_replaces": (
            told.get("deadline_replaces") and [told["deadline_replaces"]],
            [
                told.get("deadline_replaces") if d.replaces and not d.moved_from else str(d.moved_from)
                for d in reading.deadlines
            ],
        ),
    }
    return {name for name, (expected, got) in said.items() if expected and expected != got}


def test_no_letter_is_excused_that_is_not_there() -> None:
    assert set(NOT_YET) <= set(NAMES)


def test_every_finding_of_a_letter_says_where_it_stands() -> None:
    found = [(name, finding) for name, (reading, _) in READ.items() for finding in reading.findings]
    assert len(found) > len(READ)
    assert [one for one in found if not one[1].where or not 0 <= one[1].certainty <= 1] == []


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
