"""The day's post: every letter that came, and what became of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from bot.pages import register, views
from bot.pages.desk import Answer, Ask, Shown, Visitor
from bot.pages.files import is_hidden
from handlers.notices.words import STOCKHOLM
from storage.records import Arrival, Case
from storage.store import Book

_DAYS = 7
_MOST = 300


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter in the list of post."""

    label: str
    time: str
    subject: str
    sender: str
    url: str
    state: views.State


@dataclass(frozen=True, slots=True)
class Day:
    """The letters of a day."""

    title: str
    letters: tuple[Letter, ...]


def show(ask: Ask) -> Answer:
    """Show the post of today and the week before."""
    visitor = ask.who
    which, chosen = register.namnder_asked(ask, visitor)
    found: dict[dt.date, list[Letter]] = {ask.today: []}
    with ask.desk.store.look() as book:
        newest = sorted(book.arrivals(which, limit=_MOST), key=lambda a: a.received_at, reverse=True)
        for arrival in newest:
            day = arrival.received_at.astimezone(STOCKHOLM).date()
            if day > ask.today - dt.timedelta(days=_DAYS):
                found.setdefault(day, []).append(_letter(book, arrival, visitor))
        tabs = register.tabs_of(book, which, chosen, "post", "", ask.today)
    listed = sorted(found.items(), reverse=True)
    return Shown(
        "post.html",
        {
            "tabs": tabs,
            "boards": register.boards_of(ask, visitor, "post", "", chosen),
            "days": tuple(
                Day(f"I dag, {views.weekday(d)}" if d == ask.today else views.upper_first(views.weekday(d)), tuple(ls))
                for d, ls in listed
            ),
        },
    )


def _letter(book: Book, arrival: Arrival, visitor: Visitor) -> Letter:
    time = f"{arrival.received_at.astimezone(STOCKHOLM):%H.%M}"
    case = book.case(arrival.case_id) if arrival.case_id else None
    at_desk = visitor.has(arrival.namnd, "registrator", "administrator")
    if is_hidden(arrival, case):
        url = f"/granska/{arrival.id}" if arrival.state == "secret" and visitor.has(arrival.namnd, "sekretess") else ""
        return Letter(arrival.label, time, "", "", url, _secret_state(arrival, case))
    subject, sender = _told(arrival) if at_desk or case is not None else ("", "")
    if case is not None:
        title = book.document(arrival.document_id).title if arrival.document_id else case.title
        subject = views.clean(title, 300)
    return Letter(arrival.label, time, subject, sender, _url(arrival, at_desk), _state(arrival, case))


def _secret_state(arrival: Arrival, case: Case | None) -> views.State:
    words = {"secret": "Väntar på beslut om sekretess", "handed_over": "Överlämnat", "arrived": "Läses"}
    return views.State(
        "secret", "las", f"{case.dnr} Sekretess" if case and case.dnr else words.get(arrival.state, "Sekretess")
    )


def _told(arrival: Arrival) -> tuple[str, str]:
    envelope = (arrival.reading or {}).get("envelope", {})
    party = envelope.get("from_") or {}
    subject = envelope.get("subject") or (arrival.reading or {}).get("title")
    return views.clean(subject or "Utan ämne", 300), views.clean(party.get("name") or party.get("address"), 120)


def _url(arrival: Arrival, at_desk: bool) -> str:
    if arrival.case_id is not None:
        return f"/arende/{arrival.case_id}"
    return f"/granska/{arrival.id}" if at_desk and arrival.state in ("review", "ovrigt") else ""


def _state(arrival: Arrival, case: Case | None) -> views.State:
    number = case.dnr if case and case.dnr else "Väntar på dnr"
    if arrival.state == "registered":
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
