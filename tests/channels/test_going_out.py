"""What is said to Teams, where it may go, and what each fault becomes. For every driver, against a real HTTP server."""

from __future__ import annotations

import asyncio
import email.utils
import json
import logging
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.channels.chats import make
from bot.channels.front import Front
from bot.channels.gateway import ChatError, NotThere, Permanent, Throttled, TooLarge, Transient
from bot.doors import TeamsDoor
from handlers.chat import Member
from tests.channels.activities import ANNA, BOT, message
from tests.channels.conftest import Bench
from tests.channels.connector_double import TENANT, ConnectorDouble
from tests.mailboxes.graph_double import made_certificate, pem_of

CARD = {"type": "AdaptiveCard", "version": "1.5", "body": [{"type": "TextBlock", "text": "Åtgärd", "wrap": True}]}
THREAD = "19:kanal@thread.tacv2;messageid=1690000000000"


def fault(bench: Bench, ask: Callable[[Front], Awaitable[Any]], **more: Any) -> ChatError:
    """Return what an attempt raises."""
    with pytest.raises(ChatError) as caught:
        bench.run(ask, **more)
    assert "Hemligt" not in str(caught.value)
    assert "@" not in str(caught.value)
    return caught.value


# What is said


def test_plain_text_is_sent_as_plain_text(bench: Bench) -> None:
    id_ = bench.run(lambda g: g.send(bench.address(), "<b>Hej</b> *du* <at>Anna</at>"))
    (accepted,) = bench.teams.accepted
    assert (accepted.method, accepted.conversation, accepted.message) == ("POST", "a:1pers", id_)
    told = accepted.activity
    assert (told["type"], told["text"], told["textFormat"]) == ("message", "<b>Hej</b> *du* <at>Anna</at>", "plain")
    assert told["from"]["id"] == BOT
    assert not {"entities", "attachments", "summary"} & set(told)


def test_a_card_is_sent_as_it_is_with_its_words_for_lists(bench: Bench) -> None:
    bench.run(lambda g: g.send(bench.address(), "Svara senast 5/10", CARD))
    told = bench.teams.accepted[0].activity
    assert told["attachments"] == [{"contentType": "application/vnd.microsoft.card.adaptive", "content": CARD}]
    assert told["summary"] == "Svara senast 5/10"
    assert not {"text", "entities"} & set(told)


def test_a_card_arrives_as_it_was_made(bench: Bench) -> None:
    card = CARD | {
        "refresh": {"action": {"type": "Action.Execute", "verb": "visa", "data": {"n": 1, "x": 1.5, "ja": True}}},
        "body": [{"type": "Input.Text", "id": "skäl", "value": "a\nb ✓ 😀 </script>", "items": [[], {}, [1, [2]]]}],
        "@odd.key": {"$data": "${x}", "datum": "2026-10-05T07:12:00Z", "tom": ""},
    }
    bench.run(lambda g: g.send(bench.address(), "x", card))
    assert bench.teams.accepted[0].activity["attachments"][0]["content"] == card


def test_a_message_is_replaced_and_taken_away(bench: Bench) -> None:
    async def scenario(gateway: Front) -> str:
        id_ = await gateway.send(bench.address(), "ett", CARD)
        await gateway.update(bench.address(), id_, "två")
        assert bench.teams.shown("a:1pers")[id_]["text"] == "två"
        await gateway.delete(bench.address(), id_)
        return id_

    id_ = bench.run(scenario)
    assert [(a.method, a.message) for a in bench.teams.accepted] == [("POST", id_), ("PUT", id_), ("DELETE", id_)]
    assert bench.teams.shown("a:1pers") == {}


@pytest.mark.parametrize("conversation", [THREAD, "a:1/../../v3/x?y#z%20å", "19:grupp@thread.v2"])
def test_a_chats_id_is_one_step_of_the_path_and_a_thread_is_kept(bench: Bench, conversation: str) -> None:
    bench.run(lambda g: g.send(bench.address(conversation), "hej"))
    assert bench.teams.accepted[0].conversation == conversation


def test_a_person_is_spoken_to_alone(bench: Bench) -> None:
    async def scenario(gateway: Front) -> Any:
        await bench.posted(gateway, message())
        await bench.posted(gateway, message(id="2", serviceUrl=bench.teams.url), f"Bearer {_token(bench)}")
        address = await gateway.open_personal(TENANT, ANNA)
        await gateway.send(address, "hej")
        return address

    address = bench.run(scenario)
    made, said = bench.teams.accepted
    # botbuilder writes tenantID; the service reads names in either case.
    assert {key.replace("ID", "Id"): value for key, value in made.activity.items()} == {
        "isGroup": False,
        "bot": {"id": BOT},
        "members": [{"id": ANNA}],
        "tenantId": TENANT,
        "channelData": {"tenant": {"id": TENANT}},
    }
    assert said.conversation == address["conversation"] == f"a:{ANNA}"
    assert json.loads(json.dumps(address)) == address


