"""The register: cases by urgency, with views, search and the day's post."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from bot.pages import views
from bot.pages.desk import Answer, Ask, Missing, Sent, Shown, Visitor
from handlers import kinds
from storage.records import CaseFilter, CaseRow, CaseState
from storage.store import Book

PAGE = 50

_STATES: dict[str, tuple[CaseState, ...]] = {
    "oppna": ("open", "waiting_dnr"),
    "sena": ("open", "waiting_dnr"),
    "ingen": ("open", "waiting_dnr"),
    "andra": ("open", "waiting_dnr"),
    "vantar": ("waiting_dnr",),
    "avslutade": ("closed",),
    "makulerade": ("makulerad",),
    "alla": (),
}
# Views that look through the open cases: past their day, without a handläggare, waiting for KS or KF.
_SIFTED = ("sena", "ingen", "andra")
_MOST = 2000  # open cases gone through for those views and their counts
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
_GROUPS = (
    (
        "lag",
        "Efter lagens tid",
        "Motioner och medborgarförslag ska redovisas för fullmäktige enligt kommunallagen 5 kap. 35 §",
    ),
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
    count: int | None
    chosen: bool


def home(ask: Ask) -> Answer:
    """Send the visitor to the register."""
    return Sent("/diariet")


def show(ask: Ask) -> Answer:
    """Show the register of the nämnder where the visitor has a role today."""
    visitor = ask.who
    if not visitor.roles:
        raise Missing
    view = ask.query.get("vy", "oppna")
    if view == "post":
        from bot.pages.post_list import show as post_list

        return post_list(ask)
    if view not in _STATES:
        raise Missing
    which, chosen = namnder_asked(ask, visitor)
    words = views.clean(ask.query.get("q", ""), 200)
    page = page_asked(ask)
    hlg = ask.query.get("hlg", "")
    sifted = view in _SIFTED or bool(hlg)
    filtered = CaseFilter(
        namnder=which,
        states=_STATES[view],
        words=words,
        # A search that found a secret case would tell what it is about.
        include_secret=not sifted and (not words or all(visitor.has(key, "sekretess") for key in which)),
        limit=_MOST if sifted else PAGE,
        offset=0 if sifted else (page - 1) * PAGE,
    )
    with ask.desk.store.look() as book:
        rows = book.cases(filtered)
        total = book.count_cases(filtered)
        if sifted:
            kept = [r for r in rows if _belongs(r, view, ask.today) and _is_of(r, hlg)]
            rows, total = kept[(page - 1) * PAGE : page * PAGE], len(kept)
        groups = _grouped(book, rows, visitor, ask.today)
        tabs = tabs_of(book, which, chosen, view, words, ask.today, hlg)
        people = _people(book, which, ask.today, hlg)
    pages = max(1, -(-total // PAGE))
    return Shown(
        "register.html",
        {
            "tabs": tabs,
            "groups": groups,
            "words": words,
            "view": view,
            "chosen": chosen,
            "boards": boards_of(ask, visitor, view, words, chosen),
            "people": people,
            "hlg": hlg,
            "caption": _caption(ask, view, which),
            "shown": sum(len(g.rows) for g in groups),
            "total": total,
            "earlier": address(view, words, chosen, page - 1, hlg=hlg) if page > 1 else "",
            "later": address(view, words, chosen, page + 1, hlg=hlg) if page < pages else "",
            "page": page,
            "pages": pages,
            "everywhere": address("alla", words, "", 1) if words and (view != "alla" or chosen or hlg) else "",
        },
    )


def namnder_asked(ask: Ask, visitor: Visitor) -> tuple[tuple[str, ...], str]:
    """Return the nämnder to show and the one that is chosen, if any; one that the visitor has no role in is none."""
    chosen = ask.query.get("namnd", "")
    if chosen and not visitor.has(chosen):
        raise Missing
    return ((chosen,) if chosen else tuple(visitor.roles)), chosen


def page_asked(ask: Ask) -> int:
    """Return the page's number."""
    text = ask.query.get("sida", "1")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def _belongs(row: CaseRow, view: str, today: dt.date) -> bool:
    """Say whether an open case belongs in one of the views that look through them."""
    case = row.case
    if view == "andra":
        return case.waiting_for is not None
    if view == "ingen":
        return case.handlaggare_id is None and case.waiting_for is None
    if view == "sena":
        gone = row.deadline is not None and row.deadline.date is not None and row.deadline.date < today
        return gone and case.waiting_for is None
    return True


