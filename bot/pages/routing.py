"""Whose a new case usually is, line by line in order: added, changed, moved, removed, and tried on words one writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.pages import upkeep, views
from bot.pages.desk import Answer, Ask, Download, Sent, Shown, Words
from handlers import choice_lists, kinds
from handlers import routing as acts
from handlers.errors import Changed, Invalid
from storage.records import Namnd, Person, RoleName, Route
from storage.store import Book

HOME = "/installningar/fordelning"
CHANGERS: tuple[RoleName, ...] = ("registrator", "administrator")
_FIELDS = {"matter": "typ", "words": "ord", "sender": "avsandare", "unit": "enhet", "person": "person", "why": "skal"}
# What comes for information, or from a machine, is nobody's.
_NEVER = frozenset({"kallelse", "nyhetsbrev", "autosvar", "studs", "skrap", "kalender", "orosanmalan", "other"})
_DONE = {
    "ny": "Raden är tillagd, sist.",
    "rad": "Raden är ändrad.",
    "oforandrad": "Inget var annorlunda.",
    "plats": "Raden är flyttad.",
    "bort": "Raden är borttagen.",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table; idle says why it proposes nobody, if so."""

    place: int
    asks: str
    whose: str
    idle: str
    route: Route


@dataclass(frozen=True, slots=True)
class Answered:
    """What a try gave, in sentences."""

    head: str
    told: tuple[str, ...]
    proposals: tuple[tuple[str, str], ...]


def show(ask: Ask) -> Answer:
    """Show a nämnd's lines in order."""
    return _page(ask, upkeep.namnd_of(ask), {}, editing=upkeep.number(ask.query.get("andra", "")))


def _page(
    ask: Ask,
    namnd: Namnd,
    faults: Mapping[str, str],
    *,
    editing: int = 0,
    form: str = "",
    status: int = 200,
    late: bool = False,
    tried: Answered | None = None,
) -> Answer:
    with ask.desk.store.look() as book:
        routes = book.routes(namnd.key)
        handlaggare = _handlaggare(book, ask, namnd)
        view = {
            "rows": [_row(book, ask, r) for r in routes],
            "editing": editing,
            "mark": acts.mark_of(book, namnd.key),
            "kinds": [(k.name, k.label) for k in kinds.KINDS if k.name not in _NEVER],
            "people": [(p.id, p.name) for p in handlaggare],
            "units": sorted({r.unit for r in book.roles(on=ask.today, namnd=namnd.key, role="handlaggare") if r.unit}),
            "form": form,
            "faults": Words({_FIELDS.get(k, k): v for k, v in faults.items()}),
            "clash": upkeep.clash(book, HOME, namnd, _clash_rows(book, ask, namnd, editing, form)) if late else None,
            "tried": tried,
            "may": ask.who.has(namnd.key, *CHANGERS),
            "changes": upkeep.recent(book, HOME, namnd),
            "toast": _DONE.get(ask.query.get("gjort", ""), "") if not faults and not tried else "",
        }
    return Shown("routing.html", upkeep.around(ask, namnd, HOME) | view, status)


def _row(book: Book, ask: Ask, route: Route) -> Row:
    asks, whose = acts.told(book, acts.line_of(route)).rsplit(": ", 1)
    idle = "Ingen handläggare i dag" if acts.nobody(book, route, ask.today) else ""
    return Row(route.position, views.clean(asks), views.upper_first(views.clean(whose)), idle, route)


def _handlaggare(book: Book, ask: Ask, namnd: Namnd) -> list[Person]:
    held = book.roles(namnd=namnd.key, role="handlaggare")
    lasting = {r.person.id: r.person for r in held if r.valid_to is None or r.valid_to >= ask.today}
    return sorted(lasting.values(), key=lambda p: (p.name, p.id))


def _clash_rows(book: Book, ask: Ask, namnd: Namnd, place: int, form: str) -> list[tuple[str, str, str]]:
    if form not in ("ny", "rad"):
        return []
    stands = next((acts.told(book, acts.line_of(r)) for r in book.routes(namnd.key) if r.position == place), "")
    try:
        wished = acts.told(book, _line(book, ask, namnd))
    except Invalid:
        wished = ""
    return [(f"Rad {place}" if place else "Ny rad", stands, wished)]


def _line(book: Book, ask: Ask, namnd: Namnd) -> acts.Line:
    form = ask.form
    person = upkeep.chosen_person(_handlaggare(book, ask, namnd), form.get("person", ""), "person")
    return acts.Line(
        form.get("typ", "")[:40],
        form.get("ord", ""),
        form.get("avsandare", ""),
        form.get("enhet", ""),
        person.id if person else None,
    )


def add(ask: Ask) -> Answer:
    """Put a line last."""

    def act(book: Book, namnd: Namnd) -> str:
        line, why, was = _line(book, ask, namnd), ask.form.get("skal", ""), ask.form.get("sett", "")
        acts.add(book, namnd, line, by=ask.who.person, now=ask.now, why=why, was=was)
        return "ny"

    return _act(ask, "ny", 0, act)


