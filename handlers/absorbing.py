"""What a case learns from a letter: numbers, days, demands, decisions; and what a letter ends in it."""

from __future__ import annotations

import datetime as dt

from handlers.notices.steps import APPROVALS
from handlers.notices.words import STOCKHOLM
from handlers.reading.reading import Deadline, Reading
from handlers.rules import numbering
from storage.records import Case, Document
from storage.store import Book


def absorb(
    book: Book,
    case: Case,
    document: Document,
    reading: Reading,
    *,
    now: dt.datetime,
    actor: str = "boten",
) -> None:
    """Let a case learn what a letter says: numbers, days, demands, decisions. Nothing that stood is ended here."""
    own = {numbering.key(raw) for raw in reading.own_dnr}
    for raw in reading.external_dnr:
        if numbering.key(raw) not in own:
            book.put_external(case.id, raw, numbering.key(raw))
    _take_deadlines(book, case, document, reading)
    if reading.demands and case.type != "svar":
        book.put_demands(case.id, reading.demands)
    for decision in (*((reading.meeting,) if reading.meeting else ()), *reading.decisions):
        is_this = decision == reading.meeting
        book.put_decision(
            case.id,
            document_id=document.id,
            body=decision.body,
            date=decision.date,
            paragraph=decision.paragraph,
            outcome=reading.outcome if is_this else None,
            is_proposal=reading.outcome_is_proposal if is_this else False,
        )
    learned = {}
    if reading.motionarer and not case.motionarer:
        learned["motionarer"] = reading.motionarer
    if reading.matter and not case.matter and case.kind in ("remiss", "other"):
        learned["matter"] = (reading.matter,)
    if learned:
        book.change_case(case.id, **{k: v[0] if k == "matter" else v for k, v in learned.items()})


def take_effect(
    book: Book, case: Case, document: Document, reading: Reading, *, now: dt.datetime, actor: str = "boten"
) -> None:
    """Let a letter end what it says has ended: a day that is moved, an att-sats decided, a step that is done."""
    for deadline in reading.deadlines:
        if deadline.moved_from is not None or deadline.replaces:
            _replace(book, case, deadline, now=now, actor=actor)
    if reading.outcome_per_demand:
        book.demand_outcomes(case.id, reading.outcome_per_demand)
    if reading.kind == "tjansteskrivelse":
        done = reading.dated or (document.inkommen_at or now).astimezone(STOCKHOLM).date()
        if any(m.kind == "tjansteskrivelse" and m.met_on for m in book.milestones(case.id)):
            # A new version: what was approved was another text.
            book.forget_milestones(case.id, ("tjansteskrivelse", *APPROVALS))
            for approval in APPROVALS:
                book.drop_questions(case.id, kind=approval)
        book.meet_milestone(case.id, "tjansteskrivelse", done, document.id)
        book.note(
            case.namnd,
            "tjänsteskrivelsen har kommit",
            now=now,
            actor=actor,
            case_id=case.id,
            data={"handling": document.number, "datum": done.isoformat()},
        )


def claims(reading: Reading) -> list[str]:
    """Return what a letter from outside would change in its case, as questions to the registrator."""
    asked = []
    if any(d.moved_from is not None or d.replaces for d in reading.deadlines):
        asked.append("Brevet säger att svarsdagen är flyttad. Stämmer det?")
    if reading.outcome and reading.meeting:
        asked.append(
            f"Brevet säger att {reading.meeting.body or 'någon'} har beslutat ({reading.outcome}). Stämmer det?"
        )
    if reading.kind == "tjansteskrivelse":
        asked.append("Brevet säger sig vara tjänsteskrivelsen. Stämmer det?")
    return asked


def _take_deadlines(book: Book, case: Case, document: Document, reading: Reading) -> None:
    for deadline in reading.deadlines:
        book.put_deadline(
            case.id,
            document_id=document.id,
            date=deadline.date,
            purpose=deadline.purpose,
            clock=deadline.clock,
            sentence=deadline.sentence,
            source="brevet" if deadline.where == "body" else deadline.where,
            text=deadline.text,
            moved_from=deadline.moved_from,
        )


def _replace(book: Book, case: Case, deadline: Deadline, *, now: dt.datetime, actor: str) -> None:
    stated = [d for d in book.deadlines(case.id, active=True) if d.clock == "stated" and d.date != deadline.date]
    old = [d for d in stated if d.date == deadline.moved_from]
    if not old and deadline.moved_from is None:
        old = stated[:1]  # "ny svarstid" without the old one: the nearest is meant
    book.end_deadlines([d.id for d in old], "replaced")
    for was in old:
        book.note(
            case.namnd,
            "svarsdag flyttad",
            now=now,
            actor=actor,
            case_id=case.id,
            data={"från": _iso(was.date), "till": _iso(deadline.date)},
        )


def _iso(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None
