"""The page of rules: what is offered and why, who may decide, and what a yes or a no does."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from handlers import assignment, corrections, intake, review
from handlers.reading.reading import Finding, Party
from storage.records import LearnedRule
from tests.bot.pages_browser import Browser, House, browse
from tests.bot.pages_letters import CANARY, NOW, SN, other

UNSURE = "Osäkert vad brevet är"
DOMAIN = "revisorerna.ekeby-revision.example"
LINE = f"Brev från *@{DOMAIN} är revisionsgranskning"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.close()


def bare(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def unsure(house: House, title: str, sender: str, *reasons: str) -> intake.Outcome:
    finding = Finding("kind", "other", 0.4, title, "body")
    letter = other(title, review=(UNSURE, *reasons), findings=(finding,), sender=Party(None, sender))
    return house.letter(letter)


def put_right(house: House, title: str, sender: str, kind: str = "revisionsgranskning") -> intake.Outcome:
    outcome = unsure(house, title, sender)
    with house.store.book() as book:
        return review.confirm(book, outcome.arrival.id, house.people["Ylva"], SN, now=NOW, corrections={"kind": kind})


def offered(house: House) -> LearnedRule:
    for number, who in enumerate(("anna", "bo", "anna"), start=1):
        put_right(house, f"Granskning nummer {number}", f"{who}@{DOMAIN}")
    return rules(house)[0]


def rules(house: House) -> list[LearnedRule]:
    with house.store.look() as book:
        return book.learned_rules(("sn", "un"))


def accepted(house: House) -> LearnedRule:
    rule = offered(house)
    with house.store.book() as book:
        return corrections.accept(book, rule.id, house.people["Ylva"], now=NOW)


def test_an_offer_shows_its_line_its_evidence_and_two_equal_answers(house: House) -> None:
    offered(house)

    async def steps(b: Browser) -> None:
        shown = await b.get("/regler", "Ylva")
        text = bare(shown.text)
        assert shown.status == 200
        assert "En regel väntar på ditt svar." in text
        assert LINE in text
        assert "Rättat tre gånger i tre brev, aldrig åt andra hållet." in text
        assert (
            "SN 2026-2 Granskning nummer 2 Boten läste övrigt, Ylva Hedlund rättade till revisionsgranskning 24 november 2026."
            in text
        )
        assert "btn--main" not in shown.text.split("<main")[1]
        assert "Ingen regel gäller" in text

    browse(house, steps)


def test_the_registrator_finds_the_page_and_how_many_wait(house: House) -> None:
    async def before(b: Browser) -> None:
        text = (await b.get("/granska", "Ylva")).text
        assert 'href="/regler"' in text
        assert "väntar på ditt svar" not in text
        assert "Ingen regel väntar på dig." in (await b.get("/regler", "Ylva")).text

    browse(house, before)
    offered(house)

    async def steps(b: Browser) -> None:
        assert "En regel väntar på ditt svar" in bare((await b.get("/granska", cookie="namndbot=session-of-Ylva")).text)
        nav = bare((await b.get("/diariet", cookie="namndbot=session-of-Ylva")).text)
        assert "Regler 1 att svara på" in nav

    browse(house, steps)


def test_only_the_namnds_registrator_sees_and_decides(house: House) -> None:
    rule = offered(house)

    async def steps(b: Browser) -> None:
        for name, status in (("Karin", 404), ("Mona", 404), ("Ingen", 404), ("Nils", 200), ("Ylva", 200)):
            assert (await b.get("/regler", name)).status == status, name
        assert LINE not in (await b.get("/regler", "Nils")).text
        assert 'href="/regler"' not in (await b.get("/diariet", "Karin")).text
        for act in ("godta", "avboj", "avsluta", "behall"):
            for name in ("Karin", "Mona", "Nils", "Ingen"):
                assert (await b.post(f"/regler/{rule.id}/{act}", name)).status == 404, (act, name)
            assert (await b.post(f"/regler/{rule.id}/{act}", "Ylva", csrf="fel")).status == 403
            assert (await b.post(f"/regler/99/{act}", "Ylva")).status == 404
            assert (await b.get(f"/regler/{rule.id}/{act}", "Ylva")).status in (404, 405)
        assert (await b.get("/regler")).headers["Location"] == "/in"

    browse(house, steps)
    assert [r.state for r in rules(house)] == ["proposed"]


def test_a_yes_lets_the_rule_act_and_the_desk_and_the_case_say_why(house: House) -> None:
    rule = offered(house)

    async def steps(b: Browser) -> None:
        went = await b.post(f"/regler/{rule.id}/godta", "Ylva")
        assert (went.status, went.headers["Location"]) == (303, "/regler?gjort=godtagen")
        after = await b.get(went.headers["Location"], "Ylva")
        assert "Regeln gäller från och med nu." in after.text
        assert "Godtagen av Ylva Hedlund 24 november 2026." in bare(after.text)
        registered = unsure(house, "Granskning av hemtjänsten", f"cia@{DOMAIN}")
        asked = unsure(house, "Granskning av skolan", f"bo@{DOMAIN}", "Brevet nämner två dagar")
        assert registered.case is not None
        case = bare((await b.get(f"/arende/{registered.case.id}", "Ylva")).text)
        assert f"Regel: {LINE}. Boten läste övrigt." in case
        desk = (await b.get(f"/granska/{asked.arrival.id}", "Ylva")).text
        assert f'<span class="why">Regel: {LINE}. Boten läste övrigt.</span>' in desk
        assert "Brevet nämner två dagar" in desk
        assert UNSURE not in desk
        assert "Använd på 2 brev." in bare((await b.get("/regler", "Ylva")).text)

    browse(house, steps)


def test_a_no_is_kept_and_a_second_answer_is_told_who_was_faster(house: House) -> None:
    rule = offered(house)

    async def steps(b: Browser) -> None:
        went = await b.post(f"/regler/{rule.id}/avboj", "Ylva")
        assert went.headers["Location"] == "/regler?gjort=avbojd"
        late = await b.post(f"/regler/{rule.id}/godta", "Ylva")
        assert late.status == 409
        assert "Ylva Hedlund hann före" in late.text
        assert "Avböjd av Ylva Hedlund 24 november 2026." in bare(late.text)

    browse(house, steps)
    assert [r.state for r in rules(house)] == ["declined"]


def test_an_offer_that_no_longer_holds_is_refused_in_words(house: House) -> None:
    rule = offered(house)
    house.letter(other("En inbjudan", sender=Party(None, f"bo@{DOMAIN}")))

    async def steps(b: Browser) -> None:
        refused = await b.post(f"/regler/{rule.id}/godta", "Ylva")
        assert refused.status == 422
        assert "Den gäller inte längre." in refused.text
        assert "Ingen regel väntar på dig." in refused.text

    browse(house, steps)


def test_a_rule_that_is_put_right_twice_is_asked_about_and_may_be_kept_or_ended(house: House) -> None:
    rule = accepted(house)

    async def steps(b: Browser) -> None:
        for number in (1, 2):
            case = unsure(house, f"Inte granskning {number}", f"bo@{DOMAIN}").case
            assert case is not None
            form: dict[str, Any] = {"uppgift": "kind", "varde": "synpunkt", "skal": "Fel", "version": str(case.version)}
            assert (await b.post(f"/arende/{case.id}/ratta", "Ylva", **form)).status == 303
        text = bare((await b.get("/regler", "Ylva")).text)
        assert "Stämmer de fortfarande?" in text
        assert "Rättat två gånger där regeln hade bestämt." in text
        assert (await b.post(f"/regler/{rule.id}/behall", "Ylva")).headers["Location"] == "/regler?gjort=behallen"
        assert "Stämmer de fortfarande?" not in (await b.get("/regler", "Ylva")).text
        assert (await b.post(f"/regler/{rule.id}/avsluta", "Ylva")).status == 303
        assert "Avslutad av Ylva Hedlund" in bare((await b.get("/regler", "Ylva")).text)

    browse(house, steps)


def test_a_word_for_a_handlaggare_is_offered_with_who_chose_otherwise(house: House) -> None:
    anders = house.person("Anders Wikström", "anders@ekeby.example", ("sn", "manager"))
    house.person("Aron Bäck", "aron@ekeby.example", ("sn", "handlaggare"))
    with house.store.book() as book:
        book.put_routes("sn", [("", "", "", "", house.people["Aron"].id)])
    for where in ("Storgatan", "Lillgatan", "Kyrkvägen"):
        case = house.letter(other(f"Ansökan om bostadsanpassning {where}")).case
        assert case is not None
        with house.store.book() as book:
            assignment.assign(book, case.id, house.people["Karin"], anders, SN, now=NOW)

    async def steps(b: Browser) -> None:
        text = bare((await b.get("/regler", "Ylva")).text)
        assert "Ordet bostadsanpassning i rubriken: handläggare Karin Ödman" in text
        assert "Boten föreslog Aron Bäck, Anders Wikström valde Karin Ödman" in text

    browse(house, steps)


def test_nothing_of_a_letter_that_became_secret_is_left_on_the_page(house: House) -> None:
    accepted(house)
    last = put_right(house, f"{CANARY} igen", f"{CANARY.lower()}@{DOMAIN}", "synpunkt")
    with house.store.book() as book:
        review.make_secret(book, last.arrival.id, house.people["Ylva"], now=NOW, namnd=SN)

    async def steps(b: Browser) -> None:
        text = (await b.get("/regler", "Ylva")).text
        assert LINE in text
        assert CANARY.lower() not in text.lower()

    browse(house, steps)


def test_hostile_addresses_and_titles_are_shown_as_text(house: House) -> None:
    bad = '"><script>alert(1)</script>'
    for number in range(3):
        put_right(house, f"{bad} {number}", f"{bad}@b.example")

    async def steps(b: Browser) -> None:
        text = (await b.get("/regler", "Ylva")).text
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert(1)" in text
        assert not re.search(r"\sstyle\s*=|\son[a-z]+\s*=", text)

    browse(house, steps)


def test_the_offer_of_two_boards_says_which_one(house: House) -> None:
    offered(house)
    house.person("Eva Två", "eva@ekeby.example", ("sn", "registrator"), ("un", "registrator"))

    async def steps(b: Browser) -> None:
        assert "Socialnämnden" in bare((await b.get("/regler", "Eva")).text.split("<main")[1])
        assert "Socialnämnden" not in bare((await b.get("/regler", "Ylva")).text.split("<main")[1])

    browse(house, steps)


def test_the_readings_findings_keep_their_form_when_a_rule_adds_one(house: House) -> None:
    rule = accepted(house)
    outcome = unsure(house, "Granskning av skolan", f"bo@{DOMAIN}")
    reading = review.reading_of(outcome.arrival)
    assert corrections.ruled_by(reading, "kind") == rule.id
    assert dataclasses.asdict(reading.findings[0])["where"] == f"regel:{rule.id}"
