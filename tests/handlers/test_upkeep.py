"""What administrators keep in order: roles, names, routing, choices and series, each change once and told."""

from __future__ import annotations

import datetime as dt
import threading
from pathlib import Path

import pytest

from handlers import appointing, choice_lists, choices, leaving, lists, numbering, routing, seen, staff_lists
from handlers.appointing import Held
from handlers.errors import Changed, Invalid, NotAllowed
from handlers.rules import staffing
from storage.records import Person, Role, RoleName, Series
from storage.store import Store
from tests.builders import NOW, SN, found, reading, take_in

DAY = dt.date.fromisoformat
TODAY = NOW.date()


def administrator(store: Store, name: str = "Ada Lind", *, until: dt.date | None = None) -> Person:
    with store.book() as book:
        person = book.put_person(name, f"{name.split()[0].lower()}@ekeby.example")
        book.put_role(person.id, "sn", "administrator", DAY("2026-01-01"), until)
    return person


def role(role_name: RoleName, first: str, last: str | None) -> Role:
    return Role(Person(1, "A", "a@e.example"), "sn", role_name, DAY(first), DAY(last) if last else None)


def test_a_role_that_was_given_is_ended_and_given_anew_later(store: Store) -> None:
    found(store)
    ada = administrator(store)
    with store.book() as book:
        tove = appointing.add(
            book, "Tove Lilja", "tove@ekeby.example", SN, Held("handlaggare", TODAY, None, "Öst"), by=ada, now=NOW
        )
        with pytest.raises(Invalid, match="har redan rollen"):
            appointing.give(book, tove, SN, Held("handlaggare", DAY("2027-01-01"), None, ""), by=ada, now=NOW)
        appointing.change(book, tove, SN, Held("handlaggare", TODAY, DAY("2026-12-31"), "Öst"), by=ada, now=NOW)
        appointing.give(book, tove, SN, Held("handlaggare", DAY("2027-02-01"), None, "Väst"), by=ada, now=NOW)
    with store.look() as book:
        assert [r.unit for r in book.roles(on=DAY("2026-12-31"), person_id=tove.id)] == ["Öst"]
        assert book.roles(on=DAY("2027-01-15"), person_id=tove.id) == []
        told = book.changes(("sn",), ("roll ändrad",), about=(("person", tove.id),), limit=10)
        assert [e.data["förut"] for e in told] == [None, {"till": None, "enhet": "Öst"}, None]
    with store.book() as book:  # taken back before it began
        appointing.change(
            book, tove, SN, Held("handlaggare", DAY("2027-02-01"), DAY("2026-11-24"), ""), by=ada, now=NOW
        )
    with store.look() as book:
        assert [r.valid_from for r in appointing.roles_of(book, tove, "sn")] == [TODAY]
        assert list(book.chain_faults()) == []


def test_no_day_is_left_without_an_administrator_that_had_one() -> None:
    one, other = role("administrator", "2026-01-01", None), role("administrator", "2027-01-01", "2027-06-30")
    ended = role("administrator", "2026-01-01", "2026-12-31")
    empty = staffing.left_empty
    assert empty([one], [ended], "administrator", TODAY) == DAY("2027-01-01")
    assert empty([one, other], [ended, other], "administrator", TODAY) == DAY("2027-07-01")
    assert empty([one], [role("administrator", "2026-01-01", "2026-11-23")], "administrator", TODAY) == TODAY
    assert empty([ended], [ended], "administrator", TODAY) is None  # it was so already
    assert empty([ended], [one], "administrator", TODAY) is None
    assert empty([], [], "administrator", TODAY) is None


def test_whoever_leaves_by_command_does_not_take_the_last_administrator_with_them(store: Store) -> None:
    people = found(store)
    ada = administrator(store)
    with pytest.raises(Invalid, match="ingen administratör"), store.book() as book:
        leaving.hand_over(book, ada, people["karin"], SN, now=NOW, actor="kommandorad:x", last_day=DAY("2026-12-31"))
    administrator(store, "Eva Två")
    with store.book() as book:
        leaving.hand_over(book, ada, people["karin"], SN, now=NOW, actor="kommandorad:x", last_day=DAY("2026-12-31"))
    with store.look() as book:
        assert [r.valid_to for r in book.roles(namnd="sn", person_id=ada.id)] == [DAY("2026-12-31")]


