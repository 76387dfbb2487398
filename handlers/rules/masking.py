"""Personal data out of letters' words: each name gets one invented name, addresses and numbers go. Never certain: a
person reads it through."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

_FIRST = """Alva Bertil Cajsa Dag Ebba Frans Gunnel Hasse Ingegerd Jerker Kerstin Loke Märta Nanna Otto Pia Rune Signe Truls
Ulla Valter Ylva Ernst Åke Dagny Evert Greta Holger Iris Jöns Klara Ludvig Maja Noak Olga Petra Ragnar Selma Tore Unni""".split()
_LAST = """Almby Brolund Cederby Dalgård Ekhage Forsby Granlid Hedström Isberg Järnby Kvarnlid Lövås Marklund Norrby Oxhage
Parkfors Rosenby Sandås Tallmark Ulvhage Vikby Åkerlid Ängmark Öhage Björkby Furumark Hasselås Klintby Ljungås Myrmark
Näsby Olofsås Rönnmark Skogby Stenås Törnby Vinterås Wallmark Ybby Ålmark""".split()
# The most common first names; what is none of these is found by where it stands.
_KNOWN = frozenset(
    """Anna Maria Eva Karin Lena Kristina Kerstin Sara Emma Ingrid Marie Malin Jenny Birgitta Annika Inger Linda Susanne
    Monica Ulla Hanna Johanna Elin Carina Ida Sofia Elisabeth Åsa Camilla Anette Helena Gunilla Julia Elsa Anneli Barbro
    Siv Marianne Agneta Maja Sofie Therese Ann Cecilia Josefin Pia Amanda Irene Ellen Margareta Yvonne Charlotte Lisa
    Katarina Frida Ulrika Madeleine Jessica Louise Ellinor Alice Astrid Britt Gun Berit Jonna Lovisa Mona Nina Petra
    Rebecka Sandra Stina Tove Vera Viktoria Ylva Åse Erik Lars Karl Anders Johan Per Nils Carl Mikael Jan Hans Peter Olof
    Gunnar Sven Fredrik Bengt Bo Daniel Åke Gustav Göran Alexander Magnus Martin Stefan John Leif Thomas Björn Andreas
    Christer Ulf Oskar Henrik Christian Arne David Kjell Emil Robert Ove Tommy Mats Viktor Simon Rolf Rune Lennart Jonas
    Håkan Patrik Anton Roger Kent Filip Marcus Jens Tobias Mattias Jimmy Joakim Rickard Claes Rasmus Sebastian Jesper Kurt
    Bertil Roland Ola Niklas Börje Elias Hugo William Lucas Oliver Ali Ahmed Mohamed Mohammed Hassan Ibrahim Fatima Amina
    Samira Zahra Maryam Omar Yusuf Abdi Hussein Mehmet Leyla Olga Aleksander Michael Monika Christina Katrin Ella""".split()
)
_CAP = r"[A-ZÅÄÖÉÜØÆ][\wà-ÿ’'-]{1,30}"
_NAME = rf"{_CAP}(?:[ \t]+(?:(?:von|af|de|van|der|el|al)[ \t]+)?{_CAP}){{1,3}}"
_NAME_RE = re.compile(_NAME)
_PARTY = re.compile(rf"({_NAME})[ \t]*\([A-ZÅÄÖ]{{1,5}}\)")
_LABELLED = re.compile(
    r"(?:handläggare|kontaktperson|kontakt|från|from|till|to|kopia|cc|motionär(?:er|en)?|namn|avsändare|föredragande|"
    r"sekreterare|ordförande|justerare|ledamot|ersättare|kommunalråd|revisor|förslagsställare|registrator)"
    rf"[ \t]*[:;]?[ \t]+((?-i:{_NAME}))",
    re.I,
)
_GREETING = re.compile(
    r"^\W*(?:med\s+)?(?:vänlig|vänliga|bästa|varma|hjärtliga|mvh|m\.?v\.?h|hälsningar|hälsning|vh)\b.*$",
    re.I | re.M,
)
# What looks like a name and is a body, a greeting or a heading.
_NO_NAME = re.compile(
    r"kommun|nämnd|styrelse|\bstad\b|\bstads|\bregion|kansli|förvaltning|avdelning|enhet|revis|partiet|demokrat|liberal|"
    r"moderat|alliansen|kontor|myndighet|verket\b|riksdag|skolan\b|förening|bolag|\bab\b|hälsning|vänlig|motion|remiss|"
    r"yttrande|\bsvar\b|begäran|protokoll|interpellation|medborgar|initiativ|skrivelse|missiv|bilaga|ärende|diari|registr|"
    r"\binfo\b|förslagsställ|\bdatum\b|\bdnr\b|\bnorra\b|\bsödra\b|\bvästra\b|\böstra\b|\bbarn\b|\bfamilj\b|\bindivid\b|utbildning|reception|scanner|omsorg|miljö|reply|växel|service|support|nyhetsbrev|direktör|chef\b|ordförande|gatan\b|vägen\b|torget\b|\bjanuari\b|"
    r"\bfebruari\b|\bmars\b|\bapril\b|\bmaj\b(?!-)|\bjuni\b|\bjuli\b|\baugusti\b|\bseptember\b|\boktober\b|\bnovember\b|"
    r"\bdecember\b|måndag|tisdag|onsdag|torsdag|fredag|lördag|söndag|\b(?:med|till|från|för|och|att|det|den|vi|hej|tack|"
    r"om|på|av|i|ni|er|re|sv|vb|fwd|fw)\b",
    re.I,
)
# Of these what is surely a body's: a person may be called Maj, Stad or Barn.
_BODY = re.compile(
    r"kommun|nämnd|styrelse|(?<=\w\ws) stads?\b|\bregion|kansli|förvaltning|avdelning|revis|partiet|myndighet|verket\b|riksdag|"
    r"skolan\b|förening|bolag|\bab\b|universitet|högskola|landsting|domstol|förbund|inspektion",
    re.I,
)
_MAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@(?:[\w-]{1,63}\.)+[A-Za-z]{2,24}")
_URL = re.compile(r"(?:https?://|www\.)[^\s<>\"')\]]+", re.I)
_PERSON_NUMBER = re.compile(r"(?<![\w-])(?:19|20)?\d{6}[-+–]?\d{4}(?![\w-])")
_DAY = r"\d{1,2}[-/. ]\d{1,2}[-/. ](?:19|20)\d{2}(?![ \t-]*\d)"  # 03-04-2026 is no telephone
_HOURS = r"\d{1,2}[.:]\d{2}[ \t]?[-\u2010-\u2015][ \t]?\d{1,2}[.:]\d{2}"  # nor is 08.30-16.00
_PHONE = re.compile(
    rf"(?<![\w-])(?!{_DAY}|{_HOURS})(?:\+\d{{2}}|00\d{{2}}|0)(?:[ \t/().\u2010-\u2015\u2212_-]{{0,3}}\d){{7,11}}(?![\w-])"
)
_ROAD = r"(?:gatan|vägen|gränd|gränden|torget|stigen|allén|backen|liden|gata|väg|stig)"
_STREET = re.compile(
    rf"(?<!\w)(?:[A-ZÅÄÖ][\wåäöé-]*[ \t]+{_ROAD}|[A-ZÅÄÖ][\wåäöé-]*{_ROAD})[ \t]+\d{{1,3}}(?:[ \t]?[A-Za-z])?(?!\w)"
)
_POSTAL = re.compile(r"(?<![\w-])(?:SE-?)?\d{3} ?\d{2}[ \t]+[A-ZÅÄÖ][\wåäöé-]+")
_BOX = re.compile(r"\bBox[ \t]+\d{1,5}\b")
_CONTACTS = (
    (_URL, "länk"),
    (_MAIL, "e-postadress"),
    (_PHONE, "telefonnummer"),
    (_STREET, "adress"),
    (_POSTAL, "adress"),
    (_BOX, "adress"),
)
# The parts of an address before the @ that are an office's, not a person's.
_OFFICE = re.compile(
    r"(?:info|post|kansli\w*|registrator\w*|diari\w*|\w*namnden|\w*kommun\w*|revision\w*|revisor\w*|no-?reply|kontakt|"
    r"remiss\w*|yttrande\w*|sekreterare|vaxel|kundtjanst|reception|scanner|barn|familj|individ|utbildning|omsorg|miljo|medborgar\w*|samordning|nyhetsbrev|mailer-daemon|postmaster)",
    re.I,
)
# Where anybody has an address the domain tells nothing of a body.
_ANYBODYS = re.compile(
    r"(?:gmail|googlemail|hotmail|outlook|live|msn|yahoo|icloud|me|telia|proton(?:mail)?)\.\w+$", re.I
)


@dataclass(frozen=True, slots=True)
class Mask:
    """What stands instead of what, for a whole set of letters: the same name gets the same invented one in all."""

    parts: Mapping[str, str]  # a part of a name -> an invented part
    addresses: Mapping[str, int]  # an address that tells nothing -> its number
    pattern: re.Pattern[str] | None


def mask_for(texts: Iterable[str], names: Iterable[str], *, keep: Iterable[str] = ()) -> Mask:
    """Find the names in a set's texts, beside those that are known, and invent one for each part of them.

    keep: names of bodies, whose words are no person's.
    """
    texts = list(texts)
    kept = {w.lower() for name in keep for w in re.findall(r"\w+", name)}
    found: dict[str, str] = {}
    for name in (*names, *(n for text in texts for n in names_in(text))):
        _take(name, kept, found)
    # Whatever else looks like a name is taken for one, but for words that stand in small letters too.
    # Capitals throughout are a heading or a body's letters (KS).
    small = {w for text in texts for w in re.findall(r"(?<!\w)[a-zåäöéü]{2,}(?!\w)", text)}
    for name in (m[0] for text in texts for m in _NAME_RE.finditer(text)):
        _take(" ".join(w for w in _trimmed(name).split() if not w.isupper()), kept | small, found)
    # Upper and lower case are the same part.
    spelled: dict[str, str] = {}
    for word, role in found.items():
        spelled.setdefault(word.casefold(), role)
    real = set(spelled)
    first, last = _invented(_FIRST, real), _invented(_LAST, real)
    parts = {word: next(first if role == "first" else last) for word, role in spelled.items()}
    ordered = sorted(parts, key=len, reverse=True)
    pattern = re.compile(rf"(?<![\w@])({'|'.join(map(re.escape, ordered))})(s?)(?!\w)", re.I) if ordered else None
    addresses = dict.fromkeys(a.lower() for text in texts for a in _MAIL.findall(text))
    return Mask(parts, {address: number for number, address in enumerate(addresses, start=1)}, pattern)


def _take(name: str, kept: Set[str], found: dict[str, str]) -> None:
    words = [w for w in re.findall(r"[\wà-ÿ’'-]+", name) if len(w) > 1 and w[:1].isupper()]
    for at, word in enumerate(words):
        if word.lower() not in kept and word not in found and not _NO_NAME.fullmatch(word):
            found[word] = "last" if at == len(words) - 1 and at > 0 else "first"


def _invented(names: Sequence[str], real: Set[str]) -> Iterator[str]:
    """Give invented names that nobody in the set has: the list's, then two of it together, and so on without end."""
    free = [n for n in names if n.casefold() not in real]
    for size in itertools.count(1):
        yield from ("-".join(some) for some in itertools.permutations(free, size))


