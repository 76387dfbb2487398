"""What a registrator does with a waiting letter; each act is one form and one call of a handler."""

from __future__ import annotations

from collections.abc import Callable

from bot import post
from bot.pages import review, review_parts, review_view, views
from bot.pages.desk import Answer, Ask, Missing, Sent
from bot.pages.queueing import waiting_for
from handlers import desk_undoing, moving
from handlers import review as desk_work
from handlers.errors import Invalid, TooLate
from handlers.reading.reading import Reading
from storage.records import Arrival, Case, Namnd, Series
from storage.store import Book

_FIELDS = ("kind", "matter", "title", "sender", "deadline", "raised", "external")
_DECISIONS = {
    "numbered": desk_undoing.NUMBERED,
    "handed_over": desk_undoing.HANDED_OVER,
    "open": desk_undoing.OPENED,
}
Act = Callable[[Book, Arrival, Namnd], object]


def confirm(ask: Ask) -> Answer:
    """Register the letter with what was put right, or mark a registered one as looked at."""

    def act(book: Book, arrival: Arrival, namnd: Namnd) -> None:
        known = desk_work.facts_of(desk_work.reading_of(arrival))
        typed = {field: ask.form[field].strip() for field in _FIELDS if field in ask.form}
        # Only what differs from what the form was filled with is a correction.
        corrections = {f: value for f, value in typed.items() if value != review_view.field_value(known[f])}
        person, now = ask.who.person, ask.now
        do = lambda: desk_work.confirm(book, arrival.id, person, namnd, now=now, corrections=corrections)  # noqa: E731
        desk_undoing.kept(book, desk_undoing.CONFIRMED, arrival.id, person, do, now=now)

    return _act(ask, act, "ratta")


def join(ask: Ask) -> Answer:
    """Enter the letter in a case that was pointed out."""

    def act(book: Book, arrival: Arrival, namnd: Namnd) -> None:
        case, person, now = _pointed_out(book, ask, arrival), ask.who.person, ask.now
        do = lambda: desk_work.join(book, arrival.id, case.id, person, namnd, now=now)  # noqa: E731
        desk_undoing.kept(book, desk_undoing.JOINED, arrival.id, person, do, now=now, case_id=case.id)

    return _act(ask, act, "hor-till")


def move(ask: Ask) -> Answer:
    """Move a registered letter to another case, which was pointed out."""

    def act(book: Book, arrival: Arrival, namnd: Namnd) -> None:
        case, person, now = _pointed_out(book, ask, arrival), ask.who.person, ask.now
        do = lambda: moving.move(book, arrival.id, case.id, person, namnd, now=now)  # noqa: E731
        desk_undoing.kept(book, desk_undoing.MOVED, arrival.id, person, do, now=now)

    return _act(ask, act, "hor-till")


def split(ask: Ask) -> Answer:
    """Part the letter into several matters, each with its title, kind, day and attachments."""
    parts = review_parts.typed(ask.form)

    def act(book: Book, arrival: Arrival, namnd: Namnd) -> None:
        person, now = ask.who.person, ask.now
        do = lambda: moving.part(book, arrival.id, parts, person, namnd, now=now)  # noqa: E731
        desk_undoing.kept(book, desk_undoing.SPLIT, arrival.id, person, do, now=now)

    return _act(ask, act, "dela")


def secret(ask: Ask) -> Answer:
    """Mark the letter as a suspected individual matter."""

    def act(book: Book, arrival: Arrival, namnd: Namnd) -> None:
        person, now = ask.who.person, ask.now
        do = lambda: desk_work.make_secret(book, arrival.id, person, now=now, namnd=namnd)  # noqa: E731
        desk_undoing.kept(book, desk_undoing.HIDDEN, arrival.id, person, do, now=now)

    return _act(ask, act, "sekretess")


def not_to_be_registered(ask: Ask) -> Answer:
    """Leave the letter unregistered, with a reason."""

    def act(book: Book, arrival: Arrival, _: Namnd) -> None:
        reason = ask.form.get("skal", "")[:1000]
        person, now = ask.who.person, ask.now
        do = lambda: desk_work.not_to_be_registered(book, arrival.id, reason, person, now=now)  # noqa: E731
        desk_undoing.kept(book, desk_undoing.LEFT_OUT, arrival.id, person, do, now=now)

    return _act(ask, act, "registrera-inte")


