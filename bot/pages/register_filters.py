"""What is asked of the register, as it stands in the address: a view, filters, words and an order."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args
from urllib.parse import urlencode

from bot.pages import views
from bot.pages.desk import Ask, Missing
from handlers import kinds
from storage.records import CaseFilter, CaseState

Sort = Literal["bradskande", "nummer", "inkommet", "titel", "handlaggare"]

PAGE = 50
NOBODY = "ingen"
_OPEN: tuple[CaseState, ...] = ("open", "waiting_dnr")
# The views that are always there; each is a choice of states, and some look at how open cases stand.
VIEWS: Mapping[str, tuple[CaseState, ...]] = {
    "oppna": _OPEN,
    "sena": _OPEN,
    "ingen": _OPEN,
    "andra": _OPEN,
    "vantar": ("waiting_dnr",),
    "avslutade": ("closed",),
    "makulerade": ("makulerad",),
    "alla": (),
}
STANDING = ("sena", "ingen", "andra")
STATES: Mapping[str, tuple[str, CaseState]] = {
    "oppet": ("Öppet", "open"),
    "vantar": ("Väntar på dnr", "waiting_dnr"),
    "avslutat": ("Avslutat", "closed"),
    "makulerat": ("Makulerat", "makulerad"),
}
SORTS: Mapping[str, str] = {
    "bradskande": "Mest brådskande",
    "nummer": "Diarienummer",
    "inkommet": "När det kom in",
    "titel": "Titel",
    "handlaggare": "Handläggare",
}
# What a case is not: machines' mail is not registered, and an individual's matter is not told by its kind.
_NO_CASES = frozenset({"autosvar", "studs", "nyhetsbrev", "skrap", "kalender", "orosanmalan"})
KINDS: Mapping[str, str] = {k.name: k.label for k in kinds.KINDS if k.name not in _NO_CASES}
_YES = "ja"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is asked of the register. faults: what in the address nobody can understand, in words; then nothing is shown,
    for a list without a filter that was meant is another list."""

    view: str = "oppna"
    words: str = ""
    namnd: str = ""
    kind: str = ""
    state: str = ""
    who: str = ""  # a person's id, or NOBODY
    late: bool = False
    unanswered: bool = False
    year: int | None = None
    came_from: dt.date | None = None
    came_to: dt.date | None = None
    sort: Sort = "bradskande"
    down: bool = False
    page: int = 1
    faults: tuple[str, ...] = ()

    def address(self, path: str = "/diariet", /, **changes: Any) -> str:
        """Return the address of this list, or of one that differs in something; the first page unless it is asked for."""
        one = dataclasses.replace(self, **({"page": 1} | changes))
        parts = {
            "vy": one.view,
            "q": one.words,
            "namnd": one.namnd,
            "hlg": one.who,
            "typ": one.kind,
            "status": one.state,
            "ar": str(one.year or ""),
            "fran": one.came_from.isoformat() if one.came_from else "",
            "till": one.came_to.isoformat() if one.came_to else "",
            "sena": _YES if one.late else "",
            "obesvarade": _YES if one.unanswered else "",
            "sort": one.sort if one.sort != "bradskande" else "",
            "ordning": "fallande" if one.down else "",
            "sida": str(one.page) if one.page > 1 else "",
        }
        return f"{path}?" + urlencode({k: v for k, v in parts.items() if v})

    @property
    def is_narrow(self) -> bool:
        """Whether anything but the view and the nämnd is chosen."""
        plain = Chosen(view=self.view, namnd=self.namnd, sort=self.sort, down=self.down, page=self.page)
        return self != plain

    @property
    def tells(self) -> bool:
        """Whether to stand in the list tells something of a case beside its number, its day and whether it is open."""
        return bool(self.kind or self.who or self.late or self.unanswered or self.view in STANDING)

    def filter(self, namnder: tuple[str, ...], today: dt.date, *, sees_secret: bool) -> CaseFilter:
        """Return the question for the database.

        sees_secret: whether the visitor has the role sekretess in all the nämnder. What has been chosen by something that
        a secret case keeps to itself leaves it out; a search that found it would tell what it is about.
        """
        states = (STATES[self.state][1],) if self.state else VIEWS[self.view]
        late = self.late or self.view == "sena"
        waiting = True if self.view == "andra" else False if late or self.view == "ingen" else None
        nobody = self.view == "ingen" or self.who == NOBODY
        return CaseFilter(
            namnder=namnder,
            states=states,
            words=self.words,
            year=self.year,
            type=self.kind or None,
            handlaggare_id=int(self.who) if self.who and self.who != NOBODY else None,
            include_secret=not self.tells and (not self.words or sees_secret),
            late_on=today if late else None,
            unassigned=nobody,
            waiting=waiting,
            unanswered=self.unanswered,
            sort=self.sort,
            descending=self.down,
            came_from=self.came_from,
            came_to=self.came_to,
            limit=PAGE,
            offset=(self.page - 1) * PAGE,
        )


