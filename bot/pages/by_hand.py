"""Registering by hand what did not come by mail: a paper, a call, a visit (FL 2017:900 27 §)."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import secrets
from collections.abc import Mapping
from email.message import EmailMessage
from email.policy import SMTP

from bot import post
from bot.pages import case_view, views
from bot.pages.desk import Answer, Ask, Missing, Sent, Shown, Upload, Words
from handlers import registering, review
from handlers.errors import Invalid
from handlers.reading.characters import clean_header, clean_name
from handlers.reading.reading import Attachment, Context, Deadline, Envelope, Reading, Text
from handlers.review import DESK
from storage.raw import sha256_of
from storage.records import Namnd

WAYS = ("papper", "telefon", "besök", "annat")
_MOST_NOTE = 20_000


def show(ask: Ask) -> Answer:
    """Show the form, with this moment filled in."""
    return _page(ask, {}, {})


def _page(ask: Ask, typed: Mapping[str, str], faults: Mapping[str, str], status: int = 200) -> Answer:
    boards = ask.who.namnder(*DESK)
    if not boards:
        raise Missing
    local = ask.now.astimezone(views.STOCKHOLM)
    filled = {
        "namnd": boards[0],
        "satt": "papper",
        "dag": local.date().isoformat(),
        "tid": f"{local:%H:%M}",
        "kind": "other",
        "once": secrets.token_hex(16),
        **typed,
    }
    return Shown(
        "by_hand.html",
        {
            "typed": Words(filled),
            "faults": Words(faults),
            "boards": tuple((key, ask.desk.namnder[key].name) for key in boards),
            "ways": tuple((way, views.upper_first(way)) for way in WAYS),
            "kinds": case_view.kind_options(),
            "matters": case_view.kind_options(none="Ingen"),
        },
        status,
    )


def register(ask: Ask) -> Answer:
    """Register what the form says; the same form sent twice leads to the same case."""
    if not ask.who.namnder(*DESK):
        raise Missing
    try:
        namnd = ask.desk.namnder.get(ask.form.get("namnd", ""))
        if namnd is None or not ask.who.has(namnd.key, *DESK):
            raise Invalid("Välj en nämnd.", "namnd")
        received = _received(ask)
        raw, reading = _letter(ask, namnd, received)
        how = ask.form.get("satt", "")
        if how not in WAYS:
            raise Invalid("Välj hur det kom.", "satt")
        with ask.desk.store.book() as book:
            before = book.same_letter(namnd.key, message_ids=(reading.envelope.message_id or "",))
            mine = next((a for a in before if a.reference in WAYS and a.case_id), None)
            if mine is not None:
                return Sent(f"/arende/{mine.case_id}")
            outcome = review.by_hand(
                book,
                namnd,
                ask.who.person,
                now=ask.now,
                raw_sha256=ask.desk.raw.put(raw),
                reading=reading,
                received=received,
                how=how,
            )
    except Invalid as fault:
        return _page(ask, ask.form, {fault.field or "form": str(fault)}, 422)
    ask.desk.wake()
    return Sent(f"/arende/{outcome.case.id}" if outcome.case else "/granska")


def _received(ask: Ask) -> dt.datetime:
    day = registering.as_date(ask.form.get("dag", ""), "dag")
    time = ask.form.get("tid", "").replace(".", ":")
    if not re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", time):
        raise Invalid("Skriv klockslaget som 08.15.", "tid")
    hour, minute = (int(part) for part in time.split(":"))
    received = dt.datetime.combine(day, dt.time(hour, minute), views.STOCKHOLM)
    if received > ask.now + dt.timedelta(minutes=1):
        raise Invalid("Tiden har inte varit än. Skriv när det kom in.", "dag")
    return received


def _letter(ask: Ask, namnd: Namnd, received: dt.datetime) -> tuple[bytes, Reading]:
    """Return the bytes to keep and what they say: an uploaded mail as it is, anything else in a note of ours."""
    note = ask.form.get("anteckning", "").strip()[:_MOST_NOTE]
    once = re.sub(r"[^0-9a-f]", "", ask.form.get("once", ""))[:32] or secrets.token_hex(16)
    message_id = f"<hand.{once}@{namnd.domain}>"
    if ask.upload is not None and ask.upload.name.lower().endswith(".eml"):
        read = _read(ask, namnd, ask.upload.data, received)
        if read.secret:
            raise Invalid("Brevet kan gälla en enskild. Lägg det i brevlådan i stället, så prövas sekretessen.", "fil")
        return ask.upload.data, _with_typed(ask, read, note)
    if not ask.form.get("title", "").strip():
        raise Invalid("Skriv en ärendemening.", "title")
    if not note and ask.upload is None:
        raise Invalid("Skriv vad som sades eller lämnades, eller välj en fil.", "anteckning")
    raw, attachments = _note(ask, namnd, note, message_id, received)
    plain = Reading(kind="other", certainty=1.0, envelope=Envelope(message_id=message_id), attachments=attachments)
    return raw, _with_typed(ask, plain, note)


def _read(ask: Ask, namnd: Namnd, raw: bytes, received: dt.datetime) -> Reading:
    with ask.desk.store.look() as book:
        series = [s for s in book.all_series() if s.namnd == namnd.key]
    context: Context = post.context_of(namnd, series, received)
    letter = ask.desk.reader.read(raw, context)
    for content in letter.contents:
        ask.desk.raw.put(content)
    return letter.reading


def _with_typed(ask: Ask, reading: Reading, note: str) -> Reading:
    """Return the reading with what the registrator typed; what was typed stands over what was read."""
    typed = {k: v for k in ("kind", "matter", "title", "sender") if (v := ask.form.get(k, "").strip())}
    if typed.get("kind") == "other" and reading.kind != "other":
        del typed["kind"]
    made = review.corrected(reading, typed)
    if note:
        made = dataclasses.replace(made, texts=(Text("body", note), *made.texts))
    day = ask.form.get("deadline", "").strip()
    if day:
        stated = Deadline(
            registering.as_date(day, "deadline"), "svar", "stated", "Angivet av registratorn för hand.", "anteckningen"
        )
        made = dataclasses.replace(made, deadlines=(stated, *(d for d in made.deadlines if d.clock != "stated")))
    return dataclasses.replace(made, review=(), register=True)


def _note(
    ask: Ask, namnd: Namnd, note: str, message_id: str, received: dt.datetime
) -> tuple[bytes, tuple[Attachment, ...]]:
    message = EmailMessage(policy=SMTP)
    message["Subject"] = clean_header(ask.form.get("title", ""), 200)
    message["Message-ID"] = message_id
    message["Date"] = received
    how, who = ask.form.get("satt", ""), ask.who.person.name
    head = f"Tjänsteanteckning, {namnd.name}. {views.upper_first(how)} {views.stamp(received)}, antecknat av {who}."
    message.set_content(f"{head}\n\n{note}\n")
    if ask.upload is None:
        return message.as_bytes(), ()
    attachment = _attached(message, ask.upload)
    ask.desk.raw.put(ask.upload.data)
    return message.as_bytes(), (attachment,)


def _attached(message: EmailMessage, upload: Upload) -> Attachment:
    kind = upload.media_type.lower()
    if not re.fullmatch(r"[a-z]+/[a-z0-9.+-]+", kind) or kind.startswith(("message/", "multipart/")):
        kind = "application/octet-stream"
    main, sub = kind.split("/", 1)
    name = clean_name(upload.name) or "fil"
    message.add_attachment(upload.data, maintype=main, subtype=sub, filename=name)
    return Attachment(name, kind, len(upload.data), sha256_of(upload.data))
