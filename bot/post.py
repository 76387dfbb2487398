"""The post room: goes through a mailbox and has each letter that is new carried. No step calls back up."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from dataclasses import dataclass, field

from bot import own_mail
from bot.carrying import STOPS, Carrier, context_of, place
from bot.clock import STOCKHOLM
from bot.leasing import kept
from bot.patience import Patience
from handlers import alarms, intake, outgoing
from handlers.ports import Away, Clock, DoorError, Incoming, LeftOut, Lying, Mailbox, Reader, Shut
from handlers.reading.reading import Context
from storage.errors import LeaseLost, NotFound, StorageDamaged
from storage.raw import RawLetters, sha256_of
from storage.records import Folder, Lease, Namnd
from storage.store import Store

__all__ = ["Memory", "PostRoom", "context_of"]

log = logging.getLogger("namndbot.post")

_SENT_DAYS = 3  # how far back what people have sent is looked through
_SENT_DAYS_WHOLE = 30  # the same, once a day and at a start
_SENT_SECONDS = 60.0
_FOUND_IN: tuple[Folder, ...] = ("registrerat", "granska", "hemligt", "ovrigt")


@dataclass(slots=True)
class Memory:
    """What a post room remembers between two rounds; lost without harm."""

    patience: Patience = field(default_factory=Patience)
    whole_on: dt.date | None = None  # when the mailbox was last gone through from end to end
    sent_at: dt.datetime | None = None
    refused: dict[int, dt.datetime] = field(default_factory=dict)  # letters that the mailbox will not move, and when
    sent_seen: set[str] = field(default_factory=set)  # references of what people sent that has been read
    found_seen: set[str] = field(default_factory=set)  # references in our folders of letters that are known


@dataclass(frozen=True, slots=True)
class PostRoom:
    """One nämnd's post room."""

    store: Store
    raw: RawLetters
    reader: Reader
    mailbox: Mailbox
    namnd: Namnd
    clock: Clock
    holder: str
    stopping: threading.Event
    since: dt.datetime | None = None  # nothing received before this is touched
    alarm_minutes: float = 30.0
    memory: Memory = field(default_factory=Memory)

    def round(self) -> list[intake.Outcome]:
        """Deal with all that lies in the mailbox; return what became of each new letter.

        One copy of the bot at a time does this for a mailbox; another one finds the lease taken and leaves. A crash
        between any two steps shows the letter again, and the next round goes on where it was. A mailbox that is out of
        reach is tried again later and later; what was dealt with before stands.
        """
        done: list[intake.Outcome] = []
        if self.memory.patience.until(self.clock.now()):
            return done
        with kept(self.store, f"post:{self.namnd.key}", self.holder, self.clock) as lease:
            if lease is None:
                log.info("another copy of the bot has the mailbox of %s", self.namnd.key)
                return done
            try:
                self._whole_round(lease, done)
            except LeaseLost:
                log.warning("another copy of the bot took over the mailbox of %s", self.namnd.key)
            except (Away, Shut) as error:
                self._out_of_reach(error)
            except STOPS:
                raise
            except Exception as error:  # noqa: BLE001  this mailbox's alone: people are told, and it is tried again
                log.error("the round of %s broke: %s at %s", self.namnd.key, *place(error))
                self._out_of_reach(
                    Away(
                        f"Ett fel i boten stoppar den ({type(error).__name__}). Boten försöker igen; visa loggen för IT."
                    )
                )
            else:
                self._in_reach()
        return done

    def _whole_round(self, lease: Lease, done: list[intake.Outcome]) -> None:
        self.mailbox.open()
        self._finish_moves()
        today = self.clock.now().date()
        whole = self.memory.whole_on != today
        for incoming in self.mailbox.fetch(self.since, everything=whole):
            if self.stopping.is_set():
                return
            if self._is_own_copy(incoming):
                continue
            outcome = self._one.letter(incoming, lease)
            if outcome:
                done.append(outcome)
        if whole:
            done += self._found(lease)
            done += self._left_behind(lease)
        done += self._sent(lease, whole=whole)
        if not self.stopping.is_set():
            self._tell_of_letters()
            self.memory.whole_on = today

    def _out_of_reach(self, error: Away | Shut) -> None:
        now = self.clock.now()
        until = self.memory.patience.failed(now, error.retry_after if isinstance(error, Away) else None)
        log.warning("mailbox of %s: %s; tried again at %s", self.namnd.key, error, f"{until:%H:%M:%S}")
        with self.store.book() as book:
            alarms.failed(
                book,
                f"post:{self.namnd.key}",
                self.namnd,
                str(error),
                minutes=self.alarm_minutes,
                at_once=isinstance(error, Shut),
                now=now,
            )

    def _in_reach(self) -> None:
        self.memory.patience.worked()
        name = f"post:{self.namnd.key}"
        with self.store.look() as book:
            troubled = any(t.name == name for t in book.troubles((self.namnd.key,)))
        if troubled:
            with self.store.book() as book:
                alarms.worked(book, name, self.namnd, now=self.clock.now())

    def _tell_of_letters(self) -> None:
        """Tell which letters only a person can help, and forget those that have been helped."""
        left = {sha256_of(one.reference.encode())[:16]: _left_words(one) for one in self.mailbox.left_out()}
        with self.store.look() as book:
            known = any(t.of_letter for t in book.troubles((self.namnd.key,)))
        if known or left:
            with self.store.book() as book:
                alarms.letters_left(book, self.namnd, left, minutes=self.alarm_minutes, now=self.clock.now())

    def _is_own_copy(self, incoming: Incoming) -> bool:
        """Put the copy of what we ourselves have sent where sent mail lies; it is no letter."""
        notice = own_mail.notice_of(self.store, self.namnd, incoming.raw)
        if notice is None or notice.address in self.namnd.addresses:
            return False
        self.mailbox.move(incoming.reference, "skickat", incoming.key)
        return True

    def _left_behind(self, lease: Lease) -> list[intake.Outcome]:
        """Go on with letters that were kept before a crash and that nobody finds in the inbox any more."""
        with self.store.look() as book:
            waiting = book.arrivals((self.namnd.key,), states=("arrived",))
        done: list[intake.Outcome] = []
        for arrival in reversed(waiting):
            if self.stopping.is_set():
                break
            try:
                raw = self.raw.get(arrival.raw_sha256)
            except (NotFound, StorageDamaged):  # of this one letter: the others go on
                outcome = self._one.without_original(arrival, lease)
            else:
                incoming = Incoming(arrival.reference, raw, arrival.received_at, arrival.mailbox_key)
                outcome = self._one.letter(incoming, lease)
            done += [outcome] if outcome else []
        return done

    def _found(self, lease: Lease) -> list[intake.Outcome]:
        """Find letters that somebody has put into our folders without their being registered."""
        done: list[intake.Outcome] = []
        with self.store.look() as book:
            known = book.references(self.namnd.key) | self.memory.found_seen
        lie: set[str] = set()
        for folder in _FOUND_IN:
            for lying in self.mailbox.lying(folder, self.since):
                if self.stopping.is_set():
                    return done
                lie.add(lying.reference)
                if lying.reference in known or (lying.key and self._knows(lying.key)):
                    continue
                incoming = self._fetched(lying)
                if incoming is None or self._is_known(incoming) or self._is_own_copy(incoming):
                    continue
                outcome = self._one.letter(incoming, lease, found=folder)
                if outcome:
                    done.append(outcome)
        self.memory.found_seen &= lie
        return done

    def _is_known(self, incoming: Incoming) -> bool:
        """Say whether a letter that was fetched is known; then it is called so, and is not fetched again tomorrow.

        A mailbox that was read back from a backup has new names for all its letters, and people move them about.
        """
        if not self._knows(incoming.key):
            return False
        with self.store.book() as book:
            book.lies_as(self.namnd.key, incoming.key, incoming.reference)
        self.memory.found_seen.add(incoming.reference)  # of two copies only one name is kept
        return True

    def _sent(self, lease: Lease, *, whole: bool) -> list[intake.Outcome]:
        """Register what people have sent from the mailbox in a case of ours; it stays where it lies.

        What concerns no case may come to do so: what it answers waits for its number. So each look asks anew, some days
        back; once a day it goes further.
        """
        done: list[intake.Outcome] = []
        now, memory = self.clock.now(), self.memory
        if not whole and memory.sent_at is not None and (now - memory.sent_at).total_seconds() < _SENT_SECONDS:
            return done
        since = now - dt.timedelta(days=_SENT_DAYS_WHOLE if whole else _SENT_DAYS)
        listed: list[Lying] = []
        for lying in self.mailbox.lying("skickat", max(since, self.since) if self.since else since):
            if self.stopping.is_set():
                return done
            listed.append(lying)
        for lying in self._that_concern(listed):
            if self.stopping.is_set():
                return done
            incoming = self._fetched(lying)
            if incoming is None:
                continue  # it may be had the next time
            if not self._knows(incoming.key):
                outcome = self._one.letter(incoming, lease, found="skickat")
                done += [outcome] if outcome else []
            memory.sent_seen.add(lying.reference)
        if whole:
            memory.sent_seen &= {lying.reference for lying in listed}
        memory.sent_at = now
        return done

    def _that_concern(self, listed: list[Lying]) -> list[Lying]:
        with self.store.look() as book:
            return [
                one
                for one in listed
                if one.reference not in self.memory.sent_seen
                and not (one.key and book.knows_letter(self.namnd.key, one.key))
                and outgoing.may_concern(book, self.namnd, one.subject, one.answers, one.message_id)
            ]

    def _fetched(self, lying: Lying) -> Incoming | None:
        try:
            return self.mailbox.letter(lying.reference)
        except (Away, Shut):
            raise
        except DoorError as error:  # gone, or one that the server cannot give: the others come
            log.info("a letter in %s could not be fetched: %s", self.namnd.key, type(error).__name__)
            return None

    def _knows(self, key: str) -> bool:
        with self.store.look() as book:
            return book.knows_letter(self.namnd.key, key)

    def _finish_moves(self) -> None:
        # After a crash between commit and move, or when a person has decided about a letter in review.
        with self.store.look() as book:
            waiting = book.unmoved(self.namnd.key)
        for arrival in waiting:
            try:
                self._one.move(arrival, arrival.reference)
            except STOPS:
                raise
            except Exception as error:  # noqa: BLE001  one that cannot be moved must not stop the others
                log.error("letter A-%s cannot be moved: %s at %s", arrival.id, *place(error))

    def context(self, received: dt.datetime | None = None) -> Context:
        """Return what the reader is told of the nämnd."""
        return self._one.context(received)

    @property
    def _one(self) -> Carrier:
        return Carrier(
            self.store,
            self.raw,
            self.reader,
            self.mailbox,
            self.namnd,
            self.clock,
            self.alarm_minutes,
            self.memory.refused,
        )


def _left_words(one: LeftOut) -> str:
    came = f" som kom {one.received.astimezone(STOCKHOLM):%Y-%m-%d klockan %H.%M}" if one.received else ""
    do = (
        "Det är registrerat: flytta det för hand" if one.registered else "Registrera det för hand, och flytta det sedan"
    )
    return f"Ett brev{came} ligger kvar i inkorgen: {one.why}. {do} ur inkorgen."
