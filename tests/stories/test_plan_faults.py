"""What must not go wrong with plans, approvals and absence: each was found by somebody who tried to break them."""

from __future__ import annotations

import datetime as dt

import pytest

from handlers import absences, answering, approving, calendars, deciding, planning, registering
from handlers.calendars import MeetingLine
from handlers.errors import NotAllowed
from handlers.outlook import outlook
from handlers.reading.reading import Deadline
from handlers.rules import meetings
from handlers.rules.answers import Answer
from storage.records import Case, Person
from storage.store import Store
from tests.builders import NOW, SN, found, reading, take_in
from tests.stories import test_approvals
from tests.stories.test_approvals import DAY, _tjansteskrivelse, _work, at
from tests.stories.test_plans import NAMNDER, _meeting, _state, _steps

people = test_approvals.people
case = test_approvals.case


def _write(store: Store, case: Case, day: str = "2027-01-26") -> None:
    with store.book() as book:
        for kind in ("utkast", "chef", "stab", "tjansteskrivelse"):
            book.meet_milestone(case.id, kind, DAY(day), None)
        planning.replan(book, case.id, now=at(day))


def test_a_meeting_that_has_been_loses_no_target_while_its_minutes_are_on_their_way(
    store: Store, people: dict[str, Person], case: Case
) -> None:
    _write(store, case)
    for day in ("2027-02-12", "2027-02-26", "2027-03-10", "2027-03-18"):
        told = _work(store, day)
        assert not [m for said in told.values() for m in said if "kan inte längre nås" in m.subject], day
        assert _state(store, case) == "ok"
        assert _steps(store, case)["kf"] == "2027-03-22"
    told = _work(store, "2027-03-19")  # three weeks after the nämnd, and still no minutes
    assert _state(store, case) == "lost"
    assert [m for m in told["karin"] if "kan inte längre nås" in m.subject]


def test_where_nothing_was_written_a_meeting_that_has_been_is_lost(
    store: Store, people: dict[str, Person], case: Case
) -> None:
    _work(store, "2027-02-12")
    assert _state(store, case) == "lost"


def test_a_plan_that_is_lost_again_is_told_again(store: Store, people: dict[str, Person], case: Case) -> None:
    told = []
    day = DAY("2027-01-25")
    while day < DAY("2027-05-01"):
        said = _work(store, day.isoformat()).get("anders", ())
        told += [day.isoformat() for m in said if "kan inte längre nås" in m.subject]
        day += dt.timedelta(days=1)
    assert len(told) >= 3
    assert len(told) == len(set(told))


def test_what_can_be_kept_after_all_before_anybody_was_told_is_no_news(
    store: Store, people: dict[str, Person], case: Case
) -> None:
    with store.book() as book:
        registering.correct(book, case.id, "raised", "2026-05-01", "Fel", now=NOW, actor="t")
        registering.correct(book, case.id, "raised", "2026-09-28", "Rätt", now=NOW, actor="t")
        assert book.untold_plans("sn") == []


def test_klart_about_the_day_still_asks_for_the_approvals(store: Store, people: dict[str, Person], case: Case) -> None:
    with store.book() as book:
        book.meet_milestone(case.id, "handlaggare_klar", DAY("2027-01-20"), None)
        planning.replan(book, case.id, now=at("2027-01-20"))
    assert [m.subject for m in _work(store, "2027-01-20")["anders"]] == [
        "Godkänner du SN 2026-1? Motion om anhörigstöd"
    ]


def test_a_referral_back_by_the_namnd_itself_begins_anew(store: Store, people: dict[str, Person], case: Case) -> None:
    _write(store, case)
    with store.book() as book:
        deciding.decided(
            book,
            case.id,
            body="Socialnämnden",
            paragraph="§ 4",
            day=DAY("2027-02-25"),
            outcome="återremiss",
            now=at("2027-03-01"),
            actor="t",
        )
    assert {"utkast", "chef", "stab", "tjansteskrivelse"} <= set(_steps(store, case))


