"""Who is told what when something happens: notices are queued here, and written when they are sent."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from handlers.notices.chattkod import IN_TEAMS, Where
from handlers.notices.words import STOCKHOLM
from handlers.reading.reading import Reading
from handlers.rules import tokens
from handlers.rules.workdays import is_working_time, next_working_time
from storage.records import Arrival, AskedQuestion, Case, Json, Namnd, Notice, Person
from storage.store import Book

# What answers somebody's own act goes at any time; all else waits for the day, however long it has been queued.
AT_ONCE = ("kvitto", "granska", "bekraftelse", "inloggning", "svarat", "chattkod", "chattkonto")
# What people get as a card where they can be reached in a chat. What answers a mail, and what proves who somebody is,
# goes by mail; so does an alarm, since it may be about the chat.
IN_CHAT = frozenset(
    "fraga paminnelse godkann stammer borta granska kvitto hemligt planen andras overtagit fraga_vidare studs veckan "
    "morgon".split()
)
# What the kinds are called, in the plural, when they are counted.
CALLED = {
    "fraga": "frågor om handläggare",
    "kvitto": "kvitton till registrator",
    "granska": "besked om att brev väntar på granskning",
    "bekraftelse": "bekräftelser till avsändare",
    "hemligt": "besked till sekretess",
    "svarat": "besked om svar",
}
# What a registrator may put right by replying to it.
ANSWERED = ("kvitto", "granska")
_ONE_DAY = dt.timedelta(hours=24)
# What asks a person something: only they may answer.
QUESTIONS = ("fraga", "paminnelse", "godkann", "borta", "stammer")
MOST_ANSWERED = 20  # confirmations of answers by mail, per person and day
_MOST_CODES = 3
_MOST_CONFIRMATIONS = 1  # per sender and day: a flood of letters is registered, not answered (RFC 3834)


def message_id(key: str, namnd: Namnd) -> str:
    """Return the fixed Message-ID of a notice: the same key always gives the same, so that a second copy is known.

    >>> n = Namnd("sn", "Socialnämnden", "Ekeby kommun", (), domain="ekeby.example")
    >>> message_id("kvitto:17", n)
    '<nb.e146603469d827f02c0eace3@ekeby.example>'
    """
    return f"<nb.{hashlib.sha256(f'{namnd.key}|{key}'.encode()).hexdigest()[:24]}@{namnd.domain}>"


def tell(
    book: Book,
    kind: str,
    key: str,
    namnd: Namnd,
    address: str,
    *,
    now: dt.datetime,
    case: Case | None = None,
    arrival: Arrival | None = None,
    person: Person | None = None,
    not_before: dt.datetime | None = None,
) -> bool:
    """Queue one notice under a key of its own; False when it was queued before. person: whom the address is of."""
    whole = f"{namnd.key}:{key}"
    return book.queue(
        kind,
        whole,
        namnd=namnd.key,
        address=address,
        message_id=reply_id(whole, person, namnd, now=now) if person and kind in ANSWERED else message_id(key, namnd),
        now=now,
        case_id=case.id if case else None,
        arrival_id=arrival.id if arrival else None,
        person_id=person.id if person else None,
        not_before=not_before,
        channel=_channel(book, kind, person),
    )


def _to(
    book: Book,
    kind: str,
    key: str,
    person: Person,
    namnd: Namnd,
    message_id: str,
    *,
    now: dt.datetime,
    case_id: int | None = None,
    arrival_id: int | None = None,
    data: Json | None = None,
    at_once: bool = False,
) -> bool:
    """Queue one notice to a person: by day, unless it is to go at once; in the chat, where they have one."""
    return book.queue(
        kind,
        key,
        namnd=namnd.key,
        address=person.email,
        message_id=message_id,
        now=now,
        case_id=case_id,
        arrival_id=arrival_id,
        person_id=person.id,
        data=data,
        not_before=None if at_once else _by_day(now),
        channel=_channel(book, kind, person),
    )


def _channel(book: Book, kind: str, person: Person | None) -> str:
    return "chat" if person and kind in IN_CHAT and book.chat_of(person.id) else "mail"


def may_go(now: dt.datetime) -> tuple[str, ...] | None:
    """Return the kinds of notices that may go out now; None means all.

    A notice that was queued by day may be sent late: after a stop, or when it failed and is tried again.

    >>> may_go(dt.datetime(2026, 11, 24, 8, 0, tzinfo=STOCKHOLM)) is None
    True
    >>> "paminnelse" in (may_go(dt.datetime(2026, 11, 24, 22, 0, tzinfo=STOCKHOLM)) or ())
    False
    """
    return None if is_working_time(now.astimezone(STOCKHOLM)) else AT_ONCE


def _by_day(now: dt.datetime) -> dt.datetime:
    return next_working_time(now.astimezone(STOCKHOLM))


def day_told(now: dt.datetime) -> dt.date:
    """Return the day on which people get what is queued now: today, or the next working day."""
    return _by_day(now).date()


def registrator_who_sent(book: Book, reading: Reading, namnd: Namnd, now: dt.datetime) -> Person | None:
    """Return the registrator of the nämnd that the letter was sent on by; None for anybody else and for machines."""
    address = reading.envelope.from_.address
    if not address or reading.envelope.automatic or reading.envelope.from_bot or address in namnd.addresses:
        return None
    person = book.person_by_email(address)
    if person and book.roles(
        on=now.astimezone(STOCKHOLM).date(), namnd=namnd.key, role="registrator", person_id=person.id
    ):
        return person
    return None


def receipt(book: Book, arrival: Arrival, reading: Reading, namnd: Namnd, case: Case, *, now: dt.datetime) -> None:
    """Queue the registrator's receipt, or, where the nämnd has it on, a neutral confirmation to the sender."""
    if case.secret or reading.secret:
        return
    person = registrator_who_sent(book, reading, namnd, now)
    if person:
        tell(
            book,
            "kvitto",
            f"kvitto:{arrival.id}",
            namnd,
            person.email,
            now=now,
            case=case,
            arrival=arrival,
            person=person,
        )
    elif namnd.confirm_senders:
        _confirm(book, arrival, reading, namnd, now)


