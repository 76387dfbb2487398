"""Outcome: what a decision means for the motion or the matter, read through "bifall till nämndens förslag"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .grouped import one_of
from .material import Document, Material
from .sentences import split_sentences

_WORDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("återremiss", re.compile(r"\båterremi(?:tt?era\w*|ss\w*|tteras|tterades)", re.I)),
    ("bordlagd", re.compile(r"\bbordl(?:ägg|ag|ad)\w*", re.I)),
    (
        "delvis bifall",
        re.compile(r"\b(?:delvis bif\w+|bif[aö]ll\w* delvis|delvis (?:anses )?bifall\w*|till viss del bif\w+)", re.I),
    ),
    ("avskriven", re.compile(r"\b(?:avskriv\w+|avskrev\w*|skrivs? av|avförs)\b", re.I)),
    (
        "besvarad",
        re.compile(
            r"\b(?:anse[srd]*\b.{0,80}\bbesvara[dt]\w*|besvaras med|besvara[dt]e?s?\b(?: med)?|vara besvara[dt]e?|är besvara[dt]|färdigbehandlad)",
            re.I,
        ),
    ),
    (
        "avslag",
        re.compile(
            r"\b(?:inte|ej|icke|kan inte) (?:att )?(?:tillmötesgå|bifall\w*|tillstyrk\w*|genomföra|ställ\w+ sig bakom)\b|\butan bifall\b|\bställer sig inte bakom\b|\blämnas? utan (?:åtgärd|avseende)\b",
            re.I,
        ),
    ),
    ("avslag", re.compile(r"\b(?:avsl(?:å|ås|år|og|ogs|agit|agits|ag)|avstyrk\w*)\b", re.I)),
    (
        "bifall",
        re.compile(
            r"\b(?:bif(?:all|alla|aller|alls|allit|allits|öll|ölls)|ställ(?:a|er|de|t) sig bakom|tillstyrk\w*)\b", re.I
        ),
    ),
    (
        "bifall",
        re.compile(
            r"\btillmötesgå\w*\b|\b(?:som|så som|på det sätt som|i enlighet med vad som|enligt vad som) (?:\w+ )?(?:föreslagits|föreslås|föreslår|föreslagit) i (?:motionen|medborgarförslaget|initiativet|e-förslaget)\b|\b(?:i enlighet med|enligt) (?:motionens|medborgarförslagets|initiativets|förslagsställarens|motionärens|motionärernas) (?:förslag|intention\w*|yrkande\w*)",
            re.I,
        ),
    ),
    ("lagd till handlingarna", re.compile(r"\btill handlingarna\b", re.I)),
    ("godkänd", re.compile(r"\bgodkän(?:n|ner|ns|de|des|na|t|ts)\b", re.I)),
)
_OBJECT = one_of(
    r"\b(?:motion(?:en|ens|erna)?|medborgarförslag(?:et)?|initiativet|nämndinitiativet|interpellationen|enkla frågan|frågan|ärendet|att-sats\w*|yrkande \d|punkt \d|förslaget om|e-förslaget)\b",
)
_THROUGH = one_of(
    r"\b(?:enligt|i enlighet med|bif(?:aller|alla|all till|öll|alls)?|tillstyrk\w*|till|antar) (?P<whose>\w{1,40}(?:nämndens|styrelsens|utskottets)|arbetsutskottets|kommunstyrelsens|förvaltningens|nämndens|ordförandens)\b.{0,40}\bförslag|(?P<whose2>\w{1,40}(?:nämndens|styrelsens|utskottets|förvaltningens)) förslag\b.{0,30}\b(?:tillstyrk|bif|anta)",
)
# "besluta i enlighet med Birgitta Ens yrkande", "bifaller utbildningsnämndens förslag": what that was stands elsewhere.
_ANOTHERS = re.compile(
    r"\b(?:enligt|i enlighet med|bif\w+|antar|anta|till|tillstyrk\w*) (?P<whose>(?:[A-ZÅÄÖ][\wéäöå-]+ ){0,3}[A-ZÅÄÖ][\wéäöå-]+|(?:[\wåäö-]+- och )?[\wåäö]{2,40}(?:nämnden|styrelsen|utskottet|kontoret|förvaltningen|kansliet|nämnderna))s (?:eget |framlagda )?(?:yrkande|förslag)\b",
)
_HEAD = re.compile(
    r"^\W*(?P<body>(?:kommun|region)?fullmäktiges?|kommunstyrelsens?(?: arbetsutskotts?)?|kommunstyrelsens?|regionstyrelsens?|(?:\w+- och )?\w*nämndens?|(?:förbunds)?direktionens?|\w*utskottets?|\w*nämndens arbetsutskotts?|KFs?|KSs?)?\s*(?P<what>beslut(?:ar|ade)?|beslöt)\b(?P<rest>[^.]{0,60})$|^\W*(?P<plain>beslut)\W*$",
    re.I,
)
_PROPOSAL_HEAD = re.compile(
    r"^\W*(?P<whose>.{0,60}?)\bförslag(?: till (?P<to>.{0,40}?)?beslut)?\W*(?:\d{4}[\d-]*)?\W*(?P<same>.{0,60})$|^\W*(?P<who>.{3,50}) föreslår (?P<to2>(?:kommun|region)?fullmäktige|kommunstyrelsen|nämnden).{0,40}$",
    re.I,
)
_SECTION = re.compile(
    r"^\W*(?:reservation\w*|ärende\w*|sammanfattning.*|yrkanden?|beslutsgång|beslutsordning|beslutsunderlag|protokollsanteckning\w*|särskilt uttalande|beslutet skickas.*|bakgrund|jäv|deltar inte.*|votering.*|propositionsordning|underlag|skickas till.*|expedieras.*|handlingar i ärendet|kommunstyrelsens yttrande|tidigare beslut.*|tidigare behandling.*|motivering|paragrafen är.*|deltagande|motionen|förslaget|ärendegång|förvaltningens synpunkter|beredning\w*)\W*:?\W*$",
    re.I,
)
_DECIDES = one_of(
    r"\b(?:beslutar|beslutade|beslöt|beslutat|avslog|biföll|bordlade|återremitterade|avskrev|ställde sig bakom|bifallit|beslutat|avslagit|återremitterat|bordlagt|avskrivit|ställt sig bakom|bifölls|avslogs|avslagits|bifallits|återremitterades|bordlades|föreslår)\b",
)
_NOT_DECISION = one_of(
    r"\b(?:yrkar|yrkade|yrkat|yrka|reserver\w*|anser att motionen (?:borde|bör)|röst\w+|proposition|ställs mot|om (?:motionen|yrkandet|den|det) bifalls)\b",
)
_SATS = re.compile(
    r"\b(?:första|andra|tredje|fjärde|femte|att-sats(?:en)? ?\d|\d:a|att-sats|punkt(?:en)? \d|yrkande \d)\b", re.I
)
_PROPOSES = re.compile(r"\bföreslår\b|\bförslag till\b|\bföreslås\b", re.I)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was decided, whether the last body has done so, and per att-sats where they differ."""

    word: str
    proposal: bool
    per_demand: tuple[str, ...]
    sentence: str
    where: str
    certainty: float


