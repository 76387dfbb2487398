"""Forwards and answers: who wrote first, when, who passed it on, and what is only quoted."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Literal

from .dates import read_moment
from .letter import parties
from .reading import Party

MAX_LAYERS = 15

PREFIX = re.compile(
    r"^\s*(?:(?P<reply>sv|re|svar|antw|aw|vs)|(?P<forward>vb|fwd?|fw|vidarebefordra[dt]?|tr|wg|i))\s*(?:\[\d+\]|\(\d+\))?\s*:\s*",
    re.I,
)
_TAG = re.compile(r"^\s*\[(?:extern\w*|external|ext|spam\??|obs!? extern\w*|säkert meddelande)\]\s*:?\s*", re.I)
_FIELD = re.compile(
    r"^[\s>*_]*(?P<key>från|from|fra|avsändare|skickat|sent|datum|date|till|to|kopia|cc|ämne|subject|svara till|reply-to|hemlig kopia|bcc"
    r"|prioritet|importance|bilagor|attachments)\s*:[*_]*\s*(?P<value>.*)$",
    re.I,
)
_FROM = re.compile(r"^[\s>*_]*(?:från|from|fra|avsändare)\s*:[*_]*\s*\S", re.I)
_KEYS = {
    "från": "from",
    "from": "from",
    "fra": "from",
    "avsändare": "from",
    "skickat": "sent",
    "sent": "sent",
    "datum": "sent",
    "date": "sent",
    "till": "to",
    "to": "to",
    "ämne": "subject",
    "subject": "subject",
}
_SEPARATOR = re.compile(
    r"^[\s>*]*(?:[-_=–]{2,}\s*)?(?:ursprungligt meddelande|original message|original appointment|vidarebefordrat (?:meddelande|mejl|brev|e-post)"
    r"|forwarded message|begin forwarded message|inkommande e-post|vidarebefordrat mejl)\s*:?\s*(?:[-_=–]{2,})?\s*$",
    re.I,
)
_HIDDEN = re.compile(r"^\s*\[?(?:citerad text är dold|quoted text hidden)\]?\s*$", re.I)
_WROTE = re.compile(
    r"^[\s>]*(?:(?:den|on|på)\s+)?(?P<when>[^<>\n]{4,60}?),?\s+(?:skrev|wrote)\s+(?P<who>[^\n]{0,200}?)\s*(?:följande)?\s*:\s*$"
    r"|^[\s>]*on\s+(?P<when_en>[^<>\n]{6,60}?),?\s(?P<who_en>[^\n,]{2,120}?)\s+wrote\s*:\s*$",
    re.I,
)
# GroupWise: >>> "Evolution Ekeby" <evolution@ekeby.example> 2024-10-02 08:10 >>>
_GROUPWISE = re.compile(r"^\s*>>> ?(?P<who>[^<>\n]{0,100}(?:<[^<>\n]{3,200}>)?)[ ,]+(?P<when>[^<>\n]{6,40}?) ?>>>\s*$")
_INLINE = re.compile(r"\b(Från|From|Skickat|Sent|Datum|Date|Till|To|Kopia|Cc|Ämne|Subject)\s*:\s*")
_GREETING = re.compile(
    r"^\s*(?:med vänliga? hälsning(?:ar)?|vänlig(?:a|en)? hälsning(?:ar)?|vänligen|(?:bästa |varma |soliga |allt gott,? )?hälsning(?:ar)?|m\.?v\.?h|hälsar"
    r"|(?:best|kind|warm) regards|regards|sincerely)\b[\s,.!]*",
    re.I,
)
_DISCLAIMER = re.compile(
    r"^\s*(?:detta (?:e-?post)?meddelande|detta e-?(?:mail|post|brev)|det här mejlet|denna e-post|så här behandlar|när du (?:skickar|mejlar|kontaktar|kommunicerar)|vi behandlar (?:dina )?personuppgift"
    r"|läs (?:mer )?om hur .{0,40}personuppgift|information om .{0,30}personuppgift|personuppgifter behandlas|e-post till och från|om du inte är rätt mottagare|har du fått d|tänk på miljön|this (?:e-?mail|message)|please consider the environment"
    r"|caution: this|varning: detta|observera att detta (?:mejl|meddelande)|skickat från (?:min|outlook)|sent from my|hämta outlook|get outlook)",
    re.I,
)
_RULE = re.compile(r"^\s*(?:_{5,}|-{5,}|={5,}|\*{5,})\s*$")


@dataclass(frozen=True, slots=True)
class Layer:
    """One message inside the text: what was forwarded, or what is only quoted."""

    kind: Literal["forwarded", "quoted"]
    text: str
    sender: Party | None = None
    sent: dt.datetime | None = None  # Swedish wall time as written
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A mail's text, divided: what its sender wrote, and the messages under it, outermost first."""

    answer: str
    layers: tuple[Layer, ...] = ()

    @property
    def forwarded(self) -> tuple[Layer, ...]:
        """The unbroken chain of forwards from the top."""
        chain: list[Layer] = []
        for layer in self.layers:
            if layer.kind != "forwarded":
                break
            chain.append(layer)
        return tuple(chain)


