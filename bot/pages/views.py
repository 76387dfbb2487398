"""Days, states and the letter's words as people see them; a template only places what is made here."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from handlers.notices.words import STOCKHOLM, clock, day, days, short, upper_first, weekday
from storage.records import Case, CaseDeadline

_NEAR = 14  # days: nearer than this a day is told as so many days from now


def clean(text: str | None, limit: int = 600) -> str:
    """Return words of a letter on one line, without characters that turn or hide text, and not without end.

    >>> clean("Motion\\u202e om\\nbarn")
    'Motion om barn'
    """
    made = " ".join(_bare(text or "").split())
    return made if len(made) <= limit else made[: limit - 1].rstrip() + "…"


def clean_lines(text: str | None) -> str:
    """Return words of a letter with their lines, without characters that turn or hide text."""
    return "\n".join(_bare(line).rstrip() for line in (text or "").replace("\r", "").split("\n"))


def days_in_words(text: str) -> str:
    """Return a sentence of ours with its days in words.

    >>> days_in_words("Väckt 2026-11-16 (inlämnad).")
    'Väckt 16 november 2026 (inlämnad).'
    """

    def told(found: re.Match[str]) -> str:
        try:
            return day(dt.date.fromisoformat(found[0]))
        except ValueError:
            return found[0]

    return re.sub(r"\b\d{4}-\d\d-\d\d\b", told, text)


def day_typed(text: str) -> dt.date:
    """Return a day that was asked for. Raises ValueError, also for a day so far off that no clock can tell when it begins.

    >>> day_typed("2026-11-24").year
    2026
    """
    found = dt.date.fromisoformat(text)
    if not 1900 <= found.year <= 2199:
        raise ValueError(text)
    return found


def _bare(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    kept = (c if unicodedata.category(c)[0] != "C" else " " if c in "\n\t" else "" for c in text)
    return "".join(kept)


@dataclass(frozen=True, slots=True)
class State:
    """A state: the class that colours it, its icon and its words. Always all three."""

    look: str
    icon: str
    words: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How a case stands today: the group it is listed in, its state in a list, as a tag, and in a sentence."""

    group: str
    state: State
    tag: State
    sentence: str


_CLOCK = {"stated": "Svarsdag", "goal": "Mål", "law": "Lagens tid"}
_AFTER = {"stated": "svarsdagen", "goal": "målet", "law": "lagen"}


def standing(case: Case, deadlines: Sequence[CaseDeadline], today: dt.date) -> Standing:
    """Say how a case stands by its active deadlines; past the law before anything else."""
    if case.secret:
        state = State("secret", "las", "Sekretess")
        return Standing("sekretess", state, state, "")
    if case.state == "makulerad":
        state = State("wait", "stang", "Makulerat")
        return Standing("inget", state, state, "Ärendet är makulerat. Numret finns kvar.")
    if case.state == "closed":
        state = State("fine", "klart", "Avslutat")
        return Standing("inget", state, state, "Ärendet är avslutat.")
    if case.waiting_for:
        state = State("wait", "vantar", f"Väntar på {case.waiting_for}")
        return Standing("andra", state, state, _waits(case.waiting_for, deadlines))
    dated = [d for d in deadlines if d.date is not None]
    late = [d for d in dated if d.date is not None and d.date < today]
    law = next((d for d in late if d.clock == "law"), None)
    if law is not None and law.date is not None:
        words = f"{days((today - law.date).days)} efter lagen"
        tag = State("law", "lag", "Efter lagens tid")
        return Standing("lag", State("law", "lag", words), tag, f"Lagens tid gick ut {weekday(law.date)}.")
    if late and late[0].date is not None:
        name = _AFTER[late[0].clock]
        words = f"{days((today - late[0].date).days)} efter {name}"
        which = "Målet" if late[0].clock == "goal" else "Svarsdagen"
        tag = State("goal", "mal", f"Efter {name}")
        return Standing("mal", State("goal", "mal", words), tag, f"{which} var {weekday(late[0].date)}.")
    if case.state == "waiting_dnr":
        state = State("wait", "vantar", "Väntar på dnr")
        told = f" {_told(dated[0], today)}" if dated else ""
        return Standing("itid" if dated else "utan", state, state, f"Numret kommer från ett annat system.{told}")
    if dated and dated[0].date is not None:
        soon = is_near(dated[0].date, today)
        when = ahead(dated[0].date, today) if soon else short(dated[0].date, today)
        state = State("fine", "itid", f"{_CLOCK[dated[0].clock]} {when}")
        return Standing("itid", state, State("fine", "itid", "I tid"), _told(dated[0], today))
    words = "Svarsdag utan datum" if deadlines else "Ingen svarsdag"
    return Standing(
        "utan", State("fine", "oppen", words), State("fine", "oppen", "Öppet"), "Ärendet har ingen svarsdag."
    )


