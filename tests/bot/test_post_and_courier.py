"""The post room and the courier: the order of steps, and what happens when one of them fails."""

from __future__ import annotations

import dataclasses
import datetime as dt
import email
import threading
from email import policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from bot.channels.email import clean_header
from bot.courier import Courier
from bot.readers import ReaderBroken
from handlers import intake
from handlers.ports import ReadLetter
from handlers.reading.reading import Context, Reading
from storage.errors import StorageFull, Taken
from storage.raw.files import RawFiles
from storage.records import Arrival, Folder
from storage.store import Book
from tests.bot.house import House
from tests.builders import NOW, SN, letter
from tests.fakes import HereReader, MemoryMailbox

REMISS = "Begäran om yttrande\n\nNämndens yttrande ska ha kommit in senast den 26 februari 2027.\n\nDnr KS 2026-388\n\nKommunstyrelsen"


def _told(house: House) -> list[bytes]:
    """Send what is due; return what went to registratorer and senders, without the questions to managers."""
    house.courier.round()
    return [
        raw
        for message_id, raw in house.box.sent.items()
        if not str(_mail(raw)["Subject"]).startswith(("Handläggare?", "Kan du ta"))
    ]


def _mail(raw: bytes) -> EmailMessage:
    return email.message_from_bytes(raw, policy=policy.default)


def test_a_letter_is_kept_read_registered_and_moved(house: House) -> None:
    raw = letter(
        "Begäran om yttrande: motion om trygghetslarm", REMISS, attachments=(("Motion.pdf", b"inte en pdf" * 300),)
    )
    house.box.put(raw)
    (outcome,) = house.room.round()
    assert outcome.state == "registered"
    assert house.box.inbox == {}
    assert list(house.box.folders["registrerat"].values()) == [raw]
    with house.store.look() as book:
        arrival = book.arrival(outcome.arrival.id)
        assert outcome.case is not None
        documents = book.documents(outcome.case.id)
    assert arrival.moved_at is not None
    assert house.raw.get(arrival.raw_sha256) == raw
    assert house.raw.get(documents[1].sha256 or "") == b"inte en pdf" * 300


def test_letters_are_registered_in_the_order_the_server_got_them(house: House) -> None:
    house.box.put(letter("Motion om vägar", REMISS, received=NOW), NOW)
    house.box.put(letter("Motion om broar", REMISS.replace("388", "389"), received=NOW), NOW - dt.timedelta(hours=2))
    titles = [o.case.title for o in house.room.round() if o.case]
    assert "broar" in titles[0]


def test_the_same_bytes_again_are_moved_and_noted_but_nothing_is_entered(house: House) -> None:
    raw = letter("Motion om vägar", REMISS)
    house.box.put(raw)
    house.room.round()
    house.box.put(raw, name="igen.eml")
    assert house.room.round() == []
    assert len(house.box.folders["registrerat"]) == 2
    with house.store.look() as book:
        assert book.highest() == {"sn": {2026: 1}}
        assert next(e.what for e in book.entries(namnd="sn")) == "samma brev kom igen"


def test_a_letter_that_breaks_the_room_is_kept_and_the_next_one_goes_on(house: House) -> None:
    class Breaking(HereReader):
        def read(self, raw: bytes, context: Context) -> ReadLetter:
            if b"bomb" in raw:
                raise ValueError("hemligt innehåll")
            return super().read(raw, context)

    room = dataclasses.replace(house.room, reader=Breaking())
    house.box.put(letter("bomb", "bomb"), NOW)
    house.box.put(letter("Motion om vägar", REMISS), NOW + dt.timedelta(minutes=1))
    broken, fine = room.round()
    assert (broken.state, broken.folder) == ("review", "granska")
    assert "Kunde inte tolkas" in broken.why[0]
    assert fine.state == "registered"
    assert house.raw.get(broken.arrival.raw_sha256)


