"""What corrections teach, and what they do not: corrections in, lines out."""

from __future__ import annotations

import datetime as dt

import pytest

from handlers.rules import lessons
from storage.records import Correction
from tests.builders import NOW


def put_right(number: int, became: str, *, sender: str = "anna@revision.example", **more: object) -> Correction:
    """Return a correction of letter `number` (or of the letter given), a minute later for each number."""
    values: dict[str, object] = {
        "field": "kind",
        "was": "remiss",
        "arrival_id": number,
        "case_id": number,
        "words": (),
        **more,
    }
    return Correction(
        id=number,
        namnd="sn",
        became=became,
        at=NOW + dt.timedelta(minutes=number),
        person_id=1,
        secret=False,
        sha256=str(number),
        document_id=None,
        sender=sender,
        rule_id=None,
        **values,  # type: ignore[arg-type]
    )


def taught(*corrections: Correction) -> list[tuple[str, str, tuple[int, ...]]]:
    return [(x.condition, x.value, x.evidence) for x in lessons.lessons(corrections, {"ekeby.example"})]


def test_three_in_two_letters_teach_and_three_in_one_do_not() -> None:
    twice = [put_right(n, "svar", arrival_id=min(n, 2)) for n in (1, 2, 3)]
    assert taught(*twice) == [("anna@revision.example", "svar", (1, 2, 3))]
    assert taught(*(put_right(n, "svar", arrival_id=1) for n in (1, 2, 3))) == []
    assert taught(*(put_right(n, "svar") for n in (1, 2))) == []


def test_one_that_says_otherwise_is_against() -> None:
    assert taught(*(put_right(n, "svar") for n in (1, 2, 3)), put_right(4, "motion")) == []


def test_what_was_put_right_again_counts_as_what_it_became_at_last() -> None:
    regretted = put_right(4, "motion", arrival_id=9)
    again = put_right(5, "svar", arrival_id=9)
    assert taught(put_right(1, "svar"), put_right(2, "svar"), regretted, again) == [
        ("anna@revision.example", "svar", (1, 2, 5))
    ]


@pytest.mark.parametrize("kind", sorted(lessons.NEVER))
def test_nothing_teaches_that_a_letter_is_nothing_a_machines_or_an_individuals(kind: str) -> None:
    assert taught(*(put_right(n, kind) for n in (1, 2, 3))) == []


def test_a_domain_needs_two_addresses_and_the_wider_line_is_offered_alone() -> None:
    two = [put_right(n, "svar", sender=f"{who}@revision.example") for n, who in enumerate("aabaa", start=1)]
    found = lessons.lessons(two, ())
    assert [x.condition for x in found] == ["*@revision.example", "a@revision.example"]
    assert [x.condition for x in lessons.without_repeats(found)] == ["*@revision.example"]


def test_the_longer_of_two_words_that_say_the_same_is_offered() -> None:
    three = [put_right(n, "7", field="handlaggare", words=("bidrag", "bostadsanpassning")) for n in (1, 2, 3)]
    found = lessons.without_repeats(lessons.lessons(three, ()))
    assert [(x.condition, x.shape) for x in found] == [("bostadsanpassning", "word")]