def strip_prefixes(subject: str) -> tuple[str, str]:
    """Return the subject without SV:, VB:, Re:, Fwd: …, and the outermost of them: "forward", "reply" or "".

    >>> strip_prefixes("SV: VB: sv: Remiss")
    ('Remiss', 'reply')
    """
    first = ""
    for _ in range(20):
        subject = _TAG.sub("", subject)
        match = PREFIX.match(subject)
        if not match:
            break
        first = first or ("reply" if match["reply"] else "forward")
        subject = subject[match.end() :]
    return subject.strip(), first


def split(body: str, subject: str = "") -> Conversation:
    """Divide a mail's text into the sender's own words and the messages that follow.

    >>> split("Handläggare?\\n\\nFrån: KLF <klf@a.example>\\nSkickat: den 6 april 2021 12:39\\nTill: sn\\nÄmne: Remiss\\n\\nHej", "VB: Remiss").layers[0].sent
    datetime.datetime(2021, 4, 6, 12, 39)
    """
    answer, rest = _cut(body.split("\n"))
    layers: list[Layer] = []
    style, thin = strip_prefixes(subject)[1], len(answer.split()) < 40
    while rest is not None and len(layers) < MAX_LAYERS:
        how, fields, lines = rest
        inner, rest = _cut(lines)
        sender = next(iter(parties(fields.get("from", ""))), None)
        if how == "wrote" and style != "forward":
            kind: Literal["forwarded", "quoted"] = "quoted"
        elif style:
            kind = "forwarded" if style == "forward" else "quoted"
        else:
            kind = "forwarded" if thin and how != "quote" else "quoted"
        inner_subject = fields.get("subject", "")
        layers.append(Layer(kind, inner, sender, read_moment(fields.get("sent", "")), inner_subject))
        style, thin = strip_prefixes(inner_subject)[1], len(inner.split()) < 40
    return Conversation(answer, tuple(layers))


_Rest = tuple[str, dict[str, str], list[str]]


def _cut(lines: list[str]) -> tuple[str, _Rest | None]:
    """Return the text before the first inner message, and that message's style, headers and lines."""
    for at, line in enumerate(lines):
        if _SEPARATOR.match(line) or _HIDDEN.match(line):
            start = _skip_blank(lines, at + 1)
            fields, end = _fields(lines, start)
            how = "block" if fields else ("hidden" if _HIDDEN.match(line) else "separator")
            rest = _unquoted(lines[end:] if fields else lines[start:])
            return _join(lines[:at]), (how, fields, rest)
        if _FROM.match(line):
            fields, end = _fields(lines, at)
            if len(fields) >= 3 or (len(fields) == 2 and "sent" in fields):
                return _join(lines[:at]), ("block", fields, _unquoted(lines[end:]))
        if "skrev" in line or "wrote" in line or line.lstrip(" >").startswith(("Den ", "On ")):
            wrote, end = _attribution(lines, at)
            if wrote:
                return _join(lines[:at]), ("wrote", wrote, _unquoted(lines[end:]))
        groupwise = _GROUPWISE.match(line)
        if groupwise:
            fields = {"from": groupwise["who"], "sent": groupwise["when"]}
            return _join(lines[:at]), ("block", fields, _unquoted(lines[at + 1 :]))
        if line.startswith(">") and (at + 1 >= len(lines) or lines[at + 1].startswith(">") or len(line) > 20):
            return _join(lines[:at]), ("quote", {}, _unquoted(lines[at:]))
    return _join(lines), None


def _attribution(lines: list[str], at: int) -> tuple[dict[str, str], int]:
    for count in (1, 2, 3):  # mail programs wrap the line "Den … skrev Namn <adress>:"
        joined = " ".join(part.strip() for part in lines[at : at + count])
        if len(joined) > 400:
            break
        match = _WROTE.match(joined)
        if match and re.search(r"\d", match["when"] or match["when_en"] or ""):
            who = match["who"] or match["who_en"] or ""
            return {"sent": match["when"] or match["when_en"] or "", "from": who}, at + count
    return {}, at


