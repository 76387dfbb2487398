"""What every kind of mailbox promises, the same for all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.mailboxes import KINDS
from handlers.ports import Gone, Incoming, Mailbox
from tests.mailboxes.peer import PEERS, Peer

# A day that has been: a real server takes no letter from the future.
DAY = dt.datetime(2026, 9, 1, 9, 0, tzinfo=dt.UTC)


@pytest.fixture(params=sorted(PEERS))
def peer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Peer]:
    with PEERS[request.param](tmp_path) as made:
        yield made


def raw(subject: str, body: str = "Hej.", message_id: str = "") -> bytes:
    head = f"From: anna@region.example\r\nTo: socialnamnden@ekeby.example\r\nSubject: {subject}\r\n"
    head += f"Message-ID: {message_id}\r\n" if message_id else ""
    return f"{head}Date: Tue, 01 Dec 2026 09:00:00 +0100\r\nMIME-Version: 1.0\r\n\r\n{body}\r\n".encode()


def one(box: Mailbox) -> Incoming:
    (found,) = box.fetch()
    return found


def test_each_kind_that_the_settings_may_name_is_tried_here() -> None:
    assert set(KINDS) <= {name.partition(" ")[0] for name in PEERS}


def test_letters_come_oldest_first_with_their_bytes_and_the_servers_time(peer: Peer) -> None:
    for n in (2, 0, 1):
        peer.put(raw(f"Brev {n}"), DAY + dt.timedelta(hours=n))
    found = list(peer.open().fetch())
    assert [f.received for f in found] == [DAY + dt.timedelta(hours=n) for n in range(3)]
    assert [f"Brev {n}".encode() in f.raw for n, f in enumerate(found)] == [True] * 3
    if peer.keeps_bytes:
        assert [f.raw for f in found] == [raw(f"Brev {n}") for n in range(3)]


def test_what_came_before_the_bot_began_is_left_alone(peer: Peer) -> None:
    peer.put(raw("Gammalt"), DAY - dt.timedelta(days=40))
    peer.put(raw("Nytt"), DAY)
    assert [f.received for f in peer.open().fetch(DAY - dt.timedelta(days=1))] == [DAY]
    assert peer.subjects("inkorg") == ["Gammalt", "Nytt"]


def test_fetching_changes_nothing_and_gives_what_is_not_moved_again(peer: Peer) -> None:
    peer.put(raw("Ett"), DAY)
    box = peer.open()
    first, again, anew = one(box), one(box), one(peer.open())
    assert first.key == again.key == anew.key
    assert next(iter(box.fetch(everything=True))).key == first.key
    assert peer.subjects("inkorg") == ["Ett"]


def test_a_letter_that_comes_later_is_given_too(peer: Peer) -> None:
    box = peer.open()
    assert list(box.fetch()) == []
    peer.put(raw("Ett"), DAY)
    letter = one(box)
    box.move(letter.reference, "registrerat", letter.key)
    peer.put(raw("Tva"), DAY)
    assert b"Tva" in one(box).raw


def test_a_moved_letter_lies_in_its_folder_and_no_more_in_the_inbox(peer: Peer) -> None:
    for subject in ("Ett", "Tva"):
        peer.put(raw(subject), DAY)
    box = peer.open()
    letter = next(iter(box.fetch()))
    called = box.move(letter.reference, "registrerat", letter.key, "SN 2026-12")
    assert called
    (moved,) = peer.subjects("registrerat")
    assert peer.subjects("inkorg") == sorted({"Ett", "Tva"} - {moved})
    assert [f.key for f in box.fetch()] != [letter.key]
    if peer.has_labels:
        assert any("2026-12" in label for label in peer.labels(moved))


def test_a_move_may_be_made_again_by_another_copy_of_the_bot(peer: Peer) -> None:
    peer.put(raw("Ett"), DAY)
    letter = one(peer.open())
    assert peer.open().move(letter.reference, "registrerat", letter.key, "SN 2026-12")
    # The crash came before the move was noted: the old reference is all that is known.
    assert peer.open().move(letter.reference, "registrerat", letter.key, "SN 2026-12")
    assert (peer.subjects("inkorg"), peer.subjects("registrerat")) == ([], ["Ett"])


def test_a_letter_goes_on_from_one_folder_to_the_next(peer: Peer) -> None:
    peer.put(raw("Ett"), DAY)
    box = peer.open()
    letter = one(box)
    called = box.move(letter.reference, "granska", letter.key)
    assert called
    assert peer.open().move(called, "hemligt", letter.key)
    assert (peer.subjects("granska"), peer.subjects("hemligt")) == ([], ["Ett"])


def test_a_letter_that_a_person_was_faster_with_is_no_fault(peer: Peer) -> None:
    for subject in ("Ett", "Tva"):
        peer.put(raw(subject), DAY)
    box = peer.open()
    letters = {bytes(f.raw).split(b"\r\n")[2]: f for f in box.fetch()}
    peer.person_deletes("Ett")
    gone = next(f for head, f in letters.items() if b"Ett" in head)
    assert box.move(gone.reference, "registrerat", gone.key) is None
    assert [f.key for f in box.fetch()] != [gone.key]
    assert peer.subjects("registrerat") == []


def test_a_letter_that_a_person_has_moved_to_its_folder_is_found_there(peer: Peer) -> None:
    peer.put(raw("Ett"), DAY)
    box = peer.open()
    letter = one(box)
    peer.person_moves("Ett", "registrerat")
    assert box.move(letter.reference, "registrerat", letter.key, "SN 2026-12")
    assert peer.subjects("registrerat") == ["Ett"]


def test_a_person_may_take_a_letter_between_the_list_and_the_fetch(peer: Peer) -> None:
    for n in range(3):
        peer.put(raw(f"Brev {n}"), DAY + dt.timedelta(hours=n))
    letters = peer.open().fetch()
    next(letters)
    peer.person_deletes("Brev 1")
    assert [b"Brev 2" in f.raw for f in letters] == [True]


def test_what_lies_in_a_folder_is_told_and_can_be_fetched(peer: Peer) -> None:
    box = peer.open()
    peer.put(raw("Ett", message_id="<ett@region.example>"), DAY, "registrerat")
    peer.put(raw("Gammalt"), DAY - dt.timedelta(days=40), "registrerat")
    (lying,) = box.lying("registrerat", DAY - dt.timedelta(days=1))
    assert (lying.received, lying.message_id) == (DAY, "<ett@region.example>")
    letter = box.letter(lying.reference)
    assert lying.key in (None, letter.key)
    assert b"Ett" in letter.raw
    assert box.move(lying.reference, "granska", letter.key)
    assert peer.subjects("granska") == ["Ett"]
    with pytest.raises(Gone):
        box.letter(lying.reference)


def test_what_was_fetched_and_moved_is_told_under_the_reference_that_the_move_gave(peer: Peer) -> None:
    peer.put(raw("Ett"), DAY)
    box = peer.open()
    letter = one(box)
    called = box.move(letter.reference, "registrerat", letter.key)
    (lying,) = box.lying("registrerat")
    assert called == lying.reference or lying.key == letter.key


def test_two_letters_with_one_message_id_are_two(peer: Peer) -> None:
    peer.put(raw("Ett", message_id="<x@region.example>"), DAY)
    peer.put(raw("Tva", message_id="<x@region.example>"), DAY)
    assert len({f.key for f in peer.open().fetch()}) == 2


def test_nothing_is_ever_deleted(peer: Peer) -> None:
    for n in range(12):
        peer.put(raw(f"Brev {n}"), DAY + dt.timedelta(minutes=n))
    box = peer.open()
    for n, letter in enumerate(box.fetch()):
        if n % 2:
            box.move(
                letter.reference, ("registrerat", "granska", "hemligt", "ovrigt")[n % 4], letter.key, f"SN 2026-{n}"
            )
    lie = [s for f in ("inkorg", "registrerat", "granska", "hemligt", "ovrigt") for s in peer.subjects(f)]
    assert sorted(lie) == sorted(f"Brev {n}" for n in range(12))


def test_our_own_mark_is_taken_off_again_and_peoples_stay(peer: Peer) -> None:
    peer.put(raw("Ett"), DAY)
    box = peer.open()
    letter = one(box)
    called = box.move(letter.reference, "registrerat", letter.key, "SN 2026-1")
    assert called
    called = box.move(called, "registrerat", letter.key, "Brådskande")
    assert called
    marked = peer.labels("Ett")
    for reference in (called, letter.reference, called):  # as after a crash, and again
        box.unmark(reference, letter.key, "SN 2026-1")
    left = [m for m in marked if "2026-1" not in m]
    assert peer.labels("Ett") == left
    assert len(left) == (1 if peer.has_labels else 0)
    assert box.move(called, "hemligt", letter.key)
    assert peer.labels("Ett") == left


def test_a_mark_is_taken_off_wherever_the_letter_lies_and_one_that_is_gone_is_no_fault(peer: Peer) -> None:
    peer.put(raw("Ett"), DAY)
    box = peer.open()
    letter = one(box)
    called = box.move(letter.reference, "registrerat", letter.key, "SN 2026-1")
    assert called
    peer.person_moves("Ett", "hemligt")
    box.unmark(called, letter.key, "SN 2026-1")
    assert peer.labels("Ett") == []
    peer.person_deletes("Ett")
    box.unmark(called, letter.key, "SN 2026-1")
