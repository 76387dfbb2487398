"""What a matter is to the rest of the house: its words, its clocks and when its steps are reminded of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Law:
    """A statutory time that runs from the day the matter was väckt, or with no months the day that it came."""

    months: int  # 0: the same day, and it runs from the day the letter came (inkommen)
    purpose: str  # Swedish, as a deadline's purpose
    paragraph: str  # Swedish, where it stands
    sentence: str  # Swedish, what the law says, short


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of letter or matter; name is the word in reading-json and in the tables."""

    name: str
    label: str  # "Motion"
    over: str = ""  # after "Begäran om yttrande över": "motion"
    law: Law | None = None
    steps: tuple[int, ...] = ()  # days left when its steps are reminded of; empty: as the nämnd's others


# KL 5 kap. 35 §: one rule for motions and medborgarförslag.
ONE_YEAR = Law(
    months=12,
    purpose="beslut i kommunfullmäktige",
    paragraph="kommunallagen 5 kap. 35 §",
    sentence="Fullmäktige ska om möjligt besluta inom ett år från det att ärendet väcktes.",
)