def names_in(text: str) -> list[str]:
    """Return what stands as a person's name in a text: before a party, after a label, under a greeting, by first name.

    >>> names_in("Motion av Ada Lind (V)\\n\\nMed vänlig hälsning\\nNils Ek\\nKommunsekreterare")
    ['Ada Lind', 'Nils Ek']
    """
    found = [m[1] for m in _PARTY.finditer(text)]
    found += [m[1] for m in _LABELLED.finditer(text)]
    found += [m[0] for m in _NAME_RE.finditer(text) if m[0].split()[0] in _KNOWN]
    for greeting in _GREETING.finditer(text):
        found += _signed(text[greeting.end() :])
    for address in _MAIL.findall(text):
        found += _named_by(address)
    return [n for n in dict.fromkeys(_trimmed(f) for f in found) if n]


def _trimmed(candidate: str) -> str:
    """Return the words before the first that is no name's: "Ada Lind Kommunkansliet" is Ada Lind."""
    words = candidate.split()
    end = next((at for at, word in enumerate(words) if _NO_NAME.search(word)), len(words))
    alone = end == 1 and (len(words) == 1 or words[0] in _KNOWN)
    return " ".join(words[:end]) if end > 1 or alone else ""


def is_name(text: str) -> bool:
    """Say whether a display name is a person's: an office's is not.

    >>> is_name("Ada Lind"), is_name("Ekeby kommun"), is_name("Kansliet")
    (True, False, False)
    """
    return bool(text.strip()) and "@" not in text and not _NO_NAME.search(text)


