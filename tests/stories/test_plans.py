"""A case's plan: made when it comes, made anew when a day or a meeting moves, lost in time to be told."""

from __future__ import annotations

import datetime as dt

import pytest

from bot import sheets
from handlers import calendars, deciding, meeting_lists, planning, registering
from handlers.calendars import MeetingLine
from handlers.errors import Invalid, TooLate
from handlers.outlook import outlook
from handlers.reading.reading import Deadline, Raised
from storage.records import Case, Person
from storage.store import Store
from tests.builders import NOW, found, reading, take_in

DAY = dt.date.fromisoformat
NAMNDER = ("sn", "bun")
CALENDAR = {
    "kf": (
        "2026-12-14",
        "2027-01-25",
        "2027-02-22",
        "2027-03-22",
        "2027-04-26",
        "2027-06-14",
        "2027-09-27",
        "2027-10-25",
    ),
    "ks": ("2026-12-08", "2027-01-19", "2027-02-09", "2027-03-09", "2027-04-13", "2027-05-25", "2027-09-14"),
    "namnd": ("2026-12-17", "2027-01-28", "2027-02-25", "2027-03-25", "2027-04-29", "2027-08-26"),
    "au": ("2026-12-03", "2027-01-14", "2027-02-11", "2027-03-11", "2027-04-15", "2027-08-12"),
}


@pytest.fixture
def people(store: Store) -> dict[str, Person]:
    staff = found(store)
    with store.book() as book:
        lines = [
            MeetingLine("" if body in ("ks", "kf") else "sn", body, DAY(day), None)
            for body, days in CALENDAR.items()
            for day in days
        ]
        calendars.enter(book, lines, NAMNDER, now=NOW, actor="test")
    return staff


def _motion(store: Store, title: str = "Motion om anhörigstöd", raised: str = "2026-09-28") -> Case:
    read = reading(title, kind="remiss", matter="motion", raised=Raised(DAY(raised), "motionens datum"))
    case = take_in(store, read).case
    assert case is not None
    return case


def _steps(store: Store, case: Case) -> dict[str, str]:
    with store.look() as book:
        return {m.kind: m.planned.isoformat() for m in book.milestones(case.id) if m.planned}


def _meeting(store: Store, body: str, day: str) -> int:
    with store.look() as book:
        return next(m.id for m in book.meetings((*NAMNDER, ""), cancelled=True) if (m.body, m.day) == (body, DAY(day)))


def _state(store: Store, case: Case) -> str:
    with store.look() as book:
        plan = book.plan(case.id)
        return plan.state if plan else "none"


def test_a_motion_is_planned_when_it_comes_and_the_journal_says_so(store: Store, people: dict[str, Person]) -> None:
    case = _motion(store)
    assert _steps(store, case) == {
        "start": "2026-12-16",
        "utkast": "2027-01-27",
        "chef": "2027-02-01",
        "stab": "2027-02-03",
        "tjansteskrivelse": "2027-02-03",
        "au": "2027-02-11",
        "beslut": "2027-02-25",
        "ks": "2027-03-09",
        "kf": "2027-03-22",
    }
    assert _state(store, case) == "ok"
    with store.look() as book:
        assert [e.data["läge"] for e in book.entries(case_id=case.id) if e.what == "plan gjord"] == ["ok"]


def test_a_moved_meeting_changes_the_cases_that_used_it_and_no_other(store: Store, people: dict[str, Person]) -> None:
    motion = _motion(store)
    day = Deadline(DAY("2027-02-01"), "yttrande", "stated", "senast 1 februari", "body")
    remiss = take_in(store, reading("Remiss", deadlines=(day,))).case
    assert remiss is not None
    before = _steps(store, remiss)
    assert before["beslut"] == "2027-01-28"
    with store.book() as book:
        moved = calendars.move(
            book, _meeting(store, "namnd", "2027-02-25"), DAY("2027-02-18"), None, NAMNDER, now=NOW, actor="test"
        )
    assert moved == 1
    after = _steps(store, motion)
    assert (after["beslut"], after["au"], after["ks"]) == ("2027-02-18", "2027-02-11", "2027-03-09")
    assert _steps(store, remiss) == before
    with store.look() as book:
        assert [(p.case_id, p.news[0].partition(":")[0]) for p in book.untold_plans("sn")] == [(motion.id, "meeting")]


