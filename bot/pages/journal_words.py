"""The journal in sentences: who did what, when, and what stood there before."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.pages import views
from handlers import kinds
from handlers.notices import stammer, steps
from handlers.rules import meetings
from storage.records import Entry
from storage.store import Book

# What was put right, as it stands in a sentence.
_FIELDS = {
    "title": "ärendemeningen",
    "kind": "typen av brev",
    "matter": "saken",
    "sender": "avsändaren",
    "raised": "dagen då det väcktes",
    "deadline": "svarsdagen",
    "external": "andras nummer",
    "motionarer": "motionärerna",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the journal: a sentence, what was struck out and what stands instead, and why."""

    time: str
    text: str
    old: str = ""
    new: str = ""
    reason: str = ""


def lines(book: Book, entries: Sequence[Entry], *, secret: bool, unsaid: Collection[int] = ()) -> tuple[Line, ...]:
    """Return the journal's lines as people read them; of a secret case nothing that is personal, nor of the lines unsaid
    (by their numbers)."""
    names: dict[str, str] = {"boten": "Boten"}
    for entry in entries:
        if entry.actor not in names:
            names[entry.actor] = name_of(book, entry.actor)
    told = {e.seq: {} if secret or e.seq in unsaid else dict(e.personal or {}) for e in entries}
    return tuple(_line(e, names[e.actor], told[e.seq]) for e in entries)


def name_of(book: Book, actor: str) -> str:
    """Return who an actor of the journal is, by name; of a command line the account that typed."""
    if actor.startswith("kommandorad:"):
        return f"{views.clean(actor.removeprefix('kommandorad:'), 60)} (kommandorad)"
    number = actor.removeprefix("person:")
    person = book.person(int(number)) if number.isdigit() else None
    return person.name if person else "Någon"


def _line(entry: Entry, who: str, personal: Mapping[str, Any]) -> Line:
    time = views.line_time(entry.at)
    data = entry.data
    if entry.what == "rättat":
        field = str(data.get("uppgift", ""))
        if "till" not in personal:
            return Line(time, f"{who} rättade {_FIELDS.get(field, field)}.")
        old, new = (_value(field, personal.get(key)) for key in ("från", "till"))
        text = f"{who} rättade {_FIELDS.get(field, field)}."
        # From which day time is counted is told with what day it is; older lines have that in their data.
        said = {**data, **personal}
        old, new = (
            f"{v}, {_text(said[k])}" if v and said.get(k) else v
            for v, k in ((old, "räknat förut från"), (new, "räknat från"))
        )
        return Line(time, text, old or "Tomt", new or "Tomt", _text(personal.get("skäl")))
    if entry.what == "svarsdag flyttad":
        return Line(time, "Svarsdagen flyttades.", _text(data.get("från")), _text(data.get("till")))
    say = _SAYINGS.get(entry.what)
    text = say(who, data, personal) if say else f"{views.upper_first(views.clean(entry.what))}."
    return Line(time, text, reason=_text(personal.get("skäl")) if entry.what in _WITH_REASON else "")


def _value(field: str, value: Any) -> str:
    text = _text(value)
    return kinds.kind_of(text).label if text and field in ("kind", "matter") else text


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_text(v) for v in value)
    return views.clean(str(value)) if value not in (None, "") else ""


Saying = Callable[[str, Mapping[str, Any], Mapping[str, Any]], str]


def _opened(who: str, data: Mapping[str, Any], _: Mapping[str, Any]) -> str:
    return f"{who} registrerade {data['dnr']}." if data.get("dnr") else f"{who} öppnade ärendet. Numret väntas."


def _added(who: str, data: Mapping[str, Any], personal: Mapping[str, Any]) -> str:
    title, why = _text(personal.get("title")), _text(personal.get("why"))
    told = f"{who} lade till handling {data.get('handling')}{f': {title}' if title else ''}."
    return f"{told} {views.upper_first(why)}." if why else told


