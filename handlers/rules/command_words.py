"""The words of the commands: what is said in a chat, folded to letters without marks, with small slips mended."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from handlers.reading.characters import fold

LONGEST = 400  # characters of what may be a command; a longer text is a letter
_MOST_TOKENS = 60
_MOST_NUMBERS = 5

# The words that commands are known by, and that may have one slip in them: acts first.
ACT_WORDS = ("tilldela", "anstand", "klart", "fardig", "fardigt", "pagar", "borta", "ersattare", "semester", "tillbaka")
_LEAST_WITH_SLIP = 5  # letters: a shorter word with another letter is another word
# Words of their own that are one letter from a command's. "Börja 20/12" is nobody's absence.
_OTHERS = frozenset(
    "tilldelad tilldelat tilldelas tilldelar avstand anstalt klara klarat klarar klarnat farligt fardiga borja borra borda "
    "borga borst berta bortom bort pager lagar semestern ersattaren ersattas ersatter farliga".split()
)

NUMBER_NOUNS = frozenset("arendet arende arenden dnr diarienummer diarienr diarienumret nr nummer numret".split())
QUESTION_WORDS = frozenset("vem vad hur nar ar var varfor vilken vilka vilket finns har blir kommer ska gick".split())
NEGATIONS = frozenset("inte ej icke aldrig ingen inget inga utan varken knappt".split())
_GREETINGS = frozenset(
    "hej hejsan hallo halloj hallå tja tjena tjenare hejhej snalla vanligen please namndbot boten bot".split()
)
_FOND = ("god morgon", "god dag", "god kvall", "hej pa dig", "var snall och", "var vanlig och")
_THANKS = frozenset("tack snalla tackar please plz mvh hej".split())
_FOND_ENDS = ("tack sa mycket", "tack pa forhand", "ar du snall", "om du vill", "stort tack")
# "Kan du visa …" is a wish; whether it may act is another thing.
_WISHES = re.compile(
    r"^(?:kan (?:du|ni|jag fa|vi fa)|skulle (?:du|ni) (?:kunna|vilja)|vill du|far jag|jag (?:vill|skulle vilja|onskar)|"
    r"jag (?:behover|vill) (?:fa )?se) (?!(?:fa |ha )?(?:anstand|mer tid|langre tid|ny dag)\b)"
)
_FILLING = frozenset(
    "visa lista se ge mig oss hamta fram titta kolla pa om for i a de det den dem detta denna har som alla allt nu idag dag "
    "just lite info information status laget lage lagen hur gar ser ut vad galler med hander star oppna upp vem vilka ar "
    "handlaggare handlagger handlaggaren tar skulle vilja vill till av och bara gick nar kommer klar klart klara kan du jag "
    "ha fa lagt tack berätta beratta sag".split()
)
SHOWING = _FILLING | QUESTION_WORDS | NUMBER_NOUNS
# What stands before a number and is no series' prefix.
_NO_PREFIX = (
    SHOWING
    | NEGATIONS
    | _GREETINGS
    | _THANKS
    | frozenset(
        "tilldela anstand borta pagar fardig fardigt tar ta ja jag min mitt mina ater tillbaka sok hitta utse satt markera till "
        "fran den v vecka kl ok okej sen sent sena samt men eller bilaga punkt sid sida under vid per efter fore inom mot gang "
        "jan feb mars apr maj juni juli aug sep okt nov dec lag kap".split()
    )
)

_YEAR = r"(?:19|20)\d\d"
_NO_DAY = r"(?!(?:0\d|1[0-2])-[0-3]\d(?!\d))"  # 2026-11-05 is a day
_MONTH = r"(?:jan|feb|mar|apr|maj|jun|jul|aug|sep|okt|nov|dec)[a-z]*"
_NUMBER = re.compile(
    rf"(?<![\w/-])(?:(?:(?P<near>[^\W\d_]{{1,4}})[ ]?[-/:.]?[ ]?|(?P<joined>[^\W\d_]{{5,8}})[-/:.]?)?"
    rf"(?P<year>{_YEAR})(?P<sep> ?[-/:] ?| ){_NO_DAY}(?P<number>\d{{1,7}})(?:-\d{{1,2}})?"
    rf"|(?P<year2>{_YEAR})[-/: ]?(?P<between>[^\W\d_]{{1,8}})[-/: ]?(?P<number2>\d{{1,7}}))(?![\d/]|-\d|[^\W\d_]| ?{_MONTH})"
)
# Somebody else's words: marks round them, a line's ">"; an apostrophe within a word is none, nor is "’27".
_QUOTED = re.compile(r"[\"“”„‟«»‹›‘`>]|(?<!\w)['’](?=[^\W\d])")
_TO_SPACE = re.compile(r"[,;!?:\"”“’'()\[\]*_>|]")
# Days need their marks to be read as days.
_MARKED = {
    "mandag": "måndag", "mandagen": "måndagen", "lordag": "lördag", "lordagen": "lördagen", "sondag": "söndag",
    "sondagen": "söndagen", "overmorgon": "övermorgon", "nasta": "nästa", "manad": "månad", "manader": "månader",
    "atta": "åtta", "tva": "två", "fran": "från", "pa": "på", "man": "mån", "lor": "lör", "son": "sön",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Token:
    """A word: folded, with its slip mended, and where it stands in what was written."""

    word: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Said:
    """What was said, taken apart. Numbers are "#" in the line, and stand in dnrs as they are written."""

    raw: str
    tokens: tuple[Token, ...]
    dnrs: tuple[str, ...]
    asks: bool  # a question mark stands in it
    wishes: bool  # "kan du …"
    denies: bool  # inte, ej …
    greets: bool
    quotes: bool  # it stands in marks, or after ">": somebody else has said it
    short: bool  # its number is a bare figure of one or two digits, which may be of anything

    @property
    def words(self) -> tuple[str, ...]:
        """The folded words."""
        return tuple(t.word for t in self.tokens)

    @property
    def line(self) -> str:
        """The folded words on a line."""
        return " ".join(t.word for t in self.tokens)

    def written(self, start: int, end: int) -> str:
        """Return what was written where a piece of the line stands, with its own letters."""
        at, first, last = 0, None, None
        for token in self.tokens:
            if at < end and at + len(token.word) > start:
                first, last = (token.start if first is None else first), token.end
            at += len(token.word) + 1
        return self.raw[first:last].strip(" .,;:!?\"”'()[]*_>|") if first is not None else ""


def take_apart(text: str, today: dt.date) -> Said | None:
    """Return what was said, or None when it is nothing, or too long to be a command."""
    raw = " ".join(unicodedata.normalize("NFC", text[: LONGEST * 4]).split())
    if not raw or len(raw) > LONGEST:
        return None
    # Letter by letter, so that each stands where it stood.
    plain = "".join((fold(c) or " ")[:1] for c in raw)
    plain, dnrs = _without_numbers(plain.replace("#", " "))
    asks = "?" in plain
    quotes = bool(_QUOTED.search(raw))
    plain = _TO_SPACE.sub(" ", plain)
    found = [Token(_bare(m[0]), m.start(), m.end()) for m in re.finditer(r"\S+", plain)]
    tokens, greets = _without_greetings([t for t in found if t.word][:_MOST_TOKENS])
    wish = _WISHES.match(" ".join(t.word for t in tokens))
    if wish:
        tokens = tokens[len(wish[0].split()) :]
    tokens = [Token(mended(t.word), t.start, t.end) for t in tokens]
    short = False
    if not dnrs:
        figures = {t.start: t.word for t in tokens}
        tokens, dnrs = _with_bare_number(tokens, today)
        short = any(t.word == "#" and len(figures[t.start]) < _LEAST_BARE for t in tokens)
    kept = [t for i, t in enumerate(tokens) if t.word not in NUMBER_NOUNS or not _is_number(tokens, i + 1)]
    denies = any(t.word in NEGATIONS for t in kept)
    return Said(raw, tuple(kept), tuple(dict.fromkeys(dnrs)), asks, bool(wish), denies, greets, quotes, short)


def mended(word: str) -> str:
    """Return a word with one slip mended, where it can be no other word.

    >>> mended("tildela"), mended("anstand"), mended("tilldelad"), mended("borja")
    ('tilldela', 'anstand', 'tilldelad', 'borja')
    """
    if len(word) < _LEAST_WITH_SLIP or word in _OTHERS or not word.isalpha():
        return word
    for known in ACT_WORDS:
        if word[0] == known[0] and OSA.distance(word, known, score_cutoff=1) <= 1:
            return known
    return word


def with_marks(line: str) -> str:
    """Return folded words as days are written.

    >>> with_marks("till lordag")
    'till lördag'
    """
    return " ".join(_MARKED.get(word, word) for word in line.split(" "))


def _bare(word: str) -> str:
    # "t.o.m." and "v." keep their points.
    return word.rstrip(".") if word.count(".") == 1 and len(word) > 3 else "" if set(word) == {"."} else word


def _without_numbers(plain: str) -> tuple[str, list[str]]:
    """Return a text with its numbers as "#", each as long as it was, and the numbers as they are written."""
    numbers: list[str] = []
    made, at = [], 0
    for found in _NUMBER.finditer(plain):
        prefix, start = (found["near"] or found["joined"] or found["between"] or "").upper(), found.start()
        if prefix and (mended(prefix.lower()) in _NO_PREFIX or prefix.lower() in _OTHERS):
            prefix, start = "", found.start("year") if found["year"] else found.start()
            if found["between"] or plain[start - 1].isalpha():
                continue
        if not prefix and " " in found["sep"]:
            continue  # "20 december 2026 - 7 januari"
        if len(numbers) == _MOST_NUMBERS:
            break
        numbers.append(f"{prefix} {found['year'] or found['year2']}-{int(found['number'] or found['number2'])}".strip())
        made += [plain[at:start], "#".ljust(found.end() - start)]
        at = found.end()
    return "".join([*made, plain[at:]]), numbers


def _without_greetings(tokens: list[Token]) -> tuple[list[Token], bool]:
    """Return the words without what is said to be kind, and whether anything was."""
    number = len(tokens)
    while tokens:
        line = " ".join(t.word for t in tokens)
        fond = next((f for f in _FOND if line == f or line.startswith(f + " ")), None)
        if not fond and tokens[0].word not in _GREETINGS:
            break
        tokens = tokens[len(fond.split()) if fond else 1 :]
    while tokens:
        line = " ".join(t.word for t in tokens)
        fond = next((f for f in _FOND_ENDS if line == f or line.endswith(" " + f)), None)
        if not fond and tokens[-1].word not in _THANKS:
            break
        tokens = tokens[: -len(fond.split()) if fond else -1]
    return tokens, len(tokens) < number


TAKES_NUMBER = frozenset(
    "klar klart fardig fardigt pagar tar ta tilldela anstand jobbar arbetar haller godkanner godkant".split()
)
_LEAST_BARE = 3  # digits: "jag tar 2" is of two of something
_DATES_BEFORE = frozenset("v vecka kl den till om for fran senast".split())


def _with_bare_number(tokens: list[Token], today: dt.date) -> tuple[list[Token], list[str]]:
    """Return the words with the one figure that can be a number of this year as "#"."""
    words = [t.word for t in tokens]
    if not (TAKES_NUMBER & set(words) or all(w.isdigit() or w in SHOWING for w in words)):
        return tokens, []
    found = [
        i
        for i, w in enumerate(words)
        if w.isascii()
        and w.isdigit()
        and len(w) <= 5
        and not re.fullmatch(_YEAR, w)
        and int(w) > 0
        and not (i and words[i - 1] in _DATES_BEFORE)
        and not (i + 1 < len(words) and re.fullmatch(_MONTH, words[i + 1]))
    ]
    if len(found) != 1:
        return tokens, []
    (at,) = found
    number = f"{today.year}-{int(words[at])}"
    return [*tokens[:at], Token("#", tokens[at].start, tokens[at].end), *tokens[at + 1 :]], [number]


def _is_number(tokens: list[Token], at: int) -> bool:
    return at < len(tokens) and tokens[at].word == "#"
