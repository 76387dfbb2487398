"""All that the register holds of a case, found by its number and gathered to be handed over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from handlers import gates, hushing
from handlers.errors import Invalid
from handlers.rules import numbering
from storage.errors import NotFound
from storage.records import (
    Arrival,
    AskedQuestion,
    Asking,
    Case,
    CaseDeadline,
    CaseDecision,
    CaseDemand,
    Document,
    Entry,
    Milestone,
    Namnd,
    Person,
    StoredFinding,
)
from storage.store import Book

# The lines that a hand-over itself leaves. They are left out of it, so that the same case gives the same bytes.
TAKEN_OUT = ("exporterat", "utlämnat")
_ALL = 1_000_000  # lines of a journal


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about the case with those who were asked."""

    question: AskedQuestion
    askings: tuple[Asking, ...]


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case with all that belongs to it. hidden: ids of the handlingar that are told of by number and day alone."""

    namnd: Namnd
    case: Case
    externals: tuple[str, ...]
    documents: tuple[Document, ...]
    hidden: frozenset[int]
    letters: tuple[Arrival, ...]
    findings: tuple[StoredFinding, ...]
    deadlines: tuple[CaseDeadline, ...]
    demands: tuple[CaseDemand, ...]
    decisions: tuple[CaseDecision, ...]
    milestones: tuple[Milestone, ...]
    asked: tuple[Asked, ...]
    journal: tuple[Entry, ...]
    people: Mapping[int, Person]
    staff: tuple[Person, ...]

    def open_letters(self) -> tuple[Arrival, ...]:
        """Return the letters that are not hidden."""
        return tuple(a for a in self.letters if not _is_of(self.hidden, self.documents, a.id))


def find_case(book: Book, wish: str, namnder: Mapping[str, Namnd]) -> Case:
    """Return the case with a diarienummer, or the one that a letter (A-17) belongs to; raise Invalid in plain words."""
    key = numbering.key(wish)
    found = [c for n in namnder if (c := book.case_by_dnr(key, (n,))) is not None]
    if len(found) > 1:
        keys = ", ".join(c.namnd for c in found)
        raise Invalid(f"{wish} finns i flera nämnder. Lägg till --namnd och en av {keys}.", "dnr")
    number = wish.upper().removeprefix("A-")
    if not found and wish.upper().startswith("A-") and number.isdecimal() and len(number) < 16:
        try:
            arrival = book.arrival(int(number))
        except NotFound:
            arrival = None
        if arrival is not None and arrival.namnd in namnder and arrival.case_id is not None:
            return book.case(arrival.case_id)
    if not found:
        raise Invalid(f"Det finns inget ärende {wish}. Se alla med: namndbot list --all", "dnr")
    return found[0]


def gather(book: Book, case: Case, namnd: Namnd, *, secret: bool) -> CaseFile:
    """Gather a case. secret: what is secret comes along; else it is told of by number and day alone."""
    documents = tuple(book.documents(case.id))
    letters = {a.id: a for a in book.arrivals_of_case(case.id)}
    for document in documents:
        if document.arrival_id is not None and document.arrival_id not in letters:
            letters[document.arrival_id] = book.arrival(document.arrival_id)
    hushed = {a.id for a in letters.values() if not secret and gates.is_hidden(a, case)}
    hidden = frozenset(d.id for d in documents if d.arrival_id in hushed or (case.secret and not secret))
    asked = tuple(Asked(q, tuple(book.askings(q.id))) for q in book.questions(case_id=case.id))
    journal = _journal(book, case, letters)
    unsaid = set() if secret else hushing.hushed(journal, letters.values(), documents, case)
    deadlines = tuple(book.deadlines(case.id))
    findings = tuple(f for a in sorted(letters) if a not in hushed for f in book.findings(a))
    made = CaseFile(
        namnd=namnd,
        case=case,
        externals=tuple(e.raw for e in book.externals(case.id)),
        documents=documents,
        hidden=hidden,
        letters=tuple(letters[a] for a in sorted(letters)),
        findings=findings,
        deadlines=tuple(d for d in deadlines if d.document_id not in hidden),
        demands=tuple(book.demands(case.id)),
        decisions=tuple(d for d in book.decisions(case.id) if d.document_id not in hidden),
        milestones=tuple(book.milestones(case.id)),
        asked=asked,
        journal=tuple(_bare(e) if e.seq in unsaid else e for e in journal),
        people={},
        staff=tuple({r.person.id: r.person for r in book.roles()}.values()),
    )
    made = _without_content(made) if case.secret and not secret else made
    return replace(made, people={p.id: p for i in sorted(_people_in(made)) if (p := book.person(i)) is not None})


def _journal(book: Book, case: Case, letters: Iterable[int]) -> list[Entry]:
    entries = {e.seq: e for e in book.entries(case_id=case.id, limit=_ALL)}
    for arrival_id in letters:
        # A letter that was in another case first has lines about that case too.
        of_letter = book.entries(arrival_id=arrival_id, limit=_ALL)
        entries.update({e.seq: e for e in of_letter if e.case_id in (None, case.id)})
    return [entries[seq] for seq in sorted(entries) if entries[seq].what not in TAKEN_OUT]


def _bare(entry: Entry) -> Entry:
    return replace(entry, actor="", what="", data={}, personal=None)


def _without_content(made: CaseFile) -> CaseFile:
    """Return a secret case as anybody may know it: number and days (OSL 2009:400 5 kap. 2 §)."""
    bare = replace(
        made.case,
        kind="",
        matter=None,
        title="Sekretess",
        sender=None,
        raised=None,
        raised_which=None,
        motionarer=(),
        handlaggare_id=None,
        note=None,
    )
    return replace(
        made,
        case=bare,
        externals=(),
        findings=(),
        deadlines=(),
        demands=(),
        decisions=(),
        milestones=(),
        asked=(),
        journal=tuple(_bare(e) for e in made.journal),
    )


def _is_of(hidden: Iterable[int], documents: Sequence[Document], arrival_id: int) -> bool:
    ids = set(hidden)
    return any(d.id in ids and d.arrival_id == arrival_id for d in documents)


def _people_in(made: CaseFile) -> set[int]:
    ids = {
        made.case.handlaggare_id,
        *(d.responsible_id for d in made.demands),
        *(a.person_id for q in made.asked for a in q.askings),
    }
    ids |= {q.question.answered_by for q in made.asked}
    actors = {e.actor for e in made.journal} | {d.confirmed_by for d in made.deadlines}
    actors |= {f.confirmed_by for f in made.findings}
    ids |= {int(a.removeprefix("person:")) for a in actors if a and a.removeprefix("person:").isdecimal()}
    return {i for i in ids if i is not None}
