"""What a terminal shows: tables that fit, and a command line that speaks Swedish."""

from __future__ import annotations

import argparse
import re
import shutil
import textwrap
import unicodedata
from collections.abc import Sequence
from typing import NoReturn

# What argparse itself says, in Swedish. Its messages pass through its own `_`.
_SWEDISH = {
    "usage: ": "användning: ",
    "options": "val",
    "positional arguments": "uppgifter",
    "show this help message and exit": "visa den här hjälpen",
    "the following arguments are required: %s": "de här uppgifterna saknas: %s",
    "unrecognized arguments: %s": "det här förstår boten inte: %s",
    "invalid choice: %(value)r (choose from %(choices)s)": "%(value)r finns inte; välj något av %(choices)s",
    "argument %(argument_name)s: %(message)s": "%(argument_name)s: %(message)s",
    "expected one argument": "ska ha ett värde",
    "expected at least one argument": "ska ha minst ett värde",
    "invalid %(type)s value: %(value)r": "%(value)r är inte ett giltigt värde",
    "not allowed with argument %s": "går inte ihop med %s",
    "ambiguous option: %(option)s could match %(matches)s": "%(option)s kan betyda flera saker: %(matches)s",
}


def speak_swedish() -> None:
    """Let argparse speak Swedish from now on; it has no other way in than the function its messages pass through."""
    setattr(argparse, "_", lambda text: _SWEDISH.get(text, text))  # noqa: B010  mypy sees no such attribute


class Parser(argparse.ArgumentParser):
    """A parser that ends with code 2 and a sentence, not with a trace."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and how to get help."""
        self.exit(2, f"{self.prog}: {message}\nHjälp: {self.prog} --help\n")


def width() -> int:
    """Return how many columns the terminal has; 100 when there is none."""
    return shutil.get_terminal_size((100, 24)).columns


def clean(text: str) -> str:
    """Return a text without control characters: a letter's words must not steer the terminal.

    >>> clean("Hej\\x1b[31m")
    'Hej[31m'
    """
    return "".join(ch for ch in " ".join(text.split()) if unicodedata.category(ch)[0] != "C")


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, wide: int, total: int | None = None) -> str:
    """Return a table in columns; the column number `wide` takes the room that is left and wraps to two lines."""
    total = total or width()
    cells = [[clean(c) for c in row] for row in rows]
    widths = [max([len(h), *(len(r[i]) for r in cells)]) for i, h in enumerate(head)]
    others = sum(w for i, w in enumerate(widths) if i != wide) + 2 * (len(head) - 1)
    widths[wide] = max(16, min(widths[wide], total - others))
    lines = [_line(head, widths), "  ".join("─" * w for w in widths)]
    for row in cells:
        wrapped = textwrap.wrap(row[wide], widths[wide]) or [""]
        if len(wrapped) > 2:
            wrapped = [wrapped[0], wrapped[1][: widths[wide] - 1] + "…"]
        lines.append(_line([*row[:wide], wrapped[0], *row[wide + 1 :]], widths))
        lines += [_line(["" if i != wide else more for i in range(len(head))], widths) for more in wrapped[1:]]
    return "\n".join(lines)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(c.ljust(w) for c, w in zip(cells, widths, strict=True)).rstrip()


def wrapped(text: str, indent: str = "  ", *, hang: int = 0, tidy: bool = True) -> str:
    """Return a text in lines that fit, indented; the lines after the first `hang` columns further in."""
    words = clean(text) if tidy else "".join(ch for ch in text if unicodedata.category(ch)[0] != "C")
    return textwrap.fill(words, min(width(), 100), initial_indent=indent, subsequent_indent=indent + " " * hang)


def folded(line: str, indent: str = "  ") -> str:
    """Return one line that may hold our own marks (bold, underlined), in lines that fit, indented."""
    bare = len(re.sub(r"\x1b\[[\d;]*m", "", line))
    room = min(width(), 100) + len(line) - bare
    return (
        textwrap.fill(line, room, initial_indent=indent, subsequent_indent=indent, break_long_words=False)
        if line
        else ""
    )
