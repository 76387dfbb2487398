"""Text into the words that a search finds, the same before either database sees them; pure.

A word is a run of letters or a run of figures, so "sn2026/0123" and "SN 2026-123" are the words sn, 2026 and 123. Å, ä and
ö are letters of their own; other marks over letters are let go (é is e, ü is u), as are zeros before a figure. What a hyphen
or an apostrophe joins is found in parts and whole: "äldre-omsorg" is äldre, omsorg and äldreomsorg.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

MOST_CHARACTERS = 300_000  # of one letter's texts together; what stands further in is an appendix
MOST_BYTES = 600_000  # of a case's different words, some fifty thousand; PostgreSQL takes a megabyte
LONGEST = 40  # characters of a word; the rest of it is not looked at, neither in texts nor in what is asked
MOST_ASKED = 24  # words of a question; the rest are not looked for

# What joins, marks or turns text and is no sign of its own: soft hyphen, zero width, marks of direction.
_UNSEEN = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]+")
_WORD = re.compile(r"[^\W\d_]+|\d+")
_JOIN = r"(?:[-\u2010\u2013'\u2019]|[-\u2010][ \t]*\r?\n[ \t]*)"
_JOINED = re.compile(rf"(?<![^\W\d_])[^\W\d_]++(?:{_JOIN}[^\W\d_]++)+")
_ASKED = re.compile(rf"{_JOINED.pattern}|{_WORD.pattern}")
_CALLED = re.compile(r"\s*(?:diarienummer|diarienr|dnr|d\.?nr|hid)\b[.:\s]*")
_YEAR = re.compile(r"(?:19|20)\d\d")
_KEPT = "åäö"
_ALIKE = {"ø": "ö", "æ": "ä", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}


class _Letters(dict[int, str]):
    """Each letter as it is looked for, made when it is first met."""

    def __missing__(self, code: int) -> str:
        self[code] = made = _letter(chr(code))
        return made


def _letter(one: str) -> str:
    if one.isascii() or one in _KEPT:
        return one
    if unicodedata.combining(one):
        return ""
    base, *marks = list(unicodedata.normalize("NFD", one))
    if not marks or not all(map(unicodedata.combining, marks)):
        return _ALIKE.get(one, one)
    ours = unicodedata.normalize("NFC", base + marks[0])
    return ours if ours in _KEPT else _ALIKE.get(base, base)


_LETTERS = _Letters()


def _plain(text: str) -> str:
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKC", _UNSEEN.sub("", text)).casefold()
    return unicodedata.normalize("NFC", text).translate(_LETTERS)


def _cut(word: str) -> str:
    return (word.lstrip("0") or "0")[:LONGEST] if word.isdecimal() else word[:LONGEST]


def _parts(joined: str) -> Iterator[str]:
    return map(_cut, _WORD.findall(joined))


def words(text: str) -> list[str]:
    """Return the different words of a text, in its order; what hyphens join comes whole after the rest.

    >>> words("Äldre-omsorg i Åre, § 0123")
    ['äldre', 'omsorg', 'i', 'åre', '123', 'äldreomsorg']
    >>> words("Café Are"), words("CAFE\u0301")
    (['cafe', 'are'], ['cafe'])
    """
    plain = _plain(text[:MOST_CHARACTERS])
    found = dict.fromkeys(_parts(plain))
    found.update(dict.fromkeys("".join(_WORD.findall(joined))[:LONGEST] for joined in _JOINED.findall(plain)))
    return list(found)


def number_marks(raw: str) -> tuple[str, ...]:
    """Return the marks that a number is known by in any writing, with its letters and without; none of what has no figures.

    >>> number_marks("Dnr KS 2025/00411") == number_marks("ks2025-411") == number_marks("2025/KS 411-2")
    True
    >>> number_marks("KS 2025/00411")
    ('_nks_2025_411', '_n_2025_411')
    """
    parts = list(_parts(_CALLED.sub("", _plain(raw[:200]), count=1)))
    letters = "".join(p for p in parts if not p.isdecimal())
    figures = [p for p in parts if p.isdecimal()]
    if not figures:
        return ()
    if letters and len(figures) == 3 and _YEAR.fullmatch(figures[0]) and len(figures[2]) < 3:
        figures.pop()  # a document's number behind its case's
    bare = "_".join(figures)
    return tuple(dict.fromkeys((f"_n{letters}_{bare}", f"_n_{bare}")))


def title_marks(title: str) -> list[str]:
    """Return the marks that tell the words of a title from those that stand elsewhere."""
    return [f"_t{word}" for word in words(title)]


def namnd_mark(namnd: str) -> str:
    """Return the mark of a nämnd."""
    return "_k" + "".join(_parts(_plain(namnd)))


def year_mark(year: int) -> str:
    """Return the mark of a year's numbers."""
    return f"_y{year}"


