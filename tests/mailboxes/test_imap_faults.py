"""What an IMAP server may do wrong, and what becomes of the letters: each once, whole, and none lost."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.doors import NAMES, ImapBox
from bot.mailboxes import imap_wire
from bot.mailboxes.imap import ImapMailbox
from bot.mailboxes.imap_wire import argument
from handlers.ports import Away, DoorError, Incoming, Shut
from storage.raw import sha256_of
from tests import certificates
from tests.certificates import Certificates
from tests.mailboxes.imap_double import PASSWORD, USER, ImapDouble, box
from tests.mailboxes.imap_peer import subject_of

DAY = dt.datetime(2026, 9, 1, 9, 0, tzinfo=dt.UTC)


def raw(subject: str, body: str = "Hej.") -> bytes:
    return (
        f"From: anna@region.example\r\nSubject: {subject}\r\nMessage-ID: <{subject}@region.example>\r\n\r\n{body}\r\n"
    ).encode()


# A letter whose words are those of an answer, and one whose line ends as a literal does.
LETTERS = (
    raw("Ett"),
    raw("Tva", ")\r\n* 3 FETCH (UID 9 BODY[] {4}\r\nabcd)\r\nA1 OK done\r\n* BYE {12}"),
    raw("Tre", "å" * 300),
)


@pytest.fixture
def server() -> Iterator[ImapDouble]:
    with ImapDouble() as double:
        yield double


def put(server: ImapDouble, *letters: bytes, folder: str = "INBOX") -> None:
    with server.lock:
        for n, letter in enumerate(letters):
            server.boxes[folder].add(letter, DAY + dt.timedelta(minutes=n), set())


def lie(server: ImapDouble, name: str) -> list[str]:
    return sorted(subject_of(letter.raw) for letter in server.boxes[name].letters)


@contextlib.contextmanager
def mailbox(server: ImapDouble, timeout: float = 5, **changes: object) -> Iterator[ImapMailbox]:
    made = ImapMailbox(box(server, **changes), timeout=timeout, idle_seconds=0.5)
    try:
        yield made
    finally:
        made.close()


def until_done(made: ImapMailbox, server: ImapDouble, *, most: int = 8) -> tuple[list[bytes], list[DoorError]]:
    """Do rounds as the post room does, until one goes through; return the letters that were given, and the faults."""
    given: list[bytes] = []
    faults: list[DoorError] = []
    moving: dict[str, str] = {}  # key -> reference: what is registered and not yet moved
    for _ in range(most):
        try:
            made.open()
            for key, reference in list(moving.items()):
                made.move(reference, "registrerat", key, "SN 2026-12")
                del moving[key]
            for letter in made.fetch():
                assert letter.key == sha256_of(letter.raw)
                if letter.raw not in given:
                    given.append(letter.raw)
                moving[letter.key] = letter.reference
                made.move(letter.reference, "registrerat", letter.key, "SN 2026-12")
                del moving[letter.key]
        except DoorError as fault:
            faults.append(fault)
        else:
            return given, faults
    raise AssertionError([str(f) for f in faults])


def assert_whole(server: ImapDouble, given: list[bytes]) -> None:
    assert sorted(given) == sorted(LETTERS)
    assert lie(server, "INBOX") == []
    assert lie(server, "Registrerat") == ["Ett", "Tre", "Tva"]


# Broken lines


def _cut_everywhere(capabilities: tuple[str, ...], step: int) -> int:
    cuts, at = 0, 0
    while True:
        with ImapDouble() as server, mailbox(server) as made:
            server.faults.capabilities = capabilities
            server.faults.cut_at = at
            put(server, *LETTERS)
            given, faults = until_done(made, server)
            assert_whole(server, given)
            if not server.faults.cuts:
                return cuts
            # Cut in the last answers the round has gone through already, or the good-bye is lost.
            assert [type(f) for f in faults] in ([Away], [])
            cuts += 1
        at += step


@pytest.mark.parametrize("capabilities", [("MOVE", "UIDPLUS"), ("UIDPLUS",), ("MOVE",)])
def test_a_line_that_breaks_anywhere_costs_no_letter_and_doubles_none(capabilities: tuple[str, ...]) -> None:
    assert _cut_everywhere(capabilities, step=41) > 50


@pytest.mark.soak
@pytest.mark.parametrize("capabilities", [("MOVE", "UIDPLUS"), ("UIDPLUS",), ("MOVE",)])
def test_a_line_that_breaks_at_every_byte_costs_no_letter_and_doubles_none(capabilities: tuple[str, ...]) -> None:
    assert _cut_everywhere(capabilities, step=1) > 2000


@pytest.mark.parametrize(
    "at", ["CAPABILITY", "LOGIN", "LIST", "SELECT", "UID SEARCH", "UID FETCH", "UID STORE", "UID MOVE", "CREATE"]
)
@pytest.mark.parametrize("fault", ["bye", "mute"])
def test_a_good_bye_or_a_silence_at_any_command_is_away_and_the_next_round_goes_on(
    server: ImapDouble, at: str, fault: str
) -> None:
    put(server, *LETTERS)
    with mailbox(server, timeout=0.3) as made:
        if fault == "bye":
            server.faults.bye_at = at
        else:
            server.faults.mute_at = at
        with pytest.raises(Away):
            until_and_raise(made)
        server.faults.mute_at = ""
        given, faults = until_done(made, server)
        assert faults == []
        assert set(given) <= set(LETTERS)
        assert lie(server, "Registrerat") == ["Ett", "Tre", "Tva"]


def until_and_raise(made: ImapMailbox) -> None:
    made.open()
    for letter in made.fetch():
        made.move(letter.reference, "registrerat", letter.key, "SN 2026-12")


def test_a_server_that_speaks_in_small_pieces_is_understood(server: ImapDouble) -> None:
    server.faults.pieces = 3
    put(server, *LETTERS)
    with mailbox(server) as made:
        given, faults = until_done(made, server)
    assert faults == []
    assert_whole(server, given)


def test_a_connection_that_died_between_rounds_is_made_anew_without_a_fault(server: ImapDouble) -> None:
    with mailbox(server) as made:
        made.open()
        server.break_all()
        put(server, *LETTERS)
        given, faults = until_done(made, server)
    assert faults == []
    assert_whole(server, given)


def test_a_server_that_is_down_or_unknown_is_away(server: ImapDouble) -> None:
    dead = dataclasses.replace(box(server), port=1)
    with pytest.raises(Away, match="tar inte emot"):
        ImapMailbox(dead, timeout=1).open()
    with pytest.raises(Away):
        ImapMailbox(dataclasses.replace(dead, host="imap.invalid", tls="tls"), timeout=2).open()


# What the server says no to


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("[AUTHENTICATIONFAILED] no", Shut),
        ("LOGIN failed.", Shut),
        ("[PRIVACYREQUIRED] no", Shut),
        ("[EXPIRED] no", Shut),
        ("[UNAVAILABLE] Temporary authentication failure", Away),
        ("[INUSE] mailbox is locked", Away),
        ("[LIMIT] too many sessions", Away),
        ("Too many simultaneous connections", Away),
    ],
)
def test_a_login_that_is_refused_is_a_persons_matter_unless_the_server_only_has_no_time(
    server: ImapDouble, said: str, expected: type[DoorError]
) -> None:
    server.faults.login = said
    with mailbox(server) as made, pytest.raises(expected) as told:
        made.open()
    assert PASSWORD not in str(told.value)
    assert str(told.value).startswith("Brevlådans server 127.0.0.1 ")


@pytest.mark.parametrize("greeting", ["* BYE [INUSE] too many", "* BYE [UNAVAILABLE] later", "220 smtp.example ESMTP"])
def test_a_greeting_that_is_none_is_away(server: ImapDouble, greeting: str) -> None:
    server.faults.greeting = greeting
    with mailbox(server) as made, pytest.raises(Away):
        made.open()


def test_the_wrong_password_is_shut_and_is_tried_once(server: ImapDouble) -> None:
    with mailbox(server, password="fel") as made, pytest.raises(Shut, match="lösenord"):
        made.open()
    assert server.said.count("LOGIN") == 1


def test_a_password_in_other_letters_is_sent_so_that_the_server_understands_it(
    server: ImapDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.mailboxes.imap_double.PASSWORD", "blåbär")
    with mailbox(server, password="blåbär") as made:
        made.open()
    assert any(line.startswith("AUTHENTICATE PLAIN") for line in server.said)


@pytest.mark.parametrize("bad", ["a\r\nA2 DELETE INBOX", "a\nb", "a\0b"])
def test_nothing_that_ends_a_line_reaches_the_server(server: ImapDouble, bad: str) -> None:
    with pytest.raises(ValueError, match="control"):
        argument(bad)
    with mailbox(server, password=bad) as made, pytest.raises(Shut):
        made.open()
    with mailbox(server, user=bad) as made, pytest.raises(Shut):
        made.open()
    with mailbox(server, names={**NAMES, "granska": bad}) as made:
        made.open()  # UTF-7 leaves no control character as it is
    with mailbox(server) as made:
        put(server, LETTERS[0])
        (letter,) = made.fetch()
        made.move(letter.reference, "registrerat", letter.key, f"SN {bad}")
        assert made.has(f"<{bad}>") is False
    assert not any("DELETE" in line.split()[0] for line in server.said)


def test_a_server_that_cannot_move_one_letter_alone_is_refused(server: ImapDouble) -> None:
    server.faults.capabilities = ("IDLE",)
    with mailbox(server) as made, pytest.raises(Shut, match="MOVE"):
        made.open()


@pytest.mark.parametrize("capabilities", [("UIDPLUS",), ("MOVE",), ("MOVE", "UIDPLUS")])
def test_letters_are_moved_whichever_way_the_server_knows_and_what_people_marked_stays(
    server: ImapDouble, capabilities: tuple[str, ...]
) -> None:
    server.faults.capabilities = capabilities
    put(server, *LETTERS, raw("Slangs"))
    server.boxes["INBOX"].letters[-1].flags.add("\\Deleted")
    with mailbox(server) as made:
        given, _ = until_done(made, server)
    assert sorted(given) == sorted(LETTERS)
    assert lie(server, "INBOX") == ["Slangs"]
    assert lie(server, "Registrerat") == ["Ett", "Tre", "Tva"]
    assert not any(line.split()[0] in ("EXPUNGE", "CLOSE", "DELETE") for line in server.said)


def test_a_move_that_says_ok_and_nothing_more_is_looked_after(server: ImapDouble) -> None:
    server.faults.no_copyuid = True
    put(server, LETTERS[0])
    with mailbox(server) as made:
        (letter,) = made.fetch()
        called = made.move(letter.reference, "registrerat", letter.key)
        assert called
        assert made.letter(called).raw == LETTERS[0]
    assert lie(server, "Registrerat") == ["Ett"]


def test_a_copy_that_was_made_before_a_crash_is_not_made_again(server: ImapDouble) -> None:
    server.faults.capabilities = ("UIDPLUS",)
    put(server, LETTERS[0])
    with mailbox(server) as made:
        made.open()
        put(server, LETTERS[0], folder="Registrerat")
        (letter,) = made.fetch()
        assert made.move(letter.reference, "registrerat", letter.key)
    assert (lie(server, "INBOX"), lie(server, "Registrerat")) == ([], ["Ett"])


def test_nothing_becomes_read_and_no_other_flag_is_touched(server: ImapDouble) -> None:
    put(server, *LETTERS)
    server.boxes["INBOX"].letters[0].flags.add("\\Flagged")
    with mailbox(server) as made:
        until_done(made, server)
    flags = {subject_of(x.raw): x.flags for x in server.boxes["Registrerat"].letters}
    assert flags == {"Ett": {"\\Flagged", "SN_2026-12"}, "Tva": {"SN_2026-12"}, "Tre": {"SN_2026-12"}}


def test_where_new_keywords_are_not_allowed_letters_go_without_and_it_is_told_once(
    server: ImapDouble, caplog: pytest.LogCaptureFixture
) -> None:
    server.faults.keywords = False
    put(server, *LETTERS)
    with mailbox(server) as made:
        given, faults = until_done(made, server)
    assert faults == []
    assert_whole(server, given)
    assert [r.message for r in caplog.records if "keyword" in r.message] == [
        "the mailbox takes no keywords of ours; letters are moved without"
    ]


def test_a_folder_is_not_filled_with_keywords_without_end(
    server: ImapDouble, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("bot.mailboxes.imap._MOST_KEYWORDS", 8)  # five are the server's own, and \\*
    put(server, *(raw(f"Brev {n}") for n in range(6)))
    with mailbox(server) as made:
        for n, letter in enumerate(made.fetch()):
            assert made.move(letter.reference, "registrerat", letter.key, f"SN 2026-{n}")
    assert sum(bool(x.flags) for x in server.boxes["Registrerat"].letters) == 2
    assert len([r for r in caplog.records if "keywords" in r.message]) == 1


def test_one_letter_that_the_server_cannot_give_does_not_stop_the_others(
    server: ImapDouble, caplog: pytest.LogCaptureFixture
) -> None:
    server.faults.bad_letters = {"Tva"}
    put(server, *LETTERS)
    with mailbox(server) as made:
        given, faults = until_done(made, server)
        assert (len(given), faults) == (2, [])
        assert lie(server, "INBOX") == ["Tva"]
        assert "does not give it" in caplog.text
        assert "Tva" not in caplog.text
        assert [one.why for one in made.left_out()] == ["servern lämnar inte ut det"]
        server.faults.bad_letters = set()
        given, _ = until_done(made, server)
        assert made.left_out() == ()
    assert given == [LETTERS[1]]


def test_a_letter_too_big_for_the_memory_is_left_and_told(
    server: ImapDouble, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("bot.mailboxes.imap.MOST_BYTES", 400)
    put(server, *LETTERS)
    with mailbox(server) as made:
        assert len([*made.fetch(), *made.fetch()]) == 4
        (left,) = made.left_out()
        assert (left.received, "MB" in left.why) == (DAY + dt.timedelta(minutes=2), True)
    assert len([r for r in caplog.records if "bytes and is left" in r.message]) == 1


def test_a_literal_that_never_ends_is_not_taken_into_memory(
    monkeypatch: pytest.MonkeyPatch, server: ImapDouble
) -> None:
    monkeypatch.setattr(imap_wire, "MOST_BYTES", 100)
    put(server, LETTERS[2])
    with mailbox(server) as made, pytest.raises(Away):
        list(made.fetch())


@pytest.mark.parametrize("command", ["UID MOVE", "SELECT", "UID SEARCH", "LIST", "CREATE"])
def test_a_no_to_one_command_stops_the_round_and_loses_nothing(server: ImapDouble, command: str) -> None:
    put(server, *LETTERS)
    server.faults.no_to = {command: "[OVERQUOTA] full"}
    with mailbox(server) as made:
        with pytest.raises(Away):
            until_and_raise(made)
        server.faults.no_to = {command: "[NOPERM] no"}
        with pytest.raises(Shut):
            until_and_raise(made)
        server.faults.no_to = {}
        until_done(made, server)
    assert lie(server, "Registrerat") == ["Ett", "Tre", "Tva"]


def moved(made: ImapMailbox, letters: list[Incoming]) -> list[str]:
    """Try to move some letters; return of each what was said, "" when it was moved."""
    told = []
    for letter in letters:
        try:
            made.move(letter.reference, "registrerat", letter.key)
        except DoorError as error:
            told.append(f"{type(error).__name__} {error}")
        else:
            told.append("")
    return told


@pytest.mark.parametrize("code", ["[SERVERBUG] Internal error", "odd message"])
@pytest.mark.parametrize("capabilities", [("MOVE", "UIDPLUS"), ("UIDPLUS",)])
def test_one_letter_that_the_server_will_not_move_is_its_own_fault_after_three_tries(
    server: ImapDouble, code: str, capabilities: tuple[str, ...]
) -> None:
    server.faults.capabilities = capabilities
    server.faults.stuck = {"Ett": code}
    put(server, *LETTERS)
    with mailbox(server) as made:
        (first, *others) = list(made.fetch())
        for _ in range(2):
            with pytest.raises(Away):
                made.move(first.reference, "registrerat", first.key)
        said = moved(made, [first])[0]
        assert "vägrar" in said
        assert not said.startswith(("Away", "Shut"))
        connections = server.connections
        assert moved(made, others) == ["", ""]
        assert server.connections == connections  # a refusal breaks nothing
        assert "vägrar" in moved(made, [first])[0]
        server.faults.stuck = {}
        assert moved(made, [first]) == [""]
    assert lie(server, "Registrerat") == ["Ett", "Tre", "Tva"]


def test_where_no_letter_can_be_moved_each_is_not_waited_for_anew(server: ImapDouble) -> None:
    server.faults.stuck = dict.fromkeys(("Ett", "Tva", "Tre"), "[SERVERBUG] no")
    put(server, *LETTERS)
    with mailbox(server) as made:
        letters = list(made.fetch())
        for _ in range(2):
            with pytest.raises(Away):
                made.move(letters[0].reference, "registrerat", letters[0].key)
        assert all("vägrar" in told for told in moved(made, letters))


@pytest.mark.parametrize("code", ["OVERQUOTA", "UNAVAILABLE", "INUSE"])
def test_a_mailbox_that_is_full_or_busy_is_no_letters_fault(server: ImapDouble, code: str) -> None:
    server.faults.stuck = {"Ett": f"[{code}] no"}
    put(server, *LETTERS)
    with mailbox(server) as made:
        (first, *_) = list(made.fetch())
        assert all(told.startswith("Away") for _ in range(6) for told in moved(made, [first]))


# Folders that change under us


def test_a_mailbox_read_back_from_a_backup_is_found_by_the_bytes(server: ImapDouble) -> None:
    put(server, *LETTERS)
    with mailbox(server) as made:
        letters = list(made.fetch())
        server.renew("INBOX")
        for letter in letters:
            assert made.move(letter.reference, "registrerat", letter.key)
        called = [(made.move(x.reference, "registrerat", x.key), x.key) for x in letters]
        server.renew("Registrerat")
        for reference, key in called:
            assert reference
            assert made.move(reference, "granska", key)
    assert (lie(server, "INBOX"), lie(server, "Registrerat")) == ([], [])
    assert lie(server, "Granska") == ["Ett", "Tre", "Tva"]


def test_a_mailbox_that_is_read_back_in_the_middle_of_a_round_gives_the_rest_in_the_next(server: ImapDouble) -> None:
    put(server, *LETTERS)
    with mailbox(server) as made:
        letters = made.fetch()
        first = next(letters)
        server.renew("INBOX")
        made.move(first.reference, "registrerat", first.key)
        rest = list(letters)
        given, _ = until_done(made, server)
    assert {first.raw, *(x.raw for x in rest), *given} == set(LETTERS)
    assert lie(server, "Registrerat") == ["Ett", "Tre", "Tva"]


def test_another_letter_under_the_same_number_is_left_alone(server: ImapDouble) -> None:
    put(server, *LETTERS)
    with mailbox(server) as made:
        (first, *_) = list(made.fetch())
        made.close()
        # A server that breaks its own promise: other letters, the same numbers.
        letters = server.boxes["INBOX"].letters
        letters[0].raw, letters[1].raw = letters[1].raw, letters[0].raw
        assert made.move(first.reference, "registrerat", first.key)
    assert lie(server, "Registrerat") == ["Ett"]


def test_a_folder_that_a_person_removes_is_made_again(server: ImapDouble) -> None:
    put(server, *LETTERS)
    with mailbox(server) as made:
        made.open()
        del server.boxes["Registrerat"]
        given, faults = until_done(made, server)
    assert [type(f) for f in faults] == [Away]
    assert_whole(server, given)


@pytest.mark.parametrize(("prefix", "delimiter"), [("INBOX.", "."), ("", "/"), ("INBOX/", "/")])
@pytest.mark.parametrize("namespace", [True, False])
def test_folders_are_made_where_the_server_keeps_them(prefix: str, delimiter: str, namespace: bool) -> None:
    with ImapDouble(prefix=prefix, delimiter=delimiter) as server:
        if not namespace:
            server.faults.capabilities = ("MOVE", "UIDPLUS")
        names = {**NAMES, "granska": "Bot/Åtgärda", "hemligt": f"{prefix}Hemligt"}
        put(server, LETTERS[0])
        with mailbox(server, names=names) as made:
            (letter,) = made.fetch()
            assert made.move(letter.reference, "granska", letter.key)
            assert [x.message_id for x in made.lying("granska")] == ["<Ett@region.example>"]
            made.open()
        wanted = {"INBOX", *(prefix + n for n in ("Sent", "Registrerat", "Hemligt", "&ANY-vrigt"))}
        assert set(server.boxes) == {*wanted, f"{prefix}Bot{delimiter}&AMU-tg&AOQ-rda"}


def test_who_only_looks_makes_no_folder_and_the_next_who_opens_does(server: ImapDouble) -> None:
    put(server, LETTERS[0])
    with mailbox(server) as made:
        made.open(look_only=True)
        assert len(list(made.fetch())) == 1
        assert [list(made.lying(f)) for f in ("registrerat", "skickat")] == [[], []]
        assert sorted(server.boxes) == ["INBOX", "Sent"]
        made.open()
        assert "Registrerat" in server.boxes


def test_what_was_sent_lies_in_the_servers_own_folder(server: ImapDouble) -> None:
    server.boxes["Skickade objekt"] = server.boxes.pop("Sent")
    put(server, raw("Svar"), folder="Skickade objekt")
    with mailbox(server) as made:
        (lying,) = made.lying("skickat")
        assert (lying.subject, lying.key) == ("Svar", None)
    assert "Skickat" not in server.boxes


def test_headers_that_nobody_can_decode_are_told_as_they_came(server: ImapDouble) -> None:
    odd = b"Subject: =?utf-8?q?=ff=fe?= \xff\r\nReferences: <a@b> <c\r\n d@e> <f@g>\r\nMessage-ID: x\r\n\r\n"
    put(server, odd, b"\r\nIngen rubrik\r\n", raw("=?iso-8859-1?q?=C5terst=E4llning?="), folder="Sent")
    with mailbox(server) as made:
        told = list(made.lying("skickat"))
    assert [x.subject for x in told][1:] == ["", "Återställning"]
    assert told[0].answers == ("<a@b>", "<f@g>")
    assert told[0].subject.encode()


def test_hundreds_of_letters_are_told_in_a_few_questions(server: ImapDouble) -> None:
    put(server, *(raw(f"Brev {n}") for n in range(450)), folder="Sent")
    with mailbox(server) as made:
        assert len(list(made.lying("skickat", DAY + dt.timedelta(minutes=100)))) == 350
    assert len([line for line in server.said if line.startswith("UID FETCH")]) == 3


# Encryption


@pytest.fixture(scope="module")
def made_certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates.make(tmp_path_factory.mktemp("certificates"))


@pytest.mark.parametrize("tls", ["tls", "starttls"])
def test_over_tls_letters_come_and_a_certificate_that_proves_nothing_is_refused(
    made_certificates: Certificates, tls: str
) -> None:
    good, ca = made_certificates.good, made_certificates.ca
    with ImapDouble(tls=good, starttls=tls == "starttls") as server:
        put(server, *LETTERS)
        with mailbox(server, tls=tls, ca=ca) as made:
            given, faults = until_done(made, server)
            assert faults == []
        assert_whole(server, given)
        with mailbox(server, tls=tls) as made, pytest.raises(Shut, match="certifikat"):
            made.open()
    with ImapDouble(tls=made_certificates.other, starttls=tls == "starttls") as server:
        with mailbox(server, tls=tls, ca=ca) as made, pytest.raises(Shut, match="certifikat"):
            made.open()
        assert "LOGIN" not in server.said


def test_no_password_goes_out_in_the_clear(server: ImapDouble, made_certificates: Certificates, tmp_path: Path) -> None:
    for changes in (
        {"tls": "starttls", "ca": made_certificates.ca},
        {"tls": "none", "host": "imap.ekeby.example"},
        {"tls": "tls", "ca": tmp_path / "none.pem"},
    ):
        with mailbox(server, **changes) as made, pytest.raises(Shut):
            made.open()
    # TLS to a port that speaks none.
    server.faults.greeting = "* OK ready"
    with mailbox(server, tls="tls", ca=made_certificates.ca) as made, pytest.raises(Shut, match="port"):
        made.open()
    with (
        ImapDouble(tls=made_certificates.good, starttls=True) as other,
        mailbox(other) as made,
        pytest.raises(DoorError),
    ):
        made.open()
    assert "LOGIN" not in server.said


# The watch


@contextlib.contextmanager
def watching(server: ImapDouble, **changes: object) -> Iterator[tuple[list[float], threading.Event, list[Exception]]]:
    woken: list[float] = []
    stopping = threading.Event()
    ended: list[Exception] = []

    def watch() -> None:
        try:
            ImapMailbox(box(server, **changes), timeout=1, idle_seconds=0.7).watch(
                lambda: woken.append(time.monotonic()), stopping
            )
        except DoorError as error:
            ended.append(error)

    thread = threading.Thread(target=watch)
    thread.start()
    _until(lambda: bool(woken) or not thread.is_alive())
    try:
        yield woken, stopping, ended
    finally:
        stopping.set()
        started = time.monotonic()
        thread.join(5)
        assert time.monotonic() - started < 1.5


def _until(true: object, seconds: float = 3) -> None:
    assert callable(true)
    until = time.monotonic() + seconds
    while not true() and time.monotonic() < until:
        time.sleep(0.01)
    assert true()


def test_a_letter_that_comes_wakes_at_once_and_the_watch_stops_soon(server: ImapDouble) -> None:
    with watching(server) as (woken, _, ended):
        before = len(woken)
        put(server, LETTERS[0])
        _until(lambda: len(woken) > before, 1)
        assert server.boxes["INBOX"].letters[0].flags == set()
    assert ended == []


def test_news_before_the_server_says_that_it_waits_is_no_fault(server: ImapDouble) -> None:
    server.faults.early = True
    with watching(server) as (woken, _, ended):
        before = len(woken)
        put(server, LETTERS[0])
        _until(lambda: len(woken) > before, 1)
    assert ended == []


def test_a_server_that_does_not_want_to_wait_is_away(server: ImapDouble) -> None:
    server.faults.no_to = {"IDLE": "not now"}
    with watching(server) as (_, _, ended):
        pass
    assert [type(e) for e in ended] == [Away]


def test_idle_is_begun_again_and_again(server: ImapDouble) -> None:
    with watching(server):
        _until(lambda: server.said.count("IDLE") >= 3)


@pytest.mark.parametrize("fault", ["broken", "silent"])
def test_a_connection_that_dies_while_it_watches_is_noticed(server: ImapDouble, fault: str) -> None:
    with watching(server) as (_, _, ended):
        if fault == "broken":
            server.break_all()
        else:
            server.faults.mute_at = "IDLE"
        _until(lambda: bool(ended))
    assert [type(e) for e in ended] == [Away]


def test_a_watch_that_may_not_log_in_says_so(server: ImapDouble) -> None:
    server.faults.login = "[AUTHENTICATIONFAILED] no"
    with watching(server) as (_, _, ended):
        pass
    assert [type(e) for e in ended] == [Shut]


def test_without_idle_the_watch_returns(server: ImapDouble) -> None:
    server.faults.capabilities = ("MOVE", "UIDPLUS")
    with watching(server) as (woken, _, ended):
        assert (woken, ended) == ([], [])


def test_the_settings_never_show_the_password(server: ImapDouble) -> None:
    made: ImapBox = box(server)
    assert PASSWORD not in repr(made)
    assert USER in repr(made)
