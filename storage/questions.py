"""Questions about cases: who was asked when, and the one answer that counts."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from storage import tables as t
from storage.errors import NotFound
from storage.looking import AT_ONCE, QUESTIONS, LookPages
from storage.records import AskedQuestion, Asking, Json, Person


def _sealed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class QuestionPages(LookPages):
    """What a book can do with questions."""

    def put_question(
        self,
        namnd: str,
        case_id: int,
        kind: str,
        *,
        now: dt.datetime,
        deadline_id: int | None = None,
        milestone_id: int | None = None,
        data: Json | None = None,
    ) -> AskedQuestion:
        """Enter an open question about a case; data is what it asks about, where that is no day or step."""
        row = self._run(
            sa.insert(t.questions)
            .values(
                namnd=namnd,
                case_id=case_id,
                kind=kind,
                state="open",
                round=1,
                deadline_id=deadline_id,
                milestone_id=milestone_id,
                asked_at=now,
                answer_data=dict(data or {}),
                look_on=AT_ONCE if kind in QUESTIONS else None,
            )
            .returning(t.questions)
        ).one()
        return as_question(row)

    def question(self, question_id: int, *, lock: bool = False) -> AskedQuestion:
        """Return a question; with lock, hold it until commit."""
        query = sa.select(t.questions).where(t.questions.c.id == question_id)
        row = self._one(query.with_for_update() if lock and self._locks_rows else query)
        if row is None:
            raise NotFound("Den frågan finns inte.")
        return as_question(row)

    def questions(
        self,
        *,
        case_id: int | None = None,
        namnder: Sequence[str] = (),
        kind: str | None = None,
        state: str | None = None,
        since: dt.datetime | None = None,
    ) -> list[AskedQuestion]:
        """Return questions, oldest first; since: those put at a moment or after it."""
        q = t.questions
        query = sa.select(q).order_by(q.c.id)
        if case_id is not None:
            query = query.where(q.c.case_id == case_id)
        if namnder:
            query = query.where(q.c.namnd.in_(namnder))
        if kind is not None:
            query = query.where(q.c.kind == kind)
        if state is not None:
            query = query.where(q.c.state == state)
        if since is not None:
            query = query.where(q.c.asked_at >= since)
        return [as_question(row) for row in self._all(query)]

    def questions_to(self, person_id: int, namnder: Sequence[str], *, limit: int) -> list[AskedQuestion]:
        """Return the open questions that somebody has been asked, about cases that are not secret; newest first.

        One that has been passed on is its next person's.
        """
        q, a, c = t.questions, t.askings, t.cases
        # Each round's steps begin a hundred higher.
        this_round = a.c.step >= (q.c.round - 1) * 100
        asked = sa.exists().where(a.c.question_id == q.c.id, a.c.person_id == person_id, this_round)
        query = (
            sa.select(q)
            .join(c, c.c.id == q.c.case_id)
            .where(q.c.state == "open", q.c.namnd.in_(list(namnder)), c.c.secret.is_(False), asked)
            .order_by(q.c.id.desc())
            .limit(limit)
        )
        return [as_question(row) for row in self._all(query)]

    def answer_question(
        self, question_id: int, answer: str, person_id: int, *, how: str, now: dt.datetime, data: Json | None = None
    ) -> bool:
        """Close a question with its answer; False when it was closed before: the first answer wins."""
        done = self._run(
            sa.update(t.questions)
            .where(t.questions.c.id == question_id, t.questions.c.state == "open")
            .values(
                state="answered",
                answer=answer,
                answer_data=dict(data or {}),
                answered_by=person_id,
                answered_at=now,
                answered_how=how,
                look_on=None,
            )
        )
        return done.rowcount == 1

    def pass_on_question(self, question_id: int, round_: int) -> bool:
        """Count the question's round up; False when it is closed or was passed on before."""
        q = t.questions
        done = self._run(
            sa.update(q)
            .where(q.c.id == question_id, q.c.state == "open", q.c.round == round_)
            .values(round=q.c.round + 1, look_on=AT_ONCE)
        )
        return done.rowcount == 1

    def change_question(self, question_id: int, data: Json) -> None:
        """Set what an open question keeps beside its words, and let the morning look at it again."""
        q = t.questions
        query = sa.update(q).where(q.c.id == question_id, q.c.state == "open")
        self._run(query.values(answer_data=dict(data), look_on=AT_ONCE))

    def drop_question(self, question_id: int) -> None:
        """Close one open question without an answer."""
        q = t.questions
        query = sa.update(q).where(q.c.id == question_id, q.c.state == "open")
        self._run(query.values(state="dropped", look_on=None))

    def drop_questions(self, case_id: int, *, kind: str | None = None) -> None:
        """Close the open questions of a case without an answer."""
        q = t.questions
        query = sa.update(q).where(q.c.case_id == case_id, q.c.state == "open")
        if kind is not None:
            query = query.where(q.c.kind == kind)
        self._hold(case_id)
        self._run(query.values(state="dropped", look_on=None))
        self.look_again(case_id)

    def put_asking(self, question_id: int, person_id: int, step: int, asked_on: dt.date, message_id: str) -> bool:
        """Note that somebody is asked at a step; False when they were asked at that step before."""
        a = t.askings
        row = self._run(
            self._upsert(a)
            .values(question_id=question_id, person_id=person_id, step=step, asked_on=asked_on, message_id=message_id)
            .on_conflict_do_nothing(index_elements=["question_id", "step", "person_id"])
            .returning(a.c.id)
        ).first()
        if row is not None:
            q = t.questions
            asked = sa.update(q).where(q.c.id == question_id, q.c.state == "open", q.c.kind.in_(QUESTIONS))
            self._run(asked.values(look_on=AT_ONCE))
        return row is not None

    def askings(self, question_id: int) -> list[Asking]:
        """Return who was asked, in order."""
        query = sa.select(t.askings).where(t.askings.c.question_id == question_id).order_by(t.askings.c.id)
        return [as_asking(r) for r in self._all(query)]

    def askings_by_message(self, message_ids: Sequence[str]) -> list[Asking]:
        """Return the askings whose message has one of the Message-IDs, newest first."""
        query = (
            sa.select(t.askings).where(t.askings.c.message_id.in_(list(message_ids))).order_by(t.askings.c.id.desc())
        )
        return [as_asking(r) for r in self._all(query)]

    def put_answer_link(self, token: str, question_id: int, person_id: int, expires_at: dt.datetime) -> None:
        """Keep a link to a question's form, bound to a person; only the hash of its token is stored."""
        self._run(
            sa.insert(t.answer_links).values(
                token_hash=_sealed(token), question_id=question_id, person_id=person_id, expires_at=expires_at
            )
        )

    def answer_link(self, token: str, *, now: dt.datetime) -> tuple[AskedQuestion, Person] | None:
        """Return the question and the person of a link that is unused and not expired."""
        links = t.answer_links
        row = self._one(
            sa.select(links.c.question_id, t.people)
            .join(t.people, t.people.c.id == links.c.person_id)
            .where(links.c.token_hash == _sealed(token), links.c.used_at.is_(None), links.c.expires_at > now)
        )
        return (self.question(row.question_id), Person(row.id, row.name, row.email)) if row else None

    def use_answer_link(self, token: str, *, now: dt.datetime) -> bool:
        """Use a link up; False when it is used, expired or unknown. Of two at once, one wins."""
        links = t.answer_links
        done = self._run(
            sa.update(links)
            .where(links.c.token_hash == _sealed(token), links.c.used_at.is_(None), links.c.expires_at > now)
            .values(used_at=now)
        )
        return done.rowcount == 1


def as_asking(row: sa.Row[Any]) -> Asking:
    """Return a row of askings as the value."""
    return Asking(row.id, row.question_id, row.person_id, row.step, row.asked_on, row.message_id)


def as_question(row: sa.Row[Any]) -> AskedQuestion:
    """Return a row of questions as the value."""
    return AskedQuestion(
        id=row.id,
        namnd=row.namnd,
        case_id=row.case_id,
        kind=row.kind,
        state=row.state,
        round=row.round,
        deadline_id=row.deadline_id,
        milestone_id=row.milestone_id,
        asked_at=row.asked_at,
        answer=row.answer,
        answer_data=row.answer_data,
        answered_by=row.answered_by,
        answered_at=row.answered_at,
        answered_how=row.answered_how,
    )
