"""A mailbox or a way out that is out of reach, what people moved and sent, and what came back."""

from __future__ import annotations

import dataclasses
import datetime as dt
import email.utils
import itertools
import os
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from bot import trial
from bot.cli import main
from bot.courier import Courier
from bot.patience import Patience
from bot.post import Memory, PostRoom
from handlers import intake, registering, review
from handlers.notices import render
from handlers.ports import Away, DoorError, Incoming, Shut, Undelivered, Unknown
from storage.raw.files import RawFiles
from storage.records import Namnd, Notice
from storage.store import Book, Store
from tests.bot.house import House
from tests.builders import NOW, SN, letter
from tests.fakes import FixedClock, HereReader, MemoryMailbox

REMISS = "Begäran om yttrande\n\nNämndens yttrande ska ha kommit in senast den 26 februari 2027.\n\nDnr KS 2026-388"


class Faulty(MemoryMailbox):
    """A mailbox that fails when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.fault: Exception | None = None
        self.moves: Exception | None = None
        self.tried = 0

    def fetch(self, since: dt.datetime | None = None, *, everything: bool = False) -> Iterator[Incoming]:
        self.tried += 1
        if self.fault:
            raise self.fault
        yield from super().fetch(since, everything=everything)

    def move(self, reference: str, folder: object, key: str, label: str = "") -> str | None:
        if self.moves:
            raise self.moves
        return super().move(reference, folder, key, label)  # type: ignore[arg-type]


class Way(MemoryMailbox):
    """A way out that fails as it is told to: the nth of its answers, the last one for ever."""

    def __init__(self, *answers: Exception | None, known: bool | None = False) -> None:
        super().__init__()
        self.answers = list(answers) or [None]
        self.known = known
        self.accepted: list[str] = []

    def send(self, message_id: str, raw: bytes, to: str) -> str:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer is None or isinstance(answer, Unknown):
            self.accepted.append(message_id)
        if answer:
            raise answer
        return "ok"

    def was_sent(self, message_id: str) -> bool | None:
        return None if self.known is None else message_id in self.accepted


@pytest.fixture
def faulty(house: House) -> tuple[House, Faulty, PostRoom]:
    box = Faulty()
    room = dataclasses.replace(house.room, mailbox=box, memory=Memory(Patience(lambda: 1.0)))
    return house, box, room


def kinds(house: House, kind: str) -> list[Notice]:
    with house.store.look() as book:
        return [n for n in book.notices() if n.kind == kind]


def test_a_server_that_is_away_is_tried_later_and_later_and_told_of_after_half_an_hour(
    faulty: tuple[House, Faulty, PostRoom],
) -> None:
    house, box, room = faulty
    box.fault = Away("Servern svarar inte.")
    box.put(letter("Motion om vägar", REMISS))
    tried = []
    for _ in range(60 * 60 // 10):
        before = box.tried
        assert room.round() == []
        tried += [house.clock.now()] if box.tried > before else []
        house.clock.forward(seconds=10)
    waits = [(b - a).total_seconds() for a, b in itertools.pairwise(tried)]
    assert waits[:5] == [10, 10, 20, 40, 80]
    assert max(waits) <= 610
    told = kinds(house, "larm")
    assert {n.address for n in told} == {"ylva@ekeby.example"}
    assert len(told) == 1
    assert told[0].created_at - NOW >= dt.timedelta(minutes=30)
    with house.store.book() as book:
        message = render(book, told[0], SN, now=house.clock.now())
        assert message is not None
        assert "brevlåda går inte att nå" in message.subject
        assert book.troubles(("sn",))[0].what == "Servern svarar inte."
    box.fault = None
    house.clock.forward(minutes=11)
    (outcome,) = room.round()
    assert outcome.state == "registered"
    with house.store.look() as book:
        assert book.troubles(("sn",)) == []
    assert [n.data["over"] for n in kinds(house, "larm")] == [False, True]


def test_a_wrong_password_is_told_at_once(faulty: tuple[House, Faulty, PostRoom]) -> None:
    house, box, room = faulty
    box.fault = Shut("Brevlådan tar inte emot lösenordet.")
    room.round()
    assert len(kinds(house, "larm")) == 1


def test_the_server_is_given_the_time_that_it_asks_for(faulty: tuple[House, Faulty, PostRoom]) -> None:
    house, box, room = faulty
    box.fault = Away("Servern vill vänta.", retry_after=120)
    room.round()
    house.clock.forward(seconds=119)
    room.round()
    assert box.tried == 1
    house.clock.forward(seconds=3)
    room.round()
    assert box.tried == 2


def test_a_fault_between_register_and_move_is_made_good_in_the_next_round(
    faulty: tuple[House, Faulty, PostRoom],
) -> None:
    house, box, room = faulty
    box.moves = Away("Servern svarar inte.")
    box.put(letter("Motion om vägar", REMISS))
    room.round()
    house.clock.forward(minutes=11)
    box.moves = None
    assert room.round() == []
    assert list(box.folders["registrerat"].values()) == [letter("Motion om vägar", REMISS)]
    with house.store.look() as book:
        (arrival,) = book.arrivals(("sn",))
    assert arrival.state == "registered"
    assert list(box.labels.values()) == ["SN 2026-1"]


def test_several_copies_do_not_come_back_in_step() -> None:
    waits = {Patience(lambda c=c: c).failed(NOW, 60.0) for c in (0.0, 0.3, 0.9)}  # type: ignore[misc]
    assert len(waits) == 3
    assert min(waits) == NOW + dt.timedelta(seconds=60)


def test_nothing_that_came_before_the_bot_began_is_touched(house: House) -> None:
    house.box.put(letter("Gammal motion", REMISS), NOW - dt.timedelta(days=30))
    house.box.put(letter("Ny motion", REMISS.replace("388", "389")), NOW)
    room = dataclasses.replace(house.room, since=NOW - dt.timedelta(days=1))
    assert len(room.round()) == 1
    assert len(house.box.inbox) == 1


@pytest.mark.parametrize(
    ("folder", "state", "lies"),
    [
        ("registrerat", "review", "granska"),
        ("granska", "review", "granska"),
        ("hemligt", "secret", "hemligt"),
        ("ovrigt", "ovrigt", "ovrigt"),
    ],
)
def test_a_letter_that_somebody_moved_without_registering_is_found_and_asked_about(
    house: House,
    folder: str,
    state: str,
    lies: str,
) -> None:
    raw = letter("Motion om vägar", REMISS)
    house.box.folders[folder]["flyttat.eml"] = raw
    (outcome,) = house.room.round()
    assert outcome.state == state
    assert list(house.box.folders[lies].values()) == [raw]
    assert outcome.case is None
    house.clock.forward(days=1)
    assert house.room.round() == []


def test_what_the_bot_has_moved_is_not_found_again(house: House) -> None:
    house.box.put(letter("Motion om vägar", REMISS))
    assert len(house.room.round()) == 1
    anew = dataclasses.replace(house.room, memory=Memory())
    assert anew.round() == []
    with house.store.look() as book:
        assert len(book.arrivals(("sn",))) == 1


def test_a_number_that_comes_later_is_put_on_the_letter_where_it_lies(house: House) -> None:
    external = dataclasses.replace(SN, diarium="external")
    room = dataclasses.replace(house.room, namnd=external)
    house.box.put(letter("Motion om vägar", REMISS))
    (outcome,) = room.round()
    assert outcome.case is not None
    assert house.box.labels == {}
    with house.store.book() as book:
        registering.give_number(book, outcome.case.id, "SN 2026-77", now=NOW, actor="test")
    room.round()
    assert list(house.box.labels.values()) == ["SN 2026-77"]
    assert len(house.box.folders["registrerat"]) == 1


def _answer(subject: str) -> bytes:
    body = "Hej,\n\nSocialnämndens yttrande bifogas.\n"
    return letter(subject, body, sender=SN.addresses[0]).replace(
        b"To: socialnamnden@ekeby.example", b"To: registrator@region.example"
    )


def test_what_people_send_from_the_mailbox_with_our_number_is_registered_as_outgoing(house: House) -> None:
    house.box.put(letter("Remiss: vägar", REMISS))
    (outcome,) = house.room.round()
    assert outcome.case is not None
    house.box.folders["skickat"]["1"] = _answer(f"Yttrande {outcome.case.dnr}")
    house.box.folders["skickat"]["2"] = _answer("Lunch på fredag?")
    house.clock.forward(minutes=2)
    (sent,) = house.room.round()
    assert sent.case is not None
    assert sent.case.dnr == outcome.case.dnr
    with house.store.look() as book:
        assert [d.direction for d in book.documents(sent.case.id)] == ["in", "ut"]
    assert set(house.box.folders["skickat"]) == {"1", "2"}
    house.clock.forward(minutes=2)
    assert house.room.round() == []
    assert dataclasses.replace(house.room, memory=Memory()).round() == []


def _one_notice(house: House) -> None:
    house.box.put(letter("Motion om vägar", REMISS, sender="ylva@ekeby.example"))
    house.room.round()
    with house.store.book() as book:  # the question to the manager is another test's
        for notice in book.notices():
            if notice.kind != "kvitto":
                book.notice_sent(notice, now=NOW)


def _courier(house: House, way: Way) -> Courier:
    return Courier(house.store, {"sn": way}, {"sn": SN}, house.clock, "x")


@pytest.mark.parametrize("known", [False, None])
def test_an_accepted_send_is_not_repeated_where_the_way_out_can_tell(house: House, known: bool | None) -> None:
    _one_notice(house)
    way = Way(Unknown("Förbindelsen bröts."), None, known=known)
    courier = _courier(house, way)
    assert courier.round() == 0
    house.clock.forward(minutes=6)
    assert courier.round() == 1
    assert len(way.accepted) == (2 if known is None else 1)


def test_a_way_out_that_is_closed_costs_a_notice_no_attempt(house: House) -> None:
    _one_notice(house)
    way = Way(*[Away("Servern svarar inte.")] * 200, None)
    courier = _courier(house, way)
    for _ in range(400):
        courier.round()
        house.clock.forward(minutes=11)
        if all(n.state == "sent" for n in kinds(house, "kvitto")):
            break
    (sent,) = kinds(house, "kvitto")
    assert (sent.state, way.accepted.count(sent.message_id)) == ("sent", 1)
    assert house.clock.now() - NOW > dt.timedelta(days=1)


def test_a_refused_address_is_dead_at_once_and_somebody_is_asked_for_another(house: House) -> None:
    _one_notice(house)
    way = Way(Undelivered("Adressen finns inte."), None)
    courier = _courier(house, way)
    courier.round()
    (dead,) = [n for n in kinds(house, "kvitto") if n.state == "dead"]
    assert dead.error == "Adressen finns inte."
    told = kinds(house, "studs")
    assert {n.address for n in told} == {"anders@ekeby.example"}
    with house.store.book() as book:
        message = render(book, told[0], SN, now=house.clock.now())
    assert message is not None
    assert message.subject == "Mejl till Ylva Hedlund kommer inte fram"


def test_an_alarm_of_the_way_out_goes_another_way(house: House) -> None:
    _one_notice(house)
    way, other = Way(Shut("Lösenordet gäller inte.")), Way()
    courier = Courier(house.store, {"sn": way}, {"sn": SN}, house.clock, "x", alarm=other)
    courier.round()
    assert len(other.accepted) == 1
    assert way.accepted == []


def _bounce(message_id: str, action: str = "failed") -> bytes:
    return (
        "From: MAILER-DAEMON@ekeby.example\r\nTo: sn@ekeby.example\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        "Message-ID: <b1@ekeby.example>\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nThe mail could not be delivered.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.ekeby.example\r\n\r\n"
        f"Final-Recipient: rfc822; ylva@ekeby.example\r\nAction: {action}\r\nStatus: 5.1.1\r\n\r\n"
        f"--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: sn@ekeby.example\r\nSubject: x\r\nMessage-ID: {message_id}\r\n\r\nHej\r\n"
        "--b--\r\n"
    ).encode()


@pytest.mark.parametrize(("action", "came_back"), [("failed", True), ("delayed", False)])
def test_a_mail_that_came_back_is_shown_at_its_notice_once(house: House, action: str, came_back: bool) -> None:
    _one_notice(house)
    house.courier.round()
    (notice,) = kinds(house, "kvitto")
    for _ in range(2):
        house.box.put(_bounce(notice.message_id, action))
        house.room.round()
    (after,) = kinds(house, "kvitto")
    assert (after.bounce == "5.1.1") == came_back
    assert len(kinds(house, "studs")) == (1 if came_back else 0)
    assert len(house.box.folders["ovrigt"]) == 2
    with house.store.look() as book:
        told = [e for e in book.entries() if e.what == "utskick studsade"]
    assert len(told) == (1 if came_back else 0)


def test_a_bounce_of_anybody_elses_mail_changes_nothing(house: House) -> None:
    _one_notice(house)
    house.courier.round()
    house.box.put(_bounce("<gissning@ekeby.example>"))
    house.room.round()
    assert kinds(house, "studs") == []


def test_the_copy_of_our_own_mail_goes_where_sent_mail_lies_and_a_forged_one_is_a_letter(house: House) -> None:
    _one_notice(house)
    house.courier.round()
    (raw,) = house.box.sent.values()
    house.box.put(raw)
    assert house.room.round() == []
    assert list(house.box.folders["skickat"].values()) == [raw]
    head, _, rest = raw.partition(b"Message-ID:")
    house.box.put(head + b"Message-ID: <gissning@ekeby.example>\r\nX-Was:" + rest)
    assert len(house.room.round()) == 1


def test_a_mailbox_in_the_house_keeps_its_own_pace(tmp_path: Path) -> None:
    """A mailbox that is away does not hold up another nämnd's."""
    store = Store(f"sqlite:///{tmp_path / 'x.db'}")
    store.migrate()
    rooms = []
    for box in (Faulty(), Faulty()):
        rooms.append(
            PostRoom(store, RawFiles(tmp_path / "raw"), HereReader(), box, SN, FixedClock(), "h:1:a", threading.Event())
        )
    first, second = rooms[0].mailbox, rooms[1].mailbox
    assert isinstance(first, Faulty)
    assert isinstance(second, Faulty)
    first.fault = Away("Servern svarar inte.")
    rooms[0].round()
    rooms[1].round()
    rooms[0].round()
    assert (first.tried, second.tried) == (1, 1)
    store.close()


