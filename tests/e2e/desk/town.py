"""Ekeby kommun at its desk: the real bot on its letters, and a browser with a window for each person."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import email
import email.policy
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot import founding, settings, wiring
from storage.records import Namnd, Person, RoleName
from storage.store import Store
from tests.builders import STOCKHOLM
from tests.e2e.browser import Browser, Missed
from tests.e2e.running import Running, free_port

BEGIN = dt.datetime(2026, 11, 24, 8, 12, tzinfo=STOCKHOLM)
DRIVER = Path(__file__).parent / "desk.mjs"
YLVA, ANDERS, KARIN, GUNNAR, MONA, NILS = (
    "Ylva Hedlund",
    "Anders Wikström",
    "Karin Ödman",
    "Gunnar Sjö",
    "Mona Sund",
    "Nils Utanför",
)
# Who looks at the pages, by what they are there; the last is logged in and has no role, "" is not logged in.
LOOKERS = {
    "registrator": YLVA,
    "chef": GUNNAR,
    "handlaggare": KARIN,
    "sekretess": MONA,
    "utan-roll": NILS,
    "ingen": "",
}
_MORE: tuple[tuple[str, RoleName | None], ...] = ((GUNNAR, "manager"), (MONA, "sekretess"), (NILS, None))


@dataclass(kw_only=True)
class Ekeby(Running):
    """The municipality; opened by `ekeby`."""

    browser: Browser
    people: dict[str, Person] = field(default_factory=dict)
    _open: set[str] = field(default_factory=set)

    @property
    def url(self) -> str:
        return self.settings.url

    @property
    def namnd(self) -> Namnd:
        """Socialnämnden, as the bot knows it."""
        keys = wiring.answer_keys(self.settings)
        return next(dataclasses.replace(n, token_keys=keys) for n in self.settings.namnder if n.key == "sn")

    def store(self) -> Store:
        """Open the register beside the bot: to read it, or while the bot does not run."""
        return wiring.open_store(self.settings)

    def desk(self, name: str = "", *, cookie: bool = True) -> DeskWindow:
        """Return a person's window; with their session, unless they are to log in themselves."""
        who = name or "nobody"
        if who not in self._open:
            token = f"session-of-{self.people[name].id}" if name and cookie else ""
            self.browser.ask("open", who, cookie=token, url=self.url)
            self._open.add(who)
        return DeskWindow(self.browser, who, self.url)

    def let_in(self, *names: str, now: dt.datetime) -> None:
        """Give people a session that begins at a moment, while the bot does not run."""
        store = self.store()
        with store.book() as book:
            for name in names:
                person = self.people[name]
                token, ends = f"session-of-{person.id}", now + dt.timedelta(hours=12)
                book.put_session(token, f"form-of-{person.id}", person.id, now=now, expires_at=ends)
        store.close()

    def mails(self) -> list[str]:
        """Return the mails that the bot has sent from either mailbox, oldest first."""
        files = sorted(self.folder.glob("mailbox/*/utkorg/*.eml"), key=lambda one: one.stat().st_mtime_ns)
        return [one.read_text("utf-8") for one in files]

    def settle(self, seconds: float = 90) -> None:
        """Wait until every letter has been taken in."""
        until = time.monotonic() + seconds
        while any(self.folder.glob("mailbox/*/inkorg/*.eml")):
            assert time.monotonic() < until, "the letters are not taken in"
            time.sleep(0.1)

    def link(self, pattern: str, *, to: str = "", seconds: float = 20) -> str:
        """Wait for a mail with such an address in it, and return the newest's path."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for mail in reversed(self.mails()):
                text = email.message_from_string(mail, policy=email.policy.default).get_body(("plain",))
                found = re.search(rf"{re.escape(self.url)}({pattern})", text.get_content() if text else "")
                if found and to in mail:
                    return found[1]
            time.sleep(0.1)
        raise AssertionError(f"no mail has an address like {pattern}")


class DeskWindow:
    """What a person has before them; they have a keyboard, and no mouse."""

    def __init__(self, browser: Browser, who: str, url: str) -> None:
        self._browser, self.who, self._url = browser, who, url

    def ask(self, order: str, **given: Any) -> Any:
        """Give an order and return what is told. Raises Missed, with what stands on the page."""
        try:
            return self._browser.ask(order, self.who, **given)
        except Missed as missed:
            raise Missed(f"{missed}\n{self.at()}: {self.said()[:1500]}") from None

    def go(self, path: str) -> tuple[int, str]:
        """Open an address; return the status and the page."""
        told = self.ask("go", url=self._url + path)
        return int(told["status"]), str(told["html"])

    def press(self, *keys: str) -> None:
        self.ask("key", keys=keys)

    def turn(self, *keys: str) -> None:
        """Press keys that lead to another address, and wait for it."""
        self.ask("turn", keys=keys)

    def type(self, text: str) -> None:
        self.ask("type", text=text)

    def day(self, name: str, day: dt.date) -> None:
        """Type a day into the field that is called so."""
        if name not in self.focused():
            self.tab(name)
        self.ask("day", day=day.isoformat())

    def tab(self, name: str) -> str:
        """Press the tabulator until what has focus is called so."""
        return str(self.ask("tab", name=name))

    def sees(self, words: str) -> None:
        """Wait until such words stand on the page."""
        self.ask("sees", words=words)

    def said(self) -> str:
        return str(self.ask("said"))

    def texts(self, selector: str) -> list[str]:
        return [str(one) for one in self.ask("texts", selector=selector)]

    def focused(self) -> str:
        return str(self.ask("focused"))

    def at(self) -> str:
        """Return the address without its host."""
        return str(self.ask("at")).removeprefix(self._url)

    def faults(self) -> list[str]:
        """Return what has been heard since the last time: the console, the policy, other hosts, what failed."""
        return [str(one) for one in self.ask("faults")]


@contextlib.contextmanager
def ekeby(folder: Path, tools: Path, pictures: Path, more: str = "") -> Iterator[Ekeby]:
    """Give the municipality with its letters in the mailboxes; nothing of it runs yet but the browser.

    more: what else stands in its settings.
    """
    file, port = folder / "namndbot.toml", free_port()
    founding.write_settings(file, "Ekeby kommun", founding.example_namnder())
    text = file.read_text("utf-8").replace("8710", str(port)).replace("poll_seconds = 10", "poll_seconds = 1")
    own, other = 'diarium = "own"', 'diarium = "external"'
    first, _, last = text.rpartition(own)
    shown = f"{own}\npublic_register = true\npublic_senders = true\npublic_titles = true"
    file.write_text(first.replace(own, shown) + other + last + more, "utf-8")
    made = settings.load(file)
    wiring.answer_keys(made)
    store = wiring.open_store(made)
    founding.seed_example(store, made, now=BEGIN)
    with store.book() as book:
        for name, role in _MORE:
            person = book.put_person(name, f"{name.split()[0].lower()}@ekeby.example")
            if role:
                book.put_role(person.id, "sn", role, dt.date(2025, 1, 1), None)
        people = {r.person.name: r.person for r in book.roles(on=BEGIN.date())}
        people |= {name: book.put_person(name, f"{name.split()[0].lower()}@ekeby.example") for name, _ in _MORE}
    store.close()
    pictures.mkdir(parents=True, exist_ok=True)
    with Browser(tools, pictures, DRIVER) as browser:
        built = Ekeby(
            folder=folder,
            settings=made,
            now=BEGIN,
            mailbox=folder / "mailbox" / "sn",
            browser=browser,
            people=people,
        )
        try:
            yield built
        finally:
            built.end()
