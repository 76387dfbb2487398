"""A subscription to a mailbox's inbox, kept alive while the bot runs: it only wakes, and polling is enough without it."""

from __future__ import annotations

import datetime as dt
import logging
import queue
import secrets
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import quote

from bot.mailboxes.graph_line import Line
from handlers.ports import DoorError

if TYPE_CHECKING:
    from bot.pages.graph_push import GraphPush

log = logging.getLogger("namndbot.mailbox")

# Graph keeps a subscription to Outlook for seven days at most. After half its life it is prolonged.
_LIFE = 2 * 86_400.0
_WAITS = (60.0, 300.0, 1800.0, 3600.0)  # seconds until the next try, when Graph would not subscribe
_BREATH = 0.5  # seconds: so soon we see that the bot is to stop


def watch(
    line: Line,
    address: str,
    push: GraphPush,
    wake: Callable[[], None],
    missed: Callable[[], None],
    stopping: threading.Event,
    *,
    life: float = _LIFE,
) -> None:
    """Subscribe, wake when Graph tells, prolong, and unsubscribe at the end. Never raises: who polls needs no push.

    missed is called before wake where Graph tells that it has left something out.
    """
    told: queue.SimpleQueue[str] = queue.SimpleQueue()
    secret = secrets.token_urlsafe(32)
    push.register(secret, told.put)
    kept = _Subscription(line, address, push.url, secret, life)
    try:
        while not stopping.is_set():
            kept.keep()
            try:
                events = {told.get(timeout=_BREATH)}
            except queue.Empty:
                continue
            while not told.empty():
                events.add(told.get())
            if "subscriptionRemoved" in events:
                kept.lost()
            if "reauthorizationRequired" in events:
                kept.prolong_now()
            if events & {"missed", "subscriptionRemoved", "reauthorizationRequired"}:
                missed()
            wake()
    finally:
        push.forget(secret)
        kept.end()


class _Subscription:
    def __init__(self, line: Line, address: str, url: str, secret: str, life: float) -> None:
        self._line = line
        self._address = address
        self._url = url
        self._secret = secret
        self._life = life
        self._id = ""
        self._next = 0.0  # on the monotonic clock: when something is to be done about it
        self._failed = 0

    def keep(self) -> None:
        """Make the subscription, or prolong it, when it is time."""
        if time.monotonic() < self._next:
            return
        try:
            if not (self._id and self._prolonged()):
                self._make()
            self._next, self._failed = time.monotonic() + self._life / 2, 0
        except DoorError as error:
            wait = _WAITS[min(self._failed, len(_WAITS) - 1)]
            self._failed += 1
            self._next = time.monotonic() + wait
            log.warning("Graph does not wake the bot for %s, which asks as before: %s", self._address, error)

    def lost(self) -> None:
        """Note that Graph has taken the subscription away."""
        self._id, self._next = "", 0.0

    def prolong_now(self) -> None:
        """Prolong before it is time."""
        self._next = 0.0

    def end(self) -> None:
        """Take the subscription away; what cannot be taken away runs out by itself."""
        if self._id:
            try:
                self._line.ask("DELETE", self._path(), again=False)
            except DoorError:
                log.info("the subscription for %s is left to run out", self._address)

    def _make(self) -> None:
        reply = self._line.ask(
            "POST",
            "/subscriptions",
            data={
                "changeType": "created",
                "notificationUrl": self._url,
                "lifecycleNotificationUrl": self._url,
                "resource": f"users/{self._address}/mailFolders('inbox')/messages",
                "expirationDateTime": self._end(),
                "clientState": self._secret,
            },
            again=False,
        )
        self._id = str(reply.must().get("id") or "")

    def _prolonged(self) -> bool:
        reply = self._line.ask("PATCH", self._path(), data={"expirationDateTime": self._end()}, refusable=True)
        if reply.status == 404:
            return False
        reply.must()
        return True

    def _path(self) -> str:
        return f"/subscriptions/{quote(self._id, safe='')}"

    def _end(self) -> str:
        return dt.datetime.fromtimestamp(time.time() + self._life, dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.0000000Z")
