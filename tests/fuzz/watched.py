"""The reader under the fuzzer's eyes; a process of its own, for what is watched must not have been imported before."""

from __future__ import annotations

import sys
from pathlib import Path

NO_FUZZER = 3  # the exit code where Atheris is not installed
LONGEST = 20_000  # bytes of a letter; the megabytes are those of benchmarks/hostile.py
HANGS = 60  # seconds after which a letter that is still being read is given up
MEGABYTES = 2_000  # of the fuzzer with all that it has gathered


def watch(folder: Path, seconds: int) -> int:
    """Read changed letters for a while; letters that reach something new go to the corpus, faults to the finds."""
    try:
        import atheris
    except ImportError:
        return NO_FUZZER
    with atheris.instrument_imports(include=["handlers.reading", "bot.texts"]):
        from tests.fuzz.finding import Finds, fault_of
        from tests.fuzz.mutating import mutated
        from tests.reading.promises import keep
    finds = Finds(folder / "finds")

    def one(raw: bytes) -> None:
        fault = fault_of(raw, lambda raw: keep(raw, again=len(raw) % 8 == 0))  # twice costs twice
        if fault is not None and finds.take(raw, fault):
            print(f"FOUND {fault.key}", flush=True)

    def change(data: bytes, most: int, seed: int) -> bytes:
        return mutated(data, most, seed, atheris.Mutate)

    options = [
        f"-max_total_time={seconds}",
        f"-max_len={LONGEST}",
        f"-timeout={HANGS}",
        f"-rss_limit_mb={MEGABYTES}",
        f"-dict={folder / 'words.dict'}",
        f"-artifact_prefix={folder}/left-",
        "-print_final_stats=1",
    ]
    atheris.Setup([sys.argv[0], str(folder / "corpus"), *options], one, custom_mutator=change)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(watch(Path(sys.argv[1]), int(sys.argv[2])))
