"""Letters that people put right, written out in the form of letters with the truth beside them, without personal data."""

from __future__ import annotations

import email
import email.policy
import email.utils
import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from pathlib import Path
from typing import Any

from bot.texts import html
from bot.texts.tidy import decode
from handlers import settling
from handlers.errors import Invalid
from handlers.reading.reading import Reading
from handlers.rules import masking
from handlers.rules.masking import Mask
from storage.errors import NotFound, StorageDamaged
from storage.raw import RawLetters
from storage.records import Namnd
from storage.store import Store

_PARTS, _DEEP = 200, 3  # of one letter: parts that are looked at, and letters within letters
_OUTLOOK = b"\xd0\xcf\x11\xe0"  # a .msg begins so
_PEOPLE = ("From", "To", "Cc", "Reply-To", "Sender")
_IDS = ("Message-ID", "In-Reply-To", "References")
_SINGLE = ("Auto-Submitted", "Precedence")
UNSAFE = "brev där en personuppgift stod kvar efter maskningen"
GONE = "brev vars original saknas eller är skadat"


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written, what was left out and why, and how many attachments are there as their text only."""

    folders: tuple[str, ...]
    left: Mapping[str, int]
    replaced: int


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a letter on its way out: the letter's own words, or an attachment."""

    name: str  # empty: the letter's own words
    text: str
    kind: str = ""  # the type of an attachment that is replaced by its text