def test_a_cancelled_meeting_that_breaks_the_goal_is_told_with_the_next_chain(
    store: Store, people: dict[str, Person]
) -> None:
    case = _motion(store)
    late = NOW.replace(year=2027, month=1, day=20)
    with store.book() as book:
        book.meet_milestone(case.id, "start", DAY("2026-12-16"), None)
        calendars.cancel(book, _meeting(store, "namnd", "2027-02-25"), NAMNDER, now=late, actor="test")
    steps = _steps(store, case)
    assert _state(store, case) == "lost"
    assert steps["beslut"] == "2027-03-25"
    assert steps["kf"] == "2027-04-26"
    with store.look() as book:
        plan = book.plan(case.id)
        assert plan is not None
        lost = [d.clock for d in book.deadlines(case.id) if d.id in plan.lost]
        assert lost == ["goal"]
        assert plan.news == ("lost", f"meeting:{_meeting(store, 'namnd', '2027-02-25')}")


def test_the_laws_year_too_is_told_when_no_meeting_keeps_it(store: Store, people: dict[str, Person]) -> None:
    case = _motion(store, raised="2026-02-10")
    assert _state(store, case) == "lost"
    with store.look() as book:
        plan = book.plan(case.id)
        assert plan is not None
        assert {d.clock for d in book.deadlines(case.id) if d.id in plan.lost} == {"goal", "law"}
        assert plan.ends == DAY("2027-02-22")


def test_a_way_that_is_taken_instead_does_not_slip_from_day_to_day(store: Store, people: dict[str, Person]) -> None:
    case = _motion(store, raised="2026-02-10")
    before = _steps(store, case)
    for days in (1, 9, 20):
        with store.book() as book:
            assert planning.replan(book, case.id, now=NOW + dt.timedelta(days=days)) in (True, False)
        assert _steps(store, case)["kf"] == before["kf"]
    with store.book() as book:
        planning.replan(book, case.id, now=NOW.replace(year=2027, month=4, day=2))
    assert _steps(store, case)["kf"] > before["kf"]


def test_the_case_is_looked_at_anew_the_day_that_a_step_has_gone(store: Store, people: dict[str, Person]) -> None:
    case = _motion(store)
    with store.look() as book:
        assert book.plans_to_review("sn", DAY("2026-12-16")) == []
        assert book.plans_to_review("sn", DAY("2026-12-17")) == [case.id]
    with store.book() as book:
        planning.review(book, "sn", now=NOW.replace(month=12, day=17))
    assert _state(store, case) == "tight"
    with store.look() as book:
        assert book.plans_to_review("sn", DAY("2026-12-17")) == []


def test_a_corrected_day_and_a_decision_make_the_plan_anew(store: Store, people: dict[str, Person]) -> None:
    case = _motion(store)
    with store.book() as book:
        registering.correct(book, case.id, "raised", "2026-10-30", "Stod i motionen", now=NOW, actor="test")
    assert _steps(store, case)["kf"] == "2027-04-26"
    later = NOW.replace(year=2027, month=3, day=26)
    with store.book() as book:
        deciding.decided(
            book,
            case.id,
            body="Socialnämnden",
            paragraph="§ 4",
            day=DAY("2027-03-25"),
            outcome="bifall",
            now=later,
            actor="t",
        )
    assert _steps(store, case) == {"ks": "2027-04-13", "kf": "2027-04-26"}
    with store.book() as book:
        deciding.close(book, case.id, "Klart", now=later, actor="t")
    assert _steps(store, case) == {}
    assert _state(store, case) == "none"


