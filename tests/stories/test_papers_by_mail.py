"""Handlingar that come with an answer by mail: the answer is carried out, and they are entered in the case."""

from __future__ import annotations

import email
from collections.abc import Callable
from email import policy
from pathlib import Path

import pytest

from handlers import reminding, review
from storage.store import Store
from tests.builders import SN, letter
from tests.stories.mailing import MOTION, Town, asked, text_of, town

TEXT = "Tjänsteskrivelse\n\nFörslag till beslut\n\nNämnden föreslår att motionen bifalls. Fler äldre får trygghetslarm."


@pytest.fixture
def place(sqlite_store: Store, tmp_path: Path) -> Town:
    return town(sqlite_store, tmp_path)


def _with(name: str, data: bytes, media: str = "text/plain") -> Callable[[bytes], bytes]:
    def attach(raw: bytes) -> bytes:
        made = email.message_from_bytes(raw, policy=policy.SMTP)
        main, sub = media.split("/")
        made.add_attachment(data, maintype=main, subtype=sub, filename=name)
        return bytes(made.as_bytes())

    return attach


def _titles(place: Town, case_id: int = 1) -> list[str]:
    with place.store.look() as book:
        return [d.title for d in book.documents(case_id)]


def test_a_tjansteskrivelse_that_comes_with_an_answer_is_a_handling_of_the_case(place: Town) -> None:
    question = asked(place)
    outcome = place.reply(question, "Ja", raw=_with("Tjänsteskrivelse larm.txt", TEXT.encode()))
    assert (outcome.state, outcome.folder) == ("registered", "registrerat")
    assert place.case(1).handlaggare_id == place.people["anders"].id
    assert _titles(place)[1:] == ["Tjänsteskrivelse larm", "Tjänsteskrivelse larm.txt"]
    assert "Du har tagit SN 2026-1" in str(place.last("anders")["Subject"])
    with place.store.look() as book:
        paper = book.documents(1)[1]
        assert [d.date.isoformat() for d in book.deadlines(1, active=True) if d.clock == "stated" and d.date] == [
            "2027-02-26"
        ]
    assert (paper.kind, paper.direction) == ("tjansteskrivelse", "in")


def test_a_paper_that_comes_with_a_correction_lies_in_the_letters_case(place: Town) -> None:
    place.come(
        letter("Remiss om plan", "Begäran om yttrande, senast den 26 februari 2027.", sender="ylva@ekeby.example")
    )
    place.reply(place.last("ylva"), "rubrik: Planen för parken", raw=_with("bilaga.txt", b"Kartan som saknades."))
    assert place.case(1).title == "Planen för parken"
    assert _titles(place)[1:] == ["Bilaga", "bilaga.txt"]


@pytest.mark.parametrize(
    ("name", "data", "media"),
    [
        ("image001.png", b"x" * 60_000, "image/png"),
        ("karin.vcf", b"BEGIN:VCARD", "text/vcard"),
        ("motion.txt", MOTION.encode(), "text/plain"),
    ],
    ids=["logotype", "card", "known already"],
)
def test_what_is_no_new_paper_leaves_an_answer_an_answer(place: Town, name: str, data: bytes, media: str) -> None:
    question = asked(place, letter("Motion om larm", MOTION, attachments=(("motion.txt", MOTION.encode()),)))
    before = _titles(place)
    assert place.reply(question, "Ja", raw=_with(name, data, media)).state == "answer"
    assert _titles(place) == before


def test_papers_of_an_answer_about_several_cases_wait_for_a_person(place: Town) -> None:
    place.reply(asked(place), "Ja")
    place.come(letter("Motion om gatljus", MOTION.replace("larm", "ljus"), sender="ks@ekeby.example"))
    place.reply(place.last("anders"), "Ja")
    place.clock.forward(days=80)
    with place.store.book() as book:
        reminding.queue_due(book, SN, now=place.now)
    words = "SN 2026-1 klart\nSN 2026-2 pågår"
    outcome = place.reply(place.last("anders"), words, raw=_with("text.txt", TEXT.encode()))
    assert (outcome.state, outcome.folder) == ("review", "granska")
    assert "Vilket ärende hör de till?" in outcome.why[0]
    with place.store.look() as book:
        assert [q.answer for q in book.questions(kind="lage")] == ["klart", "pagar"]


def test_papers_to_a_case_that_has_become_secret_are_the_role_sekretesss(place: Town) -> None:
    question = asked(place)
    with place.store.book() as book:
        review.make_secret(book, 1, place.people["ylva"], now=place.now, namnd=place.namnd)
    outcome = place.reply(question, "Ja", raw=_with("journal.txt", b"Om Nils."))
    assert (outcome.state, outcome.folder) == ("secret", "hemligt")
    assert "misstänkt individärende" in str(place.last("birgitta")["Subject"])
    assert "Nils" not in text_of(place.last("birgitta"))
