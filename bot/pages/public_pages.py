"""The register for anybody, without a login, where a nämnd has chosen so: numbers, days, and no more than it has chosen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from bot.pages import sheets_out, views
from bot.pages.desk import Answer, Ask, Missing, Shown
from bot.pages.post_list import around, day_asked
from bot.pages.register_filters import PAGE, page_asked
from bot.pages.sheets_out import Cell, Column, Sheet
from handlers import public_register as register
from storage.records import Case, CaseFilter, Document, Namnd
from storage.store import Book

_MOST = 1000  # rows of a file, and handlingar of a day: anybody may ask for them, as often as they like
_WAYS = {"in": "In", "ut": "Ut", "upprattad": "Upprättad"}


@dataclass(frozen=True, slots=True)
class Row:
    """A case or a handling as anybody sees it."""

    dnr: str
    number: int | None
    url: str
    day: dt.date
    way: str
    party: str
    sort: str
    title: str
    note: str


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the address asks for."""

    number: str = ""
    year: int | None = None
    came_from: dt.date | None = None
    came_to: dt.date | None = None
    page: int = 1
    fault: str = ""

    def address(self, path: str, page: int = 1) -> str:
        """Return the address of a page of it."""
        days = (("fran", self.came_from), ("till", self.came_to))
        parts = {"nummer": self.number, "ar": str(self.year or ""), **{k: d.isoformat() for k, d in days if d}}
        parts["sida"] = str(page) if page > 1 else ""
        asked = urlencode({k: v for k, v in parts.items() if v})
        return f"{path}?{asked}" if asked else path

    def filter(self, namnd: Namnd, limit: int) -> CaseFilter:
        """Return the question for the database, the newest number first. What is secret is never asked for."""
        return CaseFilter(
            namnder=(namnd.key,),
            states=register.STATES,
            year=self.year,
            came_from=self.came_from,
            came_to=self.came_to,
            include_secret=False,
            sort="nummer",
            descending=True,
            limit=limit,
            offset=(self.page - 1) * limit,
        )


def _namnd(ask: Ask) -> Namnd:
    namnd = ask.desk.namnder.get(ask.params.get("namnd", ""))
    if namnd is None or not namnd.public_register:
        raise Missing
    return namnd


