"""A double of Teams' connector and of its login on a loopback socket: the v3 REST, written from Microsoft's documents.

What the real service does differently, nobody has been able to try. In a test:

    with ConnectorDouble() as teams:           # TLS, and a token wanted: teams.ca, teams.login, teams.client, teams.secret
    with ConnectorDouble(tls=False) as teams:  # a local bot's: plain HTTP, no token
        teams.url                              # the service address to put in an Address
        teams.people["19:a"] = [...]           # who is in a chat, as Teams' JSON; told a few at a time
        teams.fail("post", "429", value=3)     # what is to go wrong, see fail
        teams.accepted                         # what was accepted, in order: Accepted(method, conversation, message, activity)
        teams.shown("19:a")                    # the messages that stand in a chat now, by id
        teams.calls["post"]                    # how many came, accepted or not: post put delete create members token

As a process of its own, plain and without tokens: python -m tests.channels.connector_double PORT. It prints where it
listens, {"url": …}, and then each accepted thing as a line of JSON. POST /_fail with fail's arguments sets a fault.
"""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import json
import secrets
import sys
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import jwt
from aiohttp import web

from tests.channels.loopback import Loopback, hang_up

TENANT = "11111111-2222-3333-4444-555555555555"
CLIENT = "99999999-8888-7777-6666-555555555555"
SECRET = "hemlig~sak"
_PAGE = 3  # people in a page, whatever is asked for
Handler = Callable[[web.Request], Awaitable[web.Response]]


@dataclass(frozen=True)
class Accepted:
    """One thing that was done."""

    method: str  # POST, PUT, DELETE of a message; CREATE of a chat
    conversation: str
    message: str
    activity: dict[str, Any] = field(default_factory=dict)


@dataclass
class _Fault:
    operation: str
    kind: str
    nth: int
    times: int
    value: float | str | None
    code: str