def _looked_at(who: str, data: Mapping[str, Any], _: Mapping[str, Any]) -> str:
    put_right = [_FIELDS.get(f, f) for f in data.get("rättat", [])]
    return f"{who} bekräftade uppgifterna" + (f" och rättade {', '.join(put_right)}." if put_right else ".")


def _repeated(_: str, data: Mapping[str, Any], __: Mapping[str, Any]) -> str:
    why = _text(data.get("skäl"))
    return f"Samma brev kom igen. {why}." if why else "Samma brev kom igen."


def _asked(who: str, data: Mapping[str, Any], personal: Mapping[str, Any]) -> str:
    whom = _text(personal.get("till"))
    head = f"{who} frågade {whom}" if whom else f"{who} ställde en fråga"
    again = " igen" if int(data.get("steg") or 0) % 50 else ""
    what = {
        "stammer": " om något är klart",
        "handlaggare": " vem som tar ärendet",
        "chef": " om godkännande",
        "stab": " om godkännande",
    }
    return f"{head}{again}{what.get(str(data.get('sort')), '')}."


def _appointed(who: str, data: Mapping[str, Any], personal: Mapping[str, Any]) -> str:
    name = _text(personal.get("namn"))
    if personal.get("av"):
        return f"{who} gav ärendet till {name or 'en handläggare'}."
    return f"{who} tog ärendet{_way(data)}." if name in ("", who) else f"{name} är handläggare."


def _passed_on(who: str, data: Mapping[str, Any], personal: Mapping[str, Any]) -> str:
    return f"{who} skickade frågan vidare till {_text(personal.get('till')) or 'någon annan'}{_way(data)}."


def _registrator(who: str, data: Mapping[str, Any], personal: Mapping[str, Any]) -> str:
    note = _text(personal.get("anteckning"))
    return f"{who} bad registratorn ta reda på vem{_way(data)}.{f' Anteckning: {note}' if note else ''}"


def _way(data: Mapping[str, Any]) -> str:
    return {"sidan": " på sidan", "mejl": " med mejl", "teams": " i Teams"}.get(str(data.get("svar")), "")


def _day(data: Mapping[str, Any], key: str) -> str:
    text = _text(data.get(key))
    return views.day(dt.date.fromisoformat(text)) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else text


def _answered(told: str) -> Saying:
    def say(who: str, data: Mapping[str, Any], personal: Mapping[str, Any]) -> str:
        words = _text(personal.get("ord"))
        day = f" till {_day(data, 'dag')}" if data.get("dag") else ""
        return f"{who} svarade{_way(data)}: {told}{day}.{f' {who} skrev: {words}' if words else ''}"

    return say


def _confirmed(word: str) -> Saying:
    def say(who: str, data: Mapping[str, Any], _: Mapping[str, Any]) -> str:
        if not data.get("vad"):
            return f"{who} svarade{_way(data)}."
        thing, did, what = "svaret", "skickades", ""
        if data["vad"] == "möte":
            thing = meetings.NAMES[stammer.body_of(data)]
            did, what = ("beslutade", "") if data["steg"] in ("beslut", "kf") else ("behandlade", " ärendet")
        elif data["vad"] == "beslut":
            thing, did = _text(data.get("organ")), "beslutade"
        told = f"{thing} {did}{' inte' if word == 'nej' else ''}{what} {_day(data, 'dag')}"
        undone = " Det boten hade antecknat är ångrat." if (data.get("sort"), word) == (stammer.TAKEN, "nej") else ""
        return f"{who} svarade{_way(data)}: {'vet inte än om ' if word == 'vet_inte' else ''}{told}.{undone}"

    return say


def _point(told: str) -> Saying:
    def say(who: str, data: Mapping[str, Any], personal: Mapping[str, Any]) -> str:
        was, became = _text(personal.get("från")), _text(personal.get("till"))
        words = f"”{was}” blev ”{became}”" if was and became else f"”{was or became}”" if was or became else ""
        return f"{who} {told} {data.get('punkt')}{f': {words}' if words else ''}."

    return say


