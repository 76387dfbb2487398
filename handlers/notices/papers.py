"""The text that an approval is about: which handlingar they are, and which of them a mail can carry."""

from __future__ import annotations

import re
from collections.abc import Sequence

from handlers.gates import is_hidden
from handlers.notices.message import Attached
from handlers.reading.characters import clean_name
from storage.records import Case, Document
from storage.store import Book

MOST_BYTES = 10_000_000  # of all files together: base64 makes a third more of them, and many servers stop at 15 MB
_PAPERS = ("tjansteskrivelse", "utkast")
_MEDIA = re.compile(r"(?:application|text|image)/[a-z0-9.+-]{1,80}")
_ANY = "application/octet-stream"


def papers(book: Book, case_id: int) -> list[Document]:
    """Return what is to be approved: the text that was taken for the case's own, with its attachments.

    What somebody from outside calls a tjänsteskrivelse is none until a registrator has said so.
    """
    proofs = {m.document_id for m in book.milestones(case_id) if m.kind in _PAPERS and m.met_on and m.document_id}
    documents = [d for d in book.documents(case_id) if not d.makulerad]
    last = next((d for d in reversed(documents) if d.id in proofs), None)
    if last is None:
        return []
    beside = [d for d in documents if d.attachment and d.arrival_id is not None and d.arrival_id == last.arrival_id]
    return [last, *(d for d in beside if d.id != last.id)]


def carried(book: Book, case: Case) -> tuple[tuple[Attached, ...], str]:
    """Return the files of what is to be approved that a mail can carry; or none, and why not in a sentence."""
    found = papers(book, case.id)
    if not found:
        return (), "Tjänsteskrivelsen har inte kommit till brevlådan. Fråga handläggaren efter den."
    arrival = book.arrival(found[0].arrival_id) if found[0].arrival_id else None
    if case.secret or (arrival is not None and is_hidden(arrival, case)):
        return (), "Tjänsteskrivelsen är inte bifogad, för den omfattas av sekretess."
    # A letter only carries its files; where it has none its own words are the text.
    files = [d for d in found if d.media_type != "message/rfc822"] or found
    if any(d.sha256 is None for d in files):
        return (), "Tjänsteskrivelsen finns inte som fil. Fråga handläggaren efter den."
    if sum(d.size for d in files) > MOST_BYTES:
        return (), "Tjänsteskrivelsen är för stor att bifoga. Läs den på sidan."
    return tuple(_attached(case, d) for d in files), ""


def _attached(case: Case, document: Document) -> Attached:
    name = clean_name(document.file_name)
    if not name or name == "brev.eml":
        name = clean_name(f"{case.dnr or 'handling'}-{document.number}.{'eml' if name else 'bin'}")
    # Never as a message of its own: a mail program would show it as part of ours.
    media = document.media_type.lower()
    return Attached(name, document.sha256 or "", media if _MEDIA.fullmatch(media) else _ANY, document.size)


def names(files: Sequence[Attached]) -> str:
    """Return what is attached, in words."""
    return ", ".join(f.name for f in files)