def _token(bench: Bench) -> str:
    from tests.channels.issuer import token

    return token(bench.teams.url)


def test_a_person_of_another_directory_is_not_spoken_to(bench: Bench) -> None:
    assert isinstance(fault(bench, lambda g: g.open_personal("annan", ANNA)), Permanent)
    assert isinstance(fault(bench, lambda g: g.send(bench.address(tenant="annan"), "hej")), Permanent)
    assert bench.teams.calls == {}


def person(n: int, **more: Any) -> dict[str, Any]:
    return {
        "id": f"29:{n}",
        "name": f"Person {n}",
        "aadObjectId": f"AAAA-{n}",
        "email": f"p{n}@ekeby.example",
        "tenantId": TENANT,
        "userRole": "user",
    } | more


def test_everybody_in_a_chat_is_told_page_by_page_and_guests_are_marked(bench: Bench) -> None:
    people = [person(n) for n in range(5)]
    people += [person(5, userRole="guest"), person(6, tenantId="annan"), {"id": "29:7", "objectId": "O7"}]
    bench.teams.people["19:kanal@thread.tacv2"] = people
    found = bench.run(lambda g: g.members(bench.address(THREAD)))
    assert [m.guest for m in found] == [False] * 5 + [True, True, False]
    assert (found[0].object_id, found[0].tenant, found[0].name, found[0].email) == (
        "aaaa-0",
        TENANT,
        "Person 0",
        "p0@ekeby.example",
    )
    assert (found[6].tenant, found[7].tenant) == ("annan", TENANT)
    assert bench.teams.calls["members"] == 3


def test_of_a_very_big_chat_the_first_are_told_and_that_there_are_others(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.front._MOST_MEMBERS", 7)
    bench.teams.people["a:1pers"] = [person(n) for n in range(100)]
    *known, others = bench.run(lambda g: g.members(bench.address()))
    assert len(known) == 7
    assert others == Member("", "", guest=True)  # nobody knows who: so nothing is shown there
    assert bench.teams.calls["members"] == 3


# Where it may go


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "https://127.0.0.1.evil.example/teams/",
        "https://smba.trafficmanager.net@evil.example/emea/",
        "https://smba.trafficmanager.net/emea/../x/",
        "https://smba.trafficmanager.net/emeax/",
        "https://smba.trafficmanager.net:8443/emea/",
        "http://smba.trafficmanager.net/emea/",
        "https://smba.trafficmanager.net\\@evil.example/emea/",
        "https://smba.trafficmanager.net/emea/?x=https://evil.example",
        " https://smba.trafficmanager.net/emea/",
        "https://smba.trafficmanager.net\t.evil.example/emea/",
        "",
        None,
        7,
    ],
)
def test_nothing_goes_to_an_address_that_is_not_on_the_list(bench: Bench, url: Any) -> None:
    assert isinstance(fault(bench, lambda g: g.send(bench.address(service_url=url), "hej")), Permanent)
    assert bench.teams.calls == {}  # not even the token was asked for


def test_a_list_with_an_address_without_encryption_opens_nothing(bench: Bench) -> None:
    url = "http://smba.trafficmanager.net/emea/"
    bench.set(service_urls=(url,))
    assert bench.post(message(serviceUrl=url))[0] == 401
    assert isinstance(fault(bench, lambda g: g.send(bench.address(service_url=url), "hej")), Permanent)
    assert (bench.heard, bench.teams.calls) == ([], {})


def test_a_redirection_is_not_followed(bench: Bench) -> None:
    with ConnectorDouble() as other:
        bench.teams.fail("post", "307", value=f"{other.url}v3/conversations/a/activities")
        assert isinstance(fault(bench, lambda g: g.send(bench.address(), "hej")), Permanent)
        assert other.calls == {}


def test_a_service_address_may_lack_its_last_stroke(bench: Bench) -> None:
    bench.run(lambda g: g.send(bench.address(service_url=bench.teams.url.rstrip("/")), "hej"))
    assert len(bench.teams.accepted) == 1


