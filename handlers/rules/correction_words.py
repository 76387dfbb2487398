"""What a registrator means by a reply to a receipt: one wish a line, in the words that people write, and nothing guessed."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass, field
from typing import Literal

from handlers.reading import dates

Act = Literal["secret", "kind", "title", "sender", "deadline", "case", "not", "split", "number", "new", "right", "note"]


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing to put right. value: a kind's name, a title, an ISO day or "", a number, a reason; values: the titles of
    what is to be parted. note: a line that was not understood."""

    act: Act
    value: str = ""
    values: tuple[str, ...] = ()
    line: str = field(default="", compare=False, repr=False)


_MOST_LINES = 40
_SOON = dt.timedelta(days=330)
# What people call the kinds, as `_bare` writes it, and the kind and matter that it means ("" = leave, "-" = none).
_KINDS: dict[str, tuple[str, str]] = {
    "motion": ("motion", "motion"),
    "medborgarforslag": ("medborgarforslag", "medborgarforslag"),
    "interpellation": ("interpellation", "interpellation"),
    "enkel fraga": ("interpellation", "interpellation"),
    "namndinitiativ": ("namndinitiativ", "namndinitiativ"),
    "initiativ": ("namndinitiativ", "namndinitiativ"),
    "remiss": ("remiss", ""),
    "begaran om yttrande": ("remiss", ""),
    "remiss over motion": ("remiss", "motion"),
    "remiss av motion": ("remiss", "motion"),
    "remiss om motion": ("remiss", "motion"),
    "begaran om yttrande over motion": ("remiss", "motion"),
    "remiss over medborgarforslag": ("remiss", "medborgarforslag"),
    "revision": ("revisionsgranskning", "revision"),
    "revisionsgranskning": ("revisionsgranskning", "revision"),
    "granskning": ("revisionsgranskning", "revision"),
    "revisionsrapport": ("revisionsgranskning", "revision"),
    "revisionsforfragan": ("revisionsforfragan", "revision"),
    "protokollsutdrag": ("protokollsutdrag", ""),
    "protokoll": ("protokollsutdrag", ""),
    "beslut": ("protokollsutdrag", ""),
    "kvalitetsgranskning": ("kvalitetsgranskning", ""),
    "svar": ("svar", ""),
    "yttrande": ("svar", ""),
    "remissvar": ("svar", ""),
    "tjansteskrivelse": ("tjansteskrivelse", ""),
    "kallelse": ("kallelse", ""),
    "begaran om allman handling": ("utlamnande", ""),
    "begaran om handling": ("utlamnande", ""),
    "utlamnande": ("utlamnande", ""),
    "synpunkt": ("synpunkt", ""),
    "klagomal": ("synpunkt", ""),
    "skrivelse": ("synpunkt", ""),
    "ovrigt": ("other", "-"),
    "annat": ("other", "-"),
}
_TITLE = (
    "rubrik",
    "rubriken",
    "titel",
    "titeln",
    "arendemening",
    "arendemeningen",
    "arenderubrik",
    "ny rubrik",
    "ny titel",
)
_SENDER = ("fran", "avsandare", "avsandaren")
_KIND = ("typ", "typen", "sort", "brevtyp", "typ av brev")
_DEADLINE = (
    "svarsdag",
    "svarsdatum",
    "svar senast",
    "datum",
    "sista svarsdag",
    "svara senast",
    "senast",
    "ny svarsdag",
)
_LABEL = re.compile(r"^(?P<label>[^:=]{2,24}?)\s*(?:ska vara|är|[:=])\s*(?P<value>\S.*)$", re.IGNORECASE)
_IT_IS = re.compile(
    r"^(?:nej[,.]? )?(?:det(?: här)? (?:är|ska vara)|detta är|den är|är|ska vara|typ(?:en)?(?: är)?:?)?\s*(?:en |ett )?",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"[A-ZÅÄÖ]{1,8}[ -/]?(?:19|20)\d\d ?[-/:. ] ?\d{1,7}|(?:19|20)\d\d/[A-ZÅÄÖ]{1,8}\d{1,7}|A-\d{1,9}", re.IGNORECASE
)
_BELONGS = re.compile(
    r"^(?:nej[,.]? )?(?:det |den |brevet |detta )?(?:hör (?:till|ihop med)|tillhör|ska (?:till|läggas i|in i|ligga i)|"
    r"lägg(?:s)?(?: (?:till|den|det|brevet))? i|samma (?:ärende )?som|flytta(?: (?:till|den till|det till|brevet till))|"
    r"komplettering (?:till|i)|ärende(?:t)?:?)\s+(?:ärendet? )?(?:dnr:? )?(?P<number>.+?)[ .!]*$",
    re.IGNORECASE,
)
_ONLY_NUMBER = re.compile(
    r"^(?:dnr|diarienr|diarienummer|nummer|numret är|det fick|den fick|fick)?[ :.]*(?P<number>.+?)[ .!]*$",
    re.IGNORECASE,
)
_NO_DAY = re.compile(
    r"^(?:det finns |det är )?(?:inget|ingen|inga|utan|ta bort|stryk) (?:svars?)?(?:datum|dag|svarsdag|svarsdatum|tid|deadline|svarsdagen|datumet|dagen)[ .!]*$"
    r"|^(?:svarsdag|datum|svarsdatum)\s*[:=]?\s*(?:inget|ingen|saknas|nej|-)[ .!]*$",
    re.IGNORECASE,
)
_DAY = re.compile(
    r"^(?:(?:ny |nytt |rätt )?(?:svar|svara|svarsdag(?:en)?|svarsdatum(?:et)?|datum|yttrande|sista dag(?:en)?)?\s*(?:är|ska vara)?\s*"
    r"(?:senast|till|[:=])?)\s*(?:den )?(?P<day>[\d].*|v(?:ecka|\.)? ?\d.*)$",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"^(?:nej[,.]? )?(?:det |den |brevet |detta )?(?:ska|skall|bör|behöver)? ?(?:inte|ej|icke) (?:registreras|diarieföras)|"
    r"^(?:registrera|diarieför)(?: den| det)? (?:inte|ej)",
    re.IGNORECASE,
)
_WHY = re.compile(r"(?:[:,.;–-]+\s*|\s+(?:eftersom|för att|därför att|då|för)\s+)(?P<why>\S.*)$", re.IGNORECASE)
_PART = re.compile(
    r"^(?:nej[,.]? )?(?:det (?:här )?(?:är|ska vara|borde vara|borde ha varit)|detta är|dela(?: upp)?(?: den| det| brevet)? i|ska delas i|egentligen)\s+"
    r"(?P<count>två|tre|fyra|2|3|4)(?: olika)?(?: ärenden| brev| saker| motioner| handlingar)?\s*(?:[:;,.–-]\s*(?P<titles>.*))?$",
    re.IGNORECASE,
)
_COUNT = {"två": 2, "tre": 3, "fyra": 4, "2": 2, "3": 3, "4": 4}
_BULLET = re.compile(r"^\s*(?:\d[.)]|[-*•–])\s+(?P<title>\S.*)$")
_SECRET = re.compile(
    r"\b(?:hem+li(?:g|gt|ga|gstämpla\w*)|h[ae]ml(?:ig|igt)|sek+r?ete?s+\w*|individ(?:ärende|arende)t?)\b", re.IGNORECASE
)
_SECRET_WORDS = ("hemlig", "hemligt", "sekretess", "individarende")
_NOT_SECRET = re.compile(
    r"\b(?:inte|ej|icke|ingen|inget|utan|knappast|var(?:ken)?|längre)\b[^.!?]{0,30}\b(?:hem+lig|sek+r?etes|individ)"
    r"|\b(?:hem+lig\w*|sek+r?etes\w*) (?:inte|ej|är det inte)\b",
    re.IGNORECASE,
)
_NEW = re.compile(
    r"^(?:nej[,.]? )?(?:det är |registrera (?:som )?|ska vara )?(?:ett )?(?:nytt|eget|separat) ärende[ .!]*$",
    re.IGNORECASE,
)
_RIGHT = re.compile(
    r"^(?:ja[,.!]? ?)?(?:(?:det |allt |allting )?(?:stämmer|är rätt|är okej|är ok)|rätt|ok|okej|ja|godkänt|registrera(?: den| det| brevet)?)(?: tack)?[ .!]*$",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"^(?:hej(?:san)?|god ?(?:morgon|dag|kväll)|tack(?: så mycket)?|mvh|vänligen)\b[^:]{0,30}$", re.IGNORECASE
)


