"""Lines and sentences: text that a PDF or a mail program has wrapped, put back into what its author wrote."""

from __future__ import annotations

import re

from .grouped import one_of

BULLET = re.compile(r"^\s*(?:[-–—•·●▪◦*‣⁃➢✓\uf0b7o]\s+|\(?\d{1,2} ?[.):]\)?\s+(?=\D)|\(?[a-hA-H][.)]\s+)")
ATT = re.compile(r"^\s*(?:[-–—•·●▪*]\s*|\(?\d{1,2}[.):]\)?\s*|\d{1,2}\s+|[a-h]\)\s*)?att\b", re.I)
_LABEL = re.compile(r"^\s*\*{0,2}[A-ZÅÄÖ][\wåäö /.-]{1,28}:(?:\s|$)")
_DEMANDING = one_of(r"\b(?:yrkar|yrka|föreslår|föreslå|rekommenderar|hemställer|beslutar|besluta|vill)\b")
_END = re.compile(r"[.!?][\"”’)]?(?=\s+[\"”’(]?[A-ZÅÄÖ0-9])")
_SHORT = re.compile(
    r"(?:\b(?:kl|dnr|diarienr|t\.?ex|bl\.?a|m\.?fl|m\.?m|d\.?v\.?s|s\.?k|ang|nr|tel|kap|st|jfr|ca|c:a|resp|osv|o\.?s\.?v|fr\.?o\.?m|t\.?o\.?m"
    r"|f\.?d|inkl|exkl|e\.?d|f\.?n|pkt|bil|sid|dec|nov|okt|sept?|aug|jan|feb|febr|v|p|h|nämnd\.ordf|ordf|en|må|ti|on|to|fr)|\b[A-ZÅÄÖ]|^\s*\(?\d{1,2}|\bden \d{1,2})$",
    re.I,
)
# Words that no line of thought ends with: "senast den" goes on with "1 februari".
_OPEN_DAY = re.compile(r"\b(?:den|senast|till|av|inom|före|under|från|mellan|enligt|kap\.|§|nr)$", re.I)
_OPEN_END = re.compile(r"\b(?:av|med|och|från|samt|eller|att|som|enligt)$", re.I)
# The headings of minutes and reports: they begin something new however full the line above is.
_SECTION = re.compile(
    r"^(?:(?:kommun|region)?fullmäktiges?|kommunstyrelsens?|arbetsutskottets?|(?:[\wåäö-]+- och )?[\wåäö]*nämndens?|utskottets?|förvaltningens?) (?:beslut|förslag)(?: till beslut)?(?: i korthet)?\W*$"
    r"|^(?:beslut|sammanfattning(?: av ärendet)?|bakgrund|ärendet|ärendebeskrivning|beskrivning av ärendet|yrkanden?|beslutsgång|beslutsunderlag|propositionsordning|reservation(?:er)?|förslag till beslut(?: på sammanträdet)?|beslutet skickas till|expedieras(?: till)?|rekommendationer)\W*$",
    re.I,
)
MAX_LINES = 8000


def unwrap(text: str) -> list[str]:
    """Return the logical lines: wrapped lines joined, lists and headings kept apart, blank lines as "".

    >>> unwrap("Nämnden ska lämna sitt yttrande över den nya planen till kansliet\\nsenast den 3 maj 2027.")
    ['Nämnden ska lämna sitt yttrande över den nya planen till kansliet senast den 3 maj 2027.']
    """
    lines: list[str] = []
    raws = text.split("\n")[:MAX_LINES]
    width, previous = _width(raws), 0
    for raw in raws:
        line = raw.strip().replace("**", "").strip()
        tight = previous + 1 + len(line.split(" ", 1)[0]) > width
        previous = len(line)
        if line and lines and lines[-1] and len(lines[-1]) < 4000 and _goes_on(lines[-1], line, tight):
            last = lines[-1]
            cut = last.endswith("-") and line[:1].islower() and not line.startswith(("och ", "eller "))
            lines[-1] = last[:-1] + line if cut and len(last) > 40 else f"{last} {line}"
        elif line or (lines and lines[-1]):
            lines.append(line)
    return lines


def _width(raws: list[str]) -> float:
    """How wide the text is set: a line that had room for the next word was ended on purpose."""
    long = sorted(len(raw.strip()) for raw in raws if len(raw) > 40)
    return 0.96 * long[len(long) * 3 // 4] if long else 60


def _goes_on(last: str, line: str, tight: bool) -> bool:
    """Is `line` the same line of thought as `last`, broken only by the margin?"""
    if BULLET.match(line) or _LABEL.match(line) or _SECTION.match(line):
        return False
    if ATT.match(line) and not ATT.match(last) and len(last) >= 40 and last.endswith((" samt", " och")):
        return True
    if ATT.match(line):
        return len(last) >= 65 and not ATT.match(last) and not BULLET.match(last) and not _DEMANDING.search(last)
    if last[-1] in ".!?:;" and not _SHORT.search(last[:-1][-20:]):
        return last[-1] in ";" and line[:1].islower()
    if len(last) >= 25 and (_OPEN_DAY if line[:1].isdigit() else _OPEN_END).search(last):
        return True
    if line[:1].islower():
        return len(last) >= 25 or last.endswith((",", "-", " och", " för", " om"))
    if line.startswith(("§", "Dnr", "|")) or last.startswith(("|", "§")):
        return False
    return tight and len(last) >= 55 and last[-1] != ")" and len(last.split()) > 5


def split_sentences(line: str) -> list[str]:
    """Return the sentences of one logical line; abbreviations do not end one.

    >>> split_sentences("Svar önskas senast kl. 12 den 3. maj. Hör av er till t.ex. Eva.")
    ['Svar önskas senast kl. 12 den 3. maj.', 'Hör av er till t.ex. Eva.']
    """
    found, at = [], 0
    for end in _END.finditer(line):
        if line[end.start()] == "." and _SHORT.search(line[max(at, end.start() - 12) : end.start()]):
            continue
        found.append(line[at : end.end()].strip())
        at = end.end()
    found.append(line[at:].strip())
    return [s for s in found if s]


def sentences(text: str) -> list[str]:
    """Return all sentences of a text, in order."""
    return [s for line in unwrap(text) if line for s in split_sentences(line)]


def shorten(text: str, limit: int = 300) -> str:
    """Return text on one line, cut at a word where it is too long."""
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    return text[: limit - 1].rsplit(" ", 1)[0].rstrip(" ,;:-–") + "…"


def around(text: str, match: re.Match[str]) -> str:
    """Return the sentence or line that a match stands in."""
    start = max(text.rfind("\n", 0, match.start()), text.rfind(". ", 0, match.start())) + 1
    stops = [i for i in (text.find("\n", match.end()), text.find(". ", match.end())) if i >= 0]
    return text[start : (min(stops) + 1) if stops else len(text)].strip()[:300]
