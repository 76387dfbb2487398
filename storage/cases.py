"""Cases with their documents and the numbers that others have for them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, get_args

import sqlalchemy as sa

from storage import tables as t
from storage.case_lists import OPEN, chosen, indexed, order
from storage.errors import NotFound, Taken
from storage.facts import FactPages
from storage.page import as_tuple
from storage.records import (
    Case,
    CaseDeadline,
    CaseFilter,
    CaseRow,
    CaseState,
    Document,
    ExternalNumber,
    NewDocument,
    Person,
)
from storage.search import COUNTED_HITS, MOST_HITS

LAST = 10_000  # of a list's cases: nobody turns so many pages, and each costs those before it
_DONE = ("beslut", "handlaggare_klar", "svar_skickat")  # the steps after which nobody is sought
_PART = 500  # cases read at a time
# What decides whether anybody is reminded of a case, and who.
_WHOSE = frozenset({"state", "waiting_for", "handlaggare_id", "secret", "paused_until"})
# What a case is found by.
_SAID = frozenset({"title", "sender", "motionarer", "secret"})


class CasePages(FactPages):
    """What a book can do with cases."""

    def open_case(
        self,
        namnd: str,
        *,
        state: CaseState,
        kind: str,
        matter: str | None,
        title: str,
        sender: str | None,
        inkommen_at: dt.datetime,
        now: dt.datetime,
        secret: bool = False,
        raised: dt.date | None = None,
        raised_which: str | None = None,
        motionarer: Sequence[str] = (),
        note: str | None = None,
    ) -> int:
        """Open a case, as yet without a number; return its id."""
        made = self._run(
            sa.insert(t.cases)
            .values(
                namnd=namnd,
                state=state,
                kind=kind,
                matter=matter,
                title=title,
                title_key=title.lower(),
                sender=sender,
                secret=secret,
                inkommen_at=inkommen_at,
                registered_at=now,
                raised=raised,
                raised_which=raised_which,
                motionarer=list(motionarer),
                version=1,
                note=note,
            )
            .returning(t.cases.c.id)
        ).scalar_one()
        self._grew(int(made))
        return int(made)

    def number_case(
        self, case_id: int, dnr: str, key: str, *, year: int | None = None, number: int | None = None
    ) -> None:
        """Give a case its diarienummer, once and for all."""
        taken = self._one(
            sa.select(t.cases.c.id).where(
                t.cases.c.namnd == sa.select(t.cases.c.namnd).where(t.cases.c.id == case_id).scalar_subquery(),
                t.cases.c.dnr_key == key,
                t.cases.c.id != case_id,
            )
        )
        if taken is not None:
            raise Taken(f"Numret {dnr} finns redan på ett annat ärende.")
        done = self._run(
            sa.update(t.cases)
            .where(t.cases.c.id == case_id, t.cases.c.dnr.is_(None))
            .values(dnr=dnr, dnr_key=key, year=year, number=number)
        )
        if done.rowcount != 1:
            raise Taken("Ärendet har redan ett diarienummer. Ett nummer ändras aldrig; makulera i stället.")
        self._grew(case_id)

    def case(self, case_id: int, *, lock: bool = False) -> Case:
        """Return a case; with lock, hold it until commit."""
        query = sa.select(t.cases).where(t.cases.c.id == case_id)
        row = self._one(query.with_for_update() if lock and self._locks_rows else query)
        if row is None:
            raise NotFound("Det ärendet finns inte.")
        return as_case(row)

    def case_by_dnr(self, key: str, namnder: Sequence[str] = ()) -> Case | None:
        """Return the case with that normalised number, within the namnder where some are given."""
        query = sa.select(t.cases).where(t.cases.c.dnr_key == key)
        if namnder:
            query = query.where(t.cases.c.namnd.in_(namnder))
        row = self._one(query.order_by(t.cases.c.id))
        return as_case(row) if row else None

    def change_case(self, case_id: int, **values: Any) -> None:
        """Set columns of a case and count its version up. The journal line is the handler's to write."""
        if "title" in values:
            values["title_key"] = str(values["title"]).lower()
        if "motionarer" in values:
            values["motionarer"] = list(values["motionarer"])
        self._run(sa.update(t.cases).where(t.cases.c.id == case_id).values(version=t.cases.c.version + 1, **values))
        if not _WHOSE.isdisjoint(values):
            self.look_again(case_id)
        if not _SAID.isdisjoint(values):
            self._reworded(case_id)
        elif "state" in values:
            self._grew(case_id)

    def cases(self, which: CaseFilter) -> list[CaseRow]:
        """Return cases as a list shows them, in the filter's order; of what words find, in the order of the search where no
        other is chosen. Behind the first `LAST` there is nothing."""
        if which.offset + which.limit > LAST:
            which = dataclasses.replace(which, limit=max(0, LAST - which.offset))
        if which.limit <= 0:
            return []
        if _is_ranked(which):
            ids = self._ranked(which, max(which.offset + which.limit, COUNTED_HITS + 1))
            return self._with_rows(self._of_ids(ids[which.offset : which.offset + which.limit], which))
        if which.words.strip() or not (keys := indexed(which)):
            return self._with_rows([as_case(row) for row in self._all(self._ordered(which))])
        return self._with_rows(self._first(which, keys))

    def each_case(self, which: CaseFilter) -> Iterator[CaseRow]:
        """Give the cases of a filter one after the other in its order, for lists too long to be held at once."""
        # PostgreSQL plans what is read so for its first rows, and may take ages for the rest: for whole lists alone.
        if _is_ranked(which):
            ids = self._ranked(which, which.offset + which.limit)[which.offset : which.offset + which.limit]
            for n in range(0, len(ids), _PART):
                yield from self._with_rows(self._of_ids(ids[n : n + _PART], which))
            return
        for rows in self._run(self._ordered(which).execution_options(yield_per=_PART)).partitions():
            yield from self._with_rows([as_case(row) for row in rows])

    def _ordered(self, which: CaseFilter) -> Any:
        query = self._filtered(sa.select(t.cases), which)
        if which.words.strip():
            query = query.where(t.cases.c.id.in_(self._ranked(which, 2 * MOST_HITS)))
        return query.order_by(*order(which, "C" if self._locks_rows else None)).limit(which.limit).offset(which.offset)

    def _ranked(self, which: CaseFilter, enough: int) -> list[int]:
        """Return the ids of what words find, in the order of the search: so many at least, where there are as many. A list
        and its count in one look ask once."""
        which, before = dataclasses.replace(which, limit=0, offset=0), self._ranked_before
        if before is None or self._writable or before[0] != which or before[1] <= len(before[2]) < enough:
            ids: dict[int, None] = {}
            for hits in self._found(which):
                new = [one for one in hits if one not in ids]
                query = self._filtered(sa.select(t.cases.c.id), which).where(t.cases.c.id.in_(new))
                there = {int(row.id) for row in self._all(query)} if new else set()
                ids |= {one: None for one in new if one in there}
                if len(ids) >= enough:
                    break
            before = self._ranked_before = which, enough, list(ids)
        return before[2]

    def _of_ids(self, ids: Sequence[int], which: CaseFilter) -> list[Case]:
        """Return cases in the order of their ids, but for those that have left the filter meanwhile: PostgreSQL shows each
        question what is there then, and one may have become secret."""
        rows = self._all(self._filtered(sa.select(t.cases), which).where(t.cases.c.id.in_(ids)))
        found = {row.id: as_case(row) for row in rows}
        return [found[one] for one in ids if one in found]

    def count_cases(self, which: CaseFilter, *, limit: int | None = None) -> int:
        """Count the cases of a filter; with limit no further than one above it, which is soon done."""
        if which.words.strip():
            found = len(self._ranked(which, 2 * MOST_HITS if limit is None else limit + 1))
            return found if limit is None else min(found, limit + 1)
        query = self._filtered(sa.select(t.cases.c.id), which)
        if limit is not None:
            query = query.limit(limit + 1)
        return int(self._run(sa.select(sa.func.count()).select_from(query.subquery())).scalar_one())

    def _first(self, which: CaseFilter, order: Sequence[Any]) -> list[Case]:
        """Return cases in an order: of each nämnd's state the first by its index, and of these the first.

        One question to all of them would read and sort every case that there is.
        """
        c, keys = t.cases, [(_key_of(one), _falls(one)) for one in order]
        parts = []
        for namnd, state in itertools.product(which.namnder, which.states or get_args(CaseState)):
            own = dataclasses.replace(which, namnder=(namnd,), states=(state,))
            columns = [key.label(f"k{n}") for n, (key, _) in enumerate(keys)]
            query = self._filtered(sa.select(c.c.id, *columns), own).order_by(*order)
            parts.append(sa.select(query.limit(which.offset + which.limit).subquery()))
        if not parts:
            query = self._filtered(sa.select(c), which).order_by(*order)
            return [as_case(row) for row in self._all(query.limit(which.limit).offset(which.offset))]
        all_ = sa.union_all(*parts).subquery()
        again = [all_.c[f"k{n}"].desc() if falls else all_.c[f"k{n}"] for n, (_, falls) in enumerate(keys)]
        first = sa.select(all_.c.id).order_by(*again).limit(which.limit).offset(which.offset)
        return self._of_ids([int(row.id) for row in self._all(first)], which)

    def first_year(self, namnder: Sequence[str]) -> int | None:
        """Return the year of the oldest number of any of the nämnder; None when none has been given."""
        c = t.cases
        years = (self._one(sa.select(sa.func.min(c.c.year)).where(c.c.namnd == namnd)) for namnd in namnder)
        return min((row[0] for row in years if row is not None and row[0] is not None), default=None)

    def _filtered(self, query: Any, which: CaseFilter) -> Any:
        """Narrow a question to the cases of a filter, whatever words it has."""
        c = t.cases
        searched = bool(which.words.strip())
        # What is few is found first: what the words find, whose a case is, who else has it. SQLite would go by the rest.
        few = searched or which.unassigned or which.waiting or which.handlaggare_id is not None
        namnd, state = (self._checked(c.c.namnd), self._checked(c.c.state)) if searched else (c.c.namnd, c.c.state)
        if which.namnder:
            query = query.where(namnd.in_(which.namnder))
        if which.states:
            query = query.where(state.in_(which.states))
        if which.year is not None:
            query = query.where(c.c.year == which.year)
        if which.type is not None:
            query = query.where(sa.func.coalesce(c.c.matter, c.c.kind) == which.type)
        if which.handlaggare_id is not None:
            query = query.where(c.c.handlaggare_id == which.handlaggare_id)
        query = query.where(*chosen(which))
        if not which.include_secret:
            query = query.where(self._unless(c.c.secret) if few else c.c.secret.is_(False))
        return query

    def _with_rows(self, cases: Sequence[Case]) -> list[CaseRow]:
        if not cases:
            return []
        ids = [case.id for case in cases]
        nearest: dict[int, CaseDeadline] = {}
        for deadline in self._deadlines_of(ids, active=True):
            if deadline.date is not None and deadline.case_id not in nearest:
                nearest[deadline.case_id] = deadline
        people = {
            r.id: Person(r.id, r.name, r.email)
            for r in self._all(
                sa.select(t.people).where(t.people.c.id.in_({c.handlaggare_id for c in cases if c.handlaggare_id}))
            )
        }
        numbers: dict[int, list[str]] = {}
        e = t.external_numbers
        for row in self._all(sa.select(e).where(e.c.case_id.in_(ids)).order_by(e.c.id)):
            numbers.setdefault(row.case_id, []).append(row.raw)
        return [
            CaseRow(
                case,
                nearest.get(case.id),
                people.get(case.handlaggare_id) if case.handlaggare_id else None,
                tuple(numbers.get(case.id, ())),
            )
            for case in cases
        ]

    def similar_cases(self, namnd: str, words: Sequence[str], *, limit: int = 200) -> list[Case]:
        """Return open, not secret cases whose title holds any of the words, newest first."""
        c = t.cases
        if not words:
            return []
        any_word = sa.or_(*(c.c.title_key.contains(w.lower(), autoescape=True) for w in words))
        query = (
            sa.select(c)
            .where(c.c.namnd == namnd, c.c.state.in_(OPEN), self._unless(c.c.secret), any_word)
            .order_by(c.c.id.desc())
            .limit(limit)
        )
        return [as_case(row) for row in self._all(query)]

    def recent_cases(self, namnd: str, matter: str, since: dt.datetime, *, limit: int = 50) -> list[Case]:
        """Return open, not secret cases of a matter that came in since a moment, newest first."""
        c = t.cases
        query = (
            sa.select(c)
            .where(
                c.c.namnd == namnd,
                c.c.state.in_(OPEN),
                self._unless(c.c.secret),
                c.c.matter == matter,
                c.c.inkommen_at >= since,
            )
            .order_by(c.c.id.desc())
            .limit(limit)
        )
        return [as_case(row) for row in self._all(query)]

    def untaken(self, namnd: str, but_not: Iterable[str], *, limit: int) -> list[Case]:
        """Return the cases that are the nämnd's to do, that nobody has and nobody is asked about; not of some kinds."""
        c, q, m = t.cases, t.questions, t.milestones
        asked = sa.exists().where(q.c.case_id == c.c.id, q.c.kind == "handlaggare", q.c.state == "open")
        done = sa.exists().where(m.c.case_id == c.c.id, m.c.kind.in_(_DONE), m.c.met_on.is_not(None))
        query = (
            sa.select(c)
            .where(
                c.c.namnd == namnd,
                c.c.state.in_(OPEN),
                self._unless(c.c.secret),
                c.c.handlaggare_id.is_(None),
                c.c.waiting_for.is_(None),
                c.c.kind.not_in(list(but_not)),
                ~asked,
                ~done,
            )
            .order_by(c.c.handlaggare_id, c.c.id)  # its index: by id alone it would read all the nämnd has
            .limit(limit)
        )
        return [as_case(row) for row in self._all(query)]

    # documents

    def put_document(self, case_id: int, new: NewDocument, *, now: dt.datetime) -> Document:
        """Enter a handling in a case under its next number there."""
        # The case's row is locked first: two letters that join at once get two numbers.
        self.case(case_id, lock=True)
        d = t.documents
        number = 1 + int(
            self._run(
                sa.select(sa.func.coalesce(sa.func.max(d.c.number), 0)).where(d.c.case_id == case_id)
            ).scalar_one()
        )
        row = self._run(
            sa.insert(d)
            .values(
                case_id=case_id,
                number=number,
                arrival_id=new.arrival_id,
                attachment=new.attachment,
                direction=new.direction,
                kind=new.kind,
                title=new.title,
                party=new.party,
                dated=new.dated,
                inkommen_at=new.inkommen_at,
                registered_at=now,
                sha256=new.sha256,
                media_type=new.media_type,
                file_name=new.file_name,
                size=new.size,
                pages=new.pages,
                makulerad=False,
            )
            .returning(d)
        ).one()
        self._grew(case_id, *([new.arrival_id] if new.arrival_id is not None else []))
        return as_document(row)

    def documents(self, case_id: int) -> list[Document]:
        """Return the handlingar of a case in their order."""
        d = t.documents
        return [as_document(r) for r in self._all(sa.select(d).where(d.c.case_id == case_id).order_by(d.c.number))]

    def document(self, document_id: int) -> Document:
        """Return a handling."""
        row = self._one(sa.select(t.documents).where(t.documents.c.id == document_id))
        if row is None:
            raise NotFound("Den handlingen finns inte.")
        return as_document(row)

    def documents_of_arrival(self, arrival_id: int) -> list[Document]:
        """Return the handlingar that a letter became, in every case that it has lain in."""
        query = sa.select(t.documents).where(t.documents.c.arrival_id == arrival_id).order_by(t.documents.c.id)
        return [as_document(row) for row in self._all(query)]

    def change_document(self, document_id: int, **values: Any) -> None:
        """Set columns of a handling."""
        d = t.documents
        row = self._run(sa.update(d).where(d.c.id == document_id).values(**values).returning(d.c.case_id)).first()
        if row is not None and not {"title", "party"}.isdisjoint(values):
            self._reworded(row.case_id)

    def documents_with_content(self, namnd: str, hashes: Iterable[str]) -> list[Document]:
        """Return handlingar of open cases of the namnd whose content has one of the hashes."""
        d, c = t.documents, t.cases
        query = (
            sa.select(d)
            .join(c, c.c.id == d.c.case_id)
            .where(c.c.namnd == namnd, c.c.state.in_(OPEN), d.c.sha256.in_(list(hashes)), d.c.makulerad.is_(False))
            .order_by(d.c.id)
        )
        return [as_document(r) for r in self._all(query)]

    def open_cases_of(self, person_id: int, namnd: str) -> list[Case]:
        """Return the open cases of a nämnd that somebody handles, oldest first; secret ones among them."""
        c = t.cases
        query = (
            sa.select(c)
            .where(c.c.handlaggare_id == person_id, c.c.namnd == namnd, c.c.state.in_(OPEN))
            .order_by(c.c.id)
        )
        return [as_case(row) for row in self._all(query)]

    def orphaned_cases(self, namnd: str, today: dt.date, *, limit: int) -> list[Case]:
        """Return the open cases of a nämnd whose handläggare had a role there once, and has none on a day."""
        c, r = t.cases, t.roles
        here = sa.select(r.c.person_id).where(
            r.c.namnd == namnd, r.c.valid_from <= today, (r.c.valid_to.is_(None)) | (r.c.valid_to >= today)
        )
        once = sa.select(r.c.person_id).where(r.c.namnd == namnd, r.c.valid_to < today, r.c.person_id.not_in(here))
        left = {row.person_id for row in self._all(once)}
        if not left:
            return []
        query = (
            sa.select(c)
            .where(
                c.c.namnd == namnd,
                c.c.state.in_(OPEN),
                self._unless(c.c.secret),
                c.c.waiting_for.is_(None),
                c.c.handlaggare_id.in_(sorted(left)),
            )
            .order_by(c.c.handlaggare_id, c.c.id)
            .limit(limit)
        )
        return [as_case(row) for row in self._all(query)]

    # numbers of others

    def put_external(self, case_id: int, raw: str, key: str) -> bool:
        """Note somebody else's number for the case; return False when it was there."""
        e = t.external_numbers
        row = self._run(
            self._upsert(e)
            .values(case_id=case_id, raw=raw, key=key)
            .on_conflict_do_nothing(index_elements=["case_id", "key"])
            .returning(e.c.id)
        ).first()
        if row is not None:
            self._grew(case_id)
        return row is not None

    def drop_external(self, case_id: int, key: str) -> None:
        """Take somebody else's number from a case; the journal keeps it."""
        e = t.external_numbers
        self._run(sa.delete(e).where(e.c.case_id == case_id, e.c.key == key))
        self._reworded(case_id)

    def externals(self, case_id: int) -> list[ExternalNumber]:
        """Return the numbers that others have for the case."""
        e = t.external_numbers
        rows = self._all(sa.select(e).where(e.c.case_id == case_id).order_by(e.c.id))
        return [ExternalNumber(r.case_id, r.raw, r.key) for r in rows]

    def open_cases_with_external(self, namnd: str, keys: Iterable[str]) -> list[Case]:
        """Return the open cases of the namnd that carry one of the numbers."""
        e, c = t.external_numbers, t.cases
        query = (
            sa.select(c)
            .where(
                c.c.namnd == namnd,
                c.c.state.in_(OPEN),
                c.c.id.in_(sa.select(e.c.case_id).where(e.c.key.in_(list(keys)))),
            )
            .order_by(c.c.id)
        )
        return [as_case(r) for r in self._all(query)]


