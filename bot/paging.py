"""Reads what stands on each page of a letter and of its papers, in a reading child, and takes it back from there."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from handlers.ports import Reader
from handlers.reading.characters import MAX_CHARACTERS, clean_name
from handlers.reading.letter import Letter, open_letter
from handlers.reading.material import Extract
from handlers.reading.reading import Context, Extracted, Party, Reading, Text
from handlers.reading.unpacking import unpack
from handlers.releasing import Paper

READ = "bot.paging:read"  # what the children are told to read with
WORDS = "brev"  # the letter's own words, beside the hashes of its papers
_CUT = "Texten är lång och kan vara avkortad. Se på originalet."
_MORE = "Handlingen är ett brev eller paket med mer i; det som ligger i den är egna handlingar."
_UNREAD = "Handlingen gick inte att läsa."
_NO_FILE = "Filens allt innehåll är inte text (bilder, kommentarer, egenskaper eller format): bara texten följer med."


def read(raw: bytes, context: Context, extract: Extract) -> tuple[Reading, tuple[bytes, ...]]:
    """Read a letter's pages: one text for its own words and one for each paper, by the paper's hash. In a child only."""
    found: dict[str, Paper] = {}

    def noting(media_type: str, name: str, data: bytes) -> Extracted:
        got = extract(media_type, name, data)
        if name:  # the letter's own words have none
            found.setdefault(hashlib.sha256(data).hexdigest(), _paper(got, data, extract))
        return got

    letter, _ = unpack(open_letter(raw), noting)
    found[WORDS] = _letter_as_paper(letter)
    texts = tuple(Text(where, json.dumps(_plain(paper), ensure_ascii=False)) for where, paper in found.items())
    return Reading(texts=texts), ()


def _letter_as_paper(letter: Letter) -> Paper:
    # A letter is never given as a file: its head holds more than anybody sees.
    words = "\n\n".join(_words(letter))
    cut = any(len(one.body) >= MAX_CHARACTERS - 10 for one in _all(letter))
    return Paper((words,), (*letter.warnings, *((_CUT,) if cut else ())))


def _all(letter: Letter) -> Iterator[Letter]:
    yield letter
    for inner in letter.inner:
        yield from _all(inner)


def _words(letter: Letter) -> Iterator[str]:
    envelope = letter.envelope
    head = [("Från", _party(envelope.from_)), ("Till", ", ".join(map(_party, envelope.to)))]
    head += [("Kopia", ", ".join(map(_party, envelope.cc)))]
    head += [("Datum", envelope.sent.isoformat(" ", "minutes") if envelope.sent else ""), ("Ämne", envelope.subject)]
    yield "\n".join(f"{name}: {value}" for name, value in head if value)
    yield letter.body
    for inner in letter.inner:
        yield "--- Bifogat eller vidarebefordrat brev ---"
        yield from _words(inner)


def _party(party: Party) -> str:
    return " ".join(t for t in (party.name or "", f"<{party.address}>" if party.address else "") if t)


def _paper(got: Extracted, data: bytes, extract: Extract) -> Paper:
    from bot.texts import plain  # here: the command that writes the files needs no reader of texts
    from bot.texts.tidy import LIMIT

    if got.letter:
        inner, _ = unpack(open_letter(got.letter), extract)
        told = _letter_as_paper(inner)
        return Paper(told.pages, (*got.warnings, *told.notes, _MORE))
    starts = got.page_starts or (0,)
    pages = [got.text[at:end].strip("\n") for at, end in zip(starts, (*starts[1:], len(got.text)), strict=True)]
    if not got.text.strip() and not got.pages:
        pages = []
    notes = [*got.warnings, *((_MORE,) if got.inside else ())]
    missing = (got.pages or len(pages)) - len(pages)
    if missing > 0 and not got.text.strip():
        pages += [""] * min(missing, 500)
    if len(got.text) >= LIMIT - 10 or (plain.looks_like_text(data) and len(data) > LIMIT):
        notes.append(_CUT)  # what nobody has read may be anything
    properties = None if notes or got.seen or missing > 0 else _nothing_else(got, data)
    if properties is None and pages and not notes:
        notes.append(_NO_FILE)
    return Paper(tuple(pages), tuple(notes), properties or "", whole=properties is not None)


def _nothing_else(got: Extracted, data: bytes) -> str | None:
    """Return a file's properties as text where words are all that it holds; else None."""
    from bot.texts import pdf, plain  # here: the command that writes the files needs no library of PDF

    if pdf.is_pdf(data):
        return pdf.properties(data)
    everything = plain.read("", data).text
    return "" if plain.looks_like_text(data) and everything == got.text and "<" not in everything else None


def _plain(paper: Paper) -> dict[str, Any]:
    told = {"pages": list(paper.pages), "notes": list(paper.notes)}
    return {**told, "properties": paper.properties, "whole": paper.whole}


# What follows runs in the command, outside the child.


def papers_of(reader: Reader, raw: bytes) -> dict[str, Paper]:
    """Return what a letter and its papers say, page by page: the words under WORDS, each paper under its hash.

    A letter that no child could read gives nothing.
    """
    reading = reader.read(raw, Context()).reading
    return {text.where: _made(text.text) for text in reading.texts}


def paper_of(reader: Reader, data: bytes, name: str, media_type: str) -> Paper:
    """Return what one file says that came in no letter: it is sent to the child as a letter with one paper."""
    wrapped = EmailMessage(policy=SMTP)
    main, _, sub = media_type.partition("/")
    if not re.fullmatch(r"[a-z]+/[a-z0-9.+-]+", media_type) or main in ("multipart", "message"):
        main, sub = "application", "octet-stream"
    wrapped.add_attachment(data, maintype=main, subtype=sub, filename=clean_name(name) or "fil")
    found = papers_of(reader, wrapped.as_bytes())
    return found.get(hashlib.sha256(data).hexdigest(), unread())


def unread() -> Paper:
    """Return what stands for a handling that could not be read."""
    return Paper(notes=(_UNREAD,))


def _made(text: str) -> Paper:
    """Return a paper out of what a child said; a child that was taken over may say anything."""
    try:
        told = json.loads(text)
        pages, notes = tuple(map(str, told["pages"])), tuple(str(n)[:1000] for n in told["notes"][:50])
        return Paper(pages, notes, str(told["properties"]), told["whole"] is True)
    except (ValueError, TypeError, KeyError, RecursionError):
        return unread()
