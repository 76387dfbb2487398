"""The post room: fetch, keep the raw letter, have it read, have it registered, move it. No step calls back up."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import threading
import traceback
from dataclasses import dataclass, field

from bot.heads import head_of
from bot.leasing import kept
from bot.patience import Patience
from bot.readers import ReaderBroken, ReaderClosed
from handlers import alarms, intake, outgoing
from handlers.ports import Away, Clock, DoorError, Incoming, Lying, Mailbox, Reader, ReadLetter, Shut
from handlers.reading.reading import Context, Reading
from storage.errors import LeaseLost, StorageError, StorageUnusable
from storage.raw import RawLetters, sha256_of
from storage.records import Arrival, Folder, Lease, Namnd, Series
from storage.store import Store

log = logging.getLogger("namndbot.post")

# What stops a round; everything else is one letter's fault.
_STOPS = (StorageUnusable, ReaderClosed, ReaderBroken, LeaseLost, Away, Shut)


_SENT_DAYS = 3  # how far back what people have sent is looked through at a start
_SENT_SECONDS = 60.0
_FOUND_IN: tuple[Folder, ...] = ("registrerat", "granska", "hemligt", "ovrigt")


@dataclass(slots=True)
class Memory:
    """What a post room remembers between two rounds; lost without harm."""

    patience: Patience = field(default_factory=Patience)
    whole_on: dt.date | None = None  # when the mailbox was last gone through from end to end
    sent_at: dt.datetime | None = None
    sent_seen: set[str] = field(default_factory=set)  # references of what people sent that is none of the diary's


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
            except _STOPS:
                raise
            except Exception as error:  # noqa: BLE001  this mailbox's alone: people are told, and it is tried again
                log.error("the round of %s broke: %s at %s", self.namnd.key, *_place(error))
                self._out_of_reach(
                    Away(f"Ett fel i boten stoppar den ({type(error).__name__}). Boten försöker igen; visa loggen för IT.")
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
            outcome = self._letter(incoming, lease)
            if outcome:
                done.append(outcome)
        if whole:
            done += self._found(lease)
            done += self._left_behind(lease)
        done += self._sent(lease)
        if not self.stopping.is_set():
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

    def _is_own_copy(self, incoming: Incoming) -> bool:
        """Put the copy of what we ourselves have sent where sent mail lies; it is no letter.

        Anybody can write our header and our address, but a notice's id is known to its receiver only.
        """
        head = head_of(incoming.raw)
        if not head.own or head.sender not in self.namnd.addresses or not head.message_id:
            return False
        with self.store.look() as book:
            notice = book.notice_by_message([head.message_id])
        if notice is None or notice.namnd != self.namnd.key or notice.address in self.namnd.addresses:
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
            raw = self.raw.get(arrival.raw_sha256)
            outcome = self._letter(Incoming(arrival.reference, raw, arrival.received_at, arrival.mailbox_key), lease)
            done += [outcome] if outcome else []
        return done

    def _found(self, lease: Lease) -> list[intake.Outcome]:
        """Find letters that somebody has put into our folders without their being registered."""
        done: list[intake.Outcome] = []
        with self.store.look() as book:
            known = book.references(self.namnd.key)
        for folder in _FOUND_IN:
            for lying in self.mailbox.lying(folder, self.since):
                if self.stopping.is_set():
                    return done
                if lying.reference in known or (lying.key and self._knows(lying.key)):
                    continue
                incoming = self._fetched(lying)
                if incoming is None or self._knows(incoming.key) or self._is_own_copy(incoming):
                    continue
                outcome = self._letter(incoming, lease, found=folder)
                if outcome:
                    done.append(outcome)
        return done

    def _sent(self, lease: Lease) -> list[intake.Outcome]:
        """Register what people have sent from the mailbox in a case of ours; it stays where it lies."""
        done: list[intake.Outcome] = []
        now, memory = self.clock.now(), self.memory
        if memory.sent_at is not None and (now - memory.sent_at).total_seconds() < _SENT_SECONDS:
            return done
        since = now - dt.timedelta(days=_SENT_DAYS)
        for lying in self.mailbox.lying("skickat", max(since, self.since) if self.since else since):
            if self.stopping.is_set():
                return done
            if lying.reference in memory.sent_seen or (lying.key and self._knows(lying.key)):
                continue
            with self.store.look() as book:
                ours = outgoing.may_concern(book, self.namnd, lying.subject, lying.answers, lying.message_id)
            if ours:
                incoming = self._fetched(lying)
                known = incoming is None or self._knows(incoming.key)
                outcome = None if incoming is None or known else self._letter(incoming, lease, found="skickat")
                done += [outcome] if outcome else []
            memory.sent_seen.add(lying.reference)
        memory.sent_at = now
        return done

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

    def _letter(self, incoming: Incoming, lease: Lease, found: Folder | None = None) -> intake.Outcome | None:
        try:
            return self._carry(incoming, lease, found)
        except _STOPS:
            raise  # the database, the disk, the installation or the mailbox: the letter stays where it is
        except Exception as error:  # noqa: BLE001  one letter that breaks anything must not stop the next one
            # The kind of error and its place only: its text may hold the letter's words.
            log.error("letter %s broke the post room: %s at %s", sha256_of(incoming.raw)[:12], *_place(error))
        try:
            return self._set_aside(incoming, lease)
        except _STOPS:
            raise
        except Exception as error:  # noqa: BLE001  it stays in the inbox, and the next one goes on all the same
            log.error("letter %s cannot be set aside: %s at %s", sha256_of(incoming.raw)[:12], *_place(error))
            return None

    def _carry(self, incoming: Incoming, lease: Lease, found: Folder | None) -> intake.Outcome | None:
        if found == "skickat":
            return self._carry_sent(incoming, lease)
        arrival = self._arrive(incoming)  # T1
        if arrival.state != "arrived":
            self._move(arrival, incoming.reference)
            return None
        if arrival.attempts > intake.MOST_ATTEMPTS:
            return self._set_aside(incoming, lease)
        try:
            letter = self._read(incoming)
        except (ReaderClosed, ReaderBroken):
            self._not_its_fault(arrival)
            raise
        return self._register(arrival, letter, incoming.reference, lease, found)  # T2, then the move

    def _carry_sent(self, incoming: Incoming, lease: Lease) -> intake.Outcome | None:
        letter = self._read(incoming)
        with self.store.look() as book:
            if not outgoing.is_outgoing(book, letter.reading, self.namnd):
                return None
        arrival = self._arrive(incoming)
        return self._register(arrival, letter, incoming.reference, lease, "skickat")

    def _read(self, incoming: Incoming) -> ReadLetter:
        letter = self.reader.read(incoming.raw, self.context(incoming.received))
        for content in letter.contents:
            self.raw.put(content)
        return letter

    def _arrive(self, incoming: Incoming) -> Arrival:
        sha256 = self.raw.put(incoming.raw)
        with self.store.book() as book:
            return intake.arrived(
                book, self.namnd, incoming.key, sha256, incoming.reference, incoming.received, self.clock.now()
            )

    def _register(
        self, arrival: Arrival, letter: ReadLetter, reference: str, lease: Lease, found: Folder | None = None
    ) -> intake.Outcome:
        with self.store.book() as book:
            book.still_mine(lease)
            outcome = intake.register(book, arrival.id, letter.reading, self.namnd, self.clock.now(), found=found)
        log.info("letter A-%s %s %s", arrival.id, outcome.state, outcome.case.dnr if outcome.case else "no case")
        self._move(outcome.arrival, reference)
        return outcome

    def _set_aside(self, incoming: Incoming, lease: Lease) -> intake.Outcome:
        """Show a letter that cannot be dealt with to a person: kept, and "kunde inte tolkas"."""
        arrival = self._arrive(incoming)
        broken = Reading(unreadable=True, review=("Kunde inte tolkas",), warnings=("Brevet gick inte att läsa.",))
        return self._register(arrival, ReadLetter(broken), incoming.reference, lease)

    def _not_its_fault(self, arrival: Arrival) -> None:
        with contextlib.suppress(StorageError), self.store.book() as book:
            book.uncount_attempt(arrival.id)

    def _move(self, arrival: Arrival, reference: str) -> None:
        if arrival.folder is None:
            return
        called = self.mailbox.move(reference, arrival.folder, arrival.mailbox_key, self._label(arrival))
        if arrival.moved_at is None:
            with self.store.book() as book:
                book.moved(arrival.id, now=self.clock.now(), reference=called)
                if called is None:
                    book.note(
                        self.namnd.key, "brevet var flyttat av någon annan", now=self.clock.now(), arrival_id=arrival.id
                    )

    def _label(self, arrival: Arrival) -> str:
        """Return the diarienummer to put on a letter; what is hidden carries none."""
        if arrival.case_id is None or arrival.folder == "hemligt":
            return ""
        with self.store.look() as book:
            return book.case(arrival.case_id).dnr or ""

    def _finish_moves(self) -> None:
        # After a crash between commit and move, or when a person has decided about a letter in review.
        with self.store.look() as book:
            waiting = book.unmoved(self.namnd.key)
        for arrival in waiting:
            try:
                self._move(arrival, arrival.reference)
            except _STOPS:
                raise
            except Exception as error:  # noqa: BLE001  one that cannot be moved must not stop the others
                log.error("letter A-%s cannot be moved: %s at %s", arrival.id, *_place(error))

    def context(self, received: dt.datetime | None = None) -> Context:
        """Return what the reader is told of the nämnd."""
        with self.store.look() as book:
            series = [s for s in book.all_series() if s.namnd == self.namnd.key]
        return context_of(self.namnd, series, received)


def _place(error: Exception) -> tuple[str, str]:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return type(error).__name__, f"{last.filename.rpartition('/')[2]}:{last.lineno}"


def context_of(namnd: Namnd, series: list[Series], received: dt.datetime | None = None) -> Context:
    """Return what the reader is told of a nämnd."""
    return Context(
        namnd_names=(namnd.name,),
        organisation=namnd.organisation,
        own_addresses=namnd.addresses,
        own_prefixes=tuple(dict.fromkeys(s.prefix for s in series if s.prefix)),
        received=received,
        authserv_id=namnd.authserv_id,
        trust_exchange_internal=namnd.trust_exchange_internal,
    )
