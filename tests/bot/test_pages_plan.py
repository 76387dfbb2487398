"""The plan on a case's page: how it stands, what is next, the ways out when it is lost, and what its time is counted from."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from handlers import assignment, calendars, deciding, planning, registering
from handlers.calendars import MeetingLine
from handlers.reading.reading import Deadline, Raised, Reading
from storage.records import Case, CasePlan
from tests.bot.pages_browser import Browser, House, browse
from tests.bot.pages_letters import CANARY, NOW, SN, remiss
from tests.bot.pages_moves import entries, led_house

DAY = dt.date.fromisoformat
NAMNDER = ("sn", "un")
CALENDAR = {
    "kf": "2026-10-19 2026-11-16 2026-12-14 2027-01-25 2027-02-22 2027-03-22 2027-04-26 2027-06-14 2027-09-27",
    "ks": "2026-10-06 2026-11-10 2026-12-08 2027-01-19 2027-02-09 2027-03-09 2027-04-13 2027-05-25 2027-09-14",
    "namnd": "2026-10-22 2026-11-19 2026-12-17 2027-01-28 2027-02-25 2027-03-25 2027-04-29 2027-06-10 2027-08-26",
    "au": "2026-10-08 2026-11-05 2026-12-03 2027-01-14 2027-02-11 2027-03-11 2027-04-15 2027-05-27 2027-08-12",
}
CAME = NOW.replace(month=10, day=6)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = led_house(tmp_path)
    yield made
    made.close()


def _enter_calendar(house: House, bodies: tuple[str, ...] = tuple(CALENDAR)) -> None:
    lines = [
        MeetingLine("" if b in ("ks", "kf") else "sn", b, DAY(d), None) for b in bodies for d in CALENDAR[b].split()
    ]
    with house.store.book() as book:
        calendars.enter(book, lines, NAMNDER, now=NOW, actor="test")


def _motion(raised: str = "2026-09-28", title: str = "Motion om anhörigstöd", **changes: object) -> Reading:
    made = remiss(
        title=title,
        raised=Raised(DAY(raised), "motionens datum"),
        deadlines=(),
        attachments=(),
        external_dnr=("KS 2026-7",),
        fingerprint=title + raised,
        envelope=dataclasses.replace(remiss().envelope, message_id=f"<{len(title)}-{raised}@ekeby.example>"),
    )
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


def _case(house: House, read: Reading, *, taken: bool = True) -> Case:
    case = house.letter(read, received=CAME).case
    assert case is not None
    with house.store.book() as book:
        if taken:
            assignment.assign(book, case.id, house.people["Karin"], house.people["Anders"], SN, now=CAME)
        planning.replan(book, case.id, now=NOW)
        return book.case(case.id)


def _plan(house: House, case: Case) -> CasePlan:
    with house.store.look() as book:
        plan = book.plan(case.id)
        assert plan is not None
        return plan


def _text(house: House, case: Case, who: str = "Anders") -> str:
    return _texts(house, [case], who)[0]


def _texts(house: House, cases: list[Case], who: str) -> list[str]:
    found: list[str] = []

    async def steps(b: Browser) -> None:
        for case in cases:
            answer = await b.get(f"/arende/{case.id}", who)
            assert answer.status == 200
            found.append(answer.text)

    browse(house, steps)
    return found


def _words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def test_a_plan_in_time_says_what_is_next_and_shows_drawing_and_steps(house: House) -> None:
    _enter_calendar(house)
    case = _case(house, _motion())
    html = _text(house, case)
    words = _words(html)
    for told in (
        "I tid Karin Ödman börjar skriva senast onsdag 16 december, om 22 dagar.",
        "ons 16 dec Börja skriva Karin Ödman Sex veckor före utkastet Nästa steg",
        "ons 27 jan 2027 Utkast till chefen Karin Ödman",
        "Chefens godkännande Anders Wikström",
        "Stabens godkännande Kommundirektörens stab",
        "mån 22 mars Fullmäktige beslutar Sista mötet före målet 28 mars",
        "Inkom och registrerades Samma dag som det kom Klart",
        "Handläggare utsedd Karin Ödman Klart",
        "Räknat från motionens datum 28 september 2026.",
        "Skrivtiden går från 16 december 2026 till 27 januari 2027.",
    ):
        assert told in words, told
    svg = html[html.index('<svg class="tl" viewBox="0 0 1216') : html.index("</svg></div>")]
    assert 'role="img"' in svg
    assert "<title" in svg
    assert "<desc" in svg
    assert svg.count('class="stop"') == 4
    assert "kan inte längre nås" not in words
    assert "note--" not in html


def test_the_page_holds_no_inline_style_or_script(house: House) -> None:
    _enter_calendar(house)
    reads = (_motion(), _motion("2026-08-10", "Motion om växelvård"), _motion("2026-01-20", "Motion om larm"))
    for html in _texts(house, [_case(house, read) for read in reads], "Ylva"):
        assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", html)
        assert re.findall(r"<script[^>]*>(?=[^<])", html) == []


def test_hostile_words_are_only_words(house: House) -> None:
    _enter_calendar(house)
    nasty = '</title><script>alert(1)</script><svg onload="x">'
    case = _case(house, _motion("2026-08-10", nasty, external_dnr=(nasty[:60],)))
    with house.store.book() as book:
        book.change_case(case.id, dnr=None)
        registering.correct(book, case.id, "raised", "2026-08-11", nasty, now=NOW, actor="person:1", which=nasty)
    html = _text(house, case)
    assert "<script>alert" not in html
    assert 'onload="x"' not in html
    assert "&lt;script&gt;alert(1)" in html


def test_a_secret_case_shows_no_plan(house: House) -> None:
    _enter_calendar(house)
    case = _case(house, _motion(title=f"Motion {CANARY}"))
    with house.store.book() as book:
        book.change_case(case.id, secret=True)

    async def steps(b: Browser) -> None:
        html = (await b.get(f"/arende/{case.id}", "Mona")).text
        for word in ('id="plan"', 'class="tl"', "Börja skriva", "Räknat från", "Vilken dag räknas", CANARY):
            assert word not in html, word
        for name in ("Anders", "Mona", "Ylva"):
            sent = await b.post(f"/arende/{case.id}/plan", name, slut="2027-03-22", version=str(case.version))
            assert sent.status == 404, name

    browse(house, steps)


def test_a_late_step_is_told_with_its_days_and_is_not_red(house: House) -> None:
    _enter_calendar(house)
    case = _case(house, _motion())
    house.clock.at = NOW.replace(month=12, day=19)
    with house.store.book() as book:
        planning.replan(book, case.id, now=house.clock.at)
        book.put_session(
            "later", "c", house.people["Karin"].id, now=house.clock.at, expires_at=NOW + dt.timedelta(days=60)
        )

    async def steps(b: Browser) -> None:
        html = (await b.get(f"/arende/{case.id}", cookie="namndbot=later")).text
        words = _words(html)
        assert "Kort om tid Karin Ödman skulle ha börjat skriva onsdag 16 december, för 3 dagar sedan." in words
        assert "Papperen ska vara inne onsdag 3 februari 2027, om 46 dagar." in words
        assert "Nästa steg 3 dagar sen" in words
        assert "state--law" not in html

    browse(house, steps)


def test_a_lost_goal_tells_why_and_offers_ways_with_their_price(house: House) -> None:
    _enter_calendar(house)
    case = _case(house, _motion("2026-08-10"), taken=False)
    html = _text(house, case)
    words = _words(html)
    for told in (
        "Ingen har tagit ärendet.",
        "Målet 10 februari 2027 kan inte längre nås För att nå fullmäktige 25 januari 2027 skulle någon ha börjat skriva "
        "senast tisdag 6 oktober.",
        "Planen går nu genom nämnden 28 januari 2027, kommunstyrelsen 9 februari 2027 och fullmäktige 22 februari 2027, "
        "12 dagar efter målet.",
        "Planera för 22 mars 2027 Någon börjar skriva senast onsdag 16 december och får hela skrivtiden, 6 veckor.",
        "Skriv på 26 arbetsdagar Någon börjar nu. Papperen ska vara inne tisdag 5 januari 2027.",
        "fullmäktige 22 februari 2027, 12 dagar efter målet.",
        "40 dagar efter målet",
        "vägen som inte längre går",
    ):
        assert told in words, told
    assert "note--goal" in html
    assert "state--law" not in html
    assert html.count("Välj den här planen</button>") == 2
    assert 'class="lost"' in html
    assert "Välj den här planen" not in _text(house, case, "Karin")


def test_a_way_that_is_chosen_is_kept_and_the_page_says_by_whom(house: House) -> None:
    _enter_calendar(house)
    case = _case(house, _motion("2026-08-10"))

    async def steps(b: Browser) -> None:
        path = f"/arende/{case.id}/plan"
        for name in ("Karin", "Mona", "Nils", "Ingen"):
            refused = await b.post(path, name, slut="2027-02-22", version=str(case.version))
            assert refused.status == 404, name
        assert (await b.post(path, "Anders", csrf="x", slut="2027-02-22")).status in (400, 403)
        stale = await b.post(path, "Anders", slut="2027-02-22", version="0")
        assert stale.status == 409
        for wrong in ("2027-02-23", "", "x"):
            answer = await b.post(path, "Anders", slut=wrong, version=str(case.version))
            assert answer.status == 422, wrong
        assert "Den planen går inte längre att följa." in (await b.post(path, "Anders", slut="2027-02-23")).text
        went = await b.post(path, "Anders", slut="2027-02-22", version=str(case.version))
        assert went.status == 303
        words = _words((await b.get(went.headers["Location"], "Anders")).text)
        assert "Planen är vald." in words
        assert "Anders Wikström valde den här planen 24 november 2026." in words
        assert "Vald" in words
        assert "Anders Wikström valde en annan plan: fullmäktige beslutar 22 februari 2027." in words
        again = await b.post(path, "Birgitta", slut="2027-03-22", version=str(case.version))
        assert again.status == 409

    browse(house, steps)
    assert _plan(house, case).ends == DAY("2027-02-22")
    assert [e.actor for e in entries(house, case.id) if e.what == "plan vald"] == [
        f"person:{house.people['Anders'].id}"
    ]


def test_a_cancelled_meeting_is_named_as_the_reason(house: House) -> None:
    _enter_calendar(house)
    case = _case(house, _motion())
    late = NOW.replace(year=2027, month=1, day=20)
    with house.store.book() as book:
        book.meet_milestone(case.id, "start", DAY("2026-12-16"), None)
        meeting = next(m for m in book.meetings(("sn",)) if (m.body, m.day) == ("namnd", DAY("2027-02-25")))
        calendars.cancel(book, meeting.id, NAMNDER, now=late, actor="test")
        book.put_session("later", "c", house.people["Anders"].id, now=late, expires_at=late + dt.timedelta(days=1))
    house.clock.at = late

    async def steps(b: Browser) -> None:
        words = _words((await b.get(f"/arende/{case.id}", cookie="namndbot=later")).text)
        assert "Målet 28 mars kan inte längre nås Nämndens möte 25 februari är inställt." in words
        assert "Handläggaren har börjat Karin Ödman Klart" in words

    browse(house, steps)


def test_when_the_laws_year_cannot_be_kept_it_is_red_and_says_what_the_law_asks(house: House) -> None:
    _enter_calendar(house)
    html = _text(house, _case(house, _motion("2026-01-20")))
    words = _words(html)
    for told in (
        "Lagens tid 20 januari 2027 kan inte längre hållas",
        "Målet 20 juli har också gått ut.",
        "Redovisa för fullmäktige",
        "kommunallagen 5 kap. 35 §",
        "Senast vid fullmäktige måndag 14 december.",
        "efter lagens tid",
    ):
        assert told in words, told
    assert "note--law" in html


def test_a_lost_answer_day_offers_a_text_to_ask_for_respite_with(house: House) -> None:
    _enter_calendar(house)
    day = Deadline(DAY("2026-12-16"), "yttrande", "stated", "senast den 16 december", "body")
    case = _case(house, dataclasses.replace(_motion(), matter="", raised=None, deadlines=(day,), motionarer=()))
    html = _text(house, case)
    words = _words(html)
    assert "Svarsdagen 16 december kan inte längre nås" in words
    assert "Be om anstånd till 29 januari 2027" in words
    assert "Vi ber om anstånd till 29 januari 2027 med svaret i ert ärende KS 2026-7" in html
    assert "mailto:" not in html
    assert "Räknat från" not in words
    assert "Vilken dag räknas" not in words


def test_a_calendar_that_is_not_there_is_said_plainly(house: House) -> None:
    _enter_calendar(house, ("namnd", "au"))
    html = _text(house, _case(house, _motion()))
    words = _words(html)
    assert "Kommunstyrelsens och fullmäktiges möten 2027 är inte inlagda. Dagarna här är de senaste möjliga." in words
    assert "mötena 2027 är inte inlagda" in words
    assert html.count('class="maybe"') == 3


def test_a_step_that_is_done_shows_its_day_and_its_proof(house: House) -> None:
    _enter_calendar(house)
    case = _case(house, _motion())
    with house.store.book() as book:
        paper = book.documents(case.id)[0]
        book.meet_milestone(case.id, "tjansteskrivelse", DAY("2026-11-20"), paper.id)
        planning.replan(book, case.id, now=NOW)
    html = _text(house, case)
    assert f'<a href="/dokument/{paper.id}">Handling 1: Motion om anhörigstöd</a>' in html
    assert "20 nov Tjänsteskrivelsen är klar Handling 1: Motion om anhörigstöd Karin Ödman Klart" in _words(html)


def test_what_waits_for_fullmaktige_has_no_alarm(house: House) -> None:
    _enter_calendar(house)
    case = _case(house, _motion("2026-01-20"))
    with house.store.book() as book:
        deciding.answer_sent(book, case.id, day=NOW.date(), to="KS", now=NOW, actor="boten")
    html = _text(house, case)
    assert "note--" not in html
    assert "Väntar på KF" in html


def test_the_day_that_time_is_counted_from_is_chosen_with_a_reason(house: House) -> None:
    _enter_calendar(house)
    case = _case(house, _motion())
    path = f"/arende/{case.id}/ratta"

    def form(**changes: str) -> dict[str, Any]:
        with house.store.look() as book:
            version = str(book.case(case.id).version)
        return {
            "uppgift": "raised",
            "fran": "2026-10-06 inkom till kommunen",
            "skal": "rutin",
            "version": version,
        } | changes

    async def steps(b: Browser) -> None:
        page = (await b.get(f"/arende/{case.id}", "Ylva")).text
        assert "Vilken dag räknas tiden från?" in page
        for value in ("2026-09-28 motionens datum", "2026-10-06 inkom till kommunen", "2026-10-06 registrerad"):
            assert f'value="{value}"' in page, value
        assert (await b.post(path, "Anders", **form())).status == 404
        assert (await b.post(path, "Ylva", **form(version="0"))).status == 409
        for wrong in ({"fran": ""}, {"fran": "2026-10-07 inkom till kommunen"}, {"fran": "annan", "varde": "i går"}):
            refused = await b.post(path, "Ylva", **form(**wrong, vilken="motionens datum"))
            assert refused.status == 422, wrong
        assert "Skriv varför." in (await b.post(path, "Ylva", **form(skal=" "))).text
        assert (await b.post(path, "Ylva", **form())).status == 303
        words = _words((await b.get(f"/arende/{case.id}", "Karin")).text)
        assert "Räknat från dagen då det inkom till kommunen, 6 oktober 2026." in words
        assert (
            "Räknat från motionens datum 28 september 2026. Ändrat av Ylva Hedlund 24 november 2026. Skäl: rutin."
            in words
        )
        assert "6 april 2027" in words
        other = form(fran="annan", varde="2026-09-30", vilken="fullmäktige tog emot det", skal="§ 171")
        assert (await b.post(path, "Ylva", **other)).status == 303
        words = _words((await b.get(f"/arende/{case.id}", "Karin")).text)
        assert "Räknat från dagen då fullmäktige tog emot det, 30 september 2026." in words
        assert "2026-10-06, inkom till kommunen blev 2026-09-30, fullmäktige tog emot det." in words

    browse(house, steps)
    with house.store.look() as book:
        after = book.case(case.id)
    assert (after.raised, after.raised_which) == (DAY("2026-09-30"), "fullmäktige tog emot det")
