"""A small year keeps every promise, and the checker complains when the house is broken on purpose."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from handlers import approving, assignment, calendars, digests, intake, plan_news, reminding, review
from handlers.notices import queue
from handlers.reminders import clock
from handlers.rules import deadlines, numbering
from storage import tables
from storage.due import DuePages
from storage.numbers import NumberPages
from storage.records import Namnd, Reminded
from storage.store import Book
from tests.year import almanac, meetings, moves, running
from tests.year.checker import CHECKS, rung
from tests.year.town import SMALL, Size, build

# Enough of a year for a house that is broken to be seen.
FEW = Size(2, 8, 600)
SEED, DAYS = 1, 45


def test_a_small_year_keeps_every_promise(tmp_path: Path) -> None:
    """From September over the clocks' change, Christmas, new year and a new mandate."""
    store = running.open_store(f"sqlite:///{tmp_path / 'year.db'}")
    year = running.run(store, SEED, SMALL, days=128)
    store.close()
    assert year.broken == ()
    assert year.counts["cases"] > 20
    assert year.counts["sent paminnelse"] > 20


def test_the_same_seed_lives_the_same_year(tmp_path: Path) -> None:
    years = []
    for name in ("one", "two"):
        store = running.open_store(f"sqlite:///{tmp_path / f'{name}.db'}")
        years.append(running.run(store, 7, FEW, days=15))
        store.close()
    assert years[0].counts == years[1].counts


def _none(*_: object, **__: object) -> int:
    return 0


Patch = Callable[[pytest.MonkeyPatch], None]


