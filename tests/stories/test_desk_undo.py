"""Undo at the desk: what was done is taken back honestly, once, and only while nothing has built on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from handlers import demands, desk_undoing, mornings, moving, registering, review
from handlers.desk_undoing import CONFIRMED, HANDED_OVER, HIDDEN, JOINED, LEFT_OUT, NUMBERED, OPENED, kept
from handlers.errors import NotAllowed, TooLate
from handlers.reading.reading import Deadline, Decision, Finding
from storage import tables
from storage.records import Arrival, Case, Person
from storage.store import Book, Store
from tests.builders import NOW, SN, found, reading, take_in

LATER = NOW + dt.timedelta(minutes=5)


@pytest.fixture
def people(store: Store) -> dict[str, Person]:
    return found(store)


def _asked(store: Store, title: str = "Oklart brev", **more: Any) -> int:
    findings = (Finding("title", title, 0.6, title, "body"),)
    outcome = take_in(store, reading(title, review=("Osäkert vad brevet är",), findings=findings, **more))
    assert outcome.state == "review"
    return outcome.arrival.id


def _do(
    store: Store, act: str, arrival: int, who: Person, do: Callable[[Book], object], case: int | None = None
) -> int:
    with store.book() as book:
        return kept(book, act, arrival, who, lambda: do(book), now=NOW, case_id=case).id


def _undo(store: Store, act: int, arrival: int, who: Person, now: dt.datetime = LATER) -> str:
    with store.book() as book:
        return desk_undoing.undo(book, act, arrival, who, SN, now=now)


def _arrival(store: Store, arrival: int) -> Arrival:
    with store.look() as book:
        return book.arrival(arrival)


def _case(store: Store, case_id: int = 1) -> Case:
    with store.look() as book:
        return book.case(case_id)


def _told(store: Store, **where: int) -> list[str]:
    with store.look() as book:
        return [e.what for e in sorted(book.entries(**where), key=lambda e: e.seq)]  # type: ignore[arg-type]


def test_a_confirmed_letter_keeps_its_number_and_is_asked_about_again_as_it_was_read(
    store: Store, people: dict[str, Person]
) -> None:
    day = Deadline(dt.date(2027, 2, 26), "yttrande", "stated", "senast", "body")
    arrival, ylva = _asked(store, deadlines=(day,), external_dnr=("KS 2026-5",)), people["ylva"]
    right = {"title": "Fel rättelse", "matter": "motion", "raised": "2026-11-02", "deadline": "2027-03-01"}
    right |= {"external": "KS 2026-5, KS 2026-6", "sender": "Någon annan"}
    read = review.facts_of(review.reading_of(_arrival(store, arrival)))
    act = _do(
        store, CONFIRMED, arrival, ylva, lambda b: review.confirm(b, arrival, ylva, SN, now=NOW, corrections=right)
    )
    assert "Numret SN 2026-1 står kvar" in _undo(store, act, arrival, people["ylva"])
    case, after = _case(store), _arrival(store, arrival)
    assert (case.dnr, case.title, case.matter, case.raised) == ("SN 2026-1", "Oklart brev", None, None)
    assert (case.sender or "") == read["sender"]
    assert (after.state, after.confirmed_at, after.questions) == (
        "registered",
        None,
        ("Granskningen ångrades. Stämmer uppgifterna?",),
    )
    assert review.facts_of(review.reading_of(after)) == read
    with store.look() as book:
        assert [(d.clock, d.date, d.confirmed_by) for d in book.deadlines(1, active=True)] == [
            ("stated", dt.date(2027, 2, 26), None)
        ]
        assert [e.raw for e in book.externals(1)] == ["KS 2026-5"]
        assert {(f.confirmed_by, f.corrected_to) for f in book.findings(arrival)} == {(None, None)}
        assert book.corrections(("sn",)) == []
        assert [a.id for a in book.waiting(("sn",))] == [arrival]
    told = _told(store, case_id=1)
    assert told[-1] == "ångrat vid granskning"
    assert told.count("rättat") == 5
    # And it is confirmed once more, in the same case.
    with store.book() as book:
        again = review.confirm(book, arrival, ylva, SN, now=LATER, corrections={"title": "Rätt"})
    assert again.case is not None
    assert (again.case.id, again.case.title) == (1, "Rätt")


def test_a_registered_letter_that_was_looked_at_is_asked_about_again(store: Store, people: dict[str, Person]) -> None:
    outcome = take_in(store, reading("Motion om bussar"))
    arrival, ylva = outcome.arrival.id, people["ylva"]
    assert outcome.state == "registered"
    with store.book() as book:
        book.settle(arrival, "registered", questions=("Stämmer dagen?",))
    right = {"title": "Motion om tåg", "raised": "2026-11-02", "kind": "motion"}
    act = _do(
        store, CONFIRMED, arrival, ylva, lambda b: review.confirm(b, arrival, ylva, SN, now=NOW, corrections=right)
    )
    assert _case(store).title == "Motion om tåg"
    with store.look() as book:
        assert len(book.deadlines(1, active=True)) == 2  # the goal and the law's
    _undo(store, act, arrival, ylva)
    assert (_case(store).title, _case(store).raised) == ("Motion om bussar", None)
    assert _arrival(store, arrival).questions == ("Stämmer dagen?",)
    with store.look() as book:
        assert book.deadlines(1, active=True) == []


def test_a_letter_that_was_joined_is_taken_out_and_ends_nothing(store: Store, people: dict[str, Person]) -> None:
    first = Deadline(dt.date(2027, 2, 26), "yttrande", "stated", "senast", "body")
    take_in(store, reading("Remiss om bussar", kind="remiss", deadlines=(first,), demands=("att köra",)))
    moved = Deadline(
        dt.date(2027, 4, 1), "yttrande", "stated", "ny tid", "body", moved_from=dt.date(2027, 2, 26), replaces=True
    )
    arrival = _asked(
        store,
        kind="protokollsutdrag",
        deadlines=(moved,),
        demands=("att stanna",),
        external_dnr=("KS 2026-77",),
        meeting=Decision("Kommunstyrelsen", dt.date(2026, 11, 20), "§ 9"),
    )
    ylva = people["ylva"]
    with store.look() as book:
        stand = book.case_stand(1)
    act = _do(store, JOINED, arrival, ylva, lambda b: review.join(b, arrival, 1, ylva, SN, now=NOW), case=1)
    with store.look() as book:
        assert [d.date for d in book.deadlines(1, active=True)] == [dt.date(2027, 4, 1)]
        assert len(book.demands(1)) == 2
    said = _undo(store, act, arrival, ylva)
    assert "ligger inte längre i SN 2026-1" in said
    with store.look() as book:
        assert [d.date for d in book.deadlines(1, active=True)] == [dt.date(2027, 2, 26)]
        now_stands = book.case_stand(1)
        assert {k: now_stands[k] for k in ("demands", "external_numbers", "decisions")} == {
            k: stand[k] for k in ("demands", "external_numbers", "decisions")
        }
        papers = {d.number: d.makulerad for d in book.documents(1)}
    assert papers == {1: False, 2: True}
    after = _arrival(store, arrival)
    assert (after.state, after.folder, after.case_id, after.document_id) == ("review", "granska", None, None)
    assert after.reasons == ("Osäkert vad brevet är",)
    assert _told(store, case_id=1)[-2:] == ["handling uttagen", "ångrat vid granskning"]
    with store.book() as book:
        assert review.confirm(book, arrival, ylva, SN, now=LATER).new_case


def test_a_recommendation_that_is_followed_stands_when_a_letter_is_taken_out_again(
    store: Store, people: dict[str, Person]
) -> None:
    take_in(store, reading("Granskning av hemtjänsten", kind="revisionsgranskning", demands=("att skriva en rutin",)))
    arrival, ylva, due = _asked(store), people["ylva"], dt.date(2027, 3, 1)
    with store.book() as book:
        demands.follow(
            book,
            1,
            1,
            measure="Rutinen skrivs",
            responsible_id=people["karin"].id,
            due=due,
            state="klar",
            waits_for="",
            done_on=NOW.date(),
            now=NOW - dt.timedelta(minutes=1),
            actor=f"person:{ylva.id}",
        )
        before = book.demands(1)
    act = _do(store, JOINED, arrival, ylva, lambda b: review.join(b, arrival, 1, ylva, SN, now=NOW), case=1)
    _undo(store, act, arrival, ylva)
    with store.look() as book:
        assert book.demands(1) == before
        assert (before[0].due, before[0].done_on) == (due, NOW.date())


def test_what_was_asked_is_asked_again_when_the_minutes_lay_in_the_wrong_case(
    store: Store, people: dict[str, Person]
) -> None:
    take_in(store, reading("Remiss om bussar", matter="motion"))
    with store.look() as book:
        asked = [q.id for q in book.questions(case_id=1, state="open")]
    assert asked
    minutes = {"kind": "protokollsutdrag", "outcome": "bifall"}
    arrival, ylva = (
        _asked(store, meeting=Decision("Socialnämnden", dt.date(2026, 11, 20), "§ 9"), **minutes),
        people["ylva"],
    )
    act = _do(store, JOINED, arrival, ylva, lambda b: review.join(b, arrival, 1, ylva, SN, now=NOW), case=1)
    with store.look() as book:
        assert book.questions(case_id=1, state="open") == []
    _undo(store, act, arrival, ylva)
    with store.look() as book:
        assert [q.id for q in book.questions(case_id=1, state="open")] == asked


def test_the_receipt_that_nobody_has_got_is_taken_back_and_who_got_one_is_told(
    store: Store, people: dict[str, Person]
) -> None:
    take_in(store, reading("Remiss om bussar"))
    take_in(store, reading("Remiss om cyklar"))
    ylva = people["ylva"]
    arrivals = [_asked(store, f"Oklart {n}", sender=ylva.email) for n in (1, 2)]
    for case, number, sent in zip((1, 2), arrivals, (False, True), strict=True):

        def join(book: Book, number: int = number, case: int = case) -> object:
            return review.join(book, number, case, ylva, SN, now=NOW)

        act = _do(store, JOINED, number, ylva, join, case=case)
        key = f"sn:kvitto:{number}"
        with store.book() as book:
            receipt = book.notice_by_key(key)
            assert receipt is not None
            if sent:
                claimed = book.claim_notice("me", now=NOW, seconds=60, kinds=("kvitto",))
                assert claimed is not None
                assert book.notice_sent(claimed, now=NOW)
        _undo(store, act, number, ylva)
        with store.look() as book:
            assert (book.notice_by_key(key) is not None) is sent
            assert book.is_queued(f"sn:granska:{number}:{act}") is sent


def test_a_letter_that_was_left_out_waits_as_it_did(store: Store, people: dict[str, Person]) -> None:
    arrival, ylva = _asked(store), people["ylva"]
    act = _do(
        store, LEFT_OUT, arrival, ylva, lambda b: review.not_to_be_registered(b, arrival, "Reklam", ylva, now=NOW)
    )
    _undo(store, act, arrival, ylva)
    after = _arrival(store, arrival)
    assert (after.state, after.reasons, after.note, after.folder) == (
        "review",
        ("Osäkert vad brevet är",),
        None,
        "granska",
    )


def test_another_registrator_may_undo_and_the_journal_says_who(store: Store, people: dict[str, Person]) -> None:
    with store.book() as book:
        per = book.put_person("Per Falk", "per@ekeby.example")
        book.put_role(per.id, "sn", "registrator", dt.date(2020, 1, 1), None)
    arrival, ylva = _asked(store), people["ylva"]
    act = _do(
        store, LEFT_OUT, arrival, ylva, lambda b: review.not_to_be_registered(b, arrival, "Reklam", ylva, now=NOW)
    )
    with pytest.raises(NotAllowed):
        _undo(store, act, arrival, people["karin"])
    _undo(store, act, arrival, per)
    with pytest.raises(TooLate, match="Per Falk ångrade det"):
        _undo(store, act, arrival, ylva)
    with store.look() as book:
        last = book.entries(arrival_id=arrival)[0]
    assert (last.what, last.actor) == ("ångrat vid granskning", f"person:{per.id}")


def test_after_half_an_hour_it_is_too_late_and_what_stood_before_is_let_go(
    store: Store, people: dict[str, Person]
) -> None:
    arrival, ylva = _asked(store), people["ylva"]
    act = _do(store, CONFIRMED, arrival, ylva, lambda b: review.confirm(b, arrival, ylva, SN, now=NOW))
    late = NOW + desk_undoing.WITHIN + dt.timedelta(seconds=1)
    with pytest.raises(TooLate, match="Rätta på ärendets sida"):
        _undo(store, act, arrival, ylva, late)
    other = _asked(store, "Ett till")
    with store.book() as book:
        do = lambda: review.not_to_be_registered(book, other, "Reklam", ylva, now=late)  # noqa: E731
        kept(book, LEFT_OUT, other, ylva, do, now=late)
    with store.book() as book:
        assert book._one(sa.select(sa.func.count()).select_from(tables.desk_acts)) == (1,)
    with pytest.raises(TooLate, match="Rätta på ärendets sida"):
        _undo(store, act, arrival, ylva, late)


@pytest.mark.parametrize("how", ["corrected", "crossed out", "a new letter", "made secret", "another act"])
def test_what_something_has_built_on_stands(store: Store, people: dict[str, Person], how: str) -> None:
    take_in(store, reading("Remiss om bussar"))
    arrival, ylva = _asked(store), people["ylva"]
    act = _do(store, JOINED, arrival, ylva, lambda b: review.join(b, arrival, 1, ylva, SN, now=NOW), case=1)
    actor, between = f"person:{ylva.id}", NOW + dt.timedelta(minutes=1)
    refused: tuple[type[Exception], str] = (TooLate, "SN 2026-1")
    with store.book() as book:
        if how == "corrected":
            registering.correct(book, 1, "title", "Nytt", "fel", now=between, actor=actor)
        elif how == "crossed out":
            registering.makulera(book, 1, "fel", now=between, actor=actor)
        elif how == "made secret":
            review.make_secret(book, arrival, ylva, now=between)
            refused = (TooLate, "Rätta på ärendets sida")
        elif how == "another act":
            book.settle(arrival, "registered", decided_by="Per Falk", decided_at=between)
            refused = (TooLate, "Per Falk har gjort något")
    if how == "a new letter":
        later = _asked(store, "Ett till")
        with store.book() as book:
            book.settle(later, "review", decided_at=between)
            case = book.case(1)
            from handlers import entering

            entering.enter(
                book, book.arrival(later), review.reading_of(book.arrival(later)), SN, case, "x", now=between
            )
    with pytest.raises(refused[0], match=refused[1]):
        _undo(store, act, arrival, ylva)
    assert "ångrat vid granskning" not in _told(store, arrival_id=arrival)


def test_the_morning_lets_go_of_what_stood_before(store: Store, people: dict[str, Person]) -> None:
    arrival, ylva = _asked(store), people["ylva"]
    _do(store, CONFIRMED, arrival, ylva, lambda b: review.confirm(b, arrival, ylva, SN, now=NOW))
    with store.book() as book:
        mornings.work(book, SN, now=NOW + dt.timedelta(days=1))
        assert book.last_desk_act(arrival) is None


def test_what_stood_before_is_let_go_when_a_letter_becomes_secret(store: Store, people: dict[str, Person]) -> None:
    arrival, ylva = _asked(store, "Kanariefågel"), people["ylva"]
    _do(store, CONFIRMED, arrival, ylva, lambda b: review.confirm(b, arrival, ylva, SN, now=NOW))
    act = _do(store, HIDDEN, arrival, ylva, lambda b: review.make_secret(b, arrival, ylva, now=LATER))
    with store.book() as book:
        rows = book._all(sa.select(tables.desk_acts.c.act, tables.desk_acts.c.before))
    assert [tuple(r) for r in rows] == [(HIDDEN, {})]
    with pytest.raises(TooLate, match="rollen sekretess"):
        _undo(store, act, arrival, ylva)


def test_the_role_sekretess_takes_its_decisions_back(store: Store, people: dict[str, Person]) -> None:
    ylva = people["ylva"]
    with store.look() as book:
        holder = desk_undoing.who_opens(book, "sn", NOW.date())[0]
    for number, (decision, act_name) in enumerate((("numbered", NUMBERED), ("handed_over", HANDED_OVER))):
        arrival = _asked(store, f"Oklart {number}")
        with store.book() as book:
            review.make_secret(book, arrival, ylva, now=NOW)

        def decide(book: Book, arrival: int = arrival, decision: str = decision) -> object:
            return review.decide_secret(book, arrival, decision, holder, SN, now=NOW, to_whom="Mottagningen")

        act = _do(store, act_name, arrival, holder, decide)
        with pytest.raises(NotAllowed):
            _undo(store, act, arrival, ylva)
        _undo(store, act, arrival, holder)
        after = _arrival(store, arrival)
        assert (after.state, after.case_id, after.folder) == ("secret", None, "hemligt")
    assert (_case(store).state, _case(store).secret, _case(store).dnr) == ("makulerad", True, "SN 2026-1")
    arrival = _asked(store, "Oklart 3")
    with store.book() as book:
        review.make_secret(book, arrival, ylva, now=NOW)
    opened = reading("Omläst")
    act = _do(
        store,
        OPENED,
        arrival,
        holder,
        lambda b: review.decide_secret(b, arrival, "open", holder, SN, now=NOW, reading=opened),
    )
    _undo(store, act, arrival, ylva)
    after = _arrival(store, arrival)
    assert after.state == "secret"
    assert "Omläst" not in str(after.reading)


def test_a_split_is_taken_back_by_crossing_out_the_other_numbers(store: Store, people: dict[str, Person]) -> None:
    arrival, ylva = _asked(store, "Två saker"), people["ylva"]
    parts = [moving.Part("Bussar"), moving.Part("Tåg")]
    act = _do(store, "delat", arrival, ylva, lambda b: moving.part(b, arrival, parts, ylva, SN, now=NOW))
    said = _undo(store, act, arrival, ylva)
    assert "Numret SN 2026-1 står kvar. Makulerat: SN 2026-2." in said
    assert (_case(store, 1).state, _case(store, 1).title) == ("open", "Två saker")
    assert (_case(store, 2).state, _case(store, 2).note) == ("makulerad", f"Delningen av A-{arrival} ångrades")
    with store.book() as book:  # and may be parted anew
        again = moving.part(book, arrival, [moving.Part("Bussar"), moving.Part("Cyklar")], ylva, SN, now=LATER)
    assert [c.dnr for c in again] == ["SN 2026-1", "SN 2026-3"]
