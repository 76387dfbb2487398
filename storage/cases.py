"""Cases with their documents, numbers, deadlines, demands and decisions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from storage import tables as t
from storage.errors import NotFound, Taken
from storage.page import Page, as_tuple
from storage.records import (
    Case,
    CaseDeadline,
    CaseDecision,
    CaseDemand,
    CaseFilter,
    CaseRow,
    CaseState,
    Document,
    ExternalNumber,
    Milestone,
    NewDocument,
    Person,
)

OPEN: tuple[CaseState, ...] = ("open", "waiting_dnr")


class CasePages(Page):
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

    def case(self, case_id: int, *, lock: bool = False) -> Case:
        """Return a case; with lock, hold it until commit."""
        query = sa.select(t.cases).where(t.cases.c.id == case_id)
        row = self._one(query.with_for_update() if lock and self._locks_rows else query)
        if row is None:
            raise NotFound("Det ärendet finns inte.")
        return _case(row)

    def case_by_dnr(self, key: str, namnder: Sequence[str] = ()) -> Case | None:
        """Return the case with that normalised number, within the namnder where some are given."""
        query = sa.select(t.cases).where(t.cases.c.dnr_key == key)
        if namnder:
            query = query.where(t.cases.c.namnd.in_(namnder))
        row = self._one(query.order_by(t.cases.c.id))
        return _case(row) if row else None

    def change_case(self, case_id: int, **values: Any) -> None:
        """Set columns of a case and count its version up. The journal line is the handler's to write."""
        if "title" in values:
            values["title_key"] = str(values["title"]).lower()
        if "motionarer" in values:
            values["motionarer"] = list(values["motionarer"])
        self._run(sa.update(t.cases).where(t.cases.c.id == case_id).values(version=t.cases.c.version + 1, **values))

    def cases(self, which: CaseFilter) -> list[CaseRow]:
        """Return cases as a list shows them: those with the nearest deadline first, then the newest."""
        c, d = t.cases, t.deadlines
        nearest = (
            sa.select(sa.func.min(d.c.date))
            .where(d.c.case_id == c.c.id, d.c.state == "active")
            .scalar_subquery()
            .label("nearest")
        )
        query = self._filtered(sa.select(c, nearest), which)
        query = query.order_by(nearest.is_(None), nearest, c.c.id.desc()).limit(which.limit).offset(which.offset)
        cases = [_case(row) for row in self._all(query)]
        return self._with_rows(cases)

    def count_cases(self, which: CaseFilter) -> int:
        """Count the cases of a filter."""
        return int(self._run(self._filtered(sa.select(sa.func.count()).select_from(t.cases), which)).scalar_one())

    def _filtered(self, query: Any, which: CaseFilter) -> Any:
        c = t.cases
        if which.namnder:
            query = query.where(c.c.namnd.in_(which.namnder))
        if which.states:
            query = query.where(c.c.state.in_(which.states))
        if which.year is not None:
            query = query.where(c.c.year == which.year)
        if which.type is not None:
            query = query.where(sa.func.coalesce(c.c.matter, c.c.kind) == which.type)
        if not which.include_secret:
            query = query.where(c.c.secret.is_(False))
        for word in which.words.lower().split():
            numbers = sa.select(t.external_numbers.c.case_id).where(
                sa.func.lower(t.external_numbers.c.raw).contains(word, autoescape=True)
            )
            query = query.where(
                c.c.title_key.contains(word, autoescape=True)
                | sa.func.lower(c.c.dnr).contains(word, autoescape=True)
                | sa.func.lower(c.c.sender).contains(word, autoescape=True)
                | c.c.id.in_(numbers)
            )
        return query

    def _with_rows(self, cases: Sequence[Case]) -> list[CaseRow]:
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
            .where(c.c.namnd == namnd, c.c.state.in_(OPEN), c.c.secret.is_(False), any_word)
            .order_by(c.c.id.desc())
            .limit(limit)
        )
        return [_case(row) for row in self._all(query)]

    def recent_cases(self, namnd: str, matter: str, since: dt.datetime, *, limit: int = 50) -> list[Case]:
        """Return open, not secret cases of a matter that came in since a moment, newest first."""
        c = t.cases
        query = (
            sa.select(c)
            .where(
                c.c.namnd == namnd,
                c.c.state.in_(OPEN),
                c.c.secret.is_(False),
                c.c.matter == matter,
                c.c.inkommen_at >= since,
            )
            .order_by(c.c.id.desc())
            .limit(limit)
        )
        return [_case(row) for row in self._all(query)]

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
        return _document(row)

    def documents(self, case_id: int) -> list[Document]:
        """Return the handlingar of a case in their order."""
        d = t.documents
        return [_document(r) for r in self._all(sa.select(d).where(d.c.case_id == case_id).order_by(d.c.number))]

    def document(self, document_id: int) -> Document:
        """Return a handling."""
        row = self._one(sa.select(t.documents).where(t.documents.c.id == document_id))
        if row is None:
            raise NotFound("Den handlingen finns inte.")
        return _document(row)

    def change_document(self, document_id: int, **values: Any) -> None:
        """Set columns of a handling."""
        self._run(sa.update(t.documents).where(t.documents.c.id == document_id).values(**values))

    def documents_with_content(self, namnd: str, hashes: Iterable[str]) -> list[Document]:
        """Return handlingar of open cases of the namnd whose content has one of the hashes."""
        d, c = t.documents, t.cases
        query = (
            sa.select(d)
            .join(c, c.c.id == d.c.case_id)
            .where(c.c.namnd == namnd, c.c.state.in_(OPEN), d.c.sha256.in_(list(hashes)), d.c.makulerad.is_(False))
            .order_by(d.c.id)
        )
        return [_document(r) for r in self._all(query)]

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
        return row is not None

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
        return [_case(r) for r in self._all(query)]

    # deadlines

    def put_deadline(
        self,
        case_id: int,
        *,
        document_id: int | None,
        date: dt.date | None,
        purpose: str,
        clock: str,
        sentence: str,
        source: str,
        text: str | None = None,
        moved_from: dt.date | None = None,
        confirmed_by: str | None = None,
    ) -> bool:
        """Enter a deadline; return False when an active one with the same date, clock and purpose stands already."""
        d = t.deadlines
        same = self._one(
            sa.select(d.c.id).where(
                d.c.case_id == case_id,
                d.c.state == "active",
                d.c.clock == clock,
                d.c.date == date if date else d.c.date.is_(None) & (d.c.text == text),
                d.c.purpose == purpose,
            )
        )
        if same is not None:
            return False
        self._run(
            sa.insert(d).values(
                case_id=case_id,
                document_id=document_id,
                date=date,
                text=text,
                purpose=purpose,
                clock=clock,
                sentence=sentence,
                source=source,
                state="active",
                moved_from=moved_from,
                confirmed_by=confirmed_by,
            )
        )
        return True

    def end_deadlines(self, ids: Iterable[int], state: str) -> None:
        """Let deadlines go: replaced, met or dropped. They stay readable."""
        self._run(sa.update(t.deadlines).where(t.deadlines.c.id.in_(list(ids))).values(state=state))

    def confirm_deadlines(self, case_id: int, document_id: int | None, actor: str) -> None:
        """Mark the active deadlines that a document brought as confirmed by somebody."""
        d = t.deadlines
        query = sa.update(d).where(d.c.case_id == case_id, d.c.state == "active")
        if document_id is not None:
            query = query.where((d.c.document_id == document_id) | (d.c.document_id.is_(None)))
        self._run(query.values(confirmed_by=actor))

    def deadlines(self, case_id: int, *, active: bool = False) -> list[CaseDeadline]:
        """Return the deadlines of a case, nearest first, undated last."""
        return self._deadlines_of([case_id], active=active)

    def _deadlines_of(self, case_ids: Sequence[int], *, active: bool) -> list[CaseDeadline]:
        d = t.deadlines
        query = sa.select(d).where(d.c.case_id.in_(case_ids)).order_by(d.c.date.is_(None), d.c.date, d.c.id)
        if active:
            query = query.where(d.c.state == "active")
        return [as_deadline(r) for r in self._all(query)]

    def forget_content(
        self, case_id: int, *, document_id: int | None = None, demands: Iterable[str] | None = None
    ) -> None:
        """Take a letter's own words out of a case that has become secret; its days stay, without their sentences.

        With document_id and demands only what that letter brought.
        """
        d, m, x = t.deadlines, t.demands, t.decisions
        days = sa.update(d).where(d.c.case_id == case_id)
        gone = sa.delete(m).where(m.c.case_id == case_id)
        told = sa.delete(x).where(x.c.case_id == case_id)
        if document_id is None:
            self._run(sa.delete(t.external_numbers).where(t.external_numbers.c.case_id == case_id))
        else:
            days, told = days.where(d.c.document_id == document_id), told.where(x.c.document_id == document_id)
            gone = gone.where(m.c.text.in_(list(demands or ())))
        self._run(days.values(purpose="Sekretess", sentence="", source="", text=None))
        self._run(gone)
        self._run(told)

    # demands, decisions, milestones

    def put_demands(self, case_id: int, texts: Sequence[str]) -> int:
        """Add demands that the case does not have yet; return how many were new."""
        have = self.demands(case_id)
        known = {_bare(d.text) for d in have}
        new = [text for text in texts if _bare(text) not in known]
        self._many(
            t.demands,
            (
                {"case_id": case_id, "position": len(have) + i, "text": text, "outcome": None}
                for i, text in enumerate(new, start=1)
            ),
        )
        return len(new)

    def demand_outcomes(self, case_id: int, outcomes: Sequence[str]) -> None:
        """Note what became of each demand, in order."""
        for position, outcome in enumerate(outcomes, start=1):
            self._run(
                sa.update(t.demands)
                .where(t.demands.c.case_id == case_id, t.demands.c.position == position)
                .values(outcome=outcome)
            )

    def demands(self, case_id: int) -> list[CaseDemand]:
        """Return the att-satser, recommendations or questions of a case."""
        d = t.demands
        rows = self._all(sa.select(d).where(d.c.case_id == case_id).order_by(d.c.position))
        return [CaseDemand(r.case_id, r.position, r.text, r.outcome) for r in rows]

    def put_decision(
        self,
        case_id: int,
        *,
        document_id: int | None,
        body: str | None,
        date: dt.date | None,
        paragraph: str | None,
        outcome: str | None,
        is_proposal: bool,
    ) -> None:
        """Note a decision on the case that a letter told of."""
        d = t.decisions
        same = self._one(
            sa.select(d.c.id).where(
                d.c.case_id == case_id, d.c.body == body, d.c.date == date, d.c.paragraph == paragraph
            )
        )
        if same is None:
            self._run(
                sa.insert(d).values(
                    case_id=case_id,
                    document_id=document_id,
                    body=body,
                    date=date,
                    paragraph=paragraph,
                    outcome=outcome,
                    is_proposal=is_proposal,
                )
            )

    def decisions(self, case_id: int) -> list[CaseDecision]:
        """Return the decisions on a case by date."""
        d = t.decisions
        rows = self._all(sa.select(d).where(d.c.case_id == case_id).order_by(d.c.date, d.c.id))
        return [
            CaseDecision(r.case_id, r.document_id, r.body, r.date, r.paragraph, r.outcome, r.is_proposal) for r in rows
        ]

    def meet_milestone(self, case_id: int, kind: str, on: dt.date, document_id: int | None) -> None:
        """Note that a step is done, and what proves it; the first proof stands."""
        m = t.milestones
        self._run(
            self._upsert(m)
            .values(case_id=case_id, kind=kind, met_on=on, document_id=document_id)
            .on_conflict_do_update(
                index_elements=["case_id", "kind"],
                set_={"met_on": on, "document_id": document_id},
                where=m.c.met_on.is_(None),
            )
        )

    def forget_milestones(self, case_id: int) -> None:
        """Let a case's steps be done anew: it has come back. What was done stays in the journal."""
        m = t.milestones
        self._run(sa.update(m).where(m.c.case_id == case_id).values(met_on=None, document_id=None))

    def revive_deadlines(self, case_id: int) -> None:
        """Let the days that ended when a case was closed hold again."""
        d = t.deadlines
        self._run(sa.update(d).where(d.c.case_id == case_id, d.c.state == "dropped").values(state="active"))

    def milestones(self, case_id: int) -> list[Milestone]:
        """Return the steps of a case that are known."""
        m = t.milestones
        rows = self._all(sa.select(m).where(m.c.case_id == case_id).order_by(m.c.id))
        return [Milestone(r.case_id, r.kind, r.met_on, r.document_id) for r in rows]


def as_deadline(row: sa.Row[Any]) -> CaseDeadline:
    """Return a row of deadlines as the value."""
    return CaseDeadline(
        id=row.id,
        case_id=row.case_id,
        document_id=row.document_id,
        date=row.date,
        text=row.text,
        purpose=row.purpose,
        clock=row.clock,
        sentence=row.sentence,
        source=row.source,
        state=row.state,
        moved_from=row.moved_from,
        confirmed_by=row.confirmed_by,
    )


def _bare(text: str) -> str:
    return "".join(ch for ch in text.lower() if ch.isalnum())


def _case(row: sa.Row[Any]) -> Case:
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
    )


def _document(row: sa.Row[Any]) -> Document:
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
