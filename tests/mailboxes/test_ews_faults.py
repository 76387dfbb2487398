"""What goes wrong with Exchange costs time and no letter, and sends nothing twice."""

from __future__ import annotations

import datetime as dt
import ipaddress
import logging
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot import settings
from bot.doors import BOXES, NAMES, EwsBox
from bot.mailboxes import ews_line
from bot.mailboxes.ews import EwsMailbox
from handlers.ports import Away, DoorError, Gone, Incoming, Shut, TooBig, Undelivered, Unknown
from tests.mailboxes.ews_double import EwsDouble, Mail
from tests.mailboxes.ews_peer import ADDRESS, box_of

DAY = dt.datetime(2026, 12, 1, 9, 0, tzinfo=dt.UTC)
TO = "anna@region.example"


def raw(subject: str, body: str = "Hej.", message_id: str = "") -> bytes:
    head = f"From: anna@region.example\r\nTo: {ADDRESS}\r\nSubject: {subject}\r\n"
    head += f"Message-ID: {message_id}\r\n" if message_id else ""
    return f"{head}Date: Tue, 01 Dec 2026 09:00:00 +0100\r\nMIME-Version: 1.0\r\n\r\n{body}\r\n".encode()


@pytest.fixture
def double() -> Iterator[EwsDouble]:
    made = EwsDouble(ADDRESS)
    yield made
    made.stop()


@pytest.fixture
def box(double: EwsDouble) -> Iterator[EwsMailbox]:
    made = EwsMailbox(box_of(double))
    yield made
    made.close()


class Rounds:
    """What the post room does, and the one thing that the database promises: a key is registered once."""

    def __init__(self, box: EwsMailbox) -> None:
        self.box = box
        self.registered: dict[str, str] = {}
        self.raws: dict[str, bytes] = {}
        self.faults: list[DoorError] = []

    def until_quiet(self, most: int = 8) -> None:
        for _ in range(most):
            try:
                self.box.open()
                letters = 0
                for letter in self.box.fetch():
                    letters += 1
                    self.registered.setdefault(letter.key, f"SN 2026-{len(self.registered) + 1}")
                    self.raws[letter.key] = letter.raw
                    self.box.move(letter.reference, "registrerat", letter.key, self.registered[letter.key])
            except DoorError as error:
                self.faults.append(error)
                continue
            if not letters:
                return
        raise AssertionError("it never grew quiet")


def put(double: EwsDouble, count: int = 3) -> list[Mail]:
    return [double.put(raw(f"Brev {n}", body="Text. " * 400), DAY + dt.timedelta(minutes=n)) for n in range(count)]


def assert_all_once(double: EwsDouble, rounds: Rounds, count: int = 3) -> None:
    moved = double.lie("Registrerat")
    assert sorted(m.subject or "" for m in moved) == sorted(f"Brev {n}" for n in range(count))
    assert double.lie("inbox") == []
    assert len(rounds.registered) == count
    assert all(whole.endswith(b"Text. \r\n") for whole in rounds.raws.values())
    # Each has its own number and no other.
    marks = Counter(mark for m in moved for mark in m.categories)
    assert marks == Counter(rounds.registered.values())


READS = ("SyncFolderItems", "GetItem", "MoveItem", "UpdateItem")
KINDS: tuple[tuple[str, Any], ...] = (
    ("busy", 2000),
    ("http", (503, 2)),
    ("http", (503, None)),
    ("http", (500, None)),
    ("http", (429, 3)),
    ("http", (502, None)),
    ("http after", (503, None)),
    ("http after", (504, None)),
    ("lost", None),
    ("not reached", None),
    ("cut", 400),
    ("cut silently", 400),
    ("cut silently", -15),
    ("cut silently", 0),
    ("soap", "ErrorInternalServerTransientError"),
    ("soap", "ErrorMailboxStoreUnavailable"),
    ("item", "ErrorServerBusy"),
    ("item", "ErrorInternalServerError"),
)


@pytest.mark.parametrize("operation", READS)
@pytest.mark.parametrize(("kind", "value"), KINDS)
def test_a_fault_costs_time_and_no_letter(
    double: EwsDouble, box: EwsMailbox, operation: str, kind: str, value: Any
) -> None:
    put(double)
    fault = double.fail(kind, operation, nth=2, times=1, value=value)
    rounds = Rounds(box)
    rounds.until_quiet()
    assert fault.seen >= 2
    assert_all_once(double, rounds)
    assert all(type(f) is Away for f in rounds.faults)


