"""Where Microsoft Graph tells that something has come: it wakes a mailbox, and says nothing to anybody else."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable

from aiohttp import web

from bot.pages import security
from bot.pages.serving import missing

PATH = "/graph/push"
_MOST_BYTES = 256 * 1024
_MOST_EVENTS = 1000
_LONGEST_TOKEN = 2048  # characters


class GraphPush:
    """Which mailbox is woken by which secret. Made once per process, for pages and mailboxes together."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/") + PATH
        self._guard = threading.Lock()
        self._known: dict[str, Callable[[str], None]] = {}

    def register(self, client_state: str, wake: Callable[[str], None]) -> None:
        """Let what comes with this secret call wake with the lifecycle event, "" for a letter. It must not wait."""
        with self._guard:
            self._known[client_state] = wake

    def forget(self, client_state: str) -> None:
        """Let a secret be nobody's."""
        with self._guard:
            self._known.pop(client_state, None)

    def tell(self, client_state: str, event: str) -> bool:
        """Wake the mailbox with this secret; return whether there is one. Every secret is compared, in constant time."""
        with self._guard:
            known = list(self._known.items())
        mine = [wake for secret, wake in known if security.same(client_state, secret)]
        for wake in mine:
            wake(event)
        return bool(mine)


PUSH: web.AppKey[GraphPush] = web.AppKey("graph_push", GraphPush)


async def receive(request: web.Request) -> web.StreamResponse:
    """Answer Graph's question whether we are here, or take what it tells. What is forged gets the same answer."""
    push = request.app.get(PUSH)
    if push is None:
        return await missing(request)
    token = request.query.get("validationToken")
    if token is not None:
        if len(token) > _LONGEST_TOKEN:
            return web.Response(status=400)
        return web.Response(text=token, content_type="text/plain")
    try:
        told = json.loads(await request.clone(client_max_size=_MOST_BYTES).read())
        events = told["value"][:_MOST_EVENTS]
        for client_state, event in {(str(e["clientState"]), str(e.get("lifecycleEvent") or "")) for e in events}:
            push.tell(client_state, event)
    except web.HTTPRequestEntityTooLarge:
        return web.Response(status=413)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return web.Response(status=400)
    return web.Response(status=202)
