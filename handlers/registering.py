"""A case is opened, added to, corrected, numbered and makulerad. Nothing is erased (OSL 2009:400 5 kap. 1-2 §§)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from handlers import absorbing, corrections, kinds, outgoing, planning
from handlers.choices import choice
from handlers.errors import Invalid
from handlers.notices import words
from handlers.reading.reading import Reading
from handlers.rules import deadlines, numbering
from storage.errors import Taken
from storage.records import Arrival, Case, CaseDeadline, Direction, Document, Namnd, NewDocument
from storage.store import Book

STOCKHOLM = ZoneInfo("Europe/Stockholm")
UNTITLED = "Utan rubrik"
SECRET_TITLE = "Sekretess"

# Fields of a case that a person may correct, and what they are called for people.
_MOST_LISTED = 20
CORRECTABLE: Mapping[str, str] = {
    "title": "Ärendemening",
    "kind": "Typ av brev",
    "matter": "Sak",
    "sender": "Från",
    "raised": "Väckt",
    "deadline": "Svarsdag",
    "motionarer": "Motionärer",
    "external": "Andras nummer",
}


def open_case(
    book: Book,
    arrival: Arrival,
    reading: Reading,
    namnd: Namnd,
    *,
    now: dt.datetime,
    actor: str = "boten",
    secret: bool = False,
) -> tuple[Case, Document]:
    """Open a case for a letter and enter the letter and its attachments; its number is taken last of all.

    inkommen is the arrival's received time (FL 2017:900 22 §), registrerad is now.
    """
    came = inkommen(book, namnd, arrival, reading)
    raised, which = _raised(came, reading)
    case_id = book.open_case(
        namnd.key,
        state="waiting_dnr" if namnd.diarium == "external" else "open",
        kind=reading.kind,
        matter=reading.matter,
        title=SECRET_TITLE if secret else words.upper_first(reading.title) or UNTITLED,
        sender=None if secret else sender_of(reading),
        inkommen_at=came,
        now=now,
        secret=secret,
        raised=raised,
        raised_which=which,
        motionarer=() if secret else reading.motionarer,
    )
    document = enter_letter(book, book.case(case_id), arrival, reading, came, now=now, secret=secret)
    if not secret:
        absorbing.absorb(book, book.case(case_id), document, reading, now=now, actor=actor)
        absorbing.take_effect(book, book.case(case_id), document, reading, now=now, actor=actor)
        _start_clocks(book, book.case(case_id))
        planning.replan(book, case_id, now=now)
    if namnd.diarium == "own":
        take_number(book, case_id, namnd)
    case = book.case(case_id)
    book.note(
        namnd.key,
        "ärende öppnat",
        now=now,
        actor=actor,
        case_id=case_id,
        arrival_id=arrival.id,
        data={"dnr": case.dnr, "inkommen": case.inkommen_at.isoformat(), "kind": case.kind, "matter": case.matter},
        personal=None if secret else {"title": case.title, "sender": case.sender},
    )
    return case, document


def add_letter(
    book: Book,
    case: Case,
    arrival: Arrival,
    reading: Reading,
    namnd: Namnd,
    *,
    now: dt.datetime,
    why: str,
    actor: str = "boten",
    trusted: bool = True,
    out: bool = False,
) -> Document:
    """Enter a letter in a case that is known, come in or gone out, and let the case learn what it says.

    Of a letter that is not trusted the case learns nothing that ends a day or a step: `absorbing.take_effect` does that when a
    registrator has looked.
    """
    case = book.case(case.id, lock=True)
    came = inkommen(book, namnd, arrival, reading)
    document = enter_letter(book, case, arrival, reading, came, now=now, secret=case.secret, out=out)
    if not case.secret and document.direction == "in":
        absorbing.absorb(book, case, document, reading, now=now, actor=actor)
        if trusted:
            absorbing.take_effect(book, case, document, reading, now=now, actor=actor)
    book.note(
        case.namnd,
        "handling tillagd",
        now=now,
        actor=actor,
        case_id=case.id,
        arrival_id=arrival.id,
        data={"dnr": case.dnr, "handling": document.number, "kind": reading.kind},
        personal={"title": document.title, "why": why} if not case.secret else None,
    )
    planning.replan(book, case.id, now=now, actor=actor)
    return document


def enter_letter(
    book: Book,
    case: Case,
    arrival: Arrival,
    reading: Reading,
    came: dt.datetime,
    *,
    now: dt.datetime,
    secret: bool,
    out: bool = False,
) -> Document:
    """Enter a letter and each of its attachments as handlingar, come in or gone out; return the letter's."""
    direction: Direction = "ut" if out else "in"
    letter = book.put_document(
        case.id,
        NewDocument(
            kind=reading.kind,
            title=SECRET_TITLE if secret else words.upper_first(reading.title or reading.envelope.subject) or UNTITLED,
            direction=direction,
            arrival_id=arrival.id,
            party=None if secret else outgoing.receivers(reading) if out else sender_of(reading),
            dated=reading.dated,
            inkommen_at=came,
            sha256=arrival.raw_sha256,
            file_name="brev.eml",
        ),
        now=now,
    )
    for number, attachment in enumerate(reading.attachments, start=1):
        book.put_document(
            case.id,
            NewDocument(
                kind="bilaga",
                title=f"Bilaga {number}" if secret else attachment.name,
                direction=direction,
                attachment=True,
                arrival_id=arrival.id,
                inkommen_at=came,
                sha256=attachment.sha256,
                media_type=attachment.media_type,
                file_name=f"bilaga-{number}" if secret else attachment.name,
                size=attachment.size,
                pages=attachment.pages,
            ),
            now=now,
        )
    return letter


