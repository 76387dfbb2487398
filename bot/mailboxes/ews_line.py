"""A line to Exchange Web Services: the one file that knows exchangelib. Requests as it builds them, answers as they came.

Three things are done otherwise than in exchangelib by itself. No request is ever repeated by the library, and a request
that was not answered is told apart from one that was refused. An answer that was cut off is not mended and taken for
whole. And an answer is read element by element, so that a calendar item, an empty field or a letter that Exchange cannot
convert costs itself and nothing else.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import requests.exceptions
from exchangelib import DELEGATE, IMPERSONATION, UTC, Account, Configuration, Credentials, OAuth2Credentials
from exchangelib.account import Identity
from exchangelib.errors import ErrorServerBusy, EWSError, ResponseMessageError
from exchangelib.extended_properties import ExtendedProperty
from exchangelib.fields import ExtendedPropertyField, FieldPath
from exchangelib.folders import BaseFolder, Folder
from exchangelib.items import Message
from exchangelib.properties import DistinguishedFolderId, FolderId, ItemId, Mailbox
from exchangelib.protocol import CachingProtocol, FailFast, Protocol
from exchangelib.services import (
    CreateFolder,
    CreateItem,
    FindFolder,
    FindItem,
    GetFolder,
    GetItem,
    GetStreamingEvents,
    MoveItem,
    ResolveNames,
    SubscribeToStreaming,
    SyncFolderItems,
    Unsubscribe,
    UpdateItem,
)
from exchangelib.services.common import EWSService
from exchangelib.transport import BASIC, NTLM, OAUTH2
from exchangelib.util import create_element, is_xml
from exchangelib.version import EXCHANGE_2013_SP1, Version
from oauthlib.oauth2 import OAuth2Error
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from bot.doors import EwsBox
from bot.mailboxes.ews_items import MESSAGES, TYPES, Changes, Item, SyncLost, id_of, only_item, read, tag, text
from bot.mailboxes.ews_words import Busy, Cut, LoginRefused, NotEws, NotReached, Status, code_of, door
from handlers.ports import Away, DoorError, Shut

# On an error that it does not expect the library logs the whole request, with the letter in it.
logging.getLogger("exchangelib").setLevel(logging.CRITICAL + 1)

TIMEOUT: tuple[float, float] = (10, 60)  # seconds to connect, and between two bytes of an answer
STREAM_MINUTES = 10  # how long one stream lasts; a line that died without a word is noticed then
_PAUSE = 5.0  # seconds before a stream that ended at once is opened again
_CHUNK = 262_144  # bytes; the library would read an answer one byte at a time
_SYNC_PAGE = 512  # the most that Exchange gives
_FIND_PAGE = 200
_numbers = itertools.count()

_AUTH = {"ntlm": NTLM, "basic": BASIC, "oauth": OAUTH2}


# What may come out of the library: its own errors, those of what it stands on, and its stumbling over odd answers.
_FAULTS = (
    *(EWSError, ErrorServerBusy, Status, Cut, NotEws, NotReached, OAuth2Error, HTTPError, OSError),
    *(requests.exceptions.RequestException, AttributeError, KeyError, TypeError, ValueError),
)


class _SearchKey(ExtendedProperty):  # type: ignore[misc]
    """PidTagSearchKey: stays with a letter wherever it is moved; a copy has the same."""

    property_tag = 0x300B
    property_type = "Binary"


def _paths(*names: str, key: bool = True) -> list[FieldPath]:
    paths = [FieldPath(field=Message.get_field_by_fieldname(n)) for n in names]
    return paths + ([FieldPath(field=ExtendedPropertyField("search_key", value_cls=_SearchKey))] if key else [])


_TOLD = ("item_class", "datetime_received", "datetime_created", "datetime_sent", "size", "subject", "message_id")
_MARKS = ("categories", "parent_folder_id")


class _Adapter(HTTPAdapter):
    """Reads in big pieces, trusts the municipality's certificate, and tells what never reached the server."""

    def __init__(self, line: _Protocol, **kwargs: Any) -> None:
        self._line = line
        super().__init__(**kwargs)

    def send(
        self,
        request: Any,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> Any:
        trusted = self._line.ca or True
        try:
            response: Any = super().send(request, stream, timeout, verify=trusted, cert=cert, proxies=proxies)
        except requests.exceptions.SSLError as error:
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                raise NotReached(certificate=True) from error
            raise
        except requests.exceptions.ConnectionError as error:
            reason = getattr(error.args[0] if error.args else None, "reason", None)
            if isinstance(reason, NewConnectionError | ConnectTimeoutError):
                raise NotReached(certificate=False) from error
            raise
        response.streamed = stream
        if stream:
            self._line.stream = response
        else:
            plain = response.iter_content
            response.iter_content = lambda chunk_size=1, decode_unicode=False: plain(
                max(chunk_size, _CHUNK), decode_unicode
            )
        return response


class _Once(FailFast):  # type: ignore[misc]
    """Repeats nothing, waits for nothing, and says what came instead of an answer."""

    def raise_response_errors(self, response: Any) -> None:
        status = response.status_code
        if response.streamed and status == 200:
            return
        if status in (200, 500) and is_xml(response.content):
            if not response.content.rstrip().endswith(b"Envelope>"):
                raise Cut
            return
        if status == 200:
            raise NotEws if b"<html" in response.content[:4000].lower() else Cut
        told = response.headers.get("Retry-After", "")
        locked = b"account is currently locked out" in response.content
        raise Status(status, float(told) if told.isdecimal() else None, locked)


class _Uncached(CachingProtocol):  # type: ignore[misc]
    """The library would give two lines with one account the same connection and the same policy."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        return type.__call__(cls, *args, **kwargs)


class _Protocol(Protocol, metaclass=_Uncached):  # type: ignore[misc]
    USERAGENT = "Namndbot"

    def __init__(self, config: Configuration, ca: str | None) -> None:
        self.ca = ca
        self.stream: Any = None
        self.TIMEOUT = TIMEOUT
        super().__init__(config=config)

    def raw_session(self, prefix: str, **kwargs: Any) -> Any:
        session = super().raw_session(prefix, **kwargs)
        for place in filter(None, (prefix, kwargs.get("oauth2_token_endpoint"))):
            session.mount(place, _Adapter(self, pool_block=True, pool_connections=1, pool_maxsize=1))
        return session


class _AsItCame:
    """Of a service of the library: its request, sent once; its answers as elements, or as errors in their place."""

    ERRORS_TO_CATCH_IN_RESPONSE = (ResponseMessageError,)
    WARNINGS_TO_CATCH_IN_RESPONSE = (ResponseMessageError,)
    element_container_name = None

    def _api_versions_to_try(self) -> tuple[str, ...]:
        return (self._version_hint.api_version,)  # type: ignore[attr-defined]

    def _response_generator(self, payload: Any) -> Any:
        return EWSService._response_generator(self, payload)

    def _get_element_container(self, message: Any, name: str | None = None) -> Any:
        return EWSService._get_element_container(self, message, None)

    @classmethod
    def _get_elements_in_container(cls, container: Any) -> list[Any]:
        return [container]


def _as_it_came(service: type) -> Any:
    return type(service.__name__, (_AsItCame, service), {})


_SERVICES = {
    s.SERVICE_NAME: _as_it_came(s)
    for s in (
        *(GetFolder, FindFolder, CreateFolder, GetItem, FindItem, SyncFolderItems, MoveItem, UpdateItem, CreateItem),
        *(ResolveNames, SubscribeToStreaming, Unsubscribe),
    )
}


class _Where:
    """A restriction: all of these hold."""

    def __init__(self, *tests: tuple[str, str, str]) -> None:
        self._tests = tests

    def to_xml(self, version: Any) -> Any:
        made = []
        for how, field, value in self._tests:
            test = create_element(f"t:{how}")
            test.append(create_element("t:FieldURI", attrs={"FieldURI": field}))
            constant = create_element("t:FieldURIOrConstant")
            constant.append(create_element("t:Constant", attrs={"Value": value}))
            test.append(constant)
            made.append(test)
        restriction = create_element("m:Restriction")
        if len(made) > 1:
            both = create_element("t:And")
            for test in made:
                both.append(test)
            made = [both]
        restriction.append(made[0])
        return restriction


class Line:
    """One connection with one account, for one thread at a time. After a fault it is broken, and a new one is made."""

    def __init__(self, box: EwsBox) -> None:
        self.broken = False
        self._box = box
        app = self._is_app = box.auth == "oauth"
        self._worked = False  # whether anything has been answered since the login
        if app:
            identity = Identity(primary_smtp_address=box.address)
            credentials = _AppCredentials(box.client_id, box.secret, tenant_id=box.tenant, identity=identity)
        else:
            credentials = Credentials(box.user, box.password)
        # The library keeps its connections by endpoint and credentials; this makes ours nobody else's.
        credentials.line = next(_numbers)
        config = Configuration(
            credentials=credentials,
            service_endpoint=box.server,
            auth_type=_AUTH[box.auth],
            version=Version(EXCHANGE_2013_SP1, "Exchange2013_SP1"),
            retry_policy=_Once(),
            max_connections=1,
        )
        # An app has no rights of its own as a delegate: it always acts as the mailbox.
        access = IMPERSONATION if app or box.access == "impersonation" else DELEGATE
        self._account = Account(
            box.address, access_type=access, autodiscover=False, config=config, default_timezone=UTC, locale="sv_SE"
        )
        with suppress(KeyError):
            del Protocol[config]
        self._protocol = _Protocol(config, str(box.ca) if box.ca else None)
        self._account.protocol = self._protocol

    def close(self) -> None:
        """Let the connection go."""
        self.broken = True
        with suppress(*_FAULTS):
            self._protocol.close()

    # Folders

    def known(self, *names: str) -> list[str | DoorError]:
        """Return the ids of folders that Exchange knows by name (inbox, sentitems …), each or why not."""
        answers = self._ask(
            "GetFolder", folders=[self._named(n) for n in names], additional_fields=None, shape="IdOnly"
        )
        return [a if isinstance(a, DoorError) else id_of(a, "FolderId")[0] for a in answers]

    def folders(self, parent: str) -> dict[str, str]:
        """Return the mail folders right under a folder: id by name, casefolded."""
        found: dict[str, str] = {}
        fields = [FieldPath(field=Folder.get_field_by_fieldname(n)) for n in ("name", "folder_class")]
        for message in self._pages(
            "FindFolder",
            folders=[FolderId(parent)],
            additional_fields=fields,
            restriction=None,
            shape="IdOnly",
            depth="Shallow",
        ):
            for element in message.iter(f"{TYPES}Folder"):
                name = text(element, "DisplayName")
                if name and text(element, "FolderClass") in ("", "IPF.Note"):
                    found[name.casefold()] = id_of(element, "FolderId")[0]
        return found

    def make_folder(self, parent: str, name: str) -> str:
        """Make a folder; return its id. One that another copy of the bot has just made is found."""
        (answer,) = self._ask("CreateFolder", parent_folder=FolderId(parent), folders=[Folder(name=name)])
        if not isinstance(answer, DoorError):
            return id_of(answer, "FolderId")[0]
        made = self.folders(parent).get(name.casefold()) if code_of(answer) == "ErrorFolderExists" else None
        if made is None:
            raise answer
        return made

    def primary(self, address: str) -> str | None:
        """Return the main address of the mailbox that an address leads to; None where Exchange does not tell."""
        (answer,) = self._ask(
            "ResolveNames",
            unresolved_entries=[f"smtp:{address}"],
            parent_folders=None,
            return_full_contact_data=False,
            search_scope="ActiveDirectory",
            contact_data_shape=None,
        )
        if isinstance(answer, DoorError):
            return None  # not in the address book, or not for this account
        told = {
            text(m, "EmailAddress").casefold()
            for m in answer.iter(f"{TYPES}Mailbox")
            if text(m, "RoutingType") in ("", "SMTP") and "@" in text(m, "EmailAddress")
        }
        return address.casefold() if address.casefold() in told else told.pop() if len(told) == 1 else None

    # Items

    def sync(self, folder: str, state: str | None) -> Changes:
        """Return what has changed in a folder since a state, or all that lies there. Raises SyncLost."""
        (answer,) = self._ask(
            "SyncFolderItems",
            folder=FolderId(folder),
            shape="IdOnly",
            additional_fields=_paths(*_TOLD),
            sync_state=state,
            ignore=None,
            max_changes_returned=_SYNC_PAGE,
            sync_scope=None,
        )
        if isinstance(answer, DoorError):
            if code_of(answer) in ("ErrorInvalidSyncStateData", "ErrorSyncFolderNotFound", "ErrorInvalidIdMalformed"):
                raise SyncLost from answer
            raise answer
        new, last = answer.findtext(f"{MESSAGES}SyncState"), answer.findtext(f"{MESSAGES}IncludesLastItemInRange")
        if not new or last is None:
            raise SyncLost
        items, gone = [], []
        container = answer.find(f"{MESSAGES}Changes")
        for change in () if container is None else container:
            what = tag(change)
            if what in ("Create", "Update") and len(change) and id_of(change[0], "ItemId")[0]:
                items.append(read(change[0]))
            elif what == "Delete":
                gone.append(id_of(change, "ItemId")[0])
        return Changes(new, last.strip().lower() == "true", tuple(items), tuple(gone))

    def find(self, folders: Sequence[str], *tests: tuple[str, str, str]) -> list[Item]:
        """Return what lies in folders and passes the tests: (IsEqualTo and the like, field, value)."""
        found: dict[str, Item] = {}
        for folder in folders:
            for message in self._pages(
                "FindItem",
                folders=[FolderId(folder)],
                additional_fields=_paths(*_TOLD, "in_reply_to", "references"),
                restriction=_Where(*tests) if tests else None,
                order_fields=None,
                query_string=None,
                shape="IdOnly",
                depth="Shallow",
                calendar_view=None,
            ):
                for container in message.iter(f"{TYPES}Items"):
                    found |= {i.id: i for i in map(read, container) if i.id}
        return list(found.values())

    def get(self, reference: str, *, whole: bool = False) -> Item | str:
        """Return one item, with its marks or whole as MIME; or the code that Exchange gave instead."""
        fields = _paths(*_TOLD, *(("mime_content",) if whole else _MARKS))
        (answer,) = self._ask("GetItem", items=[ItemId(reference)], additional_fields=fields, shape="IdOnly")
        if isinstance(answer, Shut):
            raise answer
        return code_of(answer) if isinstance(answer, DoorError) else only_item(answer) or "ErrorItemNotFound"

    def move(self, item: Item, folder: str) -> str | None:
        """Move an item; return its new id, "" where Exchange does not tell it, None when it is not there any more."""
        (answer,) = self._ask("MoveItem", items=[ItemId(item.id, item.changekey or None)], to_folder=FolderId(folder))
        if not isinstance(answer, DoorError):
            moved = only_item(answer)
            return moved.id if moved else ""
        if code_of(answer) == "ErrorItemNotFound":
            return None
        raise answer

    def mark(self, item: Item, category: str, *, off: bool = False) -> str:
        """Add a category to those that an item has, or take it off; return the code of the error, "" when it is done."""
        if (category in item.categories) != off:
            return ""
        wanted = [c for c in item.categories if c != category] + ([] if off else [category])
        model = BaseFolder.ITEM_MODEL_MAP.get(f"{TYPES}{item.kind}", Message)
        target = model(id=item.id, changekey=item.changekey, categories=wanted)
        (answer,) = self._ask(
            "UpdateItem",
            items=[(target, ["categories"])],
            conflict_resolution="AutoResolve",
            message_disposition="SaveOnly",
            send_meeting_invitations_or_cancellations="SendToNone",
            suppress_read_receipts=True,
        )
        return code_of(answer) if isinstance(answer, DoorError) else ""

    def send(self, message_id: str, raw: bytes, to: str, folder: str) -> None:
        """Send a finished message and keep a copy in a folder. Raises as Sender.send does."""
        message = Message(
            account=self._account,
            mime_content=raw,
            message_id=message_id,
            to_recipients=[Mailbox(email_address=to)],
        )
        (answer,) = self._ask(
            "CreateItem",
            sending=True,
            items=[message],
            folder=FolderId(folder),
            message_disposition="SendAndSaveCopy",
            send_meeting_invitations="SendToNone",
        )
        if isinstance(answer, DoorError):
            raise answer

    # What has come

    def listen(self, folder: str, wake: Callable[[], None], stopping: threading.Event) -> None:
        """Call wake at every event of a folder, until stopping is set or the stream breaks."""
        (answer,) = self._ask(
            "Subscribe", folders=[FolderId(folder)], event_types=["CreatedEvent", "MovedEvent", "NewMailEvent"]
        )
        if isinstance(answer, DoorError):
            raise answer
        subscription = answer.findtext(f"{MESSAGES}SubscriptionId")
        try:
            with self._told(sending=False):
                while not stopping.is_set():
                    # What came between two streams was told to nobody.
                    wake()
                    begun = time.monotonic()
                    events = GetStreamingEvents(account=self._account)
                    for notice in events.call([subscription], connection_timeout=STREAM_MINUTES):
                        if any(type(e).__name__ != "StatusEvent" for e in getattr(notice, "events", None) or ()):
                            wake()
                    if time.monotonic() - begun < _PAUSE:
                        stopping.wait(_PAUSE)  # something on the way lets no stream live
        finally:
            self._protocol.stream = None
            with suppress(DoorError):
                self._ask("Unsubscribe", subscription_id=subscription)

    def hang_up(self) -> None:
        """End a stream from another thread."""
        stream = self._protocol.stream
        if stream is not None:
            with suppress(*_FAULTS):
                stream.raw.shutdown()

    # Within

    def _named(self, name: str) -> DistinguishedFolderId:
        return DistinguishedFolderId(id=name, mailbox=Mailbox(email_address=self._box.address))

    def _ask(self, operation: str, *, sending: bool = False, **request: Any) -> list[Any]:
        with self._told(sending=sending):
            service = _SERVICES[operation](
                **({"protocol": self._protocol} if operation == "ResolveNames" else {"account": self._account})
            )
            answers = list(service._get_elements(payload=service.get_payload(**request)))
            if not answers:
                raise Cut
            # An error in one answer's place that concerns the whole server is the request's error.
            for answer in answers:
                if isinstance(answer, ErrorServerBusy):
                    raise answer
            self._worked = True
        return [door(_plain(a), sending=sending) if isinstance(a, Exception) else a for a in answers]

    def _pages(self, operation: str, **request: Any) -> Iterator[Any]:
        offset = 0
        while True:
            (message,) = self._ask(operation, page_size=_FIND_PAGE, offset=offset, **request)
            if isinstance(message, DoorError):
                raise message
            yield message
            root = message.find(f"{MESSAGES}RootFolder")
            step = int(root.get("IndexedPagingOffset") or 0) if root is not None else 0
            if root is None or root.get("IncludesLastItemInRange", "true").lower() == "true" or step <= offset:
                return
            offset = step

    @contextmanager
    def _told(self, *, sending: bool) -> Iterator[None]:
        try:
            yield
        except _FAULTS as error:
            self.broken = True
            told = door(_plain(error), sending=sending)
            if isinstance(told, Shut) and self._is_app and self._worked:
                # The hour of a login is over sooner than we count, or it was taken back: nobody is to be woken for that.
                # When the new login is refused too, it is Shut.
                told = Away("Inloggningen hos Exchange hade gått ut. Boten loggar in igen.", 1.0)
            raise told from error


class _AppCredentials(OAuth2Credentials):  # type: ignore[misc]
    LOGIN = "https://login.microsoftonline.com"

    @property
    def token_url(self) -> str:
        return f"{self.LOGIN}/{self.tenant_id}/oauth2/v2.0/token"

    def session_params(self) -> dict[str, Any]:
        # Without the library's refreshing: an app has nothing to refresh with, it logs in anew when its hour is over.
        return {"token": self.access_token}


def _plain(error: Exception) -> Exception:
    if isinstance(error, OAuth2Error):
        return LoginRefused()
    # What the library calls busy itself, of a fault that it would have tried again, says nothing of what was done.
    if isinstance(error, ErrorServerBusy) and "Reraised from" not in str(error):
        return Busy(error.back_off)
    return error
