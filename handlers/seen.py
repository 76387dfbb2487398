"""What somebody saw before they changed it: a mark that goes with the form, and comes back with what was written there."""

from __future__ import annotations

import hashlib
import json

from handlers.errors import Changed


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
