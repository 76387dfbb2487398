"""Steps of a plan are reminded of, approvals are asked for in their order, and news of plans reach those they touch."""

from __future__ import annotations

import datetime as dt

import pytest

from handlers import answering, approving, assignment, calendars, mornings
from handlers.calendars import MeetingLine
from handlers.errors import Invalid, TooLate
from handlers.notices import render
from handlers.notices.message import Heading, Message, Paragraph, Rows
from handlers.reading.reading import Raised
from handlers.rules.answers import Answer
from storage.records import Case, Notice, Person
from storage.store import Store
from tests.builders import NOW, SN, STOCKHOLM, found, reading, take_in
from tests.stories.test_plans import CALENDAR, NAMNDER

DAY = dt.date.fromisoformat


def at(day: str, hour: int = 8) -> dt.datetime:
    return dt.datetime.combine(DAY(day), dt.time(hour), STOCKHOLM)


@pytest.fixture
def people(store: Store) -> dict[str, Person]:
    staff = found(store)
    with store.book() as book:
        staff["staben"] = book.put_person("Kommundirektörens stab", "staben@ekeby.example")
        book.put_role(staff["staben"].id, "sn", "stab", DAY("2026-01-01"), None)
        lines = [
            MeetingLine("" if body in ("ks", "kf") else "sn", body, DAY(day), None)
            for body, days in CALENDAR.items()
            for day in days
        ]
        calendars.enter(book, lines, NAMNDER, now=NOW, actor="test")
    return staff


@pytest.fixture
def case(store: Store, people: dict[str, Person]) -> Case:
    read = reading(
        "Motion om anhörigstöd", kind="remiss", matter="motion", raised=Raised(DAY("2026-09-28"), "motionens datum")
    )
    made = take_in(store, read).case
    assert made is not None
    with store.book() as book:
        (question,) = book.questions(case_id=made.id, kind="handlaggare")
        answering.answer(book, question.id, people["anders"], Answer("annan", to="Karin"), SN, how="sidan", now=NOW)
        answering.answer(book, question.id, people["karin"], Answer("ta"), SN, how="sidan", now=NOW)
    return made


def _work(store: Store, day: str) -> dict[str, list[Message]]:
    """Do a morning's work, carry what is queued, and return what each address was told."""
    now = at(day)
    told: dict[str, list[Message]] = {}
    with store.book() as book:
        mornings.work(book, SN, now=now)
    for notice in _queued(store):
        with store.book() as book:
            message = render(book, notice, SN, now=now)
            book.notice_sent(notice, now=now)
        if message and notice.kind not in ("veckan", "morgon", "fraga"):
            told.setdefault(notice.address.partition("@")[0], []).append(message)
    return told


def _queued(store: Store) -> list[Notice]:
    with store.look() as book:
        return book.notices(state="queued")


def _words(message: Message) -> str:
    rows = [f"{r.label}: {r.value}." for b in message.blocks if isinstance(b, Rows) for r in b.rows]
    return " ".join([*(b.text for b in message.blocks if isinstance(b, Paragraph | Heading)), *rows])


def _open(store: Store, case: Case, kind: str) -> int:
    with store.look() as book:
        (question,) = book.questions(case_id=case.id, kind=kind, state="open")
        return question.id


def test_the_handlaggare_is_reminded_of_the_next_step_and_answers_it(
    store: Store, people: dict[str, Person], case: Case
) -> None:
    assert _work(store, "2026-12-08") == {}
    (message,) = _work(store, "2026-12-09")["karin"]
    assert message.subject == "SN 2026-1 7 dagar till dagen att börja"
    assert "Planen: sex veckor före utkastet." in _words(message)
    assert _work(store, "2026-12-10") == {}
    with store.book() as book:
        answering.answer(
            book, _open(store, case, "lage"), people["karin"], Answer("klart"), SN, how="sidan", now=at("2026-12-10")
        )
        met = {m.kind for m in book.milestones(case.id) if m.met_on}
    assert met == {"start"}
    (message,) = _work(store, "2027-01-20")["karin"]
    assert message.subject.endswith("7 dagar till utkastet")


