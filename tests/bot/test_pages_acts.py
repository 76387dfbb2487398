"""The pages: what a form does, once, by whom, and what the journal says of it."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from handlers.reading.reading import Attachment, Envelope
from storage.raw import sha256_of
from tests.bot.pages_browser import Browser, House, browse
from tests.bot.pages_letters import NOW, other, remiss, secret


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.close()


def told(house: House, *, case_id: int | None = None, arrival_id: int | None = None) -> list[str]:
    """Return the journal's words, oldest first."""
    with house.store.look() as book:
        return [e.what for e in reversed(book.entries(case_id=case_id, arrival_id=arrival_id))]


def waiting(house: House, *titles: str) -> None:
    for title in titles:
        house.letter(other(title, review=("Hör det till nämnden?",)))


def test_a_form_without_its_token_or_from_elsewhere_does_nothing(house: House) -> None:
    waiting(house, "Skrivelse")

    async def steps(b: Browser) -> None:
        act = "/granska/1/registrera-inte"
        refused = [
            await b.post(act, "Ylva", csrf="", skal="x"),
            await b.post(act, "Ylva", csrf="fel", skal="x"),
            await b.post(act, "Ylva", csrf="Karin-csrf", skal="x"),
            await b.post(act, "Ylva", headers={}, skal="x"),
            await b.post(act, "Ylva", headers={"Sec-Fetch-Site": "cross-site"}, skal="x"),
            await b.post(act, "Ylva", headers={"Sec-Fetch-Site": "same-site"}, skal="x"),
            await b.post(act, "Ylva", headers={"Origin": "https://evil.example"}, skal="x"),
            await b.post(act, "Ylva", headers={"Origin": "null"}, skal="x"),
            await b.post(
                act, "Ylva", headers={"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"}, skal="x"
            ),
        ]
        assert [r.status for r in refused] == [403] * len(refused)
        assert (await b.get(act, "Ylva")).status in (404, 405)
        assert (await b.post(act, "Ylva", headers={"Origin": "http://localhost"}, skal="x")).status == 303

    browse(house, steps)
    assert told(house, arrival_id=1).count("ska inte registreras") == 1


def test_a_large_form_is_refused(house: House) -> None:
    waiting(house, "Skrivelse")

    async def steps(b: Browser) -> None:
        answer = await b.post("/granska/1/registrera-inte", "Ylva", skal="x" * 400_000)
        assert answer.status == 413
        assert "högst 25 MB" in answer.text
        for kind, body in (
            ("multipart/form-data", b"x"),
            ("application/x-www-form-urlencoded; charset=hittepa", b"a=b"),
        ):
            assert (await b.raw("/granska/1/registrera-inte", "Ylva", kind, body)).status in (400, 403)

    browse(house, steps)


def test_confirming_registers_with_what_was_put_right_and_goes_to_the_next_letter(house: House) -> None:
    waiting(house, "Första", "Andra", "Tredje")

    async def steps(b: Browser) -> None:
        form: dict[str, Any] = {
            "kind": "other",
            "matter": "",
            "sender": "Region Ekebygd",
            "deadline": "2027-01-29",
            "raised": "",
        }
        went = await b.post("/granska/2/stammer", "Ylva", title="Andra, rättad", external="RS 2026-9", **form)
        assert went.status == 303
        assert went.headers["Location"] == "/granska/3?gjort=2"
        after = await b.get(went.headers["Location"], "Ylva")
        assert 'role="status"' in after.text
        assert "SN 2026-1 klart" in after.text
        case = (await b.get("/arende/1", "Ylva")).text
        assert "Andra, rättad" in case
        assert "29 januari 2027" in case
        assert "RS 2026-9" in case
        assert "Ylva Hedlund bekräftade uppgifterna och rättade" in case
        again = await b.post("/granska/2/stammer", "Ylva", title="En gång till")
        assert again.status == 409
        assert "Ylva Hedlund hann före" in again.text
        assert "En gång till" in again.text

    browse(house, steps)
    assert house.woken
    assert told(house, case_id=1)[-1] == "granskat"
    with house.store.look() as book:
        assert book.case(1).title == "Andra, rättad"


def test_confirming_untouched_corrects_nothing(house: House) -> None:
    house.letter(remiss(title="Yttrande  över\u200b motion", review=("Stämmer det?",)))

    async def steps(b: Browser) -> None:
        from bot.pages.review_view import field_value
        from handlers import review

        with house.store.look() as book:
            known = review.facts_of(review.reading_of(book.arrival(1)))
        filled: dict[str, Any] = {field: field_value(value) for field, value in known.items()}
        assert (await b.post("/granska/1/stammer", "Ylva", **filled)).status == 303

    browse(house, steps)
    with house.store.look() as book:
        last = book.entries(case_id=1)[0]
        assert (last.what, list(last.data["rättat"])) == ("granskat", [])


