"""Which day a case's time is counted from: the days that are known, the one that drives the clocks, the choice of another."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.pages import journal_words, views
from handlers import kinds, registering
from handlers.choices import choice
from handlers.errors import Invalid
from storage.records import Case, Entry
from storage.store import Book

CAME, ENTERED, RECEIVED = "inkom till kommunen", "registrerad", "fullmäktige tog emot det"
KINDS = (RECEIVED, "motionens datum", "handlingens datum", CAME)
# After "Räknat från".
_FROM = {
    "inlämnad": "dagen då det lämnades in,",
    CAME: "dagen då det inkom till kommunen,",
    ENTERED: "dagen då det registrerades,",
    "väckt vid sammanträde": "sammanträdet där det väcktes,",
    RECEIVED: "dagen då fullmäktige tog emot det,",
    "fullmäktige tog emot motionen": "dagen då fullmäktige tog emot motionen,",
    "motionens datum": "motionens datum",
    "handlingens datum": "handlingens datum",
    "brevets datum": "brevets datum",
    "rättat": "den dag som registratorn rättade till,",
    "rättat vid granskning": "den dag som registratorn rättade till,",
    "enligt listan": "den dag som stod i listan,",
}


@dataclass(frozen=True, slots=True)
class Before:
    """What a clock said before, struck out; and who changed it, when and why."""

    old: str
    text: str


@dataclass(frozen=True, slots=True)
class Start:
    """A day that the time may be counted from; value is what the form sends."""

    value: str
    name: str
    day: str
    current: bool


@dataclass(frozen=True, slots=True)
class Starts:
    """What the page shows of the day that drives the clocks."""

    now: str
    choices: tuple[Start, ...]
    kinds: tuple[str, ...] = KINDS


def counted(case: Case) -> str:
    """Return from which day the law's and the goal's time is counted, as a sentence; empty when from none."""
    if case.raised is None:
        return ""
    return f"Räknat från {_told(case.raised, case.raised_which)}."


def _told(day: dt.date, which: str | None) -> str:
    if not which:
        return views.day(day)
    known = _FROM.get(which)
    return f"{known} {views.day(day)}" if known else f"{views.day(day)} ({views.clean(which, 80)})"


def starts(book: Book, case: Case, entries: Sequence[Entry]) -> Starts | None:
    """Return the choice of the day that time is counted from; None for a case whose time is not counted so."""
    months = int(choice(book, case.namnd, "goal_months").get(case.type, 0))
    if case.secret or (case.raised is None and not months and kinds.kind_of(case.type).law is None):
        return None
    now = counted(case) or "Ingen dag är känd, så lagens tid och målet räknas inte än."
    made = [
        Start(_value(day, which), views.upper_first(_NAMES.get(which, views.clean(which, 80))), views.day(day), here)
        for day, which, here in _known(book, case, entries)
    ]
    return Starts(now, tuple(made))


_NAMES = {
    "rättat": "Rättad dag",
    "rättat vid granskning": "Rättad dag",
    "enligt listan": "Dagen i listan",
    "inlämnad": "Lämnades in",
    CAME: "Inkom till kommunen",
    ENTERED: "Registrerades",
    RECEIVED: "Fullmäktige tog emot det",
}


def _known(book: Book, case: Case, entries: Sequence[Entry]) -> list[tuple[dt.date, str, bool]]:
    """Return the days that are known, each once: the one that holds, those that held, and those of the letter."""
    made: list[tuple[dt.date, str, bool]] = []
    if case.raised:
        made.append((case.raised, case.raised_which or "", True))
    for day, which, _ in _earlier(entries):
        made.append((day, which, False))
    first = next((d for d in book.documents(case.id) if not d.attachment and d.direction == "in"), None)
    if first and first.dated:
        # A remiss has a date of its own, which is not the motion's.
        made.append((first.dated, "motionens datum" if case.kind == "motion" else "brevets datum", False))
    made.append((case.inkommen_at.astimezone(views.STOCKHOLM).date(), CAME, False))
    made.append((case.registered_at.astimezone(views.STOCKHOLM).date(), ENTERED, False))
    once = {(day, which): here for day, which, here in reversed(made)}
    return [(day, which, once[(day, which)]) for day, which in dict.fromkeys((d, w) for d, w, _ in made)]


def _earlier(entries: Sequence[Entry]) -> list[tuple[dt.date, str, Entry]]:
    """Return the days that the time was counted from before, newest first, with the line that changed each."""
    made = []
    for entry in sorted(entries, key=lambda e: e.seq, reverse=True):
        personal = dict(entry.personal or {})
        if entry.what != "rättat" or entry.data.get("uppgift") != "raised" or not personal.get("från"):
            continue
        try:
            day = dt.date.fromisoformat(str(personal["från"]))
        except ValueError:
            continue
        made.append((day, str({**entry.data, **personal}.get("räknat förut från") or ""), entry))
    return made


def history(book: Book, entries: Sequence[Entry]) -> tuple[Before, ...]:
    """Return from which days the time was counted before, newest first, with who changed it, when and why."""
    made = []
    for day, which, entry in _earlier(entries):
        who = journal_words.name_of(book, entry.actor)
        when = views.day(entry.at.astimezone(views.STOCKHOLM).date())
        reason = views.clean(str(dict(entry.personal or {}).get("skäl") or ""), 300)
        why = f" Skäl: {reason}{'' if reason.endswith('.') else '.'}" if reason else ""
        made.append(Before(f"Räknat från {_told(day, which)}.".replace(",.", "."), f"Ändrat av {who} {when}.{why}"))
    return tuple(made)


def chosen(book: Book, case: Case, form: Mapping[str, str]) -> tuple[str, str]:
    """Return the day that a form chose and what day it is; raise Invalid when it chose none that can be."""
    picked = form.get("fran", "")
    if picked == "annan":
        which = form.get("vilken", "")
        if which not in KINDS:
            raise Invalid("Välj vilken dag det är.", "raised")
        return registering.as_date(form.get("varde", ""), "raised").isoformat(), which
    entries = book.entries(case_id=case.id)
    known = {_value(day, which): (day, which) for day, which, _ in _known(book, case, entries)}
    if picked not in known:
        raise Invalid("Välj en dag i listan, eller skriv en annan.", "raised")
    day, which = known[picked]
    return day.isoformat(), which


def _value(day: dt.date, which: str) -> str:
    return f"{day.isoformat()} {which}".strip()
