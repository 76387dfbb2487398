"""Answers by mail, from the letter's bytes to the case: every word, every program's way of quoting, every attack."""

from __future__ import annotations

import dataclasses
import datetime as dt
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers import answering, assignment, reminding
from handlers.rules import tokens
from handlers.rules.answers import Answer
from storage.records import Case
from storage.store import Store
from tests.builders import KEY, NOW, SN, letter
from tests.stories.mailing import MOTION, PROGRAMS, Quote, Town, asked, gmail, text_of, token_of, town

STRICT = dataclasses.replace(SN, authserv_id="mx.ekeby.example")
GOOD = "mx.ekeby.example; dmarc=pass header.from=ekeby.example"


@pytest.fixture
def place(sqlite_store: Store, tmp_path: Path) -> Town:
    return town(sqlite_store, tmp_path)


@pytest.fixture
def strict(sqlite_store: Store, tmp_path: Path) -> Town:
    return town(sqlite_store, tmp_path, STRICT)


def _handlaggare(place: Town, case: Case | None = None) -> str:
    number = place.case(case.id if case else None).handlaggare_id
    return next((name for name, p in place.people.items() if p.id == number), "")


def _reminded(place: Town, name: str = "anders", on: dt.date = dt.date(2027, 2, 12)) -> EmailMessage:
    """Let somebody take the case, and return the mail that reminds them of its day."""
    question = asked(place)
    place.reply(question, "Ja")
    place.clock.forward(days=(on - place.now.date()).days)
    with place.store.book() as book:
        assert reminding.queue_due(book, place.namnd, now=place.now) == 1
    return place.last(name)


# the words


def test_a_yes_takes_the_case_and_is_confirmed_with_a_way_back(place: Town) -> None:
    outcome = place.reply(asked(place), "Ja, jag tar den!")
    assert (outcome.state, outcome.folder) == ("answer", "registrerat")
    assert _handlaggare(place) == "anders"
    mail = place.last("anders")
    assert mail["Subject"] == "Registrerat: Du har tagit SN 2026-1."
    assert "Svara ÅNGRA på det här mejlet" in text_of(mail)


def test_no_and_a_name_asks_that_person(place: Town) -> None:
    question = asked(place)
    place.reply(question, "nej, fråga karin")
    assert "Kan du ta SN 2026-1" in place.last("karin")["Subject"]
    assert "Registrerat: Vi frågar Karin Ödman om SN 2026-1." in str(place.last("anders")["Subject"])


def test_wrong_board_goes_to_the_registrator_as_a_question(place: Town) -> None:
    place.reply(asked(place), "Fel nämnd, det här är byggnadsnämndens")
    said = [str(m["Subject"]) for m in place.told("ylva")]
    assert "Anders Wikström säger att SN 2026-1 hör till en annan nämnd" in said
    assert any(s.startswith("Handläggare? SN 2026-1") for s in said)
    assert _handlaggare(place) == ""


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("klart", "klart"),
        ("Pågår", "pagar"),
        ("anstånd till 5/4", "anstand"),
        ("fel person", "fel_person"),
        ("Vem vet mer om taxan?", "fraga"),
        ("fel nämnd", "fel_namnd"),
    ],
)
def test_every_word_answers_a_reminder(place: Town, words: str, answer: str) -> None:
    place.reply(_reminded(place), words)
    with place.store.look() as book:
        question = book.questions(case_id=place.case().id, kind="lage")[-1]
    assert (question.answer, question.answered_how) == (answer, "mejl")
    assert place.last("anders")["Subject"].startswith("Registrerat: SN 2026-1")


def test_a_respite_to_a_day_that_has_just_been_is_asked_about(place: Town) -> None:
    place.reply(_reminded(place), "anstånd till 5/2")
    mail = place.last("anders")
    assert "Skriv till vilken dag" in text_of(mail)
    assert "Svara på sidan" in text_of(mail)


def test_several_answers_in_one_mail_each_by_its_number_and_one_without_is_asked_about(place: Town) -> None:
    first = asked(place)
    place.reply(first, "Ja")
    place.come(
        letter("Motion om gatljus", MOTION.replace("trygghetslarm", "gatljus på landet"), sender="ks@ekeby.example")
    )
    place.reply(place.last("anders"), "Ja")
    place.clock.forward(days=80)
    with place.store.book() as book:
        reminding.queue_due(book, SN, now=place.now)
    place.reply(place.last("anders"), "SN 2026-1\nklart\n\nPågår SN 2026-2\nklart SN 2026-2")
    with place.store.look() as book:
        answers = [q.answer for q in book.questions(kind="lage")]
    assert answers == ["klart", None]
    assert "Du gav flera olika svar om samma ärende" in text_of(place.last("anders"))
    place.reply(place.told("anders")[-2], "klart")
    assert "Vilket ärende gäller ”klart”" in text_of(place.last("anders"))


