"""What is heard in a chat, and what it does: somebody writes, presses a button, installs or removes the bot."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from handlers import absences, acquainting, answering, answers_by_mail, review, talking, undoing
from handlers.chat import Event, Member
from handlers.errors import Refused, TooLate
from handlers.notices import happened, in_chat, queue
from handlers.notices.message import Message
from handlers.notices.words import STOCKHOLM
from handlers.rules.answers import Answer
from storage.errors import NotFound
from storage.records import AskedQuestion, Namnd, Notice, Person
from storage.store import Book

HOW = "teams"  # as the journal knows it
_GONE = "Frågan gäller inte längre."
_MOST_TEXT = 2000
_LONGEST_ID = 12  # figures


@dataclass(frozen=True, slots=True)
class Heard:
    """What to answer: a message in the chat, a card in place of the one that was pressed, or a short notice."""

    message: Message | None = None
    instead: Message | None = None
    notice: str = ""
    over: str = ""  # the small line above a card
    acted: bool = False  # something has changed that others are to see


def hear(
    book: Book,
    event: Event,
    namnder: Mapping[str, Namnd],
    *,
    now: dt.datetime,
    member: Member | None = None,
    others: Sequence[Member] = (),
) -> Heard:
    """Do what an event says, and return what to answer. The book must be writable.

    member: what the directory says of who it is from, where it was asked. others: everybody in a group or channel.
    """
    person = acquainting.who(book, event)
    if event.kind == "removed":
        return _removed(book, event, person, namnder, now)
    if event.kind in ("installed", "members"):
        return _installed(book, event, person, member, now)
    if event.kind not in ("message", "action"):
        return Heard()
    if person is None or _is_guest(member):
        met = acquainting.meet(book, event, member, namnder, now=now)
        return Heard(instead=met) if event.kind == "action" and not event.submitted else Heard(met)
    if event.chat == "personal":
        # The newest address counts: the service may move.
        book.put_chat(event.tenant, event.chat_id, event.chat, event.object_id, event.address, now=now)
    if event.kind == "action" and event.verb != in_chat.SAY:
        return act(book, event, person, namnder, now=now)
    said = str(event.data.get("text", "")) if event.kind == "action" else event.text
    seen_by = [person] if event.chat == "personal" else _seen_by(book, person, event, others)
    return Heard(talking.hear(book, said[:_MOST_TEXT], person, seen_by, namnder, now=now))


def _is_guest(member: Member | None) -> bool:
    return member is not None and member.guest


def _seen_by(book: Book, person: Person, event: Event, others: Sequence[Member]) -> list[Person]:
    """Return everybody who sees what is said; somebody that we do not know may see nothing."""
    found = [person]
    for other in others:
        known = None if other.guest else book.chat_person(event.tenant, other.object_id)
        found.append(known or Person(0, "", ""))
    # Nobody told us who is there: then it may be anybody.
    return found if others else [person, Person(0, "", "")]


def _removed(book: Book, event: Event, person: Person | None, namnder: Mapping[str, Namnd], now: dt.datetime) -> Heard:
    chat = book.chat(event.tenant, event.chat_id)
    if chat is not None and book.chat_gone(chat.id, now=now) and person and event.chat == "personal":
        for namnd in sorted({r.namnd for r in book.roles(person_id=person.id)} & set(namnder)):
            book.note(namnd, "Teams borttaget", now=now, data={"person": person.id}, personal={"namn": person.name})
    return Heard()


def _installed(book: Book, event: Event, person: Person | None, member: Member | None, now: dt.datetime) -> Heard:
    if not event.tenant or not event.chat_id:
        return Heard()
    known = book.chat(event.tenant, event.chat_id)
    whose = event.object_id if event.chat == "personal" else ""
    if event.chat == "personal" and not whose:
        return Heard()
    book.put_chat(event.tenant, event.chat_id, event.chat, whose, event.address, now=now)
    if event.kind == "members" or (known is not None and known.gone_at is None):
        return Heard()  # greeted before
    if event.chat != "personal":
        return Heard(acquainting.greet_many("Nämndbot"))
    if member is not None and member.guest:
        return Heard(acquainting.meet(book, event, member, {}, now=now))
    return Heard(acquainting.hello(person, member))


# Buttons


def act(book: Book, event: Event, person: Person, namnder: Mapping[str, Namnd], *, now: dt.datetime) -> Heard:
    """Carry out a button. What it carries is a wish: who may is decided by who pressed it, the first answer wins, and
    the card is replaced by what happened."""
    if event.chat != "personal":
        # A card that somebody has copied there: the answer would be read by everybody.
        return Heard(notice="Svara i din egen chatt med boten.")
    if event.verb == in_chat.REVIEW:
        return _reviewed(book, event, person, namnder, now)
    if event.verb == in_chat.UNDO:
        return _undone(book, event, person, namnder, now)
    if event.verb != in_chat.ANSWER:
        return Heard(notice="Knappen fungerar inte längre. Skriv hjälp.")
    question = _question(book, event.data.get("q"))
    namnd = namnder.get(question.namnd) if question else None
    if question is None or namnd is None:
        return Heard(notice=_GONE)
    notice = _notice(book, event.data.get("n"), person, question)
    if question.kind != absences.KIND and book.case(question.case_id).secret:
        told = happened.render(book, question, namnd, now=now)
        return Heard(instead=told, over=namnd.name) if notice else Heard(notice=_GONE)
    round_ = _number(event.data.get("r"))
    if round_ is not None and round_ != question.round and notice:
        return _shown(book, question, notice, namnd, now)  # pressed twice, or the question has gone on
    try:
        given = _given(book, event, question)
        before = undoing.seen(book, question)
        answering.answer(book, question.id, person, given, namnd, how=HOW, now=now)
        undoing.keep(book, question, given.word, before, person, namnd, now=now)
    except TooLate as late:
        # Only who was asked is told what became of it.
        return _shown(book, question, notice, namnd, now) if notice else Heard(notice=str(late))
    except (Refused, NotFound) as refused:
        return Heard(notice=str(refused))
    return dataclasses.replace(_shown(book, question, notice, namnd, now), acted=True)


def _undone(book: Book, event: Event, person: Person, namnder: Mapping[str, Namnd], now: dt.datetime) -> Heard:
    """Take back an answer, where nothing has built on it; only who gave it can."""
    number = _number(event.data.get("u"))
    question = _question(book, event.data.get("q"))
    namnd = namnder.get(question.namnd) if question else None
    kept = queue.kept_answer(book, question, namnd) if question and namnd else None
    if question is None or namnd is None or kept is None or kept.id != number or kept.person_id != person.id:
        return Heard(notice="Det finns inget att ångra.")
    notice = _notice(book, event.data.get("n"), person, question)
    told, _ = answers_by_mail.undo_told(book, kept.id, kept.data, person, namnd, now=now)
    if told.refused and not told.done:
        return Heard(notice=" ".join(told.refused)[:500])
    return dataclasses.replace(_shown(book, question, notice, namnd, now), acted=True)


def _given(book: Book, event: Event, question: AskedQuestion) -> Answer:
    word = str(event.data.get("svar", ""))
    text = " ".join(in_chat.filled_in(event.data, "text", question.id).split())[:_MOST_TEXT]
    whom = in_chat.filled_in(event.data, "till", question.id)
    if word == "kan_inte":
        word = "annan" if whom else "registratorn"
    to = ""
    if word == "annan":
        chosen = book.person(int(whom)) if _is_id(whom) else None
        if chosen is None:
            raise Refused("Välj vem som ska ha ärendet.")
        to = f"{chosen.name} {chosen.email}"
    day = None
    if word == "anstand":
        try:
            day = dt.date.fromisoformat(in_chat.filled_in(event.data, "dag", question.id)[:10])
        except ValueError:
            raise Refused("Välj till vilken dag.") from None
    if word in ("fraga", "andra") and not text:
        raise Refused("Skriv vad det gäller.")
    return Answer(word, to=to, day=day, text=text)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _LONGEST_ID


def _number(given: Any) -> int | None:
    if isinstance(given, bool) or not isinstance(given, int | str) or not _is_id(str(given)):
        return None
    return int(given)


def _question(book: Book, given: Any) -> AskedQuestion | None:
    number = _number(given)
    try:
        return book.question(number) if number is not None else None
    except NotFound:
        return None


def _notice(book: Book, given: Any, person: Person, question: AskedQuestion) -> Notice | None:
    """Return the notice that a card stands for, if it was this person's and asks this."""
    number = _number(given)
    try:
        notice = book.notice(number) if number is not None else None
    except NotFound:
        return None
    if notice is None or notice.person_id != person.id:
        return None
    asked = {notice.data.get("question"), *(item[0] for item in notice.data.get("items", ()))}
    return notice if question.id in asked else None


