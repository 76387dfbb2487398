"""Places in a text that tell of a private person, covered with ████: a proposal that a person goes through."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass

from handlers.rules import masking

BLACK = "████"
NAME, PERHAPS, NUMBER, BORN = "namn", "kanske ett namn", "personnummer", "födelsedag"
# What is covered, and why; each may be wrong, and a person decides.
WHY = {
    NUMBER: "Siffror som ett personnummer eller samordningsnummer.",
    NAME: "Namn på en person som varken är förtroendevald eller tjänsteperson, vad boten vet.",
    PERHAPS: "Ord som ser ut som ett namn. Det kan vara något annat.",
    BORN: "Dag då någon är född.",
    "e-postadress": "Adress som inte är en myndighets eller en tjänstepersons, vad boten vet.",
    "telefonnummer": "Boten kan inte skilja en enskilds nummer från en myndighets.",
    "adress": "Boten kan inte skilja en enskilds adress från en myndighets.",
    "länk": "Länk som innehåller ett namn.",
}
# Looser than elsewhere: a blank, another dash or a line end may stand in it. A month from 20 on is an organisation's
# number, which is public.
_NUMBER = re.compile(
    r"(?<!\d)(?:(?:18|19|20)[ \t]?)?\d{2}[ \t]?[01]\d[ \t]?\d{2}"
    r"(?:(?:[ \t]{0,2}[-+\u2010-\u2015\u2212]?\s{0,2}|[\s._/+\u2010-\u2015\u2212-]{1,3})\d{2}[ \t]?\d{2}|[-+ ](?-i:[A-Z]{1,2})\d{2,3})(?!\d)"
    # With the day written as a day; not two days beside each other.
    r"|(?<!\d)(?:18|19|20)\d{2}([-./ ])[01]\d\1\d{2}[\s._/+\u2010-\u2015\u2212-]{1,3}\d{4}(?!\d|[-./]\d\d)"
)
_DAY = r"(?:\d{4}[-/ ]\d{1,2}[-/ ]\d{1,2}|\d{6,8}|\d{1,2}[/. ]\d{1,2}[-/. ]\d{2,4}|\d{1,2} [a-zåäö]{3,9} \d{4})"
_BORN = re.compile(rf"\b(?:född|f\.|fdd|födelsedatum)[ \t:]{{1,3}}(?:den |år )?({_DAY})", re.I)
_PARTIES = r"(?:S|M|SD|C|V|KD|L|MP|FI)"
_POLITICIAN = re.compile(
    rf"([A-ZÅÄÖÉÜØÆ][\wà-ÿ’'-]+(?:[ \t]+(?:(?:von|af|de)[ \t]+)?[A-ZÅÄÖÉÜØÆ][\wà-ÿ’'-]+){{1,3}})[ \t]*\({_PARTIES}\)"
)
# A name may stand inside a file's name: Motion_Ostberg.pdf, motionÖstberg.
_BEFORE = r"(?:(?<![^\W\d_])|(?-i:(?<=[a-zåäöé])(?=[A-ZÅÄÖÉ])))"
_AFTER = r"(?=s?(?:(?![^\W\d_])|(?-i:(?<=[a-zåäöé])(?=[A-ZÅÄÖÉ]))))"
_SHORT = 4  # letters; a shorter one in small letters is a word: "bo", "ek"
_INVISIBLE = re.compile("[\xad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_NEVER: re.Pattern[str] = re.compile(r"(?!)")


@dataclass(frozen=True, slots=True)
class Cover:
    """What is covered in a set of texts, and what stays."""

    names: re.Pattern[str]  # parts of names that are surely persons'
    perhaps: re.Pattern[str]
    stays: re.Pattern[str]  # whole names of politicians, officials and bodies
    words: frozenset[str]  # the parts as they stand in addresses
    domains: frozenset[str]  # where an address is a body's or an official's


def cover_for(
    texts: Iterable[str],
    *,
    private: Iterable[str] = (),
    public: Iterable[str] = (),
    bodies: Iterable[str] = (),
    domains: Iterable[str] = (),
) -> Cover:
    """Find whose names are to be covered in a set of texts, beside those that are known to be private.

    public: whole names of politicians and officials, which stay; who stands with a party in the Riksdag is one.
    bodies: names of authorities. domains: where addresses are theirs.
    """
    texts = [tidy(t) for t in texts]
    public = {*map(tidy, public), *(m[1] for text in texts for m in _POLITICIAN.finditer(text))}
    # A single word would protect everybody of that name.
    people = {n for n in public if len(n.split()) > 1}
    bodies = {b for b in map(tidy, bodies) if b.strip() and not masking.is_common_first_name(b.strip())}
    stays = _phrases(people | bodies)
    offices = frozenset(d.lower() for d in domains)
    left = [_without_public(stays.sub(" , ", text), offices) for text in texts]
    known = [n for n in map(tidy, private) if stays.fullmatch(n.strip()) is None]
    sure = _parts([*known, *(n for text in left for n in masking.names_in(text))])
    small = {w for text in left for w in re.findall(r"(?<![^\W\d_])[a-zåäöéü]{2,}(?![^\W\d_])", text)}
    kept = small | {w.casefold() for name in (*people, *bodies) for w in re.findall(r"\w+", name)}
    loose = _parts(n for text in left for n in masking.likely_names(text) if n)
    loose |= {w for text in left for w in re.findall(r"[^\W\d_]{3,}", text) if masking.is_common_first_name(w)}
    perhaps = {w for w in loose if w.casefold() not in kept and not w.isupper()} - sure
    words = frozenset(masking.plain(w) for w in sure | perhaps)
    return Cover(_any_of(sure), _any_of(perhaps), stays, words, offices)


def covered(text: str, cover: Cover) -> tuple[str, Counter[str]]:
    """Return a text with ████ where it tells of a private person, and how many places there are of each kind.

    >>> cover = cover_for((), private=("Rasmus Ekdahl",), public=("Lena Östberg",))
    >>> covered("Rasmus Ekdahl, 800101-1234, skrev till Lena Östberg (V).", cover)[0]
    '████, ████, skrev till Lena Östberg (V).'
    """
    text = tidy(text)
    made, at, told = [], 0, Counter[str]()
    for start, end, what in _places(text, cover):
        made += [text[at:start], BLACK]
        told[what] += 1
        at = end
    return "".join([*made, text[at:]]), told


def tidy(text: str) -> str:
    """Return a text with composed letters and without invisible marks, which could stand in the middle of a name."""
    return unicodedata.normalize("NFC", _INVISIBLE.sub("", text)).replace("\xa0", " ")


def _places(text: str, cover: Cover) -> Iterator[tuple[int, int, str]]:
    """Give the places in order, none in another; what stands side by side and is of one kind is one place."""
    found = [(m.start(), m.end(), NUMBER) for m in _NUMBER.finditer(text)]
    found += [(m.start(1), m.end(1), BORN) for m in _BORN.finditer(text)]
    open_ = [m.span() for m in cover.stays.finditer(text)]
    for start, end, what in masking.contacts_in(text):
        if _is_public(text[start:end], what, cover):
            open_.append((start, end))
        else:
            found.append((start, end, what))
    for pattern, what in ((cover.names, NAME), (cover.perhaps, PERHAPS)):
        for m in pattern.finditer(text):
            if not any(s <= m.start() and m.end() <= e for s, e in open_) and _is_name(m[0]):
                found.append((m.start(), m.end(), what))
    place: tuple[int, int, str] | None = None
    for start, end, what in sorted(found, key=lambda f: (f[0], -f[1])):
        if place is None:
            place = start, end, what
        elif start < place[1] or (_is_one(place[2], what) and not text[place[1] : start].strip(" \t,-.")):
            sort = NAME if _is_one(place[2], what) and NAME in (place[2], what) else place[2]
            place = place[0], max(end, place[1]), sort
        else:
            yield place
            place = start, end, what
    if place is not None:
        yield place


def _without_public(text: str, domains: Set[str]) -> str:
    """Return a text without officials' addresses: they are no sign of a private person's name."""
    pieces, at = [], 0
    for start, end, what in masking.contacts_in(text):
        if what == "e-postadress" and text[start:end].lower().rpartition("@")[2] in domains and start >= at:
            pieces.append(text[at:start])
            at = end
    return " , ".join([*pieces, text[at:]])


def _is_one(what: str, other: str) -> bool:
    return {what, other} <= {NAME, PERHAPS} or what == other == "adress"


def _is_name(word: str) -> bool:
    return word[:1].isupper() or len(word) >= _SHORT


def _is_public(text: str, what: str, cover: Cover) -> bool:
    """Say whether an address or a link may stand."""
    told = set(re.split(r"[\W_]+", masking.plain(text)))
    if what == "länk":
        return "@" not in text and not told & cover.words
    if what != "e-postadress":
        return False
    local, _, domain = text.lower().rpartition("@")
    if masking.is_anybodys(domain) or set(re.split(r"[\W_]+", masking.plain(domain))) & cover.words:
        return False
    return domain in cover.domains or masking.is_an_offices(local)


def _parts(names: Iterable[str]) -> Set[str]:
    """Return the parts of names, a double name's halves too, and how they are written without marks."""
    found: set[str] = set()
    for name in names:
        for word in re.findall(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*", tidy(name)):
            # "von", "af" and "i" are everybody's.
            if len(word) > 1 and (word[:1].isupper() or len(word) >= _SHORT):
                found |= {word, *(half for half in re.split("[’'-]", word) if len(half) > 2)}
    return found | {masking.plain(w).capitalize() for w in found}


def _any_of(parts: Set[str]) -> re.Pattern[str]:
    if not parts:
        return _NEVER
    return re.compile(
        _BEFORE + f"(?:{'|'.join(map(re.escape, sorted(parts, key=lambda p: (-len(p), p))))})" + _AFTER, re.I
    )


def _phrases(names: Set[str]) -> re.Pattern[str]:
    """Return what finds whole names, also turned round ("Östberg, Lena") and in the genitive."""
    told = set()
    for name in names:
        words = [re.escape(w) for w in name.split()]
        told.add(r"[ \t]+".join(words))
        if len(words) > 1:
            told.add(words[-1] + r",?[ \t]+" + r"[ \t]+".join(words[:-1]))
    if not told:
        return _NEVER
    return re.compile(rf"(?<!\w)(?:{'|'.join(sorted(told, key=lambda t: (-len(t), t)))})s?(?!\w)", re.I)
