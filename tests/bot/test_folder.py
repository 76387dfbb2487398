"""The folder mailbox: whole letters only, oldest first, moved by renaming, nothing ever lost."""

from __future__ import annotations

import datetime as dt
import os
import time
from pathlib import Path

import pytest

from bot.doors import FolderBox
from bot.mailboxes.folder import FolderMailbox
from storage.raw import sha256_of
from tests.builders import NOW, letter


@pytest.fixture
def box(tmp_path: Path) -> FolderMailbox:
    made = FolderMailbox(FolderBox(tmp_path), settled_seconds=0)
    made.open()
    return made


def _put(box: FolderMailbox, name: str, raw: bytes, age: float = 60) -> Path:
    path = box.inbox / name
    path.write_bytes(raw)
    os.utime(path, (time.time() - age, time.time() - age))
    return path


def test_letters_come_oldest_first_with_the_servers_time(box: FolderMailbox) -> None:
    _put(box, "b.eml", letter(received=NOW))
    _put(box, "a.eml", letter(received=NOW + dt.timedelta(hours=1)))
    found = list(box.fetch())
    assert [i.reference for i in found] == ["b.eml", "a.eml"]
    assert found[0].received == NOW


def test_the_topmost_received_counts_and_the_files_time_where_there_is_none(box: FolderMailbox) -> None:
    first = b"Received: from x by y;\r\n\tMon, 23 Nov 2026 08:00:00 +0100\r\nReceived: from q; Fri, 20 Nov 2026 08:00:00 +0100\r\n\r\nHej"
    _put(box, "a.eml", first)
    _put(box, "b.eml", b"Subject: x\r\n\r\nReceived: i brevet; Fri, 20 Nov 2020 08:00:00 +0100", age=3600)
    _put(box, "c.eml", b"Received: from x by y; nonsens\r\n\r\nHej", age=1800)
    times = {i.reference: i.received for i in box.fetch()}
    assert times["a.eml"] == dt.datetime(2026, 11, 23, 7, tzinfo=dt.UTC)
    assert abs(times["b.eml"].timestamp() - (time.time() - 3600)) < 5
    assert abs(times["c.eml"].timestamp() - (time.time() - 1800)) < 5


def test_what_is_not_a_letter_is_left_alone(box: FolderMailbox) -> None:
    for name in (".dold.eml", "brev.tmp", "brev.eml.part", "läsmig.txt"):
        _put(box, name, b"x")
    (box.inbox / "mapp.eml").mkdir()
    _put(box, "tom.eml", b"")
    assert list(box.fetch()) == []


def test_a_file_that_has_just_been_written_is_left_until_it_lies_still(tmp_path: Path) -> None:
    box = FolderMailbox(FolderBox(tmp_path), settled_seconds=5)
    box.open()
    list(box.fetch())
    _put(box, "ny.eml", b"x", age=0)
    assert list(box.fetch()) == []
    _put(box, "ny.eml", b"x", age=10)
    assert [i.reference for i in box.fetch()] == ["ny.eml"]


def test_a_file_that_grows_under_an_old_time_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box = FolderMailbox(FolderBox(tmp_path), settled_seconds=5)
    box.open()
    list(box.fetch())
    path = _put(box, "kopia.eml", b"halv", age=3600)

    def meanwhile(_: float) -> None:
        with path.open("ab") as file:
            file.write(b" och lite till")
        os.utime(path, (time.time() - 3600, time.time() - 3600))

    monkeypatch.setattr(time, "sleep", meanwhile)
    assert list(box.fetch()) == []
    monkeypatch.setattr(time, "sleep", lambda _: None)
    assert [i.raw for i in box.fetch()] == [b"halv och lite till"]


def test_a_file_dated_tomorrow_by_another_machines_clock_is_taken(tmp_path: Path) -> None:
    box = FolderMailbox(FolderBox(tmp_path), settled_seconds=5)
    box.open()
    list(box.fetch())
    _put(box, "a.eml", b"x", age=-86_400)
    assert [i.reference for i in box.fetch()] == ["a.eml"]


def test_a_letter_is_moved_and_moving_again_is_harmless(box: FolderMailbox, tmp_path: Path) -> None:
    _put(box, "a.eml", b"x")
    assert box.move("a.eml", "registrerat", sha256_of(b"x")) == "a.eml"
    assert box.move("a.eml", "registrerat", sha256_of(b"x")) == "a.eml"
    assert (tmp_path / "registrerat" / "a.eml").read_bytes() == b"x"
    assert box.move("a.eml", "granska", sha256_of(b"x")) == "a.eml"
    assert not (tmp_path / "registrerat" / "a.eml").exists()


