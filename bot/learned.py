"""What the commands print about corrections, the rules they have led to, and a set that was written out."""

from __future__ import annotations

from collections.abc import Sequence

from bot import terminal
from bot.corrected_letters import Exported
from bot.report import words_for
from handlers import corrections, kinds
from handlers.notices import words
from handlers.registering import STOCKHOLM
from handlers.settling import FIELDS
from storage.records import Correction, LearnedRule
from storage.store import Book

_STATES = {"proposed": "Förslag", "accepted": "Gäller", "declined": "Avböjd", "retired": "Avslutad"}
WARNING = (
    "Läs igenom varje brev innan något lämnar kommunen. Namn, adresser och nummer är utbytta av ett program, och ett "
    "program missar. Det som står om en person kan peka ut den också utan namn."
)


def of_corrections(book: Book, namnder: Sequence[str]) -> str:
    """Return what people have put right, oldest first; of secret letters only how many."""
    rows = [_row(book, c) for c in book.corrections(namnder)]
    hidden = book.secret_letters_corrected(namnder)
    lines = (
        [terminal.table(("När", "Brev", "Uppgift", "Boten läste", "Rättat till", "Vem"), rows, wide=4)] if rows else []
    )
    lines += ["Ingen har rättat något."] if not rows and not hidden else []
    lines += [f"Rättelser i {words_for(hidden, 'hemligt brev', 'hemliga brev')} visas inte."] if hidden else []
    return "\n".join(lines)


def _row(book: Book, correction: Correction) -> tuple[str, ...]:
    who = book.person(correction.person_id)
    return (
        f"{correction.at.astimezone(STOCKHOLM):%Y-%m-%d %H.%M}",
        f"A-{correction.arrival_id}" if correction.arrival_id else "",
        FIELDS.get(correction.field, correction.field),
        _said(book, correction.field, correction.was),
        _said(book, correction.field, correction.became),
        who.name if who else "",
    )


def _said(book: Book, field: str, value: str) -> str:
    if field in ("kind", "matter") and value:
        return kinds.kind_of(value).label
    if field == "handlaggare" and value.isdigit():
        person = book.person(int(value))
        return person.name if person else ""
    if field == "case":
        return (book.case(int(value)).dnr or "väntar på dnr") if value.isdigit() else "nytt ärende"
    return value or "inget"


def of_rules(book: Book, namnder: Sequence[str], url: str) -> str:
    """Return the rules with their state, what speaks for them and who decided."""
    rules = book.learned_rules(namnder)
    if not rules:
        return "Inga regler än. När samma sak har rättats tre gånger föreslår boten en."
    rows = [_rule(book, r) for r in rules]
    table = terminal.table(("Nämnd", "Läge", "Regel", "Rättelser", "Vem"), rows, wide=2)
    return f"{table}\nRegistratorn svarar på förslagen på sidan Regler: {url}/regler"


def _rule(book: Book, rule: LearnedRule) -> tuple[str, ...]:
    who = book.person(rule.decided_by) if rule.decided_by else None
    when = f" {words.day(rule.decided_at.astimezone(STOCKHOLM).date())}" if rule.decided_at else ""
    doubtful = ", rättas ofta" if corrections.is_doubtful(book, rule) else ""
    shown = len(book.corrections((rule.namnd,), ids=rule.evidence))
    return (
        rule.namnd,
        _STATES[rule.state] + doubtful,
        corrections.line_of(book, rule),
        str(shown),
        f"{who.name}{when}" if who else "",
    )


def of_export(done: Exported, folder: str) -> str:
    """Return what was written out, what was left out and why, and that a person must read it."""
    lines = [f"{words_for(len(done.folders), 'brev', 'brev')} med facit i {folder}."]
    if done.replaced:
        told = words_for(done.replaced, "bilaga är ersatt", "bilagor är ersatta")
        lines.append(f"{told} med sin text; själva filerna följer inte med.")
    lines += [f"Utelämnat, {why}: {number}." for why, number in sorted(done.left.items())]
    lines += [WARNING] if done.folders else []
    return "\n".join(lines)
