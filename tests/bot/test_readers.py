"""The readers promise: whatever a letter does, it comes back read or unreadable, and the bot goes on."""

from __future__ import annotations

import datetime as dt
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.example import NAMNDER, ORGANISATION, letters
from bot.readers import UNDERSTANDING, ReaderBroken, ReaderClosed, Readers, read_here
from handlers.reading.reading import Context

# Stands in for the understanding: the letter itself says what shall happen in the child.
STAND_IN = """
import hashlib, os, signal, time
from pathlib import Path
from handlers.reading.reading import Attachment, Reading

def read(raw, context, extract):
    word, _, rest = raw.partition(b" ")
    if word == b"die":
        os.kill(os.getpid(), signal.SIGKILL)
    if word == b"die-once" and not Path(rest.decode()).exists():
        os.mkdir(rest.decode())
        os.kill(os.getpid(), signal.SIGKILL)
    if word == b"hang":
        time.sleep(600)
    if word == b"spin":
        while True:
            pass
    if word == b"eat":
        pieces = [bytearray(50_000_000) for _ in range(1000)]
    if word == b"raise":
        raise RuntimeError("a fault in the reading")
    if word == b"shout":
        print("not an answer", flush=True)
        os.write(1, b"not an answer")
    if word == b"lie":
        return Reading(attachments=(Attachment("a", "b/c", 7, ""),)), (b"short",)
    if word == b"write":
        with open(rest.decode(), "wb") as file:
            file.write(b"a trace")
    title = {
        b"environment": lambda: ",".join(sorted(os.environ)),
        b"session": lambda: f"{os.getsid(0)} {os.getpid()}",
        b"context": lambda: repr(context),
        b"pid": lambda: str(os.getpid()),
        b"odd": lambda: "f\\x00ö\\ud800 \\\\u0000",
        b"text": lambda: extract("text/plain", "a.txt", rest).text,
    }.get(word, lambda: raw.decode("utf-8", "replace"))()
    contents = tuple(rest.split(b"|")) if word == b"attach" else ()
    attachments = tuple(
        Attachment(f"{n}.bin", "application/octet-stream", len(c), hashlib.sha256(c).hexdigest())
        for n, c in enumerate(contents)
    )
    return Reading(kind="motion", title=title[:5000], attachments=attachments), contents
"""

Made = Callable[..., Readers]


@pytest.fixture
def readers(tmp_path: Path) -> Iterator[Made]:
    (tmp_path / "stand_in.py").write_text(STAND_IN, encoding="utf-8")
    made: list[Readers] = []

    def make(understanding: str = "stand_in:read", **limits: float) -> Readers:
        new = Readers(python_path=[str(tmp_path)], understanding=understanding, **limits)  # type: ignore[arg-type]
        made.append(new)
        return new

    yield make
    for one in made:
        one.close()


def test_a_letter_goes_through_a_real_child(readers: Made) -> None:
    # Arrange
    received = dt.datetime(2026, 11, 24, 8, 30, tzinfo=dt.UTC)
    context = Context(("Socialnämnden", "SN"), "Ekeby kommun", ("sn@ekeby.example",), ("SN",), received)
    # Act
    letter = readers().read(b"context", context)
    # Assert
    assert letter.reading.kind == "motion"
    assert letter.reading.title == repr(context)


def test_attachments_come_back_in_order_byte_for_byte(readers: Made) -> None:
    contents = [bytes(range(256)).replace(b"|", b""), b"", os.urandom(3_000_000).replace(b"|", b""), b"\x00\xff"]
    letter = readers().read(b"attach " + b"|".join(contents), Context())
    assert list(letter.contents) == contents
    assert [a.name for a in letter.reading.attachments] == ["0.bin", "1.bin", "2.bin", "3.bin"]


def test_the_child_reads_attachments_with_the_text_room(readers: Made) -> None:
    assert readers().read("text Nämnden\r\nsvarar".encode("cp1252"), Context()).reading.title == "Nämnden\nsvarar"


def test_a_child_that_is_killed_mid_letter_gives_a_second_try(readers: Made, tmp_path: Path) -> None:
    letter = readers().read(f"die-once {tmp_path / 'tried'}".encode(), Context())
    assert not letter.reading.unreadable
    assert (tmp_path / "tried").exists()


@pytest.mark.parametrize("raw", [b"die", b"raise", b"lie"])
def test_a_letter_that_breaks_two_children_is_unreadable_and_the_next_goes_on(readers: Made, raw: bytes) -> None:
    # Arrange
    reader = readers(count=1)
    # Act
    broken, whole = reader.read(raw, Context()), reader.read(b"hej", Context())
    # Assert
    assert broken.reading.unreadable
    assert broken.reading.kind == "other"
    assert broken.reading.review == ("Kunde inte tolkas",)
    assert broken.reading.warnings == ("Brevet gick inte att läsa: läsaren stannade.",)
    assert whole.reading.title == "hej"


def test_two_unreadable_letters_are_not_taken_for_the_same(readers: Made) -> None:
    reader = readers()
    prints = {reader.read(raw, Context()).reading.fingerprint for raw in (b"die 1", b"die 2")}
    assert len(prints) == 2
    assert "" not in prints


def test_a_hanging_reading_is_cut_off(readers: Made) -> None:
    reader = readers(seconds=0.5)
    reader.read(b"warm", Context())
    begun = time.monotonic()
    letter = reader.read(b"hang", Context())
    assert letter.reading.warnings == ("Brevet gick inte att läsa: det tog för lång tid.",)
    assert time.monotonic() - begun < 10


