"""Papers: what decisions and referrals carry beside their demand: meeting, paragraph, who gets it, what must come first."""

from __future__ import annotations

import datetime as dt
import re

from .dates import find_days
from .diarienummer import find_numbers
from .grouped import one_of
from .material import Document, Material
from .reading import Decision, PlannedMeeting, Raised

_BODY = r"(?P<body>[Kk]ommunstyrelsens arbetsutskott|[Kk]ommunstyrelsen|[Kk]ommunfullmäktige|[Rr]egionfullmäktige|[Rr]egionstyrelsen|(?:[A-ZÅÄÖa-zåäö]+- och )?[A-ZÅÄÖa-zåäö]*nämnden(?:s arbetsutskott)?|[Tt]ekniska nämnden|KSAU|KS|KF|[A-ZÅÄÖ]{2,4}N)"
_HELD = re.compile(
    rf"\b{_BODY}s?(?: beslut(?:ade|ar)?)?,?\s*(?:har )?(?:beslutade |avslog |biföll )?(?:\w+ ){{0,2}}(?:den )?(?P<day>20\d\d-\d\d-\d\d|\d{{1,2}} [a-zåäö]+ 20\d\d)(?:,? ?§{{1,2}} ?(?P<paragraph>\d+[a-z]?))?"
)
_PARAGRAPH = re.compile(r"§{1,2} ?(\d+[a-z]?)\b")
_LAW = one_of(r"\b(?:kap\.?|lagen|balken|SoL|FL|KL|OSL|LVU)\b")
_SENT_TO = re.compile(
    r"^\W*(?:beslutet? (?:skickas|expedieras|sänds|delges|översänds)(?: till)?|skickas till|expedieras till|expediering|kopia till|sändlista|delges|beslut till)\s*:?\s*(?P<rest>.*)$",
    re.I,
)
_STOP = re.compile(
    r"^\W*(?:justera\w*|ordförande\w*|utdrag\w*|signatur\w*|vid protokollet|-{3,}|\||paragrafen|beslut\w*|ärende\w*|§|hur man|bilag\w*|underskrift\w*|sida)\b|^[-| ]+$",
    re.I,
)
_CONDITION = one_of(
    r"\b(?:ska|skall|måste|bör)\b[^.]{0,120}\b(?:godkännas|godkänna|granskas|beslutas|förankras|samrådas|stämmas av|kvalitetssäkras)\b|\binnan\b[^.]{0,40}\btas upp\b|\b(?:maila|mejla|meddela|skicka)\b.{0,160}\bnär (?:du|ni)\b|\befter samråd med\b|\b(?-i:INNAN)\b",
)
_ASKS = re.compile(
    r"\b(?P<what>kontaktperson\w*|kontaktuppgift\w*|en kontakt med er|underlag|dokument\w*|handlingar|intervju\w*)\b",
    re.I,
)
_ASKING = one_of(r"\b(?:önskar|ber|behöver|vill|vänligen|föreslår|skicka|återkom|utse)\b")
_PLAN_HEAD = re.compile(
    r"^\W*(?:beslutsplanering|beslutsgång och tidplan|planerad(?:e)? sammanträden|tidplan|beredningsplan|ärendegång|beslutsväg|planerad beslutsgång)\b",
    re.I,
)
_RAISED = (
    (re.compile(r"\bmotion(?:en)?,? (?:som är )?(?:daterad|dagtecknad|skriven)(?: den)? ", re.I), "motionens datum"),
    (
        re.compile(
            r"\b(?:inkom|kom in|inkommit|inlämnad|lämnades in|lämnades|lämnade(?: in)?|lämnats in|ingavs|inlämnades|har lämnat in)\b[^.]{0,60}?\b(?:den |motion)?",
            re.I,
        ),
        "inlämnad",
    ),
    (
        re.compile(r"\b(?:väckt(?:es|s)?|väckte|anmäld(?:es)?|anmälts|framställd)\b[^.]{0,50}", re.I),
        "väckt vid sammanträde",
    ),
)


