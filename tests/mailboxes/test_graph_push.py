"""Microsoft Graph wakes the bot; whoever else tries wakes nobody, and without it the bot asks as before."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiohttp import web

from bot.mailboxes import graph_watch
from bot.mailboxes.graph import GraphMailbox
from bot.pages import graph_push
from bot.pages.graph_push import GraphPush
from storage.store import Store
from tests.mailboxes.graph_double import as_json
from tests.mailboxes.graph_peer import GraphPeer, graph

DAY = dt.datetime(2026, 12, 1, 9, 0, tzinfo=dt.UTC)
RAW = b"From: anna@region.example\r\nTo: b@ekeby.example\r\nSubject: Ett\r\n\r\nHej.\r\n"


class Pages:
    """The pages' endpoint on a loopback socket, in a thread."""

    def __init__(self) -> None:
        self.push = GraphPush("")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.url = asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)
        self.push.url = self.url + graph_push.PATH

    async def _start(self) -> str:
        app = web.Application()
        app[graph_push.PUSH] = self.push
        app.add_routes([web.post(graph_push.PATH, graph_push.receive)])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def post(self, body: bytes, query: str = "") -> tuple[int, str, str]:
        request = urllib.request.Request(self.push.url + query, data=body, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status, answer.headers.get_content_type(), answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, "", ""


@pytest.fixture
def pages() -> Iterator[Pages]:
    made = Pages()
    yield made
    made.close()


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[GraphPeer]:
    with graph(tmp_path) as made:
        yield made


@contextmanager
def watching(peer: GraphPeer, push: GraphPush | None) -> Iterator[tuple[GraphMailbox, list[float]]]:
    box = peer.mailbox(notify=True)
    box.open()
    box.push = push
    woken: list[float] = []
    stopping = threading.Event()
    thread = threading.Thread(target=box.watch, args=(lambda: woken.append(time.monotonic()), stopping))
    thread.start()
    try:
        if push is not None:
            until(lambda: peer.double.subscriptions)
        yield box, woken
    finally:
        stopping.set()
        thread.join(5)
        assert not thread.is_alive()


def until(what: Callable[[], object], seconds: float = 5) -> None:
    ends = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < ends, "it never came"
        time.sleep(0.01)


def test_a_letter_wakes_the_bot_at_once(peer: GraphPeer, pages: Pages) -> None:
    with watching(peer, pages.push) as (box, woken):
        assert list(box.fetch()) == []
        begun = time.monotonic()
        peer.put(RAW, DAY)
        until(lambda: woken)
        assert woken[0] - begun < 5
        assert len(list(box.fetch())) == 1
        assert peer.double.notified == [202]
    assert peer.double.subscriptions == {}  # taken away at the end


def test_where_the_settings_or_the_pages_have_none_watch_returns_at_once(peer: GraphPeer, pages: Pages) -> None:
    with watching(peer, None):
        pass
    box = peer.mailbox(notify=False)
    box.push = pages.push
    box.watch(lambda: None, threading.Event())
    assert peer.double.calls["subscribe"] == 0


def test_what_does_not_carry_the_secret_wakes_nobody_and_learns_nothing(peer: GraphPeer, pages: Pages) -> None:
    with watching(peer, pages.push) as (_, woken):
        for secret in ("", "x", "x" * 43, "å", "\ud800"):
            told = as_json({"value": [{"clientState": secret, "changeType": "created"}]})
            assert pages.post(told)[0] in (202, 400)
        for body in (b"", b"[]", b"{}", b'{"value": 3}', b'{"value": ["a"]}', b"\xff", b"[" * 100_000):
            assert pages.post(body)[0] == 400
        assert pages.post(b"x" * 300_000)[0] == 413
        peer.double.notify("missed", client_state="not ours")
        until(lambda: peer.double.notified)
        time.sleep(0.7)
        assert woken == []


def test_the_question_whether_we_are_here_is_answered_as_text(pages: Pages) -> None:
    assert pages.post(b"", "?validationToken=%3Cscript%3E%20%C3%A5%2B") == (200, "text/plain", "<script> å+")
    assert pages.post(b"", "?validationToken=" + "x" * 5000)[0] == 400


@pytest.mark.parametrize("event", ["missed", "subscriptionRemoved", "reauthorizationRequired"])
def test_what_graph_left_out_is_listed_anew(peer: GraphPeer, pages: Pages, event: str) -> None:
    with watching(peer, pages.push) as (box, woken):
        list(box.fetch())
        before = peer.double.calls.copy()
        if event == "subscriptionRemoved":
            (gone,) = peer.double.subscriptions.values()
            peer.double.notify(event)
            peer.double.subscriptions.pop(gone["id"])
        else:
            peer.double.notify(event)
        until(lambda: woken)
        list(box.fetch())
        assert (peer.double.calls - before)["list"] == 1
        if event == "subscriptionRemoved":
            until(lambda: peer.double.subscriptions)
            assert peer.double.calls["subscribe"] == 2
        if event == "reauthorizationRequired":
            until(lambda: peer.double.calls["prolong"] == 1)


def test_a_subscription_is_prolonged_in_time_and_made_anew_when_it_is_gone(
    peer: GraphPeer, pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph_watch.watch, "__kwdefaults__", {"life": 1.0})
    with watching(peer, pages.push):
        until(lambda: peer.double.calls["prolong"] >= 2)
        assert peer.double.calls["subscribe"] == 1
        peer.double.subscriptions.clear()
        until(lambda: peer.double.subscriptions)
        assert peer.double.calls["subscribe"] == 2


def test_where_graph_cannot_reach_us_the_bot_says_so_and_asks_as_before(
    peer: GraphPeer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(graph_watch, "_WAITS", (0.1,))
    box = peer.mailbox(notify=True)
    box.push = GraphPush("http://127.0.0.1:9")
    stopping = threading.Event()
    thread = threading.Thread(target=box.watch, args=(lambda: None, stopping))
    with caplog.at_level("WARNING", logger="namndbot.mailbox"):
        thread.start()
        until(lambda: peer.double.calls["subscribe"] >= 2)
        stopping.set()
        thread.join(5)
    assert "ValidationError" in caplog.text
    peer.put(RAW, DAY)
    assert len(list(box.fetch())) == 1


def test_the_pages_have_the_address(sqlite_store: Store) -> None:
    from bot.pages.app import Desk, make_app
    from storage.raw.files import RawFiles
    from tests.fakes import FixedClock, HereReader

    desk = Desk(sqlite_store, RawFiles(Path("raw")), HereReader(), FixedClock(), {}, "Ekeby", "http://nb", lambda: None)
    addresses = {r.resource.canonical for r in make_app(desk).router.routes() if r.resource is not None}
    assert graph_push.PATH in addresses