def chosen(ask: Ask) -> Chosen:
    """Return what the address asks of the register. Raises Missing for a view or a nämnd that the visitor has not."""
    query = ask.query
    faults: list[str] = []

    def word(name: str) -> str:
        return views.clean(query.get(name, ""), 40)

    def known(name: str, among: Mapping[str, object] | tuple[str, ...], told: str) -> str:
        text = word(name)
        if text and text not in among:
            faults.append(f"{told} ”{text}” finns inte.")
        return text if text in among else ""

    def day(name: str) -> dt.date | None:
        text = word(name)
        try:
            return views.day_typed(text) if text else None
        except ValueError:
            faults.append(f"”{text}” är ingen dag. Skriv ÅÅÅÅ-MM-DD, till exempel {ask.today.isoformat()}.")
            return None

    view, namnd = query.get("vy", "oppna"), query.get("namnd", "")
    if view not in VIEWS or (namnd and not ask.who.has(namnd)):
        raise Missing
    state = known("status", STATES, "Status")
    if state and VIEWS[view] and STATES[state][1] not in VIEWS[view]:
        view = "alla"  # the state that is asked for is not in the view: it is the one that counts
    came_from, came_to = day("fran"), day("till")
    if came_from and came_to and came_to < came_from:
        faults.append(f"Till och med {came_to.isoformat()} ligger före från och med {came_from.isoformat()}.")
    return Chosen(
        view=view,
        words=views.clean(query.get("q", ""), 200),
        namnd=namnd,
        kind=known("typ", KINDS, "Typen"),
        state=state,
        who=_who(word("hlg"), faults),
        late=known("sena", (_YES,), "Sena") == _YES,
        unanswered=known("obesvarade", (_YES,), "Obesvarade") == _YES,
        year=_year(word("ar"), faults),
        came_from=came_from,
        came_to=came_to,
        sort=cast(Sort, known("sort", get_args(Sort), "Ordningen") or "bradskande"),
        down=known("ordning", ("fallande", "stigande"), "Ordningen") == "fallande",
        page=page_asked(ask),
        faults=tuple(faults),
    )


def _who(text: str, faults: list[str]) -> str:
    if text in ("", NOBODY) or (text.isascii() and text.isdigit() and len(text) <= 12):
        return text
    faults.append(f"Handläggaren ”{text}” finns inte.")
    return ""


def _year(text: str, faults: list[str]) -> int | None:
    if not text:
        return None
    if text.isascii() and text.isdigit() and len(text) == 4:
        return int(text)
    faults.append(f"”{text}” är inget år. Skriv fyra siffror, till exempel 2026.")
    return None


def page_asked(ask: Ask) -> int:
    """Return the page's number; what is none is the first."""
    text = ask.query.get("sida", "1")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def chips(asked: Chosen, names: Mapping[str, str], namnd: str) -> tuple[tuple[str, str], ...]:
    """Return what is chosen, each with the address of the list without it. names: people by id; namnd: the name of the
    one that is chosen."""
    who = "Ingen handläggare än" if asked.who == NOBODY else f"Handläggare: {names.get(asked.who, 'okänd')}"
    told: tuple[tuple[str, Any, str], ...] = (
        ("words", "", f"Sökord: {asked.words}"),
        ("namnd", "", namnd),
        ("who", "", who),
        ("kind", "", f"Typ: {KINDS.get(asked.kind, '')}"),
        ("state", "", f"Status: {STATES[asked.state][0] if asked.state else ''}"),
        ("year", None, f"År: {asked.year}"),
        ("came_from", None, f"Inkom från {asked.came_from}"),
        ("came_to", None, f"Inkom till {asked.came_to}"),
        ("late", False, "Sena"),
        ("unanswered", False, "Obesvarade"),
    )
    return tuple(
        (words, asked.address(**{name: empty})) for name, empty, words in told if getattr(asked, name) != empty
    )