def test_a_trial_shows_what_would_be_done_and_does_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = tmp_path / "namndbot.toml"
    assert main(["init", "--settings", str(settings), "--namnd", "sn", "Socialnämnden", "sn@ekeby.example"]) == 0
    inbox = tmp_path / "mailbox" / "sn" / "inkorg"
    inbox.mkdir(parents=True)
    now = dt.datetime.now(dt.UTC)
    for name, days in (("nytt", 1), ("gammalt", 40)):
        received = email.utils.format_datetime(now - dt.timedelta(days=days))
        raw = letter(f"Motion om {name} badhus", REMISS).partition(b"\r\n")[2]
        (inbox / f"{name}.eml").write_bytes(f"Received: from a by b; {received}\r\n".encode() + raw)
    long_ago = time.time() - 3600
    for path in inbox.iterdir():
        os.utime(path, (long_ago, long_ago))
    before = {p: p.read_bytes() for p in tmp_path.rglob("*.eml")}
    capsys.readouterr()
    assert main(["run", "--dry", "--settings", str(settings)]) == 0
    said = capsys.readouterr().out
    assert "1 nytt brev" in said
    assert "Motion om nytt" in " ".join(said.split())
    assert "gammalt" not in said
    assert {p: p.read_bytes() for p in tmp_path.rglob("*.eml")} == before
    assert [p.name for p in (tmp_path / "mailbox" / "sn").iterdir()] == ["inkorg"]
    assert main(["list", "--settings", str(settings)]) == 0
    assert "Inga ärenden" in capsys.readouterr().out


