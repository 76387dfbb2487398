"""A letter that answers something of ours: whose it is, and what it says. Quoted text is never taken for the answer."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass

from handlers import absence_by_mail, absences, answering, corrections_by_mail, gates, replies, undoing
from handlers.errors import Refused
from handlers.notices import queue
from handlers.notices.words import STOCKHOLM
from handlers.reading.reading import Attachment, Reading, Text
from handlers.reading.review import PERHAPS_A_MACHINE, UNSURE_KIND
from handlers.rules import answers
from storage.records import Arrival, AskedQuestion, Case, Json, Namnd, Person
from storage.store import Book

_ON_THE_PAGE = "Svara på sidan i stället."


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a letter that is an answer: the case it is about, in words, and whether it must stay hidden."""

    case_id: int | None
    note: str
    hidden: bool = False
    unsure: bool = False  # it may be about several cases


# What stands in a signature: pictures, a business card, a signature of its own, a meeting's invitation.
_NO_PAPER = (
    "image/",
    "text/vcard",
    "text/x-vcard",
    "text/calendar",
    "application/ics",
    "application/pkcs7-signature",
    "application/x-pkcs7-signature",
    "application/pgp-signature",
)
_OUR_PAPERS = ("tjansteskrivelse", "svar", "protokollsutdrag")
_SCAN = 200_000  # bytes; a bigger picture is a photographed page


def papers(book: Book, reading: Reading, case: Case | None) -> Reading | None:
    """Return an answer as the letter that its handlingar make of it; None when it brings none.

    Pictures of a signature are none, nor what the case holds already: programs send back what they were sent.
    """
    known = {d.sha256 for d in book.documents(case.id)} if case else set()
    new = tuple(a for a in reading.attachments if a.sha256 not in known and _is_paper(a))
    if not new:
        return None
    names = {a.name for a in new}
    found = tuple(f for f in reading.findings if f.where in names)
    told = {f.field for f in found}
    return dataclasses.replace(
        reading,
        kind=reading.kind if reading.kind in _OUR_PAPERS else "other",
        title=new[0].name.rpartition(".")[0] or new[0].name,
        attachments=new,
        texts=_own_texts(reading),
        findings=found,
        # What the words above and the quoted mail say is the answer, and ours: only the papers tell the case anything.
        deadlines=tuple(d for d in reading.deadlines if d.where in names),
        external_dnr=tuple(f.value for f in found if f.field == "external_dnr"),
        own_dnr=(),
        demands=(),
        matters=(),
        outcome=reading.outcome if "outcome" in told else None,
        meeting=reading.meeting if "outcome" in told else None,
        outcome_per_demand=reading.outcome_per_demand if "outcome" in told else (),
        review=tuple(r for r in reading.review if r not in (UNSURE_KIND, PERHAPS_A_MACHINE)),
    )


def _is_paper(attachment: Attachment) -> bool:
    scanned = attachment.media_type.startswith("image/") and attachment.size > _SCAN
    return scanned or not attachment.media_type.startswith(_NO_PAPER)


def _own_texts(reading: Reading) -> tuple[Text, ...]:
    """What somebody wrote above our message, and what their papers say; what is quoted is ours."""
    said = (Text("body", reading.reply),) if reading.reply.strip() else ()
    return (*said, *(t for t in reading.texts if t.where not in ("body", "forwarded", "quoted")))


def take_command(book: Book, arrival: Arrival, reading: Reading, namnd: Namnd, *, now: dt.datetime) -> Taken | None:
    """Carry out a short letter from one of the nämnd's people that says they are away; None when it is another letter."""
    done = absence_by_mail.take_letter(book, arrival, reading, namnd, now=now)
    return Taken(None, absence_by_mail.NOTE) if done else None


def take(book: Book, arrival: Arrival, reading: Reading, namnd: Namnd, *, now: dt.datetime) -> Taken | None:
    """Carry out a letter that answers something of ours; None when it is a letter like any other.

    It answers when it brings back the token of a message that was sent to its sender alone, has not expired, and the
    mail server vouches for the sender (`gates.is_authenticated`). An automatic reply that it vouches for is noted as an
    attempt and never taken for a yes. What is forged is registered as a letter, and the person whose name it bears is told.
    """
    reply = replies.find(book, reading, namnd, now=now)
    if reply is None:
        return None
    asked = replies.questions(book, reply)
    asked = [q for q in asked if not gates.is_hushed_case(book, q.case_id)]
    if reply.doubt == "another":
        return None if reading.secret else _from_another(book, arrival, reading, reply, namnd, now)
    machine = bool(reading.envelope.automatic or reading.envelope.from_bot)
    if machine and reply.doubt != "unproven":
        return None if reading.secret else _automatic(book, arrival, reading, reply, asked, namnd, now)
    if reply.doubt:
        return _doubted(book, arrival, reading, reply, asked, namnd, now)
    away = None if reading.secret else absence_by_mail.take_reply(book, arrival, reading, reply.person, namnd, now=now)
    if away:
        return Taken(None, absence_by_mail.NOTE)
    wants_undo = [a for a in answers.parse(reading.reply, _today(now)) if a.word == "angra"]
    if wants_undo and not reading.secret:
        return _undo(book, arrival, reply, asked, namnd, now)
    if reply.letter is not None:
        made = corrections_by_mail.take(book, arrival, reading, reply, reply.letter, namnd, now=now)
        return Taken(made.case_id, "Rättelse per mejl", made.hidden) if made else None
    if reading.secret:
        return None  # it may be an individual's matter: the role sekretess looks at it first
    return _answer(book, arrival, reading, reply, asked, namnd, now)