def test_nobody_approves_what_they_have_written(store: Store, people: dict[str, Person], case: Case) -> None:
    with store.book() as book:
        absences.note_away(
            book, people["anders"], DAY("2027-01-18"), DAY("2027-01-30"), people["karin"], ("sn",), now=NOW, actor="t"
        )
    _tjansteskrivelse(store, case, "2027-01-20")
    told = _work(store, "2027-01-20")
    assert not [m for m in told.get("karin", ()) if "Godkänner" in m.subject]
    with store.look() as book:
        assert book.questions(case_id=case.id, kind="chef")


def test_who_has_left_approves_nothing(store: Store, people: dict[str, Person], case: Case) -> None:
    _tjansteskrivelse(store, case, "2027-01-20")
    _work(store, "2027-01-20")
    with store.book() as book:
        (question,) = book.questions(case_id=case.id, kind="chef", state="open")
        book.put_role(people["anders"].id, "sn", "manager", DAY("2026-01-01"), DAY("2027-01-20"))
        book.put_role(people["anders"].id, "bun", "manager", DAY("2026-01-01"), None)
        with pytest.raises(NotAllowed):
            answering.answer(
                book, question.id, people["anders"], Answer("godkann"), SN, how="mejl", now=at("2027-01-22")
            )


def test_a_new_version_is_approved_anew_and_a_strangers_is_no_version(
    store: Store, people: dict[str, Person], case: Case
) -> None:
    _tjansteskrivelse(store, case, "2027-01-18")
    _work(store, "2027-01-18")
    with store.book() as book:
        (question,) = book.questions(case_id=case.id, kind="chef", state="open")
        answering.answer(book, question.id, people["anders"], Answer("godkann"), SN, how="sidan", now=at("2027-01-19"))
        asked = [d.id for d in approving.papers(book, case.id)]
    stranger = reading(
        "Tjänsteskrivelse, rättad", kind="tjansteskrivelse", subject=f"{case.dnr}", sender="x@annan.example"
    )
    take_in(store, stranger, received=at("2027-01-19"), now=at("2027-01-19"))
    with store.look() as book:
        assert [d.id for d in approving.papers(book, case.id)] == asked
    _tjansteskrivelse(store, case, "2027-01-20", "Tjänsteskrivelse, andra versionen")
    assert [m.subject for m in _work(store, "2027-01-20")["anders"]] == [
        "Godkänner du SN 2026-1? Motion om anhörigstöd"
    ]
    with store.look() as book:
        assert approving.papers(book, case.id)[0].title == "Tjänsteskrivelse, andra versionen"


def test_a_list_from_before_a_move_does_not_bring_the_old_day_back(
    store: Store, people: dict[str, Person], case: Case
) -> None:
    with store.book() as book:
        calendars.move(
            book, _meeting(store, "namnd", "2027-02-25"), DAY("2027-02-18"), None, NAMNDER, now=NOW, actor="t"
        )
        lines = [MeetingLine("sn", "namnd", DAY(d), None) for d in ("2027-01-28", "2027-02-25", "2027-03-25")]
        entered = calendars.enter(book, lines, NAMNDER, now=NOW, actor="t", replace=True)
        days = {m.day.isoformat() for m in book.meetings(("sn",)) if m.body == "namnd"}
    assert entered.added == ()
    assert [(m.moved_from, m.day) for m in entered.moved_since] == [(DAY("2027-02-25"), DAY("2027-02-18"))]
    assert "2027-02-25" not in days
    assert "2027-02-18" in days


