"""A case as its page shows it: stamp, clocks, facts, days, documents, what was read, journal."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.pages import case_starts, case_story, journal_words, plan_view, views
from bot.pages.case_clocks import Clock, clocks
from bot.pages.desk import Desk
from handlers import hushing, kinds, registering
from handlers.corrections import RULED
from handlers.registering import CORRECTABLE
from storage.records import Case, CaseDeadline, Document, Entry, StoredFinding
from storage.store import Book

_FIELD_NAMES = {
    **CORRECTABLE,
    "external_dnr": "Andras nummer",
    "own_dnr": "Vårt nummer",
    "deadlines": "Svarsdag",
    "demands": "Förslag",
    "motionarer": "Motionär",
    "outcome": "Beslut",
    "sender_authority": "Från",
    "secret": "Sekretess",
}
_LINES = 30  # of the journal, before somebody asks for all
_RAISED = {"inlämnad": "lämnades in", "rättat": "rättat av registrator"}


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact of the case that a registrator may correct; options for a choice, kind for the field."""

    field: str
    label: str
    shown: str
    value: str
    kind: str
    options: tuple[tuple[str, str], ...] = ()
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """A handling in the list; url is its page, file what is downloaded."""

    url: str
    file: str
    title: str
    number: str
    about: str
    sha256: str
    icon: str
    makulerad: bool


@dataclass(frozen=True, slots=True)
class Found:
    """Something read in a letter."""

    name: str
    value: str
    sentence: str
    where: str
    sure: views.State
    confirmed: str
    corrected: str
    ruled: bool  # it comes from a rule: then the sentence is ours, not the letter's


@dataclass(frozen=True, slots=True)
class CaseView:
    """All that the page of a case shows."""

    id: int
    version: int
    dnr: str
    title: str
    secret: bool
    open_for_change: bool
    waiting_dnr: bool
    makulerad_why: str
    stands: views.Standing
    stamp_over: str
    came: str
    handlaggare: str
    clocks: tuple[Clock, ...]
    plan: plan_view.PlanView | None
    starts: case_starts.Starts | None
    facts: tuple[Fact, ...]
    four_days: tuple[tuple[str, str], ...]
    decisions: tuple[str, ...]
    steps: tuple[case_story.Step, ...]
    asked: tuple[case_story.Asked, ...]
    untaken: bool
    closed: bool
    paused: str  # the last day that it rests
    papers: tuple[Paper, ...]
    found: tuple[Found, ...]
    repetitions: tuple[str, ...]
    journal: tuple[journal_words.Line, ...]
    older: int  # lines of the journal that are not shown


def case_view(book: Book, desk: Desk, case: Case, today: dt.date, *, whole: bool = False) -> CaseView:
    """Gather what a case's page shows. Of a secret one: number, days, handlingar and the journal's bare lines.

    whole: all of the journal, however long it is.
    """
    namnd = desk.namnder[case.namnd]
    days = () if case.secret else tuple(book.deadlines(case.id))
    active = tuple(d for d in days if d.state == "active")
    handlaggare = book.person(case.handlaggare_id) if case.handlaggare_id else None
    documents = book.documents(case.id)
    arrivals = book.arrivals_of_case(case.id)
    entries: dict[int, Entry] = {e.seq: e for e in book.entries(case_id=case.id)}
    for arrival in arrivals:
        entries.update({e.seq: e for e in book.entries(arrival_id=arrival.id)})
    newest = sorted(entries.values(), key=lambda e: e.seq, reverse=True)
    known = {a.id for a in arrivals}
    left = {d.arrival_id for d in documents if d.arrival_id is not None} - known  # letters that were moved from here
    letters = [*arrivals, *(book.arrival(one) for one in sorted(left))]
    unsaid = hushing.hushed(newest, letters, documents, case)
    read = [] if case.secret else [a for a in arrivals if a.state == "registered"]
    found = [_found(book, f) for a in read for f in book.findings(a.id)]
    first = next((d for d in documents if not d.attachment), None)
    plan = plan_view.plan_view(book, case, days, newest, today)
    standing = book.plan(case.id) if plan else None
    return CaseView(
        id=case.id,
        version=case.version,
        dnr=case.dnr or "",
        title="Sekretess" if case.secret else views.clean(case.title),
        secret=case.secret,
        open_for_change=case.state != "makulerad" and not case.secret,
        waiting_dnr=case.state == "waiting_dnr",
        makulerad_why=views.clean(case.note) if case.state == "makulerad" else "",
        stands=plan_view.standing(views.standing(case, active, today), plan),
        stamp_over=f"{namnd.organisation}, {namnd.name.lower()}",
        came=views.iso_day(case.inkommen_at),
        handlaggare=handlaggare.name if handlaggare else "",
        clocks=() if case.secret else clocks(book, case, days, standing.lost if standing else (), newest, today),
        plan=plan,
        starts=case_starts.starts(book, case, newest),
        facts=() if case.secret else _facts(book, case, active),
        four_days=_four_days(case, first),
        decisions=() if case.secret else case_story.decisions(book, case),
        steps=() if case.secret else case_story.steps(book, case),
        asked=case_story.asked(book, case, today),
        untaken=case.handlaggare_id is None and case.state in ("open", "waiting_dnr") and not case.secret,
        closed=case.state == "closed",
        paused=views.day(case.paused_until) if case.paused_until and case.paused_until >= today else "",
        papers=tuple(_paper(case, d, today) for d in documents),
        found=tuple(f for f in found if f is not None),
        repetitions=tuple(f"{a.label} kom {views.stamp(a.received_at)}" for a in arrivals if a.state == "repetition"),
        journal=journal_words.lines(book, newest if whole else newest[:_LINES], secret=case.secret, unsaid=unsaid),
        older=0 if whole else max(0, len(newest) - _LINES),
    )


