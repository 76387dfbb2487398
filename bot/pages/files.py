"""Downloads: a handling, an original letter. Always to be kept, never to be shown in the browser."""

from __future__ import annotations

from bot.pages import views
from bot.pages.desk import Answer, Ask, Download, Missing
from handlers.gates import is_hidden as is_hidden
from handlers.review import DESK
from storage.records import Case, Document, RoleName


def may_see(ask: Ask, case: Case) -> bool:
    """Say whether the visitor may see a case: any role in its nämnd, and sekretess for a secret one."""
    return ask.who.has(case.namnd, "sekretess") if case.secret else ask.who.has(case.namnd)


def document(ask: Ask) -> Answer:
    """Hand over a handling to one who may see its case."""
    number = ask.number("document")
    with ask.desk.store.look() as book:
        found = book.document(number)
        case = book.case(found.case_id)
        secret_letter = found.arrival_id is not None and is_hidden(book.arrival(found.arrival_id), case)
    if not may_see(ask, case) or found.sha256 is None:
        raise Missing
    if secret_letter and not ask.who.has(case.namnd, "sekretess"):
        raise Missing
    return given(ask, found, case)


def given(ask: Ask, found: Document, case: Case) -> Download:
    """Hand over a handling's bytes, to one who has been found to have a right to it."""
    if found.sha256 is None:
        raise Missing
    name = found.file_name or f"handling-{found.number}"
    if case.dnr and (case.secret or name == "brev.eml"):
        name = f"{case.dnr}-{found.number}" + (".eml" if found.media_type == "message/rfc822" else "")
    return Download(ask.desk.raw.get(found.sha256), views.clean(name, 120), found.media_type)


def original(ask: Ask) -> Answer:
    """Hand over the letter as it came: to the registrator, and to the role sekretess alone when it is secret."""
    with ask.desk.store.look() as book:
        arrival = book.arrival(ask.number("arrival"))
        case = book.case(arrival.case_id) if arrival.case_id else None
    allowed: tuple[RoleName, ...] = ("sekretess",) if is_hidden(arrival, case) else DESK
    if not ask.who.has(arrival.namnd, *allowed):
        raise Missing
    return Download(ask.desk.raw.get(arrival.raw_sha256), f"{arrival.label}.eml", "message/rfc822")
