"""A double of Exchange Web Services on a loopback socket: stateful, strict where Exchange is, and unkind on request.

It was written from Microsoft's documentation and from what exchangelib sends; it is not Exchange. On purpose it has the
habits that an adapter stumbles over: ids that differ in case only and change on a move, MIME made anew at each read, one
search key for a letter and its copy, paging, answers with one failed item among good ones.
"""

from __future__ import annotations

import base64
import copy
import datetime as dt
import email
import email.header
import email.utils
import hashlib
import http.server
import itertools
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree

S = "http://schemas.xmlsoap.org/soap/envelope/"
M = "http://schemas.microsoft.com/exchange/services/2006/messages"
T = "http://schemas.microsoft.com/exchange/services/2006/types"
E = "http://schemas.microsoft.com/exchange/services/2006/errors"
_NS = {"s": S, "m": M, "t": T}
_ENVELOPE = (
    f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{S}" xmlns:m="{M}" xmlns:t="{T}"><s:Header>'
    '<t:ServerVersionInfo MajorVersion="15" MinorVersion="1" MajorBuildNumber="2507" MinorBuildNumber="6" '
    'Version="V2017_07_11"/></s:Header><s:Body>%s</s:Body></s:Envelope>'
)
_FAULT = (
    f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{S}"><s:Body><s:Fault>'
    '<faultcode xmlns:a="' + T + '">a:%(code)s</faultcode><faultstring>%(code)s</faultstring><detail>'
    f'<e:ResponseCode xmlns:e="{E}">%(code)s</e:ResponseCode><e:Message xmlns:e="{E}">%(code)s</e:Message>'
    f"%(more)s</detail></s:Fault></s:Body></s:Envelope>"
)
KNOWN = ("msgfolderroot", "inbox", "sentitems", "outbox", "deleteditems", "drafts")


