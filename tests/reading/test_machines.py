"""No header and no subject puts a letter aside that its own words speak against, and none makes an individual's matter open."""

from __future__ import annotations

import pytest

from bot.texts import extract
from handlers.reading import read
from handlers.reading.reading import Context, Reading
from handlers.reading.review import PERHAPS_A_MACHINE

WORRY = "Jag är orolig för Kalle Strand, född 2015-03-04. Han blir slagen av sin pappa. Detta är en orosanmälan.\n"
REQUEST = "Hej,\n\nJag begär att få ta del av nämndens protokoll från november.\n\nOla Nyman, Ekebybladet\n"
OURS = Context(own_addresses=("sn@ekeby.example",))
SIGNS = (
    "Auto-Submitted: auto-replied",
    "X-Autoreply: yes",
    "Precedence: auto_reply",
    "Precedence: bulk",
    "List-Unsubscribe: <mailto:av@lista.example>",
    "Return-Path: <>",
)
SUBJECTS = (
    "Auto: begäran",
    "Frånvarobesked",
    "Automatiskt svar: begäran",
    "Meddelandet kunde inte öppnas, en begäran",
    "Returned mail",
    "Nyhetsbrev om en begäran",
)


def _read(text: str, subject: str = "Begäran", head: str = "", sender: str = "ola@bladet.example") -> Reading:
    top = f"From: {sender}\nTo: sn@ekeby.example\nSubject: {subject}\nMessage-ID: <1@x.example>\n{head}"
    return read(f"{top.strip()}\n\n{text}".encode(), OURS, extract)[0]


@pytest.mark.parametrize("sign", SIGNS)
def test_a_header_does_not_make_an_individuals_matter_open(sign: str) -> None:
    reading = _read(WORRY, head=sign)
    assert (reading.secret, reading.register) == (True, True)


@pytest.mark.parametrize("subject", SUBJECTS[:-1])
def test_a_subject_does_not_make_an_individuals_matter_open(subject: str) -> None:
    assert _read(WORRY, subject).secret


def test_a_letter_that_only_its_subject_calls_a_newsletter_is_looked_at() -> None:
    assert PERHAPS_A_MACHINE in _read(WORRY, "Nyhetsbrev om en begäran").review


@pytest.mark.parametrize("sign", SIGNS)
def test_a_header_over_a_request_is_asked_about(sign: str) -> None:
    reading = _read(REQUEST, head=sign)
    assert (reading.kind, reading.register) == ("utlamnande", True)
    assert PERHAPS_A_MACHINE in reading.review


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_subject_over_a_request_is_asked_about(subject: str) -> None:
    reading = _read(REQUEST, subject)
    assert reading.register
    assert PERHAPS_A_MACHINE in reading.review


def test_an_auto_reply_that_brings_a_paper_is_asked_about() -> None:
    parts = (
        "Content-Type: text/plain\n\nTack för ditt mejl.",
        "Content-Type: text/plain; name=a.txt\n\nYttrande över planen\n\nVi avstyrker förslaget i dess helhet.",
    )
    mixed = "".join(f"--BB\n{part}\n" for part in parts) + "--BB--\n"
    reading = _read(mixed, head="Auto-Submitted: auto-replied\nContent-Type: multipart/mixed; boundary=BB")
    assert PERHAPS_A_MACHINE in reading.review


@pytest.mark.parametrize(
    "text",
    [
        "Hej! Jag är på semester till och med den 7 januari. Vid brådskande remisser, ring Karin.",
        "Tack för ditt mejl. Ditt ärende har registrerats och besvaras inom fem arbetsdagar.",
        "I am out of office until 7 January with limited access to e-mail.",
        "Kontoret är stängt mellan jul och nyår.",
    ],
)
def test_an_auto_reply_that_says_so_is_put_aside(text: str) -> None:
    reading = _read(text, "Automatiskt svar: Remiss om biblioteksplan", "Auto-Submitted: auto-replied")
    assert (reading.kind, reading.register, reading.review) == ("autosvar", False, ())


def _returned(status: str, original: str) -> Reading:
    parts = (
        "Content-Type: text/plain\n\nDelivery has failed to these recipients.",
        f"Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n{status}",
        f"Content-Type: message/rfc822\n\n{original}",
    )
    mixed = "".join(f"--BB\n{part}\n\n" for part in parts) + "--BB--\n"
    head = "Return-Path: <>\nContent-Type: multipart/report; report-type=delivery-status; boundary=BB"
    return _read(mixed, "Undeliverable: Kallelse", head, "MAILER-DAEMON@mx.example")


STATUS = "Final-Recipient: rfc822; bo@post.example\nAction: failed\nStatus: 5.1.1"


@pytest.mark.parametrize(
    "original",
    [
        "From: Nämnden <sn@ekeby.example>\nTo: bo@post.example\nSubject: Kallelse\n\nVälkommen till mötet.",
        "From: Karin <karin@stab.example>\nMessage-ID: <12@ekeby.example>\nSubject: Kallelse\n\nVälkommen till mötet.",
    ],
)
def test_a_mail_of_ours_that_came_back_is_put_aside(original: str) -> None:
    reading = _returned(STATUS, original)
    assert (reading.kind, reading.register, reading.review) == ("studs", False, ())


def test_a_report_about_somebody_elses_mail_is_asked_about() -> None:
    reading = _returned(STATUS, "From: x@evil.example\nMessage-ID: <1@evil.example>\nSubject: Överklagan\n\nHej.")
    assert PERHAPS_A_MACHINE in reading.review


def test_a_mail_that_came_back_and_tells_of_an_individual_is_secret() -> None:
    assert _returned(STATUS, f"From: sn@ekeby.example\nTo: bo@post.example\nSubject: Kalle\n\n{WORRY}").secret
