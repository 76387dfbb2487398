"""The search: one table of questions and what they find, the same on both databases."""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from handlers import review
from handlers.reading.reading import Reading, Text
from handlers.rules import numbering
from storage import cases, migrate, search, tables
from storage.errors import StorageReadOnly
from storage.records import CaseFilter, NewDocument
from storage.store import Store
from tests.builders import NOW, SN, found, reading, take_in
from tests.templates import sqlite_register

# name, nämnd, number, title, sender, others' numbers, a handling's title and party, the letter's text
_REGISTER = (
    ("byggnad", "sn", "SN 2026-123", "Äldre-omsorg i Åre", "Jämtlands län", ("KS 2025/00411",), "", "", ""),
    ("skola", "sn", "SN 2026-1234", "Skolskjuts för elever", "Anna Öberg", (), "", "", "Se även SN 2026-123."),
    ("lss", "sn", "SN 2026-12", "LSS-boende på Café-vägen 12 B", "Müller & Söner AB", ("501-1905-2022",), "", "", ""),
    ("bun", "bun", "BUN.2026.0123", "Remiss om skolplan", "Skolverket", ("Dnr 2021:299",), "", "", ""),
    (
        "brev",
        "sn",
        "SN 2026-7",
        "Klagomål",
        "Patrik O’Brien",
        (),
        "Bilaga: parkeringsplats",
        "Sørensens Taxi",
        "Skriv till anna.berg@ekeby.example, se 5 kap. 35 § och KL 5:35. Om-\nsorgen är 100% bra_nog. "
        "Kostnad 12 345,50 kr 🚲 på cykel\u00adbanan. Covid-19. Straße. Ångström. naïve",
    ),
)