def test_the_other_systems_number_is_given_by_a_reply_of_the_registrator_alone(
    sqlite_store: Store, tmp_path: Path
) -> None:
    place = town(sqlite_store, tmp_path, dataclasses.replace(SN, diarium="external"))
    question = asked(place)
    place.reply(question, "SN 2026-77")
    assert "Bara registratorn skriver in diarienummer" in text_of(place.last("anders"))
    place.reply(question, "fråga registratorn")
    place.reply(place.last("ylva"), "dnr SN 2026-77")
    assert (place.case().dnr, place.case().state) == ("SN 2026-77", "open")
    assert place.last("ylva")["Subject"] == "Registrerat: Ärendet har fått numret SN 2026-77."


def test_free_text_is_kept_and_asked_about(place: Town) -> None:
    place.reply(asked(place), "Det beror på om budgeten går igenom.")
    with place.store.look() as book:
        kept = next(e for e in book.entries(namnd="sn") if e.what == "svar som ingen förstod")
    assert (kept.personal or {})["ord"] == "Det beror på om budgeten går igenom."
    assert "Svara JA om du tar ärendet" in text_of(place.last("anders"))
    assert place.last("ylva")["Subject"] == "Anders Wikström har svarat om SN 2026-1, men vi förstod inte"
    place.reply(place.last("anders"), "ok, jag tar den")
    assert _handlaggare(place) == "anders"


# what is quoted


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_the_answer_is_found_whatever_the_program_and_what_it_quotes_never_is(place: Town, program: Quote) -> None:
    question = asked(place)
    body, html = question.get_body(("plain",)), question.get_body(("html",))
    assert body is not None
    assert html is not None
    marked, page = str(body.get_content()), str(html.get_content())
    for old in ("JA", "Ja, jag tar den", "nej, fråga Karin"):
        # An old answer below our line, as in a thread that somebody replies to once more.
        body.set_content(f"{marked}\n{old}\n")
        html.set_content(page.replace("</body>", f"<p>{old}</p></body>"), subtype="html")
        place.reply(question, "Jag återkommer.", quoted=program)
        place.reply(question, "", quoted=program)
    assert _handlaggare(place) == ""
    assert place.told("karin") == []
    place.reply(question, "Nej, fråga Karin", quoted=program)
    assert place.told("karin")
    place.reply(place.last("karin"), "Tar den", quoted=program)
    assert _handlaggare(place) == "karin"


def test_a_slogan_in_a_signature_is_no_yes(place: Town) -> None:
    place.reply(asked(place), "Jag återkommer.\n\nMed vänlig hälsning\nAnders Wikström\nJa till ett grönt Ekeby!")
    assert _handlaggare(place) == ""


# attacks


@pytest.mark.parametrize(
    "results",
    [
        {},
        {"Authentication-Results": "mx.evil.example; dmarc=pass header.from=ekeby.example"},
        {"Authentication-Results": "mx.ekeby.example; dmarc=fail header.from=ekeby.example"},
        {"Authentication-Results": "mx.ekeby.example; dmarc=pass header.from=evil.example"},
        {"Authentication-Results": "mx.ekeby.example; spf=fail (dmarc=pass header.from=ekeby.example)"},
        {"X-MS-Exchange-Organization-AuthAs": "Internal"},
    ],
)
def test_what_the_mail_server_does_not_vouch_for_is_a_letter_and_the_person_is_told(
    strict: Town, results: dict[str, str]
) -> None:
    outcome = strict.reply(asked(strict), "Ja", headers=results)
    assert outcome.state in ("review", "registered")
    assert _handlaggare(strict) == ""
    mail = strict.last("anders")
    assert "kan inte intyga att det är från dig" in str(mail["Subject"]) + text_of(mail)
    assert "/f/" in text_of(mail)
    assert "svar som inte räknas" in strict.journal()


def test_what_the_mail_server_vouches_for_is_carried_out_and_the_journal_tells_so(strict: Town) -> None:
    strict.reply(asked(strict), "Ja", headers={"Authentication-Results": GOOD})
    assert _handlaggare(strict) == "anders"
    with strict.store.look() as book:
        assert next(e for e in book.entries(namnd="sn") if e.what == "svar per mejl").data["avsändaren"] == "pass"


