"""Who is let in: the token matrix, the keys behind it, and what the activity itself has to say. For every driver."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels.front import Front
from bot.channels.gateway import Permanent
from tests.channels.activities import SERVICE, activity, message
from tests.channels.conftest import DRIVERS, Bench
from tests.channels.connector_double import CLIENT, TENANT
from tests.channels.issuer import changed, jwk, key, public_pem, token

EVIL = "https://smba.trafficmanager.net.evil.example/emea/"
STS = f"https://sts.windows.net/{TENANT}/"
NOW = time.time()


def bearer(*args: Any, **claims: Any) -> str:
    return f"Bearer {token(*(args or (SERVICE,)), **claims)}"


# Each makes an Authorization header that nobody who is not Teams may be let in with.
REFUSED: Mapping[str, Callable[[], str]] = {
    "missing": lambda: "",
    "a blank": lambda: " ",
    "the scheme only": lambda: "Bearer",
    "the scheme and a blank": lambda: "Bearer ",
    "no scheme": lambda: token(SERVICE),
    "lower case scheme": lambda: f"bearer {token(SERVICE)}",
    "Basic": lambda: "Basic YW5uYTpoZW1saWc=",
    "another scheme with a good token": lambda: f"Token {token(SERVICE)}",
    "two tokens": lambda: f"{bearer()} {token(SERVICE)}",
    "garbage": lambda: "Bearer abc.def.ghi",
    "three dots": lambda: "Bearer ...",
    "not ASCII": lambda: "Bearer åäö",
    "endless": lambda: "Bearer " + "a" * 100_000,
    "alg none": lambda: bearer(alg="none"),
    "HS256 with the open key": lambda: bearer(alg="HS256", secret=public_pem("own")),
    "HS256 with an empty secret": lambda: bearer(alg="HS256"),
    "RS384": lambda: bearer(alg="RS384"),
    "PS256": lambda: bearer(alg="PS256"),
    "another key under the same name": lambda: bearer(by="other"),
    "a key in its own head": lambda: bearer(by="other", headers={"jwk": jwk("other", "own", None)}),
    "a key at an address in its head": lambda: bearer(by="other", headers={"jku": "https://evil.example/keys"}),
    "changed claims": lambda: "Bearer " + changed(token(SERVICE, exp=NOW - 9000), exp=NOW + 9000),
    "a changed signature": lambda: bearer()[:-8] + "AAAAAAAA",
    "no signature": lambda: bearer().rpartition(".")[0] + ".",
    "an unknown key": lambda: bearer(kid="ny"),
    "no key's name": lambda: bearer(kid=None),
    "an empty key's name": lambda: bearer(kid=""),
    "for another bot": lambda: bearer(aud="00000000-0000-0000-0000-000000000000"),
    "for nobody": lambda: bearer(aud=None),
    "for an empty name": lambda: bearer(aud=""),
    "for several": lambda: bearer(aud=[CLIENT, "00000000-0000-0000-0000-000000000000"]),
    "for us in a list": lambda: bearer(aud=[CLIENT]),
    "for our address": lambda: bearer(aud=f"api://{CLIENT}"),
    "too old": lambda: bearer(exp=int(NOW) - 360),
    "without an end": lambda: bearer(exp=None),
    "an end that is no number": lambda: bearer(exp="snart"),
    "not yet good": lambda: bearer(nbf=int(NOW) + 86_400),
    "made in the future": lambda: bearer(iat=int(NOW) + 86_400),
    "by another issuer": lambda: bearer(iss="https://evil.example"),
    "by no issuer": lambda: bearer(iss=None),
    "by part of the issuer": lambda: bearer(iss="https://api.botframework"),
    "by more than the issuer": lambda: bearer(iss="https://api.botframework.com.evil.example"),
    "by a list of issuers": lambda: bearer(iss=["https://api.botframework.com"]),
    "by our own directory": lambda: bearer(iss=STS, tid=TENANT),
    "by our own directory, version 2": lambda: bearer(iss=f"https://login.microsoftonline.com/{TENANT}/v2.0"),
    "the emulator's, of our app": lambda: bearer(
        iss="https://sts.windows.net/d6d49420-f39b-4df7-a1dc-d59a935871db/", appid=CLIENT
    ),
    "the emulator's, of another app": lambda: bearer(
        iss="https://sts.windows.net/d6d49420-f39b-4df7-a1dc-d59a935871db/", appid="annan"
    ),
    "a skill's": lambda: bearer(iss=STS, ver="2.0", azp="00000000-0000-0000-0000-000000000000"),
    "for another service address": lambda: bearer(EVIL),
    "for no service address": lambda: bearer(serviceurl=None),
    "for an empty service address": lambda: bearer(serviceurl=""),
    "for a list of service addresses": lambda: bearer(serviceurl=[SERVICE]),
    "for a shorter service address": lambda: bearer("https://smba.trafficmanager.net/"),
    "by a key for another channel": lambda: bearer(by="web", kid="web"),
    "by a short key": lambda: bearer(by="short", kid="short", bits=1024),
}
LET_IN: Mapping[str, Callable[[], str]] = {
    "a good token": bearer,
    "a key that names no channels": lambda: bearer(by="open", kid="open"),
    "clocks that differ by four minutes": lambda: bearer(exp=int(NOW) - 240 + int(time.time() - NOW)),
}


@pytest.fixture
def more_keys(bench: Bench) -> None:
    bench.issuer.keys += [
        jwk("web", "web", ["webchat"]),
        jwk("open", "open", None),
        jwk("short", "short", ["msteams"], 1024),
    ]


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
@pytest.mark.parametrize("made", REFUSED.values(), ids=REFUSED)
@pytest.mark.usefixtures("more_keys")
def test_a_call_that_is_not_teams_is_refused_and_nobody_hears_of_it(bench: Bench, made: Callable[[], str]) -> None:
    assert bench.post(message(), made()) == (401, None)
    assert bench.heard == []


@pytest.mark.parametrize("made", LET_IN.values(), ids=LET_IN)
@pytest.mark.usefixtures("more_keys")
def test_a_call_that_is_teams_is_let_in(bench: Bench, made: Callable[[], str]) -> None:
    assert bench.post(message(), made()) == (200, None)
    assert len(bench.heard) == 1


# What the activity says

WRONG: Mapping[str, tuple[dict[str, Any], str, int]] = {
    "no service address": ({"serviceUrl": None}, SERVICE, 400),
    "an empty service address": ({"serviceUrl": ""}, SERVICE, 400),
    "no channel": ({"channelId": None}, SERVICE, 400),
    "another channel": ({"channelId": "webchat"}, SERVICE, 400),
    "the emulator's channel": ({"channelId": "emulator"}, SERVICE, 400),
    "no type": ({"type": None}, SERVICE, 400),
    "no conversation": ({"conversation": None}, SERVICE, 400),
    "nobody": ({"from": {}}, SERVICE, 400),
    "two tenants": ({"channelData": {"tenant": {"id": "annan"}}}, SERVICE, 400),
    "another service address than the token's": ({"serviceUrl": EVIL}, SERVICE, 401),
    "a service address off the list, in both": ({"serviceUrl": EVIL}, EVIL, 401),
    "a service address without encryption, in both": (
        {"serviceUrl": SERVICE.replace("https", "http")},
        SERVICE.replace("https", "http"),
        401,
    ),
    "another tenant": (
        {"conversation": {"id": "a:1", "tenantId": "annan"}, "channelData": {"tenant": {"id": "annan"}}},
        SERVICE,
        403,
    ),
    "no tenant": ({"conversation": {"id": "a:1"}, "channelData": {}}, SERVICE, 403),
    "a person of another tenant": ({"from": {"id": "29:x", "tenantId": "annan"}}, SERVICE, 403),
}


@pytest.mark.parametrize(("more", "claimed", "status"), WRONG.values(), ids=WRONG)
def test_a_call_that_says_what_it_may_not_is_refused(
    bench: Bench, more: dict[str, Any], claimed: str, status: int
) -> None:
    assert bench.post(message(**more), bearer(claimed)) == (status, None)
    assert bench.heard == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"null", 400),
        (b"1e999", 400),
        (b"9" * 5000, 400),
        (b'"\xff"', 400),
        (b"[" * 100_000, 400),
        (b'{"a":' * 200 + b"1" + b"}" * 200, 400),
        (json.dumps(message(value={"a": [[[[]]]] * 3}) | {"x": json.loads("[" * 60 + "]" * 60)}).encode(), 400),
        (json.dumps(message("x" * 300_000)).encode(), 413),
    ],
)
def test_a_body_that_is_no_activity_is_refused_whoever_sends_it(bench: Bench, body: bytes, status: int) -> None:
    assert bench.post(body) == (status, None)
    assert bench.post(body, "Bearer nej")[0] == (413 if status == 413 else 401)
    assert bench.heard == []


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
_fields = st.sampled_from(
    list(activity("message", value={}, text="", membersAdded=[], action="add", name="", replyToId=""))
)
_bodies = (
    st.binary(max_size=200)
    | _json.map(lambda j: json.dumps(j).encode())
    | st.dictionaries(_fields, _json, max_size=6).map(lambda more: json.dumps(activity("message") | more).encode())
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=_bodies, header=st.none() | st.text(max_size=80) | st.text(max_size=40).map(lambda t: f"Bearer {t}"))
def test_whatever_is_posted_gets_an_answer_and_strangers_reach_nobody(
    bench: Bench, body: bytes, header: str | None
) -> None:
    bench.heard.clear()
    status, _ = bench.post(body, header)
    assert status in ((200, 400, 401, 403, 413) if header is None else (401, 413))
    assert header is None or bench.heard == []
    assert (status == 200) == (len(bench.heard) == 1)


# The keys


def clocked() -> tuple[list[float], Callable[[], float]]:
    now = [1000.0]
    return now, lambda: now[0]


def test_a_new_key_is_known_at_once_and_an_unknown_one_is_looked_for_once_a_minute(bench: Bench) -> None:
    now, clock = clocked()

    async def scenario(gateway: Front) -> list[int]:
        statuses = [(await bench.posted(gateway, message()))[0]]
        now[0] += 61
        bench.issuer.keys = [jwk("next", "next", ["msteams"])]
        new, old = bearer(by="next", kid="next"), bearer()
        statuses += [(await bench.posted(gateway, message(id="2"), new))[0]]
        statuses += [(await bench.posted(gateway, message(id="3"), old))[0]]  # taken away with the rotation
        statuses += [(await bench.posted(gateway, message(), bearer(kid=f"x{n}")))[0] for n in range(20)]
        return statuses

    assert bench.run(scenario, clock=clock) == [200, 200, 401] + [401] * 20
    assert bench.issuer.calls["keys"] == 2


def test_keys_are_fetched_once_for_many_calls_at_the_same_time(bench: Bench) -> None:
    bench.issuer.fault = "slow"

    async def scenario(gateway: Front) -> list[tuple[int, Any]]:
        return await asyncio.gather(*(bench.posted(gateway, message(id=str(n))) for n in range(30)))

    assert {status for status, _ in bench.run(scenario)} == {200}
    assert bench.issuer.calls["openid"] == 1


@pytest.mark.parametrize("fault", ["down", "cut", "garbage", "array", "empty"])
def test_without_keys_everybody_is_refused_until_they_come(bench: Bench, fault: str) -> None:
    now, clock = clocked()
    bench.issuer.fault = fault

    async def scenario(gateway: Front) -> list[int]:
        first = [(await bench.posted(gateway, message()))[0] for _ in range(5)]
        assert bench.issuer.calls["openid"] == 1
        bench.issuer.fault = ""
        now[0] += 11
        return [*first, (await bench.posted(gateway, message()))[0]]

    assert bench.run(scenario, clock=clock) == [401] * 5 + [200]


def test_known_keys_do_without_their_server_for_a_day_and_no_longer(bench: Bench) -> None:
    now, clock = clocked()

    async def scenario(gateway: Front) -> list[int]:
        statuses = []
        for hours in (0, 13, 23.9, 24.1):
            now[0] = 1000 + hours * 3600
            statuses.append((await bench.posted(gateway, message(id=f"{hours}")))[0])
            await asyncio.sleep(0.1)  # what is fetched in passing
            bench.issuer.fault = "down"
        return statuses

    assert bench.run(scenario, clock=clock) == [200, 200, 200, 401]
    assert bench.issuer.calls["openid"] == 4


@pytest.mark.parametrize(
    "keys",
    [
        [None, 7, {}, {"kty": "EC", "kid": "own"}, {"kty": "RSA", "kid": "own", "n": "!", "e": "AQAB"}],
        [{**jwk("own", "own", ["msteams"]), "use": "enc"}],
        [{**jwk("own", "own", ["msteams"]), "d": "AQAB"}],
        [{**jwk("own", "own", None), "endorsements": "msteams"}],
        [{**jwk("own", "own", None), "kid": ["own"]}],
        {"own": jwk("own", "own", ["msteams"])},
    ],
    ids=["garbage", "for secrecy", "with its secret", "odd endorsements", "odd name", "no list"],
)
def test_keys_that_are_none_let_nobody_in(bench: Bench, keys: Any) -> None:
    bench.issuer.keys = keys
    assert bench.post(message())[0] == 401
    assert bench.heard == []


# Local mode


def test_without_an_app_id_no_gateway_is_made_unless_it_is_local(bench: Bench) -> None:
    bench.set(app_id="")
    with pytest.raises(Permanent, match="app_id"):
        bench.post(message())


def test_with_an_app_id_a_tenant_is_wanted_and_everybody_is_asked_for_a_token(bench: Bench) -> None:
    bench.set(local=True)
    assert bench.post(message(), "")[0] == 401
    bench.set(tenants=())
    with pytest.raises(Permanent, match="tenant"):
        bench.post(message())


@pytest.mark.parametrize(
    ("service_url", "status"),
    [
        ("http://127.0.0.1:56150/_connector", 200),
        ("http://localhost:56150", 200),
        ("http://[::1]:56150/", 200),
        (SERVICE, 401),
        ("http://10.0.0.1/", 401),
        ("http://127.0.0.1.evil.example/", 401),
        ("http://127.0.0.1@evil.example/", 401),
        ("ftp://127.0.0.1/", 401),
    ],
)
def test_a_local_bot_hears_everybody_and_answers_on_this_machine_only(
    bench: Bench, service_url: str, status: int
) -> None:
    bench.set(app_id="", local=True, tenants=())
    assert bench.post(message(serviceUrl=service_url), "")[0] == status
    assert len(bench.heard) == (status == 200)


def test_every_driver_of_the_settings_is_tried_here() -> None:
    from bot.channels.chats import DRIVERS as KNOWN

    assert set(KNOWN) == set(DRIVERS)
    assert key("own").key_size == 2048