def change(ask: Ask) -> Answer:
    """Change a line."""
    place = ask.number("place")

    def act(book: Book, namnd: Namnd) -> str:
        line, why, was = _line(book, ask, namnd), ask.form.get("skal", ""), ask.form.get("sett", "")
        done = acts.change(book, namnd, place, line, by=ask.who.person, now=ask.now, why=why, was=was)
        return "rad" if done else "oforandrad"

    return _act(ask, "rad", place, act)


def move(ask: Ask) -> Answer:
    """Move a line one place up or down."""
    place = ask.number("place")

    def act(book: Book, namnd: Namnd) -> str:
        to = place - 1 if ask.form.get("vart") == "upp" else place + 1
        acts.move(book, namnd, place, to, by=ask.who.person, now=ask.now, was=ask.form.get("sett", ""))
        return "plats"

    return _act(ask, "plats", 0, act)


def remove(ask: Ask) -> Answer:
    """Take a line away."""
    place = ask.number("place")

    def act(book: Book, namnd: Namnd) -> str:
        acts.remove(book, namnd, place, by=ask.who.person, now=ask.now, was=ask.form.get("sett", ""))
        return "bort"

    return _act(ask, "bort", 0, act)


def _act(ask: Ask, form: str, place: int, act: Callable[[Book, Namnd], str]) -> Answer:
    namnd = upkeep.may(ask, upkeep.namnd_of(ask), *CHANGERS)
    try:
        with ask.desk.store.book() as book:
            done = act(book, namnd)
    except Invalid as fault:
        return _page(ask, namnd, {fault.field: str(fault)}, editing=place, form=form, status=422)
    except Changed as fault:
        return _page(ask, namnd, {"form": str(fault)}, editing=place, form=form, status=409, late=True)
    return Sent(upkeep.address(HOME, namnd, ask, gjort=done))


def try_out(ask: Ask) -> Answer:
    """Say which line would take a case, and who would be asked; nothing is written.

    A form that is sent, and no address: what is tried may be words of a letter.
    """
    namnd = upkeep.namnd_of(ask)
    title, sender = (ask.form.get(name, "")[:300] for name in ("titel", "fran"))
    kind = ask.form.get("sort", "")
    if not title.strip():
        return _page(ask, namnd, {"titel": "Skriv en rubrik att prova."}, form="prova", status=422)
    if kind and kind not in {k.name for k in kinds.KINDS}:
        return _page(ask, namnd, {"sort": "Välj en typ i listan."}, form="prova", status=422)
    with ask.desk.store.look() as book:
        tried = acts.try_out(book, namnd, title, sender, kind or "other", now=ask.now)
        # Whoever may not know of secret cases does not learn how many there are either.
        load = book.load(namnd.key, [p.person.id for p in tried.proposals], secret=ask.who.has(namnd.key, "sekretess"))
        answered = _answered(book, tried, load)
    return _page(ask, namnd, {}, form="prova", tried=answered)


def _answered(book: Book, tried: acts.Tried, load: Mapping[int, int]) -> Answered:
    best = next((p for p in tried.proposals if p.away_until is None), None)
    head = f"Rad {tried.route.position} tar det" if tried.route else "Ingen rad tar det"
    told = [f"{acts.told(book, acts.line_of(tried.route))}."] if tried.route else []
    if tried.others:
        places = " och ".join(str(r.position) for r in tried.others)
        told.append(f"Rad {places} passar också, men står längre ned eller har ingen handläggare i dag.")
    if best is not None and best.rule_id is not None:
        told.append(f"En regel som rättelser har lärt går före: {views.upper_first(best.why.removeprefix('Regel: '))}.")
    if tried.asked is None:
        told.append("Ingen frågas: nämnden har varken chef eller registrator i dag.")
    elif tried.directly and best is not None and tried.asked.id == best.person.id:
        told.append(f"{tried.asked.name} frågas först, direkt.")
    else:
        whom = f", med {best.person.name} som förslag" if best else ""
        told.append(f"{tried.asked.name} frågas först{whom}.")
    rows = tuple((p.person.name, _why(p.why, load[p.person.id], p.away_until)) for p in tried.proposals[:5])
    return Answered(head, tuple(views.clean(t) for t in told), rows)


def _why(why: str, load: int, away: object) -> str:
    cases = "inga öppna ärenden" if not load else "1 öppet ärende" if load == 1 else f"{load} öppna ärenden"
    gone = f"borta till {views.day(away)}, kommer sist" if away else ""  # type: ignore[arg-type]
    return views.upper_first(", ".join(p for p in (views.clean(why), cases, gone) if p))


def export(ask: Ask) -> Answer:
    """Hand over the nämnd's lines as the CSV that the command line writes and takes back."""
    namnd = upkeep.namnd_of(ask)
    with ask.desk.store.look() as book:
        text = choice_lists.write_routes(book, [namnd.key])
    return Download(text.encode(), f"fordelning-{namnd.key}.csv", "text/csv")
