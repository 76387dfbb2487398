"""The post room with a mailbox that other people work in too."""

from __future__ import annotations

import dataclasses
import datetime as dt
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


def test_a_letter_that_the_server_will_not_move_keeps_no_other_waiting_and_is_told_of_once(
    room: PostRoom, server: ImapDouble, house: House
) -> None:
    server.boxes["INBOX"].add(letter("Motion om vägar"), NOW, set())
    server.boxes["INBOX"].add(letter("Motion om broar", "Nästa."), NOW + dt.timedelta(minutes=1), set())
    server.faults.stuck = {"Motion om vägar": "[SERVERBUG] no"}
    for _ in range(8):
        room.round()
        house.clock.forward(minutes=20)
    with house.store.look() as book:
        (stuck, other) = sorted(book.arrivals(("sn",)), key=lambda a: a.id)
        troubles = [t.what for t in book.troubles(("sn",))]
        alarms = [n for n in book.notices() if n.kind == "larm"]
    assert (stuck.moved_at, other.moved_at is not None) == (None, True)
    assert len(server.boxes["INBOX"].letters) == 1
    (told,) = troubles
    assert told.startswith(f"{stuck.label} går inte att flytta")
    assert len(alarms) == 1
    assert [c for c in server.said if c.startswith("UID MOVE")].count("UID MOVE 1 Registrerat") <= 6  # not every round
    server.faults.stuck = {}
    house.clock.forward(hours=2)
    room.round()
    with house.store.look() as book:
        assert book.arrival(stuck.id).moved_at is not None
        assert book.troubles(("sn",)) == []
    assert server.boxes["INBOX"].letters == []
