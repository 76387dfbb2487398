"""The registrator's desk: each letter is decided once, by one who may, and everything is told."""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
from typing import Any

import pytest
import sqlalchemy as sa

from handlers import intake, moving, registering, review
from handlers.errors import Invalid, NotAllowed, TooLate
from handlers.reading.reading import Deadline, Decision, Finding
from handlers.reading.review import UNSURE_DAY
from storage import tables
from storage.records import Case, Person
from storage.store import Store
from tests.builders import BUN, NOW, SN, found, reading, take_in


@pytest.fixture
def people(store: Store) -> dict[str, Person]:
    return found(store)


def _asked(store: Store, title: str = "Oklart brev", **more: object) -> int:
    findings = (Finding("title", title, 0.6, title, "body"), Finding("deadline", "2027-02-26", 0.5, "senast", "body"))
    outcome = take_in(store, reading(title, review=("Osäkert vad brevet är",), findings=findings, **more))  # type: ignore[arg-type]
    assert outcome.state == "review"
    return outcome.arrival.id


def test_a_letter_in_review_has_no_number_until_it_is_confirmed(store: Store, people: dict[str, Person]) -> None:
    arrival = _asked(store)
    with store.look() as book:
        assert book.highest() == {}
    with store.book() as book:
        outcome = review.confirm(book, arrival, people["ylva"], SN, now=NOW)
    assert outcome.case is not None
    assert outcome.case.dnr == "SN 2026-1"
    with store.look() as book:
        after = book.arrival(arrival)
        assert (after.state, after.folder, after.decided_by) == ("registered", "registrerat", "Ylva Hedlund")
        assert {f.confirmed_by for f in book.findings(arrival)} == {f"person:{people['ylva'].id}"}
        assert book.waiting(("sn",)) == []


def test_what_the_registrator_puts_right_is_what_is_registered(store: Store, people: dict[str, Person]) -> None:
    day = Deadline(dt.date(2027, 2, 26), "yttrande", "stated", "senast", "body")
    arrival = _asked(store, deadlines=(day,))
    corrections = {
        "title": "Motion om bussar",
        "kind": "remiss",
        "matter": "motion",
        "deadline": "2027-03-01",
        "raised": "2026-11-02",
        "external": "KS 2026-5, REV 2026-1",
        "sender": "Kommunstyrelsen",
    }
    with store.book() as book:
        case = review.confirm(book, arrival, people["ylva"], SN, now=NOW, corrections=corrections).case
    assert case is not None
    assert (case.title, case.kind, case.matter, case.sender) == (
        "Motion om bussar",
        "remiss",
        "motion",
        "Kommunstyrelsen",
    )
    with store.look() as book:
        deadlines = [(d.clock, d.date) for d in book.deadlines(case.id)]
        assert [e.raw for e in book.externals(case.id)] == ["KS 2026-5", "REV 2026-1"]
        corrected = {f.field: f.corrected_to for f in book.findings(arrival)}
    assert deadlines == [
        ("stated", dt.date(2027, 3, 1)),
        ("goal", dt.date(2027, 5, 2)),
        ("law", dt.date(2027, 11, 2)),
    ]
    assert corrected == {"title": "Motion om bussar", "deadline": "2027-03-01"}


def test_a_letter_is_joined_to_the_case_that_the_registrator_points_out(
    store: Store, people: dict[str, Person]
) -> None:
    case = take_in(store, reading("Motion om bussar")).case
    arrival = _asked(store)
    assert case is not None
    with store.book() as book:
        outcome = review.join(book, arrival, case.id, people["ylva"], SN, now=NOW)
    assert outcome.case is not None
    assert outcome.case.id == case.id


def test_of_two_at_once_the_first_wins_and_the_second_is_told_who(store: Store, people: dict[str, Person]) -> None:
    arrival = _asked(store)
    with store.book() as book:
        review.not_to_be_registered(book, arrival, "Reklam", people["ylva"], now=NOW)
    with pytest.raises(TooLate, match="Ylva Hedlund hann före"), store.book() as book:
        review.confirm(book, arrival, people["ylva"], SN, now=NOW)


