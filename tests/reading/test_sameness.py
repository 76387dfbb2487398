"""What makes two letters the same: all that they say and carry, and nothing that a server calls them."""

from __future__ import annotations

import base64

import pytest

from bot.texts import extract
from handlers.reading import read
from handlers.reading.letter import MAX_PARTS
from handlers.reading.reading import Context

LONG = "ord " * 300_000
LOGO, OTHER_LOGO = b"\x89PNG one" * 300, b"\x89PNG two" * 300


def _print(raw: str) -> str:
    return read(raw.replace("\n", "\r\n").encode(), Context(), extract)[0].fingerprint


def _letter(text: str, subject: str = "Yttrande", message_id: str = "1", head: str = "") -> str:
    return f"From: Anna Ek <anna@post.example>\nTo: sn@ekeby.example\nSubject: {subject}\nMessage-ID: <{message_id}@x>\n{head}\n{text}"


def _mixed(*parts: str, message_id: str = "1", kind: str = "mixed") -> str:
    inside = "".join(f"--BB\n{part}\n" for part in parts)
    return _letter(f"{inside}--BB--\n", message_id=message_id, head=f"Content-Type: multipart/{kind}; boundary=BB\n")


def _passed_on(inner: str, message_id: str = "1") -> str:
    cover = "Content-Type: text/plain\n\nFör registrering."
    return _mixed(cover, f"Content-Type: message/rfc822\n\n{inner}", message_id=message_id)


def _with_picture(data: bytes, message_id: str = "1", cid: str = "a") -> str:
    html = f"Content-Type: text/html\n\nSe bilden. <img src='cid:{cid}'>"
    picture = f"Content-Type: image/png\nContent-ID: <{cid}>\nContent-Disposition: inline\nContent-Transfer-Encoding: base64\n\n"
    return _mixed(html, picture + base64.b64encode(data).decode(), message_id=message_id, kind="related")


def _inner(text: str, sender: str = "bo@post.example", subject: str = "Klagomål") -> str:
    return f"From: {sender}\nTo: reg@ekeby.example\nSubject: {subject}\n\n{text}\n"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (_passed_on(_inner("Hemtjänsten kom inte.")), _passed_on(_inner("Jag överklagar beslutet."))),
        (_passed_on(_inner("Ring mig.")), _passed_on(_inner("Ring mig.", subject="Överklagande"))),
        (_passed_on(_inner("Ring mig.")), _passed_on(_inner("Ring mig.", sender="eva@post.example"))),
        (_passed_on(_passed_on(_inner("Ja."))), _passed_on(_passed_on(_inner("Nej.")))),
        (_with_picture(LOGO), _with_picture(OTHER_LOGO)),
        (_letter(LONG + "A"), _letter(LONG + "Jag överklagar beslutet.")),
        (_letter("Vi tillstyrker."), _letter("Vi tillstyrker?")),
        (
            _mixed("Content-Type: text/plain\n\nSe nedan.", "Content-Type: text/html\n\nJa", kind="alternative"),
            _mixed("Content-Type: text/plain\n\nSe nedan.", "Content-Type: text/html\n\nNej", kind="alternative"),
        ),
        (
            _mixed("Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; a@x.example\n"),
            _mixed("Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; b@x.example\n"),
        ),
    ],
    ids=["inner text", "inner subject", "inner sender", "inner of inner", "picture", "long", "sign", "html", "bounce"],
)
def test_letters_that_differ_anywhere_are_not_the_same(one: str, other: str) -> None:
    assert _print(one) != _print(other)
    assert _print(one)


@pytest.mark.parametrize(
    ("one", "again"),
    [
        (_letter("Svar senast den\n1 maj."), _letter("Svar senast\nden 1 maj.", "SV: yttrande", message_id="2")),
        (_passed_on(_inner("Ring mig.")), _passed_on(_inner("Ring mig."), message_id="2")),
        (_with_picture(LOGO), _with_picture(LOGO, message_id="2", cid="image001.png@01DA")),
        (_letter(LONG), _letter(LONG, message_id="2")),
    ],
    ids=["other line breaks", "passed on again", "the picture's id", "long"],
)
def test_the_same_letter_sent_again_is_the_same(one: str, again: str) -> None:
    assert _print(one) == _print(again) != ""


def test_a_letter_of_which_something_was_left_out_is_never_the_same_as_another() -> None:
    parts = ["Content-Type: text/plain\n\nSe bilagorna."] * (MAX_PARTS + 5)
    assert _print(_mixed(*parts)) == ""
    assert _print(_letter("Hej", subject="Yttrande " * 200)) == ""
    assert _print(_passed_on(_mixed(*parts))) == ""
