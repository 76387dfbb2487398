"""What Teams' answers mean, for all drivers: an HTTP status or a broken connection in, a ChatError out."""

from __future__ import annotations

import email.utils
import json
import time
from collections.abc import Mapping

from bot.channels.gateway import ChatError, NotThere, Permanent, Throttled, TooLarge, Transient

_LONGEST = 3600.0  # seconds that we let ourselves be told to wait


class Refused(Exception):
    """A driver's word for an answer that is no good; code: Teams' own name for what is wrong."""

    def __init__(self, status: int, retry_after: str | None = None, code: str = "") -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.retry_after = retry_after
        self.code = code


class Unconnected(Exception):
    """A driver's word for a connection that never stood: nothing was sent."""


class Untrusted(Exception):
    """A driver's word for a server whose certificate is not believed: nothing was sent."""


class CutOff(Exception):
    """A driver's word for a connection that broke, or an answer that did not come: something may have been done."""


def meant(refused: Refused) -> ChatError:
    """Return what an answer means; 401 is the login's matter and not told here."""
    status, wait = refused.status, seconds(refused.retry_after)
    told = f"({status} {refused.code})" if refused.code else f"({status})"
    if status in (429, 412):
        return Throttled(f"Teams ber boten att vänta {told}.", wait)
    if status in (403, 404):
        return NotThere(f"Teams når inte personen eller chatten: appen är inte installerad där, eller stängd {told}.")
    if status == 413 or refused.code == "MessageSizeTooBig":
        return TooLarge(f"Meddelandet är för stort för Teams {told}.")
    if status >= 500 or status == 408:
        return Transient(f"Teams är ur funktion just nu {told}.", wait)
    return Permanent(f"Teams tog inte emot meddelandet {told}.")


def code_of(content: bytes) -> str:
    """Return Teams' name for what is wrong, out of an answer's body; empty where there is none.

    >>> code_of(b'{"error": {"code": "BotNotInConversationRoster", "message": "..."}}')
    'BotNotInConversationRoster'
    """
    try:
        found = json.loads(content[:100_000])
    except (ValueError, RecursionError):
        return ""
    error = found.get("error") if isinstance(found, Mapping) else None
    code = error.get("code") if isinstance(error, Mapping) else None
    # Words of the service's own may hold a name or an address: only what looks like a code is told.
    return code if isinstance(code, str) and code.isascii() and code.isalnum() and len(code) <= 60 else ""


def seconds(told: str | None, now: float | None = None) -> float | None:
    """Return a Retry-After as seconds, an hour at most; None where it says nothing. now: seconds since 1970.

    >>> seconds("30"), seconds("86400"), seconds("strax")
    (30.0, 3600.0, None)
    >>> seconds("Thu, 01 Jan 1970 00:01:00 GMT", now=15)
    45.0
    """
    if not told:
        return None
    try:
        wait = float(told)
    except ValueError:
        try:
            wait = email.utils.parsedate_to_datetime(told).timestamp() - (time.time() if now is None else now)
        except (ValueError, TypeError, OverflowError):
            return None
    return min(max(0.0, wait), _LONGEST) if wait == wait else None
