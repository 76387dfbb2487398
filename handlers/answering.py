"""What an answer does, whichever way it came: a button, a reply mail and a page call the same function."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from handlers import absences, approving, assignment, confirming, planning, registering, undoing
from handlers.errors import Invalid, NotAllowed, Refused, TooLate
from handlers.notices import queue, steps
from handlers.notices.words import STOCKHOLM, weekday
from handlers.rules import numbering
from handlers.rules.answers import Answer
from storage.records import AskedQuestion, CaseDeadline, Json, Namnd, Person
from storage.store import Book

ASSIGNMENT = ("ta", "annan", "registratorn")
APPROVAL = (approving.APPROVED, approving.CHANGE)
# "Ja" to the question whether something is approved means that it is.
_APPROVALS = {
    "godkann": approving.APPROVED,
    "ta": approving.APPROVED,
    "klart": approving.APPROVED,
    "andra": approving.CHANGE,
}
_YES = ("ta", "godkann", "klart", "stammer")
ABSENCE = ("stammer", "nej")
CONFIRMED = (confirming.YES, confirming.NO, confirming.LATER)
# "Ja" to the question whether something is done, and "vet inte", which else is a question to the registrator.
_CONFIRMED = {
    **dict.fromkeys(_YES, confirming.YES),
    "nej": confirming.NO,
    "bordlagt": confirming.NO,
    "registratorn": confirming.LATER,
    "vet_inte": confirming.LATER,
}
YES_OR_NO = (absences.KIND, *confirming.KINDS)
PROGRESS = ("klart", "pagar", "anstand", "fel_person", "fraga")
_LONGEST_RESPITE = dt.timedelta(days=3 * 366)
_WRONG_BOARD = "fel_namnd"  # by mail only: the registrator finds out
# What is to be written, where an answer is none to the question.
_ASSIGNMENT_WORDS = "Svara JA om du tar ärendet, NEJ och ett namn, eller FRÅGA REGISTRATORN."
_PROGRESS_WORDS = "Svara KLART, PÅGÅR, ANSTÅND TILL och en dag, FEL PERSON, eller skriv en fråga med frågetecken."


@dataclass(frozen=True, slots=True)
class Done:
    """What an answer led to, in a sentence for who answered."""

    question: AskedQuestion
    told: str


def answer(
    book: Book, question_id: int, person: Person, given: Answer, namnd: Namnd, *, how: str, now: dt.datetime
) -> Done:
    """Carry out an answer to a question. Raises TooLate with who was faster, Invalid with what would do.

    how: "sidan", "mejl"; it stands in the journal beside the answer and changes nothing else.
    """
    question = book.question(question_id)
    case = book.case(question.case_id)
    number = case.dnr or "ärendet"
    # Who has left the nämnd answers nothing there any more, whatever link or mail they still have.
    if not book.roles(on=now.astimezone(STOCKHOLM).date(), namnd=question.namnd, person_id=person.id):
        raise NotAllowed("Du har ingen roll i nämnden längre. Svara till registratorn i stället.")
    if question.kind == assignment.KIND:
        if given.word == "ta":
            assignment.take(book, question_id, person, namnd, how=how, now=now)
            return Done(question, f"Du har tagit {number}.")
        if given.word == "annan":
            asked = assignment.pass_on(book, question_id, person, given.to, namnd, how=how, now=now)
            return Done(question, f"Vi frågar {asked.name} om {number}.")
        if given.word in ("registratorn", "fraga"):
            assignment.ask_registrator(book, question_id, person, namnd, how=how, now=now, note=given.text)
            return Done(question, f"Vi frågar registratorn om {number}.")
        if given.word == _WRONG_BOARD:
            assignment.ask_registrator(book, question_id, person, namnd, how=how, now=now, note=given.text)
            queue.wrong_board(book, question, person, namnd, now=now)
            return Done(question, f"Vi frågar registratorn om {number} hör till en annan nämnd.")
        raise Invalid("Svara att du tar ärendet, vem som ska ha det, eller att registratorn ska frågas.", "answer")
    if question.kind == absences.KIND:
        if given.word not in _YES and given.word != "nej":
            raise Invalid("Svara ja om det stämmer, annars nej.", "answer")
        return Done(
            question, _upper(absences.answer(book, question, person, given.word in _YES, namnd, how=how, now=now))
        )
    if question.kind in confirming.KINDS:
        word = _CONFIRMED.get(given.word)
        if word is None:
            raise Invalid("Svara ja, nej eller vet inte än.", "answer")
        told = confirming.answer(book, question_id, person, word, namnd, how=how, now=now)
        return Done(question, f"{number}: {told}")
    if question.kind in approving.KINDS:
        word = _APPROVALS.get(given.word)
        if word is None:
            raise Invalid("Svara godkänt, eller vad som ska ändras.", "answer")
        told = approving.answer(book, question_id, person, word, given.text, namnd, how=how, now=now)
        return Done(question, f"{number}: {told}")
    return _progress(book, question, person, given, namnd, how=how, now=now)


def _progress(
    book: Book, question: AskedQuestion, person: Person, given: Answer, namnd: Namnd, *, how: str, now: dt.datetime
) -> Done:
    if given.word not in (*PROGRESS, _WRONG_BOARD):
        raise Invalid("Svara klart, pågår, anstånd till en dag, fel person, eller skriv en fråga.", "answer")
    if given.word == "anstand" and given.day is None:
        raise Invalid("Skriv till vilken dag, till exempel anstånd till 2026-12-18.", "day")
    locked = book.question(question.id, lock=True)
    case = book.case(question.case_id, lock=True)
    if case.secret:
        raise TooLate("Frågan är inte längre aktuell.")
    if person.id != case.handlaggare_id and person.id not in {a.person_id for a in book.askings(question.id)}:
        raise TooLate("Ärendet har en annan handläggare nu.")
    data = {"dag": given.day.isoformat()} if given.day else {}
    if given.day is not None and given.word == "anstand" and locked.state == "open":
        _movable(book, question, given.day)  # before anything is written: a refusal leaves the question open
    if locked.state != "open" or not book.answer_question(
        question.id, given.word, person.id, how=how, now=now, data=data
    ):
        raise TooLate(assignment.who_was_faster(book, question.id))
    book.note(
        namnd.key,
        f"svar: {given.word}",
        now=now,
        actor=f"person:{person.id}",
        case_id=case.id,
        data={"fråga": question.id, "svar": how, **data},
        personal={"namn": person.name, "ord": given.text} if given.text else {"namn": person.name},
    )
    told = _carry_out(book, question, person, given, namnd, now)
    planning.replan(book, case.id, now=now, actor=f"person:{person.id}")
    return Done(question, f"{case.dnr or 'Ärendet'}: {told}")


def _carry_out(
    book: Book, question: AskedQuestion, person: Person, given: Answer, namnd: Namnd, now: dt.datetime
) -> str:
    today = now.astimezone(STOCKHOLM).date()
    step = book.milestone(question.milestone_id) if question.milestone_id else None
    if given.word in ("klart", "pagar"):
        book.meet_milestone(question.case_id, "start", today, None)
    if given.word == "klart" and step is not None:
        book.meet_milestone(question.case_id, step.kind, today, None)
        return f"antecknat: {steps.DONE.get(step.kind, 'klart').lower()}."
    if given.word == "klart":
        # The handläggare's part is done: no more reminders until the case comes back.
        book.meet_milestone(question.case_id, "handlaggare_klar", today, None)
        book.drop_questions(question.case_id, kind=question.kind)
        return "antecknat som klart. Du får inga fler påminnelser."
    if given.word == "anstand":
        assert given.day is not None
        old = _extend(book, question, person, given.day)
        return f"antecknat, ny dag {weekday(given.day)}{f' i stället för {weekday(old)}' if old else ''}."
    if given.word == "fel_person":
        case = book.case(question.case_id)
        assignment.reopen(book, case, namnd, now=now, actor=f"person:{person.id}", why="fel person")
        return "vi frågar vem som ska ha ärendet."
    if given.word == "fraga":
        queue.tell_registrators(book, "fraga_vidare", f"fraga_vidare:{question.id}", namnd, now=now, question=question)
        return "din fråga har gått till registratorn."
    if given.word == _WRONG_BOARD:
        queue.wrong_board(book, question, person, namnd, now=now)
        return "vi frågar registratorn om det hör till en annan nämnd."
    return "antecknat som pågående."


def _extend(book: Book, question: AskedQuestion, person: Person, day: dt.date) -> dt.date | None:
    """Put another day in place of the one asked about; the old one stays readable."""
    old = _movable(book, question, day)
    book.end_deadlines([old.id], "replaced")
    book.put_deadline(
        old.case_id,
        document_id=old.document_id,
        date=day,
        purpose=old.purpose,
        clock=old.clock,
        sentence=old.sentence,
        source="anstånd enligt handläggaren",
        moved_from=old.date,
        confirmed_by=f"person:{person.id}",
    )
    return old.date


def _movable(book: Book, question: AskedQuestion, day: dt.date) -> CaseDeadline:
    """Return the day that a question is about where it may become a later one. Lagens tid cannot be moved."""
    if question.milestone_id is not None:
        raise Invalid(
            "Planens dagar räknas ur mötena och går inte att flytta för sig. Hinner du inte, svara pågår och skriv till "
            "din chef, eller be den som frågar om en senare svarsdag.",
            "day",
        )
    old = book.deadline(question.deadline_id) if question.deadline_id else None
    if old is None or old.state != "active":
        raise Invalid("Dagen som frågan gällde gäller inte längre.", "day")
    if old.clock == "law":
        raise Invalid("Lagens tid går inte att flytta. Redovisa i stället ärendet för fullmäktige.", "day")
    if old.date and day > old.date + _LONGEST_RESPITE:
        raise Invalid(f"{_upper(weekday(day))} är långt fram. Kontrollera året.", "day")
    if old.date and day <= old.date:
        raise Invalid(f"Anstånd ska vara till en senare dag än {old.date.isoformat()}.", "day")
    return old


@dataclass(frozen=True, slots=True)
class ByMail:
    """What the answers of a mail led to."""

    done: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    undo: tuple[Json, ...] = ()  # how to take back what was done, in order
    unclear: bool = False  # something that only a person can understand
    asked: tuple[int, ...] = ()  # questions that are still to be answered


def by_mail(
    book: Book,
    answers: list[Answer],
    questions: list[AskedQuestion],
    person: Person,
    namnd: Namnd,
    *,
    now: dt.datetime,
) -> ByMail:
    """Carry out the answers of a mail to one or several questions.

    A line with a number answers that case's question; a line without one answers the only question there is, or that of
    the line with a number above it. Two answers that differ are none.
    """
    done: list[str] = []
    refused: list[str] = []
    undo: list[Json] = []
    unclear = False
    meant = _meant_by(book, answers, questions)
    words: dict[int, set[str]] = {}
    for given, question in meant:
        if question is not None and given.word not in ("note", "dnr"):
            words.setdefault(question.id, set()).add(given.word)
    told: set[int] = set()
    for given, question in meant:
        if given.word == "dnr":
            if question is None:
                said = _give_number(book, given, questions, person, namnd, now)
                (done if said[0] else refused).append(said[1])
            continue
        if question is None:
            refused.append(f"Vilket ärende gäller ”{given.text[:60]}”? Skriv diarienumret på samma rad.")
            continue
        if given.word in ("note", "angra") or (given.word == "nej" and question.kind not in YES_OR_NO):
            unclear = True
            refused.append(f"Vi förstod inte svaret. Det är antecknat i ärendet. {words_for(question)}")
            continue
        if len(words[question.id]) > 1:
            if question.id not in told:
                refused.append(f"Du gav flera olika svar om samma ärende. Inget är gjort. {words_for(question)}")
            told.add(question.id)
            continue
        if question.id in told:
            continue  # the same answer on two lines
        told.add(question.id)
        try:
            before = undoing.seen(book, question)
            done.append(answer(book, question.id, person, given, namnd, how="mejl", now=now).told)
            undo.append(undoing.of_answer(book, question, given.word, before))
        except Refused as error:
            refused.append(str(error))
    open_ones = [q.id for q in questions if book.question(q.id).state == "open"]
    return ByMail(tuple(done), tuple(refused), tuple(undo), unclear, tuple(open_ones))


def words_for(question: AskedQuestion) -> str:
    """Return the words that may be answered to a question, in a sentence."""
    if question.kind == assignment.KIND:
        return _ASSIGNMENT_WORDS
    if question.kind == absences.KIND:
        return "Svara JA eller NEJ."
    if question.kind in confirming.KINDS:
        return "Svara JA, NEJ eller VET INTE."
    if question.kind in approving.KINDS:
        return "Svara GODKÄNT, eller ÄNDRA och vad."
    return _PROGRESS_WORDS


def _give_number(
    book: Book, given: Answer, questions: list[AskedQuestion], person: Person, namnd: Namnd, now: dt.datetime
) -> tuple[bool, str]:
    """Give the number of another system to the one case that waits for it, by the registrator's word."""
    waiting = list({q.case_id for q in questions if book.case(q.case_id).state == "waiting_dnr"})
    today = now.astimezone(STOCKHOLM).date()
    roles = {r.role for r in book.roles(on=today, namnd=namnd.key, person_id=person.id)}
    if not waiting:
        return False, f"Numret {given.dnr} hör inte till något du har frågats om. Inget är gjort."
    if not roles & {"registrator", "administrator"}:
        return False, "Bara registratorn skriver in diarienummer. Inget är gjort."
    if len(waiting) > 1:
        return False, f"Flera ärenden väntar på nummer. Skriv in {given.dnr} på ärendets sida."
    try:
        case = registering.give_number(book, waiting[0], given.dnr, now=now, actor=f"person:{person.id}")
    except Refused as error:
        return False, str(error)
    return True, f"Ärendet har fått numret {case.dnr}."


def _meant_by(
    book: Book, answers: list[Answer], questions: list[AskedQuestion]
) -> list[tuple[Answer, AskedQuestion | None]]:
    """Return each answer with the question that it is about; a line that is only a number is about what follows."""
    made: list[tuple[Answer, AskedQuestion | None]] = []
    above: AskedQuestion | None = None
    for given in answers:
        if given.word == "dnr":
            above = _meant(book, given, questions)
            made.append((given, above))
        else:
            made.append((given, _meant(book, given, questions) if given.dnr or above is None else above))
    return made


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _meant(book: Book, given: Answer, questions: list[AskedQuestion]) -> AskedQuestion | None:
    if given.dnr:
        wanted = numbering.key(given.dnr)
        same = [q for q in questions if numbering.key(book.case(q.case_id).dnr or "") == wanted]
        return next((q for q in same if book.question(q.id).state == "open"), same[0] if same else None)
    if len({q.case_id for q in questions}) != 1:
        return None
    # The newest that is still open; else the newest, and its answer tells who was faster.
    return next((q for q in questions if book.question(q.id).state == "open"), questions[0])
