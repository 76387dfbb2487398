"""Builds everything by hand, top to bottom, on one page."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import os
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot import mailboxes as kinds
from bot import paging, showing
from bot.channels.smtp import SmtpSender
from bot.clock import STOCKHOLM, RealClock
from bot.courier import Courier
from bot.leasing import new_holder
from bot.post import PostRoom
from bot.readers import Readers
from bot.settings import Settings
from handlers.ports import Clock, DoorError, Mailbox, Sender
from storage.raw import RawLetters
from storage.raw.files import RawFiles, sync_folder
from storage.raw.postgresql import RawRows
from storage.records import Namnd
from storage.store import Store

if TYPE_CHECKING:
    from bot.openid import OpenId


@dataclass(frozen=True, slots=True)
class House:
    """Everything, put together."""

    settings: Settings
    store: Store
    raw: RawLetters
    readers: Readers
    clock: Clock
    namnder: Mapping[str, Namnd]
    mailboxes: Mapping[str, Mailbox]
    senders: Mapping[str, Sender]
    post: Mapping[str, PostRoom]
    courier: Courier
    stopping: threading.Event
    holder: str

    def close(self) -> None:
        """Stop reading at once and let the database go."""
        self.stopping.set()
        self.readers.close()
        for close in (*(b.close for b in self.mailboxes.values()), *(s.close for s in self.senders.values())):
            with contextlib.suppress(DoorError, OSError):
                close()
        self.store.close()


def open_store(settings: Settings) -> Store:
    """Open the database and bring it to the newest form."""
    store = Store(settings.database_url, high_water=settings.high_water)
    store.migrate()
    return store


def answer_keys(settings: Settings) -> tuple[bytes, ...]:
    """Return the keys of answers by mail; make one, for this account's eyes only, where there is none yet."""
    given = next((n.token_keys for n in settings.namnder if n.token_keys), ())
    if given:
        return given
    kept = settings.token_key_file
    kept.parent.mkdir(parents=True, exist_ok=True)
    half = kept.with_name(f"{kept.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32) + "\n")
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):  # another command was faster: its key is read
        os.link(half, kept)
    half.unlink()
    sync_folder(kept.parent)
    return (kept.read_text("ascii").strip().encode(),)


def raw_letters(settings: Settings, store: Store) -> RawLetters:
    """Open the place of the raw letters."""
    return RawRows(store.engine) if settings.raw_driver == "postgresql" else RawFiles(settings.raw_folder)


def readers(settings: Settings) -> Readers:
    """Prepare the reading children; none is started yet."""
    return Readers(count=settings.children, seconds=settings.reading_seconds, megabytes=settings.reading_megabytes)


def page_readers(settings: Settings) -> Readers:
    """Prepare children that read what stands on each page; none is started yet."""
    return Readers(
        count=1, seconds=settings.reading_seconds, megabytes=settings.reading_megabytes, understanding=paging.READ
    )


def showing_readers(settings: Settings) -> Readers:
    """Prepare a child that shows letters and pages to people, who do not wait as long as a letter can; not started yet."""
    return Readers(count=1, seconds=10, cpu_seconds=8, megabytes=settings.reading_megabytes, understanding=showing.SHOW)


def children_for(count: int, seconds: float, megabytes: int) -> Readers:
    """Prepare reading children for a command that needs neither settings nor database."""
    return Readers(count=count, seconds=seconds, megabytes=megabytes)


def accounts(settings: Settings) -> OpenId | None:
    """Return the provider that says whose a browser is, not yet asked anything."""
    if settings.login.provider is None:
        return None
    from bot.openid import OpenId  # half a second: only where it is used

    return OpenId(settings.login.provider)


def doors_of(settings: Settings, namnd: Namnd) -> tuple[Mailbox, Sender]:
    """Return a nämnd's mailbox and its way out, not yet opened."""
    mailbox = kinds.make(settings.mailboxes[namnd.key])
    door = settings.senders.get(namnd.key)
    return mailbox, SmtpSender(door, mailbox, namnd.addresses[0]) if door else kinds.sender(mailbox)


def since(settings: Settings, namnd: str) -> dt.datetime | None:
    """Return the moment before which nothing of a nämnd's mailbox is touched."""
    day = settings.mailboxes[namnd].since
    return dt.datetime.combine(day, dt.time(), STOCKHOLM) if day is not None else None


def build(settings: Settings, *, clock: Clock | None = None) -> House:
    """Put the house together. Raises StorageError when the database cannot be used or its numbers are behind."""
    clock = clock or RealClock()
    stopping = threading.Event()
    holder = new_holder()
    store = open_store(settings)
    store.self_test()
    raw = raw_letters(settings, store)
    reading = readers(settings)
    keys = answer_keys(settings)
    namnder = {n.key: dataclasses.replace(n, token_keys=keys) for n in settings.namnder}
    doors = {key: doors_of(settings, namnd) for key, namnd in namnder.items()}
    mailboxes = {key: mailbox for key, (mailbox, _) in doors.items()}
    senders = {key: sender for key, (_, sender) in doors.items()}
    post = {
        key: PostRoom(
            store,
            raw,
            reading,
            mailboxes[key],
            namnd,
            clock,
            holder,
            stopping,
            since=since(settings, key),
            alarm_minutes=settings.alarm_minutes,
        )
        for key, namnd in namnder.items()
    }
    courier = Courier(
        store,
        senders,
        namnder,
        clock,
        holder,
        raw,
        alarm=SmtpSender(settings.alarm, None, settings.namnder[0].addresses[0]) if settings.alarm else None,
        alarm_minutes=settings.alarm_minutes,
        chat=settings.teams is not None,
    )
    return House(settings, store, raw, reading, clock, namnder, mailboxes, senders, post, courier, stopping, holder)
