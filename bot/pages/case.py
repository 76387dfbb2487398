"""The page of a case, and what may be done there: correct a fact, give the number, cross out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.pages import case_points, case_starts, case_view, question_view, views
from bot.pages.desk import MOVERS, Answer, Ask, Missing, Sent, Shown, Words
from bot.pages.files import may_see
from handlers import registering, review
from handlers.errors import Invalid, TooLate
from handlers.reading.reading import OUTCOMES
from handlers.review import DESK
from storage.records import Case, RoleName
from storage.store import Book

_DONE = {
    "rattat": "Rättat. Det gamla står kvar i journalen.",
    "makulerat": "Makulerat. Numret finns kvar.",
    "nummer": "",
    "tilldelat": "Klart. Ärendet har en handläggare.",
    "beslutat": "Beslutet är antecknat.",
    "skickat": "Antecknat: svaret är skickat.",
    "vilar": "Antecknat. Vi påminner igen när vilan är slut.",
    "gar-vidare": "Ärendet går vidare.",
    "avslutat": "Avslutat. Ärendet kan öppnas igen, med ett skäl.",
    "oppnat": "Ärendet är öppet igen.",
    "besvarat": "Tack, svaret är antecknat.",
    "punkt": "Sparat. Det gamla står kvar i journalen.",
    "planerat": "Planen är vald. Stegen har nya dagar.",
}


def show(ask: Ask) -> Answer:
    """Show a case to one who may see it."""
    return page(ask, {})


def page(ask: Ask, faults: Mapping[str, str], *, opened: str = "", note: str = "", status: int = 200) -> Answer:
    """Show a case, with what was wrong in the form that was sent; what was typed stands there still."""
    number = ask.number("id")
    with ask.desk.store.look() as book:
        case = book.case(number)
        if case.namnd not in ask.desk.namnder or not may_see(ask, case):
            raise Missing
        view = case_view.case_view(book, ask.desk, case, ask.today, whole=ask.query.get("journal") == "alla")
        rows = case_points.points(book, case, ask.today)
        may_move = ask.who.has(case.namnd, *MOVERS) and view.open_for_change
        choices = question_view.choices(book, case, ask.today, but=case.handlaggare_id) if may_move else ()
    may_change = ask.who.has(case.namnd, *DESK) and view.open_for_change
    done = ask.query.get("gjort", "")
    toast = f"Ärendet har fått numret {case.dnr}." if done == "nummer" and case.dnr else _DONE.get(done, "")
    return Shown(
        "case.html",
        {
            "case": view,
            "points": rows,
            "may_change": may_change,
            "may_move": may_move,
            "may_see_openings": ask.who.has(case.namnd, "administrator"),
            "choices": choices,
            "outcomes": OUTCOMES,
            "body": ask.desk.namnder[case.namnd].name,
            "today": ask.today.isoformat(),
            "may_number": view.waiting_dnr and (may_change or view.secret),
            "faults": Words(faults),
            "opened": opened,
            "typed": Words(ask.form),
            "note": note,
            "toast": toast,
        },
        status,
    )


def correct(ask: Ask) -> Answer:
    """Correct one fact, with a reason; what stood there stays in the journal."""
    field = ask.form.get("uppgift", "")

    def act(book: Book, case: Case, actor: str) -> None:
        value, which = ask.form.get("varde", ""), ""
        if field == "raised" and "fran" in ask.form:
            value, which = case_starts.chosen(book, case, ask.form)
        if field == "kind" and not value:
            raise Invalid("Välj en typ.", field)
        if not ask.form.get("skal", "").strip():
            raise Invalid("Skriv varför. Skälet står kvar i journalen.", "skal")
        if ask.form.get("version") != str(case.version):
            raise TooLate("Någon ändrade ärendet medan du skrev. Det du skrev står kvar: titta igen och spara.")
        registering.correct(book, case.id, field, value, ask.form["skal"], now=ask.now, actor=actor, which=which)

    return _act(ask, act, "rattat", field)


def makulera(ask: Ask) -> Answer:
    """Cross out a case, with a reason."""

    def act(book: Book, case: Case, actor: str) -> None:
        registering.makulera(book, case.id, ask.form.get("skal", ""), now=ask.now, actor=actor)

    return _act(ask, act, "makulerat", "makulera")


def make_secret(ask: Ask) -> Answer:
    """Mark a case as a suspected individual matter, every letter of it."""

    def act(book: Book, case: Case, _: str) -> None:
        letters = [a for a in book.arrivals_of_case(case.id) if a.state == "registered"]
        if not letters:
            raise Invalid("Ärendet har inget brev som kan märkas.", "sekretess")
        for letter in letters:
            review.make_secret(book, letter.id, ask.who.person, now=ask.now, namnd=ask.desk.namnder[case.namnd])

    answer = _act(ask, act, "", "sekretess")
    # The page is no longer there for the one who acted.
    return Sent("/diariet") if isinstance(answer, Sent) else answer


def give_number(ask: Ask) -> Answer:
    """Give a waiting case the number that another system has given it."""

    def act(book: Book, case: Case, actor: str) -> None:
        registering.give_number(book, case.id, ask.form.get("dnr", "")[:80], now=ask.now, actor=actor)

    return _act(ask, act, "nummer", "dnr")


def _act(ask: Ask, act: Callable[[Book, Case, str], None], done: str, form: str) -> Answer:
    number = ask.number("id")
    try:
        with ask.desk.store.book() as book:
            case = book.case(number, lock=True)
            # A secret case is numbered by those who may see it; nothing else is changed here.
            roles: tuple[RoleName, ...] = ("sekretess",) if case.secret else DESK
            if not may_see(ask, case) or not review.may(book, ask.who.person, case.namnd, roles, ask.today):
                raise Missing
            if case.secret and done != "nummer":
                raise Missing
            if case.state == "makulerad":
                raise TooLate("Ärendet är makulerat och ändras inte.")
            act(book, case, f"person:{ask.who.person.id}")
    except Invalid as fault:
        return page(ask, {fault.field or form: str(fault)}, opened=form, status=422)
    except TooLate as late:
        return page(ask, {}, opened=form, note=views.clean(str(late)), status=409)
    ask.desk.wake()
    return Sent(f"/arende/{number}?gjort={done}")
