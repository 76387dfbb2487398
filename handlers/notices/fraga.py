"""A question to one person: who takes this case?"""

from __future__ import annotations

import datetime as dt

from handlers import kinds
from handlers.notices.links import answer_link
from handlers.notices.message import Block, Button, ByMail, Heading, Message, Paragraph, Row, Rows
from handlers.notices.words import STOCKHOLM, day, upper_first, weekday
from storage.records import Case, CaseDeadline, Namnd, Notice, Person
from storage.store import Book


def render(book: Book, notice: Notice, namnd: Namnd, *, now: dt.datetime) -> Message | None:
    """Write the question; None when it has been answered, or the case has become secret meanwhile."""
    question = book.question(int(notice.data["question"]))
    case = book.case(question.case_id)
    person = book.person(notice.person_id) if notice.person_id else None
    if question.state != "open" or case.secret or person is None or case.state == "makulerad":
        return None
    step = int(notice.data["step"])
    if any(a.step > step for a in book.askings(question.id)):
        return None  # it lay over a stop, and has been asked again or gone on meanwhile
    proposed = _proposed(book, notice, namnd, now)
    number = case.dnr or "Ett nytt ärende"
    officer = book.roles(on=now.astimezone(STOCKHOLM).date(), namnd=namnd.key, role="handlaggare", person_id=person.id)
    asks_self = bool(officer)
    first = person.name.split()[0]
    again = " Vi frågar igen." if step % 100 else ""
    return Message(
        subject=f"{'Kan du ta' if asks_self else 'Handläggare?'} {number}: {case.title[:90]}",
        preheader="Svara på mejlet eller på sidan.",
        blocks=(
            Heading(f"Kan du ta det här ärendet, {first}?" if asks_self else f"Vem ska ha det här ärendet, {first}?"),
            Paragraph(f"{number}. {case.title}.{again}"),
            Rows(tuple(_facts(book, case, now))),
            *_who([] if asks_self else proposed, why=any(why for _, why in notice.data.get("proposed", ()))),
            ByMail(
                (
                    Button("Svara på sidan", answer_link(book, question, person, namnd, now=now)),
                    Paragraph(
                        "Eller svara på mejlet med JA om du tar ärendet, NEJ och ett namn (till exempel: nej, fråga "
                        "Karin), eller FRÅGA REGISTRATORN.",
                        quiet=True,
                    ),
                )
            ),
            Paragraph("Får vi inget svar frågar vi igen, och sedan någon annan.", quiet=True),
        ),
        foot=f"Nämndbot för {namnd.name.lower()} i {namnd.organisation}. Svaret blir en del av ärendet.",
    )


def _facts(book: Book, case: Case, now: dt.datetime) -> list[Row]:
    rows = [Row("Typ", kinds.label(case.kind, case.matter)), Row("Från", case.sender or "Framgår inte")]
    if case.motionarer:
        rows.append(Row("Förslag av", ", ".join(case.motionarer)))
    return rows + [deadline_row(d) for d in book.deadlines(case.id, active=True) if d.date]


def deadline_row(deadline: CaseDeadline) -> Row:
    """Return a day as a row: which clock it is, the day with its weekday, and why."""
    assert deadline.date is not None
    label = {"law": "Lagens tid", "goal": "Kommunens mål"}.get(deadline.clock, "Svar senast")
    why = deadline.source if deadline.clock == "law" else deadline.purpose
    quote = deadline.sentence if deadline.clock == "stated" else ""
    return Row(label, f"{upper_first(weekday(deadline.date))} ({why})", quote, strong=deadline.clock == "stated")


def _who(proposed: list[Row], *, why: bool) -> tuple[Block, ...]:
    told = (Heading("Vem kan ta det?"), Rows(tuple(proposed)))
    # In a chat the list to choose from says the same, but for the reasons.
    return () if not proposed else told if why else (ByMail(told),)


def _proposed(book: Book, notice: Notice, namnd: Namnd, now: dt.datetime) -> list[Row]:
    """Who could take it, the best first as when it was asked; load and absence are today's."""
    today = now.astimezone(STOCKHOLM).date()
    known = {r.person.id: r.person for r in book.roles(on=today, namnd=namnd.key, role="handlaggare")}
    load = book.load(namnd.key, list(known))
    rows = []
    for person_id, why in notice.data.get("proposed", ()):
        person = known.get(person_id)
        if person:
            open_cases = f"{load[person.id]} öppna ärenden" if load[person.id] != 1 else "1 öppet ärende"
            told = [open_cases, _away(book, person, today), why]
            rows.append(Row(person.name, ". ".join(upper_first(t) for t in told if t)))
    return rows


def _away(book: Book, person: Person, today: dt.date) -> str:
    away = book.absence(person.id, today)
    return f"borta till {day(away.to_day)}" if away else ""
