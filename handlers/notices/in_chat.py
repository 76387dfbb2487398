"""Notices as cards: the words of the mail, with buttons that act; and the card as it is when something has happened."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers import kinds, notices
from handlers.notices import happened, paminnelse, queue, stammer
from handlers.notices.links import answer_link
from handlers.notices.message import Act, Acts, Block, Button, Field, Message, Paragraph, Row, Rows
from handlers.notices.words import STOCKHOLM, clock_of, upper_first, weekday
from handlers.reading.reading import Reading
from storage.errors import NotFound
from storage.records import Arrival, AskedQuestion, Case, Namnd, Notice, Person
from storage.store import Book

ANSWER, REVIEW, SAY, UNDO = "svara", "granska", "sag", "angra"  # the verbs of buttons
ABOUT_QUESTION = ("fraga", "godkann", "stammer", "borta")  # their data names the one question
_ABSENCE = "borta"
_MOST_CHOICES = 40


@dataclass(frozen=True, slots=True)
class Told:
    """A card: its words, the questions it asks as they stand, and whether nothing on it can change any more."""

    message: Message
    questions: tuple[AskedQuestion, ...] = ()
    ended: bool = True
    by_mail: str = ""  # why it is no card, where it is none


def over(book: Book, notice: Notice, namnd: Namnd) -> str:
    """Return the small line above a card: the case's number, where it is about one, and whose it is."""
    if notice.kind == "veckan":
        return f"{namnd.name}, vecka {int(notice.data['when'][-2:])}"
    number = _number(book, notice, namnd)
    return f"{number}, {namnd.name.lower()}" if number else namnd.name


def _number(book: Book, notice: Notice, namnd: Namnd) -> str:
    """Return the number of the one case that a card is about; empty where it has none, or may not be told."""
    if notice.kind == "paminnelse":
        told = paminnelse.on_card(book, notice, namnd)
        case = told[0][1] if len(told) == 1 else None
    else:
        case = book.case(notice.case_id) if notice.case_id else None
    return case.dnr or "" if case is not None and not case.secret else ""


def asks(book: Book, notice: Notice, namnd: Namnd, *, now: dt.datetime) -> Told | None:
    """Write a notice as a card, as things stand now; None when there is nothing more to tell. The book must be
    writable."""
    told = _asked(book, notice, namnd, now)
    return _without_repeating(book, told, notice, namnd) if told else None


def _without_repeating(book: Book, told: Told, notice: Notice, namnd: Namnd) -> Told:
    """Leave out what the small line above a card says already, and let what is said last stand in one place."""
    message, number = told.message, _number(book, notice, namnd)
    foot = message.foot.removeprefix(f"Nämndbot för {namnd.name.lower()} i {namnd.organisation}.").strip()
    blocks: list[Block] = []
    for block in message.blocks:
        if isinstance(block, Paragraph) and number and block.text.startswith(f"{number}. "):
            text = block.text.removeprefix(f"{number}. ")
            text = text if ". " in text else text.removesuffix(".")
            block = dataclasses.replace(block, text=text[:1].upper() + text[1:])
        blocks.append(block)
    last = next((b for b in reversed(message.in_chat) if not isinstance(b, Acts | Button)), None)
    if isinstance(last, Paragraph) and last.quiet:
        blocks = [b for b in blocks if b is not last]
        foot = f"{last.text} {foot}".strip()
    return dataclasses.replace(told, message=dataclasses.replace(message, blocks=tuple(blocks), foot=foot))


def _asked(book: Book, notice: Notice, namnd: Namnd, now: dt.datetime) -> Told | None:
    message = notices.render(book, notice, namnd, now=now)
    if message is None:
        return None
    if notice.kind == "paminnelse":
        if len(paminnelse.on_card(book, notice, namnd)) > paminnelse.MOST_IN_CHAT:
            return Told(message, by_mail="Det är många ärenden på en gång.")
        return _reminder(book, notice, namnd, now)
    if notice.kind in ABOUT_QUESTION:
        question = book.question(int(notice.data["question"]))
        person = book.person(notice.person_id) if notice.person_id else None
        acts = _answers(book, question, notice, person, namnd, now) if person else ()
        message = _with(message, acts)
        if person and notice.kind == "fraga" and _is_too_many(book, namnd, now):
            page = Button("Fler namn på sidan", answer_link(book, question, person, namnd, now=now))
            message = dataclasses.replace(message, blocks=(*message.blocks, page))
        return Told(message, (question,), ended=False)
    if notice.kind in ("granska", "kvitto"):
        return _review(book, notice, message)
    return Told(message)