def test_a_letter_that_the_database_will_not_have_is_set_aside_and_the_next_one_goes_on(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter = intake.enter

    def refusing(book: Book, arrival: Arrival, reading: Reading, *rest: object, **more: object) -> intake.Outcome:
        if "omöjlig" in reading.title:
            raise Taken("Värdet finns redan.")
        return enter(book, arrival, reading, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(intake, "enter", refusing)
    house.box.put(letter("Motion om omöjliga saker", REMISS), NOW)
    house.box.put(letter("Motion om vägar", REMISS.replace("388", "389")), NOW + dt.timedelta(minutes=1))
    broken, fine = house.room.round()
    assert (broken.state, fine.state) == ("review", "registered")


def test_a_copy_that_has_lost_its_mailbox_registers_nothing_more(house: House) -> None:
    class Slow(HereReader):
        def read(self, raw: bytes, context: Context) -> ReadLetter:
            # Frozen while it read: another copy took the mailbox meanwhile.
            with house.store.book() as book:
                book.take_lease("post:sn", "there:2:b", now=house.clock.now() + dt.timedelta(minutes=5), seconds=60)
            return super().read(raw, context)

    house.box.put(letter("Motion om vägar", REMISS))
    assert dataclasses.replace(house.room, reader=Slow()).round() == []
    assert len(house.box.inbox) == 1
    with house.store.look() as book:
        assert book.highest() == {}


def test_a_full_disk_stops_the_round_and_the_letter_stays_where_it_is(house: House) -> None:
    class Full(RawFiles):
        def put(self, data: bytes) -> str:
            raise StorageFull("Disken är full.")

    house.box.put(letter("Motion om vägar", REMISS))
    with pytest.raises(StorageFull):
        dataclasses.replace(house.room, raw=Full(Path("/nowhere"))).round()
    assert len(house.box.inbox) == 1
    assert len(house.room.round()) == 1


def test_a_move_that_was_lost_in_a_crash_is_made_at_the_next_round(house: House) -> None:
    with house.store.book() as book:
        arrival, _ = book.arrive("sn", "k", raw_sha256="0", reference="x.eml", received_at=NOW, now=NOW)
        book.settle(arrival.id, "ovrigt", folder="ovrigt")
    house.box.put(b"Subject: redan avgjort", name="x.eml")
    house.room.round()
    assert "x.eml" in house.box.folders["ovrigt"]
    with house.store.look() as book:
        assert book.arrival(arrival.id).moved_at is not None


def test_a_letter_that_a_person_has_moved_is_kept_and_noted(house: House) -> None:
    class Gone(MemoryMailbox):
        def move(self, reference: str, folder: Folder, key: str, label: str = "") -> str | None:
            return None

    gone = Gone()
    gone.put(letter("Motion om vägar", REMISS))
    (outcome,) = dataclasses.replace(house.room, mailbox=gone).round()
    assert outcome.state == "registered"
    with house.store.look() as book:
        assert any(e.what == "brevet var flyttat av någon annan" for e in book.entries(arrival_id=outcome.arrival.id))


def test_two_copies_of_the_bot_take_the_mailbox_in_turn(house: House) -> None:
    other = dataclasses.replace(house.room, holder="there:1:b")
    for i in range(6):
        house.box.put(
            letter(f"Motion om {'vabcdef'[i] * 5}vägar", REMISS.replace("388", str(400 + i))),
            NOW + dt.timedelta(minutes=i),
        )
    outcomes: list[object] = []
    threads = [threading.Thread(target=lambda r=r: outcomes.extend(r.round())) for r in (house.room, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    house.room.round()
    with house.store.look() as book:
        assert book.highest() == {"sn": {2026: 6}}
        assert len(book.arrivals(("sn",))) == 6


def test_a_registrator_who_sent_a_letter_on_gets_one_receipt(house: House) -> None:
    house.box.put(
        letter(
            "VB: Begäran om yttrande: motion om trygghetslarm",
            REMISS,
            sender="ylva@ekeby.example",
            message_id="<7@ekeby.example>",
        )
    )
    house.room.round()
    (raw,) = _told(house)
    assert house.courier.round() == 0
    mail = _mail(raw)
    assert mail["To"] == "ylva@ekeby.example"
    assert "SN 2026-1" in mail["Subject"]
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["In-Reply-To"] == "<7@ekeby.example>"
    text = mail.get_body(("plain",))
    assert text is not None
    words = text.get_content()
    assert "senast den 26 februari 2027" in " ".join(words.split())
    assert "KS 2026-388" in words
    assert max(map(len, words.splitlines())) <= 72
    page = mail.get_body(("html",))
    assert page is not None
    assert 'lang="sv"' in page.get_content()


def test_nobody_else_gets_a_receipt(house: House) -> None:
    for sender in ("karin@ekeby.example", "medborgare@post.example", SN.addresses[0]):
        house.box.put(letter(f"Motion från {sender[:5]}", REMISS, sender=sender))
    house.room.round()
    assert _told(house) == []


def test_a_sender_is_confirmed_once_a_day_where_the_namnd_has_it_on_and_never_a_machine(house: House) -> None:
    talking = dataclasses.replace(SN, confirm_senders=True)
    room = dataclasses.replace(house.room, namnd=talking)
    for i in range(3):
        house.box.put(
            letter(
                f"Skrivelse om {'abc'[i] * 6}gatan",
                f"Jag har en synpunkt på {'abc'[i] * 6}gatan.",
                sender="bo@post.example",
            )
        )
    house.box.put(
        letter(
            "Skrivelse från en maskin",
            "Hej, en synpunkt.",
            sender="maskin@post.example",
            Auto_Submitted="auto-generated",
        )
    )
    room.round()
    assert [_mail(raw)["To"] for raw in _told(house)] == ["bo@post.example"]


def test_a_secret_letter_tells_id_and_time_to_sekretess_and_nothing_else(house: House) -> None:
    words = "ORO FÖR BARN enligt 19 kap. 1 § socialtjänstlagen\n\nBarnets namn: Nils Exempelbarn\nPersonnummer: 20990101-0000\n\nEleven kom utan ytterkläder."
    house.box.put(letter("Orosanmälan Nils Exempelbarn", words, sender="ylva@ekeby.example"))
    (outcome,) = house.room.round()
    assert outcome.state == "secret"
    house.courier.round()
    (raw,) = house.box.sent.values()
    mail = _mail(raw)
    assert mail["To"] == "birgitta@ekeby.example"
    for part in mail.walk():
        if not part.is_multipart():
            assert not any(w in part.get_content() for w in ("Nils", "20990101", "ytterkläder", "ylva"))
    assert outcome.arrival.label in mail["Subject"]


def test_a_case_that_has_become_secret_meanwhile_is_not_told_of(house: House) -> None:
    house.box.put(letter("Brev om något", REMISS, sender="ylva@ekeby.example"))
    (outcome,) = house.room.round()
    assert outcome.case is not None
    with house.store.book() as book:
        book.change_case(outcome.case.id, secret=True)
    assert house.courier.round() == 0
    assert house.box.sent == {}
    with house.store.look() as book:
        assert {n.state for n in book.notices()} == {"sent"}


def test_a_notice_that_cannot_be_sent_is_tried_again_and_the_others_go(house: House) -> None:
    class Failing(MemoryMailbox):
        def send(self, message_id: str, raw: bytes, to: str) -> str:
            raise ConnectionError("till ylva@ekeby.example")

    for i in range(2):
        house.box.put(
            letter(f"Motion om {'ab'[i] * 6}vägen", REMISS.replace("388", str(500 + i)), sender="ylva@ekeby.example")
        )
    house.room.round()
    failing = Courier(house.store, {"sn": Failing()}, {"sn": SN}, house.clock, "x")
    assert failing.round() == 0
    with house.store.look() as book:
        assert {(n.state, n.error) for n in book.notices()} == {("queued", "ConnectionError")}
    assert house.courier.round() == 0
    house.clock.forward(minutes=2)
    assert len(_told(house)) == 2


def test_the_same_notice_gives_the_same_bytes_each_time(house: House) -> None:
    house.box.put(letter("Motion om vägar", REMISS, sender="ylva@ekeby.example"))
    house.room.round()
    (first,) = _told(house)
    with house.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE notices SET state = 'queued'")
    house.clock.forward(hours=1)
    assert _told(house) == [first]


@pytest.mark.parametrize(
    "hostile",
    ["Hej\r\nBcc: x@y.example", "Hej\u202egpj.exe", "a" * 5000, "\u200b\u2066x", "=?utf-8?q?Hej=0D=0ABcc:x?="],
)
def test_a_hostile_subject_never_breaks_a_header(house: House, hostile: str) -> None:
    assert "\n" not in clean_header(hostile)
    assert len(clean_header(hostile)) <= 200
    raw = letter("PLACEHOLDER", REMISS, sender="ylva@ekeby.example").replace(
        b"PLACEHOLDER", hostile.encode().replace(b"\r\n", b" ")
    )
    house.box.put(raw)
    house.room.round()
    house.courier.round()
    for sent in house.box.sent.values():
        assert _mail(sent)["Bcc"] is None


def test_an_unreadable_letter_is_shown_with_its_reason(house: House) -> None:
    class Blind(HereReader):
        def read(self, raw: bytes, context: Context) -> ReadLetter:
            return ReadLetter(
                Reading(
                    unreadable=True,
                    review=("Kunde inte tolkas",),
                    warnings=("Brevet gick inte att läsa: det är för stort.",),
                )
            )

    house.box.put(letter())
    (outcome,) = dataclasses.replace(house.room, reader=Blind()).round()
    assert outcome.why == ("Kunde inte tolkas. Brevet gick inte att läsa: det är för stort.",)


def test_a_letter_that_the_bot_has_stopped_at_too_often_is_shown_to_a_person(house: House) -> None:
    class Never(HereReader):
        def read(self, raw: bytes, context: Context) -> ReadLetter:
            raise AssertionError("it is not tried again")

    raw = letter("Motion om vägar", REMISS)
    house.box.put(raw)
    key = house.raw.put(raw)
    for _ in range(intake.MOST_ATTEMPTS):
        with house.store.book() as book:
            intake.arrived(book, SN, key, key, "0.eml", NOW, NOW)
    (outcome,) = dataclasses.replace(house.room, reader=Never()).round()
    assert (outcome.state, outcome.folder) == ("review", "granska")


def test_an_installation_without_readers_costs_no_letter_its_attempts(house: House) -> None:
    class Broken(HereReader):
        def read(self, raw: bytes, context: Context) -> ReadLetter:
            raise ReaderBroken("Läsaren går inte att starta.")

    house.box.put(letter("Motion om vägar", REMISS))
    for _ in range(2 * intake.MOST_ATTEMPTS):
        with pytest.raises(ReaderBroken):
            dataclasses.replace(house.room, reader=Broken()).round()
    (outcome,) = house.room.round()
    assert outcome.state == "registered"
