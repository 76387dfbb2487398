"""What a message is made of: blocks of words that any channel can show."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heading:
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Stamp:
    """The paper stamp: (label, value) pairs; an empty value is drawn dashed, because that is how cases get lost."""

    pairs: tuple[tuple[str, str], ...]
    empty: str = "Ingen än"


@dataclass(frozen=True, slots=True)
class Row:
    """A fact: label, value and, where it came from a letter, the letter's own words."""

    label: str
    value: str
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Button:
    """A way on; url opens a page, it never acts."""

    label: str
    url: str


Block = Heading | Paragraph | Stamp | Rows | Button


@dataclass(frozen=True, slots=True)
class Message:
    """A finished message: its subject says the whole thing, its preheader the next thing."""

    subject: str
    preheader: str
    blocks: tuple[Block, ...]
    foot: str
    answer_to: str | None = None  # the Message-ID that this one answers: keeps the thread together in the reader's mail
