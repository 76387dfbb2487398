"""Tells a simulated year day by day, for a terminal: what came, what the bot said to whom, what was missed."""

from __future__ import annotations

import datetime as dt
import re
import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from bot import terminal
from bot.demo_world import ASK_AGAIN_AFTER, END, NAMND, START, WHO, Came, Event, Noted, Passed, Sent, Year
from handlers.notices import words
from storage.records import CaseDeadline, Entry

_CLOCKS = {"stated": "svarsdagen i brevet", "goal": "kommunens mål", "law": "lagens tid"}
_BOLD, _DIM, _RED, _AMBER = "1", "2", "31", "33"
# A question that is asked again is told of once; the rest are counted.
_TOLD_TWICE = ("Handläggare?", "Kan du ta")


@dataclass(frozen=True, slots=True)
class Paint:
    """Bold, dim and the two colours, only where the terminal has them."""

    on: bool

    def __call__(self, text: str, code: str) -> str:
        """Return a text in a colour or a weight."""
        return f"\033[{code}m{text}\033[0m" if self.on else text


def preface(paint: Paint) -> str:
    """Return what this is."""
    text = (
        f"En motion om digitala trygghetslarm skickas till {NAMND.name.lower()} i {NAMND.organisation} för yttrande. "
        f"Kommunen, människorna och breven är påhittade; registret, läsningen, frågorna och påminnelserna är de "
        f"riktiga. Bara klockan och brevlådan är utbytta. Nämnden har valt att frågor ställs igen efter "
        f"{ASK_AGAIN_AFTER} arbetsdagar."
    )
    return f"\n{paint('Tretton månader på några sekunder', _BOLD)}\n{_wrap(text, 0)}"


def of_year(title: str, year: Year, paint: Paint) -> str:
    """Return a year, day by day; mails that say the same again are counted."""
    lines = ["", paint(f"{title} ".ljust(_width(), "─"), _BOLD)]
    repeats = _Repeats()
    for day, events in groupby(year.events, key=lambda e: e.moment.date()):
        told = [line for event in _gathered(list(events), repeats) for line in _lines(event, year, paint)]
        if told:
            if repeats.before:
                lines += ["", paint(_wrap(repeats.taken(), 2), _DIM)]
            lines += ["", paint(words.upper_first(words.weekday(day)), _BOLD) + paint(_day_number(day), _DIM), *told]
        repeats.close_day()
    if repeats.before:
        lines += ["", paint(_wrap(repeats.taken(), 2), _DIM)]
    lines += ["", paint(f"{words.upper_first(words.weekday(END))}{_day_number(END)}: {_end(year)}", _BOLD)]
    return "\n".join(lines)


class _Repeats:
    """Knows what has been said before, and counts what is said again."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], str] = {}
        self._times: Counter[tuple[str, str]] = Counter()
        self._today: Counter[str] = Counter()
        self.before: Counter[str] = Counter()

    def is_new(self, sent: Sent) -> bool:
        """Say whether a mail tells its reader something that the one before did not."""
        subject = re.sub(r" v\. \d+", "", sent.subject)
        key = (sent.to, subject.split()[0])
        self._times[key] = self._times[key] + 1 if self._last.get(key) == subject else 1
        self._last[key] = subject
        if self._times[key] <= (2 if subject.startswith(_TOLD_TWICE) else 1):
            return True
        self._today[sent.to] += 1
        return False

    def close_day(self) -> None:
        """Count the day's repeats to those that are told of at the next day that has something to tell."""
        self.before += self._today
        self._today.clear()

    def taken(self) -> str:
        """Return the repeats in a sentence, and begin anew."""
        who = ", ".join(f"{number} till {_name(address)}" for address, number in sorted(self.before.items()))
        number = self.before.total()
        self.before.clear()
        return f"… {number} mejl till som säger samma sak: {who}." if number > 1 else f"… ett mejl till: {who}."


@dataclass(frozen=True, slots=True)
class _Mail:
    """One mail, to one or several."""

    sent: Sent
    to: tuple[str, ...]


def _gathered(events: list[Event], repeats: _Repeats) -> list[Event | _Mail]:
    made: list[Event | _Mail] = []
    for event in events:
        if not isinstance(event, Sent):
            made.append(event)
        elif repeats.is_new(event):
            last = made[-1] if made else None
            if isinstance(last, _Mail) and (last.sent.subject, last.sent.first) == (event.subject, event.first):
                made[-1] = _Mail(last.sent, (*last.to, event.to))
            else:
                made.append(_Mail(event, (event.to,)))
    return made


def _lines(event: Event | _Mail, year: Year, paint: Paint) -> list[str]:
    match event:
        case _Mail(sent, to):
            head = f"{_clock(sent.moment)}  Boten till {' och '.join(_person(t) for t in to)}:"
            return [_wrap(head, 8, first=2), _wrap(sent.subject, 8), paint(_wrap(sent.first, 8), _DIM)]
        case Came(moment, sender, subject, said, _):
            text = f"svarar: {said}" if said else f"skriver: {subject}"
            return [_wrap(f"{_clock(moment)}  {_sender(sender)} {text}", 8, first=2)]
        case Noted(_, entry):
            text = _of_entry(entry, year)
            return [_wrap(f"→ {text}", 8)] if text else []
        case Passed(_, deadline):
            return [paint(_wrap(_passed(deadline), 8), _RED if deadline.clock == "law" else _AMBER)]
        case _:
            return []


