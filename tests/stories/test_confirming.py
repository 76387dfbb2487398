"""Whether something is done: asked when a meeting has been and nothing has come, and when a letter is not read for sure."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from bot.channels import email
from handlers import answering, calendars, confirming, mornings, planning
from handlers.calendars import MeetingLine
from handlers.errors import Invalid, NotAllowed, TooLate
from handlers.notices import render
from handlers.reading.reading import Decision, Finding, Party, Raised, Reading
from handlers.rules.answers import Answer
from storage.records import AskedQuestion, Case, Person
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
        second = book.put_person("Nils Registrator", "nils@ekeby.example")
        book.put_role(second.id, "sn", "registrator", DAY("2026-01-01"), None)
        staff["nils"] = second
        lines = [
            MeetingLine("" if body in ("ks", "kf") else "sn", body, DAY(day), None)
            for body, days in CALENDAR.items()
            for day in days
        ]
        calendars.enter(book, lines, NAMNDER, now=NOW, actor="test")
    return staff


@pytest.fixture
def case(store: Store, people: dict[str, Person]) -> Case:
    """A motion of Karin's whose tjänsteskrivelse is in: AU on 11 February, the nämnd on 25 February."""
    read = reading(
        "Motion om anhörigstöd", kind="remiss", matter="motion", raised=Raised(DAY("2026-09-28"), "motionens datum")
    )
    made = take_in(store, read).case
    assert made is not None
    with store.book() as book:
        (question,) = book.questions(case_id=made.id, kind="handlaggare")
        answering.answer(book, question.id, people["anders"], Answer("annan", to="Karin"), SN, how="sidan", now=NOW)
        answering.answer(book, question.id, people["karin"], Answer("ta"), SN, how="sidan", now=NOW)
        for step in ("tjansteskrivelse", "chef", "stab"):
            book.meet_milestone(made.id, step, DAY("2027-02-01"), None)
        planning.replan(book, made.id, now=at("2027-02-01"))
    return made


def _work(store: Store, day: str) -> dict[str, str]:
    """Do a morning's work and return the questions whether something is done, by address: subject and text."""
    now, told = at(day), {}
    with store.book() as book:
        mornings.work(book, SN, now=now)
    with store.look() as book:
        queued = book.notices(state="queued")
    for notice in queued:
        with store.book() as book:
            message = render(book, notice, SN, now=now)
            book.notice_sent(notice, now=now)
        if message and notice.kind in ("stammer", "morgon"):
            told[f"{notice.kind} {notice.address.partition('@')[0]}"] = f"{message.subject}\n{email.as_text(message)}"
    return told


def _asked(store: Store, case: Case, kind: str = confirming.KIND) -> AskedQuestion:
    with store.look() as book:
        return book.questions(case_id=case.id, kind=kind)[-1]


def _steps(store: Store, case: Case) -> dict[str, str]:
    with store.look() as book:
        return {m.kind: m.planned.isoformat() for m in book.milestones(case.id) if m.planned and not m.met_on}


def _met(store: Store, case: Case) -> dict[str, str]:
    with store.look() as book:
        return {m.kind: m.met_on.isoformat() for m in book.milestones(case.id) if m.met_on}


def _answer(store: Store, question: AskedQuestion, who: Person, word: str, day: str) -> str:
    with store.book() as book:
        return answering.answer(book, question.id, who, Answer(word), SN, how="sidan", now=at(day)).told


def _words(store: Store, case: Case) -> list[str]:
    with store.look() as book:
        return [e.what for e in book.entries(case_id=case.id)]


def test_a_meeting_that_has_been_is_asked_about_once_after_ten_working_days(
    store: Store, people: dict[str, Person], case: Case
) -> None:
    assert _steps(store, case)["beslut"] == "2027-02-25"
    days = [DAY("2027-02-12") + dt.timedelta(days=n) for n in range(35)]
    told = {d.isoformat(): said for d in days if (said := {k for k in _work(store, d.isoformat()) if "stammer" in k})}
    both = {"stammer ylva", "stammer nils"}
    assert told == {"2027-02-25": both, "2027-03-11": both}


