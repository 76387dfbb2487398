"""How people answer what the bot asks them: at once, late, with a no, with nonsense, or never; by page or by mail."""

from __future__ import annotations

import dataclasses
import functools

from handlers import answering
from handlers.rules.answers import Answer
from storage.store import Book
from tests.builders import reading
from tests.year.almanac import DAY
from tests.year.world import Sent, World

# Days until somebody answers, and how likely it is that they ever do.
_SPEED = {"prompt": (0, 1), "steady": (1, 3), "slow": (2, 9), "silent": (3, 30), "refusing": (0, 4)}
_EVER = {"prompt": 0.97, "steady": 0.9, "slow": 0.75, "silent": 0.15, "refusing": 0.8}
_TAKES = {"prompt": 0.6, "steady": 0.55, "slow": 0.5, "silent": 0.4, "refusing": 0.05}


def live(world: World) -> None:
    """Let people answer what they are sent."""
    world.on_sent.append(lambda sent: _react(world, sent))


def _react(world: World, sent: Sent) -> None:
    notice = sent.notice
    worker = world.workers.get(notice.address)
    if notice.kind == "godkann":
        _approve(world, sent)
    if notice.kind == "stammer":
        _confirm(world, sent)
    if worker is None or notice.kind not in ("fraga", "paminnelse"):
        return
    if world.chance.random() > _EVER[worker.temper]:
        return
    days = world.chance.randint(*_SPEED[worker.temper])
    answer = _answer_question if notice.kind == "fraga" else _answer_reminder
    mail = world.chance.random() < 0.35
    world.at_desk(worker.email, notice.namnd, days, lambda: answer(world, sent, mail), page=not mail)


def _approve(world: World, sent: Sent) -> None:
    """Most is approved within days, some is sent back, some never answered."""
    draw = world.chance.random()
    if draw > 0.9:
        return
    given, words = (
        (Answer("godkann"), "Godkänt") if draw < 0.75 else (Answer("andra", text="Räkna om"), "Ändra: räkna om")
    )
    mail, question = world.chance.random() < 0.3, int(sent.notice.data["question"])
    days = world.chance.randrange(0, 4)

    def act() -> None:
        _give(world, sent, question, given, words, mail)

    if sent.notice.address in world.workers:
        world.at_desk(sent.notice.address, sent.notice.namnd, days, act, page=not mail)
    else:
        world.later(world.now + (days * 24 + 1) * (DAY / 24), lambda: act() if mail or world.up else None)  # the staff


def _confirm(world: World, sent: Sent) -> None:
    """Most say what was decided, some say that it was not, some do not know yet, and some never answer."""
    draw = world.chance.random()
    if draw > 0.8:
        return
    given, words = (
        (Answer("stammer"), "Ja")
        if draw < 0.5
        else (Answer("nej"), "Nej, det bordlades")
        if draw < 0.65
        else (Answer("vet_inte"), "Vet inte än")
    )
    mail, question = world.chance.random() < 0.3, int(sent.notice.data["question"])
    days = world.chance.randrange(0, 6)
    act = functools.partial(_give, world, sent, question, given, words, mail)
    world.at_desk(sent.notice.address, sent.notice.namnd, days, act, page=not mail)


def _answer_question(world: World, sent: Sent, mail: bool) -> None:
    worker = world.workers[sent.notice.address]
    draw = world.chance.random()
    if draw < _TAKES[worker.temper]:
        given, words = Answer("ta"), "Ja, jag tar den."
    elif draw < 0.93:
        somebody = world.chance.choice(world.town.workers)
        fit = [w for w in world.town.workers if world.works(w.email, sent.notice.namnd, world.now.date())]
        # Now and then somebody is named who is away, has left, or has never had to do with the nämnd.
        named = world.chance.choice(fit) if fit and world.chance.random() < 0.9 else somebody
        given, words = Answer("annan", to=named.name), f"Nej, fråga {named.name}"
    elif draw < 0.97:
        given, words = Answer("registratorn"), "Fråga registratorn"
    else:
        given, words = Answer("note"), "Det beror på hur det går med budgeten i höst, vi får väl se om det blir tid då."
    _give(world, sent, int(sent.notice.data["question"]), given, words, mail)


def _answer_reminder(world: World, sent: Sent, mail: bool) -> None:
    with world.store.look() as book:
        asked = [q for case in sent.cases for q in book.questions(case_id=case.id, kind="lage", state="open")]
    for question, case in [(q, c) for q in asked for c in sent.cases if c.id == q.case_id]:
        if world.chance.random() < 0.15:
            continue  # that one is forgotten
        day = world.now.date() + world.chance.randrange(5, 50) * DAY
        given, words = world.chance.choice(
            (
                (Answer("klart"), "Klart"),
                (Answer("klart"), "Klart"),
                (Answer("pagar"), "På gång"),
                (Answer("pagar"), "På gång"),
                (Answer("anstand", day=day), f"Anstånd till {day.isoformat()}"),
                (Answer("fel_person"), "Fel person"),
                (Answer("fraga", text="Vem vet mer?"), "Vem vet mer?"),
            )
        )
        line = f"Vem vet mer om {case.dnr}?" if given.word == "fraga" else f"{words} {case.dnr}"
        _give(world, sent, question.id, given, line, mail)


def _give(world: World, sent: Sent, question_id: int, given: Answer, words: str, mail: bool) -> None:
    namnd = world.namnder[sent.notice.namnd]
    if mail:
        number = len(world.letters)
        read = reading(
            f"SV: svar {number}",
            sender=sent.notice.address,
            in_reply_to=(sent.notice.message_id,),
            text=words,
            message_id=f"<svar{number}@ekeby.example>",
        )
        world.counts["answers by mail"] += 1
        if world.is_away(sent.notice.address, world.now.date()):
            read = dataclasses.replace(read, envelope=dataclasses.replace(read.envelope, automatic="auto-replied"))
        world.post(namnd, read, f"svar{number}x")
        return

    def do(book: Book) -> None:
        person = book.person_by_email(sent.notice.address)
        assert person is not None
        answering.answer(book, question_id, person, given, namnd, how="sidan", now=world.now)

    world.act(f"answer {given.word}", do)