def _followed(who: str, data: Mapping[str, Any], personal: Mapping[str, Any]) -> str:
    stands = {"pagar": "pågår", "vantar": "väntar", "klar": "klar"}.get(str(data.get("läge")), "inte börjat")
    parts = [f"läge {stands}"]
    if personal.get("väntar på"):
        parts[0] += f" på {_text(personal['väntar på'])}"
    if personal.get("åtgärd"):
        parts.append(f"åtgärd {_text(personal['åtgärd'])}")
    if personal.get("ansvarig"):
        parts.append(f"ansvarig {_text(personal['ansvarig'])}")
    if data.get("klar"):
        parts.append(f"ska vara klar {_day(data, 'klar')}")
    if data.get("gjord"):
        parts.append(f"gjord {_day(data, 'gjord')}")
    return f"{who} antecknade om rekommendation {data.get('punkt')}: {', '.join(parts)}."


def _paper(told: str) -> Saying:
    def say(who: str, data: Mapping[str, Any], personal: Mapping[str, Any]) -> str:
        fields = {
            "title": "rubriken",
            "party": "från eller till",
            "dated": "dokumentets dag",
            "direction": "riktningen",
        }
        what = f" {fields.get(str(data.get('uppgift')), '')} för" if data.get("uppgift") else ""
        was, became = _text(personal.get("från")), _text(personal.get("till"))
        words = f": ”{was or 'tomt'}” blev ”{became or 'tomt'}”" if data.get("uppgift") and (was or became) else ""
        return f"{who} {told}{what} handling {data.get('handling')}{words}."

    return say


def _decided(who: str, data: Mapping[str, Any], _: Mapping[str, Any]) -> str:
    parts = (_text(data.get("organ")), _day(data, "dag"), _text(data.get("paragraf")))
    where, outcome = " ".join(p for p in parts if p), _text(data.get("utfall"))
    return f"{who} antecknade beslut: {where}{f', {outcome}' if outcome else ''}."


def _sent(who: str, data: Mapping[str, Any], personal: Mapping[str, Any]) -> str:
    to, waits = _text(personal.get("till")), _text(data.get("väntar på"))
    paper = f" (handling {data['handling']})" if data.get("handling") else ""
    told = f"{who} antecknade att svaret skickades {_day(data, 'dag')}{f' till {to}' if to else ''}{paper}."
    return f"{told} Ärendet väntar på {waits}." if waits else told


def _planned(who: str, data: Mapping[str, Any], _: Mapping[str, Any]) -> str:
    made, was = _in_order(data.get("steg") or {}), data.get("förut")
    if not made:
        return (
            "Planen räknades om: ingen väg genom mötena går att nå."
            if was is not None
            else "Ingen väg gick att planera."
        )
    made = dict(sorted(made.items(), key=lambda item: item[1]))  # in the order of time
    if was is None:
        first, last = next(iter(made)), list(made)[-1]
        ends = f"{steps.NAMES.get(last, last).lower()} {_day(made, last)}"
        return f"Planen gjordes: {steps.NAMES.get(first, first).lower()} senast {_day(made, first)}, {ends}."
    moved = [
        f"{steps.NAMES.get(kind, kind).lower()} {_day(was, kind) + ' blev ' if kind in was else ''}{_day(made, kind)}"
        for kind in made
        if made[kind] != was.get(kind)
    ]
    lost = " Målet går inte längre att nå." if data.get("läge") == "lost" else ""
    return f"Planen räknades om{': ' + ', '.join(moved) if moved else ''}.{lost}"


def _in_order(made: Mapping[str, str]) -> dict[str, str]:
    """Return steps in the order of time: the journal keeps them by name."""
    return {kind: made[kind] for kind in sorted(made, key=lambda k: (made[k], meetings.place(k)))}


def _chose(who: str, data: Mapping[str, Any], _: Mapping[str, Any]) -> str:
    last = next(reversed(_in_order(data.get("steg") or {})), "")
    ends = f"{steps.NAMES.get(last, last).lower()} {_day(data, 'slutar')}" if last else _day(data, "slutar")
    return f"{who} valde en annan plan: {ends}."


