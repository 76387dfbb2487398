"""A list of people that an administrator brings to the pages: what it would change, and each fault by its line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from handlers import appointing, lists
from handlers.errors import Invalid
from handlers.lists import BadList, PersonLine
from handlers.notices.words import STOCKHOLM
from storage.records import Person, Role
from storage.store import Book

MOST = 1000  # lines of one list


@dataclass(frozen=True, slots=True)
class Row:
    """What a line does: "ny person", "ny roll", "ändrad roll", "nytt namn", or nothing; before: the role it changes."""

    what: str
    line: PersonLine
    before: Role | None = None


def look(
    book: Book,
    text: str,
    names: Mapping[str, str],
    boards: Collection[str],
    by: Person,
    *,
    now: dt.datetime,
) -> list[Row]:
    """Return what a list would change, line by line; nothing is entered. Raises BadList with every fault.

    names: all nämnder by key; boards: those that the one who brings the list is administrator of.
    """
    today = now.astimezone(STOCKHOLM).date()
    lines = lists.read_people(text, names, today)
    if len(lines) > MOST:
        raise BadList([f"Listan har {len(lines)} rader. Läs in högst {MOST} åt gången."])
    accounts = book.chat_accounts()
    faults: list[str] = []
    rows: list[Row] = []
    brought: dict[str, str] = {}
    for line in lines:
        known = book.person_by_email(line.email)
        faults += [f"Rad {line.line}: {w}" for w in _faults(book, line, known, names, boards, by, accounts, today)]
        if brought.setdefault(line.email, line.name) != line.name:
            faults.append(f"Rad {line.line}: {line.email} heter {brought[line.email]} på en rad ovanför.")
        rows.append(_row(book, line, known))
    if not faults:
        for key in sorted({line.namnd for line in lines}):
            before = book.roles(namnd=key)
            try:
                appointing.keep_administrator(before, _after(before, lines, key), today)
            except Invalid as fault:
                faults.append(f"{names[key]}: {fault}")
    if faults:
        raise BadList(faults)
    return [row for row in rows if row.what]


def enter(
    book: Book,
    text: str,
    names: Mapping[str, str],
    boards: Collection[str],
    by: Person,
    *,
    now: dt.datetime,
) -> int:
    """Enter a list that was looked at; return how many lines changed anything. Raises BadList as `look` does."""
    book.hold_choices()
    rows = look(book, text, names, boards, by, now=now)
    # An account that stands so already needs no directory to be named.
    lists.enter_people(book, (replace(r.line, account="") for r in rows), now=now, actor=f"person:{by.id}")
    return len(rows)


def _faults(
    book: Book,
    line: PersonLine,
    known: Person | None,
    names: Mapping[str, str],
    boards: Collection[str],
    by: Person,
    accounts: Mapping[int, str],
    today: dt.date,
) -> list[str]:
    found = []
    if line.namnd not in boards:
        found.append(f"du är inte administratör i {names[line.namnd]}.")
    if line.account and (known is None or accounts.get(known.id) != line.account):
        found.append("konton i Teams kopplas från kommandoraden. Ta bort kolumnen entra-id.")
    if known and known.name != line.name and not appointing.may_rename(book, known, boards, today):
        found.append(f"{line.email} heter {known.name} i registret. Skriv samma namn.")
    if known and known.id == by.id and line.role == "sekretess" and _row(book, line, known).what:
        found.append("rollen sekretess kan ingen ge sig själv. Be en annan administratör.")
    if max(len(line.name), len(line.email), len(line.unit or "")) > appointing.LONGEST:
        found.append(f"namn, adress och enhet får ha högst {appointing.LONGEST} tecken.")
    if not (line.name + line.email + (line.unit or "")).isprintable():
        found.append("namn, adress och enhet får bara ha vanliga tecken.")
    return found


def _row(book: Book, line: PersonLine, known: Person | None) -> Row:
    if known is None:
        return Row("ny person", line)
    held = book.roles(namnd=line.namnd, role=line.role, person_id=known.id)
    old = next((r for r in held if r.valid_from == line.valid_from), None)
    if old is None:
        return Row("ny roll", line)
    if (old.valid_to, old.unit) != (line.valid_to, line.unit):
        return Row("ändrad roll", line, old)
    return Row("nytt namn" if known.name != line.name else "", line, old)


def _after(before: Sequence[Role], lines: Sequence[PersonLine], namnd: str) -> list[Role]:
    """Return a nämnd's roles as they would stand with the lines entered."""
    made = {(r.person.email, r.role, r.valid_from): r for r in before}
    for line in lines:
        if line.namnd == namnd:
            person = Person(0, line.name, line.email)
            made[line.email, line.role, line.valid_from] = Role(
                person, namnd, line.role, line.valid_from, line.valid_to, line.unit
            )
    return list(made.values())
