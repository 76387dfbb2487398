"""The page of one question for one person: a link from a mail opens it without a login, and opening it never acts."""

from __future__ import annotations

import dataclasses
import datetime as dt

from bot.pages import files, views
from bot.pages.desk import Answer, Ask, Missing, Shown, Words
from bot.pages.question_view import QuestionView, question_view
from handlers import absences, answering, approving, assignment, confirming, openings, registering
from handlers.errors import Invalid, NotAllowed, TooLate
from handlers.notices import steps
from handlers.openings import Opened
from handlers.rules import answers
from storage.errors import NotFound
from storage.records import AskedQuestion, Case, Namnd, Person
from storage.store import Book

_MOST_TEXT = 2000
_ANSWERS = {
    assignment.KIND: answering.ASSIGNMENT,
    "lage": answering.PROGRESS,
    **dict.fromkeys(approving.KINDS, answering.APPROVAL),
    absences.KIND: answering.ABSENCE,
    confirming.KIND: answering.CONFIRMED,
}
# What the page says when an answer is written down: the heading, and the answer as it was given.
_THANKS = {
    "ta": ("Tack, ärendet är ditt", "Ja, jag tar det"),
    "annan": ("Tack, frågan har gått vidare", "Inte jag"),
    "registratorn": ("Tack, registratorn får frågan", "Fråga registratorn"),
    "godkann": ("Tack, antecknat som godkänt", "Godkänner"),
    "andra": ("Tack, handläggaren får veta vad som ska ändras", "Ska ändras"),
    "stammer": ("Tack, antecknat", "Ja, det stämmer"),
    "nej": ("Tack, antecknat", "Nej"),
    "vet_inte": ("Tack, vi frågar igen", "Vet inte än"),
    "klart": ("Tack, antecknat som klart", "Klart"),
    "pagar": ("Tack, antecknat som pågående", "Pågår"),
    "anstand": ("Tack, den nya dagen är antecknad", "Anstånd"),
    "fel_person": ("Tack, vi frågar någon annan", "Fel person"),
    "fraga": ("Tack, frågan är skickad", "En fråga"),
}
_ALIVE = ("open", "waiting_dnr")
_ENDED = "Ärendet är avslutat. Frågan är inte längre aktuell."
Asked = tuple[AskedQuestion, Person, Case, Namnd]


def show(ask: Ask) -> Answer:
    """Show the form of a question. Nothing is written: mail filters open every link."""
    try:
        with ask.desk.store.look() as book:
            asked = _asked(book, ask)
            if asked[0].state != "open" or asked[2].state not in _ALIVE:
                return _over(book, asked)
            shown = _form(asked, _view(book, asked, ask.today))
            return dataclasses.replace(shown, opened=Opened(asked[1].id, openings.CASE, asked[2].id))
    except Missing:
        return _dead()


def answer(ask: Ask) -> Answer:
    """Carry out an answer and use the link up, both or neither."""
    try:
        with ask.desk.store.book() as book:
            asked = _asked(book, ask)
            question, person, case, namnd = asked
            view = _view(book, asked, ask.today)
            if case.state not in _ALIVE:
                raise TooLate(_ENDED)
            given = _given(book, ask, asked)
            if not book.use_answer_link(ask.params["token"], now=ask.now):
                raise Missing
            done = answering.answer(book, question.id, person, given, namnd, how="sidan", now=ask.now)
            told = _told(book, case, view, given, done.told, ask)
    except Invalid as fault:
        return _form(asked, view, ask, fault)
    except TooLate as late:
        return _too_late(ask, asked, view, str(late))
    except (Missing, NotFound, NotAllowed):
        return _dead()
    ask.desk.wake()
    return told


def paper(ask: Ask) -> Answer:
    """Give one of the handlingar that a question is about to whom its living link was sent."""
    try:
        with ask.desk.store.look() as book:
            question, person, case, _ = _asked(book, ask)
            if question.kind not in approving.KINDS:
                raise Missing
            number = ask.number("document")
            document = next((d for d in approving.papers(book, case.id) if d.id == number), None)
            if document is None:
                raise Missing
            arrival = book.arrival(document.arrival_id) if document.arrival_id else None
        if arrival is not None and files.is_hidden(arrival, case):
            raise Missing
        given = files.given(ask, document, case)
        return dataclasses.replace(given, opened=Opened(person.id, openings.PAPER, document.id))
    except (Missing, NotFound):
        return _dead()


def _asked(book: Book, ask: Ask) -> Asked:
    """Return whom a living link asks what; of a secret case, or for one who has left, there is nothing."""
    found = book.answer_link(ask.params["token"][:200], now=ask.now)
    if found is None:
        raise Missing
    question, person = found
    case, namnd = book.case(question.case_id), ask.desk.namnder.get(question.namnd)
    if namnd is None or case.secret or question.kind not in _ANSWERS:
        raise Missing
    if not book.roles(on=ask.today, namnd=question.namnd, person_id=person.id):
        raise Missing
    return question, person, case, namnd


def _view(book: Book, asked: Asked, today: dt.date) -> QuestionView:
    question, person, case, namnd = asked
    return question_view(book, question, case, person, namnd, today)