def _is_ranked(which: CaseFilter) -> bool:
    """Say whether a list stands in the order of the search: words are asked for, and no other order is chosen."""
    return bool(which.words.strip()) and which.sort == "bradskande" and not which.descending


def _falls(one: Any) -> bool:
    return isinstance(one, sa.UnaryExpression) and one.modifier is sa.sql.operators.desc_op


def _key_of(one: Any) -> Any:
    turned = isinstance(one, sa.UnaryExpression) and one.modifier is not None
    return one.element if turned else one


def as_case(row: sa.Row[Any]) -> Case:
    """Return a row of cases as the value."""
    return Case(
        id=row.id,
        namnd=row.namnd,
        dnr=row.dnr,
        year=row.year,
        number=row.number,
        state=row.state,
        kind=row.kind,
        matter=row.matter,
        title=row.title,
        sender=row.sender,
        secret=row.secret,
        inkommen_at=row.inkommen_at,
        registered_at=row.registered_at,
        raised=row.raised,
        raised_which=row.raised_which,
        motionarer=as_tuple(row.motionarer),
        handlaggare_id=row.handlaggare_id,
        version=row.version,
        note=row.note,
        waiting_for=row.waiting_for,
        paused_until=row.paused_until,
    )


def as_document(row: sa.Row[Any]) -> Document:
    """Return a row of documents as the value."""
    return Document(
        id=row.id,
        case_id=row.case_id,
        number=row.number,
        arrival_id=row.arrival_id,
        attachment=row.attachment,
        direction=row.direction,
        kind=row.kind,
        title=row.title,
        party=row.party,
        dated=row.dated,
        inkommen_at=row.inkommen_at,
        registered_at=row.registered_at,
        sha256=row.sha256,
        media_type=row.media_type,
        file_name=row.file_name,
        size=row.size,
        pages=row.pages,
        makulerad=row.makulerad,
    )
