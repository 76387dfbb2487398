"""People and series as CSV, in and out: what Excel in a Swedish office writes, with each fault named by its line."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from handlers import acquainting, appointing
from handlers.errors import Invalid
from handlers.rules import numbering
from storage.records import Role, RoleName, Series
from storage.store import Book

PEOPLE_COLUMNS = ("namnd", "roll", "namn", "e-post", "från", "till")
_UNIT = "enhet"  # may be left out of the list
_ACCOUNT = "entra-id"  # so may this: an account's id in the directory, which then logs in as the person and answers for them in Teams
SERIES_COLUMNS = ("namnd", "från år", "prefix", "mall", "första nummer")
ROLE_WORDS: Mapping[str, RoleName] = {
    "registrator": "registrator",
    "handläggare": "handlaggare",
    "chef": "manager",
    "förvaltningschef": "forvaltningschef",
    "sekretess": "sekretess",
    "administratör": "administrator",
    "stab": "stab",
}
# A tab or line end first may be dropped, and what follows it be read anew.
_FORMULA = re.compile("[\t\r\n]|[\\s\x00-\x1f\x7f\xad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]*[=+\\-@＝＋－＠]")
_OBJECT_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LONGEST_SIGN = 60  # characters of a prefix, a template
CUT = "-"  # in the account's place: the person's account is let go
_ROLE_SHOWN = {role: word for word, role in ROLE_WORDS.items()}
# Other spellings that people use for the same role.
_ALSO: Mapping[str, RoleName] = {"handlaggare": "handlaggare", "manager": "manager", "administrator": "administrator"}


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One line of a list of people."""

    namnd: str
    role: RoleName
    name: str
    email: str
    valid_from: dt.date
    valid_to: dt.date | None
    unit: str | None = None
    account: str = ""
    line: int = 0  # where it stands in the list


