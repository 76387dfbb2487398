"""The doubles, once in a run, and a bench for each test and each driver: a door to them, and what the handler heard."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest

from bot.channels.front import Front
from bot.channels.gateway import Reply
from bot.channels.teams import BotbuilderGateway
from bot.channels.teams_sdk import TeamsSdkGateway
from bot.doors import TeamsDoor
from handlers.chat import Address, Event
from tests.channels.connector_double import CLIENT, SECRET, TENANT, ConnectorDouble
from tests.channels.issuer import Issuer, token

T = TypeVar("T")
DRIVERS: Mapping[str, Callable[..., Front]] = {"botbuilder": BotbuilderGateway, "teams-sdk": TeamsSdkGateway}


@dataclass
class Bench:
    """What a test of a driver needs."""

    driver: str
    teams: ConnectorDouble
    issuer: Issuer
    door: TeamsDoor
    heard: list[Event] = field(default_factory=list)
    reply: Reply | Exception | None = None

    async def listen(self, event: Event) -> Reply | None:
        """Be the product."""
        self.heard.append(event)
        if isinstance(self.reply, Exception):
            raise self.reply
        return self.reply

    def set(self, **door: Any) -> None:
        """Change the door."""
        self.door = dataclasses.replace(self.door, **door)

    def run(self, scenario: Callable[[Front], Awaitable[T]], **more: Any) -> T:
        """Make a gateway, play a scenario with it, and close it."""

        async def play() -> T:
            gateway = DRIVERS[self.driver](self.door, self.listen, **more)
            try:
                return await scenario(gateway)
            finally:
                await gateway.close()

        return asyncio.run(play())

    def post(self, body: Any, authorization: str | None = None, **more: Any) -> tuple[int, Any]:
        """Let Teams post something, with a good token unless another is given."""
        return self.run(lambda gateway: self.posted(gateway, body, authorization), **more)

    async def posted(self, gateway: Front, body: Any, authorization: str | None = None) -> tuple[int, Any]:
        """Let Teams post something to a gateway that is open already."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = f"Bearer {token(self.service)}" if authorization is None else authorization
        return await gateway.handle({"authorization": given}, raw)

    @property
    def service(self) -> str:
        """The service address that activities name."""
        return self.door.service_urls[0]

    def address(self, conversation: str = "a:1pers", **more: Any) -> Address:
        """Return where something is said."""
        return {
            "service_url": self.teams.url,
            "conversation": conversation,
            "bot": f"28:{CLIENT}",
            "tenant": TENANT,
            "channel": "msteams",
        } | more


@pytest.fixture(scope="session")
def _teams() -> Iterator[ConnectorDouble]:
    with ConnectorDouble() as double:
        yield double


@pytest.fixture(scope="session")
def _issuer() -> Iterator[Issuer]:
    with Issuer() as double:
        yield double


@pytest.fixture
def teams(_teams: ConnectorDouble) -> ConnectorDouble:
    """The connector, as new."""
    _teams.reset()
    return _teams


@pytest.fixture
def issuer(_issuer: Issuer) -> Issuer:
    """Those who sign, as new."""
    _issuer.reset()
    return _issuer


@pytest.fixture(params=list(DRIVERS))
def bench(request: pytest.FixtureRequest, teams: ConnectorDouble, issuer: Issuer) -> Bench:
    """A bench for each driver in turn."""
    return Bench(
        request.param,
        teams,
        issuer,
        TeamsDoor(
            app_id=CLIENT,
            secret=SECRET,
            certificate=None,
            tenants=(TENANT,),
            service_urls=("https://smba.trafficmanager.net/emea/", teams.url),
            driver=request.param,
            login=teams.login,
            openid=issuer.openid,
            ca=teams.ca,
        ),
    )
