"""The post room among letters that cannot be dealt with: each is shown to a person, and never keeps the others waiting."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from bot.doors import FolderBox
from bot.mailboxes.folder import FolderMailbox
from bot.post import Memory
from handlers import intake, review
from handlers.notices import facts, morgon
from handlers.ports import LeftOut, ReadLetter
from handlers.reading.reading import Context, Reading
from storage.records import Notice
from tests.bot.house import House
from tests.builders import NOW, SN, letter
from tests.fakes import HereReader, MemoryMailbox


def _notices(house: House, kind: str = "larm") -> list[Notice]:
    with house.store.look() as book:
        return [n for n in book.notices() if n.kind == kind]


def _troubles(house: House) -> list[str]:
    with house.store.look() as book:
        return [t.what for t in book.troubles(("sn",))]


def _kept(house: House, raw_sha256: str) -> int:
    """Keep a letter as a crash leaves one; return its id."""
    with house.store.book() as book:
        return intake.arrived(book, SN, "k1", raw_sha256, "x.eml", NOW, NOW).id


def test_a_letter_whose_original_is_missing_is_shown_to_a_person_and_the_others_go_on(house: House) -> None:
    lost = _kept(house, "ab" * 32)
    house.box.put(letter("Motion om vägar"))
    house.box.folders["skickat"]["s.eml"] = letter("Svar på något", sender=SN.addresses[0])
    states = {o.arrival.id: (o.state, o.folder) for o in house.room.round()}
    assert states[lost] == ("review", "granska")
    assert "registered" in {state for state, _ in states.values()}
    assert house.room.memory.whole_on == NOW.date()
    assert house.room.memory.sent_at is not None
    with house.store.look() as book:
        (why,) = book.arrival(lost).reasons
    assert "Originalet finns inte kvar" in why
    for _ in range(3):
        house.clock.forward(days=1)
        assert house.room.round() == []
    assert len(_notices(house)) == 1  # to the registrator, once
    (what,) = _troubles(house)
    assert what.startswith(f"A-{lost}: Originalet")


def test_a_damaged_original_stops_no_round(house: House, tmp_path: Path) -> None:
    raw = letter("Motion om vägar")
    sha256 = house.raw.put(raw)
    path = tmp_path / "raw" / sha256[:2] / sha256[2:]
    path.chmod(0o600)
    path.write_bytes(b"something else")
    _kept(house, sha256)
    (outcome,) = house.room.round()
    assert outcome.state == "review"


def test_the_word_about_a_missing_original_is_over_when_a_person_has_decided(house: House) -> None:
    lost = _kept(house, "ab" * 32)
    house.room.round()
    with house.store.book() as book:
        ylva = book.person_by_email("ylva@ekeby.example")
        assert ylva is not None
        review.not_to_be_registered(book, lost, "fanns inte", ylva, now=NOW)
    house.clock.forward(minutes=5)
    house.room.round()
    assert _troubles(house) == []


def test_the_alarm_about_one_letter_says_which_and_what_to_do(house: House) -> None:
    lost = _kept(house, "ab" * 32)
    house.room.round()
    house.courier.round()
    words = b"".join(house.box.sent.values()).decode()
    assert f"A-{lost}" in words
    assert "namndbot verify" in words.replace("=\r\n", "")


def test_the_morning_tells_of_a_letter_that_needs_a_hand(house: House) -> None:
    _kept(house, "ab" * 32)
    house.room.round()
    with house.store.look() as book:
        message = morgon.render(SN, facts.morning(book, SN, now=NOW), now=NOW)
    assert message is not None
    assert "1 att ta hand om" in message.subject


class _Broken(HereReader):
    def read(self, raw: bytes, context: Context) -> ReadLetter:
        raise RuntimeError("hemligt innehåll")


class _Blind(HereReader):
    def read(self, raw: bytes, context: Context) -> ReadLetter:
        return ReadLetter(Reading(unreadable=True, warnings=("Brevet gick inte att läsa: det är för stort.",)))


@pytest.mark.parametrize("reader", [_Broken(), _Blind()])
def test_what_somebody_has_hidden_stays_hidden_though_nothing_can_be_made_of_it(
    house: House, reader: HereReader
) -> None:
    house.box.folders["hemligt"]["h.eml"] = letter("Om Kalle", "Kalle mår dåligt.")
    (outcome,) = dataclasses.replace(house.room, reader=reader).round()
    assert (outcome.state, outcome.folder) == ("secret", "hemligt")
    assert list(house.box.folders["hemligt"]) == ["h.eml"]
    assert house.box.folders["granska"] == {}
    assert [n.kind for n in _notices(house, "hemligt")] == ["hemligt"]
    assert "Kalle" not in repr(outcome.arrival.reading)


def test_what_somebody_has_hidden_stays_hidden_when_the_bot_was_stopped_at_it_too_often(house: House) -> None:
    raw = letter("Om Kalle", "Kalle mår dåligt.")
    house.box.folders["hemligt"]["h.eml"] = raw
    key = house.raw.put(raw)
    for _ in range(intake.MOST_ATTEMPTS):
        with house.store.book() as book:
            intake.arrived(book, SN, key, key, "h.eml", NOW, NOW)
    (outcome,) = house.room.round()
    assert (outcome.state, list(house.box.folders["hemligt"])) == ("secret", ["h.eml"])


def _sent_by_a_person(house: House, dnr: str) -> None:
    raw = letter(f"Svar {dnr}", "Svar.", sender=SN.addresses[0]).replace(
        b"To: socialnamnden@ekeby.example", b"To: x@y.example"
    )
    house.box.folders["skickat"]["s.eml"] = raw


@pytest.mark.parametrize("reader", [_Broken(), _Blind()])
def test_what_somebody_has_sent_is_never_moved(house: House, reader: HereReader) -> None:
    house.box.put(letter())
    (outcome,) = house.room.round()
    assert outcome.case is not None
    _sent_by_a_person(house, str(outcome.case.dnr))
    house.clock.forward(minutes=5)
    (outcome,) = dataclasses.replace(house.room, reader=reader).round()
    assert (outcome.state, outcome.folder) == ("review", "skickat")
    assert list(house.box.folders["skickat"]) == ["s.eml"]
    with house.store.book() as book:
        ylva = book.person_by_email("ylva@ekeby.example")
        assert ylva is not None
        review.not_to_be_registered(book, outcome.arrival.id, "Privat", ylva, now=NOW)
    house.clock.forward(minutes=5)
    house.room.round()
    assert list(house.box.folders["skickat"]) == ["s.eml"]


class _Holding(MemoryMailbox):
    """A mailbox that holds letters which it cannot give."""

    left: tuple[LeftOut, ...] = ()

    def left_out(self) -> tuple[LeftOut, ...]:
        return self.left


def test_a_letter_that_cannot_be_fetched_is_told_of_once_until_a_person_has_taken_it(house: House) -> None:
    box = _Holding()
    room = dataclasses.replace(house.room, mailbox=box)
    box.left = (LeftOut("ref", NOW, "det är 212 MB, och boten tar högst 200 MB"),)
    room.round()
    (what,) = _troubles(house)
    assert what == (
        "Ett brev som kom 2026-11-24 klockan 08.12 ligger kvar i inkorgen: det är 212 MB, och boten tar högst 200 MB. "
        "Registrera det för hand, och flytta det sedan ur inkorgen."
    )
    assert _notices(house) == []  # it may come at the next try
    for _ in range(4):
        house.clock.forward(minutes=31)
        # A new start each time: what has been told stands in the database.
        dataclasses.replace(room, memory=Memory()).round()
    assert len(_notices(house)) == 1
    house.courier.round()
    (mail,) = house.box.sent.values()
    assert "212 MB" in mail.decode()
    box.left = ()
    house.clock.forward(minutes=5)
    room.round()
    assert _troubles(house) == []
    assert len(_notices(house)) == 1  # nothing is said when it is over: who did it knows


def test_a_hundred_letters_with_one_fault_are_told_of_in_a_few_mails(house: House) -> None:
    box = _Holding()
    box.left = tuple(LeftOut(f"ref {number}", NOW, "servern lämnar inte ut det") for number in range(100))
    room = dataclasses.replace(house.room, mailbox=box)
    room.round()
    house.clock.forward(minutes=31)
    room.round()
    assert len(_troubles(house)) == 100
    assert len(_notices(house)) == 5


def test_a_file_that_may_not_be_read_is_told_of(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box = FolderMailbox(FolderBox(tmp_path / "post"), settled_seconds=0)
    box.open()
    (box.inbox / "a.eml").write_bytes(letter())
    read = Path.open

    def refuses(path: Path, *args: Any, **more: Any) -> Any:
        if path.name == "a.eml":
            raise PermissionError(13, "Permission denied")
        return read(path, *args, **more)

    monkeypatch.setattr(Path, "open", refuses)
    assert list(box.fetch()) == []
    (left,) = box.left_out()
    assert "Permission denied" in left.why
    monkeypatch.undo()
    assert len(list(box.fetch())) == 1
    assert box.left_out() == ()


def test_a_letter_that_becomes_secret_carries_no_number_in_the_mailbox(house: House) -> None:
    house.box.put(letter(), name="a.eml")
    (outcome,) = house.room.round()
    assert outcome.case is not None
    assert house.box.labels == {"a.eml": outcome.case.dnr}
    with house.store.book() as book:
        birgitta = book.person_by_email("birgitta@ekeby.example")
        assert birgitta is not None
        review.make_secret(book, outcome.arrival.id, birgitta, now=NOW, namnd=SN)
    house.room.round()
    assert (list(house.box.folders["hemligt"]), house.box.labels) == (["a.eml"], {})
