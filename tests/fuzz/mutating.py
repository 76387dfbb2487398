"""Changes a letter the way letters differ: lines, words, days and parts, beside the single bytes that libFuzzer changes."""

from __future__ import annotations

import base64
import binascii
import random
import re
from collections.abc import Callable, Sequence

from tests.reading.vocabulary import CHARSETS, DAYS, HEADERS, MAGIC, MEDIA_TYPES, NUMBERS, PHRASES, WORDS

_BASE64 = re.compile(rb"(?:[A-Za-z0-9+/]{40,}={0,2}\r?\n?)+")
_TOKENS: tuple[bytes, ...] = tuple(
    token.encode("utf-8", "surrogatepass")
    for token in (*PHRASES, *DAYS, *NUMBERS, *WORDS, *MEDIA_TYPES, *CHARSETS)
    if token
)
_IN_FIGURES = tuple(token.encode() for token in (*DAYS, *NUMBERS) if any(sign.isdigit() for sign in token))
_FIGURE = re.compile(rb"[0-9]")
_LINES: tuple[bytes, ...] = (
    *(f"{name}: {value}".encode() for name in HEADERS for value in ("", "x", "=?utf-8?b?w6U=?=", "a@ekeby.example")),
    *(f"Content-Type: {media_type}".encode() for media_type in MEDIA_TYPES),
    b'Content-Type: multipart/mixed; boundary="x"',
    b"Content-Transfer-Encoding: base64",
    b"Content-Transfer-Encoding: quoted-printable",
    b'Content-Disposition: attachment; filename="a.pdf"',
    b"",
    b"--x",
    b"--x--",
)

Mutate = Callable[[bytes, int], bytes]


def mutated(data: bytes, most: int, seed: int, by_bytes: Mutate) -> bytes:
    """Return the letter changed in one to four places, at most `most` bytes; the same for the same seed.

    `by_bytes` is the fuzzer's own way of changing bytes; half of the changes are its.
    """
    chance = random.Random(seed)
    for _ in range(chance.randint(1, 4)):
        change = chance.choice(_CHANGES)
        data = by_bytes(data, most) if chance.random() < 0.5 else change(data, chance)
    return data[:most]


def dictionary() -> str:
    """Return what a letter is made of, as libFuzzer's dictionary."""
    tokens = dict.fromkeys((*(f"{name}: ".encode() for name in HEADERS), *_TOKENS, *MAGIC, *_LINES))
    return "".join(f'"{_escaped(token)}"\n' for token in tokens if token)


def _escaped(token: bytes) -> str:
    return "".join(chr(b) if 32 <= b < 127 and chr(b) not in '"\\' else f"\\x{b:02x}" for b in token[:60])


def _word(data: bytes, chance: random.Random) -> bytes:
    at = chance.randint(0, len(data))
    space = chance.choice((b" ", b" ", b"\n", b""))
    word = chance.choice(_TOKENS) if chance.random() < 0.7 else _figures(chance.choice(_IN_FIGURES), chance)
    return data[:at] + space + word + space + data[at:]


def _figures(data: bytes, chance: random.Random) -> bytes:
    """Other figures in their places: a day that is none, a week 53, a year 9999."""
    return _FIGURE.sub(lambda _: b"%d" % chance.choice((0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9)), data)


def _figure(data: bytes, chance: random.Random) -> bytes:
    """One figure of the letter is another."""
    places = [match.start() for match in _FIGURE.finditer(data)]
    if not places:
        return _word(data, chance)
    at = chance.choice(places)
    return data[:at] + b"%d" % chance.randint(0, 9) + data[at + 1 :]


def _line(data: bytes, chance: random.Random) -> bytes:
    return _in_lines(data, lambda lines: lines.insert(chance.randint(0, len(lines)), chance.choice(_LINES)))


def _less(data: bytes, chance: random.Random) -> bytes:
    def cut(lines: list[bytes]) -> None:
        start = chance.randint(0, len(lines) - 1)
        del lines[start : start + chance.randint(1, 8)]

    return _in_lines(data, cut)


def _again(data: bytes, chance: random.Random) -> bytes:
    def repeat(lines: list[bytes]) -> None:
        start = chance.randint(0, len(lines) - 1)
        piece = lines[start : start + chance.randint(1, 5)]
        lines[start:start] = piece * chance.choice((1, 1, 2, 20))

    return _in_lines(data, repeat)


def _elsewhere(data: bytes, chance: random.Random) -> bytes:
    def move(lines: list[bytes]) -> None:
        line = lines.pop(chance.randint(0, len(lines) - 1))
        lines.insert(chance.randint(0, len(lines)), line)

    return _in_lines(data, move)


def _inside(data: bytes, chance: random.Random) -> bytes:
    """Change what a base64 part holds, so that what the text rooms meet is still a file."""
    match = _BASE64.search(data)
    if match is None:
        return _word(data, chance)
    try:
        held = bytearray(base64.b64decode(match[0]))
    except (binascii.Error, ValueError):
        return data
    for _ in range(chance.randint(1, 6)):
        if held:
            held[chance.randrange(len(held))] = chance.randrange(256)
    if chance.random() < 0.1:
        held[:0] = chance.choice(MAGIC)
    return data[: match.start()] + base64.encodebytes(bytes(held)) + data[match.end() :]


def _in_lines(data: bytes, change: Callable[[list[bytes]], None]) -> bytes:
    lines = data.split(b"\n")
    change(lines)
    return b"\n".join(lines)


_CHANGES: Sequence[Callable[[bytes, random.Random], bytes]] = (
    _word,
    _word,
    _figure,
    _line,
    _less,
    _again,
    _elsewhere,
    _inside,
)
