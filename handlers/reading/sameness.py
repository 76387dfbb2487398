"""Sameness: a mark of all that a letter says and carries, so that only the very same letter is known again.

A letter that is taken for another's repetition gets no number and is shown to nobody. So everything counts: every word,
every part's bytes however small, and every letter that lies in it with its sender. What nobody has looked through whole
has no mark, and repeats nothing. It is better to enter a repetition twice than to hide a letter (OSL 2009:400 5 kap. 1 §).

Two copies of one mail may differ in what their servers call things (Message-ID, the ids of inline pictures), in line
breaks and in capital letters; those do not count. A logotype that differs makes two letters of them.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable

from ..rules import tokens
from .characters import mend

MOST_TEXT = 240_000  # bytes of a text that is compared word by word; a longer one byte by byte
_CONTENT_ID = re.compile(rb"\bcid:[^\"'\s>)]{1,300}", re.I)


def of_text(data: bytes, text: str) -> str:
    """Return the mark of a text part: of its words and signs, whatever its line breaks.

    >>> of_text(b"", "Svar senast\\r\\n1 maj") == of_text(b"", "svar senast 1 maj")
    True
    >>> of_text(b"", "Vi tillstyrker.") == of_text(b"", "Vi tillstyrker?")
    False
    """
    if len(data) > MOST_TEXT:
        return of_bytes(data)
    return _mark("text", " ".join(unicodedata.normalize("NFC", mend(tokens.without(text))).casefold().split()))


def of_html(data: bytes) -> str:
    """Return the mark of an HTML part: its words, its links and its looks, without what its pictures are called."""
    return of_bytes(b" ".join(_CONTENT_ID.sub(b"cid:", data).split()))


def of_bytes(data: bytes) -> str:
    """Return the mark of any other part: its bytes, not its name."""
    return hashlib.sha256(data).hexdigest()


def of_headers(headers: Iterable[tuple[str, str]]) -> str:
    """Return the mark of a part that is headers only: what a server tells of a mail that came back."""
    return _mark("headers", *(f"{name.lower()}: {' '.join(str(value).split())}" for name, value in headers))


def of_letter(subject: str, marks: Iterable[str], sender: str = "") -> str:
    """Return the mark of a letter, or of one that lies in another and has its sender to tell it by; "" of an empty one."""
    told = sorted(marks)
    words = " ".join(subject.casefold().split())
    return _mark("letter", words, sender, *told) if words or told else ""


def of_author(author: str, fingerprint: str) -> str:
    """Return who wrote a letter as a hash that holds for letters with the same fingerprint only; "" where nobody knows.

    A hidden letter keeps this instead of an address: enough to see that a second letter is somebody else's.
    """
    return _mark("author", fingerprint, author) if author else ""


def _mark(*pieces: str) -> str:
    return hashlib.sha256("\n".join(pieces).encode("utf-8", "surrogatepass")).hexdigest()
