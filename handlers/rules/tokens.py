"""Tokens that a reply carries back: made of a key, what was sent, to whom and until when; checked in constant time.

A token is 36 small letters and figures, so that it stands in a Message-ID and in an address behind a plus, and survives
programs that change capitals: "nb", two that name the key, the expiry in four, 26 of the HMAC, and two that are always
"qa", so that one is known again wherever it has strayed.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence

DAYS = 60  # that a message can be answered by mail; its page's link may be shorter
LEAST_KEY = 16  # bytes
_BEGINS, _ENDS = "nb", "qa"
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_TOKEN = re.compile(r"nb[a-z2-7]{32}qa", re.IGNORECASE)
_DAY_ZERO = dt.date(2020, 1, 1)
_LONGEST_LOCAL = 64  # octets of what stands before the @ (RFC 5321, 4.5.3.1.1)


def sign(keys: Sequence[bytes], what: str, person: int, expires: dt.date) -> str:
    """Return the token of a message to a person that can be answered up to and with a day, by the first key.

    >>> sign([b"0123456789abcdef"], "sn:fraga:7:0:3", 3, dt.date(2027, 1, 23))
    'nbwoacqt46zakayvsxkcdpahfoltrkjne4qa'
    """
    if not keys:
        raise LookupError("there is no key to sign with")
    return _made(keys[0], what, person, (expires - _DAY_ZERO).days)


def is_signed(keys: Sequence[bytes], token: str, what: str, person: int) -> bool:
    """Say whether a token was made with one of the keys for this message and person, whether it has expired or not.

    >>> token = sign([b"old-old-old-old-"], "sn:fraga:7:0:3", 3, dt.date(2027, 1, 23))
    >>> is_signed([b"new-new-new-new-", b"old-old-old-old-"], token, "sn:fraga:7:0:3", 3)
    True
    >>> is_signed([b"old-old-old-old-"], token, "sn:fraga:7:0:3", 4)
    False
    """
    token = token.lower()
    if not _TOKEN.fullmatch(token):
        return False
    days = _number(token[4:8])
    # Every key is tried, whichever the token names: how long it takes says nothing.
    fits = [hmac.compare_digest(_made(key, what, person, days), token) for key in keys]
    return any(fits)


def expires(token: str) -> dt.date:
    """Return the last day that a token is good for, as it says itself; ask `is_signed` first.

    >>> expires(sign([b"0123456789abcdef"], "x", 3, dt.date(2027, 1, 23)))
    datetime.date(2027, 1, 23)
    """
    return _DAY_ZERO + dt.timedelta(days=_number(token.lower()[4:8]))


def found_in(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the tokens that stand in headers, each once, in small letters.

    >>> found_in(["<nbwoacqt46zakayvsxkcdpahfoltrkjne4qa@ekeby.example>", "sn+NBWOACQT46ZAKAYVSXKCDPAHFOLTRKJNE4QA@ekeby.example"])
    ('nbwoacqt46zakayvsxkcdpahfoltrkjne4qa',)
    """
    return tuple(dict.fromkeys(m.lower() for text in texts for m in _TOKEN.findall(text[:2000])))


def without(text: str) -> str:
    """Return a text without tokens: what is kept and shown of an answer lets nobody answer again.

    >>> without("Till: sn+nbwoacqt46zakayvsxkcdpahfoltrkjne4qa@ekeby.example")
    'Till: sn@ekeby.example'
    """
    return _TOKEN.sub("", text).replace("+@", "@")


def with_plus(address: str, token: str) -> str | None:
    """Return an address that a reply brings the token back to; None where it would be longer than addresses may be.

    >>> with_plus("sn@ekeby.example", "nbwoacqt46zakayvsxkcdpahfoltrkjne4qa")
    'sn+nbwoacqt46zakayvsxkcdpahfoltrkjne4qa@ekeby.example'
    """
    local, _, domain = address.rpartition("@")
    return f"{local}+{token}@{domain}" if len(local.encode()) + 1 + len(token) <= _LONGEST_LOCAL else None


def bare(address: str) -> str:
    """Return an address without the token behind its plus.

    >>> bare("sn+nbwoacqt46zakayvsxkcdpahfoltrkjne4qa@ekeby.example"), bare("sn+arkiv@ekeby.example")
    ('sn@ekeby.example', 'sn+arkiv@ekeby.example')
    """
    return without(address)


def _made(key: bytes, what: str, person: int, days: int) -> str:
    kid = base64.b32encode(hashlib.sha256(b"kid" + key).digest()).decode().lower()[:2]
    signed = f"{kid}|{what}|{person}|{days}".encode()
    mac = base64.b32encode(hmac.new(key, signed, hashlib.sha256).digest()).decode().lower()[:26]
    return f"{_BEGINS}{kid}{_letters(days)}{mac}{_ENDS}"


def _letters(number: int) -> str:
    return "".join(_LETTERS[(number >> shift) & 31] for shift in (15, 10, 5, 0))


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 32 + _LETTERS.index(letter)
    return number
