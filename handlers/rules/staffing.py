"""Who will be missing: roles that a nämnd cannot do without and that nobody holds from some day ahead."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from storage.records import ROLES, Role, RoleName

AHEAD = 60  # days: a mandate change on 1 January is prepared in November


@dataclass(frozen=True, slots=True)
class Gap:
    """A role that nobody has in a nämnd from a day on."""

    role: RoleName
    day: dt.date


def gaps(held: Sequence[Role], today: dt.date, ahead: int = AHEAD) -> list[Gap]:
    """Return the needed roles that nobody will hold on some day from today on, each with the first such day.

    held: all roles of the nämnd, past and coming.
    """
    last = today + dt.timedelta(days=ahead)
    # A role can only fall empty today or the day after somebody's last.
    ends = {r.valid_to + dt.timedelta(days=1) for r in held if r.valid_to}
    days = sorted({today} | {d for d in ends if today <= d <= last})
    found = []
    for role in ROLES:
        mine = [r for r in held if r.role == role]
        empty = next((d for d in days if not any(_holds(r, d) for r in mine)), None)
        if empty:
            found.append(Gap(role, empty))
    return found


def left_empty(before: Sequence[Role], after: Sequence[Role], role: RoleName, today: dt.date) -> dt.date | None:
    """Return the first day from today on which nobody would have a role that somebody has as it stands.

    before, after: all roles of the nämnd, as they stand and as they would.
    """
    held, kept = ([r for r in roles if r.role == role] for roles in (before, after))
    ends = {r.valid_to + dt.timedelta(days=1) for r in (*held, *kept) if r.valid_to}
    for day in sorted({today} | {d for d in ends if d > today}):
        if any(_holds(r, day) for r in held) and not any(_holds(r, day) for r in kept):
            return day
    return None


def _holds(role: Role, day: dt.date) -> bool:
    return role.valid_from <= day and (role.valid_to is None or role.valid_to >= day)
