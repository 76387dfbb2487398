"""A case as it may be handed out to anybody (TF 2 kap. 15-18 §§): what tells of a private person is covered.

It is a proposal. A person tests the secrecy (OSL 2009:400) before anything is handed out, takes away what was covered
without reason, and covers what the bot did not see.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from handlers import lists
from handlers.handing_over import CaseFile
from handlers.reading.reading import Party, Reading
from handlers.rules import covering, masking
from handlers.rules.covering import Cover
from storage.records import Document

COLUMNS = ("handling", "fil", "sida", "vad", "varför", "antal")
REGISTER = "registret"
NOTHING = "inget att maskera hittades"
NOT_READ = "kunde inte läsas"
HIDDEN = "hemlig handling"
# Made by the house itself: nothing in them was written by anybody outside.
_OURS = frozenset(
    """format sort diarienummer namnd organisation status sekretess vackt inkom registrerad handlingens_dag dag
    flyttad_fran tid stalld svarade_tid dnr nummer riktning storlek fil sha256 hash lage sakerhet handling brev typ sak vad
    falt fraga steg""".split()
)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a handling as text, covered; places tells how many of each kind. read: whether there was any text."""

    text: str
    places: Mapping[str, int]
    read: bool


@dataclass(frozen=True, slots=True)
class Released:
    """A handling as it may go out: its pages, what to say of it, and whether the file itself may go along."""

    document: Document
    pages: tuple[Page, ...]
    notes: tuple[str, ...]
    as_file: bool
    path: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """What a reading child found in a handling. whole: nothing stands in the file but the words of its pages."""

    pages: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    properties: str = ""
    whole: bool = False


def cover_of(made: CaseFile, papers: Iterable[Paper], told: Mapping[str, Any]) -> Cover:
    """Return what is to be covered in a case: who is private is told by the letters, who is an official by the register.

    papers: what was read in the handlingar. told: the case's JSON object, whose words are looked through too.
    Names of those who raised a motion, of officials in the register and of those who write for an authority stay. Who
    makes a medborgarförslag is a private person.
    """
    readings = [(a, Reading.from_json(a.reading)) for a in made.open_letters() if a.reading]
    own = {a.rpartition("@")[2].lower() for a in made.namnd.addresses}
    domains = {d for d in own if d and not masking.is_anybodys(d)}
    bodies = {made.namnd.name, made.namnd.organisation}
    private, public = set[str](), {p.name for p in (*made.staff, *made.people.values())}
    for _, reading in readings:
        if reading.sender_authority and not masking.is_name(reading.sender_authority):
            bodies.add(reading.sender_authority)
            domains |= {d for p in _authors(reading) if _is_of((d := _domain(p)), reading.sender_authority)}
        politicians = {_bare(m) for m in reading.motionarer}
        (private if _is_citizens(reading.kind, reading.matter) else public).update(politicians)
    (private if _is_citizens(made.case.kind, made.case.matter) else public).update(map(_bare, made.case.motionarer))
    for _, reading in readings:
        for party in (*_authors(reading), *reading.envelope.to, *reading.envelope.cc):
            if party.name and masking.may_be_persons(_bare(party.name)):
                (public if _domain(party) in domains else private).add(_bare(party.name))
    said = (made.case.sender, *(d.party for d in made.documents if d.id not in made.hidden))
    for name in (_bare(one) for names in said if names for one in names.split(", ")):  # several are written as one
        if name and "@" not in name:
            (private if masking.may_be_persons(name) else bodies).add(name)
    texts = [*(t for paper in papers for t in (*paper.pages, paper.properties)), *_words(told)]
    return covering.cover_for(texts, private=private - public, public=public, bodies=bodies, domains=domains)


def _words(told: Any) -> Iterator[str]:
    if isinstance(told, str):
        yield told
    elif isinstance(told, list):
        for value in told:
            yield from _words(value)
    elif isinstance(told, Mapping):
        for key, value in told.items():
            yield from () if key in _OURS else _words(value)


def _authors(reading: Reading) -> tuple[Party, ...]:
    return tuple(p for p in (reading.sender, reading.forwarded_by, reading.envelope.from_) if p is not None)


def _domain(party: Party) -> str:
    return (party.address or "").rpartition("@")[2].lower()


