"""`namndbot absence` and `namndbot leave`: who is away, and who leaves."""

from __future__ import annotations

import argparse
import datetime as dt

from bot import report, settings, wiring
from bot.clock import RealClock
from handlers import absences, leaving
from handlers.errors import Refused
from storage.records import Namnd, Person
from storage.store import Book


def absent(args: argparse.Namespace, actor: str) -> int:
    """Enter days that somebody is away, or with no days tell when they are."""
    found = settings.load(settings.find(args.settings))
    now, store = RealClock().now(), wiring.open_store(found)
    try:
        with store.book() as book:
            person = _person(book, args.person)
            if args.first:
                first = _day(args.first)
                last = _day(args.last) if args.last else first
                instead = _person(book, args.substitute) if args.substitute else None
                keys = [n.key for n in found.namnder]
                absences.note_away(book, person, first, last, instead, keys, now=now, actor=actor)
            today = now.date()
            lines = book.absences([person.id], today, today + dt.timedelta(days=absences.LONGEST * 2))
            for away in lines:
                substitute = book.person(away.substitute_id) if away.substitute_id else None
                who = f"{substitute.name} svarar" if substitute else "ingen ersättare"
                report.say(f"{person.name} är borta {away.from_day} till {away.to_day}, {who}.")
            if not lines:
                report.say(f"{person.name} är inte borta någon dag framåt.")
    finally:
        store.close()
    return 0


def leave(args: argparse.Namespace, actor: str) -> int:
    """Give all open cases of somebody who leaves to another, and list them."""
    found = settings.load(settings.find(args.settings))
    now, store = RealClock().now(), wiring.open_store(found)
    try:
        with store.book() as book:
            person, to = _person(book, args.person), _person(book, args.to)
            namnder = [n for n in found.namnder if _works_in(book, person, n) and args.namnd in (None, n.key)]
            if not namnder:
                raise Refused(f"{person.name} har ingen roll där. Se alla med: namndbot people export")
            last = _day(args.last_day) if args.last_day else None
            for namnd in namnder:
                cases = leaving.hand_over(book, person, to, namnd, now=now, actor=actor, last_day=last)
                report.say(f"{namnd.name}: {report.words_for(len(cases), 'ärende', 'ärenden')} till {to.name}.")
                for case in cases:
                    report.say(f"  {case.dnr or 'Väntar på dnr'}  {'Sekretess' if case.secret else case.title}")
    finally:
        store.close()
    return 0


def _works_in(book: Book, person: Person, namnd: Namnd) -> bool:
    return bool(book.roles(namnd=namnd.key, person_id=person.id))


def _person(book: Book, email: str) -> Person:
    found = book.person_by_email(email)
    if found is None:
        raise Refused(f"{email} finns inte bland personerna. Se alla med: namndbot people export")
    return found


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise Refused(f"{text} är inte en dag. Skriv ÅÅÅÅ-MM-DD, till exempel 2026-12-20.") from None