def _today(now: dt.datetime) -> dt.date:
    return now.astimezone(STOCKHOLM).date()


def _answer(
    book: Book,
    arrival: Arrival,
    reading: Reading,
    reply: replies.Reply,
    asked: list[AskedQuestion],
    namnd: Namnd,
    now: dt.datetime,
) -> Taken | None:
    if not asked:
        if not gates.is_about_hushed(book, reply.notice):
            return None
        book.note(namnd.key, "svar som ingen förstod", now=now, arrival_id=arrival.id)
        told = queue.Told(refused=["Frågan är inte längre aktuell."], hidden=True)
        queue.answered(book, arrival, reply.person, namnd, told, now=now)
        return Taken(reply.notice.case_id, "Svar på en fråga", hidden=True)
    person, words = reply.person, reading.reply
    given = answers.parse(words, _today(now))
    made = answering.by_mail(book, given, asked, person, namnd, now=now)
    unclear = made.unclear or not given
    refused = list(made.refused)
    if unclear:
        personal: Json = {"namn": person.name, "ord": words[:2000]}
        book.note(
            namnd.key,
            "svar som ingen förstod",
            now=now,
            actor=f"person:{person.id}",
            case_id=asked[0].case_id,
            arrival_id=arrival.id,
            personal=personal,
        )
        why = {"why": "oklart", "person": person.id}
        queue.tell_registrators(
            book, "fraga_vidare", f"oklart:{arrival.id}", namnd, now=now, question=asked[0], why=why
        )
    if not given:
        refused.append(f"Vi hittade inget svar i mejlet. {answering.words_for(asked[0])} Skriv överst.")
    # To what nobody understands, sent as a reply to our saying so, nothing is said again: it may be a machine.
    if made.done or not (reply.notice.kind == "svarat" and unclear):
        told = queue.Told(
            made.done, refused, made.undo, made.asked, case_id=asked[0].case_id, final=undoing.final(made.undo)
        )
        queue.answered(book, arrival, person, namnd, told, now=now)
    _note_proof(book, arrival, reading, reply, namnd, now)
    return Taken(asked[0].case_id, "Svar på en fråga", unsure=len({q.case_id for q in asked}) > 1)


def _note_proof(
    book: Book, arrival: Arrival, reading: Reading, reply: replies.Reply, namnd: Namnd, now: dt.datetime
) -> None:
    """Note what the answer was taken on: which message it replied to, and what the mail server says of the sender."""
    data = {"utskick": reply.notice.id, "avsändaren": reading.envelope.auth}
    actor = f"person:{reply.person.id}"
    book.note(namnd.key, "svar per mejl", now=now, actor=actor, arrival_id=arrival.id, data=data)


def _automatic(
    book: Book,
    arrival: Arrival,
    reading: Reading,
    reply: replies.Reply,
    asked: list[AskedQuestion],
    namnd: Namnd,
    now: dt.datetime,
) -> Taken:
    """Note an automatic reply as an attempt; where it tells of days away a manager is asked. Nothing is sent back."""
    first = asked[0] if asked else None
    hidden = gates.is_about_hushed(book, reply.notice)
    book.note(
        namnd.key,
        "automatiskt svar på en fråga",
        now=now,
        case_id=first.case_id if first else None,
        arrival_id=arrival.id,
        data={"fråga": first.id if first else None, "person": reply.person.id},
    )
    if first is not None and not hidden:
        body = next((t.text for t in reading.texts if t.where == "body"), "")
        said = f"{reading.envelope.subject}\n{reading.reply or body}"
        absences.suspect(book, reply.person, said, first, namnd, now=now)
    return Taken(first.case_id if first else None, "Automatiskt svar", hidden)


