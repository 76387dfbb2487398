"""What was changed in a nämnd's settings, in sentences: who, when, from what to what, and why."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.pages import choice_words, views
from handlers.lists import ROLE_WORDS
from handlers.rules import meetings
from storage.records import Entry
from storage.store import Book

Data = Mapping[str, Any]
ROLES: Mapping[str, str] = {role: word for word, role in ROLE_WORDS.items()}
_SHORT = 8  # of an account's 36 signs: enough to tell two apart


@dataclass(frozen=True, slots=True)
class Told:
    """What a line says: a sentence, and what stood before and stands now where there is such a thing."""

    text: str
    old: str = ""
    new: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A change as people read it. weeded: what was personal in it has been taken away."""

    time: str
    who: str
    text: str
    old: str
    new: str
    reason: str
    weeded: bool


def lines(book: Book, entries: Sequence[Entry]) -> tuple[Line, ...]:
    """Return changes as people read them."""
    names = {actor: who(book, actor) for actor in {e.actor for e in entries}}
    return tuple(_line(e, names[e.actor]) for e in entries)


def who(book: Book, actor: str) -> str:
    """Return who changed something: a person by name, a command line by its account."""
    if actor.startswith("kommandorad:"):
        return f"Kommandoraden, konto {_text(actor.removeprefix('kommandorad:'))[:60]}"
    number = actor.removeprefix("person:")
    person = book.person(int(number)) if number.isdigit() else None
    return person.name if person else "Boten" if actor == "boten" else "Någon"


def _line(entry: Entry, name: str) -> Line:
    personal: Data = entry.personal or {}
    told = _SAYINGS[entry.what](name, entry.data, personal)
    return Line(
        views.line_time(entry.at),
        name,
        views.clean(told.text),
        views.clean(told.old) or ("inget" if told.new else ""),
        views.clean(told.new) or ("inget" if told.old else ""),
        _text(personal.get("skäl")),
        entry.weeded,
    )


def _text(value: object) -> str:
    return views.clean(str(value)) if value not in (None, "") else ""


def day_of(value: object) -> str:
    """Return a day of the journal in words; what is no day as it stands."""
    text = _text(value)
    try:
        return views.day(dt.date.fromisoformat(text)) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else text
    except ValueError:
        return text


def _of(personal: Data, data: Data, before: str = "") -> str:
    name = _text(personal.get("namn"))
    return f"{before}{name or 'person ' + _text(data.get('person'))}"


def _role(name: str, data: Data, personal: Data) -> Told:
    role = ROLES.get(str(data.get("roll")), _text(data.get("roll")))
    whom, first = _of(personal, data), day_of(data.get("från"))
    if "förut" not in data:  # a line from before what stood was kept
        until = f" till och med {day_of(data['till'])}" if data.get("till") else ""
        return Told(f"{name} ändrade rollen {role} för {whom}: från {first}{until}.")
    if data["förut"] is None:
        until = f" till och med {day_of(data['till'])}" if data.get("till") else ""
        unit = f", enhet {_text(data['enhet'])}" if data.get("enhet") else ""
        return Told(f"{name} gav {whom} rollen {role} från {first}{until}{unit}.")
    if data.get("till") and str(data["till"]) < str(data.get("från")):
        return Told(f"{name} tog tillbaka rollen {role} för {whom}, som skulle ha börjat {first}.")
    return Told(f"{name} ändrade rollen {role} för {whom}.", _held(data["förut"], data), _held(data, data["förut"]))


def _held(one: Data, other: Data) -> str:
    """Return what of a role's end and unit is another than in the other, in words."""
    parts = []
    if one.get("till") != other.get("till"):
        parts.append(f"till och med {day_of(one['till'])}" if one.get("till") else "tills vidare")
    if (one.get("enhet") or "") != (other.get("enhet") or ""):
        parts.append(f"enhet {_text(one['enhet'])}" if one.get("enhet") else "ingen enhet")
    return ", ".join(parts)


def _person(name: str, data: Data, personal: Data) -> Told:
    if not personal:
        return Told(f"{name} ändrade namn eller adress för person {_text(data.get('person'))}.")
    pairs = [(personal.get(f"{k} förut"), personal.get(k)) for k in ("namn", "e-post")]
    old, new = (", ".join(_text(p[i]) for p in pairs if p[0] != p[1]) for i in (0, 1))
    return Told(f"{name} ändrade {_text(personal.get('namn förut'))}.", old, new)


def _account(told: str) -> Saying:
    def say(name: str, data: Data, personal: Data) -> Told:
        account = _text(personal.get("konto"))[:_SHORT]
        return Told(f"{name} {told} {_of(personal, data)}{f', konto {account}…' if account else ''}.")

    return say


