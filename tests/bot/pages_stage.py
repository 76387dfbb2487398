"""A house where everything that can be sent has its form, on a server that stays; each try begins from the same register."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import hashlib
import html
import re
import shutil
import sqlite3
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

import lxml.html
from aiohttp import DummyCookieJar
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, Request

from bot.pages.app import make_app
from handlers import absences, assignment, confirming, corrections, deciding, review
from handlers.reading.reading import Finding, Party
from storage.records import CaseFilter
from tests.bot import pages_routes
from tests.bot.pages_browser import Answer, Browser, House
from tests.bot.pages_letters import NOW, SN, UN, other, remiss, secret
from tests.bot.pages_moves import led_house, link, taken_by_mail

FINDERS = ("Ylva", "Adam", "Anders", "Mona", "Nils", "")  # who find every form between them
WHO = ("Ylva", "Adam", "Karin", "Anders", "Mona", "Nils", "Ingen", "")
MORE = ("un", "sn")
_NOTED = ("openings", "sqlite_sequence")
T = TypeVar("T")


@dataclass(frozen=True)
class Form:
    """A form as it stands in a page: where it is sent, what may be said in each field, and by whom it was seen."""

    route: str
    path: str
    who: str
    page: str
    fields: tuple[tuple[str, tuple[str, ...]], ...]


class Forms(list[Form]):
    """The forms that were found; told in a word where a test tells what it was given."""

    def __repr__(self) -> str:
        return f"{len(self)} forms"


class Stage:
    """The house, its server, and a loop that goes on from try to try; opened by `stage`."""

    def __init__(self, folder: Path, house: House, found: dict[str, str]) -> None:
        self.house, self.links = house, found
        tokens = {who: house.login(who) for who in WHO if who}
        self._kept, self._file = folder / "kept.db", folder / "register.db"
        house.store.close()
        shutil.copy(self._file, self._kept)
        self._beside = sqlite3.connect(self._file)
        self._runner = asyncio.Runner()
        self._client = self.run(self._served())
        self.browser = Browser(self._client, house, tokens)

    async def _served(self) -> TestClient[Request, Application]:
        client = TestClient(TestServer(make_app(self.house.desk)), cookie_jar=DummyCookieJar())
        await client.start_server()
        return client

    def run(self, doing: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(doing)

    def begin_again(self) -> None:
        """Put the register back as it was."""
        self._beside.close()
        self.house.store.close()
        for rest in self._file.parent.glob("register.db-*"):
            rest.unlink()
        shutil.copy(self._kept, self._file)
        self._beside = sqlite3.connect(self._file)

    def content(self) -> str:
        """Return what is known by all that the register holds; who opened what is noted whatever the answer was."""
        held = hashlib.sha256()
        tables = self._beside.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        for (table,) in tables.fetchall():
            if table not in _NOTED:
                rows = self._beside.execute(f'SELECT * FROM "{table}"')  # noqa: S608  a name out of the schema
                held.update(repr((table, sorted(map(repr, rows)))).encode())
        return held.hexdigest()

    def close(self) -> None:
        self._beside.close()
        self.run(self._client.close())
        self._runner.close()
        self.house.close()


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """Give a stage with cases, letters, questions, rules, meetings and absences of each kind."""
    house = led_house(folder)
    house.namnder["sn"] = dataclasses.replace(SN, public_register=True, public_senders=True, public_titles=True)
    house.person("Adam Admin", "adam@ekeby.example", ("sn", "administrator"))
    made = Stage(folder, house, _furnish(house))
    try:
        yield made
    finally:
        made.close()


def _furnish(house: House) -> dict[str, str]:
    ylva, anders, karin = (house.people[name] for name in ("Ylva", "Anders", "Karin"))
    found = {}
    for number in range(3):
        house.letter(remiss(title=f"Remiss nummer {number}", fingerprint=f"remiss-{number}", external_dnr=()))
        house.letter(other(f"Till grannnämnden {number}"), namnd=UN)
    house.letter(other("Vad är det här", review=("Osäkert vad brevet är",)))
    house.letter(other("Ännu ett", review=("Osäkert vad brevet är",)))
    house.letter(secret())
    hidden = house.letter(other("Skola, som blir hemlig"))
    for number in range(6):
        domain = "revisorerna" if number % 2 else "lararna"
        unsure = dataclasses.replace(
            other(f"Granskning {number}", findings=(Finding("kind", "other", 0.4, "Granskning", "body"),)),
            review=("Osäkert vad brevet är",),
            sender=Party(None, f"anna@{domain}.example"),
        )
        came = house.letter(unsure)
        with house.store.book() as book:
            review.confirm(book, came.arrival.id, ylva, SN, now=NOW, corrections={"kind": "revisionsgranskning"})
    with house.store.book() as book:
        cases = sorted(r.case.id for r in book.cases(CaseFilter(namnder=("sn",), states=("open",))))
        assignment.assign(book, cases[1], karin, anders, SN, now=NOW)
        deciding.close(book, cases[2], "Klart", now=NOW, actor=f"person:{ylva.id}")
        review.make_secret(book, hidden.arrival.id, ylva, now=NOW, namnd=SN)
        deciding.pause(book, cases[3], dt.date(2027, 1, 15), "Väntar", now=NOW, actor=f"person:{ylva.id}")
        absences.note_away(
            book, karin, dt.date(2026, 12, 21), dt.date(2027, 1, 8), ylva, ["sn"], now=NOW, actor=f"person:{karin.id}"
        )
        for day in (dt.date(2026, 12, 17), dt.date(2027, 1, 28), dt.date(2027, 2, 18)):
            for body, ahead in (("namnd", 0), ("au", 14)):
                book.put_meeting("sn", body, day - dt.timedelta(days=ahead), day - dt.timedelta(days=ahead + 8))
        book.meet_milestone(cases[0], "tjansteskrivelse", NOW.date(), book.documents(cases[0])[0].id)
        book.put_question("sn", cases[0], "chef", now=NOW)
        book.put_question("sn", cases[0], "lage", now=NOW)
        meeting = {"vad": "möte", "steg": "beslut", "dag": "2026-11-05", "möte": None}
        book.put_question("sn", cases[0], confirming.KIND, now=NOW, data=meeting)
        book.put_login_link("a-link-to-log-in-with", karin.id, NOW + dt.timedelta(days=2))
        book.put_routes("sn", [("motion", "", "", "", karin.id), ("", "trygghetslarm", "", "", anders.id)])
        corrections.accept(book, book.learned_rules(("sn",))[0].id, ylva, now=NOW)
    found["undo"] = taken_by_mail(house, cases[4])
    found["login"] = "/in/a-link-to-log-in-with"
    for kind, name in (("handlaggare", "Anders"), ("chef", "Anders"), ("lage", "Karin"), (confirming.KIND, "Ylva")):
        found[kind] = link(house, name, kind)
    return found


def pages(on: Stage) -> list[tuple[str, str]]:
    """Return every address to be shown, with each case and letter there is."""
    values = pages_routes.fitting(on.house.store, MORE, on.links)
    with on.house.store.look() as book:
        values["meeting"] = [str(m.id) for m in book.meetings(MORE)[:2]]
        waiting = [a.id for a in book.arrivals(("sn",)) if a.state == "review"]
    found = list(pages_routes.addresses(values))
    found += [("/moten", f"/moten?ar=2026&andra={number}") for number in values["meeting"]]
    return [*found, *(("/granska/{arrival}", f"/granska/{number}?sok=remiss") for number in waiting)]


async def forms(on: Stage) -> tuple[Forms, list[str]]:
    """Return every form that anybody finds in a page, each once for each place, and what queries ask with."""
    found: dict[tuple[str, str, tuple[str, ...]], Form] = {}
    keys = {"finns_inte", "sida", "gjort"}
    for who in FINDERS:
        paths, opened = [path for _, path in pages(on)], Counter[str]()
        for path in paths:
            answer = await on.browser.get(path, who)
            if answer.status == 200 and answer.headers["Content-Type"].startswith("text/html") and answer.text.strip():
                keys.update(re.findall(r"[?;&]([a-z_]+)=", answer.text))
                for asking in re.findall(r"<form(?![^>]*method)[^>]*>.*?</form>", answer.text, re.S):
                    keys.update(re.findall(r'name="([a-z_]+)"', asking))
                for link in re.findall(r'href="(/[^"#]*[?;]andra=[^"#]*)', answer.text):
                    # The form of one line among several stands there when it is asked for.
                    if (to := html.unescape(link)) not in paths and opened[to.split("?")[0]] < 2:
                        opened[to.split("?")[0]] += 1
                        paths.append(to)
                for form in _forms_in(answer, path, who):
                    found.setdefault((form.path, who, tuple(name for name, _ in form.fields)), form)
    return Forms(found.values()), sorted(keys)


def _forms_in(answer: Answer, path: str, who: str) -> Iterator[Form]:
    page = lxml.html.document_fromstring(answer.text)
    for form in page.iter("form"):
        if (form.get("method") or "get").lower() != "post":
            continue
        to = urlsplit(urljoin(path, form.get("action") or path)).path
        named = form.get("id")
        inside = [*form.iter("input", "select", "textarea", "button")]
        apart = [e for e in page.iter("input", "select", "textarea", "button") if named and e.get("form") == named]
        fields: dict[str, list[str]] = {}
        for one in (*inside, *apart):
            if name := one.get("name"):
                options = [o.get("value") or o.text or "" for o in one.iter("option")]
                fields.setdefault(name, []).extend(options or [one.get("value") or ""])
        fields.pop("csrf", None)
        yield Form(route_of(to), to, who, path, tuple((name, tuple(said)) for name, said in sorted(fields.items())))


def route_of(path: str) -> str:
    """Return the address as the application names it."""
    parts = path.split("/")
    for route in pages_routes.routes("POST"):
        named = route.split("/")
        if len(named) == len(parts) and all(n == p or n.startswith("{") for n, p in zip(named, parts, strict=True)):
            return route
    raise AssertionError(f"a form is sent to {path}, where nothing takes it")