@pytest.mark.parametrize("who", ["karin", "anders", "birgitta", "amina"])
def test_nobody_but_the_namnds_registrator_decides(store: Store, people: dict[str, Person], who: str) -> None:
    arrival = _asked(store)
    with pytest.raises(NotAllowed), store.book() as book:
        review.confirm(book, arrival, people[who], SN, now=NOW)


def test_a_letter_not_to_be_registered_needs_a_reason_and_goes_to_ovrigt(
    store: Store, people: dict[str, Person]
) -> None:
    arrival = _asked(store)
    with pytest.raises(Invalid, match="Skriv varför"), store.book() as book:
        review.not_to_be_registered(book, arrival, " ", people["ylva"], now=NOW)
    with store.book() as book:
        review.not_to_be_registered(book, arrival, "Reklam", people["ylva"], now=NOW)
    with store.look() as book:
        after = book.arrival(arrival)
    assert (after.state, after.folder, after.moved_at) == ("not_registered", "ovrigt", None)


def test_what_was_put_in_ovrigt_can_be_registered_all_the_same(store: Store, people: dict[str, Person]) -> None:
    outcome = take_in(store, reading("Nyhetsbrev", kind="nyhetsbrev", register=False))
    with store.book() as book:
        case = review.confirm(
            book, outcome.arrival.id, people["ylva"], SN, now=NOW, corrections={"kind": "synpunkt"}
        ).case
    assert case is not None
    assert (case.dnr, case.kind) == ("SN 2026-1", "synpunkt")


def test_only_sekretess_decides_a_suspected_individual_matter(store: Store, people: dict[str, Person]) -> None:
    arrival = take_in(store, reading("Oro", secret=True)).arrival.id
    for act in ("numbered", "handed_over"):
        with pytest.raises(NotAllowed), store.book() as book:
            review.decide_secret(book, arrival, act, people["ylva"], SN, now=NOW, to_whom="Mottagningen")
    with store.book() as book:
        outcome = review.decide_secret(book, arrival, "numbered", people["birgitta"], SN, now=NOW)
    assert outcome is not None
    assert outcome.case is not None
    assert (outcome.case.dnr, outcome.case.secret, outcome.case.title, outcome.case.sender) == (
        "SN 2026-1",
        True,
        "Sekretess",
        None,
    )
    assert outcome.folder == "hemligt"


def test_a_matter_handed_over_tells_to_whom_and_gets_no_number(store: Store, people: dict[str, Person]) -> None:
    arrival = take_in(store, reading("Oro", secret=True)).arrival.id
    with pytest.raises(Invalid, match="vem"), store.book() as book:
        review.decide_secret(book, arrival, "handed_over", people["birgitta"], SN, now=NOW)
    with store.book() as book:
        review.decide_secret(book, arrival, "handed_over", people["birgitta"], SN, now=NOW, to_whom="Mottagningen")
    with store.look() as book:
        assert book.arrival(arrival).state == "handed_over"
        assert book.highest() == {}
        assert any(e.what == "överlämnat till verksamhetssystemet" for e in book.entries(arrival_id=arrival))


def test_not_secret_after_all_comes_back_to_the_registrators_queue(store: Store, people: dict[str, Person]) -> None:
    read = reading("Motion om orosanmälningar", kind="motion", secret=True)
    arrival = take_in(store, read).arrival.id
    with store.book() as book:
        review.decide_secret(book, arrival, "open", people["birgitta"], SN, now=NOW, reading=read)
    with store.book() as book:
        case = review.confirm(book, arrival, people["ylva"], SN, now=NOW).case
    assert case is not None
    assert case.title == "Motion om orosanmälningar"
    assert not case.secret


