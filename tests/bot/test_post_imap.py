"""The post room with a mailbox that other people work in too."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest

from bot.mailboxes.imap import ImapMailbox
from bot.post import PostRoom
from handlers import intake
from tests.bot.house import House
from tests.builders import NOW, SN, letter
from tests.mailboxes.imap_double import ImapDouble, box


@pytest.fixture
def server() -> Iterator[ImapDouble]:
    with ImapDouble() as double:
        yield double


@pytest.fixture
def room(house: House, server: ImapDouble) -> Iterator[PostRoom]:
    mailbox = ImapMailbox(box(server), timeout=5)
    yield dataclasses.replace(house.room, mailbox=mailbox)
    mailbox.close()


def test_a_letter_is_registered_and_moved_with_its_number_on_it(room: PostRoom, server: ImapDouble) -> None:
    server.boxes["INBOX"].add(letter(), NOW, set())
    (outcome,) = room.round()
    assert outcome.case
    (moved,) = server.boxes["Registrerat"].letters
    assert {str(outcome.case.dnr).replace(" ", "_")} == moved.flags
    assert room.round() == []


def test_a_letter_that_was_seen_before_a_crash_and_then_moved_by_a_person_is_not_lost(
    room: PostRoom, server: ImapDouble, house: House
) -> None:
    server.boxes["INBOX"].add(letter(), NOW, set())
    (seen,) = room.mailbox.fetch()
    # The crash came after the arrival was noted and before it was read.
    with house.store.book() as book:
        intake.arrived(book, SN, seen.key, room.raw.put(seen.raw), seen.reference, seen.received, house.clock.now())
    server.boxes["Registrerat"].letters.append(server.boxes["INBOX"].letters.pop())
    (outcome,) = room.round()
    assert outcome.state == "review"
    assert outcome.arrival.reasons[0] == "Låg i mappen registrerat utan att vara registrerat"
