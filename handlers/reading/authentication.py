"""Whether a letter's sender is who they say: what our own mail server has found, and nothing that anybody can write.

RFC 8601: `Authentication-Results` is text like any other. Only what our own server put there counts (its authserv-id),
and only the topmost unbroken block of such headers: what stands below came with the letter.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

# internal: our own Exchange knows the sender. pass: DMARC holds for the domain of From. fail: somebody is being imitated,
# or From does not say one sender. none: nobody has looked.
Level = Literal["internal", "pass", "fail", "none"]

_HEADER = "authentication-results"
_INTERNAL = "x-ms-exchange-organization-authas"
_MOST = 20_000  # characters of one header
_MOST_HEADERS = 50
_ADDRESS = re.compile(r"[^\s<>\"(),:;@\[\]\\]{1,128}@[^\s<>\"(),:;@\[\]\\]{1,253}")
_ANGLE = re.compile(r"<\s*([^<>]*?)\s*>")
_RESULT = re.compile(r"dmarc(?:/\d+)?\s*=\s*([a-z]+)(?![\w.-])", re.IGNORECASE)
_HEADER_FROM = re.compile(r"(?<![\w.-])header\.from\s*=\s*\"?([^\s;\"]{1,253})", re.IGNORECASE)


def level(headers: Sequence[tuple[str, str]], *, authserv_id: str = "", exchange: bool = False) -> Level:
    """Return how well a letter's sender is known, by its headers as they came, the topmost first.

    >>> ours = ("Authentication-Results", "mx.ekeby.se; spf=none; dmarc=pass (p=reject) header.from=ekeby.se")
    >>> level([ours, ("From", "Karin <karin@ekeby.se>")], authserv_id="mx.ekeby.se")
    'pass'
    >>> level([("From", "karin@ekeby.se"), ("From", "bo@ekeby.se"), ours], authserv_id="mx.ekeby.se")
    'fail'
    >>> level([ours, ("From", "karin@ekeby.se")])
    'none'
    """
    address = one_sender(headers)
    if address is None:
        return "fail"
    if exchange and _is_internal(headers):
        return "internal"
    return _dmarc(headers, address.rpartition("@")[2], authserv_id) if authserv_id else "none"


def one_sender(headers: Sequence[tuple[str, str]]) -> str | None:
    """Return the one address that a letter says it is from, in small letters; None where it says several or none.

    A Sender that is somebody else, or a name that could be read as a second address, is several.

    >>> one_sender([("From", '"Ek, Karin" <Karin@Ekeby.se>')])
    'karin@ekeby.se'
    >>> one_sender([("From", '"chef@ekeby.se" <a@evil.example>')]) is None
    True
    """
    named = [value for name, value in headers if name.lower() == "from"]
    senders = [value for name, value in headers if name.lower() == "sender"]
    if len(named) != 1 or len(senders) > 1:
        return None
    address = address_in(named[0])
    if address is None or (senders and address_in(senders[0]) != address):
        return None
    return address


def address_in(value: str) -> str | None:
    """Return the one address of an address header, in small letters; None where there are several or none.

    Who has their own address for a name is one.

    >>> address_in('"karin@ekeby.se" <karin@ekeby.se>'), address_in("karin@ekeby.se (Karin)"), address_in("a@b.se, c@d.se")
    ('karin@ekeby.se', 'karin@ekeby.se', None)
    """
    value = value[:_MOST]
    angles = _ANGLE.findall(value)
    found = {address.lower().strip(".") for address in _ADDRESS.findall(value)}
    if len(found) != 1 or len(angles) > 1:
        return None
    only = found.pop()
    if not only.isascii():  # letters that only look like ours
        return None
    return only if not angles or angles[0].lower().strip(".") == only else None


def _is_internal(headers: Sequence[tuple[str, str]]) -> bool:
    told = [value.strip().lower() for name, value in headers if name.lower() == _INTERNAL]
    return told == ["internal"]  # two of them: one came with the letter


def _dmarc(headers: Sequence[tuple[str, str]], domain: str, authserv_id: str) -> Level:
    """Return what our own server says of DMARC. The first header that says anything of it decides, and any fail."""
    said: list[Level] = []
    for value in _own_block(headers, authserv_id):
        for piece in value.split(";")[1:]:
            result = _RESULT.match(piece.strip())
            if not result:
                continue
            about = _HEADER_FROM.search(piece)
            aligned = about is not None and about[1].lower().strip(".") == domain
            if result[1].lower() == "pass":
                said.append("pass" if aligned else "fail")
            else:
                said.append("none" if result[1].lower() in ("none", "temperror") else "fail")
    if "fail" in said:
        return "fail"
    return said[0] if said else "none"


def _own_block(headers: Sequence[tuple[str, str]], authserv_id: str) -> list[str]:
    """Return the topmost unbroken run of results that our own server wrote, without comments and quoted words."""
    block: list[str] = []
    for name, value in headers:
        is_result = name.lower() == _HEADER
        if not is_result and not block:
            continue  # what the servers on the way write above
        bare = _plain(value) if is_result else ""
        if not is_result or _authserv_id(bare) != authserv_id.lower() or len(block) >= _MOST_HEADERS:
            break
        block.append(bare)
    return block


def _authserv_id(value: str) -> str:
    """Return who a result is from; a version may follow the name.

    >>> _authserv_id("mx.ekeby.se 1; dmarc=pass")
    'mx.ekeby.se'
    """
    words = value.split(";", 1)[0].split()
    return words[0].lower() if words and (len(words) == 1 or (len(words) == 2 and words[1].isdigit())) else ""


def _plain(value: str) -> str:
    """Return a header without its comments and with its quoted words made harmless: neither is a result.

    >>> _plain('mx.ekeby.se; spf=fail (x; dmarc=pass (y)) smtp.mailfrom="a; dmarc=pass"; dmarc=fail')
    'mx.ekeby.se; spf=fail  smtp.mailfrom=; dmarc=fail'
    """
    made: list[str] = []
    depth, quoted, escaped = 0, False, False
    for letter in value[:_MOST]:
        if escaped:
            escaped = False
        elif letter == "\\" and (quoted or depth):
            escaped = True
        elif letter == '"' and not depth:
            quoted = not quoted
        elif quoted:
            continue
        elif letter == "(":
            depth += 1
        elif letter == ")" and depth:
            depth -= 1
        elif not depth:
            made.append(" " if letter in "\r\n\t" else letter)
    # What is never closed has swallowed the rest: nothing of it counts.
    return "".join(made) if not depth and not quoted else ""
