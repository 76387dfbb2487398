"""What a registrator puts right by replying to a receipt: the same as on the desk, and nothing of what is secret is told."""

from __future__ import annotations

import dataclasses
import datetime as dt
from email.message import EmailMessage
from pathlib import Path

import pytest

from handlers import registering, review
from storage.records import Case, CaseFilter
from storage.store import Store
from tests.builders import SN, letter
from tests.stories.mailing import MOTION, PROGRAMS, Town, outlook, text_of, town

# It names a number of ours that is not in the register: a person must say where it belongs.
WAITS = "Hej. Här kommer några rader om det som ni svarade på i SN 2026-99, som jag har tänkt på länge."
CHILD = "Nils i förskoleklassen på Granskolan"


@pytest.fixture
def place(sqlite_store: Store, tmp_path: Path) -> Town:
    return town(sqlite_store, tmp_path)


def _receipt(place: Town, subject: str = "Motion om trygghetslarm", text: str = MOTION) -> EmailMessage:
    """Let the registrator pass on a letter, and return the receipt that they get."""
    head = "Från: Ebba Påhitt <ebba@parti.example>\nSkickat: den 24 november 2026 07:30\nTill: Ylva\n"
    place.come(letter(f"VB: {subject}", f"\n{head}Ämne: {subject}\n\n{text}", sender="ylva@ekeby.example"))
    return place.last("ylva")


def _case(place: Town, dnr: str = "SN 2026-1") -> Case:
    with place.store.look() as book:
        found = [c.case for c in book.cases(_all())]
    return next(c for c in found if c.dnr == dnr)


def _all() -> CaseFilter:
    return CaseFilter(namnder=("sn",), states=(), include_secret=True)


def _stated(place: Town, case: Case) -> list[str]:
    with place.store.look() as book:
        return [str(d.date) for d in book.deadlines(case.id, active=True) if d.clock == "stated"]


def test_another_kind_title_sender_and_day_several_lines_in_one_reply(place: Town) -> None:
    receipt = _receipt(place)
    assert "Annat ärende hör till SN 2026-12 Flera ärenden" in text_of(receipt)
    words = "Hej!\ndet är ett medborgarförslag\nRubrik: Trygghetslarm åt fler äldre\nFrån: Ebba Påhitt\nsvar senast 5/3\n\nMvh Ylva"
    assert place.reply(receipt, words, quoted=outlook).state == "answer"
    case = _case(place)
    assert (case.kind, case.matter, case.title, case.sender) == (
        "medborgarforslag",
        "medborgarforslag",
        "Trygghetslarm åt fler äldre",
        "Ebba Påhitt",
    )
    assert _stated(place, case) == ["2027-03-05"]
    told = text_of(place.last("ylva"))
    assert "SN 2026-1: typen är medborgarförslag." in told
    assert "SN 2026-1: ärendemeningen är ändrad." in told
    assert "SN 2026-1: svarsdagen är fredag 5 mars 2027." in told
    assert "förstod inte" not in told


def test_it_does_what_the_page_does(place: Town) -> None:
    _receipt(place)
    place.reply(
        _receipt(place, "Motion om gatljus", MOTION.replace("trygghetslarm", "gatljus på landet")), "rubrik: Gatljus"
    )
    with place.store.book() as book:
        actor = f"person:{place.people['ylva'].id}"
        registering.correct(book, _case(place).id, "title", "Gatljus", "Rättat per mejl", now=place.now, actor=actor)

    def noted(dnr: str) -> list[object]:
        with place.store.look() as book:
            lines = [e for e in book.entries(case_id=_case(place, dnr).id) if e.what == "rättat"]
        return [(e.actor, dict(e.data), {k: v for k, v in (e.personal or {}).items() if k != "från"}) for e in lines]

    assert noted("SN 2026-1") == noted("SN 2026-2") != []


def test_no_day_ends_the_day_and_undo_brings_it_back(place: Town) -> None:
    place.reply(_receipt(place), "inget datum")
    assert _stated(place, _case(place)) == []
    place.reply(place.last("ylva"), "ångra")
    assert _stated(place, _case(place)) == ["2027-02-26"]
    assert "ångrat, svarsdag är som förut" in text_of(place.last("ylva"))


def test_undo_of_a_correction_is_refused_when_it_has_been_put_right_again(place: Town) -> None:
    receipt = _receipt(place)
    place.reply(receipt, "rubrik: Ett")
    first = place.last("ylva")
    place.clock.forward(minutes=5)
    place.reply(receipt, "rubrik: Två")
    place.reply(first, "ångra")
    assert _case(place).title == "Två"
    assert "uppgiften har rättats igen sedan dess" in text_of(place.last("ylva"))