# What is asked, and the cases that are found, those with the number first, then titles, then others, newest first.
_ASKED: tuple[tuple[str, str], ...] = (
    # whole words and beginnings
    ("skolskjuts", "skola"),
    ("skolskj", "skola"),
    ("skol", "bun skola"),
    ("skjuts", ""),
    ("SKOLSKJUTS", "skola"),
    ("skolskjuts elever", "skola"),
    ("elever skolskjuts", "skola"),
    ("skolskjuts remiss", ""),
    ("klagomål taxi parkeringsplats", "brev"),
    # letters
    ("åre", "byggnad"),
    ("Åre", "byggnad"),
    ("ÅRE", "byggnad"),
    ("are", ""),
    ("Öberg", "skola"),
    ("öberg", "skola"),
    ("ÖBERG", "skola"),
    ("oberg", ""),
    ("äldre", "byggnad"),
    ("aldre", ""),
    ("café", "lss"),
    ("CAFE", "lss"),
    ("muller", "lss"),
    ("Müller", "lss"),
    ("sörensen", "brev"),
    ("Sørensen", "brev"),
    ("strasse", "brev"),
    ("STRAẞE", "brev"),
    ("ångström", "brev"),
    ("Ångström", "brev"),
    ("naive", "brev"),
    (unicodedata.normalize("NFD", "Åre"), "byggnad"),
    (unicodedata.normalize("NFC", "Åre"), "byggnad"),
    (unicodedata.normalize("NFD", "café"), "lss"),
    ("ｃａｆｅ", "lss"),
    # what joins words
    ("äldre-omsorg", "byggnad"),
    ("äldreomsorg", "byggnad"),
    ("äldre omsorg", "byggnad"),
    ("omsorg", "byggnad brev"),
    ("LSS-boende", "lss"),
    ("lssboende", "lss"),
    ("boende", "lss"),
    ("omsorgen", "brev"),
    ("o'brien", "brev"),
    ("O’Brien", "brev"),
    ("OBrien", "brev"),
    ("brien", "brev"),
    ("cykelbanan", "brev"),
    ("cykel\u00adbanan", "brev"),
    ("cykel\u200bbanan", "brev"),
    # numbers in any writing
    ("SN 2026-123", "byggnad skola"),
    ("sn2026/123", "byggnad skola"),
    ("SN-2026-00123", "byggnad skola"),
    ("Dnr SN 2026-123", "byggnad skola"),
    ("2026/SN 123", "byggnad skola"),
    ("2026-123", "bun byggnad skola"),
    ("BUN.2026.0123", "bun"),
    ("bun 2026-123", "bun"),
    ("SN 2026-1", ""),
    ("SN 2026-99", ""),
    ("2026 123", "bun byggnad skola"),
    ("äldre 2026-123", "byggnad"),
    ("SN 2026-12", "lss"),
    ("KS 2025/00411", "byggnad"),
    ("ks2025-411", "byggnad"),
    ("2025-411", "byggnad"),
    ("KS 2025/411-2", "byggnad"),
    ("501-1905-2022", "lss"),
    ("2021-299", "bun"),
    ("Dnr 2021:00299", "bun"),
    ("1234", "skola"),
    ("covid19", "brev"),
    ("covid-19", "brev"),
    ("12 345", "brev"),
    ("12345", ""),
    # signs mean nothing
    ("35 §", "brev"),
    ("§ 35", "brev"),
    ("KL 5:35", "brev"),
    ("anna.berg@ekeby.example", "brev"),
    ("anna.berg@annan.example", ""),
    ('"skolskjuts"', "skola"),
    ('"skolskjuts', "skola"),
    ("skolskjuts*", "skola"),
    ("skol*skjuts", ""),
    ("skolskjuts OR åre", ""),
    ("NEAR(skolskjuts elever)", ""),
    ("NOT skolskjuts", ""),
    ("skolskjuts AND elever", ""),
    ("title:skolskjuts", ""),
    ("words : skolskjuts", ""),
    ("skolskjuts:*", "skola"),
    ("skolskjuts & elever", "skola"),
    ("skolskjuts | elever", "skola"),
    ("!skolskjuts", "skola"),
    ("-skolskjuts", "skola"),
    ("^skolskjuts", "skola"),
    ("skolskjuts <-> elever", "skola"),
    ("'skolskjuts'", "skola"),
    ("skolskjuts'; DROP TABLE cases; --", ""),
    ("skolskjuts\\", "skola"),
    ("skol%", "bun skola"),
    ("skol_", "bun skola"),
    ("100%", "brev"),
    ("bra_nog", "brev"),
    ("%", ""),
    ("_", ""),
    ("*", ""),
    ("§", ""),
    ("🚲", ""),
    ("🚲 cykelbanan", "brev"),
    ("\u202eskolskjuts\u202c", "skola"),
    ("skolskjuts\u0000elever", "skola"),
    ("\ud800skolskjuts", "skola"),
    ("x" * 10_000, ""),
    ("skolskjuts " * 1_000, "skola"),
    ("_nsn_2026_123", ""),
    ("_o", "brev"),
    ("_tskolskjuts", ""),
    ("_ksn", ""),
    # nothing asked: everything, in the list's own order
    ("", "brev bun lss skola byggnad"),
    ("   ", "brev bun lss skola byggnad"),
)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def filled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Store, dict[str, int]]]:
    """A register of five cases, each entered in a transaction of its own."""
    if request.param == "sqlite":
        store = sqlite_register(tmp_path_factory.mktemp("search") / "namndbot.db")
    else:
        from tests.conftest import _create

        template = request.getfixturevalue("postgresql_template")
        store = Store(_create(request.getfixturevalue("postgresql_server"), "searched", template))
    yield store, {line[0]: _enter(store, line) for line in _REGISTER}
    store.close()


def _enter(store: Store, line: tuple[str, str, str, str, str, tuple[str, ...], str, str, str]) -> int:
    name, namnd, dnr, title, sender, others, paper, party, text = line
    with store.book() as book:
        arrival, _ = book.arrive(namnd, name, raw_sha256=name, reference="", received_at=NOW, now=NOW)
        case = book.open_case(
            namnd, state="open", kind="remiss", matter=None, title=title, sender=sender, inkommen_at=NOW, now=NOW
        )
        if paper:
            book.put_document(case, NewDocument("remiss", paper, party=party, arrival_id=arrival.id), now=NOW)
        said = Reading(texts=(Text("body", text),)).to_json()
        book.settle(arrival.id, "registered", reading=said, case_id=case)
        for raw in others:
            book.put_external(case, raw, numbering.key(raw))
        book.number_case(case, dnr, numbering.key(dnr), year=2026, number=case)
    return case


