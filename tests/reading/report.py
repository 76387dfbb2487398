"""Prints how right the letters are read, and whether certainty means something; run by hand: make reading."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from handlers.reading.reading import Finding, Reading

from .read_shared import read_all
from .scoring import WHOLE, Told, days, kind_of, kinds, numbers, outcomes, plain, score, shown, squeezed

HERE = Path(__file__).parents[1]
SETS = {
    "tests/letters (looked at)": HERE / "letters",
    "tests/letters_apart (kept apart)": HERE / "letters_apart",
    "../shared/letters": HERE.parent / "../shared" / "letters",
}
# Where the ranges of certainty begin; the last ends at 1.
STEPS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
JUDGED = ("kind", "deadlines", "external_dnr", "outcome")

_Tally = dict[tuple[str, float], list[bool]]


@dataclass
class Sum:
    """What a set of letters has come to."""

    letters: int = 0
    unsure: int = 0  # marked so: careful readers differ; not scored
    fields: dict[str, list[float]] = field(default_factory=dict)
    whole: int = 0  # every field right
    open: int = 0  # no individual's matter
    asked: int = 0  # open ones that a person must look at
    unasked: int = 0  # those that the bot deals with alone, and takes for no secret
    right: int = 0  # of these, kind and deadlines right
    showing: list[str] = field(default_factory=list)  # secret letters of which something shows
    hidden: list[str] = field(default_factory=list)  # open letters taken for secret
    misses: list[str] = field(default_factory=list)
    findings: _Tally = field(default_factory=dict)

    @property
    def total(self) -> float:
        """The mean of the fields' means, so that a rare field weighs as much as a common one."""
        return sum(sum(v) / len(v) for v in self.fields.values()) / max(1, len(self.fields))


def add_up(folder: Path) -> Sum:
    """Read a set of letters and hold each against its expectation."""
    made = Sum()
    read = read_all(folder)
    names = [name for name, _, _ in read]
    for name, reading, row in read:
        expected: Told = json.loads((folder / name / "expected.json").read_text("utf-8"))
        made.letters += 1
        _count_secrets(made, name, expected, row)
        if expected.get("unsure"):
            made.unsure += 1
            continue
        scores = score(expected, row, names)
        for which, value in scores.items():
            made.fields.setdefault(which, []).append(value)
        made.whole += min(scores.values()) >= WHOLE
        if not expected["secret"]:
            made.open += 1
            made.asked += bool(row["review"])
        if not row["review"] and not row["secret"]:
            made.unasked += 1
            made.right += min(scores["kind"], scores["deadlines"]) >= WHOLE
        made.misses += [_miss(name, which, value, expected, row) for which, value in scores.items() if value < WHOLE]
        if not expected["secret"] and not reading.secret:
            for finding, right in judged(expected, reading):
                made.findings.setdefault((finding.field, _step(finding.certainty)), []).append(right)
    return made


def judged(expected: Told, reading: Reading) -> Iterator[tuple[Finding, bool]]:
    """Each finding that can be held against the expectation, and whether it is right.

    Somebody else's deadlines, and that a day is missing, are no claims to be judged here.
    """
    dates = {date for told, _ in days(expected) for date in told}
    for finding in reading.findings:
        if finding.field == "kind":
            yield finding, kind_of(finding.value) in kinds(expected)
        elif (
            finding.field == "deadlines"
            and finding.value
            and finding.value not in (expected.get("other_deadlines") or [])
        ):
            yield finding, (finding.value if finding.value[:1].isdigit() else None) in dates
        elif finding.field == "external_dnr":
            yield finding, squeezed(finding.value) in numbers(expected)
        elif finding.field == "outcome":
            yield finding, plain(finding.value) in outcomes(expected)


def _step(certainty: float) -> float:
    return max(step for step in STEPS if step <= certainty)


def _count_secrets(made: Sum, name: str, expected: Told, row: Told) -> None:
    if expected["secret"] and (not row["secret"] or shown(expected, row)):
        made.showing.append(name)
    if row["secret"] and not expected["secret"]:
        made.hidden.append(name)


_TOLD = {"sender": "sender_authority", "duplicate": "duplicate_of", "demands": "demands"}
_WANTED = {**_TOLD, "title": "title_contains", "duplicate": "is_duplicate_of", "demands": "demands_count"}


def _miss(name: str, which: str, value: float, expected: Told, row: Told) -> str:
    said, wanted = row.get(_TOLD.get(which, which)), expected.get(_WANTED.get(which, which))
    if which == "deadlines":
        said = [(told["date"], told["purpose"]) for told in said or []]
        wanted = [(told.get("date"), told.get("purpose_contains")) for told in wanted or []]
    shown_of = "" if expected["secret"] else f"  said {_short(said)}  wanted {_short(wanted)}"
    return f"{name}: {which} {value:.2f}{shown_of}"


def _short(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)[:160]


def lines_of(title: str, made: Sum, misses: bool) -> Iterator[str]:
    """The report of one set."""
    sure = made.letters - made.unsure
    yield f"{title}: {made.letters} letters" + (f", {made.unsure} unsure and not scored" if made.unsure else "")
    if misses:
        yield from (f"  {miss}" for miss in made.misses)
    fields = ", ".join(f"{name} {100 * sum(v) / len(v):.1f}" for name, v in sorted(made.fields.items()))
    yield f"  total score              {100 * made.total:5.1f} %  ({fields})"
    yield f"  without a fault          {_share(made.whole, sure)}"
    yield f"  asked about              {_share(made.asked, made.open)} that are open; bound 20 %"
    yield f"  without asking           {_share(made.unasked, sure)}"
    yield f"  of these right           {_share(made.right, made.unasked)}: kind and deadlines; bound 99 %"
    yield f"  secret that show         {len(made.showing)} {' '.join(made.showing)}"
    yield f"  open that are hidden     {len(made.hidden)} {' '.join(made.hidden)}"
    yield from _reliability(made.findings)


def _reliability(findings: _Tally) -> Iterator[str]:
    yield "  certainty    " + "".join(f"{name:>18}" for name in JUDGED)
    for at, step in enumerate(STEPS):
        upto = STEPS[at + 1] if at + 1 < len(STEPS) else 1.0
        cells = [findings.get((name, step), []) for name in JUDGED]
        if any(cells):
            yield f"  {step:.2f}–{upto:.2f}    " + "".join(f"{_cell(cell):>18}" for cell in cells)


def _cell(right: list[bool]) -> str:
    return f"{sum(right)} of {len(right)} {100 * sum(right) / len(right):4.0f} %" if right else "–"


def _share(some: int, of: int) -> str:
    return f"{100 * some / max(1, of):5.1f} %  ({some} of {of})"


def main(arguments: Sequence[str]) -> int:
    """Print the report of each set that is there."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument(
        "folders", nargs="*", type=Path, help="other sets: folders of folders with mail.eml, expected.json"
    )
    asked.add_argument("--misses", action="store_true", help="list each miss")
    told = asked.parse_args(arguments)
    sets = {str(folder): folder for folder in told.folders} or SETS
    for title, folder in sets.items():
        if folder.is_dir():
            print("\n".join(lines_of(title, add_up(folder), told.misses)), end="\n\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
