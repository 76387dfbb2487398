"""Who has which role in a nämnd from when to when, given, changed and ended; and what a person is called and reached by."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from handlers import seen
from handlers.errors import Invalid, NotAllowed
from handlers.notices.words import STOCKHOLM, day
from handlers.rules import staffing
from storage.errors import Taken
from storage.records import Namnd, Person, Role, RoleName
from storage.store import Book

PERSON = "person ändrad"
LONGEST = 120  # characters of a name, an address, a unit
# Above it no mail goes anyway; quotes and angles would only be there to deceive.
_ADDRESS = re.compile(r"[^\s@<>,;:\"'()\\]{1,64}@[^\s@<>,;:\"'()\\]{1,200}\.[^\s@<>,;:\"'()\\.]{2,}")


@dataclass(frozen=True, slots=True)
class Held:
    """A role with its days (last inclusive; None until further notice) and the unit that the person has it for."""

    role: RoleName
    first: dt.date
    last: dt.date | None
    unit: str


def roles_of(book: Book, person: Person, namnd: str) -> list[Role]:
    """Return a person's roles in a nämnd, past and coming; what was taken back before it began is no role."""
    return [r for r in book.roles(namnd=namnd, person_id=person.id) if r.valid_to is None or r.valid_to >= r.valid_from]


def mark_of(book: Book, person: Person, namnd: str) -> str:
    """Return the mark of a person as they stand in a nämnd, for a form."""
    return seen.mark(*_standing(book, person, namnd))


def _standing(book: Book, person: Person, namnd: str) -> tuple[object, ...]:
    now = book.person(person.id)
    held = [(r.role, r.valid_from, r.valid_to, r.unit or "") for r in book.roles(namnd=namnd, person_id=person.id)]
    return now.name if now else "", now.email if now else "", held


def add(
    book: Book,
    name: str,
    email: str,
    namnd: Namnd,
    wish: Held,
    *,
    by: Person,
    now: dt.datetime,
    why: str = "",
) -> Person:
    """Enter a person with a role in a nämnd, or give it to somebody the register knows by that address and name.

    Raises Invalid when a value cannot be, or the address belongs to somebody with another name.
    """
    book.hold_choices()
    name, email = _named(name), _reached(email)
    known = book.person_by_email(email)
    if known is not None and known.name != name:
        raise Invalid(f"{email} finns redan och är {known.name}s. Skriv samma namn, eller en annan adress.", "email")
    person = known or book.put_person(name, email)
    give(book, person, namnd, wish, by=by, now=now, why=why)
    return person


def give(
    book: Book,
    person: Person,
    namnd: Namnd,
    wish: Held,
    *,
    by: Person,
    now: dt.datetime,
    why: str = "",
    was: str | None = None,
) -> None:
    """Give a person one role more, from a day on. was: the mark that the form carried.

    Raises Invalid when they have it on one of those days already, or when somebody gives themself sekretess.
    """
    book.hold_choices()
    seen.still(was, *_standing(book, person, namnd.key))
    today = now.astimezone(STOCKHOLM).date()
    _check(wish, today)
    may_get(person, wish.role, by)
    for role in roles_of(book, person, namnd.key):
        if role.role == wish.role and _meets(role, wish):
            until = f" till {day(role.valid_to)}" if role.valid_to else ""
            raise Invalid(
                f"{person.name} har redan rollen från {day(role.valid_from)}{until}. Ändra den, eller välj andra dagar.",
                "first",
            )
    put(book, person, namnd.key, wish, now=now, actor=f"person:{by.id}", why=seen.reason(why))


def may_get(person: Person, role: RoleName, by: Person) -> None:
    """Raise Invalid when somebody gives themself the right to see what is secret: another must have thought so too."""
    if role == "sekretess" and person.id == by.id:
        raise Invalid("Rollen sekretess kan ingen ge sig själv. Be en annan administratör.", "role")


