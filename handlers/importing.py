"""The cases that a nämnd has already, taken in from a list: read row by row, every fault named, entered all or none."""

from __future__ import annotations

import datetime as dt
import re
import string
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from handlers import assignment, kinds, lists, planning
from handlers.choices import choice
from handlers.errors import Invalid
from handlers.lists import BadList
from handlers.notices.words import STOCKHOLM
from handlers.rules import deadlines, numbering
from storage.records import CaseState, Namnd, Series
from storage.store import Book

COLUMNS = (
    *("namnd", "nummer", "titel", "typ", "inkom", "väckt", "svarsdag"),
    *("handläggare", "status", "andras nummer", "från"),
)
_NEEDED = ("namnd", "nummer", "titel", "typ", "inkom", "status")
# What people also call a column; compared without case, blanks and dots over letters.
_ALSO = {
    "namnd": ("nämnden",),
    "nummer": ("diarienummer", "dnr", "diarienr"),
    "titel": ("ärendemening", "rubrik", "ärende"),
    "typ": ("ärendetyp",),
    "inkom": ("inkommen", "inkommet"),
    "svarsdag": ("svar senast", "svarsdatum"),
    "andras nummer": ("externt nummer", "externa nummer"),
    "från": ("avsändare",),
}
_KINDS: Mapping[str, tuple[str, ...]] = {
    "motion": ("motion",),
    "medborgarforslag": ("medborgarförslag",),
    "remiss": ("remiss", "begäran om yttrande", "yttrande", "samråd"),
    "revision": ("revision", "revisionsrapport", "revisorerna"),
    "revisionsgranskning": ("revisionsgranskning", "granskning"),
    "namndinitiativ": ("nämndinitiativ", "ledamotsinitiativ", "initiativ"),
    "interpellation": ("interpellation", "enkel fråga"),
    "protokollsutdrag": ("protokollsutdrag", "uppdrag"),
    "synpunkt": ("synpunkt", "klagomål"),
    "other": ("övrigt", "annat", "skrivelse"),
}
# What a follow-up letter is about when it belongs to such a case: the matter that letters are joined by.
_MATTERS = frozenset({"motion", "medborgarforslag", "revision", "namndinitiativ", "interpellation"})
_STATES: Mapping[str, tuple[CaseState, str | None]] = {
    "öppen": ("open", None),
    "öppet": ("open", None),
    "pågår": ("open", None),
    "": ("open", None),
    "väntar på kf": ("open", "KF"),
    "väntar på ks": ("open", "KS"),
    "avslutad": ("closed", None),
    "avslutat": ("closed", None),
}


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One line of a list of cases."""

    line: int
    namnd: str
    dnr: str
    year: int
    number: int
    title: str
    kind: str
    inkom: dt.date
    raised: dt.date | None
    answer_by: dt.date | None
    handlaggare: str
    state: CaseState
    waiting_for: str | None
    external: tuple[str, ...]
    sender: str

    @property
    def matter(self) -> str | None:
        """What the case is about, as letters are joined by it."""
        return self.kind if self.kind in _MATTERS else None


@dataclass(frozen=True, slots=True)
class ReadList:
    """What a list holds: the lines that can be used, and every fault with its line."""

    lines: tuple[CaseLine, ...]
    faults: tuple[str, ...]


SHOWN = ("Rad", "Nummer", "Typ", "Ärende", "Handläggare", "Status", "Inkom", "Svarsdag")


def shown(lines: Sequence[CaseLine]) -> list[tuple[str, ...]]:
    """Return lines as a table shows them, under the headings of SHOWN."""
    return [
        (
            str(one.line),
            one.dnr,
            kinds.kind_of(one.kind).label,
            one.title,
            one.handlaggare or ("chefen frågas" if one.state == "open" and not one.waiting_for else ""),
            "avslutat" if one.state == "closed" else f"väntar på {one.waiting_for}" if one.waiting_for else "öppet",
            one.inkom.isoformat(),
            one.answer_by.isoformat() if one.answer_by else "",
        )
        for one in lines
    ]


def bare(text: str) -> str:
    """Return a word as headings and choices are compared by: no case, no marks over letters, no blanks.

    >>> bare(" Andras Nummer "), bare("VÄCKT") == bare("vackt")
    ('andrasnummer', True)
    """
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(ch for ch in plain if ch.isalnum())


_COLUMN = {bare(word): name for name in COLUMNS for word in (name, *_ALSO.get(name, ()))}
_KIND = {bare(word): name for name, words in _KINDS.items() for word in words}
_STATE = {bare(word): value for word, value in _STATES.items()}


def read_cases(
    rows: Sequence[tuple[int, Sequence[str]]], namnder: Sequence[str], series: Sequence[Series], today: dt.date
) -> ReadList:
    """Return the cases of a list whose first row is its head; each row comes with its line number. Nothing is raised."""
    if not rows:
        return ReadList((), (f"Listan är tom. Första raden ska vara: {';'.join(COLUMNS)}",))
    first, head = rows[0]
    names = [_COLUMN.get(bare(cell), "") for cell in head]
    faults = [f"Rad {first}: kolumnen {n} saknas." for n in _NEEDED if n not in names]
    faults += [f"Rad {first}: kolumnen {n} finns två gånger." for n in dict.fromkeys(names) if n and names.count(n) > 1]
    if faults:
        return ReadList((), (*faults, f"Första raden ska vara: {';'.join(COLUMNS)}"))
    lines: list[CaseLine] = []
    seen: dict[tuple[str, str], int] = {}
    for number, cells in rows[1:]:
        values = {n: _clean(c) for n, c in zip(names, cells, strict=False) if n}
        wrong: list[str] = []
        made = _line(number, values, namnder, series, today, wrong)
        if made:
            before = seen.setdefault((made.namnd, numbering.key(made.dnr)), number)
            if before != number:
                wrong.append(f"{made.dnr} står redan på rad {before}.")
        faults += [f"Rad {number}: {w}" for w in wrong]
        if made and not wrong:
            lines.append(made)
    if len(rows) == 1:
        faults.append("Listan har bara en rad med rubriker.")
    return ReadList(tuple(lines), tuple(faults))


def _clean(cell: str) -> str:
    return " ".join(unicodedata.normalize("NFC", cell).split())


def _line(
    number: int,
    row: Mapping[str, str],
    namnder: Sequence[str],
    series: Sequence[Series],
    today: dt.date,
    wrong: list[str],
) -> CaseLine | None:
    namnd = next((n for n in namnder if bare(n) == bare(row.get("namnd", ""))), None)
    if namnd is None:
        wrong.append(f"nämnden {row.get('namnd', '')!r} finns inte. Välj {', '.join(namnder)}.")
    dnr = row.get("nummer", "")
    taken = _number(dnr, [s for s in series if s.namnd == namnd], wrong) if namnd else None
    if taken and taken[0] > today.year:
        wrong.append(f"{dnr!r} är ett nummer för {taken[0]}, ett år framåt.")
    title = row.get("titel", "")
    if not 1 <= len(title) <= 200:
        wrong.append("titel saknas." if not title else f"titeln har {len(title)} tecken. Den får ha 200.")
    kind = _KIND.get(bare(row.get("typ", "")))
    if kind is None:
        wrong.append(f"typen {row.get('typ', '')!r} finns inte. Välj {', '.join(w[0] for w in _KINDS.values())}.")
    state = _STATE.get(bare(row.get("status", "")))
    if state is None:
        wrong.append(
            f"status {row.get('status', '')!r} finns inte. Välj öppen, väntar på KF, väntar på KS eller avslutad."
        )
    inkom = _day(row, "inkom", wrong, latest=today)
    if not row.get("inkom"):
        wrong.append("inkom saknas. Skriv ÅÅÅÅ-MM-DD.")
    raised = _day(row, "väckt", wrong, latest=today)
    answer_by = _day(row, "svarsdag", wrong)
    if inkom and answer_by and answer_by < inkom:
        wrong.append(f"svarsdag ({answer_by}) ligger före inkom ({inkom}).")
    if wrong or not (namnd and taken and kind and state and inkom):
        return None
    external = tuple(dict.fromkeys(n.strip() for n in row.get("andras nummer", "").split(",") if n.strip()))
    year, running = taken
    return CaseLine(
        line=number,
        namnd=namnd,
        dnr=dnr,
        year=year,
        number=running,
        title=title,
        kind=kind,
        inkom=inkom,
        raised=raised,
        answer_by=answer_by,
        handlaggare=row.get("handläggare", ""),
        state=state[0],
        waiting_for=state[1],
        external=external,
        sender=row.get("från", ""),
    )


def _number(dnr: str, series: Sequence[Series], wrong: list[str]) -> tuple[int, int] | None:
    """Return the year and the running number of a diarienummer that fits one of the nämnd's series."""
    if not dnr:
        wrong.append("nummer saknas.")
        return None
    if not series:
        wrong.append("nämnden har ingen nummerserie. Lägg till en med: namndbot series import FIL.csv")
        return None
    for one in sorted(series, key=lambda s: s.from_year, reverse=True):
        if numbering.format_fault(dnr, one.template, one.prefix) is None:
            found = re.fullmatch(_pattern(one), dnr)
            if found and len(found["number"]) <= 7:
                return int(found["year"]), int(found["number"])
    newest = max(series, key=lambda s: s.from_year)
    fault = numbering.format_fault(dnr, newest.template, newest.prefix) or "Numret är för långt."
    wrong.append(f"{dnr!r} passar inte. {fault}")
    return None