def test_a_server_whose_certificate_is_not_known_gets_nothing(bench: Bench, tmp_path: Path) -> None:
    async def scenario(gateway: Front) -> None:
        await gateway._tokens.get()  # with the right certificate
        gateway._line._door = TeamsDoor("id", "", None, (), ())  # type: ignore[attr-defined]
        await gateway.send(bench.address(), "hej")

    assert isinstance(fault(bench, scenario), Permanent)
    assert bench.teams.calls["post"] == 0
    bench.set(ca=tmp_path / "borta.pem")
    assert isinstance(fault(bench, lambda g: g.send(bench.address(), "hej")), ChatError)


# What goes wrong

SAY = {
    "post": lambda g, a: g.send(a, "hej"),
    "put": lambda g, a: g.update(a, "1", "hej"),
    "delete": lambda g, a: g.delete(a, "1"),
    "create": lambda g, a: g.open_personal(TENANT, ANNA),
    "members": lambda g, a: g.members(a),
}


REFUSALS = [
    ("429", "", Throttled),
    ("412", "PreconditionFailed", Throttled),
    ("403", "BotNotInConversationRoster", NotThere),
    ("403", "BotDisabledByAdmin", NotThere),
    ("403", "MessageWritesBlocked", NotThere),
    ("404", "ConversationNotFound", NotThere),
    ("413", "MessageSizeTooBig", TooLarge),
    ("400", "MessageSizeTooBig", TooLarge),
    ("400", "BadSyntax", Permanent),
    ("405", "", Permanent),
    ("500", "", Transient),
    ("502", "", Transient),
    ("503", "", Transient),
    ("504", "", Transient),
]


@pytest.mark.parametrize("operation", SAY)
def test_each_refusal_has_its_meaning_and_is_not_tried_again(bench: Bench, operation: str) -> None:
    async def scenario(gateway: Front) -> None:
        for calls, (kind, code, meant) in enumerate(REFUSALS, 1):
            bench.teams.fail(operation, kind, code=code)
            with pytest.raises(ChatError) as caught:
                await SAY[operation](gateway, bench.address())
            assert type(caught.value) is meant, kind
            assert not getattr(caught.value, "before", False)
            assert code in str(caught.value)
            assert "Hemligt" not in str(caught.value)
            assert bench.teams.calls[operation] == calls

    bench.run(scenario, service_url=bench.teams.url)
    assert bench.teams.accepted == []


@pytest.mark.parametrize(
    ("told", "least", "most"),
    [
        (None, None, None),
        ("7", 7, 7),
        ("0.5", 0.5, 0.5),
        ("999999", 3600, 3600),
        ("-3", 0, 0),
        ("nan", None, None),
        ("strax", None, None),
        (1000.0, 900, 1001),
        (email.utils.formatdate(0, usegmt=True), 0, 0),
    ],
    ids=["none", "seconds", "parts", "too long", "gone", "nan", "words", "a date", "a date long ago"],
)
def test_how_long_to_wait_is_told_in_seconds_or_as_a_date(bench: Bench, told: Any, least: Any, most: Any) -> None:
    if isinstance(told, float):  # a date, counted from when the test is done
        told = email.utils.formatdate(time.time() + told, usegmt=True)
    bench.teams.fail("post", "429", value=told)
    raised = fault(bench, lambda g: g.send(bench.address(), "hej"))
    assert isinstance(raised, Throttled)
    wait = raised.retry_after
    assert wait is None if least is None else wait is not None and least <= wait <= most


@pytest.mark.parametrize("operation", SAY)
@pytest.mark.parametrize("kind", ["before", "after"])
def test_a_broken_connection_says_nothing_of_what_was_done(bench: Bench, operation: str, kind: str) -> None:
    bench.teams.messages["a:1pers"] = {"1": {}}
    bench.teams.fail(operation, kind)
    raised = fault(bench, lambda g: SAY[operation](g, bench.address()), service_url=bench.teams.url)
    assert isinstance(raised, Transient)
    assert not raised.before
    assert bench.teams.calls[operation] == 1
    assert len(bench.teams.accepted) == (kind == "after" and operation != "members")


def test_where_nobody_listens_nothing_was_sent(bench: Bench) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        url = f"https://127.0.0.1:{held.getsockname()[1]}/"
        bench.set(service_urls=(url,))
        raised = fault(bench, lambda g: g.send(bench.address(service_url=url), "hej"))
    assert isinstance(raised, Transient)
    assert raised.before


