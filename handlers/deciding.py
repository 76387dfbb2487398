"""A case is decided, answered, waits for KS or KF, is closed and may be opened again."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from handlers import kinds, planning
from handlers.errors import Invalid
from handlers.notices.words import STOCKHOLM
from handlers.reading.reading import OUTCOMES, Reading
from storage.records import Case, Document, Namnd
from storage.store import Book

# The last word is fullmäktige's on what may only be decided there (KL 5 kap. 22, 35 §§).
_FOR_FULLMAKTIGE = frozenset({"motion", "medborgarforslag"})
DECIDED, SENT = "beslut", "svar_skickat"


def decided(
    book: Book,
    case_id: int,
    *,
    body: str,
    paragraph: str,
    day: dt.date,
    outcome: str,
    now: dt.datetime,
    actor: str,
    document_id: int | None = None,
) -> Case:
    """Note that a body has decided in a case: its paragraph, the day and the outcome."""
    case = book.case(case_id, lock=True)
    _living(case)
    if outcome and outcome not in OUTCOMES:
        raise Invalid(f"Utfallet {outcome} finns inte. Välj {', '.join(OUTCOMES)}.", "outcome")
    if day > now.astimezone(STOCKHOLM).date():
        raise Invalid(f"Beslutet kan inte ha fattats {day.isoformat()}, det är en dag framåt.", "day")
    book.put_decision(
        case_id,
        document_id=document_id,
        body=body,
        date=day,
        paragraph=paragraph.strip() or None,
        outcome=outcome or None,
        is_proposal=case.type in _FOR_FULLMAKTIGE and not _is_fullmaktige(body),
    )
    book.note(
        case.namnd,
        "beslutat",
        now=now,
        actor=actor,
        case_id=case_id,
        data={"organ": body, "paragraf": paragraph, "dag": day.isoformat(), "utfall": outcome},
    )
    if _is_fullmaktige(body):
        _after_fullmaktige(book, case, outcome, now=now, actor=actor)
    elif outcome.startswith("återremiss"):
        # It is to be prepared anew: what was written and approved is so no longer.
        book.forget_milestones(case_id)
        book.change_case(case_id, waiting_for=None)
    else:
        book.meet_milestone(case_id, DECIDED, day, document_id)
        book.drop_questions(case_id)
    planning.replan(book, case_id, now=now, actor=actor)
    return book.case(case_id)


def _after_fullmaktige(book: Book, case: Case, outcome: str, *, now: dt.datetime, actor: str) -> None:
    if outcome == "återremiss":
        # The matter comes back to the nämnd: its part is to be done again.
        book.forget_milestones(case.id)
        book.change_case(case.id, waiting_for=None, state="open")
        return
    if outcome == "bordlagd":
        return
    _end_days(book, case.id, ("stated", "goal", "law"), "met")
    _close(book, case, f"Fullmäktige har beslutat{f': {outcome}' if outcome else ''}", now=now, actor=actor)


def answer_sent(
    book: Book, case_id: int, *, day: dt.date, to: str, now: dt.datetime, actor: str, document: Document | None = None
) -> Case:
    """Note that the nämnd's answer has been sent (expedierat): its days are met, and a motion waits for fullmäktige.

    The law's year for a motion is fullmäktige's clock: it stands, but is no longer the handläggare's debt.
    """
    case = book.case(case_id, lock=True)
    _living(case)
    book.meet_milestone(case_id, SENT, day, document.id if document else None)
    law = kinds.kind_of(case.type).law
    # What the law wants at once is done with the answer; the year for a motion is fullmäktige's.
    _end_days(book, case_id, ("stated", "law") if law and not law.months else ("stated",), "met")
    book.drop_questions(case_id)
    waits = "KF" if case.type in _FOR_FULLMAKTIGE else None
    if waits:
        book.change_case(case_id, waiting_for=waits)
    book.note(
        case.namnd,
        "svar skickat",
        now=now,
        actor=actor,
        case_id=case_id,
        data={"dag": day.isoformat(), "handling": document.number if document else None, "väntar på": waits},
        personal={"till": to} if to else None,
    )
    planning.replan(book, case_id, now=now, actor=actor)
    return book.case(case_id)


def close(book: Book, case_id: int, reason: str, *, now: dt.datetime, actor: str) -> Case:
    """Close a case, with a reason; its days are over and nobody is asked more."""
    case = book.case(case_id, lock=True)
    _living(case)
    if not reason.strip():
        raise Invalid("Skriv varför ärendet avslutas.", "reason")
    _end_days(book, case_id, ("stated", "goal", "law"), "dropped")
    _close(book, case, " ".join(reason.split()), now=now, actor=actor)
    return book.case(case_id)


def _close(book: Book, case: Case, reason: str, *, now: dt.datetime, actor: str) -> None:
    book.change_case(case.id, state="closed", waiting_for=None)
    book.drop_questions(case.id)
    book.note(case.namnd, "avslutat", now=now, actor=actor, case_id=case.id, personal={"skäl": reason})
    planning.replan(book, case.id, now=now, actor=actor)


def pause(book: Book, case_id: int, until: dt.date, reason: str, *, now: dt.datetime, actor: str) -> Case:
    """Let a case rest up to and with a day, with a reason: nobody is reminded of its goal, answer day or plan meanwhile.

    The law's time goes on, and is reminded of: nobody but the law can stop it. An earlier day than today lets it go on.
    """
    case = book.case(case_id, lock=True)
    _living(case)
    today = now.astimezone(STOCKHOLM).date()
    if not reason.strip():
        raise Invalid("Skriv varför ärendet vilar.", "reason")
    if until > today + dt.timedelta(days=366):
        raise Invalid("Ett ärende kan vila högst ett år. Skriv en tidigare dag.", "day")
    rests = until >= today
    book.change_case(case_id, paused_until=until if rests else None)
    book.note(
        case.namnd,
        "pausat" if rests else "pausen slut",
        now=now,
        actor=actor,
        case_id=case_id,
        data={"till": until.isoformat()} if rests else {},
        personal={"skäl": " ".join(reason.split())},
    )
    planning.replan(book, case_id, now=now, actor=actor)
    return book.case(case_id)


def reopen(book: Book, case_id: int, reason: str, *, now: dt.datetime, actor: str) -> Case:
    """Open a closed case again, with a reason."""
    case = book.case(case_id, lock=True)
    if case.state != "closed":
        raise Invalid("Ärendet är inte avslutat.", "reason")
    if not reason.strip():
        raise Invalid("Skriv varför ärendet öppnas igen.", "reason")
    book.change_case(case_id, state="open")
    book.forget_milestones(case_id)
    book.revive_deadlines(case_id)
    book.note(
        case.namnd, "öppnat igen", now=now, actor=actor, case_id=case_id, personal={"skäl": " ".join(reason.split())}
    )
    planning.replan(book, case_id, now=now, actor=actor)
    return book.case(case_id)


@dataclass(frozen=True, slots=True)
class Told:
    """What minutes say that a body has decided."""

    body: str
    paragraph: str
    day: dt.date
    outcome: str


def told_by(case: Case, reading: Reading, namnd: Namnd, now: dt.datetime) -> Told | None:
    """Return what a protokollsutdrag that has come in says of its case: the nämnd's own decision, or fullmäktige's.

    Fullmäktige's decision that gives the nämnd something to do by a day ends nothing: the case lives for that day.
    """
    meeting = reading.meeting
    if reading.kind != "protokollsutdrag" or meeting is None or meeting.body is None or reading.outcome is None:
        return None
    if case.state not in ("open", "waiting_dnr") or meeting.date is None:
        return None
    own = _bare(meeting.body) == _bare(namnd.name)
    a_task = any(deadline.date for deadline in reading.deadlines) and reading.outcome != "återremiss"
    if a_task and not own:
        return None
    if not own and (not _is_fullmaktige(meeting.body) or reading.outcome_is_proposal):
        return None
    day = min(meeting.date, now.astimezone(STOCKHOLM).date())
    return Told(meeting.body, meeting.paragraph or "", day, reading.outcome)


def from_minutes(
    book: Book, case: Case, reading: Reading, document: Document, namnd: Namnd, *, now: dt.datetime
) -> None:
    """Let a protokollsutdrag that a person has looked at move its case."""
    told = told_by(case, reading, namnd, now)
    if told:
        decided(
            book,
            case.id,
            body=told.body,
            paragraph=told.paragraph,
            day=told.day,
            outcome=told.outcome,
            now=now,
            actor="boten",
            document_id=document.id,
        )


def _end_days(book: Book, case_id: int, clocks: tuple[str, ...], state: str) -> None:
    book.end_deadlines([d.id for d in book.deadlines(case_id, active=True) if d.clock in clocks], state)


def _living(case: Case) -> None:
    if case.state in ("makulerad", "closed"):
        raise Invalid("Ärendet är avslutat. Öppna det igen först, med ett skäl.", "reason")


def _is_fullmaktige(body: str) -> bool:
    return _bare(body) in ("kommunfullmäktige", "kf", "fullmäktige", "regionfullmäktige")


def _bare(body: str) -> str:
    return " ".join(body.lower().split())