class ConnectorDouble(Loopback):
    """The server. See the module for how it is used."""

    def __init__(self, *, tls: bool = True, port: int = 0, told: Callable[[Accepted], None] | None = None) -> None:
        super().__init__(tls=tls, port=port)
        self.tenant, self.client, self.secret = TENANT, CLIENT, SECRET
        self.wants_token = tls
        self.lifetime = 3599
        self.accepted: list[Accepted] = []
        self.people: dict[str, list[dict[str, Any]]] = {}
        self.messages: dict[str, dict[str, dict[str, Any]]] = {}
        self.calls: Counter[str] = Counter()
        self.scopes: list[str] = []
        self.authorizations: list[str] = []
        self.tokens: set[str] = set()
        self.assertions = 0  # logins with a certificate
        self._told = told
        self._faults: list[_Fault] = []
        self._numbers = itertools.count(1)

    # what a test does

    @property
    def url(self) -> str:
        """The service address."""
        return f"{self.origin}/teams/"

    @property
    def login(self) -> str:
        """The address of the login."""
        return self.origin

    def fail(
        self,
        operation: str,
        kind: str,
        *,
        nth: int = 1,
        times: int = 1,
        value: float | str | None = None,
        code: str = "",
    ) -> None:
        """Let the nth call of an operation from now on go wrong, so many times. operation "*": any but token.

        kind: a status, with value as its Retry-After and code as Teams' name for it; "after" (accepted, and then the
        connection breaks); "before" (it breaks, and nothing was accepted); "slow" (value seconds, then as always);
        "garbage" (accepted, and answered with no JSON).
        """
        with self.guard:
            self._faults.append(_Fault(operation, kind, nth, times, value, code))

    def shown(self, conversation: str) -> dict[str, dict[str, Any]]:
        """Return the messages that stand in a chat, by id."""
        with self.guard:
            return dict(self.messages.get(conversation, {}))

    def expire_tokens(self) -> None:
        """Let every token that was given out be refused."""
        with self.guard:
            self.tokens.clear()

    def reset(self) -> None:
        """Forget everything that was set and done."""
        with self.guard:
            for held in (self.accepted, self.people, self.messages, self.calls, self.scopes, self.tokens, self._faults):
                held.clear()
            self.authorizations.clear()
            self.secret, self.lifetime, self.assertions = SECRET, 3599, 0

    # the server

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        chats = "/teams/v3/conversations"
        one = chats + "/{conversation}/activities"
        return [
            web.post(chats, self._around("create", self._create)),
            web.post(one, self._around("post", self._post)),
            web.put(one + "/{message}", self._around("put", self._put)),
            web.delete(one + "/{message}", self._around("delete", self._delete)),
            web.get(chats + "/{conversation}/pagedmembers", self._around("members", self._members)),
            web.get(chats + "/{conversation}/pagedMembers", self._around("members", self._members)),
            web.get("/{tenant}/v2.0/.well-known/openid-configuration", self._configuration),
            web.post("/{tenant}/oauth2/v2.0/token", self._around("token", self._token)),
            web.post("/_fail", self._set_fault),
        ]

    def _around(self, operation: str, handler: Handler) -> Handler:
        async def answered(request: web.Request) -> web.Response:
            with self.guard:
                self.calls[operation] += 1
                fault = self._due(operation)
                if operation != "token":
                    self.authorizations.append(request.headers.get("Authorization", ""))
            if operation != "token" and self.wants_token:
                token = request.headers.get("Authorization", "").removeprefix("Bearer ")
                if token not in self.tokens:
                    return _refused(401, "Unauthorized")
            if fault is None:
                return await handler(request)
            return await self._faulty(request, handler, fault)

        return answered

    async def _faulty(self, request: web.Request, handler: Handler, fault: _Fault) -> web.Response:
        if fault.kind.isdigit():
            headers = {"Retry-After": str(fault.value)} if fault.value is not None else {}
            if fault.kind.startswith("3"):
                headers = {"Location": str(fault.value)}
            return _refused(int(fault.kind), fault.code or "ServiceError", headers)
        if fault.kind == "before":
            hang_up(request)
            return web.Response()
        if fault.kind == "slow":
            await asyncio.sleep(float(fault.value or 0))
        answer = await handler(request)
        if fault.kind == "after":
            hang_up(request)
        if fault.kind == "garbage":
            return web.Response(text="{tack", content_type="application/json")
        return answer

    def _due(self, operation: str) -> _Fault | None:
        for fault in self._faults:
            if fault.operation == operation or (fault.operation == "*" and operation != "token"):
                fault.nth -= 1
                if fault.nth <= 0:
                    fault.times -= 1
                    if fault.times <= 0:
                        self._faults.remove(fault)
                    return fault
        return None

    async def _set_fault(self, request: web.Request) -> web.Response:
        self.fail(**await request.json())
        return web.json_response({})

    def _accept(self, accepted: Accepted) -> None:
        self.accepted.append(accepted)
        if self._told is not None:
            self._told(accepted)

    # conversations

    async def _create(self, request: web.Request) -> web.Response:
        wanted = await request.json()
        who = wanted["members"][0]["id"]
        with self.guard:
            # The same person gets the same chat each time.
            self._accept(Accepted("CREATE", f"a:{who}", "", wanted))
        return web.json_response({"id": f"a:{who}", "serviceUrl": self.url}, status=201)

    async def _post(self, request: web.Request) -> web.Response:
        activity, chat = await request.json(), request.match_info["conversation"]
        with self.guard:
            id_ = f"{1700000000000 + next(self._numbers)}"
            self.messages.setdefault(chat, {})[id_] = activity
            self._accept(Accepted("POST", chat, id_, activity))
        return web.json_response({"id": id_}, status=201)

    async def _put(self, request: web.Request) -> web.Response:
        activity, chat, id_ = await request.json(), request.match_info["conversation"], request.match_info["message"]
        with self.guard:
            if id_ not in self.messages.get(chat, {}):
                return _refused(404, "ActivityNotFoundInConversation")
            self.messages[chat][id_] = activity
            self._accept(Accepted("PUT", chat, id_, activity))
        return web.json_response({"id": id_})

    async def _delete(self, request: web.Request) -> web.Response:
        chat, id_ = request.match_info["conversation"], request.match_info["message"]
        with self.guard:
            if self.messages.get(chat, {}).pop(id_, None) is None:
                return _refused(404, "ActivityNotFoundInConversation")
            self._accept(Accepted("DELETE", chat, id_))
        return web.Response()

    async def _members(self, request: web.Request) -> web.Response:
        people = self.people.get(request.match_info["conversation"], [])
        start = int(request.query.get("continuationToken") or 0)
        told: dict[str, Any] = {"members": people[start : start + _PAGE]}
        if start + _PAGE < len(people):
            told["continuationToken"] = str(start + _PAGE)
        return web.json_response(told)

    # login

    async def _configuration(self, request: web.Request) -> web.Response:
        base = f"{self.login}/{request.match_info['tenant']}"
        return web.json_response(
            {
                "issuer": f"{base}/v2.0",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "token_endpoint": f"{base}/oauth2/v2.0/token",
            }
        )

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        if request.match_info["tenant"] != self.tenant or form.get("client_id") != self.client:
            return _no_token("unauthorized_client", "AADSTS700016: Application was not found in the directory.")
        assertion = str(form.get("client_assertion", ""))
        if assertion and jwt.decode(assertion, options={"verify_signature": False}).get("iss") == self.client:
            self.assertions += 1
        elif form.get("client_secret") != self.secret:
            return _no_token("invalid_client", "AADSTS7000215: Invalid client secret provided.")
        token = secrets.token_urlsafe(24)
        with self.guard:
            self.scopes.append(str(form.get("scope")))
            self.tokens.add(token)
        return web.json_response({"token_type": "Bearer", "expires_in": self.lifetime, "access_token": token})


def _refused(status: int, code: str, headers: dict[str, str] | None = None) -> web.Response:
    told = {"error": {"code": code, "message": "Hemligt: anna@ekeby.example får inte."}}
    return web.json_response(told, status=status, headers=headers)


def _no_token(error: str, description: str) -> web.Response:
    return web.json_response({"error": error, "error_description": description}, status=401)


def main(port: int) -> None:
    """Serve until somebody ends the process, and print what is accepted."""

    def told(accepted: Accepted) -> None:
        print(json.dumps(dataclasses.asdict(accepted), ensure_ascii=False), flush=True)

    with ConnectorDouble(tls=False, port=port, told=told) as teams:
        print(json.dumps({"url": teams.url}), flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main(int(sys.argv[1]))
