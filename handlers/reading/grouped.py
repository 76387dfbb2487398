"""Lists of words as patterns that are cheap where no word stands: grouped by their first letters."""

from __future__ import annotations

import re


def one_of(pattern: str, flags: int = re.I) -> re.Pattern[str]:
    r"""Compile `\b(?:a|b|c)…` so that a place in the text is compared with the words of its own first letter only.

    The engine tries a list's words one after another at each place; here one look at the first letter rules most
    out. Words that do not begin with a letter ("\d{4}-K…") are tried last, in their order.

    >>> one_of(r"\b(?:motion\w*|medborgarförslag|yrkar)\b").pattern
    '\\b(?=[my])(?:m(?:otion\\w*|edborgarförslag)|yrkar)\\b'
    """
    assert pattern.startswith(r"\b(?:"), pattern
    alternatives, end = _alternatives(pattern[5:])
    by_letter: dict[str, list[str]] = {}
    for word in alternatives:
        by_letter.setdefault(_first(word, flags), []).append(word)
    odd = by_letter.pop("", [])
    groups = [
        held[0] if len(held) == 1 else f"{key}(?:{'|'.join(w[1:] for w in held)})" for key, held in by_letter.items()
    ]
    tail = pattern[5 + end + 1 :]
    assert by_letter, "no alternative begins with a letter"
    assert not tail.startswith(("?", "*", "+", "{")), "a list that may be missing is not the pattern's beginning"
    plain = f"(?=[{''.join(by_letter)}])(?:{'|'.join(groups)})"
    return re.compile(rf"\b(?:{'|'.join([plain, *odd])}){tail}" if odd else rf"\b{plain}{tail}", flags)


def _first(word: str, flags: int) -> str:
    """The letter that every text of this alternative begins with; "" where there is no single one."""
    if not word[:1].isalpha() or word[1:2] in ("?", "*", "+", "{"):
        return ""
    return word[0].lower() if flags & re.I else word[0]


def _alternatives(inside: str) -> tuple[list[str], int]:
    """Divide the inside of a group at its own bars; returns them and where the group ends."""
    found, depth, start, at, in_class = [], 0, 0, 0, False
    while at < len(inside):
        sign = inside[at]
        if sign == "\\":
            at += 1
        elif in_class:
            in_class = sign != "]"
        elif sign == "[":
            in_class = True
        elif sign == "(":
            depth += 1
        elif sign == ")" and depth == 0:
            break
        elif sign == ")":
            depth -= 1
        elif sign == "|" and depth == 0:
            found.append(inside[start:at])
            start = at + 1
        at += 1
    return [*found, inside[start:at]], at
