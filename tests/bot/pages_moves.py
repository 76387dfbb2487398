"""A house where a case moves, for the tests of the pages: people who lead, questions with links, a day to answer for."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from handlers import answering, assignment, reminding
from handlers.notices import links, queue
from handlers.rules.answers import Answer as Answered
from storage.records import AskedQuestion, Entry
from tests.bot.pages_browser import Answer, Browser, House
from tests.bot.pages_letters import NOW, SN, remiss

__all__ = ["entries", "led_house", "link", "open_page", "question", "reminded", "send", "taken_by_mail"]


def led_house(folder: Path) -> House:
    """Return a house with two handläggare, a manager, a förvaltningschef, and case 1, which nobody has taken."""
    house = House(folder)
    house.person("Samira Haddad", "samira@ekeby.example", ("sn", "handlaggare"))
    house.person("Anders Wikström", "anders@ekeby.example", ("sn", "manager"))
    house.person("Birgitta Falk", "birgitta@ekeby.example", ("sn", "forvaltningschef"))
    house.letter(remiss())
    return house


def question(house: House, kind: str = "handlaggare", case_id: int = 1) -> AskedQuestion:
    """Return the newest question of a kind about a case."""
    with house.store.look() as book:
        return book.questions(case_id=case_id, kind=kind)[-1]


def link(
    house: House, name: str, kind: str = "handlaggare", *, token: str = "", days: int = 14, case_id: int = 1
) -> str:
    """Ask somebody the question, and return the address of their form."""
    asked, person = question(house, kind, case_id), house.people[name]
    token = token or f"token-of-{name}-{kind}"
    with house.store.book() as book:
        book.put_asking(asked.id, person.id, 40 + person.id, NOW.date(), f"<{token}@ekeby.example>")
        book.put_answer_link(token, asked.id, person.id, NOW + dt.timedelta(days=days))
    return f"/f/{token}"


def reminded(house: House, name: str = "Karin") -> AskedQuestion:
    """Let somebody take case 1 and be reminded of its day in February."""
    with house.store.book() as book:
        assignment.assign(book, 1, house.people[name], house.people["Anders"], SN, now=NOW)
    house.clock.at = dt.datetime(2027, 2, 22, 8, 0, tzinfo=NOW.tzinfo)
    with house.store.book() as book:
        assert reminding.queue_due(book, SN, now=house.clock.at) == 1
    house.clock.at = NOW
    return question(house, "lage")


def taken_by_mail(house: House, case_id: int = 1, words: str = "ja") -> str:
    """Let Karin take a case by mail, and return the address that takes it back."""
    asked, karin = question(house, case_id=case_id), house.people["Karin"]
    with house.store.book() as book:
        book.put_asking(asked.id, karin.id, 60 + karin.id, NOW.date(), "<asked-karin@ekeby.example>")
        made = answering.by_mail(book, [Answered("ta", text=words)], [asked], karin, SN, now=NOW)
        told = queue.Told(made.done, made.refused, made.undo, case_id=asked.case_id)
        queue.answered(book, book.arrival(1), karin, SN, told, now=NOW)
    with house.store.look() as book:
        notice = [n for n in book.notices() if n.kind == "svarat"][-1]
    return links.undo_link(notice, karin, SN).removeprefix("http://localhost")


async def open_page(b: Browser, path: str) -> tuple[Answer, str]:
    """Open a form without a login; return it with the cookie that goes with it."""
    shown = await b.get(path)
    return shown, shown.cookies.get("namndbot-in", "")


async def send(b: Browser, path: str, **fields: Any) -> Answer:
    """Open a form and send it back, as a browser without a login does."""
    _, entry = await open_page(b, path)
    return await b.post(path, csrf=entry, cookie=f"namndbot-in={entry}", **fields)


def entries(house: House, case_id: int = 1) -> list[Entry]:
    """Return the journal of a case, oldest first."""
    with house.store.look() as book:
        return sorted(book.entries(case_id=case_id), key=lambda e: e.seq)
