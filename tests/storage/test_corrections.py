"""Corrections and learned rules in the book, on both databases."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa
from alembic import command

from storage.errors import NotFound
from storage.migrate import config
from storage.store import Store
from tests.builders import NOW, found, reading, take_in


def test_a_secret_correction_holds_nothing_whatever_is_given(store: Store) -> None:
    ylva = found(store)["ylva"]
    told = {"was": "a", "became": "b", "sender": "c@d.example", "words": ("ord",)}
    with store.book() as book:
        open_, secret = (
            book.put_correction("sn", "kind", at=NOW, person_id=ylva.id, secret=s, sha256="f" * 64, **told)  # type: ignore[arg-type]
            for s in (False, True)
        )
    assert (open_.was, open_.became, open_.sender, open_.words) == ("a", "b", "c@d.example", ("ord",))
    assert (secret.was, secret.became, secret.sender, secret.words, secret.sha256) == ("", "", "", (), "f" * 64)
    with store.look() as book:
        assert [c.id for c in book.corrections(("sn",))] == [open_.id]
        assert book.corrections(("bun",)) == []


def test_the_same_rule_proposed_again_is_the_same_row(store: Store) -> None:
    ylva = found(store)["ylva"]
    rule = ("sn", "sender", "*@revision.example", "kind", "revisionsgranskning")
    with store.book() as book:
        first = book.propose_rule(*rule, evidence=(1, 2, 3), now=NOW)
        book.change_rule(first.id, state="declined", decided_by=ylva.id, decided_at=NOW)
        again = book.propose_rule(*rule, evidence=(1, 2, 3, 4, 5, 6), now=NOW)
    assert (again.id, again.state, again.decided_by, len(again.evidence)) == (first.id, "proposed", None, 6)
    with store.book() as book:
        book.forget_rule(first.id)
    with pytest.raises(NotFound), store.look() as book:
        book.learned_rule(first.id)


def test_a_sender_is_asked_for_by_address_or_whole_domain(store: Store) -> None:
    found(store)
    for title, sender in (
        ("A", "anna@rev_ision.example"),
        ("B", "bo@rev_ision.example"),
        ("C", "anna@revXision.example"),
    ):
        take_in(store, reading(title, sender=sender))
    with store.look() as book:
        assert len(book.letters_from("sn", "anna@rev_ision.example")) == 1
        assert len(book.letters_from("sn", "*@rev_ision.example")) == 2
        assert book.letters_from("bun", "*@rev_ision.example") == []


def test_letters_that_were_there_before_get_their_author_but_no_secret_one_does(database_url: str) -> None:
    old = Store(database_url)
    with old.engine.connect() as connection, connection.begin():
        command.upgrade(config(connection), "0002")
    readings = (
        {"secret": False, "sender": {"name": "Anna", "address": "Anna@Revision.example"}, "envelope": {}},
        {"secret": False, "sender": None, "envelope": {"from_": {"address": "kansli@ekeby.example"}}},
        {"secret": True, "sender": None, "envelope": {"from_": {"address": "hemlig@ekeby.example"}}},
        None,
    )
    insert = sa.text(
        "INSERT INTO arrivals (namnd, mailbox_key, raw_sha256, received_at, seen_at, attempts, state, reference, "
        "reading, reasons, questions) VALUES ('sn', :key, :key, :at, :at, 1, 'registered', 'x', :reading, '[]', '[]')"
    )
    with old.engine.connect() as connection, connection.begin():
        for number, one in enumerate(readings):
            row = {"key": str(number), "at": "2026-11-24 08:12:00", "reading": json.dumps(one) if one else None}
            connection.execute(insert, row)
    old.migrate()
    with old.engine.connect() as connection:
        senders = connection.execute(sa.text("SELECT sender FROM arrivals ORDER BY id")).scalars().all()
    old.close()
    assert senders == ["anna@revision.example", "kansli@ekeby.example", None, None]