def find_outcome(material: Material, kind: str) -> Outcome | None:
    """Read what a decision means for the matter; None for letters that bring none."""
    if kind not in {"protokollsutdrag", "svar", "tjansteskrivelse", "kvalitetsgranskning"}:
        return None
    for document in sorted(material.documents, key=lambda d: d.genre not in {"protokoll", "skrivelse", "yttrande"}):
        if (
            document.genre in {"motion", "interpellation", "medborgarforslag", "initiativ", "rapport", "missiv"}
            and kind == "protokollsutdrag"
            and document is not material.main
        ):
            continue
        found = _in_document(document, kind)
        if found:
            return found
    return None


def classify(sentence: str) -> str | None:
    """Say which outcome one sentence of a decision tells, whoever it is about.

    >>> classify("Motionen avslås med hänvisning till förvaltningens svar.")
    'avslag'
    >>> classify("Kommunfullmäktige ställde sig bakom motionen.")
    'bifall'
    """
    if _SATS.search(sentence) and len(_per_clause(sentence)) > 1:
        return "delvis bifall"
    for word, pattern in _WORDS:
        if pattern.search(sentence):
            return word
    return None


def _per_clause(sentence: str) -> tuple[str, ...]:
    """The outcomes of one sentence's clauses, where they differ: "bifalla första att-satsen och avslå den andra"."""
    found = []
    for clause in re.split(r"\b(?:och|samt|men)\b|[,;]", sentence):
        word = next((w for w, p in _WORDS if p.search(clause)), None)
        if word:
            found.append(word)
    return tuple(found) if len(set(found)) > 1 else ()


