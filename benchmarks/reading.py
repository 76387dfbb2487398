"""What reading a letter costs, against the least it could cost; run by hand: python -m benchmarks.reading --help."""

from __future__ import annotations

import argparse
import contextlib
import email
import email.message
import email.policy
import inspect
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pypdfium2

from benchmarks import hostile
from benchmarks.processes import children, resident, spent
from bot.example.pdf import text_pdf
from bot.readers import Readers, read_here
from handlers.reading.reading import Context

LETTERS = Path(__file__).parents[1] / "tests" / "letters"
PARTS = ("speed", "memory", "hostile")

FLOOR_TIMES = 1.5  # what reading and understanding may cost, in times of taking the letter apart
HOSTILE_SECONDS = 1.0
GROWTH = 0.05  # of the memory at the first mark: a child that has met every kind of letter grows no more
MARKS = (1_000, 5_000, 10_000, 20_000)

_CONTEXT = Context(
    namnd_names=("Socialnämnden", "SN"), organisation="Ekeby kommun", own_prefixes=("SN",), own_addresses=()
)
_PAGE = """# Remiss av översyn av riktlinjer för boendestöd

Kommunstyrelsen överlämnar översynen till socialnämnden för yttrande. Ärendet har diarienummer KS 2026/417.

## Bakgrund
Kommunfullmäktige beslutade den 24 november 2025, § 211, att riktlinjerna skulle ses över. Översynen visar att
handläggningstiderna skiljer sig åt mellan områdena och att den enskilde sällan får veta när ett beslut kan väntas.
Kostnaderna ryms i den beslutade ramen. Samråd har skett med funktionsrättsrådet vid två tillfällen.

## Vad vi ber om
Nämnden ombeds särskilt att yttra sig över
1. om de föreslagna tiderna går att hålla,
2. vilka kostnader som tillkommer,
3. hur brukarna ska få veta vad som gäller.

Yttrandet ska vara kommunstyrelsen tillhanda senast den 15 januari 2027 och skickas till kommunstyrelsen@ekeby.example.
Har nämnden inget att erinra räcker det att så meddelas.

För kommunstyrelsen
Eva Ek
kommunsekreterare
"""


@dataclass(frozen=True, slots=True)
class Speed:
    """Milliseconds of processor time per letter."""

    floor: float
    here: float  # reading in this process, without a child
    child: float  # both processes, when the child is warm
    renewal: float  # what starting a new child costs, spread over the letters that it reads

    @property
    def times(self) -> float:
        """How many times the floor a letter costs, all told."""
        return (self.child + self.renewal) / self.floor


def text_letters() -> list[bytes]:
    """Return the letters of tests/letters that are text only."""
    raws = [file.read_bytes() for file in sorted(LETTERS.glob("*/mail.eml"))]
    return [raw for raw in raws if _text_only(email.message_from_bytes(raw))]


def pdf_letters(letters: Sequence[bytes]) -> list[bytes]:
    """Return the letters once more, each with a PDF of one page."""
    pdf = text_pdf(_PAGE)
    made = []
    for raw in letters:
        message = email.message_from_bytes(raw, policy=email.policy.default)
        text = message.get_body(("plain", "html"))
        whole = email.message.EmailMessage()
        for name in ("From", "To", "Subject", "Date", "Message-ID"):
            if name in message:
                whole[name] = message[name]
        whole.set_content(text.get_content() if text else "Se bifogad fil.")
        whole.add_attachment(pdf, maintype="application", subtype="pdf", filename="Remiss.pdf")
        with contextlib.suppress(UnicodeError):  # 8-bit headers: the standard library cannot write what it has read
            made.append(whole.as_bytes())
    return made


def _text_only(message: email.message.Message) -> bool:
    leaves = [part for part in message.walk() if not part.is_multipart()]
    return all(part.get_content_type() in ("text/plain", "text/html") and not part.get_filename() for part in leaves)


def floor(raw: bytes) -> int:
    """Do the least that any reader must: take the letter apart with the standard library, and the text out of PDFs.

    Returns how many characters there were, so that nothing is left undone.
    """
    message = email.message_from_bytes(raw, policy=email.policy.default)
    heads = [str(message[name]) for name in ("From", "To", "Cc", "Subject", "Date", "Message-ID")]
    body = message.get_body(("plain", "html"))
    texts = [body.get_content()] if body is not None else []
    for part in message.iter_attachments():
        data = part.get_payload(decode=True)
        if isinstance(data, bytes) and data.startswith(b"%PDF"):
            texts.append(bare_pdf(data))
    return sum(map(len, [*heads, *texts]))


def bare_pdf(data: bytes) -> str:
    """Return a PDF's text with nothing around it."""
    document = pypdfium2.PdfDocument(data)
    text = "\n".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    return text


def measure(letters: Sequence[bytes], count: int) -> Speed:
    """Read `count` letters, cycled, in each of the ways; all in one run, so that the machine is the same."""
    cycled = [letters[number % len(letters)] for number in range(count)]

    def here(raw: bytes) -> object:
        return read_here(raw, _CONTEXT)

    _per_letter(floor, cycled[: len(letters)]), _per_letter(here, cycled[: len(letters)])
    least, understood = _per_letter(floor, cycled), _per_letter(here, cycled)
    with Readers(count=1, letters_per_child=10 * count) as readers:
        before = spent()
        readers.read(letters[0], _CONTEXT)
        renewal = (spent() - before) * 1000 / _letters_per_child()
        for raw in letters:
            readers.read(raw, _CONTEXT)
        through = _per_letter(lambda raw: readers.read(raw, _CONTEXT), cycled)
    return Speed(least, understood, through, renewal)