def _of_entry(entry: Entry, year: Year) -> str:
    data, personal = entry.data, entry.personal or {}
    match entry.what:
        case "ärende öppnat":
            days = [f"{_CLOCKS[d.clock]} {words.day(d.date)}" for d in year.deadlines if d.date]
            return f"Registrerat som {data['dnr']}. {words.upper_first(', '.join(days))}."
        case "handling tillagd":
            return f"Lagt till {data['dnr']}. {personal.get('why', '')}."
        case "fråga skickad vidare":
            return f"{personal['från']} skickar frågan till {personal['till']}."
        case "handläggare utsedd":
            return f"{personal['namn']} är handläggare."
        case "svar: pagar":
            return f"{personal['namn']} har svarat att det pågår."
        case "beslutat":
            return f"{data['organ']} har beslutat § {str(data['paragraf']).strip('§ ')}: {data['utfall']}."
        case "svar skickat":
            return f"Svaret är skickat{_spare(year, ('stated',), entry.at)}. Ärendet väntar på {data['väntar på']}."
        case "avslutat":
            return f"Avslutat{_spare(year, ('goal', 'law'), entry.at)}. {personal['skäl']}."
    return ""


def _spare(year: Year, clocks: Sequence[str], at: dt.datetime) -> str:
    day = at.astimezone(words.STOCKHOLM).date()
    parts = [
        f"{words.days((d.date - day).days)} före {_CLOCKS[d.clock]}"
        for d in year.deadlines
        if d.clock in clocks and d.date and d.date >= day
    ]
    return ", " + " och ".join(parts) if parts else ""


def _passed(deadline: CaseDeadline) -> str:
    assert deadline.date is not None
    sign = "■" if deadline.clock == "law" else "▲"
    what = words.upper_first(_CLOCKS[deadline.clock])
    return f"{sign} {what} gick ut {words.weekday(deadline.date)}. {deadline.sentence}"


def _end(year: Year) -> str:
    assert year.case is not None
    if year.case.state == "closed":
        return f"{year.case.dnr} är avslutat."
    if year.case.handlaggare_id is None:
        return f"{year.case.dnr} är öppet. Ingen har tagit det."
    return f"{year.case.dnr} är öppet."


def compared(years: Mapping[str, Year], paint: Paint) -> str:
    """Return the years side by side."""
    figures = [_figures(year) for year in years.values()]
    rows = [(label, *(f[label] for f in figures)) for label in figures[0]]
    told = terminal.table(("", *years), rows, wide=0, total=_width())
    return f"\n{paint('Samma motion, samma kommun '.ljust(_width(), '─'), _BOLD)}\n\n{told}\n"


def _figures(year: Year) -> dict[str, str]:
    noted = {e.entry.what: e.entry for e in reversed(year.events) if isinstance(e, Noted)}
    took, closed = noted.get("handläggare utsedd"), noted.get("avslutat")
    decided = [e.entry for e in year.events if isinstance(e, Noted) and e.entry.what == "beslutat"]
    own = [e for e in decided if e.data["organ"] == NAMND.name]
    gone = {e.deadline.clock for e in year.events if isinstance(e, Passed)}
    found = {
        "Till handläggare": _after(took.at.astimezone(words.STOCKHOLM).date() if took else None),
        "Till nämndens beslut": _after(dt.date.fromisoformat(own[0].data["dag"]) if own else None),
        "Till avslut": _after(closed.at.astimezone(words.STOCKHOLM).date() if closed else None),
    }
    for one in year.deadlines:
        if one.date:
            label = f"{words.upper_first(_CLOCKS[one.clock])}, {words.day(one.date)}"
            late = words.days((END - one.date).days)
            found[label] = f"missad, {late} sen vid slutet" if one.clock in gone else "hölls"
    found["Mejl från boten"] = str(sum(isinstance(e, Sent) for e in year.events))
    return found


def _after(day: dt.date | None) -> str:
    if day is None:
        return f"aldrig på {words.days((END - START).days)}"
    return "samma dag" if day == START else words.days((day - START).days)


def whole(years: Mapping[str, Year]) -> str:
    """Return whether each year's register is whole: the journal's chain, the originals and the numbers."""
    said = []
    for title, year in years.items():
        assert year.checked is not None
        if year.checked.faults:
            said += [f"{title}: fel i registret: {fault}" for fault in year.checked.faults]
            continue
        said.append(
            f"{title}: registret är helt. {year.checked.lines} rader i journalen i en obruten kedja, "
            f"{year.checked.letters} original, {year.checked.numbers} diarienummer utan lucka."
        )
    return "\n".join(_wrap(line, 2, first=0) for line in said)


def _clock(moment: dt.datetime) -> str:
    return f"{moment:%H.%M}"


def _day_number(day: dt.date) -> str:
    return f", dag {(day - START).days}"


def _person(address: str) -> str:
    return WHO.get(address, address)


def _name(address: str) -> str:
    return _person(address).partition(",")[0]


def _sender(sender: str) -> str:
    return sender.partition("<")[0].strip(' "')


def _width() -> int:
    return min(terminal.width(), 100)


def _wrap(text: str, indent: int, *, first: int | None = None) -> str:
    return textwrap.fill(
        terminal.clean(text),
        _width(),
        initial_indent=" " * (indent if first is None else first),
        subsequent_indent=" " * indent,
        break_on_hyphens=False,
    )
