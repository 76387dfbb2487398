"""Letters that people put right, written out to measure the next version on: their truth, and nobody's name."""

from __future__ import annotations

import email
import email.policy
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot import corrected_letters, learned
from bot.example.pdf import text_pdf
from bot.post import context_of
from bot.texts import extract
from handlers import intake, registering, review
from handlers.errors import Invalid
from handlers.reading import read
from handlers.reading.reading import Envelope, Party, Reading, Text
from handlers.rules.masking import mask_for
from storage.raw import sha256_of
from storage.raw.files import RawFiles
from storage.records import Person
from storage.store import Store
from tests.builders import NOW, SN, found
from tests.builders import letter as a_letter
from tests.fakes import HereReader
from tests.reading.read_shared import context_of as context_of_folder
from tests.reading.read_shared import read_all

SHARED = Path(__file__).parents[3] / "shared" / "letters"
SCORER = SHARED.parent / "tools" / "score_letters.py"
NAMES = ("Östberg", "Lena", "Ekdahl", "Rasmus", "Hedlund", "Quark", "Xena")
HEAD = "Begäran om yttrande över motion om avgiftsfria trygghetslarm"
BODY = """Till socialnämnden

Kommunstyrelsen begär nämndens yttrande över motion från Lena Östberg (V) om avgiftsfria trygghetslarm.
Dnr KS 2026-388. Yttrandet ska ha kommit in senast den 26 februari 2027.

Med vänlig hälsning
Rasmus Ekdahl
013-20 60 00, rasmus.ekdahl@ekeby.se, Storgatan 12, https://ekeby.se/rasmus-ekdahl
"""
TRUTH = {"kind": "remiss", "matter": "motion", "external": "KS 2026-388", "sender": "Kommunstyrelsen"}