_ANY = ("lost", "cut silently", "http after")


@pytest.mark.parametrize(
    ("nth", "kind"),
    [
        # One kind of fault at each request; all kinds at all requests in make soak.
        pytest.param(nth, kind, marks=[] if _ANY[nth % 3] == kind else [pytest.mark.soak])
        for nth in range(1, 26)
        for kind in _ANY
    ],
)
def test_whichever_request_fails_every_letter_comes_once(
    double: EwsDouble, box: EwsMailbox, nth: int, kind: str
) -> None:
    put(double)
    double.fail(kind, nth=nth, times=2, value={"lost": None, "cut silently": 700, "http after": (503, None)}[kind])
    rounds = Rounds(box)
    rounds.until_quiet()
    assert_all_once(double, rounds)


@pytest.mark.parametrize("at", [1, 300, 900, 1500, 2400, -200, -1])
def test_a_letter_that_was_cut_on_the_way_is_never_taken_for_whole(double: EwsDouble, box: EwsMailbox, at: int) -> None:
    put(double, 1)
    double.fail("cut silently", "GetItem", nth=1, times=1, value=at)
    with pytest.raises(Away):
        list(box.fetch())
    (letter,) = box.fetch()
    assert letter.raw.endswith(b"Text. \r\n")


@pytest.mark.parametrize(
    ("kind", "value", "wait"),
    [("busy", 2500, 2.5), ("http", (429, 7), 7.0), ("http", (503, 4), 4.0), ("http", (503, None), None)],
)
def test_the_time_that_the_server_asks_for_is_passed_on(
    double: EwsDouble, box: EwsMailbox, kind: str, value: Any, wait: float | None
) -> None:
    box.open()
    double.fail(kind, "SyncFolderItems", value=value)
    begun = time.monotonic()
    with pytest.raises(Away) as told:
        list(box.fetch())
    assert told.value.retry_after == wait
    assert time.monotonic() - begun < 1


def test_a_server_that_is_slow_is_waited_for_no_longer_than_agreed(
    double: EwsDouble, box: EwsMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ews_line, "TIMEOUT", (1, 0.3))
    put(double)
    double.fail("slow", "MoveItem", nth=2, value=0.8)
    double.fail("slow", "GetItem", nth=5, value=0.8)
    rounds = Rounds(box)
    rounds.until_quiet()
    time.sleep(0.6)  # what was slow has been done all the same
    rounds.until_quiet()
    assert_all_once(double, rounds)
    assert rounds.faults


# What the server forgets, and what it cannot give


def test_a_sync_state_that_is_forgotten_means_a_full_list_and_no_letter_twice(
    double: EwsDouble, box: EwsMailbox
) -> None:
    put(double)
    rounds = Rounds(box)
    first = next(iter(box.fetch()))
    double.forget_states()
    rounds.until_quiet()
    assert first.key in rounds.registered
    assert_all_once(double, rounds)
    assert rounds.faults == []


def test_an_answer_without_a_sync_state_is_asked_for_anew(double: EwsDouble, box: EwsMailbox) -> None:
    put(double)
    assert len(list(box.fetch())) == 3
    double.fail("no state", "SyncFolderItems")
    assert len(list(box.fetch())) == 3
    double.fail("no state", "SyncFolderItems", times=2)
    with pytest.raises(Away):
        list(box.fetch())
    rounds = Rounds(box)
    rounds.until_quiet()
    assert_all_once(double, rounds)


def test_a_letter_that_exchange_cannot_convert_is_left_and_told_once(
    double: EwsDouble, box: EwsMailbox, caplog: pytest.LogCaptureFixture
) -> None:
    put(double)
    double.put(raw("Hemlig rubrik"), DAY, broken=True)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert len(list(box.fetch())) == 3
    assert caplog.text.count("ErrorMimeContentConversionFailed") == 1
    assert "Hemlig" not in caplog.text
    (left,) = box.left_out()
    assert "ErrorMimeContentConversionFailed" in left.why
    double.find("Hemlig rubrik").broken = False
    assert len(list(box.fetch())) == 4
    assert box.left_out() == ()