@pytest.mark.parametrize(("words", "expected"), _ASKED)
def test_a_question_finds_the_same_on_both_databases(
    filled: tuple[Store, dict[str, int]], words: str, expected: str
) -> None:
    store, cases = filled
    names = {number: name for name, number in cases.items()}
    with store.look() as book:
        rows = book.cases(CaseFilter(words=words))
        total = book.count_cases(CaseFilter(words=words))
    assert " ".join(names[row.case.id] for row in rows) == expected
    assert total == len(expected.split())


def test_a_search_keeps_to_the_nämnd_the_state_and_the_year(filled: tuple[Store, dict[str, int]]) -> None:
    store, cases = filled
    with store.look() as book:
        found_ = {r.case.id for r in book.cases(CaseFilter(("bun",), ("open",), "2026-123", year=2026))}
        assert found_ == {cases["bun"]}
        assert book.cases(CaseFilter(("bun",), words="skolskjuts")) == []
        assert book.cases(CaseFilter(("sn",), ("closed",), "skolskjuts")) == []
        assert book.cases(CaseFilter(("sn",), words="skolskjuts", year=2025)) == []


def _finds(store: Store, words: str, *, secret: bool = False) -> list[int]:
    with store.look() as book:
        return [r.case.id for r in book.cases(CaseFilter(words=words, include_secret=secret))]


def test_what_is_changed_is_found_by_what_it_is_now(store: Store) -> None:
    found(store)
    case = _enter(store, _REGISTER[1])
    other = _enter(store, _REGISTER[4])
    with store.book() as book:
        book.change_case(case, title="Modersmål för elever", sender="Kalle")
    assert _finds(store, "skolskjuts") == []
    assert _finds(store, "öberg") == []
    assert _finds(store, "modersmål kalle elever") == [case]
    with store.book() as book:
        book.change_case(case, state="closed")
    with store.look() as book:
        assert book.cases(CaseFilter(("sn",), ("open",), "modersmål")) == []
        assert [r.case.id for r in book.cases(CaseFilter(("sn",), ("closed",), "modersmål"))] == [case]
    with store.book() as book:
        (paper,) = book.documents(other)
        book.change_document(paper.id, title="Yttrande", party=None)
    assert _finds(store, "parkeringsplats") == []
    assert _finds(store, "yttrande cykelbanan") == [other]
    with store.book() as book:  # the letter is moved
        (letter,) = book.arrivals_of_case(other)
        book.settle(letter.id, "registered", case_id=case)
    assert _finds(store, "cykelbanan") == [case]


def test_a_number_that_is_taken_back_is_found_no_more(store: Store) -> None:
    found(store)
    case = _enter(store, _REGISTER[1])
    with store.book() as book:
        before = book.case_stand(case)
        book.put_external(case, "KS 2025/00411", numbering.key("KS 2025/00411"))
    assert _finds(store, "ks2025-411") == [case]
    with store.book() as book:
        book.put_case_stand(case, before)
    assert _finds(store, "ks2025-411") == _finds(store, "411") == []


def test_a_makulerad_case_is_found_with_its_state(store: Store) -> None:
    found(store)
    case = _enter(store, _REGISTER[0])
    with store.book() as book:
        book.change_case(case, state="makulerad", note="Fel")
    with store.look() as book:
        (row,) = book.cases(CaseFilter(words="äldreomsorg"))
    assert (row.case.id, row.case.state) == (case, "makulerad")


def test_what_a_transaction_writes_is_found_in_it_and_gone_with_it(store: Store) -> None:
    found(store)

    def break_off() -> None:
        with store.book() as book:
            made = book.open_case(
                "sn", state="open", kind="x", matter=None, title="Flyktig", sender=None, inkommen_at=NOW, now=NOW
            )
            assert [r.case.id for r in book.cases(CaseFilter(words="flyktig"))] == [made]
            raise KeyError

    with pytest.raises(KeyError):
        break_off()
    assert _finds(store, "flyktig") == []


