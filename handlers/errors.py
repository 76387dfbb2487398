"""What a handler refuses, in plain Swedish words.

Refused
├── NotAllowed   the person may not do that
├── Invalid      a value cannot be used; says which and what would do
└── TooLate      somebody else was faster; says who and when
    └── Changed  what is to be changed does not stand any more as it was seen
"""

from __future__ import annotations


class Refused(Exception):
    """A wish that is not carried out; nothing has changed."""


class NotAllowed(Refused):
    """The person may not do that."""


class Invalid(Refused):
    """A value cannot be used. field names the one that was wrong."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class TooLate(Refused):
    """Somebody else was faster."""


class Changed(TooLate):
    """What is to be changed does not stand any more as it was seen."""