class Refused(Exception):
    """A SOAP fault for the whole request."""

    def __init__(self, code: str, more: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.more = more


class ItemError(Exception):
    """An error in one answer's place."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NoAnswer(Exception):
    """The connection is closed without an answer."""


@dataclass
class Mail:
    """An item in a folder."""

    id: str
    folder: str
    raw: bytes
    received: dt.datetime | None
    search_key: bytes | None
    subject: str | None = ""
    message_id: str | None = None
    in_reply_to: str = ""
    references: str = ""
    sent: dt.datetime | None = None
    created: dt.datetime | None = None
    kind: str = "Message"
    item_class: str | None = "IPM.Note"
    categories: list[str] = field(default_factory=list)
    changes: int = 1
    broken: bool = False  # ErrorMimeContentConversionFailed
    stuck: bool = False  # ErrorMoveCopyFailed


@dataclass
class Place:
    """A folder."""

    id: str
    name: str
    parent: str
    known: str = ""


@dataclass
class Post:
    """A mailbox."""

    address: str
    aliases: tuple[str, ...] = ()
    places: dict[str, Place] = field(default_factory=dict)
    mails: dict[str, Mail] = field(default_factory=dict)
    log: list[tuple[str, str, str]] = field(default_factory=list)  # folder, what, item
    epoch: int = 0  # sync states of an earlier one are invalid


@dataclass
class Fault:
    """What goes wrong, at the n-th request of an operation, so many times."""

    kind: str
    on: str = ""
    nth: int = 1
    times: int = 1
    value: Any = None
    seen: int = 0


class EwsDouble:
    """The server. Its methods without underscore are what tests do, and what a person with Outlook would."""

    def __init__(self, address: str = "socialnamnden@ekeby.example", certificate: Path | None = None) -> None:
        self.users = {"EKEBY\\namndbot": "hemligt"}
        self.tokens: dict[str, float] = {}  # until when each is good
        self.ntlm = False
        self.token_seconds = 3600
        self.app = ("tenant", "app", "app-hemlighet")
        self.delegates: set[tuple[str, str]] = set()
        self.impersonators: set[tuple[str, str]] = set()
        self.no_send_as: set[str] = set()
        self.posts: dict[str, Post] = {}
        self.accepted: list[tuple[str, str]] = []  # Message-ID and receiver of each message that was accepted
        self.faults: list[Fault] = []
        self.requests: list[str] = []
        self.bytes_read = 0
        self.streams = 0
        self._numbers = itertools.count(1)
        self._reads = itertools.count(1)
        self._subscriptions: dict[str, tuple[str, str, int]] = {}
        self._lock = threading.RLock()
        self._news = threading.Condition(self._lock)
        self._stopped = False
        self._ends = threading.Event()  # a stream ends as Exchange ends it; the subscription lives on
        self.add(address)
        double = self

        class Handler(_Handler):
            ews = double

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.url = f"{'https' if certificate else 'http'}://127.0.0.1:{self.port}/EWS/Exchange.asmx"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        with self._news:
            self._stopped = True
            self._news.notify_all()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    # What tests do

    def add(self, address: str, *aliases: str, user: str = "EKEBY\\namndbot") -> Post:
        """Make a mailbox that a user may open and act as."""
        post = Post(address.casefold(), aliases)
        with self._lock:
            self.posts[post.address] = post
            root = self._place(post, "Rot", "", "msgfolderroot")
            for known in KNOWN[1:]:
                self._place(post, known, root.id, known)
        self.delegates.add((user, post.address))
        self.impersonators.add((user, post.address))
        return post

    def fail(self, kind: str, on: str = "", *, nth: int = 1, times: int = 1, value: Any = None) -> Fault:
        """Let something go wrong; see _Handler and _before for the kinds."""
        fault = Fault(kind, on, nth, times, value)
        with self._lock:
            self.faults.append(fault)
        return fault

    def put(self, raw: bytes, received: dt.datetime | None, folder: str = "inbox", **fields: Any) -> Mail:
        """Let a letter come."""
        with self._news:
            post = fields.pop("post", None) or next(iter(self.posts.values()))
            mail = self._new(post, raw, received, self.folder(folder, post).id)
            for name, value in fields.items():
                setattr(mail, name, value)
            self._happened(post, mail, "Create")
            return mail

    def folder(self, name: str, post: Post | None = None) -> Place:
        """Return a folder by what Exchange or people call it; it is made when it is missing."""
        with self._lock:
            post = post or next(iter(self.posts.values()))
            for place in post.places.values():
                if name == place.known or name.casefold() == place.name.casefold():
                    return place
            return self._place(post, name, self.folder("msgfolderroot", post).id)

    def lie(self, folder: str, post: Post | None = None) -> list[Mail]:
        """Return what lies in a folder."""
        with self._lock:
            post = post or next(iter(self.posts.values()))
            place = self.folder(folder, post)
            return [m for m in post.mails.values() if m.folder == place.id]

    def find(self, subject: str) -> Mail:
        with self._lock:
            return next(m for p in self.posts.values() for m in p.mails.values() if m.subject == subject)

    def person_moves(self, mail: Mail, folder: str) -> Mail:
        with self._news:
            post = next(p for p in self.posts.values() if mail.id in p.mails)
            return self._move(post, mail, self.folder(folder, post).id)

    def person_copies(self, mail: Mail, folder: str) -> Mail:
        with self._news:
            post = next(p for p in self.posts.values() if mail.id in p.mails)
            made = copy.deepcopy(mail)
            made.id, made.folder = self._new_id(), self.folder(folder, post).id
            post.mails[made.id] = made
            self._happened(post, made, "Create")
            return made

    def person_deletes(self, mail: Mail) -> None:
        with self._news:
            post = next(p for p in self.posts.values() if mail.id in p.mails)
            del post.mails[mail.id]
            post.log.append((mail.folder, "Delete", mail.id))
            self._news.notify_all()

    def forget_states(self) -> None:
        """Let every sync state be invalid."""
        for post in self.posts.values():
            post.epoch += 1

    def asked(self, operation: str) -> int:
        return self.requests.count(operation)

    # State

    def _new_id(self) -> str:
        # Ids that differ in case only: who compares them otherwise finds another's letter.
        number = next(self._numbers)
        letters = "aaqkagnamndbotexchangefolderitem"
        return "".join(c.upper() if number >> i & 1 else c for i, c in enumerate(letters)) + "AAA="

    def _place(self, post: Post, name: str, parent: str, known: str = "") -> Place:
        place = Place(self._new_id(), name, parent, known)
        post.places[place.id] = place
        return place

    def _new(self, post: Post, raw: bytes, received: dt.datetime | None, folder: str) -> Mail:
        heads = email.message_from_bytes(raw)
        mail = Mail(
            id=self._new_id(),
            folder=folder,
            raw=raw,
            received=received,
            search_key=hashlib.md5(f"{next(self._numbers)}".encode()).digest(),
            subject=_decoded(heads["Subject"]),
            message_id=heads["Message-ID"],
            in_reply_to=heads["In-Reply-To"] or "",
            references=heads["References"] or "",
            sent=received,
            created=received,
        )
        post.mails[mail.id] = mail
        return mail

    def _happened(self, post: Post, mail: Mail, what: str) -> None:
        post.log.append((mail.folder, what, mail.id))
        self._news.notify_all()

    def _move(self, post: Post, mail: Mail, folder: str) -> Mail:
        made = copy.deepcopy(mail)
        made.id, made.folder, made.changes = self._new_id(), folder, 1
        del post.mails[mail.id]
        post.log.append((mail.folder, "Delete", mail.id))
        post.mails[made.id] = made
        self._happened(post, made, "Create")
        return made

    def _mime(self, mail: Mail) -> bytes:
        """Make MIME anew, as Exchange does: never the same bytes twice."""
        number = next(self._reads)
        head, gap, body = mail.raw.partition(b"\r\n\r\n")
        raw = head + b"\r\nX-MS-Exchange-Generated: %d" % number + gap + body
        found = re.search(rb'boundary="([^"]+)"', raw)
        return raw.replace(found[1], b"_%06d_%s" % (number, found[1][-40:])) if found else raw

    # Rights

    def _post_of(self, address: str, user: str, acting: str) -> Post:
        address = address.casefold()
        post = next((p for p in self.posts.values() if address in (p.address, *p.aliases)), None)
        if post is None:
            raise ItemError("ErrorNonExistentMailbox")
        if acting:
            if post.address != acting:
                raise ItemError("ErrorAccessDenied")
        elif (user, post.address) not in self.delegates:
            raise ItemError("ErrorAccessDenied")
        return post

    def _acting(self, envelope: Any, user: str) -> str:
        who = envelope.findtext(f"{{{S}}}Header/{{{T}}}ExchangeImpersonation/{{{T}}}ConnectingSID/*")
        if not who:
            if user == "app":
                raise Refused("ErrorImpersonationRequired")
            return ""
        who = who.casefold()
        post = next((p for p in self.posts.values() if who in (p.address, *p.aliases)), None)
        if post is None:
            raise Refused("ErrorNonExistentMailbox")
        if who != post.address:
            raise Refused("ErrorNonPrimarySmtpAddress")
        if (user, post.address) not in self.impersonators:
            raise Refused("ErrorImpersonateUserDenied")
        return post.address

    # Operations

    def answer(self, body: bytes, user: str) -> tuple[str, str]:
        """Answer one request: its operation and the answer's XML. Raises Refused."""
        envelope = etree.fromstring(body, etree.XMLParser(huge_tree=True, resolve_entities=False))
        request = envelope.find(f"{{{S}}}Body")[0]
        operation = etree.QName(request).localname
        with self._news:
            acting = self._acting(envelope, user)
            act: Callable[[Any, str, str], Iterator[str]] = getattr(self, f"_do_{operation}")
            parts = []
            each = act(request, user, acting)
            while True:
                try:
                    inner = next(each)
                except StopIteration:
                    break
                if inner.startswith("!"):
                    parts.append(
                        f'<m:{operation}ResponseMessage ResponseClass="Error"><m:MessageText>{inner[1:]}</m:MessageText>'
                        f"<m:ResponseCode>{inner[1:]}</m:ResponseCode><m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>"
                        f"{self._beside_error(operation)}</m:{operation}ResponseMessage>"
                    )
                else:
                    parts.append(
                        f'<m:{operation}ResponseMessage ResponseClass="Success"><m:ResponseCode>NoError'
                        f"</m:ResponseCode>{inner}</m:{operation}ResponseMessage>"
                    )
        messages = f"<m:ResponseMessages>{''.join(parts)}</m:ResponseMessages>"
        return operation, _ENVELOPE % f"<m:{operation}Response>{messages}</m:{operation}Response>"

    def _beside_error(self, operation: str) -> str:
        if operation in ("GetItem", "MoveItem", "CreateItem", "UpdateItem"):
            return "<m:Items/>"
        if operation == "SyncFolderItems":
            return "<m:SyncState/><m:IncludesLastItemInRange>true</m:IncludesLastItemInRange>"
        return ""

    def _do_ConvertId(self, request: Any, user: str, acting: str) -> Iterator[str]:
        yield "!ErrorInvalidIdMalformed"

    def _folder_of(self, element: Any, user: str, acting: str) -> tuple[Post, Place]:
        if etree.QName(element).localname == "DistinguishedFolderId":
            address = element.findtext(f"{{{T}}}Mailbox/{{{T}}}EmailAddress") or acting
            post = self._post_of(address, user, acting)
            return post, next(p for p in post.places.values() if p.known == element.get("Id"))
        for post in self.posts.values():
            if element.get("Id") in post.places:
                self._post_of(post.address, user, acting)
                return post, post.places[element.get("Id")]
        raise ItemError("ErrorFolderNotFound")

    def _item_of(self, element: Any, user: str, acting: str) -> tuple[Post, Mail]:
        for post in self.posts.values():
            if element.get("Id") in post.mails:
                self._post_of(post.address, user, acting)
                return post, post.mails[element.get("Id")]
        raise ItemError("ErrorItemNotFound")

    def _do_GetFolder(self, request: Any, user: str, acting: str) -> Iterator[str]:
        for element in request.find(f"{{{M}}}FolderIds"):
            try:
                _, place = self._folder_of(element, user, acting)
            except ItemError as error:
                yield f"!{error.code}"
                continue
            yield f"<m:Folders>{self._folder_xml(place)}</m:Folders>"

    def _folder_xml(self, place: Place) -> str:
        return (
            f'<t:Folder><t:FolderId Id="{place.id}" ChangeKey="AQAAAA=="/><t:FolderClass>IPF.Note</t:FolderClass>'
            f"<t:DisplayName>{escape(place.name)}</t:DisplayName></t:Folder>"
        )

    def _do_FindFolder(self, request: Any, user: str, acting: str) -> Iterator[str]:
        assert request.get("Traversal") == "Shallow"
        for element in request.find(f"{{{M}}}ParentFolderIds"):
            try:
                post, parent = self._folder_of(element, user, acting)
            except ItemError as error:
                yield f"!{error.code}"
                continue
            made = [self._folder_xml(p) for p in post.places.values() if p.parent == parent.id]
            yield self._page(request.find(f"{{{M}}}IndexedPageFolderView"), made, "Folders")

    def _page(self, view: Any, made: list[str], name: str) -> str:
        offset, most = int(view.get("Offset")), int(view.get("MaxEntriesReturned"))
        end = offset + most
        return (
            f'<m:RootFolder IndexedPagingOffset="{min(end, len(made))}" TotalItemsInView="{len(made)}" '
            f'IncludesLastItemInRange="{"true" if end >= len(made) else "false"}"><t:{name}>'
            f"{''.join(made[offset:end])}</t:{name}></m:RootFolder>"
        )

    def _do_CreateFolder(self, request: Any, user: str, acting: str) -> Iterator[str]:
        post, parent = self._folder_of(request.find(f"{{{M}}}ParentFolderId")[0], user, acting)
        for element in request.find(f"{{{M}}}Folders"):
            name = element.findtext(f"{{{T}}}DisplayName")
            if any(p.parent == parent.id and p.name.casefold() == name.casefold() for p in post.places.values()):
                yield "!ErrorFolderExists"
                continue
            yield f"<m:Folders>{self._folder_xml(self._place(post, name, parent.id))}</m:Folders>"

    def _do_FindItem(self, request: Any, user: str, acting: str) -> Iterator[str]:
        restriction = request.find(f"{{{M}}}Restriction")
        for element in request.find(f"{{{M}}}ParentFolderIds"):
            try:
                post, place = self._folder_of(element, user, acting)
            except ItemError as error:
                yield f"!{error.code}"
                continue
            lie = [m for m in post.mails.values() if m.folder == place.id]
            if restriction is not None:
                lie = [m for m in lie if self._passes(m, restriction[0])]
            made = [self._item_xml(m, request) for m in lie]
            yield self._page(request.find(f"{{{M}}}IndexedPageItemView"), made, "Items")

    def _passes(self, mail: Mail, test: Any) -> bool:
        how = etree.QName(test).localname
        if how == "And":
            return all(self._passes(mail, t) for t in test)
        name = test.find(f"{{{T}}}FieldURI").get("FieldURI")
        value = test.find(f"{{{T}}}FieldURIOrConstant/{{{T}}}Constant").get("Value")
        has = {
            "item:DateTimeReceived": _stamp(mail.received),
            "item:DateTimeSent": _stamp(mail.sent),
            "message:InternetMessageId": mail.message_id,
        }[name]
        if has is None:
            return False
        tests = {"IsEqualTo": has == value, "IsGreaterThanOrEqualTo": has >= value, "IsLessThan": has < value}
        return bool(tests[how])

    def _do_GetItem(self, request: Any, user: str, acting: str) -> Iterator[str]:
        for element in request.find(f"{{{M}}}ItemIds"):
            try:
                _, mail = self._item_of(element, user, acting)
                yield f"<m:Items>{self._item_xml(mail, request, mime=True)}</m:Items>"
            except ItemError as error:
                yield f"!{error.code}"

    def _item_xml(self, mail: Mail, request: Any, *, mime: bool = False) -> str:
        shape = request.find(f"{{{M}}}ItemShape")
        asked = {f.get("FieldURI") for f in shape.iter(f"{{{T}}}FieldURI")}
        tags = {f.get("PropertyTag") for f in shape.iter(f"{{{T}}}ExtendedFieldURI")}
        made = [f'<t:ItemId Id="{mail.id}" ChangeKey="CQ{mail.changes}=="/>']
        if "item:MimeContent" in asked:
            if not mime:
                raise ItemError("ErrorInvalidPropertyRequest")
            if mail.broken:
                raise ItemError("ErrorMimeContentConversionFailed")
            data = base64.b64encode(self._mime(mail)).decode()
            self.bytes_read += len(data)
            made.insert(0, f'<t:MimeContent CharacterSet="UTF-8">{data}</t:MimeContent>')
        # In the schema's order.
        told: tuple[tuple[str, str, str | None], ...] = (
            ("item:ItemClass", "ItemClass", mail.item_class),
            ("item:Subject", "Subject", mail.subject),
            ("item:DateTimeReceived", "DateTimeReceived", _stamp(mail.received)),
            ("item:Size", "Size", str(len(mail.raw) + 4000)),
        )
        made += [f"<t:{tag}>{escape(v)}</t:{tag}>" for uri, tag, v in told if uri in asked and v is not None]
        if "item:ParentFolderId" in asked:
            made.insert(1, f'<t:ParentFolderId Id="{mail.folder}" ChangeKey="AQAAAA=="/>')
        if "item:Categories" in asked and mail.categories:
            made.append(
                f"<t:Categories>{''.join(f'<t:String>{escape(c)}</t:String>' for c in mail.categories)}</t:Categories>"
            )
        told = (
            ("item:InReplyTo", "InReplyTo", mail.in_reply_to or None),
            ("item:DateTimeSent", "DateTimeSent", _stamp(mail.sent)),
            ("item:DateTimeCreated", "DateTimeCreated", _stamp(mail.created)),
        )
        made += [f"<t:{tag}>{escape(v)}</t:{tag}>" for uri, tag, v in told if uri in asked and v is not None]
        if "0x300b" in {t.lower() for t in tags if t} and mail.search_key is not None:
            value = base64.b64encode(mail.search_key).decode()
            made.append(
                '<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="0x300b" PropertyType="Binary"/>'
                f"<t:Value>{value}</t:Value></t:ExtendedProperty>"
            )
        told = (
            ("message:InternetMessageId", "InternetMessageId", mail.message_id),
            ("message:References", "References", mail.references or None),
        )
        if mail.kind in ("Message", "MeetingRequest"):
            made += [f"<t:{tag}>{escape(v)}</t:{tag}>" for uri, tag, v in told if uri in asked and v is not None]
        return f"<t:{mail.kind}>{''.join(made)}</t:{mail.kind}>"

    def _do_SyncFolderItems(self, request: Any, user: str, acting: str) -> Iterator[str]:
        try:
            post, place = self._folder_of(request.find(f"{{{M}}}SyncFolderId")[0], user, acting)
        except ItemError as error:
            yield f"!{error.code}"
            return
        most = int(request.findtext(f"{{{M}}}MaxChangesReturned"))
        assert most <= 512
        state = request.findtext(f"{{{M}}}SyncState") or ""
        start, first = 0, not state
        if state:
            try:
                epoch, folder, number = base64.b64decode(state).decode().split("|")
            except ValueError:
                epoch, folder, number = "x", "", "0"
            if epoch != str(post.epoch) or folder != place.id:
                yield "!ErrorInvalidSyncStateData"
                return
            start = int(number)
        made: list[str] = []
        at = start
        while at < len(post.log) and len(made) < most:
            folder, what, item_id = post.log[at]
            at += 1
            if folder != place.id:
                continue
            mail = post.mails.get(item_id)
            if what == "Delete":
                if not first:
                    made.append(f'<t:Delete><t:ItemId Id="{item_id}" ChangeKey="CQ=="/></t:Delete>')
            elif what == "Read":
                made.append(f'<t:ReadFlagChange><t:ItemId Id="{item_id}"/><t:IsRead>true</t:IsRead></t:ReadFlagChange>')
            elif mail is not None and mail.folder == folder:
                made.append(f"<t:{what}>{self._item_xml(mail, request)}</t:{what}>")
        new = base64.b64encode(f"{post.epoch}|{place.id}|{at}".encode()).decode()
        last = "true" if at >= len(post.log) else "false"
        yield (
            f"<m:SyncState>{new}</m:SyncState><m:IncludesLastItemInRange>{last}</m:IncludesLastItemInRange>"
            f"<m:Changes>{''.join(made)}</m:Changes>"
        )

    def _do_MoveItem(self, request: Any, user: str, acting: str) -> Iterator[str]:
        try:
            _, target = self._folder_of(request.find(f"{{{M}}}ToFolderId")[0], user, acting)
        except ItemError:
            yield "!ErrorToFolderNotFound"
            return
        for element in request.find(f"{{{M}}}ItemIds"):
            try:
                post, mail = self._item_of(element, user, acting)
            except ItemError as error:
                yield f"!{error.code}"
                continue
            if mail.stuck:
                yield "!ErrorMoveCopyFailed"
                continue
            moved = self._move(post, mail, target.id)
            yield (f'<m:Items><t:{moved.kind}><t:ItemId Id="{moved.id}" ChangeKey="CQ1=="/></t:{moved.kind}></m:Items>')

    def _do_UpdateItem(self, request: Any, user: str, acting: str) -> Iterator[str]:
        for change in request.iter(f"{{{T}}}ItemChange"):
            element = change.find(f"{{{T}}}ItemId")
            try:
                post, mail = self._item_of(element, user, acting)
            except ItemError as error:
                yield f"!{error.code}"
                continue
            if element.get("ChangeKey") != f"CQ{mail.changes}==":
                yield "!ErrorIrresolvableConflict" if element.get("ChangeKey") else "!ErrorChangeKeyRequired"
                continue
            for update in change.iter(f"{{{T}}}SetItemField"):
                assert update.find(f"{{{T}}}FieldURI").get("FieldURI") == "item:Categories"
                mail.categories = [e.text for e in update.iter(f"{{{T}}}String")]
            for update in change.iter(f"{{{T}}}DeleteItemField"):
                assert update.find(f"{{{T}}}FieldURI").get("FieldURI") == "item:Categories"
                mail.categories = []
            mail.changes += 1
            self._happened(post, mail, "Update")
            yield (
                f'<m:Items><t:{mail.kind}><t:ItemId Id="{mail.id}" ChangeKey="CQ{mail.changes}=="/></t:{mail.kind}>'
                "</m:Items><m:ConflictResults><t:Count>0</t:Count></m:ConflictResults>"
            )

    def _do_CreateItem(self, request: Any, user: str, acting: str) -> Iterator[str]:
        assert request.get("MessageDisposition") == "SendAndSaveCopy"
        try:
            post, place = self._folder_of(request.find(f"{{{M}}}SavedItemFolderId")[0], user, acting)
        except ItemError as error:
            yield f"!{error.code}"
            return
        for element in request.find(f"{{{M}}}Items"):
            raw = base64.b64decode(element.findtext(f"{{{T}}}MimeContent"))
            heads = email.message_from_bytes(raw)
            message_id = element.findtext(f"{{{T}}}InternetMessageId") or heads["Message-ID"]
            to = [e.text for e in element.iter(f"{{{T}}}EmailAddress")]
            to = to or [a for _, a in email.utils.getaddresses(heads.get_all("To", []) + heads.get_all("Cc", []))]
            if user in self.no_send_as:
                yield "!ErrorSendAsDenied"
            elif not to or any("@" not in (a or "") for a in to):
                yield "!ErrorInvalidRecipients"
            elif len(raw) > 36_000_000:
                yield "!ErrorMessageSizeExceeded"
            else:
                now = dt.datetime.now(dt.UTC).replace(microsecond=0)
                kept = self._new(post, raw, now, place.id)
                kept.message_id = message_id
                self._happened(post, kept, "Create")
                for address in to:
                    self.accepted.append((message_id, address))
                    theirs = next((p for p in self.posts.values() if address in (p.address, *p.aliases)), None)
                    if theirs is not None:
                        come = self._new(theirs, raw, now, self.folder("inbox", theirs).id)
                        # One message, one search key, wherever it lies.
                        come.message_id, come.search_key = message_id, kept.search_key
                        self._happened(theirs, come, "Create")
                yield "<m:Items/>"

    def _do_SendItem(self, request: Any, user: str, acting: str) -> Iterator[str]:
        yield "!ErrorInvalidOperation"  # the product sends in one request

    def _do_DeleteItem(self, request: Any, user: str, acting: str) -> Iterator[str]:
        yield "!ErrorCannotDeleteObject"  # the product never deletes

    def _do_ResolveNames(self, request: Any, user: str, acting: str) -> Iterator[str]:
        wanted = (request.findtext(f"{{{M}}}UnresolvedEntry") or "").casefold().removeprefix("smtp:")
        post = next((p for p in self.posts.values() if wanted in (p.address, *p.aliases)), None)
        if post is None:
            yield "!ErrorNameResolutionNoResults"
            return
        yield (
            '<m:ResolutionSet TotalItemsInView="1" IncludesLastItemInRange="true"><t:Resolution><t:Mailbox>'
            f"<t:Name>{post.address}</t:Name><t:EmailAddress>{post.address}</t:EmailAddress>"
            "<t:RoutingType>SMTP</t:RoutingType><t:MailboxType>Mailbox</t:MailboxType></t:Mailbox></t:Resolution>"
            "</m:ResolutionSet>"
        )

    def _do_Subscribe(self, request: Any, user: str, acting: str) -> Iterator[str]:
        wanted = request.find(f"{{{M}}}StreamingSubscriptionRequest/{{{T}}}FolderIds")[0]
        post, place = self._folder_of(wanted, user, acting)
        name = f"sub-{next(self._numbers)}"
        self._subscriptions[name] = (post.address, place.id, len(post.log))
        yield f"<m:SubscriptionId>{name}</m:SubscriptionId>"

    def _do_Unsubscribe(self, request: Any, user: str, acting: str) -> Iterator[str]:
        known = self._subscriptions.pop(request.findtext(f"{{{M}}}SubscriptionId"), None)
        yield "" if known else "!ErrorSubscriptionNotFound"

    def stream(self, body: bytes) -> Iterator[str]:
        """Give the envelopes of a stream until it ends; blocks in between."""
        request = etree.fromstring(body).find(f"{{{S}}}Body")[0]
        name = request.findtext(f"{{{M}}}SubscriptionIds/{{{T}}}SubscriptionId")
        end = time.monotonic() + 60 * int(request.findtext(f"{{{M}}}ConnectionTimeout"))
        yield self._notice("<m:ConnectionStatus>OK</m:ConnectionStatus>")
        while time.monotonic() < end and not self._stopped:
            if self._ends.is_set():
                self._ends.clear()
                break
            with self._news:
                if name not in self._subscriptions:
                    break
                address, folder, at = self._subscriptions[name]
                post = self.posts[address]
                new = [e for e in post.log[at:] if e[0] == folder and e[1] == "Create"]
                self._subscriptions[name] = (address, folder, len(post.log))
                if not new:
                    self._news.wait(0.3)
            if new:
                events = "".join(
                    f'<t:CreatedEvent><t:TimeStamp>2026-12-01T08:00:00Z</t:TimeStamp><t:ItemId Id="{i}" ChangeKey="CQ1=="/>'
                    f'<t:ParentFolderId Id="{f}" ChangeKey="AQ=="/></t:CreatedEvent>'
                    for f, _, i in new
                )
                yield self._notice(
                    f"<m:Notifications><m:Notification><t:SubscriptionId>{name}</t:SubscriptionId>{events}"
                    "</m:Notification></m:Notifications>"
                )
            else:
                yield self._notice("<m:ConnectionStatus>OK</m:ConnectionStatus>")
        yield self._notice("<m:ConnectionStatus>Closed</m:ConnectionStatus>")

    def _notice(self, inner: str) -> str:
        message = (
            '<m:GetStreamingEventsResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>'
            f"{inner}</m:GetStreamingEventsResponseMessage>"
        )
        messages = f"<m:ResponseMessages>{message}</m:ResponseMessages>"
        return _ENVELOPE % f"<m:GetStreamingEventsResponse>{messages}</m:GetStreamingEventsResponse>"

    def fault_for(self, operation: str) -> Fault | None:
        """Return what goes wrong with this request, and count it."""
        with self._lock:
            self.requests.append(operation)
            hit = None
            for fault in self.faults:
                if fault.on in ("", operation):
                    fault.seen += 1
                    if hit is None and fault.nth <= fault.seen < fault.nth + fault.times:
                        hit = fault
            return hit


class _Handler(http.server.BaseHTTPRequestHandler):
    ews: EwsDouble
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    _ntlm: Any = None  # of this connection
    _known: str | None = None
    _challenge = ""
    wbufsize = -1

    def log_message(self, *args: Any) -> None:
        pass

    def handle(self) -> None:
        with suppress(ConnectionError):  # who asked has been killed
            super().handle()

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if len(body) < length:
            self.close_connection = True
            return
        with suppress(OSError):
            if self.path.endswith("/token"):
                self._token(body)
            elif self.path == "/EWS/Exchange.asmx":
                try:
                    self._ews(body)
                except NoAnswer:
                    self.close_connection = True
                    with suppress(OSError):
                        self.connection.shutdown(socket.SHUT_RDWR)
            else:
                self._say(404, b"")

    def _token(self, body: bytes) -> None:
        import json
        import urllib.parse

        told = {k: v[0] for k, v in urllib.parse.parse_qs(body.decode()).items()}
        tenant, client, secret = self.ews.app
        right = self.path.startswith(f"/{tenant}/") and (told["client_id"], told["client_secret"]) == (client, secret)
        if not right:
            self._say(401, json.dumps({"error": "invalid_client"}).encode(), kind="application/json")
            return
        if told["grant_type"] != "client_credentials":
            said = {"error": "invalid_request", "error_description": "AADSTS900144"}  # an app gets no refresh token
            self._say(400, json.dumps(said).encode(), kind="application/json")
            return
        token = f"token-{next(self.ews._numbers)}"
        # Who is told an hour has a little more: nobody counts to the instant.
        self.ews.tokens[token] = time.monotonic() + self.ews.token_seconds + 3
        made = {"access_token": token, "token_type": "Bearer", "expires_in": self.ews.token_seconds}
        self._say(200, json.dumps(made).encode(), kind="application/json")

    def _user(self) -> str | None:
        how, _, what = (self.headers.get("Authorization") or "").partition(" ")
        if self.ews.ntlm:
            return self._ntlm_user(what) if how == "NTLM" or self._known else None
        if how == "Basic":
            name, _, password = base64.b64decode(what).decode().partition(":")
            return name if self.ews.users.get(name) == password else None
        return "app" if how == "Bearer" and time.monotonic() < self.ews.tokens.get(what, 0) else None

    def _ntlm_user(self, what: str) -> str | None:
        # NTLM knows a connection, not a request. The passwords stand in the file that NTLM_USER_FILE names.
        if self._known:
            return self._known
        import spnego

        if self._ntlm is None:
            self._ntlm = spnego.server(protocol="ntlm")
        try:
            self._challenge = base64.b64encode(self._ntlm.step(base64.b64decode(what)) or b"").decode()
        except spnego.exceptions.SpnegoError:
            self._ntlm, self._challenge = None, ""
            return None
        if not self._ntlm.complete:
            return None
        self._known = str(self._ntlm.client_principal)
        return self._known

    def _ews(self, body: bytes) -> None:
        user = self._user()
        if user is None:
            how = f"NTLM {self._challenge}".strip() if self.ews.ntlm else 'Basic realm="ews"'
            self._challenge = ""
            self._say(401, b"", {"WWW-Authenticate": how})
            return
        found = re.search(rb"<(?:\w+:)?Body>\s*<(?:\w+:)?(\w+)", body)
        operation = found[1].decode() if found else ""
        fault = self.ews.fault_for(operation)
        kind = fault.kind if fault else ""
        value: Any = fault.value if fault else None
        if kind == "slow":
            time.sleep(value)
        if kind == "busy":
            more = f'<t:MessageXml xmlns:t="{T}"><t:Value Name="BackOffMilliseconds">{value}</t:Value></t:MessageXml>'
            self._say(500, (_FAULT % {"code": "ErrorServerBusy", "more": more}).encode())
            return
        if kind == "soap":
            self._say(500, (_FAULT % {"code": value, "more": ""}).encode())
            return
        if kind == "http":
            status, after = value
            self._say(status, b"<html>no</html>", {"Retry-After": str(after)} if after else {}, kind="text/html")
            return
        if kind == "not reached":
            raise NoAnswer
        if operation == "GetStreamingEvents":
            self._stream(body, drop=kind == "drop stream")
            return
        if kind == "item":
            inner = (
                f'<m:{operation}ResponseMessage ResponseClass="Error"><m:MessageText>x</m:MessageText><m:ResponseCode>'
                f"{value}</m:ResponseCode></m:{operation}ResponseMessage>"
            )
            said = _ENVELOPE % (
                f"<m:{operation}Response><m:ResponseMessages>{inner}</m:ResponseMessages></m:{operation}Response>"
            )
        else:
            try:
                _, said = self.ews.answer(body, user)
            except Refused as error:
                self._say(500, (_FAULT % {"code": error.code, "more": error.more}).encode())
                return
            except ItemError as error:
                self._say(500, (_FAULT % {"code": error.code, "more": ""}).encode())
                return
        if kind == "no state":
            said = re.sub(r"<m:SyncState>.*?</m:SyncState>", "", said)
        if kind == "slow after":
            time.sleep(value)
        if kind == "lost":
            raise NoAnswer
        if kind == "http after":
            status, after = value
            self._say(status, b"<html>no</html>", {"Retry-After": str(after)} if after else {}, kind="text/html")
            return
        if kind == "cut":
            self._cut(said.encode(), value, told=True)
        if kind == "cut silently":
            self._cut(said.encode(), value, told=False)
        self._say(200, said.encode())

    def _cut(self, said: bytes, at: int, *, told: bool) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/xml; charset=utf-8")
        if told:
            self.send_header("Content-Length", str(len(said)))
        else:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(said[: at if at >= 0 else len(said) + at])
        self.wfile.flush()
        raise NoAnswer

    def _stream(self, body: bytes, *, drop: bool) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/xml; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        with self.ews._lock:
            self.ews.streams += 1
        try:
            for n, said in enumerate(self.ews.stream(body)):
                data = said.encode()
                self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
                self.wfile.flush()
                if drop and n == 1:
                    raise NoAnswer
            self.wfile.write(b"0\r\n\r\n")
            self.wfile.flush()
        finally:
            with self.ews._lock:
                self.ews.streams -= 1

    def _say(self, status: int, said: bytes, heads: dict[str, str] | None = None, kind: str = "text/xml") -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(said)))
        for name, value in (heads or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(said)
        self.wfile.flush()


def _stamp(moment: dt.datetime | None) -> str | None:
    return None if moment is None else f"{moment.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"


def _decoded(text: str | None) -> str:
    return str(email.header.make_header(email.header.decode_header(text))) if text else ""
