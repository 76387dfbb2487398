"""The journal: append-only, each line's hash over the one before; personal fields hashed apart so they can be weeded.

A line's hash is SHA-256 over the JSON array [prev, namnd, seq, at, actor, what, case_id, arrival_id, data,
personal_hash], with keys sorted and no blanks. personal_hash is SHA-256 over salt and the personal JSON: when the
personal row is weeded (gallrad), the line and the chain stand (OSL 2009:400 5 kap., arkivlagen 1990:782).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import secrets
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from storage import tables as t
from storage.page import Page
from storage.records import Entry, Json

GENESIS = "0" * 64


def canonical(value: Any) -> str:
    """Return the one JSON text of a value: sorted keys, no blanks.

    >>> canonical({"b": 1, "a": "å"})
    '{"a":"å","b":1}'
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _hash(*parts: Any) -> str:
    return hashlib.sha256(canonical(parts).encode()).hexdigest()


class JournalPages(Page):
    """Lines are gathered while the transaction runs and written last: the chain's head is locked for a moment only."""

    def __init__(self, connection: sa.Connection, *, writable: bool) -> None:
        super().__init__(connection, writable=writable)
        self._lines: list[dict[str, Any]] = []

    def note(
        self,
        namnd: str,
        what: str,
        *,
        now: dt.datetime,
        actor: str = "boten",
        case_id: int | None = None,
        arrival_id: int | None = None,
        data: Json | None = None,
        personal: Json | None = None,
    ) -> None:
        """Write a line: what happened, in a word; data holds ids, numbers and dates, personal holds names and titles.

        actor is "boten" or "person:ID". Names, subjects, titles and a letter's words belong in personal.
        """
        self._lines.append(
            {
                "namnd": namnd,
                "what": what,
                "at": now.astimezone(dt.UTC),
                "actor": actor,
                "case_id": case_id,
                "arrival_id": arrival_id,
                "data": canonical(dict(data or {})),
                "personal": canonical(dict(personal)) if personal else None,
            }
        )

    def _close_journal(self) -> None:
        for namnd in sorted({line["namnd"] for line in self._lines}):
            self._append(namnd, [line for line in self._lines if line["namnd"] == namnd])
        self._lines.clear()

    def _append(self, namnd: str, lines: list[dict[str, Any]]) -> None:
        # The upsert locks the head's row until commit: two copies of the bot cannot both write line 17.
        head = self._run(
            self._upsert(t.journal_heads)
            .values(namnd=namnd, seq=len(lines), hash=GENESIS)
            .on_conflict_do_update(index_elements=["namnd"], set_={"seq": t.journal_heads.c.seq + len(lines)})
            .returning(t.journal_heads.c.seq, t.journal_heads.c.hash)
        ).one()
        seq, prev = head.seq - len(lines), head.hash
        rows, personal = [], []
        for line in lines:
            seq += 1
            sealed = None
            if line["personal"] is not None:
                salt = secrets.token_hex(16)
                sealed = _hash(salt, line["personal"])
                personal.append({"namnd": namnd, "seq": seq, "salt": salt, "data": line["personal"]})
            digest = _line_hash(prev, namnd, seq, line, sealed)
            rows.append(
                {k: line[k] for k in ("namnd", "at", "actor", "what", "case_id", "arrival_id", "data")}
                | {"seq": seq, "personal_hash": sealed, "prev": prev, "hash": digest}
            )
            prev = digest
        self._many(t.journal, rows)
        self._many(t.journal_personal, personal)
        self._run(sa.update(t.journal_heads).where(t.journal_heads.c.namnd == namnd).values(hash=prev))

    def entries(
        self, *, case_id: int | None = None, arrival_id: int | None = None, namnd: str | None = None, limit: int = 500
    ) -> list[Entry]:
        """Return lines of the journal, newest first."""
        j, p = t.journal, t.journal_personal
        query = (
            sa.select(j, p.c.data.label("personal"))
            .outerjoin(p, (p.c.namnd == j.c.namnd) & (p.c.seq == j.c.seq))
            .order_by(j.c.at.desc(), j.c.seq.desc())
            .limit(limit)
        )
        if case_id is not None and arrival_id is not None:
            query = query.where((j.c.case_id == case_id) | (j.c.arrival_id == arrival_id))
        elif case_id is not None:
            query = query.where(j.c.case_id == case_id)
        elif arrival_id is not None:
            query = query.where(j.c.arrival_id == arrival_id)
        if namnd is not None:
            query = query.where(j.c.namnd == namnd)
        return [_entry(row) for row in self._all(query)]

    def changes(
        self,
        namnder: Sequence[str],
        whats: Sequence[str],
        *,
        about: Sequence[tuple[str, str | int]] = (),
        but_not: tuple[str, str] | None = None,
        limit: int,
        offset: int = 0,
    ) -> list[Entry]:
        """Return lines of nämnder that say one of some things, newest first.

        about: keys of their data, one of which must have its value there; but_not: one that must not.
        """
        j, p = t.journal, t.journal_personal
        query = (
            sa.select(j, p.c.data.label("personal"))
            .outerjoin(p, (p.c.namnd == j.c.namnd) & (p.c.seq == j.c.seq))
            .where(j.c.namnd.in_(list(namnder)), j.c.what.in_(list(whats)))
            .order_by(j.c.at.desc(), j.c.namnd, j.c.seq.desc())
            .limit(limit)
            .offset(offset)
        )
        if about:
            query = query.where(sa.or_(*(_says(key, value) for key, value in about)))
        if but_not:
            query = query.where(sa.not_(_says(*but_not)))
        return [_entry(row) for row in self._all(query)]

    def count_noted(self, namnd: str, what: str, since: dt.datetime) -> int:
        """Count the lines of a nämnd that say one thing since a moment."""
        j = t.journal
        query = sa.select(sa.func.count()).where(j.c.namnd == namnd, j.c.what == what, j.c.at >= since)
        return int(self._run(query).scalar_one())

    def newest_entry(self) -> dt.datetime | None:
        """Return the moment of the line that was written last, in any nämnd's journal."""
        h, j = t.journal_heads, t.journal
        last = sa.select(j.c.at).join(h, (h.c.namnd == j.c.namnd) & (h.c.seq == j.c.seq))
        return max((row.at for row in self._all(last)), default=None)

    def count_lines(self) -> int:
        """Count the lines of all journals."""
        return int(self._run(sa.select(sa.func.count()).select_from(t.journal)).scalar_one())

    def weed_personal(self, namnd: str, seq: int) -> None:
        """Weed (gallra) the personal fields of one line; the line itself and the chain stand."""
        p = t.journal_personal
        self._run(sa.delete(p).where(p.c.namnd == namnd, p.c.seq == seq))

    def chain_faults(self) -> Iterator[str]:
        """Check every line of every chain and yield each fault in plain Swedish; nothing yielded means unbroken."""
        j, p = t.journal, t.journal_personal
        heads = {row.namnd: row for row in self._all(sa.select(t.journal_heads))}
        prev, seq, current = GENESIS, 0, None
        query = (
            sa.select(j, p.c.salt, p.c.data.label("personal"))
            .outerjoin(p, (p.c.namnd == j.c.namnd) & (p.c.seq == j.c.seq))
            .order_by(j.c.namnd, j.c.seq)
        )
        last: dict[str, tuple[int, str]] = {}
        for row in self._run(query):
            if row.namnd != current:
                prev, seq, current = GENESIS, 0, row.namnd
            if row.seq != seq + 1:
                yield f"Journalen för {row.namnd}: rad {seq + 1} saknas."
            line = {k: getattr(row, k) for k in ("at", "actor", "what", "case_id", "arrival_id", "data")}
            if row.prev != prev or row.hash != _line_hash(row.prev, row.namnd, row.seq, line, row.personal_hash):
                yield f"Journalen för {row.namnd}: rad {row.seq} har ändrats efteråt."
            if row.personal is not None and _hash(row.salt, row.personal) != row.personal_hash:
                yield f"Journalen för {row.namnd}: personuppgifterna på rad {row.seq} har ändrats efteråt."
            prev, seq = row.hash, row.seq
            last[row.namnd] = (seq, prev)
        for namnd, head in sorted(heads.items()):
            if (head.seq, head.hash) != last.get(namnd, (0, GENESIS)):
                yield f"Journalen för {namnd}: de sista raderna saknas (huvudet säger {head.seq})."


def _says(key: str, value: str | int) -> sa.ColumnElement[bool]:
    # The data is one canonical text, so that what stands in it can be looked for without reading it.
    said = canonical({key: value})[1:-1]
    return sa.or_(*(t.journal.c.data.contains(said + end, autoescape=True) for end in (",", "}")))


def _line_hash(prev: str, namnd: str, seq: int, line: dict[str, Any], sealed: str | None) -> str:
    at = line["at"].astimezone(dt.UTC).isoformat(timespec="microseconds")
    return _hash(
        prev, namnd, seq, at, line["actor"], line["what"], line["case_id"], line["arrival_id"], line["data"], sealed
    )


def _entry(row: sa.Row[Any]) -> Entry:
    return Entry(
        namnd=row.namnd,
        seq=row.seq,
        at=row.at,
        actor=row.actor,
        what=row.what,
        case_id=row.case_id,
        arrival_id=row.arrival_id,
        data=json.loads(row.data),
        personal=json.loads(row.personal) if row.personal else None,
        hash=row.hash,
        weeded=row.personal_hash is not None and row.personal is None,
    )
