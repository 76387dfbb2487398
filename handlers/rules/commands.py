"""What somebody wants who writes to the bot in a chat. An act is never guessed: what is not clear becomes a button."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field

from rapidfuzz import fuzz

from handlers.reading import dates
from handlers.rules import absence_words
from handlers.rules.command_words import QUESTION_WORDS, SHOWING, Said, take_apart, with_marks

VIEWS = ("mina", "arende", "forsenade", "veckan", "sok", "hjalp")
# What changes something. ja and ta without a number are about the one question that is asked.
ACTS = ("tilldela", "klart", "pagar", "anstand", "ta", "ja", "borta", "ater")
ME = "mig"
_SOON = dt.timedelta(days=300)  # a day without a year that is further off has just been
LONGEST_SEARCH = 80


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its word, and what it is about.

    dnr: a number as it is written, with the prefix where one was ("SN 2026-123", "2026-123"). to: whom a case goes to,
    or the words that are sought. day, last_day, name: the day of a respite, or the days away and who answers meanwhile.
    """

    word: str
    dnr: str = ""
    to: str = ""
    day: dt.date | None = None
    last_day: dt.date | None = None
    name: str = ""
    text: str = field(default="", compare=False)


def parse(text: str, today: dt.date) -> Command | None:
    """Return what a text wants done or shown, or None when that is not clear.

    >>> day = dt.date(2026, 10, 20)
    >>> parse("Hej, kan du visa mina arenden tack?", day).word, parse("sn2026/123", day).dnr
    ('mina', 'SN 2026-123')
    >>> c = parse("anstånd SN 2026-123 5/11 väntar på ekonomi", day)
    >>> c.word, c.dnr, c.day.isoformat()
    ('anstand', 'SN 2026-123', '2026-11-05')
    >>> parse("är SN 2026-123 klar?", day).word, parse("inte klar SN 2026-123", day)
    ('arende', None)
    """
    said = take_apart(text, today)
    if said is None:
        return None
    if not said.tokens:
        return Command("hjalp", text=said.raw) if said.greets or said.asks else None
    return _help(said) or _act(said, today) or _case(said) or _view(said) or _search(said)


# acts

