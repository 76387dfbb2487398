"""Fills a register fast with twenty years of a large municipality's cases: few open, most closed, each with its letter."""

from __future__ import annotations

import bisect
import datetime as dt
import itertools
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.filling import NAMNDER, NOW, TODAY, load
from storage import tables as t
from storage import words as w
from storage.records import RoleName
from storage.store import Store

OPEN = 0.03  # of all cases
PEOPLE = 50  # who click
_DAY = dt.timedelta(days=1)
_FIRST_YEAR = 2006
# How the cases are shared: the building committee has most.
_SHARES = (30, 18, 12, 9, 7, 6, 5, 4, 3, 3, 2, 1)
_KINDS = ("remiss", "motion", "medborgarforslag", "revision", "skrivelse", "klagomal", "utlamnande", "anmalan")
_BEGINS = (
    "för sam bygg skol äldre barn kultur gat vatten miljö park väg lek idrott biblio över under om åre östra".split()
)
_MIDDLES = "hälls nings verk vårds plan lov tids hets dels stads gårds bads skogs nät linje".split()
_ENDS = (
    "plan ning bad bana förslag yttrande tillsyn avgift remiss hus skola väg område tjänst åtgärd ärende lov".split()
)
_WORDS_IN_LETTER = 60
_CHUNK = 20_000  # cases made at a time
_ALL_WORDS = 60_000  # that the language has; each case has a name of its own besides


@dataclass(frozen=True, slots=True)
class Clicker:
    """Somebody who clicks: the token of their session, and their nämnder."""

    token: str
    namnder: tuple[str, ...]


def vocabulary() -> list[str]:
    """Return invented words, the most common first."""
    chance = random.Random(7)
    made: dict[str, None] = dict.fromkeys("och att det som en på är av för med till den har inte ett om vi".split())
    while len(made) < _ALL_WORDS:
        middle = "".join(chance.choice(_MIDDLES) for _ in range(chance.choice((0, 0, 1, 1, 2, 3))))
        made[f"{chance.choice(_BEGINS)}{middle}{chance.choice(_ENDS)}{chance.choice(('', 'en', 'er', 's', 'ens'))}"] = (
            None
        )
    return list(made)


class Language:
    """Words drawn as people use them: the n-th most common word one n-th as often as the first."""

    def __init__(self) -> None:
        self.words = vocabulary()
        self._weights = list(itertools.accumulate(1 / (n + 3) for n in range(len(self.words))))
        self.chance = random.Random(11)

    def some(self, count: int) -> list[str]:
        """Return so many words; some may come twice."""
        return self.chance.choices(self.words, cum_weights=self._weights, k=count)

    def topic(self) -> str:
        """Return a word that a title might have: not one of the little ones."""
        at = self.chance.random() * (self._weights[-1] - self._weights[40]) + self._weights[40]
        return self.words[min(bisect.bisect(self._weights, at), len(self.words) - 1)]


def clickers() -> list[Clicker]:
    """Return who clicks: of ten six are handläggare of one nämnd, three registrators of three, one administrator of all."""
    keys = [namnd.key for namnd in NAMNDER]
    mine = {"handlaggare": 1, "registrator": 3, "administrator": len(keys)}
    return [Clicker(f"token{n}", tuple((keys * 2)[n % len(keys) :][: mine[_role(n)]])) for n in range(PEOPLE)]


def _role(n: int) -> RoleName:
    return "handlaggare" if n % 10 < 6 else "registrator" if n % 10 < 9 else "administrator"


def fill(store: Store, cases: int) -> None:
    """Fill an empty register with so many cases and with those who click."""
    _people(store)
    language = Language()
    postgresql = store.engine.dialect.name == "postgresql"
    (words,) = (one for one in t.search.indexes if one.name == "ix_search_words")
    if postgresql:  # made at the end it takes a tenth of the time
        words.drop(store.engine)
    for first in range(1, cases + 1, _CHUNK):
        made = [_Made(i, cases, language) for i in range(first, min(first + _CHUNK, cases + 1))]
        load(store, t.cases, (m.case() for m in made))
        load(store, t.arrivals, (m.arrival() for m in made))
        load(store, t.documents, (m.document() for m in made))
        load(store, t.deadlines, (row for m in made for row in m.deadlines()))
        load(store, t.milestones, (row for m in made for row in m.milestones()))
        load(store, t.journal, (row for m in made for row in m.entries()))
        load(store, t.search, (m.search() for m in made))
    if postgresql:
        words.create(store.engine)
        # It does so by itself after a while; SQLite never does.
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")


def _people(store: Store) -> None:
    with store.book() as book:
        for n, one in enumerate(clickers()):
            person = book.put_person(f"Person {n}", f"p{n}@ekeby.example")
            for key in one.namnder:
                book.put_role(person.id, key, _role(n), dt.date(2026, 1, 1), None)
            book.put_session(one.token, "csrf", person.id, now=NOW, expires_at=NOW + dt.timedelta(days=365))


