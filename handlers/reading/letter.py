"""The letter: any bytes in, one typed Letter out, before anybody asks what it says."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import email.message
import email.parser
import email.utils
import hashlib
import quopri
import re
from dataclasses import dataclass, field, replace

from ..rules import tokens
from . import authentication, bounces, sameness
from .automatic import why_automatic
from .characters import MAX_CHARACTERS, MAX_SUBJECT, clean_header, clean_name, decode, mend, tidy
from .reading import Context, Envelope, Party

MAX_PARTS = 200
MAX_DEPTH = 20
MAX_ADDRESSES = 200
MAX_HEADER = 20_000  # characters of one header that are looked at

_ENCODED = re.compile(r"=\?([\w.*-]{1,40})\?([bBqQ])\?([^?]*)\?=")
_BETWEEN = re.compile(r"(\?=)\s+(=\?)")
_ADDR = re.compile(r"[\w.!#$%&'*+/=^`{|}~åäöÅÄÖ-]{1,100}@[\w.åäöÅÄÖ-]{1,200}")
_ANGLE = re.compile(r"<([^<>\s]{3,320})>")
_ID = re.compile(r"<([^<>\s]{1,500})>")
_SIGNATURE_PICTURE = 40_000  # bytes; a smaller picture with a Content-ID is a logotype


_STUB = 300  # characters
_SEE_HTML = re.compile(r"\bhtml[- ]?(?:version|format|mejl|mail|meddelande|visning|del)", re.I)


@dataclass(frozen=True, slots=True)
class Part:
    """A part with content of its own: an attachment."""

    name: str
    media_type: str
    data: bytes
    sha256: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter taken apart; nothing understood yet."""

    envelope: Envelope
    body: str = ""  # what a person sees; html is there where it is empty or points to it
    html: bytes = b""
    parts: tuple[Part, ...] = ()
    inner: tuple[Letter, ...] = ()  # letters that lie in this one
    calendar: bool = False
    report: bool = False  # multipart/report
    warnings: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()  # of all that it says and carries, see sameness.py
    whole: bool = True  # nothing of it was left out
    returned: bool = False  # a mail of ours that came back, and it shows it


@dataclass(slots=True)
class _Found:
    """What the walk has gathered so far."""

    plain: list[str] = field(default_factory=list)
    html: list[bytes] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    inner: list[Letter] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    seen: int = 0
    marks: list[str] = field(default_factory=list)
    whole: bool = True
    calendar: bool = False
    report: bool = False


def open_letter(raw: bytes, context: Context | None = None) -> Letter:
    """Take a letter apart. Headers and parts that are broken are left out, with a warning; the rest stands.

    Raises what the standard library raises on nesting without end (RecursionError); `understanding.read` guards it.
    """
    message = email.parser.BytesParser().parsebytes(raw)  # compat32: a quarter of the time of policy.default
    letter = _take_apart(message, 0)
    told = context or Context()
    headers = _as_they_came(message)
    auth = authentication.level(headers, authserv_id=told.authserv_id, exchange=told.trust_exchange_internal)
    # Only of the letter itself: a letter that lies in it proves nothing.
    letter = replace(letter, envelope=replace(letter.envelope, auth=auth, tokens=_tokens(headers)))
    if letter.envelope.automatic != "bounce":
        return letter
    # Who is not told which addresses are the receiver's takes those that it was sent to for them.
    ours = told.own_addresses or tuple(p.address for p in letter.envelope.to if p.address)
    return replace(letter, returned=bounces.is_ours(message, ours))


def _as_they_came(message: email.message.Message) -> list[tuple[str, str]]:
    return [(name, str(value)) for name, value in message.raw_items()]


_CARRIERS = frozenset({"in-reply-to", "references", "to", "cc", "delivered-to", "x-original-to", "x-namndbot-svar"})


def _tokens(headers: list[tuple[str, str]]) -> tuple[str, ...]:
    return tokens.found_in(value for name, value in headers if name.lower() in _CARRIERS)[:20]


def _take_apart(message: email.message.Message, depth: int) -> Letter:
    found = _Found()
    _walk(message, found, depth)
    body = tidy(mend("\n\n".join(t for t in found.plain if t.strip())))
    # "Se texten i html-versionen": what is said stands in the other part.
    elsewhere = len(body) < _STUB and _SEE_HTML.search(body) is not None
    return Letter(
        envelope=envelope_of(message),
        body=body,
        html=b"" if body.strip() and not elsewhere else b"\n".join(found.html),
        parts=tuple(found.parts),
        inner=tuple(found.inner),
        calendar=found.calendar,
        report=found.report,
        warnings=tuple(dict.fromkeys(found.warnings)),
        marks=tuple(found.marks),
        whole=found.whole,
    )