def _meeting(told: str) -> Saying:
    def say(who: str, data: Mapping[str, Any], _: Mapping[str, Any]) -> str:
        body = meetings.NAMES.get(str(data.get("organ")), _text(data.get("organ")))
        before = f" från {_day(data, 'från')}" if data.get("från") else ""
        return f"{who} {told} {body}s möte{before} {'till ' if before else ''}{_day(data, 'dag')}."

    return say


def _taken_out(told: str) -> Saying:
    def say(who: str, data: Mapping[str, Any], _: Mapping[str, Any]) -> str:
        number, places = data.get("handlingar"), data.get("maskerade")
        what = f"{number} handling" if number == 1 else f"{number} handlingar"
        covered = f", {places} ställen maskerade" if places is not None else ""
        secret = ", med det som är hemligt" if data.get("sekretess") else ""
        checksum = f" Kontrollsumma {_text(data.get('kontrollsumma'))[:12]}." if data.get("kontrollsumma") else ""
        return f"{who} {told}: {what}{covered}{secret}.{checksum}"

    return say


def _role(who: str, data: Mapping[str, Any], personal: Mapping[str, Any]) -> str:
    until = f" till {_day(data, 'till')}" if data.get("till") else ""
    name = _text(personal.get("namn"))
    role = _ROLES.get(str(data.get("roll")), _text(data.get("roll")))
    return f"{who} ändrade rollen {role}{f' för {name}' if name else ''}: från {_day(data, 'från')}{until}."


def _away(who: str, data: Mapping[str, Any], personal: Mapping[str, Any]) -> str:
    name, instead = _text(personal.get("namn")), _text(personal.get("ersättare"))
    if str(data.get("till", "")) < str(data.get("från", "")):
        return f"{who} tog bort frånvaron från {_day(data, 'från')}{f' för {name}' if name else ''}."
    told = f"{who} ändrade frånvaro{f' för {name}' if name else ''}: {_day(data, 'från')} till {_day(data, 'till')}"
    return f"{told}, {instead} ersätter." if instead else f"{told}."


def _rule(told: str) -> Saying:
    def say(who: str, _: Mapping[str, Any], personal: Mapping[str, Any]) -> str:
        line = _text(personal.get("rad"))
        return f"{who} {told}{f': {line}' if line else ''}."

    return say


_ROLES = {"handlaggare": "handläggare", "manager": "chef", "forvaltningschef": "förvaltningschef"}
_NOTICES = {
    "fraga": "Frågan om handläggare",
    "fraga_vidare": "Beskedet till registratorn",
    "paminnelse": "Påminnelsen",
    "planen": "Beskedet om planen",
    "godkann": "Frågan om godkännande",
    "andras": "Beskedet om vad som ska ändras",
    "borta": "Frågan om frånvaro",
    "stammer": "Frågan om något är klart",
    "overtagit": "Beskedet om övertagna ärenden",
    "svarat": "Kvittot på svaret",
    "veckan": "Veckans läge",
    "morgon": "Morgonens läge",
    "kvitto": "Kvittot",
    "granska": "Beskedet om granskning",
    "bekraftelse": "Bekräftelsen till avsändaren",
    "hemligt": "Beskedet till dem som prövar sekretess",
    "inloggning": "Länken för inloggning",
}

# How well the mail server knew who answered.
_PROOF = {"pass": "styrkt", "internal": "styrkt inom kommunen", "fail": "inte styrkt"}
_NOT_TAKEN = {
    "old": "Ett svar kom på ett för gammalt mejl. Det räknades inte.",
    "unproven": "Ett svar kom, men avsändaren kunde inte styrkas. Det räknades inte.",
}

