"""The page of one question: a form without a login, for one person, once."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from handlers.rules.answers import Answer as Given
from storage.records import AskedQuestion
from tests.bot.pages_browser import Browser, House, browse
from tests.bot.pages_letters import CANARY, NOW, SN, remiss
from tests.bot.pages_moves import entries, led_house, link, open_page, question, reminded, send


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = led_house(tmp_path)
    yield made
    made.close()


def last(house: House) -> tuple[str, str]:
    """Return the journal's last line by a person: what, and by which way."""
    line = [e for e in entries(house) if e.actor.startswith("person:")][-1]
    return line.what, str(line.data.get("svar"))


def test_the_form_says_all_that_a_handlaggare_needs(house: House) -> None:
    path = link(house, "Karin")

    async def steps(b: Browser) -> None:
        shown, _ = await open_page(b, path)
        assert shown.status == 200
        for words in (
            "Kan du ta det här ärendet, Karin?",
            "SN 2026-1",
            "Yttrande över motion om avgiftsfria trygghetslarm",
            "Begäran om yttrande över motion",
            "Kommunstyrelsen",
            "Lena Östberg (V)",
            "Fredag 26 februari 2027",
            '<span class="quote">senast den 26 februari 2027</span>',
            "Kommunallagen 5 kap. 35 §",
            "Kommunens mål",
            "att nämnden utreder kostnaden för 2028",
            "Ja, jag tar det",
            "Inte jag",
            "Samira Haddad (0 öppna ärenden)",
            "Anders Wikström",
            "Fråga registratorn",
        ):
            assert words in shown.text, words
        assert shown.headers["Cache-Control"] == "no-store"
        assert shown.headers["Referrer-Policy"] == "no-referrer"
        for absent in ("/dokument/", "/brev/", "Mona Sund", "samira@ekeby.example", "Huvudmeny"):
            assert absent not in shown.text, absent
        assert "Huvudmeny" not in (await b.get(path, "Ylva")).text

    browse(house, steps)


def test_who_is_no_handlaggare_is_asked_who_should_have_it(house: House) -> None:
    path = link(house, "Anders")

    async def steps(b: Browser) -> None:
        shown, _ = await open_page(b, path)
        assert "Vem ska ha ärendet, Anders?" in shown.text
        assert "Karin Ödman" in shown.text
        assert "Jag tar det själv" in shown.text

    browse(house, steps)


def test_opening_never_acts(house: House) -> None:
    path = link(house, "Karin")
    before = len(entries(house))

    async def steps(b: Browser) -> None:
        for _ in range(3):
            assert (await b.get(path)).status == 200
        assert (await b._ask("HEAD", path, {"Purpose": "prefetch"}, None)).status == 200
        assert (await b.get(f"{path}?svar=ta")).status == 200

    browse(house, steps)
    assert len(entries(house)) == before
    assert question(house).state == "open"
    assert not house.woken


@pytest.mark.parametrize(
    ("fields", "what", "said"),
    [
        ({"svar": "ta"}, "handläggare utsedd", "Tack, ärendet är ditt"),
        ({"svar": "annan", "till": "Samira"}, "fråga skickad vidare", "Vi frågar Samira Haddad om SN 2026-1."),
        ({"svar": "registratorn", "text": "Vad gäller?"}, "registratorn tillfrågad", "Tack, registratorn får frågan"),
    ],
)
def test_each_answer_about_a_handlaggare(house: House, fields: dict[str, str], what: str, said: str) -> None:
    path = link(house, "Karin")
    if "till" in fields:
        fields = fields | {"till": str(house.people[fields["till"]].id)}

    async def steps(b: Browser) -> None:
        done = await send(b, path, **fields)
        assert done.status == 200
        assert said in done.text
        assert "SN 2026-1" in done.text
        assert fields.get("text", "") in done.text

    browse(house, steps)
    assert last(house) == (what, "sidan")
    assert house.woken


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"svar": "klart"}, "Tack, antecknat som klart"),
        ({"svar": "pagar"}, "Tack, antecknat som pågående"),
        ({"svar": "anstand", "dag": "2027-03-09"}, "Anstånd till tisdag 9 mars 2027"),
        ({"svar": "fel_person"}, "Tack, vi frågar någon annan"),
        ({"svar": "fraga", "text": "Vem skriver beslutet?"}, "Vem skriver beslutet?"),
    ],
)
def test_each_answer_to_a_reminder(house: House, fields: dict[str, str], said: str) -> None:
    reminded(house)
    path = link(house, "Karin", "lage")

    async def steps(b: Browser) -> None:
        form, _ = await open_page(b, path)
        assert "Hur går det med SN 2026-1, Karin?" in form.text
        assert "94 dagar till svarsdagen" in form.text
        assert "btn--main" not in form.text
        done = await send(b, path, **fields)
        assert done.status == 200, done.text
        assert said in done.text

    browse(house, steps)
    answered = question(house, "lage")
    assert (answered.state, answered.answer, answered.answered_how) == ("answered", fields["svar"], "sidan")
    assert f"svar: {fields['svar']}" in [e.what for e in entries(house)]