def _in_document(document: Document, kind: str) -> Outcome | None:
    sections = _sections(document)
    proposals = [s for s in sections if s.proposal]
    decided = [s for s in sections if s.decision and not s.proposal]
    onward = [s for s in proposals if s.onward]
    earlier = {s.whose: s for s in proposals}
    for group, proposal in (
        (decided, False),
        (onward, True),
        ([] if kind == "protokollsutdrag" and decided else proposals, True),
    ):
        for section in reversed(group) if proposal else group:
            found = _of_section(section.lines, earlier, document, section)
            if found and not (
                not proposal and onward and found.word in {"godkänd", "bifall"} and not _OBJECT.search(found.sentence)
            ):
                asks_onward = (
                    proposal
                    or bool(re.search(r"\bföreslås\b", found.sentence))
                    or _goes_on(section)
                    or (bool(onward) and "fullmäktige" not in section.whose)
                )
                return Outcome(
                    found.word,
                    asks_onward or kind in {"svar", "tjansteskrivelse"},
                    found.per_demand,
                    found.sentence,
                    document.where,
                    found.certainty,
                )
    return _in_prose(document, kind) or (_through_another(document) if kind == "protokollsutdrag" else None)


def _through_another(document: Document) -> Outcome | None:
    """A decision that only says whose proposal won: what that one proposed is read where it is told."""
    sentences = document.sentences[:250]
    won = next((m for s in sentences if _DECIDES_ALL.search(s) and (m := _ANOTHERS.search(s))), None)
    seen: set[str] = set()
    while won is not None and won["whose"].lower() not in seen:
        whose = won["whose"].lower()
        seen.add(whose)
        last = whose.split()[-1]
        for at, sentence in enumerate(sentences):
            low = sentence.lower()
            if last not in low or (won.string == sentence) or "reserver" in low:
                continue
            told = " ".join(sentences[at : at + 2]) if re.search(r"\byttra|\bbehandlade\b", low) else sentence
            word = (
                classify(told)
                if re.search(r"\byrka|\bföresl|\banser\b|\bansett\b|\bavstyrk|\btillstyrk|\(\w{1,4}\)", told)
                else None
            )
            if word and (_OBJECT.search(told) or re.search(r"\bden\b", told)):
                return Outcome(
                    word,
                    _PROPOSES.search(won.string) is not None,
                    (),
                    f"{won.string} {told}"[:600],
                    document.where,
                    0.75,
                )
        # "Regionstyrelsen föreslår … enligt kontorets förslag": one step further back
        won = next(
            (
                m
                for s in sentences
                if last in s.lower() and (m := _ANOTHERS.search(s)) and m["whose"].lower() not in seen
            ),
            None,
        )
    return None


_DECIDES_ALL = re.compile(r"\b(?:beslut\w*|bifaller|bifallit|biföll|antar|antog|föreslår)\b", re.I)


@dataclass(slots=True)
class _Section:
    whose: str
    decision: bool
    proposal: bool
    onward: bool  # a proposal to the next body
    lines: list[str]


def _sections(document: Document) -> list[_Section]:
    found: list[_Section] = []
    current: _Section | None = None
    for line in document.lines:
        if not line:
            continue
        proposal = _PROPOSAL_HEAD.match(line) if len(line) < 140 else None
        head = _HEAD.match(line) if len(line) < 130 else None
        if proposal and not re.search(r"\byrkar\b|\bbif|tillstyrk|\bavsl[åa]|\bantas\b|godkän", line, re.I):
            whose = (proposal["whose"] or proposal["who"] or "").lower().strip(" :")
            to = (proposal["to"] or proposal["to2"] or "").lower()
            onward = bool(re.search(r"fullmäktige|kommunstyrelse|region", to) or (proposal["who"] and proposal["to2"]))
            current = _Section(whose, False, True, onward, [])
            found.append(current)
            tail = re.search(r"beslut\W*:\s*(.{4,})$|förslag\W*:\s*(.{4,})$", line, re.I)
            if tail:
                current.lines.append(tail[1] or tail[2])
        elif head and not ATTISH.match(line):
            rest = line.lower()
            current = _Section(
                (head["body"] or "").lower(), not re.search(r"\b20\d\d", rest) or len(rest) < 60, False, False, []
            )
            current.decision = current.decision and not _earlier(line, found)
            found.append(current)
            if head["rest"] and len(head["rest"].split()) > 2:
                current.lines.append(line)
        elif _SECTION.match(line):
            current = None
        elif current is not None and len(current.lines) < 40:
            current.lines.append(line)
    return found