def _raised(came: dt.datetime, reading: Reading) -> tuple[dt.date | None, str | None]:
    law = kinds.kind_of(reading.matter or reading.kind).law
    if law is None or not law.months:
        return (reading.raised.date, reading.raised.which) if reading.raised else (None, None)
    if reading.raised:
        return reading.raised.date, reading.raised.which
    if reading.kind in ("motion", "medborgarforslag"):
        # Handed in here and nothing else known: local rules let it be väckt when it is lodged (KL 5 kap. 72 §).
        return came.astimezone(STOCKHOLM).date(), "inlämnad"
    return None, None


def _start_clocks(book: Book, case: Case) -> None:
    """Start the clocks that run from the day a matter was väckt: the law's, and the municipality's own goal.

    The law's time moves off a day off (1930:173, 2 §); a goal stays where it falls.
    """
    months = int(choice(book, case.namnd, "goal_months").get(case.type, 0))
    if months and case.raised is not None:
        book.put_deadline(
            case.id,
            document_id=None,
            date=deadlines.add_months(case.raised, months),
            purpose=f"besvaras inom {months} månader",
            clock="goal",
            sentence=f"Målet är {months} månader från det att ärendet väcktes {case.raised.isoformat()}.",
            source="kommunens mål",
        )
    law = kinds.kind_of(case.type).law
    if law is not None and not law.months:
        came = case.inkommen_at.astimezone(STOCKHOLM).date()
        book.put_deadline(
            case.id,
            document_id=None,
            date=deadlines.statutory(came),
            purpose=law.purpose,
            clock="law",
            sentence=law.sentence,
            source=law.paragraph,
        )
        return
    if law is None or case.raised is None:
        return
    last = deadlines.add_months(case.raised, law.months)
    book.put_deadline(
        case.id,
        document_id=None,
        date=deadlines.statutory(last),
        purpose=law.purpose,
        clock="law",
        sentence=f"{law.sentence} Väckt {case.raised.isoformat()} ({case.raised_which}).",
        source=law.paragraph,
    )