def waiting_receipt(book: Book, arrival: Arrival, reading: Reading, namnd: Namnd, *, now: dt.datetime) -> None:
    """Queue word to the registrator who sent a letter on that it waits to be looked at."""
    if reading.secret:
        return
    person = registrator_who_sent(book, reading, namnd, now)
    if person:
        tell(book, "granska", f"granska:{arrival.id}", namnd, person.email, now=now, arrival=arrival, person=person)


def _confirm(book: Book, arrival: Arrival, reading: Reading, namnd: Namnd, now: dt.datetime) -> None:
    address = reading.envelope.from_.address
    if not address or reading.envelope.automatic or reading.envelope.from_bot or address in namnd.addresses:
        return
    if book.notices_since(address, "bekraftelse", now - _ONE_DAY) >= _MOST_CONFIRMATIONS:
        return
    tell(book, "bekraftelse", f"bekraftelse:{arrival.id}", namnd, address, now=now, arrival=arrival)


def secret_waiting(book: Book, arrival: Arrival, namnd: Namnd, *, now: dt.datetime) -> None:
    """Queue word to those with the role sekretess: id and time, nothing else; by day, as they decide by day."""
    for role in book.roles(on=now.astimezone(STOCKHOLM).date(), namnd=namnd.key, role="sekretess"):
        tell(
            book,
            "hemligt",
            f"hemligt:{arrival.id}:{role.person.id}",
            namnd,
            role.person.email,
            now=now,
            arrival=arrival,
            person=role.person,
            not_before=_by_day(now),
        )


def login(book: Book, namnd: Namnd, person: Person, key: str, *, now: dt.datetime) -> None:
    """Queue a one-time login link; the token itself is made when the mail is written."""
    tell(book, "inloggning", f"inloggning:{key}", namnd, person.email, now=now, person=person)


def reply_id(key: str, person: Person, namnd: Namnd, *, now: dt.datetime) -> str:
    """Return the Message-ID of a message that its receiver may answer by mail: it is a token (rules/tokens.py).

    key: the whole key that the message is queued under. Without a key to sign with the message cannot be answered.
    """
    if not namnd.token_keys:
        return message_id(key.removeprefix(f"{namnd.key}:"), namnd)
    expires = now.astimezone(STOCKHOLM).date() + dt.timedelta(days=tokens.DAYS)
    return f"<{tokens.sign(namnd.token_keys, key, person.id, expires)}@{namnd.domain}>"


