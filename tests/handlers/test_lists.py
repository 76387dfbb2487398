"""People and series from CSV: what Excel writes is taken, and each fault is named by its line."""

from __future__ import annotations

import datetime as dt

import pytest

from handlers import choice_lists, lists
from storage.records import Series
from storage.store import Store
from tests.builders import NOW, found, reading, take_in

TODAY = NOW.date()
HEAD = "namnd;roll;namn;e-post;från;till\n"


def test_semicolons_commas_a_mark_at_the_start_and_blank_lines_are_all_fine() -> None:
    text = (
        "\ufeffNamnd,Roll,Namn,E-post,Från,Till\r\nsn,Handläggare,Karin Ödman,KARIN@ekeby.example,2026-01-01,\r\n\r\n"
    )
    (line,) = lists.read_people(text, ["sn"], TODAY)
    assert (line.role, line.email, line.valid_from, line.valid_to) == (
        "handlaggare",
        "karin@ekeby.example",
        dt.date(2026, 1, 1),
        None,
    )
    (line,) = lists.read_people(HEAD + "sn;chef;Anders;anders@ekeby.example;;2027-01-31", ["sn"], TODAY)
    assert (line.role, line.valid_from, line.valid_to) == ("manager", TODAY, dt.date(2027, 1, 31))


def test_every_fault_is_told_with_its_line_and_nothing_is_entered(store: Store) -> None:
    text = (
        HEAD
        + "xx;registrator;Åsa;asa@e.example;;\nsn;kung;Bo;bo@e.example;;\nsn;chef;;bo;igår;\nsn;chef;Bo;bo@e.example;2027-01-01;2026-01-01\n"
    )
    with pytest.raises(lists.BadList) as told:
        lists.read_people(text, ["sn"], TODAY)
    assert [f.split(":")[0] for f in told.value.faults] == ["Rad 2", "Rad 3", "Rad 4", "Rad 4", "Rad 4", "Rad 5"]


def test_a_missing_column_shows_the_whole_heading() -> None:
    with pytest.raises(lists.BadList, match="namnd;roll;namn;e-post;från;till"):
        lists.read_people("namn;roll\n", ["sn"], TODAY)


def test_what_is_exported_is_taken_back_unchanged_and_journalled_once(store: Store) -> None:
    found(store)
    with store.look() as book:
        people, series = lists.write_people(book.roles()), lists.write_series(book.all_series())
    with store.book() as book:
        assert lists.enter_people(book, lists.read_people(people, ["sn", "bun"], TODAY), now=NOW, actor="x") == 0
        assert lists.enter_series(book, lists.read_series(series, ["sn", "bun"]), now=NOW, actor="x") == 0
    with store.book() as book:
        ended = people.replace(
            "sn;registrator;Ylva Hedlund;ylva@ekeby.example;2026-01-01;",
            "sn;registrator;Ylva Hedlund;ylva@ekeby.example;2026-01-01;2026-12-31",
        )
        assert lists.enter_people(book, lists.read_people(ended, ["sn", "bun"], TODAY), now=NOW, actor="x") == 1
    with store.look() as book:
        assert book.roles(on=dt.date(2027, 1, 1), role="registrator", namnd="sn") == []
        assert [e.what for e in book.entries(namnd="sn")] == ["roll ändrad"]


def test_a_role_holds_from_its_first_to_its_last_day(store: Store) -> None:
    with store.book() as book:
        person = book.put_person("Åsa Ek", "asa@ekeby.example")
        book.put_role(person.id, "sn", "manager", dt.date(2026, 1, 1), dt.date(2026, 12, 31))
    with store.look() as book:
        held = [
            bool(book.roles(on=dt.date.fromisoformat(d)))
            for d in ("2025-12-31", "2026-01-01", "2026-12-31", "2027-01-01")
        ]
    assert held == [False, True, True, False]


def test_a_series_that_would_give_a_number_twice_is_refused(store: Store) -> None:
    found(store)
    take_in(store, reading())
    with pytest.raises(lists.BadList, match="redan utdelade"), store.book() as book:
        lists.enter_series(book, [Series("sn", 2026, "SN", "{prefix} {year}-{number}", 100)], now=NOW, actor="x")
    with store.book() as book:
        assert (
            lists.enter_series(book, [Series("sn", 2027, "SOC", "{prefix} {year}-{number}", 100)], now=NOW, actor="x")
            == 1
        )


def test_a_cell_never_becomes_a_formula(store: Store) -> None:
    with store.book() as book:
        person = book.put_person("=HYPERLINK(x)", "x@ekeby.example")
        book.put_role(person.id, "sn", "manager", dt.date(2026, 1, 1), None)
    with store.look() as book:
        text = lists.write_people(book.roles())
    assert ";'=HYPERLINK(x);" in text
    assert lists.read_people(text, ["sn"], TODAY)[0].name == "=HYPERLINK(x)"


@pytest.mark.parametrize(
    "row",
    [
        "sn;2026;SN;{prefix} {year};1",
        "sn;tjugo;SN;{prefix} {year}-{number};1",
        "sn;2026;;{prefix} {year}-{number};1",
        "sn;2026;SN;{prefix} {year}-{number};0",
        "xx;2026;SN;{prefix} {year}-{number};1",
    ],
)
def test_a_bad_series_is_told_by_its_line(row: str) -> None:
    with pytest.raises(lists.BadList, match="Rad 2: "):
        lists.read_series("namnd;från år;prefix;mall;första nummer\n" + row, ["sn"])


