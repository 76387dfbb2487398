"""People with dated roles, and the links that log them in."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

import sqlalchemy as sa

from storage import tables as t
from storage.errors import Taken
from storage.page import Page
from storage.records import Person, Role, RoleName


def _sealed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class PeoplePages(Page):
    """What a book can do with people."""

    def put_person(self, name: str, email: str) -> Person:
        """Enter a person, or give a known e-mail address a new name; return the person."""
        self._staff.clear()
        email = email.strip().lower()
        row = self._run(
            self._upsert(t.people)
            .values(name=name.strip(), email=email)
            .on_conflict_do_update(index_elements=["email"], set_={"name": name.strip()})
            .returning(t.people)
        ).one()
        return _person(row)

    def change_person(self, person_id: int, name: str, email: str) -> None:
        """Give a person another name or address. Raises Taken when the address is somebody else's."""
        self._staff.clear()
        email = email.strip().lower()
        other = self.person_by_email(email)
        if other is not None and other.id != person_id:
            raise Taken(f"Adressen {email} är redan {other.name}s.")
        self._run(sa.update(t.people).where(t.people.c.id == person_id).values(name=name.strip(), email=email))

    def person(self, person_id: int) -> Person | None:
        """Return the person with that id."""

        def read() -> Person | None:
            row = self._one(sa.select(t.people).where(t.people.c.id == person_id))
            return _person(row) if row else None

        return self._of_staff(("person", person_id), read)

    def person_by_email(self, email: str) -> Person | None:
        """Return the person with that address, compared without case."""
        row = self._one(sa.select(t.people).where(t.people.c.email == email.strip().lower()))
        return _person(row) if row else None

    def put_role(
        self,
        person_id: int,
        namnd: str,
        role: RoleName,
        valid_from: dt.date,
        valid_to: dt.date | None,
        unit: str | None = None,
    ) -> bool:
        """Give a person a role from a day to a day (inclusive); return False when it stood so already."""
        self._staff.clear()
        roles = t.roles
        before = self._one(
            sa.select(roles.c.valid_to, roles.c.unit).where(
                roles.c.person_id == person_id,
                roles.c.namnd == namnd,
                roles.c.role == role,
                roles.c.valid_from == valid_from,
            )
        )
        if before is not None and (before.valid_to, before.unit) == (valid_to, unit):
            return False
        self._run(
            self._upsert(roles)
            .values(person_id=person_id, namnd=namnd, role=role, valid_from=valid_from, valid_to=valid_to, unit=unit)
            .on_conflict_do_update(
                index_elements=["person_id", "namnd", "role", "valid_from"], set_={"valid_to": valid_to, "unit": unit}
            )
        )
        return True

    def roles(
        self,
        *,
        on: dt.date | None = None,
        namnd: str | None = None,
        role: RoleName | None = None,
        person_id: int | None = None,
    ) -> list[Role]:
        """Return roles, those valid on a day where one is given, ordered by namnd, role and name."""
        return list(
            self._of_staff(("roles", on, namnd, role, person_id), lambda: self._roles(on, namnd, role, person_id))
        )

    def _roles(
        self, on: dt.date | None, namnd: str | None, role: RoleName | None, person_id: int | None
    ) -> tuple[Role, ...]:
        query = (
            sa.select(t.roles, t.people.c.name, t.people.c.email)
            .join(t.people, t.people.c.id == t.roles.c.person_id)
            .order_by(t.roles.c.namnd, t.roles.c.role, t.people.c.name, t.roles.c.valid_from)
        )
        if on is not None:
            query = query.where(t.roles.c.valid_from <= on, (t.roles.c.valid_to.is_(None)) | (t.roles.c.valid_to >= on))
        if namnd is not None:
            query = query.where(t.roles.c.namnd == namnd)
        if role is not None:
            query = query.where(t.roles.c.role == role)
        if person_id is not None:
            query = query.where(t.roles.c.person_id == person_id)
        return tuple(
            Role(Person(r.person_id, r.name, r.email), r.namnd, r.role, r.valid_from, r.valid_to, r.unit)
            for r in self._all(query)
        )

    def put_login_link(self, token: str, person_id: int, expires_at: dt.datetime) -> None:
        """Keep a one-time link; only the hash of its token is stored."""
        self._run(
            sa.insert(t.login_links).values(token_hash=_sealed(token), person_id=person_id, expires_at=expires_at)
        )

    def login_link(self, token: str, *, now: dt.datetime) -> Person | None:
        """Return whom an unused, unexpired link is for."""
        links = t.login_links
        row = self._one(
            sa.select(t.people)
            .join(links, links.c.person_id == t.people.c.id)
            .where(links.c.token_hash == _sealed(token), links.c.used_at.is_(None), links.c.expires_at > now)
        )
        return _person(row) if row else None

    def use_login_link(self, token: str, *, now: dt.datetime) -> Person | None:
        """Use a link up; return the person, or None when it is used, expired or unknown. Of two at once, one wins."""
        links = t.login_links
        row = self._run(
            sa.update(links)
            .where(links.c.token_hash == _sealed(token), links.c.used_at.is_(None), links.c.expires_at > now)
            .values(used_at=now)
            .returning(links.c.person_id)
        ).first()
        return self.person(row.person_id) if row else None


def _person(row: sa.Row[Any]) -> Person:
    return Person(id=row.id, name=row.name, email=row.email)