def test_what_is_no_letter_is_left_and_what_is_one_comes(double: EwsDouble, box: EwsMailbox) -> None:
    for kind, item_class in (
        ("Contact", "IPM.Contact"),
        ("CalendarItem", "IPM.Appointment"),
        ("PostItem", "IPM.Post.RSS"),
        ("Task", None),
        ("DistributionList", "IPM.DistList"),
    ):
        double.put(raw(f"Inte {kind}"), DAY, kind=kind, item_class=item_class)
    for n, (kind, name) in enumerate(
        (
            ("MeetingRequest", "IPM.Schedule.Meeting.Request"),
            ("Message", "IPM.Note.SMIME"),
            ("Message", None),
            ("Item", "REPORT.IPM.Note.NDR"),
            ("Message", "IPM.TaskRequest"),
            ("Message", "IPM.Contactless"),
        )
    ):
        double.put(raw(f"Brev {n}"), DAY, kind=kind, item_class=name)
    rounds = Rounds(box)
    for _ in range(2):
        for letter in box.fetch():
            rounds.registered[letter.key] = "SN"
            box.move(letter.reference, "registrerat", letter.key, "SN 1")
    assert sorted(m.subject or "" for m in double.lie("Registrerat")) == [f"Brev {n}" for n in range(6)]
    assert len(double.lie("inbox")) == 5


def test_fields_that_are_empty_stop_nothing(double: EwsDouble, box: EwsMailbox) -> None:
    double.put(raw("Utan allt"), DAY, subject=None, message_id=None, item_class=None, search_key=None, sent=None)
    double.put(raw("Utan tid"), None, created=DAY)
    double.put(raw("Helt"), DAY)
    letters = list(box.fetch())
    assert len({one.key for one in letters}) == 3
    assert [one.received for one in letters] == [DAY] * 3
    for letter in letters:
        assert box.move(letter.reference, "granska", letter.key)
        # The old reference again, as after a crash.
        assert box.move(letter.reference, "granska", letter.key)
    assert len(double.lie("Granska")) == 3


def test_a_letter_that_cannot_be_moved_does_not_keep_the_others_waiting(double: EwsDouble, box: EwsMailbox) -> None:
    put(double)
    double.find("Brev 0").stuck = True
    rounds = Rounds(box)
    with pytest.raises(AssertionError, match="quiet"):
        rounds.until_quiet()
    assert sorted(m.subject or "" for m in double.lie("Registrerat")) == ["Brev 1", "Brev 2"]
    assert [one.registered for one in box.left_out()] == [True]
    double.find("Brev 0").stuck = False
    rounds.until_quiet()
    assert box.left_out() == ()
    assert_all_once(double, rounds)


def test_a_letter_in_a_folder_that_cannot_be_converted_is_passed_over(double: EwsDouble, box: EwsMailbox) -> None:
    double.put(raw("Ett"), DAY, "Registrerat", broken=True)
    (lying,) = box.lying("registrerat")
    with pytest.raises(Gone):
        box.letter(lying.reference)


@pytest.mark.parametrize("code", ["ErrorInternalServerError", "ErrorMailboxStoreUnavailable"])
def test_a_letter_that_exchange_cannot_show_for_a_while_is_not_taken_for_gone(
    double: EwsDouble, box: EwsMailbox, code: str
) -> None:
    put(double, 1)
    (letter,) = box.fetch()
    double.fail("item", "GetItem", times=2, value=code)
    for _ in range(2):
        with pytest.raises(Away):
            box.move(letter.reference, "registrerat", letter.key)
    assert box.move(letter.reference, "registrerat", letter.key)


def test_a_right_that_is_taken_away_on_the_way_is_told(double: EwsDouble, box: EwsMailbox) -> None:
    put(double)
    letters = box.fetch()
    letter = next(letters)
    double.delegates.clear()
    with pytest.raises(Shut):
        box.move(letter.reference, "registrerat", letter.key)
    with pytest.raises(Shut):
        next(letters)


def test_a_reference_from_another_kind_of_mailbox_is_nowhere(double: EwsDouble, box: EwsMailbox) -> None:
    put(double)
    double.fail("item", "GetItem", value="ErrorInvalidIdMalformed")
    assert box.move("brev.eml", "registrerat", "0" * 64) is None