def test_a_slow_service_is_not_waited_for_for_ever(bench: Bench) -> None:
    bench.teams.fail("post", "slow", value=5)

    async def scenario(gateway: Front) -> float:
        await gateway._tokens.get()
        began = time.monotonic()
        with pytest.raises(Transient) as caught:
            await gateway.send(bench.address(), "hej")
        assert not caught.value.before
        return time.monotonic() - began

    assert bench.run(scenario, patience=0.5) < 2


def test_accepted_is_accepted_whatever_the_answer_says(bench: Bench) -> None:
    bench.teams.fail("*", "garbage", times=2)

    async def scenario(gateway: Front) -> str:
        id_ = await gateway.send(bench.address(), "hej")
        await gateway.update(bench.address(), next(iter(bench.teams.shown("a:1pers"))), "nytt")
        return id_

    assert bench.run(scenario) == ""
    assert len(bench.teams.accepted) == 2


@pytest.mark.parametrize("operation", ["create", "members"])
def test_an_answer_that_is_needed_and_cannot_be_read_is_a_fault(bench: Bench, operation: str) -> None:
    bench.teams.fail(operation, "garbage")
    raised = fault(bench, lambda g: SAY[operation](g, bench.address()), service_url=bench.teams.url)
    assert isinstance(raised, Transient)


# The token


def test_fifty_messages_at_the_same_time_ask_for_one_token(bench: Bench) -> None:
    async def scenario(gateway: Front) -> None:
        await asyncio.gather(*(gateway.send(bench.address(f"a:{n}"), "hej") for n in range(50)))

    bench.run(scenario)
    assert len(bench.teams.accepted) == 50
    assert bench.teams.calls["token"] == 1
    assert bench.teams.scopes == ["https://api.botframework.com/.default"]


def test_a_token_is_renewed_before_it_runs_out(bench: Bench) -> None:
    bench.teams.lifetime = 200  # less than the five minutes of margin

    async def scenario(gateway: Front) -> None:
        await gateway.send(bench.address(), "ett")
        await gateway.send(bench.address(), "två")

    bench.run(scenario)
    assert bench.teams.calls["token"] == 2


def test_a_token_that_is_refused_is_dropped_and_the_next_attempt_has_a_new_one(bench: Bench) -> None:
    async def scenario(gateway: Front) -> None:
        await gateway.send(bench.address(), "ett")
        bench.teams.expire_tokens()
        with pytest.raises(Transient) as caught:
            await gateway.send(bench.address(), "två")
        assert caught.value.before
        await gateway.send(bench.address(), "två")
        bench.teams.expire_tokens()
        with pytest.raises(Transient):
            await gateway.send(bench.address(), "tre")
        await gateway.send(bench.address(), "tre")

    bench.run(scenario)
    assert (bench.teams.calls["token"], len(bench.teams.accepted)) == (3, 3)


def test_when_new_tokens_are_refused_too_the_rights_are_wrong_until_one_is_taken(bench: Bench) -> None:
    bench.teams.fail("post", "401", times=3)

    async def scenario(gateway: Front) -> list[str]:
        raised = []
        for _ in range(4):
            try:
                raised.append(await gateway.send(bench.address(), "hej") and "sent")
            except ChatError as error:
                raised.append(type(error).__name__)
        return raised

    assert bench.run(scenario) == ["Transient", "NotLetIn", "NotLetIn", "sent"]
    assert bench.teams.calls["token"] == 4


def test_messages_that_shared_a_refused_token_are_all_tried_again(bench: Bench) -> None:
    async def scenario(gateway: Front) -> set[type]:
        await gateway.send(bench.address(), "ett")
        bench.teams.expire_tokens()
        sends = [gateway.send(bench.address(), "två") for _ in range(8)]
        return {type(one) for one in await asyncio.gather(*sends, return_exceptions=True)}

    assert bench.run(scenario) == {Transient}


