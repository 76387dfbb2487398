"""What a page is given and what it answers; every page is a plain function from the one to the other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.showing import Viewer
from handlers.openings import Opened
from handlers.ports import Clock, Reader
from storage.raw import RawLetters
from storage.records import Namnd, Person, RoleName
from storage.store import Store

if TYPE_CHECKING:
    from bot.openid import OpenId  # loaded where the settings name a provider

# Who leads the work: they move cases, and see how the nämnd stands.
MOVERS: tuple[RoleName, ...] = ("manager", "forvaltningschef", "registrator")
OVERSEERS: tuple[RoleName, ...] = (*MOVERS, "administrator")


@dataclass(frozen=True)
class Desk:
    """What the pages work with. wake is called after an act, so that the mailbox and the mail follow soon."""

    store: Store
    raw: RawLetters
    reader: Reader
    clock: Clock
    namnder: Mapping[str, Namnd]
    organisation: str
    url: str
    wake: Callable[[], object]
    viewer: Viewer | None = None  # shows letters as they looked and pages as pictures
    links: bool = True  # whether a link may be asked for by mail
    accounts: OpenId | None = None  # the provider that says whose a browser is

    @property
    def secure(self) -> bool:
        """Whether the pages are reached over https: then cookies are bound to it."""
        return self.url.startswith("https://")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is logged in, with the roles of today by nämnd; only nämnder that the settings know."""

    person: Person
    csrf: str
    roles: Mapping[str, frozenset[RoleName]]

    def has(self, namnd: str, *roles: RoleName) -> bool:
        """Say whether the visitor has one of the roles in the nämnd today; without roles: any."""
        mine = self.roles.get(namnd, frozenset())
        return bool(mine & set(roles)) if roles else bool(mine)

    def namnder(self, *roles: RoleName) -> list[str]:
        """Return the nämnder where the visitor has one of the roles; without roles: any."""
        return [key for key in self.roles if self.has(key, *roles)]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a form; the name is only ever shown."""

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Ask:
    """One request, read and checked."""

    desk: Desk
    now: dt.datetime
    path: str
    params: Mapping[str, str]
    query: Mapping[str, str]
    visitor: Visitor | None = None
    form: Mapping[str, str] = field(default_factory=dict)
    upload: Upload | None = None
    token: str = ""  # of the session
    entry: str = ""  # of the login form
    trying: str = ""  # of a login at the provider of accounts that has begun
    agent: str = ""  # which browser it says it is

    @property
    def today(self) -> dt.date:
        """The day in Stockholm."""
        return self.now.date()

    @property
    def who(self) -> Visitor:
        """The visitor of a page that needs one."""
        if self.visitor is None:
            raise Missing
        return self.visitor

    def number(self, name: str) -> int:
        """Return a number out of the address; what is no number leads to the page for what does not exist."""
        text = self.params.get(name, "")
        if not (text.isascii() and text.isdigit() and len(text) <= 12):
            raise Missing
        return int(text)


class Words(dict[str, str]):
    """What was typed, or what was wrong with it, by field; a field that is not there is empty."""

    def __missing__(self, _: str) -> str:
        return ""


class Missing(Exception):
    """The page does not exist, or the visitor may not see it: nobody can tell which."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A page to show. trying: the token of a login at the provider that begins; "" ends the one there is."""

    template: str
    view: Mapping[str, Any]
    status: int = 200
    trying: str | None = None
    opened: Opened | None = None  # where neither address nor visitor says what was opened by whom


@dataclass(frozen=True, slots=True)
class Sent:
    """The visitor is sent on. session: a new session's token; "" ends the one there is. trying: as in Shown."""

    to: str
    session: str | None = None
    trying: str | None = None


@dataclass(frozen=True, slots=True)
class Download:
    """Bytes to keep, never to be shown in the browser."""

    data: bytes
    name: str
    media_type: str
    opened: Opened | None = None


@dataclass(frozen=True, slots=True)
class Inside:
    """A stranger's content that a page of ours shows in itself: a picture of a page, or a letter's HTML in a frame.

    keep: seconds that the visitor's own browser may keep it.
    """

    data: bytes
    media_type: str
    policy: str
    keep: int = 0


@dataclass(frozen=True, slots=True)
class Plain:
    """A line of text for a machine."""

    text: str
    status: int = 200


Answer = Shown | Sent | Download | Inside | Plain
Page = Callable[[Ask], Answer]