def show(ask: Ask) -> Answer:
    """Show a nämnd's public register; one case with its handlingar where a number is asked for."""
    namnd, asked = _namnd(ask), _asked(ask)
    path = f"/diarium/{namnd.key}"
    rows: tuple[Row, ...] = ()
    papers: tuple[Row, ...] = ()
    total = 0
    with ask.desk.store.look() as book:
        if asked.number and not asked.fault:
            case = register.case_by_number(book, namnd, asked.number)
            rows = (_row(case, namnd),) if case else ()
            papers = tuple(_paper(d, case, namnd) for d in register.documents(book, case)) if case else ()
            total = len(rows)
        elif not asked.fault:
            asks = asked.filter(namnd, PAGE)
            rows = tuple(_row(found.case, namnd) for found in book.cases(asks))
            total = book.count_cases(asks)
    return Shown(
        "public.html",
        _about(namnd)
        | {
            "asked": asked,
            "rows": rows,
            "papers": papers,
            "total": total,
            "pages": max(1, -(-total // PAGE)),
            "to": lambda page: asked.address(path, page),
            "file": asked.address(f"{path}.csv"),
        },
    )


def fetch(ask: Ask) -> Answer:
    """Hand over a nämnd's public register, or the part of it that is asked for."""
    namnd, asked = _namnd(ask), _asked(ask)
    if asked.fault:
        return _no_list(namnd, asked.fault)
    with ask.desk.store.look() as book:
        if asked.number:
            case = register.case_by_number(book, namnd, asked.number)
            cases, total = [case] if case else [], 0
        else:
            asks = asked.filter(namnd, _MOST)
            cases, total = [found.case for found in book.cases(asks)], book.count_cases(asks)
    return _file(namnd, [_row(case, namnd) for case in cases], total, f"diarium-{namnd.key}", ask.now)


def post_list(ask: Ask) -> Answer:
    """Show the handlingar of a day in a nämnd's public register."""
    namnd = _namnd(ask)
    day, fault = day_asked(ask)
    with ask.desk.store.look() as book:
        rows = () if fault else _rows_of_day(book, namnd, day)
    before, after = around(day)
    path = f"/diarium/{namnd.key}/postlista"
    return Shown(
        "public_post.html",
        _about(namnd)
        | {
            "rows": rows,
            "day": day,
            "title": views.upper_first(views.weekday(day)),
            "fault": fault,
            "before": f"{path}?dag={before}",
            "after": f"{path}?dag={after}" if after <= max(day, ask.today) else "",
            "file": f"{path}.csv?dag={day}",
        },
    )


def fetch_post(ask: Ask) -> Answer:
    """Hand over the handlingar of a day."""
    namnd = _namnd(ask)
    day, fault = day_asked(ask)
    if fault:
        return _no_list(namnd, fault)
    with ask.desk.store.look() as book:
        rows = _rows_of_day(book, namnd, day)
    return _file(namnd, rows, 0, f"postlista-{namnd.key}-{day.isoformat()}", ask.now, papers=True)


def _about(namnd: Namnd) -> dict[str, object]:
    return {"namnd": namnd.name, "key": namnd.key, "senders": namnd.public_senders, "titles": namnd.public_titles}


def _asked(ask: Ask) -> _Asked:
    query = ask.query
    faults: list[str] = []

    def day(name: str) -> dt.date | None:
        text = views.clean(query.get(name, ""), 40)
        try:
            return views.day_typed(text) if text else None
        except ValueError:
            faults.append(f"”{text}” är ingen dag. Skriv ÅÅÅÅ-MM-DD, till exempel {ask.today.isoformat()}.")
            return None

    year = views.clean(query.get("ar", ""), 40)
    if year and not (year.isascii() and year.isdigit() and len(year) == 4):
        faults.append(f"”{year}” är inget år. Skriv fyra siffror, till exempel {ask.today.year}.")
        year = ""
    return _Asked(
        number=views.clean(query.get("nummer", ""), 60),
        year=int(year) if year else None,
        came_from=day("fran"),
        came_to=day("till"),
        page=page_asked(ask),
        fault=" ".join(faults),
    )


def _row(case: Case, namnd: Namnd) -> Row:
    dnr = case.dnr or ""
    return Row(
        dnr=dnr,
        number=None,
        url=f"/diarium/{namnd.key}?{urlencode({'nummer': dnr})}",
        day=case.inkommen_at.astimezone(views.STOCKHOLM).date(),
        way="",
        party=views.clean(register.party_of(case, namnd, case.sender), 120),
        sort=register.sort_of(case, namnd),
        title=views.clean(register.title_of(case, namnd)),
        note="Makulerat" if case.state == "makulerad" else "",
    )


def _paper(document: Document, case: Case, namnd: Namnd) -> Row:
    at = document.inkommen_at or document.registered_at
    return Row(
        dnr=case.dnr or "",
        number=document.number,
        url=f"/diarium/{namnd.key}?{urlencode({'nummer': case.dnr or ''})}",
        day=at.astimezone(views.STOCKHOLM).date(),
        way=_WAYS[document.direction],
        party=views.clean(register.party_of(case, namnd, document.party), 120),
        sort=register.sort_of(case, namnd, document),
        title=views.clean(register.title_of(case, namnd, document)),
        note="",
    )


def _rows_of_day(book: Book, namnd: Namnd, day: dt.date) -> tuple[Row, ...]:
    entries = book.entries_of_day((namnd.key,), day, registered=True, limit=_MOST)
    return tuple(
        _paper(one.document, one.case, namnd)
        for one in entries
        if one.document is not None and one.case is not None and register.is_open(one.document, one.arrival, one.case)
    )


def _file(namnd: Namnd, rows: Sequence[Row], total: int, name: str, at: dt.datetime, *, papers: bool = False) -> Answer:
    columns = [Column("Diarienummer", 16)]
    columns += [Column("Handling", 9), Column("Riktning", 11)] if papers else []
    columns += [Column("Dag" if papers else "Inkom", 12)]
    columns += [Column("Från eller till" if papers else "Från", 30)] if namnd.public_senders else []
    columns += [Column("Typ", 26), Column("Ärende", 60)] if namnd.public_titles else []
    columns += [] if papers else [Column("Anmärkning", 30)]

    def told() -> Iterator[Sequence[Cell]]:
        for row in rows:
            yield (
                row.dnr,
                *((row.number, row.way) if papers else ()),
                row.day,
                *((row.party,) if namnd.public_senders else ()),
                *((row.sort, row.title) if namnd.public_titles else ()),
                *(() if papers else (row.note,)),
            )
        if total > _MOST:
            yield (f"Listan är avkortad: {_MOST} av {total} ärenden. Välj ett år eller kortare tid.",)

    return sheets_out.download(Sheet(namnd.name, tuple(columns), told()), "csv", name, at)


def _no_list(namnd: Namnd, fault: str) -> Answer:
    return Shown("public_fault.html", _about(namnd) | {"fault": fault}, 422)
