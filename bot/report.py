"""What the commands print about the register, for people."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Mapping, Sequence

from bot import terminal
from handlers import intake, kinds
from handlers.notices import words
from handlers.registering import STOCKHOLM
from storage.records import Case, CaseDeadline, CaseFilter, CaseRow, Namnd
from storage.store import Book, Store

_SHORT = {"law": "lagens tid", "goal": "mål", "stated": "svarsdag"}
_CLOCKS = {"law": "Lagens tid", "goal": "Kommunens mål", "stated": "Svarsdag i brevet"}


def say(text: str) -> None:
    """Print a text at once; a reader that has gone away is no fault of ours."""
    try:
        print(text, flush=True)  # noqa: T201
    except BrokenPipeError:
        sys.stderr.close()


def of_round(store: Store, namnder: Mapping[str, Namnd], outcomes: Sequence[intake.Outcome], *, today: dt.date) -> str:
    """Return what a round registered, what it put up for review and why, and what it left."""
    with store.look() as book:
        parts = [
            of_namnd(book, namnd, [o for o in outcomes if o.arrival.namnd == key], today)
            for key, namnd in namnder.items()
        ]
    return "\n\n".join(parts)


def of_troubles(store: Store, namnder: Mapping[str, Namnd]) -> list[str]:
    """Return a line for each thing that is out of reach: what it is, and what to do."""
    with store.look() as book:
        return [f"{namnder[one.namnd].name}: {one.what}" for one in book.troubles(list(namnder))]


def of_namnd(book: Book, namnd: Namnd, outcomes: Sequence[intake.Outcome], today: dt.date) -> str:
    """Return what became of a nämnd's new letters, and how its register stands."""
    if not outcomes:
        return f"{namnd.name}: inga nya brev. {_stand(book, namnd)}"
    lines = [f"{namnd.name}: {words_for(len(outcomes), 'nytt brev', 'nya brev')}.", ""]
    registered = [o for o in outcomes if o.state == "registered" and o.case]
    if registered:
        lines += ["Registrerat", terminal.table(HEAD, [_row(book, o, today) for o in registered], wide=3), ""]
    waiting = [o for o in outcomes if o.state in ("review", "secret")]
    if waiting:
        lines.append("Till granskning (har inget nummer förrän någon har tittat)")
        lines += [_waiting_line(book, o) for o in waiting]
        lines.append("")
    left = [o for o in outcomes if o.state in ("ovrigt", "repetition")]
    if left:
        lines.append("Inte registrerat")
        lines += [f"  {o.arrival.label}  {'; '.join(o.why)}{_at(o.case)}" for o in left]
        lines.append("")
    lines.append(_stand(book, namnd))
    return "\n".join(lines)


HEAD = ("Diarienummer", "Inkom", "Typ", "Ärende", "Första dag")


def _row(book: Book, outcome: intake.Outcome, today: dt.date) -> tuple[str, ...]:
    case = outcome.case
    assert case is not None
    first = next((d for d in book.deadlines(case.id, active=True) if d.date), None)
    reading = outcome.arrival.reading or {}
    kind = kinds.label(reading.get("kind") or case.kind, reading.get("matter"))
    title = case.title if outcome.new_case else f"Handling till: {case.title}"
    return (
        case.dnr or "väntar på dnr",
        case.inkommen_at.astimezone(STOCKHOLM).date().isoformat(),
        kind,
        title,
        f"{words.short(first.date, today)} {_SHORT[first.clock]}" if first and first.date else "ingen",
    )


def _waiting_line(book: Book, outcome: intake.Outcome) -> str:
    arrival = outcome.arrival
    local = arrival.received_at.astimezone(STOCKHOLM)
    if outcome.state == "secret":
        return f"  {arrival.label}  {local:%Y-%m-%d %H.%M}  Misstänkt individärende. Visas inte här."
    reading = arrival.reading or {}
    title = reading.get("title") or "utan rubrik"
    guess = kinds.label(reading.get("kind", "other"), reading.get("matter"))
    return terminal.wrapped(f"{arrival.label}  {guess}: {title}. {'. '.join(outcome.why)}.", "  ")


def _at(case: Case | None) -> str:
    return f" ({case.dnr or 'ärendet väntar på dnr'})" if case and not case.secret else ""


