"""The search keeps each fault once, makes its letter small, and changes letters the same way for the same seed."""

from __future__ import annotations

import random
from pathlib import Path

from tests.fuzz.finding import Fault, Finds, fault_of, smaller
from tests.fuzz.mutating import dictionary, mutated
from tests.fuzz.seeds import seeds


def _reads_all_but_two(raw: bytes) -> None:
    if b"boom" in raw:
        raise ValueError("boom")
    assert b"bang" not in raw, "it bangs"


def _full(raw: bytes) -> None:
    raise MemoryError


def _busy(raw: bytes) -> None:
    for _ in range(3):
        sum(range(100_000))


def test_a_fault_is_known_by_its_place_and_a_broken_promise_by_its_words() -> None:
    fault, promise = fault_of(b"a boom", _reads_all_but_two), fault_of(b"a bang", _reads_all_but_two)
    assert fault is not None
    assert fault.key.startswith("ValueError in test_fuzz.py:_reads_all_but_two:")
    assert promise == Fault("AssertionError in it bangs", promise.told if promise else "")
    assert fault_of(b"well", _reads_all_but_two) is None


def test_a_letter_that_fills_the_memory_is_the_childs_matter() -> None:
    assert fault_of(b"", _full) is None


def test_a_letter_that_costs_too_much_is_a_fault_of_the_function_that_spends_it() -> None:
    fault = fault_of(b"", _busy, most=0.0)
    assert fault is not None
    assert fault.key == "slow in test_fuzz.py:_busy"


def test_a_find_is_kept_once_and_made_small(tmp_path: Path) -> None:
    finds = Finds(tmp_path)
    for raw in (b"Subject: x\n\none\nboom two\nthree\n", b"boom again"):
        fault = fault_of(raw, _reads_all_but_two)
        assert fault is not None
        finds.take(raw, fault)
    [told] = Finds(tmp_path).shrink(_reads_all_but_two)
    [letter] = tmp_path.glob("*/mail.eml")
    assert letter.read_bytes() == b"boom"
    assert "now 4" in told
    assert not Finds(tmp_path).take(b"boom later", fault_of(b"boom later", _reads_all_but_two) or Fault("", ""))


def test_what_makes_a_letter_smaller_ends_when_its_time_is_over() -> None:
    assert smaller(b"a\nb", lambda raw: True, seconds=0) == b"a\nb"


def test_a_letter_is_changed_the_same_way_for_the_same_seed() -> None:
    raw = seeds()["with-remiss.pdf"]
    changed = [mutated(raw, 20_000, seed, _flipped) for seed in range(60)]
    assert changed == [mutated(raw, 20_000, seed, _flipped) for seed in range(60)]
    assert len(set(changed)) > 40
    assert all(len(mutated(raw, 100, seed, _flipped)) <= 100 for seed in range(20))
    assert [mutated(b"", 50, seed, _flipped) for seed in range(60)]


def _flipped(data: bytes, most: int) -> bytes:
    at = random.Random(len(data)).randint(0, len(data))
    return (data[:at] + b"\xff" + data[at + 1 :])[:most]


def test_the_dictionary_is_one_that_libfuzzer_reads() -> None:
    lines = dictionary().splitlines()
    assert '"Subject: "' in lines
    assert all(line.isascii() and line[0] == line[-1] == '"' and '"' not in line[1:-1] for line in lines)
    assert len(lines) == len(set(lines))


def test_every_format_is_among_the_seeds() -> None:
    assert {"with-remiss.docx", "with-remiss.pdf", "with-brev.msg", "001-remiss-arlost-datum"} <= seeds().keys()