def test_nothing_of_a_secret_case_is_found_but_its_number(store: Store) -> None:
    people = found(store)
    letter = reading(title="Kanariefågel på Solgläntan", text="Näktergalen sjunger")
    outcome = take_in(store, letter)
    assert outcome.case is not None
    dnr = outcome.case.dnr or ""
    assert _finds(store, "kanariefågel näktergalen") == [outcome.case.id]
    with store.book() as book:
        review.make_secret(book, outcome.arrival.id, people["birgitta"], now=NOW, namnd=SN)
    for words in ("kanariefågel", "näktergalen", "solgläntan", "sekretess", "kanarief"):
        assert _finds(store, words, secret=True) == []
    assert _finds(store, dnr) == []
    assert _finds(store, dnr, secret=True) == [outcome.case.id]
    assert not _traces(store, "kanarief", "näkterg", "solgl")


def test_a_hidden_letter_in_an_open_case_is_found_by_nothing_and_the_rest_still_is(store: Store) -> None:
    people = found(store)
    first = take_in(store, reading(title="Remiss om cykelbana", text="Grusvägen"))
    assert first.case is not None
    second = reading(title="Kanariefågel", own_dnr=(first.case.dnr or "",), text="Näktergalen")
    outcome = take_in(store, second)
    assert outcome.case is not None
    assert outcome.case.id == first.case.id
    assert _finds(store, "näktergalen kanariefågel cykelbana") == [first.case.id]
    with store.book() as book:
        review.make_secret(book, outcome.arrival.id, people["birgitta"], now=NOW, namnd=SN)
    assert _finds(store, "näktergalen") == _finds(store, "kanariefågel") == _finds(store, "sekretess") == []
    assert _finds(store, "grusvägen cykelbana") == [first.case.id]
    assert not _traces(store, "kanarief", "näkterg")


def test_a_letter_that_waits_is_not_in_the_index(store: Store) -> None:
    found(store)
    hidden = reading(title="Kanariefågel", secret=True, text="Näktergalen")
    take_in(store, hidden)
    with store.look() as book:
        assert book.count_cases(CaseFilter(include_secret=True)) == 0
    assert not _traces(store, "kanarief", "näkterg")


def _traces(store: Store, *words: str) -> list[str]:
    """Return the words of which something is left: in the search's rows, or anywhere in SQLite's file."""
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if connection.dialect.name == "postgresql":
            kept = " ".join(connection.execute(sa.select(tables.search.c.words)).scalars()).encode()
        else:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            kept = Path(store.engine.url.database or "").read_bytes()
    return [w for w in words if w.encode() in kept]


def test_the_index_can_be_made_anew(store: Store) -> None:
    found(store)
    cases = {line[0]: _enter(store, line) for line in _REGISTER}
    with store.engine.begin() as connection:
        connection.execute(sa.delete(tables.search))
    assert _finds(store, "skolskjuts") == []
    with store.book() as book:
        assert book.rebuild_search() == len(_REGISTER)
    assert _finds(store, "skolskjuts") == [cases["skola"]]
    assert _finds(store, "cykelbanan") == [cases["brev"]]
    with store.look() as book, pytest.raises(StorageReadOnly):
        book.rebuild_search()


def test_a_register_from_before_the_search_gets_it_when_it_is_brought_up(database_url: str) -> None:
    store = Store(database_url)
    with store.engine.connect().execution_options(begin="BEGIN IMMEDIATE") as connection, connection.begin():
        command.upgrade(migrate.config(connection), "0011")
        for number, (title, secret, state) in enumerate(
            (("Skolskjuts", "false", "active"), ("Kanariefågel", "true", "active"), ("Vägbygge", "false", "met")),
            start=1,
        ):
            connection.exec_driver_sql(
                "INSERT INTO cases (id, namnd, dnr, dnr_key, year, number, state, kind, title, title_key, secret, "  # noqa: S608
                "inkommen_at, registered_at, motionarer, version) VALUES "
                f"({number}, 'sn', 'SN 2026-{number}', 'SN|2026|{number}', 2026, {number}, 'open', 'remiss', '{title}', "
                f"'', {secret}, '2026-11-24 08:00:00.000000', '2026-11-24 08:00:00.000000', '[]', 1)"
            )
            connection.exec_driver_sql(
                "INSERT INTO deadlines (case_id, date, purpose, clock, sentence, source, state) VALUES "  # noqa: S608
                f"({number}, '2027-02-0{number}', 'svar', 'stated', '', '', '{state}')"
            )
    store.migrate()
    assert _finds(store, "skolskjuts") == [1]
    assert _finds(store, "kanariefågel", secret=True) == []
    assert _finds(store, "SN 2026-2", secret=True) == [2]
    with store.engine.connect() as connection:
        days = connection.execute(sa.select(tables.cases.c.next_day).order_by(tables.cases.c.id)).scalars().all()
    assert [str(day) for day in days] == ["2027-02-01", "2027-02-02", "None"]
    store.close()


