"""What goes with a change: the mark of what somebody saw before it, and the reason that they give."""

from __future__ import annotations

import hashlib
import json

from handlers.errors import Changed, Invalid

LONGEST_REASON = 300  # characters


def mark(*values: object) -> str:
    """Return a short mark of values as they stand: another one as soon as one of them is another.

    >>> mark("sn", [14, 7]) == mark("sn", [14, 7]), mark("sn", [14, 7]) == mark("sn", [14, 6])
    (True, False)
    """
    told = json.dumps(values, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()[:24]


def still(seen: str | None, *values: object) -> None:
    """Raise Changed when values do not stand as they were seen. None: nobody looked (a list, the command line)."""
    if seen is not None and seen != mark(*values):
        raise Changed("Någon annan hann ändra samma sak. Inget av ditt är sparat än.")


def reason(why: str, *, needed: bool = False) -> str:
    """Return a reason on one line; raise Invalid when it is too long, or is not there and is needed."""
    why = " ".join(why.split())
    if len(why) > LONGEST_REASON:
        raise Invalid(f"Skälet är för långt. Skriv högst {LONGEST_REASON} tecken.", "why")
    if needed and not why:
        raise Invalid("Skriv varför. Det syns i historiken.", "why")
    return why
