"""A double of Microsoft Graph and of its login on a loopback socket, as strict as the documents say, and faulty on demand.

Written from Microsoft's documents. What the real service does differently, nobody has been able to try.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import datetime as dt
import email
import email.header
import functools
import ipaddress
import itertools
import json
import re
import secrets
import ssl
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import jwt
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

TENANT = "11111111-2222-3333-4444-555555555555"
CLIENT = "99999999-8888-7777-6666-555555555555"
SECRET = "hemlig~sak"
_MOST_AT_ONCE = 4
_MOST_REQUEST = 4 * 1024 * 1024
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Letter:
    """A message in a mailbox."""

    id: str  # the immutable one
    folder: str
    raw: bytes
    received: dt.datetime
    categories: list[str] = field(default_factory=list)
    draft: bool = False
    message_id: str = ""
    moves: int = 0
    hidden_until: float = 0.0  # a sent copy that has not come yet, on the monotonic clock
    kind: str = "#microsoft.graph.message"

    @property
    def mutable_id(self) -> str:
        return f"AQMk{self.id[4:]}.{self.moves}"


@dataclass
class Fault:
    """What is to go wrong with the calls of one operation, from the nth on, so many times."""

    operation: str
    kind: str
    nth: int
    times: int
    value: float | None


class GraphError(Exception):
    """An answer that is no good."""

    def __init__(self, status: int, code: str, message: str = "", **headers: str) -> None:
        super().__init__(code)
        self.status, self.code, self.headers = status, code, headers
        self.message = message or code


class Account:
    """One mailbox: its folders, letters and what has changed."""

    def __init__(self, address: str, new_id: Callable[[], str]) -> None:
        self.address = address
        self.user: dict[str, Any] = {
            "mail": address,
            "userPrincipalName": address,
            "proxyAddresses": [f"SMTP:{address}", "smtp:gammal@ekeby.example"],
        }
        self.enabled = True
        self.allowed = True
        self._new_id = new_id
        self.folders: dict[str, str] = {}  # id: display name
        self.known: dict[str, str] = {}  # well-known name: id
        self.parents: dict[str, str] = {}
        self.letters: dict[str, Letter] = {}
        self.changes: list[tuple[str, str]] = []  # folder, letter
        root = self.known["msgfolderroot"] = new_id()
        for known, shown in (
            ("inbox", "Inkorgen"),
            ("sentitems", "Skickat"),
            ("drafts", "Utkast"),
            ("deleteditems", "Borttaget"),
        ):
            self.known[known] = self.make_folder(shown, root)

    def make_folder(self, name: str, parent: str) -> str:
        one = self._new_id()
        self.folders[one], self.parents[one] = name, parent
        return one

    def put(self, letter: Letter) -> None:
        self.letters[letter.id] = letter
        self.changes.append((letter.folder, letter.id))

    def touch(self, letter: Letter) -> None:
        self.changes.append((letter.folder, letter.id))

    def shift(self, letter: Letter, folder: str) -> None:
        self.touch(letter)
        letter.folder, letter.moves = folder, letter.moves + 1
        self.touch(letter)

    def remove(self, letter: Letter) -> None:
        self.touch(letter)
        del self.letters[letter.id]

    def folder_of(self, name: str) -> str | None:
        return next((one for one, shown in self.folders.items() if shown == name), None)


class GraphDouble:
    """The server. Use as a context manager; a test may look into accounts and accepted at any time."""

    def __init__(self) -> None:
        self.tenant, self.client, self.secret = TENANT, CLIENT, SECRET
        self.secret_expired = False
        self.certificate: x509.Certificate | None = None
        self.directory = True  # whether the app may read users
        self.token_scopes: list[str] = []
        self.accounts: dict[str, Account] = {}
        self.accepted: list[tuple[str, bytes]] = []  # Message-ID and bytes of every message that was sent
        self.sent_delay = 0.0
        self.delivers = False  # whether a message to one of the accounts comes to its inbox
        self.keeps_message_id = self.takes_message_id = True
        self.calls: Counter[str] = Counter()
        self.unmarked: list[str] = []  # calls that did not ask for immutable ids
        self.deletions: list[str] = []
        self.at_once = self.most_at_once = 0
        self.bad: dict[str, int] = {}  # letters whose $value answers with this status
        self.stuck: dict[str, int] = {}  # letters whose move does
        self.sparse = False  # whether changes are told without the received time
        self.subscriptions: dict[str, dict[str, Any]] = {}
        self.notified: list[int] = []  # what the other side answered to our notifications
        self.watchers: set[asyncio.Task[None]] = set()
        self._faults: list[Fault] = []
        self._tokens: set[str] = set()
        self._cursors: dict[str, Any] = {}
        self._numbers = itertools.count(1)
        self._last_id = ""
        self._guard = threading.RLock()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.port = 0

    # what a test does

    def __enter__(self) -> GraphDouble:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def login(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.login}/v1.0"

    @property
    def ca(self) -> Path:
        return _tls()[0]

    def account(self, address: str) -> Account:
        with self._guard:
            return self.accounts.setdefault(address, Account(address, self._new_id))

    def put(self, address: str, raw: bytes, received: dt.datetime, folder: str = "inbox", **more: Any) -> Letter:
        """Let a letter come, and tell the subscribers."""
        with self._guard:
            account = self.account(address)
            where = account.known.get(folder) or account.folder_of(folder)
            if where is None:
                where = account.make_folder(folder, account.known["msgfolderroot"])
            told = _header(raw, "Message-ID") or f"<{secrets.token_hex(8)}@double.example>"
            letter = Letter(self._new_id(), where, raw, received.astimezone(dt.UTC), message_id=told, **more)
            account.put(letter)
        if folder == "inbox":
            self.notify("")
        return letter

    def fail(self, operation: str, kind: str, *, nth: int = 1, times: int = 1, value: float | None = None) -> None:
        """Let the nth call of an operation from now on go wrong. operation "*": of any.

        kind: a status; "lost" (done, and the answer never comes); "late" (done, and then 503); "cut" (the answer
        breaks off after value bytes); "slow" (value seconds). value of a 429 or 503: its Retry-After.
        """
        with self._guard:
            self._faults.append(Fault(operation, kind, nth, times, value))

    def expire_tokens(self) -> None:
        """Let every token that was given out be refused."""
        with self._guard:
            self._tokens.clear()

    def forget_changes(self) -> None:
        """Let every delta link and next link be too old."""
        with self._guard:
            self._cursors.clear()

    def notify(self, event: str, *, client_state: str | None = None) -> None:
        """Tell the subscribers of a letter, or with event of what became of their subscription."""
        with self._guard:
            known = list(self.subscriptions.values())
        for one in known:
            told = {
                "subscriptionId": one["id"],
                "clientState": client_state or one["clientState"],
                "changeType": "created",
            }
            if event:
                told["lifecycleEvent"] = event
            asyncio.run_coroutine_threadsafe(self._tell(one["notificationUrl"], {"value": [told]}), self._loop)

    # the server

    async def _start(self) -> None:
        app = web.Application(middlewares=[self._around], client_max_size=_MOST_REQUEST)
        user = "/v1.0/users/{user}"
        folder = user + "/mailFolders/{folder}"
        message = user + "/messages/{message}"
        app.add_routes(
            [
                web.get("/{tenant}/v2.0/.well-known/openid-configuration", self._configuration, name="discovery"),
                web.post("/{tenant}/oauth2/v2.0/token", self._token, name="token"),
                web.get(user, self._user, name="user"),
                web.get(user + "/mailFolders", self._list_folders, name="folders"),
                web.post(user + "/mailFolders", self._post_folder, name="make-folder"),
                web.get(folder, self._get_folder, name="folder"),
                web.get(folder + "/childFolders", self._list_folders, name="child-folders"),
                web.post(folder + "/childFolders", self._post_folder, name="make-child-folder"),
                web.get(folder + "/messages/delta", self._delta, name="delta"),
                web.get(folder + "/messages", self._list_messages, name="list"),
                web.get(user + "/messages", self._list_messages, name="search"),
                web.post(user + "/messages", self._post_draft, name="draft"),
                web.get(message, self._get_message, name="message"),
                web.patch(message, self._patch_message, name="patch"),
                web.delete(message, self._delete_message, name="delete"),
                web.get(message + "/$value", self._value, name="value"),
                web.post(message + "/move", self._move, name="move"),
                web.post(message + "/send", self._send, name="send"),
                web.post(user + "/sendMail", self._send_mail, name="send-mail"),
                web.post("/v1.0/subscriptions", self._subscribe, name="subscribe"),
                web.patch("/v1.0/subscriptions/{subscription}", self._prolong, name="prolong"),
                web.delete("/v1.0/subscriptions/{subscription}", self._unsubscribe, name="unsubscribe"),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2, handler_cancellation=True)
        await self._runner.setup()
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*map(str, _tls()))
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=context)
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

    @web.middleware
    async def _around(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        name = request.match_info.route.name or "unknown"
        of_graph = request.path.startswith("/v1.0/")
        self.at_once += of_graph
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            with self._guard:
                self.calls[name] += 1
                fault = self._due(name)
            return await self._answer(request, handler, name, fault, of_graph)
        except GraphError as error:
            return _refused(error)
        finally:
            self.at_once -= of_graph

    async def _answer(
        self, request: web.Request, handler: Handler, name: str, fault: Fault | None, of_graph: bool
    ) -> web.StreamResponse:
        if of_graph:
            if self.at_once > _MOST_AT_ONCE:
                raise GraphError(429, "ApplicationThrottled", "Application is over its MailboxConcurrency limit.")
            self._authorise(request)
            if 'IdType="ImmutableId"' not in request.headers.get("Prefer", ""):
                self.unmarked.append(f"{request.method} {request.path}")
        if fault is not None and fault.kind == "slow":
            await asyncio.sleep(fault.value or 0)
        elif fault is not None and fault.kind.isdigit():
            headers = {"Retry_After": f"{fault.value:g}"} if fault.value is not None else {}
            codes = {"410": "SyncStateNotFound", "401": "InvalidAuthenticationToken", "429": "ApplicationThrottled"}
            raise GraphError(int(fault.kind), codes.get(fault.kind, "UnknownError"), **headers)
        if request.content_length and request.content_length > _MOST_REQUEST:
            raise GraphError(413, "RequestEntityTooLarge")
        await request.read()
        with self._guard:
            response = await handler(request)
        if fault is not None and fault.kind == "late":
            raise GraphError(503, "ServiceUnavailable")
        if fault is not None and fault.kind == "lost":
            _hang_up(request)
        elif fault is not None and fault.kind == "cut":
            return await _cut(request, response, int(fault.value or 0))
        return response

    def _due(self, name: str) -> Fault | None:
        for fault in self._faults:
            if fault.operation in (name, "*"):
                fault.nth -= 1
                if fault.nth <= 0:
                    fault.times -= 1
                    if fault.times <= 0:
                        self._faults.remove(fault)
                    return fault
        return None

    # login

    async def _configuration(self, request: web.Request) -> web.Response:
        tenant = request.match_info["tenant"]
        if tenant != self.tenant:
            told = {"error": "invalid_tenant", "error_description": f"AADSTS90002: Tenant '{tenant}' not found."}
            return web.json_response(told, status=400)
        base = f"{self.login}/{tenant}"
        return web.json_response(
            {
                "issuer": f"{base}/v2.0",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "token_endpoint": f"{base}/oauth2/v2.0/token",
            }
        )

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        if form.get("client_id") != self.client:
            return _no_token("unauthorized_client", "AADSTS700016: Application was not found in the directory.", 400)
        if self.certificate is not None:
            if not self._signed(str(form.get("client_assertion", ""))):
                return _no_token("invalid_client", "AADSTS700027: The certificate is not registered on application.")
        elif form.get("client_secret") != self.secret:
            return _no_token("invalid_client", "AADSTS7000215: Invalid client secret provided.")
        elif self.secret_expired:
            return _no_token("invalid_client", "AADSTS7000222: The provided client secret keys are expired.")
        self.token_scopes.append(str(form.get("scope")))
        token = secrets.token_urlsafe(24)
        self._tokens.add(token)
        return web.json_response({"token_type": "Bearer", "expires_in": 3599, "access_token": token})

    def _signed(self, assertion: str) -> bool:
        assert self.certificate is not None
        try:
            head = jwt.get_unverified_header(assertion)
            key: Any = self.certificate.public_key()
            told = jwt.decode(
                assertion, key, algorithms=["PS256"], audience=f"{self.login}/{self.tenant}/oauth2/v2.0/token"
            )
        except jwt.PyJWTError:
            return False
        digest = base64.urlsafe_b64encode(self.certificate.fingerprint(hashes.SHA256())).rstrip(b"=").decode()
        return bool(told["iss"] == self.client) and head.get("x5t#S256", "").rstrip("=") == digest

    def _authorise(self, request: web.Request) -> None:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self._tokens:
            raise GraphError(401, "InvalidAuthenticationToken", "Access token has expired or is not yet valid.")

    # mailboxes

    def _account(self, request: web.Request) -> Account:
        account = self.accounts.get(request.match_info["user"])
        if account is None:
            raise GraphError(404, "ErrorInvalidUser", "The requested user is invalid.")
        if not account.enabled:
            raise GraphError(404, "MailboxNotEnabledForRESTAPI")
        if not account.allowed:
            raise GraphError(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
        return account

    async def _user(self, request: web.Request) -> web.Response:
        if not self.directory:
            raise GraphError(403, "Authorization_RequestDenied", "Insufficient privileges.")
        account = self.accounts.get(request.match_info["user"])
        if account is None:
            raise GraphError(404, "Request_ResourceNotFound")
        _query(request, "$select")
        return web.json_response(account.user)

    def _context(self, account: Account, what: str) -> str:
        return f"{self.url}/$metadata#users('{account.user['mail'].replace('@', '%40')}')/{what}"

    async def _list_folders(self, request: web.Request) -> web.Response:
        account = self._account(request)
        query = _query(request, "$select", "$top", "$skip")
        parent = self._folder(account, request.match_info.get("folder", "msgfolderroot"))
        rows = [_folder_row(account, one) for one, above in account.parents.items() if above == parent]
        return self._page(request, rows, query)

    async def _post_folder(self, request: web.Request) -> web.Response:
        account = self._account(request)
        name = (await request.json())["displayName"]
        parent = self._folder(account, request.match_info.get("folder", "msgfolderroot"))
        if any(account.folders[one].casefold() == name.casefold() for one, p in account.parents.items() if p == parent):
            raise GraphError(409, "ErrorFolderExists")
        return web.json_response(_folder_row(account, account.make_folder(name, parent)), status=201)

    async def _get_folder(self, request: web.Request) -> web.Response:
        account = self._account(request)
        _query(request, "$select")
        one = self._folder(account, request.match_info["folder"])
        row = {"@odata.context": self._context(account, "mailFolders/$entity")} | _folder_row(account, one)
        return web.json_response(row)

    def _folder(self, account: Account, told: str) -> str:
        one = account.known.get(told, told)
        if one not in account.folders and one != account.known["msgfolderroot"]:
            raise GraphError(404, "ErrorItemNotFound", "The specified folder could not be found in the store.")
        return one

    def _letter(self, request: web.Request, account: Account) -> Letter:
        told = request.match_info["message"]
        for letter in account.letters.values():
            # Ids are compared letter by letter: many differ in upper and lower case only.
            if told in (letter.id, letter.mutable_id) and letter.hidden_until <= time.monotonic():
                return letter
        if not told.startswith(("AAk", "AQMk", "aaK")):
            raise GraphError(400, "ErrorInvalidIdMalformed", "Id is malformed.")
        raise GraphError(404, "ErrorItemNotFound", "The specified object was not found in the store.")

    def _row(self, request: web.Request, letter: Letter, select: str | None) -> dict[str, Any]:
        prefer = request.headers.get("Prefer", "")
        row: dict[str, Any] = {
            "@odata.type": letter.kind,
            "id": letter.id if 'IdType="ImmutableId"' in prefer else letter.mutable_id,
            "parentFolderId": letter.folder,
            "receivedDateTime": _time(letter.received),
            "sentDateTime": _time(letter.received),
            "categories": letter.categories,
            "isDraft": letter.draft,
            "subject": _header(letter.raw, "Subject"),
            "internetMessageId": letter.message_id,
        }
        if select is None:
            return row
        return {k: v for k, v in row.items() if k in ("id", "@odata.type", *select.split(","))}

    async def _list_messages(self, request: web.Request) -> web.Response:
        account = self._account(request)
        query = _query(request, "$select", "$filter", "$orderby", "$top", "$skip", "$expand")
        where = self._folder(account, request.match_info["folder"]) if "folder" in request.match_info else None
        wanted = _filter(query.get("$filter"))
        order = query.get("$orderby", "receivedDateTime desc")
        prop = order.partition(" ")[0]
        if prop not in ("receivedDateTime", "sentDateTime"):
            raise GraphError(400, "ErrorInvalidUrlQuery", f"orderby {order}")
        if "$orderby" in query and "$filter" in query and not query["$filter"].startswith(prop):
            raise GraphError(400, "InefficientFilter", "The restriction or sort order is too complex.")
        now = time.monotonic()
        letters = [
            one
            for one in account.letters.values()
            if (where is None or one.folder == where) and one.hidden_until <= now and wanted(one)
        ]
        letters.sort(key=lambda one: one.received, reverse=order.endswith("desc"))
        rows = []
        for one in letters:
            row = self._row(request, one, query.get("$select"))
            if "$expand" in query:
                row["singleValueExtendedProperties"] = _extended(one, query["$expand"])
            rows.append(row)
        return self._page(request, rows, query)

    def _page(self, request: web.Request, rows: list[dict[str, Any]], query: dict[str, str]) -> web.Response:
        # The next page is a number of rows to leave out: what is moved meanwhile hides others, as it does there.
        top, skip = int(query.get("$top", "10")), int(query.get("$skip", "0"))
        told: dict[str, Any] = {"value": rows[skip : skip + top]}
        if skip + top < len(rows):
            told["@odata.nextLink"] = str(
                request.url.with_scheme("https").update_query({"$skip": str(skip + top), "$top": str(top)})
            )
        return web.json_response(told)

    async def _delta(self, request: web.Request) -> web.Response:
        account = self._account(request)
        query = dict(request.query)
        prefer = re.search(r"odata\.maxpagesize=(\d+)", request.headers.get("Prefer", ""))
        size = int(prefer[1]) if prefer else 10
        told = query.get("$skiptoken") or query.get("$deltatoken")
        if told is not None:
            if told not in self._cursors:
                raise GraphError(410, "SyncStateNotFound", "The sync state is not found.")
            folder, wanted, select, ids, seen = self._cursors[told]
            if "$deltatoken" in query:
                changed = {one for where, one in account.changes[seen:] if where == folder}
                ids, seen = sorted(changed), len(account.changes)
        else:
            _query(request, "$select", "$filter", "changeType")
            if "$filter" in query and not re.fullmatch(r"receivedDateTime g[et] \S+", query["$filter"]):
                raise GraphError(400, "ErrorInvalidUrlQuery", "only 'receivedDateTime ge value' is supported.")
            folder = self._folder(account, request.match_info["folder"])
            wanted, select = query.get("$filter"), query.get("$select")
            ids = sorted(one.id for one in account.letters.values() if one.folder == folder)
            seen = len(account.changes)
        rows = [self._change(request, account, one, folder, wanted, select, told) for one in ids[:size]]
        rest = ids[size:]
        token = secrets.token_urlsafe(12)
        self._cursors[token] = (folder, wanted, select, rest, seen)
        kind = "skip" if rest else "delta"
        link = f"{self.login}{request.path}?${kind}token={token}"
        return web.json_response(
            {"value": [r for r in rows if r], "@odata.nextLink" if rest else "@odata.deltaLink": link}
        )

    def _change(
        self,
        request: web.Request,
        account: Account,
        one: str,
        folder: str,
        wanted: str | None,
        select: str | None,
        later: str | None,
    ) -> dict[str, Any] | None:
        letter = account.letters.get(one)
        if letter is None or letter.folder != folder:
            return {"id": one, "@removed": {"reason": "changed" if letter else "deleted"}}
        if not _filter(wanted)(letter):
            return None
        row = self._row(request, letter, select)
        if self.sparse and later:
            row.pop("receivedDateTime", None)
        return row

    async def _get_message(self, request: web.Request) -> web.Response:
        query = _query(request, "$select")
        return web.json_response(
            self._row(request, self._letter(request, self._account(request)), query.get("$select"))
        )

    async def _patch_message(self, request: web.Request) -> web.Response:
        account = self._account(request)
        letter = self._letter(request, account)
        told = await request.json()
        if set(told) - {"categories", "internetMessageId", "isRead"}:
            raise GraphError(400, "ErrorInvalidRequest")
        if "internetMessageId" in told:
            if not letter.draft or not self.takes_message_id:
                raise GraphError(400, "ErrorInvalidPropertySet")
            letter.message_id = told["internetMessageId"]
        letter.categories = told.get("categories", letter.categories)
        account.touch(letter)
        return web.json_response(self._row(request, letter, None))

    async def _delete_message(self, request: web.Request) -> web.Response:
        self.deletions.append(request.match_info["message"])
        account = self._account(request)
        account.remove(self._letter(request, account))
        return web.Response(status=204)

    async def _value(self, request: web.Request) -> web.Response:
        letter = self._letter(request, self._account(request))
        if letter.id in self.bad:
            raise GraphError(self.bad[letter.id], "ErrorMimeContentConversionFailed")
        # The bytes are made anew each time, and are never the same twice.
        number = next(self._numbers)
        head, between, body = letter.raw.partition(b"\r\n\r\n")
        made = head + b"\r\nX-MS-Exchange-Made: %d" % number + between + body
        return web.Response(body=made, content_type="text/plain")

    async def _move(self, request: web.Request) -> web.Response:
        account = self._account(request)
        letter = self._letter(request, account)
        if letter.id in self.stuck:
            raise GraphError(self.stuck[letter.id], "ErrorMoveCopyFailed")
        folder = self._folder(account, (await request.json())["destinationId"])
        account.shift(letter, folder)
        return web.json_response(self._row(request, letter, None), status=201)

    # sending

    async def _post_draft(self, request: web.Request) -> web.Response:
        account = self._account(request)
        letter = self._read_mime(await request.read(), request, account)
        account.put(letter)
        return web.json_response(self._row(request, letter, None), status=201)

    def _read_mime(self, body: bytes, request: web.Request, account: Account) -> Letter:
        if request.content_type != "text/plain":
            raise GraphError(415, "UnsupportedMediaType")
        try:
            raw = base64.b64decode(body, validate=True)
        except ValueError:
            raise GraphError(400, "ErrorMimeContentInvalidBase64String") from None
        if not re.search(r"\w@\w", _header(raw, "To")):
            raise GraphError(400, "ErrorMimeContentInvalid")
        told = _header(raw, "Message-ID") if self.keeps_message_id else f"<{secrets.token_hex(8)}@prod.outlook.example>"
        now = dt.datetime.now(dt.UTC)
        return Letter(self._new_id(), account.known["drafts"], raw, now, draft=True, message_id=told)

    async def _send(self, request: web.Request) -> web.Response:
        account = self._account(request)
        letter = self._letter(request, account)
        if not letter.draft:
            raise GraphError(400, "ErrorInvalidOperation", "The item is not a draft.")
        self._accept(account, letter)
        return web.Response(status=202)

    async def _send_mail(self, request: web.Request) -> web.Response:
        account = self._account(request)
        letter = self._read_mime(await request.read(), request, account)
        account.put(letter)
        self._accept(account, letter)
        return web.Response(status=202)

    def _accept(self, account: Account, letter: Letter) -> None:
        self.accepted.append((letter.message_id, letter.raw))
        letter.draft = False
        letter.received = dt.datetime.now(dt.UTC).replace(microsecond=0)
        account.shift(letter, account.known["sentitems"])
        # The copy keeps the draft's immutable id, and is nowhere until it has been carried.
        letter.hidden_until = time.monotonic() + self.sent_delay
        for address in self.accounts if self.delivers else ():
            if address in _header(letter.raw, "To"):
                self.put(address, b"Received: from here by there; now\r\n" + letter.raw, letter.received)

    # notifications

    async def _subscribe(self, request: web.Request) -> web.Response:
        told = await request.json()
        needed = {"changeType", "notificationUrl", "resource", "expirationDateTime", "clientState"}
        if needed - set(told) or len(told["clientState"]) > 128:
            raise GraphError(400, "InvalidRequest")
        ends = dt.datetime.fromisoformat(told["expirationDateTime"][:19]).replace(tzinfo=dt.UTC)
        if ends - dt.datetime.now(dt.UTC) > dt.timedelta(minutes=10_080):
            raise GraphError(400, "ExtensionError", "Subscription expiration can only be 10080 minutes in the future.")
        user = re.fullmatch(r"users/([^/]+)/mailFolders\('inbox'\)/messages", told["resource"])
        if not user or user[1] not in self.accounts:
            raise GraphError(400, "ExtensionError")
        for key in ("notificationUrl", "lifecycleNotificationUrl"):
            if key in told:
                await self._validate(told[key])
        one = secrets.token_hex(8)
        self.subscriptions[one] = told | {"id": one}
        return web.json_response({"id": one, "expirationDateTime": told["expirationDateTime"]}, status=201)

    async def _validate(self, url: str) -> None:
        token = f"Validation: Testing client application reachability for subscription Request-Id: {secrets.token_hex(4)} åä+"
        answer, status = "", 0
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session,
                session.post(url, params={"validationToken": token}) as got,
            ):
                answer, status = await got.text(), got.status
                if got.content_type != "text/plain":
                    status = 0
        if (answer, status) != (token, 200):
            raise GraphError(400, "ValidationError", "The server failed to validate the notification URL.")

    async def _prolong(self, request: web.Request) -> web.Response:
        one = self.subscriptions.get(request.match_info["subscription"])
        if one is None:
            raise GraphError(404, "ResourceNotFound", "The object was not found.")
        one["expirationDateTime"] = (await request.json())["expirationDateTime"]
        return web.json_response({"id": one["id"]})

    async def _unsubscribe(self, request: web.Request) -> web.Response:
        if self.subscriptions.pop(request.match_info["subscription"], None) is None:
            raise GraphError(404, "ResourceNotFound")
        return web.Response(status=204)

    async def _tell(self, url: str, told: dict[str, Any]) -> None:
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            async with aiohttp.ClientSession() as session, session.post(url, json=told) as got:
                self.notified.append(got.status)

    def _new_id(self) -> str:
        # Every second id differs from the one before in upper and lower case only.
        if self._last_id:
            made, self._last_id = self._last_id.swapcase(), ""
        else:
            made = self._last_id = "AAkALgAA" + base64.urlsafe_b64encode(secrets.token_bytes(30)).decode() + "-_A="
        return made


def _refused(error: GraphError) -> web.Response:
    headers = {name.replace("_", "-"): value for name, value in error.headers.items()}
    return web.json_response(
        {"error": {"code": error.code, "message": error.message}}, status=error.status, headers=headers
    )


def _no_token(error: str, description: str, status: int = 401) -> web.Response:
    return web.json_response({"error": error, "error_description": description}, status=status)


def _hang_up(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


async def _cut(request: web.Request, whole: web.StreamResponse, after: int) -> web.StreamResponse:
    assert isinstance(whole, web.Response)
    body = whole.body if isinstance(whole.body, bytes) else b"{}"
    begun = web.StreamResponse(status=whole.status, headers={"Content-Length": str(len(body))})
    await begun.prepare(request)
    await begun.write(body[: min(after, len(body) - 1)])
    _hang_up(request)
    return begun


def _query(request: web.Request, *known: str) -> dict[str, str]:
    unknown = set(request.query) - set(known)
    if unknown:
        raise GraphError(400, "BadRequest", f"not known: {unknown}")
    return dict(request.query)


def _filter(text: str | None) -> Callable[[Letter], bool]:
    if not text:
        return lambda letter: True
    if found := re.fullmatch(r"(?:received|sent)DateTime (ge|gt) (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)", text):
        when, at_it = dt.datetime.fromisoformat(found[2]), found[1] == "ge"
        return lambda letter: letter.received >= when if at_it else letter.received > when
    if found := re.fullmatch(r"internetMessageId eq '(.+)'", text):
        told = found[1].replace("''", "'")
        return lambda letter: letter.message_id == told
    raise GraphError(400, "ErrorInvalidUrlFilterClause", text)


def _extended(letter: Letter, expand: str) -> list[dict[str, str]]:
    known = {"String 0x1042": "In-Reply-To", "String 0x1039": "References"}
    asked = re.findall(r"id eq '([^']+)'", expand)
    found = [(name, _header(letter.raw, known[name])) for name in asked]
    return [{"id": name, "value": value} for name, value in found if value]


def _folder_row(account: Account, one: str) -> dict[str, Any]:
    return {"id": one, "displayName": account.folders[one], "parentFolderId": account.parents[one]}


def _header(raw: bytes, name: str) -> str:
    told = email.message_from_bytes(raw[:20_000])[name] or ""
    return " ".join(str(email.header.make_header(email.header.decode_header(told))).split())


def _time(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@functools.cache
def _tls() -> tuple[Path, Path]:
    """Return a certificate for this machine and its key, as files."""
    key = ec.generate_private_key(ec.SECP256R1())
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("localhost")])
    certificate = made_certificate(key, "localhost", names)
    folder = Path(tempfile.mkdtemp(prefix="graph-"))
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(pem_of(key))
    return folder / "cert.pem", folder / "key.pem"


def made_certificate(key: Any, name: str, *more: x509.ExtensionType, days: int = 2) -> x509.Certificate:
    """Return a certificate that a key has signed for itself."""
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=30))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )
    for extension in more:
        made = made.add_extension(extension, critical=False)
    return made.sign(key, hashes.SHA256())


def pem_of(key: Any) -> bytes:
    """Return a key as PEM without a password."""
    pem: bytes = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return pem


def app_certificate(path: Path, *, days: int = 2) -> x509.Certificate:
    """Write a certificate and its key to one file, as the settings want it; return the certificate."""
    key = rsa.generate_private_key(65537, 2048)
    made = made_certificate(key, "namndbot", days=days)
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + pem_of(key))
    return made


def letters_of(double: GraphDouble, address: str) -> Iterator[tuple[str, Letter]]:
    """Give every letter with the name of the folder it lies in."""
    account = double.account(address)
    for letter in list(account.letters.values()):
        yield account.folders[letter.folder], letter


def as_json(given: Any) -> bytes:
    """Return JSON as bytes."""
    return json.dumps(given).encode()
