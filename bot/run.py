"""Keeps the bot running: a first round at once, then the timetable and the pages, until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import fcntl
import logging
import os
import secrets
import signal
from collections.abc import Iterator
from pathlib import Path

from aiohttp import web

from bot import chat_site, leasing, report, wiring
from bot.channels.gateway import ChatError
from bot.chat_site import ChatSite
from bot.mailboxes.graph import GraphMailbox
from bot.pages.app import Desk, make_app
from bot.pages.graph_push import PUSH, GraphPush
from bot.readers import ReaderBroken, ReaderClosed
from bot.showing import Viewer
from bot.watching import Watchers
from bot.wiring import House, showing_readers
from handlers import intake, mornings, openings
from schedulers.runner import Runner
from schedulers.timetable import timetable
from storage.errors import LeaseLost, NoSeries, StorageError, StorageReadOnly, StorageUnreachable, StorageUnusable

log = logging.getLogger("namndbot")
_BREATH = 0.05  # seconds


class AlreadyRunning(Exception):
    """Another bot has the embedded database."""


@contextlib.contextmanager
def only_one(lock_file: Path) -> Iterator[None]:
    """Hold a lock on a file while the block runs: SQLite takes one bot. Raises AlreadyRunning."""
    lock_file.parent.mkdir(parents=True, exist_ok=True)
    with lock_file.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            who = file.read().strip() or "okänd"
            raise AlreadyRunning(
                f"Boten är redan igång (process {who}). Stoppa den först, eller använd PostgreSQL för flera kopior."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


@contextlib.contextmanager
def many() -> Iterator[None]:
    """Hold nothing: on PostgreSQL several bots run at once, and leases in the database keep them apart."""
    yield


def one_round(house: House) -> list[intake.Outcome]:
    """Go through every mailbox once and send what is to be sent. What breaks is told, and tried again later."""
    outcomes = []
    for key, room in house.post.items():
        with _apart(f"post {key}"):
            outcomes += room.round()
    morning(house)
    with _apart("courier"):
        house.courier.round(house.stopping)
    return outcomes


@contextlib.contextmanager
def _apart(name: str) -> Iterator[None]:
    """Tell of what breaks in the block, and go on: one nämnd's fault, or a moment's, must not stop the others.

    What nothing can be done without goes on up: the bot says so and ends.
    """
    try:
        yield
    except (StorageReadOnly, StorageUnreachable, NoSeries, LeaseLost) as error:
        _told(name, error)
    except (StorageUnusable, ReaderClosed, ReaderBroken):
        raise
    except Exception as error:  # noqa: BLE001  whatever it is, it is one nämnd's
        _told(name, error)


def morning(house: House) -> None:
    """Do each nämnd's working morning, where no other copy of the bot is at it."""
    for namnd in house.namnder.values():
        if house.stopping.is_set():
            return
        with (
            _apart(f"morning {namnd.key}"),
            leasing.kept(house.store, f"morning:{namnd.key}", house.holder, house.clock) as lease,
        ):
            while lease is not None and not house.stopping.is_set():
                with house.store.book() as book:
                    book.still_mine(lease)
                    told = mornings.work(book, namnd, now=house.clock.now())
                # Much is told in several transactions, and others write in between.
                if not told or house.stopping.wait(_BREATH):
                    break


def tidy(house: House) -> None:
    """Forget logins that have ended, and weed the log of openings; several copies of the bot do no harm."""
    with _apart("tidy"), house.store.book() as book:
        openings.tidy(book, now=house.clock.now())