def _per_letter(read: Callable[[bytes], object], letters: Sequence[bytes]) -> float:
    before = spent()
    for raw in letters:
        read(raw)
    return (spent() - before) * 1000 / len(letters)


def _letters_per_child() -> int:
    return int(inspect.signature(Readers).parameters["letters_per_child"].default)


def speed(count: int) -> bool:
    """Print what letters cost; tell whether the bound is kept."""
    texts = text_letters()
    print(
        f"{len(texts)} text-only letters, {sum(map(len, texts)) // len(texts)} bytes on average, {count} readings each"
    )
    print("CPU per letter, ms        floor  in this process  through a child  + new child   all told")
    kept = True
    for name, letters in (("text only", texts), ("with a one-page PDF", pdf_letters(texts))):
        found = measure(letters, count)
        print(
            f"{name:22} {found.floor:8.2f} {found.here:9.2f} ({found.here / found.floor:3.1f}x)"
            f" {found.child:9.2f} ({found.child / found.floor:3.1f}x) {found.renewal:9.2f} {found.times:11.2f}x"
        )
        kept = kept and found.times <= FLOOR_TIMES
    return kept


def memory(most: int) -> bool:
    """Print a child's memory while it reads ever more letters; tell whether it is flat."""
    texts = text_letters()
    letters = [*texts, *pdf_letters(texts)]
    marks = [mark for mark in MARKS if mark <= most]
    found: list[float] = []
    with Readers(count=1, letters_per_child=10 * most) as readers:
        for number in range(marks[-1]):
            readers.read(letters[number % len(letters)], _CONTEXT)
            if number + 1 in marks:
                [child] = children()
                found.append(resident(child))
                print(f"memory of a child after {number + 1:6} letters: {found[-1]:6.1f} MB", flush=True)
    return found[-1] <= found[0] * (1 + GROWTH)


def hostiles(places: Sequence[str], alphabets: Sequence[str], shown: int) -> bool:
    """Print the slowest hostile letters, by processor time; tell whether all stay below the bound."""
    found: list[tuple[float, str, str, str]] = []
    with Readers(count=1, seconds=60, cpu_seconds=50) as readers:
        readers.read(b"Subject: x\n\ny", _CONTEXT)  # so that starting the child is nobody's fault
        for place in places:
            for alphabet in alphabets:
                raw = hostile.letter(place, alphabet)
                before = spent()
                reading = readers.read(raw, _CONTEXT).reading
                fate = (reading.warnings or ("unreadable",))[0] if reading.unreadable else ""
                found.append((spent() - before, place, alphabet, fate))
    found.sort(reverse=True)
    slow = sum(seconds > HOSTILE_SECONDS for seconds, *_ in found)
    print(f"{len(found)} letters with a megabyte of one thing; {slow} took more than {HOSTILE_SECONDS} s. The slowest:")
    for seconds, place, alphabet, fate in found[:shown]:
        print(f"  {seconds:6.2f} s  {place:16} {alphabet:26} {fate}")
    lost = [entry for entry in found if entry[3]]
    for seconds, place, alphabet, fate in lost:
        print(f"  not read: {place} of {alphabet}: {fate} ({seconds:.2f} s)")
    return not slow and not lost


def main(arguments: Sequence[str]) -> int:
    """Run the parts asked for. Exit 1 when --check is given and a bound is not kept."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; none = all")
    asked.add_argument("--letters", type=int, default=2000, help="readings per measure of speed")
    asked.add_argument("--most", type=int, default=MARKS[-1], help="letters for the measure of memory")
    asked.add_argument("--places", nargs="*", choices=hostile.PLACES, default=list(hostile.PLACES))
    asked.add_argument("--alphabets", nargs="*", choices=hostile.ALPHABETS, default=list(hostile.ALPHABETS))
    asked.add_argument("--shown", type=int, default=25, help="how many of the slowest are named")
    asked.add_argument("--check", action="store_true", help="exit 1 when a bound is not kept")
    told = asked.parse_args(arguments)
    if unknown := set(told.parts) - set(PARTS):
        asked.error(f"no such part: {', '.join(sorted(unknown))}")
    parts = told.parts or PARTS
    started = time.monotonic()
    kept = True
    if "speed" in parts:
        kept = speed(told.letters) and kept
    if "memory" in parts:
        kept = memory(max(told.most, MARKS[0])) and kept
    if "hostile" in parts:
        kept = hostiles(told.places, told.alphabets, told.shown) and kept
    bounds = f"at most {FLOOR_TIMES} times the floor, memory flat, {HOSTILE_SECONDS} s for a hostile megabyte"
    print(f"{'Bounds kept' if kept else 'A bound is not kept'} ({bounds}); {time.monotonic() - started:.0f} s.")
    return 1 if told.check and not kept else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
