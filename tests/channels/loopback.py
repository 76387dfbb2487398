"""A web server on this machine, in a thread and an event loop of its own; with TLS, or without."""

from __future__ import annotations

import asyncio
import functools
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from aiohttp import web

from tests.certificates import Certificates, make


@functools.cache
def certificates() -> Certificates:
    """Return an authority and certificates for this machine, the same in the whole run."""
    return make(Path(tempfile.mkdtemp(prefix="channels-")))


class Loopback:
    """The server. Use as a context manager; a subclass says what it answers."""

    def __init__(self, *, tls: bool = True, port: int = 0) -> None:
        self.tls = tls
        self.port = port
        self.guard = threading.RLock()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def origin(self) -> str:
        """Where it listens."""
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def ca(self) -> Path | None:
        """The certificate to trust."""
        return certificates().ca if self.tls else None

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """Return what it answers."""
        raise NotImplementedError

    async def _start(self) -> None:
        app = web.Application(client_max_size=1_000_000)
        app.add_routes(self.routes())
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, ssl_context=certificates().good if self.tls else None)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def _stop(self) -> None:
        # A goodbye in TLS waits for the other side's: nobody is there any more.
        for connection in list(self._runner.server.connections if self._runner.server else ()):
            if connection.transport is not None:
                connection.transport.abort()
        await self._runner.cleanup()
        await asyncio.sleep(0.01)
        others = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


def hang_up(request: web.Request) -> None:
    """Break the connection off without a word."""
    if request.transport is not None:
        request.transport.abort()