def meeting_of(material: Material) -> Decision | None:
    """Return the body, day and paragraph of the decision that the letter brings; None where it brings none."""
    held = decisions_in(material)
    texts = [
        material.subject,
        *(f"{d.where}\n{d.head}" for d in material.attached if d.genre in {"protokoll", "other"}),
        material.main.text[:3000],
        *(d.text[-1500:] for d in material.attached),
    ]
    found: Decision | None = None
    for text in texts:
        match = _HELD.search(text)
        if match:
            found = Decision(
                _long(match["body"]),
                _day(match["day"], material.reference),
                f"§ {match['paragraph']}" if match["paragraph"] else None,
            )
            break
    paragraph = _paragraph(texts)
    if found is None:
        return Decision(None, None, paragraph) if paragraph else (held[0] if held else None)
    return Decision(found.body, found.date, found.paragraph or paragraph)


def _paragraph(texts: list[str]) -> str | None:
    for text in texts:
        for match in _PARAGRAPH.finditer(text[:3000]):
            if not _LAW.search(text[max(0, match.start() - 12) : match.end() + 16]):
                return f"§ {match[1]}"
    return None


def decisions_in(material: Material) -> tuple[Decision, ...]:
    """Return the decisions recited with body and day, each once."""
    found: dict[tuple[str, dt.date | None], Decision] = {}
    for document in material.documents:
        if document.genre in {"motion", "rapport"}:
            continue
        for line in document.lines[:400]:
            for match in _HELD.finditer(line) if "20" in line else ():
                day = _day(match["day"], material.reference)
                made = Decision(_long(match["body"]), day, f"§ {match['paragraph']}" if match["paragraph"] else None)
                key = (made.body or "", day)
                if (
                    day
                    and (key not in found or (made.paragraph and not found[key].paragraph))
                    and (re.search(r"beslut|§|avslog|biföll|återremit", line, re.I))
                ):
                    found[key] = made
    return tuple(found.values())[:30]


def _long(body: str) -> str:
    name = {"KS": "Kommunstyrelsen", "KF": "Kommunfullmäktige", "KSAU": "Kommunstyrelsens arbetsutskott"}.get(
        body, body
    )
    name = re.sub(r"(?<=nämnden)s$|(?<=fullmäktige)s$", "", name)
    return name[:1].upper() + name[1:]


def _day(text: str, reference: dt.date | None) -> dt.date | None:
    return next((d.date for d in find_days(text, reference)), None)


def sent_to(material: Material) -> tuple[str, ...]:
    """Return to whom the decision is sent: the list under "Beslutet skickas till"."""
    for document in material.documents:
        lines = document.text.split("\n")
        for at, line in enumerate(lines):
            match = _SENT_TO.match(line.strip(" *"))
            if not match or len(line) > 200:
                continue
            if match["rest"].strip(" :"):
                return tuple(
                    p.strip(" .•-–*") for p in re.split(r",| och (?=[A-ZÅÄÖ])", match["rest"]) if p.strip(" .•-–*")
                )[:20]
            names: list[str] = []
            for following in lines[at + 1 : at + 20]:
                plain = following.strip(" .•-–*\t")
                if not plain and names:
                    break
                if plain and (_STOP.match(plain) or len(plain) > 80):
                    break
                if plain:
                    names.append(plain)
            if names:
                return tuple(names)
    return ()


def conditions(material: Material, kind: str) -> tuple[str, ...]:
    """Return what must be done first: approvals before the namnd, and whom to tell when it is ready."""
    if kind != "remiss":
        return ()
    found = [
        s
        for d in (material.main, material.preface)
        for s in d.sentences[:80]
        if _CONDITION.search(s) and not re.search(r"\bsenast\b", s)
    ]
    return tuple(dict.fromkeys(s.removeprefix("OBS! ").strip() for s in found))[:8]


