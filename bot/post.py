"""The post room: fetch, keep the raw letter, have it read, have it registered, move it. No step calls back up."""

from __future__ import annotations

import contextlib
import logging
import threading
import traceback
from dataclasses import dataclass

from bot.leasing import kept
from bot.readers import ReaderBroken, ReaderClosed
from handlers import intake
from handlers.ports import Clock, Incoming, Mailbox, Reader, ReadLetter
from handlers.reading.reading import Context, Reading
from storage.errors import LeaseLost, StorageError, StorageUnusable
from storage.raw import RawLetters, sha256_of
from storage.records import Arrival, Lease, Namnd, Series
from storage.store import Store

log = logging.getLogger("namndbot.post")


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

    def round(self) -> list[intake.Outcome]:
        """Deal with all that lies in the mailbox; return what became of each new letter.

        One copy of the bot at a time does this for a mailbox; another one finds the lease taken and leaves. A crash
        between any two steps shows the letter again, and the next round goes on where it was.
        """
        done: list[intake.Outcome] = []
        with kept(self.store, f"post:{self.namnd.key}", self.holder, self.clock) as lease:
            if lease is None:
                log.info("another copy of the bot has the mailbox of %s", self.namnd.key)
                return done
            self._finish_moves()
            for incoming in self.mailbox.fetch():
                if self.stopping.is_set():
                    break
                try:
                    outcome = self._letter(incoming, lease)
                except LeaseLost:
                    log.warning("another copy of the bot took over the mailbox of %s", self.namnd.key)
                    break
                if outcome:
                    done.append(outcome)
        return done

    def _letter(self, incoming: Incoming, lease: Lease) -> intake.Outcome | None:
        try:
            return self._carry(incoming, lease)
        except (StorageUnusable, ReaderClosed, ReaderBroken):
            raise  # the database, the disk or the installation: stop the round, the letter stays where it is
        except Exception as error:  # noqa: BLE001  one letter that breaks anything must not stop the next one
            # The kind of error and its place only: its text may hold the letter's words.
            log.error("letter %s broke the post room: %s at %s", sha256_of(incoming.raw)[:12], *_place(error))
        try:
            return self._set_aside(incoming, lease)
        except (StorageUnusable, ReaderClosed, ReaderBroken):
            raise
        except Exception as error:  # noqa: BLE001  it stays in the inbox, and the next one goes on all the same
            log.error("letter %s cannot be set aside: %s at %s", sha256_of(incoming.raw)[:12], *_place(error))
            return None

    def _carry(self, incoming: Incoming, lease: Lease) -> intake.Outcome | None:
        arrival = self._arrive(incoming)  # T1
        if arrival.state != "arrived":
            self._move(arrival, incoming.reference)
            return None
        if arrival.attempts > intake.MOST_ATTEMPTS:
            return self._set_aside(incoming, lease)
        try:
            letter = self.reader.read(incoming.raw, self.context(incoming))
        except (ReaderClosed, ReaderBroken):
            self._not_its_fault(arrival)
            raise
        for content in letter.contents:
            self.raw.put(content)
        return self._register(arrival, letter, incoming.reference, lease)  # T2, then the move

    def _arrive(self, incoming: Incoming) -> Arrival:
        sha256 = self.raw.put(incoming.raw)
        with self.store.book() as book:
            return intake.arrived(
                book, self.namnd, sha256, sha256, incoming.reference, incoming.received, self.clock.now()
            )

    def _register(self, arrival: Arrival, letter: ReadLetter, reference: str, lease: Lease) -> intake.Outcome:
        with self.store.book() as book:
            book.still_mine(lease)
            outcome = intake.register(book, arrival.id, letter.reading, self.namnd, self.clock.now())
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
        called = self.mailbox.move(reference, arrival.folder, arrival.mailbox_key)
        if arrival.moved_at is None:
            with self.store.book() as book:
                book.moved(arrival.id, now=self.clock.now(), reference=called)
                if called is None:
                    book.note(
                        self.namnd.key, "brevet var flyttat av någon annan", now=self.clock.now(), arrival_id=arrival.id
                    )

    def _finish_moves(self) -> None:
        # After a crash between commit and move, or when a person has decided about a letter in review.
        with self.store.look() as book:
            waiting = book.unmoved(self.namnd.key)
        for arrival in waiting:
            try:
                self._move(arrival, arrival.reference)
            except StorageUnusable:
                raise
            except Exception as error:  # noqa: BLE001  one that cannot be moved must not stop the others
                log.error("letter A-%s cannot be moved: %s at %s", arrival.id, *_place(error))

    def context(self, incoming: Incoming | None = None) -> Context:
        """Return what the reader is told of the nämnd."""
        with self.store.look() as book:
            series = [s for s in book.all_series() if s.namnd == self.namnd.key]
        return context_of(self.namnd, series, incoming)


def _place(error: Exception) -> tuple[str, str]:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return type(error).__name__, f"{last.filename.rpartition('/')[2]}:{last.lineno}"


def context_of(namnd: Namnd, series: list[Series], incoming: Incoming | None = None) -> Context:
    """Return what the reader is told of a nämnd."""
    return Context(
        namnd_names=(namnd.name,),
        organisation=namnd.organisation,
        own_addresses=namnd.addresses,
        own_prefixes=tuple(dict.fromkeys(s.prefix for s in series if s.prefix)),
        received=incoming.received if incoming else None,
        authserv_id=namnd.authserv_id,
        trust_exchange_internal=namnd.trust_exchange_internal,
    )