def _review(house: House) -> intake.Outcome:
    """Let a letter come that waits for a person, and let somebody answer it from the mailbox."""
    raw = letter("Hej", "Hur blir det med det vi pratade om?", sender="a@stad.example", message_id="<q1@stad.example>")
    house.box.put(raw)
    (outcome,) = house.room.round()
    assert outcome.state == "review"
    answer = letter("SV: Hej", "Vi svarar så här: ja, i mars.", sender=SN.addresses[0], In_Reply_To="<q1@stad.example>")
    house.box.folders["skickat"]["s1"] = answer.replace(b"To: socialnamnden@ekeby.example", b"To: a@stad.example")
    return outcome


def _number(house: House, outcome: intake.Outcome) -> None:
    with house.store.book() as book:
        ylva = book.person_by_email("ylva@ekeby.example")
        assert ylva is not None
        review.confirm(
            book, outcome.arrival.id, ylva, SN, now=house.clock.now(), corrections={"title": "Fråga om möte"}
        )


@pytest.mark.parametrize("days", [0, 1, 12])
def test_an_answer_to_a_letter_that_waited_in_review_is_found_when_it_has_its_number(house: House, days: int) -> None:
    outcome = _review(house)
    for _ in range(3):
        house.clock.forward(minutes=2)
        assert house.room.round() == []
    house.clock.forward(days=days)
    _number(house, outcome)
    house.clock.forward(days=1 if days > 3 else 0, minutes=2)
    (answer,) = house.room.round()
    assert (answer.arrival.folder, answer.case is not None) == ("skickat", True)
    house.clock.forward(minutes=2)
    assert house.room.round() == []