def test_a_wrong_secret_is_told_and_never_shown(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.set(secret="fel~hemlighet")
    with caplog.at_level(logging.DEBUG):
        raised = fault(bench, lambda g: g.send(bench.address(), "hej"))
    assert isinstance(raised, Permanent)
    assert "AADSTS7000215" in str(raised)
    assert "fel~hemlighet" not in str(raised) + caplog.text + repr(bench.door)


def test_a_certificate_does_instead_of_a_secret(bench: Bench, tmp_path: Path) -> None:
    key = rsa.generate_private_key(65537, 2048)
    pem = made_certificate(key, "Nämndbot").public_bytes(serialization.Encoding.PEM) + pem_of(key)
    (tmp_path / "bot.pem").write_bytes(pem)
    bench.set(secret="", certificate=tmp_path / "bot.pem")
    bench.run(lambda g: g.send(bench.address(), "hej"))
    assert (bench.teams.assertions, len(bench.teams.accepted)) == (1, 1)


@pytest.mark.parametrize("status", ["429", "503"])
def test_a_busy_login_is_waited_for(bench: Bench, status: str) -> None:
    bench.teams.fail("token", status, value=9)
    raised = fault(bench, lambda g: g.send(bench.address(), "hej"))
    assert isinstance(raised, Transient)
    assert (raised.before, raised.retry_after) == (True, 9)


def test_no_token_is_told_in_the_log(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        bench.run(lambda g: g.send(bench.address("19:hemlig@thread.v2"), "Hemlig rad"))
    (token,) = bench.teams.tokens
    assert all(word not in caplog.text for word in (token, "Hemlig rad", "hemlig@thread"))


def test_a_local_bot_sends_no_token(bench: Bench) -> None:
    with ConnectorDouble(tls=False) as local:
        bench.set(app_id="", local=True, tenants=(), service_urls=())
        bench.run(lambda g: g.send(bench.address(service_url=local.url), "hej"))
        assert local.authorizations == [""]
        assert (local.calls["token"], len(local.accepted)) == (0, 1)


# The loop


async def longest_gap(work: Awaitable[Any]) -> float:
    """Return the longest time that nothing else could run while something was done."""
    longest, over = 0.0, False

    async def tick() -> None:
        nonlocal longest
        last = time.monotonic()
        while not over:
            await asyncio.sleep(0.005)
            now = time.monotonic()
            longest, last = max(longest, now - last), now

    ticking = asyncio.create_task(tick())
    await asyncio.sleep(0.02)
    await work
    over = True
    await ticking
    return longest


def test_slow_tokens_and_keys_stall_nothing_else(bench: Bench) -> None:
    bench.teams.fail("token", "slow", value=1.5)
    bench.issuer.fault = "slow"

    async def scenario(gateway: Front) -> float:
        async def both() -> None:
            posted, _ = await asyncio.gather(bench.posted(gateway, message()), gateway.send(bench.address(), "hej"))
            assert posted[0] == 200

        return await longest_gap(both())

    assert bench.run(scenario) < 0.75
    assert len(bench.teams.accepted) == 1


# Made by its name


def test_a_driver_is_made_by_its_name(bench: Bench) -> None:
    async def scenario() -> str:
        gateway = make(bench.door, bench.listen, bench.teams.url)
        try:
            return (await gateway.open_personal(TENANT, ANNA))["service_url"]  # type: ignore[no-any-return]
        finally:
            await gateway.close()

    assert asyncio.run(scenario()) == bench.teams.url


def test_a_driver_that_is_not_there_is_told_in_plain_words(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.set(driver="slack")
    with pytest.raises(Permanent, match="slack"):
        make(bench.door, bench.listen)
    bench.set(driver="teams-sdk")
    monkeypatch.delitem(sys.modules, "bot.channels.teams_sdk", raising=False)
    monkeypatch.setitem(sys.modules, "microsoft_teams", None)
    monkeypatch.setitem(sys.modules, "microsoft_teams.api.activities.message", None)
    with pytest.raises(Permanent, match="pip install"):
        make(bench.door, bench.listen)


@pytest.mark.parametrize("driver", ["botbuilder", "teams-sdk"])
def test_only_the_chosen_sdk_is_loaded(driver: str) -> None:
    script = (
        "import sys; from bot.channels.chats import make; from bot.doors import TeamsDoor;"
        f"make(TeamsDoor('', '', None, (), (), {driver!r}, True), print);"
        "print(*sorted({m.partition('.')[0] for m in sys.modules} & {'botbuilder', 'microsoft_teams', 'fastapi'}))"
    )
    said = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=True
    ).stdout
    assert said.split() == [{"botbuilder": "botbuilder", "teams-sdk": "microsoft_teams"}[driver]]


def test_the_double_runs_as_a_process_and_prints_what_it_accepts() -> None:
    command = [sys.executable, "-m", "tests.channels.connector_double", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            url = json.loads(process.stdout.readline())["url"]
            asked = urllib.request.Request(
                f"{url}v3/conversations/a/activities", b'{"text": "hej"}', {"Content-Type": "application/json"}
            )
            urllib.request.urlopen(asked, timeout=10).close()
            told = json.loads(process.stdout.readline())
        finally:
            process.terminate()
    assert (told["method"], told["conversation"], told["activity"]) == ("POST", "a", {"text": "hej"})