def _away(name: str, data: Data, personal: Data) -> Told:
    whom = _of(personal, data)
    if str(data.get("till", "")) < str(data.get("från", "")):
        return Told(f"{name} tog bort frånvaron från {day_of(data.get('från'))} för {whom}.")
    instead = _text(personal.get("ersättare"))
    now = f"{day_of(data.get('från'))} till {day_of(data.get('till'))}" + (f", {instead} svarar" if instead else "")
    if not data.get("förut"):
        return Told(f"{name} antecknade frånvaro för {whom}: {now}.")
    before = f"{day_of(data.get('från'))} till {day_of(data['förut'].get('till'))}"
    before += f", {_text(personal['ersättare förut'])} svarade" if personal.get("ersättare förut") else ""
    return Told(f"{name} ändrade frånvaro för {whom}.", before, now)


def _series(name: str, data: Data, _: Data) -> Told:
    before, now = data.get("förut"), _counted(data)
    if not before:
        return Told(f"{name} lade in nummerserien från {_text(data.get('från år'))}: {now}.")
    return Told(f"{name} ändrade nummerserien från {_text(data.get('från år'))}.", _counted(before), now)


def _counted(data: Data) -> str:
    parts = (_text(data.get("prefix")), _text(data.get("mall")), f"första numret {_text(data.get('första'))}")
    return ", ".join(p for p in parts if p)


def _choice(name: str, data: Data, _: Data) -> Told:
    choice = str(data.get("val"))
    if choice == "routes":
        return Told(f"{name} läste in en ny fördelning: {data.get('till')} rader.")
    old, new = (choice_words.value_in_words(choice, data.get(k)) for k in ("från", "till"))
    back = " Förvalet gäller igen." if data.get("förval") else ""
    return Told(f"{name} ändrade {choice_words.label(choice).lower()}.{back}", old, new)


def _routing(name: str, data: Data, personal: Data) -> Told:
    act, place = str(data.get("vad")), _text(data.get("plats"))
    old, new = _text(personal.get("förut")), _text(personal.get("rad"))
    if act == "ny":
        return Told(f"{name} lade till rad {place} i fördelningen: {new}." if new else f"{name} lade till rad {place}.")
    if act == "bort":
        return Told(f"{name} tog bort rad {place} ur fördelningen: {old}." if old else f"{name} tog bort rad {place}.")
    if act == "plats":
        said = f": {new}" if new else ""
        return Told(f"{name} flyttade rad {_text(data.get('från'))} i fördelningen till plats {place}{said}.")
    if act == "lista":
        return Told(f"{name} läste in en ny fördelning: {_text(data.get('till'))} rader.", old, new)
    return Told(f"{name} ändrade rad {place} i fördelningen.", old, new)


def _meeting(told: str) -> Saying:
    def say(name: str, data: Data, _: Data) -> Told:
        body = meetings.NAMES.get(str(data.get("organ")), _text(data.get("organ")))
        head = f"{name} {told} {body}s möte"
        stops = data.get("stoppdag förut"), data.get("stoppdag")
        if data.get("från") and data["från"] != data.get("dag"):
            old, new = day_of(data["från"]), day_of(data.get("dag"))
            if stops[0] != stops[1]:
                old, new = (
                    f"{d}, {f'stoppdag {day_of(s)}' if s else 'ingen stoppdag'}"
                    for d, s in ((old, stops[0]), (new, stops[1]))
                )
            return Told(f"{head}.", old, new)
        if "stoppdag förut" in data and stops[0] != stops[1]:
            return Told(f"{name} ändrade stoppdagen för {body}s möte {day_of(data.get('dag'))}.", *map(day_of, stops))
        stop = f" med stoppdag {day_of(stops[1])}" if stops[1] and told == "lade in" else ""
        return Told(f"{head} {day_of(data.get('dag'))}{stop}.")

    return say


Saying = Callable[[str, Data, Data], Told]
_SAYINGS: Mapping[str, Saying] = {
    "roll ändrad": _role,
    "person ändrad": _person,
    "Teams-konto kopplat": _account("kopplade ett konto i Teams till"),
    "Teams-konto lösgjort": _account("kopplade loss kontot i Teams från"),
    "frånvaro ändrad": _away,
    "nummerserie ändrad": _series,
    "val ändrat": _choice,
    "fördelning ändrad": _routing,
    "möte inlagt": _meeting("lade in"),
    "möte ändrat": _meeting("ändrade"),
    "möte flyttat": _meeting("flyttade"),
    "möte inställt": _meeting("ställde in"),
    "möte hålls ändå": _meeting("låter ändå hålla"),
}


def known(whats: Iterable[str]) -> bool:
    """Say whether every word of the journal has its sentence here."""
    return set(whats) <= set(_SAYINGS)
