"""The pure rules of replies: tokens, who vouches for a sender, what people write in answers and corrections."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.reading import authentication, replies
from handlers.rules import answers, correction_words, tokens

DAY = dt.date(2026, 11, 24)
KEY = b"a key that only the tests know"
FROM = ("From", "Karin <karin@ekeby.se>")


@settings(max_examples=200, deadline=None)
@given(
    st.text(max_size=40), st.integers(1, 10_000), st.dates(dt.date(2020, 1, 1), dt.date(2090, 1, 1)), st.integers(0, 35)
)
def test_a_token_is_good_for_its_message_and_person_alone(what: str, person: int, day: dt.date, at: int) -> None:
    token = tokens.sign([KEY], what, person, day)
    assert tokens.is_signed([KEY], token.upper(), what, person)
    assert tokens.expires(token) == day
    assert not tokens.is_signed([KEY], token, what + "x", person)
    assert not tokens.is_signed([KEY], token, what, person + 1)
    assert not tokens.is_signed([b"another key of sixteen"], token, what, person)
    other = "b" if token[at] == "a" else "a"
    assert not tokens.is_signed([KEY], token[:at] + other + token[at + 1 :], what, person)
    assert tokens.found_in([f"<{token}@ekeby.se>"]) == (token,)
    assert tokens.without(f"x {token} y") == "x  y"


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_no_text_is_a_token_by_chance(text: str) -> None:
    assert not tokens.is_signed([KEY], text, "x", 1)


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ([("Authentication-Results", "mx.ekeby.se; dmarc=pass header.from=ekeby.se")], "pass"),
        (
            [("Authentication-Results", "MX.ekeby.se 1; spf=pass smtp.mailfrom=x; DMARC=Pass header.from=Ekeby.SE")],
            "pass",
        ),
        (
            [("authentication-results", "mx.ekeby.se;\r\n\tdkim=pass;\r\n\tdmarc=pass (p=none) header.from=ekeby.se")],
            "pass",
        ),
        ([("Received", "x"), ("Authentication-Results", "mx.ekeby.se; dmarc=pass header.from=ekeby.se")], "pass"),
        ([("Authentication-Results", "mx.ekeby.se; dmarc=fail header.from=ekeby.se")], "fail"),
        ([("Authentication-Results", "mx.ekeby.se; dmarc=pass header.from=evil.se")], "fail"),
        ([("Authentication-Results", "mx.ekeby.se; dmarc=pass")], "fail"),
        ([("Authentication-Results", "mx.ekeby.se; dmarc=none header.from=ekeby.se")], "none"),
        (
            [("Authentication-Results", "mx.ekeby.se; spf=pass smtp.mailfrom=ekeby.se; dkim=pass header.d=ekeby.se")],
            "none",
        ),
        ([("Authentication-Results", "evil.mx.ekeby.se; dmarc=pass header.from=ekeby.se")], "none"),
        ([("Authentication-Results", "spf=pass; dmarc=pass header.from=ekeby.se")], "none"),
        ([("Authentication-Results", "mx.ekeby.se; x=(; dmarc=pass header.from=ekeby.se")], "none"),
        (
            [("Authentication-Results", 'mx.ekeby.se; spf=pass smtp.mailfrom="a; dmarc=pass header.from=ekeby.se"')],
            "none",
        ),
        ([("Authentication-Results", "mx.ekeby.se; spf=pass (\\); dmarc=pass header.from=ekeby.se)")], "none"),
        ([("Authentication-Results", "mx.ekeby.se; xdmarc=pass header.from=ekeby.se")], "none"),
        (
            [
                ("Authentication-Results", "mx.ekeby.se; dmarc=none header.from=ekeby.se"),
                ("Authentication-Results", "mx.ekeby.se; dmarc=pass header.from=ekeby.se"),
            ],
            "none",
        ),
        (
            [
                ("Authentication-Results", "mx.ekeby.se; spf=pass"),
                ("Authentication-Results", "mx.ekeby.se; dmarc=pass header.from=ekeby.se"),
                ("Authentication-Results", "mx.ekeby.se; dmarc=fail header.from=ekeby.se"),
            ],
            "fail",
        ),
        (
            [
                ("Authentication-Results", "mx.ekeby.se; spf=pass"),
                ("Received", "from evil"),
                ("Authentication-Results", "mx.ekeby.se; dmarc=pass header.from=ekeby.se"),
            ],
            "none",
        ),
        (
            [
                ("Authentication-Results", "gateway.se; none"),
                ("Authentication-Results", "mx.ekeby.se; dmarc=pass header.from=ekeby.se"),
            ],
            "none",
        ),
    ],
)
def test_only_our_own_servers_topmost_words_count(headers: list[tuple[str, str]], found: str) -> None:
    assert authentication.level([*headers, FROM], authserv_id="mx.ekeby.se") == found
    assert authentication.level([*headers, FROM]) == "none"


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["Authentication-Results", "From", "Sender", "Received"]), st.text(max_size=80)))
)
def test_any_headers_are_weighed_without_raising(headers: list[tuple[str, str]]) -> None:
    assert authentication.level(headers, authserv_id="mx.ekeby.se", exchange=True) in (
        "pass",
        "fail",
        "none",
        "internal",
    )


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200))
def test_any_words_are_read_without_raising(text: str) -> None:
    answers.parse(text, DAY)
    correction_words.parse(text, DAY)
    replies.own_words(text, text)


@pytest.mark.parametrize(
    ("line", "act", "value"),
    [
        ("motion", "kind", "motion"),
        ("MOTION!", "kind", "motion"),
        ("Det är en motoin", "kind", "motion"),
        ("Det här är ett medborgarforslag", "kind", "medborgarforslag"),
        ("medborgarfölslag", "kind", "medborgarforslag"),
        ("Nej, det är en remis", "kind", "remiss"),
        ("typ: tjänsteskrivelse", "kind", "tjansteskrivelse"),
        ("nämdinitiativ", "kind", "namndinitiativ"),
        ("RUBRIK: Gång- och cykelväg: etapp 2", "title", "Gång- och cykelväg: etapp 2"),
        ("rubirk: Larm", "title", "Larm"),
        ("Ärendemening = Larm", "title", "Larm"),
        ("Arendemening: Larm", "title", "Larm"),
        ("Rubriken ska vara Larm", "title", "Larm"),
        ("svar senast 5/2", "deadline", "2027-02-05"),
        ("Svar senast den 5 februari 2027", "deadline", "2027-02-05"),
        ("svarsdag: 2027-02-05", "deadline", "2027-02-05"),
        ("inget datum", "deadline", ""),
        ("Ingen svarsdag.", "deadline", ""),
        ("hör till SN 2026-12", "case", "SN 2026-12"),
        ("Hör till ärendet sn/2026:12.", "case", "sn/2026:12"),
        ("hör till A-17", "case", "A-17"),
        ("hemlig", "secret", ""),
        ("hemlgt", "secret", ""),
        ("Är det här hemligt?", "secret", ""),
        ("rubrik: hemlig", "secret", ""),
        ("typ: sekretess", "secret", ""),
        ("sekretes", "secret", ""),
        ("ska inte registreras, reklam", "not", "reklam"),
        ("Registrera inte", "not", ""),
        ("dnr SN 2026-12", "number", "SN 2026-12"),
        ("nytt ärende", "new", ""),
        ("Det stämmer.", "right", ""),
        # what is none of these
        ("det är inte hemligt", "note", "det är inte hemligt"),
        ("motion om bussar", "note", "motion om bussar"),
        ("svar senast 5/11", "note", "svar senast 5/11"),
        ("svar senast i vår", "note", "svar senast i vår"),
        ("Kan du ringa?", "note", "Kan du ringa?"),
        ("hör till förvaltningen", "note", "hör till förvaltningen"),
    ],
)
def test_what_a_registrator_writes(line: str, act: str, value: str) -> None:
    assert [(w.act, w.value) for w in correction_words.parse(line, DAY)] == [(act, value)]