def tells(book: Book, notice: Notice, namnd: Namnd, *, now: dt.datetime) -> Told:
    """Write a card that somebody has before them as it is to be now: what it asks, or what became of it."""
    return _without_repeating(book, _as_it_is(book, notice, namnd, now), notice, namnd)


def _as_it_is(book: Book, notice: Notice, namnd: Namnd, now: dt.datetime) -> Told:
    case = book.case(notice.case_id) if notice.case_id else None
    if case is not None and case.secret:
        return Told(happened.hidden(case.dnr or "", case.inkommen_at, namnd))
    if notice.kind == _ABSENCE:
        return _absence(book, notice, namnd, now)
    if notice.kind == "paminnelse":
        return _reminder(book, notice, namnd, now) or Told(over_message())
    if notice.kind in ABOUT_QUESTION:
        question = book.question(int(notice.data["question"]))
        if question.state == "open":
            asked = asks(book, notice, namnd, now=now)
            if asked is not None:
                return asked
        acts, undone = _back(book, question, notice, namnd)
        told = happened.render(book, question, namnd, now=now, undone=undone, acts=acts)
        # One that has gone on to somebody else is still to be answered: then it says by whom.
        return Told(told, (question,), ended=question.state != "open")
    if notice.kind in ("granska", "kvitto"):
        return _reviewed(book, notice, namnd, now)
    return asks(book, notice, namnd, now=now) or Told(over_message())


def _back(book: Book, question: AskedQuestion, notice: Notice, namnd: Namnd) -> tuple[tuple[Act, ...], bool]:
    """Return how the one who answered takes it back, and whether they have; others see neither."""
    kept = queue.kept_answer(book, question, namnd)
    if kept is None or kept.person_id != notice.person_id:
        return (), False
    if book.is_undone(kept.id):
        return (), True
    return (Act("Ångra", UNDO, {"u": kept.id, "q": question.id, "n": notice.id}),), False


def _absence(book: Book, notice: Notice, namnd: Namnd, now: dt.datetime) -> Told:
    """Write what became of the question whether somebody is away; not of the case through which it was noticed."""
    question = book.question(int(notice.data["question"]))
    asked = asks(book, notice, namnd, now=now) if question.state == "open" else None
    if asked is not None:
        return asked
    acts, undone = _back(book, question, notice, namnd)
    head = happened.UNDONE if undone else happened.head(book, question)
    blocks: list[Block] = [notices.message.Heading(head), *([Acts(acts)] if acts else [])]
    return Told(Message(head, "", tuple(blocks), ""), (question,), ended=question.state != "open")


def asked_again() -> Message:
    """Write what stands where a question stood that has been asked again further down."""
    return Message("Frågan är ställd igen", "", (notices.message.Heading("Frågan är ställd igen längre ner"),), "")


def over_message() -> Message:
    """Write what stands where nothing is to be read any more."""
    head = "Det här gäller inte längre"
    return Message(head, "", (notices.message.Heading(head),), "")


def _with(message: Message, acts: tuple[Act, ...]) -> Message:
    return dataclasses.replace(message, blocks=(*message.blocks, Acts(acts))) if acts else message


# Questions


def _answers(
    book: Book, question: AskedQuestion, notice: Notice, person: Person, namnd: Namnd, now: dt.datetime
) -> tuple[Act, ...]:
    def act(label: str, word: str, *fields: Field, ask: str = "", send: str = "") -> Act:
        return answer_act(question, notice.id, label, word, *fields, ask=ask, send=send)

    if notice.kind == "fraga":
        return _who_takes(book, question, notice, person, namnd, now)
    if notice.kind == "stammer":
        return (
            act("Ja", "stammer"),
            act(stammer.no_means(question.answer_data), "nej"),
            act("Vet inte än", "vet_inte"),
        )
    if notice.kind == "borta":
        return act("Ja", "stammer"), act("Nej", "nej")
    text = Field(_name("text", question), "text", "Vad ska ändras?", "Skriv vad som ska ändras", most=2000)
    return act("Godkänner", "godkann"), act("Ska ändras", "andra", text, ask="", send="Skicka till handläggaren")


