"""A mailbox on an IMAP server: letters are known by their bytes, moved by UID, and never deleted or marked as read."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from zoneinfo import ZoneInfo

from bot.doors import ImapBox
from bot.mailboxes import imap_watch
from bot.mailboxes.imap_place import Place, lying_of
from bot.mailboxes.imap_wire import MOST_BYTES, Item, Line, Refused, argument, date_of, keyword
from handlers.ports import Away, DoorError, Gone, Incoming, LeftOut, Lying, Shut
from storage.raw import sha256_of
from storage.records import Folder

log = logging.getLogger("namndbot.mailbox")

_INBOX = "INBOX"
_OURS: tuple[Folder, ...] = ("registrerat", "granska", "hemligt", "ovrigt")
_BATCH = 200  # letters whose dates or headers are asked for at once
_MOST_LOOKED_AT = 300  # letters of one folder that are fetched to find one by its bytes
_REMEMBERED = 20_000
# Keywords that a folder may have before we make no more: Dovecot's work with each letter grows with their number, and
# at 600 a move takes more than twice as long.
_MOST_KEYWORDS = 300
_TRIES = 3  # then a letter that the server will not move no longer keeps the others waiting
_NO_LETTERS_FAULT = ("UNAVAILABLE", "INUSE", "OVERQUOTA")  # RFC 5530: the server, or the mailbox, for the moment
_HEADERS = "[HEADER.FIELDS (SUBJECT MESSAGE-ID IN-REPLY-TO REFERENCES)]"
_DAY = dt.timedelta(days=1)
_STOCKHOLM = ZoneInfo("Europe/Stockholm")


class _OneLetter(DoorError):
    """The server refuses something of one letter, again and again; the connection goes on."""


class ImapMailbox:
    """One nämnd's mailbox. After any fault the connection is thrown away, and the next call makes a new one."""

    def __init__(self, box: ImapBox, *, timeout: float = 60.0, idle_seconds: float = 240.0) -> None:
        self._box = box
        self._timeout = timeout
        self._idle_seconds = idle_seconds  # far below the 29 minutes of RFC 2177: a dead connection is noticed so soon
        self._line: Line | None = None
        self._names: dict[Folder, str] = {}
        self._missing: set[str] = set()  # folders that are not made, while we only look
        self._look_only = False
        self._keys: dict[str, str] = {}  # reference -> key, of what was fetched in this connection
        self._new_keywords: set[str] = set()  # put on letters since
        self._told: set[str] = set()
        self._refused: Counter[str] = Counter()  # how often in a row the server has refused to move a letter
        self._stuck = False  # one was given up, and none has been moved since
        self._left: dict[str, LeftOut] = {}

    # The promises of handlers.ports.Mailbox

    def open(self, *, look_only: bool = False) -> None:
        """Connect, see that letters may be moved, and make the folders that are missing. Cheap when it is open.

        IMAP does not tell a mailbox's address. What is certain is the account; that it is the nämnd's own stands in
        the settings, and in docs/brevlada-imap.md.
        """
        if self._look_only and not look_only:
            self.close()  # the folders are still to be made
        self._look_only = look_only
        if self._line is not None:
            try:
                self._line.noop()
            except Away:
                self.close()
            else:
                return
        with self._kept() as line:
            line.select(_INBOX, anew=True)

    def close(self) -> None:
        """Log out."""
        line, self._line = self._line, None
        self._keys.clear()
        if line is not None:
            line.leave()

    def fetch(self, since: dt.datetime | None = None, *, everything: bool = False) -> Iterator[Incoming]:
        """Give the inbox's letters, oldest first by the server's time. What a person has marked as deleted is left.

        The inbox is listed anew each time, so `everything` changes nothing. Without since: from the settings' day on.
        """
        since = since or dt.datetime.combine(self._box.since, dt.time(), _STOCKHOLM)
        self._left = {}
        with self._kept() as line:
            validity = line.select(_INBOX, anew=True).validity
            uids = line.search("UNDELETED", "SINCE", date_of(since - _DAY))
            found = list(self._dated(line, validity, uids, since))
        letters = sorted((i.received, i.uid, i) for i in found if i.received)
        for received, uid, item in letters:
            place = Place(_INBOX, validity, uid, item.size, received)
            with self._kept() as line:
                if line.select(_INBOX).validity != validity:
                    return  # the inbox was made anew meanwhile: the next round lists it
                raw = self._bytes(line, place)
            if raw is not None:
                yield Incoming(str(place), raw, received, self._keys[str(place)])

    def left_out(self) -> Sequence[LeftOut]:
        """Tell which letters are too big, have no time or are not given by the server."""
        return tuple(self._left.values())

    def move(self, reference: str, folder: Folder, key: str, label: str = "") -> str | None:
        """Move the letter whose bytes have this SHA-256. It is sought by reference first, then by size, day and bytes."""
        with self._kept() as line:
            target, place = self._names[folder], Place.of(reference)
            if place is not None and self._is(line, place, key):
                called = self._carry(line, place, target, key, label)
                if called:
                    return called
            hint = place or Place(target, 0, 0, None, None)
            for name in dict.fromkeys((target, hint.folder, _INBOX, *self._names.values())):
                found = self._find(line, name, key, hint)
                called = self._carry(line, found, target, key, label) if found else None
                if called:
                    return called
        return None

    def unmark(self, reference: str, key: str, label: str) -> None:
        """Take a keyword of ours off a letter, sought as `move` seeks it."""
        mark, place = keyword(label), Place.of(reference)
        hint = place or Place(_INBOX, 0, 0, None, None)
        with self._kept() as line:
            found = place if place is not None and self._is(line, place, key) else None
            for name in dict.fromkeys((hint.folder, _INBOX, *self._names.values())):
                found = found or self._find(line, name, key, hint)
            if found is None or mark.lower() not in line.select(found.folder).keywords | self._new_keywords:
                return
            try:
                line.label(found.uid, mark, off=True)
            except Refused:
                raise _OneLetter("Servern tog inte bort ett märke från ett brev.") from None

    def lying(self, folder: Folder, since: dt.datetime | None = None) -> Iterator[Lying]:
        """Tell what lies in a folder, by its headers. The key is None: only the bytes tell it."""
        with self._kept() as line:
            name = self._names[folder]
            if name in self._missing:
                return
            validity = line.select(name, readonly=True, anew=True).validity
            uids = line.search(*(("SINCE", date_of(since - _DAY)) if since else ("ALL",)))
        for start in range(0, len(uids), _BATCH):
            with self._kept() as line:
                if line.select(name, readonly=True).validity != validity:
                    return
                found = line.fetch(uids[start : start + _BATCH], text=_HEADERS)
            for item in found:
                if item.received and (since is None or item.received >= since):
                    place = Place(name, validity, item.uid, item.size, item.received)
                    yield lying_of(str(place), item.received, item.text or b"")

    def letter(self, reference: str) -> Incoming:
        """Fetch one letter. Raises Gone when it is not there any more."""
        place = Place.of(reference)
        if place is not None:
            with self._kept() as line:
                raw = self._bytes(line, place) if self._opened(line, place) else None
                if raw is not None and place.received is not None:
                    return Incoming(reference, raw, place.received, self._keys[reference])
        raise Gone("Brevet ligger inte kvar i mappen.")

    def watch(self, wake: Callable[[], None], stopping: threading.Event) -> None:
        """Wait in IDLE, in a connection of its own, and wake for all that comes. Returns when the server has no IDLE."""
        imap_watch.watch(Line(self._box, self._timeout), _INBOX, wake, stopping, self._idle_seconds)

    # Beyond the promises

    def has(self, message_id: str) -> bool:
        """Say whether a letter with that Message-ID lies in the inbox or in one of our folders.

        It uses a connection of its own, so that it may be asked beside the other calls.
        """
        if not re.fullmatch(r"<[!-;=?-~]{1,250}>", message_id):
            return False
        line = Line(self._box, self._timeout)
        try:
            folders = line.folders()
            sent = folders.sent()
            # In the order that the copies go: one that is moved while we look is met again.
            places = [_INBOX, *([sent] if sent else []), *(folders.named(n) for n in self._box.names.values() if n)]
            for name in dict.fromkeys(places):
                if name not in folders.there:
                    continue
                with contextlib.suppress(Refused):
                    line.select(name, readonly=True)
                    if line.search("HEADER", "Message-ID", argument(message_id)):
                        return True
            return False
        finally:
            line.leave()

    # How it is done

    @contextlib.contextmanager
    def _kept(self) -> Iterator[Line]:
        """Give the connection, made if there is none; throw it away when something breaks."""
        try:
            if self._line is None:
                self._line = Line(self._box, self._timeout)
                self._keys.clear()
                self._survey(self._line)
            yield self._line
        except Refused as refused:
            error = (self._line.refusal(refused, "öppna brevlådan") if self._line else None) or Away("")
            self._throw_away()
            raise error from None
        except _OneLetter:
            raise
        except DoorError:
            self._throw_away()
            raise

    def _throw_away(self) -> None:
        line, self._line = self._line, None
        self._keys.clear()
        if line is not None:
            line.drop()

    def _survey(self, line: Line) -> None:
        folders = line.folders()
        for folder in _OURS:
            self._names[folder] = folders.named(self._box.names[folder])
        told = self._box.names.get("skickat")
        self._names["skickat"] = folders.named(told) if told else folders.sent() or folders.named("Skickat")
        self._missing = {n for n in self._names.values() if n not in folders.there}
        if not self._look_only:
            for name in dict.fromkeys(n for n in self._names.values() if n in self._missing):
                line.create(name)
                log.info("made the folder %s in the mailbox", name)
            self._missing.clear()

    def _dated(self, line: Line, validity: int, uids: list[int], since: dt.datetime) -> Iterator[Item]:
        for start in range(0, len(uids), _BATCH):
            for item in line.fetch(uids[start : start + _BATCH]):
                place = Place(_INBOX, validity, item.uid, item.size, item.received)
                if item.received is None:
                    self._leave(place, "servern säger inte när det kom", "the server tells no time for it")
                elif item.received < since:
                    continue
                elif (item.size or 0) > MOST_BYTES:
                    told = (
                        f"det är {(item.size or 0) // 1_000_000} MB, och boten tar högst {MOST_BYTES // 1_000_000} MB"
                    )
                    self._leave(place, told, f"it has {item.size} bytes and is left in the inbox")
                else:
                    yield item

    def _leave(self, place: Place, why: str, logged: str) -> None:
        if place.folder == _INBOX:
            self._left[str(place)] = LeftOut(str(place), place.received, why)
        self._once(f"{place.uid} {logged}", f"letter %s in %s: {logged}", place.uid, place.folder)

    def _bytes(self, line: Line, place: Place) -> bytes | None:
        """Fetch a letter of the open folder, whole; None when it is gone or the server cannot give it."""
        if (place.size or 0) > MOST_BYTES:
            return None  # it would end the connection, each time
        try:
            found = line.fetch([place.uid], text="[]")
        except Refused as refused:
            if refused.passes:
                raise
            self._leave(place, "servern lämnar inte ut det", "the server does not give it, it is left")
            return None
        if not found:
            return None  # a person was faster
        raw = found[0].text
        if not raw:
            self._leave(place, "servern lämnar ut det tomt", "the server gives no bytes, it is left")
            return None
        if len(self._keys) > _REMEMBERED:
            self._keys.clear()
        self._keys[str(place)] = sha256_of(raw)
        return raw

    def _opened(self, line: Line, place: Place, *, anew: bool = False) -> bool:
        """Open a reference's folder; say whether the reference still means something in it."""
        try:
            return line.select(place.folder, anew=anew).validity == place.validity
        except Refused as refused:
            if refused.passes:
                raise
            return False  # the folder is gone

    def _is(self, line: Line, place: Place, key: str) -> bool:
        if not self._opened(line, place):
            return False
        if str(place) not in self._keys:
            self._bytes(line, place)
        return self._keys.get(str(place)) == key

    def _carry(self, line: Line, place: Place, target: str, key: str, label: str) -> str | None:
        """Move what lies in an open folder; return what it is called there, None when it was gone."""
        if line.select(place.folder).validity != place.validity:
            return None
        self._label(line, place, label)
        if place.folder == target:
            return str(place)
        try:
            moved = (
                line.move(place.uid, target) if "MOVE" in line.capabilities else self._copy(line, place, target, key)
            )
        except Refused as refused:
            if not self._opened(line, place, anew=True) or not line.search("UID", str(place.uid)):
                moved = None  # somebody moved it in the same moment: Dovecot says NO to that
            else:
                raise self._refusal(line, refused, target, key) from None
        self._refused.pop(key, None)
        self._stuck = False
        self._keys.pop(str(place), None)
        return str(Place(target, *moved, place.size, place.received)) if moved else None

    def _refusal(self, line: Line, refused: Refused, target: str, key: str) -> DoorError:
        """Return what a refused move means: the server's fault at first, this letter's when it comes again and again.

        Where one is given up and none has been moved since, the next ones need not be tried so often.
        """
        error = line.refusal(refused, f"flytta brev till mappen {target}")
        if isinstance(error, Shut) or refused.code in _NO_LETTERS_FAULT:
            return error
        self._refused[key] += 1
        if self._refused[key] < _TRIES and not self._stuck:
            return error
        self._stuck = True
        return _OneLetter(f"Brevlådans server {self._box.host} vägrar flytta det.")

    def _copy(self, line: Line, place: Place, target: str, key: str) -> tuple[int, int] | None:
        # Without MOVE: a crash between copy and taking out shows the letter again, and then its copy is found.
        found = self._find(line, target, key, place)
        line.select(place.folder)
        moved = (found.validity, found.uid) if found else line.copy(place.uid, target)
        if moved:
            line.take_out(place.uid)
        return moved

    def _label(self, line: Line, place: Place, label: str) -> None:
        mark = keyword(label)
        selected = line.selected
        if not mark or selected is None:
            return
        new = mark.lower() not in selected.keywords
        if new and selected.any_keyword and len(selected.keywords | self._new_keywords) >= _MOST_KEYWORDS:
            self._once("many", "the mailbox has %s keywords; more numbers are not put on letters", _MOST_KEYWORDS)
        elif selected.any_keyword or not new:
            self._new_keywords |= {mark.lower()}
            try:
                line.label(place.uid, mark)
            except Refused:
                self._once("label", "the server does not take a keyword on a letter; letters are moved without")
        else:
            self._once("label", "the mailbox takes no keywords of ours; letters are moved without")

    def _find(self, line: Line, name: str, key: str, hint: Place) -> Place | None:
        """Look for a letter in a folder by its bytes: those of its size and day first, the newest first."""
        try:
            selected = line.select(name, anew=True)
        except Refused as refused:
            if refused.passes:
                raise
            return None
        size = ("LARGER", str(hint.size - 1), "SMALLER", str(hint.size + 1)) if hint.size else ("ALL",)
        near = (
            ("SINCE", date_of(hint.received - 2 * _DAY), "BEFORE", date_of(hint.received + 3 * _DAY))
            if hint.received
            else ()
        )
        looked: set[int] = set()
        for criteria in dict.fromkeys(((*size, *near), size)):
            for uid in reversed(line.search(*criteria)):
                if uid in looked:
                    continue
                if len(looked) == _MOST_LOOKED_AT:
                    log.warning("a letter was looked for among %s in %s and not found", _MOST_LOOKED_AT, name)
                    return None
                looked.add(uid)
                (item, *_) = line.fetch([uid]) or [Item(uid, None, None, None)]
                place = Place(name, selected.validity, uid, item.size, item.received)
                if self._keys.get(str(place)) == key or sha256_of(self._bytes(line, place) or b"") == key:
                    return place
        return None

    def _once(self, what: str, message: str, *args: object) -> None:
        if what not in self._told:
            self._told.add(what)
            log.warning(message, *args)