OPEN_MARK = "_o"


def kept(found: Iterable[str]) -> str:
    """Return words and marks as they are kept, as many of the first as there is room for."""
    room, made = MOST_BYTES, []
    for word in dict.fromkeys(found):
        room -= len(word.encode()) + 1
        if room < 0:
            break
        made.append(word)
    return " ".join(made)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for: of each group one of the ways (all words of it) must be found; or the number's mark.

    Without groups there was no word in what was asked, and nothing is found.
    """

    groups: tuple[tuple[tuple[str, ...], ...], ...]
    number: str = ""


def asked(text: str) -> Asked:
    """Return what a person's words ask for; signs are no words and mean nothing.

    >>> asked('LSS-boende "Åre" OR')
    Asked(groups=((('lss', 'boende'), ('lssboende',)), (('åre',),), (('or',),)), number='')
    """
    groups: list[tuple[tuple[str, ...], ...]] = []
    for part in _ASKED.findall(_plain(text[:2000])):
        found = tuple(_parts(part))
        whole = "".join(found)[:LONGEST]
        groups.append((found, (whole,)) if len(found) > 1 else (found,))
    return Asked(tuple(dict.fromkeys(groups[:MOST_ASKED])), next(iter(number_marks(text)), ""))


def for_sqlite(which: Asked, must: Sequence[Sequence[str]] = (), *, title: bool = False) -> str:
    """Write a question for FTS5; of each of `must` one mark stands too. title: only in titles.

    >>> for_sqlite(asked("lss åre"))
    '(("lss"*)) AND (("åre"*))'
    """
    return _written(which, must, title, ('"{}"', '"{}"*', " AND ", " OR "))


def for_postgresql(which: Asked, must: Sequence[Sequence[str]] = (), *, title: bool = False) -> str:
    """Write a question as a tsquery; of each of `must` one mark stands too. title: only in titles.

    >>> for_postgresql(asked("lss i åre"), title=True)
    "(('_tlss':*)) & (('_ti')) & (('_tåre':*))"
    """
    return _written(which, must, title, ("'{}'", "'{}':*", " & ", " | "))


def number_for(which: Asked, dialect: str) -> str:
    """Write what finds a number alone; "" where none is asked for."""
    return (f'"{which.number}"' if dialect == "sqlite" else f"'{which.number}'") if which.number else ""


def _written(which: Asked, must: Sequence[Sequence[str]], title: bool, signs: tuple[str, str, str, str]) -> str:
    whole, beginning, both, either = signs
    sign = "_t" if title else ""

    def way(parts: Sequence[str]) -> str:
        # Two letters or more are the beginning of a word; one letter and figures are whole.
        terms = ((beginning if len(p) > 1 and not p.isdecimal() else whole).format(sign + p) for p in parts)
        return f"({both.join(terms)})"

    ways = [both.join(f"({either.join(map(way, group))})" for group in which.groups)] if which.groups else []
    if which.number and not title:
        ways = [*(f"({one})" for one in ways), whole.format(which.number)]
    said = either.join(ways)
    marks = [f"({either.join(map(whole.format, one))})" for one in must]
    return both.join([*marks, f"({said})"]) if marks else said