def test_a_folder_of_what_was_sent_that_a_person_has_deleted_is_made_again(double: EwsDouble) -> None:
    box = EwsMailbox(box_of(double, names={**NAMES, "skickat": "Utgående"}))
    send(box)
    double.posts[ADDRESS].places.pop(double.folder("Utgående").id)
    with pytest.raises(Away):
        send(box, 2)
    send(box, 2)
    assert len(double.accepted) == 2
    double.posts[ADDRESS].places.pop(double.folder("Registrerat").id)
    box.open()
    double.posts[ADDRESS].places.pop(double.folder("Registrerat").id)
    with pytest.raises(Away):
        list(box.lying("registrerat"))
    assert list(box.lying("registrerat")) == []
    box.close()


# What people do


def test_a_copy_that_a_person_made_is_the_same_letter_and_is_moved_too(double: EwsDouble, box: EwsMailbox) -> None:
    (mail,) = put(double, 1)
    double.person_copies(mail, "inbox")
    rounds = Rounds(box)
    rounds.until_quiet()
    assert len(rounds.registered) == 1
    assert len(double.lie("Registrerat")) == 2
    double.person_copies(double.lie("Registrerat")[0], "inbox")
    rounds.until_quiet()
    assert len(rounds.registered) == 1
    assert len(double.lie("Registrerat")) == 3


def test_two_letters_made_of_one_draft_are_two(double: EwsDouble, box: EwsMailbox) -> None:
    first = double.put(raw("Månadens första"), DAY)
    double.put(raw("Månadens andra"), DAY + dt.timedelta(days=1), search_key=first.search_key)
    assert len({letter.key for letter in box.fetch()}) == 2


def test_peoples_categories_are_kept(double: EwsDouble, box: EwsMailbox) -> None:
    double.put(raw("Ett"), DAY, categories=["Röd kategori", "Ylva"])
    (letter,) = box.fetch()
    box.move(letter.reference, "registrerat", letter.key, "SN 2026-1")
    assert double.find("Ett").categories == ["Röd kategori", "Ylva", "SN 2026-1"]


def test_a_number_that_comes_later_is_put_on_a_letter_where_it_lies(double: EwsDouble, box: EwsMailbox) -> None:
    put(double, 1)
    (letter,) = box.fetch()
    called = box.move(letter.reference, "registrerat", letter.key)
    assert called
    assert box.move(called, "registrerat", letter.key, "SN 2026-1") == called
    assert box.move(letter.reference, "registrerat", letter.key, "SN 2026-1") == called
    assert double.find("Brev 0").categories == ["SN 2026-1"]


def test_a_folder_that_a_person_has_deleted_is_made_again(double: EwsDouble, box: EwsMailbox) -> None:
    put(double)
    box.open()
    post = double.posts[ADDRESS]
    post.places.pop(double.folder("Registrerat").id)
    rounds = Rounds(box)
    rounds.until_quiet()
    assert_all_once(double, rounds)
    assert rounds.faults


def test_folders_that_lie_under_the_inbox_are_used(double: EwsDouble) -> None:
    post = double.posts[ADDRESS]
    inbox = double.folder("inbox")
    double._place(post, "Klart", inbox.id)
    box = EwsMailbox(box_of(double, names={**NAMES, "registrerat": "klart", "skickat": "Utgående"}))
    put(double, 1)
    (letter,) = box.fetch()
    assert box.move(letter.reference, "registrerat", letter.key)
    assert len(double.lie("Klart")) == 1
    box.send("<1@ekeby.example>", raw("Ut", message_id="<1@ekeby.example>"), TO)
    assert len(double.lie("Utgående")) == 1
    assert box.was_sent("<1@ekeby.example>") is True
    box.close()


def test_a_mailbox_that_is_only_looked_into_gets_no_folders(double: EwsDouble, box: EwsMailbox) -> None:
    put(double)
    box.open(look_only=True)
    assert len(list(box.fetch())) == 3
    assert list(box.lying("registrerat")) == []
    assert double.asked("CreateFolder") == 0
    rounds = Rounds(box)
    rounds.until_quiet()
    assert double.asked("CreateFolder") == 4
    assert_all_once(double, rounds)