def test_a_letter_marked_secret_takes_its_case_out_of_sight(store: Store, people: dict[str, Person]) -> None:
    canary = "Nils"
    day = Deadline(dt.date(2027, 2, 26), f"svar om {canary}", "stated", f"senast om {canary}", "body")
    outcome = take_in(
        store,
        reading(
            f"Brev om {canary}",
            attachments=((f"{canary}.pdf", b"n" * 5000),),
            deadlines=(day,),
            demands=(f"att {canary} får hjälp",),
            external_dnr=("KS 2026-5",),
        ),
    )
    more = take_in(store, reading(f"Mer om {canary}", external_dnr=("KS 2026-5",)))
    assert outcome.case is not None
    assert more.case is not None
    assert more.case.id == outcome.case.id
    with store.book() as book:
        review.make_secret(book, outcome.arrival.id, people["ylva"], now=NOW)
    with store.look() as book:
        case = book.case(outcome.case.id)
        assert (case.secret, case.title, case.sender) == (True, "Sekretess", None)
        assert {a.folder for a in book.arrivals_of_case(case.id)} == {"hemligt"}
        assert [d.date for d in book.deadlines(case.id)] == [dt.date(2027, 2, 26)]
    with store.engine.connect() as connection:
        # The journal keeps what was done; it is not shown of a secret case.
        kept = [t for t in tables.metadata.sorted_tables if t.name != "journal_personal"]
        assert canary not in " ".join(str(connection.execute(sa.select(t)).all()) for t in kept)


def test_a_later_letter_marked_secret_is_hidden_and_its_public_case_stands(
    store: Store, people: dict[str, Person]
) -> None:
    case = take_in(store, reading("Motion om bussar", demands=("att bussar går",), external_dnr=("KS 2026-5",))).case
    assert case is not None
    day = Deadline(dt.date(2027, 2, 26), "svar om Nils", "stated", "senast om Nils", "body")
    later = take_in(
        store, reading("Mer om Nils", deadlines=(day,), demands=("att Nils får hjälp",), external_dnr=("KS 2026-5",))
    )
    with store.book() as book:
        review.make_secret(book, later.arrival.id, people["ylva"], now=NOW, namnd=SN)
    with store.look() as book:
        after = book.case(case.id)
        assert (after.secret, after.title) == (False, "Motion om bussar")
        assert [d.text for d in book.demands(case.id)] == ["att bussar går"]
    with store.engine.connect() as connection:
        kept = [t for t in tables.metadata.sorted_tables if t.name != "journal_personal"]
        assert "Nils" not in " ".join(str(connection.execute(sa.select(t)).all()) for t in kept)


def test_what_touches_a_secret_letter_is_secret_too(store: Store, people: dict[str, Person]) -> None:
    first = take_in(store, reading("Oro", secret=True, message_id="<s@a.example>"))
    again = take_in(store, reading("Oro", secret=True, message_id="<s2@a.example>"))
    assert (again.state, again.folder) == ("repetition", "hemligt")
    answered = take_in(store, reading("SV: angående Nils", in_reply_to=("<s@a.example>",)))
    assert (answered.state, answered.folder, answered.case) == ("secret", "hemligt", None)
    with store.book() as book:
        review.decide_secret(book, first.arrival.id, "numbered", people["birgitta"], SN, now=NOW)
    with store.look() as book:
        secret = next(a.case_id for a in book.arrivals(("sn",)) if a.id == first.arrival.id)
        assert secret is not None
        number = book.case(secret).dnr
    named = take_in(store, reading(f"Mer om Nils, {number}", subject=f"Angående {number}"))
    assert named.case is None or named.case.id != secret


def test_a_letter_of_another_namnd_is_not_this_ones_to_confirm(store: Store, people: dict[str, Person]) -> None:
    arrival = _asked(store)
    with pytest.raises(NotAllowed), store.book() as book:
        review.confirm(book, arrival, people["ylva"], BUN, now=NOW)