def test_a_letter_loses_its_name_in_hemligt(box: FolderMailbox, tmp_path: Path) -> None:
    _put(box, "Orosanmälan Nils.eml", b"x")
    called = box.move("Orosanmälan Nils.eml", "hemligt", sha256_of(b"x"))
    assert called is not None
    assert "Nils" not in called
    assert (tmp_path / "hemligt" / called).read_bytes() == b"x"
    assert box.move(called, "registrerat", sha256_of(b"x")) == called


def test_two_letters_of_one_name_are_both_kept_and_each_is_found_again(box: FolderMailbox, tmp_path: Path) -> None:
    _put(box, "a.eml", b"ett")
    first = box.move("a.eml", "granska", sha256_of(b"ett"))
    _put(box, "a.eml", b"ett annat")
    second = box.move("a.eml", "granska", sha256_of(b"ett annat"))
    assert first is not None
    assert second is not None
    assert first != second
    assert box.move(second, "registrerat", sha256_of(b"ett annat"))
    assert [p.read_bytes() for p in (tmp_path / "granska").iterdir()] == [b"ett"]


def test_a_new_letter_that_carries_an_old_ones_name_is_never_moved_in_its_place(box: FolderMailbox) -> None:
    _put(box, "brev.eml", b"gammalt")
    box.move("brev.eml", "granska", sha256_of(b"gammalt"))
    _put(box, "brev.eml", b"nytt")
    box.move("brev.eml", "registrerat", sha256_of(b"gammalt"))
    assert [i.raw for i in box.fetch()] == [b"nytt"]


def test_a_name_that_is_no_text_or_too_long_is_moved_all_the_same(box: FolderMailbox) -> None:
    (box.inbox / os.fsdecode(b"br\xe5v.eml")).write_bytes(b"x")
    (box.inbox / ("l" * 250 + ".eml")).write_bytes(b"y")
    found = {i.raw: i.reference for i in box.fetch()}
    for raw, reference in found.items():
        reference.encode("utf-8")
        assert box.move(reference, "registrerat", sha256_of(raw))
    assert sorted(found) == [b"x", b"y"]
    assert list(box.fetch()) == []


def test_a_copy_that_has_stalled_is_left_until_its_last_boundary_has_come(tmp_path: Path) -> None:
    box = FolderMailbox(FolderBox(tmp_path), settled_seconds=2)
    box.open()
    list(box.fetch())
    whole = letter(attachments=(("a.pdf", b"x" * 3000),))
    _put(box, "a.eml", whole[: len(whole) // 2], age=5)
    assert list(box.fetch()) == []
    _put(box, "a.eml", whole, age=5)
    assert [i.raw for i in box.fetch()] == [whole]
    _put(box, "b.eml", whole[: len(whole) // 2], age=600)
    assert len(list(box.fetch())) == 2  # it will never come: better half a letter than none


def test_a_received_date_beyond_the_calendar_is_no_date(box: FolderMailbox) -> None:
    _put(box, "a.eml", b"Received: from a by b; Fri, 31 Dec 9999 23:59:59 -1200\r\n\r\nHej", age=30)
    assert abs(next(box.fetch()).received.timestamp() - time.time()) < 60


def test_a_letter_that_a_person_has_taken_is_no_fault(box: FolderMailbox) -> None:
    assert box.move("borta.eml", "registrerat", sha256_of(b"x")) is None


def test_a_name_is_never_a_path(box: FolderMailbox, tmp_path: Path) -> None:
    (tmp_path / "utanför.eml").write_bytes(b"x")
    assert box.move("../utanför.eml", "registrerat", sha256_of(b"x")) is None
    assert (tmp_path / "utanför.eml").exists()


def test_the_same_message_sent_twice_is_one_file(box: FolderMailbox, tmp_path: Path) -> None:
    box.send("<nb.1@ekeby.example>", b"ett", "bo@post.example")
    box.send("<nb.1@ekeby.example>", b"ett", "bo@post.example")
    box.send("<../../x@ekeby.example>", b"annat", "bo@post.example")
    assert len(list((tmp_path / "utkorg").iterdir())) == 2
