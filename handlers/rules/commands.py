"""What somebody wants who writes to the bot in a chat. An act is never guessed: what is not clear becomes a button."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field

from rapidfuzz import fuzz

from handlers.reading import dates
from handlers.reading.characters import fold
from handlers.rules import absence_words
from handlers.rules.command_words import QUESTION_WORDS, SHOWING, TAKES_NUMBER, Said, take_apart, with_marks

# fragor: what the person is asked; a bare yes or no shows it, for it may be meant for anything.
VIEWS = ("mina", "arende", "forsenade", "veckan", "sok", "fragor", "hjalp")
# What changes something. ta and godkann without a number are about the one such question that is asked.
ACTS = ("tilldela", "klart", "pagar", "anstand", "fel_person", "ta", "godkann", "borta", "ater")
ME = "mig"
_SOON = dt.timedelta(days=300)  # a day without a year that is further off has just been
LONGEST_SEARCH = 80


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its word, and what it is about.

    dnr: a number as it is written, with the prefix where one was ("SN 2026-123", "2026-123"). to: whom a case goes to,
    or the words that are sought. day, last_day, name: the day of a respite or of coming back, or the days away and who
    answers meanwhile.
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
    return _help(said) or _questions(said) or _act(said, today) or _case(said) or _view(said) or _search(said)


# acts

_SOME = r"[^\W\d_][\w.'@-]*"
NAME = rf"{_SOME}(?: {_SOME}){{0,2}}"
# What is nobody's name: "tilldela SN 2026-1 någon annan", "ge SN 2026-1 mer tid", "SN 2026-1 Karin nästa vecka".
_NOBODY = frozenset(
    "jag du vi ni nagon nagot ingen inte dig oss er hen hon han de dem man alla vem eller och men om nar hur som for till pa at i av med "
    "ska kan ar har den det denna snart sedan sen idag imorgon nu ocksa bara registratorn chefen handlaggare handlaggaren "
    "klar klart pagar tar ta ersattare tilldela anstand borta annan annat mer mera mycket lite mindre fler tid tiden hog hogt "
    "hogre hogsta lagt lagre lagsta prioritet prioriteten prioriterat prioriterad prio prioritera nasta forra vecka veckan "
    "veckor manad manaden manader aret dagar dagen igar overmorgon mandag mandagen tisdag tisdagen onsdag onsdagen torsdag "
    "torsdagen fredag fredagen lordag lordagen sondag sondagen januari februari augusti september oktober november december "
    "en ett ny nytt nya rubrik rubriken titel titeln namn namnet nummer dnr datum svarsdag svarsdagen tidsfrist fristen "
    "kanske eventuellt mojligen helst ungefar typ omkring ifall savida snarast genast direkt strax senare tidigare forst efter "
    "innan under over tills medan utan forvaltningen forvaltning namnden namnd sekreteraren sekreterare ordforanden ordforande "
    "ledamoterna kommunen staben avdelningen enheten gruppen teamet kollega kollegan kollegor ratt fel samma personen personal "
    "folk hjalp status besked information info kopia igen tillbaka vidare upp ner bort ja nej ok okej allt inget inga "
    "registrator chef igenom fore mellan eftersom annars hellre gar skulle borde vill svarar tror vet".split()
)
_DONE = r"(?:klar|klart|fardig|fardigt|avklarad|avklarat|klarmarkerad|klarmarkerat)"
_YES = r"(?:ja|japp|ok|okej|absolut|garna)"
_WORKS = r"(?:jag )?(?:(?:jobbar|arbetar) (?:pa|med)|haller pa med)"
_WRONG = r"fel (?:person|handlaggare)"
_LINES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (word, re.compile(pattern))
    for word, pattern in (
        ("klart", rf"(?:(?:jag|det) ar |jag ar nu |ar |nu |nu ar jag )?{_DONE}(?: nu)?(?: med)?(?: #)?"),
        ("klart", rf"# (?:(?:det|den) )?(?:ar )?(?:nu )?{_DONE}(?: nu)?"),
        ("klart", rf"(?:markera|satt) # (?:som )?{_DONE}|klarmarkera #"),
        ("pagar", rf"(?:(?:det )?pagar(?: med)?|{_WORKS}|pa gang)(?: #)?"),
        ("pagar", r"# (?:(?:det|den) )?(?:pagar|(?:ar )?pa gang|(?:jobbar|arbetar) jag (?:pa|med)|haller jag pa med)(?: nu)?"),
        ("fel_person", rf"(?:det ar |jag ar )?{_WRONG}(?: (?:for|pa|i|till))?(?: #)?|# (?:(?:det|jag) )?(?:ar )?{_WRONG}"),
        ("godkann", rf"(?:{_YES} )?(?:jag )?(?:godkanner|godkant)(?: (?:den|det|tjansteskrivelsen))?(?: (?:i|for))?(?: #)?"),
        ("godkann", r"godkann(?: tjansteskrivelsen)?(?: (?:i|for))? #|# godkant|# godkanner jag"),
        ("ta", rf"(?:{_YES} )?(?:jag )?(?:tar|ta|kan ta|vill ta|tar hand om|tar pa mig)(?: garna)? #"),
        ("ta", r"# (?:den |det )?(?:tar|kan) jag(?: ta| hand om)?"),
        ("ta", rf"(?:{_YES} )?(?:jag )?(?:tar|kan ta) (?:den|det|arendet)(?: garna)?"),
        ("ta", rf"(?:{_YES} )?(?:den|det) (?:tar jag|kan jag ta)"),
        ("tilldela", rf"(?:tilldela|ge|utse) #(?: (?:till|at|pa|for))? (?P<to>{NAME}?)(?: som handlaggare)?"),
        ("tilldela", rf"(?:tilldela|ge|utse) (?:till |at )?(?P<to>{NAME}?)(?: (?:som|till) handlaggare)?(?: (?:for|i|pa|till))? #"),
        ("tilldela", rf"# (?:tilldela|tilldelas)(?: (?:till|at))? (?P<to>{NAME})"),
        ("tilldela", r"tilldela(?: #)?|# tilldela"),
    )
)  # fmt: skip
_ON_WISH = ("tilldela",)  # "kan du tilldela …" is an order; "kan du ta …" is for a person
# Whoever names the work means a case even by a small number; "tar 2" and "klar 5" may be of anything.
_WORKS_ON = re.compile(rf"{_WORKS} #")
_TIME = r"(?:anstand|mer tid|langre tid|ny dag|ny svarsdag)"
_RESPITE = re.compile(
    r"(?:# )?(?:(?:jag )?(?:behover|vill ha|skulle vilja ha|onskar|begar|ber om|soker|ansoker om|ha) )?"
    rf"(?P<word>{_TIME})(?: (?P<rest>.*))?"
)
_OF_RESPITE = re.compile(rf"\b{_TIME}\b|\bhinner (?:jag )?inte\b")
_BEFORE_DAY = frozenset("# for i pa med om till fram den t.o.m. t.o.m tom och senast".split())
_WEEKDAY = re.compile(
    r"(?<!på )(?<!till )(?<!senast )\b((?:mån|tis|ons|tors|fre|lör|sön)dag)\b(?! (?:den )?\d| v\.? ?\d)"
)
_WEEKDAY_NAME = re.compile(r"\b(?:man|tis|ons|tors|fre|lor|son)dag(?=en\b|\b)")
# A day, and not a month or a week. What is said beside it may be why; these words say something else: that it depends, that
# it is about so, that it has been, that somebody else says it, that it is not so. Then nothing is done.
_PRECISE = frozenset("iso word ordinal english slash dots solid weekday tomorrow within".split())
_NO_REASON = frozenset(
    "om ifall nar savida savitt gar igar kanske helst ungefar typ omkring runt cirka ca eventuellt ev mojligen mojligtvis "
    "antingen eller forutsatt forutsattning annars tidigast minst troligen formodligen nog tror hoppas borde skulle kunde prel preliminart "
    "beroende beror tills utom men fast tidigare senare nasta forra ifjol var vore blev varit blivit fick fatt hade gick kom "
    "kommit sa sade sager sagt skrev skriver skrivit enligt stod gav gavs givit tog togs beviljat beviljad beviljas "
    "avslag avslaget nekat nekad nekas nej angra avbryt strunt glom kan far ska vill vem vad hur varfor vilken vilket vilka "
    "behovs racker duger ok okej eventuell onskas egentligen snarare hellre undrar fragar fraga".split()
)
_HAS_BEEN = re.compile(r"(?!bade$|maste$|borde$)\w*(?:ades?|[rlmgv]des?|[kpt]tes?|[bklprt]ste|tes)$")
_SAYS_OF_DAY = frozenset("ar blir gar galler passar funkar fungerar som".split())
_AWAY = re.compile(
    rf"(?:(?:med )?ersattare (?P<name>{NAME}?) )?(?:jag )?(?:ar |blir |ska vara |kommer (?:att )?vara |tar |har )?"
    r"(?:borta|franvarande|franvaro|ledig|(?:pa )?semester|sjuk|tjanstledig|foraldraledig|vab)(?: (?P<days>.+))?"
)
_INSTEAD = re.compile(rf"(?P<days>.+?)(?: och)?(?: med)? (?:ersattare|ersatts av|vikarie)(?: ar)? (?P<name>{NAME})")
_STANDS_IN = re.compile(r"(?P<days>.+) (?:ersatter|vikarierar|svarar)(?: (?:for )?mig)?")
_BACK = re.compile(
    r"(?:jag ar(?: nu)? |nu ar jag |ar(?: nu)? |nu |jag )?(?P<comes>(?:jag )?kommer )?(?:ater|tillbaka|pa plats|i tjanst)"
    r"(?: (?:igen|nu|idag|i dag|i tjanst|pa jobbet|pa kontoret|fran semestern))*(?: (?P<day>.+))?"
)


def _act(said: Said, today: dt.date) -> Command | None:
    """Return the act that every word of a text says; a question, a denial or somebody else's words say none."""
    if said.asks or said.denies or said.quotes or len(said.dnrs) > 1 or said.line.count("#") > 1:
        return None
    if said.short and not _WORKS_ON.fullmatch(said.line):
        return None
    found = _line(said) or _respite(said, today)
    if not found and not said.dnrs:
        found = _back(said, today) or _away(said, today)
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
    """Say whether words can be somebody's name.

    >>> is_name("karin odman"), is_name("mer tid"), is_name("karin nasta vecka")
    (True, False, False)
    """
    return folded in (ME, "mej") or not any(w in _NOBODY or w in _NO_REASON for w in folded.split())