def _pattern(series: Series) -> str:
    made = ""
    for literal, name, _, _ in string.Formatter().parse(series.template):
        made += re.escape(literal)
        if name == "prefix":
            made += re.escape(series.prefix)
        elif name == "year":
            made += r"(?P<year>[0-9]{4})"
        elif name == "number":
            made += r"(?P<number>[0-9]+)"
    return made


def _day(row: Mapping[str, str], column: str, wrong: list[str], *, latest: dt.date | None = None) -> dt.date | None:
    text = row.get(column, "")
    if not text:
        return None
    try:
        # Excel may write the hour of a day: 2026-01-12 00:00:00.
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[ T]00:00(?::00)?)?", text):
            raise ValueError(text)
        day = dt.date.fromisoformat(text[:10])
    except ValueError:
        wrong.append(f"{column} är {text!r}. Skriv ÅÅÅÅ-MM-DD, till exempel 2026-01-12.")
        return None
    if day.year < 1950 or (latest and day > latest):
        wrong.append(f"{column} är {day}, {'en dag framåt' if day.year >= 1950 else 'för länge sedan'}.")
        return None
    return day


def register_faults(book: Book, lines: Sequence[CaseLine], namnder: Mapping[str, Namnd], today: dt.date) -> list[str]:
    """Return why lines cannot be entered in the register as it stands: a number in use, nobody of that name."""
    faults = []
    highest = book.highest()
    for one in lines:
        standing = book.case_by_dnr(numbering.key(one.dnr), (one.namnd,))
        given = highest.get(one.namnd, {}).get(one.year)
        if standing is not None:
            faults.append(f"Rad {one.line}: {one.dnr} finns redan i diariet.")
        elif given is not None and one.number > given and namnder[one.namnd].diarium == "own":
            faults.append(
                f"Rad {one.line}: {one.dnr} är högre än det senaste numret som boten har delat ut ({one.year}, löpnummer "
                f"{given}), så boten skulle komma att dela ut det igen. Registrera det ärendet för hand."
            )
        if one.handlaggare:
            try:
                assignment.find_person(book, one.namnd, one.handlaggare, today)
            except Invalid as error:
                faults.append(f"Rad {one.line}: {error}")
    return faults


