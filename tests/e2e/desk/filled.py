"""A register where every page has something to show: cases in each state, questions of each kind, rules, absences."""

from __future__ import annotations

import dataclasses
import datetime as dt

from handlers import absences, answering, assignment, confirming, corrections, deciding, intake, registering, review
from handlers.notices import links, queue
from handlers.reading.reading import Finding
from handlers.rules.answers import Answer
from storage.records import CaseFilter
from storage.store import Store
from tests.builders import arrive, reading
from tests.e2e.desk.town import ANDERS, BEGIN, GUNNAR, KARIN, YLVA, Ekeby

LATER = BEGIN + dt.timedelta(days=14)
_MEETING = {"vad": "möte", "steg": "beslut", "dag": "2026-11-18", "möte": None}


def fill(town: Ekeby) -> dict[str, str]:
    """Let two weeks of work be done in a register that the letters have come to; return the links that people got.

    The bot does not run meanwhile.
    """
    store = town.store()
    try:
        _work(town, store)
        return _links(town, store)
    finally:
        store.close()


def _work(town: Ekeby, store: Store) -> None:
    ylva, anders, karin = (town.people[name] for name in (YLVA, ANDERS, KARIN))
    sn, actor, now = town.namnd, f"person:{ylva.id}", BEGIN
    with store.book() as book:
        cases = sorted(r.case.id for r in book.cases(CaseFilter(namnder=("sn",), states=("open",))))
        taken, rests, closed, crossed, hidden, decided = cases[:6]
        for case in (taken, rests, decided):
            assignment.assign(book, case, karin, anders, sn, now=now)
        deciding.pause(book, rests, dt.date(2027, 1, 15), "Väntar på regionen", now=now, actor=actor)
        deciding.close(book, closed, "Svaret är givet", now=now, actor=actor)
        registering.makulera(book, crossed, "Registrerat två gånger", now=now, actor=actor)
        registering.correct(
            book, taken, "title", "Yttrande över motion om något annat", "Så står det", now=now, actor=actor
        )
        review.make_secret(book, book.arrivals_of_case(hidden)[0].id, ylva, now=now, namnd=sn)
        deciding.decided(
            book, decided, body=sn.name, paragraph="§ 12", day=dt.date(2026, 11, 20), outcome="", now=now, actor=actor
        )
        absences.note_away(
            book, karin, dt.date(2026, 12, 21), dt.date(2027, 1, 8), ylva, ["sn"], now=now, actor=f"person:{karin.id}"
        )
        book.meet_milestone(taken, "tjansteskrivelse", now.date(), book.documents(taken)[0].id)
        for kind, data in (("chef", {}), (confirming.KIND, _MEETING)):
            book.put_question("sn", taken, kind, now=now, data=data)
    _learn(store, town)


def _learn(store: Store, town: Ekeby) -> None:
    ylva, sn = town.people[YLVA], town.namnd
    for domain in ("revisorerna.example", "lararna.example"):
        for number in range(3):
            title = f"Granskning {domain[:3]} {number}"
            unsure = dataclasses.replace(
                reading(title, kind="other", sender=f"anna@{domain}"),
                review=("Osäkert vad brevet är",),
                findings=(Finding("kind", "other", 0.4, title, "body"),),
            )
            with store.book() as book:
                came = arrive(book, unsure, namnd=sn, received=BEGIN, now=BEGIN)
            with store.book() as book:
                intake.register(book, came, unsure, sn, BEGIN)
            with store.book() as book:
                review.confirm(book, came, ylva, sn, now=BEGIN, corrections={"kind": "revisionsgranskning"})
    with store.book() as book:
        rules = book.learned_rules(("sn",))
        assert len(rules) == 2, rules
        corrections.accept(book, rules[0].id, ylva, now=BEGIN)


def _links(town: Ekeby, store: Store) -> dict[str, str]:
    """Return what lies behind the links of mails, by what they ask."""
    sn, karin = town.namnd, town.people[KARIN]
    found = {}
    with store.book() as book:
        asked = {q.kind: q for q in book.questions(state="open") if q.namnd == "sn"}
        for kind, person in (("handlaggare", ANDERS), ("chef", GUNNAR), (confirming.KIND, YLVA)):
            book.put_asking(asked[kind].id, town.people[person].id, 40, LATER.date(), f"<{kind}@ekeby.example>")
            link = links.answer_link(book, asked[kind], town.people[person], sn, now=LATER)
            found[kind] = link.removeprefix(town.url)
        # One more question of each that is put to a person: taken by mail, so that it can be taken back.
        other = next(
            q
            for q in reversed(book.questions(namnder=["sn"], kind="handlaggare", state="open"))
            if q.id != asked["handlaggare"].id and book.case(q.case_id).state == "open"
        )
        book.put_asking(other.id, karin.id, 60, LATER.date(), "<annan@ekeby.example>")
        made = answering.by_mail(book, [Answer("ta", text="ja")], [other], karin, sn, now=LATER)
        assert made.undo, made
        told = queue.Told(made.done, made.refused, made.undo, case_id=other.case_id)
        queue.answered(book, book.arrival(1), karin, sn, told, now=LATER)
        notice = next(n for n in book.notices() if n.kind == "svarat")
        found["undo"] = links.undo_link(notice, karin, sn).removeprefix(town.url)
        book.put_login_link("a-link-to-log-in-with", karin.id, LATER + dt.timedelta(days=2))
        found["login"] = "/in/a-link-to-log-in-with"
    return found