async def serve(house: House, *, once: bool = False) -> int:
    """Run until SIGINT or SIGTERM, or for one round; return the exit code. Ends within two seconds."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    house.readers.warm()
    first = asyncio.create_task(asyncio.to_thread(one_round, house))
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({first, stopped}, return_when=asyncio.FIRST_COMPLETED)
    if not first.done():
        return await _ended(house, first)
    stopped.cancel()
    outcomes = first.result()
    report.say(report.of_round(house.store, house.namnder, outcomes, today=house.clock.now().date()))
    for line in report.of_troubles(house.store, house.namnder):
        report.say(line)
    if once:
        return await _once(house)
    return await _stay(house, stop)


async def _once(house: House) -> int:
    """Carry what is meant for a chat, too, before the bot ends."""
    try:
        chat = chat_site.make(house, lambda name: None)
    except ChatError as error:
        report.say(str(error))
        return 3
    if chat is not None:
        await chat.courier.round(house.stopping)
        await chat.close()
        await asyncio.to_thread(house.courier.round, house.stopping)  # what nobody could be shown goes by mail
    return 0


async def _ended(house: House, first: asyncio.Task[list[intake.Outcome]]) -> int:
    house.stopping.set()
    house.readers.close()
    with contextlib.suppress(Exception):  # the round was broken off by ourselves
        await asyncio.wait_for(first, 1.5)
    report.say("Avslutat. Det som inte hann göras görs vid nästa start.")
    return 0


async def _stay(house: House, stop: asyncio.Event) -> int:
    settings = house.settings
    loop = asyncio.get_running_loop()
    try:
        chat = chat_site.make(house, lambda name: _soon(loop, runner, name))
    except ChatError as error:
        report.say(f"Teams kunde inte startas. {error}")
        return 3
    runner = Runner(
        timetable(
            poll_seconds=settings.poll_seconds,
            post={key: room.round for key, room in house.post.items()},
            courier=lambda: house.courier.round(house.stopping),
            morning=lambda: morning(house),
            chat=chat.carry if chat else None,
            tidy=lambda: tidy(house),
        ),
        on_error=_told,
    )
    shown = showing_readers(settings)
    desk = Desk(
        store=house.store,
        raw=house.raw,
        reader=house.readers,
        clock=house.clock,
        namnder=house.namnder,
        organisation=settings.organisation,
        url=settings.url,
        wake=lambda: loop.call_soon_threadsafe(runner.soon) and None,
        viewer=Viewer(shown),
        links=settings.login.links,
        accounts=wiring.accounts(settings),
    )
    app = make_app(desk)
    push = GraphPush(settings.url)
    for mailbox in house.mailboxes.values():
        if isinstance(mailbox, GraphMailbox):
            mailbox.push = app[PUSH] = push
    site = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await site.setup()
    try:
        await web.TCPSite(site, settings.host, settings.port).start()
    except OSError as error:
        await site.cleanup()
        report.say(
            f"Sidorna kunde inte startas på {settings.host}:{settings.port} ({error.strerror}). "
            f"Välj en annan port i {settings.file}, [pages] port."
        )
        return 3
    calls = await _listen(chat, house, site)
    if chat is not None and calls is None:
        return 3
    runner.start()
    watchers = Watchers(
        house.mailboxes,
        lambda key: _soon(loop, runner, f"post {key}"),
        house.clock,
        house.stopping,
    )
    watchers.start()
    for line in links(house):
        report.say(line)
    report.say("Boten är igång. Avsluta med Ctrl-C.")
    await stop.wait()
    runner.stop()
    house.stopping.set()
    house.readers.close()
    shown.close()
    await site.cleanup()
    if chat is not None and calls is not None:
        await calls.cleanup()
        await chat.close()
    await asyncio.to_thread(watchers.join, 1.0)
    report.say("Avslutat.")
    return 0


async def _listen(chat: ChatSite | None, house: House, pages: web.AppRunner) -> web.AppRunner | None:
    """Listen for the chat's calls; None without a chat, and, the pages being closed again, where it cannot be."""
    door = house.settings.teams
    if chat is None or door is None:
        return None
    try:
        return await chat_site.listen(chat, door.host, door.port)
    except OSError as error:
        await pages.cleanup()
        report.say(
            f"Teams kunde inte startas på {door.host}:{door.port} ({error.strerror}). "
            f"Välj en annan port i {house.settings.file}, [teams] port."
        )
        return None


def _soon(loop: asyncio.AbstractEventLoop, runner: Runner, name: str) -> None:
    with contextlib.suppress(RuntimeError):  # the loop has ended: the bot stops
        loop.call_soon_threadsafe(runner.soon, name)


def links(house: House) -> list[str]:
    """Return a link that logs in once, for a registrator of each nämnd; only where the pages are for this machine."""
    url = house.settings.url
    if house.settings.host not in ("127.0.0.1", "::1", "localhost"):
        return [f"Sidorna: {url}"]
    now = house.clock.now()
    made = []
    with house.store.book() as book:
        seen: set[int] = set()
        for namnd in house.namnder.values():
            for role in book.roles(on=now.date(), namnd=namnd.key, role="registrator"):
                if role.person.id not in seen:
                    seen.add(role.person.id)
                    token = secrets.token_urlsafe(32)
                    book.put_login_link(token, role.person.id, now + dt.timedelta(hours=1))
                    made.append(f"Sidorna för {role.person.name} ({namnd.name.lower()}): {url}/in/{token}")
                break
    return made or [f"Sidorna: {url}"]


def _told(name: str, error: BaseException) -> None:
    # A refusal of storage is for people; of anything else only its kind, since its text may hold a letter's words.
    log.error("%s: %s", name, error if isinstance(error, StorageError) else type(error).__name__)
