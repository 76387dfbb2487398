"""The log of who opened what: kept as each page is made, and shown to those who answer for it."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass

from bot.pages import views
from bot.pages.desk import Answer, Ask, Download, Inside, Missing, Shown
from bot.pages.files import may_see
from handlers import openings
from handlers.openings import CASE, LETTER, WORDS, Opened
from storage.errors import StorageError
from storage.records import Opening

log = logging.getLogger("namndbot.pages")

_PLACES = {**{kind: kind for kind in openings.KINDS}, "handling": openings.PAPER}
_PLACE = re.compile(rf"/({'|'.join(_PLACES)})/(\d{{1,12}})(?:/[a-z0-9./-]*)?")
_PAGE = 200  # lines


def keep(ask: Ask, answer: Answer | None) -> None:
    """Keep that the visitor opened what the page is of; None: they were not let. What is acted on stands in the journal."""
    opened, allowed = _opened(ask, answer), answer is not None
    if opened is None or (allowed and ask.form):
        return
    # The line in the ordinary log is there whatever becomes of the other.
    log.info("person:%s %s %s %s", opened.person_id, opened.what, opened.number, "opened" if allowed else "refused")
    try:
        with ask.desk.store.look() as book:
            new = openings.is_new(book, opened, allowed=allowed, now=ask.now)
        if new:
            with ask.desk.store.book() as book:
                openings.write(book, opened, allowed=allowed, now=ask.now)
    except StorageError as error:
        log.error("an opening was not kept (%s): %s", type(error).__name__, opened)


def _opened(ask: Ask, answer: Answer | None) -> Opened | None:
    if isinstance(answer, Shown | Download) and answer.opened is not None:
        return answer.opened
    if ask.visitor is None or (answer is not None and not isinstance(answer, Shown | Download | Inside)):
        return None
    place = _PLACE.fullmatch(ask.path)
    if place:
        what = openings.LOG if ask.path.endswith("/oppnat") else _PLACES[place[1]]
        return Opened(ask.visitor.person.id, what, int(place[2]))
    if ask.path == f"/{LETTER}" and isinstance(answer, Shown) and isinstance(answer.view.get("arrival"), int):
        return Opened(ask.visitor.person.id, LETTER, answer.view["arrival"])  # the first of the queue
    return None


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it is shown."""

    at: str
    who: str
    what: str
    allowed: bool


def show(ask: Ask) -> Answer:
    """Show who opened a case: to the administrator, who needs the role sekretess too where the case is secret."""
    number = ask.number("id")
    with ask.desk.store.look() as book:
        case = book.case(number)
        if not ask.who.has(case.namnd, "administrator") or not may_see(ask, case):
            raise Missing
        found = book.openings_of_case(case.id, limit=_PAGE + 1)
    view = {
        "id": case.id,
        "dnr": case.dnr or "Ärendet",
        "lines": tuple(_line(one) for one in found[:_PAGE]),
        "more": len(found) > _PAGE,
        "years": openings.KEPT_YEARS,
    }
    return Shown("openings.html", view)


def _line(one: Opening) -> Line:
    what = WORDS[one.what] if one.what in (CASE, openings.LOG) else f"{WORDS[one.what]} {one.number}"
    return Line(views.line_time(one.at), one.person.name, what, one.allowed)