def take_number(book: Book, case_id: int, namnd: Namnd) -> str:
    """Give a case the next number of its series: of the year of inkommen in Stockholm. The last act before commit."""
    case = book.case(case_id)
    year = case.inkommen_at.astimezone(STOCKHOLM).year
    series = book.series_for(namnd.key, year)
    number = book.take_number(namnd.key, year, series.first_number if series.from_year == year else 1)
    dnr = numbering.render(series.template, series.prefix, year, number)
    book.number_case(case_id, dnr, numbering.key(dnr), year=year, number=number)
    return dnr


def give_number(book: Book, case_id: int, dnr: str, *, now: dt.datetime, actor: str) -> Case:
    """Give a waiting case the number that another system has given it; checked against format and use.

    Raises Invalid with the fault in plain words.
    """
    case = book.case(case_id, lock=True)
    if case.state != "waiting_dnr":
        raise Invalid(f"Ärendet väntar inte på något nummer; det har {case.dnr}.", "dnr")
    dnr = " ".join(dnr.split())
    series = book.series_for(case.namnd, case.inkommen_at.astimezone(STOCKHOLM).year)
    fault = numbering.format_fault(dnr, series.template, series.prefix)
    if fault:
        raise Invalid(fault, "dnr")
    try:
        book.number_case(case_id, dnr, numbering.key(dnr))
    except Taken as error:
        raise Invalid(str(error), "dnr") from error
    book.change_case(case_id, state="open")
    book.mark_anew(case_id)
    book.note(case.namnd, "diarienummer givet", now=now, actor=actor, case_id=case_id, data={"dnr": dnr})
    return book.case(case_id)


def correct(
    book: Book,
    case_id: int,
    field: str,
    value: str,
    reason: str,
    *,
    now: dt.datetime,
    actor: str,
    which: str = "",
) -> None:
    """Correct a fact of a case visibly: the old value stays in the journal, with who, when and why (JO 4639-2007).

    which: for raised, what day it is that the time is counted from: "inkom till kommunen".
    """
    case = book.case(case_id, lock=True)
    value = " ".join(value.split())
    reason = " ".join(reason.split())
    if field not in CORRECTABLE:
        raise Invalid(f"Uppgiften {field} går inte att rätta här.", field)
    if case.state == "makulerad":
        raise Invalid("Ärendet är makulerat. Det som står där ändras inte längre.", field)
    if field == "kind" and not value:
        raise Invalid("Välj en typ.", field)
    letter = _read_in(book, case, field)
    counted: dict[str, str | None] = {}
    if field == "deadline":
        old = _correct_deadline(book, _stated(book, case_id), case_id, None, value, reason, actor)
    elif field == "raised":
        old = _iso(case.raised)
        which = " ".join(which.split())[:120] or "rättat"
        book.change_case(case_id, raised=as_date(value, field), raised_which=which)
        if (old, case.raised_which) != (value, which):
            counted = {"räknat från": which, "räknat förut från": case.raised_which}
        _restart_clocks(book, case_id)
    elif field == "motionarer":
        old = ", ".join(case.motionarer)
        book.change_case(case_id, motionarer=_listed(value, field))
    elif field == "external":
        old = _correct_numbers(book, case_id, _listed(value, field))
    else:
        if field == "title" and not 1 <= len(value) <= 200:
            raise Invalid("Ärendemeningen ska ha mellan 1 och 200 tecken.", field)
        if field in ("kind", "matter") and value and kinds.kind_of(value).name != value:
            raise Invalid(f"Typen {value} finns inte.", field)
        old = getattr(case, field)
        book.change_case(case_id, **{field: value or None})
        if field in ("kind", "matter"):
            _restart_clocks(book, case_id)
    planning.replan(book, case_id, now=now, actor=actor)
    change = corrections.Change(field, old or "", value)
    _tell_correction(book, case, letter, change, reason, now=now, actor=actor, more=counted)