def parse(text: str, today: dt.date) -> list[Wish]:
    """Return the wishes of a reply to a receipt, one per line; what is no wish is a note. A greeting is nothing.

    >>> parse("Det är en remiss", dt.date(2026, 11, 24))
    [Wish(act='kind', value='remiss', values=('',))]
    >>> [(w.act, w.value) for w in parse("Rubrik: Motion om bussar\\nsvar senast 5/2\\nhör till SN 2026-12", dt.date(2026, 11, 24))]
    [('title', 'Motion om bussar'), ('deadline', '2027-02-05'), ('case', 'SN 2026-12')]
    >>> [(w.act, w.value) for w in parse("hemmlig!! det gäller ett barn", dt.date(2026, 11, 24))]
    [('secret', '')]
    >>> parse("Det är två: Motion om bussar; Motion om gatljus", dt.date(2026, 11, 24))[0].values
    ('Motion om bussar', 'Motion om gatljus')
    >>> [(w.act, w.value) for w in parse("ska inte registreras, reklam", dt.date(2026, 11, 24))]
    [('not', 'reklam')]
    """
    lines = [" ".join(line.split()) for line in text.splitlines()]
    made: list[Wish] = []
    at = 0
    lines = [line for line in lines if line][:_MOST_LINES]
    while at < len(lines):
        line = lines[at]
        at += 1
        parted = _PART.match(line)
        if parted:
            wish, taken = _parted(parted, line, lines[at:])
            at += taken
            made.append(wish)
            continue
        wish_ = _wish(line, today)
        if wish_ is not None:
            made.append(wish_)
    return made