def change(
    book: Book,
    person: Person,
    namnd: Namnd,
    wish: Held,
    *,
    by: Person,
    now: dt.datetime,
    why: str = "",
    was: str | None = None,
) -> None:
    """Let a role that a person has end on another day, or be for another unit. wish names it by role and first day.

    Raises Invalid when it cannot be, when nobody would be left as administrator, and when somebody lengthens their own
    sekretess.
    """
    book.hold_choices()
    seen.still(was, *_standing(book, person, namnd.key))
    today = now.astimezone(STOCKHOLM).date()
    old = next(
        (r for r in roles_of(book, person, namnd.key) if (r.role, r.valid_from) == (wish.role, wish.first)), None
    )
    if old is None:
        raise Invalid("Den rollen finns inte.", "role")
    if wish.last is not None and wish.last != old.valid_to and wish.last < today - dt.timedelta(days=1):
        raise Invalid("Sista dagen kan tidigast vara i går: det som har gällt har gällt.", "last")
    if _longer(wish.last, old.valid_to):
        may_get(person, wish.role, by)
    # A role that has not begun is taken back by ending before its first day.
    ends = max(wish.last, wish.first - dt.timedelta(days=1)) if wish.last else None
    _check_last(wish.last)
    _check_unit(wish.unit)
    before = book.roles(namnd=namnd.key)
    put(
        book,
        person,
        namnd.key,
        Held(wish.role, wish.first, ends, wish.unit),
        now=now,
        actor=f"person:{by.id}",
        why=seen.reason(why),
    )
    keep_administrator(before, book.roles(namnd=namnd.key), today)


def keep_administrator(before: Sequence[Role], after: Sequence[Role], today: dt.date) -> None:
    """Raise Invalid when a nämnd would be without an administrator on a day when it has one as it stands."""
    empty = staffing.left_empty(before, after, "administrator", today)
    if empty:
        when = "i dag" if empty == today else day(empty)
        raise Invalid(
            f"Då har nämnden ingen administratör från {when}, och ingen kan ändra något här. Ge någon annan rollen "
            "först.",
            "last",
        )


def put(book: Book, person: Person, namnd: str, wish: Held, *, now: dt.datetime, actor: str, why: str = "") -> bool:
    """Write a role, with what stood before; return False when it stood so already. Whoever calls has checked it."""
    old = next(
        (r for r in book.roles(namnd=namnd, role=wish.role, person_id=person.id) if r.valid_from == wish.first), None
    )
    if not book.put_role(person.id, namnd, wish.role, wish.first, wish.last, wish.unit or None):
        return False
    book.note(
        namnd,
        "roll ändrad",
        now=now,
        actor=actor,
        data={
            "person": person.id,
            "roll": wish.role,
            "från": wish.first.isoformat(),
            "till": _iso(wish.last),
            "enhet": wish.unit or None,
            "förut": {"till": _iso(old.valid_to), "enhet": old.unit} if old else None,
        },
        personal={"namn": person.name, "e-post": person.email, **({"skäl": why} if why else {})},
    )
    return True


def may_rename(book: Book, person: Person, boards: Collection[str], today: dt.date) -> bool:
    """Say whether an administrator of some nämnder may change what a person is called: of all where they work, now or
    later. An address is the way in: who may set it anywhere could log in as anybody everywhere."""
    held = book.roles(person_id=person.id)
    return all(r.namnd in boards for r in held if r.valid_to is None or r.valid_to >= today)


