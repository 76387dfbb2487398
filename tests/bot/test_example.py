"""The invented municipality promises: post of every kind, always fresh, the same each time, and nobody real in it."""

from __future__ import annotations

import datetime as dt
import email
import email.utils
import re
from email.message import Message
from zoneinfo import ZoneInfo

import pytest

from bot.example import NAMNDER, PEOPLE, ExampleLetter, dates, letters, meetings
from bot.example.pdf import scanned_pdf, text_pdf
from bot.texts import extract

STOCKHOLM = ZoneInfo("Europe/Stockholm")
NOW = dt.datetime(2026, 11, 24, 7, 40, tzinfo=STOCKHOLM)


def one(name: str, now: dt.datetime = NOW) -> ExampleLetter:
    return next(letter for letter in letters(now) if letter.name.startswith(name))


def words(letter: ExampleLetter) -> str:
    """Return all that can be read in a letter."""
    found = []
    message: Message = email.message_from_bytes(letter.raw)
    for part in message.walk():
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            found.append(extract(part.get("Content-Type", "text/plain"), part.get_filename() or "", payload).text)
    return "\n".join(found)


def test_every_namnd_has_all_five_roles_filled() -> None:
    for namnd in NAMNDER:
        roles = {person.role for person in PEOPLE if person.namnd == namnd.key}
        assert roles == {"registrator", "handlaggare", "manager", "sekretess", "administrator", "stab"}


def test_there_is_post_of_many_kinds_for_both_namnder() -> None:
    post = letters(NOW)
    assert len(post) >= 18
    assert {letter.namnd for letter in post} == {namnd.key for namnd in NAMNDER}
    assert len({letter.name for letter in post}) == len(post)


def test_the_same_moment_gives_the_same_bytes() -> None:
    assert letters(NOW) == letters(NOW)


@pytest.mark.parametrize("days", range(0, 400, 13))
def test_the_post_is_fresh_on_any_day(days: int) -> None:
    # Arrange
    now = dt.datetime(2026, 1, 1, 0, 5, tzinfo=STOCKHOLM) + dt.timedelta(days=days)
    # Act
    post = letters(now)
    # Assert
    assert [letter.received for letter in post] == sorted(letter.received for letter in post)
    assert all(now - dt.timedelta(days=90) < letter.received < now for letter in post)
    order = [letter.name[:2] for letter in post]
    for earlier, later in (("04", "13"), ("09", "20"), ("07", "06")):
        assert order.index(earlier) < order.index(later)


@pytest.mark.parametrize("letter", letters(NOW), ids=lambda letter: str(letter.name))
def test_each_letter_is_whole(letter: ExampleLetter) -> None:
    message: Message = email.message_from_bytes(letter.raw)
    head, _, stamp = str(message["Received"]).rpartition(";")
    assert letter.raw.startswith(b"Received: ")
    assert email.utils.parsedate_to_datetime(stamp.strip()) == letter.received
    assert "post.ekeby.example" in head
    assert not re.search(
        r"\{(?:date|weekday|iso|short|stamp|week|year)\b", words(letter) + letter.raw.decode("latin-1")
    )
    for address in re.findall(rb"[\w.+-]+@[\w.-]+", letter.raw):
        assert address.rstrip(b".").endswith(b".example"), address


def test_message_ids_are_different() -> None:
    ids = [str(email.message_from_bytes(letter.raw)["Message-ID"]) for letter in letters(NOW)]
    assert len(set(ids)) == len(ids)


def test_the_repeated_letter_says_the_same_under_another_message_id() -> None:
    first, again = one("04"), one("13")
    assert words(first) == words(again)
    assert first.raw != again.raw


def test_the_aterremiss_carries_the_number_of_the_earlier_letter() -> None:
    number = re.search(r"KS \d{4}/00588", words(one("07")))
    assert number is not None
    assert number.group() in words(one("06"))


def test_the_old_motion_is_near_the_end_of_the_laws_year() -> None:
    raised = re.search(r"väcktes i kommunfullmäktige (\d{4}-\d\d-\d\d)", words(one("07")))
    assert raised is not None
    left = dt.date.fromisoformat(raised.group(1)) + dt.timedelta(days=365) - NOW.date()
    assert dt.timedelta(days=10) < left < dt.timedelta(days=90)


def test_the_audit_letter_has_four_recommendations_and_an_answer_day() -> None:
    text = words(one("04"))
    assert len(re.findall(r"^- ", text, flags=re.M)) == 4
    assert "senast den 22 februari 2027" in text


def test_the_scanned_letter_has_a_page_and_no_text() -> None:
    message: Message = email.message_from_bytes(one("19").raw)
    content = [part.get_payload(decode=True) for part in message.walk()][-1]
    assert isinstance(content, bytes)
    found = extract("application/pdf", "skannat.pdf", content)
    assert (found.text, found.pages, found.warnings) == ("", 1, ("Bilagan är en bild utan text.",))


def test_the_broken_letter_is_bare_windows_1252_of_no_type() -> None:
    raw = one("23").raw
    assert b"Content-Type: text; charset=\r\n" in raw
    assert "matlådorna".encode("cp1252") in raw


def test_the_invented_child_has_an_impossible_personnummer() -> None:
    assert "20990101-0000" in words(one("17"))


def test_a_written_pdf_reads_back() -> None:
    # Arrange
    long = "Nämnden (och styrelsen) åtar sig \\ att ge råd – även på kvällar. " * 20
    # Act
    found = extract("application/pdf", "a.pdf", text_pdf(f"# Rubrik på en rad\n\n{long}\fAndra sidan\n" + "rad\n" * 60))
    # Assert
    assert found.text.startswith("Rubrik på en rad")
    assert " ".join(found.text.split()).count("(och styrelsen) åtar sig \\ att ge råd – även") == 20
    assert found.pages == 3
    assert found.text[found.page_starts[1] :].startswith("Andra sidan")


def test_a_scan_may_have_several_pages() -> None:
    assert extract("application/pdf", "a.pdf", scanned_pdf(3)).pages == 3


def test_meetings_are_never_in_july_and_never_on_a_weekend() -> None:
    found = meetings(NOW.date())
    assert {meeting.body for meeting in found} == {"sn", "bun", "kommunstyrelsen", "kommunfullmäktige"}
    assert all(meeting.date.month != 7 and meeting.date.weekday() < 5 for meeting in found)
    assert len(set(found)) == len(found)


def test_the_letters_speak_of_meetings_that_are_in_the_calendar() -> None:
    days = {meeting.date for meeting in meetings(NOW.date()) if meeting.body == "kommunfullmäktige"}
    spoken = re.search(r"besvaras av kommunfullmäktige (\d{4}-\d\d-\d\d)", words(one("01")))
    assert spoken is not None
    assert dt.date.fromisoformat(spoken.group(1)) in days


def test_a_day_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="no such day: imorgon"):
        dates.day("imorgon", NOW.date(), NOW.date())