def test_a_plan_that_had_lost_its_day_is_made_anew_when_a_later_meeting_comes_within_reach(
    store: Store, people: dict[str, Person], case: Case
) -> None:
    with store.book() as book:
        for day in ("2027-03-22", "2027-02-22", "2027-01-25"):
            calendars.cancel(book, _meeting(store, "kf", day), NAMNDER, now=NOW, actor="t")
    assert _state(store, case) == "lost"
    with store.book() as book:
        # No plan uses the meeting in June: the cases that have lost their day wait for any.
        june = _meeting(store, "kf", "2027-06-14")
        assert june not in {m.meeting_id for m in book.milestones(case.id)}
        calendars.move(book, june, DAY("2027-03-24"), None, NAMNDER, now=NOW, actor="t")
    assert _state(store, case) == "ok"
    assert _steps(store, case)["kf"] == "2027-03-24"


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("Borta 20/12-7/1", "2026-12-20", "2027-01-07"),
        ("borta 1/12-11/12", "2026-12-01", "2026-12-11"),
        ("Borta 21 dec-7 jan", "2026-12-21", "2027-01-07"),
        ("borta 20–23 december", "2026-12-20", "2026-12-23"),
        ("borta 20-23/12", "2026-12-20", "2026-12-23"),
        ("semester vecka 52 och 53", "2026-12-21", "2027-01-03"),
        ("ledig 23/11-27/11", "2026-11-23", "2026-11-27"),
        ("borta från och med 1 december till och med fredag 4 december", "2026-12-01", "2026-12-04"),
        ("borta 2026-12-20 till 2027-01-07, ersättare Jonas", "2026-12-20", "2027-01-07"),
        ("borta den 3 december", "2026-12-03", "2026-12-03"),
    ],
)
def test_days_away_are_read_whole(text: str, first: str, last: str) -> None:
    found = absences.command(text, DAY("2026-11-24"))
    assert found is not None
    assert (found[0].isoformat(), found[1].isoformat()) == (first, last)


@pytest.mark.parametrize(
    "text",
    [
        "Frånvaro i skolan, redovisning till nämnden senast 2026-12-15",
        "Ledig plats i pensionärsrådet, nominera senast 15 december",
        "Semester planeras för hela gruppen",
        "borta 20/12 eller kanske 23/12",
        "Frånvaro 3/12-1/12",
        "borta 30 februari",
        "semester vecka 54",
    ],
)
def test_what_is_not_wholly_understood_is_no_absence(text: str) -> None:
    assert absences.command(text, DAY("2026-11-24")) is None


def test_a_letter_with_a_day_to_keep_or_in_a_secret_thread_is_no_word_of_absence(
    store: Store, people: dict[str, Person]
) -> None:
    day = Deadline(DAY("2026-12-15"), "redovisning", "stated", "senast 15 december", "body")
    kept = take_in(store, reading("Borta 3/12", subject="Borta 3/12", sender="karin@ekeby.example", deadlines=(day,)))
    assert kept.state == "registered"
    take_in(store, reading("Oro", secret=True, message_id="<sec@a.example>", secret_reasons=("namngivet barn",)))
    reply = reading(
        "SV: Oro",
        subject="Frånvaro 3/12",
        text="borta 3/12",
        in_reply_to=("<sec@a.example>",),
        sender="karin@ekeby.example",
    )
    assert take_in(store, reply).folder == "hemligt"


@pytest.mark.parametrize("staff", [2, 5, 9])
def test_the_manager_never_approves_before_there_is_a_draft(staff: int) -> None:
    ways = meetings.Ways(staff=True, staff_workdays=staff, draft_workdays=4)
    way = meetings.way_back(
        ("namnd",),
        [meetings.Bound("svar", DAY("2027-03-09"), "")],
        meetings.calendar_of([]),
        ways,
        since=DAY("2026-10-01"),
    )
    assert way is not None
    assert (way.day_of("utkast") or dt.date.max) <= (way.day_of("chef") or dt.date.min)