def by_line(faults: Iterable[str]) -> list[str]:
    """Return faults in the order of the list's lines.

    >>> by_line(["Rad 10: b", "Rad 9: a"])
    ['Rad 9: a', 'Rad 10: b']
    """
    return sorted(faults, key=lambda fault: int((re.match(r"Rad ([0-9]+)", fault) or ("", "0"))[1]))


def enter(book: Book, lines: Sequence[CaseLine], namnder: Mapping[str, Namnd], *, now: dt.datetime, actor: str) -> int:
    """Enter all lines, in their order, and return how many; raise BadList with every fault, and then enter nothing.

    A case from a list keeps its own number and is not counted among those that the bot gives: the bot goes on after
    the highest one, and its own numbers stay without a gap.
    """
    today = now.astimezone(STOCKHOLM).date()
    faults = register_faults(book, lines, namnder, today)
    if faults:
        raise BadList(faults)
    _go_on_after(book, lines, namnder, now=now, actor=actor)
    for one in lines:
        _enter_one(book, one, namnder[one.namnd], today, now=now, actor=actor)
    return len(lines)


def _go_on_after(
    book: Book, lines: Sequence[CaseLine], namnder: Mapping[str, Namnd], *, now: dt.datetime, actor: str
) -> None:
    """Let each year's series begin after the highest number that the list brings."""
    highest, begins = book.highest(), {s.namnd: s.from_year for s in reversed(book.all_series())}
    top: dict[tuple[str, int], int] = {}
    for one in lines:
        if namnder[one.namnd].diarium != "own" or one.year < begins[one.namnd]:
            continue  # the bot gives no numbers of that year
        if one.year not in highest.get(one.namnd, {}):
            top[one.namnd, one.year] = max(one.number, top.get((one.namnd, one.year), 0))
    # What holds in each year is asked before anything is changed: a new line must not hold for the years after it.
    holding = {place: book.series_for(*place) for place in top}
    for (namnd, year), number in sorted(top.items()):
        series = holding[namnd, year]
        first = series.first_number if series.from_year == year else 1
        if number < first:
            continue
        begun = replace(series, from_year=year, first_number=number + 1)
        book.put_series(begun)
        lists.note_series(book, begun, series if series.from_year == year else None, now=now, actor=actor)


