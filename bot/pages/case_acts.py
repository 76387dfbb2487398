"""What those who lead the work do with a case: assign, note a decision, note the answer sent, close, open again."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

from bot.pages import case, views
from bot.pages.desk import MOVERS, Answer, Ask, Missing, Sent, Upload
from handlers import answering, assignment, confirming, deciding, planning, registering, review
from handlers.errors import Invalid, TooLate
from handlers.notices.words import upper_first
from handlers.reading.characters import clean_name
from handlers.rules import answers
from storage.records import Case, Document, Namnd, NewDocument, Person
from storage.store import Book

Act = Callable[[Book, Case, Namnd, str], object]


def assign(ask: Ask) -> Answer:
    """Give the case to somebody; an open question about it is thereby answered."""

    def act(book: Book, found: Case, namnd: Namnd, _: str) -> None:
        person = _chosen(book, found, ask)
        if person.id == found.handlaggare_id:
            raise Invalid(f"{person.name} har redan ärendet. Välj någon annan.", "hlg")
        assignment.assign(book, found.id, person, ask.who.person, namnd, now=ask.now)

    return _act(ask, act, "tilldelat", "tilldela")


def _chosen(book: Book, found: Case, ask: Ask) -> Person:
    number = ask.form.get("hlg", "")
    allowed = {
        r.person.id: r.person
        for r in book.roles(on=ask.today, namnd=found.namnd)
        if r.role in ("handlaggare", "manager", "forvaltningschef")
    }
    chosen = int(number) if number.isascii() and number.isdigit() and len(number) <= 12 else 0
    if chosen not in allowed:
        raise Invalid("Välj ett namn i listan.", "hlg")
    return allowed[chosen]


def decide(ask: Ask) -> Answer:
    """Note that a body has decided."""

    def act(book: Book, found: Case, _: Namnd, actor: str) -> None:
        body = views.clean(ask.form.get("organ", ""), 120)
        if not body:
            raise Invalid("Skriv vilket organ som beslutade.", "organ")
        deciding.decided(
            book,
            found.id,
            body=body,
            paragraph=views.clean(ask.form.get("paragraf", ""), 40),
            day=_day(ask),
            outcome=ask.form.get("outcome", ""),
            now=ask.now,
            actor=actor,
        )

    return _act(ask, act, "beslutat", "beslut")


def send_answer(ask: Ask) -> Answer:
    """Note that the answer has been sent; a file that comes with it is entered as an outgoing handling."""

    def act(book: Book, found: Case, namnd: Namnd, actor: str) -> None:
        day, to = _day(ask), views.clean(ask.form.get("till", ""), 200)
        if not to:
            raise Invalid("Skriv vem svaret skickades till.", "till")
        document = _entered(book, found, ask, ask.upload, day, to, actor) if ask.upload else None
        deciding.answer_sent(book, found.id, day=day, to=to, now=ask.now, actor=actor, document=document)

    return _act(ask, act, "skickat", "svar")


def _entered(book: Book, found: Case, ask: Ask, file: Upload, day: dt.date, to: str, actor: str) -> Document:
    if not file.data:
        raise Invalid("Filen är tom. Välj en annan.", "fil")
    kind = file.media_type.lower()
    document = book.put_document(
        found.id,
        NewDocument(
            direction="ut",
            kind="svar",
            title=f"Svar till {to}",
            party=to,
            dated=day,
            # The bytes are kept before the row that names them is committed.
            sha256=ask.desk.raw.put(file.data),
            media_type=kind if re.fullmatch(r"[a-z]+/[a-z0-9.+-]+", kind) else "application/octet-stream",
            file_name=clean_name(file.name) or "svar",
            size=len(file.data),
        ),
        now=ask.now,
    )
    book.note(
        found.namnd,
        "handling tillagd",
        now=ask.now,
        actor=actor,
        case_id=found.id,
        data={"handling": document.number, "riktning": "ut"},
        personal={"title": document.title},
    )
    return document


def rest(ask: Ask) -> Answer:
    """Let the case rest to a day, or go on, with a reason."""

    def act(book: Book, found: Case, _: Namnd, actor: str) -> None:
        goes_on = bool(ask.form.get("slut"))
        until = ask.today - dt.timedelta(days=1) if goes_on else registering.as_date(ask.form.get("dag", ""), "day")
        if not goes_on and until < ask.today:
            raise Invalid("Skriv en dag framåt.", "day")
        deciding.pause(book, found.id, until, ask.form.get("skal", "")[:1000], now=ask.now, actor=actor)

    return _act(ask, act, "gar-vidare" if ask.form.get("slut") else "vilar", "vila")


def close(ask: Ask) -> Answer:
    """Close the case, with a reason."""

    def act(book: Book, found: Case, _: Namnd, actor: str) -> None:
        deciding.close(book, found.id, ask.form.get("skal", "")[:1000], now=ask.now, actor=actor)

    return _act(ask, act, "avslutat", "avsluta")


def reopen(ask: Ask) -> Answer:
    """Open a closed case again, with a reason."""

    def act(book: Book, found: Case, _: Namnd, actor: str) -> None:
        deciding.reopen(book, found.id, ask.form.get("skal", "")[:1000], now=ask.now, actor=actor)

    return _act(ask, act, "oppnat", "oppna")


def choose_plan(ask: Ask) -> Answer:
    """Keep to another way through the meetings when the target is lost."""

    def act(book: Book, found: Case, _: Namnd, actor: str) -> None:
        ends = registering.as_date(ask.form.get("slut", ""), "plan")
        planning.choose(book, found.id, ends, now=ask.now, actor=actor)

    return _act(ask, act, "planerat", "plan")


def confirm(ask: Ask) -> Answer:
    """Say whether something is done, as a reply by mail and the page of the question do."""

    def act(book: Book, found: Case, namnd: Namnd, _: str) -> None:
        question, word = ask.form.get("fraga", ""), ask.form.get("svar", "")
        known = {str(q.id) for q in book.questions(case_id=found.id) if q.kind in confirming.KINDS}
        if question not in known or word not in answering.CONFIRMED:
            raise Missing
        answering.answer(book, int(question), ask.who.person, answers.Answer(word), namnd, how="sidan", now=ask.now)

    return _act(ask, act, "besvarat", "stammer")


def _day(ask: Ask) -> dt.date:
    day = registering.as_date(ask.form.get("dag", ""), "day")
    if day > ask.today:
        raise Invalid(f"{upper_first(views.day(day))} har inte varit än. Skriv dagen då det hände.", "day")
    return day


def _act(ask: Ask, act: Act, done: str, form: str) -> Answer:
    number = ask.number("id")
    try:
        with ask.desk.store.book() as book:
            found = book.case(number, lock=True)
            namnd = ask.desk.namnder.get(found.namnd)
            # A secret case is moved where its secrecy is kept, not here.
            if namnd is None or found.secret or not review.may(book, ask.who.person, namnd.key, MOVERS, ask.today):
                raise Missing
            if found.state == "makulerad":
                raise TooLate("Ärendet är makulerat och ändras inte.")
            if found.state == "closed" and form not in ("oppna", "stammer"):
                raise TooLate("Ärendet är avslutat. Öppna det igen först, med ett skäl.")
            if form not in ("oppna", "stammer") and ask.form.get("version", str(found.version)) != str(found.version):
                raise TooLate("Någon ändrade ärendet medan du skrev. Det du skrev står kvar: titta igen och spara.")
            act(book, found, namnd, f"person:{ask.who.person.id}")
    except Invalid as fault:
        return case.page(ask, {fault.field or "reason": str(fault)}, opened=form, status=422)
    except TooLate as late:
        return case.page(ask, {}, opened=form, note=views.clean(str(late)), status=409)
    ask.desk.wake()
    return Sent(f"/arende/{number}?gjort={done}")