def _who_takes(
    book: Book, question: AskedQuestion, notice: Notice, person: Person, namnd: Namnd, now: dt.datetime
) -> tuple[Act, ...]:
    today = now.astimezone(STOCKHOLM).date()
    roles = {r.role for r in book.roles(on=today, namnd=namnd.key, person_id=person.id)}
    others = _others(book, notice, person, namnd, today)
    ask = Field(_name("text", question), "text", "Din fråga till registratorn", "Skriv din fråga", most=500)
    asked = answer_act(question, notice.id, "Fråga först", "registratorn", ask, send="Skicka frågan")
    if "handlaggare" in roles:
        take = answer_act(question, notice.id, "Ja, jag tar det", "ta")
        whom = Field(_name("till", question), "choice", "Vem kan i stället?", "", others)
        unknown = "Vet du ingen frågar vi registratorn."
        cannot = answer_act(
            question, notice.id, "Nej, jag kan inte", "kan_inte", whom, ask=unknown, send="Skicka svaret"
        )
        return take, cannot, asked
    whom = Field(_name("till", question), "choice", "Vem ska ha ärendet?", "Välj vem", others)
    give = answer_act(question, notice.id, "Välj handläggare", "annan", whom, send="Skicka frågan")
    take = answer_act(question, notice.id, "Jag tar det själv", "ta")
    return (give, take, asked) if others else (take, asked)


def _is_too_many(book: Book, namnd: Namnd, now: dt.datetime) -> bool:
    today = now.astimezone(STOCKHOLM).date()
    return len({r.person.id for r in book.roles(on=today, namnd=namnd.key, role="handlaggare")}) > _MOST_CHOICES


def _others(book: Book, notice: Notice, person: Person, namnd: Namnd, today: dt.date) -> tuple[tuple[str, str], ...]:
    """Return who else could have the case: those proposed first, each with their open cases and absence."""
    officers = {r.person.id: r.person for r in book.roles(on=today, namnd=namnd.key, role="handlaggare")}
    order = [int(p) for p, _ in notice.data.get("proposed", ()) if int(p) in officers]
    order += [p for p in officers if p not in order]
    order = [p for p in order if p != person.id][:_MOST_CHOICES]
    load = book.load(namnd.key, order)
    away = {a.person_id: a.to_day for a in book.absences(order, today, today)}
    made = []
    for person_id in order:
        words = [officers[person_id].name, "1 öppet ärende" if load[person_id] == 1 else f"{load[person_id]} öppna"]
        words += [f"borta till {weekday(away[person_id])}"] if person_id in away else []
        made.append((str(person_id), ", ".join(words)))
    return tuple(made)


def answer_act(
    question: AskedQuestion, notice_id: int, label: str, word: str, *fields: Field, ask: str = "", send: str = ""
) -> Act:
    """Return a button that answers a question. What it carries are ids: who presses it is looked up, not believed."""
    data = {"q": question.id, "n": notice_id, "svar": word, "r": question.round}
    return Act(label, ANSWER, data, fields, ask, send)


def _name(field: str, question: AskedQuestion) -> str:
    return f"{field}{question.id}"  # a card may ask several questions


def filled_in(data: Mapping[str, Any], field: str, question_id: int) -> str:
    """Return what was filled in beside an answer; empty for anything that is no text."""
    value = data.get(f"{field}{question_id}", "")
    return value.strip() if isinstance(value, str) else ""


# Reminders