def _enter_one(book: Book, one: CaseLine, namnd: Namnd, today: dt.date, *, now: dt.datetime, actor: str) -> None:
    case_id = book.open_case(
        one.namnd,
        state=one.state,
        kind=one.kind,
        matter=one.matter,
        title=one.title,
        sender=one.sender or None,
        # A list knows the day only.
        inkommen_at=dt.datetime.combine(one.inkom, dt.time(12), STOCKHOLM),
        now=now,
        raised=one.raised,
        raised_which="enligt listan" if one.raised else None,
    )
    book.number_case(case_id, one.dnr, numbering.key(one.dnr))
    for raw in one.external:
        book.put_external(case_id, raw, numbering.key(raw))
    changed: dict[str, object] = {}
    if one.handlaggare:
        changed["handlaggare_id"] = assignment.find_person(book, one.namnd, one.handlaggare, today).id
    if one.waiting_for:
        changed["waiting_for"] = one.waiting_for
    if changed:
        book.change_case(case_id, **changed)
    _put_days(book, case_id, one)
    book.note(
        one.namnd,
        "infört från lista",
        now=now,
        actor=actor,
        case_id=case_id,
        data={"rad": one.line, "dnr": one.dnr, "inkommen": one.inkom.isoformat(), "kind": one.kind},
        personal={"title": one.title, "sender": one.sender},
    )
    planning.replan(book, case_id, now=now, actor=actor)
    book.plan_told(case_id)  # that an old case is late is no news to those who bring the list
    if one.state == "open" and not one.waiting_for:
        assignment.start(book, book.case(case_id), namnd, now=now)


def _put_days(book: Book, case_id: int, one: CaseLine) -> None:
    """Enter the days of a case: the answer day of the list, the municipality's goal, and the law's (as registering)."""

    def put(date: dt.date, purpose: str, clock: str, sentence: str, source: str) -> None:
        book.put_deadline(
            case_id, document_id=None, date=date, purpose=purpose, clock=clock, sentence=sentence, source=source
        )

    if one.state == "closed":
        return
    if one.answer_by and not one.waiting_for:
        put(one.answer_by, "yttrande", "stated", "Svarsdagen enligt listan.", "listan")
    if one.raised is None:
        return
    months, law = int(choice(book, one.namnd, "goal_months").get(one.kind, 0)), kinds.kind_of(one.kind).law
    if months:
        why = f"Målet är {months} månader från det att ärendet väcktes {one.raised.isoformat()}."
        put(deadlines.add_months(one.raised, months), f"besvaras inom {months} månader", "goal", why, "kommunens mål")
    if law and law.months:
        last = deadlines.statutory(deadlines.add_months(one.raised, law.months))
        why = f"{law.sentence} Väckt {one.raised.isoformat()} (enligt listan)."
        put(last, law.purpose, "law", why, law.paragraph)
