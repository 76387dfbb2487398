"""A letter becomes a question, an answer, a reminder and a thing that is done, in Teams as people see it."""

from __future__ import annotations

import datetime as dt
import os
import time

import pytest

from handlers.notices import words
from handlers.rules.workdays import workday_after
from tests.builders import STOCKHOLM
from tests.e2e.town import BEGIN, STAFF, Town

pytestmark = pytest.mark.e2e
ROUNDS = int(os.environ.get("E2E_ROUNDS", "10"))
_ABOUT = (
    "bibliotek",
    "gatljus",
    "cykelvägar",
    "simhallen",
    "färdtjänst",
    "lekplatser",
    "parkbänkar",
    "återbruk",
    "skolmat",
    "vattenskydd",
)


class Steps:
    """What was waited for, and how long."""

    def __init__(self) -> None:
        self.took: dict[str, list[float]] = {}
        self._since = time.monotonic()

    def done(self, what: str) -> None:
        now = time.monotonic()
        self.took.setdefault(what, []).append(now - self._since)
        self._since = now

    def __str__(self) -> str:
        lines = [f"{'step':34} {'times':>5} {'least':>6} {'mean':>6} {'most':>6}  seconds"]
        for what, took in self.took.items():
            mean = sum(took) / len(took)
            lines.append(f"{what:34} {len(took):5} {min(took):6.2f} {mean:6.2f} {max(took):6.2f}")
        return "\n".join(lines)


def test_ten_letters_are_asked_about_taken_reminded_of_and_done(ekeby: Town) -> None:
    ekeby.tie(*(name for name, role in STAFF if role))
    steps = Steps()
    ekeby.start(BEGIN)
    steps.done("the bot starts")
    for name in ("Anders Wikström", "Karin Ödman"):
        ekeby.window(name).card("nu kan du svara här")
        steps.done("a person's Teams opens")
    for number in range(ROUNDS):
        _round(ekeby, number, steps)
        print(f"round {number + 1} of {ROUNDS}", flush=True)
    ekeby.stop()
    print(steps)
    assert not [mail for mail in ekeby.mails() if "ara ärendet" in mail]


def _round(ekeby: Town, number: int, steps: Steps) -> None:
    anders, karin = ekeby.window("Anders Wikström"), ekeby.window("Karin Ödman")
    about = f"{_ABOUT[number % len(_ABOUT)]} {number + 1}"
    morning = _next_morning(ekeby.at())
    due = morning.date() + dt.timedelta(days=2)
    steps.done("between")
    ekeby.post(
        f"brev-{number}",
        f"Remiss: plan för {about}",
        f"Hej!\n\nRegionen lämnar förslag till plan för {about} på remiss.\n\nYttrande ska vara regionen tillhanda senast "
        f"den {words.day(due)}.\n\nMed vänlig hälsning\nRegionen",
    )
    asked = anders.card("Vem ska ha det här ärendet", about)
    steps.done("letter to the manager's card")
    assert "Yttrande ska vara regionen tillhanda" in asked
    anders.picture(f"{number}-1-vem", about)
    anders.press("Välj handläggare", about)
    anders.choose("Karin Ödman", about)
    anders.picture(f"{number}-2-valj", about)
    anders.press("Skicka frågan", about)
    anders.card("Frågan har gått vidare till Karin Ödman", about)
    steps.done("chosen, and the card says so")

    karin.card("Kan du ta det här ärendet, Karin?", about)
    steps.done("the handläggare's card")
    karin.picture(f"{number}-3-kan-du", about)
    karin.press("Ja, jag tar det", about)
    karin.card("Karin Ödman har tagit ärendet", about)
    steps.done("taken, and her card says so")
    karin.picture(f"{number}-4-tagit", about)
    anders.card("Karin Ödman har tagit ärendet", about)
    steps.done("and the manager's")
    anders.picture(f"{number}-5-chef-tagit", about)
    assert "Jag tar det själv" not in anders.buttons(about)

    ekeby.stop()
    ekeby.start(morning)
    steps.done("a night: the bot starts anew")
    karin.card("Fel person", about)
    steps.done("the reminder")
    karin.picture(f"{number}-6-paminnelse", about)
    karin.press("Klart", about)
    told = karin.card("Antecknat som klart", about)
    steps.done("done, and the card says so")
    karin.picture(f"{number}-7-klart", about)
    assert "Karin Ödman" in told


def _next_morning(now: dt.datetime) -> dt.datetime:
    return dt.datetime.combine(workday_after(now.date()), dt.time(7, 40), STOCKHOLM)