def test_a_moved_meeting_arms_the_reminder_anew(store: Store, people: dict[str, Person], case: Case) -> None:
    assert len(_work(store, "2026-12-09")["karin"]) == 1
    with store.book() as book:
        (question,) = book.questions(case_id=case.id, kind="lage", state="open")
        answering.answer(book, question.id, people["karin"], Answer("pagar"), SN, how="sidan", now=at("2026-12-09"))
        meeting = next(m for m in book.meetings(("sn",)) if m.day == DAY("2027-02-11"))
        calendars.move(book, meeting.id, DAY("2027-02-04"), None, NAMNDER, now=at("2026-12-09", 9), actor="t")
    (news,) = _work(store, "2026-12-10")["karin"]
    assert "ett möte är flyttat" in news.subject
    assert "Arbetsutskottet torsdag 11 februari 2027 är flyttat till torsdag 4 februari 2027." in _words(news)
    (again,) = _work(store, "2027-01-13")["karin"]
    assert again.subject.endswith("7 dagar till utkastet")


def test_another_stop_day_is_told_as_no_move(store: Store, people: dict[str, Person], case: Case) -> None:
    _work(store, "2026-12-09")
    with store.book() as book:
        meeting = next(m for m in book.meetings(("sn",)) if m.day == DAY("2027-02-11"))
        stop, now = DAY("2027-02-01"), at("2026-12-09", 9)
        assert calendars.move(book, meeting.id, meeting.day, stop, NAMNDER, now=now, actor="t") == 1
        assert book.meeting(meeting.id).moved_from is None
    with store.look() as book:
        noted = [e for e in book.entries(namnd="sn") if e.what in ("möte ändrat", "möte flyttat")]
    assert [(e.what, e.data["stoppdag"]) for e in noted] == [("möte ändrat", "2027-02-01")]
    news = next(m for m in _work(store, "2026-12-10")["karin"] if "omräknad" in m.subject)
    assert "flyttat" not in news.subject + _words(news)
    assert "ett möte har ny stoppdag och planen är omräknad" in news.subject
    assert "Arbetsutskottet torsdag 11 februari 2027 har ny stoppdag måndag 1 februari 2027." in _words(news)


def test_a_cancelled_meeting_is_told_as_cancelled(store: Store, people: dict[str, Person], case: Case) -> None:
    _work(store, "2026-12-09")
    with store.book() as book:
        meeting = next(m for m in book.meetings(("sn",)) if m.day == DAY("2027-02-11"))
        assert calendars.cancel(book, meeting.id, NAMNDER, now=at("2026-12-09", 9), actor="t") == 1
    news = next(m for m in _work(store, "2026-12-10")["karin"] if "omräknad" in m.subject)
    assert "ett möte är inställt och planen är omräknad" in news.subject
    assert "Arbetsutskottet torsdag 11 februari 2027 är inställt." in _words(news)


def test_a_meeting_that_is_back_on_its_first_day_is_not_told_as_moved(
    store: Store, people: dict[str, Person], case: Case
) -> None:
    _work(store, "2026-12-09")
    with store.book() as book:
        meeting = next(m for m in book.meetings(("sn",)) if m.day == DAY("2027-02-11"))
        for day in ("2027-02-04", "2027-02-11"):
            calendars.move(book, meeting.id, DAY(day), None, NAMNDER, now=at("2026-12-09", 9), actor="t")
        assert book.meeting(meeting.id).moved_from is None
    news = next(m for m in _work(store, "2026-12-10")["karin"] if "omräknad" in m.subject)
    assert "flyttat" not in news.subject + _words(news)
    assert "Arbetsutskottet torsdag 11 februari 2027 hålls ändå." in _words(news)


def _tjansteskrivelse(store: Store, case: Case, day: str, title: str = "Tjänsteskrivelse anhörigstöd") -> None:
    read = reading(
        title,
        kind="tjansteskrivelse",
        subject=f"{case.dnr} tjänsteskrivelse",
        attachments=(("ts.pdf", title.encode()),),
    )
    outcome = take_in(store, read, received=at(day), now=at(day))
    assert outcome.case is not None
    assert outcome.case.id == case.id