def test_a_registered_letter_is_moved_and_its_number_stays_used(place: Town) -> None:
    _receipt(place)
    second = _receipt(
        place, "Fråga om larm", "Hur går det med larmen? Hälsningar Bo Påhitt, Storgatan, om annat än motionen."
    )
    dnr = str(second["Subject"]).split(" registrerat")[0].split(":")[0]
    if "väntar" in str(second["Subject"]):
        place.reply(second, "nytt ärende")
        dnr = "SN 2026-2"
        second = [m for m in place.told("ylva") if "registrerat" in str(m["Subject"])][-1]
    place.reply(second, "hör till SN 2026-1")
    assert (_case(place, dnr).state, _case(place, dnr).note) == ("makulerad", "Hör till SN 2026-1")
    with place.store.look() as book:
        assert len([d for d in book.documents(_case(place).id) if not d.attachment]) == 2
    assert f"lagt i SN 2026-1. {dnr} är makulerat." in text_of(place.last("ylva"))
    place.reply(second, "hör till SN 2026-99")
    assert "Det finns inget ärende SN 2026-99" in text_of(place.last("ylva"))


def test_a_letter_that_should_have_been_two_is_parted(place: Town) -> None:
    place.reply(_receipt(place), "det är två: Motion om trygghetslarm; Motion om gatljus")
    assert [(c.dnr, c.title) for c in (_case(place), _case(place, "SN 2026-2"))] == [
        ("SN 2026-1", "Motion om trygghetslarm"),
        ("SN 2026-2", "Motion om gatljus"),
    ]
    assert _stated(place, _case(place, "SN 2026-2")) == ["2027-02-26"]
    assert "delat i SN 2026-1 och SN 2026-2" in "".join(text_of(m) for m in place.told("ylva"))


def test_a_letter_parted_in_two_is_hidden_in_both_when_one_is_secret(place: Town) -> None:
    receipt = _receipt(place)
    place.reply(receipt, "det är två: Motion om trygghetslarm; Motion om gatljus")
    place.reply(receipt, "hemlig")
    assert [_case(place, d).secret for d in ("SN 2026-1", "SN 2026-2")] == [True, True]


def test_two_without_titles_is_asked_about(place: Town) -> None:
    place.reply(_receipt(place), "det är två")
    assert "Skriv en rubrik för varje ärende" in text_of(place.last("ylva"))
    with place.store.look() as book:
        assert book.count_cases(_all()) == 1


def test_what_is_not_to_be_registered_is_crossed_out_with_its_reason(place: Town) -> None:
    place.reply(_receipt(place), "ska inte registreras, reklam")
    assert (_case(place).state, _case(place).note) == ("makulerad", "reklam")
    assert "Det går inte att ångra: numret är makulerat" in text_of(place.last("ylva"))


def test_what_was_not_understood_is_told_and_the_rest_is_done(place: Town) -> None:
    place.reply(_receipt(place), "rubrik: Larm\nring mig om det här\nsvar senast i vår")
    assert _case(place).title == "Larm"
    told = text_of(place.last("ylva"))
    assert "Vi förstod inte ”ring mig om det här”" in told
    assert "Vi förstod inte ”svar senast i vår”" in told


def test_two_values_for_one_fact_are_none(place: Town) -> None:
    before = _receipt(place)
    place.reply(before, "rubrik: Ett\nrubrik: Två")
    assert _case(place).title == "Motion om trygghetslarm"
    assert "två olika saker" in text_of(place.last("ylva"))


def test_only_the_registrator_corrects_whoever_has_the_receipt(place: Town) -> None:
    receipt = _receipt(place)
    assert place.reply(receipt, "rubrik: X", sender="karin@ekeby.example").state != "answer"
    with place.store.book() as book:
        book.put_role(place.people["ylva"].id, "sn", "registrator", dt.date(2026, 1, 1), dt.date(2026, 11, 23))
    place.reply(receipt, "rubrik: X\nhemlig?")
    assert _case(place).title == "Motion om trygghetslarm"
    assert not _case(place).secret


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_the_receipts_own_words_are_never_taken_for_corrections(place: Town, program: object) -> None:
    receipt = _receipt(place)
    before = _case(place)
    place.reply(receipt, "Tack!", quoted=program)  # type: ignore[arg-type]
    after = _case(place)
    assert dataclasses.replace(after, version=0) == dataclasses.replace(before, version=0)
    assert len(_stated(place, after)) == 1


# what waits


def test_a_letter_that_waits_is_registered_as_the_registrator_says(place: Town) -> None:
    waiting = _receipt(place, "Några tankar", WAITS)
    assert "väntar på dig" in str(waiting["Subject"])
    place.reply(waiting, "det är en synpunkt\nrubrik: Tankar om kommunen")
    case = _case(place)
    assert (case.kind, case.title) == ("synpunkt", "Tankar om kommunen")
    assert "är registrerat som SN 2026-1" in "".join(text_of(m) for m in place.told("ylva"))


