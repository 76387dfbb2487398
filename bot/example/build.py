"""Makes letters of the texts in letters/: a head, the words, and what is attached."""

from __future__ import annotations

import datetime as dt
import email
import email.utils
import re
from email.message import EmailMessage
from email.policy import SMTP

from bot.example import dates
from bot.example.pdf import scanned_pdf, text_pdf

# Lines of the head that are for the builder; all others are headers of the letter.
OWN = ("namnd", "arrived", "same-as", "written")
_ADDRESSES = ("From", "To", "Cc", "Reply-To")


def parse(template: str) -> tuple[dict[str, str], list[tuple[str, str, str]]]:
    """Return the head of a template, and its sections as (kind, name, text): `--- pdf Motion.pdf` begins one."""
    head, *sections = re.split(r"^--- ", template, flags=re.M)
    fields = dict(line.split(": ", 1) for line in head.strip().split("\n"))
    found = []
    for section in sections:
        first, _, text = section.partition("\n")
        kind, _, name = first.strip().partition(" ")
        found.append((kind, name, text.strip("\n") + "\n"))
    return fields, found


def arrival(when: str, now: dt.datetime) -> dt.datetime:
    """Return the moment that "-3 09:12" tells: at that time, three working days ago; "KF-1-12" is as in `dates.day`."""
    anchor, clock = when.split()
    hour, minute = map(int, clock.split(":"))
    today = now.date()
    plain = re.fullmatch(r"-\d+", anchor)
    came = dates.workdays_before(today, int(anchor[1:])) if plain else dates.day(anchor, today, today)
    return dt.datetime.combine(came, dt.time(hour, minute), tzinfo=now.tzinfo)


def letter(name: str, fields: dict[str, str], sections: list[tuple[str, str, str]], now: dt.datetime) -> bytes:
    """Return the finished MIME letter, the same bytes for the same moment."""
    received = arrival(fields["arrived"], now)
    came = arrival(fields.get("written", fields["arrived"]), now).date()

    def fill(text: str) -> str:
        return dates.filled(text, now.date(), came)

    message = EmailMessage(policy=SMTP)
    message["Received"] = (
        f"from mx.{_host(fields['From'])} by post.ekeby.example with ESMTPS id {name.replace('-', '')}; "
        + email.utils.format_datetime(received)
    )
    for field, value in fields.items():
        if field not in OWN:
            filled = fill(value)
            message[field] = ", ".join(filled.split("; ")) if field in _ADDRESSES else filled
    message["Date"] = email.utils.format_datetime(received - dt.timedelta(seconds=40))
    for kind, part_name, text in sections:
        _add(message, kind, fill(part_name), fill(text))
    _settle(message, name)
    raw = message.as_bytes()
    broken = [text for kind, _, text in sections if kind == "broken"]
    return _broken(raw, fill(broken[0])) if broken else raw


def _add(message: EmailMessage, kind: str, name: str, text: str) -> None:
    if kind == "text":
        message.set_content(text, cte="quoted-printable")
    elif kind == "html" and message.get_content_type() == "text/plain" and message.get_payload():
        message.add_alternative(text, subtype="html", cte="quoted-printable")
    elif kind == "html":
        message.set_content(text, subtype="html", cte="quoted-printable")
    elif kind in ("pdf", "scan"):
        content = text_pdf(text) if kind == "pdf" else scanned_pdf()
        message.add_attachment(content, maintype="application", subtype="pdf", filename=name)
    elif kind == "delivery-status":
        message.make_mixed()
        message.attach(email.message_from_string(f"Content-Type: message/delivery-status\n\n{text}", policy=SMTP))
        message.replace_header("Content-Type", "multipart/report; report-type=delivery-status")


def _settle(message: EmailMessage, name: str) -> None:
    """Give every multipart a boundary that does not change from one time to the next."""
    for number, part in enumerate(message.walk()):
        if part.get_content_maintype() == "multipart":
            part.set_boundary(f"=_{name}_{number}")


def _broken(raw: bytes, text: str) -> bytes:
    """Return the letter as an old system writes it: a type without meaning, and bare Windows-1252."""
    head = raw.split(b"\r\n\r\n", 1)[0].rstrip(b"\r\n")
    broken = b"\r\nContent-Type: text; charset=\r\nContent-Transfer-Encoding: 8 bit\r\n\r\n"
    return head + broken + text.replace("\n", "\r\n").encode("cp1252", "replace")


def _host(sender: str) -> str:
    return email.utils.parseaddr(sender)[1].rpartition("@")[2]
