"""Unpacking: what lies in archives, in attached letters and in Outlook's own packages, laid out as parts of the letter."""

from __future__ import annotations

import hashlib
from collections import deque
from dataclasses import dataclass, replace

from .characters import clean_name, mend, tidy
from .letter import MAX_PARTS, Letter, Part, open_letter
from .material import Extract
from .reading import Extracted

_MEDIA = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "odt": "application/vnd.oasis.opendocument.text",
    "rtf": "application/rtf",
    "txt": "text/plain",
    "html": "text/html",
    "htm": "text/html",
    "zip": "application/zip",
    "eml": "message/rfc822",
    "msg": "application/vnd.ms-outlook",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "tif": "image/tiff",
    "tiff": "image/tiff",
}
DEPTH = 3  # an archive in an attached letter in an archive; deeper is no document


@dataclass(frozen=True, slots=True)
class Opened:
    """A part and what could be read out of it."""

    part: Part
    got: Extracted


def unpack(letter: Letter, extract: Extract) -> tuple[Letter, tuple[Opened, ...]]:
    """Read all parts, and those that lie in them. Returns the letter with what was packed, and the parts in order.

    A letter that was wrapped whole (winmail.dat, S/MIME) becomes the letter's own words; one that is attached (.msg)
    becomes a letter in this one, as message/rfc822 is.
    """
    letter = _worded(letter, extract)
    waiting = deque((part, 0) for part in letter.parts)
    opened: list[Opened] = []
    warnings: list[str] = []
    while waiting:
        part, depth = waiting.popleft()
        if len(opened) >= MAX_PARTS:
            warnings.append("Brevet har fler bilagor än som läses.")
            break
        got = _read(part, extract)
        if got.silent:
            continue
        inner = _inner(got.letter, extract) if depth < DEPTH else None
        if inner is not None:
            letter = _with(letter, inner)
            waiting.extendleft((p, depth + 1) for p in reversed(inner.parts))
            if not inner.envelope.from_.address:
                continue  # only a wrapper, with nothing of its own
            got = replace(got, text="", pages=None, read_elsewhere=True)
        opened.append(Opened(part, got))
        if got.inside and depth >= DEPTH:
            warnings.append(f"{part.name}: packad fil i packad fil är inte läst.")
        elif got.inside:
            waiting.extendleft((_part(p.name, p.data), depth + 1) for p in reversed(got.inside))
    return replace(letter, warnings=tuple(dict.fromkeys([*letter.warnings, *warnings]))), tuple(opened)


def _read(part: Part, extract: Extract) -> Extracted:
    try:
        return extract(part.media_type, part.name, part.data)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - one attachment that cannot be read must not cost the letter
        return Extracted(warnings=(f"{part.name}: kunde inte läsas.",))


def _worded(letter: Letter, extract: Extract) -> Letter:
    """The letter and those in it with their HTML read as text, where they have no other words or point to it."""
    inner = tuple(_worded(i, extract) for i in letter.inner)
    if not letter.html.strip():
        return replace(letter, inner=inner)
    got = _read(Part("", "text/html", letter.html, ""), extract)
    body = "\n\n".join(text for text in (tidy(mend(got.text)), letter.body.strip()) if text)
    return replace(letter, body=body, inner=inner, warnings=(*letter.warnings, *got.warnings))


def _inner(raw: bytes, extract: Extract) -> Letter | None:
    if not raw:
        return None
    try:
        return _worded(open_letter(raw), extract)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - the attachment stays listed, unread
        return None


def _with(letter: Letter, inner: Letter) -> Letter:
    """The letter and one that lay in it."""
    warnings = (*letter.warnings, *inner.warnings)
    if inner.envelope.from_.address:
        return replace(letter, inner=(*letter.inner, inner), warnings=warnings)
    return replace(
        letter,
        body=letter.body if letter.body.strip() else inner.body,
        inner=(*letter.inner, *inner.inner),
        calendar=letter.calendar or inner.calendar,
        warnings=warnings,
    )


def _part(name: str, data: bytes) -> Part:
    clean = clean_name(mend(tidy(name))) or "bilaga.bin"
    media = _MEDIA.get(clean.rpartition(".")[2].lower(), "application/octet-stream")
    return Part(clean, media, data, hashlib.sha256(data).hexdigest())
