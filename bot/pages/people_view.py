"""The people of a nämnd as their page shows them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from bot.pages import upkeep, views
from bot.pages.change_words import ROLES
from bot.pages.desk import Ask, Words
from handlers import appointing
from handlers.lists import ROLE_WORDS
from handlers.rules import staffing
from storage.records import Namnd, Person, Role, RoleName
from storage.store import Book

__all__ = ["Words", "clash_rows", "edited", "lede", "rows", "takers"]

AT_A_TIME = 100
ROLES_TO_CHOOSE: tuple[tuple[RoleName, str], ...] = tuple(
    (role, views.upper_first(word)) for word, role in ROLE_WORDS.items()
)
_TAKES: tuple[RoleName, ...] = ("handlaggare", "manager", "forvaltningschef")


@dataclass(frozen=True, slots=True)
class RoleLine:
    """A role with its days in words: holds now, later, or has been."""

    word: str
    days: str
    unit: str


@dataclass(frozen=True, slots=True)
class Row:
    """A person in the list. open_cases: those that everybody here may know of."""

    id: int
    name: str
    email: str
    roles: tuple[RoleLine, ...]
    account: str
    open_cases: int
    state: views.State | None
    state_words: str


@dataclass(frozen=True, slots=True)
class RoleForm:
    """The form of one role that a person has or will have. cases: how many are left without anybody when it ends."""

    key: str
    role: RoleName
    word: str
    first: str
    first_words: str
    last: str
    unit: str
    begun: bool
    cases: int


@dataclass(frozen=True, slots=True)
class Edited:
    """Whose forms are open: the mark of what was seen, and what may be done."""

    id: int
    name: str
    email: str
    mark: str
    may_rename: bool
    elsewhere: str
    roles: tuple[RoleForm, ...]
    takers: tuple[Person, ...]


def lede(book: Book, namnd: Namnd, today: dt.date) -> str:
    """Return the answer in a sentence: how many work here, and which needed role nobody will have."""
    people = {r.person.id for r in book.roles(on=today, namnd=namnd.key)}
    head = "En person har" if len(people) == 1 else f"{len(people)} personer har" if people else "Ingen har"
    gaps = staffing.gaps(book.roles(namnd=namnd.key), today)
    told = [
        f"Ingen är {ROLES[g.role]} {'i dag' if g.day == today else 'från ' + views.day(g.day)}."
        if g.role != "sekretess"
        else f"Ingen har rollen sekretess {'i dag' if g.day == today else 'från ' + views.day(g.day)}."
        for g in gaps
    ]
    return " ".join([f"{head} en roll i nämnden i dag.", *told])


def rows(book: Book, ask: Ask, namnd: Namnd, editing: int) -> tuple[list[Row], str]:
    """Return the people that a search finds, and the address of those that follow, if there are more."""
    held: dict[int, list[Role]] = {}
    for role in book.roles(namnd=namnd.key):
        if role.valid_to is None or role.valid_to >= role.valid_from:
            held.setdefault(role.person.id, []).append(role)
    words = ask.query.get("q", "")[:100].lower().split()
    past = ask.query.get("visa") == "alla"
    found = [
        (mine[0].person, mine)
        for mine in held.values()
        if mine[0].person.id == editing
        or ((past or any(_lasts(r, ask.today) for r in mine)) and all(w in _searched(mine) for w in words))
    ]
    found.sort(key=lambda one: (one[0].name.lower(), one[0].id))
    start = AT_A_TIME * min(upkeep.number(ask.query.get("sida", "")), 1000)
    shown = found[start : start + AT_A_TIME]
    if editing and all(p.id != editing for p, _ in shown):
        shown += [one for one in found if one[0].id == editing]
    ids = [p.id for p, _ in shown]
    # Whoever may not know of secret cases does not learn how many there are either.
    load = book.load(namnd.key, ids, secret=ask.who.has(namnd.key, "sekretess"))
    accounts = book.chat_accounts()
    away = {a.person_id: a for a in book.absences(ids, ask.today, ask.today)}
    made = []
    for person, mine in shown:
        lasting = [r for r in mine if past or _lasts(r, ask.today)] or mine
        gone = away.get(person.id)
        state = views.State("wait", "vantar", f"Borta till {views.short(gone.to_day, ask.today)}") if gone else None
        made.append(
            Row(
                person.id,
                views.clean(person.name, 120),
                views.clean(person.email, 260),
                tuple(_line(r, ask.today) for r in lasting),
                f"Kopplat, {accounts[person.id][:8]}…" if person.id in accounts else "Inte kopplat",
                load.get(person.id, 0),
                state,
                _at_work(mine, ask.today) if not gone else "",
            )
        )
    more = len(found) > start + AT_A_TIME
    query = {k: ask.query.get(k, "")[:100] for k in ("q", "visa")}
    return made, upkeep.address(upkeep.HOME, namnd, ask, **query, sida=start // AT_A_TIME + 1) if more else ""


def _searched(mine: Sequence[Role]) -> str:
    person = mine[0].person
    return " ".join([person.name, person.email, *(f"{ROLES[r.role]} {r.unit or ''}" for r in mine)]).lower()


def _lasts(role: Role, today: dt.date) -> bool:
    return role.valid_to is None or role.valid_to >= today


def _at_work(mine: Sequence[Role], today: dt.date) -> str:
    if any(r.valid_from <= today and _lasts(r, today) for r in mine):
        return "I tjänst"
    coming = [r.valid_from for r in mine if r.valid_from > today]
    return f"Börjar {views.short(min(coming), today)}" if coming else "Har slutat"


def _line(role: Role, today: dt.date) -> RoleLine:
    days = ""
    if role.valid_from > today:
        days = f"från {views.short(role.valid_from, today)}"
    if role.valid_to:
        days += f"{' ' if days else ''}till {views.short(role.valid_to, today)}"
    return RoleLine(views.upper_first(ROLES[role.role]), days, views.clean(role.unit, 120))


def edited(book: Book, ask: Ask, namnd: Namnd, person: Person) -> Edited:
    """Return the forms of a person, as they stand now."""
    boards = ask.who.namnder("administrator")
    may_rename = appointing.may_rename(book, person, boards, ask.today)
    load = book.load(namnd.key, [person.id], secret=ask.who.has(namnd.key, "sekretess"))[person.id]
    forms = []
    for role in appointing.roles_of(book, person, namnd.key):
        if not _lasts(role, ask.today):
            continue
        leaves = role.role in _TAKES and appointing.last_of_kind(book, person, namnd.key, role)
        forms.append(
            RoleForm(
                f"roll-{role.role}-{role.valid_from.isoformat()}",
                role.role,
                views.upper_first(ROLES[role.role]),
                role.valid_from.isoformat(),
                views.day(role.valid_from),
                role.valid_to.isoformat() if role.valid_to else "",
                views.clean(role.unit, 120),
                role.valid_from <= ask.today,
                load if leaves else 0,
            )
        )
    names = {
        ask.desk.namnder[r.namnd].name
        for r in book.roles(person_id=person.id)
        if r.namnd in ask.desk.namnder and r.namnd not in boards and _lasts(r, ask.today)
    }
    return Edited(
        person.id,
        person.name,
        person.email,
        appointing.mark_of(book, person, namnd.key),
        may_rename,
        " och ".join(sorted(names)),
        tuple(forms),
        tuple(takers(book, ask, namnd, person)),
    )


def takers(book: Book, ask: Ask, namnd: Namnd, person: Person) -> list[Person]:
    """Return who could take over a person's cases."""
    held = {r.person.id: r.person for r in book.roles(on=ask.today, namnd=namnd.key) if r.role in _TAKES}
    return sorted((p for p in held.values() if p.id != person.id), key=lambda p: p.name)


def clash_rows(book: Book, ask: Ask, person: Person, namnd: Namnd, form: str) -> list[tuple[str, str, str]]:
    """Return what stands and what was typed, by field, of a form that came too late."""
    if form == "namn":
        return [("Namn", person.name, ask.form.get("namn", "")), ("E-post", person.email, ask.form.get("epost", ""))]
    typed = ask.form
    held = appointing.roles_of(book, person, namnd.key)
    mine = next((r for r in held if f"roll-{r.role}-{r.valid_from.isoformat()}" == form), None)
    if mine is not None:
        last = mine.valid_to.isoformat() if mine.valid_to else ""
        return [("Sista dag", last, typed.get("sista", "")), ("Enhet", mine.unit or "", typed.get("enhet", ""))]
    now = "; ".join(f"{ROLES[r.role]} {r.valid_from}–{r.valid_to or ''}" for r in held if _lasts(r, ask.today))
    wish = f"{ROLES.get(typed.get('roll', ''), '')} {typed.get('fran', '')}–{typed.get('sista', '')}"
    return [("Roller", now, wish)]