def test_a_letter_that_waits_is_left_out_with_a_reason_and_that_is_taken_back(place: Town) -> None:
    waiting = _receipt(place, "Några tankar", WAITS)
    place.reply(waiting, "ska inte registreras, av ringa betydelse")
    with place.store.look() as book:
        assert [(a.state, a.note) for a in book.arrivals(("sn",), states=("not_registered",))] == [
            ("not_registered", "av ringa betydelse")
        ]
    place.reply(place.last("ylva"), "ångra")
    with place.store.look() as book:
        assert [a.state for a in book.waiting(("sn",))] == ["review"]


# what is secret


def _canary(place: Town, words: str) -> tuple[Case | None, str]:
    waiting = _receipt(
        place, f"Om {CHILD}", f"Hej. Det här gäller {CHILD}, jag skriver mer om det en annan dag när jag har tid."
    )
    sent_before = len(place.told())
    place.reply(waiting, words, quoted=outlook)
    later = place.told()[sent_before:]
    said = "\n".join(m.as_string() + text_of(m) + str(m["Subject"]) for m in later)
    return None, said


@pytest.mark.parametrize(
    "words",
    [
        "hemlig",
        "HEMLIGT!",
        "Sekretess",
        f"Det här är hemligt, det gäller {CHILD}",
        "xyz ???\nhemmlig\nrubrik: Om " + CHILD,
    ],
)
def test_hemlig_acts_whatever_else_is_written_and_repeats_no_word(place: Town, words: str) -> None:
    _, said = _canary(place, words)
    with place.store.look() as book:
        first = book.arrival(1)
        assert first.state == "secret" or (first.case_id and book.case(first.case_id).secret)
        assert (first.reading or {}).get("secret")
        kept = repr(book.arrivals(("sn",))) + repr([n.data for n in book.notices()])
        shown = [e.data for e in book.entries(namnd="sn")]
    assert "är märkt som misstänkt individärende" in said
    for word in ("Nils", "Granskolan", "förskoleklassen"):
        assert word not in said
        assert word not in kept + repr(shown)
    assert all(word not in name for word in ("Nils", "Om_") for name in place.box.folders["hemligt"])


def test_a_confirmation_that_waits_says_nothing_when_the_case_has_become_secret(place: Town) -> None:
    receipt = _receipt(place)
    place.box.sent.clear()
    place.reply(receipt, "rubrik: Larmet hos Nils på Granskolan")
    with place.store.book() as book:
        review.make_secret(book, 1, place.people["ylva"], now=place.now, namnd=SN)
    said = "\n".join(m.as_string() + text_of(m) for m in place.told())
    assert "Nils" not in said
    assert "Granskolan" not in said
    assert "SN 2026-1: " not in text_of(place.last("ylva"))
    with place.store.look() as book:
        assert "SN 2026-1: " not in repr([n.data for n in book.notices()])


def test_what_was_not_understood_about_a_letter_that_waits_is_not_told_when_it_has_become_secret(place: Town) -> None:
    waiting = _receipt(place, "Några tankar", WAITS)
    place.box.sent.clear()
    place.reply(waiting, "Nils på Granskolan")
    place.reply(waiting, "hemlig")
    said = "\n".join(m.as_string() + text_of(m) for m in place.told())
    with place.store.look() as book:
        kept = repr([n.data for n in book.notices()]) + repr(book.arrivals(("sn",)))
    assert "Nils" not in said + kept


def test_a_reply_about_what_is_secret_already_is_hidden_and_changes_nothing(place: Town) -> None:
    receipt = _receipt(place)
    place.reply(receipt, "hemlig")
    outcome = place.reply(receipt, f"rubrik: Det gäller {CHILD}")
    assert outcome.folder == "hemligt"
    with place.store.look() as book:
        assert "Nils" not in repr(book.arrivals(("sn",))) + repr([n.data for n in book.notices()])
    assert "avgörs av den som har rollen sekretess" in text_of(place.last("ylva"))


def test_a_forged_correction_changes_nothing(sqlite_store: Store, tmp_path: Path) -> None:
    place = town(sqlite_store, tmp_path, dataclasses.replace(SN, authserv_id="mx.ekeby.example"))
    receipt = _receipt(place)
    place.reply(receipt, "ska inte registreras")
    place.reply(
        receipt, "hemlig", headers={"Authentication-Results": "mx.evil.example; dmarc=pass header.from=ekeby.example"}
    )
    assert (_case(place).state, _case(place).secret) == ("open", False)
    good = {"Authentication-Results": "mx.ekeby.example; dmarc=pass header.from=ekeby.example"}
    place.reply(receipt, "hemlig", headers=good)
    assert _case(place).secret