def _respite(said: Said, today: dt.date) -> Command | None:
    """Return a respite: to the one day that is named, without a day where none is, or none where it is not clear."""
    found = _RESPITE.fullmatch(said.line)
    dnr = said.dnrs[0] if said.dnrs else ""
    if not found or (not dnr and found["word"] != "anstand"):
        return None
    rest = _WEEKDAY.sub(r"på \1", with_marks(found["rest"] or ""))
    days = dates.find_days(rest, today)
    before = [fold(w) for w in rest[: days[0].start].split()] if days else []
    left = rest
    for one in reversed(days):
        left = f"{left[: one.start]} {left[one.end :]}"
    beside = [w for w in fold(left).split()[len(before) :] if w != "#"]
    day = days[0] if days else None
    # "fredag 5/11" is a day only where that is a Friday.
    named = _WEEKDAY_NAME.findall(fold(rest[: day.end])) if day else []
    wrong = any(day and name != fold(dates.WEEKDAYS[day.date.weekday()]) for name in named)
    left_before = {w for w in before if not _WEEKDAY_NAME.fullmatch(w)} - _BEFORE_DAY
    if wrong or left_before or _says_more(beside) or len({d.date for d in days}) > 1:
        return None
    if day is None or day.style not in _PRECISE or day.date < today:
        return Command("anstand", dnr, text=said.raw)
    if not day.has_year and day.date - today > _SOON:
        return Command("anstand", dnr, text=said.raw)
    return Command("anstand", dnr, day=day.date, text=said.raw)


