"""Text out of pictures and scanned pages, by the program `tesseract` where it is installed with Swedish."""

from __future__ import annotations

import functools
import shutil
import subprocess
import time
from collections.abc import Iterable

from bot.texts.tidy import tidy

PAGES = 8  # of one letter
SECONDS = 20.0  # wall time for all pictures of one letter; a dense page takes about four
PAGE_SECONDS = 15.0
SMALLEST = 5_000  # bytes; a smaller picture is an ornament
LARGEST = 20_000_000  # bytes of one picture
DOTS = 200 / 72  # dots per point: 200 to the inch read as well as 300 and faster
MOST_POINTS = 2_000  # a longer side is a drawing; it is made smaller

MISSING = "Bilden är inte läst: programmet tesseract med svenska (tesseract-ocr-swe) är inte installerat."
UNSURE = "Texten är inläst från en bild (OCR). Läs igenom: tecken och siffror kan vara fel."
NOT_ALL = "Alla sidor som är bilder hann inte läsas."
_PLACES = "/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin"


class Ocr:
    """The reader of pictures for one letter: it holds the letter's time and pages. Used by one thread."""

    def __init__(self, seconds: float = SECONDS, pages: int = PAGES) -> None:
        self._ends = time.monotonic() + seconds
        self._pages = pages

    @property
    def available(self) -> bool:
        """Is there a program that reads Swedish?"""
        return program() is not None

    def read(self, pictures: Iterable[bytes]) -> tuple[list[str], bool]:
        """Return each picture's text, in order, and whether there was time for all of them."""
        texts: list[str] = []
        for picture in pictures:
            left = self._ends - time.monotonic()
            if self._pages <= 0 or left < 1:
                return texts, False
            self._pages -= 1
            text = _seen(picture, min(left, PAGE_SECONDS))
            if text is None:
                return texts, False
            texts.append(text)
        return texts, True


@functools.cache
def program() -> str | None:
    """Return the path of a tesseract that has Swedish, or None. Asked once in each process."""
    path = shutil.which("tesseract", path=_PLACES)  # the child has no PATH of its own
    if path is None:
        return None
    try:
        told = subprocess.run([path, "--list-langs"], capture_output=True, timeout=10, check=False, stdin=subprocess.DEVNULL)  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return path if b"swe" in (told.stdout + told.stderr).split() else None


def _seen(picture: bytes, seconds: float) -> str | None:
    """Return the text of one picture; None when the time was up. What tesseract cannot open has no text."""
    path = program()
    if path is None:
        return ""
    command = [path, "stdin", "stdout", "-l", "swe", "--psm", "3", "-c", "debug_file=/dev/null"]
    try:
        done = subprocess.run(
            command,
            input=picture,
            capture_output=True,
            timeout=seconds,
            check=False,
            env={"OMP_THREAD_LIMIT": "1", "PATH": _PLACES, "LANG": "C.UTF-8"},  # one core: the other reads letters
        )
    except subprocess.TimeoutExpired:
        return None
    except OSError:
        return ""
    return tidy(done.stdout.decode("utf-8", "replace"))
