"""The page of goals, reminders and days: every choice can be changed, has its law, and is never lost."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.pages import choice_forms, choice_words
from handlers import choice_lists, choices
from handlers.errors import Invalid
from tests.bot.pages_browser import Browser, House, browse
from tests.bot.pages_letters import NOW

HOSTILE = '"><script>alert(1)</script>'
HOME = "/installningar/tider"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    made.person("Ada Lind", "ada@ekeby.example", ("sn", "administrator"))
    made.person("Eva Två", "eva@ekeby.example", ("sn", "administrator"))
    yield made
    made.close()


def bare(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.split("<main")[-1]).split())


def mark(page: str) -> str:
    return str(re.findall(r'name="sett" value="([0-9a-f]+)"', page)[0])


def filled(page: str) -> dict[str, Any]:
    """Return what the open form would send if nothing in it is touched."""
    form = page.split('class="stack">')[1].split("</form>")[0]
    made = {n: html.unescape(v) for n, v in re.findall(r'<input id="[^"]*" name="([^"]+)" value="([^"]*)"', form)}
    made |= dict.fromkeys(re.findall(r'type="checkbox" name="([^"]+)" value="ja" checked', form), "ja")
    made |= {n: v.strip() for n, v in re.findall(r'<textarea [^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.S)}
    chosen = re.findall(r'<option value="([^"]+)" selected', form)
    return made | ({"varde": chosen[0]} if chosen else {})


def chosen(house: House, name: str) -> Any:
    with house.store.look() as book:
        return choices.choice(book, "sn", name)


def test_every_choice_that_a_nämnd_has_stands_on_the_page_once(house: House) -> None:
    on_page = [name for _, _, names in choice_forms.GROUPS for name in names]
    assert sorted(on_page) == sorted(choices.DEFAULTS) == sorted(choice_words.LABELS)

    async def steps(b: Browser) -> None:
        text = bare((await b.get(HOME, "Ylva")).text)
        assert "Nämnden följer förvalen." in text
        assert "Motion väckt 12 januari 2027: mål 12 juli 2027, lagens tid 12 januari 2028." in text
        assert (
            "Fullmäktige ska om möjligt besluta inom ett år från det att ärendet väcktes. Kommunallagen 5 kap. 35 §"
            in text
        )

    browse(house, steps)


@pytest.mark.parametrize("name", sorted(choices.DEFAULTS))
def test_a_form_that_nobody_touches_changes_nothing(house: House, name: str) -> None:
    async def steps(b: Browser) -> None:
        page = await b.get(f"{HOME}?andra={name}", "Ada")
        sent = filled(page.text) | {"skal": "Ser över", "sett": mark(page.text)}
        done = await b.post(f"{HOME}/{name}", "Ada", **sent)
        assert "gjort=oforandrat" in done.headers["Location"]

    browse(house, steps)
    assert chosen(house, name) == choices.DEFAULTS[name]


def test_a_choice_is_looked_at_made_and_taken_back_and_each_is_told(house: House) -> None:
    goal: dict[str, Any] = {"t-motion": "9", "t-medborgarforslag": "6", "skal": "Fullmäktige har beslutat"}

    async def steps(b: Browser) -> None:
        page = await b.get(f"{HOME}?andra=goal_months", "Ada")
        looked = await b.post(f"{HOME}/goal_months", "Ada", **goal, gor="visa", sett=mark(page.text))
        assert "Det skulle betyda: Motion väckt 12 januari 2027: mål 12 oktober 2027" in bare(looked.text)
        assert chosen(house, "goal_months") == choices.DEFAULTS["goal_months"]
        assert (await b.post(f"{HOME}/goal_months", "Ada", **goal, sett=mark(page.text))).status == 303
        text = bare((await b.get(HOME, "Ada")).text)
        assert "Nämnden har valt en sak själv." in text
        assert "Eget val, förval motion 6 månader, medborgarförslag 6 månader" in text
        page = await b.get(f"{HOME}?andra=goal_months", "Ada")
        wrong = await b.post(f"{HOME}/goal_months", "Ada", gor="forval", sett=mark(page.text))
        assert wrong.status == 422
        assert "Skriv varför." in wrong.text
        again = await b.post(
            f"{HOME}/goal_months", "Ada", gor="forval", skal="Beslutet upphävdes", sett=mark(page.text)
        )
        assert again.status == 303
        history = bare((await b.get(f"{HOME}/andringar?vad=goal_months", "Ylva")).text)
        assert (
            "Ada Lind ändrade kommunens mål. Förut: motion 6 månader, medborgarförslag 6 månader blev motion 9 månader, "
            "medborgarförslag 6 månader. Skäl: Fullmäktige har beslutat." in history
        )
        assert "Förvalet gäller igen." in history

    browse(house, steps)
    with house.store.look() as book:
        assert book.chosen("sn") == frozenset()


def test_what_cannot_be_is_told_and_nothing_of_it_is_lost(house: House) -> None:
    faults: tuple[tuple[str, dict[str, Any], str], ...] = (
        ("goal_months", {"t-motion": "13"}, "Lagen ger 12 (kommunallagen 5 kap. 35 §)"),
        ("goal_months", {"t-motion": "sex"}, "Skriv ett tal. Du skrev: sex"),
        ("ask_again_after", {"varde": "0"}, "mellan 1 och 30"),
        ("ask_again_after", {"varde": ""}, "Du skrev: inget"),
        ("ask_again_after", {"varde": "9" * 5000}, "Skriv ett tal"),
        ("ask_first", {"varde": "ingen"}, "Välj manager eller handlaggare"),
        ("ladder_law", {"varde": ""}, "Skriv dagar före"),
        ("ladder_law", {"varde": "14, ett"}, "Du skrev: ett"),
        ("ladder_law", {"varde": "400"}, "Skriv dagar före"),
        ("ladder_law", {"varde": ", ".join(str(n) for n in range(31))}, "högst 30 dagar"),
        ("closed_days", {"varde": "2026-02-30"}, "Skriv dagar, till exempel"),
        ("gaps", {"o-au": "91"}, "Skriv dagar per organ"),
    )

    async def steps(b: Browser) -> None:
        for name, fields, words in faults:
            page = await b.get(f"{HOME}?andra={name}", "Ada")
            told = await b.post(f"{HOME}/{name}", "Ada", **fields, skal="Ett skäl", sett=mark(page.text))
            assert told.status == 422, (name, fields)
            assert words in told.text, (name, fields)
            assert 'value="Ett skäl"' in told.text
        for name in choices.DEFAULTS:
            odd: dict[str, Any] = dict.fromkeys(filled((await b.get(f"{HOME}?andra={name}", "Ada")).text), HOSTILE)
            for wish in ("visa", "", HOSTILE):
                page = await b.post(f"{HOME}/{name}", "Ada", **(odd | {"gor": wish, "sett": HOSTILE}))
                assert page.status in (200, 409, 422), name
                assert "<script>alert" not in page.text
        assert (await b.post(f"{HOME}/finns-inte", "Ada", skal="x")).status == 404
        assert "<script>alert" not in (await b.get(f"{HOME}?andra={HOSTILE}&gjort={HOSTILE}", "Ada")).text

    browse(house, steps)
    with house.store.look() as book:
        assert book.chosen("sn") == frozenset()


def test_only_administrators_change_and_who_comes_too_late_sees_both(house: House) -> None:
    async def steps(b: Browser) -> None:
        assert 'name="sett"' not in (await b.get(f"{HOME}?andra=goal_months", "Ylva")).text
        for who in ("Karin", "Mona", "Nils"):
            assert (await b.get(f"{HOME}?namnd=sn", who)).status == 404
        for who in ("Ylva", "Karin", "Nils"):
            assert (await b.post(f"{HOME}/send_days", who, namnd="sn", varde="2", skal="x")).status == 404
        seen = mark((await b.get(f"{HOME}?andra=send_days", "Ada")).text)
        assert (await b.post(f"{HOME}/send_days", "Eva", varde="3", skal="Post", sett=seen)).status == 303
        late = await b.post(f"{HOME}/send_days", "Ada", varde="5", skal="Långsam post", sett=seen)
        assert late.status == 409
        assert "Eva Två hann före" in late.text
        assert "Tid att skicka svaret 3 dagar 5 dagar" in bare(late.text)
        assert 'value="Långsam post"' in late.text
        assert (await b.post(f"{HOME}/send_days", "Ada", varde="5", skal="x")).status == 409
        assert (await b.post(f"{HOME}/send_days", "Ada", varde="5", skal="x", sett=mark(late.text))).status == 303

    browse(house, steps)
    assert chosen(house, "send_days") == 5


def test_what_a_list_brought_and_the_page_does_not_ask_about_is_kept(house: House) -> None:
    with house.store.book() as book:
        lines = [("sn", "goal_months", {"interpellation": 1, "motion": 6}), ("sn", "ladder_goal", [7])]
        choice_lists.enter_choices(book, lines, now=NOW, actor="kommandorad:drift")

    async def steps(b: Browser) -> None:
        page = await b.get(f"{HOME}?andra=goal_months", "Ada")
        sent: dict[str, Any] = {"t-motion": "5", "skal": "Fortare", "sett": mark(page.text)}
        assert (await b.post(f"{HOME}/goal_months", "Ada", **sent)).status == 303
        history = bare((await b.get(f"{HOME}/andringar", "Ada")).text)
        assert "Kommandoraden, konto drift ändrade påminnelser före målet." in history
        assert "blev 7 dagar före." in history

    browse(house, steps)
    assert chosen(house, "goal_months") == {"interpellation": 1, "motion": 5}


def test_no_goal_is_later_than_the_law_by_whichever_way_it_comes(house: House) -> None:
    with house.store.book() as book, pytest.raises(Invalid, match="Lagen ger 12"):
        choices.choose(book, "sn", "goal_months", {"motion": 13}, now=NOW, actor="x")