def test_what_cannot_be_used_is_said_at_its_field_and_nothing_typed_is_lost(house: House) -> None:
    waiting(house, "Skrivelse")

    async def steps(b: Browser) -> None:
        wrong = await b.post("/granska/1/stammer", "Ylva", title="Min titel", deadline="30 februari")
        assert wrong.status == 422
        assert "Du skrev: 30 februari" in wrong.text
        assert 'value="Min titel"' in wrong.text
        empty = await b.post("/granska/1/registrera-inte", "Ylva", skal=" ")
        assert empty.status == 422
        assert "Skriv varför brevet inte ska registreras." in empty.text

    browse(house, steps)


def test_a_letter_joins_the_case_that_is_pointed_out(house: House) -> None:
    house.letter(remiss())
    waiting(house, "Följebrev")

    async def steps(b: Browser) -> None:
        found = await b.get("/granska/2?sok=trygghetslarm", "Ylva")
        assert "SN 2026-1" in found.text
        none = await b.post("/granska/2/lagg-till?sok=trygghetslarm", "Ylva")
        assert none.status == 422
        assert "Välj ett ärende i listan." in none.text
        assert (await b.post("/granska/2/lagg-till", "Ylva", arende="999")).status == 404
        assert (await b.post("/granska/2/lagg-till", "Ylva", arende="1")).status == 303

    browse(house, steps)
    assert "handling tillagd" in told(house, case_id=1)


def test_a_proposal_is_asked_before_all_else(house: House) -> None:
    house.letter(other("Motion om fler växelvårdsplatser i kommunen", kind="motion", matter="motion"))
    house.letter(
        other(
            "Motion om fler växelvårdsplatser i kommunen", matter="motion", fingerprint="b", envelope=Envelope("<b@x>")
        )
    )

    async def steps(b: Browser) -> None:
        text = (await b.get("/granska/2", "Ylva")).text
        assert "Hör det till SN 2026-1: Motion om fler växelvårdsplatser i kommunen?" in text
        assert text.count("btn--main") == 0
        assert "Ja, lägg till där" in text

    browse(house, steps)


def test_a_registered_letter_with_a_question_is_looked_at(house: House) -> None:
    house.letter(remiss())
    house.letter(other("Något annat", envelope=remiss().envelope))

    async def steps(b: Browser) -> None:
        text = (await b.get("/granska", "Ylva")).text
        assert "Har samma meddelande-id som A-1 men annat innehåll" in text
        assert "SN 2026-2" in text
        assert "Stämmer, nästa brev" in text
        assert "Hör till ett ärende" not in text
        assert "Registrera inte" not in text
        form: dict[str, Any] = {"title": "Något annat, rättat", "seen": "registered"}
        assert (await b.post("/granska/2/stammer", "Ylva", **form)).headers["Location"] == "/granska?gjort=2"
        done = await b.get("/granska?gjort=2", "Ylva")
        assert "Allt är granskat" in done.text
        assert "SN 2026-2 klart" in done.text
        assert "Något annat, rättat" in (await b.get("/arende/2", "Ylva")).text
        assert (await b.post("/granska/2/stammer", "Ylva", **form)).status == 409

    browse(house, steps)


def test_of_two_at_once_the_second_is_told_who_was_first(house: House) -> None:
    waiting(house, "Skrivelse")
    house.person("Per Falk", "per@ekeby.example", ("sn", "registrator"))

    async def steps(b: Browser) -> None:
        one, two = await asyncio.gather(
            b.post("/granska/1/stammer", "Ylva", title="Ylvas titel", seen="review"),
            b.post("/granska/1/stammer", "Per", title="Pers titel", seen="review"),
        )
        assert sorted((one.status, two.status)) == [303, 409]
        assert "hann före" in one.text + two.text

    browse(house, steps)
    assert told(house, case_id=1).count("granskat") == 1