def _fields(lines: list[str], at: int) -> tuple[dict[str, str], int]:
    """Read a block of headers from line `at`; blank lines may stand between them in new Outlook's text."""
    fields: dict[str, str] = {}
    last, end, blanks = "", at, 0
    for index in range(at, min(at + 25, len(lines))):
        line = lines[index]
        if not line.strip(" >"):
            blanks += 1
            if blanks > 1 or "subject" in fields:
                break
            continue
        match = _FIELD.match(line)
        if match:
            value, key = match["value"].strip(), _KEYS.get(match["key"].lower(), "other")
            if len(_INLINE.findall(line)) >= 3:  # all headers run together on one line
                fields.update(_inline(line))
                end = index + 1
                break
            if key in fields and key != "other":
                break
            fields[key] = value
            last, end, blanks = key, index + 1, 0
        elif (
            last
            and blanks == 0
            and last != "subject"
            and len(fields) < 6
            and ("@" in line or line.startswith(("  ", "\t")))
        ):
            fields[last] += " " + line.strip()
            end = index + 1
        elif last == "subject" and blanks == 0 and line.startswith((" ", "\t")):
            fields["subject"] += " " + line.strip()
            end = index + 1
        else:
            break
    return {k: v for k, v in fields.items() if k != "other"}, end


def _inline(line: str) -> dict[str, str]:
    found: dict[str, str] = {}
    marks = list(_INLINE.finditer(line))
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        key = _KEYS.get(mark[1].lower(), "other")
        if key != "other":
            found.setdefault(key, line[mark.end() : following.start() if following else None].strip())
    return found


def _skip_blank(lines: list[str], at: int) -> int:
    while at < len(lines) and not lines[at].strip(" >"):
        at += 1
    return at


def _unquoted(lines: list[str]) -> list[str]:
    quoted = sum(1 for line in lines[:40] if line.startswith(">"))
    if quoted * 2 < max(1, sum(1 for line in lines[:40] if line.strip())):
        return lines
    return [re.sub(r"^> ?", "", line) for line in lines]


def _join(lines: list[str]) -> str:
    return "\n".join(lines).strip()


# The heading of a paper that stands under the words that pass it on.
_PAPER = re.compile(
    r"^\W*(?:motion|medborgarförslag|interpellation|(?:nämnds?|ledamots)initiativ|enkel fråga|sammanträdesprotokoll|"
    r"protokollsutdrag|begäran om yttrande|remissmissiv)\b(?:[^.\n]|\bkap\.){0,80}$|"
    r".{0,60}\b(?-i:SAMMANTRÄDESPROTOKOLL|PROTOKOLLSUTDRAG|Sammanträdesprotokoll|Protokollsutdrag)\b.{0,60}$|\W*(?:\w{1,6} )?§ ?\d+\b",
    re.I,
)


def cut_signature(text: str) -> tuple[str, str]:
    """Return what was written, and the signature with its disclaimers.

    >>> cut_signature("Svar senast 1 maj.\\n\\nMed vänlig hälsning\\nEva Ek\\nEkeby kommun")
    ('Svar senast 1 maj.', 'Eva Ek\\nEkeby kommun')
    """
    lines = [line for line in text.split("\n") if not _DISCLAIMER.match(line)]
    for at, line in enumerate(lines):
        greeting = _GREETING.match(line)
        if not greeting and line.rstrip() != "--":
            continue
        if greeting and len(line[greeting.end() :].split()) > 6:
            continue
        rest = lines[at + 1 :]
        if greeting and line[greeting.end() :].strip():
            rest = [line[greeting.end() :].strip(), *rest]
        paper = next((i for i, r in enumerate(rest) if _PAPER.match(r)), None)
        if paper:  # what is pasted under the name is no signature
            kept = [r for r in (*lines[:at], "", *rest[paper:]) if not _RULE.match(r)]
            return _join(kept), _join([r for r in rest[:paper] if not _RULE.match(r)])
        if sum(1 for r in rest if r.strip()) <= 14 and sum(len(r) for r in rest) < 900:
            return _join([r for r in lines[:at] if not _RULE.match(r)]), _join([r for r in rest if not _RULE.match(r)])
    for at, line in enumerate(lines):  # "/Gun" alone on a line
        if (
            at
            and re.match(r"^\s*[/∕]\s?[A-ZÅÄÖ][\w åäö-]{1,40}$", line)
            and len(lines) - at <= 8
            and sum(map(len, lines[at:])) < 250
        ):
            return _join(lines[:at]), _join([line.strip(" /"), *lines[at + 1 :]])
    return _join([r for r in lines if not _RULE.match(r)]), ""
