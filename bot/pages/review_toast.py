"""What the last act at the desk did, and how it is taken back: read from the register, the address holds only a number."""

from __future__ import annotations

from dataclasses import dataclass

from bot.pages import views
from bot.pages.desk import Ask
from bot.pages.files import may_see
from handlers import desk_undoing
from storage.errors import NotFound
from storage.records import Arrival, DeskAct
from storage.store import Book


@dataclass(frozen=True, slots=True)
class Toast:
    """What happened to a letter; act is what may be taken back, hint what to do where it may not."""

    text: str = ""
    letter: int = 0
    act: int = 0
    hint: str = ""
    opens: bool = False  # the visitor may say themselves that the letter is not secret


def told(book: Book, ask: Ask) -> Toast:
    """Return what the last act with the letter in the address did, for one who may know of it."""
    text = ask.query.get("gjort", "")
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        return Toast()
    try:
        arrival = book.arrival(int(text))
    except NotFound:
        return Toast()
    if not ask.who.has(arrival.namnd, "registrator", "administrator", "sekretess"):
        return Toast()
    act = book.last_desk_act(arrival.id)
    if act is not None and act.undone_at is not None:
        by = book.person(act.undone_by) if act.undone_by else None
        return Toast(f"Ångrat av {views.clean(by.name) if by else 'någon'}. {_undone(book, arrival)}", arrival.id)
    said = _done(book, ask, arrival, act)
    if not said or act is None:
        return Toast(said, arrival.id)
    if act.act == desk_undoing.HIDDEN:
        return _hidden(book, ask, arrival, said)
    hint = desk_undoing.refusal(act, now=ask.now)
    may = not hint and desk_undoing.may(book, act, ask.who.person, today=ask.today)
    return Toast(said, arrival.id, act.id if may else 0, hint)


def _hidden(book: Book, ask: Ask, arrival: Arrival, said: str) -> Toast:
    if arrival.state != "secret":
        return Toast(said, arrival.id, hint="Ett ärende som är märkt kan inte öppnas igen här. Fråga er administratör.")
    if ask.who.has(arrival.namnd, "sekretess"):
        return Toast(said, arrival.id, opens=True)
    names = sorted({views.clean(p.name, 80) for p in desk_undoing.who_opens(book, arrival.namnd, ask.today)})
    who = " eller ".join(names) if names else "någon med rollen sekretess (ingen har den i dag)"
    return Toast(said, arrival.id, hint=f"Blev det fel? {who} kan öppna det igen.")


def _undone(book: Book, arrival: Arrival) -> str:
    if arrival.state == "registered" and arrival.case_id is not None:
        case = book.case(arrival.case_id)
        number = f" Numret {case.dnr} står kvar." if case.dnr and not case.secret else ""
        return f"{arrival.label} ska granskas igen.{number}"
    if arrival.state in ("review", "secret", "ovrigt"):
        return f"{arrival.label} väntar igen."
    return ""


def _done(book: Book, ask: Ask, arrival: Arrival, act: DeskAct | None) -> str:
    if arrival.state == "registered" and arrival.case_id is not None:
        case = book.case(arrival.case_id)
        if not may_see(ask, case):
            return f"{arrival.label} klart"
        number = case.dnr or "Ärendet, som väntar på dnr,"
        if act is not None and act.act == desk_undoing.JOINED:
            return f"{arrival.label} lagt till i {case.dnr or 'ärendet'}"
        return f"{number} klart"
    return {
        "secret": f"{arrival.label} märkt som sekretess",
        "not_registered": f"{arrival.label} registreras inte",
        "handed_over": f"{arrival.label} överlämnat",
        "review": f"{arrival.label} är inte hemligt, granska det" if act and act.act == desk_undoing.OPENED else "",
    }.get(arrival.state, "")
