"""A letter comes in: what it becomes, where it belongs, and who is told."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
import sqlalchemy as sa

from handlers import registering
from handlers.errors import Invalid
from handlers.reading.reading import Deadline, Decision, Party, Raised, Text
from handlers.reading.review import ABOUT_DAYS, PASSED_OVER
from storage import tables
from storage.store import Store
from tests.builders import BUN, NOW, SN, found, reading, take_in

DAY = dt.date(2027, 2, 26)
STATED = Deadline(DAY, "yttrande till kommunstyrelsen", "stated", "senast den 26 februari 2027", "body")


def test_a_letter_gets_the_four_facts_and_four_dates_kept_apart(store: Store) -> None:
    found(store)
    came = dt.datetime(2026, 11, 22, 21, 40, tzinfo=NOW.tzinfo)  # a Sunday evening counts (FL 22 §)
    read = reading(
        "Motion om trygghetslarm",
        matter="motion",
        dated=dt.date(2026, 11, 20),
        raised=Raised(dt.date(2026, 11, 2), "motionens datum"),
        sender_authority="Ekeby kommun, kommunstyrelsen",
        external_dnr=("KS 2026-388",),
        deadlines=(STATED,),
        attachments=(("Motion.pdf", b"m"),),
    )
    case = take_in(store, read, received=came).case
    assert case is not None
    with store.look() as book:
        letter, attachment = book.documents(case.id)
        deadlines = book.deadlines(case.id)
    assert (case.dnr, case.title, case.sender) == (
        "SN 2026-1",
        "Motion om trygghetslarm",
        "Ekeby kommun, kommunstyrelsen",
    )
    assert case.inkommen_at == came
    assert case.registered_at == NOW
    assert letter.dated == dt.date(2026, 11, 20)
    assert case.raised == dt.date(2026, 11, 2)
    assert (letter.number, attachment.number, attachment.file_name) == (1, 2, "Motion.pdf")
    assert [(d.clock, d.date) for d in deadlines] == [
        ("stated", DAY),
        ("goal", dt.date(2027, 5, 2)),
        ("law", dt.date(2027, 11, 2)),
    ]
    assert "5 kap. 35 §" in deadlines[2].source


def test_a_letter_with_our_number_joins_its_case_however_it_is_written(store: Store) -> None:
    found(store)
    first = take_in(store, reading("Motion om bussar")).case
    second = take_in(store, reading("Komplettering", subject="Komplettering, dnr sn/2026:0001"))
    assert first is not None
    assert second.case is not None
    assert (second.state, second.case.id, second.new_case) == ("registered", first.id, False)


def test_a_reply_joins_the_case_of_what_it_answers(store: Store) -> None:
    found(store)
    first = take_in(store, reading("Motion om bussar", message_id="<1@a.example>")).case
    second = take_in(store, reading("SV: något helt annat", in_reply_to=("<1@a.example>",)))
    assert first is not None
    assert second.case is not None
    assert second.case.id == first.id


def test_another_number_joins_when_it_points_to_exactly_one_open_case(store: Store) -> None:
    found(store)
    first = take_in(store, reading("Motion om bussar", external_dnr=("KS 2026-5",))).case
    joined = take_in(store, reading("Ny svarstid", external_dnr=("KS/2026:0005",)))
    assert first is not None
    assert joined.case is not None
    assert joined.case.id == first.id


def test_another_number_that_points_to_two_cases_is_asked_about(store: Store) -> None:
    found(store)
    first = take_in(store, reading("Motion om bussar", external_dnr=("KS 2026-5",))).case
    second = take_in(store, reading("Remiss om trafikplan")).case
    assert first is not None
    assert second is not None
    with store.book() as book:
        book.put_external(second.id, "KS 2026-5", "KS|2026|5")
    asked = take_in(store, reading("Påminnelse", external_dnr=("KS 2026-5",)))
    assert asked.state == "review"
    assert asked.arrival.document_id is None


def test_the_same_attachment_joins_its_case(store: Store) -> None:
    found(store)
    first = take_in(store, reading("Motion om bussar", attachments=(("Motion.pdf", b"m" * 5000),))).case
    joined = take_in(store, reading("Skickar igen med en hälsning", attachments=(("m.pdf", b"m" * 5000),)))
    assert first is not None
    assert joined.case is not None
    assert joined.case.id == first.id
    with store.look() as book:
        assert [d.number for d in book.documents(first.id)] == [1, 2, 3, 4]


def test_another_namnds_case_is_never_joined(store: Store) -> None:
    found(store)
    take_in(store, reading("Motion om bussar", external_dnr=("KS 2026-5",)))
    other = take_in(store, reading("Motion om bussar igen", external_dnr=("KS 2026-5",)), namnd=BUN)
    assert other.case is not None
    assert other.case.dnr == "BUN 2026-1"


def test_our_number_that_does_not_exist_is_asked_about(store: Store) -> None:
    found(store)
    asked = take_in(store, reading("Svar", own_dnr=("SN 2026-77",)))
    assert asked.state == "review"
    assert "SN 2026-77" in asked.why[0]


def test_the_same_words_again_are_one_more_receipt_and_no_new_document(store: Store) -> None:
    found(store)
    first = take_in(store, reading("Motion om bussar")).case
    again = take_in(
        store, reading("Motion om bussar", message_id="<2@b.example>"), received=NOW + dt.timedelta(hours=1)
    )
    assert first is not None
    assert (again.state, again.folder) == ("repetition", "registrerat")
    assert again.case is not None
    assert again.case.id == first.id
    with store.look() as book:
        assert len(book.documents(first.id)) == 1


def test_the_same_words_with_another_attachment_are_no_repetition(store: Store) -> None:
    found(store)
    take_in(store, reading("Se bifogad fil", attachments=(("a.pdf", b"a" * 5000),)))
    other = take_in(store, reading("Se bifogad fil", message_id="<2@b.example>", attachments=(("b.pdf", b"b" * 5000),)))
    assert other.state == "registered"
    assert other.new_case


def test_the_namnds_own_forward_with_one_word_changes_nothing(store: Store) -> None:
    found(store)
    first = take_in(
        store, reading("Motion om bussar", message_id="<1@a.example>", attachments=(("m.pdf", b"m" * 5000),))
    )
    forward = reading(
        "VB: Motion om bussar",
        sender=SN.addresses[0],
        in_reply_to=("<1@a.example>",),
        text="Handläggare?",
        attachments=(("m.pdf", b"m" * 5000),),
    )
    outcome = take_in(store, forward)
    assert outcome.state == "repetition"
    assert outcome.case is not None
    assert first.case is not None
    assert outcome.case.id == first.case.id


def test_a_forged_message_id_with_other_content_is_registered_and_flagged(store: Store) -> None:
    found(store)
    take_in(store, reading("Motion om bussar", message_id="<1@a.example>"))
    forged = take_in(store, reading("Något annat", message_id="<1@a.example>"))
    assert forged.state == "registered"
    assert any("samma meddelande-id" in q for q in forged.why)


@pytest.mark.parametrize("kind", ["autosvar", "studs", "nyhetsbrev", "skrap"])
def test_what_no_person_wrote_is_put_aside_without_a_number(store: Store, kind: str) -> None:
    found(store)
    outcome = take_in(store, reading("Frånvaro", kind=kind, register=False))
    assert (outcome.state, outcome.folder, outcome.case) == ("ovrigt", "ovrigt", None)


def test_our_own_mail_is_never_registered(store: Store) -> None:
    found(store)
    read = reading("SN 2026-1 registrerat", sender=SN.addresses[0])
    own = dataclasses.replace(read, envelope=dataclasses.replace(read.envelope, from_bot=True))
    assert take_in(store, own).state == "ovrigt"
    forged = reading("Motion om bussar", sender="x@evil.example")
    forged = dataclasses.replace(forged, envelope=dataclasses.replace(forged.envelope, from_bot=True))
    assert take_in(store, forged).state == "registered"


def test_a_letter_that_nothing_can_be_made_of_is_kept_and_shown(store: Store) -> None:
    found(store)
    broken = dataclasses.replace(reading("Orosanmälan Nils"), unreadable=True, warnings=("Brevet är för stort.",))
    outcome = take_in(store, broken)
    assert (outcome.state, outcome.folder) == ("review", "granska")
    assert "Nils" not in str(outcome.arrival.reading)
    assert outcome.why[0].startswith("Kunde inte tolkas")


def test_a_new_answer_day_replaces_the_old_one_which_stays_readable(store: Store) -> None:
    found(store)
    case = take_in(store, reading("Motion om bussar", external_dnr=("KS 2026-5",), deadlines=(STATED,))).case
    moved = Deadline(
        dt.date(2027, 3, 12), "yttrande till kommunstyrelsen", "stated", "Rätt dag", "body", moved_from=DAY
    )
    take_in(store, reading("Ny svarstid", external_dnr=("KS 2026-5",), deadlines=(moved,)))
    assert case is not None
    with store.look() as book:
        standing = [(d.date, d.state) for d in book.deadlines(case.id)]
    assert standing == [(DAY, "replaced"), (dt.date(2027, 3, 12), "active")]


def test_minutes_bring_their_decision_and_what_became_of_each_demand(store: Store) -> None:
    found(store)
    demands = ("att en konsulent anställs", "att en träffpunkt öppnas")
    case = take_in(store, reading("Motion om anhörigstöd", external_dnr=("KS 2026-5",), demands=demands)).case
    take_in(
        store,
        reading(
            "Beslut",
            kind="protokollsutdrag",
            external_dnr=("KS 2026-5",),
            outcome="delvis bifall",
            outcome_per_demand=("bifall", "avslag"),
            meeting=Decision("kommunfullmäktige", dt.date(2026, 11, 23), "§ 55"),
            demands=("Att en konsulent anställs.",),
        ),
    )
    assert case is not None
    with store.look() as book:
        assert [(d.text, d.outcome) for d in book.demands(case.id)] == list(
            zip(demands, ("bifall", "avslag"), strict=True)
        )
        decision = book.decisions(case.id)[0]
    assert (decision.body, decision.paragraph, decision.outcome) == ("kommunfullmäktige", "§ 55", "delvis bifall")


def test_inkommen_is_the_originals_day_when_one_of_our_own_passes_it_on(store: Store) -> None:
    found(store)
    friday = dt.datetime(2026, 11, 20, 15, 0)  # noqa: DTZ001  as a forward tells it: Swedish wall time
    own = reading(
        "Motion",
        sender="ylva@ekeby.example",
        original_received=friday,
        forwarded_by=Party("Ylva", "ylva@ekeby.example"),
    )
    case = take_in(store, own).case
    assert case is not None
    assert case.inkommen_at.astimezone(NOW.tzinfo).date() == dt.date(2026, 11, 20)
    other = reading(
        "Remiss",
        sender="info@ekeby.example",
        original_received=friday,
        forwarded_by=Party("Info", "info@ekeby.example"),
    )
    case = take_in(store, other).case
    assert case is not None
    assert case.inkommen_at == NOW


def test_an_external_diary_lets_the_case_wait_until_its_number_is_given(store: Store) -> None:
    found(store, template="{prefix} {year}-{number}")
    outside = dataclasses.replace(SN, diarium="external")
    case = take_in(store, reading(), namnd=outside).case
    other = take_in(store, reading("En annan sak"), namnd=outside).case
    assert case is not None
    assert other is not None
    assert (case.state, case.dnr) == ("waiting_dnr", None)
    with pytest.raises(Invalid, match="ska se ut som"), store.book() as book:
        registering.give_number(book, case.id, "KS 2026-4", now=NOW, actor="person:1")
    with store.book() as book:
        given = registering.give_number(book, case.id, " SN  2026-411 ", now=NOW, actor="person:1")
    assert (given.state, given.dnr) == ("open", "SN 2026-411")
    with pytest.raises(Invalid, match="finns redan"), store.book() as book:
        registering.give_number(book, other.id, "SN 2026-411", now=NOW, actor="person:1")
    with store.look() as book:
        assert book.highest() == {}


def test_a_correction_is_visible_and_the_old_value_stays(store: Store) -> None:
    found(store)
    case = take_in(store, reading("Motion om bussar", deadlines=(STATED,))).case
    assert case is not None
    with store.book() as book:
        registering.correct(book, case.id, "title", "Motion om fria bussar", "så står det", now=NOW, actor="person:1")
        registering.correct(book, case.id, "deadline", "2027-03-01", "ny dag", now=NOW, actor="person:1")
    with store.look() as book:
        assert book.case(case.id).title == "Motion om fria bussar"
        assert [(d.date, d.state) for d in book.deadlines(case.id)] == [
            (DAY, "replaced"),
            (dt.date(2027, 3, 1), "active"),
        ]
        told = [e.personal for e in book.entries(case_id=case.id) if e.what == "rättat"]
    assert {"från": "Motion om bussar", "till": "Motion om fria bussar", "skäl": "så står det"} in told


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("title", "", "mellan 1 och 200"),
        ("deadline", "31 februari", "ÅÅÅÅ-MM-DD"),
        ("kind", "motion2", "finns inte"),
        ("dnr", "x", "går inte"),
    ],
)
def test_a_correction_that_cannot_be_is_told_plainly(store: Store, field: str, value: str, words: str) -> None:
    found(store)
    case = take_in(store, reading()).case
    assert case is not None
    with pytest.raises(Invalid, match=words), store.book() as book:
        registering.correct(book, case.id, field, value, "", now=NOW, actor="person:1")


def test_makulera_takes_a_reason_and_the_number_stays_used(store: Store) -> None:
    found(store)
    case = take_in(store, reading()).case
    assert case is not None
    with pytest.raises(Invalid, match="Skriv varför"), store.book() as book:
        registering.makulera(book, case.id, "  ", now=NOW, actor="person:1")
    with store.book() as book:
        registering.makulera(book, case.id, "Fel nämnd", now=NOW, actor="person:1")
    following = take_in(store, reading("Nästa")).case
    assert following is not None
    assert following.dnr == "SN 2026-2"
    with store.look() as book:
        kept = book.case(case.id)
        assert (kept.state, kept.dnr, kept.note) == ("makulerad", "SN 2026-1", "Fel nämnd")
        assert book.number_faults() == []


def test_an_individuals_matter_gets_no_number_and_shows_nothing(store: Store) -> None:
    found(store)
    canary = "Nils Exempelbarn"
    read = reading(canary, kind="orosanmalan", secret=True, text=f"{canary} kom utan jacka", demands=(canary,))
    read = dataclasses.replace(read, texts=(Text("body", canary),), sender=Party(canary, "x@skolan.example"))
    outcome = take_in(store, read)
    assert (outcome.state, outcome.folder, outcome.case) == ("secret", "hemligt", None)
    with store.engine.connect() as connection:
        kept = " ".join(str(connection.execute(sa.select(t)).all()) for t in tables.metadata.sorted_tables)
    assert canary not in kept
    assert "skolan" not in kept


def test_two_letters_that_join_at_once_get_two_handlingsnummer(store: Store) -> None:
    import threading

    found(store)
    case = take_in(store, reading("Motion", external_dnr=("KS 2026-5",))).case
    assert case is not None
    threads = [
        threading.Thread(target=take_in, args=(store, reading(f"Bilaga {i}", external_dnr=("KS 2026-5",))))
        for i in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.look() as book:
        assert [d.number for d in book.documents(case.id)] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("question", sorted(ABOUT_DAYS))
def test_a_doubt_about_a_day_is_asked_of_a_letter_that_has_its_number(store: Store, question: str) -> None:
    """A letter is registered without delay (OSL 5 kap. 1 §); what is read of its days can be put right afterwards."""
    found(store)
    outcome = take_in(store, reading("Remiss om bussar", deadlines=(STATED,), review=(question,)))
    assert outcome.case is not None
    with store.look() as book:
        arrival = book.arrival(outcome.arrival.id)
    assert (outcome.state, outcome.case.dnr, arrival.questions) == ("registered", "SN 2026-1", (question,))


def test_a_doubt_about_what_the_letter_is_waits_and_takes_the_days_with_it(store: Store) -> None:
    found(store)
    outcome = take_in(store, reading("Remiss om bussar", review=(PASSED_OVER, "Två ärenden i samma brev")))
    assert (outcome.state, outcome.case) == ("review", None)
    assert outcome.why == ("Två ärenden i samma brev", PASSED_OVER)
