"""A mailbox on Exchange by Exchange Web Services, and the way out that it is too.

What is known of a letter. Its id in Exchange changes when it is moved, and its bytes are made anew each time it is read.
Its search key (PidTagSearchKey) stays; but a person's copy has the same, and so may two letters made of one draft that
somebody keeps. So the key is the search key and the second in which the letter was received: a copy within the mailbox
is the same letter, registered once and moved like the first; what was delivered once more is a letter of its own.

Which letters there are: a mirror of the inbox in memory, brought up to date by SyncFolderItems. A letter stays in it
until it has left the inbox. What the mirror forgets, with the process or because Exchange no longer knows its state, is
listed anew; that a letter is registered once is kept by the database alone.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from operator import itemgetter
from typing import TYPE_CHECKING

from bot.doors import EwsBox
from bot.mailboxes.ews_items import NEVER_RECEIVED, Item, SyncLost, is_letter, key_of
from handlers.ports import Away, DoorError, Gone, Incoming, LeftOut, Lying, Shut
from storage.records import Folder

if TYPE_CHECKING:
    from bot.mailboxes.ews_line import Line

log = logging.getLogger("namndbot.mailbox")

FOLDERS: tuple[Folder, ...] = ("registrerat", "granska", "hemligt", "ovrigt")
_MOST = 160_000_000  # bytes: a letter in memory takes six times its size
_TRIES = 3
_NOT_THERE = ("ErrorItemNotFound", "ErrorInvalidIdMalformed", "ErrorInvalidId", "ErrorInvalidIdEmpty")
_TIME = re.compile(r"-[0-9]{14}$")
_WATCH = 0.2  # seconds between two looks at whether to stop
_FAREWELL = 1.5  # seconds that a stream has to end


class EwsMailbox:
    """One nämnd's mailbox. Letters, what goes out and the stream of events have a connection each."""

    def __init__(self, box: EwsBox) -> None:
        self._box = box
        self._line: Line | None = None
        self._out: Line | None = None
        self._inbox = ""
        self._folders: dict[Folder, str] = {}
        self._sent = ""  # found by the sender itself, which is another thread
        self._outbox = ""
        self._state: str | None = None
        self._since: dt.datetime | None = None
        self._mirror: dict[str, Item] = {}
        self._stuck: Counter[str] = Counter()
        self._told: set[str] = set()  # letters that the log has named already
        self._left: dict[str, LeftOut] = {}

    # The mailbox

    def open(self, *, look_only: bool = False) -> None:
        """Connect, see whose mailbox it is, find the folders and make those that are missing."""
        if not look_only and self._inbox and len(self._folders) < len(self._box.names):
            self._inbox = ""  # it has only been looked into before
        self._opened(make=not look_only)

    def close(self) -> None:
        """Let the connections go; what is known of the inbox stays."""
        for line in (self._line, self._out):
            if line is not None:
                line.close()
        self._line = self._out = None
        self._inbox = self._sent = ""

    def fetch(self, since: dt.datetime | None = None, *, everything: bool = False) -> Iterator[Incoming]:
        """Give the letters of the inbox, oldest first, one at a time; only one is in memory at a time."""
        line = self._opened()
        self._refresh(line, since, everything)
        listed = sorted(((i.came, i.id, i) for i in self._mirror.values() if i.came), key=itemgetter(0, 1))
        for came, reference, item in listed:
            if reference in self._mirror and (since is None or came >= since):
                incoming = self._whole(self._opened(), item)
                if incoming:
                    yield incoming

    def left_out(self) -> Sequence[LeftOut]:
        """Tell which letters are too big, cannot be converted, have no time, or cannot be moved."""
        return tuple(self._left.values())

    def move(self, reference: str, folder: Folder, key: str, label: str = "") -> str | None:
        """Mark a letter with its diarienummer and move it; what a person has moved is looked for by its key."""
        self.open()
        line = self._opened()
        item = self._look(line, reference)
        found = item if item is not None and key_of(item) == key else self._find(line, key, folder)
        for _ in range(2):
            if found is None:
                self._mirror.pop(reference, None)
                return None
            moved = self._carry(line, found, folder, label)
            if moved:
                for left in {reference, found.id} - {moved}:
                    self._mirror.pop(left, None)
                    self._left.pop(left, None)
                return moved
            # A person moved it between the look and the move, or Exchange did not tell where it came.
            found = self._find(line, key, folder)
        raise Away("Brevet flyttas av någon annan just nu. Boten försöker igen.")

    def unmark(self, reference: str, key: str, label: str) -> None:
        """Take a category of ours off a letter."""
        line = self._opened()
        item = self._look(line, reference)
        found = item if item is not None and key_of(item) == key else self._find(line, key, "registrerat")
        fault = line.mark(found, label, off=True) if found is not None else ""
        if fault:
            raise DoorError(f"Exchange tog inte bort ett märke från ett brev ({fault}).")

    def lying(self, folder: Folder, since: dt.datetime | None = None) -> Iterator[Lying]:
        """Tell what lies in a folder; in skickat by when it was sent."""
        line = self._opened()
        field = "item:DateTimeSent" if folder == "skickat" else "item:DateTimeReceived"
        tests = [("IsGreaterThanOrEqualTo", field, _stamp(since))] if since else []
        if folder not in self._folders:
            return  # it has only been looked into, and there is none
        with self._folder_may_be_gone(line):
            found = line.find([self._folders[folder]], *tests)
        for item in found:
            received = (item.sent or item.came) if folder == "skickat" else item.came
            if received is not None and is_letter(item) and (since is None or received >= since):
                yield Lying(item.id, received, key_of(item), item.subject, item.message_id, item.answers)

    def letter(self, reference: str) -> Incoming:
        """Fetch one letter. Raises Gone, and so too of one that Exchange cannot give: it must not stop the others."""
        item = self._opened().get(reference, whole=True)
        if isinstance(item, Item) and item.raw and item.came:
            return Incoming(reference, item.raw, item.came, key_of(item))
        if item not in _NOT_THERE:
            why = item if isinstance(item, str) else "it came empty"
            self._tell(Item(reference), f"cannot be fetched ({why})")
        raise Gone("Brevet ligger inte kvar, eller så kan Exchange inte lämna ut det.")

    def watch(self, wake: Callable[[], None], stopping: threading.Event) -> None:
        """Listen to the inbox's events in a stream until stopping is set. Raises Away and Shut when it breaks."""
        from bot.mailboxes.ews_line import Line

        line = Line(self._box)
        faults: list[DoorError] = []

        def listen() -> None:
            try:
                (inbox,) = line.known("inbox")
                if isinstance(inbox, DoorError):
                    raise inbox
                line.listen(inbox, wake, stopping)
            except DoorError as error:
                faults.append(error)

        # The stream's reads cannot be interrupted from within: this thread minds the time.
        listener = threading.Thread(target=listen, name="ews-stream", daemon=True)
        listener.start()
        while listener.is_alive() and not stopping.wait(_WATCH):
            pass
        line.hang_up()
        listener.join(_FAREWELL)
        line.close()
        if faults and not stopping.is_set():
            raise faults[0]

    # The way out

    def send(self, message_id: str, raw: bytes, to: str) -> str:
        """Send a message in one request that is never repeated; Exchange keeps a copy among what was sent."""
        line = self._sending()
        try:
            line.send(message_id, raw, to, self._sent)
        except Away:
            self._sent = ""  # its folder may be gone: look for it anew
            raise
        return f"Exchange tog emot {message_id}"

    def was_sent(self, message_id: str) -> bool | None:
        """Say whether the message lies among what was sent, or is on its way there."""
        line = self._sending()
        places = [p for p in (self._sent, self._outbox) if p]
        try:
            found = line.find(places, ("IsEqualTo", "message:InternetMessageId", message_id))
        except Away:
            self._sent = ""
            raise
        return any(i.message_id == message_id for i in found)

    # Within

    def _opened(self, *, make: bool = True) -> Line:
        from bot.mailboxes.ews_line import Line

        if self._line is not None and not self._line.broken and self._inbox:
            return self._line
        line = Line(self._box)
        if not self._inbox:
            self._folders, self._inbox = self._places(line, make)
        self._line = line
        return line

    def _sending(self) -> Line:
        from bot.mailboxes.ews_line import Line

        line = self._out
        if line is None or line.broken:
            line = Line(self._box)
        if not self._sent:
            self._check(line)
            root, sent, outbox = line.known("msgfolderroot", "sentitems", "outbox")
            name = self._box.names["skickat"]
            if isinstance(root, DoorError):
                raise root
            if isinstance(sent, DoorError):
                raise sent
            self._outbox = "" if isinstance(outbox, DoorError) else outbox
            self._sent = (line.folders(root).get(name.casefold()) or line.make_folder(root, name)) if name else sent
        self._out = line
        return line

    def _check(self, line: Line) -> None:
        # A request names the mailbox by its address and Exchange opens that one or none; but an address may lead to
        # another mailbox than people think, as one more address of it. The address book tells, where the account sees it.
        primary = line.primary(self._box.address)
        if primary is not None and primary != self._box.address.casefold():
            raise Shut(
                f"Adressen {self._box.address} leder till en annan brevlåda ({primary}). "
                "Skriv brevlådans huvudadress, eller rätta adressen i Exchange."
            )

    def _places(self, line: Line, make: bool) -> tuple[dict[Folder, str], str]:
        self._check(line)
        found: list[str] = []
        for told in line.known("inbox", "msgfolderroot", "sentitems"):
            if isinstance(told, DoorError):
                raise told
            found.append(told)
        inbox, root, sent = found
        # Beside the inbox, or under it where somebody has made them there.
        lie = line.folders(inbox) | line.folders(root)
        places: dict[Folder, str] = {}
        for folder, name in self._box.names.items():
            place = lie.get(name.casefold()) if name else sent
            if place or make:
                places[folder] = place or line.make_folder(root, name)
        return places, inbox

    def _refresh(self, line: Line, since: dt.datetime | None, everything: bool) -> None:
        earlier = self._since is not None and (since is None or since < self._since)
        if everything or earlier:
            self._state = None
            self._told.clear()
            self._stuck.clear()
        with self._folder_may_be_gone(line):
            try:
                self._follow(line, since)
            except SyncLost:
                log.info("the sync state of %s is no longer known: the inbox is listed anew", self._box.address)
                self._state = None
            else:
                return
            try:
                self._follow(line, since)
            except SyncLost:
                self._state = None
                raise Away("Exchange gav ingen lista över inkorgen. Boten försöker igen.") from None

    def _follow(self, line: Line, since: dt.datetime | None) -> None:
        if self._state is None:
            self._mirror, self._since, self._left = {}, since, {}
        while True:
            changes = line.sync(self._inbox, self._state)
            if not changes.last and changes.state == self._state:
                raise SyncLost
            for gone in changes.gone:
                self._mirror.pop(gone, None)
                self._left.pop(gone, None)
            for item in changes.items:
                self._note(item)
            self._state = changes.state
            if changes.last:
                return

    def _note(self, item: Item) -> None:
        if not is_letter(item):
            self._tell(item, f"is no letter ({item.item_class or item.kind})")
        elif item.came is None:
            self._leave(item, "Exchange säger inte när det kom", "came without its time")
        elif self._since is None or item.came >= self._since:
            self._mirror[item.id] = item

    def _whole(self, line: Line, item: Item) -> Incoming | None:
        if item.size > _MOST:
            told = f"det är {item.size // 1_000_000} MB, och boten tar högst {_MOST // 1_000_000} MB"
            self._leave(item, told, f"is too big to fetch ({item.size} bytes)")
            return None
        found = line.get(item.id, whole=True)
        if found == "ErrorItemNotFound":
            self._mirror.pop(item.id, None)  # a person was faster
            self._left.pop(item.id, None)
            return None
        if isinstance(found, str):
            self._leave(item, f"Exchange kan inte lämna ut det ({found})", f"cannot be fetched ({found})")
            return None
        if not found.raw or found.came is None:
            self._leave(item, "Exchange lämnar ut det tomt", "came without its content or its time")
            return None
        self._left.pop(item.id, None)
        return Incoming(item.id, found.raw, found.came, key_of(found))

    def _leave(self, item: Item, why: str, logged: str, *, registered: bool = False) -> None:
        self._left[item.id] = LeftOut(item.id, item.came, why, registered)
        self._tell(item, logged)

    def _tell(self, item: Item, what: str) -> None:
        if item.id not in self._told:
            self._told.add(item.id)
            # By id and time: a subject may name somebody.
            came = f"{item.came:%Y-%m-%d %H:%M:%S}" if item.came else "of no known time"
            log.warning("an item of %s, %s (…%s), %s", self._box.address, came, item.id[-24:], what)

    def _find(self, line: Line, key: str, folder: Folder) -> Item | None:
        """Look for a letter in the folder where it shall lie, then in our others and the inbox."""
        within: tuple[tuple[str, str, str], ...] = ()
        if not _TIME.search(key) and not key.startswith(NEVER_RECEIVED):
            return None  # no key of this kind of mailbox
        if _TIME.search(key):
            second = dt.datetime.strptime(key[-14:], "%Y%m%d%H%M%S").replace(tzinfo=dt.UTC)
            within = (
                ("IsGreaterThanOrEqualTo", "item:DateTimeReceived", _stamp(second)),
                ("IsLessThan", "item:DateTimeReceived", _stamp(second + dt.timedelta(seconds=1))),
            )
        places = [self._folders[folder], self._inbox, *(self._folders[f] for f in FOLDERS if f != folder)]
        for place in places:
            with self._folder_may_be_gone(line):
                lie = line.find([place], *within)
            for item in lie:
                found = self._look(line, item.id) if key_of(item) == key else None
                if found is not None:
                    return found
        return None

    def _look(self, line: Line, reference: str) -> Item | None:
        """Look at an item; None when it is not there, or when Exchange has often enough been unable to tell."""
        found = line.get(reference)
        if isinstance(found, Item):
            return found
        if found not in _NOT_THERE:
            self._once_more(reference, f"Exchange kunde inte visa ett brev ({found}). Boten försöker igen.")
        return None

    def _once_more(self, what: str, why: str) -> None:
        # What Exchange refuses of one letter again and again must not keep the others waiting.
        self._stuck[what] += 1
        if self._stuck[what] <= _TRIES:
            raise Away(why)

    @contextmanager
    def _folder_may_be_gone(self, line: Line) -> Iterator[None]:
        try:
            yield
        except DoorError:
            if not line.broken:
                self._inbox = ""  # a refusal, not a broken line: the folders are looked for anew
            raise

    def _carry(self, line: Line, item: Item, folder: Folder, label: str) -> str | None:
        """Mark a letter and move it; return its new id, None when it has gone from where it was."""
        target = self._folders[folder]
        if label:
            # Before the move: a letter that has left the inbox is not come back to.
            fault = line.mark(item, label)
            if fault:
                # People may have marked it since it was looked at.
                again = line.get(item.id)
                fault = line.mark(again, label) if isinstance(again, Item) else again
            if fault:
                log.warning("a letter in %s was not marked with its number (%s)", self._box.address, fault)
        if item.folder == target:
            return item.id
        try:
            moved = line.move(replace(item, changekey=""), target)
        except Away:
            if line.broken:
                raise
            self._inbox = ""  # the folder may be gone: look for it anew
            self._once_more(item.id, "Exchange kunde inte flytta ett brev. Boten försöker igen.")
            if item.id in self._mirror:
                self._leave(item, "Exchange flyttar det inte", "cannot be moved and stays where it is", registered=True)
            else:
                self._tell(item, "cannot be moved and stays where it is")
            return item.id
        if moved == "":
            there = self._find(line, key_of(item), folder)
            return there.id if there is not None and there.folder == target else None
        return moved


def _stamp(moment: dt.datetime) -> str:
    return f"{moment.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
