"""People come and go: absence with a substitute, automatic replies, a handover in one act, a mandate change, a rest."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers import absences, answering, assignment, deciding, leaving, mornings, reminding
from handlers.errors import Invalid
from handlers.notices import facts, render
from handlers.reading.reading import Deadline
from handlers.rules.answers import Answer
from storage.records import Case, Person
from storage.store import Store
from tests.builders import NOW, SN, STOCKHOLM, found, reading, take_in
from tests.templates import sqlite_register

DAY = dt.date.fromisoformat
TODAY = NOW.date()


def at(day: str, hour: int = 8) -> dt.datetime:
    return dt.datetime.combine(DAY(day), dt.time(hour), STOCKHOLM)


@pytest.fixture
def people(store: Store) -> dict[str, Person]:
    staff = found(store)
    with store.book() as book:
        staff["jonas"] = book.put_person("Jonas Berg", "jonas@ekeby.example")
        book.put_role(staff["jonas"].id, "sn", "handlaggare", DAY("2026-01-01"), None)
    return staff


def _case(store: Store, people: dict[str, Person], title: str = "Remiss", who: str = "karin", **more: object) -> Case:
    made = take_in(store, reading(title, **more)).case  # type: ignore[arg-type]
    assert made is not None
    with store.book() as book:
        (question,) = book.questions(case_id=made.id, kind="handlaggare")
        answering.answer(
            book, question.id, people["anders"], Answer("annan", to=people[who].name), SN, how="sidan", now=NOW
        )
        answering.answer(book, question.id, people[who], Answer("ta"), SN, how="sidan", now=NOW)
    return made


def _away(store: Store, who: Person, first: str, last: str, instead: Person | None = None) -> None:
    with store.book() as book:
        absences.note_away(book, who, DAY(first), DAY(last), instead, ("sn",), now=NOW, actor="test")


def test_substitutes_in_a_ring_are_refused_with_the_days(store: Store, people: dict[str, Person]) -> None:
    karin, jonas, anders = people["karin"], people["jonas"], people["anders"]
    _away(store, karin, "2026-12-20", "2027-01-07", jonas)
    _away(store, jonas, "2027-01-05", "2027-01-20", anders)
    with pytest.raises(Invalid, match="Karin Ödman är borta 5 januari 2027 till 7 januari 2027"):
        _away(store, anders, "2027-01-04", "2027-01-30", karin)
    _away(store, anders, "2027-01-08", "2027-01-30", karin)  # Karin is back by then
    with store.look() as book:
        assert assignment.present(book, karin, DAY("2027-01-06")) == anders


@settings(max_examples=30, deadline=None)
@given(
    spans=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 20), st.integers(0, 10)), max_size=8),
    day=st.integers(0, 31),
)
def test_whatever_is_entered_no_chain_of_substitutes_is_a_ring(
    tmp_path_factory: pytest.TempPathFactory, spans: list[tuple[int, int, int, int]], day: int
) -> None:
    store = sqlite_register(tmp_path_factory.mktemp("ring") / "n.db")
    with store.book() as book:
        staff = [book.put_person(name, f"{name}@e.example") for name in ("a", "b", "c", "d")]
        for who, instead, first, length in spans:
            begin = TODAY + dt.timedelta(days=first)
            try:
                absences.note_away(
                    book, staff[who], begin, begin + dt.timedelta(days=length), staff[instead], (), now=NOW, actor="t"
                )
            except Invalid:
                continue
        on = TODAY + dt.timedelta(days=day)
        for person in staff:
            seen, current = {person.id}, book.absence(person.id, on)
            while current and current.substitute_id:
                assert current.substitute_id not in seen
                seen.add(current.substitute_id)
                current = book.absence(current.substitute_id, on)
    store.close()


@pytest.mark.parametrize(
    ("subject", "text"),
    [("Borta 20/12–7/1 ersättare Jonas", "Hej"), ("Hej", "borta 20/12 - 7/1, ersättare: Jonas Berg\n\nMvh Karin")],
)
def test_a_short_mail_enters_an_absence_and_is_confirmed_to_the_person(
    store: Store, people: dict[str, Person], subject: str, text: str
) -> None:
    wrote = reading("Borta", subject=subject, text=text, sender="karin@ekeby.example", kind="other")
    proven = dataclasses.replace(wrote, envelope=dataclasses.replace(wrote.envelope, auth="pass"))
    outcome = take_in(store, proven, namnd=dataclasses.replace(SN, authserv_id="mx.ekeby.example"))
    assert (outcome.state, outcome.case) == ("answer", None)
    with store.look() as book:
        away = book.absence(people["karin"].id, DAY("2027-01-07"))
        assert away is not None
        assert (away.from_day, away.substitute_id) == (DAY("2026-12-20"), people["jonas"].id)
        (told,) = [n for n in book.notices() if n.kind == "svarat"]
        assert told.address == "karin@ekeby.example"
        assert told.data["done"] == ["Antecknat: du är borta 20 december 2026 till 7 januari 2027, Jonas Berg svarar."]


@pytest.mark.parametrize(
    ("sender", "text"),
    [("karin@ekeby.example", "Semester planeras för hela gruppen i sommar."), ("x@annan.example", "borta 20/12–7/1")],
)
def test_other_letters_about_absence_are_registered_like_any(
    store: Store, people: dict[str, Person], sender: str, text: str
) -> None:
    outcome = take_in(store, reading("Semester", text=text, sender=sender))
    assert outcome.state == "registered"


def _asked_message(store: Store, case: Case) -> str:
    with store.look() as book:
        asked = [q for q in book.questions(case_id=case.id, kind="lage") if q.state == "open"]
        return book.askings(asked[-1].id)[-1].message_id


def _automatic(store: Store, case: Case, text: str, now: dt.datetime) -> str:
    reply = reading(
        "Automatiskt svar",
        sender="karin@ekeby.example",
        in_reply_to=(_asked_message(store, case),),
        text=text,
        automatic="auto-replied",
        message_id=f"<{abs(hash(text))}@auto.example>",
    )
    return take_in(store, reply, received=now, now=now).state


def test_an_automatic_reply_is_asked_about_and_never_taken_for_a_yes(store: Store, people: dict[str, Person]) -> None:
    day = Deadline(DAY("2027-01-15"), "yttrande", "stated", "senast 15 januari", "body")
    case = _case(store, people, deadlines=(day,))
    with store.book() as book:
        mornings.work(book, SN, now=at("2026-12-21"))
        reminding.queue_due(book, SN, now=at("2027-01-04"))
    now = at("2027-01-04", 9)
    assert _automatic(store, case, "Jag är ledig till och med 12 januari.", now) == "answer"
    _automatic(store, case, "Jag är ledig till och med 12 januari. (igen)", now)
    with store.look() as book:
        assert book.absence(people["karin"].id, DAY("2027-01-05")) is None
        (question,) = book.questions(namnder=("sn",), kind="borta")
        (notice,) = [n for n in book.notices() if n.kind == "borta"]
        assert notice.address == "anders@ekeby.example"
    with store.book() as book:
        message = render(book, notice, SN, now=now)
        assert message is not None
        assert message.subject == "Är Karin Ödman borta till tisdag 12 januari 2027?"
        done = answering.answer(book, question.id, people["anders"], Answer("ta"), SN, how="mejl", now=now)
        assert "Karin Ödman är borta till 12 januari 2027" in done.told
    with store.look() as book:
        assert book.absence(people["karin"].id, DAY("2027-01-12")) is not None
        assert book.absence(people["karin"].id, DAY("2027-01-13")) is None


def test_who_leaves_hands_over_everything_in_one_act(store: Store, people: dict[str, Person]) -> None:
    karin, jonas = people["karin"], people["jonas"]
    cases = [_case(store, people, f"Remiss {n}") for n in range(3)]
    other = _case(store, people, "Jonas egen", "jonas")
    asked = take_in(store, reading("Obesvarad")).case
    assert asked is not None
    with store.book() as book:
        (question,) = book.questions(case_id=asked.id, kind="handlaggare")
        answering.answer(book, question.id, people["anders"], Answer("annan", to="Karin"), SN, how="sidan", now=NOW)
        given_ = leaving.hand_over(book, karin, jonas, SN, now=NOW, actor="test", last_day=DAY("2026-11-30"))
        assert [c.id for c in given_] == [c.id for c in cases]
        assert {book.case(c.id).handlaggare_id for c in (*cases, other)} == {jonas.id}
        assert book.askings(question.id)[-1].person_id == jonas.id
        assert [r.valid_to for r in book.roles(person_id=karin.id)] == [DAY("2026-11-30")]
        (notice,) = [n for n in book.notices() if n.kind == "overtagit"]
        message = render(book, notice, SN, now=NOW)
        assert message is not None
        assert message.subject == "Du har fått 3 ärenden efter Karin Ödman"
        with pytest.raises(Invalid, match="Välj någon annan än den som slutar"):
            leaving.hand_over(book, jonas, jonas, SN, now=NOW, actor="test")
        with pytest.raises(Invalid, match="varken handläggare eller chef"):
            leaving.hand_over(book, jonas, people["birgitta"], SN, now=NOW, actor="test")


def test_after_the_mandate_change_no_case_is_left_with_somebody_who_has_no_role(
    store: Store, people: dict[str, Person]
) -> None:
    """Prepared in November: the old roles end on 31 December and the new ones begin on 1 January."""
    case = _case(store, people)
    with store.book() as book:
        for who, role in (("karin", "handlaggare"), ("anders", "manager")):
            book.put_role(people[who].id, "sn", role, DAY("2026-01-01"), DAY("2026-12-31"))  # type: ignore[arg-type]
        new = book.put_person("Ny Chef", "ny@ekeby.example")
        book.put_role(new.id, "sn", "manager", DAY("2027-01-01"), None)
        mornings.work(book, SN, now=at("2026-12-30"))
        assert book.case(case.id).handlaggare_id == people["karin"].id
        mornings.work(book, SN, now=at("2027-01-04"))
        assert book.case(case.id).handlaggare_id is None
        (question,) = [q for q in book.questions(case_id=case.id, kind="handlaggare") if q.state == "open"]
        assert book.askings(question.id)[-1].person_id == new.id
        before = len(book.notices())
        mornings.work(book, SN, now=at("2027-01-04", 9))
        assert len(book.notices()) == before


def test_a_case_that_rests_is_quiet_but_for_the_law(store: Store, people: dict[str, Person]) -> None:
    stated = Deadline(DAY("2026-12-10"), "yttrande", "stated", "senast 10 december", "body")
    case = _case(store, people, deadlines=(stated,))
    with store.book() as book:
        with pytest.raises(Invalid, match="Skriv varför"):
            deciding.pause(book, case.id, DAY("2026-12-20"), " ", now=NOW, actor="person:1")
        deciding.pause(book, case.id, DAY("2026-12-20"), "Väntar på komplettering", now=NOW, actor="person:1")
        assert reminding.queue_due(book, SN, now=at("2026-12-09")) == 0
        book.put_deadline(
            case.id, document_id=None, date=DAY("2026-12-11"), purpose="beslut", clock="law", sentence="", source="KL"
        )
        assert reminding.queue_due(book, SN, now=at("2026-12-10")) == 1
        deciding.pause(book, case.id, DAY("2026-11-01"), "Kompletterat", now=at("2026-12-10"), actor="person:1")
        assert book.case(case.id).paused_until is None
        assert reminding.queue_due(book, SN, now=at("2026-12-11")) == 1


def test_a_request_for_a_public_document_is_due_the_day_it_came(store: Store, people: dict[str, Person]) -> None:
    case = take_in(store, reading("Begäran om handlingar", kind="utlamnande")).case
    assert case is not None
    with store.book() as book:
        (law,) = book.deadlines(case.id)
        assert (law.clock, law.date, law.source) == ("law", TODAY, "tryckfrihetsförordningen 2 kap. 15 och 16 §§")
        assert "Fråga inte vem" in law.sentence
        deciding.answer_sent(book, case.id, day=TODAY, to="", now=NOW, actor="t")
        assert [d.state for d in book.deadlines(case.id)] == ["met"]
        assert book.case(case.id).waiting_for is None
    late = dt.datetime(2026, 12, 23, 23, 30, tzinfo=STOCKHOLM)
    eve = take_in(store, reading("Begär ut protokoll", kind="utlamnande"), received=late, now=late).case
    assert eve is not None
    with store.look() as book:
        assert [d.date for d in book.deadlines(eve.id)] == [DAY("2026-12-23")]


def test_a_role_that_will_fall_empty_is_told_of_in_time_and_not_every_morning(
    store: Store, people: dict[str, Person]
) -> None:
    with store.book() as book:
        admin = book.put_person("Ada Min", "ada@ekeby.example")
        book.put_role(admin.id, "sn", "administrator", DAY("2026-01-01"), None)
        book.put_role(people["anders"].id, "sn", "manager", DAY("2026-01-01"), DAY("2026-12-31"))
    told = {}
    for day in ("2026-11-02", "2026-11-03", "2026-12-21", "2026-12-22", "2026-12-28", "2026-12-30"):
        with store.look() as book:
            told[day] = [(g.role, g.day) for g in facts.morning(book, SN, now=at(day)).gaps]
    gap = [("manager", DAY("2027-01-01"))]
    assert told == {
        "2026-11-02": gap,
        "2026-11-03": [],
        "2026-12-21": gap,
        "2026-12-22": [],
        "2026-12-28": gap,
        "2026-12-30": gap,
    }


def test_nobody_answers_for_the_silence_of_who_had_the_case_before(store: Store, people: dict[str, Person]) -> None:
    day = Deadline(DAY("2027-01-15"), "yttrande", "stated", "senast 15 januari", "body")
    case = _case(store, people, deadlines=(day,))

    def told(day: str) -> set[str]:
        with store.book() as book:
            reminding.queue_due(book, SN, now=at(day))
            new = [n for n in book.notices(state="queued") if n.kind == "paminnelse"]
            for notice in new:
                book.notice_sent(notice, now=at(day))
            return {n.address.partition("@")[0] for n in new}

    assert told("2027-01-04") == {"karin"}
    with store.book() as book:
        leaving.hand_over(book, people["karin"], people["jonas"], SN, now=at("2027-01-08"), actor="test")
        assert book.questions(case_id=case.id, kind="lage", state="open") == []
    assert told("2027-01-11") == {"jonas"}  # and not the manager, of a silence that was Karin's
    assert told("2027-01-18") == {"jonas", "anders"}
