"""The outbox: what is to be told to whom, written in the same transaction as what caused it, sent after it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from storage import tables as t
from storage.errors import NotFound
from storage.page import Page, as_tuple
from storage.records import Json, Notice

_CLAIM = 120.0  # seconds: about how long a claim is made for
_TOO_LONG = 10  # times as long


class OutboxPages(Page):
    """What a book can do with notices."""

    def queue(
        self,
        kind: str,
        key: str,
        *,
        namnd: str,
        address: str,
        message_id: str,
        now: dt.datetime,
        case_id: int | None = None,
        arrival_id: int | None = None,
        person_id: int | None = None,
        data: Json | None = None,
        not_before: dt.datetime | None = None,
        channel: str = "mail",
        sent: bool = False,
    ) -> bool:
        """Queue a notice under a key that is used once; return False when it was queued before.

        not_before holds it back: nobody is asked anything at night. channel: "mail" or "chat".
        sent: it has been told already, and is kept for what can be taken back.
        """
        row = self._run(
            self._upsert(t.notices)
            .values(
                key=key,
                kind=kind,
                namnd=namnd,
                case_id=case_id,
                arrival_id=arrival_id,
                person_id=person_id,
                address=address,
                data=dict(data or {}),
                created_at=now,
                next_try_at=not_before or now,
                state="sent" if sent else "queued",
                sent_at=now if sent else None,
                attempts=0,
                message_id=message_id,
                token=0,
                channel=channel,
            )
            .on_conflict_do_nothing(index_elements=["key"])
            .returning(t.notices.c.id)
        ).first()
        return row is not None

    def claim_notice(
        self,
        holder: str,
        *,
        now: dt.datetime,
        seconds: float,
        kinds: Sequence[str] | None = None,
        closed: Sequence[str] = (),
        always: Sequence[str] = (),
        channel: str | None = None,
    ) -> Notice | None:
        """Claim the oldest notice that is due, for so many seconds; attempts and token are counted before it is sent.

        kinds: only those; None means any. closed: nämnder whose notices are left alone, but for the kinds in always.
        channel: only what goes that way; None means any.
        """
        n = t.notices
        due = (
            sa.select(n.c.id)
            .where(
                n.c.state == "queued",
                n.c.next_try_at <= now,
                n.c.kind.in_(kinds) if kinds is not None else sa.true(),
                n.c.channel == channel if channel is not None else sa.true(),
                n.c.namnd.not_in(closed) | n.c.kind.in_(always) if closed else sa.true(),
                _unclaimed(now, seconds),
            )
            .order_by(n.c.next_try_at, n.c.id)
            .limit(1)
        )
        found = self._one(due.with_for_update(skip_locked=True) if self._locks_rows else due)
        if found is None:
            return None
        row = self._run(
            sa.update(n)
            .where(n.c.id == found.id)
            .values(
                claimed_by=holder,
                claimed_until=now + dt.timedelta(seconds=seconds),
                attempts=n.c.attempts + 1,
                token=n.c.token + 1,
            )
            .returning(n)
        ).one()
        return _notice(row)

    def notice_goes_as(self, notice: Notice, marks: Sequence[str]) -> Notice:
        """Note, before a notice is sent, what its copy will be known by; return it with that.

        Its words may be others the next time: all forms are kept, for nobody knows which of them came through.
        """
        kept = tuple(dict.fromkeys((*notice.sent_as, *marks)))
        if kept == notice.sent_as:
            return notice
        self._run(
            sa.update(t.notices)
            .where(t.notices.c.id == notice.id, t.notices.c.token == notice.token)
            .values(sent_as=list(kept))
        )
        return dataclasses.replace(notice, sent_as=kept)

    def notice_sent(self, notice: Notice, *, now: dt.datetime, evidence: str | None = None) -> bool:
        """Mark a notice as sent; return False when somebody else has claimed it meanwhile (fencing token)."""
        return self._finish(notice, state="sent", sent_at=now, error=None, evidence=evidence)

    def notice_waits(self, notice: Notice, error: str, *, until: dt.datetime) -> bool:
        """Put a notice back that could not be tried: the way out is closed, which is no fault of the notice's."""
        return self._finish(notice, state="queued", error=error, next_try_at=until, attempts=notice.attempts - 1)

    def notice_by_mail(self, notice: Notice, why: str, *, now: dt.datetime) -> bool:
        """Let a notice that was meant for a chat go by mail, at once; why is told in it."""
        return self._finish(
            notice, state="queued", channel="mail", fell_back=why, error=None, next_try_at=now, attempts=0
        )

    def notice_by_message(self, message_ids: Sequence[str]) -> Notice | None:
        """Return the notice that was sent under one of the Message-IDs, the first that is ours."""
        for message_id in message_ids:
            row = self._one(sa.select(t.notices).where(t.notices.c.message_id == message_id))
            if row is not None:
                return _notice(row)
        return None

    def notice_bounced(self, notice_id: int, why: str, *, now: dt.datetime) -> bool:
        """Note that a message came back; return False when that was known."""
        done = self._run(
            sa.update(t.notices)
            .where(t.notices.c.id == notice_id, t.notices.c.bounced_at.is_(None))
            .values(bounced_at=now, bounce=why)
        )
        return done.rowcount == 1

    def notice_failed(self, notice: Notice, error: str, *, next_try_at: dt.datetime | None) -> bool:
        """Note a failed attempt: to be tried again at a time, or dead when None."""
        if next_try_at is None:
            return self._finish(notice, state="dead", error=error)
        return self._finish(notice, state="queued", error=error, next_try_at=next_try_at)

    def _finish(self, notice: Notice, **values: Any) -> bool:
        done = self._run(
            sa.update(t.notices)
            # What has been sent stays so, whatever goes wrong afterwards.
            .where(t.notices.c.id == notice.id, t.notices.c.token == notice.token, t.notices.c.state == "queued")
            .values(claimed_by=None, claimed_until=None, **values)
        )
        return done.rowcount == 1

    def notices(self, *, case_id: int | None = None, state: str | None = None) -> list[Notice]:
        """Return notices in the order they were queued."""
        query = sa.select(t.notices).order_by(t.notices.c.id)
        if case_id is not None:
            query = query.where(t.notices.c.case_id == case_id)
        if state is not None:
            query = query.where(t.notices.c.state == state)
        return [_notice(row) for row in self._all(query)]

    def dead_notices(self, namnd: str, since: dt.datetime) -> list[Notice]:
        """Return a nämnd's notices that were given up, of those queued since a moment, and that came back since."""
        n = t.notices
        dead = (n.c.state == "dead") & (n.c.created_at >= since)
        query = sa.select(n).where(n.c.namnd == namnd, dead | (n.c.bounced_at >= since)).order_by(n.c.id)
        return [_notice(row) for row in self._all(query)]

    def bounced_since(self, address: str, since: dt.datetime) -> bool:
        """Say whether a message to an address has come back since a moment."""
        n = t.notices
        query = sa.select(n.c.id).where(n.c.address == address, n.c.bounced_at >= since).limit(1)
        return self._one(query) is not None

    def take_back(self, kind: str, namnd: str, before: dt.datetime, *, now: dt.datetime) -> list[Notice]:
        """Take back the notices of a kind that were queued before a moment and that nobody has in hand; return them."""
        n = t.notices
        query = (
            sa.update(n)
            .where(
                n.c.state == "queued",
                n.c.kind == kind,
                n.c.namnd == namnd,
                n.c.created_at < before,
                _unclaimed(now, _CLAIM),
            )
            .values(state="sent", sent_at=now, token=n.c.token + 1, claimed_by=None, claimed_until=None)
            .returning(n)
        )
        return [_notice(row) for row in self._run(query)]

    def notices_by_message(self, message_ids: Sequence[str]) -> list[Notice]:
        """Return the notices that have one of the Message-IDs, in the order of the ids."""
        found = self._all(sa.select(t.notices).where(t.notices.c.message_id.in_(list(message_ids))))
        return sorted((_notice(row) for row in found), key=lambda n: list(message_ids).index(n.message_id))

    def forget_told(self, namnd: str, *, letter: int, case_id: int | None) -> None:
        """Take out of the confirmations about a letter, or a case, what they tell: it has become secret."""
        n = t.notices
        about = n.c.data["letter"].as_integer() == letter
        if case_id is not None:
            about = about | (n.c.case_id == case_id)
        for row in self._all(sa.select(n.c.id, n.c.data).where(n.c.namnd == namnd, n.c.kind == "svarat", about)):
            bare = {**row.data, "done": [], "refused": ["Ditt svar är antecknat."], "undo": [], "questions": []}
            self._run(sa.update(n).where(n.c.id == row.id).values(data=bare))

    def notice(self, notice_id: int) -> Notice:
        """Return a notice."""
        row = self._one(sa.select(t.notices).where(t.notices.c.id == notice_id))
        if row is None:
            raise NotFound("Det utskicket finns inte.")
        return _notice(row)

    def notice_by_key(self, key: str) -> Notice | None:
        """Return the notice that was queued under a key."""
        row = self._one(sa.select(t.notices).where(t.notices.c.key == key))
        return _notice(row) if row else None

    def is_undone(self, notice_id: int) -> bool:
        """Say whether what a notice told of has been taken back."""
        return self._one(sa.select(t.undone.c.notice_id).where(t.undone.c.notice_id == notice_id)) is not None

    def use_undo(self, notice_id: int) -> bool:
        """Use up that what a notice told of may be taken back; False when it was before. Of two at once, one wins."""
        row = self._run(
            self._upsert(t.undone)
            .values(notice_id=notice_id)
            .on_conflict_do_nothing(index_elements=["notice_id"])
            .returning(t.undone.c.notice_id)
        ).first()
        return row is not None

    def forget_undo(self, notice_id: int) -> None:
        """Let what a notice told of be taken back after all: nothing of it was."""
        self._run(sa.delete(t.undone).where(t.undone.c.notice_id == notice_id))

    def is_queued(self, key: str) -> bool:
        """Say whether a notice with that key has been queued, sent or not."""
        return self._one(sa.select(t.notices.c.id).where(t.notices.c.key == key)) is not None

    def sent_at(self, key: str) -> dt.datetime | None:
        """Return when the notice with a key was sent; None when it was not."""
        row = self._one(sa.select(t.notices.c.sent_at).where(t.notices.c.key == key))
        return row.sent_at if row else None

    def codes_since(self, object_id: str, since: dt.datetime) -> int:
        """Count the codes that an account in a chat has asked for since a moment, whoever they were mailed to."""
        n = t.notices
        query = sa.select(sa.func.count()).where(
            n.c.kind == "chattkod", n.c.created_at >= since, n.c.data["object"].as_string() == object_id
        )
        return int(self._run(query).scalar_one())

    def notices_since(self, address: str, kind: str, since: dt.datetime) -> int:
        """Count notices of a kind queued to an address since a moment: the cap against loops and floods."""
        n = t.notices
        query = sa.select(sa.func.count()).where(n.c.address == address, n.c.kind == kind, n.c.created_at >= since)
        return int(self._run(query).scalar_one())


def _unclaimed(now: dt.datetime, seconds: float) -> sa.ColumnElement[bool]:
    """A claim that has run out, or that runs for so long that a clock was wrong when it was made, is none."""
    until = t.notices.c.claimed_until
    return until.is_(None) | (until < now) | (until > now + dt.timedelta(seconds=_TOO_LONG * seconds))


def _notice(row: sa.Row[Any]) -> Notice:
    return Notice(
        id=row.id,
        key=row.key,
        kind=row.kind,
        namnd=row.namnd,
        case_id=row.case_id,
        arrival_id=row.arrival_id,
        person_id=row.person_id,
        address=row.address,
        data=row.data,
        created_at=row.created_at,
        state=row.state,
        attempts=row.attempts,
        message_id=row.message_id,
        token=row.token,
        error=row.error,
        sent_at=row.sent_at,
        evidence=row.evidence,
        bounced_at=row.bounced_at,
        bounce=row.bounce,
        channel=row.channel,
        fell_back=row.fell_back,
        sent_as=as_tuple(row.sent_as),
    )