def test_a_calendar_that_comes_later_fills_in_what_was_assumed(sqlite_store: Store) -> None:
    found(sqlite_store)
    case = _motion(sqlite_store)
    with sqlite_store.look() as book:
        plan = book.plan(case.id)
        assert plan is not None
        assert plan.assumed == ("kf", "ks", "namnd")
    with sqlite_store.book() as book:
        lines = [MeetingLine("", b, DAY(d), None) for b in ("ks", "kf") for d in CALENDAR[b]]
        lines += [MeetingLine("sn", b, DAY(d), None) for b in ("au", "namnd") for d in CALENDAR[b]]
        entered = calendars.enter(book, lines, NAMNDER, now=NOW, actor="test")
    assert (entered.new, entered.replanned) == (len(lines), 1)
    assert _steps(sqlite_store, case)["kf"] == "2027-03-22"
    with sqlite_store.book() as book:
        again = calendars.enter(book, lines, NAMNDER, now=NOW, actor="test")
    assert (again.new, again.changed, again.cancelled, again.replanned) == (0, 0, 0, 0)


def test_a_list_with_faults_names_each_line_and_enters_nothing() -> None:
    text = (
        "namnd;organ;dag;stoppdag\nsn;nämnd;2027-02-25;2027-02-11\nxx;nämnd;2027-02-26;\nsn;styrgrupp;2027-02-26;\n"
        "sn;au;2027-13-01;\nsn;au;2027-02-11;2027-02-12\n;KF;;\nsn;nämnd;2027-02-25;2027-02-10\nsn;nämnd;3027-02-25;\n"
    )
    read = meeting_lists.read_rows(sheets.rows(text.encode()), dict.fromkeys(NAMNDER, "Nämnden"), NOW.date())
    assert [f.partition(":")[0] for f in read.faults] == [
        "Rad 3",
        "Rad 4",
        "Rad 5",
        "Rad 6",
        "Rad 7",
        "Rad 9",
        "Rad 8",
    ]


def test_what_is_written_out_is_read_back(store: Store, people: dict[str, Person]) -> None:
    with store.look() as book:
        meetings = book.meetings((*NAMNDER, ""), cancelled=True)
    text = meeting_lists.write_meetings(meetings)
    lines = meeting_lists.read_rows(sheets.rows(text.encode()), dict.fromkeys(NAMNDER, "Nämnden"), NOW.date()).lines
    assert [(x.namnd, x.body, x.day, x.stop) for x in lines] == [(m.namnd, m.body, m.day, m.stop) for m in meetings]


def test_a_meeting_that_has_been_or_stands_already_is_refused_in_plain_words(
    store: Store, people: dict[str, Person]
) -> None:
    with store.book() as book:
        for meeting, day, said in (
            (_meeting(store, "au", "2026-12-03"), "2027-01-14", "har redan ett möte"),
            (_meeting(store, "au", "2026-12-03"), "2026-11-02", "har varit"),
        ):
            with pytest.raises(Invalid, match=said):
                calendars.move(book, meeting, DAY(day), None, NAMNDER, now=NOW, actor="t")
        calendars.cancel(book, _meeting(store, "au", "2026-12-03"), NAMNDER, now=NOW, actor="t")
        with pytest.raises(Invalid, match="inställt redan"):
            calendars.cancel(book, _meeting(store, "au", "2026-12-03"), NAMNDER, now=NOW, actor="t")


def test_a_secret_case_has_no_plan(store: Store, people: dict[str, Person]) -> None:
    case = _motion(store)
    with store.book() as book:
        book.change_case(case.id, secret=True)
        planning.replan(book, case.id, now=NOW)
    assert _steps(store, case) == {}


def _lost(store: Store) -> Case:
    case = _motion(store, raised="2026-08-10")
    assert _state(store, case) == "lost"
    return case


def test_a_way_that_a_person_chooses_is_kept_until_it_too_is_lost(store: Store, people: dict[str, Person]) -> None:
    case = _lost(store)
    actor = f"person:{people['anders'].id}"
    with store.book() as book:
        planning.choose(book, case.id, DAY("2027-03-22"), now=NOW, actor=actor)
    chosen = _steps(store, case)
    assert (chosen["beslut"], chosen["kf"]) == ("2027-02-25", "2027-03-22")
    for days in (1, 9, 20):
        with store.book() as book:
            planning.replan(book, case.id, now=NOW + dt.timedelta(days=days))
        assert _steps(store, case) == chosen
    with store.look() as book:
        told = [e for e in book.entries(case_id=case.id) if e.what == "plan vald"]
        assert [(e.actor, e.data["slutar"], e.data["förut"]) for e in told] == [(actor, "2027-03-22", "2027-02-22")]
        assert book.case(case.id).version > case.version
    with store.book() as book:
        calendars.cancel(book, _meeting(store, "kf", "2027-03-22"), NAMNDER, now=NOW, actor="test")
    assert _steps(store, case)["kf"] == "2027-02-22"


