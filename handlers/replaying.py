"""Reads a kept letter again and shows the difference; nothing is changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from handlers.reading.reading import Reading

_SHOWN = (
    "kind",
    "matter",
    "title",
    "sender_authority",
    "dated",
    "raised",
    "external_dnr",
    "own_dnr",
    "deadlines",
    "motionarer",
    "demands",
    "outcome",
    "outcome_is_proposal",
    "meeting",
    "secret",
    "register",
    "review",
    "warnings",
)


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that the reader now reads otherwise than when the letter came."""

    field: str
    before: str
    now: str


def differences(before: Reading, now: Reading) -> list[Difference]:
    """Return the fields that differ, in the order of reading-json.

    >>> differences(Reading(kind="motion"), Reading(kind="remiss"))
    [Difference(field='kind', before='motion', now='remiss')]
    """
    one, other = before.to_json(), now.to_json()
    return [Difference(f, _text(one[f]), _text(other[f])) for f in _SHOWN if one[f] != other[f]]


def _text(value: Any) -> str:
    if value is None or value == []:
        return "inget"
    if isinstance(value, list):
        return "; ".join(_text(v) for v in value)
    if isinstance(value, dict):
        return " ".join(
            str(v) for k, v in value.items() if v and k in ("date", "purpose", "which", "body", "paragraph")
        )
    return {True: "ja", False: "nej"}.get(value, str(value)) if isinstance(value, bool) else str(value)
