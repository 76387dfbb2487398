"""A coverage-guided search for letters that the reader breaks on; run by hand: make fuzz."""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.fuzz.finding import Fault, Finds, fault_of
from tests.fuzz.mutating import dictionary
from tests.fuzz.seeds import seeds
from tests.fuzz.watched import NO_FUZZER

ROOT = Path(__file__).parents[2]
SECONDS = 600
GROWTH = 1.1  # times the memory after all letters once, when they are read again
CLEARED = "the fuzzer stopped and left it behind: it hangs, or fills the memory"


def main(arguments: Sequence[str]) -> int:
    """Search for a while; exit 1 when something was found."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seconds", type=int, default=int(os.environ.get("FUZZ_SECONDS") or SECONDS))
    asked.add_argument("--folder", type=Path, default=ROOT / ".fuzz", help="where the letters and finds are kept")
    asked.add_argument("--show", type=Path, metavar="FIND", help="read a find again and show what happens")
    asked.add_argument("--twice", action="store_true", help=argparse.SUPPRESS)
    told = asked.parse_args(arguments)
    if told.show:
        fault = fault_of((told.show / "mail.eml").read_bytes())
        print(fault.told if fault else "All is well.")
        return 1 if fault else 0
    if told.twice:
        return _twice(told.folder)
    return _search(told.folder, told.seconds)


def _search(folder: Path, seconds: int) -> int:
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for name, raw in seeds().items():
        (corpus / name).write_bytes(raw)
    (folder / "words.dict").write_text(dictionary(), "ascii")
    until = time.monotonic() + seconds
    print(f"Reading changed letters for {seconds} s, from {len(list(corpus.iterdir()))} in {corpus} ...", flush=True)
    while (left := int(until - time.monotonic())) > 0:
        ended = _run("tests.fuzz.watched", str(folder), str(left))
        _take_in(folder)
        if ended == NO_FUZZER:
            print("Atheris is not there: it has wheels for Linux on x86-64 only. Nothing was searched.")
            return 2
    print(
        f"{len(list(corpus.iterdir()))} letters that each reach something new; making the finds smaller ...", flush=True
    )
    if _run("tests.fuzz", "--twice", "--folder", str(folder)):
        Finds(folder / "finds").take(b"", Fault("memory grows", "Reading the same letters again took more memory."))
    found = Finds(folder / "finds").shrink()
    print("\n".join(found) or "Nothing was found.")
    if found:
        print(f"See {folder / 'finds' / 'README.txt'}.")
    return 1 if found else 0


def _run(module: str, *arguments: str) -> int:
    return subprocess.run([sys.executable, "-m", module, *arguments], cwd=ROOT, check=False).returncode


def _take_in(folder: Path) -> None:
    """What libFuzzer has left behind when it stopped: a letter that hangs, or fills the memory."""
    finds = Finds(folder / "finds")
    for file in folder.glob("left-*"):
        raw = file.read_bytes()
        finds.take(raw, Fault(f"{file.name.split('-')[1]} {len(raw)} bytes", CLEARED))
        file.unlink()


def _twice(folder: Path) -> int:
    """Read all letters twice; 1 where the second time takes more memory."""
    letters = [file.read_bytes() for file in sorted((folder / "corpus").iterdir())]
    peaks = []
    for _ in range(2):
        for raw in letters:
            fault_of(raw)
        peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    print(f"Memory: {peaks[0] // 1024} MB after all letters once, {peaks[1] // 1024} MB after twice.", flush=True)
    return 1 if peaks[1] > peaks[0] * GROWTH else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