def _walk(part: email.message.Message, found: _Found, depth: int) -> None:
    found.seen += 1
    if found.seen > MAX_PARTS or depth > MAX_DEPTH:
        found.warnings.append("Brevet har fler delar än som läses.")
        found.whole = False
        return
    try:
        kind = part.get_content_type()
        if kind == "message/rfc822" or (kind == "application/octet-stream" and _name(part).lower().endswith(".eml")):
            _walk_inner(part, found, depth)
        elif part.is_multipart():
            found.report = found.report or kind == "multipart/report"
            children = part.get_payload()
            if (
                not isinstance(children, list) and _payload(part).strip()
            ):  # its boundary never comes: the words are there all the same
                _take_plain(part, _payload(part), found)
            for child in children if isinstance(children, list) else []:
                if isinstance(child, email.message.Message):
                    if kind.startswith("message/"):  # a delivery status says all it says in headers
                        found.marks.append(sameness.of_headers(_as_they_came(child)))
                    _walk(child, found, depth + 1)
        else:
            _take_leaf(part, kind, found)
    except Exception:  # noqa: BLE001 - one broken part must not cost the rest of the letter
        found.warnings.append("En del av brevet kunde inte läsas.")
        found.whole = False


def _walk_inner(part: email.message.Message, found: _Found, depth: int) -> None:
    payload = part.get_payload()
    child: object = payload[0] if isinstance(payload, list) and payload else None
    if not isinstance(child, email.message.Message):
        child = email.parser.BytesParser().parsebytes(_payload(part))
    assert isinstance(child, email.message.Message)
    if not child.keys():  # called a letter, and none
        _take_leaf(part, "application/octet-stream", found)
        return
    inner = _take_apart(child, depth + 1)
    found.inner.append(inner)
    found.marks.append(sameness.of_letter(inner.envelope.subject, inner.marks, inner.envelope.from_.address or ""))
    found.whole = found.whole and inner.whole and len(inner.envelope.subject) < MAX_SUBJECT
    found.parts.extend(inner.parts)
    found.warnings.extend(inner.warnings)


def _take_leaf(part: email.message.Message, kind: str, found: _Found) -> None:
    name, data = _name(part), _payload(part)
    attached = (part.get_content_disposition() or "") == "attachment" or bool(name)
    if kind == "text/calendar":
        found.calendar = True
    if kind == "text/plain" and not attached:
        _take_plain(part, data, found)
        return
    if kind == "text/html" and not attached:
        found.html.append(_as_utf8(data, _charset(part)))
        found.marks.append(sameness.of_html(found.html[-1]))
        return
    if data:
        found.marks.append(sameness.of_bytes(data))
    if kind in {"message/delivery-status", "text/rfc822-headers", "message/disposition-notification"}:
        return
    inline = (part.get_content_disposition() or "") == "inline" or part.get("Content-ID") is not None
    if kind.startswith("image/") and inline and len(data) < _SIGNATURE_PICTURE:
        return
    if not data and not name:
        return
    found.parts.append(Part(name or _unnamed(kind), clean_header(kind, 100), data, hashlib.sha256(data).hexdigest()))


def _take_plain(part: email.message.Message, data: bytes, found: _Found) -> None:
    text = decode(data[: MAX_CHARACTERS * 4], _charset(part))
    found.plain.append(text)
    if data.strip():
        found.marks.append(sameness.of_text(data, text))


def _unnamed(kind: str) -> str:
    return "bilaga." + {"application/pdf": "pdf", "text/html": "html", "text/plain": "txt"}.get(kind, "bin")


def _as_utf8(data: bytes, charset: str | None) -> bytes:
    return data if not charset or charset.lower() == "utf-8" else decode(data, charset).encode("utf-8", "replace")


def _charset(part: email.message.Message) -> str | None:
    try:
        return part.get_content_charset()
    except Exception:  # noqa: BLE001 - RFC 2231 in a charset parameter can raise; the fallback charsets then do
        return None


def _payload(part: email.message.Message) -> bytes:
    try:
        data = part.get_payload(decode=True)
    except Exception:  # noqa: BLE001 - a payload whose encoding lies is read as it stands
        data = None
    if isinstance(data, bytes):
        return data
    text = part.get_payload()
    return text.encode("utf-8", "surrogateescape") if isinstance(text, str) else b""


def _name(part: email.message.Message) -> str:
    try:
        name = part.get_filename()
    except Exception:  # noqa: BLE001 - a broken file name is no name
        return ""
    return clean_name(mend(decode_words(str(name)))) if name else ""


def decode_words(value: str) -> str:
    """Return a header with its encoded words read (RFC 2047), whatever the words hold.

    >>> decode_words("=?utf-8?q?Beg=C3=A4ran?= om yttrande")
    'Begäran om yttrande'
    """
    value = value[:MAX_HEADER]
    if not value.isascii() and any("\udc80" <= c <= "\udcff" for c in value):  # 8-bit bytes straight in the header
        value = decode(value.encode("utf-8", "surrogateescape"))
    if "=?" not in value:
        return value
    value = re.sub(r"\r?\n[ \t]?", " ", value)
    pieces: list[tuple[str, bytes | str]] = []  # neighbours of one charset are joined first: a letter may be cut in two
    at = 0
    joined = _BETWEEN.sub(r"\1\2", value)
    for word in _ENCODED.finditer(joined):
        if word.start() > at:
            pieces.append(("", joined[at : word.start()]))
        charset, data = word[1].split("*")[0].lower(), _word(word[2], word[3])
        last = pieces[-1] if pieces else None
        if last and last[0] == charset and isinstance(last[1], bytes):
            pieces[-1] = (charset, last[1] + data)
        else:
            pieces.append((charset, data))
        at = word.end()
    pieces.append(("", joined[at:]))
    return "".join(p if isinstance(p, str) else decode(p, c) for c, p in pieces)