class BadList(Invalid):
    """A list that cannot be taken in; faults names each line. Nothing of it has been entered."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


def rows_of(text: str, columns: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    """Return a CSV text's rows by column, each with its line number; raise BadList when a column is missing."""
    text = text.lstrip("\ufeff")
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if first.count(";") >= first.count(",") else ",")
    try:
        lines = [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise BadList([f"Filen går inte att läsa som CSV (rad {reader.line_num}). Spara den som CSV igen."]) from error
    head = [cell.strip().lower() for cell in lines[0][1]] if lines else []
    missing = [c for c in columns if c not in head]
    if missing:
        raise BadList([f"Rad 1: kolumnen {missing[0]} saknas. Första raden ska vara: {';'.join(columns)}"])
    return [
        (number, {name: cell.strip().lstrip("'") for name, cell in zip(head, row, strict=False)})
        for number, row in lines[1:]
        if any(cell.strip() for cell in row)
    ]


def read_people(text: str, namnder: Iterable[str], today: dt.date) -> list[PersonLine]:
    """Return the people of a CSV text; raise BadList with every fault. An empty från means from today."""
    known = set(namnder)
    faults: list[str] = []
    people: list[PersonLine] = []
    accounts: dict[str, str] = {}
    owned: dict[str, str] = {}
    for number, row in rows_of(text, PEOPLE_COLUMNS):
        said = row.get("roll", "").lower()
        role = ROLE_WORDS.get(said) or _ALSO.get(said)
        faults_before = len(faults)
        if row.get("namnd", "") not in known:
            faults.append(
                f"Rad {number}: nämnden {row.get('namnd', '')!r} finns inte. Välj {', '.join(sorted(known))}."
            )
        if role is None:
            faults.append(f"Rad {number}: rollen {said!r} finns inte. Välj {', '.join(ROLE_WORDS)}.")
        if not row.get("namn"):
            faults.append(f"Rad {number}: namn saknas.")
        if row.get("e-post", "").count("@") != 1 or " " in row.get("e-post", ""):
            faults.append(f"Rad {number}: {row.get('e-post', '')!r} är inte en e-postadress.")
        start = _day(row.get("från", ""), number, faults) or today
        end = _day(row.get("till", ""), number, faults)
        if end and end < start:
            faults.append(f"Rad {number}: till ({end}) ligger före från ({start}).")
        account = row.get(_ACCOUNT, "").lower()
        if account not in ("", CUT) and not _OBJECT_ID.fullmatch(account):
            faults.append(
                f"Rad {number}: {account!r} är inte ett objekt-id i Entra. Det har 36 tecken med bindestreck. "
                f"Skriv {CUT} för att koppla loss ett konto."
            )
        if role and len(faults) == faults_before:
            people.append(
                PersonLine(
                    row["namnd"],
                    role,
                    row["namn"],
                    row["e-post"].lower(),
                    start,
                    end,
                    row.get(_UNIT) or None,
                    account,
                    number,
                )
            )
            email = row["e-post"].lower()
            owner = accounts.setdefault(account, email) if account not in ("", CUT) else email
            if owner != email:
                faults.append(f"Rad {number}: kontot {account} står redan för {owner}. Ett konto är en persons.")
            if account and owned.setdefault(email, account) != account:
                faults.append(f"Rad {number}: {email} har ett annat konto på en rad ovanför. En person har ett konto.")
    if faults:
        raise BadList(faults)
    return people


def _day(text: str, number: int, faults: list[str]) -> dt.date | None:
    if not text:
        return None
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        day = dt.date.min
    if not 1900 <= day.year < 2200:
        faults.append(f"Rad {number}: {text!r} är inte en dag. Skriv ÅÅÅÅ-MM-DD, till exempel 2026-01-01.")
        return None
    return day


def enter_people(book: Book, people: Iterable[PersonLine], *, now: dt.datetime, actor: str, tenant: str = "") -> int:
    """Enter people, their dated roles and their accounts in a directory; return how many roles are new or changed.

    Every change is journalled. tenant: the directory's id, where the settings name one.
    """
    people = list(people)
    if not tenant and any(line.account for line in people):
        raise BadList(
            [
                f"Kolumnen {_ACCOUNT} behöver veta vilken katalog: skriv tenant under [login.entra] eller [teams] i inställningarna."
            ]
        )
    book.hold_choices()
    changed = 0
    for line in people:
        known = book.person_by_email(line.email)
        person = book.put_person(line.name, line.email)
        if known is not None and known.name != person.name:
            appointing.note_renamed(book, known, person.name, person.email, now=now, actor=actor)
        held = appointing.Held(line.role, line.valid_from, line.valid_to, line.unit or "")
        changed += appointing.put(book, person, line.namnd, held, now=now, actor=actor)
        if line.account == CUT:
            acquainting.cut(book, tenant, person, now=now, actor=actor)
        elif line.account:
            acquainting.tie(book, tenant, line.account, person, acquainting.BY_IT, now=now, actor=actor)
    return changed


def write_people(roles: Iterable[Role], accounts: Mapping[int, str] | None = None) -> str:
    """Return people as a CSV text that `read_people` takes back. accounts: those in Teams, by person; none: no column."""
    rows = (
        (
            r.namnd,
            _ROLE_SHOWN[r.role],
            r.person.name,
            r.person.email,
            r.valid_from.isoformat(),
            r.valid_to.isoformat() if r.valid_to else "",
            r.unit or "",
            *((accounts.get(r.person.id, ""),) if accounts else ()),
        )
        for r in roles
    )
    return as_csv((*PEOPLE_COLUMNS, _UNIT, *((_ACCOUNT,) if accounts else ())), rows)


def read_series(text: str, namnder: Iterable[str]) -> list[Series]:
    """Return the series of a CSV text; raise BadList with every fault."""
    known, faults, found = set(namnder), [], []
    for number, row in rows_of(text, SERIES_COLUMNS):
        wrong = []
        if row.get("namnd", "") not in known:
            wrong.append(f"nämnden {row.get('namnd', '')!r} finns inte. Välj {', '.join(sorted(known))}.")
        fields = [row.get(column, "") for column in SERIES_COLUMNS[1:]]
        wrong += series_faults(*fields).values()
        faults += [f"Rad {number}: {w}" for w in wrong]
        if not wrong:
            found.append(series_of(row["namnd"], *fields))
    if faults:
        raise BadList(faults)
    return found


def series_faults(from_year: str, prefix: str, template: str, first: str) -> dict[str, str]:
    """Return what is wrong with a series as it was written, by the column that it stands in."""
    wrong = {}
    template_fault = numbering.template_fault(template)
    if template_fault:
        wrong["mall"] = f"{template_fault}."
    for column, value, low, high in (("från år", from_year, 1900, 2199), ("första nummer", first, 1, 9_999_999)):
        if not (value.isascii() and value.isdecimal() and len(value) < 10) or not low <= int(value) <= high:
            wrong[column] = f"{column} är {value[:40]!r}. Skriv ett tal mellan {low} och {high}."
    if "{prefix" in template and not prefix:
        wrong["prefix"] = "prefix saknas, men mallen använder det."
    for column, value in (("prefix", prefix), ("mall", template)):
        if len(value) > _LONGEST_SIGN or not value.isprintable():
            wrong[column] = f"{column} är för lång eller har ovanliga tecken. Skriv högst {_LONGEST_SIGN} tecken."
    return wrong


def series_of(namnd: str, from_year: str, prefix: str, template: str, first: str) -> Series:
    """Return a series whose values have no fault."""
    return Series(namnd, int(from_year), prefix, template, int(first))


def enter_series(book: Book, series: Iterable[Series], *, now: dt.datetime, actor: str, why: str = "") -> int:
    """Enter series; refuse one that would make a number come twice. Return how many are new or changed."""
    book.hold_choices()
    standing = {(s.namnd, s.from_year): s for s in book.all_series()}
    highest = book.highest()
    changed = 0
    for one in series:
        old = standing.get((one.namnd, one.from_year))
        if old == one:
            continue
        given = highest.get(one.namnd, {}).get(one.from_year)
        if given is not None and (old is None or old.first_number != one.first_number):
            raise BadList(
                [
                    f"{one.namnd} {one.from_year}: nummer till och med {given} är redan utdelade, så första nummer kan "
                    "inte ändras. Ändra det från ett senare år."
                ]
            )
        book.put_series(one)
        changed += 1
        note_series(book, one, old, now=now, actor=actor, why=why)
    return changed


def note_series(book: Book, one: Series, old: Series | None, *, now: dt.datetime, actor: str, why: str = "") -> None:
    """Write in the journal how a year's numbers look from now on, and looked."""
    book.note(
        one.namnd,
        "nummerserie ändrad",
        now=now,
        actor=actor,
        data={"från år": one.from_year, **_counted(one), "förut": _counted(old) if old else None},
        personal={"skäl": why} if why else None,
    )


def _counted(one: Series) -> dict[str, str | int]:
    return {"prefix": one.prefix, "mall": one.template, "första": one.first_number}


def write_series(series: Iterable[Series]) -> str:
    """Return series as a CSV text that `read_series` takes back."""
    rows = ((s.namnd, str(s.from_year), s.prefix, s.template, str(s.first_number)) for s in series)
    return as_csv(SERIES_COLUMNS, rows)


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return rows as the CSV that a Swedish Excel opens: semicolons, UTF-8 with its mark, no formulas."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    # The mark at the start makes Excel read å, ä and ö right.
    return "\ufeff" + out.getvalue()


def safe_cell(value: str) -> str:
    """Return a cell that no spreadsheet takes for a formula; blanks and invisible marks before the sign do not hide it.

    >>> safe_cell("=HYPERLINK(1)"), safe_cell(" +46"), safe_cell("Åsa")
    ("'=HYPERLINK(1)", "' +46", 'Åsa')
    """
    return "'" + value if _FORMULA.match(value) else value
