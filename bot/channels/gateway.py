"""The seam to a chat service: one port, and no type of any SDK crosses it. Drivers make one attempt, and never try again.

What may go wrong when something is said:

    ChatError
    ├── Throttled   asked to wait (429, or 412 in Teams): tried again no sooner than retry_after
    ├── Transient   5xx, no connection, no time: nobody knows whether it was accepted (unless `before` is set)
    ├── NotThere    403, 404: uninstalled, blocked, the person or the chat is gone: say it another way
    ├── TooLarge    413: a smaller card may go
    └── Permanent   any other refusal: the settings or the card are wrong
        └── NotLetIn    our own key or rights: nothing gets there before somebody has mended it
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from handlers.chat import Address, Event, Member

Card = Mapping[str, Any]  # an Adaptive Card, as JSON


class ChatError(Exception):
    """A chat service did not do what was asked. The text is Swedish, names no letter, no person and no secret."""


class Throttled(ChatError):
    """The service has asked us to wait. retry_after: seconds, None where it did not say how long."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Transient(ChatError):
    """The service is down, slow or was cut off. before: it certainly accepted nothing (the connection never stood)."""

    def __init__(self, message: str, retry_after: float | None = None, *, before: bool = False) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.before = before


class NotThere(ChatError):
    """The person or the chat cannot be reached there: not installed, blocked, or gone."""


class TooLarge(ChatError):
    """The card is bigger than the service takes."""


class Permanent(ChatError):
    """The service refuses for good: wrong rights, wrong key, or a card that it does not understand."""


class NotLetIn(Permanent):
    """The service does not take our own key, or we lack the right: a person must do something."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered to a button at once: a card in place of the one that was pressed, or a short notice."""

    card: Card | None = None
    text: str = ""


Handler = Callable[[Event], Awaitable[Reply | None]]


class Gateway(Protocol):
    """A chat service. Every method runs on the event loop and blocks it for nothing."""

    async def handle(self, headers: Mapping[str, str], body: bytes) -> tuple[int, Mapping[str, Any] | None]:
        """Take what the service posted; return the HTTP status and the JSON to answer with.

        Authenticates (401 for whatever is wrong with who it is from, and 403 for a directory that is not ours), checks
        the form (400), calls the handler once, and answers buttons with what it returns. Never raises. headers: with
        names in lower case.
        """
        ...

    async def send(self, address: Address, text: str, card: Card | None = None) -> str:
        """Say something; return the message's id. text: plain, the whole message without a card, else what is shown of
        the card in lists and notifications. Raises ChatError."""
        ...

    async def update(self, address: Address, message_id: str, text: str, card: Card | None = None) -> None:
        """Put something else in a message's place. Raises ChatError."""
        ...

    async def delete(self, address: Address, message_id: str) -> None:
        """Take a message away. Raises ChatError."""
        ...

    async def open_personal(self, tenant: str, object_id: str) -> Address:
        """Return where a person is spoken to alone; the same each time. Raises ChatError (NotThere: not installed)."""
        ...

    async def members(self, address: Address) -> Sequence[Member]:
        """Return everybody in a chat. Raises ChatError."""
        ...

    async def close(self) -> None:
        """Let connections go."""
        ...