def _given(book: Book, ask: Ask, asked: Asked) -> answers.Answer:
    word = ask.form.get("svar", "")
    if word not in _ANSWERS[asked[0].kind]:
        raise Invalid("Välj ett av svaren.", "svar")
    text = views.clean(ask.form.get("text", ""), _MOST_TEXT)
    if word == "fraga" and not text:
        raise Invalid("Skriv din fråga.", "text")
    if word == "andra" and not text:
        raise Invalid("Skriv vad som ska ändras.", "text")
    return answers.Answer(
        word,
        to=_meant(book, ask) if word == "annan" else "",
        day=_day(ask) if word == "anstand" else None,
        text=text,
    )


def _meant(book: Book, ask: Ask) -> str:
    number = ask.form.get("till", "")
    person = book.person(int(number)) if number.isascii() and number.isdigit() and len(number) <= 12 else None
    if person is None:
        raise Invalid("Välj ett namn i listan.", "to")
    return f"{person.name} {person.email}"


def _day(ask: Ask) -> dt.date:
    if not ask.form.get("dag", "").strip():
        raise Invalid("Välj till vilken dag.", "day")
    day = registering.as_date(ask.form["dag"], "day")
    if day < ask.today:
        raise Invalid(f"{views.upper_first(views.day(day))} har redan varit. Välj en dag framåt.", "day")
    return day


# what is shown


def _form(asked: Asked, view: QuestionView, ask: Ask | None = None, fault: Invalid | None = None) -> Shown:
    typed = dict(ask.form) if ask else {}
    faults = Words({fault.field or "svar": str(fault)} if fault else {})
    return Shown(
        "question.html",
        {"q": view, "typed": Words(typed), "faults": faults, "opened": typed.get("svar", "") if fault else ""},
        422 if fault else 200,
    )


def _too_late(ask: Ask, asked: Asked, view: QuestionView, told: str) -> Shown:
    written = views.clean(ask.form.get("text", ""), _MOST_TEXT)
    return _closed(view, _title(told), told, written, 409)


def _title(told: str) -> str:
    if "hann före" in told:
        return "Någon annan hann före"
    return "Frågan har gått vidare" if "gått vidare" in told else "Frågan gäller inte längre"


def _over(book: Book, asked: Asked) -> Shown:
    question, person, case, namnd = asked
    view = question_view(book, question, case, person, namnd, question.asked_at.date())
    who = book.person(question.answered_by) if question.answered_by else None
    if who and question.answered_at and (question.answered_how or "").startswith("tilldelat"):
        told = f"{who.name} fick ärendet {views.clock(question.answered_at)}, {question.answered_how}."
        return _closed(view, "Ärendet har en handläggare", told, "", 200)
    if question.answered_by == person.id and question.answered_at:
        return _closed(view, "Du har redan svarat", f"Du svarade {views.clock(question.answered_at)}.", "", 200)
    told = _ENDED if question.state == "open" else assignment.who_was_faster(book, question.id)
    return _closed(view, _title(told), told, "", 200)


def _closed(view: QuestionView, title: str, told: str, written: str, status: int) -> Shown:
    shown = {"q": view, "title": title, "told": views.clean(told), "written": written}
    return Shown("question_closed.html", shown, status)


def _dead() -> Shown:
    return Shown("question_dead.html", {}, 404)


def _told(book: Book, case: Case, view: QuestionView, given: answers.Answer, told: str, ask: Ask) -> Shown:
    title, answered = _THANKS[given.word]
    if given.day:
        answered = f"Anstånd till {views.weekday(given.day)}"
    return Shown(
        "question_done.html",
        {
            "q": view,
            "title": title,
            "told": views.upper_first(views.clean(told)),
            "clock": f"{ask.now.astimezone(views.STOCKHOLM):%H.%M}",
            "answered": answered,
            "written": given.text,
            "next": _next(book, case, given.word, ask.today) if not view.confirms else _goes_on(book, case),
        },
    )


def _goes_on(book: Book, case: Case) -> str:
    """Say what comes next in the plan when it has been said whether something is done."""
    case = book.case(case.id)
    ahead = [m for m in book.milestones(case.id) if m.planned and m.met_on is None]
    step = min(ahead, key=lambda m: m.planned or dt.date.max, default=None)
    if case.state not in _ALIVE:
        return "Ärendet är avslutat. Du behöver inte göra något mer."
    if step is None or step.planned is None:
        return "Inget mer är planerat i ärendet. Du behöver inte göra något mer."
    return f"{steps.NAMES.get(step.kind, step.kind)} {views.day(step.planned)}. Du behöver inte göra något mer."


def _next(book: Book, case: Case, word: str, today: dt.date) -> str:
    """Say what happens now."""
    if word in ("ta", "pagar", "anstand", "fraga"):
        day = next((d for d in book.deadlines(case.id, active=True) if d.date and d.date >= today), None)
        if day is None or day.date is None:
            return "Ärendet har ingen dag framåt. Vi påminner inte."
        return f"Nästa dag är {views.weekday(day.date)}: {views.clean(day.purpose, 120)}. Vi påminner dig innan."
    return {
        "annan": "Vi frågar den du valde. Du behöver inte göra något mer.",
        "registratorn": "Registratorn tar reda på vem. Du behöver inte göra något mer.",
        "klart": "Vi slutar påminna dig om ärendet.",
        "fel_person": "Ärendet är inte ditt längre. Du behöver inte göra något mer.",
        "stammer": "Vi frågar någon annan så länge. Lägg till en ersättare på sidan Frånvaro om du vill.",
        "nej": "Vi fortsätter att fråga som förut.",
        "godkann": "Ärendet går vidare. Du behöver inte göra något mer.",
        "andra": "Vi frågar igen när den nya tjänsteskrivelsen har kommit.",
    }[word]