def _from_another(
    book: Book, arrival: Arrival, reading: Reading, reply: replies.Reply, namnd: Namnd, now: dt.datetime
) -> Taken | None:
    """Tell one of the nämnd's people that they have answered another's message; anybody else's is a letter like any."""
    sender = book.person_by_email(reading.envelope.one_sender) if reading.envelope.one_sender else None
    if sender is None or reading.envelope.automatic or reading.envelope.from_bot:
        return None
    if not book.roles(on=_today(now), namnd=namnd.key, person_id=sender.id):
        return None
    if not gates.is_authenticated(reading, namnd) or reply.notice.kind not in queue.QUESTIONS:
        return None
    asked = replies.questions(book, reply)
    if not asked or any(gates.is_hushed_case(book, q.case_id) for q in asked):
        return None
    book.note(
        namnd.key,
        "svar från en annan än den frågade",
        now=now,
        actor=f"person:{sender.id}",
        case_id=asked[0].case_id,
        arrival_id=arrival.id,
        personal={"namn": sender.name, "ord": reading.reply[:2000]},
    )
    told = f"Frågan gick till {reply.person.name}, och bara den som har frågats kan svara. Inget är gjort. Be {reply.person.name} "
    told += "svara, till exempel: nej, fråga och ditt namn."
    queue.answered(book, arrival, sender, namnd, queue.Told(refused=[told], case_id=asked[0].case_id), now=now)
    return Taken(asked[0].case_id, "Svar från en annan än den frågade")


def _doubted(
    book: Book,
    arrival: Arrival,
    reading: Reading,
    reply: replies.Reply,
    asked: list[AskedQuestion],
    namnd: Namnd,
    now: dt.datetime,
) -> Taken | None:
    """Note a reply that is not carried out, and tell the person at the address that we know, not at the letter's."""
    first = asked[0].case_id if asked else None
    book.note(
        namnd.key,
        "svar som inte räknas",
        now=now,
        case_id=first,
        arrival_id=arrival.id,
        data={
            "utskick": reply.notice.id,
            "person": reply.person.id,
            "skäl": reply.doubt,
            "avsändaren": reading.envelope.auth,
        },
    )
    if reply.doubt == "old":
        told = f"Mejlet du svarade på är för gammalt för att besvaras per mejl. Inget är gjort. {_ON_THE_PAGE}"
    else:
        told = (
            "Ett svar i ditt namn har kommit, men vår e-postserver kan inte intyga att det är från dig. Inget är gjort. "
            f"{_ON_THE_PAGE}"
        )
    still = [q.id for q in asked if q.state == "open"]
    hidden = reading.secret or gates.is_about_hushed(book, reply.notice)
    machine = reading.envelope.automatic or reading.envelope.from_bot
    if not (machine and reply.notice.kind == "svarat"):  # a machine that answers our saying so is not told again
        said = queue.Told(refused=[told], questions=still, letter=reply.letter, case_id=first, hidden=hidden)
        queue.answered(book, arrival, reply.person, namnd, said, now=now)
    if reply.doubt == "old" and not reading.secret:
        return Taken(first, "Svar på ett för gammalt mejl", hidden)
    return None  # a forged letter is a letter: it is registered like any (TF 2 kap.)


def _undo(
    book: Book, arrival: Arrival, reply: replies.Reply, asked: list[AskedQuestion], namnd: Namnd, now: dt.datetime
) -> Taken:
    """Take back what the message that is replied to told of; all of it, the last thing first."""
    told, hidden = undo_told(book, reply.notice.id, reply.notice.data, reply.person, namnd, now=now)
    case_id = reply.notice.case_id or (asked[0].case_id if asked else None)
    queue.answered(book, arrival, reply.person, namnd, told, now=now)
    return Taken(case_id, "Ångrat per mejl", hidden)


def undo_told(
    book: Book, notice_id: int, data: Json, person: Person, namnd: Namnd, *, now: dt.datetime
) -> tuple[queue.Told, bool]:
    """Take back what a confirmation told of; return what is told of that, and whether it is about something hidden.

    The page and the mail call this alike. What is taken back already is said to be.
    """
    steps = list(data.get("undo", ()))
    hidden = bool(data.get("hidden"))
    if not steps:
        return queue.Told(
            refused=["Det finns inget att ångra i det mejlet. Svara på mejlet som sade vad som gjordes."]
        ), hidden
    if not book.use_undo(notice_id):
        return queue.Told(refused=["Det är redan ångrat."]), hidden
    done: list[str] = []
    refused: list[str] = []
    for step in reversed(steps):
        try:
            done.append(undoing.undo(book, step, person, namnd, now=now))
        except Refused as error:
            refused.append(str(error))
    if not done:
        book.forget_undo(notice_id)
    case_id = next((int(s["case"]) for s in steps if s.get("case") is not None), None)
    return queue.Told(done, refused, case_id=case_id, hidden=hidden), hidden
