"""The log of who opened which case, letter and handling, and who was not let; and how long it is kept.

Who reads what in the register is the employer's to know: a search in it without need is a crime (dataintrång, brottsbalken
4 kap. 9 c §), which can be prosecuted for five years (35 kap. 1 §); the log is kept as long (GDPR art. 5.1 e and 32).
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from handlers.gates import is_hidden
from handlers.notices.words import STOCKHOLM
from storage.errors import NotFound
from storage.records import Opening
from storage.store import Book

CASE, LETTER, PAPER, ORIGINAL = "arende", "granska", "dokument", "brev"
LOG = "oppnat"  # this very log, of a case
KINDS = (CASE, LETTER, PAPER, ORIGINAL)
WORDS: Mapping[str, str] = {
    CASE: "ärendet",
    LETTER: "brevet",
    PAPER: "handling",
    ORIGINAL: "originalbrev",
    LOG: "den här loggen",
}
KEPT_YEARS = 5
SAME = dt.timedelta(minutes=10)  # the same person, the same thing: one opening
LINE = ("tid", "person", "e-post", "vad", "nummer", "nämnd", "sekretess", "fick")


@dataclass(frozen=True, slots=True)
class Opened:
    """What somebody opened, before it is known what it belongs to. what: one of KINDS, or LOG."""

    person_id: int
    what: str
    number: int


def is_new(book: Book, opened: Opened, *, allowed: bool, now: dt.datetime) -> bool:
    """Say whether an opening is to be written: not when the same was a few minutes ago."""
    return not book.has_opened(opened.person_id, opened.what, opened.number, allowed=allowed, since=now - SAME)


def write(book: Book, opened: Opened, *, allowed: bool, now: dt.datetime) -> None:
    """Write an opening, with what it belonged to just then. What does not exist is written too, as asked for."""
    namnd, case_id, arrival_id, secret = "", None, None, False
    try:
        if opened.what in (LETTER, ORIGINAL):
            arrival = book.arrival(opened.number)
            arrival_id, case_id = arrival.id, arrival.case_id
            case = book.case(case_id) if case_id is not None else None
            namnd, secret = arrival.namnd, is_hidden(arrival, case)
        else:
            paper = None if opened.what in (CASE, LOG) else book.document(opened.number)
            found = book.case(paper.case_id if paper else opened.number)
            letter = book.arrival(paper.arrival_id) if paper and paper.arrival_id is not None else None
            # A letter may be hidden in a case that is open.
            secret = found.secret or (letter is not None and is_hidden(letter, found))
            namnd, case_id = found.namnd, found.id
    except NotFound:
        pass  # somebody who tries numbers at random is worth knowing of
    book.put_opening(
        opened.person_id,
        opened.what,
        opened.number,
        namnd=namnd,
        case_id=case_id,
        arrival_id=arrival_id,
        secret=secret,
        allowed=allowed,
        now=now,
    )


def tidy(book: Book, *, now: dt.datetime) -> None:
    """Forget logins that have ended, and weed the openings whose time has come."""
    book.clear_logins(now=now)
    book.weed_openings(now.replace(year=now.year - KEPT_YEARS, day=min(now.day, 28)))


def as_csv(openings: Iterable[Opening]) -> str:
    """Return openings as a CSV text, for who has to look into something."""
    text = io.StringIO()
    lines = csv.writer(text, delimiter=";", lineterminator="\n")
    lines.writerow(LINE)
    for one in openings:
        name = f"'{one.person.name}" if one.person.name[:1] in "=+-@\t\r" else one.person.name
        at = one.at.astimezone(STOCKHOLM).strftime("%Y-%m-%d %H:%M:%S")
        what, secret, let = WORDS[one.what], "ja" if one.secret else "nej", "ja" if one.allowed else "nej"
        lines.writerow((at, name, one.person.email, what, one.number, one.namnd, secret, let))
    return text.getvalue()