def test_a_name_that_a_list_brings_is_told_with_what_it_was(store: Store) -> None:
    found(store)
    text = "namnd;roll;namn;e-post;från;till\nsn;handläggare;Karin Ek;karin@ekeby.example;2026-01-01;\n"
    with store.book() as book:
        lists.enter_people(book, lists.read_people(text, ["sn"], TODAY), now=NOW, actor="kommandorad:x")
    with store.look() as book:
        (entry,) = book.changes(("sn",), ("roll ändrad", "person ändrad"), limit=10)
        assert entry.personal is not None
        assert (entry.personal["namn förut"], entry.personal["namn"]) == ("Karin Ödman", "Karin Ek")


def test_a_name_is_changed_only_by_who_is_administrator_everywhere_and_an_address_is_one_person_s(store: Store) -> None:
    people = found(store)
    ada, karin = administrator(store), people["karin"]
    with store.book() as book:
        book.put_role(karin.id, "bun", "handlaggare", DAY("2027-01-01"), None)
        with pytest.raises(NotAllowed):
            appointing.rename(book, karin, "Karin Ek", karin.email, SN, ["sn"], by=ada, now=NOW)
        with pytest.raises(Invalid, match="är redan Anders Wikströms"):
            appointing.rename(book, karin, karin.name, "ANDERS@ekeby.example", SN, ["sn", "bun"], by=ada, now=NOW)
        assert appointing.rename(book, karin, "Karin Ek", "ek@ekeby.example", SN, ["sn", "bun"], by=ada, now=NOW)
    with store.look() as book:
        assert book.person(karin.id) == Person(karin.id, "Karin Ek", "ek@ekeby.example")
        assert [len(book.changes((n,), ("person ändrad",), limit=9)) for n in ("sn", "bun")] == [1, 1]


def test_a_list_on_the_page_is_entered_whole_or_not_at_all(store: Store) -> None:
    found(store)
    ada = administrator(store)
    head, names = "namnd;roll;namn;e-post;från;till\n", {"sn": "Socialnämnden", "bun": "Barnnämnden"}
    good = "sn;handläggare;Tove Lilja;tove@ekeby.example;2027-01-01;\n"
    with pytest.raises(lists.BadList, match="Rad 3"), store.book() as book:
        staff_lists.enter(book, head + good + "bun;chef;Bo;bo@ekeby.example;;\n", names, ["sn"], ada, now=NOW)
    with store.look() as book:
        assert book.person_by_email("tove@ekeby.example") is None
    with store.book() as book:
        assert staff_lists.enter(book, head + good, names, ["sn"], ada, now=NOW) == 1
        assert staff_lists.enter(book, head + good, names, ["sn"], ada, now=NOW) == 0


def test_routing_is_tried_with_the_same_rule_as_a_letter_meets(store: Store) -> None:
    people = found(store)
    with store.book() as book:
        line = routing.Line("remiss", "biblioteksplan", "", "", people["karin"].id)
        routing.add(book, SN, line, by=people["ylva"], now=NOW, was=None)
        tried = routing.try_out(book, SN, "Biblioteksplan", "kansli@ekeby.example", "remiss", now=NOW)
    assert tried.route is not None
    assert tried.asked == people["anders"]
    outcome = take_in(store, reading())
    assert outcome.case is not None
    with store.look() as book:
        (question,) = book.questions(case_id=outcome.case.id)
        assert [a.person_id for a in book.askings(question.id)] == [people["anders"].id]
        assert [routing.told(book, routing.line_of(r)) for r in book.routes("sn")] == [
            "Begäran om yttrande, ”biblioteksplan” i rubriken: Karin Ödman"
        ]


