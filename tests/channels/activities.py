"""What Teams posts, as it posts it: the JSON of each kind, of a municipality that does not exist."""

from __future__ import annotations

from typing import Any

from tests.channels.connector_double import CLIENT, TENANT

ANNA = "aaaaaaaa-0000-4000-8000-000000000001"
BOT = f"28:{CLIENT}"
SERVICE = "https://smba.trafficmanager.net/emea/"
PERSONAL = {"conversationType": "personal", "tenantId": TENANT, "id": "a:1pers"}
GROUP = {"conversationType": "groupChat", "tenantId": TENANT, "id": "19:grupp@thread.v2", "isGroup": True}
CHANNEL = {
    "conversationType": "channel",
    "tenantId": TENANT,
    "id": "19:kanal@thread.tacv2;messageid=1690000000000",
    "isGroup": True,
    "name": "Allmänt",
}


def activity(type_: str, **more: Any) -> dict[str, Any]:
    """Return an activity of a type; more: its other fields, which replace the usual ones."""
    return {
        "type": type_,
        "id": "1699999999999",
        "timestamp": "2026-10-05T07:12:00.123Z",
        "localTimestamp": "2026-10-05T09:12:00.123+02:00",
        "channelId": "msteams",
        "serviceUrl": SERVICE,
        "from": {"id": "29:1anna", "name": "Anna Åkerström", "aadObjectId": ANNA.upper()},
        "conversation": dict(PERSONAL),
        "recipient": {"id": BOT, "name": "Nämndbot"},
        "entities": [{"locale": "sv-SE", "country": "SE", "platform": "Windows", "type": "clientInfo"}],
        "channelData": {"tenant": {"id": TENANT}},
        "locale": "sv-SE",
    } | more


def message(text: str = "hjälp", **more: Any) -> dict[str, Any]:
    """Return something that a person wrote."""
    return activity("message", textFormat="plain", text=text, **more)


def mention(text: str, **more: Any) -> dict[str, Any]:
    """Return something that a person wrote with a mention of the bot (as <at>Nämndbot</at>) in it."""
    return message(
        text,
        entities=[{"type": "mention", "text": "<at>Nämndbot</at>", "mentioned": {"id": BOT, "name": "Nämndbot"}}],
        **({"conversation": dict(CHANNEL)} | more),
    )


def execute(verb: str = "ja", data: Any = None, trigger: str = "manual", **more: Any) -> dict[str, Any]:
    """Return a press on a button, or a card that asks for its newest self."""
    action = {
        "type": "Action.Execute",
        "title": "Ja",
        "verb": verb,
        "data": data if data is not None else {"arende": 7},
    }
    return activity(
        "invoke",
        name="adaptiveCard/action",
        value={"action": action, "trigger": trigger},
        replyToId="1688888888888",
        **more,
    )


def submit(data: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a press on an old client's button."""
    return activity("message", value=data, replyToId="1688888888888", **more)
