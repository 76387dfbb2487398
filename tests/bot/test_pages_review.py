"""The review desk: the letter as it looked, its pages as pictures, the list of cases, parts, undo, and a day's letters."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import re
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from bot.example.pdf import text_pdf
from bot.pages.desk import Desk
from bot.readers import Readers, read_here
from bot.showing import SHOW, Viewer
from handlers.ports import ReadLetter
from handlers.reading.reading import Attachment, Context, Matter, Reading, Text
from storage.raw import sha256_of
from tests.bot.pages_browser import Browser, House, browse
from tests.bot.pages_letters import CANARY, other, remiss, secret

_HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(1)><svg onload=alert(1)><a href='javascript:alert(1)'>x</a>"
    "<form action='https://evil.example'><input name=q></form><iframe src='https://evil.example'></iframe>"
    '\u202egnp.exe =HYPERLINK("https://evil.example") ../../etc/passwd {{ 7777*7 }}'
)


class HereViewer:
    """A child's work in this process, counted."""

    def __init__(self) -> None:
        self.asked = 0

    def read(self, raw: bytes, context: Context) -> ReadLetter:
        self.asked += 1
        return read_here(raw, context, SHOW)


class ShowingHouse(House):
    """A house whose desk shows letters and pages."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.children = HereViewer()
        self.viewer = Viewer(self.children)

    @property
    def desk(self) -> Desk:
        return dataclasses.replace(super().desk, viewer=self.viewer)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ShowingHouse]:
    made = ShowingHouse(tmp_path)
    yield made
    made.close()


def waiting(house: House, *titles: str, **changes: Any) -> None:
    for title in titles:
        house.letter(other(title, review=("Osäkert vad brevet är",), **changes))


def html_letter(html: str) -> bytes:
    mail = EmailMessage()
    mail["Subject"] = "Brev"
    mail.set_content("Text")
    mail.add_alternative(html, subtype="html")
    return mail.as_bytes()


def with_pdf(house: House, data: bytes, name: str = "Motion.pdf", **changes: Any) -> Reading:
    house.raw.put(data)
    paper = Attachment(name, "application/pdf", len(data), sha256_of(data), pages=2)
    return other("Brev med PDF", review=("Stämmer det?",), attachments=(paper,), **changes)


# as it looked


def test_a_letter_is_shown_as_it_looked_in_a_frame_without_rights(house: ShowingHouse) -> None:
    html = f"<h1>Rubrik</h1><table><tr><td colspan=2 style='color:red'>Cell</td></tr></table>{_HOSTILE}<!-- x -->"
    house.letter(other("Brev", review=("Stämmer det?",)), raw=html_letter(html))

    async def steps(b: Browser) -> None:
        page = await b.get("/granska/1", "Ylva")
        assert '<iframe class="looked" src="/brev/1/html" sandbox ' in page.text
        assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
        frame = await b.get("/brev/1/html", "Ylva")
        assert frame.status == 200
        assert frame.headers["Content-Security-Policy"] == (
            "default-src 'none'; style-src 'self'; form-action 'none'; frame-ancestors 'self'; base-uri 'none'; sandbox"
        )
        assert frame.headers["X-Frame-Options"] == "SAMEORIGIN"
        assert frame.headers["X-Content-Type-Options"] == "nosniff"
        assert '<h1>Rubrik</h1><table><tbody><tr><td colspan="2">Cell</td></tr></tbody></table>' in frame.text
        assert "Bilder visas inte." in frame.text
        for word in (
            "<script",
            "onerror",
            "<img",
            "<svg",
            "javascript:",
            "<form",
            "<input",
            "<iframe",
            "style=",
            "<!--",
        ):
            assert word not in frame.text
        assert "\u202e" not in frame.text
        assert "evil.example" not in frame.text.replace('=HYPERLINK("https://evil.example")', "")
        style = await b.get("/static/letter.css")
        assert style.headers["Cross-Origin-Resource-Policy"] == "cross-origin"

    browse(house, steps)


def test_a_letter_of_plain_text_says_that_it_has_no_other_look(house: ShowingHouse) -> None:
    house.letter(other("Brev", review=("Stämmer det?",)), raw=b"Subject: x\r\n\r\nHej")

    async def steps(b: Browser) -> None:
        assert "Brevet har ingen formatering" in (await b.get("/brev/1/html", "Ylva")).text

    browse(house, steps)


def test_a_letter_that_no_child_can_show_ends_as_a_sentence(house: ShowingHouse, monkeypatch: Any) -> None:
    house.letter(other("Brev", review=("Stämmer det?",)))
    monkeypatch.setattr(house.children, "read", lambda *_: ReadLetter(Reading(unreadable=True)))

    async def steps(b: Browser) -> None:
        answer = await b.get("/brev/1/html", "Ylva")
        assert (answer.status, "gick inte att visa" in answer.text) == (200, True)

    browse(house, steps)


def test_only_those_who_may_read_a_letter_see_how_it_looked(house: ShowingHouse) -> None:
    house.letter(other("Brev", review=("Stämmer det?",)), raw=html_letter("<p>Öppet</p>"))
    house.letter(secret(), raw=html_letter(f"<p>{CANARY}</p>"))
    house.letter(remiss(), raw=html_letter("<p>Registrerat</p>"))

    async def steps(b: Browser) -> None:
        for path in ("/brev/1/html", "/brev/2/html", "/brev/99/html", "/brev/x/html"):
            for who in ("Karin", "Nils", "Ingen"):
                assert (await b.get(path, who)).status == 404, (path, who)
        for who in ("Ylva", "Mona"):
            assert (await b.get("/brev/2/html", who)).status == 404
            assert (await b.get("/brev/2/bilaga/1/sida/1.png", who)).status == 404
        assert (await b.get("/brev/1/html")).status == 303  # to the login
        assert (await b.get("/brev/3/html", "Karin")).status == 200  # it lies in a case that she may see
        assert (await b.get("/brev/3/html", "Nils")).status == 404

    browse(house, steps)


# pages as pictures


def test_the_pages_of_a_pdf_are_shown_as_pictures_and_kept_for_a_while(house: ShowingHouse) -> None:
    house.letter(with_pdf(house, text_pdf("Första sidan\fAndra sidan")))

    async def steps(b: Browser) -> None:
        page = (await b.get("/granska/1", "Ylva")).text
        found = re.search(
            r'<img src="([^"]+/1\.png)" alt="Motion.pdf, sida 1 av 2" width="1000" [^>]*loading="lazy"', page
        )
        assert found is not None
        first = await b.get(found[1], "Ylva")
        assert (first.status, first.body[:8]) == (200, b"\x89PNG\r\n\x1a\n")
        assert first.headers["Content-Type"] == "image/png"
        assert first.headers["Cache-Control"] == "private, max-age=300"
        assert first.headers["Content-Security-Policy"].startswith("default-src 'none'")
        asked = house.children.asked
        assert (await b.get(found[1], "Ylva")).body == first.body
        assert house.children.asked == asked  # turning back asks no child
        assert (await b.get(found[1].replace("1.png", "2.png"), "Ylva")).body != first.body
        for none in ("0", "3", "61", "x"):
            assert (await b.get(found[1].replace("1.png", f"{none}.png"), "Ylva")).status == 404
        assert (await b.get("/brev/1/bilaga/2/sida/1.png", "Ylva")).status == 404
        assert (await b.get(found[1], "Karin")).status == 404

    browse(house, steps)


def test_a_handling_is_shown_to_those_who_may_see_its_case(house: ShowingHouse) -> None:
    data = text_pdf("Motion")
    house.raw.put(data)
    paper = Attachment("Motion.pdf", "application/pdf", len(data), sha256_of(data), pages=1)
    house.letter(remiss(attachments=(paper,)))

    async def steps(b: Browser) -> None:
        assert (await b.get("/dokument/2/sida/1.png", "Karin")).status == 200
        assert (await b.get("/dokument/2/sida/1.png", "Nils")).status == 404
        assert (await b.get("/dokument/1/sida/1.png", "Karin")).status == 404  # the letter is no PDF
        assert (await b.post("/arende/1/sekretess", "Ylva")).status == 303
        for who in ("Karin", "Ylva"):
            assert (await b.get("/dokument/2/sida/1.png", who)).status == 404
        hers = await b.get("/dokument/2/sida/1.png", "Mona")
        assert (hers.status, hers.headers["Cache-Control"]) == (200, "private, no-store")

    browse(house, steps)


@pytest.mark.parametrize("data", [b"%PDF-1.7 rubbish", b"", text_pdf("Hej")[:120], b"<html>" * 1000])
def test_a_hostile_pdf_ends_as_a_plain_sentence(house: ShowingHouse, data: bytes) -> None:
    house.letter(with_pdf(house, data))

    async def steps(b: Browser) -> None:
        answer = await b.get("/brev/1/bilaga/1/sida/1.png", "Ylva")
        assert (answer.status, answer.text) == (404, "Sidan gick inte att visa som bild. Hämta filen i stället.")

    browse(house, steps)


def test_a_poster_is_made_smaller() -> None:
    from bot.texts import pdf

    poster = text_pdf("Stor").replace(b"[0 0 595 842]", b"[0 0 14000 90]").replace(b"[0 0 612 792]", b"[0 0 14000 90]")
    made = pdf.picture(poster, 1)
    assert made is not None
    width, height = int.from_bytes(made[16:20], "big"), int.from_bytes(made[20:24], "big")
    assert width <= 1001
    assert width * height <= pdf.MOST_PIXELS + 5000


def test_a_real_child_shows_and_what_breaks_it_breaks_nothing_else() -> None:
    with Readers(count=1, understanding=SHOW) as children:
        viewer = Viewer(children)
        data = text_pdf("Första sidan")
        assert viewer.page(data, "a", 1, keep=False)
        assert viewer.page(b"%PDF-1.7 rubbish", "b", 1, keep=False) is None
        nested = viewer.frame(b"Content-Type: text/html\r\n\r\n" + b"<div>" * 100_000 + b"Hej")
        assert nested is not None
        assert "Hej" in nested.html
        assert "<div" not in nested.html
        shown = viewer.frame(html_letter("<p>Hej</p><img src=x>"))
        assert shown is not None
        assert (shown.html.strip(), shown.pictures) == ("<p>Hej</p>", True)


def test_pictures_in_memory_are_bounded() -> None:
    class Big:
        asked = 0

        def read(self, raw: bytes, context: Context) -> ReadLetter:
            self.asked += 1
            picture = b"\x89PNG\r\n\x1a\n" + bytes(100)
            return ReadLetter(Reading(attachments=(Attachment("s", "image/png", len(picture), "x"),)), (picture,))

    child = Big()
    viewer = Viewer(child, room=250)
    for number in (1, 2, 3, 1):
        assert viewer.page(b"x", "sha", number, keep=True)
    assert child.asked == 4  # the first had to give way for the third
    assert viewer.page(b"x", "sha", 1, keep=True)
    assert child.asked == 4
    assert viewer.page(b"x", "secret", 1, keep=False)
    assert viewer.page(b"x", "secret", 1, keep=False)
    assert child.asked == 6


# the list of cases while one types


def test_cases_are_found_while_one_types(house: ShowingHouse) -> None:
    house.letter(remiss())
    house.letter(secret())
    waiting(house, "Följebrev")

    async def steps(b: Browser) -> None:
        page = (await b.get("/granska/3", "Ylva")).text
        assert 'hx-get="/granska/3/arenden"' in page
        part = await b.get("/granska/3/arenden?sok=trygg", "Ylva")
        assert part.status == 200
        assert "<html" not in part.text
        assert "SN 2026-1" in part.text
        assert 'action="/granska/3/lagg-till?sok=trygg"' in part.text
        assert 'name="csrf"' in part.text
        none = await b.get("/granska/3/arenden?sok=%3Cscript%3E", "Ylva")
        assert "Inget ärende matchar ”&lt;script&gt;”." in none.text
        assert CANARY not in (await b.get(f"/granska/3/arenden?sok={CANARY}", "Ylva")).text.replace(f"”{CANARY}”", "")
        assert (await b.get("/granska/3/arenden?sok=", "Ylva")).text.strip() == ""
        for path, who in (
            ("/granska/3", "Karin"),
            ("/granska/3", "Nils"),
            ("/granska/2", "Ylva"),
            ("/granska/2", "Mona"),
        ):
            assert (await b.get(f"{path}/arenden?sok=trygg", who)).status == 404

    browse(house, steps)


# several matters


def test_a_letter_is_parted_into_several_matters(house: ShowingHouse) -> None:
    papers = tuple(Attachment(f"{n}.pdf", "application/pdf", 10, sha256_of(n.encode())) for n in ("A", "B"))
    matters = (Matter("remiss", None, "Bussar"), Matter("motion", None, "Tåg"))
    house.letter(other("Bussar och tåg", review=("Två ärenden i samma brev",), attachments=papers, matters=matters))

    async def steps(b: Browser) -> None:
        page = (await b.get("/granska/1", "Ylva")).text
        assert 'id="titel-1" name="titel-1" value="Bussar"' in page
        assert 'id="titel-2" name="titel-2" value="Tåg"' in page
        form: dict[str, Any] = {
            "seen": "review",
            "titel-1": "Bussar",
            "typ-1": "remiss",
            "dag-1": "",
            "bilaga-1-1": "ja",
            "titel-2": "",
            "typ-2": "motion",
            "dag-2": "2027-02-30",
            "bilaga-2-2": "ja",
        }
        empty = await b.post("/granska/1/dela", "Ylva", **form)
        assert (empty.status, "Skriv en ärendemening" in empty.text) == (422, True)
        wrong = await b.post("/granska/1/dela", "Ylva", **form | {"titel-2": "Tåg"})
        assert wrong.status == 422
        assert "Du skrev: 2027-02-30" in wrong.text
        assert re.search(r'name="bilaga-2-1" value="ja">', wrong.text)  # what was not chosen stays so
        same = await b.post("/granska/1/dela", "Ylva", **form | {"titel-2": "bussar"})
        assert "Två ärenden kan inte heta lika." in same.text
        right = form | {"titel-2": "Tåg", "dag-2": "2027-02-26"}
        assert (await b.post("/granska/1/dela", "Karin", **right)).status == 404
        assert (await b.post("/granska/1/dela", "Ylva", **right)).headers["Location"] == "/granska?gjort=1"
        assert (await b.post("/granska/1/dela", "Ylva", **right)).status == 409

    browse(house, steps)
    with house.store.look() as book:
        assert [(book.case(n).dnr, book.case(n).title, book.case(n).kind) for n in (1, 2)] == [
            ("SN 2026-1", "Bussar", "remiss"),
            ("SN 2026-2", "Tåg", "motion"),
        ]
        standing = {n: [d.title for d in book.documents(n) if d.attachment and not d.makulerad] for n in (1, 2)}
        assert standing == {1: ["A.pdf"], 2: ["B.pdf"]}
        assert dt.date(2027, 2, 26) in [d.date for d in book.deadlines(2, active=True)]


def test_a_registered_letter_is_moved_to_another_case(house: ShowingHouse) -> None:
    house.letter(remiss())
    house.letter(other("Något annat", envelope=remiss().envelope))

    async def steps(b: Browser) -> None:
        page = (await b.get("/granska/2?sok=trygghetslarm", "Ylva")).text
        assert "Numret SN 2026-2 makuleras och används inte igen." in page
        assert 'action="/granska/2/flytta?sok=trygghetslarm"' in page
        form: dict[str, Any] = {"seen": "registered", "arende": "1"}
        went = await b.post("/granska/2/flytta", "Ylva", **form)
        assert went.headers["Location"] == "/granska?gjort=2"
        toast = (await b.get("/granska?gjort=2", "Ylva")).text
        assert "Det gamla numret är makulerat" in toast
        assert "/granska/2/angra" not in toast

    browse(house, steps)
    with house.store.look() as book:
        assert (book.case(2).state, book.arrival(2).case_id) == ("makulerad", 1)


# undo


def _act(text: str) -> str:
    found = re.search(r'/angra">.*?name="act" value="(\d+)"', text)
    assert found is not None
    return found[1]


def test_what_was_done_is_undone_from_the_next_letters_page(house: ShowingHouse) -> None:
    house.person("Per Falk", "per@ekeby.example", ("sn", "registrator"))
    waiting(house, "Första", "Andra")

    async def steps(b: Browser) -> None:
        went = await b.post("/granska/1/stammer", "Ylva", title="Fel", seen="review")
        page = (await b.get(went.headers["Location"], "Ylva")).text
        assert 'data-key="u"' in page
        assert "Det går inte att ångra" in (await b.post("/granska/1/angra", "Ylva", act="99")).text
        assert (await b.post("/granska/1/angra", "Ylva", act="x")).status == 404
        assert (await b.post("/granska/2/angra", "Ylva", act=_act(page))).status == 404
        assert (await b.post("/granska/1/angra", "Karin", act=_act(page))).status == 404
        assert (await b.post("/granska/1/angra", "Nils", act=_act(page))).status == 404
        back = await b.post("/granska/1/angra", "Per", act=_act(page))
        assert back.headers["Location"] == "/granska/1?gjort=1"
        again = (await b.get("/granska/1?gjort=1", "Per")).text
        assert "Ångrat av Per Falk. A-1 ska granskas igen. Numret SN 2026-1 står kvar." in again
        assert "Granskningen ångrades. Stämmer uppgifterna?" in again
        twice = await b.post("/granska/1/angra", "Ylva", act=_act(page))
        assert (twice.status, "Per Falk ångrade det" in twice.text) == (409, True)
        case = (await b.get("/arende/1", "Ylva")).text
        assert "Per Falk ångrade vid granskningen" in case
        right: dict[str, Any] = {"title": "Rätt", "seen": "registered"}
        assert (await b.post("/granska/1/stammer", "Ylva", **right)).status == 303
        assert "Rätt" in (await b.get("/arende/1", "Ylva")).text

    browse(house, steps)


def test_of_two_who_undo_at_once_one_wins(house: ShowingHouse) -> None:
    house.person("Per Falk", "per@ekeby.example", ("sn", "registrator"))
    house.letter(remiss())
    waiting(house, "Följebrev", "Nästa")

    async def steps(b: Browser) -> None:
        went = await b.post("/granska/2/lagg-till", "Ylva", arende="1")
        page = (await b.get(went.headers["Location"], "Ylva")).text
        assert "A-2 lagt till i SN 2026-1" in page
        both = await asyncio.gather(*(b.post("/granska/2/angra", who, act=_act(page)) for who in ("Ylva", "Per")))
        assert sorted(one.status for one in both) == [303, 409]
        assert "ångrade det" in both[0].text + both[1].text

    browse(house, steps)
    with house.store.look() as book:
        assert [e.what for e in book.entries(arrival_id=2)].count("ångrat vid granskning") == 1


def test_who_marked_a_letter_as_secret_by_mistake_is_told_who_can_open_it(house: ShowingHouse) -> None:
    waiting(house, "Öppet", "Öppet två")

    async def steps(b: Browser) -> None:
        went = await b.post("/granska/1/sekretess", "Ylva")
        page = (await b.get(went.headers["Location"], "Ylva")).text
        assert "Blev det fel? Mona Sund kan öppna det igen." in page
        assert "/granska/1/angra" not in page
        house.reader.says = other("Öppet")
        hers = (await b.get("/granska/1?gjort=1", "Mona")).text
        assert 'name="beslut" value="open"' in hers
        assert (await b.post("/granska/1/beslut", "Mona", beslut="open")).status == 303
        assert "Öppet" in (await b.get("/granska/1", "Ylva")).text

    browse(house, steps)


def test_after_half_an_hour_nothing_is_offered(house: ShowingHouse) -> None:
    waiting(house, "Första", "Andra")

    async def steps(b: Browser) -> None:
        await b.post("/granska/1/registrera-inte", "Ylva", skal="Reklam")
        assert "/granska/1/angra" in (await b.get("/granska/2?gjort=1", "Ylva")).text
        house.clock.at += dt.timedelta(minutes=31)
        page = (await b.get("/granska/2?gjort=1", "Ylva")).text
        assert "/granska/1/angra" not in page
        assert "Det går inte att ångra längre." in page

    browse(house, steps)


# a day's letters, hostile letters


def test_twenty_letters_take_one_form_and_one_page_each(house: ShowingHouse) -> None:
    waiting(house, *(f"Skrivelse {n}" for n in range(1, 21)))
    asked: list[int] = []

    async def steps(b: Browser) -> None:
        page = await b.get("/granska", "Ylva")
        for number in range(1, 21):
            assert f'action="/granska/{number}/stammer"' in page.text
            went = await b.post(f"/granska/{number}/stammer", "Ylva", seen="review")
            assert went.status == 303
            page = await b.get(went.headers["Location"], "Ylva")
            assert f"SN 2026-{number} klart" in page.text
            asked.append(len(page.body))
        assert "Allt är granskat" in page.text

    browse(house, steps)
    assert max(asked) < 60_000  # bytes of a page, before it is compressed


def test_no_field_of_a_letter_becomes_markup_at_the_desk(house: ShowingHouse) -> None:
    hostile = other(
        _HOSTILE,
        review=(_HOSTILE,),
        warnings=(_HOSTILE,),
        sender_authority=_HOSTILE,
        motionarer=(_HOSTILE,),
        demands=(_HOSTILE,),
        external_dnr=(_HOSTILE,),
        attachments=(Attachment(_HOSTILE + ".pdf", "application/pdf", 10, sha256_of(b"%PDF"), pages=1),),
        texts=(Text("body", _HOSTILE), Text(_HOSTILE, _HOSTILE)),
        matters=(Matter("other", None, _HOSTILE), Matter("other", None, _HOSTILE)),
    )
    house.raw.put(b"%PDF")
    house.letter(hostile, raw=html_letter(_HOSTILE))

    async def steps(b: Browser) -> None:
        pages = [
            (await b.get(path, "Ylva")).text
            for path in ("/granska/1", "/granska/1?sok=evil", "/granska/1/arenden?sok=x")
        ]
        form: dict[str, Any] = {"titel-1": _HOSTILE, "titel-2": _HOSTILE * 9}
        pages.append((await b.post("/granska/1/dela", "Ylva", **form)).text)
        for text in pages:
            for word in (
                "<script>alert",
                "<img src=x",
                "<svg onload",
                "<form action='https",
                "<iframe src='https",
                "54439",
                "\u202e",
            ):
                assert word not in text, word
        assert (await b.get("/brev/1/bilaga/1/sida/1.png", "Ylva")).status == 404

    browse(house, steps)