def _is_of(row: CaseRow, hlg: str) -> bool:
    if not hlg:
        return True
    return row.case.handlaggare_id is None if hlg == "ingen" else str(row.case.handlaggare_id) == hlg


def _people(book: Book, which: Sequence[str], today: dt.date, hlg: str) -> tuple[tuple[str, str], ...]:
    """Return the handläggare to choose from; one who is chosen and has left is among them."""
    held = {str(r.person.id): r.person.name for k in which for r in book.roles(on=today, namnd=k, role="handlaggare")}
    if hlg.isascii() and hlg.isdigit() and len(hlg) <= 12 and hlg not in held:
        shown = {str(r.person.id) for k in which for r in book.roles(namnd=k)}
        person = book.person(int(hlg)) if hlg in shown else None
        held |= {hlg: person.name} if person else {}
    return tuple(sorted(held.items(), key=lambda p: p[1]))


def address(view: str, words: str, namnd: str, page: int, *, hlg: str = "") -> str:
    """Return the address of a view of the register."""
    parts = {"vy": view, "q": words, "namnd": namnd, "hlg": hlg, "sida": str(page) if page > 1 else ""}
    return "/diariet?" + urlencode({k: v for k, v in parts.items() if v})


def tabs_of(
    book: Book, which: tuple[str, ...], chosen: str, view: str, words: str, today: dt.date, hlg: str = ""
) -> tuple[Tab, ...]:
    """Return the tabs; secret cases are counted in none of them."""
    made = []
    sifted = {
        "sena": CaseFilter(late_on=today, waiting=False),
        "ingen": CaseFilter(unassigned=True, waiting=False),
        "andra": CaseFilter(waiting=True),
    }
    for key, name in _TABS:
        count = None
        if key in ("oppna", "vantar", *_SIFTED):
            chosen_ = sifted.get(key, CaseFilter())
            count = book.count_cases(dataclasses.replace(chosen_, namnder=which, states=_STATES[key]), limit=_MOST)
        if key == "vantar" and not count and view != key:
            continue  # only a nämnd whose numbers come from elsewhere waits for them
        kept = address(key, words, chosen, 1, hlg=hlg) if key != "post" else address(key, "", chosen, 1)
        made.append(Tab(kept, name, count, key == view))
    return tuple(made)


def boards_of(ask: Ask, visitor: Visitor, view: str, words: str, chosen: str) -> tuple[Tab, ...]:
    """Return the choice of nämnd; none where the visitor works with one."""
    if len(visitor.roles) < 2:
        return ()
    every = Tab(address(view, words, "", 1), "Alla mina nämnder", None, not chosen)
    return (
        every,
        *(Tab(address(view, words, key, 1), ask.desk.namnder[key].name, None, key == chosen) for key in visitor.roles),
    )


def _caption(ask: Ask, view: str, which: Sequence[str]) -> str:
    what = {
        "sena": "Sena ärenden",
        "ingen": "Ärenden som ingen har tagit",
        "andra": "Ärenden som väntar på någon annan",
        "oppna": "Öppna ärenden",
        "vantar": "Ärenden som väntar på nummer",
        "avslutade": "Avslutade ärenden",
    }
    names = ", ".join(ask.desk.namnder[key].name for key in which)
    return f"{what.get(view, 'Ärenden')}: {names}, mest brådskande först"


def _grouped(book: Book, rows: Sequence[CaseRow], visitor: Visitor, today: dt.date) -> tuple[Group, ...]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        deadlines = [row.deadline] if row.deadline else []
        gone = bool(row.deadline and row.deadline.date and row.deadline.date < today)
        if gone or (row.deadline is None and not row.case.secret):
            # The nearest day has gone, and the law's may have too; or there is one without a date ("snarast").
            deadlines = book.deadlines(row.case.id, active=True)
        stands = views.standing(row.case, deadlines, today)
        found.setdefault(stands.group, []).append(_row(row, stands, visitor, today))
    return tuple(Group(title, why, tuple(found[key])) for key, title, why in _GROUPS if key in found)


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
        came=views.iso_day(case.inkommen_at),
        when=views.short(nearest.date, today) if nearest and nearest.date else "",
        purpose=views.upper_first(views.clean(nearest.purpose, 120)) if nearest else "",
        state=stands.state,
    )