def test_only_a_way_that_is_offered_can_be_chosen_and_only_when_the_target_is_lost(
    store: Store, people: dict[str, Person]
) -> None:
    case, fine = _lost(store), _motion(store, "Motion i tid")
    for day in ("2027-01-25", "2027-02-23", "2027-04-26", "2029-01-01"):
        with pytest.raises(Invalid, match="går inte längre att följa"), store.book() as book:
            planning.choose(book, case.id, DAY(day), now=NOW, actor="test")
    with pytest.raises(TooLate, match="kan nås igen"), store.book() as book:
        planning.choose(book, fine.id, DAY("2027-03-22"), now=NOW, actor="test")
    with store.book() as book:
        book.change_case(case.id, secret=True)
    with pytest.raises(Invalid, match="ingen plan"), store.book() as book:
        planning.choose(book, case.id, DAY("2027-02-22"), now=NOW, actor="test")


def test_a_way_that_passes_the_laws_year_is_not_chosen_where_another_keeps_it(
    store: Store, people: dict[str, Person]
) -> None:
    case = _motion(store, raised="2026-02-26")  # the law's day is 26 February 2027: only the soonest chain keeps it
    assert _steps(store, case)["kf"] == "2027-02-22"
    with store.look() as book:
        plan = book.plan(case.id)
        assert plan is not None
        view = outlook(book, case, plan, NOW.date())
        assert view is not None
        assert [(o.way.last, [d.clock for d in o.worse]) for o in view.offers] == [
            (DAY("2027-03-22"), ["law"]),
            (DAY("2027-02-22"), []),
        ]
    with pytest.raises(Invalid, match="passerar en dag"), store.book() as book:
        planning.choose(book, case.id, DAY("2027-03-22"), now=NOW, actor="test")


def test_the_day_that_time_is_counted_from_keeps_what_day_it_is(store: Store, people: dict[str, Person]) -> None:
    case = _motion(store)
    kinds = (("2026-10-06", "inkom till kommunen"), ("2026-10-06", "fullmäktige tog emot det"), ("2026-10-07", ""))
    with store.book() as book:
        for day, which in kinds:
            registering.correct(book, case.id, "raised", day, "rutin", now=NOW, actor="test", which=which)
            after = book.case(case.id)
            assert (after.raised, after.raised_which) == (DAY(day), which or "rättat")
    with store.look() as book:
        told = [e for e in book.entries(case_id=case.id) if e.what == "rättat"]
    told = sorted(told, key=lambda e: e.seq)
    assert [((e.personal or {})["räknat förut från"], (e.personal or {})["räknat från"]) for e in told] == [
        ("motionens datum", "inkom till kommunen"),
        ("inkom till kommunen", "fullmäktige tog emot det"),
        ("fullmäktige tog emot det", "rättat"),
    ]
    assert all(e.personal and e.personal["från"] for e in told)
    assert all(e.data == {"uppgift": "raised"} for e in told)  # what somebody wrote can be weeded


def test_a_body_that_a_letter_names_asks_for_a_plain_answer_where_no_meeting_is_passed(
    store: Store, people: dict[str, Person]
) -> None:
    day = Deadline(DAY("2027-05-04"), "behandlas före kommunstyrelsen", "stated", "före den 4 maj", "body")
    case = take_in(store, reading("Brev", kind="other", deadlines=(day,)), now=NOW).case
    assert case is not None
    assert _state(store, case) == "ok"
    steps = _steps(store, case)
    assert steps["svar_skickat"] == "2027-05-04"
    assert not {"au", "beslut", "ks", "kf"} & set(steps)
