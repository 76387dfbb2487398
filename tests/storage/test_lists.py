"""Lists of cases: each filter and each order asked of the database, and a day's post."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

import pytest

from storage.case_lists import ANSWERED, DECIDED, FULLMAKTIGES
from storage.records import CaseFilter, CaseState, NewDocument
from storage.store import Book, Store
from tests.builders import NOW, STOCKHOLM

TODAY = NOW.date()


def a_case(book: Book, title: str, *, came: dt.datetime = NOW, number: int = 0, **more: Any) -> int:
    """Open a case of the nämnd sn with that title, numbered where a number is given."""
    fields: dict[str, Any] = {"state": "open", "kind": "other", "matter": None, "sender": None, "namnd": "sn"} | more
    case = book.open_case(title=title, inkommen_at=came, now=came, **fields)
    if number:
        key = f"{fields['namnd']}|{came.year}|{number}"
        book.number_case(case, f"SN {came.year}-{number}", key, year=came.year, number=number)
    return case


def a_day(book: Book, case: int, day: dt.date, clock: str = "stated") -> None:
    book.put_deadline(case, document_id=None, date=day, purpose="svar", clock=clock, sentence="", source="")


def titles(book: Book, **asked: Any) -> list[str]:
    """Return the titles of a list, having seen that it counts as many as it shows and one by one gives the same."""
    which = CaseFilter(namnder=("sn",), **asked)
    found = [row.case.title for row in book.cases(which)]
    assert book.count_cases(which) == len(found)
    assert [row.case.title for row in book.each_case(which)] == found
    return found


def test_late_is_what_has_an_active_day_behind_it(store: Store) -> None:
    with store.book() as book:
        late, met, ahead, both = (a_case(book, t) for t in ("sen", "mött", "framåt", "båda"))
        for case, day in ((late, -1), (met, -1), (ahead, 0), (both, -9), (both, 9)):
            a_day(book, case, TODAY + dt.timedelta(days=day))
        book.end_deadlines([d.id for d in book.deadlines(met)], "met")
        a_case(book, "utan dag")
    with store.look() as book:
        assert titles(book, late_on=TODAY) == ["båda", "sen"]
        assert titles(book, late_on=TODAY + dt.timedelta(days=1)) == ["båda", "sen", "framåt"]


def test_who_has_it_and_who_is_waited_for(store: Store) -> None:
    with store.book() as book:
        karin = book.put_person("Karin", "karin@ekeby.example")
        mine, others = a_case(book, "Karins"), a_case(book, "hos KF")
        a_case(book, "ingens")
        book.change_case(mine, handlaggare_id=karin.id)
        book.change_case(others, waiting_for="KF")
    with store.look() as book:
        assert titles(book, unassigned=True) == ["ingens", "hos KF"]
        assert titles(book, unassigned=True, waiting=False) == ["ingens"]
        assert titles(book, waiting=True) == ["hos KF"]
        assert titles(book, handlaggare_id=karin.id) == ["Karins"]


def test_days_of_coming_are_days_in_stockholm(store: Store) -> None:
    with store.book() as book:
        for title, at in (
            ("kvällen före", dt.datetime(2026, 11, 22, 23, 59, tzinfo=STOCKHOLM)),
            ("vid midnatt", dt.datetime(2026, 11, 23, 0, 0, tzinfo=STOCKHOLM)),
            ("sent på dagen", dt.datetime(2026, 11, 23, 23, 59, 59, tzinfo=STOCKHOLM)),
            ("dagen efter", dt.datetime(2026, 11, 24, 0, 0, tzinfo=STOCKHOLM)),
        ):
            a_case(book, title, came=at)
    day = dt.date(2026, 11, 23)
    with store.look() as book:
        assert titles(book, came_from=day, came_to=day, sort="inkommet") == ["vid midnatt", "sent på dagen"]
        assert titles(book, came_from=day + dt.timedelta(days=1)) == ["dagen efter"]
        assert titles(book, came_to=day - dt.timedelta(days=1)) == ["kvällen före"]


@pytest.mark.parametrize(
    ("kind", "state", "steps", "day", "asked"),
    [
        ("motion", "open", (), None, True),
        ("motion", "open", ("beslut", "svar_skickat"), None, True),  # fullmäktige has not decided
        ("motion", "closed", ("beslut", "svar_skickat"), None, False),
        ("medborgarforslag", "waiting_dnr", (), None, True),
        ("remiss", "open", (), None, True),
        ("remiss", "open", ("beslut",), None, True),  # decided, and not sent
        ("remiss", "open", ("beslut", "svar_skickat"), None, False),
        ("namndinitiativ", "open", (), None, True),
        ("namndinitiativ", "open", ("beslut",), None, False),
        ("other", "open", (), None, False),
        ("other", "open", (), "stated", True),  # a letter wants an answer by a day
        ("other", "open", (), "goal", False),
        ("other", "open", ("svar_skickat",), "stated", False),
        ("remiss", "makulerad", (), "stated", False),
    ],
)
def test_unanswered_is_what_is_asked_and_not_given(
    store: Store, kind: str, state: CaseState, steps: tuple[str, ...], day: str | None, asked: bool
) -> None:
    with store.book() as book:
        case = a_case(book, "ärendet", kind=kind, state=state)
        for step in steps:
            book.meet_milestone(case, step, TODAY, None)
        if day:
            a_day(book, case, TODAY, day)
    with store.look() as book:
        assert bool(titles(book, unanswered=True)) is asked


def test_a_remiss_over_a_motion_is_a_motion(store: Store) -> None:
    with store.book() as book:
        case = a_case(book, "remissen", kind="remiss", matter="motion")
        book.meet_milestone(case, "svar_skickat", TODAY, None)
    with store.look() as book:
        assert titles(book, unanswered=True) == ["remissen"]


def test_every_kind_that_is_asked_for_is_one_that_the_house_knows() -> None:
    from handlers import deciding, kinds

    asked = (*FULLMAKTIGES, *ANSWERED, *DECIDED)
    assert [kinds.kind_of(name).name for name in asked] == list(asked)
    assert set(FULLMAKTIGES) == deciding._FOR_FULLMAKTIGE


def ordered(book: Book, sort: Literal["nummer", "inkommet", "titel", "handlaggare", "bradskande"]) -> tuple[str, str]:
    """Return the first letters of the titles in that order, and turned round."""
    one, other = (
        "".join(t[0] for t in titles(book, sort=sort, descending=down, include_secret=True)) for down in (False, True)
    )
    return one, other


def test_orders_turn_and_keep_what_is_empty_and_secret_last(store: Store) -> None:
    with store.book() as book:
        people = [book.put_person(n, f"{n}@ekeby.example") for n in ("Östen", "Åsa", "Zara", "Ärla")]
        made = [
            a_case(book, title, number=n, came=NOW - dt.timedelta(days=n))
            for n, title in enumerate(("Åtgärd", "ängar", "Zon", "Öppet", "Xtra", "hemligt"), start=1)
        ]
        for case, person, days in zip(made, people, (4, 1, 3, 2), strict=False):
            book.change_case(case, handlaggare_id=person.id)
            a_day(book, case, TODAY + dt.timedelta(days=days))
        book.change_case(made[5], secret=True, handlaggare_id=people[1].id)
        a_day(book, made[5], TODAY - dt.timedelta(days=9))
    with store.look() as book:
        assert ordered(book, "nummer") == ("ÅäZÖXh", "hXÖZäÅ")
        assert ordered(book, "inkommet") == ("hXÖZäÅ", "ÅäZÖXh")
        assert ordered(book, "titel") == ("XZÅäÖh", "ÖäÅZXh")
        assert ordered(book, "handlaggare") == ("ZäÖÅXh", "ÅÖäZXh")
        assert ordered(book, "bradskande") == ("äÖZÅXh", "ÅZÖäXh")


def test_what_has_no_number_stands_last_by_number(store: Store) -> None:
    with store.book() as book:
        a_case(book, "utan", state="waiting_dnr")
        for number in (10, 9):
            a_case(book, f"{number}", number=number)
    with store.look() as book:
        assert titles(book, sort="nummer") == ["9", "10", "utan"]
        assert titles(book, sort="nummer", descending=True) == ["10", "9", "utan"]


def test_a_long_list_comes_whole_and_in_its_order(store: Store) -> None:
    with store.book() as book:
        for number in range(1, 1203):
            a_case(book, f"{number}", number=number)
    with store.look() as book:
        found = list(book.each_case(CaseFilter(namnder=("sn",), sort="nummer", limit=1200)))
    assert [row.case.number for row in found] == list(range(1, 1201))


def test_the_first_year_is_that_of_the_oldest_number(store: Store) -> None:
    with store.book() as book:
        assert book.first_year(("sn", "un")) is None
        a_case(book, "ny", number=1)
        a_case(book, "gammal", number=2, came=NOW.replace(year=2019), namnd="un")
        assert book.first_year(("sn", "un")) == 2019
        assert book.first_year(("sn",)) == 2026


def test_a_days_post_holds_letters_and_handlingar_of_that_day_alone(store: Store) -> None:
    with store.book() as book:
        karin = book.put_person("Karin", "karin@ekeby.example")
        case, other = a_case(book, "ärendet", number=1), a_case(book, "grannens", namnd="un", number=1)
        book.change_case(case, handlaggare_id=karin.id)
        yesterday = NOW - dt.timedelta(days=1)

        def letter(key: str, at: dt.datetime, namnd: str = "sn") -> int:
            return book.arrive(namnd, key, raw_sha256=key, reference=key, received_at=at, now=at)[0].id

        in_case, waiting = letter("a", NOW), letter("b", NOW)
        letter("c", yesterday)
        letter("d", NOW, "un")
        paper = book.put_document(case, NewDocument("remiss", "brev", arrival_id=in_case, inkommen_at=NOW), now=NOW)
        book.put_document(case, NewDocument("bilaga", "bilaga", attachment=True, inkommen_at=NOW), now=NOW)
        book.put_document(case, NewDocument("svar", "svaret", direction="ut"), now=NOW)
        book.put_document(case, NewDocument("svar", "förra", direction="ut", inkommen_at=yesterday), now=NOW)
        book.put_document(other, NewDocument("svar", "deras", direction="ut"), now=NOW)
        book.settle(in_case, "registered", case_id=case, document_id=paper.id)
    with store.look() as book:
        found = book.entries_of_day(("sn",), TODAY)
        told = [(e.arrival.id if e.arrival else None, e.document.title if e.document else None) for e in found]
        assert told == [(in_case, "brev"), (waiting, None), (None, "svaret")]
        assert [(e.case.id if e.case else None, e.handlaggare) for e in found] == [
            (case, "Karin"),
            (None, ""),
            (case, "Karin"),
        ]
        registered = book.entries_of_day(("sn",), TODAY, registered=True)
        assert [e.document.title for e in registered if e.document] == ["brev", "svaret"]
        assert [e.arrival.id for e in registered if e.arrival] == [in_case]
        assert len(book.entries_of_day(("sn",), TODAY, limit=1)) == 1