def test_what_an_outsiders_letter_claims_holds_when_a_registrator_has_looked(
    store: Store, people: dict[str, Person]
) -> None:
    day = Deadline(dt.date(2027, 2, 26), "yttrande", "stated", "senast", "body")
    case = take_in(store, reading("Motion om bussar", matter="motion", deadlines=(day,))).case
    assert case is not None
    forged = take_in(
        store,
        reading(
            "Beslut",
            kind="protokollsutdrag",
            sender="x@evil.example",
            subject=f"{case.dnr}",
            outcome="avslag",
            meeting=Decision("Kommunfullmäktige", NOW.date(), "§ 1"),
        ),
    )
    assert forged.case is not None
    assert forged.case.state == "open"
    assert any("Stämmer det?" in q for q in forged.why)
    with store.look() as book:
        assert [d.state for d in book.deadlines(case.id)] == ["active"]
    with store.book() as book:
        review.confirm(book, forged.arrival.id, people["ylva"], SN, now=NOW)
    with store.look() as book:
        assert book.case(case.id).state == "closed"


def test_a_letter_from_a_year_without_a_series_is_asked_about(store: Store, people: dict[str, Person]) -> None:
    early = dt.datetime(2025, 12, 30, 9, tzinfo=NOW.tzinfo)
    outcome = take_in(store, reading("Sent brev"), received=early, now=NOW)
    assert outcome.state == "review"
    assert "innan boten började" in outcome.why[0]
    ahead = take_in(store, reading("Brev från framtiden"), received=NOW + dt.timedelta(days=900))
    assert ahead.state == "review"


def test_the_same_words_from_two_people_are_two_letters(store: Store, people: dict[str, Person]) -> None:
    first = take_in(store, reading("Rädda biblioteket", sender="bo@post.example"))
    second = take_in(store, reading("Rädda biblioteket", sender="eva@post.example", message_id="<2@b.example>"))
    assert second.state in ("registered", "review")
    assert first.state == "registered"


def test_a_repetition_follows_the_letter_that_it_repeats(store: Store, people: dict[str, Person]) -> None:
    arrival = _asked(store)
    again = take_in(store, reading("Oklart brev", review=("Osäkert vad brevet är",), message_id="<2@b.example>"))
    assert (again.state, again.folder) == ("repetition", "granska")
    with store.book() as book:
        case = review.confirm(book, arrival, people["ylva"], SN, now=NOW).case
    assert case is not None
    with store.look() as book:
        followed = book.arrival(again.arrival.id)
    assert (followed.case_id, followed.folder) == (case.id, "registrerat")


def test_a_letter_that_somebody_has_looked_at_is_not_confirmed_again(store: Store, people: dict[str, Person]) -> None:
    outcome = take_in(store, reading("Motion om bussar"))
    with store.book() as book:
        review.confirm(book, outcome.arrival.id, people["ylva"], SN, now=NOW)
    with pytest.raises(TooLate), store.book() as book:
        review.confirm(book, outcome.arrival.id, people["ylva"], SN, now=NOW, corrections={"title": "Annat"})


def test_a_paper_letter_is_registered_by_hand_with_its_own_day(store: Store, people: dict[str, Person]) -> None:
    friday = dt.datetime(2026, 11, 20, 9, tzinfo=NOW.tzinfo)
    with store.book() as book:
        outcome = review.by_hand(
            book,
            SN,
            people["ylva"],
            now=NOW,
            raw_sha256="0" * 64,
            reading=reading("Brev på papper"),
            received=friday,
            how="papper",
        )
    assert outcome.case is not None
    assert outcome.case.dnr == "SN 2026-1"
    assert outcome.case.inkommen_at == friday
    with store.look() as book:
        assert book.unmoved("sn") == []
    with pytest.raises(NotAllowed), store.book() as book:
        review.by_hand(
            book,
            SN,
            people["karin"],
            now=NOW,
            raw_sha256="0" * 64,
            reading=reading("Brev"),
            received=friday,
            how="papper",
        )


