"""The commands `namndbot sessions` and `namndbot openings`: who is logged in, and who opened what."""

from __future__ import annotations

import argparse

from bot import terminal, wiring
from bot.pages import security
from bot.settings import Settings
from handlers import openings
from handlers.errors import Refused
from handlers.notices.words import clock
from handlers.ports import Clock
from handlers.rules import numbering
from storage.records import Person
from storage.store import Book

SESSIONS = "visa var en person är inloggad på sidorna, eller logga ut personen överallt"
SESSIONS_EXAMPLE = (
    "  namndbot sessions karin.odman@ekeby.se\n  namndbot sessions karin.odman@ekeby.se --end      logga ut överallt"
)
OPENINGS = "visa vem som har öppnat ett ärende på sidorna, eller vad en person har öppnat"
OPENINGS_EXAMPLE = (
    "  namndbot openings --case 'SN 2026-12'\n  namndbot openings --person karin.odman@ekeby.se --csv > karin.csv"
)
_ALL = 1_000_000


def add_sessions(parser: argparse.ArgumentParser) -> None:
    """Say what may be typed after `namndbot sessions`."""
    parser.add_argument("person", metavar="E-POST")
    parser.add_argument("--end", action="store_true", help="logga ut personen överallt")


def add_openings(parser: argparse.ArgumentParser) -> None:
    """Say what may be typed after `namndbot openings`."""
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--case", metavar="DNR", help="diarienumret, hur det än är skrivet")
    which.add_argument("--person", metavar="E-POST", help="vad den personen har öppnat")
    parser.add_argument("--csv", action="store_true", help="alla rader, för ett kalkylprogram")


def sessions(args: argparse.Namespace, found: Settings, *, time: Clock, actor: str) -> str:
    """End a person's logins, or tell of them; return what to say."""
    now = time.now()
    store = wiring.open_store(found)
    try:
        with store.book() as book:
            person = _person(book, args.person)
            lines = book.sessions_of(person.id, now=now, idle=security.IDLE)
            if args.end:
                ended = book.end_sessions(person.id)
                for namnd in sorted({r.namnd for r in book.roles(person_id=person.id)}) if ended else ():
                    data, personal = {"person": person.id, "antal": ended}, {"namn": person.name}
                    book.note(namnd, "utloggad", now=now, actor=actor, data=data, personal=personal)
                return f"{person.name} är utloggad överallt ({len(lines)} inloggningar)."
    finally:
        store.close()
    if not lines:
        return f"{person.name} är inte inloggad någonstans."
    how = {"link": "länk", "account": "konto"}
    rows = [(one.agent or "okänd", how[one.how], clock(one.created_at), clock(one.last_seen_at)) for one in lines]
    return terminal.table(("var", "hur", "sedan", "senast använd"), rows, wide=0)


def opened(args: argparse.Namespace, found: Settings) -> str:
    """Tell who opened what; return what to say."""
    store = wiring.open_store(found)
    try:
        with store.look() as book:
            if args.person:
                lines = book.openings_of_person(_person(book, args.person).id, limit=_ALL)
            else:
                case = book.case_by_dnr(numbering.key(args.case))
                if case is None:
                    raise Refused(f"Det finns inget ärende {args.case}. Se alla med: namndbot list")
                lines = book.openings_of_case(case.id, limit=_ALL)
    finally:
        store.close()
    if args.csv:
        return openings.as_csv(lines).rstrip("\n")
    if not lines:
        return "Inget är öppnat på sidorna."
    rows = [
        (
            clock(one.at),
            one.person.name,
            f"{openings.WORDS[one.what]} {one.number}",
            "ja" if one.allowed else "nej, nekades",
        )
        for one in lines
    ]
    return terminal.table(("när", "vem", "vad", "fick"), rows, wide=1)


def _person(book: Book, email: str) -> Person:
    found = book.person_by_email(email)
    if found is None:
        raise Refused(f"{email} finns inte. Se alla med: namndbot people export")
    return found
