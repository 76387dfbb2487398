"""Languages: is a letter written so that we can weigh what it says, in Swedish or English?"""

from __future__ import annotations

import re
import unicodedata

_SWEDISH = frozenset(
    "och att det som en är på för jag i av med till den vi har inte om ni ett de kan ska så från vid men eller var hej er sig han hon under sin där mitt min".split()
)
_ENGLISH = frozenset(
    "the and to of is my a in for you that it on with have not are i we this be he she was your".split()
)
_NEIGHBOURS = frozenset(
    "og er ikke jeg af til den det vi har på som med for å".split()
)  # Danish and Norwegian: understood


def foreign(text: str) -> bool:
    """Is the text, of a dozen words or more, in a language whose words of worry we do not know?

    >>> foreign("Hej, jag är orolig för min granne som inte har kommit hem på flera dagar.")
    False
    >>> foreign("Salaan, waxaan ahay hooyo leh laba carruur ah. Ninkayga wuu i garaacaa oo waan baqayaa.")
    True
    """
    text = re.sub(r"\S*[@/]\S*", " ", text[:6000])
    letters = [c for c in text if c.isalpha()]
    if len(letters) < 20:
        return False
    latin = sum(1 for c in letters if unicodedata.name(c, "").startswith("LATIN"))
    if latin < len(letters) / 2:
        return True
    words = re.findall(r"[^\W\d_]+", text.lower())
    if len(words) < 12:
        return False
    known = max(sum(w in language for w in words) for language in (_SWEDISH, _ENGLISH, _NEIGHBOURS))
    swedish = any(c in "åäö" for c in text.lower()) and sum(w in _SWEDISH for w in words) >= 1
    return known < len(words) * (0.04 if swedish else 0.09)
