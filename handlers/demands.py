"""What a letter asks for, point by point: the words put right, and each recommendation followed until it is done."""

from __future__ import annotations

import datetime as dt

from handlers.errors import Invalid
from handlers.notices.words import STOCKHOLM
from storage.records import Case, CaseDemand, DemandState, Person, RoleName
from storage.store import Book

_MAY_HANDLE: tuple[RoleName, ...] = ("handlaggare", "manager", "forvaltningschef")
STATES: dict[str, DemandState | None] = {"": None, "pagar": "begun", "vantar": "waiting", "klar": "done"}
_MOST = 60
_LONGEST = 2000


def add(book: Book, case_id: int, text: str, reason: str, *, now: dt.datetime, actor: str) -> CaseDemand:
    """Enter a point that the bot did not read. Raises Invalid."""
    case, text, reason = _open(book, case_id), _words(text), _why(reason)
    standing = book.demands(case_id)
    if len(standing) >= _MOST:
        raise Invalid(f"Ärendet har redan {_MOST} punkter. Stryk någon först.", "text")
    if not book.put_demands(case_id, [text]):
        raise Invalid("Den punkten finns redan.", "text")
    made = book.demands(case_id)[-1]
    _tell(book, case, made, "punkt tillagd", now=now, actor=actor, personal={"till": text, "skäl": reason})
    return made


def reword(
    book: Book, case_id: int, position: int, text: str, reason: str, *, now: dt.datetime, actor: str
) -> CaseDemand:
    """Put the words of a point right; what the bot read stays in the journal. Raises Invalid."""
    case, demand = _open(book, case_id), book.demand(case_id, position)
    text, reason = _words(text), _why(reason)
    if text == demand.text:
        raise Invalid("Så står det redan. Ändra texten, eller låt den vara.", "text")
    book.change_demand(case_id, position, text=text, read_as=demand.read_as or demand.text)
    _tell(
        book,
        case,
        demand,
        "punkt rättad",
        now=now,
        actor=actor,
        personal={"från": demand.text, "till": text, "skäl": reason},
    )
    return book.demand(case_id, position)


def strike(book: Book, case_id: int, position: int, reason: str, *, now: dt.datetime, actor: str) -> CaseDemand:
    """Cross a point out, or let it stand again; it stays to be seen. Raises Invalid."""
    case, demand, reason = _open(book, case_id), book.demand(case_id, position), _why(reason)
    book.change_demand(case_id, position, struck=not demand.struck)
    what = "punkt åter" if demand.struck else "punkt struken"
    _tell(book, case, demand, what, now=now, actor=actor, personal={"från": demand.text, "skäl": reason})
    return book.demand(case_id, position)


def follow(
    book: Book,
    case_id: int,
    position: int,
    *,
    measure: str,
    responsible_id: int | None,
    due: dt.date | None,
    state: str,
    waits_for: str,
    done_on: dt.date | None,
    now: dt.datetime,
    actor: str,
) -> CaseDemand:
    """Note what is done about a recommendation: the measure, who sees to it, when it is to be done, and how it goes.

    state is one of STATES. That is possible in a closed case too: a recommendation is followed until it is done, also
    after the answer has gone. Raises Invalid.
    """
    case = book.case(case_id, lock=True)
    if case.secret or case.state == "makulerad":
        raise Invalid("Ärendet är makulerat. Det som står där ändras inte längre.", "measure")
    demand, today = book.demand(case_id, position), now.astimezone(STOCKHOLM).date()
    measure, waits_for = " ".join(measure.split()), " ".join(waits_for.split())
    if len(measure) > 400:
        raise Invalid("Skriv åtgärden med högst 400 tecken.", "measure")
    if state not in STATES:
        raise Invalid("Välj ett läge i listan.", "state")
    if state == "vantar" and not waits_for:
        raise Invalid("Skriv vad åtgärden väntar på.", "waits_for")
    if len(waits_for) > 120:
        raise Invalid("Skriv vad den väntar på med högst 120 tecken.", "waits_for")
    if done_on is not None and done_on > today:
        raise Invalid("Dagen har inte varit än. Skriv dagen då det blev klart.", "done_on")
    if responsible_id is not None and responsible_id not in {p.id for p in responsible(book, case, today)}:
        raise Invalid("Välj ett namn i listan.", "responsible")
    done = (done_on or today) if state == "klar" else None
    waits = waits_for if state == "vantar" else ""
    values = {
        "measure": measure or None,
        "responsible_id": responsible_id,
        "due": due,
        "state": STATES[state],
        "waits_for": waits or None,
        "done_on": done,
    }
    if all(getattr(demand, name) == value for name, value in values.items()):
        return demand
    book.change_demand(case_id, position, **values)
    person = book.person(responsible_id) if responsible_id else None
    _tell(
        book,
        case,
        demand,
        "rekommendation följs",
        now=now,
        actor=actor,
        data={
            "läge": state,
            "klar": due.isoformat() if due else None,
            "gjord": done.isoformat() if done else None,
        },
        personal={"åtgärd": measure, "ansvarig": person.name if person else "", "väntar på": waits},
    )
    return book.demand(case_id, position)


def responsible(book: Book, case: Case, today: dt.date) -> list[Person]:
    """Return who may see to a measure: those of the nämnd who handle cases or lead."""
    found = {r.person.id: r.person for r in book.roles(on=today, namnd=case.namnd) if r.role in _MAY_HANDLE}
    return sorted(found.values(), key=lambda p: p.name)


def late(demand: CaseDemand, today: dt.date) -> int:
    """Return for how many days a measure has been late; 0 when it is not."""
    if demand.struck or demand.state == "done" or demand.due is None:
        return 0
    return max(0, (today - demand.due).days)


def _open(book: Book, case_id: int) -> Case:
    case = book.case(case_id, lock=True)
    if case.secret or case.state == "makulerad":
        raise Invalid("Ärendet är makulerat. Det som står där ändras inte längre.", "text")
    return case


def _words(text: str) -> str:
    text = " ".join(text.split())
    if not 1 <= len(text) <= _LONGEST:
        raise Invalid(f"Skriv punkten med 1 till {_LONGEST} tecken.", "text")
    return text


def _why(reason: str) -> str:
    reason = " ".join(reason.split())[:1000]
    if not reason:
        raise Invalid("Skriv varför. Skälet står kvar i journalen.", "skal")
    return reason


def _tell(
    book: Book,
    case: Case,
    demand: CaseDemand,
    what: str,
    *,
    now: dt.datetime,
    actor: str,
    personal: dict[str, str],
    data: dict[str, str | None] | None = None,
) -> None:
    book.change_case(case.id)
    book.note(
        case.namnd,
        what,
        now=now,
        actor=actor,
        case_id=case.id,
        data={"punkt": demand.position, **(data or {})},
        personal=personal,
    )
