"""What a message is made of: blocks of words that any channel can show."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

FILES = "Bifogat"  # the row that names the files of a message


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


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that goes with a message: its cleaned name, the SHA-256 that its bytes are kept under, its media type."""

    name: str
    sha256: str
    media_type: str
    size: int = 0


Block = Heading | Paragraph | Stamp | Rows | Button


@dataclass(frozen=True, slots=True)
class Message:
    """A finished message: its subject says the whole thing, its preheader the next thing."""

    subject: str
    preheader: str
    blocks: tuple[Block, ...]
    foot: str
    files: tuple[Attached, ...] = ()
    instead_of_files: str = ""  # what is said where they cannot be had when the message is sent
    answer_to: str | None = None  # the Message-ID that this one answers: keeps the thread together in the reader's mail

    def without_files(self) -> Message:
        """Return the message as it is where its files cannot go along."""
        blocks = tuple(
            dataclasses.replace(b, rows=tuple(r for r in b.rows if r.label != FILES)) if isinstance(b, Rows) else b
            for b in self.blocks
        )
        return dataclasses.replace(self, files=(), blocks=(*blocks, Paragraph(self.instead_of_files)))