def kind_options(*, none: str = "") -> tuple[tuple[str, str], ...]:
    """Return the kinds of letter as choices, with one for none where that is possible."""
    return (*((("", none),) if none else ()), *((k.name, k.label) for k in kinds.KINDS))


def _facts(book: Book, case: Case, active: Sequence[CaseDeadline]) -> tuple[Fact, ...]:
    stated = next((d.date for d in active if d.clock == "stated" and d.date), None)
    matter = kinds.kind_of(case.matter).label if case.matter else "Ingen"
    members = ", ".join(views.clean(m, 120) for m in case.motionarer)
    others = ", ".join(views.clean(e.raw, 80) for e in book.externals(case.id))
    return (
        Fact("title", "Ärendemening", views.clean(case.title), views.clean(case.title), "text"),
        Fact("kind", "Typ av brev", kinds.label(case.kind, case.matter), case.kind, "choice", kind_options()),
        Fact("matter", "Sak", matter, case.matter or "", "choice", kind_options(none="Ingen")),
        Fact("sender", "Från", views.clean(case.sender, 200) or "Okänd", views.clean(case.sender, 200), "text"),
        Fact(
            "deadline",
            "Svarsdag",
            views.day(stated) if stated else "Ingen",
            stated.isoformat() if stated else "",
            "date",
        ),
        Fact("motionarer", "Motionärer", members or "Inga", members, "text", hint="Med komma emellan"),
        Fact("external", "Andras nummer", others or "Inga", others, "text", hint="Med komma emellan"),
    )


def _four_days(case: Case, first: Document | None) -> tuple[tuple[str, str], ...]:
    dated = views.day(first.dated) if first and first.dated else "Står inte i brevet"
    raised = "Gäller inte"
    if case.raised:
        which = _RAISED.get(case.raised_which or "", case.raised_which or "")
        raised = views.day(case.raised) + (f", {views.clean(which, 80)}" if which else "") + ", styr klockorna"
    days = [("Dokumentets dag", dated), ("Väckt", raised)] if not case.secret else []
    return (
        *days,
        ("Inkom", views.stamp(case.inkommen_at)),
        ("Registrerad", views.stamp(case.registered_at)),
    )


def _paper(case: Case, document: Document, today: dt.date) -> Paper:
    way = {"in": "inkom", "ut": "skickades", "upprattad": "upprättad"}[document.direction]
    at = document.inkommen_at or document.registered_at
    parts = [f"{way} {views.day(at.astimezone(views.STOCKHOLM).date())}"]
    if document.party and not document.attachment and not case.secret:
        parts.append(("från " if document.direction == "in" else "till ") + views.clean(document.party, 120))
    if document.pages:
        parts.append("1 sida" if document.pages == 1 else f"{document.pages} sidor")
    if document.size:
        parts.append(views.amount(document.size))
    return Paper(
        f"/handling/{document.id}",
        f"/dokument/{document.id}" if document.sha256 else "",
        f"Handling {document.number}" if case.secret else views.clean(document.title, 300),
        f"{case.dnr or 'Handling'}-{document.number}" if case.dnr else f"Handling {document.number}",
        ", ".join(parts),
        (document.sha256 or "")[:12],
        "bilaga" if document.attachment else "brev",
        document.makulerad,
    )


def _found(book: Book, finding: StoredFinding) -> Found | None:
    if not finding.value:
        return None
    value = views.clean(finding.value, 300)
    if finding.field in ("kind", "matter"):
        value = kinds.kind_of(finding.value).label
    elif re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        value = views.upper_first(views.weekday(registering.as_date(value, "")))
    sentence = views.clean(finding.sentence)
    where = {
        "body": "brevet",
        "envelope": "brevhuvudet",
        "forwarded": "det vidarebefordrade brevet",
        "subject": "ämnesraden",
    }
    return Found(
        _FIELD_NAMES.get(finding.field, views.upper_first(finding.field)),
        value,
        sentence if sentence != value else "",
        where.get(finding.source, views.clean(finding.source, 120)),
        views.surely(finding.certainty),
        journal_words.name_of(book, finding.confirmed_by) if finding.confirmed_by else "",
        views.clean(finding.corrected_to, 300),
        finding.source.startswith(RULED),
    )
