"""The search: what a case is found by, and how it is asked for on both databases.

A case is found by its numbers, title, sender, the titles and parties of its handlingar and the text of its letters, when all
that is asked for stands somewhere in it. Of a secret case only its number is kept, of a hidden letter nothing. What a
transaction changes is marked where it is written and kept anew before it is committed: no handler can forget it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from storage import tables as t
from storage import words as w
from storage.looking import LookPages
from storage.page import as_tuple
from storage.records import CaseFilter, CaseState

COUNTED_HITS = 500  # a search is counted, and turned, so far: each hit's case costs a page of the file
# The newest hits that are gone through for a file, or for what else is asked of them; as many more in titles.
MOST_HITS = 5_000
_NEWEST = 15_000  # cases that PostgreSQL looks among first
_PART = 1_000  # hits whose cases are looked at together
_OPEN: frozenset[CaseState] = frozenset({"open", "waiting_dnr"})
_FEW = 3  # nämnder
_BATCH = 200  # cases read at a time, with their letters


class SearchPages(LookPages):
    """What the files of cases and letters share: that the search follows what is written."""

    def _grew(self, case_id: int, *letters: int) -> None:
        """Note that a case has got something more to be found by; of its letters these."""
        known = self._to_index.setdefault(case_id, set())
        if known is not None:
            known.update(letters)

    def _reworded(self, case_id: int) -> None:
        """Note that something that a case was found by is not there any more."""
        self._to_index[case_id] = None

    def _index(self) -> None:
        """Keep anew what the transaction's cases are found by."""
        pending, self._to_index = self._to_index, {}
        leave = False
        for case_id, letters in sorted(pending.items()):
            self._hold(case_id)
            row = self._one(sa.select(t.search.c.words).where(t.search.c.case_id == case_id))
            before = row.words.split(" ") if row else []
            after = next(_read(self._connection, [case_id], letters))
            made = w.kept((*after.words, *(one for one in before if letters is not None and _stays(one))))
            gone = set(before).difference(made.split(" "))
            if not gone and len(before) == made.count(" ") + 1:
                continue
            leave = leave or (bool(gone) and after.hidden)
            self._run(
                self._upsert(t.search)
                .values(case_id=case_id, words=made)
                .on_conflict_do_update(index_elements=["case_id"], set_={"words": made})
            )
        if leave and not self._locks_rows:
            # Deleted words stay in older parts of the index until these are made one with the newer: six seconds where
            # there are a million cases. FTS5's own "secure-delete" would leave a file that older SQLite cannot read.
            self._connection.exec_driver_sql("INSERT INTO search_index (search_index) VALUES ('optimize')")

    def rebuild_search(self) -> int:
        """Make the search anew from what the register holds; return how many cases are in it."""
        self._run(sa.delete(t.search))  # refused in a book that only reads
        if not self._locks_rows:
            # One that is damaged is made whole first.
            self._connection.exec_driver_sql("INSERT INTO search_index (search_index) VALUES ('rebuild')")
        return fill(self._connection)

    # asking

    def _found(self, which: CaseFilter) -> Iterator[Sequence[int]]:
        """Give what a filter's words find, whatever else it asks, in the order of the search: what has the number that was
        asked for, then what names it; or what has the words in its title, then what has them anywhere. A part at a time,
        each with the newest first, and of each two no further than `MOST_HITS`; something may come twice."""
        self.searched_all = True
        asked = self._asked(which)
        if not asked.groups:
            return
        # An old case with the words in its title is found beside ever so many newer letters.
        first = self._question(asked.own, which) if asked.number else self._question(asked, which, title=True)
        for question in (first, self._question(asked, which)):
            newest = [int(row.id) for row in self._all(self._hits(question, COUNTED_HITS + 1, newest=True))]
            yield newest
            if self._locks_rows or len(newest) > COUNTED_HITS:
                seen = set(newest)
                all_ = [int(row.id) for row in self._all(self._hits(question, MOST_HITS))]
                rest = [one for one in all_ if one not in seen]
                self.searched_all = self.searched_all and len(all_) < MOST_HITS
                yield from (rest[n : n + _PART] for n in range(0, len(rest), _PART))

    def _asked(self, which: CaseFilter) -> w.Asked:
        """Return what a filter's words ask for: a number where a case has it or names it, else words."""
        if self._to_index:
            self._index()
        asked = w.asked(which.words)
        if not asked.number:
            return asked
        c = t.cases
        named = self._hits(self._question(asked.named, which), MOST_HITS)
        query = sa.select(c.c.id).where(c.c.id.in_(named)).limit(1)
        if which.namnder:
            query = query.where(self._checked(c.c.namnd).in_(which.namnder))
        if not which.include_secret:
            query = query.where(self._unless(c.c.secret))
        there = self._one(query) is not None
        return dataclasses.replace(asked.named, number=asked.number) if there else w.Asked(asked.groups)

    def _question(self, asked: w.Asked, which: CaseFilter, *, title: bool = False) -> str:
        must: list[Sequence[str]] = []
        if 0 < len(which.namnder) <= _FEW:  # more are in the way of what is rare
            must.append([w.namnd_mark(one) for one in which.namnder])
        if which.states and _OPEN.issuperset(which.states):
            must.append([w.OPEN_MARK])
        if which.year is not None:
            must.append([w.year_mark(which.year)])
        return (w.for_postgresql if self._locks_rows else w.for_sqlite)(asked, must, title=title)

    def _hits(self, question: str, limit: int, *, newest: bool = False) -> Any:
        """Return what selects the newest cases that a question finds; newest: it will do to look among the newest cases."""
        if self._locks_rows:
            # With less a common word's hits are kept as pages of the table, and the words of every case there read again.
            self._connection.exec_driver_sql("SET LOCAL work_mem = '64MB'")
            there: sa.ColumnElement[bool] = t.WORDS_VECTOR.op("@@")(sa.cast(question, postgresql.TSQUERY))
            if newest:
                # PostgreSQL finds all hits before it gives the first.
                last = sa.select(sa.func.max(t.search.c.case_id)).scalar_subquery()
                there &= t.search.c.case_id > last - _NEWEST
            # Apart, so that no plan walks through all cases from the newest on to find those with a rare word.
            found = sa.select(t.search.c.case_id.label("id")).where(there)
            all_ = sa.select(found.cte().prefix_with("MATERIALIZED").c.id)
        else:
            index = sa.table("search_index", sa.column("rowid", sa.Integer), sa.column("search_index"))
            all_ = sa.select(index.c.rowid.label("id")).where(index.c.search_index.op("MATCH")(question))
        first = all_.order_by(all_.selected_columns[0].desc()).limit(limit).subquery()
        return sa.select(first.c.id).order_by(first.c.id.desc())