def test_approvals_are_asked_for_in_their_order_and_hold_the_next(
    store: Store, people: dict[str, Person], case: Case
) -> None:
    _tjansteskrivelse(store, case, "2027-01-25")
    told = _work(store, "2027-01-26")
    assert set(told) == {"anders"}
    assert told["anders"][0].subject == "Godkänner du SN 2026-1? Motion om anhörigstöd"
    with store.look() as book:
        assert [d.kind for d in approving.papers(book, case.id)] == ["tjansteskrivelse", "bilaga"]
    assert _work(store, "2027-01-27") == {}
    with store.book() as book:
        told_ = answering.answer(
            book, _open(store, case, "chef"), people["anders"], Answer("godkann"), SN, how="sidan", now=at("2027-01-27")
        )
        assert told_.told == "SN 2026-1: antecknat som godkänt."
    told = _work(store, "2027-01-28")
    assert set(told) == {"staben"}
    with store.book() as book:
        answering.answer(
            book, _open(store, case, "stab"), people["staben"], Answer("ta"), SN, how="mejl", now=at("2027-01-28")
        )
        met = {m.kind for m in book.milestones(case.id) if m.met_on}
    assert met == {"tjansteskrivelse", "chef", "stab"}
    assert _work(store, "2027-01-29") == {}


def test_what_is_to_be_changed_goes_back_and_is_asked_about_again(
    store: Store, people: dict[str, Person], case: Case
) -> None:
    _tjansteskrivelse(store, case, "2027-01-20")
    _work(store, "2027-01-20")
    with store.book() as book:
        question = _open_in(book, case, "chef")
        with pytest.raises(Invalid, match="Skriv vad som ska ändras"):
            answering.answer(book, question, people["anders"], Answer("andra"), SN, how="sidan", now=at("2027-01-21"))
        answering.answer(
            book,
            question,
            people["anders"],
            Answer("andra", text="Ändra: räkna om kostnaden"),
            SN,
            how="mejl",
            now=at("2027-01-21"),
        )
        with pytest.raises(TooLate, match="hann före"):
            answering.answer(book, question, people["anders"], Answer("godkann"), SN, how="sidan", now=at("2027-01-21"))
    told = _work(store, "2027-01-21")
    assert [m.subject for m in told["karin"] if "ska ändras" in m.subject] == [
        "SN 2026-1 ska ändras innan det godkänns"
    ]
    rows = [row for m in told["karin"] for b in m.blocks if isinstance(b, Rows) for row in b.rows]
    assert ("Anders skrev", "Ändra: räkna om kostnaden") in [(r.label, r.value) for r in rows]
    assert "anders" not in told
    _tjansteskrivelse(store, case, "2027-01-26", "Tjänsteskrivelse anhörigstöd, andra versionen")
    told = _work(store, "2027-01-26")
    assert [m.subject for m in told["anders"]] == ["Godkänner du SN 2026-1? Motion om anhörigstöd"]


def _open_in(book: object, case: Case, kind: str) -> int:
    (question,) = book.questions(case_id=case.id, kind=kind, state="open")  # type: ignore[attr-defined]
    return int(question.id)


def test_an_approver_who_is_silent_is_asked_again_and_then_others(
    store: Store, people: dict[str, Person], case: Case
) -> None:
    with store.book() as book:
        chief = book.put_person("Eva Chef", "eva@ekeby.example")
        book.put_role(chief.id, "sn", "forvaltningschef", DAY("2026-01-01"), None)
    _tjansteskrivelse(store, case, "2027-01-18")
    asked = {}
    for day in ("2027-01-18", "2027-01-19", "2027-01-20", "2027-01-21", "2027-01-22", "2027-01-25"):
        asked[day] = {
            who for who, messages in _work(store, day).items() if any("Godkänner" in m.subject for m in messages)
        }
    assert asked == {
        "2027-01-18": {"anders"},
        "2027-01-19": set(),
        "2027-01-20": {"anders"},
        "2027-01-21": set(),
        "2027-01-22": {"eva"},
        "2027-01-25": set(),
    }


def test_where_the_manager_has_the_case_somebody_else_is_asked(
    store: Store, people: dict[str, Person], case: Case
) -> None:
    """The one manager took the case: nobody approves their own, and it must not stop in silence."""
    with store.book() as book:
        assignment.give(book, case.id, people["anders"].id)
    _tjansteskrivelse(store, case, "2027-01-18")
    told = _work(store, "2027-01-18")
    assert {who for who, said in told.items() if any("Godkänner" in m.subject for m in said)} == {"ylva"}


