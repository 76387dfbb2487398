"""How a nämnd's numbers look: its series with what they have given, a coming year's, and the next number to look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.pages import upkeep, views
from bot.pages.desk import Answer, Ask, Download, Sent, Shown, Words
from handlers import lists
from handlers import numbering as acts
from handlers.errors import Changed, Invalid
from storage.records import Namnd
from storage.store import Book

HOME = "/installningar/nummerserier"
_FIELDS = {"från år": "ar", "prefix": "prefix", "mall": "mall", "första nummer": "forsta", "why": "skal"}
_DONE = {"sparad": "Nummerserien är sparad.", "oforandrad": "Inget var annorlunda."}


@dataclass(frozen=True, slots=True)
class Row:
    """A series in the table."""

    year: int
    prefix: str
    template: str
    first: int
    given: tuple[str, ...]
    next_number: str
    next_words: str


def show(ask: Ask) -> Answer:
    """Show a nämnd's series."""
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
    tried: str = "",
) -> Answer:
    with ask.desk.store.look() as book:
        found = acts.counted(book, namnd.key, ask.today)
        view = {
            "rows": [_row(one, ask) for one in found],
            "holding": next((c.series for c in found if c.series.from_year <= ask.today.year), None),
            "editing": editing if any(c.series.from_year == editing for c in found) else 0,
            "coming": ask.today.year + 1,
            "mark": acts.mark_of(book, namnd.key),
            "external": namnd.diarium == "external",
            "form": form,
            "tried": views.clean(tried, 120),
            "faults": Words({_FIELDS.get(k, k): v for k, v in faults.items()}),
            "clash": upkeep.clash(book, HOME, namnd, _clash_rows(book, ask, namnd)) if late else None,
            "may": ask.who.has(namnd.key, "administrator"),
            "changes": upkeep.recent(book, HOME, namnd),
            "toast": _DONE.get(ask.query.get("gjort", ""), "") if not faults and not tried else "",
        }
    return Shown("series.html", upkeep.around(ask, namnd, HOME) | view, status)


def _row(one: acts.Counted, ask: Ask) -> Row:
    series = one.series
    given = tuple(f"{year}: {first}–{last}" if last > first else f"{year}: {last}" for year, first, last in one.given)
    past = one.next_year < ask.today.year
    when = "" if one.next_year == ask.today.year else f"första {one.next_year}"
    return Row(
        series.from_year,
        views.clean(series.prefix, 60),
        views.clean(series.template, 60),
        series.first_number,
        given,
        "" if past else views.clean(one.next_number, 120),
        when,
    )


def _typed(ask: Ask) -> tuple[str, str, str, str]:
    year, prefix, template, first = (ask.form.get(name, "").strip() for name in ("ar", "prefix", "mall", "forsta"))
    return year, prefix, template, first


def _clash_rows(book: Book, ask: Ask, namnd: Namnd) -> list[tuple[str, str, str]]:
    year, prefix, template, first = _typed(ask)
    old = next((s for s in book.all_series() if s.namnd == namnd.key and str(s.from_year) == year), None)
    stands = (old.prefix, old.template, str(old.first_number)) if old else ("", "", "")
    return list(zip(("Prefix", "Mall", "Första nummer"), stands, (prefix, template, first), strict=True))


def change(ask: Ask) -> Answer:
    """Enter or change a series; or only show the next number that it would give."""
    namnd = upkeep.may(ask, upkeep.namnd_of(ask), "administrator")
    form = "rad" if ask.form.get("vilken") == "rad" else "ny"
    editing = upkeep.number(ask.form.get("ar", "")) if form == "rad" else 0
    try:
        if ask.form.get("gor") == "visa":
            with ask.desk.store.look() as book:
                tried = acts.tried(book, namnd, _typed(ask), now=ask.now)
            return _page(ask, namnd, {}, editing=editing, form=form, tried=tried)
        with ask.desk.store.book() as book:
            why, was = ask.form.get("skal", ""), ask.form.get("sett", "")
            done = acts.change(book, namnd, _typed(ask), by=ask.who.person, now=ask.now, why=why, was=was)
    except Invalid as fault:
        return _page(ask, namnd, {fault.field: str(fault)}, editing=editing, form=form, status=422)
    except Changed as fault:
        return _page(ask, namnd, {"form": str(fault)}, editing=editing, form=form, status=409, late=True)
    return Sent(upkeep.address(HOME, namnd, ask, gjort="sparad" if done else "oforandrad"))


def export(ask: Ask) -> Answer:
    """Hand over the nämnd's series as the CSV that the command line writes and takes back."""
    namnd = upkeep.namnd_of(ask)
    with ask.desk.store.look() as book:
        text = lists.write_series(s for s in book.all_series() if s.namnd == namnd.key)
    return Download(text.encode(), f"nummerserier-{namnd.key}.csv", "text/csv")