def question_key(question_id: int, person_id: int, step: int, namnd: Namnd) -> str:
    """Return the key of the message that asks a person a question at a step."""
    return f"{namnd.key}:fraga:{question_id}:{step}:{person_id}"


def ask(
    book: Book,
    question: AskedQuestion,
    person: Person,
    step: int,
    case: Case,
    namnd: Namnd,
    message_id: str,
    *,
    now: dt.datetime,
    proposed: Sequence[tuple[int, str]] = (),
) -> None:
    """Queue a question to one person; message_id is the one that its asking was noted under.

    proposed: who could take the case, the best first, as (person id, why).
    """
    _to(
        book,
        "fraga",
        question_key(question.id, person.id, step, namnd),
        person,
        namnd,
        message_id,
        now=now,
        case_id=case.id,
        data={"question": question.id, "step": step, "proposed": [list(p) for p in proposed]},
    )


def approval_key(question_id: int, person_id: int, step: int, namnd: Namnd) -> str:
    """Return the key of the message that asks a person to approve at a step."""
    return f"{namnd.key}:godkann:{question_id}:{step}:{person_id}"


def approve(
    book: Book,
    question: AskedQuestion,
    person: Person,
    step: int,
    namnd: Namnd,
    message_id: str,
    *,
    now: dt.datetime,
) -> None:
    """Queue the question whether a tjänsteskrivelse is approved; message_id is the one its asking was noted under."""
    _to(
        book,
        "godkann",
        approval_key(question.id, person.id, step, namnd),
        person,
        namnd,
        message_id,
        now=now,
        case_id=question.case_id,
        data={"question": question.id, "step": step},
    )


def confirm_key(question_id: int, person_id: int, step: int, namnd: Namnd) -> str:
    """Return the key of the message that asks a person whether something is done, at a step."""
    return f"{namnd.key}:stammer:{question_id}:{step}:{person_id}"


def confirm(
    book: Book,
    question: AskedQuestion,
    person: Person,
    step: int,
    namnd: Namnd,
    message_id: str,
    *,
    now: dt.datetime,
) -> None:
    """Queue the question whether something is done; message_id is the one its asking was noted under."""
    _to(
        book,
        "stammer",
        confirm_key(question.id, person.id, step, namnd),
        person,
        namnd,
        message_id,
        now=now,
        case_id=question.case_id,
        data={"question": question.id, "step": step},
    )


def away_key(question_id: int, person_id: int, namnd: Namnd) -> str:
    """Return the key of the message that asks a person whether somebody is away."""
    return f"{namnd.key}:borta:{question_id}:{person_id}"


def away(
    book: Book, question: AskedQuestion, person: Person, namnd: Namnd, message_id: str, *, now: dt.datetime
) -> None:
    """Queue the question whether somebody is away, as their automatic reply says."""
    _to(
        book,
        "borta",
        away_key(question.id, person.id, namnd),
        person,
        namnd,
        message_id,
        now=now,
        data={"question": question.id},
    )


def taken_over(
    book: Book, person: Person, after: Person, cases: Sequence[int], namnd: Namnd, *, now: dt.datetime
) -> bool:
    """Queue word to somebody of the cases that they have been given after another who leaves."""
    key = f"overtagit:{after.id}:{person.id}:{now.isoformat()}"
    return _to(
        book,
        "overtagit",
        f"{namnd.key}:{key}",
        person,
        namnd,
        message_id(key, namnd),
        now=now,
        data={"after": after.id, "cases": list(cases)},
    )


def sent_back(book: Book, question: AskedQuestion, case: Case, text: str, namnd: Namnd, *, now: dt.datetime) -> None:
    """Queue word to the handläggare that what was written is to be changed."""
    person = book.person(case.handlaggare_id) if case.handlaggare_id else None
    if person is None:
        return
    key = f"andras:{question.id}"
    _to(
        book,
        "andras",
        f"{namnd.key}:{key}",
        person,
        namnd,
        message_id(key, namnd),
        now=now,
        case_id=case.id,
        data={"question": question.id},
    )


