"""The Swedish words: one file per message, rendered against today's facts and secrecy when it is sent."""

from __future__ import annotations

import datetime as dt

from handlers.notices import (
    bekraftelse,
    borta,
    chattkod,
    facts,
    fraga,
    fraga_vidare,
    godkann,
    granska,
    hemligt,
    inloggning,
    kvitto,
    larm,
    morgon,
    overtagit,
    paminnelse,
    planen,
    queue,
    stammer,
    studs,
    svarat,
    veckan,
)
from handlers.notices.message import Message
from handlers.notices.words import STOCKHOLM
from storage.records import Namnd, Notice
from storage.store import Book


def render(book: Book, notice: Notice, namnd: Namnd, *, now: dt.datetime) -> Message | None:
    """Write a notice as things stand now; None when there is nothing more to tell. The book must be writable."""
    match notice.kind:
        case "kvitto":
            return kvitto.render(book, notice, namnd)
        case "granska":
            return granska.render(book, notice, namnd)
        case "hemligt":
            return hemligt.render(book, notice, namnd)
        case "bekraftelse":
            return bekraftelse.render(book, notice, namnd)
        case "inloggning":
            return inloggning.render(book, notice, namnd, now=now)
        case "chattkod":
            return chattkod.render(book, notice, namnd, now=now)
        case "chattkonto":
            return chattkod.render_used(book, notice, namnd)
        case "fraga":
            return fraga.render(book, notice, namnd, now=now)
        case "paminnelse":
            return paminnelse.render(book, notice, namnd, now=now)
        case "planen":
            return planen.render(book, notice, namnd, now=now)
        case "godkann":
            return godkann.render(book, notice, namnd, now=now)
        case "andras":
            return godkann.render_sent_back(book, notice, namnd)
        case "larm":
            return larm.render(book, notice, namnd, now=now)
        case "studs":
            return studs.render(book, notice, namnd)
        case "stammer":
            return stammer.render(book, notice, namnd, now=now)
        case "borta":
            return borta.render(book, notice, namnd, now=now)
        case "overtagit":
            return overtagit.render(book, notice, namnd)
        case "svarat":
            return svarat.render(book, notice, namnd, now=now)
        case "fraga_vidare":
            return fraga_vidare.render(book, notice, namnd)
        case "veckan" | "morgon" if notice.data["when"] != queue.digest_of(
            notice.kind, now.astimezone(STOCKHOLM).date()
        ):
            return None  # it lay over a stop: today's own tells the same
        case "veckan":
            return veckan.render(book, namnd, facts.week(book, namnd, now=now), now=now)
        case "morgon":
            return morgon.render(namnd, facts.morning(book, namnd, now=now), now=now)
    raise ValueError(f"a notice of a kind that nobody writes: {notice.kind}")
