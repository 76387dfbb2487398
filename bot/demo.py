"""`namndbot demo`: an invented motion's thirteen months, first as nobody answers, then as people do."""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from bot import demo_letters as letters
from bot import demo_telling as telling
from bot import report
from bot.demo_world import PEOPLE, START, Plan, Sent, World, Year
from handlers.notices.words import STOCKHOLM

SILENT, ANSWERED = "Som det blev", "När folk svarar"
_ADDRESS = {name.split()[0]: f"{name} <{address}>" for name, address, _ in PEOPLE}


def show(*, colours: bool) -> bool:
    """Live both years, tell them, and say whether the register is whole."""
    paint = telling.Paint(colours)
    report.say(telling.preface(paint))
    years = both()
    for title, year in years.items():
        report.say(telling.of_year(title, year, paint))
    report.say(telling.compared(years, paint))
    report.say(telling.whole(years))
    return all(year.checked is not None and not year.checked.faults for year in years.values())


def both() -> dict[str, Year]:
    """Live both years, each in a process of its own."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        return dict(zip(PLANS, pool.map(lived, PLANS), strict=True))


def lived(title: str) -> Year:
    """Live one of the years in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="namndbot-demo-", dir=_quick_folder()) as folder:
        return World(Path(folder), PLANS[title]).live()


def _quick_folder() -> str | None:
    # Nothing here has to outlive a power cut: memory, where the machine has such a folder.
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def _at(month: int, day: int, hour: int, minute: int) -> dt.datetime:
    return dt.datetime(START.year, month, day, hour, minute, tzinfo=STOCKHOLM)


def _nobody(sent: Sent) -> None:
    return None


def _people(sent: Sent) -> tuple[dt.datetime, bytes] | None:
    """Write back as a person does who reads their mail."""
    day = sent.moment.date()
    for number, (first, subject, hour, minute, words) in enumerate(_ANSWERS):
        if sent.to == _ADDRESS[first].partition("<")[2].rstrip(">") and subject in sent.subject:
            when = dt.datetime.combine(day, dt.time(hour, minute), STOCKHOLM)
            raw = letters.reply(when, number, _ADDRESS[first], sent.subject, sent.message_id, words)
            return when, raw
    return None


# Who answers what, at which time of the same day, and with which words.
_ANSWERS = (
    ("Anders", "Handläggare?", 10, 15, "Nej, fråga Karin"),
    ("Karin", "Kan du ta", 13, 20, "Ja, jag tar det."),
    ("Karin", "14 dagar till svarsdagen", 9, 10, "Pågår. Nämnden tar upp det 21 maj."),
)
_REQUEST = (_at(1, 12, 9, 4), lambda now, _dnr: letters.request(now))
PLANS = {
    SILENT: Plan((_REQUEST,), _nobody),
    ANSWERED: Plan(
        (
            _REQUEST,
            (_at(5, 22, 10, 5), letters.minutes),
            (_at(5, 25, 11, 30), lambda now, dnr: letters.answer(now, dnr, _ADDRESS["Ylva"])),
            (_at(6, 17, 14, 10), lambda now, _dnr: letters.decision(now)),
        ),
        _people,
    ),
}