def test_a_yes_meets_the_milestone_and_who_said_so_is_in_the_journal(
    store: Store, people: dict[str, Person], case: Case
) -> None:
    said = _work(store, "2027-03-11")
    assert said["stammer ylva"].startswith("Stämmer det att nämnden beslutade i SN 2026-1 den 25 februari?\n")
    assert "JA, NEJ om det bordlades eller VET INTE ÄN" in " ".join(said["stammer ylva"].split())
    question = _asked(store, case)
    assert _answer(store, question, people["ylva"], "stammer", "2027-03-11").startswith(
        "SN 2026-1: antecknat. Nämnden har beslutat."
    )
    assert _met(store, case)["beslut"] == "2027-02-25"
    with pytest.raises(TooLate, match="Ylva Hedlund hann före"):
        _answer(store, question, people["nils"], "nej", "2027-03-11")
    with store.look() as book:
        (line,) = (e for e in book.entries(case_id=case.id) if e.what == "svar: stammer")
    assert (line.actor, line.data["svar"], line.data["dag"]) == (f"person:{people['ylva'].id}", "sidan", "2027-02-25")
    # The plan goes on to KS: it is no longer lost for want of minutes.
    assert "2027-03-22" in _steps(store, case).values()


def test_minutes_that_come_after_a_yes_give_it_its_paragraph(
    store: Store, people: dict[str, Person], case: Case
) -> None:
    _work(store, "2027-03-11")
    _answer(store, _asked(store, case), people["ylva"], "stammer", "2027-03-11")
    take_in(store, _minutes(case), received=at("2027-03-15"), now=at("2027-03-15"))
    with store.look() as book:
        made = [(d.paragraph, d.outcome) for d in book.decisions(case.id)]
    assert made == [("§ 14", "bifall")]


def test_a_no_takes_the_next_meeting(store: Store, people: dict[str, Person], case: Case) -> None:
    _work(store, "2027-03-11")
    told = _answer(store, _asked(store, case), people["ylva"], "nej", "2027-03-11")
    assert told == "SN 2026-1: antecknat att det bordlades. Planen siktar nu på torsdag 25 mars 2027."
    assert _steps(store, case)["beslut"] == "2027-03-25"
    assert "beslut" not in _met(store, case)
    # That meeting is another question, when its time has come.
    assert "stammer ylva" in _work(store, "2027-04-12")
    assert _asked(store, case).answer_data["dag"] == "2027-03-25"


def test_who_does_not_know_yet_is_asked_again_after_five_working_days(
    store: Store, people: dict[str, Person], case: Case
) -> None:
    _work(store, "2027-03-11")
    question = _asked(store, case)
    told = _answer(store, question, people["nils"], "vet_inte", "2027-03-11")
    assert told == "SN 2026-1: antecknat. Vi frågar igen torsdag 18 mars 2027."
    for day in ("2027-03-12", "2027-03-15", "2027-03-17"):
        assert "stammer ylva" not in _work(store, day)
    again = _work(store, "2027-03-18")
    assert {"stammer ylva", "stammer nils"} <= set(again)
    assert "Vi frågar igen." in again["stammer ylva"]
    assert "stammer ylva" not in _work(store, "2027-03-19")
    # The one who knows meanwhile is not held back by the one who did not.
    _answer(store, question, people["ylva"], "stammer", "2027-03-19")
    assert _met(store, case)["beslut"] == "2027-02-25"


@pytest.mark.parametrize(
    ("reply", "word", "met"),
    [
        ("Ja", "stammer", True),
        ("Ja, det stämmer", "stammer", True),
        ("Nej, det bordlades", "nej", False),
        ("NEJ", "nej", False),
        ("Vet inte än", None, False),
    ],
)
def test_a_reply_by_mail_answers(
    store: Store, people: dict[str, Person], case: Case, reply: str, word: str | None, met: bool
) -> None:
    _work(store, "2027-03-11")
    with store.look() as book:
        asked = next(a for a in book.askings(_asked(store, case).id) if a.person_id == people["ylva"].id)
    read = reading("SV: Stämmer", sender="ylva@ekeby.example", in_reply_to=(asked.message_id,), text=reply)
    outcome = take_in(store, read, received=at("2027-03-11", 9), now=at("2027-03-11", 9))
    assert outcome.state == "answer"
    assert _asked(store, case).answer == word
    assert ("beslut" in _met(store, case)) == met
    assert "svar som ingen förstod" not in _words(store, case)


