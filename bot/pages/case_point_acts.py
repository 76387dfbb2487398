"""What is done with a case's points: entered, put right, crossed out, followed until they are done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from bot.pages import case, views
from bot.pages.desk import MOVERS, Answer, Ask, Missing, Sent
from handlers import demands, registering, review
from handlers.errors import Invalid, TooLate
from handlers.review import DESK
from storage.records import Case, RoleName
from storage.store import Book


def add(ask: Ask) -> Answer:
    """Enter a point that the bot did not read."""

    def act(book: Book, found: Case, actor: str) -> None:
        demands.add(book, found.id, ask.form.get("text", ""), ask.form.get("skal", ""), now=ask.now, actor=actor)

    return _act(ask, act, "punkt", DESK)


def reword(ask: Ask) -> Answer:
    """Put the words of a point right."""
    number = ask.number("nr")

    def act(book: Book, found: Case, actor: str) -> None:
        text, why = ask.form.get("text", ""), ask.form.get("skal", "")
        demands.reword(book, found.id, number, text, why, now=ask.now, actor=actor)

    return _act(ask, act, f"punkt-{number}", DESK)


def strike(ask: Ask) -> Answer:
    """Cross a point out, or let it stand again."""
    number = ask.number("nr")

    def act(book: Book, found: Case, actor: str) -> None:
        demands.strike(book, found.id, number, ask.form.get("skal", ""), now=ask.now, actor=actor)

    return _act(ask, act, f"stryk-{number}", DESK)


def follow(ask: Ask) -> Answer:
    """Note what is done about a recommendation."""
    number = ask.number("nr")

    def act(book: Book, found: Case, actor: str) -> None:
        who = ask.form.get("ansvarig", "")
        if who and not (who.isascii() and who.isdigit() and len(who) <= 12):
            raise Invalid("Välj ett namn i listan.", "responsible")
        demands.follow(
            book,
            found.id,
            number,
            measure=ask.form.get("atgard", ""),
            responsible_id=int(who) if who else None,
            due=_day(ask, "klar", "due"),
            state=ask.form.get("lage", ""),
            waits_for=ask.form.get("vantar", ""),
            done_on=_day(ask, "gjord", "done_on"),
            now=ask.now,
            actor=actor,
        )

    return _act(ask, act, f"folj-{number}", MOVERS)


def _day(ask: Ask, name: str, field: str) -> dt.date | None:
    text = ask.form.get(name, "").strip()
    return registering.as_date(text, field) if text else None


def _act(ask: Ask, act: Callable[[Book, Case, str], object], form: str, roles: tuple[RoleName, ...]) -> Answer:
    number = ask.number("id")
    try:
        with ask.desk.store.book() as book:
            found = book.case(number, lock=True)
            if found.namnd not in ask.desk.namnder or found.secret:
                raise Missing
            if not review.may(book, ask.who.person, found.namnd, roles, ask.today):
                raise Missing
            if found.state == "makulerad":
                raise TooLate("Ärendet är makulerat och ändras inte.")
            if ask.form.get("version", str(found.version)) != str(found.version):
                raise TooLate("Någon ändrade ärendet medan du skrev. Det du skrev står kvar: titta igen och spara.")
            act(book, found, f"person:{ask.who.person.id}")
    except Invalid as fault:
        return case.page(ask, {fault.field or "text": str(fault)}, opened=form, status=422)
    except TooLate as late:
        return case.page(ask, {}, opened=form, note=views.clean(str(late)), status=409)
    ask.desk.wake()
    return Sent(f"/arende/{number}?gjort=punkt#forslag")