def test_the_page_writes_the_same_line_as_a_mail(house: House, tmp_path: Path) -> None:
    from handlers import answering

    path = link(house, "Karin")

    async def steps(b: Browser) -> None:
        assert (await send(b, path, svar="ta")).status == 200

    browse(house, steps)
    (tmp_path / "mail").mkdir()
    by_mail = led_house(tmp_path / "mail")
    try:
        link(by_mail, "Karin")
        asked = question(by_mail)
        with by_mail.store.book() as book:
            person = by_mail.people["Karin"]
            answering.answer(book, asked.id, person, Given("ta"), SN, how="mejl", now=NOW)
        one, other = entries(house)[-1], entries(by_mail)[-1]
        assert (one.what, one.actor, one.personal) == (other.what, other.actor, other.personal)
        assert {**one.data, "svar": ""} == {**other.data, "svar": ""}
    finally:
        by_mail.close()


def test_a_link_works_once(house: House) -> None:
    path = link(house, "Karin")

    async def steps(b: Browser) -> None:
        assert (await send(b, path, svar="ta")).status == 200
        again, _ = await open_page(b, path)
        assert again.status == 404
        assert "Länken fungerar inte längre" in again.text
        assert "trygghetslarm" not in again.text
        assert (await send(b, path, svar="ta")).status == 404

    browse(house, steps)
    assert [e.what for e in entries(house)].count("handläggare utsedd") == 1


def test_a_double_click_answers_once(house: House) -> None:
    path = link(house, "Karin")

    async def steps(b: Browser) -> None:
        _, entry = await open_page(b, path)
        both = await asyncio.gather(
            *(b.post(path, csrf=entry, cookie=f"namndbot-in={entry}", svar="ta") for _ in range(2))
        )
        assert sorted(a.status for a in both) in ([200, 404], [200, 409])

    browse(house, steps)
    assert [e.what for e in entries(house)].count("handläggare utsedd") == 1


def test_expired_unknown_and_forged_links_lead_to_the_same_plain_page(house: House) -> None:
    path = link(house, "Karin", days=-1)

    async def steps(b: Browser) -> None:
        pages = [(await open_page(b, p))[0] for p in (path, "/f/hittepa", "/f/" + "x" * 3000, "/f/%00")]
        assert {p.status for p in pages} == {404}
        assert all("Länken fungerar inte längre" in p.text for p in pages)
        assert all("Svara på mejlet i stället" in p.text for p in pages)
        assert (await send(b, path, svar="ta")).status == 404

    browse(house, steps)
    assert question(house).state == "open"


def test_a_form_from_elsewhere_or_without_its_cookie_does_nothing(house: House) -> None:
    path = link(house, "Karin")

    async def steps(b: Browser) -> None:
        _, entry = await open_page(b, path)
        cookie = f"namndbot-in={entry}"
        refused = [
            await b.post(path, csrf=entry, svar="ta"),
            await b.post(path, csrf="", cookie=cookie, svar="ta"),
            await b.post(path, csrf="fel", cookie=cookie, svar="ta"),
            await b.post(path, csrf=entry, cookie=cookie, headers={}, svar="ta"),
            await b.post(path, csrf=entry, cookie=cookie, headers={"Origin": "https://evil.example"}, svar="ta"),
        ]
        assert [r.status for r in refused] == [403] * len(refused)

    browse(house, steps)
    assert question(house).state == "open"


def test_of_two_the_second_is_told_who_was_first_and_when(house: House) -> None:
    karin, samira = link(house, "Karin"), link(house, "Samira")

    async def steps(b: Browser) -> None:
        _, entry = await open_page(b, samira)
        assert (await send(b, karin, svar="ta")).status == 200
        late = await b.post(samira, csrf=entry, cookie=f"namndbot-in={entry}", svar="registratorn", text="Min text")
        assert late.status == 409
        told = "Karin Ödman hann före och tog ärendet tisdag 24 november 2026 kl. 09.30."
        assert told in late.text
        assert "Min text" in late.text
        opened, _ = await open_page(b, samira)
        assert opened.status == 200
        assert told in opened.text
        assert "<form" not in opened.text

    browse(house, steps)


def test_what_cannot_be_used_is_said_and_nothing_is_lost(house: House) -> None:
    reminded(house)
    path = link(house, "Karin", "lage")

    async def steps(b: Browser) -> None:
        for day, words in (
            ("", "Välj till vilken dag."),
            ("2027-01-10", "senare dag"),
            ("2026-11-01", "har redan varit"),
            ("30 februari", "30 februari"),
        ):
            wrong = await send(b, path, svar="anstand", dag=day)
            assert wrong.status == 422, day
            assert words in wrong.text, day
            assert "Inget är antecknat än" in wrong.text
            assert f'value="{day}"' in wrong.text
        assert (await send(b, path, svar="ta")).status == 422
        assert (await send(b, path, svar="hittepa")).status == 422
        assert (await send(b, path, svar="fraga", text=" ")).status == 422
        assert (await send(b, path, svar="anstand", dag="2027-03-01")).status == 200

    browse(house, steps)


