"""A municipality with the real bot as a process, a folder as mailbox, and each person's Teams: a Playground of their own."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import re
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bot import example, settings, wiring
from handlers import acquainting
from storage.records import Person, RoleName, Series
from tests.builders import STOCKHOLM
from tests.e2e.browser import Browser, Window
from tests.e2e.running import Running, free_port

TENANT = "11111111-2222-4333-8444-555555555555"
BOT = "Nämndbot"
BEGIN = dt.datetime(2026, 11, 24, 8, 12, tzinfo=STOCKHOLM)
PLAYGROUND = "@microsoft/m365agentsplayground/cli.js"
# Each has one chat with the bot, and is in the group and the team with all others. The last one is not in the register.
STAFF: tuple[tuple[str, RoleName | None], ...] = (
    ("Anders Wikström", "manager"),
    ("Karin Ödman", "handlaggare"),
    ("Samira Haddad", "handlaggare"),
    ("Ylva Hedlund", "registrator"),
    ("Birgitta Falk", "sekretess"),
    ("Nils Utanför", None),
)
_FILE = """\
organisation = "Ekeby kommun"
url = "http://127.0.0.1:{pages}"
[database]
url = "sqlite:///{folder}/namndbot.db"
[pages]
port = {pages}
[mail]
poll_seconds = 2
[[namnd]]
key = "sn"
name = "Socialnämnden"
addresses = ["socialnamnden@ekeby.example"]
mailbox = {{ kind = "folder", folder = "mailbox" }}
[teams]
local = true
port = {teams}
"""


def account(person: Person) -> str:
    """Return a person's account in the directory."""
    return f"aaaaaaaa-0000-4000-8000-{person.id:012d}"


@dataclass(kw_only=True)
class Town(Running):
    """Everything that runs."""

    tools: Path
    browser: Browser
    people: dict[str, Person]
    _windows: dict[str, Window] = field(default_factory=dict)
    _stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def window(self, name: str) -> Window:
        """Return a person's window in Teams; opened when it is first asked for."""
        if name not in self._windows:
            port = self._stack.enter_context(self._playground(name))
            window = self.browser.window(name)
            window.ask("open", url=f"http://127.0.0.1:{port}/")
            self._windows[name] = window
        return self._windows[name]

    def tie(self, *names: str) -> None:
        """Tie people to their accounts as IT's list does."""
        store = wiring.open_store(self.settings)
        with store.book() as book:
            for name in names:
                person = self.people[name]
                acquainting.tie(book, TENANT, account(person), person, "it", now=self.at(), actor="it")
        store.close()

    @contextlib.contextmanager
    def _playground(self, name: str) -> Iterator[int]:
        port = free_port()
        place = self.folder / f"playground-{self.people[name].id}"
        place.mkdir()
        (place / ".m365agentsplayground.yml").write_text(json.dumps(self._config(name)), "utf-8")
        cli = self.tools / "node_modules" / PLAYGROUND
        address = f"http://127.0.0.1:{_port_of(self.settings)}/api/messages"
        command = ["node", str(cli), "start", "-e", address, "-c", "msteams", "-p", str(port), "--disable-telemetry"]
        with (place / "log").open("wb") as log:
            process = subprocess.Popen(
                command, cwd=place, stdout=log, stderr=log, env={**os.environ, "TEAMSAPPTESTER_BROWSER": "none"}
            )
        try:
            _wait_for(f"http://127.0.0.1:{port}/_debug/ping", process)
            yield port
        finally:
            process.terminate()
            process.wait(10)

    def _config(self, name: str) -> dict[str, object]:
        """Return what the Playground calls a directory: JSON is YAML."""

        def user(person: Person) -> dict[str, str]:
            first, _, last = person.name.partition(" ")
            return {
                "id": f"29:{person.id}",
                "name": person.name,
                "userPrincipleName": person.email,
                "aadObjectId": account(person),
                "givenName": first,
                "surname": last,
                "email": person.email,
            }

        me = self.people[name]
        return {
            "version": "0.1.1",
            "tenantId": TENANT,
            "bot": {"id": "28:namndbot", "name": BOT},
            "currentUser": user(me),
            "users": [user(one) for one in self.people.values() if one.id != me.id],
            "personalChat": {"id": f"a:{me.id}"},
            "groupChat": {"id": f"19:grupp-{me.id}@thread.v2", "name": "Budget"},
            "team": {
                "id": f"19:team-{me.id}@thread.tacv2",
                "name": "Socialförvaltningen",
                "aadGroupId": "99999999-0000-4000-8000-000000000031",
                "channels": [{"id": f"19:kanal-{me.id}@thread.tacv2", "name": "Nämndärenden"}],
            },
        }


@contextlib.contextmanager
def town(folder: Path, tools: Path, pictures: Path) -> Iterator[Town]:
    """Give a municipality of one nämnd, on SQLite; nothing of it runs yet but the browser."""
    file = folder / "namndbot.toml"
    file.write_text(_FILE.format(folder=folder, pages=free_port(), teams=free_port()), "utf-8")
    made = settings.load(file)
    people = {}
    store = wiring.open_store(made)
    with store.book() as book:
        for year in (BEGIN.year, BEGIN.year + 1):
            book.put_series(Series("sn", year, "SN", "{prefix} {year}-{number}", 1))
        for name, role in STAFF:
            people[name] = book.put_person(name, f"{_ascii(name)}@ekeby.example")
            if role:
                book.put_role(people[name].id, "sn", role, BEGIN.date().replace(month=1, day=1), None)
        for meeting in example.calendar(BEGIN.date()):
            if meeting.namnd in ("sn", ""):
                book.put_meeting(meeting.namnd, meeting.body, meeting.day, meeting.stop)
    store.close()
    pictures.mkdir(parents=True, exist_ok=True)
    with Browser(tools, pictures) as browser:
        built = Town(
            folder=folder,
            settings=made,
            now=BEGIN,
            mailbox=folder / "mailbox",
            tools=tools,
            browser=browser,
            people=people,
        )
        try:
            yield built
        finally:
            with built._stack:
                built.end()


def _ascii(name: str) -> str:
    return name.lower().translate(str.maketrans("åäö ", "aao."))


def _port_of(made: settings.Settings) -> int:
    assert made.teams is not None
    return made.teams.port


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert process.poll() is None, "the Playground has ended"
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2) as answer:
            if answer.status == 200:
                return
        time.sleep(0.1)
    raise AssertionError("the Playground does not start")


def code_in(mail: str) -> str:
    """Return the code that a mail tells."""
    found = re.search(r"Kod\s+(\d{4}) ?(\d{4})", mail)
    assert found, mail
    return "".join(found.groups())