def plans(
    book: Book, person: Person, cases: Sequence[tuple[int, Sequence[str]]], namnd: Namnd, *, now: dt.datetime
) -> bool:
    """Queue word to a person of plans that stand otherwise; cases: (case id, what is new), all in one message."""
    told = hashlib.sha256(repr((now.isoformat(), [(c, list(n)) for c, n in cases])).encode()).hexdigest()[:16]
    key = f"planen:{person.id}:{told}"
    return _to(
        book,
        "planen",
        f"{namnd.key}:{key}",
        person,
        namnd,
        message_id(key, namnd),
        now=now,
        data={"cases": [[case, list(news)] for case, news in cases]},
    )


def reminder_key(person: Person, day: dt.date, namnd: Namnd) -> str:
    """Return the key of a person's one reminder of a day."""
    return f"{namnd.key}:paminnelse:{person.id}:{day.isoformat()}"


def remind(
    book: Book,
    person: Person,
    day: dt.date,
    namnd: Namnd,
    message_id: str,
    *,
    now: dt.datetime,
    items: Sequence[tuple[int, bool]],
) -> bool:
    """Queue a person's one reminder of a day, whatever number of cases it is about.

    items: (question id, whether it is told because somebody else has not answered).
    """
    return _to(
        book,
        "paminnelse",
        reminder_key(person, day, namnd),
        person,
        namnd,
        message_id,
        now=now,
        data={"day": day.isoformat(), "items": [list(i) for i in items]},
        at_once=True,
    )


def alarm(book: Book, key: str, person: Person, trouble: str, namnd: Namnd, *, now: dt.datetime) -> bool:
    """Queue word to a person that something is out of reach, or works again. trouble: its name, `post:sn`."""
    key = f"{key}:{person.id}"
    return _to(
        book,
        "larm",
        f"{namnd.key}:{key}",
        person,
        namnd,
        message_id(key, namnd),
        now=now,
        data={"trouble": trouble, "over": key.startswith("larm över:")},
        at_once=True,
    )


def bounced(book: Book, about: Notice, person: Person, namnd: Namnd, *, now: dt.datetime) -> bool:
    """Queue word to a person that a notice came back; once a day for an address, however many do."""
    key = f"studs:{about.address}:{day_told(now).isoformat()}:{person.id}"
    return _to(
        book,
        "studs",
        f"{namnd.key}:{key}",
        person,
        namnd,
        message_id(key, namnd),
        now=now,
        case_id=about.case_id,
        data={"notice": about.id},
    )


@dataclass(frozen=True, slots=True)
class Told:
    """What is told to who answered by mail. None of it is a letter's words: it is kept, and sent later.

    undo: how to take back what was done. questions: those that are still open. letter: the arrival that was put right.
    hidden: it may be told of what has become secret.
    """

    done: Sequence[str] = ()
    refused: Sequence[str] = ()
    undo: Sequence[Json] = ()
    questions: Sequence[int] = ()
    letter: int | None = None
    case_id: int | None = None
    hidden: bool = False
    final: str = ""  # why it cannot be taken back, where it cannot


def answered(book: Book, arrival: Arrival, person: Person, namnd: Namnd, said: Told, *, now: dt.datetime) -> bool:
    """Queue word to who answered by mail: what was done, and what could not be; False when they have had enough today.

    A machine that answers all it gets must not be answered for ever: what was done stands in the journal all the same.
    """
    if book.notices_since(person.email, "svarat", now - _ONE_DAY) >= MOST_ANSWERED:
        return False
    key = f"{namnd.key}:svarat:{arrival.id}"
    return _to(
        book,
        "svarat",
        key,
        person,
        namnd,
        reply_id(key, person, namnd, now=now),
        now=now,
        case_id=said.case_id,
        arrival_id=arrival.id,
        data={
            "done": list(said.done),
            "refused": list(said.refused),
            "undo": [dict(u) for u in said.undo],
            "questions": list(said.questions),
            "letter": said.letter,
            "hidden": said.hidden,
            "final": said.final,
        },
        at_once=True,
    )


def keep_answer(
    book: Book, question: AskedQuestion, person: Person, namnd: Namnd, undo: Json, *, now: dt.datetime
) -> None:
    """Keep how to take back what somebody answered in a chat; it was told there, so nothing is sent."""
    number = 0
    while book.is_queued(key := _answer_key(question.id, number, namnd)):
        number += 1
    book.queue(
        "svarat_i_chatt",
        key,
        namnd=namnd.key,
        address=person.email,
        message_id=message_id(key, namnd),
        now=now,
        case_id=question.case_id,
        person_id=person.id,
        data={"undo": [dict(undo)], "question": question.id},
        channel="chat",
        sent=True,
    )


