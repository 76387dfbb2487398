"""The page of meetings: who sees and who may change, what a change tells, and lists that are looked at first."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from handlers import calendars
from handlers.meeting_lists import MeetingLine
from handlers.reading.reading import Raised
from storage.records import Entry, Meeting
from tests.bot.pages_browser import Browser, House, browse
from tests.bot.pages_letters import NOW, remiss

DAY = dt.date.fromisoformat
CALENDAR = {
    ("sn", "au"): ("2026-10-15", "2026-12-03", "2027-01-14", "2027-02-11", "2027-03-11"),
    ("sn", "namnd"): ("2026-12-17", "2027-01-28", "2027-02-25", "2027-03-25"),
    ("un", "namnd"): ("2026-12-16", "2027-02-24"),
    ("", "ks"): ("2026-12-08", "2027-02-09", "2027-03-09", "2027-04-13"),
    ("", "kf"): ("2026-12-14", "2027-02-22", "2027-03-22", "2027-04-26"),
}
HOSTILE = '"><script>alert(1)</script>'


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    made.person("Anders Wikström", "anders@ekeby.example", ("sn", "manager"))
    made.person("Ada Lind", "ada@ekeby.example", ("sn", "administrator"))
    made.person("Eva Två", "eva@ekeby.example", ("sn", "registrator"), ("un", "registrator"))
    lines = [MeetingLine(n, b, DAY(d), None) for (n, b), days in CALENDAR.items() for d in days]
    with made.store.book() as book:
        calendars.enter(book, lines, ("sn", "un"), now=NOW, actor="test")
    yield made
    made.close()


def bare(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html.split("<main")[-1]).split())


def meeting(house: House, body: str, day: str, namnd: str | None = None) -> Meeting:
    with house.store.look() as book:
        every = book.meetings(("sn", "un", ""), cancelled=True)
    return next(m for m in every if (m.body, m.day) == (body, DAY(day)) and namnd in (None, m.namnd))


def journal(house: House, what: str, namnd: str = "sn") -> list[Entry]:
    with house.store.look() as book:
        return [e for e in book.entries(namnd=namnd) if e.what == what and e.actor.startswith("person:")]


def motion(house: House) -> int:
    case = house.letter(remiss(deadlines=(), raised=Raised(DAY("2026-09-28"), "motionens datum"))).case
    assert case is not None
    return case.id


def decided_on(house: House, case: int) -> dt.date | None:
    with house.store.look() as book:
        return next(m.planned for m in book.milestones(case) if m.kind == "beslut")


def test_the_year_is_shown_by_nämnd_and_body_with_what_hangs_on_each_meeting(house: House) -> None:
    motion(house)

    async def steps(b: Browser) -> None:
        text = bare((await b.get("/moten", "Ylva")).text)
        assert "Möten 2026 Nästa möte: Socialnämndens arbetsutskott torsdag 3 december 2026, om 9 dagar." in text
        assert "Har varit, 1" in text
        assert "Utbildningsnämnden" not in text
        next_year = await b.get("/moten?ar=2027", "Ylva")
        row = next_year.text.split(f'<tr id="m{meeting(house, "namnd", "2027-02-25").id}"')[1].split("</tr>")[0]
        assert bare(row) == "> tors 25 feb 1 ärende Ändra nämnden 25 februari 2027"
        assert "Utbildningsnämnden" in bare((await b.get("/moten", "Eva")).text)

    browse(house, steps)


def test_who_may_see_and_who_may_change(house: House) -> None:
    one = meeting(house, "au", "2027-01-14")

    async def steps(b: Browser) -> None:
        for name, status in (
            ("Ylva", 200),
            ("Ada", 200),
            ("Anders", 200),
            ("Nils", 200),
            ("Karin", 404),
            ("Mona", 404),
            ("Ingen", 404),
        ):
            shown = await b.get("/moten?ar=2027", name)
            assert shown.status == status, name
            menu = (await b.get("/diariet", name)).text
            assert ('href="/moten"' in menu) == (status == 200), name
        assert "Lägg till ett möte" not in (await b.get("/moten", "Anders")).text
        assert "andra=" not in (await b.get("/moten?ar=2027", "Anders")).text
        assert (await b.get("/moten")).headers["Location"] == "/in"
        for name in ("Anders", "Karin", "Mona", "Nils", "Ingen"):
            for act in ("flytta", "stall-in", "hall"):
                assert (await b.post(f"/moten/{one.id}/{act}", name, dag="2027-01-15")).status == 404, (name, act)
        for name in ("Anders", "Karin", "Ingen"):
            assert (await b.post("/moten", name, organ=":kf", dag="2027-05-10")).status == 404
            assert (await b.post("/moten/lista", name, file=("a.csv", b"organ;dag\nKF;2027-05-10"))).status == 404
            assert (await b.post("/moten/lista/in", name, lista="organ;dag\nKF;2027-05-10")).status == 404
        assert (await b.post(f"/moten/{one.id}/stall-in", "Ylva", csrf="fel")).status == 403
        assert (await b.post("/moten/9999/stall-in", "Ylva")).status == 404
        assert (await b.post("/moten", "Nils", organ="sn:au", dag="2027-05-10")).status == 422
        assert (await b.post("/moten", "Nils", organ=":kf", dag="2027-05-10")).status == 303
        assert (await b.post("/moten", "Ada", organ="sn:au", dag="2027-05-10")).status == 303

    browse(house, steps)
    assert meeting(house, "au", "2027-01-14") == one
    assert [len(journal(house, "möte inlagt", n)) for n in ("sn", "un")] == [2, 1]


def test_moving_tells_how_many_plans_were_made_anew(house: House) -> None:
    case = motion(house)
    one = meeting(house, "namnd", "2027-02-25", "sn")

    async def steps(b: Browser) -> None:
        opened = await b.get(f"/moten?ar=2027&andra={one.id}", "Ylva")
        assert 'value="2027-02-25"' in opened.text
        went = await b.post(f"/moten/{one.id}/flytta", "Ylva", dag="2027-02-18", stopp="2027-02-04")
        assert went.status == 303
        text = bare((await b.get(went.headers["Location"], "Ylva")).text)
        assert "Mötet är ändrat. 1 plan räknades om." in text
        assert "tors 18 feb Flyttat från tors 25 feb tors 4 feb" in text

    browse(house, steps)
    assert decided_on(house, case) == DAY("2027-02-18")
    assert [e.data["från"] for e in journal(house, "möte flyttat")] == ["2027-02-25"]


def test_calling_off_can_be_undone_and_the_plan_comes_back(house: House) -> None:
    case = motion(house)
    one = meeting(house, "namnd", "2027-02-25", "sn")

    async def steps(b: Browser) -> None:
        went = await b.post(f"/moten/{one.id}/stall-in", "Ylva")
        shown = (await b.get(went.headers["Location"], "Ylva")).text
        assert "Mötet är inställt. 1 plan räknades om." in shown
        assert "<s>tors 25 feb</s>" in shown
        assert f'action="/moten/{one.id}/hall"' in shown.split('class="toast ')[1]
        assert decided_on(house, case) == DAY("2027-01-28")
        undone = await b.post(f"/moten/{one.id}/hall", "Ylva")
        assert "Mötet hålls ändå. 1 plan räknades om." in (await b.get(undone.headers["Location"], "Ylva")).text
        again = await b.post(f"/moten/{one.id}/hall", "Ylva")
        assert (again.status, "Mötet är inte inställt." in again.text) == (422, True)

    browse(house, steps)
    assert decided_on(house, case) == DAY("2027-02-25")
    assert len(journal(house, "möte hålls ändå")) == 1


def test_what_cannot_be_used_is_said_and_what_was_typed_stays(house: House) -> None:
    one, held = meeting(house, "au", "2027-01-14"), meeting(house, "au", "2026-10-15")

    async def steps(b: Browser) -> None:
        late = await b.post(f"/moten/{one.id}/flytta", "Ylva", dag="2027-01-15", stopp="2027-01-20")
        assert late.status == 422
        assert "Stoppdagen 20 januari 2027 ligger efter mötet 15 januari 2027." in late.text
        assert 'value="2027-01-20"' in late.text
        twice = await b.post("/moten", "Ylva", organ=":kf", dag="2027-02-22", stopp="2027-02-01")
        assert twice.status == 422
        assert "Fullmäktige har redan ett möte 22 februari 2027." in twice.text
        assert '<option value=":kf" selected>' in twice.text
        assert 'value="2027-02-01"' in twice.text
        for dag in ("", "igår", HOSTILE):
            bad = await b.post(f"/moten/{one.id}/flytta", "Ylva", dag=dag)
            assert bad.status == 422
            assert "<script>alert" not in bad.text
        assert "har varit och ändras inte" in (await b.post(f"/moten/{held.id}/stall-in", "Ylva")).text

    browse(house, steps)
    assert meeting(house, "au", "2027-01-14") == one


def test_a_list_is_looked_at_before_it_is_entered(house: House) -> None:
    case = motion(house)
    text = "organ;dag;stoppdag\nnämnd;2027-02-18;2027-02-04\nnämnd;2027-01-28;\nKF;2027-05-31;\n"

    async def steps(b: Browser) -> None:
        shown = await b.post("/moten/lista", "Ylva", file=("moten.csv", text.encode()), namnd="sn", ersatt="ja")
        said = bare(shown.text)
        assert shown.status == 200
        assert "2 nya möten, 5 inställda möten." in said
        assert "Inget är infört än." in said
        assert decided_on(house, case) == DAY("2027-02-25")
        held = re.search(r'name="lista" value="([^"]*)"', shown.text)
        assert held is not None
        went = await b.post("/moten/lista/in", "Ylva", lista=held[1], ersatt="ja")
        assert went.headers["Location"].startswith("/moten?ar=2027&gjort=lista&planer=1")

    browse(house, steps)
    assert decided_on(house, case) == DAY("2027-02-18")
    assert meeting(house, "namnd", "2027-02-25").state == "cancelled"
    assert meeting(house, "kf", "2027-05-31").state == "planned"


def test_a_list_that_has_the_day_that_a_meeting_was_moved_from_says_that_the_move_holds(house: House) -> None:
    one = meeting(house, "namnd", "2027-02-25", "sn")

    async def steps(b: Browser) -> None:
        await b.post(f"/moten/{one.id}/flytta", "Ylva", dag="2027-02-18", stopp="")
        text = "organ;dag\nnämnd;2027-02-25\n"
        said = bare((await b.post("/moten/lista", "Ylva", file=("a.csv", text.encode()), namnd="sn")).text)
        assert "Listan ändrar inget. Kalendern står kvar som den är." in said
        assert "Socialnämnden tors 25 feb 2027 är flyttat till tors 18 feb 2027" in said

    browse(house, steps)
    assert meeting(house, "namnd", "2027-02-18").state == "planned"


def test_a_calendar_file_is_read_too(house: House) -> None:
    events = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:AU\nDTSTART:20270408\nEND:VEVENT\nBEGIN:VEVENT\nSUMMARY:Lunch\nDTSTART:20270408\nEND:VEVENT\nEND:VCALENDAR"

    async def steps(b: Browser) -> None:
        said = bare((await b.post("/moten/lista", "Ylva", file=("a.ics", events.encode()), namnd="sn")).text)
        assert "Socialnämndens arbetsutskott tors 8 april 2027 Nytt" in said
        assert "”Lunch” 2027-04-08: inget möte som boten känner till" in said

    browse(house, steps)


def test_a_list_with_faults_or_of_others_enters_nothing_and_says_why(house: House) -> None:
    before = len(journal(house, "möte inlagt"))

    async def steps(b: Browser) -> None:
        tries: tuple[tuple[tuple[str, bytes], dict[str, Any], str], ...] = (
            (
                ("a.csv", b"organ;dag\nKF;2027-05-31\nKF;snart\n"),
                {"namnd": "sn", "ersatt": "ja"},
                "Rad 3: &#39;snart&#39; är inte en dag.",
            ),
            (("a.csv", f"organ;dag\n{HOSTILE};2027-05-31".encode()), {"namnd": "sn"}, "Rad 2: organet"),
            (
                ("a.csv", b"namnd;organ;dag\nun;AU;2027-05-31"),
                {},
                "Rad 2: du får inte ändra Utbildningsnämndens möten.",
            ),
            (("a.csv", b"organ;dag\nAU;2027-05-31"), {"namnd": "un"}, "Välj en nämnd som du är registrator för."),
            (("a.pdf", b"\0\1\2"), {}, "varken CSV eller .xlsx"),
            (("a.ics", b"BEGIN:VCALENDAR"), {}, "Kalendern har inget möte"),
        )
        for file, form, said in tries:
            bad = await b.post("/moten/lista", "Ylva", file=file, **form)
            assert bad.status == 422, said
            assert said in bad.text
            assert "<script>alert" not in bad.text
            assert ("checked" in bad.text) == ("ersatt" in form)
        assert "Välj en fil med möten." in (await b.post("/moten/lista", "Ylva")).text
        forged = await b.post("/moten/lista/in", "Ylva", lista="namnd;organ;dag\nun;AU;2027-05-31")
        assert forged.status == 422

    browse(house, steps)
    assert len(journal(house, "möte inlagt")) == before
    with house.store.look() as book:
        assert not book.meetings(("sn", "un", ""), first=DAY("2027-05-31"), last=DAY("2027-05-31"))


def test_hostile_headings_are_shown_as_text_and_nothing_is_inline(house: House) -> None:
    events = f"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:{HOSTILE}\nDTSTART:20270408\nEND:VEVENT\nBEGIN:VEVENT\nSUMMARY:KF\nDTSTART:20270510\nEND:VEVENT\nEND:VCALENDAR"

    async def steps(b: Browser) -> None:
        for shown in (
            await b.post("/moten/lista", "Ylva", file=(f"{HOSTILE}.ics", events.encode()), namnd="sn"),
            await b.get(f"/moten?gjort={HOSTILE}&planer={HOSTILE}&mote={HOSTILE}&andra={HOSTILE}&ar={HOSTILE}", "Ylva"),
        ):
            assert shown.status == 200
            assert "<script>alert" not in shown.text
            assert not re.search(r"\sstyle\s*=|\son[a-z]+\s*=", shown.text)

    browse(house, steps)


def test_a_missing_calendar_is_told(house: House) -> None:
    house.clock.at = NOW.replace(year=2027, month=10, day=4)
    with house.store.book() as book:
        book.put_session(
            "later", "c", house.people["Ylva"].id, now=house.clock.at, expires_at=house.clock.at + dt.timedelta(hours=1)
        )

    async def steps(b: Browser) -> None:
        text = bare((await b.get("/moten", cookie="namndbot=later")).text)
        assert "Mötena 2028 är inte inlagda för Socialnämnden, kommunstyrelsen och fullmäktige." in text
        assert "Tidigare år: 2026" in text

    browse(house, steps)
