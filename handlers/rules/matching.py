"""Whether two titles speak of the same matter: a guess that a person confirms, never a decision."""

from __future__ import annotations

import re

# Words that stand in many titles and tell nothing of the matter.
_COMMON = frozenset(
    """
    motion motionen motioner svar begäran yttrande yttra över remiss från till för och med att som den det ett en
    angående gällande avseende rörande inom på av i om kommun kommunens kommunen nämnd nämnden nämndens granskning
    revision revisionens revisorernas kommunrevisionens anmälan protokollsutdrag tjänsteskrivelse medborgarförslag
    nämndinitiativ interpellation ärende ärendet beslut uppdrag uppdraget fråga skrivelse rapport missiv ny nya samt
    ska skall kan vi er ert vår vårt hos vid mot utan under efter före
    """.split()
)
# Endings that Swedish puts on the same word; enough for titles, and it never joins two words of under five letters.
_ENDINGS = (
    "arnas",
    "ernas",
    "ornas",
    "arna",
    "erna",
    "orna",
    "ens",
    "ets",
    "nas",
    "ans",
    "en",
    "et",
    "ar",
    "er",
    "or",
    "na",
    "s",
)


def significant(title: str) -> frozenset[str]:
    """Return the stems of the words that carry a title's matter.

    >>> sorted(significant("Svar på motion om avgiftsfria trygghetslarm"))
    ['avgiftsfria', 'trygghetslarm']
    """
    words = re.findall(r"[a-zåäöéü]{3,}", title.lower())
    return frozenset(_stem(w) for w in words if w not in _COMMON)


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 5:
            return word[: -len(ending)]
    return word


def piece(title: str) -> str:
    """Return a title from its first telling word on: what must stand in any good title of the matter.

    >>> piece("Yttrande över motion om avgiftsfria trygghetslarm")
    'avgiftsfria trygghetslarm'
    """
    for word in re.finditer(r"[^\W\d_]+", title):
        if len(word[0]) > 2 and word[0].lower() not in _COMMON:
            return title[word.start() :].strip()
    return title.strip()


def likeness(a: str, b: str) -> float:
    """Return 0..1: the share of the shorter title's significant words that the other has too; 0 below two words.

    >>> likeness("Motion om fria simkurser för vuxna", "Svar på motion om fria simkurser för vuxna, återremiss")
    1.0
    """
    one, other = significant(a), significant(b)
    shared = len(one & other)
    if shared < 2:
        return 0.0
    return shared / min(len(one), len(other))
