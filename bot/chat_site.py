"""Starts and stops the chat: the driver, the room that hears, the courier, and the address that the service calls."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from bot.channels import chats
from bot.channels.gateway import Gateway
from bot.chat import ChatRoom, make_app
from bot.chat_courier import ChatCourier
from bot.pacing import Pacer
from bot.wiring import House


@dataclass(frozen=True, slots=True)
class ChatSite:
    """The chat, open."""

    gateway: Gateway
    room: ChatRoom
    courier: ChatCourier
    loop: asyncio.AbstractEventLoop
    stopping: threading.Event

    def carry(self) -> int:
        """Carry what is due; called from a thread of the timetable's."""
        done = asyncio.run_coroutine_threadsafe(self.courier.round(self.stopping), self.loop)
        while True:
            with contextlib.suppress(TimeoutError):
                return done.result(0.5)
            if self.stopping.is_set():
                done.cancel()
                return 0

    async def close(self) -> None:
        """Say what is being said, and let go."""
        await self.room.close()
        await self.gateway.close()


def make(house: House, wake: Callable[[str], object]) -> ChatSite | None:
    """Put the chat together, on the running loop; None where the settings have none. wake: told which job to do soon.

    Raises chats.NotInstalled when the chosen driver is not there.
    """
    door = house.settings.teams
    if door is None:
        return None
    pacer = Pacer()
    room = ChatRoom(house.store, house.namnder, house.clock, pacer, house.settings.organisation, lambda: wake("teams"))
    gateway = chats.make(door, room.hear)
    room.gateway = gateway
    courier = ChatCourier(
        house.store,
        gateway,
        house.namnder,
        house.clock,
        house.holder,
        pacer=pacer,
        minutes=house.settings.alarm_minutes,
        wake_mail=lambda: wake("courier"),
    )
    return ChatSite(gateway, room, courier, asyncio.get_running_loop(), house.stopping)


async def listen(site: ChatSite, host: str, port: int) -> web.AppRunner:
    """Listen for the service's calls. Raises OSError when the address is taken."""
    runner = web.AppRunner(make_app(site.gateway), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError:
        await runner.cleanup()
        raise
    return runner
