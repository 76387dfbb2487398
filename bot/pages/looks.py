"""A letter as it looked, in a frame, and the pages of a PDF as pictures: only for those who may read them."""

from __future__ import annotations

from dataclasses import dataclass

from bot.pages import files, security, views
from bot.pages.desk import Answer, Ask, Inside, Missing, Plain
from bot.showing import PAGES, Viewer
from handlers.review import DESK, reading_of
from storage.records import Arrival, Case
from storage.store import Book

_MINUTES = 300  # seconds that a browser may keep a page
_HEAD = (
    '<!doctype html><html lang="sv"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    '<title>Brevet som det såg ut</title><link rel="stylesheet" href="/static/letter.css"></head><body>'
)
_SORRY = "Brevets utseende gick inte att visa. Läs texten, eller hämta originalet."


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of one PDF, for the template: where each picture is, how many there are, and what it is called."""

    address: str
    name: str
    count: int
    more: int  # pages that are not shown
    opened: bool  # there is nothing else to read


def pages(address: str, name: str, media_type: str, count: int | None, *, opened: bool = False) -> Pages | None:
    """Return how the pages of a paper are shown; None for what is no PDF, or one that could not be opened."""
    if not count or not (media_type == "application/pdf" or name.lower().endswith(".pdf")):
        return None
    return Pages(address, views.clean(name, 120), min(count, PAGES), max(count - PAGES, 0), opened)


def frame(ask: Ask) -> Answer:
    """Show a letter's own HTML, made harmless, for a frame without rights of its own."""
    with ask.desk.store.look() as book:
        arrival, _ = _open_letter(book, ask)
    made = _viewer(ask).frame(ask.desk.raw.get(arrival.raw_sha256))
    if made is None:
        return _framed(f"<p>{_SORRY}</p>")
    notes = "<p>Brevet har ingen formatering. Läs texten.</p>" if not made.html.strip() else ""
    notes += "<p class=note>Bilder visas inte.</p>" if made.pictures else ""
    notes += "<p class=note>Brevet är längre än så. Resten står i originalet.</p>" if made.cut else ""
    return _framed(f"{notes}<div dir=auto>{made.html}</div>")


def letter_page(ask: Ask) -> Answer:
    """Show a page of a letter's attachment as a picture."""
    with ask.desk.store.look() as book:
        arrival, _ = _open_letter(book, ask)
    attachments, number = reading_of(arrival).attachments, ask.number("number")
    if not 1 <= number <= len(attachments):
        raise Missing
    return _picture(ask, attachments[number - 1].sha256, keep=True)


def document_page(ask: Ask) -> Answer:
    """Show a page of a handling as a picture, to one who may see its case."""
    with ask.desk.store.look() as book:
        found = book.document(ask.number("document"))
        case = book.case(found.case_id)
        hidden = found.arrival_id is not None and files.is_hidden(book.arrival(found.arrival_id), case)
    if not files.may_see(ask, case) or found.sha256 is None:
        raise Missing
    if hidden and not ask.who.has(case.namnd, "sekretess"):
        raise Missing
    return _picture(ask, found.sha256, keep=not (hidden or case.secret))


def _open_letter(book: Book, ask: Ask) -> tuple[Arrival, Case | None]:
    """Return a letter that is not secret, to the desk, and to those who may see the case that it lies in."""
    arrival = book.arrival(ask.number("arrival"))
    case = book.case(arrival.case_id) if arrival.case_id else None
    if arrival.namnd not in ask.desk.namnder or files.is_hidden(arrival, case):
        raise Missing
    if not ask.who.has(arrival.namnd, *DESK) and not (case is not None and files.may_see(ask, case)):
        raise Missing
    return arrival, case


def _picture(ask: Ask, sha256: str, *, keep: bool) -> Answer:
    data = ask.desk.raw.get(sha256)
    made = _viewer(ask).page(data, sha256, ask.number("page"), keep=keep)
    if made is None:
        return Plain("Sidan gick inte att visa som bild. Hämta filen i stället.", 404)
    return Inside(made, "image/png", security.PICTURE, _MINUTES if keep else 0)


def _framed(body: str) -> Inside:
    return Inside(f"{_HEAD}{body}</body></html>".encode(), "text/html", security.FRAME)


def _viewer(ask: Ask) -> Viewer:
    if ask.desk.viewer is None:
        raise Missing
    return ask.desk.viewer