def may_be_persons(text: str) -> bool:
    """Say whether a display name may be a person's: in doubt it is, where a mistake would show who somebody is.

    >>> [may_be_persons(t) for t in ("Maj-Britt Lind", "Mia Stad", "Ekeby kommun", "Luleå stads kansli", "Registrator")]
    [True, True, False, False, False]
    """
    if not text.strip() or "@" in text or _BODY.search(text):
        return False
    return is_name(text) or _NAME_RE.fullmatch(" ".join(text.split())) is not None


def is_common_first_name(word: str) -> bool:
    """Say whether a word is one of the most common first names, written as a name is."""
    return word in _KNOWN


def likely_names(text: str) -> list[str]:
    """Return whatever looks like a name, up to the first word that is none's: two capitalised words are enough."""
    return [n for n in (_trimmed(m[0]) for m in _NAME_RE.finditer(text)) if n]


def is_anybodys(domain: str) -> bool:
    """Say whether anybody has an address at a domain, so that it tells nothing of a body."""
    return _ANYBODYS.search(domain) is not None


def is_an_offices(local: str) -> bool:
    """Say whether what stands before the @ is an office's and not a person's."""
    return _OFFICE.fullmatch(local) is not None


def plain(word: str) -> str:
    """Return a word as it stands in addresses: small letters without marks."""
    return _plain(word)