def test_old_letters_are_neither_fetched_nor_moved(double: EwsDouble, box: EwsMailbox) -> None:
    for n in range(30):
        double.put(raw("Gammalt", body="x" * 20_000), DAY - dt.timedelta(days=40 + n))
    double.put(raw("Nytt"), DAY)
    (letter,) = box.fetch(DAY)
    assert b"Nytt" in letter.raw
    assert (double.asked("GetItem"), double.bytes_read < 5000) == (1, True)
    # Somebody has set the day back: they are listed anew.
    assert len(list(box.fetch(DAY - dt.timedelta(days=365)))) == 31


def test_an_inbox_of_many_letters_is_listed_in_pages(double: EwsDouble, box: EwsMailbox) -> None:
    for n in range(1100):
        double.put(raw(f"Brev {n}"), DAY + dt.timedelta(seconds=n), "Registrerat" if n % 2 else "inbox")
    letters = box.fetch()
    assert b"Brev 0\r" in next(letters).raw
    assert len(box._mirror) == 550
    assert double.asked("SyncFolderItems") == 2
    assert len(list(box.lying("registrerat"))) == 550
    assert len(list(box.lying("registrerat", DAY + dt.timedelta(seconds=1000)))) == 50


def test_a_letter_of_35_megabytes_comes_whole(double: EwsDouble, box: EwsMailbox) -> None:
    big = raw("Stort", body=("Rad med text i ett stort brev.\r\n" * 1_100_000))
    double.put(big, DAY)
    begun = time.monotonic()
    (letter,) = box.fetch()
    assert len(letter.raw) > len(big) > 35_000_000
    assert time.monotonic() - begun < 15


# Who may open which mailbox


def refused(double: EwsDouble, **fields: Any) -> str:
    box = EwsMailbox(box_of(double, **fields))
    begun = time.monotonic()
    with pytest.raises(Shut) as told:
        box.open()
    assert time.monotonic() - begun < 2
    with pytest.raises(Shut):
        box.send("<1@ekeby.example>", raw("Ut"), TO)
    box.close()
    assert double.accepted == []
    return str(told.value)


def test_a_wrong_password_is_told_at_once(double: EwsDouble) -> None:
    assert "Kontrollera user, password" in refused(double, password="fel")


def test_a_password_that_is_changed_on_the_way_is_told_at_once(double: EwsDouble, box: EwsMailbox) -> None:
    put(double)
    assert len(list(box.fetch())) == 3
    double.users["EKEBY\\namndbot"] = "nytt"
    with pytest.raises(Shut):
        list(box.fetch())
    double.users["EKEBY\\namndbot"] = "hemligt"
    rounds = Rounds(box)
    rounds.until_quiet()
    assert_all_once(double, rounds)


def test_a_mailbox_that_the_account_may_not_open_is_told(double: EwsDouble) -> None:
    double.add("bun@ekeby.example", user="någon annan")
    assert "Add-MailboxPermission" in refused(double, address="bun@ekeby.example")
    assert "ApplicationImpersonation" in refused(double, address="bun@ekeby.example", access="impersonation")


def test_a_mailbox_that_does_not_exist_is_told(double: EwsDouble) -> None:
    assert "hittar ingen brevlåda" in refused(double, address="fel@ekeby.example")
    assert "hittar ingen brevlåda" in refused(double, address="fel@ekeby.example", access="impersonation")


def test_an_address_that_leads_to_another_mailbox_is_refused(double: EwsDouble) -> None:
    double.add("kommunen@ekeby.example", "bun@ekeby.example")
    double.put(raw("Annans brev"), DAY, post=double.posts["kommunen@ekeby.example"])
    assert "kommunen@ekeby.example" in refused(double, address="bun@ekeby.example")
    assert "huvudadress" in refused(double, address="bun@ekeby.example", access="impersonation")
    assert len(double.posts["kommunen@ekeby.example"].places) == 6


def test_two_mailboxes_of_one_account_are_kept_apart(double: EwsDouble) -> None:
    double.add("bun@ekeby.example")
    double.put(raw("Till BUN"), DAY, post=double.posts["bun@ekeby.example"])
    double.put(raw("Till SN"), DAY)
    for access in ("delegate", "impersonation"):
        for address, words in ((ADDRESS, b"Till SN"), ("bun@ekeby.example", b"Till BUN")):
            box = EwsMailbox(box_of(double, address=address, access=access))
            assert [words in letter.raw for letter in box.fetch()] == [True]
            box.close()


