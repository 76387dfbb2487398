"""The register: cases by urgency, with views, filters and search."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.pages import sheets_out, views
from bot.pages.desk import Answer, Ask, Missing, Sent, Shown, Visitor
from bot.pages.register_filters import (
    KINDS,
    PAGE,
    SORTS,
    STATES,
    Chosen,
    Sort,
    chips,
    chosen,
)
from bot.pages.sheets_out import Cell, Column, Sheet
from handlers import kinds
from storage.case_lists import FULLMAKTIGES
from storage.cases import LAST
from storage.records import CaseFilter, CaseRow
from storage.search import COUNTED_HITS, MOST_HITS
from storage.store import Book

_TABS = (
    ("oppna", "Öppna"),
    ("sena", "Sena"),
    ("ingen", "Ingen har tagit"),
    ("andra", "Väntar på någon annan"),
    ("vantar", "Väntar på dnr"),
    ("avslutade", "Avslutade"),
    ("makulerade", "Makulerade"),
    ("alla", "Alla"),
    ("post", "Dagens post"),
)
COUNTED = 2000  # cases of a tab are counted so far: a million would be counted on every page
_COUNTED = ("oppna", "sena", "ingen", "andra", "vantar")
_HEADS: tuple[tuple[Sort, str, str], ...] = (
    ("nummer", "Diarienummer", "c-dnr"),
    ("titel", "Ärende", ""),
    ("handlaggare", "Handläggare", "c-who"),
    ("inkommet", "Inkom", "c-in"),
    ("bradskande", "Närmaste dag", "c-next"),
)
_ONLY = "bara de {} nyaste träffarna är genomsökta. Skriv fler ord."
# Said where one of these is late; the law's time for other cases stands in other laws.
_REPORTED = "Motioner och medborgarförslag ska redovisas för fullmäktige enligt kommunallagen 5 kap. 35 §"
_GROUPS = (
    ("lag", "Efter lagens tid", ""),
    ("mal", "Efter målet eller svarsdagen", ""),
    ("itid", "I tid", ""),
    ("utan", "Utan svarsdag", ""),
    ("andra", "Väntar på någon annan", "Nämndens del är klar."),
    ("inget", "", ""),
    ("sekretess", "Sekretess", "Bara nummer och dag visas."),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A case as the list shows it. A secret one has no address, no title and nobody."""

    url: str
    dnr: str
    title: str
    kind: str
    handlaggare: str
    came: str
    when: str
    purpose: str
    state: views.State


@dataclass(frozen=True, slots=True)
class Group:
    """Cases that stand alike."""

    title: str
    why: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Tab:
    """A view of the register."""

    url: str
    name: str
    count: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Head:
    """A column's heading: the address that orders by it, and how it orders now, if it does (as aria-sort says it)."""

    name: str
    look: str
    url: str
    now: str


def home(ask: Ask) -> Answer:
    """Send the visitor to the register."""
    return Sent("/diariet")