def test_somebody_who_is_away_is_not_chosen_without_a_word(house: House) -> None:
    path, samira = link(house, "Karin"), house.people["Samira"]
    with house.store.book() as book:
        book.put_absence(samira.id, NOW.date(), dt.date(2027, 1, 7), None)

    async def steps(b: Browser) -> None:
        form, _ = await open_page(b, path)
        assert "borta till 7 januari 2027" in form.text
        wrong = await send(b, path, svar="annan", till=str(samira.id))
        assert wrong.status == 422
        assert "Samira Haddad är borta" in wrong.text
        assert (await send(b, path, svar="annan", till="9999")).status == 422
        assert (await send(b, path, svar="annan", till=str(house.people["Mona"].id))).status == 422

    browse(house, steps)
    assert question(house).state == "open"


def test_the_laws_time_cannot_be_put_off(house: House) -> None:
    reminded(house)
    with house.store.book() as book:
        law = next(d for d in book.deadlines(1, active=True) if d.clock == "law")
        book.put_question("sn", 1, "lage", now=NOW, deadline_id=law.id)
    path = link(house, "Karin", "lage")

    async def steps(b: Browser) -> None:
        form, _ = await open_page(b, path)
        assert 'name="dag"' not in form.text
        assert "Lagens tid går inte att flytta" in form.text

    browse(house, steps)


def test_a_secret_case_has_no_page(house: House) -> None:
    path = link(house, "Karin")
    with house.store.book() as book:
        book.change_case(1, secret=True, title=CANARY)

    async def steps(b: Browser) -> None:
        plain, _ = await open_page(b, "/f/hittepa")
        shown, _ = await open_page(b, path)
        assert shown.status == plain.status == 404
        assert CANARY not in shown.text
        assert "SN 2026" not in shown.text
        assert (await send(b, path, svar="ta")).status == 404

    browse(house, steps)
    assert question(house).state == "open"


def test_who_has_left_has_no_page(house: House) -> None:
    path = link(house, "Karin")
    with house.store.book() as book:
        book.put_role(house.people["Karin"].id, "sn", "handlaggare", dt.date(2020, 1, 1), dt.date(2026, 11, 1))

    async def steps(b: Browser) -> None:
        assert (await open_page(b, path))[0].status == 404

    browse(house, steps)


def test_hostile_words_are_shown_as_text(house: House) -> None:
    bad = '<script>alert(1)</script>"><img src=x onerror=y>\u202e'
    house.letter(remiss(title=bad, motionarer=(bad,), demands=(bad,), sender_authority=bad, fingerprint="x"), raw=b"x")
    with house.store.look() as book:
        asked: AskedQuestion = book.questions(kind="handlaggare")[-1]
    with house.store.book() as book:
        book.put_answer_link("bad", asked.id, house.people["Karin"].id, NOW + dt.timedelta(days=1))
        book.put_asking(asked.id, house.people["Karin"].id, 1, NOW.date(), "<bad@ekeby.example>")

    async def steps(b: Browser) -> None:
        done = await send(b, "/f/bad", svar="registratorn", text=bad)
        for answer in ((await open_page(b, "/f/bad"))[0], done, await b.get(f"/arende/{asked.case_id}", "Anders")):
            assert "<script>alert" not in answer.text
            assert "<img" not in answer.text
            assert "\u202e" not in answer.text
        assert done.status == 200

    browse(house, steps)


def test_who_was_given_the_case_meanwhile_is_told_so(house: House) -> None:
    from handlers import assignment

    karin, samira = link(house, "Karin"), link(house, "Samira")
    with house.store.book() as book:
        assignment.assign(book, 1, house.people["Karin"], house.people["Anders"], SN, now=NOW)

    async def steps(b: Browser) -> None:
        for path in (karin, samira):
            shown, _ = await open_page(b, path)
            assert "Ärendet har en handläggare" in shown.text
            assert "Karin Ödman fick ärendet tisdag 24 november 2026 kl. 09.30, tilldelat av Anders" in shown.text

    browse(house, steps)


def test_a_case_that_has_ended_asks_nothing(house: House) -> None:
    from handlers import registering

    path = link(house, "Karin")

    async def steps(b: Browser) -> None:
        _, entry = await open_page(b, path)
        with house.store.book() as book:
            registering.makulera(book, 1, "fel", now=NOW, actor="boten")
        shown, _ = await open_page(b, path)
        assert "Frågan gäller inte längre" in shown.text
        late = await b.post(path, csrf=entry, cookie=f"namndbot-in={entry}", svar="ta")
        assert late.status == 409
        assert "Frågan gäller inte längre" in late.text

    browse(house, steps)
    with house.store.look() as book:
        assert book.case(1).handlaggare_id is None


def test_the_registrator_is_not_sent_to_the_registrator(house: House) -> None:
    path = link(house, "Ylva")

    async def steps(b: Browser) -> None:
        shown, _ = await open_page(b, path)
        assert "Vem ska ha ärendet, Ylva?" in shown.text
        assert "Fråga registratorn" not in shown.text

    browse(house, steps)