def test_a_reading_that_spins_is_cut_off_by_its_processor_time(readers: Made) -> None:
    letter = readers(seconds=60, cpu_seconds=0.2).read(b"spin", Context())
    assert letter.reading.warnings == ("Brevet gick inte att läsa: det tog för lång tid.",)


def test_a_memory_bomb_is_cut_off(readers: Made) -> None:
    letter = readers(megabytes=300).read(b"eat", Context())
    assert letter.reading.warnings == ("Brevet gick inte att läsa: det är för stort.",)


def test_a_letter_too_large_is_not_even_sent(readers: Made) -> None:
    letter = readers(largest=1000, understanding="no_such_module:read").read(b"x" * 1001, Context())
    assert letter.reading.unreadable
    assert letter.reading.warnings == ("Brevet gick inte att läsa: det är för stort.",)


def test_the_child_is_told_no_secret(readers: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAMNDBOT_DATABASE_PASSWORD", "canary")
    known = {"PATH", "LANG", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUTF8", "MALLOC_ARENA_MAX", "LC_CTYPE"}
    assert set(readers().read(b"environment", Context()).reading.title.split(",")) <= known


def test_the_child_stands_in_its_own_session_so_that_ctrl_c_does_not_reach_it(readers: Made) -> None:
    session, process = readers().read(b"session", Context()).reading.title.split()
    assert session == process
    assert int(session) != os.getsid(0)


def test_the_child_writes_no_file(readers: Made, tmp_path: Path) -> None:
    letter = readers().read(f"write {tmp_path / 'trace'}".encode(), Context())
    assert letter.reading.unreadable
    assert not (tmp_path / "trace").exists() or (tmp_path / "trace").read_bytes() == b""


def test_what_a_library_prints_does_not_disturb_the_answer(readers: Made) -> None:
    assert readers().read(b"shout", Context()).reading.title == "shout"


def test_what_no_database_takes_is_left_out(readers: Made) -> None:
    assert readers().read(b"odd", Context()).reading.title == "fö? \\u0000"


def test_a_child_is_replaced_after_its_share_of_letters(readers: Made) -> None:
    reader = readers(count=1, letters_per_child=2)
    pids = [reader.read(b"pid", Context()).reading.title for _ in range(4)]
    assert pids[0] == pids[1] != pids[2] == pids[3]


def test_children_can_be_warmed_before_the_first_letter(readers: Made) -> None:
    reader = readers(count=2)
    reader.warm()
    reader.warm()
    assert len({reader.read(b"pid", Context()).reading.title for _ in range(5)}) == 1
    with reader:
        pass
    with pytest.raises(ReaderClosed):
        reader.read(b"hej", Context())


def test_close_ends_a_hanging_read_at_once(readers: Made) -> None:
    # Arrange
    reader = readers(count=1)
    reader.read(b"warm", Context())
    ends: list[BaseException] = []

    def hang() -> None:
        try:
            reader.read(b"hang", Context())
        except ReaderClosed as closed:
            ends.append(closed)

    waiting = [threading.Thread(target=hang) for _ in range(3)]  # one at work, two in line
    for thread in waiting:
        thread.start()
    time.sleep(0.3)
    # Act
    begun = time.monotonic()
    reader.close()
    for thread in waiting:
        thread.join(5)
    # Assert
    assert time.monotonic() - begun < 2
    assert len(ends) == 3
    with pytest.raises(ReaderClosed):
        reader.read(b"hej", Context())


def test_four_threads_get_each_their_own_answer(readers: Made) -> None:
    reader = readers(count=3)
    letters = [f"brev {n} ".encode() + b"x" * (n * 5000 % 100_000) for n in range(80)]
    with ThreadPoolExecutor(4) as threads:
        titles = list(threads.map(lambda raw: reader.read(raw, Context()).reading.title, letters))
    assert titles == [raw.decode()[:5000] for raw in letters]


def test_a_reader_that_cannot_start_is_the_installations_fault_not_the_letters(readers: Made) -> None:
    with pytest.raises(ReaderBroken, match="no_such_module"):
        readers(understanding="no_such_module:read").read(b"hej", Context())


def test_a_letter_can_be_read_here(readers: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readers()  # writes the stand-in
    monkeypatch.syspath_prepend(str(tmp_path))
    letter = read_here(b"attach a|b", Context(), "stand_in:read")
    assert letter.contents == (b"a", b"b")


def test_the_example_post_is_read_by_the_real_understanding(readers: Made) -> None:
    # Arrange
    now = dt.datetime(2026, 11, 24, 7, 40, tzinfo=dt.UTC)
    names = {namnd.key: Context((namnd.name,), ORGANISATION, (namnd.address,), (namnd.prefix,)) for namnd in NAMNDER}
    reader = readers(understanding=UNDERSTANDING)
    # Act
    read = {letter.name[:2]: reader.read(letter.raw, names[letter.namnd]).reading for letter in letters(now)}
    # Assert
    assert not [name for name, reading in read.items() if reading.unreadable]
    assert [name for name, reading in read.items() if reading.secret] == ["17"]
    assert {name: read[name].kind for name in ("14", "15", "16")} == {
        "14": "autosvar",
        "15": "nyhetsbrev",
        "16": "studs",
    }
    assert read["06"].outcome == "återremiss"
    assert read["04"].fingerprint == read["13"].fingerprint


def test_a_whole_msg_is_made_into_mime_before_it_is_read(readers: Made) -> None:
    damaged = readers().read(b"\xd0\xcf\x11\xe0 and nothing more", Context())
    assert damaged.reading.unreadable