def rename(
    book: Book,
    person: Person,
    name: str,
    email: str,
    namnd: Namnd,
    boards: Collection[str],
    *,
    by: Person,
    now: dt.datetime,
    why: str = "",
    was: str | None = None,
) -> bool:
    """Give a person another name or address; return False when both stood so.

    Raises NotAllowed when it is not the administrator's to do, Invalid when the address is somebody else's.
    """
    book.hold_choices()
    seen.still(was, *_standing(book, person, namnd.key))
    today = now.astimezone(STOCKHOLM).date()
    if not may_rename(book, person, boards, today):
        raise NotAllowed("Sidan finns inte, eller så får du inte se den.")
    name, email, why = _named(name), _reached(email), seen.reason(why)
    old = book.person(person.id) or person
    if (old.name, old.email) == (name, email):
        return False
    if email != old.email and by.id != person.id and _may_see_secret(book, person, today):
        # Who can set the way in of somebody with sekretess could give it to themself.
        raise Invalid(
            f"{old.name} har rollen sekretess. Låt rollen sluta, ändra adressen, och låt en annan administratör ge "
            "rollen igen.",
            "email",
        )
    try:
        book.change_person(person.id, name, email)
    except Taken as error:
        raise Invalid(str(error), "email") from error
    note_renamed(book, old, name, email, now=now, actor=f"person:{by.id}", why=why, at_least=namnd.key)
    return True


def _may_see_secret(book: Book, person: Person, today: dt.date) -> bool:
    held = book.roles(person_id=person.id, role="sekretess")
    return any(r.valid_to is None or r.valid_to >= max(today, r.valid_from) for r in held)


def note_renamed(
    book: Book, old: Person, name: str, email: str, *, now: dt.datetime, actor: str, why: str = "", at_least: str = ""
) -> None:
    """Write in the journal of each nämnd that a person works for what they are called now, and were called."""
    for key in sorted({r.namnd for r in book.roles(person_id=old.id)} | ({at_least} if at_least else set())):
        book.note(
            key,
            PERSON,
            now=now,
            actor=actor,
            data={"person": old.id},
            personal={
                "namn": name,
                "namn förut": old.name,
                "e-post": email,
                "e-post förut": old.email,
                **({"skäl": why} if why else {}),
            },
        )


def last_of_kind(book: Book, person: Person, namnd: str, role: Role) -> bool:
    """Say whether a person has cases to hand over when a role ends: no other role lets them keep a case."""
    others = [r for r in roles_of(book, person, namnd) if (r.role, r.valid_from) != (role.role, role.valid_from)]
    return not any(r.valid_to is None or (role.valid_to and r.valid_to > role.valid_to) for r in others)


def _check(wish: Held, today: dt.date) -> None:
    if wish.last is not None and wish.last < wish.first:
        raise Invalid("Sista dagen är före den första.", "last")
    if wish.last is not None and wish.last < today:
        raise Invalid("De dagarna har redan varit.", "last")
    if wish.first < today - dt.timedelta(days=3660) or wish.first > today + dt.timedelta(days=3660):
        raise Invalid("Första dagen är för långt bort. Skriv ett år som stämmer.", "first")
    _check_last(wish.last)
    _check_unit(wish.unit)


def _check_last(last: dt.date | None) -> None:
    if last is not None and last.year >= 2200:
        raise Invalid("Sista dagen är för långt bort. Lämna den tom om rollen gäller tills vidare.", "last")


def _check_unit(unit: str) -> None:
    if len(unit) > LONGEST or not unit.isprintable():
        raise Invalid(f"Skriv enheten med högst {LONGEST} vanliga tecken.", "unit")


def _meets(role: Role, wish: Held) -> bool:
    begins_in_time = wish.last is None or role.valid_from <= wish.last
    return begins_in_time and (role.valid_to is None or role.valid_to >= wish.first)


def _longer(one: dt.date | None, other: dt.date | None) -> bool:
    return other is not None and (one is None or one > other)


def _named(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise Invalid("Skriv namnet.", "name")
    if len(name) > LONGEST or not name.isprintable():
        raise Invalid(f"Skriv namnet med högst {LONGEST} vanliga tecken.", "name")
    return name


def _reached(email: str) -> str:
    email = email.strip().lower()
    if not _ADDRESS.fullmatch(email) or not email.isprintable():
        raise Invalid("Skriv en e-postadress, till exempel karin.odman@ekeby.se.", "email")
    return email


def _iso(date: dt.date | None) -> str | None:
    return date.isoformat() if date else None