def test_after_a_stop_the_question_is_asked_all_the_same(store: Store, people: dict[str, Person], case: Case) -> None:
    """From ten working days after the meeting to three weeks after it the bot was down: the plan is made anew that
    morning, and the question has been put before that."""
    assert "stammer ylva" in _work(store, "2027-03-25")
    with store.look() as book:
        days = [q.answer_data["dag"] for q in book.questions(case_id=case.id, kind=confirming.KIND)]
    assert days == ["2027-02-25", "2027-03-09"]


def test_a_meeting_whose_papers_were_not_in_is_not_asked_about(
    store: Store, people: dict[str, Person], case: Case
) -> None:
    with store.book() as book:
        book.forget_milestones(case.id, ("tjansteskrivelse", "chef", "stab"))
    for day in ("2027-03-11", "2027-03-12", "2027-03-25"):
        assert "stammer ylva" not in _work(store, day)


def test_who_has_nothing_to_do_with_the_nämnd_may_not_say(store: Store, people: dict[str, Person], case: Case) -> None:
    _work(store, "2027-03-11")
    with pytest.raises(NotAllowed):
        _answer(store, _asked(store, case), people["amina"], "stammer", "2027-03-11")
    with pytest.raises(NotAllowed):
        _answer(store, _asked(store, case), people["birgitta"], "stammer", "2027-03-11")
    with pytest.raises(Invalid, match="Svara ja, nej eller vet inte än"):
        _answer(store, _asked(store, case), people["ylva"], "pagar", "2027-03-11")


def test_a_case_that_has_become_secret_is_not_told_of(store: Store, people: dict[str, Person], case: Case) -> None:
    with store.book() as book:
        mornings.work(book, SN, now=at("2027-03-11"))
        book.change_case(case.id, secret=True)
    assert "stammer ylva" not in _work(store, "2027-03-11")
    with pytest.raises(TooLate):
        _answer(store, _asked(store, case), people["ylva"], "stammer", "2027-03-11")


def test_fullmäktiges_meeting_is_asked_about_and_a_yes_closes_the_case(
    store: Store, people: dict[str, Person], case: Case
) -> None:
    _work(store, "2027-03-11")
    _answer(store, _asked(store, case), people["ylva"], "stammer", "2027-03-11")
    # KS met on 9 March.
    assert _work(store, "2027-03-23")["stammer ylva"].startswith("Stämmer det att kommunstyrelsen behandlade SN 2026-1")
    _answer(store, _asked(store, case), people["ylva"], "stammer", "2027-03-23")
    # KF met on 22 March: ten working days later it is 7 April, with Easter between.
    assert "stammer ylva" not in _work(store, "2027-04-06")
    said = _work(store, "2027-04-07")["stammer ylva"]
    assert said.startswith("Stämmer det att fullmäktige beslutade i SN 2026-1 den 22 mars?")
    _answer(store, _asked(store, case), people["ylva"], "stammer", "2027-04-07")
    with store.look() as book:
        assert book.case(case.id).state == "closed"


# what is read in letters


def _minutes(case: Case, *, certainty: float = 0.95, outcome: str = "bifall") -> Reading:
    read = reading(
        "Protokollsutdrag § 14",
        kind="protokollsutdrag",
        own_dnr=(case.dnr,),
        outcome=outcome,
        meeting=Decision("Socialnämnden", DAY("2027-02-25"), "§ 14"),
        findings=(Finding("outcome", outcome, certainty, "Nämnden bifaller motionen.", "body"),),
    )
    return read


def _gone(case: Case, *, kind: str = "svar", certainty: float = 0.95) -> Reading:
    read = reading(
        "Yttrande över motion",
        kind=kind,
        sender="karin@ekeby.example",
        subject=f"Yttrande {case.dnr}",
        own_dnr=(case.dnr,),
    )
    envelope = dataclasses.replace(read.envelope, to=(Party("Kommunstyrelsen", "ks@annan.example"),))
    return dataclasses.replace(read, envelope=envelope, certainty=certainty)


