"""The pages: login with an account at a provider, there and back."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import html
import logging
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import requests
from aiohttp import DummyCookieJar
from aiohttp.test_utils import TestClient, TestServer

from bot.entrances import Provider
from bot.openid import OpenId
from bot.pages.app import make_app
from handlers.notices import render
from tests.bot.pages_browser import Answer, Browser, House
from tests.bot.pages_letters import NOW, SN
from tests.bot.provider_double import CLIENT, OID, SECRET, TENANT, ProviderDouble

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it uses the parts of Authlib that are going away
    from oidc_provider_mock import User, run_server_in_thread


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.close()


@pytest.fixture
def double() -> Iterator[ProviderDouble]:
    with ProviderDouble() as made:
        yield made


def accounts(issuer: str, **changes: Any) -> OpenId:
    how: dict[str, Any] = {
        "name": "Microsoft 365",
        "issuer": issuer,
        "client_id": CLIENT,
        "secret": SECRET,
        "certificate": None,
        "tenant": TENANT,
        "keys": ("tid", "oid"),
        "answers": "http://localhost/konto/svar",
        "ca": None,
    }
    return OpenId(Provider(**how | changes))


def tied(house: House, name: str = "Ylva", object_id: str = OID) -> None:
    with house.store.book() as book:
        book.put_chat_person(TENANT, object_id, house.people[name].id, "it", now=NOW)


def browse(house: House, openid: OpenId, steps: Any, *, links: bool = True) -> None:
    async def run() -> None:
        desk = dataclasses.replace(house.desk, accounts=openid, links=links)
        async with TestClient(TestServer(make_app(desk)), cookie_jar=DummyCookieJar()) as client:
            await steps(Browser(client, house))

    asyncio.run(run())


async def begin(b: Browser) -> tuple[str, str, str]:
    """Press the button; return where the browser is sent, its cookie there, and its form token."""
    page = await b.get("/in")
    entry = page.cookies["namndbot-in"]
    sent = await b.post("/konto", csrf=entry, cookie=f"namndbot-in={entry}")
    assert sent.status == 200
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', sent.text)
    assert found
    return html.unescape(found[1]), sent.cookies["namndbot-konto"], entry


async def back(b: Browser, query: dict[str, str], cookie: str) -> Answer:
    return await b.get(f"/konto/svar?{urlencode(query)}", cookie=f"namndbot-konto={cookie}")


async def log_in(b: Browser, double: ProviderDouble) -> Answer:
    url, cookie, _ = await begin(b)
    return await back(b, double.log_in(url), cookie)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_real_provider_lets_one_in_and_out_again(house: House) -> None:
    tied(house)
    user = User(sub="ylva", claims={"tid": TENANT, "oid": OID, "email": "karin@ekeby.example"})
    with run_server_in_thread(user_claims=[user]) as server:
        issuer = f"http://localhost:{server.server_port}"

        async def steps(b: Browser) -> None:
            url, cookie, _ = await begin(b)
            chosen = await asyncio.to_thread(requests.post, url, {"sub": "ylva"}, allow_redirects=False, timeout=10)
            address = urlsplit(chosen.headers["Location"])
            assert address.path == "/konto/svar"
            query = dict(parse_qsl(address.query))
            came = await back(b, query, cookie)
            assert came.status == 303, came.text
            session = came.cookies["namndbot"]
            assert came.cookies["namndbot-konto"] == ""
            home = await b.get("/diariet", cookie=f"namndbot={session}")
            assert "Ylva Hedlund" in home.text
            again = await back(b, query, cookie)
            assert again.status == 403
            csrf = re.search(r'name="csrf" value="([^"]+)"', home.text)
            assert csrf
            left = await b.post("/ut", csrf=csrf[1], cookie=f"namndbot={session}")
            assert left.headers["Location"] == "/in?ut=konto"
            assert (await b.get("/diariet", cookie=f"namndbot={session}")).status == 303
            bye = await b.get("/in?ut=konto")
            assert f"{issuer}/oauth2/end_session?client_id={CLIENT}" in html.unescape(bye.text)
            url, cookie, _ = await begin(b)
            denied = await asyncio.to_thread(requests.post, url, {"action": "deny"}, allow_redirects=False, timeout=10)
            query = dict(parse_qsl(urlsplit(denied.headers["Location"]).query))
            # The mock forgets the state when it says no; without it nobody is believed.
            assert (await back(b, query, cookie)).status == 403

        browse(house, accounts(issuer), steps)


def test_an_account_is_known_by_its_id_and_never_by_its_address(house: House, double: ProviderDouble) -> None:
    double.claims = {"email": "ylva@ekeby.example", "preferred_username": "ylva@ekeby.example", "name": "Ylva Hedlund"}

    async def steps(b: Browser) -> None:
        came = await log_in(b, double)
        assert came.status == 403
        assert OID in came.text
        assert "namndbot" not in came.cookies
        assert "Ylva" not in came.text

    browse(house, accounts(double.issuer), steps)


def test_the_one_who_has_an_account_elsewhere_is_not_told_who_anybody_is(house: House, double: ProviderDouble) -> None:
    tied(house)
    double.claims = {"tid": "99999999-2222-3333-4444-555555555555"}

    async def steps(b: Browser) -> None:
        came = await log_in(b, double)
        assert came.status == 403
        assert "annan organisation" in came.text
        assert OID not in came.text

    browse(house, accounts(double.issuer), steps)


def test_who_has_no_role_today_is_not_let_in(house: House, double: ProviderDouble) -> None:
    tied(house, "Ingen")

    async def steps(b: Browser) -> None:
        came = await log_in(b, double)
        assert came.status == 403
        assert "ingen roll" in came.text
        assert "namndbot" not in came.cookies

    browse(house, accounts(double.issuer), steps)


def test_the_answer_counts_for_the_browser_that_was_sent_once_and_for_ten_minutes(
    house: House, double: ProviderDouble
) -> None:
    tied(house)

    async def steps(b: Browser) -> None:
        url, cookie, _ = await begin(b)
        _, mine, _ = await begin(b)
        query = double.log_in(url)
        for other in ("", "made-up", mine):
            assert (await back(b, query, other)).status == 403
        assert double.forms == []
        assert (await back(b, query, cookie)).status == 303
        assert (await back(b, query, cookie)).status == 403
        url, cookie, _ = await begin(b)
        house.clock.at += dt.timedelta(minutes=11)
        late = await back(b, double.log_in(url), cookie)
        assert late.status == 403
        assert "hann gå ut" in late.text

    browse(house, accounts(double.issuer), steps)


def test_the_session_that_the_browser_had_ends_and_the_cookie_is_a_new_one(
    house: House, double: ProviderDouble
) -> None:
    tied(house)

    async def steps(b: Browser) -> None:
        assert (await b.get("/diariet", "Karin")).status == 200
        sent = await b.post("/konto", "Karin")
        url = html.unescape(re.findall(r'content="0; url=([^"]+)"', sent.text)[0])
        trying = sent.cookies["namndbot-konto"]
        came = await b.get(
            f"/konto/svar?{urlencode(double.log_in(url))}", cookie=f"namndbot=session-of-Karin; namndbot-konto={trying}"
        )
        assert came.status == 303
        assert came.cookies["namndbot"] != "session-of-Karin"
        assert (await b.get("/diariet", "Karin")).status == 303

    browse(house, accounts(double.issuer), steps)


def test_the_button_wants_our_own_form(house: House, double: ProviderDouble) -> None:
    async def steps(b: Browser) -> None:
        assert (await b.post("/konto", csrf="x", cookie="namndbot-in=y")).status == 403
        foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
        assert (await b.post("/konto", csrf="x", cookie="namndbot-in=x", headers=foreign)).status == 403
        assert (await b.get("/konto")).status == 404

    browse(house, accounts(double.issuer), steps)
    assert double.asked == []


def test_a_provider_out_of_reach_is_told_and_links_still_work(house: House, double: ProviderDouble) -> None:
    openid = accounts(double.issuer)
    double.close()

    async def steps(b: Browser) -> None:
        page = await b.get("/in")
        entry = page.cookies["namndbot-in"]
        sent = await b.post("/konto", csrf=entry, cookie=f"namndbot-in={entry}")
        assert sent.status == 503
        assert "svarar inte just nu" in sent.text
        assert "länk per mejl" in sent.text
        asked = await b.post("/in", csrf=entry, cookie=f"namndbot-in={entry}", epost="ylva@ekeby.example")
        assert "får du ett mejl" in asked.text

    browse(house, openid, steps)
    with house.store.look() as book:
        assert [n.kind for n in book.notices()] == ["inloggning"]


def test_without_links_nobody_gets_one_and_no_code_either(house: House, double: ProviderDouble) -> None:
    async def steps(b: Browser) -> None:
        page = await b.get("/in")
        entry = page.cookies["namndbot-in"]
        assert "e-postadress" not in page.text
        asked = await b.post("/in", csrf=entry, cookie=f"namndbot-in={entry}", epost="ylva@ekeby.example")
        assert asked.status == 404
        url, cookie, entry = await begin(b)
        came = await back(b, double.log_in(url), cookie)
        assert OID in came.text
        assert "Mejla en kod" not in came.text
        both = f"namndbot-in={entry}; namndbot-konto={cookie}"
        assert (await b.post("/konto/kod", csrf=entry, cookie=both, epost="ylva@ekeby.example")).status == 404
        assert (await b.post("/konto/koppla", csrf=entry, cookie=both, kod="12345678")).status == 404

    browse(house, accounts(double.issuer), steps, links=False)
    with house.store.look() as book:
        assert book.notices() == []


def written_code(house: House) -> str:
    with house.store.book() as book:
        notice = next(n for n in book.notices() if n.kind == "chattkod")
        message = render(book, notice, SN, now=house.clock.at)
    assert message is not None
    assert "på inloggningssidan" in message.preheader
    found = re.search(r"\d{4} \d{4}", str(message))
    assert found
    return found[0]


def test_who_proves_by_a_code_that_the_account_is_theirs_is_let_in_and_known_from_then_on(
    house: House, double: ProviderDouble
) -> None:
    async def steps(b: Browser) -> None:
        url, cookie, entry = await begin(b)
        assert (await back(b, double.log_in(url), cookie)).status == 403
        both = f"namndbot-in={entry}; namndbot-konto={cookie}"
        wrong = await b.post("/konto/kod", csrf=entry, cookie=both, epost="ingen adress")
        assert wrong.status == 422
        unknown = await b.post("/konto/kod", csrf=entry, cookie=both, epost="okand@ekeby.example")
        known = await b.post("/konto/kod", csrf=entry, cookie=both, epost=" YLVA@ekeby.example")
        assert unknown.status == known.status == 200
        assert known.text.replace("ylva@", "okand@") == unknown.text
        assert (await b.post("/konto/koppla", csrf=entry, cookie=both, kod="00000000")).status == 422
        code = written_code(house)
        stranger = f"namndbot-in={entry}; namndbot-konto=another"
        assert (await b.post("/konto/koppla", csrf=entry, cookie=stranger, kod=code)).status == 404
        used = await b.post("/konto/koppla", csrf=entry, cookie=both, kod=code)
        assert used.status == 303
        assert "Ylva Hedlund" in (await b.get("/diariet", cookie=f"namndbot={used.cookies['namndbot']}")).text
        assert (await b.post("/konto/koppla", csrf=entry, cookie=both, kod=code)).status == 404
        assert (await log_in(b, double)).status == 303

    browse(house, accounts(double.issuer), steps)
    with house.store.look() as book:
        assert "chattkonto" in [n.kind for n in book.notices()]
        assert book.chat_account(TENANT, house.people["Ylva"].id) == OID


def test_who_has_an_account_by_it_gets_no_other_by_a_code(house: House, double: ProviderDouble) -> None:
    tied(house, "Ylva", "bbbbbbbb-bbbb-cccc-dddd-eeeeeeeeeeee")

    async def steps(b: Browser) -> None:
        url, cookie, entry = await begin(b)
        await back(b, double.log_in(url), cookie)
        both = f"namndbot-in={entry}; namndbot-konto={cookie}"
        asked = await b.post("/konto/kod", csrf=entry, cookie=both, epost="ylva@ekeby.example")
        assert asked.status == 200

    browse(house, accounts(double.issuer), steps)
    with house.store.look() as book:
        assert book.notices() == []


def test_nothing_secret_stands_in_the_log_or_on_a_page(
    house: House, double: ProviderDouble, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    tied(house)
    seen: list[str] = []

    async def steps(b: Browser) -> None:
        url, cookie, _ = await begin(b)
        query = double.log_in(url)
        seen.extend([cookie, query["code"], SECRET, "eyJ"])
        double.claims = {"nonce": "wrong"}
        answer = await back(b, query, cookie)
        assert not [canary for canary in seen if canary in answer.text]
        double.claims = {}
        assert (await log_in(b, double)).status == 303

    browse(house, accounts(double.issuer), steps)
    ours = [r.getMessage() for r in caplog.records if not r.name.startswith(("asyncio", "urllib3", "aiohttp"))]
    assert not [canary for canary in seen if canary in "\n".join(ours)]


def test_without_a_provider_its_addresses_do_not_exist(house: House) -> None:
    async def run() -> None:
        async with TestClient(TestServer(make_app(house.desk)), cookie_jar=DummyCookieJar()) as client:
            b = Browser(client, house)
            assert "Microsoft" not in (await b.get("/in")).text
            assert (await b.get("/konto/svar?code=x&state=y")).status == 404
            assert (await b.post("/konto", csrf="x", cookie="namndbot-in=x")).status == 404

    asyncio.run(run())