def asked_for(material: Material, kind: str) -> str | None:
    """Return what an announced audit asks for: a contact person, papers, interviews."""
    if kind != "revisionsforfragan":
        return None
    found: list[str] = []
    when = ""
    for sentence in material.main.sentences[:80]:
        if _ASKING.search(sentence):
            for match in _ASKS.finditer(sentence):
                what = {
                    "kontaktpersoner": "kontaktperson",
                    "kontaktpersonen": "kontaktperson",
                    "en kontakt med er": "kontaktperson",
                }.get(match["what"].lower(), match["what"].lower())
                found.append(what)
            soon = re.search(r"\b(?:så snart som möjligt|snarast(?: möjligt)?|omgående|skyndsamt)\b", sentence, re.I)
            when = when or (soon[0] if soon else "")
    if not found:
        return None
    return ", ".join(dict.fromkeys(found)) + (f", {when}" if when else "")


def plan(material: Material) -> tuple[PlannedMeeting, ...]:
    """Return the meetings that a "Beslutsplanering" lists: day and body."""
    for document in material.documents:
        lines = [line for line in document.text.split("\n") if line.strip()]
        for at, line in enumerate(lines):
            if not _PLAN_HEAD.match(line):
                continue
            found: list[PlannedMeeting] = []
            for following in lines[at + 1 : at + 16]:
                days = [
                    d
                    for d in find_days(following, material.reference)
                    if d.style in {"iso", "word", "slash", "solid", "short"}
                ]
                if not days:
                    break
                start = 0
                for day in days:
                    body = following[start : day.start].strip(" :–-|,\t") or following[day.end :].strip(" :–-|,\t")
                    found.append(PlannedMeeting(day.date, body))
                    start = day.end
            if len(found) >= 1:
                return tuple(found)
    return ()


def documents_named(material: Material) -> tuple[str, ...]:
    """Return the handlingsnummer that the letter names: "SOF 2023/605-1"."""
    found = [n.document for d in material.documents for n in find_numbers(d.text[:60_000], d.where) if n.document]
    return tuple(dict.fromkeys(found))[:40]


def raised(material: Material, matter: str | None) -> Raised | None:
    """Return the day a motion was väckt when the letter tells, and by what: its own date, its coming in, a meeting."""
    if matter not in {"motion", "medborgarforslag", "namndinitiativ", "interpellation"}:
        return None
    for document in (material.main, *material.attached):
        for sentence in document.sentences[:200]:
            if matter[:6] not in sentence.lower() and "förslag" not in sentence.lower() and document.genre == "other":
                continue
            for pattern, which in _RAISED:
                match = pattern.search(sentence)
                if match:
                    day = next(
                        (
                            d
                            for d in find_days(sentence[match.start() : match.end() + 60], material.reference)
                            if d.has_year
                        ),
                        None,
                    )
                    if day and day.start <= match.end() - match.start() + 14:
                        return Raised(day.date, which)
    genre = {
        "motion": "motion",
        "medborgarforslag": "medborgarforslag",
        "namndinitiativ": "initiativ",
        "interpellation": "interpellation",
    }[matter]
    for document in (*material.attached, material.main):
        if document.genre == genre:
            dated = own_date(document, material.reference, skip_stamp=True)
            if dated:
                return Raised(dated, "motionens datum" if matter == "motion" else "handlingens datum")
    return None


_PLACE_DATE = re.compile(r"^\W*[A-ZÅÄÖ][\wåäö-]+(?: [A-ZÅÄÖ][\wåäö]+)?,? (?:den |i )?(?=\d)")


def own_date(document: Document, reference: dt.date | None, skip_stamp: bool = False) -> dt.date | None:
    """Return a document's own date: behind its place, or alone on a line near its head or its foot."""
    lines = [line for line in document.text.split("\n") if line.strip()]
    near = [*lines[:12], *lines[-14:]]
    for line in near:
        days = [d for d in find_days(line, reference) if d.has_year]
        if days and _PLACE_DATE.match(line) and days[0].start <= 40 and len(line) < 60:
            return days[0].date
    for line in near:
        days = [d for d in find_days(line, reference) if d.has_year and d.style not in {"week", "within"}]
        rest = line[: days[0].start] + line[days[0].end :] if days else line
        if (
            days
            and len(re.sub(r"\b(?:datum|date|daterad)\b", "", rest, flags=re.I).strip(" :.,-"))
            < (4 if skip_stamp else 12)
            and not (skip_stamp and re.search(r"\d -|- \d", line))
        ):
            return days[0].date
    return None
