"""What of a nämnd's register anybody may read: its open cases, without what tells of a private person (OSL 5 kap. 2 §).

From whom and what about may be left out of a register that is shown to the public. What is not known to be harmless is
left out here: nobody reads a page through before it is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from handlers import gates, kinds
from handlers.reading import individuals, municipalities
from handlers.rules import covering, masking, numbering
from storage.records import Arrival, Case, CaseState, Document, Namnd
from storage.store import Book

STATES: tuple[CaseState, ...] = ("open", "closed", "makulerad")
# What private persons write, and what is of no known kind: told by its sort alone.
_PRIVATE = frozenset({"synpunkt", "utlamnande", "orosanmalan", "other"})
# Whose name is nobody's business; who raises a motion is elected.
_CITIZENS = frozenset({"medborgarforslag", *_PRIVATE})
_CAPITAL = re.compile(r"(?<![\w-])[A-ZÅÄÖÉÜØÆ][\wà-ÿ’'-]*")
_SHOUTED = re.compile(r"(?<![\w-])[A-ZÅÄÖÉÜ]{4,}(?![\w-])")
_SENTENCE = re.compile(r"(?:^|[.:;!?–]\s+)\W{0,2}$")
_PARTY = re.compile(r"\([A-ZÅÄÖ]{1,3}\)")
_SHORT = re.compile(r"[A-ZÅÄÖ]{2,4}|KPMG|PwC|Deloitte")  # KS, LSS, EY
# How a body's name, a place's or an office's ends.
_BODY = re.compile(
    r"(?:nämnd(?:en)?|styrelsen?|fullmäktige|utskottet?|revisionen|revisorerna|förvaltningen?|kontoret|kansliet|staben|"
    r"myndigheten|verket|inspektionen|departementet|domstolen|rådet|institutet|universitetet|polisen|kassan|ombudsmannen|"
    r"regionen?|kommunen?|kommunerna|länsstyrelsen|regeringen|riksdagen|sverige|skolan|skola|gatan|vägen|torget|parken|biblioteket|"
    r"badet|hallen|sjukhuset|hemmet|gården|centrum)s?\Z",
    re.I,
)
_MUNICIPALITIES = frozenset(name.lower() for name in municipalities.KNOWN.values())
_PLACED = re.compile(
    r"(?<![\w-])(?:[A-ZÅÄÖ][\wåäöé-]+(?: [A-ZÅÄÖ][\wåäöé-]+)? (?:kommun|stad|län)|Region [A-ZÅÄÖ][\wåäöé-]+|"
    r"Länsstyrelsen i [A-ZÅÄÖ][\wåäöé-]+(?: län)?)(?![\w-])"
)


def is_public(case: Case) -> bool:
    """Say whether a case stands in the public register at all: one that is secret leaves no trace."""
    return not case.secret and case.dnr is not None and case.state in STATES


def documents(book: Book, case: Case) -> list[Document]:
    """Return the handlingar of a public case that may be told of; attachments are the letter's."""
    letters = {a.id: a for a in book.arrivals_of_case(case.id)}
    return [d for d in book.documents(case.id) if is_open(d, letters.get(d.arrival_id or 0), case)]


def is_open(document: Document, arrival: Arrival | None, case: Case) -> bool:
    """Say whether a handling may be told of: it lies in a public case, and its letter is nobody's secret."""
    if document.attachment or document.makulerad or not is_public(case):
        return False
    return document.arrival_id is None or (arrival is not None and not gates.is_hidden(arrival, case))


def case_by_number(book: Book, namnd: Namnd, text: str) -> Case | None:
    """Return the public case with that diarienummer, however it is written; a number alone is of the nämnd's series."""
    key = numbering.key(text)
    keys = [key] if key else []
    if key.startswith("|"):
        prefixes = {s.prefix for s in book.all_series() if s.namnd == namnd.key}
        keys = [numbering.key(f"{prefix} {key[1:].replace('|', '-')}") for prefix in sorted(prefixes)]
    found = (book.case_by_dnr(one, (namnd.key,)) for one in keys)
    return next((case for case in found if case is not None and is_public(case)), None)


def title_of(case: Case, namnd: Namnd, document: Document | None = None) -> str:
    """Return what a case, or a handling in it, is about, for anybody; empty where only its sort may be told."""
    kind = document.kind if document else case.type
    text = document.title if document else case.title
    if not namnd.public_titles or case.state == "makulerad" or {kind, case.kind, case.type} & _PRIVATE:
        return ""
    citizens = case.type in _CITIZENS
    private = {*(case.motionarer if citizens else ()), *(n for n in (case.sender,) if n and masking.may_be_persons(n))}
    public = () if citizens else tuple(_bare(name) for name in case.motionarer)
    return "" if _tells(text, namnd, private=private, public=public) else text


def sort_of(case: Case, namnd: Namnd, document: Document | None = None) -> str:
    """Return what sort of case or handling it is; empty where nothing is to be told of what it is about."""
    if not namnd.public_titles:
        return ""
    return kinds.kind_of(document.kind).label if document else kinds.label(case.kind, case.matter)


def party_of(case: Case, namnd: Namnd, name: str | None) -> str:
    """Return from or to whom, for anybody: a body's name, never a person's, and nobody's in a citizen's matter."""
    if not namnd.public_senders or not name or case.state == "makulerad" or case.type in _CITIZENS:
        return ""
    known = {namnd.name, namnd.organisation}
    if name in known:
        return name
    # Several are written as one.
    if "@" in name or any(map(masking.may_be_persons, name.split(", "))) or _tells(name, namnd, started=False):
        return ""
    return name


def _tells(
    text: str, namnd: Namnd, *, private: Iterable[str] = (), public: Iterable[str] = (), started: bool = True
) -> bool:
    """Say whether a text may tell of a private person. started: whether its first word is capital for its place."""
    text = covering.tidy(_SHOUTED.sub(lambda m: m[0].capitalize(), text))
    public = tuple(public)
    cover = covering.cover_for([text], private=private, public=public, bodies={namnd.name, namnd.organisation})
    if covering.covered(text, cover)[1] or individuals.signs(text, frozenset()).person > 0:
        return True
    # Whatever else is written with a capital may be a surname.
    left = _PARTY.sub(" ", cover.stays.sub(" , ", _PLACED.sub(" , ", text)))
    small = re.findall(r"(?<![\w-])[a-zåäöéü]{4,}", left)
    if any(masking.is_common_first_name(w.capitalize()) for w in small):
        return True
    for word in _CAPITAL.finditer(left):
        begins = started and _SENTENCE.search(left[: word.start()])
        if not begins and not _is_no_person(word[0]):
            return True
    return False


def _is_no_person(word: str) -> bool:
    named = {word.lower(), word.lower().removesuffix("s")} & _MUNICIPALITIES
    return bool(named or _SHORT.fullmatch(word) or _BODY.search(word))


def _bare(name: str) -> str:
    return re.sub(r"\s*\([^)]*\)\s*$", "", " ".join(name.split()))
