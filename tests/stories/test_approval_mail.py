"""The approver reads the paper: the very version that is asked about comes with the mail, or the mail says why not."""

from __future__ import annotations

import dataclasses
import email
from email import policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from bot.courier import Courier
from handlers import mornings
from handlers.notices import papers
from handlers.reading.reading import Attachment
from storage.raw import sha256_of
from storage.raw.files import RawFiles
from storage.records import Case, Person
from storage.store import Store
from tests.builders import SN, reading, take_in
from tests.fakes import FixedClock, MemoryMailbox
from tests.stories.test_approvals import at
from tests.stories.test_approvals import case as case
from tests.stories.test_approvals import people as people

FIRST, SECOND = b"%PDF-1.7 version ett", b"%PDF-1.7 version tv\xc3\xa5"


@pytest.fixture
def raw(tmp_path: Path) -> RawFiles:
    return RawFiles(tmp_path / "raw")


def _written(
    store: Store, case: Case, day: str, data: bytes, *, name: str = "Tjänsteskrivelse.pdf", size: int = 0
) -> None:
    read = reading(
        f"Tjänsteskrivelse {sha256_of(data)[:4]}", kind="tjansteskrivelse", subject=f"{case.dnr} tjänsteskrivelse"
    )
    file = Attachment(name, "application/pdf", size or len(data), sha256_of(data))
    take_in(store, dataclasses.replace(read, attachments=(file,)), received=at(day), now=at(day))


def _mails(store: Store, raw: RawFiles | None, day: str) -> list[bytes]:
    """Do a morning's work, send what is queued, and return the approver's mails."""
    with store.book() as book:
        mornings.work(book, SN, now=at(day))
    box = MemoryMailbox()
    Courier(store, {"sn": box}, {"sn": SN}, FixedClock(at(day)), "x", raw).round()
    return [m for m in box.sent.values() if "Godk" in str(_mail(m)["Subject"])]


def _mail(data: bytes) -> EmailMessage:
    return email.message_from_bytes(data, policy=policy.default)


def _files(data: bytes) -> list[tuple[str | None, str, bytes]]:
    return [(p.get_filename(), p.get_content_type(), p.get_content()) for p in _mail(data).iter_attachments()]


def _text(data: bytes) -> str:
    body = _mail(data).get_body(("plain",))
    assert body is not None
    return " ".join(body.get_content().split())


def test_the_version_that_is_asked_about_comes_with_the_mail(
    store: Store, people: dict[str, Person], case: Case, raw: RawFiles
) -> None:
    for data in (FIRST, SECOND):
        raw.put(data)
    _written(store, case, "2027-01-25", FIRST)
    _written(store, case, "2027-01-25", SECOND)
    (sent,) = _mails(store, raw, "2027-01-26")
    assert _files(sent) == [("Tjänsteskrivelse.pdf", "application/pdf", SECOND)]
    assert "Bifogat Tjänsteskrivelse.pdf" in _text(sent)
    assert "GODKÄNT" in _text(sent)


def test_the_same_mail_always_has_the_same_bytes(
    store: Store, people: dict[str, Person], case: Case, raw: RawFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.notices.links.secrets.token_urlsafe", lambda _: "token")
    raw.put(FIRST)
    _written(store, case, "2027-01-25", FIRST)
    with store.book() as book:
        mornings.work(book, SN, now=at("2027-01-26"))
    made = []
    for _ in range(2):
        box = MemoryMailbox()
        courier = Courier(store, {"sn": box}, {"sn": SN}, FixedClock(at("2027-01-26")), "x", raw)
        with store.book() as book:
            (notice,) = (n for n in book.notices(state="queued") if n.kind == "godkann")
            book._connection.exec_driver_sql("DELETE FROM answer_links")
        # As when the bot falls between sending and taking it as sent.
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("storage.store.Book.notice_sent", lambda *_, **__: False)
            courier._send(notice)
        made += list(box.sent.values())
    assert made[0] == made[1]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/\u200b.htaccess", "htaccess"),
        ("fil\u202efdp.exe", "filfdp.exe"),
        ('a"; filename="b.exe', 'a"; filename="b.exe'),
        ("rad\r\nBcc: alla@ekeby.example.pdf", "radBcc: alla@ekeby.example.pdf"),
        ("", "SN 2026-1-3.bin"),
    ],
)
def test_a_files_name_is_cleaned(
    store: Store, people: dict[str, Person], case: Case, raw: RawFiles, name: str, shown: str
) -> None:
    raw.put(FIRST)
    _written(store, case, "2027-01-25", FIRST, name=name)
    (sent,) = _mails(store, raw, "2027-01-26")
    assert [n for n, _, _ in _files(sent)] == [shown]
    assert _mail(sent)["Bcc"] is None


def test_what_is_too_big_stays_on_the_page_and_the_mail_says_so(
    store: Store, people: dict[str, Person], case: Case, raw: RawFiles
) -> None:
    raw.put(FIRST)
    _written(store, case, "2027-01-25", FIRST, size=papers.MOST_BYTES + 1)
    (sent,) = _mails(store, raw, "2027-01-26")
    assert _files(sent) == []
    assert "Tjänsteskrivelsen är för stor att bifoga. Läs den på sidan." in _text(sent)
    assert "Bifogat" not in _text(sent)


def test_a_file_that_is_not_there_stops_no_question(
    store: Store, people: dict[str, Person], case: Case, raw: RawFiles
) -> None:
    _written(store, case, "2027-01-25", FIRST)
    (sent,) = _mails(store, raw, "2027-01-26")
    assert _files(sent) == []
    assert "Tjänsteskrivelsen gick inte att bifoga. Läs den på sidan." in _text(sent)
    assert "Bifogat" not in _text(sent)


def test_a_paper_under_secrecy_never_goes_along(
    store: Store, people: dict[str, Person], case: Case, raw: RawFiles
) -> None:
    """The letter that brought it has been marked, the case has not."""
    raw.put(FIRST)
    _written(store, case, "2027-01-25", FIRST)
    with store.book() as book:
        letter = book.arrivals_of_case(case.id)[-1]
        book.settle(letter.id, "registered", reading={**dict(letter.reading or {}), "secret": True})
    (sent,) = _mails(store, raw, "2027-01-26")
    assert _files(sent) == []
    assert "omfattas av sekretess" in _text(sent)


def test_a_letter_without_files_is_the_paper_itself(
    store: Store, people: dict[str, Person], case: Case, raw: RawFiles
) -> None:
    letter = b"From: karin@ekeby.example\r\nSubject: Tj\r\n\r\nText"
    read = reading("Tjänsteskrivelse i brevet", kind="tjansteskrivelse", subject=f"{case.dnr} tjänsteskrivelse")
    take_in(store, read, received=at("2027-01-25"), now=at("2027-01-25"))
    with store.book() as book:
        paper = papers.papers(book, case.id)[0]
        book.change_document(paper.id, sha256=raw.put(letter))
    (sent,) = _mails(store, raw, "2027-01-26")
    # Not as a message of its own: a mail program would show it as part of ours.
    assert _files(sent) == [("SN 2026-1-2.eml", "application/octet-stream", letter)]


def test_a_question_that_no_longer_stands_sends_nothing(
    store: Store, people: dict[str, Person], case: Case, raw: RawFiles
) -> None:
    raw.put(FIRST)
    _written(store, case, "2027-01-25", FIRST)
    with store.book() as book:
        mornings.work(book, SN, now=at("2027-01-26"))
        book.change_case(case.id, secret=True)
    assert _mails(store, raw, "2027-01-26") == []