def test_a_choice_goes_back_and_a_nämnd_s_history_holds_its_own_alone(store: Store) -> None:
    found(store)
    with store.book() as book:
        for namnd in ("sn", "bun"):
            choices.choose(book, namnd, "send_days", 3, now=NOW, actor="person:1", why="Post")
        choices.choose(book, "sn", "ask_first", "handlaggare", now=NOW, actor="person:1")
        text = "namnd;typ;ord;avsändare;enhet;handläggare\nsn;motion;;;Öst;\n"
        choice_lists.enter_routes(book, choice_lists.read_routes(text, ["sn"]), now=NOW, actor="x")
        choices.back(book, "sn", "send_days", now=NOW, actor="person:1", was=choices.mark_of(book, "sn", "send_days"))
        choices.back(book, "sn", "send_days", now=NOW, actor="person:1")  # stands so: nothing to tell
    with store.look() as book:
        assert (choices.choice(book, "sn", "send_days"), choices.choice(book, "bun", "send_days")) == (1, 3)
        mine = book.changes(("sn",), ("val ändrat",), about=(("val", "send_days"),), limit=10)
        assert [e.data["till"] for e in mine] == [1, 3]
        # What is looked for is looked for as it stands: _ and % are no signs of their own.
        assert book.changes(("sn",), ("val ändrat",), about=(("val", "send%"),), limit=10) == []
        assert len(book.changes(("sn",), ("val ändrat",), but_not=("val", "send_days"), limit=10)) == 1


def test_a_weeded_line_says_so_and_one_that_held_nothing_personal_does_not(store: Store) -> None:
    found(store)
    with store.book() as book:
        choices.choose(book, "sn", "send_days", 3, now=NOW, actor="person:1", why="Post")
        choices.choose(book, "sn", "send_days", 4, now=NOW, actor="person:1")
    with store.book() as book:
        book.weed_personal("sn", 1)
    with store.look() as book:
        told = book.changes(("sn",), ("val ändrat",), limit=10)
        assert [(e.data["till"], e.weeded) for e in told] == [(4, False), (3, True)]
        assert list(book.chain_faults()) == []


def test_a_series_that_is_looked_at_is_the_one_that_gives_the_number(store: Store) -> None:
    found(store)
    ada = administrator(store)
    fields = ("2026", "SOC", "{prefix}/{year}:{number:03d}", "1")
    with store.look() as book:
        looked = numbering.tried(book, SN, fields, now=NOW)
    with store.book() as book:
        numbering.change(book, SN, fields, by=ada, now=NOW, was=numbering.mark_of(book, "sn"))
    outcome = take_in(store, reading())
    assert outcome.case is not None
    assert outcome.case.dnr == looked == "SOC/2026:001"
    with store.look() as book:
        (one,) = numbering.counted(book, "sn", TODAY)
        assert (one.given, one.next_number) == (((2026, 1, 1),), "SOC/2026:002")
        assert one.series == Series("sn", 2026, "SOC", "{prefix}/{year}:{number:03d}", 1)
    with pytest.raises(Invalid, match="redan utdelade"), store.book() as book:
        numbering.change(book, SN, ("2026", "SOC", "{prefix}/{year}:{number:03d}", "7"), by=ada, now=NOW)


def test_of_two_who_saw_the_same_only_the_first_changes_it(store: Store, tmp_path: Path) -> None:
    people = found(store)
    ada = administrator(store)
    karin = people["karin"]
    with store.look() as book:
        was = appointing.mark_of(book, karin, "sn")
    gate, done = threading.Barrier(2), []

    def act(unit: str) -> None:
        gate.wait()
        try:
            with store.book() as book:
                wish = Held("handlaggare", DAY("2026-01-01"), None, unit)
                appointing.change(book, karin, SN, wish, by=ada, now=NOW, was=was)
            done.append(unit)
        except Changed:
            done.append("för sent")

    threads = [threading.Thread(target=act, args=(unit,)) for unit in ("Öst", "Väst")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done.count("för sent") == 1
    with store.look() as book:
        assert len(book.changes(("sn",), ("roll ändrad",), limit=10)) == 1


def test_a_mark_is_another_as_soon_as_anything_is() -> None:
    seen.still(None, "whatever")
    seen.still(seen.mark([1], None), [1], None)
    with pytest.raises(Changed):
        seen.still(seen.mark([1], None), [1], "")
