"""What stops a letter stops no other: repetitions, secrecy, machines and what a person has put aside."""

from __future__ import annotations

import dataclasses
import datetime as dt
import threading
from pathlib import Path

import pytest

from bot.post import PostRoom
from handlers import answering, gates, intake, review
from handlers.reading.reading import Deadline, Party, Reading
from handlers.reading.review import PERHAPS_A_MACHINE
from handlers.rules.answers import Answer
from storage.records import Case, Folder, Namnd, Person
from storage.store import Store
from tests.builders import NOW, SN, arrive, found, reading, take_in
from tests.fakes import HereReader
from tests.stories.mailing import asked, town


@pytest.fixture
def people(store: Store) -> dict[str, Person]:
    return found(store)


def _told(store: Store) -> list[str]:
    with store.look() as book:
        return [f"{n.kind} A-{n.arrival_id}" for n in book.notices() if n.kind == "hemligt"]


def _known(read: Reading, level: str) -> Reading:
    return dataclasses.replace(read, envelope=dataclasses.replace(read.envelope, auth=level))


def _worry(sender: str, message_id: str) -> Reading:
    return reading("Orosanmälan", kind="orosanmalan", secret=True, sender=sender, message_id=message_id)


# repetitions


def test_a_second_person_who_worries_in_the_same_words_is_heard_too(store: Store, people: dict[str, Person]) -> None:
    take_in(store, _worry("anna@post.example", "<1@a.example>"))
    second = take_in(store, _worry("bo@post.example", "<2@b.example>"))
    assert (second.state, second.folder, second.case) == ("secret", "hemligt", None)
    assert _told(store) == ["hemligt A-1", "hemligt A-2"]


def test_the_same_person_who_worries_twice_is_known_though_nothing_of_the_letter_is_kept(
    store: Store, people: dict[str, Person]
) -> None:
    first = take_in(store, _worry("anna@post.example", "<1@a.example>"))
    again = take_in(store, _worry("anna@post.example", "<2@b.example>"))
    assert (again.state, again.folder) == ("repetition", "hemligt")
    with store.look() as book:
        kept = book.arrival(first.arrival.id).reading
    assert kept is not None
    assert kept["author"]
    assert "anna" not in repr(kept)


def test_a_letter_of_whom_nobody_knows_who_wrote_it_repeats_nothing(store: Store, people: dict[str, Person]) -> None:
    nobody = dataclasses.replace(reading("Klagomål"), envelope=dataclasses.replace(reading().envelope, from_=Party()))
    take_in(store, nobody)
    again = dataclasses.replace(nobody, envelope=dataclasses.replace(nobody.envelope, message_id="<2@b.example>"))
    assert take_in(store, again).state == "registered"


def test_the_words_of_a_letter_that_was_hidden_are_not_open_from_anybody(
    store: Store, people: dict[str, Person]
) -> None:
    first = take_in(store, reading("Om Nils", sender="anna@post.example"))
    with store.book() as book:
        review.make_secret(book, first.arrival.id, people["ylva"], now=NOW)
    second = take_in(store, reading("Om Nils", sender="bo@post.example", message_id="<2@b.example>"))
    assert (second.state, second.folder) == ("secret", "hemligt")
    assert _told(store) == [f"hemligt A-{second.arrival.id}"]


def test_a_hushed_letter_with_attachments_is_known_again_after_its_number(
    store: Store, people: dict[str, Person]
) -> None:
    papers = (("journal.pdf", b"j" * 5000),)
    worry = reading("Om Nils", secret=True, sender="anna@post.example", attachments=papers)
    first = take_in(store, worry)
    with store.book() as book:
        review.decide_secret(book, first.arrival.id, "numbered", people["birgitta"], SN, now=NOW)
    plain = dataclasses.replace(
        worry, secret=False, envelope=dataclasses.replace(worry.envelope, message_id="<2@b.example>")
    )
    assert take_in(store, plain).folder == "hemligt"


