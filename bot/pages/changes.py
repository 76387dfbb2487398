"""The history of a settings page: who changed what, when, from what to what and why; fifty at a time."""

from __future__ import annotations

from bot.pages import change_words, upkeep
from bot.pages.choice_words import LABELS
from bot.pages.desk import OVERSEERS, Answer, Ask, Missing, Page, Shown
from handlers.rules.meetings import COMMON, NAMES
from storage.records import Namnd, RoleName
from storage.store import Book

AT_A_TIME = 50
_FARTHEST = 2000  # pages
_LEADS: tuple[RoleName, ...] = ("manager", "forvaltningschef")


def of(place: str) -> Page:
    """Make the page of what was changed on another page."""

    def show(ask: Ask) -> Answer:
        return _show(ask, place)

    return show


def _show(ask: Ask, place: str) -> Answer:
    if place == "/franvaro":
        return _of_absence(ask)
    roles = OVERSEERS if place == "/moten" else upkeep.READERS
    return _page(ask, place, upkeep.namnd_of(ask, roles), roles=roles)


def _of_absence(ask: Ask) -> Answer:
    """Show one's own; and to who leads the nämnd everybody's there."""
    everywhere = tuple(ask.who.roles)
    if not everywhere:
        raise Missing
    key = ask.query.get("namnd") or next(iter(ask.who.namnder(*_LEADS)), everywhere[0])
    if key not in everywhere:
        raise Missing
    roles: tuple[RoleName, ...] = ()
    own = 0 if ask.who.has(key, *_LEADS) else ask.who.person.id
    return _page(ask, "/franvaro", ask.desk.namnder[key], roles=roles, own=own)


def _page(ask: Ask, place: str, namnd: Namnd, *, roles: tuple[RoleName, ...], own: int = 0) -> Answer:
    page = min(max(1, upkeep.number(ask.query.get("sida", ""))), _FARTHEST)
    with ask.desk.store.look() as book:
        choices = _choices(book, place, namnd) if not own else []
        about = _about(place, ask.query.get("vad", ""), [value for value, _ in choices], own)
        more = {"about": about} if about else {}
        found = upkeep.entries(book, place, namnd, limit=AT_A_TIME + 1, offset=(page - 1) * AT_A_TIME, **more)
        lines = change_words.lines(book, found[:AT_A_TIME])
    name = dict(upkeep.PAGES)[place]
    chosen = ask.query.get("vad", "") if about and not own else ""
    return Shown(
        "changes.html",
        upkeep.around(ask, namnd, place, roles=roles, here=f"{place}/andringar")
        | {
            "name": name,
            "lines": lines,
            "page": page,
            "newer": upkeep.address(f"{place}/andringar", namnd, ask, vad=chosen, sida=page - 1) if page > 1 else "",
            "older": upkeep.address(f"{place}/andringar", namnd, ask, vad=chosen, sida=page + 1)
            if len(found) > AT_A_TIME
            else "",
            "choices": choices,
            "chosen": chosen,
        },
    )


def _about(place: str, asked: str, values: list[str], own: int) -> tuple[tuple[str, str | int], ...]:
    if own:
        return (("person", own),)
    if asked not in values:
        return ()
    if place in (upkeep.HOME, "/franvaro"):
        return (("person", int(asked)),)
    return (("organ" if place == "/moten" else "val", asked),)


def _choices(book: Book, place: str, namnd: Namnd) -> list[tuple[str, str]]:
    """Return what a history can be narrowed to, as (value, name)."""
    if place in (upkeep.HOME, "/franvaro"):
        people = {r.person.id: r.person.name for r in book.roles(namnd=namnd.key)}
        return [(str(i), n) for i, n in sorted(people.items(), key=lambda one: (one[1], one[0]))]
    if place == "/moten":
        return [(body, NAMES[body]) for body in NAMES if body in COMMON or body in ("presidium", "au", "namnd")]
    if place == "/installningar/tider":
        return list(LABELS.items())
    return []