_SOME = r"[^\W\d_][\w.'@-]*"
NAME = rf"{_SOME}(?: {_SOME}){{0,2}}"
# What is nobody's name: "tilldela SN 2026-1 någon annan".
_NOBODY = frozenset(
    "nagon nagot ingen inte dig oss er hen hon han de dem man alla vem eller och men om nar hur som for till pa at i av med "
    "ska kan ar har den det denna snart sedan sen idag imorgon nu ocksa bara registratorn chefen handlaggare handlaggaren "
    "klar klart pagar tar ta ersattare tilldela anstand borta annan annat".split()
)
_DONE = r"(?:klar|klart|fardig|fardigt|avklarad|avklarat|klarmarkerad|klarmarkerat)"
_YES = r"(?:ja|japp|ok|okej|absolut|garna)"
_LINES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (word, re.compile(pattern))
    for word, pattern in (
        ("klart", rf"(?:(?:jag|det) ar |jag ar nu |ar |nu |nu ar jag )?{_DONE}(?: nu)?(?: med)?(?: #)?"),
        ("klart", rf"# (?:(?:det|den) )?(?:ar )?(?:nu )?{_DONE}(?: nu)?"),
        ("klart", rf"(?:markera|satt) # (?:som )?{_DONE}|klarmarkera #"),
        ("pagar", r"(?:(?:det )?pagar(?: med)?|(?:jag )?(?:jobbar|arbetar) (?:pa|med)|(?:jag )?haller pa med|pa gang)(?: #)?"),
        ("pagar", r"# (?:(?:det|den) )?(?:pagar|(?:ar )?pa gang|(?:jobbar|arbetar) jag (?:pa|med)|haller jag pa med)(?: nu)?"),
        ("ta", rf"(?:{_YES} )?(?:jag )?(?:tar|ta|kan ta|vill ta|tar hand om|tar pa mig)(?: garna)? #"),
        ("ta", r"# (?:den |det )?(?:tar|kan) jag(?: ta| hand om)?"),
        ("ta", rf"(?:{_YES} )?(?:jag )?(?:tar|kan ta) (?:den|det|arendet)(?: garna)?"),
        ("ta", rf"(?:{_YES} )?(?:den|det) (?:tar|kan) jag(?: ta)?"),
        ("ja", r"(?:ja|japp|jada|jajamansan|javisst)(?: (?:garna|absolut|visst|tack|det stammer))?|(?:det )?stammer"),
        ("ater", r"(?:nu )?(?:ar )?(?:jag )?(?:ar )?(?:nu )?(?:ater|tillbaka|pa plats|i tjanst)"
                 r"(?: (?:igen|nu|idag|i dag|pa jobbet|pa kontoret|fran semestern))*"),
        ("tilldela", rf"(?:tilldela|ge|utse) #(?: (?:till|at|pa|for))? (?P<to>{NAME}?)(?: som handlaggare)?"),
        ("tilldela", rf"(?:tilldela|ge|utse) (?:till |at )?(?P<to>{NAME}?)(?: (?:som|till) handlaggare)?(?: (?:for|i|pa|till))? #"),
        ("tilldela", rf"# (?:tilldela|tilldelas)(?: (?:till|at))? (?P<to>{NAME})"),
        ("tilldela", r"tilldela(?: #)?|# tilldela"),
    )
)  # fmt: skip
_ON_WISH = ("tilldela", "anstand")  # "kan du tilldela …" is an order; "kan du ta …" is for a person
_RESPITE = re.compile(
    r"(?:# )?(?:(?:jag )?(?:behover|vill ha|skulle vilja ha|onskar|begar|ber om|soker|ansoker om|ha|kan jag fa|far jag) )?anstand(?: (?P<rest>.*))?"
)
_BEFORE_DAY = frozenset("# for i pa med om till fram den t.o.m. t.o.m tom och senast".split())
_WEEKDAY = re.compile(
    r"(?<!på )(?<!till )(?<!senast )\b((?:mån|tis|ons|tors|fre|lör|sön)dag)\b(?! (?:den )?\d| v\.? ?\d)"
)
_AWAY = re.compile(
    rf"(?:(?:med )?ersattare (?P<name>{NAME}?) )?(?:jag )?(?:ar |blir |ska vara |kommer (?:att )?vara |tar |har )?"
    r"(?:borta|franvarande|franvaro|ledig|(?:pa )?semester|sjuk|tjanstledig|foraldraledig|vab)(?: (?P<days>.+))?"
)
_INSTEAD = re.compile(rf"(?P<days>.+?)(?: och)?(?: med)? (?:ersattare|ersatts av|vikarie)(?: ar)? (?P<name>{NAME})")
_STANDS_IN = re.compile(r"(?P<days>.+) (?:ersatter|vikarierar|svarar)(?: (?:for )?mig)?")


def _act(said: Said, today: dt.date) -> Command | None:
    """Return the act that every word of a text says; a question or a denial says none."""
    if said.asks or said.denies or len(said.dnrs) > 1 or said.line.count("#") > 1:
        return None
    found = _line(said) or _respite(said, today) or (None if said.dnrs else _away(said, today))
    return found if found and (not said.wishes or found.word in _ON_WISH) else None


def _line(said: Said) -> Command | None:
    dnr = said.dnrs[0] if said.dnrs else ""
    for word, pattern in _LINES:
        found = pattern.fullmatch(said.line)
        if not found:
            continue
        to = ""
        if "to" in pattern.groupindex:
            if not dnr or not is_name(found["to"]):
                continue
            if said.line.startswith("ge mig "):
                continue  # "ge mig SN 2026-123" wants to see it
            to = ME if found["to"] in (ME, "mej") else said.written(*found.span("to"))
        return Command(word, dnr, to, text=said.raw)
    return None


def is_name(folded: str) -> bool:
    """Say whether words can be somebody's name."""
    return folded in (ME, "mej") or not any(w in _NOBODY for w in folded.split())


def _respite(said: Said, today: dt.date) -> Command | None:
    found = _RESPITE.fullmatch(said.line)
    if not found:
        return None
    dnr = said.dnrs[0] if said.dnrs else ""
    rest = _WEEKDAY.sub(r"på \1", with_marks(found["rest"] or ""))
    days = [d for d in dates.find_days(rest, today) if d.date >= today]
    named = [d for d in days if re.search(r"\btill(?: och med| den)*\s*$", rest[: d.start])]
    pool = named or days
    if not pool:
        return Command("anstand", dnr, text=said.raw)
    # "5/11 ekonomi svarar 3/11": the first is the day; "till 5/11 eller till 6/11" is none.
    first = pool[0]
    if set(rest[: first.start].split()) - _BEFORE_DAY or (named and len({d.date for d in named}) > 1):
        return None
    if not first.has_year and first.date - today > _SOON:
        return Command("anstand", dnr, text=said.raw)
    return Command("anstand", dnr, day=first.date, text=said.raw)


