"""What befalls cases: work is done, the nämnd decides, the answer goes out, and mistakes are made and mended."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
from collections.abc import Callable

from handlers import assignment, deciding, planning, registering
from handlers.reading.reading import Decision, Finding, Party
from storage.records import Case, Person
from storage.store import Book
from tests.builders import reading
from tests.year import desk, meetings
from tests.year.almanac import DAY, day_off, local
from tests.year.world import World


def live(world: World) -> None:
    """Let cases go their way, and let the rarer things happen now and then."""
    world.on_case.append(lambda case: _begin(world, case))
    day = world.town.first
    while day <= world.town.last:
        for often, event in EVENTS:
            # How often: per working day in a municipality of three thousand letters.
            if not day_off(day) and world.chance.random() < often * world.size.letters / 3000:
                at = local(day, dt.time(world.chance.randrange(8, 16), world.chance.randrange(60)))
                world.later(at, functools.partial(_if_up, world, event))
        day += DAY


def _if_up(world: World, event: Callable[[World], None]) -> None:
    if world.up and world.cases:
        event(world)


def _begin(world: World, case: Case) -> None:
    """Most cases are worked on until they are answered; some lie until somebody is reminded of them."""
    if world.chance.random() < 0.25:
        return
    work = world.chance.choice((_decide, _decide, _send_answer, _send_answer, _close))
    world.later(world.now + world.chance.randrange(8, 170) * DAY, lambda: _by_its_handlaggare(world, case.id, work))


Work = Callable[[World, Case, Person], None]


def _by_its_handlaggare(world: World, case_id: int, work: Work) -> None:
    with world.store.look() as book:
        case = book.case(case_id)
        person = book.person(case.handlaggare_id) if case.handlaggare_id else None
    if person and case.state == "open" and not case.secret:
        world.at_desk(person.email, case.namnd, 0, lambda: work(world, _now(world, case_id), person))


def _now(world: World, case_id: int) -> Case:
    with world.store.look() as book:
        return book.case(case_id)


def _decide(world: World, case: Case, person: Person) -> None:
    body = world.namnder[case.namnd].name
    outcome = world.chance.choice(("bifall", "avslag", "besvarad", "godkänd", "återremiss"))
    if case.dnr and world.chance.random() < 0.4:
        _minutes(world, case, body, outcome)
        return
    done = world.act(
        "decided",
        lambda b: deciding.decided(
            b,
            case.id,
            body=body,
            paragraph=f"§ {case.id}",
            day=world.now.date(),
            outcome=outcome,
            now=world.now,
            actor=f"person:{person.id}",
        ),
    )
    if done:
        days = world.chance.randrange(3, 25)
        world.later(world.now + days * DAY, lambda: _by_its_handlaggare(world, case.id, _send_answer))


def _minutes(world: World, case: Case, body: str, outcome: str) -> None:
    """The minutes come to the mailbox; now and then the reader is not sure of what they say."""
    number = len(world.letters)
    sure = world.chance.choice((0.95, 0.95, 0.75))
    read = reading(
        f"Protokollsutdrag {number} prx",
        kind="protokollsutdrag",
        sender="kansli@ekeby.example",
        own_dnr=(case.dnr or "",),
        outcome=outcome,
        meeting=Decision(body, world.now.date(), f"§ {case.id}"),
        findings=(Finding("outcome", outcome, sure, f"Nämnden beslutar om {outcome}.", "body"),),
        message_id=f"<pr{number}@ekeby.example>",
    )
    world.counts["minutes by mail"] += 1
    world.post(world.namnder[case.namnd], read, f"pr{number}x")


def _send_answer(world: World, case: Case, person: Person) -> None:
    """The answer goes out: a copy to the mailbox, or a click on the page."""
    if case.dnr and world.chance.random() < 0.6:
        number = len(world.letters)
        read = reading(
            f"Yttrande {number} utx",
            kind="svar",
            sender=person.email,
            subject=f"Yttrande, {case.dnr}",
            own_dnr=(case.dnr,),
            message_id=f"<ut{number}@ekeby.example>",
        )
        envelope = dataclasses.replace(read.envelope, to=(Party("Kommunstyrelsen", "kommunen@annan.example"),))
        world.counts["answers sent by mail"] += 1
        world.post(world.namnder[case.namnd], dataclasses.replace(read, envelope=envelope), f"ut{number}x")
        return
    actor, today = f"person:{person.id}", world.now.date()
    sent = world.act(
        "answer sent",
        lambda b: deciding.answer_sent(b, case.id, day=today, to="Remittenten", now=world.now, actor=actor),
    )
    if sent and world.chance.random() < 0.7:
        days = world.chance.randrange(1, 30)
        world.later(world.now + days * DAY, lambda: _by_its_handlaggare(world, case.id, _close))


def _close(world: World, case: Case, person: Person) -> None:
    actor = f"person:{person.id}"
    world.act("closed", lambda b: deciding.close(b, case.id, "Färdigt", now=world.now, actor=actor))


# The rarer things: each takes a case at random, and does nothing where it does not fit.


def _some(world: World, *states: str) -> tuple[Case, Person] | None:
    """Return a case in one of the states, and a registrator of its nämnd who is at work."""
    with world.store.look() as book:
        for case_id in world.chance.choices(world.cases, k=8):
            case = book.case(case_id)
            who = world.with_role(case.namnd, "registrator", world.now.date())
            person = book.person_by_email(who[0]) if who else None
            if case.state in states and not case.secret and person:
                return case, person
    return None


def reopened(world: World) -> None:
    if (found := _some(world, "closed")) is not None:
        case, who = found
        actor = f"person:{who.id}"
        world.act("reopened", lambda b: deciding.reopen(b, case.id, "Avslutat av misstag", now=world.now, actor=actor))


def crossed_out(world: World) -> None:
    if (found := _some(world, "open", "closed", "waiting_dnr")) is not None:
        case, who = found
        actor = f"person:{who.id}"
        world.act("crossed out", lambda b: registering.makulera(b, case.id, "Fel nämnd", now=world.now, actor=actor))


def closed_by_hand(world: World) -> None:
    if (found := _some(world, "open")) is not None:
        _close(world, *found)


def found_to_be_secret(world: World) -> None:
    if (found := _some(world, "open", "closed")) is not None:
        case, who = found
        with world.store.look() as book:
            letters = [a for a in book.arrivals_of_case(case.id) if a.state == "registered"]
        if letters:
            desk.make_secret(world, world.chance.choice(letters), who, world.namnder[case.namnd])


def corrected(world: World) -> None:
    if (found := _some(world, "open", "waiting_dnr")) is not None:
        case, who = found
        field, value = world.chance.choice(
            (
                ("deadline", (world.now.date() + world.chance.randrange(1, 60) * DAY).isoformat()),
                ("deadline", ""),
                ("raised", (world.now.date() - world.chance.randrange(10, 300) * DAY).isoformat()),
                ("sender", "Någon annan"),
                ("matter", "motion"),
            )
        )
        actor = f"person:{who.id}"
        world.act(
            f"corrected {field}",
            lambda b: registering.correct(b, case.id, field, value, "Rättat", now=world.now, actor=actor),
        )


def assigned(world: World) -> None:
    """A manager gives somebody a case, whether they have it already, are away or not."""
    if (found := _some(world, "open", "waiting_dnr")) is not None:
        case, who = found
        fit = [w for w in world.town.workers if world.has_role(w.email, case.namnd, world.now.date(), "handlaggare")]
        if fit:
            address = world.chance.choice(fit).email
            with world.store.look() as book:
                to = book.person_by_email(address)
            assert to is not None
            namnd = world.namnder[case.namnd]
            world.act("assigned", lambda b: assignment.assign(b, case.id, to, who, namnd, now=world.now))


def rested(world: World) -> None:
    if (found := _some(world, "open")) is not None:
        case, who = found
        until, actor = world.now.date() + world.chance.randrange(5, 40) * DAY, f"person:{who.id}"
        world.act("rested", lambda b: deciding.pause(b, case.id, until, "Väntar", now=world.now, actor=actor))


def drafted(world: World) -> None:
    """A draft is handed in outside the bot; a registrator ticks it."""
    if (found := _some(world, "open")) is not None:
        case, who = found

        def do(book: Book) -> None:
            book.meet_milestone(case.id, "utkast", world.now.date(), None)
            planning.replan(book, case.id, now=world.now, actor=f"person:{who.id}")

        world.act("drafted", do)


# What happens besides letters and answers, and how often: a function and a line.
EVENTS: tuple[tuple[float, Callable[[World], None]], ...] = (
    (0.25, reopened),
    (0.08, crossed_out),
    (0.3, closed_by_hand),
    (0.15, found_to_be_secret),
    (0.5, corrected),
    (1.0, assigned),
    (0.1, rested),
    (0.3, drafted),
    (0.4, meetings.moved),
    (0.15, meetings.cancelled),
)