def test_a_windows_account_logs_in_with_ntlm(
    double: EwsDouble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "passwords").write_text("EKEBY:namndbot:hemligt\n")
    monkeypatch.setenv("NTLM_USER_FILE", str(tmp_path / "passwords"))
    double.ntlm = True
    put(double)
    box = EwsMailbox(box_of(double, auth="ntlm"))
    rounds = Rounds(box)
    rounds.until_quiet()
    assert_all_once(double, rounds)
    send(box)
    assert double.asked("CreateItem") == 1
    box.close()
    double.accepted.clear()
    assert "Kontrollera user, password" in refused(double, auth="ntlm", password="fel")


def test_an_app_logs_in_with_its_secret_and_acts_as_the_mailbox(
    double: EwsDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setattr(ews_line._AppCredentials, "LOGIN", double.url.rpartition("/EWS")[0])
    double.impersonators.add(("app", ADDRESS))
    put(double)
    app = {"auth": "oauth", "tenant": "tenant", "client_id": "app", "secret": "app-hemlighet"}
    box = EwsMailbox(box_of(double, **app))
    rounds = Rounds(box)
    rounds.until_quiet()
    assert_all_once(double, rounds)
    box.close()
    assert "hemligheten" in refused(double, **{**app, "secret": "gammal"})
    assert "personifiera" in refused(EwsDoubleWithout(double), **app)


def test_an_app_logs_in_anew_when_its_hour_is_over(double: EwsDouble, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setattr(ews_line._AppCredentials, "LOGIN", double.url.rpartition("/EWS")[0])
    double.impersonators.add(("app", ADDRESS))
    double.token_seconds = 1
    put(double)
    box = EwsMailbox(box_of(double, auth="oauth", tenant="tenant", client_id="app", secret="app-hemlighet"))
    letters = box.fetch()
    for n in range(3):
        assert next(letters)
        send(box, n)
        time.sleep(1.1)
    assert len(double.accepted) == 3
    # One that is taken back before its hour: told, and the next round logs in anew.
    double.token_seconds = 3600
    assert len(list(box.fetch())) == 3
    double.tokens.clear()
    with pytest.raises(Away):
        list(box.fetch())
    assert len(list(box.fetch())) == 3
    box.close()


def EwsDoubleWithout(double: EwsDouble) -> EwsDouble:
    double.impersonators.clear()
    return double


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("http", (403, None), "får använda EWS"),
        ("http", (404, None), "inget EWS"),
        ("http", (302, None), "annan adress"),
        ("http", (200, None), "något annat än Exchange"),
        ("soap", "ErrorPasswordExpired", "gått ut"),
        ("soap", "ErrorInvalidServerVersion", "2013 SP1"),
    ],
)
def test_what_a_person_must_do_is_said(double: EwsDouble, kind: str, value: Any, words: str) -> None:
    double.fail(kind, times=3, value=value)
    with pytest.raises(Shut) as told:
        EwsMailbox(box_of(double)).open()
    assert words in str(told.value)


def test_a_server_that_is_down_is_away(double: EwsDouble, box: EwsMailbox) -> None:
    put(double)
    double.stop()
    with pytest.raises(Away):
        list(box.fetch())


def certificate(path: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(2046, 1, 1, tzinfo=dt.UTC))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def test_a_certificate_that_is_not_trusted_is_told_and_the_municipalitys_own_is_trusted(tmp_path: Path) -> None:
    file = certificate(tmp_path / "ca.pem")
    double = EwsDouble(ADDRESS, certificate=file)
    put(double)
    assert "certifikat är inte betrott" in refused(double)
    box = EwsMailbox(box_of(double, ca=file))
    rounds = Rounds(box)
    rounds.until_quiet()
    assert_all_once(double, rounds)
    box.close()
    double.stop()


# What goes out


def send(box: EwsMailbox, number: int = 1, to: str = TO) -> str:
    message_id = f"<nb.{number}@ekeby.example>"
    return box.send(message_id, raw("Ut", message_id=message_id), to)


