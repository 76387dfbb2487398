"""Marking: where in a letter's text a found sentence stands, so that people see why."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

MOST_WORDS = 80

_BULLET = r"(?:[-–—•·●▪*]\s+|>\s?)?"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of text, the numbers of the findings that stand in it, and of those that begin in it."""

    text: str
    numbers: tuple[int, ...] = ()
    starts: tuple[int, ...] = ()


def find(text: str, sentence: str) -> tuple[int, int] | None:
    """Return where a sentence stands in a text, whatever blanks, line ends and broken words are between its words.

    >>> find("Svar\\nsenast  1 maj.", "Svar senast 1 maj")
    (0, 18)
    >>> find("Nämnden ska besvara revi-\\nsionen.", "Nämnden ska besvara revisionen.")
    (0, 33)
    """
    words = sentence.replace("**", "").rstrip("…").split()[:MOST_WORDS]
    if not words:
        return None
    exact = re.search(r"\s+".join(re.escape(word) for word in words), text)
    if exact:
        return exact.span()
    if len(words) < 3:
        return None
    loose = re.search(rf"\*{{0,2}}\s+{_BULLET}\*{{0,2}}".join(_broken(word) for word in words), text)
    return loose.span() if loose else None


def place(texts: Mapping[str, str], where: str, sentence: str) -> str | None:
    """Return which of the texts a sentence stands in, the one that is named first; None where it stands in none.

    >>> place({"subject": "Remiss", "body": "Svar senast 1 maj"}, "subject", "Svar senast 1 maj")
    'body'
    """
    order = [where, *(name for name in texts if name != where)]
    return next((name for name in order if name in texts and find(texts[name], sentence)), None)


def _broken(word: str) -> str:
    """A word that the margin may have cut in two."""
    if len(word) < 5:
        return re.escape(word)
    pairs = zip(word, [*word[1:], ""], strict=True)
    return "".join(re.escape(a) + (r"(?:-\n\s*)?" if a.isalpha() and b.isalpha() else "") for a, b in pairs)


def stretches(text: str, sentences: Iterable[tuple[int, str]]) -> tuple[Stretch, ...]:
    """Return a text cut at the edges of the sentences that stand in it; each sentence has a number.

    >>> [(s.text, s.numbers) for s in stretches("Hej. Svara i dag!", [(1, "Svara i dag!")])]
    [('Hej. ', ()), ('Svara i dag!', (1,))]
    """
    spans = [(*at, number) for number, sentence in sentences if (at := find(text, sentence))]
    edges = sorted({0, len(text), *(s for s, _, _ in spans), *(e for _, e, _ in spans)})
    made = []
    for begin, end in itertools.pairwise(edges):
        inside = [(s, number) for s, e, number in spans if s <= begin and end <= e]
        numbers = tuple(dict.fromkeys(number for _, number in inside))
        made.append(Stretch(text[begin:end], numbers, tuple(dict.fromkeys(n for s, n in inside if s == begin))))
    return tuple(made)
