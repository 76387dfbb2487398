"""The pages: who may see what, and what is on every answer."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from handlers import registering, review
from handlers.reading.reading import Attachment, Envelope, Party
from storage.errors import StorageUnreachable
from storage.raw import sha256_of
from storage.store import Book
from tests.bot.pages_browser import Browser, House, browse
from tests.bot.pages_letters import CANARY, NOW, SN, STOCKHOLM, UN, other, remiss, secret

PAGES = ("/diariet", "/diariet?vy=alla", "/diariet?vy=post", "/arende/1", "/granska", "/granska/2", "/registrera")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.close()


def filled(house: House) -> None:
    """Case 1 is a remiss, letter 2 waits in review with a question."""
    house.letter(remiss())
    house.letter(other("Skrivelse om färdtjänst", review=("Hör det till nämnden?",)))


def test_a_registrator_sees_every_page(house: House) -> None:
    filled(house)

    async def steps(b: Browser) -> None:
        for page in PAGES:
            answer = await b.get(page, "Ylva")
            assert answer.status == 200, page
            assert 'lang="sv"' in answer.text
            assert answer.text.count("<h1") == 1 or page.startswith("/granska"), page

    browse(house, steps)


def test_a_handlaggare_reads_the_register_and_finds_no_review_desk(house: House) -> None:
    filled(house)

    async def steps(b: Browser) -> None:
        for page, status in zip(PAGES, (200, 200, 200, 200, 404, 404, 404), strict=True):
            assert (await b.get(page, "Karin")).status == status, page
        case = await b.get("/arende/1", "Karin")
        assert "avgiftsfria trygghetslarm" in case.text
        assert "/ratta" not in case.text
        post = await b.get("/diariet?vy=post", "Karin")
        assert "Skrivelse om färdtjänst" not in post.text

    browse(house, steps)


def test_who_has_no_role_in_the_namnd_gets_the_page_of_what_does_not_exist(house: House) -> None:
    filled(house)

    async def steps(b: Browser) -> None:
        nowhere = await b.get("/arende/99999", "Nils")
        assert nowhere.status == 404
        assert "Sidan finns inte, eller så får du inte se den." in nowhere.text
        for page in ("/arende/1", "/granska/2", "/dokument/1", "/brev/1/original", "/diariet?namnd=sn", "/arende/x"):
            answer = await b.get(page, "Nils")
            assert (answer.status, answer.text) == (404, nowhere.text), page
        assert "trygghetslarm" not in (await b.get("/diariet?vy=alla", "Nils")).text
        assert (await b.get("/diariet", "Ingen")).status == 404
        for act in ("/arende/1/makulera", "/granska/2/stammer", "/granska/2/sekretess", "/granska/2/beslut"):
            assert (await b.post(act, "Nils", skal="x")).status == 404, act

    browse(house, steps)
    with house.store.look() as book:
        assert book.case(1).state == "open"
        assert book.arrival(2).state == "review"


def test_nobody_is_sent_to_the_login(house: House) -> None:
    filled(house)

    async def steps(b: Browser) -> None:
        for page in ("/", *PAGES[:1], "/arende/1", "/granska", "/dokument/1"):
            answer = await b.get(page)
            if page == "/":
                assert answer.status == 303
            assert answer.headers["Location"] == "/in", page
        assert (await b.post("/arende/1/makulera", skal="x")).status == 403

    browse(house, steps)


def test_every_answer_carries_the_headers_and_no_page_has_inline_style_or_script(house: House) -> None:
    filled(house)
    house.letter(secret())

    async def steps(b: Browser) -> None:
        for page in (
            *PAGES,
            "/granska/3",
            "/in",
            "/in/abc",
            "/f/abc",
            "/oversikt",
            "/franvaro",
            "/regler",
            "/nope",
            "/halsa",
            "/static/look.css",
            "/dokument/1",
        ):
            answer = await b.get(page, "" if page.startswith("/in") else "Ylva")
            assert answer.headers["X-Content-Type-Options"] == "nosniff", page
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            if not page.startswith("/static"):
                assert answer.headers["Cache-Control"] == "no-store", page
            if answer.headers["Content-Type"].startswith("text/html"):
                assert not re.search(r"<style|\sstyle\s*=|\son[a-z]+\s*=|javascript:", answer.text, re.IGNORECASE), page
                assert not re.search(r"<script(?![^>]*\ssrc=)[^>]*>", answer.text), page
                assert not re.search(r"(src|href|action)=\"(https?:)?//", answer.text), page

    browse(house, steps)


def test_style_and_scripts_are_sent_compressed_and_pages_never_are(house: House) -> None:
    filled(house)

    async def steps(b: Browser) -> None:
        page = await b.get("/diariet", "Ylva")
        assert "Content-Encoding" not in page.headers
        total = len(page.body)
        for path in sorted(set(re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text))):
            whole = await b.get(path, headers={"Accept-Encoding": "identity"})
            packed = await b.get(path, headers={"Accept-Encoding": "br, gzip"})
            refused = await b.get(path, headers={"Accept-Encoding": "gzip;q=0"})
            assert whole.body == packed.body == refused.body  # the client unpacks
            assert packed.headers["Content-Encoding"] == "gzip"
            assert {"Content-Encoding"}.isdisjoint({*whole.headers, *refused.headers})
            assert packed.headers["Vary"] == "Accept-Encoding"
            total += int(packed.headers["Content-Length"])
        assert total < 100_000

    browse(house, steps)


def test_hostile_letters_are_shown_as_text(house: House) -> None:
    bad = '<script>alert(1)</script>"><img src=x onerror=y>'
    turned = "Räkning\u202egpj.exe\u200b\u0000"
    long = "långt" * 4000
    hostile = other(
        f"{bad} {turned} {long}"[:900],
        sender_authority=f"{bad}{turned}",
        envelope=Envelope("<h@x>", subject=f"{bad} {turned}", from_=Party(bad, "a@b.example")),
        demands=(bad, long),
        external_dnr=(bad,),
        review=(bad,),
    )
    house.letter(hostile)
    house.letter(dataclasses.replace(hostile, review=(), fingerprint="two", envelope=Envelope("<i@x>")))

    async def steps(b: Browser) -> None:
        for page in ("/diariet", "/arende/1", "/granska/1", "/diariet?vy=post", "/diariet?q=%3Cscript%3E"):
            answer = await b.get(page, "Ylva")
            assert answer.status == 200, page
            assert "<script>alert" not in answer.text
            assert "<img" not in answer.text
            assert "\u202e" not in answer.text
            assert "\u200b" not in answer.text
            assert "\x00" not in answer.text

    browse(house, steps)


def test_a_secret_case_shows_its_number_and_day_and_nothing_else(house: House) -> None:
    house.letter(secret())
    with house.store.book() as book:
        review.decide_secret(book, 1, "numbered", house.people["Mona"], SN, now=NOW)
    house.letter(
        other(f"Om {CANARY} igen", fingerprint="later", secret=True, envelope=Envelope("<l@x>", subject=CANARY)),
        raw=b"later",
    )
    house.letter(remiss(title=f"Motion där {CANARY} nämns", attachments=(), texts=()))
    with house.store.book() as book:
        review.make_secret(book, 3, house.people["Ylva"], now=NOW) if book.arrival(3).questions else book.change_case(
            2, secret=True
        )

    async def steps(b: Browser) -> None:
        missing = await b.get("/arende/777", "Ylva")
        for name in ("Ylva", "Karin"):
            for page in ("/diariet", "/diariet?vy=alla", "/diariet?vy=post", "/granska", "/granska/2"):
                answer = await b.get(page, name)
                assert CANARY not in answer.text, (name, page)
                assert "skolan" not in answer.text
            listed = (await b.get("/diariet", name)).text
            assert "SN 2026-1" in listed
            assert "Sekretess" in listed
            assert "/arende/1" not in listed
            assert (await b.get(f"/diariet?q={CANARY}", name)).text.count("SN 2026-") == 0
            for page in ("/arende/1", "/arende/2", "/dokument/1", "/brev/1/original", "/brev/2/original"):
                answer = await b.get(page, name)
                assert answer.status == 404, (name, page)
            assert (await b.get("/arende/1", "Ylva")).text == missing.text
        for page in ("/diariet", "/arende/1", "/arende/2", "/granska/2", "/diariet?vy=post"):
            answer = await b.get(page, "Mona")
            assert answer.status == 200, page
            assert CANARY not in answer.text, page
        assert (await b.get("/brev/2/original", "Mona")).status == 200

    browse(house, steps)


def test_a_repetition_of_a_secret_letter_is_as_secret_as_the_first(house: House) -> None:
    house.letter(secret(), raw=b"Subject: first\r\n\r\n" + CANARY.encode())
    house.letter(secret(), raw=b"Subject: again\r\n\r\n" + CANARY.encode())
    with house.store.book() as book:
        book.arrive("sn", "unread", raw_sha256=house.raw.put(b"new"), reference="r", received_at=NOW, now=NOW)

    async def steps(b: Browser) -> None:
        for number in (1, 2, 3):
            assert (await b.get(f"/brev/{number}/original", "Ylva")).status == 404
            assert (await b.get(f"/brev/{number}/original", "Mona")).status == 200
        for page in ("/diariet?vy=post", "/granska/2", "/granska/3"):
            assert CANARY not in (await b.get(page, "Ylva")).text

    browse(house, steps)


def test_who_opened_what_is_logged_by_id_alone(house: House, caplog: pytest.LogCaptureFixture) -> None:
    filled(house)
    caplog.set_level("INFO", "namndbot.pages")

    async def steps(b: Browser) -> None:
        await b.get("/arende/1", "Ylva")
        await b.get("/in/a-token")

    browse(house, steps)
    assert f"person:{house.people['Ylva'].id} arende 1 opened" in caplog.text
    assert "trygghetslarm" not in caplog.text
    assert "Ylva" not in caplog.text
    assert "a-token" not in caplog.text


def test_the_register_groups_by_urgency_with_words(house: House) -> None:
    old = dt.datetime(2025, 9, 2, 9, 0, tzinfo=STOCKHOLM)
    house.letter(other("Motion om finska", kind="motion", matter="motion"), received=old)
    house.letter(remiss())
    house.letter(other("Skrivelse utan dag"))

    async def steps(b: Browser) -> None:
        text = (await b.get("/diariet", "Karin")).text
        groups = [text.index(w) for w in ("Efter lagens tid", "I tid", "Utan svarsdag")]
        assert groups == sorted(groups)
        assert "83 dagar efter lagen" in text
        assert "Svarsdag 26 feb 2027" in text
        found = (await b.get("/diariet?vy=alla&q=KS+2026-388", "Karin")).text
        assert "trygghetslarm" in found
        assert "finska" not in found
        nothing = (await b.get("/diariet?q=zzz", "Karin")).text
        assert "Inget ärende matchar ”zzz”" in nothing

    browse(house, steps)


def test_pages_of_fifty(house: House) -> None:
    for number in range(53):
        house.letter(other(f"Skrivelse nummer {number}"))

    async def steps(b: Browser) -> None:
        first = (await b.get("/diariet", "Karin")).text
        assert "Visar 50 av 53, sida 1 av 2" in first
        second = (await b.get("/diariet?vy=oppna&sida=2", "Karin")).text
        assert "Visar 3 av 53" in second
        assert (await b.get("/diariet?sida=-1", "Karin")).status == 200
        assert (await b.get("/diariet?vy=hittepa", "Karin")).status == 404

    browse(house, steps)


def test_a_case_tells_its_days_and_its_story(house: House) -> None:
    house.letter(remiss())
    house.letter(remiss(), raw=b"the same once more")
    with house.store.book() as book:
        registering.correct(book, 1, "title", "Trygghetslarm", "kortare", now=NOW, actor="person:1")

    async def steps(b: Browser) -> None:
        text = (await b.get("/arende/1", "Karin")).text
        for words in (
            "Någon börjar skriva senast",
            "<q>senast den 26 februari 2027</q>",
            "16 november 2027",
            "Kommunallagen 5 kap. 35 §",
            "16 maj 2027",
            "Kommunens mål",
            "Vem tar ärendet?",
            "Väntar på svar",
            "Ingen har tagit ärendet.",
            "SN 2026-1-2",
            "Motion Östberg.pdf",
            "Samma brev kom igen: A-2",
            "Boten registrerade SN 2026-1.",
            "Ylva Hedlund rättade ärendemeningen.",
            "Skäl: kortare.",
            "att nämnden utreder kostnaden för 2028",
            "Säkert",
            "Troligt",
            "Osäkert",
            "Ingen än",
        ):
            assert words in text, words
        assert "%" not in re.sub(r"<[^>]*>", "", text)

    browse(house, steps)


def test_a_file_is_only_ever_kept_under_its_shown_name(house: House) -> None:
    content = b"%PDF-1.7 <script>"
    name = '../../etc/"räk\r\nning".html'
    house.raw.put(content)
    house.letter(
        remiss(attachments=(Attachment(name, "text/html", len(content), sha256_of(content)),)),
        raw=b"Subject: x\r\n\r\nx",
    )

    async def steps(b: Browser) -> None:
        answer = await b.get("/dokument/2", "Karin")
        assert answer.body == content
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
        assert "\n" not in answer.headers["Content-Disposition"]
        assert answer.headers["Content-Security-Policy"].startswith("sandbox")
        letter = await b.get("/brev/1/original", "Ylva")
        assert letter.body == b"Subject: x\r\n\r\nx"
        assert (await b.get("/brev/1/original", "Karin")).status == 404

    browse(house, steps)


def _unreachable() -> Iterator[Book]:
    raise StorageUnreachable("Databasen svarar inte. Kontrollera att servern är igång.")


def test_a_database_that_does_not_answer_is_told_plainly(house: House) -> None:
    @contextlib.contextmanager
    def away() -> Iterator[Book]:
        yield from _unreachable()

    async def steps(b: Browser) -> None:
        assert (await b.get("/halsa")).text == "ok"
        house.store.look = away  # type: ignore[method-assign]
        for path in ("/halsa", "/diariet"):
            answer = await b.get(path, cookie="namndbot=x")
            assert answer.status == 503
            assert "Databasen svarar inte." in answer.text

    browse(house, steps)


def test_a_page_that_breaks_tells_nothing(house: House, caplog: pytest.LogCaptureFixture) -> None:
    house.letter(remiss())

    def broken() -> dt.datetime:
        raise RuntimeError(CANARY)

    async def steps(b: Browser) -> None:
        house.clock.now = broken  # type: ignore[method-assign]
        answer = await b.get("/diariet", "Ylva")
        assert answer.status == 500
        assert "Något gick fel hos oss." in answer.text
        assert CANARY not in answer.text
        assert "Traceback" not in answer.text

    browse(house, steps)
    assert CANARY not in caplog.text


def test_a_case_of_a_namnd_with_another_diary_waits_for_its_number(house: House) -> None:
    house.letter(other("Elevhälsans bemanning"), namnd=UN)

    async def steps(b: Browser) -> None:
        text = (await b.get("/arende/1", "Nils")).text
        assert "Vilket nummer fick ärendet?" in text
        wrong = await b.post("/arende/1/nummer", "Nils", dnr="hej")
        assert wrong.status == 422
        assert "Numret ska se ut som UN 2026-123." in wrong.text
        assert 'value="hej"' in wrong.text
        right = await b.post("/arende/1/nummer", "Nils", dnr="UN 2026-17")
        assert right.status == 303
        after = (await b.get(right.headers["Location"], "Nils")).text
        assert "Nils Berg gav ärendet numret UN 2026-17." in after
        assert "Ärendet har fått numret UN 2026-17." in after

    browse(house, steps)
