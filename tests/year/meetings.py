"""The bodies' calendars of the year, and what befalls them: a meeting is moved, cancelled, held after all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from handlers import calendars
from handlers.calendars import MeetingLine
from storage.records import Meeting
from storage.store import Store
from tests.year.almanac import DAY, day_off, local, next_workday
from tests.year.town import Town
from tests.year.world import World

STAFF = "stab@ekeby.example"
_BODIES = (("kf", 3, 4), ("ks", 1, 1), ("namnd", 2, 3), ("au", 3, 2))  # weekday and week of the month


def found(town: Town, store: Store) -> None:
    """Decide the calendars of the year and the next, as each autumn, and give the central staff its role."""
    keys = [n.key for n in town.namnder]
    lines = []
    for month in range(town.first.year * 12 + town.first.month - 1, town.last.year * 12 + town.last.month + 15):
        if month % 12 == 6:
            continue  # nobody meets in July
        for body, weekday, week in _BODIES:
            begins = dt.date(month // 12, month % 12 + 1, 1)
            day = next_workday(begins + DAY * ((weekday - begins.weekday()) % 7 + 7 * (week - 1)))
            for number, key in enumerate([""] if body in ("ks", "kf") else keys):
                held = next_workday(day + number % 3 * DAY)
                lines.append(MeetingLine(key, body, held, None))
    with store.book() as book:
        staff = book.put_person("Kommundirektörens stab", STAFF)
        for key in keys:
            book.put_role(staff.id, key, "stab", town.first - 400 * DAY, None)
        once = list({(x.namnd, x.body, x.day): x for x in lines}.values())
        calendars.enter(book, once, keys, now=local(town.first, dt.time(0, 1)), actor="test")


def _ahead(world: World, within: int) -> Meeting | None:
    today = world.now.date()
    with world.store.look() as book:
        coming = book.meetings((*world.namnder, ""), first=today + DAY, last=today + within * DAY)
    return _used_first(world, coming)


def _used_first(world: World, coming: Sequence[Meeting]) -> Meeting | None:
    """Most changes befall meetings that some case counts on; the others move nobody."""
    with world.store.look() as book:
        counted = book.meetings_used(list(world.namnder))
    used = [m for m in coming if m.id in counted]
    return world.chance.choice(used or list(coming)) if coming else None


def moved(world: World) -> None:
    """A meeting is held some days earlier or later than was decided."""
    if (meeting := _ahead(world, 120)) is not None:
        day = meeting.day + world.chance.choice((-8, -3, -1, 1, 2, 7, 9)) * DAY
        keys = list(world.namnder)
        if not day_off(day):
            world.act(
                "meeting moved", lambda b: calendars.move(b, meeting.id, day, None, keys, now=world.now, actor="test")
            )


def cancelled(world: World) -> None:
    """A meeting is not held; now and then it is after all."""
    if (meeting := _ahead(world, 90)) is not None:
        keys = list(world.namnder)
        done = world.act(
            "meeting cancelled", lambda b: calendars.cancel(b, meeting.id, keys, now=world.now, actor="test")
        )
        if done and world.chance.random() < 0.3:
            later = world.now + world.chance.randrange(1, 6) * DAY
            world.later(later, lambda: _held_after_all(world, meeting.id))


def _held_after_all(world: World, meeting_id: int) -> None:
    keys = list(world.namnder)
    if world.up:
        world.act("meeting restored", lambda b: calendars.restore(b, meeting_id, keys, now=world.now, actor="test"))