def test_routes_and_choices_go_out_and_come_back(store: Store) -> None:
    found(store)
    text = "namnd;typ;ord;avsändare;enhet;handläggare\nsn;motion;bussar;;;karin@ekeby.example\nsn;;;kansliet;Äldre;\n"
    with store.book() as book:
        assert choice_lists.enter_routes(book, choice_lists.read_routes(text, ["sn"]), now=NOW, actor="x") == 2
        again = choice_lists.read_routes(choice_lists.write_routes(book, ["sn"]), ["sn"])
        assert again == choice_lists.read_routes(text, ["sn"])
        told = choice_lists.write_choices(book, ["sn"])
        assert choice_lists.enter_choices(book, choice_lists.read_choices(told, ["sn"]), now=NOW, actor="x") == 0
        line = 'namnd;val;värde\nsn;goal_months;"{""motion"": 4}"\n'
        assert choice_lists.enter_choices(book, choice_lists.read_choices(line, ["sn"]), now=NOW, actor="x") == 1
    with pytest.raises(lists.BadList, match="Rad 2"):
        choice_lists.read_routes("namnd;typ;ord;avsändare;enhet;handläggare\nsn;kung;;;;\n", ["sn"])
    with pytest.raises(lists.BadList, match="mellan 1 och 30"), store.book() as book:
        choice_lists.enter_choices(book, [("sn", "ask_again_after", 0)], now=NOW, actor="x")


def test_a_unit_may_stand_in_the_list_of_people() -> None:
    (line,) = lists.read_people(HEAD.strip() + ";enhet\nsn;handläggare;Bo Ek;bo@e.example;;;Äldre", ["sn"], TODAY)
    assert line.unit == "Äldre"


def test_an_account_in_the_directory_comes_with_the_list_and_goes_out_again(sqlite_store: Store) -> None:
    account, tenant = "aaaaaaaa-0000-4000-8000-000000000001", "11111111-2222-3333-4444-555555555555"
    text = f"{HEAD.strip()};entra-id\nsn;chef;Anders;anders@ekeby.example;;;{account.upper()}\n"
    people = lists.read_people(text, ["sn"], TODAY)
    with sqlite_store.book() as book:
        lists.enter_people(book, people, now=NOW, actor="test", tenant=tenant)
    with sqlite_store.look() as book:
        anders = book.chat_person(tenant, account)
        assert anders is not None
        assert anders.name == "Anders"
        again = lists.write_people(book.roles(), book.chat_accounts(tenant))
        assert any(e.what == "Teams-konto kopplat" and e.data["hur"] == "it" for e in book.entries(namnd="sn"))
    assert lists.read_people(again, ["sn"], TODAY)[0].account == account


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("sn;chef;Anders;anders@ekeby.example;;;anders", "inte ett objekt-id"),
        (
            "sn;chef;Anders;anders@ekeby.example;;;aaaaaaaa-0000-4000-8000-000000000001\n"
            "sn;chef;Eva;eva@ekeby.example;;;aaaaaaaa-0000-4000-8000-000000000001",
            "står redan för anders@ekeby.example",
        ),
        (
            "sn;chef;Anders;anders@ekeby.example;;;aaaaaaaa-0000-4000-8000-000000000001\n"
            "sn;registrator;Anders;anders@ekeby.example;;;aaaaaaaa-0000-4000-8000-000000000002",
            "har ett annat konto",
        ),
    ],
)
def test_an_account_that_is_none_or_anothers_is_refused(lines: str, told: str) -> None:
    with pytest.raises(lists.BadList, match=told):
        lists.read_people(f"{HEAD.strip()};entra-id\n{lines}\n", ["sn"], TODAY)


def test_an_account_needs_to_know_which_directory(sqlite_store: Store) -> None:
    text = f"{HEAD.strip()};entra-id\nsn;chef;A;a@ekeby.example;;;aaaaaaaa-0000-4000-8000-000000000001\n"
    people = lists.read_people(text, ["sn"], TODAY)
    with pytest.raises(lists.BadList, match="tenant"), sqlite_store.book() as book:
        lists.enter_people(book, people, now=NOW, actor="test")
    with sqlite_store.look() as book:
        assert book.roles() == []


def test_a_dash_lets_an_account_go(sqlite_store: Store) -> None:
    account, tenant = "aaaaaaaa-0000-4000-8000-000000000001", "11111111-2222-3333-4444-555555555555"
    for told in (account, "-"):
        text = f"{HEAD.strip()};entra-id\nsn;chef;Anders;anders@ekeby.example;;;{told}\n"
        with sqlite_store.book() as book:
            lists.enter_people(book, lists.read_people(text, ["sn"], TODAY), now=NOW, actor="test", tenant=tenant)
    with sqlite_store.look() as book:
        assert book.chat_person(tenant, account) is None
        assert [e.what for e in book.entries(namnd="sn")][:1] == ["Teams-konto lösgjort"]
