"""Tries the way to Teams without speaking to anybody: the driver, the login, the keys that calls are signed with."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bot.channels import chats, net
from bot.channels.gateway import ChatError, Reply
from bot.channels.keys import Keys
from bot.channels.tokens import Tokens
from bot.doors import TeamsDoor
from handlers.chat import Event


async def trial(door: TeamsDoor) -> Sequence[tuple[bool, str]]:
    """Return what works and what does not, in Swedish."""
    told: list[tuple[bool, str]] = []
    try:
        gateway = chats.make(door, _nobody)
        await gateway.close()
        told.append((True, f"Teams: drivrutinen {door.driver} går att ladda"))
    except ChatError as error:
        return [(False, f"Teams: {error}")]
    if not door.app_id:
        return [*told, (True, "Teams: lokalt läge, bara för prov. Ingen bevisar vem den är")]
    tokens = Tokens(door)
    try:
        await tokens.get()
        told.append((True, "Teams: appen får logga in hos Microsoft"))
    except ChatError as error:
        told.append((False, f"Teams: appen får inte logga in. {error}"))
    finally:
        tokens.close()
    session = net.session(door.ca)
    keys = Keys(door.openid, lambda: session)
    try:
        if await keys.found():
            told.append((True, "Teams: nycklarna som anropen är undertecknade med går att hämta"))
        else:
            told.append((False, "Teams: nycklarna som anropen är undertecknade med går inte att hämta."))
    finally:
        await keys.close()
        await net.close(session)
    return told


async def _nobody(event: Event) -> Reply | None:
    return None


def run(door: TeamsDoor) -> Sequence[tuple[bool, str]]:
    """Do the trial, for a command that has no loop of its own."""
    return asyncio.run(trial(door))
