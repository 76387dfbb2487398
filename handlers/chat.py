"""What comes from a chat, as values: no service's own types and no network. Teams is one such service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

ChatKind = Literal["personal", "group", "channel"]
EventKind = Literal["message", "action", "refresh", "installed", "removed", "members", "reaction", "other"]
# Where something can be said: a JSON object of the driver's, kept and given back, never read.
Address = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened in a chat, told by a service that has been authenticated.

    tenant and object_id are the directory's: who it is. name is what the service shows, and proves nothing.
    """

    kind: EventKind
    address: Address
    tenant: str  # the directory that the person belongs to, lower case; empty when the service did not say
    object_id: str  # the person's id in that directory, lower case; empty when the service did not say
    user_id: str  # the service's own name for the person
    name: str
    chat: ChatKind
    chat_id: str  # the conversation; of a channel without the thread
    text: str = ""  # without the mention of the bot
    verb: str = ""  # of a button
    data: Mapping[str, Any] = field(default_factory=dict)  # of a button, with what was filled in: never to be trusted
    message_id: str = ""  # the message itself; of an action the card's
    event_id: str = ""  # the same when the service tells it again
    team: str = ""  # the name of the team that the bot was added to or taken from
    submitted: bool = False  # an old client's button: it came as a message, so nobody waits for a card as answer


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a chat. guest: they belong to another directory than the chat's own, or are there by invitation."""

    object_id: str
    tenant: str
    name: str = ""
    email: str = ""
    guest: bool = False
