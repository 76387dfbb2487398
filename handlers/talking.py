"""What somebody writes to the bot in a chat: read, carried out by the functions that the pages and the mails use, and
answered with what everybody who sees the answer may see."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from handlers import absences, answering, approving, assignment, showing, undoing
from handlers.errors import Invalid, NotAllowed, Refused
from handlers.notices import in_chat, samtal
from handlers.notices.message import Act, Acts, Block, Message, Paragraph
from handlers.notices.standing import number
from handlers.notices.words import day, upper_first, weekday
from handlers.reading.characters import fold
from handlers.rules.answers import Answer
from handlers.rules.command_guesses import nearest, written
from handlers.rules.commands import ACTS, ME, Command, parse
from handlers.showing import PROGRESS, Talk, a_case, asked_about, cases_of, is_open
from storage.records import AskedQuestion, Case, Namnd, Person
from storage.store import Book

HOW = "teams"  # as the journal knows it
_MOST_ASKED = 6
_MOST_TEXT = 400
_NOT_ALLOWED = "Det får du inte göra. Be chefen eller registratorn."
_PROGRESS = ("klart", "pagar", "anstand", "fel_person")
_ONE_DAY = dt.timedelta(days=1)


def hear(
    book: Book, text: str, person: Person, seen_by: Sequence[Person], namnder: Mapping[str, Namnd], *, now: dt.datetime
) -> Message:
    """Carry out or show what a text wants; return what is said back.

    seen_by: everybody who sees the answer, the person too; somebody that the register does not know is a Person
    without a role. What one of them may not see is not told, and nothing is done to it: the person is asked to write
    in a chat of their own, in the same words whether it exists or not.
    """
    talk = showing.talk_of(book, person, seen_by, namnder, now=now)
    if not talk.roles:
        return samtal.nobody()
    command = parse(text, talk.today)
    if command is None:
        return samtal.unclear(_prefixed(talk, nearest(text, talk.today)))
    if command.word == "hjalp":
        return samtal.help_(leads=any(talk.has(k, *showing.MOVERS) for k in talk.roles))
    if not talk.shared:
        return samtal.own_chat()
    try:
        return _carried_out(talk, command)
    except NotAllowed:
        return samtal.refused(_NOT_ALLOWED)
    except Refused as error:
        return samtal.refused(str(error))


def _carried_out(talk: Talk, command: Command) -> Message:
    match command.word:
        case "mina":
            return showing.mine(talk)
        case "forsenade":
            return showing.late(talk, own=command.to == ME)
        case "veckan":
            return showing.week(talk)
        case "sok":
            return showing.search(talk, command.to)
        case "borta":
            return _away(talk, command)
        case "ater":
            return _back(talk) if command.day is None else _back_on(talk, command.day)
        case "fragor":
            return _asked(talk)
        case "ta" | "godkann" if not command.dnr:
            return _the_one(talk, command)
        case "klart" | "pagar" | "anstand" | "fel_person" | "tilldela" if not command.dnr:
            return _which(talk, command)
    found = _found(talk, command)
    if isinstance(found, Message):
        return found
    if command.word == "tilldela":
        return _assign(talk, found, command)
    if command.word == "ta":
        return _take(talk, found, command)
    if command.word == "godkann":
        return _approve(talk, found, command)
    return _progress(talk, found, command) if command.word in _PROGRESS else a_case(talk, found)


def _found(talk: Talk, command: Command) -> Case | Message:
    """Return the one case that a number means, or what is said where there is none, or more than one."""
    found = cases_of(talk, command.dnr)
    prefixed = " " in command.dnr
    # A number alone is clear for an act only where the person works with one nämnd.
    if len(found) > 1 or (found and not prefixed and command.word in ACTS and len(talk.roles) > 1):
        texts = [written(dataclasses.replace(command, dnr=c.dnr)) for c in found[:_MOST_ASKED] if c.dnr]
        return samtal.message("Vilket ärende menar du?", Paragraph("Inget är gjort."), *samtal.choices(texts))
    if not found:
        return samtal.own_chat() if talk.narrowed else samtal.missing(command.dnr)
    return found[0]


def _prefixed(talk: Talk, texts: Iterable[str]) -> list[str]:
    """Return commands with the whole numbers of the cases that bare ones can only mean."""
    made = []
    for text in texts:
        command = parse(text, talk.today)
        found = cases_of(talk, command.dnr) if command and command.dnr and " " not in command.dnr else []
        whole = found[0].dnr if len(found) == 1 else None
        made.append(written(dataclasses.replace(command, dnr=whole)) if command and whole else text)
    return made


# answers


def _answer(talk: Talk, question: AskedQuestion, word: str, command: Command) -> Message:
    given = Answer(word, command.dnr, day=command.day, text=command.text[:_MOST_TEXT])
    namnd = talk.namnder[question.namnd]
    before = undoing.seen(talk.book, question)
    done = answering.answer(talk.book, question.id, talk.person, given, namnd, how=HOW, now=talk.now)
    kept = undoing.keep(talk.book, question, word, before, talk.person, namnd, now=talk.now)
    # In a group the button would stand before everybody: there it is taken back on the page.
    back = (Acts((Act("Ångra", in_chat.UNDO, {"u": kept.id, "q": question.id}),)),) if kept and talk.alone else ()
    return samtal.done(upper_first(done.told), *back, samtal.to_case(namnd.url, question.case_id))


def _progress(talk: Talk, case: Case, command: Command) -> Message:
    """Answer how it goes with a case: what the person has been asked about it, and nothing else."""
    asked = asked_about(talk, case, PROGRESS)
    if not asked:
        return _not_asked(talk, case)
    if command.word == "anstand" and command.day is None:
        return _until_when(talk, case, asked)
    if command.word == "anstand":
        asked = [q for q in asked if showing.movable(talk, q)] or asked[:1]
    if command.word == "fel_person":
        asked = asked[:1]  # whoever has the wrong case has it whatever was asked
    if len(asked) > 1:
        told = f"Vi har frågat dig om flera saker i {number(case)}. Inget är gjort. Välj vilken du menar."
        return a_case(talk, case, Paragraph(told), about=asked)
    return _answer(talk, asked[0], command.word, command)


def _not_asked(talk: Talk, case: Case) -> Message:
    handlaggare = talk.book.person(case.handlaggare_id) if case.handlaggare_id else None
    if not is_open(case):
        told = f"{number(case)} är inte öppet, så det finns inget att svara på."
    elif handlaggare is None:
        told = f"Ingen har tagit {number(case)} än, så det finns inget att svara på."
    elif handlaggare.id != talk.person.id:
        told = f"{handlaggare.name} är handläggare för {number(case)}, så frågan går dit."
    else:
        told = f"Ingen fråga om {number(case)} väntar på dig. Vi frågar när en dag närmar sig."
    return a_case(talk, case, Paragraph(f"Inget är gjort. {told}"))


def _until_when(talk: Talk, case: Case, asked: Sequence[AskedQuestion]) -> Message:
    """Ask for the day of a respite, with the form where there is room for it."""
    movable = [q for q in asked if showing.movable(talk, q)]
    if not movable:
        return a_case(talk, case, Paragraph("Inget är gjort. Den dagen går inte att flytta."))
    example = day(talk.today + dt.timedelta(days=14))
    told = f"Inget är gjort. Välj en dag, eller skriv till exempel: anstånd {number(case)} till {example}."
    forms: list[Block] = []
    for question in movable[:_MOST_ASKED] if talk.alone else ():
        form = tuple(a for a in showing.acts_of(talk, question) if a.data["svar"] == "anstand")
        forms += [Paragraph(showing.words_of(talk, question)), Acts(form)]
    return samtal.message(
        "Till vilken dag?", Paragraph(told), *forms, samtal.to_case(talk.namnder[case.namnd].url, case.id)
    )


def _which(talk: Talk, command: Command) -> Message:
    """Say which cases an act without a number may mean; nothing is done."""
    if command.word == "tilldela":
        return samtal.refused("Skriv vilket ärende, och vem som ska ha det: tilldela SN 2026-123 Karin.")
    asked = [q for q in _open_to(talk) if q.kind == PROGRESS]
    numbers = dict.fromkeys(n for q in asked if (n := talk.book.case(q.case_id).dnr))
    if not numbers:
        return samtal.message(
            "Ingen fråga väntar på dig", Paragraph("Inget är gjort. Skriv gärna vilket ärende du menar.")
        )
    texts = [written(dataclasses.replace(command, dnr=n)) for n in numbers]
    return samtal.message("Vilket ärende menar du?", Paragraph("Inget är gjort."), *samtal.choices(texts))


def _open_to(talk: Talk) -> list[AskedQuestion]:
    found = talk.book.questions_to(talk.person.id, talk.shared, limit=_MOST_ASKED)
    return [q for q in found if is_open(talk.book.case(q.case_id))]


def _asked(talk: Talk, kinds: Sequence[str] = ()) -> Message:
    """Show the questions that have gone out to the person, with their buttons; nothing is done.

    A bare yes or no is never an answer: nobody knows what it was said to.
    """
    if not talk.alone:
        return samtal.message(
            "Svara i din egen chatt", Paragraph("Inget är gjort. Frågor till dig visas i din egen chatt med boten.")
        )
    asked = [q for q in showing.sent_to(talk) if not kinds or q.kind in kinds]
    if not asked:
        return samtal.message("Ingen fråga väntar", Paragraph("Inget är gjort. Ingen fråga väntar på ditt svar."))
    told = "Inget är gjort. Välj ett svar."
    if len({q.case_id for q in asked}) > 1:
        return showing.questions(talk, asked, told)
    return a_case(talk, talk.book.case(asked[0].case_id), Paragraph(told), about=asked)


def _the_one(talk: Talk, command: Command) -> Message:
    """Take the case, or approve, where just one such question has gone out to the person; else show those that have."""
    kinds = (assignment.KIND,) if command.word == "ta" else approving.KINDS
    asked = [q for q in showing.sent_to(talk) if q.kind in kinds]
    if len(asked) != 1 or not talk.alone:
        return _asked(talk, kinds)  # in a group it may be said to somebody else
    return _answer(talk, asked[0], command.word, command)


def _approve(talk: Talk, case: Case, command: Command) -> Message:
    """Approve what the person has been asked to approve in a case, where that is one thing."""
    asked = [q for q in showing.sent_to(talk) if q.case_id == case.id and q.kind in approving.KINDS]
    if len(asked) != 1:
        told = "Vi har frågat dig om flera saker." if asked else "Ingen fråga om att godkänna det väntar på dig."
        return a_case(talk, case, Paragraph(f"Inget är gjort. {told}"))
    return _answer(talk, asked[0], command.word, command)


def _take(talk: Talk, case: Case, command: Command) -> Message:
    """Take a case: as an answer to the open question, or as who leads the work does on the page."""
    if not is_open(case):
        return _not_asked(talk, case)
    handlaggare = talk.book.person(case.handlaggare_id) if case.handlaggare_id else None
    leads = talk.has(case.namnd, *showing.MOVERS)
    if handlaggare is not None:
        mine = handlaggare.id == talk.person.id
        told = f"{'Du' if mine else handlaggare.name} har redan {number(case)}. Inget är gjort."
        again = samtal.choices([f"tilldela {case.dnr} {ME}"] if leads and not mine and case.dnr else [])
        return a_case(talk, case, Paragraph(told), *again)
    asked = talk.book.questions(case_id=case.id, kind=assignment.KIND, state="open")
    if asked and (leads or asked_about(talk, case, assignment.KIND)):
        return _answer(talk, asked[-1], "ta", command)
    if asked:
        people = dict.fromkeys(a.person_id for a in talk.book.askings(asked[-1].id))
        names = [p.name for p in (talk.book.person(i) for i in reversed(people)) if p]
        to = (
            f"Frågan om {number(case)} har gått till {names[0]}."
            if names
            else f"Ingen har frågats om {number(case)} än."
        )
        return samtal.refused(f"{to} Be chefen eller registratorn tilldela dig ärendet.")
    return _assign(talk, case, dataclasses.replace(command, to=ME))


def _assign(talk: Talk, case: Case, command: Command) -> Message:
    namnd = talk.namnder[case.namnd]
    if not talk.has(namnd.key, *showing.MOVERS):
        return samtal.refused(
            "Bara chefer och registratorer tilldelar ärenden. Be en av dem.", samtal.to_case(namnd.url, case.id)
        )
    if not is_open(case):
        return samtal.refused(f"{number(case)} är inte öppet, så ingen kan ta det.", samtal.to_case(namnd.url, case.id))
    if not command.to:
        proposed = [p.person.name for p in assignment.proposals(talk.book, case, talk.today)[:3]]
        texts = [written(dataclasses.replace(command, to=name)) for name in proposed]
        told = Paragraph("Inget är gjort. Välj eller skriv ett namn.")
        return samtal.message(f"Vem ska ha {number(case)}?", told, *samtal.choices(texts))
    to = _someone(talk, (namnd.key,), command.to)
    if to.id == case.handlaggare_id:
        return samtal.refused(f"{to.name} har redan ärendet.", samtal.to_case(namnd.url, case.id))
    assignment.assign(talk.book, case.id, to, talk.person, namnd, now=talk.now, how=HOW)
    away = talk.book.absence(to.id, talk.today)
    note = (Paragraph(f"{to.name} är borta till {day(away.to_day)}."),) if away else ()
    return samtal.done(f"{number(case)} är tilldelat {to.name}.", *note, samtal.to_case(namnd.url, case.id))


def _someone(talk: Talk, namnder: Sequence[str], name: str) -> Person:
    """Return who is meant by a name, with marks on its letters or without; raise Invalid when nobody or several are."""
    there: dict[int, Person] = {}
    for key in namnder:
        roles = talk.book.roles(on=talk.today, namnd=key)
        there |= {r.person.id: r.person for r in roles if r.role in ("handlaggare", "manager", "forvaltningschef")}
    if name == ME and talk.person.id in there:
        return talk.person
    words = fold(name).split()
    whole = [p for p in there.values() if fold(name) in (fold(p.name), fold(p.email))]
    found = whole or [p for p in there.values() if words and all(w in fold(f"{p.name} {p.email}") for w in words)]
    if len(found) == 1:
        return found[0]
    names = ", ".join(sorted(p.name for p in found or there.values()))
    if name == ME:
        raise Invalid(f"Du har ingen roll som kan ha ärendet. Välj {names}.", "to")
    raise Invalid(f"Flera kan vara {name}: {names}." if found else f"Ingen i nämnden heter {name}. Välj {names}.", "to")


# absence


def _away(talk: Talk, command: Command) -> Message:
    if command.day is None or command.last_day is None:
        return samtal.message(
            "Vilka dagar är du borta?",
            Paragraph("Inget är gjort. Skriv till exempel: borta 20/12–7/1 ersättare Karin."),
        )
    instead = _someone(talk, talk.shared, command.name) if command.name else None
    first, last = command.day, command.last_day
    actor = f"person:{talk.person.id}"
    absences.note_away(talk.book, talk.person, first, last, instead, talk.namnder, now=talk.now, actor=actor)
    days = weekday(first) if first == last else f"{day(first)} till {day(last)}"
    told = f"Antecknat: du är borta {days}" + (f", {instead.name} svarar." if instead else ".")
    more = (
        () if instead else (Paragraph("Ingen ersättare är vald. Skriv samma dagar igen med ersättare och ett namn."),)
    )
    return samtal.done(told, *more)


def _back(talk: Talk) -> Message:
    away = talk.book.absence(talk.person.id, talk.today)
    if away is None:
        return samtal.refused("Du är inte antecknad som borta i dag.")
    actor = f"person:{talk.person.id}"
    absences.end_away(talk.book, talk.person, away.from_day, talk.namnder, now=talk.now, actor=actor)
    return samtal.done("Antecknat: du är tillbaka från i dag. Vi frågar dig igen.")


def _back_on(talk: Talk, first: dt.date) -> Message:
    """End the days away, those that are or come next before a day, on the day before it."""
    last = first - _ONE_DAY
    found = [a for a in talk.book.absences([talk.person.id], talk.today, last) if a.from_day <= last]
    if len(found) > 1:
        found = [a for a in found if a.to_day >= last]
    if len(found) != 1:
        told = "Det framgår inte vilka dagar du menar" if found else f"Du är inte antecknad som borta före {day(first)}"
        return samtal.refused(f"{told}. Skriv till exempel: borta 20/12–7/1.")
    (away,) = found
    if away.to_day == last:
        return samtal.refused(f"Du är redan antecknad som borta till {day(last)}.")
    instead = talk.book.person(away.substitute_id) if away.substitute_id else None
    actor = f"person:{talk.person.id}"
    absences.note_away(talk.book, talk.person, away.from_day, last, instead, talk.namnder, now=talk.now, actor=actor)
    return samtal.done(f"Antecknat: du är borta till {day(last)} och åter {weekday(first)}.")
