"""The folder mailbox: whole letters only, oldest first, moved by renaming, nothing ever lost."""

from __future__ import annotations

import datetime as dt
import os
import time
from pathlib import Path

import pytest

from bot.mailboxes.folder import FolderMailbox
from tests.builders import NOW, letter


@pytest.fixture
def box(tmp_path: Path) -> FolderMailbox:
    made = FolderMailbox(tmp_path, settled_seconds=0)
    list(made.fetch())
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
    box = FolderMailbox(tmp_path, settled_seconds=5)
    list(box.fetch())
    _put(box, "ny.eml", b"x", age=0)
    assert list(box.fetch()) == []
    _put(box, "ny.eml", b"x", age=10)
    assert [i.reference for i in box.fetch()] == ["ny.eml"]


def test_a_file_that_grows_under_an_old_time_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box = FolderMailbox(tmp_path, settled_seconds=5)
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
    box = FolderMailbox(tmp_path, settled_seconds=5)
    list(box.fetch())
    _put(box, "a.eml", b"x", age=-86_400)
    assert [i.reference for i in box.fetch()] == ["a.eml"]


def test_a_letter_is_moved_and_moving_again_is_harmless(box: FolderMailbox, tmp_path: Path) -> None:
    _put(box, "a.eml", b"x")
    assert box.move("a.eml", "registrerat")
    assert box.move("a.eml", "registrerat")
    assert (tmp_path / "registrerat" / "a.eml").read_bytes() == b"x"
    assert box.move("a.eml", "hemligt")
    assert (tmp_path / "hemligt" / "a.eml").exists()
    assert not (tmp_path / "registrerat" / "a.eml").exists()


def test_two_letters_of_one_name_are_both_kept(box: FolderMailbox, tmp_path: Path) -> None:
    _put(box, "a.eml", b"ett")
    box.move("a.eml", "registrerat")
    _put(box, "a.eml", b"ett annat")
    box.move("a.eml", "registrerat")
    assert sorted(p.read_bytes() for p in (tmp_path / "registrerat").iterdir()) == [b"ett", b"ett annat"]


def test_a_letter_that_a_person_has_taken_is_no_fault(box: FolderMailbox) -> None:
    assert box.move("borta.eml", "registrerat") is False


def test_a_name_is_never_a_path(box: FolderMailbox, tmp_path: Path) -> None:
    (tmp_path / "utanför.eml").write_bytes(b"x")
    assert box.move("../utanför.eml", "registrerat") is False
    assert (tmp_path / "utanför.eml").exists()


def test_the_same_message_sent_twice_is_one_file(box: FolderMailbox, tmp_path: Path) -> None:
    box.send("<nb.1@ekeby.example>", b"ett")
    box.send("<nb.1@ekeby.example>", b"ett")
    box.send("<../../x@ekeby.example>", b"annat")
    assert len(list((tmp_path / "utkorg").iterdir())) == 2
