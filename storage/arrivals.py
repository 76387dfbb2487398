"""Arrivals: every letter that came, with what was read in it and what became of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from storage import tables as t
from storage.errors import NotFound
from storage.page import as_tuple
from storage.records import Arrival, ArrivalState, Json, StoredFinding
from storage.search import SearchPages


class ArrivalPages(SearchPages):
    """What a book can do with arrivals."""

    def arrive(
        self,
        namnd: str,
        mailbox_key: str,
        *,
        raw_sha256: str,
        reference: str,
        received_at: dt.datetime,
        now: dt.datetime,
    ) -> tuple[Arrival, bool]:
        """Note that a letter has come (T1); return the arrival and whether it is new.

        A known letter that is not yet dealt with has its attempts counted: the count is committed before the letter
        is read, so that one that kills its reader is known.
        """
        a = t.arrivals
        new = self._run(
            self._upsert(a)
            .values(
                namnd=namnd,
                mailbox_key=mailbox_key,
                raw_sha256=raw_sha256,
                received_at=received_at,
                seen_at=now,
                attempts=1,
                state="arrived",
                reference=reference,
                reasons=[],
                questions=[],
            )
            .on_conflict_do_nothing(index_elements=["namnd", "mailbox_key"])
            .returning(a)
        ).first()
        if new is not None:
            return as_arrival(new), True
        known = self._run(
            sa.update(a)
            .where(a.c.namnd == namnd, a.c.mailbox_key == mailbox_key)
            .values(
                attempts=sa.case((a.c.state == "arrived", a.c.attempts + 1), else_=a.c.attempts),
                reference=sa.case((a.c.moved_at.is_(None), reference), else_=a.c.reference),
            )
            .returning(a)
        ).one()
        return as_arrival(known), False

    def arrival(self, arrival_id: int, *, lock: bool = False) -> Arrival:
        """Return an arrival; with lock, hold it until commit so that of two deciding at once one waits."""
        query = sa.select(t.arrivals).where(t.arrivals.c.id == arrival_id)
        row = self._one(query.with_for_update() if lock and self._locks_rows else query)
        if row is None:
            raise NotFound(f"Det finns inget brev A-{arrival_id}.")
        return as_arrival(row)

    def settle(self, arrival_id: int, state: ArrivalState, **values: Any) -> None:
        """Set what became of an arrival; values are columns of it (folder, case_id, reading, reasons …)."""
        if "reasons" in values:
            values["reasons"] = list(values["reasons"])
        if "questions" in values:
            values["questions"] = list(values["questions"])
        if "folder" in values:
            values["folder"] = _folder(values["folder"])
        a = t.arrivals
        before = self._one(sa.select(a.c.case_id, a.c.state).where(a.c.id == arrival_id))
        self._run(sa.update(a).where(a.c.id == arrival_id).values(state=state, **values))
        if before is None:
            return
        home = values.get("case_id", before.case_id)
        if before.case_id is not None and ("reading" in values or (home, state) != (before.case_id, before.state)):
            self._reworded(before.case_id)
        if home is not None and home != before.case_id:
            self._grew(home, arrival_id)

    def moved(self, arrival_id: int, *, now: dt.datetime, reference: str | None = None) -> None:
        """Note that the mailbox has moved the letter to its folder, and what it is called there."""
        values = {"moved_at": now, **({"reference": reference} if reference is not None else {})}
        self._run(sa.update(t.arrivals).where(t.arrivals.c.id == arrival_id).values(**values))

    def uncount_attempt(self, arrival_id: int) -> None:
        """Take back an attempt that failed for no fault of the letter's."""
        a = t.arrivals
        self._run(sa.update(a).where(a.c.id == arrival_id, a.c.attempts > 0).values(attempts=a.c.attempts - 1))

    def carry_repetitions(self, namnd: str, fingerprint: str, case_id: int | None, folder: str) -> None:
        """Let the repetitions of a letter follow it: to its case and its folder."""
        a = t.arrivals
        if fingerprint:
            self._run(
                sa.update(a)
                .where(a.c.namnd == namnd, a.c.fingerprint == fingerprint, a.c.state == "repetition")
                .values(case_id=case_id, folder=_folder(folder), moved_at=None)
            )

    def to_move_again(self, arrival_id: int, folder: str) -> None:
        """Set the folder that the letter now belongs in."""
        self._run(
            sa.update(t.arrivals).where(t.arrivals.c.id == arrival_id).values(folder=_folder(folder), moved_at=None)
        )

    def mark_anew(self, case_id: int) -> None:
        """Let the mailbox put the case's number on its letters, where they lie: it has got one."""
        a = t.arrivals
        there = a.c.folder.is_not(None) & (a.c.folder != "skickat")
        self._run(sa.update(a).where(a.c.case_id == case_id, there).values(moved_at=None))

    def unmoved(self, namnd: str) -> list[Arrival]:
        """Return arrivals that are dealt with and whose letter is not yet noted as moved."""
        a = t.arrivals
        query = sa.select(a).where(a.c.namnd == namnd, a.c.moved_at.is_(None), a.c.folder.is_not(None)).order_by(a.c.id)
        return [as_arrival(row) for row in self._all(query)]

    def waiting(self, namnder: Sequence[str], *, secret: bool = True) -> list[Arrival]:
        """Return what waits for a person: first what has no number yet, oldest first, then open questions."""
        a = t.arrivals
        query = (
            sa.select(a)
            .where(a.c.namnd.in_(namnder), sa.text(f"({t.WAITS})"))
            .order_by(sa.case((a.c.state == "registered", 1), else_=0), a.c.received_at, a.c.id)
        )
        return [as_arrival(row) for row in self._all(query if secret else query.where(a.c.state != "secret"))]

    def count_waiting(self, namnder: Sequence[str], secret_of: Sequence[str]) -> int:
        """Count what waits for a person: in some nämnder all that does, in others (or the same) what is secret."""
        a = t.arrivals
        theirs = a.c.namnd.in_(namnder) | (a.c.namnd.in_(secret_of) & (a.c.state == "secret"))
        query = sa.select(sa.func.count()).select_from(a).where(theirs, sa.text(f"({t.WAITS})"))
        return int(self._run(query).scalar_one())

    def knows_letter(self, namnd: str, key: str) -> bool:
        """Say whether a letter of a nämnd's mailbox has been dealt with, by the key that it is known by there.

        One that was seen before a crash, and then moved by a person, has not.
        """
        a = t.arrivals
        query = sa.select(a.c.id).where(a.c.namnd == namnd, a.c.mailbox_key == key, a.c.state != "arrived")
        return self._one(query) is not None

    def lies_as(self, namnd: str, key: str, reference: str) -> None:
        """Note what the mailbox now calls a letter."""
        a = t.arrivals
        self._run(sa.update(a).where(a.c.namnd == namnd, a.c.mailbox_key == key).values(reference=reference))

    def references(self, namnd: str) -> set[str]:
        """Return how the mailbox calls every letter of a nämnd's that has been dealt with."""
        a = t.arrivals
        query = sa.select(a.c.reference).where(a.c.namnd == namnd, a.c.state != "arrived")
        return {r.reference for r in self._all(query)}

    def arrivals(self, namnder: Sequence[str], *, states: Sequence[str] = (), limit: int = 500) -> list[Arrival]:
        """Return arrivals, newest first."""
        a = t.arrivals
        query = sa.select(a).where(a.c.namnd.in_(namnder)).order_by(a.c.id.desc()).limit(limit)
        if states:
            query = query.where(a.c.state.in_(states))
        return [as_arrival(row) for row in self._all(query)]

    def arrivals_of_case(self, case_id: int) -> list[Arrival]:
        """Return the letters of a case, repetitions among them, in the order they came."""
        query = sa.select(t.arrivals).where(t.arrivals.c.case_id == case_id).order_by(t.arrivals.c.received_at)
        return [as_arrival(row) for row in self._all(query)]

    def arrivals_of_bytes(self, namnd: str, raw_sha256: str) -> list[Arrival]:
        """Return the arrivals with the same bytes: a letter that was parted is several."""
        a = t.arrivals
        query = sa.select(a).where(a.c.raw_sha256 == raw_sha256, a.c.namnd == namnd).order_by(a.c.id)
        return [as_arrival(row) for row in self._all(query)]

    def same_letter(
        self, namnd: str, *, message_ids: Iterable[str] = (), fingerprint: str = "", not_id: int = 0
    ) -> list[Arrival]:
        """Return earlier arrivals with one of the Message-IDs, or with exactly the same words, oldest first."""
        a = t.arrivals
        ids = [m for m in message_ids if m]
        same: list[sa.ColumnElement[bool]] = []
        if ids:
            same.append(a.c.message_id.in_(ids))
        if fingerprint:
            same.append(a.c.fingerprint == fingerprint)
        if not same:
            return []
        query = sa.select(a).where(a.c.namnd == namnd, a.c.id != not_id, sa.or_(*same)).order_by(a.c.id)
        return [as_arrival(row) for row in self._all(query)]

    def put_findings(self, arrival_id: int, findings: Iterable[Json]) -> None:
        """Replace the findings of an arrival."""
        self._run(sa.delete(t.findings).where(t.findings.c.arrival_id == arrival_id))
        self._many(t.findings, ({"arrival_id": arrival_id, **f} for f in findings))

    def findings(self, arrival_id: int) -> list[StoredFinding]:
        """Return what was read in an arrival, in the reader's order."""
        query = sa.select(t.findings).where(t.findings.c.arrival_id == arrival_id).order_by(t.findings.c.id)
        return [
            StoredFinding(
                r.id, r.arrival_id, r.field, r.value, r.certainty, r.sentence, r.source, r.confirmed_by, r.corrected_to
            )
            for r in self._all(query)
        ]

    def confirm_findings(self, arrival_id: int, actor: str, corrected: Json) -> None:
        """Mark an arrival's findings as confirmed by somebody; corrected holds field -> the value put instead."""
        f = t.findings
        self._run(sa.update(f).where(f.c.arrival_id == arrival_id).values(confirmed_by=actor))
        for field, value in corrected.items():
            self._run(
                sa.update(f).where(f.c.arrival_id == arrival_id, f.c.field == field).values(corrected_to=str(value))
            )

    def kept_hashes(self) -> dict[str, str]:
        """Return every hash that the register relies on, and what it belongs to, for people."""
        a, d = t.arrivals, t.documents
        found = {r.raw_sha256: f"A-{r.id}" for r in self._all(sa.select(a.c.raw_sha256, a.c.id))}
        for row in self._all(sa.select(d.c.sha256, d.c.id).where(d.c.sha256.is_not(None))):
            found.setdefault(row.sha256, f"Handling {row.id}")
        return found

    def count_by_state(self, namnder: Sequence[str]) -> dict[str, int]:
        """Count arrivals by state."""
        a = t.arrivals
        query = sa.select(a.c.state, sa.func.count().label("n")).where(a.c.namnd.in_(namnder)).group_by(a.c.state)
        return {row.state: row.n for row in self._all(query)}


def _folder(folder: str | None) -> Any:
    """What somebody has sent stays among what they have sent, whatever it is decided to be; only secrecy moves it."""
    if folder == "hemligt":
        return folder
    return sa.case((t.arrivals.c.folder == "skickat", "skickat"), else_=folder)


def as_arrival(row: sa.Row[Any]) -> Arrival:
    """Return a row of arrivals as the value."""
    return Arrival(
        id=row.id,
        namnd=row.namnd,
        mailbox_key=row.mailbox_key,
        raw_sha256=row.raw_sha256,
        received_at=row.received_at,
        seen_at=row.seen_at,
        attempts=row.attempts,
        state=row.state,
        reference=row.reference,
        folder=row.folder,
        moved_at=row.moved_at,
        message_id=row.message_id,
        fingerprint=row.fingerprint,
        case_id=row.case_id,
        document_id=row.document_id,
        reading=row.reading,
        reasons=as_tuple(row.reasons),
        questions=as_tuple(row.questions),
        proposed_case_id=row.proposed_case_id,
        confirmed_at=row.confirmed_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        note=row.note,
    )
