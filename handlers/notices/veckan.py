"""The managers' week: late first, then this fortnight, what nobody has taken, what is unregistered; one line when
there is nothing."""

from __future__ import annotations

import datetime as dt

from handlers.notices.facts import Week
from handlers.notices.message import Block, Button, Heading, Line, Message, Paragraph, Row, Rows
from handlers.notices.paminnelse import left
from handlers.notices.standing import number, standing, title
from handlers.notices.words import STOCKHOLM, days, weekday
from storage.records import CaseDeadline, CaseRow, Namnd
from storage.store import Book


def render(book: Book, namnd: Namnd, week: Week, *, now: dt.datetime) -> Message:
    """Write the week as things stand now."""
    today = now.astimezone(STOCKHOLM).date()
    week_number = today.isocalendar().week
    foot = f"Nämndbot för {namnd.name.lower()} i {namnd.organisation}."
    if not (week.needs or week.this_fortnight or week.waiting or week.new or week.closed):
        line = f"Inget är sent i {namnd.name.lower()}. {_open(week.open_cases)} går som de ska."
        return Message(f"{namnd.name} v. {week_number}: inget är sent", line, (Paragraph(line),), foot)
    lead = (
        f"{_things(week.needs)} behöver dig. Av {week.open_cases} öppna ärenden."
        if week.needs
        else (f"Inget är sent. {_open(week.open_cases)}.")
    )
    blocks: list[Block] = [Heading(lead)]
    for head, rows, clocks in (
        ("■ Efter lagens tid", week.past_law, ("law",)),
        ("▲ Efter målet eller svarsdagen", week.past_other, ("stated", "goal")),
        ("De här två veckorna", week.this_fortnight, ("stated", "goal", "law")),
        ("Ingen har tagit", week.nobody, ()),
        ("○ Väntar på någon annan", week.waiting, ()),
    ):
        if rows:
            blocks += [Heading(head), Rows(tuple(_row(book, r, clocks, today) for r in rows[:20]))]
            if len(rows) > 20:
                blocks.append(Paragraph(f"Och {len(rows) - 20} till.", quiet=True))
    if week.unregistered:
        since = min(a.received_at for a in week.unregistered).astimezone(STOCKHOLM).date()
        blocks += [
            Heading("▲ Inte registrerat"),
            Paragraph(
                f"{len(week.unregistered)} brev har legat sedan {weekday(since)} utan diarienummer. "
                "Ett brev ska registreras senast nästa arbetsdag (offentlighets- och sekretesslagen 5 kap. 1 §)."
            ),
        ]
    blocks += [
        Heading("Sedan förra veckan"),
        Paragraph(f"{week.new} nya, {week.closed} avslutade."),
        Button("Öppna diariet", f"{namnd.url}/diariet"),
    ]
    return Message(_subject(namnd, week, week_number), lead, tuple(blocks), foot)


def _subject(namnd: Namnd, week: Week, number: int) -> str:
    parts = [
        f"{len(week.past_law)} efter lagens tid" if week.past_law else "",
        f"{len(week.past_other)} efter målet eller svarsdagen" if week.past_other else "",
        f"{len(week.nobody)} som ingen tagit" if week.nobody else "",
        f"{len(week.unregistered)} oregistrerade" if week.unregistered else "",
    ]
    return f"{namnd.name} v. {number}: {', '.join(p for p in parts if p) or 'inget är sent'}"


def _row(book: Book, row: CaseRow, clocks: tuple[str, ...], today: dt.date) -> Row:
    who = row.handlaggare.name if row.handlaggare else "Ingen har tagit det"
    active = book.deadlines(row.case.id, active=True)
    stands = standing(row.case, active, today)
    about = f"{number(row.case)}, {who if row.handlaggare else 'ingen har tagit det'}"
    if row.case.waiting_for:
        told = f"{row.case.title}. Väntar på {row.case.waiting_for}."
        return Row(number(row.case), told, line=Line(title(row.case), about, stands.state, stands.tone))
    due: list[CaseDeadline] = [d for d in active if d.date and (not clocks or d.clock in clocks)]
    when = f"{left(due[0], today)}. " if due else ""
    state = stands.state
    if not clocks:
        lain = days((today - row.case.registered_at.astimezone(STOCKHOLM).date()).days)
        when, state = f"{lain} sedan det registrerades. {when}", f"▲ Ingen har tagit, {lain}"
        about = number(row.case)
    told = f"{row.case.title}. {when[:1].upper()}{when[1:]}{who}."
    tone = stands.tone or ("goal" if not clocks else "")
    return Row(number(row.case), told, line=Line(title(row.case), about, state, tone))


def _things(number: int) -> str:
    return "En sak" if number == 1 else f"{number} saker"


def _open(number: int) -> str:
    return "1 öppet ärende" if number == 1 else f"{number} öppna ärenden"