def contacts_in(text: str) -> Iterator[tuple[int, int, str]]:
    """Give where addresses, links and telephone numbers stand: start, end and what it is, in Swedish."""
    for pattern, what in _CONTACTS:
        for found in pattern.finditer(text):
            yield found.start(), found.end(), what


def _signed(below: str) -> list[str]:
    lines = [line.strip(" ,/*\t") for line in below.splitlines() if line.strip()][:3]
    whole = [line for line in lines if _NAME_RE.fullmatch(line)]
    alone = [line for line in lines[:1] if re.fullmatch(_CAP, line)]
    return whole or alone


def _named_by(address: str) -> list[str]:
    local = address.partition("@")[0]
    words = [w for w in re.split(r"[._-]", local) if w.isalpha() and len(w) > 1]
    if len(words) < 2 or _OFFICE.fullmatch(local) or any(_OFFICE.fullmatch(w) for w in words):
        return []
    return [" ".join(w.capitalize() for w in words[:3])]


def masked(text: str, mask: Mask) -> str:
    """Return a text with invented names, and without addresses and numbers that lead to a person.

    >>> masked("Ring Ada Lind, 013-20 60 00, ada.lind@ekeby.se", mask_for((), ("Ada Lind",)))
    'Ring Alva Almby, 010-000 00 00, alva.almby@ekeby.example'
    """
    text = _URL.sub(_other_url, text)
    text = _MAIL.sub(lambda m: masked_address(m[0], mask), text)
    text = _PERSON_NUMBER.sub("000000-0000", text)
    text = _PHONE.sub("010-000 00 00", text)
    text = _STREET.sub("Exempelgatan 1", text)
    text = _POSTAL.sub("123 45 Exempelby", text)
    text = _BOX.sub("Box 1", text)
    return mask.pattern.sub(lambda m: _other_name(m, mask), text) if mask.pattern else text


def masked_address(address: str, mask: Mask) -> str:
    """Return an address within .example: an office's keeps its name, a person's gets the invented one.

    >>> mask = mask_for(("x17@gmail.com",), ())
    >>> masked_address("Registrator@ekeby.se", mask), masked_address("x17@gmail.com", mask)
    ('registrator@ekeby.example', 'person-1@mejl.example')
    """
    local, _, domain = address.lower().rpartition("@")
    other = f"person-{mask.addresses.get(address.lower(), 0)}"
    words = [w for w in re.split(r"[._-]", local) if w]
    if not _OFFICE.fullmatch(local):
        known = [_plain(mask.parts[p]) for w in words for p in mask.parts if _plain(p) == _plain(w)]
        local = ".".join(known) if len(known) == len(words) > 0 else other
    return f"{local}@{_other_domain(domain, mask)}"


def _other_domain(domain: str, mask: Mask) -> str:
    if _ANYBODYS.search(domain):
        return "mejl.example"
    body = domain.rpartition(".")[0] or domain
    parts = {_plain(p) for p in mask.parts}
    if any(w in parts for w in re.split(r"[.-]", _plain(body))):
        return "egen.example"
    return domain if domain.endswith(".example") else f"{body}.example"


def _other_url(found: re.Match[str]) -> str:
    host = re.sub(r"^(?:https?://)?(?:www\.)?", "", found[0], flags=re.I).split("/")[0].split("?")[0].split(":")[0]
    body = host.lower().rpartition(".")[0] or "sida"
    end = found[0][-1] if found[0][-1] in ".,;" else ""
    return f"https://www.{body.rpartition('.')[2]}.example{end}"


def _other_name(found: re.Match[str], mask: Mask) -> str:
    real, genitive = found[1], found[2]
    if not real[:1].isupper():
        return found[0]  # "berg" is a mountain
    other = mask.parts[real.casefold()]
    made = other + (genitive if genitive and not other.endswith("s") else "")
    return made.upper() if real.isupper() and len(real) > 1 else made


def _plain(word: str) -> str:
    return word.casefold().translate(str.maketrans("åäöéü", "aaoeu"))


def leaks(text: str, mask: Mask) -> list[str]:
    """Return what of the set's names and addresses still stands in a text that was to be masked."""
    left = [m[0] for m in _MAIL.finditer(text) if not m[0].lower().endswith(".example")]
    if mask.pattern:
        invented = {v.casefold() for v in mask.parts.values()}
        left += [m[1] for m in mask.pattern.finditer(text) if m[1][:1].isupper() and m[1].casefold() not in invented]
    return left