def test_a_newsletter_may_be_registered_after_all(house: House) -> None:
    house.letter(other("Nyhetsbrev från regionen", kind="nyhetsbrev", register=False))

    async def steps(b: Browser) -> None:
        post = (await b.get("/diariet?vy=post", "Ylva")).text
        assert 'href="/granska/1"' in post
        assert "Inte registrerat: nyhetsbrev" in post
        assert "Registrera ändå" in (await b.get("/granska/1", "Ylva")).text
        assert (await b.post("/granska/1/stammer", "Ylva", kind="other", seen="ovrigt")).status == 303
        assert "SN 2026-1" in (await b.get("/diariet", "Ylva")).text

    browse(house, steps)


def test_a_letter_made_secret_is_gone_from_every_page(house: House) -> None:
    waiting(house, "Känslig skrivelse")

    async def steps(b: Browser) -> None:
        went = await b.post("/granska/1/sekretess", "Ylva")
        assert went.headers["Location"] == "/granska/1?gjort=1"
        for page in ("/granska/1", "/diariet", "/diariet?vy=post"):
            assert "Känslig" not in (await b.get(page, "Ylva")).text
        assert (await b.post("/granska/1/beslut", "Ylva", beslut="numbered")).status == 404
        assert (await b.get("/brev/1/original", "Ylva")).status == 404

    browse(house, steps)
    assert told(house, arrival_id=1)[-1] == "misstänkt individärende"


def test_a_registered_case_made_secret_is_gone_too(house: House) -> None:
    house.letter(remiss())

    async def steps(b: Browser) -> None:
        assert (await b.post("/arende/1/sekretess", "Karin")).status == 404
        assert (await b.post("/arende/1/sekretess", "Ylva")).status == 303
        listed = (await b.get("/diariet", "Ylva")).text
        assert "trygghetslarm" not in listed
        assert "SN 2026-1" in listed
        assert (await b.get("/arende/1", "Ylva")).status == 404
        assert "trygghetslarm" not in (await b.get("/arende/1", "Mona")).text

    browse(house, steps)


def test_the_role_sekretess_decides(house: House) -> None:
    house.letter(secret())
    for number in (2, 3):
        house.letter(
            dataclasses.replace(secret(), fingerprint=str(number), envelope=Envelope(f"<{number}@x>")),
            raw=f"{number}".encode(),
        )

    async def steps(b: Browser) -> None:
        assert "Vad ska hända med brevet?" in (await b.get("/granska/1", "Mona")).text
        assert "Vad ska hända med brevet?" not in (await b.get("/granska/1", "Ylva")).text
        assert (await b.post("/granska/1/beslut", "Mona")).status == 422
        missing = await b.post("/granska/1/beslut", "Mona", beslut="handed_over")
        assert "Skriv vem som har tagit emot brevet." in missing.text
        assert (await b.post("/granska/1/beslut", "Mona", beslut="numbered")).status == 303
        assert (await b.post("/granska/2/beslut", "Mona", beslut="handed_over", till="Mottagningen")).status == 303
        house.reader.says = other("Ofarligt brev")
        assert (await b.post("/granska/3/beslut", "Mona", beslut="open")).status == 303
        assert house.reader.read_bytes == [b"3"]
        assert "Ofarligt brev" in (await b.get("/granska/3", "Ylva")).text

    browse(house, steps)
    with house.store.look() as book:
        assert [book.arrival(n).state for n in (1, 2, 3)] == ["registered", "handed_over", "review"]
        assert book.case(1).secret


def test_correcting_and_crossing_out_leave_the_old_readable(house: House) -> None:
    house.letter(remiss())

    async def steps(b: Browser) -> None:
        form: dict[str, Any] = {"uppgift": "title", "varde": "Ny mening", "version": "1"}
        with house.store.look() as book:
            form["version"] = str(book.case(1).version)
        no_reason = await b.post("/arende/1/ratta", "Ylva", **form, skal="")
        assert no_reason.status == 422
        assert "Ny mening" in no_reason.text
        assert (await b.post("/arende/1/ratta", "Karin", **form, skal="x")).status == 404
        assert (await b.post("/arende/1/ratta", "Ylva", **form, skal="så står det")).status == 303
        stale = await b.post("/arende/1/ratta", "Ylva", **{**form, "varde": "Tredje"}, skal="x")
        assert stale.status == 409
        assert "Tredje" in stale.text
        with house.store.look() as book:
            form["version"] = str(book.case(1).version)
        bad = await b.post(
            "/arende/1/ratta", "Ylva", **{**form, "uppgift": "deadline", "varde": "2027-02-30"}, skal="x"
        )
        assert bad.status == 422
        text = (await b.get("/arende/1?gjort=rattat", "Ylva")).text
        assert "Rättat. Det gamla står kvar i journalen." in text
        assert "Ylva Hedlund rättade ärendemeningen." in text
        assert "Yttrande över motion om avgiftsfria trygghetslarm</span> blev Ny mening" in text
        assert (await b.post("/arende/1/makulera", "Ylva", skal="")).status == 422
        assert (await b.post("/arende/1/makulera", "Ylva", skal="Fel nämnd")).status == 303
        crossed = (await b.get("/arende/1", "Ylva")).text
        assert "Ärendet är makulerat. Numret finns kvar." in crossed
        assert "Fel nämnd" in crossed
        assert "/ratta" not in crossed
        assert (await b.post("/arende/1/makulera", "Ylva", skal="igen")).status == 409
        assert "Ny mening" in (await b.get("/diariet?vy=makulerade", "Ylva")).text

    browse(house, steps)
    assert told(house, case_id=1)[-2:] == ["rättat", "makulerat"]


