"""Whose an account in a chat is: told by IT, or proven by a code that was mailed to the person's own address.

A name or an address that a chat service shows proves nothing: who may set them there is not who may answer here.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping

from handlers.chat import Event, Member
from handlers.notices import queue
from handlers.notices.chattkod import FIGURES, IN_TEAMS, MINUTES, Where
from handlers.notices.in_chat import SAY
from handlers.notices.message import Act, Acts, Block, Field, Heading, Message, Paragraph
from handlers.notices.words import STOCKHOLM
from storage.records import Namnd, Person
from storage.store import Book

BY_IT, BY_CODE = "it", "kod"
ADDRESS, CODE = "koppla", "kod"  # the verbs of the forms
MOST_TRIES = 5
_CODE = re.compile(rf"\d{{{FIGURES}}}")
_ADDRESS = re.compile(r"[^\s@<>,;:\"']{1,100}@[^\s@<>,;:\"']{1,200}")


def who(book: Book, event: Event) -> Person | None:
    """Return whose the account behind an event is; None when nobody has said."""
    if not event.tenant or not event.object_id:
        return None
    return book.chat_person(event.tenant, event.object_id)


def tie(book: Book, tenant: str, object_id: str, person: Person, how: str, *, now: dt.datetime, actor: str) -> bool:
    """Tie an account to a person, and write it in the journals of their nämnder; False when it stood so."""
    if not book.put_chat_person(tenant, object_id, person.id, how, now=now):
        return False
    for namnd in sorted({r.namnd for r in book.roles(person_id=person.id)}):
        book.note(
            namnd,
            "Teams-konto kopplat",
            now=now,
            actor=actor,
            data={"person": person.id, "hur": how},
            personal={"namn": person.name, "konto": object_id},
        )
    return True


def cut(book: Book, tenant: str, person: Person, *, now: dt.datetime, actor: str) -> bool:
    """Let a person's account go: nobody answers for them in the chat any more. False when there was none."""
    if not book.cut_chat_person(tenant, person.id):
        return False
    for namnd in sorted({r.namnd for r in book.roles(person_id=person.id)}):
        data, personal = {"person": person.id}, {"namn": person.name}
        book.note(namnd, "Teams-konto lösgjort", now=now, actor=actor, data=data, personal=personal)
    return True


def meet(book: Book, event: Event, member: Member | None, namnder: Mapping[str, Namnd], *, now: dt.datetime) -> Message:
    """Speak with an account that nobody is tied to yet: take an address, mail a code to it, take the code.

    Whether an address stands in the register is not told: the answer is the same.
    """
    if event.chat != "personal":
        return _short("Jag känner inte dig än. Skriv till mig i en egen chatt först.")
    if not event.tenant or not event.object_id:
        return _short("Jag kan inte se vem du är. Be kommunens IT om hjälp.")
    if member is None or member.guest or (member.tenant and member.tenant != event.tenant):
        return _short("Nämndbot är bara för kommunens egna konton.")
    if event.kind == "removed":
        return _short("")
    text = str(event.data.get("kod" if event.verb == CODE else "adress", "")) if event.kind == "action" else event.text
    figures = "".join(text.split())
    if _CODE.fullmatch(figures):
        return _used(book, event, figures, namnder, now)
    address = _ADDRESS.search(text)
    if address:
        return _mailed(book, event, address[0].strip(".").lower(), namnder, now)
    if book.has_chat_code(event.tenant, event.object_id, now=now):
        return _ask_code("Skriv koden som vi mejlade.")
    return _ask_address(member)


def _mailed(book: Book, event: Event, address: str, namnder: Mapping[str, Namnd], now: dt.datetime) -> Message:
    mail_code(book, event.tenant, event.object_id, address, namnder, now=now)
    return _ask_code(
        f"Om {address} finns hos oss har vi mejlat en kod dit. Skriv koden här inom {MINUTES} minuter. "
        "Kommer ingen kod, fråga registratorn vilken adress som gäller för dig."
    )


def mail_code(
    book: Book,
    tenant: str,
    object_id: str,
    address: str,
    namnder: Mapping[str, Namnd],
    *,
    now: dt.datetime,
    where: Where = IN_TEAMS,
) -> None:
    """Mail a code to an address of the register, for the account to show; whether it stands there is not told.

    Who has an account that IT has named does not get another one by a code.
    """
    person = book.person_by_email(address)
    namnd = _namnd_of(book, person, namnder, now.astimezone(STOCKHOLM).date()) if person else None
    if person and namnd and book.chat_account(tenant, person.id) is None:
        queue.chat_code(book, tenant, object_id, person, namnd, now=now, where=where)