def test_a_reply_by_mail_approves(store: Store, people: dict[str, Person], case: Case) -> None:
    _tjansteskrivelse(store, case, "2027-01-20")
    _work(store, "2027-01-20")
    with store.look() as book:
        (question,) = book.questions(case_id=case.id, kind="chef", state="open")
        sent = book.askings(question.id)[-1].message_id
    reply = reading("SV: Godkänner du", sender="anders@ekeby.example", in_reply_to=(sent,), text="Godkänt, bra skrivet")
    outcome = take_in(store, reply, received=at("2027-01-21"), now=at("2027-01-21"))
    assert outcome.state == "answer"
    with store.look() as book:
        assert [m.met_on for m in book.milestones(case.id) if m.kind == "chef"] == [DAY("2027-01-21")]
        told = [n for n in book.notices() if n.kind == "svarat"][-1].message_id
    undo = reading("SV: Registrerat", sender="anders@ekeby.example", in_reply_to=(told,), text="ångra")
    take_in(store, undo, received=at("2027-01-21"), now=at("2027-01-21"))
    with store.look() as book:
        assert [m.met_on for m in book.milestones(case.id) if m.kind == "chef"] == [None]
    assert "anders" in _work(store, "2027-01-22")  # asked again


def test_an_approval_that_the_staff_has_been_asked_about_is_not_taken_back(
    store: Store, people: dict[str, Person], case: Case
) -> None:
    _tjansteskrivelse(store, case, "2027-01-20")
    _work(store, "2027-01-20")
    with store.look() as book:
        (question,) = book.questions(case_id=case.id, kind="chef", state="open")
        sent = book.askings(question.id)[-1].message_id
    reply = reading("SV: Godkänner du", sender="anders@ekeby.example", in_reply_to=(sent,), text="Godkänt")
    take_in(store, reply, received=at("2027-01-21"), now=at("2027-01-21"))
    _work(store, "2027-01-21")
    with store.look() as book:
        told = [n for n in book.notices() if n.kind == "svarat"][-1].message_id
    undo = reading("SV: Registrerat", sender="anders@ekeby.example", in_reply_to=(told,), text="ångra")
    take_in(store, undo, received=at("2027-01-22"), now=at("2027-01-22"))
    with store.look() as book:
        said = [n for n in book.notices() if n.kind == "svarat"][-1].data["refused"]
        assert [m.met_on for m in book.milestones(case.id) if m.kind == "chef"] == [DAY("2027-01-21")]
    assert said == ["Det går inte att ångra längre: nästa som godkänner har fått frågan. Skriv till handläggaren."]


def test_a_silent_handlaggare_is_told_to_the_manager_once_and_again_after_days(
    store: Store, people: dict[str, Person], case: Case
) -> None:
    days = [DAY("2026-12-09") + dt.timedelta(days=n) for n in range(14)]
    told = {day.isoformat(): _work(store, day.isoformat()) for day in days}
    anders = [
        day
        for day, who in told.items()
        if any("Karin Ödman har inte svarat" in _words(m) for m in who.get("anders", ()))
    ]
    assert anders == ["2026-12-16"]


def test_a_lost_goal_is_told_at_once_to_handlaggare_and_manager_once(
    store: Store, people: dict[str, Person], case: Case
) -> None:
    assert "karin" in _work(store, "2027-01-20")
    lost = {day: _work(store, day) for day in ("2027-01-28", "2027-01-29", "2027-02-01")}
    for who in ("karin", "anders"):
        told = {
            day: [m.subject for m in said.get(who, ()) if "kan inte längre nås" in m.subject]
            for day, said in lost.items()
        }
        assert told == {
            "2027-01-28": ["SN 2026-1: målet söndag 28 mars 2027 kan inte längre nås"],
            "2027-01-29": [],
            "2027-02-01": [],
        }
    words = " ".join(_words(m) for m in lost["2027-01-28"]["anders"])
    assert "Fullmäktige beslutar: Måndag 26 april 2027." in words
