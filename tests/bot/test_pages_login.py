"""The pages: login by a link, the session, and leaving."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from bot.pages import security
from bot.pages.app import Desk
from tests.bot.pages_browser import Answer, Browser, House, browse
from tests.bot.pages_letters import NOW


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.close()


def link(house: House, token: str = "tok") -> str:
    with house.store.book() as book:
        book.put_login_link(token, house.people["Ylva"].id, NOW + dt.timedelta(minutes=15))
    return f"/in/{token}"


def queued(house: House) -> list[str]:
    with house.store.look() as book:
        return [n.address for n in book.notices() if n.kind == "inloggning"]


async def ask(b: Browser, email: str) -> Answer:
    form = await b.get("/in")
    entry = form.cookies["namndbot-in"]
    assert f'value="{entry}"' in form.text
    return await b.post("/in", csrf=entry, cookie=f"namndbot-in={entry}", epost=email)


def without_token(text: str) -> str:
    return re.sub(r'value="[^"]*"', "", text)


def test_whoever_asks_for_a_link_gets_the_same_answer(house: House) -> None:
    async def steps(b: Browser) -> None:
        known = await ask(b, "  YLVA@ekeby.example ")
        unknown = await ask(b, "okand@ekeby.example")
        no_role = await ask(b, "ingen@ekeby.example")
        assert known.status == unknown.status == no_role.status == 200
        assert "Om adressen finns hos oss får du ett mejl" in known.text
        assert without_token(known.text) == without_token(unknown.text) == without_token(no_role.text)

    browse(house, steps)
    assert queued(house) == ["ylva@ekeby.example"]
    assert house.woken


def test_three_links_an_hour_and_no_more(house: House) -> None:
    async def steps(b: Browser) -> None:
        for minute in range(5):
            house.clock.at = NOW + dt.timedelta(minutes=minute)
            await ask(b, "ylva@ekeby.example")
        assert len(queued(house)) == 3
        house.clock.at = NOW + dt.timedelta(minutes=90)
        await ask(b, "ylva@ekeby.example")
        assert len(queued(house)) == 4

    browse(house, steps)


def test_the_login_form_needs_its_own_token(house: House) -> None:
    async def steps(b: Browser) -> None:
        for csrf, cookie in (("", ""), ("x", ""), ("", "namndbot-in="), ("x", "namndbot-in=y")):
            answer = await b.post("/in", csrf=csrf, cookie=cookie, epost="ylva@ekeby.example")
            assert answer.status == 403
        assert (
            await b.post("/in", csrf="x", cookie="namndbot-in=x", headers={"Origin": "https://evil.example"})
        ).status == 403

    browse(house, steps)
    assert queued(house) == []


def test_opening_a_link_does_not_use_it_and_using_it_works_once(house: House) -> None:
    path = link(house)

    async def steps(b: Browser) -> None:
        for _ in range(3):
            opened = await b.get(path)
            assert "Logga in som Ylva Hedlund" in opened.text
            assert "namndbot" not in opened.cookies
        entry = opened.cookies["namndbot-in"]
        assert (await b.post(path, csrf="fel", cookie=f"namndbot-in={entry}")).status == 403
        used = await b.post(path, csrf=entry, cookie=f"namndbot-in={entry}")
        assert used.status == 303
        token = used.cookies["namndbot"]
        set_cookie = used.headers["Set-Cookie"]
        assert "HttpOnly" in set_cookie
        assert "SameSite=Lax" in set_cookie
        assert "Path=/" in set_cookie
        assert (await b.get("/diariet", cookie=f"namndbot={token}")).status == 200
        again = await b.post(path, csrf=entry, cookie=f"namndbot-in={entry}")
        assert again.status == 404
        assert "Länken fungerar inte längre" in again.text
        assert "Länken fungerar inte längre" in (await b.get(path)).text

    browse(house, steps)


def test_an_old_link_and_an_old_session_are_worth_nothing(house: House) -> None:
    path = link(house)

    async def steps(b: Browser) -> None:
        assert (await b.get("/diariet", "Ylva")).status == 200
        house.clock.at = NOW + dt.timedelta(minutes=16)
        assert (await b.get(path)).status == 404
        house.clock.at = NOW + dt.timedelta(hours=12, minutes=1)
        assert (await b.get("/diariet", "Ylva")).headers["Location"] == "/in"

    browse(house, steps)


def test_a_role_that_has_ended_opens_nothing(house: House) -> None:
    with house.store.book() as book:
        book.put_role(house.people["Karin"].id, "sn", "handlaggare", dt.date(2020, 1, 1), dt.date(2026, 11, 23))

    async def steps(b: Browser) -> None:
        assert (await b.get("/diariet", "Karin")).status == 404

    browse(house, steps)


def test_leaving_ends_the_session(house: House) -> None:
    async def steps(b: Browser) -> None:
        assert (await b.get("/diariet", "Ylva")).status == 200
        assert (await b.get("/ut", "Ylva")).status == 404
        gone = await b.post("/ut", "Ylva")
        assert gone.headers["Location"] == "/in"
        assert (await b.get("/diariet", "Ylva")).headers["Location"] == "/in"

    browse(house, steps)


def test_a_link_in_a_mail_leads_on_after_the_login(house: House) -> None:
    path = link(house)

    async def steps(b: Browser) -> None:
        first = await b.get("/granska/17")
        assert first.cookies["namndbot-vidare"] == "/granska/17"
        for onward, to in (("/granska/17", "/granska/17"), ("https://evil.example/", "/"), ("//evil.example", "/")):
            with house.store.book() as book:
                book.put_login_link(onward, house.people["Ylva"].id, NOW + dt.timedelta(minutes=15))
            cookie = f"namndbot-in=x; namndbot-vidare={onward}"
            used = await b.post(f"/in/{quote(onward, safe='')}", csrf="x", cookie=cookie)
            assert used.headers["Location"] == to
        assert (await b.get(path)).status == 200

    browse(house, steps)


def test_who_is_logged_in_already_may_use_a_link_too(house: House) -> None:
    path = link(house)

    async def steps(b: Browser) -> None:
        for who in ("Ingen", "Karin"):
            assert f'value="{who}-csrf"' in (await b.get(path, who)).text
        used = await b.post(path, "Karin")
        assert used.status == 303
        assert (await b.get("/diariet", "Karin")).status == 303
        new = used.cookies["namndbot"]
        assert "Ylva Hedlund" in (await b.get("/diariet", cookie=f"namndbot={new}")).text

    browse(house, steps)


def test_over_https_the_cookie_is_bound_to_the_host() -> None:
    assert security.session_cookie(desk_at("https://namndbot.ekeby.example")) == "__Host-namndbot"
    assert security.session_cookie(desk_at("http://localhost:8080")) == "namndbot"


def desk_at(url: str) -> Desk:
    return Desk(url=url, **dict.fromkeys(("store", "raw", "reader", "clock", "namnder", "organisation", "wake")))  # type: ignore[arg-type]


def test_a_function_mailbox_sees_no_page_though_it_answers(house: House) -> None:
    with house.store.book() as book:
        ylva = book.person_by_email("ylva@ekeby.example")
        assert ylva is not None
        for role in book.roles(person_id=ylva.id):
            book.put_role(ylva.id, role.namnd, role.role, role.valid_from, role.valid_from)
            book.put_role(ylva.id, role.namnd, "stab", role.valid_from, None)

    async def steps(b: Browser) -> None:
        for path in ("/diariet", "/oversikt", "/arende/1"):
            answer = await b.get(path, "Ylva")
            assert answer.status != 200 or "SN 2026" not in answer.text, path

    browse(house, steps)
