"""Whatever the letter: it is read, and the promises are kept."""

from __future__ import annotations

import base64
import quopri

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .promises import keep
from .vocabulary import CHARSETS, DAYS, HEADERS, MAGIC, MEDIA_TYPES, NUMBERS, PHRASES, WORDS

_SIGNS = (".", ",", ":", "(", ")", "\u200b", "\u00a0", "\ufeff", "Ã¤", "\u0301", "\u202e", "\x00", "🙂")


@st.composite
def _a_piece(draw: st.DrawFn) -> str:
    # Composed, so that what fails is shown without the whole vocabulary.
    pool = draw(st.sampled_from("wwWpdns"))
    if pool in "wW":
        word = draw(st.sampled_from(WORDS))
        return word if pool == "w" else word.capitalize()
    return str(draw(st.sampled_from({"p": PHRASES, "d": DAYS, "n": NUMBERS, "s": _SIGNS}[pool])))


_pieces = st.one_of(_a_piece(), _a_piece(), _a_piece(), st.text(max_size=12))
_space = st.sampled_from([" ", " ", " ", "\n", "\n\n", "\r\n", "\t", "", "\n> "])
_prose = st.lists(st.tuples(_pieces, _space), max_size=60).map(lambda told: "".join(a + b for a, b in told))
_line = st.lists(_pieces, max_size=12).map(" ".join)


def _encoded(text: str, charset: str, how: str, cut: int) -> str:
    """An encoded word, now and then one that lies of its charset or is cut off."""
    data = text.encode("utf-8", "surrogatepass")
    coded = base64.b64encode(data).decode() if how == "b" else quopri.encodestring(data, header=True).decode()
    return f"=?{charset}?{how}?{coded}?="[: cut or None]


_words = st.builds(_encoded, _line, st.sampled_from(CHARSETS), st.sampled_from("bq"), st.sampled_from([0, 0, 0, 9, -1]))
_addresses = st.one_of(
    st.builds("{} <{}@ekeby.example>".format, _line, st.sampled_from(["a", "åke", "no-reply", "(", '"x y"', ""])),
    _words.map("{} <registrator@bjorkvik.example>".format),
    _line,
)
_when = st.one_of(
    st.sampled_from(
        ["Mon, 2 Nov 2026 09:00:00 +0100", "2 Nov 26 9:0", "Thu, 1 Jan 1970 00:00:00 -0000", "31 Feb 2026", ""]
    ),
    st.datetimes().map(lambda day: day.strftime("%d %b %Y %H:%M:%S +9999")),
    _line,
)
_header = st.one_of(
    st.tuples(st.just("Subject"), st.one_of(_line, _words)),
    st.tuples(st.sampled_from(["From", "To", "Cc", "Sender"]), _addresses),
    st.tuples(st.just("Date"), _when),
    st.tuples(st.sampled_from(HEADERS), st.one_of(_line, _words, st.text(max_size=30))),
)
_name = st.one_of(
    st.sampled_from(["a.pdf", "b.docx", "c.eml", "../../d.exe", "e.html", "f.msg", "", "meddelandehuvud.txt"]), _line
)


def _told(headers: list[tuple[str, str]]) -> bytes:
    lines = [f"{name}: {value}" for name, value in headers]
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass")


def _leaf(media_type: str, charset: str, coding: str, name: str, data: bytes) -> bytes:
    if coding == "base64":
        data = base64.encodebytes(data)
    elif coding == "quoted-printable":
        data = quopri.encodestring(data)
    headers = [("Content-Type", f'{media_type}; charset="{charset}"'), ("Content-Transfer-Encoding", coding)]
    if name:
        headers.append(("Content-Disposition", f'attachment; filename="{name}"'))
    return _told(headers) + b"\n" + data


_leaves = st.builds(
    _leaf,
    st.sampled_from(MEDIA_TYPES),
    st.sampled_from(CHARSETS),
    st.sampled_from(["base64", "quoted-printable", "8bit", "7bit", "x-uuencode", "nonsense"]),
    _name,
    st.one_of(
        _prose.map(lambda text: text.encode("utf-8", "surrogatepass")),
        _prose.map(lambda text: text.encode("cp1252", "replace")),
        st.builds(bytes.__add__, st.sampled_from(MAGIC), st.binary(max_size=300)),
        _prose.map(lambda text: f"<html><body><p>{text}</p><table><tr><td>{text}".encode("utf-8", "replace")),
    ),
)


def _several(kind: str, parts: list[bytes], said: str, used: str, ends: bool) -> bytes:
    """A multipart; where `said` is not `used` its boundary never comes."""
    body = b"".join(b"--" + used.encode() + b"\n" + part + b"\n" for part in parts)
    end = b"--" + used.encode() + b"--\n" if ends else b""
    return _told([("Content-Type", f'multipart/{kind}; boundary="{said}"')]) + b"\n" + body + end


_boundary = st.sampled_from(["x", "x", "x", "y", "", "= x", "ö"])
_parts = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.builds(
            _several,
            st.sampled_from(["mixed", "alternative", "related", "report", "signed", "nonsense"]),
            st.lists(inner, max_size=3),
            _boundary,
            _boundary,
            st.booleans(),
        ),
        st.builds(
            lambda heads, part: b"Content-Type: message/rfc822\n\n" + _told(heads) + part, st.lists(_header), inner
        ),
    ),
    max_leaves=6,
)
_letters = st.builds(lambda heads, part: _told(heads) + part, st.lists(_header, max_size=8), _parts)


def _in_words(subject: str, text: str) -> bytes:
    head = _told([("From", "Eva Ek <eva@ekeby.example>"), ("Subject", " ".join(subject.split()))])
    return head + b"Content-Type: text/plain; charset=utf-8\n\n" + text.encode("utf-8", "surrogatepass")


def _damaged(raw: bytes, blots: list[tuple[int, bytes]]) -> bytes:
    for at, blot in blots:
        raw = raw[:at] + blot + raw[at + len(blot) :]
    return raw


_blots = st.lists(st.tuples(st.integers(0, 4000), st.binary(max_size=4)), max_size=8)
LETTERS = {
    "whole letters": _letters,
    "letters in the reader's words": st.builds(_in_words, _line, _prose),
    "letters damaged on their way": st.builds(_damaged, _letters, _blots),
    "bytes": st.binary(max_size=3000),
}


def _read_many(letters: st.SearchStrategy[bytes], count: int) -> None:
    hurried = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
    settings(max_examples=count, deadline=None, suppress_health_check=hurried)(given(letters)(_kept))()


def _kept(raw: bytes) -> None:
    keep(raw)


@pytest.mark.parametrize("letters", LETTERS)
def test_whatever_the_letter_the_promises_are_kept(letters: str) -> None:
    _read_many(LETTERS[letters], 60)


@pytest.mark.soak
@pytest.mark.parametrize("letters", LETTERS)
def test_the_promises_are_kept_of_thousands_of_letters(letters: str) -> None:
    _read_many(LETTERS[letters], 4000)


def test_an_office_file_that_is_no_letter_is_said_to_be_none() -> None:
    reading = keep(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600)
    assert reading.unreadable
    assert "inget brev" in reading.warnings[0]
