"""A case written out: whole, checkable, the same each time; and released, with nobody's name in it."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import hashlib
import io
import json
import re
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bot import case_export, packing, paging
from bot.case_export import Wish
from bot.example import pdf
from bot.example.pdf import scanned_pdf, text_pdf
from bot.pages import journal_words
from bot.post import context_of
from bot.readers import Readers, read_here
from handlers import demands, handing_over, intake, registering, review
from handlers.errors import Invalid, Refused
from handlers.ports import ReadLetter
from handlers.reading.reading import Context
from storage.errors import NotFound
from storage.raw.files import RawFiles
from storage.records import Case, NewDocument
from storage.store import Store
from tests.builders import BUN, NOW, SN, found, letter
from tests.fakes import HereReader

MOTION = """Motion av Lena Östberg (V) om avgiftsfria trygghetslarm.

Yttrandet ska ha kommit in senast den 26 februari 2027.
"""
# What no page of a release may hold, in whatever case and spelling.
CANARIES = (
    "Quark", "Xena", "Kanariefors", "Tuvstarr", "811218-9876", "811218", "073-123 45 67", "Hemliga stigen", "xq81",
    "Brumvad",
)  # fmt: skip
CITIZEN = """Hej,

Jag heter Xena Quark, 811218-9876, och bor på Hemliga stigen 7, 590 12 Brumvad. Min granne Bo Kanariefors
såg också att lekparken är trasig. Ring 073-123 45 67 eller skriv till xq81@gmail.com.

