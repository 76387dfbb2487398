"""Who is logged in, since when and how; and logins at a provider of accounts that have begun."""

from __future__ import annotations

import datetime as dt
import hashlib

import sqlalchemy as sa

from storage import tables as t
from storage.page import Page
from storage.records import LoggedIn, LoginWay, Person, Session

_KEY = 16  # of a hash's figures: enough to tell one person's logins apart


def _sealed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class LoginPages(Page):
    """What a book can do with logins; of each token only the hash is stored."""

    def put_session(
        self,
        token: str,
        csrf: str,
        person_id: int,
        *,
        now: dt.datetime,
        expires_at: dt.datetime,
        how: LoginWay = "link",
        agent: str = "",
    ) -> None:
        """Keep a session."""
        self._run(
            sa.insert(t.sessions).values(
                token_hash=_sealed(token),
                person_id=person_id,
                csrf=csrf,
                created_at=now,
                expires_at=expires_at,
                last_seen_at=now,
                how=how,
                agent=agent,
            )
        )

    def session(self, token: str, *, now: dt.datetime, idle: dt.timedelta) -> Session | None:
        """Return a living session: one whose end has not come, and that has not been left unused so long."""
        s = t.sessions
        seen = sa.func.coalesce(s.c.last_seen_at, s.c.created_at, type_=s.c.created_at.type)
        row = self._one(
            sa.select(s.c.csrf, s.c.expires_at, seen.label("seen"), s.c.how, t.people)
            .join(t.people, t.people.c.id == s.c.person_id)
            .where(s.c.token_hash == _sealed(token), s.c.expires_at > now, seen > now - idle)
        )
        if row is None:
            return None
        return Session(Person(row.id, row.name, row.email), row.csrf, row.expires_at, row.seen, row.how)

    def session_seen(self, token: str, *, now: dt.datetime) -> None:
        """Keep that a session is being used."""
        s = t.sessions
        self._run(sa.update(s).where(s.c.token_hash == _sealed(token)).values(last_seen_at=now))

    def end_session(self, token: str) -> None:
        """End a session."""
        self._run(sa.delete(t.sessions).where(t.sessions.c.token_hash == _sealed(token)))

    def sessions_of(self, person_id: int, *, now: dt.datetime, idle: dt.timedelta) -> list[LoggedIn]:
        """Return a person's living sessions, the one used last first."""
        s = t.sessions
        seen = sa.func.coalesce(s.c.last_seen_at, s.c.created_at, type_=s.c.created_at.type)
        rows = self._all(
            sa.select(s.c.token_hash, s.c.how, s.c.agent, s.c.created_at, seen.label("seen"))
            .where(s.c.person_id == person_id, s.c.expires_at > now, seen > now - idle)
            .order_by(seen.desc(), s.c.token_hash)
        )
        return [LoggedIn(r.token_hash[:_KEY], r.how, r.agent, r.created_at, r.seen) for r in rows]

    def session_key(self, token: str) -> str:
        """Return what a session is known by among its owner's."""
        return _sealed(token)[:_KEY]

    def end_sessions(self, person_id: int, key: str = "") -> int:
        """End a person's sessions, or the one with a key; return how many."""
        s = t.sessions
        query = sa.delete(s).where(s.c.person_id == person_id)
        if key:
            query = query.where(sa.func.substr(s.c.token_hash, 1, _KEY) == key)
        return self._run(query).rowcount

    def put_login_try(self, token: str, *, expires_at: dt.datetime) -> None:
        """Keep that a browser has been sent to the provider."""
        self._run(sa.insert(t.login_tries).values(token_hash=_sealed(token), expires_at=expires_at))

    def use_login_try(self, token: str, *, now: dt.datetime) -> bool:
        """Use up that a browser was sent; False when it was not, or came back before. Of two at once, one wins."""
        tries = t.login_tries
        query = (
            sa.update(tries)
            .where(tries.c.token_hash == _sealed(token), tries.c.used_at.is_(None), tries.c.expires_at > now)
            .values(used_at=now)
        )
        return self._run(query).rowcount == 1

    def login_try_is(self, token: str, tenant: str, object_id: str, *, expires_at: dt.datetime) -> None:
        """Keep whose account came back, while its owner says who they are."""
        tries = t.login_tries
        self._run(
            sa.update(tries)
            .where(tries.c.token_hash == _sealed(token))
            .values(tenant=tenant, object_id=object_id, expires_at=expires_at)
        )

    def login_try_account(self, token: str, *, now: dt.datetime) -> tuple[str, str] | None:
        """Return the account that came back to a browser: its tenant and its id there."""
        tries = t.login_tries
        row = self._one(
            sa.select(tries.c.tenant, tries.c.object_id).where(
                tries.c.token_hash == _sealed(token), tries.c.expires_at > now, tries.c.object_id.is_not(None)
            )
        )
        return (row.tenant, row.object_id) if row else None

    def end_login_try(self, token: str) -> None:
        """Forget a login that has begun."""
        self._run(sa.delete(t.login_tries).where(t.login_tries.c.token_hash == _sealed(token)))

    def clear_logins(self, *, now: dt.datetime) -> int:
        """Forget the sessions, links and tries that have ended; return how many."""
        ended = 0
        for table in (t.sessions, t.login_links, t.login_tries):
            ended += self._run(sa.delete(table).where(table.c.expires_at <= now)).rowcount
        return ended