def _says_more(words: list[str]) -> bool:
    """Say whether words beside a day are more than why it is wished for."""
    return bool(words) and (
        words[0] in _SAYS_OF_DAY
        or any(w in _NO_REASON or _HAS_BEEN.match(w) or re.search(r"\d", w) is not None for w in words)
    )


def _back(said: Said, today: dt.date) -> Command | None:
    """Return that somebody is back: today, or on the day that is named."""
    found = _BACK.fullmatch(said.line)
    if not found:
        return None
    if not found["day"]:
        return None if found["comes"] else Command("ater", text=said.raw)
    days = absence_words.spoken(with_marks(found["day"]), today)
    if days is None or days[0] != days[1] or not today < days[0] <= today + _SOON:
        return None
    return Command("ater", day=days[0], text=said.raw)


def _away(said: Said, today: dt.date) -> Command | None:
    found = _AWAY.fullmatch(said.line)
    if not found or (found["name"] and not is_name(found["name"])):
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
_BARE = r"(?:ja|japp|jepp|jo|jada|jajamansan|javisst|visst|yes|ok|okej|okay|absolut|garna|nej|nejda|nix)"
_YES_OR_NO = re.compile(
    rf"{_BARE}(?: {_BARE}){{0,2}}(?: (?:det|den) stammer(?: inte)?)?|(?:(?:det|den) )?stammer(?: inte)?|(?:det|den) kan jag|"
    r"(?:jag )?vet inte(?: an)?"
)
_ASKED = re.compile(
    r"(?:visa )?(?:mina |alla )?fragor(?:na)?|(?:vad|vilka fragor) (?:vantar|ar jag fragad om|har (?:du|ni) fragat)"
    r"(?: (?:mig|pa mig|pa mitt svar))?"
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


def _questions(said: Said) -> Command | None:
    """Return that somebody wants what they are asked: they say so, or yes or no to something."""
    if _ASKED.fullmatch(said.line) or (_YES_OR_NO.fullmatch(said.line) and not said.asks):
        return Command("fragor", text=said.raw)
    return None


def _case(said: Said) -> Command | None:
    if len(said.dnrs) != 1 or said.line.count("#") != 1:
        return None
    others = [w for w in said.words if w != "#"]
    asked = (said.asks or said.words[0] in QUESTION_WORDS) and not said.wishes
    if said.short and not asked:
        shows = not set(others) - (SHOWING - TAKES_NUMBER)
    else:
        # A respite that is no act, and a bare yes or no to a case: its buttons ask what is meant.
        shows = not set(others) - SHOWING or _asks_for_buttons(said, others)
    if asked or shows:
        return Command("arende", said.dnrs[0], text=said.raw)
    return None


def _asks_for_buttons(said: Said, others: list[str]) -> bool:
    if said.words[0] in ("ge", "tilldela", "utse"):
        return False  # "ge SN 2026-123 mer tid" is somebody's wish of another
    return _OF_RESPITE.search(said.line) is not None or _YES_OR_NO.fullmatch(" ".join(others)) is not None


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