@dataclass(frozen=True, slots=True)
class _Read:
    """What a case is found by. hidden: it is secret, or something in it is."""

    case_id: int
    words: tuple[str, ...]
    hidden: bool


def fill(connection: sa.Connection) -> int:
    """Keep what all cases are found by that are not kept yet, a batch at a time; return how many."""
    c, s = t.cases, t.search
    done = last = 0
    while True:
        kept = sa.exists().where(s.c.case_id == c.c.id)
        query = sa.select(c.c.id).where(c.c.id > last, ~kept).order_by(c.c.id).limit(_BATCH)
        ids = [int(row.id) for row in connection.execute(query)]
        if not ids:
            return done
        rows = [{"case_id": one.case_id, "words": w.kept(one.words)} for one in _read(connection, ids)]
        connection.execute(sa.insert(s), rows)
        done, last = done + len(ids), ids[-1]


def _read(connection: sa.Connection, ids: Sequence[int], letters: Collection[int] | None = None) -> Iterator[_Read]:
    """Read what cases are found by, in their order; letters: of their letters and handlingar only these."""
    c, d, a, e = t.cases, t.documents, t.arrivals, t.external_numbers
    known = (c.c.id, c.c.namnd, c.c.state, c.c.year, c.c.dnr, c.c.title, c.c.sender, c.c.motionarer, c.c.secret)
    cases = connection.execute(sa.select(*known).where(c.c.id.in_(ids)).order_by(c.c.id)).all()
    numbers = _by_case(connection.execute(sa.select(e.c.case_id, e.c.raw).where(e.c.case_id.in_(ids))).all())
    query = sa.select(d.c.case_id, d.c.arrival_id, d.c.title, d.c.party).where(d.c.case_id.in_(ids))
    if letters is not None:
        query = query.where(d.c.arrival_id.is_(None) | d.c.arrival_id.in_(letters))
    documents = connection.execute(query.order_by(d.c.number)).all()
    # A letter that was moved has left a handling behind.
    theirs = {row.arrival_id for row in documents if row.arrival_id is not None}
    came = a.c.id.in_(theirs) | (a.c.case_id.in_(ids) if letters is None else a.c.id.in_(letters))
    found = sa.select(a.c.id, a.c.case_id, a.c.state, a.c.reading).where(came, a.c.reading.is_not(None))
    arrivals = connection.execute(found.order_by(a.c.id)).all()
    hidden = {row.id for row in arrivals if (row.reading or {}).get("secret")}
    papers, texts = _by_case(documents), _by_case(arrivals)
    for case in cases:
        own = papers.get(case.id, ())
        hides = bool(case.secret) or any(row.arrival_id in hidden for row in own)
        hides = hides or any(row.id in hidden for row in texts.get(case.id, ()))
        if case.secret:
            yield _Read(case.id, (*_marks(case), *w.words(case.dnr or "")), hides)
            continue
        raws = [row.raw for row in numbers.get(case.id, ())]
        said = [case.title, case.sender, *as_tuple(case.motionarer)]
        for paper in own:
            if paper.arrival_id not in hidden:
                said += [paper.title, paper.party]
        made = [*_marks(case), *(m for raw in raws for m in w.number_marks(raw)), *w.title_marks(case.title)]
        written = "\n".join(filter(None, said))
        made += [*w.mention_marks(written), *w.words("\n".join((case.dnr or "", *raws, written)))]
        for letter in texts.get(case.id, ()):
            if letter.id not in hidden and letter.state == "registered":
                text = "\n".join(str(text.get("text", "")) for text in letter.reading.get("texts") or ())
                made += [*w.mention_marks(text), *w.words(text)]
        yield _Read(case.id, tuple(made), hides)


def _stays(word: str) -> bool:
    """Say whether a word of a case that has grown is still there: the marks of its own columns are made anew."""
    return word[0] != "_" or word.startswith("_m")


def _marks(case: Any) -> list[str]:
    marks = [w.namnd_mark(case.namnd), *w.number_marks(case.dnr or "")]
    if case.state in _OPEN:
        marks.append(w.OPEN_MARK)
    return [*marks, w.year_mark(case.year)] if case.year is not None else marks


def _by_case(rows: Sequence[Any]) -> Mapping[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in rows:
        if row.case_id is not None:
            found.setdefault(row.case_id, []).append(row)
    return found