def test_the_migration_fills_the_index_in_batches(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    found(store)
    cases = {line[0]: _enter(store, line) for line in _REGISTER}
    monkeypatch.setattr(search, "_BATCH", 2)
    with store.engine.begin() as connection:
        connection.execute(sa.delete(tables.search).where(tables.search.c.case_id != cases["lss"]))
        assert search.fill(connection) == len(_REGISTER) - 1
        assert search.fill(connection) == 0
    assert _finds(store, "skol") == [cases["bun"], cases["skola"]]


def test_of_very_many_hits_the_newest_are_counted_and_whatever_else_is_asked_is_found_among_all(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = found(store)
    line = _REGISTER[0]
    made = [
        _enter(store, (f"m{n}", "sn", f"SN 2026-{n}", "Remiss", *line[4:8], "Om bryggan.")) for n in range(500, 512)
    ]
    titled = _enter(store, ("t", "sn", "SN 2026-499", "Bryggan", *line[4:8], "Om den."))
    made += [
        _enter(store, (f"n{n}", "sn", f"SN 2026-{n}", "Remiss", *line[4:8], "Om bryggan.")) for n in range(600, 603)
    ]
    with store.book() as book:
        book.change_case(made[1], handlaggare_id=people["birgitta"].id)
    for module in (cases, search):
        monkeypatch.setattr(module, "COUNTED_HITS", 3)
    monkeypatch.setattr(search, "_PART", 2)
    with store.look() as book:
        asked = CaseFilter(words="bryggan", limit=3)
        assert [row.case.id for row in book.cases(asked)] == [titled, made[-1], made[-2]]
        assert book.count_cases(asked, limit=3) == 4  # more than three
        assert [row.case.id for row in book.cases(dataclasses.replace(asked, offset=14))] == made[1::-1]
        assert book.count_cases(asked) == 16
        everything = [row.case.id for row in book.each_case(CaseFilter(words="bryggan", limit=100))]
        assert everything == [titled, *reversed(made)]
        hers = dataclasses.replace(asked, handlaggare_id=people["birgitta"].id)
        assert [row.case.id for row in book.cases(hers)] == [made[1]]
        assert book.count_cases(hers, limit=3) == 1
        by_number = dataclasses.replace(asked, sort="nummer", limit=2)
        assert [row.case.id for row in book.cases(by_number)] == made[:2]
        assert book.count_cases(by_number) == 16


def test_a_search_says_when_it_has_not_gone_through_all(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    found(store)
    line = _REGISTER[0]
    for n in range(500, 506):
        _enter(store, (f"m{n}", "sn", f"SN 2026-{n}", "Bryggan", *line[4:8], "Om den."))
    newest = _enter(store, ("n", "sn", "SN 2026-600", "Remiss", *line[4:8], "Om bryggan."))
    asked = CaseFilter(words="bryggan")
    by_day = dataclasses.replace(asked, sort="inkommet", descending=True, limit=1)
    with store.look() as book:
        assert book.count_cases(asked) == 7
        assert book.searched_all
    for module in (cases, search):
        monkeypatch.setattr(module, "COUNTED_HITS", 1)
        monkeypatch.setattr(module, "MOST_HITS", 4)
    with store.look() as book:
        assert book.count_cases(asked) == 5
        assert not book.searched_all
        assert book.cases(dataclasses.replace(asked, offset=100_000)) == []
        # Whatever the order, what stands in a letter alone is among what is ordered.
        assert [row.case.id for row in book.cases(by_day)] == [newest]
