"""Whether a letter is a copy of what the bot itself has sent: proven by what it says, since anybody can write our header.

A server that takes in, stores or hands on a message writes headers of its own, folds and encodes anew; Exchange makes the
whole MIME anew at each read and may write the text part from the HTML. What stays are who, to whom, the subject, the
Message-ID, the words of each part and the bytes of each file. So that is what is kept when a message is sent, and every
part of a copy must be one that we sent. A letter in which a server has changed the words is taken for a letter.
"""

from __future__ import annotations

import dataclasses
import email
import email.header
import email.message
import email.utils
import hashlib
import html
import re
import unicodedata
from collections.abc import Iterator, Sequence

from bot.heads import head_of
from handlers.reading.reading import Reading
from storage.records import Namnd, Notice
from storage.store import Store

# More than a message of ours ever has: what is bigger is a letter, and is read where it can do no harm.
_MOST_BYTES = 60_000_000
_MOST_PARTS = 60
_LONGEST_HEADER = 4_000
_OTHER_WORDS = "Har botens avsändare och id men andra ord: förfalskat, eller ändrat av en server på vägen"
_TYPE = re.compile(rb"^content-type:", re.IGNORECASE | re.MULTILINE)
_URL = re.compile(r"<?\bhttps?://\S+", re.IGNORECASE)  # servers write links anew
_UNSEEN = re.compile(r"<!--.*?-->|<(head|style|script)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_WORD = re.compile(r"[^\W_]+")


def marks_of(raw: bytes) -> tuple[str, ...]:
    """Return what a message is known again by: first its head, then each part; nothing for what is none of ours.

    >>> sent = b"From: a@b\\nTo: c@d\\nSubject: Hej\\nMessage-ID: <1@b>\\n\\nHej, du!\\n"
    >>> came = b"Received: x\\nFrom: A <a@b>\\nTo: <c@d>\\nSubject: =?utf-8?q?Hej?=\\nMessage-ID: <1@b>\\n\\nHej,\\r\\n du!"
    >>> marks_of(sent) == marks_of(came)
    True
    """
    if len(raw) > _MOST_BYTES or len(_TYPE.findall(raw)) > _MOST_PARTS:
        return ()
    try:
        made = email.message_from_bytes(raw)
        return (_head(made), *dict.fromkeys(_parts(made)))
    except Exception:  # noqa: BLE001  the library breaks on strangers' letters in many ways, and ours is none of them
        return ()


def notice_of(store: Store, namnd: Namnd, raw: bytes) -> Notice | None:
    """Return the notice of the nämnd that a letter is a copy of; None when it is none, or says anything else."""
    notice = _claimed(store, namnd, raw)
    return notice if notice and says_the_same(notice.sent_as, raw) else None


def checked(store: Store, namnd: Namnd, raw: bytes, reading: Reading) -> Reading:
    """Return a Reading that says to be the bot's own mail from our address only where that is proven.

    What has our Message-ID and other words is a person's to look at: it may be forged, and a server that changes our
    mail must not make the bot register, and write of, its own messages without end.
    """
    envelope = reading.envelope
    if (envelope.from_.address or "").lower() not in namnd.addresses:
        return reading
    notice = _claimed(store, namnd, raw)
    ours = notice is not None and says_the_same(notice.sent_as, raw)
    review = (*reading.review, _OTHER_WORDS) if notice is not None and not ours else reading.review
    return dataclasses.replace(reading, envelope=dataclasses.replace(envelope, from_bot=ours), review=review)


def _claimed(store: Store, namnd: Namnd, raw: bytes) -> Notice | None:
    head = head_of(raw)
    if head.sender not in namnd.addresses or not head.message_id:
        return None
    with store.look() as book:
        notice = book.notice_by_message([head.message_id])
    return notice if notice is not None and notice.namnd == namnd.key else None


def says_the_same(sent_as: Sequence[str], raw: bytes) -> bool:
    """Say whether a letter says what was sent, all of it or a part, and nothing else. sent_as: as marks_of gave them."""
    first, *parts = marks_of(raw) or ("",)
    return first in sent_as and bool(parts) and set(parts) <= set(sent_as)


def _head(made: email.message.Message) -> str:
    told = [_header(made, name) for name in ("From", "To", "Cc")]
    addresses = [sorted(a.lower() for _, a in email.utils.getaddresses([one])) for one in told]
    return _mark(f"{addresses} {_header(made, 'Message-ID').strip()} {_words(_header(made, 'Subject'))}")


def _header(made: email.message.Message, name: str) -> str:
    values = made.get_all(name, [])
    if len(values) > 1 or any(len(str(v)) > _LONGEST_HEADER for v in values):
        raise ValueError(name)
    return str(email.header.make_header(email.header.decode_header(str(values[0])))) if values else ""


def _parts(made: email.message.Message) -> Iterator[str]:
    for part in made.walk():
        _header(part, "Content-Type")  # its parameters take long to read when there are very many
        if part.is_multipart():
            continue
        data = part.get_payload(decode=True)
        if not isinstance(data, bytes) or not data.strip():
            continue
        if part.get_content_maintype() != "text":
            yield _mark(hashlib.sha256(data).hexdigest())
            continue
        words = _words(_seen(_text(data, part), part.get_content_subtype()))
        if words:
            yield _mark(words)


def _text(data: bytes, part: email.message.Message) -> str:
    try:
        return data.decode(str(part.get_param("charset") or "utf-8"), "replace")
    except LookupError:
        return data.decode("latin-1")


def _seen(text: str, kind: str) -> str:
    return html.unescape(_TAG.sub(" ", _UNSEEN.sub(" ", text))) if kind == "html" else text


def _words(text: str) -> str:
    return " ".join(_WORD.findall(_URL.sub(" ", unicodedata.normalize("NFKC", text).casefold())))


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
