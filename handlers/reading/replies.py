"""What somebody wrote in a reply to a message of ours, and nothing that is only quoted: it may be carried out."""

from __future__ import annotations

import re

from . import forwards

# Stands at the top of every message of ours that can be answered by mail: what follows it is ours, however it is quoted.
ABOVE = "Svara ovanför den här raden"
_ABOVE = re.compile(r"svara\s+ovanför\s+den\s+här\s+raden", re.IGNORECASE)
# Ways of beginning a quotation beside those that `forwards` knows.
_ALSO = re.compile(
    r"^[\s>*]*(?:[-_=–]{2,}\s*)?(?:originalmeddelande|ursprungligt mejl|ursprungligt brev|original-?nachricht|oprindelig meddelelse"
    r"|opprinnelig melding|message d'origine)\s*:?\s*(?:[-_=–]{2,})?\s*$"
    r"|^\s*_{10,}\s*$|^\s*(?:från|from|von|fra|de)\s*:\s.{0,200}@",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"^\s*(?:>|\|\s)")
_WRAPPED = 60  # characters: after a longer quoted line an unmarked one may be its end, cut off by a mail program
_MOST = 20_000


def own_words(body: str, subject: str = "") -> str:
    """Return what the sender of a reply wrote: above what is quoted, or between and below it where each quoted line
    begins with ">"; without signature and disclaimers.

    >>> own_words("JA\\n\\nDen tis 24 nov. 2026 kl 08:00 skrev Nämndbot <sn@ekeby.example>:\\n> Svara NEJ")
    'JA'
    >>> own_words("> Kan du ta det här ärendet?\\n\\nNej, fråga Karin")
    'Nej, fråga Karin'
    >>> own_words("-----Ursprungligt meddelande-----\\nFrån: Nämndbot\\n\\nJA")
    ''
    """
    lines = body[:_MOST].split("\n")
    above = _written(_before_quotes(lines), subject)
    if above:
        return above
    return _written(_between_quotes(lines), subject)


def _written(lines: list[str], subject: str) -> str:
    conversation = forwards.split("\n".join(lines), subject)
    return forwards.cut_signature(conversation.answer)[0].strip()


def _before_quotes(lines: list[str]) -> list[str]:
    for at, line in enumerate(lines):
        if _ABOVE.search(line) or _ALSO.match(line) or _QUOTED.match(line):
            return lines[:at]
    return lines


def _between_quotes(lines: list[str]) -> list[str]:
    """Return the lines below or between those that begin with ">"; none where what is quoted is not marked so."""
    marked = [at for at, line in enumerate(lines) if _QUOTED.match(line)]
    # "Svara ovanför den här raden" without a mark: the program marks nothing, so anything below may be ours.
    if not marked or any((_ABOVE.search(line) or _ALSO.match(line)) and not _QUOTED.match(line) for line in lines):
        return []
    kept: list[str] = []
    before = lines[marked[0]]
    for line in lines[marked[0] :]:
        orphan = _QUOTED.match(before) and len(before) > _WRAPPED
        if not _QUOTED.match(line) and not (line.strip() and orphan):
            kept.append(line)
            before = line if line.strip() else ""
        else:
            before = line if _QUOTED.match(line) else before
    return kept