def test_who_asks_again_after_a_month_asks_anew(store: Store, people: dict[str, Person]) -> None:
    asks = reading("Begäran om protokoll", kind="utlamnande", sender="ola@bladet.example")
    first = take_in(store, asks)
    soon = NOW + gates.REPEATED_WITHIN
    again = dataclasses.replace(asks, envelope=dataclasses.replace(asks.envelope, message_id="<2@b.example>"))
    assert take_in(store, again, received=soon, now=soon).state == "repetition"
    late = soon + dt.timedelta(days=17)
    anew = dataclasses.replace(asks, envelope=dataclasses.replace(asks.envelope, message_id="<3@b.example>"))
    outcome = take_in(store, anew, received=late, now=late)
    assert outcome.state == "registered"
    assert outcome.case is not None
    assert first.case is not None
    assert outcome.case.id != first.case.id


def test_what_was_put_aside_is_no_reason_to_put_a_letter_aside(store: Store, people: dict[str, Person]) -> None:
    asks = reading("Begäran om protokoll", sender="ola@bladet.example")
    aside = take_in(store, dataclasses.replace(asks, kind="nyhetsbrev", register=False))
    assert aside.state == "ovrigt"
    again = dataclasses.replace(asks, envelope=dataclasses.replace(asks.envelope, message_id="<2@b.example>"))
    assert take_in(store, again).state == "registered"


def test_a_letter_that_was_not_to_be_registered_does_not_take_the_next_along(
    store: Store, people: dict[str, Person]
) -> None:
    asks = reading("Hej", review=("Osäkert vad brevet är",))
    first = take_in(store, asks)
    with store.book() as book:
        review.not_to_be_registered(book, first.arrival.id, "Reklam", people["ylva"], now=NOW)
    again = dataclasses.replace(asks, envelope=dataclasses.replace(asks.envelope, message_id="<2@b.example>"))
    assert take_in(store, again).state == "review"


@pytest.mark.parametrize(
    ("first", "second", "state"),
    [
        ("fail", "pass", "registered"),
        ("none", "pass", "registered"),
        ("pass", "pass", "repetition"),
        ("none", "none", "repetition"),
        ("internal", "pass", "repetition"),
    ],
)
def test_a_forged_letter_that_comes_first_does_not_swallow_the_real_one(
    store: Store, people: dict[str, Person], first: str, second: str, state: str
) -> None:
    asks = reading("Begäran om protokoll", sender="ola@bladet.example")
    take_in(store, _known(asks, first))
    again = dataclasses.replace(asks, envelope=dataclasses.replace(asks.envelope, message_id="<2@b.example>"))
    assert take_in(store, _known(again, second)).state == state


# machines


@pytest.mark.parametrize("kind", ["autosvar", "studs", "nyhetsbrev", "skrap"])
def test_what_may_be_a_persons_letter_is_not_put_aside(store: Store, people: dict[str, Person], kind: str) -> None:
    outcome = take_in(store, reading("Returned mail", kind=kind, register=False, review=(PERHAPS_A_MACHINE,)))
    assert (outcome.state, outcome.folder) == ("review", "granska")


@pytest.mark.parametrize("kind", ["autosvar", "studs", "nyhetsbrev", "skrap"])
def test_a_secret_letter_is_secret_whatever_it_is_called(store: Store, people: dict[str, Person], kind: str) -> None:
    outcome = take_in(store, reading("Om Nils", kind=kind, register=False, secret=True))
    assert (outcome.state, outcome.folder) == ("secret", "hemligt")
    assert _told(store) == ["hemligt A-1"]


def test_our_own_header_from_our_own_address_hides_no_letter_that_the_mail_server_calls_forged(
    store: Store, people: dict[str, Person]
) -> None:
    looked = dataclasses.replace(SN, authserv_id="mx.ekeby.example")
    mine = reading("Överklagande", sender=SN.addresses[0])
    own = dataclasses.replace(mine, envelope=dataclasses.replace(mine.envelope, from_bot=True))
    assert take_in(store, _known(own, "fail"), namnd=looked).state == "registered"
    worry = dataclasses.replace(own, fingerprint="worry", secret=True)
    assert take_in(store, worry).state == "secret"
    other = dataclasses.replace(own, fingerprint="other")
    assert take_in(store, _known(other, "pass"), namnd=looked).state == "ovrigt"