def test_results_that_came_with_the_letter_lie_below_and_count_for_nothing(strict: Town) -> None:
    question = asked(strict)

    def forged(raw: bytes) -> bytes:
        return (
            b"Authentication-Results: mx.ekeby.example; dmarc=fail header.from=ekeby.example\r\n"
            b"Received: from evil by mx.ekeby.example; Tue, 24 Nov 2026 08:12:00 +0100\r\n"
            b"Authentication-Results: mx.ekeby.example; dmarc=pass header.from=ekeby.example\r\n" + raw
        )

    strict.reply(question, "Ja", raw=forged)
    assert _handlaggare(strict) == ""

    def above(raw: bytes) -> bytes:
        return (
            b"Authentication-Results: mx.gateway.example; none\r\n"
            b"Authentication-Results: mx.ekeby.example; dmarc=pass header.from=ekeby.example\r\n" + raw
        )

    strict.reply(question, "Ja", raw=above)
    assert _handlaggare(strict) == ""


def test_exchange_is_believed_only_where_the_settings_say_that_its_border_strips(
    sqlite_store: Store, tmp_path: Path
) -> None:
    place = town(sqlite_store, tmp_path, dataclasses.replace(SN, trust_exchange_internal=True))
    question = asked(place)
    twice = b"X-MS-Exchange-Organization-AuthAs: Anonymous\r\n"
    internal = {"X-MS-Exchange-Organization-AuthAs": "Internal"}
    place.reply(question, "Ja", headers=internal, raw=lambda raw: twice + raw)
    assert _handlaggare(place) == ""
    place.reply(question, "Ja", headers=internal)
    assert _handlaggare(place) == "anders"


@pytest.mark.parametrize(
    "sender",
    [
        '"anders@ekeby.example" <mallory@evil.example>',
        "mallory@evil.example, anders@ekeby.example",
        "anders@ekeby.example, mallory@evil.example",
        "=?utf-8?q?anders=40ekeby=2Eexample?= <mallory@evil.example>",
    ],
)
def test_a_name_that_looks_like_an_address_and_several_senders_answer_nothing(place: Town, sender: str) -> None:
    place.reply(
        asked(place), "Ja", raw=lambda raw: raw.replace(b"From: anders@ekeby.example", f"From: {sender}".encode())
    )
    assert _handlaggare(place) == ""


def test_two_from_headers_and_another_sender_answer_nothing(place: Town) -> None:
    question = asked(place)
    place.reply(question, "Ja", raw=lambda raw: b"From: mallory@evil.example\r\n" + raw)
    place.reply(question, "Ja", raw=lambda raw: b"Sender: mallory@evil.example\r\n" + raw)
    assert _handlaggare(place) == ""


def test_another_persons_token_answers_nothing_and_a_colleague_is_told_whose_it_was(place: Town) -> None:
    question = asked(place)
    outcome = place.reply(question, "Ja", sender="karin@ekeby.example")
    assert outcome.state == "answer"
    assert _handlaggare(place) == ""
    assert "Frågan gick till Anders Wikström" in text_of(place.last("karin"))


def test_a_token_forwarded_to_an_outsider_answers_nothing(place: Town) -> None:
    before = len(place.told())
    outcome = place.reply(asked(place), "Ja, jag tar den", sender="granne@annan.example")
    assert outcome.state != "answer"
    assert _handlaggare(place) == ""
    assert not [m for m in place.told() if "granne" in str(m["To"])]
    assert len(place.told()) > before


def test_a_made_up_token_and_one_of_another_key_answer_nothing(place: Town) -> None:
    question = asked(place)
    real = token_of(question)
    notice = place.notices("fraga")[0]
    forged = tokens.sign([b"some other key, as long"], notice.key, notice.person_id or 0, dt.date(2027, 1, 23))
    for made in (real[:-3] + ("a" if real[-3] != "a" else "b") + real[-2:], forged):
        outcome = place.reply(question, "Ja", raw=lambda raw, made=made: raw.replace(real.encode(), made.encode()))  # type: ignore[misc]
        assert outcome.state != "answer"
    assert _handlaggare(place) == ""


def test_a_key_that_was_changed_is_still_taken_while_the_old_one_stands_in_the_settings(
    sqlite_store: Store, tmp_path: Path
) -> None:
    place = town(sqlite_store, tmp_path)
    question = asked(place)
    place.namnd = dataclasses.replace(SN, token_keys=(b"the new key of the board", KEY))
    place.reply(question, "Ja")
    assert _handlaggare(place) == "anders"