class _Made:
    """One case with all that belongs to it."""

    def __init__(self, i: int, cases: int, language: Language) -> None:
        chance = language.chance
        self.i = i
        self.namnd = chance.choices(NAMNDER, weights=_SHARES)[0].key
        self.year = _FIRST_YEAR + (i - 1) * (TODAY.year - _FIRST_YEAR + 1) // cases
        self.came = dt.datetime(self.year, 1 + i % 12, 1 + i % 28, 8, i % 60, tzinfo=dt.UTC)
        # What is open came lately, but for some that are never done with.
        late = i > cases * (1 - 2 * OPEN)
        self.open = chance.random() < (0.45 if late else 0.003)
        self.state = "open" if self.open else "makulerad" if i % 200 == 0 else "closed"
        self.secret = i % 250 == 0
        self.waits = self.open and i % 17 == 0
        self.handlaggare = None if self.open and i % 40 == 0 else 1 + i % PEOPLE
        self.title = " ".join([language.topic().capitalize(), *language.some(5), f"Namn{i % 90_000:x}gården"])
        self.text = language.some(_WORDS_IN_LETTER)
        self.kind = _KINDS[i % len(_KINDS)]
        self.dnr = f"{self.namnd.upper()} {self.year}-{i}"

    @property
    def _stamp(self) -> str:
        return self.came.strftime("%Y-%m-%d %H:%M:%S.000000")

    def case(self) -> dict[str, Any]:
        title = "Sekretess" if self.secret else self.title
        return {
            "id": self.i,
            "namnd": self.namnd,
            "dnr": self.dnr,
            "year": self.year,
            "number": self.i,
            "dnr_key": f"{self.namnd.upper()}|{self.year}|{self.i}",
            "state": self.state,
            "kind": self.kind,
            "matter": None,
            "title": title,
            "title_key": title.lower(),
            "sender": None if self.secret else f"Avsändare {self.i % 5000}",
            "secret": int(self.secret),
            "inkommen_at": self._stamp,
            "registered_at": self._stamp,
            "motionarer": "[]",
            "handlaggare_id": self.handlaggare,
            "version": 1,
            "waiting_for": "KF" if self.waits else None,
        }

    def arrival(self) -> dict[str, Any]:
        said = {"kind": self.kind, "title": self.title, "texts": [{"where": "body", "text": " ".join(self.text)}]}
        asks = self.open and self.i % 97 == 0
        return {
            "id": self.i,
            "namnd": self.namnd,
            "mailbox_key": f"k{self.i}",
            "raw_sha256": f"{self.i:064x}",
            "received_at": self._stamp,
            "seen_at": self._stamp,
            "attempts": 1,
            "state": "registered",
            "reference": f"{self.i}.eml",
            "folder": "registrerat",
            "moved_at": self._stamp,
            "case_id": self.i,
            "document_id": self.i,
            "reading": json.dumps({"secret": True} if self.secret else said, ensure_ascii=False),
            "reasons": "[]",
            "questions": '["Stämmer svarsdagen?"]' if asks else "[]",
        }

    def document(self) -> dict[str, Any]:
        return {
            "id": self.i,
            "case_id": self.i,
            "number": 1,
            "arrival_id": self.i,
            "attachment": 0,
            "direction": "in",
            "kind": self.kind,
            "title": "Sekretess" if self.secret else self.title,
            "party": None if self.secret else f"Avsändare {self.i % 5000}",
            "inkommen_at": self._stamp,
            "registered_at": self._stamp,
            "sha256": f"{self.i:064x}",
            "media_type": "message/rfc822",
            "file_name": "brev.eml",
            "size": 4000,
            "makulerad": 0,
        }

    def deadlines(self) -> Iterator[dict[str, Any]]:
        if self.i % 3 == 0 and self.open:
            return
        for clock in ("stated", "goal"):
            near = TODAY + _DAY * (self.i % 240 - 24)
            yield {
                "case_id": self.i,
                "date": near if self.open else self.came.date() + 90 * _DAY,
                "purpose": "yttrande",
                "clock": clock,
                "sentence": "Svara senast då.",
                "source": "body",
                "state": "active" if self.open else "dropped",
            }

    def milestones(self) -> Iterator[dict[str, Any]]:
        for n, step in enumerate(("start", "utkast", "tjansteskrivelse", "beslut") if self.open else ("beslut",)):
            met = None if self.open else self.came.date() + 60 * _DAY
            planned = TODAY + _DAY * (self.i % 200 + 7 * n) if self.open else None
            yield {"case_id": self.i, "kind": step, "met_on": met, "planned": planned, "why": "Planen."}

    def entries(self) -> Iterator[dict[str, Any]]:
        for n, what in enumerate(("registrerat", "handling", "granskat", "tilldelat" if self.open else "avslutat")):
            yield {
                "namnd": self.namnd,
                "seq": 4 * self.i + n,
                "at": self._stamp,
                "actor": "boten",
                "what": what,
                "case_id": self.i,
                "data": "{}",
                "prev": "0" * 64,
                "hash": f"{4 * self.i + n:064x}",
            }

    def search(self) -> dict[str, Any]:
        marks = [w.namnd_mark(self.namnd), *w.number_marks(self.dnr)]
        marks += [w.OPEN_MARK] if self.open else []
        marks.append(w.year_mark(self.year))
        if self.secret:
            return {"case_id": self.i, "words": w.kept((*marks, *w.words(self.dnr)))}
        party = f"Avsändare {self.i % 5000}"
        said = w.words("\n".join((self.dnr, self.title, party)))
        return {"case_id": self.i, "words": w.kept((*marks, *w.title_marks(self.title), *said, *self.text))}