# what a person has put aside


_FOUND_HIDDEN = (
    reading("Om Kalle"),
    Reading(unreadable=True, review=("Kunde inte tolkas",), warnings=("Brevet är för stort.",)),
    reading("Autosvar", kind="autosvar", register=False),
    reading("Nyhetsbrev", kind="nyhetsbrev", register=False),
    reading("Fråga om öppettider", message_id="<2@b.example>"),
    dataclasses.replace(reading("Eget"), envelope=dataclasses.replace(reading().envelope, from_bot=True)),
)


@pytest.mark.parametrize("read", _FOUND_HIDDEN, ids=lambda r: r.title or "unreadable")
def test_what_a_person_has_hidden_stays_hidden_whatever_it_is(
    store: Store, people: dict[str, Person], read: Reading
) -> None:
    take_in(store, reading("Fråga om öppettider"))
    with store.book() as book:
        arrival = arrive(book, read)
    with store.book() as book:
        outcome = intake.register(book, arrival, read, SN, NOW, found="hemligt")
    assert (outcome.state, outcome.folder, outcome.case) == ("secret", "hemligt", None)
    assert _told(store) == [f"hemligt A-{arrival}"]
    with store.look() as book:
        kept = book.arrival(arrival).reading
    assert kept is not None
    assert not {t for t in (read.title, *read.warnings) if t and t in repr(kept)}


def test_an_answer_that_a_person_has_hidden_is_not_carried_out(store: Store, tmp_path: Path) -> None:
    place = town(store, tmp_path)
    question = asked(place)
    place.box.folders["hemligt"]["svar.eml"] = place.written(question, "Ja")
    room = PostRoom(store, place.raw, HereReader(), place.box, SN, place.clock, "here:1:a", threading.Event())
    (outcome,) = room.round()
    assert (outcome.state, outcome.folder) == ("secret", "hemligt")
    assert "svar.eml" in place.box.folders["hemligt"]
    assert place.case(1).handlaggare_id is None


# what goes out


LOOKED = dataclasses.replace(SN, authserv_id="mx.ekeby.example")


def _answer(dnr: str, sender: str = SN.addresses[0], to: str = "ks@stad.example", message_id: str = "<s@x>") -> Reading:
    read = reading(f"Svar {dnr}", kind="svar", sender=sender, own_dnr=(dnr,), message_id=message_id)
    return dataclasses.replace(read, envelope=dataclasses.replace(read.envelope, to=(Party("KS", to),)))


def _remiss(store: Store) -> Case:
    day = Deadline(dt.date(2027, 2, 26), "yttrande", "stated", "senast", "body")
    case = take_in(store, reading("Remiss om plan", sender="ks@stad.example", deadlines=(day,))).case
    assert case is not None
    return case


def _stands(store: Store, case: Case) -> tuple[list[str], list[str], list[str], list[str]]:
    with store.look() as book:
        return (
            [d.direction for d in book.documents(case.id)],
            [d.state for d in book.deadlines(case.id)],
            [m.kind for m in book.milestones(case.id) if m.met_on],
            [q.kind for q in book.questions(case_id=case.id, state="open")],
        )


@pytest.mark.parametrize(
    ("namnd", "level"), [(SN, "none"), (LOOKED, "none"), (LOOKED, "fail")], ids=["nobody looks", "none", "fail"]
)
@pytest.mark.parametrize("sender", [SN.addresses[0], "karin@ekeby.example"])
def test_a_letter_in_our_name_that_nothing_proves_answers_no_case(
    store: Store, people: dict[str, Person], namnd: Namnd, level: str, sender: str
) -> None:
    case = _remiss(store)
    outcome = take_in(store, _known(_answer(case.dnr or "", sender), level), namnd=namnd)
    assert outcome.why == ("Brevet säger sig vara skickat från nämnden till KS, och inget intygar det. Stämmer det?",)
    assert _stands(store, case) == (["in", "in"], ["active"], [], ["handlaggare", "stammer"])


