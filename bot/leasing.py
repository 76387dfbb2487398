"""Keeps a lease while a piece of work goes on, and takes over from a copy of the bot that has died."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import socket
import threading
from collections.abc import Iterator

from handlers.ports import Clock
from storage.errors import StorageError
from storage.records import Lease
from storage.store import Store

log = logging.getLogger("namndbot.leasing")

SECONDS = 15.0  # a copy that is silent for so long has lost its work to another
_BEAT = 4.0


def new_holder() -> str:
    """Return a name for this copy of the bot: machine, process, and chance."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def is_dead(holder: str) -> bool:
    """Say whether a holder was a process of this machine that is gone. When in doubt it lives.

    A wrong answer costs nothing but work: the fencing token keeps the slower of two out.
    """
    machine, _, rest = holder.partition(":")
    pid = rest.partition(":")[0]
    if machine != socket.gethostname() or not pid.isdecimal() or int(pid) == os.getpid():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


@contextlib.contextmanager
def kept(store: Store, name: str, holder: str, clock: Clock) -> Iterator[Lease | None]:
    """Hold a lease while the block runs, renewing it; give None when another copy has it.

    The block must check the lease's token in each transaction that matters (`book.still_mine`): a copy that was
    frozen past its time finds out there.
    """
    lease = _take(store, name, holder, clock)
    if lease is None:
        yield None
        return
    done = threading.Event()
    beat = threading.Thread(target=_renew, args=(store, lease, clock, done), name=f"lease {name}", daemon=True)
    beat.start()
    try:
        yield lease
    finally:
        done.set()
        beat.join()
        with contextlib.suppress(StorageError), store.book() as book:
            book.give_back(lease)


def _take(store: Store, name: str, holder: str, clock: Clock) -> Lease | None:
    with store.book() as book:
        other = book.holder_of(name)
        after = other if other and is_dead(other) else None
        return book.take_lease(name, holder, now=clock.now(), seconds=SECONDS, after=after)


def _renew(store: Store, lease: Lease, clock: Clock, done: threading.Event) -> None:
    while not done.wait(_BEAT):
        try:
            with store.book() as book:
                book.take_lease(lease.name, lease.holder, now=clock.now(), seconds=SECONDS)
        except StorageError as error:
            log.warning("lease %s could not be renewed: %s", lease.name, error)