def test_kommunstyrelsen_does_not_wait_for_itself(store: Store, people: dict[str, Person], case: Case) -> None:
    import dataclasses

    with store.look() as book:
        assert planning.chain_of(book, dataclasses.replace(case, namnd="ks")) == ("presidium", "au", "namnd", "kf")


def test_kommunstyrelsens_calendar_is_its_own_in_its_own_diary(store: Store, people: dict[str, Person]) -> None:
    with store.book() as book:
        calendars.enter(book, [MeetingLine("", "ksau", DAY("2027-02-02"), None)], ("ks",), now=NOW, actor="t")
        common = [m.day for m in book.meetings(("",)) if m.body == "ks"]
        calendar = planning.calendar_for(book, "ks", NOW.date())
        assert [s.day for s in calendar.of("namnd")] == common
        assert [s.day for s in calendar.of("au")] == [DAY("2027-02-02")]
        assert [s.day for s in planning.calendar_for(book, "sn", NOW.date()).of("ks")] == common
        assert calendars.missing(book, {"ks": "Kommunstyrelsen"}, DAY("2027-01-10")) == []
        # Meetings that it has entered as the nämnd's go before.
        calendars.enter(book, [MeetingLine("ks", "namnd", DAY("2027-03-02"), None)], ("ks",), now=NOW, actor="t")
        assert [s.day for s in planning.calendar_for(book, "ks", NOW.date()).of("namnd")] == [DAY("2027-03-02")]


def test_a_meeting_noted_as_moved_from_its_own_day_broke_no_plan(
    store: Store, people: dict[str, Person], case: Case
) -> None:
    used, gone = _meeting(store, "namnd", "2027-02-25"), _meeting(store, "kf", "2027-03-22")
    late = at("2027-01-20")
    with store.book() as book:
        book.change_meeting(used, moved_from=DAY("2027-02-25"))  # as a new stop day was once noted
        calendars.cancel(book, gone, NAMNDER, now=late, actor="t")
        plan = book.plan(case.id)
        assert plan is not None
        view = outlook(book, case, plan, late.date())
    assert view is not None
    assert [m.body for m in view.moved] == ["kf"]


def test_a_later_stop_day_wakes_the_plans_that_were_lost(store: Store) -> None:
    found(store)
    held = DAY("2026-12-17")
    day = Deadline(DAY("2026-12-22"), "yttrande", "stated", "senast 22 december", "body")
    with store.book() as book:
        lines = [
            MeetingLine("sn", "namnd", DAY("2026-10-22"), None),
            MeetingLine("sn", "namnd", held, DAY("2026-11-27")),
        ]
        calendars.enter(book, lines, NAMNDER, now=at("2026-10-01"), actor="t")
    remiss = take_in(store, reading("Remiss", deadlines=(day,))).case
    assert remiss is not None
    assert _state(store, remiss) == "lost"
    meeting = _meeting(store, "namnd", "2026-12-17")
    with store.book() as book:
        assert calendars.move(book, meeting, held, DAY("2026-12-03"), NAMNDER, now=NOW, actor="t") == 1
    assert _state(store, remiss) == "ok"
    assert _steps(store, remiss)["beslut"] == "2026-12-17"


def test_kommunstyrelsens_own_meeting_is_the_namnds_where_a_letter_names_it(store: Store) -> None:
    found(store)
    day = Deadline(DAY("2027-03-10"), "behandlas i kommunstyrelsen", "stated", "den 10 mars", "body")
    case = take_in(store, reading("Remiss", deadlines=(day,))).case
    assert case is not None
    with store.look() as book:
        deadlines = book.deadlines(case.id, active=True)
    asked = {n: planning.bounds_of(deadlines, ("au", "namnd"), meetings.Ways(), n)[0][1] for n in ("ks", "sn")}
    assert (asked["ks"].body, asked["ks"].day) == ("namnd", DAY("2027-03-10"))
    assert (asked["sn"].body, asked["sn"].day) == ("namnd", DAY("2027-02-26"))
