"""The world of a simulated year: its clock, its post, the bot's rounds, and what it has seen the bot say."""

from __future__ import annotations

import collections
import datetime as dt
import functools
import hashlib
import heapq
import itertools
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.channels import email
from handlers import intake, mornings, notices
from handlers.errors import Refused
from handlers.notices import queue
from handlers.reading.reading import Reading
from storage.records import Case, Namnd, Notice
from storage.store import Book, Store
from tests.year.almanac import DAY, STOCKHOLM, day_off, local, next_workday
from tests.year.letters import Known, Want, make
from tests.year.town import Away, Post, Size, Stop, Town, clock_changes

Act = Callable[[], None]
_CLAIM = 120.0
_BATCHES = 5  # a house that is broken on purpose may never have told all
_MONTHS = "januari februari mars april maj juni juli augusti september oktober november december".split()


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that went out: when, its whole text, the cases that it names as they stood, and the days it tells of."""

    at: dt.datetime
    notice: Notice
    text: str
    cases: tuple[Case, ...] = ()
    days: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Round:
    """A round that the bot did to its end in a nämnd, courier and all."""

    at: dt.datetime
    namnd: str


@dataclass(frozen=True, slots=True)
class Posted:
    """A letter on its way to a mailbox."""

    namnd: str
    received: dt.datetime
    read: Reading
    word: str
    key: str


class World:
    """A municipality in time. Everything that happens hangs on one heap; the seed settles it all."""

    def __init__(self, store: Store, town: Town, seed: int, size: Size) -> None:
        self.store = store
        self.town = town
        self.chance = random.Random(f"world {seed}")
        self.size = size
        self.now = local(town.first, dt.time(0))
        self.namnder = {n.key: n for n in town.namnder}
        self.workers = {w.email: w for w in town.workers}
        self.known: dict[str, list[Known]] = {n.key: [] for n in town.namnder}
        self.cases: list[int] = []
        self.words: dict[int, str] = {}  # by arrival
        self.hushed: dict[str, dt.datetime] = {}  # words that nobody may be told from a moment on
        self.cleared: set[str] = set()  # words that somebody has found to be no individual's after all
        self.letters: list[Posted] = []
        self.sent: list[Sent] = []
        self.rounds: list[Round] = []
        self.counts: collections.Counter[str] = collections.Counter()
        self.on_sent: list[Callable[[Sent], None]] = []
        self.on_case: list[Callable[[Case], None]] = []
        self._posts: dict[tuple[str, str], list[Post]] = {}
        for post in town.posts:
            self._posts.setdefault((post.email, post.namnd), []).append(post)
        self._aways: dict[str, list[Away]] = {}
        for away in town.aways:
            self._aways.setdefault(away.email, []).append(away)
        self._inbox: list[Posted] = []
        self._heap: list[tuple[dt.datetime, int, Act]] = []
        self._order = itertools.count()
        for away in town.aways:
            self.later(away.told, functools.partial(self._enter_absence, away))

    # time

    def later(self, at: dt.datetime, act: Act) -> None:
        """Let something happen at a moment."""
        heapq.heappush(self._heap, (at.astimezone(dt.UTC), next(self._order), act))

    def live(self, day: dt.date) -> None:
        """Let a day go by: its letters, the bot's rounds, and whatever people do."""
        self.sent.clear()
        self.rounds.clear()
        for at in self._ticks(day):
            self.later(at, self._tick)
        self._post_of(day)
        until = local(day + DAY, dt.time(0)).astimezone(dt.UTC)
        while self._heap and self._heap[0][0] < until:
            at, _, act = heapq.heappop(self._heap)
            self.now = at.astimezone(STOCKHOLM)
            act()

    def _ticks(self, day: dt.date) -> list[dt.datetime]:
        chance, times = self.chance, [dt.time(7, 31)]
        if not day_off(day) and chance.random() < 0.5:
            times.append(dt.time(chance.randrange(9, 15), chance.randrange(60)))
        if clock_changes(day):
            times += [dt.time(2, 30), dt.time(3, 10)]
        if chance.random() < 0.2:
            times.append(dt.time(chance.choice((0, 2, 5, 18, 22)), 40))
        starts = [s.end for s in self.town.stops if s.end.date() == day]
        falls = [s.start for s in self.town.stops if s.after is not None and s.start.date() == day]
        return [local(day, t) for t in times] + starts + falls

    # the bot

    @property
    def up(self) -> bool:
        """Whether the bot runs now."""
        return not self.town.is_down(self.now)

    def _tick(self) -> None:
        fall = next((s for s in self.town.stops if s.after is not None and s.start == self.now), None)
        if fall is not None and not self._down_otherwise(fall):
            self.counts["falls"] += 1
            for _ in itertools.islice(self._round(), fall.after):
                pass
        elif self.up:
            for _ in self._round():
                pass

    def _down_otherwise(self, fall: Stop) -> bool:
        return any(s.start <= self.now < s.end for s in self.town.stops if s is not fall)

    def _round(self) -> Iterator[None]:
        """Do what the bot does in a round, a step at a time: it may fall between any two."""
        yield from self._take_in()
        for namnd in self.town.namnder:
            for _ in range(_BATCHES):
                with self.store.book() as book:
                    told = mornings.work(book, namnd, now=self.now)
                yield
                if not told:
                    break
        yield from self._carry()
        self.rounds.extend(Round(self.now, n.key) for n in self.town.namnder)

    def stir(self) -> None:
        """Let the bot, where it runs, take in what has come and send what is queued, as it does every few seconds."""
        if self.up:
            for _ in itertools.chain(self._take_in(), self._carry()):
                pass

    def _take_in(self) -> Iterator[None]:
        while self._inbox:
            letter = self._inbox[0]
            namnd = self.namnder[letter.namnd]
            with self.store.book() as book:
                arrival = intake.arrived(book, namnd, letter.key, letter.key, "brev.eml", letter.received, self.now)
            yield
            with self.store.book() as book:
                outcome = intake.register(book, arrival.id, letter.read, namnd, self.now)
            self._inbox.pop(0)
            with self.store.book() as book:
                book.moved(arrival.id, now=self.now)
            self._seen(letter, outcome)
            yield

    def _seen(self, letter: Posted, outcome: intake.Outcome) -> None:
        self.counts[outcome.state] += 1
        self.words[outcome.arrival.id] = letter.word
        # The same letter once more is suspected once more; what is known of the first may still be told.
        suspected = outcome.state in ("secret", "handed_over") or outcome.folder == "hemligt"
        if suspected and letter.word not in self.cleared:
            self.hushed.setdefault(letter.word, self.now)
        if outcome.new_case and outcome.case:
            self.opened(outcome.case)
        if outcome.state in ("registered", "review", "secret"):
            case = outcome.case if outcome.state == "registered" else None
            stated = next((d.date for d in letter.read.deadlines if d.clock == "stated" and d.date), None)
            external = next(iter(letter.read.external_dnr), "")
            dnr = case.dnr or "" if case else ""
            secret = outcome.state == "secret"
            self.known[letter.namnd].append(
                Known(letter.namnd, letter.word, letter.read, dnr, external, stated, secret)
            )

    def opened(self, case: Case) -> None:
        """Note that a case has been opened, and let what befalls cases begin."""
        self.counts["cases"] += 1
        self.cases.append(case.id)
        for told in self.on_case:
            told(case)

    def _carry(self) -> Iterator[None]:
        """Carry as bot.courier does: claim, write, take as sent; between any two it may fall."""
        while True:
            with self.store.book() as book:
                notice = book.claim_notice("the year's", now=self.now, seconds=_CLAIM, kinds=queue.may_go(self.now))
            if notice is None:
                return
            yield
            with self.store.book() as book:
                message = notices.render(book, notice, self.namnder[notice.namnd], now=self.now)
                text = email.as_text(message) if message else ""
                seen = _seen_in(book, notice, f"{message.subject}\n{text}") if message else None
                book.notice_sent(notice, now=self.now)
                if message:
                    data = {"sort": notice.kind, "utskick": notice.id}
                    book.note(notice.namnd, "utskick skickat", now=self.now, case_id=notice.case_id, data=data)
            if seen is None:
                self.counts["not sent after all"] += 1
                continue
            self.counts[f"sent {notice.kind}"] += 1
            self.sent.append(Sent(self.now, *seen))
            for told in self.on_sent:
                told(self.sent[-1])
            yield

    # the post

    def _post_of(self, day: dt.date) -> None:
        """Send the day's share of the year's letters: most by day, some at night, few on a day off."""
        share = self.size.letters / (250 + 116 * 0.15) * (0.15 if day_off(day) else 1)
        number = int(share) + (self.chance.random() < share % 1)
        for _ in range(number):
            hour = self.chance.choice((8, 9, 9, 10, 10, 11, 13, 13, 14, 15, 15, 16, 17, 19, 23, 3))
            at = local(day, dt.time(hour, self.chance.randrange(60), self.chance.randrange(60)))
            self.later(at, self._letter)

    def _letter(self) -> None:
        namnd = self.chance.choice(self.town.namnder)
        pool = self.known[namnd.key]
        about = self.chance.choice(pool[-80:]) if pool else None
        want = Want(self.chance, namnd, len(self.letters), self.now.date(), about)
        read = make(want)
        # What nobody can read comes again as another letter: no reader could tell.
        again = about is not None and read is about.read and not read.unreadable
        self.post(namnd, read, about.word if again and about else want.word)

    def post(self, namnd: Namnd, read: Reading, word: str) -> None:
        """Put a letter in a nämnd's mailbox; a bot that runs finds it at once."""
        key = hashlib.sha256(f"letter {len(self.letters)}".encode()).hexdigest()
        letter = Posted(namnd.key, self.now, read, word, key)
        self.letters.append(letter)
        self._inbox.append(letter)
        self.stir()

    # people

    def is_away(self, address: str, day: dt.date) -> bool:
        """Say whether somebody is known to be away on a day."""
        return any(a.first <= day <= a.last for a in self._aways.get(address, ()))

    def works(self, address: str, namnd: str, day: dt.date) -> bool:
        """Say whether somebody has a role in a nämnd on a day and is there."""
        return self.has_role(address, namnd, day) and not self.is_away(address, day)

    def has_role(self, address: str, namnd: str, day: dt.date, role: str = "") -> bool:
        """Say whether somebody has a role, or a given one, in a nämnd on a day."""
        return any(
            (not role or p.role == role) and p.first <= day and (p.last is None or p.last >= day)
            for p in self._posts.get((address, namnd), ())
        )

    def with_role(self, namnd: str, role: str, day: dt.date) -> list[str]:
        """Return who has a role in a nämnd on a day and is there."""
        return [
            w.email
            for w in self.town.workers
            if self.has_role(w.email, namnd, day, role) and not self.is_away(w.email, day)
        ]

    def at_desk(self, address: str, namnd: str, days: int, act: Act, *, tries: int = 12, page: bool = True) -> None:
        """Let somebody do a thing at work so many days on; away or with the pages down they do it later, or never."""
        day = next_workday(self.now.date() + days * DAY)
        at = local(day, dt.time(self.chance.randrange(8, 16), self.chance.randrange(60), self.chance.randrange(60)))
        if at <= self.now:
            at = self.now + dt.timedelta(minutes=self.chance.randrange(1, 20))

        def do() -> None:
            if not self.works(address, namnd, self.now.date()) or (page and not self.up):
                if tries:
                    self.at_desk(address, namnd, 1, act, tries=tries - 1, page=page)
                return
            act()

        self.later(at, do)

    def act(self, what: str, do: Callable[[Book], object]) -> bool:
        """Do an act on the pages in one transaction; what is refused is counted and changes nothing."""
        try:
            with self.store.book() as book:
                do(book)
        except Refused as error:
            self.counts[f"refused {what}: {type(error).__name__}"] += 1
            return False
        self.counts[what] += 1
        self.stir()
        return True

    def _enter_absence(self, away: Away) -> None:
        with self.store.book() as book:
            person = book.person_by_email(away.email)
            substitute = book.person_by_email(away.substitute) if away.substitute else None
            assert person is not None
            book.put_absence(person.id, away.first, away.last, substitute.id if substitute else None)


def _seen_in(book: Book, notice: Notice, text: str) -> tuple[Notice, str, tuple[Case, ...], tuple[int, ...]]:
    """Return a message with the cases that it names as they stand, and the days of theirs that stand in it."""
    if notice.kind == "paminnelse" and notice.person_id:
        flat = " ".join(text.split())
        cases, days = {}, []
        for line in book.reminded(notice.person_id, dt.date.fromisoformat(notice.data["day"])):
            case, deadline = book.case(line.case_id), book.deadline(line.deadline_id)
            number = re.escape(case.dnr or "Väntar på dnr")
            named = re.search(rf"{number}(?!\d)", flat) and case.namnd == notice.namnd
            if named and deadline and deadline.date and re.search(rf"(?<!\d){_written(deadline.date)}", flat):
                cases[case.id] = case
                days.append(deadline.id)
        return notice, text, tuple(cases.values()), tuple(days)
    return notice, text, (book.case(notice.case_id),) if notice.case_id else (), ()


def _written(day: dt.date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
