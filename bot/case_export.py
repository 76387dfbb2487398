"""A case written out: to be handed over to another system, or to be released to anybody with private persons covered."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bot import export_words, packing, paging
from bot.reading_child import OLE_MAGIC
from handlers import case_told, handing_over, releasing
from handlers.case_told import Kept
from handlers.errors import Refused
from handlers.handing_over import CaseFile
from handlers.ports import Reader
from handlers.releasing import Paper, Released
from handlers.rules import covering
from storage.raw import RawLetters
from storage.records import Document, Namnd
from storage.store import Store

HANDED_OVER, RELEASED = "exporterat", "utlämnat"  # in the journal
_FOLDER = "handlingar"
_MOST = 80  # characters of a file's name
_NAMELESS = "handling"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: the number as typed, where to, and which kind of export. target None: beside us, by number."""

    dnr: str
    target: Path | None = None
    release: bool = False
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: where, how many handlingar, and what a person has to look at."""

    target: Path
    papers: int
    files: int
    hidden: int
    places: int
    unread: int
    checksum: str


@dataclass(frozen=True, slots=True)
class _Ready:
    """What is to be written, apart from the originals."""

    told: Mapping[str, Any]
    originals: tuple[tuple[str, str], ...]  # path, hash
    texts: tuple[tuple[str, str], ...] = ()  # path, text
    places: int = 0
    unread: int = 0


def export(
    store: Store,
    raw: RawLetters,
    reader: Reader,
    namnder: Mapping[str, Namnd],
    wish: Wish,
    *,
    now: dt.datetime,
    actor: str,
) -> Exported:
    """Write a case out and note in its journal who took out what; nothing is written over, and all is there or nothing.

    Raises Refused for a secret case that is not asked for as such, and where something stands at the target already;
    NotFound or StorageDamaged when an original is not what was kept.
    """
    with store.look() as book:
        case = handing_over.find_case(book, wish.dnr, namnder)
        if case.secret and not wish.secret:
            raise Refused(f"{wish.dnr} har sekretess. Ska det ändå med: lägg till --sekretess.")
        # What is secret is never released, whoever asks.
        made = handing_over.gather(book, case, namnder[case.namnd], secret=wish.secret and not wish.release)
    target = wish.target or Path(_plain_name(f"{case.dnr or wish.dnr}{'-utlamnande' if wish.release else ''}.zip"))
    packing.check_free(target)
    ready = _released(made, raw, reader) if wish.release else _handed_over(made, raw)
    with packing.package(target) as box:
        for path, data in _files(ready, made, raw, release=wish.release):
            box.put(path, data)
        checksum = box.seal()
        # Noted before the package has its name: the journal may tell of one that never came, never miss one that did.
        noted = {
            "kontrollsumma": checksum,
            "handlingar": len(made.documents) - len(made.hidden),
            "sekretess": wish.secret and not wish.release,
        }
        with store.book() as book:
            book.note(
                case.namnd,
                RELEASED if wish.release else HANDED_OVER,
                now=now,
                actor=actor,
                case_id=case.id,
                data=noted | ({"maskerade": ready.places} if wish.release else {}),
            )
        box.place()
    return Exported(
        target,
        len(made.documents),
        len(ready.originals),
        len(made.hidden),
        ready.places,
        ready.unread,
        checksum,
    )


def _files(ready: _Ready, made: CaseFile, raw: RawLetters, *, release: bool) -> Iterator[tuple[str, bytes]]:
    """Give every file but the checksums; the originals one at a time, for they may be large."""
    lists = [
        ("LÄS-MIG.txt", export_words.read_me(made, release=release)),
        ("arende.json", case_told.as_json(ready.told)),
        ("arende.csv", case_told.case_list(ready.told)),
        ("handlingar.csv", case_told.paper_list(ready.told)),
        ("handelser.csv", case_told.event_list(ready.told)),
    ]
    for path, text in (*lists, *ready.texts):
        yield path, text.encode("utf-8", "replace")
    for path, sha256 in ready.originals:
        yield path, raw.get(sha256)


def _with_file(made: CaseFile) -> list[tuple[Document, str]]:
    return [(d, d.sha256) for d in made.documents if d.sha256 is not None and d.id not in made.hidden]


def _handed_over(made: CaseFile, raw: RawLetters) -> _Ready:
    files: dict[int, Kept] = {}
    originals = []
    for document, sha256 in _with_file(made):
        data = raw.get(sha256)
        files[document.id] = Kept(_path(document, document.file_name, data), len(data))
        originals.append((files[document.id].path, sha256))
    return _Ready(case_told.as_object(made, files, "överlämning"), tuple(originals))


def _released(made: CaseFile, raw: RawLetters, reader: Reader) -> _Ready:
    papers = _papers(made, raw, reader)
    told = case_told.as_object(made, {}, "utlämnande")
    cover = releasing.cover_of(made, papers.values(), told)
    files: dict[int, Kept] = {}
    released: list[Released] = []
    originals, texts = [], []
    for document, sha256 in _with_file(made):
        one = releasing.release(document, papers[document.id], cover)
        title, places = covering.covered(document.title, cover)
        name, found = covering.covered(document.file_name, cover)
        if one.as_file and not found:
            data = raw.get(sha256)
            path = _path(document, document.file_name, data)
            files[document.id] = Kept(path, len(data))
            originals.append((path, sha256))
        else:
            path = _path(document, f"{_NAMELESS if found or places else name}.txt", b"")
            text = releasing.as_text(made, one, title)
            files[document.id] = Kept(path, len(text.encode("utf-8", "replace")))
            texts.append((path, text))
        released.append(replace(one, path=path))
    register = Counter[str]()
    shown = releasing.cover_object(case_told.as_object(made, files, "utlämnande"), cover, register)
    texts.append(("maskning.csv", releasing.list_of(made, released, register)))
    places_in_all = sum(register.values()) + sum(sum(p.places.values()) for r in released for p in r.pages)
    unread = sum(not r.pages or not all(p.read for p in r.pages) for r in released)
    return _Ready(shown, tuple(originals), tuple(texts), places_in_all, unread)


def _papers(made: CaseFile, raw: RawLetters, reader: Reader) -> dict[int, Paper]:
    """Return what each handling says, by its id; every letter is read once, with its papers."""
    read: dict[str, dict[str, Paper]] = {}
    letters = {a.id: a.raw_sha256 for a in made.letters}
    papers = {}
    for document, sha256 in _with_file(made):
        letter = letters.get(document.arrival_id or 0)
        if letter is not None and letter not in read:
            read[letter] = paging.papers_of(reader, raw.get(letter))
        found = read.get(letter, {}) if letter is not None else {}
        if letter == sha256:
            paper = found.get(paging.WORDS)
        else:
            paper = found.get(sha256) or paging.paper_of(
                reader, raw.get(sha256), document.file_name, document.media_type
            )
        papers[document.id] = paper or paging.unread()
    return papers


def _path(document: Document, name: str, data: bytes) -> str:
    """Return where a handling's file lies: its number, and of its own name what every system can take."""
    if data.startswith(OLE_MAGIC) and name.endswith(".eml"):
        name = name.removesuffix(".eml") + ".msg"  # an Outlook letter, whatever it was called when it came
    return f"{_FOLDER}/{document.number:02d}-{_plain_name(name)}"


def _plain_name(name: str) -> str:
    """Return a file name of letters, figures, dots and hyphens.

    >>> _plain_name("../../Motion: Ö (slutlig).pdf"), _plain_name("\\u202e.."), _plain_name("KS 2026/12.zip")
    ('Motion-Ö-slutlig.pdf', 'handling', 'KS-2026-12.zip')
    """
    name = unicodedata.normalize("NFC", name)
    name = re.sub(r"[^A-Za-z0-9åäöÅÄÖéÉüÜ._-]+", "-", name)
    stem, dot, end = name.rpartition(".")
    stem, end = (stem, end) if dot and 0 < len(end) <= 8 else (name, "")
    stem = re.sub(r"-*\.[-.]*|-{2,}", lambda m: "." if "." in m[0] else "-", stem).strip("-._")[:_MOST].strip("-._")
    end = end.strip("-_.")
    return f"{stem or _NAMELESS}.{end}" if end else stem or _NAMELESS
