"""What the registratorer and those with the role sekretess do with what waits: in time, late, and not always right."""

from __future__ import annotations

import datetime as dt
import functools

from handlers import registering, review
from storage.records import Arrival, Case, CaseFilter, Namnd, Person
from storage.store import Book
from tests.builders import reading
from tests.year.almanac import DAY, day_off, local
from tests.year.world import World


def live(world: World) -> None:
    """Let each nämnd's desk be looked at once on each working day."""
    day = world.town.first
    while day <= world.town.last:
        if not day_off(day):
            for namnd in world.town.namnder:
                at = local(day, dt.time(world.chance.randrange(8, 16), world.chance.randrange(60)))
                world.later(at, functools.partial(_look, world, namnd))
        day += DAY


def _look(world: World, namnd: Namnd) -> None:
    today = world.now.date()
    if not world.up:
        return
    with world.store.look() as book:
        waiting = book.waiting((namnd.key,))
    registratorer, keepers = (world.with_role(namnd.key, r, today) for r in ("registrator", "sekretess"))
    for arrival in waiting:
        if world.chance.random() < 0.4:
            continue  # another day
        who = keepers if arrival.state == "secret" else registratorer
        if who:
            _decide(world, arrival, world.chance.choice(who), namnd)
    if namnd.diarium == "external" and registratorer:
        _give_numbers(world, namnd, registratorer[0])


def _decide(world: World, arrival: Arrival, address: str, namnd: Namnd) -> None:
    person = _person(world, address)
    if arrival.state == "secret":
        _decide_secret(world, arrival, person, namnd)
        return
    draw = world.chance.random()
    if arrival.state == "registered":
        world.act("desk looked at", lambda b: _confirm(world, b, arrival, person, namnd))
    elif arrival.proposed_case_id and draw < 0.7:
        proposed = arrival.proposed_case_id
        world.act("desk joined", lambda b: review.join(b, arrival.id, proposed, person, namnd, now=world.now))
    elif draw < 0.08:
        why = "Ringa betydelse"
        world.act("desk left", lambda b: review.not_to_be_registered(b, arrival.id, why, person, now=world.now))
    elif draw < 0.12:
        make_secret(world, arrival, person, namnd)
    else:
        world.act("desk confirmed", lambda b: _confirm(world, b, arrival, person, namnd))


def _confirm(world: World, book: Book, arrival: Arrival, person: Person, namnd: Namnd) -> None:
    changed = {}
    read = review.reading_of(arrival)
    if not read.title:
        changed["title"] = f"Brev om {world.words[arrival.id]}"
    if world.chance.random() < 0.3:
        changed["deadline"] = (world.now.date() + world.chance.randrange(3, 90) * DAY).isoformat()
    if world.chance.random() < 0.1:
        changed["kind"] = world.chance.choice(("remiss", "synpunkt", "other"))
    outcome = review.confirm(book, arrival.id, person, namnd, now=world.now, corrections=changed)
    if outcome.new_case and outcome.case:
        world.opened(outcome.case)


def make_secret(world: World, arrival: Arrival, person: Person, namnd: Namnd) -> None:
    """Let somebody mark a letter as an individual's matter; from then on nobody may be told a word of it."""
    gone = [arrival]
    if arrival.case_id is not None:
        with world.store.look() as book:
            opener = arrival.document_id is not None and book.document(arrival.document_id).number == 1
            gone = book.arrivals_of_case(arrival.case_id) if opener else gone
    if world.act("made secret", lambda b: review.make_secret(b, arrival.id, person, now=world.now, namnd=namnd)):
        for letter in gone:
            world.hushed.setdefault(world.words.get(letter.id, ""), world.now)
        world.hushed.pop("", None)


def _decide_secret(world: World, arrival: Arrival, person: Person, namnd: Namnd) -> None:
    decision = world.chance.choice(("numbered", "handed_over", "handed_over", "open"))
    word = world.words[arrival.id]
    again = reading(f"Fråga om {word}", kind="synpunkt", message_id=arrival.message_id) if decision == "open" else None

    def do(book: Book) -> None:
        outcome = review.decide_secret(
            book, arrival.id, decision, person, namnd, now=world.now, reading=again, to_whom="Socialjouren"
        )
        if outcome and outcome.new_case and outcome.case:
            world.opened(outcome.case)

    # Not secret after all: its word may be said again, unless another secret letter carries it.
    others = [a for a, w in world.words.items() if w == word and a != arrival.id]
    if decision == "open" and not others:
        world.hushed.pop(word, None)
        world.cleared.add(word)
    elif decision == "open":
        decision = "handed_over"
    world.act(f"secret {decision}", do)


def _give_numbers(world: World, namnd: Namnd, address: str) -> None:
    """Enter the number that the other system has given a case."""
    actor = f"person:{_person(world, address).id}"
    for case in _without_number(world, namnd):
        if world.chance.random() < 0.5:
            world.counts["given"] += 1
            dnr = f"{namnd.key.upper()} {world.now.year}-{world.counts['given']}"
            world.act("number given", functools.partial(_give, world, case.id, dnr, actor))


def _give(world: World, case_id: int, dnr: str, actor: str, book: Book) -> None:
    registering.give_number(book, case_id, dnr, now=world.now, actor=actor)


def _without_number(world: World, namnd: Namnd) -> list[Case]:
    asked = CaseFilter(namnder=(namnd.key,), states=("waiting_dnr",), include_secret=True, limit=10_000)
    with world.store.look() as book:
        return sorted((row.case for row in book.cases(asked)), key=lambda c: c.id)


def _person(world: World, address: str) -> Person:
    with world.store.look() as book:
        person = book.person_by_email(address)
    assert person is not None
    return person
