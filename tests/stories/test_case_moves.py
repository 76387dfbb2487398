"""The life of a case: somebody is asked, answers, is reminded, the nämnd decides, the answer goes out."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import threading

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels import email
from handlers import answering, assignment, choices, deciding, mornings, notices, reminding, review
from handlers.errors import Invalid, NotAllowed, Refused, TooLate
from handlers.reading.reading import Deadline, Decision, Party, Raised, Reading
from handlers.rules import tokens
from handlers.rules.answers import Answer
from storage import tables
from storage.records import AskedQuestion, Case, Notice, Person
from storage.store import Store
from tests.builders import NOW, SN, found, reading, take_in
from tests.templates import sqlite_register

DAY = dt.timedelta(days=1)
STATED = Deadline(dt.date(2027, 2, 26), "yttrande", "stated", "senast den 26 februari 2027", "body")


@pytest.fixture
def people(store: Store) -> dict[str, Person]:
    made = found(store)
    with store.book() as book:
        for name, role in (("Samira Haddad", "handlaggare"), ("Maria Ek", "forvaltningschef")):
            person = book.put_person(name, f"{name.split()[0].lower()}@ekeby.example")
            book.put_role(person.id, "sn", role, dt.date(2026, 1, 1), None)  # type: ignore[arg-type]
            made[name.split()[0].lower()] = person
    return made


def _case(store: Store, title: str = "Motion om bussar", **more: object) -> Case:
    case = take_in(store, reading(title, matter="motion", deadlines=(STATED,), **more)).case  # type: ignore[arg-type]
    assert case is not None
    return case


def _question(store: Store, case: Case, kind: str = assignment.KIND) -> AskedQuestion:
    with store.look() as book:
        return book.questions(case_id=case.id, kind=kind)[-1]


def _asked(store: Store, case: Case) -> list[str]:
    with store.look() as book:
        found_people = [book.person(a.person_id) for a in book.askings(book.questions(case_id=case.id)[0].id)]
    return [p.name.split()[0] for p in found_people if p]


def _chase(store: Store, day: dt.date) -> int:
    with store.book() as book:
        return assignment.chase(book, SN, now=_at(day))


def _at(day: dt.date, hour: int = 8) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour), NOW.tzinfo)


def _taken(store: Store, people: dict[str, Person], **more: object) -> Case:
    case = _case(store, **more)  # type: ignore[arg-type]
    with store.book() as book:
        return assignment.take(book, _question(store, case).id, people["anders"], SN, how="sidan", now=NOW)


def test_the_manager_is_asked_first_and_where_the_namnd_says_so_the_proposed_one(
    store: Store, people: dict[str, Person]
) -> None:
    assert _asked(store, _case(store)) == ["Anders"]
    with store.book() as book:
        choices.choose(book, "sn", "ask_first", "handlaggare", now=NOW, actor="x")
        book.put_routes("sn", [("motion", "trygghetslarm", "", "", people["samira"].id)])
    assert _asked(store, _case(store, "Motion om trygghetslarm")) == ["Samira"]
    assert _asked(store, _case(store, "Motion om gatljus")) == ["Karin"]


def test_proposals_put_the_routed_first_then_the_least_loaded_and_the_absent_last(
    store: Store, people: dict[str, Person]
) -> None:
    case = _case(store)
    other = _case(store, "En annan motion")
    with store.book() as book:
        book.change_case(other.id, handlaggare_id=people["karin"].id)
        names = [p.person.name for p in assignment.proposals(book, case, NOW.date())]
        assert names == ["Samira Haddad", "Karin Ödman"]
        book.put_routes("sn", [("", "bussar", "", "", people["karin"].id)])
        assert [p.person.name for p in assignment.proposals(book, case, NOW.date())] == ["Karin Ödman", "Samira Haddad"]
        book.put_absence(people["karin"].id, NOW.date(), NOW.date() + 5 * DAY, None)
        last = assignment.proposals(book, case, NOW.date())[-1]
    assert (last.person.name, last.away_until) == ("Karin Ödman", NOW.date() + 5 * DAY)


def test_the_managers_question_names_who_could_take_it_with_load_and_absence(
    store: Store, people: dict[str, Person]
) -> None:
    with store.book() as book:
        book.put_routes("sn", [("motion", "bussar", "", "", people["samira"].id)])
        book.put_absence(people["karin"].id, NOW.date(), NOW.date() + 5 * DAY, None)
    _case(store)
    _, text = _mail(store, "fraga")
    flat = " ".join(text.split())
    assert flat.index("Samira Haddad") < flat.index("Karin Ödman")
    assert "0 öppna ärenden. Brukar få motion, ”bussar”" in flat
    assert "Borta till 29 november 2026" in flat


def test_a_route_may_name_a_unit_and_a_sender(store: Store, people: dict[str, Person]) -> None:
    case = _case(store)
    with store.book() as book:
        book.put_role(people["karin"].id, "sn", "handlaggare", dt.date(2026, 1, 1), None, "Äldre och funktionsstöd")
        book.put_routes("sn", [("", "", "kansliet", "äldre och funktionsstöd", None)])
        best = assignment.proposals(book, case, NOW.date())[0]
    assert best.person.name == "Karin Ödman"
    assert "från kansliet" in best.why


def test_a_question_to_somebody_away_goes_to_the_substitute_and_loops_end(
    store: Store, people: dict[str, Person]
) -> None:
    with store.book() as book:
        book.put_absence(people["anders"].id, NOW.date(), NOW.date() + 5 * DAY, people["maria"].id)
    assert _asked(store, _case(store)) == ["Maria"]
    with store.book() as book:
        book.put_absence(people["maria"].id, NOW.date(), NOW.date() + 5 * DAY, people["anders"].id)
        assert assignment.present(book, people["anders"], NOW.date()) is None


def test_silence_is_asked_again_and_then_goes_up_and_never_ends(store: Store, people: dict[str, Person]) -> None:
    case = _case(store)
    with store.book() as book:
        assignment.pass_on(book, _question(store, case).id, people["anders"], "Karin", SN, how="sidan", now=NOW)
    day, told = NOW.date(), []
    for _ in range(40):
        day += DAY
        if _chase(store, day):
            told.append(day)
        assert _chase(store, day) == 0  # the same morning twice is once
    assert _asked(store, case)[:5] == ["Anders", "Karin", "Karin", "Anders", "Maria"]
    assert {"Anders", "Maria", "Ylva"} <= set(_asked(store, case)[5:])
    assert len(told) > 6
    assert max(b - a for a, b in itertools.pairwise(told)) <= 15 * DAY  # five working days, and Christmas between


def test_three_who_answer_at_once_leave_one_handlaggare_and_two_who_are_told(
    store: Store, people: dict[str, Person]
) -> None:
    case = _case(store)
    question = _question(store, case)
    told: list[str] = []
    won: list[str] = []
    gate = threading.Barrier(3)

    def answer(name: str) -> None:
        gate.wait()
        try:
            with store.book() as book:
                answering.answer(book, question.id, people[name], Answer("ta"), SN, how="sidan", now=NOW)
            won.append(name)
        except TooLate as error:
            told.append(str(error))

    threads = [threading.Thread(target=answer, args=(n,)) for n in ("anders", "ylva", "maria")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert len(told) == 2
    winner = people[won[0]]
    assert all(winner.name in t and "kl. 08.12" in t for t in told)
    with store.look() as book:
        assert book.case(case.id).handlaggare_id == winner.id
        assert sum(e.what == "handläggare utsedd" for e in book.entries(case_id=case.id)) == 1


@pytest.mark.parametrize("order", list(itertools.permutations(["ta", "annan", "registratorn"])))
def test_three_different_answers_in_any_order_leave_one_truth(
    store: Store, people: dict[str, Person], order: tuple[str, ...]
) -> None:
    case = _case(store)
    question = _question(store, case)
    who = {"ta": "anders", "annan": "maria", "registratorn": "ylva"}
    for word in order:
        try:
            with store.book() as book:
                given_answer = Answer(word, to="Karin" if word == "annan" else "")
                answering.answer(book, question.id, people[who[word]], given_answer, SN, how="sidan", now=NOW)
        except Refused as error:
            assert "hann före" in str(error) or "vidare" in str(error)  # noqa: PT017
    with store.look() as book:
        assert book.case(case.id).handlaggare_id == people["anders"].id
        keys = [n.key for n in book.notices()]
    assert len(keys) == len(set(keys))


def test_somebody_who_was_not_asked_and_has_no_say_is_refused(store: Store, people: dict[str, Person]) -> None:
    case = _case(store)
    for name in ("karin", "amina", "birgitta"):
        with pytest.raises(NotAllowed), store.book() as book:
            assignment.take(book, _question(store, case).id, people[name], SN, how="sidan", now=NOW)


@pytest.mark.parametrize(
    ("to", "words"),
    [("Nisse", "Ingen i nämnden heter Nisse"), ("a", "Flera kan vara"), ("Anders", "Det är du"), ("", "Ingen")],
)
def test_a_name_that_cannot_be_meant_is_told_plainly(
    store: Store, people: dict[str, Person], to: str, words: str
) -> None:
    case = _case(store)
    with pytest.raises(Invalid, match=words), store.book() as book:
        assignment.pass_on(book, _question(store, case).id, people["anders"], to, SN, how="sidan", now=NOW)


def _mail(store: Store, kind: str) -> tuple[Notice, str]:
    """Return the newest notice of a kind and the text that is sent of it."""
    with store.book() as book:
        notice = [n for n in book.notices() if n.kind == kind][-1]
        message = notices.render(book, notice, SN, now=NOW)
    assert message is not None
    return notice, email.as_text(message)


def _reply(store: Store, notice: Notice, text: str, *, sender: str | None = None, automatic: str | None = None) -> str:
    read = reading(
        f"SV: {notice.key} {text}",
        sender=sender or notice.address,
        in_reply_to=(notice.message_id.strip("<>"),),
        text=text,
        automatic=automatic,
    )
    return take_in(store, read).state


@pytest.mark.parametrize("word", ["ta", "annan", "registratorn"])
def test_an_answer_by_mail_does_what_the_page_does(store: Store, people: dict[str, Person], word: str) -> None:
    words = {"ta": "Ja, jag tar den!", "annan": "Nej, fråga Karin", "registratorn": "Fråga registratorn"}
    by_page, by_mail = _case(store, "Motion om bussar"), _case(store, "Motion om gatljus på landet")
    with store.book() as book:
        given_answer = Answer(word, to="Karin" if word == "annan" else "", text=words[word])
        answering.answer(book, _question(store, by_page).id, people["anders"], given_answer, SN, how="sidan", now=NOW)
    notice, _ = _mail(store, "fraga") if word == "ta" else _of_case(store, by_mail)
    if word == "ta":
        notice, _ = _of_case(store, by_mail)
    assert _reply(store, notice, words[word]) == "answer"
    assert _told_of(store, by_page, "sidan") == _told_of(store, by_mail, "mejl")


def _of_case(store: Store, case: Case) -> tuple[Notice, str]:
    with store.look() as book:
        return next(n for n in book.notices(case_id=case.id) if n.kind == "fraga"), ""


def _told_of(store: Store, case: Case, how: str) -> list[tuple[str, str, object]]:
    """The journal of a case since it was asked about, without what must differ: ids and the way."""
    with store.look() as book:
        lines = [e for e in reversed(book.entries(case_id=case.id)) if e.what not in ("ärende öppnat", "brev kom")]
    return [
        (
            e.what,
            e.actor,
            {k: v for k, v in e.data.items() if k not in ("fråga", "handling")}
            | ({"svar": "?"} if e.data.get("svar") == how else {}),
        )
        for e in lines
    ]


@pytest.mark.parametrize("word", ["klart", "pagar", "anstand", "fel_person", "fraga"])
def test_an_answer_to_a_reminder_by_mail_does_what_the_page_does(
    store: Store, people: dict[str, Person], word: str
) -> None:
    words = {
        "klart": "Klart",
        "pagar": "På gång",
        "anstand": "Anstånd till 31/3 2027",
        "fel_person": "Fel person",
        "fraga": "Vem ska jag fråga om taxan?",
    }
    first = _taken(store, people, title="Motion om bussar")
    second = _taken(store, people, title="Motion om gatljus på landet")
    morning = dt.date(2027, 2, 12)
    with store.book() as book:
        assert reminding.queue_due(book, SN, now=_at(morning)) == 1
    day = dt.date(2027, 3, 31) if word == "anstand" else None
    with store.book() as book:
        answering.answer(
            book,
            _question(store, first, "lage").id,
            people["anders"],
            Answer(word, day=day, text=f"{words[word]}"),
            SN,
            how="sidan",
            now=NOW,
        )
    with store.book() as book:
        notice = next(n for n in book.notices() if n.kind == "paminnelse")
    line = words[word] if word == "fraga" else f"{words[word]} {second.dnr}"
    text = f"{line} {second.dnr}?" if word == "fraga" else line
    _reply(store, notice, text)
    one, other = _told_of(store, first, "sidan"), _told_of(store, second, "mejl")
    assert [w for w, _, _ in one] == [w for w, _, _ in other]
    assert _question(store, second, "lage").answer == word


def test_quoted_text_an_auto_reply_and_a_stranger_never_count_as_yes(store: Store, people: dict[str, Person]) -> None:
    case = _case(store)
    notice, _ = _of_case(store, case)
    assert _reply(store, notice, "Jag är på semester, JA", automatic="auto-replied") == "answer"
    assert _reply(store, notice, "Ja", sender="nagon@annan.example") != "answer"
    assert _reply(store, notice, "Ja", sender="karin@ekeby.example") != "answer"
    with store.look() as book:
        assert book.case(case.id).handlaggare_id is None


def test_an_answer_that_nobody_understands_is_kept_and_the_registrator_is_told(
    store: Store, people: dict[str, Person]
) -> None:
    case = _case(store)
    notice, _ = _of_case(store, case)
    _reply(store, notice, "Det beror på om budgeten går igenom, men jag kan kanske ta det till hösten.")
    with store.look() as book:
        assert book.case(case.id).handlaggare_id is None
        kinds = [n.kind for n in book.notices()]
    assert "svarat" in kinds
    assert "fraga_vidare" in kinds


def test_a_reminder_is_one_message_a_day_with_every_case_in_it(store: Store, people: dict[str, Person]) -> None:
    first, second = _taken(store, people), _taken(store, people, title="Motion om gatljus på landet")
    with store.book() as book:
        assert mornings.work(book, SN, now=_at(dt.date(2027, 2, 12))) >= 1
    with store.book() as book:
        assert reminding.queue_due(book, SN, now=_at(dt.date(2027, 2, 12), 11)) == 0
        notice = next(n for n in book.notices() if n.kind == "paminnelse")
        message = notices.render(book, notice, SN, now=_at(dt.date(2027, 2, 12)))
    assert message is not None
    text = email.as_text(message)
    assert first.dnr in text  # type: ignore[operator]
    assert second.dnr in text  # type: ignore[operator]
    assert "14 dagar till svarsdagen" in " ".join(text.split())


def test_who_has_said_klart_is_left_alone_and_so_is_who_waits_for_fullmaktige(
    store: Store, people: dict[str, Person]
) -> None:
    done, sent = _taken(store, people), _taken(store, people, title="Motion om gatljus på landet")
    with store.book() as book:
        reminding.queue_due(book, SN, now=_at(dt.date(2027, 2, 12)))
    with store.book() as book:
        answering.answer(
            book, _question(store, done, "lage").id, people["anders"], Answer("klart"), SN, how="sidan", now=NOW
        )
        deciding.answer_sent(book, sent.id, day=NOW.date(), to="Kommunstyrelsen", now=NOW, actor="x")
    for day in (dt.date(2027, 2, 19), dt.date(2027, 2, 26), dt.date(2027, 12, 1)):
        with store.book() as book:
            assert reminding.queue_due(book, SN, now=_at(day)) == 0


def test_anstand_moves_the_day_and_arms_its_ladder_anew_but_never_the_laws(
    store: Store, people: dict[str, Person]
) -> None:
    case = _taken(store, people, raised=Raised(dt.date(2026, 3, 2), "motionens datum"))
    with store.book() as book:
        reminding.queue_due(book, SN, now=_at(dt.date(2027, 2, 19)))
    with store.look() as book:
        asked = [(q, book.deadline(q.deadline_id or 0)) for q in book.questions(case_id=case.id, kind="lage")]
    by_clock = {deadline.clock: q for q, deadline in asked if deadline}
    with pytest.raises(Invalid, match="Lagens tid"), store.book() as book:
        answering.answer(
            book,
            by_clock["law"].id,
            people["anders"],
            Answer("anstand", day=dt.date(2027, 5, 1)),
            SN,
            how="sidan",
            now=NOW,
        )
    with store.book() as book:
        answering.answer(
            book,
            by_clock["stated"].id,
            people["anders"],
            Answer("anstand", day=dt.date(2027, 4, 1)),
            SN,
            how="sidan",
            now=NOW,
        )
    with store.look() as book:
        stated = [(d.date, d.state, d.moved_from) for d in book.deadlines(case.id) if d.clock == "stated"]
    assert stated == [(STATED.date, "replaced", None), (dt.date(2027, 4, 1), "active", STATED.date)]
    with store.book() as book:
        assert reminding.queue_due(book, SN, now=_at(dt.date(2027, 3, 25))) == 1


def test_fel_person_asks_anew_who_should_have_it(store: Store, people: dict[str, Person]) -> None:
    case = _taken(store, people)
    with store.book() as book:
        reminding.queue_due(book, SN, now=_at(dt.date(2027, 2, 12)))
        answering.answer(
            book,
            book.questions(case_id=case.id, kind="lage")[0].id,
            people["anders"],
            Answer("fel_person"),
            SN,
            how="sidan",
            now=NOW,
        )
        assert book.case(case.id).handlaggare_id is None
        assert [q.state for q in book.questions(case_id=case.id, kind=assignment.KIND)] == ["answered", "open"]


@given(
    down=st.sets(st.integers(0, 69), max_size=65),
    answers=st.dictionaries(st.integers(0, 69), st.sampled_from(["pagar", "klart"]), max_size=3),
)
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_days_the_bot_was_down_nothing_is_skipped_doubled_or_said_at_night(
    tmp_path_factory: pytest.TempPathFactory, down: set[int], answers: dict[int, str]
) -> None:
    store = sqlite_register(tmp_path_factory.mktemp("down") / "n.db")
    people = found(store)
    case = _taken(store, people)
    start, done = dt.date(2027, 2, 1), False
    told: dict[dt.date, int] = {}
    for offset in range(70):
        day = start + offset * DAY
        if offset not in down:
            for hour in (8, 11) if offset % 7 else (3, 8, 11, 22):
                with store.book() as book:
                    before = {n.key for n in book.notices()}
                    mornings.work(book, SN, now=_at(day, hour))
                    new = [n for n in book.notices() if n.key not in before]
                assert hour in (8, 11) or not new
                told[day] = told.get(day, 0) + sum(n.kind == "paminnelse" for n in new)
                assert not (done and any(n.kind == "paminnelse" for n in new))
        if offset in answers and not done:
            try:
                with store.book() as book:
                    question = book.questions(case_id=case.id, kind="lage", state="open")[-1]
                    answering.answer(
                        book, question.id, people["anders"], Answer(answers[offset]), SN, how="sidan", now=_at(day, 12)
                    )
                # "Klart" about a step of the plan ends that step; about the day itself, the handläggare's part.
                done = answers[offset] == "klart" and question.deadline_id is not None
            except IndexError:
                pass  # nothing had been asked yet
    assert all(n <= 1 for n in told.values())
    with store.look() as book:
        steps = [(r.deadline_id, r.step) for day in told for r in book.reminded(people["anders"].id, day)]
        assert len(steps) == len(set(steps))
        keys = [n.key for n in book.notices()]
        assert len(keys) == len(set(keys))
        assert list(book.chain_faults()) == []
    awake = [d for d in told if STATED.date - 14 * DAY <= d <= STATED.date + 40 * DAY]  # type: ignore[operator]
    workdays = [d for d in awake if d.weekday() < 5 and d not in (dt.date(2027, 3, 26), dt.date(2027, 3, 29))]
    if workdays and not done:
        assert sum(told.values()) >= 1
    store.close()


def test_the_namnd_decides_the_answer_goes_out_and_a_motion_waits_for_fullmaktige(
    store: Store, people: dict[str, Person]
) -> None:
    case = _taken(store, people, raised=Raised(dt.date(2026, 10, 5), "motionens datum"), external_dnr=("KS 2026-9",))
    with store.book() as book:
        deciding.decided(
            book,
            case.id,
            body="Socialnämnden",
            paragraph="§ 12",
            day=dt.date(2026, 11, 19),
            outcome="avslag",
            now=NOW,
            actor="person:1",
        )
    answer = reading(
        "Socialnämndens svar på motion om bussar",
        kind="svar",
        sender="ylva@ekeby.example",
        subject=f"Svar på motion, {case.dnr}",
        own_dnr=(case.dnr or "",),
    )
    out = _to(answer, "kommunstyrelsen@ekeby.example")
    outcome = take_in(store, out, found="skickat")
    assert outcome.case is not None
    assert (outcome.case.id, outcome.case.waiting_for) == (case.id, "KF")
    with store.look() as book:
        letter_out = book.documents(case.id)[-1]
        assert (letter_out.direction, letter_out.party) == ("ut", "Kommunstyrelsen")
        assert {d.clock: d.state for d in book.deadlines(case.id)} == {
            "stated": "met",
            "goal": "active",
            "law": "active",
        }
    minutes = reading(
        "Beslut om motion om bussar",
        kind="protokollsutdrag",
        external_dnr=("KS 2026-9",),
        outcome="avslag",
        meeting=Decision("kommunfullmäktige", NOW.date(), "§ 77"),
    )
    ended = take_in(store, minutes)
    assert ended.case is not None
    assert ended.case.state == "closed"


def _to(read: Reading, address: str) -> Reading:
    envelope = dataclasses.replace(read.envelope, to=(Party("Kommunstyrelsen", address),))
    return dataclasses.replace(read, envelope=envelope)


def test_a_case_sent_back_by_fullmaktige_is_the_namnds_again(store: Store, people: dict[str, Person]) -> None:
    case = _taken(store, people, external_dnr=("KS 2026-9",))
    with store.book() as book:
        deciding.answer_sent(book, case.id, day=NOW.date(), to="KS", now=NOW, actor="x")
    back = Deadline(
        dt.date(2027, 3, 30), "återkomma till kommunfullmäktige", "stated", "senast den 30 mars 2027", "body"
    )
    take_in(
        store,
        reading(
            "Återremiss",
            kind="protokollsutdrag",
            external_dnr=("KS 2026-9",),
            outcome="återremiss",
            meeting=Decision("Kommunfullmäktige", NOW.date(), "§ 8"),
            deadlines=(back,),
        ),
    )
    with store.book() as book:
        again = book.case(case.id)
        assert (again.state, again.waiting_for) == ("open", None)
        assert reminding.queue_due(book, SN, now=_at(dt.date(2027, 3, 23))) == 1


@pytest.mark.parametrize("known", [True, False])
def test_fullmaktiges_task_with_a_day_keeps_its_case_open(store: Store, people: dict[str, Person], known: bool) -> None:
    if known:
        _taken(store, people, external_dnr=("KS 2026-9",))
    task = Deadline(
        dt.date(2027, 4, 19), "återrapportera till fullmäktige", "stated", "senast den 19 april 2027", "body"
    )
    outcome = take_in(
        store,
        reading(
            "Protokollsutdrag om närmare skolvägar",
            kind="protokollsutdrag",
            external_dnr=("KS 2026-9",),
            outcome="delvis bifall",
            meeting=Decision("Kommunfullmäktige", NOW.date(), "§ 8"),
            deadlines=(task,),
        ),
    )
    assert outcome.case is not None
    with store.book() as book:
        case = book.case(outcome.case.id)
        assert case.state == "open"
        assert task.date in [d.date for d in book.deadlines(case.id, active=True)]
        assert [d.outcome for d in book.decisions(case.id)] == ["delvis bifall"]


def test_close_and_reopen_take_a_reason(store: Store, people: dict[str, Person]) -> None:
    case = _taken(store, people)
    for act in (deciding.close, deciding.reopen):
        with pytest.raises(Invalid), store.book() as book:
            act(book, case.id, " ", now=NOW, actor="x")
    with store.book() as book:
        assert deciding.close(book, case.id, "Återtagen", now=NOW, actor="x").state == "closed"
        assert book.deadlines(case.id, active=True) == []
    with store.book() as book:
        assert deciding.reopen(book, case.id, "Fel ärende", now=NOW, actor="x").state == "open"
        assert [d.clock for d in book.deadlines(case.id, active=True)] == ["stated"]


def test_the_managers_week_puts_the_late_first_and_is_one_line_when_nothing_is(
    store: Store, people: dict[str, Person]
) -> None:
    monday = dt.date(2026, 11, 30)
    with store.book() as book:
        mornings.work(book, SN, now=_at(monday))
    notice, text = _week(store, monday)
    assert text.splitlines()[0] == "Inget är sent i socialnämnden. 0 öppna ärenden går som de ska."
    _case(store, raised=Raised(dt.date(2025, 10, 1), "motionens datum"))
    review_me = take_in(store, reading("Oklart", review=("Osäkert vad brevet är",)))
    assert review_me.state == "review"
    _, text = _week(store, monday)
    flat = " ".join(text.split())
    assert flat.index("■ Efter lagens tid") < flat.index("Ingen har tagit") < flat.index("▲ Inte registrerat")
    assert "dagar efter lagens tid" in flat
    assert notice.address == "anders@ekeby.example"


def _week(store: Store, day: dt.date) -> tuple[Notice, str]:
    with store.book() as book:
        notice = next(n for n in book.notices() if n.kind == "veckan" and n.address.startswith("anders"))
        message = notices.render(book, notice, SN, now=_at(day))
    assert message is not None
    return notice, email.as_text(message)


def test_the_registrators_morning_lists_what_waits_and_is_quiet_when_nothing_does(
    store: Store, people: dict[str, Person]
) -> None:
    with store.book() as book:
        mornings.work(book, SN, now=_at(NOW.date()))
        assert [n for n in book.notices() if n.kind == "morgon"] == []
    take_in(store, reading("Oklart", review=("Osäkert vad brevet är",)))
    take_in(store, reading("Nyhetsbrev 7", kind="nyhetsbrev", register=False))
    with store.book() as book:
        mornings.work(book, SN, now=_at(NOW.date() + DAY))
        notice = next(n for n in book.notices() if n.kind == "morgon")
        message = notices.render(book, notice, SN, now=_at(NOW.date() + DAY))
    assert message is not None
    assert notice.address == "ylva@ekeby.example"
    text = " ".join(email.as_text(message).split())
    assert "1 att granska, 1 i övrigt" in text
    assert "Osäkert vad brevet är" in text


def test_of_a_secret_case_nothing_leaves_but_id_and_time(store: Store, people: dict[str, Person]) -> None:
    canary = "Kanariefågel"
    case = _taken(store, people, title=f"Brev om {canary}")
    with store.book() as book:
        reminding.queue_due(book, SN, now=_at(dt.date(2027, 2, 12)))
        arrival = book.arrivals_of_case(case.id)[0]
        review.make_secret(book, arrival.id, people["ylva"], now=NOW)
    take_in(store, reading(f"Oro om {canary}", secret=True, text=canary))
    day = dt.date(2027, 2, 15)
    left: list[bytes] = []
    while day < dt.date(2027, 4, 1):
        with store.book() as book:
            mornings.work(book, SN, now=_at(day))
        day += DAY
    with store.book() as book:
        for notice in book.notices():
            message = notices.render(book, notice, SN, now=_at(day))
            if message:
                left.append(email.mime(message, SN, to=notice.address, message_id=notice.message_id, now=NOW))
    assert left
    assert not [raw for raw in left if canary.encode() in raw or str(case.dnr).encode() in raw]


def test_a_link_answers_once_for_its_person_until_it_expires(store: Store, people: dict[str, Person]) -> None:
    case = _case(store)
    notice, text = _mail(store, "fraga")
    token = text.split("/f/")[1].split()[0]
    with store.book() as book:
        link = book.answer_link(token, now=NOW)
        assert link is not None
        assert (link[0].case_id, link[1].id) == (case.id, people["anders"].id)
        assert book.answer_link(token, now=NOW + 30 * DAY) is None
        assert book.answer_link(token[:-1] + "x", now=NOW) is None
        assert book.use_answer_link(token, now=NOW)
        assert not book.use_answer_link(token, now=NOW)
    with store.engine.connect() as connection:
        assert token not in str(connection.execute(sa.select(tables.answer_links)).all())
    assert tokens.found_in([notice.message_id])
