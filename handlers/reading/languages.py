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
# Small words of the languages that borrow some of ours ("de", "en", "se"): they tell which it is.
_OTHERS = tuple(
    frozenset(words.split())
    for words in (
        "que de la el los las en y a por para con una un mi su no se es está ha yo ustedes pero más le lo al del",
        "que de la le les et en un une des du je vous nous pour dans ne pas est avec mon ma sur il elle mais au",
        "und der die das ist ich nicht ein eine zu mit den von sie wir mein meine er es auf für dass sich auch",
        "ja on ei se että minä hän oli mutta kun olen niin myös ovat sitä hänen minun joka jos vain",
        "i w na nie się że do jest to z o jak ale mój moja już dla przez był była mam",
        "ve bir bu için ben çok ne de da ile gibi benim var yok ama daha o",
        "het een de van en ik niet dat is op te voor met zijn maar mijn aan",
        "che di la il e un una per non con mi sono ho lo si ma mio mia da",
        "o a de que e do da em um uma para com não os no se na por mais as meu minha",
    )
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
    here = sum(w in _SWEDISH for w in words)
    if max(sum(w in language for w in words) for language in _OTHERS) > max(2, 1.5 * here, 0.12 * len(words)):
        return not any(sum(w in ours for w in words) > 0.2 * len(words) for ours in (_SWEDISH, _ENGLISH, _NEIGHBOURS))
    known = max(sum(w in language for w in words) for language in (_SWEDISH, _ENGLISH, _NEIGHBOURS))
    swedish = any(c in "åäö" for c in text.lower()) and sum(w in _SWEDISH for w in words) >= 1
    return known < len(words) * (0.04 if swedish else 0.09)
