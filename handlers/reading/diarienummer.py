"""Diarienummer in the wild: every shape that Swedish authorities write, and none of its false friends."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace

from .characters import fold
from .grouped import one_of

# Words in capitals that stand before a year and a number without being a diary's prefix.
NO_PREFIX = frozenset(
    "SOSFS HSLF FS HSLF-FS SFS SOU PROP DS EU EG EES NJA RÅ HFD MÖD RH ISO EN ISBN ISSN SKOLFS AFS BFS KIFS DIR SKR BET KL FL TF OSL SOL LSS LVU LVM"
    " NR MOTION RAPPORT BILAGA DNR BESLUT ÅR VECKA MAJ JUNI JULI TEL MOBIL FAX SID SIDA VERSION DATUM DEN OCH ELLER KAP SFR RSV PUB GDPR MSBFS PTSFS TSFS RA-FS RFS"
    " JANUARI FEBRUARI MARS APRIL AUGUSTI SEPTEMBER OKTOBER NOVEMBER DECEMBER ORG ORGNR SPÅR LAG UTSKRIFT MÅL PM HT VT Q AB POST SE BOX".split()
)  # fmt: skip

# Diaries that are known also where only their first letter is large: "Rev 2025/12".
_DIARIES = frozenset("rev ks kf ksn bun sn son socn soc tn mn mbn sbn bn un kun kn kfn ksf von sdn".split())
_LETTERS = "A-ZÅÄÖ"
_YEAR = r"(?:19[89]\d|20[0-4]\d)"
_SHAPES = re.compile(
    # KS 2021-299, SOF 2023/605-1, KSKF/2023:237, KS2026/1005, GH.KS.2025.29, TS KS 2024/733, KSF-2023-024-539
    rf"(?:(?=[A-ZÅÄÖ012]))(?:(?P<prefixed>(?<![\w§.:/-])(?!(?:I{{2,3}}|IV|VI{{0,3}}|IX) )(?P<p1>(?:[{_LETTERS}]{{1,6}}[. -])?[{_LETTERS}]{{1,7}}|[{_LETTERS}][a-zåäö]{{1,3}})(?P<gap>[ -]?[/.:-]?|[ ]?[/.:-][ ]?)[ \n]?(?P<y1>{_YEAR})(?P<s1> ?[-/:.]{{1,2}} ?| )(?P<n1>\d{{1,7}})(?P<rest>(?:- ?\d(?:\.\d{{1,2}}){{1,3}}|(?:[./:-]\d{{1,7}}){{0,2}}(?: - \d{{3}}(?=\s*(?:\n|$)))?))(?![\w]))"
    # KS 0387/2024, Ks 372/2026, RS/612/2025; NV-04417-24; 23KS871, 2026KFN61
    rf"|(?P<reversed>(?<![\w§.:/-])(?P<p3>[{_LETTERS}]{{1,6}}|[{_LETTERS}][a-zåäö]{{1,3}}(?= \d{{3}}))(?P<g3>[ /-])(?P<n3>\d{{1,6}})(?:/|(?<=\d{{4}})-)(?P<y3>{_YEAR})(?![\w/-]))"
    rf"|(?P<short>(?<![\w§.:/-])(?P<p4>[{_LETTERS}]{{1,5}})-(?P<n4>\d{{4,6}})-(?P<y4>[012]\d)(?![\w/-]))"
    rf"|(?P<glued>(?<![\w§.:/-])(?P<y5>(?:20)?[012]\d)(?P<p5>[{_LETTERS}]{{2,5}})(?P<n5>\d{{2,5}})(?![\w/-]))"
    rf"|(?P<brief>(?<![\w§.:/-])(?P<p6>[{_LETTERS}]{{2,5}}) ?(?P<n6>\d{{3,5}})/(?P<y6>[012]\d)(?![\w/-]))"
    # KS 22/148; 2022.045 KS, 2026/0047 KS
    rf"|(?P<yearled>(?<![\w§.:/-])(?P<p7>[{_LETTERS}]{{2,5}}) (?P<y7>[012]\d)/(?P<n7>\d{{2,5}})(?![\w/-]))"
    rf"|(?P<tailed>(?<![\w§.:/-])(?P<y8>{_YEAR})(?:\.(?=\d{{2}})|/(?=\d{{3}})(?!{_YEAR} ))(?P<n8>\d{{2,5}}) (?P<p8>[{_LETTERS}]{{2,4}})(?! ?§)(?![\w/-]))"
    # 2020/ÄON 0132 013, 2016/KS 0259 10, 2019/KS0123, 26/KS 0088
    rf"|(?P<yearfirst>(?<![\w/:.-])(?P<y2>{_YEAR}|[012]\d(?=/[{_LETTERS}]{{2,6}}[ -]?\d{{3}}))[/-](?P<p2>[{_LETTERS}]{{2,6}})[ -]?(?P<n2>\d{{1,6}})(?P<class>(?: \d{{1,3}}(?![\w./:]))?)))",
)
_DIGIT = re.compile("[0-9]")
_LABEL = re.compile(
    r"\b(?=[edvnmkärb])(?P<label>(?:(?:er|ert|eran|vår|vårt|nämndens|ditt|mitt|dess|kommunens)\s+)?(?:dnr|d\.nr|diarienr|diarienummer|diariebeteckning|diarie|ärendenummer|ärendenr|ärende-?id|beteckning(?:en)?|ref(?:erens)?(?:nummer|nr)?|ärendebeteckning|målnr|målnummer|mål(?:et)? nr|mål|märk (?:det|svaret|yttrandet)(?: med)?|ärende nr|ärende(?=\s*:?\s*\d{4}[/-])|sagsnr|sagsnummer|saksnr|saksnummer|journalnr|our ref|your ref))"
    r"\s*(?:är|nr|dnr|ks\b)?\s*[.:]{0,2}\s*(?:dnr\.?:?\s*)?(?P<value>(?:[A-ZÅÄÖ][A-Za-zÅÄÖåäö-]{0,8}[ ./-]?)?[0-9][0-9./:-]*(?: ?[-/:] ?[0-9][0-9./:-]*|(?<=[-/:]) [0-9][0-9./:-]*)*)",
    re.I,
)
_BARE = re.compile(
    rf"(?=[0-9])(?<![\w/.:§-])(?:\d{{1,2}}(?:\.\d{{1,2}}){{1,4}}-\d{{1,6}}(?:[/-]{_YEAR})(?:-\d{{1,4}})?|\d{{1,2}}(?:\.\d{{1,2}}){{1,4}}-{_YEAR}-\d{{1,6}}|\d{{2,4}}-\d{{2,6}}(?:-|/){_YEAR})(?![\w/-])"
)
_IN_SUBJECT = re.compile(
    rf"(?<![\w/.:§-])(?!{_YEAR}-)\d{{3,6}}-{_YEAR}(?![\w/-])"
)  # "709-2026": too bare for running text
# A paragraph's heading that ends in a number without prefix: "§ 201 Remittering av motion 2023/2216".
_OF_PARAGRAPH = re.compile(
    rf"^[^\w\n]*(?:[{_LETTERS}]{{2,4}} )?§ ?\d+[^\n]{{3,160}} (?P<value>{_YEAR}/\d{{1,5}})\s*$", re.M
)
_CITED = re.compile(
    r"(?:§+ ?|\bprop(?:osition)?\.? ?|\bsou ?|\bjo ?(?:dnr|beslut)? ?|\bdnr jo ?|\bjo(?::s)?\b[^.\n]{0,25}|\bjk ?|\bsfs ?|\blag(?:en)? ?\(?|\bdom(?:en)? i mål ?(?:nr)? ?|\bsosfs ?|motion(?:en)? ?(?:nr)? ?|s\. ?)$",
    re.I,
)
_AUTHOR = one_of(r"\b(?:justitieombudsman\w*|JO-anmäl\w*|riksdagens ombudsm)")
_OWN = re.compile(r"^(?:er|ert|eran|nämndens|ditt)\b", re.I)
_YOURS = re.compile(r"\b(?:ert|eran|er|nämndens|ditt) (?:ärende|dnr|diarie\w*|beteckning|referens|ref)\b\W*$", re.I)
_STAMP = one_of(r"\b(?:ink(?:om(?:men)?|\.)?|hlg|handläggare)\b")
_STAMPED = one_of(r"\b(?:ink(?:om(?:men)?|\.)?|ank(?:om(?:men)?|\.)?|hlg|handläggare)\b")


@dataclass(frozen=True, slots=True)
class Number:
    """A diarienummer as written, and what two ways of writing it have in common."""

    raw: str
    prefix: str  # folded, without separators; "" where there is none
    year: int | None
    number: str  # digits without leading zeros, class numbers and suffixes joined
    own: bool = False
    sentence: str = ""
    where: str = "body"
    document: str = ""  # the handlingsnummer, where the number names one document of the matter

    @property
    def key(self) -> str:
        """Equal for two ways of writing one number."""
        return f"{self.prefix}|{self.year or ''}|{self.number}"


def find_numbers(text: str, where: str = "body") -> list[Number]:
    """Find all diarienummer in a text, each once, in the order they stand.

    >>> [n.raw for n in find_numbers("Dnr KS 2021-299, SOF 2023/605-1, KS 2021-09-21, prop. 2016/17:171, SOSFS 2011:9")]
    ['KS 2021-299', 'SOF 2023/605']
    >>> find_numbers("SOF 2023/605-1 Bilaga")[0].document
    'SOF 2023/605-1'
    """
    if not _DIGIT.search(text):
        return []
    found: list[tuple[int, int, Number]] = []
    for match in _LABEL.finditer(text):
        number = _labelled(match, text, where)
        if number:
            found.append((match.start("value"), match.end("value"), number))
    for match in _SHAPES.finditer(text):
        number = _shaped(match, text, where)
        if number:
            found.append((match.start(), match.end(), number))
    for match in _IN_SUBJECT.finditer(text) if where == "subject" else ():
        if not _is_date(match[0]):
            found.append((match.start(), match.end(), _plain(match[0], text, match.start(), where)))
    for match in _OF_PARAGRAPH.finditer(text):
        if not _is_date(match["value"]):
            found.append(
                (match.start("value"), match.end("value"), _plain(match["value"], text, match.start("value"), where))
            )
    for match in _BARE.finditer(text):
        if not _CITED.search(text[max(0, match.start() - 30) : match.start()]) and not _is_date(match[0]):
            found.append((match.start(), match.end(), _plain(match[0], text, match.start(), where)))
    found = [(a, b, replace(n, own=n.own or _YOURS.search(text[max(0, a - 30) : a]) is not None)) for a, b, n in found]
    found.sort(key=lambda f: (f[0], -f[1]))
    kept: list[Number] = []
    end, keys = -1, dict[str, int]()
    for start, stop, number in found:
        if start < end:
            if kept and number.prefix and not kept[-1].prefix and stop >= end:
                kept[-1] = replace(number, own=number.own or kept[-1].own)  # the shape knows more than the label
            elif kept and number.own:
                kept[-1] = replace(kept[-1], own=True)
            continue
        end = stop
        if number.key in keys:
            at = keys[number.key]
            if number.document and not kept[at].document:
                kept.append(number)
            continue
        keys[number.key] = len(kept)
        kept.append(number)
    return kept


def _line_around(text: str, at: int) -> str:
    start, stop = text.rfind("\n", 0, at) + 1, text.find("\n", at)
    return text[start : stop if stop >= 0 else len(text)].strip()[:300]


def _shaped(match: re.Match[str], text: str, where: str) -> Number | None:
    before = text[max(0, match.start() - 14) : match.start()]
    if match["yearfirst"] is not None:
        if match["p2"].upper() in NO_PREFIX:
            return None
        return Number(
            match[0].strip(),
            fold(match["p2"]),
            _full(match["y2"]),
            _digits(match["n2"] + match["class"]),
            sentence=_line_around(text, match.start()),
            where=where,
        )
    if match["prefixed"] is None:
        return _turned(match, text, where)
    prefix, separator, rest = match["p1"], match["s1"], match["rest"]
    words = re.split(r"[. -]", prefix)
    named = prefix == "SKR" and re.search(
        r"(?:dnr|nr)[.:]? ?$", before, re.I
    )  # else "Skr. 2025/26:12", the government's
    if any(
        (w.upper() in NO_PREFIX and not named) or (w.endswith("FS") and separator.strip() == ":") for w in words
    ) or _is_date(f"{match['y1']}{separator}{match['n1']}{rest}"):
        return None
    if separator == " " and (len(match["n1"]) < 3 or len(prefix) > 5):
        return None  # "KS 2021 12": a year and something else
    if prefix[1:].islower() and match["gap"].strip() and not (match["gap"] == "/" and prefix.lower() in _DIARIES):
        return None  # "Utl. 2009:57"
    if prefix[1:].islower() and (
        not match["gap"].strip()
        and match["gap"]
        and prefix.lower() not in _DIARIES
        and not re.search(r"(?:dnr|nr)[.:]? ?$", before, re.I)
    ):
        return None  # "Den 2024-12" is no diary; "Fi2024/01234" and "Ju 2024/1" behind Dnr are
    if prefix[1:].islower() and separator.strip() not in {"/", ":"}:
        return None
    if words[-1] in {"JO", "JK"} and re.match(r",? ?s(?:id)?\. ?\d", text[match.end() : match.end() + 8]):
        return None  # "JO 2013/14 s. 601": the ombudsmen's yearbook
    cited = _CITED.search(before)
    if (cited and not (cited[0].lower().startswith("motion") and len(prefix) > 1)) or (
        before.rstrip().endswith(("§", "(")) and len(prefix) == 1
    ):
        return None
    if (
        len(prefix) == 1
        and not re.search(r"(?:dnr|nr|ref|beteckning|mål)[.:]? ?$", before, re.I)
        and separator.strip() == "-"
    ):
        return None
    if (
        separator.strip() == "-"
        and (len(match["n1"]) == 2 or len(prefix) < 2)
        and len(match["n1"]) <= 2
        and int(match["n1"]) <= 12
        and not rest
        and prefix != "REV"
        and not re.search(r"(?:dnr|nr)[.:]? ?$", before, re.I)
    ):
        return None  # "ASN 2021-11" may as well be a month; auditors do not meet by the month
    raw, document = match[0].replace("\n", " ").strip(), ""
    if (separator.strip() in {"/", ":"} and re.fullmatch(r"-\d{1,4}", rest)) or (
        len(match["n1"]) >= 5 and re.fullmatch(r"-\d{1,3}", rest)  # KS-2025-00402-3
    ):
        document, raw, rest = raw, raw[: -len(rest)], ""
    return Number(
        raw,
        _prefix(prefix),
        int(match["y1"]),
        _digits(match["n1"] + rest),
        sentence=_line_around(text, match.start()),
        where=where,
        document=document,
    )


def _turned(match: re.Match[str], text: str, where: str) -> Number | None:
    """A number that does not begin with its prefix and its year in full: KS 0387/2024, NV-04417-24, 23KS871."""
    prefix, number, year = next(
        (match[f"p{i}"], match[f"n{i}"], match[f"y{i}"]) for i in (3, 4, 5, 6, 7, 8) if match[f"p{i}"]
    )
    before = text[max(0, match.start() - 14) : match.start()]
    labelled = re.search(r"(?:dnr|nr|ref|beteckning|mål)[.:]? ?$", before, re.I)
    if prefix.upper() in NO_PREFIX or _CITED.search(before) or (len(prefix) == 1 and not labelled):
        return None
    if match["reversed"] and len(number) < 3 and int(number) <= 12 and not labelled:
        return None  # "KS 05/2024" may as well be a month
    return Number(
        match[0].replace("\n", " ").strip(),
        _prefix(prefix),
        _full(year),
        _digits(number),
        sentence=_line_around(text, match.start()),
        where=where,
    )


def _labelled(match: re.Match[str], text: str, where: str) -> Number | None:
    value, label = re.sub(r" ?([-/:]) ?", r"\1", match["value"].strip(" .:-/")), match["label"].lower()
    digits = sum(c.isdigit() for c in value)
    if digits < 4 or digits > 22 or _is_date(value):
        return None
    line = text[text.rfind("\n", 0, match.start()) + 1 : match.start()][-60:]
    if re.search(r"\bJ[OK]\b[^.\n]{0,40}$", line) and line.strip() not in {"JO", "JK"}:
        return (
            None  # "JO (dnr 3579-2005) har sagt": a decision that is cited; the ombudsman's own letter begins with it
        )
    if label.startswith("ärende") and value.isdigit():
        return None  # a form's own counter
    weak = not re.search(r"dnr|d\.nr|diari|ärendenummer|ärendenr|beteckning", label)
    if weak and not re.search(r"\d[-/:.]\d", value):
        return None
    if weak and re.search(r"^\+?0\d", value):
        return None  # "Ref 08-123 45": a telephone
    lead = re.match(r"[A-Za-zÅÄÖåäö]+", value)
    if re.fullmatch(rf"{_YEAR}[-–]{_YEAR}", value) or (lead and lead[0].upper() in NO_PREFIX):
        return None
    return _plain(value, text, match.start("value"), where, own=bool(_OWN.match(label)))


def _plain(raw: str, text: str, at: int, where: str, own: bool = False) -> Number:
    lead = re.match(r"[A-Za-zÅÄÖåäö-]+", raw)
    years = [int(y) for y in re.findall(rf"(?<!\d){_YEAR}(?!\d)", raw)]
    year = years[-1] if years else None
    bare = raw[lead.end() if lead else 0 :]
    numbers = [g for g in re.findall(r"\d+", bare) if year is None or g != str(year)]
    return Number(
        raw,
        _prefix(lead[0]) if lead else "",
        year,
        ".".join(g.lstrip("0") or "0" for g in numbers),
        own,
        _line_around(text, at),
        where,
    )


def _full(year: str) -> int:
    return int(year) if len(year) == 4 else 2000 + int(year)


def _prefix(prefix: str) -> str:
    return re.sub(r"[^a-z]", "", fold(prefix))


def _digits(text: str) -> str:
    return ".".join(group.lstrip("0") or "0" for group in re.findall(r"\d+", text))


def _is_date(value: str) -> bool:
    match = re.fullmatch(r"((?:19|20)\d\d) ?[-/.] ?(\d ?\d?) ?[-/.] ?(\d ?\d?)\.?", value.strip())
    if not match:
        return False
    try:
        dt.date(int(match[1]), int(match[2].replace(" ", "")), int(match[3].replace(" ", "")))
    except ValueError:
        return False
    return True


def is_own(
    number: Number,
    receivers: tuple[str, ...],
    own_prefixes: tuple[str, ...],
    stamp: str = "",
    stamped: tuple[str, ...] = (),
) -> bool:
    """Say whether a number is the receiver's own: by its label, its prefix, or the receiver's stamp that it stands in.

    `receivers` are the receiving namnd's names, folded, where its prefix tells; `stamp` is the beginning of a scanned
    page, where that of `stamped` does.

    >>> is_own(find_numbers("Er beteckning: Dnr 1.5.1-135-2012")[0], (), ())
    True
    """
    if number.own or (number.prefix and number.prefix in {_prefix(p) for p in own_prefixes}):
        return True
    if stamp and number.raw.replace(" ", "") in stamp.replace(" ", ""):
        named = number.prefix in {i for r in stamped for i in initials(r)}
        if _STAMPED.search(stamp) if number.prefix and named else not number.prefix and _STAMP.search(stamp):
            return True
    made = {i for r in receivers for i in initials(r)}
    return bool(number.prefix) and number.prefix in made | {i.removesuffix("n") for i in made if len(i) > 2}


# The parts of a namnd's name, folded, whose letters make its prefix: samhälls-byggnads-nämnden is SBN.
_STEMS = re.compile(
    r"(samhalls|stads|bygg(?:nads)?|dels|arbets|marknads|over|formyndar|vuxen|ut|bildnings|gymnasie|grund|for|skole?|barn|"
    r"ungdoms|aldre|social|kultur|fritids|tekniska|miljo|trafik|fastighets|service|valfards|omsorgs|funktions|ratts|individ|"
    r"familje|krisberednings|lokal|kollektiv|tillvaxt|naringslivs)(?=[a-z])"
)


def initials(name: str) -> set[str]:
    """Return what a namnd's numbers may begin with, from its folded name.

    >>> sorted(initials("arbetsmarknads- och socialnamnden"))
    ['amsn', 'asn']
    """
    name = re.sub(r"\bi [a-z]+(?: kommun| stad)?$|@.*$", "", name).strip()
    words = [w.strip("-") for w in re.split(r"[ ,]+|- ", name) if w and w not in {"och", "i", "for", "samt"}]
    last = next((at for at, w in enumerate(words) if "namnd" in w), len(words))
    words = words[: last + 1]  # "Socialnämnden Östersund" is an SN
    if not words or not any(w.startswith("namnd") or "namnd" in w for w in words):
        return {name} if 2 <= len(name) <= 4 and name.isalpha() else set()
    made = "".join(w[0] for w in words)
    parts = "".join(part[0] for w in words for part in _STEMS.sub(r"\1 ", w).split())
    found = {made if words[-1].startswith("namnd") and len(words) > 1 else made + "n", parts}
    if len(words) == 1:
        found |= {words[0][:2] + "n", words[0][:3] + "n"}  # SON, SOCN beside SN
    return found