def no_reminders(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(reminding, "queue_due", _none)


def no_step_after_the_day(patch: pytest.MonkeyPatch) -> None:
    due = clock.due
    patch.setattr(clock, "due", lambda ladder, day, today: None if today > day else due(ladder, day, today))


def reminders_twice_a_day(patch: pytest.MonkeyPatch) -> None:
    count = iter(range(10**6))
    key = lambda person, day, namnd: f"{namnd.key}:{person.id}:{day}:{next(count)}"  # noqa: E731
    patch.setattr(queue, "reminder_key", key)
    patch.setattr(Book, "look_at_days", lambda book, days: None)
    put = DuePages.put_all_reminded

    def all_new(book: Book, rows: Sequence[Reminded]) -> set[tuple[int, int, int]]:
        put(book, rows)
        return {(r.deadline_id, r.step, r.person_id) for r in rows}

    patch.setattr(Book, "put_all_reminded", all_new)


def at_any_hour(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(queue, "may_go", lambda now: None)
    patch.setattr(queue, "next_working_time", lambda moment: moment)


def silence_is_left_alone(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(assignment, "chase", _none)


def asked_every_morning(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(assignment, "workdays_after", lambda day, count: day + dt.timedelta(days=1))


def the_absent_are_asked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(assignment, "present", lambda book, person, today, namnd=None: person)


def strangers_are_asked(patch: pytest.MonkeyPatch) -> None:
    """Any nämnd's managers are asked."""
    patch.setattr(
        assignment, "with_role", lambda book, namnd, role, today: [r.person for r in book.roles(on=today, role=role)]
    )
    patch.setattr(assignment, "present", lambda book, person, today, namnd=None: person)


def the_closed_are_asked_about(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Book, "drop_questions", lambda *_, **__: None)
    patch.setattr(assignment, "chase", _ask_about_everything)


def _ask_about_everything(book: Book, namnd: Namnd, *, now: dt.datetime) -> int:
    for question in book.questions(namnder=(namnd.key,), kind="handlaggare", state="open"):
        asked = book.askings(question.id)
        person = book.person(asked[0].person_id) if asked else None
        if person:
            assignment._ask(book, question, person, 1 + asked[-1].step, namnd, now)
    return 0


def the_secret_is_told(patch: pytest.MonkeyPatch) -> None:
    """A case that is made secret keeps its words, and messages show them."""
    patch.setattr(review, "_hide_case", lambda book, case_id: None)
    patch.setattr(review, "_hide_letter", lambda book, arrival: None)


def a_number_is_skipped(patch: pytest.MonkeyPatch) -> None:
    take = NumberPages.take_number

    def skip(book: NumberPages, namnd: str, year: int, first: int) -> int:
        number = take(book, namnd, year, first)
        return take(book, namnd, year, first) if number == 3 else number

    patch.setattr(Book, "take_number", skip)


def the_year_of_a_number_is_wrong(patch: pytest.MonkeyPatch) -> None:
    render = numbering.render
    patch.setattr(numbering, "render", lambda template, prefix, year, n: render(template, prefix, year + 1, n))


def the_journals_head_is_changed(patch: pytest.MonkeyPatch) -> None:
    append = Book._append

    def forget(book: Book, namnd: str, lines: list[dict[str, Any]]) -> None:
        append(book, namnd, lines)
        heads = tables.journal_heads
        book._run(sa.update(heads).where(heads.c.namnd == namnd).values(hash="0" * 64))

    patch.setattr(Book, "_append", forget)


def a_letter_is_dropped(patch: pytest.MonkeyPatch) -> None:
    register = intake.register

    def forget(book: Book, arrival_id: int, *rest: object) -> object:
        outcome = register(book, arrival_id, *rest)  # type: ignore[arg-type]
        if arrival_id % 9 == 0:
            book.settle(arrival_id, "arrived")
        return outcome

    patch.setattr(intake, "register", forget)


def goals_move_to_a_working_day(patch: pytest.MonkeyPatch) -> None:
    add = deadlines.add_months
    patch.setattr(deadlines, "add_months", lambda day, months: add(day, months) + dt.timedelta(days=1))


def digests_twice(patch: pytest.MonkeyPatch) -> None:
    def twice(book: Book, namnd: Namnd, *, now: dt.datetime) -> int:
        for role in book.roles(on=now.date(), namnd=namnd.key, role="manager"):
            for number in (1, 2):
                book.queue(
                    "veckan",
                    f"{namnd.key}:{now}:{role.person.id}:{number}",
                    namnd=namnd.key,
                    address=role.person.email,
                    message_id=f"<{now}{number}{role.person.id}{namnd.key}>",
                    now=now,
                    person_id=role.person.id,
                    data={"when": queue.digest_of("veckan", now.date())},
                )
        return 0

    patch.setattr(digests, "queue_weekly", twice)


def nobody_is_asked_after_reopening(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Book, "untaken", lambda *_, **__: [])


def news_of_plans_is_kept(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(plan_news, "tell", _none)


def steps_are_not_told(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(reminding, "_steps_due", lambda *_: [])


def nobody_approves(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(approving, "go_on", _none)


def moved_meetings_are_left_in_plans(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(calendars, "_replan", lambda *_, **__: set())


def new_cases_are_not_kept_for_the_search(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Book, "_grew", lambda *_: None)


def the_nearest_day_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    put = Book.put_deadline

    def forget(book: Book, case_id: int, **rest: Any) -> bool:
        new = put(book, case_id, **rest)
        book._run(sa.update(tables.cases).where(tables.cases.c.id == case_id).values(next_day=None))
        return new

    patch.setattr(Book, "put_deadline", forget)


# How the house is broken, and the check that must complain.
BREAKS: tuple[tuple[Patch, str], ...] = (
    (no_reminders, "clocks_are_told"),
    (no_step_after_the_day, "clocks_are_told"),
    (goals_move_to_a_working_day, "law_days_are_right"),
    (digests_twice, "nobody_gets_more_than_their_share"),
    (reminders_twice_a_day, "nothing_is_said_twice"),
    (asked_every_morning, "questions_are_patient"),
    (silence_is_left_alone, "silence_is_chased"),
    (nobody_is_asked_after_reopening, "untaken_cases_are_asked_about"),
    (the_absent_are_asked, "the_asked_are_at_work"),
    (strangers_are_asked, "the_asked_have_a_role"),
    (at_any_hour, "nothing_at_night"),
    (the_closed_are_asked_about, "closed_cases_are_quiet"),
    (the_secret_is_told, "nothing_secret_is_told"),
    (a_number_is_skipped, "numbers_are_whole"),
    (the_year_of_a_number_is_wrong, "numbers_are_whole"),
    (the_journals_head_is_changed, "the_journal_is_unbroken"),
    (a_letter_is_dropped, "no_letter_is_lost"),
    (news_of_plans_is_kept, "lost_targets_are_told"),
    (steps_are_not_told, "steps_are_told"),
    (nobody_approves, "approvals_are_asked_for"),
    (moved_meetings_are_left_in_plans, "plans_keep_their_target_or_say_so"),
    (new_cases_are_not_kept_for_the_search, "cases_are_found_by_what_they_are"),
    (the_nearest_day_is_forgotten, "cases_know_their_nearest_day"),
)

# What is rare happens each day, so that a few weeks are enough to see it.
OFTEN = {
    "untaken_cases_are_asked_about": (moves.closed_by_hand, moves.reopened),
    "closed_cases_are_quiet": (moves.closed_by_hand,),
    "nothing_secret_is_told": (moves.found_to_be_secret,),
    "plans_keep_their_target_or_say_so": (meetings.moved,),
    "approvals_are_asked_for": (moves.drafted,),
}


@pytest.mark.parametrize(("broken", "check"), BREAKS, ids=[b.__name__ for b, _ in BREAKS])
def test_the_checker_complains_of_a_broken_house(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: Patch, check: str
) -> None:
    broken(monkeypatch)
    for often in OFTEN.get(check, ()):
        monkeypatch.setattr(moves, "EVENTS", ((5.0, often), *moves.EVENTS))
    store = running.open_store(f"sqlite:///{tmp_path / 'year.db'}")
    year = running.run(store, SEED, FEW, days=DAYS, go_on=True, strict=True, until=check)
    store.close()
    assert check in {b.check for b in year.broken}


def test_every_check_has_been_seen_to_bite() -> None:
    assert {c.__name__ for c in CHECKS} == {check for _, check in BREAKS}


def test_the_checkers_ladder_is_the_handbooks() -> None:
    day = dt.date(2026, 12, 10)
    left = {n: rung("stated", day, day - n * almanac.DAY) for n in (15, 14, 8, 7, 1, 0, -1, -7, -8)}
    assert {n: r and r[0] for n, r in left.items()} == {
        15: None, 14: 14, 8: 14, 7: 7, 1: 1, 0: 0, -1: -1, -7: -1, -8: -8,
    }  # fmt: skip


def test_a_town_is_made_of_its_seed() -> None:
    assert build(3, SMALL) == build(3, SMALL) != build(9, SMALL)
    assert {p.role for p in build(3, SMALL).posts} >= {"registrator", "sekretess", "manager", "handlaggare"}