def test_registering_by_hand(house: House) -> None:
    form: dict[str, Any] = {
        "namnd": "sn",
        "satt": "telefon",
        "dag": "2026-11-23",
        "tid": "16.40",
        "kind": "synpunkt",
        "matter": "",
        "title": "Synpunkt på hemtjänsten",
        "sender": "En anhörig",
        "deadline": "",
        "anteckning": "Ringde och berättade.",
        "once": "ab12",
    }

    async def steps(b: Browser) -> None:
        assert (await b.get("/registrera", "Karin")).status == 404
        assert (await b.post("/registrera", "Karin", **form)).status == 404
        for wrong in ({"title": ""}, {"dag": "2027-01-01"}, {"tid": "25:99"}, {"anteckning": ""}, {"namnd": "un"}):
            answer = await b.post("/registrera", "Ylva", **{**form, **wrong})
            assert answer.status == 422, wrong
            assert "Inget är registrerat än" in answer.text
        once = await b.post("/registrera", "Ylva", **form)
        assert once.headers["Location"] == "/arende/1"
        twice = await b.post("/registrera", "Ylva", **form)
        assert twice.headers["Location"] == "/arende/1"
        case = (await b.get("/arende/1", "Ylva")).text
        assert "23 november 2026 kl. 16.40" in case
        assert "Ylva Hedlund registrerade för hand: telefon." in case

        pdf = b"%PDF-1.7 paper"
        with_file = {**form, "satt": "papper", "title": "Ett papper", "once": "cd34", "deadline": "2027-01-15"}
        assert (await b.post("/registrera", "Ylva", file=("../../räk.pdf", pdf), **with_file)).status == 303
        with house.store.look() as book:
            note, attached = book.documents(2)
        assert house.raw.get(attached.sha256 or "") == pdf
        assert attached.file_name == "räk.pdf"
        assert b"Ett papper" in house.raw.get(note.sha256 or "")
        assert "15 januari 2027" in (await b.get("/arende/2", "Ylva")).text

        house.reader.says = remiss()
        read = {**form, "title": "", "anteckning": "", "kind": "other", "sender": "", "once": "ef56"}
        assert (await b.post("/registrera", "Ylva", file=("brev.eml", b"Subject: x\r\n\r\ny"), **read)).status == 303
        assert "trygghetslarm" in (await b.get("/arende/3", "Ylva")).text
        house.reader.says = secret()
        hidden = await b.post("/registrera", "Ylva", file=("brev.eml", b"Subject: s\r\n\r\ny"), **read)
        assert hidden.status == 422

    browse(house, steps)
    with house.store.look() as book:
        assert book.count_by_state(["sn"]) == {"registered": 3}


def test_a_file_over_the_limit_is_refused(house: House) -> None:
    async def steps(b: Browser) -> None:
        big = b"x" * (26 * 1024 * 1024)
        answer = await b.post("/registrera", "Ylva", file=("stor.pdf", big), title="Stor", namnd="sn")
        assert answer.status == 413

    browse(house, steps)


def test_an_answered_letter_keeps_its_attachment_names_out_of_paths(house: House) -> None:
    data = b"x" * 2000
    house.raw.put(data)
    house.letter(remiss(attachments=(Attachment("a.pdf", "application/pdf", 2000, sha256_of(data)),)))

    async def steps(b: Browser) -> None:
        answer = await b.get("/dokument/2", "Karin")
        assert (answer.status, answer.body) == (200, data)
        assert answer.headers["Content-Type"] == "application/pdf"

    browse(house, steps)


def test_the_day_is_the_day_in_stockholm() -> None:
    assert NOW.date().isoformat() == "2026-11-24"