def _waits(whom: str, deadlines: Sequence[CaseDeadline]) -> str:
    """Say what is waited for, and when the law's time goes out for those who are to decide."""
    law = next((d.date for d in deadlines if d.clock == "law" and d.date), None)
    head = {"KF": "Svaret är skickat. Fullmäktige beslutar", "KS": "Kommunstyrelsen har ärendet"}.get(
        whom, "Det väntar"
    )
    return f"{head}; lagens tid är {day(law)}." if law else f"{head}."


def _told(deadline: CaseDeadline, today: dt.date) -> str:
    assert deadline.date is not None
    what = {"stated": "Svar senast", "goal": "Mål", "law": "Lagens tid går ut"}[deadline.clock]
    return f"{what} {weekday(deadline.date)}, {ahead(deadline.date, today)}."


def ahead(date: dt.date, today: dt.date) -> str:
    """Return how far off a day is.

    >>> ahead(dt.date(2026, 11, 26), dt.date(2026, 11, 24)), ahead(dt.date(2026, 11, 24), dt.date(2026, 11, 24))
    ('om 2 dagar', 'i dag')
    """
    left = (date - today).days
    if left == 0:
        return "i dag"
    return f"om {days(left)}" if left > 0 else f"för {days(-left)} sedan"


def left_of(date: dt.date, today: dt.date) -> str:
    """Return how many days are left, or have gone."""
    left = (date - today).days
    return "i dag" if left == 0 else f"{days(left)} kvar" if left > 0 else f"{days(-left)} sedan"


def moment(at: dt.datetime, today: dt.date) -> str:
    """Return a moment for a narrow place: the clock alone today, with the day otherwise.

    >>> moment(dt.datetime(2026, 11, 24, 7, 12, tzinfo=dt.UTC), dt.date(2026, 11, 24))
    '08.12'
    """
    local = at.astimezone(STOCKHOLM)
    return f"{local:%H.%M}" if local.date() == today else f"{short(local.date(), today)} {local:%H.%M}"


def stamp(at: dt.datetime) -> str:
    """Return a moment with its day and clock: '24 november 2026 kl. 08.12'."""
    local = at.astimezone(STOCKHOLM)
    return f"{day(local.date())} kl. {local:%H.%M}"


def line_time(at: dt.datetime) -> str:
    """Return a moment for the journal: '24 nov 2026 08.12'."""
    local = at.astimezone(STOCKHOLM)
    return f"{short(local.date(), dt.date(1, 1, 1))} {local:%H.%M}"


def iso_day(at: dt.datetime) -> str:
    """Return a moment's day in Stockholm as the stamp shows it: 2026-11-24."""
    return at.astimezone(STOCKHOLM).date().isoformat()


def surely(certainty: float) -> State:
    """Return how sure the bot is, in a word, never in per cent.

    >>> surely(0.95).words, surely(0.7).words, surely(0.2).words
    ('Säkert', 'Troligt', 'Osäkert')
    """
    if certainty >= 0.9:
        return State("sure", "klart", "Säkert")
    if certainty >= 0.6:
        return State("likely", "itid", "Troligt")
    return State("unsure", "fraga", "Osäkert")


def amount(size: int) -> str:
    """Return a size for people.

    >>> amount(900), amount(2_400_000)
    ('1 kB', '2,4 MB')
    """
    if size < 1_000_000:
        return f"{max(1, round(size / 1000))} kB"
    return f"{size / 1_000_000:.1f} MB".replace(".", ",")


def is_near(date: dt.date, today: dt.date) -> bool:
    """Say whether a day is so near that it is told in days."""
    return 0 <= (date - today).days <= _NEAR


__all__ = [
    "STOCKHOLM",
    "Standing",
    "State",
    "ahead",
    "amount",
    "clean",
    "clean_lines",
    "clock",
    "day",
    "days",
    "days_in_words",
    "is_near",
    "iso_day",
    "left_of",
    "line_time",
    "moment",
    "short",
    "stamp",
    "standing",
    "surely",
    "upper_first",
    "weekday",
]
