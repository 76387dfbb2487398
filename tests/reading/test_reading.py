"""The reader never raises, never hangs, and finds days and numbers as they are written."""

from __future__ import annotations

import datetime as dt
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.texts import extract
from handlers.reading import read, relate
from handlers.reading.dates import find_days
from handlers.reading.diarienummer import find_numbers
from handlers.reading.forwards import cut_signature, split
from handlers.reading.letter import open_letter
from handlers.reading.reading import Context, Extracted, Reading

WORDS = "från: till: ämne: skickat: senast den 1 maj 2026 § 12 dnr KS 2026/12 motion yrkar att bifall avslag barnet > - ( ) [ ] åäö Ã¤ \u202e"
HEAD = b"From: a@ekeby.example\nTo: socialnamnden@ekeby.example\nSubject: Remiss\nContent-Type: text/plain; charset=utf-8\n\n"


def _broken(media_type: str, name: str, data: bytes) -> Extracted:
    raise RuntimeError("a text room that breaks")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=4000))
def test_reading_never_raises_whatever_the_bytes(raw: bytes) -> None:
    reading, contents = read(raw, Context(), extract)
    assert len(contents) == len(reading.attachments)
    assert Reading.from_json(reading.to_json()) == reading


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from([*WORDS.split(), "\n", "\n\n"]), max_size=150), st.text(max_size=60))
def test_reading_never_raises_on_the_words_of_letters(words: list[str], subject: str) -> None:
    raw = f"From: x@y.example\nSubject: {subject}\n\n{' '.join(words)}".encode("utf-8", "replace")
    reading, _ = read(raw, Context(namnd_names=("Socialnämnden",), own_prefixes=("SN",)), extract)
    assert not reading.unreadable


def test_a_text_room_that_breaks_costs_the_attachment_and_not_the_letter() -> None:
    raw = b'From: a@b.example\nSubject: Motion om bad\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="x"\n\n--x\nContent-Type: text/plain\n\nMotion\n--x\nContent-Type: application/pdf; name="a.pdf"\n\n%PDF\n--x--\n'
    reading, contents = read(raw, Context(), _broken)
    assert reading.kind == "motion"
    assert reading.warnings
    assert len(contents) == 1


def test_two_thousand_letters_inside_each_other_are_still_a_reading() -> None:
    raw = b"Content-Type: message/rfc822\n\n" * 2000 + b"Subject: x\n\ny"
    reading, _ = read(raw, Context(), extract)
    assert isinstance(reading, Reading)


def test_parentheses_without_end_in_an_address_do_no_harm() -> None:
    letter = open_letter(b"From: a@b.example\nTo: " + b"(" * 5000 + b" c@d.example\n\nhej")
    assert letter.envelope.from_.address == "a@b.example"


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "(",
        "§ 1 ",
        "1/",
        "KS 2026/1 ",
        "Abc Def (S), ",
        "> ",
        "senast 1 maj ",
        "-",
        "Från: a\nSkickat: b\n",
        "a-",
        "A. ",
    ],
)
def test_a_megabyte_of_one_thing_is_read_in_seconds(piece: str) -> None:
    started = time.perf_counter()
    read(HEAD + (piece * (1_000_000 // len(piece.encode()))).encode(), Context(), extract)
    assert time.perf_counter() - started < 8  # about one second on an idle core


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("senast den 20 oktober 2023", "2023-10-20"),
        ("senast 2023-10-20", "2023-10-20"),
        ("2021 -04- 0 6", "2021-04-06"),
        ("Linköping 16/3 – 2021", "2021-03-16"),
        ("senast 30/9-25", "2025-09-30"),
        ("20/10", "2026-10-20"),
        ("den 1 mars", "2027-03-01"),
        ("v. 42", "2026-10-16"),
        ("vecka 3", "2027-01-22"),
        ("inom tre månader", "2026-12-01"),
        ("inom ett halvår", "2027-03-01"),
        ("före utgången av oktober", "2026-10-31"),
        ("på fredag", "2026-09-04"),
        ("senast fredagen den 11 september", "2026-09-11"),
        ("ASN 211125", "2021-11-25"),
    ],
)
def test_a_day_is_read_as_it_is_written(text: str, day: str) -> None:
    assert [d.date.isoformat() for d in find_days(text, dt.date(2026, 9, 1))] == [day]


@pytest.mark.parametrize(
    "raw",
    [
        "KS 2021-299",
        "SOF 2023/605",
        "ASN-2021-11670",
        "KSKF/2023:237",
        "REV/2022:6",
        "KS 2018/14",
        "KS2026/1005",
        "KSF-2022-00486",
        "KS-2014/742.912",
        "KS2017/214/01",
        "2020/ÄON 0132 013",
        "2019/KS0123",
        "KSF-2023-024-539",
        "GH.KS.2025.29",
        "TS KS 2024/733",
        "501-1905-2022",
        "KS2022.0012",
    ],
)
def test_a_diarienummer_is_found_however_it_is_written(raw: str) -> None:
    assert [n.raw for n in find_numbers(f"Angående vårt ärende {raw} i nämnden")] == [raw]


@pytest.mark.parametrize(
    "text",
    [
        "SOSFS 2011:9",
        "lag 2009:400",
        "prop. 2016/17:171",
        "2022/23:KU29",
        "HSLF-FS 2016:40",
        "(EU) 2016/2102",
        "SOU 2024:47",
        "JO 2013/14 s. 601",
        "§ 145",
        "§286",
        "ETUNA2-4235-3912",
        "Giltig 2022-03-09",
        "0980-319 200",
        "19800101-0000",
        "KS 2021-09-21",
        "mål 2023-2027",
        "Utl. 2009:57",
        "motion (2012:6)",
    ],
)
def test_what_only_looks_like_a_diarienummer_is_none(text: str) -> None:
    assert find_numbers(f"Se {text} i texten") == []


def test_the_original_sender_of_a_forward_is_kept_beside_the_one_who_passed_it_on() -> None:
    body = (
        "FYI\n\nFrån: Eva Ek <eva@ekeby.example>\nSkickat: den 6 mars 2026 14:38\nTill: info\nÄmne: Granskning\n\nHej!"
    )
    layer = split(body, "VB: Granskning").layers[0]
    assert layer.kind == "forwarded"
    assert layer.sender is not None
    assert layer.sender.address == "eva@ekeby.example"
    assert str(layer.sent) == "2026-03-06 14:38:00"


def test_a_signature_is_cut_from_the_text() -> None:
    assert cut_signature("Svar senast 1 maj.\n\nMvh\nEva")[0] == "Svar senast 1 maj."


def test_the_same_letter_twice_is_a_repetition_and_a_new_one_with_its_number_follows() -> None:
    first, _ = read(HEAD + b"Message-ID", Context(), extract)
    again = read(HEAD.replace(b"Remiss", b"Remiss KS 2026/12") + b"Yttrande senast 2026-05-01.", Context(), extract)[0]
    later = read(
        HEAD.replace(b"Remiss", b"Nytt svarsdatum KS 2026/12") + b"Svar senast 2026-06-01.", Context(), extract
    )[0]
    assert relate([first, again, again, later]) == [(None, None), (None, None), (1, None), (None, 1)]
