"""Microsoft Graph fails in every way that its documents tell of: each letter still comes once, each message goes once."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.mailboxes import graph_line
from bot.mailboxes.graph import GraphMailbox
from handlers.ports import Away, DoorError, Shut, Undelivered, Unknown
from tests.mailboxes.graph_double import GraphDouble, app_certificate, made_certificate, pem_of
from tests.mailboxes.graph_peer import ADDRESS, GraphPeer, graph
from tests.mailboxes.peer import subject_of

DAY = dt.datetime(2026, 12, 1, 9, 0, tzinfo=dt.UTC)
BEGINNING = ("discovery", "token", "user", "folder", "folders", "make-folder")
READING = ("delta", "list", "value", "message", "move", "patch")
KINDS = ("429", "503", "500", "401", "410", "lost", "late", "cut", "404")
FAULTS = [
    *((operation, kind) for operation in BEGINNING for kind in ("503", "401", "lost", "cut")),
    # A message that is not found is one that a person has taken.
    *((o, k) for o in READING for k in KINDS if not (k == "404" and o in ("message", "patch"))),
]


@pytest.fixture
def peer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GraphPeer]:
    monkeypatch.setattr(graph_line, "_FIRST_WAIT", 0.01)
    with graph(tmp_path) as made:
        yield made


@pytest.fixture
def double(peer: GraphPeer) -> GraphDouble:
    return peer.double


def raw(subject: str, body: str = "Hej.", **headers: str) -> bytes:
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = f"From: anna@region.example\r\nTo: {ADDRESS}\r\nSubject: {subject}\r\n{more}"
    return f"{head}MIME-Version: 1.0\r\n\r\n{body}\r\n".encode()


def put(peer: GraphPeer, count: int, start: int = 0) -> None:
    for n in range(start, start + count):
        peer.put(raw(f"Brev {n:03d}"), DAY + dt.timedelta(minutes=n))


def rounds(box: GraphMailbox, most: int = 8) -> list[str]:
    """Go through the inbox as the post room does, again after each fault; return the subjects, once per key."""
    seen: dict[str, str] = {}
    for _ in range(most):
        try:
            for letter in box.fetch():
                seen.setdefault(letter.key, subject_of(letter.raw))
                box.move(letter.reference, "registrerat", letter.key, f"SN 2026-{len(seen)}")
        except Away:
            continue
    return sorted(seen.values())


def assert_each_once(peer: GraphPeer, found: list[str], count: int, *, labels: bool = True) -> None:
    assert found == [f"Brev {n:03d}" for n in range(count)]
    assert peer.subjects("registrerat") == found
    assert peer.subjects("inkorg") == []
    assert not labels or all(len(peer.labels(subject)) == 1 for subject in found)


# every call that reads or moves, failing once in every way


@pytest.mark.parametrize(("operation", "kind"), FAULTS)
def test_a_call_that_fails_once_costs_no_letter(peer: GraphPeer, operation: str, kind: str) -> None:
    put(peer, 4)
    value = {"cut": 5.0, "429": 0.01}.get(kind)
    peer.double.fail(operation, kind, nth=2 if operation in READING[2:] else 1, value=value)
    box = peer.mailbox()
    found: list[str] = []
    for _ in range(3):
        try:
            found = rounds(box)
            break
        except Shut:  # what a person would have to see to, and then it works
            assert operation in ("discovery", "token")
            box.close()
    put(peer, 2, start=4)
    assert_each_once(peer, sorted(found + rounds(box)), 6)


@pytest.mark.parametrize("nth", range(1, 14))
def test_an_answer_that_is_lost_after_it_was_done_costs_no_letter(peer: GraphPeer, nth: int) -> None:
    put(peer, 4)
    peer.double.fail("*", "lost", nth=nth)
    assert_each_once(peer, rounds(peer.mailbox()), 4)


def test_a_server_that_is_full_is_left_alone_as_long_as_it_says(peer: GraphPeer) -> None:
    put(peer, 1)
    box = peer.open()
    peer.double.fail("delta", "429", value=120)
    begun = time.monotonic()
    with pytest.raises(Away) as told:
        list(box.fetch())
    assert told.value.retry_after == 120
    assert time.monotonic() - begun < 20
    assert_each_once(peer, rounds(box), 1)


def test_a_short_wait_is_made_in_place_and_no_longer_than_asked(peer: GraphPeer) -> None:
    put(peer, 1)
    box = peer.open()
    peer.double.fail("value", "429", value=1, times=2)
    begun = time.monotonic()
    (letter,) = box.fetch()
    assert 2 <= time.monotonic() - begun < 20
    assert letter.raw


def test_a_server_that_is_always_busy_is_away_and_not_asked_for_ever(
    peer: GraphPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph_line, "_PATIENCE", 0.1)
    put(peer, 1)
    box = peer.open()
    peer.double.fail("delta", "503", times=1000)
    with pytest.raises(Away, match="inte tid"):
        list(box.fetch())
    assert peer.double.calls["delta"] < 8


def test_a_token_that_runs_out_midway_is_renewed_once(peer: GraphPeer, double: GraphDouble) -> None:
    put(peer, 3)
    box = peer.open()
    letters = box.fetch()
    next(letters)
    double.expire_tokens()
    assert len(list(letters)) == 2
    assert double.calls["token"] == 2


def test_a_login_that_is_no_longer_taken_is_told_at_once(peer: GraphPeer, double: GraphDouble) -> None:
    box = peer.open()
    double.fail("delta", "401", times=100)
    with pytest.raises(Shut, match="rättigheter i Entra"):
        list(box.fetch())
    assert double.calls["token"] == 2


@pytest.mark.parametrize("nth", [1, 2])
def test_changes_that_are_forgotten_lead_to_a_whole_list_and_no_letter_twice(
    peer: GraphPeer, double: GraphDouble, nth: int
) -> None:
    put(peer, 105)
    box = peer.mailbox()
    double.fail("delta", "410", nth=nth)  # at the first page, and in the middle of a round
    assert len(list(box.fetch())) == 105
    double.forget_changes()
    put(peer, 1, start=105)
    assert len(list(box.fetch())) == 106
    assert_each_once(peer, rounds(box, 2), 106)


def test_a_filter_that_is_not_taken_any_more_costs_no_letter(peer: GraphPeer, double: GraphDouble) -> None:
    put(peer, 2)
    double.fail("delta", "400", times=1000)
    box = peer.mailbox()
    assert len(list(box.fetch())) == 2
    put(peer, 1, start=2)
    assert_each_once(peer, rounds(box, 2), 3)


def test_a_quiet_round_asks_for_changes_only(peer: GraphPeer, double: GraphDouble) -> None:
    put(peer, 3)
    box = peer.mailbox()
    rounds(box, 2)
    before = double.calls.copy()
    assert list(box.fetch()) == []
    assert double.calls - before == Counter({"delta": 1})


def test_a_change_that_is_told_in_part_is_asked_for(peer: GraphPeer, double: GraphDouble) -> None:
    box = peer.open()
    assert list(box.fetch()) == []
    double.sparse = True
    put(peer, 2)
    assert [letter.received for letter in box.fetch()] == [DAY, DAY + dt.timedelta(minutes=1)]


@pytest.mark.parametrize("status", [404, 500])
def test_a_letter_that_cannot_be_fetched_is_left_and_told_and_the_others_come(
    peer: GraphPeer, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    put(peer, 4)
    bad = peer.find("Brev 001")
    peer.double.bad[bad.id] = status
    box = peer.mailbox()
    with caplog.at_level("WARNING", logger="namndbot.mailbox"):
        assert rounds(box, 2) == ["Brev 000", "Brev 002", "Brev 003"]
    assert "cannot be fetched whole" in caplog.text
    assert "Brev" not in caplog.text
    assert len(box.left_out()) == 1
    peer.double.bad.clear()
    assert rounds(box, 1) == ["Brev 001"]
    assert box.left_out() == ()


@pytest.mark.parametrize("after", [0, 1, 40])
def test_a_letter_that_is_cut_short_is_never_taken_for_whole(peer: GraphPeer, double: GraphDouble, after: int) -> None:
    put(peer, 3)
    double.fail("value", "cut", nth=2, times=2, value=after)
    box = peer.mailbox()
    assert rounds(box, 1) == ["Brev 000", "Brev 002"]
    assert rounds(box, 1) == ["Brev 001"]


def test_a_letter_of_35_megabytes_comes_whole(peer: GraphPeer) -> None:
    peer.put(raw("Stort", "x" * 76 + "\r\n" + "y" * 35_000_000), DAY)
    (letter,) = peer.open().fetch()
    assert len(letter.raw) > 35_000_000
    assert letter.raw.endswith(b"yyy\r\n")


def test_a_slow_server_is_waited_for(peer: GraphPeer, double: GraphDouble) -> None:
    put(peer, 1)
    double.fail("value", "slow", value=0.5)
    assert_each_once(peer, rounds(peer.mailbox(), 1), 1)


def test_a_server_that_says_nothing_is_away(peer: GraphPeer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph_line, "_SILENCE", 0.2)
    put(peer, 1)
    box = peer.open()
    peer.double.fail("delta", "slow", value=2, times=2)
    with pytest.raises(Away, match="avbröts"):
        list(box.fetch())
    assert_each_once(peer, rounds(box), 1)


def test_a_server_that_is_down_is_away_and_comes_back(peer: GraphPeer) -> None:
    box = peer.mailbox(url="https://127.0.0.1:9/v1.0", login="https://127.0.0.1:9")
    with pytest.raises(Away, match="svarar inte"):
        box.open()
    other = peer.mailbox(url="https://127.0.0.1:9/v1.0")
    with pytest.raises(Away, match="svarar inte"):
        other.open()


def test_never_more_than_two_requests_at_once_whoever_asks(peer: GraphPeer, double: GraphDouble) -> None:
    put(peer, 20)
    box = peer.open()
    double.fail("*", "slow", value=0.02, times=400)
    others = [threading.Thread(target=lambda: list(box.lying("granska"))) for _ in range(6)]
    for thread in others:
        thread.start()
    assert_each_once(peer, rounds(box, 2), 20)
    for thread in others:
        thread.join()
    assert double.most_at_once == 2


def test_when_others_take_the_places_the_bot_waits(peer: GraphPeer, double: GraphDouble) -> None:
    put(peer, 3)
    double.at_once = 4  # people's own programs
    box = peer.mailbox()
    threading.Timer(0.2, lambda: setattr(double, "at_once", 0)).start()
    assert_each_once(peer, rounds(box, 30), 3)
    double.most_at_once = 0


# whose mailbox it is, and who we are


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"secret": "fel"}, "AADSTS7000215.*secret"),
        ({"client_id": "00000000-0000-0000-0000-000000000000"}, "AADSTS700016.*client_id"),
        ({"tenant": "fel.example"}, "AADSTS90002.*tenant"),
    ],
)
def test_a_wrong_login_is_told_at_once_with_what_to_change(peer: GraphPeer, changes: dict[str, str], told: str) -> None:
    with pytest.raises(Shut, match=told):
        peer.mailbox(**changes).open()
    assert peer.double.calls["token"] <= 1


def test_a_secret_that_has_run_out_is_told_so(peer: GraphPeer, double: GraphDouble) -> None:
    double.secret_expired = True
    with pytest.raises(Shut, match=r"gått ut \(AADSTS7000222\)"):
        peer.mailbox().open()


def test_a_certificate_logs_in(peer: GraphPeer, double: GraphDouble, tmp_path: Path) -> None:
    path = tmp_path / "app.pem"
    double.certificate = app_certificate(path)
    put(peer, 1)
    assert_each_once(peer, rounds(peer.mailbox(secret="", certificate=path), 1), 1)
    assert double.token_scopes == [f"{double.login}/.default"]


def test_a_certificate_that_does_not_do_is_told_with_what_is_wrong(
    peer: GraphPeer, double: GraphDouble, tmp_path: Path
) -> None:
    path = tmp_path / "app.pem"

    def refused(told: str) -> None:
        with pytest.raises(Shut, match=told):
            peer.mailbox(secret="", certificate=path).open()

    refused("går inte att läsa")
    double.certificate = app_certificate(tmp_path / "another.pem")
    app_certificate(path)
    refused("AADSTS700027")
    app_certificate(path, days=-1)
    refused("gick ut")
    path.write_bytes(path.read_bytes().partition(b"-----BEGIN PRIVATE")[0])
    refused("både certifikat och privat nyckel")
    head = path.read_bytes().partition(b"-----BEGIN PRIVATE")[0]
    app_certificate(tmp_path / "third.pem")
    path.write_bytes(head + (tmp_path / "third.pem").read_bytes().partition(b"-----END CERTIFICATE-----\n")[2])
    refused("hör inte till certifikatet")


def test_a_server_with_another_certificate_gets_no_secret(peer: GraphPeer, tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    other = tmp_path / "other.pem"
    from cryptography.hazmat.primitives.serialization import Encoding

    other.write_bytes(made_certificate(key, "localhost").public_bytes(Encoding.PEM) + pem_of(key))
    with pytest.raises(Shut, match="går inte att lita på"):
        peer.mailbox(ca=other).open()
    assert peer.double.calls["token"] == 0


def test_another_ones_mailbox_is_refused_and_left_alone(peer: GraphPeer, double: GraphDouble) -> None:
    put(peer, 1)
    peer.account.user = {"mail": "kommunstyrelsen@ekeby.example", "userPrincipalName": "ks@ekeby.example"}
    box = peer.mailbox()
    with pytest.raises(Shut, match=r"kommunstyrelsen@ekeby\.example, inte socialnamnden"):
        list(box.fetch())
    with pytest.raises(Shut):
        box.send(*out())
    assert double.calls["make-folder"] == double.calls["draft"] == 0


def test_without_the_right_to_read_the_directory_the_mailboxs_own_answer_does(
    peer: GraphPeer, double: GraphDouble
) -> None:
    double.directory = False
    put(peer, 1)
    assert_each_once(peer, rounds(peer.mailbox(), 1), 1)
    peer.account.user = {"mail": "ks@ekeby.example"}
    with pytest.raises(Shut, match=r"ks@ekeby\.example, inte"):
        peer.mailbox().open()


def test_an_old_address_of_the_mailbox_is_its_own(peer: GraphPeer, double: GraphDouble) -> None:
    double.accounts["gammal@ekeby.example"] = peer.account
    peer.mailbox(address="gammal@ekeby.example").open()


def test_a_mailbox_without_rights_says_which_rights(peer: GraphPeer) -> None:
    peer.account.allowed = False
    with pytest.raises(Shut, match=r"Application Mail\.ReadWrite"):
        peer.mailbox().open()


def test_a_mailbox_that_is_elsewhere_or_nowhere_is_told_so(peer: GraphPeer, double: GraphDouble) -> None:
    with pytest.raises(Shut, match=r"ingen brevlåda finns-inte@ekeby\.example"):
        peer.mailbox(address="finns-inte@ekeby.example").open()
    peer.account.enabled = False
    with pytest.raises(Shut, match='kind = "ews"'):
        peer.mailbox().open()


def test_the_token_goes_to_the_settings_host_only(peer: GraphPeer, double: GraphDouble) -> None:
    box = peer.open()
    with pytest.raises(Shut, match="främmande"):
        box._line.ask("GET", "https://127.0.0.1.evil.example/v1.0/users")
    double.fail("delta", "302")
    with pytest.raises(Shut, match="annan adress"):
        list(box.fetch())


# folders and moves


def test_two_copies_make_the_folders_once(peer: GraphPeer) -> None:
    boxes = [peer.mailbox() for _ in range(3)]
    threads = [threading.Thread(target=box.open) for box in boxes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    names = Counter(peer.account.folders.values())
    assert {names[name] for name in ("Registrerat", "Granska", "Hemligt", "Övrigt")} == {1}


def test_a_folder_that_a_person_throws_away_is_made_anew(peer: GraphPeer) -> None:
    put(peer, 1)
    box = peer.open()
    account = peer.account
    old = account.folder_of("Registrerat")
    assert old
    del account.folders[old], account.parents[old]
    assert_each_once(peer, rounds(box, 1), 1)


def test_a_folder_that_lies_in_the_bin_takes_no_letters(peer: GraphPeer) -> None:
    put(peer, 1)
    box = peer.open()
    account = peer.account
    old = account.folder_of("Registrerat")
    assert old
    account.parents[old] = account.known["deleteditems"]
    (letter,) = box.fetch()
    box.move(letter.reference, "registrerat", letter.key)
    assert account.letters[letter.key].folder != old


def test_a_folder_that_lies_under_the_inbox_is_taken(peer: GraphPeer) -> None:
    account = peer.account
    under = account.make_folder("registrerat", account.known["inbox"])
    put(peer, 1)
    box = peer.open()
    (letter,) = box.fetch()
    box.move(letter.reference, "registrerat", letter.key)
    assert account.letters[letter.key].folder == under
    assert account.folder_of("Registrerat") is None


@pytest.mark.parametrize("status", [400, 500])
def test_a_letter_that_cannot_be_moved_keeps_no_other_waiting_for_ever(
    peer: GraphPeer, double: GraphDouble, status: int
) -> None:
    put(peer, 3)
    stuck = peer.find("Brev 001")
    double.stuck[stuck.id] = status
    box = peer.mailbox()
    told: list[str] = []
    for _ in range(5):
        try:
            for letter in box.fetch():
                try:
                    box.move(letter.reference, "registrerat", letter.key)
                except Away:
                    raise
                except DoorError as error:
                    told.append(str(error))
        except Away:
            continue
    assert peer.subjects("registrerat") == ["Brev 000", "Brev 002"]
    assert all("vägrar" in one for one in told)
    assert len(told) == 3
    double.stuck.clear()
    assert_each_once(peer, sorted({*rounds(box, 1), "Brev 000", "Brev 002"}), 3, labels=False)


def test_who_only_looks_makes_no_folder(peer: GraphPeer, double: GraphDouble) -> None:
    put(peer, 1)
    box = peer.mailbox()
    box.open(look_only=True)
    (letter,) = box.fetch(everything=True)
    assert list(box.lying("granska")) == []
    assert double.calls["make-folder"] == 0
    box.open()
    assert double.calls["make-folder"] == 4
    assert box.move(letter.reference, "granska", letter.key)


def test_peoples_own_categories_stay(peer: GraphPeer) -> None:
    peer.arrive(raw("Brev 000"), DAY, categories=["Brådskande"])
    box = peer.open()
    (letter,) = box.fetch()
    for _ in range(2):
        assert box.move(letter.reference, "registrerat", letter.key, "SN 2026-12") == letter.key
    assert peer.labels("Brev 000") == ["Brådskande", "SN 2026-12"]


def test_a_letter_in_a_persons_own_folder_is_left_there(peer: GraphPeer) -> None:
    put(peer, 1)
    box = peer.open()
    (letter,) = box.fetch()
    peer.person_moves("Brev 000", "Annas egna")
    assert box.move(letter.reference, "registrerat", letter.key, "SN 2026-12") is None
    assert peer.subjects("Annas egna") == ["Brev 000"]
    assert peer.labels("Brev 000") == []
    assert list(box.fetch()) == []


def test_a_letter_that_is_known_by_another_kinds_key_is_nowhere(peer: GraphPeer) -> None:
    assert peer.open().move("brev.eml", "registrerat", "0" * 64) is None


def test_a_letter_that_comes_back_to_the_inbox_is_given_again(peer: GraphPeer) -> None:
    put(peer, 1)
    box = peer.open()
    assert rounds(box, 1) == ["Brev 000"]
    peer.person_moves("Brev 000", "inkorg")
    assert [letter.key for letter in box.fetch()] == [peer.find("Brev 000").id]


def test_a_meeting_request_is_a_letter_too(peer: GraphPeer) -> None:
    peer.arrive(raw("Kallelse"), DAY, kind="#microsoft.graph.eventMessageRequest")
    assert rounds(peer.mailbox(), 1) == ["Kallelse"]


def test_without_a_day_the_settings_day_is_where_the_bot_begins(peer: GraphPeer) -> None:
    peer.put(raw("Gammalt"), dt.datetime(2025, 12, 31, 22, 59, 59, tzinfo=dt.UTC))
    peer.put(raw("Nytt"), dt.datetime(2025, 12, 31, 23, 0, tzinfo=dt.UTC))  # midnight in Stockholm
    assert rounds(peer.mailbox(), 1) == ["Nytt"]


def test_what_lies_in_a_folder_is_told_whole_while_it_is_emptied(peer: GraphPeer) -> None:
    box = peer.open()
    for n in range(230):
        peer.put(raw(f"Svar {n}", In_Reply_To="<nb.1@ekeby>", References="<a@b> <nb.1@ekeby>"), DAY, "granska")
    told = []
    for lying in box.lying("granska"):
        told.append(lying.answers)
        assert lying.key
        box.move(lying.reference, "registrerat", lying.key)
    assert told == [("<nb.1@ekeby>", "<a@b>", "<nb.1@ekeby>")] * 230


# sending


def out(number: int = 1) -> tuple[str, bytes, str]:
    message_id = f"<nb.{number}@ekeby.example>"
    return message_id, raw("Påminnelse", Message_ID=message_id), ADDRESS


def carry(peer: GraphPeer, *, crashing: bool) -> None:
    """Send one message as the courier does, and again after each fault; crashing: what a new process knows."""
    message_id, mime, to = out()
    box = peer.mailbox()
    for attempt in range(6):
        if attempt and crashing:
            box.close()
            box = peer.mailbox()
        try:
            if attempt and box.was_sent(message_id):
                return
            assert box.send(message_id, mime, to).startswith("graph ")
            return
        except (Unknown, Away):
            continue
    pytest.fail("never sent")


@pytest.mark.parametrize("crashing", [False, True])
@pytest.mark.parametrize("kind", ["429", "503", "500", "401", "lost", "late", "cut"])
@pytest.mark.parametrize("operation", ["search", "draft", "send", "token"])
def test_a_message_is_accepted_once_whatever_fails(
    peer: GraphPeer, double: GraphDouble, operation: str, kind: str, crashing: bool
) -> None:
    double.sent_delay = 0.1  # the copy comes later
    double.fail(operation, kind, times=1, value={"cut": 3.0, "429": 20.0}.get(kind))
    try:
        carry(peer, crashing=crashing)
    except Shut:
        assert operation == "token"
        carry(peer, crashing=crashing)
    assert [told for told, _ in double.accepted] == ["<nb.1@ekeby.example>"]
    time.sleep(0.15)
    assert peer.open().was_sent("<nb.1@ekeby.example>") is True
    assert peer.open().was_sent("<nb.2@ekeby.example>") is False


def test_a_message_whose_answer_was_lost_is_unknown_and_then_known(peer: GraphPeer, double: GraphDouble) -> None:
    double.sent_delay = 5
    double.fail("send", "lost")
    box = peer.open()
    with pytest.raises(Unknown):
        box.send(*out())
    # The draft is gone and the copy is not there yet: it is on its way, and is not sent again.
    assert box.was_sent(out()[0]) is True
    assert box.send(*out()).startswith("graph ")
    assert len(double.accepted) == 1


def test_a_draft_that_a_crash_left_behind_is_the_one_that_goes(peer: GraphPeer, double: GraphDouble) -> None:
    double.fail("draft", "lost")
    with pytest.raises(Away):
        peer.mailbox().send(*out())
    assert peer.open().was_sent(out()[0]) is False
    peer.mailbox().send(*out())
    assert (double.calls["draft"], len(double.accepted)) == (1, 1)


def test_a_message_gets_its_own_id_back_where_the_server_takes_it(peer: GraphPeer, double: GraphDouble) -> None:
    double.keeps_message_id = False
    peer.mailbox().send(*out())
    assert [told for told, _ in double.accepted] == ["<nb.1@ekeby.example>"]


def test_where_the_server_gives_ids_of_its_own_the_draft_is_asked_for(peer: GraphPeer, double: GraphDouble) -> None:
    double.keeps_message_id = double.takes_message_id = False
    box = peer.open()
    double.fail("send", "lost")
    with pytest.raises(Unknown):
        box.send(*out())
    assert box.was_sent(out()[0]) is True
    double.fail("send", "503")
    with pytest.raises(Unknown):
        box.send(*out(2))
    assert box.was_sent(out(2)[0]) is False
    box.send(*out(2))
    assert (double.calls["draft"], len(double.accepted)) == (2, 2)


def test_a_message_that_is_sent_lies_in_skickat_and_tells_what_it_answers(peer: GraphPeer) -> None:
    box = peer.open()
    begun = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
    box.send(*out())
    (lying,) = box.lying("skickat", begun)
    assert lying.message_id == out()[0]
    assert box.letter(lying.reference).key == lying.key


def test_a_message_that_is_too_big_is_refused_before_anything_is_sent(peer: GraphPeer, double: GraphDouble) -> None:
    message_id, mime, to = out()
    with pytest.raises(Undelivered, match="högst 3 MB") as told:
        peer.mailbox().send(message_id, mime + b"x" * 4_000_000, to)
    assert not isinstance(told.value, Unknown)
    peer.mailbox().send(message_id, mime + b"x" * 2_900_000, to)
    assert len(double.accepted) == 1


def test_a_message_that_graph_cannot_read_is_undelivered(peer: GraphPeer) -> None:
    with pytest.raises(Undelivered) as told:
        peer.mailbox().send("<a@nb>", b"To: x@\r\n\r\n", "x@")
    assert not isinstance(told.value, Unknown)


def test_a_message_that_is_written_to_somebody_else_is_not_sent(peer: GraphPeer, double: GraphDouble) -> None:
    message_id, mime, _ = out()
    for to in ("karin@ekeby.example", ""):
        with pytest.raises(Undelivered, match="någon annan"):
            peer.mailbox().send(message_id, mime, to)
    with pytest.raises(Undelivered, match="någon annan"):
        peer.mailbox().send(message_id, b"Cc: karin@ekeby.example\r\n" + mime, ADDRESS)
    assert double.calls["draft"] == 0


def test_a_closed_mailbox_opens_again(peer: GraphPeer) -> None:
    put(peer, 1)
    box = peer.open()
    box.close()
    box.close()
    assert_each_once(peer, rounds(box, 1), 1)


def test_what_is_told_of_a_fault_is_swedish_and_names_no_secret(peer: GraphPeer) -> None:
    with pytest.raises(DoorError) as told:
        peer.mailbox(secret="mycket-hemlig").open()
    assert "hemlig~sak" not in str(told.value)
    assert "mycket-hemlig" not in str(told.value)