@pytest.mark.parametrize(("namnd", "level", "found_in"), [(LOOKED, "pass", None), (SN, "none", "skickat")])
def test_a_letter_that_surely_is_ours_has_gone_out(
    store: Store, people: dict[str, Person], namnd: Namnd, level: str, found_in: Folder | None
) -> None:
    case = _remiss(store)
    outcome = take_in(store, _known(_answer(case.dnr or ""), level), namnd=namnd, found=found_in)
    assert outcome.why == ()
    assert _stands(store, case)[:3] == (["in", "ut"], ["met"], ["svar_skickat"])


def test_a_copy_of_our_answer_has_gone_out_when_the_registrator_says_so(
    store: Store, people: dict[str, Person]
) -> None:
    case = _remiss(store)
    copy = take_in(store, _answer(case.dnr or ""))
    with store.book() as book:
        review.confirm(book, copy.arrival.id, people["ylva"], SN, now=NOW)
    assert _stands(store, case)[:3] == (["in", "ut"], ["met"], ["svar_skickat"])
    with store.look() as book:
        assert book.documents(case.id)[-1].party == "KS"


def test_what_is_not_ours_after_all_has_come_in(store: Store, people: dict[str, Person]) -> None:
    case = _remiss(store)
    forged = take_in(store, _answer(case.dnr or ""))
    with store.book() as book:
        review.confirm(
            book, forged.arrival.id, people["ylva"], SN, now=NOW, corrections={"sender": "Okänd, i nämndens namn"}
        )
    assert _stands(store, case)[:3] == (["in", "in"], ["active"], [])


def test_a_yes_to_the_question_about_the_answer_lets_the_copy_go_out(store: Store, people: dict[str, Person]) -> None:
    case = _remiss(store)
    take_in(store, _answer(case.dnr or ""))
    with store.book() as book:
        (question,) = book.questions(case_id=case.id, kind="stammer", state="open")
        answering.answer(book, question.id, people["ylva"], Answer("stammer"), SN, how="sidan", now=NOW)
    assert _stands(store, case)[:3] == (["in", "ut"], ["met"], ["svar_skickat"])


def test_what_lies_among_the_sent_mail_proves_the_copy_that_came_to_the_inbox(
    store: Store, people: dict[str, Person]
) -> None:
    case = _remiss(store)
    copy = take_in(store, _answer(case.dnr or ""))
    sent = take_in(store, _answer(case.dnr or ""), received=NOW + dt.timedelta(minutes=1), found="skickat")
    assert (sent.state, sent.folder) == ("repetition", "skickat")
    assert _stands(store, case)[:3] == (["in", "ut"], ["met"], ["svar_skickat"])
    with store.look() as book:
        assert book.arrival(copy.arrival.id).questions == ()


def _forward(first: Reading, to: str, text: str) -> Reading:
    made = reading(
        "VB: Remiss om plan",
        sender=SN.addresses[0],
        in_reply_to=(first.envelope.message_id or "",),
        text=text,
    )
    return dataclasses.replace(made, envelope=dataclasses.replace(made.envelope, to=(Party(None, to),)))


def test_a_short_answer_to_somebody_else_is_no_forward_inside_the_house(
    store: Store, people: dict[str, Person]
) -> None:
    first = reading("Remiss om plan", sender="ks@stad.example")
    case = take_in(store, first).case
    assert case is not None
    outside = take_in(store, _forward(first, "ks@ekeby.example", "Nämnden avstår från att yttra sig."), found="skickat")
    assert (outside.state, outside.case and outside.case.id) == ("registered", case.id)
    assert take_in(store, _forward(first, "karin@ekeby.example", "Handläggare?")).state == "repetition"


def test_an_appeal_of_one_line_in_our_own_name_is_no_forward(store: Store, people: dict[str, Person]) -> None:
    first = reading("Beslut om plan", sender="ks@stad.example")
    take_in(store, first)
    forged = reading(
        "SV: Beslut om plan",
        sender=SN.addresses[0],
        in_reply_to=(first.envelope.message_id or "",),
        text="Jag överklagar nämndens beslut den 3 november.",
    )
    assert take_in(store, forged).state == "registered"