def test_what_was_sent_and_could_not_be_fetched_is_tried_again(house: House) -> None:
    class Once(MemoryMailbox):
        fails = 1

        def letter(self, reference: str) -> Incoming:
            self.fails -= 1
            if self.fails >= 0:
                raise DoorError("Servern lämnar inte ut brevet.")
            return super().letter(reference)

    outcome = _review(house)
    _number(house, outcome)
    box = Once()
    box.folders = house.box.folders
    room = dataclasses.replace(house.room, mailbox=box)
    house.clock.forward(minutes=2)
    assert room.round() == []
    house.clock.forward(minutes=2)
    assert len(room.round()) == 1


def test_what_is_remembered_of_sent_mail_does_not_grow_for_ever(house: House) -> None:
    outcome = _review(house)
    _number(house, outcome)
    house.clock.forward(minutes=2)
    house.room.round()
    assert len(house.room.memory.sent_seen) == 1
    house.box.folders["skickat"].clear()
    house.clock.forward(days=1)
    house.room.round()
    assert house.room.memory.sent_seen == set()


def test_a_trial_keeps_no_letters_files_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = tmp_path / "namndbot.toml"
    assert main(["init", "--settings", str(settings), "--namnd", "sn", "Socialnämnden", "sn@ekeby.example"]) == 0
    inbox = tmp_path / "mailbox" / "sn" / "inkorg"
    inbox.mkdir(parents=True)
    (inbox / "a.eml").write_bytes(letter(received=dt.datetime.now(dt.UTC), attachments=(("a.bin", b"x" * 1000),)))
    os.utime(inbox / "a.eml", (time.time() - 3600, time.time() - 3600))
    kept: list[object] = []
    told = trial._told

    def telling(book: Book, namnd: Namnd, read: Sequence[tuple[object, ...]], *rest: object) -> str:
        kept.extend(read[0])
        return str(told(book, namnd, read, *rest))  # type: ignore[arg-type]

    monkeypatch.setattr(trial, "_told", telling)
    assert main(["run", "--dry", "--settings", str(settings)]) == 0
    assert [type(one).__name__ for one in kept] == ["str", "str", "datetime", "Reading"]