def _reminder(book: Book, notice: Notice, namnd: Namnd, now: dt.datetime) -> Told | None:
    questions = [book.question(int(q)) for q, _ in notice.data.get("items", ())]
    if not questions:
        return None

    def acts(item: paminnelse.Item) -> Acts:
        question = item.question
        made = [
            answer_act(question, notice.id, "Klart", "klart"),
            answer_act(question, notice.id, "Pågår", "pagar"),
        ]
        if item.deadline is not None and item.step is None and item.deadline.clock != "law":
            tomorrow = max(item.day, now.astimezone(STOCKHOLM).date()) + dt.timedelta(days=1)
            made.append(
                answer_act(
                    question,
                    notice.id,
                    "Behöver anstånd",
                    "anstand",
                    Field(_name("dag", question), "day", "Till vilken dag?", "Välj en dag", least=tomorrow.isoformat()),
                    Field(_name("text", question), "text", "Varför? Ett kort skäl", "", most=200),
                    send="Anteckna anstånd",
                )
            )
        made.append(answer_act(question, notice.id, "Fel person", "fel_person"))
        return Acts(tuple(made))

    def back(question: AskedQuestion) -> tuple[tuple[Act, ...], bool]:
        return _back(book, question, notice, namnd)

    found = paminnelse.as_card(book, notice, namnd, acts, back, now=now)
    if found is None:
        return None
    message, due = found
    return Told(message, tuple(questions), ended=not due)


# Letters to look at


def _review(book: Book, notice: Notice, message: Message) -> Told:
    assert notice.arrival_id is not None
    arrival = book.arrival(notice.arrival_id)
    waits = arrival.state == "review"
    blocks: list[Block] = [_named(b) for b in message.blocks]
    if waits:
        at = next((i for i, b in enumerate(blocks) if isinstance(b, Button)), len(blocks))
        blocks.insert(at, Rows(_read_facts(arrival)))
    if _may_be_right(arrival):
        blocks.append(Acts((Act("Stämmer", REVIEW, {"a": arrival.id, "n": notice.id}),)))
    return Told(dataclasses.replace(message, blocks=tuple(blocks)), ended=False)


def _may_be_right(arrival: Arrival) -> bool:
    """Say whether a plain yes says it all: not where the question is which case a letter belongs to."""
    if arrival.state == "review":
        return arrival.proposed_case_id is None and bool(arrival.reading)
    return arrival.state == "registered" and arrival.confirmed_at is None


def _named(block: Block) -> Block:
    return Button("Rätta på sidan", block.url) if isinstance(block, Button) else block


def _read_facts(arrival: Arrival) -> tuple[Row, ...]:
    """Return what was read in a letter that waits, with the sentences behind it."""
    if not arrival.reading:
        return ()
    reading = Reading.from_json(arrival.reading)
    if reading.secret:
        return ()
    rows = [Row("Typ", kinds.label(reading.kind, reading.matter)), Row("Rubrik", reading.title or "Utan rubrik")]
    for deadline in reading.deadlines[:3]:
        if deadline.date:
            rows.append(Row("Svarsdag", upper_first(weekday(deadline.date)), deadline.sentence))
    return tuple(rows)


def _reviewed(book: Book, notice: Notice, namnd: Namnd, now: dt.datetime) -> Told:
    assert notice.arrival_id is not None
    try:
        arrival = book.arrival(notice.arrival_id)
        case: Case | None = book.case(arrival.case_id) if arrival.case_id else None
    except NotFound:
        return Told(over_message())
    if arrival.state == "secret" or (case is not None and case.secret):
        return Told(happened.hidden(arrival.label, arrival.received_at, namnd))
    number = case.dnr if case and case.dnr else arrival.label
    head = f"{number} är granskat" if arrival.confirmed_at else f"{number} väntar"
    rows = [Row("Rubrik", case.title)] if case else []
    if arrival.decided_by and arrival.decided_at:
        at = clock_of(arrival.decided_at, now.astimezone(STOCKHOLM).date())
        rows.append(Row("Av", f"{arrival.decided_by}, {at}"))
    where = f"{namnd.url}/arende/{case.id}" if case else f"{namnd.url}/granska/{arrival.id}"
    blocks: list[Block] = [notices.message.Heading(head)]
    if rows:
        blocks.append(Rows(tuple(rows)))
    blocks.append(Button("Öppna ärendet" if case else "Öppna brevet", where))
    return Told(Message(head, "", tuple(blocks), ""), ended=bool(arrival.confirmed_at))
