"""A day's post: what came, what went and what was drawn up, and what became of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.pages import register, sheets_out, views
from bot.pages.desk import Answer, Ask, Missing, Shown, Visitor
from bot.pages.files import is_hidden
from bot.pages.register_filters import Chosen
from bot.pages.sheets_out import Column, Sheet
from handlers import kinds
from handlers.notices.words import STOCKHOLM
from handlers.rules import workdays
from storage.records import Arrival, Case, DayEntry
from storage.store import Book

_MOST = 1000  # letters of a day, and handlingar
_ONE_DAY = dt.timedelta(days=1)
_COLUMNS = (
    Column("Riktning", 12),
    Column("Dag", 12),
    Column("Klockan", 9),
    Column("Brev", 10),
    Column("Diarienummer", 16),
    Column("Handling", 9),
    Column("Vad", 60),
    Column("Typ", 26),
    Column("Från eller till", 32),
    Column("Handläggare", 24),
    Column("Läge", 32),
)


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter or handling in the list. What is secret has a number, a time and its state."""

    label: str
    time: str
    subject: str
    party: str
    url: str
    state: views.State
    handlaggare: str = ""
    dnr: str = ""
    number: int | None = None
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """The letters that came, that went, or that were drawn up in the house."""

    key: str
    title: str
    party: str
    letters: tuple[Letter, ...]


def show(ask: Ask) -> Answer:
    """Show the post of a day; today's, unless another is asked for."""
    visitor = ask.who
    which, one = register.namnder_asked(ask, visitor)
    day, fault = day_asked(ask)
    with ask.desk.store.look() as book:
        ways = ways_of(book, visitor, which, day) if not fault else ()
        tabs = register.tabs_of(book, which, Chosen(view="post", namnd=one), ask.today)
    before, after = around(day)
    return Shown(
        "post.html",
        {
            "tabs": tabs,
            "boards": [(key, ask.desk.namnder[key].name) for key in visitor.roles] if len(visitor.roles) > 1 else [],
            "one": one,
            "names": ", ".join(ask.desk.namnder[key].name for key in which),
            "day": day,
            "title": f"I dag, {views.weekday(day)}" if day == ask.today else views.upper_first(views.weekday(day)),
            "today": ask.today,
            "fault": fault,
            "ways": ways,
            "most": _MOST if any(len(way.letters) >= _MOST for way in ways) else 0,
            "before": _address(before, one),
            "after": _address(after, one) if after <= max(ask.today, day) else "",
            "now": _address(ask.today, one) if day != ask.today else "",
            "files": (("Excel", _address(day, one, "/postlista.xlsx")), ("CSV", _address(day, one, "/postlista.csv"))),
        },
    )


def fetch(ask: Ask) -> Answer:
    """Hand over the post of a day as a file."""
    if not ask.who.roles:
        raise Missing
    which, _ = register.namnder_asked(ask, ask.who)
    day, fault = day_asked(ask)
    if fault:
        return register.no_list(fault)
    with ask.desk.store.look() as book:
        rows = list(_rows(ways_of(book, ask.who, which, day), day))
    sheet = Sheet(f"Postlista {day.isoformat()}", _COLUMNS, rows)
    return sheets_out.download(sheet, ask.params["kind"], f"postlista-{day.isoformat()}", ask.now)


def _rows(ways: Sequence[Way], day: dt.date) -> Iterator[tuple[sheets_out.Cell, ...]]:
    for way in ways:
        for one in way.letters:
            yield (
                way.title,
                day,
                one.time,
                one.label,
                one.dnr,
                one.number,
                one.subject,
                one.kind,
                one.party,
                one.handlaggare,
                one.state.words,
            )


def day_asked(ask: Ask) -> tuple[dt.date, str]:
    """Return the day that is asked for, and what is wrong with it in words."""
    text = views.clean(ask.query.get("dag", ""), 40)
    try:
        day = dt.date.fromisoformat(text) if text else ask.today
    except ValueError:
        told = f"”{text}” är ingen dag. Skriv ÅÅÅÅ-MM-DD, till exempel {ask.today.isoformat()}."
        return ask.today, told
    if not 1900 <= day.year <= 2199:
        return ask.today, f"Det finns ingen post från {text}. Välj en annan dag."
    return day, ""


def around(day: dt.date) -> tuple[dt.date, dt.date]:
    """Return the working days before and after a day.

    >>> around(dt.date(2026, 11, 23))
    (datetime.date(2026, 11, 20), datetime.date(2026, 11, 24))
    """
    return workdays.workday_before(day - _ONE_DAY), workdays.next_workday(day + _ONE_DAY)


def _address(day: dt.date, one: str, path: str = "") -> str:
    asked = "&".join(p for p in (f"dag={day.isoformat()}", f"namnd={one}" if one else "") if p)
    return f"{path}?{asked}" if path else f"/diariet?vy=post&{asked}"