def _wish(line: str, today: dt.date) -> Wish | None:
    """Return the wish of a line, or None for a greeting."""
    bare = line.strip(" .!*-•")
    label = _LABEL.match(line)
    if label:
        found = _labelled(_bare(label["label"]), label["value"].strip(), line, today)
        if found is not None:
            return found
    belongs = _BELONGS.match(bare)
    if belongs and _NUMBER.fullmatch(belongs["number"]):
        return Wish("case", belongs["number"], line=line)
    if _NOT.match(bare):
        why = _WHY.search(_NOT.sub("", line, count=1))
        return Wish("not", why["why"].strip(" .!") if why else "", line=line)
    if _NO_DAY.match(bare):
        return Wish("deadline", "", line=line)
    kind = _kind(_bare(_IT_IS.sub("", bare, count=1)))
    if kind:
        return Wish("kind", kind[0], (kind[1],), line=line)
    if _is_secret(line):
        return Wish("secret", line=line)
    day = _DAY.match(bare)
    if day:
        return _day(day["day"], line, today)
    number = _ONLY_NUMBER.match(bare)
    if number and _NUMBER.fullmatch(number["number"]) and not number["number"].upper().startswith("A-"):
        return Wish("number", number["number"], line=line)
    if _NEW.match(bare):
        return Wish("new", line=line)
    if _RIGHT.match(bare):
        return Wish("right", line=line)
    return None if _GREETING.match(bare) else Wish("note", line[:200], line=line)