def test_an_old_mail_is_answered_on_the_page(place: Town) -> None:
    question = asked(place)
    place.clock.forward(days=tokens.DAYS + 1)
    outcome = place.reply(question, "Ja")
    assert outcome.state == "answer"
    assert _handlaggare(place) == ""
    mail = place.last("anders")
    assert "för gammalt" in text_of(mail)
    assert "/f/" in text_of(mail)


def test_the_first_answer_wins_and_the_second_is_told_who_and_when(place: Town) -> None:
    question = asked(place)
    place.reply(question, "nej, fråga Karin")
    theirs = place.last("karin")
    place.reply(theirs, "ja")
    place.reply(question, "ja")
    assert _handlaggare(place) == "karin"
    assert "Karin Ödman hann före och tog ärendet tisdag 24 november 2026 kl. 08.12" in text_of(place.last("anders"))


def test_an_automatic_reply_with_a_yes_in_it_is_no_answer_and_nothing_is_sent_back(place: Town) -> None:
    question = asked(place)
    before = len(place.told())
    outcome = place.reply(
        question, "JA\nJag är på semester till och med 7 januari.", headers={"Auto-Submitted": "auto-replied"}
    )
    assert outcome.state == "answer"
    assert _handlaggare(place) == ""
    told = place.told()[before:]
    assert [str(m["Subject"]) for m in told] == ["Är Anders Wikström borta till torsdag 7 januari 2027?"]
    assert "ylva" in str(told[0]["To"])


def test_line_breaks_in_a_subject_become_no_header(place: Town) -> None:
    raw = b"Subject: =?utf-8?q?SV=0D=0ABcc=3A_alla=40evil.example=0D=0A=0D=0AJA?="
    place.reply(
        asked(place),
        "ja",
        raw=lambda r: b"\r\n".join(raw if x.startswith(b"Subject:") else x for x in r.split(b"\r\n")),
    )
    assert _handlaggare(place) == "anders"
    assert all(m["Bcc"] is None for m in place.told())


def test_a_plus_address_brings_the_token_where_message_ids_are_changed(sqlite_store: Store, tmp_path: Path) -> None:
    place = town(sqlite_store, tmp_path, dataclasses.replace(SN, reply_plus=True))
    question = asked(place)
    assert str(question["Reply-To"]) == f"socialnamnden+{token_of(question)}@ekeby.example"
    place.reply(question, "Ja", plus=True)
    assert _handlaggare(place) == "anders"
    assert place.told()[0]["Reply-To"] is not None


def test_a_mail_that_is_sent_again_has_the_same_message_id(place: Town) -> None:
    first = asked(place)
    with place.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE notices SET state = 'queued' WHERE kind = 'fraga'")
    place.box.sent.clear()
    assert place.last("anders")["Message-ID"] == first["Message-ID"]


