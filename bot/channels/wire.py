"""What Teams posts, as an Event: pure, shared by all drivers, and used only after the sender has been authenticated."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from handlers.chat import ChatKind, Event, EventKind

CHANNEL = "msteams"
_MOST_TEXT = 4000  # characters of what a person wrote; nobody gives a bot more to do
_MOST_RAW = 64_000  # of what comes, mark-up and all
_MOST_ID = 1000
_MOST_NAME = 200
_DEEPEST = 32  # boxes in boxes
_MOST_MENTIONS = 50
_AT = re.compile(r"</?at\b[^<>]*>", re.IGNORECASE)
# Halves of characters and NUL: JSON may hold them, a database does not.
_UNFIT = re.compile("[\x00\ud800-\udfff]")
_CHATS: Mapping[str, ChatKind] = {"personal": "personal", "groupChat": "group", "channel": "channel"}


class Malformed(ValueError):
    """What was posted is not a whole activity of Teams; the text says what is missing."""


def event(body: object) -> Event:
    """Return what happened. Raises Malformed, and nothing else, whatever the JSON.

    >>> told = {"type": "message", "id": "1", "channelId": "msteams", "serviceUrl": "https://smba.example/emea/",
    ...     "from": {"id": "29:a"}, "recipient": {"id": "28:b"}, "conversation": {"id": "a:1", "tenantId": "T",
    ...     "conversationType": "personal"}, "text": "hj&auml;lp"}
    >>> event(told).text, event(told).tenant
    ('hjälp', 't')
    """
    activity = _clean(body, 0)
    if not isinstance(activity, dict):
        raise Malformed("activity is no object")
    if _text(activity.get("channelId")) != CHANNEL:
        raise Malformed("channelId is not msteams")
    type_ = _required(activity, "type")
    conversation, sender, bot = _part(activity, "conversation"), _part(activity, "from"), _part(activity, "recipient")
    address = {
        "service_url": _required(activity, "serviceUrl"),
        "conversation": _required(conversation, "id", "conversation.id"),
        "bot": _id(bot.get("id")),
        "tenant": _tenant(activity),
        "channel": CHANNEL,
        "user": _required(sender, "id", "from.id"),
    }
    kind = _kind(activity, type_, address["bot"])
    verb, data = _pressed(activity, kind)
    return Event(
        kind=kind,
        address=address,
        # Where the service says that the sender comes from somewhere else than the chat, that is who they are.
        tenant=_text(sender.get("tenantId")).lower() or address["tenant"],
        object_id=_text(sender.get("aadObjectId")).lower(),
        user_id=address["user"],
        name=_line(sender.get("name")),
        chat=_chat(conversation, address["conversation"]),
        chat_id=chat_of(address["conversation"]),
        text=_said(activity, address["bot"]) if kind == "message" else "",
        verb=verb,
        data=data,
        message_id=_id(activity.get("id" if kind == "message" else "replyToId")),
        event_id=_id(activity.get("id")),
        team=_line(_part(_part(activity, "channelData"), "team").get("name")),
        submitted=kind == "action" and type_ == "message",
    )


def chat_of(conversation: str) -> str:
    """Return a conversation's id without its thread.

    >>> chat_of("19:abc@thread.tacv2;messageid=17")
    '19:abc@thread.tacv2'
    """
    return conversation.partition(";messageid=")[0]


def _kind(activity: Mapping[str, Any], type_: str, bot: str) -> EventKind:
    if type_ == "message":
        return "action" if isinstance(activity.get("value"), dict) else "message"
    if type_ == "invoke" and activity.get("name") == "adaptiveCard/action":
        return "refresh" if _part(activity, "value").get("trigger") == "automatic" else "action"
    if type_ == "installationUpdate":
        # An upgrade is told as remove-upgrade and add-upgrade: the bot was there before and is there after.
        told: EventKind = "other"
        return {"add": "installed", "remove": "removed"}.get(_text(activity.get("action")), told)  # type: ignore[return-value]
    if type_ == "conversationUpdate":
        return _members(_ids(activity.get("membersAdded")), _ids(activity.get("membersRemoved")), bot)
    return "reaction" if type_ == "messageReaction" else "other"


def _members(added: set[str], removed: set[str], bot: str) -> EventKind:
    if bot and bot in added:
        return "installed"
    if bot and bot in removed:
        return "removed"
    return "members" if added or removed else "other"


def _ids(people: object) -> set[str]:
    return {_id(one.get("id")) for one in _list(people) if isinstance(one, dict)} - {""}


def _pressed(activity: Mapping[str, Any], kind: EventKind) -> tuple[str, Mapping[str, Any]]:
    """Return a button's verb and data: Action.Execute tells them apart, Action.Submit holds the verb among the data."""
    value = _part(activity, "value")
    if kind not in ("action", "refresh"):
        return "", {}
    if activity.get("type") == "message":
        return _line(value.get("verb")), value
    action = value.get("action")
    if not isinstance(action, dict):
        raise Malformed("value.action is missing")
    return _line(action.get("verb")), _part(action, "data")


