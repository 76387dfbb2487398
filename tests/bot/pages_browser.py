"""A small browser for the tests of the pages: one person's cookie at a time, forms with their token."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from aiohttp import DummyCookieJar, FormData
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, Request

from bot.pages.app import make_app
from tests.bot.pages_letters import House

__all__ = ["Answer", "Browser", "House", "browse"]


@dataclass(frozen=True)
class Answer:
    """What a page answered."""

    status: int
    text: str
    body: bytes
    headers: Mapping[str, str]
    cookies: Mapping[str, str]


class Browser:
    """Asks the pages as one of the house's people, or as nobody."""

    def __init__(
        self, client: TestClient[Request, Application], house: House, tokens: Mapping[str, str] | None = None
    ) -> None:
        self._client, self._house = client, house
        self._tokens = dict(tokens or {})  # of those who are logged in already

    async def get(
        self, path: str, who: str = "", *, cookie: str = "", headers: Mapping[str, str] | None = None
    ) -> Answer:
        return await self._ask("GET", path, self._headers(who, cookie) | dict(headers or {}), None)

    async def post(
        self,
        path: str,
        who: str = "",
        *,
        csrf: str | None = None,
        cookie: str = "",
        headers: Mapping[str, str] | None = None,
        file: tuple[str, bytes] | None = None,
        **fields: str,
    ) -> Answer:
        """Send a form as our own page would; csrf and headers are for those who do not."""
        sent = self._headers(who, cookie) | dict({"Sec-Fetch-Site": "same-origin"} if headers is None else headers)
        token = f"{who}-csrf" if csrf is None else csrf
        data = FormData(quote_fields=False)
        for name, value in {"csrf": token, **fields}.items():
            data.add_field(name, value)
        if file is not None:
            data.add_field("fil", io.BytesIO(file[1]), filename=file[0], content_type="application/octet-stream")
        return await self._ask("POST", path, sent, data)

    async def raw(self, path: str, who: str, content_type: str, body: bytes, *, cookie: str = "") -> Answer:
        """Send what no browser would."""
        headers = self._headers(who, cookie) | {"Sec-Fetch-Site": "same-origin", "Content-Type": content_type}
        return await self._ask("POST", path, headers, body)

    def _headers(self, who: str, cookie: str) -> dict[str, str]:
        if who and who not in self._tokens:
            self._tokens[who] = self._house.login(who)
        mine = f"namndbot={self._tokens[who]}" if who else cookie
        return {"Cookie": mine} if mine else {}

    async def _ask(self, method: str, path: str, headers: Mapping[str, str], data: FormData | bytes | None) -> Answer:
        async with self._client.request(method, path, headers=headers, data=data, allow_redirects=False) as answer:
            body = await answer.read()
            cookies = {name: morsel.value for name, morsel in answer.cookies.items()}
            return Answer(answer.status, body.decode("utf-8", "replace"), body, dict(answer.headers), cookies)


def browse(house: House, steps: Callable[[Browser], Awaitable[None]]) -> None:
    """Run the pages on loopback and take the steps."""

    async def run() -> None:
        server = TestServer(make_app(house.desk))
        async with TestClient(server, cookie_jar=DummyCookieJar()) as client:
            await steps(Browser(client, house))

    asyncio.run(run())