def _is_of(domain: str, body: str) -> bool:
    """Say whether a domain is a body's: it carries a word of its name, as tierp.se does for Tierps kommun.

    Who writes for a body from an address of another sort may be anybody.
    """
    words = [w for w in re.findall(r"[a-z]{4,}", masking.plain(body)) if w not in ("kommun", "region")]
    labels = [part for part in re.split(r"[.-]", masking.plain(domain))[:-1] if len(part) > 3]
    return not masking.is_anybodys(domain) and any(
        a.startswith(b[:-1]) or b.startswith(a) for a in labels for b in words
    )


def _bare(name: str) -> str:
    """Return a name without its party: "Lena Östberg (V)" is Lena Östberg."""
    return re.sub(r"\s*\([^)]*\)?\s*$", "", " ".join(name.split()))


def _is_citizens(kind: str, matter: str | None) -> bool:
    return "medborgarforslag" in (kind, matter)


def release(document: Document, paper: Paper, cover: Cover) -> Released:
    """Return a handling with what tells of a private person covered.

    The file itself goes along only where nothing had to be covered in it and nothing else can stand in it.
    """
    pages = []
    for text in paper.pages:
        shown, places = covering.covered(text, cover)
        pages.append(Page(shown, places, bool(text.strip())))
    clean = not any(p.places for p in pages) and not covering.covered(paper.properties, cover)[1]
    clean = clean and not covering.covered(document.title, cover)[1]
    read = bool(pages) and all(p.read for p in pages)
    notes = tuple(covering.covered(n, cover)[0] for n in paper.notes)  # they may name a file
    return Released(document, tuple(pages), notes, as_file=clean and read and paper.whole)


def cover_object(told: Any, cover: Cover, places: Counter[str]) -> Any:
    """Return the case's JSON object with what others have written covered; count the places."""
    if isinstance(told, str):
        shown, found = covering.covered(told, cover)
        places.update(found)
        return shown
    if isinstance(told, list):
        return [cover_object(v, cover, places) for v in told]
    if isinstance(told, Mapping):
        return {k: v if k in _OURS else cover_object(v, cover, places) for k, v in told.items()}
    return told


def list_of(made: CaseFile, released: Sequence[Released], register: Mapping[str, int]) -> str:
    """Return maskning.csv: each page of each handling, what was covered there, why, and how many places."""
    rows: list[tuple[str, ...]] = []
    for name in sorted(register):
        rows.append((REGISTER, "arende.json", "", name, covering.WHY[name], str(register[name])))
    by_id = {r.document.id: r for r in released}
    for document in made.documents:
        number, one = str(document.number), by_id.get(document.id)
        if document.id in made.hidden:
            rows.append((number, "", "", HIDDEN, "Bara nummer och dag står i listan. Pröva den för sig.", ""))
        elif one is not None:
            rows += [(number, *row) for row in _rows(one)]
    return lists.as_csv(COLUMNS, rows)


def _rows(one: Released) -> Iterator[tuple[str, ...]]:
    for number, page in enumerate(one.pages, start=1):
        if not page.read:
            yield one.path, str(number), NOT_READ, "Sidan har ingen text som boten kan läsa. Se på den själv.", ""
        elif not page.places:
            yield one.path, str(number), NOTHING, "", "0"
        for what in sorted(page.places):
            yield one.path, str(number), what, covering.WHY[what], str(page.places[what])
    if not one.pages:
        yield one.path, "", NOT_READ, "Filen följer inte med. Se på den själv.", ""
    for note in one.notes:
        yield one.path, "", "att tänka på", note, ""


def as_text(made: CaseFile, one: Released, title: str) -> str:
    """Return a handling's pages as the text file that stands instead of it."""
    head = f"Handling {one.document.number} i {made.case.dnr or 'ärendet'}: {title}"
    lines = [
        head,
        "Handlingens text så som boten har läst den. Det som kan gälla en enskild är täckt med ████.",
        "Originalet är inte med. Läs texten mot originalet och pröva sekretessen innan något lämnas ut.",
    ]
    for number, page in enumerate(one.pages, start=1):
        lines += ["", f"--- Sida {number} av {len(one.pages)} ---", ""]
        lines.append(page.text if page.read else "[Sidan har ingen text som boten kan läsa.]")
    if not one.pages:
        lines += ["", "[Handlingen gick inte att läsa.]"]
    return "\n".join(lines) + "\n"
