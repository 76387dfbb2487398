"""Whose reply a letter is: a message of ours by its token, the person it was sent to, and what speaks against them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from handlers import gates
from handlers.notices.words import STOCKHOLM
from handlers.reading.reading import Reading
from handlers.rules import tokens
from storage.records import AskedQuestion, Namnd, Notice, Person
from storage.store import Book

# another: the letter is not from whom the message was sent to. unproven: nobody has found that the sender is who they
# say. old: the token has expired.
Doubt = Literal["", "another", "unproven", "old"]


@dataclass(frozen=True, slots=True)
class Reply:
    """A letter that carries back the token of a message of ours. Nothing is carried out while there is a doubt."""

    notice: Notice  # the newest of those that it replies to
    thread: tuple[Notice, ...]  # all that were sent to this person and that it names
    person: Person  # whom the message was sent to
    doubt: Doubt = ""

    @property
    def letter(self) -> int | None:
        """The arrival that the message was a receipt for, if it was one."""
        if self.notice.kind in ("kvitto", "granska"):
            return self.notice.arrival_id
        letter = self.notice.data.get("letter")
        return int(letter) if letter is not None else None


def find(book: Book, reading: Reading, namnd: Namnd, *, now: dt.datetime) -> Reply | None:
    """Return the reply that a letter is, or None when it carries no token that we have made."""
    envelope, today = reading.envelope, now.astimezone(STOCKHOLM).date()
    known = [(n, p, token) for token in envelope.tokens for n, p in _sent(book, token, namnd)]
    if not known:
        return None
    mine = [(n, p, token) for n, p, token in known if p.email.lower() == envelope.one_sender]
    notice, person, token = (mine or known)[0]
    thread = tuple({n.id: n for n, p, t in mine if tokens.expires(t) >= today}.values())
    doubt: Doubt = ""
    if not mine:
        doubt = "another"
    elif not gates.is_authenticated(reading, namnd):
        doubt = "unproven"
    elif tokens.expires(token) < today:
        doubt = "old"
    return Reply(notice, thread or (notice,), person, doubt)


def _sent(book: Book, token: str, namnd: Namnd) -> list[tuple[Notice, Person]]:
    found = []
    for notice in book.notices_by_message([f"<{token}@{namnd.domain}>"]):
        person = book.person(notice.person_id) if notice.person_id else None
        if (
            person is not None
            and notice.namnd == namnd.key
            and tokens.is_signed(namnd.token_keys, token, notice.key, person.id)
        ):
            found.append((notice, person))
    return found


def questions(book: Book, reply: Reply) -> list[AskedQuestion]:
    """Return the questions that a reply may answer: those of the messages it names, asked of this person, each once."""
    asked = [a for a in book.askings_by_message([n.message_id for n in reply.thread]) if a.person_id == reply.person.id]
    ids = [a.question_id for a in asked]
    ids += [int(i) for n in reply.thread for i in n.data.get("questions", ())]
    found = [book.question(i) for i in dict.fromkeys(ids)]
    return [q for q in found if q.namnd == reply.notice.namnd]