_SAYINGS: Mapping[str, Saying] = {
    "ärende öppnat": _opened,
    "handling tillagd": _added,
    "granskat": _looked_at,
    "upprepning": _repeated,
    "brev kom": lambda _, __, ___: "Brevet kom.",
    "samma brev kom igen": lambda _, __, ___: "Samma brev låg i inkorgen igen.",
    "brevet var flyttat av någon annan": lambda _, __, ___: "Brevet var redan flyttat i brevlådan av någon annan.",
    "till granskning": lambda _, __, p: (
        "Brevet väntade på granskning."
        + (f" {'; '.join(_text(s) for s in p['skäl'])}." if isinstance(p.get("skäl"), list) else "")
    ),
    "misstänkt individärende": lambda w, _, __: f"{w} märkte brevet som misstänkt individärende.",
    "inte hemligt": lambda w, _, __: f"{w} bedömde brevet som inte hemligt.",
    "överlämnat till verksamhetssystemet": lambda w, _, p: (
        f"{w} lämnade över brevet" + (f" till {_text(p.get('till'))}." if p.get("till") else ".")
    ),
    "ska inte registreras": lambda w, _, __: f"{w} bestämde att brevet inte ska registreras.",
    "ej registrerat": lambda _, d, __: f"Brevet registrerades inte: {_text(d.get('skäl')).lower()}.",
    "registrerat för hand": lambda w, d, __: f"{w} registrerade för hand: {_text(d.get('sätt')) or 'annat'}.",
    "diarienummer givet": lambda w, d, __: f"{w} gav ärendet numret {_text(d.get('dnr'))}.",
    "makulerat": lambda w, d, __: f"{w} makulerade {_text(d.get('dnr')) or 'ärendet'}.",
    "makulerat vid återläsning": lambda _, d, __: f"{_text(d.get('dnr'))} makulerades när databasen lästes tillbaka.",
    "tjänsteskrivelsen har kommit": lambda _, d, __: f"Tjänsteskrivelsen har kommit (handling {d.get('handling')}).",
    "fråga ställd": _asked,
    "handläggare utsedd": _appointed,
    "ärende överlämnat": lambda w, _, p: (
        f"{w} lämnade över ärendet" + (f" från {_text(p.get('från'))} till {_text(p.get('till'))}." if p else ".")
    ),
    "pausat": lambda w, d, __: f"{w} lät ärendet vila till och med {_day(d, 'till')}.",
    "pausen slut": lambda w, _, __: f"{w} lät ärendet gå vidare.",
    "handläggare bytt": lambda w, _, __: f"{w} lämnade tillbaka ärendet.",
    "fråga skickad vidare": _passed_on,
    "registratorn tillfrågad": _registrator,
    "påmind": lambda w, _, p: f"{w} påminde {_text(p.get('till')) or 'handläggaren'}.",
    "chef påmind": lambda w, _, p: f"{w} sade till {_text(p.get('till')) or 'chefen'} att ingen har svarat.",
    "svar: godkann": _answered("godkänt"),
    "svar: andra": _answered("ska ändras"),
    "svar: klart": _answered("klart"),
    "svar: pagar": _answered("pågår"),
    "svar: anstand": _answered("anstånd"),
    "svar: fel_person": _answered("fel person"),
    "svar: fraga": _answered("en fråga"),
    "svar: stammer": _confirmed("stammer"),
    "svar: nej": _confirmed("nej"),
    "svar: vet_inte": _confirmed("vet_inte"),
    "svar: fel_namnd": _answered("fel nämnd"),
    "svar med handlingar": lambda *_: "Ett svar per mejl hade handlingar med sig.",
    "svar per mejl": lambda w, d, __: (
        f"{w} svarade per mejl. Avsändaren: {_PROOF.get(str(d.get('avsändaren')), 'inte prövad')}."
    ),
    "rättelse per mejl": lambda w, d, __: (
        f"{w} rättade per mejl. Avsändaren: {_PROOF.get(str(d.get('avsändaren')), 'inte prövad')}."
    ),
    "svar som inte räknas": lambda _, d, __: _NOT_TAKEN.get(str(d.get("skäl")), "Ett svar räknades inte."),
    "svar från en annan än den frågade": lambda w, _, p: (
        f"{w} svarade på en fråga till någon annan. Inget gjordes."
        + (f" {w} skrev: {_text(p.get('ord'))}" if p.get("ord") else "")
    ),
    "svar ångrat": lambda w, d, __: f"{w} ångrade sitt svar.",
    "ska prövas igen": lambda w, _, __: f"{w} ångrade sig: brevet ska granskas igen.",
    "ångrat vid granskning": lambda w, d, __: f"{w} ångrade vid granskningen: {_text(d.get('vad'))}.",
    "handling uttagen": lambda w, d, __: f"{w} tog ut brevet {_text(d.get('brev'))} ur ärendet.",
    "brev flyttat": lambda w, d, __: f"{w} flyttade brevet hit från {_text(d.get('från'))}.",
    "handling flyttad": lambda w, d, __: f"{w} flyttade ett brev till {_text(d.get('till'))}.",
    "brev delat": lambda w, d, __: f"{w} delade brevet i {_text(' och '.join(str(n) for n in d.get('ärenden', [])))}.",
    "automatiskt svar på en fråga": lambda _, __, ___: "Ett automatiskt svar kom. Det räknas inte som svar.",
    "svar som ingen förstod": lambda w, _, p: (
        f"{w} svarade, men boten förstod inte svaret." + (f" {w} skrev: {_text(p.get('ord'))}" if p.get("ord") else "")
    ),
    "punkt tillagd": _point("lade till punkt"),
    "punkt rättad": _point("rättade punkt"),
    "punkt struken": _point("strök punkt"),
    "punkt åter": _point("lät gälla igen punkt"),
    "rekommendation följs": _followed,
    "handling rättad": _paper("rättade"),
    "handling struken": _paper("strök"),
    "handling åter": _paper("lät gälla igen"),
    "beslutat": _decided,
    "svar skickat": _sent,
    "exporterat": _taken_out("skrev ut ärendet för överlämning"),
    "utlämnat": _taken_out("skrev ut ärendet för utlämnande"),
    "avslutat": lambda w, _, __: f"{w} avslutade ärendet.",
    "öppnat igen": lambda w, _, __: f"{w} öppnade ärendet igen.",
    "roll ändrad": _role,
    "val ändrat": lambda w, d, __: (
        f"{w} ändrade valet {_text(d.get('val'))} från {d.get('från')} till {d.get('till')}."
    ),
    "nummerserie ändrad": lambda w, d, __: (
        f"{w} ändrade nummerserien från {d.get('från år')}: {_text(d.get('prefix'))}, första numret {d.get('första')}."
    ),
    "frånvaro ändrad": _away,
    "regel föreslagen": _rule("föreslog en regel"),
    "regel godtagen": _rule("godtog regeln"),
    "regel avböjd": _rule("avböjde regeln"),
    "regel avslutad": _rule("avslutade regeln"),
    "regel behållen": _rule("lät regeln gälla"),
    "regel borttagen": lambda w, _, __: f"{w} tog bort en regel som inget längre talar för.",
    "plan gjord": _planned,
    "plan ändrad": _planned,
    "plan vald": _chose,
    "möte inlagt": _meeting("lade in"),
    "möte ändrat": _meeting("ändrade stoppdagen för"),
    "möte flyttat": _meeting("flyttade"),
    "möte inställt": _meeting("ställde in"),
    "möte hålls ändå": _meeting("låter ändå hålla"),
    "utskick studsade": lambda _, d, __: f"{_NOTICES.get(str(d.get('sort')), 'Ett utskick')} kom inte fram.",
    "går inte att nå": lambda _, d, __: f"{_door(d)} gick inte att nå: {_text(d.get('fel'))}",
    "går att nå igen": lambda _, d, __: f"{_door(d)} gick att nå igen efter {d.get('minuter')} minuter.",
    "utskick skickat": lambda _, d, __: f"{_NOTICES.get(str(d.get('sort')), 'Ett utskick')} skickades.",
}


def _door(data: Mapping[str, Any]) -> str:
    return "Brevlådan" if str(data.get("vad")).startswith("post:") else "Vägen ut för mejl"


_WITH_REASON = frozenset(
    {
        "pausat",
        "makulerat",
        "ska inte registreras",
        "handläggare bytt",
        "avslutat",
        "öppnat igen",
        "punkt tillagd",
        "punkt rättad",
        "punkt struken",
        "punkt åter",
        "handling rättad",
        "handling struken",
        "handling åter",
    }
)