def _stand(book: Book, namnd: Namnd) -> str:
    opened = book.count_cases(CaseFilter(namnder=(namnd.key,), states=("open", "waiting_dnr"), include_secret=True))
    waiting = len(book.waiting((namnd.key,)))
    return f"{words_for(opened, 'öppet ärende', 'öppna ärenden')}, {waiting} att granska."


def words_for(number: int, one: str, many: str) -> str:
    """Return an amount with its word.

    >>> words_for(1, "brev", "brev"), words_for(3, "öppet ärende", "öppna ärenden")
    ('1 brev', '3 öppna ärenden')
    """
    return f"{number} {one if number == 1 else many}"


def of_cases(rows: Sequence[CaseRow], today: dt.date) -> str:
    """Return cases as a table."""
    if not rows:
        return "Inga ärenden att visa."
    return terminal.table(HEAD, [_case_row(row, today) for row in rows], wide=3)


def _case_row(row: CaseRow, today: dt.date) -> tuple[str, ...]:
    case, first = row.case, row.deadline
    return (
        case.dnr or "väntar på dnr",
        case.inkommen_at.astimezone(STOCKHOLM).date().isoformat(),
        "Sekretess" if case.secret else kinds.label(case.kind, case.matter),
        "Sekretess" if case.secret else case.title + (" (makulerat)" if case.state == "makulerad" else ""),
        f"{words.short(first.date, today)} {_SHORT[first.clock]}" if first and first.date else "ingen",
    )


def of_case(book: Book, case: Case) -> str:
    """Return a case with its facts, deadlines, documents and journal; of a secret one its number and day only."""
    came = words.clock(case.inkommen_at)
    if case.secret:
        return f"{case.dnr}\nSekretess. Inkom {came}."
    lines = [f"{case.dnr or 'Väntar på diarienummer'}  {terminal.clean(case.title)}", ""]
    if case.state == "makulerad":
        lines.append(f"Makulerat: {terminal.clean(case.note or '')}")
    facts = [
        ("Typ", kinds.label(case.kind, case.matter)),
        ("Från", case.sender or "framgår inte"),
        ("Inkom", came),
        ("Registrerat", words.clock(case.registered_at)),
        ("Väckt", f"{words.day(case.raised)} ({case.raised_which})" if case.raised else ""),
        ("Förslag av", ", ".join(case.motionarer)),
        ("Andras nummer", ", ".join(e.raw for e in book.externals(case.id))),
    ]
    lines += [f"{label:<15}{terminal.clean(value)}" for label, value in facts if value]
    lines += _deadline_lines(book.deadlines(case.id))
    demands = book.demands(case.id)
    if demands:
        lines += ["", "Förslag och krav"] + [terminal.wrapped(f"{d.position}. {d.text}") for d in demands]
    decisions = book.decisions(case.id)
    if decisions:
        lines += ["", "Beslut"]
        lines += [
            terminal.wrapped(
                f"{d.date or ''} {d.body or ''} {d.paragraph or ''} {d.outcome or ''}{' (förslag)' if d.is_proposal else ''}"
            )
            for d in decisions
        ]
    lines += ["", "Handlingar"]
    lines += [
        f"  {case.dnr or 'ärendet'}-{d.number}  {terminal.clean(d.title)}{'  makulerad' if d.makulerad else ''}"
        for d in book.documents(case.id)
    ]
    lines += ["", "Journal"]
    lines += [
        f"  {e.at.astimezone(STOCKHOLM):%Y-%m-%d %H.%M}  {terminal.clean(e.what)}  ({e.actor})"
        for e in reversed(book.entries(case_id=case.id))
    ]
    return "\n".join(lines)


def _deadline_lines(deadlines: Sequence[CaseDeadline]) -> list[str]:
    if not deadlines:
        return []
    states = {"active": "", "replaced": "  ersatt", "met": "  klart", "dropped": "  gäller inte"}
    lines = ["", "Dagar"]
    for d in deadlines:
        day = words.weekday(d.date) if d.date else f"utan dag ({terminal.clean(d.text or '')})"
        lines.append(f"  {_CLOCKS[d.clock]}: {day}, {terminal.clean(d.purpose)}{states[d.state]}")
        if d.sentence:
            lines.append(terminal.wrapped(f"”{d.sentence}” ({d.source})", "    "))
    return lines