def test_minutes_read_for_sure_take_effect_and_the_morning_says_so(
    store: Store, people: dict[str, Person], case: Case
) -> None:
    take_in(store, _minutes(case), received=at("2027-03-01"), now=at("2027-03-01"))
    assert _met(store, case)["beslut"] == "2027-02-25"
    morning = _work(store, "2027-03-02")["morgon ylva"]
    assert "1 antecknat som klart" in morning
    assert "Socialnämnden beslutade i ärendet den 25 februari." in " ".join(morning.split())
    assert "välj Stämmer inte, ångra" in " ".join(morning.split())
    assert "antecknat som klart" not in _work(store, "2027-03-03").get("morgon ylva", "")


def test_what_was_taken_for_done_is_undone_and_nothing_else(
    store: Store, people: dict[str, Person], case: Case
) -> None:
    before = (_steps(store, case), _met(store, case))
    take_in(store, _minutes(case), received=at("2027-03-01"), now=at("2027-03-01"))
    taken = _asked(store, case, confirming.TAKEN)
    assert (
        _answer(store, taken, people["ylva"], "nej", "2027-03-02")
        == "SN 2026-1: ångrat. Ärendet står som det gjorde förut."
    )
    assert (_steps(store, case), _met(store, case)) == before
    assert _asked(store, case, confirming.TAKEN).answer == "nej"


def test_an_answer_that_was_none_is_undone_with_its_days(store: Store, people: dict[str, Person], case: Case) -> None:
    with store.look() as book:
        before = [(d.id, d.state) for d in book.deadlines(case.id)]
    take_in(store, _gone(case), received=at("2027-02-02"), now=at("2027-02-02"), found="skickat")
    with store.look() as book:
        assert book.case(case.id).waiting_for == "KF"
    _answer(store, _asked(store, case, confirming.TAKEN), people["anders"], "nej", "2027-02-03")
    with store.look() as book:
        assert book.case(case.id).waiting_for is None
        assert [(d.id, d.state) for d in book.deadlines(case.id)] == before
    assert "svar_skickat" not in _met(store, case)


def test_a_referral_back_that_was_none_gives_back_what_was_written(
    store: Store, people: dict[str, Person], case: Case
) -> None:
    before = _met(store, case)
    take_in(store, _minutes(case, outcome="återremiss"), received=at("2027-03-01"), now=at("2027-03-01"))
    assert "tjansteskrivelse" not in _met(store, case)
    _answer(store, _asked(store, case, confirming.TAKEN), people["ylva"], "nej", "2027-03-02")
    assert _met(store, case) == before


@pytest.mark.parametrize(("word", "met"), [("stammer", True), ("nej", False)])
def test_minutes_that_are_not_read_for_sure_wait_for_an_answer(
    store: Store, people: dict[str, Person], case: Case, word: str, met: bool
) -> None:
    take_in(store, _minutes(case, certainty=0.75), received=at("2027-03-01"), now=at("2027-03-01"))
    assert "beslut" not in _met(store, case)
    said = _work(store, "2027-03-01")["stammer nils"]
    assert said.startswith("Stämmer det att socialnämnden beslutade i SN 2026-1 den 25 februari?")
    assert "bifall" in said
    _answer(store, _asked(store, case), people["nils"], word, "2027-03-01")
    assert ("beslut" in _met(store, case)) == met


def test_a_letter_that_may_be_the_answer_waits_for_an_answer(
    store: Store, people: dict[str, Person], case: Case
) -> None:
    for read in (_gone(case, kind="other"), _gone(case, certainty=0.85)):
        take_in(store, read, received=at("2027-02-02"), now=at("2027-02-02"), found="skickat")
        assert "svar_skickat" not in _met(store, case)
    question = _asked(store, case)
    assert _work(store, "2027-02-02")["stammer ylva"].startswith(
        "Stämmer det att svaret i SN 2026-1 skickades den 2 februari?"
    )
    _answer(store, question, people["ylva"], "stammer", "2027-02-02")
    assert _met(store, case)["svar_skickat"] == "2027-02-02"


def test_what_is_not_answered_stands_in_the_morning(store: Store, people: dict[str, Person], case: Case) -> None:
    _work(store, "2027-03-11")
    morning = _work(store, "2027-03-12")["morgon ylva"]
    assert "1 att svara på" in morning
    assert "Stämmer det att nämnden beslutade i ärendet den 25 februari?" in " ".join(morning.split())
