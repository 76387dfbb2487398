"""What people have put right, and the rules that were learned from it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from storage import tables as t
from storage.cases import as_case
from storage.errors import NotFound
from storage.page import Page, as_tuple
from storage.records import Case, Correction, LearnedRule, RuleState, SentLetter


class CorrectionPages(Page):
    """What a book can do with corrections and learned rules."""

    def put_correction(
        self,
        namnd: str,
        field: str,
        *,
        was: str,
        became: str,
        at: dt.datetime,
        person_id: int,
        secret: bool = False,
        sha256: str | None = None,
        arrival_id: int | None = None,
        document_id: int | None = None,
        case_id: int | None = None,
        sender: str = "",
        words: Sequence[str] = (),
        rule_id: int | None = None,
    ) -> Correction:
        """Keep what a person put right; of a secret letter the field and the hash only, whatever is given."""
        told = {"was": was, "became": became, "sender": sender, "words": list(words), "rule_id": rule_id}
        row = self._run(
            sa.insert(t.corrections)
            .values(
                namnd=namnd,
                field=field,
                at=at,
                person_id=person_id,
                secret=secret,
                sha256=sha256,
                arrival_id=arrival_id,
                document_id=document_id,
                case_id=case_id,
                **(_NOTHING if secret else told),
            )
            .returning(t.corrections)
        ).one()
        return _correction(row)

    def corrections(
        self,
        namnder: Sequence[str],
        *,
        fields: Sequence[str] = (),
        arrival_id: int | None = None,
        ids: Iterable[int] | None = None,
        rule_id: int | None = None,
    ) -> list[Correction]:
        """Return what was put right in letters that are not secret, oldest first."""
        c = t.corrections
        query = sa.select(c).where(c.c.namnd.in_(namnder), c.c.secret.is_(False)).order_by(c.c.at, c.c.id)
        if fields:
            query = query.where(c.c.field.in_(fields))
        if arrival_id is not None:
            query = query.where(c.c.arrival_id == arrival_id)
        if ids is not None:
            query = query.where(c.c.id.in_(list(ids)))
        if rule_id is not None:
            query = query.where(c.c.rule_id == rule_id)
        return [_correction(row) for row in self._all(query)]

    def secret_letters_corrected(self, namnder: Sequence[str]) -> int:
        """Count the secret letters that somebody put something right in; nothing more is told of them."""
        c = t.corrections
        query = sa.select(sa.func.count(sa.distinct(c.c.sha256))).where(c.c.namnd.in_(namnder), c.c.secret.is_(True))
        return int(self._run(query).scalar_one())

    def hide_corrections(self, *, arrival_id: int | None = None, case_id: int | None = None) -> None:
        """Leave of a letter or case that has become secret only the fields and the hashes."""
        c, a = t.corrections, t.arrivals
        mine = c.c.arrival_id == arrival_id
        if case_id is not None:
            # A letter may have been put right before it came to the case.
            mine |= (c.c.case_id == case_id) | c.c.arrival_id.in_(sa.select(a.c.id).where(a.c.case_id == case_id))
        self._run(sa.update(c).where(mine).values(secret=True, **_NOTHING))

    def letters_from(self, namnd: str, sender: str) -> list[SentLetter]:
        """Return the registered letters of an address, or of a domain ("*@domain"), and what each stands as.

        The letter that opened a case stands as the case does; one that joined stands as its handling.
        """
        a, d, c = t.arrivals, t.documents, t.cases
        query = (
            sa.select(a.c.id, d.c.number, d.c.kind, c.c.kind.label("case_kind"), c.c.matter)
            .join(d, d.c.id == a.c.document_id)
            .join(c, c.c.id == d.c.case_id)
            .where(
                a.c.namnd == namnd,
                a.c.state == "registered",
                a.c.sender.endswith(sender[1:], autoescape=True) if sender[:1] == "*" else a.c.sender == sender,
                c.c.secret.is_(False),
                c.c.state != "makulerad",
            )
            .order_by(a.c.id)
        )
        return [
            SentLetter(r.id, r.case_kind if r.number == 1 else r.kind, r.matter if r.number == 1 else None)
            for r in self._all(query)
        ]

    def handled_cases(self, namnd: str, word: str) -> list[Case]:
        """Return the cases that have a handläggare and a word in their title; secret and crossed-out ones never."""
        c = t.cases
        query = (
            sa.select(c)
            .where(
                c.c.namnd == namnd,
                c.c.secret.is_(False),
                c.c.state != "makulerad",
                c.c.handlaggare_id.is_not(None),
                c.c.title_key.contains(word, autoescape=True),
            )
            .order_by(c.c.id)
        )
        return [as_case(row) for row in self._all(query)]

    # rules

    def propose_rule(
        self,
        namnd: str,
        shape: str,
        condition: str,
        field: str,
        value: str,
        *,
        evidence: Sequence[int],
        now: dt.datetime,
    ) -> LearnedRule:
        """Enter a rule as proposed, or propose a known one again with its new evidence."""
        again = {"state": "proposed", "evidence": list(evidence), "proposed_at": now, "decided_by": None}
        row = self._run(
            self._upsert(t.learned_rules)
            .values(namnd=namnd, shape=shape, condition=condition, field=field, value=value, kept_after=0, **again)
            .on_conflict_do_update(
                index_elements=["namnd", "shape", "condition", "field", "value"], set_={**again, "decided_at": None}
            )
            .returning(t.learned_rules)
        ).one()
        return _rule(row)

    def learned_rules(
        self, namnder: Sequence[str], *, states: Sequence[RuleState] = (), shape: str = ""
    ) -> list[LearnedRule]:
        """Return rules in the order that they were first proposed."""
        r = t.learned_rules
        query = sa.select(r).where(r.c.namnd.in_(namnder)).order_by(r.c.id)
        if states:
            query = query.where(r.c.state.in_(states))
        if shape:
            query = query.where(r.c.shape == shape)
        return [_rule(row) for row in self._all(query)]

    def learned_rule(self, rule_id: int, *, lock: bool = False) -> LearnedRule:
        """Return a rule; with lock, hold it until commit so that of two deciding at once one waits."""
        query = sa.select(t.learned_rules).where(t.learned_rules.c.id == rule_id)
        row = self._one(query.with_for_update() if lock and self._locks_rows else query)
        if row is None:
            raise NotFound("Den regeln finns inte.")
        return _rule(row)

    def change_rule(self, rule_id: int, **values: Any) -> None:
        """Set columns of a rule. The journal line is the handler's to write."""
        if "evidence" in values:
            values["evidence"] = list(values["evidence"])
        self._run(sa.update(t.learned_rules).where(t.learned_rules.c.id == rule_id).values(**values))

    def forget_rule(self, rule_id: int) -> None:
        """Take a rule away whose letters have all become secret: its line would tell of them."""
        c = t.corrections
        self._run(sa.update(c).where(c.c.rule_id == rule_id).values(rule_id=None))
        self._run(sa.delete(t.learned_rules).where(t.learned_rules.c.id == rule_id))

    def count_ruled(self, rule_id: int) -> int:
        """Count the letters that a rule has read the kind or matter of."""
        f = t.findings
        query = sa.select(sa.func.count(sa.distinct(f.c.arrival_id))).where(f.c.source == f"regel:{rule_id}")
        return int(self._run(query).scalar_one())


_NOTHING: dict[str, Any] = {"was": "", "became": "", "sender": "", "words": [], "rule_id": None}


def _correction(row: sa.Row[Any]) -> Correction:
    return Correction(
        id=row.id,
        namnd=row.namnd,
        field=row.field,
        was=row.was,
        became=row.became,
        at=row.at,
        person_id=row.person_id,
        secret=row.secret,
        sha256=row.sha256,
        arrival_id=row.arrival_id,
        document_id=row.document_id,
        case_id=row.case_id,
        sender=row.sender,
        words=as_tuple(row.words),
        rule_id=row.rule_id,
    )


def _rule(row: sa.Row[Any]) -> LearnedRule:
    return LearnedRule(
        id=row.id,
        namnd=row.namnd,
        shape=row.shape,
        condition=row.condition,
        field=row.field,
        value=row.value,
        state=row.state,
        evidence=tuple(row.evidence),
        proposed_at=row.proposed_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        kept_after=row.kept_after,
    )