def test_an_open_question_about_a_registered_letter_is_closed_by_looking(
    store: Store, people: dict[str, Person]
) -> None:
    take_in(store, reading("Motion om bussar", message_id="<1@a.example>"))
    flagged = take_in(store, reading("Något annat", message_id="<1@a.example>"))
    with store.look() as book:
        assert [a.id for a in book.waiting(("sn",))] == [flagged.arrival.id]
    with store.book() as book:
        review.confirm(book, flagged.arrival.id, people["ylva"], SN, now=NOW, corrections={"title": "Något helt annat"})
    with store.look() as book:
        assert book.waiting(("sn",)) == []
        assert flagged.case is not None
        assert book.case(flagged.case.id).title == "Något helt annat"


def test_a_letter_that_has_been_dealt_with_is_left_as_it_is_when_it_is_registered_again(
    store: Store, people: dict[str, Person]
) -> None:
    first = take_in(store, reading("Motion om bussar"))
    assert first.case is not None
    with store.book() as book:
        again = intake.register(book, first.arrival.id, reading("Motion om bussar"), SN, NOW)
    assert again.case is not None
    assert again.case.id == first.case.id
    with store.look() as book:
        assert book.highest() == {"sn": {2026: 1}}
        assert len(book.documents(first.case.id)) == 1


def test_a_letter_is_never_joined_to_another_namnds_a_crossed_out_or_a_secret_case(
    store: Store, people: dict[str, Person]
) -> None:
    foreign = take_in(store, reading("Skolmotion"), namnd=BUN).case
    crossed = take_in(store, reading("Motion om parker")).case
    hidden = take_in(store, reading("Brev om någon"))
    assert foreign is not None
    assert crossed is not None
    assert hidden.case is not None
    with store.book() as book:
        registering.makulera(book, crossed.id, "Fel", now=NOW, actor="x")
        review.make_secret(book, hidden.arrival.id, people["ylva"], now=NOW)
    arrival = _asked(store)
    for case in (foreign, crossed, hidden.case):
        with pytest.raises(Invalid), store.book() as book:
            review.join(book, arrival, case.id, people["ylva"], SN, now=NOW)
    with store.look() as book:
        assert book.arrival(arrival).state == "review"


def test_a_reply_to_a_letter_of_a_crossed_out_case_opens_a_case_of_its_own(
    store: Store, people: dict[str, Person]
) -> None:
    first = take_in(store, reading("Motion om parker", message_id="<1@a.example>")).case
    assert first is not None
    with store.book() as book:
        registering.makulera(book, first.id, "Fel", now=NOW, actor="x")
    later = take_in(store, reading("Helt annat", in_reply_to=("<1@a.example>",)))
    assert later.case is not None
    assert later.case.id != first.id


def _days(store: Store, case: Case) -> list[tuple[str, str]]:
    with store.look() as book:
        return [(d.date.isoformat(), d.state) for d in book.deadlines(case.id) if d.date and d.clock == "stated"]