def kept_answer(book: Book, question: AskedQuestion, namnd: Namnd) -> Notice | None:
    """Return how to take back the last answer in a chat to a question; None where there is none."""
    last, number = None, 0
    while found := book.notice_by_key(_answer_key(question.id, number, namnd)):
        last, number = found, number + 1
    return last


def _answer_key(question_id: int, number: int, namnd: Namnd) -> str:
    return f"{namnd.key}:svarat_i_chatt:{question_id}:{number}"


def tell_registrators(
    book: Book, kind: str, key: str, namnd: Namnd, *, now: dt.datetime, question: AskedQuestion, why: Json | None = None
) -> None:
    """Queue word to each registrator of the nämnd about a question; why: more that the words are made of."""
    for role in book.roles(on=now.astimezone(STOCKHOLM).date(), namnd=namnd.key, role="registrator"):
        _to(
            book,
            kind,
            f"{namnd.key}:{key}:{role.person.id}",
            role.person,
            namnd,
            message_id(f"{key}:{role.person.id}", namnd),
            now=now,
            case_id=question.case_id,
            data={"question": question.id, **(why or {})},
        )


def wrong_board(book: Book, question: AskedQuestion, person: Person, namnd: Namnd, *, now: dt.datetime) -> None:
    """Queue word to the registrators that somebody says a case belongs to another nämnd."""
    why = {"why": "fel_namnd", "person": person.id}
    tell_registrators(
        book, "fraga_vidare", f"fel_namnd:{question.id}:{person.id}", namnd, now=now, question=question, why=why
    )


def digest_of(kind: str, day: dt.date) -> str:
    """Return which digest of a kind a day has: the managers' is the week's, the registratorer's the day's.

    >>> digest_of("veckan", dt.date(2027, 1, 1)), digest_of("morgon", dt.date(2027, 1, 1))
    ('2026-W53', '2027-01-01')
    """
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}" if kind == "veckan" else day.isoformat()


def digest_key(kind: str, person: Person, when: str, namnd: Namnd) -> str:
    """Return the key of a person's digest of a day or week."""
    return f"{namnd.key}:{kind}:{person.id}:{when}"


def digest(book: Book, kind: str, person: Person, when: str, namnd: Namnd, *, now: dt.datetime) -> bool:
    """Queue a digest for a person; `when` is its day or week, and makes its key."""
    return _to(
        book,
        kind,
        digest_key(kind, person, when, namnd),
        person,
        namnd,
        message_id(f"{kind}:{person.id}:{when}", namnd),
        now=now,
        data={"when": when},
        at_once=True,
    )


def chat_code(
    book: Book,
    tenant: str,
    object_id: str,
    person: Person,
    namnd: Namnd,
    *,
    now: dt.datetime,
    where: Where = IN_TEAMS,
) -> bool:
    """Queue a code to a person's own address, which proves that an account in the chat is theirs; three a day, for a
    person and for an account. The code itself is made when the mail is written."""
    since = now - _ONE_DAY
    if max(book.notices_since(person.email, "chattkod", since), book.codes_since(object_id, since)) >= _MOST_CODES:
        return False
    return _to(
        book,
        "chattkod",
        f"{namnd.key}:chattkod:{person.id}:{object_id}:{now.isoformat()}",
        person,
        namnd,
        message_id(f"chattkod:{person.id}:{object_id}:{now.isoformat()}", namnd),
        now=now,
        data={"tenant": tenant, "object": object_id, "where": where},
        at_once=True,
    )


def chat_account(
    book: Book, object_id: str, person: Person, namnd: Namnd, *, now: dt.datetime, where: Where = IN_TEAMS
) -> bool:
    """Queue word to a person's own address that an account in the chat answers for them from now on."""
    key, data = f"chattkonto:{person.id}:{object_id}:{now.isoformat()}", {"where": where}
    return _to(
        book,
        "chattkonto",
        f"{namnd.key}:{key}",
        person,
        namnd,
        message_id(key, namnd),
        now=now,
        data=data,
        at_once=True,
    )
