"""The bodies' meetings: the calendars of a year, one more, another day, called off and held after all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.meetings import replanned
from bot.pages import meetings_view as look
from bot.pages import sheets_out, upkeep, views
from bot.pages.desk import Answer, Ask, Missing, Sent, Shown, Words
from bot.pages.sheets_out import Sheet
from handlers import calendars, registering
from handlers.errors import Changed, Invalid
from storage.records import Meeting
from storage.store import Book

HOME = "/moten"
_DONE = {
    "inlagt": "Mötet är inlagt.",
    "flyttat": "Mötet är ändrat.",
    "installt": "Mötet är inställt.",
    "halls": "Mötet hålls ändå.",
    "lista": "Listan är införd.",
}


def show(ask: Ask) -> Answer:
    """Show the meetings of a year to those who oversee a nämnd."""
    return page(ask, {}, year=look.year_asked(ask), editing=_number(ask.query.get("andra", "")))


def fetch(ask: Ask) -> Answer:
    """Hand over the meetings of a year as a file, those that are called off among them."""
    boards, year = look.overseen(ask), look.year_asked(ask)
    with ask.desk.store.look() as book:
        found = [m for m in book.meetings((*boards, ""), cancelled=True) if m.day.year == year]
    sheet = Sheet(f"Möten {year}", look.COLUMNS, [look.told(ask, m) for m in sorted(found, key=lambda m: m.day)])
    return sheets_out.download(sheet, ask.params["kind"], f"moten-{year}", ask.now)


def page(
    ask: Ask,
    faults: Mapping[str, str],
    *,
    year: int,
    editing: int = 0,
    form: str = "",
    status: int = 200,
    late: int = 0,
) -> Answer:
    """Return the page; editing: the meeting whose form is open; form: the one that had the faults, kept as typed; late:
    the meeting that somebody else changed first."""
    boards = look.overseen(ask)
    with ask.desk.store.look() as book:
        every = book.meetings((*boards, ""), cancelled=True)
        found = [m for m in every if m.day.year == year]
        parts = look.parts_of(ask, book, found, boards)
        clash = _clash(book, ask, late, boards) if late else None
        changes = upkeep.recent(book, HOME, ask.desk.namnder[boards[0]])
        missing = calendars.missing(book, {key: ask.desk.namnder[key].name for key in boards}, ask.today)
    later, past = look.years_of(every, year, ask.today)
    bodies = look.bodies_to_change(ask)
    return Shown(
        "meetings.html",
        {
            "year": year,
            "years": later,
            "past": past,
            "lede": look.next_meeting(ask, every),
            "parts": parts,
            "missing": missing,
            "bodies": bodies,
            "boards": [(key, ask.desk.namnder[key].name) for key in ask.who.namnder(*look.CHANGERS)],
            "editing": editing,
            "clash": clash,
            "changes": changes,
            "histories": [(f"{HOME}/andringar?namnd={key}", ask.desk.namnder[key].name) for key in boards],
            "form": form,
            "typed": Words(ask.form),
            "faults": Words({name: views.days_in_words(said) for name, said in faults.items()}),
            "toast": _toast(ask) if not faults else "",
            "undo": _number(ask.query.get("mote", "")) if ask.query.get("gjort") == "installt" and bodies else 0,
        },
        status,
    )


def _clash(book: Book, ask: Ask, number: int, boards: Sequence[str]) -> upkeep.Clash:
    meeting = book.meeting(number)
    namnd = ask.desk.namnder[meeting.namnd or boards[0]]
    stop = meeting.stop.isoformat() if meeting.stop else ""
    typed = (ask.form.get("dag", ""), ask.form.get("stopp", ""))
    rows = [("Dag", meeting.day.isoformat(), typed[0]), ("Stoppdag", stop, typed[1])] if typed[0] else []
    return upkeep.clash(book, HOME, namnd, rows, about=(("möte", number),))


def _toast(ask: Ask) -> str:
    told, plans = _DONE.get(ask.query.get("gjort", ""), ""), ask.query.get("planer", "")
    return f"{told} {replanned(_number(plans))}" if told and plans else told


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0


def add(ask: Ask) -> Answer:
    """Enter one meeting."""
    if not ask.who.namnder(*look.CHANGERS):
        raise Missing
    year = ask.today.year
    try:
        asked = look.body_asked(ask, ask.form.get("organ", ""))
        if asked is None:
            raise Invalid("Välj vems möte det är.", "organ")
        day, stop = _days(ask)
        year = day.year
        with ask.desk.store.book() as book:
            made = calendars.add(
                book,
                asked[0],
                asked[1],
                day,
                stop,
                list(ask.desk.namnder),
                now=ask.now,
                actor=actor(ask),
                why=ask.form.get("skal", ""),
            )
    except Invalid as fault:
        field = "skal" if fault.field == "why" else fault.field or "dag"
        return page(ask, {field: str(fault)}, year=year, form="nytt", status=422)
    return Sent(f"/moten?ar={made.day.year}&gjort=inlagt#m{made.id}")


def move(ask: Ask) -> Answer:
    """Give a meeting another day, or another stop day."""

    def act(book: Book, meeting: Meeting) -> int:
        day, stop = _days(ask)
        return calendars.move(book, meeting.id, day, stop, list(ask.desk.namnder), now=ask.now, **_said(ask))

    return _act(ask, act, "flyttat")


def cancel(ask: Ask) -> Answer:
    """Call a meeting off."""
    return _act(
        ask,
        lambda book, m: calendars.cancel(book, m.id, list(ask.desk.namnder), now=ask.now, **_said(ask)),
        "installt",
    )


def restore(ask: Ask) -> Answer:
    """Let a meeting that was called off be held after all."""
    return _act(
        ask,
        lambda book, m: calendars.restore(book, m.id, list(ask.desk.namnder), now=ask.now, **_said(ask)),
        "halls",
    )


def _act(ask: Ask, act: Callable[[Book, Meeting], int], done: str) -> Answer:
    number, year = ask.number("meeting"), ask.today.year
    try:
        with ask.desk.store.book() as book:
            meeting = book.meeting(number, lock=True)
            if (meeting.namnd and meeting.namnd not in ask.desk.namnder) or not look.may_change(ask, meeting.namnd):
                raise Missing
            year = meeting.day.year
            plans = act(book, meeting)
            year = book.meeting(number).day.year
    except Invalid as fault:
        field = "skal" if fault.field == "why" else fault.field or "dag"
        return page(ask, {field: str(fault)}, year=year, editing=number, form="flytta", status=422)
    except Changed as fault:
        return page(ask, {"dag": str(fault)}, year=year, editing=number, form="flytta", status=409, late=number)
    ask.desk.wake()
    return Sent(f"/moten?ar={year}&gjort={done}&mote={number}&planer={plans}#m{number}")


def _said(ask: Ask) -> dict[str, Any]:
    """Return who acts, why, and the mark of what they saw; a button that shows nothing carries none."""
    return {"actor": actor(ask), "why": ask.form.get("skal", ""), "was": ask.form.get("sett")}


def actor(ask: Ask) -> str:
    """Return who acts, for the journal."""
    return f"person:{ask.who.person.id}"


def _days(ask: Ask) -> tuple[dt.date, dt.date | None]:
    if not ask.form.get("dag", "").strip():
        raise Invalid("Välj mötets dag.", "dag")
    day = registering.as_date(ask.form["dag"], "dag")
    return day, registering.as_date(ask.form["stopp"], "stopp") if ask.form.get("stopp", "").strip() else None