def show(ask: Ask) -> Answer:
    """Show the register of the nämnder where the visitor has a role today."""
    if not ask.who.roles:
        raise Missing
    if ask.query.get("vy") == "post":
        from bot.pages.post_list import show as post_list

        return post_list(ask)
    asked = chosen(ask)
    which = namnder_of(ask, asked.namnd)
    filtered = filter_of(ask, asked)
    most = COUNTED_HITS if asked.words else LAST
    with ask.desk.store.look() as book:
        rows = [] if asked.faults else book.cases(filtered)
        total = 0 if asked.faults else book.count_cases(filtered, limit=most)
        # The best hits are all that a page wants; another order would have to know every hit.
        enough = book.searched_all or (_is_by_hit(asked) and total > most)
        groups = _grouped(
            book, rows, ask.who, ask.today, whole=_is_by_hit(asked) or asked.sort != "bradskande" or asked.down
        )
        tabs = tabs_of(book, which, asked, ask.today)
        people = people_of(book, which, ask.today, asked.who)
        first = book.first_year(which)
    pages = max(1, -(-min(total, most) // PAGE))
    return Shown(
        "register.html",
        {
            "asked": asked,
            "tabs": tabs,
            "groups": groups,
            "heads": _heads(asked),
            "boards": [(key, ask.desk.namnder[key].name) for key in ask.who.roles] if len(ask.who.roles) > 1 else [],
            "people": people,
            "kinds": KINDS,
            "states": {key: words for key, (words, _) in STATES.items()},
            "years": range(max(ask.today.year, asked.year or 0), (first or ask.today.year) - 1, -1),
            "sorts": SORTS,
            "chips": chips(asked, dict(people), ask.desk.namnder[asked.namnd].name if asked.namnd else ""),
            "clear": Chosen(view=asked.view).address(),
            "caption": _caption(ask, asked, which),
            "shown": sum(len(g.rows) for g in groups),
            "total": total,
            "last": most,
            "looked": 0 if enough else MOST_HITS,
            "pages": pages,
            "to": lambda page: asked.address(page=page),
            "files": files_of(asked),
            "everywhere": Chosen(view="alla", words=asked.words).address()
            if asked.words and asked != Chosen(view="alla", words=asked.words)
            else "",
        },
    )


_COLUMNS = (
    Column("Nämnd", 24),
    Column("Diarienummer", 16),
    Column("Ärende", 70),
    Column("Typ", 30),
    Column("Avsändare", 32),
    Column("Inkom", 12),
    Column("Registrerat", 12),
    Column("Väckt", 12),
    Column("Väckt av", 32),
    Column("Handläggare", 24),
    Column("Närmaste dag", 13),
    Column("Vad", 32),
    Column("Status", 16),
    Column("Väntar på", 10),
    Column("Andras nummer", 24),
)


def fetch(ask: Ask) -> Answer:
    """Hand over the list that the address asks for as a file: all its pages."""
    if not ask.who.roles:
        raise Missing
    asked = chosen(ask)
    if asked.faults:
        return no_list(*asked.faults)
    which = dataclasses.replace(filter_of(ask, asked), limit=sheets_out.MOST_ROWS + 1, offset=0)
    with ask.desk.store.look() as book:
        total = book.count_cases(which)
        rows: Iterator[Sequence[Cell]] = (_told(ask, row) for row in book.each_case(which))
        if not book.searched_all:
            rows = itertools.chain(rows, [(f"Listan är avkortad: {_ONLY.format(MOST_HITS)}",)])
        sheet = Sheet("Diariet", _COLUMNS, rows, total=total)
        return sheets_out.download(sheet, ask.params["kind"], f"diariet-{ask.today.isoformat()}", ask.now)


def files_of(asked: Chosen) -> tuple[tuple[str, str], ...]:
    """Return the kinds of file that a list can be had as, with their addresses."""
    return ("Excel", asked.address("/diariet.xlsx")), ("CSV", asked.address("/diariet.csv"))


def no_list(*faults: str) -> Answer:
    """Say why a list cannot be handed over; one without the filter that was meant would be another list."""
    return Shown(
        "message.html", {"title": "Listan går inte att hämta.", "text": " ".join(faults), "logged_in": True}, 422
    )


def _told(ask: Ask, row: CaseRow) -> tuple[Cell, ...]:
    case, nearest = row.case, row.deadline
    came = case.inkommen_at.astimezone(views.STOCKHOLM).date()
    namnd = ask.desk.namnder[case.namnd].name
    if case.secret:
        return (namnd, case.dnr or "Väntar på dnr", "Sekretess", "", "", came)
    return (
        namnd,
        case.dnr or "Väntar på dnr",
        views.clean(case.title, 2000),
        kinds.label(case.kind, case.matter),
        views.clean(case.sender),
        came,
        case.registered_at.astimezone(views.STOCKHOLM).date(),
        case.raised,
        views.clean(", ".join(case.motionarer), 2000),
        row.handlaggare.name if row.handlaggare else "",
        nearest.date if nearest else None,
        views.upper_first(views.clean(nearest.purpose)) if nearest else "",
        next(words for words, state in STATES.values() if state == case.state),
        case.waiting_for or "",
        views.clean(", ".join(row.external), 2000),
    )


def namnder_of(ask: Ask, one: str) -> tuple[str, ...]:
    """Return the nämnder to show: the one that is chosen, else all where the visitor has a role."""
    return (one,) if one else tuple(ask.who.roles)


def namnder_asked(ask: Ask, visitor: Visitor) -> tuple[tuple[str, ...], str]:
    """Return the nämnder to show and the one that is chosen, if any; one that the visitor has no role in is none."""
    one = ask.query.get("namnd", "")
    if one and not visitor.has(one):
        raise Missing
    return namnder_of(ask, one), one


def filter_of(ask: Ask, asked: Chosen) -> CaseFilter:
    """Return what to ask the database for a list, with as much of what is secret as the visitor may see."""
    which = namnder_of(ask, asked.namnd)
    return asked.filter(which, ask.today, sees_secret=all(ask.who.has(key, "sekretess") for key in which))


def people_of(book: Book, which: Sequence[str], today: dt.date, hlg: str) -> tuple[tuple[str, str], ...]:
    """Return the handläggare to choose from, as (id, name); one who is chosen and has left is among them."""
    held = {str(r.person.id): r.person.name for k in which for r in book.roles(on=today, namnd=k, role="handlaggare")}
    if hlg.isascii() and hlg.isdigit() and len(hlg) <= 12 and hlg not in held:
        shown = {str(r.person.id) for k in which for r in book.roles(namnd=k)}
        person = book.person(int(hlg)) if hlg in shown else None
        held |= {hlg: person.name} if person else {}
    return tuple(sorted(held.items(), key=lambda p: p[1]))


def address(view: str, words: str, namnd: str, page: int, *, hlg: str = "") -> str:
    """Return the address of a view of the register."""
    return Chosen(view=view, words=words, namnd=namnd, who=hlg, page=page).address(page=page)


def tabs_of(book: Book, which: tuple[str, ...], asked: Chosen, today: dt.date) -> tuple[Tab, ...]:
    """Return the tabs; they keep what is chosen beside them. Secret cases are counted in none of them."""
    made = []
    for key, name in _TABS:
        count = 0
        if key in _COUNTED:
            plain = Chosen(view=key).filter(which, today, sees_secret=False)
            count = book.count_cases(dataclasses.replace(plain, include_secret=False), limit=COUNTED)
        if key == "vantar" and not count and asked.view != key:
            continue  # only a nämnd whose numbers come from elsewhere waits for them
        kept = Chosen(view=key, namnd=asked.namnd).address() if key == "post" else asked.address(view=key, state="")
        shown = "" if key not in _COUNTED else f"{COUNTED}+" if count > COUNTED else str(count)
        made.append(Tab(kept, name, shown, key == asked.view))
    return tuple(made)


def _heads(asked: Chosen) -> tuple[Head, ...]:
    made = []
    for sort, name, look in _HEADS:
        chosen_now = asked.sort == sort and not _is_by_hit(asked)
        now = ("descending" if asked.down else "ascending") if chosen_now else ""
        url = asked.address(sort=sort, down=chosen_now and not asked.down)
        made.append(Head(name, look, url, now))
    return tuple(made)


def _caption(ask: Ask, asked: Chosen, which: Sequence[str]) -> str:
    what = {
        "sena": "Sena ärenden",
        "ingen": "Ärenden som ingen har tagit",
        "andra": "Ärenden som väntar på någon annan",
        "oppna": "Öppna ärenden",
        "vantar": "Ärenden som väntar på nummer",
        "avslutade": "Avslutade ärenden",
    }
    names = ", ".join(ask.desk.namnder[key].name for key in which)
    turned = ", omvänd ordning" if asked.down else ""
    by = "bästa träffen först" if _is_by_hit(asked) else f"{SORTS[asked.sort].lower()}{turned}"
    return f"{what.get(asked.view, 'Ärenden')}: {names}. Ordning: {by}"


def _is_by_hit(asked: Chosen) -> bool:
    """Say whether a list stands in the order of its search: where no other is chosen."""
    return bool(asked.words) and asked.sort == "bradskande" and not asked.down


def _grouped(
    book: Book, rows: Sequence[CaseRow], visitor: Visitor, today: dt.date, *, whole: bool
) -> tuple[Group, ...]:
    """Return the rows by how they stand; as one group where they are to be kept in another order (whole)."""
    found: dict[str, list[Row]] = {}
    said = {key: why for key, _, why in _GROUPS}
    # The nearest day may have gone, and the law's too; or there is one without a date ("snarast").
    days = book.deadlines_of([row.case.id for row in rows]) if rows else {}
    for row in rows:
        stands = views.standing(row.case, days[row.case.id], today)
        found.setdefault("inget" if whole else stands.group, []).append(_row(row, stands, visitor, today))
        if stands.group == "lag" and row.case.type in FULLMAKTIGES:
            said["lag"] = _REPORTED
    return tuple(Group(title, said[key], tuple(found[key])) for key, title, _ in _GROUPS if key in found)


def _row(row: CaseRow, stands: views.Standing, visitor: Visitor, today: dt.date) -> Row:
    case = row.case
    number = case.dnr or "Väntar på dnr"
    if case.secret:
        allowed = visitor.has(case.namnd, "sekretess")
        url = f"/arende/{case.id}" if allowed else ""
        return Row(url, number, "", "", "", views.iso_day(case.inkommen_at), "", "", stands.state)
    nearest = row.deadline
    return Row(
        url=f"/arende/{case.id}",
        dnr=number,
        title=views.clean(case.title),
        kind=kinds.label(case.kind, case.matter),
        handlaggare=row.handlaggare.name if row.handlaggare else "",
        came=views.short(case.inkommen_at.astimezone(views.STOCKHOLM).date(), today),
        when=views.short(nearest.date, today) if nearest and nearest.date else "",
        purpose=views.upper_first(views.clean(nearest.purpose, 120)) if nearest else "",
        state=stands.state,
    )
