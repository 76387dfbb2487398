"""What a message is made of: blocks of words that any channel can show."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

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
class Line:
    """A case among others, where there is room for columns: its title, number and person, and how it stands.

    tone: "law" (the law's last day has passed), "goal" (another day has), or nothing of that.
    """

    title: str
    about: str
    state: str
    tone: Literal["law", "goal", ""] = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A fact: label, value and, where it came from a letter, the letter's own words.

    line: the same in columns. strong: what a person looks for first, where a channel can show that.
    """

    label: str
    value: str
    quote: str = ""
    line: Line | None = None
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Rows:
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Button:
    """A way on; url opens a page, it never acts."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Field:
    """Something to fill in before a button acts. choices: (value, words) of a list; least: the first day of a day."""

    name: str
    kind: Literal["text", "day", "choice"]
    label: str
    missing: str  # what is said when it is left empty; empty where it may be
    choices: tuple[tuple[str, str], ...] = ()
    most: int = 500  # characters of a text
    least: str = ""  # ISO


@dataclass(frozen=True, slots=True)
class Act:
    """A button that does something where a channel has such: a verb and whom or what it is about, never content.

    ask: what the form says that opens first, where something is to be filled in.
    """

    label: str
    verb: str
    data: Mapping[str, Any] = field(default_factory=dict)
    fields: tuple[Field, ...] = ()
    ask: str = ""
    send: str = ""  # the label of the button in that form


@dataclass(frozen=True, slots=True)
class Acts:
    """Buttons side by side. A mail leaves them out: it is answered in words."""

    acts: tuple[Act, ...]


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that goes with a message: its cleaned name, the SHA-256 that its bytes are kept under, its media type."""

    name: str
    sha256: str
    media_type: str
    size: int = 0


@dataclass(frozen=True, slots=True)
class ByMail:
    """What only a mail says: how to answer it in words, and the page for who cannot."""

    blocks: tuple[Heading | Paragraph | Stamp | Rows | Button, ...]


Block = Heading | Paragraph | Stamp | Rows | Button | Acts | ByMail


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

    @property
    def in_mail(self) -> tuple[Block, ...]:
        """The blocks of a mail: without buttons that act."""
        made: list[Block] = []
        for block in self.blocks:
            made += block.blocks if isinstance(block, ByMail) else () if isinstance(block, Acts) else (block,)
        return tuple(made)

    @property
    def in_chat(self) -> tuple[Block, ...]:
        """The blocks of a card: without what is said of mails."""
        return tuple(b for b in self.blocks if not isinstance(b, ByMail))

    def without_files(self) -> Message:
        """Return the message as it is where its files cannot go along."""
        blocks = tuple(
            dataclasses.replace(b, rows=tuple(r for r in b.rows if r.label != FILES)) if isinstance(b, Rows) else b
            for b in self.blocks
        )
        return dataclasses.replace(self, files=(), blocks=(*blocks, Paragraph(self.instead_of_files)))
