"""Which body a word of a list, or the heading of an event in somebody's calendar, means."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

# What people call the bodies in a list; the last of a body's words is what we write ourselves.
WORDS: Mapping[str, tuple[str, ...]] = {
    "presidium": ("presidie", "presidiet", "presidieberedning", "ordförandeberedning", "presidium"),
    "au": ("au", "arbetsutskottet", "beredningsutskott", "arbetsutskott"),
    "namnd": ("nämnden", "sammanträde", "nämnd"),
    "ksau": ("ksau", "ks au", "kommunstyrelsens au", "kommunstyrelsens arbetsutskott"),
    "ks": ("ks", "kommunstyrelse", "kommunstyrelsen"),
    "kf": ("kf", "fullmäktige", "kommunfullmäktige"),
}
_BODY_OF = {word: body for body, words in WORDS.items() for word in words}
_CANCELLED = re.compile(r"\b(?:inställ[dt]a?|ställs in|avlyst|avbokat|cancell?ed)\b")
_STOP = re.compile(
    r"\b(?:stopp?(?:dag|datum)\w*|manusstopp|(?:sista )?inlämnings(?:dag|datum)\w*|sista inlämning\w*|"
    r"sista dag(?:en)? (?:för|att lämna)(?: in)?)\b"
)
_KF = re.compile(r"\b(?:kf|(?:kommun)?fullmäktiges?)\b")
_KSAU = re.compile(r"\bks ?au\b")
_KS = re.compile(r"\b(?:ks|kommunstyrelse(?:ns?)?)\b")
_AU = re.compile(r"\b(?:au|(?:arbets|berednings)utskott(?:et)?s?)\b")
_PRESIDIUM = re.compile(r"\b(?:presidi(?:e|et|ets|um|ums)|(?:presidie|ordförande)beredning(?:en)?|presidiemöten?a?)\b")
_BOARD = re.compile(r"\b(?:nämnd|nämnden|nämndens|nämnds?möte|nämnds?sammanträde)\b")
# Everybody has a sammanträde: alone the word means the nämnd's, beside other words it may be anybody's.
_SITTING = re.compile(
    r"(?:(?:extra|ordinarie|nytt|flyttat|heldag|kl|möte|\d+) )*sammanträde(?: (?:extra|ordinarie|kl|\d+))*"
)
# A board with a name of its own: one that is not ours has meetings that are nothing to us.
_NAMED = re.compile(r"\b(?:[\w]+ och )?\w+nämnd(?:en|ens|s)?\b")
# What stands beside a body's name when it is something else than its meeting.
_ELSE = re.compile(
    r"\b(?:grupp\w*|kallelse\w*|utskick\w*|justering\w*|protokoll\w*|valberedning\w*|budgetberedning\w*|inför|före|"
    r"utbildning(?:sdag)?|studiebesök|motion(?:er)?|interpellation(?:er)?|frågor|jul\w*|lunch|fika|seminarium|workshop|"
    r"konferens\w*|dialog|\w*råd|ledig\w*|semester|förmöte\w*|genomgång\w*|avstämning\w*|anslag\w*|expediering\w*|"
    r"ordförande|\w*chef\w*|ledningsgrupp\w*|\w*sekreterare|(?!arbets|berednings)\w+utskott\w*)\b"
)
_MOST_WORDS = 14


@dataclass(frozen=True, slots=True)
class Told:
    """What a heading says: whose meeting (namnd is empty where none is named), and whether it is only its stop day."""

    namnd: str
    body: str
    stop: bool = False
    cancelled: bool = False


def body_of(word: str) -> str | None:
    """Return the body that a word means.

    >>> body_of("KF"), body_of("Arbetsutskott"), body_of("styrgrupp")
    ('kf', 'au', None)
    """
    return _BODY_OF.get(" ".join(unicodedata.normalize("NFC", word).lower().split()))


def told_by(heading: str, namnder: Mapping[str, str]) -> Told | None:
    """Return whose meeting or stop day an event is by its heading, or None when it is no meeting of a known body.

    namnder: each nämnd's name by its key. A heading that can be read in two ways is none.

    >>> told_by("INSTÄLLT: Socialnämndens AU", {"sn": "Socialnämnden"})
    Told(namnd='sn', body='au', stop=False, cancelled=True)
    >>> told_by("Stoppdatum KS", {}), told_by("Gruppmöte inför KF", {}), told_by("Kulturnämnden", {"sn": "Socialnämnden"})
    (Told(namnd='', body='ks', stop=True, cancelled=False), None, None)
    """
    text = re.sub(r"[^\w]+", " ", unicodedata.normalize("NFC", heading[:400]).lower()).strip()
    cancelled, stop = bool(_CANCELLED.search(text)), bool(_STOP.search(text))
    text = _STOP.sub(" ", _CANCELLED.sub(" ", text))
    if len(text.split()) > _MOST_WORDS or _ELSE.search(text):
        return None
    named, text = _named(text, namnder)
    if len(named) > 1 or _NAMED.search(text):
        return None
    body = _body(text, named=bool(named), stop=stop)
    if body is None or (named and body in ("ksau", "ks", "kf")):
        return None
    return Told(next(iter(named), ""), body, stop, cancelled)


def _named(text: str, namnder: Mapping[str, str]) -> tuple[set[str], str]:
    """Return the nämnder that a text names, and the text where their names have become the word nämnd."""
    found = set()
    # The longest name first: one may be the end of another.
    for key, name in sorted(namnder.items(), key=lambda pair: -len(pair[1])):
        bare = re.escape(re.sub(r"[^\w]+", " ", unicodedata.normalize("NFC", name).lower()).strip().removesuffix("en"))
        short = re.escape(key.lower())
        text, whole = re.subn(rf"\b{bare}(?:en)?s?\b", " nämnd ", text)
        text, brief = re.subn(rf"\b{short}(?= ?au\b)|\b{short}s?\b", " nämnd ", text)
        if whole or brief:
            found.add(key)
    return found, text


def _body(text: str, *, named: bool, stop: bool) -> str | None:
    ksau = bool(_KSAU.search(text))
    kf, ks, au = bool(_KF.search(text)), bool(_KS.search(text)) or ksau, bool(_AU.search(text)) or ksau
    presidium = bool(_PRESIDIUM.search(text))
    if kf + ks > 1 or au + presidium > 1 or (presidium and (kf or ks)) or (au and kf):
        return None
    if kf or ks:
        return "kf" if kf else "ksau" if au else "ks"
    if au or presidium:
        return "au" if au else "presidium"
    # A stop day that names nobody is the nämnd's own.
    alone = _SITTING.fullmatch(" ".join(text.split())) or (stop and not text.split())
    return "namnd" if named or _BOARD.search(text) or alone else None