def test_tokens_are_neither_kept_nor_shown_nor_logged(place: Town, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    question = asked(place)
    place.reply(question, f"Det beror på. Till: socialnamnden+{token_of(question)}@ekeby.example")
    place.reply(question, "Ja")
    place.told()
    with place.store.look() as book:
        kept = [repr(a) for a in book.arrivals(("sn",))] + [repr(e) for e in book.entries(namnd="sn")]
        kept += [repr(n.data) for n in book.notices()]
    assert token_of(question) not in "".join(kept) + caplog.text
    assert KEY.decode() not in "".join(kept) + caplog.text + repr(SN)


# taking back


def test_undo_by_mail_gives_the_case_back_once(place: Town) -> None:
    place.reply(asked(place), "Ja")
    told = place.last("anders")
    place.reply(told, "Ångra")
    assert _handlaggare(place) == ""
    assert any("Registrerat: SN 2026-1: ångrat" in str(m["Subject"]) for m in place.told("anders"))
    place.reply(told, "ångra")
    assert "Det är redan ångrat" in text_of(place.last("anders"))


@pytest.mark.parametrize("words", ["nej, fråga Karin", "fråga registratorn"])
def test_a_question_that_was_passed_on_comes_back(place: Town, words: str) -> None:
    place.reply(asked(place), words)
    place.reply(place.last("anders"), "ångra")
    again = next(m for m in reversed(place.told("anders")) if "SN 2026-1: Motion" in str(m["Subject"]))
    place.reply(again, "ja")
    assert _handlaggare(place) == "anders"


def test_undo_is_refused_plainly_when_something_has_built_on_it(place: Town) -> None:
    place.reply(asked(place), "nej, fråga Karin")
    mine = place.last("anders")
    place.reply(place.last("karin"), "ja")
    place.reply(mine, "ångra")
    assert _handlaggare(place) == "karin"
    assert "Det går inte att ångra längre: Karin Ödman hann före" in text_of(place.last("anders"))


@pytest.mark.parametrize("words", ["klart", "pågår", "anstånd till 5/4", "fel person"])
def test_each_answer_to_a_reminder_is_taken_back_as_it_was(place: Town, words: str) -> None:
    reminder = _reminded(place)
    before = _standing(place)
    place.reply(reminder, words)
    assert _standing(place) != before or words == "pågår"
    place.reply(place.last("anders"), "ångra")
    assert _standing(place) == before


def _standing(place: Town) -> object:
    case = place.case()
    with place.store.look() as book:
        met = sorted(m.kind for m in book.milestones(case.id) if m.met_on)
        days = sorted((d.clock, str(d.date), d.purpose) for d in book.deadlines(case.id, active=True))
    return case.handlaggare_id, met, days


def test_what_the_registrator_was_told_cannot_be_taken_back_and_the_mail_says_so(place: Town) -> None:
    place.reply(_reminded(place), "Vem vet mer om taxan?")
    mail = place.last("anders")
    assert "Det går inte att ångra: registratorn har fått din fråga" in text_of(mail)
    place.reply(mail, "ångra")
    assert "Det går inte att ångra längre: registratorn har fått din fråga" in text_of(place.last("anders"))


def _is_away(place: Town, name: str = "karin") -> bool:
    with place.store.look() as book:
        return book.absence(place.people[name].id, dt.date(2026, 12, 24)) is not None


def test_absence_by_mail_is_confirmed_and_taken_back(strict: Town) -> None:
    raw = letter("borta 20/12-7/1 ersättare Samira", "", sender="karin@ekeby.example")
    assert strict.come(b"Authentication-Results: " + GOOD.encode() + b"\r\n" + raw).state == "answer"
    assert _is_away(strict)
    strict.reply(strict.last("karin"), "ångra", headers={"Authentication-Results": GOOD})
    assert not _is_away(strict)


@pytest.mark.parametrize("checked", [True, False])
def test_absence_that_nothing_proves_is_not_entered_until_the_person_replies(
    sqlite_store: Store, tmp_path: Path, checked: bool
) -> None:
    place = town(sqlite_store, tmp_path, STRICT if checked else SN)
    outcome = place.come(letter("borta 20/12-7/1 ersättare Samira", "", sender="karin@ekeby.example"))
    assert outcome.state != "answer"
    assert not _is_away(place)
    assert "kan inte intyga att det är från dig" in text_of(place.last("karin"))
    proof = {"Authentication-Results": GOOD} if checked else {}
    assert place.reply(place.last("karin"), "borta 20/12-7/1 ersättare Samira", headers=proof).state == "answer"
    assert _is_away(place)
    place.reply(place.last("karin"), "ångra", headers=proof)
    assert not _is_away(place)


def test_an_automatic_reply_in_somebodys_name_sends_nobody_away(strict: Town) -> None:
    question = asked(strict)
    before = len(strict.told())
    forged = "mx.ekeby.example; dmarc=fail header.from=ekeby.example"
    outcome = strict.reply(
        question,
        "Jag är borta till och med den 20 december 2026.",
        headers={"Auto-Submitted": "auto-replied", "Authentication-Results": forged},
    )
    assert outcome.state != "answer"
    (told,) = strict.told()[before:]
    assert "kan inte intyga att det är från dig" in text_of(told)
    assert "anders" in str(told["To"])
    again = {"Auto-Submitted": "auto-replied", "Authentication-Results": forged}
    strict.reply(told, "Jag är borta till och med den 20 december 2026.", headers=again)
    assert len(strict.told()) == before + 1  # a machine is not told twice


@pytest.mark.parametrize("words", ["ja", "nej, fråga Karin"])
def test_who_has_left_the_namnd_takes_nothing_back(place: Town, words: str) -> None:
    place.reply(asked(place), words)
    confirmed = place.last("anders")
    had = _handlaggare(place)
    place.clock.forward(days=1)
    with place.store.book() as book:
        (role,) = book.roles(on=place.now.date(), namnd="sn", person_id=place.people["anders"].id)
        yesterday = place.now.date() - dt.timedelta(days=1)
        book.put_role(role.person.id, "sn", role.role, role.valid_from, yesterday)
    place.reply(confirmed, "ångra")
    assert "Du har ingen roll i nämnden längre" in text_of(place.last("anders"))
    assert _handlaggare(place) == had


# loops and floods


def test_a_machine_without_any_mark_is_not_answered_for_ever(place: Town) -> None:
    mail = asked(place)
    answered = 0
    for _ in range(10):
        before = len(place.told("anders"))
        place.reply(mail, "Tack för ditt meddelande. Vi återkommer så snart vi kan.")
        if len(place.told("anders")) == before:
            break
        answered += 1
        mail = place.last("anders")
    assert answered == 1


def test_two_bots_that_mail_each_other_stop_by_themselves(place: Town, tmp_path: Path) -> None:
    other_store = Store(f"sqlite:///{tmp_path / 'other.db'}", high_water=tmp_path / "other.json")
    other_store.migrate()
    namnd = dataclasses.replace(
        SN, addresses=("bun@annan.example",), domain="annan.example", confirm_senders=True, token_keys=(b"x" * 32,)
    )
    place.namnd = dataclasses.replace(SN, confirm_senders=True)
    other = town(other_store, tmp_path / "other", namnd)
    place.come(letter("Motion om bussar", MOTION, sender="bun@annan.example"))
    seen, sent = {0: 0, 1: 0}, 0
    for _ in range(20):
        moved = 0
        for at, (one, two, address) in enumerate(
            ((place, other, "bun@annan.example"), (other, place, SN.addresses[0]))
        ):
            one.told()
            mails = [raw for raw in one.box.sent.values() if f"To: {address}".encode() in raw]
            for raw in mails[seen[at] :]:
                # The worst case: a gateway between them takes every mark of a machine away.
                kept = [x for x in raw.split(b"\r\n") if not x.startswith((b"Auto-", b"X-"))]
                two.come(b"\r\n".join(kept))
                moved += 1
            seen[at] = len(mails)
        sent += moved
        if not moved:
            break
    assert moved == 0
    assert sent <= 4
    other_store.close()


def test_a_flood_is_done_and_not_answered(place: Town) -> None:
    question = asked(place)
    for number in range(30):
        place.reply(question, f"Vad gäller nummer {number}?")
    assert len(place.notices("svarat")) == 20


# whatever the bytes


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    words=st.sampled_from(["Ja", "klart", "nej, fråga Karin", "ångra", "hemlig", "fel nämnd", "SN 2026-1 klart"]),
    noise=st.binary(max_size=60),
    headers=st.sampled_from(["In-Reply-To", "References", "To", "Cc", "X-Namndbot-Svar", "Delivered-To"]),
    sender=st.sampled_from(["anders@ekeby.example", "ylva@ekeby.example", "x@evil.example"]),
    token=st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=32, max_size=32),
)
def test_no_letter_without_a_token_of_ours_ever_changes_a_case_through_an_answer(
    place: Town, words: str, noise: bytes, headers: str, sender: str, token: str
) -> None:
    if not place.told("anders"):
        asked(place)
    before = _all(place)
    raw = (
        f"From: {sender}\r\nTo: socialnamnden@ekeby.example\r\n{headers}: <nb{token}qa@ekeby.example>\r\n".encode()
        + b"Subject: SV: " + noise.replace(b"\r", b"").replace(b"\n", b"") + b"\r\n"
        + f"Message-ID: <{token}.{place.count}@x.example>\r\n\r\n{words}\r\n".encode() + noise
    )  # fmt: skip
    place.come(raw)
    assert _all(place) == before


def _all(place: Town) -> object:
    with place.store.look() as book:
        case = place.case()
        return (
            case.handlaggare_id, case.state, case.secret, case.title, case.kind,
            [(q.state, q.answer, q.round) for q in book.questions(case_id=case.id)],
            [(d.date, d.state) for d in book.deadlines(case.id) if d.source != "brevet"],
        )  # fmt: skip


def test_the_same_answer_on_the_page_and_by_mail_is_one(place: Town) -> None:
    question = asked(place)
    with place.store.book() as book:
        asked_of = book.questions(kind=assignment.KIND)[0]
        answering.answer(book, asked_of.id, place.people["anders"], Answer("ta"), SN, how="sidan", now=NOW)
    place.reply(question, "ja", quoted=gmail)
    assert "Anders Wikström hann före" in text_of(place.last("anders"))