def export(store: Store, raw: RawLetters, namnder: Mapping[str, Namnd], folder: Path) -> Exported:
    """Write NNN-slug/mail.eml and expected.json for each letter that was put right; the folder must be empty."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Invalid(f"{folder} är inte en tom mapp. Välj en ny, så blandas inget ihop.", "folder")
    with store.look() as book:
        letters, left = settling.settled(book, list(namnder))
        people = [r.person.name for r in book.roles()]
        prefixes = {key: settling.own_prefixes(book, key) for key in namnder}
    kept: list[tuple[settling.Settled, bytes]] = []
    for one in letters:
        try:
            kept.append((one, raw.get(one.arrival.raw_sha256)))
        except (NotFound, StorageDamaged):
            left[GONE] += 1
    mask = _mask(kept, people, namnder)
    folder.mkdir(parents=True, exist_ok=True)
    written: list[str] = []
    replaced = 0
    for one, data in kept:
        mail, swapped = masked_mail(data, one.reading, mask)
        expected = _masked_values(settling.truth(one, namnder[one.arrival.namnd], prefixes[one.arrival.namnd]), mask)
        if swapped:
            expected["note"] += f" Ersatta med sin text: {', '.join(swapped)}."
        if any(masking.leaks(text, mask) for text in (*_words(mail), json.dumps(expected, ensure_ascii=False))):
            left[UNSAFE] += 1
            continue
        name = f"{len(written) + 1:03d}-{_slug(masking.masked(one.reading.title, mask))}"
        (folder / name).mkdir()
        (folder / name / "mail.eml").write_bytes(mail)
        (folder / name / "expected.json").write_text(json.dumps(expected, ensure_ascii=False, indent=2) + "\n", "utf-8")
        written.append(name)
        replaced += len(swapped)
    return Exported(tuple(written), Counter(left), replaced)


def _mask(kept: Sequence[tuple[settling.Settled, bytes]], people: Sequence[str], namnder: Mapping[str, Namnd]) -> Mask:
    texts, names = [], list(people)
    for one, data in kept:
        reading = one.reading
        parties = [
            reading.sender,
            reading.forwarded_by,
            reading.envelope.from_,
            *reading.envelope.to,
            *reading.envelope.cc,
        ]
        names += [p.name for p in parties if p and p.name and masking.is_name(p.name)]
        names += [re.sub(r"\s*\([^)]*\)$", "", m) for m in reading.motionarer]
        texts += [t.text for t in reading.texts]
        texts += [p.text for p in pieces(data, reading)]
        for header in _headers(data):
            texts.append(header)
            names += [n for n, _ in email.utils.getaddresses([header]) if masking.is_name(n) and "@" in header]
    bodies = [w for n in namnder.values() for w in (n.name, n.organisation)]
    return masking.mask_for(texts, names, keep=bodies)


def masked_mail(raw: bytes, reading: Reading, mask: Mask) -> tuple[bytes, list[str]]:
    """Return a letter as MIME bytes without personal data, and the attachments that are there as their text only."""
    made = EmailMessage(policy=email.policy.SMTP)
    letter = _parsed(raw)
    if letter is None:
        _head_of_reading(made, reading, mask)
    else:
        _head(made, letter, mask)
    found = list(pieces(raw, reading))
    made.set_content(masking.masked("\n\n".join(p.text for p in found if not p.name), mask))
    swapped = []
    for piece in found:
        if not piece.name:
            continue
        name = masking.masked(piece.name, mask)
        if piece.kind:
            swapped.append(name)
            name += ".txt"
        made.add_attachment(masking.masked(piece.text, mask), filename=name)
        if piece.kind:
            list(made.iter_attachments())[-1]["X-Namndbot-Replaced"] = piece.kind
    return made.as_bytes(), swapped


def _parsed(raw: bytes) -> Message | None:
    """Return a letter's parts; None of Outlook's own format, whose text the reader has found."""
    return None if raw.startswith(_OUTLOOK) else email.message_from_bytes(raw, policy=email.policy.compat32)


def _head(made: EmailMessage, letter: Message, mask: Mask) -> None:
    for name in _PEOPLE:
        parties = email.utils.getaddresses([_header(letter, name)])
        _put(made, name, ", ".join(_party(n, a, mask) for n, a in parties if n or a))
    _put(made, "Subject", masking.masked(_header(letter, "Subject"), mask))
    _put(made, "Date", _date(_header(letter, "Date")))
    for name in _IDS:
        _put(made, name, " ".join(_id(i) for i in re.findall(r"<[^<>\s]+>", _header(letter, name))))
    for name in _SINGLE:
        _put(made, name, "".join(re.findall(r"^[a-z-]+", _header(letter, name).lower())))


def _head_of_reading(made: EmailMessage, reading: Reading, mask: Mask) -> None:
    envelope = reading.envelope
    for name, parties in (("From", (envelope.from_,)), ("To", envelope.to), ("Cc", envelope.cc)):
        _put(made, name, ", ".join(_party(p.name or "", p.address or "", mask) for p in parties))
    _put(made, "Subject", masking.masked(envelope.subject, mask))
    _put(made, "Date", email.utils.format_datetime(envelope.sent) if envelope.sent else "")
    _put(made, "Message-ID", _id(envelope.message_id) if envelope.message_id else "")


def _put(made: EmailMessage, name: str, value: str) -> None:
    value = " ".join(value.split())
    if value:
        made[name] = value


def _party(name: str, address: str, mask: Mask) -> str:
    shown = masking.masked(" ".join(name.split()), mask).replace('"', "")
    other = masking.masked_address(address, mask) if "@" in address else ""
    return f'"{shown}" <{other}>' if shown and other else other


def _id(message_id: str) -> str:
    # The same letter keeps the same id, so that an answer still answers it.
    return f"<{hashlib.sha256(message_id.encode()).hexdigest()[:20]}@exempel.example>"


def _date(text: str) -> str:
    try:
        return email.utils.format_datetime(email.utils.parsedate_to_datetime(text))
    except (TypeError, ValueError, IndexError):
        return ""


def _header(letter: Message, name: str) -> str:
    value = letter.get(name)
    if value is None:
        return ""
    try:
        return str(make_header(decode_header(str(value)[:8000])))
    except (LookupError, ValueError):
        return str(value)


def _headers(raw: bytes) -> list[str]:
    letter = _parsed(raw)
    return [] if letter is None else [h for h in (_header(letter, n) for n in (*_PEOPLE, "Subject")) if h]


def pieces(raw: bytes, reading: Reading) -> Iterator[_Piece]:
    """Give the letter's words and its attachments as text; pictures are left out.

    What is no text (PDF, Word) is given as the text that was read in it: nothing hidden in a file goes along.
    """
    texts = {t.where: t.text for t in reading.texts}
    letter = _parsed(raw)
    if letter is None:
        for where, text in texts.items():
            own = where in ("body", "forwarded")
            yield _Piece("" if own else where, text, "" if own else "application/octet-stream")
        return
    yield from _inside(letter, texts, 0)


def _inside(letter: Message, texts: Mapping[str, str], depth: int) -> Iterator[_Piece]:
    plain, pages, others = [], [], []
    for part in _leaves(letter):
        name, kind = _name(part), part.get_content_type()
        if kind == "message/rfc822":
            inner = part.get_payload()
            if isinstance(inner, list) and inner and isinstance(inner[0], Message) and depth < _DEEP:
                others += _forwarded(name, inner[0], texts, depth)
        elif name or part.get_content_disposition() == "attachment":
            others += _attached(name or "bilaga", kind, part, texts)
        elif kind == "text/plain":
            plain.append(_text(part))
        elif kind == "text/html":
            pages.append(html.stripped(_text(part)[: html.LARGEST]))
    for text in plain if any(t.strip() for t in plain) else pages:
        yield _Piece("", text)
    yield from others


def _leaves(letter: Message, depth: int = 0) -> Iterator[Message]:
    """Give the parts that hold something, in order; a letter within the letter is one part."""
    payload = letter.get_payload()
    if letter.get_content_type() == "message/rfc822" or not isinstance(payload, list) or depth > 20:
        yield letter
        return
    for part in payload[:_PARTS]:
        if isinstance(part, Message):
            yield from _leaves(part, depth + 1)


def _attached(name: str, kind: str, part: Message, texts: Mapping[str, str]) -> list[_Piece]:
    if kind.startswith("image/"):
        return []
    if kind == "text/html":
        return [_Piece(name, html.stripped(_text(part)[: html.LARGEST]), kind)]
    if kind.startswith("text/"):
        return [_Piece(name, _text(part))]
    return [_Piece(name, texts.get(name, ""), kind)]


def _forwarded(name: str, inner: Message, texts: Mapping[str, str], depth: int) -> list[_Piece]:
    """Return a letter within the letter as text, with its head as the reader lays it out."""
    head = [
        (n, _header(inner, h)) for n, h in (("Från", "From"), ("Datum", "Date"), ("Till", "To"), ("Ämne", "Subject"))
    ]
    found = list(_inside(inner, texts, depth + 1))
    words = "\n".join(f"{n}: {v}" for n, v in head if v) + "\n\n" + "\n\n".join(p.text for p in found if not p.name)
    return [_Piece(name or "brev.eml", words, "message/rfc822"), *(p for p in found if p.name)]


def _name(part: Message) -> str:
    try:
        name = str(make_header(decode_header(part.get_filename() or "")))
    except (LookupError, ValueError):
        name = part.get_filename() or ""
    return " ".join(name.replace("/", "_").replace("\\", "_").split())[:120]


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    text = decode(payload if isinstance(payload, bytes) else b"", part.get_content_charset())
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _masked_values(value: Any, mask: Mask) -> Any:
    if isinstance(value, str):
        return masking.masked(value, mask)
    if isinstance(value, list):
        return [_masked_values(v, mask) for v in value]
    if isinstance(value, dict):
        # The namnd's own names and prefixes are no person's.
        return {k: v if k == "context" else _masked_values(v, mask) for k, v in value.items()}
    return value


def _words(mail: bytes) -> Iterator[str]:
    """Give all that stands in a finished letter, decoded, to be looked through once more."""
    letter = email.message_from_bytes(mail, policy=email.policy.default)
    yield "\n".join(str(v) for k, v in letter.items() if k not in (*_IDS, "Date"))
    for part in letter.walk():
        if not part.is_multipart():
            yield f"{part.get_filename() or ''}\n{part.get_content()}"


def _slug(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title.lower()).encode("ascii", "ignore").decode()
    return "-".join(re.findall(r"[a-z0-9]+", plain))[:48].strip("-") or "brev"