def _listed(value: str, field: str) -> list[str]:
    """Return what stands between commas. Raises Invalid when there is more than a letter can have."""
    found = [one.strip() for one in value.split(",") if one.strip()]
    if len(found) > _MOST_LISTED or any(len(one) > 120 for one in found):
        raise Invalid(f"Skriv högst {_MOST_LISTED}, med komma emellan och högst 120 tecken var.", field)
    return found


def _correct_numbers(book: Book, case_id: int, numbers: Sequence[str]) -> str:
    """Let a case have just these numbers of others; return what it had."""
    standing = book.externals(case_id)
    wanted = {numbering.key(number): number for number in numbers}
    for had in standing:
        if had.key not in wanted:
            book.drop_external(case_id, had.key)
    for key, number in wanted.items():
        book.put_external(case_id, number, key)
    book.change_case(case_id)
    return ", ".join(had.raw for had in standing)


def uncount(book: Book, case_id: int, reason: str, *, now: dt.datetime, actor: str) -> None:
    """Take away the day that a case's time is counted from: it should not have been there. Visibly, as a correction."""
    case = book.case(case_id, lock=True)
    book.change_case(case_id, raised=None, raised_which=None)
    _restart_clocks(book, case_id)
    planning.replan(book, case_id, now=now, actor=actor)
    letter, change = _read_in(book, case, "raised"), corrections.Change("raised", _iso(case.raised) or "", "")
    _tell_correction(book, case, letter, change, reason, now=now, actor=actor)


def correct_day(book: Book, document: Document, value: str, reason: str, *, now: dt.datetime, actor: str) -> None:
    """Correct the day that one letter of a case states, as ISO text or "" for none; the case's other days stand.

    Raises Invalid when the value is no day or the case is crossed out.
    """
    case = book.case(document.case_id, lock=True)
    if case.state == "makulerad":
        raise Invalid("Ärendet är makulerat. Det som står där ändras inte längre.", "deadline")
    value = value.strip()
    stated = [d for d in _stated(book, case.id) if d.document_id == document.id]
    old = _correct_deadline(book, stated, case.id, document.id, value, reason, actor)
    planning.replan(book, case.id, now=now, actor=actor)
    change = corrections.Change("deadline", old or "", value)
    _tell_correction(book, case, document.arrival_id, change, reason, now=now, actor=actor)


def _tell_correction(
    book: Book,
    case: Case,
    letter: int | None,
    change: corrections.Change,
    reason: str,
    *,
    now: dt.datetime,
    actor: str,
    more: Mapping[str, str | None] | None = None,
) -> None:
    if change.was == change.became and not more:
        return
    book.note(
        case.namnd,
        "rättat",
        now=now,
        actor=actor,
        case_id=case.id,
        data={"uppgift": change.field},
        personal={"från": change.was or None, "till": change.became, "skäl": reason, **(more or {})},
    )
    if change.was != change.became:
        _keep(book, letter, change, actor, now)


def _stated(book: Book, case_id: int) -> list[CaseDeadline]:
    return [d for d in book.deadlines(case_id, active=True) if d.clock == "stated"]


def _read_in(book: Book, case: Case, field: str) -> int | None:
    """Return the letter that a fact of a case was read in: the one that brought the day, else the one that opened it."""
    stated = [d for d in _stated(book, case.id) if d.document_id]
    brought = stated[0].document_id if field == "deadline" and stated else None
    papers = {d.id: d for d in book.documents(case.id)}
    first = next((d for d in papers.values() if d.number == 1), None)
    paper = papers.get(brought, first) if brought else first
    return paper.arrival_id if paper else None


def _keep(book: Book, letter: int | None, change: corrections.Change, actor: str, now: dt.datetime) -> None:
    """Keep what was put right of what the bot read; what a person entered by hand nobody read."""
    by = corrections.person_of(actor)
    if by is None or letter is None or book.arrival(letter).mailbox_key.startswith("hand:"):
        return
    corrections.put_right(book, letter, [change], by, now=now)


