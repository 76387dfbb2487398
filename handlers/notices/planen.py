"""Word that plans stand otherwise: what cannot be kept, which meeting was moved, and the way that is left."""

from __future__ import annotations

import datetime as dt

from handlers.notices import steps
from handlers.notices.message import Block, Button, Heading, Message, Paragraph, Row, Rows
from handlers.notices.words import STOCKHOLM, days, upper_first, weekday
from handlers.rules.meetings import NAMES
from storage.records import Case, CasePlan, Meeting, Namnd, Notice
from storage.store import Book

_CLOCKS = {"law": "Lagens tid", "goal": "Målet", "stated": "Svarsdagen"}


def render(book: Book, notice: Notice, namnd: Namnd, *, now: dt.datetime) -> Message | None:
    """Write how the plans stand now; None when no case of them has a plan any more."""
    today = now.astimezone(STOCKHOLM).date()
    blocks: list[Block] = []
    heads: list[str] = []
    for case_id, news in notice.data["cases"]:
        case, plan = book.case(int(case_id)), book.plan(int(case_id))
        if plan is None or case.secret or case.state not in ("open", "waiting_dnr"):
            continue
        head = _head(book, case, plan, list(news))
        heads.append(head)
        blocks += [Heading(head), *_why(book, case, plan, list(news), today)]
        blocks.append(Button(f"Öppna {case.dnr or 'ärendet'}", f"{namnd.url}/arende/{case.id}"))
    if not heads:
        return None
    more = f" Och {len(heads) - 1} ärenden till." if len(heads) > 1 else ""
    return Message(
        subject=f"{heads[0].rstrip('.')}{'' if len(heads) == 1 else f', och {len(heads) - 1} till'}",
        preheader=f"Planen är omräknad.{more}",
        blocks=tuple(blocks),
        foot=f"Nämndbot för {namnd.name.lower()} i {namnd.organisation}.",
    )


def _head(book: Book, case: Case, plan: CasePlan, news: list[str]) -> str:
    number = case.dnr or "Ett ärende"
    lost = [d for d in book.deadlines(case.id, active=True) if d.id in plan.lost and d.date]
    if "lost" in news and lost:
        worst = min(lost, key=lambda d: list(_CLOCKS).index(d.clock) if d.clock in _CLOCKS else 9)
        assert worst.date is not None
        return f"{number}: {_CLOCKS.get(worst.clock, 'Svarsdagen').lower()} {weekday(worst.date)} kan inte längre nås."
    meetings = [(one, book.meeting(int(one.partition(":")[2]))) for one in news if ":" in one]
    moved = [m for one, m in meetings if one.startswith("meeting:")]
    if any(_moved_from(m) for m in moved if m.state != "cancelled"):
        return f"{number}: ett möte är flyttat och planen är omräknad."
    if any(m.state == "cancelled" for m in moved):
        return f"{number}: ett möte är inställt och planen är omräknad."
    if any(one.startswith("stop:") for one, _ in meetings):
        return f"{number}: ett möte har ny stoppdag och planen är omräknad."
    return f"{number}: planen är omräknad."


def _moved_from(meeting: Meeting) -> dt.date | None:
    """Return the day that a meeting was moved from; its own day is no move."""
    return meeting.moved_from if meeting.moved_from != meeting.day else None


def _when(day: dt.date, today: dt.date) -> str:
    gone = (today - day).days
    return upper_first(weekday(day)) + (f", {days(gone)} sedan" if gone > 0 else "")


def _why(book: Book, case: Case, plan: CasePlan, news: list[str], today: dt.date) -> list[Block]:
    said: list[Block] = [Paragraph(f"{case.title}.", quiet=True)]
    for one in news:
        if one.startswith("meeting:"):
            meeting = book.meeting(int(one.partition(":")[2]))
            body = upper_first(NAMES[meeting.body])
            if meeting.state == "cancelled":
                said.append(Paragraph(f"{body} {weekday(meeting.day)} är inställt."))
            elif first := _moved_from(meeting):
                said.append(Paragraph(f"{body} {weekday(first)} är flyttat till {weekday(meeting.day)}."))
            elif meeting.moved_from is None:
                # It is back on its first day, or held after all, since the plan was made anew.
                said.append(Paragraph(f"{body} {weekday(meeting.day)} hålls ändå."))
        elif one.startswith("stop:"):
            meeting = book.meeting(int(one.partition(":")[2]))
            name = f"{upper_first(NAMES[meeting.body])} {weekday(meeting.day)}"
            if meeting.state != "cancelled" and meeting.stop:
                said.append(Paragraph(f"{name} har ny stoppdag {weekday(meeting.stop)}."))
            elif meeting.state != "cancelled":
                said.append(Paragraph(f"{name} har inte längre någon egen stoppdag."))
    ahead = sorted(
        (m for m in book.milestones(case.id) if m.planned and m.met_on is None), key=lambda m: (m.planned, m.id)
    )
    rows = tuple(Row(steps.NAMES.get(m.kind, m.kind), _when(m.planned, today)) for m in ahead if m.planned)
    if plan.state == "lost" and plan.ends:
        said += [Paragraph("Nästa möjliga väg, senast:"), Rows(rows)]
        said.append(Paragraph("Andra vägar ut, och vad de kostar i tid, står på ärendets sida.", quiet=True))
    elif plan.state == "lost":
        said.append(
            Paragraph("Ingen väg är kvar att planera. Be om anstånd, eller lägg in fler möten om kalendern är slut.")
        )
    elif rows:
        said += [Paragraph("Så går planen nu, senast:"), Rows(rows)]
    law = next((d for d in book.deadlines(case.id, active=True) if d.clock == "law" and d.id in plan.lost), None)
    if law:
        said.append(
            Paragraph(
                "Kan fullmäktige inte besluta inom året ska det och vad beredningen kommit fram till anmälas till "
                f"fullmäktige inom samma tid ({law.source})."
            )
        )
    return said
