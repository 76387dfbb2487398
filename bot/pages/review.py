"""The review desk: the queue, one letter, what the bot read in it, and what happened last."""

from __future__ import annotations

from collections.abc import Mapping

from bot.pages import review_parts, review_toast, review_view, views
from bot.pages.desk import Answer, Ask, Missing, Sent, Shown, Words
from bot.pages.files import may_see
from bot.pages.queueing import waiting_for
from handlers import review as desk_work
from handlers.notices.facts import clock_of
from handlers.notices.words import weekday
from storage.records import Arrival, Case
from storage.store import Book


def first(ask: Ask) -> Answer:
    """Show the first letter of the queue, or that there is none."""
    with ask.desk.store.look() as book:
        queue = waiting_for(book, ask.who)
    if not ask.who.namnder("registrator", "administrator", "sekretess"):
        raise Missing
    if queue:
        return page(ask, queue[0].id)
    with ask.desk.store.look() as book:
        return Shown("review_empty.html", {"toast": review_toast.told(book, ask)})


def show(ask: Ask) -> Answer:
    """Show one letter."""
    return page(ask, ask.number("arrival"))


def page(
    ask: Ask,
    arrival_id: int,
    *,
    faults: Mapping[str, str] | None = None,
    note: str = "",
    opened: str = "",
    status: int = 200,
) -> Answer:
    """Show a letter at the desk, with what was typed and what was wrong with it."""
    with ask.desk.store.look() as book:
        arrival = book.arrival(arrival_id)
        if not may_review(ask, arrival):
            raise Missing
        queue = waiting_for(book, ask.who)
        frame = {
            "queue": tuple(review_view.waiting_view(a, arrival.id, ask.today) for a in queue),
            "arrival": arrival.id,
            "label": arrival.label,
            "came": views.clock(arrival.received_at),
            "following": _beside(queue, arrival.id, 1),
            "preceding": _beside(queue, arrival.id, -1),
            "toast": review_toast.told(book, ask),
            "faults": Words(faults or {}),
            "note": note,
            "opened": opened,
            "typed": Words(ask.form),
        }
        if arrival.state == "secret":
            decides = ask.who.has(arrival.namnd, "sekretess")
            return Shown("review_secret.html", {**frame, "decides": decides}, status)
        if not _still(arrival):
            if status == 200 and arrival.case_id is not None and not book.case(arrival.case_id).secret:
                return Sent(f"/arende/{arrival.case_id}")
            return Shown("review_done.html", {**frame, "told": _done(book, ask, arrival)}, status)
        return Shown("review.html", {**frame, **_letter(book, ask, arrival)}, status)


def _letter(book: Book, ask: Ask, arrival: Arrival) -> Mapping[str, object]:
    reading = desk_work.reading_of(arrival)
    findings = book.findings(arrival.id)
    registered = arrival.state == "registered"
    facts = review_view.facts_view(reading, findings, ask.form, registered=registered)
    case = book.case(arrival.case_id) if arrival.case_id else None
    proposed = book.case(arrival.proposed_case_id) if arrival.proposed_case_id else None
    if proposed is not None and (proposed.secret or proposed.state == "makulerad"):
        proposed = None
    words = views.clean(ask.query.get("sok", ""), 200)
    found = found_for(book, arrival, words)
    asked = arrival.questions if registered else arrival.reasons
    return {
        "letter": review_view.letter_view(arrival, reading, findings, facts),
        "facts": facts,
        "asked": tuple(views.clean(r, 300) for r in asked),
        "dnr": (case.dnr or "Väntar på dnr") if case else "",
        "case_url": f"/arende/{case.id}" if case else "",
        "standing": arrival.state,
        "proposal": review_view.proposal_view(book, proposed, ask.today) if proposed else None,
        "words": words,
        "found": tuple(review_view.proposal_view(book, c, ask.today) for c in found),
        "way": "flytta" if registered else "lagg-till",
        "opens_case": registered and arrival.document_id is not None and book.document(arrival.document_id).number == 1,
        "parts": review_parts.forms(reading, ask.form),
        "part_kinds": review_parts.kinds(),
        "board": ask.desk.namnder[arrival.namnd].name,
        "due": weekday(clock_of(arrival, ask.today).day),
        "overdue": clock_of(arrival, ask.today).late,
    }


def found_for(book: Book, arrival: Arrival, words: str) -> list[Case]:
    """Return the cases that the words may mean, but for the one that the letter lies in."""
    found = desk_work.find_cases(book, arrival.namnd, words) if words else []
    return [c for c in found if c.id != arrival.case_id and not c.secret]


def find(ask: Ask) -> Answer:
    """Show the part of the page that lists the cases which the words may mean, while somebody types."""
    with ask.desk.store.look() as book:
        arrival = book.arrival(ask.number("arrival"))
        if not may_review(ask, arrival) or arrival.state == "secret" or not _still(arrival):
            raise Missing
        words = views.clean(ask.query.get("sok", ""), 200)
        found = found_for(book, arrival, words)
        return Shown(
            "review_found.html",
            {
                "arrival": arrival.id,
                "standing": arrival.state,
                "words": words,
                "found": tuple(review_view.proposal_view(book, c, ask.today) for c in found),
                "way": "flytta" if arrival.state == "registered" else "lagg-till",
                "faults": Words(),
            },
        )


def may_review(ask: Ask, arrival: Arrival) -> bool:
    """Say whether the visitor may open a letter at the desk."""
    if arrival.namnd not in ask.desk.namnder:
        return False
    if arrival.state == "secret":
        return ask.who.has(arrival.namnd, "registrator", "administrator", "sekretess")
    return ask.who.has(arrival.namnd, "registrator", "administrator")


def _still(arrival: Arrival) -> bool:
    asked = arrival.state == "registered" and arrival.confirmed_at is None and bool(arrival.questions)
    return arrival.state in ("review", "ovrigt") or asked


def _beside(queue: list[Arrival], current: int, step: int) -> str:
    """Return the address of the letter after or before one in the queue, round and round."""
    ids = [a.id for a in queue]
    if current in ids and len(ids) > 1:
        return f"/granska/{ids[(ids.index(current) + step) % len(ids)]}"
    return ""


def _done(book: Book, ask: Ask, arrival: Arrival) -> str:
    case = book.case(arrival.case_id) if arrival.case_id else None
    if case is not None and not may_see(ask, case):
        case = None
    what = {
        "registered": f"Brevet är registrerat{f' som {case.dnr}' if case and case.dnr else ''}.",
        "not_registered": "Brevet ska inte registreras. Skälet står i journalen.",
        "handed_over": "Brevet är överlämnat.",
        "repetition": "Samma brev har kommit förut.",
    }.get(arrival.state, "Boten läser brevet. Titta igen om en stund.")
    if arrival.decided_by and arrival.decided_at:
        what += f" {arrival.decided_by} bestämde det {views.clock(arrival.decided_at)}."
    return what