def _correct_deadline(
    book: Book,
    stated: Sequence[CaseDeadline],
    case_id: int,
    document_id: int | None,
    value: str,
    reason: str,
    actor: str,
) -> str | None:
    """Put another day in place of the first stated one, or none when the value is ""; return what stood."""
    day = as_date(value, "deadline") if value else None
    first = stated[0] if stated else None
    if first and first.date == day and day:
        return value
    if first:
        book.end_deadlines([first.id], "replaced")
    if day:
        book.put_deadline(
            case_id,
            document_id=first.document_id if first else document_id,
            date=day,
            purpose=first.purpose if first else "yttrande",
            clock="stated",
            sentence=first.sentence if first else reason,
            source="rättat av registrator",
            moved_from=first.date if first else None,
            confirmed_by=actor,
        )
    return _iso(first.date) if first else None


def _restart_clocks(book: Book, case_id: int) -> None:
    running = [d.id for d in book.deadlines(case_id, active=True) if d.clock in ("law", "goal")]
    book.end_deadlines(running, "replaced")
    _start_clocks(book, book.case(case_id))


def makulera(book: Book, case_id: int, reason: str, *, now: dt.datetime, actor: str) -> None:
    """Cross out a case: it stays, readable, with its number, the reason and who did it."""
    case = book.case(case_id, lock=True)
    reason = " ".join(reason.split())
    if not reason:
        raise Invalid("Skriv varför ärendet makuleras. Skälet står kvar i diariet.", "reason")
    if case.state == "makulerad":
        raise Invalid("Ärendet är redan makulerat.", "reason")
    book.change_case(case_id, state="makulerad", note=reason)
    book.end_deadlines([d.id for d in book.deadlines(case_id, active=True)], "dropped")
    book.drop_questions(case_id)
    book.note(
        case.namnd,
        "makulerat",
        now=now,
        actor=actor,
        case_id=case_id,
        data={"dnr": case.dnr},
        personal={"skäl": reason},
    )
    planning.replan(book, case_id, now=now, actor=actor)


def inkommen(book: Book, namnd: Namnd, arrival: Arrival, reading: Reading) -> dt.datetime:
    """Return when the letter reached the authority: the mailbox server's time (FL 2017:900 22 §).

    Where somebody of the nämnd itself passed it on, it had reached the authority when it came to them: then what the
    forward tells is taken, when it is earlier and less than a month old. Another board's forward changes nothing,
    since each nämnd is an authority of its own (TF 2 kap. 11 §).
    """
    told, came = reading.original_received, arrival.received_at
    if told is None or reading.forwarded_by is None:
        return came
    told = told.replace(tzinfo=STOCKHOLM) if told.tzinfo is None else told
    address = (reading.envelope.from_.address or "").lower()
    person = book.person_by_email(address) if address else None
    ours = address in namnd.addresses or (
        person is not None
        and bool(book.roles(on=came.astimezone(STOCKHOLM).date(), namnd=namnd.key, person_id=person.id))
    )
    return told if ours and came - dt.timedelta(days=31) < told < came else came


def sender_of(reading: Reading) -> str | None:
    """Return from whom: the body behind the matter, else the author's name, else the address."""
    if reading.sender_authority:
        return reading.sender_authority
    for party in (reading.sender, reading.envelope.from_):
        if party and (party.name or party.address):
            return party.name or party.address
    return None


def as_date(value: str, field: str) -> dt.date:
    """Return a day from what a person typed (2026-11-24); raise Invalid in plain words."""
    try:
        return dt.date.fromisoformat(value.strip())
    except ValueError:
        raise Invalid(f"Skriv dagen som ÅÅÅÅ-MM-DD, till exempel 2026-11-24. Du skrev: {value}", field) from None


def _iso(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None