Med vänlig hälsning
Xena Quark
"""


class PagesHere:
    """Reads pages in this process: quick, and as right as in a child."""

    def read(self, raw: bytes, context: Context) -> ReadLetter:
        return read_here(raw, context, paging.READ)


class Office:
    """A register with cases, and a place to write to."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store, self.raw, self.folder = store, RawFiles(folder / "raw"), folder
        self.people = found(store)

    def take_in(self, raw: bytes, *, kind: str = "", joins: int | None = None) -> Case:
        """Let a letter come and be registered, as a registrator would have it."""
        sha256 = self.raw.put(raw)
        read = HereReader().read(raw, context_of(SN, [], NOW))
        for content in read.contents:
            self.raw.put(content)
        reading = review.corrected(read.reading, {"kind": kind, "matter": ""}) if kind else read.reading
        # A person has looked: it is public, though it tells of somebody.
        reading = dataclasses.replace(reading, secret=False, secret_reasons=())
        with self.store.book() as book:
            arrival = intake.arrived(book, SN, sha256, sha256, "x", NOW, NOW)
            intake.keep(book, arrival, reading)
            kept = book.arrival(arrival.id)
            if joins is None:
                case, document = registering.open_case(book, kept, reading, SN, now=NOW)
            else:
                case = book.case(joins)
                document = registering.add_letter(book, case, kept, reading, SN, now=NOW, why="samma sak")
            book.settle(arrival.id, "registered", case_id=case.id, document_id=document.id, folder="registrerat")
            return book.case(case.id)

    def export(self, case: Case, target: str = "ut", **wish: Any) -> case_export.Exported:
        asked = Wish(case.dnr or "", self.folder / target, **wish)
        return case_export.export(
            self.store, self.raw, PagesHere(), {"sn": SN, "bun": BUN}, asked, now=NOW, actor="kommandorad:ylva"
        )

    def read(self, target: str = "ut") -> dict[str, bytes]:
        folder = self.folder / target
        return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}

    def told(self, target: str = "ut") -> dict[str, Any]:
        made: dict[str, Any] = json.loads((self.folder / target / "arende.json").read_text("utf-8"))
        return made

    def rows(self, name: str, target: str = "ut") -> list[dict[str, str]]:
        text = (self.folder / target / name).read_text("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


@pytest.fixture
def office(sqlite_store: Store, tmp_path: Path) -> Office:
    return Office(sqlite_store, tmp_path)


def motion(**more: Any) -> bytes:
    more.setdefault("sender", '"Ekdahl, Rasmus" <rasmus.ekdahl@ekeby.example>')
    more.setdefault("attachments", (("Motion.pdf", text_pdf(MOTION)),))
    return letter("Remiss: motion om avgiftsfria trygghetslarm", MOTION, **more)


def citizen(**more: Any) -> bytes:
    more.setdefault("sender", '"Xena Quark" <xq81@gmail.com>')
    return letter("Trasig lekpark, Xena Quark", CITIZEN, **more)


def everything(files: Mapping[str, bytes]) -> str:
    """Return all that was written: names, and contents in every spelling that a canary could hide in."""
    told = list(files)
    for data in files.values():
        told += [data.decode("utf-8", "replace"), data.decode("cp1252", "replace")]
    return "\n".join(told)


# Handing over


@pytest.mark.parametrize("target", ["ut", "ut.zip"])
def test_sha256sum_finds_every_file_right(office: Office, target: str) -> None:
    case = office.take_in(motion())
    made = office.export(case, target)
    folder = office.folder / "ut"
    if target.endswith(".zip"):
        zipfile.ZipFile(office.folder / target).extractall(folder)
    checked = subprocess.run(
        ["sha256sum", "--strict", "-c", packing.CHECKSUMS], cwd=folder, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
    listed = {line[66:] for line in (folder / packing.CHECKSUMS).read_text("utf-8").splitlines()}
    assert listed == set(office.read()) - {packing.CHECKSUMS}
    assert made.checksum == hashlib.sha256((folder / packing.CHECKSUMS).read_bytes()).hexdigest()
    (folder / "arende.csv").write_bytes(b"annat")
    again = subprocess.run(["sha256sum", "-c", packing.CHECKSUMS], cwd=folder, capture_output=True, check=False)
    assert again.returncode == 1


def test_every_handling_is_there_byte_by_byte(office: Office) -> None:
    attachments = (("Motion.pdf", text_pdf(MOTION)), ("bild.bin", bytes(range(256))))
    case = office.take_in(motion(attachments=attachments))
    office.take_in(citizen(), joins=case.id)
    office.export(case)
    files, papers = office.read(), office.told()["handlingar"]
    with office.store.look() as book:
        kept = book.documents(case.id)
    assert [p["nummer"] for p in papers] == [d.number for d in kept] == [1, 2, 3, 4]
    for paper, document in zip(papers, kept, strict=True):
        assert document.sha256 is not None
        assert files[paper["fil"]] == office.raw.get(document.sha256)
        assert paper["storlek"] == len(files[paper["fil"]])
    assert [p["fil"] for p in papers] == [
        "handlingar/01-brev.eml", "handlingar/02-Motion.pdf", "handlingar/03-bild.bin", "handlingar/04-brev.eml",
    ]  # fmt: skip
    assert [r["sha256"] for r in office.rows("handlingar.csv")] == [d.sha256 for d in kept]


def test_the_object_tells_all_that_the_register_holds(office: Office) -> None:
    case = office.take_in(motion())
    actor = f"person:{office.people['ylva'].id}"
    with office.store.book() as book:
        registering.correct(book, case.id, "deadline", "2027-03-01", "Fel dag", now=NOW, actor=actor)
        question = book.put_question("sn", case.id, "handlaggare", now=NOW)
        book.put_asking(question.id, office.people["anders"].id, 1, NOW.date(), "<m@x>")
        book.put_decision(
            case.id, document_id=None, body="Socialnämnden", date=dt.date(2027, 2, 1), paragraph="§ 3",
            outcome="bifall", is_proposal=False,
        )  # fmt: skip
        book.meet_milestone(case.id, "beslut", dt.date(2027, 2, 1), None)
        book.put_demands(case.id, ["att larmen blir fria", "att någon annans krav"])
        demands.strike(book, case.id, 2, "Inte vårt", now=NOW, actor=actor)
        book.change_demand(case.id, 1, measure="Byt larm", responsible_id=office.people["karin"].id, state="begun")
    office.export(case)
    told = office.told()
    assert told["arende"]["diarienummer"] == case.dnr
    assert set(told["dagar"]) == {"handlingens_dag", "vackt", "vackt_genom", "inkom", "registrerad"}
    assert told["dagar"]["inkom"] == "2026-11-24T08:12:00+01:00"
    assert {(d["dag"], d["lage"]) for d in told["frister"] if d["sort"] == "svarsdag i brevet"} == {
        ("2027-02-26", "ersatt"),
        ("2027-03-01", "gäller"),
    }
    assert any("26 februari 2027" in d["mening"] for d in told["frister"])
    assert any(f["mening"] for f in told["uppgifter"])
    assert told["fragor"][0]["tillfragade"] == [{"namn": "Anders Wikström", "dag": "2026-11-24"}]
    assert told["beslut"][0]["utfall"] == "bifall"
    done = [(s["steg"], s["dag"]) for s in told["steg"] if s["dag"]]
    assert done == [("beslut", "2027-02-01")]
    assert {"steg", "dag", "handling", "planerat", "varfor"} == set(told["steg"][0])
    first, second = told["krav"]
    assert "larmen blir fria" in first["text"]
    assert (first["atgard"], first["ansvarig"], first["lage"]) == ("Byt larm", "Karin Ödman", "pågår")
    assert (first["struket"], second["struket"]) == (False, True)
    with office.store.look() as book:
        lines = {e.seq: e.hash for e in book.entries(case_id=case.id) if e.what != "exporterat"}
    assert {e["nummer"]: e["hash"] for e in told["journal"]}.items() >= lines.items()
    assert "Ylva Hedlund" in {e["vem"] for e in told["journal"]}
    assert [r["hash"] for r in office.rows("handelser.csv")] == [e["hash"] for e in told["journal"]]
    assert office.rows("arende.csv")[0]["diarienummer"] == case.dnr


def test_zip_and_folder_hold_the_same_and_twice_gives_the_same_bytes(office: Office) -> None:
    case = office.take_in(motion())
    first, second = office.export(case, "a.zip"), office.export(case, "b.zip")
    office.export(case)
    with zipfile.ZipFile(office.folder / "a.zip") as made:
        assert {name: made.read(name) for name in made.namelist()} == office.read()
    assert (office.folder / "a.zip").read_bytes() == (office.folder / "b.zip").read_bytes()
    assert first.checksum == second.checksum


@pytest.mark.parametrize("target", ["ut", "ut.zip"])
def test_what_stands_there_already_is_never_written_over(office: Office, target: str) -> None:
    case = office.take_in(motion())
    there = office.folder / target
    if target == "ut":
        there.mkdir()
        (there / "min.txt").write_text("min")
    else:
        there.write_bytes(b"min")
    with pytest.raises(Invalid, match="skrivs inte över"):
        office.export(case, target)
    assert (there / "min.txt").read_text() == "min" if target == "ut" else there.read_bytes() == b"min"
    assert not list(office.folder.glob(".*.part"))
    with office.store.look() as book:
        assert "exporterat" not in {e.what for e in book.entries(case_id=case.id)}


def test_somebody_else_who_takes_the_name_meanwhile_keeps_it(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    case = office.take_in(motion())
    seal = packing.Package.seal

    def meanwhile(self: packing.Package) -> str:
        (office.folder / "ut.zip").write_bytes(b"annans")
        return seal(self)

    monkeypatch.setattr(packing.Package, "seal", meanwhile)
    with pytest.raises(Invalid, match="finns redan"):
        office.export(case, "ut.zip")
    assert (office.folder / "ut.zip").read_bytes() == b"annans"
    assert not list(office.folder.glob(".*.part"))


@pytest.mark.parametrize("target", ["ut", "ut.zip"])
def test_an_original_that_is_gone_leaves_nothing_behind(office: Office, target: str) -> None:
    case = office.take_in(motion())
    with office.store.look() as book:
        sha256 = book.documents(case.id)[1].sha256
    assert sha256 is not None
    (office.folder / "raw" / sha256[:2] / sha256[2:]).unlink()
    with pytest.raises(NotFound):
        office.export(case, target)
    assert [p.name for p in office.folder.iterdir() if p.name.endswith(".part") or p.name.startswith("ut")] == []


def test_hostile_names_and_formulas_do_no_harm(office: Office) -> None:
    evil = ("../../etc/passwd", "=HYPERLINK(1).pdf", "-rf \u202efdp.exe", "a\nb  c.pdf", "Å" * 300 + ".pdf", "..")
    case = office.take_in(letter("=HYPERLINK(1)", "Hej", sender='"=cmd" <a@ekeby.example>'))
    with office.store.book() as book:
        for name in evil:
            new = NewDocument("svar", name[:200], party=name[:200], sha256=office.raw.put(b"x"), file_name=name)
            book.put_document(case.id, new, now=NOW)
    office.export(case)
    names = [n for n in office.read() if n.startswith("handlingar/")]
    assert len(names) >= len(evil)
    for name in names:
        assert re.fullmatch(r"handlingar/\d\d-[A-Za-z0-9åäöÅÄÖ_-]+(\.[A-Za-z0-9-]+)?", name), name
        assert len(name) < 110
    for file in ("arende.csv", "handlingar.csv", "handelser.csv"):
        for row in office.rows(file):
            assert not any((cell or "").startswith(("=", "+", "-", "@", "\t")) for cell in row.values()), row
    subprocess.run(["sha256sum", "--strict", "-c", packing.CHECKSUMS], cwd=office.folder / "ut", check=True)
    assert {p.parent for p in office.folder.rglob("*passwd*")} == {office.folder / "ut" / "handlingar"}


def test_an_outlook_letter_is_called_what_it_is(office: Office) -> None:
    case = office.take_in(motion())
    data = b"\xd0\xcf\x11\xe0" + b"msg"
    with office.store.book() as book:
        book.put_document(
            case.id, NewDocument("svar", "Svar", sha256=office.raw.put(data), file_name="brev.eml"), now=NOW
        )
    office.export(case)
    assert office.read()["handlingar/03-brev.msg"] == data


def test_a_case_that_waits_for_its_number_is_found_by_its_letter(store: Store, tmp_path: Path) -> None:
    office = Office(store, tmp_path)
    case = office.take_in(motion())
    with store.look() as book:
        label = book.arrivals_of_case(case.id)[0].label
        assert handing_over.find_case(book, label, {"sn": SN}).id == case.id
        with pytest.raises(Invalid, match="Det finns inget ärende"):
            handing_over.find_case(book, label, {"bun": BUN})
        for nothing in ("A-999", "A-", "SN 1999-1", "", "A-9999999999999999999"):
            with pytest.raises(Invalid, match="Det finns inget ärende"):
                handing_over.find_case(book, nothing, {"sn": SN})


def test_the_register_tells_who_took_out_what(store: Store, tmp_path: Path) -> None:
    office = Office(store, tmp_path)
    case = office.take_in(motion())
    made, given = office.export(case, "a.zip"), office.export(case, "b.zip", release=True)
    with store.look() as book:
        entries = [e for e in book.entries(case_id=case.id) if e.what in handing_over.TAKEN_OUT]
        said = [line.text for line in journal_words.lines(book, entries, secret=False)]
        assert list(book.chain_faults()) == []
    by_what = {e.what: e for e in entries}
    assert by_what["exporterat"].data["kontrollsumma"] == made.checksum
    assert by_what["utlämnat"].data["kontrollsumma"] == given.checksum
    assert by_what["utlämnat"].actor == "kommandorad:ylva"
    assert any(s.startswith("ylva (kommandorad) skrev ut ärendet för överlämning: 2 handlingar") for s in said)
    assert any("för utlämnande" in s and "maskerade" in s for s in said)


# What is secret


def make_secret(office: Office, case: Case) -> None:
    with office.store.book() as book:
        book.change_case(case.id, secret=True)


def test_a_secret_case_is_refused_unless_asked_for_as_such(office: Office) -> None:
    case = office.take_in(citizen())
    make_secret(office, case)
    for release in (False, True):
        with pytest.raises(Refused, match="--sekretess"):
            office.export(case, release=release)
    assert not (office.folder / "ut").exists()
    office.export(case, secret=True)
    assert office.raw.get(office.told()["handlingar"][0]["sha256"]) in office.read().values()


def test_of_a_secret_case_a_release_tells_number_and_day_only(office: Office) -> None:
    case = office.take_in(citizen(attachments=(("Kanariefors.txt", b"Tuvstarr"),)))
    make_secret(office, case)
    office.export(case, release=True, secret=True)
    files = office.read()
    assert not any(n.startswith("handlingar/") for n in files)
    for canary in (*CANARIES, "lekpark", "gmail"):
        assert canary.lower() not in everything(files).lower(), canary
    told = office.told()
    assert told["arende"]["diarienummer"] == case.dnr
    assert [p["nummer"] for p in told["handlingar"]] == [1, 2]
    assert set(told["handlingar"][0]) == {"nummer", "inkom", "registrerad", "sekretess"}
    assert {e["vad"] for e in told["journal"]} == {""}


@pytest.mark.parametrize(("release", "secret"), [(False, False), (True, False), (True, True)])
def test_a_secret_letter_in_an_open_case_is_listed_by_number_and_day(
    office: Office, release: bool, secret: bool
) -> None:
    case = office.take_in(motion())
    office.take_in(citizen(), joins=case.id)
    with office.store.book() as book:
        hushed = book.arrivals_of_case(case.id)[-1]
        book.settle(hushed.id, "registered", folder="hemligt")
    office.export(case, release=release, secret=secret)
    files = office.read()
    for canary in (*CANARIES, "lekpark"):
        assert canary.lower() not in everything(files).lower(), canary
    assert [set(p) for p in office.told()["handlingar"]][-1] == {"nummer", "inkom", "registrerad", "sekretess"}
    if not release:
        office.export(case, "allt", secret=True)
        assert "Quark" in everything(office.read("allt"))


# Releasing


def test_no_canary_is_anywhere_in_a_release(office: Office) -> None:
    page = f"<p>Xena Quark</p><!-- Bo Kanariefors -->{CITIZEN}".encode()
    attachments = (
        ("Quark_Xena.pdf", text_pdf(CITIZEN)),
        ("bild Xena.pdf", scanned_pdf(1)),
        ("sida.html", page),
        ("Tuvstarr Quark.bin", b"\x00\x01 Xena Quark \x00 Tuvstarr"),
        ("rader.csv", "namn;nr\nXena Quark;811218 9876\nx\u200bena Qu\u00adark;8112189876\n".encode()),
    )
    case = office.take_in(citizen(attachments=attachments, Cc="Bo Kanariefors <bo.kanariefors@live.se>"))
    with office.store.book() as book:
        registering.correct(book, case.id, "title", "Lekpark, klagomål från Xena Quark", "Fel", now=NOW, actor="boten")
        book.put_demands(case.id, ["att Xena Quark får svar på xq81@gmail.com"])
        book.put_document(
            case.id,
            NewDocument(
                "svar", "Svar till Xena Quark", direction="ut", party="Xena Quark", sha256=office.raw.put(b"Till Xena Quark"),
                media_type="text/plain", file_name="Svar Xena.txt",
            ),
            now=NOW,
        )  # fmt: skip
    made = office.export(case, release=True)
    files = office.read()
    words = everything(files)
    for canary in CANARIES:
        assert canary.lower() not in words.lower(), canary
    assert covering_black(files) > 20
    assert made.files == 0
    assert made.unread >= 2
    assert "PRÖVA SEKRETESSEN" in files["LÄS-MIG.txt"].decode()


def covering_black(files: Mapping[str, bytes]) -> int:
    return sum(data.decode("utf-8", "replace").count("████") for data in files.values())


def test_every_page_of_every_handling_stands_in_the_list_with_what_and_why(office: Office) -> None:
    pages = text_pdf("Sidan om parken\fXena Quark, 811218-9876\fSlutet")
    case = office.take_in(citizen(attachments=(("Rapport.pdf", pages), ("skannat.pdf", scanned_pdf(2)))))
    office.export(case, release=True)
    rows = [(r["handling"], r["sida"], r["vad"], r["antal"]) for r in office.rows("maskning.csv")]
    assert ("2", "1", "inget att maskera hittades", "0") in rows
    assert ("2", "2", "namn", "1") in rows
    assert ("2", "2", "personnummer", "1") in rows
    assert ("2", "3", "inget att maskera hittades", "0") in rows
    assert ("3", "1", "kunde inte läsas", "") in rows
    assert ("3", "2", "kunde inte läsas", "") in rows
    assert {what for number, _, what, _ in rows if number == "1"} >= {"namn", "telefonnummer", "adress"}
    assert all(r["varför"] for r in office.rows("maskning.csv") if r["antal"] not in ("", "0"))
    text = office.read()["handlingar/02-Rapport.pdf.txt"].decode()
    assert "--- Sida 2 av 3 ---\n\n████, ████" in text


def test_politicians_officials_and_those_who_write_for_a_body_stay(office: Office) -> None:
    raw = motion(
        attachments=(("Motion.pdf", text_pdf(MOTION + "\nKarin Ödman har ordet. Nils Granne klagade.")),),
        Cc="Ylva Hedlund <ylva@ekeby.example>",
    )
    case = office.take_in(raw)
    office.export(case, release=True)
    words = everything(office.read())
    for stays in ("Lena Östberg (V)", "Karin Ödman", "Ylva Hedlund", "ylva@ekeby.example"):
        assert stays in words, stays
    assert "Granne" not in words


def test_who_makes_a_medborgarforslag_is_a_private_person(office: Office) -> None:
    raw = letter(
        "Medborgarförslag", "Medborgarförslag av Elsa Torp\n\nBygg en hundrastgård.", sender="Elsa Torp <e@a.se>"
    )
    case = office.take_in(raw, kind="medborgarforslag")
    with office.store.book() as book:
        book.change_case(case.id, motionarer=("Elsa Torp",))
    office.export(case, release=True)
    assert "Torp" not in everything(office.read())


@pytest.mark.parametrize("name", ["Maj-Britt Quark", "Mia Stad", "Quark Reception", "Xena Quark (Service)"])
def test_a_name_that_looks_like_something_else_is_covered(office: Office, name: str) -> None:
    raw = letter("Lekparken", f"Lekparken är trasig.\n\n{name}", sender=f'"{name}" <mbq81@gmail.com>')
    office.export(office.take_in(raw), release=True)
    last = name.partition(" (")[0].split()[-1]
    assert name.partition(" (")[0] not in everything(office.read())
    assert last == "Reception" or last not in everything(office.read())


def test_of_several_receivers_the_body_stays_and_the_person_does_not(office: Office) -> None:
    case = office.take_in(motion())
    with office.store.book() as book:
        out = NewDocument("svar", "Svar", party="Revisorerna, Tuva Kanin", direction="ut")
        book.put_document(case.id, out, now=NOW)
    office.export(case, release=True)
    words = everything(office.read())
    assert "Revisorerna, " in words
    assert "Kanin" not in words


def test_what_nobody_has_read_is_never_given_out(office: Office) -> None:
    rows = b"rad utan namn\n" * 40_000 + b"Vera Hemlig, 811218-9876\n"
    case = office.take_in(motion(attachments=(("rader.csv", rows),)))
    office.export(case, release=True)
    assert "Vera Hemlig" not in everything(office.read())
    assert "kan vara avkortad" in everything(office.read())


def test_a_file_goes_along_only_where_nothing_was_covered_and_words_are_all_it_holds(office: Office) -> None:
    clean = text_pdf("Protokoll från socialnämnden\fsida två")
    pictured = scanned_pdf(1)
    commented = clean.replace(
        b"/Contents 6 0 R", b"/Annots [<< /Type /Annot /Subtype /Text /Rect [0 0 9 9] >>] /Contents 6 0 R"
    )
    authored = clean.replace(b"/Root 1 0 R", b"/Root 1 0 R /Info << /Author (Xena \\121uark) >>")
    stored = clean.replace(b"/Root 1 0 R", b"/Root 1 0 R /Extra << /A (Xena Quark) >>")
    image = (
        b"<< /Type /XObject /Subtype /Image /Width 8 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 1 /Length 1 >>"
    )
    stamp = pdf._drawn([(11, "Protokoll")]) + b"\nq 99 0 0 99 0 0 cm /Im1 Do Q"
    stamped = pdf._file([(stamp, image + b"\nstream\n\x55\nendstream")])
    later = clean + b"\n%%EOF\n"
    attachments = (
        ("protokoll.pdf", clean), ("bild.pdf", pictured), ("stämpel.pdf", stamped), ("gömt.pdf", stored), ("kommentar.pdf", commented), ("egenskap.pdf", authored),
        ("version.pdf", later), ("rader.txt", b"rader utan namn"), ("sida.html", b"<p>sida</p><!-- mer -->"),
    )  # fmt: skip
    case = office.take_in(motion(attachments=attachments))
    office.export(case, release=True)
    files = {n for n in office.read() if n.startswith("handlingar/")}
    assert {n for n in files if not n.endswith(".txt") or "rader" in n} == {
        "handlingar/02-protokoll.pdf",
        "handlingar/09-rader.txt",
    }
    assert office.read()["handlingar/02-protokoll.pdf"] == clean
    assert office.read()["handlingar/09-rader.txt"] == b"rader utan namn"
    assert "Quark" not in everything(office.read())


def test_a_release_is_the_same_each_time_and_in_zip_and_folder(office: Office) -> None:
    case = office.take_in(citizen(attachments=(("Rapport.pdf", text_pdf(CITIZEN)),)))
    first, second = office.export(case, "a.zip", release=True), office.export(case, "b.zip", release=True)
    office.export(case, release=True)
    assert first.checksum == second.checksum
    with zipfile.ZipFile(office.folder / "a.zip") as made:
        assert {name: made.read(name) for name in made.namelist()} == office.read()


def test_pages_are_read_in_a_child_and_a_broken_letter_is_told_of(office: Office) -> None:
    with Readers(count=1, understanding=paging.READ) as readers:
        told = paging.papers_of(readers, citizen(attachments=(("Rapport.pdf", text_pdf("ett\ftvå")),)))
        assert "Xena Quark" in told.pop(paging.WORDS).pages[0]
        assert [p.pages for p in told.values()] == [("ett", "två")]
        alone = paging.paper_of(readers, text_pdf("ett\ftvå"), "a\r\nb.pdf", "x/y; z=1")
        assert (alone.pages, alone.whole) == (("ett", "två"), True)
    with Readers(count=1, understanding="json:loads") as broken:
        assert paging.papers_of(broken, citizen()) == {}


@pytest.mark.parametrize("said", ["", "[]", "{}", '{"pages": 1}', '{"pages": [], "notes": null}', "[" * 100_000])
def test_a_child_that_says_rubbish_is_not_believed(said: str) -> None:
    assert paging._made(said) == paging.unread()