def decide(ask: Ask) -> Answer:
    """Decide a suspected individual matter; only for the role sekretess."""
    number = ask.number("arrival")
    with ask.desk.store.look() as book:
        arrival = book.arrival(number)
        series = [s for s in book.all_series() if s.namnd == arrival.namnd]
    if not ask.who.has(arrival.namnd, "sekretess"):
        raise Missing
    decision, reading = ask.form.get("beslut", ""), None
    if decision == "open" and arrival.state == "secret":
        reading = _read_again(ask, arrival, ask.desk.namnder[arrival.namnd], series)

    def act(book: Book, found: Arrival, namnd: Namnd) -> None:
        person, now, to_whom = ask.who.person, ask.now, ask.form.get("till", "")[:200]
        do = lambda: desk_work.decide_secret(  # noqa: E731
            book, found.id, decision, person, namnd, now=now, reading=reading, to_whom=to_whom
        )
        if decision not in _DECISIONS:
            raise Invalid("Välj ett av alternativen.", "decision")
        desk_undoing.kept(book, _DECISIONS[decision], found.id, person, do, now=now)

    return _act(ask, act, "beslut")


def undo(ask: Ask) -> Answer:
    """Take back what was done last with the letter, and show it again."""
    number, text = ask.number("arrival"), ask.form.get("act", "")
    with ask.desk.store.look() as book:
        arrival = book.arrival(number)
    namnd = ask.desk.namnder.get(arrival.namnd)
    if namnd is None or not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise Missing
    try:
        with ask.desk.store.book() as book:
            desk_undoing.undo(book, int(text), number, ask.who.person, namnd, now=ask.now)
    except (TooLate, Invalid) as late:
        if not review.may_review(ask, arrival):
            raise Missing from None
        return review.page(ask, number, note=f"Det går inte att ångra. {views.clean(str(late))}", status=409)
    ask.desk.wake()
    return Sent(f"/granska/{number}?gjort={number}")


def _pointed_out(book: Book, ask: Ask, arrival: Arrival) -> Case:
    number = ask.form.get("arende", "")
    if not (number.isascii() and number.isdigit() and len(number) <= 12):
        raise Invalid("Välj ett ärende i listan.", "case")
    case = book.case(int(number))
    if case.namnd != arrival.namnd or case.secret:
        raise Invalid("Det ärendet finns inte. Sök efter ett annat.", "case")
    return case


def _read_again(ask: Ask, arrival: Arrival, namnd: Namnd, series: list[Series]) -> Reading:
    raw = ask.desk.raw.get(arrival.raw_sha256)
    context = post.context_of(namnd, series, arrival.received_at)
    letter = ask.desk.reader.read(raw, context)
    for content in letter.contents:
        ask.desk.raw.put(content)
    return letter.reading


def _act(ask: Ask, act: Act, form: str) -> Answer:
    number = ask.number("arrival")
    with ask.desk.store.look() as book:
        arrival = book.arrival(number)
        if not review.may_review(ask, arrival):
            raise Missing
        before = [a.id for a in waiting_for(book, ask.who)]
    try:
        with ask.desk.store.book() as book:
            _still_as_seen(book.arrival(number, lock=True), ask.form.get("seen", arrival.state))
            act(book, arrival, ask.desk.namnder[arrival.namnd])
    except Invalid as fault:
        return review.page(ask, number, faults={fault.field or form: str(fault)}, opened=form, status=422)
    except TooLate as late:
        return review.page(ask, number, note=views.clean(str(late)), opened=form, status=409)
    ask.desk.wake()
    with ask.desk.store.look() as book:
        after = [a.id for a in waiting_for(book, ask.who)]
    return Sent(f"/granska{_next(before, after, number)}?gjort={number}")


def _still_as_seen(arrival: Arrival, seen: str) -> None:
    """Refuse an act on a letter that somebody else has dealt with since the page was shown."""
    if arrival.state != seen or (arrival.state == "registered" and arrival.confirmed_at is not None):
        by = arrival.decided_by or "Någon annan"
        when = f" {views.clock(arrival.decided_at)}" if arrival.decided_at else ""
        raise TooLate(f"{by} hann före{when}. {arrival.label} väntar inte längre.")


def _next(before: list[int], after: list[int], current: int) -> str:
    """Return the address of the letter after this one in the queue, else the first; a skipped one is not next again."""
    later = before[before.index(current) + 1 :] if current in before else []
    following = next((i for i in later if i in after), after[0] if after else None)
    return f"/{following}" if following is not None else ""
