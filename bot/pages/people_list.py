"""A list of people that is uploaded: its faults by their lines, or what it would change, and then in with it."""

from __future__ import annotations

from bot.pages import people, upkeep, views
from bot.pages.change_words import ROLES
from bot.pages.desk import Answer, Ask, Missing, Sent, Shown
from handlers import staff_lists
from handlers.errors import Invalid
from storage.records import Namnd
from storage.store import Book

_MOST_FAULTS = 20
_MOST_ROWS = 200  # shown of a list; what is more is told in a number


def preview(ask: Ask) -> Answer:
    """Show what an uploaded list would change, or all its faults; nothing is entered."""
    namnd = _administered(ask)
    try:
        if ask.upload is None or not ask.upload.data:
            raise Invalid("Välj en fil med personer.", "fil")
        text = _text_of(ask.upload.data)
        with ask.desk.store.look() as book:
            rows = _look(book, ask, text)
    except Invalid as fault:
        return _faulty(ask, namnd, fault)
    return Shown(
        "people_list.html",
        upkeep.around(ask, namnd, upkeep.HOME)
        | {
            "file": views.clean(ask.upload.name, 80),
            "summary": _summary(len(rows)),
            "rows": [_shown(row, ask) for row in rows[:_MOST_ROWS]],
            "hidden": max(0, len(rows) - _MOST_ROWS),
            "text": text,
        },
    )


def enter(ask: Ask) -> Answer:
    """Enter the list that was shown: looked at anew, for a form can hold anything and the register has gone on."""
    namnd = _administered(ask)
    try:
        with ask.desk.store.book() as book:
            names = {n.key: n.name for n in ask.desk.namnder.values()}
            boards = ask.who.namnder("administrator")
            staff_lists.enter(book, ask.form.get("lista", ""), names, boards, ask.who.person, now=ask.now)
    except Invalid as fault:
        return _faulty(ask, namnd, fault)
    ask.desk.wake()
    return Sent(upkeep.address(upkeep.HOME, namnd, ask, gjort="lista"))


def _administered(ask: Ask) -> Namnd:
    if not ask.who.namnder("administrator"):
        raise Missing
    return upkeep.may(ask, upkeep.namnd_of(ask), "administrator")


def _look(book: Book, ask: Ask, text: str) -> list[staff_lists.Row]:
    names = {n.key: n.name for n in ask.desk.namnder.values()}
    return staff_lists.look(book, text, names, ask.who.namnder("administrator"), ask.who.person, now=ask.now)


def _text_of(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        # What Excel on Windows calls "CSV".
        return data.decode("cp1252", "replace")


def _summary(number: int) -> str:
    if not number:
        return "Listan ändrar inget"
    return "En rad ändrar något" if number == 1 else f"{number} rader ändrar något"


def _shown(row: staff_lists.Row, ask: Ask) -> tuple[str, str, str, str, str]:
    line = row.line
    until = f" till {views.day(line.valid_to)}" if line.valid_to else ""
    before = ""
    if row.before is not None and row.what == "ändrad roll":
        ended = f"till {views.day(row.before.valid_to)}" if row.before.valid_to else "tills vidare"
        before = f", förut {ended}{f', enhet {row.before.unit}' if row.before.unit else ''}"
    role = f"{ROLES[line.role]} från {views.day(line.valid_from)}{until}{f', enhet {line.unit}' if line.unit else ''}"
    board = ask.desk.namnder[line.namnd].name
    return views.clean(line.name, 120), views.clean(line.email, 200), board, views.clean(role, 300), row.what + before


def _faulty(ask: Ask, namnd: Namnd, fault: Invalid) -> Answer:
    told = str(fault).split("\n")
    more = len(told) - _MOST_FAULTS
    shown = [*told[:_MOST_FAULTS], *([f"… och {more} fel till."] if more > 0 else [])]
    return people.page(ask, namnd, {"fil": "\n".join(views.clean(x, 240) for x in shown)}, form="lista", status=422)