ATTISH = re.compile(r"^\s*(?:\d+[.)]|[-–•])\s")


def _earlier(line: str, found: list[_Section]) -> bool:
    """A heading with a day and a paragraph behind the first decision recites an earlier body's decision."""
    return bool(re.search(r"\b20\d\d|§", line)) and any(s.decision for s in found)


def _goes_on(section: _Section) -> bool:
    return any(
        re.search(r"\bföreslår (?:att )?(?:(?:kommun|region)?fullmäktige|kommunstyrelsen)", line, re.I)
        for line in section.lines
    )


def _of_section(
    lines: list[str], earlier: dict[str, _Section], document: Document, section: _Section
) -> Outcome | None:
    told = [s for line in lines for s in split_sentences(line)]
    told = [s for s in told if not _NOT_DECISION.search(s)]
    about = [
        (s, w)
        for s in told
        if (w := classify(s))
        and (_OBJECT.search(s) or w in {"återremiss", "bordlagd", "lagd till handlingarna", "godkänd", "besvarad"})
    ]
    one = next((p for s, _ in about if _SATS.search(s) and (p := _per_clause(s))), ())
    words = list(one) or [w for s, w in about if _SATS.search(s)]
    if len(words) >= 2 and len(set(words)) > 1:
        return Outcome(
            "delvis bifall" if "bifall" in words else words[0], False, tuple(words), about[0][0], document.where, 0.9
        )
    whole = [
        (s, w)
        for s, w in about
        if not (
            w in {"bifall", "godkänd"}
            and _THROUGH.search(s)
            and not re.search(r"\b(?:motionen|medborgarförslaget|initiativet) (?:bif|i övrigt)", s, re.I)
        )
    ]
    if whole:
        order = (
            "återremiss",
            "bordlagd",
            "delvis bifall",
            "avslag",
            "bifall",
            "besvarad",
            "avskriven",
            "lagd till handlingarna",
            "godkänd",
        )
        kinds = {w for _, w in whole}
        if {"bifall", "avslag"} <= kinds or {"bifall", "besvarad"} <= kinds:
            return Outcome("delvis bifall", False, tuple(w for _, w in whole), whole[0][0], document.where, 0.85)
        word = next(o for o in order if o in kinds)
        sentence = next(s for s, w in whole if w == word)
        return Outcome(word, False, (), sentence, document.where, 0.92)
    for sentence in told:
        through = _THROUGH.search(sentence)
        if not through:
            continue
        whose = (through["whose"] or through["whose2"] or "").lower().rstrip("s")
        source = next((s for name, s in earlier.items() if whose and whose in name and s is not section), None) or next(
            (s for s in earlier.values() if s is not section), None
        )
        if source is not None:
            found = _of_section(source.lines, {}, document, source)
            if found:
                return Outcome(found.word, False, found.per_demand, f"{sentence} {found.sentence}", document.where, 0.8)
    return None


def _in_prose(document: Document, kind: str) -> Outcome | None:
    """A decision told in a sentence: "Nämnden biföll förslaget den 3 maj § 7"."""
    for sentence in document.sentences[:200]:
        if not _DECIDES.search(sentence) or _NOT_DECISION.search(sentence):
            continue
        word = classify(sentence)
        if word and (_OBJECT.search(sentence) or word in {"återremiss", "lagd till handlingarna", "godkänd"}):
            proposal = bool(_PROPOSES.search(sentence)) or kind in {"svar", "tjansteskrivelse"}
            return Outcome(word, proposal, (), sentence, document.where, 0.85)
    if kind == "protokollsutdrag":
        for sentence in document.sentences[:60]:
            word = classify(sentence)
            if (
                word
                and re.match(
                    r"^\W*(?:beslut\W+)?(?:\d+\. )?(?:motionen|medborgarförslaget|ärendet|interpellationen|initiativet)\b",
                    sentence,
                    re.I,
                )
                and not _NOT_DECISION.search(sentence)
            ):
                return Outcome(word, False, (), sentence, document.where, 0.75)
    if kind == "svar":
        for sentence in document.sentences[:200]:
            word = classify(sentence)
            if word and re.search(
                r"\b(?:nämnden|förvaltningen|vi|styrelsen)\b.{0,40}\b(?:tillstyrk|avstyrk)", sentence, re.I
            ):
                return Outcome(word, True, (), sentence, document.where, 0.8)
    return None