def _word(encoding: str, text: str) -> bytes:
    if encoding in "qQ":
        return quopri.decodestring(text.replace("_", " ").encode("utf-8", "surrogateescape"), header=False)
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return text.encode("utf-8", "replace")


class _Headers:
    """A letter's headers by name, the first of each, read when they are asked for."""

    def __init__(self, message: email.message.Message) -> None:
        # As they came: `get` would replace 8-bit bytes before their charset is known.
        self._raw: dict[str, str] = {}
        for key, value in message.raw_items():
            self._raw.setdefault(key.lower(), str(value))

    def text(self, name: str) -> str:
        """Return one header on one line, or "" where it is missing or cannot be read."""
        raw = self._raw.get(name.lower())
        if not raw:
            return ""
        try:
            return clean_header(mend(decode_words(raw)))
        except Exception:  # noqa: BLE001 - one broken header must not cost the letter
            return ""

    def present(self, name: str) -> str | None:
        """Return a header, "" where it stands empty, None where it does not stand."""
        return self.text(name) if name.lower() in self._raw else None


def parties(value: str) -> tuple[Party, ...]:
    """Read an address header without the parser that recurses on parentheses; at most MAX_ADDRESSES.

    >>> parties('"Ek, Eva" <Eva@ekeby.example>, bo@ekeby.example')
    (Party(name='Ek, Eva', address='eva@ekeby.example'), Party(name=None, address='bo@ekeby.example'))
    """
    found: list[Party] = []
    at = 0
    for match in _ADDR.finditer(value):
        name = value[at : match.start()].strip(' ,;<"\t')
        name = name.split('" ')[-1] if name.count('"') == 1 else name
        found.append(Party(_display(name), match[0].lower().strip(".")))
        at = match.end() + (1 if value[match.end() : match.end() + 1] == ">" else 0)
        if len(found) >= MAX_ADDRESSES:
            break
    if not found and value.strip():
        found.append(Party(_display(value), None))
    return tuple(found)


def _display(name: str) -> str | None:
    name = name.replace("[mailto:", "").replace("mailto:", "").strip(" '\"<>,;[]()")
    return name[:200] or None


def when(value: str) -> dt.datetime | None:
    """Read a Date header; None where it cannot be read. Without a zone it is taken as UTC, as RFC 5322 has it for -0000."""
    try:
        stamp = email.utils.parsedate_to_datetime(value)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return stamp if stamp.tzinfo else stamp.replace(tzinfo=dt.UTC)


def envelope_of(message: email.message.Message) -> Envelope:
    """Read the headers that gates and joining need, each by itself."""
    headers = _Headers(message)
    header = headers.text
    senders = _authors(header("From")) or parties(header("Sender"))
    made = Envelope(
        message_id=_first(_ID.findall(header("Message-ID"))) or header("Message-ID") or None,
        in_reply_to=_without_tokens(_ID.findall(header("In-Reply-To")))[:20],
        references=_without_tokens(_ID.findall(header("References")))[:100],
        subject=tokens.without(header("Subject")),
        from_=senders[0] if senders else Party(),
        to=parties(tokens.without(header("To"))),
        cc=parties(tokens.without(header("Cc"))),
        sent=when(header("Date")),
        from_bot=headers.present("X-Namndbot") is not None,
        one_sender=authentication.one_sender(_as_they_came(message)) or "",
    )
    made = replace(made, automatic=why_automatic(headers.present, made))
    came_back = bounces.bounced(message) if made.automatic == "bounce" else None
    if came_back is None:
        return made
    return replace(
        made,
        bounce_of=came_back.of,
        bounce_to=came_back.address,
        bounce_status=came_back.status,
        bounce_final=came_back.final,
    )


def _authors(value: str) -> tuple[Party, ...]:
    """Read From: who writes an address for a name is still at the one in angle brackets.

    >>> _authors('"chef@ekeby.example" <a@evil.example>')
    (Party(name='chef@ekeby.example', address='a@evil.example'),)
    """
    found = parties(value)
    angles = _ANGLE.findall(value)
    if len(found) < 2 or len(angles) != 1 or "," in re.sub(r'"[^"]*"', "", value):
        return found
    meant = [p for p in found if p.address == angles[0].lower()]
    return (Party(meant[0].name or found[0].address, meant[0].address),) if meant else found


def _without_tokens(ids: list[str]) -> tuple[str, ...]:
    return tuple(i for i in ids if not tokens.found_in([i]))


def _first(values: list[str]) -> str | None:
    return values[0] if values else None
