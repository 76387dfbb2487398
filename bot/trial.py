"""What a round would do, shown and not done: nothing is moved, sent or kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from bot import own_mail, report
from bot.post import PostRoom
from bot.wiring import House
from handlers import intake
from handlers.notices import queue
from handlers.ports import DoorError
from handlers.reading.reading import Reading
from storage.records import Namnd
from storage.store import Book

DAYS = 30


class _OnlyAsked(Exception):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


def show(house: House) -> str:
    """Return what the bot would do with the letters of the last thirty days, for each nämnd, and do none of it.

    Each letter is read and registered by the same rules as ever, in a transaction that is given up. The mailbox is only
    looked into.
    """
    since = house.clock.now() - dt.timedelta(days=DAYS)
    parts = [_of_namnd(house, room, house.namnder[key], since) for key, room in house.post.items()]
    return "\n\n".join([*parts, "Det här är ett prov: inget är registrerat, flyttat eller skickat."])


def _of_namnd(house: House, room: PostRoom, namnd: Namnd, since: dt.datetime) -> str:
    read: list[tuple[str, str, dt.datetime, Reading]] = []
    try:
        room.mailbox.open(look_only=True)
        for incoming in room.mailbox.fetch(since, everything=True):
            letter = house.readers.read(incoming.raw, room.context(incoming.received))
            # Without its files: those of thirty days would not all find room in memory.
            reading = own_mail.checked(house.store, namnd, incoming.raw, letter.reading)
            read.append((incoming.key, incoming.reference, incoming.received, reading))
    except DoorError as error:
        return f"{namnd.name}: brevlådan går inte att läsa. {error}"
    try:
        with house.store.book() as book:
            raise _OnlyAsked(_told(book, namnd, read, house.clock.now(), room.since))
    except _OnlyAsked as answer:
        return answer.text


def _told(
    book: Book,
    namnd: Namnd,
    read: Sequence[tuple[str, str, dt.datetime, Reading]],
    now: dt.datetime,
    begins: dt.datetime | None,
) -> str:
    queued = {n.id for n in book.notices(state="queued")}
    outcomes = []
    for key, reference, received, reading in read:
        arrival = intake.arrived(book, namnd, key, key, reference, received, now)
        if arrival.state == "arrived":
            outcomes.append(intake.register(book, arrival.id, reading, namnd, now))
    lines = [report.of_namnd(book, namnd, outcomes, now.date())]
    new = [n for n in book.notices(state="queued") if n.id not in queued]
    if new:
        counts = {k: sum(n.kind == k for n in new) for k in dict.fromkeys(n.kind for n in new)}
        told = ", ".join(f"{number} {queue.CALLED.get(kind, kind)}" for kind, number in counts.items())
        lines.append(f"Skulle skicka: {told}.")
    before = sum(1 for _, _, received, _ in read if begins is not None and received < begins)
    if before:
        some = report.words_for(before, "av dem kom", "av dem kom")
        lines.append(f"{some} före {begins:%Y-%m-%d} (from) och rörs inte när boten startas på riktigt.")
    return "\n".join(lines)
