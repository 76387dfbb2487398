"""A house with a chat: a real database, the driver that the bot ships, and a double of Teams on a loopback socket."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import threading
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from bot.channels import chats
from bot.channels.gateway import Gateway
from bot.chat import ChatRoom
from bot.chat_courier import ChatCourier
from bot.courier import Courier
from bot.doors import TeamsDoor
from bot.pacing import Pacer
from handlers import acquainting
from storage.records import Person
from storage.store import Store
from tests.builders import NOW, SN, found
from tests.channels.activities import activity
from tests.channels.connector_double import TENANT, ConnectorDouble
from tests.fakes import FixedClock, MemoryMailbox

T = TypeVar("T")
GROUP = "19:grupp@thread.v2"


def account(person: Person) -> str:
    """Return the account that a person of the tests has in the directory."""
    return f"aaaaaaaa-0000-4000-8000-{person.id:012d}"


def chat_of(person: Person) -> str:
    """Return the chat that the bot and a person have alone."""
    return f"a:{person.id}"


@dataclasses.dataclass
class ChatHouse:
    """The chat, open; `teams` tells what people see."""

    store: Store
    people: dict[str, Person]
    clock: FixedClock
    teams: ConnectorDouble
    gateway: Gateway
    room: ChatRoom
    courier: ChatCourier
    mail: Courier
    box: MemoryMailbox
    loop: asyncio.AbstractEventLoop
    woken: list[str]

    def run(self, work: Coroutine[Any, Any, T], seconds: float = 30.0) -> T:
        """Do something on the loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(seconds)

    def post(self, told: Mapping[str, Any]) -> tuple[int, Any]:
        """Let Teams post something, and wait until what is said back is said."""

        async def posted() -> tuple[int, Any]:
            answer = await self.gateway.handle({}, json.dumps(told).encode())
            while self.room._saying:
                await asyncio.sleep(0.005)
            return answer

        return self.run(posted())

    def from_(self, person: Person, kind: str, **more: Any) -> dict[str, Any]:
        """Return what Teams posts of a person, in their own chat."""
        told = {
            "serviceUrl": self.teams.url,
            "from": {"id": f"29:{person.id}", "name": person.name, "aadObjectId": account(person)},
            "conversation": {"conversationType": "personal", "tenantId": TENANT, "id": chat_of(person)},
            "id": f"id-{len(self.woken)}-{self.teams.calls.total()}-{kind}",
        }
        return activity(kind, **(told | more))

    def writes(self, person: Person, text: str, **more: Any) -> None:
        """Let a person write something."""
        assert self.post(self.from_(person, "message", text=text, **more))[0] == 200

    def presses(self, person: Person, button: Mapping[str, Any], message: str = "", **filled: str) -> dict[str, Any]:
        """Let a person press a button of a card; return what is put in its place, or said."""
        data = {**button["data"], **filled}
        value = {"action": {"type": "Action.Execute", "verb": button["verb"], "data": data}, "trigger": "manual"}
        told = self.from_(person, "invoke", name="adaptiveCard/action", value=value, replyToId=message)
        status, answer = self.post(told)
        assert status == 200, answer
        assert isinstance(answer, dict)
        return answer

    def tie(self, *names: str) -> None:
        """Tie people to their accounts, as IT's list does, and let them have the bot installed."""
        for name in names:
            person = self.people[name]
            with self.store.book() as book:
                acquainting.tie(book, TENANT, account(person), person, "it", now=self.clock.now(), actor="test")
            self.teams.people[chat_of(person)] = [self.member(person)]
            told = self.from_(person, "installationUpdate", action="add")
            assert self.post(told)[0] == 200

    def member(self, person: Person, **more: Any) -> dict[str, Any]:
        """Return a person as Teams tells of the members of a chat."""
        return {
            "id": f"29:{person.id}",
            "aadObjectId": account(person),
            "tenantId": TENANT,
            "name": person.name,
            "email": person.email,
            "userRole": "user",
        } | more

    def carry(self) -> int:
        """Let both couriers go their round."""
        sent = self.run(self.courier.round())
        self.mail.round()
        return sent

    def cards(self, person: Person) -> list[tuple[str, dict[str, Any]]]:
        """Return the cards that stand in a person's chat, with their ids, in the order they came."""
        return [(key, card_of(one)) for key, one in self.teams.shown(chat_of(person)).items() if one.get("attachments")]

    def last_card(self, person: Person) -> tuple[str, dict[str, Any]]:
        """Return the newest card in a person's chat."""
        return self.cards(person)[-1]


def card_of(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return the card in a message."""
    (attached,) = told["attachments"]
    card: dict[str, Any] = attached["content"]
    return card


def words(card: Any) -> str:
    """Return every word of a card that somebody sees."""
    if isinstance(card, list):
        return "\n".join(filter(None, (words(one) for one in card)))
    if not isinstance(card, dict):
        return ""
    seen = [
        str(card[k]) for k in ("text", "title", "label", "placeholder", "fallbackText") if isinstance(card.get(k), str)
    ]
    return "\n".join(seen + [w for k, v in card.items() if k not in ("data", "fallback") and (w := words(v))])


def buttons(card: Any) -> dict[str, dict[str, Any]]:
    """Return the buttons of a card that act, by their words; those in a form that opens under the form's words too."""
    found: dict[str, dict[str, Any]] = {}
    if isinstance(card, list):
        for one in card:
            found |= buttons(one)
    elif isinstance(card, dict):
        if card.get("type") == "Action.Execute":
            return {card["title"]: card}
        if card.get("type") == "Action.ShowCard":
            (inner,) = buttons(card["card"]).values()
            return {card["title"]: inner}
        for key, value in card.items():
            if key != "fallback":
                found |= buttons(value)
    return found


def inputs(card: Any) -> list[dict[str, Any]]:
    """Return what a card lets people fill in."""
    if isinstance(card, list):
        return [i for one in card for i in inputs(one)]
    if not isinstance(card, dict):
        return []
    mine = [card] if str(card.get("type", "")).startswith("Input.") else []
    return mine + [i for key, value in card.items() if key != "fallback" for i in inputs(value)]


@contextmanager
def chat_house(
    store: Store, folder: Path, *, driver: str = "botbuilder", pacer: Pacer | None = None
) -> Iterator[ChatHouse]:
    """Give the house of an invented nämnd, its chat in local mode."""
    people = found(store)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    clock, box, woken = FixedClock(NOW), MemoryMailbox(), list[str]()
    namnder = {"sn": SN}
    pacer = pacer or Pacer(per_chat=((1000, 1.0),), in_all=((1000, 1.0),))
    room = ChatRoom(store, namnder, clock, pacer, "Ekeby kommun", lambda: woken.append("teams"))
    with ConnectorDouble(tls=False) as teams:
        door = TeamsDoor("", "", None, (TENANT,), (teams.url,), driver=driver, local=True)

        async def opened() -> Gateway:
            return chats.make(door, room.hear)

        try:
            gateway = asyncio.run_coroutine_threadsafe(opened(), loop).result(20)
            room.gateway = gateway
            courier = ChatCourier(store, gateway, namnder, clock, "here:1:a", pacer=pacer)
            mail = Courier(store, {"sn": box}, {"sn": SN}, clock, "here:1:a", chat=True)
            yield ChatHouse(store, people, clock, teams, gateway, room, courier, mail, box, loop, woken)
            asyncio.run_coroutine_threadsafe(gateway.close(), loop).result(10)
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join(10)
            loop.close()
