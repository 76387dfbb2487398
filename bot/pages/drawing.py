"""What a drawing is made of: shapes and words with their places, and how words are kept from each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Anchor = Literal["start", "middle", "end"]
Point = tuple[float, float]

# Widths in thousandths of the type size, of the widest of our fonts in its strong weight: what fits so fits always.
_WIDTHS = (("iljI,.:;'|! ", 310), ("frt()-–/", 500), ("mwMW", 1000), ("←→", 1000))
_WIDTH_OF = {char: width for chars, width in _WIDTHS for char in chars}


@dataclass(frozen=True, slots=True)
class Box:
    """A part of the drawing."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box, room: float = 0) -> bool:
        """Say whether two boxes overlap, or lie nearer each other than so much room."""
        return (
            self.left < other.right + room
            and other.left < self.right + room
            and self.top < other.bottom + room
            and other.top < self.bottom + room
        )

    def within(self, other: Box) -> bool:
        """Say whether the box lies wholly inside another."""
        return (
            other.left <= self.left
            and other.top <= self.top
            and self.right <= other.right
            and self.bottom <= other.bottom
        )

    def crossed(self, one: Point, other: Point) -> bool:
        """Say whether a line from point to point goes through the box (Liang and Barsky)."""
        enter, leave = 0.0, 1.0
        dx, dy = other[0] - one[0], other[1] - one[1]
        for step, room in (
            (-dx, one[0] - self.left),
            (dx, self.right - one[0]),
            (-dy, one[1] - self.top),
            (dy, self.bottom - one[1]),
        ):
            if step == 0:
                if room < 0:
                    return False
                continue
            at = room / step
            enter, leave = (max(enter, at), leave) if step < 0 else (enter, min(leave, at))
        return enter <= leave


@dataclass(frozen=True, slots=True)
class Text:
    """Words at a place: x where they begin, have their middle or end; y their base line."""

    look: str
    x: float
    y: float
    words: str
    anchor: Anchor = "start"
    size: int = 12

    @property
    def box(self) -> Box:
        """The part of the drawing that the words take, at the most."""
        width = width_of(self.words, self.size)
        left = self.x - {"start": 0.0, "middle": width / 2, "end": width}[self.anchor]
        return Box(left, self.y - 0.8 * self.size, left + width, self.y + 0.25 * self.size)


@dataclass(frozen=True, slots=True)
class Shape:
    """A rect (x, y, w, h), a line (x, y to w, h), a circle (x, y, r in w) or a path through points."""

    kind: Literal["rect", "line", "circle", "path"]
    look: str
    x: float = 0
    y: float = 0
    w: float = 0
    h: float = 0
    points: tuple[Point, ...] = ()

    @property
    def path(self) -> str:
        """The points as an SVG polyline has them."""
        return " ".join(f"{x:.1f},{y:.1f}" for x, y in self.points)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A finished drawing; shapes are drawn in order, the words over them."""

    width: int
    height: int
    shapes: tuple[Shape, ...]
    texts: tuple[Text, ...]


def width_of(words: str, size: int = 12) -> float:
    """Return how wide words are at the most, in the drawing's units.

    >>> round(width_of("skriva, 6 veckor"))
    107
    """
    return sum(_WIDTH_OF.get(c, 790 if c.isupper() else 665) for c in words) * size / 1000


def place(
    candidates: Iterable[Text],
    taken: Sequence[Box],
    sheet: Box,
    *,
    lines: Sequence[tuple[Point, Point]] = (),
    crossing: bool = True,
) -> Text | None:
    """Return the first of the places where words meet no others and no line; without crossing no line at all.

    Where every place has a line through it, the one with the fewest. None where all places are taken.
    """
    best: tuple[int, Text] | None = None
    for text in candidates:
        box = text.box
        if not box.within(sheet) or any(box.meets(other, 2) for other in taken):
            continue
        through = sum(box.crossed(*line) for line in lines)
        if through == 0:
            return text
        if crossing and (best is None or through < best[0]):
            best = through, text
    return best[1] if best else None