def test_a_letter_that_was_kept_before_a_crash_and_then_taken_away_is_registered_from_what_was_kept(
    house: House,
) -> None:
    raw = letter("Motion om vägar", REMISS)
    with house.store.book() as book:
        intake.arrived(book, SN, "nyckel", house.raw.put(raw), "borta.eml", NOW, NOW)
    (outcome,) = house.room.round()
    assert outcome.state == "registered"
    assert outcome.case is not None
    assert outcome.case.dnr == "SN 2026-1"
    assert dataclasses.replace(house.room, memory=Memory()).round() == []


def test_the_copy_of_our_own_mail_that_somebody_has_put_among_the_letters_is_no_letter(house: House) -> None:
    _one_notice(house)
    house.courier.round()
    (raw,) = house.box.sent.values()
    house.box.folders["registrerat"]["kopia.eml"] = raw
    assert dataclasses.replace(house.room, memory=Memory()).round() == []
    assert raw in house.box.folders["skickat"].values()


def test_the_copy_of_a_message_that_came_before_a_crash_is_known(house: House) -> None:
    class Crashes(MemoryMailbox):
        def send(self, message_id: str, raw: bytes, to: str) -> str:
            house.box.put(raw)
            raise KeyboardInterrupt

    _one_notice(house)
    with pytest.raises(KeyboardInterrupt):
        Courier(house.store, {"sn": Crashes()}, {"sn": SN}, house.clock, "x").round()
    assert house.room.round() == []
    assert len(house.box.folders["skickat"]) == 1


def test_our_own_mail_to_our_own_address_is_put_aside_and_what_only_looks_so_is_not(house: House) -> None:
    _one_notice(house)
    with house.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE notices SET address = 'socialnamnden@ekeby.example'")
    house.courier.round()
    (raw,) = house.box.sent.values()
    house.box.put(raw)
    (outcome,) = house.room.round()
    assert (outcome.state, outcome.why) == ("ovrigt", ("Botens eget utskick",))
    forged = letter("Fråga om skolskjuts", "När går bussen?", sender=SN.addresses[0], X_Namndbot="sn")
    house.box.put(forged)
    (outcome,) = house.room.round()
    assert outcome.state != "ovrigt"