def _shown(book: Book, question: AskedQuestion, notice: Notice | None, namnd: Namnd, now: dt.datetime) -> Heard:
    question = book.question(question.id)
    if notice is None:
        kept = queue.kept_answer(book, question, namnd)
        undone = kept is not None and book.is_undone(kept.id)
        return Heard(instead=happened.render(book, question, namnd, now=now, undone=undone), over=namnd.name)
    return Heard(instead=in_chat.tells(book, notice, namnd, now=now).message, over=in_chat.over(book, notice, namnd))


def _reviewed(book: Book, event: Event, person: Person, namnder: Mapping[str, Namnd], now: dt.datetime) -> Heard:
    number = _number(event.data.get("a"))
    try:
        arrival = book.arrival(number) if number is not None else None
    except NotFound:
        arrival = None
    namnd = namnder.get(arrival.namnd) if arrival else None
    if (
        arrival is None
        or namnd is None
        or not review.may(book, person, arrival.namnd, review.DESK, now.astimezone(STOCKHOLM).date())
    ):
        return Heard(notice=_GONE)
    known = _number(event.data.get("n"))
    notice = None
    if known is not None:
        try:
            notice = book.notice(known)
        except NotFound:
            notice = None
    if notice is not None and (notice.arrival_id != arrival.id or notice.kind not in ("granska", "kvitto")):
        notice = None
    try:
        review.confirm(book, arrival.id, person, namnd, now=now)
    except TooLate as late:
        if notice is None:
            return Heard(notice=str(late))
    except (Refused, NotFound) as refused:
        return Heard(notice=str(refused))
    if notice is None:
        return Heard(notice="Antecknat.", acted=True)
    told = in_chat.tells(book, notice, namnd, now=now).message
    return Heard(instead=told, over=in_chat.over(book, notice, namnd), acted=True)