def proven(
    book: Book,
    tenant: str,
    object_id: str,
    code: str,
    namnder: Mapping[str, Namnd],
    *,
    now: dt.datetime,
    where: Where = IN_TEAMS,
) -> Person | None:
    """Tie an account to whom the code that it shows was mailed to, and tell them; None when the code is no good."""
    person_id = book.use_chat_code(tenant, object_id, code, most=MOST_TRIES, now=now)
    person = book.person(person_id) if person_id else None
    namnd = _namnd_of(book, person, namnder, now.astimezone(STOCKHOLM).date()) if person else None
    if person is None or namnd is None or book.chat_account(tenant, person.id) is not None:
        return None
    tie(book, tenant, object_id, person, BY_CODE, now=now, actor=f"person:{person.id}")
    queue.chat_account(book, object_id, person, namnd, now=now, where=where)
    return person


def _namnd_of(book: Book, person: Person, namnder: Mapping[str, Namnd], today: dt.date) -> Namnd | None:
    held = {r.namnd for r in book.roles(on=today, person_id=person.id)}
    return next((n for key, n in namnder.items() if key in held), None)


def _used(book: Book, event: Event, code: str, namnder: Mapping[str, Namnd], now: dt.datetime) -> Message:
    person = proven(book, event.tenant, event.object_id, code, namnder, now=now)
    if person is None:
        return _ask_code("Koden stämmer inte, eller så har den gått ut. Skriv din e-postadress igen för att få en ny.")
    book.put_chat(event.tenant, event.chat_id, event.chat, event.object_id, event.address, now=now)
    return hello(person)


def hello(person: Person | None, member: Member | None = None) -> Message:
    """Greet who has installed the bot, or has been tied to their account."""
    if person is None:
        return _ask_address(member)
    head = f"Hej {person.name.split()[0]}, nu kan du svara här"
    return Message(
        head,
        "",
        (
            Heading(head),
            Paragraph("Jag frågar dig här i stället för i mejl. Du kan också skriva till mig:"),
            Acts(tuple(Act(label, SAY, {"text": label.lower()}) for label in ("Mina ärenden", "Försenade", "Hjälp"))),
        ),
        "",
    )


def greet_many(name: str) -> Message:
    """Greet a group or a team that the bot was added to."""
    head = "Hej, jag är Nämndbot"
    told = f"Skriv @{name or 'Nämndbot'} och vad du vill veta, till exempel hjälp."
    shown = (
        "Här visar jag bara det som alla i gruppen får se. Frågor om dina egna ärenden ställer jag i din egen chatt."
    )
    return Message(head, "", (Heading(head), Paragraph(told), Paragraph(shown, quiet=True)), "")


def _ask_address(member: Member | None) -> Message:
    head = "Hej, jag är Nämndbot. Vem är du?"
    known = member.email if member and _ADDRESS.fullmatch(member.email) else ""
    acts = [Act(f"Mejla en kod till {known}", ADDRESS, {"adress": known})] if known else []
    field = Field("adress", "text", "Din e-postadress i kommunen", "Skriv din adress", most=100)
    acts.append(Act("Annan adress" if known else "Skriv din adress", ADDRESS, {}, (field,), send="Mejla en kod"))
    return Message(
        head,
        "",
        (
            Heading(head),
            Paragraph(
                "Jag mejlar en kod till din adress i kommunens register. Skriv koden här, så vet jag att kontot är ditt."
            ),
            Acts(tuple(acts)),
        ),
        "",
    )


def _ask_code(told: str) -> Message:
    head = "Skriv koden från mejlet"
    field = Field("kod", "text", f"Koden, {FIGURES} siffror", "Skriv koden", most=20)
    blocks: tuple[Block, ...] = (
        Heading(head),
        Paragraph(told),
        Acts((Act("Skriv koden", CODE, {}, (field,), send="Koppla kontot"),)),
    )
    return Message(head, "", blocks, "")


def _short(text: str) -> Message:
    return Message(text, "", (Paragraph(text),) if text else (), "")
