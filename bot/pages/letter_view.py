"""A letter's words with the sentences that were found in them, numbered as the facts beside."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from bot.pages import views
from handlers.reading import marking

_MOST = 60_000  # characters of one text on the page; the rest is in the original


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a letter's text; numbers are the facts that stand in it, starts those that begin in it."""

    text: str
    numbers: tuple[int, ...]
    starts: tuple[int, ...]
    unsure: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """One text of a letter: its body, what it forwards, or an attachment."""

    anchor: str
    title: str
    pieces: tuple[Piece, ...]
    cut: bool


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence to light up: where it stands and the fact's number."""

    where: str
    text: str
    number: int
    unsure: bool


def sheet(anchor: str, title: str, where: str, text: str, sentences: Sequence[Sentence]) -> Sheet:
    """Return a text cut at the sentences that were found in it."""
    shown = views.clean_lines(text[:_MOST])
    spans = []
    for sentence in sentences:
        if sentence.where == where:
            at = marking.find(shown, views.clean(sentence.text, 2000))
            if at:
                spans.append((*at, sentence))
    return Sheet(anchor, title, _pieces(shown, spans), len(text) > _MOST)


def _pieces(text: str, spans: Sequence[tuple[int, int, Sentence]]) -> tuple[Piece, ...]:
    edges = sorted({0, len(text), *(s for s, _, _ in spans), *(e for _, e, _ in spans)})
    made = []
    for begin, end in itertools.pairwise(edges):
        inside = [(s, x) for s, e, x in spans if s <= begin and end <= e]
        numbers = tuple(dict.fromkeys(x.number for _, x in inside))
        starts = tuple(dict.fromkeys(x.number for s, x in inside if s == begin))
        made.append(Piece(text[begin:end], numbers, starts, any(x.unsure for _, x in inside)))
    return tuple(made)
