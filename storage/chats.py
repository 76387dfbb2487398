"""People in a chat service: whose an account is, where they are spoken to, and which cards they have before them."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from storage import tables as t
from storage.page import Page
from storage.records import AskedQuestion, Chat, Json, Person, ShownCard

# What tells of several cases: which ones stands only in what was shown.
_TELL_OF_MANY = ("veckan", "morgon", "planen", "overtagit", "paminnelse", "studs", "fraga_vidare")


class ChatPages(Page):
    """What a book can do with chats. tenant and object_id are a directory's ids, in lower case."""

    # Who somebody is

    def put_chat_person(self, tenant: str, object_id: str, person_id: int, how: str, *, now: dt.datetime) -> bool:
        """Tie an account to a person, one to one; what either was tied to before is let go. False: it stood so."""
        c = t.chat_people
        before = self._one(sa.select(c.c.person_id).where(c.c.tenant == tenant, c.c.object_id == object_id))
        if before is not None and before.person_id == person_id:
            return False
        self._run(sa.delete(c).where(c.c.tenant == tenant, (c.c.object_id == object_id) | (c.c.person_id == person_id)))
        self._run(sa.insert(c).values(tenant=tenant, object_id=object_id, person_id=person_id, how=how, since=now))
        return True

    def chat_person(self, tenant: str, object_id: str) -> Person | None:
        """Return whose an account is."""
        c = t.chat_people
        row = self._one(
            sa.select(t.people)
            .join(c, c.c.person_id == t.people.c.id)
            .where(c.c.tenant == tenant, c.c.object_id == object_id)
        )
        return Person(row.id, row.name, row.email) if row else None

    def chat_account(self, tenant: str, person_id: int) -> str | None:
        """Return a person's account in a directory."""
        c = t.chat_people
        row = self._one(sa.select(c.c.object_id).where(c.c.tenant == tenant, c.c.person_id == person_id))
        return str(row.object_id) if row else None

    def cut_chat_person(self, tenant: str, person_id: int) -> bool:
        """Cut a person from their account, and it from its chats; False when there was none."""
        account = self.chat_account(tenant, person_id)
        if account is None:
            return False
        c = t.chat_people
        self._run(sa.delete(c).where(c.c.tenant == tenant, c.c.person_id == person_id))
        return True

    def chat_accounts(self, tenant: str | None = None) -> dict[int, str]:
        """Return each person's account in a directory, by person id; without one: in any."""
        c = t.chat_people
        query = sa.select(c.c.person_id, c.c.object_id)
        if tenant is not None:
            query = query.where(c.c.tenant == tenant)
        return {r.person_id: r.object_id for r in self._all(query)}

    def put_chat_code(self, tenant: str, object_id: str, person_id: int, code: str, *, expires_at: dt.datetime) -> None:
        """Keep the code that an account is to write; one at a time, and only its hash."""
        values = {
            "person_id": person_id,
            "code_hash": _sealed(tenant, object_id, code),
            "expires_at": expires_at,
            "tries": 0,
        }
        self._run(
            self._upsert(t.chat_codes)
            .values(tenant=tenant, object_id=object_id, **values)
            .on_conflict_do_update(index_elements=["tenant", "object_id"], set_=values)
        )

    def has_chat_code(self, tenant: str, object_id: str, *, now: dt.datetime) -> bool:
        """Say whether an account has a living code to write."""
        c = t.chat_codes
        query = sa.select(c.c.tries).where(c.c.tenant == tenant, c.c.object_id == object_id, c.c.expires_at > now)
        return self._one(query) is not None

    def use_chat_code(self, tenant: str, object_id: str, code: str, *, most: int, now: dt.datetime) -> int | None:
        """Use a code up; return whose it is, None when it is wrong, expired or has been tried too often."""
        c = t.chat_codes
        mine = (c.c.tenant == tenant) & (c.c.object_id == object_id)
        # Counted before it is compared: of two tries at once both count.
        row = self._run(
            sa.update(c)
            .where(mine, c.c.expires_at > now, c.c.tries < most)
            .values(tries=c.c.tries + 1)
            .returning(c.c.person_id, c.c.code_hash)
        ).first()
        if row is None or row.code_hash != _sealed(tenant, object_id, code):
            return None
        self._run(sa.delete(c).where(mine))
        return int(row.person_id)

    # Where they are spoken to

    def put_chat(
        self, tenant: str, chat_id: str, kind: str, object_id: str, address: Json, *, now: dt.datetime
    ) -> Chat:
        """Keep where something can be said; the newest address counts, and what was gone is there again."""
        values = {"kind": kind, "object_id": object_id, "address": dict(address), "seen_at": now, "gone_at": None}
        row = self._run(
            self._upsert(t.chats)
            .values(tenant=tenant, chat_id=chat_id, **values)
            .on_conflict_do_update(index_elements=["tenant", "chat_id"], set_=values)
            .returning(t.chats)
        ).one()
        return _chat(row)

    def chat_gone(self, chat: int, *, now: dt.datetime) -> bool:
        """Note that nothing can be said there any more; False when that was known."""
        query = sa.update(t.chats).where(t.chats.c.id == chat, t.chats.c.gone_at.is_(None)).values(gone_at=now)
        return self._run(query).rowcount == 1

    def chat(self, tenant: str, chat_id: str) -> Chat | None:
        """Return a place by the service's name for it."""
        row = self._one(sa.select(t.chats).where(t.chats.c.tenant == tenant, t.chats.c.chat_id == chat_id))
        return _chat(row) if row else None

    def chat_of(self, person_id: int) -> Chat | None:
        """Return where a person is spoken to alone, the newest place that is not gone; None: nowhere."""
        c, p = t.chats, t.chat_people
        row = self._one(
            sa.select(c)
            .join(p, (p.c.tenant == c.c.tenant) & (p.c.object_id == c.c.object_id))
            .where(p.c.person_id == person_id, c.c.kind == "personal", c.c.gone_at.is_(None))
            .order_by(c.c.seen_at.desc(), c.c.id.desc())
            .limit(1)
        )
        return _chat(row) if row else None

    def out_of_chat(self, people: Sequence[int], since: dt.datetime) -> list[int]:
        """Return who of some people can no longer be spoken to in the chat since a moment."""
        c, p = t.chats, t.chat_people
        rows = self._all(
            sa.select(p.c.person_id)
            .join(c, (p.c.tenant == c.c.tenant) & (p.c.object_id == c.c.object_id))
            .where(p.c.person_id.in_(list(people)), c.c.kind == "personal", c.c.gone_at >= since)
            .distinct()
        )
        return [r.person_id for r in rows if self.chat_of(r.person_id) is None]

    # The cards before them

    def put_card(
        self, notice_id: int, chat: int, message_id: str, shown: str, questions: Sequence[AskedQuestion], *, ended: bool
    ) -> None:
        """Keep that a notice stands as a card in a chat, and how what it asks stood then."""
        row = self._run(
            self._upsert(t.cards)
            .values(
                notice_id=notice_id,
                chat=chat,
                message_id=message_id,
                shown=shown,
                look_at=None,
                renew=False,
                ended=ended,
            )
            .on_conflict_do_update(
                index_elements=["notice_id"],
                set_={
                    "chat": chat,
                    "message_id": message_id,
                    "shown": shown,
                    "ended": ended,
                    "renew": False,
                    "look_at": None,
                },
            )
            .returning(t.cards.c.id)
        ).one()
        self._put_card_questions(row.id, questions)

    def card_shows(self, card: int, shown: str, questions: Sequence[AskedQuestion], *, ended: bool) -> None:
        """Keep what a card shows now."""
        self._run(
            sa.update(t.cards).where(t.cards.c.id == card).values(shown=shown, ended=ended, renew=False, look_at=None)
        )
        self._put_card_questions(card, questions)

    def _put_card_questions(self, card: int, questions: Sequence[AskedQuestion]) -> None:
        self._run(sa.delete(t.card_questions).where(t.card_questions.c.card_id == card))
        self._many(
            t.card_questions,
            [{"card_id": card, "question_id": q.id, "state": q.state, "round": q.round} for q in questions],
        )

    def card_waits(self, card: int, until: dt.datetime) -> None:
        """Keep that a card's change could not be shown, and when to try again."""
        self._run(sa.update(t.cards).where(t.cards.c.id == card).values(look_at=until))

    def card_of(self, notice_id: int) -> ShownCard | None:
        """Return the card that a notice stands as."""
        found = self._cards(t.cards.c.notice_id == notice_id, 1)
        return found[0] if found else None

    def hidden_cards(self, *, now: dt.datetime, limit: int) -> list[ShownCard]:
        """Return cards that may hold words of something that has become secret."""
        due = (t.cards.c.look_at.is_(None)) | (t.cards.c.look_at <= now)
        return self._cards(t.cards.c.renew.is_(True) & due, limit)

    def stale_cards(self, *, now: dt.datetime, limit: int) -> list[ShownCard]:
        """Return cards that no longer say how it is: what they ask has been answered or passed on, or the letter they are
        about has been decided."""
        k, q, n, a = t.card_questions, t.questions, t.notices, t.arrivals
        moved = (
            sa.select(k.c.card_id)
            .join(q, q.c.id == k.c.question_id)
            .where(k.c.card_id == t.cards.c.id, (k.c.state != q.c.state) | (k.c.round != q.c.round))
            .exists()
        )
        decided = (
            sa.select(n.c.id)
            .join(a, a.c.id == n.c.arrival_id)
            .where(n.c.id == t.cards.c.notice_id, n.c.kind.in_(("granska", "kvitto")), a.c.decided_at.is_not(None))
            .exists()
        )
        due = (t.cards.c.look_at.is_(None)) | (t.cards.c.look_at <= now)
        return self._cards(t.cards.c.ended.is_(False) & due & (moved | decided), limit)

    def renew_cards(
        self, namnd: str, *, since: dt.datetime, arrivals: Sequence[int] = (), cases: Sequence[int] = ()
    ) -> None:
        """Let every card be shown anew that may hold words of letters or cases that are hidden now, ended or not.

        Those that tell of many cases at once are taken whole: all of the nämnd's since a moment, when the first of it came.
        """
        n, k, q = t.notices, t.card_questions, t.questions
        asks = sa.select(k.c.card_id).join(q, q.c.id == k.c.question_id).where(q.c.case_id.in_(list(cases)))
        many = (n.c.kind.in_(_TELL_OF_MANY)) & (n.c.created_at >= since)
        about = n.c.case_id.in_(list(cases)) | n.c.arrival_id.in_(list(arrivals)) | many
        touched = sa.select(n.c.id).where(n.c.namnd == namnd, about)
        self._run(
            sa.update(t.cards)
            .where(t.cards.c.notice_id.in_(touched) | t.cards.c.id.in_(asks))
            .values(renew=True, look_at=None)
        )

    def standing_cards(self, question_id: int, person_id: int) -> list[ShownCard]:
        """Return the cards by which a person is asked a question, the oldest first."""
        k, n = t.card_questions, t.notices
        asks = sa.select(k.c.card_id).where(k.c.question_id == question_id)
        theirs = sa.select(n.c.id).where(n.c.person_id == person_id)
        here = t.cards.c.id.in_(asks) & t.cards.c.notice_id.in_(theirs) & t.cards.c.ended.is_(False)
        return self._cards(here, 100)

    def _cards(self, where: sa.ColumnElement[bool], limit: int) -> list[ShownCard]:
        rows = self._all(
            sa.select(
                t.cards.c.id.label("card_id"),
                t.cards.c.notice_id,
                t.cards.c.message_id,
                t.cards.c.shown,
                t.cards.c.ended,
                t.chats,
            )
            .join(t.chats, t.chats.c.id == t.cards.c.chat)
            .where(where)
            .order_by(t.cards.c.id)
            .limit(limit)
        )
        return [ShownCard(r.card_id, r.notice_id, _chat(r), r.message_id, r.shown, r.ended) for r in rows]


def _sealed(tenant: str, object_id: str, code: str) -> str:
    return hashlib.sha256(f"{tenant}|{object_id}|{code}".encode()).hexdigest()


def _chat(row: sa.Row[Any]) -> Chat:
    address: Mapping[str, Any] = row.address
    return Chat(row.id, row.tenant, row.chat_id, row.kind, row.object_id, address, row.seen_at, row.gone_at)
