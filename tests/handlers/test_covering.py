"""What tells of a private person is covered, what is an authority's or a politician's stays."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from handlers.rules import covering, masking
from handlers.rules.covering import covered

PRIVATE = ("Xena Quark", "Anna-Karin von Tuvstarr")
PUBLIC = ("Karin Ödman", "Lena Östberg")
COVER = covering.cover_for(
    (), private=PRIVATE, public=PUBLIC, bodies=("Socialnämnden", "Ekeby kommun"), domains=("ekeby.example",)
)


@pytest.mark.parametrize(
    ("text", "what", "gone"),
    [
        ("Xena Quark skrev", "namn", "Quark"),
        ("QUARK, XENA", "namn", "XENA"),
        ("xena och quarks hund", "namn", "quark"),
        ("Anna Karin Tuvstarrs bil", "namn", "Tuvstarr"),
        ("Motion_Quark.pdf, motionQuark2.pdf", "namn", "Quark"),
        ("X\u200bena Qu\u00adark", "namn", "Quark"),
        ("Tuvstarr", "namn", "Tuvstarr"),
        ("811218-9876", "personnummer", "9876"),
        ("19 811218 9876", "personnummer", "9876"),
        ("8112189876", "personnummer", "9876"),
        ("811218 – 9876", "personnummer", "9876"),
        ("811218-\n9876", "personnummer", "9876"),
        ("811278-9876", "personnummer", "9876"),
        ("811218_9876.pdf", "personnummer", "9876"),
        ("811218.9876", "personnummer", "9876"),
        ("811218/9876", "personnummer", "9876"),
        ("1981-12-18-9876", "personnummer", "9876"),
        ("1981-12-18 9876", "personnummer", "9876"),
        ("811218-98 76", "personnummer", "98 76"),
        ("811218-TF12", "personnummer", "TF12"),
        ("073\u2011123 45 67", "telefonnummer", "123"),
        ("070\u2212123 45 67", "telefonnummer", "123"),
        ("073.123.45.67", "telefonnummer", "123"),
        ("född den 18 december 1981", "födelsedag", "1981"),
        ("f. 1981-12-18", "födelsedag", "1981"),
        ("073-123 45 67", "telefonnummer", "123"),
        ("Storgatan 12", "adress", "12"),
        ("582 22 Linköping", "adress", "582"),
        ("xena@gmail.com", "e-postadress", "xena"),
        ("barn@gmail.com", "e-postadress", "barn"),
        ("info@quark.se", "e-postadress", "quark"),
        ("https://x.se/~xena", "länk", "xena"),
    ],
)
def test_what_leads_to_a_private_person_is_covered(text: str, what: str, gone: str) -> None:
    shown, places = covered(text, COVER)
    assert places[what] >= 1
    assert gone.lower() not in shown.lower()
    assert covering.BLACK in shown


@pytest.mark.parametrize(
    "text",
    [
        "Lena Östberg (V) och Östberg, Lena. Lena Östbergs motion. Östberg yrkar avslag.",
        "karin.odman@ekeby.example, info@linkoping.se, https://ekeby.example/lekpark",
        "Socialnämnden i Ekeby kommun, organisationsnummer 212000-0449",
        "Svar senast den 26 februari 2027, dnr KS 2026-388, kl. 08.15-12.00 den 03-04-2026, 1 250 000 kronor.",
        "§ 112 Kommunstyrelsens beslut 2026/0388",
        "Sammanträden 2026-11-22 2027-01-14, 2027-02-11. Öppet 08.30-16.00, den 03.04.2026.",
    ],
)
def test_what_is_public_stays(text: str) -> None:
    assert covered(text, COVER) == (text, {})


def test_an_official_does_not_protect_a_private_person_with_the_same_first_name() -> None:
    text = "Lena Östberg (V) fick ett brev av Lena Granne."
    cover = covering.cover_for((text,), public=("Lena Östberg",))
    assert covered(text, cover)[0] == "Lena Östberg (V) fick ett brev av ████."


def test_a_public_name_of_one_word_protects_nobody_else() -> None:
    cover = covering.cover_for((), public=("Lena",), private=("Lena Granne",), bodies=("Lena",))
    assert covered("Lena Granne", cover)[0] == "████"


def test_letters_in_brackets_that_are_no_party_protect_nobody() -> None:
    text = "Lisa Granne (ADHD) och Nils Ek (S)"
    assert covered(text, covering.cover_for((text,)))[0] == "████ (ADHD) och Nils Ek (S)"


def test_what_only_looks_like_a_name_is_said_to_be_perhaps_one() -> None:
    text = "Kontot hos Zorro Blixt stängs."
    shown, places = covered(text, covering.cover_for((text,)))
    assert shown == "Kontot hos ████ stängs."
    assert places == {"kanske ett namn": 1}


def test_side_by_side_is_one_place() -> None:
    shown, places = covered("Xena Quark, Storgatan 12, 582 22 Linköping", COVER)
    assert (shown, places) == ("████, ████", {"namn": 1, "adress": 1})


def test_every_kind_of_place_says_why() -> None:
    kinds = {what for _, what in masking._CONTACTS} | {covering.NAME, covering.PERHAPS, covering.NUMBER, covering.BORN}
    assert kinds == set(covering.WHY)


_LETTERS = "abcdefghijklmnopqrstuvwxyzåäöéü"
_WORDS = st.sampled_from(
    "Socialnämnden Ekeby kommun motion av lekpark 2026-11-24 § 12 Lena Östberg (V) KS 2026-388 kr 1 250 000 ; , \n . - ( ) _ "
    "Med vänlig hälsning Från: Till: @ https://ekeby.example/a info@ekeby.example Yttrande senast".split(" ")
)
_NAME = st.text(_LETTERS, min_size=4, max_size=12).map(str.capitalize)
_NUMBER = st.builds(
    "{:02d}{:02d}{:02d}{}{:04d}".format,
    st.integers(0, 99), st.integers(1, 12), st.integers(1, 31), st.sampled_from(["-", "+", "", " ", "–", " - ", "-\n"]),
    st.integers(0, 9999),
)  # fmt: skip
_KEPT = {w.lower() for name in (*PUBLIC, "Socialnämnden", "Ekeby kommun") for w in name.split()}


@given(
    st.lists(_WORDS, max_size=20), st.lists(_WORDS, max_size=20), _NAME, _NAME, _NUMBER,
    st.sampled_from([str, str.upper, str.lower]), st.sampled_from(["{} {}", "{1}, {0}", "{1}s", "{0}_{1}", "{0}\n{1}"]),
)  # fmt: skip
def test_no_planted_name_or_number_is_left_whatever_stands_around(
    before: list[str], after: list[str], first: str, last: str, number: str, written: object, form: str
) -> None:
    assume(not {first.lower(), last.lower()} & _KEPT)
    assert callable(written)
    text = " ".join([*before, written(form.format(first, last)), number, *after])
    cover = covering.cover_for(
        (text,), private=(f"{first} {last}",), public=PUBLIC, bodies=("Socialnämnden", "Ekeby kommun"), domains=("ekeby.example",)
    )  # fmt: skip
    shown, places = covered(text, cover)
    around = set(re.findall(r"[^\W\d_]+", " ".join([*before, *after]).lower()))
    for part in {first.lower(), last.lower()} - around:
        assert part not in re.findall(r"[^\W\d_]+", shown.lower())
    assert number not in shown
    assert re.sub(r"\D", "", number) not in re.sub(r"\s|[-+–]", "", shown)
    assert places.total() == shown.count(covering.BLACK)


@given(st.text(max_size=300))
def test_covering_never_raises_and_covering_twice_changes_nothing(text: str) -> None:
    cover = covering.cover_for((text,), private=PRIVATE)
    once, _ = covered(text, cover)
    assert covered(once, cover)[0] == once