def test_a_message_goes_out_once_and_lies_among_what_was_sent(double: EwsDouble, box: EwsMailbox) -> None:
    double.add("bun@ekeby.example")
    assert box.was_sent("<nb.1@ekeby.example>") is False
    assert "<nb.1@ekeby.example>" in send(box, to="bun@ekeby.example")
    assert box.was_sent("<nb.1@ekeby.example>") is True
    assert double.accepted == [("<nb.1@ekeby.example>", "bun@ekeby.example")]
    (lying,) = box.lying("skickat")
    assert (lying.message_id, lying.subject) == ("<nb.1@ekeby.example>", "Ut")
    (come,) = double.lie("inbox", double.posts["bun@ekeby.example"])
    assert come.message_id == "<nb.1@ekeby.example>"
    assert double.requests.count("CreateItem") == 1


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("lost", None),
        ("http after", (503, None)),
        ("http after", (503, 2)),
        ("http after", (502, None)),
        ("http after", (500, None)),
        ("http after", (200, None)),
        ("cut", 300),
        ("cut silently", 300),
        ("cut silently", 0),
    ],
)
def test_a_message_that_was_accepted_without_an_answer_is_unknown_and_never_repeated(
    double: EwsDouble, box: EwsMailbox, kind: str, value: Any
) -> None:
    double.fail(kind, "CreateItem", times=5, value=value)
    with pytest.raises(Unknown):
        send(box)
    assert len(double.accepted) == 1
    assert double.asked("CreateItem") == 1
    assert box.was_sent("<nb.1@ekeby.example>") is True
    double.faults.clear()
    send(box, 2)
    assert len(double.accepted) == 2


@pytest.mark.parametrize(
    ("kind", "value", "error"),
    [
        ("busy", 3000, Away),
        ("item", "ErrorServerBusy", Away),
        ("item", "ErrorSubmissionQuotaExceeded", Away),
        ("http", (429, 3), Away),
        ("http", (401, None), Shut),
        ("http", (403, None), Shut),
        ("http", (413, None), TooBig),
        ("http", (503, None), Unknown),
        ("not reached", None, Unknown),
        ("soap", "ErrorInternalServerTransientError", Unknown),
        ("soap", "ErrorTooManyObjectsOpened", Unknown),
        ("item", "ErrorInternalServerError", Unknown),
        ("item", "ErrorInvalidRecipients", Undelivered),
        ("item", "ErrorMessageSizeExceeded", TooBig),
        ("item", "ErrorSendAsDenied", Shut),
        ("item", "ErrorQuotaExceeded", Shut),
    ],
)
def test_what_a_refusal_of_a_message_means(
    double: EwsDouble, box: EwsMailbox, kind: str, value: Any, error: type[DoorError]
) -> None:
    double.fail(kind, "CreateItem", value=value)
    with pytest.raises(error) as told:
        send(box)
    assert type(told.value) is error
    assert (double.accepted, double.asked("CreateItem")) == ([], 1)
    assert box.was_sent("<nb.1@ekeby.example>") is False
    send(box)
    assert len(double.accepted) == 1


def test_a_message_that_takes_too_long_is_unknown(
    double: EwsDouble, box: EwsMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ews_line, "TIMEOUT", (1, 0.3))
    double.fail("slow", "CreateItem", value=0.7)
    with pytest.raises(Unknown):
        send(box)
    time.sleep(0.8)
    assert box.was_sent("<nb.1@ekeby.example>") is True
    assert len(double.accepted) == 1


def test_nothing_was_sent_where_nobody_answers(double: EwsDouble) -> None:
    box = EwsMailbox(box_of(double))
    send(box)
    double.stop()
    box.close()
    with pytest.raises(Away):
        send(box, 2)


def test_an_address_that_is_none_and_a_message_that_is_too_big_are_refused_for_good(
    double: EwsDouble, box: EwsMailbox
) -> None:
    with pytest.raises(Undelivered):
        send(box, to="anna")
    with pytest.raises(Undelivered):
        box.send("<nb.2@ekeby.example>", raw("Stort", body="x" * 36_100_000), TO)
    double.no_send_as.add("EKEBY\\namndbot")
    with pytest.raises(Shut, match="Send As"):
        send(box)
    assert double.accepted == []


