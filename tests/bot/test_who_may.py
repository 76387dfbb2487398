"""Who may: every address of the pages, asked for by every role and by nobody, against one table.

A new address needs a line here; a test fails until it has one. Each line says: the method, the address, what it is asked
of (see `Town`; "-" where the address names nothing), who is let in, and what those who are get where that is not 200.
Everybody else gets the page for what does not exist, which is the same to the last byte as for a number that nobody has;
who is not logged in is sent to the login (GET) or told that nothing has changed (POST).

R registrator, H handläggare, C chef, F förvaltningschef, S sekretess, A administratör, all of Socialnämnden. T stab.
N registrator of another nämnd. E somebody whose role has ended. * everybody, logged in or not.
303/200: those who are not let in get 200, since it is no secret.
What is made in children (pictures, the frame) and what nobody has done yet is not there for anybody here.
Forms are sent empty but for their token: 303 is done, 422 that something is missing, 409 that it is not its time.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.pages import graph_push
from bot.pages.app import make_app
from handlers import review
from storage.raw.files import RawFiles
from storage.records import RoleName
from storage.store import Store
from tests.bot.pages_browser import Answer, Browser, House, browse
from tests.bot.pages_letters import NOW, TODAY, FixedClock, FixedReader, other, remiss, secret

TABLE = """
GET  /                                  -              RHCFSATNE 303
GET  /diariet                           -              RHCFSAN
GET  /arende/{id}                       case           RHCFSA
GET  /arende/{id}                       secret case    S
GET  /arende/{id}                       theirs         N
GET  /arende/{id}/oppnat                case           A
GET  /arende/{id}/oppnat                secret case    -
POST /arende/{id}/ratta                 case           RA        422
POST /arende/{id}/ratta                 secret case    -
POST /arende/{id}/makulera              case           RA        422
POST /arende/{id}/makulera              secret case    -
POST /arende/{id}/sekretess             case           RA        303
POST /arende/{id}/sekretess             secret case    -
POST /arende/{id}/nummer                case           RA        422
POST /arende/{id}/nummer                secret case    S         422
POST /arende/{id}/nummer                theirs         N         422
POST /arende/{id}/tilldela              case           RCF       422
POST /arende/{id}/tilldela              secret case    -
POST /arende/{id}/beslut                case           RCF       422
POST /arende/{id}/beslut                secret case    -
POST /arende/{id}/svar                  case           RCF       422
POST /arende/{id}/svar                  secret case    -
POST /arende/{id}/vila                  case           RCF       422
POST /arende/{id}/vila                  secret case    -
POST /arende/{id}/avsluta               case           RCF       422
POST /arende/{id}/avsluta               secret case    -
POST /arende/{id}/oppna                 case           RCF       422
POST /arende/{id}/oppna                 secret case    -
POST /arende/{id}/plan                  case           RCF       422
POST /arende/{id}/plan                  secret case    -
POST /arende/{id}/stammer               case           -
POST /arende/{id}/stammer               secret case    -
GET  /diariet.{kind}                    -              RHCFSAN
GET  /postlista.{kind}                  -              RHCFSAN
POST /arende/{id}/punkt                 case           RA        422
POST /arende/{id}/punkt                 secret case    -
POST /arende/{id}/punkt/{nr}/ratta      case           RA        422
POST /arende/{id}/punkt/{nr}/ratta      secret case    -
POST /arende/{id}/punkt/{nr}/stryk      case           RA        422
POST /arende/{id}/punkt/{nr}/stryk      secret case    -
POST /arende/{id}/punkt/{nr}/folj       case           RCF       303
POST /arende/{id}/punkt/{nr}/folj       secret case    -
GET  /handling/{document}               document       RHCFSA
GET  /handling/{document}               secret document S
POST /handling/{document}/ratta         document       RA        422
POST /handling/{document}/ratta         secret document -
POST /handling/{document}/stryk         document       RA        422
POST /handling/{document}/stryk         secret document -
POST /handling/{document}/flytta        document       RA        422
POST /handling/{document}/flytta        secret document -
GET  /dokument/{document}/sida/{page}.png document     -
GET  /dokument/{document}/sida/{page}.png secret document -
GET  /brev/{arrival}/html               letter         -
GET  /brev/{arrival}/html               secret letter  -
GET  /brev/{arrival}/bilaga/{number}/sida/{page}.png letter -
GET  /brev/{arrival}/bilaga/{number}/sida/{page}.png secret letter -
GET  /moten.{kind}                      -              RCFAN
GET  /moten/andringar                   -              RCFAN
GET  /franvaro/andringar                -              RHCFSAN
GET  /installningar                     -              RAN       303
GET  /installningar/personer            -              RAN
POST /installningar/personer            -              A         422
GET  /installningar/personer.csv        -              RAN
POST /installningar/personer/lista      -              A         422
POST /installningar/personer/lista/in   -              A         422
GET  /installningar/personer/andringar  -              RAN
POST /installningar/personer/{person}   person         A         409
POST /installningar/personer/{person}/roll person      A         422
POST /installningar/personer/{person}/roll/andra person A        422
GET  /installningar/fordelning          -              RAN
GET  /installningar/fordelning.csv      -              RAN
GET  /installningar/fordelning/andringar -             RAN
POST /installningar/fordelning          -              RAN       409
POST /installningar/fordelning/prova    -              RAN       422
POST /installningar/fordelning/{place}  -              RAN       409
POST /installningar/fordelning/{place}/flytta -        RAN       409
POST /installningar/fordelning/{place}/ta-bort -       RAN       409
GET  /installningar/tider               -              RAN
GET  /installningar/tider/andringar     -              RAN
POST /installningar/tider/{choice}      -              A         422
GET  /installningar/nummerserier        -              RAN
GET  /installningar/nummerserier.csv    -              RAN
GET  /installningar/nummerserier/andringar -           RAN
POST /installningar/nummerserier        -              A         409
GET  /granska/{arrival}/arenden         letter         RA
GET  /granska/{arrival}/arenden         secret letter  -
POST /granska/{arrival}/flytta          letter         RA        422
POST /granska/{arrival}/flytta          secret letter  RSA       422
POST /granska/{arrival}/dela            letter         RA        422
POST /granska/{arrival}/dela            secret letter  RSA       422
POST /granska/{arrival}/angra           letter         -
POST /granska/{arrival}/angra           secret letter  -
GET  /diarium/{namnd}                   -              *         404
GET  /diarium/{namnd}.csv               -              *         404
GET  /diarium/{namnd}/postlista         -              *         404
GET  /diarium/{namnd}/postlista.csv     -              *         404
GET  /oversikt                          -              RCFAN
GET  /franvaro                          -              RHCFSAN
POST /franvaro                          -              RHCFSAN   422
POST /franvaro/slut                     -              RHCFSAN   422
POST /franvaro/lamna-over               -              RHCFSAN   422
GET  /moten                             -              RCFAN
POST /moten                             -              RAN       422
POST /moten/lista                       -              RAN       422
POST /moten/lista/in                    -              RAN       422
POST /moten/{meeting}/flytta            meeting        RA        422
POST /moten/{meeting}/stall-in          meeting        RA        303
POST /moten/{meeting}/hall              meeting        RA        422
GET  /f/{token}                         -              *         404
GET  /f/{token}/handling/{document}     -              *         404
POST /f/{token}                         -              *         404
GET  /angra/{notice}/{token}            -              *         404
POST /angra/{notice}/{token}            -              *         404
GET  /granska                           -              RSAN
GET  /granska/{arrival}                 letter         RA
GET  /granska/{arrival}                 secret letter  RSA
GET  /granska/{arrival}                 theirs letter  N
POST /granska/{arrival}/stammer         letter         RA        303
POST /granska/{arrival}/stammer         secret letter  S         409
POST /granska/{arrival}/lagg-till       letter         RA        422
POST /granska/{arrival}/lagg-till       secret letter  RSA       422
POST /granska/{arrival}/sekretess       letter         RA        303
POST /granska/{arrival}/sekretess       secret letter  RSA       409
POST /granska/{arrival}/registrera-inte letter         RA        422
POST /granska/{arrival}/registrera-inte secret letter  S         409
POST /granska/{arrival}/beslut          letter         -
POST /granska/{arrival}/beslut          secret letter  S         422
GET  /regler                            -              RN
POST /regler/{rule}/godta               rule           R         303
POST /regler/{rule}/avboj               rule           R         303
POST /regler/{rule}/avsluta             rule           R         409
POST /regler/{rule}/behall              rule           R         409
GET  /registrera                        -              RAN
POST /registrera                        -              RAN       422
GET  /dokument/{document}               document       RHCFSA
GET  /dokument/{document}               secret document S
GET  /brev/{arrival}/original           letter         RA
GET  /brev/{arrival}/original           secret letter  S
GET  /in                                -              RHCFSAN   303/200
POST /in                                -              *
GET  /in/{token}                        -              *         404
POST /in/{token}                        -              *         404
POST /konto                             -              *         404
GET  /konto/svar                        -              *         404
POST /konto/kod                         -              *         404
POST /konto/koppla                      -              *         404
GET  /sessioner                         -              RHCFSAN
POST /sessioner                         -              RHCFSAN   303
POST /ut                                -              RHCFSATNE 303
GET  /halsa                             -              *
POST /graph/push                        -              *         404
GET  /static/{name}                     -              *         404
GET  /{rest}                            -              *         404
"""

PEOPLE: dict[str, tuple[str, RoleName]] = {
    "R": ("sn", "registrator"),
    "H": ("sn", "handlaggare"),
    "C": ("sn", "manager"),
    "F": ("sn", "forvaltningschef"),
    "S": ("sn", "sekretess"),
    "A": ("sn", "administrator"),
    "T": ("sn", "stab"),
    "N": ("un", "registrator"),
}
EVERYBODY = (*PEOPLE, "E")


@dataclass(frozen=True)
class Line:
    """One line of the table."""

    method: str
    route: str
    subject: str
    who: str
    status: int
    else_: int

    def __str__(self) -> str:
        return f"{self.method} {self.route} {self.subject}"


def _line(text: str) -> Line:
    found = re.fullmatch(r"(GET|POST) +(/\S*) +(-|[a-z ]+?) +([A-Z]+|\*|-)(?: +(\d{3})(?:/(\d{3}))?)?", text.strip())
    assert found, text
    return Line(found[1], found[2], found[3], found[4].replace("-", ""), int(found[5] or 200), int(found[6] or 404))


LINES = [_line(text) for text in TABLE.strip().splitlines()]


class Town:
    """A house with everybody in it, and one thing of each kind; made once and copied for each line of the table."""

    def __init__(self, folder: Path) -> None:
        house = House(folder)
        for letter, (namnd, role) in PEOPLE.items():
            house.person(f"{letter} {role.title()}", f"{letter.lower()}@ekeby.example", (namnd, role))
        ended = house.person("E Ended", "e@ekeby.example")
        with house.store.book() as book:
            for role in ("registrator", "sekretess", "administrator"):
                book.put_role(ended.id, "sn", role, dt.date(2020, 1, 1), TODAY - dt.timedelta(days=1))
            meeting = book.put_meeting("sn", "namnd", dt.date(2027, 3, 10), None)
        case = house.letter(remiss()).case
        hidden = house.letter(other("Fråga om något annat"))
        theirs = house.letter(other("Elevhälsan"), namnd=house.desk.namnder["un"])
        waits = house.letter(other("Skrivelse", review=("Hör det till nämnden?",)))
        asked = house.letter(other("Skolskrivelse", review=("Hör det till nämnden?",)), namnd=house.desk.namnder["un"])
        quiet = house.letter(secret())
        assert case is not None
        assert hidden.case is not None
        assert theirs.case is not None
        with house.store.book() as book:
            review.make_secret(book, hidden.arrival.id, house.people["R"], now=NOW, namnd=house.desk.namnder["sn"])
        with house.store.book() as book:
            rule = book.propose_rule("sn", "sender", "x@region.example", "kind", "remiss", evidence=(), now=NOW)
        with house.store.look() as book:
            assert book.case(hidden.case.id).secret
            papers = {c.id: book.documents(c.id)[0].id for c in (case, hidden.case)}
        self.subjects: dict[str, int] = {
            "case": case.id,
            "secret case": hidden.case.id,
            "theirs": theirs.case.id,
            "letter": waits.arrival.id,
            "secret letter": quiet.arrival.id,
            "theirs letter": asked.arrival.id,
            "document": papers[case.id],
            "secret document": papers[hidden.case.id],
            "meeting": meeting.id,
            "rule": rule.id,
            "person": house.people["H"].id,
        }
        house.close()
        self.folder, self.people, self.namnder = folder, house.people, house.namnder


class Copy(House):
    """The town's house as it was, in a folder of its own."""

    def __init__(self, town: Town, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        shutil.copytree(town.folder / "raw", folder / "raw")
        shutil.copy(town.folder / "register.db", folder / "register.db")
        self.store = Store(f"sqlite:///{folder / 'register.db'}")
        self.raw = RawFiles(folder / "raw")
        self.clock = FixedClock()
        self.reader = FixedReader()
        self.woken = []
        self.people = {**town.people, "E": town.people["E"]}
        self.namnder = town.namnder


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return Town(tmp_path_factory.mktemp("town"))


@pytest.fixture
def house(town: Town, tmp_path: Path) -> Iterator[House]:
    made = Copy(town, tmp_path)
    yield made
    made.close()


def test_every_address_has_a_line(house: House) -> None:
    routes = {
        (route.method, route.resource.canonical if route.resource else "")
        for route in make_app(house.desk).router.routes()
        if route.method != "HEAD"
    }
    known = {(line.method, line.route) for line in LINES}
    assert routes - known - {("*", "/{rest}")} == set(), "give each a line in the table above"
    assert known - routes - {("GET", "/{rest}")} == set(), "these are no longer there"


@pytest.mark.parametrize("line", LINES, ids=str)
def test_only_those_who_may_get_in(line: Line, town: Town, house: House, tmp_path: Path) -> None:
    path = address(line.route, town.subjects.get(line.subject, 0))
    nowhere = address(line.route, NOBODYS)

    async def steps(b: Browser) -> None:
        if line.who == "*":
            for who in ("", *EVERYBODY):
                assert (await ask(b, line.method, path, who)).status == line.status, who
            return
        for who in [w for w in EVERYBODY if w not in line.who]:
            denied = await ask(b, line.method, path, who)
            assert denied.status == line.else_, who
            if denied.status == 404 and path != nowhere:
                missing = await ask(b, line.method, nowhere, who)
                assert (denied.body, told(denied)) == (missing.body, told(missing)), who
        stranger = await ask(b, line.method, path, "")
        assert stranger.status == (403 if line.method == "POST" else 200 if line.else_ == 200 else 303)
        assert line.else_ == 200 or line.method == "POST" or stranger.headers["Location"] == "/in"

        for who in line.who if line.method == "GET" else "":
            await lets_in(line, path, who, b)

    browse(house, steps)
    for who in line.who.replace("*", "") if line.method == "POST" else "":
        # Each in a house of their own, where nobody has done it yet.
        own = Copy(town, tmp_path / who)
        browse(own, functools.partial(lets_in, line, path, who))
        own.close()


async def lets_in(line: Line, path: str, who: str, b: Browser) -> None:
    answer = await ask(b, line.method, path, who)
    assert answer.status == line.status, (who, re.findall(r"<h1.*", answer.text))


@pytest.mark.parametrize("line", [line for line in LINES if line.method == "POST"], ids=str)
def test_a_form_counts_only_from_our_own_pages_with_its_token(line: Line, town: Town, house: House) -> None:
    if line.route == graph_push.PATH:
        return  # no browser sends it, and no cookie counts there
    path = address(line.route, town.subjects.get(line.subject, 0))
    anon = "namndbot-in=entry"

    async def steps(b: Browser) -> None:
        for who in line.who.replace("*", "")[:1] or ("R", ""):
            token, cookie = (None, "") if who else ("entry", anon)
            for headers in FOREIGN:
                answer = await b.post(path, who, csrf=token, cookie=cookie, headers=headers)
                assert (answer.status, "kom inte från den här sidan" in answer.text) == (403, True), headers
            for wrong in ("", "X-csrf", "another"):
                assert (await b.post(path, who, csrf=wrong, cookie=cookie)).status == 403, wrong

    with house.store.look() as book:
        before = book.count_lines(), len(book.notices())
    browse(house, steps)
    with house.store.look() as book:
        assert (book.count_lines(), len(book.notices())) == before


NOBODYS = 999_999
FOREIGN: tuple[dict[str, str], ...] = (
    {},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "https://evil.example"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    {"Origin": "null"},
    {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "http://localhost.evil.example"},
    {"Referer": "http://localhost/arende/1"},
)


def address(route: str, subject: int) -> str:
    """Return a route's address, of one thing; a token that nobody has."""
    numbered = re.sub(r"\{(id|arrival|document|meeting|rule|notice|person)\}", str(subject), route)
    known = {"{kind}": "csv", "{namnd}": "sn", "{nr}": "1", "{number}": "1", "{page}": "1", "{place}": "1"}
    for name, one in (known | {"{choice}": "goal_months"}).items():
        numbered = numbered.replace(name, one)
    return re.sub(r"\{\w+\}", "ingenting", numbered)


async def ask(b: Browser, method: str, path: str, who: str) -> Answer:
    """Ask as somebody, or as nobody with the login form's own token."""
    if method == "GET":
        return await b.get(path, who)
    return await b.post(path, who) if who else await b.post(path, csrf="entry", cookie="namndbot-in=entry")


def told(answer: Answer) -> dict[str, str]:
    """Return the headers that say anything but when."""
    return {name: value for name, value in answer.headers.items() if name != "Date"}
