"""What the settings' pages share: whose nämnd, who may read and change, and what was changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from bot.pages import change_words, views
from bot.pages.desk import Answer, Ask, Missing, Sent, Words
from handlers.errors import Invalid
from storage.records import Namnd, Person, RoleName
from storage.store import Book

READERS: tuple[RoleName, ...] = ("registrator", "administrator")
HOME = "/installningar/personer"
RECENT = 5  # changes shown on the page itself
# In the order of the menu at the side: address, name, what of the journal is its history.
PAGES: tuple[tuple[str, str], ...] = (
    (HOME, "Personer"),
    ("/franvaro", "Frånvaro"),
    ("/moten", "Sammanträden"),
    ("/installningar/fordelning", "Fördelning"),
    ("/installningar/tider", "Tider och påminnelser"),
    ("/installningar/nummerserier", "Nummerserier"),
)
HISTORY: Mapping[str, tuple[str, ...]] = {
    HOME: ("roll ändrad", "person ändrad", "Teams-konto kopplat", "Teams-konto lösgjort"),
    "/franvaro": ("frånvaro ändrad",),
    "/moten": ("möte inlagt", "möte ändrat", "möte flyttat", "möte inställt", "möte hålls ändå"),
    "/installningar/fordelning": ("fördelning ändrad", "val ändrat"),
    "/installningar/tider": ("val ändrat",),
    "/installningar/nummerserier": ("nummerserie ändrad",),
}


@dataclass(frozen=True, slots=True)
class Clash:
    """That somebody changed the same thing meanwhile: who and when, and what stands and what was written, by field."""

    told: str
    rows: tuple[tuple[str, str, str], ...]


def home(ask: Ask) -> Answer:
    """Lead to the first of the settings."""
    return Sent(address(HOME, namnd_of(ask), ask))


def namnd_of(ask: Ask, roles: Iterable[RoleName] = READERS) -> Namnd:
    """Return the nämnd that a page is asked for, by default the first; who may not see it finds no such page."""
    boards = ask.who.namnder(*roles)
    key = (ask.form.get("namnd") if ask.form else ask.query.get("namnd")) or (boards[0] if boards else "")
    if key not in boards:
        raise Missing
    return ask.desk.namnder[key]


def may(ask: Ask, namnd: Namnd, *roles: RoleName) -> Namnd:
    """Return the nämnd if the visitor has one of the roles there; else there is no such page."""
    if not ask.who.has(namnd.key, *roles):
        raise Missing
    return namnd


def address(place: str, namnd: Namnd, ask: Ask, **query: object) -> str:
    """Return a page's address; the nämnd stands in it for those who have several."""
    kept = {"namnd": namnd.key} if len(ask.who.roles) > 1 else {}
    asked = urlencode(kept | {k: v for k, v in query.items() if v not in ("", 0, None)})
    return f"{place}?{asked}" if asked else place


def around(
    ask: Ask, namnd: Namnd, place: str, *, roles: Iterable[RoleName] = READERS, here: str = ""
) -> dict[str, Any]:
    """Return what stands around a settings page: its menu, for who may see the settings, and the choice of nämnd for
    those with several. here: where that choice leads, if not to the page itself."""
    boards = ask.who.namnder(*roles)
    return {
        "side": [(address(where, namnd, ask), name, where == place) for where, name in PAGES]
        if ask.who.has(namnd.key, *READERS)
        else [],
        "boards": [
            (address(here or place, ask.desk.namnder[k], ask), ask.desk.namnder[k].name, k == namnd.key) for k in boards
        ]
        if len(boards) > 1
        else [],
        "namnd": namnd,
        "at": lambda **query: address(place, namnd, ask, **query),
        "place": place,
        "typed": Words(ask.form),
    }


def recent(book: Book, place: str, namnd: Namnd) -> tuple[change_words.Line, ...]:
    """Return the last changes of what a page is for."""
    return change_words.lines(book, entries(book, place, namnd, limit=RECENT))


def entries(book: Book, place: str, namnd: Namnd, *, limit: int, **more: Any) -> Any:
    """Return the journal's lines of what a page is for, newest first."""
    if place.endswith("/tider"):
        more["but_not"] = ("val", "routes")
    if place.endswith("/fordelning"):
        more["about"] = (("val", "routes"), *(("vad", w) for w in ("ny", "bort", "plats", "lista", "rad")))
    return book.changes((namnd.key,), HISTORY[place], limit=limit, **more)


def clash(book: Book, place: str, namnd: Namnd, rows: Iterable[tuple[str, str, str]], **more: Any) -> Clash:
    """Return who changed what the visitor was changing, and how the two differ."""
    last = entries(book, place, namnd, limit=1, **more)
    told = "Någon annan hann före."
    if last:
        name = change_words.who(book, last[0].actor)
        told = f"{name} hann före och ändrade {views.clock(last[0].at)}."
    return Clash(told, tuple((label, views.clean(now), views.clean(mine)) for label, now, mine in rows if now != mine))


def number(text: str) -> int:
    """Return a number that was typed or chosen; what is none is 0."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else 0


def chosen_person(people: Iterable[Person], text: str, field: str) -> Person | None:
    """Return who was chosen in a list, None where nobody was; raise Invalid for who is not in it."""
    if not text:
        return None
    found = next((p for p in people if p.id == number(text)), None)
    if found is None:
        raise Invalid("Välj ett namn i listan.", field)
    return found