# What wakes


def watching(box: EwsMailbox) -> tuple[threading.Thread, threading.Event, list[float], list[BaseException]]:
    stopping, woken, faults = threading.Event(), [], []

    def run() -> None:
        try:
            box.watch(lambda: woken.append(time.monotonic()), stopping)
        except DoorError as error:
            faults.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, stopping, woken, faults  # type: ignore[return-value]


def until(what: Any, seconds: float = 5) -> None:
    end = time.monotonic() + seconds
    while not what() and time.monotonic() < end:
        time.sleep(0.01)
    assert what()


def test_a_letter_that_comes_wakes_and_other_work_goes_on_meanwhile(double: EwsDouble, box: EwsMailbox) -> None:
    thread, stopping, woken, faults = watching(box)
    until(lambda: double.streams == 1 and woken)
    before = len(woken)
    put(double, 1)
    until(lambda: len(woken) > before)
    begun = time.monotonic()
    rounds = Rounds(box)
    rounds.until_quiet()
    send(box)
    assert time.monotonic() - begun < 3
    begun = time.monotonic()
    stopping.set()
    thread.join()
    assert time.monotonic() - begun < 2
    assert faults == []
    until(lambda: double.streams == 0)
    assert double._subscriptions == {}


def test_a_stream_that_is_dropped_is_told(double: EwsDouble, box: EwsMailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ews_line, "_PAUSE", 0.1)
    double.fail("drop stream", "GetStreamingEvents")
    thread, stopping, _, faults = watching(box)
    thread.join(5)
    assert [type(f) for f in faults] == [Away]
    again, _, woken, _ = watching(box)
    until(lambda: woken)
    stopping.set()
    assert again.is_alive()
    threads = [t for t in threading.enumerate() if t.name == "ews-stream"]
    assert len(threads) == 1
    double.users.clear()
    double._subscriptions.clear()  # the stream ends; the next question is refused
    again.join(5)
    assert not again.is_alive()


def test_a_stream_that_ends_is_opened_again(
    double: EwsDouble, box: EwsMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ews_line, "_PAUSE", 0.1)
    thread, stopping, woken, _ = watching(box)
    until(lambda: double.streams == 1)
    double._ends.set()
    until(lambda: double.asked("GetStreamingEvents") >= 2 and len(woken) >= 2)
    stopping.set()
    thread.join()


# What it costs others


def test_an_installation_without_exchange_does_not_load_its_library() -> None:
    code = "import sys, bot.wiring, bot.mailboxes; sys.exit('exchangelib' in sys.modules or 'requests' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_library_writes_no_letter_in_the_log(
    double: EwsDouble, box: EwsMailbox, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "namndbot"):
        for kind, value in KINDS:
            double.faults.clear()
            double.fail(kind, "CreateItem", value=value)
            with pytest.raises(DoorError):
                box.send("<nb.1@ekeby.example>", raw("Hemlig rubrik"), TO)
    assert "Hemlig" not in caplog.text
    assert "exchangelib" not in {r.name.partition(".")[0] for r in caplog.records}


def _shape(letter: Incoming) -> tuple[str, dt.datetime]:
    return letter.key, letter.received


def test_the_bytes_differ_at_each_read_and_the_key_does_not(double: EwsDouble, box: EwsMailbox) -> None:
    put(double, 1)
    (first,), (second,) = box.fetch(), box.fetch()
    assert first.raw != second.raw
    assert _shape(first) == _shape(second)


# What people are told


def test_the_guide_names_each_key_and_its_example_is_understood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "brevlada-exchange.md").read_text("utf-8")
    assert [key for key in BOXES["ews"] if f"`{key}`" not in guide and f"{key} = " not in guide] == []
    example = guide.partition("```toml\n")[2].partition("```")[0]
    monkeypatch.setenv("NAMNDBOT_EWS", "hemligt")
    file = tmp_path / "namndbot.toml"
    file.write_text(f'organisation = "Ekeby kommun"\n{example}', "utf-8")
    box = settings.load(file).mailboxes["sn"]
    assert isinstance(box, EwsBox)
    assert (box.address, box.user, box.password) == (ADDRESS.replace("example", "se"), "EKEBY\\namndbot", "hemligt")