class Post:
    """A register with its letters, read for real."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store, self.raw, self.folder = store, RawFiles(folder / "raw"), folder / "ut"
        self.people: dict[str, Person] = found(store)

    def take_in(self, raw: bytes) -> intake.Outcome:
        sha256 = self.raw.put(raw)
        letter = HereReader().read(raw, context_of(SN, [], NOW))
        with self.store.book() as book:
            arrival = intake.arrived(book, SN, sha256, sha256, "x", NOW, NOW)
            book.settle(arrival.id, "review")
            intake.keep(book, arrival, letter.reading)
            book.settle(arrival.id, "review", reasons=("Stämmer det?",))
        return intake.Outcome(arrival, "review", "granska", None, ())

    def put_right(self, raw: bytes, **changed: str) -> intake.Outcome:
        outcome = self.take_in(raw)
        with self.store.book() as book:
            return review.confirm(book, outcome.arrival.id, self.people["ylva"], SN, now=NOW, corrections=changed)

    def export(self) -> corrected_letters.Exported:
        return corrected_letters.export(self.store, self.raw, {"sn": SN}, self.folder)

    def expected(self, number: int = 0) -> dict[str, Any]:
        made: dict[str, Any] = json.loads(sorted(self.folder.glob("*/expected.json"))[number].read_text("utf-8"))
        return made

    def words(self) -> str:
        """Return all that was written out, decoded: headers, parts, file names, truths, folder names."""
        told = [str(p.relative_to(self.folder)) for p in self.folder.rglob("*")]
        told += [p.read_text("utf-8") for p in self.folder.glob("*/expected.json")]
        for mail in self.folder.glob("*/mail.eml"):
            told.append(mail.read_bytes().decode("latin-1"))
            for part in email.message_from_bytes(mail.read_bytes(), policy=email.policy.default).walk():
                told += [str(v) for v in part.values()]
                told += [] if part.is_multipart() else [str(part.get_content())]
        return "\n".join(told)


@pytest.fixture
def post(sqlite_store: Store, tmp_path: Path) -> Post:
    return Post(sqlite_store, tmp_path)


def letter(subject: str = HEAD, text: str = BODY, **more: Any) -> bytes:
    more.setdefault("sender", '"Ekdahl, Rasmus" <rasmus.ekdahl@ekeby.se>')
    return a_letter(subject, text, **more)


def test_the_truth_is_what_people_settled_on_and_says_which_field_was_wrong(post: Post) -> None:
    post.put_right(letter(), **TRUTH, deadline="2027-03-01", title="Yttrande över motion om avgiftsfria trygghetslarm")
    done = post.export()
    assert done.folders == ("001-yttrande-over-motion-om-avgiftsfria-trygghetslar",)
    truth = post.expected()
    assert (truth["kind"], truth["matter"], truth["secret"], truth["register"]) == ("remiss", "motion", False, True)
    assert truth["title_contains"] == "avgiftsfria trygghetslarm"
    assert truth["external_dnr"] == ["KS 2026-388"]
    assert truth["deadlines"] == [{"date": "2027-03-01", "purpose_contains": ""}]
    assert "deadlines_optional" not in truth
    assert "svarsdag (boten läste: 2027-02-26)" in truth["note"]


def test_a_field_that_nobody_confirmed_is_left_open(post: Post) -> None:
    raw = letter()
    outcome = post.take_in(raw)
    with post.store.book() as book:
        arrival = book.arrival(outcome.arrival.id)
        entered = intake.enter(book, arrival, review.reading_of(arrival), SN, None, "", now=NOW)
        assert entered.case is not None
        actor = f"person:{post.people['ylva'].id}"
        registering.correct(book, entered.case.id, "deadline", "2027-03-01", "Fel dag", now=NOW, actor=actor)
    post.export()
    truth = post.expected()
    assert truth["deadlines"] == [{"date": "2027-03-01", "purpose_contains": ""}]
    assert "deadlines_optional" not in truth
    assert (truth["title_contains"], truth["demands_count"]) == (None, None)
    assert truth["dnr_optional"] is True
    assert None in truth["sender_accept"]
    assert "matter" not in truth
    assert "motion" in truth["kind_accept"]


def test_no_name_address_or_number_is_left_anywhere(post: Post) -> None:
    page = f"<p>Lena &Ouml;stberg</p><!-- Rasmus Ekdahl -->{'<br>'.join(BODY.splitlines())}".encode()
    attached = (
        ("Motion Östberg.txt", "Motion av Lena Östberg".encode()),
        ("Östberg.html", page),
        ("Xena Quark.bin", b"\x00\x01 Xena Quark, xena@quark.se"),
    )
    post.put_right(
        letter(attachments=attached, Cc="Xena Quark <xena.quark@ekeby.se>"), title="Motion av Lena Östberg", **TRUTH
    )
    done = post.export()
    assert len(done.folders) == 1
    words = post.words()
    for gone in (*NAMES, "20 60", "Storgatan", "ekeby.se", "ostberg", "ekdahl", "quark"):
        assert not re.search(rf"(?<![a-z]){re.escape(gone)}", words, re.IGNORECASE), gone
    assert "KS 2026-388" in words
    assert "26 februari 2027" in words


def test_the_same_person_has_the_same_invented_name_in_every_letter(post: Post) -> None:
    post.put_right(letter(), **TRUTH, title="A")
    post.put_right(letter("Fråga om snöröjning", "Hej\n\nHälsningar\nLena Östberg\n"), kind="synpunkt", title="B")
    post.export()
    mails = sorted(post.folder.glob("*/mail.eml"))
    first, second = (email.message_from_bytes(m.read_bytes(), policy=email.policy.default) for m in mails)
    name = str(second.get_content()).strip().splitlines()[-1]
    assert f"motion från {name} (V)" in str(first.get_content())
    assert str(first["From"]) == str(second["From"])


def test_a_pdf_goes_along_as_its_text_only_and_it_says_so(post: Post) -> None:
    post.put_right(
        letter(attachments=(("Motion Östberg.pdf", text_pdf("Motion av Lena Östberg (V)")),)), **TRUTH, title="A"
    )
    done = post.export()
    assert done.replaced == 1
    mail = email.message_from_bytes(next(post.folder.glob("*/mail.eml")).read_bytes(), policy=email.policy.default)
    (attachment,) = mail.iter_attachments()
    assert attachment.get_content_type() == "text/plain"
    assert (attachment.get_filename() or "").endswith(".pdf.txt")
    assert attachment["X-Namndbot-Replaced"] == "application/octet-stream"
    assert "Motion av" in attachment.get_content()
    assert "Ersatta med sin text" in post.expected()["note"]


def _is(path: Path, sha256: str) -> bool:
    return sha256_of(path.read_bytes()) == sha256


def test_what_cannot_go_is_left_out_and_told(post: Post) -> None:
    secret = post.put_right(letter("Om ett barn", "Kanariefågel"), title="Kanariefågel")
    post.put_right(letter("Borta", "Ett brev vars original är borta"), kind="synpunkt")
    post.put_right(letter("Kvar", "Ett brev som är kvar"), kind="synpunkt")
    with post.store.book() as book:
        review.make_secret(book, secret.arrival.id, post.people["ylva"], now=NOW, namnd=SN)
        gone = next(c for c in book.corrections(("sn",)) if c.arrival_id == secret.arrival.id + 1)
    assert gone.sha256
    next(p for p in (post.folder.parent / "raw").rglob("*") if p.is_file() and _is(p, gone.sha256)).unlink()
    done = post.export()
    assert len(done.folders) == 1
    assert done.left == {"hemliga brev": 1, corrected_letters.GONE: 1}
    assert "Kanariefågel" not in post.words()
    told = learned.of_export(done, "ut")
    assert "1 brev med facit i ut." in told
    assert "Utelämnat, hemliga brev: 1." in told
    assert learned.WARNING in told


def test_a_folder_with_something_in_it_is_refused(post: Post) -> None:
    post.folder.mkdir()
    (post.folder / "annat.txt").write_text("x")
    with pytest.raises(Invalid, match="inte en tom mapp"):
        post.export()


@pytest.mark.parametrize(
    "raw", [b"", b"\xd0\xcf\x11\xe0 not a real one", b"From: \xff\xfe <a@b>\r\nSubject: =?x?q?=\r\n\r\n\x00"]
)
def test_broken_letters_are_written_out_without_a_fault(post: Post, raw: bytes) -> None:
    reading = Reading(
        texts=(Text("body", "Hej Lena Östberg"), Text("a.doc", "Östberg")),
        envelope=Envelope(subject="Östberg", from_=Party("Lena Östberg", "lena.ostberg@ekeby.se"), sent=NOW),
    )
    mail, _ = corrected_letters.masked_mail(raw, reading, mask_for((), ("Lena Östberg",)))
    shown = email.message_from_bytes(mail, policy=email.policy.default)
    assert "Östberg" not in shown.as_string()


@pytest.mark.skipif(not SCORER.exists(), reason="the scorer is not here")
def test_the_set_can_be_scored_as_the_shared_letters_are(post: Post) -> None:
    post.put_right(letter(), **TRUTH, title="Yttrande över motion om avgiftsfria trygghetslarm")
    post.put_right(
        letter("Fråga om snöröjning", "Hej\n\nNär plogas det?\n\nHälsningar\nLena Östberg\n"), kind="synpunkt"
    )
    post.export()
    rows = [row for _, _, row in read_all(post.folder)]
    readings = post.folder.parent / "readings.jsonl"
    readings.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    command = [sys.executable, str(SCORER), str(post.folder), str(readings), "--misses", "--min", "50"]
    scored = subprocess.run(command, capture_output=True, text=True, check=False)
    assert scored.returncode == 0, scored.stdout + scored.stderr
    assert "total" in scored.stdout
    assert "not read at all" not in scored.stdout


@pytest.mark.skipif(not SCORER.exists(), reason="the shared letters are not here")
def test_masked_letters_read_as_the_letters_themselves_do(tmp_path: Path) -> None:
    readings = {
        file.parent.name: (file.read_bytes(), read(file.read_bytes(), context_of_folder(file.parent), extract)[0])
        for file in sorted(SHARED.glob("*/mail.eml"))
    }
    open_ones = {name: pair for name, pair in readings.items() if not pair[1].secret}
    texts = [t.text for _, reading in open_ones.values() for t in reading.texts]
    texts += [p.text for raw, reading in open_ones.values() for p in corrected_letters.pieces(raw, reading)]
    mask = mask_for(texts, [m.partition(" (")[0] for _, reading in open_ones.values() for m in reading.motionarer])
    otherwise = []
    for name, (raw, reading) in open_ones.items():
        mail, _ = corrected_letters.masked_mail(raw, reading, mask)
        again = read(mail, context_of_folder(SHARED / name), extract)[0]
        days = [[d.date for d in r.deadlines] for r in (reading, again)]
        same = (again.kind, again.matter, again.secret) == (reading.kind, reading.matter, False)
        otherwise += [name] if not same or days[0] != days[1] else []
    assert len(open_ones) > 30
    assert len(otherwise) <= len(open_ones) // 20, otherwise
