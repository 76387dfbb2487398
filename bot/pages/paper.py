"""A handling's own page: what it says, its file and checksum, and what stands of it, put right with a reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.pages import looks, views
from bot.pages.desk import Answer, Ask, Missing, Sent, Shown, Words
from bot.pages.files import is_hidden, may_see
from bot.pages.letter_view import Sheet, sheet
from handlers import kinds, moving, papers, review
from handlers.errors import Invalid, TooLate
from handlers.review import DESK
from handlers.rules import numbering
from storage.records import Arrival, Case, Document, Namnd
from storage.store import Book

_DONE = {
    "rattat": "Rättat. Det gamla står kvar i journalen.",
    "struket": "Handlingen är struken. Den syns kvar.",
    "galler": "Handlingen gäller igen.",
}


@dataclass(frozen=True, slots=True)
class Field:
    """What stands of a handling, and the field that puts it right."""

    name: str
    label: str
    shown: str
    value: str
    kind: str
    options: tuple[tuple[str, str], ...] = ()


def show(ask: Ask) -> Answer:
    """Show a handling to one who may see it."""
    return page(ask, {})


def page(ask: Ask, faults: Mapping[str, str], *, opened: str = "", note: str = "", status: int = 200) -> Answer:
    """Show a handling, with what was wrong in the form that was sent."""
    with ask.desk.store.look() as book:
        found, case, letter = _seen(book, ask)
        open_for_change = case.state != "makulerad" and not case.secret
        may_change = ask.who.has(case.namnd, *DESK) and open_for_change
        moves = may_change and letter is not None and letter.case_id == case.id and not found.attachment
        return Shown(
            "paper.html",
            {
                "paper": found,
                "case_id": case.id,
                "dnr": case.dnr or "Väntar på dnr",
                "number": f"{case.dnr}-{found.number}" if case.dnr else f"Handling {found.number}",
                "title": f"Handling {found.number}" if case.secret else views.clean(found.title, 300),
                "url": f"/dokument/{found.id}" if found.sha256 else "",
                "name": "" if case.secret else views.clean(found.file_name, 120),
                "about": _about(found),
                "fields": () if case.secret else _fields(found),
                "sheets": () if case.secret else _sheets(found, letter),
                "pictures": looks.pages(
                    f"/dokument/{found.id}",
                    f"Handling {found.number}" if case.secret else found.file_name,
                    found.media_type,
                    found.pages,
                    opened=True,
                ),
                "may_change": may_change,
                "may_move": moves,
                "struck": found.makulerad,
                "opens": found.number == 1,
                "faults": Words(faults),
                "opened": opened,
                "typed": Words(ask.form),
                "note": note,
                "toast": _DONE.get(ask.query.get("gjort", ""), ""),
            },
            status,
        )


def _seen(book: Book, ask: Ask) -> tuple[Document, Case, Arrival | None]:
    """Return a handling with its case and letter. Raises Missing for who may not see it."""
    found = book.document(ask.number("document"))
    case = book.case(found.case_id)
    if case.namnd not in ask.desk.namnder or not may_see(ask, case):
        raise Missing
    letter = book.arrival(found.arrival_id) if found.arrival_id is not None else None
    if letter is not None and is_hidden(letter, case) and not ask.who.has(case.namnd, "sekretess"):
        raise Missing
    return found, case, letter


def _about(found: Document) -> tuple[tuple[str, str], ...]:
    rows = [("Kom in", views.stamp(found.inkommen_at))] if found.inkommen_at else []
    rows.append(("Registrerad", views.stamp(found.registered_at)))
    if found.pages:
        rows.append(("Sidor", str(found.pages)))
    if found.size:
        rows.append(("Storlek", views.amount(found.size)))
    rows.append(("Filtyp", views.clean(found.media_type, 120)))
    return tuple(rows)


def _fields(found: Document) -> tuple[Field, ...]:
    party = views.clean(found.party, 300)
    directions = tuple(papers.DIRECTIONS.items())
    return (
        Field("title", "Rubrik", views.clean(found.title, 300), views.clean(found.title, 300), "text"),
        Field("party", "Till" if found.direction == "ut" else "Från", party or "Okänd", party, "text"),
        Field(
            "dated",
            "Dokumentets dag",
            views.day(found.dated) if found.dated else "Står inte i det",
            found.dated.isoformat() if found.dated else "",
            "date",
        ),
        Field("direction", "Riktning", papers.DIRECTIONS[found.direction], found.direction, "choice", directions),
        Field("", "Slag", "Bilaga" if found.attachment else kinds.label(found.kind, None), "", ""),
    )


def _sheets(found: Document, letter: Arrival | None) -> tuple[Sheet, ...]:
    """Return what could be read of a handling: a letter's own texts, or the attachment's."""
    if letter is None:
        return ()
    reading = review.reading_of(letter)
    if not found.attachment:
        wanted = [(t, {"body": "Brevet", "forwarded": "Vidarebefordrat"}.get(t.where, "")) for t in reading.texts]
        return tuple(sheet(f"text-{i}", name, t.where, t.text, ()) for i, (t, name) in enumerate(wanted, 1) if name)
    names = {a.name for a in reading.attachments if a.sha256 == found.sha256}
    texts = [t for t in reading.texts if t.where in names]
    return tuple(sheet(f"text-{i}", "Texten i filen", t.where, t.text, ()) for i, t in enumerate(texts, 1))


def correct(ask: Ask) -> Answer:
    """Put right what stands of a handling, with a reason."""
    field = ask.form.get("uppgift", "")

    def act(book: Book, found: Document, _: Namnd, actor: str) -> str:
        value, why = ask.form.get("varde", ""), ask.form.get("skal", "")
        papers.correct(book, found.id, field, value, why, now=ask.now, actor=actor)
        return f"/handling/{found.id}?gjort=rattat"

    return _act(ask, act, field)


def strike(ask: Ask) -> Answer:
    """Cross a handling out, or let it stand again, with a reason."""

    def act(book: Book, found: Document, _: Namnd, actor: str) -> str:
        made = papers.strike(book, found.id, ask.form.get("skal", ""), now=ask.now, actor=actor)
        return f"/handling/{found.id}?gjort={'struket' if made.makulerad else 'galler'}"

    return _act(ask, act, "stryk")


def move(ask: Ask) -> Answer:
    """Move the letter, with its attachments, to the case where it belongs."""

    def act(book: Book, found: Document, namnd: Namnd, _: str) -> str:
        if found.arrival_id is None or found.attachment:
            raise Invalid("Bara ett brev kan flyttas, med sina bilagor.", "dnr")
        target = book.case_by_dnr(numbering.key(ask.form.get("dnr", "")[:80]), (namnd.key,))
        if target is None or target.secret:
            raise Invalid("Det ärendet finns inte. Skriv numret som det står i diariet.", "dnr")
        moving.move(book, found.arrival_id, target.id, ask.who.person, namnd, now=ask.now)
        return f"/arende/{target.id}"

    return _act(ask, act, "flytta")


def _act(ask: Ask, act: Callable[[Book, Document, Namnd, str], str], form: str) -> Answer:
    try:
        with ask.desk.store.book() as book:
            found, case, _ = _seen(book, ask)
            if case.secret or not review.may(book, ask.who.person, case.namnd, DESK, ask.today):
                raise Missing
            if case.state == "makulerad":
                raise TooLate("Ärendet är makulerat och ändras inte.")
            onward = act(book, found, ask.desk.namnder[case.namnd], f"person:{ask.who.person.id}")
    except Invalid as fault:
        return page(ask, {fault.field or form: str(fault)}, opened=form, status=422)
    except TooLate as late:
        return page(ask, {}, opened=form, note=views.clean(str(late)), status=409)
    ask.desk.wake()
    return Sent(onward)