def _said(day: str, **more: object) -> Deadline:
    return Deadline(dt.date.fromisoformat(day), "yttrande", "stated", f"senast {day}", "body", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(("put", "left"), [("2027-03-01", ["2027-03-01"]), ("", [])])
def test_a_doubtful_day_of_a_registered_letter_is_put_right_or_taken_away(
    store: Store, people: dict[str, Person], put: str, left: list[str]
) -> None:
    asked = take_in(store, reading("Remiss", deadlines=(_said("2027-02-26"),), review=(UNSURE_DAY,)))
    assert asked.case is not None
    with store.book() as book:
        review.confirm(book, asked.arrival.id, people["ylva"], SN, now=NOW, corrections={"deadline": put})
    assert [day for day, state in _days(store, asked.case) if state == "active"] == left
    with store.look() as book:
        assert asked.arrival.id not in [a.id for a in book.waiting(("sn",))]


def test_a_doubtful_day_of_a_joined_letter_is_put_right_and_the_cases_own_day_stands(
    store: Store, people: dict[str, Person]
) -> None:
    case = take_in(store, reading("Remiss om bussar", deadlines=(_said("2027-01-29"),))).case
    assert case is not None
    joined = take_in(
        store, reading("Mer om bussar", subject=f"{case.dnr}", deadlines=(_said("2027-02-26"),), review=(UNSURE_DAY,))
    )
    assert (joined.state, joined.new_case) == ("registered", False)
    with store.book() as book:
        review.confirm(book, joined.arrival.id, people["ylva"], SN, now=NOW, corrections={"deadline": "2027-03-01"})
    assert _days(store, case) == [("2027-01-29", "active"), ("2027-02-26", "replaced"), ("2027-03-01", "active")]
    with store.look() as book:
        (kept,) = [c for c in book.corrections(("sn",)) if c.field == "deadline"]
    assert (kept.arrival_id, kept.was, kept.became) == (joined.arrival.id, "2027-02-26", "2027-03-01")


def test_a_letter_from_inside_moves_a_day_once_though_it_is_asked_about(
    store: Store, people: dict[str, Person]
) -> None:
    """What it says took effect when it came; that a registrator looks at its day moves no second one."""
    two = (_said("2027-01-29"), _said("2027-05-03"))
    case = take_in(store, reading("Remiss om bussar", deadlines=two)).case
    assert case is not None
    moved = reading(
        "Ny svarstid",
        subject=f"{case.dnr}",
        deadlines=(_said("2027-02-26", replaces=True),),
        review=(UNSURE_DAY,),
    )
    joined = take_in(store, moved)
    before = _days(store, case)
    with store.book() as book:
        review.confirm(book, joined.arrival.id, people["ylva"], SN, now=NOW)
    assert (
        _days(store, case)
        == before
        == [
            ("2027-01-29", "replaced"),
            ("2027-02-26", "active"),
            ("2027-05-03", "active"),
        ]
    )


def test_a_letter_that_was_hidden_in_an_open_case_is_hidden_when_it_comes_again(
    store: Store, people: dict[str, Person]
) -> None:
    case = take_in(store, reading("Remiss om bussar")).case
    assert case is not None
    telling = reading("Mer om bussar", subject=f"{case.dnr}")
    joined = take_in(store, telling)
    assert joined.case is not None
    assert joined.case.id == case.id
    with store.book() as book:
        review.make_secret(book, joined.arrival.id, people["ylva"], now=NOW, namnd=SN)
    again = take_in(store, telling, received=NOW + dt.timedelta(days=3), now=NOW + dt.timedelta(days=3))
    assert (again.state, again.folder) == ("repetition", "hemligt")
    answer = reading("SV: Mer om bussar", in_reply_to=(telling.envelope.message_id or "",))
    assert take_in(store, answer).folder == "hemligt"


def test_two_letters_that_change_places_at_the_same_time_do_not_stand_in_each_others_way(
    store: Store, people: dict[str, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (take_in(store, reading(title)) for title in ("Remiss om bussar", "Remiss om tåg"))
    assert first.case is not None
    assert second.case is not None
    gate, plain, told = threading.Barrier(2), moving._registered, []

    def together(*args: Any) -> Any:
        found = plain(*args)
        with contextlib.suppress(threading.BrokenBarrierError):  # where one writes at a time the other is not here yet
            gate.wait(timeout=0.5)
        return found

    monkeypatch.setattr(moving, "_registered", together)

    def move(letter: int, case: int) -> None:
        try:
            with store.book() as book:
                moving.move(book, letter, case, people["ylva"], SN, now=NOW)
            told.append("flyttat")
        except Invalid as fault:
            told.append(str(fault))

    ways = ((first.arrival.id, second.case.id), (second.arrival.id, first.case.id))
    threads = [threading.Thread(target=move, args=way) for way in ways]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # The one that comes first crosses out the case that the other was to lie in.
    assert len(told) == 2
    assert sum(one == "flyttat" for one in told) == 1
    assert sum("är makulerat. Välj ett annat ärende." in one for one in told) == 1
