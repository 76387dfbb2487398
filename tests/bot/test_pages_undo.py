"""The page that takes back what an answer by mail did: opened without a login, and only its button acts."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from handlers import review
from handlers.notices import links
from tests.bot.pages_browser import Browser, House, browse
from tests.bot.pages_letters import NOW, SN
from tests.bot.pages_moves import led_house, open_page, send, taken_by_mail


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = led_house(tmp_path)
    yield made
    made.close()


def _handlaggare(house: House) -> int | None:
    with house.store.look() as book:
        return book.case(1).handlaggare_id


def test_opening_the_link_changes_nothing_and_the_button_takes_it_back_once(house: House) -> None:
    path = taken_by_mail(house)

    async def steps(b: Browser) -> None:
        shown, _ = await open_page(b, path)
        assert (shown.status, "Du har tagit SN 2026-1." in shown.text) == (200, True)
        assert "Inget ändras förrän du trycker på knappen" in shown.text
        assert await asyncio.to_thread(_handlaggare, house) == house.people["Karin"].id
        done = await send(b, path)
        assert "ångrat, du har inte ärendet" in done.text
        again = await send(b, path)
        assert (again.status, "redan ångrat" in again.text) == (409, True)

    browse(house, steps)
    assert _handlaggare(house) is None


def test_a_form_from_elsewhere_another_token_an_old_link_and_a_secret_case_act_on_nothing(house: House) -> None:
    path = taken_by_mail(house)
    other = path[:-3] + ("a" if path[-3] != "a" else "b") + path[-2:]

    async def steps(b: Browser) -> None:
        _, entry = await open_page(b, path)
        foreign = await b.post(path, csrf="wrong", cookie=f"namndbot-in={entry}")
        assert foreign.status == 403
        assert (await send(b, other)).status == 404
        assert (await send(b, "/angra/999/" + path.rpartition("/")[2])).status == 404
        house.clock.at = NOW + dt.timedelta(days=links.DAYS + 1)
        assert (await send(b, path)).status == 404
        house.clock.at = NOW

    browse(house, steps)
    assert _handlaggare(house) == house.people["Karin"].id
    with house.store.book() as book:
        review.make_secret(book, 1, house.people["Ylva"], now=NOW, namnd=SN)

    async def after(b: Browser) -> None:
        assert (await send(b, path)).status == 404

    browse(house, after)
