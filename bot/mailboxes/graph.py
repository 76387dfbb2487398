"""A mailbox in Microsoft 365 by Microsoft Graph: what lies in the inbox is kept as a mirror, by ids that survive moves."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from bot.doors import GraphBox
from bot.mailboxes import graph_watch
from bot.mailboxes.graph_line import Cut, Line, Reply, Row, is_gone, message, part, rows_of
from bot.mailboxes.graph_outbox import Outbox
from handlers.ports import Away, DoorError, Gone, Incoming, LeftOut, Lying, Shut
from storage.records import Folder

if TYPE_CHECKING:
    from bot.pages.graph_push import GraphPush

log = logging.getLogger("namndbot.mailbox")

_ROWS = "id,receivedDateTime"
# What a letter answers, where Exchange keeps it also for what was sent: PR_IN_REPLY_TO_ID and PR_INTERNET_REFERENCES.
_ANSWERS = ("String 0x1042", "String 0x1039")
_LYING = "id,receivedDateTime,sentDateTime,subject,internetMessageId"
_MOST_REFUSALS = 3  # then a letter that cannot be moved no longer keeps the others waiting


class GraphMailbox:
    """One nämnd's mailbox, and its way out. The key of a letter is its immutable id, and so is its reference."""

    # Where Graph may wake the bot: set by whoever puts the house together, before watch. Without it we only ask.
    push: GraphPush | None = None

    def __init__(self, box: GraphBox, *, settle_seconds: float = 10.0) -> None:
        self._box = box
        self._line = Line(box)
        self._outbox = Outbox(self._line, settle_seconds)
        self._opening = threading.Lock()
        self._folders: dict[str, str] = {}  # as the house calls them, and inkorg: Graph's ids
        self._has_all = self._may_make = False
        self._link: str | None = None  # where the next round of changes begins
        self._from: dt.datetime | None = None  # what the mirror goes back to
        self._lying: dict[str, dt.datetime] = {}  # the mirror: what lies in the inbox, and when it was received
        self._refused: dict[str, int] = {}  # how often in a row Graph has refused to move a letter
        self._left: dict[str, LeftOut] = {}
        self._anew = threading.Event()  # the mirror is not to be trusted: Graph has told that changes went missing

    def open(self, *, look_only: bool = False) -> None:
        """See that it is the settings' mailbox and that its folders are there. Raises Shut when it is another's."""
        with self._opening:
            if not self._folders:
                self._see_address()
            self._may_make |= not look_only
            if not self._folders or (self._may_make and not self._has_all):
                self._find_folders()

    def close(self) -> None:
        """Let the connection go; the mirror is made anew the next time."""
        self._line.close()
        self._folders, self._has_all, self._may_make, self._link = {}, False, False, None

    # the inbox

    def fetch(self, since: dt.datetime | None = None, *, everything: bool = False) -> Iterator[Incoming]:
        """Give the letters of the inbox, oldest first. Without since: from the day in the settings."""
        self.open(look_only=True)
        start = since or dt.datetime.combine(self._box.since, dt.time(), ZoneInfo("Europe/Stockholm"))
        self._left = {}
        self._look(start, everything=everything)
        for one, received in sorted(self._lying.items(), key=lambda item: (item[1], item[0])):
            if received == _moment(None):
                self._left[one] = LeftOut(one, None, "Microsoft 365 säger inte när det kom")
            if received < start or one not in self._lying:
                continue
            try:
                raw = self._raw(one)
            except Cut:
                self._where(one)  # the server still answers: it is this letter
                raw = None
            if raw is None:
                log.warning("a letter (%s) cannot be fetched whole: it is left in the inbox and tried again", one[-12:])
                self._left[one] = LeftOut(one, received, "Microsoft 365 lämnar inte ut det helt")
            elif raw:
                yield Incoming(one, raw, received, one)

    def left_out(self) -> Sequence[LeftOut]:
        """Tell which letters cannot be fetched whole, or have no time."""
        return tuple(self._left.values())

    def _look(self, start: dt.datetime, *, everything: bool) -> None:
        """Bring the mirror up to date: by the changes where they can be had, else by the whole list."""
        missed = self._anew.is_set()
        if not (everything or missed or self._link is None or self._from is None or start < self._from):
            told = self._changes(self._link)
            if told is not None:
                self._take(*told)
                return
        self._anew.clear()
        self._list(start)

    def _list(self, start: dt.datetime) -> None:
        """List the inbox anew. Changes are asked for first: what comes between is in the list or in the next round.

        Both, because either has been known to leave out letters where there are many.
        """
        self._link, self._from = None, start
        self._find_folders()  # a person may have thrown one away: its id would lead there
        params = {"$select": _ROWS, "$filter": f"receivedDateTime ge {_utc(start)}"}
        told = self._changes("mailFolders/inbox/messages/delta", params)
        listed = list(self._line.pages("mailFolders/inbox/messages", params=params | {"$orderby": "receivedDateTime"}))
        self._lying = {}
        rows, link = told or ([], None)
        self._take([*rows, *listed], link)

    def _changes(self, path: str, params: Mapping[str, str] | None = None) -> tuple[list[Row], str] | None:
        """Return one round of changes and where the next begins; None when Graph has forgotten where we were."""
        found: list[Row] = []
        while True:
            reply = self._line.ask("GET", path, params=params, prefer="odata.maxpagesize=100")
            if reply.status in (400, 410):  # the token is too old, or is not taken any more, even within a round
                log.info("the changes of %s are no longer told from where we were", self._box.address)
                return None
            data = reply.must()
            found += rows_of(data)
            if data.get("@odata.deltaLink"):
                return found, str(data["@odata.deltaLink"])
            if not data.get("@odata.nextLink"):
                raise Away("Microsoft 365 svarade utan att säga hur det går vidare.")
            path, params = str(data["@odata.nextLink"]), None

    def _take(self, rows: list[Row], link: str | None) -> None:
        for row in rows:
            if "@removed" in row:
                self._lying.pop(str(row.get("id")), None)
            else:
                self._put(row)
        self._link = link  # only now: a round that breaks off is told again

    def _put(self, row: Row) -> None:
        one, told = str(row.get("id") or ""), row.get("receivedDateTime")
        if one and told:
            self._lying[one] = _moment(told)
        elif one and one not in self._lying:  # a change may be told without what has not changed
            reply = self._line.ask("GET", message(one), params={"$select": _ROWS})
            if not is_gone(reply):
                self._lying[one] = _moment(reply.must().get("receivedDateTime"))

    def _raw(self, one: str) -> bytes | None:
        """Return a letter's bytes; b"" when somebody has taken it, None when it is there and cannot be had."""
        reply = self._line.ask("GET", f"{message(one)}/$value")
        if reply.good:
            return reply.content or None
        if reply.status == 404 and self._where(one) != self._folders["inkorg"]:
            self._lying.pop(one, None)
            return b""
        return None

    # the folders

    def move(self, reference: str, folder: Folder, key: str, label: str = "") -> str | None:
        """Move a letter by its id, out of the inbox or from one of our folders to another, and put a category on it.

        Where a person has put it into a folder of their own it is left, and None returned.
        """
        self.open()
        for last in (False, True):
            reply = self._line.ask("GET", message(key), params={"$select": "id,parentFolderId,categories"})
            if is_gone(reply):
                break
            lies = self._did(key, reply).get("parentFolderId")
            if lies not in self._folders.values():
                break
            self._mark(key, reply.data.get("categories"), label)
            if lies == self._folders[folder]:
                self._forget(key)
                return key
            moved = self._line.ask(
                "POST", f"{message(key)}/move", data={"destinationId": self._folders[folder]}, again=False
            )
            if last or moved.status != 404:
                called = str(self._did(key, moved).get("id") or key)
                self._forget(key)
                return called
            # A person took the letter between two requests, or has thrown away the folder.
            self._find_folders()
        self._forget(key)
        return None

    def unmark(self, reference: str, key: str, label: str) -> None:
        """Take a category of ours off a letter."""
        self.open()
        reply = self._line.ask("GET", message(key), params={"$select": "id,categories"})
        found = [] if is_gone(reply) else self._did(key, reply).get("categories") or []
        if label in found:
            reply = self._line.ask("PATCH", message(key), data={"categories": [str(c) for c in found if c != label]})
            if not is_gone(reply):
                self._did(key, reply)

    def _forget(self, key: str) -> None:
        self._lying.pop(key, None)
        self._refused.pop(key, None)

    def _mark(self, key: str, found: Any, label: str) -> None:
        categories = [str(c) for c in found] if isinstance(found, list) else []
        if label and label not in categories:
            reply = self._line.ask("PATCH", message(key), data={"categories": [*categories, label]})
            if not is_gone(reply):
                self._did(key, reply)

    def _did(self, key: str, reply: Reply) -> Row:
        """Return the answer about one letter. What is refused again and again is this letter's fault, not Graph's."""
        if reply.good:
            return reply.data
        self._refused[key] = self._refused.get(key, 0) + 1
        if self._refused[key] < _MOST_REFUSALS:
            reply.must()
        raise DoorError(f"Microsoft 365 vägrar flytta eller märka ett brev ({reply.status} {reply.code[:60]}).")

    def _where(self, one: str) -> str | None:
        reply = self._line.ask("GET", message(one), params={"$select": "id,parentFolderId"})
        return None if is_gone(reply) else str(reply.must().get("parentFolderId"))

    def lying(self, folder: Folder, since: dt.datetime | None = None) -> Iterator[Lying]:
        """Tell what lies in a folder; the reference there is the folder and the id."""
        self.open(look_only=True)
        if folder not in self._folders:
            return
        when = "sentDateTime" if folder == "skickat" else "receivedDateTime"
        wanted = " or ".join(f"id eq '{name}'" for name in _ANSWERS)
        params = {
            "$select": _LYING,
            "$orderby": when,
            "$expand": f"singleValueExtendedProperties($filter={wanted})",
        }
        if since is not None:
            params["$filter"] = f"{when} ge {_utc(since)}"
        # All of them first: what is moved while we turn pages would hide others.
        for row in list(self._line.pages(f"mailFolders/{part(self._folders[folder])}/messages", params=params)):
            one = str(row["id"])
            yield Lying(
                f"{folder}/{one}",
                _moment(row.get(when)),
                one,
                str(row.get("subject") or ""),
                str(row.get("internetMessageId") or ""),
                _answers(row.get("singleValueExtendedProperties")),
            )

    def letter(self, reference: str) -> Incoming:
        """Fetch one letter, while it lies where lying told of it. Raises Gone."""
        self.open(look_only=True)
        folder, _, one = reference.rpartition("/")
        reply = self._line.ask("GET", message(one), params={"$select": f"{_ROWS},parentFolderId"})
        if is_gone(reply) or (folder and reply.must().get("parentFolderId") != self._folders.get(folder)):
            raise Gone("Brevet ligger inte kvar i mappen.")
        raw = self._line.ask("GET", f"{message(one)}/$value")
        if is_gone(raw):
            raise Gone("Brevet ligger inte kvar i brevlådan.")
        raw.must()
        return Incoming(reference, raw.content, _moment(reply.must().get("receivedDateTime")), one)

    def watch(self, wake: Callable[[], None], stopping: threading.Event) -> None:
        """Let Graph tell when something has come, while the settings and the pages allow it. Returns at once if not."""
        if self._box.notify and self.push is not None:
            graph_watch.watch(self._line, self._box.address, self.push, wake, self._anew.set, stopping)

    # the way out

    def send(self, message_id: str, raw: bytes, to: str) -> str:
        """Send a message from the mailbox, once. It lies in Sent Items afterwards."""
        self.open()
        return self._outbox.send(message_id, raw, to)

    def was_sent(self, message_id: str) -> bool | None:
        """Say whether a message has gone out."""
        return self._outbox.was_sent(message_id)

    # whose it is

    def _see_address(self) -> None:
        """See that the mailbox is the settings' own."""
        address = self._box.address.casefold()
        wanted = {"$select": "mail,userPrincipalName,proxyAddresses"}
        reply = self._line.ask("GET", "", params=wanted, refusable=True)
        if reply.status in (401, 403, 404):
            # Rights to one mailbox give none to the directory. Then Graph's own answer about the inbox must do.
            reply = self._line.ask("GET", "mailFolders/inbox", params={"$select": "id"})
            told = unquote(str(reply.must().get("@odata.context", "")))
            owner = told.partition("users('")[2].partition("')")[0].casefold()
            if "@" in owner and owner != address:
                raise Shut(self._another(owner))
            return
        found = reply.must()
        proxies = [str(p)[5:] for p in found.get("proxyAddresses") or () if str(p)[:5].lower() == "smtp:"]
        known = {str(a).casefold() for a in (found.get("mail"), found.get("userPrincipalName"), *proxies) if a}
        if address not in known:
            raise Shut(self._another(str(found.get("mail") or found.get("userPrincipalName"))))

    def _another(self, owner: str) -> str:
        return (
            f"Brevlådan som svarar är {owner}, inte {self._box.address}. Boten rör den inte. Kontrollera nämndens "
            "adress i inställningarna."
        )

    def _find_folders(self) -> None:
        """Find the folders, and make those that are missing unless we only look."""
        well_known = {"inkorg": "inbox", "skickat": "sentitems"}
        names = {place: name for place, name in self._box.names.items() if name}
        found = {}
        for place, name in well_known.items():
            if place not in names:
                reply = self._line.ask("GET", f"mailFolders/{name}", params={"$select": "id"})
                found[place] = str(reply.must()["id"])
        # Beside the inbox, where we make them, or under it, where people may have put them.
        there = self._named("mailFolders/inbox/childFolders") | self._named("mailFolders")
        for place, name in names.items():
            one = there.get(name.casefold()) or (self._make_folder(name) if self._may_make else "")
            if one:
                found[place] = one
        self._folders, self._has_all = found, all(place in found for place in names)

    def _named(self, path: str) -> dict[str, str]:
        rows = self._line.pages(path, params={"$select": "id,displayName"})
        return {str(row.get("displayName")).casefold(): str(row["id"]) for row in rows}

    def _make_folder(self, name: str) -> str:
        reply = self._line.ask("POST", "mailFolders", data={"displayName": name}, again=False)
        if reply.status == 409:  # another copy of the bot was faster
            return self._named("mailFolders")[name.casefold()]
        return str(reply.must()["id"])


def _utc(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment(told: Any) -> dt.datetime:
    return dt.datetime.fromisoformat(str(told or "1970-01-01T00:00:00")[:19]).replace(tzinfo=dt.UTC)


def _answers(properties: Any) -> tuple[str, ...]:
    told = {str(p.get("id")): str(p.get("value") or "") for p in properties or () if isinstance(p, dict)}
    return tuple(" ".join(told.get(name, "") for name in _ANSWERS).split())
