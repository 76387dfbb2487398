"""The drivers by name; each brings an SDK of its own, and only the chosen one is loaded."""

from __future__ import annotations

from bot.channels.gateway import Gateway, Handler, Permanent
from bot.doors import TeamsDoor

DRIVERS = ("botbuilder", "teams-sdk")


def make(door: TeamsDoor, handler: Handler, service_url: str = "") -> Gateway:
    """Make the gateway of the settings. service_url: the newest that is known. Raises Permanent."""
    if door.driver == "botbuilder":
        # Half a second and thirty megabytes: only where Teams is used.
        from bot.channels.teams import BotbuilderGateway

        return BotbuilderGateway(door, handler, service_url=service_url)
    if door.driver == "teams-sdk":
        try:
            from bot.channels.teams_sdk import TeamsSdkGateway
        except ImportError as error:
            raise Permanent(
                f"Teams SDK är inte installerat ({error.name or error}). Kör pip install 'namndbot[teams-sdk]', eller "
                'skriv driver = "botbuilder".'
            ) from None
        return TeamsSdkGateway(door, handler, service_url=service_url)
    raise Permanent(f"Det finns ingen drivrutin {door.driver!r} för Teams. Skriv en av {', '.join(DRIVERS)}.")
