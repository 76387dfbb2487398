"""What is done with one letter: kept, noted, read, registered, moved. Nothing here knows of the other letters."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import logging
import traceback
from dataclasses import dataclass

from bot import own_mail
from bot.readers import ReaderBroken, ReaderClosed
from handlers import alarms, intake, outgoing
from handlers.ports import Away, Clock, DoorError, Incoming, Mailbox, Reader, ReadLetter, Shut
from handlers.reading.reading import Context, Reading
from storage.errors import LeaseLost, StorageError, StorageUnusable
from storage.raw import RawLetters, sha256_of
from storage.records import Arrival, Folder, Lease, Namnd, Series
from storage.store import Store

log = logging.getLogger("namndbot.post")

# What stops a round; everything else is one letter's fault.
STOPS = (StorageUnusable, ReaderClosed, ReaderBroken, LeaseLost, Away, Shut)

_AGAIN = dt.timedelta(hours=1)  # before a letter that the mailbox will not move is tried again

_NO_ORIGINAL = (
    "Originalet finns inte kvar, eller är skadat, där boten sparar brev. Leta upp brevet i brevlådan eller be avsändaren "
    "skicka det igen, och registrera det för hand. Be IT köra: namndbot verify"
)


@dataclass(frozen=True, slots=True)
class Carrier:
    """What one letter of a nämnd is carried with."""

    store: Store
    raw: RawLetters
    reader: Reader
    mailbox: Mailbox
    namnd: Namnd
    clock: Clock
    alarm_minutes: float
    refused: dict[int, dt.datetime]  # letters that the mailbox will not move, and when it was asked last

    def letter(self, incoming: Incoming, lease: Lease, found: Folder | None = None) -> intake.Outcome | None:
        try:
            return self._carry(incoming, lease, found)
        except STOPS:
            raise  # the database, the disk, the installation or the mailbox: the letter stays where it is
        except Exception as error:  # noqa: BLE001  one letter that breaks anything must not stop the next one
            # The kind of error and its place only: its text may hold the letter's words.
            log.error("letter %s broke the post room: %s at %s", sha256_of(incoming.raw)[:12], *place(error))
        try:
            return self._set_aside(incoming, lease, found)
        except STOPS:
            raise
        except Exception as error:  # noqa: BLE001  it stays in the inbox, and the next one goes on all the same
            log.error("letter %s cannot be set aside: %s at %s", sha256_of(incoming.raw)[:12], *place(error))
            return None

    def _carry(self, incoming: Incoming, lease: Lease, found: Folder | None) -> intake.Outcome | None:
        if found == "skickat":
            return self._carry_sent(incoming, lease)
        arrival = self._arrive(incoming)  # T1
        if arrival.state != "arrived":
            self.move(arrival, incoming.reference)
            return None
        if arrival.attempts > intake.MOST_ATTEMPTS:
            return self._set_aside(incoming, lease, found)
        try:
            letter = self._read(incoming)
        except (ReaderClosed, ReaderBroken):
            self._not_its_fault(arrival)
            raise
        return self._register(arrival, letter, incoming.reference, lease, found)  # T2, then the move

    def _carry_sent(self, incoming: Incoming, lease: Lease) -> intake.Outcome | None:
        letter = self._read(incoming)
        with self.store.look() as book:
            # Its headers may concern a case: what nothing could be made of is shown to a person.
            if not letter.reading.unreadable and not outgoing.is_outgoing(book, letter.reading, self.namnd):
                return None
        arrival = self._arrive(incoming)
        return self._register(arrival, letter, incoming.reference, lease, "skickat")

    def _read(self, incoming: Incoming) -> ReadLetter:
        letter = self.reader.read(incoming.raw, self.context(incoming.received))
        for content in letter.contents:
            self.raw.put(content)
        reading = own_mail.checked(self.store, self.namnd, incoming.raw, letter.reading)
        return dataclasses.replace(letter, reading=reading)

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
        self.move(outcome.arrival, reference)
        return outcome

    def _set_aside(self, incoming: Incoming, lease: Lease, found: Folder | None) -> intake.Outcome:
        """Show a letter that cannot be dealt with to a person: kept, and "kunde inte tolkas"."""
        arrival = self._arrive(incoming)
        broken = ReadLetter(_broken("Brevet gick inte att läsa."))
        return self._register(arrival, broken, incoming.reference, lease, found)

    def without_original(self, arrival: Arrival, lease: Lease) -> intake.Outcome | None:
        """Show a letter whose kept bytes are gone or damaged to a person, and tell of it once."""
        now = self.clock.now()
        try:
            with self.store.book() as book:
                book.still_mine(lease)
                outcome = intake.register(book, arrival.id, _broken(_NO_ORIGINAL), self.namnd, now)
                alarms.original_missing(book, outcome.arrival, self.namnd, _NO_ORIGINAL, now=now)
            self.move(outcome.arrival, arrival.reference)
        except STOPS:
            raise
        except Exception as error:  # noqa: BLE001  the others go on
            log.error("letter A-%s without its original: %s at %s", arrival.id, *place(error))
            return None
        log.error("letter A-%s: its original is not where originals are kept", arrival.id)
        return outcome

    def _not_its_fault(self, arrival: Arrival) -> None:
        with contextlib.suppress(StorageError), self.store.book() as book:
            book.uncount_attempt(arrival.id)

    def move(self, arrival: Arrival, reference: str) -> None:
        """Have a letter moved to its folder, and note it. One that the mailbox refuses waits for an hour."""
        if arrival.folder is None:
            return
        now = self.clock.now()
        refused = self.refused.get(arrival.id)
        if refused is not None and abs(now - refused) < _AGAIN:
            return
        try:
            self._unmark(arrival, reference)
            called = self.mailbox.move(reference, arrival.folder, arrival.mailbox_key, self._label(arrival))
        except (Away, Shut):
            raise
        except DoorError as error:  # this letter's: it is registered, and the others go on
            self._not_moved(arrival, error, now)
            return
        self.refused.pop(arrival.id, None)
        if arrival.moved_at is None:
            with self.store.book() as book:
                book.moved(arrival.id, now=self.clock.now(), reference=called)
                if called is None:
                    book.note(
                        self.namnd.key, "brevet var flyttat av någon annan", now=self.clock.now(), arrival_id=arrival.id
                    )

    def _unmark(self, arrival: Arrival, reference: str) -> None:
        """Take the diarienummer off a letter that is to be hidden; it is moved even where that is refused."""
        if arrival.case_id is None or arrival.folder != "hemligt" or arrival.moved_at is not None:
            return
        with self.store.look() as book:
            number = book.case(arrival.case_id).dnr
        if not number:
            return
        try:
            self.mailbox.unmark(reference, arrival.mailbox_key, number)
        except (Away, Shut):
            raise
        except DoorError as error:
            log.warning("letter A-%s keeps its mark: %s", arrival.id, error)

    def _not_moved(self, arrival: Arrival, error: DoorError, now: dt.datetime) -> None:
        self.refused[arrival.id] = now
        log.warning("letter A-%s cannot be moved: %s", arrival.id, error)
        with self.store.book() as book:
            alarms.not_moved(book, arrival, self.namnd, str(error), minutes=self.alarm_minutes, now=now)

    def _label(self, arrival: Arrival) -> str:
        """Return the diarienummer to put on a letter; what is hidden carries none."""
        if arrival.case_id is None or arrival.folder == "hemligt":
            return ""
        with self.store.look() as book:
            return book.case(arrival.case_id).dnr or ""

    def context(self, received: dt.datetime | None = None) -> Context:
        """Return what the reader is told of the nämnd."""
        with self.store.look() as book:
            series = [s for s in book.all_series() if s.namnd == self.namnd.key]
        return context_of(self.namnd, series, received)


def _broken(why: str) -> Reading:
    return Reading(unreadable=True, review=("Kunde inte tolkas",), warnings=(why,))


def place(error: Exception) -> tuple[str, str]:
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