def _chat(conversation: Mapping[str, Any], id_: str) -> ChatKind:
    told = _CHATS.get(_text(conversation.get("conversationType")))
    if told is not None:
        return told
    # Where it is not said, more people than one may be reading.
    return "personal" if id_.startswith("a:") and not conversation.get("isGroup") else "group"


def _tenant(activity: Mapping[str, Any]) -> str:
    of_chat = _text(_part(activity, "conversation").get("tenantId")).lower()
    of_data = _text(_part(_part(activity, "channelData"), "tenant").get("id")).lower()
    if of_chat and of_data and of_chat != of_data:
        raise Malformed("two different tenants")
    return of_chat or of_data


def _said(activity: Mapping[str, Any], bot: str) -> str:
    r"""Return what a person wrote, without the mention of the bot.

    >>> _said({"text": "<at>Bot</at> 4/26&nbsp;klar", "entities": [
    ...     {"type": "mention", "text": "<at>Bot</at>", "mentioned": {"id": "28:b"}}]}, "28:b")
    '4/26 klar'
    """
    given = activity.get("text")
    text = given[:_MOST_RAW] if isinstance(given, str) else ""
    for mention in _list(activity.get("entities"))[:_MOST_MENTIONS]:
        if not isinstance(mention, dict) or mention.get("type") != "mention":
            continue
        mentioned = _part(mention, "mentioned")
        if not bot or mentioned.get("id") != bot:
            continue
        shown = mention.get("text") if isinstance(mention.get("text"), str) else ""
        for form in (shown, f"<at>{mentioned.get('name')}</at>"):
            if form:
                text = text.replace(form, " ")
    # Mark-up goes before entities: what a person wrote as <at> themselves comes escaped, and stays.
    text = html.unescape(_AT.sub("", text)).replace("\xa0", " ")
    return text.strip()[:_MOST_TEXT].rstrip()


# Values out of JSON that may be anything


def _clean(value: object, depth: int) -> Any:
    """Return a copy without what no database takes. Raises Malformed where it is too deep."""
    if depth > _DEEPEST:
        raise Malformed("too deep")
    if isinstance(value, str):
        return _UNFIT.sub("", value)
    if isinstance(value, list):
        return [_clean(one, depth + 1) for one in value]
    if isinstance(value, dict):
        return {_UNFIT.sub("", str(key)): _clean(one, depth + 1) for key, one in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _required(held: Mapping[str, Any], key: str, name: str = "") -> str:
    text = _id(held.get(key))
    if not text:
        raise Malformed(f"{name or key} is missing or too long")
    return text


def _id(value: object) -> str:
    """Return an id as it stands; empty where it is none, or longer than any."""
    return value if isinstance(value, str) and len(value) <= _MOST_ID and value.strip() else ""


def _text(value: object) -> str:
    return value.strip()[:_MOST_ID] if isinstance(value, str) else ""


def _line(value: object) -> str:
    return " ".join(value[:_MOST_ID].split())[:_MOST_NAME] if isinstance(value, str) else ""


def _part(held: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = held.get(key)
    return found if isinstance(found, dict) else {}


def _list(value: object) -> list[Any]:
    return list(value) if isinstance(value, Iterable) and isinstance(value, list) else []