def _labelled(label: str, value: str, line: str, today: dt.date) -> Wish | None:
    if _is_any(label, _TITLE):
        if _is_secret(value) and len(value.split()) <= 2:
            return Wish("secret", line=line)
        return Wish("title", value.strip("”\"“' ")[:400], line=line)
    if _is_any(label, _SENDER) and not re.match(r"\d", value):
        return Wish("sender", value[:200], line=line)
    if _is_any(label, _KIND):
        kind = _kind(_bare(_IT_IS.sub("", value, count=1)))
        return Wish("kind", kind[0], (kind[1],), line=line) if kind else None
    if _is_any(label, _DEADLINE):
        if re.match(r"(?:inget|ingen|saknas|nej|-)\b", value, re.IGNORECASE):
            return Wish("deadline", "", line=line)
        return _day(value, line, today)
    return None


def _is_secret(line: str) -> bool:
    """Say whether a line means that a letter is secret, also where it is spelt a little wrong or put as a question.

    >>> _is_secret("sekrtess, tror jag?"), _is_secret("Det här är inte hemligt")
    (True, False)
    """
    if _NOT_SECRET.search(line):
        return False
    return bool(_SECRET.search(line)) or any(_is_near(w, k) for w in _bare(line).split() for k in _SECRET_WORDS)


def _parted(found: re.Match[str], line: str, following: list[str]) -> tuple[Wish, int]:
    """Return the wish to part a letter, and how many of the following lines it took: they may list the titles."""
    count = _COUNT[found["count"].lower()]
    titles = [t.strip(' .”"“') for t in re.split(r"\s*[;/]\s+|\s+\+\s+", found["titles"] or "") if t.strip(" .")]
    if len(titles) == 1 and count == 2 and titles[0].count(" och ") == 1:
        titles = [t.strip() for t in titles[0].split(" och ")]
    taken = 0
    if not titles:
        for line_ in following[:count]:
            bullet = _BULLET.match(line_)
            if not bullet:
                break
            titles.append(bullet["title"].strip(' .”"“'))
            taken += 1
    return Wish("split", str(count), tuple(titles), line=line), taken


def _day(value: str, line: str, today: dt.date) -> Wish:
    found = {d.date: d for d in dates.find_days(value, today)}
    if len(found) != 1:
        return Wish("note", line[:200], line=line)
    only = next(iter(found.values()))
    if not only.has_year and only.date - today > _SOON:
        return Wish("note", line[:200], line=line)  # it has just been: another year must be said
    return Wish("deadline", only.date.isoformat(), line=line)


def _kind(word: str) -> tuple[str, str] | None:
    if word in _KINDS:
        return _KINDS[word]
    near = {_KINDS[known] for known in _KINDS if len(known) >= 6 and _is_near(word, known)}
    return near.pop() if len(near) == 1 else None


def _is_any(label: str, known: tuple[str, ...]) -> bool:
    return label in known or any(len(k) >= 5 and _is_near(label, k) for k in known)


def _bare(text: str) -> str:
    """Return words in small letters without dots and rings, as they are compared.

    >>> _bare("Ärendemening "), _bare("NÄMNDINITIATIV")
    ('arendemening', 'namndinitiativ')
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^\w ]", " ", plain).split())


def _is_near(word: str, known: str) -> bool:
    """Say whether two words differ by one letter: missing, doubled, another, or two that have changed places.

    >>> _is_near("motoin", "motion"), _is_near("remis", "remiss"), _is_near("nation", "motion")
    (True, True, False)
    """
    if word == known:
        return True
    if abs(len(word) - len(known)) > 1:
        return False
    at = next((i for i, (a, b) in enumerate(zip(word, known, strict=False)) if a != b), min(len(word), len(known)))
    a, b = word[at:], known[at:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and len(a) > 1 and a[2:] == b[2:])
