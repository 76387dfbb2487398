"""Signatures: names that share a line or a party, at the foot of a motion or above it."""

from __future__ import annotations

import re

PARTIES = {
    "socialdemokraterna": "S", "moderaterna": "M", "nya moderaterna": "M", "sverigedemokraterna": "SD", "centerpartiet": "C", "vänsterpartiet": "V",
    "kristdemokraterna": "KD", "liberalerna": "L", "folkpartiet": "FP", "miljöpartiet": "MP", "miljöpartiet de gröna": "MP", "feministiskt initiativ": "FI",
}  # fmt: skip
_CAP = r"[A-ZÅÄÖÉÜØÆ][a-zà-ÿ’'é]{1,30}(?:-[A-ZÅÄÖa-zà-ÿ][a-zà-ÿ]{0,30})?"
_ONE = rf"{_CAP}(?: (?:von |af |de |van |el |al )?{_CAP}){{1,2}}"
_NAMES = re.compile(rf"(?:/ ?)?{_ONE}(?:(?:,? (?:och|samt|&) |, ?| ?/ ?|[ \t]{{2,}}|  ){_ONE})*")
_PAIR = re.compile(rf"{_CAP} {_CAP}(?: {_CAP} {_CAP}){{1,3}}")  # two names that stood apart on one line
_PARTY_WORD = "|".join(sorted(PARTIES, key=len, reverse=True))
_LED = re.compile(
    rf"(?:för )?(?P<party>{_PARTY_WORD})(?:s? (?:fullmäktigegrupp|i [A-ZÅÄÖ]\w+))?(?:[,:–-]+ ?| genom | gm )(?P<names>{_ONE}.*)",
    re.I,
)
_FOOT = re.compile(
    rf"(?P<names>{_ONE}.*?),? (?:\(?(?:båda|samtliga|alla) )?(?:för )?\(?(?P<party>{_PARTY_WORD})\)?", re.I
)
_ALONE = re.compile(rf"(?:för )?(?P<party>{_PARTY_WORD})(?:s? (?:fullmäktigegrupp|i [A-ZÅÄÖ]\w+))?", re.I)
_NO_NAME = re.compile(
    r"\b(?:[Kk]ommun\w*|[Ss]tad|[Nn]ämnd\w*|[Vv]änliga?|[Hh]älsning\w*|[Mm]ed|[Mm]otion\w*|[Tt]ill|[Dd]en|[Ff]ör|[Rr]egion|[Oo]rdförande\w*|[Ll]edamot\w*|[Gg]ruppledare|[Ss]kolan?|[Gg]atan|[Vv]ägen|[Nn]ya|[Ss]kickat|[Ff]rån|[Pp]arti\w*|[Dd]e)\b|\w(?:skolan|vägen|gatan|torget|parken|nämnden|partiet|demokraterna|förvaltningen|listan)\b"
)


def shared(lines: list[str]) -> list[str]:
    """Return "Name (PARTY)" of names that share a line or a party, among a document's last lines and its first.

    >>> shared(["att skolan öppnar", "Liberalerna, Karin Ås och Nils Ek"])
    ['Karin Ås (L)', 'Nils Ek (L)']
    >>> shared(["att skolan öppnar", "Karin Ås Nils Ek", "Vänsterpartiet Liberalerna"])
    ['Karin Ås (V)', 'Nils Ek (L)']
    """
    feet = [line.strip(" .,*/") for line in lines if line.strip()]
    places = [*range(max(0, len(feet) - 8), len(feet)), *range(min(3, max(0, len(feet) - 8)))]
    found: list[str] = []
    for at in places:
        line = feet[at][:300]
        led, foot = _LED.fullmatch(line), _FOOT.fullmatch(line)
        for match in (led, foot):
            names = _split(match["names"]) if match else []
            if match and names:
                found.extend(f"{name} ({PARTIES[match['party'].lower()]})" for name in names)
                break
        else:
            names = _split(line)
            if names:
                found.extend(_with_parties(names, feet, at))
    return list(dict.fromkeys(found))


def unsigned(lines: list[str]) -> list[str]:
    """Return the names at the very foot that tell no party."""
    feet = [line.strip(" .,*/") for line in lines if line.strip()]
    return [name for line in feet[1:][-4:] for name in _split(line[:300])]


def _with_parties(names: list[str], feet: list[str], at: int) -> list[str]:
    for near in (at + 1, at - 1):
        if not 0 <= near < len(feet):
            continue
        line = feet[near][:200]
        parties = [PARTIES[p.lower()] for p in re.findall(rf"\b(?:{_PARTY_WORD})\b", line, re.I)]
        line = re.sub(r"\bi [A-ZÅÄÖ][\wåäö-]+$", "", line).strip()
        rest = re.sub(rf"\b(?:{_PARTY_WORD}|och|samt|för)\b|[\s,/&–-]", "", line, flags=re.I)
        letters = re.findall(r"\(([A-ZÅÄÖ]{1,4})\)", line)
        if not parties and letters and re.fullmatch(r"(?:\([A-ZÅÄÖ]{1,4}\)[\s,]*)+", line):
            parties, rest = letters, ""
        if rest or not parties or (near < at and len(parties) != 1):
            continue
        if len(parties) == len(names):
            return [f"{name} ({party})" for name, party in zip(names, parties, strict=True)]
        if len(parties) == 1:
            return [f"{name} ({parties[0]})" for name in names]
    return []


def _split(text: str) -> list[str]:
    """The names of a line that holds nothing else."""
    text = text.strip(" .,*/")
    if len(text) < 5 or _NO_NAME.search(text) or not (_NAMES.fullmatch(text) or _PAIR.fullmatch(text)):
        return []
    pieces = [p.strip() for p in re.split(r",? (?:och|samt|&) |, ?| ?/ ?|\t|  +", text) if p.strip()]
    if (
        len(pieces) == 1
        and len(pieces[0].split()) in {4, 6, 8}
        and not re.search(r" (?:von|af|de|van|el|al) ", pieces[0])
    ):
        words = pieces[0].split()
        pieces = [" ".join(words[at : at + 2]) for at in range(0, len(words), 2)]
    return [p for p in pieces if len(p.split()) >= 2]