def ways_of(book: Book, visitor: Visitor, which: Sequence[str], day: dt.date) -> tuple[Way, ...]:
    """Return a day's letters by the way they went."""
    came: list[Letter] = []
    went: list[Letter] = []
    made: list[Letter] = []
    for entry in book.entries_of_day(which, day, limit=_MOST):
        direction = entry.document.direction if entry.document else "ut" if _was_sent(entry.arrival) else "in"
        if direction != "in" and _is_secret(entry) and not visitor.has(_namnd(entry), "sekretess"):
            continue  # that somebody was answered tells of the matter
        {"ut": went, "upprattad": made}.get(direction, came).append(_letter(entry, visitor))
    ways = (Way("in", "Kom in", "Från", tuple(came)), Way("ut", "Gick ut", "Till", tuple(went)))
    return (*ways, Way("upp", "Upprättades", "Av", tuple(made))) if made else ways


def _was_sent(arrival: Arrival | None) -> bool:
    return arrival is not None and arrival.folder == "skickat"


def _is_secret(entry: DayEntry) -> bool:
    if entry.arrival is not None and is_hidden(entry.arrival, entry.case):
        return True
    return entry.case is not None and entry.case.secret


def _namnd(entry: DayEntry) -> str:
    return entry.case.namnd if entry.case else entry.arrival.namnd if entry.arrival else ""


def _letter(entry: DayEntry, visitor: Visitor) -> Letter:
    arrival, document, case = entry.arrival, entry.document, entry.case
    at = arrival.received_at if arrival else (document.inkommen_at or document.registered_at) if document else None
    time = f"{at.astimezone(STOCKHOLM):%H.%M}" if at else ""
    label = arrival.label if arrival else ""
    dnr = case.dnr or "" if case else ""
    if _is_secret(entry):
        return Letter(
            label, time, "", "", _way_to_secret(arrival, case, visitor), _secret_state(arrival, case), dnr=dnr
        )
    at_desk = arrival is not None and visitor.has(arrival.namnd, "registrator", "administrator")
    told = arrival is not None and (at_desk or case is not None)
    subject, party = _told(arrival) if arrival is not None and told else ("", "")
    if case is not None:
        subject = views.clean(document.title if document else case.title, 300)
    if document is not None:
        party = views.clean(document.party, 120) or (party if document.direction == "in" else "")
    return Letter(
        label,
        time,
        subject,
        party,
        _url(arrival, case, at_desk=at_desk),
        _state(arrival, case),
        entry.handlaggare,
        dnr,
        document.number if document else None,
        kinds.kind_of(document.kind).label if document else "",
    )


def _way_to_secret(arrival: Arrival | None, case: Case | None, visitor: Visitor) -> str:
    if arrival is not None and arrival.state == "secret" and visitor.has(arrival.namnd, "sekretess"):
        return f"/granska/{arrival.id}"
    if case is not None and case.secret and visitor.has(case.namnd, "sekretess"):
        return f"/arende/{case.id}"
    return ""


def _secret_state(arrival: Arrival | None, case: Case | None) -> views.State:
    words = {"secret": "Väntar på beslut om sekretess", "handed_over": "Överlämnat", "arrived": "Läses"}
    return views.State(
        "secret",
        "las",
        f"{case.dnr} Sekretess" if case and case.dnr else words.get(arrival.state if arrival else "", "Sekretess"),
    )


def _told(arrival: Arrival) -> tuple[str, str]:
    envelope = (arrival.reading or {}).get("envelope", {})
    party = envelope.get("from_") or {}
    subject = envelope.get("subject") or (arrival.reading or {}).get("title")
    return views.clean(subject or "Utan ämne", 300), views.clean(party.get("name") or party.get("address"), 120)


def _url(arrival: Arrival | None, case: Case | None, *, at_desk: bool) -> str:
    if case is not None:
        return f"/arende/{case.id}"
    waits = arrival is not None and at_desk and arrival.state in ("review", "ovrigt")
    return f"/granska/{arrival.id}" if waits and arrival else ""


def _state(arrival: Arrival | None, case: Case | None) -> views.State:
    number = case.dnr if case and case.dnr else "Väntar på dnr"
    if arrival is None or arrival.state == "registered":
        return views.State("fine", "klart", number)
    if arrival.state == "repetition":
        return views.State("fine", "klart", f"Samma brev igen, {number}" if case else "Samma brev igen")
    if arrival.state == "review":
        return views.State("ask", "fraga", "Väntar på granskning")
    if arrival.state == "answer":
        told = f"Svar på en fråga, {case.dnr}" if case and case.dnr else "Svar på en fråga"
        return views.State("fine", "svar", told)
    if arrival.state == "not_registered":
        return views.State("wait", "stang", "Ska inte registreras")
    if arrival.state == "ovrigt":
        return views.State("wait", "stang", f"Inte registrerat: {views.clean(arrival.note, 80).lower() or 'övrigt'}")
    return views.State("wait", "vantar", "Läses")
