"""What a registrator puts right by replying to a receipt: the acts of the desk, one line each, in one transaction."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from handlers import gates, kinds, moving, registering, replies, review, undoing
from handlers.errors import Invalid, Refused, TooLate
from handlers.notices import queue
from handlers.notices.words import STOCKHOLM, weekday
from handlers.reading.reading import Reading
from handlers.reading.review import ABOUT_DAYS
from handlers.rules import correction_words, numbering
from handlers.rules.correction_words import Wish
from storage.errors import NotFound
from storage.records import Arrival, Case, Json, Namnd, Person
from storage.store import Book

_WORDS = (
    "Du kan skriva till exempel: det är en remiss · rubrik: … · svar senast 5/2 · inget datum · hör till SN 2026-12 · hemlig · "
    "ska inte registreras · det är två: … ; …"
)
_BY_MAIL = "Rättat per mejl"
_SHOWN = 60  # characters of a line that was not understood


@dataclass(frozen=True, slots=True)
class Made:
    """What a reply to a receipt led to: the case that it is about, and whether it must stay hidden."""

    case_id: int | None
    hidden: bool = False


@dataclass(slots=True)
class _Work:
    """A reply as it is carried out."""

    book: Book
    letter: Arrival
    person: Person
    namnd: Namnd
    now: dt.datetime
    done: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    undo: list[Json] = field(default_factory=list)

    @property
    def actor(self) -> str:
        return f"person:{self.person.id}"

    def again(self) -> Arrival:
        """Return the letter as it stands now."""
        return self.book.arrival(self.letter.id)

    def case(self) -> Case:
        letter = self.again()
        assert letter.case_id is not None
        return self.book.case(letter.case_id)


def take(
    book: Book,
    arrival: Arrival,
    reading: Reading,
    reply: replies.Reply,
    letter_id: int,
    namnd: Namnd,
    *,
    now: dt.datetime,
) -> Made | None:
    """Carry out a reply to the receipt of a letter; None when it may itself be an individual's matter.

    "Hemlig" acts whatever else the reply says, and nothing of the letter is repeated. All else needs the registrator's
    role, and what was not understood is told.
    """
    letter = book.arrival(letter_id, lock=True)
    wishes = correction_words.parse(reading.reply, now.astimezone(STOCKHOLM).date())
    secret = [w for w in wishes if w.act == "secret"]
    if letter.namnd != namnd.key or (reading.secret and not secret):
        return None
    if gates.is_hushed(book, letter):
        told = queue.Told(refused=["Brevet avgörs av den som har rollen sekretess. Inget är gjort."], hidden=True)
        queue.answered(book, arrival, reply.person, namnd, told, now=now)
        return Made(letter.case_id, hidden=True)
    work = _Work(book, letter, reply.person, namnd, now)
    if secret:
        return _hide(work, arrival, more=len(wishes) > len(secret))
    if not review.may(book, reply.person, namnd.key, review.DESK, now.astimezone(STOCKHOLM).date()):
        work.refused.append("Bara registratorn rättar. Inget är gjort.")
    else:
        _carry_out(work, wishes)
    after = work.again()
    nothing_said = not work.done and reply.notice.kind == "svarat" and all(w.act == "note" for w in wishes)
    if not nothing_said:  # a machine that answers all it gets is not answered for ever
        told = queue.Told(
            work.done, work.refused, work.undo, letter=letter.id, case_id=after.case_id, final=undoing.final(work.undo)
        )
        queue.answered(book, arrival, reply.person, namnd, told, now=now)
    book.note(
        namnd.key,
        "rättelse per mejl",
        now=now,
        actor=work.actor,
        case_id=after.case_id,
        arrival_id=letter.id,
        data={"utskick": reply.notice.id, "avsändaren": reading.envelope.auth, "gjort": len(work.done)},
    )
    return Made(after.case_id)


def _hide(work: _Work, arrival: Arrival, *, more: bool) -> Made:
    """Mark the letter as a suspected individual matter; what is told repeats none of its words."""
    label, book = work.letter.label, work.book
    try:
        review.make_secret(book, work.letter.id, work.person, now=work.now, namnd=work.namnd)
        work.done.append(f"{label} är märkt som misstänkt individärende. Rollen sekretess avgör.")
        work.undo.append({"act": "hemligt", "letter": work.letter.id})
        if more:
            work.refused.append("Det andra du skrev är inte gjort.")
    except Refused as error:
        work.refused.append(str(error))
    told = queue.Told(
        work.done, work.refused, work.undo, letter=work.letter.id, hidden=True, final=undoing.final(work.undo)
    )
    queue.answered(book, arrival, work.person, work.namnd, told, now=work.now)
    return Made(work.again().case_id, hidden=bool(work.done) or gates.is_hushed(book, work.again()))


def _carry_out(work: _Work, wishes: list[Wish]) -> None:
    notes = [w.line[:_SHOWN] for w in wishes if w.act == "note"]
    work.refused += [f"Vi förstod inte ”{note}”.{f' {_WORDS}' if note is notes[-1] else ''}" for note in notes]
    meant = [w for w in wishes if w.act != "note"]
    if not wishes:
        work.refused.append(f"Vi hittade ingen rättelse i mejlet. Skriv överst. {_WORDS}")
    twice = {w.act for w in meant if len({(v.value, v.values) for v in meant if v.act == w.act}) > 1}
    if twice:
        work.refused.append("Du skrev två olika saker om samma uppgift. Det är inte gjort.")
    meant = list({w.act: w for w in meant if w.act not in twice}.values())
    if not meant:
        return
    if work.letter.state in ("review", "ovrigt"):
        _decide_waiting(work, meant)
    elif work.letter.state == "registered":
        _correct_registered(work, meant)
    else:
        work.refused.append(f"{work.letter.label} väntar inte längre. Rätta på ärendets sida.")


# a letter that waits


def _decide_waiting(work: _Work, meant: list[Wish]) -> None:
    acts = {w.act: w for w in meant}
    facts = _facts(review.reading_of(work.letter), meant)
    if "not" in acts:
        if len(acts) > 1:
            work.refused.append("Ett brev som inte ska registreras rättas inte. Det andra du skrev är inte gjort.")
        _try(work, lambda: _leave_out(work, acts["not"]))
        return
    if "number" in acts:
        work.refused.append("Brevet är inte registrerat än. Numret är inte infört.")
    proposed = work.letter.proposed_case_id
    if proposed is not None and "case" not in acts and "new" not in acts:
        dnr = work.book.case(proposed).dnr or "ett ärende"
        work.refused.append(
            f"Brevet kan höra till {dnr}. Skriv HÖR TILL och numret, eller NYTT ÄRENDE. Inget är gjort."
        )
        return
    if "case" in acts:
        if _try(work, lambda: _join(work, acts["case"])) and facts:
            work.refused.append("Brevet är lagt i ärendet. Rubrik, typ och dag rättar du på ärendets sida.")
        return
    if facts or acts.keys() & {"right", "new", "split"}:
        title = acts["split"].values[0] if "split" in acts and acts["split"].values else None
        _try(work, lambda: _register(work, {**facts, **({"title": title} if title else {})}))
        if "split" in acts and work.again().state == "registered":
            _try(work, lambda: _split(work, acts["split"]))


def _leave_out(work: _Work, wish: Wish) -> None:
    reason = wish.value or "Registratorn: ska inte registreras"
    review.not_to_be_registered(work.book, work.letter.id, reason, work.person, now=work.now)
    work.done.append(f"{work.letter.label} registreras inte. Skälet står i journalen.")
    work.undo.append({"act": "registreras_inte", "letter": work.letter.id})


def _join(work: _Work, wish: Wish) -> None:
    target = _named(work, wish.value)
    review.join(work.book, work.letter.id, target.id, work.person, work.namnd, now=work.now)
    work.done.append(f"{work.letter.label} är lagt i {target.dnr or 'ärendet'}.")
    work.undo.append({"act": "hor_till", "case": target.id})


def _register(work: _Work, facts: dict[str, str]) -> None:
    outcome = review.confirm(work.book, work.letter.id, work.person, work.namnd, now=work.now, corrections=facts)
    assert outcome.case is not None
    number = outcome.case.dnr or "ett ärende som väntar på diarienummer"
    changed = [_FIELDS[f] for f in facts if f in _FIELDS]
    put_right = f", med {' och '.join(changed)} som du skrev" if changed else ""
    work.done.append(f"{work.letter.label} är registrerat som {number}{put_right}.")
    work.undo.append({"act": "registrerat", "case": outcome.case.id})


# a letter that has its number


def _correct_registered(work: _Work, meant: list[Wish]) -> None:
    acts = {w.act: w for w in meant}
    if "not" in acts:
        if len(acts) > 1:
            work.refused.append("Ett brev som inte ska registreras rättas inte. Det andra du skrev är inte gjort.")
        _try(work, lambda: _cross_out(work, acts["not"]))
        return
    if "number" in acts:
        _try(work, lambda: _give_number(work, acts["number"]))
    if "case" in acts:
        _try(work, lambda: _move(work, acts["case"]))
    opened = _opened(work)
    for name, value in _facts(review.reading_of(work.again()), meant, None if not opened else work.case()).items():
        _try(work, partial(_put_right, work, name, value, opened))
    if "split" in acts:
        _try(work, lambda: _split(work, acts["split"]))
    if "new" in acts:
        work.refused.append(f"{work.letter.label} har redan ett ärende.")
    _close_questions(work, acts)


def _opened(work: _Work) -> bool:
    letter = work.again()
    return letter.document_id is not None and work.book.document(letter.document_id).number == 1


def _put_right(work: _Work, name: str, value: str, opened: bool) -> None:
    """Put one fact right as the case's page does; of a letter that joined a case, the letter's own day."""
    case, letter = work.case(), work.again()
    number = case.dnr or "Ärendet"
    if not opened:
        if name != "deadline":
            raise Invalid(f"Brevet ligger i {number}. Rätta {_FIELDS[name]} på ärendets sida.", name)
        assert letter.document_id is not None
        document = work.book.document(letter.document_id)
        registering.correct_day(work.book, document, value, _BY_MAIL, now=work.now, actor=work.actor)
        work.done.append(f"{number}: {_day_told(value)}")
        return
    registering.correct(work.book, case.id, name, value, _BY_MAIL, now=work.now, actor=work.actor)
    work.undo.append(undoing.of_fact(case.id, name, work.now))
    if name == "matter":
        return  # it follows from the kind, and is told with it
    if name == "deadline":
        work.done.append(f"{number}: {_day_told(value)}")
    elif name == "kind":
        work.done.append(f"{number}: typen är {kinds.kind_of(value).label.lower()}.")
    else:
        work.done.append(f"{number}: {_FIELDS[name]} är ändrad.")


def _day_told(value: str) -> str:
    return f"svarsdagen är {weekday(dt.date.fromisoformat(value))}." if value else "ingen svarsdag."


def _give_number(work: _Work, wish: Wish) -> None:
    case = registering.give_number(work.book, work.case().id, wish.value, now=work.now, actor=work.actor)
    work.done.append(f"Ärendet har fått numret {case.dnr}.")
    work.undo.append({"act": "dnr", "case": case.id})


def _move(work: _Work, wish: Wish) -> None:
    target, old = _named(work, wish.value), work.case()
    opened = _opened(work)
    moving.move(work.book, work.letter.id, target.id, work.person, work.namnd, now=work.now)
    crossed_out = f" {old.dnr or 'Det gamla ärendet'} är makulerat." if opened else ""
    work.done.append(f"{work.letter.label} är lagt i {target.dnr or 'ärendet'}.{crossed_out}")
    work.undo.append({"act": "flyttat", "case": target.id})


def _cross_out(work: _Work, wish: Wish) -> None:
    case, letter = work.case(), work.again()
    if not _opened(work) or any(d.arrival_id != letter.id and not d.makulerad for d in work.book.documents(case.id)):
        raise Invalid(
            f"{case.dnr or 'Ärendet'} har fler handlingar än det här brevet. Avgör det på ärendets sida.", "reason"
        )
    reason = wish.value or "Skulle inte ha registrerats"
    registering.makulera(work.book, case.id, reason, now=work.now, actor=work.actor)
    work.done.append(f"{case.dnr or 'Ärendet'} är makulerat. Numret används inte igen.")
    work.undo.append({"act": "makulerat", "case": case.id})


def _split(work: _Work, wish: Wish) -> None:
    if len(wish.values) != int(wish.value):
        raise Invalid(
            f"Skriv en rubrik för varje ärende, med semikolon emellan: det är {wish.value}: rubrik; rubrik", "title"
        )
    made = moving.split(work.book, work.letter.id, wish.values, work.person, work.namnd, now=work.now)
    numbers = " och ".join(c.dnr or "ett som väntar på diarienummer" for c in made)
    work.done.append(f"{work.letter.label} är delat i {numbers}.")
    work.undo.append({"act": "delat", "case": made[0].id})


def _close_questions(work: _Work, acts: Mapping[correction_words.Act, Wish]) -> None:
    """Close the questions about a registered letter: by "stämmer", or by the day where only days were asked about."""
    letter = work.again()
    if letter.state != "registered" or letter.confirmed_at is not None or not letter.questions:
        if "right" in acts and not work.done:
            work.refused.append(f"{letter.label} har inga frågor som väntar.")
        return
    days = all(q in ABOUT_DAYS for q in letter.questions)
    if "right" in acts or ("deadline" in acts and days):
        asked = len(letter.questions)
        _try(work, lambda: review.confirm(work.book, letter.id, work.person, work.namnd, now=work.now))
        if "right" in acts and work.again().confirmed_at is not None:
            work.done.append(
                f"{letter.label} är granskat. {'Frågan' if asked == 1 else 'Frågorna'} om det väntar inte längre."
            )
            work.undo.append({"act": "granskat", "case": letter.case_id})


# what both need


_FIELDS = {
    "title": "ärendemeningen",
    "kind": "typen",
    "sender": "avsändaren",
    "deadline": "svarsdagen",
}


def _facts(reading: Reading, meant: list[Wish], case: Case | None = None) -> dict[str, str]:
    """Return the facts to put right, as the forms name them. The matter follows from the kind where it did before."""
    made: dict[str, str] = {}
    was_kind, was_matter = (case.kind, case.matter) if case else (reading.kind, reading.matter)
    for wish in meant:
        if wish.act in ("title", "sender", "deadline"):
            made[wish.act] = wish.value
        elif wish.act == "kind":
            made["kind"] = wish.value
            said = wish.values[0]
            matter = "" if said == "-" or (not said and was_matter == was_kind) else said or was_matter or ""
            if matter != (was_matter or ""):
                made["matter"] = matter
    return made


def _named(work: _Work, number: str) -> Case:
    """Return the case that a number names, ours or a letter's (A-17); raise Invalid."""
    book, namnd = work.book, work.namnd
    case: Case | None = None
    if number.upper().startswith("A-"):
        with contextlib.suppress(NotFound):
            named = book.arrival(int(number[2:]))
            if named.namnd == namnd.key and named.case_id is not None:
                case = book.case(named.case_id)
    else:
        case = book.case_by_dnr(numbering.key(number), (namnd.key,))
    if case is None or case.secret:
        raise Invalid(f"Det finns inget ärende {number} i nämnden.", "case")
    return case


def _try(work: _Work, act: Callable[[], object]) -> bool:
    """Do one thing; what is refused is told, and the rest goes on. Say whether it was done."""
    try:
        act()
    except (Invalid, TooLate, Refused) as error:
        work.refused.append(str(error))
        return False
    return True
