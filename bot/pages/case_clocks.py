"""The three clocks of a case: each day with why, what it is counted from, and what it was before."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.pages import case_starts, journal_words, views
from bot.pages.case_starts import Before
from storage.records import Case, CaseDeadline, Entry
from storage.store import Book

_CLOCKS = (
    ("stated", "Svarsdag i brevet", "svar"),
    ("goal", "Kommunens mål", "flagga"),
    ("law", "Lagens tid", "paragraf"),
)
_NONE = {
    "stated": "Inget brev i ärendet nämner någon dag.",
    "goal": "Kommunen har inget mål för den här sortens ärenden.",
    "law": "Ingen lag säger när det ska vara klart.",
}
_OVER = {"met": "Klart", "dropped": "Gäller inte längre, ärendet är avslutat"}
_COUNTED = re.compile(r" Väckt \d{4}-\d\d-\d\d \([^)]*\)\.$")  # the page says it in a line of its own


@dataclass(frozen=True, slots=True)
class Clock:
    """One of the three clocks; empty when it does not apply."""

    name: str
    icon: str
    day: str
    left: str = ""
    late: str = ""  # "law" or "goal" when the day has gone, or cannot be reached
    quote: str = ""
    why: str = ""
    counted: str = ""  # from which day
    more: tuple[str, ...] = ()  # other days of the same clock
    before: tuple[Before, ...] = ()
    empty: bool = True


def clocks(
    book: Book,
    case: Case,
    known: Sequence[CaseDeadline],
    lost: Sequence[int],
    entries: Sequence[Entry],
    today: dt.date,
) -> tuple[Clock, ...]:
    """Return the clocks, nearest first, those that do not apply last. lost: the days that the plan cannot keep."""
    made = []
    active = [d for d in known if d.state == "active"]
    for key, name, icon in _CLOCKS:
        first = next((d for d in active if d.clock == key), None)
        over = next((d for d in reversed(known) if d.clock == key and d.state in _OVER and d.date), None)
        if first is None and over is not None and over.date is not None:
            made.append((over.date, Clock(name, icon, views.day(over.date), _OVER[over.state])))
            continue
        if first is None:
            made.append((dt.date.max, Clock(name, icon, "Gäller inte", why=_NONE[key])))
            continue
        sentence, purpose = views.clean(first.sentence), views.upper_first(views.clean(first.purpose, 160))
        source = views.clean(first.source, 160)
        # What waits for somebody else is nobody's debt here.
        late = first.date is not None and first.date < today and not case.waiting_for
        out_of_reach = not late and first.id in lost and not case.waiting_for
        left = views.left_of(first.date, today) if first.date else ""
        counts = key != "stated" and case.raised is not None
        clock = Clock(
            name,
            icon,
            views.day(first.date) if first.date else views.upper_first(views.clean(first.text or "Utan datum", 80)),
            f"Kan inte längre nås, {left}" if out_of_reach else left,
            ("law" if key == "law" else "goal") if late or out_of_reach else "",
            sentence if key == "stated" else "",
            _why(key, purpose, sentence, source),
            case_starts.counted(case) if counts else "",
            _others([d for d in active if d.clock == key]),
            case_starts.history(book, entries) if counts else _moves(book, first, known, entries),
            False,
        )
        made.append((first.date or dt.date.max, clock))
    return tuple(clock for _, clock in sorted(made, key=lambda m: (m[1].empty, m[0])))


def _why(clock: str, purpose: str, sentence: str, source: str) -> str:
    if clock == "stated":
        return f"{purpose}."
    # The goal's source is the goal itself; its sentence says all.
    told = views.days_in_words(_COUNTED.sub("", sentence))
    return told if clock == "goal" and told else f"{told} {views.upper_first(source)}.".strip()


def _others(same: Sequence[CaseDeadline]) -> tuple[str, ...]:
    return tuple(
        f"Också {views.day(d.date) if d.date else views.clean(d.text or 'utan datum', 80)}: {views.clean(d.purpose, 160)}."
        for d in same[1:]
    )


def _moves(
    book: Book, deadline: CaseDeadline, known: Sequence[CaseDeadline], entries: Sequence[Entry]
) -> tuple[Before, ...]:
    """Return the days that a deadline was moved from, newest first, with who, when and why."""
    made: list[Before] = []
    one: CaseDeadline | None = deadline
    while one and one.moved_from and len(made) < 12:
        made.append(Before(views.day(one.moved_from), _moved(book, one, entries)))
        was = one.moved_from
        one = next(
            (
                d
                for d in known
                if d.clock == deadline.clock and d.state == "replaced" and d.date == was and d is not one
            ),
            None,
        )
    return tuple(made)


def _moved(book: Book, deadline: CaseDeadline, entries: Sequence[Entry]) -> str:
    day = deadline.date.isoformat() if deadline.date else ""
    for entry in sorted(entries, key=lambda e: e.seq, reverse=True):
        personal = dict(entry.personal or {})
        who = journal_words.name_of(book, entry.actor)
        when = views.day(entry.at.astimezone(views.STOCKHOLM).date())
        if entry.what == "svar: anstand" and entry.data.get("dag") == day:
            words = views.clean(str(personal.get("ord") or ""), 300)
            return f"Anstånd, enligt {who} {when}." + (f" {who} skrev: {words}" if words else "")
        if entry.what == "rättat" and entry.data.get("uppgift") == "deadline" and personal.get("till") == day:
            reason = views.clean(str(personal.get("skäl") or ""), 300)
            return f"Rättat av {who} {when}." + (
                f" Skäl: {reason}{'' if reason.endswith('.') else '.'}" if reason else ""
            )
        if entry.what == "svarsdag flyttad" and entry.data.get("till") == day:
            return f"Flyttad av ett brev {when}."
    return "Flyttad."
