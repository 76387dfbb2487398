"""The post room with a mailbox that other people work in too."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator

import pytest

from bot.mailboxes.imap import ImapMailbox
from bot.post import Memory, PostRoom
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


def _fetched(server: ImapDouble) -> int:
    return sum("BODY.PEEK[])" in said for said in server.said)


def _register(room: PostRoom, server: ImapDouble, count: int) -> None:
    for number in range(count):
        about = "abcdefgh"[number] * 6
        server.boxes["INBOX"].add(letter(f"Motion om {about}vägen", f"Om {about}."), NOW, set())
    room.round()
    assert server.boxes["INBOX"].letters == []


def test_letters_that_the_server_has_given_new_numbers_are_fetched_once(
    room: PostRoom, server: ImapDouble, house: House
) -> None:
    _register(room, server, 4)
    server.renew("Registrerat")
    server.renew("Granska")
    fetched = []
    for _ in range(3):
        house.clock.forward(days=1)
        before = _fetched(server)
        # A new start each day: nothing is remembered but what the database holds.
        assert dataclasses.replace(room, memory=Memory()).round() == []
        fetched.append(_fetched(server) - before)
    assert fetched == [4, 0, 0]


def test_two_copies_of_a_letter_in_our_folders_are_not_fetched_each_day(
    room: PostRoom, server: ImapDouble, house: House
) -> None:
    _register(room, server, 1)
    (name,) = [n for n in ("Registrerat", "Granska") if server.boxes[n].letters]
    server.boxes[name].add(server.boxes[name].letters[0].raw, NOW, set())
    fetched = []
    for _ in range(4):
        house.clock.forward(days=1)
        before = _fetched(server)
        room.round()
        fetched.append(_fetched(server) - before)
    assert fetched[2:] == [0, 0]
