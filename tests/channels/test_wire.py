"""Each kind of what Teams posts becomes one Event, and nothing that is posted breaks it."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.wire import Malformed, event
from tests.channels.activities import (
    ANNA,
    BOT,
    CHANNEL,
    GROUP,
    PERSONAL,
    SERVICE,
    activity,
    execute,
    mention,
    message,
    submit,
)
from tests.channels.connector_double import TENANT


def test_a_message_tells_who_wrote_what_and_where() -> None:
    told = event(message("  hjälp  "))
    assert (told.kind, told.text, told.chat, told.chat_id) == ("message", "hjälp", "personal", "a:1pers")
    assert (told.tenant, told.object_id, told.user_id, told.name) == (TENANT, ANNA, "29:1anna", "Anna Åkerström")
    assert (told.message_id, told.event_id, told.submitted) == ("1699999999999", "1699999999999", False)
    assert told.address == {
        "service_url": SERVICE,
        "conversation": "a:1pers",
        "bot": BOT,
        "tenant": TENANT,
        "channel": "msteams",
        "user": "29:1anna",
    }


@pytest.mark.parametrize(
    ("conversation", "chat", "chat_id"),
    [
        (PERSONAL, "personal", "a:1pers"),
        (GROUP, "group", "19:grupp@thread.v2"),
        (CHANNEL, "channel", "19:kanal@thread.tacv2"),
        ({"id": "a:2", "tenantId": TENANT}, "personal", "a:2"),
        ({"id": "19:x", "tenantId": TENANT}, "group", "19:x"),
        ({"id": "a:2", "isGroup": True}, "group", "a:2"),
        ({"id": "a:2", "conversationType": "något nytt", "isGroup": True}, "group", "a:2"),
    ],
)
def test_where_more_than_one_may_read_it_is_no_personal_chat(
    conversation: dict[str, Any], chat: str, chat_id: str
) -> None:
    told = event(message(conversation=conversation))
    assert (told.chat, told.chat_id, told.address["conversation"]) == (chat, chat_id, conversation["id"])


@pytest.mark.parametrize(
    ("wrote", "text"),
    [
        ("<at>Nämndbot</at> SN 2026/14 klar", "SN 2026/14 klar"),
        ("kan du <at>Nämndbot</at> svara?", "kan du   svara?"),
        ("<at>Nämndbot</at>&nbsp;hj&auml;lp &amp; r&aring;d", "hjälp & råd"),
        ("<at>Nämndbot</at> till <at>Anna Åkerström</at>", "till Anna Åkerström"),
        ('<at id="0">Nämndbot</at> hej', "Nämndbot hej"),
        ("<at>Nämndbot</at> &lt;at&gt;Nämndbot&lt;/at&gt;", "<at>Nämndbot</at>"),
        ("<at>Nämndbot</at>", ""),
        ("<AT>Nämndbot</AT>\n hej", "Nämndbot\n hej"),
        ("<at>Nämndbot</at> a\x00b\ud800c", "abc"),
    ],
)
def test_the_mention_of_the_bot_is_not_part_of_what_was_written(wrote: str, text: str) -> None:
    assert event(mention(wrote)).text == text


def test_somebody_elses_mention_stays_as_a_name() -> None:
    other = [{"type": "mention", "text": "<at>Nämndbot</at>", "mentioned": {"id": "29:x", "name": "Nämndbot"}}]
    assert event(message("<at>Nämndbot</at> hej", entities=other)).text == "Nämndbot hej"


def test_a_long_message_is_cut() -> None:
    assert len(event(message("å" * 100_000)).text) == 4000


def test_a_pressed_button_tells_its_verb_its_data_and_its_card() -> None:
    told = event(execute("ja", {"arende": 7, "skäl": "hinner"}))
    assert (told.kind, told.verb, told.data, told.submitted) == ("action", "ja", {"arende": 7, "skäl": "hinner"}, False)
    assert (told.message_id, told.event_id, told.text) == ("1688888888888", "1699999999999", "")


def test_a_card_that_asks_for_its_newest_self_is_a_refresh() -> None:
    assert event(execute("visa", trigger="automatic")).kind == "refresh"


def test_an_old_clients_button_comes_as_a_message_and_is_an_action() -> None:
    told = event(submit({"verb": "ja", "arende": 7}))
    assert (told.kind, told.verb, told.data, told.submitted) == ("action", "ja", {"verb": "ja", "arende": 7}, True)
    assert told.message_id == "1688888888888"


def test_numbers_that_json_does_not_have_are_none() -> None:
    assert event(execute(data={"a": float("nan"), "b": [float("inf"), 1.5]})).data == {"a": None, "b": [None, 1.5]}


@pytest.mark.parametrize("data", [None, "text", [1], 3])
def test_data_that_is_no_object_is_none(data: Any) -> None:
    one = execute()
    one["value"]["action"]["data"] = data
    assert event(one).data == {}


@pytest.mark.parametrize("value", [None, "ja", {}, {"action": None}, {"action": []}])
def test_a_button_without_an_action_is_malformed(value: Any) -> None:
    with pytest.raises(Malformed):
        event(execute() | {"value": value})


ME, SHE = [{"id": BOT}], [{"id": "29:1anna"}]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (activity("installationUpdate", action="add"), "installed"),
        (activity("installationUpdate", action="remove"), "removed"),
        (activity("installationUpdate", action="remove-upgrade"), "other"),
        (activity("installationUpdate", action="add-upgrade"), "other"),
        (activity("installationUpdate"), "other"),
        (activity("conversationUpdate", membersAdded=ME), "installed"),
        (activity("conversationUpdate", membersAdded=SHE + ME), "installed"),
        (activity("conversationUpdate", membersAdded=SHE), "members"),
        (activity("conversationUpdate", membersRemoved=ME), "removed"),
        (activity("conversationUpdate", membersRemoved=SHE), "members"),
        (activity("conversationUpdate", membersAdded="x"), "other"),
        (activity("conversationUpdate", channelData={"eventType": "teamRenamed", "tenant": {"id": TENANT}}), "other"),
        (activity("messageReaction", reactionsAdded=[{"type": "like"}], replyToId="5"), "reaction"),
        (activity("invoke", name="composeExtension/query", value={}), "other"),
        (activity("messageUpdate", text="nytt"), "other"),
        (activity("typing"), "other"),
        (activity("event", name="application/vnd.microsoft.readReceipt"), "other"),
    ],
)
def test_other_things_that_happen_have_their_kinds(body: dict[str, Any], kind: str) -> None:
    assert event(body).kind == kind


def test_a_team_is_told_by_its_name() -> None:
    data = {
        "tenant": {"id": TENANT},
        "team": {"id": "19:t", "name": "Socialförvaltningen\n"},
        "eventType": "teamMemberAdded",
    }
    body = activity("conversationUpdate", membersAdded=ME, conversation=CHANNEL, channelData=data)
    assert event(body).team == "Socialförvaltningen"


def test_the_tenant_may_be_told_in_either_place_but_only_one() -> None:
    assert event(message(conversation={"id": "a:1"})).tenant == TENANT
    assert event(message(channelData={})).tenant == TENANT
    assert event(message(conversation={"id": "a:1"}, channelData=None)).tenant == ""
    with pytest.raises(Malformed, match="tenants"):
        event(message(channelData={"tenant": {"id": "annan"}}))


def test_a_person_of_another_directory_is_told_apart_from_the_chat() -> None:
    told = event(message() | {"from": {"id": "29:g", "tenantId": "ANNAN"}})
    assert (told.tenant, told.address["tenant"]) == ("annan", TENANT)


@pytest.mark.parametrize(
    "more",
    [
        {"serviceUrl": 7},
        {"conversation": {"id": "x" * 5000}},
        {"from": {"id": "   "}},
        {"channelId": "MSTEAMS"},
        {"type": ""},
    ],
)
def test_what_is_incomplete_is_malformed(more: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        event(message() | more)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=15,
)
_keys = st.sampled_from([*execute(), "text", "membersAdded", "membersRemoved", "action"])
_types = st.sampled_from(["message", "invoke", "installationUpdate", "conversationUpdate", "messageReaction"])


@given(_json | st.builds(lambda t, m: execute() | m | {"type": t}, _types, st.dictionaries(_keys, _json, max_size=4)))
def test_no_json_breaks_it(body: Any) -> None:
    with contextlib.suppress(Malformed):
        event(body)