def _away(said: Said, today: dt.date) -> Command | None:
    found = _AWAY.fullmatch(said.line)
    if not found:
        return None
    if not found["days"]:
        return Command("borta", text=said.raw)
    days, start = found["days"], found.start("days")
    name = said.written(*found.span("name")) if found["name"] else ""
    instead = _INSTEAD.fullmatch(days)
    if instead and not name:
        if not is_name(instead["name"]):
            return None
        name = said.written(start + instead.start("name"), start + instead.end("name"))
        days = instead["days"]
    stands_in = _STANDS_IN.fullmatch(days)
    if stands_in and not name:
        days, name = _with_name(stands_in["days"], start, said, today)
    span = absence_words.spoken(with_marks(days), today)
    return Command("borta", day=span[0], last_day=span[1], name=name, text=said.raw) if span else None


def _with_name(days: str, start: int, said: Said, today: dt.date) -> tuple[str, str]:
    """Return the days and the name of "20/12–7/1 Karin ersätter"."""
    words = days.split()
    for number in (1, 2, 3):
        left, name = " ".join(words[:-number]), " ".join(words[-number:])
        if re.fullmatch(NAME, name) and is_name(name) and absence_words.spoken(with_marks(left), today):
            return left, said.written(start + len(left) + 1, start + len(days))
    return "", ""


# what is shown

_HELP = re.compile(
    r"(?:hjalp|help|kommandon|kommando|meny|start|hjalp (?:mig|tack)|vad kan (?:du|jag|man) (?:gora|skriva|saga|fraga)(?: har| dig| om)?|"
    r"hur (?:gor|funkar|fungerar) (?:jag|man|du|det|detta|boten|det har))"
)
_MINE = re.compile(
    r"vad (?:har jag|ska jag gora|maste jag gora|ligger pa mitt bord)(?: (?:att gora|pa gang|pa mitt bord|kvar|idag|i dag|nu|framfor mig))*"
)
_WORDS: dict[str, frozenset[str]] = {
    "mina": frozenset("mina mitt min egna".split()),
    "cases": frozenset("arenden arende arendena arendet uppgifter lista bord jobb diarium".split()),
    "late": frozenset(
        "forsenade forsenad forsenat sena sent forfallna forfallet overtid forsening forseningar".split()
    ),
    "week": frozenset("veckan vecka veckans veckolaget oversikt oversikten".split()),
}
_AS_SURE = 82  # of a hundred: a word that is shown something by may have a slip or two


def _help(said: Said) -> Command | None:
    return Command("hjalp", text=said.raw) if _HELP.fullmatch(said.line) else None


def _case(said: Said) -> Command | None:
    if len(said.dnrs) != 1 or said.line.count("#") != 1:
        return None
    others = [w for w in said.words if w != "#"]
    asked = (said.asks or said.words[0] in QUESTION_WORDS) and not said.wishes
    if asked or not set(others) - SHOWING:
        return Command("arende", said.dnrs[0], text=said.raw)
    return None


def _view(said: Said) -> Command | None:
    if said.dnrs or said.denies:
        return None
    if _MINE.fullmatch(said.line):
        return Command("mina", text=said.raw)
    found = {kind_of(word) for word in said.words} - {"filling"}
    if "" in found:
        return None
    mine = ME if "mina" in found else ""
    if "late" in found and found <= {"late", "mina", "cases"}:
        return Command("forsenade", to=mine, text=said.raw)
    if "week" in found and found <= {"week", "mina"}:
        return Command("veckan", text=said.raw)
    if found == {"mina", "cases"} or found == {"cases"} or said.line == "mina":
        return Command("mina", text=said.raw)
    return None


def kind_of(word: str) -> str:
    """Return what a word says of a view; nothing where it is none that is known."""
    known = next((kind for kind, words in _WORDS.items() if word in words), "")
    if known or word in SHOWING:
        return known or "filling"
    if len(word) < 5:
        return ""
    near = max((fuzz.ratio(word, w), kind) for kind, words in _WORDS.items() for w in words if len(w) >= 5)
    return near[1] if near[0] >= _AS_SURE else ""


def _search(said: Said) -> Command | None:
    found = re.fullmatch(r"(?:sok|hitta|leta)(?: efter| upp)? (?P<words>.+)", said.line)
    words = said.written(*found.span("words"))[:LONGEST_SEARCH].strip() if found and not said.dnrs else ""
    return Command("sok", to=words, text=said.raw) if words else None
